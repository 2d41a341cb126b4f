//! What is measured, for the two programs that measure: `chain-bench` times, `chain-memory` counts bytes. They are two
//! because counting allocations costs time, and more of it for whoever allocates more.

pub use crate::chain::Timed;
use crate::chain::{Action, Chain, Ebpf, Wasm};
use crate::pair::account;
use crate::Contract;
use codec::Encode;
use inkbpf_host::Choice;
use polkadot_sdk::{sp_runtime::AccountId32, sp_weights::Weight};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// More than any case needs, on the slowest engine.
const GAS: Weight = Weight::from_parts(u64::MAX / 4, u64::MAX / 4);

/// What a case says of a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// What a call costs that does next to nothing.
    Small,
    /// How fast contracts compute.
    Compute,
    /// What a call of a contract by a contract costs.
    Cross,
}

/// A call that is made again and again.
pub struct Case {
    /// What is called.
    pub name: String,
    /// What it tells.
    pub group: Group,
    /// The call.
    pub action: Action,
}

/// The contracts that take part.
pub struct Contracts {
    flipper: Arc<Contract>,
    erc20: Arc<Contract>,
    caller: Arc<Contract>,
    compute: Arc<Contract>,
}

impl Contracts {
    /// Builds them.
    pub fn build() -> Self {
        Self {
            flipper: Contract::example("flipper"),
            erc20: Contract::example("erc20"),
            caller: Contract::example("features/caller"),
            compute: Contract::at(&Path::new(env!("CARGO_MANIFEST_DIR")).join("contracts/compute")),
        }
    }
}

/// The chains that take part: `pallet-contracts`, then ours with the engines of a node and of a runtime.
pub fn chains() -> Vec<Box<dyn Chain>> {
    vec![
        Box::new(Wasm::new()),
        Box::new(Ebpf::with_engine(Choice::default())),
        Box::new(Ebpf::with_engine(Choice::Embedded)),
    ]
}

/// A call by Bob without money.
fn call(dest: &AccountId32, data: Vec<u8>) -> Action {
    Action::Call { by: Some(account(1)), dest: dest.clone(), value: 0, gas: GAS, deposit: None, data }
}

/// Makes a contract on a chain. The address is the same on every chain.
fn deploy(
    chain: &mut dyn Chain,
    contract: &Contract,
    constructor: &str,
    args: impl Encode,
    salt: u8,
) -> AccountId32 {
    let is_wasm = chain.name() == Wasm::new().name();
    contract.teach(chain, is_wasm);
    let outcome = chain.act(&Action::InstantiateWithCode {
        by: account(0),
        contract: contract.name.clone(),
        value: 0,
        gas: GAS,
        deposit: None,
        data: contract.constructor(constructor, args),
        salt: vec![salt],
    });
    assert_eq!(outcome.error, None, "{} on {}", contract.name, chain.name());
    outcome.dry.and_then(|dry| dry.address).expect("a dry run that succeeded names the address; qed")
}

/// Prepares a chain and tells what is to be called there. The same on every chain.
pub fn cases(chain: &mut dyn Chain, contracts: &Contracts) -> Vec<Case> {
    let Contracts { flipper, erc20, caller, compute } = contracts;
    let mut cases = Vec::new();
    let mut case = |name: &str, group, action| cases.push(Case { name: name.to_owned(), group, action });

    let at = deploy(chain, compute, "new", (), 0);
    case("nothing", Group::Small, call(&at, compute.message("nothing", ())));
    for (name, message, n) in [
        ("sha256 of 1 MiB", "sha256", 1024u32),
        ("sort 50,000 numbers", "sort", 50_000),
        ("primes below 200,000", "primes", 200_000),
    ] {
        case(name, Group::Compute, call(&at, compute.message(message, n)));
    }
    case("blake2 of 1 MiB by the chain", Group::Small, call(&at, compute.message("blake2_of_chain", 64u32)));

    let at = deploy(chain, flipper, "new", true, 0);
    case("flipper get", Group::Small, call(&at, flipper.message("get", ())));
    case("flipper flip", Group::Small, call(&at, flipper.message("flip", ())));

    let at = token(chain, erc20);
    case("erc20 transfer", Group::Small, call(&at, erc20.message("transfer", (account(2), 1u128))));

    // The last one is asked how often it was called back, through all others.
    let callers: Vec<AccountId32> = (0..6u8).map(|salt| deploy(chain, caller, "new", (), salt)).collect();
    for depth in 1..=5 {
        let mut data = caller.message("called_back", ());
        for callee in callers[1..=depth].iter().rev() {
            let (selector, input): ([u8; 4], Vec<u8>) =
                (data[..4].try_into().expect("four bytes; qed"), data[4..].to_vec());
            data = caller.message("call", (callee, selector, input, 0u128, 0u64));
        }
        case(&format!("{depth} deep"), Group::Cross, call(&callers[0], data));
    }
    chain.next_block();
    cases
}

/// A token of which Bob has some and Charlie, too.
fn token(chain: &mut dyn Chain, erc20: &Contract) -> AccountId32 {
    let at = deploy(chain, erc20, "new", 1_000_000_000u128, 0);
    for to in [1, 2] {
        let data = erc20.message("transfer", (account(to), 1_000_000u128));
        let by = Some(account(0));
        let given =
            chain.act(&Action::Call { by, dest: at.clone(), value: 0, gas: GAS, deposit: None, data });
        assert_eq!(given.error, None);
    }
    at
}

/// A transfer of tokens on a chain, and the token's address.
pub fn transfer(chain: &mut dyn Chain, contracts: &Contracts) -> (AccountId32, Action) {
    let at = token(chain, &contracts.erc20);
    chain.next_block();
    (at.clone(), call(&at, contracts.erc20.message("transfer", (account(2), 1u128))))
}

/// Begins the part of BENCHMARKS.md that `chain-bench` writes. What is before it is `inkbpf-benches`'.
pub const CHAIN_MARK: &str = "<!-- What follows is written by `cargo xtask bench chain`. -->\n";
/// Begins the part that `node-bench` writes, which is the last.
pub const NODE_MARK: &str = "<!-- What follows is written by `cargo xtask bench node`. -->\n";

/// Puts a report into BENCHMARKS.md, in the place of the last one behind that mark.
///
/// # Errors
/// When the file cannot be read or written.
pub fn write_section(mark: &str, report: &str) -> std::io::Result<()> {
    let path: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../BENCHMARKS.md");
    let page = with_section(&std::fs::read_to_string(&path)?, mark, report);
    std::fs::write(&path, page)?;
    eprintln!("BENCHMARKS.md is written");
    Ok(())
}

/// The page with that report behind that mark, and what other programs write left as it is.
fn with_section(page: &str, mark: &str, report: &str) -> String {
    let (rest, node) = page.split_once(NODE_MARK).unwrap_or((page, ""));
    let (first, chain) = rest.split_once(CHAIN_MARK).unwrap_or((rest, ""));
    let mut out = format!("{}\n", first.trim_end());
    for (of, old) in [(CHAIN_MARK, chain), (NODE_MARK, node)] {
        let text = if of == mark { report } else { old };
        if !text.trim().is_empty() {
            out.push_str(&format!("\n{of}\n{}\n", text.trim()));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_program_writes_its_own_part() {
        let page = with_section("# Ours\n", NODE_MARK, "# Node\n");
        assert_eq!(page, format!("# Ours\n\n{NODE_MARK}\n# Node\n"));
        let page = with_section(&page, CHAIN_MARK, "# Chain\n");
        assert_eq!(page, format!("# Ours\n\n{CHAIN_MARK}\n# Chain\n\n{NODE_MARK}\n# Node\n"));
        let page = with_section(&page, CHAIN_MARK, "# Another\n");
        assert_eq!(page, format!("# Ours\n\n{CHAIN_MARK}\n# Another\n\n{NODE_MARK}\n# Node\n"));
    }
}

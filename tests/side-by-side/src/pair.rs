//! The same on both chains, compared.
//!
//! After every action: what the dry run answered, with how much on deposit, whether the transaction failed and with
//! which error, all events with topics, and the whole state, main trie and child tries.

use crate::{
    chain::{Action, Chain, Ebpf, Outcome, State, Wasm},
    Contract,
};
use codec::Encode;
use inkbpf_host::Choice;
use polkadot_sdk::{sp_core::H256, sp_runtime::AccountId32, sp_weights::Weight};

/// Gas of a call: ample for whatever ends, on both chains, and soon gone for what does not.
///
/// The two weigh the same work differently, so a call that is given just enough for one of them ends in another way on
/// the other. Contracts can see that without failing: one that catches its callee's end of gas goes on with another
/// result. [`Pair::most_gas`] tells how much was needed.
pub const GAS: Weight = Weight::from_parts(100_000_000_000, 16 * 1024 * 1024);

/// Something that is not the same on both chains.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Which part of the outcome: `answer`, `deposit`, `address`, `error`, `events` or `state`.
    pub part: &'static str,
    /// After what.
    pub action: String,
    /// With `pallet-contracts`.
    pub wasm: String,
    /// Here.
    pub ebpf: String,
}

/// Two chains.
pub struct Pair {
    wasm: Wasm,
    ebpf: Ebpf,
    /// What the last comparison of states found, so that a difference is reported once.
    last: Option<String>,
    /// What differed so far.
    pub differences: Vec<Difference>,
    /// Actions so far, and how many of them succeeded.
    pub counts: (u32, u32),
    /// The most of [`GAS`] that a call needed which did not run out of it: the most of each dimension, on either chain.
    pub most_gas: Weight,
}

impl Default for Pair {
    fn default() -> Self {
        Self::new(Choice::default())
    }
}

impl Pair {
    /// Two chains at their beginning. Here, contracts run on `engine`.
    pub fn new(engine: Choice) -> Self {
        Self {
            wasm: Wasm::new(),
            ebpf: Ebpf::with_engine(engine),
            last: None,
            differences: Vec::new(),
            counts: (0, 0),
            most_gas: Weight::zero(),
        }
    }

    /// Both chains, to look at something else: `pallet-contracts` first.
    pub fn chains(&mut self) -> [&mut dyn Chain; 2] {
        [&mut self.wasm, &mut self.ebpf]
    }

    /// Lets both chains know a contract.
    pub fn learn(&mut self, contract: &Contract) {
        contract.teach(&mut self.wasm, true);
        contract.teach(&mut self.ebpf, false);
    }

    /// Does it on both chains and compares. Returns what came of it here.
    pub fn act(&mut self, action: &Action) -> Outcome {
        let (wasm, ebpf) = (self.wasm.act(action), self.ebpf.act(action));
        self.counts.0 += 1;
        self.counts.1 += u32::from(ebpf.error.is_none());
        for dry in [&wasm.dry, &ebpf.dry].into_iter().flatten().filter(|dry| dry.answer.is_ok()) {
            self.most_gas = self.most_gas.max(dry.gas);
        }
        let told = format!("{action:?}");
        let parts = |outcome: &Outcome| {
            let dry = outcome.dry.as_ref();
            [
                ("answer", format!("{:?}", dry.map(|dry| &dry.answer))),
                ("deposit", format!("{:?}", dry.map(|dry| &dry.deposit))),
                ("address", format!("{:?}", dry.map(|dry| &dry.address))),
                ("error", format!("{:?}", outcome.error)),
            ]
        };
        let pairs = parts(&wasm).into_iter().zip(parts(&ebpf));
        for ((part, wasm), (_, ebpf)) in pairs.filter(|((_, wasm), (_, ebpf))| wasm != ebpf) {
            self.differences.push(Difference { part, action: told.clone(), wasm, ebpf });
        }
        if wasm.events.iter().map(|(bytes, _)| bytes).ne(ebpf.events.iter().map(|(bytes, _)| bytes)) {
            // The texts are of the events as they are, with each chain's hashes and deposits.
            let texts = |outcome: &Outcome| {
                outcome.events.iter().map(|(_, text)| text.clone()).collect::<Vec<_>>().join("; ")
            };
            let (wasm, ebpf) = (texts(&wasm), texts(&ebpf));
            self.differences.push(Difference { part: "events", action: told.clone(), wasm, ebpf });
        }
        self.compare_states(told);
        ebpf
    }

    /// Ends the block on both chains and compares what is stored.
    pub fn next_block(&mut self) {
        self.wasm.next_block();
        self.ebpf.next_block();
        self.compare_states("next block".to_owned());
    }

    /// What is stored here.
    pub fn state(&mut self) -> State {
        self.ebpf.state()
    }

    fn compare_states(&mut self, action: String) {
        let (wasm, ebpf) = (self.wasm.state(), self.ebpf.state());
        let found = (wasm != ebpf).then(|| first_difference(&wasm, &ebpf));
        if found.is_some() && found != self.last {
            let text = found.clone().unwrap_or_default();
            self.differences.push(Difference { part: "state", action, wasm: String::new(), ebpf: text });
        }
        self.last = found;
    }

    /// Stores the code of a contract for Alice.
    pub fn upload(&mut self, contract: &Contract) -> H256 {
        self.learn(contract);
        self.act(&Action::Upload { by: account(0), contract: contract.name.clone() });
        contract.alias()
    }

    /// Stores the code of a contract, and makes a contract of it for Bob.
    ///
    /// # Panics
    /// When that fails.
    pub fn deploy(&mut self, contract: &Contract, constructor: &str, args: impl Encode) -> AccountId32 {
        self.deploy_with(contract, contract.constructor(constructor, args), 0, &[])
    }

    /// The same with selector and arguments, money and salt.
    ///
    /// # Panics
    /// When that fails.
    pub fn deploy_with(
        &mut self,
        contract: &Contract,
        data: Vec<u8>,
        value: u128,
        salt: &[u8],
    ) -> AccountId32 {
        let code_hash = self.upload(contract);
        let outcome = self.act(&Action::Instantiate {
            by: account(1),
            code_hash,
            value,
            gas: GAS,
            deposit: None,
            data,
            salt: salt.to_vec(),
        });
        assert_eq!(outcome.error, None, "{} was not made: {:?}", contract.name, outcome.dry);
        let address = outcome.dry.and_then(|dry| dry.address);
        address.expect("a dry run that succeeded names the address; qed")
    }

    /// Calls a message for the account of this number, with money.
    pub fn call(&mut self, by: usize, dest: &AccountId32, value: u128, data: Vec<u8>) -> Outcome {
        self.act(&Action::Call {
            by: Some(account(by)),
            dest: dest.clone(),
            value,
            gas: GAS,
            deposit: None,
            data,
        })
    }
}

/// The first entry that is not in both, or not the same.
fn first_difference(wasm: &State, ebpf: &State) -> String {
    type Entries = std::collections::BTreeMap<Vec<u8>, Vec<u8>>;
    let show = |value: Option<&Vec<u8>>| value.map_or("nothing".to_owned(), hex::encode);
    let first = |wasm: &Entries, ebpf: &Entries| {
        let keys = wasm.keys().chain(ebpf.keys());
        keys.filter(|key| wasm.get(*key) != ebpf.get(*key)).min().map(|key| {
            format!("{}: {} there, {} here", hex::encode(key), show(wasm.get(key)), show(ebpf.get(key)))
        })
    };
    if let Some(found) = first(&wasm.main, &ebpf.main) {
        return found;
    }
    let none = Entries::new();
    let tries = wasm.children.keys().chain(ebpf.children.keys());
    let of =
        |state: &'_ State, key: &Vec<u8>| state.children.get(key).cloned().unwrap_or_else(|| none.clone());
    tries
        .filter_map(|key| {
            Some(format!("trie {}, {}", hex::encode(key), first(&of(wasm, key), &of(ebpf, key))?))
        })
        .min()
        .unwrap_or_else(|| "a child trie is missing".to_owned())
}

/// The development accounts: Alice, Bob and so on.
pub fn account(n: usize) -> AccountId32 {
    inkbpf_runtime::genesis::dev_accounts()[n].clone()
}

/// A difference that `docs/side-by-side.md` lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {}

impl Difference {
    /// Which one of the list it is, if any.
    pub fn known(&self) -> Option<Known> {
        None
    }
}

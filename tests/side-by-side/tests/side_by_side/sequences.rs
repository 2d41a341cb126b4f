//! Sequences of calls generated from the contracts' metadata.

use crate::settle;
use inkbpf_side_by_side::{
    chain::Action,
    pair::{account, Pair},
    random::Random,
    Contract,
};
use polkadot_sdk::sp_runtime::AccountId32;
use std::sync::Arc;

/// What takes part, and which messages and constructors do not: their results depend on how large an engine's stack is,
/// or they only end when the gas does, which takes long.
const CONTRACTS: &[(&str, &[&str])] = &[
    ("archive", &[]),
    ("erc20", &[]),
    ("erc721", &[]),
    ("factory", &[]),
    ("flipper", &[]),
    ("multisig", &[]),
    ("spin", &["spin", "compute", "hash", "write", "copy", "new_that_never_ends"]),
    ("stress", &["ackermann", "recurse", "is_even"]),
    ("upgradeable", &[]),
    ("upgradeable-v2", &[]),
    ("features/caller", &[]),
    ("features/crypto", &[]),
    ("features/dispatch", &[]),
    ("features/environment", &[]),
    ("features/events", &["sign"]),
    ("features/own-allocator", &["churn"]),
    ("features/runtime-calls", &[]),
    ("features/storage-items", &[]),
    ("features/traits", &[]),
    ("features/wildcard", &[]),
];

/// Runs a sequence of so many actions and returns how many of them succeeded.
fn sequence(seed: u64, actions: u32) -> u32 {
    let mut pair = Pair::default();
    let contracts: Vec<(Arc<Contract>, &[&str])> =
        CONTRACTS.iter().map(|(name, but)| (Contract::example(name), *but)).collect();
    let codes = contracts.iter().map(|(contract, _)| contract.alias()).collect();
    let mut random = Random::new(seed, (0..5).map(account).collect(), codes);
    for (contract, _) in &contracts {
        pair.learn(contract);
        // Some are stored later, or not.
        if !random.once_in(8) {
            pair.upload(contract);
        }
    }
    let mut made: Vec<(AccountId32, usize)> = Vec::new();
    for _ in 0..actions {
        let which = *random.one_of(&(0..contracts.len()).collect::<Vec<_>>());
        let (contract, but) = &contracts[which];
        let action = if made.len() < 10 || random.once_in(10) {
            random.instantiate(contract, but)
        } else if random.once_in(40) {
            let code_hash = contract.alias();
            match random.once_in(3) {
                true => Action::SetCode { dest: random.one_of(&made).0.clone(), code_hash },
                false => Action::Remove { by: account(0), code_hash },
            }
        } else if random.once_in(60) {
            Action::Upload { by: account(1), contract: contract.name.clone() }
        } else if random.once_in(40) {
            let (by, to) = (account(2), random.one_of(&made).0.clone());
            Action::Transfer { by, to, value: random.amount() }
        } else {
            // Mostly what the contract understands.
            let (dest, of) = random.one_of(&made).clone();
            let (contract, but) = match random.once_in(15) {
                true => &contracts[which],
                false => &contracts[of],
            };
            random.call(contract, &dest, but)
        };
        let outcome = pair.act(&action);
        let address = outcome.dry.and_then(|dry| dry.address);
        if let (None, Action::Instantiate { .. }, Some(address)) = (&outcome.error, &action, address) {
            made.push((address.clone(), which));
            random.accounts.push(address);
        }
        if random.once_in(25) {
            pair.next_block();
        }
        settle(&pair);
    }
    assert!(made.len() > 10);
    pair.counts.1
}

#[test]
fn agree() {
    for seed in 0..2 {
        let succeeded = sequence(seed, 200);
        assert!(succeeded > 60, "seed {seed}: only {succeeded} of 200 actions succeed");
    }
}

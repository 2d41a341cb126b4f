//! New code for a contract that stays what it is.

use inkbpf_e2e::{program, Chain, Contract, Hash, ALICE, BOB};

const NOT_OWNER: u8 = 0;
const UNKNOWN_CODE: u8 = 1;
const MIGRATION_FAILED: u8 = 2;

type Done = Result<(), u8>;

const NO_MIGRATION: Option<[u8; 4]> = None;

/// A counter at 3, and the hash of the next version's code.
fn set_up() -> (Chain, Contract, Hash) {
    let mut chain = Chain::new();
    let counter = chain.deploy(&program("upgradeable"), "new", ());
    for _ in 0..3 {
        chain.send(&counter, "increment", ()).ok::<()>();
    }
    let hash = chain.upload(&program("upgradeable-v2"));
    (chain, counter, hash)
}

/// The same contract, spoken to as version 2.
fn version_2(counter: &Contract) -> Contract {
    Contract { account: counter.account.clone(), program: program("upgradeable-v2") }
}

#[test]
fn keeps_its_state() {
    let (mut chain, counter, hash) = set_up();
    let outcome = chain.send(&counter, "upgrade", (hash, NO_MIGRATION));
    assert_eq!(outcome.events[0].topics[1], hash);
    assert_eq!(outcome.ok::<Done>(), Ok(()));
    assert_eq!(chain.sandbox.contract(&counter.account).expect("it is a contract").code_hash, hash);

    let counter = version_2(&counter);
    assert_eq!(chain.ask::<u32>(&counter, "version", ()), 2);
    assert_eq!(chain.ask::<u32>(&counter, "get", ()), 3);
    chain.send(&counter, "increment", ()).ok::<()>();
    assert_eq!(chain.ask::<u32>(&counter, "get", ()), 4, "by steps of 1 without a migration");
    // The owner is still the owner.
    assert_eq!(chain.send(&counter, "set_step", (5u32,)).ok::<Done>(), Ok(()));
    let outcome = chain.message(&counter, "set_step", (6u32,)).by(BOB).send();
    assert_eq!(outcome.reverted::<Done>(), Err(0));
    chain.send(&counter, "increment", ()).ok::<()>();
    assert_eq!(chain.ask::<u32>(&counter, "get", ()), 9);
}

#[test]
fn migrates_by_delegate_call() {
    let (mut chain, counter, hash) = set_up();
    let migrate: [u8; 4] = *b"MIGR";
    assert_eq!(chain.send(&counter, "upgrade", (hash, Some(migrate))).ok::<Done>(), Ok(()));
    let counter = version_2(&counter);
    assert_eq!(chain.ask::<u32>(&counter, "step", ()), 10);
    assert_eq!(chain.ask::<u32>(&counter, "get", ()), 30);
    chain.send(&counter, "migrate", ()).ok::<()>();
    assert_eq!(chain.ask::<u32>(&counter, "get", ()), 30, "once only");
    assert_eq!(chain.storage(&counter).len(), 2, "the root, and the step under its own key");
}

#[test]
fn refused_upgrade_changes_nothing() {
    let (mut chain, counter, hash) = set_up();
    let before = chain.sandbox.contract(&counter.account);
    let outcome = chain.message(&counter, "upgrade", (hash, NO_MIGRATION)).by(BOB).send();
    assert_eq!(outcome.reverted::<Done>(), Err(NOT_OWNER));
    let outcome = chain.send(&counter, "upgrade", (Hash::repeat_byte(1), NO_MIGRATION));
    assert_eq!(outcome.reverted::<Done>(), Err(UNKNOWN_CODE));
    // The code was set by then; the error takes it back.
    let outcome = chain.send(&counter, "upgrade", (hash, Some([0xff; 4])));
    assert_eq!(outcome.reverted::<Done>(), Err(MIGRATION_FAILED));
    assert_eq!(chain.sandbox.contract(&counter.account), before);
    assert_eq!(chain.ask::<u32>(&counter, "version", ()), 1);
}

#[test]
fn old_code_can_go_and_new_code_cannot() {
    let (mut chain, counter, hash) = set_up();
    let old = chain.sandbox.contract(&counter.account).expect("it is a contract").code_hash;
    chain.send(&counter, "upgrade", (hash, NO_MIGRATION)).ok::<Done>().expect("Alice is the owner");
    let removed = chain.sandbox.remove(&ALICE.pair(), old).expect("Alice can pay");
    assert_eq!(removed.result, Ok(()));
    let refused = chain.sandbox.remove(&ALICE.pair(), hash).expect("Alice can pay");
    assert_eq!(refused.result, Err(inkbpf_e2e::error(pallet_contracts::Error::CodeInUse)));
}

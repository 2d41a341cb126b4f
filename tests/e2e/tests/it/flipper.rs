//! The smallest contract: dispatch, one value in storage, and what is refused.

use inkbpf_e2e::{error, program, Chain, ALICE, BOB, LANG_ERROR};
use inkbpf_sandbox::runtime::Runtime;
use pallet_contracts::Error;

#[test]
fn flips() {
    let mut chain = Chain::new();
    let flipper = chain.deploy(&program("flipper"), "new", (true,));
    assert!(chain.ask::<bool>(&flipper, "get", ()));
    chain.send(&flipper, "flip", ()).ok::<()>();
    assert!(!chain.ask::<bool>(&flipper, "get", ()));
    chain.message(&flipper, "flip", ()).by(BOB).send().ok::<()>();
    assert!(chain.ask::<bool>(&flipper, "get", ()), "anyone may flip");
}

#[test]
fn constructors_and_instances_are_apart() {
    let mut chain = Chain::new();
    let program = program("flipper");
    let first = chain.deploy(&program, "new_default", ());
    let second = chain.deploy(&program, "new", (true,));
    assert_ne!(first.account, second.account);
    assert!(!chain.ask::<bool>(&first, "get", ()));
    chain.send(&second, "flip", ()).ok::<()>();
    chain.send(&second, "flip", ()).ok::<()>();
    chain.send(&first, "flip", ()).ok::<()>();
    assert!(chain.ask::<bool>(&first, "get", ()));
    assert!(chain.ask::<bool>(&second, "get", ()));
}

// ink! keeps the root of the storage under the SCALE of the u32 0.
#[test]
fn storage_is_where_ink_says() {
    let mut chain = Chain::new();
    let flipper = chain.deploy(&program("flipper"), "new", (true,));
    assert_eq!(chain.storage(&flipper), [(vec![0; 4], vec![1])]);
    chain.send(&flipper, "flip", ()).ok::<()>();
    assert_eq!(chain.storage(&flipper), [(vec![0; 4], vec![0])]);
    let record = chain.sandbox.contract(&flipper.account).expect("it is a contract");
    assert_eq!((record.storage_items, record.storage_bytes), (1, 1));
}

#[test]
fn what_it_does_not_understand_changes_nothing() {
    let mut chain = Chain::new();
    let flipper = chain.deploy(&program("flipper"), "new", (true,));
    for data in [vec![], vec![1], vec![0xde, 0xad, 0xbe, 0xef], vec![0; 100]] {
        let (returned, reverted) = chain.raw_message(&flipper.account, data).send().returned();
        assert_eq!((&returned[..], reverted), (LANG_ERROR, true));
    }
    assert!(chain.ask::<bool>(&flipper, "get", ()));
}

#[test]
fn takes_no_money() {
    let mut chain = Chain::new();
    let flipper = chain.deploy(&program("flipper"), "new", (true,));
    let before = chain.balance(&flipper.account);
    chain.message(&flipper, "flip", ()).value(1_000_000_000).send().trapped("abort");
    assert_eq!(chain.balance(&flipper.account), before);
    assert!(chain.ask::<bool>(&flipper, "get", ()));
}

#[test]
fn whoever_calls_pays_for_gas_and_storage() {
    let mut chain = Chain::new();
    let program = program("flipper");
    let alice = ALICE.to_account_id();
    let before = chain.balance(&alice);
    let flipper = chain.deploy(&program, "new", (true,));
    let record = chain.sandbox.contract(&flipper.account).expect("it is a contract");
    let held = record.storage_base_deposit + record.storage_byte_deposit + record.storage_item_deposit;
    assert!(record.storage_item_deposit > 0 && record.storage_byte_deposit > 0);
    assert!(before - chain.balance(&alice) > held, "deposits, and a fee");

    let outcome = chain.send(&flipper, "flip", ());
    assert!(outcome.gas.ref_time() > 0);
    let gas = outcome.gas;
    assert_eq!(chain.send(&flipper, "flip", ()).gas, gas, "the same work costs the same");
}

#[test]
fn too_little_gas_is_out_of_gas() {
    let mut chain = Chain::new();
    let flipper = chain.deploy(&program("flipper"), "new", (true,));
    let needs = chain.message(&flipper, "flip", ()).dry_run().gas;
    let outcome = chain.message(&flipper, "flip", ()).ref_time(needs.ref_time() / 2).send();
    assert_eq!(outcome.failed(), error(Error::<Runtime>::OutOfGas));
    assert!(chain.ask::<bool>(&flipper, "get", ()));
}

#[test]
fn code_goes_when_nobody_uses_it() {
    let mut chain = Chain::new();
    let program = program("flipper");
    let flipper = chain.deploy(&program, "new", (true,));
    let hash = chain.sandbox.contract(&flipper.account).expect("it is a contract").code_hash;
    assert_eq!(chain.sandbox.code(&hash).as_ref(), Some(&program.code));
    let refused = chain.sandbox.remove(&ALICE.pair(), hash).expect("Alice can pay");
    assert_eq!(refused.result, Err(error(Error::<Runtime>::CodeInUse)));

    let mut chain = Chain::new();
    let hash = chain.upload(&program);
    let removed = chain.sandbox.remove(&ALICE.pair(), hash).expect("Alice can pay");
    assert_eq!(removed.result, Ok(()));
    assert_eq!(chain.sandbox.code(&hash), None);
}

#[test]
fn bundle_is_what_clients_load() {
    let program = program("flipper");
    let bundle = program.bundle.as_ref().expect("a contract of ink! has a bundle");
    let hex = |bytes: &[u8]| bytes.iter().fold("0x".to_owned(), |text, byte| text + &format!("{byte:02x}"));
    assert_eq!(bundle["source"]["wasm"], hex(&program.code));
    assert_eq!(bundle["source"]["hash"], program.built.code_hash);
    assert_eq!(bundle["contract"]["name"], "flipper");
    assert_eq!(bundle["version"], 5);
    let mut chain = Chain::new();
    assert_eq!(bundle["source"]["hash"], hex(chain.upload(&program).as_bytes()));
}

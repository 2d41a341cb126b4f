//! A contract that makes contracts, and calls them by reference.

use crate::account;
use inkbpf_e2e::{error, program, AccountId, Chain, Contract, Hash, ALICE, BOB, UNIT};
use pallet_contracts::Error;

const UNKNOWN_FLIPPER: u8 = 0;
const NOT_INSTANTIATED: u8 = 1;

type Made = Result<AccountId, u8>;

fn set_up() -> (Chain, Contract) {
    let mut chain = Chain::new();
    let hash = chain.upload(&program("flipper"));
    let factory = chain.deploy(&program("factory"), "new", (hash,));
    (chain, factory)
}

#[test]
fn makes_flippers_and_calls_them() {
    let (mut chain, factory) = set_up();
    let outcome = chain.message(&factory, "create", (true, [1u8; 4])).by(BOB).send();
    let event = outcome.events.last().expect("it tells of it").clone();
    assert_eq!(event.topics[0], factory.program.signature_topic("Created"));
    let first = outcome.ok::<Made>().expect("nothing is in the way");
    assert_eq!(event.fields::<(AccountId, u32, AccountId)>(), (account(BOB), 0, first.clone()));

    let second =
        chain.send(&factory, "create", (false, [2u8; 4])).ok::<Made>().expect("nothing is in the way");
    assert_ne!(first, second);
    assert_eq!(chain.ask::<Option<AccountId>>(&factory, "address", (1u32,)), Some(second.clone()));
    assert_eq!(chain.ask::<u32>(&factory, "count", ()), 2);

    // They are flippers like any other, and the factory sees what others do to them.
    let first = Contract { account: first, program: program("flipper") };
    assert!(chain.ask::<bool>(&first, "get", ()));
    chain.message(&first, "flip", ()).by(BOB).send().ok::<()>();
    assert_eq!(chain.ask::<Result<bool, u8>>(&factory, "get", (0u32,)), Ok(false));

    assert_eq!(chain.send(&factory, "flip", (1u32,)).ok::<Result<bool, u8>>(), Ok(true));
    assert_eq!(chain.send(&factory, "flip_all", ()).ok::<u32>(), 1);
    let second = Contract { account: second, ..first.clone() };
    assert!(chain.ask::<bool>(&first, "get", ()) && !chain.ask::<bool>(&second, "get", ()));
    assert_eq!(chain.send(&factory, "flip", (2u32,)).reverted::<Result<bool, u8>>(), Err(UNKNOWN_FLIPPER));
}

#[test]
fn refusals_make_nothing() {
    let (mut chain, factory) = set_up();
    chain.send(&factory, "create", (true, [1u8; 4])).ok::<Made>().expect("nothing is in the way");
    let contracts = chain.sandbox.contracts().len();

    // The address follows from code, arguments and salt.
    let again = chain.send(&factory, "create", (true, [1u8; 4]));
    assert_eq!(again.failed(), error(Error::DuplicateContract));

    // A flipper's constructor takes no money, and traps.
    let outcome = chain.message(&factory, "create", (true, [2u8; 4])).value(UNIT).send();
    assert_eq!(outcome.reverted::<Made>(), Err(NOT_INSTANTIATED));
    assert_eq!(chain.sandbox.contracts().len(), contracts);
    assert_eq!(chain.ask::<u32>(&factory, "count", ()), 1);

    let lost = chain.deploy(&program("factory"), "new", (Hash::repeat_byte(1),));
    let outcome = chain.send(&lost, "create", (true, [1u8; 4]));
    assert_eq!(outcome.reverted::<Made>(), Err(NOT_INSTANTIATED));
}

// Whoever calls the factory pays the deposit of what it makes.
#[test]
fn caller_pays_for_what_is_made() {
    let (mut chain, factory) = set_up();
    let (alice, bob) = (chain.balance(&account(ALICE)), chain.balance(&account(BOB)));
    let outcome = chain.message(&factory, "create", (true, [1u8; 4])).by(BOB).send();
    let made = outcome.clone().ok::<Made>().expect("nothing is in the way");
    let record = chain.sandbox.contract(&made).expect("it is a contract");
    let held = record.storage_base_deposit + record.storage_item_deposit + record.storage_byte_deposit;
    assert!(bob - chain.balance(&account(BOB)) > outcome.fee + held);
    assert_eq!(chain.balance(&account(ALICE)), alice);
}

//! Calls between contracts by the builder, and what the chain tells a contract.

use crate::account;
use codec::{Decode, Encode};
use inkbpf_e2e::{error, program, AccountId, Balance, Chain, Contract, Hash, ALICE, BOB, UNIT};
use inkbpf_sandbox::runtime::config::{contracts::CALL_STACK, EXISTENTIAL_DEPOSIT};
use pallet_contracts::Error;
use std::sync::Arc;

/// `Outcome::Trapped` of the contract.
pub const TRAPPED: u8 = 2;

/// The contract's `Outcome`.
#[derive(Debug, Decode, PartialEq)]
enum Outcome {
    Returned(Vec<u8>),
    BadInput,
    Trapped,
    NotCallable,
    TransferFailed,
    CodeNotFound,
    Other,
}

fn set_up() -> (Chain, Contract) {
    let mut chain = Chain::new();
    let (caller, outcome) = chain.instantiate(&program("features/caller"), "new", (), 10 * UNIT, &[]);
    outcome.ok::<Result<(), ()>>().expect("it takes nothing");
    (chain, caller.expect("it was made"))
}

fn selector(contract: &Contract, name: &str) -> [u8; 4] {
    contract.program.encode("messages", name, ()).try_into().expect("four bytes")
}

/// Has `caller` call a message of `callee`, for good.
fn call(chain: &mut Chain, caller: &Contract, callee: &Contract, name: &str, args: impl Encode) -> Outcome {
    let args = (callee.account.clone(), selector(callee, name), args.encode(), 0 as Balance, 0u64);
    chain.send(caller, "call", args).ok()
}

#[test]
fn calls_and_gets_answers() {
    let (mut chain, caller) = set_up();
    let token = chain.deploy(&program("erc20"), "new", (100 as Balance,));
    let supply = call(&mut chain, &caller, &token, "total_supply", ());
    assert_eq!(supply, Outcome::Returned((100 as Balance).encode()));
    // The callee's own error: it has undone its changes, and its answer arrives.
    let refused = call(&mut chain, &caller, &token, "transfer", (account(BOB), 5 as Balance));
    assert_eq!(refused, Outcome::Returned(Err::<(), u8>(0).encode()));
    // The caller is the contract: with tokens of its own it may.
    chain
        .send(&token, "transfer", (caller.account.clone(), 7 as Balance))
        .ok::<Result<(), u8>>()
        .expect("Alice has 100");
    let done = call(&mut chain, &caller, &token, "transfer", (account(BOB), 5 as Balance));
    assert_eq!(done, Outcome::Returned(Ok::<(), u8>(()).encode()));
    assert_eq!(chain.ask::<Balance>(&token, "balance_of", (account(BOB),)), 5);
}

#[test]
fn older_interface_and_limits() {
    let (mut chain, caller) = set_up();
    let flipper = chain.deploy(&program("flipper"), "new", (false,));
    let flip = selector(&flipper, "flip");
    let args = (flipper.account.clone(), flip, Vec::<u8>::new(), 0u64);
    assert_eq!(chain.send(&caller, "call_v1", args).ok::<Outcome>(), Outcome::Returned(vec![]));
    assert!(chain.ask::<bool>(&flipper, "get", ()));

    let spin = chain.deploy(&program("spin"), "new", ());
    let once = selector(&spin, "once");
    // A new entry in the callee's storage needs a deposit of far more than 1. Deposits are settled when
    // the callee has returned, so that it is the caller who fails.
    let args = |deposit: Balance| (spin.account.clone(), once, 0u64, deposit);
    let outcome = chain.send(&caller, "call_limited", args(1));
    assert_eq!(outcome.failed(), error(Error::StorageDepositLimitExhausted));
    assert_eq!(chain.ask::<u32>(&spin, "begun", ()), 0);
    assert_eq!(chain.send(&caller, "call_limited", args(UNIT)).ok::<Outcome>(), Outcome::Returned(vec![]));
    assert_eq!(chain.ask::<u32>(&spin, "begun", ()), 1);
}

#[test]
fn failures_are_told_apart() {
    let (mut chain, caller) = set_up();
    let stress = chain.deploy(&program("stress"), "new", ());
    let explicit_panic = (0u8, 0u32);
    assert_eq!(call(&mut chain, &caller, &stress, "panic", explicit_panic), Outcome::Trapped);
    assert_eq!(chain.ask::<u32>(&stress, "attempts", ()), 0, "what the callee did is undone");

    let mut raw = |callee: AccountId, selector: [u8; 4], value: Balance| {
        chain.send(&caller, "call", (callee, selector, Vec::<u8>::new(), value, 0u64)).ok::<Outcome>()
    };
    assert_eq!(raw(stress.account.clone(), [0xff; 4], 0), Outcome::BadInput);
    assert_eq!(raw(account(BOB), [0; 4], 0), Outcome::NotCallable);
    assert_eq!(raw(stress.account.clone(), [0; 4], 1_000_000 * UNIT), Outcome::TransferFailed);
}

#[test]
fn delegated_code_runs_on_the_callers_storage() {
    let (mut chain, caller) = set_up();
    let program = program("features/caller");
    let hash = chain.sandbox.contract(&caller.account).expect("it is a contract").code_hash;
    let called_back: [u8; 4] = program.encode("messages", "called_back", ()).try_into().expect("four bytes");
    let args = (hash, called_back, Vec::<u8>::new());
    for count in 1..=2u32 {
        assert_eq!(
            chain.send(&caller, "delegate", args.clone()).ok::<Outcome>(),
            Outcome::Returned(count.encode())
        );
    }
    assert_eq!(chain.ask::<u32>(&caller, "called_back", ()), 3, "its own, once more");
    let args = (Hash::repeat_byte(7), called_back, Vec::<u8>::new());
    assert_eq!(chain.send(&caller, "delegate", args).ok::<Outcome>(), Outcome::CodeNotFound);
}

#[test]
fn tail_call_returns_what_the_callee_returns() {
    let (mut chain, caller) = set_up();
    let flipper = chain.deploy(&program("flipper"), "new", (true,));
    let args = (flipper.account.clone(), selector(&flipper, "get"));
    assert!(chain.send(&caller, "tail_call", args).ok::<bool>());
}

#[test]
fn reenters_only_with_leave() {
    let (mut chain, caller) = set_up();
    assert_eq!(chain.send(&caller, "reenter", (true,)).ok::<Outcome>(), Outcome::Returned(1u32.encode()));
    let outcome = chain.send(&caller, "reenter", (false,));
    assert_eq!(outcome.failed(), error(Error::ReentranceDenied));
}

#[test]
fn the_stack_of_contracts_has_an_end() {
    let (mut chain, caller) = set_up();
    let depth: u32 = chain.message(&caller, "descend", (0u32,)).dry_run().ok();
    // The first frame is not counted; the one that would be too deep fails its caller.
    assert!((2..=CALL_STACK as u32).contains(&depth), "{depth}");
}

#[test]
fn instantiates_by_hash() {
    let (mut chain, caller) = set_up();
    let flipper: Arc<_> = program("flipper");
    let hash = chain.upload(&flipper);
    let new: [u8; 4] = flipper.encode("constructors", "new", ()).try_into().expect("four bytes");
    let args = (hash, new, (true,).encode(), 0 as Balance, vec![1u8]);
    let made: Result<AccountId, Outcome> = chain.send(&caller, "instantiate", args.clone()).ok();
    let contract = Contract { account: made.expect("it can"), program: flipper };
    assert!(chain.ask::<bool>(&contract, "get", ()));
    assert_eq!(chain.send(&caller, "instantiate", args).failed(), error(Error::DuplicateContract));

    let args = (Hash::repeat_byte(7), new, (true,).encode(), 0 as Balance, Vec::<u8>::new());
    let made: Result<AccountId, Outcome> = chain.send(&caller, "instantiate", args).reverted();
    assert_eq!(made, Err(Outcome::CodeNotFound));
}

#[test]
fn sends_money_and_ends() {
    let (mut chain, caller) = set_up();
    let heir = AccountId::from([9; 32]);
    assert!(chain.send(&caller, "send", (heir.clone(), 3 * UNIT)).ok::<bool>());
    assert_eq!(chain.balance(&heir), 3 * UNIT);
    assert!(!chain.send(&caller, "send", (heir.clone(), 30 * UNIT)).ok::<bool>());
    assert_eq!(chain.balance(&heir), 3 * UNIT);

    chain.send(&caller, "terminate", (heir.clone(),)).returned();
    assert_eq!(chain.balance(&heir), 10 * UNIT + EXISTENTIAL_DEPOSIT, "with the least balance it began with");
    assert_eq!(chain.sandbox.contract(&caller.account), None);
    let outcome = chain.send(&caller, "called_back", ());
    assert_eq!(outcome.failed(), error(Error::ContractNotFound));
}

#[test]
fn depends_on_code() {
    let (mut chain, caller) = set_up();
    let hash = chain.upload(&program("flipper"));
    chain.send(&caller, "depend", (hash, true)).ok::<()>();
    let refused = chain.sandbox.remove(&ALICE.pair(), hash).expect("Alice can pay");
    assert_eq!(refused.result, Err(error(Error::CodeInUse)));
    let record = chain.sandbox.contract(&caller.account).expect("it is a contract");
    assert!(record.delegate_dependencies.contains_key(&hash));
    assert_eq!(
        chain.send(&caller, "depend", (hash, true)).failed(),
        error(Error::DelegateDependencyAlreadyExists)
    );
    chain.send(&caller, "depend", (hash, false)).ok::<()>();
    let removed = chain.sandbox.remove(&ALICE.pair(), hash).expect("Alice can pay");
    assert_eq!(removed.result, Ok(()));
}

/// The contract's `Facts`.
#[derive(Debug, Decode, PartialEq)]
struct Facts {
    caller: AccountId,
    caller_is_origin: bool,
    caller_is_contract: bool,
    caller_code_hash: Option<Hash>,
    address: AccountId,
    own_code_hash: Hash,
    balance: Balance,
    value: Balance,
    minimum_balance: Balance,
    block_number: u32,
    timestamp: u64,
    gas_falls: bool,
    fee_rises: bool,
}

#[test]
fn learns_about_the_chain() {
    let (mut chain, caller) = set_up();
    let own_code_hash = chain.sandbox.contract(&caller.account).expect("it is a contract").code_hash;
    let balance = chain.balance(&caller.account);
    let facts: Facts = chain.message(&caller, "facts", ()).value(5 * UNIT).by(BOB).dry_run().ok();
    let number = chain.sandbox.head().number;
    let expected = Facts {
        caller: account(BOB),
        caller_is_origin: true,
        caller_is_contract: false,
        caller_code_hash: None,
        address: caller.account.clone(),
        own_code_hash,
        // What it can spend without ceasing to exist.
        balance: balance + 5 * UNIT - EXISTENTIAL_DEPOSIT,
        value: 5 * UNIT,
        gas_falls: true,
        fee_rises: true,
        minimum_balance: facts.minimum_balance,
        block_number: facts.block_number,
        timestamp: facts.timestamp,
    };
    assert_eq!(facts, expected);
    assert!((number..=number + 1).contains(&facts.block_number));
    assert!(facts.minimum_balance > 0 && facts.timestamp >= 1_704_067_200_000);

    // Seen from a call by another instance of the same code.
    let (other, _) = chain.instantiate(&caller.program, "new", (), UNIT, &[1]);
    let other = other.expect("it was made");
    let Outcome::Returned(bytes) = call(&mut chain, &caller, &other, "facts", ()) else {
        panic!("it can be called")
    };
    let facts = Facts::decode(&mut &bytes[..]).expect("it returns facts");
    assert_eq!((facts.caller, facts.caller_is_contract), (caller.account.clone(), true));
    assert_eq!((facts.caller_is_origin, facts.caller_code_hash), (false, Some(own_code_hash)));
}

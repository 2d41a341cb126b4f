//! Loops without end: gas ends them, nothing of them is left, and the caller has paid.

use crate::account;
use codec::Encode;
use inkbpf_e2e::{error, program, Chain, Contract, Outcome, ALICE, BOB};
use pallet_contracts::Error;

/// Picoseconds: enough to begin, and not long to wait for.
const GAS: u64 = 20_000_000_000;

fn set_up() -> (Chain, Contract) {
    let mut chain = Chain::new();
    let spin = chain.deploy(&program("spin"), "new", ());
    chain.send(&spin, "once", ()).ok::<()>();
    (chain, spin)
}

fn runs_out(name: &str, args: impl Encode) {
    let (mut chain, spin) = set_up();
    let before = (chain.storage(&spin), chain.balance(&spin.account));
    let bob = chain.balance(&account(BOB));
    let outcome = chain.message(&spin, name, args).by(BOB).value(1_000_000).ref_time(GAS).send();
    check(&outcome);
    assert_eq!((chain.storage(&spin), chain.balance(&spin.account)), before, "no change stands");
    assert_eq!(bob - chain.balance(&account(BOB)), outcome.fee, "the fee and nothing else is gone");
    assert_eq!(chain.ask::<u32>(&spin, "begun", ()), 1);
    // The chain goes on.
    chain.send(&spin, "once", ()).ok::<()>();
    assert_eq!(chain.ask::<u32>(&spin, "begun", ()), 2);
}

fn check(outcome: &Outcome) {
    assert_eq!(outcome.failed(), error(Error::OutOfGas), "{}", outcome.debug);
    // Whichever ends first: computation, or what a light client would have to be shown.
    let nearly_all = outcome.gas.ref_time() > GAS / 10 * 9 || outcome.gas.proof_size() > 1024 * 1024 / 10 * 9;
    assert!(nearly_all, "used only {}", outcome.gas);
}

#[test]
fn a_loop_that_does_nothing() {
    runs_out("spin", ());
}

#[test]
fn a_loop_that_computes() {
    runs_out("compute", (27u64,));
}

#[test]
fn a_loop_that_calls_the_chain() {
    runs_out("hash", ());
}

#[test]
fn a_loop_that_writes() {
    runs_out("write", ());
}

#[test]
fn a_loop_that_copies() {
    runs_out("copy", (10_000u32,));
}

// More gas is more fee: whoever spins longer pays more.
#[test]
fn fee_grows_with_gas() {
    let (mut chain, spin) = set_up();
    let short = chain.message(&spin, "spin", ()).by(BOB).ref_time(GAS / 4).send();
    let long = chain.message(&spin, "spin", ()).by(BOB).ref_time(GAS).send();
    assert!(long.fee > short.fee, "{} and {}", long.fee, short.fee);
}

#[test]
fn a_constructor_that_never_ends_makes_nothing() {
    let mut chain = Chain::new();
    let program = program("spin");
    let contracts = chain.sandbox.contracts().len();
    let what = inkbpf_sandbox::contracts::Instantiate {
        code: inkbpf_sandbox::contracts::Code::Upload(program.code.clone()),
        data: program.encode("constructors", "new_that_never_ends", ()),
        salt: vec![],
        value: 0,
        limits: inkbpf_sandbox::contracts::Limits {
            gas: Some(inkbpf_sandbox::sp_runtime::Weight::from_parts(GAS, 1024 * 1024)),
            deposit: None,
        },
    };
    let alice = chain.balance(&account(ALICE));
    let (contract, outcome) = chain.instantiate_raw(&program, what);
    assert!(contract.is_none());
    assert_eq!(outcome.failed(), error(Error::OutOfGas));
    assert_eq!(chain.sandbox.contracts().len(), contracts);
    assert_eq!(alice - chain.balance(&account(ALICE)), outcome.fee, "the code's deposit is back, too");
}

// A caller that limits the gas of a call survives what it calls.
#[test]
fn a_caller_survives_it() {
    let (mut chain, spin) = set_up();
    let (caller, outcome) = chain.instantiate(&program("features/caller"), "new", (), 0, &[]);
    outcome.ok::<Result<(), ()>>().expect("it takes nothing");
    let caller = caller.expect("it was made");
    let selector: [u8; 4] = spin.program.encode("messages", "spin", ()).try_into().expect("four bytes");
    let args = (spin.account.clone(), selector, Vec::<u8>::new(), 0u128, GAS / 4);
    let outcome = chain.message(&caller, "call", args).ref_time(GAS).send();
    assert!(outcome.gas.ref_time() < GAS);
    assert_eq!(outcome.ok::<u8>(), crate::caller::TRAPPED);
    assert_eq!(chain.ask::<u32>(&spin, "begun", ()), 1);
}

//! Contracts on the sandbox, with a program written by hand.

#[path = "../../fixtures/counter/counter.rs"]
mod counter;

use contract_abi::image::{Function, Image};
use counter::counter;
use inkbpf_sandbox::{
    contracts::{instantiated, Call, Code, Instantiate, Limits},
    runtime::AccountId,
    sp_core::sr25519,
    sp_runtime::{DispatchError, ModuleError},
    Keyring, Sandbox, Weight,
};

const NEW: [u8; 4] = [0, 0, 0, 0];
const GET: [u8; 4] = [1, 0, 0, 0];
const ADD: [u8; 4] = [2, 0, 0, 0];
const ABORT: [u8; 4] = [4, 0, 0, 0];
const SPIN: [u8; 4] = [5, 0, 0, 0];

fn alice() -> sr25519::Pair {
    Keyring::Alice.pair()
}

fn account(who: Keyring) -> AccountId {
    who.to_account_id()
}

fn new(initial: u32) -> Instantiate {
    let data = [&NEW[..], &initial.to_le_bytes()].concat();
    Instantiate { code: Code::Upload(counter()), data, salt: vec![], value: 0, limits: Limits::default() }
}

fn with_counter(initial: u32) -> (Sandbox, AccountId) {
    let mut chain = Sandbox::new();
    let tried = chain.dry_instantiate(&account(Keyring::Alice), new(initial));
    assert!(tried.result.is_ok(), "{}", String::from_utf8_lossy(&tried.debug_message));
    let done = chain.instantiate(&alice(), new(initial)).unwrap();
    assert_eq!(done.result, Ok(()));
    let contract = instantiated(&done.events).expect("a contract");
    (chain, contract)
}

fn call(contract: &AccountId, selector: [u8; 4], argument: &[u8]) -> Call {
    let data = [&selector[..], argument].concat();
    Call { contract: contract.clone(), data, value: 0, limits: Limits::default() }
}

fn value(chain: &Sandbox, contract: &AccountId) -> u32 {
    let returned = chain.dry_call(&account(Keyring::Bob), call(contract, GET, &[])).result.unwrap();
    // The first byte is ink!'s outer `Ok`.
    u32::from_le_bytes(returned.data[1..].try_into().unwrap())
}

#[track_caller]
fn is_error(result: Result<(), DispatchError>, name: &str) {
    match result {
        Err(DispatchError::Module(ModuleError { message, .. })) => assert_eq!(message, Some(name)),
        other => panic!("{other:?} is not {name}"),
    }
}

#[test]
fn a_message_changes_the_storage_and_emits_an_event() {
    let (mut chain, contract) = with_counter(40);
    let done = chain.call(&alice(), call(&contract, ADD, &2u32.to_le_bytes())).unwrap();
    assert_eq!(done.result, Ok(()));
    assert_eq!(value(&chain, &contract), 42);
    assert_eq!(chain.storage(&contract, &[0; 4]), Ok(Some(42u32.to_le_bytes().to_vec())));
    assert_eq!(chain.storage_entries(&contract), Some(vec![(vec![0; 4], 42u32.to_le_bytes().to_vec())]));
    assert_eq!(chain.contracts(), std::slice::from_ref(&contract));
    let record = chain.contract(&contract).unwrap();
    assert_eq!((record.storage_items, record.storage_bytes), (1, 4));
    assert_eq!(chain.code(&record.code_hash), Some(counter()));
    assert_eq!(chain.code_record(&record.code_hash).unwrap().refcount, 1);
}

#[test]
fn a_dry_run_changes_nothing() {
    let (chain, contract) = with_counter(1);
    let before = chain.to_snapshot();
    let tried = chain.dry_call(&account(Keyring::Alice), call(&contract, ADD, &[9, 0, 0, 0]));
    assert!(!tried.result.unwrap().did_revert());
    assert!(!tried.events.unwrap().is_empty());
    chain.dry_upload(&account(Keyring::Alice), counter(), None).unwrap();
    assert!(chain.to_snapshot() == before);
    assert_eq!(value(&chain, &contract), 1);
}

#[test]
fn a_trap_undoes_the_call_and_says_where() {
    let (mut chain, contract) = with_counter(1);
    let tried = chain.dry_call(&account(Keyring::Alice), call(&contract, ABORT, &[]));
    let text = String::from_utf8(tried.debug_message).unwrap();
    let hash = chain.contract(&contract).unwrap().code_hash;
    assert!(text.starts_with("trapped: the program aborted at slot "), "{text}");
    assert!(text.contains("; called from ") && text.contains(&format!("; in {hash:?}\n")), "{text}");
    let mut what = call(&contract, ABORT, &[]);
    what.limits.gas = Some(tried.gas_required);
    let done = chain.call(&alice(), what).unwrap();
    is_error(done.result, "ContractTrapped");
    assert_eq!(value(&chain, &contract), 1);
}

#[test]
fn a_loop_without_end_runs_out_of_gas_is_undone_and_paid_for() {
    let (mut chain, contract) = with_counter(1);
    let before = chain.free_balance(&account(Keyring::Alice));
    let mut what = call(&contract, SPIN, &[]);
    what.limits.gas = Some(Weight::from_parts(5_000_000_000, 1 << 20));
    let done = chain.call(&alice(), what).unwrap();
    is_error(done.result, "OutOfGas");
    assert_eq!(value(&chain, &contract), 1, "what it stored is undone");
    // All the gas it was offered, at one unit of money a picosecond, and the rest of the transaction.
    assert!(done.fee >= 5_000_000_000, "{}", done.fee);
    assert_eq!(chain.free_balance(&account(Keyring::Alice)), before - done.fee);
}

/// A program that does nothing else than go on.
fn without_end() -> Vec<u8> {
    let text = [0x05, 0, 0xff, 0xff, 0, 0, 0, 0].repeat(2);
    let function = |first| Function { first, slots: 1, frame_size: 0, address_taken: false };
    Image {
        text: &text,
        rodata: &[],
        data: &[],
        bss_size: 0,
        stack_size: 4096,
        heap_size: 0,
        deploy: 0,
        call: 1,
        functions: vec![function(0), function(1)],
        jump_tables: Vec::new(),
    }
    .to_bytes()
    .expect("the image keeps the rules")
}

/// The runtime's answer has the error's number alone.
#[track_caller]
fn ran_out_of_gas(tried: Result<(), DispatchError>) {
    let Err(DispatchError::Module(error)) = tried else { panic!("{tried:?}") };
    let number = pallet_contracts::Error::<inkbpf_sandbox::runtime::Runtime>::OutOfGas;
    let DispatchError::Module(expected) = number.into() else { unreachable!() };
    assert_eq!((error.index, error.error), (expected.index, expected.error));
}

#[test]
fn a_dry_run_gets_what_a_block_holds_and_no_more() {
    let (chain, contract) = with_counter(1);
    let most = inkbpf_sandbox::runtime::config::RuntimeBlockWeights::get().max_block;
    let tried = |gas: Option<Weight>| {
        let mut what = call(&contract, SPIN, &[]);
        what.limits.gas = gas;
        chain.dry_call(&account(Keyring::Bob), what)
    };
    // With a limit that is not minded, these would end after some hundred days.
    for gas in [None, Some(Weight::MAX), Some(Weight::from_parts(u64::MAX, 1 << 20))] {
        let tried = tried(gas);
        ran_out_of_gas(tried.result.map(drop));
        assert!(tried.gas_consumed.all_lte(most), "{}", tried.gas_consumed);
        assert!(tried.gas_consumed.ref_time() > most.ref_time() / 10 * 9, "{}", tried.gas_consumed);
    }
    let little = Weight::from_parts(5_000_000_000, 1 << 20);
    assert!(tried(Some(little)).gas_consumed.all_lte(little));

    let mut what = new(1);
    what.code = Code::Upload(without_end());
    what.limits.gas = Some(Weight::MAX);
    let tried = chain.dry_instantiate(&account(Keyring::Bob), what);
    ran_out_of_gas(tried.result.map(drop));
    assert!(tried.gas_consumed.all_lte(most), "{}", tried.gas_consumed);
}

#[test]
fn code_is_removed_by_its_owner_when_nobody_uses_it() {
    let mut chain = Sandbox::new();
    let before = chain.free_balance(&account(Keyring::Alice));
    let stored = chain.upload(&alice(), counter(), None).unwrap();
    assert_eq!(stored.result, Ok(()));
    let hash = chain.dry_upload(&account(Keyring::Alice), counter(), None).unwrap().code_hash;
    let other = chain.remove(&Keyring::Bob.pair(), hash).unwrap();
    assert_eq!(other.result, Err(DispatchError::BadOrigin));
    let removed = chain.remove(&alice(), hash).unwrap();
    assert_eq!(removed.result, Ok(()));
    assert_eq!(chain.free_balance(&account(Keyring::Alice)), before - stored.fee - removed.fee);
    assert!(chain.code(&hash).is_none());
}

#[test]
fn contracts_survive_a_snapshot() {
    let (chain, contract) = with_counter(7);
    let mut copy = Sandbox::from_snapshot(&chain.to_snapshot()).unwrap();
    assert_eq!(value(&copy, &contract), 7);
    let done = copy.call(&alice(), call(&contract, ADD, &[3, 0, 0, 0])).unwrap();
    assert_eq!(done.result, Ok(()));
    assert_eq!(value(&Sandbox::from_snapshot(&copy.to_snapshot()).unwrap(), &contract), 10);
}

//! The stack of frames on its own, with Rust closures as contracts.

mod callers;
mod making;
mod state;
mod values;

use super::*;
use crate::{
    code::CodeInfo,
    debug::{ExecResult, ExportedFunction},
    exec::{Context, ErrorOrigin, ExecError, Ext, Stack},
    executable::Executable,
    gas::GasMeter,
    storage::{meter::Meter, ContractInfo, Key, WriteOutcome},
    CodeInfoOf, ContractInfoOf, Determinism, Nonce, Origin, Schedule,
};
use frame_support::traits::fungible::Mutate;
use pallet_contracts_uapi::ReturnFlags;
use sp_weights::Weight;
use std::{cell::RefCell, rc::Rc};

type Chain<'a> = &'a mut dyn Ext<T = Test>;
type Contract = Rc<dyn Fn(Chain<'_>, ExportedFunction, Vec<u8>) -> ExecResult>;

thread_local! {
    static CONTRACTS: RefCell<Vec<Contract>> = RefCell::default();
}

/// Makes a code from a closure.
fn code(contract: impl Fn(Chain<'_>, ExportedFunction, Vec<u8>) -> ExecResult + 'static) -> H256 {
    CONTRACTS.with_borrow_mut(|contracts| {
        contracts.push(Rc::new(contract));
        let hash = H256::from_low_u64_be(contracts.len() as u64);
        let info = CodeInfo {
            owner: ALICE,
            deposit: 0,
            refcount: 0,
            determinism: Determinism::Enforced,
            code_len: 0,
        };
        CodeInfoOf::<Test>::insert(hash, info);
        hash
    })
}

struct Closure {
    hash: H256,
    info: CodeInfo<Test>,
}

impl Executable<Test> for Closure {
    fn from_storage(hash: H256, _: &mut GasMeter<Test>) -> Result<Self, DispatchError> {
        let info = CodeInfoOf::<Test>::get(hash).ok_or(Error::<Test>::CodeNotFound)?;
        Ok(Self { hash, info })
    }

    fn execute<E: Ext<T = Test>>(self, ext: &mut E, entry: ExportedFunction, input: Vec<u8>) -> ExecResult {
        let index = self.hash.to_low_u64_be() as usize - 1;
        let contract = CONTRACTS.with_borrow(|contracts| contracts[index].clone());
        contract(ext, entry, input)
    }

    fn code_info(&self) -> &CodeInfo<Test> {
        &self.info
    }

    fn code_hash(&self) -> &H256 {
        &self.hash
    }
}

/// Runs something on a fresh stack for `origin`.
fn with_stack<R>(origin: Origin<Test>, run: impl FnOnce(Context<'_, Test>) -> R) -> R {
    with_stack_and_limit(origin, DEPOSIT_LIMIT, run)
}

fn with_stack_and_limit<R>(origin: Origin<Test>, limit: u64, run: impl FnOnce(Context<'_, Test>) -> R) -> R {
    let schedule = Schedule::default();
    let mut gas_meter = GasMeter::new(GAS_LIMIT);
    let mut storage_meter = Meter::new(&origin, Some(limit), 0).unwrap();
    run(Context {
        origin,
        gas_meter: &mut gas_meter,
        storage_meter: &mut storage_meter,
        schedule: &schedule,
        debug_buffer: None,
        determinism: Determinism::Enforced,
    })
}

/// The default deposit limit of runs.
const DEPOSIT_LIMIT: u64 = 100_000;

fn call_as(origin: Origin<Test>, contract: &AccountId32, value: u64) -> ExecResult {
    call_as_with_limit(origin, contract, value, DEPOSIT_LIMIT)
}

fn call_as_with_limit(origin: Origin<Test>, contract: &AccountId32, value: u64, limit: u64) -> ExecResult {
    with_stack_and_limit(origin, limit, |context| {
        Stack::<Test, Closure>::run_call(contract.clone(), context, value, vec![])
    })
}

/// Calls a contract for ALICE.
fn run_with_input(contract: &AccountId32, input: Vec<u8>) -> ExecResult {
    with_stack(Origin::Signed(ALICE), |context| {
        Stack::<Test, Closure>::run_call(contract.clone(), context, 0, input)
    })
}

/// The result of creating a contract.
type Made = Result<(AccountId32, ExecReturnValue), ExecError>;

fn make(deployer: AccountId32, code: H256, value: u64, input: Vec<u8>) -> Made {
    make_with_limit(deployer, code, value, input, DEPOSIT_LIMIT)
}

fn make_with_limit(deployer: AccountId32, code: H256, value: u64, input: Vec<u8>, limit: u64) -> Made {
    with_stack_and_limit(Origin::Signed(deployer.clone()), limit, |context| {
        let executable = Closure::from_storage(code, &mut GasMeter::new(GAS_LIMIT)).unwrap();
        Stack::run_instantiate(deployer, executable, context, value, input, b"salt")
    })
}

/// A contract at `account` that runs a code.
fn put(account: &AccountId32, hash: H256) {
    let info = ContractInfo::new(account, 0, hash).unwrap();
    ContractInfoOf::<Test>::insert(account, info);
    Balances::set_balance(account, 1_000);
}

/// A contract at `account` that runs a closure.
fn at(account: &AccountId32, contract: impl Fn(Chain<'_>) -> ExecResult + 'static) {
    put(account, code(move |ext, _, _| contract(ext)));
}

fn nothing() -> ExecResult {
    Ok(ExecReturnValue::empty())
}

fn fail() -> ExecResult {
    Err(Error::<Test>::ContractTrapped.into())
}

fn call_from(ext: Chain<'_>, to: AccountId32) -> ExecResult {
    ext.call(Weight::zero(), 0, to, 0, vec![], true, false)
}

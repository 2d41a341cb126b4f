//! The stack of frames by itself, with Rust closures as contracts.

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
use frame_support::traits::{fungible::Mutate, Get};
use sp_weights::Weight;
use std::{cell::RefCell, rc::Rc};

type Chain<'a> = &'a mut dyn Ext<T = Test>;
type Contract = Rc<dyn Fn(Chain<'_>, ExportedFunction, Vec<u8>) -> ExecResult>;

thread_local! {
    static CONTRACTS: RefCell<Vec<Contract>> = RefCell::default();
}

/// Makes a code of a closure.
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
    let schedule = Schedule::default();
    let mut gas_meter = GasMeter::new(GAS_LIMIT);
    let mut storage_meter = Meter::new(&origin, Some(100_000), 0).unwrap();
    run(Context {
        origin,
        gas_meter: &mut gas_meter,
        storage_meter: &mut storage_meter,
        schedule: &schedule,
        debug_buffer: None,
        determinism: Determinism::Enforced,
    })
}

fn call_as(origin: Origin<Test>, contract: &AccountId32, value: u64) -> ExecResult {
    with_stack(origin, |context| Stack::<Test, Closure>::run_call(contract.clone(), context, value, vec![]))
}

fn instantiate(code: H256, salt: u8) -> Result<AccountId32, ExecError> {
    with_stack(Origin::Signed(ALICE), |context| {
        let executable = Closure::from_storage(code, &mut GasMeter::new(GAS_LIMIT)).unwrap();
        let made = Stack::run_instantiate(ALICE, executable, context, 0, vec![], &[salt]);
        made.map(|(account, _)| account)
    })
}

/// A contract at `account` that runs a closure.
fn at(account: &AccountId32, contract: impl Fn(Chain<'_>) -> ExecResult + 'static) {
    let hash = code(move |ext, _, _| contract(ext));
    let info = ContractInfo::new(account, 0, hash).unwrap();
    ContractInfoOf::<Test>::insert(account, info);
    Balances::set_balance(account, 1_000);
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

#[test]
fn caller_returns_proper_values() {
    externalities().execute_with(|| {
        at(&BOB, |ext| {
            assert_eq!(ext.caller(), Origin::Signed(ALICE));
            assert!(ext.caller_is_origin() && !ext.caller_is_root());
            call_from(ext, CHARLIE)
        });
        at(&CHARLIE, |ext| {
            assert_eq!(ext.caller(), Origin::Signed(BOB));
            assert!(!ext.caller_is_origin());
            nothing()
        });
        call_as(Origin::Signed(ALICE), &BOB, 0).unwrap();
    });
}

#[test]
fn root_caller_succeeds_with_consecutive_calls() {
    externalities().execute_with(|| {
        at(&BOB, |ext| {
            assert!(ext.caller_is_root() && ext.caller_is_origin());
            call_from(ext, CHARLIE)
        });
        at(&CHARLIE, |ext| {
            assert!(!ext.caller_is_root() && !ext.caller_is_origin());
            assert_eq!(ext.caller(), Origin::Signed(BOB));
            nothing()
        });
        call_as(Origin::Root, &BOB, 0).unwrap();
        let with_value = call_as(Origin::Root, &BOB, 1).unwrap_err();
        assert_eq!(with_value.error, DispatchError::RootNotAllowed);
    });
}

#[test]
fn changes_are_reverted_on_failing_call() {
    externalities().execute_with(|| {
        let key = || Key::<Test>::Fix([1; 32]);
        at(&BOB, move |ext| {
            assert!(ext.set_storage(&key(), Some(vec![1]), false)? == WriteOutcome::New);
            ext.set_transient_storage(&key(), Some(vec![1]), false)?;
            assert_eq!(call_from(ext, CHARLIE).unwrap_err().origin, ErrorOrigin::Callee);
            // What the callee did here, through its own call, has not happened.
            assert_eq!(ext.get_storage(&key()), Some(vec![1]));
            assert_eq!(ext.get_transient_storage(&key()), Some(vec![1]));
            nothing()
        });
        at(&CHARLIE, move |ext| {
            call_from(ext, DJANGO)?;
            assert_eq!(ext.balance(), 1_000 - 1 - 500 + 100);
            fail()
        });
        at(&DJANGO, move |ext| {
            ext.set_storage(&key(), Some(vec![3; 30]), false)?;
            ext.transfer(&CHARLIE, 100)?;
            nothing()
        });
        Balances::set_balance(&CHARLIE, 500);
        call_as(Origin::Signed(ALICE), &BOB, 0).unwrap();
        assert_eq!((free(&CHARLIE), free(&DJANGO)), (500, 1_000));
        let info = ContractInfoOf::<Test>::get(&DJANGO).unwrap();
        assert_eq!((info.storage_items, info.read(&key())), (0, None));
    });
}

#[test]
fn the_nonce_counts_what_was_made() {
    externalities().execute_with(|| {
        let good = code(|_, _, _| nothing());
        let bad = code(|_, _, _| fail());
        let maker = code(move |ext, _, _| {
            let mut make = |code, salt: u8| {
                ext.instantiate(Weight::zero(), 0, code, 0, vec![], &[salt]).map(|_| ()).map_err(|e| e.error)
            };
            assert_eq!(make(bad, 1), Err(Error::<Test>::ContractTrapped.into()));
            assert_eq!(make(good, 2), Ok(()));
            assert_eq!(make(bad, 3), Err(Error::<Test>::ContractTrapped.into()));
            assert_eq!(ext.nonce(), 2, "the maker itself, and the one that it made");
            nothing()
        });
        instantiate(bad, 0).unwrap_err();
        assert_eq!(Nonce::<Test>::get(), 0);
        instantiate(maker, 0).unwrap();
        assert_eq!(Nonce::<Test>::get(), 2);
        instantiate(good, 0).unwrap();
        assert_eq!(Nonce::<Test>::get(), 3);
    });
}

#[test]
fn a_contract_that_is_being_made_is_not_callable_through_borrowed_code() {
    // The constructor borrows code by a delegate call; that code calls a contract, which calls back.
    externalities().execute_with(|| {
        let borrowed = code(|ext, _, _| {
            let back = ext.address().clone();
            ext.call(Weight::zero(), 0, BOB, 0, back.encode(), true, false)
        });
        let hash = code(|ext, _, input| {
            let account: AccountId32 = codec::Decode::decode(&mut &input[..]).unwrap();
            assert!(!ext.is_contract(&account));
            let called = call_from(ext, account).unwrap_err();
            assert_eq!(called.error, Error::<Test>::ContractNotFound.into());
            nothing()
        });
        ContractInfoOf::<Test>::insert(BOB, ContractInfo::new(&BOB, 0, hash).unwrap());
        let maker = code(move |ext, _, _| ext.delegate_call(borrowed, vec![]));
        instantiate(maker, 0).unwrap();
    });
}

#[test]
fn errors_around_a_frame_are_the_callers() {
    externalities().execute_with(|| {
        at(&BOB, |ext| {
            let error = |result: ExecResult| result.unwrap_err();
            let expect = |error: ExecError, what: Error<Test>, origin| {
                assert_eq!(error, ExecError { error: what.into(), origin });
            };
            expect(error(call_from(ext, ALICE)), Error::ContractNotFound, ErrorOrigin::Caller);
            let refused = ext.call(Weight::zero(), 0, BOB, 0, vec![], false, false);
            expect(error(refused), Error::ReentranceDenied, ErrorOrigin::Caller);
            let poor = ext.call(Weight::zero(), 0, CHARLIE, 1_000_000, vec![], true, false);
            expect(error(poor), Error::TransferFailed, ErrorOrigin::Caller);
            let unknown = ext.delegate_call(H256::zero(), vec![]);
            expect(error(unknown), Error::CodeNotFound, ErrorOrigin::Caller);
            expect(error(call_from(ext, CHARLIE)), Error::ContractTrapped, ErrorOrigin::Callee);
            nothing()
        });
        at(&CHARLIE, |_| fail());
        call_as(Origin::Signed(ALICE), &BOB, 0).unwrap();
    });
}

// Otherwise a contract in a loop of syscalls would leave no room to say how it ended.
#[test]
fn traces_take_half_of_the_debug_buffer_at_most() {
    externalities().execute_with(|| {
        let len: u32 = <Test as crate::Config>::MaxDebugBufferLen::get();
        let half = len as usize / 2;
        at(&BOB, move |ext| {
            let line = "seal0::caller() = ()\n";
            for _ in 0..half / line.len() + 100 {
                ext.append_trace(line);
            }
            ext.append_debug_buffer("the end");
            nothing()
        });
        let mut buffer = crate::DebugBuffer::<Test>::default();
        with_stack(Origin::Signed(ALICE), |context| {
            let context = Context { debug_buffer: Some(&mut buffer), ..context };
            Stack::<Test, Closure>::run_call(BOB, context, 0, vec![])
        })
        .unwrap();
        assert!(buffer.len() > half - 100 && buffer.len() <= half + "the end".len());
        assert!(buffer.ends_with(b"the end"));
    });
}

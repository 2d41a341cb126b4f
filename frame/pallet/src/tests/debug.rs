//! Debug text, the trace of syscalls, tracing and interception of calls.

use super::{mock::*, *};
use crate::{
    debug::{CallInterceptor, CallSpan, ExecResult, ExportedFunction, Tracing},
    DebugInfo,
};
use pallet_contracts_uapi::ReturnFlags;
use std::cell::RefCell;

/// What a test runtime observes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    Began(AccountId32, ExportedFunction, Vec<u8>),
    Ended(AccountId32, Vec<u8>),
}

thread_local! {
    static SEEN: RefCell<Vec<Seen>> = RefCell::default();
    static INTERCEPTED: RefCell<Option<AccountId32>> = RefCell::default();
}

pub fn reset() {
    SEEN.take();
    INTERCEPTED.take();
}

pub struct TestDebug;
pub struct TestSpan(AccountId32);

impl Tracing<Test> for TestDebug {
    type CallSpan = TestSpan;

    fn new_call_span(contract: &AccountId32, entry: ExportedFunction, input: &[u8]) -> TestSpan {
        SEEN.with_borrow_mut(|seen| seen.push(Seen::Began(contract.clone(), entry, input.to_vec())));
        TestSpan(contract.clone())
    }
}

impl CallSpan for TestSpan {
    fn after_call(self, output: &ExecReturnValue) {
        SEEN.with_borrow_mut(|seen| seen.push(Seen::Ended(self.0, output.data.clone())));
    }
}

impl CallInterceptor<Test> for TestDebug {
    fn intercept_call(contract: &AccountId32, _: &ExportedFunction, input: &[u8]) -> Option<ExecResult> {
        (INTERCEPTED.with_borrow(|account| account.as_ref() == Some(contract))).then(|| match input {
            [] => Err(Error::<Test>::ContractReverted.into()),
            input => Ok(ExecReturnValue { flags: ReturnFlags::empty(), data: input.to_vec() }),
        })
    }
}

#[test]
fn debugging_works() {
    externalities().execute_with(|| {
        let proxy = place("proxy");
        let callee = place_with("return_with_data", 0, 0u32.encode());
        SEEN.take();
        let inner = [0u32.encode(), vec![7, 8]].concat();
        let input = Proxy { input: inner.clone(), ..Proxy::to(&callee) }.encode();
        output(call(&proxy, input.clone()));
        assert_eq!(
            SEEN.take(),
            [
                Seen::Began(proxy.clone(), ExportedFunction::Call, input),
                Seen::Began(callee.clone(), ExportedFunction::Call, inner),
                Seen::Ended(callee, vec![7, 8]),
                Seen::Ended(proxy, vec![0, 0, 0, 0, 7, 8]),
            ]
        );
        let trap = place("trap");
        SEEN.take();
        call(&trap, 0u32.encode()).result.unwrap_err();
        assert_eq!(SEEN.take(), [Seen::Began(trap, ExportedFunction::Call, 0u32.encode())]);
    });
}

#[test]
fn call_interception_works() {
    externalities().execute_with(|| {
        let contract = place("trap");
        INTERCEPTED.set(Some(contract.clone()));
        assert_eq!(output(call(&contract, vec![1, 2, 3])).data, [1, 2, 3]);
        fails(call(&contract, vec![]), Error::ContractReverted);
        INTERCEPTED.set(None);
        fails(call(&contract, vec![0, 0, 0, 0]), Error::ContractTrapped);
    });
}

#[test]
fn debug_message_works() {
    externalities().execute_with(|| {
        let contract = place("debug_message");
        let result = call(&contract, b"Hello World!".to_vec());
        assert_eq!(result.debug_message, b"Hello World!");
        output(result);
    });
}

#[test]
fn debug_message_logging_disabled() {
    externalities().execute_with(|| {
        let contract = place("debug_message");
        let result = builder::bare_call::<Test>(ALICE, contract)
            .data(b"Hello World!".to_vec())
            .debug(DebugInfo::Skip)
            .build();
        assert!(result.debug_message.is_empty());
        output(result);
    });
}

#[test]
fn debug_message_invalid_utf8() {
    externalities().execute_with(|| {
        let contract = place("debug_message");
        let result = call(&contract, vec![b'a', 0xff, b'b']);
        assert!(result.debug_message.is_empty(), "what is no text is dropped");
        output(result);
    });
}

#[test]
fn a_trap_says_what_where_and_called_from_where() {
    externalities().execute_with(|| {
        let contract = place("trap");
        for (kind, beginning) in [
            (0, "trapped: the program aborted at slot "),
            (1, "trapped: read from memory that is not there at slot "),
            (2, "trapped: write to memory that is not there or is read-only at slot "),
            (3, "trapped: stack overflow at slot "),
        ] {
            let result = call(&contract, u32::encode(&kind));
            let text = String::from_utf8(result.debug_message.clone()).unwrap();
            assert!(text.starts_with(beginning), "{text}");
            assert_eq!(text.contains("; called from "), kind == 3, "{text}");
            fails(result, Error::ContractTrapped);
        }
    });
}

//! Observes the calls of contracts from outside, or replaces them.
//!
//! A test runtime can set `Config::Debug` to a type of its own, to record calls, or to answer a call without running
//! the contract. This is not meant for real chains.

pub use crate::{
    exec::{EntryPoint as ExportedFunction, ExecError, ExecResult},
    primitives::ExecReturnValue,
};
use crate::{AccountIdOf, Config, LOG_TARGET};

/// What `Config::Debug` has to implement.
pub trait Debugger<T: Config>: Tracing<T> + CallInterceptor<T> {}

impl<T: Config, V: Tracing<T> + CallInterceptor<T>> Debugger<T> for V {}

/// Observes every call.
pub trait Tracing<T: Config> {
    /// A value that lives as long as a call.
    type CallSpan: CallSpan;

    /// A contract is about to run.
    ///
    /// The span's `after_call` is called when the contract returns. If the contract fails, the span is only dropped.
    fn new_call_span(
        contract_address: &AccountIdOf<T>,
        entry_point: ExportedFunction,
        input_data: &[u8],
    ) -> Self::CallSpan;
}

/// A call in progress.
pub trait CallSpan {
    /// The contract returned.
    fn after_call(self, output: &ExecReturnValue);
}

/// May answer a call in place of the contract.
pub trait CallInterceptor<T: Config> {
    /// The answer, or `None` to run the contract.
    fn intercept_call(
        contract_address: &AccountIdOf<T>,
        entry_point: &ExportedFunction,
        input_data: &[u8],
    ) -> Option<ExecResult>;
}

impl<T: Config> Tracing<T> for () {
    type CallSpan = ();

    fn new_call_span(contract_address: &AccountIdOf<T>, entry_point: ExportedFunction, input_data: &[u8]) {
        log::trace!(
            target: LOG_TARGET,
            "call {entry_point:?} account: {contract_address:?}, input_data: {input_data:?}",
        );
    }
}

impl CallSpan for () {
    fn after_call(self, output: &ExecReturnValue) {
        log::trace!(target: LOG_TARGET, "call result {output:?}");
    }
}

impl<T: Config> CallInterceptor<T> for () {
    fn intercept_call(_: &AccountIdOf<T>, _: &ExportedFunction, _: &[u8]) -> Option<ExecResult> {
        None
    }
}

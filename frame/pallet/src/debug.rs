//! Looking at the calls of contracts from outside, or standing in for them.
//!
//! A runtime for tests can name a type of its own as `Config::Debug`, to record what was called, or to
//! answer a call without running the contract. Nothing of this is for a real chain.

pub use crate::{
    exec::{EntryPoint as ExportedFunction, ExecError, ExecResult},
    primitives::ExecReturnValue,
};
use crate::{AccountIdOf, Config, LOG_TARGET};

/// What `Config::Debug` has to do.
pub trait Debugger<T: Config>: Tracing<T> + CallInterceptor<T> {}

impl<T: Config, V: Tracing<T> + CallInterceptor<T>> Debugger<T> for V {}

/// Is told of every call.
pub trait Tracing<T: Config> {
    /// What lasts as long as a call does.
    type CallSpan: CallSpan;

    /// A contract is about to run.
    ///
    /// The span is told when it returns. It is dropped, untold, when the contract fails.
    fn new_call_span(
        contract_address: &AccountIdOf<T>,
        entry_point: ExportedFunction,
        input_data: &[u8],
    ) -> Self::CallSpan;
}

/// A call that lasts.
pub trait CallSpan {
    /// The contract returned.
    fn after_call(self, output: &ExecReturnValue);
}

/// May answer a call itself.
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

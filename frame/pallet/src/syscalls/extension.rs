//! The chain's own functions.

use super::{Guest, Served, Stop};
use crate::{
    chain_extension::{ChainExtension, Environment, InitState, RetVal},
    exec::Ext,
    primitives::ExecReturnValue,
    Config, Error,
};
use alloc::boxed::Box;
use frame_support::ensure;
use polkadot_sdk::*;

impl<E: Ext> Guest<'_, E> {
    pub(super) fn call_chain_extension(
        &mut self,
        id: u32,
        input_ptr: u32,
        input_len: u32,
        output_ptr: u32,
        output_len_ptr: u32,
    ) -> Served {
        type Extension<E> = <<E as Ext>::T as Config>::ChainExtension;
        ensure!(Extension::<E>::enabled(), Error::<E::T>::NoChainExtension);
        // One for the frame, made at the first call. It is taken out of the frame while it runs.
        let mut extension: Box<Extension<E>> = self.chain_extension.take().unwrap_or_default();
        let environment =
            Environment::<E, InitState>::new(self, id, input_ptr, input_len, output_ptr, output_len_ptr);
        let result = extension.call(environment);
        self.chain_extension = Some(extension);
        match result? {
            RetVal::Converging(value) => Ok(value.into()),
            RetVal::Diverging { flags, data } => Err(Stop::Return(ExecReturnValue { flags, data })),
        }
    }
}

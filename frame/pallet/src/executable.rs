//! A stored code, loaded to run in one frame.
//!
//! [`Blob`] is the code of the chain. The frame stack knows it as an [`Executable`], so that the stack's
//! own tests can run Rust closures as contracts.
//!
//! One loop runs a program: the engine goes until the program calls the pallet, the syscall is served,
//! the engine goes on. What the program used of its gas is charged at each of these points, and it is
//! given anew what the meter then pays for, so syscalls and instructions draw on one budget.

use crate::{
    code::{self, CodeInfo},
    exec::{EntryPoint, ExecResult, Ext},
    gas::GasMeter,
    price::Price,
    primitives::ExecReturnValue,
    syscalls::{Guest, Stop},
    CodeHash, CodeInfoOf, Config, Error, PristineCode,
};
use alloc::{format, string::String, vec::Vec};
use core::fmt::Write;
use inkbpf_host::{Cause, Code, Engine, Entry, Instance, Trap};
use polkadot_sdk::*;
use sp_runtime::DispatchError;

/// Something that runs in a frame.
pub trait Executable<T: Config>: Sized {
    /// Loads the code of this hash, and charges for it.
    ///
    /// # Errors
    /// `CodeNotFound`, `OutOfGas`.
    fn from_storage(code_hash: CodeHash<T>, gas_meter: &mut GasMeter<T>) -> Result<Self, DispatchError>;

    /// Runs it.
    fn execute<E: Ext<T = T>>(self, ext: &mut E, entry: EntryPoint, input: Vec<u8>) -> ExecResult;

    /// What is known about the code.
    fn code_info(&self) -> &CodeInfo<T>;

    /// Its hash.
    fn code_hash(&self) -> &CodeHash<T>;
}

/// A stored code.
pub struct Blob<T: Config> {
    code_hash: CodeHash<T>,
    info: CodeInfo<T>,
}

impl<T: Config> Blob<T> {
    /// Code that was stored just now, by the same call. Loading it has been paid with storing it.
    pub fn just_stored(code_hash: CodeHash<T>, info: CodeInfo<T>) -> Self {
        Self { code_hash, info }
    }
}

impl<T: Config> Executable<T> for Blob<T> {
    fn from_storage(code_hash: CodeHash<T>, gas_meter: &mut GasMeter<T>) -> Result<Self, DispatchError> {
        let info = CodeInfoOf::<T>::get(code_hash).ok_or(Error::<T>::CodeNotFound)?;
        let _ = gas_meter.charge(Price::LoadCode(info.code_len).weight::<T>())?;
        Ok(Self { code_hash, info })
    }

    fn execute<E: Ext<T = T>>(self, ext: &mut E, entry: EntryPoint, input: Vec<u8>) -> ExecResult {
        let entry = match entry {
            EntryPoint::Constructor => {
                code::increment_refcount::<T>(self.code_hash)?;
                Entry::Deploy
            }
            EntryPoint::Call => Entry::Call,
        };
        let rules = code::rules_for_loading::<T>(ext.schedule().limits.max_memory_size(), entry);
        let key = PristineCode::<T>::hashed_key_for(self.code_hash);
        let module = T::Engine::compile(Code::Storage(&key), &rules).map_err(|error| {
            ext.append_debug_buffer(&code::reason::<T>(error));
            Error::<T>::CodeRejected
        })?;
        run(ext, T::Engine::instantiate(&module, entry), input)
    }

    fn code_info(&self) -> &CodeInfo<T> {
        &self.info
    }

    fn code_hash(&self) -> &CodeHash<T> {
        &self.code_hash
    }
}

/// Runs an instance to its end.
fn run<E: Ext>(ext: &mut E, mut instance: impl Instance, input: Vec<u8>) -> ExecResult {
    let mut guest = Guest::new(ext, &mut instance, input);
    let mut given = guest.gas_to_spend();
    let mut exit = guest.instance.run(given);
    loop {
        guest.charge_gas(given.saturating_sub(exit.gas_left));
        let r0 = match exit.cause {
            Cause::Finished => return Ok(ExecReturnValue::empty()),
            Cause::OutOfGas => return Err(Error::<E::T>::OutOfGas.into()),
            Cause::Trapped(trap) => {
                let backtrace = guest.instance.backtrace();
                guest.ext.append_debug_buffer(&trap_text(trap, &backtrace));
                return Err(Error::<E::T>::ContractTrapped.into());
            }
            Cause::Syscall { number, args } => match guest.serve(number, args) {
                Ok(r0) => r0,
                Err(Stop::Return(output)) => return Ok(output),
                Err(Stop::Failed(error)) => return Err(error.into()),
            },
        };
        given = guest.gas_to_spend();
        exit = guest.instance.resume(r0, given);
    }
}

/// What the debug text says of a trap. Tools look for it to show the place in the source:
///
/// ```text
/// trapped: <reason> at slot <slot>; called from <slot>, <slot>
/// ```
fn trap_text(trap: Trap, backtrace: &[u32]) -> String {
    let mut text = format!("trapped: {trap}");
    for (index, slot) in backtrace.iter().skip(1).enumerate() {
        let before = if index == 0 { "; called from" } else { "," };
        let _ = write!(text, "{before} {slot}");
    }
    text.push('\n');
    text
}

//! A stored code, loaded to run in one frame.
//!
//! [`Blob`] is the code on the chain. The frame stack uses it through [`Executable`], so that the stack's own tests can
//! run Rust closures as contracts.
//!
//! A program runs in one loop: the engine runs until the program calls the pallet, the pallet serves the syscall, and
//! the engine resumes. At each of these points, the gas that the program used is charged, and the program is given the
//! gas that the meter can then pay for. So syscalls and instructions share one budget.

use crate::{
    code::{self, CodeInfo},
    exec::{EntryPoint, ExecResult, Ext},
    gas::GasMeter,
    price::Price,
    primitives::ExecReturnValue,
    syscalls::{self, Guest, Stop},
    CodeHash, CodeInfoOf, Config, Error, PristineCode,
};
use alloc::{format, string::String, vec::Vec};
use contract_abi::{image::Outline, syscall::Syscall};
use core::fmt::Write;
use inkbpf_host::{Cause, Code, Engine, Entry, Instance, Trap};
use polkadot_sdk::*;
use sp_runtime::DispatchError;

/// Code that can run in a frame.
pub trait Executable<T: Config>: Sized {
    /// Loads the code of this hash, and charges for it.
    ///
    /// # Errors
    /// `CodeNotFound`, `OutOfGas`.
    fn from_storage(code_hash: CodeHash<T>, gas_meter: &mut GasMeter<T>) -> Result<Self, DispatchError>;

    /// Runs it.
    fn execute<E: Ext<T = T>>(self, ext: &mut E, entry: EntryPoint, input: Vec<u8>) -> ExecResult;

    /// The record of the code.
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
    /// Code that was stored just now, by the same call. The charge for storing it covers loading.
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
        // If the code has no outline, the engine refuses it with a reason, before expanding anything.
        let outline = code::outline::<T>(&key);
        if let Ok(Outline { compressed: true, raw_len, .. }) = outline {
            let _ = ext.gas_meter_mut().charge(Price::ExpandCode(raw_len).weight::<T>())?;
        }
        let module = T::Engine::compile(Code::Storage(&key), &rules).map_err(|error| {
            ext.append_debug_buffer(&code::reason::<T>(error));
            Error::<T>::CodeRejected
        })?;
        let memory = Price::FrameMemory(outline?.writable.min(u32::MAX.into()) as u32);
        let _ = ext.gas_meter_mut().charge(memory.weight::<T>())?;
        run(ext, T::Engine::instantiate(&module, entry), self.code_hash, input)
    }

    fn code_info(&self) -> &CodeInfo<T> {
        &self.info
    }

    fn code_hash(&self) -> &CodeHash<T> {
        &self.code_hash
    }
}

/// Runs an instance until it ends.
///
/// `code_hash` is only for the debug text, which says how a run ended:
///
/// ```text
/// trapped: <reason> at slot <slot>; called from <slot>, <slot>; in 0x<code hash>
/// ran: <gas> gas in 0x<code hash>
/// ```
///
/// The first line appears if the frame failed: for a trap, a failed syscall (`seal2::set_storage failed: OutOfBounds`)
/// or running out of gas. The second appears if syscalls are traced. Tools look for both.
fn run<E: Ext>(
    ext: &mut E,
    mut instance: impl Instance,
    code_hash: CodeHash<E::T>,
    input: Vec<u8>,
) -> ExecResult {
    let mut guest = Guest::new(ext, &mut instance, input);
    let mut used = 0u64;
    let mut given = guest.gas_to_spend();
    let mut exit = guest.instance.run(given);
    let (result, reason) = loop {
        let gas = given.saturating_sub(exit.gas_left);
        used = used.saturating_add(gas);
        guest.charge_gas(gas);
        let r0 = match exit.cause {
            Cause::Finished => break (Ok(ExecReturnValue::empty()), None),
            Cause::OutOfGas => break (Err(Error::<E::T>::OutOfGas.into()), Some(Reason::OutOfGas)),
            Cause::Trapped(trap) => {
                break (Err(Error::<E::T>::ContractTrapped.into()), Some(Reason::Trap(trap)))
            }
            Cause::Syscall { number, args } => match guest.serve(number, args) {
                Ok(r0) => r0,
                Err(Stop::Return(output)) => break (Ok(output), None),
                Err(Stop::Failed(error)) => break (Err(error.into()), Some(Reason::Syscall(number, error))),
            },
        };
        given = guest.gas_to_spend();
        exit = guest.instance.resume(r0, given);
    };
    if guest.ext.debug_buffer_enabled() {
        if let Some(reason) = reason {
            let text = reason.text(&guest.instance.backtrace(), code_hash);
            guest.ext.append_debug_buffer(&text);
        }
        if syscalls::traced() {
            guest.ext.append_debug_buffer(&format!("ran: {used} gas in {code_hash:?}\n"));
        }
    }
    result
}

/// Why a frame failed.
enum Reason {
    /// The program did something that no program may do.
    Trap(Trap),
    /// There was not enough gas for the next block of instructions.
    OutOfGas,
    /// A syscall, by its number, failed with an error that the program does not get.
    Syscall(u32, DispatchError),
}

impl Reason {
    /// The line of the debug text; see [`run`].
    fn text(&self, backtrace: &[u32], code_hash: impl core::fmt::Debug) -> String {
        let mut slots = backtrace.iter();
        let at = slots.next().map(|slot| format!(" at slot {slot}")).unwrap_or_default();
        let mut text = match self {
            Reason::Trap(trap) => format!("trapped: {trap}"),
            Reason::OutOfGas => format!("trapped: out of gas{at}"),
            Reason::Syscall(number, error) => {
                let symbol = Syscall::from_number(*number).map_or("a syscall", Syscall::symbol);
                let error: &'static str = (*error).into();
                format!("trapped: {symbol} failed: {error}{at}")
            }
        };
        for (index, slot) in slots.enumerate() {
            let before = if index == 0 { "; called from" } else { "," };
            let _ = write!(text, "{before} {slot}");
        }
        let _ = writeln!(text, "; in {code_hash:?}");
        text
    }
}

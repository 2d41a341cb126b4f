//! The host functions: what a runtime can ask of its node.
//!
//! Runtimes use [`crate::Forwarder`] instead of calling these directly. Their shape follows `sp-virtualization`:
//! arguments are handles and numbers, and bytes are passed in the runtime's buffers. A function that returns an `i64`
//! reports a failure as a negative number (listed in `wire.rs`).
//!
//! # Versions
//!
//! The functions become part of consensus as soon as a chain uses them, so none is ever changed or removed. A change is
//! a new version of a function beside the old one, which keeps working for old blocks.

#![allow(unsafe_code, reason = "the macro declares the imports of the Wasm module")]

use crate::rules::RULES_LEN;
use crate::wire::{Report, REPORT_LEN};
#[cfg(feature = "std")]
use crate::{native, Rules};
#[cfg(feature = "std")]
use alloc::vec::Vec;
use sp_runtime_interface::{
    pass_by::{PassFatPointerAndRead, PassFatPointerAndWrite, PassPointerAndRead, PassPointerAndWrite},
    runtime_interface,
};

/// The virtual machine of the node.
#[runtime_interface]
pub trait InkbpfVm {
    /// Verifies and compiles the program image `code`.
    ///
    /// Returns a handle in the lower 32 bits. Bit 32 is set if the program was compiled just now, and clear if the node
    /// already had it. **Nodes differ in that bit**, so nothing on a chain may depend on it: it is for measurements.
    ///
    /// `refusal` receives the reason why a program is refused.
    fn compile_bytes(
        &mut self,
        code: PassFatPointerAndRead<&[u8]>,
        rules: PassPointerAndRead<&[u8; RULES_LEN], RULES_LEN>,
        refusal: PassFatPointerAndWrite<&mut [u8]>,
    ) -> i64 {
        native::compile_bytes(self, code, &Rules::from_bytes(rules), refusal)
    }

    /// The same, for the image stored under `key` as a SCALE-encoded `Vec<u8>`.
    ///
    /// The value is always read from the state, so a proof of the call is the same on a node that has compiled it
    /// before.
    fn compile_storage(
        &mut self,
        key: PassFatPointerAndRead<&[u8]>,
        rules: PassPointerAndRead<&[u8; RULES_LEN], RULES_LEN>,
        refusal: PassFatPointerAndWrite<&mut [u8]>,
    ) -> i64 {
        native::compile_storage(self, key, &Rules::from_bytes(rules), refusal)
    }

    /// Releases a program's handle. Its instances stay alive.
    fn release(&mut self, program: u32) -> i64 {
        native::release(self, program)
    }

    /// Makes an instance with fresh memory at the start of an entry point: 0 for `deploy`, 1 for `call`.
    ///
    /// Returns its handle.
    fn instantiate(&mut self, program: u32, entry: u32) -> i64 {
        native::instantiate(self, program, entry)
    }

    /// Runs a fresh instance with `gas` to spend.
    ///
    /// Returns 0 when the entry point returned, 1 at a syscall, 2 at a trap, 3 out of gas; the report has the details.
    fn run(&mut self, instance: u32, gas: u64, report: PassPointerAndWrite<&mut Report, REPORT_LEN>) -> i64 {
        native::run(self, instance, gas, report)
    }

    /// Resumes after a syscall, with `r0` as its result and `gas` to spend. Returns as `run` does.
    fn resume(
        &mut self,
        instance: u32,
        r0: u64,
        gas: u64,
        report: PassPointerAndWrite<&mut Report, REPORT_LEN>,
    ) -> i64 {
        native::resume(self, instance, r0, gas, report)
    }

    /// Copies guest memory at `address` into `buffer`, all of it or nothing.
    fn read(&mut self, instance: u32, address: u32, buffer: PassFatPointerAndWrite<&mut [u8]>) -> i64 {
        native::read(self, instance, address, buffer)
    }

    /// Copies `bytes` to guest memory at `address`, all of it or nothing.
    fn write(&mut self, instance: u32, address: u32, bytes: PassFatPointerAndRead<&[u8]>) -> i64 {
        native::write(self, instance, address, bytes)
    }

    /// Where the instance is, in slots of four bytes each: the current instruction, then the call that led to it, and
    /// so on, as many as `buffer` holds.
    ///
    /// Returns how many there are.
    fn backtrace(&mut self, instance: u32, buffer: PassFatPointerAndWrite<&mut [u8]>) -> i64 {
        native::backtrace(self, instance, buffer)
    }

    /// Ends an instance and frees its memory.
    fn destroy(&mut self, instance: u32) -> i64 {
        native::destroy(self, instance)
    }
}

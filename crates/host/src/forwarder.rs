//! The node's engine, as the runtime sees it.
//!
//! A [`Program`] and an [`Instance`] each own a handle and release it when they are dropped, so a call keeps nothing
//! alive that the runtime no longer uses. A runtime that traps drops nothing; the node then frees its handles with
//! everything else that belongs to the call.
//!
//! # Panics
//!
//! If a host function reports something impossible (one of our own handles is unknown, or a status has no meaning), the
//! node does not match the runtime. The runtime then stops, as it would if the function were missing. It also stops if
//! it exceeds the limits of a call; the pallet's own limits keep it below them.

use crate::interface::inkbpf_vm;
use crate::wire::{self, Failure, Report, REFUSAL_LEN};
use crate::{Code, CompileError, Engine, Entry, Exit, MemoryFault, Rules};
use alloc::{vec, vec::Vec};
use bpf_vm::limits::MAX_CALL_DEPTH;

/// The virtual machine of the node.
pub struct Forwarder;

/// A program that the node has ready.
pub struct Program {
    handle: u32,
    compiled: bool,
}

/// A program that runs in the node.
pub struct Instance {
    handle: u32,
}

impl Engine for Forwarder {
    type Module = Program;
    type Instance = Instance;

    fn compile(code: Code<'_>, rules: &Rules) -> Result<Program, CompileError> {
        let rules = rules.to_bytes();
        let mut refusal = [0; REFUSAL_LEN];
        let returned = match code {
            Code::Bytes(image) => inkbpf_vm::compile_bytes(image, &rules, &mut refusal),
            Code::Storage(key) => inkbpf_vm::compile_storage(key, &rules, &mut refusal),
        };
        match reply(returned) {
            Ok(value) => Ok(Program { handle: value as u32, compiled: value >> 32 == 1 }),
            Err(failure) => Err(wire::read_refusal(failure, &refusal).unwrap_or_else(|| stop(failure))),
        }
    }

    fn instantiate(program: &Program, entry: Entry) -> Instance {
        match reply(inkbpf_vm::instantiate(program.handle, entry as u32)) {
            Ok(value) => Instance { handle: value as u32 },
            Err(failure) => stop(failure),
        }
    }
}

impl Program {
    /// Whether the node compiled it just now. Nodes differ in this: it is for measurements, and nothing on a chain may
    /// depend on it.
    pub fn was_compiled(&self) -> bool {
        self.compiled
    }
}

impl crate::Instance for Instance {
    fn run(&mut self, gas: u64) -> Exit {
        let mut report = Report::default();
        let status = inkbpf_vm::run(self.handle, gas, &mut report);
        exit(status, &report)
    }

    fn resume(&mut self, r0: u64, gas: u64) -> Exit {
        let mut report = Report::default();
        let status = inkbpf_vm::resume(self.handle, r0, gas, &mut report);
        exit(status, &report)
    }

    fn read(&self, address: u32, buffer: &mut [u8]) -> Result<(), MemoryFault> {
        memory(inkbpf_vm::read(self.handle, address, buffer))
    }

    fn write(&mut self, address: u32, bytes: &[u8]) -> Result<(), MemoryFault> {
        memory(inkbpf_vm::write(self.handle, address, bytes))
    }

    fn backtrace(&self) -> Vec<u32> {
        let mut slots = vec![0; 4 * (MAX_CALL_DEPTH + 1)];
        let count =
            reply(inkbpf_vm::backtrace(self.handle, &mut slots)).unwrap_or_else(|failure| stop(failure));
        slots
            .chunks_exact(4)
            .take(count as usize)
            .map(|slot| u32::from_le_bytes(slot.try_into().expect("four bytes; qed")))
            .collect()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        if is_in_call() {
            // Nothing can be done about a handle that the node does not know.
            inkbpf_vm::release(self.handle);
        }
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        if is_in_call() {
            inkbpf_vm::destroy(self.handle);
        }
    }
}

/// Whether there is a node to release a handle to.
///
/// When a native runtime panics, it drops its values, and its externalities may already be gone; they free everything
/// themselves. In Wasm nothing is dropped then.
fn is_in_call() -> bool {
    #[cfg(feature = "std")]
    return !std::thread::panicking() && polkadot_sdk::sp_externalities::with_externalities(|_| ()).is_some();
    #[cfg(not(feature = "std"))]
    true
}

fn reply(returned: i64) -> Result<u64, Failure> {
    Failure::read(returned).unwrap_or_else(|| panic!("the node's virtual machine returned {returned}"))
}

fn exit(status: i64, report: &Report) -> Exit {
    let status = reply(status).unwrap_or_else(|failure| stop(failure));
    report.read(status).unwrap_or_else(|| panic!("the node's virtual machine ended with {status}"))
}

fn memory(returned: i64) -> Result<(), MemoryFault> {
    match reply(returned) {
        Ok(_) => Ok(()),
        Err(Failure::MemoryFault) => Err(MemoryFault),
        Err(failure) => stop(failure),
    }
}

fn stop(failure: Failure) -> ! {
    panic!("the node's virtual machine does not serve this call: {failure:?}")
}

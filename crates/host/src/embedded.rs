//! The engine inside the runtime: the interpreter of `bpf-vm`.
//!
//! It needs nothing of the node, and it keeps nothing from one call of the runtime to the next, so
//! every [`Engine::compile`] parses and verifies anew.

use crate::{Cause, Code, CompileError, Engine, Entry, Exit, Instance, MemoryFault, Rules};
use alloc::{format, string::ToString, sync::Arc, vec::Vec};
use bpf_vm::{Gas, GuestAddr, Limits, Program, SyscallTable, VerifiedProgram, VerifyError};
use codec::Decode;
use polkadot_sdk::sp_io;

/// The interpreter, compiled into the runtime.
pub struct Embedded;

/// A program that the interpreter runs.
pub struct Run {
    instance: bpf_vm::Instance,
}

impl Engine for Embedded {
    type Module = Arc<VerifiedProgram>;
    type Instance = Run;

    fn compile(code: Code<'_>, rules: &Rules) -> Result<Self::Module, CompileError> {
        match code {
            Code::Bytes(image) => verify(image, rules),
            Code::Storage(key) => {
                let stored = sp_io::storage::get(key).ok_or(CompileError::NotFound)?;
                let image = Vec::<u8>::decode(&mut &stored[..])
                    .map_err(|error| CompileError::Rejected { reason: format!("stored code: {error}") })?;
                verify(&image, rules)
            }
        }
    }

    fn instantiate(module: &Self::Module, entry: Entry) -> Run {
        let mut instance = bpf_vm::Instance::new(module.clone(), &bpf_vm::Config::default());
        let entry = match entry {
            Entry::Deploy => bpf_vm::Entry::Deploy,
            Entry::Call => bpf_vm::Entry::Call,
        };
        instance.start(entry, [0; 5]).expect("an image names both of its entry points; qed");
        Run { instance }
    }
}

fn verify(image: &[u8], rules: &Rules) -> Result<Arc<VerifiedProgram>, CompileError> {
    let program =
        Program::from_image(image).map_err(|error| CompileError::Rejected { reason: error.to_string() })?;
    let mut vm_rules =
        bpf_vm::Rules::contract(SyscallTable::contract(|syscall| rules.syscalls.contains(syscall.number())));
    vm_rules.limits = Limits { writable: rules.max_writable, ..vm_rules.limits };
    match bpf_vm::verify(program, &vm_rules) {
        Ok(program) => Ok(Arc::new(program)),
        Err(VerifyError::UnknownSyscall { at, number }) => Err(CompileError::Syscall { number, slot: at.0 }),
        Err(error) => Err(CompileError::Rejected { reason: error.to_string() }),
    }
}

impl Run {
    fn go(&mut self, gas: u64) -> Exit {
        self.instance.set_gas(Gas(gas));
        let cause = match self.instance.run() {
            bpf_vm::Exit::Finished { .. } => Cause::Finished,
            bpf_vm::Exit::Syscall { number, args } => Cause::Syscall { number, args },
            bpf_vm::Exit::Trapped(trap) => Cause::Trapped(trap),
            bpf_vm::Exit::OutOfGas => Cause::OutOfGas,
        };
        Exit { gas_left: self.instance.gas().0, cause }
    }
}

impl Instance for Run {
    fn run(&mut self, gas: u64) -> Exit {
        self.go(gas)
    }

    fn resume(&mut self, r0: u64, gas: u64) -> Exit {
        self.instance.resume(r0);
        self.go(gas)
    }

    fn read(&self, address: u32, buffer: &mut [u8]) -> Result<(), MemoryFault> {
        if buffer.is_empty() {
            return Ok(());
        }
        self.instance.read(GuestAddr(address), buffer).map_err(|_| MemoryFault)
    }

    fn write(&mut self, address: u32, bytes: &[u8]) -> Result<(), MemoryFault> {
        if bytes.is_empty() {
            return Ok(());
        }
        self.instance.write(GuestAddr(address), bytes).map_err(|_| MemoryFault)
    }

    fn backtrace(&self) -> Vec<u32> {
        self.instance.backtrace().into_iter().map(|slot| slot.0).collect()
    }
}

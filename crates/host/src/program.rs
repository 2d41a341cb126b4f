//! What all engines share: from stored bytes to a verified program, and from there to an exit.

use crate::{Cause, CompileError, Entry, Exit, MemoryFault, Rules};
use alloc::{string::ToString, sync::Arc, vec::Vec};
use bpf_vm::{
    CostTable, Gas, GuestAddr, Limits, Observer, Program, SyscallTable, VerifiedProgram, VerifyError,
};
use codec::{Compact, Decode};

/// What instructions cost.
pub const COSTS: CostTable = CostTable::V1;

/// The image in a value of the state, which is a SCALE-encoded `Vec<u8>`. Bytes after it are ignored, as SCALE's
/// decoder ignores them.
pub fn stored_image(value: &[u8]) -> Result<&[u8], CompileError> {
    let mut rest = value;
    let image = Compact::<u32>::decode(&mut rest).ok().and_then(|Compact(len)| rest.get(..len as usize));
    image.ok_or_else(|| CompileError::rejected("the stored code is cut off"))
}

/// Verifies an image.
///
/// The interpreter's steps are built only by an instance that turns out to run for long: machine code does not use
/// them, and most calls execute about as many instructions as their program has.
pub fn verify(image: &[u8], rules: &Rules) -> Result<VerifiedProgram, CompileError> {
    let program = Program::from_image(image).map_err(|error| CompileError::rejected(&error.to_string()))?;
    let mut vm_rules =
        bpf_vm::Rules::contract(SyscallTable::contract(|syscall| rules.syscalls.contains(syscall.number())));
    vm_rules.limits = Limits { writable: rules.max_writable, ..vm_rules.limits };
    vm_rules.costs = COSTS;
    vm_rules.steps = false;
    bpf_vm::verify(program, &vm_rules).map_err(|error| match error {
        VerifyError::UnknownSyscall { at, number } => CompileError::Syscall { number, slot: at.0 },
        error => CompileError::rejected(&error.to_string()),
    })
}

/// A running program, on whatever engine.
pub struct Run {
    instance: bpf_vm::Instance,
}

impl Run {
    pub fn new(program: Arc<VerifiedProgram>, entry: Entry, engine: bpf_vm::Engine) -> Self {
        let mut instance =
            bpf_vm::Instance::new(program, &bpf_vm::Config { engine, ..bpf_vm::Config::default() });
        let entry = match entry {
            Entry::Deploy => bpf_vm::Entry::Deploy,
            Entry::Call => bpf_vm::Entry::Call,
        };
        instance.start(entry, [0; 5]).expect("an image names both of its entry points; qed");
        Self { instance }
    }

    /// Runs with this much gas.
    pub fn go(&mut self, gas: u64, observer: &mut impl Observer) -> Exit {
        self.instance.set_gas(Gas(gas));
        let cause = match self.instance.run_observed(observer) {
            bpf_vm::Exit::Finished { .. } => Cause::Finished,
            bpf_vm::Exit::Syscall { number, args } => Cause::Syscall { number, args },
            bpf_vm::Exit::Trapped(trap) => Cause::Trapped(trap),
            bpf_vm::Exit::OutOfGas => Cause::OutOfGas,
        };
        Exit { gas_left: self.instance.gas().0, cause }
    }

    /// Resumes after a syscall.
    pub fn go_on(&mut self, r0: u64, gas: u64, observer: &mut impl Observer) -> Exit {
        self.instance.resume(r0);
        self.go(gas, observer)
    }

    /// The instruction at which it stopped, in slots.
    #[cfg(feature = "std")]
    pub fn pc(&self) -> u32 {
        self.instance.pc().0
    }
}

impl crate::Instance for Run {
    fn run(&mut self, gas: u64) -> Exit {
        self.go(gas, &mut ())
    }

    fn resume(&mut self, r0: u64, gas: u64) -> Exit {
        self.go_on(r0, gas, &mut ())
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

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;
    use codec::Encode;

    #[test]
    fn stored_images_are_read_as_scale_reads_them() {
        for len in [0, 1, 63, 64, 16_383, 16_384, 100_000] {
            let image = vec![7u8; len];
            let mut value = image.encode();
            assert_eq!(stored_image(&value), Ok(&image[..]), "{len}");
            value.push(1);
            assert_eq!(stored_image(&value), Ok(&image[..]), "{len}");
            // Without the byte that was added and the last byte of the image.
            value.truncate(value.len() - 2);
            assert_eq!(stored_image(&value).is_ok(), Vec::<u8>::decode(&mut &value[..]).is_ok(), "{len}");
        }
        // Lengths without the bytes.
        for value in [&[][..], &[0xfe, 0xff, 0xff, 0xff], &[3, 0xff, 0xff, 0xff, 0xff], &[0xff; 9]] {
            assert!(stored_image(value).is_err(), "{value:?}");
        }
    }
}

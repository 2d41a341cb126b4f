//! The replacement for the JIT where there is none: without the feature `jit`, and on everything but x86-64 Linux.
//!
//! Only this module knows that. An [`crate::Instance`] asks for a [`Machine`], gets none, and is interpreted, which no
//! guest can tell.

use crate::instance::Exit;
use crate::interp::State;
use crate::memory::{Access, GuestAddr, MemoryFault};
use crate::meter::Gas;
use crate::verify::VerifiedProgram;
use crate::JitMode;
use alloc::vec::Vec;
use core::convert::Infallible;

/// Whether there is a JIT.
pub(crate) const AVAILABLE: bool = false;

pub(crate) fn effective(mode: JitMode) -> JitMode {
    mode
}

/// Machine code of a program: there is none.
#[derive(Clone, Debug, Default)]
pub(crate) struct MachineCode {}

impl MachineCode {
    pub fn size(&self) -> usize {
        0
    }
}

pub(crate) fn prepare(_: &VerifiedProgram, _: JitMode) {}

pub(crate) fn machine_code(_: &VerifiedProgram, _: JitMode) -> Option<Vec<u8>> {
    None
}

pub(crate) fn bound(_: &VerifiedProgram) -> usize {
    0
}

/// An instance that runs as machine code: there is none.
#[derive(Debug)]
pub(crate) struct Machine(Infallible);

impl Machine {
    pub fn new(program: &VerifiedProgram, _: JitMode, _: Gas) -> Option<Self> {
        let MachineCode {} = program.machine_code;
        None
    }

    pub fn try_clone(&self, _: &VerifiedProgram) -> Option<Self> {
        match self.0 {}
    }

    pub fn to_state(&self, _: &VerifiedProgram) -> State {
        match self.0 {}
    }

    pub fn mode(&self) -> JitMode {
        match self.0 {}
    }

    pub fn start(&mut self, _: [u64; 12]) {
        match self.0 {}
    }

    pub fn run(&mut self, _: &VerifiedProgram, _: usize) -> Result<usize, usize> {
        match self.0 {}
    }

    pub fn at_syscall(&self) -> bool {
        match self.0 {}
    }

    pub fn exit(&self, _: &VerifiedProgram) -> Exit {
        match self.0 {}
    }

    pub fn regs(&self) -> &[u64; 12] {
        match self.0 {}
    }

    pub fn set_r0(&mut self, _: u64) {
        match self.0 {}
    }

    pub fn gas(&self) -> Gas {
        match self.0 {}
    }

    pub fn set_gas(&mut self, _: Gas) {
        match self.0 {}
    }

    pub fn returns(&self) -> Vec<usize> {
        match self.0 {}
    }

    pub fn map_input(&mut self, _: &[u8]) -> bool {
        match self.0 {}
    }

    pub fn input_len(&self) -> u32 {
        match self.0 {}
    }

    pub fn check(&self, _: GuestAddr, _: u64, _: Access) -> Result<(), MemoryFault> {
        match self.0 {}
    }

    pub fn read(&self, _: GuestAddr, _: &mut [u8]) -> Result<(), MemoryFault> {
        match self.0 {}
    }

    pub fn write(&mut self, _: GuestAddr, _: &[u8]) -> Result<(), MemoryFault> {
        match self.0 {}
    }
}

//! The virtual machine as a runtime sees it: one trait, and the engines behind it.
//!
//! A runtime names its engine in the pallet's `Config` and knows nothing of it beyond [`Engine`] and [`Instance`]. The
//! trait has the shape of host functions (like those of `sp-virtualization`): plain numbers and byte buffers cross it,
//! whoever holds an instance owns it, dropping it ends it, and every crossing carries the gas along.
//!
//! * [`embedded`]: the interpreter of `bpf-vm`, compiled into the runtime. It needs nothing from the node.
//! * [`forwarder`]: passes everything to the node through the host functions of [`interface`]. [`native`] implements
//!   these with machine code and a cache of it that all calls share.
//!
//! Engines agree on everything a guest can observe: result, trap, gas, memory and the sequence of syscalls. A block
//! made under one is valid under all. For tests, [`lockstep`] is an engine that runs two others and checks that they
//! agree. In a native runtime, [`selected`] chooses an engine for each call, and [`watch`] records where gas goes.

#![no_std]
#![deny(unsafe_code)]

extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

pub mod embedded;
pub mod forwarder;
pub mod interface;
pub mod limits;
#[cfg(feature = "std")]
pub mod lockstep;
#[cfg(feature = "std")]
pub mod native;
mod program;
pub mod rules;
#[cfg(feature = "std")]
pub mod selected;
#[cfg(feature = "std")]
pub mod watch;
mod wire;

use alloc::{string::String, vec::Vec};

#[cfg(feature = "std")]
pub use bpf_vm;
pub use bpf_vm::{Trap, TrapKind};
pub use contract_abi;
pub use embedded::Embedded;
pub use forwarder::Forwarder;
#[cfg(feature = "std")]
pub use interface::inkbpf_vm::HostFunctions;
#[cfg(feature = "std")]
pub use native::{Host, HostExt};
pub use rules::{Rules, SyscallSet};
#[cfg(feature = "std")]
pub use selected::{Choice, Selected};

/// Turns program images into instances that run.
pub trait Engine: 'static {
    /// A program that has been verified, ready to be instantiated any number of times.
    type Module;
    /// One run of a program, with a memory of its own.
    type Instance: Instance;

    /// Verifies a program under `rules` and makes it ready to run.
    ///
    /// Total and linear in the length of the image: any bytes give a module or an error.
    ///
    /// # Errors
    /// [`CompileError`]: the code is missing, is no program image, breaks a rule, or calls a syscall
    /// that `rules` does not contain.
    fn compile(code: Code<'_>, rules: &Rules) -> Result<Self::Module, CompileError>;

    /// Gives a module fresh memory and puts it at the start of `entry`.
    fn instantiate(module: &Self::Module, entry: Entry) -> Self::Instance;
}

/// A program that runs, is suspended in a syscall, or has ended.
pub trait Instance {
    /// Runs from the entry point, with `gas` to spend.
    ///
    /// For a fresh instance. One that has already stopped stops again in the same way.
    fn run(&mut self, gas: u64) -> Exit;

    /// Resumes after a syscall, with `r0` as its result and `gas` to spend.
    ///
    /// For an instance that stopped at [`Cause::Syscall`]. One that has ended ends again in the same way.
    fn resume(&mut self, r0: u64, gas: u64) -> Exit;

    /// Copies guest memory at `address` into `buffer`. An empty range is always readable.
    ///
    /// # Errors
    /// [`MemoryFault`] when a byte of the range is not mapped; `buffer` is then unspecified.
    fn read(&self, address: u32, buffer: &mut [u8]) -> Result<(), MemoryFault>;

    /// Copies `bytes` to guest memory at `address`. An empty range is always writable.
    ///
    /// # Errors
    /// [`MemoryFault`] when a byte of the range is not mapped writable; nothing is then written.
    fn write(&mut self, address: u32, bytes: &[u8]) -> Result<(), MemoryFault>;

    /// Where the program is, in slots: the current instruction, then the call that led to it, and so on outwards. For
    /// diagnostics.
    fn backtrace(&self) -> Vec<u32>;
}

/// Where to find a program image.
#[derive(Clone, Copy, Debug)]
pub enum Code<'a> {
    /// Here.
    Bytes(&'a [u8]),
    /// In the state, under this key, as a SCALE-encoded `Vec<u8>`. An engine outside the runtime can then look in its
    /// cache first, without the bytes being passed to it.
    Storage(&'a [u8]),
}

/// Where an instance starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    /// `deploy`: a contract is being created.
    Deploy,
    /// `call`: a contract serves a message.
    Call,
}

/// An instance stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exit {
    /// The gas that is left of what it was given.
    pub gas_left: u64,
    /// Why it stopped.
    pub cause: Cause,
}

/// Why an instance stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The entry point returned.
    Finished,
    /// The program calls the pallet. [`Instance::resume`] continues it.
    Syscall {
        /// The function's number (`contract_abi::syscall`).
        number: u32,
        /// r1 to r5.
        args: [u64; 5],
    },
    /// The program did something that no program may do. It cannot continue.
    Trapped(Trap),
    /// The next block costs more gas than is left. It cannot continue.
    OutOfGas,
}

/// A range of guest memory is not mapped, or not writable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryFault;

/// Why a program cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CompileError {
    /// Nothing is stored under the key.
    NotFound,
    /// It calls a syscall that the rules do not contain.
    Syscall {
        /// The number it calls.
        number: u32,
        /// Where, in slots.
        slot: u32,
    },
    /// It is not a program image, or it breaks a rule of the verifier.
    Rejected {
        /// The sentence to show to its author.
        reason: String,
    },
}

/// Maximum length of a [`CompileError::Rejected`] reason, in bytes.
pub const MAX_REASON: usize = 248;

impl CompileError {
    /// [`CompileError::Rejected`], with as much of the reason as fits.
    pub(crate) fn rejected(reason: &str) -> Self {
        let end = reason.floor_char_boundary(MAX_REASON);
        Self::Rejected { reason: reason[..end].into() }
    }
}

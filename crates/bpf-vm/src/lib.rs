//! A verifier and virtual machine for eBPF, metered by gas.
//!
//! A program passes through the modules in this order: [`program`] (untrusted bytes), [`mod@verify`] (the only way to a
//! [`VerifiedProgram`]), [`blocks`] and [`meter`] (what gas is charged where), then an [`Instance`], which runs it.
//! [`mod@crosscheck`] finds the point where two engines diverge. The instruction set comes from [`bpf_isa`]; the memory
//! map, the image format and the intrinsics come from [`contract_abi`]. Nothing here depends on Substrate.
//!
//! ```
//! use bpf_isa::{Insn, Op, Reg};
//! use bpf_vm::{verify, Config, Exit, Instance, Program, Rules, SyscallTable, TextOptions};
//! use std::sync::Arc;
//!
//! // r0 = helper(r1) + 1
//! let program = [
//!     Insn::new(Op::Call).with_imm(7),
//!     Insn::new(Op::Add64Imm).with_dst(Reg::R0).with_imm(1),
//!     Insn::new(Op::Exit),
//! ];
//! let mut text = Vec::new();
//! for insn in program {
//!     text.extend_from_slice(insn.encode()?.as_bytes());
//! }
//! let rules = Rules::general(SyscallTable::from_iter([7]));
//! let program = verify(Program::from_text(&text, &TextOptions::default())?, &rules)?;
//!
//! let mut instance = Instance::new(Arc::new(program), &Config::default());
//! instance.start(bpf_vm::Entry::Function(0), [20, 0, 0, 0, 0])?;
//! assert_eq!(instance.run(), Exit::Syscall { number: 7, args: [20, 0, 0, 0, 0] });
//! instance.resume(41);
//! assert_eq!(instance.run(), Exit::Finished { r0: 42, r2: 0 });
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Features
//!
//! Without the default features the crate is `no_std` and needs `alloc`. `std` adds the code cache ([`mod@cache`]).
//! `jit` adds [`Engine::Jit`], which runs machine code instead of the interpreter. No feature changes what a guest can
//! observe.

#![cfg_attr(not(feature = "std"), no_std)]
// Running machine code requires `unsafe`. Only `jit/entry.rs`, `jit/memory.rs` and `jit/signals.rs` allow it.
#![cfg_attr(not(feature = "jit"), forbid(unsafe_code))]
#![deny(unsafe_code)]

extern crate alloc;

pub mod blocks;
#[cfg(feature = "std")]
pub mod cache;
mod code;
pub mod crosscheck;
mod instance;
mod interp;
#[cfg_attr(not(all(feature = "jit", target_arch = "x86_64", target_os = "linux")), path = "jit/absent.rs")]
mod jit;
pub mod limits;
pub mod memory;
pub mod meter;
pub mod program;
pub mod syscall;
pub mod trap;
pub mod verify;

#[cfg(feature = "std")]
pub use cache::Cache;
pub use instance::{Config, Engine, Exit, Instance, JitMode, StartError};
pub use interp::Observer;
pub use limits::Limits;
pub use memory::{Access, GuestAddr, MemoryFault};
pub use meter::{CostTable, Gas};
pub use program::{Entry, LoadError, Program, Slot, TextOptions};
pub use syscall::SyscallTable;
pub use trap::{Trap, TrapKind};
pub use verify::{verify, Groups, Rules, VerifiedProgram, VerifyError};

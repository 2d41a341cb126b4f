//! The functions of `pallet-contracts` that contracts can call, for eBPF.
//!
//! Contracts compiled for BPF use it in place of the crate of this name, version 9, which has no
//! functions for that target. Names and types are the same, so that ink! and contracts compile with
//! either. The numbers of the symbols are in inkbpf's crate `contract-abi`.
//!
//! Invariant: the declarations in `sys` have the same names, order and numbers of arguments as
//! `contract_abi::syscall` (a test of `inkbpf-build` compares them).

#![no_std]

mod codes;
mod flags;
#[cfg(target_arch = "bpf")]
mod host;
// `inkbpf build` empties this file for a contract that has its own panic handler. The handler is not in
// `ink_allocator`, because ink! does not link that crate into a contract with its own allocator.
#[cfg(target_arch = "bpf")]
mod panic;
#[cfg(target_arch = "bpf")]
mod sys;

pub use codes::{ReturnCode, ReturnErrorCode};
pub use flags::{CallFlags, ReturnFlags};
#[cfg(target_arch = "bpf")]
pub use host::{HostFn, HostFnImpl};

//! The interface from contracts to the chain: the functions of `pallet-contracts`, for eBPF.
//!
//! It replaces the crate of the same name, version 9, in contracts compiled for BPF, where that crate has no functions
//! at all. Names and types are the same, so that ink! and contracts compile against either. The numbers of the symbols
//! are in inkbpf's crate `contract-abi`.
//!
//! Invariant: the declarations in `sys` have the names, the order and the number of arguments of
//! `contract_abi::syscall` (a test of `inkbpf-build` compares them).

#![no_std]

mod codes;
mod flags;
#[cfg(target_arch = "bpf")]
mod host;
// `inkbpf build` leaves this file empty for a contract that has its own panic handler. The handler is not in
// `ink_allocator`, because ink! does not link that crate into a contract with its own allocator.
#[cfg(target_arch = "bpf")]
mod panic;
#[cfg(target_arch = "bpf")]
mod sys;

pub use codes::{ReturnCode, ReturnErrorCode};
pub use flags::{CallFlags, ReturnFlags};
#[cfg(target_arch = "bpf")]
pub use host::{HostFn, HostFnImpl};

//! What a contract can ask of the chain: the functions of `pallet-contracts`, for eBPF.
//!
//! It takes the place of the crate of this name, version 9, in contracts compiled for BPF: there
//! that crate has no functions at all. Names and types are the same, so that ink! and contracts
//! compile against either. The numbers behind the symbols are in inkbpf's crate `contract-abi`.
//!
//! Invariant: the declarations in `sys` have the names, the order and the number of arguments of
//! `contract_abi::syscall` (a test of `inkbpf-build` compares them).

#![no_std]

mod codes;
mod flags;
#[cfg(target_arch = "bpf")]
mod host;
// `inkbpf build` leaves this file empty for a contract that has a panic handler of its own. It is here
// and not in `ink_allocator`, because ink! does not link that into a contract with its own allocator.
#[cfg(target_arch = "bpf")]
mod panic;
#[cfg(target_arch = "bpf")]
mod sys;

pub use codes::{ReturnCode, ReturnErrorCode};
pub use flags::{CallFlags, ReturnFlags};
#[cfg(target_arch = "bpf")]
pub use host::{HostFn, HostFnImpl};

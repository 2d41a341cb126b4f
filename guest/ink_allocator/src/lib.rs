//! The allocator of ink! contracts, for eBPF.
//!
//! Contracts compiled for BPF use it in place of the crate of this name, version 5, which does not
//! support BPF. Like that crate, it never frees memory: a contract's run is short, and its code is
//! charged for by the byte.
//!
//! Invariant: with the feature `no-allocator` (or `std`) this crate is empty, so that a contract can
//! have its own allocator.

#![cfg_attr(not(feature = "std"), no_std)]

#[cfg(any(test, all(target_arch = "bpf", not(feature = "std"), not(feature = "no-allocator"))))]
mod bump;

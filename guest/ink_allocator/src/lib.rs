//! The allocator of ink! contracts, for eBPF.
//!
//! It replaces the crate of the same name, version 5, in contracts compiled for BPF: that crate refuses every target
//! except Wasm. Like that crate, it never frees memory: a contract's run is short, and every byte of its code has a
//! price.
//!
//! Invariant: with the feature `no-allocator` (or `std`) this crate is empty, so that a contract can bring its own
//! allocator.

#![cfg_attr(not(feature = "std"), no_std)]

#[cfg(any(test, all(target_arch = "bpf", not(feature = "std"), not(feature = "no-allocator"))))]
mod bump;

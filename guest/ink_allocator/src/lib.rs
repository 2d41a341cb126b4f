//! The allocator of ink! contracts, for eBPF.
//!
//! It takes the place of the crate of this name, version 5, in contracts compiled for BPF: that one
//! refuses every target but Wasm. As that one does, it hands out memory and takes none back, for a
//! contract's run is short and its code is paid for by the byte.
//!
//! Invariant: with the feature `no-allocator` (or `std`) this crate is empty, so that a contract may
//! bring an allocator of its own.

#![cfg_attr(not(feature = "std"), no_std)]

#[cfg(any(test, all(target_arch = "bpf", not(feature = "std"), not(feature = "no-allocator"))))]
mod bump;

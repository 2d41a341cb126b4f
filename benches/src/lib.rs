//! The same Rust kernels on every machine there is, timed side by side.
//!
//! `kernels/` holds what is timed: ordinary no_std Rust, two functions a kernel. The stages here, in the order
//! that a kernel meets them:
//!
//! ```text
//! table      which kernels there are, and how large their inputs
//! compile    the kernels' source → native code, BPF, Wasm, PolkaVM's RISC-V
//! engine/    one file a machine: load, instantiate, set up, run
//! programs   contracts and synthetic programs, which are only compiled
//! measure    everything on everything, interleaved, results compared
//! report     BENCHMARKS.md, of which every line is generated or in `notes.md`
//! ```
//!
//! *Invariants*: a time counts only if the result of that very run is the native one. Whatever is compared was
//! measured in one process, interleaved, so that what disturbs the machine disturbs all alike. Nothing of what is
//! timed is in this package: no engine gets a path of its own.

#![deny(unsafe_op_in_unsafe_fn)]

pub mod compile;
pub mod engine;
pub mod measure;
pub mod programs;
pub mod report;
pub mod table;

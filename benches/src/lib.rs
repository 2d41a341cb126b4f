//! Runs the same Rust kernels on all machines and times them side by side.
//!
//! `kernels/` holds the code that is timed: ordinary no_std Rust, with two functions for each kernel. The
//! stages, in the order in which a kernel passes them:
//!
//! ```text
//! table      the kernels, and the size of their inputs
//! compile    the kernels' source → native code, BPF, Wasm, PolkaVM's RISC-V
//! engine/    one file a machine: load, instantiate, set up, run
//! programs   contracts and synthetic programs, which are only compiled
//! measure    everything on everything, interleaved, results compared
//! report     BENCHMARKS.md, where every line is generated or from `notes.md`
//! ```
//!
//! *Invariants*: a time counts only if the result of that run equals the native one. Values that are compared
//! were measured in one process, interleaved, so that a disturbance of the host affects all alike. Nothing
//! that is timed is in this package: no engine has a special path.

#![deny(unsafe_op_in_unsafe_fn)]

pub mod compile;
pub mod engine;
pub mod measure;
pub mod programs;
pub mod report;
pub mod table;

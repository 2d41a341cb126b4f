//! This pallet and `pallet-contracts`, side by side.
//!
//! **Problem.** "Chains and clients find no difference but the code format" is a claim about another program,
//! so that program must take part. There are two like runtimes (native ones), one with `pallet-contracts` 51 and
//! wasmi, one with this repository's pallet. The same ink! sources are compiled for both, and the same calls are
//! made: results, events, storage and deposits must be the same.
//!
//! * [`chain`]: the two runtimes, which are one source text, and what can be observed of them.
//! * [`wasm`]: ink! 5 contracts as Wasm, by today's compiler.
//! * [`contract`]: a contract in both forms.
//! * [`pair`]: does everything on both chains and compares.
//! * [`random`]: calls generated from a contract's metadata.
//! * [`mod@bench`]: what the calls cost. `cargo xtask bench chain`.
//!
//! **Invariants.** Nothing is compared by a rule that knows a contract. What is left out of the comparison is what
//! `docs/side-by-side.md` lists, and the comparison fails when something on the list does not differ any more.

#![forbid(unsafe_code)]

pub mod aliases;
pub mod bench;
pub mod chain;
pub mod contract;
pub mod pair;
pub mod random;
pub mod wasm;

pub use chain::{Action, Chain, Ebpf, Outcome, Wasm};
pub use contract::Contract;
pub use pair::Pair;

/// The numbers of both runtimes.
pub use inkbpf_runtime::config;

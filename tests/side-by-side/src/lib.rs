//! This pallet and `pallet-contracts`, side by side.
//!
//! **Problem.** "Chains and clients find no difference but the code format" is a claim about another program,
//! so that program has to be there. `pallet-contracts` 51 is put into a runtime (natively, with wasmi inside) beside
//! a like runtime with the pallet of this repository. The same ink! sources are compiled for both, and the same
//! calls are made: what they return, emit, store and cost in deposits has to be the same.
//!
//! * [`chain`]: the two runtimes, which are one source text, and what is to be seen of them.
//! * [`wasm`]: ink! 5 contracts as Wasm, by today's compiler.
//! * [`contract`]: a contract in both forms.
//! * [`pair`]: does everything on both chains and compares.
//! * [`random`]: calls that nobody wrote, made from a contract's metadata.
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

/// The numbers that both runtimes are told.
pub use inkbpf_runtime::config;

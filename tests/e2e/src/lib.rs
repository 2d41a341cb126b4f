//! Contracts on the embedded chain, as tests see them.
//!
//! **Problem.** A test of a contract should read like its subject: who calls which message with what, and
//! with which result. Between the two lie a compiler, a chain, SCALE and signatures.
//!
//! **Invariants.** A dry run gives the result of a call, and a signed transaction with the gas that the dry
//! run took has its effects; the two must agree, or the test fails. Nothing
//! here knows a contract: selectors come from the metadata, and values are the SCALE of Rust types that
//! the test names.
//!
//! ```no_run
//! use inkbpf_e2e::{program, Chain, ALICE};
//!
//! let mut chain = Chain::new();
//! let flipper = chain.deploy(&program("flipper"), "new", (true,));
//! chain.send(&flipper, "flip", ()).ok::<()>();
//! assert!(!chain.ask::<bool>(&flipper, "get", ()));
//! assert!(chain.message(&flipper, "flip", ()).by(ALICE).value(1).send().result.is_err());
//! ```

#![forbid(unsafe_code)]

mod chain;
mod program;

pub use chain::{error, Chain, Contract, Emitted, Encoded, Message, Outcome, LANG_ERROR};
pub use inkbpf_sandbox::runtime::{AccountId, Balance, Hash};
pub use inkbpf_sandbox::Keyring;
pub use program::{debug_program, examples, program, program_at, Program};

/// Who calls unless a test says otherwise.
pub const ALICE: Keyring = Keyring::Alice;
/// Somebody else.
pub const BOB: Keyring = Keyring::Bob;
/// A third.
pub const CHARLIE: Keyring = Keyring::Charlie;
/// One unit of the chain's money.
pub const UNIT: Balance = 1_000_000_000_000;

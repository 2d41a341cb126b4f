//! For tests of runtimes that have the pallet: accounts, and builders of its calls.

pub mod builder;

use polkadot_sdk::*;
pub use sp_runtime::AccountId32;

/// An account.
pub const ALICE: AccountId32 = AccountId32::new([1; 32]);
/// Another.
pub const BOB: AccountId32 = AccountId32::new([2; 32]);
/// Another.
pub const CHARLIE: AccountId32 = AccountId32::new([3; 32]);
/// Another.
pub const DJANGO: AccountId32 = AccountId32::new([4; 32]);

/// Weight that is enough for any test.
pub const GAS_LIMIT: sp_weights::Weight = sp_weights::Weight::from_parts(100_000_000_000, 3 * 1024 * 1024);

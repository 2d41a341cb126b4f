//! What contracts cost, and how large and deep they may be.
//!
//! Prices are those of `substrate-contracts-node` 0.42, so that an estimate made for one chain holds for the other.

use super::{MILLIUNIT, UNIT};
use crate::{
    Balance, Balances, RandomnessCollectiveFlip, Runtime, RuntimeCall, RuntimeEvent, RuntimeHoldReason,
    Timestamp, TransactionPayment,
};
use frame_support::{
    parameter_types,
    traits::{ConstBool, ConstU32, Contains},
};
use frame_system::EnsureSigned;
use polkadot_sdk::*;
use sp_runtime::Perbill;

/// Maximum length of a program image as it is stored. The format bounds what a compressed one expands to.
///
/// The node that this one follows accepts 256 KiB of Wasm. An eBPF instruction takes 8 bytes where Wasm's take 2 to 3,
/// but a compressed contract is no longer than the same one as Wasm (decision 0230); contracts of ordinary size (an
/// ERC-20 is some 3 KiB) stay far below. The number is kept for three reasons: clients show it; the deposit per byte
/// bounds what anyone stores long before it; and `integrity_test` shows that a full call stack of programs of this
/// length fits the memory of a runtime.
pub const MAX_CODE_LEN: u32 = 256 * 1024;
/// A contract may call a contract, and so on: the maximum depth is one more than this.
pub const CALL_STACK: usize = 23;

/// Memory of the runtime, in bytes. A node provides this much because the genesis says so ([`crate::genesis::build`]):
/// its default is an eighth of it.
pub const RUNTIME_MEMORY: u32 = 1024 * 1024 * 1024;

/// The deposit for storing this much.
pub const fn deposit(items: u32, bytes: u32) -> Balance {
    (items as Balance * UNIT + bytes as Balance * (5 * MILLIUNIT / 100)) / 10
}

parameter_types! {
    /// A tenth of a unit.
    pub const DepositPerItem: Balance = deposit(1, 0);
    /// A two-hundred-thousandth of a unit.
    pub const DepositPerByte: Balance = deposit(0, 1);
    /// Maximum deposit of a call that sets no limit: for 1024 items and 1 MiB.
    pub const DefaultDepositLimit: Balance = deposit(1024, 1024 * 1024);
    /// Locking another code costs no share of that code's deposit.
    pub const CodeHashLockupDepositPercent: Perbill = Perbill::zero();
    /// Memory for a stack of [`CALL_STACK`] frames with programs of [`MAX_CODE_LEN`].
    pub Schedule: pallet_contracts::Schedule<Runtime> = pallet_contracts::Schedule {
        limits: pallet_contracts::Limits {
            runtime_memory: RUNTIME_MEMORY,
            validator_runtime_memory: 2 * 1024 * 1024 * 1024 - 1,
            ..Default::default()
        },
        // The cost of machine code, even where the interpreter is built in: the weight of gas is in every block's
        // state, and a block is valid under either engine.
        instruction_weights: Default::default(),
    };
}

/// What `call_runtime` may dispatch: a transfer. Its index and arguments are unlikely to change.
pub enum AllowTransfers {}

impl Contains<RuntimeCall> for AllowTransfers {
    fn contains(call: &RuntimeCall) -> bool {
        matches!(call, RuntimeCall::Balances(pallet_balances::Call::transfer_allow_death { .. }))
    }
}

/// The engine that runs contracts.
///
/// A native runtime has every engine, and its externalities say which to use. One in Wasm has the engine it was built
/// with: the node's virtual machine, or with the feature `embedded-engine` the interpreter, for chains whose nodes (or
/// whose relay chain's nodes) lack the host functions. Contracts cannot tell the difference, and a block is valid under
/// either.
#[cfg(feature = "std")]
pub type ContractEngine = pallet_contracts::host::Selected;
/// The engine that runs contracts.
#[cfg(all(not(feature = "std"), not(feature = "embedded-engine")))]
pub type ContractEngine = pallet_contracts::host::Forwarder;
/// The engine that runs contracts.
#[cfg(all(not(feature = "std"), feature = "embedded-engine"))]
pub type ContractEngine = pallet_contracts::host::Embedded;

impl pallet_contracts::Config for Runtime {
    type Engine = ContractEngine;
    type Time = Timestamp;
    type Randomness = RandomnessCollectiveFlip;
    type Currency = Balances;
    type RuntimeEvent = RuntimeEvent;
    type RuntimeCall = RuntimeCall;
    type RuntimeHoldReason = RuntimeHoldReason;
    type CallFilter = AllowTransfers;
    type WeightPrice = TransactionPayment;
    type WeightInfo = pallet_contracts::weights::SubstrateWeight<Runtime>;
    type ChainExtension = ();
    type Schedule = Schedule;
    type CallStack = [pallet_contracts::Frame<Self>; CALL_STACK];
    type DepositPerByte = DepositPerByte;
    type DefaultDepositLimit = DefaultDepositLimit;
    type DepositPerItem = DepositPerItem;
    type CodeHashLockupDepositPercent = CodeHashLockupDepositPercent;
    type AddressGenerator = pallet_contracts::DefaultAddressGenerator;
    type MaxCodeLen = ConstU32<MAX_CODE_LEN>;
    type MaxStorageKeyLen = ConstU32<128>;
    type MaxTransientStorageSize = ConstU32<{ 1024 * 1024 }>;
    type MaxDelegateDependencies = ConstU32<32>;
    // Unstable functions are available on every chain of this runtime, to try them: a chain that is meant to last needs
    // a runtime without them.
    type UnsafeUnstableInterface = ConstBool<true>;
    type MaxDebugBufferLen = ConstU32<{ 2 * 1024 * 1024 }>;
    type UploadOrigin = EnsureSigned<Self::AccountId>;
    type InstantiateOrigin = EnsureSigned<Self::AccountId>;
    type Migrations = ();
    type Debug = ();
    type Environment = ();
    type ApiVersion = ();
    type Xcm = ();
}

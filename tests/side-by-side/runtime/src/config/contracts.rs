//! The configuration of `pallet-contracts`, with the numbers of `frame/runtime/src/config/contracts.rs`, which has the
//! reasons. The only file of this runtime that is not shared with the other.

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

/// Longest code.
pub const MAX_CODE_LEN: u32 = 256 * 1024;
/// A contract may be called by a contract, and so on: one more than this is the deepest.
pub const CALL_STACK: usize = 23;

/// Memory that the runtime has for itself, in bytes. A node gives it so much because the genesis says so
/// ([`crate::genesis::build`]): by itself it would give an eighth.
pub const RUNTIME_MEMORY: u32 = 1024 * 1024 * 1024;

/// What is held on whoever stores so much.
pub const fn deposit(items: u32, bytes: u32) -> Balance {
    (items as Balance * UNIT + bytes as Balance * (5 * MILLIUNIT / 100)) / 10
}

parameter_types! {
    /// A tenth of a unit.
    pub const DepositPerItem: Balance = deposit(1, 0);
    /// A two-hundred-thousandth of a unit.
    pub const DepositPerByte: Balance = deposit(0, 1);
    /// What a call that names no limit may hold: 1024 items and 1 MiB.
    pub const DefaultDepositLimit: Balance = deposit(1024, 1024 * 1024);
    /// Locking another code costs no share of its deposit.
    pub const CodeHashLockupDepositPercent: Perbill = Perbill::zero();
    /// Memory for a stack of [`CALL_STACK`] frames with programs of [`MAX_CODE_LEN`].
    pub Schedule: pallet_contracts::Schedule<Runtime> = pallet_contracts::Schedule {
        limits: pallet_contracts::Limits {
            runtime_memory: RUNTIME_MEMORY,
            validator_runtime_memory: 2 * 1024 * 1024 * 1024 - 1,
            ..Default::default()
        },
        instruction_weights: Default::default(),
    };
}

/// What `call_runtime` may dispatch: a transfer. Its index and arguments are as stable as anything gets.
pub enum AllowTransfers {}

impl Contains<RuntimeCall> for AllowTransfers {
    fn contains(call: &RuntimeCall) -> bool {
        matches!(call, RuntimeCall::Balances(pallet_balances::Call::transfer_allow_death { .. }))
    }
}

impl pallet_contracts::Config for Runtime {
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
    // A development chain: what is unstable can be tried.
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

//! The configuration of each pallet: prices, limits, types.
//!
//! This file has the pallets that every chain has. Contracts have a file of their own, [`contracts`], and so have the
//! pallets that only a network needs: [`consensus`].

pub mod consensus;
pub mod contracts;

use crate::{
    AccountId, Balance, Block, Hash, Nonce, PalletInfo, Runtime, RuntimeCall, RuntimeEvent,
    RuntimeFreezeReason, RuntimeHoldReason, RuntimeOrigin, RuntimeTask, System, VERSION,
};
use frame_support::{
    derive_impl, parameter_types,
    traits::{ConstU32, ConstU64, ConstU8, VariantCountOf},
    weights::{
        constants::{RocksDbWeight, WEIGHT_REF_TIME_PER_SECOND},
        IdentityFee, Weight,
    },
};
use frame_system::limits::{BlockLength, BlockWeights};
use pallet_transaction_payment::{ConstFeeMultiplier, FungibleAdapter, Multiplier};
use polkadot_sdk::*;
use sp_runtime::{traits::AccountIdLookup, traits::One, Perbill};
use sp_version::RuntimeVersion;

/// A thousandth of [`UNIT`].
pub const MILLIUNIT: Balance = 1_000_000_000;
/// What a wallet shows as 1: twelve decimals.
pub const UNIT: Balance = 1_000 * MILLIUNIT;
/// The minimum that an account may hold.
pub const EXISTENTIAL_DEPOSIT: Balance = MILLIUNIT;
/// Decimals of [`UNIT`], for clients.
pub const TOKEN_DECIMALS: u8 = 12;
/// Name of [`UNIT`], for clients.
pub const TOKEN_SYMBOL: &str = "UNIT";
/// The minimum time between two blocks, in milliseconds. Instant seal makes many a second.
pub const MINIMUM_PERIOD: u64 = 1;

/// The share of a block for transactions, without the block's own work.
const NORMAL_DISPATCH_RATIO: Perbill = Perbill::from_percent(75);
/// Two seconds of computation a block; a standalone chain has no bound on proofs.
const MAXIMUM_BLOCK_WEIGHT: Weight =
    Weight::from_parts(WEIGHT_REF_TIME_PER_SECOND.saturating_mul(2), u64::MAX);
/// Maximum length of a block in bytes.
const MAXIMUM_BLOCK_LENGTH: u32 = 5 * 1024 * 1024;

parameter_types! {
    /// [`VERSION`] for `frame_system`.
    pub const Version: RuntimeVersion = VERSION;
    /// Weight limits of a block and of its classes.
    pub RuntimeBlockWeights: BlockWeights =
        BlockWeights::with_sensible_defaults(MAXIMUM_BLOCK_WEIGHT, NORMAL_DISPATCH_RATIO);
    /// Length limits of a block and of its classes.
    pub RuntimeBlockLength: BlockLength = BlockLength::builder()
        .max_length(MAXIMUM_BLOCK_LENGTH)
        .modify_max_length_for_class(frame_support::dispatch::DispatchClass::Normal, |len| {
            *len = NORMAL_DISPATCH_RATIO * MAXIMUM_BLOCK_LENGTH
        })
        .build();
    /// Fees do not follow demand.
    pub FeeMultiplier: Multiplier = Multiplier::one();
}

#[derive_impl(frame_system::config_preludes::SolochainDefaultConfig)]
impl frame_system::Config for Runtime {
    type Block = Block;
    type AccountId = AccountId;
    type Lookup = AccountIdLookup<AccountId, ()>;
    type Nonce = Nonce;
    type Hash = Hash;
    type BlockWeights = RuntimeBlockWeights;
    type BlockLength = RuntimeBlockLength;
    type BlockHashCount = ConstU32<2400>;
    type DbWeight = RocksDbWeight;
    type Version = Version;
    type AccountData = pallet_balances::AccountData<Balance>;
    type SS58Prefix = frame_support::traits::ConstU16<42>;
    type MaxConsumers = ConstU32<16>;
}

impl pallet_insecure_randomness_collective_flip::Config for Runtime {}

impl pallet_utility::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type RuntimeCall = RuntimeCall;
    type PalletsOrigin = crate::OriginCaller;
    type WeightInfo = pallet_utility::weights::SubstrateWeight<Runtime>;
}

impl pallet_timestamp::Config for Runtime {
    type Moment = u64;
    type OnTimestampSet = consensus::SlotOfTimestamp;
    type MinimumPeriod = ConstU64<MINIMUM_PERIOD>;
    type WeightInfo = pallet_timestamp::weights::SubstrateWeight<Runtime>;
}

impl pallet_balances::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type RuntimeHoldReason = RuntimeHoldReason;
    type RuntimeFreezeReason = RuntimeFreezeReason;
    type WeightInfo = pallet_balances::weights::SubstrateWeight<Runtime>;
    type Balance = Balance;
    type DustRemoval = ();
    type ExistentialDeposit = frame_support::traits::ConstU128<EXISTENTIAL_DEPOSIT>;
    type AccountStore = System;
    type ReserveIdentifier = [u8; 8];
    type FreezeIdentifier = RuntimeFreezeReason;
    type MaxLocks = ConstU32<50>;
    type MaxReserves = ConstU32<50>;
    type MaxFreezes = VariantCountOf<RuntimeFreezeReason>;
    type DoneSlashHandler = ();
}

impl pallet_authorship::Config for Runtime {
    type FindAuthor = consensus::AuthorOfSlot;
    type EventHandler = ();
}

impl pallet_transaction_payment::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type OnChargeTransaction = FungibleAdapter<crate::Balances, ()>;
    type WeightToFee = IdentityFee<Balance>;
    type LengthToFee = IdentityFee<Balance>;
    type FeeMultiplierUpdate = ConstFeeMultiplier<FeeMultiplier>;
    type OperationalFeeMultiplier = ConstU8<5>;
    type WeightInfo = pallet_transaction_payment::weights::SubstrateWeight<Runtime>;
}

impl pallet_sudo::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type RuntimeCall = RuntimeCall;
    type WeightInfo = pallet_sudo::weights::SubstrateWeight<Runtime>;
}

//! Smart contracts in eBPF.
//!
//! From outside, this pallet is `pallet-contracts` 51: the same calls, events, errors, storage, constants and runtime
//! API, index by index and field by field, under the same names. The difference is the form of the code: a contract is
//! a program image (`contract_abi::image`), and a type of the configuration ([`Config::Engine`]) is the engine that
//! runs it.
//!
//! # From a call to the contract
//!
//! * `dispatch`: runs contracts for calls of the runtime. It makes the two meters and settles the deposits.
//! * `exec`: the stack of frames. Each has its own gas, its own deposit and its own storage transaction; a failure
//!   undoes everything up to the frame that failed.
//! * `executable`: runs a frame's code: the engine runs until a syscall, `syscalls` serves it through the [`exec::Ext`]
//!   trait, and the engine resumes.
//! * `gas`, `price`, `weights`: the weight of all this. `storage::meter`: its deposits.
//!
//! No input of a contract makes the pallet panic: a panic in a runtime stops the chain. Reasons for rejections and
//! traps are text in the debug buffer, which exists only in dry runs; the reason for rejecting an upload is also
//! logged.

#![cfg_attr(not(feature = "std"), no_std)]
#![recursion_limit = "256"]

extern crate alloc;

mod address;
mod api;
#[cfg(any(feature = "runtime-benchmarks", test))]
mod benchmarking;
mod code;
mod dispatch;
mod exec;
mod executable;
mod gas;
mod price;
mod primitives;
mod schedule;
mod storage;
mod syscalls;
mod transient;
mod weight_table;

pub mod chain_extension;
pub mod debug;
pub mod migration;
pub mod test_utils;
pub mod weights;

#[cfg(test)]
mod tests;

use codec::{Decode, DecodeWithMemTracking, Encode, HasCompact};
use core::marker::PhantomData;
use frame_support::{
    dispatch::{GetDispatchInfo, PostDispatchInfo},
    traits::{
        fungible::{Inspect, Mutate, MutateHold},
        Contains, Get, IsType, Randomness, Time,
    },
    weights::{Weight, WeightMeter},
    BoundedVec, DebugNoBound, DefaultNoBound,
};
use frame_system::{pallet_prelude::*, EventRecord};
use polkadot_sdk::*;
use scale_info::TypeInfo;
use sp_core::ConstU32;
use sp_runtime::{
    traits::{Convert, Dispatchable, StaticLookup},
    DispatchError, Perbill,
};
use storage::DeletionQueueManager;

pub use address::{AddressGenerator, DefaultAddressGenerator};
pub use api::*;
pub use code::CodeInfo;
pub use debug::Tracing;
pub use dispatch::{CollectEvents, DebugInfo};
pub use exec::Frame;
pub use inkbpf_host as host;
pub use migration::{MigrateSequence, Migration};
pub use pallet::*;
pub use primitives::*;
pub use schedule::{InstructionWeights, Limits, Schedule};
pub use storage::ContractInfo;
pub use weights::WeightInfo;

pub(crate) type AccountIdOf<T> = <T as frame_system::Config>::AccountId;
pub(crate) type BalanceOf<T> = <<T as Config>::Currency as Inspect<AccountIdOf<T>>>::Balance;
pub(crate) type CodeHash<T> = <T as frame_system::Config>::Hash;
pub(crate) type CodeVec<T> = BoundedVec<u8, <T as Config>::MaxCodeLen>;
pub(crate) type DebugBuffer<T> = BoundedVec<u8, <T as Config>::MaxDebugBufferLen>;
pub(crate) type EventRecordOf<T> =
    EventRecord<<T as frame_system::Config>::RuntimeEvent, <T as frame_system::Config>::Hash>;
pub(crate) type MomentOf<T> = <<T as Config>::Time as Time>::Moment;
pub(crate) type TrieId = BoundedVec<u8, ConstU32<128>>;
type AccountIdLookupOf<T> = <<T as frame_system::Config>::Lookup as StaticLookup>::Source;

/// Weight before it had a second dimension: `ref_time` alone.
type OldWeight = u64;

/// The value for "no pointer" and "no such key" in syscalls.
pub(crate) const SENTINEL: u32 = contract_abi::memory::SENTINEL;

const LOG_TARGET: &str = "runtime::contracts";

/// Carries a type into the metadata.
#[derive(Encode, Decode, DefaultNoBound, TypeInfo)]
#[cfg_attr(feature = "std", derive(serde::Serialize, serde::Deserialize), serde(bound = ""))]
#[scale_info(skip_type_params())]
pub struct EnvironmentType<T>(PhantomData<T>);

/// The types a contract has to be compiled for. It has no bytes: tools read the types of its fields
/// from the metadata.
#[derive(Encode, Decode, DefaultNoBound, TypeInfo)]
#[cfg_attr(feature = "std", derive(serde::Serialize, serde::Deserialize), serde(bound = ""))]
#[scale_info(skip_type_params(T))]
pub struct Environment<T: Config> {
    account_id: EnvironmentType<AccountIdOf<T>>,
    balance: EnvironmentType<BalanceOf<T>>,
    hash: EnvironmentType<<T as frame_system::Config>::Hash>,
    hasher: EnvironmentType<<T as frame_system::Config>::Hashing>,
    timestamp: EnvironmentType<MomentOf<T>>,
    block_number: EnvironmentType<BlockNumberFor<T>>,
}

/// Version of the set of stable syscalls. It rises when one is added.
#[derive(Encode, Decode, TypeInfo)]
pub struct ApiVersion(u16);

impl Default for ApiVersion {
    fn default() -> Self {
        // The set of `pallet-contracts` 51; the test in `contract_abi::syscall` counts it.
        Self(4)
    }
}

#[frame_support::pallet]
pub mod pallet {
    use super::*;
    use alloc::vec::Vec;
    use frame_support::pallet_prelude::*;

    /// Version of the storage layout: that of `pallet-contracts` 51.
    pub(crate) const STORAGE_VERSION: StorageVersion = StorageVersion::new(16);

    #[pallet::pallet]
    #[pallet::storage_version(STORAGE_VERSION)]
    pub struct Pallet<T>(_);

    #[pallet::config(with_default)]
    pub trait Config: polkadot_sdk::frame_system::Config {
        /// The engine that runs programs.
        ///
        /// The one item that `pallet-contracts` does not have. All engines agree on what a contract
        /// can observe, so a chain may change it at any block.
        #[pallet::no_default_bounds]
        type Engine: host::Engine;

        /// The clock behind `now`.
        #[pallet::no_default_bounds]
        type Time: Time;

        /// Source of the deprecated `random`. New code cannot call it.
        #[pallet::no_default_bounds]
        type Randomness: Randomness<Self::Hash, BlockNumberFor<Self>>;

        /// The currency of values and deposits.
        #[pallet::no_default]
        type Currency: Inspect<Self::AccountId>
            + Mutate<Self::AccountId>
            + MutateHold<Self::AccountId, Reason = Self::RuntimeHoldReason>;

        /// The runtime's event.
        #[pallet::no_default_bounds]
        #[allow(deprecated)]
        type RuntimeEvent: From<Event<Self>>
            + IsType<<Self as polkadot_sdk::frame_system::Config>::RuntimeEvent>;

        /// The runtime's call, for `call_runtime`.
        #[pallet::no_default_bounds]
        type RuntimeCall: Dispatchable<RuntimeOrigin = Self::RuntimeOrigin, PostInfo = PostDispatchInfo>
            + IsType<<Self as frame_system::Config>::RuntimeCall>
            + GetDispatchInfo
            + Decode;

        /// The runtime's hold reason.
        #[pallet::no_default_bounds]
        type RuntimeHoldReason: From<HoldReason>;

        /// The calls that a contract may dispatch with `call_runtime`.
        ///
        /// It is added to the filter of the origin. Let nothing through whose indices or weights may
        /// change without notice: contracts are compiled against them. Re-entering this pallet is
        /// refused whatever it says.
        #[pallet::no_default_bounds]
        type CallFilter: Contains<<Self as frame_system::Config>::RuntimeCall>;

        /// The price of weight, for `weight_to_fee`.
        #[pallet::no_default_bounds]
        type WeightPrice: Convert<Weight, BalanceOf<Self>>;

        /// What dispatchables and syscalls weigh.
        type WeightInfo: WeightInfo;

        /// The chain's own functions for contracts. `()` has none.
        #[pallet::no_default_bounds]
        type ChainExtension: chain_extension::ChainExtension<Self> + Default;

        /// Limits, and the weight of gas.
        #[pallet::constant]
        #[pallet::no_default]
        type Schedule: Get<Schedule<Self>>;

        /// The call stack: an array of frames, of which one more can be active than it has places.
        ///
        /// `[Frame<Self>; 5]` lets contracts call six deep.
        #[pallet::no_default]
        type CallStack: smallvec::Array<Item = Frame<Self>>;

        /// Deposit for a byte in storage.
        #[pallet::constant]
        #[pallet::no_default_bounds]
        type DepositPerByte: Get<BalanceOf<Self>>;

        /// Deposit limit of a call that names none.
        #[pallet::constant]
        #[pallet::no_default_bounds]
        type DefaultDepositLimit: Get<BalanceOf<Self>>;

        /// Deposit for an item in storage.
        #[pallet::constant]
        #[pallet::no_default_bounds]
        type DepositPerItem: Get<BalanceOf<Self>>;

        /// Share of a code's deposit that a contract deposits for using it, or for locking it as a
        /// delegate dependency.
        #[pallet::constant]
        type CodeHashLockupDepositPercent: Get<Perbill>;

        /// Chooses the account of a new contract.
        #[pallet::no_default_bounds]
        type AddressGenerator: AddressGenerator<Self>;

        /// Longest code, in bytes. Raising it is safe within what `integrity_test` allows; lowering it
        /// makes longer code undecodable.
        #[pallet::constant]
        type MaxCodeLen: Get<u32>;

        /// Longest storage key of variable length, in bytes.
        #[pallet::constant]
        type MaxStorageKeyLen: Get<u32>;

        /// Most transient storage of a call, in bytes.
        #[pallet::constant]
        type MaxTransientStorageSize: Get<u32>;

        /// Most delegate dependencies a contract may lock.
        #[pallet::constant]
        type MaxDelegateDependencies: Get<u32>;

        /// Whether contracts may call unstable syscalls. Not for chains whose contracts should keep
        /// working.
        #[pallet::constant]
        type UnsafeUnstableInterface: Get<bool>;

        /// Longest debug text of a dry run, in bytes.
        #[pallet::constant]
        type MaxDebugBufferLen: Get<u32>;

        /// Who may upload code.
        #[pallet::no_default_bounds]
        type UploadOrigin: EnsureOrigin<Self::RuntimeOrigin, Success = Self::AccountId>;

        /// Who may instantiate contracts. `instantiate_with_code` asks for both.
        #[pallet::no_default_bounds]
        type InstantiateOrigin: EnsureOrigin<Self::RuntimeOrigin, Success = Self::AccountId>;

        /// Migrations of the storage that a runtime upgrade starts.
        type Migrations: MigrateSequence;

        /// Observes or replaces the calls of contracts. `()` logs them.
        #[pallet::no_default_bounds]
        type Debug: debug::Debugger<Self>;

        /// Carries the types of the environment into the metadata. Always `()`.
        #[pallet::constant]
        #[pallet::no_default_bounds]
        type Environment: Get<Environment<Self>>;

        /// Carries the version of the syscalls into the metadata. Always `()`.
        #[pallet::constant]
        #[pallet::no_default_bounds]
        type ApiVersion: Get<ApiVersion>;

        /// Lets contracts execute and send XCM. `()` does nothing.
        #[pallet::no_default_bounds]
        type Xcm: staging_xcm_builder::Controller<
            OriginFor<Self>,
            <Self as frame_system::Config>::RuntimeCall,
            BlockNumberFor<Self>,
        >;
    }

    /// Ready-made configurations.
    pub mod config_preludes {
        use super::*;
        use frame_support::{derive_impl, parameter_types, traits::ConstBool};
        use frame_system::EnsureSigned;

        const CENTS: u64 = 100_000_000;

        parameter_types! {
            /// 1 cent.
            pub const DepositPerItem: u64 = CENTS;
            /// 1 cent.
            pub const DepositPerByte: u64 = CENTS;
            /// 1024 items and 1 MiB.
            pub const DefaultDepositLimit: u64 = (1024 + 1024 * 1024) * CENTS;
            /// Nothing.
            pub const CodeHashLockupDepositPercent: Perbill = Perbill::from_percent(0);
        }

        /// For tests. Balances are `u64`; `random` is zero and the clock stands at 0 unless the test
        /// runtime names its own.
        pub struct TestDefaultConfig;

        impl<Output: Default, BlockNumber: Default> Randomness<Output, BlockNumber> for TestDefaultConfig {
            fn random(_: &[u8]) -> (Output, BlockNumber) {
                Default::default()
            }
        }

        impl Time for TestDefaultConfig {
            type Moment = u64;
            fn now() -> u64 {
                0
            }
        }

        impl<T: From<u64>> Convert<Weight, T> for TestDefaultConfig {
            fn convert(weight: Weight) -> T {
                weight.ref_time().into()
            }
        }

        #[derive_impl(frame_system::config_preludes::TestDefaultConfig, no_aggregated_types)]
        impl frame_system::DefaultConfig for TestDefaultConfig {}

        #[frame_support::register_default_impl(TestDefaultConfig)]
        impl DefaultConfig for TestDefaultConfig {
            #[inject_runtime_type]
            type RuntimeEvent = ();
            #[inject_runtime_type]
            type RuntimeHoldReason = ();
            #[inject_runtime_type]
            type RuntimeCall = ();
            type Engine = host::Embedded;
            type AddressGenerator = DefaultAddressGenerator;
            type CallFilter = ();
            type ChainExtension = ();
            type CodeHashLockupDepositPercent = CodeHashLockupDepositPercent;
            type DefaultDepositLimit = DefaultDepositLimit;
            type DepositPerByte = DepositPerByte;
            type DepositPerItem = DepositPerItem;
            type MaxCodeLen = ConstU32<{ 123 * 1024 }>;
            type MaxDebugBufferLen = ConstU32<{ 2 * 1024 * 1024 }>;
            type MaxDelegateDependencies = ConstU32<32>;
            type MaxStorageKeyLen = ConstU32<128>;
            type MaxTransientStorageSize = ConstU32<{ 1024 * 1024 }>;
            type Migrations = ();
            type Time = Self;
            type Randomness = Self;
            type UnsafeUnstableInterface = ConstBool<true>;
            type UploadOrigin = EnsureSigned<sp_runtime::AccountId32>;
            type InstantiateOrigin = EnsureSigned<sp_runtime::AccountId32>;
            type WeightInfo = ();
            type WeightPrice = Self;
            type Debug = ();
            type Environment = ();
            type ApiVersion = ();
            type Xcm = ();
        }
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        fn on_idle(_: BlockNumberFor<T>, limit: Weight) -> Weight {
            let mut meter = WeightMeter::with_limit(limit);
            if !Migration::<T>::in_progress() {
                crate::storage::process_deletion_queue_batch::<T>(&mut meter);
            }
            meter.consumed()
        }

        fn integrity_test() {
            dispatch::integrity_test::<T>();
        }
    }

    #[pallet::call]
    impl<T: Config> Pallet<T>
    where
        <BalanceOf<T> as HasCompact>::Type: Clone + Eq + PartialEq + core::fmt::Debug + TypeInfo + Encode,
    {
        /// The older form of [`Self::call`], from when weight had one dimension. The proof size is what
        /// two codes of the maximum length need.
        #[pallet::call_index(0)]
        #[pallet::weight(T::WeightInfo::call().saturating_add(<Pallet<T>>::compat_weight_limit(*gas_limit)))]
        #[allow(deprecated)]
        #[deprecated(note = "use `call`, whose gas limit has two dimensions")]
        pub fn call_old_weight(
            origin: OriginFor<T>,
            dest: AccountIdLookupOf<T>,
            #[pallet::compact] value: BalanceOf<T>,
            #[pallet::compact] gas_limit: OldWeight,
            storage_deposit_limit: Option<<BalanceOf<T> as HasCompact>::Type>,
            data: Vec<u8>,
        ) -> DispatchResultWithPostInfo {
            let gas_limit = Self::compat_weight_limit(gas_limit);
            Self::call(origin, dest, value, gas_limit, storage_deposit_limit, data)
        }

        /// The older form of [`Self::instantiate_with_code`], from when weight had one dimension.
        #[pallet::call_index(1)]
        #[pallet::weight(
            T::WeightInfo::instantiate_with_code(code.len() as u32, data.len() as u32, salt.len() as u32)
                .saturating_add(code::expansion_weight::<T>(code))
                .saturating_add(<Pallet<T>>::compat_weight_limit(*gas_limit))
        )]
        #[allow(deprecated)]
        #[deprecated(note = "use `instantiate_with_code`, whose gas limit has two dimensions")]
        pub fn instantiate_with_code_old_weight(
            origin: OriginFor<T>,
            #[pallet::compact] value: BalanceOf<T>,
            #[pallet::compact] gas_limit: OldWeight,
            storage_deposit_limit: Option<<BalanceOf<T> as HasCompact>::Type>,
            code: Vec<u8>,
            data: Vec<u8>,
            salt: Vec<u8>,
        ) -> DispatchResultWithPostInfo {
            let gas_limit = Self::compat_weight_limit(gas_limit);
            Self::instantiate_with_code(origin, value, gas_limit, storage_deposit_limit, code, data, salt)
        }

        /// The older form of [`Self::instantiate`], from when weight had one dimension.
        #[pallet::call_index(2)]
        #[pallet::weight(
            T::WeightInfo::instantiate(data.len() as u32, salt.len() as u32)
                .saturating_add(<Pallet<T>>::compat_weight_limit(*gas_limit))
        )]
        #[allow(deprecated)]
        #[deprecated(note = "use `instantiate`, whose gas limit has two dimensions")]
        pub fn instantiate_old_weight(
            origin: OriginFor<T>,
            #[pallet::compact] value: BalanceOf<T>,
            #[pallet::compact] gas_limit: OldWeight,
            storage_deposit_limit: Option<<BalanceOf<T> as HasCompact>::Type>,
            code_hash: CodeHash<T>,
            data: Vec<u8>,
            salt: Vec<u8>,
        ) -> DispatchResultWithPostInfo {
            let gas_limit = Self::compat_weight_limit(gas_limit);
            Self::instantiate(origin, value, gas_limit, storage_deposit_limit, code_hash, data, salt)
        }

        /// Stores a program image without instantiating it.
        ///
        /// The origin must satisfy `UploadOrigin`. A deposit that depends on the length of the code is held
        /// on its account until [`Self::remove_code`]. Uploading stored code again changes nothing and holds nothing.
        ///
        /// # Errors
        /// `CodeTooLarge`, `CodeRejected`, `StorageDepositNotEnoughFunds`,
        /// `StorageDepositLimitExhausted`.
        ///
        /// # Events
        /// [`Event::CodeStored`].
        #[pallet::call_index(3)]
        #[pallet::weight(match determinism {
            Determinism::Enforced => T::WeightInfo::upload_code_determinism_enforced(code.len() as u32),
            Determinism::Relaxed => T::WeightInfo::upload_code_determinism_relaxed(code.len() as u32),
        }.saturating_add(code::expansion_weight::<T>(code)))]
        pub fn upload_code(
            origin: OriginFor<T>,
            code: Vec<u8>,
            storage_deposit_limit: Option<<BalanceOf<T> as HasCompact>::Type>,
            determinism: Determinism,
        ) -> DispatchResult {
            Migration::<T>::ensure_migrated()?;
            let origin = T::UploadOrigin::ensure_origin(origin)?;
            Self::bare_upload_code(origin, code, storage_deposit_limit.map(Into::into), determinism)
                .map(|_| ())
        }

        /// Removes a stored program image that no contract uses, and releases its deposit.
        ///
        /// The origin must be the account that uploaded it. Free of charge.
        ///
        /// # Errors
        /// `CodeNotFound`, `CodeInUse`, `BadOrigin`.
        ///
        /// # Events
        /// [`Event::CodeRemoved`].
        #[pallet::call_index(4)]
        #[pallet::weight(T::WeightInfo::remove_code())]
        pub fn remove_code(origin: OriginFor<T>, code_hash: CodeHash<T>) -> DispatchResultWithPostInfo {
            Migration::<T>::ensure_migrated()?;
            let origin = ensure_signed(origin)?;
            code::remove::<T>(&origin, code_hash)?;
            Ok(Pays::No.into())
        }

        /// Replaces the code of a contract. For root only.
        ///
        /// The contract's storage and deposit stay as they are.
        ///
        /// # Errors
        /// `ContractNotFound`, `CodeNotFound`.
        ///
        /// # Events
        /// [`Event::ContractCodeUpdated`].
        #[pallet::call_index(5)]
        #[pallet::weight(T::WeightInfo::set_code())]
        pub fn set_code(
            origin: OriginFor<T>,
            dest: AccountIdLookupOf<T>,
            code_hash: CodeHash<T>,
        ) -> DispatchResult {
            Migration::<T>::ensure_migrated()?;
            ensure_root(origin)?;
            let dest = T::Lookup::lookup(dest)?;
            Self::do_set_code(dest, code_hash)
        }

        /// Calls a contract, and transfers `value` to it.
        ///
        /// The origin is signed, or root if `value` is 0. `gas_limit` bounds what the execution may
        /// weigh, `storage_deposit_limit` the deposit for storage that may be held on the origin's behalf.
        ///
        /// # Errors
        /// `ContractNotFound`, `ContractReverted` when the contract asked for its changes to be
        /// undone, `ContractTrapped`, `OutOfGas`, `StorageDepositLimitExhausted`, `TransferFailed`,
        /// and whatever else ends a contract. All its changes are then undone, and the fee for the weight is kept.
        ///
        /// # Events
        /// Those of the contracts; [`Event::Called`];
        /// [`Event::StorageDepositTransferredAndHeld`] and
        /// [`Event::StorageDepositTransferredAndReleased`].
        #[pallet::call_index(6)]
        #[pallet::weight(T::WeightInfo::call().saturating_add(*gas_limit))]
        pub fn call(
            origin: OriginFor<T>,
            dest: AccountIdLookupOf<T>,
            #[pallet::compact] value: BalanceOf<T>,
            gas_limit: Weight,
            storage_deposit_limit: Option<<BalanceOf<T> as HasCompact>::Type>,
            data: Vec<u8>,
        ) -> DispatchResultWithPostInfo {
            Migration::<T>::ensure_migrated()?;
            let origin = Origin::from_runtime_origin(origin)?;
            let dest = T::Lookup::lookup(dest)?;
            Self::dispatch_call(origin, dest, value, gas_limit, storage_deposit_limit.map(Into::into), data)
        }

        /// Stores a program image and instantiates it.
        ///
        /// As [`Self::upload_code`] and [`Self::instantiate`] in one. The origin must satisfy both
        /// `UploadOrigin` and `InstantiateOrigin`; `storage_deposit_limit` bounds both deposits
        /// together.
        #[pallet::call_index(7)]
        #[pallet::weight(
            T::WeightInfo::instantiate_with_code(code.len() as u32, data.len() as u32, salt.len() as u32)
                .saturating_add(code::expansion_weight::<T>(code))
                .saturating_add(*gas_limit)
        )]
        pub fn instantiate_with_code(
            origin: OriginFor<T>,
            #[pallet::compact] value: BalanceOf<T>,
            gas_limit: Weight,
            storage_deposit_limit: Option<<BalanceOf<T> as HasCompact>::Type>,
            code: Vec<u8>,
            data: Vec<u8>,
            salt: Vec<u8>,
        ) -> DispatchResultWithPostInfo {
            Migration::<T>::ensure_migrated()?;
            // Both have to agree; the contract's deployer is the second one.
            let uploader = T::UploadOrigin::ensure_origin(origin.clone())?;
            let deployer = T::InstantiateOrigin::ensure_origin(origin)?;
            let limit = storage_deposit_limit.map(Into::into);
            Self::dispatch_instantiate_with_code(
                uploader, deployer, value, gas_limit, limit, code, data, salt,
            )
        }

        /// Instantiates a contract from stored code: runs its constructor with `data`, at a new account whose
        /// address is derived from the origin, the code, `data` and `salt`.
        ///
        /// The origin must satisfy `InstantiateOrigin`. It pays the existential deposit of the new
        /// account and the deposit for its storage.
        ///
        /// # Errors
        /// `CodeNotFound`, `DuplicateContract`, and those of [`Self::call`].
        ///
        /// # Events
        /// [`Event::Instantiated`], and those of [`Self::call`] but `Called`.
        #[pallet::call_index(8)]
        #[pallet::weight(
            T::WeightInfo::instantiate(data.len() as u32, salt.len() as u32).saturating_add(*gas_limit)
        )]
        pub fn instantiate(
            origin: OriginFor<T>,
            #[pallet::compact] value: BalanceOf<T>,
            gas_limit: Weight,
            storage_deposit_limit: Option<<BalanceOf<T> as HasCompact>::Type>,
            code_hash: CodeHash<T>,
            data: Vec<u8>,
            salt: Vec<u8>,
        ) -> DispatchResultWithPostInfo {
            Migration::<T>::ensure_migrated()?;
            let origin = T::InstantiateOrigin::ensure_origin(origin)?;
            let limit = storage_deposit_limit.map(Into::into);
            Self::dispatch_instantiate(origin, value, gas_limit, limit, code_hash, data, salt)
        }

        /// Performs steps of a pending storage migration.
        ///
        /// Anyone may call it; if any step was performed it is free of charge.
        ///
        /// # Errors
        /// `NoMigrationPerformed` when there is nothing to do.
        #[pallet::call_index(9)]
        #[pallet::weight(T::WeightInfo::migrate().saturating_add(*weight_limit))]
        pub fn migrate(origin: OriginFor<T>, weight_limit: Weight) -> DispatchResultWithPostInfo {
            ensure_signed(origin)?;
            Migration::<T>::dispatch(weight_limit)
        }
    }

    #[pallet::event]
    #[pallet::generate_deposit(pub(crate) fn deposit_event)]
    pub enum Event<T: Config> {
        /// A contract was instantiated, and its constructor did not fail.
        Instantiated {
            /// The account that instantiated it.
            deployer: T::AccountId,
            /// The new contract.
            contract: T::AccountId,
        },

        /// A contract removed itself. Nothing else ends a contract.
        Terminated {
            /// The terminated contract.
            contract: T::AccountId,
            /// The account that receives its remaining balance.
            beneficiary: T::AccountId,
        },

        /// New code was stored.
        CodeStored {
            /// Its hash.
            code_hash: T::Hash,
            /// The deposit that is held for it.
            deposit_held: BalanceOf<T>,
            /// The account on which it is held.
            uploader: T::AccountId,
        },

        /// A contract emitted an event. The record in `frame_system` carries the contract's topics.
        ContractEmitted {
            /// The contract.
            contract: T::AccountId,
            /// Its event, encoded as its metadata describes.
            data: Vec<u8>,
        },

        /// Stored code was removed.
        CodeRemoved {
            /// Its hash.
            code_hash: T::Hash,
            /// The deposit that was released.
            deposit_released: BalanceOf<T>,
            /// The account to which it was released.
            remover: T::AccountId,
        },

        /// The code of a contract was replaced.
        ContractCodeUpdated {
            /// The contract.
            contract: T::AccountId,
            /// Hash of the new code.
            new_code_hash: T::Hash,
            /// Hash of the previous code.
            old_code_hash: T::Hash,
        },

        /// A contract was called, by an account or by another contract, and did not fail.
        Called {
            /// The caller.
            caller: Origin<T>,
            /// The contract.
            contract: T::AccountId,
        },

        /// A contract executed other code on its own storage (a delegate call), and that did not fail.
        ///
        /// Only code is borrowed, so no other contract's address is involved.
        DelegateCalled {
            /// The contract that made the delegate call.
            contract: T::AccountId,
            /// The code.
            code_hash: CodeHash<T>,
        },

        /// A deposit was taken from `from` and is held on the contract.
        StorageDepositTransferredAndHeld {
            /// Who paid.
            from: T::AccountId,
            /// The contract.
            to: T::AccountId,
            /// How much.
            amount: BalanceOf<T>,
        },

        /// A deposit that was held on the contract was given back.
        StorageDepositTransferredAndReleased {
            /// The contract.
            from: T::AccountId,
            /// Who got it.
            to: T::AccountId,
            /// How much.
            amount: BalanceOf<T>,
        },
    }

    #[pallet::error]
    pub enum Error<T> {
        /// The schedule is not valid.
        InvalidSchedule,
        /// Flags of a call or of a return hold a bit that is not known, or one that does not go with
        /// this kind of call.
        InvalidCallFlags,
        /// The execution weighs more than the gas limit, or than what a block holds.
        OutOfGas,
        /// The contract offered a buffer too small for what it asked for.
        OutputBufferTooSmall,
        /// A transfer failed, most likely because the balance does not suffice.
        TransferFailed,
        /// Contracts called each other deeper than the chain allows.
        MaxCallDepthReached,
        /// There is no contract at the address.
        ContractNotFound,
        /// The code is longer than `MaxCodeLen`.
        CodeTooLarge,
        /// No code is stored under the hash. Upload it first.
        CodeNotFound,
        /// Nothing is known about the code of the hash.
        CodeInfoNotFound,
        /// The contract named memory that is not its own.
        OutOfBounds,
        /// The contract passed bytes that do not decode.
        DecodingFailed,
        /// The contract panicked or did what no program may. The debug text of a dry run says where.
        ContractTrapped,
        /// A storage value or an event is longer than the schedule's `payload_len`.
        ValueTooLarge,
        /// A contract that is being executed further down the call stack cannot be terminated.
        TerminatedWhileReentrant,
        /// The contract asked for its input after it had forwarded it.
        InputForwarded,
        /// The subject of `random` is longer than the schedule's `subject_len`.
        RandomSubjectTooLong,
        /// An event has more topics than the schedule's `event_topics`.
        TooManyTopics,
        /// The chain has no such extension.
        NoChainExtension,
        /// The contract passed an XCM that does not decode.
        XCMDecodeFailed,
        /// A contract with this deployer, code, input and salt exists already. Change the salt.
        DuplicateContract,
        /// A contract terminated itself in its constructor.
        TerminatedInConstructor,
        /// A contract was called again while it did not allow that, or a call of this pallet was
        /// dispatched from within a contract.
        ReentranceDenied,
        /// A call that must change nothing tried to change the state.
        StateChangeDenied,
        /// The origin cannot pay the deposit that is needed or that its limit allows.
        StorageDepositNotEnoughFunds,
        /// The deposit would exceed the limit. Offer more.
        StorageDepositLimitExhausted,
        /// The code is used by contracts.
        CodeInUse,
        /// The contract ran to its end and asked for its changes to be undone. What it returned says
        /// why; a dry run shows it.
        ContractReverted,
        /// The code is not a valid program. The debug text of a dry run that instantiates it and the node's log say
        /// why.
        CodeRejected,
        /// The code may behave differently from machine to machine, which is not allowed here.
        Indeterministic,
        /// The storage is being migrated. Try again some blocks later.
        MigrationInProgress,
        /// There was no migration to perform, or no weight for it.
        NoMigrationPerformed,
        /// The contract has locked as many delegate dependencies as it may.
        MaxDelegateDependenciesReached,
        /// The contract has not locked this delegate dependency.
        DelegateDependencyNotFound,
        /// The contract has locked this delegate dependency already.
        DelegateDependencyAlreadyExists,
        /// A contract cannot lock its own code as a delegate dependency.
        CannotAddSelfAsDelegateDependency,
        /// The call's transient storage is full.
        OutOfTransientStorage,
    }

    /// Why the pallet holds balance.
    #[pallet::composite_enum]
    pub enum HoldReason {
        /// For stored code, on the account that uploaded it.
        CodeUploadDepositReserve,
        /// For the storage of a contract, on the contract.
        StorageDepositReserve,
    }

    /// Program images by their hash. The key is a hash already, so it is not hashed again.
    #[pallet::storage]
    pub(crate) type PristineCode<T: Config> = StorageMap<_, Identity, CodeHash<T>, CodeVec<T>>;

    /// Who stored a code, what is held for it, and how many use it. Same key as [`PristineCode`].
    #[pallet::storage]
    pub(crate) type CodeInfoOf<T: Config> = StorageMap<_, Identity, CodeHash<T>, CodeInfo<T>>;

    /// Number of contracts ever instantiated. Each gets a different number, so that a contract that is
    /// instantiated again at the same address finds no storage of its predecessor.
    #[pallet::storage]
    pub(crate) type Nonce<T: Config> = StorageValue<_, u64, ValueQuery>;

    /// The contracts. Nobody can choose an account's address, so a fast hash suffices; it keeps the account
    /// readable from the key.
    #[pallet::storage]
    pub(crate) type ContractInfoOf<T: Config> = StorageMap<_, Twox64Concat, T::AccountId, ContractInfo<T>>;

    /// Child tries of terminated contracts that wait for deletion: a queue with rising numbers as keys.
    /// The pallet chooses the keys, so a fast hash suffices.
    #[pallet::storage]
    pub(crate) type DeletionQueue<T: Config> = StorageMap<_, Twox64Concat, u32, TrieId>;

    /// Both ends of the deletion queue: where the next trie is inserted, and which one is deleted next.
    #[pallet::storage]
    pub(crate) type DeletionQueueCounter<T: Config> = StorageValue<_, DeletionQueueManager<T>, ValueQuery>;

    /// The progress of a storage migration. Empty when none is under way.
    #[pallet::storage]
    pub(crate) type MigrationInProgress<T: Config> = StorageValue<_, migration::Cursor, OptionQuery>;
}

/// Who started a call.
///
/// Metadata calls it `Origin<Runtime>`, since that is its name in `pallet-contracts`: unlike elsewhere the parameter is
/// not skipped.
#[derive(Clone, Encode, Decode, DecodeWithMemTracking, PartialEq, TypeInfo, DebugNoBound)]
pub enum Origin<T: Config> {
    /// The chain itself. It has no account: it pays for nothing and can neither send value nor make
    /// contracts.
    Root,
    /// An account.
    Signed(T::AccountId),
}

impl<T: Config> Origin<T> {
    /// The account as an origin.
    pub fn from_account_id(account_id: T::AccountId) -> Self {
        Origin::Signed(account_id)
    }

    /// The origin of a dispatchable.
    ///
    /// # Errors
    /// `BadOrigin` when it is neither root nor signed.
    pub fn from_runtime_origin(origin: OriginFor<T>) -> Result<Self, DispatchError> {
        match origin.into() {
            Ok(frame_system::RawOrigin::Root) => Ok(Self::Root),
            Ok(frame_system::RawOrigin::Signed(account)) => Ok(Self::Signed(account)),
            _ => Err(sp_runtime::traits::BadOrigin.into()),
        }
    }

    /// The account.
    ///
    /// # Errors
    /// `RootNotAllowed` when there is none.
    pub fn account_id(&self) -> Result<&T::AccountId, DispatchError> {
        match self {
            Origin::Signed(account) => Ok(account),
            Origin::Root => Err(DispatchError::RootNotAllowed),
        }
    }
}

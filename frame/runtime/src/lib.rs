//! A runtime with the contracts pallet.
//!
//! **Problem.** Tests, the command line's embedded chain and the development node all need one chain, and clients of
//! `pallet-contracts` expect the one they know: `substrate-contracts-node`. So pallet indices, prices and limits follow
//! that node (0.42); where they differ, the reason stands next to the number.
//!
//! **Invariants.** It builds natively and for Wasm: nothing outside `cfg(feature = "std")` needs `std`. The order of
//! [`TxExtension`] and the pallet indices are part of every signed transaction and of every stored event; a change to
//! either raises [`VERSION`]'s `transaction_version`.

#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]
// FRAME's macros generate public items without documentation where they are called.
#![allow(missing_docs)]

extern crate alloc;

mod apis;
#[cfg(feature = "runtime-benchmarks")]
mod benchmarks;
pub mod config;
pub mod genesis;

pub use apis::RUNTIME_API_VERSIONS;
#[cfg(feature = "std")]
pub use apis::{api, RuntimeApi};
pub use polkadot_sdk::{pallet_balances, pallet_sudo, pallet_timestamp, pallet_utility};

use alloc::{borrow::Cow, vec::Vec};
use polkadot_sdk::*;
use sp_runtime::{
    generic,
    traits::{BlakeTwo256, IdentifyAccount, Verify},
    MultiAddress, MultiSignature,
};
use sp_version::RuntimeVersion;

/// How an account proves that it sent something: sr25519, ed25519 or ECDSA.
pub type Signature = MultiSignature;
/// An account: 32 bytes, as in ink!'s default environment.
pub type AccountId = <<Signature as Verify>::Signer as IdentifyAccount>::AccountId;
/// An amount in the smallest unit.
pub type Balance = u128;
/// The number of transactions that an account has made.
pub type Nonce = u32;
/// Blake2-256 everywhere.
pub type Hash = sp_core::H256;
/// A block's height.
pub type BlockNumber = u32;
/// An account as it is written in transactions.
pub type Address = MultiAddress<AccountId, ()>;
/// A block's header.
pub type Header = generic::Header<BlockNumber, BlakeTwo256>;
/// A block.
pub type Block = generic::Block<Header, UncheckedExtrinsic>;

/// What every signed transaction carries in addition to the call.
///
/// Clients of 2024 (subxt 0.35 and later) know all of these extensions, except those that encode to nothing; in
/// particular there is no `CheckMetadataHash`, which those clients cannot sign.
pub type TxExtension = (
    frame_system::CheckNonZeroSender<Runtime>,
    frame_system::CheckSpecVersion<Runtime>,
    frame_system::CheckTxVersion<Runtime>,
    frame_system::CheckGenesis<Runtime>,
    frame_system::CheckEra<Runtime>,
    frame_system::CheckNonce<Runtime>,
    frame_system::CheckWeight<Runtime>,
    pallet_transaction_payment::ChargeTransactionPayment<Runtime>,
);
/// A transaction, not yet checked.
pub type UncheckedExtrinsic = generic::UncheckedExtrinsic<Address, RuntimeCall, Signature, TxExtension>;
/// What a signature signs.
pub type SignedPayload = generic::SignedPayload<RuntimeCall, TxExtension>;
/// Executes blocks and transactions.
pub type Executive = frame_executive::Executive<
    Runtime,
    Block,
    frame_system::ChainContext<Runtime>,
    Runtime,
    AllPalletsWithSystem,
>;
/// An event, with the transaction of the block that emitted it.
pub type EventRecord = frame_system::EventRecord<RuntimeEvent, Hash>;

/// The name and version that clients and nodes compare.
#[sp_version::runtime_version]
pub const VERSION: RuntimeVersion = RuntimeVersion {
    spec_name: Cow::Borrowed("inkbpf"),
    impl_name: Cow::Borrowed("inkbpf"),
    authoring_version: 1,
    spec_version: 1,
    impl_version: 1,
    apis: RUNTIME_API_VERSIONS,
    transaction_version: 1,
    system_version: 1,
};

sp_runtime::impl_opaque_keys! {
    /// A validator's signing keys. A development chain has no validators.
    pub struct SessionKeys {
        /// For blocks, sr25519.
        pub aura: Aura,
        /// For finality, ed25519.
        pub grandpa: Grandpa,
    }
}

// The indices are those of substrate-contracts-node 0.42, so that `Contracts` is 8.
#[frame_support::runtime]
mod runtime {
    #[runtime::runtime]
    #[runtime::derive(
        RuntimeCall,
        RuntimeEvent,
        RuntimeError,
        RuntimeOrigin,
        RuntimeFreezeReason,
        RuntimeHoldReason,
        RuntimeSlashReason,
        RuntimeLockId,
        RuntimeTask,
        RuntimeViewFunction
    )]
    pub struct Runtime;

    #[runtime::pallet_index(0)]
    pub type System = frame_system::Pallet<Runtime>;
    #[runtime::pallet_index(1)]
    pub type RandomnessCollectiveFlip = pallet_insecure_randomness_collective_flip::Pallet<Runtime>;
    #[runtime::pallet_index(2)]
    pub type Utility = pallet_utility::Pallet<Runtime>;
    #[runtime::pallet_index(3)]
    pub type Timestamp = pallet_timestamp::Pallet<Runtime>;
    #[runtime::pallet_index(4)]
    pub type Balances = pallet_balances::Pallet<Runtime>;
    #[runtime::pallet_index(5)]
    pub type Authorship = pallet_authorship::Pallet<Runtime>;
    #[runtime::pallet_index(6)]
    pub type TransactionPayment = pallet_transaction_payment::Pallet<Runtime>;
    #[runtime::pallet_index(7)]
    pub type Sudo = pallet_sudo::Pallet<Runtime>;
    #[runtime::pallet_index(8)]
    pub type Contracts = pallet_contracts::Pallet<Runtime>;
    // In that node, 9 and 10 are other pallets.
    #[runtime::pallet_index(11)]
    pub type Aura = pallet_aura::Pallet<Runtime>;
    #[runtime::pallet_index(12)]
    pub type Grandpa = pallet_grandpa::Pallet<Runtime>;
}

#[cfg(test)]
mod tests {
    use super::*;
    use frame_support::traits::PalletInfoAccess;

    #[test]
    fn contracts_stand_where_clients_look() {
        assert_eq!((Contracts::index(), Contracts::name()), (8, "Contracts"));
        assert_eq!(<Balances as PalletInfoAccess>::index(), 4);
    }

    #[test]
    fn no_extension_needs_more_than_old_clients_can_sign() {
        use sp_runtime::traits::TransactionExtension;
        let known = [
            "CheckSpecVersion",
            "CheckTxVersion",
            "CheckGenesis",
            "CheckMortality",
            "CheckNonce",
            "ChargeTransactionPayment",
        ];
        for extension in <TxExtension as TransactionExtension<RuntimeCall>>::metadata() {
            let empty = |ty: scale_info::MetaType| match ty.type_info().type_def {
                scale_info::TypeDef::Tuple(tuple) => tuple.fields.is_empty(),
                scale_info::TypeDef::Composite(composite) => composite.fields.is_empty(),
                _ => false,
            };
            assert!(
                known.contains(&extension.identifier) || (empty(extension.ty) && empty(extension.implicit)),
                "{}",
                extension.identifier
            );
        }
    }

    #[test]
    fn metadata_comes_in_the_versions_clients_ask_for() {
        for version in [14, 15, 16] {
            assert!(Runtime::metadata_at_version(version).is_some(), "{version}");
        }
    }

    #[test]
    fn the_development_genesis_is_a_preset() {
        let id = sp_genesis_builder::PresetId::from(sp_genesis_builder::DEV_RUNTIME_PRESET);
        let json = genesis::preset(&id).expect("is there");
        let genesis: RuntimeGenesisConfig = serde_json::from_slice(&json).expect("reads back");
        assert_eq!(genesis.balances.balances.len(), 12);
    }
}

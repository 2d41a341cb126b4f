//! The runtime API of the pallet, for clients.

// The macro wraps each of these in functions with one more argument.
#![allow(clippy::too_many_arguments)]

use crate::{
    Code, CodeUploadResult, ContractExecResult, ContractInstantiateResult, Determinism, GetStorageResult,
};
use alloc::vec::Vec;
use codec::Codec;
use polkadot_sdk::*;
use sp_weights::Weight;

sp_api::decl_runtime_apis! {
    /// Dry runs, and a look into the storage of a contract.
    ///
    /// Nothing that is run here changes the state. `None` for a gas limit stands for all the weight of
    /// a block, `None` for a deposit limit for what the origin can pay, up to `DefaultDepositLimit`.
    #[api_version(2)]
    pub trait ContractsApi<AccountId, Balance, BlockNumber, Hash, EventRecord>
    where
        AccountId: Codec,
        Balance: Codec,
        BlockNumber: Codec,
        Hash: Codec,
        EventRecord: Codec,
    {
        /// What [`Pallet::call`](crate::Pallet::call) would do.
        fn call(
            origin: AccountId,
            dest: AccountId,
            value: Balance,
            gas_limit: Option<Weight>,
            storage_deposit_limit: Option<Balance>,
            input_data: Vec<u8>,
        ) -> ContractExecResult<Balance, EventRecord>;

        /// What [`Pallet::instantiate`](crate::Pallet::instantiate) or
        /// [`Pallet::instantiate_with_code`](crate::Pallet::instantiate_with_code) would do.
        fn instantiate(
            origin: AccountId,
            value: Balance,
            gas_limit: Option<Weight>,
            storage_deposit_limit: Option<Balance>,
            code: Code<Hash>,
            data: Vec<u8>,
            salt: Vec<u8>,
        ) -> ContractInstantiateResult<AccountId, Balance, EventRecord>;

        /// What [`Pallet::upload_code`](crate::Pallet::upload_code) would do.
        fn upload_code(
            origin: AccountId,
            code: Vec<u8>,
            storage_deposit_limit: Option<Balance>,
            determinism: Determinism,
        ) -> CodeUploadResult<Hash, Balance>;

        /// The value under a storage key of variable length (not hashed) of a contract.
        fn get_storage(address: AccountId, key: Vec<u8>) -> GetStorageResult;
    }
}

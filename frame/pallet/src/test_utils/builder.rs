//! Builders of the pallet's calls, with defaults for everything that a test need not care about.
//!
//! ```ignore
//! builder::bare_call::<Test>(ALICE, contract).value(100).data(vec![1]).build().result?;
//! ```

use super::GAS_LIMIT;
use crate::{
    AccountIdLookupOf, AccountIdOf, BalanceOf, Code, CodeHash, CollectEvents, Config, ContractExecResult,
    ContractInstantiateResult, DebugInfo, Determinism, EventRecordOf, Pallet,
};
use alloc::{vec, vec::Vec};
use codec::{Encode, HasCompact};
use core::fmt::Debug;
use frame_support::dispatch::DispatchResultWithPostInfo;
use frame_system::pallet_prelude::OriginFor;
use polkadot_sdk::*;
use scale_info::TypeInfo;
use sp_weights::Weight;

type CompactBalance<T> = <BalanceOf<T> as HasCompact>::Type;

/// A builder: a setter for each argument, and `build` to make the call.
macro_rules! builder {
    (
        $(#[$doc:meta])* $name:ident by ($($given:ident: $given_ty:ty),*):
        $function:ident($($field:ident: $ty:ty = $default:expr,)*) -> $result:ty
    ) => {
        $(#[$doc])*
        pub fn $function<T: Config>($($given: $given_ty),*) -> $name<T>
        where
            CompactBalance<T>: Clone + Eq + PartialEq + Debug + TypeInfo + Encode,
        {
            $name { $($field: $default,)* }
        }

        #[doc = concat!("Made by [`", stringify!($function), "`].")]
        pub struct $name<T: Config> {
            $($field: $ty,)*
        }

        #[allow(dead_code)]
        impl<T: Config> $name<T>
        where
            CompactBalance<T>: Clone + Eq + PartialEq + Debug + TypeInfo + Encode,
        {
            $(
                #[doc = concat!("Sets `", stringify!($field), "`.")]
                pub fn $field(mut self, value: $ty) -> Self {
                    self.$field = value;
                    self
                }
            )*

            /// Makes the call.
            pub fn build(self) -> $result {
                Pallet::<T>::$function($(self.$field),*)
            }
        }
    };
}

builder! {
    /// Begins a [`Pallet::call`].
    CallBuilder by (origin: OriginFor<T>, dest: AccountIdLookupOf<T>): call(
        origin: OriginFor<T> = origin,
        dest: AccountIdLookupOf<T> = dest,
        value: BalanceOf<T> = 0u32.into(),
        gas_limit: Weight = GAS_LIMIT,
        storage_deposit_limit: Option<CompactBalance<T>> = None,
        data: Vec<u8> = vec![],
    ) -> DispatchResultWithPostInfo
}

builder! {
    /// Begins a [`Pallet::instantiate_with_code`].
    InstantiateWithCodeBuilder by (origin: OriginFor<T>, code: Vec<u8>): instantiate_with_code(
        origin: OriginFor<T> = origin,
        value: BalanceOf<T> = 0u32.into(),
        gas_limit: Weight = GAS_LIMIT,
        storage_deposit_limit: Option<CompactBalance<T>> = None,
        code: Vec<u8> = code,
        data: Vec<u8> = vec![],
        salt: Vec<u8> = vec![],
    ) -> DispatchResultWithPostInfo
}

builder! {
    /// Begins a [`Pallet::instantiate`].
    InstantiateBuilder by (origin: OriginFor<T>, code_hash: CodeHash<T>): instantiate(
        origin: OriginFor<T> = origin,
        value: BalanceOf<T> = 0u32.into(),
        gas_limit: Weight = GAS_LIMIT,
        storage_deposit_limit: Option<CompactBalance<T>> = None,
        code_hash: CodeHash<T> = code_hash,
        data: Vec<u8> = vec![],
        salt: Vec<u8> = vec![],
    ) -> DispatchResultWithPostInfo
}

builder! {
    /// Begins a [`Pallet::bare_call`].
    BareCallBuilder by (origin: AccountIdOf<T>, dest: AccountIdOf<T>): bare_call(
        origin: AccountIdOf<T> = origin,
        dest: AccountIdOf<T> = dest,
        value: BalanceOf<T> = 0u32.into(),
        gas_limit: Weight = GAS_LIMIT,
        storage_deposit_limit: Option<BalanceOf<T>> = None,
        data: Vec<u8> = vec![],
        debug: DebugInfo = DebugInfo::UnsafeDebug,
        collect_events: CollectEvents = CollectEvents::Skip,
        determinism: Determinism = Determinism::Enforced,
    ) -> ContractExecResult<BalanceOf<T>, EventRecordOf<T>>
}

builder! {
    /// Begins a [`Pallet::bare_instantiate`].
    BareInstantiateBuilder by (origin: AccountIdOf<T>, code: Code<CodeHash<T>>): bare_instantiate(
        origin: AccountIdOf<T> = origin,
        value: BalanceOf<T> = 0u32.into(),
        gas_limit: Weight = GAS_LIMIT,
        storage_deposit_limit: Option<BalanceOf<T>> = None,
        code: Code<CodeHash<T>> = code,
        data: Vec<u8> = vec![],
        salt: Vec<u8> = vec![],
        debug: DebugInfo = DebugInfo::UnsafeDebug,
        collect_events: CollectEvents = CollectEvents::Skip,
    ) -> ContractInstantiateResult<AccountIdOf<T>, BalanceOf<T>, EventRecordOf<T>>
}

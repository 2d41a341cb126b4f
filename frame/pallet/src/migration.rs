//! Migrations of the storage from older layouts.
//!
//! A chain that begins with this pallet begins at the newest layout, and no older one has been
//! released: the sequence is empty. The call, the storage item and the types are there because clients
//! and runtimes name them, and so that a later layout has its place.

use crate::{Config, Error, MigrationInProgress, Pallet, WeightInfo};
use core::marker::PhantomData;
use frame_support::{
    dispatch::DispatchResultWithPostInfo,
    pallet_prelude::*,
    traits::{GetStorageVersion, OnRuntimeUpgrade},
};
use polkadot_sdk::*;

/// Position of a migration within the storage that it goes through.
pub type Cursor = BoundedVec<u8, ConstU32<1024>>;

/// The migrations that a runtime upgrade brings, each to the storage version after the one before.
///
/// `()` is the one sequence there is: none.
pub trait MigrateSequence: private::Sealed {
    /// Storage versions that it begins and ends with, when it has any.
    const VERSION_RANGE: Option<(u16, u16)>;
}

mod private {
    pub trait Sealed {}
    impl Sealed for () {}
}

impl MigrateSequence for () {
    const VERSION_RANGE: Option<(u16, u16)> = None;
}

/// Performs the migrations of the configuration.
pub struct Migration<T: Config>(PhantomData<T>);

impl<T: Config> Migration<T> {
    /// Whether a migration is under way.
    pub(crate) fn in_progress() -> bool {
        MigrationInProgress::<T>::exists()
    }

    /// # Errors
    /// `MigrationInProgress` when the storage is not of the newest layout throughout.
    pub(crate) fn ensure_migrated() -> DispatchResult {
        ensure!(!Self::in_progress(), Error::<T>::MigrationInProgress);
        Ok(())
    }

    /// The dispatchable: no migration is known, so none is performed.
    pub(crate) fn dispatch(_limit: Weight) -> DispatchResultWithPostInfo {
        let weight = T::WeightInfo::migrate();
        Err(frame_support::dispatch::DispatchErrorWithPostInfo {
            post_info: Some(weight).into(),
            error: Error::<T>::NoMigrationPerformed.into(),
        })
    }
}

/// On a runtime upgrade: says so where the storage is of an older layout, of which no way leads here.
///
/// A chain that had no contracts gets the newest storage version from FRAME itself.
impl<T: Config> OnRuntimeUpgrade for Migration<T> {
    fn on_runtime_upgrade() -> Weight {
        let on_chain = Pallet::<T>::on_chain_storage_version();
        if on_chain < crate::pallet::STORAGE_VERSION {
            log::warn!(
                target: crate::LOG_TARGET,
                "contracts have storage version {on_chain:?} and no migration is known to {:?}",
                crate::pallet::STORAGE_VERSION,
            );
        }
        T::DbWeight::get().reads(1)
    }
}

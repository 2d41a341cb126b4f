//! Migrations of the storage from older layouts.
//!
//! A chain that starts with this pallet starts at the newest layout, and no older one has been released: the sequence
//! is empty. The call, the storage item and the types exist because clients and runtimes refer to them, and so that a
//! later layout has its place.

use crate::{Config, Error, MigrationInProgress, Pallet, WeightInfo};
use core::marker::PhantomData;
use frame_support::{
    dispatch::DispatchResultWithPostInfo,
    pallet_prelude::*,
    traits::{GetStorageVersion, OnRuntimeUpgrade},
};
use polkadot_sdk::*;

/// Position of a migration in the storage that it iterates over.
pub type Cursor = BoundedVec<u8, ConstU32<1024>>;

/// The migrations of a runtime upgrade, each to the next storage version.
///
/// `()`, the empty sequence, is the only one.
pub trait MigrateSequence: private::Sealed {
    /// Its first and last storage version, if it has any.
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
    /// `MigrationInProgress` unless all of the storage has the newest layout.
    pub(crate) fn ensure_migrated() -> DispatchResult {
        ensure!(!Self::in_progress(), Error::<T>::MigrationInProgress);
        Ok(())
    }

    /// The dispatchable: no migration exists, so none is performed.
    pub(crate) fn dispatch(_limit: Weight) -> DispatchResultWithPostInfo {
        let weight = T::WeightInfo::migrate();
        Err(frame_support::dispatch::DispatchErrorWithPostInfo {
            post_info: Some(weight).into(),
            error: Error::<T>::NoMigrationPerformed.into(),
        })
    }
}

/// On a runtime upgrade: logs a warning if the storage has an older layout, since there is no migration from it.
///
/// On a chain without contracts so far, FRAME itself sets the newest storage version.
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

//! Functions that new code may not call. For old code they behave as they last did.

use super::{BalanceOfExt, CodeHashOfExt, Guest, Served, Stop};
use crate::{exec::Ext, price::Price, Error};
use codec::Encode;
use frame_support::ensure;
use frame_system::pallet_prelude::BlockNumberFor;
use polkadot_sdk::*;
use sp_runtime::traits::{Bounded, Zero};

impl<E: Ext> Guest<'_, E> {
    fn draw(
        &mut self,
        subject_ptr: u32,
        subject_len: u32,
    ) -> Result<(CodeHashOfExt<E>, BlockNumberFor<E::T>), Stop> {
        let _ = self.charge(Price::Random)?;
        ensure!(subject_len <= self.ext.schedule().limits.subject_len, Error::<E::T>::RandomSubjectTooLong);
        let subject = self.read(subject_ptr, subject_len)?;
        Ok(self.ext.random(&subject))
    }

    pub(super) fn random(
        &mut self,
        subject_ptr: u32,
        subject_len: u32,
        out_ptr: u32,
        out_len_ptr: u32,
    ) -> Served {
        let (number, _) = self.draw(subject_ptr, subject_len)?;
        self.write_output(out_ptr, out_len_ptr, &number.encode(), false, |_| None)?;
        Ok(0)
    }

    pub(super) fn random_v1(
        &mut self,
        subject_ptr: u32,
        subject_len: u32,
        out_ptr: u32,
        out_len_ptr: u32,
    ) -> Served {
        let drawn = self.draw(subject_ptr, subject_len)?;
        self.write_output(out_ptr, out_len_ptr, &drawn.encode(), false, |_| None)?;
        Ok(0)
    }

    /// There are no tombstones, so their deposit is zero.
    pub(super) fn tombstone_deposit(&mut self, out_ptr: u32, out_len_ptr: u32) -> Served {
        let _ = self.charge(Price::Balance)?;
        let deposit = BalanceOfExt::<E>::zero().encode();
        self.write_output(out_ptr, out_len_ptr, &deposit, false, |_| None)?;
        Ok(0)
    }

    /// There is no rent, so any amount of it is allowed.
    pub(super) fn rent_allowance(&mut self, out_ptr: u32, out_len_ptr: u32) -> Served {
        let _ = self.charge(Price::Balance)?;
        let allowance = BalanceOfExt::<E>::max_value().encode();
        self.write_output(out_ptr, out_len_ptr, &allowance, false, |_| None)?;
        Ok(0)
    }

    /// There is no rent to set, and nothing to restore.
    pub(super) fn no_rent(&mut self) -> Served {
        let _ = self.charge(Price::DebugMessage(0))?;
        Ok(0)
    }
}

//! Persistent storage.
//!
//! Each function exists for keys of exactly 32 bytes and for keys of any length; what they share is here once. A key
//! that is too long does not decode; a value that is too long is an error. Both end the contract.

use super::{code, Guest, Served, Stop};
use crate::{
    exec::Ext,
    price::Price,
    storage::{Key, WriteOutcome},
    Config, Error, SENTINEL,
};
use alloc::vec::Vec;
use frame_support::traits::Get;
use pallet_contracts_uapi::ReturnErrorCode;
use polkadot_sdk::*;

impl<E: Ext> Guest<'_, E> {
    /// The 32-byte key at `ptr`.
    fn fixed_key(&self, ptr: u32) -> Result<Key<E::T>, Stop> {
        Ok(Key::Fix(self.read_array(ptr)?))
    }

    /// The key of `len` bytes at `ptr`.
    pub(super) fn variable_key(&self, ptr: u32, len: u32) -> Result<Key<E::T>, Stop> {
        if len > <E::T as Config>::MaxStorageKeyLen::get() {
            return Err(Error::<E::T>::DecodingFailed.into());
        }
        let bytes: Vec<u8> = self.read(ptr, len)?;
        Key::try_from_var(bytes).map_err(|_| Error::<E::T>::DecodingFailed.into())
    }

    /// The value of `len` bytes at `ptr`.
    pub(super) fn value(&self, ptr: u32, len: u32) -> Result<Vec<u8>, Stop> {
        if len > self.ext.max_value_size() {
            return Err(Error::<E::T>::ValueTooLarge.into());
        }
        Ok(self.read(ptr, len)?)
    }

    pub(super) fn set_storage_fixed(&mut self, key_ptr: u32, value_ptr: u32, value_len: u32) -> Served {
        self.set_storage(|guest| guest.fixed_key(key_ptr), value_ptr, value_len)
    }

    pub(super) fn set_storage_variable(
        &mut self,
        key_ptr: u32,
        key_len: u32,
        value_ptr: u32,
        value_len: u32,
    ) -> Served {
        self.set_storage(|guest| guest.variable_key(key_ptr, key_len), value_ptr, value_len)
    }

    fn set_storage(
        &mut self,
        key: impl FnOnce(&Self) -> Result<Key<E::T>, Stop>,
        value_ptr: u32,
        value_len: u32,
    ) -> Served {
        let old = self.ext.max_value_size();
        let charged = self.charge(Price::SetStorage { new: value_len, old })?;
        let value = self.value(value_ptr, value_len)?;
        let key = key(self)?;
        let outcome = self.ext.set_storage(&key, Some(value), false)?;
        self.adjust(charged, Price::SetStorage { new: value_len, old: outcome.old_len() });
        Ok(outcome.old_len_with_sentinel().into())
    }

    pub(super) fn clear_storage_fixed(&mut self, key_ptr: u32) -> Served {
        self.clear_storage(|guest| guest.fixed_key(key_ptr))
    }

    pub(super) fn clear_storage_variable(&mut self, key_ptr: u32, key_len: u32) -> Served {
        self.clear_storage(|guest| guest.variable_key(key_ptr, key_len))
    }

    fn clear_storage(&mut self, key: impl FnOnce(&Self) -> Result<Key<E::T>, Stop>) -> Served {
        let charged = self.charge(Price::ClearStorage(self.ext.max_value_size()))?;
        let key = key(self)?;
        let outcome = self.ext.set_storage(&key, None, false)?;
        self.adjust(charged, Price::ClearStorage(outcome.old_len()));
        Ok(outcome.old_len_with_sentinel().into())
    }

    pub(super) fn get_storage_fixed(&mut self, key_ptr: u32, out_ptr: u32, out_len_ptr: u32) -> Served {
        self.get_storage(|guest| guest.fixed_key(key_ptr), out_ptr, out_len_ptr)
    }

    pub(super) fn get_storage_variable(
        &mut self,
        key_ptr: u32,
        key_len: u32,
        out_ptr: u32,
        out_len_ptr: u32,
    ) -> Served {
        self.get_storage(|guest| guest.variable_key(key_ptr, key_len), out_ptr, out_len_ptr)
    }

    fn get_storage(
        &mut self,
        key: impl FnOnce(&Self) -> Result<Key<E::T>, Stop>,
        out_ptr: u32,
        out_len_ptr: u32,
    ) -> Served {
        let charged = self.charge(Price::GetStorage(self.ext.max_value_size()))?;
        let key = key(self)?;
        let Some(value) = self.ext.get_storage(&key) else {
            self.adjust(charged, Price::GetStorage(0));
            return code(ReturnErrorCode::KeyNotFound);
        };
        self.adjust(charged, Price::GetStorage(value.len() as u32));
        self.write_output(out_ptr, out_len_ptr, &value, false, |_| None)?;
        code(ReturnErrorCode::Success)
    }

    pub(super) fn contains_storage_fixed(&mut self, key_ptr: u32) -> Served {
        self.contains_storage(|guest| guest.fixed_key(key_ptr))
    }

    pub(super) fn contains_storage_variable(&mut self, key_ptr: u32, key_len: u32) -> Served {
        self.contains_storage(|guest| guest.variable_key(key_ptr, key_len))
    }

    fn contains_storage(&mut self, key: impl FnOnce(&Self) -> Result<Key<E::T>, Stop>) -> Served {
        let charged = self.charge(Price::ContainsStorage(self.ext.max_value_size()))?;
        let key = key(self)?;
        let size = self.ext.get_storage_size(&key);
        self.adjust(charged, Price::ContainsStorage(size.unwrap_or(0)));
        Ok(size.unwrap_or(SENTINEL).into())
    }

    pub(super) fn take_storage(
        &mut self,
        key_ptr: u32,
        key_len: u32,
        out_ptr: u32,
        out_len_ptr: u32,
    ) -> Served {
        let charged = self.charge(Price::TakeStorage(self.ext.max_value_size()))?;
        let key = self.variable_key(key_ptr, key_len)?;
        let outcome = self.ext.set_storage(&key, None, true)?;
        self.adjust(charged, Price::TakeStorage(outcome.old_len()));
        self.hand_over(outcome, out_ptr, out_len_ptr)
    }

    /// Passes a taken value to the contract.
    pub(super) fn hand_over(&mut self, outcome: WriteOutcome, out_ptr: u32, out_len_ptr: u32) -> Served {
        match outcome {
            WriteOutcome::Taken(value) => {
                self.write_output(out_ptr, out_len_ptr, &value, false, |_| None)?;
                code(ReturnErrorCode::Success)
            }
            WriteOutcome::New | WriteOutcome::Overwritten(_) => code(ReturnErrorCode::KeyNotFound),
        }
    }
}

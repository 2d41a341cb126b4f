//! Storage that lives as long as the outermost call. Unstable.

use super::{code, Guest, Served};
use crate::{exec::Ext, price::Price, SENTINEL};
use pallet_contracts_uapi::ReturnErrorCode;

impl<E: Ext> Guest<'_, E> {
    pub(super) fn set_transient_storage(
        &mut self,
        key_ptr: u32,
        key_len: u32,
        value_ptr: u32,
        value_len: u32,
    ) -> Served {
        let old = self.ext.max_value_size();
        let charged = self.charge(Price::SetTransientStorage { new: value_len, old })?;
        let value = self.value(value_ptr, value_len)?;
        let key = self.variable_key(key_ptr, key_len)?;
        let outcome = self.ext.set_transient_storage(&key, Some(value), false)?;
        self.adjust(charged, Price::SetTransientStorage { new: value_len, old: outcome.old_len() });
        Ok(outcome.old_len_with_sentinel().into())
    }

    pub(super) fn clear_transient_storage(&mut self, key_ptr: u32, key_len: u32) -> Served {
        let charged = self.charge(Price::ClearTransientStorage(self.ext.max_value_size()))?;
        let key = self.variable_key(key_ptr, key_len)?;
        let outcome = self.ext.set_transient_storage(&key, None, false)?;
        self.adjust(charged, Price::ClearTransientStorage(outcome.old_len()));
        Ok(outcome.old_len_with_sentinel().into())
    }

    pub(super) fn get_transient_storage(
        &mut self,
        key_ptr: u32,
        key_len: u32,
        out_ptr: u32,
        out_len_ptr: u32,
    ) -> Served {
        let charged = self.charge(Price::GetTransientStorage(self.ext.max_value_size()))?;
        let key = self.variable_key(key_ptr, key_len)?;
        let Some(value) = self.ext.get_transient_storage(&key) else {
            self.adjust(charged, Price::GetTransientStorage(0));
            return code(ReturnErrorCode::KeyNotFound);
        };
        self.adjust(charged, Price::GetTransientStorage(value.len() as u32));
        self.write_output(out_ptr, out_len_ptr, &value, false, |_| None)?;
        code(ReturnErrorCode::Success)
    }

    pub(super) fn contains_transient_storage(&mut self, key_ptr: u32, key_len: u32) -> Served {
        let charged = self.charge(Price::ContainsTransientStorage(self.ext.max_value_size()))?;
        let key = self.variable_key(key_ptr, key_len)?;
        let size = self.ext.get_transient_storage_size(&key);
        self.adjust(charged, Price::ContainsTransientStorage(size.unwrap_or(0)));
        Ok(size.unwrap_or(SENTINEL).into())
    }

    pub(super) fn take_transient_storage(
        &mut self,
        key_ptr: u32,
        key_len: u32,
        out_ptr: u32,
        out_len_ptr: u32,
    ) -> Served {
        let charged = self.charge(Price::TakeTransientStorage(self.ext.max_value_size()))?;
        let key = self.variable_key(key_ptr, key_len)?;
        let outcome = self.ext.set_transient_storage(&key, None, true)?;
        self.adjust(charged, Price::TakeTransientStorage(outcome.old_len()));
        self.hand_over(outcome, out_ptr, out_len_ptr)
    }
}

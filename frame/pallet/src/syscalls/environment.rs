//! What a contract can learn about its call and its chain.

use super::{Guest, Served};
use crate::{exec::Ext, price::Price};
use alloc::vec::Vec;
use codec::Encode;
use polkadot_sdk::*;
use sp_weights::Weight;

impl<E: Ext> Guest<'_, E> {
    /// Charges, then writes the value that `value` gives.
    fn tell(
        &mut self,
        price: Price,
        out_ptr: u32,
        out_len_ptr: u32,
        value: impl FnOnce(&E) -> Vec<u8>,
    ) -> Served {
        let _ = self.charge(price)?;
        let value = value(self.ext);
        self.write_output(out_ptr, out_len_ptr, &value, false, |_| None)?;
        Ok(0)
    }

    pub(super) fn caller(&mut self, out_ptr: u32, out_len_ptr: u32) -> Served {
        let _ = self.charge(Price::Caller)?;
        // Root has no account.
        let caller = self.ext.caller().account_id()?.encode();
        self.write_output(out_ptr, out_len_ptr, &caller, false, |_| None)?;
        Ok(0)
    }

    pub(super) fn caller_is_origin(&mut self) -> Served {
        let _ = self.charge(Price::CallerIsOrigin)?;
        Ok(self.ext.caller_is_origin().into())
    }

    pub(super) fn caller_is_root(&mut self) -> Served {
        let _ = self.charge(Price::CallerIsRoot)?;
        Ok(self.ext.caller_is_root().into())
    }

    pub(super) fn address(&mut self, out_ptr: u32, out_len_ptr: u32) -> Served {
        self.tell(Price::Address, out_ptr, out_len_ptr, |ext| ext.address().encode())
    }

    pub(super) fn gas_left(&mut self, out_ptr: u32, out_len_ptr: u32) -> Served {
        self.tell(Price::GasLeft, out_ptr, out_len_ptr, |ext| ext.gas_meter().gas_left().ref_time().encode())
    }

    pub(super) fn weight_left(&mut self, out_ptr: u32, out_len_ptr: u32) -> Served {
        self.tell(Price::GasLeft, out_ptr, out_len_ptr, |ext| ext.gas_meter().gas_left().encode())
    }

    pub(super) fn balance(&mut self, out_ptr: u32, out_len_ptr: u32) -> Served {
        self.tell(Price::Balance, out_ptr, out_len_ptr, |ext| ext.balance().encode())
    }

    pub(super) fn value_transferred(&mut self, out_ptr: u32, out_len_ptr: u32) -> Served {
        self.tell(Price::ValueTransferred, out_ptr, out_len_ptr, |ext| ext.value_transferred().encode())
    }

    pub(super) fn now(&mut self, out_ptr: u32, out_len_ptr: u32) -> Served {
        self.tell(Price::Now, out_ptr, out_len_ptr, |ext| ext.now().encode())
    }

    pub(super) fn minimum_balance(&mut self, out_ptr: u32, out_len_ptr: u32) -> Served {
        self.tell(Price::MinimumBalance, out_ptr, out_len_ptr, |ext| ext.minimum_balance().encode())
    }

    pub(super) fn block_number(&mut self, out_ptr: u32, out_len_ptr: u32) -> Served {
        self.tell(Price::BlockNumber, out_ptr, out_len_ptr, |ext| ext.block_number().encode())
    }

    pub(super) fn weight_to_fee(&mut self, weight: Weight, out_ptr: u32, out_len_ptr: u32) -> Served {
        self.tell(Price::WeightToFee, out_ptr, out_len_ptr, |ext| ext.get_weight_price(weight).encode())
    }
}

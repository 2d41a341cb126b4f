//! Output of a contract: events, and text for debugging.

use super::{code, CodeHashOfExt, Guest, Served};
use crate::{exec::Ext, price::Price, Config, Error};
use alloc::vec::Vec;
use frame_support::{ensure, traits::Get};
use pallet_contracts_uapi::ReturnErrorCode;
use polkadot_sdk::*;

impl<E: Ext> Guest<'_, E> {
    pub(super) fn deposit_event(
        &mut self,
        topics_ptr: u32,
        topics_len: u32,
        data_ptr: u32,
        data_len: u32,
    ) -> Served {
        // The length of the encoded vector; the few bytes of its own length do not make a topic.
        let topics = topics_len / core::mem::size_of::<CodeHashOfExt<E>>() as u32;
        let _ = self.charge(Price::DepositEvent { topics, len: data_len })?;
        ensure!(data_len <= self.ext.max_value_size(), Error::<E::T>::ValueTooLarge);
        let topics: Vec<CodeHashOfExt<E>> = match topics_len {
            0 => Vec::new(),
            len => self.read_as_unbounded(topics_ptr, len)?,
        };
        ensure!(
            topics.len() <= self.ext.schedule().limits.event_topics as usize,
            Error::<E::T>::TooManyTopics
        );
        let data = self.read(data_ptr, data_len)?;
        self.ext.deposit_event(topics, data);
        Ok(0)
    }

    /// The text never makes a contract fail: it is dropped if it is not UTF-8, or if no text is kept.
    pub(super) fn debug_message(&mut self, str_ptr: u32, str_len: u32) -> Served {
        let len = str_len.min(<E::T as Config>::MaxDebugBufferLen::get());
        let _ = self.charge(Price::DebugMessage(len))?;
        if self.ext.debug_buffer_enabled() {
            let bytes = self.read(str_ptr, len)?;
            if let Ok(text) = core::str::from_utf8(&bytes) {
                self.ext.append_debug_buffer(text);
            }
        }
        code(ReturnErrorCode::Success)
    }
}

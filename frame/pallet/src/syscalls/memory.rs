//! Reads and writes the contract's memory.
//!
//! The contract chooses addresses and lengths. The engine checks every range; before memory is allocated for one, its
//! length is compared with the maximum that a contract can have.

use super::{Guest, Stop};
use crate::{exec::Ext, price::Price, Error, SENTINEL};
use alloc::{vec, vec::Vec};
use codec::{Decode, DecodeLimit};
use inkbpf_host::Instance;
use polkadot_sdk::*;
use sp_runtime::DispatchError;

/// Maximum nesting of values that a contract passes.
const MAX_DECODE_NESTING: u32 = 256;

impl<E: Ext> Guest<'_, E> {
    /// Fills `buffer` from `ptr`.
    ///
    /// # Errors
    /// `OutOfBounds`.
    pub(crate) fn read_into(&self, ptr: u32, buffer: &mut [u8]) -> Result<(), DispatchError> {
        self.instance.read(ptr, buffer).map_err(|_| Error::<E::T>::OutOfBounds.into())
    }

    /// `len` bytes at `ptr`.
    ///
    /// # Errors
    /// `OutOfBounds`.
    pub(crate) fn read(&self, ptr: u32, len: u32) -> Result<Vec<u8>, DispatchError> {
        // No region is larger: read-only data is part of the code, which is shorter.
        if len > self.ext.schedule().limits.max_memory_size() {
            return Err(Error::<E::T>::OutOfBounds.into());
        }
        let mut bytes = vec![0; len as usize];
        self.read_into(ptr, &mut bytes)?;
        Ok(bytes)
    }

    /// `N` bytes at `ptr`.
    ///
    /// # Errors
    /// `OutOfBounds`.
    pub(crate) fn read_array<const N: usize>(&self, ptr: u32) -> Result<[u8; N], DispatchError> {
        let mut bytes = [0; N];
        self.read_into(ptr, &mut bytes)?;
        Ok(bytes)
    }

    /// Decodes a value at `ptr`, however long it is.
    ///
    /// # Errors
    /// `OutOfBounds`, `DecodingFailed`.
    pub(crate) fn read_as<D: Decode>(&self, ptr: u32) -> Result<D, DispatchError> {
        let mut input = GuestInput { instance: &*self.instance, ptr, faulted: false };
        D::decode_with_depth_limit(MAX_DECODE_NESTING, &mut input).map_err(|_| {
            if input.faulted { Error::<E::T>::OutOfBounds } else { Error::<E::T>::DecodingFailed }.into()
        })
    }

    /// Decodes a value from exactly the `len` bytes at `ptr`.
    ///
    /// # Errors
    /// `OutOfBounds`, `DecodingFailed`.
    pub(crate) fn read_as_unbounded<D: Decode>(&self, ptr: u32, len: u32) -> Result<D, DispatchError> {
        let bytes = self.read(ptr, len)?;
        D::decode_all_with_depth_limit(MAX_DECODE_NESTING, &mut &bytes[..])
            .map_err(|_| Error::<E::T>::DecodingFailed.into())
    }

    /// Writes `bytes` at `ptr`.
    ///
    /// # Errors
    /// `OutOfBounds`.
    pub(crate) fn write(&mut self, ptr: u32, bytes: &[u8]) -> Result<(), DispatchError> {
        self.instance.write(ptr, bytes).map_err(|_| Error::<E::T>::OutOfBounds.into())
    }

    /// Writes `bytes` into the buffer at `out_ptr`, whose length is at `out_len_ptr` and becomes that of `bytes`.
    /// Charges `price` of the length.
    ///
    /// With `allow_skip`, a contract that does not want the bytes passes the sentinel as `out_ptr`.
    ///
    /// # Errors
    /// `OutputBufferTooSmall`, `OutOfBounds`, `OutOfGas`.
    pub(crate) fn write_output(
        &mut self,
        out_ptr: u32,
        out_len_ptr: u32,
        bytes: &[u8],
        allow_skip: bool,
        price: impl FnOnce(u32) -> Option<Price>,
    ) -> Result<(), Stop> {
        if allow_skip && out_ptr == SENTINEL {
            return Ok(());
        }
        let len = bytes.len() as u32;
        let capacity = u32::from_le_bytes(self.read_array(out_len_ptr)?);
        if capacity < len {
            return Err(Error::<E::T>::OutputBufferTooSmall.into());
        }
        if let Some(price) = price(len) {
            let _ = self.charge(price)?;
        }
        self.write(out_ptr, bytes)?;
        self.write(out_len_ptr, &len.to_le_bytes())?;
        Ok(())
    }
}

/// Guest memory from an address on, as a decoder reads it: only as far as the value extends.
struct GuestInput<'a> {
    instance: &'a dyn Instance,
    ptr: u32,
    faulted: bool,
}

impl codec::Input for GuestInput<'_> {
    fn remaining_len(&mut self) -> Result<Option<usize>, codec::Error> {
        Ok(None)
    }

    fn read(&mut self, into: &mut [u8]) -> Result<(), codec::Error> {
        let len = into.len() as u32;
        let read = self.instance.read(self.ptr, into);
        match (read, self.ptr.checked_add(len)) {
            (Ok(()), Some(next)) => {
                self.ptr = next;
                Ok(())
            }
            _ => {
                self.faulted = true;
                Err("out of bounds".into())
            }
        }
    }
}

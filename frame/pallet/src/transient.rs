//! Storage that lives as long as one outermost call.
//!
//! It follows the same transactions as the state: a failed frame's writes are undone. A journal records every write
//! that changes something, with the old value. A frame remembers the length of the journal when it began, and is undone
//! by returning to that length.
//!
//! There is no deposit for it, so its memory is bounded instead. The bound counts sizes rather than measuring memory,
//! so that it is the same on every machine:
//!
//! ```text
//! a write of a value          length of the value + length of the place + JOURNAL_ENTRY
//! and if the key is new       length of the place + VEC_HEADER
//! a write that removes        0
//! ```
//!
//! Overwriting counts again, because the journal keeps the old value. A frame's count is added to its parent's when it
//! succeeds, and dropped when it fails. A nested frame may use 15/16 of what its parent had left, so that the parent
//! always has something left to continue with.

use crate::{
    storage::{Key, WriteOutcome},
    AccountIdOf, Config, Error,
};
use alloc::{collections::BTreeMap, vec::Vec};
use codec::Encode;
use core::{marker::PhantomData, mem};
use frame_support::{ensure, DefaultNoBound};
use polkadot_sdk::*;
use sp_runtime::DispatchError;

/// Memory of a journal entry in addition to its bytes: two vectors and a flag.
const JOURNAL_ENTRY: u32 = 56;
/// Memory of a vector in addition to its bytes.
const VEC_HEADER: u32 = 24;

/// The storage of one outermost call.
#[derive(DefaultNoBound)]
pub struct TransientStorage<T: Config> {
    limit: u32,
    values: BTreeMap<Vec<u8>, Vec<u8>>,
    journal: Vec<Change>,
    frames: Vec<FrameUse>,
    _phantom: PhantomData<T>,
}

/// What a write replaced.
struct Change {
    place: Vec<u8>,
    before: Option<Vec<u8>>,
}

/// A frame's limit, its use, and where it began.
struct FrameUse {
    limit: u32,
    used: u32,
    checkpoint: usize,
}

impl<T: Config> TransientStorage<T> {
    /// Empty storage of at most `limit` bytes.
    pub fn new(limit: u32) -> Self {
        Self { limit, ..Default::default() }
    }

    /// A frame begins.
    pub fn start_transaction(&mut self) {
        let limit = match self.frames.last() {
            None => self.limit,
            Some(parent) => {
                let free = parent.limit.saturating_sub(parent.used);
                free - free / 16
            }
        };
        self.frames.push(FrameUse { limit, used: 0, checkpoint: self.journal.len() });
    }

    /// The newest frame succeeded.
    pub fn commit_transaction(&mut self) {
        if let Some(frame) = self.frames.pop() {
            match self.frames.last_mut() {
                Some(parent) => parent.used = parent.used.saturating_add(frame.used),
                None => self.journal.clear(),
            }
        }
    }

    /// The newest frame failed: undoes its writes, including those of its nested frames.
    pub fn rollback_transaction(&mut self) {
        if let Some(frame) = self.frames.pop() {
            while self.journal.len() > frame.checkpoint {
                if let Some(change) = self.journal.pop() {
                    match change.before {
                        Some(value) => self.values.insert(change.place, value),
                        None => self.values.remove(&change.place),
                    };
                }
            }
        }
    }

    /// The value of `account` under `key`.
    pub fn read(&self, account: &AccountIdOf<T>, key: &Key<T>) -> Option<Vec<u8>> {
        self.values.get(&Self::place(account, key)).cloned()
    }

    /// Length of the value of `account` under `key`.
    pub fn size(&self, account: &AccountIdOf<T>, key: &Key<T>) -> Option<u32> {
        self.values.get(&Self::place(account, key)).map(|value| value.len() as u32)
    }

    /// Writes a value, or removes it. A write that changes nothing is free.
    ///
    /// # Errors
    /// `OutOfTransientStorage` when the frame does not have that much left.
    pub fn write(
        &mut self,
        account: &AccountIdOf<T>,
        key: &Key<T>,
        value: Option<Vec<u8>>,
        take: bool,
    ) -> Result<WriteOutcome, DispatchError> {
        let place = Self::place(account, key);
        let before = self.values.get(&place);
        if before != value.as_ref() {
            if let Some(value) = &value {
                let len = place.len() as u32;
                let mut amount = (value.len() as u32).saturating_add(len).saturating_add(JOURNAL_ENTRY);
                if before.is_none() {
                    amount = amount.saturating_add(len).saturating_add(VEC_HEADER);
                }
                let frame = self.frames.last_mut().ok_or(Error::<T>::OutOfTransientStorage)?;
                let used = frame.used.saturating_add(amount);
                ensure!(used <= frame.limit, Error::<T>::OutOfTransientStorage);
                frame.used = used;
            }
            let before = match value {
                Some(value) => self.values.insert(place.clone(), value),
                None => self.values.remove(&place),
            };
            let outcome = outcome(before.as_ref(), take);
            self.journal.push(Change { place, before });
            return Ok(outcome);
        }
        Ok(outcome(before, take))
    }

    /// Bytes that the newest frame uses.
    #[cfg(test)]
    pub fn used(&self) -> u32 {
        self.frames.last().map_or(0, |frame| frame.used)
    }

    fn place(account: &AccountIdOf<T>, key: &Key<T>) -> Vec<u8> {
        let mut place = account.encode();
        place.append(&mut key.hash());
        place
    }
}

fn outcome(before: Option<&Vec<u8>>, take: bool) -> WriteOutcome {
    match before {
        None => WriteOutcome::New,
        Some(value) if take => WriteOutcome::Taken(value.clone()),
        Some(value) => WriteOutcome::Overwritten(value.len() as u32),
    }
}

const _: () = assert!(mem::size_of::<Change>() <= JOURNAL_ENTRY as usize);
const _: () = assert!(mem::size_of::<Vec<u8>>() <= VEC_HEADER as usize);

//! Deletes the storage of terminated contracts when blocks have weight to spare.
//!
//! A contract may have more keys than a block can delete, so its trie is put into a queue. The queue is a ring with two
//! wrapping counters: tries are added at one end and deleted from the other. `on_idle` deletes as many keys as its
//! weight allows; an unfinished trie stays at the head.

use crate::{Config, DeletionQueue, DeletionQueueCounter, TrieId, WeightInfo};
use codec::{Decode, Encode, MaxEncodedLen};
use core::marker::PhantomData;
use frame_support::{
    storage::child::{self, ChildInfo},
    weights::{Weight, WeightMeter},
    CloneNoBound, DefaultNoBound,
};
use polkadot_sdk::*;
use scale_info::TypeInfo;
use sp_io::KillStorageResult;

/// Where in the ring the next trie goes, and which is the next to delete.
///
/// The queue is empty when the two are equal. To hold 2³² tries at a time it would take more storage
/// than there is.
#[derive(Encode, Decode, TypeInfo, MaxEncodedLen, DefaultNoBound, CloneNoBound)]
#[cfg_attr(test, derive(Debug, PartialEq, Eq))]
#[scale_info(skip_type_params(T))]
pub struct DeletionQueueManager<T: Config> {
    pub(crate) insert_counter: u32,
    pub(crate) delete_counter: u32,
    pub(crate) _phantom: PhantomData<T>,
}

/// Puts a trie at the end of the queue.
pub fn enqueue<T: Config>(trie_id: TrieId) {
    DeletionQueueCounter::<T>::mutate(|queue| {
        DeletionQueue::<T>::insert(queue.insert_counter, trie_id);
        queue.insert_counter = queue.insert_counter.wrapping_add(1);
    });
}

/// The weight of deleting a key, and how many keys the weight left in `meter` allows.
pub fn deletion_budget<T: Config>(meter: &WeightMeter) -> (Weight, u32) {
    let per_key = T::WeightInfo::on_initialize_per_trie_key(1)
        .saturating_sub(T::WeightInfo::on_initialize_per_trie_key(0));
    // A weight of zero means that it was not measured: then delete no key, rather than all.
    let keys = meter.remaining().checked_div_per_component(&per_key).unwrap_or(0).min(u32::MAX.into()) as u32;
    (per_key, keys)
}

/// Deletes from the head of the queue as much as the weight of `meter` allows.
pub fn process_deletion_queue_batch<T: Config>(meter: &mut WeightMeter) {
    if meter.try_consume(T::WeightInfo::on_process_deletion_queue_batch()).is_err() {
        return;
    }
    let mut queue = DeletionQueueCounter::<T>::get();
    if queue.insert_counter == queue.delete_counter {
        return;
    }
    let (per_key, budget) = deletion_budget::<T>(meter);
    let mut left = budget;
    while left > 0 && queue.insert_counter != queue.delete_counter {
        let head = queue.delete_counter;
        let Some(trie_id) = DeletionQueue::<T>::get(head) else {
            // Every number between the counters has an entry; if one is missing, skip it.
            queue.delete_counter = head.wrapping_add(1);
            left -= 1;
            continue;
        };
        #[allow(deprecated)]
        let outcome = child::kill_storage(&ChildInfo::new_default(&trie_id), Some(left));
        match outcome {
            KillStorageResult::SomeRemaining(keys) => {
                left = left.saturating_sub(keys.max(1));
                break;
            }
            KillStorageResult::AllRemoved(keys) => {
                DeletionQueue::<T>::remove(head);
                queue.delete_counter = head.wrapping_add(1);
                // Even a trie without keys costs a look-up.
                left = left.saturating_sub(keys.max(1));
            }
        }
    }
    DeletionQueueCounter::<T>::set(queue);
    meter.consume(per_key.saturating_mul(u64::from(budget - left)));
}

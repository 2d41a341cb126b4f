//! A contract's record on the chain, and its own storage.
//!
//! A contract's data is in a child trie of its own. The trie's name is derived from the account and from a number that
//! no other contract ever gets. So a contract created again at the same address finds nothing of its predecessor, whose
//! trie may still wait for deletion.
//!
//! The place of a key in the trie depends on which of the two forms it has. The two never collide, because nobody finds
//! a fixed key whose hash equals a key of variable length preceded by its own hash:
//!
//! ```text
//! fixed, 32 bytes                     Blake2-256(key)
//! variable, up to MaxStorageKeyLen    Blake2-128(key) ++ key      from which the key can be read
//! ```

mod deletion;
pub mod meter;

pub use deletion::{process_deletion_queue_batch, DeletionQueueManager};

use crate::{
    code::{self, CodeInfo},
    AccountIdOf, BalanceOf, CodeHash, Config, ContractInfoOf, Error, TrieId, SENTINEL,
};
use alloc::vec::Vec;
use codec::{Decode, Encode, MaxEncodedLen};
use frame_support::{
    ensure,
    storage::child::{self, ChildInfo},
    BoundedBTreeMap, CloneNoBound, DebugNoBound, DefaultNoBound, EqNoBound, PartialEqNoBound,
};
use meter::{Diff, NestedMeter};
use polkadot_sdk::*;
use scale_info::TypeInfo;
use sp_io::hashing::{blake2_128, blake2_256};
use sp_runtime::{
    traits::{Hash, Saturating, Zero},
    BoundedVec, DispatchError,
};

/// What the chain knows about a contract.
#[derive(
    Encode, Decode, CloneNoBound, PartialEqNoBound, EqNoBound, DebugNoBound, TypeInfo, MaxEncodedLen,
)]
#[scale_info(skip_type_params(T))]
pub struct ContractInfo<T: Config> {
    /// Name of the child trie that holds its storage.
    pub trie_id: TrieId,
    /// The code it runs.
    pub code_hash: CodeHash<T>,
    /// Bytes of values in its storage. Keys do not count.
    pub(crate) storage_bytes: u32,
    /// Keys in its storage.
    pub(crate) storage_items: u32,
    /// What was deposited for `storage_bytes`, at the prices of the time.
    pub(crate) storage_byte_deposit: BalanceOf<T>,
    /// What was deposited for `storage_items`, at the prices of the time.
    pub(crate) storage_item_deposit: BalanceOf<T>,
    /// What was deposited for being a contract at all, without the existential deposit and without
    /// what the delegate dependencies cost.
    pub(crate) storage_base_deposit: BalanceOf<T>,
    /// Codes that must stay while this contract does, and what was deposited for each.
    pub(crate) delegate_dependencies: BoundedBTreeMap<CodeHash<T>, BalanceOf<T>, T::MaxDelegateDependencies>,
}

impl<T: Config> ContractInfo<T> {
    /// A new contract at `account`, the `nonce`th of the chain.
    ///
    /// # Errors
    /// `DuplicateContract` when there is one already.
    pub fn new(account: &AccountIdOf<T>, nonce: u64, code_hash: CodeHash<T>) -> Result<Self, DispatchError> {
        ensure!(!ContractInfoOf::<T>::contains_key(account), Error::<T>::DuplicateContract);
        let trie_id = (account, nonce).using_encoded(T::Hashing::hash).as_ref().to_vec();
        Ok(Self {
            trie_id: trie_id.try_into().expect("a hash is at most 64 bytes, a trie id may have 128; qed"),
            code_hash,
            storage_bytes: 0,
            storage_items: 0,
            storage_byte_deposit: Zero::zero(),
            storage_item_deposit: Zero::zero(),
            storage_base_deposit: Zero::zero(),
            delegate_dependencies: Default::default(),
        })
    }

    /// Its child trie.
    pub fn child_trie_info(&self) -> ChildInfo {
        ChildInfo::new_default(self.trie_id.as_ref())
    }

    /// All that is held on it for its storage, delegate dependencies left out.
    pub fn total_deposit(&self) -> BalanceOf<T> {
        self.storage_byte_deposit
            .saturating_add(self.storage_item_deposit)
            .saturating_add(self.storage_base_deposit)
    }

    /// The value under a key.
    pub fn read(&self, key: &Key<T>) -> Option<Vec<u8>> {
        child::get_raw(&self.child_trie_info(), &key.hash())
    }

    /// Length of the value under a key, in bytes.
    pub fn size(&self, key: &Key<T>) -> Option<u32> {
        child::len(&self.child_trie_info(), &key.hash())
    }

    /// Writes a value under a key, or removes it, and records the effect on the deposit in `meter`.
    ///
    /// With `take`, the old value itself is returned instead of its length.
    pub fn write(
        &self,
        key: &Key<T>,
        new: Option<&[u8]>,
        meter: Option<&mut NestedMeter<T>>,
        take: bool,
    ) -> WriteOutcome {
        let trie = &self.child_trie_info();
        let key = key.hash();
        let (old_len, old_value) = if take {
            let value = child::get_raw(trie, &key);
            (value.as_ref().map(|value| value.len() as u32), value)
        } else {
            (child::len(trie, &key), None)
        };
        if let Some(meter) = meter {
            meter.charge(&Diff::between(old_len, new.map(|value| value.len() as u32)));
        }
        match new {
            Some(value) => child::put_raw(trie, &key, value),
            None => child::kill(trie, &key),
        }
        match (old_len, old_value) {
            (None, _) => WriteOutcome::New,
            (Some(_), Some(value)) => WriteOutcome::Taken(value),
            (Some(len), None) => WriteOutcome::Overwritten(len),
        }
    }

    /// Sets the base deposit to what `code` now requires, and returns it.
    pub fn update_base_deposit(&mut self, code: &CodeInfo<T>) -> BalanceOf<T> {
        let own = Diff { bytes_added: self.encoded_size() as u32, items_added: 1, ..Default::default() };
        let own = own.charge_without_info::<T>();
        self.storage_base_deposit = own.saturating_add(code::lockup_deposit::<T>(code));
        self.storage_base_deposit
    }

    /// Records a delegate dependency and its deposit.
    ///
    /// # Errors
    /// `DelegateDependencyAlreadyExists`, `MaxDelegateDependenciesReached`.
    pub fn lock_delegate_dependency(
        &mut self,
        code_hash: CodeHash<T>,
        deposit: BalanceOf<T>,
    ) -> Result<(), DispatchError> {
        ensure!(
            !self.delegate_dependencies.contains_key(&code_hash),
            Error::<T>::DelegateDependencyAlreadyExists
        );
        self.delegate_dependencies
            .try_insert(code_hash, deposit)
            .map_err(|_| Error::<T>::MaxDelegateDependenciesReached)?;
        Ok(())
    }

    /// Removes a delegate dependency, and returns its deposit.
    ///
    /// # Errors
    /// `DelegateDependencyNotFound`.
    pub fn unlock_delegate_dependency(
        &mut self,
        code_hash: &CodeHash<T>,
    ) -> Result<BalanceOf<T>, DispatchError> {
        self.delegate_dependencies
            .remove(code_hash)
            .ok_or_else(|| Error::<T>::DelegateDependencyNotFound.into())
    }

    /// Queues the storage for gradual deletion in later blocks.
    pub fn queue_trie_for_deletion(&self) {
        deletion::enqueue::<T>(self.trie_id.clone());
    }

    /// The code of the contract at `account`, if there is one.
    pub fn load_code_hash(account: &AccountIdOf<T>) -> Option<CodeHash<T>> {
        ContractInfoOf::<T>::get(account).map(|info| info.code_hash)
    }
}

/// A key of a contract's storage.
pub enum Key<T: Config> {
    /// A key of exactly 32 bytes, from the syscalls that accept no others.
    Fix([u8; 32]),
    /// A key of any length.
    Var(BoundedVec<u8, T::MaxStorageKeyLen>),
}

impl<T: Config> Key<T> {
    /// A key of variable length.
    ///
    /// # Errors
    /// The bytes, if they are more than `MaxStorageKeyLen`.
    pub fn try_from_var(bytes: Vec<u8>) -> Result<Self, Vec<u8>> {
        bytes.try_into().map(Self::Var)
    }

    /// The longest possible key.
    pub fn longest() -> Self {
        let len = <T::MaxStorageKeyLen as frame_support::traits::Get<u32>>::get();
        Self::Var(BoundedVec::truncate_from(alloc::vec![0; len as usize]))
    }

    /// Its place in a trie.
    pub fn hash(&self) -> Vec<u8> {
        match self {
            Key::Fix(bytes) => blake2_256(bytes).to_vec(),
            Key::Var(bytes) => {
                let mut place = Vec::with_capacity(16 + bytes.len());
                place.extend_from_slice(&blake2_128(bytes));
                place.extend_from_slice(bytes);
                place
            }
        }
    }
}

/// What was there before a write.
#[cfg_attr(test, derive(Debug, PartialEq, Eq))]
pub enum WriteOutcome {
    /// Nothing.
    New,
    /// A value of this length.
    Overwritten(u32),
    /// This value, which was requested.
    Taken(Vec<u8>),
}

impl WriteOutcome {
    /// Length of the old value; 0 for none.
    pub fn old_len(&self) -> u32 {
        match self {
            Self::New => 0,
            Self::Overwritten(len) => *len,
            Self::Taken(value) => value.len() as u32,
        }
    }

    /// Length of the old value; the sentinel for none, so that a contract can tell it from an empty value.
    pub fn old_len_with_sentinel(&self) -> u32 {
        match self {
            Self::New => SENTINEL,
            _ => self.old_len(),
        }
    }
}

/// A frame's copy of the contract's record.
#[derive(DefaultNoBound)]
pub enum CachedContract<T: Config> {
    /// The current record.
    Cached(ContractInfo<T>),
    /// Another frame of the same contract has since changed the state.
    #[default]
    Invalidated,
    /// The contract no longer exists.
    Terminated,
}

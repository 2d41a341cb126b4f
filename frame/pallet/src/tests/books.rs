//! Invariants of a chain between calls: issuance, deposits, counts of users and of stored items.
//!
//! Storage is read directly, with separate types. The fuzz target, which is not part of the crate, includes this file
//! too.

use super::mock::*;
use crate::{test_utils::AccountId32, HoldReason};
use codec::{Decode, Encode};
use frame_support::{
    storage::child::{self, ChildInfo},
    Identity, Twox64Concat,
};
use polkadot_sdk::*;
use sp_core::H256;
use std::collections::BTreeMap;

/// What the chain knows about a contract.
#[derive(Clone, Debug, Encode, Decode)]
struct Contract {
    trie: Vec<u8>,
    code: H256,
    bytes: u32,
    items: u32,
    byte_deposit: u64,
    item_deposit: u64,
    base_deposit: u64,
    /// Codes that it locks, and the deposit for each.
    dependencies: BTreeMap<H256, u64>,
}

/// What the chain knows about a code.
#[derive(Clone, Debug, Encode, Decode)]
struct StoredCode {
    owner: AccountId32,
    #[codec(compact)]
    deposit: u64,
    #[codec(compact)]
    users: u64,
    determinism: u8,
    len: u32,
}

#[frame_support::storage_alias]
type ContractInfoOf = StorageMap<Contracts, Twox64Concat, AccountId32, Contract>;
#[frame_support::storage_alias]
type CodeInfoOf = StorageMap<Contracts, Identity, H256, StoredCode>;
#[frame_support::storage_alias]
type PristineCode = StorageMap<Contracts, Identity, H256, Vec<u8>>;

/// Asserts that all invariants hold. `issued` is the issuance at the start.
pub fn are_in_order(issued: u64) {
    assert_eq!(Balances::total_issuance(), issued);
    let mut held_on = BTreeMap::<AccountId32, u64>::new();
    let mut users = BTreeMap::<H256, u64>::new();
    for (account, contract) in ContractInfoOf::iter() {
        let deposits = contract.byte_deposit + contract.item_deposit + contract.base_deposit;
        held_on.insert(account, deposits + contract.dependencies.values().sum::<u64>());
        for code in contract.dependencies.keys().chain([&contract.code]) {
            *users.entry(*code).or_default() += 1;
        }
        // Everything stored is paid for. More may be counted than exists: a contract that is called back removes what
        // the call below it has stored, and what that call has stored is counted when it ends.
        let trie = ChildInfo::new_default(&contract.trie);
        let (mut key, mut items, mut bytes) = (vec![], 0u32, 0u32);
        while let Some(next) = sp_io::default_child_storage::next_key(trie.storage_key(), &key) {
            items += 1;
            bytes += child::len(&trie, &next).expect("the key was there");
            key = next;
        }
        assert!(contract.items >= items && contract.bytes >= bytes, "{contract:?}: {items}, {bytes}");
    }
    let mut held_for_codes = BTreeMap::<AccountId32, u64>::new();
    for (hash, code) in CodeInfoOf::iter() {
        assert_eq!(code.users, users.remove(&hash).unwrap_or(0), "{hash}");
        assert_eq!(PristineCode::get(hash).map(|bytes| bytes.len()), Some(code.len as usize), "{hash}");
        *held_for_codes.entry(code.owner).or_default() += code.deposit;
    }
    assert!(users.is_empty(), "no contract uses code that is not there: {users:?}");
    // Nothing else is held on any account, and terminated contracts hold nothing.
    for account in frame_system::Account::<Test>::iter_keys() {
        assert_eq!(held(&account), held_on.remove(&account).unwrap_or(0), "{account}");
        let for_codes = held_for(HoldReason::CodeUploadDepositReserve, &account);
        assert_eq!(for_codes, held_for_codes.remove(&account).unwrap_or(0), "{account}");
    }
    assert!(held_on.is_empty() && held_for_codes.is_empty(), "{held_on:?}, {held_for_codes:?}");
}

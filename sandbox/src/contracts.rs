//! Contracts on the sandbox: dry runs, transactions, and access to their storage.
//!
//! Arguments and results are bytes here: their meaning is in a contract's metadata, which the caller has.

use crate::{block::Transaction, InvalidTransaction, Sandbox};
use codec::{Compact, Decode, Encode};
use inkbpf_runtime::{AccountId, Address, Balance, EventRecord, Hash, Runtime, RuntimeCall, RuntimeEvent};
pub use pallet_contracts::{Code, StorageDeposit};
use pallet_contracts::{
    CodeUploadResult, ContractExecResult, ContractInstantiateResult, Determinism, GetStorageResult,
};
use polkadot_sdk::{
    frame_support::{storage::child, StorageHasher, Twox64Concat},
    sp_core::{sr25519, Pair},
    sp_io,
    sp_storage::ChildInfo,
    sp_weights::Weight,
};
use std::collections::BTreeMap;

type Contracts = pallet_contracts::Call<Runtime>;

/// Limits on what a call may use. `None` leaves it to the chain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Computation and proof. `None` in a dry run means all of a block.
    pub gas: Option<Weight>,
    /// Maximum deposit held for storage.
    pub deposit: Option<Balance>,
}

/// A constructor to run.
#[derive(Clone, Debug)]
pub struct Instantiate {
    /// The code, or the hash of stored code.
    pub code: Code<Hash>,
    /// Selector and arguments.
    pub data: Vec<u8>,
    /// Gives another address for the same code and arguments.
    pub salt: Vec<u8>,
    /// Value transferred to the contract.
    pub value: Balance,
    /// Its limits.
    pub limits: Limits,
}

/// A message to send.
#[derive(Clone, Debug)]
pub struct Call {
    /// The contract.
    pub contract: AccountId,
    /// Selector and arguments.
    pub data: Vec<u8>,
    /// Value transferred to the contract.
    pub value: Balance,
    /// Its limits.
    pub limits: Limits,
}

/// A contract's record as it is stored, with the fields of `pallet-contracts` 51.
#[derive(Clone, Debug, Decode, PartialEq, Eq)]
pub struct ContractRecord {
    /// Name of the child trie with its storage.
    pub trie_id: Vec<u8>,
    /// The code it runs.
    pub code_hash: Hash,
    /// Bytes of its values.
    pub storage_bytes: u32,
    /// Number of its keys.
    pub storage_items: u32,
    /// Deposit for the bytes.
    pub storage_byte_deposit: Balance,
    /// Deposit for the keys.
    pub storage_item_deposit: Balance,
    /// Deposit for the contract itself.
    pub storage_base_deposit: Balance,
    /// Codes that it keeps from being removed, and the deposit for each.
    pub delegate_dependencies: BTreeMap<Hash, Balance>,
}

/// A code's record as it is stored.
#[derive(Clone, Debug, Decode, PartialEq, Eq)]
pub struct CodeRecord {
    /// Who stored it, and may remove it.
    pub owner: AccountId,
    /// Deposit held on the owner for it.
    #[codec(compact)]
    pub deposit: Balance,
    /// How many contracts and locks use it.
    #[codec(compact)]
    pub refcount: u64,
    /// Has no meaning here.
    pub determinism: Determinism,
    /// Length in bytes.
    pub code_len: u32,
}

impl Sandbox {
    /// What uploading the code would do.
    pub fn dry_upload(
        &self,
        origin: &AccountId,
        code: Vec<u8>,
        deposit_limit: Option<Balance>,
    ) -> CodeUploadResult<Hash, Balance> {
        self.ask("ContractsApi_upload_code", (origin, code, deposit_limit, Determinism::Enforced))
    }

    /// What running the constructor would do.
    pub fn dry_instantiate(
        &self,
        origin: &AccountId,
        what: Instantiate,
    ) -> ContractInstantiateResult<AccountId, Balance, EventRecord> {
        let Instantiate { code, data, salt, value, limits } = what;
        self.ask("ContractsApi_instantiate", (origin, value, limits.gas, limits.deposit, code, data, salt))
    }

    /// What sending the message would do.
    pub fn dry_call(&self, origin: &AccountId, what: Call) -> ContractExecResult<Balance, EventRecord> {
        let Call { contract, data, value, limits } = what;
        self.ask("ContractsApi_call", (origin, contract, value, limits.gas, limits.deposit, data))
    }

    /// Stores a code.
    ///
    /// # Errors
    /// As for [`Sandbox::submit`]; likewise for the methods below.
    pub fn upload(
        &mut self,
        signer: &sr25519::Pair,
        code: Vec<u8>,
        deposit_limit: Option<Balance>,
    ) -> Result<Transaction, InvalidTransaction> {
        self.submit(signer, uploading(code, deposit_limit))
    }

    /// Removes a code that no contract uses.
    pub fn remove(
        &mut self,
        signer: &sr25519::Pair,
        code_hash: Hash,
    ) -> Result<Transaction, InvalidTransaction> {
        self.submit(signer, removing(code_hash))
    }

    /// Makes a contract. [`instantiated`] gets its account from the result. If `limits.gas` is `None`, a dry run
    /// determines it.
    pub fn instantiate(
        &mut self,
        signer: &sr25519::Pair,
        what: Instantiate,
    ) -> Result<Transaction, InvalidTransaction> {
        let call = self.instantiating(&signer.public().into(), what);
        self.submit(signer, call)
    }

    /// Sends a message. If `limits.gas` is `None`, a dry run determines it.
    pub fn call(&mut self, signer: &sr25519::Pair, what: Call) -> Result<Transaction, InvalidTransaction> {
        let call = self.calling(&signer.public().into(), what);
        self.submit(signer, call)
    }

    /// What [`Sandbox::instantiate`] sends.
    pub fn instantiating(&self, origin: &AccountId, what: Instantiate) -> RuntimeCall {
        let gas_limit = match what.limits.gas {
            Some(gas) => gas,
            None => self.dry_instantiate(origin, what.clone()).gas_required,
        };
        let Instantiate { code, data, salt, value, limits } = what;
        let storage_deposit_limit = limits.deposit.map(Compact);
        match code {
            Code::Upload(code) => {
                Contracts::instantiate_with_code { value, gas_limit, storage_deposit_limit, code, data, salt }
            }
            Code::Existing(code_hash) => {
                Contracts::instantiate { value, gas_limit, storage_deposit_limit, code_hash, data, salt }
            }
        }
        .into()
    }

    /// What [`Sandbox::call`] sends.
    pub fn calling(&self, origin: &AccountId, what: Call) -> RuntimeCall {
        let gas_limit = match what.limits.gas {
            Some(gas) => gas,
            None => self.dry_call(origin, what.clone()).gas_required,
        };
        let Call { contract, data, value, limits } = what;
        let storage_deposit_limit = limits.deposit.map(Compact);
        let dest = Address::Id(contract);
        Contracts::call { dest, value, gas_limit, storage_deposit_limit, data }.into()
    }

    /// The value under an unhashed key of a contract's storage.
    pub fn storage(&self, contract: &AccountId, key: &[u8]) -> GetStorageResult {
        self.ask("ContractsApi_get_storage", (contract, key))
    }

    /// All of a contract's storage: unhashed keys and values, in the order of the trie. `None` when there is no such
    /// contract. Keys of the old fixed form are stored only as a hash, and are returned as that hash.
    pub fn storage_entries(&self, contract: &AccountId) -> Option<Vec<(Vec<u8>, Vec<u8>)>> {
        let record = self.contract(contract)?;
        let trie = ChildInfo::new_default_from_vec(record.trie_id);
        Some(self.view(|| {
            let mut entries = Vec::new();
            let mut last = Vec::new();
            while let Some(key) = sp_io::default_child_storage::next_key(trie.storage_key(), &last) {
                let value = child::get_raw(&trie, &key).expect("the trie has this key; qed");
                entries.push((unhashed(&key), value));
                last = key;
            }
            entries
        }))
    }

    /// What the chain knows about a contract. `None` when there is none at the account.
    pub fn contract(&self, account: &AccountId) -> Option<ContractRecord> {
        self.raw(&contract_key(account)).map(|bytes| {
            ContractRecord::decode(&mut &bytes[..]).expect("the pallet stores it in this form; qed")
        })
    }

    /// All contracts.
    pub fn contracts(&self) -> Vec<AccountId> {
        let prefix = storage_prefix("Contracts", "ContractInfoOf");
        self.view(|| {
            let mut accounts = Vec::new();
            let mut last = prefix.clone();
            while let Some(key) = sp_io::storage::next_key(&last).filter(|key| key.starts_with(&prefix)) {
                // Twox64Concat: eight bytes of hash, then the key itself.
                let account = &key[prefix.len().saturating_add(8)..];
                accounts.push(AccountId::decode(&mut &account[..]).expect("keys are accounts; qed"));
                last = key;
            }
            accounts
        })
    }

    /// What the chain knows about a code.
    pub fn code_record(&self, hash: &Hash) -> Option<CodeRecord> {
        self.raw(&code_key("CodeInfoOf", hash))
            .map(|bytes| CodeRecord::decode(&mut &bytes[..]).expect("the pallet stores it in this form; qed"))
    }

    /// A stored code.
    pub fn code(&self, hash: &Hash) -> Option<Vec<u8>> {
        self.raw(&code_key("PristineCode", hash))
            .map(|bytes| Vec::decode(&mut &bytes[..]).expect("the pallet stores it in this form; qed"))
    }

    fn raw(&self, key: &[u8]) -> Option<Vec<u8>> {
        self.view(|| sp_io::storage::get(key).map(|bytes| bytes.to_vec()))
    }

    fn ask<R: Decode>(&self, method: &str, arguments: impl Encode) -> R {
        // In the next block, so that a contract sees the block number and time that a transaction would see.
        let answer = self
            .view_next(|| inkbpf_runtime::api::dispatch(method, &arguments.encode()))
            .expect("the runtime implements ContractsApi 2; qed");
        R::decode(&mut &answer[..]).expect("the API says what it returns; qed")
    }
}

/// What [`Sandbox::upload`] sends.
pub fn uploading(code: Vec<u8>, deposit_limit: Option<Balance>) -> RuntimeCall {
    let storage_deposit_limit = deposit_limit.map(Compact);
    Contracts::upload_code { code, storage_deposit_limit, determinism: Determinism::Enforced }.into()
}

/// What [`Sandbox::remove`] sends.
pub fn removing(code_hash: Hash) -> RuntimeCall {
    Contracts::remove_code { code_hash }.into()
}

/// Account of the contract that the transaction itself created.
pub fn instantiated(events: &[EventRecord]) -> Option<AccountId> {
    // A constructor may create contracts too; its own event comes after theirs.
    events.iter().rev().find_map(|record| match &record.event {
        RuntimeEvent::Contracts(pallet_contracts::Event::Instantiated { contract, .. }) => {
            Some(contract.clone())
        }
        _ => None,
    })
}

fn storage_prefix(pallet: &str, item: &str) -> Vec<u8> {
    polkadot_sdk::frame_support::storage::storage_prefix(pallet.as_bytes(), item.as_bytes()).to_vec()
}

fn contract_key(account: &AccountId) -> Vec<u8> {
    let mut key = storage_prefix("Contracts", "ContractInfoOf");
    key.extend(Twox64Concat::hash(&account.encode()));
    key
}

fn code_key(item: &str, hash: &Hash) -> Vec<u8> {
    let mut key = storage_prefix("Contracts", item);
    key.extend_from_slice(hash.as_bytes());
    key
}

/// A key as the contract gave it, from the key in the trie: Blake2-128, then the key.
fn unhashed(key: &[u8]) -> Vec<u8> {
    match key.split_at_checked(16) {
        Some((hash, rest)) if sp_io::hashing::blake2_128(rest) == hash => rest.to_vec(),
        _ => key.to_vec(),
    }
}

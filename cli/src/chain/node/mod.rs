//! A chain behind a node's JSON-RPC.
//!
//! **Problem.** The same commands have to work on the chain in this process and on any node. Calls, storage, events and
//! errors are therefore looked up by name in the metadata of the node's runtime ([`runtime`], [`pallet`]). From the
//! same metadata, subxt builds and signs transactions, which are then followed to their block ([`watch`]).
//!
//! **Invariants.** Nothing from a node is trusted: it is bounded ([`connection`]), checked before it is decoded
//! ([`scale`]), and shown without control characters. A secret never leaves [`sign`]. If a transaction may have been
//! sent, an error says so, with its hash.
//!
//! The old family of RPC methods is used (`state_…`, `chain_…`, `author_…`): all nodes with contracts have it, and
//! unlike the new one it reports a transaction that waits for another one.

mod connection;
mod pallet;
mod runtime;
mod scale;
mod sign;
mod watch;

use super::{
    no_such_key, signed, validity, Balance, Cells, Chain, CodeRecord, ContractRecord, DryRun, Event,
    Included, Money, Price, Ran, Transaction, Waiting,
};
use crate::registry::Registry;
use anyhow::{anyhow, bail, ensure, Context, Result};
use codec::{Compact, Decode, Encode};
use connection::{said, Connection, Failure};
use inkbpf_sandbox::{
    contracts::{Code, Instantiate, StorageDeposit},
    sp_core::{crypto::AccountId32, sr25519, Pair},
    sp_runtime::transaction_validity::TransactionValidity,
    Engine, Weight,
};
use runtime::{Runtime, API, CONTRACTS};
use sp_crypto_hashing::blake2_128;
use subxt::{
    rpcs::{methods::legacy::Bytes, rpc_params},
    utils::H256,
};

/// Number of keys per request. Values of contracts have at most 16 KiB.
const PAGE: usize = 128;
/// The prefix of child trie keys.
const CHILD_STORAGE: &[u8] = b":child_storage:default:";

/// A node.
pub struct Node {
    connection: Connection,
    runtime: Runtime,
    genesis: H256,
    money: Money,
    registry: Registry,
}

/// The newest block, which a fork may still revert.
#[derive(Clone, Copy, Debug)]
struct Head {
    hash: H256,
    number: u64,
}

#[derive(serde::Deserialize)]
struct HeaderAnswer {
    /// In hex.
    number: String,
}

impl Node {
    /// Connects to a node.
    ///
    /// # Errors
    /// When there is none, or it has no contracts.
    pub fn connect(url: &str, registry: Registry) -> Result<Self> {
        let connection = Connection::open(url)?;
        let genesis: Option<H256> = connection.request("chain_getBlockHash", rpc_params![0])?;
        let genesis =
            genesis.ok_or_else(|| anyhow!("the node at {} has no first block", connection.place()))?;
        let head: Option<H256> = connection.request("chain_getBlockHash", rpc_params![])?;
        let head = head.ok_or_else(|| anyhow!("the node at {} has no newest block", connection.place()))?;
        let runtime = Runtime::fetch(&connection, head)?;
        let properties = match connection.try_request("system_properties", rpc_params![]) {
            Ok(properties) => properties,
            Err(Failure::NoMethod) => serde_json::Map::new(),
            Err(failure) => return Err(connection.explain("system_properties", failure)),
        };
        let money = money(&properties)
            .with_context(|| format!("the node at {} reports invalid properties", connection.place()))?;
        Ok(Self { connection, runtime, genesis, money, registry })
    }

    fn head(&self) -> Result<Head> {
        let hash: Option<H256> = self.connection.request("chain_getBlockHash", rpc_params![])?;
        let hash = hash.ok_or_else(|| anyhow!("the node at {} has no newest block", self.place()))?;
        Ok(Head { hash, number: self.number(hash)? })
    }

    /// Height of a block.
    fn number(&self, hash: H256) -> Result<u64> {
        let header: Option<HeaderAnswer> = self.connection.request("chain_getHeader", rpc_params![hash])?;
        let header =
            header.ok_or_else(|| anyhow!("the node at {} does not know the block {hash:?}", self.place()))?;
        u64::from_str_radix(header.number.trim_start_matches("0x"), 16).map_err(|_| {
            anyhow!(
                "the node at {} reports the invalid number `{}` for the block {hash:?}",
                self.place(),
                said(&header.number)
            )
        })
    }

    /// Calls a function of the runtime at a block: SCALE in, SCALE out.
    fn state_call(&self, function: &str, arguments: &[u8], at: H256) -> Result<Vec<u8>> {
        let params = rpc_params![function, Bytes(arguments.to_vec()), at];
        let answer: Bytes = self
            .connection
            .request("state_call", params)
            .with_context(|| format!("cannot call `{function}`"))?;
        Ok(answer.0)
    }

    /// Calls a function of [`API`] at the newest block.
    fn ask<T: subxt::ext::scale_decode::DecodeAsType>(
        &self,
        method: &str,
        arguments: impl subxt::ext::frame_decode::helpers::IntoEncodableValues,
    ) -> Result<T> {
        self.ask_at(self.head()?.hash, method, arguments)
    }

    /// The same, at this block.
    fn ask_at<T: subxt::ext::scale_decode::DecodeAsType>(
        &self,
        at: H256,
        method: &str,
        arguments: impl subxt::ext::frame_decode::helpers::IntoEncodableValues,
    ) -> Result<T> {
        let arguments = self.runtime.arguments(method, arguments)?;
        let answer = self.state_call(&format!("{API}_{method}"), &arguments, at)?;
        self.runtime.answer(method, &answer)
    }

    /// Bytes of the state at a block, or at the newest one.
    fn raw(&self, key: &[u8], at: Option<H256>) -> Result<Option<Vec<u8>>> {
        let value: Option<Bytes> =
            self.connection.request("state_getStorage", rpc_params![Bytes(key.to_vec()), at])?;
        Ok(value.map(|bytes| bytes.0))
    }

    /// A value of a pallet's map at the newest block.
    fn stored<T: subxt::ext::scale_decode::DecodeAsType>(
        &self,
        pallet: &str,
        entry: &str,
        key: [u8; 32],
    ) -> Result<Option<T>> {
        let key = self.runtime.key(pallet, entry, (key,))?;
        let Some(bytes) = self.raw(&key, None)? else { return Ok(None) };
        self.runtime.stored(pallet, entry, &bytes).map(Some)
    }

    fn events(&self, runtime: &Runtime, records: &[pallet::EventRecord]) -> Result<Vec<Event>> {
        records.iter().map(|record| runtime.event(record)).collect()
    }

    /// Converts the runtime's answer about a run at a block.
    ///
    /// Its events usually begin with those of the block: the block's state keeps them until the next one.
    fn tried<Done>(
        &self,
        at: H256,
        run: pallet::Executed<Done>,
        ran: impl FnOnce(Done) -> Ran,
    ) -> Result<DryRun> {
        let records = run.events.unwrap_or_default();
        let own = if records.is_empty() { &records[..] } else { own(&records, &self.block_events(at)?) };
        Ok(DryRun {
            result: run.result.map(ran).map_err(|error| self.runtime.dispatch_error(&error)),
            gas_consumed: run.gas_consumed.into(),
            gas_required: run.gas_required.into(),
            deposit: signed(run.storage_deposit.into()),
            debug: run.debug_message,
            events: self.events(&self.runtime, own)?,
        })
    }

    /// The events of a block.
    fn block_events(&self, at: H256) -> Result<Vec<pallet::EventRecord>> {
        let key = self.runtime.key("System", "Events", ())?;
        let Some(bytes) = self.raw(&key, Some(at))? else { return Ok(Vec::new()) };
        self.runtime.stored("System", "Events", &bytes)
    }

    fn dry_instantiate(
        &self,
        at: H256,
        origin: &AccountId32,
        what: Instantiate,
    ) -> Result<pallet::Executed<pallet::Made>> {
        let Instantiate { code, data, salt, value, limits } = what;
        let gas = limits.gas.map(pallet::Gas::from);
        let code = pallet::Program::from(code);
        self.ask_at(at, "instantiate", (raw_account(origin), value, gas, limits.deposit, code, data, salt))
    }

    /// Signs a transaction that could be sent now.
    fn sign(&self, signer: &sr25519::Pair, transaction: Transaction) -> Result<sign::Signed> {
        let account = AccountId32::from(signer.public());
        let transaction = self.with_gas(&account, transaction)?;
        let head = self.head()?;
        let nonce = self.nonce(&account, head.hash)?;
        sign::sign(&self.runtime, self.genesis, (head.hash, head.number), nonce, signer, transaction)
    }

    /// Adds the gas that it takes, if no limit was set.
    fn with_gas(&self, account: &AccountId32, transaction: Transaction) -> Result<Transaction> {
        let limits = match &transaction {
            Transaction::Instantiate(what) => &what.limits,
            Transaction::Call(what) => &what.limits,
            Transaction::Upload { .. } | Transaction::Remove { .. } => return Ok(transaction),
        };
        if limits.gas.is_some() {
            return Ok(transaction);
        }
        let gas = Some(self.dry_run(account, transaction.clone())?.gas_required);
        Ok(match transaction {
            Transaction::Instantiate(mut what) => {
                what.limits.gas = gas;
                Transaction::Instantiate(what)
            }
            Transaction::Call(mut what) => {
                what.limits.gas = gas;
                Transaction::Call(what)
            }
            other => other,
        })
    }

    /// The nonce of the account's next transaction, after those that wait in the node's pool.
    fn nonce(&self, account: &AccountId32, at: H256) -> Result<u64> {
        const METHOD: &str = "system_accountNextIndex";
        match self.connection.try_request(METHOD, rpc_params![crate::account::address(account)]) {
            Ok(nonce) => Ok(nonce),
            Err(Failure::NoMethod) => {
                let bytes = self.state_call("AccountNonceApi_account_nonce", &account.encode(), at)?;
                // Its width depends on the runtime.
                ensure!(
                    bytes.len() <= 8,
                    "the node at {} returned an account nonce of {} bytes, but at most 8 are expected",
                    self.place(),
                    bytes.len()
                );
                Ok(bytes.iter().rev().fold(0, |nonce, byte| nonce << 8 | u64::from(*byte)))
            }
            Err(failure) => Err(self.connection.explain(METHOD, failure)),
        }
    }

    /// Fee of a signed transaction.
    fn fee_of(&self, transaction: &sign::Signed) -> Result<Balance> {
        let len = u32::try_from(transaction.bytes.len())?;
        let arguments = [&transaction.bytes[..], &len.to_le_bytes()].concat();
        let answer = self.state_call("TransactionPaymentApi_query_info", &arguments, transaction.at)?;
        // `RuntimeDispatchInfo`: weight, class, fee.
        let (_, _, _, fee) = <(Compact<u64>, Compact<u64>, u8, Balance)>::decode(&mut &answer[..])
            .with_context(|| self.runtime.differs("`TransactionPaymentApi_query_info`"))?;
        Ok(fee)
    }

    /// Checks that a block would accept the transaction, whose gas limit is `gas`.
    fn check_valid(
        &self,
        account: &AccountId32,
        transaction: &sign::Signed,
        gas: Option<Weight>,
    ) -> Result<()> {
        const EXTERNAL: u8 = 2;
        let arguments = [&[EXTERNAL], &transaction.bytes[..], transaction.at.as_bytes()].concat();
        let answer =
            self.state_call("TaggedTransactionQueue_validate_transaction", &arguments, transaction.at)?;
        let validity = TransactionValidity::decode(&mut &answer[..])
            .with_context(|| self.runtime.differs("`TaggedTransactionQueue_validate_transaction`"))?;
        if let Err(error) = validity {
            let len = transaction.bytes.len();
            bail!(validity::advice(
                &error,
                len,
                gas,
                self.fee_of(transaction)?,
                self.balance(account)?,
                &self.money
            ));
        }
        Ok(())
    }

    /// The outcome of a transaction in a block.
    fn included(&self, transaction: &sign::Signed, block: H256) -> Result<Included> {
        #[derive(serde::Deserialize)]
        struct BlockAnswer {
            block: Extrinsics,
        }
        #[derive(serde::Deserialize)]
        struct Extrinsics {
            extrinsics: Vec<Extrinsic>,
        }
        #[derive(serde::Deserialize)]
        #[serde(untagged)]
        enum Extrinsic {
            Hex(Bytes),
            /// How a node that knows its runtime's types writes them.
            Numbers(Vec<u8>),
        }
        let body: Option<BlockAnswer> = self.connection.request("chain_getBlock", rpc_params![block])?;
        let body = body.ok_or_else(|| anyhow!("the node no longer knows the block {block:?}"))?;
        let index = body.block.extrinsics.iter().position(|extrinsic| match extrinsic {
            Extrinsic::Hex(Bytes(bytes)) | Extrinsic::Numbers(bytes) => *bytes == transaction.bytes,
        });
        let index = index.ok_or_else(|| anyhow!("the block {block:?} does not contain it"))?;
        let index = u32::try_from(index)?;
        // The runtime may have changed since the command began.
        let newer = Runtime::changed(&self.connection, block, &self.runtime)?;
        let runtime = newer.as_ref().unwrap_or(&self.runtime);
        let key = runtime.key("System", "Events", ())?;
        let bytes = self.raw(&key, Some(block))?.unwrap_or_else(|| vec![0]);
        let records: Vec<pallet::EventRecord> = runtime.stored("System", "Events", &bytes)?;
        let records: Vec<_> = records
            .into_iter()
            .filter(|record| record.phase == pallet::Phase::ApplyExtrinsic(index))
            .collect();
        let mut result = None;
        let mut fee = 0;
        for record in &records {
            match runtime.known_event(record) {
                Some(pallet::KnownEvent::System(pallet::SystemEvent::ExtrinsicSuccess {})) => {
                    result = Some(Ok(()))
                }
                Some(pallet::KnownEvent::System(pallet::SystemEvent::ExtrinsicFailed { dispatch_error })) => {
                    result = Some(Err(runtime.dispatch_error(&dispatch_error)));
                }
                Some(pallet::KnownEvent::TransactionPayment(
                    pallet::TransactionPaymentEvent::TransactionFeePaid { actual_fee },
                )) => fee = actual_fee,
                _ => {}
            }
        }
        Ok(Included {
            block: u32::try_from(self.number(block)?)?,
            block_hash: block.0,
            hash: transaction.hash.0,
            result: result.context("the block has no event that says whether it succeeded")?,
            fee,
            events: self.events(runtime, &records)?,
        })
    }

    /// The first `limit` keys after `after`, page by page, and whether there are more. `page` requests this many keys
    /// after a key.
    fn paged(
        &self,
        limit: usize,
        after: Option<Vec<u8>>,
        prefix: &[u8],
        mut page: impl FnMut(usize, Option<Bytes>) -> Result<Vec<Bytes>>,
    ) -> Result<(Vec<Vec<u8>>, bool)> {
        let mut keys: Vec<Vec<u8>> = Vec::new();
        let mut last = after;
        loop {
            // Requesting one more than needed shows whether there are more.
            let wanted = limit.saturating_add(1).saturating_sub(keys.len()).min(PAGE);
            let found = page(wanted, last.clone().map(Bytes))?;
            let count = found.len();
            for key in found {
                let grows = last.as_ref().is_none_or(|last| *last < key.0);
                ensure!(
                    grows && key.starts_with(prefix),
                    "the node at {} lists keys that were not requested, or lists them twice",
                    self.place()
                );
                last = Some(key.0.clone());
                keys.push(key.0);
            }
            if count < wanted || keys.len() > limit {
                let more = keys.len() > limit;
                keys.truncate(limit);
                return Ok((keys, more));
            }
        }
    }
}

impl Chain for Node {
    fn place(&self) -> String {
        self.connection.place().to_owned()
    }

    fn registry(&self) -> &Registry {
        &self.registry
    }

    fn is_shared(&self) -> bool {
        true
    }

    fn check_writable(&mut self) -> Result<()> {
        Ok(())
    }

    fn set_engine(&mut self, _: Engine) -> Result<()> {
        bail!(
            "--engine is for the embedded chain only: the engine of a node is chosen when the node is started"
        )
    }

    fn money(&self) -> &Money {
        &self.money
    }

    fn dry_run(&self, origin: &AccountId32, transaction: Transaction) -> Result<DryRun> {
        match transaction {
            Transaction::Upload { code, deposit_limit } => {
                let arguments =
                    (raw_account(origin), code.clone(), deposit_limit, pallet::Determinism::Enforced);
                let uploaded: Result<pallet::Uploaded, scale::Raw> = self.ask("upload_code", arguments)?;
                let (result, deposit, debug) = match uploaded {
                    Ok(uploaded) => {
                        let ran = Ran { data: uploaded.code_hash.to_vec(), ..Default::default() };
                        (Ok(ran), signed(StorageDeposit::Charge(uploaded.deposit)), Vec::new())
                    }
                    Err(error) => {
                        // An upload has no debug text; instantiating the same code gives the reason.
                        let what = Instantiate {
                            code: Code::Upload(code),
                            data: Vec::new(),
                            salt: Vec::new(),
                            value: 0,
                            limits: Default::default(),
                        };
                        let debug = self.dry_instantiate(self.head()?.hash, origin, what)?.debug_message;
                        (Err(self.runtime.dispatch_error(&error)), 0, debug)
                    }
                };
                let gas = Weight::zero();
                Ok(DryRun {
                    result,
                    gas_consumed: gas,
                    gas_required: gas,
                    deposit,
                    debug,
                    events: Vec::new(),
                })
            }
            Transaction::Instantiate(what) => {
                let at = self.head()?.hash;
                let ran = self.dry_instantiate(at, origin, what)?;
                self.tried(at, ran, |made| Ran {
                    reverted: made.result.did_revert(),
                    data: made.result.data,
                    contract: Some(made.account_id.into()),
                })
            }
            Transaction::Call(what) => {
                let gas = what.limits.gas.map(pallet::Gas::from);
                let contract = raw_account(&what.contract);
                let arguments =
                    (raw_account(origin), contract, what.value, gas, what.limits.deposit, what.data);
                let at = self.head()?.hash;
                let ran: pallet::Executed<pallet::Returned> = self.ask_at(at, "call", arguments)?;
                self.tried(at, ran, |returned| Ran {
                    reverted: returned.did_revert(),
                    data: returned.data,
                    contract: None,
                })
            }
            Transaction::Remove { .. } => {
                bail!("a removal cannot be tried first: the chain has no dry run for it")
            }
        }
    }

    fn fee(&self, signer: &sr25519::Pair, transaction: Transaction) -> Result<Balance> {
        self.fee_of(&self.sign(signer, transaction)?)
    }

    fn minimum_balance(&self) -> Result<Balance> {
        self.runtime.constant("Balances", "ExistentialDeposit")
    }

    fn price(&self, signer: &sr25519::Pair, mut transaction: Transaction) -> Result<Option<Price>> {
        let account = AccountId32::from(signer.public());
        match &mut transaction {
            Transaction::Upload { deposit_limit, .. } => *deposit_limit = None,
            Transaction::Instantiate(what) => what.limits.deposit = None,
            Transaction::Call(what) => what.limits.deposit = None,
            Transaction::Remove { .. } => return Ok(None),
        }
        // With the actual balance: a node offers no other to try with.
        let run = self.dry_run(&account, transaction.clone())?;
        if run.result.is_err() {
            return Ok(None);
        }
        let deposit = Balance::try_from(run.deposit).unwrap_or(0);
        let minimum = self.minimum_balance()?;
        let makes = matches!(transaction, Transaction::Instantiate(_));
        let left = minimum.saturating_mul(match makes {
            // As on the embedded chain: deposits leave the minimum balance untouched.
            true => 3,
            false if deposit > 0 => 2,
            false => 1,
        });
        let value = transaction.value();
        let fee = self.fee(signer, transaction)?;
        Ok(Some(Price { value, deposit, accounts: if makes { minimum } else { 0 }, fee, left }))
    }

    fn submit(
        &mut self,
        signer: &sr25519::Pair,
        transaction: Transaction,
        waiting: Waiting,
        progress: &mut dyn FnMut(&str),
    ) -> Result<Included> {
        let gas = transaction.gas();
        let transaction = self.sign(signer, transaction)?;
        self.check_valid(&signer.public().into(), &transaction, gas)?;
        let block = watch::send(&self.connection, &transaction, waiting, progress)?;
        self.included(&transaction, block).with_context(|| {
            format!(
                "the transaction {:?} is in the block {block:?}, but its outcome cannot be determined",
                transaction.hash
            )
        })
    }

    fn balance(&self, account: &AccountId32) -> Result<Balance> {
        let info: Option<pallet::AccountInfo> = self.stored("System", "Account", raw_account(account))?;
        Ok(info.map_or(0, |info| info.data.free))
    }

    fn contract(&self, account: &AccountId32) -> Result<Option<ContractRecord>> {
        let info: Option<pallet::ContractInfo> =
            self.stored(CONTRACTS, "ContractInfoOf", raw_account(account))?;
        Ok(info.map(|info| ContractRecord {
            trie_id: info.trie_id,
            code_hash: info.code_hash.into(),
            storage_bytes: info.storage_bytes,
            storage_items: info.storage_items,
            storage_byte_deposit: info.storage_byte_deposit,
            storage_item_deposit: info.storage_item_deposit,
            storage_base_deposit: info.storage_base_deposit,
            delegate_dependencies: info
                .delegate_dependencies
                .into_iter()
                .map(|(hash, deposit)| (hash.into(), deposit))
                .collect(),
        }))
    }

    fn contracts(&self, limit: usize) -> Result<(Vec<AccountId32>, bool)> {
        let prefix = Runtime::prefix(CONTRACTS, "ContractInfoOf");
        let at = self.head()?.hash;
        let (keys, more) = self.paged(limit, None, &prefix, |count, after| {
            let params = rpc_params![Bytes(prefix.to_vec()), count, after, at];
            self.connection.request("state_getKeysPaged", params)
        })?;
        let accounts = keys
            .iter()
            // The account itself follows the prefix and a hash.
            .map(|key| key.last_chunk::<32>().filter(|_| key.len() >= 64).copied())
            .map(|account| account.map(AccountId32::from))
            .collect::<Option<Vec<_>>>()
            .with_context(|| self.runtime.differs("the storage `Contracts.ContractInfoOf`"))?;
        Ok((accounts, more))
    }

    fn code_record(&self, code_hash: [u8; 32]) -> Result<Option<CodeRecord>> {
        let info: Option<pallet::CodeInfo> = self.stored(CONTRACTS, "CodeInfoOf", code_hash)?;
        Ok(info.map(|info| CodeRecord {
            owner: info.owner.into(),
            deposit: info.deposit,
            refcount: info.refcount,
            determinism: pallet_contracts::Determinism::Enforced,
            code_len: info.code_len,
        }))
    }

    fn code(&self, code_hash: [u8; 32]) -> Result<Option<Vec<u8>>> {
        self.stored(CONTRACTS, "PristineCode", code_hash)
    }

    fn storage(&self, account: &AccountId32, after: Option<&[u8]>, limit: usize) -> Result<Cells> {
        let record = self.contract(account)?.context("there is no such contract")?;
        let trie = Bytes([CHILD_STORAGE, &record.trie_id].concat());
        let at = self.head()?.hash;
        let values = |keys: &[Vec<u8>]| -> Result<Vec<Option<Bytes>>> {
            let keys: Vec<Bytes> = keys.iter().cloned().map(Bytes).collect();
            let values: Vec<Option<Bytes>> =
                self.connection.request("childstate_getStorageEntries", rpc_params![&trie, &keys, at])?;
            ensure!(
                values.len() == keys.len(),
                "the node at {} returned {} values for {} keys",
                self.place(),
                values.len(),
                keys.len()
            );
            Ok(values)
        };
        // Stored keys are preceded by their hash; those of the old form are only a hash.
        let after = match after {
            Some(key) => {
                let forms = [[&blake2_128(key)[..], key].concat(), key.to_vec()];
                let there = values(&forms)?;
                let found = forms.into_iter().zip(there).find(|(_, value)| value.is_some());
                Some(found.ok_or_else(|| no_such_key(key))?.0)
            }
            None => None,
        };
        let (keys, more) = self.paged(limit, after, &[], |count, after| {
            let params = rpc_params![&trie, "0x", count, after, at];
            self.connection.request("childstate_getKeysPaged", params)
        })?;
        let mut cells = Vec::new();
        for page in keys.chunks(PAGE) {
            for (key, value) in page.iter().zip(values(page)?) {
                let value = value.with_context(|| {
                    format!("the node at {} lists a key but has no value for it", self.place())
                })?;
                cells.push((unhashed(key), value.0));
            }
        }
        Ok(Cells { cells, more })
    }
}

/// The events of a run itself, without those of its block, if it begins with them: some runtimes leave these out.
fn own<'a>(
    records: &'a [pallet::EventRecord],
    of_block: &[pallet::EventRecord],
) -> &'a [pallet::EventRecord] {
    records.strip_prefix(of_block).unwrap_or(records)
}

/// A key as the contract gave it, from the key in the trie: Blake2-128, then the key.
fn unhashed(key: &[u8]) -> Vec<u8> {
    match key.split_at_checked(16) {
        Some((hash, rest)) if blake2_128(rest) == hash => rest.to_vec(),
        _ => key.to_vec(),
    }
}

fn raw_account(account: &AccountId32) -> [u8; 32] {
    *<AccountId32 as AsRef<[u8; 32]>>::as_ref(account)
}

/// How the chain writes money. If it does not say, amounts are whole units without a name.
fn money(properties: &serde_json::Map<String, serde_json::Value>) -> Result<Money> {
    // Chains with several currencies list them; fees are paid in the first.
    let first = |name: &str| match properties.get(name) {
        Some(serde_json::Value::Array(list)) => list.first(),
        other => other.filter(|value| !value.is_null()),
    };
    let decimals = match first("tokenDecimals") {
        Some(value) => value
            .as_u64()
            .and_then(|decimals| u8::try_from(decimals).ok())
            .filter(|decimals| *decimals <= Money::MOST_DECIMALS)
            .ok_or_else(|| {
                anyhow!(
                    "`tokenDecimals` is `{}`: expected a number from 0 to {}",
                    said(&value.to_string()),
                    Money::MOST_DECIMALS
                )
            })?,
        None => 0,
    };
    let symbol = first("tokenSymbol").and_then(|value| value.as_str()).unwrap_or("units");
    let is_name = (1..=16).contains(&symbol.len())
        && symbol.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && symbol.starts_with(|c: char| c.is_ascii_alphabetic())
        && symbol.ends_with(|c: char| c.is_ascii_alphabetic());
    let symbol = if is_name { symbol } else { "units" };
    Ok(Money { decimals, symbol: symbol.to_owned().into() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(properties: serde_json::Value) -> Result<Money> {
        money(properties.as_object().unwrap())
    }

    #[test]
    fn money_as_a_chain_writes_it() {
        let is = |properties, decimals, symbol: &str| {
            let money = read(properties).unwrap();
            assert_eq!((money.decimals, &*money.symbol), (decimals, symbol));
        };
        is(json!({ "tokenDecimals": 12, "tokenSymbol": "UNIT", "ss58Format": 42 }), 12, "UNIT");
        is(json!({ "tokenDecimals": [10, 6], "tokenSymbol": ["DOT", "USD"] }), 10, "DOT");
        is(json!({}), 0, "units");
        is(json!({ "tokenDecimals": null, "tokenSymbol": null }), 0, "units");
        for odd in ["", "5", "A 1", "\u{1b}[31mRED", "X1", "$"] {
            is(json!({ "tokenDecimals": 38, "tokenSymbol": odd }), 38, "units");
        }
    }

    #[test]
    fn decimals_that_no_number_holds() {
        for odd in [json!(39), json!(256), json!(-1), json!("12"), json!(1.5), json!([99])] {
            assert!(read(json!({ "tokenDecimals": odd })).is_err());
        }
    }

    #[test]
    fn events_of_the_block_are_left_out_if_they_are_there() {
        let record = |phase, byte: u8| pallet::EventRecord {
            phase,
            event: scale::Raw(vec![byte]),
            topics: Vec::new(),
        };
        let first = |byte| record(pallet::Phase::ApplyExtrinsic(0), byte);
        let block = [record(pallet::Phase::Initialization, 1), first(2)];
        let run = [first(3), first(4), first(5)];
        let all = [&block[..], &run].concat();
        assert_eq!(own(&all, &block), &run[..]);
        assert_eq!(own(&all, &[]), &all[..]);
        assert_eq!(own(&block, &block), &[][..]);
        // A runtime that returns only the run's events, which are more or fewer than the block's.
        assert_eq!(own(&run, &block), &run[..]);
        assert_eq!(own(&run[..1], &block), &run[..1]);
        // The same event elsewhere is a different one.
        let again = [first(1), first(2), first(3)];
        assert_eq!(own(&again, &block), &again[..]);
    }

    #[test]
    fn keys_of_both_forms() {
        let key = [&blake2_128(b"key")[..], b"key"].concat();
        assert_eq!(unhashed(&key), b"key");
        assert_eq!(unhashed(&[7; 32]), [7; 32]);
        assert!(unhashed(&[]).is_empty());
    }
}

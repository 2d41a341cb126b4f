//! The chain in this process, stored in a file.

use super::{
    signed, types::Types, validity, Balance, Cells, Chain, CodeRecord, ContractRecord, DispatchError, DryRun,
    Emitted, Event, Included, Money, Price, Ran, Transaction, Waiting,
};
use crate::registry::Registry;
use anyhow::{bail, Context, Result};
use codec::{Decode, Encode};
use inkbpf_sandbox::{
    contracts::{self, Code, StorageDeposit},
    runtime::{config, EventRecord, RuntimeCall, RuntimeEvent},
    sp_core::{crypto::AccountId32, sr25519, Pair, H256},
    sp_runtime,
    store::{Store, StoreError, WhenLocked},
    Clock, Engine, Recorder, Sandbox, Weight,
};
use std::path::PathBuf;

/// The embedded chain.
pub struct Embedded {
    store: Store,
    /// Why the chain is read-only although it was opened for changes.
    not_writable: Option<StoreError>,
    sandbox: Sandbox,
    types: Types,
    money: Money,
    registry: Registry,
}

impl Embedded {
    /// The current chain of this file, read-only; a new one if there is no file.
    ///
    /// # Errors
    /// When the file is not a chain, or cannot be read.
    pub fn open_to_read(path: PathBuf, registry: Registry) -> Result<Self> {
        Self::load(Store::for_reading(path), None, registry)
    }

    /// The chain of this file; a new one if there is no file. If nothing can be written, it can still be queried;
    /// [`Embedded::check_writable`] gives the reason.
    ///
    /// # Errors
    /// When the file is not a chain, or cannot be read.
    pub fn open(path: PathBuf, registry: Registry) -> Result<Self> {
        let store = match Store::open(&path, WhenLocked::Refuse) {
            Err(StoreError::Locked { .. }) => {
                eprintln!("waiting for another inkbpf to finish with {}", path.display());
                Store::open(&path, WhenLocked::Wait)
            }
            other => other,
        };
        match store {
            Err(reason @ StoreError::NotWritable { .. }) => {
                Self::load(Store::for_reading(path), Some(reason), registry)
            }
            store => Self::load(store?, None, registry),
        }
    }

    fn load(store: Store, not_writable: Option<StoreError>, registry: Registry) -> Result<Self> {
        let mut sandbox = store.load()?.unwrap_or_default();
        sandbox.set_clock(Clock::System);
        let metadata = sandbox
            .state_call("Metadata_metadata_at_version", &15u32.encode())
            .context("the runtime has no metadata")?;
        let metadata = <Option<Vec<u8>>>::decode(&mut &metadata[..])?
            .context("the runtime has no metadata of version 15")?;
        let money = Money { decimals: config::TOKEN_DECIMALS, symbol: config::TOKEN_SYMBOL.into() };
        Ok(Self { store, not_writable, sandbox, types: Types::new(&metadata)?, money, registry })
    }

    /// Records from now on where the gas of contracts goes. Also returns the weight of a unit of gas in picoseconds.
    pub fn watch(&mut self) -> (Recorder, u32) {
        (self.sandbox.watch(), self.sandbox.ref_time_per_gas())
    }

    /// The call to sign and send.
    fn to_send(chain: &Sandbox, sender: &AccountId32, transaction: Transaction) -> RuntimeCall {
        match transaction {
            Transaction::Upload { code, deposit_limit } => contracts::uploading(code, deposit_limit),
            Transaction::Instantiate(what) => chain.instantiating(sender, what),
            Transaction::Call(what) => chain.calling(sender, what),
            Transaction::Remove { code_hash } => contracts::removing(H256(code_hash)),
        }
    }

    fn error(&self, error: sp_runtime::DispatchError) -> DispatchError {
        if let sp_runtime::DispatchError::Module(module) = error {
            if let Some(error) = self.types.error(module.index, module.error[0]) {
                return error;
            }
        }
        let text: &'static str = error.into();
        DispatchError { name: format!("{error:?}"), docs: text.to_owned() }
    }

    fn events(&self, records: &[EventRecord]) -> Result<Vec<Event>> {
        records
            .iter()
            .map(|record| {
                let mut event = self.types.event(&record.event.encode())?;
                if let RuntimeEvent::Contracts(pallet_contracts::Event::ContractEmitted { contract, data }) =
                    &record.event
                {
                    let topics = record.topics.iter().map(|topic| topic.0).collect();
                    event.emitted = Some(Emitted { contract: contract.clone(), data: data.clone(), topics });
                }
                Ok(event)
            })
            .collect()
    }
}

impl Chain for Embedded {
    fn place(&self) -> String {
        self.store.path().display().to_string()
    }

    fn registry(&self) -> &Registry {
        &self.registry
    }

    fn is_shared(&self) -> bool {
        false
    }

    fn check_writable(&mut self) -> Result<()> {
        match self.not_writable.take() {
            Some(reason) => Err(reason.into()),
            None => Ok(()),
        }
    }

    fn set_engine(&mut self, engine: Engine) -> Result<()> {
        self.sandbox.set_engine(engine);
        Ok(())
    }

    fn money(&self) -> &Money {
        &self.money
    }

    fn dry_run(&self, origin: &AccountId32, transaction: Transaction) -> Result<DryRun> {
        match transaction {
            Transaction::Upload { code, deposit_limit } => {
                let (result, deposit, mut debug) =
                    match self.sandbox.dry_upload(origin, code.clone(), deposit_limit) {
                        Ok(uploaded) => (
                            Ok(Ran { data: uploaded.code_hash.as_bytes().to_vec(), ..Default::default() }),
                            signed(StorageDeposit::Charge(uploaded.deposit)),
                            Vec::new(),
                        ),
                        Err(error) => (Err(self.error(error)), 0, Vec::new()),
                    };
                if result.is_err() {
                    // An upload has no debug text; instantiating the same code gives the reason.
                    let what = inkbpf_sandbox::contracts::Instantiate {
                        code: Code::Upload(code),
                        data: Vec::new(),
                        salt: Vec::new(),
                        value: 0,
                        limits: Default::default(),
                    };
                    debug = self.sandbox.dry_instantiate(origin, what).debug_message;
                }
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
                let ran = self.sandbox.dry_instantiate(origin, what);
                Ok(DryRun {
                    result: ran.result.map_err(|error| self.error(error)).map(|made| Ran {
                        reverted: made.result.did_revert(),
                        data: made.result.data,
                        contract: Some(made.account_id),
                    }),
                    gas_consumed: ran.gas_consumed,
                    gas_required: ran.gas_required,
                    deposit: signed(ran.storage_deposit),
                    debug: ran.debug_message,
                    events: self.events(&ran.events.unwrap_or_default())?,
                })
            }
            Transaction::Call(what) => {
                let ran = self.sandbox.dry_call(origin, what);
                Ok(DryRun {
                    result: ran.result.map_err(|error| self.error(error)).map(|returned| Ran {
                        reverted: returned.did_revert(),
                        data: returned.data,
                        contract: None,
                    }),
                    gas_consumed: ran.gas_consumed,
                    gas_required: ran.gas_required,
                    deposit: signed(ran.storage_deposit),
                    debug: ran.debug_message,
                    events: self.events(&ran.events.unwrap_or_default())?,
                })
            }
            Transaction::Remove { .. } => {
                bail!("a removal cannot be tried first: the chain has no dry run for it")
            }
        }
    }

    fn fee(&self, signer: &sr25519::Pair, transaction: Transaction) -> Result<Balance> {
        Ok(self.sandbox.fee(signer, Self::to_send(&self.sandbox, &signer.public().into(), transaction)))
    }

    fn minimum_balance(&self) -> Result<Balance> {
        Ok(self.sandbox.minimum_balance())
    }

    fn price(&self, signer: &sr25519::Pair, mut transaction: Transaction) -> Result<Option<Price>> {
        let sender: AccountId32 = signer.public().into();
        let value = transaction.value();
        // More than anything costs, but small enough that the sum of all balances does not overflow.
        let mut rich = self.sandbox.with_money(&sender, Balance::MAX / 4);
        let deposit = match &mut transaction {
            Transaction::Upload { code, deposit_limit } => {
                *deposit_limit = None;
                let uploaded = rich.dry_upload(&sender, code.clone(), None);
                uploaded.map(|uploaded| StorageDeposit::Charge(uploaded.deposit)).unwrap_or_default()
            }
            Transaction::Instantiate(what) => {
                what.limits.deposit = None;
                rich.dry_instantiate(&sender, what.clone()).storage_deposit
            }
            Transaction::Call(what) => {
                what.limits.deposit = None;
                rich.dry_call(&sender, what.clone()).storage_deposit
            }
            Transaction::Remove { .. } => StorageDeposit::default(),
        };
        let deposit = Balance::try_from(signed(deposit)).unwrap_or(0);
        let left = self.sandbox.minimum_balance().saturating_mul(match &transaction {
            // Contracts' deposits leave a second minimum balance untouched, and a new contract's a third.
            Transaction::Instantiate(_) => 3,
            Transaction::Call(_) if deposit > 0 => 2,
            _ => 1,
        });
        let before = rich.free_balance(&sender);
        let call = Self::to_send(&rich, &sender, transaction);
        let fee = rich.fee(signer, call.clone());
        let Ok(included) = rich.submit(signer, call) else { return Ok(None) };
        if included.result.is_err() {
            return Ok(None);
        }
        let rest = before.saturating_sub(rich.free_balance(&sender)).saturating_sub(included.fee);
        let accounts = rest.saturating_sub(value).saturating_sub(deposit);
        Ok(Some(Price { value, deposit, accounts, fee, left }))
    }

    fn submit(
        &mut self,
        signer: &sr25519::Pair,
        transaction: Transaction,
        _: Waiting,
        _: &mut dyn FnMut(&str),
    ) -> Result<Included> {
        self.check_writable()?;
        let sender = signer.public().into();
        let gas = transaction.gas();
        let call = Self::to_send(&self.sandbox, &sender, transaction);
        let included = match self.sandbox.submit(signer, call.clone()) {
            Ok(included) => included,
            Err(invalid) => {
                let len = self.sandbox.signed_len(signer, call.clone());
                let fee = self.sandbox.fee(signer, call);
                let has = self.balance(&sender)?;
                bail!(validity::advice(&invalid.error, len, gas, fee, has, &self.money))
            }
        };
        self.store.save(&self.sandbox)?;
        Ok(Included {
            block: self.sandbox.head().number,
            block_hash: included.block_hash.0,
            hash: included.hash.0,
            result: included.result.map_err(|error| self.error(error)),
            fee: included.fee,
            events: self.events(&included.events)?,
        })
    }

    fn balance(&self, account: &AccountId32) -> Result<Balance> {
        Ok(self.sandbox.free_balance(account))
    }

    fn contract(&self, account: &AccountId32) -> Result<Option<ContractRecord>> {
        Ok(self.sandbox.contract(account))
    }

    fn contracts(&self, limit: usize) -> Result<(Vec<AccountId32>, bool)> {
        let mut contracts = self.sandbox.contracts();
        let more = contracts.len() > limit;
        contracts.truncate(limit);
        Ok((contracts, more))
    }

    fn code_record(&self, code_hash: [u8; 32]) -> Result<Option<CodeRecord>> {
        Ok(self.sandbox.code_record(&H256(code_hash)))
    }

    fn code(&self, code_hash: [u8; 32]) -> Result<Option<Vec<u8>>> {
        Ok(self.sandbox.code(&H256(code_hash)))
    }

    fn storage(&self, account: &AccountId32, after: Option<&[u8]>, limit: usize) -> Result<Cells> {
        let mut cells = self.sandbox.storage_entries(account).context("there is no such contract")?;
        if let Some(after) = after {
            let at =
                cells.iter().position(|(key, _)| key == after).ok_or_else(|| super::no_such_key(after))?;
            cells.drain(..=at);
        }
        let more = cells.len() > limit;
        cells.truncate(limit);
        Ok(Cells { cells, more })
    }
}

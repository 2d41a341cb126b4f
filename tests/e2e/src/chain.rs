//! The chain, and what came of a call.

use crate::{Program, ALICE};
use codec::{Decode, Encode};
use inkbpf_sandbox::contracts::{instantiated, Call, Code, Instantiate, Limits};
use inkbpf_sandbox::runtime::{AccountId, Balance, EventRecord, Hash, Runtime, RuntimeEvent};
use inkbpf_sandbox::sp_runtime::{DispatchError, Weight};
use inkbpf_sandbox::{Keyring, Sandbox, Transaction};
use std::sync::Arc;

/// What ink! returns when no message fits the input: `Err(LangError::CouldNotReadInput)`.
pub const LANG_ERROR: &[u8] = &[1, 1];

/// Flag of a return that undoes the call's changes.
const REVERT: u32 = 1;

/// A development chain of a test's own.
pub struct Chain {
    /// The chain itself, for what has no short form here.
    pub sandbox: Sandbox,
}

/// A contract on the chain, and the interface to talk to it through.
#[derive(Clone, Debug)]
pub struct Contract {
    /// Where it is.
    pub account: AccountId,
    /// Whose messages it understands. Not always what it runs: see the proxy.
    pub program: Arc<Program>,
}

/// Arguments that are encoded already.
#[derive(Clone, Debug)]
pub struct Encoded(pub Vec<u8>);

impl Encode for Encoded {
    fn encode_to<T: codec::Output + ?Sized>(&self, dest: &mut T) {
        dest.write(&self.0);
    }
}

/// An event that a contract emitted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Emitted {
    /// Who did.
    pub contract: AccountId,
    /// What it can be found by.
    pub topics: Vec<Hash>,
    /// The fields.
    pub data: Vec<u8>,
}

impl Emitted {
    /// The fields as values.
    ///
    /// # Panics
    /// When they are others.
    pub fn fields<T: Decode>(&self) -> T {
        decode(&self.data)
    }
}

/// What came of a call.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// What the contract returned, and whether that undid its changes; or why it returned nothing.
    pub result: Result<(Vec<u8>, bool), DispatchError>,
    /// What it emitted, as far as it stands.
    pub events: Vec<Emitted>,
    /// What it said to whoever debugs it.
    pub debug: String,
    /// The weight it used.
    pub gas: Weight,
    /// What the caller paid for the transaction. 0 for a dry run.
    pub fee: Balance,
    /// All events of the transaction.
    pub records: Vec<EventRecord>,
}

impl Outcome {
    /// What the message returned.
    ///
    /// # Panics
    /// When the contract failed, undid its changes, or returned something else.
    pub fn ok<R: Decode>(self) -> R {
        let (data, reverted) = self.returned();
        assert!(!reverted, "the contract undid its changes and returned {data:?}");
        lang(&data)
    }

    /// What the message returned when it undid its changes: mostly an `Err` of the contract's own.
    ///
    /// # Panics
    /// When the contract failed, did not undo its changes, or returned something else.
    pub fn reverted<R: Decode>(self) -> R {
        let (data, reverted) = self.returned();
        assert!(reverted, "the contract did not undo its changes, and returned {data:?}");
        lang(&data)
    }

    /// The bytes returned, and whether the changes were undone.
    ///
    /// # Panics
    /// When the contract failed.
    pub fn returned(self) -> (Vec<u8>, bool) {
        match self.result {
            Ok(returned) => returned,
            Err(error) => panic!("the contract failed: {error:?}; it said: {}", self.debug),
        }
    }

    /// Why the contract failed, once nothing of it is left: no events stand.
    ///
    /// # Panics
    /// When it did not fail.
    pub fn failed(&self) -> DispatchError {
        assert_eq!(self.events, [], "a failed call leaves no events");
        *self.result.as_ref().expect_err("the contract did not fail")
    }

    /// Asserts that it trapped, and for this reason, which the debug text names.
    ///
    /// # Panics
    /// When it did not.
    pub fn trapped(&self, reason: &str) {
        assert_eq!(self.failed(), error(pallet_contracts::Error::ContractTrapped), "{}", self.debug);
        assert!(self.debug.contains(reason), "trapped for another reason than {reason}: {}", self.debug);
    }
}

/// An error of the contracts pallet as transactions return it.
pub fn error(error: pallet_contracts::Error<Runtime>) -> DispatchError {
    error.into()
}

fn lang<R: Decode>(data: &[u8]) -> R {
    match data.split_first() {
        Some((0, value)) => decode(value),
        _ => panic!("the contract did not understand: it returned {data:?}"),
    }
}

fn decode<T: Decode>(mut data: &[u8]) -> T {
    let whole = data;
    let value = T::decode(&mut data).unwrap_or_else(|error| panic!("{whole:?} is something else: {error}"));
    assert!(data.is_empty(), "{whole:?} is more than was expected");
    value
}

/// A message, and how to send it.
#[must_use]
pub struct Message<'a> {
    chain: &'a mut Chain,
    by: Keyring,
    call: Call,
}

impl Message<'_> {
    /// Who sends it.
    pub fn by(mut self, who: Keyring) -> Self {
        self.by = who;
        self
    }

    /// What the contract is paid.
    pub fn value(mut self, value: Balance) -> Self {
        self.call.value = value;
        self
    }

    /// How much computation it may use at most, in picoseconds.
    pub fn ref_time(mut self, ref_time: u64) -> Self {
        self.call.limits.gas = Some(Weight::from_parts(ref_time, 1024 * 1024));
        self
    }

    /// How much may be held for storage at most.
    pub fn deposit_limit(mut self, limit: Balance) -> Self {
        self.call.limits.deposit = Some(limit);
        self
    }

    /// What would come of it.
    pub fn dry_run(&self) -> Outcome {
        let run = self.chain.sandbox.dry_call(&self.by.to_account_id(), self.call.clone());
        let records = run.events.unwrap_or_default();
        Outcome {
            result: run.result.map(|returned| (returned.data, returned.flags.bits() & REVERT != 0)),
            events: emitted(&records),
            debug: String::from_utf8(run.debug_message).expect("debug text is UTF-8"),
            gas: run.gas_consumed,
            fee: 0,
            records,
        }
    }

    /// Sends it.
    ///
    /// # Panics
    /// When the transaction ends differently from the dry run.
    pub fn send(self) -> Outcome {
        let dry = self.dry_run();
        let Self { chain, by, call } = self;
        let sent = chain.sandbox.call(&by.pair(), call).expect("the caller can pay the fee");
        dry.sent(sent)
    }
}

impl Outcome {
    /// This, which a dry run said, once it has happened.
    fn sent(self, transaction: Transaction) -> Self {
        let expected = match &self.result {
            Ok((_, false)) => Ok(()),
            Ok((_, true)) => Err(error(pallet_contracts::Error::ContractReverted)),
            Err(error) => Err(*error),
        };
        assert_eq!(transaction.result, expected, "the dry run said otherwise; {}", self.debug);
        assert!(transaction.fee > 0, "whoever calls pays");
        Self {
            events: emitted(&transaction.events),
            fee: transaction.fee,
            records: transaction.events,
            ..self
        }
    }
}

fn emitted(records: &[EventRecord]) -> Vec<Emitted> {
    let emitted = records.iter().filter_map(|record| match &record.event {
        RuntimeEvent::Contracts(pallet_contracts::Event::ContractEmitted { contract, data }) => {
            Some(Emitted { contract: contract.clone(), topics: record.topics.clone(), data: data.clone() })
        }
        _ => None,
    });
    emitted.collect()
}

impl Default for Chain {
    fn default() -> Self {
        Self::new()
    }
}

impl Chain {
    /// A chain at its genesis.
    pub fn new() -> Self {
        Self { sandbox: Sandbox::new() }
    }

    /// A constructor run by Alice, who pays nothing.
    pub fn deploy(&mut self, program: &Arc<Program>, constructor: &str, args: impl Encode) -> Contract {
        let (contract, outcome) = self.instantiate(program, constructor, args, 0, &[]);
        outcome.ok::<Result<(), ()>>().expect("the constructor made a contract");
        contract.expect("a constructor that succeeds makes a contract")
    }

    /// A constructor run by Alice, who pays `value`.
    pub fn instantiate(
        &mut self,
        program: &Arc<Program>,
        constructor: &str,
        args: impl Encode,
        value: Balance,
        salt: &[u8],
    ) -> (Option<Contract>, Outcome) {
        let what = Instantiate {
            code: Code::Upload(program.code.clone()),
            data: program.encode("constructors", constructor, args),
            salt: salt.to_vec(),
            value,
            limits: Limits::default(),
        };
        self.instantiate_raw(program, what)
    }

    /// A constructor run by Alice, with everything said.
    pub fn instantiate_raw(
        &mut self,
        program: &Arc<Program>,
        what: Instantiate,
    ) -> (Option<Contract>, Outcome) {
        let dry = self.sandbox.dry_instantiate(&ALICE.to_account_id(), what.clone());
        let result = dry.result.map(|returned| {
            let flags = returned.result.flags.bits();
            (returned.result.data, flags & REVERT != 0)
        });
        let dry = Outcome {
            result,
            events: Vec::new(),
            debug: String::from_utf8(dry.debug_message).expect("debug text is UTF-8"),
            gas: dry.gas_consumed,
            fee: 0,
            records: Vec::new(),
        };
        let sent = self.sandbox.instantiate(&ALICE.pair(), what).expect("Alice can pay the fee");
        let account = instantiated(&sent.events);
        let contract = account.map(|account| Contract { account, program: program.clone() });
        (contract, dry.sent(sent))
    }

    /// Stores a code, and returns its hash.
    pub fn upload(&mut self, program: &Program) -> Hash {
        let uploaded = self.sandbox.dry_upload(&ALICE.to_account_id(), program.code.clone(), None);
        let uploaded = uploaded.expect("the chain takes the code");
        let sent = self.sandbox.upload(&ALICE.pair(), program.code.clone(), None).expect("Alice can pay");
        assert_eq!(sent.result, Ok(()));
        uploaded.code_hash
    }

    /// A message to a contract. It does nothing before it is sent.
    pub fn message(&mut self, contract: &Contract, name: &str, args: impl Encode) -> Message<'_> {
        let data = contract.program.encode("messages", name, args);
        self.raw_message(&contract.account, data)
    }

    /// A message of these bytes.
    pub fn raw_message(&mut self, contract: &AccountId, data: Vec<u8>) -> Message<'_> {
        let call = Call { contract: contract.clone(), data, value: 0, limits: Limits::default() };
        Message { chain: self, by: ALICE, call }
    }

    /// Alice sends a message.
    pub fn send(&mut self, contract: &Contract, name: &str, args: impl Encode) -> Outcome {
        self.message(contract, name, args).send()
    }

    /// What a message would return to Alice.
    pub fn ask<R: Decode>(&mut self, contract: &Contract, name: &str, args: impl Encode) -> R {
        self.message(contract, name, args).dry_run().ok()
    }

    /// All a contract has stored.
    pub fn storage(&self, contract: &Contract) -> Vec<(Vec<u8>, Vec<u8>)> {
        self.sandbox.storage_entries(&contract.account).expect("there is such a contract")
    }

    /// What an account can spend.
    pub fn balance(&self, account: &AccountId) -> Balance {
        self.sandbox.free_balance(account)
    }
}

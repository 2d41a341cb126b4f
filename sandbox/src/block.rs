//! Builds blocks, and signs the transactions in them.
//!
//! A block is built on an overlay over the state. When the whole block succeeds, the overlay becomes part of the state;
//! otherwise it is dropped.

use crate::{apply, run_in, Sandbox};
use codec::{Decode, Encode};
use inkbpf_runtime::{
    api, Address, Balance, EventRecord, Executive, Hash, Header, Nonce, Runtime, RuntimeCall, RuntimeEvent,
    SignedPayload, TxExtension, UncheckedExtrinsic, VERSION,
};
use polkadot_sdk::{
    frame_system, pallet_transaction_payment,
    sp_core::{sr25519, Pair},
    sp_inherents::InherentData,
    sp_runtime::{
        generic::Era,
        traits::{BlakeTwo256, Hash as _, Header as _},
        transaction_validity::TransactionValidityError,
        DispatchError,
    },
    sp_state_machine::OverlayedChanges,
};

/// Where the time of blocks comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// The machine's clock, made strictly increasing.
    System,
    /// This many milliseconds after the previous block.
    Step(u64),
}

impl Default for Clock {
    fn default() -> Self {
        Self::Step(6_000)
    }
}

/// Time of the first block of a chain whose clock is [`Clock::Step`]: 2024-01-01T00:00:00Z.
const START: u64 = 1_704_067_200_000;

impl Clock {
    /// Time of the block that follows one of time `last`.
    fn next(self, last: u64) -> u64 {
        let earliest = last.saturating_add(inkbpf_runtime::config::MINIMUM_PERIOD);
        match self {
            Clock::Step(_) if last == 0 => START,
            Clock::Step(by) => last.saturating_add(by).max(earliest),
            Clock::System => std::time::SystemTime::now()
                .duration_since(std::time::UNIX_EPOCH)
                .map_or(earliest, |now| u64::try_from(now.as_millis()).unwrap_or(u64::MAX).max(earliest)),
        }
    }
}

/// A block that has become part of the chain.
#[derive(Clone, Debug)]
pub struct Built {
    /// Its header.
    pub header: Header,
    /// Its transactions and their outcome, in order.
    pub transactions: Vec<Transaction>,
}

/// A transaction in a block.
#[derive(Clone, Debug)]
pub struct Transaction {
    /// Hash of the block it is in.
    pub block_hash: Hash,
    /// Hash of the transaction.
    pub hash: Hash,
    /// Whether its call succeeded. The sender has paid [`Transaction::fee`] either way.
    pub result: Result<(), DispatchError>,
    /// What happened, in order.
    pub events: Vec<EventRecord>,
    /// What the sender paid for weight and length, tip included.
    pub fee: u128,
}

/// A transaction that no block can contain: nobody pays for it, so the block is not built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidTransaction {
    /// Its index among the given transactions.
    pub index: usize,
    /// Why.
    pub error: TransactionValidityError,
}

impl std::fmt::Display for InvalidTransaction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let reason: &'static str = self.error.into();
        write!(f, "transaction {} is not valid: {reason}", self.index)
    }
}

impl std::error::Error for InvalidTransaction {}

impl Sandbox {
    /// Builds the next block from these transactions.
    ///
    /// # Errors
    /// The first transaction that is not valid, for instance badly signed or not able to pay its fee. The chain is then
    /// unchanged.
    pub fn build_block(
        &mut self,
        transactions: Vec<UncheckedExtrinsic>,
    ) -> Result<Built, InvalidTransaction> {
        let mut overlay = OverlayedChanges::default();
        let (start, time) = self.next_block();
        let (header, results, events) = run_in(&self.state, &self.host, &mut overlay, || {
            let first = begin(&start, time);
            let results = transactions
                .iter()
                .enumerate()
                .map(|(index, transaction)| {
                    Executive::apply_extrinsic(transaction.clone())
                        .map_err(|error| InvalidTransaction { index, error })
                })
                .collect::<Result<Vec<_>, _>>()?;
            let header = Executive::finalize_block();
            let mut events = vec![Vec::new(); transactions.len()];
            for record in frame_system::Pallet::<Runtime>::read_events_no_consensus() {
                if let frame_system::Phase::ApplyExtrinsic(at) = record.phase {
                    if let Some(place) = (at as usize).checked_sub(first).and_then(|at| events.get_mut(at)) {
                        place.push(*record);
                    }
                }
            }
            Ok((header, results, events))
        })?;
        let state = apply(std::mem::take(&mut self.state), overlay);
        debug_assert_eq!(state.root(), &header.state_root);
        self.state = state;
        self.head = header.clone();
        let block_hash = header.hash();
        let transactions = transactions
            .iter()
            .zip(results)
            .zip(events)
            .map(|((transaction, result), events)| Transaction {
                block_hash,
                hash: BlakeTwo256::hash_of(transaction),
                result,
                fee: fee(&events),
                events,
            })
            .collect();
        Ok(Built { header, transactions })
    }

    /// Runs `f` as a transaction of the next block would run, and discards its changes. There are no events before it.
    pub fn view_next<R>(&self, f: impl FnOnce() -> R) -> R {
        let (start, time) = self.next_block();
        self.view(|| {
            begin(&start, time);
            frame_system::Pallet::<Runtime>::reset_events();
            f()
        })
    }

    /// Header to start the next block with, and its time.
    fn next_block(&self) -> (Header, u64) {
        let start = Header::new(
            self.head.number.saturating_add(1),
            Default::default(),
            Default::default(),
            self.head.hash(),
            Default::default(),
        );
        (start, self.clock.next(self.now()))
    }

    /// Builds `count` empty blocks.
    pub fn skip_blocks(&mut self, count: u32) {
        for _ in 0..count {
            self.build_block(Vec::new()).expect("only a transaction can be invalid, and there is none; qed");
        }
    }

    /// Signs a call with the account's next nonce.
    pub fn sign(&self, signer: &sr25519::Pair, call: RuntimeCall) -> UncheckedExtrinsic {
        let account = signer.public().into();
        self.sign_with_nonce(signer, call, self.nonce(&account))
    }

    /// Signs a call with the given nonce, for several in one block.
    pub fn sign_with_nonce(
        &self,
        signer: &sr25519::Pair,
        call: RuntimeCall,
        nonce: Nonce,
    ) -> UncheckedExtrinsic {
        let extension: TxExtension = (
            frame_system::CheckNonZeroSender::new(),
            frame_system::CheckSpecVersion::new(),
            frame_system::CheckTxVersion::new(),
            frame_system::CheckGenesis::new(),
            frame_system::CheckEra::from(Era::Immortal),
            frame_system::CheckNonce::from(nonce),
            frame_system::CheckWeight::new(),
            pallet_transaction_payment::ChargeTransactionPayment::from(0),
        );
        // The part that is signed but not sent, in the order of the tuple above.
        let implicit =
            ((), VERSION.spec_version, VERSION.transaction_version, self.genesis, self.genesis, (), (), ());
        let payload = SignedPayload::from_raw(call.clone(), extension.clone(), implicit);
        let signature = payload.using_encoded(|bytes| signer.sign(bytes));
        UncheckedExtrinsic::new_signed(call, Address::Id(signer.public().into()), signature.into(), extension)
    }

    /// The number of bytes of the signed transaction.
    pub fn signed_len(&self, signer: &sr25519::Pair, call: impl Into<RuntimeCall>) -> usize {
        self.sign(signer, call.into()).encoded_size()
    }

    /// The fee charged before the call is made, for its weight and length. Unused weight is refunded.
    pub fn fee(&self, signer: &sr25519::Pair, call: impl Into<RuntimeCall>) -> Balance {
        let transaction = self.sign(signer, call.into());
        let len = u32::try_from(transaction.encoded_size()).unwrap_or(u32::MAX);
        self.view(|| pallet_transaction_payment::Pallet::<Runtime>::query_info(transaction, len)).partial_fee
    }

    /// Signs a call and builds a block with only this transaction.
    ///
    /// # Errors
    /// When the transaction is not valid. A call that *fails* is not an error here: it is in the block, and paid for.
    pub fn submit(
        &mut self,
        signer: &sr25519::Pair,
        call: impl Into<RuntimeCall>,
    ) -> Result<Transaction, InvalidTransaction> {
        let transaction = self.sign(signer, call.into());
        let built = self.build_block(vec![transaction])?;
        Ok(built.transactions.into_iter().next().expect("one went in, so one comes out; qed"))
    }
}

/// Begins a block, and returns how many transactions it already contains.
fn begin(start: &Header, time: u64) -> usize {
    Executive::initialize_block(start);
    let inherents = inherents(time);
    let count = inherents.len();
    for inherent in inherents {
        Executive::apply_extrinsic(inherent)
            .expect("the timestamp is later than the last one, and in its place; qed")
            .expect("setting a later timestamp succeeds; qed");
    }
    count
}

/// The transactions that the block author adds: the timestamp.
fn inherents(time: u64) -> Vec<UncheckedExtrinsic> {
    let mut data = InherentData::new();
    data.put_data(polkadot_sdk::sp_timestamp::INHERENT_IDENTIFIER, &time)
        .expect("the identifier is put once; qed");
    let extrinsics = api::dispatch("BlockBuilder_inherent_extrinsics", &data.encode())
        .expect("the runtime implements BlockBuilder; qed");
    Vec::decode(&mut &extrinsics[..]).expect("the API says it returns extrinsics; qed")
}

fn fee(events: &[EventRecord]) -> u128 {
    events
        .iter()
        .find_map(|record| match record.event {
            RuntimeEvent::TransactionPayment(pallet_transaction_payment::Event::TransactionFeePaid {
                actual_fee,
                ..
            }) => Some(actual_fee),
            _ => None,
        })
        .unwrap_or(0)
}

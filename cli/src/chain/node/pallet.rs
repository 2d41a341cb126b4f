//! Types that are sent to a chain's pallets and read from them, by the names in its metadata.
//!
//! Additional fields of a chain are skipped; a missing field, or one of another type, is an error that names it. So
//! other versions of the pallet are understood as long as they mean the same.

use super::scale::Raw;
use crate::chain::{Balance, Weight};
use inkbpf_sandbox::contracts::{Code, StorageDeposit};
use subxt::ext::{scale_decode::DecodeAsType, scale_encode::EncodeAsType};

/// Weight.
#[derive(Clone, Copy, Debug, DecodeAsType, EncodeAsType)]
#[decode_as_type(crate_path = "subxt::ext::scale_decode")]
#[encode_as_type(crate_path = "subxt::ext::scale_encode")]
pub struct Gas {
    ref_time: u64,
    proof_size: u64,
}

impl From<Weight> for Gas {
    fn from(weight: Weight) -> Self {
        Self { ref_time: weight.ref_time(), proof_size: weight.proof_size() }
    }
}

impl From<Gas> for Weight {
    fn from(gas: Gas) -> Self {
        Weight::from_parts(gas.ref_time, gas.proof_size)
    }
}

/// The code for a new contract.
#[derive(Clone, Debug, EncodeAsType)]
#[encode_as_type(crate_path = "subxt::ext::scale_encode")]
pub enum Program {
    /// A program.
    Upload(Vec<u8>),
    /// The hash of a stored one.
    Existing([u8; 32]),
}

impl<Hash: Into<[u8; 32]>> From<Code<Hash>> for Program {
    fn from(code: Code<Hash>) -> Self {
        match code {
            Code::Upload(code) => Self::Upload(code),
            Code::Existing(hash) => Self::Existing(hash.into()),
        }
    }
}

/// How strictly code is checked.
#[derive(Clone, Copy, Debug, EncodeAsType)]
#[encode_as_type(crate_path = "subxt::ext::scale_encode")]
pub enum Determinism {
    /// The kind that blocks run.
    Enforced,
}

/// Arguments of `upload_code`.
#[derive(Clone, Debug, EncodeAsType)]
#[encode_as_type(crate_path = "subxt::ext::scale_encode")]
pub struct UploadCode {
    pub code: Vec<u8>,
    pub storage_deposit_limit: Option<Balance>,
    pub determinism: Determinism,
}

/// Arguments of `remove_code`.
#[derive(Clone, Debug, EncodeAsType)]
#[encode_as_type(crate_path = "subxt::ext::scale_encode")]
pub struct RemoveCode {
    pub code_hash: [u8; 32],
}

/// Arguments of `instantiate_with_code`.
#[derive(Clone, Debug, EncodeAsType)]
#[encode_as_type(crate_path = "subxt::ext::scale_encode")]
pub struct InstantiateWithCode {
    pub value: Balance,
    pub gas_limit: Gas,
    pub storage_deposit_limit: Option<Balance>,
    pub code: Vec<u8>,
    pub data: Vec<u8>,
    pub salt: Vec<u8>,
}

/// Arguments of `instantiate`.
#[derive(Clone, Debug, EncodeAsType)]
#[encode_as_type(crate_path = "subxt::ext::scale_encode")]
pub struct Instantiate {
    pub value: Balance,
    pub gas_limit: Gas,
    pub storage_deposit_limit: Option<Balance>,
    pub code_hash: [u8; 32],
    pub data: Vec<u8>,
    pub salt: Vec<u8>,
}

/// Arguments of `call`.
#[derive(Clone, Debug, EncodeAsType)]
#[encode_as_type(crate_path = "subxt::ext::scale_encode")]
pub struct Call {
    pub dest: Address,
    pub value: Balance,
    pub gas_limit: Gas,
    pub storage_deposit_limit: Option<Balance>,
    pub data: Vec<u8>,
}

/// An account as transactions write it.
#[derive(Clone, Debug, EncodeAsType)]
#[encode_as_type(crate_path = "subxt::ext::scale_encode")]
pub enum Address {
    /// By its public key.
    Id([u8; 32]),
}

/// The answer of `ContractsApi` about a run.
#[derive(Clone, Debug, DecodeAsType)]
#[decode_as_type(crate_path = "subxt::ext::scale_decode")]
pub struct Executed<Done> {
    pub gas_consumed: Gas,
    pub gas_required: Gas,
    pub storage_deposit: Deposit,
    pub debug_message: Vec<u8>,
    /// The result, or a `DispatchError`.
    pub result: Result<Done, Raw>,
    pub events: Option<Vec<EventRecord>>,
}

/// Held or refunded.
#[derive(Clone, Debug, DecodeAsType)]
#[decode_as_type(crate_path = "subxt::ext::scale_decode")]
pub enum Deposit {
    Refund(Balance),
    Charge(Balance),
}

impl From<Deposit> for StorageDeposit<Balance> {
    fn from(deposit: Deposit) -> Self {
        match deposit {
            Deposit::Refund(amount) => Self::Refund(amount),
            Deposit::Charge(amount) => Self::Charge(amount),
        }
    }
}

/// What a contract returned.
#[derive(Clone, Debug, DecodeAsType)]
#[decode_as_type(crate_path = "subxt::ext::scale_decode")]
pub struct Returned {
    pub flags: Flags,
    pub data: Vec<u8>,
}

/// How it returned.
#[derive(Clone, Debug, DecodeAsType)]
#[decode_as_type(crate_path = "subxt::ext::scale_decode")]
pub struct Flags {
    bits: u32,
}

impl Returned {
    /// Whether the contract reverted its changes: bit 0.
    pub fn did_revert(&self) -> bool {
        self.flags.bits & 1 == 1
    }
}

/// A new contract.
#[derive(Clone, Debug, DecodeAsType)]
#[decode_as_type(crate_path = "subxt::ext::scale_decode")]
pub struct Made {
    pub result: Returned,
    pub account_id: [u8; 32],
}

/// A stored code.
#[derive(Clone, Debug, DecodeAsType)]
#[decode_as_type(crate_path = "subxt::ext::scale_decode")]
pub struct Uploaded {
    pub code_hash: [u8; 32],
    pub deposit: Balance,
}

/// An event and its place.
#[derive(Clone, Debug, PartialEq, Eq, DecodeAsType)]
#[decode_as_type(crate_path = "subxt::ext::scale_decode")]
pub struct EventRecord {
    pub phase: Phase,
    pub event: Raw,
    pub topics: Vec<[u8; 32]>,
}

/// When an event happened.
#[derive(Clone, Debug, PartialEq, Eq, DecodeAsType)]
#[decode_as_type(crate_path = "subxt::ext::scale_decode")]
pub enum Phase {
    /// At the transaction of this number.
    ApplyExtrinsic(u32),
    /// After all of them.
    Finalization,
    /// Before them.
    Initialization,
}

/// The events used here; others do not decode as this.
#[derive(Clone, Debug, DecodeAsType)]
#[decode_as_type(crate_path = "subxt::ext::scale_decode")]
pub enum KnownEvent {
    Contracts(ContractsEvent),
    System(SystemEvent),
    TransactionPayment(TransactionPaymentEvent),
}

/// Of the pallet `Contracts`.
#[derive(Clone, Debug, DecodeAsType)]
#[decode_as_type(crate_path = "subxt::ext::scale_decode")]
pub enum ContractsEvent {
    /// A contract emitted an event.
    ContractEmitted { contract: [u8; 32], data: Vec<u8> },
}

/// Of the pallet `System`.
#[derive(Clone, Debug, DecodeAsType)]
#[decode_as_type(crate_path = "subxt::ext::scale_decode")]
pub enum SystemEvent {
    /// A transaction succeeded.
    ExtrinsicSuccess {},
    /// A transaction failed.
    ExtrinsicFailed { dispatch_error: Raw },
}

/// Of the pallet `TransactionPayment`.
#[derive(Clone, Debug, DecodeAsType)]
#[decode_as_type(crate_path = "subxt::ext::scale_decode")]
pub enum TransactionPaymentEvent {
    /// The fee that was paid.
    TransactionFeePaid { actual_fee: Balance },
}

/// `System.Account`.
#[derive(Clone, Debug, DecodeAsType)]
#[decode_as_type(crate_path = "subxt::ext::scale_decode")]
pub struct AccountInfo {
    pub data: AccountData,
}

/// An account's money.
#[derive(Clone, Debug, DecodeAsType)]
#[decode_as_type(crate_path = "subxt::ext::scale_decode")]
pub struct AccountData {
    pub free: Balance,
}

/// `Contracts.ContractInfoOf`.
#[derive(Clone, Debug, DecodeAsType)]
#[decode_as_type(crate_path = "subxt::ext::scale_decode")]
pub struct ContractInfo {
    pub trie_id: Vec<u8>,
    pub code_hash: [u8; 32],
    pub storage_bytes: u32,
    pub storage_items: u32,
    pub storage_byte_deposit: Balance,
    pub storage_item_deposit: Balance,
    pub storage_base_deposit: Balance,
    pub delegate_dependencies: Vec<([u8; 32], Balance)>,
}

/// `Contracts.CodeInfoOf`.
#[derive(Clone, Debug, DecodeAsType)]
#[decode_as_type(crate_path = "subxt::ext::scale_decode")]
pub struct CodeInfo {
    pub owner: [u8; 32],
    pub deposit: Balance,
    pub refcount: u64,
    pub code_len: u32,
}

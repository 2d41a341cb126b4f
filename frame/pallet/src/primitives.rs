//! Results of the runtime API. Their SCALE form is what clients decode, so fields, order and names
//! are those of `pallet-contracts`.

use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use pallet_contracts_uapi::ReturnFlags;
use polkadot_sdk::*;
use scale_info::TypeInfo;
use sp_runtime::{
    traits::{Saturating, Zero},
    DispatchError,
};
use sp_weights::Weight;

/// What came of a dry run, or of a call by another part of the runtime.
#[derive(Clone, Debug, Encode, Decode, PartialEq, Eq, TypeInfo)]
pub struct ContractResult<R, Balance, EventRecord> {
    /// Weight that was used.
    pub gas_consumed: Weight,
    /// Weight that has to be offered for the same to succeed again.
    ///
    /// More than was used when some was reserved for a while and then given back.
    pub gas_required: Weight,
    /// What the origin paid for storage, or got back.
    pub storage_deposit: StorageDeposit<Balance>,
    /// Text that the contracts printed, and the reason of a rejection or trap. UTF-8 unless it was
    /// cut. It has no influence on the state and may change between versions.
    pub debug_message: Vec<u8>,
    /// The result itself.
    pub result: R,
    /// The events of the call and of all before it in the block, when asked for.
    pub events: Option<Vec<EventRecord>>,
}

/// What came of a call.
pub type ContractExecResult<Balance, EventRecord> =
    ContractResult<Result<ExecReturnValue, DispatchError>, Balance, EventRecord>;

/// What came of an instantiation.
pub type ContractInstantiateResult<AccountId, Balance, EventRecord> =
    ContractResult<Result<InstantiateReturnValue<AccountId>, DispatchError>, Balance, EventRecord>;

/// What came of an upload.
pub type CodeUploadResult<Hash, Balance> = Result<CodeUploadReturnValue<Hash, Balance>, DispatchError>;

/// What came of a look into a contract's storage.
pub type GetStorageResult = Result<Option<Vec<u8>>, ContractAccessError>;

/// Why a look into a contract's storage found nothing to look at.
#[derive(Clone, Copy, Debug, Encode, Decode, MaxEncodedLen, PartialEq, Eq, TypeInfo)]
pub enum ContractAccessError {
    /// There is no contract at the address.
    DoesntExist,
    /// The key is longer than `MaxStorageKeyLen`.
    KeyDecodingFailed,
    /// The storage is being migrated. Ask again some blocks later.
    MigrationInProgress,
}

/// What a contract returned.
#[derive(Clone, Debug, Encode, Decode, PartialEq, Eq, TypeInfo)]
pub struct ExecReturnValue {
    /// How it wants the return to be understood.
    pub flags: ReturnFlags,
    /// The bytes. Empty when nothing was returned.
    pub data: Vec<u8>,
}

impl ExecReturnValue {
    /// A successful return of nothing.
    pub(crate) fn empty() -> Self {
        Self { flags: ReturnFlags::empty(), data: Vec::new() }
    }

    /// Whether the contract asked for its changes to be undone.
    pub fn did_revert(&self) -> bool {
        self.flags.contains(ReturnFlags::REVERT)
    }
}

/// What a constructor returned, and the account it made.
#[derive(Clone, Debug, Encode, Decode, PartialEq, Eq, TypeInfo)]
pub struct InstantiateReturnValue<AccountId> {
    /// What the constructor returned.
    pub result: ExecReturnValue,
    /// Account of the new contract.
    pub account_id: AccountId,
}

/// What an upload did.
#[derive(Clone, Debug, Encode, Decode, MaxEncodedLen, PartialEq, Eq, TypeInfo)]
pub struct CodeUploadReturnValue<Hash, Balance> {
    /// Key under which the code is stored.
    pub code_hash: Hash,
    /// What was held on the uploader for it. 0 when the code was stored already.
    pub deposit: Balance,
}

/// Code to instantiate from.
#[derive(Clone, Debug, Encode, Decode, PartialEq, Eq, TypeInfo)]
pub enum Code<Hash> {
    /// A program image, to be stored first.
    Upload(Vec<u8>),
    /// The hash of one that is stored.
    Existing(Hash),
}

impl<T: Into<Vec<u8>>, Hash> From<T> for Code<Hash> {
    fn from(from: T) -> Self {
        Code::Upload(from.into())
    }
}

/// Whether a program may do what differs from machine to machine.
///
/// eBPF has no such instructions, so every program is [`Determinism::Enforced`]; the type keeps its
/// place in calls, storage and the runtime API.
#[derive(
    Clone, Copy, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, PartialEq, Eq, TypeInfo,
)]
pub enum Determinism {
    /// It must not.
    Enforced,
    /// It may. Asked for at an upload, the program is stored as [`Determinism::Enforced`] all the same,
    /// because it passed the strict check.
    Relaxed,
}

/// An amount with a direction.
#[derive(
    Clone,
    Copy,
    Debug,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    PartialEq,
    Eq,
    Ord,
    PartialOrd,
    TypeInfo,
)]
pub enum StorageDeposit<Balance> {
    /// The origin got it back.
    Refund(Balance),
    /// The origin paid it.
    Charge(Balance),
}

impl<Balance: Zero> Default for StorageDeposit<Balance> {
    fn default() -> Self {
        Self::Charge(Zero::zero())
    }
}

impl<Balance: Zero + Copy> StorageDeposit<Balance> {
    /// What was paid; 0 for a refund.
    pub fn charge_or_zero(&self) -> Balance {
        match self {
            Self::Charge(amount) => *amount,
            Self::Refund(_) => Zero::zero(),
        }
    }

    /// Whether nothing changes hands.
    pub fn is_zero(&self) -> bool {
        match self {
            Self::Charge(amount) | Self::Refund(amount) => amount.is_zero(),
        }
    }
}

impl<Balance: Saturating + Ord + Copy + Zero> StorageDeposit<Balance> {
    /// The sum of two, each with its direction.
    pub fn saturating_add(&self, rhs: &Self) -> Self {
        use StorageDeposit::{Charge, Refund};
        match (*self, *rhs) {
            (Charge(a), Charge(b)) => Charge(a.saturating_add(b)),
            (Refund(a), Refund(b)) => Refund(a.saturating_add(b)),
            (Charge(charge), Refund(refund)) | (Refund(refund), Charge(charge)) => {
                if charge >= refund {
                    Charge(charge.saturating_sub(refund))
                } else {
                    Refund(refund.saturating_sub(charge))
                }
            }
        }
    }

    /// The difference of two, each with its direction.
    pub fn saturating_sub(&self, rhs: &Self) -> Self {
        self.saturating_add(&match *rhs {
            Self::Charge(amount) => Self::Refund(amount),
            Self::Refund(amount) => Self::Charge(amount),
        })
    }

    /// What is left of `limit` after this. A refund adds to it.
    pub fn available(&self, limit: &Balance) -> Balance {
        match self {
            Self::Charge(amount) => limit.saturating_sub(*amount),
            Self::Refund(amount) => limit.saturating_add(*amount),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::StorageDeposit::{Charge, Refund};

    #[test]
    fn deposits_add_with_their_direction() {
        for (a, b, sum) in [
            (Charge(5u64), Charge(3), Charge(8)),
            (Charge(5), Refund(3), Charge(2)),
            (Charge(3), Refund(5), Refund(2)),
            (Refund(3), Refund(5), Refund(8)),
            (Charge(3), Refund(3), Charge(0)),
            (Charge(u64::MAX), Charge(1), Charge(u64::MAX)),
        ] {
            assert_eq!(a.saturating_add(&b), sum);
            assert_eq!(b.saturating_add(&a), sum);
        }
        assert_eq!(Charge(5u64).saturating_sub(&Charge(7)), Refund(2));
        assert_eq!(Refund(5u64).saturating_sub(&Charge(7)), Refund(12));
        assert_eq!(Charge(3u64).available(&10), 7);
        assert_eq!(Charge(30u64).available(&10), 0);
        assert_eq!(Refund(3u64).available(&10), 13);
    }
}

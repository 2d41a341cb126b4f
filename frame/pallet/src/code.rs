//! Stored code: how it is added, counted and removed.
//!
//! A code is stored once, under the hash of its bytes, however many contracts use it. The uploader holds a deposit on
//! their own account. The code can be removed, and the deposit released, when the number of its users is 0. Its users
//! are its contracts, and contracts that lock it as a delegate dependency.
//!
//! Every code was verified when it was stored, under the rules for new code. It is verified again when it is loaded,
//! because only the verifier makes a program that an engine runs; this takes linear time and is charged by length.

use crate::{
    price::Price, AccountIdOf, BalanceOf, CodeHash, CodeInfoOf, CodeVec, Config, Determinism, Error, Event,
    HoldReason, Pallet, PristineCode,
};
use alloc::{format, string::String, vec::Vec};
use codec::{Compact, Decode, Encode, MaxEncodedLen};
use contract_abi::{
    image::{Outline, HEAD_LEN},
    syscall::{Stability, Syscall},
};
use frame_support::{
    ensure,
    traits::{fungible::MutateHold, tokens::Precision, Get},
    weights::Weight,
    CloneNoBound, DebugNoBound,
};
use inkbpf_host::{Code, CompileError, Engine, Rules, SyscallSet};
use polkadot_sdk::*;
use scale_info::TypeInfo;
use sp_runtime::{
    traits::{BadOrigin, Hash, Saturating, Zero},
    DispatchError, DispatchResult,
};

/// What is known about a stored code beside its bytes.
#[derive(CloneNoBound, Encode, Decode, DebugNoBound, TypeInfo, MaxEncodedLen)]
#[cfg_attr(test, derive(frame_support::PartialEqNoBound, frame_support::EqNoBound))]
#[scale_info(skip_type_params(T))]
pub struct CodeInfo<T: Config> {
    /// Who stored it, and may remove it.
    pub(crate) owner: AccountIdOf<T>,
    /// What is held on the owner for it.
    #[codec(compact)]
    pub(crate) deposit: BalanceOf<T>,
    /// How many use it.
    #[codec(compact)]
    pub(crate) refcount: u64,
    /// Always [`Determinism::Enforced`] in what this pallet stores.
    pub(crate) determinism: Determinism,
    /// Length in bytes, so that loading it can be charged before it is done.
    pub(crate) code_len: u32,
}

impl<T: Config> CodeInfo<T> {
    /// Whether the code behaves alike everywhere.
    pub fn is_deterministic(&self) -> bool {
        matches!(self.determinism, Determinism::Enforced)
    }

    /// What is held on the owner for it.
    pub fn deposit(&self) -> BalanceOf<T> {
        self.deposit
    }
}

/// A stored code, whether stored now or before.
pub struct Stored<T: Config> {
    /// Its key.
    pub code_hash: CodeHash<T>,
    /// Its record.
    pub info: CodeInfo<T>,
    /// The deposit of this upload: 0 if the code was already stored.
    pub deposit: BalanceOf<T>,
}

/// A code that was refused, and why.
pub struct Refusal {
    /// The error that the sender gets.
    pub error: DispatchError,
    /// Reason in the debug text of a dry run. Empty if the error says enough.
    pub reason: String,
}

impl<T: Into<DispatchError>> From<T> for Refusal {
    fn from(error: T) -> Self {
        Self { error: error.into(), reason: String::new() }
    }
}

/// Verifies code and stores it.
///
/// # Errors
/// `CodeTooLarge`, `CodeRejected` (with the reason), `StorageDepositNotEnoughFunds`.
pub fn upload<T: Config>(owner: AccountIdOf<T>, code: Vec<u8>) -> Result<Stored<T>, Refusal> {
    let code: CodeVec<T> = code.try_into().map_err(|_| Error::<T>::CodeTooLarge)?;
    let rules =
        Rules { max_writable: T::Schedule::get().limits.max_memory_size(), syscalls: new_code::<T>() };
    if let Err(error) = T::Engine::compile(Code::Bytes(&code), &rules) {
        return Err(Refusal { error: Error::<T>::CodeRejected.into(), reason: reason::<T>(error) });
    }

    let hash = T::Hashing::hash(&code);
    if let Some(info) = CodeInfoOf::<T>::get(hash) {
        return Ok(Stored { code_hash: hash, info, deposit: Zero::zero() });
    }
    let code_len = code.len() as u32;
    let bytes = code_len.saturating_add(CodeInfo::<T>::max_encoded_len() as u32);
    let deposit = T::DepositPerByte::get()
        .saturating_mul(bytes.into())
        .saturating_add(T::DepositPerItem::get().saturating_mul(2u32.into()));
    T::Currency::hold(&HoldReason::CodeUploadDepositReserve.into(), &owner, deposit)
        .map_err(|_| Error::<T>::StorageDepositNotEnoughFunds)?;

    let info =
        CodeInfo { owner: owner.clone(), deposit, refcount: 0, determinism: Determinism::Enforced, code_len };
    PristineCode::<T>::insert(hash, code);
    CodeInfoOf::<T>::insert(hash, &info);
    Pallet::<T>::deposit_event(Event::CodeStored { code_hash: hash, deposit_held: deposit, uploader: owner });
    Ok(Stored { code_hash: hash, info, deposit })
}

/// Removes a code without users.
///
/// # Errors
/// `CodeNotFound`, `CodeInUse`, `BadOrigin` if `origin` is not the owner.
pub fn remove<T: Config>(origin: &AccountIdOf<T>, hash: CodeHash<T>) -> DispatchResult {
    let info = CodeInfoOf::<T>::get(hash).ok_or(Error::<T>::CodeNotFound)?;
    ensure!(info.refcount == 0, Error::<T>::CodeInUse);
    ensure!(&info.owner == origin, BadOrigin);
    T::Currency::release(
        &HoldReason::CodeUploadDepositReserve.into(),
        &info.owner,
        info.deposit,
        Precision::BestEffort,
    )?;
    CodeInfoOf::<T>::remove(hash);
    PristineCode::<T>::remove(hash);
    Pallet::<T>::deposit_event(Event::CodeRemoved {
        code_hash: hash,
        deposit_released: info.deposit,
        remover: info.owner,
    });
    Ok(())
}

/// Adds a user of a code.
///
/// # Errors
/// `CodeNotFound`.
pub fn increment_refcount<T: Config>(hash: CodeHash<T>) -> DispatchResult {
    CodeInfoOf::<T>::mutate(hash, |info| match info {
        Some(info) => {
            info.refcount = info.refcount.saturating_add(1);
            Ok(())
        }
        None => Err(Error::<T>::CodeNotFound.into()),
    })
}

/// Removes a user of a code.
pub fn decrement_refcount<T: Config>(hash: CodeHash<T>) {
    CodeInfoOf::<T>::mutate(hash, |info| {
        if let Some(info) = info {
            info.refcount = info.refcount.saturating_sub(1);
        }
    });
}

/// A contract's deposit for using a code: a share of the code's own deposit, rounded up.
pub fn lockup_deposit<T: Config>(info: &CodeInfo<T>) -> BalanceOf<T> {
    T::CodeHashLockupDepositPercent::get().mul_ceil(info.deposit)
}

/// What the first bytes of the code behind `key` state: its length when expanded, and how much memory it may write.
///
/// The rest of the code is not read. The engine refuses code that does not match what it states.
///
/// # Errors
/// `CodeRejected` when there is no code, or when it does not begin as a program image does.
pub fn outline<T: Config>(key: &[u8]) -> Result<Outline, DispatchError> {
    // The bytes are a SCALE vector: their length comes first.
    let mut head = [0; 5 + HEAD_LEN];
    let rejected = Error::<T>::CodeRejected;
    let stored = sp_io::storage::read(key, &mut head, 0).ok_or(rejected)? as usize;
    let mut head = head.get(..stored).unwrap_or(&head);
    Compact::<u32>::decode(&mut head).map_err(|_| Error::<T>::CodeRejected)?;
    Ok(Outline::of(head).map_err(|_| Error::<T>::CodeRejected)?)
}

/// The weight of expanding new code, and of verifying what it expands to. Zero for code that is stored uncompressed:
/// the weights of the dispatchables cover that.
///
/// It follows what the first bytes of the code state. Code that does not match is refused before more work is done.
pub fn expansion_weight<T: Config>(code: &[u8]) -> Weight {
    match Outline::of(code) {
        Ok(Outline { compressed: true, raw_len, .. }) => Price::ExpandCode(raw_len).weight::<T>(),
        _ => Weight::zero(),
    }
}

/// The rules for loading a program.
///
/// Code from before a syscall was deprecated may still serve messages, but not create new contracts.
pub fn rules_for_loading<T: Config>(max_writable: u32, entry: inkbpf_host::Entry) -> Rules {
    let syscalls = match entry {
        inkbpf_host::Entry::Deploy => new_code::<T>(),
        inkbpf_host::Entry::Call => {
            SyscallSet::of(|syscall| available::<T>(syscall) || syscall.stability() == Stability::Deprecated)
        }
    };
    Rules { max_writable, syscalls }
}

fn new_code<T: Config>() -> SyscallSet {
    SyscallSet::of(available::<T>)
}

fn available<T: Config>(syscall: Syscall) -> bool {
    refused::<T>(syscall).is_none()
}

/// Why new code may not call `syscall`.
fn refused<T: Config>(syscall: Syscall) -> Option<&'static str> {
    use crate::chain_extension::ChainExtension;
    match syscall.stability() {
        Stability::Deprecated => Some("is deprecated"),
        Stability::Unstable if !T::UnsafeUnstableInterface::get() => {
            Some("is unstable, and this chain has no unstable functions")
        }
        Stability::Benchmark if !for_benchmarks() => Some("exists for benchmarks only"),
        _ if syscall == Syscall::CallChainExtension && !T::ChainExtension::enabled() => {
            Some("calls the chain's extensions, and this chain has none")
        }
        _ => None,
    }
}

/// Whether this is a runtime for benchmarks; in the pallet's tests, whether the test is a benchmark.
fn for_benchmarks() -> bool {
    #[cfg(test)]
    let answer = crate::tests::mock::for_benchmarks();
    #[cfg(not(test))]
    let answer = cfg!(feature = "runtime-benchmarks");
    answer
}

/// Why a program was refused, for its author.
pub fn reason<T: Config>(error: CompileError) -> String {
    match error {
        CompileError::NotFound => "there is no code".into(),
        CompileError::Rejected { reason } => reason,
        CompileError::Syscall { number, slot } => match Syscall::from_number(number) {
            None => format!("slot {slot} calls function {number}, which does not exist"),
            Some(syscall) => {
                let why = refused::<T>(syscall).unwrap_or("is not available");
                format!("slot {slot} calls {}, which {why}", syscall.symbol())
            }
        },
    }
}

//! The price of everything that the pallet does for a contract.
//!
//! One enum, one function. A price with a number is for that many bytes, unless stated otherwise.
//!
//! Storage access is charged for the longest possible value before it happens, and corrected to the actual length
//! afterwards. Because the weights were measured in a small trie, the extra cost of access in a full one is added.

use crate::{Config, WeightInfo};
use frame_support::{traits::Get, weights::Weight};
use polkadot_sdk::*;

/// Something that costs weight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // Most are named after the syscall they price.
pub enum Price {
    /// Loading code of this length, and verifying and compiling it.
    LoadCode(u32),
    /// Expanding compressed code to this length, and verifying and compiling that much.
    ExpandCode(u32),
    /// Memory that a frame may write, in bytes: all of the program's, whether used or not.
    ///
    /// A program can have all of it cleared by one access to its far end.
    FrameMemory(u32),
    /// Leaving the program for a syscall and entering it again.
    Syscall,
    /// Copying out of the contract's memory.
    CopyFromContract(u32),
    /// Copying into the contract's memory.
    CopyToContract(u32),
    Caller,
    IsContract,
    CodeHash,
    OwnCodeHash,
    CallerIsOrigin,
    CallerIsRoot,
    Address,
    GasLeft,
    Balance,
    ValueTransferred,
    MinimumBalance,
    BlockNumber,
    Now,
    WeightToFee,
    Random,
    ReentranceCount,
    AccountReentranceCount,
    InstantiationNonce,
    DepositEvent {
        topics: u32,
        len: u32,
    },
    DebugMessage(u32),
    SetStorage {
        new: u32,
        old: u32,
    },
    ClearStorage(u32),
    GetStorage(u32),
    ContainsStorage(u32),
    TakeStorage(u32),
    SetTransientStorage {
        new: u32,
        old: u32,
    },
    ClearTransientStorage(u32),
    GetTransientStorage(u32),
    ContainsTransientStorage(u32),
    TakeTransientStorage(u32),
    Transfer,
    /// A call, before anything is known about it.
    Call,
    /// The additional cost of a call that transfers value.
    CallWithValue,
    /// Passing on a copy of the contract's own input.
    CloneInput(u32),
    DelegateCall,
    Instantiate {
        input: u32,
        salt: u32,
    },
    /// With this many delegate dependencies.
    Terminate(u32),
    SetCodeHash,
    LockDelegateDependency,
    UnlockDelegateDependency,
    HashSha2256(u32),
    HashKeccak256(u32),
    HashBlake2256(u32),
    HashBlake2128(u32),
    Sr25519Verify(u32),
    EcdsaRecover,
    EcdsaToEthAddress,
    /// The weight that a chain extension, or a dispatched call, states.
    Foreign(Weight),
}

impl Price {
    /// Its weight.
    pub fn weight<T: Config>(self) -> Weight {
        use Price::*;
        type W<T> = <T as Config>::WeightInfo;
        let per_byte = |price: fn(u32) -> Weight, len: u32| price(len).saturating_sub(price(0));
        match self {
            LoadCode(len) => per_byte(W::<T>::call_with_code_per_byte, len),
            ExpandCode(len) => per_byte(W::<T>::call_with_compressed_code_per_byte, len),
            FrameMemory(len) => per_byte(W::<T>::frame_memory, len),
            Syscall => W::<T>::noop_host_fn(1).saturating_sub(W::<T>::noop_host_fn(0)),
            CopyFromContract(len) => W::<T>::seal_return(len),
            CopyToContract(len) => W::<T>::seal_input(len),
            Caller => W::<T>::seal_caller(),
            IsContract => W::<T>::seal_is_contract(),
            CodeHash => W::<T>::seal_code_hash(),
            OwnCodeHash => W::<T>::seal_own_code_hash(),
            CallerIsOrigin => W::<T>::seal_caller_is_origin(),
            CallerIsRoot => W::<T>::seal_caller_is_root(),
            Address => W::<T>::seal_address(),
            GasLeft => W::<T>::seal_gas_left(),
            Balance => W::<T>::seal_balance(),
            ValueTransferred => W::<T>::seal_value_transferred(),
            MinimumBalance => W::<T>::seal_minimum_balance(),
            BlockNumber => W::<T>::seal_block_number(),
            Now => W::<T>::seal_now(),
            WeightToFee => W::<T>::seal_weight_to_fee(),
            Random => W::<T>::seal_random(),
            ReentranceCount => W::<T>::seal_reentrance_count(),
            AccountReentranceCount => W::<T>::seal_account_reentrance_count(),
            InstantiationNonce => W::<T>::seal_instantiation_nonce(),
            DepositEvent { topics, len } => W::<T>::seal_deposit_event(topics, len)
                // The record stays in memory until the block ends.
                .saturating_add(Weight::from_parts(
                    T::Schedule::get().limits.event_ref_time.saturating_mul(len.into()),
                    0,
                )),
            DebugMessage(len) => W::<T>::seal_debug_message(len),
            SetStorage { new, old } => full_trie_write::<T>(W::<T>::seal_set_storage(new, old)),
            ClearStorage(len) => full_trie_write::<T>(W::<T>::seal_clear_storage(len)),
            GetStorage(len) => full_trie_read::<T>(W::<T>::seal_get_storage(len)),
            ContainsStorage(len) => full_trie_read::<T>(W::<T>::seal_contains_storage(len)),
            TakeStorage(len) => full_trie_write::<T>(W::<T>::seal_take_storage(len)),
            SetTransientStorage { new, old } => {
                transient_write::<T>(W::<T>::seal_set_transient_storage(new, old))
            }
            ClearTransientStorage(len) => transient_write::<T>(W::<T>::seal_clear_transient_storage(len)),
            GetTransientStorage(len) => transient_read::<T>(W::<T>::seal_get_transient_storage(len)),
            ContainsTransientStorage(len) => {
                transient_read::<T>(W::<T>::seal_contains_transient_storage(len))
            }
            TakeTransientStorage(len) => transient_write::<T>(W::<T>::seal_take_transient_storage(len)),
            Transfer => W::<T>::seal_transfer(),
            Call => W::<T>::seal_call(0, 0),
            CallWithValue => W::<T>::seal_call(1, 0).saturating_sub(W::<T>::seal_call(0, 0)),
            CloneInput(len) => W::<T>::seal_call(0, len).saturating_sub(W::<T>::seal_call(0, 0)),
            DelegateCall => W::<T>::seal_delegate_call(),
            Instantiate { input, salt } => W::<T>::seal_instantiate(input, salt),
            Terminate(dependencies) => W::<T>::seal_terminate(dependencies),
            SetCodeHash => W::<T>::seal_set_code_hash(),
            LockDelegateDependency => W::<T>::lock_delegate_dependency(),
            UnlockDelegateDependency => W::<T>::unlock_delegate_dependency(),
            HashSha2256(len) => W::<T>::seal_hash_sha2_256(len),
            HashKeccak256(len) => W::<T>::seal_hash_keccak_256(len),
            HashBlake2256(len) => W::<T>::seal_hash_blake2_256(len),
            HashBlake2128(len) => W::<T>::seal_hash_blake2_128(len),
            Sr25519Verify(len) => W::<T>::seal_sr25519_verify(len),
            EcdsaRecover => W::<T>::seal_ecdsa_recover(),
            EcdsaToEthAddress => W::<T>::seal_ecdsa_to_eth_address(),
            Foreign(weight) => weight,
        }
    }
}

fn full_trie_read<T: Config>(weight: Weight) -> Weight {
    let extra = T::WeightInfo::get_storage_full().saturating_sub(T::WeightInfo::get_storage_empty());
    weight.saturating_add(extra)
}

fn full_trie_write<T: Config>(weight: Weight) -> Weight {
    let extra = T::WeightInfo::set_storage_full().saturating_sub(T::WeightInfo::set_storage_empty());
    weight.saturating_add(extra)
}

fn transient_read<T: Config>(weight: Weight) -> Weight {
    let full = T::WeightInfo::get_transient_storage_full();
    weight.saturating_add(full.saturating_sub(T::WeightInfo::get_transient_storage_empty()))
}

/// Includes the cost of a possible rollback.
fn transient_write<T: Config>(weight: Weight) -> Weight {
    let full = T::WeightInfo::set_transient_storage_full();
    weight
        .saturating_add(T::WeightInfo::rollback_transient_storage())
        .saturating_add(full.saturating_sub(T::WeightInfo::set_transient_storage_empty()))
}

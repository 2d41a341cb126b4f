//! The chain as a running contract sees it.

use crate::{
    exec::{ExecError, ExecReturn},
    gas::GasMeter,
    schedule::Schedule,
    storage::{meter::Diff, ContractInfo, Key, WriteOutcome},
    AccountIdOf, BalanceOf, CodeHash, Config, MomentOf, Origin,
};
use alloc::vec::Vec;
use frame_support::dispatch::DispatchResultWithPostInfo;
use frame_system::pallet_prelude::BlockNumberFor;
use polkadot_sdk::*;
use sp_runtime::DispatchError;
use sp_weights::Weight;

/// What a frame's code can read and do.
///
/// Syscalls and chain extensions use only this trait, so that each can be tested without a chain. Nothing here charges
/// gas except loading code.
pub trait Ext: sealed::Sealed {
    /// The runtime.
    type T: Config;

    /// Calls another contract.
    ///
    /// `gas_limit` and `deposit_limit` of 0 mean all that is left. `allows_reentry` says whether the callee may call
    /// back into this contract.
    ///
    /// # Errors
    /// See [`ExecError`].
    #[allow(clippy::too_many_arguments)] // One for each thing that the syscall can say.
    fn call(
        &mut self,
        gas_limit: Weight,
        deposit_limit: BalanceOf<Self::T>,
        to: AccountIdOf<Self::T>,
        value: BalanceOf<Self::T>,
        input_data: Vec<u8>,
        allows_reentry: bool,
        read_only: bool,
    ) -> ExecReturn;

    /// Runs another code on this contract's storage, with this contract's caller.
    ///
    /// # Errors
    /// See [`ExecError`].
    fn delegate_call(&mut self, code_hash: CodeHash<Self::T>, input_data: Vec<u8>) -> ExecReturn;

    /// Creates a contract. Returns its account and what its constructor returned.
    ///
    /// # Errors
    /// See [`ExecError`].
    fn instantiate(
        &mut self,
        gas_limit: Weight,
        deposit_limit: BalanceOf<Self::T>,
        code_hash: CodeHash<Self::T>,
        value: BalanceOf<Self::T>,
        input_data: Vec<u8>,
        salt: &[u8],
    ) -> Result<(AccountIdOf<Self::T>, crate::ExecReturnValue), ExecError>;

    /// Removes this contract. The frame must end right after.
    ///
    /// # Errors
    /// `TerminatedWhileReentrant`.
    fn terminate(&mut self, beneficiary: &AccountIdOf<Self::T>) -> Result<(), DispatchError>;

    /// Transfers balance of this contract.
    ///
    /// # Errors
    /// `TransferFailed`.
    fn transfer(&mut self, to: &AccountIdOf<Self::T>, value: BalanceOf<Self::T>)
        -> Result<(), DispatchError>;

    /// The value under `key`.
    fn get_storage(&mut self, key: &Key<Self::T>) -> Option<Vec<u8>>;

    /// Length of the value under `key`.
    fn get_storage_size(&mut self, key: &Key<Self::T>) -> Option<u32>;

    /// Writes a value under `key`, or removes it.
    ///
    /// # Errors
    /// `ContractNotFound` when the contract has removed itself.
    fn set_storage(
        &mut self,
        key: &Key<Self::T>,
        value: Option<Vec<u8>>,
        take_old: bool,
    ) -> Result<WriteOutcome, DispatchError>;

    /// The transient value under `key`.
    fn get_transient_storage(&self, key: &Key<Self::T>) -> Option<Vec<u8>>;

    /// Length of the transient value under `key`.
    fn get_transient_storage_size(&self, key: &Key<Self::T>) -> Option<u32>;

    /// Writes a transient value under `key`, or removes it.
    ///
    /// # Errors
    /// `OutOfTransientStorage`.
    fn set_transient_storage(
        &mut self,
        key: &Key<Self::T>,
        value: Option<Vec<u8>>,
        take_old: bool,
    ) -> Result<WriteOutcome, DispatchError>;

    /// The caller.
    fn caller(&self) -> Origin<Self::T>;

    /// Whether there is a contract at `address`.
    fn is_contract(&self, address: &AccountIdOf<Self::T>) -> bool;

    /// The code of the contract at `address`.
    fn code_hash(&self, address: &AccountIdOf<Self::T>) -> Option<CodeHash<Self::T>>;

    /// The code of this contract.
    ///
    /// # Errors
    /// `ContractNotFound` when the contract has removed itself.
    fn own_code_hash(&mut self) -> Result<CodeHash<Self::T>, DispatchError>;

    /// Whether the caller is the origin of the whole call.
    fn caller_is_origin(&self) -> bool;

    /// Whether the caller is root.
    fn caller_is_root(&self) -> bool;

    /// This contract's account.
    fn address(&self) -> &AccountIdOf<Self::T>;

    /// The balance that this contract could transfer.
    fn balance(&self) -> BalanceOf<Self::T>;

    /// The value that the caller transferred.
    fn value_transferred(&self) -> BalanceOf<Self::T>;

    /// The time of the block.
    fn now(&self) -> &MomentOf<Self::T>;

    /// Balance below which an account ceases to exist.
    fn minimum_balance(&self) -> BalanceOf<Self::T>;

    /// A number from the chain's randomness, and the block since which observers could determine it.
    fn random(&self, subject: &[u8]) -> (CodeHash<Self::T>, BlockNumberFor<Self::T>);

    /// Emits an event of the contract.
    fn deposit_event(&mut self, topics: Vec<CodeHash<Self::T>>, data: Vec<u8>);

    /// Number of the block.
    fn block_number(&self) -> BlockNumberFor<Self::T>;

    /// Longest storage value, in bytes.
    fn max_value_size(&self) -> u32;

    /// Price of weight.
    fn get_weight_price(&self, weight: Weight) -> BalanceOf<Self::T>;

    /// The schedule.
    fn schedule(&self) -> &Schedule<Self::T>;

    /// The frame's gas.
    fn gas_meter(&self) -> &GasMeter<Self::T>;

    /// The frame's gas, to charge.
    fn gas_meter_mut(&mut self) -> &mut GasMeter<Self::T>;

    /// Makes the origin pay a deposit for storage that this contract uses elsewhere.
    fn charge_storage(&mut self, diff: &Diff);

    /// Adds to the debug text. Returns whether there is one.
    fn append_debug_buffer(&mut self, text: &str) -> bool;

    /// Adds the line of a syscall to the debug text, unless such lines have filled half of it.
    fn append_trace(&mut self, line: &str);

    /// Whether there is a debug text.
    fn debug_buffer_enabled(&self) -> bool;

    /// Dispatches a call of the runtime, signed by this contract.
    ///
    /// # Errors
    /// That of the call.
    fn call_runtime(&self, call: <Self::T as Config>::RuntimeCall) -> DispatchResultWithPostInfo;

    /// The compressed ECDSA public key that signed `message_hash`.
    fn ecdsa_recover(&self, signature: &[u8; 65], message_hash: &[u8; 32]) -> Option<[u8; 33]>;

    /// Whether an sr25519 signature is valid.
    fn sr25519_verify(&self, signature: &[u8; 64], message: &[u8], public_key: &[u8; 32]) -> bool;

    /// The Ethereum address of a compressed ECDSA public key.
    fn ecdsa_to_eth_address(&self, public_key: &[u8; 33]) -> Option<[u8; 20]>;

    /// The chain's record of this contract.
    ///
    /// # Errors
    /// `ContractNotFound` when the contract has removed itself.
    fn contract_info(&mut self) -> Result<&mut ContractInfo<Self::T>, DispatchError>;

    /// Changes this contract's code, from the next call on.
    ///
    /// # Errors
    /// `CodeNotFound`, `Indeterministic`.
    fn set_code_hash(&mut self, code_hash: CodeHash<Self::T>) -> Result<(), DispatchError>;

    /// How many frames of this contract are below this one. Delegate calls do not count.
    fn reentrance_count(&self) -> u32;

    /// How many frames of `account` are on the stack. Delegate calls do not count.
    fn account_reentrance_count(&self, account: &AccountIdOf<Self::T>) -> u32;

    /// How many contracts have been created.
    fn nonce(&mut self) -> u64;

    /// Keeps a code from being removed while this contract exists.
    ///
    /// # Errors
    /// `CannotAddSelfAsDelegateDependency`, `CodeNotFound`, `DelegateDependencyAlreadyExists`,
    /// `MaxDelegateDependenciesReached`.
    fn lock_delegate_dependency(&mut self, code_hash: CodeHash<Self::T>) -> Result<(), DispatchError>;

    /// Releases such a code.
    ///
    /// # Errors
    /// `DelegateDependencyNotFound`.
    fn unlock_delegate_dependency(&mut self, code_hash: &CodeHash<Self::T>) -> Result<(), DispatchError>;

    /// How many codes this contract has locked.
    fn locked_delegate_dependencies_count(&mut self) -> u32;

    /// Whether this frame must change nothing.
    fn is_read_only(&self) -> bool;
}

/// Only the pallet implements [`Ext`].
pub(crate) mod sealed {
    /// Cannot be named outside the pallet.
    pub trait Sealed {}
}

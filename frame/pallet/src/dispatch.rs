//! Runs contracts for dispatchables and the runtime API.
//!
//! Every way to run a contract (the dispatchables, and the `bare_*` functions behind the runtime API) makes the two
//! meters, runs the stack, and settles the deposits, all in one storage transaction: if the settlement fails, the whole
//! call is undone. [`Pallet::bare_instantiate`] stores its code before that, and the code stays if the constructor
//! fails: a caller within a block has to undo it. FRAME wraps the dispatchables in a transaction of its own.
//!
//! While a contract runs, all of these ways are closed: a contract cannot use `call_runtime` to run another one around
//! the rules for contract calls. Storing and removing code runs nothing, and stays possible.

use crate::{
    code,
    exec::{Context, ExecError, Stack},
    executable::{Blob, Executable},
    gas::GasMeter,
    price::Price,
    storage::{meter::Meter, ContractInfo, Key},
    AccountIdOf, AddressGenerator, BalanceOf, Code, CodeHash, CodeUploadResult, CodeUploadReturnValue,
    Config, ContractAccessError, ContractExecResult, ContractInfoOf, ContractInstantiateResult, DebugBuffer,
    Determinism, Error, Event, EventRecordOf, ExecReturnValue, GetStorageResult, InstantiateReturnValue,
    Migration, OldWeight, Origin, Pallet, StorageDeposit, WeightInfo, LOG_TARGET,
};
use alloc::vec::Vec;
use frame_support::{
    dispatch::{DispatchClass, DispatchErrorWithPostInfo, DispatchResultWithPostInfo},
    ensure,
    storage::{with_transaction, TransactionOutcome},
    traits::Get,
};
use polkadot_sdk::*;
use smallvec::Array;
use sp_runtime::{
    traits::{Saturating, Zero},
    DispatchError, DispatchResult,
};
use sp_weights::Weight;

/// Whether a dry run keeps the debug text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DebugInfo {
    /// No.
    Skip,
    /// Yes. Not within a block: nobody has paid for the text's memory.
    UnsafeDebug,
}

/// Whether a dry run returns events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CollectEvents {
    /// No.
    Skip,
    /// Yes: those of the block up to and including the call. Not within a block: it reads all of them.
    UnsafeCollect,
}

/// The result of a run.
struct Run<T: Config, R> {
    result: Result<R, ExecError>,
    gas: GasMeter<T>,
    deposit: StorageDeposit<BalanceOf<T>>,
}

/// The arguments common to all ways to run a contract.
struct Common<T: Config> {
    origin: Origin<T>,
    value: BalanceOf<T>,
    gas_limit: Weight,
    deposit_limit: Option<BalanceOf<T>>,
    determinism: Determinism,
}

environmental::environmental!(running: bool);

/// Stores code for at most this deposit. If its deposit is higher, the code is stored all the same, and the caller has
/// to undo that.
///
/// # Errors
/// `StorageDepositLimitExhausted`, and those of [`code::upload`].
fn upload_within<T: Config>(
    owner: AccountIdOf<T>,
    code: Vec<u8>,
    limit: Option<BalanceOf<T>>,
) -> Result<code::Stored<T>, code::Refusal> {
    let stored = code::upload::<T>(owner, code)?;
    match limit {
        Some(limit) if stored.deposit > limit => Err(Error::<T>::StorageDepositLimitExhausted.into()),
        _ => Ok(stored),
    }
}

/// Runs `body` unless a contract is already running.
fn guarded<R>(denied: impl FnOnce() -> R, body: impl FnOnce() -> R) -> R {
    if running::with(|_| ()).is_some() {
        return denied();
    }
    running::using_once(&mut true, body)
}

impl<T: Config> Common<T> {
    /// Loads what is to run, checks the deposit limit, runs `body` with a stack's context, then settles. If several
    /// things are wrong, this order decides which error the sender gets.
    fn run<L, R>(
        self,
        debug_buffer: Option<&mut DebugBuffer<T>>,
        load: impl FnOnce(&mut GasMeter<T>) -> Result<L, DispatchError>,
        body: impl FnOnce(Context<'_, T>, BalanceOf<T>, L) -> Result<(R, ExecReturnValue), ExecError>,
    ) -> Run<T, (R, ExecReturnValue)> {
        let Self { origin, value, gas_limit, deposit_limit, determinism } = self;
        let mut gas = GasMeter::new(gas_limit);
        let mut deposit = StorageDeposit::default();
        let result = guarded(
            || Err(Error::<T>::ReentranceDenied.into()),
            || {
                if matches!(origin, Origin::Root) && !value.is_zero() {
                    return Err(DispatchError::RootNotAllowed.into());
                }
                let loaded = load(&mut gas)?;
                let mut storage_meter = Meter::new(&origin, deposit_limit, value)?;
                let schedule = T::Schedule::get();
                // An error of the settlement undoes what the run committed.
                let outcome = with_transaction(|| -> TransactionOutcome<Result<_, DispatchError>> {
                    let context = Context {
                        origin: origin.clone(),
                        gas_meter: &mut gas,
                        storage_meter: &mut storage_meter,
                        schedule: &schedule,
                        debug_buffer,
                        determinism,
                    };
                    let result = body(context, value, loaded).and_then(|output| {
                        // A contract that reverted leaves nothing to settle.
                        deposit = storage_meter.settle(&origin)?;
                        Ok(output)
                    });
                    match result {
                        Ok(output) => TransactionOutcome::Commit(Ok(Ok(output))),
                        Err(error) => TransactionOutcome::Rollback(Ok(Err(error))),
                    }
                });
                outcome.unwrap_or_else(|error| Err(error.into()))
            },
        );
        Run { result, gas, deposit }
    }

    fn call(
        self,
        dest: AccountIdOf<T>,
        data: Vec<u8>,
        debug_buffer: Option<&mut DebugBuffer<T>>,
    ) -> Run<T, ExecReturnValue> {
        // For a call, the stack finds the contract and loads its code.
        let load = |_: &mut GasMeter<T>| Ok(());
        let run = self.run(debug_buffer, load, |context, value, ()| {
            Stack::<T, Blob<T>>::run_call(dest, context, value, data).map(|output| ((), output))
        });
        Run { result: run.result.map(|((), output)| output), gas: run.gas, deposit: run.deposit }
    }

    /// `stored` is the code if this very call stored it.
    fn instantiate(
        self,
        deployer: AccountIdOf<T>,
        code_hash: CodeHash<T>,
        stored: Option<Blob<T>>,
        data: Vec<u8>,
        salt: &[u8],
        debug_buffer: Option<&mut DebugBuffer<T>>,
    ) -> Run<T, (AccountIdOf<T>, ExecReturnValue)> {
        let load = |gas: &mut GasMeter<T>| match stored {
            Some(blob) => Ok(blob),
            None => Blob::from_storage(code_hash, gas),
        };
        self.run(debug_buffer, load, |context, value, executable| {
            Stack::run_instantiate(deployer, executable, context, value, data, salt)
        })
    }
}

impl<T: Config> Pallet<T> {
    /// The weight for a limit with one dimension, as in older calls.
    pub(crate) fn compat_weight_limit(gas_limit: OldWeight) -> Weight {
        Weight::from_parts(gas_limit, u64::from(T::MaxCodeLen::get()).saturating_mul(2))
    }

    /// See [`Pallet::call`].
    pub(crate) fn dispatch_call(
        origin: Origin<T>,
        dest: AccountIdOf<T>,
        value: BalanceOf<T>,
        gas_limit: Weight,
        deposit_limit: Option<BalanceOf<T>>,
        data: Vec<u8>,
    ) -> DispatchResultWithPostInfo {
        let common = Common { origin, value, gas_limit, deposit_limit, determinism: Determinism::Enforced };
        let run = common.call(dest, data, None);
        let result = run.result.and_then(refuse_revert::<T>);
        run.gas.into_dispatch_result(result.map_err(|error| error.error), T::WeightInfo::call())
    }

    /// See [`Pallet::instantiate`].
    pub(crate) fn dispatch_instantiate(
        deployer: AccountIdOf<T>,
        value: BalanceOf<T>,
        gas_limit: Weight,
        deposit_limit: Option<BalanceOf<T>>,
        code_hash: CodeHash<T>,
        data: Vec<u8>,
        salt: Vec<u8>,
    ) -> DispatchResultWithPostInfo {
        let base = T::WeightInfo::instantiate(data.len() as u32, salt.len() as u32);
        let common = Common::<T> {
            origin: Origin::from_account_id(deployer.clone()),
            value,
            gas_limit,
            deposit_limit,
            determinism: Determinism::Enforced,
        };
        let run = common.instantiate(deployer, code_hash, None, data, &salt, None);
        let result = run.result.and_then(|(_, output)| refuse_revert::<T>(output));
        run.gas.into_dispatch_result(result.map_err(|error| error.error), base)
    }

    /// See [`Pallet::instantiate_with_code`].
    #[allow(clippy::too_many_arguments)] // Those of the dispatchable, and both of its origins.
    pub(crate) fn dispatch_instantiate_with_code(
        uploader: AccountIdOf<T>,
        deployer: AccountIdOf<T>,
        value: BalanceOf<T>,
        gas_limit: Weight,
        deposit_limit: Option<BalanceOf<T>>,
        code: Vec<u8>,
        data: Vec<u8>,
        salt: Vec<u8>,
    ) -> DispatchResultWithPostInfo {
        let base =
            T::WeightInfo::instantiate_with_code(code.len() as u32, data.len() as u32, salt.len() as u32)
                .saturating_add(code::expansion_weight::<T>(&code));
        let failed = |error: DispatchError| DispatchErrorWithPostInfo { post_info: Some(base).into(), error };
        let code::Stored { code_hash, info, deposit: upload_deposit } = guarded(
            || Err(Error::<T>::ReentranceDenied.into()),
            || upload_within::<T>(uploader, code, deposit_limit).map_err(|refusal| refusal.error),
        )
        .map_err(failed)?;
        let common = Common::<T> {
            origin: Origin::from_account_id(deployer.clone()),
            value,
            gas_limit,
            deposit_limit: deposit_limit.map(|limit| limit.saturating_sub(upload_deposit)),
            determinism: Determinism::Enforced,
        };
        let stored = Some(Blob::just_stored(code_hash, info));
        let run = common.instantiate(deployer, code_hash, stored, data, &salt, None);
        let result = run.result.and_then(|(_, output)| refuse_revert::<T>(output));
        run.gas.into_dispatch_result(result.map_err(|error| error.error), base)
    }

    /// See [`Pallet::set_code`].
    pub(crate) fn do_set_code(dest: AccountIdOf<T>, code_hash: CodeHash<T>) -> DispatchResult {
        ContractInfoOf::<T>::try_mutate(&dest, |info| {
            let info = info.as_mut().ok_or(Error::<T>::ContractNotFound)?;
            code::increment_refcount::<T>(code_hash)?;
            code::decrement_refcount::<T>(info.code_hash);
            let old_code_hash = core::mem::replace(&mut info.code_hash, code_hash);
            Self::deposit_event(Event::ContractCodeUpdated {
                contract: dest.clone(),
                new_code_hash: code_hash,
                old_code_hash,
            });
            Ok(())
        })
    }

    /// Calls a contract, for another part of the runtime or for a dry run.
    ///
    /// Like [`Pallet::call`], but a REVERT is an `Ok` with that flag, and no weight is paid.
    #[allow(clippy::too_many_arguments)] // The interface of `pallet-contracts`.
    pub fn bare_call(
        origin: AccountIdOf<T>,
        dest: AccountIdOf<T>,
        value: BalanceOf<T>,
        gas_limit: Weight,
        storage_deposit_limit: Option<BalanceOf<T>>,
        data: Vec<u8>,
        debug: DebugInfo,
        collect_events: CollectEvents,
        determinism: Determinism,
    ) -> ContractExecResult<BalanceOf<T>, EventRecordOf<T>> {
        if Migration::<T>::in_progress() {
            return migrating::<T, _>();
        }
        let mut debug_buffer = debug_buffer::<T>(debug);
        let origin = Origin::<T>::from_account_id(origin);
        let common = Common { origin, value, gas_limit, deposit_limit: storage_deposit_limit, determinism };
        let run = common.call(dest, data, debug_buffer.as_mut());
        ContractExecResult {
            gas_consumed: run.gas.gas_consumed(),
            gas_required: run.gas.gas_required(),
            storage_deposit: run.deposit,
            debug_message: debug_buffer.unwrap_or_default().into_inner(),
            result: run.result.map_err(|error| error.error),
            events: collect::<T>(collect_events),
        }
    }

    /// Creates a contract, for another part of the runtime or for a dry run.
    ///
    /// Like [`Pallet::instantiate`] and [`Pallet::instantiate_with_code`], but a REVERT is an `Ok` with that flag, and
    /// no weight is paid.
    #[allow(clippy::too_many_arguments)] // The interface of `pallet-contracts`.
    pub fn bare_instantiate(
        origin: AccountIdOf<T>,
        value: BalanceOf<T>,
        gas_limit: Weight,
        mut storage_deposit_limit: Option<BalanceOf<T>>,
        code: Code<CodeHash<T>>,
        data: Vec<u8>,
        salt: Vec<u8>,
        debug: DebugInfo,
        collect_events: CollectEvents,
    ) -> ContractInstantiateResult<AccountIdOf<T>, BalanceOf<T>, EventRecordOf<T>> {
        if Migration::<T>::in_progress() {
            return migrating::<T, _>();
        }
        let mut debug_buffer = debug_buffer::<T>(debug);
        let (code_hash, stored, upload_deposit) = match code {
            Code::Existing(code_hash) => (code_hash, None, Zero::zero()),
            Code::Upload(code) => match Self::upload_for_dry_run(&origin, code, storage_deposit_limit) {
                Ok(code::Stored { code_hash, info, deposit }) => {
                    storage_deposit_limit = storage_deposit_limit.map(|limit| limit.saturating_sub(deposit));
                    (code_hash, Some(Blob::just_stored(code_hash, info)), deposit)
                }
                Err(refusal) => {
                    let mut text = debug_buffer.unwrap_or_default();
                    if matches!(debug, DebugInfo::UnsafeDebug) {
                        // A reason that does not fit into the buffer is left out.
                        let _ = text.try_extend(&mut refusal.reason.bytes());
                    }
                    return ContractInstantiateResult {
                        gas_consumed: Weight::zero(),
                        gas_required: Weight::zero(),
                        storage_deposit: Default::default(),
                        debug_message: text.into_inner(),
                        result: Err(refusal.error),
                        events: collect::<T>(collect_events),
                    };
                }
            },
        };
        let common = Common::<T> {
            origin: Origin::from_account_id(origin.clone()),
            value,
            gas_limit,
            deposit_limit: storage_deposit_limit,
            determinism: Determinism::Enforced,
        };
        let run = common.instantiate(origin, code_hash, stored, data, &salt, debug_buffer.as_mut());
        ContractInstantiateResult {
            gas_consumed: run.gas.gas_consumed(),
            gas_required: run.gas.gas_required(),
            storage_deposit: run.deposit.saturating_add(&StorageDeposit::Charge(upload_deposit)),
            debug_message: debug_buffer.unwrap_or_default().into_inner(),
            result: run
                .result
                .map(|(account_id, result)| InstantiateReturnValue { result, account_id })
                .map_err(|error| error.error),
            events: collect::<T>(collect_events),
        }
    }

    fn upload_for_dry_run(
        origin: &AccountIdOf<T>,
        code: Vec<u8>,
        deposit_limit: Option<BalanceOf<T>>,
    ) -> Result<code::Stored<T>, code::Refusal> {
        guarded(
            || Err(Error::<T>::ReentranceDenied.into()),
            || upload_within::<T>(origin.clone(), code, deposit_limit),
        )
    }

    /// Stores code, for another part of the runtime or for a dry run. See [`Pallet::upload_code`].
    ///
    /// `determinism` has no effect: all programs are deterministic.
    ///
    /// # Errors
    /// Those of [`Pallet::upload_code`].
    pub fn bare_upload_code(
        origin: AccountIdOf<T>,
        code: Vec<u8>,
        storage_deposit_limit: Option<BalanceOf<T>>,
        _determinism: Determinism,
    ) -> CodeUploadResult<CodeHash<T>, BalanceOf<T>> {
        Migration::<T>::ensure_migrated()?;
        with_transaction(|| {
            let result = upload_within::<T>(origin, code, storage_deposit_limit)
                .map(|code::Stored { code_hash, deposit, .. }| CodeUploadReturnValue { code_hash, deposit })
                .map_err(|refusal| {
                    // The result has no room for it.
                    if !refusal.reason.is_empty() {
                        log::debug!(target: LOG_TARGET, "code is rejected: {}", refusal.reason);
                    }
                    refusal.error
                });
            match result {
                Ok(_) => TransactionOutcome::Commit(result),
                Err(_) => TransactionOutcome::Rollback(result),
            }
        })
    }

    /// The value under a storage key of variable length of a contract.
    ///
    /// # Errors
    /// [`ContractAccessError`].
    pub fn get_storage(address: AccountIdOf<T>, key: Vec<u8>) -> GetStorageResult {
        if Migration::<T>::in_progress() {
            return Err(ContractAccessError::MigrationInProgress);
        }
        let contract = ContractInfoOf::<T>::get(address).ok_or(ContractAccessError::DoesntExist)?;
        let key = Key::<T>::try_from_var(key).map_err(|_| ContractAccessError::KeyDecodingFailed)?;
        Ok(contract.read(&key))
    }

    /// The account of a contract that `deployer` would create.
    pub fn contract_address(
        deployer: &AccountIdOf<T>,
        code_hash: &CodeHash<T>,
        input_data: &[u8],
        salt: &[u8],
    ) -> AccountIdOf<T> {
        T::AddressGenerator::contract_address(deployer, code_hash, input_data, salt)
    }

    /// The code of the contract at `account`, if there is one.
    pub fn code_hash(account: &AccountIdOf<T>) -> Option<CodeHash<T>> {
        ContractInfo::<T>::load_code_hash(account)
    }
}

/// Turns a contract's REVERT into a dispatchable's error.
fn refuse_revert<T: Config>(output: ExecReturnValue) -> Result<(), ExecError> {
    ensure!(!output.did_revert(), Error::<T>::ContractReverted);
    Ok(())
}

fn debug_buffer<T: Config>(debug: DebugInfo) -> Option<DebugBuffer<T>> {
    match debug {
        DebugInfo::UnsafeDebug => Some(DebugBuffer::<T>::default()),
        DebugInfo::Skip => None,
    }
}

fn collect<T: Config>(collect_events: CollectEvents) -> Option<Vec<EventRecordOf<T>>> {
    match collect_events {
        CollectEvents::UnsafeCollect => {
            Some(frame_system::Pallet::<T>::read_events_no_consensus().map(|record| *record).collect())
        }
        CollectEvents::Skip => None,
    }
}

/// The result of a dry run while the storage is being migrated.
fn migrating<T: Config, R>() -> crate::ContractResult<Result<R, DispatchError>, BalanceOf<T>, EventRecordOf<T>>
{
    crate::ContractResult {
        gas_consumed: Weight::zero(),
        gas_required: Weight::zero(),
        storage_deposit: Default::default(),
        debug_message: Vec::new(),
        result: Err(Error::<T>::MigrationInProgress.into()),
        events: None,
    }
}

/// Checks that the limits of the configuration are consistent.
///
/// # Panics
/// When they are not. It runs in tests and benchmarks, never on chain.
pub(crate) fn integrity_test<T: Config>() {
    let limits = T::Schedule::get().limits;
    assert!(T::Schedule::get().instruction_weights.base > 0, "a unit of gas must weigh something");
    assert!(T::MaxDebugBufferLen::get() >= 256, "the reason of a rejection must fit the debug buffer");
    assert!(
        limits.max_memory_size() <= contract_abi::memory::MAX_WRITABLE,
        "no program may have more than {} bytes writable",
        contract_abi::memory::MAX_WRITABLE,
    );

    // All frames at once: memory, and the code in each of its forms during a run.
    let depth = T::CallStack::size() as u64 + 1;
    let code = u64::from(T::MaxCodeLen::get());
    let raw = code.max(contract_abi::image::compressed::MAX_IMAGE.into());
    let frame = u64::from(limits.max_memory_size()) + code + raw * FORMS_OF_CODE;
    // In the node each frame has a program and an instance.
    assert!(
        2 * depth <= inkbpf_host::limits::HANDLES as u64
            && depth * u64::from(limits.max_memory_size()) <= inkbpf_host::limits::MEMORY,
        "{depth} frames are more than the node keeps for a call: lower `CallStack` or `memory_pages`",
    );
    // A map takes up to twice the memory of its contents.
    let transient = u64::from(T::MaxTransientStorageSize::get()) * 2;
    // Half of the memory is for the rest of the runtime.
    let available = u64::from(limits.runtime_memory) / 2;
    assert!(
        depth * frame + transient <= available,
        "{depth} frames of {frame} bytes and {transient} of transient storage exceed {available} bytes: \
         lower `CallStack`, `MaxCodeLen`, `memory_pages` or `MaxTransientStorageSize`",
    );

    // What a block full of writes, or of events, leaves in a validator's memory. It has to fit beside the runtime's own
    // memory.
    let available = u64::from(limits.validator_runtime_memory.saturating_sub(limits.runtime_memory)) / 2;
    let block = <T as frame_system::Config>::BlockWeights::get();
    let block = block.get(DispatchClass::Normal).max_total.unwrap_or(block.max_block).ref_time();
    let payload = limits.payload_len;
    let fits = |name: &str, price: Price, bytes: u64| {
        let most = block / price.weight::<T>().ref_time().max(1);
        assert!(
            most.saturating_mul(bytes) <= available,
            "{most} {name} of {bytes} bytes, which a block has time for, exceed {available} bytes: lower \
             `payload_len`, or raise `validator_runtime_memory` if there is more",
        );
    };
    let key = Key::<T>::longest().hash().len() as u64;
    fits("storage values", Price::SetStorage { new: payload, old: 0 }, u64::from(payload) + key);
    fits("events", Price::DepositEvent { topics: 0, len: payload }, payload.into());
}

/// Maximum memory of all forms of a raw image during a run, as a multiple of its length, in addition to the bytes read:
/// what a compressed one expands to, the image made from it, its decoded instructions (16 bytes for a slot of 8) and
/// the table of blocks (up to 16 bytes for a slot).
const FORMS_OF_CODE: u64 = 6;

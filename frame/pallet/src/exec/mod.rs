//! The stack of running contracts.
//!
//! A [`Stack`] is one call from outside with everything that it leads to. Each contract on it has a [`Frame`]: its gas,
//! its deposit books, its transaction. A frame ends in one of two ways:
//!
//! * It **commits**: its storage transaction is merged into its parent's, its books are absorbed.
//! * It **fails**, by REVERT, a trap, running out of gas, or an error of the pallet: everything that it and the frames
//!   above it changed is undone, and its books are dropped.
//!
//! Either way, unused gas returns to the parent; used gas stays used.
//!
//! A frame caches its contract's record. Since the same contract can be on the stack several times, the record is
//! written to the state before another frame starts, and read again after another frame of the contract has committed.

mod ext;
mod frame;
mod stack_ext;

pub use ext::Ext;
pub use frame::Frame;

use crate::{
    debug::{CallInterceptor, CallSpan, Tracing},
    executable::Executable,
    gas::GasMeter,
    primitives::ExecReturnValue,
    schedule::Schedule,
    storage::{
        meter::{Ledger, Meter},
        CachedContract, ContractInfo,
    },
    transient::TransientStorage,
    AccountIdOf, BalanceOf, Config, ContractInfoOf, DebugBuffer, Determinism, Error, Event, MomentOf, Nonce,
    Origin, Pallet, LOG_TARGET,
};
use alloc::vec::Vec;
use core::{marker::PhantomData, mem};
use frame_support::{
    ensure,
    storage::with_transaction,
    traits::{fungible::Mutate, tokens::Preservation, Get, Time},
};
use frame_system::pallet_prelude::BlockNumberFor;
use polkadot_sdk::*;
use smallvec::{Array, SmallVec};
use sp_runtime::{traits::Zero, DispatchError, TransactionOutcome};
use sp_weights::Weight;

/// The result of running a frame.
pub type ExecResult = Result<ExecReturnValue, ExecError>;
pub(crate) type ExecReturn = ExecResult;

/// Who is responsible for an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorOrigin {
    /// The frame could not be run, or its result cannot be accepted.
    Caller,
    /// The contract failed while it ran.
    Callee,
}

/// Why a frame failed.
///
/// If a callee's own execution failed, its caller only learns that it trapped. An error around the execution belongs to
/// the caller, and most of those end the caller as well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExecError {
    /// The error.
    pub error: DispatchError,
    /// Who is responsible for it.
    pub origin: ErrorOrigin,
}

impl<T: Into<DispatchError>> From<T> for ExecError {
    fn from(error: T) -> Self {
        Self { error: error.into(), origin: ErrorOrigin::Caller }
    }
}

/// The entry point of a contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryPoint {
    /// The contract is being created.
    Constructor,
    /// The contract serves a message.
    Call,
}

/// Limits that a caller sets on a frame. 0 means all that is left.
struct FrameLimits<T: Config> {
    gas: Weight,
    deposit: BalanceOf<T>,
}

/// The task of a frame.
enum FrameArgs<'a, T: Config, X> {
    /// Serve a message.
    Call {
        dest: AccountIdOf<T>,
        /// Its record, if another frame's is newer than the state.
        cached: Option<ContractInfo<T>>,
    },
    /// Run `executable` as if it were the contract's own, for `caller`.
    Delegate { account: AccountIdOf<T>, contract: ContractInfo<T>, executable: X, caller: Origin<T> },
    /// Create a contract.
    Instantiate { deployer: AccountIdOf<T>, nonce: u64, executable: X, input: &'a [u8], salt: &'a [u8] },
}

/// What a whole call shares.
pub struct Context<'a, T: Config> {
    /// Who started it, and pays the deposits.
    pub origin: Origin<T>,
    /// All the gas of the call.
    pub gas_meter: &'a mut GasMeter<T>,
    /// The deposit books.
    pub storage_meter: &'a mut Meter<T>,
    /// Limits.
    pub schedule: &'a Schedule<T>,
    /// The buffer for debug text, in a dry run.
    pub debug_buffer: Option<&'a mut DebugBuffer<T>>,
    /// Whether code that may behave differently elsewhere is acceptable.
    pub determinism: Determinism,
}

/// A call from outside, and the contracts that run because of it.
pub struct Stack<'a, T: Config, X> {
    context: Context<'a, T>,
    now: MomentOf<T>,
    block_number: BlockNumberFor<T>,
    /// How many contracts have been created; read when first needed.
    nonce: Option<u64>,
    first: Frame<T>,
    frames: SmallVec<T::CallStack>,
    transient: TransientStorage<T>,
    _executable: PhantomData<X>,
}

impl<'a, T: Config, X: Executable<T>> Stack<'a, T, X> {
    /// Calls a contract.
    ///
    /// # Errors
    /// The error of the outermost frame.
    pub fn run_call(
        dest: AccountIdOf<T>,
        context: Context<'a, T>,
        value: BalanceOf<T>,
        input: Vec<u8>,
    ) -> ExecResult {
        let (mut stack, executable) =
            Self::new(FrameArgs::Call { dest, cached: None }, context, value, None)?;
        stack.run(executable, input)
    }

    /// Creates a contract. Returns its account and what its constructor returned.
    ///
    /// # Errors
    /// The error of the outermost frame.
    pub fn run_instantiate(
        deployer: AccountIdOf<T>,
        executable: X,
        context: Context<'a, T>,
        value: BalanceOf<T>,
        input: Vec<u8>,
        salt: &[u8],
    ) -> Result<(AccountIdOf<T>, ExecReturnValue), ExecError> {
        let nonce = Nonce::<T>::get().wrapping_add(1);
        let args = FrameArgs::Instantiate { deployer, nonce, executable, input: &input, salt };
        let (mut stack, executable) = Self::new(args, context, value, Some(nonce))?;
        let account = stack.first.account.clone();
        stack.run(executable, input).map(|output| (account, output))
    }

    fn new(
        args: FrameArgs<'_, T, X>,
        context: Context<'a, T>,
        value: BalanceOf<T>,
        nonce: Option<u64>,
    ) -> Result<(Self, X), ExecError> {
        let (first, executable) = Self::new_frame(
            args,
            value,
            FrameLimits { gas: Weight::zero(), deposit: Zero::zero() },
            false,
            context.determinism,
            context.gas_meter,
            context.storage_meter.ledger(),
        )?;
        let stack = Self {
            context,
            now: T::Time::now(),
            block_number: frame_system::Pallet::<T>::block_number(),
            nonce,
            first,
            frames: SmallVec::new(),
            transient: TransientStorage::new(T::MaxTransientStorageSize::get()),
            _executable: PhantomData,
        };
        Ok((stack, executable))
    }

    /// A stack with the frame of a call on it, for benchmarks of what a frame can do.
    ///
    /// # Errors
    /// `ContractNotFound`.
    #[cfg(any(feature = "runtime-benchmarks", test))]
    pub fn for_benchmark(
        dest: AccountIdOf<T>,
        context: Context<'a, T>,
        value: BalanceOf<T>,
    ) -> Result<Self, ExecError> {
        let (mut stack, _) = Self::new(FrameArgs::Call { dest, cached: None }, context, value, None)?;
        stack.transient.start_transaction();
        Ok(stack)
    }

    /// Puts the contract on the stack as often as possible, and returns how often that is.
    #[cfg(any(feature = "runtime-benchmarks", test))]
    pub fn fill_for_benchmark(&mut self) -> u64 {
        while self.frames.len() < T::CallStack::size() {
            let args = FrameArgs::Call { dest: self.first.account.clone(), cached: None };
            let limits = FrameLimits { gas: Weight::zero(), deposit: Zero::zero() };
            self.push_frame(args, Zero::zero(), limits, false)
                .map_err(|error| error.error)
                .expect("there is room");
        }
        self.frames.len() as u64 + 1
    }

    /// Prepares a frame: loads its code, on the gas of the frame below, and reserves gas for it.
    fn new_frame(
        args: FrameArgs<'_, T, X>,
        value: BalanceOf<T>,
        limits: FrameLimits<T>,
        read_only: bool,
        determinism: Determinism,
        gas_meter: &mut GasMeter<T>,
        ledger: &mut Ledger<T>,
    ) -> Result<(Frame<T>, X), ExecError> {
        let (account, contract, executable, entry, delegate_caller) = match args {
            FrameArgs::Call { dest, cached } => {
                let contract = match cached {
                    Some(contract) => contract,
                    None => ContractInfoOf::<T>::get(&dest).ok_or(Error::<T>::ContractNotFound)?,
                };
                let executable = X::from_storage(contract.code_hash, gas_meter)?;
                (dest, contract, executable, EntryPoint::Call, None)
            }
            FrameArgs::Delegate { account, contract, executable, caller } => {
                (account, contract, executable, EntryPoint::Call, Some(caller))
            }
            FrameArgs::Instantiate { deployer, nonce, executable, input, salt } => {
                let code_hash = *executable.code_hash();
                let account = Pallet::<T>::contract_address(&deployer, &code_hash, input, salt);
                let contract = ContractInfo::new(&account, nonce, code_hash)?;
                (account, contract, executable, EntryPoint::Constructor, None)
            }
        };
        let relaxed = matches!(determinism, Determinism::Relaxed) && entry == EntryPoint::Call;
        ensure!(executable.code_info().is_deterministic() || relaxed, Error::<T>::Indeterministic);
        let frame = Frame {
            account,
            contract: CachedContract::Cached(contract),
            value,
            entry,
            gas: gas_meter.nested(limits.gas),
            deposit: ledger.nested(limits.deposit),
            allows_reentry: true,
            read_only,
            delegate_caller,
        };
        Ok((frame, executable))
    }

    /// Pushes a frame.
    fn push_frame(
        &mut self,
        args: FrameArgs<'_, T, X>,
        value: BalanceOf<T>,
        limits: FrameLimits<T>,
        read_only: bool,
    ) -> Result<X, ExecError> {
        ensure!(self.frames.len() < T::CallStack::size(), Error::<T>::MaxCallDepthReached);
        if let FrameArgs::Instantiate { deployer, executable, input, salt, .. } = &args {
            // A constructor may cause a call of its deployer, which would create the contract a second time: the state
            // does not have it yet.
            let account = Pallet::<T>::contract_address(deployer, executable.code_hash(), input, salt);
            ensure!(!self.is_being_made(&account), Error::<T>::DuplicateContract);
        }
        self.write_back();
        let determinism = self.context.determinism;
        let top = self.top_mut();
        let (frame, executable) =
            Self::new_frame(args, value, limits, read_only, determinism, &mut top.gas, top.deposit.ledger())?;
        self.frames.push(frame);
        Ok(executable)
    }

    /// Writes the top frame's contract record to the state, for the next frame.
    ///
    /// Not for a contract that is still being created: it must not be callable yet.
    fn write_back(&self) {
        let top = self.top();
        if let (CachedContract::Cached(contract), false) = (&top.contract, self.is_being_made(&top.account)) {
            ContractInfoOf::<T>::insert(&top.account, contract);
        }
    }

    /// Runs the top frame in its transaction, and pops it.
    fn run(&mut self, executable: X, input: Vec<u8>) -> ExecResult {
        self.transient.start_transaction();
        let outcome = with_transaction(|| -> TransactionOutcome<Result<ExecResult, DispatchError>> {
            let output = self.run_in_transaction(executable, input);
            match &output {
                Ok(value) if !value.did_revert() => TransactionOutcome::Commit(Ok(output)),
                _ => TransactionOutcome::Rollback(Ok(output)),
            }
        });
        // The outer error: transactions are nested deeper than the state allows.
        let output = outcome.unwrap_or_else(|error| Err(error.into()));
        let commit = matches!(&output, Ok(value) if !value.did_revert());
        if commit {
            self.transient.commit_transaction();
        } else {
            self.transient.rollback_transaction();
        }
        self.pop_frame(commit);
        output
    }

    fn run_in_transaction(&mut self, executable: X, input: Vec<u8>) -> ExecResult {
        let entry = self.top().entry;
        if entry == EntryPoint::Constructor {
            // The account must exist before anything can be transferred to it. Root creates no contracts.
            let origin = self.context.origin.account_id()?.clone();
            let frame = self.top_mut();
            let account = frame.account.clone();
            if let (Some(info), deposit) = frame.info_and_deposit() {
                deposit.charge_instantiate(&origin, &account, info, executable.code_info())?;
            }
        }
        self.initial_transfer()?;

        let code_hash = *executable.code_hash();
        let account = self.top().account.clone();
        let span = T::Debug::new_call_span(&account, entry, &input);
        let output = match T::Debug::intercept_call(&account, &entry, &input) {
            Some(output) => output,
            None => executable.execute(self, entry, input),
        }
        .map_err(|error| ExecError { error: error.error, origin: ErrorOrigin::Callee })?;
        span.after_call(&output);
        if output.did_revert() {
            return Ok(output);
        }

        let outermost = self.frames.is_empty();
        let caller = self.caller_of_top();
        let frame = self.top_mut();
        if entry == EntryPoint::Constructor {
            ensure!(
                !matches!(frame.contract, CachedContract::Terminated),
                Error::<T>::TerminatedInConstructor
            );
        }
        let is_delegate = !frame.is_plain();
        let (info, deposit) = frame.info_and_deposit();
        if outermost {
            deposit.enforce_limit(info)?;
        } else if !is_delegate {
            deposit.enforce_own_limit(info)?;
        }
        Pallet::<T>::deposit_event(match entry {
            EntryPoint::Constructor => {
                Event::Instantiated { deployer: caller.account_id()?.clone(), contract: account }
            }
            EntryPoint::Call if is_delegate => Event::DelegateCalled { contract: account, code_hash },
            EntryPoint::Call => Event::Called { caller, contract: account },
        });
        Ok(output)
    }

    /// Pops the top frame, and passes its remains to its parent.
    fn pop_frame(&mut self, commit: bool) {
        if !commit && self.top().entry == EntryPoint::Constructor {
            self.nonce = self.nonce.map(|nonce| nonce.wrapping_sub(1));
        }
        match self.frames.pop() {
            Some(frame) => self.hand_to_parent(frame, commit),
            None => self.finish(commit),
        }
    }

    fn hand_to_parent(&mut self, mut frame: Frame<T>, commit: bool) {
        let parent = self.top_mut();
        parent.gas.absorb_nested(mem::take(&mut frame.gas));
        if !commit {
            return;
        }
        let account = frame.account.clone();
        let (mut info, deposit) = frame.info_and_deposit();
        let deposit = mem::take(deposit);
        parent.deposit.ledger().absorb(deposit, &account, info.as_deref_mut());
        let Some(info) = info else {
            // It terminated itself, which it cannot do while it has another frame.
            return;
        };
        if parent.account == account {
            parent.contract = CachedContract::Cached(info.clone());
            return;
        }
        ContractInfoOf::<T>::insert(&account, &*info);
        // Frames of it further down are now stale. The newest of them will invalidate the next.
        if let Some(stale) = self.frames_mut().find(|frame| frame.account == account) {
            stale.contract = CachedContract::Invalidated;
        }
    }

    fn finish(&mut self, commit: bool) {
        if let Some(text) = self.context.debug_buffer.as_ref().filter(|text| !text.is_empty()) {
            log::debug!(
                target: LOG_TARGET,
                "Execution finished with debug buffer: {}",
                core::str::from_utf8(text).unwrap_or("<Invalid UTF8>"),
            );
        }
        self.context.gas_meter.absorb_nested(mem::take(&mut self.first.gas));
        if !commit {
            return;
        }
        let account = self.first.account.clone();
        let (mut info, deposit) = self.first.info_and_deposit();
        let deposit = mem::take(deposit);
        self.context.storage_meter.ledger().absorb(deposit, &account, info.as_deref_mut());
        if let Some(info) = info {
            ContractInfoOf::<T>::insert(&account, &*info);
        }
        if let Some(nonce) = self.nonce {
            Nonce::<T>::set(nonce);
        }
    }

    /// Transfers the value that the caller sends.
    fn initial_transfer(&self) -> Result<(), DispatchError> {
        let frame = self.top();
        if !frame.is_plain() {
            // The value was transferred with the call of the contract that borrows the code.
            return Ok(());
        }
        match self.caller_of_top() {
            Origin::Signed(caller) => Self::transfer(&caller, &frame.account, frame.value),
            Origin::Root if frame.value.is_zero() => Ok(()),
            Origin::Root => Err(DispatchError::RootNotAllowed),
        }
    }

    /// Transfers balance, and keeps the sender alive.
    fn transfer(
        from: &AccountIdOf<T>,
        to: &AccountIdOf<T>,
        value: BalanceOf<T>,
    ) -> Result<(), DispatchError> {
        if !value.is_zero() && from != to {
            T::Currency::transfer(from, to, value, Preservation::Preserve)
                .map_err(|_| Error::<T>::TransferFailed)?;
        }
        Ok(())
    }

    fn top(&self) -> &Frame<T> {
        self.frames.last().unwrap_or(&self.first)
    }

    fn top_mut(&mut self) -> &mut Frame<T> {
        self.frames.last_mut().unwrap_or(&mut self.first)
    }

    /// The frames, newest first.
    fn frames(&self) -> impl Iterator<Item = &Frame<T>> {
        self.frames.iter().rev().chain(core::iter::once(&self.first))
    }

    /// The frames, newest first.
    fn frames_mut(&mut self) -> impl Iterator<Item = &mut Frame<T>> {
        self.frames.iter_mut().rev().chain(core::iter::once(&mut self.first))
    }

    fn caller_of_top(&self) -> Origin<T> {
        if let Some(caller) = &self.top().delegate_caller {
            return caller.clone();
        }
        match self.frames().nth(1) {
            Some(frame) => Origin::Signed(frame.account.clone()),
            None => self.context.origin.clone(),
        }
    }

    /// Whether a frame of the same contract is further down.
    fn is_recursive(&self) -> bool {
        self.frames().skip(1).any(|frame| frame.account == self.top().account)
    }

    /// Whether the constructor of `account` is still running.
    fn is_being_made(&self, account: &AccountIdOf<T>) -> bool {
        self.frames().any(|frame| frame.entry == EntryPoint::Constructor && &frame.account == account)
    }

    /// Whether `account` may be called now.
    fn allows_reentry(&self, account: &AccountIdOf<T>) -> bool {
        !self.frames().any(|frame| &frame.account == account && !frame.allows_reentry)
    }

    /// The number of a contract about to be created.
    fn next_nonce(&mut self) -> u64 {
        let next = self.nonce.unwrap_or_else(Nonce::<T>::get).wrapping_add(1);
        self.nonce = Some(next);
        next
    }
}

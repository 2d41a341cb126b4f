//! The stack as its topmost contract sees it.

use super::{ext::sealed, ExecError, ExecReturn, Ext, FrameArgs, FrameLimits, Stack};
use crate::{
    code,
    executable::Executable,
    gas::GasMeter,
    schedule::Schedule,
    storage::{
        meter::{DepositOf, Diff},
        CachedContract, ContractInfo, Key, WriteOutcome,
    },
    AccountIdOf, BalanceOf, CodeHash, CodeInfoOf, Config, ContractInfoOf, Error, Event, ExecReturnValue,
    MomentOf, Nonce, Origin, Pallet, StorageDeposit, LOG_TARGET,
};
use alloc::vec::Vec;
use frame_support::{
    crypto::ecdsa::ECDSAExt,
    dispatch::DispatchResultWithPostInfo,
    ensure,
    traits::{
        fungible::Inspect,
        tokens::{Fortitude, Preservation},
        Contains, Get, OriginTrait, Randomness,
    },
};
use frame_system::{pallet_prelude::BlockNumberFor, RawOrigin};
use polkadot_sdk::*;
use sp_core::{ecdsa, sr25519, ByteArray};
use sp_io::crypto::secp256k1_ecdsa_recover_compressed;
use sp_runtime::{
    traits::{Convert, Dispatchable, Zero},
    DispatchError,
};
use sp_weights::Weight;

impl<T: Config, X> sealed::Sealed for Stack<'_, T, X> {}

impl<T: Config, X: Executable<T>> Ext for Stack<'_, T, X> {
    type T = T;

    fn call(
        &mut self,
        gas_limit: Weight,
        deposit_limit: BalanceOf<T>,
        to: AccountIdOf<T>,
        value: BalanceOf<T>,
        input_data: Vec<u8>,
        allows_reentry: bool,
        read_only: bool,
    ) -> ExecReturn {
        // Set before the check, so that without the permission the contract cannot call itself either.
        self.top_mut().allows_reentry = allows_reentry;
        let result = self.call_if_allowed(gas_limit, deposit_limit, to, value, input_data, read_only);
        self.top_mut().allows_reentry = true;
        result
    }

    fn delegate_call(&mut self, code_hash: CodeHash<T>, input_data: Vec<u8>) -> ExecReturn {
        let caller = self.caller_of_top();
        let frame = self.top_mut();
        let executable = X::from_storage(code_hash, &mut frame.gas)?;
        let contract = frame.contract_info()?.clone();
        let (account, value, read_only) = (frame.account.clone(), frame.value, frame.read_only);
        let args = FrameArgs::Delegate { account, contract, executable, caller };
        let limits = FrameLimits { gas: Weight::zero(), deposit: Zero::zero() };
        let executable = self.push_frame(args, value, limits, read_only)?;
        self.run(executable, input_data)
    }

    fn instantiate(
        &mut self,
        gas_limit: Weight,
        deposit_limit: BalanceOf<T>,
        code_hash: CodeHash<T>,
        value: BalanceOf<T>,
        input_data: Vec<u8>,
        salt: &[u8],
    ) -> Result<(AccountIdOf<T>, ExecReturnValue), ExecError> {
        let executable = X::from_storage(code_hash, &mut self.top_mut().gas)?;
        let nonce = self.next_nonce();
        let (deployer, read_only) = (self.top().account.clone(), self.top().read_only);
        let args = FrameArgs::Instantiate { deployer, nonce, executable, input: &input_data, salt };
        let limits = FrameLimits { gas: gas_limit, deposit: deposit_limit };
        let executable = self.push_frame(args, value, limits, read_only)?;
        let account = self.top().account.clone();
        self.run(executable, input_data).map(|output| (account, output))
    }

    fn terminate(&mut self, beneficiary: &AccountIdOf<T>) -> Result<(), DispatchError> {
        ensure!(!self.is_recursive(), Error::<T>::TerminatedWhileReentrant);
        let frame = self.top_mut();
        let info = frame.contract_info()?.clone();
        let account = frame.account.clone();
        frame.contract = CachedContract::Terminated;
        frame.deposit.terminate(&info, beneficiary.clone());
        info.queue_trie_for_deletion();
        ContractInfoOf::<T>::remove(&account);
        code::decrement_refcount::<T>(info.code_hash);
        for (dependency, deposit) in info.delegate_dependencies {
            code::decrement_refcount::<T>(dependency);
            frame.deposit.charge_deposit(account.clone(), StorageDeposit::Refund(deposit));
        }
        Pallet::<T>::deposit_event(Event::Terminated { contract: account, beneficiary: beneficiary.clone() });
        Ok(())
    }

    fn transfer(&mut self, to: &AccountIdOf<T>, value: BalanceOf<T>) -> Result<(), DispatchError> {
        Self::transfer(&self.top().account, to, value)
    }

    fn get_storage(&mut self, key: &Key<T>) -> Option<Vec<u8>> {
        self.contract_info().ok()?.read(key)
    }

    fn get_storage_size(&mut self, key: &Key<T>) -> Option<u32> {
        self.contract_info().ok()?.size(key)
    }

    fn set_storage(
        &mut self,
        key: &Key<T>,
        value: Option<Vec<u8>>,
        take_old: bool,
    ) -> Result<WriteOutcome, DispatchError> {
        match self.top_mut().info_and_deposit() {
            (Some(info), deposit) => Ok(info.write(key, value.as_deref(), Some(deposit), take_old)),
            (None, _) => Err(Error::<T>::ContractNotFound.into()),
        }
    }

    fn get_transient_storage(&self, key: &Key<T>) -> Option<Vec<u8>> {
        self.transient.read(&self.top().account, key)
    }

    fn get_transient_storage_size(&self, key: &Key<T>) -> Option<u32> {
        self.transient.size(&self.top().account, key)
    }

    fn set_transient_storage(
        &mut self,
        key: &Key<T>,
        value: Option<Vec<u8>>,
        take_old: bool,
    ) -> Result<WriteOutcome, DispatchError> {
        let account = self.top().account.clone();
        self.transient.write(&account, key, value, take_old)
    }

    fn caller(&self) -> Origin<T> {
        self.caller_of_top()
    }

    fn is_contract(&self, address: &AccountIdOf<T>) -> bool {
        ContractInfoOf::<T>::contains_key(address)
    }

    fn code_hash(&self, address: &AccountIdOf<T>) -> Option<CodeHash<T>> {
        ContractInfo::<T>::load_code_hash(address)
    }

    fn own_code_hash(&mut self) -> Result<CodeHash<T>, DispatchError> {
        Ok(self.contract_info()?.code_hash)
    }

    fn caller_is_origin(&self) -> bool {
        self.context.origin == self.caller_of_top()
    }

    fn caller_is_root(&self) -> bool {
        self.caller_is_origin() && self.context.origin == Origin::Root
    }

    fn address(&self) -> &AccountIdOf<T> {
        &self.top().account
    }

    fn balance(&self) -> BalanceOf<T> {
        T::Currency::reducible_balance(&self.top().account, Preservation::Preserve, Fortitude::Polite)
    }

    fn value_transferred(&self) -> BalanceOf<T> {
        self.top().value
    }

    fn now(&self) -> &MomentOf<T> {
        &self.now
    }

    fn minimum_balance(&self) -> BalanceOf<T> {
        T::Currency::minimum_balance()
    }

    fn random(&self, subject: &[u8]) -> (CodeHash<T>, BlockNumberFor<T>) {
        T::Randomness::random(subject)
    }

    fn deposit_event(&mut self, topics: Vec<CodeHash<T>>, data: Vec<u8>) {
        let event = Event::ContractEmitted { contract: self.top().account.clone(), data };
        let event = <T as Config>::RuntimeEvent::from(event);
        frame_system::Pallet::<T>::deposit_event_indexed(&topics, event.into());
    }

    fn block_number(&self) -> BlockNumberFor<T> {
        self.block_number
    }

    fn max_value_size(&self) -> u32 {
        self.context.schedule.limits.payload_len
    }

    fn get_weight_price(&self, weight: Weight) -> BalanceOf<T> {
        T::WeightPrice::convert(weight)
    }

    fn schedule(&self) -> &Schedule<T> {
        self.context.schedule
    }

    fn gas_meter(&self) -> &GasMeter<T> {
        &self.top().gas
    }

    fn gas_meter_mut(&mut self) -> &mut GasMeter<T> {
        &mut self.top_mut().gas
    }

    fn charge_storage(&mut self, diff: &Diff) {
        self.top_mut().deposit.charge(diff);
    }

    fn append_debug_buffer(&mut self, text: &str) -> bool {
        match &mut self.context.debug_buffer {
            Some(buffer) => {
                // All of it or nothing.
                if buffer.try_extend(&mut text.bytes()).is_err() {
                    log::debug!(target: LOG_TARGET, "debug text does not fit its {} bytes", buffer.len());
                }
                true
            }
            None => false,
        }
    }

    fn append_trace(&mut self, line: &str) {
        let Some(buffer) = &self.context.debug_buffer else { return };
        // Traces may fill at most half of the buffer: how a run ended, and what the contract prints, is more important
        // to the reader.
        if buffer.len().saturating_add(line.len()) <= T::MaxDebugBufferLen::get() as usize / 2 {
            self.append_debug_buffer(line);
        }
    }

    fn debug_buffer_enabled(&self) -> bool {
        self.context.debug_buffer.is_some()
    }

    fn call_runtime(&self, call: <T as Config>::RuntimeCall) -> DispatchResultWithPostInfo {
        let mut origin: T::RuntimeOrigin = RawOrigin::Signed(self.top().account.clone()).into();
        origin.add_filter(T::CallFilter::contains);
        call.dispatch(origin)
    }

    fn ecdsa_recover(&self, signature: &[u8; 65], message_hash: &[u8; 32]) -> Option<[u8; 33]> {
        secp256k1_ecdsa_recover_compressed(signature, message_hash).ok()
    }

    fn sr25519_verify(&self, signature: &[u8; 64], message: &[u8], public_key: &[u8; 32]) -> bool {
        sp_io::crypto::sr25519_verify(
            &sr25519::Signature::from_raw(*signature),
            message,
            &sr25519::Public::from_raw(*public_key),
        )
    }

    fn ecdsa_to_eth_address(&self, public_key: &[u8; 33]) -> Option<[u8; 20]> {
        ecdsa::Public::from_slice(public_key).ok()?.to_eth_address().ok()
    }

    fn contract_info(&mut self) -> Result<&mut ContractInfo<T>, DispatchError> {
        self.top_mut().contract_info()
    }

    fn set_code_hash(&mut self, code_hash: CodeHash<T>) -> Result<(), DispatchError> {
        let code = CodeInfoOf::<T>::get(code_hash).ok_or(Error::<T>::CodeNotFound)?;
        ensure!(code.is_deterministic(), Error::<T>::Indeterministic);
        let frame = self.top_mut();
        let contract = frame.account.clone();
        let info = frame.contract_info()?;
        let old_code_hash = core::mem::replace(&mut info.code_hash, code_hash);
        let old: DepositOf<T> = StorageDeposit::Charge(info.storage_base_deposit);
        let new = StorageDeposit::Charge(info.update_base_deposit(&code));
        frame.deposit.charge_deposit(contract.clone(), new.saturating_sub(&old));
        code::increment_refcount::<T>(code_hash)?;
        code::decrement_refcount::<T>(old_code_hash);
        let event = Event::ContractCodeUpdated { contract, new_code_hash: code_hash, old_code_hash };
        Pallet::<T>::deposit_event(event);
        Ok(())
    }

    fn reentrance_count(&self) -> u32 {
        self.account_reentrance_count(&self.top().account).saturating_sub(1)
    }

    fn account_reentrance_count(&self, account: &AccountIdOf<T>) -> u32 {
        self.frames().filter(|frame| frame.is_plain() && &frame.account == account).count() as u32
    }

    fn nonce(&mut self) -> u64 {
        *self.nonce.get_or_insert_with(Nonce::<T>::get)
    }

    fn lock_delegate_dependency(&mut self, code_hash: CodeHash<T>) -> Result<(), DispatchError> {
        let frame = self.top_mut();
        let info = frame.contract_info()?;
        ensure!(info.code_hash != code_hash, Error::<T>::CannotAddSelfAsDelegateDependency);
        let code = CodeInfoOf::<T>::get(code_hash).ok_or(Error::<T>::CodeNotFound)?;
        let deposit = code::lockup_deposit::<T>(&code);
        info.lock_delegate_dependency(code_hash, deposit)?;
        let account = frame.account.clone();
        frame.deposit.charge_deposit(account, StorageDeposit::Charge(deposit));
        code::increment_refcount::<T>(code_hash)
    }

    fn unlock_delegate_dependency(&mut self, code_hash: &CodeHash<T>) -> Result<(), DispatchError> {
        let frame = self.top_mut();
        let deposit = frame.contract_info()?.unlock_delegate_dependency(code_hash)?;
        let account = frame.account.clone();
        frame.deposit.charge_deposit(account, StorageDeposit::Refund(deposit));
        code::decrement_refcount::<T>(*code_hash);
        Ok(())
    }

    fn locked_delegate_dependencies_count(&mut self) -> u32 {
        self.contract_info().map_or(0, |info| info.delegate_dependencies.len() as u32)
    }

    fn is_read_only(&self) -> bool {
        self.top().read_only
    }
}

impl<T: Config, X: Executable<T>> Stack<'_, T, X> {
    fn call_if_allowed(
        &mut self,
        gas: Weight,
        deposit: BalanceOf<T>,
        to: AccountIdOf<T>,
        value: BalanceOf<T>,
        input: Vec<u8>,
        read_only: bool,
    ) -> ExecReturn {
        ensure!(self.allows_reentry(&to), Error::<T>::ReentranceDenied);
        ensure!(!self.is_being_made(&to), Error::<T>::ContractNotFound);
        // A frame of the callee may be newer than the state.
        let frame = self.frames().find(|frame| frame.account == to);
        let cached = match frame.map(|frame| &frame.contract) {
            Some(CachedContract::Cached(contract)) => Some(contract.clone()),
            _ => None,
        };
        let read_only = read_only || self.top().read_only;
        let args = FrameArgs::Call { dest: to, cached };
        let executable = self.push_frame(args, value, FrameLimits { gas, deposit }, read_only)?;
        self.run(executable, input)
    }
}

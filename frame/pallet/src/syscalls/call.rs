//! Calls of other contracts, and what passes between them: input, output, value.

use super::{code, BalanceOfExt, CodeHashOfExt, Guest, Served, Stop};
use crate::{exec::Ext, price::Price, primitives::ExecReturnValue, AccountIdOf, Error, SENTINEL};
use alloc::vec::Vec;
use codec::Encode;
use pallet_contracts_uapi::{CallFlags, ReturnErrorCode, ReturnFlags};
use polkadot_sdk::*;
use sp_runtime::traits::Zero;
use sp_weights::Weight;

/// Limits of a callee.
pub(super) struct Limits {
    pub gas: Weight,
    /// Address of its deposit limit; the sentinel for no limit of its own.
    pub deposit_ptr: u32,
}

/// Arguments of all the versions of `call`.
pub(super) struct Call {
    pub flags: CallFlags,
    pub callee_ptr: u32,
    pub limits: Limits,
    pub value_ptr: u32,
    pub input_ptr: u32,
    pub input_len: u32,
    pub output_ptr: u32,
    pub output_len_ptr: u32,
}

/// Arguments of all the versions of `instantiate`.
pub(super) struct Instantiate {
    pub code_hash_ptr: u32,
    pub limits: Limits,
    pub value_ptr: u32,
    pub input_ptr: u32,
    pub input_len: u32,
    pub address_ptr: u32,
    pub address_len_ptr: u32,
    pub output_ptr: u32,
    pub output_len_ptr: u32,
    pub salt_ptr: u32,
    pub salt_len: u32,
}

impl<E: Ext> Guest<'_, E> {
    pub(super) fn call(&mut self, call: Call) -> Served {
        let _ = self.charge(Price::Call)?;
        let input = self.callee_input(call.flags, call.input_ptr, call.input_len)?;
        let callee: AccountIdOf<E::T> = self.read_as(call.callee_ptr)?;
        let deposit_limit = self.deposit_limit(&call.limits)?;
        let value: BalanceOfExt<E> = self.read_as(call.value_ptr)?;
        let read_only = call.flags.contains(CallFlags::READ_ONLY);
        if !value.is_zero() {
            if read_only || self.ext.is_read_only() {
                return Err(Error::<E::T>::StateChangeDenied.into());
            }
            let _ = self.charge(Price::CallWithValue)?;
        }
        let outcome = self.ext.call(
            call.limits.gas,
            deposit_limit,
            callee,
            value,
            input,
            call.flags.contains(CallFlags::ALLOW_REENTRY),
            read_only,
        );
        self.after_call(call.flags, outcome, call.output_ptr, call.output_len_ptr)
    }

    pub(super) fn delegate_call(
        &mut self,
        flags: CallFlags,
        code_hash_ptr: u32,
        input_ptr: u32,
        input_len: u32,
        output_ptr: u32,
        output_len_ptr: u32,
    ) -> Served {
        let _ = self.charge(Price::DelegateCall)?;
        if flags.intersects(CallFlags::ALLOW_REENTRY | CallFlags::READ_ONLY) {
            return Err(Error::<E::T>::InvalidCallFlags.into());
        }
        let input = self.callee_input(flags, input_ptr, input_len)?;
        let code_hash: CodeHashOfExt<E> = self.read_as(code_hash_ptr)?;
        let outcome = self.ext.delegate_call(code_hash, input);
        self.after_call(flags, outcome, output_ptr, output_len_ptr)
    }

    pub(super) fn instantiate(&mut self, new: Instantiate) -> Served {
        let _ = self.charge(Price::Instantiate { input: new.input_len, salt: new.salt_len })?;
        let deposit_limit = self.deposit_limit(&new.limits)?;
        let value: BalanceOfExt<E> = self.read_as(new.value_ptr)?;
        let code_hash: CodeHashOfExt<E> = self.read_as(new.code_hash_ptr)?;
        let input = self.read(new.input_ptr, new.input_len)?;
        let salt = self.read(new.salt_ptr, new.salt_len)?;
        let outcome = self.ext.instantiate(new.limits.gas, deposit_limit, code_hash, value, input, &salt);
        if let Ok((address, output)) = &outcome {
            if !output.did_revert() {
                let address = address.encode();
                self.write_output(new.address_ptr, new.address_len_ptr, &address, true, |len| {
                    Some(Price::CopyToContract(len))
                })?;
            }
            self.write_output(new.output_ptr, new.output_len_ptr, &output.data, true, |len| {
                Some(Price::CopyToContract(len))
            })?;
        }
        code(Self::outcome_code(outcome.as_ref().map(|(_, output)| output).map_err(Clone::clone))?)
    }

    /// The input of the callee.
    fn callee_input(&mut self, flags: CallFlags, ptr: u32, len: u32) -> Result<Vec<u8>, Stop> {
        if flags.contains(CallFlags::CLONE_INPUT) {
            let len = self.input.as_ref().ok_or(Error::<E::T>::InputForwarded)?.len() as u32;
            let _ = self.charge(Price::CloneInput(len))?;
            Ok(self.input.clone().unwrap_or_default())
        } else if flags.contains(CallFlags::FORWARD_INPUT) {
            self.input.take().ok_or_else(|| Error::<E::T>::InputForwarded.into())
        } else {
            let _ = self.charge(Price::CopyFromContract(len))?;
            Ok(self.read(ptr, len)?)
        }
    }

    fn deposit_limit(&self, limits: &Limits) -> Result<BalanceOfExt<E>, Stop> {
        if limits.deposit_ptr == SENTINEL {
            Ok(Zero::zero())
        } else {
            Ok(self.read_as(limits.deposit_ptr)?)
        }
    }

    /// Passes what a callee returned to the contract, or, with a tail call, to the contract's caller.
    fn after_call(
        &mut self,
        flags: CallFlags,
        outcome: crate::exec::ExecReturn,
        output_ptr: u32,
        output_len_ptr: u32,
    ) -> Served {
        let outcome = match outcome {
            Ok(output) if flags.contains(CallFlags::TAIL_CALL) => return Err(Stop::Return(output)),
            outcome => outcome,
        };
        if let Ok(output) = &outcome {
            self.write_output(output_ptr, output_len_ptr, &output.data, true, |len| {
                Some(Price::CopyToContract(len))
            })?;
        }
        code(Self::outcome_code(outcome.as_ref().map_err(Clone::clone))?)
    }

    pub(super) fn transfer(&mut self, account_ptr: u32, value_ptr: u32) -> Served {
        let _ = self.charge(Price::Transfer)?;
        let to: AccountIdOf<E::T> = self.read_as(account_ptr)?;
        let value: BalanceOfExt<E> = self.read_as(value_ptr)?;
        match self.ext.transfer(&to, value) {
            Ok(()) => code(ReturnErrorCode::Success),
            Err(error) => code(Self::error_code(error)?),
        }
    }

    pub(super) fn input(&mut self, out_ptr: u32, out_len_ptr: u32) -> Served {
        let input = self.input.take().ok_or(Error::<E::T>::InputForwarded)?;
        self.write_output(out_ptr, out_len_ptr, &input, false, |len| Some(Price::CopyToContract(len)))?;
        self.input = Some(input);
        Ok(0)
    }

    pub(super) fn seal_return(&mut self, flags: u32, data_ptr: u32, data_len: u32) -> Served {
        let _ = self.charge(Price::CopyFromContract(data_len))?;
        let data = self.read(data_ptr, data_len)?;
        let flags = ReturnFlags::from_bits(flags).ok_or(Error::<E::T>::InvalidCallFlags)?;
        Err(Stop::Return(ExecReturnValue { flags, data }))
    }
}

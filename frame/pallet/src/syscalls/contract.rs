//! Contracts themselves: their code, termination and identity.

use super::{code, CodeHashOfExt, Guest, Served, Stop};
use crate::{exec::Ext, price::Price, primitives::ExecReturnValue, AccountIdOf};
use codec::Encode;
use pallet_contracts_uapi::ReturnErrorCode;

impl<E: Ext> Guest<'_, E> {
    pub(super) fn terminate(&mut self, beneficiary_ptr: u32) -> Served {
        let dependencies = self.ext.locked_delegate_dependencies_count();
        let _ = self.charge(Price::Terminate(dependencies))?;
        let beneficiary: AccountIdOf<E::T> = self.read_as(beneficiary_ptr)?;
        self.ext.terminate(&beneficiary)?;
        Err(Stop::Return(ExecReturnValue::empty()))
    }

    pub(super) fn set_code_hash(&mut self, code_hash_ptr: u32) -> Served {
        let _ = self.charge(Price::SetCodeHash)?;
        let code_hash: CodeHashOfExt<E> = self.read_as(code_hash_ptr)?;
        match self.ext.set_code_hash(code_hash) {
            Ok(()) => code(ReturnErrorCode::Success),
            Err(error) => code(Self::error_code(error)?),
        }
    }

    pub(super) fn lock_delegate_dependency(&mut self, code_hash_ptr: u32) -> Served {
        let _ = self.charge(Price::LockDelegateDependency)?;
        let code_hash: CodeHashOfExt<E> = self.read_as(code_hash_ptr)?;
        self.ext.lock_delegate_dependency(code_hash)?;
        Ok(0)
    }

    pub(super) fn unlock_delegate_dependency(&mut self, code_hash_ptr: u32) -> Served {
        let _ = self.charge(Price::UnlockDelegateDependency)?;
        let code_hash: CodeHashOfExt<E> = self.read_as(code_hash_ptr)?;
        self.ext.unlock_delegate_dependency(&code_hash)?;
        Ok(0)
    }

    pub(super) fn is_contract(&mut self, account_ptr: u32) -> Served {
        let _ = self.charge(Price::IsContract)?;
        let account: AccountIdOf<E::T> = self.read_as(account_ptr)?;
        Ok(self.ext.is_contract(&account).into())
    }

    pub(super) fn code_hash(&mut self, account_ptr: u32, out_ptr: u32, out_len_ptr: u32) -> Served {
        let _ = self.charge(Price::CodeHash)?;
        let account: AccountIdOf<E::T> = self.read_as(account_ptr)?;
        match self.ext.code_hash(&account) {
            Some(hash) => {
                self.write_output(out_ptr, out_len_ptr, &hash.encode(), false, |_| None)?;
                code(ReturnErrorCode::Success)
            }
            None => code(ReturnErrorCode::KeyNotFound),
        }
    }

    pub(super) fn own_code_hash(&mut self, out_ptr: u32, out_len_ptr: u32) -> Served {
        let _ = self.charge(Price::OwnCodeHash)?;
        let hash = self.ext.own_code_hash()?.encode();
        self.write_output(out_ptr, out_len_ptr, &hash, false, |_| None)?;
        Ok(0)
    }

    pub(super) fn instantiation_nonce(&mut self) -> Served {
        let _ = self.charge(Price::InstantiationNonce)?;
        Ok(self.ext.nonce())
    }

    pub(super) fn reentrance_count(&mut self) -> Served {
        let _ = self.charge(Price::ReentranceCount)?;
        Ok(self.ext.reentrance_count().into())
    }

    pub(super) fn account_reentrance_count(&mut self, account_ptr: u32) -> Served {
        let _ = self.charge(Price::AccountReentranceCount)?;
        let account: AccountIdOf<E::T> = self.read_as(account_ptr)?;
        Ok(self.ext.account_reentrance_count(&account).into())
    }
}

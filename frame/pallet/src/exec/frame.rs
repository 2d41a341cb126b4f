//! One running contract.

use crate::{
    exec::EntryPoint,
    gas::GasMeter,
    storage::{meter::NestedMeter, CachedContract, ContractInfo},
    AccountIdOf, BalanceOf, Config, ContractInfoOf, Error, Origin,
};
use polkadot_sdk::*;
use sp_runtime::DispatchError;

/// A frame of the call stack.
///
/// It is public so that a runtime can set, by `Config::CallStack`, how many there may be.
pub struct Frame<T: Config> {
    pub(super) account: AccountIdOf<T>,
    pub(super) contract: CachedContract<T>,
    /// The value that the caller transferred.
    pub(super) value: BalanceOf<T>,
    pub(super) entry: EntryPoint,
    pub(super) gas: GasMeter<T>,
    pub(super) deposit: NestedMeter<T>,
    /// Whether the contract may be called while this frame is not on top.
    pub(super) allows_reentry: bool,
    /// Whether it must not change the state.
    pub(super) read_only: bool,
    /// In a delegate call: the account that counts as the caller.
    pub(super) delegate_caller: Option<Origin<T>>,
}

impl<T: Config> Frame<T> {
    /// The contract's record, read from the state if the cached one is stale.
    ///
    /// # Errors
    /// `ContractNotFound` when it has removed itself.
    pub(super) fn contract_info(&mut self) -> Result<&mut ContractInfo<T>, DispatchError> {
        self.reload();
        match &mut self.contract {
            CachedContract::Cached(info) => Ok(info),
            _ => Err(Error::<T>::ContractNotFound.into()),
        }
    }

    /// The contract's record and the deposit books, to be used together.
    pub(super) fn info_and_deposit(&mut self) -> (Option<&mut ContractInfo<T>>, &mut NestedMeter<T>) {
        self.reload();
        let info = match &mut self.contract {
            CachedContract::Cached(info) => Some(info),
            _ => None,
        };
        (info, &mut self.deposit)
    }

    fn reload(&mut self) {
        if let CachedContract::Invalidated = self.contract {
            if let Some(info) = ContractInfoOf::<T>::get(&self.account) {
                self.contract = CachedContract::Cached(info);
            }
        }
    }

    /// Whether it counts as a frame of its account.
    pub(super) fn is_plain(&self) -> bool {
        self.delegate_caller.is_none()
    }
}

//! Storage deposits: who owes what at the end of a call.
//!
//! The *origin* of the whole call pays the deposits for everything the call stores, and gets those for everything it
//! frees, whichever contract did it. While contracts run, amounts are only recorded; money moves once, after the
//! outermost frame ([`Meter::settle`]): first all refunds, then all charges, each in the order in which they were
//! recorded. So a refund can pay for a charge, and the limit is checked as late as possible.
//!
//! The books have the shape of the call stack. Each frame has a [`NestedMeter`], whose limit is at most what was left
//! when it began. When the frame succeeds, its parent [absorbs](Ledger::absorb) it; when it fails, it is dropped with
//! everything it recorded.
//!
//! Refunds follow the prices at which the deposit was once made: a contract that frees a tenth of its bytes gets back a
//! tenth of its deposit for bytes.

use super::ContractInfo;
use crate::{
    AccountIdOf, BalanceOf, CodeInfo, Config, Error, Event, HoldReason, Origin, Pallet,
    StorageDeposit as Deposit, LOG_TARGET,
};
use alloc::vec::Vec;
use frame_support::{
    ensure,
    traits::{
        fungible::{Inspect, Mutate, MutateHold},
        tokens::{Fortitude, Precision, Preservation, Restriction, WithdrawConsequence},
        Get,
    },
    CloneNoBound, DebugNoBound, DefaultNoBound,
};
use polkadot_sdk::*;
use sp_runtime::{
    traits::{Saturating, Zero},
    DispatchError, FixedPointNumber, FixedU128,
};

/// An amount with a direction, in the chain's balance.
pub type DepositOf<T> = Deposit<BalanceOf<T>>;

/// What was added to and removed from a contract's storage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Diff {
    /// Bytes of values that were added.
    pub bytes_added: u32,
    /// Bytes of values that were removed.
    pub bytes_removed: u32,
    /// Keys that were added.
    pub items_added: u32,
    /// Keys that were removed.
    pub items_removed: u32,
}

impl Diff {
    /// The effect on the storage of replacing a value of length `old` by one of length `new`. `None` is no value.
    pub fn between(old: Option<u32>, new: Option<u32>) -> Self {
        let (before, after) = (old.unwrap_or(0), new.unwrap_or(0));
        Self {
            bytes_added: after.saturating_sub(before),
            bytes_removed: before.saturating_sub(after),
            items_added: u32::from(old.is_none() && new.is_some()),
            items_removed: u32::from(old.is_some() && new.is_none()),
        }
    }

    fn saturating_add(&self, other: &Self) -> Self {
        Self {
            bytes_added: self.bytes_added.saturating_add(other.bytes_added),
            bytes_removed: self.bytes_removed.saturating_add(other.bytes_removed),
            items_added: self.items_added.saturating_add(other.items_added),
            items_removed: self.items_removed.saturating_add(other.items_removed),
        }
    }

    /// The cost of the additions at today's prices, less what is removed of the same kind.
    pub fn charge_without_info<T: Config>(&self) -> BalanceOf<T> {
        let bytes = self.bytes_added.saturating_sub(self.bytes_removed);
        let items = self.items_added.saturating_sub(self.items_removed);
        T::DepositPerByte::get()
            .saturating_mul(bytes.into())
            .saturating_add(T::DepositPerItem::get().saturating_mul(items.into()))
    }

    /// Applies the difference to a contract: its counters, and its deposits.
    ///
    /// Additions and removals are first set off against each other, bytes and items separately.
    pub fn update_contract<T: Config>(&self, info: Option<&mut ContractInfo<T>>) -> DepositOf<T> {
        let Some(info) = info else {
            // A contract that was just removed. It gets its whole deposit back elsewhere.
            return Deposit::Charge(self.charge_without_info::<T>());
        };
        let bytes = settle(
            (self.bytes_added, self.bytes_removed),
            T::DepositPerByte::get(),
            &mut info.storage_bytes,
            &mut info.storage_byte_deposit,
        );
        let items = settle(
            (self.items_added, self.items_removed),
            T::DepositPerItem::get(),
            &mut info.storage_items,
            &mut info.storage_item_deposit,
        );
        bytes.saturating_add(&items)
    }
}

/// Applies what was added and removed of one kind to its counter and its deposit.
fn settle<Balance: frame_support::traits::tokens::Balance>(
    (added, removed): (u32, u32),
    price: Balance,
    count: &mut u32,
    deposit: &mut Balance,
) -> Deposit<Balance> {
    if added >= removed {
        let added = added - removed;
        let charge = price.saturating_mul(added.into());
        *count = count.saturating_add(added);
        *deposit = deposit.saturating_add(charge);
        Deposit::Charge(charge)
    } else {
        let removed = removed - added;
        let share =
            FixedU128::checked_from_rational(removed, *count).unwrap_or_default().min(FixedU128::from_u32(1));
        let refund = share.saturating_mul_int(*deposit);
        *count = count.saturating_sub(removed);
        *deposit = deposit.saturating_sub(refund);
        Deposit::Refund(refund)
    }
}

/// An amount owed between the origin and a contract.
#[derive(CloneNoBound, DebugNoBound)]
struct Charge<T: Config> {
    contract: AccountIdOf<T>,
    amount: DepositOf<T>,
    /// Set when the contract terminated itself: who gets the rest of its account.
    beneficiary: Option<AccountIdOf<T>>,
}

/// What has been recorded so far, and how much more may be.
#[derive(DefaultNoBound, DebugNoBound)]
pub struct Ledger<T: Config> {
    limit: BalanceOf<T>,
    total: DepositOf<T>,
    charges: Vec<Charge<T>>,
}

impl<T: Config> Ledger<T> {
    /// Books for a frame that runs on top of this one.
    ///
    /// A `limit` of 0 means all that is left here; a higher limit is cut to that. A limit of the frame's own is checked
    /// when the frame ends.
    pub fn nested(&self, limit: BalanceOf<T>) -> NestedMeter<T> {
        let available = self.total.available(&self.limit);
        let own = limit.min(available);
        NestedMeter {
            ledger: Ledger { limit: if own.is_zero() { available } else { own }, ..Default::default() },
            own: Own::Open(Diff::default()),
            has_own_limit: !own.is_zero(),
        }
    }

    /// Takes over what a frame of `contract` recorded. `info` is the contract's record, unless it no longer exists.
    pub fn absorb(
        &mut self,
        nested: NestedMeter<T>,
        contract: &AccountIdOf<T>,
        info: Option<&mut ContractInfo<T>>,
    ) {
        let (amount, beneficiary) = match nested.own {
            Own::Open(diff) => (diff.update_contract(info), None),
            Own::Closed(amount) => (amount, None),
            Own::Terminated { refund, beneficiary } => (refund, Some(beneficiary)),
        };
        self.total = self.total.saturating_add(&nested.ledger.total).saturating_add(&amount);
        self.charges.extend(nested.ledger.charges);
        if !amount.is_zero() {
            self.charges.push(Charge { contract: contract.clone(), amount, beneficiary });
        }
    }

    /// For terminated contracts, sets off pending charges against their refunds.
    ///
    /// Refunds move first. An amount charged for a contract in the same call that terminates it is not held yet. So it
    /// cannot be released, nor be held afterwards on an account that no longer exists.
    fn set_off_what_ended(&mut self) {
        for end in 0..self.charges.len() {
            if self.charges[end].beneficiary.is_none() {
                continue;
            }
            let (so_far, _) = self.charges.split_at_mut(end + 1);
            let contract = so_far[end].contract.clone();
            let mut open = BalanceOf::<T>::zero();
            for charge in so_far.iter_mut().filter(|charge| charge.contract == contract) {
                if let Deposit::Charge(amount) = &mut charge.amount {
                    open = open.saturating_add(core::mem::take(amount));
                }
            }
            for charge in so_far.iter_mut().rev().filter(|charge| charge.contract == contract) {
                if let Deposit::Refund(amount) = &mut charge.amount {
                    let part = open.min(*amount);
                    *amount = amount.saturating_sub(part);
                    open = open.saturating_sub(part);
                }
            }
        }
    }

    fn push(&mut self, contract: AccountIdOf<T>, amount: DepositOf<T>) {
        self.total = self.total.saturating_add(&amount);
        self.charges.push(Charge { contract, amount, beneficiary: None });
    }
}

/// The result of the frame's own storage accesses.
#[derive(DebugNoBound)]
enum Own<T: Config> {
    /// The frame is running: differences add up.
    Open(Diff),
    /// They have been applied to the contract, with this amount.
    Closed(DepositOf<T>),
    /// The contract terminated itself, so all its deposits are refunded.
    Terminated { refund: DepositOf<T>, beneficiary: AccountIdOf<T> },
}

/// The books of a frame.
#[derive(DebugNoBound)]
pub struct NestedMeter<T: Config> {
    ledger: Ledger<T>,
    own: Own<T>,
    has_own_limit: bool,
}

impl<T: Config> Default for NestedMeter<T> {
    fn default() -> Self {
        Ledger::default().nested(Zero::zero())
    }
}

impl<T: Config> NestedMeter<T> {
    /// The ledger on which the next frame's books build.
    pub fn ledger(&mut self) -> &mut Ledger<T> {
        &mut self.ledger
    }

    /// Records the effect of an access on the contract's storage.
    pub fn charge(&mut self, diff: &Diff) {
        // Once closed, the frame has run; once terminated, it ends at once.
        debug_assert!(matches!(self.own, Own::Open(_)), "a frame that ended does not store");
        if let Own::Open(own) = &mut self.own {
            *own = own.saturating_add(diff);
        }
    }

    /// Records an amount that no storage access causes.
    pub fn charge_deposit(&mut self, contract: AccountIdOf<T>, amount: DepositOf<T>) {
        self.ledger.push(contract, amount);
    }

    /// Creates the account of a new contract.
    ///
    /// The existential deposit is transferred at once, because nothing can be held on an account that does not exist;
    /// the rest is recorded. The contract counts as a consumer of the account until it is terminated, so that the
    /// account cannot disappear before.
    ///
    /// # Errors
    /// That of the transfer, if the origin cannot pay it.
    pub fn charge_instantiate(
        &mut self,
        origin: &AccountIdOf<T>,
        contract: &AccountIdOf<T>,
        info: &mut ContractInfo<T>,
        code: &CodeInfo<T>,
    ) -> Result<(), DispatchError> {
        let existential = T::Currency::minimum_balance();
        T::Currency::transfer(origin, contract, existential, Preservation::Preserve)?;
        self.ledger.total = self.ledger.total.saturating_add(&Deposit::Charge(existential));
        frame_system::Pallet::<T>::inc_consumers(contract)?;
        let base = info.update_base_deposit(code);
        self.charge_deposit(contract.clone(), Deposit::Charge(base));
        Ok(())
    }

    /// Records that the contract terminates itself: all its deposits are refunded, and the rest of its account goes to
    /// `beneficiary`.
    pub fn terminate(&mut self, info: &ContractInfo<T>, beneficiary: AccountIdOf<T>) {
        self.own = Own::Terminated { refund: Deposit::Refund(info.total_deposit()), beneficiary };
    }

    /// Closes the frame's own account and checks the total against the limit.
    ///
    /// # Errors
    /// `StorageDepositLimitExhausted`.
    pub fn enforce_limit(&mut self, info: Option<&mut ContractInfo<T>>) -> Result<(), DispatchError> {
        let amount = match &self.own {
            Own::Open(diff) => {
                let amount = diff.update_contract(info);
                self.own = Own::Closed(amount);
                amount
            }
            Own::Closed(amount) | Own::Terminated { refund: amount, .. } => *amount,
        };
        let total = self.ledger.total.saturating_add(&amount);
        ensure!(total.charge_or_zero() <= self.ledger.limit, Error::<T>::StorageDepositLimitExhausted);
        Ok(())
    }

    /// [`Self::enforce_limit`], if the frame has a limit of its own.
    ///
    /// # Errors
    /// `StorageDepositLimitExhausted`.
    pub fn enforce_own_limit(&mut self, info: Option<&mut ContractInfo<T>>) -> Result<(), DispatchError> {
        if self.has_own_limit {
            self.enforce_limit(info)
        } else {
            Ok(())
        }
    }
}

/// The books of a whole call.
#[derive(DebugNoBound)]
pub struct Meter<T: Config>(Ledger<T>);

impl<T: Config> Meter<T> {
    /// Books with the sender's limit, or the chain's default.
    ///
    /// `min_leftover` is what the origin needs for other purposes.
    ///
    /// # Errors
    /// `StorageDepositNotEnoughFunds` if the origin could not pay the limit.
    pub fn new(
        origin: &Origin<T>,
        limit: Option<BalanceOf<T>>,
        min_leftover: BalanceOf<T>,
    ) -> Result<Self, DispatchError> {
        let limit = match origin {
            Origin::Root => limit.unwrap_or_else(T::DefaultDepositLimit::get),
            Origin::Signed(origin) => {
                // The value leaves the account first, and the existential deposit of a new contract, which any call
                // sets aside.
                let max = T::Currency::reducible_balance(origin, Preservation::Preserve, Fortitude::Polite)
                    .saturating_sub(min_leftover)
                    .saturating_sub(T::Currency::minimum_balance());
                let limit = limit.unwrap_or_else(|| max.min(T::DefaultDepositLimit::get()));
                let payable =
                    matches!(T::Currency::can_withdraw(origin, limit), WithdrawConsequence::Success);
                ensure!(limit <= max && payable, Error::<T>::StorageDepositNotEnoughFunds);
                limit
            }
        };
        Ok(Self(Ledger { limit, ..Default::default() }))
    }

    /// The ledger on which the first frame's books build.
    pub fn ledger(&mut self) -> &mut Ledger<T> {
        &mut self.0
    }

    /// Moves what is owed, and returns the total.
    ///
    /// Root owes nothing and is owed nothing.
    ///
    /// # Errors
    /// Those of the transfers. The whole call then has to be undone.
    pub fn settle(mut self, origin: &Origin<T>) -> Result<DepositOf<T>, DispatchError> {
        let Origin::Signed(origin) = origin else {
            return Ok(Deposit::default());
        };
        self.0.set_off_what_ended();
        for charge in &self.0.charges {
            if let Deposit::Refund(amount) = charge.amount {
                charge.refund(origin, amount)?;
            }
        }
        for charge in &self.0.charges {
            if let Deposit::Charge(amount) = charge.amount {
                charge.hold(origin, amount)?;
            }
        }
        Ok(self.0.total)
    }
}

impl<T: Config> Charge<T> {
    fn hold(&self, origin: &AccountIdOf<T>, amount: BalanceOf<T>) -> Result<(), DispatchError> {
        if amount.is_zero() {
            return Ok(());
        }
        T::Currency::transfer_and_hold(
            &HoldReason::StorageDepositReserve.into(),
            origin,
            &self.contract,
            amount,
            Precision::Exact,
            Preservation::Preserve,
            Fortitude::Polite,
        )?;
        Pallet::<T>::deposit_event(Event::StorageDepositTransferredAndHeld {
            from: origin.clone(),
            to: self.contract.clone(),
            amount,
        });
        Ok(())
    }

    fn refund(&self, origin: &AccountIdOf<T>, amount: BalanceOf<T>) -> Result<(), DispatchError> {
        if !amount.is_zero() {
            self.release(origin, amount)?;
        }
        if let Some(beneficiary) = &self.beneficiary {
            frame_system::Pallet::<T>::dec_consumers(&self.contract);
            T::Currency::transfer(
                &self.contract,
                beneficiary,
                T::Currency::reducible_balance(&self.contract, Preservation::Expendable, Fortitude::Polite),
                Preservation::Expendable,
            )?;
        }
        Ok(())
    }

    fn release(&self, origin: &AccountIdOf<T>, amount: BalanceOf<T>) -> Result<(), DispatchError> {
        let moved = T::Currency::transfer_on_hold(
            &HoldReason::StorageDepositReserve.into(),
            &self.contract,
            origin,
            amount,
            Precision::BestEffort,
            Restriction::Free,
            Fortitude::Polite,
        )?;
        Pallet::<T>::deposit_event(Event::StorageDepositTransferredAndReleased {
            from: self.contract.clone(),
            to: origin.clone(),
            amount: moved,
        });
        if moved < amount {
            // Something else took part of the hold. The origin gets the rest.
            log::error!(
                target: LOG_TARGET,
                "only {moved:?} of a deposit of {amount:?} could be released from {:?}",
                self.contract,
            );
        }
        Ok(())
    }
}

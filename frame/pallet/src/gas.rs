//! The weight that a frame may use, and the one place where gas becomes weight.
//!
//! Weight has two dimensions: `ref_time` (ps) and `proof_size` (bytes). The virtual machine counts gas, which is time
//! alone: one unit weighs `Schedule::instruction_weights.base` picoseconds of `ref_time`. The pallet weighs everything
//! else that a program does (syscalls, loading code), in both dimensions.
//!
//! The program is given as much gas as the meter's `ref_time` can pay for in full, and what it used is charged each
//! time it stops. It can use no more than it was given, so that charge cannot fail.

use crate::{schedule::Schedule, Config, Error};
use core::marker::PhantomData;
use frame_support::{
    dispatch::{DispatchErrorWithPostInfo, DispatchResultWithPostInfo, PostDispatchInfo},
    weights::Weight,
    DebugNoBound, DefaultNoBound,
};
use polkadot_sdk::*;
use sp_runtime::DispatchError;

/// `ref_time` in picoseconds of a unit of gas, if the node runs it as machine code.
///
/// It is more than the slowest class of instruction takes in the programs that measure it: decision 0241 has the
/// figures, `cargo xtask bench weights --gas` measures them again, and decision 0245 lists programs that are slower.
pub const REF_TIME_PER_GAS_MACHINE_CODE: u32 = 1_250;

/// The same for the interpreter in the runtime, which is itself Wasm.
///
/// For chains with [`inkbpf_host::Embedded`]: see [`InstructionWeights::interpreted`](crate::InstructionWeights).
pub const REF_TIME_PER_GAS_INTERPRETER: u32 = 6_000;

/// The gas that `weight` can pay for in full.
pub fn gas_from_weight<T: Config>(schedule: &Schedule<T>, weight: Weight) -> u64 {
    weight.ref_time() / u64::from(schedule.instruction_weights.base.max(1))
}

/// The weight of `gas`.
pub fn weight_from_gas<T: Config>(schedule: &Schedule<T>, gas: u64) -> Weight {
    Weight::from_parts(gas.saturating_mul(schedule.instruction_weights.base.max(1).into()), 0)
}

/// Proof that an amount was charged, so that part of it can be refunded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct ChargedAmount(Weight);

impl ChargedAmount {
    /// The charged amount.
    pub fn amount(&self) -> Weight {
        self.0
    }
}

/// The weight that a frame, and the frames above it, may use.
#[derive(DefaultNoBound, DebugNoBound)]
pub struct GasMeter<T: Config> {
    limit: Weight,
    left: Weight,
    /// The minimum that was ever left. It is below `left` after a charge was partly refunded.
    lowest: Weight,
    _phantom: PhantomData<T>,
}

impl<T: Config> GasMeter<T> {
    /// A meter with all of `limit` left.
    pub fn new(limit: Weight) -> Self {
        Self { limit, left: limit, lowest: limit, _phantom: PhantomData }
    }

    /// Moves a part of what is left into a separate meter, for a sub-call.
    ///
    /// A dimension of `amount` that is 0, or more than is left, stands for all that is left. [`Self::absorb_nested`]
    /// returns what the sub-call does not use.
    pub fn nested(&mut self, amount: Weight) -> Self {
        let pick = |wanted: u64, left: u64| if wanted == 0 { left } else { wanted.min(left) };
        let limit = Weight::from_parts(
            pick(amount.ref_time(), self.left.ref_time()),
            pick(amount.proof_size(), self.left.proof_size()),
        );
        self.left = self.left.saturating_sub(limit);
        Self::new(limit)
    }

    /// Takes back the weight that a sub-call did not use.
    pub fn absorb_nested(&mut self, nested: Self) {
        // While the sub-call ran, its whole limit was missing here. Only what it needed itself counts as needed.
        self.lowest = self.lowest.min(self.left.saturating_add(nested.lowest));
        self.left = self.left.saturating_add(nested.left);
    }

    /// Charges `amount`.
    ///
    /// # Errors
    /// [`Error::OutOfGas`] when more is charged than is left in either dimension; nothing is then charged.
    pub fn charge(&mut self, amount: Weight) -> Result<ChargedAmount, DispatchError> {
        self.left = self.left.checked_sub(&amount).ok_or(Error::<T>::OutOfGas)?;
        Ok(ChargedAmount(amount))
    }

    /// Refunds the part of `charged` beyond `actual`.
    ///
    /// The higher amount remains part of what a call has to offer ([`Self::gas_required`]).
    pub fn adjust(&mut self, charged: ChargedAmount, actual: Weight) {
        self.lowest = self.gas_lowest();
        self.left = self.left.saturating_add(charged.0.saturating_sub(actual)).min(self.limit);
    }

    /// Refunds the part of `charged` beyond `actual`, as if no more had ever been charged.
    pub fn refund(&mut self, charged: ChargedAmount, actual: Weight) {
        self.left = self.left.saturating_add(charged.0.saturating_sub(actual)).min(self.limit);
    }

    /// Charges what a program has already used, which is no more than [`gas_from_weight`] gave it.
    pub fn charge_spent(&mut self, amount: Weight) {
        self.left = self.left.saturating_sub(amount);
    }

    /// The weight left.
    pub fn gas_left(&self) -> Weight {
        self.left
    }

    /// The weight used.
    pub fn gas_consumed(&self) -> Weight {
        self.limit.saturating_sub(self.left)
    }

    /// The weight that a call has to offer to succeed in the same way again.
    pub fn gas_required(&self) -> Weight {
        self.limit.saturating_sub(self.gas_lowest())
    }

    fn gas_lowest(&self) -> Weight {
        self.left.min(self.lowest)
    }

    /// Adds to a result the weight of the dispatchable: `base` and what was used here.
    pub fn into_dispatch_result<R, E: Into<DispatchError>>(
        self,
        result: Result<R, E>,
        base: Weight,
    ) -> DispatchResultWithPostInfo {
        let post_info = PostDispatchInfo {
            actual_weight: Some(self.gas_consumed().saturating_add(base)),
            pays_fee: Default::default(),
        };
        match result {
            Ok(_) => Ok(post_info),
            Err(error) => Err(DispatchErrorWithPostInfo { post_info, error: error.into() }),
        }
    }
}

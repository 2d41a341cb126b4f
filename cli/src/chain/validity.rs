//! Why a chain rejects a transaction.

use super::{Balance, Money};
use inkbpf_sandbox::sp_runtime::transaction_validity::{
    InvalidTransaction as Invalid, TransactionValidityError as Error,
};

/// Advice about a transaction that no block accepts.
pub fn advice(error: &Error, len: usize, fee: Balance, has: Balance, money: &Money) -> String {
    match error {
        Error::Invalid(Invalid::Payment) => format!(
            "the account cannot pay the fee of {}, as it has only {}: nothing was sent. Use an account with money (--suri //Alice), or a lower --gas, which is paid for in advance",
            money.show(fee),
            money.show(has)
        ),
        // The runtime's error for a transaction with more bytes than it reads.
        Error::Invalid(Invalid::Call) => {
            format!("the transaction of {len} bytes is too large for a block: nothing was sent")
        }
        Error::Invalid(Invalid::ExhaustsResources) => format!("the transaction is too large for a block, by its length of {len} bytes or by the weight that --gas allows: nothing was sent. A lower --gas, or shorter arguments, may help"),
        other => {
            let text: &'static str = (*other).into();
            format!("the chain does not accept the transaction: {text}")
        }
    }
}

//! Why a chain rejects a transaction.

use super::{Balance, Money, Weight};
use inkbpf_sandbox::sp_runtime::transaction_validity::{
    InvalidTransaction as Invalid, TransactionValidityError as Error,
};

/// Advice about a transaction that no block accepts. `gas` is its limit, if it runs a contract.
pub fn advice(
    error: &Error,
    len: usize,
    gas: Option<Weight>,
    fee: Balance,
    has: Balance,
    money: &Money,
) -> String {
    match error {
        Error::Invalid(Invalid::Payment) => {
            let has = match has < fee {
                true => format!("it has only {}", money.show(has)),
                false => format!("it has {}, and the minimum balance must stay", money.show(has)),
            };
            let less = if gas.is_some() { ", or a lower --gas, which is paid for in advance" } else { "" };
            format!(
                "the account cannot pay the fee of {}: {has}; nothing was sent. Use an account with money (--suri //Alice){less}",
                money.show(fee)
            )
        }
        // The former is the runtime's error for a transaction with more bytes than it reads.
        Error::Invalid(Invalid::Call | Invalid::ExhaustsResources) => match gas {
            Some(gas) => format!(
                "the transaction of {len} bytes, with a gas limit of {}, is too large for a block: nothing was sent. Shorter arguments or a lower --gas may help",
                gas.ref_time()
            ),
            None => format!("the transaction of {len} bytes is too large for a block: nothing was sent"),
        },
        other => {
            let text: &'static str = (*other).into();
            format!("the chain does not accept the transaction: {text}")
        }
    }
}

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
    match (error, gas) {
        (Error::Invalid(Invalid::Payment), _) => {
            let there = match has < fee {
                true => format!("it has only {}", money.show(has)),
                false => format!("it has {}, and the minimum balance must stay", money.show(has)),
            };
            // A limit that the dry run found out cannot be lower.
            let less = match gas {
                Some(_) if has > 0 => ", or a lower --gas if one was given: it is paid for in advance",
                _ => "",
            };
            format!(
                "the account cannot pay the fee of {}: {there}; nothing was sent. Use an account with money (--suri //Alice){less}",
                money.show(fee)
            )
        }
        (Error::Invalid(Invalid::ExhaustsResources), Some(gas)) => format!(
            "the transaction is too large for a block, with {len} bytes, a gas limit of {} and a proof size limit of {} bytes: nothing was sent. Shorter arguments, or a lower --gas or --proof-size, may help",
            gas.ref_time(),
            gas.proof_size()
        ),
        // The former is the runtime's error for a transaction with more bytes than it reads.
        (Error::Invalid(Invalid::Call | Invalid::ExhaustsResources), _) => {
            format!("the transaction of {len} bytes is too large for a block: nothing was sent")
        }
        (other, _) => {
            let text: &'static str = (*other).into();
            format!("the chain does not accept the transaction: {text}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(invalid: Invalid, gas: Option<Weight>, fee: Balance, has: Balance) -> String {
        let money = Money { symbol: "UNIT".into(), decimals: 12 };
        advice(&Error::Invalid(invalid), 5000, gas, fee, has, &money)
    }

    #[test]
    fn a_fee_that_cannot_be_paid() {
        let gas = Some(Weight::from_parts(7, 8));
        let nothing = said(Invalid::Payment, gas, 10, 0);
        assert!(nothing.contains("it has only 0 UNIT") && !nothing.contains("--gas"), "{nothing}");
        let less = said(Invalid::Payment, gas, 10, 9);
        assert!(less.contains("it has only ") && less.contains("--gas"), "{less}");
        let all = said(Invalid::Payment, None, 10, 10);
        assert!(all.contains("minimum balance must stay") && !all.contains("--gas"), "{all}");
    }

    #[test]
    fn what_a_block_has_no_room_for() {
        let weight = said(Invalid::ExhaustsResources, Some(Weight::from_parts(7, 8)), 0, 0);
        for part in ["5000 bytes", "gas limit of 7", "proof size limit of 8 bytes", "--proof-size"] {
            assert!(weight.contains(part), "{weight}");
        }
        for (invalid, gas) in
            [(Invalid::Call, Some(Weight::from_parts(7, 8))), (Invalid::ExhaustsResources, None)]
        {
            let long = said(invalid, gas, 0, 0);
            assert!(long.contains("of 5000 bytes is too large") && !long.contains("gas"), "{long}");
        }
    }
}

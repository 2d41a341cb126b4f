//! Money as people write it.

use crate::chain::{Balance, Money};
use anyhow::{anyhow, bail, ensure, Result};

impl Money {
    /// `1.5 UNIT`; with all digits, because a balance is exact.
    pub fn show(&self, amount: Balance) -> String {
        let one = 10u128.pow(u32::from(self.decimals));
        let (whole, rest) = (amount / one, amount % one);
        if rest == 0 {
            return format!("{whole} {}", self.symbol);
        }
        let digits = format!("{rest:0width$}", width = usize::from(self.decimals));
        format!("{whole}.{} {}", digits.trim_end_matches('0'), self.symbol)
    }

    /// `1_000_000` in the smallest unit, or `1.5 UNIT`.
    ///
    /// # Errors
    /// Anything else, and amounts that do not fit.
    pub fn parse(&self, text: &str) -> Result<Balance> {
        let text = text.trim();
        let bad = || {
            anyhow!("`{text}` is not an amount: write 1000000 (in the smallest unit) or 1.5{}", self.symbol)
        };
        ensure!(
            !text.strip_prefix('-').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit())),
            "`{text}` is not an amount: money cannot be negative"
        );
        let digits = |part: &str| -> Result<Balance> {
            let part = part.replace('_', "");
            if part.is_empty() || !part.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(bad());
            }
            part.parse().map_err(|_| anyhow!("`{text}` is too large for an amount"))
        };
        let Some(number) = text.strip_suffix(&*self.symbol).map(str::trim) else {
            return digits(text);
        };
        let (whole, rest) = number.split_once('.').unwrap_or((number, ""));
        let width = usize::from(self.decimals);
        if rest.len() > width {
            bail!("`{text}` has more than {width} digits after the point");
        }
        let rest = if width == 0 { 0 } else { digits(&format!("{rest:0<width$}"))? };
        let one = 10u128.pow(u32::from(self.decimals));
        let whole = digits(whole)?.checked_mul(one);
        whole
            .and_then(|whole| whole.checked_add(rest))
            .ok_or_else(|| anyhow!("`{text}` is too large for an amount"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MONEY: Money = Money { decimals: 12, symbol: std::borrow::Cow::Borrowed("UNIT") };

    #[test]
    fn shown_and_read_again() {
        for (amount, text) in [
            (0, "0 UNIT"),
            (1, "0.000000000001 UNIT"),
            (1_500_000_000_000, "1.5 UNIT"),
            (7_000_000_000_000, "7 UNIT"),
        ] {
            assert_eq!(MONEY.show(amount), text);
            assert_eq!(MONEY.parse(text).unwrap(), amount);
        }
        assert_eq!(MONEY.parse("1_000").unwrap(), 1_000);
    }

    #[test]
    fn money_of_other_chains() {
        let whole = Money { decimals: 0, symbol: "units".into() };
        assert_eq!((whole.show(12), whole.parse("12 units").unwrap()), ("12 units".into(), 12));
        let finest = Money { decimals: Money::MOST_DECIMALS, symbol: "X".into() };
        assert_eq!(finest.parse("1.5X").unwrap(), 15 * 10u128.pow(37));
        assert_eq!(finest.show(1), format!("0.{}1 X", "0".repeat(37)));
        assert!(finest.parse("4X").is_err(), "more than 2^128");
    }

    #[test]
    fn what_is_no_amount() {
        let much = "9".repeat(40);
        for bad in ["", "UNIT", "-1", "1.5", "1 EUR", "0x10", "1.0000000000001UNIT", ".UNIT", &much] {
            assert!(MONEY.parse(bad).is_err(), "{bad}");
        }
    }
}

//! Unsigned integers of 256 bits, by hand: carries across limbs, products of twice the width, and
//! division bit by bit.

use core::cmp::Ordering;

/// Four limbs, the least first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[ink::scale_derive(Encode, Decode, TypeInfo)]
pub struct U256(pub [u64; 4]);

impl U256 {
    /// 0.
    pub const ZERO: Self = Self([0; 4]);
    /// 2²⁵⁶ − 1.
    pub const MAX: Self = Self([u64::MAX; 4]);

    /// The sum, unless it is too large.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        let mut sum = Self::ZERO;
        let mut carry = false;
        for (i, limb) in sum.0.iter_mut().enumerate() {
            let (partial, first) = self.0[i].overflowing_add(other.0[i]);
            let (full, second) = partial.overflowing_add(u64::from(carry));
            *limb = full;
            carry = first || second;
        }
        (!carry).then_some(sum)
    }

    /// The difference, unless it is negative.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        let mut difference = Self::ZERO;
        let mut borrow = false;
        for (i, limb) in difference.0.iter_mut().enumerate() {
            let (partial, first) = self.0[i].overflowing_sub(other.0[i]);
            let (full, second) = partial.overflowing_sub(u64::from(borrow));
            *limb = full;
            borrow = first || second;
        }
        (!borrow).then_some(difference)
    }

    /// The product as high and low half.
    pub fn widening_mul(self, other: Self) -> (Self, Self) {
        let mut limbs = [0u64; 8];
        for i in 0..4 {
            let mut carry = 0u128;
            for j in 0..4 {
                // At most (2⁶⁴ − 1)² + 2 (2⁶⁴ − 1), which is 2¹²⁸ − 1.
                let sum = u128::from(self.0[i]) * u128::from(other.0[j]) + u128::from(limbs[i + j]) + carry;
                limbs[i + j] = sum as u64;
                carry = sum >> 64;
            }
            limbs[i + 4] = carry as u64;
        }
        let [a, b, c, d, e, f, g, h] = limbs;
        (Self([e, f, g, h]), Self([a, b, c, d]))
    }

    /// The product, unless it is too large.
    pub fn checked_mul(self, other: Self) -> Option<Self> {
        let (high, low) = self.widening_mul(other);
        (high == Self::ZERO).then_some(low)
    }

    /// Quotient and remainder, unless the divisor is 0.
    pub fn checked_div_rem(self, divisor: Self) -> Option<(Self, Self)> {
        div_rem_wide(Self::ZERO, self, divisor)
    }

    /// `self · factor ÷ divisor`, rounded down, by way of 512 bits, unless the divisor is 0 or the
    /// result too large.
    pub fn mul_div(self, factor: Self, divisor: Self) -> Option<Self> {
        let (high, low) = self.widening_mul(factor);
        div_rem_wide(high, low, divisor).map(|(quotient, _)| quotient)
    }

    fn bit(&self, index: usize) -> bool {
        self.0[index / 64] >> (index % 64) & 1 == 1
    }

    fn shl1(self) -> (bool, Self) {
        let mut shifted = Self::ZERO;
        let mut carry = 0;
        for (limb, old) in shifted.0.iter_mut().zip(self.0) {
            *limb = old << 1 | carry;
            carry = old >> 63;
        }
        (carry == 1, shifted)
    }
}

/// Long division of `high · 2²⁵⁶ + low`, unless the divisor is 0 or the quotient exceeds 256 bits.
fn div_rem_wide(high: U256, low: U256, divisor: U256) -> Option<(U256, U256)> {
    // Also refuses a divisor of 0.
    if high >= divisor {
        return None;
    }
    let mut quotient = U256::ZERO;
    let mut remainder = high;
    for index in (0..256).rev() {
        let (overflow, mut shifted) = remainder.shl1();
        shifted.0[0] |= u64::from(low.bit(index));
        remainder = shifted;
        if overflow || remainder >= divisor {
            remainder = wrapping_sub(remainder, divisor);
            quotient.0[index / 64] |= 1 << (index % 64);
        }
    }
    Some((quotient, remainder))
}

fn wrapping_sub(a: U256, b: U256) -> U256 {
    let mut borrow = 0;
    U256(core::array::from_fn(|i| {
        let wide = i128::from(a.0[i]) - i128::from(b.0[i]) - borrow;
        borrow = i128::from(wide < 0);
        wide as u64
    }))
}

impl PartialOrd for U256 {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for U256 {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.iter().rev().cmp(other.0.iter().rev())
    }
}

impl From<u128> for U256 {
    fn from(value: u128) -> Self {
        Self([value as u64, (value >> 64) as u64, 0, 0])
    }
}

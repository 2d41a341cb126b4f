//! The intrinsics of 128-bit arithmetic, like `__multi3` and its kin on other targets.

use crate::memory::{GuestAddr, GuestMemory, MemoryFault};
use bpf_isa::Reg;
use contract_abi::intrinsic::Intrinsic;

/// Serves an intrinsic of class [`crate::meter::Class::WideMul`] or [`crate::meter::Class::WideDiv`].
#[inline(never)]
pub(crate) fn execute(
    number: u32,
    regs: &mut [u64; 12],
    memory: &mut impl GuestMemory,
) -> Result<(), MemoryFault> {
    let Some(intrinsic) = Intrinsic::from_number(number) else {
        return Ok(()); // The code has no such number.
    };
    let pair = |low: Reg, high: Reg| u128::from(regs[high.index()]) << 64 | u128::from(regs[low.index()]);
    if intrinsic == Intrinsic::MulHigh {
        let product = u128::from(regs[Reg::R1.index()]) * u128::from(regs[Reg::R2.index()]);
        regs[Reg::R0.index()] = (product >> 64) as u64;
        return Ok(());
    }
    let result = arithmetic(intrinsic, pair(Reg::R1, Reg::R2), pair(Reg::R3, Reg::R4));
    if intrinsic.returns_pair() {
        regs[Reg::R0.index()] = result as u64;
        regs[Reg::R2.index()] = (result >> 64) as u64;
    } else {
        memory.store_wide(GuestAddr(regs[Reg::R5.index()] as u32), result)?;
        regs[Reg::R0.index()] = 0;
    }
    Ok(())
}

/// Serves the two products that return their result in registers, which are the most frequent. Returns whether it was
/// one of them.
#[inline(always)]
pub(super) fn product(number: u32, regs: &mut [u64; 12]) -> bool {
    const MUL_HIGH: u32 = Intrinsic::MulHigh.number();
    const MUL_TI: u32 = Intrinsic::MulTi.number();
    match number {
        MUL_HIGH => regs[0] = ((u128::from(regs[1]) * u128::from(regs[2])) >> 64) as u64,
        MUL_TI => {
            let low = u128::from(regs[1]) * u128::from(regs[3]);
            let crossed = regs[1].wrapping_mul(regs[4]).wrapping_add(regs[2].wrapping_mul(regs[3]));
            regs[0] = low as u64;
            regs[2] = ((low >> 64) as u64).wrapping_add(crossed);
        }
        _ => return false,
    }
    true
}

fn arithmetic(intrinsic: Intrinsic, a: u128, b: u128) -> u128 {
    let (signed_a, signed_b) = (a as i128, b as i128);
    match intrinsic {
        Intrinsic::UDivTi | Intrinsic::UDivTiPtr => a.checked_div(b).unwrap_or(0),
        Intrinsic::UModTi | Intrinsic::UModTiPtr => a.checked_rem(b).unwrap_or(a),
        Intrinsic::DivTi | Intrinsic::DivTiPtr if b == 0 => 0,
        Intrinsic::DivTi | Intrinsic::DivTiPtr => signed_a.wrapping_div(signed_b) as u128,
        Intrinsic::ModTi | Intrinsic::ModTiPtr if b == 0 => a,
        Intrinsic::ModTi | Intrinsic::ModTiPtr => signed_a.wrapping_rem(signed_b) as u128,
        _ => a.wrapping_mul(b),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_short_way_to_a_product_is_the_long_one() {
        let values = [0, 1, 3, 1 << 32, 0x1234_5678_9abc_def0, 1 << 63, u64::MAX - 1, u64::MAX];
        for a in values {
            for b in values {
                for c in values {
                    let mut regs = [7, a, b, c, a ^ c, 5, 6, 7, 8, 9, 10, 0];
                    let before = regs;
                    assert!(product(Intrinsic::MulTi.number(), &mut regs));
                    let wide =
                        |low: usize, high: usize| u128::from(before[high]) << 64 | u128::from(before[low]);
                    let expected = wide(1, 2).wrapping_mul(wide(3, 4));
                    assert_eq!((regs[0], regs[2]), (expected as u64, (expected >> 64) as u64));
                    regs[0] = before[0];
                    regs[2] = before[2];
                    assert_eq!(regs, before);
                    assert!(product(Intrinsic::MulHigh.number(), &mut regs));
                    assert_eq!(regs[0], ((u128::from(a) * u128::from(b)) >> 64) as u64);
                    assert_eq!(regs[1..], before[1..]);
                }
            }
        }
        assert!(!product(Intrinsic::UDivTi.number(), &mut [0; 12]));
    }

    #[test]
    fn edges() {
        let (min, minus_one) = (i128::MIN as u128, u128::MAX);
        for (intrinsic, a, b, expected) in [
            (Intrinsic::MulTi, u128::MAX, 3, u128::MAX - 2),
            (Intrinsic::MulTiPtr, 1 << 127, 2, 0),
            (Intrinsic::UDivTi, u128::MAX, 1 << 64, u64::MAX.into()),
            (Intrinsic::UDivTi, 5, 0, 0),
            (Intrinsic::UModTi, 5, 0, 5),
            (Intrinsic::UModTiPtr, u128::MAX, 10, 5),
            (Intrinsic::DivTi, min, minus_one, min),
            (Intrinsic::DivTi, min, 0, 0),
            (Intrinsic::DivTiPtr, minus_one, 1, minus_one),
            (Intrinsic::ModTi, min, minus_one, 0),
            (Intrinsic::ModTi, min, 0, min),
            (Intrinsic::ModTiPtr, (-7i128) as u128, 4, (-3i128) as u128),
        ] {
            assert_eq!(arithmetic(intrinsic, a, b), expected, "{intrinsic:?}");
        }
    }
}

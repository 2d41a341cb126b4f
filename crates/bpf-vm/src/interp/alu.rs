//! Arithmetic (RFC 9669 §4.1).
//!
//! Each function takes the operands as registers hold them and returns the new value of `dst`. So the 32-bit functions
//! ignore the upper halves and return a zero-extended result.

macro_rules! both_widths {
    ($($(#[$doc:meta])* $name32:ident $name64:ident: |$a:ident: $u:ident, $b:ident| $result:expr;)*) => {
        $(
            $(#[$doc])*
            #[inline(always)]
            pub(super) fn $name32(dst: u64, src: u64) -> u64 {
                type $u = u32;
                let ($a, $b) = (dst as $u, src as $u);
                u64::from($result)
            }

            $(#[$doc])*
            #[inline(always)]
            pub(super) fn $name64(dst: u64, src: u64) -> u64 {
                type $u = u64;
                let ($a, $b): ($u, $u) = (dst, src);
                $result
            }
        )*
    };
}

both_widths! {
    /// `dst += src`
    add32 add64: |a: U, b| a.wrapping_add(b);
    /// `dst -= src`
    sub32 sub64: |a: U, b| a.wrapping_sub(b);
    /// `dst *= src`
    mul32 mul64: |a: U, b| a.wrapping_mul(b);
    /// `dst = (src != 0) ? dst / src : 0`
    div32 div64: |a: U, b| a.checked_div(b).unwrap_or(0);
    /// `dst = (src != 0) ? dst % src : dst`
    mod32 mod64: |a: U, b| a.checked_rem(b).unwrap_or(a);
    /// `dst |= src`
    or32 or64: |a: U, b| a | b;
    /// `dst &= src`
    and32 and64: |a: U, b| a & b;
    /// `dst ^= src`
    xor32 xor64: |a: U, b| a ^ b;
    /// `dst <<= src & (width - 1)`
    lsh32 lsh64: |a: U, b| a.wrapping_shl(b as u32);
    /// `dst >>= src & (width - 1)`
    rsh32 rsh64: |a: U, b| a.wrapping_shr(b as u32);
}

/// `dst s/= src`. By 0 the result is 0; the most negative number by −1 is itself.
#[inline(always)]
pub(super) fn sdiv32(dst: u64, src: u64) -> u64 {
    match src as i32 {
        0 => 0,
        src => u64::from((dst as i32).wrapping_div(src) as u32),
    }
}

/// `dst s/= src`. By 0 the result is 0; the most negative number by −1 is itself.
#[inline(always)]
pub(super) fn sdiv64(dst: u64, src: u64) -> u64 {
    match src as i64 {
        0 => 0,
        src => (dst as i64).wrapping_div(src) as u64,
    }
}

/// `dst s%= src`, with the sign of `dst`. By 0 the result is `dst`; by −1 it is 0.
#[inline(always)]
pub(super) fn smod32(dst: u64, src: u64) -> u64 {
    match src as i32 {
        0 => u64::from(dst as u32),
        src => u64::from((dst as i32).wrapping_rem(src) as u32),
    }
}

/// `dst s%= src`, with the sign of `dst`. By 0 the result is `dst`; by −1 it is 0.
#[inline(always)]
pub(super) fn smod64(dst: u64, src: u64) -> u64 {
    match src as i64 {
        0 => dst,
        src => (dst as i64).wrapping_rem(src) as u64,
    }
}

/// `dst s>>= src & 31`
#[inline(always)]
pub(super) fn arsh32(dst: u64, src: u64) -> u64 {
    u64::from((dst as i32).wrapping_shr(src as u32) as u32)
}

/// `dst s>>= src & 63`
#[inline(always)]
pub(super) fn arsh64(dst: u64, src: u64) -> u64 {
    (dst as i64).wrapping_shr(src as u32) as u64
}

/// `dst = src`, the lower half.
#[inline(always)]
pub(super) fn mov32(_: u64, src: u64) -> u64 {
    u64::from(src as u32)
}

/// `dst = src`
#[inline(always)]
pub(super) fn mov64(_: u64, src: u64) -> u64 {
    src
}

/// `dst = (s8 as s32)src`
#[inline(always)]
pub(super) fn movsx8_32(_: u64, src: u64) -> u64 {
    u64::from(i32::from(src as i8) as u32)
}

/// `dst = (s16 as s32)src`
#[inline(always)]
pub(super) fn movsx16_32(_: u64, src: u64) -> u64 {
    u64::from(i32::from(src as i16) as u32)
}

/// `dst = (s8)src`
#[inline(always)]
pub(super) fn movsx8_64(_: u64, src: u64) -> u64 {
    i64::from(src as i8) as u64
}

/// `dst = (s16)src`
#[inline(always)]
pub(super) fn movsx16_64(_: u64, src: u64) -> u64 {
    i64::from(src as i16) as u64
}

/// `dst = (s32)src`
#[inline(always)]
pub(super) fn movsx32_64(_: u64, src: u64) -> u64 {
    i64::from(src as i32) as u64
}

/// `dst = -dst`, the lower half.
#[inline(always)]
pub(super) fn neg32(dst: u64) -> u64 {
    u64::from((dst as u32).wrapping_neg())
}

/// `dst = -dst`
#[inline(always)]
pub(super) fn neg64(dst: u64) -> u64 {
    dst.wrapping_neg()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIN32: u64 = 0x8000_0000;
    const MIN64: u64 = 0x8000_0000_0000_0000;

    #[test]
    fn division_by_zero_is_defined() {
        assert_eq!([div32(7, 1 << 32), div64(7, 0), sdiv32(7, 1 << 32), sdiv64(7, 0)], [0; 4]);
        let dividend = 0xffff_fff9_0000_0007;
        assert_eq!([mod32(dividend, 0), smod32(dividend, 0)], [7; 2], "the upper half is cleared");
        assert_eq!([mod64(dividend, 0), smod64(dividend, 0)], [dividend; 2]);
    }

    #[test]
    fn the_most_negative_number_by_minus_one_wraps() {
        assert_eq!(sdiv32(MIN32, u64::MAX), MIN32);
        assert_eq!(sdiv64(MIN64, u64::MAX), MIN64);
        assert_eq!([smod32(MIN32, u64::MAX), smod64(MIN64, u64::MAX)], [0; 2]);
    }

    #[test]
    fn signs_follow_the_dividend() {
        let minus = |n: i64| n.wrapping_neg() as u64;
        assert_eq!(sdiv64(minus(13), 4), minus(3));
        assert_eq!(smod64(minus(13), 4), minus(1));
        assert_eq!(smod64(13, minus(4)), 1);
        assert_eq!(smod32(minus(13), 4), u64::from(minus(1) as u32));
    }

    #[test]
    fn shifts_are_taken_modulo_the_width() {
        assert_eq!(lsh32(1, 33), 2);
        assert_eq!(lsh64(1, 65), 2);
        assert_eq!(rsh32(0xffff_ffff_8000_0000, 63), 1);
        assert_eq!(arsh32(MIN32, 31), 0xffff_ffff);
        assert_eq!(arsh64(MIN64, 127), u64::MAX);
        assert_eq!(lsh64(1, u64::MAX), MIN64);
    }

    #[test]
    fn results_of_32_bits_are_zero_extended() {
        let dirty = u64::MAX << 32;
        for result in [
            add32(dirty | 1, dirty | 1),
            sub32(dirty | 3, dirty | 1),
            mul32(dirty | 2, dirty | 1),
            or32(dirty | 2, dirty),
            and32(dirty | 2, dirty | 2),
            xor32(dirty | 2, dirty),
            mov32(dirty, dirty | 2),
            neg32(dirty | 0xffff_fffe),
        ] {
            assert_eq!(result, 2);
        }
        assert_eq!(movsx8_32(0, 0x80), 0xffff_ff80);
        assert_eq!(movsx16_32(0, 0x8000), 0xffff_8000);
        assert_eq!(movsx8_64(0, 0x80), u64::MAX << 7);
        assert_eq!(movsx32_64(0, MIN32), u64::MAX << 31);
    }
}

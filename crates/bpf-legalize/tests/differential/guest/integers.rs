// Every operation of every integer type.

/// Operations that all twelve types have. `never` keeps each a function of its own.
macro_rules! integer_cases {
    ($($t:ident $name:ident $size:literal)*) => {$(
        #[allow(clippy::all)]
        mod $name {
            use super::*;

            macro_rules! unary {
                ($case:ident, $f:expr) => {
                    #[inline(never)]
                    fn $case(input: &mut In<'_>, out: &mut Out) {
                        let f = $f;
                        let a: $t = black_box(input.get());
                        out.put(f(a));
                    }
                };
            }
            macro_rules! binary {
                ($case:ident, $f:expr) => {
                    #[inline(never)]
                    fn $case(input: &mut In<'_>, out: &mut Out) {
                        let f = $f;
                        let (a, b): ($t, $t) = black_box((input.get(), input.get()));
                        out.put(f(a, b));
                    }
                };
            }
            macro_rules! amount {
                ($case:ident, $f:expr) => {
                    #[inline(never)]
                    fn $case(input: &mut In<'_>, out: &mut Out) {
                        let f = $f;
                        let (a, n): ($t, u32) = black_box((input.get(), u32::from(input.byte())));
                        out.put(f(a, n));
                    }
                };
            }

            // Panic on overflow.
            binary!(add, |a: $t, b: $t| a + b);
            binary!(sub, |a: $t, b: $t| a - b);
            binary!(mul, |a: $t, b: $t| a * b);
            binary!(div, |a: $t, b: $t| a / b);
            binary!(rem, |a: $t, b: $t| a % b);
            amount!(shl, |a: $t, n: u32| a << n % ($size + 1));
            amount!(shr, |a: $t, n: u32| a >> n % ($size + 1));
            // Do not.
            binary!(wrapping_add, |a: $t, b| a.wrapping_add(b));
            binary!(wrapping_sub, |a: $t, b| a.wrapping_sub(b));
            binary!(wrapping_mul, |a: $t, b| a.wrapping_mul(b));
            unary!(wrapping_neg, |a: $t| a.wrapping_neg());
            amount!(wrapping_shl, |a: $t, n| a.wrapping_shl(n));
            amount!(wrapping_shr, |a: $t, n| a.wrapping_shr(n));
            amount!(wrapping_pow, |a: $t, n| a.wrapping_pow(n % 70));
            binary!(checked_add, |a: $t, b| a.checked_add(b));
            binary!(checked_sub, |a: $t, b| a.checked_sub(b));
            binary!(checked_mul, |a: $t, b| a.checked_mul(b));
            binary!(checked_div, |a: $t, b| a.checked_div(b));
            binary!(checked_rem, |a: $t, b| a.checked_rem(b));
            binary!(checked_div_euclid, |a: $t, b| a.checked_div_euclid(b));
            binary!(checked_rem_euclid, |a: $t, b| a.checked_rem_euclid(b));
            unary!(checked_neg, |a: $t| a.checked_neg());
            amount!(checked_shl, |a: $t, n| a.checked_shl(n));
            amount!(checked_shr, |a: $t, n| a.checked_shr(n));
            amount!(checked_pow, |a: $t, n| a.checked_pow(n % 70));
            binary!(saturating_add, |a: $t, b| a.saturating_add(b));
            binary!(saturating_sub, |a: $t, b| a.saturating_sub(b));
            binary!(saturating_mul, |a: $t, b| a.saturating_mul(b));
            amount!(saturating_pow, |a: $t, n| a.saturating_pow(n % 70));
            binary!(overflowing_add, |a: $t, b| a.overflowing_add(b));
            binary!(overflowing_sub, |a: $t, b| a.overflowing_sub(b));
            binary!(overflowing_mul, |a: $t, b| a.overflowing_mul(b));
            unary!(overflowing_neg, |a: $t| a.overflowing_neg());
            amount!(rotate_left, |a: $t, n| a.rotate_left(n));
            amount!(rotate_right, |a: $t, n| a.rotate_right(n));
            unary!(leading_zeros, |a: $t| a.leading_zeros());
            unary!(trailing_zeros, |a: $t| a.trailing_zeros());
            unary!(leading_ones, |a: $t| a.leading_ones());
            unary!(trailing_ones, |a: $t| a.trailing_ones());
            unary!(count_ones, |a: $t| a.count_ones());
            unary!(swap_bytes, |a: $t| a.swap_bytes());
            unary!(reverse_bits, |a: $t| a.reverse_bits());
            unary!(not, |a: $t| !a);
            binary!(bits, |a: $t, b: $t| (a & b, a | b, a ^ b));
            binary!(compare, |a: $t, b: $t| (a.cmp(&b), a == b, a < b, a >= b));
            binary!(extremes, |a: $t, b: $t| (a.min(b), a.max(b)));
            binary!(abs_diff, |a: $t, b: $t| a.abs_diff(b));
            unary!(checked_ilog2, |a: $t| a.checked_ilog2());
            unary!(checked_ilog10, |a: $t| a.checked_ilog10());
            unary!(by_constant, |a: $t| (a / 10, a % 10, a / 7, a % 100, a.wrapping_mul(77)));
            unary!(shifted_by_constant, |a: $t| (a << 3, a >> 5, a.rotate_left(1)));
            unary!(from_bytes, |a: $t| (<$t>::from_be_bytes(a.to_le_bytes()), a.to_be()));
            unary!(cast_unsigned, |a: $t| (a as u8, a as u16, (a as u32, a as u64, a as u128)));
            unary!(cast_signed, |a: $t| (a as i8, a as i16, (a as i32, a as i64, a as i128)));
            unary!(convert, |a: $t| (u8::try_from(a).ok(), i32::try_from(a).ok(), u64::try_from(a).ok()));
            unary!(format, |a: $t| alloc::format!("{a} {a:?} {a:#x} {a:08b} {a:>+9o}"));

            #[inline(never)]
            fn parse(input: &mut In<'_>, out: &mut Out) {
                let text = alloc::format!("{}", input.get::<i128>() >> 64);
                out.put(text.parse::<$t>().ok());
                out.put(<$t>::from_str_radix(&text, 16).ok());
            }
            #[inline(never)]
            fn sum_and_product(input: &mut In<'_>, out: &mut Out) {
                let all: [$t; 6] = black_box(input.get());
                out.put(all.iter().fold(0 as $t, |n, a| n.wrapping_add(*a)));
                out.put(all.iter().try_fold(1 as $t, |n, a| n.checked_mul(*a)));
                out.put(all.iter().copied().max());
            }

            pub const CASES: &[Case] = cases!($t;
                add sub mul div rem shl shr wrapping_add wrapping_sub wrapping_mul wrapping_neg wrapping_shl
                wrapping_shr wrapping_pow checked_add checked_sub checked_mul checked_div checked_rem
                checked_div_euclid checked_rem_euclid checked_neg checked_shl checked_shr checked_pow
                saturating_add saturating_sub saturating_mul saturating_pow overflowing_add overflowing_sub
                overflowing_mul overflowing_neg rotate_left rotate_right leading_zeros trailing_zeros
                leading_ones trailing_ones count_ones swap_bytes reverse_bits not bits compare extremes
                abs_diff checked_ilog2 checked_ilog10 by_constant shifted_by_constant from_bytes
                cast_unsigned cast_signed convert format parse sum_and_product);
        }
    )*};
}

integer_cases! {
    u8 of_u8 8  u16 of_u16 16  u32 of_u32 32  u64 of_u64 64  u128 of_u128 128
    i8 of_i8 8  i16 of_i16 16  i32 of_i32 32  i64 of_i64 64  i128 of_i128 128
}

//! What compilers and linkers stumble over, gathered in one contract.
//!
//! Integers wider than a register, calls with more arguments than there are registers for, results
//! that fit none, calls through vtables and function pointers, recursion, collections, formatting,
//! and every way to panic. The messages compute what can be computed natively as well: the unit
//! tests and the end-to-end tests expect the same values.

#![cfg_attr(not(feature = "std"), no_std, no_main)]

extern crate alloc;

mod u256;

pub use self::stress::{Arithmetic, Panic, StressRef};
pub use self::u256::U256;

#[ink::contract]
mod stress {
    use crate::u256::U256;
    use alloc::rc::Rc;
    use ink::{
        prelude::{
            borrow::ToOwned,
            boxed::Box,
            collections::{BTreeMap, BTreeSet, VecDeque},
            format,
            string::{String, ToString},
            vec,
            vec::Vec,
        },
        storage::Lazy,
    };

    /// What `checked_*` gives for a pair of 128-bit integers: sum, difference, product, quotient,
    /// remainder.
    pub type Arithmetic<T> = (Option<T>, Option<T>, Option<T>, Option<T>, Option<T>);

    /// The same for 256 bits; quotient and remainder come together.
    pub type Wide = (Option<U256>, Option<U256>, Option<U256>, Option<(U256, U256)>);

    /// Ways to panic.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    #[ink::scale_derive(Encode, Decode, TypeInfo)]
    pub enum Panic {
        /// `panic!` with a message.
        Explicit,
        /// `assert_eq!` of two that differ.
        Assertion,
        /// `unreachable!` that is reached.
        Unreachable,
        /// A sum that exceeds `u8`.
        AddOverflow,
        /// A difference below 0.
        SubOverflow,
        /// A product that exceeds `u64`.
        MulOverflow,
        /// A product that exceeds `i128`.
        WideOverflow,
        /// Minus the least `i32`.
        NegOverflow,
        /// A shift by the width of the type.
        ShiftOverflow,
        /// `u32` by 0.
        DivisionByZero,
        /// `u128` by 0.
        WideDivisionByZero,
        /// The remainder of the least `i64` by −1.
        RemainderOverflow,
        /// An index behind the end of an array.
        Index,
        /// A slice whose end lies behind that of the string.
        SliceEnd,
        /// A slice that ends before it begins.
        SliceOrder,
        /// A cut through a character of more than one byte.
        CharBoundary,
        /// `unwrap` of `None`.
        UnwrapNone,
        /// `expect` of an error.
        ExpectErr,
        /// A `RefCell` borrowed twice.
        Borrow,
        /// Copying between slices of different lengths.
        CopyLength,
        /// A `Vec` too large to address.
        Capacity,
        /// More memory than there is, in small pieces.
        HeapInPieces,
        /// More memory than there is, at once.
        HeapAtOnce,
        /// Recursion deeper than the stack.
        Stack,
    }

    /// How often a panic was asked for.
    #[ink(storage)]
    #[derive(Default)]
    pub struct Stress {
        /// Lazy, so that it is written before the panic.
        attempts: Lazy<u32>,
    }

    /// A panic was asked for.
    #[ink(event)]
    pub struct Attempt {
        #[ink(topic)]
        number: u32,
    }

    /// Something with an area, to be called through a vtable.
    trait Shape {
        fn area(&self) -> u128;
        fn name(&self) -> String;
        /// More arguments than registers, and a result that fits none.
        fn stretched(&self, x: u64, y: u64, z: i128, cap: u128, twice: bool, tag: &str) -> (u128, String);
    }

    struct Rectangle {
        width: u64,
        height: u64,
    }

    struct Square(u64);

    impl Shape for Rectangle {
        fn area(&self) -> u128 {
            u128::from(self.width) * u128::from(self.height)
        }

        fn name(&self) -> String {
            format!("{}x{}", self.width, self.height)
        }

        fn stretched(&self, x: u64, y: u64, z: i128, cap: u128, twice: bool, tag: &str) -> (u128, String) {
            let area = self.area() * u128::from(x) * u128::from(y);
            let area = if twice { area * 2 } else { area };
            (area.saturating_add_signed(z).min(cap), format!("{tag}:{}", self.name()))
        }
    }

    impl Shape for Square {
        fn area(&self) -> u128 {
            u128::from(self.0).pow(2)
        }

        fn name(&self) -> String {
            format!("sq{:03}", self.0)
        }

        fn stretched(&self, x: u64, y: u64, z: i128, cap: u128, twice: bool, tag: &str) -> (u128, String) {
            let (area, name) =
                Rectangle { width: self.0, height: self.0 }.stretched(x, y, z, cap, twice, tag);
            (area, name.replace(':', "="))
        }
    }

    impl Stress {
        /// A contract of which no panic was asked.
        #[ink(constructor)]
        pub fn new() -> Self {
            Self::default()
        }

        /// Arithmetic of `u128`, each operation checked.
        #[ink(message)]
        pub fn unsigned(&self, a: u128, b: u128) -> Arithmetic<u128> {
            (a.checked_add(b), a.checked_sub(b), a.checked_mul(b), a.checked_div(b), a.checked_rem(b))
        }

        /// Arithmetic of `i128`, each operation checked.
        #[ink(message)]
        pub fn signed(&self, a: i128, b: i128) -> Arithmetic<i128> {
            (a.checked_add(b), a.checked_sub(b), a.checked_mul(b), a.checked_div(b), a.checked_rem(b))
        }

        /// Shifts, rotations and bit counts of a `u128`, and the same of an `i128`'s right shift.
        #[ink(message)]
        pub fn bits(&self, a: u128, by: u32) -> (u128, u128, i128, u128, u32, u32, u32, u128) {
            (
                a.wrapping_shl(by),
                a.wrapping_shr(by),
                (a as i128).wrapping_shr(by),
                a.rotate_left(by),
                a.count_ones(),
                a.leading_zeros(),
                a.trailing_zeros(),
                a.swap_bytes(),
            )
        }

        /// Saturating, wrapping and Euclidean forms.
        #[ink(message)]
        pub fn other_arithmetic(&self, a: i128, b: i128) -> (i128, i128, i128, i128, (i128, bool), u128) {
            let divisor = if b == 0 { 1 } else { b };
            (
                a.saturating_add(b),
                a.saturating_mul(b),
                a.wrapping_div_euclid(divisor),
                a.wrapping_rem_euclid(divisor),
                a.overflowing_mul(b),
                a.abs_diff(b),
            )
        }

        /// The power modulo a number, by squaring.
        #[ink(message)]
        pub fn pow_mod(&self, base: u64, mut exponent: u64, modulus: u64) -> Option<u64> {
            let modulus = u128::from(modulus);
            let mut square = u128::from(base).checked_rem(modulus)?;
            let mut power = 1 % modulus;
            while exponent > 0 {
                if exponent & 1 == 1 {
                    power = power * square % modulus;
                }
                square = square * square % modulus;
                exponent >>= 1;
            }
            u64::try_from(power).ok()
        }

        /// Arithmetic of 256 bits: sum, difference, product, quotient and remainder.
        #[ink(message)]
        pub fn wide(&self, a: U256, b: U256) -> Wide {
            (a.checked_add(b), a.checked_sub(b), a.checked_mul(b), a.checked_div_rem(b))
        }

        /// `a · b ÷ c` by way of 512 bits.
        #[ink(message)]
        pub fn mul_div(&self, a: U256, b: U256, c: U256) -> Option<U256> {
            a.mul_div(b, c)
        }

        /// Areas and names through vtables. A shape of equal sides is a square.
        #[ink(message)]
        pub fn shapes(&self, sides: Vec<(u64, u64)>) -> Vec<(u128, String)> {
            make_shapes(&sides).iter().map(|shape| (shape.area(), shape.name())).collect()
        }

        /// Through vtables with seven arguments and a result of six words.
        #[ink(message)]
        pub fn stretched(&self, sides: Vec<(u64, u64)>, x: u64, z: i128, tag: String) -> Vec<(u128, String)> {
            make_shapes(&sides)
                .iter()
                .enumerate()
                .map(|(i, shape)| shape.stretched(x, i as u64 + 1, z, 1 << 100, i % 2 == 1, &tag))
                .collect()
        }

        /// Nine arguments of different sizes, passed on to a function that takes them all.
        #[allow(clippy::too_many_arguments)]
        #[ink(message)]
        pub fn many(
            &self,
            a: u8,
            b: i16,
            c: u32,
            d: i64,
            e: u128,
            f: bool,
            g: [u8; 32],
            h: String,
            i: Option<(i8, u64)>,
        ) -> (i128, String) {
            nine(a, b, c, d, e, f, g, &h, i)
        }

        /// Applies functions, found by number in a table, one after another.
        #[ink(message)]
        pub fn through_pointers(&self, steps: Vec<u8>, start: u64) -> u64 {
            steps.iter().fold(start, |value, &step| {
                let f = STEPS[usize::from(step) % STEPS.len()];
                f(value, 1, 2, 3, 4, u64::from(step))
            })
        }

        /// Applies a closure that is on the heap and has captured its surroundings.
        #[ink(message)]
        pub fn through_closures(&self, factors: Vec<u32>, start: u64) -> u64 {
            let closures: Vec<Box<dyn Fn(u64) -> u64>> = factors
                .into_iter()
                .map(|factor| -> Box<dyn Fn(u64) -> u64> {
                    if factor % 2 == 0 {
                        Box::new(move |value| value.wrapping_mul(u64::from(factor)))
                    } else {
                        Box::new(move |value| value ^ u64::from(factor))
                    }
                })
                .collect();
            closures.iter().fold(start, |value, closure| closure(value))
        }

        /// How often each word occurs, in the order of the words.
        #[ink(message)]
        pub fn count_words(&self, text: String) -> Vec<(String, u32)> {
            let mut counts = BTreeMap::new();
            for word in text.split_whitespace() {
                *counts.entry(word.to_lowercase()).or_insert(0) += 1;
            }
            counts.into_iter().collect()
        }

        /// A set is filled and thinned out; what is left of it, ends first.
        #[ink(message)]
        pub fn sets(&self, items: Vec<i32>, without: Vec<i32>) -> Vec<i32> {
            let items: BTreeSet<_> = items.into_iter().collect();
            let without: BTreeSet<_> = without.into_iter().collect();
            let mut left: VecDeque<_> = items.difference(&without).copied().collect();
            let mut ends_first = Vec::with_capacity(left.len());
            while let Some(first) = left.pop_front() {
                ends_first.push(first);
                ends_first.extend(left.pop_back());
            }
            ends_first
        }

        /// Numbers and strings in many formats.
        #[ink(message)]
        pub fn format(&self, number: i64, wide: u128, text: String) -> String {
            let list = vec![Some(number), None];
            format!(
                "{number:+} {number:08x} {number:#b} {wide} {wide:#X} {text:?} {text:>8} {text:*^8} {list:?} {:?}",
                ("tuple", 'c', number as u8),
            )
        }

        /// Sorted by several orders: rising, by the last digit and then falling, and without
        /// duplicates.
        #[ink(message)]
        pub fn sort(&self, items: Vec<u32>) -> (Vec<u32>, Vec<u32>, Vec<u32>) {
            let mut rising = items.clone();
            rising.sort_unstable();
            let mut by_digit = items.clone();
            by_digit.sort_by(|a, b| (a % 10).cmp(&(b % 10)).then(b.cmp(a)));
            let mut unique = rising.clone();
            unique.dedup();
            (rising, by_digit, unique)
        }

        /// Strings, sorted by length and then by letter.
        #[ink(message)]
        pub fn sort_strings(&self, mut items: Vec<String>) -> Vec<String> {
            items.sort_by_key(|item| (item.len(), item.clone()));
            items
        }

        /// The numbers in a text that has others between them.
        #[ink(message)]
        pub fn parse(&self, text: String) -> Vec<Result<i128, String>> {
            text.split(',')
                .map(|part| part.trim().parse::<i128>().map_err(|error| error.to_string()))
                .collect()
        }

        /// The function of Ackermann and Péter: recursion in an argument of recursion.
        #[ink(message)]
        pub fn ackermann(&self, m: u32, n: u32) -> u32 {
            ackermann(m, n)
        }

        /// Calls itself `depth` times, each time with 64 bytes of its own on the stack.
        #[ink(message)]
        pub fn recurse(&self, depth: u32) -> u64 {
            recurse(depth, [0; 8])
        }

        /// Two functions that call each other.
        #[ink(message)]
        pub fn is_even(&self, n: u32) -> bool {
            is_even(n)
        }

        /// A list in which every node is shared by two owners, and what its sum is.
        #[ink(message)]
        pub fn shared(&self, items: Vec<u32>) -> (u64, u32) {
            let shared: Vec<Rc<u32>> = items.into_iter().map(Rc::new).collect();
            let again = shared.clone();
            let sum = shared.iter().chain(&again).map(|item| u64::from(**item)).sum();
            let owners = shared.iter().map(|item| Rc::strong_count(item) as u32).sum();
            (sum, owners)
        }

        /// How often a panic was asked for and did not happen.
        #[ink(message)]
        pub fn attempts(&self) -> u32 {
            self.attempts.get_or_default()
        }

        /// Writes that it was asked, tells of it in an event, and panics.
        ///
        /// `zero` must be 0: it comes from outside so that no compiler can know it.
        #[ink(message)]
        pub fn panic(&mut self, kind: Panic, zero: u32) -> u64 {
            let number = self.attempts().wrapping_add(1);
            self.attempts.set(&number);
            self.env().emit_event(Attempt { number });
            panic_by(kind, zero)
        }
    }

    fn make_shapes(sides: &[(u64, u64)]) -> Vec<Box<dyn Shape>> {
        sides
            .iter()
            .map(|&(width, height)| -> Box<dyn Shape> {
                if width == height {
                    Box::new(Square(width))
                } else {
                    Box::new(Rectangle { width, height })
                }
            })
            .collect()
    }

    #[allow(clippy::too_many_arguments)]
    #[inline(never)]
    fn nine(
        a: u8,
        b: i16,
        c: u32,
        d: i64,
        e: u128,
        f: bool,
        g: [u8; 32],
        h: &str,
        i: Option<(i8, u64)>,
    ) -> (i128, String) {
        let bytes: i128 = g.iter().map(|&byte| i128::from(byte)).sum();
        let sum = i128::from(a) + i128::from(b) + i128::from(c) + i128::from(d) + bytes;
        let pair = i.map_or(0, |(small, large)| i128::from(small) * i128::from(large));
        let sign = if f { -1 } else { 1 };
        ((sum + pair).wrapping_add(e as i128).wrapping_mul(sign), h.to_owned() + "!")
    }

    type Step = fn(u64, u64, u64, u64, u64, u64) -> u64;

    /// Six arguments, and called through pointers only.
    const STEPS: [Step; 4] = [
        |value, a, b, c, d, e| value.wrapping_mul(31).wrapping_add(a + b + c + d + e),
        |value, _, b, _, _, e| value.rotate_left((b + e) as u32) ^ 0x5555,
        |value, a, _, c, _, _| value / (a + c),
        |value, _, _, _, d, e| value.checked_pow(2).unwrap_or(d * e),
    ];

    #[inline(never)]
    fn ackermann(m: u32, n: u32) -> u32 {
        match (m, n) {
            (0, n) => n + 1,
            (m, 0) => ackermann(m - 1, 1),
            (m, n) => ackermann(m - 1, ackermann(m, n - 1)),
        }
    }

    #[inline(never)]
    fn recurse(depth: u32, mut own: [u64; 8]) -> u64 {
        own[depth as usize % 8] += u64::from(depth);
        if depth == 0 {
            return own.iter().sum();
        }
        // Used after the call too, so that it stays on the stack meanwhile.
        recurse(depth - 1, own) + own[(depth as usize + 1) % 8] % 2
    }

    #[inline(never)]
    fn is_even(n: u32) -> bool {
        n == 0 || is_odd(n - 1)
    }

    #[inline(never)]
    fn is_odd(n: u32) -> bool {
        n != 0 && is_even(n - 1)
    }

    #[inline(never)]
    fn panic_by(kind: Panic, zero: u32) -> u64 {
        let index = zero as usize;
        let list = [1u32, 2, 3];
        let text = "größer";
        match kind {
            Panic::Explicit => panic!("asked for, with {zero}"),
            Panic::Assertion => {
                assert_eq!(zero, 1, "they differ");
                0
            }
            Panic::Unreachable => match zero {
                0 => unreachable!("it is always 0"),
                other => u64::from(other),
            },
            Panic::AddOverflow => u64::from(zero as u8 + 200 + (zero as u8 + 100)),
            Panic::SubOverflow => u64::from(zero - 1),
            Panic::MulOverflow => (u64::from(zero) + (1 << 32)) * (u64::from(zero) + (1 << 32)),
            Panic::WideOverflow => ((i128::from(zero) + (1 << 100)) * (i128::from(zero) + (1 << 100))) as u64,
            Panic::NegOverflow => (-(zero as i32 + i32::MIN)) as u64,
            Panic::ShiftOverflow => u64::from(1u32 << (zero + 32)),
            Panic::DivisionByZero => u64::from(7 / zero),
            Panic::WideDivisionByZero => (7 / u128::from(zero)) as u64,
            Panic::RemainderOverflow => ((i64::from(zero) + i64::MIN) % (i64::from(zero) - 1)) as u64,
            Panic::Index => u64::from(list[index + 3]),
            Panic::SliceEnd => text[..index + 99].len() as u64,
            Panic::SliceOrder => list[index + 2..index + 1].len() as u64,
            Panic::CharBoundary => text[..index + 3].len() as u64,
            Panic::UnwrapNone => u64::from(*list.get(index + 3).unwrap()),
            Panic::ExpectErr => u64::from("x".repeat(index + 1).parse::<u32>().expect("it is no number")),
            Panic::Borrow => {
                let cell = core::cell::RefCell::new(zero);
                let first = cell.borrow_mut();
                let second = cell.borrow_mut();
                u64::from(*first + *second)
            }
            Panic::CopyLength => {
                let mut copy = [0; 3];
                copy[..index + 2].copy_from_slice(&list);
                u64::from(copy[0])
            }
            Panic::Capacity => Vec::<u64>::with_capacity(usize::MAX - index).capacity() as u64,
            Panic::HeapInPieces => {
                let mut pieces = Vec::new();
                while pieces.len() >= index {
                    pieces.push(Box::new([zero; 32]));
                }
                pieces.len() as u64
            }
            Panic::HeapAtOnce => {
                let large = vec![zero as u8 + 1; 64 * 1024 * 1024 + index];
                large.iter().map(|&byte| u64::from(byte)).sum()
            }
            Panic::Stack => recurse(u32::MAX - zero, [0; 8]),
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        fn stress() -> Stress {
            Stress::new()
        }

        #[ink::test]
        fn checked_arithmetic() {
            assert_eq!(
                stress().unsigned(u128::MAX, 2),
                (None, Some(u128::MAX - 2), None, Some(u128::MAX / 2), Some(1))
            );
            assert_eq!(stress().unsigned(5, 0), (Some(5), Some(5), Some(0), None, None));
            assert_eq!(stress().signed(i128::MIN, -1), (None, Some(i128::MIN + 1), None, None, None));
            assert_eq!(stress().signed(-7, 2), (Some(-5), Some(-9), Some(-14), Some(-3), Some(-1)));
        }

        #[ink::test]
        fn bits_of_wide_integers() {
            let a = 1u128 << 127 | 6;
            assert_eq!(
                stress().bits(a, 65),
                (6 << 65, 1 << 62, -1i128 << 62, 6 << 65 | 1 << 64, 3, 0, 1, (6 << 120) | 0x80)
            );
        }

        #[ink::test]
        fn other_forms_of_arithmetic() {
            assert_eq!(
                stress().other_arithmetic(i128::MAX, -2),
                (i128::MAX - 2, i128::MIN, -(i128::MAX / 2), 1, (2, true), i128::MAX as u128 + 2)
            );
        }

        #[ink::test]
        fn powers() {
            assert_eq!(stress().pow_mod(3, 200, 1_000_000_007), Some(136_318_165));
        }

        // Values from an implementation of arbitrary precision.
        #[ink::test]
        fn wide_arithmetic() {
            let a = U256([0x0123_4567_89ab_cdef, u64::MAX, 7, 1 << 60]);
            let b = U256([u64::MAX, 3, 0, 0]);
            let (sum, difference, product, quotient) = stress().wide(a, b);
            assert_eq!(sum, Some(U256([0x0123_4567_89ab_cdee, 3, 8, 1 << 60])));
            assert_eq!(difference, Some(U256([0x0123_4567_89ab_cdf0, u64::MAX - 4, 7, 1 << 60])));
            assert_eq!(product, None);
            assert_eq!(
                quotient,
                Some((
                    U256([0x0040_0000_0000_0000, 0x0100_0000_0000_0002, 0x0400_0000_0000_0000, 0]),
                    U256([0x0163_4567_89ab_cdef, 1, 0, 0])
                ))
            );
            assert_eq!(stress().wide(b, U256::ZERO).3, None);
            assert_eq!(stress().mul_div(U256::MAX, U256::MAX, U256::MAX), Some(U256::MAX));
            assert_eq!(stress().mul_div(U256::MAX, b, 1.into()), None);
            assert_eq!(stress().mul_div(a, b, b), Some(a));
        }

        // The end-to-end test expects that `checked_mul` and division undo each other on chain, too.
        #[test]
        fn division_undoes_multiplication() {
            let mut seed = 1u64;
            let mut next = || {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                seed
            };
            for _ in 0..200 {
                let (a, b) = (U256([next(), next(), 0, 0]), U256([next(), next() >> 1, 0, 0]));
                let remainder = U256([next(), 0, 0, 0]);
                let product = a.checked_mul(b).expect("it fits").checked_add(remainder).expect("it fits");
                assert_eq!(product.checked_div_rem(b), Some((a, remainder)));
            }
        }

        #[ink::test]
        fn shapes_have_areas_and_names() {
            let sides = vec![(3, 4), (5, 5), (u64::MAX, 2)];
            assert_eq!(
                stress().shapes(sides.clone()),
                [
                    (12, "3x4".into()),
                    (25, "sq005".into()),
                    (u128::from(u64::MAX) * 2, "18446744073709551615x2".into())
                ]
            );
            assert_eq!(
                stress().stretched(sides, 10, -20, "t".into()),
                [
                    (100, "t:3x4".into()),
                    (980, "t=5x5".into()),
                    (u128::from(u64::MAX) * 60 - 20, "t:18446744073709551615x2".into())
                ]
            );
        }

        #[ink::test]
        fn many_arguments_arrive() {
            assert_eq!(
                stress().many(1, -2, 3, -4, 1 << 90, true, [1; 32], "h".into(), Some((-1, 100))),
                (70 - (1 << 90), "h!".into())
            );
        }

        #[ink::test]
        fn functions_in_tables_and_closures() {
            assert_eq!(stress().through_pointers(vec![], 7), 7);
            assert_eq!(stress().through_pointers(vec![0, 2], 10), (310 + 10) / 4);
            assert_eq!(stress().through_pointers(vec![3, 3], 1 << 20), 12);
            assert_eq!(stress().through_pointers(vec![1], 1), (1 << 3) ^ 0x5555);
            assert_eq!(stress().through_closures(vec![2, 3, 10], 5), ((5 * 2) ^ 3) * 10);
        }

        #[ink::test]
        fn collections() {
            assert_eq!(
                stress().count_words("b a B  c a".into()),
                [("a".into(), 2), ("b".into(), 2), ("c".into(), 1)]
            );
            assert_eq!(stress().sets(vec![5, 1, 4, 1, -2, 9], vec![4]), [-2, 9, 1, 5]);
            assert_eq!(stress().shared(vec![1, 2, 3]), (12, 6));
        }

        #[ink::test]
        fn formats() {
            assert_eq!(
                stress().format(-5, u128::MAX, "a\n".into()),
                "-5 fffffffffffffffb 0b1111111111111111111111111111111111111111111111111111111111111011 \
                 340282366920938463463374607431768211455 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF \"a\\n\"       \
                 a\n ***a\n*** [Some(-5), None] (\"tuple\", 'c', 251)"
            );
        }

        #[ink::test]
        fn sorting_and_parsing() {
            let (rising, by_digit, unique) = stress().sort(vec![21, 3, 11, 3, 40]);
            assert_eq!(rising, [3, 3, 11, 21, 40]);
            assert_eq!(by_digit, [40, 21, 11, 3, 3]);
            assert_eq!(unique, [3, 11, 21, 40]);
            let strings = ["bb", "a", "", "ab"].map(String::from).to_vec();
            assert_eq!(stress().sort_strings(strings), ["", "a", "ab", "bb"]);
            assert_eq!(
                stress().parse("1, -170141183460469231731687303715884105728,x,".into()),
                [
                    Ok(1),
                    Ok(i128::MIN),
                    Err("invalid digit found in string".into()),
                    Err("cannot parse integer from empty string".into())
                ]
            );
        }

        #[ink::test]
        fn recursion_ends() {
            assert_eq!(stress().ackermann(2, 3), 9);
            assert_eq!(stress().recurse(0), 0);
            assert_eq!(stress().recurse(3), 7);
            assert!(stress().is_even(10) && !stress().is_even(7));
        }

        #[ink::test]
        fn panics_are_what_they_say() {
            use std::panic::{catch_unwind, set_hook, take_hook};
            let hook = take_hook();
            set_hook(Box::new(|_| ()));
            let message = |kind| {
                let payload = catch_unwind(|| panic_by(kind, 0)).expect_err("it panics");
                payload
                    .downcast_ref::<String>()
                    .cloned()
                    .or_else(|| payload.downcast_ref::<&str>().map(|text| text.to_string()))
                    .expect("a panic has a text")
            };
            for (kind, part) in [
                (Panic::Explicit, "asked for, with 0"),
                (Panic::Assertion, "they differ"),
                (Panic::Unreachable, "it is always 0"),
                (Panic::AddOverflow, "add with overflow"),
                (Panic::SubOverflow, "subtract with overflow"),
                (Panic::MulOverflow, "multiply with overflow"),
                (Panic::WideOverflow, "multiply with overflow"),
                (Panic::NegOverflow, "negate with overflow"),
                (Panic::ShiftOverflow, "shift left with overflow"),
                (Panic::DivisionByZero, "divide by zero"),
                (Panic::WideDivisionByZero, "divide by zero"),
                (Panic::RemainderOverflow, "remainder with overflow"),
                (Panic::Index, "index is 3"),
                (Panic::SliceEnd, "99"),
                (Panic::SliceOrder, "starts at 2 but ends at 1"),
                (Panic::CharBoundary, "not a char boundary"),
                (Panic::UnwrapNone, "`None` value"),
                (Panic::ExpectErr, "it is no number"),
                (Panic::Borrow, "already"),
                (Panic::CopyLength, "length"),
                (Panic::Capacity, "capacity overflow"),
            ] {
                let message = message(kind);
                assert!(message.contains(part), "{kind:?}: {message}");
            }
            set_hook(hook);
        }
    }
}

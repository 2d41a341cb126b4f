//! What compilers and linkers stumble over: the same values as natively, and every way to panic.
//!
//! The native values are in the unit tests of the contract; where Rust can say them shortly, they are
//! computed here.

use crate::account;
use codec::{Decode, Encode};
use inkbpf_e2e::{program, Chain, Contract, BOB};

type Arithmetic<T> = (Option<T>, Option<T>, Option<T>, Option<T>, Option<T>);
type U256 = [u64; 4];
/// Sum, difference, product, quotient and remainder.
type Wide = (Option<U256>, Option<U256>, Option<U256>, Option<(U256, U256)>);

fn set_up() -> (Chain, Contract) {
    let mut chain = Chain::new();
    let stress = chain.deploy(&program("stress"), "new", ());
    (chain, stress)
}

/// Asks one contract many things.
struct Asking(Chain, Contract);

impl Asking {
    fn new() -> Self {
        let (chain, stress) = set_up();
        Self(chain, stress)
    }

    fn ask<R: Decode>(&mut self, name: &str, args: impl Encode) -> R {
        self.0.ask(&self.1, name, args)
    }
}

/// Values at which carries, signs and halves change.
fn edges() -> Vec<u128> {
    let mut edges = vec![0, 1, 2, 3, 10, 0xdead_beef, 1 << 31, 1 << 32, (1 << 63) + 1, 1 << 64];
    edges.extend([
        u64::MAX.into(),
        (1 << 64) + 5,
        1 << 100,
        1 << 126,
        1 << 127,
        u128::MAX / 3,
        u128::MAX - 1,
    ]);
    edges.push(u128::MAX);
    edges
}

#[test]
fn unsigned_128_bits() {
    let mut stress = Asking::new();
    for a in edges() {
        for b in edges() {
            let expected =
                (a.checked_add(b), a.checked_sub(b), a.checked_mul(b), a.checked_div(b), a.checked_rem(b));
            assert_eq!(stress.ask::<Arithmetic<u128>>("unsigned", (a, b)), expected, "{a} and {b}");
        }
    }
}

#[test]
fn signed_128_bits() {
    let mut stress = Asking::new();
    for a in edges().into_iter().map(|a| a as i128) {
        for b in edges().into_iter().map(|b| b as i128) {
            let expected =
                (a.checked_add(b), a.checked_sub(b), a.checked_mul(b), a.checked_div(b), a.checked_rem(b));
            assert_eq!(stress.ask::<Arithmetic<i128>>("signed", (a, b)), expected, "{a} and {b}");
        }
    }
}

#[test]
fn bits_and_other_arithmetic() {
    let mut stress = Asking::new();
    for a in edges() {
        for by in [0u32, 1, 7, 31, 32, 63, 64, 65, 100, 127, 128, 200] {
            let expected = (
                a.wrapping_shl(by),
                a.wrapping_shr(by),
                (a as i128).wrapping_shr(by),
                a.rotate_left(by),
                a.count_ones(),
                a.leading_zeros(),
                a.trailing_zeros(),
                a.swap_bytes(),
            );
            let got: (u128, u128, i128, u128, u32, u32, u32, u128) = stress.ask("bits", (a, by));
            assert_eq!(got, expected, "{a} and {by}");
        }
    }
    for a in edges().into_iter().map(|a| a as i128) {
        for b in [0, 1, -1, -7, i128::MAX, i128::MIN, 1 << 64, -(1 << 64)] {
            let divisor = if b == 0 { 1 } else { b };
            let expected = (
                a.saturating_add(b),
                a.saturating_mul(b),
                a.wrapping_div_euclid(divisor),
                a.wrapping_rem_euclid(divisor),
                a.overflowing_mul(b),
                a.abs_diff(b),
            );
            let got: (i128, i128, i128, i128, (i128, bool), u128) = stress.ask("other_arithmetic", (a, b));
            assert_eq!(got, expected, "{a} and {b}");
        }
    }
}

#[test]
fn powers_and_256_bits() {
    let mut stress = Asking::new();
    let prime = u64::MAX - 58;
    let power: Option<u64> = stress.ask("pow_mod", (7u64, 10u64.pow(18), prime));
    assert_eq!(power, Some(15_730_431_362_626_812_522));
    assert_eq!(stress.ask::<Option<u64>>("pow_mod", (7u64, 1u64, 0u64)), None);

    let a: U256 = [0x0123_4567_89ab_cdef, u64::MAX, 7, 1 << 60];
    let b: U256 = [u64::MAX, 3, 0, 0];
    let (sum, difference, product, division): Wide = stress.ask("wide", (a, b));
    assert_eq!(sum, Some([0x0123_4567_89ab_cdee, 3, 8, 1 << 60]));
    assert_eq!(difference, Some([0x0123_4567_89ab_cdf0, u64::MAX - 4, 7, 1 << 60]));
    assert_eq!(product, None);
    let quotient = [0x0040_0000_0000_0000, 0x0100_0000_0000_0002, 0x0400_0000_0000_0000, 0];
    assert_eq!(division, Some((quotient, [0x0163_4567_89ab_cdef, 1, 0, 0])));
    let max: U256 = [u64::MAX; 4];
    assert_eq!(stress.ask::<Option<U256>>("mul_div", (max, max, max)), Some(max));
    assert_eq!(stress.ask::<Option<U256>>("mul_div", (max, b, [1u64, 0, 0, 0])), None);
}

#[test]
fn vtables_pointers_and_closures() {
    let mut stress = Asking::new();
    let sides = vec![(3u64, 4u64), (5, 5), (u64::MAX, 2)];
    let shapes: Vec<(u128, String)> = stress.ask("shapes", (&sides,));
    let twice = u128::from(u64::MAX) * 2;
    let expected = [(12, "3x4".into()), (25, "sq005".into()), (twice, "18446744073709551615x2".into())];
    assert_eq!(shapes, expected);
    let stretched: Vec<(u128, String)> = stress.ask("stretched", (&sides, 10u64, -20i128, "t"));
    let last = (twice * 30 - 20, "t:18446744073709551615x2".into());
    assert_eq!(stretched, [(100, "t:3x4".into()), (980, "t=5x5".into()), last]);

    let args = (1u8, -2i16, 3u32, -4i64, 1u128 << 90, true, [1u8; 32], "h", Some((-1i8, 100u64)));
    assert_eq!(stress.ask::<(i128, String)>("many", args), (70 - (1 << 90), "h!".into()));

    for (steps, start, end) in
        [(vec![], 7u64, 7u64), (vec![0u8, 2], 10, 80), (vec![3, 3], 1 << 20, 12), (vec![1], 1, 8 ^ 0x5555)]
    {
        assert_eq!(stress.ask::<u64>("through_pointers", (steps, start)), end);
    }
    assert_eq!(stress.ask::<u64>("through_closures", (vec![2u32, 3, 10], 5u64)), ((5 * 2) ^ 3) * 10);
}

#[test]
fn collections_and_text() {
    let mut stress = Asking::new();
    let counts: Vec<(String, u32)> = stress.ask("count_words", ("the cat The dog  the\tCAT",));
    assert_eq!(counts, [("cat".into(), 2), ("dog".into(), 1), ("the".into(), 3)]);
    // More than one node of the tree.
    let many: String = (0..200).map(|i| format!("w{:03} ", i * 7 % 200)).collect();
    let counts: Vec<(String, u32)> = stress.ask("count_words", (many,));
    let expected: Vec<(String, u32)> = (0..200).map(|i| (format!("w{i:03}"), 1)).collect();
    assert_eq!(counts, expected);
    let left: Vec<i32> = stress.ask("sets", (vec![5, 1, 4, 1, -2, 9], vec![4]));
    assert_eq!(left, [-2, 9, 1, 5]);

    for (number, wide, text) in [(-5i64, u128::MAX, "a\n"), (i64::MIN, 0, "größer"), (255, 1 << 64, "")] {
        let list = vec![Some(number), None];
        let expected = format!(
            "{number:+} {number:08x} {number:#b} {wide} {wide:#X} {text:?} {text:>8} {text:*^8} {list:?} {:?}",
            ("tuple", 'c', number as u8)
        );
        assert_eq!(stress.ask::<String>("format", (number, wide, text)), expected);
    }
    let parsed: Vec<Result<i128, String>> =
        stress.ask("parse", ("1, -170141183460469231731687303715884105728,x,",));
    let errors = ["invalid digit found in string", "cannot parse integer from empty string"];
    let [digit, empty] = errors.map(|error| Err(error.to_owned()));
    assert_eq!(parsed, [Ok(1), Ok(i128::MIN), digit, empty]);
}

#[test]
fn sorting() {
    let mut stress = Asking::new();
    let items: Vec<u32> = (0..300u32).map(|i| i.wrapping_mul(2_654_435_761) % 1_000).collect();
    let (rising, by_digit, unique): (Vec<u32>, Vec<u32>, Vec<u32>) = stress.ask("sort", (&items,));
    let mut expected = items.clone();
    expected.sort();
    assert_eq!(rising, expected);
    let mut expected_by_digit = items;
    expected_by_digit.sort_by_key(|item| (item % 10, std::cmp::Reverse(*item)));
    assert_eq!(by_digit, expected_by_digit);
    expected.dedup();
    assert_eq!(unique, expected);
    let strings: Vec<String> = stress.ask("sort_strings", (vec!["bb", "a", "", "ab", "ccc", "aaa"],));
    assert_eq!(strings, ["", "a", "ab", "bb", "aaa", "ccc"]);
}

#[test]
fn recursion() {
    let mut stress = Asking::new();
    assert_eq!(stress.ask::<u32>("ackermann", (2u32, 3u32)), 9);
    assert_eq!(stress.ask::<u32>("ackermann", (3u32, 3u32)), 61);
    assert_eq!(stress.ask::<u64>("recurse", (3u32,)), 7);
    assert!(stress.ask::<u64>("recurse", (400u32,)) > 400 * 399 / 2);
    assert!(stress.ask::<bool>("is_even", (300u32,)));
    assert_eq!(stress.ask::<(u64, u32)>("shared", (vec![1u32, 2, 3],)), (12, 6));
}

/// The ways to panic, in the order of the contract's `Panic`, and what the debug text then says.
const PANICS: [(&str, &str); 24] = [
    ("Explicit", "abort"),
    ("Assertion", "abort"),
    ("Unreachable", "abort"),
    ("AddOverflow", "abort"),
    ("SubOverflow", "abort"),
    ("MulOverflow", "abort"),
    ("WideOverflow", "abort"),
    ("NegOverflow", "abort"),
    ("ShiftOverflow", "abort"),
    ("DivisionByZero", "abort"),
    ("WideDivisionByZero", "abort"),
    ("RemainderOverflow", "abort"),
    ("Index", "abort"),
    ("SliceEnd", "abort"),
    ("SliceOrder", "abort"),
    ("CharBoundary", "abort"),
    ("UnwrapNone", "abort"),
    ("ExpectErr", "abort"),
    ("Borrow", "abort"),
    ("CopyLength", "abort"),
    ("Capacity", "abort"),
    ("HeapInPieces", "abort"),
    ("HeapAtOnce", "abort"),
    ("Stack", "nested too deeply"),
];

#[test]
fn panics_trap_and_leave_nothing() {
    let (mut chain, stress) = set_up();
    let before = chain.storage(&stress);
    for (number, (name, reason)) in PANICS.into_iter().enumerate() {
        let bob = chain.balance(&account(BOB));
        let outcome = chain.message(&stress, "panic", (number as u8, 0u32)).by(BOB).send();
        assert!(outcome.result.is_err(), "{name} did not fail: {:?}", outcome.result);
        outcome.trapped(reason);
        assert_eq!(chain.storage(&stress), before, "{name} left something");
        assert_eq!(bob - chain.balance(&account(BOB)), outcome.fee, "{name}");
    }
    assert_eq!(chain.ask::<u32>(&stress, "attempts", ()), 0);
}

// `zero` of another value: the same code without the panic, so that the panics are not decided when the
// contract is compiled.
#[test]
fn what_does_not_panic_returns() {
    let (mut chain, stress) = set_up();
    for (name, zero, value) in [
        ("Assertion", 1u32, 0u64),
        ("SubOverflow", 9, 8),
        ("DivisionByZero", 2, 3),
        ("WideDivisionByZero", 7, 1),
    ] {
        let number = PANICS.iter().position(|(panic, _)| *panic == name).expect("it is in the list") as u8;
        let outcome = chain.send(&stress, "panic", (number, zero));
        assert_eq!(outcome.events.len(), 1);
        assert_eq!(outcome.ok::<u64>(), value, "{name}");
    }
    assert_eq!(chain.ask::<u32>(&stress, "attempts", ()), 4);
}

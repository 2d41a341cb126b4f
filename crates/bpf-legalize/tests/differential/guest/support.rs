// What the cases read their input from and write their results to.
//
// This file, `integers.rs`, `programs.rs` and the generated `shapes.rs` are compiled twice: for the
// machine the test runs on, and for BPF through the whole pipeline.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::hint::black_box;

/// One thing to run.
pub type Case = (&'static str, fn(&mut In<'_>, &mut Out));

/// Random bytes, as numbers. Reads zeros past the end.
pub struct In<'a> {
    bytes: &'a [u8],
}

impl<'a> In<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        In { bytes }
    }

    pub fn byte(&mut self) -> u8 {
        match self.bytes.split_first() {
            Some((first, rest)) => {
                self.bytes = rest;
                *first
            }
            None => 0,
        }
    }

    fn raw(&mut self) -> u128 {
        (0..16).fold(0, |n, _| n << 8 | u128::from(self.byte()))
    }

    /// A number that is often one where arithmetic goes wrong.
    pub fn number(&mut self) -> u128 {
        let how = self.byte();
        let shift = u32::from(self.byte()) % 128;
        match how % 12 {
            0 => 0,
            1 => 1,
            2 => u128::MAX,
            3 => u128::from(self.byte()),
            4 => 1 << shift,
            5 => (1 << shift) - 1,
            6 => !(1 << shift),
            7 => 0u128.wrapping_sub(1 << shift),
            8 => u128::from(self.byte()).wrapping_neg(),
            9 => self.raw() >> shift,
            10 => self.raw() & 0xffff_ffff_ffff_ffff,
            _ => self.raw(),
        }
    }

    pub fn get<T: Shape>(&mut self) -> T {
        T::make(self)
    }

    /// A number below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        (usize::from(self.byte()) << 8 | usize::from(self.byte())) % end
    }

    pub fn bytes(&mut self, len: usize) -> Vec<u8> {
        (0..len).map(|_| self.byte()).collect()
    }
}

/// Results, as bytes.
#[derive(Default)]
pub struct Out(pub Vec<u8>);

impl Out {
    pub fn put<T: Shape>(&mut self, value: T) {
        value.show(self);
    }

    pub fn text(&mut self, text: &str) {
        self.put(text.len());
        self.0.extend_from_slice(text.as_bytes());
    }
}

/// A type whose values can be made from input and shown as output.
pub trait Shape {
    fn make(input: &mut In<'_>) -> Self;
    fn show(&self, out: &mut Out);
}

macro_rules! integers {
    ($($t:ty)*) => {$(
        impl Shape for $t {
            fn make(input: &mut In<'_>) -> Self {
                input.number() as $t
            }
            fn show(&self, out: &mut Out) {
                out.0.extend_from_slice(&self.to_le_bytes());
            }
        }
    )*};
}

integers!(u8 u16 u32 u64 u128 i8 i16 i32 i64 i128);

impl Shape for usize {
    fn make(input: &mut In<'_>) -> Self {
        u64::make(input) as usize
    }
    fn show(&self, out: &mut Out) {
        (*self as u64).show(out);
    }
}

impl Shape for () {
    fn make(_: &mut In<'_>) -> Self {}
    fn show(&self, out: &mut Out) {
        out.0.push(0x55);
    }
}

impl Shape for bool {
    fn make(input: &mut In<'_>) -> Self {
        input.byte() & 1 == 1
    }
    fn show(&self, out: &mut Out) {
        out.0.push(u8::from(*self));
    }
}

impl Shape for char {
    fn make(input: &mut In<'_>) -> Self {
        char::from_u32(u32::make(input) % 0x11_0000).unwrap_or('\u{fffd}')
    }
    fn show(&self, out: &mut Out) {
        (*self as u32).show(out);
    }
}

impl Shape for core::cmp::Ordering {
    fn make(input: &mut In<'_>) -> Self {
        input.byte().cmp(&128)
    }
    fn show(&self, out: &mut Out) {
        (*self as i8).show(out);
    }
}

impl<T: Shape> Shape for Option<T> {
    fn make(input: &mut In<'_>) -> Self {
        input.get::<bool>().then(|| T::make(input))
    }
    fn show(&self, out: &mut Out) {
        self.is_some().show(out);
        if let Some(value) = self {
            value.show(out);
        }
    }
}

impl<T: Shape, E: Shape> Shape for Result<T, E> {
    fn make(input: &mut In<'_>) -> Self {
        match input.get::<bool>() {
            true => Ok(T::make(input)),
            false => Err(E::make(input)),
        }
    }
    fn show(&self, out: &mut Out) {
        self.is_ok().show(out);
        match self {
            Ok(value) => value.show(out),
            Err(value) => value.show(out),
        }
    }
}

impl<T: Shape, const N: usize> Shape for [T; N] {
    fn make(input: &mut In<'_>) -> Self {
        core::array::from_fn(|_| T::make(input))
    }
    fn show(&self, out: &mut Out) {
        self.iter().for_each(|value| value.show(out));
    }
}

macro_rules! tuples {
    ($(($($t:ident)+))*) => {$(
        impl<$($t: Shape),+> Shape for ($($t,)+) {
            fn make(input: &mut In<'_>) -> Self {
                ($($t::make(input),)+)
            }
            #[allow(non_snake_case)]
            fn show(&self, out: &mut Out) {
                let ($($t,)+) = self;
                $($t.show(out);)+
            }
        }
    )*};
}

tuples!((A) (A B) (A B C) (A B C D) (A B C D E));

impl<T: Shape> Shape for Box<T> {
    fn make(input: &mut In<'_>) -> Self {
        Box::new(T::make(input))
    }
    fn show(&self, out: &mut Out) {
        (**self).show(out);
    }
}

impl<T: Shape> Shape for Vec<T> {
    fn make(input: &mut In<'_>) -> Self {
        let len = input.below(9);
        (0..len).map(|_| T::make(input)).collect()
    }
    fn show(&self, out: &mut Out) {
        self.len().show(out);
        self.iter().for_each(|value| value.show(out));
    }
}

impl Shape for String {
    fn make(input: &mut In<'_>) -> Self {
        let len = input.below(12);
        (0..len).map(|_| char::from(b' ' + input.byte() % 95)).collect()
    }
    fn show(&self, out: &mut Out) {
        out.text(self);
    }
}

const TABLE: &[u8] = b"Any sufficiently long text will do for slices to point into.";

impl Shape for &'static [u8] {
    fn make(input: &mut In<'_>) -> Self {
        let from = input.below(TABLE.len());
        let to = from + input.below(TABLE.len() - from);
        black_box(&TABLE[from..to])
    }
    fn show(&self, out: &mut Out) {
        self.len().show(out);
        out.0.extend_from_slice(self);
    }
}

impl Shape for &'static str {
    fn make(input: &mut In<'_>) -> Self {
        core::str::from_utf8(<&'static [u8]>::make(input)).unwrap_or("")
    }
    fn show(&self, out: &mut Out) {
        out.text(self);
    }
}

/// Fields of three widths, with padding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Padded {
    pub a: u8,
    pub b: u64,
    pub c: u16,
}

/// A struct of C's layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(C)]
pub struct Plain {
    pub a: u32,
    pub b: u8,
    pub c: i16,
    pub d: i64,
    pub e: bool,
}

/// Six bytes, which LLVM passes as one odd integer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Six {
    pub a: [u8; 3],
    pub b: [u8; 3],
}

/// A struct around one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(transparent)]
pub struct Wrapped(pub u128);

macro_rules! structs {
    ($($name:ident { $($field:tt)* })*) => {$(
        impl Shape for $name {
            fn make(input: &mut In<'_>) -> Self {
                $name { $($field: input.get(),)* }
            }
            fn show(&self, out: &mut Out) {
                $(self.$field.show(out);)*
            }
        }
    )*};
}

structs!(Padded { a b c } Plain { a b c d e } Six { a b } Wrapped { 0 });

/// An enum with and without data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Choice {
    Nothing,
    Byte(u8),
    Pair(u32, i64),
    Wide { low: u128 },
    Array([u16; 5]),
}

impl Shape for Choice {
    fn make(input: &mut In<'_>) -> Self {
        match input.byte() % 5 {
            0 => Choice::Nothing,
            1 => Choice::Byte(input.get()),
            2 => Choice::Pair(input.get(), input.get()),
            3 => Choice::Wide { low: input.get() },
            _ => Choice::Array(input.get()),
        }
    }
    fn show(&self, out: &mut Out) {
        match self {
            Choice::Nothing => 0u8.show(out),
            Choice::Byte(a) => (1u8, *a).show(out),
            Choice::Pair(a, b) => (2u8, *a, *b).show(out),
            Choice::Wide { low } => (3u8, *low).show(out),
            Choice::Array(a) => (4u8, *a).show(out),
        }
    }
}

/// A number that depends on everything mixed into it.
pub struct Mixer(pub u64);

impl Mixer {
    pub fn mix<T: Shape>(&mut self, value: &T) {
        let mut out = Out::default();
        value.show(&mut out);
        for byte in out.0 {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3).rotate_left(7);
        }
    }

    /// A value made from the number.
    pub fn make<T: Shape>(&mut self) -> T {
        let mut bytes = [0u8; 96];
        for byte in &mut bytes {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            *byte = (self.0 >> 56) as u8;
        }
        T::make(&mut In::new(&bytes))
    }
}

/// A list of cases, each under its function's name.
macro_rules! cases {
    ($prefix:ident; $($name:ident)*) => {
        &[$((concat!(stringify!($prefix), "::", stringify!($name)), $name as fn(&mut In<'_>, &mut Out)),)*]
    };
}

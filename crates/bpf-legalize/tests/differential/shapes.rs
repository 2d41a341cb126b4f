//! Generates functions of random signatures.
//!
//! Each function mixes all its arguments into a number and makes its result of it, so that an argument
//! that arrives changed, or in another's place, changes the result. Every one is reached four ways:
//! directly, through a function pointer, through a vtable, and through itself.

use std::fmt::Write;

/// A small generator of random numbers (xorshift64*), so that a seed means the same everywhere.
pub struct Random(u64);

impl Random {
    /// Any seed will do.
    pub fn new(seed: u64) -> Random {
        Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// The next number.
    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// A number below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        (self.next() >> 33) as usize % end
    }

    /// Bytes.
    pub fn bytes(&mut self, len: usize) -> Vec<u8> {
        (0..len).map(|_| (self.next() >> 56) as u8).collect()
    }
}

const TYPES: &[&str] = &[
    "u8",
    "u16",
    "u32",
    "u64",
    "u128",
    "usize",
    "i8",
    "i16",
    "i32",
    "i64",
    "i128",
    "bool",
    "char",
    "()",
    "u64",
    "u32",
    "u128",
    "i128",
    "(u64, u64)",
    "(u8, u32)",
    "(u32, u32)",
    "(bool, u64)",
    "(i128, u8)",
    "(u64, u64, u64)",
    "(u8, (u16, u32))",
    "[u8; 3]",
    "[u8; 5]",
    "[u8; 7]",
    "[u8; 12]",
    "[u8; 16]",
    "[u8; 20]",
    "[u8; 32]",
    "[u16; 3]",
    "[u32; 3]",
    "[u64; 2]",
    "[u64; 3]",
    "[u128; 2]",
    "[i8; 1]",
    "Option<u8>",
    "Option<u32>",
    "Option<u64>",
    "Option<u128>",
    "Option<bool>",
    "Option<char>",
    "Option<Box<u64>>",
    "Option<(u32, u16)>",
    "Option<&'static str>",
    "Option<core::cmp::Ordering>",
    "Result<u64, u8>",
    "Result<(), u32>",
    "Result<u128, i128>",
    "Result<bool, ()>",
    "Result<[u8; 32], u16>",
    "Padded",
    "Plain",
    "Six",
    "Wrapped",
    "Choice",
    "core::cmp::Ordering",
    "Box<u64>",
    "Box<Choice>",
    "String",
    "Vec<u8>",
    "Vec<u64>",
    "&'static str",
    "&'static [u8]",
];

/// Rust source of `count` functions and their cases, as module `shapes`.
pub fn generate(seed: u64, count: usize) -> String {
    let mut random = Random::new(seed);
    let mut source = String::from("mod shapes {\n    use super::*;\n    use alloc::boxed::Box;\n    use alloc::string::String;\n    use alloc::vec::Vec;\n");
    for i in 0..count {
        // Every number of arguments from 0 to 12 comes up, few and many alike.
        let args: Vec<&str> = (0..i % 13).map(|_| TYPES[random.below(TYPES.len())]).collect();
        function(&mut source, i, &args, TYPES[random.below(TYPES.len())]);
    }
    let names: String = (0..count).map(|i| format!(" case_{i}")).collect();
    let _ = writeln!(source, "    pub const CASES: &[Case] = cases!(shapes;{names});\n}}");
    source
}

fn function(source: &mut String, i: usize, args: &[&str], result: &str) {
    let params: String = args.iter().enumerate().map(|(n, t)| format!(", a{n}: {t}")).collect();
    let types: String = args.iter().map(|t| format!(", {t}")).collect();
    let mixes: String = args.iter().enumerate().map(|(n, _)| format!(" m.mix(&a{n});")).collect();
    let makes: String = args.iter().map(|_| ", input.get()".to_owned()).collect();
    let remakes: String = args.iter().map(|_| ", m.make()".to_owned()).collect();
    let _ = writeln!(
        source,
        "
    #[inline(never)]
    fn direct_{i}(depth: u8{params}) -> {result} {{
        let mut m = Mixer({i} + u64::from(depth));{mixes}
        if depth > 0 {{
            let inner: {result} = direct_{i}(depth - 1{remakes});
            m.mix(&inner);
        }}
        m.make()
    }}
    trait Trait{i} {{
        fn method(&self, depth: u8{params}) -> {result};
    }}
    struct First{i}(u64);
    struct Second{i}(u128);
    impl Trait{i} for First{i} {{
        fn method(&self, depth: u8{params}) -> {result} {{
            let mut m = Mixer(self.0 + u64::from(depth));{mixes}
            m.make()
        }}
    }}
    impl Trait{i} for Second{i} {{
        fn method(&self, depth: u8{params}) -> {result} {{
            let mut m = Mixer(self.0 as u64 ^ u64::from(depth));{mixes}
            m.make()
        }}
    }}
    fn case_{i}(input: &mut In<'_>, out: &mut Out) {{
        let depth = input.byte() % 4;
        out.put(direct_{i}(depth{makes}));
        let pointer: fn(u8{types}) -> {result} = black_box(direct_{i});
        out.put(pointer(depth{makes}));
        let object: Box<dyn Trait{i}> = match input.get::<bool>() {{
            true => Box::new(First{i}(7)),
            false => Box::new(Second{i}(1 << 70 | 9)),
        }};
        out.put(black_box(object).method(depth{makes}));
    }}"
    );
}

//! The contracts that the benchmarks run: small programs, written here in `bpf-isa`'s LLVM syntax.
//!
//! The node caches machine code by the hash of its source, so a program must be new to the node if the benchmark is to
//! measure an uncached one. Every image that [`Source::image`] makes therefore differs: eight bytes of its read-only
//! data are the time.

use alloc::{format, string::String, vec, vec::Vec};
use bpf_isa::{
    text::{parse, Syntax},
    Insn, Op,
};
use contract_abi::{
    image::{
        compressed::{self, max_blocks},
        Function, Image, JumpTable,
    },
    memory::{CODE_BASE, DATA_BASE},
};
use core::num::NonZeroU64;
use polkadot_sdk::*;
use zopfli::{BlockType, DeflateEncoder, Options, Write};

/// Stack of every program here, in bytes.
pub const STACK: u32 = 16 * 1024;
const FRAME: u32 = 256;
const SLOT: u32 = 8;

/// A program as text.
pub struct Source {
    /// The instructions. Each function begins with its label.
    text: String,
    /// The functions, in the order of the text.
    functions: Vec<&'static str>,
    /// Zeroed memory, in bytes.
    bss: u32,
    /// The labels of a jump table, at the start of the read-only data.
    table: Vec<&'static str>,
    /// Machine code of this length is appended, which nothing calls: see [`Source::len`].
    len: u32,
}

impl Source {
    /// A contract whose `call` is `text`. Its `deploy` does nothing.
    pub fn new(text: &str) -> Self {
        Self {
            text: format!("deploy:\n exit\ncall:\n{text}\n"),
            functions: vec!["deploy", "call"],
            bss: 0,
            table: vec![],
            len: 0,
        }
    }

    /// A contract that does nothing.
    pub fn dummy() -> Self {
        Self::new("exit")
    }

    /// Adds a function.
    pub fn function(mut self, name: &'static str, text: &str) -> Self {
        self.text.push_str(&format!("{name}:\n{text}\n"));
        self.functions.push(name);
        self
    }

    /// Adds this much zeroed memory, from [`DATA_BASE`] on.
    pub fn bss(mut self, bytes: u32) -> Self {
        self.bss = bytes;
        self
    }

    /// Adds a jump table of these labels, at the start of the read-only data.
    pub fn table(mut self, labels: &[&'static str]) -> Self {
        self.table = labels.to_vec();
        self
    }

    /// Extends it to this length in bytes, with what takes longest per byte to verify and compile: short functions of
    /// calls, to functions in random order. [`MIN_LEN`] is the minimum.
    ///
    /// The price of a byte of code is the same for any byte, so this is the most expensive kind that is known (decision
    /// 0246), not what compilers produce. Each call looks for its function among all of them; the random order keeps
    /// the processor from predicting the search, and a compressor from shrinking it to nothing.
    pub fn len(mut self, bytes: u32) -> Self {
        self.len = bytes;
        self
    }

    /// The program in its compressed form, and its length when expanded.
    pub fn compressed(&self) -> (Vec<u8>, u32) {
        let raw = self.image();
        let payload = compressed::payload(&raw).expect("it was made as an image; qed");
        // As the linker does, except for what shortens the stream a little more.
        let options = Options {
            iteration_count: NonZeroU64::MIN,
            maximum_block_splits: (max_blocks(payload.len()) - 1).min(15) as u16,
            ..Options::default()
        };
        let mut encoder = DeflateEncoder::new(options, BlockType::Dynamic, Vec::new());
        let stream = encoder.write_all(&payload).and_then(|()| encoder.finish());
        let stream = stream.expect("writing to memory cannot fail; qed");
        let file = compressed::to_bytes(&raw, &stream).expect("a benchmark's program can be compressed");
        (file, raw.len() as u32)
    }

    /// The program as an image that did not exist before.
    pub fn image(&self) -> Vec<u8> {
        let assembly = parse(&self.text, Syntax::Llvm)
            .unwrap_or_else(|error| panic!("a benchmark's program is wrong: {error} in\n{}", self.text));
        let mut text = assembly.to_bytes();
        let starts: Vec<u32> = self.functions.iter().map(|name| assembly.labels[*name].0).collect();
        let ends = starts[1..].iter().copied().chain([text.len() as u32 / SLOT]);
        let mut functions: Vec<Function> = starts
            .iter()
            .zip(ends)
            .map(|(&first, end)| Function {
                first,
                slots: end - first,
                frame_size: FRAME,
                // `callx` needs a function that it may call.
                address_taken: self.functions.len() > 2,
            })
            .collect();
        functions[0].address_taken = false;
        functions[1].address_taken = false;

        let mut rodata: Vec<u8> = self
            .table
            .iter()
            .flat_map(|label| u64::from(CODE_BASE + SLOT * assembly.labels[*label].0).to_le_bytes())
            .collect();
        rodata.extend_from_slice(&unique());
        let jump_tables = match self.table.len() as u32 {
            0 => vec![],
            entries => vec![JumpTable { offset: 0, entries }],
        };

        if self.len > 0 {
            let mut numbers = Numbers::default();
            // The tables take three more bytes for each function.
            let count = self.len.saturating_sub(MIN_LEN) / (BODY * SLOT + 3);
            let begin = text.len() as u32 / SLOT;
            for number in 0..count {
                let first = begin + number * BODY;
                functions.push(Function { first, slots: BODY, frame_size: FRAME, address_taken: false });
                for slot in first..first + BODY - 1 {
                    let callee = begin + BODY * numbers.below(count.into()) as u32;
                    let distance = i64::from(callee) - i64::from(slot) - 1;
                    let call = Insn::new(Op::CallLocal).with_imm(distance);
                    text.extend_from_slice(call.encode().expect("programs are short; qed").as_bytes());
                }
                let exit = Insn::new(Op::Exit).encode().expect("it has no operands; qed");
                text.extend_from_slice(exit.as_bytes());
            }
        }
        let build = |rodata: &[u8]| {
            let image = Image {
                text: &text,
                rodata,
                data: &[],
                bss_size: self.bss,
                stack_size: STACK,
                heap_size: 0,
                deploy: 0,
                call: 1,
                functions: functions.clone(),
                jump_tables: jump_tables.clone(),
            };
            image.to_bytes().expect("a benchmark's program keeps to the format")
        };
        let image = build(&rodata);
        match (self.len as usize).checked_sub(image.len()) {
            None | Some(0) => image,
            // Sections begin at multiples of 8, so lengths differ by that.
            Some(missing) => {
                rodata.resize(rodata.len() + missing / 8 * 8, 0);
                build(&rodata)
            }
        }
    }
}

/// The minimum for [`Source::len`], in bytes.
pub const MIN_LEN: u32 = 512;

/// Slots of a function that only adds length.
const BODY: u32 = 8;

/// Pseudo-random numbers, the same for every program.
struct Numbers(u64);

impl Default for Numbers {
    fn default() -> Self {
        Self(0x9e37_79b9_7f4a_7c15)
    }
}

impl Numbers {
    /// A number below `end`.
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}

/// Eight bytes that no image had before: the time in nanoseconds. Making an image takes longer than one.
fn unique() -> [u8; 8] {
    (frame_benchmarking::current_time() as u64).to_le_bytes()
}

/// Zeroed memory of a guest, and what is written to it before use.
///
/// The addresses that it returns are those of the guest.
#[derive(Default)]
pub struct Memory(Vec<u8>);

impl Memory {
    /// Writes these bytes, and returns their address.
    pub fn put(&mut self, bytes: &[u8]) -> u32 {
        let at = self.0.len().next_multiple_of(8);
        self.0.resize(at, 0);
        self.0.extend_from_slice(bytes);
        DATA_BASE + at as u32
    }

    /// The address of `len` zeroed bytes.
    pub fn space(&mut self, len: u32) -> u32 {
        self.put(&vec![0; len as usize])
    }

    /// The address of an output buffer of `len` bytes, and that of its length.
    pub fn output(&mut self, len: u32) -> (u64, u64) {
        let (at, len) = (self.space(len), self.put(&len.to_le_bytes()));
        (at.into(), len.into())
    }

    /// All of its bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

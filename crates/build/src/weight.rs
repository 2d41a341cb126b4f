//! How large a program is, and which functions cost most gas.
//!
//! What a run costs depends on its input. Known beforehand is only the static cost of each function: the gas
//! of every instruction in it, counted once. It shows which functions are worth a look.

use bpf_linker::Report;
use bpf_vm::verify::VerifiedProgram;
use serde::{Deserialize, Serialize};

/// Sizes of a program's parts, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sizes {
    /// The file that goes on chain.
    pub image: u32,
    /// The uncompressed image; the same as `image` if it is not compressed.
    pub raw: u32,
    /// Instructions.
    pub text: u32,
    /// Read-only data.
    pub rodata: u32,
    /// Initialised data.
    pub data: u32,
    /// Zeroed data, which is not in the file.
    pub bss: u32,
    /// Heap, which is not in the file.
    pub heap: u32,
    /// Stack, which is not in the file.
    pub stack: u32,
}

impl Sizes {
    /// The sizes of a program whose file on chain has `image` bytes.
    pub(crate) fn of(report: &Report, image: u32) -> Self {
        let Report { image: raw, text, rodata, data, bss, heap, stack, .. } = *report;
        Self { image, raw, text, rodata, data, bss, heap, stack }
    }
}

/// A function of a program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FunctionWeight {
    /// Its Rust name.
    pub name: String,
    /// Bytes of instructions.
    pub size: u32,
    /// Bytes of stack it uses.
    pub frame: u32,
    /// Gas for each of its instructions, counted once; loops and calls are not followed.
    pub gas: u64,
}

/// The functions, the most expensive first.
pub(crate) fn functions(report: &Report, program: &VerifiedProgram) -> Vec<FunctionWeight> {
    let mut functions: Vec<FunctionWeight> = report
        .functions
        .iter()
        .map(|function| {
            let slots = function.first_slot..function.first_slot + function.size / 8;
            let blocks = program.blocks().iter().filter(|block| slots.contains(&block.first.0));
            FunctionWeight {
                name: function.name.clone(),
                size: function.size,
                frame: function.frame_size,
                gas: blocks.map(|block| u64::from(block.cost)).sum(),
            }
        })
        .collect();
    functions.sort_by(|a, b| b.gas.cmp(&a.gas).then_with(|| a.name.cmp(&b.name)));
    functions
}

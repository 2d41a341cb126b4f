//! Statistics about linking.

use crate::ir::Program;
use crate::layout::Layout;
use crate::rewrite::{Rewrite, RewriteReport};
use contract_abi::image::Image;

/// Sizes of the program and of its parts, and what was left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Bytes of the whole image.
    pub image: u32,
    /// Bytes of instructions.
    pub text: u32,
    /// Bytes of read-only data, jump tables included.
    pub rodata: u32,
    /// Bytes of initialised data.
    pub data: u32,
    /// Bytes of zeroed data.
    pub bss: u32,
    /// Bytes of stack.
    pub stack: u32,
    /// Bytes of heap.
    pub heap: u32,
    /// The functions, in the order of the text.
    pub functions: Vec<FunctionSize>,
    /// Functions that were identical to another, in the order of the inputs.
    pub merged: Vec<Merged>,
    /// Demangled names of functions in the inputs that nothing refers to.
    pub unused: Vec<String>,
    /// The rewrites that changed something.
    pub rewrites: Vec<RewriteEffect>,
}

/// A function of the program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionSize {
    /// Its symbol in the object file.
    pub symbol: String,
    /// Its demangled name.
    pub name: String,
    /// Slot of its first instruction.
    pub first_slot: u32,
    /// Bytes of instructions.
    pub size: u32,
    /// Bytes of stack it uses.
    pub frame_size: u32,
}

/// A function that is identical to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merged {
    /// Demangled name of the removed function.
    pub removed: String,
    /// Demangled name of the function that replaces it.
    pub kept: String,
}

/// What a rewrite saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RewriteEffect {
    /// Which.
    pub rewrite: Rewrite,
    /// Slots of code before it minus slots after it, summed over all rounds.
    pub slots: i64,
}

impl Report {
    /// Statistics of a program after layout.
    pub(crate) fn new(
        program: &Program<'_>,
        layout: &Layout,
        image: &Image<'_>,
        file_size: usize,
        rewrites: &RewriteReport,
        unused: &[&str],
    ) -> Report {
        let name = |id: usize| crate::demangle::full(program.functions[id].name);
        let merged = |&(removed, kept): &(usize, usize)| Merged { removed: name(removed), kept: name(kept) };
        let functions = layout
            .functions
            .iter()
            .map(|placed| {
                let function = &program.functions[placed.id];
                FunctionSize {
                    symbol: function.name.to_owned(),
                    name: crate::demangle::full(function.name),
                    first_slot: placed.first,
                    size: placed.slots * 8,
                    frame_size: function.frame_size,
                }
            })
            .collect();
        Report {
            image: file_size as u32,
            text: image.text.len() as u32,
            rodata: image.rodata.len() as u32,
            data: image.data.len() as u32,
            bss: image.bss_size,
            stack: image.stack_size,
            heap: image.heap_size,
            functions,
            merged: rewrites.merged.iter().map(merged).collect(),
            unused: unused.iter().map(|symbol| crate::demangle::full(symbol)).collect(),
            rewrites: rewrites
                .saved
                .iter()
                .map(|&(rewrite, slots)| RewriteEffect { rewrite, slots })
                .collect(),
        }
    }
}

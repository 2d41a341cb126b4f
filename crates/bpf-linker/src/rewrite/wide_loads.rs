//! Wide loads of numbers that fit a move.
//!
//! ```text
//! before                  after
//! r1 = 0x10000030 ll      r1 = 0x10000030
//! ```
//!
//! `lddw` takes two slots for a number of 64 bits; `mov` sign-extends one of 32 bits, and its 32-bit form
//! clears the upper half. Every address of a program lies below 2³¹ (`contract_abi::memory`), so it can
//! always be moved, whatever it will be.

use super::analysis::small_addend;
use crate::ir::{Program, Target};
use bpf_isa::{Kind, Op, WideImm};

/// Replaces wide loads by moves.
pub(super) fn run(program: &mut Program<'_>) {
    let blocks = program.functions.iter_mut().flat_map(|function| &mut function.blocks);
    for item in blocks.flat_map(|block| &mut block.body) {
        if item.insn.kind() != Kind::LoadWide(WideImm::Value) {
            continue;
        }
        match item.target {
            None => {
                if let Some(insn) = super::load_number(item.insn.dst, item.insn.imm as u64) {
                    item.insn = insn;
                }
            }
            Some(Target::Function(_) | Target::Table(_)) => item.insn.op = Op::Mov64Imm,
            Some(Target::Data(_, addend) | Target::HeapBase(addend) | Target::HeapEnd(addend)) => {
                if small_addend(addend) {
                    item.insn.op = Op::Mov64Imm;
                }
            }
        }
    }
}

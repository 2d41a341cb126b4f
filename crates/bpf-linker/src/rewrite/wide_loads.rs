//! Wide loads of numbers that fit in a move.
//!
//! ```text
//! before                  after
//! r1 = 0x10000030 ll      r1 = 0x10000030
//! ```
//!
//! `lddw` takes two slots for a 64-bit number. `mov` sign-extends a 32-bit number, and its 32-bit form clears
//! the upper half. Every address of a program is below 2³¹ (`contract_abi::memory`), so a move can always
//! load it, whatever it will be.

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

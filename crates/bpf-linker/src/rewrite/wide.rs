//! Wide loads of numbers that fit a move.
//!
//! ```text
//! before                  after
//! r1 = 0x10000030 ll      r1 = 0x10000030
//! ```
//!
//! `lddw` takes two slots for a number of 64 bits; `mov` sign-extends one of 32 bits. Every address of
//! a program lies below 2³¹ (`contract_abi::memory`), so it can always be moved, whatever it will be.

use crate::ir::{Program, Target};
use bpf_isa::{Kind, Op, WideImm};

/// Addends this small cannot lead an address out of the range of a move: addresses lie between
/// 2²⁸ and 5·2²⁸.
const MAX_ADDEND: u64 = 1 << 28;

/// Replaces wide loads by moves.
pub(crate) fn run(program: &mut Program<'_>) {
    let blocks = program.functions.iter_mut().flat_map(|function| &mut function.blocks);
    for item in blocks.flat_map(|block| &mut block.body) {
        if item.insn.kind() != Kind::LoadWide(WideImm::Value) {
            continue;
        }
        let fits = match item.target {
            None => i32::try_from(item.insn.imm).is_ok(),
            Some(Target::Function(_) | Target::Table(_)) => true,
            Some(Target::Data(_, addend) | Target::HeapBase(addend) | Target::HeapEnd(addend)) => {
                addend.unsigned_abs() < MAX_ADDEND
            }
        };
        if fits {
            item.insn.op = Op::Mov64Imm;
        }
    }
}

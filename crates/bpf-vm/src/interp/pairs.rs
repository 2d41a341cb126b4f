//! Pairs of instructions that the interpreter executes at once.
//!
//! Most of an interpreter's time goes into finding the next operation, so that two instructions in one step
//! cost little more than one. A pair is only a second name on its first instruction ([`Insn::step`]): both
//! instructions stay where they are, the price of the block does not change, and an observed run ignores
//! pairs. So nothing can be seen of them; a fault in the second half is at the second instruction.
//!
//! The pairs are the most frequent ones in compiled contracts and the usual end of a loop.

use crate::code::{Insn, Op};

/// The operation that does what `first` and `second`, which follows it in the same block, do.
pub(crate) fn pair(first: &Insn, second: &Insn) -> Option<Op> {
    Some(match (first.op, second.op) {
        // `dst = src; dst += x`: an addition with three operands.
        (Op::Mov64Reg, Op::Add64Imm) if first.dst == second.dst => Op::MovAddImm,
        (Op::Mov64Reg, Op::Add64Reg) if first.dst == second.dst && second.src != second.dst => Op::MovAddReg,
        (Op::Mov64Reg, Op::Mov64Reg) => Op::MovMov,
        (Op::Add64Imm, Op::Ja) => Op::AddImmJa,
        (Op::Add64Reg, Op::Ja) => Op::AddRegJa,
        // Copies, spills and restores.
        (Op::Load64, Op::Load64) => Op::LoadLoad,
        (Op::Load64, Op::Store64Reg) => Op::LoadStore,
        (Op::Store64Reg, Op::Load64) => Op::StoreLoad,
        (Op::Store64Reg, Op::Store64Reg) => Op::StoreStore,
        _ => return None,
    })
}

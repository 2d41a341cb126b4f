//! Instructions that the interpreter executes at once: pairs, and the runs that rotations are written as.
//!
//! Most of an interpreter's time goes into finding the next operation, so that two instructions in one step
//! cost little more than one. A pair is only a second name on its first instruction ([`Insn::step`]): all
//! instructions stay where they are, the price of the block does not change, and an observed run ignores
//! pairs. So nothing can be seen of them; a fault in the second half is at the second instruction.
//!
//! The pairs, listed in [`crate::code`], are the most frequent ones in the kernels of the benchmarks and in
//! contracts: sums and shifts with three operands, an address and the access to it, an operand from memory, a
//! result to memory, the end of a loop. docs/decisions/0180-pairs-and-runs.md says what they are worth.

use crate::code::{Insn, Op};

/// Any pair of those operations.
pub(crate) fn any(_: &Insn, _: &Insn) -> bool {
    true
}

/// The second changes what the first made, by an immediate.
pub(crate) fn chain(first: &Insn, second: &Insn) -> bool {
    first.dst == second.dst
}

/// The second changes what the first made, by another register.
pub(crate) fn chain_reg(first: &Insn, second: &Insn) -> bool {
    first.dst == second.dst && second.src != second.dst
}

/// The longest run, in instructions.
const LONGEST: usize = 5;

/// Names what the interpreter does at each instruction of a block, so that it gets through in as few steps as
/// there can be.
///
/// Goes from the end to the beginning, so that the number of steps from each later instruction is known. One
/// that is inside a run has a step too, which nothing comes to: all ways into a block lead to its beginning.
pub(crate) fn fuse(block: &mut [Insn]) {
    // From each of the next few instructions.
    let mut steps = [0_u32; LONGEST];
    for at in (0..block.len()).rev() {
        let following = &block[at + 1..];
        let first = &block[at];
        let mut best = (first.op, 1);
        let pair = following.first().and_then(|second| Op::pair(first, second)).map(|pair| (pair, 2));
        for (op, len) in [pair, sum(first, following), rotation(first, following)].into_iter().flatten() {
            if steps[len - 1] <= steps[best.1 - 1] {
                best = (op, len);
            }
        }
        let (step, len) = best;
        let count = steps[len - 1] + 1;
        steps.rotate_right(1);
        steps[0] = count;
        block[at].step = step;
    }
}

/// A load from the sum of two registers, or of a register and a constant: an element of an array. And how many
/// instructions it is.
fn sum(first: &Insn, following: &[Insn]) -> Option<(Op, usize)> {
    let [add, load, ..] = following else { return None };
    let added = add.op == Op::Add64Reg && chain_reg(first, add) && load.src == first.dst;
    let op = match (first.op, load.op) {
        (Op::Mov64Reg, Op::Load8) => Op::SumLoad8,
        (Op::Mov64Reg, Op::Load32) => Op::SumLoad32,
        (Op::Mov64Reg, Op::Load64) => Op::SumLoad64,
        (Op::Mov64Imm, Op::Load8) => Op::IndexLoad8,
        (Op::Mov64Imm, Op::Load32) => Op::IndexLoad32,
        (Op::Mov64Imm, Op::Load64) => Op::IndexLoad64,
        _ => return None,
    };
    added.then_some((op, 3))
}

/// A rotation, as LLVM expands it, and how many instructions it is:
///
/// ```text
/// t = x; t >>= n; x <<= m; x |= t
/// t = x; t >>= n; y = x; y <<= m; y |= t
/// ```
///
/// The same with the two shifts exchanged. Whether `n` and `m` make a rotation does not matter.
fn rotation(first: &Insn, following: &[Insn]) -> Option<(Op, usize)> {
    let (t, x) = (first.dst, first.src);
    if !matches!(first.op, Op::Mov64Reg | Op::Mov32Reg) || t == x {
        return None;
    }
    let [shift, rest @ ..] = following else { return None };
    if shift.dst != t {
        return None;
    }
    let (opposite, or, in_place, copied) = match (first.op, shift.op) {
        (Op::Mov64Reg, Op::Rsh64Imm) => (Op::Lsh64Imm, Op::Or64Reg, Op::RotateRight64, Op::RotatedRight64),
        (Op::Mov64Reg, Op::Lsh64Imm) => (Op::Rsh64Imm, Op::Or64Reg, Op::RotateLeft64, Op::RotatedLeft64),
        (Op::Mov32Reg, Op::Rsh32Imm) => (Op::Lsh32Imm, Op::Or32Reg, Op::RotateRight32, Op::RotatedRight32),
        (Op::Mov32Reg, Op::Lsh32Imm) => (Op::Rsh32Imm, Op::Or32Reg, Op::RotateLeft32, Op::RotatedLeft32),
        _ => return None,
    };
    match rest {
        [back, both, ..] if back.op == opposite && back.dst == x => {
            (both.op == or && both.dst == x && both.src == t).then_some((in_place, 4))
        }
        [copy, back, both, ..] if copy.op == first.op && copy.src == x && copy.dst != t && copy.dst != x => {
            let y = copy.dst;
            let fits =
                back.op == opposite && back.dst == y && both.op == or && both.dst == y && both.src == t;
            fits.then_some((copied, 5))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bpf_isa::Reg;

    fn insn(op: Op, dst: Reg, src: Reg) -> Insn {
        Insn { dst, src, ..Insn::new(op) }
    }

    /// The steps that a run through the block takes.
    fn steps(block: &mut [Insn]) -> alloc::vec::Vec<Op> {
        fuse(block);
        let mut steps = alloc::vec::Vec::new();
        let mut rest = &*block;
        while let [first, following @ ..] = rest {
            steps.push(first.step);
            let candidates = [sum(first, following), rotation(first, following)];
            let run = candidates.into_iter().flatten().find(|(op, _)| *op == first.step);
            let len = match run {
                Some((_, len)) => len,
                None if first.step == first.op => 1,
                None => 2,
            };
            rest = &rest[len..];
        }
        steps
    }

    #[test]
    fn a_pair_does_not_take_the_beginning_of_a_rotation() {
        use Reg::{R1, R2, R3};
        let rotation = [
            insn(Op::Mov64Reg, R2, R1),
            insn(Op::Rsh64Imm, R2, Reg::R0),
            insn(Op::Lsh64Imm, R1, Reg::R0),
            insn(Op::Or64Reg, R1, R2),
        ];
        let mut block = [&[insn(Op::Xor64Reg, R1, R3)][..], &rotation].concat();
        assert_eq!(steps(&mut block), [Op::Xor64Reg, Op::RotateRight64]);
        // With another register in the end, it is none.
        block[4].src = R3;
        assert_eq!(steps(&mut block), [Op::Xor64RegMov64Reg, Op::Rsh64ImmLsh64Imm, Op::Or64Reg]);
    }

    #[test]
    fn a_sum_must_be_the_address() {
        use Reg::{R1, R2, R3};
        let mut block = [
            insn(Op::Mov64Reg, R1, R2),
            insn(Op::Add64Reg, R1, R3),
            insn(Op::Load8, R3, R1),
            insn(Op::Exit, R1, R1),
        ];
        assert_eq!(steps(&mut block), [Op::SumLoad8, Op::Exit]);
        block[2].src = R2;
        assert_eq!(steps(&mut block), [Op::Mov64RegAdd64Reg, Op::Load8, Op::Exit]);
        // `r1 = r2; r1 += r1` reads what it made.
        block[1].src = R1;
        assert_eq!(steps(&mut block), [Op::Mov64Reg, Op::Add64RegLoad8, Op::Exit]);
    }
}

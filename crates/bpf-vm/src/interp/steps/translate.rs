//! From instructions to steps.
//!
//! Block by block, in two passes, each linear: instructions to halves, then halves to as few steps as there can
//! be. What a half is made of (a move and an operation on what it moved, a rotation as LLVM writes it) is a run of
//! instructions that cannot fault.

use super::{Do, Step, Steps};
use crate::blocks::Block;
use crate::code::{Insn, Op};
use crate::meter::CostTable;
use crate::verify::FunctionInfo;
use alloc::{vec, vec::Vec};
use bpf_isa::{AluOp, Kind, Reg, Size, Source};
use contract_abi::intrinsic::Intrinsic;

/// A half, with its operands in the first place.
#[derive(Clone, Copy, Debug)]
struct Half {
    step: Step,
    /// Index of the first of its instructions.
    insn: u32,
}

/// Writes the steps of `code`.
pub(crate) fn build(code: &[Insn], blocks: &[Block], functions: &[FunctionInfo], costs: &CostTable) -> Steps {
    let metered = *costs != CostTable::FREE;
    let mut steps = Vec::with_capacity(code.len() / 2 + 2 * blocks.len());
    let mut insns = Vec::with_capacity(steps.capacity());
    let mut of_block = vec![0; code.len()];
    let mut jumps = Vec::with_capacity(blocks.len());
    let mut index = 0;
    let mut functions = functions.iter().peekable();
    let mut frame = 0;
    for block in blocks {
        while let Some(function) = functions.next_if(|function| function.first <= block.first) {
            frame = function.frame_size;
        }
        // `Op::Enter`, which stands for nothing here.
        index += usize::from(block.falls_in);
        let Some(insns_of_block) = code.get(index..index + block.len as usize) else {
            unreachable!("blocks tile the code; qed")
        };
        of_block[index] = steps.len() as u32;
        // Without prices a turn still has to end.
        let price = if metered { block.cost } else { block.len };
        steps.push(Step { imm: price as i32, imm2: index as i32, ..Step::new(Do::Enter) });
        insns.push([index as u32; 2]);

        // From the beginning, each half with the next one if the two are a pair: there cannot be fewer steps, since
        // leaving a half to the one behind it saves no more than taking it.
        let end = index + insns_of_block.len();
        let mut rest = insns_of_block;
        let mut next = half(end, frame, &mut rest);
        while let Some(first) = next {
            next = half(end, frame, &mut rest);
            let pair = next.and_then(|second| Some((pair(&first.step, &second.step)?, second)));
            let (step, insn, last) = match pair {
                Some((pair, second)) => {
                    next = half(end, frame, &mut rest);
                    (joined(pair, &first.step, &second.step), [first.insn, second.insn], second.step)
                }
                None => (first.step, [first.insn; 2], first.step),
            };
            if last.what.is_branch() || matches!(last.what, Do::Ja | Do::CallLocal) {
                jumps.push(steps.len() as u32);
            }
            steps.push(step);
            insns.push(insn);
        }
        index += block.len as usize;
    }
    for at in jumps {
        let target = &mut steps[at as usize].imm2;
        *target = of_block[*target as u32 as usize] as i32;
    }
    Steps { steps, insns, blocks: of_block }
}

fn short(imm: i32) -> bool {
    i16::try_from(imm).is_ok()
}

fn pair(first: &Step, second: &Step) -> Option<Do> {
    let pair = Do::pair(first.what, second.what)?;
    let fits = match second.what {
        // Two constants of a step are in the place of one.
        Do::Store8Imm => short(second.imm) && short(second.imm2),
        what => !what.is_branch_imm() || short(first.imm) && short(second.imm),
    };
    // A constant is where the second half's would be.
    (fits && first.what != Do::Store8Imm).then_some(pair)
}

fn joined(pair: Do, one: &Step, two: &Step) -> Step {
    let step = Step { what: pair, d: two.a, e: two.b, f: two.c, imm2: two.imm, ..*one };
    if two.what.is_branch_imm() {
        return Step { imm: (one.imm & 0xffff) | two.imm << 16, imm2: two.imm2, ..step };
    }
    if two.what == Do::Store8Imm {
        return Step { imm2: (two.imm & 0xffff) | two.imm2 << 16, ..step };
    }
    match two.what.is_branch() || two.what == Do::Ja {
        true => Step { imm2: two.imm2, ..step },
        false => step,
    }
}

/// Takes the half that `rest` begins with, the rest of a block. `end` is the index of the next block.
fn half(end: usize, frame: u32, rest: &mut &[Insn]) -> Option<Half> {
    let insn = rest.first()?;
    let at = (end - rest.len()) as u32;
    let (step, taken) = run(insn, frame, rest);
    *rest = rest.get(taken..).unwrap_or(&[]);
    Some(Half { step, insn: at })
}

/// What the first of `rest` are, with `insn` before all others, and how many they are.
fn run(insn: &Insn, frame: u32, rest: &[Insn]) -> (Step, usize) {
    match insn.op {
        Op::Mov64Reg | Op::Mov32Reg => {
            if let Some(found) = rotation(frame, rest).or_else(|| of_moved(rest)) {
                return found;
            }
            let what = if insn.op == Op::Mov64Reg { Do::Add64Imm } else { Do::Add32Imm };
            (Step { a: insn.dst, b: insn.src, ..Step::new(what) }, 1)
        }
        Op::Mov64Imm => {
            if let Some(found) = of_constant(rest) {
                return found;
            }
            (Step { a: insn.dst, imm: insn.imm, ..Step::new(Do::Mov64Imm) }, 1)
        }
        Op::Mov32Imm if insn.imm >= 0 => (Step { a: insn.dst, imm: insn.imm, ..Step::new(Do::Mov64Imm) }, 1),
        Op::Mov32Imm => (Step { a: insn.dst, imm: insn.imm, ..Step::new(Do::LdImm64) }, 1),
        Op::LdImm64 => (Step { a: insn.dst, imm: insn.imm, imm2: insn.offset, ..Step::new(Do::LdImm64) }, 1),
        Op::Le64 => (Step { a: insn.dst, b: insn.dst, ..Step::new(Do::Add64Imm) }, 1),
        _ => (single(insn), 1),
    }
}

/// The step of an instruction that is no move.
fn single(insn: &Insn) -> Step {
    let what = Do::namesake(insn.op).unwrap_or(Do::Other);
    let step = Step { a: insn.dst, b: insn.dst, c: insn.src, imm: insn.imm, ..Step::new(what) };
    match insn.op {
        Op::Load64 if insn.src == Reg::R10 => Step { what: Do::FrameLoad64, imm: insn.offset, ..step },
        Op::Load32 if insn.src == Reg::R10 => Step { what: Do::FrameLoad32, imm: insn.offset, ..step },
        Op::Store64Reg if insn.dst == Reg::R10 => {
            Step { what: Do::FrameStore64, b: insn.src, imm: insn.offset, ..step }
        }
        Op::Store32Reg if insn.dst == Reg::R10 => {
            Step { what: Do::FrameStore32, b: insn.src, imm: insn.offset, ..step }
        }
        Op::Load8
        | Op::Load16
        | Op::Load32
        | Op::Load64
        | Op::LoadSx8
        | Op::LoadSx16
        | Op::LoadSx32
        | Op::Store8Reg
        | Op::Store16Reg
        | Op::Store32Reg
        | Op::Store64Reg => Step { b: insn.src, imm: insn.offset, ..step },
        Op::MovSx8To32 | Op::MovSx16To32 | Op::MovSx8To64 | Op::MovSx16To64 | Op::MovSx32To64 => {
            Step { b: insn.src, ..step }
        }
        Op::Store8Imm | Op::Store16Imm | Op::Store32Imm | Op::Store64Imm => {
            Step { imm: insn.offset, imm2: insn.imm, ..step }
        }
        Op::GotoX => Step { imm: insn.offset, imm2: insn.imm, ..step },
        Op::WideIntrinsic => {
            let what = match Intrinsic::from_number(insn.imm as u32) {
                Some(Intrinsic::MulHigh) => Do::MulHigh,
                Some(Intrinsic::MulTi) => Do::MulTi,
                _ => Do::WideIntrinsic,
            };
            Step { what, ..step }
        }
        _ if what.is_branch() || matches!(what, Do::Ja | Do::CallLocal) => {
            Step { b: insn.src, imm2: insn.offset, ..step }
        }
        _ => step,
    }
}

/// What an operation does with its operands, if it is one of arithmetic: operation, width, source.
fn arithmetic(insn: &Insn) -> Option<(bool, AluOp, Source)> {
    match insn.op.kind() {
        Some(Kind::Alu(width, op, source)) => Some((width == bpf_isa::Width::W64, op, source)),
        _ => None,
    }
}

/// `t = x; t op= y`: an operation with three operands.
fn of_moved(rest: &[Insn]) -> Option<(Step, usize)> {
    let [copy, then, ..] = rest else { return None };
    let (wide, op, source) = arithmetic(then)?;
    if op == AluOp::Mov || then.dst != copy.dst || wide && copy.op == Op::Mov32Reg {
        return None;
    }
    let what = Do::namesake(then.op)?;
    // `t op= t` has the moved value on both sides.
    let c = if source == Source::Reg && then.src == then.dst { copy.src } else { then.src };
    Some((Step { a: then.dst, b: copy.src, c, imm: then.imm, ..Step::new(what) }, 2))
}

/// `t = imm; t op= y`, where the two may change places: an operation on y and a constant.
fn of_constant(rest: &[Insn]) -> Option<(Step, usize)> {
    let [constant, then, ..] = rest else { return None };
    if then.dst != constant.dst || then.src == then.dst {
        return None;
    }
    let what = match then.op {
        Op::Add64Reg => Do::Add64Imm,
        Op::Mul64Reg => Do::Mul64Imm,
        Op::And64Reg => Do::And64Imm,
        Op::Or64Reg => Do::Or64Imm,
        Op::Xor64Reg => Do::Xor64Imm,
        _ => return None,
    };
    Some((Step { a: then.dst, b: then.src, imm: constant.imm, ..Step::new(what) }, 2))
}

/// A rotation, as LLVM expands it:
///
/// ```text
/// t = x; t >>= n; x <<= m; x |= t
/// t = x; t >>= n; y = x; y <<= m; y |= t
/// ```
///
/// The same with the two shifts exchanged. `n + m` is the width.
fn rotation(frame: u32, rest: &[Insn]) -> Option<(Step, usize)> {
    let [copy, shift, rest @ ..] = rest else { return None };
    let (t, x) = (copy.dst, copy.src);
    if t == x || shift.dst != t {
        return None;
    }
    let (right, opposite, or, width) = match (copy.op, shift.op) {
        (Op::Mov64Reg, Op::Rsh64Imm) => (true, Op::Lsh64Imm, Op::Or64Reg, 64),
        (Op::Mov64Reg, Op::Lsh64Imm) => (false, Op::Rsh64Imm, Op::Or64Reg, 64),
        (Op::Mov32Reg, Op::Rsh32Imm) => (true, Op::Lsh32Imm, Op::Or32Reg, 32),
        (Op::Mov32Reg, Op::Lsh32Imm) => (false, Op::Rsh32Imm, Op::Or32Reg, 32),
        _ => return None,
    };
    let (y, back, taken) = match rest {
        [back, both, ..] if back.dst == x => {
            let fits = back.op == opposite && both.op == or && both.dst == x && both.src == t;
            (fits.then_some(x)?, back, 4)
        }
        [again, back, both, ..]
            if again.op == copy.op && again.src == x && again.dst != t && again.dst != x =>
        {
            let y = again.dst;
            let fits =
                back.op == opposite && back.dst == y && both.op == or && both.dst == y && both.src == t;
            (fits.then_some(y)?, back, 5)
        }
        _ => return None,
    };
    if !(1..width).contains(&shift.imm) || shift.imm + back.imm != width {
        return None;
    }
    let left = if right { back.imm } else { shift.imm };
    let after = rest.get(taken - 2..).unwrap_or(&[]);
    let what = match (width, right, is_dead(t, frame, after)) {
        (64, _, true) => Do::Rotate64,
        (_, _, true) => Do::Rotate32,
        (64, true, false) => Do::RotateKeepRight64,
        (64, false, false) => Do::RotateKeepLeft64,
        (_, true, false) => Do::RotateKeepRight32,
        (_, false, false) => Do::RotateKeepLeft32,
    };
    let kept = if what == Do::Rotate64 || what == Do::Rotate32 { 0 } else { shift.imm };
    Some((Step { a: y, b: x, c: t, imm: left, imm2: kept, ..Step::new(what) }, taken))
}

/// How far [`is_dead`] looks.
const HORIZON: usize = 16;

/// Whether nothing can see what `reg` holds before `rest`, the rest of a block: an instruction writes it, none before
/// reads it, and none of them can fault or leave. An access to the function's own frame, of `frame` bytes, is always
/// good.
fn is_dead(reg: Reg, frame: u32, rest: &[Insn]) -> bool {
    let in_frame = |base: Reg, offset: i32, size: Size| {
        base == Reg::R10 && offset >= -(frame as i32) && offset <= -(size.bytes() as i32)
    };
    for insn in rest.iter().take(HORIZON) {
        let (reads_dst, reads_src) = match insn.op.kind() {
            Some(Kind::Alu(_, op, source)) => (op != AluOp::Mov, source == Source::Reg),
            Some(Kind::MovSx(..)) => (false, true),
            Some(Kind::Load(size)) if in_frame(insn.src, insn.offset, size) => (false, true),
            Some(Kind::Store(size, source)) if in_frame(insn.dst, insn.offset, size) => {
                if source == Source::Reg && insn.src == reg {
                    return false;
                }
                continue;
            }
            _ if insn.op == Op::LdImm64 => (false, false),
            _ => return false,
        };
        if reads_src && insn.src == reg || reads_dst && insn.dst == reg {
            return false;
        }
        if insn.dst == reg {
            return true;
        }
    }
    false
}

//! From instructions to steps.
//!
//! Works block by block, in two linear passes: instructions to parts, then parts to steps. From the first part on, a
//! step takes as many parts as it can, though another division of the same parts may give fewer steps. A part (a move
//! and an operation on the moved value, a rotation as LLVM writes it) is made of a run of instructions that cannot
//! fault.

#[cfg(not(target_family = "wasm"))]
use super::list;
use super::list::Link;
use super::{Do, Entrance, Step, Steps};
use crate::blocks::Block;
use crate::code::{Insn, Op};
use crate::meter::CostTable;
use crate::verify::FunctionInfo;
use alloc::{vec, vec::Vec};
use bpf_isa::{AluOp, Kind, Reg, Size, Source};
use contract_abi::intrinsic::Intrinsic;

/// A step under construction.
#[derive(Clone, Copy, Debug)]
struct Draft {
    what: Do,
    a: Reg,
    b: Reg,
    c: Reg,
    d: Reg,
    e: Reg,
    f: Reg,
    g: Reg,
    h: Reg,
    i: Reg,
    imm: i32,
    imm2: i32,
    imm3: i32,
}

impl Draft {
    const fn new(what: Do) -> Self {
        use Reg::R0;
        Self { what, a: R0, b: R0, c: R0, d: R0, e: R0, f: R0, g: R0, h: R0, i: R0, imm: 0, imm2: 0, imm3: 0 }
    }

    fn step(&self) -> Step {
        let Self { what, a, b, c, d, e, f, g, h, i, imm, imm2, imm3 } = *self;
        Step {
            #[cfg(not(target_family = "wasm"))]
            run: list::FUNCTIONS[what as usize],
            #[cfg(target_family = "wasm")]
            what,
            a,
            b,
            c,
            d,
            e,
            f,
            g,
            h,
            i,
            price_next: 0,
            price_there: 0,
            imm,
            imm2,
            imm3,
        }
    }
}

/// A part of a step, with its operands in the first place.
#[derive(Clone, Copy, Debug)]
struct Part<'a> {
    step: Draft,
    /// Index of its first instruction.
    insn: u32,
    /// The instructions after it in the block.
    rest: &'a [Insn],
}

/// A step at the end of a block that leads to others.
struct Leading {
    /// Index of the step.
    step: u32,
    /// Its operation, if it is a branch around one instruction.
    around: Option<Do>,
    /// Whether it jumps to the block of the instruction in `imm3`.
    jumps: bool,
    /// Index of the instruction after it.
    next: u32,
}

/// Writes the steps of `code`.
pub(crate) fn build(code: &[Insn], blocks: &[Block], functions: &[FunctionInfo], costs: &CostTable) -> Steps {
    let metered = costs.is_metered();
    let mut steps: Vec<Step> = Vec::with_capacity(code.len() / 2 + blocks.len());
    let mut insns = Vec::with_capacity(steps.capacity());
    let mut entrances = vec![Entrance::default(); code.len()];
    let mut leading = Vec::with_capacity(blocks.len());
    let mut index = 0;
    let mut functions = functions.iter().peekable();
    let mut frame = 0;
    let mut parts = Vec::new();
    // The operation of the last step, if that has one part.
    let mut last = None;
    for block in blocks {
        while let Some(function) = functions.next_if(|function| function.first <= block.first) {
            frame = function.frame_size;
        }
        // Skip `Op::Enter`, which has no step here.
        index += usize::from(block.falls_in);
        let Some(insns_of_block) = code.get(index..index + block.len as usize) else {
            unreachable!("blocks tile the code; qed")
        };
        // Even without prices a turn must end.
        let price = if metered { block.cost } else { block.len };
        let fits = price <= u8::MAX.into();
        let paid = match last.take().filter(|_| block.falls_in && fits) {
            Some(what) => Do::pair(what, Do::Enter, Link::Apart),
            None => None,
        };
        if let (Some(what), Some(step)) = (paid, steps.last_mut()) {
            step.set(what);
            step.price_next = price as u8;
        } else if block.falls_in || !fits {
            entrances[index].step = steps.len() as u32;
            steps.push(Draft { imm: price as i32, ..Draft::new(Do::Enter) }.step());
            insns.push([index as u32; 3]);
        }
        if fits {
            entrances[index] = Entrance { step: steps.len() as u32, price };
        }

        // From the beginning, each step takes as many parts as it can.
        let end = index + insns_of_block.len();
        let mut rest = insns_of_block;
        parts.clear();
        while let Some(part) = part(end, frame, &mut rest) {
            parts.push(part);
        }
        let mut parts = parts.as_slice();
        while !parts.is_empty() {
            let (step, taken) = first_step(parts, end, frame);
            let (now, later) = parts.split_at(taken);
            parts = later;
            let (Some(first), Some(end_of_step)) = (now.first(), now.last()) else {
                unreachable!("a step has a part; qed")
            };
            last = (taken == 1).then_some(first.step.what);
            let insn = [first.insn, now.get(1).unwrap_or(end_of_step).insn, end_of_step.insn];
            let end_of_step = &end_of_step.step;
            let branches = end_of_step.what.is_branch();
            let jumps = branches || matches!(end_of_step.what, Do::Ja | Do::CallLocal);
            if parts.is_empty() && (jumps || end_of_step.what.is_intrinsic()) {
                leading.push(Leading {
                    step: steps.len() as u32,
                    around: (branches && end_of_step.imm3 as usize == end + 2).then_some(step.what),
                    jumps,
                    next: end as u32,
                });
            }
            steps.push(step.step());
            insns.push(insn);
        }
        index += block.len as usize;
    }
    for Leading { step: at, around, jumps, next } in leading {
        if let Some(choice) = around.and_then(|branch| choice(branch, code, &entrances, next as usize)) {
            steps[at as usize].set(choice);
        }
        let step = &mut steps[at as usize];
        // What follows a jump or a call is not its target, and not always a block.
        if let Some(behind) = entrances.get(next as usize) {
            step.price_next = behind.price as u8;
        }
        if jumps {
            let there = entrances[step.imm3 as u32 as usize];
            step.price_there = there.price as u8;
            step.imm3 = there.step as i32;
        }
    }
    Steps { steps, insns, blocks: entrances }
}

/// The choice that replaces a branch, if only one move of a constant, at `next`, is between it and its target.
///
/// All steps are kept, so that the branch can still be left to the interpreter.
fn choice(branch: Do, code: &[Insn], entrances: &[Entrance], next: usize) -> Option<Do> {
    let [constant, target, ..] = code.get(next..)? else { return None };
    // Its price is too large to be paid here. Otherwise the move pays for it, and is not executed.
    if entrances.get(next + 2)?.price == 0 {
        return None;
    }
    let is_move = match constant.op {
        Op::Mov64Imm => true,
        Op::Mov32Imm => constant.imm >= 0,
        _ => false,
    };
    if is_move && target.op == Op::Enter {
        Do::choice(branch)
    } else {
        None
    }
}

/// Packs two immediates in one field, as `Place::both` reads them, unless one of them does not fit 16 bits.
fn packed(low: i32, high: i32) -> Option<i32> {
    let (low, high) = (i16::try_from(low).ok()?, i16::try_from(high).ok()?);
    Some(i32::from(low) & 0xffff | i32::from(high) << 16)
}

/// Combines as many of the first `parts` as possible. Returns the step and their number. The block ends before the
/// instruction at `end`.
fn first_step(parts: &[Part], end: usize, frame: u32) -> (Draft, usize) {
    let (first, second, others) = match parts {
        [first, second, others @ ..] => (first, second, others),
        [first, ..] => return (first.step, 1),
        [] => unreachable!("there is a part; qed"),
    };
    // Its constant uses the second part's field.
    if first.step.what.is_store_imm() {
        return (first.step, 1);
    }
    let with_first = bonds(&first.step, second, frame);
    if let [third, ..] = others {
        // A branch around one instruction may be a choice, which is better.
        let is_choice = third.step.what.is_branch() && third.step.imm3 as usize == end + 2;
        if !is_choice && Do::may_be_triple(first.step.what, second.step.what) {
            let with_second = bonds(&second.step, third, frame);
            if let Some(step) = triple(&first.step, &with_first, &with_second) {
                return (step, 3);
            }
        }
    }
    match pair(&first.step, &with_first) {
        Some(step) => (step, 2),
        None => (first.step, 1),
    }
}

/// The step that combines a part with the next one, if there is one.
fn pair(one: &Draft, bonds: &Bonds) -> Option<Draft> {
    let (what, two) =
        bonds.iter().flatten().find_map(|(link, two)| Some((Do::pair(one.what, two.what, *link)?, two)))?;
    two_parts(what, one, two)
}

/// The step that combines a part with the next two, if there is one.
fn triple(one: &Draft, bonds: &Bonds, bonds2: &Bonds) -> Option<Draft> {
    let (what, two, three) = bonds.iter().flatten().find_map(|(link, two)| {
        bonds2.iter().flatten().find_map(|(link2, three)| {
            Some((Do::triple(one.what, two.what, *link, three.what, *link2)?, two, three))
        })
    })?;
    three_parts(what, one, two, three)
}

/// The step `what` made of these parts, unless an immediate is too large.
fn two_parts(what: Do, one: &Draft, two: &Draft) -> Option<Draft> {
    let imm2 = immediates(two)?;
    Some(Draft { what, d: two.a, e: two.b, f: two.c, imm2, imm3: two.imm3, ..*one })
}

/// The step `what` made of these parts, unless an immediate is too large.
fn three_parts(what: Do, one: &Draft, two: &Draft, three: &Draft) -> Option<Draft> {
    let (mut imm2, mut imm3) = (immediates(two)?, immediates(three)?);
    if three.what.is_branch() {
        if three.what.is_branch_imm() {
            if two.what.is_store_imm() {
                return None;
            }
            imm2 = packed(two.imm, three.imm)?;
        }
        imm3 = three.imm3;
    }
    let step = Draft { what, d: two.a, e: two.b, f: two.c, imm2, ..*one };
    Some(Draft { g: three.a, h: three.b, i: three.c, imm3, ..step })
}

/// The immediate of a part that is not the first, unless it is too large. A store of a constant has two.
fn immediates(part: &Draft) -> Option<i32> {
    match part.what.is_store_imm() {
        true => packed(part.imm, part.imm2),
        false => Some(part.imm),
    }
}

/// The possible bonds of a part to the one before, the best first, and the part in the form that each needs.
type Bonds = [Option<(Link, Draft)>; 3];

/// The bonds of `second` to `one`, the part before it.
fn bonds(one: &Draft, second: &Part, frame: u32) -> Bonds {
    let linked = link(one, &second.step);
    let unseen = linked.filter(|(link, two)| is_unseen(one.a, two, *link, frame, second.rest));
    let seen = linked.map(|(link, two)| match link {
        Link::IntoBase => (Link::AlsoBase, two),
        _ => (Link::Also, two),
    });
    [unseen, seen, Some((Link::Apart, second.step))]
}

/// How `two` takes the result of `one`, with the operands of `two` in the order that this requires.
fn link(one: &Draft, two: &Draft) -> Option<(Link, Draft)> {
    if !one.what.writes_a() {
        return None;
    }
    let (reads_b, reads_c) = two.what.reads();
    if two.what.is_store_base() && two.a == one.a {
        return Some((Link::IntoBase, *two));
    }
    if two.what.is_branch() {
        if two.a == one.a {
            return Some((Link::Into, *two));
        }
        let swapped = if two.b == one.a { two.what.swapped() } else { None };
        return swapped.map(|what| (Link::Into, Draft { what, a: two.b, b: two.a, ..*two }));
    }
    if reads_b && two.b == one.a {
        return Some((Link::Into, *two));
    }
    let swaps = reads_c && two.c == one.a && two.what.commutes();
    swaps.then_some((Link::Into, Draft { b: two.c, c: two.b, ..*two }))
}

/// Whether only the operand that `two` is given sees `reg`. `rest` is what follows in the block.
fn is_unseen(reg: Reg, two: &Draft, link: Link, frame: u32, rest: &[Insn]) -> bool {
    let (reads_b, reads_c) = two.what.reads();
    let other = match link {
        Link::IntoBase => reads_b && two.b == reg,
        _ => reads_c && two.c == reg || two.what.is_store_base() && two.a == reg,
    };
    !other && !two.what.is_branch() && (two.what.writes_a() && two.a == reg || is_dead(reg, frame, rest))
}

/// Takes the part at the start of `rest`, the rest of a block. `end` is the index of the next block.
fn part<'a>(end: usize, frame: u32, rest: &mut &'a [Insn]) -> Option<Part<'a>> {
    let insn = rest.first()?;
    let at = (end - rest.len()) as u32;
    let (mut step, taken) = run(insn, frame, rest);
    *rest = rest.get(taken..).unwrap_or(&[]);
    while let Some((longer, taken)) = longer(&step, frame, rest) {
        step = longer;
        *rest = rest.get(taken..).unwrap_or(&[]);
    }
    Some(Part { step, insn: at, rest })
}

/// The part made of the first of `rest`, beginning with `insn`, and the number of its instructions.
fn run(insn: &Insn, frame: u32, rest: &[Insn]) -> (Draft, usize) {
    match insn.op {
        Op::Mov64Reg | Op::Mov32Reg => {
            if let Some(found) = rotation(frame, rest).or_else(|| of_moved(rest)) {
                return found;
            }
            let what = if insn.op == Op::Mov64Reg { Do::Add64Imm } else { Do::Add32Imm };
            (Draft { a: insn.dst, b: insn.src, ..Draft::new(what) }, 1)
        }
        Op::Mov64Imm => {
            if let Some(found) = of_constant(rest) {
                return found;
            }
            (Draft { a: insn.dst, imm: insn.imm, ..Draft::new(Do::Mov64Imm) }, 1)
        }
        Op::Mov32Imm if insn.imm >= 0 => {
            (Draft { a: insn.dst, imm: insn.imm, ..Draft::new(Do::Mov64Imm) }, 1)
        }
        Op::Mov32Imm => (Draft { a: insn.dst, imm: insn.imm, ..Draft::new(Do::LdImm64) }, 1),
        Op::LdImm64 => {
            (Draft { a: insn.dst, imm: insn.imm, imm2: insn.offset, ..Draft::new(Do::LdImm64) }, 1)
        }
        Op::Le64 => (Draft { a: insn.dst, b: insn.dst, ..Draft::new(Do::Add64Imm) }, 1),
        _ => (single(insn), 1),
    }
}

/// The part for a single instruction that is not a move.
fn single(insn: &Insn) -> Draft {
    let what = Do::namesake(insn.op).unwrap_or(Do::Other);
    let step = Draft { a: insn.dst, b: insn.dst, c: insn.src, imm: insn.imm, ..Draft::new(what) };
    match insn.op {
        Op::Load64 if insn.src == Reg::R10 => Draft { what: Do::FrameLoad64, imm: insn.offset, ..step },
        Op::Load32 if insn.src == Reg::R10 => Draft { what: Do::FrameLoad32, imm: insn.offset, ..step },
        Op::Store64Reg if insn.dst == Reg::R10 => {
            Draft { what: Do::FrameStore64, b: insn.src, imm: insn.offset, ..step }
        }
        Op::Store32Reg if insn.dst == Reg::R10 => {
            Draft { what: Do::FrameStore32, b: insn.src, imm: insn.offset, ..step }
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
        | Op::Store64Reg => Draft { b: insn.src, imm: insn.offset, ..step },
        Op::MovSx8To32 | Op::MovSx16To32 | Op::MovSx8To64 | Op::MovSx16To64 | Op::MovSx32To64 => {
            Draft { b: insn.src, ..step }
        }
        Op::Store8Imm | Op::Store16Imm | Op::Store32Imm | Op::Store64Imm => {
            Draft { imm: insn.offset, imm2: insn.imm, ..step }
        }
        Op::GotoX => Draft { imm: insn.offset, imm2: insn.imm, ..step },
        Op::WideIntrinsic => {
            let what = match Intrinsic::from_number(insn.imm as u32) {
                Some(Intrinsic::MulHigh) => Do::MulHigh,
                Some(Intrinsic::MulTi) => Do::MulTi,
                _ => Do::WideIntrinsic,
            };
            Draft { what, ..step }
        }
        _ if what.is_branch() || matches!(what, Do::Ja | Do::CallLocal) => {
            Draft { b: insn.src, imm3: insn.offset, ..step }
        }
        _ => step,
    }
}

/// The operation, width and source of an arithmetic operation.
fn arithmetic(insn: &Insn) -> Option<(bool, AluOp, Source)> {
    match insn.op.kind() {
        Some(Kind::Alu(width, op, source)) => Some((width == bpf_isa::Width::W64, op, source)),
        _ => None,
    }
}

/// `t = x; t op= y`: an operation with three operands.
fn of_moved(rest: &[Insn]) -> Option<(Draft, usize)> {
    let [copy, then, ..] = rest else { return None };
    let (wide, op, source) = arithmetic(then)?;
    if op == AluOp::Mov || then.dst != copy.dst || wide && copy.op == Op::Mov32Reg {
        return None;
    }
    let what = Do::namesake(then.op)?;
    // `t op= t` has the moved value on both sides.
    let c = if source == Source::Reg && then.src == then.dst { copy.src } else { then.src };
    Some((Draft { a: then.dst, b: copy.src, c, imm: then.imm, ..Draft::new(what) }, 2))
}

/// `t = imm; t op= y`, where the two may be swapped: an operation on y and a constant.
fn of_constant(rest: &[Insn]) -> Option<(Draft, usize)> {
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
    Some((Draft { a: then.dst, b: then.src, imm: constant.imm, ..Draft::new(what) }, 2))
}

/// A rotation, as LLVM expands it:
///
/// ```text
/// t = x; t >>= n; x <<= m; x |= t
/// t = x; t >>= n; y = x; y <<= m; y |= t
/// ```
///
/// The two shifts may also be exchanged. `n + m` is the width.
fn rotation(frame: u32, rest: &[Insn]) -> Option<(Draft, usize)> {
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
    Some((Draft { a: y, b: x, c: t, imm: left, imm2: kept, ..Draft::new(what) }, taken))
}

/// The part that combines `step` with the first of `rest`, the rest of its block, and how many of those.
fn longer(step: &Draft, frame: u32, rest: &[Insn]) -> Option<(Draft, usize)> {
    let [next, after @ ..] = rest else { return None };
    let on_same = next.dst == step.a;
    let by_other = on_same && next.src != step.a;
    Some(match (step.what, next.op) {
        // An operand in the frame: `t = *(r10 + imm); t op= y`, or `x op= t` and nothing sees t.
        (Do::FrameLoad64 | Do::FrameLoad32, _) => {
            let what = match (step.what, next.op) {
                (Do::FrameLoad64, Op::Add64Reg) => Do::AddFrame64,
                (Do::FrameLoad64, Op::Mul64Reg) => Do::MulFrame64,
                (Do::FrameLoad64, Op::Xor64Reg) => Do::XorFrame64,
                (Do::FrameLoad64, Op::And64Reg) => Do::AndFrame64,
                (Do::FrameLoad64, Op::Or64Reg) => Do::OrFrame64,
                (Do::FrameLoad32, Op::Add32Reg) => Do::AddFrame32,
                (Do::FrameLoad32, Op::Xor32Reg) => Do::XorFrame32,
                (Do::FrameLoad32, Op::And32Reg) => Do::AndFrame32,
                (Do::FrameLoad64, Op::Store64Reg) if next.dst == Reg::R10 && next.src == step.a => {
                    // A load through a sum with r10 may have a large offset.
                    let imm = packed(step.imm, next.offset)?;
                    let copy = Draft { imm, ..Draft::new(Do::FrameCopy64) };
                    return is_dead(step.a, frame, after).then_some((copy, 1));
                }
                _ => return None,
            };
            let x = if by_other { next.src } else { next.dst };
            let fits = by_other || !on_same && next.src == step.a && is_dead(step.a, frame, after);
            (fits.then_some(Draft { what, a: next.dst, b: x, ..*step })?, 1)
        }
        (Do::Xor64Reg | Do::Xor32Reg, Op::Mov64Reg | Op::Mov32Reg) if next.src == step.a => {
            let (rotation, taken) = rotation(frame, rest)?;
            let what = match (step.what, rotation.what) {
                (Do::Xor64Reg, Do::Rotate64) => Do::XorRotate64,
                (Do::Xor32Reg, Do::Rotate32) => Do::XorRotate32,
                _ => return None,
            };
            ((rotation.a == step.a).then_some(Draft { what, imm: rotation.imm, ..*step })?, taken)
        }
        (Do::Xor64Imm, Op::And64Reg) if by_other && step.imm == -1 => {
            (Draft { what: Do::AndNot64, c: next.src, ..*step }, 1)
        }
        (Do::Xor32Imm, Op::And32Reg) if by_other && step.imm == -1 => {
            (Draft { what: Do::AndNot32, c: next.src, ..*step }, 1)
        }
        (Do::Lsh64Imm, Op::Add64Reg) if by_other => (Draft { what: Do::LshAdd64, c: next.src, ..*step }, 1),
        // An address: `t = x + imm` or `t = x + y`, then `z = *(t + offset)` and nothing sees t.
        (Do::Add64Imm | Do::Add32Imm | Do::Add64Reg, Op::Load8 | Op::Load16 | Op::Load32 | Op::Load64)
            if next.src == step.a && (on_same || is_dead(step.a, frame, after)) =>
        {
            let sum = step.what == Do::Add64Reg;
            let what = match next.op {
                Op::Load8 if sum => Do::LoadSum8,
                Op::Load16 if sum => Do::LoadSum16,
                Op::Load32 if sum => Do::LoadSum32,
                Op::Load64 if sum => Do::LoadSum64,
                Op::Load8 => Do::Load8,
                Op::Load16 => Do::Load16,
                Op::Load32 if step.b == Reg::R10 => Do::FrameLoad32,
                Op::Load32 => Do::Load32,
                _ if step.b == Reg::R10 => Do::FrameLoad64,
                _ => Do::Load64,
            };
            let imm = if sum { next.offset } else { step.imm.wrapping_add(next.offset) };
            (Draft { what, a: next.dst, imm, ..*step }, 1)
        }
        // `x += t` and nothing sees the shifted t.
        (Do::Lsh64Imm, Op::Add64Reg) if !on_same && next.src == step.a => {
            let sum = Draft { what: Do::LshAdd64, a: next.dst, c: next.dst, ..*step };
            (is_dead(step.a, frame, after).then_some(sum)?, 1)
        }
        // Bits of a register, and where to put them: see `exec::FieldRight`.
        (Do::Rsh32Imm, Op::And32Imm) if on_same => (field(step, step.imm & 31, next.imm)?, 1),
        (Do::And32Imm | Do::And64Imm, Op::Lsh64Imm) if on_same && (0..=0x00ff_ffff).contains(&step.imm) => {
            (placed(step, 0, step.imm, next.imm & 63)?, 1)
        }
        (Do::FieldRight32, Op::Lsh64Imm) if on_same => {
            (placed(step, step.imm >> 24, step.imm & 0x00ff_ffff, next.imm & 63)?, 1)
        }
        _ => return None,
    })
}

/// `(b >> shift) & mask` with the operands of `step`, where `shift` may be negative.
fn field(step: &Draft, shift: i32, mask: i32) -> Option<Draft> {
    let what = if shift < 0 { Do::FieldLeft32 } else { Do::FieldRight32 };
    let fits = (0..=0x00ff_ffff).contains(&mask) && shift.abs() < 32;
    fits.then_some(Draft { what, imm: mask | shift.abs() << 24, ..*step })
}

/// `((b >> shift) & mask) << left`
fn placed(step: &Draft, shift: i32, mask: i32, left: i32) -> Option<Draft> {
    // The mask has no bits below `left`, so it also masks what the shorter shift leaves there.
    let moved = i64::from(mask) << left.min(32);
    // That includes bits of the lower half that only the longer shift would have shifted out. If a left shift remains,
    // it loses none of the 32 bits that the mask has.
    field(step, shift - left, i32::try_from(moved).ok()?)
}

/// The number of instructions that [`is_dead`] looks at.
const HORIZON: usize = 16;

/// Whether nothing can see the value of `reg` before `rest`, the rest of a block: an instruction writes it, none before
/// that reads it, and none of them can fault or leave. An access to the function's own frame, of `frame` bytes, is
/// always valid.
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

#[cfg(all(test, not(target_family = "wasm")))]
mod tests {
    use super::super::{exec, Text};
    use super::*;
    use crate::interp::{Calls, State, Why};
    use crate::memory::{GuestAddr, Memory, MemoryImage};
    use crate::meter::Gas;
    use crate::{verify, Config, Entry, Instance, Observer};
    use crate::{Program, Rules, SyscallTable, TextOptions, VerifiedProgram};
    use alloc::sync::Arc;
    use alloc::{format, string::ToString};
    use contract_abi::memory::STACK_BASE;

    /// xorshift64.
    struct Random(u64);

    impl Random {
        fn next(&mut self) -> u64 {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            self.0
        }

        fn below(&mut self, end: u64) -> u64 {
            self.next() % end
        }

        fn edge(&mut self) -> i32 {
            EDGES[self.below(EDGES.len() as u64) as usize]
        }

        fn reg(&mut self) -> Reg {
            let all =
                [Reg::R0, Reg::R1, Reg::R2, Reg::R3, Reg::R4, Reg::R5, Reg::R6, Reg::R7, Reg::R8, Reg::R9];
            all[self.below(5 * (1 + self.0 % 2)) as usize]
        }
    }

    /// Numbers that just fit 16 bits, and numbers that do not.
    const EDGES: [i32; 13] = [
        -32767, -32768, -32769, -40000, -65528, -65536, -65544, -131_080, 32767, 32768, 65528, 65544, 131_080,
    ];

    /// In bytes.
    const STACK: u32 = 4096;

    /// With any registers and memory.
    fn state(random: &mut Random) -> State {
        // Mostly small numbers, and addresses of the stack.
        let value = |random: &mut Random| match random.below(9) {
            0 => random.next(),
            8 => i64::from(random.edge() + random.below(3) as i32 - 1) as u64,
            1 => random.below(3).wrapping_sub(1),
            2..4 => random.below(80),
            _ => u64::from(STACK_BASE + STACK) - 512 + random.below(64),
        };
        let image = MemoryImage { rodata: [].into(), data: [].into(), data_size: 0, stack_size: STACK };
        let mut memory = Memory::new(&image);
        // In most cases, the memory accessed has been touched.
        if random.below(8) > 0 {
            for at in 0..128 {
                let addr = GuestAddr(STACK_BASE + STACK - 8 * (1 + at));
                memory.store(addr, value(random).to_le_bytes()).unwrap();
            }
        }
        let mut regs = [0; 12];
        for reg in &mut regs {
            *reg = value(random);
        }
        regs[10] = u64::from(STACK_BASE + STACK) - 64 * random.below(2);
        State::new(regs, Gas(0), memory, Calls::default())
    }

    /// With any operands.
    fn part(random: &mut Random, what: Do) -> Draft {
        let near = random.below(128) as i32 - 64;
        let (imm, imm2) = match what {
            Do::FrameCopy64 => {
                let slot = |random: &mut Random| -8 * (1 + random.below(8) as i32);
                (packed(slot(random), slot(random)).unwrap(), 0)
            }
            _ if what.is_store_imm() => match random.below(4) {
                0 => (near, random.edge()),
                _ => (near, random.next() as i16 as i32),
            },
            _ => match random.below(9) {
                0 => (i32::from(random.next() as i16), 0),
                8 => (random.edge(), 0),
                // An address, for numbers to be added to.
                1..4 => ((STACK_BASE + STACK) as i32 - 256 + near, 0),
                _ => (near, 0),
            },
        };
        Draft { a: random.reg(), b: random.reg(), c: random.reg(), imm, imm2, ..Draft::new(what) }
    }

    /// These steps, then two that end the program. A branch leads to the second.
    fn ending(parts: &[Draft]) -> Vec<Step> {
        let there = parts.len() as i32 + 1;
        let ends = [Draft::new(Do::Exit); 2];
        parts
            .iter()
            .map(|part| Draft { imm3: if part.leads() { there } else { part.imm3 }, ..*part }.step())
            .chain(ends.map(|end| end.step()))
            .collect()
    }

    impl Draft {
        fn leads(&self) -> bool {
            let joined = list::JOINED.iter().find(|(what, _)| *what == self.what);
            joined.map_or(self.what, |(_, parts)| parts.last().unwrap().0).is_branch()
        }
    }

    fn run(program: &VerifiedProgram, steps: &[Step], state: &mut State) -> (usize, Why) {
        let text = Text { steps, insns: &[], blocks: &[], program };
        exec::turn(Entrance::default(), 1, state, &text);
        (state.left.at as usize, state.left.why)
    }

    fn memory(state: &State) -> Vec<u8> {
        let mut bytes = vec![0; STACK as usize];
        state.memory.read(GuestAddr(STACK_BASE), &mut bytes).unwrap();
        bytes
    }

    #[test]
    fn what_is_packed_can_be_had_again() {
        for low in EDGES {
            for high in EDGES {
                let fits = i16::try_from(low).is_ok() && i16::try_from(high).is_ok();
                assert_eq!(packed(low, high).is_some(), fits, "{low} {high}");
                if let Some(both) = packed(low, high) {
                    assert_eq!((i32::from(both as i16), both >> 16), (low, high));
                }
            }
        }
        // A part that fills a step is never joined with others.
        let whole = |what: Do| {
            use Do::*;
            let two =
                matches!(what, RotateKeepRight32 | RotateKeepLeft32 | RotateKeepRight64 | RotateKeepLeft64);
            two || matches!(what, LdImm64 | GotoX)
        };
        for (what, parts) in list::JOINED {
            assert!(!parts.iter().any(|(part, _)| whole(*part)), "{what:?}");
        }
    }

    /// Programs with numbers of more than 16 bits wherever two may be packed in one field: each step does what its
    /// instructions do.
    #[test]
    fn far_numbers_are_not_cut() {
        const FRAME: u32 = 144 * 1024;
        const STACK: u32 = 3 * FRAME;
        let templates = [
            // Read from the frame by a sum, stored, and dead.
            "r1 = r10\nr1 += {n}\nr1 = *(u64 *)(r1 + 0)\n*(u64 *)(r10 - 16) = r1\nr1 = 0",
            "r1 = r10\nr1 += {n}\nr1 = *(u64 *)(r1 - 16)\n*(u64 *)(r10 - 32768) = r1\nr1 = 0",
            "r1 = {n}\nr1 += r10\nr1 = *(u64 *)(r1 + 8)\n*(u64 *)(r10 + 32760) = r1\nr1 = 0",
            "r1 = r10\nr1 += {n}\nr1 = *(u64 *)(r1 + 0)\n*(u64 *)(r10 - 16) = r1\nr1 = *(u64 *)(r10 - 24)",
            // An operand there.
            "r1 = r10\nr1 += {n}\nr1 = *(u64 *)(r1 + 0)\nr2 += r1\nr1 = 0",
            "r1 = r10\nr1 += {n}\nw1 = *(u32 *)(r1 + 0)\nw2 ^= w1\nr1 = 0",
            // A constant stored after another part.
            "*(u64 *)(r5 - 32768) = r3\n*(u32 *)(r5 + 32767) = {n}",
            "*(u64 *)(r5 + 32767) = r3\n*(u32 *)(r5 - 32768) = {n}",
            "r5 += {n}\n*(u8 *)(r5 - 32768) = {m}\nr2 += r3",
            "r3 = {n}\n*(u64 *)(r10 - 8) = {m}\n*(u32 *)(r10 - 24) = {n}",
            // A branch by a constant after two parts, around two instructions: around one it may be a choice.
            "r2 += 1\nr3 += {n}\nif r3 != {m} goto l\nr4 = 1\nr4 += r3\nl:",
            "w2 += {n}\nr3 = {m}\nif w2 == {m} goto l\nr4 = 1\nr4 += r3\nl:",
            "w2 &= {n}\nw3 += {m}\nif w2 == {n} goto l\nr4 = 1\nr4 += r3\nl:",
            "w3 = 1\nw3 &= {n}\nif w3 < {m} goto l\nr4 = 1\nr4 += r3\nl:",
            "*(u64 *)(r10 - 8) = r3\nw3 &= {n}\nif w3 >= {m} goto l\nr4 = 1\nr4 += r3\nl:",
            "r4 = {m}\n*(u64 *)(r10 - 16) = r4\ngoto on\non:\n*(u64 *)(r10 - 8) = r3\nr4 = *(u64 *)(r10 - 16)\nif r4 == {m} goto l\nr4 = 1\nr4 += r3\nl:",
            "r3 = {m}\nr3 += {n}\nif r3 != {m} goto l\nr4 = 1\nl:",
            // Bits of a register: a mask of 24 bits and a count.
            "w2 >>= 3\nw2 &= {n}\nr2 <<= 2",
            "w2 >>= 1\nw2 &= 16777215\nr2 <<= 1",
            "w2 >>= 1\nw2 &= 16777216\nr2 <<= 1",
            "w2 &= 16777215\nr2 <<= 9",
            "r2 &= {n}\nr2 <<= 33",
        ];
        let contents: Vec<u8> = (0..STACK).map(|at| (at.wrapping_mul(0x9e37_79b9) >> 24) as u8).collect();
        let rules = Rules { no_unwritten_reads: false, ..Rules::general(SyscallTable::none()) };
        let (mut loads, mut copies) = (0, 0);
        for template in templates {
            for n in EDGES {
                // The number at the other place matters only if there is one.
                let others = if template.contains("{m}") { &EDGES[..] } else { &EDGES[..1] };
                for m in others {
                    let body = template.replace("{n}", &n.to_string()).replace("{m}", &m.to_string());
                    let source = format!("call f\nexit\nf:\nr2 = 0x123456789abcdef0 ll\nr3 = r2\nr4 = 5\nr5 = r10\ngoto go\ngo:\n{body}\nr0 = r2\nexit");
                    let text = bpf_isa::text::assemble_bytes(&source, bpf_isa::text::Syntax::Llvm).unwrap();
                    let options =
                        TextOptions { frame_size: FRAME, stack_size: STACK, ..TextOptions::default() };
                    let program = verify(Program::from_text(&text, &options).unwrap(), &rules).unwrap();
                    let copy = list::FUNCTIONS[Do::FrameCopy64 as usize];
                    let all = program.steps.as_ref().unwrap();
                    if template == templates[0] {
                        loads += 1;
                        copies +=
                            usize::from(all.steps.iter().any(|step| core::ptr::fn_addr_eq(step.run, copy)));
                    }
                    let program = Arc::new(program);
                    let run = |observed: bool| {
                        let mut instance = Instance::new(program.clone(), &Config::default());
                        instance.start(Entry::Function(0), [0; 5]).unwrap();
                        instance.write(GuestAddr(STACK_BASE), &contents).unwrap();
                        let exit = match observed {
                            true => instance.run_observed(&mut Nothing),
                            false => instance.run(),
                        };
                        let stack = instance.read_vec(GuestAddr(STACK_BASE), STACK).unwrap();
                        ((exit, instance.pc(), instance.gas(), instance.registers()), stack)
                    };
                    let (steps, one_by_one) = (run(false), run(true));
                    assert_eq!(steps.0, one_by_one.0, "{source}");
                    assert!(steps.1 == one_by_one.1, "{source}");
                }
            }
        }
        // Numbers that fit are still joined: otherwise this would test nothing.
        assert_eq!((loads, copies), (EDGES.len(), 3));
    }

    struct Nothing;

    impl Observer for Nothing {}

    /// Each step of several parts does what its parts do one after another, or leaves the rest to the interpreter.
    #[test]
    fn a_step_does_what_its_parts_do() {
        let text = bpf_isa::Insn::new(bpf_isa::Op::Exit).encode().unwrap().as_bytes().to_vec();
        let program = Program::from_text(&text, &TextOptions::default()).unwrap();
        let rules = Rules { no_unwritten_reads: false, ..Rules::general(SyscallTable::none()) };
        let program = verify(program, &rules).unwrap();
        let random = &mut Random(0x9e37_79b9_7f4a_7c15);
        for &(what, parts) in list::JOINED {
            let mut whole = 0;
            for _ in 0..if cfg!(debug_assertions) { 600 } else { 2000 } {
                let mut drafts: Vec<Draft> = Vec::new();
                // Registers whose value nothing may see, and from which part on.
                let mut unseen = Vec::new();
                for &(what, link) in parts {
                    let mut draft = part(random, what);
                    if let Some(before) = drafts.last() {
                        let given = before.a;
                        let other = || if given == Reg::R0 { Reg::R1 } else { Reg::R0 };
                        match link {
                            Link::Apart => {}
                            Link::IntoBase | Link::AlsoBase => draft.a = given,
                            Link::Into | Link::Also if what.is_branch() => draft.a = given,
                            Link::Into | Link::Also => draft.b = given,
                        }
                        if matches!(link, Link::Into | Link::IntoBase) {
                            // Nothing else sees it.
                            let (_, reads_c) = what.reads();
                            if reads_c && draft.c == given {
                                draft.c = other();
                            }
                            if link == Link::Into && what.is_store_base() && draft.a == given
                                || link == Link::IntoBase && draft.b == given && what.reads().0
                            {
                                draft.a = if link == Link::Into { other() } else { given };
                                draft.b = if link == Link::Into { given } else { other() };
                            }
                            if what.writes_a() {
                                draft.a = given;
                            } else {
                                unseen.push((given, drafts.len()));
                            }
                        }
                    }
                    drafts.push(draft);
                }
                // Later parts must not see it either.
                let sees = |(reg, from): (Reg, usize)| {
                    drafts
                        .iter()
                        .skip(from + 1)
                        .any(|draft| draft.a == reg || draft.b == reg || draft.c == reg)
                };
                if unseen.iter().any(|&seen| sees(seen)) {
                    continue;
                }
                let joined = match &drafts[..] {
                    [one, two] => two_parts(what, one, two),
                    [one, two, three] => three_parts(what, one, two, three),
                    _ => unreachable!("steps have two or three parts"),
                };
                let Some(joined) = joined else { continue };

                // The parts one by one, and the state before each.
                let first = state(random);
                let mut each = first.clone();
                let mut before = vec![first.clone()];
                let mut end = (drafts.len(), Why::Finished);
                for draft in &drafts {
                    let (at, why) = run(&program, &ending(&[*draft]), &mut each);
                    if !matches!(why, Why::Finished) {
                        end = (before.len() - 1, why);
                        break;
                    }
                    end = (drafts.len() + at - 1, why);
                    before.push(each.clone());
                }
                let mut one = first.clone();
                let (at, why) = run(&program, &ending(&[joined]), &mut one);
                let done = match why {
                    Why::Finished => {
                        assert_eq!(drafts.len() + at - 1, end.0, "{what:?} {drafts:?}");
                        assert!(matches!(end.1, Why::Finished), "{what:?} {drafts:?}");
                        whole += 1;
                        drafts.len()
                    }
                    Why::First | Why::Second | Why::Third => {
                        assert!(matches!(end.1, Why::First), "{what:?} {drafts:?}");
                        let done = match why {
                            Why::First => 0,
                            Why::Second => 1,
                            _ => 2,
                        };
                        // Values that were not put in a register are computed again.
                        let again = (done..end.0)
                            .all(|part| matches!(parts[part + 1].1, Link::Into | Link::IntoBase));
                        assert!(done <= end.0 && again, "{what:?} {drafts:?} {why:?} {end:?}");
                        done
                    }
                    other => panic!("{other:?}: {what:?} {drafts:?}"),
                };
                let expected = &before[done];
                for reg in 0..11 {
                    let hidden =
                        unseen.iter().any(|&(reg_unseen, from)| reg_unseen.index() == reg && from <= done);
                    assert!(
                        hidden || one.regs[reg] == expected.regs[reg],
                        "r{reg} of {what:?} {drafts:?} {:x?} {:x?}",
                        first.regs,
                        one.regs
                    );
                }
                assert!(memory(&one) == memory(expected), "{what:?} {drafts:?}");
            }
            assert!(whole > 5, "{what:?} was done {whole} times");
        }
    }
}

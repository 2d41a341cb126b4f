//! Rewrites of a few neighbouring instructions into fewer native ones.
//!
//! BPF instructions have two operands where x86-64 ones may have three; BPF has no rotation and no memory operands.
//! LLVM expands these into short runs of instructions, always the same ones. A function here gets the rest of a block,
//! beginning with the instruction to be lowered, and returns how many instructions it has written, or 0. A rewrite
//! looks at a bounded number of instructions and at nothing before them, so compiling stays linear. `tests/jit/` has a
//! listing for each; docs/decisions/0121-rewrites.md says what each was worth.
//!
//! # Invariant
//!
//! After a rewrite, and where it faults, registers, memory and gas are as its instructions leave them when they are
//! executed one after the other. Check each rewrite for:
//!
//! * *Registers.* It writes every register that its instructions write, with the last value written. It may leave out a
//!   value only if the rewrite itself overwrites it, or if [`is_dead`] shows that nothing can see it.
//! * *Faults.* Only one rewrite can fault, [`element`], and only at one native instruction, its load. Others access
//!   memory only in the function's own frame ([`Emitter::is_in_frame`]). There the first touch of a page can interrupt
//!   them, but the interrupted instruction runs again and does not notice. The price of the block is paid in advance
//!   and kept at a fault, so it does not reveal where in the block the fault was.
//! * *Blocks.* It stays in one block, so nothing leads into its middle and nothing is paid there. Only [`choose`] takes
//!   an instruction of another block: after the branch that ends a block, it takes the move that is all of the next
//!   one, to which no jump leads ([`is_choice`]). The run has paid for that move, and its price is given back where the
//!   move is not made. The `Op::Enter` after it is only looked at: it begins the block that the branch leads to.
//!
//! At a fault of [`element`], nothing of it has happened: no guest register and no memory has been written. Of the
//! effects of the two instructions before the load, one register is visible, and the handler sets it by [`folded`].
//! This is correct for the following reasons, which must continue to hold whenever `folded` changes:
//!
//! 1. The handler asks `folded` about the instruction that the native address belongs to. That is the first of a
//!    rewrite, since the others are defined after it; and `element` rewrites only what `folded` finds there.
//! 2. `folded` looks at three instructions. `element` has them in one block; the handler's slice continues after the
//!    block, which makes no difference.
//! 3. The first of the three is a move between registers or of an immediate. No other code that can fault is written
//!    for such a move. So the handler finds a sum only where `element` has written the load.
//! 4. The first two write `to` and nothing else, and they add immediates and registers other than `to`. So the
//!    registers that [`Folded::sum`] reads are unchanged, and the sum is that of the two, in 64 bits.
//! 5. The third is a load by `to`, whose trap is that of this very instruction, at the sum and its own offset.

use super::emit::{asm, asm_at, Emitter, Place};
use super::lower::{alu, jump, mem, Operand, Width};
use super::regs::{host, GAS, RAX, RDX};
use super::uses::Targets;
use crate::code::{Insn, Op};
use crate::JitMode;
use bpf_isa::{AluOp, Cond, Kind, Reg, Source};

/// The number of instructions that [`is_dead`] looks at.
const HORIZON: usize = 12;

/// Rewrites that begin with a copy: a rotation or a sum.
pub fn copy(e: &mut Emitter, width: Width, rest: &[Insn]) -> usize {
    let Some(second) = rest.get(1) else { return 0 };
    match (width, second.op) {
        (Width::W64, Op::Lsh64Imm | Op::Rsh64Imm) => match rotation(e, width, rest) {
            0 => sum(e, width, rest),
            taken => taken,
        },
        (Width::W32, Op::Lsh32Imm | Op::Rsh32Imm) => rotation(e, width, rest),
        (Width::W64, Op::Xor64Imm) | (Width::W32, Op::Xor32Imm) => {
            let (t, x) = (rest[0].dst, rest[0].src);
            if second.imm != -1 || second.dst != t {
                return 0;
            }
            match and_not(e, width, &rest[1..], x) {
                0 => 0,
                taken => taken + 1,
            }
        }
        (Width::W64, Op::Add64Reg | Op::Add64Imm) => match element(e, rest) {
            0 => sum(e, width, rest),
            taken => taken,
        },
        (Width::W32, Op::Add32Reg | Op::Add32Imm) => sum(e, width, rest),
        _ => 0,
    }
}

/// Rewrites that begin with a load: an operand from the frame, or a value that is stored back there.
pub fn operand(e: &mut Emitter, rest: &[Insn]) -> usize {
    match rest.get(1).map(|second| second.op) {
        Some(Op::Store64Reg | Op::Store32Reg) => stored_back(e, rest),
        Some(_) if rest[0].src == Reg::R10 => operand_in_frame(e, rest),
        _ => 0,
    }
}

/// Whether nothing can see the value that `reg` has before the instruction `number` places ahead: some instruction of
/// the block writes it, none before that reads it, and none of them can fault or leave.
fn is_dead(e: &Emitter, rest: &[Insn], number: usize, reg: Reg) -> bool {
    for number in number..number + HORIZON {
        let Some(insn) = rest.get(number) else { return false };
        let (reads_dst, reads_src) = match insn.op.kind() {
            Some(Kind::Alu(_, op, source)) => (op != AluOp::Mov, source == Source::Reg),
            Some(Kind::Neg(_)) => (true, false),
            Some(Kind::MovSx(..)) => (false, true),
            Some(Kind::LoadWide(_)) => (false, false),
            Some(Kind::Load(size)) if e.is_in_frame(insn.src, insn.offset, size as usize) => (false, true),
            Some(Kind::Store(size, source)) if e.is_in_frame(insn.dst, insn.offset, size as usize) => {
                if source == Source::Reg && insn.src == reg {
                    return false;
                }
                continue;
            }
            _ => return false,
        };
        if reads_dst && insn.dst == reg || reads_src && insn.src == reg {
            return false;
        }
        if insn.dst == reg {
            return true;
        }
    }
    false
}

/// Number of bits of a register.
const fn bits(width: Width) -> i32 {
    match width {
        Width::W32 => 32,
        Width::W64 => 64,
    }
}

/// A rotation, as LLVM expands it:
///
/// ```text
/// t = x; t >>= n; x <<= bits - n; x |= t              rol x
/// t = x; t >>= n; y = x; y <<= bits - n; y |= t       mov y, x; rol y
/// ```
///
/// The two shifts may also be exchanged. `t` is computed only where something can see it. At most 13 bytes, for four or
/// five instructions.
fn rotation(e: &mut Emitter, width: Width, rest: &[Insn]) -> usize {
    let (mov, left, right, or) = match width {
        Width::W32 => (Op::Mov32Reg, Op::Lsh32Imm, Op::Rsh32Imm, Op::Or32Reg),
        Width::W64 => (Op::Mov64Reg, Op::Lsh64Imm, Op::Rsh64Imm, Op::Or64Reg),
    };
    let (t, x) = (rest[0].dst, rest[0].src);
    let shift = |insn: &Insn, reg: Reg| {
        let shifts = (insn.op == left || insn.op == right) && insn.dst == reg;
        (shifts && (1..bits(width)).contains(&insn.imm)).then_some((insn.op, insn.imm))
    };
    if t == x {
        return 0;
    }
    let Some((first, count)) = rest.get(1).and_then(|insn| shift(insn, t)) else { return 0 };
    let Some(third) = rest.get(2) else { return 0 };
    let (y, at) = match third.op == mov && third.src == x && third.dst != t && third.dst != x {
        true => (third.dst, 3),
        false => (x, 2),
    };
    let Some((second, other)) = rest.get(at).and_then(|insn| shift(insn, y)) else { return 0 };
    let combined = rest.get(at + 1).is_some_and(|insn| insn.op == or && insn.dst == y && insn.src == t);
    if !combined || first == second || count + other != bits(width) {
        return 0;
    }
    let taken = at + 2;
    let (by_left, left_count) = if first == left { (true, count) } else { (false, other) };
    if !is_dead(e, rest, taken, t) {
        alu::mov(e, width, host(t), Operand::Reg(host(x)));
        match by_left {
            true => alu::lsh(e, width, host(t), Operand::Imm(count)),
            false => alu::rsh(e, width, host(t), Operand::Imm(count)),
        }
    }
    let (x, y, count) = (host(x), host(y), left_count as i8);
    match width {
        Width::W32 if y != x && e.bmi => asm!(e; rorx Rd(y), Rd(x), BYTE 32 - count),
        Width::W64 if y != x && e.bmi => asm!(e; rorx Rq(y), Rq(x), BYTE 64 - count),
        Width::W32 => {
            copy_unless_same(e, width, y, x);
            asm!(e; rol Rd(y), BYTE count);
        }
        Width::W64 => {
            copy_unless_same(e, width, y, x);
            asm!(e; rol Rq(y), BYTE count);
        }
    }
    taken
}

fn copy_unless_same(e: &mut Emitter, width: Width, y: u8, x: u8) {
    if y != x {
        alu::mov(e, width, y, Operand::Reg(x));
    }
}

/// Rewrites that begin with the complement of a register: "and not".
pub fn complement(e: &mut Emitter, width: Width, rest: &[Insn]) -> usize {
    and_not(e, width, rest, rest[0].dst)
}

/// The bits of one value that are not set in another, which is one instruction of BMI1. `t` is `x`, or a copy of it:
///
/// ```text
/// t ^= -1; y &= t                           andn y, x, y
/// t ^= -1; y = z; y &= t                    andn y, x, z
/// t ^= -1; z = *(fp + n); y = z; y &= t     mov z, [fp + n]; andn y, x, z
/// ```
///
/// Only if nothing can see `t`. At most 14 bytes.
#[inline(never)]
fn and_not(e: &mut Emitter, width: Width, rest: &[Insn], x: Reg) -> usize {
    let (xor, mov, and, load) = match width {
        Width::W32 => (Op::Xor32Imm, Op::Mov32Reg, Op::And32Reg, Op::Load32),
        Width::W64 => (Op::Xor64Imm, Op::Mov64Reg, Op::And64Reg, Op::Load64),
    };
    let log_size = if width == Width::W64 { 3 } else { 2 };
    let t = rest[0].dst;
    if !e.bmi || rest[0].op != xor || rest[0].imm != -1 {
        return 0;
    }
    let mut at = 1;
    let reload = rest.get(at).filter(|insn| {
        insn.op == load && ![t, x].contains(&insn.dst) && e.is_in_frame(insn.src, insn.offset, log_size)
    });
    at += usize::from(reload.is_some());
    let copy = rest.get(at).filter(|insn| insn.op == mov && ![t, x].contains(&insn.dst) && insn.src != t);
    at += usize::from(copy.is_some());
    let Some(last) = rest.get(at).filter(|insn| insn.op == and && insn.src == t && insn.dst != t) else {
        return 0;
    };
    // No rewrite if the copy is not to the result, or if the load is not of the other operand.
    let apart = copy.is_some_and(|copy| copy.dst != last.dst)
        || reload.is_some_and(|load| load.dst != copy.map_or(last.dst, |copy| copy.src));
    if apart || !is_dead(e, rest, at + 1, t) {
        return 0;
    }
    if let Some(load) = reload {
        mem::load(e, load, log_size, mem::Extend::Zero);
    }
    let (y, x, z) = (host(last.dst), host(x), host(copy.map_or(last.dst, |copy| copy.src)));
    match width {
        Width::W32 => asm!(e; andn Rd(y), Rd(x), Rd(z)),
        Width::W64 => asm!(e; andn Rq(y), Rq(x), Rq(z)),
    }
    at + 1
}

/// A sum or a multiple of a copy, which is one `lea`:
///
/// ```text
/// y = x; y += z      lea y, [x + z]
/// y = x; y += imm    lea y, [x + imm]
/// y = x; y <<= n     lea y, [x * 2^n], n up to 3
/// ```
///
/// At most 8 bytes.
fn sum(e: &mut Emitter, width: Width, rest: &[Insn]) -> usize {
    let (y, x) = (rest[0].dst, rest[0].src);
    let Some(second) = rest.get(1).filter(|insn| insn.dst == y) else { return 0 };
    let (to, from) = (host(y), host(x));
    match (width, second.op) {
        (Width::W64, Op::Add64Reg) | (Width::W32, Op::Add32Reg) => {
            // `y += y` doubles what was copied.
            let other = if second.src == y { from } else { host(second.src) };
            match width {
                Width::W32 => asm!(e; lea Rd(to), [BYTE Rq(from) + Rq(other) + 0]),
                Width::W64 => asm!(e; lea Rq(to), [BYTE Rq(from) + Rq(other) + 0]),
            }
        }
        (Width::W64, Op::Add64Imm) | (Width::W32, Op::Add32Imm) => match i8::try_from(second.imm) {
            Ok(imm) if width == Width::W32 => asm!(e; lea Rd(to), [BYTE Rq(from) + imm]),
            Ok(imm) => asm!(e; lea Rq(to), [BYTE Rq(from) + imm]),
            Err(_) if width == Width::W32 => asm!(e; lea Rd(to), [DWORD Rq(from) + second.imm]),
            Err(_) => asm!(e; lea Rq(to), [DWORD Rq(from) + second.imm]),
        },
        (Width::W64, Op::Lsh64Imm) => match second.imm {
            1 => asm!(e; lea Rq(to), [BYTE Rq(from) + Rq(from) + 0]),
            2 => asm!(e; lea Rq(to), [DWORD Rq(from) * 4 + 0]),
            3 => asm!(e; lea Rq(to), [DWORD Rq(from) * 8 + 0]),
            _ => return 0,
        },
        _ => return 0,
    }
    2
}

/// An address in static data: `y = imm; y += x` is `lea y, [x + imm]`. At most 8 bytes.
pub fn constant_sum(e: &mut Emitter, rest: &[Insn], imm: i64) -> usize {
    let y = rest[0].dst;
    let Some(second) = rest.get(1) else { return 0 };
    let Ok(imm) = i32::try_from(imm) else { return 0 };
    if second.op != Op::Add64Reg || second.dst != y || second.src == y {
        return 0;
    }
    if rest[0].op == Op::Mov64Imm && element(e, rest) != 0 {
        return 3;
    }
    let (y, x) = (host(y), host(second.src));
    asm!(e; lea Rq(y), [DWORD Rq(x) + imm]);
    2
}

/// The address of an element: `x <<= n; y += x` is `lea y, [y + x * 2^n]` if nothing can see `x`. At most 5
/// bytes.
pub fn scaled_sum(e: &mut Emitter, rest: &[Insn]) -> usize {
    let (x, count) = (rest[0].dst, rest[0].imm);
    let Some(second) = rest.get(1) else { return 0 };
    let y = second.dst;
    if second.op != Op::Add64Reg || second.src != x || y == x || !(1..=3).contains(&count) {
        return 0;
    }
    if !is_dead(e, rest, 2, x) {
        return 0;
    }
    let (x, y) = (host(x), host(y));
    match count {
        1 => asm!(e; lea Rq(y), [BYTE Rq(y) + Rq(x) * 2 + 0]),
        2 => asm!(e; lea Rq(y), [BYTE Rq(y) + Rq(x) * 4 + 0]),
        _ => asm!(e; lea Rq(y), [BYTE Rq(y) + Rq(x) * 8 + 0]),
    }
    2
}

/// A load whose address is the sum of a register and another register or an immediate, as [`folded`] finds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Folded {
    pub base: Reg,
    /// The other register, if there is one.
    pub index: Option<Reg>,
    /// The immediate, if that is added.
    pub imm: i32,
    /// The register that the sum is written to.
    pub to: Reg,
}

impl Folded {
    /// The sum, where `value` gives the values of registers.
    pub fn sum(self, value: impl Fn(Reg) -> u64) -> u64 {
        let other = self.index.map_or(self.imm as i64 as u64, &value);
        value(self.base).wrapping_add(other)
    }
}

/// The load by a sum that `rest` begins with:
///
/// ```text
/// y = x; y += z; r = *(y + n)
/// y = x; y += imm; r = *(y + n)
/// y = imm; y += x; r = *(y + n)
/// ```
///
/// If it faults, [`super::signals`] sets `y` to the sum. It calls this function to find what was added, so this
/// function alone decides that. The module documentation says what must not change about it.
pub fn folded(rest: &[Insn]) -> Option<Folded> {
    let [first, second, load, ..] = rest else { return None };
    let y = first.dst;
    let loads = matches!(
        load.op,
        Op::Load8 | Op::Load16 | Op::Load32 | Op::Load64 | Op::LoadSx8 | Op::LoadSx16 | Op::LoadSx32
    );
    if !loads || load.src != y || second.dst != y {
        return None;
    }
    match (first.op, second.op) {
        (Op::Mov64Reg, Op::Add64Reg) if first.src != y && second.src != y => {
            Some(Folded { base: first.src, index: Some(second.src), imm: 0, to: y })
        }
        (Op::Mov64Reg, Op::Add64Imm) if first.src != y => {
            Some(Folded { base: first.src, index: None, imm: second.imm, to: y })
        }
        (Op::Mov64Imm, Op::Add64Reg) if second.src != y => {
            Some(Folded { base: second.src, index: None, imm: first.imm, to: y })
        }
        _ => None,
    }
}

/// An element of an array, as found by [`folded`]: one instruction where faults are caught, if nothing after the load
/// can see the sum. At most 18 bytes.
// A separate function, so that the lowering of other instructions stays small.
#[inline(never)]
fn element(e: &mut Emitter, rest: &[Insn]) -> usize {
    if e.mode == JitMode::Checked {
        return 0;
    }
    let Some(Folded { base, index, imm, to }) = folded(rest) else { return 0 };
    let load = &rest[2];
    if load.dst != to && !is_dead(e, rest, 3, to) {
        return 0;
    }
    let (offset, dst) = (imm.wrapping_add(load.offset), host(load.dst));
    /// A load from the place computed just before.
    macro_rules! load {
        ($at:ident) => {
            match load.op {
                Op::Load8 => $at!((movzx Rd(dst), BYTE)),
                Op::LoadSx8 => $at!((movsx Rq(dst), BYTE)),
                Op::Load16 => $at!((movzx Rd(dst), WORD)),
                Op::LoadSx16 => $at!((movsx Rq(dst), WORD)),
                Op::Load32 => $at!((mov Rd(dst),)),
                Op::LoadSx32 => $at!((movsxd Rq(dst), DWORD)),
                _ => $at!((mov Rq(dst),)),
            }
        };
    }
    match index {
        Some(index) if e.mode == JitMode::Gs => {
            let (base, index) = (host(base), host(index));
            macro_rules! at {
                (($($before:tt)*)) => {
                    match i8::try_from(offset) {
                        Ok(offset) => asm!(e; gs $($before)* [BYTE Rd(base) + Rd(index) + offset]),
                        Err(_) => asm!(e; gs $($before)* [DWORD Rd(base) + Rd(index) + offset]),
                    }
                };
            }
            load!(at);
        }
        _ => {
            let place = e.place_of_sum(base, index, offset);
            macro_rules! at {
                (($($before:tt)*)) => { asm_at!(e, place; ($($before)*) ()) };
            }
            load!(at);
        }
    }
    3
}

/// A load from the frame whose value is stored back to the same place, which changes nothing: LLVM's copies between
/// stack slots that turned out to be the same one. At most 9 bytes.
fn stored_back(e: &mut Emitter, rest: &[Insn]) -> usize {
    let load = &rest[0];
    let (store, log_size) = match load.op {
        Op::Load64 => (Op::Store64Reg, 3),
        _ => (Op::Store32Reg, 2),
    };
    let back = rest.get(1).is_some_and(|insn| {
        insn.op == store && insn.dst == load.src && insn.offset == load.offset && insn.src == load.dst
    });
    if !back || !e.is_in_frame(load.src, load.offset, log_size) {
        return 0;
    }
    mem::load(e, load, log_size, mem::Extend::Zero);
    2
}

/// An operand that is reloaded from the frame for one use: `t = *(fp + n); y op= t` is `op y, [fp + n]` if nothing can
/// see `t`. At most 9 bytes.
fn operand_in_frame(e: &mut Emitter, rest: &[Insn]) -> usize {
    let load = &rest[0];
    let (t, log_size) = (load.dst, if load.op == Op::Load64 { 3 } else { 2 });
    let Some(second) = rest.get(1).filter(|insn| insn.src == t && insn.dst != t) else { return 0 };
    let Some(Kind::Alu(width, op, Source::Reg)) = second.op.kind() else { return 0 };
    let wide = width == bpf_isa::Width::W64;
    let fits = wide == (log_size == 3)
        && matches!(op, AluOp::Add | AluOp::Sub | AluOp::Mul | AluOp::Or | AluOp::And | AluOp::Xor);
    if !fits || !e.is_in_frame(load.src, load.offset, log_size) || !is_dead(e, rest, 2, t) {
        return 0;
    }
    let (y, place) = (host(second.dst), Place::Frame(load.offset));
    match (op, wide) {
        (AluOp::Add, true) => asm_at!(e, place; (add Rq(y),) ()),
        (AluOp::Add, false) => asm_at!(e, place; (add Rd(y),) ()),
        (AluOp::Sub, true) => asm_at!(e, place; (sub Rq(y),) ()),
        (AluOp::Sub, false) => asm_at!(e, place; (sub Rd(y),) ()),
        (AluOp::Mul, true) => asm_at!(e, place; (imul Rq(y),) ()),
        (AluOp::Mul, false) => asm_at!(e, place; (imul Rd(y),) ()),
        (AluOp::Or, true) => asm_at!(e, place; (or Rq(y),) ()),
        (AluOp::Or, false) => asm_at!(e, place; (or Rd(y),) ()),
        (AluOp::And, true) => asm_at!(e, place; (and Rq(y),) ()),
        (AluOp::And, false) => asm_at!(e, place; (and Rd(y),) ()),
        (_, true) => asm_at!(e, place; (xor Rq(y),) ()),
        (_, false) => asm_at!(e, place; (xor Rd(y),) ()),
    }
    2
}

/// Whether the branch at `index`, the last instruction of its block, is a branch around a move: see [`choose`].
#[inline]
pub fn is_choice(targets: &Targets, insns: &[Insn], index: usize) -> bool {
    let [branch, mov, enter, ..] = &insns[index..] else { return false };
    // Few branches pass this test.
    if branch.target() != index + 3 || !branch.op.is_jump() {
        return false;
    }
    enter.op == Op::Enter
        && matches!(branch.op.kind(), Some(Kind::Branch(..)))
        && matches!(mov.op.kind(), Some(Kind::Alu(_, AluOp::Mov, _)))
        && !targets.contains(index + 1)
}

/// A choice between two values, which LLVM must express as a branch around a move:
///
/// ```text
/// if a < b goto next; y = x; next:
///
///     lea rax, [r14 + 4]; cmp a, b; cmovae y, x; cmovb r14, rax
/// ```
///
/// and a comparison used as a value, which is a choice between 1 and 0 (or the other way round):
///
/// ```text
/// y = 1; if a < b goto next; y = 0; next:
///
///     xor y, y; cmp a, b; setb y; lea r14, [r14 + 4 * y]
/// ```
///
/// Such branches depend on data, a carry or a maximum, that no processor predicts. The move is a block of its own,
/// which the run has paid for ([`super::ahead`]); its price is given back if it is not executed. A block that other
/// jumps lead to is not rewritten.
///
/// Between `y = 1` and the branch there may be loads from the frame and stores to it that do not use `y`: they come
/// first.
///
/// `index` is that of the instruction to be lowered, whose block ends at `end`. Returns how many instructions were
/// rewritten, or 0. At most 43 bytes, for two instructions, plus those of the instructions between.
#[inline]
pub fn choose(e: &mut Emitter, targets: &Targets, insns: &[Insn], index: usize, end: usize) -> usize {
    let alone = index + 1 == end;
    // Few instructions pass this test.
    let begins_flag =
        index + MOST_BETWEEN + 2 >= end && matches!(insns[index].op, Op::Mov64Imm | Op::Mov32Imm);
    if !alone && !begins_flag {
        return 0;
    }
    match is_choice(targets, insns, end - 1) {
        true if alone => {
            select(e, insns, index);
            2
        }
        true if is_flag(e, insns, index, end) => {
            flag(e, insns, index, end);
            end - index + 1
        }
        _ => 0,
    }
}

/// Maximum number of instructions between the two of a [`flag`].
const MOST_BETWEEN: usize = 2;

/// The comparison that a branch makes.
fn comparison(branch: &Insn) -> Option<(Width, Cond, Operand)> {
    let Some(Kind::Branch(width, cond, source)) = branch.op.kind() else { return None };
    let operand = match source {
        Source::Imm => Operand::Imm(branch.imm),
        Source::Reg => Operand::Reg(host(branch.src)),
    };
    Some((width.into(), cond, operand))
}

/// A branch around a move, at `index`.
fn select(e: &mut Emitter, insns: &[Insn], index: usize) {
    let [branch, mov, ..] = &insns[index..] else { return };
    let Some((width, cond, operand)) = comparison(branch) else { return };
    let Some(Kind::Alu(mov_width, AluOp::Mov, value)) = mov.op.kind() else { return };
    // A conditional move takes neither an immediate nor the 32 bits of a register.
    let x = match (mov_width, value) {
        (bpf_isa::Width::W64, Source::Reg) => host(mov.src),
        (_, Source::Reg) => {
            alu::mov(e, Width::W32, RDX, Operand::Reg(host(mov.src)));
            RDX
        }
        (width, Source::Imm) => {
            alu::mov(e, width.into(), RDX, Operand::Imm(mov.imm));
            RDX
        }
    };
    if mov.cost > 0 {
        e.with_given_back(mov.cost);
    }
    jump::compare(e, width, cond, host(branch.dst), operand);
    jump::move_unless(e, cond, host(mov.dst), x);
    if mov.cost > 0 {
        jump::move_if(e, cond, GAS, RAX);
    }
}

/// Whether the instruction at `index` and the choice that ends its block, at `end`, turn a comparison into 1 or 0.
fn is_flag(e: &Emitter, insns: &[Insn], index: usize, end: usize) -> bool {
    let [first, between @ .., branch] = &insns[index..end] else { return false };
    let Some(second) = insns.get(end) else { return false };
    let is_move = |insn: &Insn| matches!(insn.op, Op::Mov64Imm | Op::Mov32Imm);
    let y = first.dst;
    let compared = branch.dst == y
        || branch.src == y && matches!(branch.op.kind(), Some(Kind::Branch(_, _, Source::Reg)));
    is_move(first)
        && is_move(second)
        && second.dst == y
        && !compared
        && matches!((first.imm, second.imm), (1, 0) | (0, 1))
        && between.iter().all(|insn| match insn.op {
            Op::Load32 => insn.dst != y && e.is_in_frame(insn.src, insn.offset, 2),
            Op::Load64 => insn.dst != y && e.is_in_frame(insn.src, insn.offset, 3),
            Op::Store32Reg => insn.src != y && e.is_in_frame(insn.dst, insn.offset, 2),
            Op::Store64Reg => insn.src != y && e.is_in_frame(insn.dst, insn.offset, 3),
            _ => false,
        })
}

/// Writes a comparison that [`is_flag`] has found.
fn flag(e: &mut Emitter, insns: &[Insn], index: usize, end: usize) {
    let [first, between @ .., branch] = &insns[index..end] else { return };
    let Some(second) = insns.get(end) else { return };
    let Some((width, cond, operand)) = comparison(branch) else { return };
    for insn in between {
        match insn.op {
            Op::Load32 => mem::load(e, insn, 2, mem::Extend::Zero),
            Op::Load64 => mem::load(e, insn, 3, mem::Extend::Zero),
            Op::Store32Reg => mem::store_reg(e, insn, 2),
            _ => mem::store_reg(e, insn, 3),
        }
    }
    let y = host(first.dst);
    asm!(e; xor Rd(y), Rd(y));
    // Computed from the flag itself, if it is 1 when the branch is taken.
    let scaled = first.imm == 1 && matches!(second.cost, 1 | 2 | 4 | 8);
    let moved = second.cost > 0 && !scaled;
    if moved {
        e.with_given_back(second.cost);
    }
    jump::compare(e, width, cond, host(branch.dst), operand);
    match first.imm {
        1 => jump::set_if(e, cond, y),
        _ => jump::set_unless(e, cond, y),
    }
    if moved {
        jump::move_if(e, cond, GAS, RAX);
    }
    match second.cost {
        1 if scaled => asm!(e; add r14, Rq(y)),
        2 if scaled => asm!(e; lea r14, [r14 + Rq(y) * 2]),
        4 if scaled => asm!(e; lea r14, [r14 + Rq(y) * 4]),
        8 if scaled => asm!(e; lea r14, [r14 + Rq(y) * 8]),
        _ => {}
    }
}

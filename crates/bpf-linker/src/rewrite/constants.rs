//! Arithmetic on known numbers and addresses.
//!
//! ```text
//! before                      after
//! r2 = address of buffer      r2 = address of buffer
//! r2 += 4                     r2 = address of buffer + 4
//! r1 = 0                      r1 = 0
//! *(u64 *)(r10 - 8) = r1      *(u64 *)(r10 - 8) = 0
//! if r3 == r1 goto …          if r3 == 0 goto …
//! ```
//!
//! This alone removes no instruction. But the first of each pair often has no other reader and is then
//! removed (`dead_code`). A branch with a known outcome becomes a jump.

use super::analysis::{small_addend, values, Known, Values};
use super::{load_number, op};
use crate::ir::{End, Item, Program, Target};
use bpf_isa::{AluOp, Insn, Kind, Op, Reg, Source};

/// Computes known results.
pub(super) fn run(program: &mut Program<'_>) {
    for function in &mut program.functions {
        let starts = values(function);
        let reached = function.reachable();
        for (id, block) in function.blocks.iter_mut().enumerate().filter(|(id, _)| reached[*id]) {
            let mut known = starts[id];
            for item in &mut block.body {
                let before = known;
                known.step(item);
                fold(item, &before);
            }
            if let End::Branch { insn, taken, other, .. } = &mut block.end {
                match known.decides(*insn) {
                    Some(true) => block.end = End::Jump(*taken),
                    Some(false) => block.end = End::Jump(*other),
                    None => *insn = immediate(*insn, &known),
                }
            }
        }
    }
}

fn fold(item: &mut Item, known: &Values) {
    // A move is left as it is: a longer form is no gain, and a copy is as short.
    if matches!(item.insn.kind(), Kind::Alu(_, AluOp::Mov, _) | Kind::LoadWide(_)) && item.target.is_some() {
        return;
    }
    let simple = matches!(item.insn.kind(), Kind::Alu(_, AluOp::Mov, Source::Imm) | Kind::LoadWide(_));
    match known.result(item) {
        Some(Known::Number(number)) if !simple => {
            if let Some(insn) = load_number(item.insn.dst, number) {
                item.insn = insn;
            }
        }
        Some(Known::Address(target @ Target::Data(_, addend))) if small_addend(addend) => {
            item.insn = Insn::new(Op::Mov64Imm).with_dst(item.insn.dst);
            item.target = Some(target);
        }
        Some(_) => {}
        None => item.insn = immediate(item.insn, known),
    }
}

/// The instruction with its source register replaced by a known number, if such a form exists.
fn immediate(insn: Insn, known: &Values) -> Insn {
    let kind = match insn.kind() {
        // Copying a register is as short and tells a reader more.
        Kind::Alu(_, AluOp::Mov, _) => return insn,
        Kind::Alu(width, operation, Source::Reg) => Kind::Alu(width, operation, Source::Imm),
        Kind::Store(size, Source::Reg) => Kind::Store(size, Source::Imm),
        Kind::Branch(width, cond, Source::Reg) => Kind::Branch(width, cond, Source::Imm),
        _ => return insn,
    };
    // r11 is the base of stack arguments and allowed only in some forms.
    if insn.dst == Reg::R11 || insn.src == insn.dst {
        return insn;
    }
    // Immediates are sign-extended to 64 bits; 32-bit operations would allow more numbers.
    match known.number(insn.src).map(|number| i32::try_from(number as i64)) {
        Some(Ok(number)) => Insn { op: op(kind), src: Reg::R0, imm: number.into(), ..insn },
        _ => insn,
    }
}

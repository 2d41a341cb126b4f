//! Jumps and branches (RFC 9669 §4.3), and `gotox`.

use super::{Operand, Width};
use crate::code::Insn;
use crate::jit::assembler::Label;
use crate::jit::context::field;
use crate::jit::emit::{asm, Emitter};
use crate::jit::regs::host;
use crate::jit::stubs::Stub;
use crate::program::code_addr;
use bpf_isa::{Cond, Slot};

/// `if (dst cond src) goto target`. At most 36 bytes, including out-of-line code.
///
/// The instruction that made a value may have told whether it is 0. The next block either pays for itself or has been
/// paid for; in the latter case the way to the target corrects that.
pub fn branch(e: &mut Emitter, width: Width, cond: Cond, dst: u8, src: Operand, target: usize) {
    let by_zero = src == Operand::Imm(0) && matches!(cond, Cond::Eq | Cond::Ne);
    if !(by_zero && e.is_told(width, dst)) {
        compare(e, width, cond, dst, src);
    }
    let label = e.block(target);
    jump_if(e, cond, label);
    if e.ahead > 0 && e.detour == 0 {
        e.leave_run(target);
    }
}

/// Jumps if the condition of the last comparison holds. 6 bytes.
fn jump_if(e: &mut Emitter, cond: Cond, target: Label) {
    match cond {
        Cond::Eq => asm!(e; je =>target),
        Cond::Ne | Cond::Set => asm!(e; jne =>target),
        Cond::Gt => asm!(e; ja =>target),
        Cond::Ge => asm!(e; jae =>target),
        Cond::Lt => asm!(e; jb =>target),
        Cond::Le => asm!(e; jbe =>target),
        Cond::SGt => asm!(e; jg =>target),
        Cond::SGe => asm!(e; jge =>target),
        Cond::SLt => asm!(e; jl =>target),
        Cond::SLe => asm!(e; jle =>target),
    }
}

/// The lowest byte of `reg` = 1 if the condition of the last comparison holds, otherwise 0. 4 bytes.
pub fn set_if(e: &mut Emitter, cond: Cond, reg: u8) {
    match cond {
        Cond::Eq => asm!(e; sete Rb(reg)),
        Cond::Ne | Cond::Set => asm!(e; setne Rb(reg)),
        Cond::Gt => asm!(e; seta Rb(reg)),
        Cond::Ge => asm!(e; setae Rb(reg)),
        Cond::Lt => asm!(e; setb Rb(reg)),
        Cond::Le => asm!(e; setbe Rb(reg)),
        Cond::SGt => asm!(e; setg Rb(reg)),
        Cond::SGe => asm!(e; setge Rb(reg)),
        Cond::SLt => asm!(e; setl Rb(reg)),
        Cond::SLe => asm!(e; setle Rb(reg)),
    }
}

/// The inverse.
pub fn set_unless(e: &mut Emitter, cond: Cond, reg: u8) {
    match cond {
        // Whether no bit is set in both: as for a comparison with 0.
        Cond::Set => set_if(e, Cond::Eq, reg),
        cond => set_if(e, cond.negated().unwrap_or(cond), reg),
    }
}

/// `dst = src` unless the condition of the last comparison holds. 4 bytes.
pub fn move_unless(e: &mut Emitter, cond: Cond, dst: u8, src: u8) {
    match cond {
        Cond::Eq => asm!(e; cmovne Rq(dst), Rq(src)),
        Cond::Ne | Cond::Set => asm!(e; cmove Rq(dst), Rq(src)),
        Cond::Gt => asm!(e; cmovbe Rq(dst), Rq(src)),
        Cond::Ge => asm!(e; cmovb Rq(dst), Rq(src)),
        Cond::Lt => asm!(e; cmovae Rq(dst), Rq(src)),
        Cond::Le => asm!(e; cmova Rq(dst), Rq(src)),
        Cond::SGt => asm!(e; cmovle Rq(dst), Rq(src)),
        Cond::SGe => asm!(e; cmovl Rq(dst), Rq(src)),
        Cond::SLt => asm!(e; cmovge Rq(dst), Rq(src)),
        Cond::SLe => asm!(e; cmovg Rq(dst), Rq(src)),
    }
}

/// `dst = src` if the condition of the last comparison holds. 4 bytes.
pub fn move_if(e: &mut Emitter, cond: Cond, dst: u8, src: u8) {
    match cond {
        // As in `set_unless`.
        Cond::Set => move_unless(e, Cond::Eq, dst, src),
        cond => move_unless(e, cond.negated().unwrap_or(cond), dst, src),
    }
}

/// Sets the flags for a condition. At most 7 bytes.
pub fn compare(e: &mut Emitter, width: Width, cond: Cond, dst: u8, src: Operand) {
    match (width, src, cond) {
        (Width::W32, Operand::Reg(src), Cond::Set) => asm!(e; test Rd(dst), Rd(src)),
        (Width::W64, Operand::Reg(src), Cond::Set) => asm!(e; test Rq(dst), Rq(src)),
        (Width::W32, Operand::Imm(imm), Cond::Set) => asm!(e; test Rd(dst), DWORD imm),
        (Width::W64, Operand::Imm(imm), Cond::Set) => asm!(e; test Rq(dst), DWORD imm),
        (Width::W32, Operand::Reg(src), _) => asm!(e; cmp Rd(dst), Rd(src)),
        (Width::W64, Operand::Reg(src), _) => asm!(e; cmp Rq(dst), Rq(src)),
        // Sets the flags as a comparison with 0 does.
        (Width::W32, Operand::Imm(0), _) => asm!(e; test Rd(dst), Rd(dst)),
        (Width::W64, Operand::Imm(0), _) => asm!(e; test Rq(dst), Rq(dst)),
        // The assembler has no `cmp` with a one-byte immediate.
        (Width::W32, Operand::Imm(imm), _) => asm!(e; cmp Rd(dst), DWORD imm),
        (Width::W64, Operand::Imm(imm), _) => asm!(e; cmp Rq(dst), DWORD imm),
    }
}

/// `goto target`. 5 bytes.
pub fn jump(e: &mut Emitter, target: usize) {
    let target = e.block(target);
    asm!(e; jmp =>target);
}

/// `gotox dst`, to an entry of a jump table of this function. At most 40 bytes, or [`JUMP_POINTER_BYTES`] if the
/// preceding instructions of the block have left that much room; clobbers rax and rdx.
///
/// The code pointer becomes the number of a slot of this function. A table, read here or by [`Stub::JumpPointer`],
/// gives its native offset. A pointer that is not a multiple of 8 has its top bits set after the rotation.
pub fn jump_pointer(e: &mut Emitter, insn: &Insn) {
    let (first, slots) = (insn.offset, insn.imm);
    let (index, good, bad) = (e.index as i32, e.stub(Stub::JumpPointer), e.stub(Stub::BadJump));
    let start = code_addr(Slot(first as u32)) as i32;
    let room = e.len() + JUMP_POINTER_BYTES <= e.limit;
    asm!(e
        ; lea rax, [DWORD Rq(host(insn.dst)) - start]
        ; mov edx, DWORD index
        ; ror rax, BYTE 3
        ; cmp rax, DWORD slots
        ; jae =>bad
    );
    match room {
        true => asm!(e
            ; lea rax, [DWORD rax * 4 + 4 * first]
            ; add rax, [r15 + field!(targets)]
            ; mov eax, [rax]
            ; add rax, [BYTE r15 + field!(code) as i8]
            ; jmp rax
        ),
        false => asm!(e
            ; lea eax, [DWORD rax + first]
            ; jmp =>good
        ),
    }
}

/// Maximum native bytes of a jump by a code pointer that is not split.
const JUMP_POINTER_BYTES: usize = 53;

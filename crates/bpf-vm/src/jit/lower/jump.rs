//! Jumps and branches (RFC 9669 §4.3), and `gotox`.

use super::{Operand, Width};
use crate::code::Insn;
use crate::jit::emit::{asm, Emitter};
use crate::jit::regs::host;
use crate::jit::stubs::Stub;
use crate::program::code_addr;
use bpf_isa::{Cond, Slot};

/// `if (dst cond src) goto target`. At most 13 bytes.
///
/// What comes next is a block and pays for itself.
pub fn branch(e: &mut Emitter, width: Width, cond: Cond, dst: u8, src: Operand, target: usize) {
    compare(e, width, cond, dst, src);
    let target = e.block(target);
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

/// eax = 0 if the condition holds that was just compared for, else 1. 6 bytes.
pub fn unless(e: &mut Emitter, cond: Cond) {
    match cond {
        Cond::Eq => asm!(e; setne al),
        Cond::Ne | Cond::Set => asm!(e; sete al),
        Cond::Gt => asm!(e; setbe al),
        Cond::Ge => asm!(e; setb al),
        Cond::Lt => asm!(e; setae al),
        Cond::Le => asm!(e; seta al),
        Cond::SGt => asm!(e; setle al),
        Cond::SGe => asm!(e; setl al),
        Cond::SLt => asm!(e; setge al),
        Cond::SLe => asm!(e; setg al),
    }
    asm!(e; movzx eax, al);
}

/// rdx = `reg` if the condition holds that was just compared for. 4 bytes.
pub fn keep_if(e: &mut Emitter, cond: Cond, reg: u8) {
    match cond {
        Cond::Eq => asm!(e; cmove rdx, Rq(reg)),
        Cond::Ne | Cond::Set => asm!(e; cmovne rdx, Rq(reg)),
        Cond::Gt => asm!(e; cmova rdx, Rq(reg)),
        Cond::Ge => asm!(e; cmovae rdx, Rq(reg)),
        Cond::Lt => asm!(e; cmovb rdx, Rq(reg)),
        Cond::Le => asm!(e; cmovbe rdx, Rq(reg)),
        Cond::SGt => asm!(e; cmovg rdx, Rq(reg)),
        Cond::SGe => asm!(e; cmovge rdx, Rq(reg)),
        Cond::SLt => asm!(e; cmovl rdx, Rq(reg)),
        Cond::SLe => asm!(e; cmovle rdx, Rq(reg)),
    }
}

/// Sets the flags by which a condition is told. At most 7 bytes.
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
        // The assembler knows no `cmp` with an immediate of one byte.
        (Width::W32, Operand::Imm(imm), _) => asm!(e; cmp Rd(dst), DWORD imm),
        (Width::W64, Operand::Imm(imm), _) => asm!(e; cmp Rq(dst), DWORD imm),
    }
}

/// `goto target`. 5 bytes.
pub fn jump(e: &mut Emitter, target: usize) {
    let target = e.block(target);
    asm!(e; jmp =>target);
}

/// `gotox dst`, to an entry of a jump table of this function. At most 40 bytes; clobbers rax and rdx.
///
/// The code pointer becomes the number of a slot of this function, by which [`Stub::JumpPointer`] finds the
/// native offset. What is not a multiple of 8 has bits at the top after the rotation.
pub fn jump_pointer(e: &mut Emitter, insn: &Insn) {
    let (first, slots) = (insn.offset, insn.imm);
    let (index, good, bad) = (e.index as i32, e.stub(Stub::JumpPointer), e.stub(Stub::BadJump));
    let start = code_addr(Slot(first as u32)) as i32;
    asm!(e
        ; lea rax, [DWORD Rq(host(insn.dst)) - start]
        ; mov edx, DWORD index
        ; ror rax, BYTE 3
        ; cmp rax, DWORD slots
        ; jae =>bad
        ; lea eax, [DWORD rax + first]
        ; jmp =>good
    );
}

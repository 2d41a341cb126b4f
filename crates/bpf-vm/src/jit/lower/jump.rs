//! Jumps and branches (RFC 9669 §4.3), and `gotox`.

use super::{Operand, Width};
use crate::jit::context::field;
use crate::jit::emit::{asm, Emitter};
use crate::jit::stubs::Stub;
use bpf_isa::Cond;

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

fn compare(e: &mut Emitter, width: Width, cond: Cond, dst: u8, src: Operand) {
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

/// `gotox dst`, to an entry of a jump table of this function. 21 bytes.
pub fn jump_pointer(e: &mut Emitter, dst: u8) {
    let owner = e.function as i32;
    asm!(e
        ; mov rax, Rq(dst)
        ; mov DWORD [BYTE r15 + field!(owner) as i8], DWORD owner
    );
    e.jump_to_stub(Stub::JumpPointer);
}

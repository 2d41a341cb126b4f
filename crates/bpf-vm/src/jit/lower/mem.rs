//! Loads and stores (RFC 9669 §5.1 and §5.2), and the intrinsics that work on memory by the byte.

use crate::code::Insn;
use crate::jit::emit::{asm, asm_at, Emitter, Place};
use crate::jit::regs::host;
use crate::jit::stubs::Stub;
use crate::memory::Access;

/// What a load makes of the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extend {
    Zero,
    Sign,
}

/// `dst = *(size *)(src + offset)`, of 1, 2, 4 or 8 bytes. At most 51 bytes.
pub fn load(e: &mut Emitter, insn: &Insn, log_size: usize, extend: Extend) {
    let dst = host(insn.dst);
    let place = e.check(insn.src, insn.offset, log_size, Access::Read);
    match (log_size, extend) {
        (0, Extend::Zero) => asm_at!(e, place; (movzx Rd(dst), BYTE) ()),
        (0, Extend::Sign) => asm_at!(e, place; (movsx Rq(dst), BYTE) ()),
        (1, Extend::Zero) => asm_at!(e, place; (movzx Rd(dst), WORD) ()),
        (1, Extend::Sign) => asm_at!(e, place; (movsx Rq(dst), WORD) ()),
        (2, Extend::Zero) => asm_at!(e, place; (mov Rd(dst),) ()),
        (2, Extend::Sign) => asm_at!(e, place; (movsxd Rq(dst), DWORD) ()),
        _ => asm_at!(e, place; (mov Rq(dst),) ()),
    }
}

/// `*(size *)(dst + offset) = src`. At most 51 bytes.
pub fn store_reg(e: &mut Emitter, insn: &Insn, log_size: usize) {
    let src = host(insn.src);
    let place = e.check(insn.dst, insn.offset, log_size, Access::Write);
    match log_size {
        0 => asm_at!(e, place; (mov BYTE) (, Rb(src))),
        1 => asm_at!(e, place; (mov WORD) (, Rw(src))),
        2 => asm_at!(e, place; (mov DWORD) (, Rd(src))),
        _ => asm_at!(e, place; (mov QWORD) (, Rq(src))),
    }
}

/// `*(size *)(dst + offset) = imm`. At most 54 bytes.
pub fn store_imm(e: &mut Emitter, insn: &Insn, log_size: usize) {
    let imm = insn.imm;
    let place = e.check(insn.dst, insn.offset, log_size, Access::Write);
    match log_size {
        0 => asm_at!(e, place; (mov BYTE) (, BYTE imm as i8)),
        1 => asm_at!(e, place; (mov WORD) (, WORD imm as i16)),
        2 => asm_at!(e, place; (mov DWORD) (, DWORD imm)),
        _ => asm_at!(e, place; (mov QWORD) (, DWORD imm)),
    }
}

/// An intrinsic of class [`crate::meter::Class::MemoryIntrinsic`], which the host pays and does. 15 bytes.
pub fn bulk(e: &mut Emitter, insn: &Insn) {
    host_function(e, insn, Stub::Bulk);
}

/// Calls a host function through `stub`.
pub fn host_function(e: &mut Emitter, insn: &Insn, stub: Stub) {
    let (index, stub, number) = (e.index as i32, e.stub(stub), insn.imm);
    asm!(e
        ; mov edx, DWORD index
        ; mov eax, DWORD number
        ; call =>stub
    );
}

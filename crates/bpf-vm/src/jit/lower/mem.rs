//! Loads and stores (RFC 9669 §5.1 and §5.2), and the intrinsics that work on memory by the byte.

use crate::code::{Insn, Op};
use crate::jit::emit::{asm, asm_at, Emitter, Place};
use crate::jit::regs::host;
use crate::jit::stubs::Stub;
use crate::memory::Access;
use bpf_isa::Reg;
use contract_abi::intrinsic::Intrinsic;

/// The memory access of an instruction: its kind, and the register and the offset that make up its address. An atomic
/// operation is a write, whatever else it is.
///
/// At such an instruction, machine code makes that access and no other, and the register keeps its value until the
/// access has succeeded: [`crate::jit::signals`] relies on both. A load by a sum is placed where the sum begins, and
/// [`crate::jit::peephole::folded`] finds it.
pub fn access(insn: &Insn) -> Option<(Access, Reg, i32)> {
    match insn.op {
        Op::Load8 | Op::Load16 | Op::Load32 | Op::Load64 | Op::LoadSx8 | Op::LoadSx16 | Op::LoadSx32 => {
            Some((Access::Read, insn.src, insn.offset))
        }
        Op::Store8Imm
        | Op::Store16Imm
        | Op::Store32Imm
        | Op::Store64Imm
        | Op::Store8Reg
        | Op::Store16Reg
        | Op::Store32Reg
        | Op::Store64Reg => Some((Access::Write, insn.dst, insn.offset)),
        op if op.is_atomic() => Some((Access::Write, insn.dst, insn.offset)),
        _ => None,
    }
}

/// How a load extends the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extend {
    Zero,
    Sign,
}

/// `dst = *(size *)(src + offset)`, of 1, 2, 4 or 8 bytes. At most 51 bytes.
pub fn load(e: &mut Emitter, insn: &Insn, log_size: usize, extend: Extend) {
    let dst = host(insn.dst);
    let place = e.place(insn.src, insn.offset, log_size, Access::Read);
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
    let place = e.place(insn.dst, insn.offset, log_size, Access::Write);
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
    let place = e.place(insn.dst, insn.offset, log_size, Access::Write);
    match log_size {
        0 => asm_at!(e, place; (mov BYTE) (, BYTE imm as i8)),
        1 => asm_at!(e, place; (mov WORD) (, WORD imm as i16)),
        2 => asm_at!(e, place; (mov DWORD) (, DWORD imm)),
        _ => asm_at!(e, place; (mov QWORD) (, DWORD imm)),
    }
}

/// An intrinsic of class [`crate::meter::Class::MemoryIntrinsic`]. 15 bytes.
pub fn bulk(e: &mut Emitter, insn: &Insn) {
    let stub = match Intrinsic::from_number(insn.imm as u32) {
        Some(Intrinsic::MemSet) => Stub::Fill,
        Some(Intrinsic::MemCmp) => Stub::Compare,
        // The code has no other numbers here.
        _ => Stub::Copy,
    };
    host_function(e, insn, stub);
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

//! The intrinsics of 128-bit arithmetic.
//!
//! Products are compiled here. Quotients, and the forms that write to memory, call the host's function, which the
//! interpreter uses too.

use super::mem::host_function;
use crate::code::Insn;
use crate::jit::emit::{asm, Emitter};
use crate::jit::regs::host;
use crate::jit::stubs::Stub;
use bpf_isa::Reg;
use contract_abi::intrinsic::Intrinsic;

/// An intrinsic of class [`crate::meter::Class::WideMul`] or [`crate::meter::Class::WideDiv`]. At most 38
/// bytes; clobbers rax and rdx.
pub fn wide(e: &mut Emitter, insn: &Insn) {
    match Intrinsic::from_number(insn.imm as u32) {
        Some(Intrinsic::MulHigh) => mul_high(e),
        Some(Intrinsic::MulTi) => mul(e),
        _ => host_function(e, insn, Stub::Wide),
    }
}

/// r0 = the upper half of r1 × r2.
fn mul_high(e: &mut Emitter) {
    let [r0, r1, r2] = [Reg::R0, Reg::R1, Reg::R2].map(host);
    if e.bmi {
        // The upper half goes to the first operand, the lower one to the second.
        asm!(e; mov rdx, Rq(r1); mulx Rq(r0), rax, Rq(r2));
        return;
    }
    asm!(e
        ; mov rax, Rq(r1)
        ; mul Rq(r2)
        ; mov Rq(r0), rdx
    );
}

/// r0:r2 = r1:r2 × r3:r4, modulo 2¹²⁸.
fn mul(e: &mut Emitter) {
    let [r0, r1, r2, r3, r4] = [Reg::R0, Reg::R1, Reg::R2, Reg::R3, Reg::R4].map(host);
    asm!(e
        ; mov rax, Rq(r1)
        ; mul Rq(r3)
        ; mov Rq(r0), rax
        ; mov rax, Rq(r1)
        ; imul rax, Rq(r4)
        ; add rdx, rax
        ; imul Rq(r2), Rq(r3)
        ; add Rq(r2), rdx
    );
}

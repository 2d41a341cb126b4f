//! Calls and returns, syscalls, and stack arguments.
//!
//! A caller says where it goes on and what frame pointer the callee gets; the callee's prologue saves what
//! is the caller's. So the longer half is there once a function and not once a call.

use super::Operand;
use crate::code::Insn;
use crate::jit::context::{field, Frame, LAST_FRAME};
use crate::jit::emit::{asm, Emitter};
use crate::jit::regs::host;
use crate::jit::stubs::{saved, Leave, Stub};
use crate::limits::MAX_STACK_ARGS;
use bpf_isa::Reg;
use contract_abi::memory::STACK_BASE;
use core::mem::offset_of;

/// What a call of function `number` runs first: edx is its frame pointer. At most 96 bytes without stack
/// arguments, 32 more with them.
///
/// Nothing has happened yet when it leaves because the calls are too deep or the frame does not fit.
pub fn prologue(e: &mut Emitter, number: usize, frame_size: u32, stack_args: bool) {
    let label = e.function(number);
    let (depth, overflow) = (e.stub(Stub::CallDepth), e.stub(Stub::StackOverflow));
    let frame_pointer = host(Reg::R10);
    asm!(e
        ; =>label
        ; mov rax, [BYTE r15 + field!(top) as i8]
        ; cmp eax, DWORD LAST_FRAME
        ; je =>depth
        ; cmp edx, DWORD (STACK_BASE + frame_size) as i32
        ; jb =>overflow
    );
    for (number, reg) in [Reg::R6, Reg::R7, Reg::R8, Reg::R9].into_iter().enumerate() {
        asm!(e; mov [BYTE r15 + rax + saved(number)], Rq(host(reg)));
    }
    asm!(e
        ; mov [BYTE r15 + rax + offset_of!(Frame, frame_pointer) as i8], Rd(frame_pointer)
        ; mov Rd(frame_pointer), edx
        ; mov edx, [BYTE r15 + field!(return_to) as i8]
        ; mov [BYTE r15 + rax + offset_of!(Frame, return_to) as i8], edx
        ; add rax, BYTE size_of::<Frame>() as i8
        ; mov [BYTE r15 + field!(top) as i8], rax
    );
    if stack_args {
        // All 0 when the frame begins: 16 bytes at a time, and the last 16, which overlap.
        let args = offset_of!(Frame, args) as i8;
        asm!(e
            ; xorps xmm0, xmm0
            ; movups [BYTE r15 + rax + args], xmm0
            ; movups [BYTE r15 + rax + args + 16], xmm0
            ; movups [BYTE r15 + rax + args + 32], xmm0
            ; movups [BYTE r15 + rax + args + 40], xmm0
        );
    }
}

const _: () = assert!(MAX_STACK_ARGS * 8 == 56);

/// `call target`. At most 20 bytes.
pub fn call(e: &mut Emitter, insn: &Insn, function: usize) {
    let callee = e.function(function);
    before_call(e, insn);
    asm!(e; call =>callee);
}

/// `callx dst`. At most 23 bytes.
pub fn call_pointer(e: &mut Emitter, insn: &Insn) {
    let stub = e.stub(Stub::CallPointer);
    before_call(e, insn);
    asm!(e; mov rax, Rq(host(insn.dst)); call =>stub);
}

/// Where to go on, and the frame below the caller's.
fn before_call(e: &mut Emitter, insn: &Insn) {
    let return_to = e.index as i32 + 1;
    asm!(e
        ; mov DWORD [BYTE r15 + field!(return_to) as i8], DWORD return_to
        ; lea edx, [Rq(host(Reg::R10)) - insn.caller_frame() as i32]
    );
}

/// `exit`. 10 bytes.
pub fn exit(e: &mut Emitter) {
    e.jump_to_stub(Stub::Return);
}

/// Leaves at this instruction: for a syscall, or by a trap. 15 bytes.
pub fn leave(e: &mut Emitter, leave: Leave) {
    asm!(e; mov eax, DWORD leave.number() as i32);
    e.jump_to_stub(Stub::Leave);
}

/// Distance of a stack argument from the frame that passes it.
fn arg(insn: &Insn) -> i32 {
    // The verifier has refused numbers from `MAX_STACK_ARGS` on.
    (offset_of!(Frame, args) as i32) + 8 * insn.offset
}

/// `dst` = a stack argument that the caller passed. 13 bytes; clobbers rax.
pub fn load_arg(e: &mut Emitter, insn: &Insn) {
    asm!(e
        ; mov rax, [BYTE r15 + field!(top) as i8]
        ; mov Rq(host(insn.dst)), [r15 + rax + arg(insn) - size_of::<Frame>() as i32]
    );
}

/// A stack argument for the functions that this one calls. At most 16 bytes; clobbers rax.
pub fn store_arg(e: &mut Emitter, insn: &Insn, value: Operand) {
    asm!(e; mov rax, [BYTE r15 + field!(top) as i8]);
    match value {
        Operand::Imm(imm) => asm!(e; mov QWORD [r15 + rax + arg(insn)], DWORD imm),
        Operand::Reg(src) => asm!(e; mov [r15 + rax + arg(insn)], Rq(src)),
    }
}

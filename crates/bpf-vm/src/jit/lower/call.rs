//! Calls and returns, syscalls, and stack arguments.
//!
//! A caller records where it continues and which frame pointer the callee gets. The callee's prologue saves the
//! caller's registers, and its first `exit` restores them. So the longer half exists once per function and not once per
//! call, and only the registers that the function writes are saved.

use super::Operand;
use crate::code::Insn;
use crate::jit::context::{field, Frame, FIRST_FRAME, LAST_FRAME};
use crate::jit::emit::{asm, Emitter};
use crate::jit::regs::host;
use crate::jit::stubs::{saved, Leave, Stub};
use crate::limits::MAX_STACK_ARGS;
use crate::verify::FunctionInfo;
use bpf_isa::Reg;
use contract_abi::memory::STACK_BASE;
use core::mem::offset_of;

/// Maximum native bytes of a function's prologue, including the payment of its first block.
pub const PROLOGUE_BYTES: usize = 128;

/// Maximum native bytes for restoring a caller's registers, once per function.
pub const EPILOGUE_BYTES: usize = 56;

/// The registers among r6 to r9 that a function may write, and so saves for its caller: bit n stands for r(6 + n).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Saved(u8);

impl Saved {
    /// The registers that `function` saves.
    pub fn of(function: &FunctionInfo) -> Self {
        Saved((function.names >> Reg::R6.index() & 0xf) as u8)
    }

    /// Their numbers from r6 on, and their host registers.
    pub fn iter(self) -> impl Iterator<Item = (usize, u8)> {
        let all = [Reg::R6, Reg::R7, Reg::R8, Reg::R9].into_iter().map(host).enumerate();
        all.filter(move |(number, _)| self.0 >> number & 1 == 1)
    }
}

/// The start of function `number`, which calls run first: rax is the caller's frame, edx the function's frame pointer.
/// At most [`PROLOGUE_BYTES`].
///
/// If it leaves because the calls are too deep or the frame does not fit, nothing has happened yet.
pub fn begin_function(e: &mut Emitter, number: usize, function: &FunctionInfo, stack_args: bool) {
    (e.function, e.frame_size) = (number as u32, function.frame_size);
    e.saved = Saved::of(function);
    e.allow(PROLOGUE_BYTES);
    let label = e.function(number);
    let (depth, overflow) = (e.stub(Stub::CallDepth), e.stub(Stub::StackOverflow));
    let frame_pointer = host(Reg::R10);
    asm!(e
        ; =>label
        ; cmp eax, DWORD LAST_FRAME
        ; je =>depth
    );
    // The caller's frame fits.
    if function.frame_size > 0 {
        asm!(e
            ; cmp edx, DWORD (STACK_BASE + function.frame_size) as i32
            ; jb =>overflow
        );
    }
    for (number, reg) in e.saved.iter() {
        asm!(e; mov [BYTE r15 + rax + saved(number)], Rq(reg));
    }
    asm!(e
        ; mov [BYTE r15 + rax + offset_of!(Frame, frame_pointer) as i8], Rd(frame_pointer)
        ; mov Rd(frame_pointer), edx
        ; add rax, BYTE size_of::<Frame>() as i8
        ; mov [BYTE r15 + field!(top) as i8], rax
    );
    if stack_args {
        // All 0 when the frame begins: 16 bytes at a time; the last 16 overlap the ones before.
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

/// `call target`. At most 25 bytes.
pub fn call(e: &mut Emitter, insn: &Insn, function: usize) {
    let callee = e.function(function);
    before_call(e, insn);
    asm!(e; call =>callee);
}

/// `callx dst`. At most 28 bytes.
pub fn call_pointer(e: &mut Emitter, insn: &Insn) {
    let stub = e.stub(Stub::CallPointer);
    before_call(e, insn);
    asm!(e; mov rax, Rq(host(insn.dst)); call =>stub);
}

/// Stores the return index in the caller's frame, which is left in rax; and the frame pointer below that frame in edx.
fn before_call(e: &mut Emitter, insn: &Insn) {
    let return_to = e.index as i32 + 1;
    asm!(e
        ; mov rax, [BYTE r15 + field!(top) as i8]
        ; mov DWORD [BYTE r15 + rax + offset_of!(Frame, return_to) as i8], DWORD return_to
    );
    match (insn.caller_frame(), i8::try_from(insn.caller_frame())) {
        (0, _) => asm!(e; mov edx, ebp),
        (_, Ok(size)) => asm!(e; lea edx, [BYTE rbp - size]),
        (size, Err(_)) => asm!(e; lea edx, [DWORD rbp - size as i32]),
    }
}

/// `exit`. 10 bytes, plus at most 44 for the first one of a function, which count for the function.
///
/// Restores the caller's registers. The entry function has no caller.
pub fn exit(e: &mut Emitter) {
    let (index, epilogue) = (e.index as i32, e.epilogue());
    asm!(e; mov edx, DWORD index);
    if e.ops.target(epilogue).is_some() {
        asm!(e; jmp =>epilogue);
        return;
    }
    e.allow(EPILOGUE_BYTES);
    let (finished, frame_pointer) = (e.stub(Stub::Finished), host(Reg::R10));
    asm!(e
        ; =>epilogue
        ; mov rax, [BYTE r15 + field!(top) as i8]
        ; cmp eax, DWORD FIRST_FRAME
        ; je =>finished
        ; sub rax, BYTE size_of::<Frame>() as i8
        ; mov [BYTE r15 + field!(top) as i8], rax
    );
    for (number, reg) in e.saved.iter() {
        asm!(e; mov Rq(reg), [BYTE r15 + rax + saved(number)]);
    }
    asm!(e
        ; mov Rd(frame_pointer), [BYTE r15 + rax + offset_of!(Frame, frame_pointer) as i8]
        ; ret
    );
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

/// `dst` = a stack argument passed by the caller. 13 bytes; clobbers rax.
pub fn load_arg(e: &mut Emitter, insn: &Insn) {
    asm!(e
        ; mov rax, [BYTE r15 + field!(top) as i8]
        ; mov Rq(host(insn.dst)), [r15 + rax + arg(insn) - size_of::<Frame>() as i32]
    );
}

/// Sets a stack argument for the functions that this one calls. At most 16 bytes; clobbers rax.
pub fn store_arg(e: &mut Emitter, insn: &Insn, value: Operand) {
    asm!(e; mov rax, [BYTE r15 + field!(top) as i8]);
    match value {
        Operand::Imm(imm) => asm!(e; mov QWORD [r15 + rax + arg(insn)], DWORD imm),
        Operand::Reg(src) => asm!(e; mov [r15 + rax + arg(insn)], Rq(src)),
    }
}

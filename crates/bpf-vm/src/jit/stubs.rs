//! Code that exists once per program: the entry, the exits, and what is too long to repeat at each use.
//!
//! A stub is reached by `jmp` or, where it says so, by `call`, with its arguments in rax and rdx.

use super::bulk;
use super::context::{field, frame, Frame};
use super::emit::{asm, Emitter};
use super::regs::GUEST;
use crate::program::code_addr;
use crate::trap::TrapKind;
use bpf_isa::Slot;
use core::mem::offset_of;

/// The stubs, and the list of them: the list is indexed by `stub as usize`.
macro_rules! stubs {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// A stub.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Stub {
            $($(#[$doc])* $name,)*
        }

        impl Stub {
            /// All stubs, in order.
            pub const ALL: [Stub; [$(Stub::$name),*].len()] = [$(Stub::$name),*];
        }
    };
}

stubs! {
    /// The program has ended or is suspended: eax is a [`Leave`], edx an index.
    Leave,
    /// A block cannot be paid for. edx is the index of its first instruction.
    OutOfGas,
    /// A read has faulted: edx is the index of the instruction, eax the address.
    ReadFault,
    /// The same for a write.
    WriteFault,
    /// `exit` of the entry function. edx is its index.
    Finished,
    /// The return address for a call made before a suspension. rax is the distance of the caller's frame.
    ResumeReturn,
    /// A call that exceeds the maximum depth.
    CallDepth,
    /// A call of a function whose frame does not fit the stack.
    StackOverflow,
    /// `callx`, reached by `call`: rax is the code pointer, edx the callee's frame pointer.
    CallPointer,
    /// `gotox`: rax is the number of the slot to go to, edx the instruction's index.
    JumpPointer,
    /// `gotox` to something other than an entry of a jump table. edx is its index.
    BadJump,
    /// `memcpy` and `memmove`. Arguments as for [`Stub::Bulk`]; the same holds for the next two.
    Copy,
    /// `memset`.
    Fill,
    /// `memcmp`.
    Compare,
    /// One of these three that is not short, or not valid.
    LongBulk,
    /// Calls the host function that serves intrinsics on memory: eax is the intrinsic, edx the index. Reached by
    /// `call`.
    Bulk,
    /// The same for 128-bit arithmetic.
    Wide,
}

/// How machine code was left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leave {
    Finished,
    Syscall,
    /// A block could not be paid for; its price has been subtracted nevertheless.
    UnpaidBlock,
    /// The bytes of an intrinsic could not be paid for.
    UnpaidBytes,
    Trap(TrapKind),
}

impl Leave {
    /// Its number: that of the kind for traps, numbers from [`Self::OTHERS`] on for the others.
    pub const fn number(self) -> u32 {
        match self {
            Leave::Trap(kind) => kind.number() as u32,
            Leave::Finished => Self::OTHERS,
            Leave::Syscall => Self::OTHERS + 1,
            Leave::UnpaidBlock => Self::OTHERS + 2,
            Leave::UnpaidBytes => Self::OTHERS + 3,
        }
    }

    const OTHERS: u32 = 0x100;

    /// The one with this number.
    pub fn from_number(number: u32) -> Option<Leave> {
        let others = [Leave::Finished, Leave::Syscall, Leave::UnpaidBlock, Leave::UnpaidBytes];
        match number.checked_sub(Self::OTHERS) {
            Some(other) => others.get(other as usize).copied(),
            None => TrapKind::from_number(number as u8).map(Leave::Trap),
        }
    }
}

/// `fn(rdi: host address of the guest's address 0, rsi: where to begin)`, the only way in. It is the first
/// thing in the code, so that it has offset 0.
///
/// ```text
///          … host function's frame
///          return address
///          rbx rbp r12 r13 r14 r15      preserved for the caller (psABI §3.2.1)
///  rsp ──▶ address of ResumeReturn
///          return addresses of calls    at most one for each frame
/// ```
pub fn enter(e: &mut Emitter) {
    let resume = e.stub(Stub::ResumeReturn);
    asm!(e
        ; push rbx
        ; push rbp
        ; push r12
        ; push r13
        ; push r14
        ; push r15
        ; mov r15, rdi
        ; mov [BYTE r15 + field!(host_rsp) as i8], rsp
        ; mov rax, rsi
        ; lea rdx, [=>resume]
        ; push rdx
    );
    load_registers(e);
    asm!(e; jmp rax);
}

/// Writes all stubs except [`enter`], after it. Returns the offset of each.
pub fn write(e: &mut Emitter) -> [u32; Stub::ALL.len()] {
    Stub::ALL.map(|stub| {
        let offset = e.ops.len() as u32;
        let label = e.stub(stub);
        asm!(e; =>label);
        match stub {
            Stub::Leave => leave(e),
            Stub::OutOfGas => leave_with(e, Leave::UnpaidBlock),
            Stub::ReadFault => fault(e, TrapKind::ReadFault),
            Stub::WriteFault => fault(e, TrapKind::WriteFault),
            Stub::Finished => leave_with(e, Leave::Finished),
            Stub::ResumeReturn => resume_return(e),
            Stub::CallDepth => bad_call(e, TrapKind::CallDepth),
            Stub::StackOverflow => bad_call(e, TrapKind::StackOverflow),
            Stub::CallPointer => call_pointer(e),
            Stub::JumpPointer => jump_pointer(e),
            // The host reads the code pointer in its register.
            Stub::BadJump => leave_with(e, Leave::Trap(TrapKind::BadJumpTarget)),
            Stub::Copy => bulk::copy(e),
            Stub::Fill => bulk::fill(e),
            Stub::Compare => bulk::compare(e),
            Stub::LongBulk => bulk::otherwise(e),
            Stub::Bulk => host_function(e, field!(bulk)),
            Stub::Wide => host_function(e, field!(wide)),
        }
        offset
    })
}

fn load_registers(e: &mut Emitter) {
    for (number, host) in GUEST.into_iter().enumerate() {
        let at = field!(regs) + 8 * number as i32;
        asm!(e; mov Rq(host), [r15 + at]);
    }
    asm!(e; mov r14, [BYTE r15 + field!(gas) as i8]);
}

fn store_registers(e: &mut Emitter) {
    for (number, host) in GUEST.into_iter().enumerate() {
        let at = field!(regs) + 8 * number as i32;
        asm!(e; mov [r15 + at], Rq(host));
    }
    asm!(e; mov [BYTE r15 + field!(gas) as i8], r14);
}

fn leave(e: &mut Emitter) {
    asm!(e
        ; mov [BYTE r15 + field!(leave) as i8], eax
        ; mov [BYTE r15 + field!(index) as i8], edx
    );
    store_registers(e);
    asm!(e
        ; mov rsp, [BYTE r15 + field!(host_rsp) as i8]
        ; pop r15
        ; pop r14
        ; pop r13
        ; pop r12
        ; pop rbp
        ; pop rbx
        ; ret
    );
}

fn leave_with(e: &mut Emitter, leave: Leave) {
    let label = e.stub(Stub::Leave);
    asm!(e
        ; mov eax, DWORD leave.number() as i32
        ; jmp =>label
    );
}

fn fault(e: &mut Emitter, kind: TrapKind) {
    asm!(e; mov [BYTE r15 + field!(addr) as i8], eax);
    leave_with(e, Leave::Trap(kind));
}

/// Offset of the n-th saved register in a frame.
pub fn saved(number: usize) -> i8 {
    (offset_of!(Frame, saved) + 8 * number) as i8
}

fn resume_return(e: &mut Emitter) {
    let this = e.stub(Stub::ResumeReturn);
    asm!(e
        ; lea rdx, [=>this]
        ; push rdx
        ; mov eax, [BYTE r15 + rax + offset_of!(Frame, return_to) as i8]
        ; mov rdx, [r15 + field!(offsets)]
        ; mov eax, [rdx + rax * 4]
        ; add rax, [BYTE r15 + field!(code) as i8]
        ; jmp rax
    );
}

/// Leaves at the call, the instruction before the one to return to.
fn bad_call(e: &mut Emitter, kind: TrapKind) {
    asm!(e
        ; mov rax, [BYTE r15 + field!(top) as i8]
        ; mov edx, [BYTE r15 + rax + offset_of!(Frame, return_to) as i8]
        ; sub edx, BYTE 1
    );
    leave_with(e, Leave::Trap(kind));
}

/// Looks the code pointer up and continues as [`super::lower::call::call`] does. A pointer that is not a multiple of 8
/// has its top bits set after the rotation.
fn call_pointer(e: &mut Emitter) {
    asm!(e
        ; mov [BYTE r15 + field!(temp) as i8], rax
        ; sub rax, DWORD code_addr(Slot(0)) as i32
        ; ror rax, BYTE 3
        ; cmp rax, [r15 + field!(slots)]
        ; jae BYTE >bad
        ; shl rax, BYTE 2
        ; add rax, [r15 + field!(callees)]
        ; mov eax, [rax]
        ; test eax, eax
        ; jz BYTE >bad
        ; add rax, [BYTE r15 + field!(code) as i8]
        ; mov [BYTE r15 + field!(temp) as i8], rax
        ; mov rax, [BYTE r15 + field!(top) as i8]
        ; jmp QWORD [BYTE r15 + field!(temp) as i8]
        ; bad:
        ; mov eax, [BYTE r15 + field!(temp) as i8]
        ; mov [BYTE r15 + field!(addr) as i8], eax
    );
    bad_call(e, TrapKind::BadCallTarget);
}

fn jump_pointer(e: &mut Emitter) {
    asm!(e
        ; shl rax, BYTE 2
        ; add rax, [r15 + field!(targets)]
        ; mov eax, [rax]
        ; add rax, [BYTE r15 + field!(code) as i8]
        ; jmp rax
    );
}

/// Calls `fn(base, intrinsic) -> u32`, with all registers in the context. The result is 0 to continue, otherwise the
/// number of a [`Leave`].
fn host_function(e: &mut Emitter, function: i32) {
    let leave = e.stub(Stub::Leave);
    asm!(e; mov [BYTE r15 + field!(index) as i8], edx);
    store_registers(e);
    asm!(e
        ; mov [BYTE r15 + field!(native_rsp) as i8], rsp
        ; and rsp, BYTE -16
        ; mov rdi, r15
        ; mov esi, eax
        ; call QWORD [r15 + function]
        ; mov rsp, [BYTE r15 + field!(native_rsp) as i8]
    );
    load_registers(e);
    asm!(e
        ; test eax, eax
        ; jnz BYTE >over
        ; ret
        ; over:
        ; mov edx, [BYTE r15 + field!(index) as i8]
        ; jmp =>leave
    );
}

const _: () = assert!(size_of::<Frame>() < 128);
const _: () = assert!(frame(2) - frame(1) == size_of::<Frame>() as i32);

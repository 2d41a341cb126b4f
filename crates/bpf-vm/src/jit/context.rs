//! The state that machine code and the host share: one structure below the guest's address 0.
//!
//! ```text
//!   context        guest's 2^32 addresses                  guard
//! [..........|====|rodata|....|data|....|stack|....|input|.......]
//!                 ^
//!                 r15
//! ```
//!
//! Its fields are at fixed negative distances from r15, so no register must hold its address, and a guest address,
//! which is at least 0, cannot reach it. It holds numbers and host addresses of tables; no host address ever goes from
//! here to a guest register.
//!
//! # Active calls
//!
//! Machine code calls with `call` and returns with `ret`, so that the processor predicts returns. But
//! [`Context::frames`] holds what a return *means*: r6 to r9 and the frame pointer of the caller, and the index of the
//! instruction at which it continues. At a suspension the host's stack is simply dropped. A resumed run begins with a
//! stack that holds one return address, that of [`super::stubs::Stub::ResumeReturn`]. This stub finds the caller by its
//! index and puts itself on the stack again. So a suspended instance is plain data at any depth of calls.

use super::regs;
use crate::limits::{MAX_CALL_DEPTH, MAX_STACK_ARGS};
use crate::meter::CostTable;

/// A frame of a function that runs, or waits for a function that it called.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
pub struct Frame {
    /// Its values of those of r6 to r9 that the function it called writes.
    pub saved: [u64; 4],
    /// Its frame pointer.
    pub frame_pointer: u32,
    /// Index of the instruction after the call.
    pub return_to: u32,
    /// The stack arguments that the function passes.
    pub args: [u64; MAX_STACK_ARGS],
}

/// One more than the frames of all calls that can be active. It is for the entry's caller, which passes no stack
/// arguments.
pub const FRAMES: usize = MAX_CALL_DEPTH + 2;

/// One for each value of an address's top four bits.
pub const REGIONS: usize = 16;

/// A range of guest addresses with one permission, from a multiple of 2²⁸ on.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
pub struct Region {
    /// Bytes that the guest may use: whole pages.
    pub size: u32,
    /// Bytes that are mapped: the same while a program runs, otherwise those of the previous program.
    pub committed: u32,
    /// The part of those that can be accessed without a fault: see [`crate::jit::memory`].
    pub open: u32,
    pub writable: bool,
}

/// For each size of access (1, 2, 4, 8 bytes) and each region, the first address at which such an access no longer
/// fits: 0 where there is no region.
pub type Ends = [[u32; REGIONS]; 4];

#[derive(Clone, Copy, Debug)]
#[repr(C, align(16))]
pub struct Context {
    pub frames: [Frame; FRAMES],
    pub regions: [Region; REGIONS],
    /// Length of the bytes passed to [`crate::memory::Memory::map_input`].
    pub input_len: u32,
    pub costs: CostTable,
    /// Gas to be added to `gas` while machine code runs: [`super::reserve`].
    pub reserve: u64,
    pub read_ends: Ends,
    pub write_ends: Ends,
    /// r0 to r10 outside machine code, and an unused one.
    pub regs: [u64; regs::COUNT + 1],
    /// Native offset of every instruction.
    pub offsets: *const u32,
    /// For each slot, the native offset that `callx` goes to, or 0.
    pub callees: *const u32,
    /// For each slot, the native offset that `gotox` goes to, or that of a stub that traps.
    pub targets: *const u32,
    /// The text's length in slots.
    pub slots: u64,
    /// The function that serves intrinsics on memory.
    pub bulk: usize,
    /// The function that serves intrinsics of 128-bit arithmetic.
    pub wide: usize,
    // From here on, fields are within reach of a one-byte displacement.
    /// The first byte of machine code.
    pub code: *const u8,
    pub gas: u64,
    /// The host's stack pointer, restored on leaving.
    pub host_rsp: u64,
    /// The stack pointer during a call of a host function.
    pub native_rsp: u64,
    /// The frame of the running function, as its distance from r15.
    pub top: i64,
    /// A divisor, or a code pointer.
    pub temp: u64,
    /// How machine code was left: an [`super::stubs::Leave`].
    pub leave: u32,
    /// Index of the instruction at which it was left.
    pub index: u32,
    /// The address of a fault.
    pub addr: u32,
}

/// Distance of a field from r15.
macro_rules! field {
    ($($path:tt)+) => {
        (core::mem::offset_of!($crate::jit::context::Context, $($path)+) as i32
            - size_of::<$crate::jit::context::Context>() as i32)
    };
}
pub(crate) use field;

/// Distance of a frame from r15.
pub const fn frame(number: usize) -> i32 {
    field!(frames) + (number * size_of::<Frame>()) as i32
}

/// Distance of the entry function's frame, whose caller is number 0.
pub const FIRST_FRAME: i32 = frame(1);

/// Distance of the deepest frame, which cannot make a call.
pub const LAST_FRAME: i32 = frame(FRAMES - 1);

// Checks that `disp8` encodes these, and that a frame's distance fits the immediates that it is compared with.
const _: () = assert!(field!(code) >= -128);
const _: () = assert!(FIRST_FRAME > -0x100_0000);

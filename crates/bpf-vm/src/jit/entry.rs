//! The only place that jumps into machine code, and the only functions that machine code calls.
//!
//! # Invariant
//!
//! Machine code reads and writes only its context, the tables that the context points to, and guest memory. It accesses
//! guest memory only at addresses that it has checked or that fault if they are invalid. It calls [`bulk`] and
//! [`wide`], and it returns. The rest of this module's folder ensures this, and its tests check it.
//!
//! The base of the GS segment belongs to the thread. So each run compares it, and sets it if it differs: an instance
//! may continue on another thread, and others may run meanwhile. The base stays when a run ends, since most runs end
//! for a syscall and continue soon: setting it costs about as much as the whole rest of an exit
//! (docs/decisions/0252-the-segment-stays.md).

#![allow(unsafe_code, reason = "every use says why it is sound")]

use super::code::Code;
use super::context::Context;
use super::memory::Arena;
use super::signals::{self, Run};
use super::stubs::Leave;
use crate::code::Insn;
use crate::interp;
use crate::memory::{GuestAddr, MemoryFault, MemoryImage};
use crate::JitMode;
use alloc::sync::Arc;
use bpf_isa::Reg;
use core::arch::asm;
use core::ptr::NonNull;

/// Whether a program may set the base of the GS segment: the processor must support it and the kernel must allow it.
pub fn has_fsgsbase() -> bool {
    /// `HWCAP2_FSGSBASE` of Linux's `arch/x86/include/uapi/asm/hwcap2.h`.
    const FSGSBASE: u64 = 1 << 1;
    // SAFETY: only reads a number that the kernel passed to the process at its start.
    let hwcap2 = unsafe { libc::getauxval(libc::AT_HWCAP2) };
    hwcap2 & FSGSBASE != 0
}

/// Machine code, and the arena that it runs in.
///
/// The arena's context points into the code that is held here, and that code lives for as long as the arena does. The
/// rest of the context is the state of a run; only [`super::Machine`] and machine code write it.
///
/// The soundness boundary is not this type but the module `jit`, which does not expose it: `Machine` must put a state
/// of its own program into the context, and must leave the pointers there alone. Its functions do nothing else.
#[derive(Debug)]
pub struct Attached {
    arena: Arena,
    code: Arc<Code>,
    /// Other code of the same program that has run in the arena. The context may still point into it.
    other: Option<Arc<Code>>,
}

impl Attached {
    /// Fresh memory for the program of `code`. `None` if the system has none.
    pub fn new(code: Arc<Code>, image: &MemoryImage) -> Option<Self> {
        let mut arena = Arena::new(image, code.mode != JitMode::Checked)?;
        // Replaces the pointers of whatever program has used the arena before.
        // SAFETY: both are kept together, and nothing else is run in this arena except what `run_other` keeps as well.
        unsafe { attach(&code, &mut arena) };
        Some(Self { arena, code, other: None })
    }

    /// The code.
    #[inline]
    pub fn code(&self) -> &Code {
        &self.code
    }

    /// The memory and the context, to be read. There is no mutable access to the whole arena: another arena put in its
    /// place would not be attached to the code.
    #[inline]
    pub fn arena(&self) -> &Arena {
        &self.arena
    }

    /// The context. The caller may change only the state of the run in it.
    #[inline]
    pub fn context_mut(&mut self) -> &mut Context {
        self.arena.context_mut()
    }

    /// [`Arena::map_input`].
    pub fn map_input(&mut self, bytes: &[u8]) -> bool {
        self.arena.map_input(bytes)
    }

    /// [`Arena::write`].
    ///
    /// # Errors
    /// Those of [`Arena::write`].
    pub fn write(&mut self, addr: GuestAddr, bytes: &[u8]) -> Result<(), MemoryFault> {
        self.arena.write(addr, bytes)
    }

    /// Runs the code, compiled from `insns`, from the block at `index` until it leaves. The context says how it left.
    #[inline]
    pub fn run(&mut self, insns: &[Insn], index: usize) {
        // SAFETY: the code lives as long as the arena that `new` made for it, and so does any other code that the arena
        // was attached to. `super::made` makes code only in available modes. `Machine` has put a state of this program
        // into the context and continues where that state begins, or where a run of it has stopped.
        unsafe { run(&self.code, insns, &mut self.arena, index) };
    }

    /// Runs other code of the same program, made for the same mode, instead.
    pub fn run_other(&mut self, other: Arc<Code>, insns: &[Insn], index: usize) {
        let other = &*self.other.insert(other);
        // SAFETY: as in `run`: this code is kept too. Code kept before it was dropped only now, while both existed.
        unsafe { run(other, insns, &mut self.arena, index) };
    }
}

/// Makes a context point to the code that its arena is for.
///
/// # Safety
/// The code must not be dropped before the arena is, or before the arena is attached to other code.
unsafe fn attach(code: &Code, arena: &mut Arena) {
    let tables = &code.tables;
    let context = arena.context_mut();
    context.code = code.as_ptr();
    context.offsets = tables.offsets.as_ptr();
    context.callees = tables.callees.as_ptr();
    context.targets = tables.targets.as_ptr();
    context.slots = tables.callees.len().max(tables.targets.len()) as u64;
    context.bulk = bulk as *const () as usize;
    context.wide = wide as *const () as usize;
}

/// Runs `code`, compiled from `insns`, from the block at `index` until it leaves. The context says how it left.
///
/// A run lasts from one syscall to the next, so [`attach`] does what need not be done for each run.
///
/// # Safety
/// * The code must live as [`attach`] requires. If the code that the arena was attached to before has been dropped,
///   this code must have existed before that: otherwise both may begin at one address, which is how they are told
///   apart.
/// * Its mode must be available (`super::prepared`), and `arena` made for it: with faults caught unless it is
///   [`JitMode::Checked`].
/// * The context must hold a state of the program that this code was compiled from, at the beginning of the block at
///   `index`: its registers, of which r10 is the frame pointer of a frame that fits, and its calls.
#[inline]
unsafe fn run(code: &Code, insns: &[Insn], arena: &mut Arena, index: usize) {
    let Some(&offset) = code.tables.offsets.get(index) else {
        unreachable!("a run begins at an instruction; qed");
    };
    let start = code.as_ptr();
    // Code that pays for each block by itself has run here before, or runs now.
    if arena.context().code != start {
        // SAFETY: as required of this function's caller.
        unsafe { attach(code, arena) };
    }
    let target = start.wrapping_add(offset as usize);
    // SAFETY: the code begins with `stubs::enter`, which has this signature, and is executable for as long as
    // `code` lives.
    let enter =
        unsafe { core::mem::transmute::<*const u8, unsafe extern "sysv64" fn(*mut u8, *const u8)>(start) };
    let base = arena.base();
    let context = arena.context_mut();
    let gas = context.gas;
    // Machine code counts in a signed number. Any excess over its maximum is added back afterwards, like the reserve.
    context.gas = gas.min(i64::MAX as u64).wrapping_sub(code.tables.reserve.into());
    context.reserve = gas.wrapping_sub(context.gas);
    let enter = || {
        // SAFETY: `target` begins a block of the same code, and the context holds its state, as this function's caller
        // guarantees. The arena is borrowed mutably and its context is attached to the code, so everything that machine
        // code touches exists and is its own, or faults. If its accesses are not checked, `code.mode` says so, and the
        // code below does everything that this mode needs.
        unsafe { enter(base.as_ptr(), target) }
    };
    match code.mode {
        JitMode::Checked => enter(),
        JitMode::BaseRegister => signals::catching(&Run { code, insns, base }, enter),
        JitMode::Gs => signals::catching(&Run { code, insns, base }, || {
            if gs_base() != base.as_ptr() {
                set_gs_base(base.as_ptr());
            }
            enter();
        }),
    }
    let context = arena.context_mut();
    context.gas = context.gas.wrapping_add(context.reserve);
}

/// The base of the GS segment. [`has_fsgsbase`] must hold.
fn gs_base() -> *mut u8 {
    let base;
    // SAFETY: only reads a register that the kernel lets programs read.
    unsafe { asm!("rdgsbase {}", out(reg) base, options(nomem, nostack, preserves_flags)) };
    base
}

/// Sets the base of the GS segment for this thread. [`has_fsgsbase`] must hold.
fn set_gs_base(base: *mut u8) {
    // SAFETY: only our machine code uses this segment on x86-64 Linux (System V psABI, §3.4.2: thread-local storage is
    // in FS).
    unsafe { asm!("wrgsbase {}", in(reg) base, options(nostack, preserves_flags)) };
}

/// Serves an intrinsic that works on memory by the byte. See [`super::stubs::Stub::Bulk`].
///
/// # Safety
/// `base` must be the address 0 of an arena that is being run and that nothing else uses meanwhile.
unsafe extern "sysv64" fn bulk(base: NonNull<u8>, number: u32) -> u32 {
    // SAFETY: as required of this function's caller.
    let mut arena = unsafe { Arena::borrowed(base) };
    let Context { mut regs, gas, reserve, costs, .. } = arena.context();
    let gas = gas.wrapping_add(*reserve);
    let Some(left) = gas.checked_sub(costs.bulk(regs[Reg::R3.index()])) else {
        return Leave::UnpaidBytes.number();
    };
    arena.context_mut().gas = left.wrapping_sub(*reserve);
    let result = interp::bulk(number, &mut regs, &mut *arena);
    finish(&mut arena, regs, result)
}

/// Serves an intrinsic of 128-bit arithmetic. See [`super::stubs::Stub::Wide`].
///
/// # Safety
/// As [`bulk`].
unsafe extern "sysv64" fn wide(base: NonNull<u8>, number: u32) -> u32 {
    // SAFETY: as required of this function's caller.
    let mut arena = unsafe { Arena::borrowed(base) };
    let mut regs = arena.context().regs;
    let result = interp::wide(number, &mut regs, &mut *arena);
    finish(&mut arena, regs, result)
}

fn finish(arena: &mut Arena, regs: [u64; 12], result: Result<(), MemoryFault>) -> u32 {
    let context = arena.context_mut();
    match result {
        Ok(()) => {
            context.regs = regs;
            0
        }
        Err(fault) => {
            let (kind, addr) = interp::of_fault(fault);
            context.addr = addr.0;
            Leave::Trap(kind).number()
        }
    }
}

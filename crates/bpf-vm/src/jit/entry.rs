//! The only place that jumps into machine code, and the only functions that machine code calls.
//!
//! # Invariant
//!
//! Machine code reads and writes its context, the tables that the context points to, and guest memory, at
//! addresses that it has checked or that fault if they are not good; it calls [`bulk`] and [`wide`] and
//! returns. That is what the rest of this module's folder is for, and what its tests are about.
//!
//! The base of the GS segment belongs to the thread, and so it is looked at for each run, and set if it is another:
//! an instance may go on elsewhere, and others may run meanwhile. It stays when a run ends, since most runs end for
//! a syscall and go on soon: setting it costs about as much as all the rest of an exit
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

/// Whether a program may set the base of the GS segment: the processor can, and the kernel lets it.
pub fn has_fsgsbase() -> bool {
    /// `HWCAP2_FSGSBASE` of Linux's `arch/x86/include/uapi/asm/hwcap2.h`.
    const FSGSBASE: u64 = 1 << 1;
    // SAFETY: asks for a number that the kernel gave the process when it began.
    let hwcap2 = unsafe { libc::getauxval(libc::AT_HWCAP2) };
    hwcap2 & FSGSBASE != 0
}

/// Machine code, and the arena that it runs in.
///
/// What the arena's context points to lives for as long as the arena does: it is always the code that is held here. The rest
/// of the context, which is the state of a run, only [`super::Machine`] writes, and machine code.
///
/// The boundary of what is sound is not this type but the module `jit`, out of which it does not get: `Machine` has to put
/// a state of its own program into the context, and to leave the pointers there alone. That is all that its functions do.
#[derive(Debug)]
pub struct Attached {
    arena: Arena,
    code: Arc<Code>,
    /// Code of the same program that has run in its place, so that the context may still be told of it.
    other: Option<Arc<Code>>,
}

impl Attached {
    /// Fresh memory for the program that `code` is of. `None` if the system gives none.
    pub fn new(code: Arc<Code>, image: &MemoryImage) -> Option<Self> {
        let mut arena = Arena::new(image, code.mode != JitMode::Checked)?;
        // In place of whatever program has used the arena before.
        // SAFETY: both are kept together, and nothing else is run in this arena but what `run_other` keeps as well.
        unsafe { attach(&code, &mut arena) };
        Some(Self { arena, code, other: None })
    }

    /// The code.
    #[inline]
    pub fn code(&self) -> &Code {
        &self.code
    }

    /// The memory and the context, to be read. There is no way to write all of it: another arena in its place would not
    /// have been told of the code.
    #[inline]
    pub fn arena(&self) -> &Arena {
        &self.arena
    }

    /// The context. Of what it says only the state of the run is to be changed.
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
    /// Those of that.
    pub fn write(&mut self, addr: GuestAddr, bytes: &[u8]) -> Result<(), MemoryFault> {
        self.arena.write(addr, bytes)
    }

    /// Runs the code, which is that of `insns`, from the block at `index` on until it leaves. How is in the context.
    #[inline]
    pub fn run(&mut self, insns: &[Insn], index: usize) {
        // SAFETY: the code lives as long as the arena, which `new` has made for it, and so does other code that the arena was
        // told of. `super::made` makes code in modes that can be had. `Machine` has put a state of this program there and
        // asks to go on where that begins, or where a run of it has stopped.
        unsafe { run(&self.code, insns, &mut self.arena, index) };
    }

    /// Runs other code of the same program, made for the same mode, in its place.
    pub fn run_other(&mut self, other: Arc<Code>, insns: &[Insn], index: usize) {
        let other = &*self.other.insert(other);
        // SAFETY: as in `run`: this code is kept too. What was kept in its place has gone only now, when both were there.
        unsafe { run(other, insns, &mut self.arena, index) };
    }
}

/// Tells a context whose code its arena is for.
///
/// # Safety
/// The code must not go before the arena does, or before the arena is told of other code.
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

/// Runs `code`, which is that of `insns`, from the block at `index` on until it leaves. How is in the context.
///
/// A run lasts from one syscall to the next, so that what need not be done for each is done by [`attach`].
///
/// # Safety
/// * The code must live as [`attach`] says. It must have been there before the code has gone that the arena was told of before, if
///   that has: else both may begin at one address, by which they are told apart.
/// * Its mode must be one that can be had (`super::prepared`), and `arena` made for it: with faults caught unless it is
///   [`JitMode::Checked`].
/// * The context must hold the state of a program whose code this is, at the beginning of the block at `index`: its registers,
///   of which r10 is the frame pointer of a frame that fits, and its calls.
#[inline]
unsafe fn run(code: &Code, insns: &[Insn], arena: &mut Arena, index: usize) {
    let Some(&offset) = code.tables.offsets.get(index) else {
        unreachable!("a run begins at an instruction; qed");
    };
    let start = code.as_ptr();
    // The code that pays for each block by itself has been run, or will be.
    if arena.context().code != start {
        // SAFETY: as this function's.
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
    // A number with a sign. What is beyond the largest is in what is added again, as the reserve is.
    context.gas = gas.min(i64::MAX as u64).wrapping_sub(code.tables.reserve.into());
    context.reserve = gas.wrapping_sub(context.gas);
    let enter = || {
        // SAFETY: `target` begins a block of the same code, whose state is in the context, as this function's caller has seen
        // to; the arena is borrowed mutably and its context has been told of the code, so that everything machine code
        // touches is there and is its own, or faults. If its accesses are not checked, `code.mode` says so, and below
        // everything is done that it then needs.
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
    // SAFETY: reads a register that the kernel lets programs read.
    unsafe { asm!("rdgsbase {}", out(reg) base, options(nomem, nostack, preserves_flags)) };
    base
}

/// Sets it, for this thread. [`has_fsgsbase`] must hold.
fn set_gs_base(base: *mut u8) {
    // SAFETY: nothing but machine code of our own uses the segment on x86-64 Linux (System V psABI, §3.4.2:
    // thread-local storage is in FS).
    unsafe { asm!("wrgsbase {}", in(reg) base, options(nostack, preserves_flags)) };
}

/// Serves an intrinsic that works on memory by the byte. See [`super::stubs::Stub::Bulk`].
///
/// # Safety
/// `base` must be the address 0 of an arena that is being run and that nothing else uses meanwhile.
unsafe extern "sysv64" fn bulk(base: NonNull<u8>, number: u32) -> u32 {
    // SAFETY: as this function's.
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
    // SAFETY: as this function's.
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

//! The only place that jumps into machine code, and the only functions that machine code calls.
//!
//! # Invariant
//!
//! Machine code reads and writes its context, the tables that the context points to, and guest memory that it
//! has checked; it calls [`bulk`] and [`wide`] and returns. That is what the rest of this module's folder is
//! for, and what its tests are about.

#![allow(unsafe_code, reason = "every use says why it is sound")]

use super::code::Code;
use super::context::Context;
use super::memory::Arena;
use super::stubs::Leave;
use crate::interp;
use crate::memory::MemoryFault;
use bpf_isa::Reg;
use core::ptr::NonNull;

/// Runs `code` from the block at `index` on until it leaves. How is in the context.
pub fn run(code: &Code, arena: &mut Arena, index: usize) {
    let Some(&offset) = code.offsets.get(index) else {
        unreachable!("a run begins at an instruction; qed");
    };
    let context = arena.context_mut();
    context.code = code.as_ptr();
    context.offsets = code.offsets.as_ptr();
    context.callees = code.callees.as_ptr();
    context.targets = code.targets.as_ptr();
    context.slots = code.callees.len().max(code.targets.len()) as u64;
    context.bulk = bulk as *const () as usize;
    context.wide = wide as *const () as usize;
    let start = code.as_ptr();
    let target = start.wrapping_add(offset as usize);
    // SAFETY: the code begins with `stubs::enter`, which has this signature, and is executable for as long as
    // `code` lives.
    let enter =
        unsafe { core::mem::transmute::<*const u8, unsafe extern "sysv64" fn(*mut u8, *const u8)>(start) };
    // SAFETY: `target` begins a block of the same code; the arena is borrowed mutably and its context has been
    // filled above, so that everything machine code touches is there and is its own.
    unsafe { enter(arena.base(), target) };
}

/// Serves an intrinsic that works on memory by the byte. See [`super::stubs::Stub::Bulk`].
///
/// # Safety
/// `base` must be the address 0 of an arena that is being run and that nothing else uses meanwhile.
unsafe extern "sysv64" fn bulk(base: NonNull<u8>, number: u32) -> u32 {
    // SAFETY: as this function's.
    let mut arena = unsafe { Arena::borrowed(base) };
    let Context { mut regs, gas, costs, .. } = arena.context();
    let Some(left) = gas.checked_sub(costs.bulk(regs[Reg::R3.index()])) else {
        return Leave::UnpaidBytes.number();
    };
    arena.context_mut().gas = left;
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

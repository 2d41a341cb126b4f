//! Atomic operations (RFC 9669 §5.3).
//!
//! An instance runs on one thread and shares its memory with nobody, so a read followed by a write is atomic. An access
//! need not be aligned.

use crate::code::{Insn, Op};
use crate::memory::{Access, GuestAddr, Memory, MemoryFault};
use bpf_isa::Reg;

/// Executes the atomic operation `insn`.
///
/// If either access would fault, the write is the one that does: an operation on read-only memory is a write fault, and
/// so is a compare-exchange that would not have written.
#[inline(never)]
pub(super) fn execute(insn: &Insn, regs: &mut [u64; 12], memory: &mut Memory) -> Result<(), MemoryFault> {
    let addr = GuestAddr::effective(regs[insn.dst.index()], insn.offset);
    match width(insn.op) {
        Width::W32 => {
            let bytes = memory.resolve(addr, 4, Access::Write)?;
            let old = u32::from_le_bytes(*bytes.first_chunk().expect("4 bytes were asked for; qed"));
            let new = update(insn, regs, old.into());
            bytes.copy_from_slice(&(new as u32).to_le_bytes());
        }
        Width::W64 => {
            let bytes = memory.resolve(addr, 8, Access::Write)?;
            let old = u64::from_le_bytes(*bytes.first_chunk().expect("8 bytes were asked for; qed"));
            let new = update(insn, regs, old);
            bytes.copy_from_slice(&new.to_le_bytes());
        }
    }
    Ok(())
}

enum Width {
    W32,
    W64,
}

fn width(op: Op) -> Width {
    match op {
        Op::AtomicAdd32
        | Op::AtomicFetchAdd32
        | Op::AtomicOr32
        | Op::AtomicFetchOr32
        | Op::AtomicAnd32
        | Op::AtomicFetchAnd32
        | Op::AtomicXor32
        | Op::AtomicFetchXor32
        | Op::Exchange32
        | Op::CompareExchange32 => Width::W32,
        _ => Width::W64,
    }
}

/// Puts the operation's result in its register, and returns the new value of memory.
fn update(insn: &Insn, regs: &mut [u64; 12], old: u64) -> u64 {
    let src = regs[insn.src.index()];
    let (new, result) = match insn.op {
        Op::AtomicAdd32 | Op::AtomicAdd64 => (old.wrapping_add(src), None),
        Op::AtomicOr32 | Op::AtomicOr64 => (old | src, None),
        Op::AtomicAnd32 | Op::AtomicAnd64 => (old & src, None),
        Op::AtomicXor32 | Op::AtomicXor64 => (old ^ src, None),
        Op::AtomicFetchAdd32 | Op::AtomicFetchAdd64 => (old.wrapping_add(src), Some(insn.src)),
        Op::AtomicFetchOr32 | Op::AtomicFetchOr64 => (old | src, Some(insn.src)),
        Op::AtomicFetchAnd32 | Op::AtomicFetchAnd64 => (old & src, Some(insn.src)),
        Op::AtomicFetchXor32 | Op::AtomicFetchXor64 => (old ^ src, Some(insn.src)),
        Op::CompareExchange32 => {
            let equal = regs[Reg::R0.index()] as u32 == old as u32;
            (if equal { src } else { old }, Some(Reg::R0))
        }
        Op::CompareExchange64 => (if regs[Reg::R0.index()] == old { src } else { old }, Some(Reg::R0)),
        // Exchange32 and Exchange64: `execute` is called only for atomic operations.
        _ => (src, Some(insn.src)),
    };
    if let Some(reg) = result {
        regs[reg.index()] = old;
    }
    new
}

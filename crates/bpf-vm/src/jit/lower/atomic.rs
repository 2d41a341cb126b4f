//! Atomic operations (RFC 9669 §5.3).
//!
//! An instance runs on one thread and shares its memory with nobody, so no `lock` is needed. All atomic operations need
//! write access, even a compare-exchange that does not write.

use super::Width;
use crate::code::Insn;
use crate::jit::emit::{asm, asm_at, Emitter, Place};
use crate::jit::regs::{host, RDX};
use crate::memory::Access;
use crate::JitMode;
use bpf_isa::Reg;

fn place(e: &mut Emitter, insn: &Insn, width: Width) -> Place {
    let log_size = match width {
        Width::W32 => 2,
        Width::W64 => 3,
    };
    e.place(insn.dst, insn.offset, log_size, Access::Write)
}

/// The operations that combine memory with `src`, and their forms that return the old value in `src`. At most 55 bytes;
/// they clobber rax and rdx.
macro_rules! combining {
    ($($(#[$doc:meta])* $name:ident $fetch:ident $mnemonic:ident;)*) => {
        $(
            $(#[$doc])*
            pub fn $name(e: &mut Emitter, insn: &Insn, width: Width) {
                let src = host(insn.src);
                let place = place(e, insn, width);
                match width {
                    Width::W32 => asm_at!(e, place; ($mnemonic) (, Rd(src))),
                    Width::W64 => asm_at!(e, place; ($mnemonic) (, Rq(src))),
                }
            }

            $(#[$doc])*
            pub fn $fetch(e: &mut Emitter, insn: &Insn, width: Width) {
                let src = host(insn.src);
                let place = place(e, insn, width);
                load_old(e, place, width);
                match width {
                    Width::W32 => asm_at!(e, place; ($mnemonic) (, Rd(src))),
                    Width::W64 => asm_at!(e, place; ($mnemonic) (, Rq(src))),
                }
                asm!(e; mov Rq(src), rdx);
            }
        )*
    };
}

combining! {
    /// `*(dst + offset) += src`
    add fetch_add add;
    /// `*(dst + offset) |= src`
    or fetch_or or;
    /// `*(dst + offset) &= src`
    and fetch_and and;
    /// `*(dst + offset) ^= src`
    xor fetch_xor xor;
}

/// Loads the old value from memory into rdx.
fn load_old(e: &mut Emitter, place: Place, width: Width) {
    match width {
        Width::W32 => asm_at!(e, place; (mov edx,) ()),
        Width::W64 => asm_at!(e, place; (mov rdx,) ()),
    }
}

fn store_new(e: &mut Emitter, place: Place, width: Width, src: u8) {
    match width {
        Width::W32 => asm_at!(e, place; (mov) (, Rd(src))),
        Width::W64 => asm_at!(e, place; (mov) (, Rq(src))),
    }
}

/// Exchanges `src` and memory. At most 55 bytes; clobbers rax and rdx.
pub fn exchange(e: &mut Emitter, insn: &Insn, width: Width) {
    let src = host(insn.src);
    let place = place(e, insn, width);
    load_old(e, place, width);
    store_new(e, place, width, src);
    asm!(e; mov Rq(src), rdx);
}

/// Stores `src` in memory if memory equals r0; r0 gets the old value. At most 60 bytes; clobbers rax and rdx.
pub fn compare_exchange(e: &mut Emitter, insn: &Insn, width: Width) {
    let (src, r0) = (host(insn.src), host(Reg::R0));
    let place = place(e, insn, width);
    load_old(e, place, width);
    if e.mode != JitMode::Checked {
        // So far the processor has checked only a read. If the values differ, no write follows below.
        store_new(e, place, width, RDX);
    }
    match width {
        Width::W32 => asm!(e; cmp edx, Rd(r0)),
        Width::W64 => asm!(e; cmp rdx, Rq(r0)),
    }
    asm!(e; jne BYTE >differs);
    store_new(e, place, width, src);
    asm!(e; differs: ; mov Rq(r0), rdx);
}

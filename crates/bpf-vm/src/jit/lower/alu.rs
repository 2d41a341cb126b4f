//! Arithmetic (RFC 9669 §4.1).
//!
//! A 32-bit operation on a register clears the upper half (Intel SDM Vol. 1 §3.4.1.1), as RFC 9669 requires.

use super::{Operand, Width};
use crate::jit::context::field;
use crate::jit::emit::{asm, Emitter};
use crate::jit::regs::RCX;

/// The common operand forms of `add`, `or`, `and`, `sub` and `xor`. At most 7 bytes.
macro_rules! two_operands {
    ($($(#[$doc:meta])* $name:ident $mnemonic:ident;)*) => {
        $(
            $(#[$doc])*
            // Inlined, so that each place keeps only the form it needs.
            #[inline(always)]
            pub fn $name(e: &mut Emitter, width: Width, dst: u8, src: Operand) {
                match (width, src, small(src)) {
                    (Width::W32, Operand::Reg(src), _) => asm!(e; $mnemonic Rd(dst), Rd(src)),
                    (Width::W64, Operand::Reg(src), _) => asm!(e; $mnemonic Rq(dst), Rq(src)),
                    (Width::W32, _, Some(imm)) => asm!(e; $mnemonic Rd(dst), BYTE imm),
                    (Width::W64, _, Some(imm)) => asm!(e; $mnemonic Rq(dst), BYTE imm),
                    (Width::W32, Operand::Imm(imm), _) => asm!(e; $mnemonic Rd(dst), DWORD imm),
                    (Width::W64, Operand::Imm(imm), _) => asm!(e; $mnemonic Rq(dst), DWORD imm),
                }
            }
        )*
    };
}

two_operands! {
    /// `dst += src`
    add add;
    /// `dst -= src`
    sub sub;
    /// `dst |= src`
    or or;
    /// `dst &= src`
    and and;
    /// `dst ^= src`
    xor xor;
}

/// The immediate, if it fits in one byte.
fn small(src: Operand) -> Option<i8> {
    match src {
        Operand::Imm(imm) => i8::try_from(imm).ok(),
        Operand::Reg(_) => None,
    }
}

/// `dst *= src`. At most 7 bytes.
#[inline(always)]
pub fn mul(e: &mut Emitter, width: Width, dst: u8, src: Operand) {
    match (width, src) {
        (Width::W32, Operand::Reg(src)) => asm!(e; imul Rd(dst), Rd(src)),
        (Width::W64, Operand::Reg(src)) => asm!(e; imul Rq(dst), Rq(src)),
        (Width::W32, Operand::Imm(imm)) => asm!(e; imul Rd(dst), Rd(dst), DWORD imm),
        (Width::W64, Operand::Imm(imm)) => asm!(e; imul Rq(dst), Rq(dst), DWORD imm),
    }
}

/// The requested result of a division.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Quotient,
    Remainder,
}

/// `dst = (src != 0) ? dst / src : 0`, or `dst = (src != 0) ? dst % src : dst`.
///
/// Clobbers rax and rdx, which hold the dividend and the results of `div` (Intel SDM Vol. 2A). At most 32
/// bytes.
pub fn div(e: &mut Emitter, width: Width, part: Part, dst: u8, src: Operand) {
    match src {
        Operand::Imm(0) => by_zero(e, width, part, dst),
        Operand::Imm(imm) => {
            constant(e, imm);
            dividend(e, width, dst);
            match width {
                Width::W32 => asm!(e; xor edx, edx; div DWORD [BYTE r15 + field!(temp) as i8]),
                Width::W64 => asm!(e; xor edx, edx; div QWORD [BYTE r15 + field!(temp) as i8]),
            }
            result(e, width, part, dst);
        }
        Operand::Reg(src) => {
            unless_zero(e, width, src);
            dividend(e, width, dst);
            match width {
                Width::W32 => asm!(e; xor edx, edx; div Rd(src)),
                Width::W64 => asm!(e; xor edx, edx; div Rq(src)),
            }
            result(e, width, part, dst);
            otherwise(e, width, part, dst);
        }
    }
}

/// `dst = (src != 0) ? dst s/ src : 0`, or `dst = (src != 0) ? dst s% src : dst`.
///
/// Division by −1 is compiled to a negation, since `idiv` raises an exception for the least number. Clobbers rax and
/// rdx. At most 45 bytes.
pub fn sdiv(e: &mut Emitter, width: Width, part: Part, dst: u8, src: Operand) {
    match src {
        Operand::Imm(0) => by_zero(e, width, part, dst),
        Operand::Imm(-1) => by_minus_one(e, width, part, dst),
        Operand::Imm(imm) => {
            constant(e, imm);
            dividend(e, width, dst);
            match width {
                Width::W32 => asm!(e; cdq; idiv DWORD [BYTE r15 + field!(temp) as i8]),
                Width::W64 => asm!(e; cqo; idiv QWORD [BYTE r15 + field!(temp) as i8]),
            }
            result(e, width, part, dst);
        }
        Operand::Reg(src) => {
            unless_zero(e, width, src);
            match width {
                Width::W32 => asm!(e; cmp Rd(src), BYTE -1),
                Width::W64 => asm!(e; cmp Rq(src), BYTE -1),
            }
            asm!(e; jne BYTE >divide);
            by_minus_one(e, width, part, dst);
            asm!(e; jmp BYTE >done; divide:);
            dividend(e, width, dst);
            match width {
                Width::W32 => asm!(e; cdq; idiv Rd(src)),
                Width::W64 => asm!(e; cqo; idiv Rq(src)),
            }
            result(e, width, part, dst);
            otherwise(e, width, part, dst);
        }
    }
}

/// A divisor must be in a register that is not rax or rdx, or in memory.
fn constant(e: &mut Emitter, imm: i32) {
    asm!(e; mov QWORD [BYTE r15 + field!(temp) as i8], DWORD imm);
}

fn dividend(e: &mut Emitter, width: Width, dst: u8) {
    match width {
        Width::W32 => asm!(e; mov eax, Rd(dst)),
        Width::W64 => asm!(e; mov rax, Rq(dst)),
    }
}

fn result(e: &mut Emitter, width: Width, part: Part, dst: u8) {
    match (width, part) {
        (Width::W32, Part::Quotient) => asm!(e; mov Rd(dst), eax),
        (Width::W64, Part::Quotient) => asm!(e; mov Rq(dst), rax),
        (Width::W32, Part::Remainder) => asm!(e; mov Rd(dst), edx),
        (Width::W64, Part::Remainder) => asm!(e; mov Rq(dst), rdx),
    }
}

fn unless_zero(e: &mut Emitter, width: Width, src: u8) {
    match width {
        Width::W32 => asm!(e; test Rd(src), Rd(src); jz BYTE >zero),
        Width::W64 => asm!(e; test Rq(src), Rq(src); jz BYTE >zero),
    }
}

/// Ends what [`unless_zero`] has begun.
fn otherwise(e: &mut Emitter, width: Width, part: Part, dst: u8) {
    asm!(e; jmp BYTE >done; zero:);
    by_zero(e, width, part, dst);
    asm!(e; done:);
}

fn by_zero(e: &mut Emitter, width: Width, part: Part, dst: u8) {
    match (width, part) {
        (_, Part::Quotient) => asm!(e; xor Rd(dst), Rd(dst)),
        (Width::W32, Part::Remainder) => asm!(e; mov Rd(dst), Rd(dst)),
        (Width::W64, Part::Remainder) => {}
    }
}

fn by_minus_one(e: &mut Emitter, width: Width, part: Part, dst: u8) {
    match (width, part) {
        (_, Part::Remainder) => asm!(e; xor Rd(dst), Rd(dst)),
        (_, Part::Quotient) => neg(e, width, dst),
    }
}

/// The common form of `shl`, `shr` and `sar`. The processor takes the count modulo the width, like RFC 9669.
///
/// A count in a register must be in cl, except for the instructions of BMI2 (Intel SDM Vol. 2B, `SARX/SHLX/SHRX`). At
/// most 12 bytes; clobbers rdx.
macro_rules! shifts {
    ($($(#[$doc:meta])* $name:ident $mnemonic:ident $of_any:ident;)*) => {
        $(
            $(#[$doc])*
            pub fn $name(e: &mut Emitter, width: Width, dst: u8, src: Operand) {
                match (width, src) {
                    // A count of 0 still has to clear the upper half.
                    (Width::W32, Operand::Imm(imm)) if imm & 31 == 0 => asm!(e; mov Rd(dst), Rd(dst)),
                    (Width::W32, Operand::Imm(imm)) => asm!(e; $mnemonic Rd(dst), BYTE (imm & 31) as i8),
                    (Width::W64, Operand::Imm(imm)) => asm!(e; $mnemonic Rq(dst), BYTE (imm & 63) as i8),
                    (Width::W32, Operand::Reg(src)) if e.bmi => asm!(e; $of_any Rd(dst), Rd(dst), Rd(src)),
                    (Width::W64, Operand::Reg(src)) if e.bmi => asm!(e; $of_any Rq(dst), Rq(dst), Rq(src)),
                    (_, Operand::Reg(src)) if dst == RCX => {
                        asm!(e; mov rdx, rcx; mov ecx, Rd(src));
                        match width {
                            Width::W32 => asm!(e; $mnemonic edx, cl),
                            Width::W64 => asm!(e; $mnemonic rdx, cl),
                        }
                        asm!(e; mov rcx, rdx);
                    }
                    (_, Operand::Reg(src)) => {
                        if src != RCX {
                            asm!(e; mov rdx, rcx; mov ecx, Rd(src));
                        }
                        match width {
                            Width::W32 => asm!(e; $mnemonic Rd(dst), cl),
                            Width::W64 => asm!(e; $mnemonic Rq(dst), cl),
                        }
                        if src != RCX {
                            asm!(e; mov rcx, rdx);
                        }
                    }
                }
            }
        )*
    };
}

shifts! {
    /// `dst <<= src & (width - 1)`
    lsh shl shlx;
    /// `dst >>= src & (width - 1)`
    rsh shr shrx;
    /// `dst s>>= src & (width - 1)`
    arsh sar sarx;
}

/// `dst = -dst`. 3 bytes.
pub fn neg(e: &mut Emitter, width: Width, dst: u8) {
    match width {
        Width::W32 => asm!(e; neg Rd(dst)),
        Width::W64 => asm!(e; neg Rq(dst)),
    }
}

/// `dst = src`. At most 7 bytes.
#[inline(always)]
pub fn mov(e: &mut Emitter, width: Width, dst: u8, src: Operand) {
    match (width, src) {
        (Width::W32, Operand::Reg(src)) => asm!(e; mov Rd(dst), Rd(src)),
        (Width::W64, Operand::Reg(src)) => asm!(e; mov Rq(dst), Rq(src)),
        (_, Operand::Imm(0)) => asm!(e; xor Rd(dst), Rd(dst)),
        (Width::W64, Operand::Imm(imm)) if imm < 0 => asm!(e; mov Rq(dst), DWORD imm),
        (_, Operand::Imm(imm)) => asm!(e; mov Rd(dst), DWORD imm),
    }
}

/// `dst = (s8 as width)src`. 4 bytes.
pub fn movsx8(e: &mut Emitter, width: Width, dst: u8, src: u8) {
    match width {
        Width::W32 => asm!(e; movsx Rd(dst), Rb(src)),
        Width::W64 => asm!(e; movsx Rq(dst), Rb(src)),
    }
}

/// `dst = (s16 as width)src`. 4 bytes.
pub fn movsx16(e: &mut Emitter, width: Width, dst: u8, src: u8) {
    match width {
        Width::W32 => asm!(e; movsx Rd(dst), Rw(src)),
        Width::W64 => asm!(e; movsx Rq(dst), Rw(src)),
    }
}

/// `dst = (s32)src`. 3 bytes.
pub fn movsx32(e: &mut Emitter, dst: u8, src: u8) {
    asm!(e; movsxd Rq(dst), Rd(src));
}

/// `dst = imm`, all 64 bits. At most 10 bytes.
pub fn wide_imm(e: &mut Emitter, dst: u8, imm: u64) {
    match (i32::try_from(imm as i64), u32::try_from(imm)) {
        (Ok(imm), _) => mov(e, Width::W64, dst, Operand::Imm(imm)),
        (_, Ok(imm)) => asm!(e; mov Rd(dst), DWORD imm as i32),
        _ => asm!(e; mov Rq(dst), QWORD imm as i64),
    }
}

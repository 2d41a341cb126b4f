//! The BPF instruction set of RFC 9669, and nothing else.
//!
//! One table (`table.rs`) holds every instruction's bytes and meaning. The decoder, the encoder, and the text forms all
//! read it, and no other crate of the workspace knows an opcode byte. An [`Insn`] is an [`Op`] with its operands;
//! [`Op::kind`] describes its meaning in types ([`Kind`]).
//!
//! The crate covers RFC 9669 without its legacy packet access, that is LLVM's CPU versions 1 to 4, and what LLVM 22 and
//! 23 emit beyond it: `callx` with the code pointer in `dst`, `gotox`, load-acquire and store-release, and stack
//! arguments through r11.
//!
//! [`text`] reads and writes programs as text, in the syntax of the public conformance suite and in LLVM's.
//!
//! *Invariant*: decoding and encoding are inverse. Whatever decodes also encodes to the same bytes.

#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod decode;
mod encode;
mod insn;
mod kind;
mod reg;
mod table;
pub mod text;

pub use decode::{decode, decode_short, instructions, DecodeError, FieldName, Instructions};
pub use encode::{EncodeError, Encoded};
pub use insn::{Insn, Slot};
pub use kind::{AluOp, AtomicOp, ByteOrder, Callee, Cond, Kind, Size, Source, WideImm, Width};
pub use reg::{Reg, RegSet};
pub use table::{Cpu, Group, Op};

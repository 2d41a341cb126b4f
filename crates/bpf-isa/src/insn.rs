//! One instruction, decoded.

use crate::kind::{Callee, Kind, Source, WideImm};
use crate::{Op, Reg, RegSet};
use core::fmt;

/// The position of an instruction, in slots of 8 bytes from the start of the program.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Slot(pub u32);

impl Slot {
    /// Bytes in a slot.
    pub const BYTES: usize = 8;

    /// The slot, for indexing.
    pub const fn index(self) -> usize {
        self.0 as usize
    }

    /// Its distance from the start of the program, in bytes.
    pub const fn byte_offset(self) -> usize {
        self.index() * Self::BYTES
    }
}

impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// An instruction: an operation and its operands.
///
/// Fields that [`Insn::op`] does not use are 0 ([`Reg::R0`]), and [`Insn::encode`] refuses an instruction in which they
/// are not. 16 bytes, `Copy`.
///
/// ```
/// use bpf_isa::{Insn, Op, Reg};
///
/// let add = Insn::new(Op::Add64Imm).with_dst(Reg::R3).with_imm(-1);
/// assert_eq!(add.encode()?.as_bytes(), [0x07, 0x03, 0, 0, 0xff, 0xff, 0xff, 0xff]);
/// assert_eq!(add.to_string(), "r3 += -1");
/// # Ok::<(), bpf_isa::EncodeError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Insn {
    /// The operation.
    pub op: Op,
    /// Destination register, and first operand of most operations.
    pub dst: Reg,
    /// Source register.
    pub src: Reg,
    /// Offset in bytes from the register of a memory operand, or in slots from the next instruction to the target of a
    /// jump.
    pub offset: i16,
    /// Immediate, sign-extended from 32 bits. A wide instruction has both: `next_imm << 32 | imm`.
    pub imm: i64,
}

impl Insn {
    /// An instruction with this operation and all operands 0.
    pub const fn new(op: Op) -> Insn {
        Insn { op, dst: Reg::R0, src: Reg::R0, offset: 0, imm: 0 }
    }

    /// The same instruction with another `dst`.
    #[must_use]
    pub const fn with_dst(self, dst: Reg) -> Insn {
        Insn { dst, ..self }
    }

    /// The same instruction with another `src`.
    #[must_use]
    pub const fn with_src(self, src: Reg) -> Insn {
        Insn { src, ..self }
    }

    /// The same instruction with another `offset`.
    #[must_use]
    pub const fn with_offset(self, offset: i16) -> Insn {
        Insn { offset, ..self }
    }

    /// The same instruction with another `imm`.
    #[must_use]
    pub const fn with_imm(self, imm: i64) -> Insn {
        Insn { imm, ..self }
    }

    /// What it does, and where its operands are.
    pub const fn kind(self) -> Kind {
        self.op.kind()
    }

    /// Number of its slots: 2 if it is wide, otherwise 1.
    pub const fn slots(self) -> u32 {
        match self.kind() {
            Kind::LoadWide(_) => 2,
            _ => 1,
        }
    }

    /// Slots from the next instruction to the target of a direct jump, branch or local call.
    pub const fn displacement(self) -> Option<i32> {
        match self.kind() {
            Kind::Jump | Kind::Branch(..) => Some(self.offset as i32),
            Kind::JumpLong | Kind::Call(Callee::Local) => Some(self.imm as i32),
            _ => None,
        }
    }

    /// Slot that a direct jump, branch or local call at `at` leads to. It may lie outside the program,
    /// hence the wider type.
    pub const fn target(self, at: Slot) -> Option<i64> {
        match self.displacement() {
            Some(displacement) => Some(at.0 as i64 + self.slots() as i64 + displacement as i64),
            None => None,
        }
    }

    /// Slot whose code address a wide instruction at `at` loads ([`WideImm::CodeAddr`]). It may lie
    /// outside the program.
    ///
    /// RFC 9669 §5.4 only says that `imm` is a relative offset. As in Linux and libbpf, it counts from the slot after
    /// the first, like that of a local call, though the instruction takes two slots.
    pub const fn code_target(self, at: Slot) -> Option<i64> {
        match self.kind() {
            Kind::LoadWide(WideImm::CodeAddr) => Some(at.0 as i64 + 1 + self.imm as i32 as i64),
            _ => None,
        }
    }

    /// Whether control never reaches the next instruction from this one: an unconditional jump or `exit`.
    pub const fn is_terminator(self) -> bool {
        matches!(self.kind(), Kind::Jump | Kind::JumpLong | Kind::JumpPointer | Kind::Exit)
    }

    /// Registers it reads. A call reads all five argument registers (there is no signature), and `exit` reads r0.
    pub const fn reads(self) -> RegSet {
        let none = RegSet::EMPTY;
        let dst = none.with(self.dst);
        let src = none.with(self.src);
        match self.kind() {
            Kind::Alu(_, crate::AluOp::Mov, Source::Imm)
            | Kind::LoadWide(_)
            | Kind::Jump
            | Kind::JumpLong => none,
            Kind::Alu(_, crate::AluOp::Mov, Source::Reg)
            | Kind::MovSx(..)
            | Kind::Load(_)
            | Kind::LoadSx(_)
            | Kind::LoadAcquire(_) => src,
            Kind::Alu(_, _, Source::Imm)
            | Kind::Neg(_)
            | Kind::ByteOrder(..)
            | Kind::Store(_, Source::Imm)
            | Kind::Branch(_, _, Source::Imm)
            | Kind::JumpPointer => dst,
            Kind::Alu(_, _, Source::Reg)
            | Kind::Store(_, Source::Reg)
            | Kind::Branch(_, _, Source::Reg)
            | Kind::Atomic(..)
            | Kind::Exchange(_)
            | Kind::StoreRelease(_) => dst.union(src),
            Kind::CompareExchange(_) => dst.union(src).with(Reg::R0),
            Kind::Call(Callee::Pointer) => RegSet::ARGUMENTS.union(dst),
            Kind::Call(_) => RegSet::ARGUMENTS,
            Kind::Exit => none.with(Reg::R0),
        }
    }

    /// Registers it may write. A call may write r0 to r5.
    pub const fn writes(self) -> RegSet {
        let none = RegSet::EMPTY;
        match self.kind() {
            Kind::Alu(..)
            | Kind::Neg(_)
            | Kind::MovSx(..)
            | Kind::ByteOrder(..)
            | Kind::LoadWide(_)
            | Kind::Load(_)
            | Kind::LoadSx(_)
            | Kind::LoadAcquire(_) => none.with(self.dst),
            Kind::Atomic(_, _, true) | Kind::Exchange(_) => none.with(self.src),
            Kind::CompareExchange(_) => none.with(Reg::R0),
            Kind::Call(_) => RegSet::CALLER_SAVED,
            Kind::Atomic(_, _, false)
            | Kind::Store(..)
            | Kind::StoreRelease(_)
            | Kind::Jump
            | Kind::JumpLong
            | Kind::JumpPointer
            | Kind::Branch(..)
            | Kind::Exit => none,
        }
    }
}

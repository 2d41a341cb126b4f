//! What an operation does, in the terms of RFC 9669 §4 and §5, without its bytes.
//!
//! Code that wants one arm per family of instructions (a lowering, a printer, a data-flow pass) matches on [`Kind`].
//! Code that wants one arm per operation (an interpreter's loop) matches on [`crate::Op`]. Both carry the same
//! information: [`crate::Op::kind`] leads from one to the other.

/// Width of an operation's arithmetic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Width {
    /// The lower 32 bits of the operands. A result is zero-extended to 64.
    W32,
    /// All 64 bits. A 32-bit immediate is sign-extended.
    W64,
}

/// Size of an access to memory, or of a part of a register.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Size {
    /// 8 bits.
    B,
    /// 16 bits.
    H,
    /// 32 bits.
    W,
    /// 64 bits.
    Dw,
}

impl Size {
    /// In bytes: 1, 2, 4 or 8.
    pub const fn bytes(self) -> u32 {
        match self {
            Size::B => 1,
            Size::H => 2,
            Size::W => 4,
            Size::Dw => 8,
        }
    }

    /// In bits: 8, 16, 32 or 64.
    pub const fn bits(self) -> u32 {
        self.bytes() * 8
    }
}

impl From<Width> for Size {
    fn from(width: Width) -> Size {
        match width {
            Width::W32 => Size::W,
            Width::W64 => Size::Dw,
        }
    }
}

/// Where the second operand is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// In `imm`.
    Imm,
    /// In the register `src`.
    Reg,
}

/// Arithmetic (RFC 9669 §4.1): `dst = dst op source`, and `dst = source` for [`AluOp::Mov`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AluOp {
    /// Wrapping addition.
    Add,
    /// Wrapping subtraction.
    Sub,
    /// Wrapping multiplication.
    Mul,
    /// Unsigned division; 0 if the divisor is 0.
    Div,
    /// Signed division, wrapping; 0 if the divisor is 0.
    SDiv,
    /// Bitwise or.
    Or,
    /// Bitwise and.
    And,
    /// Shift left, by the source modulo the width.
    Lsh,
    /// Logical shift right, by the source modulo the width.
    Rsh,
    /// Unsigned remainder; `dst` if the divisor is 0.
    Mod,
    /// Signed remainder with the sign of the dividend; `dst` if the divisor is 0.
    SMod,
    /// Bitwise exclusive or.
    Xor,
    /// Copy.
    Mov,
    /// Arithmetic shift right, by the source modulo the width.
    Arsh,
}

/// Change of byte order (RFC 9669 §4.2). The host order of a guest is little-endian.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ByteOrder {
    /// Keep the lower bits of the given size, zero-extended.
    Little,
    /// Reverse the bytes of the lower bits of the given size, zero-extended.
    Big,
    /// The same as [`ByteOrder::Big`] on a little-endian guest, whatever the host (CPU v4).
    Swap,
}

/// Condition of a jump (RFC 9669 §4.3), between `dst` and the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cond {
    /// Equal.
    Eq,
    /// Unsigned greater.
    Gt,
    /// Unsigned greater or equal.
    Ge,
    /// A bit is set in both.
    Set,
    /// Not equal.
    Ne,
    /// Signed greater.
    SGt,
    /// Signed greater or equal.
    SGe,
    /// Unsigned less.
    Lt,
    /// Unsigned less or equal.
    Le,
    /// Signed less.
    SLt,
    /// Signed less or equal.
    SLe,
}

impl Cond {
    /// The condition that holds when this one does not. [`Cond::Set`] has none.
    pub const fn negated(self) -> Option<Cond> {
        Some(match self {
            Cond::Eq => Cond::Ne,
            Cond::Ne => Cond::Eq,
            Cond::Gt => Cond::Le,
            Cond::Le => Cond::Gt,
            Cond::Ge => Cond::Lt,
            Cond::Lt => Cond::Ge,
            Cond::SGt => Cond::SLe,
            Cond::SLe => Cond::SGt,
            Cond::SGe => Cond::SLt,
            Cond::SLt => Cond::SGe,
            Cond::Set => return None,
        })
    }
}

/// An atomic read-modify-write of `*(dst + offset)` with `src` (RFC 9669 §5.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AtomicOp {
    /// Wrapping addition.
    Add,
    /// Bitwise or.
    Or,
    /// Bitwise and.
    And,
    /// Bitwise exclusive or.
    Xor,
}

/// What the 64 bits of a wide instruction stand for (RFC 9669 §5.4, the values of `src`).
///
/// `imm` of the decoded instruction holds both halves: `next_imm << 32 | imm`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WideImm {
    /// The number itself.
    Value,
    /// The map of a file descriptor.
    MapByFd,
    /// A byte of the first value of the map of a file descriptor; `next_imm` is its offset.
    MapValueByFd,
    /// The address of a platform variable.
    VarAddr,
    /// The address of an instruction: see [`crate::Insn::code_target`].
    CodeAddr,
    /// The map of an index.
    MapByIndex,
    /// A byte of the first value of the map of an index; `next_imm` is its offset.
    MapValueByIndex,
}

/// The target of a call (RFC 9669 §4.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Callee {
    /// The helper function of the static number `imm`.
    Helper,
    /// The program-local function `imm` slots after the next instruction.
    Local,
    /// The helper function of the BTF ID `imm`.
    HelperByBtfId,
    /// The function whose code address is in `dst`.
    Pointer,
}

/// What an operation does, and where its operands are.
///
/// In the descriptions, `offset` and `imm` are the fields of [`crate::Insn`], and a jump's distance
/// counts slots from the instruction after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `dst = dst op source`.
    Alu(Width, AluOp, Source),
    /// `dst = -dst`.
    Neg(Width),
    /// `dst = src`, sign-extended from the size to the width, then zero-extended.
    MovSx(Width, Size),
    /// `dst = dst` in another byte order.
    ByteOrder(ByteOrder, Size),
    /// `dst = imm`, 64 bits.
    LoadWide(WideImm),
    /// `dst = *(src + offset)`, zero-extended.
    Load(Size),
    /// `dst = *(src + offset)`, sign-extended.
    LoadSx(Size),
    /// `*(dst + offset) = source`, the lower bits of it.
    Store(Size, Source),
    /// `*(dst + offset) = *(dst + offset) op src`. If the flag is set, `src` becomes the old value.
    Atomic(Width, AtomicOp, bool),
    /// Swaps `*(dst + offset)` and `src`.
    Exchange(Width),
    /// If `*(dst + offset) == r0`, stores `src` there. r0 becomes the old value in any case.
    CompareExchange(Width),
    /// `dst = *(src + offset)`, zero-extended, with acquire ordering.
    LoadAcquire(Size),
    /// `*(dst + offset) = src`, with release ordering.
    StoreRelease(Size),
    /// Jumps by `offset` slots.
    Jump,
    /// Jumps by `imm` slots.
    JumpLong,
    /// Jumps by `offset` slots if the condition holds between `dst` and the source.
    Branch(Width, Cond, Source),
    /// Jumps to the code address in `dst`.
    JumpPointer,
    /// Calls.
    Call(Callee),
    /// Returns to the caller, or ends the program.
    Exit,
}

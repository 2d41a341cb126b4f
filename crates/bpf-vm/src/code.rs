//! A verified program in the form that engines read.
//!
//! The text of a program is made for storage: a jump counts slots, a wide instruction takes two of them, and the cost
//! of a block is not recorded. An engine would have to compute all this repeatedly. The verifier computes it anyway, so
//! it writes it down once: 16 bytes per instruction, jumps by index, the block's price in its first instruction, frame
//! sizes in the call.
//!
//! Operations are those of [`bpf_isa::Op`], without synonyms (a load-acquire is a load where only one thread runs) and
//! with a few of our own.
//!
//! # Invariant
//!
//! Only [`crate::verify()`] makes this form. Every index in it is that of an instruction. Every index that control can
//! reach by a jump, call, return or resumption is that of a block's first instruction. Control never continues past the
//! last instruction. Engines rely on this.

use bpf_isa::{Kind, Reg};

macro_rules! operations {
    (
        from the isa: $($isa:ident)*;
        our own: $($(#[$doc:meta])* $own:ident),*;
    ) => {
        /// An operation.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub(crate) enum Op {
            $($isa,)*
            $($(#[$doc])* $own,)*
        }

        impl Op {
            const COUNT: usize = [$(Op::$isa,)* $(Op::$own,)*].len();

            /// The operation of the same name, if there is one.
            const fn namesake(op: bpf_isa::Op) -> Option<Op> {
                match op {
                    $(bpf_isa::Op::$isa => Some(Op::$isa),)*
                    _ => None,
                }
            }
        }
    };
}

operations! {
    from the isa:
        Add32Imm Add32Reg Sub32Imm Sub32Reg Mul32Imm Mul32Reg Div32Imm Div32Reg SDiv32Imm SDiv32Reg
        Mod32Imm Mod32Reg SMod32Imm SMod32Reg Or32Imm Or32Reg And32Imm And32Reg Xor32Imm Xor32Reg
        Lsh32Imm Lsh32Reg Rsh32Imm Rsh32Reg Arsh32Imm Arsh32Reg Neg32 Mov32Imm Mov32Reg MovSx8To32
        MovSx16To32
        Add64Imm Add64Reg Sub64Imm Sub64Reg Mul64Imm Mul64Reg Div64Imm Div64Reg SDiv64Imm SDiv64Reg
        Mod64Imm Mod64Reg SMod64Imm SMod64Reg Or64Imm Or64Reg And64Imm And64Reg Xor64Imm Xor64Reg
        Lsh64Imm Lsh64Reg Rsh64Imm Rsh64Reg Arsh64Imm Arsh64Reg Neg64 Mov64Imm Mov64Reg MovSx8To64
        MovSx16To64 MovSx32To64
        Le16 Le32 Le64 Swap16 Swap32 Swap64
        LdImm64
        JEq64Imm JEq64Reg JNe64Imm JNe64Reg JSet64Imm JSet64Reg JGt64Imm JGt64Reg JGe64Imm JGe64Reg
        JLt64Imm JLt64Reg JLe64Imm JLe64Reg JSGt64Imm JSGt64Reg JSGe64Imm JSGe64Reg JSLt64Imm
        JSLt64Reg JSLe64Imm JSLe64Reg
        JEq32Imm JEq32Reg JNe32Imm JNe32Reg JSet32Imm JSet32Reg JGt32Imm JGt32Reg JGe32Imm JGe32Reg
        JLt32Imm JLt32Reg JLe32Imm JLe32Reg JSGt32Imm JSGt32Reg JSGe32Imm JSGe32Reg JSLt32Imm
        JSLt32Reg JSLe32Imm JSLe32Reg
        Ja GotoX CallLocal CallX Exit
        Load8 Load16 Load32 Load64 LoadSx8 LoadSx16 LoadSx32
        Store8Imm Store16Imm Store32Imm Store64Imm Store8Reg Store16Reg Store32Reg Store64Reg
        AtomicAdd32 AtomicFetchAdd32 AtomicOr32 AtomicFetchOr32 AtomicAnd32 AtomicFetchAnd32
        AtomicXor32 AtomicFetchXor32 Exchange32 CompareExchange32
        AtomicAdd64 AtomicFetchAdd64 AtomicOr64 AtomicFetchOr64 AtomicAnd64 AtomicFetchAnd64
        AtomicXor64 AtomicFetchXor64 Exchange64 CompareExchange64;
    our own:
        /// Charges for the block of the next instruction, which the one before falls through into. Has no counterpart
        /// in the text.
        Enter,
        /// `dst` = the stack argument number `offset`, from 0.
        LoadArg,
        /// The stack argument number `offset`, from 0, = `imm`.
        StoreArgImm,
        /// The stack argument number `offset`, from 0, = `src`.
        StoreArgReg,
        /// Leaves the virtual machine with the helper number `imm`.
        Syscall,
        /// Leaves the virtual machine with the helper number in `dst`.
        SyscallX,
        /// Traps.
        Abort,
        /// The intrinsic number `imm` on bytes of memory.
        MemoryIntrinsic,
        /// The intrinsic number `imm` of 128-bit arithmetic.
        WideIntrinsic;
}

static SAME: [Option<Op>; bpf_isa::Op::ALL.len()] = {
    let mut same = [None; bpf_isa::Op::ALL.len()];
    let mut number = 0;
    while number < same.len() {
        same[number] = Op::namesake(bpf_isa::Op::ALL[number]);
        number += 1;
    }
    same
};

/// The kind of each operation that has a namesake.
static KINDS: [Option<Kind>; Op::COUNT] = {
    let mut kinds = [None; Op::COUNT];
    let mut number = 0;
    while number < SAME.len() {
        if let Some(op) = SAME[number] {
            kinds[op as usize] = Some(bpf_isa::Op::ALL[number].kind());
        }
        number += 1;
    }
    kinds
};

impl Op {
    /// Whether it is a jump or a branch to the index in `offset`.
    #[allow(dead_code, reason = "there is not always a JIT")]
    #[inline]
    pub const fn is_jump(self) -> bool {
        self as u8 >= Op::JEq64Imm as u8 && self as u8 <= Op::Ja as u8
    }

    /// Whether it is the last instruction of its block: the operations of [`crate::meter::Class::ends_block`].
    #[inline]
    pub const fn ends_block(self) -> bool {
        self as u8 >= Op::JEq64Imm as u8 && self as u8 <= Op::Exit as u8
            || self as u8 >= Op::Syscall as u8 && self as u8 <= Op::WideIntrinsic as u8
    }

    /// Whether it is an atomic operation.
    #[allow(dead_code, reason = "there is not always a JIT")]
    #[inline]
    pub const fn is_atomic(self) -> bool {
        self as u8 >= Op::AtomicAdd32 as u8 && self as u8 <= Op::CompareExchange64 as u8
    }

    /// The kind of its namesake, if it has one.
    #[allow(dead_code, reason = "there is not always a JIT")]
    #[inline]
    pub fn kind(self) -> Option<Kind> {
        KINDS[self as usize]
    }

    /// The operation of the same name, if there is one.
    #[inline]
    pub const fn same(op: bpf_isa::Op) -> Option<Op> {
        SAME[op as usize]
    }
}

/// An instruction.
///
/// ```text
/// byte 0    operation
///      1    dst
///      2    src
///      4    offset, and the index of the target for a jump or call
///      8    imm
///     12    what the block costs, in its first instruction; otherwise 0
/// ```
///
/// [`Op::LdImm64`] has its upper half in `offset`. [`Op::GotoX`] has the function's first slot in `offset` and the
/// number of its slots in `imm`. [`Op::CallLocal`] has the caller's frame size in the lower half of `imm` and the
/// callee's in the upper half, in units of [`FRAME_UNIT`] bytes; [`Op::CallX`] has only the caller's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub(crate) struct Insn {
    pub op: Op,
    pub dst: Reg,
    pub src: Reg,
    pub offset: i32,
    pub imm: i32,
    pub cost: u32,
}

/// Unit of the frame sizes in calls, in bytes.
pub(crate) const FRAME_UNIT: u32 = contract_abi::memory::FRAME_ALIGN;

const _: () = assert!(size_of::<Insn>() == 16);
const _: () = assert!(contract_abi::image::MAX_FRAME_SIZE / FRAME_UNIT <= u16::MAX as u32);

impl Insn {
    pub const fn new(op: Op) -> Self {
        Self { op, dst: Reg::R0, src: Reg::R0, offset: 0, imm: 0, cost: 0 }
    }

    /// The second operand when it is an immediate.
    #[inline(always)]
    pub const fn imm64(&self) -> u64 {
        self.imm as i64 as u64
    }

    /// The index that a jump or call leads to.
    #[inline(always)]
    pub const fn target(&self) -> usize {
        self.offset as u32 as usize
    }

    /// The 64 bits of [`Op::LdImm64`].
    #[inline(always)]
    pub const fn wide_imm(&self) -> u64 {
        (self.offset as u32 as u64) << 32 | self.imm as u32 as u64
    }

    /// Frame size of the caller, in bytes.
    #[inline(always)]
    pub const fn caller_frame(&self) -> u32 {
        caller_frame(self.imm)
    }

    /// Frame size of the callee, in bytes.
    #[inline(always)]
    pub const fn callee_frame(&self) -> u32 {
        callee_frame(self.imm)
    }
}

/// Frame size of the caller, in bytes, in the `imm` of a call.
#[inline(always)]
pub(crate) const fn caller_frame(imm: i32) -> u32 {
    (imm as u32 & 0xffff) * FRAME_UNIT
}

/// Frame size of the callee, in bytes, in the `imm` of a call.
#[inline(always)]
pub(crate) const fn callee_frame(imm: i32) -> u32 {
    (imm as u32 >> 16) * FRAME_UNIT
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meter::Class;

    #[test]
    fn blocks_end_where_their_price_says() {
        for &op in bpf_isa::Op::ALL {
            if let Some(same) = Op::same(op) {
                assert_eq!(same.ends_block(), Class::of_op(op).ends_block(), "{op:?}");
            }
        }
        let own = [Op::Syscall, Op::SyscallX, Op::Abort, Op::MemoryIntrinsic, Op::WideIntrinsic];
        assert!(own.into_iter().all(Op::ends_block));
        let others = [Op::Enter, Op::LoadArg, Op::StoreArgImm, Op::StoreArgReg, Op::Swap16];
        assert!(!others.into_iter().any(Op::ends_block));
    }
}

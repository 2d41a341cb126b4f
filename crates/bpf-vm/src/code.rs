//! A verified program in the form that engines read.
//!
//! The text of a program is made to be stored: a jump counts slots, a wide instruction takes two of
//! them, what a block costs is nowhere. An engine would have to work all that out again and again, so
//! the verifier, which works it out anyway, writes it down once: 16 bytes an instruction, jumps by index,
//! the block's price in its first instruction, frame sizes in the call.
//!
//! Operations are those of [`bpf_isa::Op`] without what means the same (a load-acquire is a load, where
//! one thread runs) and with a few of our own.
//!
//! # Invariant
//!
//! Only [`crate::verify()`] makes this form. In it, every index is that of an instruction, every index that
//! control can reach by a jump, call, return or resumption is that of a block's first instruction, and
//! the last instruction never runs on. Engines rely on it.

use crate::interp::pairs;
use bpf_isa::{Kind, Reg};

macro_rules! operations {
    (
        from the isa: $($isa:ident)*;
        our own: $($(#[$doc:meta])* $own:ident),*;
        pairs: $($pair:ident = $first:ident $second:ident $rule:ident,)*
    ) => {
        /// An operation.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub(crate) enum Op {
            $($isa,)*
            $($(#[$doc])* $own,)*
            $(#[doc = concat!("`", stringify!($first), "`, then `", stringify!($second), "`.")] $pair,)*
        }

        impl Op {
            const COUNT: usize = [$(Op::$isa,)* $(Op::$own,)* $(Op::$pair,)*].len();

            /// The pair that the operations of `first` and `second`, which follows it in the same block, are.
            pub fn pair(first: &Insn, second: &Insn) -> Option<Op> {
                match (first.op, second.op) {
                    $((Op::$first, Op::$second) if pairs::$rule(first, second) => Some(Op::$pair),)*
                    _ => None,
                }
            }

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
        /// Pays for the next instruction's block, which the one before runs into. Nothing of the text.
        Enter,
        /// `dst` = the stack argument number `offset`, from 0.
        LoadArg,
        /// The stack argument number `offset`, from 0, = `imm`.
        StoreArgImm,
        /// The stack argument number `offset`, from 0, = `src`.
        StoreArgReg,
        /// Leaves with the helper number `imm`.
        Syscall,
        /// Leaves with the helper number in `dst`.
        SyscallX,
        /// Traps.
        Abort,
        /// The intrinsic number `imm`, one that works on memory by the byte.
        MemoryIntrinsic,
        /// The intrinsic number `imm`, one of 128-bit arithmetic.
        WideIntrinsic,
        // Runs of more than two, in `Insn::step` alone: see `interp/pairs.rs`.
        /// `t = x; t >>= n; x <<= m; x |= t`, 64 bits wide: a rotation, mostly.
        RotateRight64,
        /// `t = x; t <<= n; x >>= m; x |= t`, 64 bits wide.
        RotateLeft64,
        /// `t = x; t >>= n; x <<= m; x |= t`, 32 bits wide.
        RotateRight32,
        /// `t = x; t <<= n; x >>= m; x |= t`, 32 bits wide.
        RotateLeft32,
        /// `t = x; t >>= n; y = x; y <<= m; y |= t`, 64 bits wide.
        RotatedRight64,
        /// `t = x; t <<= n; y = x; y >>= m; y |= t`, 64 bits wide.
        RotatedLeft64,
        /// `t = x; t >>= n; y = x; y <<= m; y |= t`, 32 bits wide.
        RotatedRight32,
        /// `t = x; t <<= n; y = x; y >>= m; y |= t`, 32 bits wide.
        RotatedLeft32,
        /// `t = x; t += y; z = *(u8 *)(t + offset)`
        SumLoad8,
        /// `t = x; t += y; z = *(u32 *)(t + offset)`
        SumLoad32,
        /// `t = x; t += y; z = *(u64 *)(t + offset)`
        SumLoad64,
        /// `t = imm; t += y; z = *(u8 *)(t + offset)`
        IndexLoad8,
        /// `t = imm; t += y; z = *(u32 *)(t + offset)`
        IndexLoad32,
        /// `t = imm; t += y; z = *(u64 *)(t + offset)`
        IndexLoad64;
    pairs: // In `Insn::step` alone: see `interp/pairs.rs`.
        Mov64RegAdd64Imm = Mov64Reg Add64Imm chain,
        Mov64RegAdd64Reg = Mov64Reg Add64Reg chain_reg,
        Mov64ImmAdd64Reg = Mov64Imm Add64Reg chain_reg,
        Mov64RegRsh64Imm = Mov64Reg Rsh64Imm chain,
        Mov64RegLsh64Imm = Mov64Reg Lsh64Imm chain,
        Mov64RegAnd64Imm = Mov64Reg And64Imm chain,
        Mov64RegAnd64Reg = Mov64Reg And64Reg chain_reg,
        Mov64RegXor64Reg = Mov64Reg Xor64Reg chain_reg,
        Mov64RegOr64Reg = Mov64Reg Or64Reg chain_reg,
        Mov32RegRsh32Imm = Mov32Reg Rsh32Imm chain,
        Mov32RegLsh32Imm = Mov32Reg Lsh32Imm chain,
        Mov32RegAnd32Imm = Mov32Reg And32Imm chain,
        Lsh64ImmOr64Reg = Lsh64Imm Or64Reg chain_reg,
        Lsh64ImmAdd64Reg = Lsh64Imm Add64Reg chain_reg,
        Lsh32ImmOr32Reg = Lsh32Imm Or32Reg chain_reg,
        And32ImmLsh64Imm = And32Imm Lsh64Imm chain,
        And64ImmLsh64Imm = And64Imm Lsh64Imm chain,
        Rsh32ImmAnd32Imm = Rsh32Imm And32Imm chain,
        Mul32RegAdd32Reg = Mul32Reg Add32Reg chain_reg,
        Mov64RegMov64Reg = Mov64Reg Mov64Reg any,
        Mov32RegMov32Reg = Mov32Reg Mov32Reg any,
        Add64ImmAdd64Imm = Add64Imm Add64Imm any,
        Add64RegMov64Reg = Add64Reg Mov64Reg any,
        Add64ImmMov64Reg = Add64Imm Mov64Reg any,
        Add64ImmMov32Reg = Add64Imm Mov32Reg any,
        Xor64RegMov64Reg = Xor64Reg Mov64Reg any,
        Mul64RegMov64Reg = Mul64Reg Mov64Reg any,
        Lsh64ImmMov64Reg = Lsh64Imm Mov64Reg any,
        Lsh64ImmMov64Imm = Lsh64Imm Mov64Imm any,
        Rsh64ImmLsh64Imm = Rsh64Imm Lsh64Imm any,
        Load64Load64 = Load64 Load64 any,
        Load32Load32 = Load32 Load32 any,
        Load8Load8 = Load8 Load8 any,
        Load64Store64Reg = Load64 Store64Reg any,
        Store64RegLoad64 = Store64Reg Load64 any,
        Store64RegStore64Reg = Store64Reg Store64Reg any,
        Load64Mov64Reg = Load64 Mov64Reg any,
        Load64Add64Reg = Load64 Add64Reg any,
        Load64Xor64Reg = Load64 Xor64Reg any,
        Load64Mul64Reg = Load64 Mul64Reg any,
        Load32Add32Reg = Load32 Add32Reg any,
        Load32Mul32Reg = Load32 Mul32Reg any,
        Add64RegLoad8 = Add64Reg Load8 any,
        Add64RegLoad32 = Add64Reg Load32 any,
        Add64RegLoad64 = Add64Reg Load64 any,
        Mov64RegLoad64 = Mov64Reg Load64 any,
        Mov64RegLoad32 = Mov64Reg Load32 any,
        Or64RegLoad64 = Or64Reg Load64 any,
        Xor64RegLoad64 = Xor64Reg Load64 any,
        Store64RegMov64Reg = Store64Reg Mov64Reg any,
        Add64RegStore64Reg = Add64Reg Store64Reg any,
        Add64ImmStore64Reg = Add64Imm Store64Reg any,
        Xor64RegStore64Reg = Xor64Reg Store64Reg any,
        Or64RegStore64Reg = Or64Reg Store64Reg any,
        Add64RegStore8Imm = Add64Reg Store8Imm any,
        Add64ImmJa = Add64Imm Ja any,
        Add64RegJa = Add64Reg Ja any,
        Add64ImmJGe64Reg = Add64Imm JGe64Reg any,
        Add64ImmJLt64Reg = Add64Imm JLt64Reg any,
        Add64ImmJEq64Reg = Add64Imm JEq64Reg any,
        Add64ImmJNe64Imm = Add64Imm JNe64Imm any,
        Add64RegJLt64Reg = Add64Reg JLt64Reg any,
        Mov64RegJLt64Imm = Mov64Reg JLt64Imm any,
        Load8JEq32Reg = Load8 JEq32Reg any,
        Load8JNe32Imm = Load8 JNe32Imm any,
        Load8JEq32Imm = Load8 JEq32Imm any,
        Load32JLe32Reg = Load32 JLe32Reg any,
        Add32RegJGe64Reg = Add32Reg JGe64Reg any,
        Mov32ImmJLt64Reg = Mov32Imm JLt64Reg any,
        Mov32RegJLt64Imm = Mov32Reg JLt64Imm any,
        Load32JGe32Reg = Load32 JGe32Reg any,
        Load64JLt64Reg = Load64 JLt64Reg any,
        Add64RegExit = Add64Reg Exit any,
        Store32RegStore32Reg = Store32Reg Store32Reg any,
        Add64RegMov32Imm = Add64Reg Mov32Imm any,
        Load32Xor32Reg = Load32 Xor32Reg any,
        Load8Store8Reg = Load8 Store8Reg any,
        Mov64RegCallLocal = Mov64Reg CallLocal any,
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

/// What operations do that have a namesake.
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

    /// What it does, if that is what its namesake does.
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
///      3    what the interpreter does here: the operation, or a pair or run that it begins
///      4    offset, and the index of the target for a jump or call
///      8    imm
///     12    what the block costs, in its first instruction; otherwise 0
/// ```
///
/// [`Op::LdImm64`] has the upper half in `offset`. [`Op::GotoX`] has the function's first slot in `offset`
/// and the number of its slots in `imm`. [`Op::CallLocal`] has the frame size of the caller in the lower
/// half of `imm` and that of the callee in the upper half, in units of [`FRAME_UNIT`] bytes;
/// [`Op::CallX`] has that of the caller alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub(crate) struct Insn {
    pub op: Op,
    pub dst: Reg,
    pub src: Reg,
    pub step: Op,
    pub offset: i32,
    pub imm: i32,
    pub cost: u32,
}

/// In which calls hold frame sizes, in bytes.
pub(crate) const FRAME_UNIT: u32 = contract_abi::memory::FRAME_ALIGN;

const _: () = assert!(size_of::<Insn>() == 16);
const _: () = assert!(contract_abi::image::MAX_FRAME_SIZE / FRAME_UNIT <= u16::MAX as u32);

impl Insn {
    pub const fn new(op: Op) -> Self {
        Self { op, dst: Reg::R0, src: Reg::R0, step: op, offset: 0, imm: 0, cost: 0 }
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
        (self.imm as u32 & 0xffff) * FRAME_UNIT
    }

    /// Frame size of the callee, in bytes.
    #[inline(always)]
    pub const fn callee_frame(&self) -> u32 {
        (self.imm as u32 >> 16) * FRAME_UNIT
    }
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

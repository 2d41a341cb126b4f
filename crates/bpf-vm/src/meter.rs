//! Gas: what instructions cost, and how a block is charged.
//!
//! Every engine follows the same rules:
//!
//! 1. A block (see [`crate::blocks`]) is charged whole before its first instruction.
//! 2. A block that cannot be paid for does not start. Gas stays as it was, and the run ends with
//!    [`crate::Exit::OutOfGas`] at the block's first instruction.
//! 3. A fault inside a block keeps the charge for the whole block.
//! 4. Blocks end at calls of every kind, so at a syscall exactly the instructions executed have been charged.
//! 5. An intrinsic that works on memory is also charged for its bytes, before it works. If the gas does not suffice,
//!    the run ends there, with gas as it was.
//!
//! Costs depend on the class of an instruction. The table has a version. A program's cost under one version never
//! changes, so a chain can name the version that its weights were measured with.

use bpf_isa::{AluOp, Callee, Insn, Kind, Op};
use contract_abi::intrinsic::Intrinsic;
use core::fmt;

/// An amount of gas, charged or left.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Gas(pub u64);

impl Gas {
    /// The largest amount.
    pub const MAX: Gas = Gas(u64::MAX);
}

impl fmt::Display for Gas {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A kind of instruction that has its own price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Class {
    /// Arithmetic, moves, byte order, wide loads.
    Alu,
    /// Multiplication.
    Mul,
    /// Division and remainder.
    Div,
    /// Load from memory or of a stack argument.
    Load,
    /// Store to memory or of a stack argument.
    Store,
    /// Atomic operation.
    Atomic,
    /// Jump, conditional or not.
    Jump,
    /// `gotox`.
    JumpPointer,
    /// Call of a function of the program.
    Call,
    /// `callx`.
    CallPointer,
    /// `exit`.
    Exit,
    /// Leaving the virtual machine and coming back.
    Syscall,
    /// An intrinsic on memory, without the charge for its bytes.
    MemoryIntrinsic,
    /// A 128-bit product, whole or its upper half.
    WideMul,
    /// A 128-bit quotient or remainder.
    WideDiv,
}

impl Class {
    /// All classes, in the order of [`CostTable`].
    pub const ALL: [Class; 15] = [
        Class::Alu,
        Class::Mul,
        Class::Div,
        Class::Load,
        Class::Store,
        Class::Atomic,
        Class::Jump,
        Class::JumpPointer,
        Class::Call,
        Class::CallPointer,
        Class::Exit,
        Class::Syscall,
        Class::MemoryIntrinsic,
        Class::WideMul,
        Class::WideDiv,
    ];

    /// The class of an instruction. `intrinsics` tells whether high helper numbers are intrinsics.
    #[inline]
    pub fn of(insn: &Insn, intrinsics: bool) -> Class {
        let class = BY_OP[insn.op as usize];
        match Intrinsic::from_number(insn.imm as u32) {
            Some(intrinsic) if intrinsics && insn.op == Op::Call => Self::of_intrinsic(intrinsic),
            _ => class,
        }
    }

    /// The class of an operation, whatever its operands.
    pub(crate) const fn of_op(op: Op) -> Class {
        Self::of_kind(op.kind())
    }

    /// Whether an instruction of this class is the last one of its block: jumps, calls and `exit`.
    #[inline]
    pub const fn ends_block(self) -> bool {
        match self {
            Class::Alu | Class::Mul | Class::Div | Class::Load | Class::Store | Class::Atomic => false,
            Class::Jump
            | Class::JumpPointer
            | Class::Call
            | Class::CallPointer
            | Class::Exit
            | Class::Syscall
            | Class::MemoryIntrinsic
            | Class::WideMul
            | Class::WideDiv => true,
        }
    }

    const fn of_kind(kind: Kind) -> Class {
        match kind {
            Kind::Alu(_, AluOp::Mul, _) => Class::Mul,
            Kind::Alu(_, AluOp::Div | AluOp::SDiv | AluOp::Mod | AluOp::SMod, _) => Class::Div,
            Kind::Alu(..) | Kind::Neg(_) | Kind::MovSx(..) | Kind::ByteOrder(..) | Kind::LoadWide(_) => {
                Class::Alu
            }
            Kind::Load(_) | Kind::LoadSx(_) | Kind::LoadAcquire(_) => Class::Load,
            Kind::Store(..) | Kind::StoreRelease(_) => Class::Store,
            Kind::Atomic(..) | Kind::Exchange(_) | Kind::CompareExchange(_) => Class::Atomic,
            Kind::Jump | Kind::JumpLong | Kind::Branch(..) => Class::Jump,
            Kind::JumpPointer => Class::JumpPointer,
            Kind::Call(Callee::Local) => Class::Call,
            Kind::Call(Callee::Pointer) => Class::CallPointer,
            Kind::Call(Callee::Helper | Callee::HelperByBtfId) => Class::Syscall,
            Kind::Exit => Class::Exit,
        }
    }

    fn of_intrinsic(intrinsic: Intrinsic) -> Class {
        match intrinsic {
            Intrinsic::Abort => Class::Exit,
            Intrinsic::MemCpy | Intrinsic::MemMove | Intrinsic::MemSet | Intrinsic::MemCmp => {
                Class::MemoryIntrinsic
            }
            Intrinsic::MulHigh | Intrinsic::MulTi | Intrinsic::MulTiPtr => Class::WideMul,
            Intrinsic::UDivTi
            | Intrinsic::UModTi
            | Intrinsic::DivTi
            | Intrinsic::ModTi
            | Intrinsic::UDivTiPtr
            | Intrinsic::UModTiPtr
            | Intrinsic::DivTiPtr
            | Intrinsic::ModTiPtr => Class::WideDiv,
        }
    }
}

/// The class of each operation, ignoring `imm`.
static BY_OP: [Class; Op::ALL.len()] = {
    let mut classes = [Class::Alu; Op::ALL.len()];
    let mut number = 0;
    while number < classes.len() {
        classes[number] = Class::of_kind(Op::ALL[number].kind());
        number += 1;
    }
    classes
};

/// The prices of all classes, in one version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CostTable {
    version: u32,
    by_class: [u32; Class::ALL.len()],
    per_word: u32,
}

impl CostTable {
    /// The first table.
    ///
    /// Measured with the interpreter: one gas is a quarter of an addition. Division and 128-bit division are priced for
    /// processors that divide slowly. The price of a syscall excludes the embedder's work in it.
    pub const V1: CostTable = CostTable {
        version: 1,
        by_class: [
            4,   // Alu
            4,   // Mul
            10,  // Div
            7,   // Load
            8,   // Store
            20,  // Atomic
            8,   // Jump
            12,  // JumpPointer
            14,  // Call
            20,  // CallPointer
            10,  // Exit
            70,  // Syscall
            60,  // MemoryIntrinsic
            24,  // WideMul
            100, // WideDiv
        ],
        per_word: 1,
    };

    /// Everything is free and nothing is metered: for measurements, and for embedders that trust their programs to end.
    /// Never use it on a chain.
    ///
    /// Blocks stay blocks: engines must not assume that nothing jumps to an instruction without a price.
    pub const FREE: CostTable = CostTable { version: 0, by_class: [0; Class::ALL.len()], per_word: 0 };

    /// Its version, from 1; 0 is [`CostTable::FREE`].
    pub const fn version(&self) -> u32 {
        self.version
    }

    /// Whether gas is counted at all: true for every table but [`CostTable::FREE`].
    pub const fn is_metered(&self) -> bool {
        self.version != CostTable::FREE.version
    }

    /// The price of an instruction of this class.
    pub const fn cost(&self, class: Class) -> u32 {
        self.by_class[class as usize]
    }

    /// The charge of an intrinsic on memory for `len` bytes, beside its own price: for each 8 bytes begun.
    pub const fn bulk(&self, len: u64) -> u64 {
        len.div_ceil(8).saturating_mul(self.per_word as u64)
    }
}

impl Default for CostTable {
    fn default() -> Self {
        Self::V1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bpf_isa::Reg;

    #[test]
    fn version_1_is_pinned() {
        let prices: alloc::vec::Vec<u32> = Class::ALL.into_iter().map(|c| CostTable::V1.cost(c)).collect();
        assert_eq!(prices, [4, 4, 10, 7, 8, 20, 8, 12, 14, 20, 10, 70, 60, 24, 100]);
        assert_eq!(CostTable::V1.version(), 1);
        assert!(CostTable::V1.is_metered());
    }

    #[test]
    fn what_is_not_metered_costs_nothing() {
        assert!(!CostTable::FREE.is_metered());
        assert!(Class::ALL.into_iter().all(|class| CostTable::FREE.cost(class) == 0));
        assert_eq!(CostTable::FREE.bulk(u64::MAX), 0);
    }

    #[test]
    fn bulk_work_pays_for_each_word_begun() {
        for (len, gas) in [(0, 0), (1, 1), (8, 1), (9, 2), (4096, 512), (u64::MAX, 1 << 61)] {
            assert_eq!(CostTable::V1.bulk(len), gas, "{len}");
        }
    }

    #[test]
    fn every_operation_has_a_class_and_no_class_is_free() {
        for &op in Op::ALL {
            let class = Class::of(&Insn::new(op), true);
            assert!(CostTable::V1.cost(class) > 0, "{op:?}");
        }
        for &intrinsic in Intrinsic::ALL {
            let call = Insn::new(Op::Call).with_imm(intrinsic.number().into());
            assert_ne!(Class::of(&call, true), Class::Syscall, "{intrinsic:?}");
            assert_eq!(Class::of(&call, false), Class::Syscall, "{intrinsic:?}");
        }
        let division = Insn::new(Op::SMod32Reg).with_dst(Reg::R1).with_src(Reg::R2);
        assert_eq!(Class::of(&division, true), Class::Div);
    }
}

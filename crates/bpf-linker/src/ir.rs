//! The program during linking: functions as graphs of blocks, and chunks of data.
//!
//! Rewrites have to move and drop instructions without counting slots. So no instruction here holds a
//! distance or an address: jumps name blocks, and calls and wide loads name their target ([`Target`]).
//! Distances are computed when the program is laid out.
//!
//! *Invariant*: every id exists. The body of a block contains no jump, no `exit` and nothing after a call
//! that does not return; [`End`] says how the block ends. Each instruction knows its origin.

use bpf_isa::{Callee, Insn, Kind, Op, Reg, RegSet};
use contract_abi::intrinsic::Intrinsic;
use contract_abi::syscall::{Returns, Syscall};

/// Index in [`Program::functions`].
pub(crate) type FunctionId = usize;
/// Index in [`Program::chunks`].
pub(crate) type ChunkId = usize;
/// Index in [`Function::blocks`].
pub(crate) type BlockId = usize;

/// Everything that will be in the image.
#[derive(Clone, Debug)]
pub(crate) struct Program<'a> {
    pub(crate) functions: Vec<Function<'a>>,
    pub(crate) chunks: Vec<Chunk<'a>>,
    pub(crate) deploy: FunctionId,
    pub(crate) call: FunctionId,
}

/// A function.
#[derive(Clone, Debug)]
pub(crate) struct Function<'a> {
    /// Its symbol; empty if it has none.
    pub(crate) name: &'a str,
    /// The object and section it comes from.
    pub(crate) object: usize,
    pub(crate) section: usize,
    /// Its first byte in that section.
    pub(crate) start: u64,
    /// In bytes, a multiple of 16.
    pub(crate) frame_size: u32,
    /// The first is the entry. Never empty.
    pub(crate) blocks: Vec<Block>,
    /// Whether the result may be in r0:r2 (LLVM 23); otherwise it is only in r0.
    pub(crate) returns_pair: bool,
    /// The jump tables that its blocks use.
    pub(crate) tables: Vec<Vec<BlockId>>,
}

/// Instructions that execute in sequence.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    pub(crate) body: Vec<Item>,
    pub(crate) end: End,
}

/// An instruction of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Item {
    pub(crate) insn: Insn,
    /// What its immediate refers to, if it is not a plain number.
    pub(crate) target: Option<Target>,
    /// Byte offset in the function's original section.
    pub(crate) origin: u32,
}

/// A function, or something that has an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Target {
    /// A function: called by `call`, its code address in a wide load or in data.
    Function(FunctionId),
    /// A byte relative to the start of a chunk.
    Data(ChunkId, i64),
    /// A jump table of the function that the instruction is in.
    Table(usize),
    /// `__heap_base` and an addend.
    HeapBase(i64),
    /// `__heap_end` and an addend.
    HeapEnd(i64),
}

/// How a block ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// Jumps to another block.
    Jump(BlockId),
    /// Jumps to `taken` if the condition of `insn` holds, else to `other`.
    Branch { insn: Insn, taken: BlockId, other: BlockId, origin: u32 },
    /// Jumps to one of the blocks of a table, by the code address in a register. While the table is not
    /// known, to one of the blocks of any table of the function.
    Table { reg: Reg, table: Option<usize>, origin: u32 },
    /// Returns to the caller.
    Exit { origin: u32 },
    /// Unreachable: the last instruction of the body does not return.
    Never,
}

/// The memory region of a chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Region {
    Rodata,
    Data,
    Bss,
}

/// A section of data, or a common symbol.
#[derive(Clone, Debug)]
pub(crate) struct Chunk<'a> {
    pub(crate) name: &'a str,
    pub(crate) region: Region,
    /// The object and section it comes from; none if it is a common symbol.
    pub(crate) source: Option<(usize, usize)>,
    /// Empty for [`Region::Bss`].
    pub(crate) data: &'a [u8],
    pub(crate) size: u64,
    pub(crate) align: u64,
    pub(crate) fixups: Vec<Fixup>,
}

/// A field of data that holds an address.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fixup {
    /// In bytes from the start of the chunk.
    pub(crate) offset: u64,
    /// Width of the field: 4 or 8 bytes.
    pub(crate) width: usize,
    pub(crate) target: Target,
}

impl End {
    /// The blocks that may follow. Jump tables are looked up in `tables`.
    pub(crate) fn successors<'t>(&'t self, tables: &'t [Vec<BlockId>]) -> impl Iterator<Item = BlockId> + 't {
        let (direct, tables): ([Option<BlockId>; 2], &[Vec<BlockId>]) = match *self {
            End::Jump(to) => ([Some(to), None], &[]),
            End::Branch { taken, other, .. } => ([Some(taken), Some(other)], &[]),
            End::Table { table: Some(table), .. } => ([None, None], &tables[table..=table]),
            End::Table { table: None, .. } => ([None, None], tables),
            End::Exit { .. } | End::Never => ([None, None], &[]),
        };
        direct.into_iter().flatten().chain(tables.iter().flatten().copied())
    }

    /// Calls `change` on each block that it names directly, not on those in tables.
    pub(crate) fn retarget(&mut self, mut change: impl FnMut(BlockId) -> BlockId) {
        match self {
            End::Jump(to) => *to = change(*to),
            End::Branch { taken, other, .. } => {
                *taken = change(*taken);
                *other = change(*other);
            }
            End::Table { .. } | End::Exit { .. } | End::Never => {}
        }
    }

    /// Registers it reads. `exit` passes r0 to the caller, and r2 where results are in r0:r2.
    pub(crate) fn reads(&self) -> RegSet {
        match self {
            End::Branch { insn, .. } => insn.reads(),
            End::Table { reg, .. } => RegSet::EMPTY.with(*reg),
            End::Exit { .. } => RegSet::EMPTY.with(Reg::R0).with(Reg::R2),
            End::Jump(_) | End::Never => RegSet::EMPTY,
        }
    }
}

impl Function<'_> {
    /// Whether each block, by id, can be reached.
    pub(crate) fn reachable(&self) -> Vec<bool> {
        let mut reached = vec![false; self.blocks.len()];
        let mut todo = vec![0];
        while let Some(block) = todo.pop() {
            if !std::mem::replace(&mut reached[block], true) {
                todo.extend(self.blocks[block].end.successors(&self.tables));
            }
        }
        reached
    }

    /// The number of ends that lead to each block. The entry counts one more, for the caller.
    pub(crate) fn predecessor_counts(&self) -> Vec<usize> {
        let mut counts = vec![0; self.blocks.len()];
        counts[0] = 1;
        let reached = self.reachable();
        for (block, _) in self.blocks.iter().zip(&reached).filter(|(_, reached)| **reached) {
            for successor in block.end.successors(&self.tables) {
                counts[successor] += 1;
            }
        }
        counts
    }

    /// Every target that reachable code of the function refers to, in order.
    pub(crate) fn targets(&self) -> impl Iterator<Item = (&Item, Target)> {
        let reached = self.reachable();
        self.blocks
            .iter()
            .zip(reached)
            .filter(|(_, reached)| *reached)
            .flat_map(|(block, _)| &block.body)
            .filter_map(|item| Some((item, item.target?)))
    }
}

impl Item {
    /// A call of the intrinsic that traps.
    pub(crate) fn trap(origin: u32) -> Item {
        let insn = Insn::new(Op::Call).with_imm(Intrinsic::Abort.number().into());
        Item { insn, target: None, origin }
    }

    /// Whether it is a call of the intrinsic that traps.
    pub(crate) fn traps(&self) -> bool {
        self.helper() == Some(Intrinsic::Abort.number())
    }

    /// The helper function it calls, by number.
    pub(crate) fn helper(&self) -> Option<u32> {
        match (self.insn.kind(), self.target) {
            (Kind::Call(Callee::Helper), None) => Some(self.insn.imm as u32),
            _ => None,
        }
    }

    /// Whether it calls a helper function that never returns.
    pub(crate) fn never_returns(&self) -> bool {
        self.helper().is_some_and(|number| {
            number == Intrinsic::Abort.number()
                || Syscall::from_number(number).is_some_and(|syscall| syscall.returns() == Returns::Never)
        })
    }

    /// Registers it reads. Of a helper function, only the registers of its arguments.
    pub(crate) fn reads(&self) -> RegSet {
        match self.helper().and_then(arguments) {
            Some(count) => (1..=count.min(5) as u8).filter_map(Reg::from_number).collect(),
            None => self.insn.reads(),
        }
    }

    /// Whether writing its destination is its only effect.
    pub(crate) fn is_pure(&self) -> bool {
        matches!(
            self.insn.kind(),
            Kind::Alu(..) | Kind::Neg(_) | Kind::MovSx(..) | Kind::ByteOrder(..) | Kind::LoadWide(_)
        )
    }
}

/// The number of arguments of a helper function, if known.
fn arguments(number: u32) -> Option<usize> {
    if let Some(syscall) = Syscall::from_number(number) {
        return Some(syscall.args().len());
    }
    Some(match Intrinsic::from_number(number)? {
        Intrinsic::Abort => 0,
        Intrinsic::MulHigh => 2,
        Intrinsic::MemCpy | Intrinsic::MemMove | Intrinsic::MemSet | Intrinsic::MemCmp => 3,
        Intrinsic::MulTi | Intrinsic::UDivTi | Intrinsic::UModTi | Intrinsic::DivTi | Intrinsic::ModTi => 4,
        // A new one may take any number.
        _ => return None,
    })
}

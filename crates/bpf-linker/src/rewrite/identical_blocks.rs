//! Merges identical blocks of a function.
//!
//! Of blocks with equal instructions and the same successor, one is kept. Blocks that end in a call that does
//! not return are kept apart even if equal: the pc of a trap shows which panic it was
//! (`docs/decisions/0041-one-trap-per-panic.md`).

use crate::ir::{BlockId, End, Function, Program, Target};
use bpf_isa::{Insn, Reg};
use std::collections::HashMap;

/// Merges blocks.
pub(super) fn run(program: &mut Program<'_>) {
    for function in &mut program.functions {
        // Merging two blocks can make their predecessors equal.
        while merge(function) {}
    }
}

/// An instruction without its origin.
type Operation = (Insn, Option<Target>);

#[derive(PartialEq, Eq, Hash)]
enum Way {
    Jump(BlockId),
    Branch(Insn, BlockId, BlockId),
    Table(Reg, Option<usize>),
    Exit,
}

/// Merges once. Returns whether any blocks were merged.
fn merge(function: &mut Function<'_>) -> bool {
    let reached = function.reachable();
    let mut found: HashMap<(Vec<Operation>, Way), BlockId> = HashMap::new();
    let mut stand_in: Vec<BlockId> = (0..function.blocks.len()).collect();
    let mut merged = false;
    for id in (0..function.blocks.len()).filter(|&id| reached[id]) {
        let block = &function.blocks[id];
        let way = match block.end {
            End::Jump(to) => Way::Jump(to),
            End::Branch { insn, taken, other, .. } => Way::Branch(insn, taken, other),
            End::Table { reg, table, .. } => Way::Table(reg, table),
            End::Exit { .. } => Way::Exit,
            End::Never => continue,
        };
        // A block that is only `exit` is as short as a jump to another one.
        if block.body.is_empty() && way == Way::Exit {
            continue;
        }
        let body = block.body.iter().map(|item| (item.insn, item.target)).collect();
        let first = *found.entry((body, way)).or_insert(id);
        if first != id {
            stand_in[id] = first;
            merged = true;
        }
    }
    if merged {
        for block in &mut function.blocks {
            block.end.retarget(|to| stand_in[to]);
        }
        for target in function.tables.iter_mut().flatten() {
            *target = stand_in[*target];
        }
    }
    merged
}

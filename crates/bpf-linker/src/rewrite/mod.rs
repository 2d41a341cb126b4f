//! Rewrites of the program between resolution and layout.
//!
//! Two are needed for correctness ([`jump_table`], and calls through pointers where there is nothing
//! to call, below); the others make the program smaller and faster without changing what it does, and
//! each can be left out. One file each; [`run`] is the order.
//!
//! *Invariant*: a rewrite keeps that of [`crate::ir`], and the results, memory, sequence of helper calls
//! and traps of every run of the program. Each is tested by running programs before and after it.

mod jump_table;
mod wide;

use crate::error::{LinkError, Place};
use crate::ir::{BlockId, Function, Item, Program};
use crate::layout::Order;
use bpf_isa::{Callee, Kind, Op, Reg};
use std::collections::BTreeSet;

/// Runs the rewrites.
///
/// # Errors
/// [`LinkError::UnsupportedJumpTable`].
pub(crate) fn run(
    program: &mut Program<'_>,
    place: &dyn Fn(usize, usize, u64) -> Place,
) -> Result<(), LinkError> {
    for function in &mut program.functions {
        jump_table::run(function).map_err(|origin| LinkError::UnsupportedJumpTable {
            place: place(function.object, function.section, origin.into()),
            function: crate::demangle::full(function.name),
        })?;
    }
    trap_calls_to_nothing(program);
    wide::run(program);
    Ok(())
}

/// The operation of this kind.
pub(crate) fn op(kind: Kind) -> Op {
    let found = Op::ALL.iter().find(|op| op.kind() == kind);
    *found.expect("kinds are made here by changing a part that every row of the table has; qed")
}

/// Where no function's address is taken, a call through a pointer can only trap, and the verifier
/// refuses it. Such calls stay behind where a compiler keeps code that never runs.
fn trap_calls_to_nothing(program: &mut Program<'_>) {
    if !Order::new(program).address_taken.is_empty() {
        return;
    }
    let items = program.functions.iter_mut().flat_map(|function| &mut function.blocks);
    for item in items.flat_map(|block| &mut block.body) {
        if item.insn.kind() == Kind::Call(Callee::Pointer) {
            *item = Item::trap(item.origin);
        }
    }
}

/// A position in a function: before the instruction `index` of a block, or at its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Point {
    pub(crate) block: BlockId,
    pub(crate) index: usize,
}

/// The instructions that may have written what `reg` holds at `at`; none if it may hold what the
/// function was entered with.
fn defs(function: &Function<'_>, at: Point, reg: Reg) -> Option<Vec<Point>> {
    let mut predecessors = vec![Vec::new(); function.blocks.len()];
    let reached = function.reachable();
    for (id, block) in function.blocks.iter().enumerate().filter(|(id, _)| reached[*id]) {
        for successor in block.end.successors(&function.tables) {
            predecessors[successor].push(id);
        }
    }
    let mut found = BTreeSet::new();
    let mut met = BTreeSet::new();
    let mut todo = vec![at];
    while let Some(point) = todo.pop() {
        let body = &function.blocks[point.block].body[..point.index];
        if let Some(index) = body.iter().rposition(|item| item.insn.writes().contains(reg)) {
            found.insert(Point { block: point.block, index });
            continue;
        }
        if point.block == 0 {
            return None;
        }
        for &block in &predecessors[point.block] {
            if met.insert(block) {
                todo.push(Point { block, index: function.blocks[block].body.len() });
            }
        }
    }
    Some(found.into_iter().collect())
}

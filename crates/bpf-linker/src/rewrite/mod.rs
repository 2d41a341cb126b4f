//! Rewrites of the program between resolution and layout.
//!
//! Two are required to run a program at all ([`prepare`]). The others make it smaller and faster without
//! changing its behaviour. [`Rewrite`] lists these; each has its own file and can be disabled.
//!
//! *Invariant*: a rewrite keeps the invariant of [`crate::ir`], and in every run of the program the results,
//! memory, sequence of helper calls and traps. It may change gas and the depth of calls, and so the point at
//! which a program that exhausts either of them stops. Each rewrite is tested by running programs before and
//! after it.

mod analysis;
mod constants;
mod dead_code;
mod identical_blocks;
mod identical_functions;
mod jump_table;
mod jumps;
mod known_branches;
mod noreturn;
mod small_functions;
mod wide_loads;

use crate::error::{LinkError, Place};
use crate::ir::{BlockId, Function, FunctionId, Item, Program};
use crate::layout::{text_slots, Order};
use bpf_isa::{AluOp, Callee, Insn, Kind, Op, Reg, Source, Width};
use std::collections::BTreeSet;

/// A rewrite that can be disabled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Rewrite {
    /// Wide loads of numbers that fit in a move.
    WideLoads,
    /// Calls of one-instruction functions.
    SmallFunctions,
    /// Code after calls of functions that never return.
    NoReturn,
    /// Arithmetic on known numbers and addresses.
    Constants,
    /// Branches whose outcome is known on a path to them.
    KnownBranches,
    /// Jumps to jumps, branches over jumps.
    Jumps,
    /// Instructions whose result is not used.
    DeadCode,
    /// Identical blocks of a function.
    IdenticalBlocks,
    /// Identical functions.
    IdenticalFunctions,
}

impl Rewrite {
    /// All of them, in the order in which they run.
    pub const ALL: [Rewrite; 9] = [
        Rewrite::WideLoads,
        Rewrite::SmallFunctions,
        Rewrite::NoReturn,
        Rewrite::Constants,
        Rewrite::KnownBranches,
        Rewrite::Jumps,
        Rewrite::DeadCode,
        Rewrite::IdenticalBlocks,
        Rewrite::IdenticalFunctions,
    ];

    /// Its name, which is also the name of its file.
    pub const fn name(self) -> &'static str {
        match self {
            Rewrite::WideLoads => "wide_loads",
            Rewrite::SmallFunctions => "small_functions",
            Rewrite::NoReturn => "noreturn",
            Rewrite::Constants => "constants",
            Rewrite::KnownBranches => "known_branches",
            Rewrite::Jumps => "jumps",
            Rewrite::DeadCode => "dead_code",
            Rewrite::IdenticalBlocks => "identical_blocks",
            Rewrite::IdenticalFunctions => "identical_functions",
        }
    }

    fn run(self, program: &mut Program<'_>, report: &mut RewriteReport) {
        match self {
            Rewrite::WideLoads => wide_loads::run(program),
            Rewrite::SmallFunctions => small_functions::run(program),
            Rewrite::NoReturn => noreturn::run(program),
            Rewrite::Constants => constants::run(program),
            Rewrite::KnownBranches => known_branches::run(program),
            Rewrite::Jumps => jumps::run(program),
            Rewrite::DeadCode => dead_code::run(program),
            Rewrite::IdenticalBlocks => identical_blocks::run(program),
            Rewrite::IdenticalFunctions => identical_functions::run(program, report),
        }
    }
}

/// What the rewrites did.
#[derive(Clone, Debug, Default)]
pub(crate) struct RewriteReport {
    /// Removed functions, and those that replace them.
    pub(crate) merged: Vec<(FunctionId, FunctionId)>,
    /// Slots saved by each rewrite, over all rounds.
    pub(crate) saved: Vec<(Rewrite, i64)>,
}

/// Maximum number of rounds. Each but the last makes the program smaller; few programs need more than four.
const ROUNDS: usize = 16;

/// Makes the program runnable.
///
/// # Errors
/// [`LinkError::UnsupportedJumpTable`].
pub(crate) fn prepare(
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
    // What `exit` returns besides r0 matters only if some caller reads it.
    program.functions.iter_mut().for_each(|function| function.returns_pair = false);
    if analysis::reads_pairs(&program.functions) {
        program.functions.iter_mut().for_each(|function| function.returns_pair = true);
    }
    Ok(())
}

/// Runs the rewrites, in order, until the program stops getting smaller.
pub(crate) fn run(program: &mut Program<'_>, rewrites: &[Rewrite]) -> RewriteReport {
    let mut report = RewriteReport::default();
    let mut saved = [0i64; Rewrite::ALL.len()];
    let mut before = text_slots(program);
    for _ in 0..ROUNDS {
        let start = before;
        for (index, rewrite) in Rewrite::ALL.into_iter().enumerate() {
            if rewrites.contains(&rewrite) {
                rewrite.run(program, &mut report);
                let after = text_slots(program);
                saved[index] += before as i64 - after as i64;
                before = after;
            }
        }
        if before >= start {
            break;
        }
    }
    let saved = Rewrite::ALL.into_iter().zip(saved);
    report.saved = saved.filter(|(_, slots)| *slots != 0).collect();
    // No call through a pointer may be reachable any more.
    trap_calls_to_nothing(program);
    report
}

/// The shortest instruction that loads a number, if it takes one slot.
fn load_number(dst: Reg, number: u64) -> Option<Insn> {
    if let Ok(imm) = i32::try_from(number as i64) {
        return Some(Insn::new(Op::Mov64Imm).with_dst(dst).with_imm(imm.into()));
    }
    let imm = u32::try_from(number).ok()? as i32;
    let mov = op(Kind::Alu(Width::W32, AluOp::Mov, Source::Imm));
    Some(Insn::new(mov).with_dst(dst).with_imm(imm.into()))
}

/// The operation with this kind.
pub(crate) fn op(kind: Kind) -> Op {
    let found = Op::ALL.iter().find(|op| op.kind() == kind);
    *found.expect("kinds are made here by changing a part that every row of the table has; qed")
}

/// If no function's address is taken, a call through a pointer can only trap, and the verifier refuses it.
/// Such calls remain where a compiler keeps code that never runs.
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

/// The instructions that may have written the value of `reg` at `at`; none if it may still hold its value
/// from the function's entry.
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

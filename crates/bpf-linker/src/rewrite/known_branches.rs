//! Branches whose outcome is known on the way to them.
//!
//! LLVM makes a number of a condition and tests it again:
//!
//! ```text
//! before                            after
//!     w1 = 1                            w1 = 1
//!     if r7 < r4 goto test              if r7 < r4 goto bad
//!     w1 = 0                            w1 = 0
//! test:                                 goto ok
//!     if w1 != 1 goto ok            bad:
//!     call trap                         call trap
//! ok: …                             ok: …
//! ```
//!
//! Where a block does nothing but compute and branch, and the branch is decided by what is known on one
//! of the ways into it, that way is led past it. What the block computes must not be read later, or be
//! the same as before. The assignments then have no reader and go (`dead_code`).

use super::analysis::{live_in, values, Values};
use crate::ir::{BlockId, End, Function, Program};
use bpf_isa::{Reg, RegSet};

/// Longest body that is looked through. It is paid for in compile time only.
const LONGEST: usize = 8;
/// Most blocks that one way is led past, so that loops end.
const MOST: usize = 16;

/// Most times that a function is looked at afresh, so that time stays linear in its size.
const ROUNDS: usize = 32;

/// Leads ways past decided branches.
pub(super) fn run(program: &mut Program<'_>) {
    for function in &mut program.functions {
        // Leading a way past a block can only make fewer registers live, unless the block's values stay
        // in use; then everything is looked at afresh.
        for _ in 0..ROUNDS {
            if !round(function) {
                break;
            }
        }
    }
}

/// Whether liveness has to be computed again.
fn round(function: &mut Function<'_>) -> bool {
    let starts = values(function);
    let live = live_in(function);
    let reached = function.reachable();
    for id in (0..function.blocks.len()).filter(|&id| reached[id]) {
        let mut known = starts[id];
        for item in &function.blocks[id].body {
            known.step(item);
        }
        let end = function.blocks[id].end;
        let mut changed = end;
        let mut kept = false;
        changed.retarget(|to| {
            let (to, keeps) = follow(function, &live, to, known.on_edge(&end, to));
            kept |= keeps;
            to
        });
        // With one target for both, `on_edge` knew nothing that depends on the branch.
        function.blocks[id].end = changed;
        if kept {
            return true;
        }
    }
    false
}

/// Where the way to `to` ends up, and whether a value that was dead on it is read now.
fn follow(function: &Function<'_>, live: &[RegSet], mut to: BlockId, known: Values) -> (BlockId, bool) {
    let mut kept = false;
    for _ in 0..MOST {
        let block = &function.blocks[to];
        let End::Branch { insn, taken, other, .. } = block.end else { break };
        if block.body.len() > LONGEST || !block.body.iter().all(|item| item.is_pure()) {
            break;
        }
        let mut after = known;
        let mut written = RegSet::EMPTY;
        for item in &block.body {
            after.step(item);
            written = written.union(item.insn.writes());
        }
        let Some(holds) = after.decides(insn) else { break };
        let next = if holds { taken } else { other };
        let read: Vec<_> = written.iter().filter(|&reg| live[next].contains(reg)).collect();
        let same = |&reg: &Reg| known.get(reg).is_some() && known.get(reg) == after.get(reg);
        if !read.iter().all(same) {
            break;
        }
        kept |= !read.is_empty();
        // Registers that were skipped hold what they held before, and nothing new is known of them.
        to = next;
    }
    (to, kept)
}

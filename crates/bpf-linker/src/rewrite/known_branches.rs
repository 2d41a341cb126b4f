//! Branches whose outcome is known on one of the paths to them.
//!
//! LLVM turns a condition into a number and tests it again:
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
//! If a block only computes and branches, and the facts on an incoming edge decide the branch, that edge is
//! redirected past the block. The values that the block computes must not be read later, or must be the same
//! as before. The assignments then have no reader and are removed (`dead_code`).

use super::analysis::{live_in, values, Values};
use crate::ir::{BlockId, End, Function, Program};
use bpf_isa::{Reg, RegSet};

/// Longest body that is skipped. It costs compile time only.
const LONGEST: usize = 8;
/// Most blocks that one edge skips, so that loops end.
const MOST: usize = 16;

/// Most times that a function is analysed again, so that time stays linear in its size.
const ROUNDS: usize = 32;

/// Redirects edges past decided branches.
pub(super) fn run(program: &mut Program<'_>) {
    for function in &mut program.functions {
        // Skipping a block can only make fewer registers live, unless its values stay in use; then everything
        // is analysed again.
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
        // If both targets are the same, `on_edge` used no fact from the branch.
        function.blocks[id].end = changed;
        if kept {
            return true;
        }
    }
    false
}

/// The final target of an edge to `to`, and whether a value that was dead there is now read.
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
        // Registers that were skipped keep their old value, and nothing new is known of them.
        to = next;
    }
    (to, kept)
}

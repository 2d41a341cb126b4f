//! Jumps to jumps, and blocks with a single predecessor.
//!
//! ```text
//! before                        after
//!     if r1 < 5 goto ok             if r1 >= 5 goto trap
//!     goto trap                 ok: …
//! ok: …
//!     goto next                     exit
//! next:
//!     exit
//! ```
//!
//! A jump to an empty block that jumps on goes directly to the final target. A jump to a lone `exit` becomes
//! an `exit`. A branch with equal targets becomes a jump. A block that is reached only by one jump is joined
//! to it. Layout later inverts what is left of a branch over a jump.

use crate::ir::{BlockId, End, Function, Program};

/// Shortens the paths between blocks.
pub(super) fn run(program: &mut Program<'_>) {
    for function in &mut program.functions {
        retarget(function);
        join(function);
    }
}

/// The final target of a jump to `block`.
fn destination(function: &Function<'_>, block: BlockId) -> BlockId {
    let mut at = block;
    // A loop of empty blocks is meant by the program: the search ends where it began.
    for _ in 0..function.blocks.len() {
        match function.blocks[at].end {
            End::Jump(to) if function.blocks[at].body.is_empty() => at = to,
            _ => return at,
        }
    }
    block
}

fn retarget(function: &mut Function<'_>) {
    let destinations: Vec<BlockId> =
        (0..function.blocks.len()).map(|block| destination(function, block)).collect();
    for id in 0..function.blocks.len() {
        let mut end = function.blocks[id].end;
        end.retarget(|to| destinations[to]);
        end = match end {
            End::Branch { taken, other, .. } if taken == other => End::Jump(taken),
            end => end,
        };
        if let End::Jump(to) = end {
            let target = &function.blocks[to];
            if let (true, End::Exit { .. }) = (target.body.is_empty(), target.end) {
                end = target.end;
            }
        }
        function.blocks[id].end = end;
    }
    for target in function.tables.iter_mut().flatten() {
        *target = destinations[*target];
    }
}

fn join(function: &mut Function<'_>) {
    let mut counts = function.predecessor_counts();
    // A table without a known use may still be used by a jump that is not understood.
    for &target in function.tables.iter().flatten() {
        counts[target] += 1;
    }
    for id in 0..function.blocks.len() {
        while let End::Jump(to) = function.blocks[id].end {
            if counts[to] != 1 || to == id || to == 0 || counts[id] == 0 {
                break;
            }
            let body = std::mem::take(&mut function.blocks[to].body);
            let end = std::mem::replace(&mut function.blocks[to].end, End::Never);
            function.blocks[id].body.extend(body);
            function.blocks[id].end = end;
            counts[to] = 0;
        }
    }
}

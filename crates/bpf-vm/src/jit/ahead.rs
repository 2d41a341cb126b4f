//! Blocks that are paid for ahead.
//!
//! Most of what gas costs is where blocks are short: a product of 128 bits ends one, and so does a choice
//! ([`super::peephole::select`]), though control goes on straight behind both. So the first block of such a
//! run pays for all of it (docs/decisions/0185-runs-of-blocks.md), and two things put right what can be seen
//! of that:
//!
//! * However machine code ends, gas is given back for the blocks of the run that had not begun.
//! * If there is not gas for all of the run, but for its first block, the program goes on at that block in code
//!   that pays for each block by itself. It ends within the run: by its gas or by a trap. That code is compiled
//!   when it is first needed.

use super::peephole::is_choice;
use super::Uses;
use crate::blocks::Block;
use crate::code::{Insn, Op};

/// Gas for the blocks of a run, at most, so that it is an immediate.
const DEAREST: u32 = 1 << 24;

/// What had been paid for when a block of a run began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ahead {
    /// Index of the block's first instruction.
    pub first: u32,
    /// Gas for the blocks of the run behind it.
    pub gas: u32,
}

/// Finds the run that begins with the block at `index`, whose length is `len` and behind which come `blocks`;
/// its function ends at `limit`. Returns what it costs and how many blocks it has, and appends to `ahead` what
/// is paid ahead in each, if there is more than one.
pub fn run(
    ahead: &mut Vec<Ahead>,
    uses: &Uses,
    insns: &[Insn],
    (index, len): (usize, u32),
    mut blocks: &[Block],
    limit: usize,
) -> (u32, usize) {
    let mut total = insns[index].cost;
    let mut end = index + len as usize;
    let first = ahead.len();
    while let Some((next, behind)) = goes_on(uses, insns, end, blocks) {
        let cost = insns[next].cost;
        let Some((block, rest)) = behind.split_first() else { break };
        if next >= limit || total + cost > DEAREST {
            break;
        }
        if ahead.len() == first {
            ahead.push(Ahead { first: index as u32, gas: total });
        }
        total += cost;
        // What is paid with it; what is paid ahead when all is known.
        ahead.push(Ahead { first: next as u32, gas: total });
        (end, blocks) = (next + block.len as usize, rest);
    }
    for block in &mut ahead[first..] {
        block.gas = total - block.gas;
    }
    (total, (ahead.len() - first).max(1))
}

/// Where the next block of a run begins, if the block that ends at `end` has one: its index, and the blocks from
/// it on. `blocks` are those behind the one that ends.
fn goes_on<'a>(uses: &Uses, insns: &[Insn], end: usize, blocks: &'a [Block]) -> Option<(usize, &'a [Block])> {
    let last = end - 1;
    if insns[last].op == Op::WideIntrinsic {
        return (!uses.targets.contains(end)).then_some((end, blocks));
    }
    // Behind the move and the `Op::Enter`. The branch leads there, and nothing else may.
    let next = end + 2;
    let chosen = is_choice(&uses.targets, insns, last) && !uses.joined.contains(next);
    chosen.then_some(())?;
    Some((next, blocks.get(1..)?))
}

/// Gas that was paid for blocks that had not begun when the instruction `index` was executed.
pub fn paid_ahead(ahead: &[Ahead], index: usize) -> u32 {
    let number = ahead.partition_point(|block| block.first as usize <= index);
    number.checked_sub(1).map_or(0, |number| ahead[number].gas)
}

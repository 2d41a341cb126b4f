//! Blocks that are paid for ahead.
//!
//! Most of the cost of charging gas arises where blocks are short. A 128-bit product ends a block, and so does a choice
//! ([`super::peephole::choose`]), though control goes straight on after both. A branch out of a loop, or to code that
//! aborts, is hardly ever taken. So the first block of such a run pays for all of it
//! (docs/decisions/0185-runs-of-blocks.md and 0250-choices-and-ways-out.md). Four rules hide this from the program:
//!
//! * However machine code ends, gas is given back for the blocks of the run that had not begun.
//! * A choice gives back the price of its move where the move is not made.
//! * A branch out of a run takes a way out, which gives back what is unused and pays for the block that it leads to
//!   ([`super::emit::Emitter::leave_run`]).
//! * If there is not enough gas for all of the run, but enough for its first block, the program continues at that block
//!   in code that pays for each block by itself. It ends there, mostly for lack of gas and soon. That code is compiled
//!   when it is first needed.

use super::peephole::is_choice;
use super::uses::Uses;
use crate::blocks::Block;
use crate::code::{Insn, Op};
use bpf_isa::{Kind, Source};

/// Maximum gas for the blocks of a run, so that it is an immediate.
const DEAREST: u32 = 1 << 24;

/// Gas that had been paid ahead when a block of a run began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ahead {
    /// Index of the block's first instruction.
    pub first: u32,
    /// Gas for the blocks of the run after it, and for the move of a choice that it ends with.
    pub gas: u32,
}

/// Maximum number of blocks of a run that continues through a [`detour`]: the payments of the blocks on the way add up
/// in the reserve, until one is looked at.
const LONGEST: usize = 16;

/// The number of instructions that [`counts`] and [`aborts`] look at.
const HORIZON: usize = 8;

/// Finds the run that begins with the block at `index`, whose length is `len` and after which come `blocks`; its
/// function ends at `limit`. Returns the cost of the run and its number of blocks, not counting the moves of choices.
/// Appends to `ahead` what is paid ahead in each of these, if anything is.
pub fn run(
    ahead: &mut Vec<Ahead>,
    uses: &Uses,
    insns: &[Insn],
    (mut index, len): (usize, u32),
    mut blocks: &[Block],
    limit: usize,
) -> (u32, usize) {
    let first = ahead.len();
    let mut total = insns[index].cost;
    let (mut end, mut number) = (index + len as usize, 1);
    let mut found = goes_on(uses, insns, end, blocks);
    if found.is_none() {
        return (total, 1);
    }
    loop {
        // For now, what has been paid including this block; replaced by what is paid ahead once the total is known.
        ahead.push(Ahead { first: index as u32, gas: total });
        let Some((way, next, behind)) = found else { break };
        // A choice, which `compile` makes wherever it can, also pays for its move.
        let chosen = way == Way::Choice;
        if chosen {
            total += insns[end].cost;
        }
        let cost = insns.get(next).map_or(0, |next| next.cost);
        let alone = !(chosen && uses.joined.contains(next));
        let short = number < LONGEST || !matches!(way, Way::Detour(_));
        match behind.split_first() {
            Some((block, rest)) if alone && short && next < limit && total + cost <= DEAREST => {
                if let Way::Detour(count) = way {
                    // These blocks pay for themselves, so the amount paid ahead stays the same.
                    let mut first = end as u32;
                    for block in blocks.iter().take(count as usize) {
                        ahead.push(Ahead { first, gas: total });
                        (first, number) = (first + block.len, number + 1);
                    }
                }
                total += cost;
                (index, end, blocks, number) = (next, next + block.len as usize, rest, number + 1);
                found = goes_on(uses, insns, end, blocks);
            }
            _ => {
                if chosen {
                    ahead.push(Ahead { first: next as u32, gas: total });
                }
                break;
            }
        }
    }
    for block in &mut ahead[first..] {
        block.gas = total - block.gas;
    }
    if ahead[first].gas == 0 {
        ahead.truncate(first);
    }
    (total, number)
}

/// How control gets from a block of a run to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Straight,
    /// Past the move of a choice.
    Choice,
    /// One of two ways, through this many blocks in all: [`detour`].
    Detour(u32),
}

/// The blocks that a branch skips or selects, and where its ways meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Detour {
    /// The blocks on the way: one or two, of which an execution goes through at most one.
    pub blocks: u32,
    /// Index of the instruction where the ways meet.
    pub next: usize,
}

/// Whether the block that ends at `end` ends with a branch whose two ways meet soon, after one or two blocks that
/// nothing else leads to. `blocks` are the blocks after it.
///
/// ```text
/// if … goto next; …; next:
/// if … goto other; …; goto next; other: …; next:
/// ```
pub fn detour(uses: &Uses, insns: &[Insn], end: usize, blocks: &[Block]) -> Option<Detour> {
    let branch = &insns[end - 1];
    let [first, second, ..] = blocks else { return None };
    if !branch.op.is_jump() || branch.op == Op::Ja || uses.targets.contains(end) {
        return None;
    }
    let behind = end + first.len as usize;
    let found = if second.falls_in {
        Detour { blocks: 1, next: behind + 1 }
    } else {
        let jump = &insns[behind - 1];
        blocks.get(2).filter(|third| third.falls_in)?;
        let next = behind + second.len as usize + 1;
        let both = jump.op == Op::Ja && jump.target() == next && branch.target() == behind;
        if !both || uses.joined.contains(behind) {
            return None;
        }
        Detour { blocks: 2, next }
    };
    let meets = found.blocks == 2 || branch.target() == found.next;
    (meets && !uses.joined.contains(found.next) && !is_choice(&uses.targets, insns, end - 1)).then_some(found)
}

/// Where control continues after the block that ends at `end`, if there is one such place: the way, the index, and the
/// blocks from there on. `blocks` are those after the one that ends.
#[inline]
fn goes_on<'a>(
    uses: &Uses,
    insns: &[Insn],
    end: usize,
    blocks: &'a [Block],
) -> Option<(Way, usize, &'a [Block])> {
    let last = &insns[end - 1];
    let straight = match last.op {
        Op::WideIntrinsic => true,
        Op::Ja => false,
        op if op.is_jump() => {
            if is_choice(&uses.targets, insns, end - 1) {
                // After the move and the `Op::Enter`. The branch leads there.
                return Some((Way::Choice, end + 2, blocks.get(1..)?));
            }
            if let Some(detour) = detour(uses, insns, end, blocks) {
                return Some((
                    Way::Detour(detour.blocks),
                    detour.next,
                    blocks.get(detour.blocks as usize..)?,
                ));
            }
            uses.ways_out.contains(end - 1)
        }
        _ => false,
    };
    (straight && !uses.targets.contains(end)).then_some((Way::Straight, end, blocks))
}

/// Whether the branch that ends a block compares a loop's count: neither a value that the block has loaded nor one that
/// it has made by bit operations. Such a branch out of a loop is taken once. A branch that looks at data is taken as
/// the data demands (in the two searches of a quicksort: every second time).
pub fn counts(block: &[Insn]) -> bool {
    let Some((branch, rest)) = block.split_last() else { return false };
    let Some(Kind::Branch(_, _, source)) = branch.op.kind() else { return false };
    let count = |reg| {
        let writes = |insn: &&Insn| insn.dst == reg && !matches!(insn.op.kind(), Some(Kind::Store(..)));
        let last = rest.iter().rev().take(HORIZON).find(writes);
        last.is_none_or(|insn| {
            matches!(
                insn.op,
                Op::Add64Imm | Op::Add32Imm | Op::Mov64Reg | Op::Mov32Reg | Op::Mov64Imm | Op::Mov32Imm
            )
        })
    };
    count(branch.dst) && (source == Source::Imm || count(branch.src))
}

/// Whether a branch is taken if a register holds one particular number, which it mostly does not.
pub fn is_equality(op: Op) -> bool {
    matches!(op, Op::JEq64Imm | Op::JEq32Imm)
}

/// Whether a block does little else than abort.
pub fn aborts(block: &[Insn]) -> bool {
    let last = block.iter().take(HORIZON / 2).find(|insn| insn.op.ends_block());
    last.is_some_and(|last| last.op == Op::Abort)
}

/// Gas that was paid for blocks that had not yet begun when the instruction `index` was executed.
pub fn paid_ahead(ahead: &[Ahead], index: usize) -> u32 {
    let number = ahead.partition_point(|block| block.first as usize <= index);
    number.checked_sub(1).map_or(0, |number| ahead[number].gas)
}

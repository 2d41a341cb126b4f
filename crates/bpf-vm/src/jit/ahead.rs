//! Blocks that are paid for ahead.
//!
//! Most of what gas costs is where blocks are short: a product of 128 bits ends one, and so does a choice
//! ([`super::peephole::choose`]), though control goes on straight behind both; and a branch out of a loop, or to where
//! the program aborts, is hardly ever taken. So the first block of such a run pays for all of it
//! (docs/decisions/0185-runs-of-blocks.md and 0250-choices-and-ways-out.md), and four things put right what can be
//! seen of that:
//!
//! * However machine code ends, gas is given back for the blocks of the run that had not begun.
//! * A choice gives back the price of its move where the move is not made.
//! * A branch out of a run gives back what it leaves unused and pays for the block that it leads to, on its way
//!   ([`super::emit::Emitter::leave_run`]).
//! * If there is not gas for all of the run, but for its first block, the program goes on at that block in code
//!   that pays for each block by itself. It ends there, mostly for want of gas and soon. That code is compiled when
//!   it is first needed.

use super::peephole::is_choice;
use super::uses::Uses;
use crate::blocks::Block;
use crate::code::{Insn, Op};
use bpf_isa::{Kind, Source};

/// Gas for the blocks of a run, at most, so that it is an immediate.
const DEAREST: u32 = 1 << 24;

/// What had been paid for when a block of a run began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ahead {
    /// Index of the block's first instruction.
    pub first: u32,
    /// Gas for the blocks of the run behind it, and for the move of a choice that it ends with.
    pub gas: u32,
}

/// Blocks of a run that goes on through a [`detour`], at most: what the blocks on the way pay adds up in the reserve, and only a
/// payment that is looked at ends that.
const LONGEST: usize = 16;

/// How far [`counts`] and [`aborts`] look.
const HORIZON: usize = 8;

/// Finds the run that begins with the block at `index`, whose length is `len` and behind which come `blocks`;
/// its function ends at `limit`. Returns what it costs and how many blocks it has, not counting the moves of
/// choices, and appends to `ahead` what is paid ahead in each of these, if anything is.
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
        // What is paid with it; what is paid ahead when all is known.
        ahead.push(Ahead { first: index as u32, gas: total });
        let Some((way, next, behind)) = found else { break };
        // With a choice, which `compile` makes of whatever is one, its move is paid.
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
                    // They pay for themselves, and the same is paid ahead.
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
    /// By one of two ways, with so many blocks: [`detour`].
    Detour(u32),
}

/// What a branch leads around, and what it leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Detour {
    /// The blocks on the way: one or two, of which a run has at most one to go through.
    pub blocks: u32,
    /// Index of the instruction where all ways meet.
    pub next: usize,
}

/// Whether the block that ends at `end` ends with a branch whose both ways meet soon, behind a block or two that nothing
/// else leads to. `blocks` are those behind it.
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

/// Where control goes on behind the block that ends at `end`, if there is one such place: the way, the index, and the
/// blocks from it on. `blocks` are those behind the one that ends.
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
                // Behind the move and the `Op::Enter`. The branch leads there.
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

/// Whether the branch that ends a block compares what a loop counts by: neither a value that the block has loaded nor
/// one that it has made of bits. Such a branch out of a loop is taken once; one that looks at data is taken when the
/// data says so (the two searches of a quicksort: every second time).
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

/// Whether a branch is taken if a register holds one certain number, which it mostly does not.
pub fn is_equality(op: Op) -> bool {
    matches!(op, Op::JEq64Imm | Op::JEq32Imm)
}

/// Whether a block does little but abort.
pub fn aborts(block: &[Insn]) -> bool {
    let last = block.iter().take(HORIZON / 2).find(|insn| insn.op.ends_block());
    last.is_some_and(|last| last.op == Op::Abort)
}

/// Gas that was paid for blocks that had not begun when the instruction `index` was executed.
pub fn paid_ahead(ahead: &[Ahead], index: usize) -> u32 {
    let number = ahead.partition_point(|block| block.first as usize <= index);
    number.checked_sub(1).map_or(0, |number| ahead[number].gas)
}

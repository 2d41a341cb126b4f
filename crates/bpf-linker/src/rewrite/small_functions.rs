//! Functions of one instruction.
//!
//! ```text
//! before                     after
//! f: call g                  (gone)
//!    exit
//! h: call f                  h: call g
//! ```
//!
//! A call of such a function is replaced by its instruction: what it calls is called at once, what it
//! computes is computed in place. Rust's layers of abstraction leave chains of these, because each of
//! them was too large for the inliner before the next was gone.
//!
//! The instruction must not touch what differs between the two functions: the frame pointer, and r6 to
//! r9, which a call preserves. A function that does not return after its one call counts, too. The
//! replaced instruction keeps the place in the source of the call that was there.

use crate::ir::{Block, End, Function, Item, Program, Target};
use bpf_isa::{Callee, Kind, Reg, RegSet};

/// Longest chain that is followed in one round.
const LONGEST: usize = 64;

/// Replaces calls of functions of one instruction.
pub(super) fn run(program: &mut Program<'_>) {
    let replacements: Vec<Option<Item>> = program.functions.iter().map(only_instruction).collect();
    for function in &mut program.functions {
        for block in &mut function.blocks {
            replace(block, &replacements);
        }
    }
}

fn replace(block: &mut Block, replacements: &[Option<Item>]) {
    for item in &mut block.body {
        // A chain may be a circle: functions that call each other for ever.
        for _ in 0..LONGEST {
            let (Kind::Call(Callee::Local), Some(Target::Function(callee))) = (item.insn.kind(), item.target)
            else {
                break;
            };
            let Some(replacement) = replacements[callee] else { break };
            *item = Item { origin: item.origin, ..replacement };
        }
    }
    if let Some(last) = block.body.iter().position(Item::never_returns) {
        block.body.truncate(last + 1);
        block.end = End::Never;
    }
}

/// The one instruction of a function, if it may stand for a call of it.
fn only_instruction(function: &Function<'_>) -> Option<Item> {
    let block = &function.blocks[0];
    let [item] = block.body[..] else { return None };
    let used = item.insn.reads().union(item.insn.writes());
    let private = RegSet::CALLEE_SAVED.with(Reg::R10).with(Reg::R11);
    let shared = used.iter().all(|reg| !private.contains(reg));
    let local = matches!(item.target, Some(Target::Table(_)));
    let ends = match block.end {
        End::Exit { .. } => true,
        // The caller's own end after the call is never reached, as before.
        End::Never => true,
        _ => false,
    };
    (shared && !local && ends).then_some(item)
}

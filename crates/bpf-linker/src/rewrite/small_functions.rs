//! Functions that consist of one instruction.
//!
//! ```text
//! before                     after
//! f: call g                  (gone)
//!    exit
//! h: call f                  h: call g
//! ```
//!
//! A call of such a function is replaced by its instruction: a call inside it is made directly, a computation
//! is done in place. Rust's layers of abstraction leave chains of such functions, because each was too large
//! for the inliner before the next was gone.
//!
//! The instruction must not use anything that differs between the two functions: the frame pointer, and r6 to
//! r9, which a call preserves. A function whose one call does not return also counts. The new instruction
//! keeps the source location of the call it replaces.

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
        // A chain may be a cycle: functions that call each other for ever.
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

/// The only instruction of a function, if it can replace a call of that function.
fn only_instruction(function: &Function<'_>) -> Option<Item> {
    let block = &function.blocks[0];
    let [item] = block.body[..] else { return None };
    let used = item.insn.reads().union(item.insn.writes());
    let private = RegSet::CALLEE_SAVED.with(Reg::R10).with(Reg::R11);
    let shared = used.iter().all(|reg| !private.contains(reg));
    let local = matches!(item.target, Some(Target::Table(_)));
    let ends = match block.end {
        End::Exit { .. } => true,
        // As before, the caller's end after the call is never reached.
        End::Never => true,
        _ => false,
    };
    (shared && !local && ends).then_some(item)
}

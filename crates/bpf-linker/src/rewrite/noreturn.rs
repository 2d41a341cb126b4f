//! Code after calls of functions that never return.
//!
//! LLVM knows some of these functions, and puts a trap after the call in case it is wrong. Here all code is
//! known: a function from which no `exit` can be reached does not return.

use crate::ir::{End, FunctionId, Item, Program, Target};
use bpf_isa::{Callee, Kind};

/// Ends blocks after calls that do not return.
pub(super) fn run(program: &mut Program<'_>) {
    let returns = returns(program);
    for function in &mut program.functions {
        for block in &mut function.blocks {
            let ends = |item: &Item| match calls(item) {
                Some(callee) => !returns[callee],
                None => item.never_returns(),
            };
            let last = block.body.iter().position(ends);
            if let Some(last) = last {
                block.body.truncate(last + 1);
                block.end = End::Never;
            }
        }
    }
}

fn calls(item: &Item) -> Option<FunctionId> {
    match (item.insn.kind(), item.target) {
        (Kind::Call(Callee::Local), Some(Target::Function(callee))) => Some(callee),
        _ => None,
    }
}

/// Whether each function may return. One that only calls itself does not.
fn returns(program: &Program<'_>) -> Vec<bool> {
    let mut returns = vec![false; program.functions.len()];
    loop {
        let mut changed = false;
        for (id, function) in
            program.functions.iter().enumerate().filter(|(id, _)| !returns[*id]).collect::<Vec<_>>()
        {
            let mut reached = vec![false; function.blocks.len()];
            let mut todo = vec![0];
            while let Some(block) = todo.pop() {
                if std::mem::replace(&mut reached[block], true) {
                    continue;
                }
                let block = &function.blocks[block];
                if block.body.iter().any(|item| calls(item).is_some_and(|callee| !returns[callee])) {
                    continue;
                }
                if let End::Exit { .. } = block.end {
                    returns[id] = true;
                    changed = true;
                    break;
                }
                todo.extend(block.end.successors(&function.tables));
            }
        }
        if !changed {
            return returns;
        }
    }
}

//! Removes instructions whose result is not used, and unreachable blocks.
//!
//! Only instructions whose sole effect is to write a register are removed: a load may fault, and a call may
//! do anything.

use super::analysis::{live_before, live_in, live_out};
use crate::ir::{End, Program};
use bpf_isa::{AluOp, Kind, Source, Width};

/// Removes dead code.
pub(super) fn run(program: &mut Program<'_>) {
    for function in &mut program.functions {
        let reached = function.reachable();
        for (block, _) in function.blocks.iter_mut().zip(&reached).filter(|(_, reached)| !**reached) {
            block.body.clear();
            block.end = End::Never;
        }
        loop {
            let live = live_in(function);
            let mut removed = false;
            for id in (0..function.blocks.len()).filter(|&id| reached[id]) {
                let mut after = live_out(function, &live, &function.blocks[id]);
                let mut kept = Vec::with_capacity(function.blocks[id].body.len());
                for item in function.blocks[id].body.iter().rev() {
                    let itself = item.insn.kind() == Kind::Alu(Width::W64, AluOp::Mov, Source::Reg)
                        && item.insn.dst == item.insn.src;
                    if item.is_pure() && (itself || !after.contains(item.insn.dst)) {
                        removed = true;
                        continue;
                    }
                    after = live_before(item, after);
                    kept.push(*item);
                }
                kept.reverse();
                function.blocks[id].body = kept;
            }
            if !removed {
                break;
            }
        }
    }
}

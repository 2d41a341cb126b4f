//! What a program uses, and its control flow: all that must be known before its first instruction is compiled.

use super::ahead;
use crate::code::Op;
use crate::verify::VerifiedProgram;

/// Features of a program for which something must be prepared.
#[derive(Debug)]
pub struct Uses {
    pub call_pointers: bool,
    pub jump_pointers: bool,
    /// Targets of jumps.
    pub targets: Targets,
    /// Targets of more than one jump.
    pub joined: Targets,
    /// Targets of code pointers.
    pub by_pointer: Targets,
    /// Targets of backward jumps.
    pub loops: Targets,
    /// The same, plus what code pointers may lead back to.
    pub returned_to: Targets,
    /// Forward branches that are hardly ever taken: those out of their innermost loop, as far as a backward jump
    /// reveals it, if they compare a count; and those to code that aborts.
    pub ways_out: Targets,
    /// Targets of those branches.
    pub landings: Targets,
}

impl Uses {
    pub fn of(program: &VerifiedProgram) -> Self {
        let insns = program.code.as_slice();
        let mut targets = Targets(vec![0; insns.len().div_ceil(64)]);
        let mut call_pointers = false;
        // Indices, from the last to the first.
        let mut gotox = Vec::new();
        let (mut loops, mut joined) = (Targets(targets.0.clone()), Targets(targets.0.clone()));
        let (mut ways_out, mut landings) = (Targets(targets.0.clone()), Targets(targets.0.clone()));
        // Blocks are visited from the end to the beginning, so that the backward jump of a loop comes before the loop's
        // contents. Each entry is the start of a loop and the index of that jump. The innermost is last.
        let mut open: Vec<(usize, usize)> = Vec::new();
        let mut start = insns.len();
        for block in program.blocks().iter().rev() {
            let end = start;
            start = end - block.len as usize - usize::from(block.falls_in);
            // An instruction that leads elsewhere is last in its block.
            let Some(insn) = insns.get(end - 1) else { break };
            while open.last().is_some_and(|&(first, _)| first >= end) {
                open.pop();
            }
            match insn.op {
                op if op.is_jump() => {
                    let target = insn.target();
                    if targets.contains(target) {
                        joined.insert(target);
                    }
                    targets.insert(target);
                    if target < end {
                        loops.insert(target);
                        // Of several backward jumps to one place, the last ends the loop.
                        if open.last().is_none_or(|&(first, _)| first != target) {
                            open.push((target, end - 1));
                        }
                    } else if op != Op::Ja
                        && (open.last().is_some_and(|&(_, last)| target > last)
                            && ahead::counts(&insns[start..end])
                            || ahead::is_equality(op)
                            || ahead::aborts(&insns[target..]))
                    {
                        ways_out.insert(end - 1);
                        landings.insert(target);
                    }
                }
                Op::CallX => call_pointers = true,
                Op::GotoX => gotox.push(end - 1),
                _ => {}
            }
        }
        let (mut by_pointer, mut returned_to) =
            (Targets(vec![0; insns.len().div_ceil(64)]), Targets(loops.0.clone()));
        for (_, index) in program.jump_targets() {
            targets.insert(index);
            joined.insert(index);
            by_pointer.insert(index);
            // A `gotox` after it in the same function may lead back to it.
            let functions = program.functions();
            let next = functions.partition_point(|function| function.index as usize <= index);
            let end = functions.get(next).map_or(insns.len(), |function| function.index as usize);
            let behind = gotox.partition_point(|&at| at >= index);
            if gotox[..behind].last().is_some_and(|&at| at < end) {
                returned_to.insert(index);
            }
        }
        let jump_pointers = !gotox.is_empty();
        Uses {
            call_pointers,
            jump_pointers,
            targets,
            joined,
            by_pointer,
            loops,
            returned_to,
            ways_out,
            landings,
        }
    }
}

/// Instructions that are targets of jumps, by index.
#[derive(Debug)]
pub struct Targets(Vec<u64>);

impl Targets {
    pub fn insert(&mut self, index: usize) {
        self.0[index / 64] |= 1 << (index % 64);
    }

    pub fn contains(&self, index: usize) -> bool {
        self.0[index / 64] >> (index % 64) & 1 == 1
    }

    /// Number of targets.
    pub fn count(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }
}

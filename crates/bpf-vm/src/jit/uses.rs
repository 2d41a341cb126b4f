//! What a program uses, and where control goes in it: all that has to be known before its first instruction is compiled.

use super::ahead;
use crate::code::Op;
use crate::verify::VerifiedProgram;

/// What a program has somewhere, for which something is needed.
#[derive(Debug)]
pub struct Uses {
    pub call_pointers: bool,
    pub jump_pointers: bool,
    /// Where jumps lead to.
    pub targets: Targets,
    /// Where more than one does.
    pub joined: Targets,
    /// Where code pointers lead to.
    pub by_pointer: Targets,
    /// Where jumps backwards lead to.
    pub loops: Targets,
    /// The same, with what code pointers may lead back to.
    pub returned_to: Targets,
    /// Branches forwards that are hardly ever taken: out of the innermost loop that they are in, as far as a jump
    /// back tells, if what they compare is a count, and to where the program aborts.
    pub ways_out: Targets,
    /// Where those lead to.
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
        // From the end to the beginning, so that a loop is known, by the jump back, before what is in it: where it
        // begins, and the index of that jump. The innermost is last.
        let mut open: Vec<(usize, usize)> = Vec::new();
        let mut start = insns.len();
        for block in program.blocks().iter().rev() {
            let end = start;
            start = end - block.len as usize - usize::from(block.falls_in);
            // What leads elsewhere is last in its block.
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
                        // Of several jumps back to one place, the last is where the loop ends.
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
            // The `gotox` behind it, if it is in the same function, may lead back.
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

/// The instructions that jumps of any kind lead to, by their index.
#[derive(Debug)]
pub struct Targets(Vec<u64>);

impl Targets {
    pub fn insert(&mut self, index: usize) {
        self.0[index / 64] |= 1 << (index % 64);
    }

    pub fn contains(&self, index: usize) -> bool {
        self.0[index / 64] >> (index % 64) & 1 == 1
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }
}

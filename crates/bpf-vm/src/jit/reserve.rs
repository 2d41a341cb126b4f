//! Which payments are looked at.
//!
//! A payment is a subtraction and, if it is looked at, a branch that is never taken. That is as much work as the
//! comparison that a short block consists of. So machine code counts gas without a *reserve*: r14 holds the gas left
//! minus the reserve. Where a payment is looked at and r14 is not negative, all of the reserve is still there, so later
//! payments within the reserve need no look.
//!
//! A payment is looked at wherever the analysis starts afresh: at a function, after a call, a syscall or an intrinsic
//! that pays by the byte, and at every target of a backward jump, so that every loop contains a look. Every other block
//! is entered only from code before it. So when it is written, the most that can have been paid on any path since the
//! last look is known. If that exceeds the largest reserve, this block is looked at too. Each block is visited once, so
//! compiling stays linear.
//!
//! # Invariant
//!
//! Wherever machine code leaves, r14 plus the reserve is the gas of the interpreter, and not negative, except for what
//! [`super::ahead`] gives back. If a look finds that the gas is too low with the reserve set aside but sufficient
//! without, the program continues in code that looks at each payment ([`super::Payment::Blocks`]), whose reserve is 0.
//! docs/decisions/0256-payments-without-a-look.md

use super::uses::Uses;
use crate::code::{Insn, Op};

/// The largest reserve.
pub const MOST: u32 = 4096;

/// Tracks the debt to the reserve while blocks are written one after the other: what is paid since the last look.
pub struct Reserve {
    /// Whether there is no reserve and every payment is looked at.
    none: bool,
    /// The largest debt at each target of a forward jump, by the target's index.
    owed: Vec<u32>,
    /// The largest debt at any `gotox` of the current function.
    by_pointer: u32,
    /// The largest debt at the next instruction, if control falls through to it.
    here: u32,
    /// Whether the next block starts afresh, so that it is looked at.
    anew: bool,
    /// The largest debt anywhere.
    most: u32,
}

impl Reserve {
    /// For a program of this many instructions.
    pub fn new(insns: usize, none: bool) -> Self {
        let owed = if none { Vec::new() } else { vec![0; insns] };
        Self { none, owed, by_pointer: 0, here: 0, anew: true, most: 0 }
    }

    /// Notes that a function begins next.
    pub fn begin_function(&mut self) {
        (self.anew, self.by_pointer) = (true, 0);
    }

    /// Notes a block at `index` that pays `cost`. Returns whether that payment is looked at.
    pub fn pay(&mut self, uses: &Uses, index: usize, cost: u32) -> bool {
        if self.none {
            return true;
        }
        let mut owed = self.here;
        if uses.targets.contains(index) {
            owed = owed.max(self.owed[index]);
            if uses.by_pointer.contains(index) {
                owed = owed.max(self.by_pointer);
            }
        }
        let owed = owed.saturating_add(cost);
        let looked_at = self.anew || owed > MOST || uses.returned_to.contains(index);
        self.here = if looked_at { 0 } else { owed };
        self.most = self.most.max(self.here);
        self.anew = false;
        looked_at
    }

    /// Notes a block at `index` that has already been paid for.
    pub fn go_on(&mut self, index: usize) {
        if let Some(&owed) = self.owed.get(index) {
            self.here = self.here.max(owed);
        }
    }

    /// Notes a block that ends with `last`, after which comes the instruction `end`.
    pub fn end_block(&mut self, last: &Insn, end: usize) {
        if self.none {
            return;
        }
        match last.op {
            Op::CallLocal | Op::CallX | Op::Syscall | Op::SyscallX | Op::MemoryIntrinsic => self.anew = true,
            Op::GotoX => self.by_pointer = self.by_pointer.max(self.here),
            op if op.is_jump() && last.target() >= end => {
                let owed = &mut self.owed[last.target()];
                *owed = self.here.max(*owed);
            }
            _ => {}
        }
        if matches!(last.op, Op::Ja | Op::GotoX | Op::Exit | Op::Abort) {
            self.here = 0;
        }
    }

    /// The reserve that the program needs.
    pub fn most(&self) -> u32 {
        self.most
    }
}

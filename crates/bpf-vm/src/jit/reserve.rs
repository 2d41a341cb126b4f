//! Which payments are looked at.
//!
//! A payment is a subtraction and, if it is looked at, a branch that is never taken: as much as the comparison that a short
//! block is there for. So machine code counts gas below a *reserve*: r14 is what is left without it. Where a payment is looked
//! at and r14 is not negative, all of the reserve is there, and payments that follow within it need no look.
//!
//! What begins anew is looked at: a function, what is behind a call, a syscall or an intrinsic that pays by the byte,
//! and what jumps lead back to, so that there is a look in every loop. Of any other block it is known, when it is written,
//! what may have been paid since the last look on any way to it, since all ways come from before; if that were more than
//! the reserve may be, the block is looked at too. Each block is met once, so compiling stays linear.
//!
//! # Invariant
//!
//! Wherever machine code leaves, r14 and the reserve are the gas of the interpreter, and not negative, but for what
//! [`super::ahead`] gives back. If a look finds that gas does not suffice with the reserve, but it does without, the program goes
//! on in code that looks at each payment ([`super::Payment::Blocks`]), whose reserve is 0. docs/decisions/0256-payments-without-a-look.md

use super::uses::Uses;
use crate::code::{Insn, Op};

/// The largest reserve.
pub const MOST: u32 = 4096;

/// What may be owed to the reserve, while blocks are written one after the other.
pub struct Reserve {
    /// Whether every payment is looked at.
    none: bool,
    /// What may be owed where a jump forwards leads to, by the index of the instruction.
    owed: Vec<u32>,
    /// The same where any `gotox` of the function at hand does.
    by_pointer: u32,
    /// The same of what is written next, if control gets there from before.
    here: u32,
    /// Whether what is written next begins anew.
    anew: bool,
    /// The most that is owed anywhere.
    most: u32,
}

impl Reserve {
    /// For a program of so many instructions.
    pub fn new(insns: usize, none: bool) -> Self {
        let owed = if none { Vec::new() } else { vec![0; insns] };
        Self { none, owed, by_pointer: 0, here: 0, anew: true, most: 0 }
    }

    /// What is written next begins a function.
    pub fn begin_function(&mut self) {
        (self.anew, self.by_pointer) = (true, 0);
    }

    /// A block at `index`, with which `cost` is paid. Whether that is to be looked at.
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

    /// A block at `index` that has been paid for.
    pub fn go_on(&mut self, index: usize) {
        if let Some(&owed) = self.owed.get(index) {
            self.here = self.here.max(owed);
        }
    }

    /// A block that ends with `last`, behind which is the instruction `end`.
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

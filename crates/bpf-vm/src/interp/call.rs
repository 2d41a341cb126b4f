//! Calls and returns: the initial state of a callee, what a caller gets back, and the depth limit.
//!
//! Return addresses and the callers' r6–r9 are kept here, outside the guest's memory, so no store of the guest can
//! change where it returns to. The guest's stack holds only what the guest put there.
//!
//! # Stack arguments (LLVM 23)
//!
//! Every frame has seven outgoing arguments, all 0 when the frame begins. `*(u64 *)(r11 - 8k) = v` sets the k-th
//! argument of this frame; `v = *(u64 *)(r11 + 8k)` reads the k-th of the caller's. They last as long as their frame.
//! Few programs use them, so a frame gets room for them at its first store.

use crate::limits::{MAX_CALL_DEPTH, MAX_STACK_ARGS};
use crate::trap::TrapKind;
use alloc::vec::Vec;
use bpf_isa::Reg;
use contract_abi::memory::STACK_BASE;

/// A caller that waits for its callee.
#[derive(Clone, Copy, Debug)]
struct Frame {
    /// r6 to r9.
    saved: [u64; 4],
    frame_pointer: u32,
    /// Index of the instruction after the call.
    return_to: u32,
}

/// The outgoing stack arguments of a frame.
#[derive(Clone, Copy, Debug)]
struct Outgoing {
    /// Number of active calls when the frame began.
    depth: usize,
    args: [u64; MAX_STACK_ARGS],
}

/// The active calls, innermost last.
#[derive(Clone, Debug, Default)]
pub(crate) struct Calls {
    frames: Vec<Frame>,
    /// By rising depth, without the frames that stored none.
    outgoing: Vec<Outgoing>,
}

impl Calls {
    pub fn clear(&mut self) {
        self.frames.clear();
        self.outgoing.clear();
    }

    /// Where each caller continues, innermost first.
    pub fn returns(&self) -> impl Iterator<Item = usize> + '_ {
        self.frames.iter().rev().map(|frame| frame.return_to as usize)
    }

    /// Whether there is room for one more call without an allocation.
    #[inline(always)]
    pub fn has_room(&self) -> bool {
        self.frames.len() < self.frames.capacity()
    }

    /// Begins a call: saves the caller's registers and moves the frame pointer below its frame.
    ///
    /// Sizes are in bytes.
    ///
    /// # Errors
    /// [`TrapKind::CallDepth`], else [`TrapKind::StackOverflow`].
    #[inline(always)]
    pub fn push(
        &mut self,
        regs: &mut [u64; 12],
        caller_frame: u32,
        callee_frame: u32,
        return_to: usize,
    ) -> Result<(), TrapKind> {
        if self.frames.len() >= MAX_CALL_DEPTH {
            return Err(TrapKind::CallDepth);
        }
        let frame_pointer = regs[Reg::R10.index()] as u32;
        // Every frame fits the stack: the first was checked at the start; this one is checked here.
        let below = frame_pointer - caller_frame;
        if below - STACK_BASE < callee_frame {
            return Err(TrapKind::StackOverflow);
        }
        self.frames.push(Frame {
            saved: [regs[6], regs[7], regs[8], regs[9]],
            frame_pointer,
            return_to: return_to as u32,
        });
        regs[Reg::R10.index()] = below.into();
        Ok(())
    }

    /// Adds a caller saved by another engine, as the innermost.
    #[allow(dead_code, reason = "there is not always another engine")]
    pub fn restore(&mut self, saved: [u64; 4], frame_pointer: u32, return_to: u32) {
        self.frames.push(Frame { saved, frame_pointer, return_to });
    }

    /// Ends a call: restores the caller's registers and returns where it continues. `None` if there is no caller.
    #[inline(always)]
    pub fn pop(&mut self, regs: &mut [u64; 12]) -> Option<usize> {
        if !self.outgoing.is_empty() {
            self.forget_outgoing();
        }
        let frame = self.frames.pop()?;
        regs[6..10].copy_from_slice(&frame.saved);
        regs[Reg::R10.index()] = frame.frame_pointer.into();
        Some(frame.return_to as usize)
    }

    #[cold]
    fn forget_outgoing(&mut self) {
        let depth = self.frames.len();
        self.outgoing.pop_if(|outgoing| outgoing.depth == depth);
    }

    /// Stack argument `index`, from 0, that this frame's caller passed.
    #[inline(never)]
    pub fn incoming(&self, index: usize) -> u64 {
        let Some(caller) = self.frames.len().checked_sub(1) else {
            return 0;
        };
        // The caller's arguments are the last, or the last but one if this frame has stored some itself.
        let found = self.outgoing.iter().rev().take(2).find(|outgoing| outgoing.depth == caller);
        found.and_then(|outgoing| outgoing.args.get(index)).copied().unwrap_or(0)
    }

    /// Sets stack argument `index`, from 0, for the functions that this frame calls.
    #[inline(never)]
    pub fn set_outgoing(&mut self, index: usize, value: u64) {
        let depth = self.frames.len();
        if self.outgoing.last().is_none_or(|outgoing| outgoing.depth != depth) {
            self.outgoing.push(Outgoing { depth, args: [0; MAX_STACK_ARGS] });
        }
        if let Some(arg) = self.outgoing.last_mut().and_then(|outgoing| outgoing.args.get_mut(index)) {
            *arg = value;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn regs(frame_pointer: u32) -> [u64; 12] {
        let mut regs = core::array::from_fn(|number| number as u64);
        regs[10] = frame_pointer.into();
        regs
    }

    #[test]
    fn a_return_undoes_a_call_but_for_r0_to_r5() {
        let mut calls = Calls::default();
        let before = regs(STACK_BASE + 64);
        let mut regs = before;
        calls.push(&mut regs, 16, 48, 7).unwrap();
        assert_eq!(regs[10], u64::from(STACK_BASE) + 48);
        regs[..10].fill(99);
        assert_eq!(calls.pop(&mut regs), Some(7));
        assert_eq!((&regs[..6], &regs[6..]), (&[99; 6][..], &before[6..]));
        assert_eq!(calls.pop(&mut regs), None);
    }

    #[test]
    fn a_callee_must_fit_the_stack() {
        let mut calls = Calls::default();
        let mut regs = regs(STACK_BASE + 64);
        assert_eq!(calls.push(&mut regs, 32, 48, 0), Err(TrapKind::StackOverflow));
        assert_eq!(calls.push(&mut regs, 32, 32, 0), Ok(()));
        assert_eq!(calls.push(&mut regs, 32, 16, 0), Err(TrapKind::StackOverflow));
        assert_eq!(calls.push(&mut regs, 32, 0, 0), Ok(()));
        assert_eq!(regs[10], STACK_BASE.into());
    }

    #[test]
    fn depth_is_limited_before_the_stack_is_looked_at() {
        let mut calls = Calls::default();
        let mut regs = regs(STACK_BASE);
        for _ in 0..MAX_CALL_DEPTH {
            calls.push(&mut regs, 0, 0, 0).unwrap();
        }
        assert_eq!(calls.push(&mut regs, 0, 16, 0), Err(TrapKind::CallDepth));
    }

    #[test]
    fn stack_arguments_belong_to_a_frame() {
        let mut calls = Calls::default();
        let mut regs = regs(STACK_BASE);
        assert_eq!(calls.incoming(0), 0, "the first frame has no caller");
        calls.set_outgoing(0, 10);
        calls.set_outgoing(6, 16);
        calls.push(&mut regs, 0, 0, 0).unwrap();
        assert_eq!([0, 1, 6].map(|index| calls.incoming(index)), [10, 0, 16]);
        // A frame's own arguments do not hide those it received, and begin as zeros.
        calls.set_outgoing(1, 21);
        assert_eq!([0, 1].map(|index| calls.incoming(index)), [10, 0]);
        calls.push(&mut regs, 0, 0, 0).unwrap();
        assert_eq!([0, 1, 6].map(|index| calls.incoming(index)), [0, 21, 0]);
        calls.push(&mut regs, 0, 0, 0).unwrap();
        assert_eq!([0, 1, 6].map(|index| calls.incoming(index)), [0; 3], "its caller stored none");
        for _ in 0..2 {
            calls.pop(&mut regs).unwrap();
        }
        // Back in the second frame, whose own arguments are still there for its next callee.
        assert_eq!(calls.incoming(0), 10);
        calls.push(&mut regs, 0, 0, 0).unwrap();
        assert_eq!(calls.incoming(1), 21);
        calls.pop(&mut regs).unwrap();
        calls.pop(&mut regs).unwrap();
        calls.push(&mut regs, 0, 0, 0).unwrap();
        assert_eq!([0, 1].map(|index| calls.incoming(index)), [10, 0], "the new second frame is new");
    }
}

//! The ways in which a guest can stop early.
//!
//! A trap is the fault of the guest alone: mistakes of the embedder are errors. For the same program and input, every
//! engine reports the same trap at the same pc. Numbers of kinds are therefore permanent: new kinds are appended, and
//! none changes its meaning.

use crate::memory::GuestAddr;
use crate::program::Slot;
use core::fmt;

/// Why a program stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum TrapKind {
    /// The program asked for it: a panic, `unreachable`, or LLVM's `__bpf_trap`.
    Abort = 1,
    /// It read memory that is not readable.
    ReadFault = 2,
    /// It wrote memory that is not writable.
    WriteFault = 3,
    /// The frame of the called function does not fit the stack.
    StackOverflow = 4,
    /// Too many calls are active: [`crate::limits::MAX_CALL_DEPTH`].
    CallDepth = 5,
    /// `callx` to something other than a function whose address is taken.
    BadCallTarget = 6,
    /// `gotox` to something other than an entry of a jump table of the function.
    BadJumpTarget = 7,
}

impl TrapKind {
    /// All kinds, by rising number.
    pub const ALL: [TrapKind; 7] = [
        TrapKind::Abort,
        TrapKind::ReadFault,
        TrapKind::WriteFault,
        TrapKind::StackOverflow,
        TrapKind::CallDepth,
        TrapKind::BadCallTarget,
        TrapKind::BadJumpTarget,
    ];

    /// Its number, from 1.
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// The kind of this number.
    pub fn from_number(number: u8) -> Option<TrapKind> {
        Self::ALL.into_iter().find(|kind| kind.number() == number)
    }
}

impl fmt::Display for TrapKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            TrapKind::Abort => "the program aborted",
            TrapKind::ReadFault => "read from memory that is not there",
            TrapKind::WriteFault => "write to memory that is not there or is read-only",
            TrapKind::StackOverflow => "stack overflow",
            TrapKind::CallDepth => "calls nested too deeply",
            TrapKind::BadCallTarget => "call of an address that is not a callable function",
            TrapKind::BadJumpTarget => "computed jump to an address that is in no jump table",
        })
    }
}

/// Why and where a program stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Trap {
    /// The reason.
    pub kind: TrapKind,
    /// The instruction that trapped.
    pub pc: Slot,
    /// The address concerned: the first byte of the access for the two memory faults, the lower half of the code
    /// address for the two bad targets, 0 for the others.
    pub addr: GuestAddr,
}

impl fmt::Display for Trap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at slot {}", self.kind, self.pc)?;
        match self.kind {
            TrapKind::Abort | TrapKind::StackOverflow | TrapKind::CallDepth => Ok(()),
            _ => write!(f, " (address {})", self.addr),
        }
    }
}

impl core::error::Error for Trap {}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn numbers_are_pinned() {
        let numbers = [
            (1, TrapKind::Abort),
            (2, TrapKind::ReadFault),
            (3, TrapKind::WriteFault),
            (4, TrapKind::StackOverflow),
            (5, TrapKind::CallDepth),
            (6, TrapKind::BadCallTarget),
            (7, TrapKind::BadJumpTarget),
        ];
        for (number, kind) in numbers {
            assert_eq!(kind.number(), number);
            assert_eq!(TrapKind::from_number(number), Some(kind));
        }
        assert_eq!(TrapKind::ALL.len(), numbers.len());
        assert_eq!((TrapKind::from_number(0), TrapKind::from_number(8)), (None, None));
    }

    #[test]
    fn says_where_and_what() {
        let trap = Trap { kind: TrapKind::WriteFault, pc: Slot(12), addr: GuestAddr(0x1000_0000) };
        assert_eq!(
            trap.to_string(),
            "write to memory that is not there or is read-only at slot 12 (address 0x10000000)"
        );
        let trap = Trap { kind: TrapKind::Abort, pc: Slot(3), addr: GuestAddr(0) };
        assert_eq!(trap.to_string(), "the program aborted at slot 3");
    }
}

//! Why a program is refused.

use bpf_isa::{DecodeError, Op, Reg, Slot};
use core::fmt;

/// Why a program is refused, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VerifyError {
    /// Bytes that are not an instruction.
    Decode(DecodeError),
    /// The program is longer than [`crate::limits::Limits::slots`].
    TooLong {
        /// Its length in slots.
        slots: u32,
        /// The limit.
        limit: u32,
    },
    /// The program has more functions than [`crate::limits::Limits::functions`].
    TooManyFunctions {
        /// Their number.
        functions: u32,
        /// The limit.
        limit: u32,
    },
    /// Data, bss, heap and stack together exceed [`crate::limits::Limits::writable`].
    TooMuchMemory {
        /// Bytes asked for.
        bytes: u64,
        /// The limit.
        limit: u32,
    },
    /// The read-only data exceeds [`crate::limits::Limits::rodata`].
    TooMuchRodata {
        /// Its length in bytes.
        bytes: u64,
        /// The limit.
        limit: u32,
    },
    /// The instruction belongs to a conformance group or CPU version that is not enabled.
    NotEnabled {
        /// Where.
        at: Slot,
        /// The operation.
        op: Op,
    },
    /// The instruction needs something that is not available: maps, platform variables, BTF.
    Unsupported {
        /// Where.
        at: Slot,
        /// The operation.
        op: Op,
    },
    /// The instruction writes the frame pointer.
    WritesFramePointer {
        /// Where.
        at: Slot,
    },
    /// The entry reads a register that nothing has written on the way to it.
    ReadsUnwritten {
        /// Where.
        at: Slot,
        /// The register.
        register: Reg,
    },
    /// There is no such stack argument: there are seven, from r11±8 to r11±56.
    BadStackArgument {
        /// Where.
        at: Slot,
        /// Offset from r11.
        offset: i16,
    },
    /// A wide instruction at the end of a function has its second slot in the next one.
    SplitWide {
        /// Where it begins.
        at: Slot,
    },
    /// A jump leaves its function.
    JumpLeavesFunction {
        /// Where.
        at: Slot,
        /// The slot it leads to.
        target: i64,
    },
    /// A jump leads into the second slot of a wide instruction.
    JumpIntoWide {
        /// Where.
        at: Slot,
        /// The slot it leads to.
        target: Slot,
    },
    /// Control can run past the last instruction of a function.
    RunsPastEnd {
        /// That instruction.
        at: Slot,
    },
    /// A call or code address leads to a slot where no function begins.
    NotAFunction {
        /// Where.
        at: Slot,
        /// The slot it leads to.
        target: i64,
    },
    /// A helper number that is neither in the embedder's table nor an intrinsic.
    UnknownSyscall {
        /// Where.
        at: Slot,
        /// The number.
        number: u32,
    },
    /// `callx` in a program in which no function's address is taken.
    NothingToCall {
        /// Where.
        at: Slot,
        /// The register with the address.
        register: Reg,
    },
    /// `gotox` in a function that has no jump table.
    NoJumpTable {
        /// Where.
        at: Slot,
    },
    /// An entry of a jump table is not the code address of an instruction.
    BadJumpTableEntry {
        /// Index of the table.
        table: u32,
        /// Index of the entry.
        entry: u32,
        /// What it holds.
        value: u64,
    },
    /// The entries of a jump table lie in more than one function.
    JumpTableLeavesFunction {
        /// Index of the table.
        table: u32,
        /// Index of the first entry that lies elsewhere.
        entry: u32,
    },
    /// The frame of a function does not fit the stack, so that no call of it could succeed.
    FrameTooLarge {
        /// Its first slot.
        at: Slot,
        /// Its frame size in bytes.
        frame: u32,
        /// The stack size in bytes.
        stack: u32,
    },
}

impl From<DecodeError> for VerifyError {
    fn from(error: DecodeError) -> Self {
        VerifyError::Decode(error)
    }
}

impl VerifyError {
    /// The instruction or function concerned, if any.
    pub const fn at(&self) -> Option<Slot> {
        match *self {
            VerifyError::Decode(error) => Some(error.at()),
            VerifyError::NotEnabled { at, .. }
            | VerifyError::Unsupported { at, .. }
            | VerifyError::WritesFramePointer { at }
            | VerifyError::ReadsUnwritten { at, .. }
            | VerifyError::BadStackArgument { at, .. }
            | VerifyError::SplitWide { at }
            | VerifyError::JumpLeavesFunction { at, .. }
            | VerifyError::JumpIntoWide { at, .. }
            | VerifyError::RunsPastEnd { at }
            | VerifyError::NotAFunction { at, .. }
            | VerifyError::UnknownSyscall { at, .. }
            | VerifyError::NothingToCall { at, .. }
            | VerifyError::NoJumpTable { at }
            | VerifyError::FrameTooLarge { at, .. } => Some(at),
            VerifyError::TooLong { .. }
            | VerifyError::TooManyFunctions { .. }
            | VerifyError::TooMuchMemory { .. }
            | VerifyError::TooMuchRodata { .. }
            | VerifyError::BadJumpTableEntry { .. }
            | VerifyError::JumpTableLeavesFunction { .. } => None,
        }
    }
}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Decode(error) => error.fmt(f),
            Self::TooLong { slots, limit } => {
                write!(f, "the program is {slots} slots long, but at most {limit} are allowed")
            }
            Self::TooManyFunctions { functions, limit } => {
                write!(f, "the program has {functions} functions, but at most {limit} are allowed")
            }
            Self::TooMuchMemory { bytes, limit } => write!(
                f,
                "data, heap and stack take {bytes} bytes, but at most {limit} are allowed: reduce the heap or stack"
            ),
            Self::TooMuchRodata { bytes, limit } => {
                write!(f, "the read-only data is {bytes} bytes long, but at most {limit} are allowed")
            }
            Self::NotEnabled { at, op } => {
                write!(f, "the instruction at slot {at} ({op:?}) is of a group or CPU version that is not enabled")
            }
            Self::Unsupported { at, op } => {
                write!(f, "the instruction at slot {at} ({op:?}) needs maps, variables or BTF, which are not supported")
            }
            Self::WritesFramePointer { at } => {
                write!(f, "the instruction at slot {at} writes r10, the frame pointer, which is read-only")
            }
            Self::ReadsUnwritten { at, register } => {
                write!(f, "the instruction at slot {at} reads {register}, which has not been written")
            }
            Self::BadStackArgument { at, offset } => {
                write!(f, "the instruction at slot {at} names a stack argument at r11{offset:+}; the last is at 56")
            }
            Self::SplitWide { at } => {
                write!(f, "the wide instruction at slot {at} begins in one function and ends in the next")
            }
            Self::JumpLeavesFunction { at, target } => {
                write!(f, "the jump at slot {at} leaves its function, to slot {target}")
            }
            Self::JumpIntoWide { at, target } => {
                write!(f, "the jump at slot {at} leads to slot {target}, the middle of a wide instruction")
            }
            Self::RunsPastEnd { at } => {
                write!(f, "the instruction at slot {at} is the last of its function, but control runs on past it")
            }
            Self::NotAFunction { at, target } => {
                write!(f, "the instruction at slot {at} names slot {target} as a function, but none begins there")
            }
            Self::UnknownSyscall { at, number } => {
                write!(f, "the call at slot {at} is to function number {number}")?;
                match contract_abi::syscall::Syscall::from_number(number) {
                    Some(syscall) => write!(f, " ({}), which is not available", syscall.symbol()),
                    None => f.write_str(", which is not known"),
                }
            }
            Self::NothingToCall { at, register } => {
                write!(f, "the call at slot {at} is through {register}, but no function's address is taken")
            }
            Self::NoJumpTable { at } => {
                write!(f, "the computed jump at slot {at} is in a function without a jump table")
            }
            Self::BadJumpTableEntry { table, entry, value } => {
                write!(f, "entry {entry} of jump table {table} is {value:#x}, not the address of an instruction")
            }
            Self::JumpTableLeavesFunction { table, entry } => {
                write!(f, "entry {entry} of jump table {table} lies in a different function than the first entry")
            }
            Self::FrameTooLarge { at, frame, stack } => {
                write!(f, "the function at slot {at} has a frame of {frame} bytes, but the whole stack is {stack}")
            }
        }
    }
}

impl core::error::Error for VerifyError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            VerifyError::Decode(error) => Some(error),
            _ => None,
        }
    }
}

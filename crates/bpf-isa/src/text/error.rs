//! Errors in assembly text.

use crate::EncodeError;
use core::fmt;

/// Why text is not a program, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AsmError {
    /// The line, from 1.
    pub line: u32,
    /// What is wrong with it.
    pub kind: AsmErrorKind,
}

/// What is wrong with a line of assembly. Columns are in bytes, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AsmErrorKind {
    /// There is no such mnemonic, or not in this form.
    UnknownMnemonic,
    /// Something else was expected at a column.
    Expected {
        /// What.
        what: &'static str,
        /// Where.
        column: u32,
    },
    /// A number that its field cannot hold.
    OutOfRange {
        /// Where it begins.
        column: u32,
    },
    /// Registers have different widths, or must be the same and are not.
    RegisterMismatch,
    /// The label is not defined.
    UnknownLabel,
    /// The label is defined already.
    DuplicateLabel,
    /// The target is too far for the instruction.
    TooFar {
        /// Its distance in slots.
        distance: i64,
    },
    /// The program has too many slots.
    TooLong,
    /// The instruction has no encoding.
    Encode(EncodeError),
}

impl fmt::Display for AsmError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.kind)
    }
}

impl fmt::Display for AsmErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::UnknownMnemonic => f.write_str("unknown instruction"),
            Self::Expected { what, column } => write!(f, "expected {what} at column {column}"),
            Self::OutOfRange { column } => write!(f, "the number at column {column} does not fit its field"),
            Self::RegisterMismatch => f.write_str("these registers cannot be used together"),
            Self::UnknownLabel => f.write_str("there is no such label"),
            Self::DuplicateLabel => f.write_str("the label is defined twice"),
            Self::TooFar { distance } => write!(f, "the target is too far away: {distance} slots"),
            Self::TooLong => f.write_str("the program is too long"),
            Self::Encode(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for AsmError {}

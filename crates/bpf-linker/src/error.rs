//! Ways in which linking fails.
//!
//! Each message is a sentence for the person who builds a contract and says where the error is: the input,
//! the section and offset, or the function and line that refer to what is missing.

use crate::ink::EnforcedError;
use contract_abi::image::ImageError;
use std::fmt;

/// Why a program could not be linked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LinkError {
    /// There is nothing to link.
    #[error("there is no object file to link")]
    NoInput,
    /// An input is not an object file for BPF.
    #[error("{input}: {what}")]
    NotAnObject {
        /// Name of the input.
        input: String,
        /// What it is.
        what: Foreign,
    },
    /// An input is an ELF object for BPF, but inconsistent.
    #[error("{input}: malformed object file: {reason}")]
    Malformed {
        /// Name of the input.
        input: String,
        /// What is wrong.
        reason: String,
    },
    /// A relocation of a type that has no meaning here.
    #[error("{place}: relocation type {number} is not supported")]
    UnsupportedRelocation {
        /// Where the relocation applies.
        place: Place,
        /// Its number.
        number: u32,
    },
    /// A relocation whose field or target makes no sense.
    #[error("{place}: {reason}")]
    BadRelocation {
        /// Where the relocation applies.
        place: Place,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// An invalid instruction, or one that leaves its function.
    #[error("{place}: in `{function}`: {reason}")]
    BadCode {
        /// The instruction.
        place: Place,
        /// Demangled name of the function it is in.
        function: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A switch whose jump table cannot be followed to its use.
    #[error(
        "{place}: in `{function}`: the address of a jump table is used in an unsupported way; \
         to avoid jump tables, set `-bpf-min-jump-table-entries` to a large number"
    )]
    UnsupportedJumpTable {
        /// The instruction that uses it.
        place: Place,
        /// Demangled name of the function it is in.
        function: String,
    },
    /// Two inputs define the same symbol, both strongly.
    #[error("`{symbol}` is defined in {first} and again in {second}")]
    DuplicateSymbol {
        /// Demangled name.
        symbol: String,
        /// Input that defines it first.
        first: String,
        /// Input that defines it again.
        second: String,
    },
    /// Symbols that no input defines and that are not functions of the chain.
    #[error("{}", list(.0))]
    Undefined(Vec<Undefined>),
    /// An entry point does not exist.
    #[error("the program has no function `{name}`: {}", entry_hint(.name))]
    MissingEntry {
        /// Its symbol.
        name: String,
    },
    /// The program exceeds a size limit.
    #[error("the program's {what} {size} bytes, but at most {limit} are allowed")]
    TooLarge {
        /// What it is, with its verb: "stack is", "frame of `f` is".
        what: String,
        /// How large it is.
        size: u64,
        /// The largest size allowed.
        limit: u64,
    },
    /// An option has an invalid value.
    #[error("the {name} of {value} bytes is not a multiple of 16")]
    Misaligned {
        /// Name of the option.
        name: &'static str,
        /// Its value.
        value: u64,
    },
    /// The program breaks a rule of the image format.
    #[error("invalid program image: {0}")]
    Image(#[from] ImageError),
    /// Debug information cannot be read or rewritten.
    #[error("cannot process the debug information: {reason}; a build without it works")]
    Debug {
        /// What is wrong.
        reason: String,
    },
}

/// A byte of an input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Name of the input.
    pub input: String,
    /// Name of the section.
    pub section: String,
    /// Offset in it, in bytes.
    pub offset: u64,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({}+{:#x})", self.input, self.section, self.offset)
    }
}

/// What an input is, if it is not an object file for BPF.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Foreign {
    /// LLVM bitcode.
    Bitcode,
    /// A Wasm module.
    Wasm,
    /// An archive of object files.
    Archive,
    /// An ELF file for another machine.
    Machine {
        /// Its `e_machine`.
        machine: u16,
    },
    /// An ELF file for 32-bit BPF, or of the other byte order.
    Class,
    /// An ELF file for BPF that is already linked.
    NotRelocatable,
    /// Something else.
    Unknown,
}

impl fmt::Display for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bitcode => f.write_str(
                "this is LLVM bitcode, not an object file: it must be translated by `bpf-legalize` first",
            ),
            Self::Wasm => f.write_str("this is a Wasm module, not an object file for eBPF"),
            Self::Archive => f.write_str("this is an archive; give its members one by one"),
            Self::Machine { machine } => {
                write!(f, "an ELF file for machine {machine}, not for eBPF (machine 247)")
            }
            Self::Class => f.write_str("not a 64-bit little-endian ELF file"),
            Self::NotRelocatable => f.write_str("this ELF file is already linked"),
            Self::Unknown => f.write_str("not an ELF file"),
        }
    }
}

/// A symbol without a definition, and what refers to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undefined {
    /// Its name in the object file.
    pub symbol: String,
    /// What kind of symbol it is.
    pub kind: UndefinedKind,
    /// The places that refer to it, in the order of the program, without duplicates.
    pub referrers: Vec<Referrer>,
}

/// The kinds of undefined symbol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UndefinedKind {
    /// One of ink!'s own compile-time errors.
    Ink(EnforcedError),
    /// `seal…::…`, but not a known contract function.
    Syscall,
    /// Anything else.
    Other,
}

/// A place that refers to a symbol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Referrer {
    /// Demangled name of the function, innermost inlined one first, or the section of the data.
    pub function: String,
    /// Source file and line, where the debug information knows it.
    pub source: Option<SourceLine>,
}

/// A line of source code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceLine {
    /// Path as rustc shows it.
    pub file: String,
    /// Line, counted from 1; 0 if it is not known.
    pub line: u32,
}

impl fmt::Display for SourceLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => f.write_str(&self.file),
            line => write!(f, "{}:{line}", self.file),
        }
    }
}

impl fmt::Display for Undefined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            UndefinedKind::Ink(error) => write!(f, "{error}")?,
            UndefinedKind::Syscall => write!(
                f,
                "`{}` is not a function of the contracts pallet, which has 71, such as `seal0::set_storage`",
                self.symbol
            )?,
            UndefinedKind::Other => write!(f, "undefined symbol `{}`", crate::demangle::full(&self.symbol))?,
        }
        for referrer in &self.referrers {
            write!(f, "\n  in `{}`", referrer.function)?;
            if let Some(source) = &referrer.source {
                write!(f, " at {source}")?;
            }
        }
        Ok(())
    }
}

fn list(undefined: &[Undefined]) -> String {
    undefined.iter().map(Undefined::to_string).collect::<Vec<_>>().join("\n")
}

fn entry_hint(name: &str) -> &'static str {
    match name {
        "deploy" | "call" => {
            "ink! generates it from `#[ink::contract]`; other contracts define it with `#[no_mangle]`"
        }
        _ => "no input defines it",
    }
}

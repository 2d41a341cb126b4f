//! Why no object was produced.

use std::fmt;
use std::path::PathBuf;

/// What prevented the translation from bitcode to an object.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LegalizeError {
    /// The compiler could not be run to find its LLVM.
    #[error("cannot run {rustc} to find its LLVM: {message}", rustc = rustc.display())]
    Rustc {
        /// The compiler given.
        rustc: PathBuf,
        /// What the system or the compiler said.
        message: String,
    },
    /// The compiler's toolchain has no LLVM library of its own, or LLVM is linked into the compiler.
    #[error(
        "found no libLLVM for {rustc}: looked in {searched}. Use a compiler that has LLVM as a shared library, \
         such as those of rustup and Debian",
        rustc = rustc.display()
    )]
    NoLibrary {
        /// The compiler given.
        rustc: PathBuf,
        /// The folders that were searched.
        searched: String,
    },
    /// The library does not load or is not LLVM.
    #[error("cannot load LLVM from {library}: {message}", library = library.display())]
    Load {
        /// The library.
        library: PathBuf,
        /// What the loader said.
        message: String,
    },
    /// The input is neither bitcode nor IR that this LLVM can read.
    #[error("LLVM {version} cannot read this module: {message}")]
    Parse {
        /// Version of the LLVM that was used.
        version: String,
        /// LLVM's message.
        message: String,
    },
    /// The module was compiled for another machine.
    #[error("the module is for `{triple}`, not for BPF")]
    WrongTarget {
        /// Its triple.
        triple: String,
    },
    /// A required function is missing.
    #[error("the module does not define the entry point `{name}`")]
    NoEntryPoint {
        /// The name asked for.
        name: String,
    },
    /// The program needs something that BPF does not have.
    #[error("{what} in `{function}`{}: {}", At(place), what.advice())]
    Unsupported {
        /// What it needs.
        what: Unsupported,
        /// The Rust function (or variable), demangled.
        function: String,
        /// Where in the source, if the module has debug information.
        place: Option<Place>,
    },
    /// LLVM's back end refused a function.
    #[error("LLVM's BPF back end refuses `{function}`{}: {message}", At(place))]
    BackEnd {
        /// The Rust function, demangled; empty if LLVM did not name one.
        function: String,
        /// Where in the source.
        place: Option<Place>,
        /// LLVM's text.
        message: String,
    },
    /// A rewrite produced IR that LLVM's verifier rejects. This is always a bug of this crate.
    #[error("the rewrite `{rewrite}` broke the module: {message}")]
    Broken {
        /// The rewrite.
        rewrite: &'static str,
        /// The verifier's message.
        message: String,
    },
    /// A fatal error in LLVM.
    #[error("LLVM: {0}")]
    Fatal(String),
    /// The object LLVM emitted cannot be read or written.
    #[error("the object file LLVM emitted is not usable: {0}")]
    Object(String),
}

/// A line in a source file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// As the compiler shows it: relative to the workspace, without a leading `./`.
    pub file: String,
    /// From 1.
    pub line: u32,
}

impl Place {
    /// A line of a file; `file` is the path that the compiler recorded.
    pub fn new(file: &str, line: u32) -> Self {
        Self { file: file.strip_prefix("./").unwrap_or(file).to_owned(), line }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// ` at file:line`, or nothing.
struct At<'a>(&'a Option<Place>);

impl fmt::Display for At<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(place) => write!(f, " at {place}"),
            None => Ok(()),
        }
    }
}

/// Things that BPF does not have and no rewrite provides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unsupported {
    /// `f32`, `f64` and their relatives.
    Float,
    /// `asm!` and `global_asm!`.
    InlineAssembly,
    /// `#[thread_local]`.
    ThreadLocal,
    /// C's `...`.
    Variadic,
    /// A stack allocation whose size is known only at run time.
    DynamicAlloca,
    /// Unwinding: the crate was not compiled with `panic = "abort"`.
    Unwinding,
    /// Computed `goto`, which Rust does not have.
    IndirectBranch,
    /// An argument passed as a copy in memory (`byval`).
    ByValue,
    /// An external function that returns more than one register.
    WideExternResult,
}

impl Unsupported {
    /// What to do instead.
    fn advice(self) -> &'static str {
        match self {
            Self::Float => "a contract's result must be the same everywhere; use integers or fixed point",
            Self::InlineAssembly => "write it in Rust",
            Self::ThreadLocal => "a contract has one thread; use a plain static",
            Self::Variadic => "give the function a fixed number of arguments",
            Self::DynamicAlloca => "frames have a fixed size; allocate on the heap",
            Self::Unwinding => "compile with panic = \"abort\"",
            Self::IndirectBranch => "write it as a match",
            Self::ByValue => "pass a pointer",
            Self::WideExternResult => "return at most 64 bits, or through a pointer",
        }
    }
}

impl fmt::Display for Unsupported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Float => "floating-point arithmetic",
            Self::InlineAssembly => "inline assembly",
            Self::ThreadLocal => "a thread-local variable",
            Self::Variadic => "a variable number of arguments",
            Self::DynamicAlloca => "a stack allocation of variable size",
            Self::Unwinding => "unwinding",
            Self::IndirectBranch => "a computed branch",
            Self::ByValue => "an argument copied to the stack",
            Self::WideExternResult => "an external function with a result of more than 64 bits",
        })
    }
}

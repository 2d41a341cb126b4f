//! Why no program was made, and what to do about it.

use crate::project::MAX_BUFFER_SIZE;
use crate::toolchain::Rejected;
use std::fmt;
use std::path::PathBuf;

/// Why a contract was not built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// There is no manifest at the given path.
    #[error("there is no {}: give the contract's Cargo.toml with --manifest-path, or go to its folder", path.display())]
    NoManifest {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// A file could not be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file or folder could not be written.
    #[error("cannot write {}", path.display())]
    Write {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// No place for the cache was found.
    #[error("there is no home folder for the cache: set XDG_CACHE_HOME to a writable folder")]
    NoCache,
    /// No compiler is suitable.
    #[error("{}", no_toolchain(rejected))]
    NoToolchain {
        /// The compilers that were tried, each with the reason why it is not enough.
        rejected: Vec<Rejected>,
    },
    /// A program could not be started.
    #[error("cannot start {}", program.display())]
    Start {
        /// Which.
        program: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Cargo does not understand the project.
    #[error("cargo cannot read the project: {message}")]
    Project {
        /// What cargo said.
        message: String,
    },
    /// The manifest describes a workspace, not a contract.
    #[error(
        "{} is a workspace without a package of its own: give a member's Cargo.toml with --manifest-path ({})",
        path.display(),
        if members.is_empty() { "it has no members".to_owned() } else { members.join(", ") }
    )]
    NotAPackage {
        /// The manifest.
        path: PathBuf,
        /// Names of its members.
        members: Vec<String>,
    },
    /// The package has no library, so there is nothing a chain could call.
    #[error(
        "the package `{package}` has no library target: a contract is a library (`[lib] path = \"lib.rs\"`)"
    )]
    NoLibrary {
        /// The package.
        package: String,
    },
    /// The contract uses a version of an ink! crate that is not supported.
    #[error("the contract uses {krate} {found}, but only {supported} is supported: {advice}")]
    UnsupportedVersion {
        /// The crate.
        krate: String,
        /// Its version in the lock file.
        found: String,
        /// The versions that work.
        supported: &'static str,
        /// What to do.
        advice: &'static str,
    },
    /// A crate that has to be replaced comes from a source for which this is not possible.
    #[error(
        "{krate} {found} comes from {origin}, so its eBPF version cannot replace it: use the one from crates.io \
         (remove it from `[patch]` and from path dependencies)"
    )]
    NotReplaceable {
        /// The crate.
        krate: String,
        /// Its version.
        found: String,
        /// Where it comes from.
        origin: String,
    },
    /// The feature does not exist.
    #[error("the package `{package}` has no feature `{feature}`; it has: {}", known.join(", "))]
    UnknownFeature {
        /// The package.
        package: String,
        /// The feature asked for.
        feature: String,
        /// The features that exist.
        known: Vec<String>,
    },
    /// `INK_STATIC_BUFFER_SIZE` is not a number ink! can use.
    #[error(
        "INK_STATIC_BUFFER_SIZE is `{value}`, but it must be a number of bytes from 1 to {MAX_BUFFER_SIZE}"
    )]
    BufferSize {
        /// What it is.
        value: String,
    },
    /// rustc found errors in the contract, or in a path dependency.
    #[error("{} does not compile{}", what_fails(krate), said(output))]
    Compile {
        /// The path dependency, if the errors are in it.
        krate: Option<String>,
        /// The output of cargo and rustc, if it was not already shown.
        output: Option<String>,
    },
    /// A crate the contract depends on does not compile for eBPF.
    #[error(
        "the crate `{krate}`, which the contract depends on, does not compile for eBPF: {advice}{}",
        said(output)
    )]
    Dependency {
        /// The crate.
        krate: String,
        /// What is known about it.
        advice: CrateAdvice,
        /// The output of cargo and rustc, if it was not already shown.
        output: Option<String>,
    },
    /// Inline assembly has no meaning on any machine but the one it was written for.
    #[error(
        "inline assembly is not possible in a contract for eBPF: `{krate}` has some at {place}. Write it in Rust, \
         or compile it only for other architectures (`#[cfg(not(target_arch = \"bpf\"))]`). Ignore rustc's advice \
         to enable an unstable feature: it does not help{}",
        said(output)
    )]
    InlineAssembly {
        /// The crate that contains it.
        krate: String,
        /// File, line and column, as rustc gives them.
        place: String,
        /// The output of cargo and rustc, if it was not already shown.
        output: Option<String>,
    },
    /// rustc's output is not what was asked for.
    #[error("{}: {message}", path.display())]
    Archive {
        /// The archive rustc wrote.
        path: PathBuf,
        /// What is wrong with it.
        message: String,
    },
    /// The program needs something eBPF does not have.
    #[error("the contract cannot be translated to eBPF")]
    Legalize(#[from] bpf_legalize::LegalizeError),
    /// The parts of the program cannot be linked.
    #[error("the contract cannot be linked")]
    Link(#[from] bpf_linker::LinkError),
    /// The chain would refuse the linked program.
    #[error("the program would be refused by the chain: {0}")]
    Verify(String),
    /// The contract's interface could not be generated.
    #[error("the contract's metadata could not be generated: {message}{}", said(output))]
    Metadata {
        /// What went wrong.
        message: String,
        /// The output of cargo, rustc or the contract's own code, if it was not already shown.
        output: Option<String>,
    },
}

/// What is known about a crate that does not compile for eBPF.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CrateAdvice(pub &'static str);

impl CrateAdvice {
    /// Advice that helps with most crates.
    pub const GENERAL: Self = Self(
        "see rustc's messages. Often the cause is its feature `std`, which should be off: \
         `cargo tree -e normal,features --no-default-features -i CRATE` shows which crate turns it on",
    );

    /// The advice for a crate, if the crate is known.
    pub fn known(krate: &str) -> Option<Self> {
        const WITHOUT_SUBSTRATE: &str =
            "it is part of Substrate's runtime interface and assumes 32-bit pointers when `std` is off. A contract \
             needs only types from Substrate: depend on the crate that has them (`sp-core` with \
             `default-features = false`, `sp-weights`, `sp-arithmetic`), or copy the few that it needs";
        const ALLOCATOR: &str =
            "it is an allocator that asks an operating system for memory. Remove it and ink!'s feature \
             `no-allocator`; the contract then uses the usual allocator of ink! contracts";
        const RANDOM: &str =
            "it asks an operating system for random numbers, which a contract cannot do. Find the feature that needs \
             it with `cargo tree -e features -i getrandom`, and turn it off";
        Some(Self(match krate {
            "sp-runtime-interface" | "sp_runtime_interface" | "sp-io" | "sp_io" => WITHOUT_SUBSTRATE,
            "dlmalloc" | "wee_alloc" | "lol_alloc" => ALLOCATOR,
            "getrandom" => RANDOM,
            _ => return None,
        }))
    }
}

impl fmt::Display for CrateAdvice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// Subject of the sentence about rustc's errors.
fn what_fails(krate: &Option<String>) -> String {
    match krate {
        Some(krate) => format!("the crate `{krate}`, a path dependency of the contract,"),
        None => "the contract".to_owned(),
    }
}

/// What a program wrote, below a message.
fn said(output: &Option<String>) -> String {
    output.as_ref().map_or(String::new(), |text| format!("\n\n{}", text.trim_end()))
}

fn no_toolchain(rejected: &[Rejected]) -> String {
    let mut text = String::from("no Rust compiler on this machine can compile a contract.\n");
    for Rejected { rustc, reason } in rejected {
        text += &format!("  {}: {reason}\n", rustc.display());
    }
    text += &format!(
        "Install Rust {} or newer with the sources of its standard library, in one of these ways:\n",
        crate::toolchain::minimum()
    );
    text += "  rustup toolchain install stable --component rust-src\n";
    if std::path::Path::new("/etc/debian_version").exists() {
        text += "  apt-get install --no-install-recommends rustc-web cargo-web rust-web-src   (Debian 12, as root)\n";
    }
    text += "or set the environment variable INKBPF_RUSTC to a suitable compiler.";
    text
}

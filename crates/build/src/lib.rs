//! From a contract's folder to `NAME.elf`, `NAME.debug`, `NAME.json` and `NAME.contract`.
//!
//! The problem: ink! 5 compiles for Wasm only. Its contracts are written by others, and their files must not
//! be changed. So the differences are given to cargo from the outside: a target, two crates that replace two
//! others, two features and one `cfg`. The stages, in order:
//!
//! ```text
//! toolchain    a rustc that can compile its own library, and its cargo
//! project      which package, which ink!, and whether this can work at all
//! guest        the crates that take the place of ink!'s, unpacked next to the build
//! cargo        how cargo is run, and what is hidden from it
//! compile      the contract as one module of LLVM bitcode
//! translate    bitcode → object → program image, checked as the chain will check it
//! metadata     the contract's interface, from a native run of it
//! shadow       a copy of the contract's package that Rust programs can use, if it is not one itself
//! bundle       the files that clients read
//! weight       sizes, and where the gas goes
//! fingerprint  whether a build is needed at all
//! ```
//!
//! *Invariants*: nothing outside the target folder and the cache is written; in particular no `Cargo.toml`,
//! `Cargo.lock` or source. The same sources, lock file and compiler give the same program, wherever they lie.
//! Two builds may run at once.

#![forbid(unsafe_code)]

mod bundle;
mod cache;
mod cargo;
mod compile;
mod error;
mod fingerprint;
mod guest;
mod metadata;
mod project;
mod shadow;
mod toolchain;
mod translate;
mod weight;

pub use bundle::{code_hash, Artifacts};
pub use error::{BuildError, CrateAdvice};
pub use project::{Location, BUFFER_SIZE, MAX_BUFFER_SIZE};
pub use toolchain::{Rejected, Toolchain};
pub use weight::{FunctionWeight, Sizes};

use cache::Cache;
use project::Project;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// What to build, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The contract's `Cargo.toml`, or the folder it is in.
    pub manifest_path: PathBuf,
    /// The folder to write to instead of the workspace's `target`, for sources in a read-only place.
    pub target_dir: Option<PathBuf>,
    /// Cargo features of the contract to enable.
    pub features: Vec<String>,
    /// Keep debug messages, including panic messages, in the program.
    pub debug: bool,
    /// Write the program's image uncompressed.
    pub no_compress: bool,
    /// Size of ink!'s buffer in bytes, as `INK_STATIC_BUFFER_SIZE` gives it.
    pub static_buffer_size: Option<String>,
    /// Do not use the network.
    pub offline: bool,
    /// Show what cargo writes to standard error. Otherwise it is kept for error messages.
    pub show_cargo: bool,
    /// Build even if nothing changed since the last time.
    pub force: bool,
    /// The compiler to use. Without it, [`Toolchain::find`] looks for one.
    pub rustc: Option<PathBuf>,
    /// The cache folder. Without it, `$XDG_CACHE_HOME/inkbpf` or `~/.cache/inkbpf`.
    pub cache: Option<PathBuf>,
}

impl Request {
    /// The contract at `manifest_path`, built for the chain. The size of ink!'s buffer is read from the
    /// environment.
    pub fn new(manifest_path: impl Into<PathBuf>) -> Self {
        Self {
            manifest_path: manifest_path.into(),
            target_dir: None,
            features: Vec::new(),
            debug: false,
            no_compress: false,
            static_buffer_size: std::env::var_os(project::BUFFER_SIZE)
                .map(|value| value.to_string_lossy().into_owned()),
            offline: false,
            show_cargo: false,
            force: false,
            rustc: None,
            cache: None,
        }
    }
}

/// Progress of a build.
#[derive(Clone, Debug)]
pub enum Event<'a> {
    /// This compiler was chosen.
    Toolchain(&'a Toolchain),
    /// Another build holds the cache; this one continues when that one is done.
    Waiting,
    /// rustc compiles the contract and its dependencies.
    Compiling {
        /// Name of the contract.
        name: &'a str,
    },
    /// The bitcode is translated to a program.
    Translating,
    /// The contract is compiled for this machine, to get its interface.
    Metadata,
}

/// A contract that was built.
#[derive(Clone, Debug, Serialize)]
pub struct Built {
    /// Name of the contract, as in its file names.
    pub name: String,
    /// Whether nothing had changed, so that nothing was built.
    pub unchanged: bool,
    /// BLAKE2b-256 of the program, which names its code on chain; in hex with `0x`.
    pub code_hash: String,
    /// Whether it has debug messages.
    pub debug: bool,
    /// The compiler's version line.
    pub compiler: String,
    /// Where the files are.
    pub artifacts: Artifacts,
    /// How large the program is.
    pub sizes: Sizes,
    /// Its functions, the most expensive first.
    pub functions: Vec<FunctionWeight>,
}

/// The result of [`check`].
#[derive(Clone, Debug, Serialize)]
pub struct Checked {
    /// Name of the contract.
    pub name: String,
    /// The compiler's version line.
    pub compiler: String,
    /// How large the program would be.
    pub sizes: Sizes,
}

/// Builds a contract and writes its files to `target/ink/NAME`.
///
/// # Errors
/// Any [`BuildError`].
pub fn build(request: &Request, on: &mut dyn FnMut(Event)) -> Result<Built, BuildError> {
    let mut stage = Stage::begin(request, on)?;
    // Two builds of one contract may run at once, perhaps with other options. Files and record must be of the
    // same build.
    let _lock = cache::lock(&stage.project.work_folder(), on)?;
    let record = fingerprint::Record::path(&stage.project);
    if !request.force {
        if let Some(built) = fingerprint::unchanged(&record, &stage, request) {
            return Ok(built);
        }
    }
    stage.resolve(request)?;
    let inputs = fingerprint::Inputs::of(&stage, request);
    let compiled = compile::compile(&stage, request, on)?;
    on(Event::Translating);
    let program = translate::translate(&compiled.bitcode, &stage.toolchain, !request.no_compress)?;
    let interface = metadata::generate(&stage, request, on)?;
    let artifacts = bundle::write(&stage, request, &program, interface)?;
    let built = Built {
        name: stage.project.name.clone(),
        unchanged: false,
        code_hash: bundle::hex(&code_hash(&program.image)),
        debug: request.debug,
        compiler: stage.toolchain.version.clone(),
        artifacts,
        sizes: program.sizes,
        functions: program.functions,
    };
    fingerprint::remember(&record, &stage.project, inputs, &compiled.sources, &built)?;
    Ok(built)
}

/// Does what [`build`] does up to the program, but writes no files.
///
/// # Errors
/// Any [`BuildError`].
pub fn check(request: &Request, on: &mut dyn FnMut(Event)) -> Result<Checked, BuildError> {
    let mut stage = Stage::begin(request, on)?;
    stage.resolve(request)?;
    let compiled = compile::compile(&stage, request, on)?;
    on(Event::Translating);
    let program = translate::translate(&compiled.bitcode, &stage.toolchain, !request.no_compress)?;
    Ok(Checked { name: stage.project.name, compiler: stage.toolchain.version, sizes: program.sizes })
}

/// Compiles a contract to LLVM bitcode and writes it to `target/ink/NAME/NAME.bc`, to show the input of the
/// code generator.
///
/// # Errors
/// Any [`BuildError`] of compilation.
pub fn emit_bitcode(request: &Request, on: &mut dyn FnMut(Event)) -> Result<PathBuf, BuildError> {
    let mut stage = Stage::begin(request, on)?;
    stage.resolve(request)?;
    let compiled = compile::compile(&stage, request, on)?;
    let path = stage.project.output_folder().join(format!("{}.bc", stage.project.name));
    cache::write_atomically(&path, &compiled.bitcode)?;
    Ok(path)
}

/// What every command needs before it starts.
struct Stage {
    toolchain: Toolchain,
    cache: Cache,
    project: Project,
}

impl Stage {
    fn begin(request: &Request, on: &mut dyn FnMut(Event)) -> Result<Self, BuildError> {
        let manifest = manifest_of(&request.manifest_path)?;
        let toolchain =
            Toolchain::find(request.rustc.as_deref(), manifest.parent().unwrap_or(Path::new(".")))?;
        on(Event::Toolchain(&toolchain));
        let cache = Cache::open(request.cache.as_deref())?;
        let project = Project::load(&toolchain, &manifest, request)?;
        Ok(Self { toolchain, cache, project })
    }

    /// Whether cargo's configuration for the contract has this key.
    fn is_configured(&self, key: &str) -> Result<bool, BuildError> {
        cargo::is_configured(&self.toolchain, self.project.folder(), key)
    }

    /// What a build needs only if it is not up to date.
    fn resolve(&mut self, request: &Request) -> Result<(), BuildError> {
        self.project.resolve(&self.toolchain, request)
    }
}

/// The manifest itself, absolute.
fn manifest_of(path: &Path) -> Result<PathBuf, BuildError> {
    let file = if path.is_dir() { path.join("Cargo.toml") } else { path.to_path_buf() };
    if !file.is_file() {
        return Err(BuildError::NoManifest { path: file });
    }
    // Not `canonicalize`: a path through a link stays as the user wrote it.
    std::path::absolute(&file).map_err(|source| BuildError::Read { path: file, source })
}

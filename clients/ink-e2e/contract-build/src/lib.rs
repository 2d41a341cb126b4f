//! What `ink_e2e` 5.1.1 needs of `contract-build` 5, with `inkbpf build` behind it.
//!
//! `#[ink_e2e::test]` compiles the contracts of a test by calling [`execute`] of the crate `contract-build`, which
//! makes Wasm of them. This crate has its name, a version that fits and those of its items that `ink_e2e` names, so
//! that a package of tests takes it without a change to its tests or to `ink_e2e`:
//!
//! ```toml
//! [patch.crates-io]
//! contract-build = { path = "…/clients/ink-e2e/contract-build" }
//! ```
//!
//! The program that compiles is `inkbpf` on the `PATH`, or the one that the environment variable `INKBPF` names. Files
//! go where `inkbpf build` puts them, or below `CARGO_TARGET_DIR` where that is set.
//!
//! What speaks of Wasm (`optimization_passes`, `keep_debug_symbols`, `extra_lints`, `skip_wasm_validation`,
//! `max_memory_pages`, `unstable_flags`) is taken and has no effect. What cannot be done is an [`Error`], and not
//! something else in its stead.

#![forbid(unsafe_code)]
#![warn(missing_docs)]

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Names the program that compiles contracts, if it is not `inkbpf` on the `PATH`.
const PROGRAM: &str = "INKBPF";

/// The number of Wasm memory pages that `contract-build` allows by default. No effect here.
pub const DEFAULT_MAX_MEMORY_PAGES: u64 = 16;

/// Why a contract was not built.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// There is no such manifest, or it is not called `Cargo.toml`.
    Manifest(PathBuf),
    /// Something was asked for that only a contract in Wasm has.
    OnlyWasm(&'static str),
    /// `inkbpf` could not be started.
    Start {
        /// What was started.
        program: PathBuf,
        /// Why it did not.
        source: std::io::Error,
    },
    /// `inkbpf` could not build the contract.
    Build {
        /// The contract's manifest.
        manifest: PathBuf,
        /// What it said.
        said: String,
    },
    /// `inkbpf` said that it built the contract, but not where.
    Answer {
        /// What it said.
        said: String,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Manifest(path) => {
                write!(f, "{} is not a contract's Cargo.toml, or is not there", path.display())
            }
            Error::OnlyWasm(what) => write!(f, "{what}: contracts are built to eBPF here, by `inkbpf build`"),
            Error::Start { program, source } => write!(
                f,
                "cannot run {} ({source}): install it by `cargo install --path cli`, or name it in {PROGRAM}",
                program.display()
            ),
            Error::Build { manifest, said } => {
                write!(f, "`inkbpf` did not build {}:\n{}", manifest.display(), said.trim_end())
            }
            Error::Answer { said } => {
                write!(f, "`inkbpf build` did not say where the program is; is it another version? {said}")
            }
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Error::Start { source, .. } => Some(source),
            _ => None,
        }
    }
}

/// A contract's `Cargo.toml`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ManifestPath(PathBuf);

impl ManifestPath {
    /// Takes a path that ends in `Cargo.toml` and is that of a file.
    ///
    /// # Errors
    /// [`Error::Manifest`] if it does not or is not.
    pub fn new(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        if path.file_name().is_some_and(|name| name == "Cargo.toml") && path.is_file() {
            Ok(Self(path.to_path_buf()))
        } else {
            Err(Error::Manifest(path.to_path_buf()))
        }
    }
}

impl Default for ManifestPath {
    fn default() -> Self {
        Self("Cargo.toml".into())
    }
}

impl AsRef<Path> for ManifestPath {
    fn as_ref(&self) -> &Path {
        &self.0
    }
}

/// How much is said on the way. Nothing ever is here: it would be in the middle of the tests' own lines.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Verbosity {
    /// As much as usual.
    #[default]
    Default,
    /// Nothing.
    Quiet,
    /// More.
    Verbose,
}

/// With or without debug messages.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum BuildMode {
    /// With them, as `inkbpf build --debug`.
    #[default]
    Debug,
    /// Without.
    Release,
    /// In a container. Not here: every build by `inkbpf` can be repeated (`inkbpf verify`).
    Verifiable,
}

/// Features of the contract to turn on.
#[derive(Clone, Debug, Default)]
pub struct Features(Vec<String>);

impl Features {
    /// Turns one more on.
    pub fn push(&mut self, feature: &str) {
        self.0.push(feature.to_owned());
    }
}

/// Whether the network may be used.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Network {
    /// It may.
    #[default]
    Online,
    /// It may not.
    Offline,
}

/// What is made.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum BuildArtifacts {
    /// Program, metadata and bundle.
    #[default]
    All,
    /// The program is asked for. The rest is made too.
    CodeOnly,
    /// Nothing; only whether it could be.
    CheckOnly,
}

/// What the contract is compiled to.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Target {
    /// What the chain runs: eBPF here. The name is `contract-build`'s.
    #[default]
    Wasm,
    /// RISC-V. Not here.
    RiscV,
}

/// No effect.
#[derive(Clone, Debug, Default)]
pub struct UnstableFlags {
    /// No effect: the manifest is never changed.
    pub original_manifest: bool,
}

/// Levels of `wasm-opt`. No effect.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[allow(missing_docs, reason = "they are its own")]
pub enum OptimizationPasses {
    Zero,
    One,
    Two,
    Three,
    Four,
    S,
    #[default]
    Z,
}

/// How the result is to be shown. Nothing is.
#[derive(Clone, Debug, Default)]
pub enum OutputType {
    /// As text.
    #[default]
    HumanReadable,
    /// As JSON.
    Json,
}

/// The container of [`BuildMode::Verifiable`].
#[derive(Clone, Debug, Default)]
pub enum ImageVariant {
    /// The usual one.
    #[default]
    Default,
    /// Another one. Not here.
    Custom(String),
}

/// What to build, and how.
#[derive(Clone, Default)]
pub struct ExecuteArgs {
    /// Of which contract.
    pub manifest_path: ManifestPath,
    /// No effect.
    pub verbosity: Verbosity,
    /// With or without debug messages.
    pub build_mode: BuildMode,
    /// The contract's features.
    pub features: Features,
    /// Whether the network may be used.
    pub network: Network,
    /// What is made.
    pub build_artifact: BuildArtifacts,
    /// No effect.
    pub unstable_flags: UnstableFlags,
    /// No effect.
    pub optimization_passes: Option<OptimizationPasses>,
    /// No effect.
    pub keep_debug_symbols: bool,
    /// No effect.
    pub extra_lints: bool,
    /// No effect.
    pub output_type: OutputType,
    /// No effect.
    pub skip_wasm_validation: bool,
    /// Nothing but [`Target::Wasm`] can be done, and means eBPF.
    pub target: Target,
    /// No effect.
    pub max_memory_pages: u64,
    /// Nothing but [`ImageVariant::Default`] can be done.
    pub image: ImageVariant,
}

/// What was built.
#[derive(Debug)]
pub struct BuildResult {
    /// The program, an ELF file as the chain takes it; its name without the ending is the contract's. None if it was
    /// only to be checked.
    pub dest_wasm: Option<PathBuf>,
}

/// Builds a contract by `inkbpf`.
///
/// # Errors
/// Any [`Error`] but [`Error::Manifest`].
pub fn execute(args: ExecuteArgs) -> Result<BuildResult, Error> {
    let program = PathBuf::from(std::env::var_os(PROGRAM).unwrap_or_else(|| "inkbpf".into()));
    let target = std::env::var_os("CARGO_TARGET_DIR").filter(|dir| !dir.is_empty()).map(PathBuf::from);
    execute_with(&program, target.as_deref(), &args)
}

/// What to type after `inkbpf`.
fn words(target: Option<&Path>, args: &ExecuteArgs) -> Result<Vec<std::ffi::OsString>, Error> {
    if args.target != Target::Wasm {
        return Err(Error::OnlyWasm("there is no RISC-V"));
    }
    if args.build_mode == BuildMode::Verifiable || matches!(args.image, ImageVariant::Custom(_)) {
        return Err(Error::OnlyWasm("there are no builds in containers"));
    }
    let check = args.build_artifact == BuildArtifacts::CheckOnly;
    let mut words = vec![if check { "check" } else { "build" }.into(), "--output-json".into()];
    words.extend(["--manifest-path".into(), args.manifest_path.as_ref().into()]);
    if let Some(target) = target {
        words.extend(["--target-dir".into(), target.into()]);
    }
    if args.build_mode == BuildMode::Debug {
        words.push("--debug".into());
    }
    if args.network == Network::Offline {
        words.push("--offline".into());
    }
    if !args.features.0.is_empty() {
        words.extend(["--features".into(), args.features.0.join(",").into()]);
    }
    Ok(words)
}

fn execute_with(program: &Path, target: Option<&Path>, args: &ExecuteArgs) -> Result<BuildResult, Error> {
    let output = Command::new(program)
        .args(words(target, args)?)
        .output()
        .map_err(|source| Error::Start { program: program.to_path_buf(), source })?;
    if !output.status.success() {
        let manifest = args.manifest_path.as_ref().to_path_buf();
        return Err(Error::Build { manifest, said: String::from_utf8_lossy(&output.stderr).into_owned() });
    }
    if args.build_artifact == BuildArtifacts::CheckOnly {
        return Ok(BuildResult { dest_wasm: None });
    }
    let document: Option<serde_json::Value> = serde_json::from_slice(&output.stdout).ok();
    let elf = document.as_ref().and_then(|document| document.pointer("/artifacts/elf")?.as_str());
    match elf {
        Some(elf) => Ok(BuildResult { dest_wasm: Some(elf.into()) }),
        None => Err(Error::Answer { said: String::from_utf8_lossy(&output.stdout).into_owned() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest() -> ManifestPath {
        ManifestPath::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml")).unwrap()
    }

    fn typed(args: ExecuteArgs) -> String {
        let manifest = args.manifest_path.as_ref().display().to_string();
        let words = words(Some(Path::new("/t")), &args).unwrap();
        let words: Vec<_> = words.iter().map(|word| word.to_str().unwrap()).collect();
        words.join(" ").replace(&manifest, "MANIFEST")
    }

    #[test]
    fn arguments_are_those_of_inkbpf() {
        let plain = ExecuteArgs { manifest_path: manifest(), ..Default::default() };
        let common = "--output-json --manifest-path MANIFEST --target-dir /t";
        assert_eq!(typed(plain.clone()), format!("build {common} --debug"));

        let mut features = Features::default();
        features.push("a");
        features.push("b");
        let (network, build_mode) = (Network::Offline, BuildMode::Release);
        let release = ExecuteArgs { features, network, build_mode, ..plain.clone() };
        assert_eq!(typed(release), format!("build {common} --offline --features a,b"));

        let check = ExecuteArgs { build_artifact: BuildArtifacts::CheckOnly, ..plain };
        assert_eq!(typed(check), format!("check {common} --debug"));
    }

    #[test]
    fn what_cannot_be_done_is_an_error() {
        let plain = ExecuteArgs { manifest_path: manifest(), ..Default::default() };
        let refused = |args| execute_with(Path::new("inkbpf"), None, &args).unwrap_err().to_string();
        assert!(refused(ExecuteArgs { target: Target::RiscV, ..plain.clone() }).contains("RISC-V"));
        let container = ExecuteArgs { build_mode: BuildMode::Verifiable, ..plain.clone() };
        assert!(refused(container).contains("containers"));
        let image = ImageVariant::Custom("mine".to_owned());
        assert!(refused(ExecuteArgs { image, ..plain.clone() }).contains("containers"));
        let nowhere = execute_with(Path::new("/no/such/program"), None, &plain).unwrap_err().to_string();
        assert!(nowhere.contains("/no/such/program") && nowhere.contains("cargo install"), "{nowhere}");
        // A program that ends well and says nothing of a contract; one that does not end well.
        let answer = execute_with(Path::new("true"), None, &plain).unwrap_err();
        assert!(matches!(answer, Error::Answer { .. }), "{answer}");
        let failed = execute_with(Path::new("false"), None, &plain).unwrap_err();
        assert!(matches!(failed, Error::Build { .. }), "{failed}");
    }

    #[test]
    fn a_manifest_is_a_file_called_cargo_toml() {
        assert!(ManifestPath::new(env!("CARGO_MANIFEST_DIR")).is_err());
        assert!(ManifestPath::new("/no/such/Cargo.toml").is_err());
    }
}

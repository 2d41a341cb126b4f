//! Finds a Rust compiler that can compile a contract.
//!
//! The problem: nobody ships `core` and `alloc` compiled for BPF, so the compiler needs their sources.
//! `rustup` has them in a component that is not installed by default, Debian in a package of its own. It need
//! not be the compiler with which the contract is tested.
//!
//! Search order: `INKBPF_RUSTC` (only this one, if it is set), the `rustc` that the contract's folder uses,
//! rustup's other toolchains from the newest on, and the system's.

use crate::error::BuildError;
use semver::Version;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The first version that has every flag needed here, under its present name.
const MINIMUM: Version = Version::new(1, 95, 0);

pub(crate) fn minimum() -> String {
    format!("{}.{}", MINIMUM.major, MINIMUM.minor)
}

/// A compiler, its cargo, and what it reports about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Toolchain {
    /// The compiler itself, not rustup's proxy.
    pub rustc: PathBuf,
    /// The cargo that belongs to it.
    pub cargo: PathBuf,
    /// `rustc 1.96.0 (ac68faa20 2026-05-25)`.
    pub version: String,
    /// Its version number.
    pub semver: Version,
    /// The whole output of `rustc -vV`, which identifies a compiler.
    pub verbose: String,
    /// The target triple of the machine it runs on.
    pub host: String,
    /// How to tell cargo where the lock file is.
    pub(crate) lock_file: LockFileOption,
}

/// A compiler that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// The compiler.
    pub rustc: PathBuf,
    /// What it lacks.
    pub reason: String,
}

/// How to make cargo use another lock file. This is not yet stable and has changed once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LockFileOption {
    /// `-Zlockfile-path` and the configuration value `resolver.lockfile-path`.
    Config,
    /// `-Zunstable-options --lockfile-path PATH`.
    Argument,
}

impl Toolchain {
    /// Returns the compiler `wanted`, or the first that can build a contract in `folder`.
    ///
    /// # Errors
    /// [`BuildError::NoToolchain`], which says what each one lacks and what to install.
    pub fn find(wanted: Option<&Path>, folder: &Path) -> Result<Self, BuildError> {
        // An empty value counts as unset.
        let variable = || std::env::var_os("INKBPF_RUSTC").filter(|name| !name.is_empty());
        let named = wanted.map(Path::to_path_buf).or_else(|| variable().map(PathBuf::from));
        let candidates = match named {
            Some(rustc) => vec![rustc],
            None => candidates(folder),
        };
        Self::first_of(candidates)
    }

    /// The first one that can be used.
    fn first_of(candidates: Vec<PathBuf>) -> Result<Self, BuildError> {
        let mut rejected = Vec::new();
        for rustc in candidates {
            match Self::examine(&rustc) {
                Ok(toolchain) => return Ok(toolchain),
                Err(reason) => rejected.push(Rejected { rustc, reason }),
            }
        }
        Err(BuildError::NoToolchain { rejected })
    }

    fn examine(rustc: &Path) -> Result<Self, String> {
        let verbose = ask(rustc, &["-vV"])?;
        let version = verbose.lines().next().unwrap_or_default().to_owned();
        let field = |name: &str| verbose.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
        let semver = field("release: ")
            .and_then(|text| Version::parse(text).ok())
            .ok_or("it does not report its version")?;
        let host = field("host: ").ok_or("it does not report its host")?.to_owned();
        // A pre-release of a version counts as that version.
        if Version::new(semver.major, semver.minor, semver.patch) < MINIMUM {
            return Err(format!("its version is {semver}, which is too old"));
        }
        let sysroot = PathBuf::from(ask(rustc, &["--print", "sysroot"])?.trim());
        if !sysroot.join("lib/rustlib/src/rust/library/core/src/lib.rs").is_file() {
            return Err(format!(
                "found no sources of the standard library in {}/lib/rustlib/src",
                sysroot.display()
            ));
        }
        let rustc = own_binary(&sysroot, rustc, "rustc");
        let cargo = own_binary(&sysroot, Path::new("cargo"), "cargo");
        let options = ask(&cargo, &["-Zhelp"])?;
        let lock_file = match options.contains("lockfile-path") {
            true => LockFileOption::Config,
            false => LockFileOption::Argument,
        };
        Ok(Self { rustc, cargo, version, semver, verbose, host, lock_file })
    }
}

/// The program `name` of a toolchain, or `otherwise` if the toolchain does not have it.
fn own_binary(sysroot: &Path, otherwise: &Path, name: &str) -> PathBuf {
    let file = sysroot.join("bin").join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    if file.is_file() {
        file
    } else {
        otherwise.to_path_buf()
    }
}

/// The output of a program.
fn ask(program: &Path, args: &[&str]) -> Result<String, String> {
    let output = Command::new(program)
        .args(args)
        .env("RUSTC_BOOTSTRAP", "1")
        .output()
        .map_err(|error| format!("{} cannot be started: {error}", program.display()))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("`{} {}` failed: {}", program.display(), args.join(" "), said.trim()));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Every possible compiler, the most likely first, without duplicates.
fn candidates(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    // rustup's proxy obeys the folder's `rust-toolchain.toml`.
    let own = Command::new("rustc").args(["--print", "sysroot"]).current_dir(folder).output();
    if let Ok(output) = own {
        let sysroot = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        if output.status.success() && !sysroot.is_empty() {
            found.push(own_binary(Path::new(&sysroot), Path::new("rustc"), "rustc"));
        }
    }
    let rustup = std::env::var_os("RUSTUP_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".rustup")));
    let toolchains = rustup.and_then(|home| std::fs::read_dir(home.join("toolchains")).ok());
    let mut others: Vec<PathBuf> = toolchains
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| own_binary(&entry.path(), &entry.path().join("bin/rustc"), "rustc"))
        .collect();
    // Newest first, in the same order on every run.
    others.sort_by_cached_key(|rustc| {
        let version = ask(rustc, &["-vV"]).ok().and_then(|text| {
            text.lines()
                .find_map(|line| line.strip_prefix("release: ").and_then(|text| Version::parse(text).ok()))
        });
        (std::cmp::Reverse(version), rustc.clone())
    });
    found.extend(others);
    let path = std::env::var_os("PATH").unwrap_or_default();
    found.extend(std::env::split_paths(&path).map(|folder| folder.join("rustc")));
    found.extend(["/usr/bin/rustc", "/usr/local/bin/rustc"].map(PathBuf::from));

    let mut seen = std::collections::BTreeSet::new();
    found.retain(|rustc| {
        let real = rustc.canonicalize().ok();
        // rustup's proxy is the program `rustup` under another name; its toolchains are listed above.
        let is_proxy = real.as_ref().and_then(|real| real.file_stem()).is_some_and(|name| name == "rustup");
        let is_proxy = is_proxy || rustc.with_file_name("rustup").is_file();
        match real {
            Some(real) => !is_proxy && seen.insert(real),
            None => false,
        }
    });
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_compiler_that_is_not_there_is_named() {
        let missing = PathBuf::from("/nonexistent/rustc");
        let error = Toolchain::first_of(vec![missing.clone()]).expect_err("there is none");
        let BuildError::NoToolchain { rejected } = &error else { panic!("{error}") };
        assert_eq!(rejected[0].rustc, missing);
        let text = error.to_string();
        for needed in ["/nonexistent/rustc", "rust-src", "INKBPF_RUSTC", &minimum()] {
            assert!(text.contains(needed), "{needed} in {text}");
        }
    }

    #[test]
    fn what_is_found_has_sources() {
        // A machine without any compiler is fine too; then the error must list what was tried.
        match Toolchain::find(None, Path::new(".")) {
            Ok(toolchain) => assert!(toolchain.semver >= MINIMUM && toolchain.rustc.is_file()),
            Err(BuildError::NoToolchain { .. }) => (),
            Err(other) => panic!("{other}"),
        }
    }
}

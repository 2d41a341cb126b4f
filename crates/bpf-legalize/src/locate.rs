//! Finds the LLVM that belongs to a rustc.
//!
//! The problem: bitcode can be read only by an LLVM at least as new as the one that wrote it, so the code
//! generator must be the compiler's own. Toolchains keep it in different places:
//!
//! * rustup: `SYSROOT/lib/libLLVM.so.22.1-rust-1.96.0-stable` (next to it a small linker script
//!   whose name ends in `.so`);
//! * Debian: the system's `libLLVM.so.22.1`, which only the dynamic section of `librustc_driver` names.
//!
//! Invariant: the result depends only on that compiler. No environment variable and no search path of this
//! process is used, except the system's own search path for a library named without a path.
//!
//! `aya-rustc-llvm-proxy`, which bpf-linker uses, chooses among the compilers on `PATH` at first use.
//! Therefore it is not suitable here (docs/decisions/0030-own-llvm-loader.md).

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use object::read::elf::{Dyn, ElfFile64, FileHeader};
use object::{Endianness, ReadCache};

use crate::error::LegalizeError;

/// Where to find LLVM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LlvmLocation {
    /// The LLVM of this compiler.
    Rustc(PathBuf),
    /// This library. The system's loader looks up a bare name.
    Library(PathBuf),
}

impl LlvmLocation {
    /// The path of the library to load.
    ///
    /// # Errors
    /// [`LegalizeError::Rustc`] and [`LegalizeError::NoLibrary`].
    pub fn library(&self) -> Result<OsString, LegalizeError> {
        match self {
            LlvmLocation::Library(path) => Ok(path.clone().into_os_string()),
            LlvmLocation::Rustc(rustc) => library_of(rustc),
        }
    }
}

fn library_of(rustc: &Path) -> Result<OsString, LegalizeError> {
    let sysroot = sysroot(rustc)?;
    let mut folders = vec![sysroot.join("lib")];
    // Debian and its relatives put libraries one level deeper.
    folders.extend(entries(&sysroot.join("lib")).into_iter().filter(|p| is_multiarch(p)));
    for folder in &folders {
        // rustup: the library is in the toolchain.
        if folder.join("rustlib").is_dir() {
            if let Some(library) = entries(folder).into_iter().find(|p| is_llvm(p)) {
                return Ok(library.into_os_string());
            }
        }
        // Otherwise the compiler's own library names it.
        for driver in entries(folder).into_iter().filter(|p| starts_with(p, "librustc_driver")) {
            let Some(needed) = needed(&driver).into_iter().find(|n| n.starts_with("libLLVM")) else {
                continue;
            };
            let beside = folder.join(&needed);
            return Ok(if beside.is_file() { beside.into_os_string() } else { needed.into() });
        }
    }
    let searched = folders.iter().map(|f| f.display().to_string()).collect::<Vec<_>>().join(", ");
    Err(LegalizeError::NoLibrary { rustc: rustc.to_owned(), searched })
}

fn sysroot(rustc: &Path) -> Result<PathBuf, LegalizeError> {
    let fail = |message: String| LegalizeError::Rustc { rustc: rustc.to_owned(), message };
    let output =
        Command::new(rustc).args(["--print", "sysroot"]).output().map_err(|e| fail(e.to_string()))?;
    if !output.status.success() {
        return Err(fail(String::from_utf8_lossy(&output.stderr).trim().to_owned()));
    }
    let text = String::from_utf8(output.stdout).map_err(|e| fail(e.to_string()))?;
    Ok(PathBuf::from(text.trim_end_matches(['\r', '\n'])))
}

/// Entries of a folder, sorted by name so that the choice does not depend on the order of the file system.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> =
        fs::read_dir(folder).into_iter().flatten().filter_map(|e| Some(e.ok()?.path())).collect();
    all.sort();
    all
}

fn starts_with(path: &Path, prefix: &str) -> bool {
    path.file_name().and_then(|n| n.to_str()).is_some_and(|n| n.starts_with(prefix))
}

fn is_multiarch(path: &Path) -> bool {
    path.is_dir() && path.file_name().and_then(|n| n.to_str()).is_some_and(|n| n.contains("-linux-"))
}

/// Whether it is an LLVM library, not the linker script beside it.
fn is_llvm(path: &Path) -> bool {
    const SMALLEST: u64 = 1 << 20;
    starts_with(path, "libLLVM") && fs::metadata(path).is_ok_and(|m| m.is_file() && m.len() > SMALLEST)
}

/// The libraries that an ELF file names in its dynamic section (gABI, `DT_NEEDED`).
fn needed(file: &Path) -> Vec<String> {
    fn read(file: &Path) -> Option<Vec<String>> {
        let cache = ReadCache::new(fs::File::open(file).ok()?);
        let elf = ElfFile64::<Endianness, _>::parse(&cache).ok()?;
        let (endian, data) = (elf.endian(), elf.data());
        let sections = elf.elf_header().sections(endian, data).ok()?;
        let (dynamic, strings) = sections.dynamic(endian, data).ok()??;
        let strings = sections.strings(endian, data, strings).ok()?;
        let names = dynamic
            .iter()
            .filter(|d| d.tag32(endian) == Some(i32::try_from(object::elf::DT_NEEDED.0).unwrap_or_default()));
        Some(
            names
                .filter_map(|d| Some(String::from_utf8_lossy(d.string(endian, strings).ok()?).into()))
                .collect(),
        )
    }
    read(file).unwrap_or_default()
}

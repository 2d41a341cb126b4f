//! What a fresh machine lacks, and how it gets it.
//!
//! Contracts need a rustc whose sysroot holds the sources of the standard library. rustup has them as
//! the component `rust-src`; Debian has a complete toolchain in `rust-web-src` and its siblings. Which
//! one is used later is for `inkbpf build` to decide; here it only matters that there is one.

use crate::shell::{has, line};
use anyhow::{bail, Result};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Debian packages that make a second, complete Rust toolchain beside rustup's.
const DEBIAN_RUST: [&str; 5] = ["rustc-web", "cargo-web", "rust-web-src", "rust-web-llvm", "lld-22"];

/// Makes sure that contracts can be compiled.
pub fn contracts() -> Result<()> {
    if !has("cc") {
        debian(
            &["gcc", "libc6-dev"],
            "a C linker (`cc`), which rustc needs to link programs of this machine",
        )?;
    }
    if let Some(rustc) = rustc_with_sources() {
        eprintln!("    library sources: {}", rustc.display());
        return Ok(());
    }
    eprintln!(
        "    no rustc here has the sources of the standard library; trying rustup's component rust-src"
    );
    if has("rustup") {
        let added = Command::new("rustup").args(["component", "add", "rust-src"]).status();
        if added.is_ok_and(|status| status.success()) && rustc_with_sources().is_some() {
            return Ok(());
        }
    }
    debian(
        &DEBIAN_RUST,
        "the sources of Rust's standard library; with rustup: `rustup component add rust-src`",
    )?;
    match rustc_with_sources() {
        Some(_) => Ok(()),
        None => bail!("the packages {} are installed, but hold no library sources", DEBIAN_RUST.join(" ")),
    }
}

/// Makes sure that the tests can look at their results with the field's own tools.
///
/// Without them the tests that need them say so and are counted as skipped, so a failure to install
/// is not an error.
pub fn tests() -> Result<()> {
    let wanted = [("llvm-objdump-22", "llvm-22"), ("c++", "g++")];
    let missing: Vec<&str> =
        wanted.iter().filter(|(tool, _)| !has(tool)).map(|&(_, package)| package).collect();
    if missing.is_empty() {
        return Ok(());
    }
    if let Err(error) = debian(&missing, "tools that some tests compare with") {
        eprintln!("    {error:#}\n    the tests that need them will be skipped");
    }
    Ok(())
}

/// Makes sure that contracts can be compiled to Wasm, to be compared with.
pub fn wasm() -> Result<()> {
    if has("wasm-opt") && has("wasm-metadce") {
        return Ok(());
    }
    debian(
        &["binaryen"],
        "binaryen's `wasm-opt` and `wasm-metadce`, which make Wasm as small as a chain wants it",
    )
}

/// A rustc whose sysroot holds `library/core`, if there is one.
pub fn rustc_with_sources() -> Option<PathBuf> {
    ["rustc", "/usr/bin/rustc"].iter().map(PathBuf::from).find(|rustc| {
        let output = Command::new(rustc).args(["--print", "sysroot"]).stderr(Stdio::null()).output();
        output.is_ok_and(|output| {
            let sysroot = String::from_utf8_lossy(&output.stdout).trim().to_owned();
            !sysroot.is_empty() && Path::new(&sysroot).join("lib/rustlib/src/rust/library/core").is_dir()
        })
    })
}

/// Installs Debian packages, or says what is missing and why.
fn debian(packages: &[&str], why: &str) -> Result<()> {
    let wanted = packages.join(" ");
    let by_hand = format!("missing: {why}; on Debian: `apt-get install --no-install-recommends {wanted}`");
    let is_root = Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout.starts_with(b"0\n"));
    if !has("apt-get") || !is_root {
        bail!("{by_hand}");
    }
    let apt = |args: &[&str]| {
        let mut command = Command::new("apt-get");
        command.args(args).env("DEBIAN_FRONTEND", "noninteractive").stdout(Stdio::null());
        eprintln!("    $ {}", line(&command));
        command.status().is_ok_and(|status| status.success())
    };
    let install: Vec<&str> =
        ["install", "-y", "-qq", "--no-install-recommends"].iter().chain(packages).copied().collect();
    if apt(&install) || (apt(&["update", "-qq"]) && apt(&install)) {
        return Ok(());
    }
    bail!("apt-get could not install {wanted}. {by_hand}")
}

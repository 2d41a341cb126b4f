//! Installs what a fresh machine lacks.
//!
//! Contracts need a rustc whose sysroot contains the sources of the standard library. rustup has them as the
//! component `rust-src`; Debian has a complete toolchain in `rust-web-src` and its siblings. `inkbpf build`
//! decides later which one to use; here it only matters that one exists.

use crate::shell::{has, line};
use anyhow::{bail, Result};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Debian packages that provide a second, complete Rust toolchain beside rustup's.
const DEBIAN_RUST: [&str; 5] = ["rustc-web", "cargo-web", "rust-web-src", "rust-web-llvm", "lld-22"];

/// Makes sure that contracts can be compiled.
pub fn contracts() -> Result<()> {
    if !has("cc") {
        debian(
            &["gcc", "libc6-dev"],
            "a C linker (`cc`), which rustc needs to link programs for this machine",
        )?;
    }
    if let Some(rustc) = rustc_with_sources() {
        eprintln!("    library sources: {}", rustc.display());
        return Ok(());
    }
    eprintln!(
        "    found no rustc with the sources of the standard library; trying rustup's component rust-src"
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
        None => bail!("the packages {} are installed, but contain no library sources", DEBIAN_RUST.join(" ")),
    }
}

/// Makes sure that the standard tools with which tests inspect their results are installed.
///
/// Without them the tests that need them report this and count as skipped, so a failed installation is not an
/// error.
pub fn tests() -> Result<()> {
    let wanted = [("llvm-objdump-22", "llvm-22"), ("c++", "g++")];
    let missing: Vec<&str> =
        wanted.iter().filter(|(tool, _)| !has(tool)).map(|&(_, package)| package).collect();
    if missing.is_empty() {
        return Ok(());
    }
    if let Err(error) = debian(&missing, "tools whose output some tests compare with ours") {
        eprintln!("    {error:#}\n    the tests that need them will be skipped");
    }
    Ok(())
}

/// Makes sure that the workspace's toolchain can format and lint.
pub fn lints() -> Result<()> {
    const COMPONENTS: [(&str, &str); 2] = [("rustfmt", "rustfmt"), ("clippy-driver", "clippy")];
    for (tool, component) in COMPONENTS {
        if has(tool) {
            continue;
        }
        let mut add = Command::new("rustup");
        add.args(["component", "add", component]);
        eprintln!("    $ {}", line(&add));
        if !(has("rustup") && add.status().is_ok_and(|status| status.success()) && has(tool)) {
            bail!("missing: `{tool}` of the toolchain; with rustup: `rustup component add {component}`");
        }
    }
    Ok(())
}

/// The target for a runtime in Wasm.
const WASM_TARGET: &str = "wasm32v1-none";

/// The target for tests in Wasm, which need Rust's `std`.
pub const WASI_TARGET: &str = "wasm32-wasip1";

/// Makes sure that the node can be compiled: its network messages need `protoc`, and its runtime needs the
/// library for [`WASM_TARGET`].
pub fn node() -> Result<()> {
    if !has("protoc") {
        debian(&["protobuf-compiler"], "`protoc`, which is needed to build the node's network")?;
    }
    wasm()
}

/// Makes sure that a runtime can be compiled to Wasm.
pub fn wasm() -> Result<()> {
    if add_target(WASM_TARGET) {
        return Ok(());
    }
    bail!(
        "missing: Rust's `core` and `alloc` for {WASM_TARGET}, which are needed to compile the node's runtime. With \
         rustup: `rustup target add {WASM_TARGET}`. If rustup cannot download it, docs/node.md shows how to build \
         it from the library's sources (\"Without rustup's target\")"
    )
}

/// Makes sure that tests can be compiled for [`WASI_TARGET`].
///
/// Unlike `core` and `alloc`, `std` cannot be built for it from the library's sources alone. So, as in [`tests`], a
/// failed installation is not an error: the stage counts as skipped.
pub fn wasi() -> Result<()> {
    if !add_target(WASI_TARGET) {
        eprintln!(
            "    missing: Rust's standard library for {WASI_TARGET}, with which the virtual machine is tested in \
             WebAssembly; with rustup: `rustup target add {WASI_TARGET}`\n    these tests will be skipped"
        );
    }
    Ok(())
}

/// Makes sure that Node.js 18 and npm are installed, which JavaScript clients need.
pub fn javascript() -> Result<()> {
    if !has("node") || !has("npm") {
        debian(&["nodejs", "npm"], "Node.js and npm, which are needed to run polkadot.js")?;
    }
    let output = Command::new("node").arg("--version").output();
    let version =
        output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default();
    let major = version.trim_start_matches('v').split('.').next().and_then(|major| major.parse::<u32>().ok());
    if major.is_none_or(|major| major < 18) {
        bail!("Node.js 18 or newer is needed to run polkadot.js; `node --version` says {version:?}");
    }
    Ok(())
}

/// Installs Rust's library for a target if it is missing. Returns whether it is there.
fn add_target(target: &str) -> bool {
    if has_library(target) {
        return true;
    }
    let mut add = Command::new("rustup");
    add.args(["target", "add", target]);
    eprintln!("    $ {}", line(&add));
    has("rustup") && add.status().is_ok_and(|status| status.success()) && has_library(target)
}

/// Whether the compiler that cargo uses here can compile for `target`.
pub fn has_library(target: &str) -> bool {
    let output = Command::new("rustc")
        .args(["--print", "target-libdir", "--target", target])
        .stderr(Stdio::null())
        .output();
    output.is_ok_and(|output| {
        let folder = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        std::fs::read_dir(folder).is_ok_and(|files| {
            let mut names = files.flatten().map(|file| file.file_name());
            names.any(|name| name.to_string_lossy().starts_with("libcore-"))
        })
    })
}

/// Makes sure that contracts can be compiled to Wasm for comparison.
pub fn binaryen() -> Result<()> {
    if has("wasm-opt") && has("wasm-metadce") {
        return Ok(());
    }
    debian(
        &["binaryen"],
        "binaryen's `wasm-opt` and `wasm-metadce`, which make Wasm small enough for a chain",
    )
}

/// A rustc whose sysroot contains `library/core`, if there is one.
pub fn rustc_with_sources() -> Option<PathBuf> {
    ["rustc", "/usr/bin/rustc"].iter().map(PathBuf::from).find(|rustc| {
        let output = Command::new(rustc).args(["--print", "sysroot"]).stderr(Stdio::null()).output();
        output.is_ok_and(|output| {
            let sysroot = String::from_utf8_lossy(&output.stdout).trim().to_owned();
            !sysroot.is_empty() && Path::new(&sysroot).join("lib/rustlib/src/rust/library/core").is_dir()
        })
    })
}

/// Installs Debian packages, or reports what is missing and why.
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

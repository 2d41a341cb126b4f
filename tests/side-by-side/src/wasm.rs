//! ink! 5 contracts as Wasm, in the form that `pallet-contracts` accepts, by today's compiler.
//!
//! **Problem.** cargo-contract 5 can build them only with compilers before 1.86: later ones emit bulk-memory and
//! sign-extension instructions for its target, which the pallet refuses, and have renamed the flag that makes a panic a
//! trap. The comparison needs what cargo-contract would build, from unchanged sources.
//!
//! **What is done.** The target is `wasm32v1-none`, which has no instruction beyond WebAssembly 1.0 and mutable
//! globals. `core` and `alloc` are compiled with the contract, as panics of a precompiled library carry their messages.
//! The rest is what cargo-contract asks for: optimised for size, as one piece, overflow checked, memory imported, 64
//! KiB of stack. Then binaryen: `wasm-metadce` leaves the exports `call` and `deploy`, `wasm-opt -Oz` what can be
//! reached from them. ink!'s own crates need nothing: unlike for eBPF, none of them is replaced.
//!
//! **Invariants.** Nothing is written but below the target folder. The same sources and compiler give the same bytes.

use anyhow::{bail, ensure, Context, Result};
use inkbpf_build::Toolchain;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Variables that would change what is compiled, or how.
const REMOVED: &[&str] = &[
    "CARGO_BUILD_RUSTFLAGS",
    "CARGO_BUILD_TARGET",
    "CARGO_ENCODED_RUSTFLAGS",
    "RUSTC_WORKSPACE_WRAPPER",
    "RUSTC_WRAPPER",
    "RUSTFLAGS",
    "RUSTUP_TOOLCHAIN",
];

/// As cargo-contract 5 has them, and its linker's arguments.
const RUSTFLAGS: &[&str] = &[
    "-Zunstable-options",
    "-Cpanic=immediate-abort",
    "-Clink-arg=-zstack-size=65536",
    "-Clink-arg=--import-memory",
    "-Clinker-plugin-lto",
    "-Ctarget-cpu=mvp",
];

/// For the contract itself: the pallet wants a bound on memory, and allows 16 pages.
const MAX_MEMORY: &str = "-Clink-arg=--max-memory=1048576";

/// cargo-contract 5's profile.
const PROFILE: &[&str] = &[
    "opt-level=\"z\"",
    "lto=\"fat\"",
    "codegen-units=1",
    "panic=\"abort\"",
    "overflow-checks=true",
    "debug-assertions=false",
    "incremental=false",
];

/// The exports that stay.
const ROOTS: &str = r#"[
  { "name": "call", "root": true, "export": "call" },
  { "name": "deploy", "root": true, "export": "deploy" }
]
"#;

/// Compiles the contract in `folder`, whose library is called `name`.
///
/// # Errors
/// There is no compiler with library sources, no binaryen, or the contract does not compile.
pub fn build(folder: &Path, name: &str) -> Result<Vec<u8>> {
    let toolchain = Toolchain::find(None, folder)?;
    let target = target_folder()?;
    let mut cargo = Command::new(&toolchain.cargo);
    for name in REMOVED {
        cargo.env_remove(name);
    }
    cargo
        .current_dir(folder)
        // A stable compiler takes `-Z` flags then.
        .env("RUSTC_BOOTSTRAP", "1")
        .env("RUSTC", &toolchain.rustc)
        .env("CARGO_ENCODED_RUSTFLAGS", RUSTFLAGS.join("\x1f"))
        .args(["rustc", "--quiet", "--locked", "--release", "--lib", "--crate-type", "cdylib"])
        .args(["--target", "wasm32v1-none", "-Zbuild-std=core,alloc", "--no-default-features"])
        .args(PROFILE.iter().flat_map(|option| ["--config".to_owned(), format!("profile.release.{option}")]))
        .arg("--target-dir")
        .arg(&target)
        .args(["--", MAX_MEMORY]);
    run(&mut cargo, "cargo")?;

    let linked = target.join("wasm32v1-none/release").join(format!("{name}.wasm"));
    let stripped = target.join("stripped");
    std::fs::create_dir_all(&stripped)?;
    let graph = stripped.join("roots.json");
    std::fs::write(&graph, ROOTS)?;
    let (rooted, small) = (stripped.join(format!("{name}.rooted")), stripped.join(format!("{name}.wasm")));
    binaryen("wasm-metadce", &[&linked as &dyn AsRef<OsStr>, &"--graph-file", &graph, &"-o", &rooted])?;
    binaryen(
        "wasm-opt",
        &[
            &rooted as &dyn AsRef<OsStr>,
            &"--mvp-features",
            &"-Oz",
            &"--zero-filled-memory",
            &"--strip-debug",
            &"--strip-producers",
            &"--strip-target-features",
            &"-o",
            &small,
        ],
    )?;
    let code = std::fs::read(&small).with_context(|| small.display().to_string())?;
    ensure!(code.starts_with(b"\0asm"), "{} is no Wasm", small.display());
    Ok(code)
}

/// Where it is compiled: beside what cargo compiles for this machine.
fn target_folder() -> Result<PathBuf> {
    let target = match std::env::var_os("CARGO_TARGET_DIR") {
        Some(folder) => PathBuf::from(folder),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target"),
    };
    std::path::absolute(target.join("side-by-side")).context("the target folder")
}

fn binaryen(tool: &str, args: &[&dyn AsRef<OsStr>]) -> Result<()> {
    let mut command = Command::new(tool);
    for arg in args {
        command.arg(arg);
    }
    run(&mut command, tool).with_context(|| format!("`{tool}` is in Debian's package binaryen"))
}

/// Runs it, and shows its output only if it failed.
fn run(command: &mut Command, name: &str) -> Result<()> {
    let output = command.output().with_context(|| format!("cannot run {name}"))?;
    if !output.status.success() {
        bail!("{name} failed ({}): {}", output.status, String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(())
}

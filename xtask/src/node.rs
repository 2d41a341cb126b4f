//! `cargo xtask node`: the node, built and run; its tests; and `cargo xtask network`, many nodes at once.

use crate::setup;
use crate::shell::{cargo, run as run_command, run_tests, target_dir, Tally};
use anyhow::Result;
use std::path::PathBuf;

/// Builds the node and runs it with these arguments. Without any it is a development chain.
pub fn run(args: &[String]) -> Result<()> {
    setup::node()?;
    let args = args.strip_prefix(&["--".to_owned()]).unwrap_or(args);
    run_command(cargo()?.args(["run", "--locked", "--package", "inkbpf-node", "--"]).args(args))
}

/// What cargo is asked for the node's tests.
const TESTS: [&str; 6] = ["test", "--locked", "--package", "inkbpf-node", "--package", "inkbpf-runtime-wasm"];

/// Builds the node, in the way that its tests build it, so that neither builds it anew after the other.
pub fn build() -> Result<PathBuf> {
    setup::node()?;
    run_command(cargo()?.args(TESTS).arg("--no-run"))?;
    Ok(target_dir("")?.join("debug").join(format!("inkbpf-node{}", std::env::consts::EXE_SUFFIX)))
}

/// Lints the node, builds it, and runs its tests, which start it.
pub fn test() -> Result<Tally> {
    setup::node()?;
    // `cargo clippy` would check all of Substrate's client once more before it came to the node. This is what it
    // does otherwise, on the dependencies that the tests need anyway.
    run_command(
        cargo()?
            .args(TESTS)
            .arg("--no-run")
            .env("SKIP_WASM_BUILD", "1")
            .env("RUSTC_WORKSPACE_WRAPPER", "clippy-driver")
            .env("CLIPPY_ARGS", "-D__CLIPPY_HACKERY__warnings__CLIPPY_HACKERY__"),
    )?;
    run_tests(cargo()?.args(TESTS))
}

/// A network on this machine: see `node/tests/network.rs`. Minutes.
pub fn network() -> Result<()> {
    setup::node()?;
    let mut command = cargo()?;
    command.args(["test", "--locked", "--package", "inkbpf-node", "--test", "network"]);
    run_tests(command.args(["--", "--ignored", "--nocapture"])).map(drop)
}

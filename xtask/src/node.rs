//! `cargo xtask node`: builds and runs the node; its tests; and `cargo xtask network`, many nodes at once.

use crate::setup;
use crate::shell::{cargo, run as run_command, run_tests, target_dir, Tally};
use anyhow::{Context, Result};
use std::path::PathBuf;
use std::process::Command;

/// Builds the node and runs it with these arguments; without arguments, as a development chain.
pub fn run(args: &[String]) -> Result<()> {
    setup::node()?;
    let args = args.strip_prefix(&["--".to_owned()]).unwrap_or(args);
    run_command(cargo()?.args(["run", "--locked", "--package", "inkbpf-node", "--"]).args(args))
}

/// Cargo for the node's tests, with the compiler that also lints: a warning is an error.
///
/// `cargo clippy` would check all of Substrate's client again before the node, and a separate lint pass would
/// compile the workspace's crates again. Clippy's driver compiles the same code as rustc.
fn tests() -> Result<Command> {
    setup::node()?;
    setup::lints()?;
    let mut command = cargo()?;
    command
        .env("RUSTC_WORKSPACE_WRAPPER", "clippy-driver")
        .env("CLIPPY_ARGS", "-D__CLIPPY_HACKERY__warnings__CLIPPY_HACKERY__")
        .args(["test", "--locked", "--package", "inkbpf-node", "--package", "inkbpf-runtime-wasm"]);
    Ok(command)
}

/// Builds the node in the same way as its tests do, so that neither causes a rebuild for the other.
pub fn build() -> Result<PathBuf> {
    run_command(tests()?.arg("--no-run"))?;
    program()
}

/// Builds the node as users do.
pub fn build_release() -> Result<PathBuf> {
    setup::node()?;
    run_command(cargo()?.args(["build", "--locked", "--release", "--package", "inkbpf-node"]))?;
    in_profile("release")
}

/// The node that the tests build.
fn program() -> Result<PathBuf> {
    in_profile("debug")
}

fn in_profile(folder: &str) -> Result<PathBuf> {
    let path = target_dir("")?.join(folder).join(format!("inkbpf-node{}", std::env::consts::EXE_SUFFIX));
    std::path::absolute(&path).with_context(|| path.display().to_string())
}

/// Builds the node with lints. Runs its tests, which start it, and those command line tests that need a node.
pub fn test() -> Result<Tally> {
    let mut tally = run_tests(&mut tests()?)?;
    // Test the command line tool against that node. All default members are selected, as for its other tests,
    // so that none is built again with other features.
    let mut command = cargo()?;
    command.env("INKBPF_NODE", program()?).args(["test", "--locked", "--test", "real_node"]);
    tally.add(run_tests(command.args(["--", "--ignored"]))?);
    Ok(tally)
}

/// Runs a network on this machine: see `node/tests/network.rs`. Takes minutes.
pub fn network() -> Result<()> {
    run_tests(tests()?.args(["--test", "network", "--", "--ignored", "--nocapture"])).map(drop)
}

//! `cargo xtask node`: the node, built and run; its tests; and `cargo xtask network`, many nodes at once.

use crate::setup;
use crate::shell::{cargo, run as run_command, run_tests, target_dir, Tally};
use anyhow::{Context, Result};
use std::path::PathBuf;
use std::process::Command;

/// Builds the node and runs it with these arguments. Without any it is a development chain.
pub fn run(args: &[String]) -> Result<()> {
    setup::node()?;
    let args = args.strip_prefix(&["--".to_owned()]).unwrap_or(args);
    run_command(cargo()?.args(["run", "--locked", "--package", "inkbpf-node", "--"]).args(args))
}

/// Cargo for the node's tests, by the compiler that lints as it compiles: a warning is an error.
///
/// `cargo clippy` would check all of Substrate's client once more before it came to the node, and a pass of lints alone
/// would compile the workspace's crates once more. What clippy's driver compiles is what rustc does.
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

/// Builds the node, in the way that its tests build it, so that neither builds it anew after the other.
pub fn build() -> Result<PathBuf> {
    run_command(tests()?.arg("--no-run"))?;
    program()
}

/// Builds the node as users have it.
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

/// Builds the node with lints, and runs its tests, which start it, and those of the command line that need one.
pub fn test() -> Result<Tally> {
    let mut tally = run_tests(&mut tests()?)?;
    // The command line against that node. All default members are selected, as for their other tests, so that nothing
    // of them is built with other features.
    let mut command = cargo()?;
    command.env("INKBPF_NODE", program()?).args(["test", "--locked", "--test", "real_node"]);
    tally.add(run_tests(command.args(["--", "--ignored"]))?);
    Ok(tally)
}

/// A network on this machine: see `node/tests/network.rs`. Minutes.
pub fn network() -> Result<()> {
    run_tests(tests()?.args(["--test", "network", "--", "--ignored", "--nocapture"])).map(drop)
}

//! `cargo xtask node`: the node, built and run; its tests; and `cargo xtask network`, many nodes at once.

use crate::setup;
use crate::shell::{cargo, run as run_command, run_tests, Tally};
use anyhow::Result;

/// Builds the node and runs it with these arguments. Without any it is a development chain.
pub fn run(args: &[String]) -> Result<()> {
    setup::node()?;
    let args = args.strip_prefix(&["--".to_owned()]).unwrap_or(args);
    run_command(cargo()?.args(["run", "--locked", "--package", "inkbpf-node", "--"]).args(args))
}

/// Lints the node, builds it, and runs its tests, which start it.
pub fn test() -> Result<Tally> {
    setup::node()?;
    let tests = ["test", "--locked", "--package", "inkbpf-node", "--package", "inkbpf-runtime-wasm"];
    // `cargo clippy` would check all of Substrate's client once more before it came to the node. This is what it
    // does otherwise, on the dependencies that the tests need anyway.
    run_command(
        cargo()?
            .args(tests)
            .arg("--no-run")
            .env("SKIP_WASM_BUILD", "1")
            .env("RUSTC_WORKSPACE_WRAPPER", "clippy-driver")
            .env("CLIPPY_ARGS", "-D__CLIPPY_HACKERY__warnings__CLIPPY_HACKERY__"),
    )?;
    run_tests(cargo()?.args(tests))
}

/// A network on this machine: see `node/tests/network.rs`. Minutes.
pub fn network() -> Result<()> {
    setup::node()?;
    let mut command = cargo()?;
    command.args(["test", "--locked", "--package", "inkbpf-node", "--test", "network"]);
    run_tests(command.args(["--", "--ignored", "--nocapture"])).map(drop)
}

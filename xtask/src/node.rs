//! `cargo xtask node`: the node, built and run; its tests; and `cargo xtask network`, many nodes at once.

use crate::shell::{cargo, run as run_command, run_tests, Tally};
use crate::setup;
use anyhow::Result;

/// Builds the node and runs it with these arguments. Without any it is a development chain.
pub fn run(args: &[String]) -> Result<()> {
    setup::node()?;
    run_command(cargo()?.args(["run", "--locked", "--package", "inkbpf-node", "--"]).args(args))
}

/// Builds the node and runs its tests, which start it.
pub fn test() -> Result<Tally> {
    setup::node()?;
    run_tests(cargo()?.args(["test", "--locked", "--package", "inkbpf-node", "--package", "inkbpf-runtime-wasm"]))
}

/// A network on this machine: see `node/tests/network.rs`. Minutes.
pub fn network() -> Result<()> {
    setup::node()?;
    let mut command = cargo()?;
    command.args(["test", "--locked", "--package", "inkbpf-node", "--test", "network"]);
    run_tests(command.args(["--", "--ignored", "--nocapture"])).map(drop)
}

//! Everything timed side by side: the package `benches`, a workspace of its own.

use crate::setup;
use crate::shell::{root, run as run_command, run_tests, target_dir, Tally};
use anyhow::Result;
use std::process::Command;

/// `cargo xtask bench [--ours] [OPTION …]`: the options are those of `benches/src/main.rs`.
///
/// With `--ours` the other virtual machines are not even compiled, which saves most of the first build.
pub fn run(args: &[String]) -> Result<()> {
    eprintln!("[set-up]");
    setup::contracts()?;
    let mut command = cargo()?;
    command.args(["run", "--locked", "--release", "--quiet", "--bin", "inkbpf-benches"]);
    if args.iter().any(|arg| arg == "--ours") {
        command.arg("--no-default-features");
    }
    run_command(command.arg("--").args(args.iter().filter(|arg| *arg != "--ours")))
}

/// Every kernel on every machine, with small inputs: all results are equal.
pub fn test() -> Result<Tally> {
    run_tests(cargo()?.args(["test", "--locked", "--release", "--quiet"]))
}

fn cargo() -> Result<Command> {
    let mut command = Command::new("cargo");
    command.current_dir(root().join("benches")).env("CARGO_TARGET_DIR", target_dir("benches")?);
    Ok(command)
}

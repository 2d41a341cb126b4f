//! Everything timed side by side: the package `benches`, a workspace of its own.

use crate::setup;
use crate::shell::{self, root, run as run_command, run_tests, target_dir, Tally};
use anyhow::Result;
use std::process::Command;

/// `cargo xtask bench [--ours] [OPTION …]`: the options are those of `benches/src/main.rs`. `cargo xtask bench chain
/// [OPTION …]`: calls through the pallet, with the options of `tests/side-by-side/src/bin/chain-bench.rs`.
///
/// With `--ours` the other virtual machines are not even compiled, which saves most of the first build.
pub fn run(args: &[String]) -> Result<()> {
    eprintln!("[set-up]");
    setup::contracts()?;
    if let Some(("chain", options)) = args.split_first().map(|(first, rest)| (first.as_str(), rest)) {
        return chain(options);
    }
    let mut command = cargo()?;
    command.args(["run", "--locked", "--release", "--quiet", "--bin", "inkbpf-benches"]);
    if args.iter().any(|arg| arg == "--ours") {
        command.arg("--no-default-features");
    }
    run_command(command.arg("--").args(args.iter().filter(|arg| *arg != "--ours")))
}

/// Calls through the pallet beside `pallet-contracts`, which is in the workspace.
fn chain(options: &[String]) -> Result<()> {
    setup::wasm()?;
    let cargo = |subcommand: &str| -> Result<Command> {
        let mut command = shell::cargo()?;
        command.args([subcommand, "--locked", "--release", "--quiet", "-p", "inkbpf-side-by-side"]);
        Ok(command)
    };
    // The program that counts memory is beside the one that times and starts it.
    run_command(cargo("build")?.arg("--bins"))?;
    run_command(cargo("run")?.args(["--bin", "chain-bench", "--"]).args(options))
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

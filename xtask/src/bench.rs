//! Benchmarks, side by side: the package `benches`, a workspace of its own.

use crate::shell::{self, root, run as run_command, run_tests, target_dir, Tally};
use crate::{node, setup};
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use std::process::Command;

/// `cargo xtask bench [--ours] [OPTION …]`: the options are those of `benches/src/main.rs`. `cargo xtask bench chain
/// [OPTION …]`: calls through the pallet, with the options of `tests/side-by-side/src/bin/chain-bench.rs`. `cargo xtask
/// bench node [--dev] [OPTION …]`: calls over RPC, with those of `tests/side-by-side/src/bin/node-bench/main.rs`.
///
/// With `--ours` the other virtual machines are not even compiled, which saves most of the first build.
pub fn run(args: &[String]) -> Result<()> {
    if let Some(("weights", rest)) = args.split_first().map(|(first, rest)| (first.as_str(), rest)) {
        return weights(rest);
    }
    eprintln!("[set-up]");
    setup::contracts()?;
    match args.split_first().map(|(first, rest)| (first.as_str(), rest)) {
        Some(("chain", options)) => return chain(options),
        Some(("node", options)) => return over_rpc(options),
        _ => {}
    }
    let mut command = cargo()?;
    command.args(["run", "--locked", "--release", "--quiet", "--bin", "inkbpf-benches"]);
    if args.iter().any(|arg| arg == "--ours") {
        command.arg("--no-default-features");
    }
    run_command(command.arg("--").args(args.iter().filter(|arg| *arg != "--ours")))
}

/// Compares calls through the pallet with `pallet-contracts`. The package is in the workspace.
fn chain(options: &[String]) -> Result<()> {
    setup::binaryen()?;
    let cargo = |subcommand: &str| -> Result<Command> {
        let mut command = shell::cargo()?;
        command.args([subcommand, "--locked", "--release", "--quiet", "-p", "inkbpf-side-by-side"]);
        Ok(command)
    };
    // The program that measures memory must be beside the one that measures time, which starts it.
    run_command(cargo("build")?.arg("--bins"))?;
    run_command(cargo("run")?.args(["--bin", "chain-bench", "--"]).args(options))
}

/// Calls over RPC with one node program and two runtimes. With `--dev` it is the node that its tests use: its
/// own crates are hardly optimised, but those that run contracts and runtimes are, and both runtimes are
/// release builds.
fn over_rpc(options: &[String]) -> Result<()> {
    setup::binaryen()?;
    let dev = options.iter().any(|option| option == "--dev");
    let program = if dev { node::build()? } else { node::build_release()? };
    eprintln!("[runtime] with pallet-contracts");
    // Beside the node, because the two share the crates that compile a runtime.
    let blob = "inkbpf-runtime-of-wasm-blob";
    let mut command = shell::cargo()?;
    command.args(["build", "--locked", "--package", "inkbpf-node", "--package", "inkbpf-runtime-wasm"]);
    run_command(command.args(["--package", blob, "--bin", blob]))?;
    let target = target_dir("")?;
    let runtime = target.join("pallet-contracts.wasm");
    run_command(Command::new(target.join("debug").join(blob)).current_dir(root()).arg(&runtime))?;
    eprintln!("[load]");
    let mut command = shell::cargo()?;
    command.args(["run", "--locked", "--quiet", "--bin", "node-bench", "--"]);
    command.arg("--node").arg(program).arg("--runtime").arg(runtime);
    if dev {
        command.args([
            "--compiled",
            "as its tests have it (Substrate's crates at opt-level 1, the virtual machine at 3)",
        ]);
    }
    run_command(command.args(options.iter().filter(|option| *option != "--dev")))
}

/// `cargo xtask bench weights [OPTION …]`: the pallet's benchmarks in a Wasm runtime, which write
/// `frame/pallet/src/weights.rs`. The options are those of `frame/weights/src/main.rs`.
fn weights(args: &[String]) -> Result<()> {
    eprintln!("[set-up]");
    setup::wasm()?;
    let target = target_dir("weights")?;
    eprintln!("[runtime] with the node's engine");
    let runtime = wasm_runtime(&target, "runtime-benchmarks", "node.wasm")?;
    let mut command = cargo_weights(&target);
    command.args([
        "run",
        "--locked",
        "--release",
        "--quiet",
        "-p",
        "inkbpf-weights",
        "--features",
        "measure",
    ]);
    command.arg("--").arg("--runtime").arg(runtime);
    if args.iter().any(|arg| arg == "--gas") {
        eprintln!("[runtime] with the interpreter inside");
        let features = "runtime-benchmarks,embedded-engine";
        command.arg("--embedded").arg(wasm_runtime(&target, features, "embedded.wasm")?);
    }
    command.arg("--output").arg(root().join("frame/pallet/src/weights.rs"));
    for (option, program, question) in
        [("--commit", "git", &["describe", "--always", "--dirty"][..]), ("--rustc", "rustc", &["--version"])]
    {
        let output = Command::new(program).current_dir(root()).args(question).output()?;
        command.arg(option).arg(String::from_utf8_lossy(&output.stdout).trim());
    }
    eprintln!("[benchmarks]");
    run_command(command.args(args))
}

/// Tests the tool that runs the pallet's benchmarks. The benchmarks themselves are tests of the pallet.
pub fn weights_test() -> Result<Tally> {
    // Built together with the node, whose dependencies it shares, so that they are not compiled only for
    // this.
    let mut command = crate::shell::cargo()?;
    command.args(["test", "--locked", "-p", "inkbpf-node", "-p", "inkbpf-weights"]);
    command.args(["--features", "inkbpf-weights/measure", "--bin", "inkbpf-weights"]);
    run_tests(&mut command)
}

fn cargo_weights(target: &Path) -> Command {
    let mut command = Command::new("cargo");
    command.current_dir(root()).env("CARGO_TARGET_DIR", target);
    command
}

/// Builds the runtime as Wasm, in a file with this name.
fn wasm_runtime(target: &Path, features: &str, name: &str) -> Result<PathBuf> {
    // The flags that Substrate's own runtime builder sets.
    const FLAGS: &str = "-C link-arg=--export-table -C link-arg=--export=__heap_base \
        -C link-arg=--import-memory --cfg substrate_runtime";
    const TARGET: &str = "wasm32v1-none";
    let mut command = cargo_weights(target);
    command.env("RUSTFLAGS", FLAGS);
    command.args(["rustc", "--locked", "--release", "-p", "inkbpf-runtime", "--lib"]);
    command.args([
        "--crate-type",
        "cdylib",
        "--target",
        TARGET,
        "--no-default-features",
        "--features",
        features,
    ]);
    run_command(&mut command)?;
    let file = target.join(name);
    std::fs::copy(target.join(TARGET).join("release/inkbpf_runtime.wasm"), &file)
        .with_context(|| format!("cannot copy the runtime to {}", file.display()))?;
    Ok(file)
}

/// Runs every kernel on every machine, with small inputs, and checks that all results are equal.
pub fn test() -> Result<Tally> {
    run_tests(cargo()?.args(["test", "--locked", "--release", "--quiet"]))
}

fn cargo() -> Result<Command> {
    let mut command = Command::new("cargo");
    command.current_dir(root().join("benches")).env("CARGO_TARGET_DIR", target_dir("benches")?);
    Ok(command)
}

//! Everything CI runs, as stages that can also be run one by one.
//!
//! The last line is `N passed, N failed, N skipped` over all stages that ran tests, so that a reader
//! (or a machine) sees at a glance whether any test ran at all.

use crate::shell::{cargo, root, run as run_command, run_tests, target_dir, Tally};
use crate::{bench, clients, demo, fuzz, node, setup, tidy};
use anyhow::{bail, Context, Result};
use std::path::Path;
use std::process::Command;
use std::time::Instant;

struct Stage {
    name: &'static str,
    what: &'static str,
    run: fn() -> Result<Tally>,
}

const STAGES: &[Stage] = &[
    Stage { name: "fmt", what: "formatting", run: fmt },
    Stage { name: "tidy", what: "rules that no compiler checks", run: tidy_stage },
    Stage { name: "bare", what: "no_std crates for a bare target", run: bare },
    Stage { name: "clippy", what: "lints", run: clippy },
    Stage { name: "doc", what: "documentation without warnings", run: doc },
    Stage { name: "unit", what: "tests of every crate", run: unit },
    Stage { name: "conformance", what: "BPF conformance vectors on every engine", run: conformance },
    Stage { name: "side-by-side", what: "the same calls here and on pallet-contracts", run: side_by_side },
    Stage { name: "signals", what: "programs and WebAssembly fault in one process", run: signals },
    Stage { name: "examples", what: "unit tests of the example contracts", run: examples },
    Stage {
        name: "benches",
        what: "every benchmark kernel gives one result on every machine",
        run: bench::test,
    },
    Stage {
        name: "fuzz",
        what: "each fuzz target on its corpus and a little further",
        run: fuzz_targets_stage,
    },
    Stage {
        name: "fuzz-pallet",
        what: "contracts that do anything do no harm to the chain, for half a minute",
        run: fuzz::stage,
    },
    Stage {
        name: "weights",
        what: "what measures the pallet's benchmarks and writes its weights",
        run: bench::weights_test,
    },
    Stage { name: "node", what: "a node, started and talked to", run: node::test },
    Stage { name: "clients", what: "polkadot.js against the node, and a load", run: clients::test },
    Stage { name: "demo", what: "the demo of the README", run: demo_stage },
];

/// Stages that run only when they are named, or with `--all`: what measures the weights is compiled with the node's dependencies once
/// more, for the few tests of a tool that developers run by hand. The benchmarks themselves are unit tests of the pallet.
const WHEN_NAMED: &[&str] = &["weights"];

/// `cargo xtask test [--list | --all | STAGE …]`
pub fn run(args: &[String]) -> Result<()> {
    if args.iter().any(|arg| arg == "--list") {
        for stage in STAGES {
            let note = if WHEN_NAMED.contains(&stage.name) { " (when named, or with --all)" } else { "" };
            println!("{:12} {}{note}", stage.name, stage.what);
        }
        return Ok(());
    }
    let all = args.iter().any(|arg| arg == "--all");
    let args: Vec<&String> = args.iter().filter(|arg| *arg != "--all").collect();
    if let Some(unknown) = args.iter().find(|arg| STAGES.iter().all(|stage| stage.name != **arg)) {
        let names: Vec<&str> = STAGES.iter().map(|stage| stage.name).collect();
        bail!("there is no stage `{unknown}`; there are: {}", names.join(", "));
    }
    let by_default = |stage: &Stage| args.is_empty() && (all || !WHEN_NAMED.contains(&stage.name));
    let named = |stage: &Stage| args.iter().any(|arg| *arg == stage.name);
    let chosen: Vec<&Stage> = STAGES.iter().filter(|stage| by_default(stage) || named(stage)).collect();

    eprintln!("[set-up]");
    setup::contracts()?;
    setup::tests()?;

    let start = Instant::now();
    let mut total = Tally::default();
    for (index, stage) in chosen.iter().enumerate() {
        let begun = Instant::now();
        eprintln!("[{}/{}] {}: {}", index + 1, chosen.len(), stage.name, stage.what);
        total.add((stage.run)().with_context(|| format!("stage `{}`", stage.name))?);
        eprintln!("    {} took {} s", stage.name, begun.elapsed().as_secs());
    }
    println!("all {} stages hold, in {} s", chosen.len(), start.elapsed().as_secs());
    println!("{} passed, {} failed, {} skipped", total.passed, total.failed, total.skipped);
    Ok(())
}

// `clippy`, `doc` and `unit` are for the workspace's default members: the node has a stage of its own, since its
// dependencies take longer than all the rest.

fn fmt() -> Result<Tally> {
    run_command(cargo()?.args(["fmt", "--all", "--check"]))?;
    Ok(Tally::default())
}

fn tidy_stage() -> Result<Tally> {
    tidy::run()?;
    Ok(Tally::default())
}

fn clippy() -> Result<Tally> {
    run_command(cargo()?.args(["clippy", "--locked", "--all-targets", "--", "-D", "warnings"]))?;
    Ok(Tally::default())
}

fn doc() -> Result<Tally> {
    let mut command = cargo()?;
    command.args(["doc", "--locked", "--no-deps", "--document-private-items"]);
    run_command(command.env("RUSTDOCFLAGS", "-D warnings"))?;
    Ok(Tally::default())
}

/// Builds the crates that go into a contract or a runtime without std, for a target that has none.
///
/// rustup has no std for the targets in question on every machine, so `core` and `alloc` are built from
/// the same sources that contracts use.
fn bare() -> Result<Tally> {
    let rustc =
        setup::rustc_with_sources().context("no rustc with library sources; run `cargo xtask setup`")?;
    let mut command = match rustc.parent().filter(|dir| !dir.as_os_str().is_empty()) {
        Some(dir) => Command::new(dir.join("cargo")),
        None => Command::new("cargo"),
    };
    command
        .current_dir(root())
        .env("CARGO_TARGET_DIR", target_dir("bare")?)
        .env("RUSTC", &rustc)
        // The library sources are for `-Z build-std`, which a stable cargo takes only so.
        .env("RUSTC_BOOTSTRAP", "1")
        .env_remove("RUSTUP_TOOLCHAIN")
        .args(["build", "--locked", "--no-default-features", "--target", "x86_64-unknown-none"])
        .args(["-Z", "build-std=core,alloc"])
        .args(["-p", "bpf-isa", "-p", "contract-abi", "-p", "bpf-vm"]);
    run_command(&mut command)?;
    Ok(Tally::default())
}

fn unit() -> Result<Tally> {
    run_tests(cargo()?.args(["test", "--locked"]))
}

/// The engines that this machine has, by the names that the examples of `bpf-vm` know. Where one of them
/// cannot be had, what takes its place is run in its stead.
const ENGINES: &[&str] = if cfg!(all(target_arch = "x86_64", target_os = "linux")) {
    &["interp", "jit", "jit-base", "jit-checked"]
} else {
    &["interp"]
};

/// The repository's own vectors, and the public suite where it lies beside the checkout.
fn conformance() -> Result<Tally> {
    let root = root();
    let suite = public_suite(&root);
    if suite.is_none() {
        eprintln!("    the public suite is not here (set BPF_CONFORMANCE to its folder): own vectors only");
    }
    let mut total = Tally::default();
    for engine in ENGINES {
        let mut command = cargo()?;
        command.args(["run", "--quiet", "--release", "--locked", "-p", "bpf-vm", "--example", "conformance"]);
        command.args(["--", "--engine", engine]).arg(root.join("crates/bpf-vm/tests/conformance"));
        total.add(run_tests(command.args(&suite))?);
    }
    Ok(total)
}

fn public_suite(root: &Path) -> Option<std::path::PathBuf> {
    let named = std::env::var_os("BPF_CONFORMANCE").map(std::path::PathBuf::from);
    named.or_else(|| Some(root.parent()?.join("shared/conformance"))).filter(|dir| dir.join("tests").is_dir())
}

/// Every example as Wasm on `pallet-contracts` and as eBPF here. With all default members selected, so that nothing
/// is compiled with other features than the unit tests were.
fn side_by_side() -> Result<Tally> {
    setup::binaryen()?;
    run_tests(cargo()?.args(["test", "--locked", "--test", "side_by_side"]))
}

/// The tests with wasmtime in the same process, which is a workspace of its own.
fn signals() -> Result<Tally> {
    if !cfg!(all(target_arch = "x86_64", target_os = "linux")) {
        eprintln!("    machine code is for x86-64 Linux");
        return Ok(Tally::default());
    }
    let mut command = Command::new("cargo");
    command.current_dir(root().join("tests/signals")).env("CARGO_TARGET_DIR", target_dir("signals")?);
    run_tests(command.args(["test", "--locked", "--quiet"]))
}

/// The contracts' own tests, which run natively as any contract author's do.
fn examples() -> Result<Tally> {
    let mut command = Command::new("cargo");
    command.current_dir(root().join("examples")).env("CARGO_TARGET_DIR", target_dir("examples")?);
    run_tests(command.args(["test", "--locked", "--quiet"]))
}

/// Runs each target over the committed seeds, then on new inputs for a few seconds.
fn fuzz_targets_stage() -> Result<Tally> {
    let folder = root().join("fuzz");
    let target_dir = target_dir("fuzz")?;
    let cargo = || {
        let mut command = Command::new("cargo");
        command.current_dir(&folder).env("CARGO_TARGET_DIR", &target_dir);
        command
    };
    let mut tally = run_tests(cargo().env("RUSTFLAGS", "").args(["test", "--locked", "--quiet", "--lib"]))?;
    for target in fuzz_targets(&folder)? {
        // What the fuzzer finds is kept outside the checkout, for the next run on this machine.
        let corpus = target_dir.join("corpus").join(&target);
        std::fs::create_dir_all(&corpus)?;
        let mut command = cargo();
        command.args(["run", "--locked", "--release", "--quiet", "--bin", &target, "--"]).arg(corpus);
        let seeds = folder.join("seeds").join(&target);
        if seeds.is_dir() {
            command.arg(seeds);
        }
        run_command(command.args(["-max_total_time=10", "-max_len=2048", "-print_final_stats=0"]))?;
        tally.passed += 1;
    }
    Ok(tally)
}

fn fuzz_targets(folder: &Path) -> Result<Vec<String>> {
    let manifest: toml::Table = std::fs::read_to_string(folder.join("Cargo.toml"))?.parse()?;
    let bins =
        manifest.get("bin").and_then(|bins| bins.as_array()).context("fuzz/Cargo.toml has no targets")?;
    Ok(bins.iter().filter_map(|bin| Some(bin.get("name")?.as_str()?.to_owned())).collect())
}

fn demo_stage() -> Result<Tally> {
    demo::run()?;
    Ok(Tally::default())
}

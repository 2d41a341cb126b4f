//! Everything that CI runs, as stages that can also be run one by one.
//!
//! The last line is `N passed, N failed, N skipped` over all stages that ran tests, so that a reader (or a
//! machine) sees at once whether any test ran at all.

use crate::schedule::{self, Job};
use crate::shell::{cargo, line, root, run as run_command, run_tests, target_dir, Tally};
use crate::{bench, clients, demo, fuzz, node, setup, tidy};
use anyhow::{bail, Context, Result};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

struct Stage {
    name: &'static str,
    what: &'static str,
    /// Stages whose outputs it uses.
    after: &'static [&'static str],
    /// Extra set-up that it needs. Done before any stage begins, because two installers would be in each
    /// other's way.
    set_up: fn() -> Result<()>,
    run: fn() -> Result<Tally>,
}

const fn stage(name: &'static str, what: &'static str, run: fn() -> Result<Tally>) -> Stage {
    Stage { name, what, after: &[], set_up: || Ok(()), run }
}

/// In the order in which they start. Two run at a time, so stages that compile are listed beside those that
/// mostly wait or use one thread.
const STAGES: &[Stage] = &[
    stage("fmt", "formatting", fmt),
    stage("tidy", "rules that the compiler does not check", tidy_stage),
    stage("clippy", "lints", clippy),
    stage("bare", "no_std crates for a bare target", bare),
    stage("fuzz", "each fuzz target on its seeds and on some new inputs", fuzz::stage),
    stage("unit", "tests of every crate", unit),
    Stage { set_up: setup::node, ..stage("node", "tests that start and use a node", node::test) },
    Stage {
        set_up: setup::binaryen,
        ..stage("side-by-side", "the same calls here and on pallet-contracts", side_by_side)
    },
    stage(
        "fuzz-pallet",
        "arbitrary contracts do no harm to the chain, for half a minute",
        fuzz::pallet_stage,
    ),
    Stage {
        after: &["node"],
        set_up: setup::javascript,
        ..stage("clients", "polkadot.js and a load against the node", clients::test)
    },
    stage("doc", "documentation without warnings", doc),
    stage("conformance", "BPF conformance vectors on every engine", conformance),
    Stage {
        set_up: setup::wasi,
        ..stage("wasm32", "the virtual machine's tests in WebAssembly, as a runtime has it", wasm32)
    },
    Stage {
        after: &["unit"],
        ..stage("crosscheck", "every message of every example, block by block on two engines", crosscheck)
    },
    stage("signals", "programs and WebAssembly fault in one process", signals),
    stage("examples", "unit tests of the example contracts", examples),
    stage("benches", "every benchmark kernel gives the same result on every machine", bench::test),
    Stage {
        set_up: setup::node,
        ..stage(
            "weights",
            "the tool that runs the pallet's benchmarks and writes its weights",
            bench::weights_test,
        )
    },
    stage("demo", "the demo of the README", demo_stage),
];

/// Stages that run only if named, or with `--all`. The tool that measures weights is compiled with the node's
/// dependencies once more, for only a few tests, and developers run it by hand. The benchmarks themselves are
/// unit tests of the pallet.
const WHEN_NAMED: &[&str] = &["weights"];

/// Arguments of `cargo xtask test`.
struct Asked {
    stages: Vec<&'static Stage>,
    jobs: usize,
}

/// Reads `[--all] [--jobs N] [STAGE …]`.
fn asked(args: &[String]) -> Result<Asked> {
    let (mut all, mut jobs, mut names) = (false, None, Vec::new());
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--all" => all = true,
            "--jobs" => {
                let number = args.next().and_then(|number| number.parse().ok()).filter(|&number| number > 0);
                jobs =
                    Some(number.context("`--jobs` needs the number of stages that run at once, 1 or more")?);
            }
            name if STAGES.iter().any(|stage| stage.name == name) => names.push(name),
            unknown => {
                let names: Vec<&str> = STAGES.iter().map(|stage| stage.name).collect();
                bail!("unknown stage `{unknown}`; expected one of: {}", names.join(", "));
            }
        }
    }
    let by_default = |stage: &Stage| names.is_empty() && (all || !WHEN_NAMED.contains(&stage.name));
    let stages: Vec<&Stage> =
        STAGES.iter().filter(|stage| by_default(stage) || names.contains(&stage.name)).collect();
    Ok(Asked { jobs: jobs.unwrap_or_else(jobs_here), stages })
}

/// Default number of stages that run at once: two if there are enough cores, and memory for two linkers.
fn jobs_here() -> usize {
    const FOR_TWO_KIB: u64 = 8 << 20;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let meminfo = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let total = meminfo
        .lines()
        .find_map(|line| line.strip_prefix("MemTotal:")?.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    if cores >= 2 && total.is_none_or(|kib| kib >= FOR_TWO_KIB) {
        2
    } else {
        1
    }
}

/// `cargo xtask test [--list | [--all] [--jobs N] [STAGE …]]`
pub fn run(args: &[String]) -> Result<()> {
    if args.iter().any(|arg| arg == "--list") {
        for stage in STAGES {
            let note = if WHEN_NAMED.contains(&stage.name) { " (when named, or with --all)" } else { "" };
            println!("{:12} {}{note}", stage.name, stage.what);
        }
        return Ok(());
    }
    let Asked { stages, jobs } = asked(args)?;

    eprintln!("[set-up]");
    setup::contracts()?;
    setup::tests()?;
    setup::lints()?;
    for stage in &stages {
        (stage.set_up)().with_context(|| format!("stage `{}`", stage.name))?;
    }

    let start = Instant::now();
    let mut total = Tally::default();
    if jobs == 1 || stages.len() == 1 {
        for (index, stage) in stages.iter().enumerate() {
            let begun = Instant::now();
            eprintln!("[{}/{}] {}: {}", index + 1, stages.len(), stage.name, stage.what);
            total.add((stage.run)().with_context(|| format!("stage `{}`", stage.name))?);
            eprintln!("    {} took {} s", stage.name, begun.elapsed().as_secs());
        }
    } else {
        let named: Vec<Job> =
            stages.iter().map(|stage| Job { name: stage.name, after: stage.after }).collect();
        let program = std::env::current_exe().context("cannot find the path of this program")?;
        let logs = target_dir("")?.join("test-logs");
        std::fs::create_dir_all(&logs).with_context(|| logs.display().to_string())?;
        eprintln!(
            "running {jobs} stages at a time; the output of each is shown when it ends, and is written to {}",
            logs.display()
        );
        let apart = |index: usize, _: &Job| apart(&program, &logs, index, &stages);
        schedule::run(&named, jobs, apart)?.into_iter().for_each(|tally| total.add(tally));
    }
    println!("all {} stages passed in {} s", stages.len(), start.elapsed().as_secs());
    println!("{} passed, {} failed, {} skipped", total.passed, total.failed, total.skipped);
    Ok(())
}

/// `xtask stage NAME`: one stage without the set-up, for [`apart`].
pub fn one(args: &[String]) -> Result<()> {
    let Asked { stages, .. } = asked(args)?;
    let [stage] = stages[..] else { bail!("`stage` runs exactly one stage") };
    let tally = (stage.run)()?;
    println!("{} passed, {} failed, {} skipped", tally.passed, tally.failed, tally.skipped);
    Ok(())
}

/// Runs a stage as a separate process. Its output is kept until it ends, so that the outputs of two stages do
/// not mix.
fn apart(program: &Path, logs: &Path, index: usize, stages: &[&Stage]) -> Result<Tally> {
    let stage = stages[index];
    let begun = Instant::now();
    eprintln!("[{}/{}] {} begins: {}", index + 1, stages.len(), stage.name, stage.what);
    let path = logs.join(format!("{}.log", stage.name));
    let at = || path.display().to_string();
    let log = std::fs::File::create(&path).with_context(at)?;
    let mut command = Command::new(program);
    command.args(["stage", stage.name]).stdout(log.try_clone().with_context(at)?).stderr(log);
    let status = command.status().with_context(|| format!("cannot run `{}`", line(&command)))?;
    let output = std::fs::read(&path).with_context(at)?;
    let output = String::from_utf8_lossy(&output);
    // In one piece, because the other stage may end just now.
    let took = begun.elapsed().as_secs();
    eprint!("[{}/{}] {}: {}\n{output}", index + 1, stages.len(), stage.name, stage.what);
    eprintln!("    {} took {took} s", stage.name);
    if !status.success() {
        bail!("stage `{}` failed; its output is above, and in {}", stage.name, path.display());
    }
    let tally = output.lines().last().and_then(Tally::read);
    tally.with_context(|| format!("stage `{}` did not report how many tests ran", stage.name))
}

// `clippy`, `doc` and `unit` cover the workspace's default members. The node has its own stage, because its
// dependencies take longer than all the rest.

/// Every source file of the checkout: `cargo fmt` would leave out the packages outside the workspace, and
/// sources that a test compiles by itself.
fn fmt() -> Result<Tally> {
    let root = root();
    let mut files = tidy::tracked(&root)?;
    files.retain(|file| file.extension().is_some_and(|ext| ext == "rs") && root.join(file).is_file());
    eprintln!("    $ rustfmt --check, {} files", files.len());
    let status = Command::new("rustfmt")
        .current_dir(&root)
        .arg("--check")
        .args(&files)
        .status()
        .context("cannot run rustfmt")?;
    if !status.success() {
        bail!("formatting differs; `rustfmt FILE` corrects a file");
    }
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

/// Builds the crates that are part of a contract or a no-std runtime, for a target without std.
///
/// rustup does not have std for these targets on every machine, so `core` and `alloc` are built from the same
/// sources that contracts use.
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
        // The library sources are for `-Z build-std`, which a stable cargo accepts only with this.
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

/// The engines of this machine, under the names that the examples of `bpf-vm` use. If one of them is not
/// available, the engine that replaces it is run instead.
const ENGINES: &[&str] = if cfg!(all(target_arch = "x86_64", target_os = "linux")) {
    &["interp", "jit", "jit-base", "jit-checked"]
} else {
    &["interp"]
};

/// The repository's own vectors, and the public suite if it is beside the checkout.
fn conformance() -> Result<Tally> {
    let root = root();
    let suite = public_suite(&root);
    if suite.is_none() {
        eprintln!(
            "    the public suite was not found (set BPF_CONFORMANCE to its folder): running only our own"
        );
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

/// Compares every machine code mode with the interpreter, on each constructor and message of the example
/// contracts.
///
/// Runs after the unit tests, whose end-to-end tests build the same contracts in the same place.
fn crosscheck() -> Result<Tally> {
    // Some messages run until the gas is used up.
    const GAS: &str = "20000000";
    let examples = root().join("examples");
    let manifest = |folder: &PathBuf| folder.join("Cargo.toml").is_file();
    let mut contracts = below(&examples)?;
    contracts.extend(below(&examples.join("features"))?);
    contracts.retain(manifest);
    let inkbpf = clients::inkbpf()?;
    for contract in contracts {
        let mut build = Command::new(&inkbpf);
        run_command(build.args(["build", "--quiet", "--manifest-path"]).arg(contract.join("Cargo.toml")))?;
    }
    let mut images = Vec::new();
    for folder in below(&examples.join("target/ink"))? {
        images.extend(
            below(&folder)?.into_iter().filter(|file| file.extension().is_some_and(|is| is == "elf")),
        );
    }
    let mut total = Tally::default();
    for engine in ENGINES.iter().filter(|engine| **engine != "interp") {
        let mut command = cargo()?;
        command.args(["run", "--quiet", "--release", "--locked", "-p", "bpf-vm", "--example", "crosscheck"]);
        total.add(run_tests(
            command.args(["--", "--gas", GAS, "--engines", &format!("interp,{engine}")]).args(&images),
        )?);
    }
    Ok(total)
}

/// The contents of a folder, sorted by name.
fn below(folder: &Path) -> Result<Vec<PathBuf>> {
    let at = || folder.display().to_string();
    let mut entries = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(at)? {
        entries.push(entry.with_context(at)?.path());
    }
    entries.sort();
    Ok(entries)
}

fn public_suite(root: &Path) -> Option<PathBuf> {
    let named = std::env::var_os("BPF_CONFORMANCE").map(PathBuf::from);
    named.or_else(|| Some(root.parent()?.join("shared/conformance"))).filter(|dir| dir.join("tests").is_dir())
}

/// Every example as Wasm on `pallet-contracts` and as eBPF here. All default members are selected, so that
/// nothing is compiled with other features than for the unit tests.
fn side_by_side() -> Result<Tally> {
    run_tests(cargo()?.args(["test", "--locked", "--test", "side_by_side"]))
}

/// The tests with wasmtime in the same process, which are a separate workspace.
fn signals() -> Result<Tally> {
    if !cfg!(all(target_arch = "x86_64", target_os = "linux")) {
        eprintln!("    skipped: machine code is generated only for x86-64 Linux");
        return Ok(Tally::default());
    }
    let mut command = Command::new("cargo");
    command.current_dir(root().join("tests/signals")).env("CARGO_TARGET_DIR", target_dir("signals")?);
    run_tests(command.args(["test", "--locked", "--quiet"]))
}

/// The tests of the crates that a runtime in Wasm interprets with, compiled to Wasm: there the interpreter's steps have
/// another form, and `usize` has 32 bits.
fn wasm32() -> Result<Tally> {
    let target = setup::WASI_TARGET;
    if !setup::has_library(target) {
        eprintln!("    skipped: no library for {target}; with rustup: `rustup target add {target}`");
        return Ok(Tally { skipped: 1, ..Tally::default() });
    }
    let signals = target_dir("signals")?;
    let mut build = Command::new("cargo");
    build.current_dir(root().join("tests/signals")).env("CARGO_TARGET_DIR", &signals);
    // With its tests, so that dependencies have the features that they have in the stage `signals`.
    run_command(build.args(["build", "--locked", "--quiet", "--bins", "--tests"]))?;

    // Tests find their files by paths of this machine, so folders have the same names inside.
    let mut runner = vec![signals.join("debug").join(format!("wasi-runner{}", std::env::consts::EXE_SUFFIX))];
    let root = root();
    let suite = public_suite(&root).map(std::path::absolute).transpose()?;
    for folder in [&root].into_iter().chain(&suite) {
        runner.extend(["--dir".into(), folder.clone()]);
    }
    let mut command = cargo()?;
    command.args(["test", "--locked", "--target", target, "--no-default-features", "--lib", "--tests"]);
    command.args(["-p", "bpf-isa", "-p", "contract-abi", "-p", "bpf-vm"]);
    let runner: Option<Vec<&str>> = runner.iter().map(|part| part.to_str()).collect();
    let runner = toml::Value::from(runner.context("a folder's name is not UTF-8")?);
    command.arg("--config").arg(format!("target.{target}.runner={runner}"));
    if let Some(suite) = suite {
        command.env("BPF_CONFORMANCE", suite);
    }
    // Folders are read-only inside.
    command.env_remove("BLESS");
    // What a test has written would be lost if it panics, because a panic ends the process.
    command.args(["--", "--nocapture"]);
    run_tests(&mut command).context("if a test failed, it ended its file; its message is above")
}

/// The contracts' own tests, which run natively like those of any contract author.
fn examples() -> Result<Tally> {
    let mut command = Command::new("cargo");
    command.current_dir(root().join("examples")).env("CARGO_TARGET_DIR", target_dir("examples")?);
    run_tests(command.args(["test", "--locked", "--quiet"]))
}

fn demo_stage() -> Result<Tally> {
    demo::run()?;
    Ok(Tally::default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stage_stands_behind_those_that_it_comes_after() {
        for (index, stage) in STAGES.iter().enumerate() {
            for before in stage.after {
                assert!(STAGES[..index].iter().any(|stage| stage.name == *before), "{}", stage.name);
            }
        }
    }

    #[test]
    fn arguments() {
        let asked = |args: &[&str]| asked(&args.iter().map(|arg| arg.to_string()).collect::<Vec<_>>());
        let names = |args: &[&str]| -> Vec<&str> {
            asked(args).unwrap().stages.iter().map(|stage| stage.name).collect()
        };
        // In the order of the list.
        assert_eq!(names(&["unit", "fmt"]), ["fmt", "unit"]);
        assert_eq!(names(&["weights"]), ["weights"]);
        assert_eq!(names(&["--all"]).len(), STAGES.len());
        assert_eq!(names(&[]).len(), STAGES.len() - WHEN_NAMED.len());
        assert_eq!(asked(&["--jobs", "3"]).unwrap().jobs, 3);
        for wrong in [&["--jobs"][..], &["--jobs", "0"], &["--jobs", "x"], &["units"], &["--al"]] {
            assert!(asked(wrong).is_err(), "{wrong:?}");
        }
    }
}

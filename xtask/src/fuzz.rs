//! The fuzz targets: those in `fuzz/`, and the pallet's target, `frame/fuzz`.
//!
//! The targets in `fuzz/` are a workspace of their own, and all of it is built to count coverage. Building
//! FRAME again in that way would take longer than all of them, and libFuzzer would search FRAME. So the
//! pallet's target is a member of the main workspace. It is built with the same selection of packages as the
//! tests and shares their FRAME. This program replaces the compiler for the workspace's own crates (cargo's
//! `RUSTC_WORKSPACE_WRAPPER`): it makes three of them count coverage, and links the target with libFuzzer.
//! Decision 0244.

use crate::shell::{cargo, line, root, run as run_command, run_tests, target_dir, Tally};
use anyhow::{bail, ensure, Context, Result};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

/// If set, this program acts as the compiler. The value is the folder of libFuzzer's library.
const WRAPPER: &str = "INKBPF_LIBFUZZER";

/// The target's crate.
const TARGET: &str = "pallet_fuzz";

/// The crates that count coverage: those between a contract and the chain. The pallet's generic code is
/// compiled with the runtime, which is in the last of them.
const COUNTED: &[&str] = &["pallet_contracts", "inkbpf_host", "inkbpf_pallet_fuzz"];

/// The flags of `fuzz/.cargo/config.toml`.
const FLAGS: &[&str] = &[
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
];

/// Acts as the compiler if cargo has started this program as one: `xtask RUSTC ARGUMENT …`.
pub fn compiler() -> Option<ExitCode> {
    let folder = std::env::var_os(WRAPPER)?;
    let mut args = std::env::args_os().skip(1);
    let mut command = Command::new(args.next()?);
    let args: Vec<_> = args.collect();
    let crate_name = args.iter().skip_while(|arg| *arg != "--crate-name").nth(1);
    if crate_name.is_some_and(|name| COUNTED.iter().any(|counted| name == counted)) {
        command.args(FLAGS);
    }
    if crate_name.is_some_and(|name| name == TARGET) {
        let mut search = OsString::from("-Lnative=");
        search.push(folder);
        command.arg(search).args(["-lstatic=fuzzer", "-lstdc++"]);
    }
    let code = match command.args(args).status() {
        Ok(status) => status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1),
        Err(error) => {
            eprintln!("xtask: cannot start the compiler: {error}");
            1
        }
    };
    Some(code.into())
}

/// The name of the pallet's target, which is not one of those in `fuzz/`.
const PALLET: &str = "pallet";

/// `cargo xtask fuzz TARGET [OPTION or FILE …]`: the options are libFuzzer's; each file is run once. Without
/// a file the target continues from what it found earlier on this machine. `all` means every target, one
/// after another.
pub fn run(args: &[String]) -> Result<()> {
    let targets = targets()?;
    let usage = || {
        format!(
            "usage: cargo xtask fuzz <target | all> [libFuzzer's options, or files]\n\ntargets: {}, {PALLET}",
            targets.join(", ")
        )
    };
    let (target, rest) = args.split_first().with_context(usage)?;
    match target.as_str() {
        PALLET => pallet(rest, Start::Kept),
        "all" => {
            ensure!(
                rest.iter().all(|arg| arg.starts_with('-')),
                "`all` does not accept files\n\n{}",
                usage()
            );
            // The first one would never end.
            ensure!(
                rest.iter().any(|arg| arg.starts_with("-max_total_time=") || arg.starts_with("-runs=")),
                "`all` needs a limit for each target: `-max_total_time=SECONDS` or `-runs=N`"
            );
            targets.iter().try_for_each(|target| instrumented(target, rest, Start::Kept))?;
            pallet(rest, Start::Kept)
        }
        name if targets.iter().any(|target| target == name) => instrumented(name, rest, Start::Kept),
        _ => bail!("unknown target `{target}`\n\n{}", usage()),
    }
}

/// Tests the program generators, and runs each target in `fuzz/` on its seeds and on new inputs for some
/// seconds.
pub fn stage() -> Result<Tally> {
    // Without the coverage flags of the targets, because only targets link their run-time part.
    let mut tally =
        run_tests(fuzz_cargo()?.env("RUSTFLAGS", "").args(["test", "--locked", "--quiet", "--lib"]))?;
    for target in targets()? {
        instrumented(&target, &["-max_total_time=5".into(), "-print_final_stats=0".into()], Start::Seeds)?;
        tally.passed += 1;
    }
    Ok(tally)
}

/// The targets in `fuzz/`.
fn targets() -> Result<Vec<String>> {
    let path = root().join("fuzz/Cargo.toml");
    let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let manifest: toml::Table = text.parse()?;
    let bins =
        manifest.get("bin").and_then(|bins| bins.as_array()).context("fuzz/Cargo.toml has no targets")?;
    Ok(bins.iter().filter_map(|bin| Some(bin.get("name")?.as_str()?.to_owned())).collect())
}

fn fuzz_cargo() -> Result<Command> {
    let mut command = Command::new("cargo");
    command.current_dir(root().join("fuzz")).env("CARGO_TARGET_DIR", target_dir("fuzz")?);
    Ok(command)
}

/// What a target starts from, besides its seeds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Start {
    /// Its earlier findings on this machine, which grow as long as somebody continues.
    Kept,
    /// Nothing, so that the tests take equally long on every machine.
    Seeds,
}

impl Start {
    /// The corresponding folder in `kept`, where libFuzzer stores its findings.
    fn folder(self, kept: &Path, target: &str) -> Result<PathBuf> {
        let folder = kept.join(if self == Start::Kept { "corpus" } else { "corpus-of-tests" }).join(target);
        if self == Start::Seeds && folder.is_dir() {
            std::fs::remove_dir_all(&folder).with_context(|| format!("cannot empty {}", folder.display()))?;
        }
        std::fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
        Ok(folder)
    }
}

/// Runs one of [`targets`]: on its seeds, on its start corpus, and on from there; or on the given files.
fn instrumented(target: &str, args: &[String], start: Start) -> Result<()> {
    let mut command = fuzz_cargo()?;
    command.args(["run", "--locked", "--release", "--quiet", "--bin", target, "--"]);
    // The fuzzer's findings are kept outside the checkout, for the next run on this machine.
    let kept = target_dir("fuzz")?;
    let corpus = start.folder(&kept, target)?;
    let seeds = root().join("fuzz/seeds").join(target);
    searching(&mut command, args, &corpus, &[seeds], &kept);
    command.arg("-max_len=2048");
    run_command(with_arguments(&mut command, args))
}

/// Tests how the pallet's inputs are decoded, then runs its seeds, and new inputs for half a minute.
pub fn pallet_stage() -> Result<Tally> {
    let mut tally = run_tests(selection()?.args(["--test", "generator"]))?;
    pallet(&["-max_total_time=30".into(), "-print_final_stats=0".into()], Start::Seeds)?;
    tally.passed += 1;
    Ok(tally)
}

/// Makes libFuzzer continue from `corpus`, which it extends, and from these seeds, unless files to run are
/// given. Inputs that crash are stored in the folder `kept`.
fn searching(command: &mut Command, args: &[String], corpus: &Path, seeds: &[PathBuf], kept: &Path) {
    if args.iter().all(|arg| arg.starts_with('-') || Path::new(arg).is_dir()) {
        command.arg(corpus).args(seeds.iter().filter(|seeds| seeds.is_dir()));
    }
    command.arg(format!("-artifact_prefix={}/", kept.display()));
}

/// Adds the given libFuzzer arguments. A file is given by its full path, because a target runs in its own
/// folder.
fn with_arguments<'a>(command: &'a mut Command, args: &[String]) -> &'a mut Command {
    for arg in args {
        match std::fs::canonicalize(arg) {
            Ok(path) if !arg.starts_with('-') => command.arg(path),
            _ => command.arg(arg),
        };
    }
    command
}

fn pallet(args: &[String], start: Start) -> Result<()> {
    // Crashes are stored beside the fuzzer's findings, outside the checkout.
    let (kept, libfuzzer) = (target_dir("fuzz")?.join("pallet"), libfuzzer()?);
    let corpus = start.folder(&kept, "")?;
    let mut command = selection()?;
    command.env("RUSTC_WORKSPACE_WRAPPER", std::env::current_exe()?).env(WRAPPER, libfuzzer);
    command.args(["--test", TARGET, "--"]);
    searching(&mut command, args, &corpus, &[root().join("frame/fuzz/seeds")], &kept);
    // A history of five steps, and a time limit for one that suits a machine that others use too.
    command.args(["-max_len=2048", "-len_control=0", "-timeout=120", "-rss_limit_mb=4096"]);
    run_command(with_arguments(&mut command, args))
}

/// `cargo test` of the default members and the target's package, so that features are the same as for the
/// tests.
fn selection() -> Result<Command> {
    let mut command = cargo()?;
    command.args(["test", "--locked", "--workspace"]);
    for apart in ["inkbpf-node", "inkbpf-runtime-wasm", "inkbpf-weights"] {
        command.args(["--exclude", apart]);
    }
    Ok(command)
}

/// The folder of libFuzzer's library, as built by the workspace of the other targets.
fn libfuzzer() -> Result<PathBuf> {
    let mut command = fuzz_cargo()?;
    command.args(["build", "--locked", "--release", "--quiet", "-p", "libfuzzer-sys"]);
    command.arg("--message-format=json").stderr(Stdio::inherit());
    eprintln!("    $ {}", line(&command));
    let output = command.output().context("cannot start cargo")?;
    ensure!(output.status.success(), "libFuzzer could not be built ({})", output.status);
    let messages = String::from_utf8_lossy(&output.stdout);
    // From the build script that ran: `"linked_paths":["native=FOLDER"]`.
    let folder = messages
        .lines()
        .filter(|line| line.contains("libfuzzer-sys") && line.contains("build-script-executed"))
        .find_map(|line| line.split_once("\"native=")?.1.split_once('"'))
        .map(|(folder, _)| PathBuf::from(folder))
        .context("cargo did not report the path of libFuzzer's library")?;
    match folder.join("libfuzzer.a").is_file() {
        true => Ok(folder),
        false => bail!("there is no libfuzzer.a in {}", folder.display()),
    }
}

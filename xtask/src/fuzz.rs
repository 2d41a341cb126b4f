//! The fuzz targets: those of `fuzz/`, and that of the pallet, `frame/fuzz`.
//!
//! The former are a workspace of their own, all of which is built to count coverage. To build FRAME
//! once more in that way would take longer than all of them, and libFuzzer would search FRAME. So the pallet's is a
//! member of the workspace, built with the selection of packages that the tests have, whose FRAME it therefore shares;
//! and this program stands in for the compiler of the workspace's own crates (cargo's `RUSTC_WORKSPACE_WRAPPER`),
//! where it has three of them count, and links the target with libFuzzer. Decision 0244.

use crate::shell::{cargo, line, root, run as run_command, run_tests, target_dir, Tally};
use anyhow::{bail, ensure, Context, Result};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

/// Set where this program is the compiler, to the folder of libFuzzer's library.
const WRAPPER: &str = "INKBPF_LIBFUZZER";

/// The target's crate.
const TARGET: &str = "pallet_fuzz";

/// The crates that count coverage: what stands between a contract and the chain. What the pallet does for a runtime is
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

/// Compiles, where cargo has started this program for it: `xtask RUSTC ARGUMENT …`.
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

/// The name that stands for the pallet's target, which is none of `fuzz/`.
const PALLET: &str = "pallet";

/// `cargo xtask fuzz TARGET [OPTION or FILE …]`: the options are libFuzzer's; files are run once each. Without a file a target
/// goes on from what it found before on this machine. `all` stands for every target, one after another.
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
            ensure!(rest.iter().all(|arg| arg.starts_with('-')), "`all` takes no files\n\n{}", usage());
            // It would never come to the second one.
            ensure!(
                rest.iter().any(|arg| arg.starts_with("-max_total_time=") || arg.starts_with("-runs=")),
                "`all` wants to know when a target is done: `-max_total_time=SECONDS` or `-runs=N`"
            );
            targets.iter().try_for_each(|target| instrumented(target, rest, Start::Kept))?;
            pallet(rest, Start::Kept)
        }
        name if targets.iter().any(|target| target == name) => instrumented(name, rest, Start::Kept),
        _ => bail!("there is no target `{target}`\n\n{}", usage()),
    }
}

/// The tests of what makes programs, and each target of `fuzz/` over its seeds and on new inputs for some seconds.
pub fn stage() -> Result<Tally> {
    // Without the flags of the targets, whose run-time part only those link.
    let mut tally =
        run_tests(fuzz_cargo()?.env("RUSTFLAGS", "").args(["test", "--locked", "--quiet", "--lib"]))?;
    for target in targets()? {
        instrumented(&target, &["-max_total_time=5".into(), "-print_final_stats=0".into()], Start::Seeds)?;
        tally.passed += 1;
    }
    Ok(tally)
}

/// The targets of `fuzz/`.
fn targets() -> Result<Vec<String>> {
    let manifest: toml::Table = std::fs::read_to_string(root().join("fuzz/Cargo.toml"))?.parse()?;
    let bins =
        manifest.get("bin").and_then(|bins| bins.as_array()).context("fuzz/Cargo.toml has no targets")?;
    Ok(bins.iter().filter_map(|bin| Some(bin.get("name")?.as_str()?.to_owned())).collect())
}

fn fuzz_cargo() -> Result<Command> {
    let mut command = Command::new("cargo");
    command.current_dir(root().join("fuzz")).env("CARGO_TARGET_DIR", target_dir("fuzz")?);
    Ok(command)
}

/// What a target begins with, beside its seeds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Start {
    /// What it found before on this machine, which grows for as long as somebody goes on.
    Kept,
    /// Nothing: so the tests take as long on every machine.
    Seeds,
}

impl Start {
    /// The folder of it in `kept`, where libFuzzer puts what it finds.
    fn folder(self, kept: &Path, target: &str) -> Result<PathBuf> {
        let folder = kept.join(if self == Start::Kept { "corpus" } else { "corpus-of-tests" }).join(target);
        if self == Start::Seeds && folder.is_dir() {
            std::fs::remove_dir_all(&folder).with_context(|| format!("cannot empty {}", folder.display()))?;
        }
        std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        Ok(folder)
    }
}

/// Runs one of [`targets`]: on its seeds, on what it begins with, and from there; or on the files given.
fn instrumented(target: &str, args: &[String], start: Start) -> Result<()> {
    let mut command = fuzz_cargo()?;
    command.args(["run", "--locked", "--release", "--quiet", "--bin", target, "--"]);
    // What the fuzzer finds is kept outside the checkout, for the next run on this machine.
    let kept = target_dir("fuzz")?;
    let corpus = start.folder(&kept, target)?;
    let seeds = root().join("fuzz/seeds").join(target);
    searching(&mut command, args, &corpus, &[seeds], &kept);
    command.arg("-max_len=2048");
    run_command(with_arguments(&mut command, args))
}

/// What the pallet's inputs become, its seeds, and new inputs for half a minute.
pub fn pallet_stage() -> Result<Tally> {
    let mut tally = run_tests(selection()?.args(["--test", "generator"]))?;
    pallet(&["-max_total_time=30".into(), "-print_final_stats=0".into()], Start::Seeds)?;
    tally.passed += 1;
    Ok(tally)
}

/// Has libFuzzer search on from `corpus`, which it adds to, and from these seeds, if no file is named to be run; and keep what
/// crashes in the folder `kept`.
fn searching(command: &mut Command, args: &[String], corpus: &Path, seeds: &[PathBuf], kept: &Path) {
    if args.iter().all(|arg| arg.starts_with('-') || Path::new(arg).is_dir()) {
        command.arg(corpus).args(seeds.iter().filter(|seeds| seeds.is_dir()));
    }
    command.arg(format!("-artifact_prefix={}/", kept.display()));
}

/// With the arguments of libFuzzer that were given; a file by its full path, since a target runs in a folder of its own.
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
    // Where crashes are kept, beside what the fuzzer found: outside the checkout.
    let (kept, libfuzzer) = (target_dir("fuzz")?.join("pallet"), libfuzzer()?);
    let corpus = start.folder(&kept, "")?;
    let mut command = selection()?;
    command.env("RUSTC_WORKSPACE_WRAPPER", std::env::current_exe()?).env(WRAPPER, libfuzzer);
    command.args(["--test", TARGET, "--"]);
    searching(&mut command, args, &corpus, &[root().join("frame/fuzz/seeds")], &kept);
    // A history of five steps, and how long one may take where others use the machine too.
    command.args(["-max_len=2048", "-len_control=0", "-timeout=120", "-rss_limit_mb=4096"]);
    run_command(with_arguments(&mut command, args))
}

/// `cargo test` of the default members and the target's package: so features are what they are for the tests.
fn selection() -> Result<Command> {
    let mut command = cargo()?;
    command.args(["test", "--locked", "--workspace"]);
    for apart in ["inkbpf-node", "inkbpf-runtime-wasm", "inkbpf-weights"] {
        command.args(["--exclude", apart]);
    }
    Ok(command)
}

/// The folder of libFuzzer's library, as the workspace of the other targets builds it.
fn libfuzzer() -> Result<PathBuf> {
    let mut command = fuzz_cargo()?;
    command.args(["build", "--locked", "--release", "--quiet", "-p", "libfuzzer-sys"]);
    command.arg("--message-format=json").stderr(Stdio::inherit());
    eprintln!("    $ {}", line(&command));
    let output = command.output().context("cannot start cargo")?;
    ensure!(output.status.success(), "libFuzzer cannot be built ({})", output.status);
    let messages = String::from_utf8_lossy(&output.stdout);
    // Of the build script that ran: `"linked_paths":["native=FOLDER"]`.
    let folder = messages
        .lines()
        .filter(|line| line.contains("libfuzzer-sys") && line.contains("build-script-executed"))
        .find_map(|line| line.split_once("\"native=")?.1.split_once('"'))
        .map(|(folder, _)| PathBuf::from(folder))
        .context("cargo does not say where libFuzzer's library is")?;
    match folder.join("libfuzzer.a").is_file() {
        true => Ok(folder),
        false => bail!("there is no libfuzzer.a in {}", folder.display()),
    }
}

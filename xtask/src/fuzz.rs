//! The fuzz target of the pallet, `frame/fuzz`.
//!
//! The other targets are a workspace of their own (`fuzz/`), all of which is built to count coverage. To build FRAME
//! once more in that way would take longer than all of them, and libFuzzer would search FRAME. So this one is a
//! member of the workspace, built with the selection of packages that the tests have, whose FRAME it therefore shares;
//! and this program stands in for the compiler of the workspace's own crates (cargo's `RUSTC_WORKSPACE_WRAPPER`),
//! where it has three of them count, and links the target with libFuzzer. Decision 0244.

use crate::shell::{cargo, line, root, run as run_command, run_tests, target_dir, Tally};
use anyhow::{bail, ensure, Context, Result};
use std::ffi::OsString;
use std::path::PathBuf;
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

/// `cargo xtask fuzz pallet [OPTION or FILE …]`: the options are libFuzzer's; files are run once each. Without a file it
/// goes on from what it found before on this machine.
pub fn run(args: &[String]) -> Result<()> {
    match args.split_first() {
        Some((target, rest)) if target == "pallet" => pallet(rest),
        _ => bail!(
            "usage: cargo xtask fuzz pallet [libFuzzer's options, or files]; fuzz/README.md says how the other \
             targets are run"
        ),
    }
}

/// What the target's inputs become, the seeds, and new inputs for half a minute.
pub fn stage() -> Result<Tally> {
    let mut tally = run_tests(selection()?.args(["--test", "generator"]))?;
    let seeds = root().join("frame/fuzz/seeds");
    pallet(&[
        "-max_total_time=30".into(),
        "-print_final_stats=0".into(),
        seeds.to_string_lossy().into_owned(),
    ])?;
    tally.passed += 1;
    Ok(tally)
}

fn pallet(args: &[String]) -> Result<()> {
    let (kept, libfuzzer) = (corpus()?, libfuzzer()?);
    let mut command = selection()?;
    command.env("RUSTC_WORKSPACE_WRAPPER", std::env::current_exe()?).env(WRAPPER, libfuzzer);
    command.args(["--test", TARGET, "--"]);
    if args.iter().all(|arg| arg.starts_with('-') || PathBuf::from(arg).is_dir()) {
        command.arg(kept.join("corpus"));
    }
    command.arg(format!("-artifact_prefix={}/", kept.display()));
    // A history of five steps, and how long one may take where others use the machine too.
    command.args(["-max_len=2048", "-len_control=0", "-timeout=120", "-rss_limit_mb=4096"]);
    // The target runs in its package's folder.
    for arg in args {
        match std::fs::canonicalize(arg) {
            Ok(path) if !arg.starts_with('-') => command.arg(path),
            _ => command.arg(arg),
        };
    }
    run_command(&mut command)
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
    let mut command = Command::new("cargo");
    command.current_dir(root().join("fuzz")).env("CARGO_TARGET_DIR", target_dir("fuzz")?);
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

/// Where crashes are kept, beside what the fuzzer found: outside the checkout.
fn corpus() -> Result<PathBuf> {
    let kept = target_dir("fuzz")?.join("pallet");
    let corpus = kept.join("corpus");
    std::fs::create_dir_all(&corpus).with_context(|| format!("cannot make {}", corpus.display()))?;
    Ok(kept)
}

//! Runs files of the public BPF conformance suite on one engine.
//!
//! ```text
//! cargo run -p bpf-vm --example conformance -- --engine interp DIR…
//! ```
//!
//! The engines are `interp`, `jit`, `jit-base` and `jit-checked`; where one cannot be had, what takes its place
//! runs instead.
//!
//! A DIR holds `tests/` (programs that must give a result) and `negative/` (programs that must be
//! refused), or `.data` files itself, which are then tests. Folders inside are searched too.

mod support;

use bpf_vm::Engine;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use support::engine;
use support::judge::{judge, Side};

fn main() -> ExitCode {
    match run(std::env::args().skip(1)) {
        Ok((passed, failed)) => {
            println!("{passed} passed, {failed} failed");
            if failed == 0 {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            }
        }
        Err(message) => {
            eprintln!("error: {message}");
            eprintln!("usage: conformance [--engine NAME] [--verbose] DIR…");
            ExitCode::from(2)
        }
    }
}

fn run(mut arguments: impl Iterator<Item = String>) -> Result<(usize, usize), String> {
    let mut engine = Engine::Interpreter;
    let mut verbose = false;
    let mut dirs = Vec::new();
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--engine" => engine = engine::from_name(&arguments.next().ok_or("--engine wants a name")?)?,
            "--verbose" => verbose = true,
            option if option.starts_with('-') => return Err(format!("unknown option {option:?}")),
            dir => dirs.push(PathBuf::from(dir)),
        }
    }
    if dirs.is_empty() {
        return Err("no directory".to_owned());
    }
    let mut files = Vec::new();
    for dir in &dirs {
        let before = files.len();
        let (tests, negative) = (dir.join("tests"), dir.join("negative"));
        if tests.is_dir() || negative.is_dir() {
            collect(&tests, Side::Positive, &mut files)?;
            collect(&negative, Side::Negative, &mut files)?;
        } else {
            collect(dir, Side::Positive, &mut files)?;
        }
        if files.len() == before {
            return Err(format!("{} holds no .data file", dir.display()));
        }
    }
    let mut failed = 0;
    for (path, side) in &files {
        match judge(path, *side, engine) {
            Ok(()) if verbose => println!("ok     {}", path.display()),
            Ok(()) => {}
            Err(reason) => {
                failed += 1;
                println!("FAILED {}: {reason}", path.display());
            }
        }
    }
    Ok((files.len() - failed, failed))
}

/// The `.data` files under `dir`, in the order of their names.
fn collect(dir: &Path, side: Side, files: &mut Vec<(PathBuf, Side)>) -> Result<(), String> {
    if !dir.exists() && side == Side::Negative {
        return Ok(());
    }
    let entries = std::fs::read_dir(dir).map_err(|error| format!("{}: {error}", dir.display()))?;
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| entry.ok().map(|entry| entry.path())).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            collect(&path, side, files)?;
        } else if path.extension().is_some_and(|extension| extension == "data") {
            files.push((path, side));
        }
    }
    Ok(())
}

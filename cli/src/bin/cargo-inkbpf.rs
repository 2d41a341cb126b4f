//! `cargo inkbpf …` is `inkbpf …`.
//!
//! Cargo starts the program `cargo-inkbpf` with the word `inkbpf` before the arguments. This program starts the
//! `inkbpf` beside it (or, failing that, the one in `PATH`) without that word, so that the libraries behind the
//! commands are linked only once.

#![forbid(unsafe_code)]

use std::process::{Command, ExitCode};

fn main() -> ExitCode {
    let mut args = std::env::args_os().skip(1).peekable();
    if args.peek().is_some_and(|first| first == "inkbpf") {
        args.next();
    }
    let name = format!("inkbpf{}", std::env::consts::EXE_SUFFIX);
    let beside =
        std::env::current_exe().ok().map(|me| me.with_file_name(&name)).filter(|path| path.is_file());
    let program = beside.unwrap_or_else(|| name.into());
    match Command::new(&program).args(args).status() {
        // A program killed by a signal has no exit code.
        Ok(status) => ExitCode::from(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1)),
        Err(error) => {
            eprintln!("error: cannot start {}: {error}", program.display());
            ExitCode::FAILURE
        }
    }
}

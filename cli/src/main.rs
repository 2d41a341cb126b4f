//! The command line: `inkbpf`, also `cargo inkbpf`.
//!
//! The work is in the libraries. Each file in [`commands`] is one subcommand: its arguments, one or a few calls, and
//! how to show the result. All commands print through [`output`].

#![forbid(unsafe_code)]

mod account;
mod advice;
mod artifact;
mod chain;
mod commands;
mod engine;
mod money;
mod output;
mod place;
mod profile;
mod registry;
mod report;
mod storage;
mod transcript;
mod value;

use clap::Parser;
use output::Output;
use std::process::ExitCode;

/// Builds unmodified ink! contracts as eBPF, stores them on a chain and calls them.
#[derive(Parser)]
#[command(name = "inkbpf", version, arg_required_else_help = true, propagate_version = true)]
struct Cli {
    /// Write one JSON document to standard output instead of text, also for errors
    #[arg(long, global = true)]
    output_json: bool,
    /// Print only results and errors
    #[arg(long, short, global = true)]
    quiet: bool,
    #[command(subcommand)]
    command: commands::Command,
}

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return refuse(&error),
    };
    let mut output = Output::new(cli.output_json, cli.quiet);
    match cli.command.run(&mut output) {
        Ok(code) => output.end(code).into(),
        Err(error) => output.error(&error).into(),
    }
}

/// Exits because of invalid arguments, or because help or the version was requested.
fn refuse(error: &clap::Error) -> ExitCode {
    let code = u8::try_from(error.exit_code()).unwrap_or(2);
    // Arguments are not parsed yet, so look for this one directly.
    if error.use_stderr() && std::env::args_os().any(|argument| argument == "--output-json") {
        let text = error.to_string();
        let text = text.strip_prefix("error: ").unwrap_or(&text);
        Output::new(true, false).error(&anyhow::anyhow!("{}", text.trim_end()));
    } else {
        // A reader that closed the pipe is not our failure.
        let _ = error.print();
    }
    ExitCode::from(code)
}

#[cfg(test)]
mod tests {
    #[test]
    fn arguments_are_consistent() {
        use clap::CommandFactory;
        super::Cli::command().debug_assert();
    }
}

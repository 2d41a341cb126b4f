//! One file a subcommand, in the order a newcomer meets them.

mod build;
mod check;
mod new;

use crate::output::{Code, Output};

/// What `inkbpf` can do.
#[derive(clap::Subcommand)]
pub enum Command {
    /// Make a new contract to start from
    New(new::Args),
    /// Compile a contract to an eBPF program and its bundle
    Build(build::Args),
    /// See whether a contract compiles to a program the chain would take
    Check(check::Args),
}

impl Command {
    /// Does it.
    pub fn run(self, output: &mut Output) -> anyhow::Result<Code> {
        match self {
            Command::New(args) => args.run(output),
            Command::Build(args) => args.run(output),
            Command::Check(args) => args.run(output),
        }
    }
}

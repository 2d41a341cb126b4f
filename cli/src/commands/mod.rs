//! One file a subcommand, in the order a newcomer meets them.

mod new;

use crate::output::{Code, Output};

/// What `inkbpf` can do.
#[derive(clap::Subcommand)]
pub enum Command {
    /// Make a new contract to start from
    New(new::Args),
}

impl Command {
    /// Does it.
    pub fn run(self, output: &mut Output) -> anyhow::Result<Code> {
        match self {
            Command::New(args) => args.run(output),
        }
    }
}

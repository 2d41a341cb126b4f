//! One file for each subcommand, in the order in which a newcomer meets them.

mod build;
mod call;
mod check;
mod decode;
mod encode;
mod execution;
mod info;
mod instantiate;
mod new;
mod node;
mod profile;
mod remove;
mod storage;
mod trace;
mod upload;
mod verify;

use crate::output::{Code, Output};

/// The subcommands of `inkbpf`.
#[derive(clap::Subcommand)]
pub enum Command {
    /// Create a new contract to start from
    New(new::Args),
    /// Compile a contract to an eBPF program and its bundle
    Build(build::Args),
    /// Check that a contract compiles to a program that the chain would accept
    Check(check::Args),
    /// Store a contract's program on the chain
    Upload(upload::Args),
    /// Instantiate a contract; stores its program first if needed
    Instantiate(instantiate::Args),
    /// Send a message to a contract
    Call(call::Args),
    /// Dry-run a message on the embedded chain and list its syscalls: caller, source line, cost
    Trace(trace::Args),
    /// Dry-run a message on the embedded chain and show which functions and lines use its gas
    Profile(profile::Args),
    /// Show what the chain knows about a contract
    Info(info::Args),
    /// Show a contract's storage, decoded
    Storage(storage::Args),
    /// Encode a message and its arguments
    Encode(encode::Args),
    /// Decode bytes
    Decode(decode::Args),
    /// Remove a program that no contract uses
    Remove(remove::Args),
    /// Build a contract again and compare it with a bundle, or with the code on chain
    Verify(verify::Args),
    /// Start a node (the program inkbpf-node)
    Node(node::Args),
}

impl Command {
    /// Runs the command.
    pub fn run(self, output: &mut Output) -> anyhow::Result<Code> {
        match self {
            Command::New(args) => args.run(output),
            Command::Build(args) => args.run(output),
            Command::Check(args) => args.run(output),
            Command::Upload(args) => args.run(output),
            Command::Instantiate(args) => args.run(output),
            Command::Call(args) => args.run(output),
            Command::Trace(args) => args.run(output),
            Command::Profile(args) => args.run(output),
            Command::Info(args) => args.run(output),
            Command::Storage(args) => args.run(output),
            Command::Encode(args) => args.run(output),
            Command::Decode(args) => args.run(output),
            Command::Remove(args) => args.run(output),
            Command::Verify(args) => args.run(output),
            Command::Node(args) => args.run(output),
        }
    }
}

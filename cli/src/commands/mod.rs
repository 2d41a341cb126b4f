//! One file a subcommand, in the order a newcomer meets them.

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

/// What `inkbpf` can do.
#[derive(clap::Subcommand)]
pub enum Command {
    /// Make a new contract to start from
    New(new::Args),
    /// Compile a contract to an eBPF program and its bundle
    Build(build::Args),
    /// See whether a contract compiles to a program the chain would take
    Check(check::Args),
    /// Store a contract's program on the chain
    Upload(upload::Args),
    /// Make a contract from a program, which is stored if it is not yet
    Instantiate(instantiate::Args),
    /// Send a message to a contract
    Call(call::Args),
    /// Try a message, and show each syscall: who made it, from which line, and what it cost
    Trace(trace::Args),
    /// Try a message, and show which functions and lines spend its gas
    Profile(profile::Args),
    /// Show what the chain knows about a contract
    Info(info::Args),
    /// Show what a contract keeps in its storage
    Storage(storage::Args),
    /// Show a message and its arguments as bytes
    Encode(encode::Args),
    /// Show what bytes mean
    Decode(decode::Args),
    /// Remove a program that no contract uses
    Remove(remove::Args),
    /// Build a contract anew and compare it with a bundle, or with what is on the chain
    Verify(verify::Args),
    /// Start a node, for --url
    Node(node::Args),
}

impl Command {
    /// Does it.
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

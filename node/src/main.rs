//! A Substrate node whose chain runs ink! contracts as eBPF.
//!
//! **Problem.** Wallets, explorers and command lines talk to a node. This one is Substrate's own client (database,
//! network, RPC, transaction pool) around the runtime of this repository. It makes blocks in two ways: for development,
//! as soon as there is a transaction; for networks, by Aura and GRANDPA. The chain's genesis decides which.
//!
//! **Invariant.** Everything that calls the runtime (import, authoring, the pool, RPC) has the host functions of
//! `inkbpf-host` and shares one cache of compiled contracts.
//!
//! * [`cli`]: the command line, and [`command`], which runs it.
//! * [`chain_spec`]: the chains with built-in names.
//! * [`service`]: the parts of a node and how they are connected; [`seal`]: when a development chain makes a block;
//!   [`rpc`]: RPC methods besides those that every node serves.
//! * [`engine`]: runs contracts; [`turns`]: queues calls of the runtime when there are many; [`gate`]: lets sealing
//!   wait for transactions that are being validated.

#![forbid(unsafe_code)]
#![allow(
    clippy::result_large_err,
    reason = "the errors are those of Substrate's client, and made once in a process"
)]

mod chain_spec;
mod cli;
mod command;
mod engine;
mod gate;
mod rpc;
mod seal;
mod service;
mod turns;

use std::process::ExitCode;

/// Returns unused memory to the system, which glibc's allocator does not where many threads take turns: it kept two
/// thirds of what dry runs had written. `docs/decisions/0207-the-nodes-allocator.md`
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    match command::run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("inkbpf-node: {error}");
            ExitCode::FAILURE
        }
    }
}

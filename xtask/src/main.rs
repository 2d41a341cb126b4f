//! `cargo xtask`: the single entry point for people and for CI.
//!
//! `demo` and `test` do all their own set-up, so a fresh machine needs only rustup's cargo and this checkout.
//! Each stage runs an ordinary `cargo` command, which is printed before it starts.

mod bench;
mod checkout;
mod clients;
mod demo;
mod fuzz;
mod node;
mod schedule;
mod setup;
mod shell;
mod test;
mod tidy;

use anyhow::{bail, Result};
use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask <command>

  demo             build two ink! contracts, run them on an embedded chain
  test [STAGE …]   everything CI runs, or the stages named (`test --list` lists them); `--jobs N` at a time
  ci               the same as `test`
  node [ARGS]      build the node and run it; without arguments a development chain
  network          three validators and a full node on this machine, for some minutes
  clients CLIENT   try polkadot.js, cargo-contract, ink-e2e or a load against the node (`clients` lists the options)
  bench [OPTIONS]  time the virtual machine beside others (`bench --help` lists the options)
  bench chain      time calls through the pallet beside `pallet-contracts` (`bench chain --help`)
  bench node       time calls over RPC on one node with either pallet (`--dev`: with the node of the tests)
  bench weights    measure and write the weights of the pallet (`bench weights --help`)
  fuzz TARGET      search for harmful inputs with libFuzzer (`fuzz` lists the targets); `fuzz all -max_total_time=3600`
  setup            install what the other commands need
  tidy             check rules that the compiler does not check
";

/// The commands that compile.
const BUILDS: &[&str] = &["demo", "test", "ci", "node", "network", "clients", "bench", "fuzz"];

fn main() -> ExitCode {
    if let Some(code) = fuzz::compiler() {
        return code;
    }
    shell::forget_cargo();
    let mut args = std::env::args().skip(1);
    let command = args.next();
    let rest: Vec<String> = args.collect();
    match run(command.as_deref(), &rest) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Option<&str>, rest: &[String]) -> Result<()> {
    // Stages are parts of a command that has already done this.
    if command.is_some_and(|command| BUILDS.contains(&command)) {
        checkout::claim()?;
    }
    match command {
        Some("demo") => demo::run(),
        Some("test" | "ci") => test::run(rest),
        Some("stage") => test::one(rest),
        Some("node") => node::run(rest),
        Some("network") => node::network(),
        Some("clients") => clients::run(rest),
        Some("bench") => bench::run(rest),
        Some("fuzz") => fuzz::run(rest),
        Some("setup") => setup::contracts()
            .and_then(|()| setup::tests())
            .and_then(|()| setup::node())
            .and_then(|()| setup::wasi()),
        Some("tidy") => tidy::run(),
        Some("help" | "--help" | "-h") | None => {
            print!("{USAGE}");
            Ok(())
        }
        Some(other) => bail!("unknown command `{other}`\n\n{USAGE}"),
    }
}

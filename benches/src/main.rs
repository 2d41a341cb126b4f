//! `cargo xtask bench`: measures, and writes BENCHMARKS.md.

use anyhow::{ensure, Result};
use clap::Parser;
use inkbpf_benches::compile::Compiler;
use inkbpf_benches::measure::{measure, Effort};
use inkbpf_benches::table::KERNELS;
use inkbpf_benches::{engine, report};

/// Times the same Rust kernels on every machine there is.
#[derive(Parser)]
struct Options {
    /// Only kernels with this in their name. Can be given more than once.
    #[arg(long)]
    kernel: Vec<String>,
    /// Only engines with this in their name, beside native code. Can be given more than once.
    #[arg(long)]
    engine: Vec<String>,
    /// Fewer rounds: for a look while something is being changed.
    #[arg(long)]
    quick: bool,
}

fn main() -> Result<()> {
    let options = Options::parse();
    let effort = if options.quick { Effort::QUICK } else { Effort::FULL };
    let chosen =
        |names: &[String], name: &str| names.is_empty() || names.iter().any(|part| name.contains(part));
    let kernels: Vec<_> = KERNELS.iter().filter(|kernel| chosen(&options.kernel, kernel.name)).collect();
    ensure!(!kernels.is_empty(), "no kernel is called so");

    let mut contenders = engine::all()?;
    contenders
        .retain(|contender| contender.name == engine::NATIVE || chosen(&options.engine, &contender.name));
    ensure!(contenders.len() > 1, "no engine is called so");

    eprintln!("compiling the kernels");
    let compiler = Compiler::new()?;
    let mut rows = Vec::new();
    for &&kernel in &kernels {
        eprintln!("{}", kernel.name);
        let row = measure(kernel, &compiler.programs(kernel.name)?, &contenders, effort)?;
        print!("{}", report::plain(&row, &contenders));
        rows.push(row);
    }
    Ok(())
}

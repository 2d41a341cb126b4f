//! Runs the benchmarks of the contracts pallet, and writes the results into `frame/pallet/src/weights.rs`.
//!
//! **Problem.** The SDK's own command for this is part of a node's command line and brings most of a node along. What
//! it does with a pallet is small, and all of its parts are libraries: a runtime API exposes the benchmarks,
//! `sc-client-db` has the state that counts accesses and records proofs, `sc-executor` runs the runtime, and
//! `frame-benchmarking` has the analysis.
//!
//! **How.** The runtime is optimised Wasm, as a chain executes it. Each benchmark runs once with its checks. Then it
//! runs at several points of each of its components: without recording for the time, and with recording for accesses
//! and proof. The runtime itself takes the time, around the measured part. Then `analysis` makes a row of the results,
//! and `table` puts the row in its place.
//!
//! Run it with `cargo xtask bench weights`, which builds the runtimes first.

mod analysis;
mod chain;
mod table;

use analysis::Row;
use anyhow::{bail, ensure, Context, Result};
use chain::{Chain, Kind};
use clap::Parser;
use std::path::PathBuf;
use table::Extent;

/// Runs the pallet's benchmarks and writes its weights.
#[derive(Parser)]
struct Options {
    /// The runtime as Wasm, with `runtime-benchmarks` and the node's engine
    #[arg(long)]
    runtime: PathBuf,
    /// The same with the interpreter inside
    #[arg(long)]
    embedded: Option<PathBuf>,
    /// The file of weights in which to replace rows
    #[arg(long)]
    output: PathBuf,
    /// Points of each component
    #[arg(long, default_value_t = 20)]
    steps: u32,
    /// Runs at each point
    #[arg(long, default_value_t = 20)]
    repeat: u32,
    /// Only benchmarks whose names contain one of these, separated by commas. Only their rows are replaced, and the
    /// head of the file says which and what they were measured on
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// Measure only the time of a unit of gas; write nothing
    #[arg(long)]
    gas: bool,
    /// Run each benchmark once, with its checks; write nothing
    #[arg(long)]
    check: bool,
    /// What is measured: the commit
    #[arg(long, default_value = "unknown")]
    commit: String,
    /// The compiler that made the runtime
    #[arg(long, default_value = "unknown")]
    rustc: String,
}

impl Options {
    /// Whether the benchmark of this name is selected.
    fn wants(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|part| name.contains(part.as_str()))
    }
}

fn main() -> Result<()> {
    let options = Options::parse();
    let chain = Chain::open(&options.runtime)?;
    if options.gas {
        return gas(&options, &chain);
    }
    let benchmarks: Vec<_> = chain
        .benchmarks(Kind::Weights)?
        .into_iter()
        .filter(|benchmark| options.wants(&benchmark.name))
        .collect();
    ensure!(!benchmarks.is_empty(), "no benchmark has such a name");
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let mut rows = Vec::new();
    for (index, benchmark) in benchmarks.iter().enumerate() {
        eprint!("[{}/{}] {} ", index + 1, benchmarks.len(), benchmark.name);
        chain.check(benchmark).with_context(|| benchmark.name.clone())?;
        if options.check {
            eprintln!();
            continue;
        }
        let results = chain
            .measure(benchmark, options.steps, options.repeat)
            .with_context(|| benchmark.name.clone())?;
        let row = analysis::row(benchmark, &results, chain.storage())?;
        eprintln!("{}", row.text());
        rows.push(row);
    }
    if options.check {
        println!("{} passed, 0 failed", benchmarks.len());
        return Ok(());
    }
    let header = header(&options, load.trim());
    let extent = if options.only.is_empty() { Extent::All } else { Extent::Some };
    table::replace(&options.output, &header, &rows, extent)?;
    eprintln!("wrote {}", options.output.display());
    Ok(())
}

/// The lines about the measurement in the head of the file.
fn header(options: &Options, load: &str) -> Vec<String> {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let load = load.split(' ').next().unwrap_or("unknown").to_owned();
    vec![
        format!("processor: {}, {processors} of its threads, load {load} at the start", processor()),
        format!("commit: {}, {}, profile `release`", options.commit, options.rustc),
        "runtime: Wasm, compiled by wasmtime (Cranelift)".into(),
        format!("engine: {}, in the node, behind host functions", chain::engine()),
        format!("{} points of each component, {} runs at each", options.steps, options.repeat),
    ]
}

fn processor() -> String {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    name.map_or("unknown".into(), |(_, name)| name.trim().into())
}

/// The time of a unit of gas on each engine, by what it is spent on.
fn gas(options: &Options, node: &Chain) -> Result<()> {
    let Some(embedded) = &options.embedded else { bail!("--gas needs --embedded as well") };
    let inside = Chain::open(embedded)?;
    println!("ps for a unit of gas            {:>12} {:>12}", chain::engine(), "embedded");
    let (mut most, mut names) = ([0; 2], [String::new(), String::new()]);
    for benchmark in node.benchmarks(Kind::Extra)? {
        if !options.wants(&benchmark.name) {
            continue;
        }
        let mut figures = [0; 2];
        for (index, chain) in [node, &inside].into_iter().enumerate() {
            chain.check(&benchmark).with_context(|| benchmark.name.clone())?;
            let times = chain.times(&benchmark, options.steps, options.repeat)?;
            let figure = analysis::per_gas(&times)?;
            figures[index] = figure;
            if figure > most[index] {
                (most[index], names[index]) = (figure, benchmark.name.clone());
            }
        }
        println!("{:32}{:>12} {:>12}", benchmark.name, figures[0], figures[1]);
    }
    println!("{:32}{:>12} {:>12}", "most", most[0], most[1]);
    println!("{:32}{:>12} {:>12}", "", names[0], names[1]);
    Ok(())
}

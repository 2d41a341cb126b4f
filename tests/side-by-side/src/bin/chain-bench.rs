//! `cargo xtask bench chain`: calls through the pallet, here and with `pallet-contracts`, in turns.
//!
//! Both pallets are native code in this process. A sample is a batch of transactions that are dispatched as a block
//! dispatches them, and whose changes are then forgotten. In a round each chain gives one sample of one case, so that a
//! disturbance of the machine falls on all alike; what counts is the best of each chain's samples. Time is that of
//! the processor for this thread, of which other programs take nothing: all that is timed happens in it.

use anyhow::{ensure, Context, Result};
use clap::Parser;
use inkbpf_side_by_side::bench::{self, Case, Contracts, Group};
use inkbpf_side_by_side::{Chain, Contract};
use serde_json::Value;
use std::fmt::Write as _;
use std::process::Command;
use std::time::Duration;

/// Times calls through the pallet beside `pallet-contracts`, with the same source as Wasm.
///
/// A full run writes its part of BENCHMARKS.md; a quick one only prints.
#[derive(Parser)]
struct Options {
    /// Only cases with this in their name. Can be given more than once.
    #[arg(long)]
    case: Vec<String>,
    /// Fewer rounds and less storage: for a look while something is being changed.
    #[arg(long)]
    quick: bool,
    /// Write to BENCHMARKS.md even so.
    #[arg(long)]
    write: bool,
    /// Only run one case on one of the chains (0: `pallet-contracts`, 1: host, 2: embedded) so many times, for a
    /// profiler.
    #[arg(long, num_args = 2, value_names = ["CHAIN", "TIMES"])]
    profile: Option<Vec<u32>>,
}

/// How many samples.
struct Effort {
    rounds: u32,
    /// Entries of storage up to which growth is measured, as a power of ten.
    decades: u32,
}

/// A batch takes about this long on the slowest chain.
const BATCH: Duration = Duration::from_millis(15);
/// Most calls of a batch.
const MAX_BATCH: u32 = 200;

/// The examples whose sizes are compared.
const EXAMPLES: &[&str] = &[
    "adder",
    "archive",
    "erc20",
    "erc721",
    "factory",
    "flipper",
    "multisig",
    "spin",
    "stress",
    "upgradeable",
    "upgradeable-v2",
    "features/caller",
    "features/crypto",
    "features/dispatch",
    "features/environment",
    "features/events",
    "features/own-allocator",
    "features/runtime-calls",
    "features/storage-items",
    "features/traits",
    "features/wildcard",
];

/// A case's times, best and median, one for each chain, in nanoseconds a call.
struct Row {
    name: String,
    group: Group,
    best: Vec<f64>,
    median: Vec<f64>,
}

impl Row {
    /// How many times faster the chain of this index is than `pallet-contracts`.
    fn faster(&self, chain: usize) -> f64 {
        self.best[0] / self.best[chain]
    }
}

fn main() -> Result<()> {
    let options = Options::parse();
    let chosen = |name: &str| options.case.is_empty() || options.case.iter().any(|part| name.contains(part));
    let effort =
        if options.quick { Effort { rounds: 5, decades: 4 } } else { Effort { rounds: 21, decades: 6 } };
    eprintln!("building the contracts");
    let contracts = Contracts::build();
    if let Some([chain, times]) = options.profile.as_deref() {
        return profile(*chain, *times, &contracts, chosen);
    }

    let mut rows = Vec::new();
    let mut chains = bench::chains();
    let names: Vec<&str> = chains.iter().map(|chain| chain.name()).collect();
    let prepared: Vec<Vec<Case>> =
        chains.iter_mut().map(|chain| bench::cases(&mut **chain, &contracts)).collect();
    for (index, case) in prepared[0].iter().enumerate().filter(|(_, case)| chosen(&case.name)) {
        ensure!(
            prepared.iter().all(|cases| cases[index].action == case.action),
            "{}: not one call",
            case.name
        );
        let row = measure(&mut chains, case, &effort)?;
        println!(
            "{:32} {:>12.0} calls/s | {} {:8.2} × | {} {:8.2} ×",
            row.name,
            1e9 / row.best[1],
            names[1],
            row.faster(1),
            names[2],
            row.faster(2)
        );
        rows.push(row);
    }
    drop(chains);
    let growth = if chosen("storage") { growth(&contracts, &effort)? } else { Vec::new() };
    for (keys, best) in &growth {
        println!(
            "{keys:>9} keys: {:8.2} × | {:.2} and {:.2} of {} keys",
            best[0] / best[1],
            best[0] / growth[0].1[0],
            best[1] / growth[0].1[1],
            growth[0].0
        );
    }
    let memory = if chosen("memory") { memory()? } else { Vec::new() };
    for row in &memory {
        println!("{:32} heap {:?} pages {:?}", row.name, row.heap, row.pages);
    }
    let sizes: Vec<_> =
        if chosen("sizes") { EXAMPLES } else { &[] }.iter().map(|name| Contract::example(name)).collect();
    for contract in &sizes {
        println!("{:20} {:>7} bytes, Wasm {:>7}", contract.name, contract.ebpf.len(), contract.wasm.len());
    }
    if options.write || (!options.quick && options.case.is_empty()) {
        bench::write_section(bench::CHAIN_MARK, &report(&names, &rows, &growth, &memory, &sizes))?;
    }
    Ok(())
}

/// What this thread has had of the processor.
fn now() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec.unsigned_abs() as u32)
}

/// Nanoseconds a call of the best and of the median sample, for each chain.
fn measure(chains: &mut [Box<dyn Chain>], case: &Case, effort: &Effort) -> Result<Row> {
    // Nothing is timed of which the results differ.
    let mut outcomes = Vec::new();
    for chain in chains.iter_mut() {
        let name = chain.name();
        let outcome = chain.act(&case.action);
        ensure!(outcome.error.is_none(), "{} on {name}: {:?}", case.name, outcome.error);
        outcomes.push(outcome.dry.map(|dry| dry.answer));
    }
    ensure!(outcomes.iter().all(|outcome| *outcome == outcomes[0]), "{}: results differ", case.name);

    let mut timed: Vec<_> = chains.iter_mut().map(|chain| chain.timed(&case.action)).collect();
    let time = |timed: &mut bench::Timed<'_>, times: u32| {
        let start = now();
        timed(times);
        now().saturating_sub(start)
    };
    // Each chain makes so many calls at a time that a sample is long enough, and not too long.
    let batches: Vec<u32> = timed
        .iter_mut()
        .map(|timed| {
            time(timed, 1);
            let one = time(timed, 1).max(Duration::from_nanos(1));
            (BATCH.as_nanos() / one.as_nanos()).clamp(1, MAX_BATCH.into()) as u32
        })
        .collect();
    let mut samples = vec![Vec::new(); timed.len()];
    for _ in 0..effort.rounds {
        for ((timed, &batch), samples) in timed.iter_mut().zip(&batches).zip(&mut samples) {
            samples.push(time(timed, batch).as_nanos() as f64 / f64::from(batch));
        }
    }
    for samples in &mut samples {
        samples.sort_by(f64::total_cmp);
    }
    Ok(Row {
        name: case.name.clone(),
        group: case.group,
        best: samples.iter().map(|samples| samples[0]).collect(),
        median: samples.iter().map(|samples| samples[samples.len() / 2]).collect(),
    })
}

/// Nanoseconds of a token transfer of a token with so many entries, on `pallet-contracts` and on our host's engine.
/// Each call is alone on the state, so that it reads from the trie.
fn growth(contracts: &Contracts, effort: &Effort) -> Result<Vec<(u32, Vec<f64>)>> {
    let mut chains = bench::chains();
    chains.truncate(2);
    let mut transfers: Vec<_> =
        chains.iter_mut().map(|chain| bench::transfer(&mut **chain, contracts)).collect();
    let mut rows = Vec::new();
    let mut filled = 0;
    for decade in 1..=effort.decades {
        let keys = 10u32.pow(decade);
        while filled < keys {
            let next = keys.min(filled + 100_000);
            for (chain, (token, _)) in chains.iter_mut().zip(&transfers) {
                chain.fill(token, filled..next);
            }
            filled = next;
        }
        let mut best = vec![f64::INFINITY; chains.len()];
        for _ in 0..effort.rounds {
            for ((chain, (_, transfer)), best) in chains.iter_mut().zip(&mut transfers).zip(&mut best) {
                let mut timed = chain.timed(transfer);
                for _ in 0..20 {
                    let start = now();
                    timed(1);
                    *best = best.min(now().saturating_sub(start).as_nanos() as f64);
                }
            }
        }
        rows.push((keys, best));
    }
    Ok(rows)
}

/// What a call takes of memory, in bytes, one for each chain.
struct Memory {
    name: String,
    heap: Vec<f64>,
    pages: Vec<f64>,
}

/// Asks the program beside this one, which counts what it allocates.
fn memory() -> Result<Vec<Memory>> {
    let program = std::env::current_exe()?.with_file_name("chain-memory");
    let output = Command::new(&program).output().with_context(|| program.display().to_string())?;
    ensure!(output.status.success(), "{}: {}", program.display(), String::from_utf8_lossy(&output.stderr));
    let measured: Vec<Value> = serde_json::from_slice(&output.stdout)?;
    let mut rows: Vec<Memory> = Vec::new();
    for entry in measured {
        let name = entry["case"].as_str().context("a case has a name")?;
        let index = rows.iter().position(|row| row.name == name).unwrap_or_else(|| {
            rows.push(Memory { name: name.to_owned(), heap: Vec::new(), pages: Vec::new() });
            rows.len() - 1
        });
        rows[index].heap.push(entry["heap"].as_f64().context("bytes")?);
        rows[index].pages.push(entry["pages"].as_f64().context("bytes")?);
    }
    Ok(rows)
}

/// Runs one case on one chain.
fn profile(chain: u32, times: u32, contracts: &Contracts, chosen: impl Fn(&str) -> bool) -> Result<()> {
    let mut chains = bench::chains();
    let chain = chains.get_mut(chain as usize).context("there is no such chain")?;
    let cases = bench::cases(&mut **chain, contracts);
    let case = cases.iter().find(|case| chosen(&case.name)).context("no case is called so")?;
    eprintln!("{} on {}, {times} times", case.name, chain.name());
    chain.timed(&case.action)(times);
    Ok(())
}

fn report(
    names: &[&str],
    rows: &[Row],
    growth: &[(u32, Vec<f64>)],
    memory: &[Memory],
    sizes: &[std::sync::Arc<Contract>],
) -> String {
    let mut out = String::from("# Calls through the pallet\n\n");
    out.push_str(include_str!("../bench-method.md"));
    out.push('\n');
    targets(&mut out, rows, sizes);
    let (host, embedded) = (names[1], names[2]);
    for (group, title) in [
        (Group::Small, "Calls that hardly compute"),
        (Group::Compute, "Calls that compute"),
        (Group::Cross, "Contracts that call contracts"),
    ] {
        let _ =
            writeln!(out, "## {title}\n\n| | {host} | {embedded} | spread |\n| --- | ---: | ---: | ---: |");
        for row in rows.iter().filter(|row| row.group == group) {
            let spread = row.best.iter().zip(&row.median).map(|(best, median)| median / best - 1.0);
            let spread = spread.fold(0.0, f64::max) * 100.0;
            let _ = writeln!(
                out,
                "| {} | {} | {} | {spread:.0} % |",
                row.name,
                figure(row.faster(1)),
                figure(row.faster(2))
            );
        }
        out.push('\n');
    }
    if let Some((least, first)) = growth.first() {
        let _ = writeln!(
            out,
            "## As storage grows\n\nAn erc20 transfer alone on the state, by how many entries the token has: how many times faster \
             {host} is, and what a transfer takes compared with one among {least} entries.\n\n\
             | entries | {host} | grown, pallet-contracts | grown, {host} |\n| ---: | ---: | ---: | ---: |"
        );
        for (keys, best) in growth {
            let _ = writeln!(
                out,
                "| {keys} | {} | {:.2} | {:.2} |",
                figure(best[0] / best[1]),
                best[0] / first[0],
                best[1] / first[1]
            );
        }
        out.push('\n');
    }
    if !memory.is_empty() {
        let _ = writeln!(
            out,
            "## Memory of a call\n\nIn KiB, of a call that was made before: how far the allocator's bytes rise during it, and in brackets \
             how much memory the process newly touches in each such call.\n\n\
             | | pallet-contracts | {host} | {embedded} |\n| --- | ---: | ---: | ---: |"
        );
        for row in memory {
            let cells: Vec<String> = row
                .heap
                .iter()
                .zip(&row.pages)
                .map(|(heap, pages)| format!("{:.0} ({:.0})", heap / 1024.0, pages / 1024.0))
                .collect();
            let _ = writeln!(out, "| {} | {} |", row.name, cells.join(" | "));
        }
        out.push('\n');
    }
    if !sizes.is_empty() {
        out.push_str(
            "## Bytes stored on chain\n\nThe program image that `inkbpf build` makes, and the Wasm of the same source after `wasm-opt -Oz`.\n\n\
             | | image | Wasm | image ÷ Wasm |\n| --- | ---: | ---: | ---: |\n",
        );
        for contract in sizes {
            let (image, wasm) = (contract.ebpf.len(), contract.wasm.len());
            let _ =
                writeln!(out, "| {} | {image} | {wasm} | {:.2} |", contract.name, image as f64 / wasm as f64);
        }
        out.push('\n');
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

fn targets(out: &mut String, rows: &[Row], sizes: &[std::sync::Arc<Contract>]) {
    out.push_str("| target | here | |\n| --- | ---: | --- |\n");
    let mut target = |what: &str, here: String, met: bool| {
        let _ = writeln!(out, "| {what} | {here} | {} |", if met { "met" } else { "**missed**" });
    };
    let least = |group: Group| {
        rows.iter().filter(|row| row.group == group).map(|row| row.faster(1)).fold(f64::INFINITY, f64::min)
    };
    if rows.iter().any(|row| row.group == Group::Small) {
        let least = least(Group::Small);
        target(
            "never slower on a call that hardly computes (the worst)",
            format!("{} ×", figure(least)),
            least >= 1.0,
        );
    }
    if rows.iter().any(|row| row.group == Group::Compute) {
        let least = least(Group::Compute);
        target("10 × on calls that compute (the worst)", format!("{} ×", figure(least)), least >= 10.0);
    }
    if !sizes.is_empty() {
        let larger = sizes.iter().filter(|contract| contract.ebpf.len() > contract.wasm.len()).count();
        target(
            "no more bytes on chain than the Wasm of the same source",
            format!("{} of {} are larger", larger, sizes.len()),
            larger == 0,
        );
    }
    out.push('\n');
}

/// Three digits.
fn figure(value: f64) -> String {
    match value {
        value if value >= 99.95 => format!("{value:.0}"),
        value if value >= 9.995 => format!("{value:.1}"),
        value => format!("{value:.2}"),
    }
}

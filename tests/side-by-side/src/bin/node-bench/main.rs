//! Calls over a node's RPC: this pallet beside `pallet-contracts`, on the same node. `cargo xtask bench node`.
//!
//! **Problem.** What a call costs in the pallet is one thing (`chain-bench`). A user meets a node: requests,
//! signatures, a pool, blocks, a database, and the runtime as Wasm. So the node's program is started twice, from two
//! chain specs that differ in the runtime's code alone, and both get the same load.
//!
//! **Invariants.** No case is measured before both chains have given the same answer. A transaction counts when it is
//! in a block, and a run in which one failed is no result. The nodes take turns; one that does not have it rests.

#![forbid(unsafe_code)]

mod node;
mod rpc;

use anyhow::{ensure, Context, Result};
use clap::Parser;
use inkbpf_runtime::{pallet_balances, pallet_utility, AccountId, RuntimeCall};
use inkbpf_side_by_side::{bench, Contract};
use node::{Chain, Deployed, Limits};
use polkadot_sdk::sp_core::{sr25519, Pair};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Times calls over RPC on two nodes of one program, with the same source as Wasm and as eBPF.
///
/// A full run writes its part of BENCHMARKS.md; a quick one only prints.
#[derive(Parser)]
struct Options {
    /// The node's program.
    #[arg(long)]
    node: PathBuf,
    /// The runtime with `pallet-contracts`, as Wasm, compressed.
    #[arg(long)]
    runtime: PathBuf,
    /// How the node was compiled, for the report.
    #[arg(long, default_value = "in the release profile")]
    compiled: String,
    /// Fewer rounds of less.
    #[arg(long)]
    quick: bool,
    /// So many rounds.
    #[arg(long)]
    rounds: Option<u32>,
    /// Write to BENCHMARKS.md even so.
    #[arg(long)]
    write: bool,
}

/// How many rounds, and what is in one.
struct Effort {
    rounds: u32,
    accounts: u32,
    /// Transactions of each account in a round.
    each: u32,
    /// How long a chain's turn of dry runs lasts.
    turn: Duration,
}

/// Both chains, in this order: `pallet-contracts`, this repository.
type Two<T> = [T; 2];

/// What is called.
struct Case {
    name: &'static str,
    /// Who is called on each chain, by their number among the deployed.
    contract: usize,
    data: Vec<u8>,
    /// It changes something, and is sent as a transaction too.
    sent: bool,
}

/// Time of the clock and of the node's process for a call, in seconds; one entry for each round.
#[derive(Clone, Debug, Default)]
struct Samples {
    wall: Vec<f64>,
    cpu: Vec<f64>,
    /// Time that the pallet asks to be paid for, in picoseconds.
    asked: f64,
}

struct Row {
    name: String,
    sent: bool,
    samples: Two<Samples>,
}

fn main() -> Result<()> {
    let options = Options::parse();
    let mut effort = if options.quick {
        Effort { rounds: 2, accounts: 16, each: 8, turn: Duration::from_secs(1) }
    } else {
        Effort { rounds: 7, accounts: 64, each: 8, turn: Duration::from_secs(2) }
    };
    effort.rounds = options.rounds.unwrap_or(effort.rounds).max(1);
    eprintln!("building the contracts");
    let compute = Contract::at(&Path::new(env!("CARGO_MANIFEST_DIR")).join("contracts/compute"));
    let contracts = [Contract::example("flipper"), Contract::example("erc20"), compute];

    eprintln!("starting two nodes");
    let folder = tempfile::tempdir()?;
    let theirs = std::fs::read(&options.runtime).with_context(|| options.runtime.display().to_string())?;
    let mut chains = [
        Chain::start(&options.node, folder.path(), "pallet-contracts", Some(&theirs))?,
        Chain::start(&options.node, folder.path(), "inkbpf", None)?,
    ];
    let mut deployed: Two<Vec<Deployed>> = Default::default();
    let signers: Vec<sr25519::Pair> = (0..effort.accounts)
        .map(|number| sr25519::Pair::from_string(&format!("//Bench//{number}"), None))
        .collect::<Result<_, _>>()
        .map_err(|error| anyhow::anyhow!("an account of the benchmark: {error:?}"))?;
    for (number, (chain, deployed)) in chains.iter_mut().zip(&mut deployed).enumerate() {
        for contract in &contracts {
            let code = if number == 0 { &contract.wasm } else { &contract.ebpf };
            let data = match contract.name.as_str() {
                "flipper" => contract.constructor("new", true),
                "erc20" => contract.constructor("new", 1_000_000_000_000u128),
                _ => contract.constructor("new", ()),
            };
            let made = chain.deploy(code, data);
            deployed.push(made.with_context(|| format!("{} on {}", contract.name, chain.name))?);
        }
        provide(chain, &signers, &contracts[1], &deployed[1])?;
    }

    let receiver = AccountId::new([7; 32]);
    let cases = [
        Case { name: "flipper get", contract: 0, data: contracts[0].message("get", ()), sent: false },
        Case { name: "flipper flip", contract: 0, data: contracts[0].message("flip", ()), sent: true },
        Case {
            name: "erc20 balance_of",
            contract: 1,
            data: contracts[1].message("balance_of", &receiver),
            sent: false,
        },
        Case {
            name: "erc20 transfer",
            contract: 1,
            data: contracts[1].message("transfer", (&receiver, 1u128)),
            sent: true,
        },
        Case { name: "nothing", contract: 2, data: contracts[2].message("nothing", ()), sent: false },
        Case {
            name: "sha256 of 64 KiB",
            contract: 2,
            data: contracts[2].message("sha256", 64u32),
            sent: true,
        },
        Case {
            name: "primes below 200,000",
            contract: 2,
            data: contracts[2].message("primes", 200_000u32),
            sent: false,
        },
    ];
    let mut rows = Vec::new();
    for case in &cases {
        rows.push(dry_runs(&mut chains, &deployed, case, &signers[0], &effort)?);
        print(rows.last());
    }
    for case in cases.iter().filter(|case| case.sent) {
        rows.push(transactions(&mut chains, &deployed, case, &signers, &effort)?);
        print(rows.last());
    }
    if options.write || !options.quick {
        bench::write_section(bench::NODE_MARK, &report(&options.compiled, &effort, &rows))?;
    }
    Ok(())
}

/// Gives the accounts money and tokens.
fn provide(chain: &mut Chain, signers: &[sr25519::Pair], erc20: &Contract, token: &Deployed) -> Result<()> {
    const MONEY: u128 = inkbpf_runtime::genesis::ENDOWMENT / 1000;
    let alice = sr25519::Pair::from_string("//Alice", None).map_err(|error| anyhow::anyhow!("{error:?}"))?;
    let mut calls: Vec<RuntimeCall> = Vec::new();
    for signer in signers {
        let account = AccountId::from(signer.public());
        calls.push(
            pallet_balances::Call::transfer_allow_death { dest: account.clone().into(), value: MONEY }.into(),
        );
    }
    chain.run(&alice, pallet_utility::Call::batch_all { calls }.into())?;
    // One of them is tried, and all the others need no more.
    let data =
        |signer: &sr25519::Pair| erc20.message("transfer", (AccountId::from(signer.public()), 1_000_000u128));
    let limits = chain.dry_run(&alice.public().into(), &token.account, data(&signers[0]))?.limits;
    for some in signers.chunks(16) {
        let calls = some.iter().map(|signer| node::call(&token.account, data(signer), &limits)).collect();
        chain.run(&alice, pallet_utility::Call::batch_all { calls }.into())?;
    }
    Ok(())
}

/// Asks both chains to try a call, one after another, as often as there is time.
fn dry_runs(
    chains: &mut Two<Chain>,
    deployed: &Two<Vec<Deployed>>,
    case: &Case,
    by: &sr25519::Pair,
    effort: &Effort,
) -> Result<Row> {
    let by = AccountId::from(by.public());
    let mut samples: Two<Samples> = Default::default();
    let mut answers = Vec::new();
    for ((chain, deployed), samples) in chains.iter_mut().zip(deployed).zip(&mut samples) {
        let account = &deployed[case.contract].account;
        let tried = chain.dry_run(&by, account, case.data.clone())?;
        samples.asked = tried.limits.gas.ref_time() as f64;
        answers.push(tried.data);
    }
    ensure!(answers[0] == answers[1], "{}: {:?} and {:?}", case.name, answers[0], answers[1]);
    for _ in 0..effort.rounds {
        for ((chain, deployed), samples) in chains.iter_mut().zip(deployed).zip(&mut samples) {
            let request = node::request(&by, &deployed[case.contract].account, &case.data);
            let first = chain.rpc.call("state_call", request.clone())?;
            let (start, cpu) = (Instant::now(), chain.cpu()?);
            let requests = std::iter::from_fn(|| (start.elapsed() < effort.turn).then(|| request.clone()));
            let calls = chain.rpc.call_all("state_call", requests, |answer| {
                ensure!(*answer == first, "{} on {}: another answer, {answer}", case.name, chain.name);
                Ok(())
            })?;
            samples.wall.push(start.elapsed().as_secs_f64() / f64::from(calls));
            samples.cpu.push((chain.cpu()? - cpu) / f64::from(calls));
        }
    }
    Ok(Row { name: case.name.to_owned(), sent: false, samples })
}

/// Sends both chains the same transactions of many accounts at once, and waits until they are in blocks.
fn transactions(
    chains: &mut Two<Chain>,
    deployed: &Two<Vec<Deployed>>,
    case: &Case,
    signers: &[sr25519::Pair],
    effort: &Effort,
) -> Result<Row> {
    let mut samples: Two<Samples> = Default::default();
    let mut limits: Vec<Limits> = Vec::new();
    for (chain, deployed) in chains.iter_mut().zip(deployed) {
        let account = &deployed[case.contract].account;
        limits.push(chain.dry_run(&signers[0].public().into(), account, case.data.clone())?.limits);
    }
    let count = effort.accounts * effort.each;
    for _ in 0..effort.rounds {
        for (number, (chain, samples)) in chains.iter_mut().zip(&mut samples).enumerate() {
            let account = &deployed[number][case.contract].account;
            let call = node::call(account, case.data.clone(), &limits[number]);
            // Signed before the clock runs. Account by account takes its turn, as their users would.
            let mut signed = Vec::new();
            for signer in signers {
                signed.push(chain.sign_many(signer, &call, effort.each)?);
            }
            let order: Vec<&str> = (0..effort.each as usize)
                .flat_map(|nth| signed.iter().map(move |of| of[nth].as_str()))
                .collect();
            let (start, cpu) = (Instant::now(), chain.cpu()?);
            let blocks = chain.send_all(&order)?;
            samples.wall.push(start.elapsed().as_secs_f64() / f64::from(count));
            samples.cpu.push((chain.cpu()? - cpu) / f64::from(count));
            samples.asked = limits[number].gas.ref_time() as f64;
            chain.check(&blocks).with_context(|| format!("{} on {}", case.name, chain.name))?;
        }
    }
    Ok(Row { name: case.name.to_owned(), sent: true, samples })
}

/// The middle one.
fn median(samples: &[f64]) -> f64 {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}

fn least(samples: &[f64]) -> f64 {
    samples.iter().copied().fold(f64::INFINITY, f64::min)
}

impl Row {
    /// How many times as many calls a second there are here, by the clock: the best round of each.
    fn faster(&self) -> f64 {
        least(&self.samples[0].wall) / least(&self.samples[1].wall)
    }

    /// How many times as much of the processor the node with `pallet-contracts` takes.
    fn cheaper(&self) -> f64 {
        least(&self.samples[0].cpu) / least(&self.samples[1].cpu)
    }

    /// How many times as much time `pallet-contracts` asks to be paid for.
    fn charged(&self) -> f64 {
        self.samples[0].asked / self.samples[1].asked
    }

    /// How far the middle round lies above the best, of the chain where that is more, by the clock.
    fn spread(&self) -> f64 {
        let spread = self.samples.iter().map(|samples| median(&samples.wall) / least(&samples.wall) - 1.0);
        spread.fold(0.0, f64::max)
    }
}

fn print(row: Option<&Row>) {
    let Some(row) = row else { return };
    let rate = |samples: &Samples| 1.0 / least(&samples.wall);
    println!(
        "{:12} {:22} {:8.1} and {:8.1} calls/s: {:6.2} × | processor {:6.2} × | gas {:6.2} × | spread {:.0} %",
        if row.sent { "transactions" } else { "dry runs" },
        row.name,
        rate(&row.samples[0]),
        rate(&row.samples[1]),
        row.faster(),
        row.cheaper(),
        row.charged(),
        row.spread() * 100.0
    );
}

fn report(compiled: &str, effort: &Effort, rows: &[Row]) -> String {
    let mut out = String::from("# Calls over a node's RPC\n\n");
    out.push_str(include_str!("../../node-method.md"));
    let _ = writeln!(
        out,
        "\nThis run: the node's program was compiled {compiled}; both runtimes are release builds. {} rounds.\n",
        effort.rounds
    );
    out.push_str(
        "## Dry runs\n\n`state_call` of `ContractsApi_call` over one connection, up to 32 at a time.\n\n\
         | | calls a second | processor time | gas | spread |\n| --- | ---: | ---: | ---: | ---: |\n",
    );
    for row in rows.iter().filter(|row| !row.sent) {
        line(&mut out, row);
    }
    let _ = writeln!(
        out,
        "\n## Transactions\n\n{} signed transactions at once, {} of each of {} accounts, until all are in blocks.\n\n\
         | | calls a second | processor time | gas | spread |\n| --- | ---: | ---: | ---: | ---: |",
        effort.accounts * effort.each,
        effort.each,
        effort.accounts
    );
    for row in rows.iter().filter(|row| row.sent) {
        line(&mut out, row);
    }
    out
}

fn line(out: &mut String, row: &Row) {
    let _ = writeln!(
        out,
        "| {} | {:.2} | {:.2} | {:.2} | {:.0} % |",
        row.name,
        row.faster(),
        row.cheaper(),
        row.charged(),
        row.spread() * 100.0
    );
}

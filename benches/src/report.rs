//! Formats the measurements: a kernel's figures for a terminal, and all of BENCHMARKS.md.
//!
//! The file contains ratios. It contains a time only where a target is stated as a time.

use crate::engine::{Contender, Kind};
use crate::measure::Row;
use crate::{programs, table};
use std::fmt::Write as _;

/// A kernel's figures as plain text, for a terminal.
pub fn plain(row: &Row, contenders: &[Contender]) -> String {
    let mut text = format!(
        "{}: {} bytes of BPF, {} of Wasm\n  {:24} {:>9} {:>7} {:>12} {:>12} {:>12} {:>9}\n",
        row.kernel.name,
        row.bpf_bytes,
        row.wasm_bytes,
        "",
        "÷ native",
        "spread",
        "compile µs",
        "1st call µs",
        "with drop µs",
        "bytes"
    );
    for entry in &row.entries {
        let name = &contenders[entry.contender].name;
        let _ = match &entry.figures {
            Ok(figures) => writeln!(
                text,
                "  {name:24} {:9.3} {:6.0}% {:12.1} {:12.2} {:12.2} {:>9}",
                figures.ratio,
                figures.spread * 100.0,
                figures.load / 1000.0,
                figures.first_call / 1000.0,
                figures.life / 1000.0,
                figures.native_bytes.map_or(String::new(), |bytes| bytes.to_string()),
            ),
            Err(why) => writeln!(text, "  {name:24} {why}"),
        };
    }
    text + &plain_compiled(row.instructions, &row.compiled)
}

/// The cost of compiling a program, as plain text.
pub fn plain_program(row: &programs::Row) -> String {
    format!("{}:\n{}", row.name, plain_compiled(row.instructions, &row.compiled))
}

fn plain_compiled(instructions: usize, all: &[programs::Compiled]) -> String {
    let mut text = format!("  {instructions} instructions\n");
    for compiled in all {
        let stored = match compiled.instance_from_stored {
            Some(ns) => format!(" (compressed ones {:.1})", ns / 1000.0),
            None => String::new(),
        };
        let _ = writeln!(
            text,
            "  {:24} verify {:5.1} + compile {:5.1} ns/insn, bytes to instance {:9.1} µs{stored}, instance {:6.3} µs, \
             run and dropped {:6.3} µs, {} bytes",
            compiled.engine,
            compiled.verify,
            compiled.compile,
            compiled.instance_from_bytes / 1000.0,
            compiled.instance / 1000.0,
            compiled.life / 1000.0,
            compiled.native_bytes
        );
    }
    text
}

/// The contents of the report.
pub struct Measured<'a> {
    /// The contenders.
    pub contenders: &'a [Contender],
    /// The kernels.
    pub rows: &'a [Row],
    /// Programs that were only compiled.
    pub programs: &'a [programs::Row],
    /// Version line of the compiler of the kernels.
    pub rustc: &'a str,
}

/// Starts the part of BENCHMARKS.md that other programs write; `inkbpf-side-by-side` writes this line too.
pub const OTHERS: &str = "<!-- What follows is written by `cargo xtask bench chain`. -->";

/// Text written by hand.
const NOTES: &str = include_str!("../notes.md");

/// Our engine in the summary: the default engine of this host.
fn best() -> bpf_vm::Engine {
    bpf_vm::Engine::best()
}

impl Measured<'_> {
    /// The whole of BENCHMARKS.md.
    pub fn markdown(&self) -> String {
        let mut out = String::from(
            "# Benchmarks\n\nWritten by `cargo xtask bench`, with the notes and the explanation of missed targets from `benches/notes.md`. \
             The parts on calls through the pallet and over RPC, behind the notes, are written by `cargo xtask bench chain` and \
             `cargo xtask bench node`, in runs of their own. Every figure is a ratio of two \
             times that were measured in one run, interleaved, of runs whose results were equal; times are given only where a target is \
             stated in one.\n\n",
        );
        self.machine(&mut out);
        self.targets(&mut out);
        self.execution(&mut out);
        self.gas(&mut out);
        self.compiling(&mut out);
        self.loading(&mut out);
        self.sizes(&mut out);
        self.compiled(&mut out);
        self.behind(&mut out);
        self.absent(&mut out);
        out.push_str(NOTES);
        out
    }

    fn index(&self, wanted: impl Fn(&Contender) -> bool) -> Option<usize> {
        self.contenders.iter().position(wanted)
    }

    /// One of our engines, with or without gas.
    fn ours(&self, engine: bpf_vm::Engine, metered: bool) -> Option<usize> {
        self.index(|contender| contender.ours == Some(engine) && contender.metered == metered)
    }

    fn indices(&self, wanted: impl Fn(&Contender) -> bool) -> Vec<usize> {
        (0..self.contenders.len()).filter(|&index| wanted(&self.contenders[index])).collect()
    }

    /// Geometric mean over those compute kernels that all of `needed` ran.
    fn mean(&self, value: impl Fn(&Row) -> Option<f64>) -> Option<(f64, usize)> {
        let compute = self.rows.iter().filter(|row| row.kernel.kind == table::Kind::Compute);
        let values: Vec<f64> = compute.filter_map(value).collect();
        Some((geometric_mean(values.iter().copied())?, values.len()))
    }

    fn machine(&self, out: &mut String) {
        let model = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let model = model.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
        let model = model.map_or("unknown processor", |(_, model)| model);
        let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
        let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
        let processors = std::thread::available_parallelism().map_or(0, usize::from);
        let spreads =
            self.rows.iter().flat_map(|row| &row.entries).filter_map(|entry| entry.figures.as_ref().ok());
        let mut spreads: Vec<f64> = spreads.map(|figures| figures.spread).collect();
        spreads.sort_by(f64::total_cmp);
        let at = |part: f64| {
            let index = (spreads.len() as f64 * part) as usize;
            spreads.get(index.min(spreads.len().saturating_sub(1))).copied().unwrap_or(f64::NAN) * 100.0
        };
        let _ = write!(
            out,
            "## Machine and versions\n\n\
             {model}, {processors} processors, Linux {}; load average {} when this was written. Kernels compiled by {}: opt-level 3, \
             fat LTO, one codegen unit, `panic = immediate-abort`, native code for baseline x86-64, crates told to use portable code. \
             Commit {}.\n\n\
             *Spread* is how far the median of a contender's runs lies above its best one, which is what counts here: {:.0} % in the \
             middle, {:.0} % for nine of ten; each kernel's stands beside the figures of the metered compilers.\n\n| | version |\n| --- | --- |\n",
            kernel.trim(),
            load.split(' ').next().unwrap_or("?"),
            self.rustc,
            commit(),
            at(0.5),
            at(0.9),
        );
        let peers = ["wasmtime", "wasmer", "wasmi", "polkavm", "solana-sbpf", "rbpf"];
        for name in peers {
            let _ = writeln!(out, "| {name} | {} |", version(include_str!("../Cargo.lock"), name));
        }
        for name in ["tiny-keccak", "blake2", "sha2", "ed25519-dalek", "k256", "ruint"] {
            let _ = writeln!(
                out,
                "| {name} (in kernels) | {} |",
                version(include_str!("../kernels/Cargo.lock"), name)
            );
        }
        out.push('\n');
    }

    fn targets(&self, out: &mut String) {
        out.push_str("## Targets\n\nThe targets are the project's own. Ours is `");
        out.push_str(best().name());
        out.push_str(
            "`, the default on this machine, with gas unless it says otherwise. What was tried for those that are missed, and what profiles show, is in *Missed targets*.\n\n\
             | target | here | |\n| --- | ---: | --- |\n",
        );
        let mut line = |what: &str, here: Option<(String, bool)>| {
            let _ = match here {
                Some((here, met)) => {
                    writeln!(out, "| {what} | {here} | {} |", if met { "met" } else { "**missed**" })
                }
                None => writeln!(out, "| {what} | not measured | |"),
            };
        };
        let jit = self.ours(best(), true);
        let free = self.ours(best(), false);
        let row = |name: &str| self.rows.iter().find(|row| row.kernel.name == name);
        let sieve = jit.and_then(|jit| row("sieve")?.of(jit)).map(|figures| figures.ratio);
        line("sieve ≤ 1.28 × native", sieve.map(|ratio| (format!("{ratio:.2}"), ratio <= 1.28)));
        let mean = jit.and_then(|jit| self.mean(|row| row.of(jit).map(|figures| figures.ratio)));
        line(
            "geometric mean of the compute kernels ≤ 1.5 × native",
            mean.map(|(mean, _)| (format!("{mean:.2}"), mean <= 1.5)),
        );
        let peers = self.indices(|c| c.ours.is_none() && c.metered && c.kind == Kind::Compiler);
        line(
            "ahead of every metered compiler on every kernel",
            jit.filter(|_| !peers.is_empty()).map(|jit| {
                let ahead = self.rows.iter().filter(|row| {
                    row.of(jit).is_some_and(|ours| {
                        peers.iter().all(|&peer| row.of(peer).is_none_or(|p| p.ratio >= ours.ratio))
                    })
                });
                let ahead = ahead.count();
                (format!("{ahead} of {}", self.rows.len()), ahead == self.rows.len())
            }),
        );
        let compute = self.rows.iter().filter(|row| row.kernel.kind == table::Kind::Compute);
        let gas: Vec<(&str, f64)> = compute
            .filter_map(|row| Some((row.kernel.name, row.of(jit?)?.ratio / row.of(free?)?.ratio)))
            .collect();
        line("gas costs ≤ 5 % (geometric mean of the compute kernels)", gas_costs(&gas));
        let of = |row: &programs::Row| {
            row.compiled
                .iter()
                .find(|c| Some(&c.engine) == jit.map(|jit| &self.contenders[jit].name))
                .cloned()
        };
        let worst = |value: fn(&programs::Compiled) -> f64| {
            let all = self.programs.iter().filter_map(|row| Some((value(&of(row)?), &row.name)));
            let (ns, name) = all.max_by(|a, b| a.0.total_cmp(&b.0))?;
            Some((format!("{ns:.1} ns (`{name}`)"), ns <= 20.0))
        };
        line(
            "compiling ≤ 20 ns an instruction (the slowest of the programs that are only compiled)",
            worst(|c| c.compile),
        );
        line("the same with parsing and verifying", worst(|c| c.compile + c.verify));
        let erc20 = self.programs.iter().find(|row| row.name == "erc20").and_then(&of);
        line(
            "erc20, bytes of the raw image to instance ≤ 58 µs",
            erc20
                .as_ref()
                .map(|c| (format!("{:.1} µs", c.instance_from_bytes / 1e3), c.instance_from_bytes <= 58e3)),
        );
        line(
            "the same from the compressed image, which is what a chain stores",
            erc20
                .as_ref()
                .and_then(|c| c.instance_from_stored)
                .map(|ns| (format!("{:.1} µs", ns / 1e3), ns <= 58e3)),
        );
        let empty = jit.and_then(|jit| row("empty")?.of(jit)).map(|figures| figures.call);
        line("empty call ≤ 0.14 µs", empty.map(|ns| (format!("{:.3} µs", ns / 1e3), ns <= 140.0)));
        line(
            "an instance of a program that has had one (erc20) ≤ 2 µs: made, run to its first syscall, and dropped, which clears its memory",
            erc20.as_ref().map(|c| {
                (format!("{:.2} µs, of which making {:.2}", c.life / 1e3, c.instance / 1e3), c.life <= 2e3)
            }),
        );
        let interp = self.ours(bpf_vm::Engine::Interpreter, true);
        let wasmi = self.index(|contender| contender.name.starts_with("wasmi"));
        line(
            "interpreter at or ahead of wasmi on every kernel",
            interp.zip(wasmi).map(|(interp, wasmi)| {
                let ahead = self.rows.iter().filter(|row| match (row.of(interp), row.of(wasmi)) {
                    (Some(ours), Some(theirs)) => ours.ratio <= theirs.ratio,
                    (ours, _) => ours.is_some(),
                });
                let ahead = ahead.count();
                (format!("{ahead} of {}", self.rows.len()), ahead == self.rows.len())
            }),
        );
        out.push('\n');
    }

    /// A table: a row for each kernel, a column for each contender.
    fn table(
        &self,
        out: &mut String,
        columns: &[usize],
        means: bool,
        value: impl Fn(&Row, usize) -> Option<f64>,
    ) {
        let _ = write!(out, "| |");
        for &column in columns {
            let _ = write!(out, " {} |", self.contenders[column].name);
        }
        out.push_str("\n| --- |");
        out.push_str(&" ---: |".repeat(columns.len()));
        for row in self.rows {
            let _ = write!(out, "\n| {} |", row.kernel.name);
            for &column in columns {
                let _ = match value(row, column) {
                    Some(value) => write!(out, " {} |", short(value)),
                    None => write!(out, " – |"),
                };
            }
        }
        if means {
            out.push_str("\n| *geometric mean, compute* |");
            let compute = self.rows.iter().filter(|row| row.kernel.kind == table::Kind::Compute).count();
            for &column in columns {
                let _ = match self.mean(|row| value(row, column)) {
                    Some((mean, of)) if of == compute => write!(out, " *{}* |", short(mean)),
                    Some((mean, of)) => write!(out, " *{} ({of})* |", short(mean)),
                    None => write!(out, " – |"),
                };
            }
        }
        out.push_str("\n\n");
    }

    fn execution(&self, out: &mut String) {
        out.push_str(
            "## Execution ÷ native\n\nA run of the kernel, divided by the native one on the same input. A number in brackets after a mean \
             says over how many kernels it is, where not all ran.\n\n### Compilers, metered\n\n",
        );
        let ratio = |row: &Row, column: usize| row.of(column).map(|figures| figures.ratio);
        let group = |kind, metered| self.indices(|c| c.kind == kind && c.metered == metered);
        self.table(out, &group(Kind::Compiler, true), true, ratio);
        self.spreads(out);
        out.push_str("### Compilers, not metered\n\n");
        self.table(out, &group(Kind::Compiler, false), true, ratio);
        out.push_str("### Interpreters, on smaller inputs\n\n");
        self.table(out, &self.indices(|c| c.kind == Kind::Interpreter), true, ratio);
    }

    /// How far the figures of each kernel can be trusted: ours with gas, and the contender with the largest
    /// spread.
    fn spreads(&self, out: &mut String) {
        let Some(ours) = self.ours(best(), true) else { return };
        let name = &self.contenders[ours].name;
        let _ = write!(
            out,
            "### Spread\n\nOf `{name}`, and the largest of all others, native code and interpreters included.\n\n\
             | | {name} | largest | of |\n| --- | ---: | ---: | --- |\n"
        );
        for row in self.rows {
            let (own, largest) = spread_of(row, ours);
            let percent = |spread: f64| format!("{:.1} %", spread * 100.0);
            let own = own.map_or("–".to_owned(), percent);
            let _ = match largest {
                Some((spread, contender)) => writeln!(
                    out,
                    "| {} | {own} | {} | {} |",
                    row.kernel.name,
                    percent(spread),
                    self.contenders[contender].name
                ),
                None => writeln!(out, "| {} | {own} | – | |", row.kernel.name),
            };
        }
        out.push('\n');
    }

    /// The same contender without metering.
    fn without_gas(&self, index: usize) -> Option<usize> {
        let contender = &self.contenders[index];
        let base = |name: &str| name.split(" (").next().unwrap_or(name).to_owned();
        self.index(|other| {
            !other.metered && other.kind == contender.kind && base(&other.name) == base(&contender.name)
        })
    }

    fn gas(&self, out: &mut String) {
        out.push_str("## What metering costs\n\nMetered ÷ not metered, of the same machine.\n\n");
        let columns = self.indices(|c| c.metered);
        let columns: Vec<usize> =
            columns.into_iter().filter(|&index| self.without_gas(index).is_some()).collect();
        self.table(out, &columns, true, |row, column| {
            Some(row.of(column)?.ratio / row.of(self.without_gas(column)?)?.ratio)
        });
    }

    /// The cost of compiling each kernel with our engines, in the unit of the target.
    fn compiling(&self, out: &mut String) {
        let (Some(ours), Some(free)) = (self.ours(best(), true), self.ours(best(), false)) else { return };
        let (ours, free) = (&self.contenders[ours].name, &self.contenders[free].name);
        let _ = write!(
            out,
            "## Compiling, in nanoseconds an instruction\n\nOf each kernel by `{ours}`, with gas: *verify* is parsing and verifying, \
             *compile* machine code from what was verified; *gas* is compile ÷ that of `{free}`. Below a few hundred \
             instructions it is what a program costs whatever its length that shows: the way in, stubs, memory for the code. Programs \
             that are only compiled are below.\n\n\
             | | instructions | verify | compile | both | gas |\n| --- | ---: | ---: | ---: | ---: | ---: |\n"
        );
        for row in self.rows {
            let of = |name: &str| row.compiled.iter().find(|compiled| compiled.engine == name);
            let Some(compiled) = of(ours) else { continue };
            let _ = writeln!(
                out,
                "| {} | {} | {:.1} | {:.1} | {:.1} | {} |",
                row.kernel.name,
                row.instructions,
                compiled.verify,
                compiled.compile,
                compiled.verify + compiled.compile,
                of(free).map_or("–".to_owned(), |free| short(compiled.compile / free.compile))
            );
        }
        out.push('\n');
    }

    fn loading(&self, out: &mut String) {
        let Some(ours) = self.ours(best(), true) else { return };
        let columns =
            self.indices(|c| c.kind != Kind::Native && c.metered && c.name != self.contenders[ours].name);
        let _ = write!(
            out,
            "## Compiling ÷ ours\n\nBytes to something that can be instantiated (parse, validate, translate), divided by the time that \
             `{}` takes for the same kernel. Each from its own form of the same source.\n\n",
            self.contenders[ours].name
        );
        self.table(out, &columns, true, |row, column| Some(row.of(column)?.load / row.of(ours)?.load));
        out.push_str(
            "## Instance, first call and drop ÷ ours\n\nAn instance with fresh memory, the call `run(0)`, and the end of the instance. \
             `run(0)` has no input, but `keccak256`, `blake2b` and `sha256` hash a block of padding, `lz` fills 16 KiB, `memory` 4 KiB, \
             `mix` links its list again, and `emulator` clears its memory and mixes its registers; the others return after a few \
             instructions.\n\n",
        );
        self.table(out, &columns, true, |row, column| Some(row.of(column)?.life / row.of(ours)?.life));
        out.push_str(
            "### Without the drop ÷ ours\n\nThe same, where the instance ends outside of what is timed. Machines clear memory at different times: ours \
             when an instance ends, so this leaves it out, and the table above has it.\n\n",
        );
        self.table(out, &columns, true, |row, column| {
            Some(row.of(column)?.first_call / row.of(ours)?.first_call)
        });
    }

    fn sizes(&self, out: &mut String) {
        let columns = self.indices(|c| c.kind == Kind::Compiler && c.metered);
        out.push_str(
            "## Sizes\n\nText of the BPF program and code section of the Wasm module, of the same source at opt-level 3, in bytes; then \
             machine code ÷ BPF text.\n\n| | BPF | Wasm | BPF ÷ Wasm |",
        );
        for &column in &columns {
            let _ = write!(out, " {} |", self.contenders[column].name);
        }
        out.push_str("\n| --- | ---: | ---: | ---: |");
        out.push_str(&" ---: |".repeat(columns.len()));
        for row in self.rows {
            let (bpf, wasm) = (row.bpf_bytes as f64, row.wasm_bytes as f64);
            let _ = write!(out, "\n| {} | {bpf} | {wasm} | {} |", row.kernel.name, short(bpf / wasm));
            for &column in &columns {
                let _ = match row.of(column).and_then(|figures| figures.native_bytes) {
                    Some(bytes) => write!(out, " {} |", short(bytes as f64 / bpf)),
                    None => write!(out, " – |"),
                };
            }
        }
        out.push_str("\n\n");
    }

    fn compiled(&self, out: &mut String) {
        if self.programs.is_empty() {
            return;
        }
        out.push_str(
            "## Programs that are only compiled\n\nNanoseconds an instruction: *verify* is parsing and verifying, *compile* machine code \
             from what was verified. The synthetic ones are functions of 250 instructions that mix arithmetic, loads, stores, \
             branches and calls. Programs that are written to be slow to load are dearer than any of these: \
             docs/decisions/0246-loading-is-paid-by-the-dearest-code.md has which and by how much, and loading is charged for those.\n\n| | instructions | engine | verify | compile | machine code ÷ BPF |\n| --- | ---: | --- | ---: | ---: | ---: |\n",
        );
        for row in self.programs {
            for compiled in &row.compiled {
                let _ = writeln!(
                    out,
                    "| {} | {} | {} | {:.1} | {:.1} | {} |",
                    row.name,
                    row.instructions,
                    compiled.engine,
                    compiled.verify,
                    compiled.compile,
                    short(compiled.native_bytes as f64 / row.text_bytes as f64)
                );
            }
        }
        out.push('\n');
    }

    /// Lists where a peer of the same kind is faster than ours.
    fn behind(&self, out: &mut String) {
        out.push_str("## Where another is ahead\n\nGenerated: every kernel on which another machine of the same kind is faster by more than the spread of either, and by how much.\n\n");
        let pairs = [
            (best(), true, Kind::Compiler, "Compilers, metered"),
            (best(), false, Kind::Compiler, "Compilers, not metered"),
            (bpf_vm::Engine::Interpreter, true, Kind::Interpreter, "Interpreters, metered"),
            (bpf_vm::Engine::Interpreter, false, Kind::Interpreter, "Interpreters, not metered"),
        ];
        let mut any = false;
        for (engine, metered, kind, title) in pairs {
            let Some(ours) = self.ours(engine, metered) else { continue };
            for row in self.rows {
                let Some(our) = row.of(ours) else { continue };
                let peers = self.indices(|c| c.ours.is_none() && c.kind == kind && c.metered == metered);
                let ahead: Vec<String> = peers
                    .into_iter()
                    .filter_map(|peer| {
                        let theirs = row.of(peer)?;
                        let lead = our.ratio / theirs.ratio - 1.0;
                        // Within the spread two are equal.
                        let least = our.spread.max(theirs.spread);
                        (lead > least)
                            .then(|| format!("{} by {:.0} %", self.contenders[peer].name, lead * 100.0))
                    })
                    .collect();
                if !ahead.is_empty() {
                    any = true;
                    let _ = writeln!(out, "* {title}, **{}**: {}", row.kernel.name, ahead.join(", "));
                }
            }
        }
        if !any {
            out.push_str("Nowhere.\n");
        }
        out.push('\n');
    }

    /// What has no figure, and why.
    fn absent(&self, out: &mut String) {
        let mut reasons: Vec<(String, Vec<&str>)> = Vec::new();
        for row in self.rows {
            for entry in &row.entries {
                let Err(why) = &entry.figures else { continue };
                let why = format!(
                    "{}: {}",
                    self.contenders[entry.contender].name,
                    why.lines().next().unwrap_or_default()
                );
                match reasons.iter_mut().find(|(reason, _)| *reason == why) {
                    Some((_, kernels)) => kernels.push(row.kernel.name),
                    None => reasons.push((why, vec![row.kernel.name])),
                }
            }
        }
        if reasons.is_empty() {
            return;
        }
        out.push_str("## What did not run\n\n");
        reasons.sort();
        for (why, kernels) in reasons {
            let _ = writeln!(out, "* {why} ({})", kernels.join(", "));
        }
        out.push('\n');
    }
}

/// The mean cost of gas: as measured, and with no kernel counted as faster because of gas. Also whether both
/// are within the target. For each kernel, `costs` has time with gas ÷ time without.
fn gas_costs(costs: &[(&str, f64)]) -> Option<(String, bool)> {
    let measured = geometric_mean(costs.iter().map(|(_, ratio)| *ratio))?;
    let clamped = geometric_mean(costs.iter().map(|(_, ratio)| ratio.max(1.0)))?;
    let percent = |ratio: f64| format!("{:.1} %", (ratio - 1.0) * 100.0);
    let faster: Vec<String> = costs
        .iter()
        .filter(|(_, ratio)| *ratio < 1.0)
        .map(|(name, ratio)| format!("`{name}` at {ratio:.3}"))
        .collect();
    let here = match faster.is_empty() {
        true => percent(measured),
        false => {
            let (as_measured, without) = (percent(measured), percent(clamped));
            format!("{as_measured} as measured, with {}; {without} with 1 for that", faster.join(" and "))
        }
    };
    Some((here, measured.max(clamped) <= 1.05))
}

/// Of numbers above 0; `None` if there are none.
fn geometric_mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let logs: Vec<f64> = values.map(f64::ln).collect();
    (!logs.is_empty()).then(|| (logs.iter().sum::<f64>() / logs.len() as f64).exp())
}

/// The spread of one contender on a kernel, and the largest spread of the others, with its contender.
fn spread_of(row: &Row, ours: usize) -> (Option<f64>, Option<(f64, usize)>) {
    let others = row.entries.iter().filter(|entry| entry.contender != ours);
    let spreads = others.filter_map(|entry| Some((entry.figures.as_ref().ok()?.spread, entry.contender)));
    (row.of(ours).map(|figures| figures.spread), spreads.max_by(|a, b| a.0.total_cmp(&b.0)))
}

/// About three digits.
fn short(value: f64) -> String {
    match value {
        value if value >= 1000.0 => format!("{value:.0}"),
        value if value >= 100.0 => format!("{value:.0}"),
        value if value >= 10.0 => format!("{value:.1}"),
        value => format!("{value:.2}"),
    }
}

/// The version of a package in a lock file.
fn version(lock: &str, name: &str) -> String {
    let start = format!("name = \"{name}\"");
    let mut lines = lock.lines().skip_while(|line| *line != start).skip(1);
    let version = lines.next().and_then(|line| line.strip_prefix("version = \"")?.strip_suffix('"'));
    version.unwrap_or("unknown").to_owned()
}

/// The checkout's commit.
fn commit() -> String {
    let git = |args: &[&str]| {
        let output = std::process::Command::new("git")
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .args(args)
            .output()
            .ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let dirty =
        git(&["status", "--porcelain", "--untracked-files=no"]).is_some_and(|changes| !changes.is_empty());
    match git(&["rev-parse", "--short=12", "HEAD"]) {
        Some(commit) if dirty => format!("{commit} with changes"),
        Some(commit) => commit,
        None => "unknown".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spreads_are_told_apart() {
        let entry = |contender, spread: Option<f64>| crate::measure::Entry {
            contender,
            figures: spread
                .map(|spread| crate::measure::Figures {
                    ratio: 1.0,
                    call: 1.0,
                    spread,
                    load: 1.0,
                    first_call: 1.0,
                    life: 1.0,
                    native_bytes: None,
                })
                .ok_or_else(String::new),
        };
        let row = |entries| Row {
            kernel: table::KERNELS[0],
            bpf_bytes: 8,
            instructions: 1,
            compiled: Vec::new(),
            wasm_bytes: 8,
            entries,
        };
        let kernel =
            row(vec![entry(0, Some(0.01)), entry(1, Some(0.5)), entry(2, None), entry(3, Some(0.04))]);
        assert_eq!(spread_of(&kernel, 1), (Some(0.5), Some((0.04, 3))));
        assert_eq!(spread_of(&kernel, 2), (None, Some((0.5, 1))));
        assert_eq!(spread_of(&row(vec![entry(1, Some(0.5))]), 1), (Some(0.5), None));
    }

    #[test]
    fn gas_does_not_look_cheaper_for_a_kernel_that_is_faster_with_it() {
        let told = |costs: &[(&str, f64)]| gas_costs(costs).expect("a mean");
        assert_eq!(told(&[("a", 1.04), ("b", 1.04)]), ("4.0 %".to_owned(), true));
        assert_eq!(told(&[("a", 1.1), ("b", 1.1)]), ("10.0 %".to_owned(), false));
        // The mean is 1, and above 1.05 without `b`'s help.
        let (here, met) = told(&[("a", 1.25), ("b", 0.8)]);
        assert_eq!(here, "0.0 % as measured, with `b` at 0.800; 11.8 % with 1 for that");
        assert!(!met);
        assert_eq!(gas_costs(&[]), None);
    }

    #[test]
    fn versions_are_read_from_lock_files() {
        let lock = "[[package]]\nname = \"rbpf\"\nversion = \"0.4.1\"\n";
        assert_eq!(version(lock, "rbpf"), "0.4.1");
        assert_eq!(version(lock, "bpf"), "unknown");
        assert_ne!(version(include_str!("../Cargo.lock"), "wasmtime"), "unknown");
    }
}

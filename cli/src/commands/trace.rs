//! `inkbpf trace`: the syscalls of a message, with caller and cost.

use super::execution::Trial;
use crate::{
    output::{Code, Output},
    profile::{debug_files, Source, Step},
    report::{thousands, Report},
};
use anyhow::Result;
use contract_abi::syscall::{Returns, Syscall};
use serde::Serialize;

/// Arguments of `inkbpf trace`.
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    trial: Trial,
}

#[derive(Serialize)]
struct Document<'a> {
    report: &'a Report,
    /// Number of syscalls before the first listed one.
    left_out: u64,
    syscalls: &'a [Step],
}

impl Args {
    /// Runs the command.
    pub fn run(self, output: &mut Output) -> Result<Code> {
        let tried = self.trial.run(output)?;
        let record = tried.recorder.record();
        let files = debug_files(&record, &tried.registry);
        let steps = Step::all(&Source::new(&record, &files, &tried.registry));
        let (report, left_out) = (&tried.report, record.left_out());
        output.result(&Document { report, left_out, syscalls: &steps }, |out| {
            report.write(out, false)?;
            writeln!(out)?;
            if left_out > 0 {
                writeln!(out, "{left_out} syscalls came before these")?;
            }
            writeln!(out, "{:>12}  syscall", "gas")?;
            let mut whose = None;
            for step in &steps {
                let indent = 2usize.saturating_mul(step.depth);
                if whose != Some((&step.contract, step.depth)) {
                    writeln!(out, "{:>12}  {:indent$}in {}:", "", "", step.contract)?;
                    whose = Some((&step.contract, step.depth));
                }
                let gas = step.gas.map_or_else(|| "-".to_owned(), thousands);
                writeln!(out, "{gas:>12}  {:indent$}  {}", "", line(step))?;
            }
            Ok(())
        });
        Ok(if report.success { Code::Success } else { Code::Failure })
    }
}

/// `seal0::input(buf_ptr: 0x20000000, buf_len_ptr: 0x30000000) = ()   Flipper::get at lib.rs:20`
fn line(step: &Step) -> String {
    let args: Vec<String> =
        step.args.iter().map(|&(name, value)| format!("{name}: {}", number(name, value))).collect();
    let returns = Syscall::from_symbol(&step.syscall).map(Syscall::returns);
    let result = match (step.r0, returns) {
        (None, _) => String::new(),
        (Some(_), Some(Returns::Unit)) => " = ()".to_owned(),
        (Some(r0), _) => format!(" = {r0}"),
    };
    let place = match (&step.function, &step.place) {
        (Some(function), Some(place)) => format!("   {function} at {place}"),
        (Some(function), None) => format!("   {function}"),
        _ => String::new(),
    };
    format!("{}({}){result}{place}", step.syscall, args.join(", "))
}

/// An argument, as [`crate::transcript`] writes it: pointers in hex, and everything but weights 32 bits wide.
fn number(name: &str, value: u64) -> String {
    match name {
        "gas" | "ref_time" | "proof_size" => value.to_string(),
        _ if name.ends_with("_ptr") => format!("{:#x}", value as u32),
        _ => (value as u32).to_string(),
    }
}

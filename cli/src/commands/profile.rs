//! `inkbpf profile`: which functions and lines spend a message's gas.

use super::execution::Trial;
use crate::{
    output::{Code, Output},
    profile::{debug_files, Profile, Row, Source, OUTSIDE},
    report::{thousands, Report},
};
use anyhow::{Context, Result};
use serde::Serialize;
use std::{io::Write, path::PathBuf};

/// Arguments of `inkbpf profile`.
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    trial: Trial,
    /// Write the stacks for a flame graph into this file: a line each, functions separated by `;`
    #[arg(long, value_name = "FILE")]
    folded: Option<PathBuf>,
    /// Maximum number of functions, and of lines, to show
    #[arg(long, value_name = "NUMBER", default_value_t = 20)]
    top: usize,
}

#[derive(Serialize)]
struct Document<'a> {
    report: &'a Report,
    profile: &'a Profile,
}

impl Args {
    /// Runs the command.
    pub fn run(self, output: &mut Output) -> Result<Code> {
        // Opened before the work, which may take long; its old contents stay until there is something to write.
        let folded = self.folded.as_ref().map(|file| {
            let open = std::fs::File::options().write(true).create(true).truncate(false).open(file);
            Ok::<_, anyhow::Error>((open.with_context(|| format!("cannot write {}", file.display()))?, file))
        });
        let folded = folded.transpose()?;
        let tried = self.trial.run(output)?;
        let record = tried.recorder.record();
        let files = debug_files(&record, &tried.registry);
        let profile = Profile::new(&Source::new(&record, &files, &tried.registry), tried.gas);
        for contract in profile.contracts.iter().filter(|contract| !contract.debug) {
            output.note(format_args!(
                "The functions of {} are not known: build it, and upload or instantiate it from its build.",
                contract.name
            ));
        }
        if let Some((file, path)) = folded {
            // A pipe cannot be truncated.
            let is_file = file.metadata().is_ok_and(|about| about.is_file());
            let emptied = if is_file { file.set_len(0) } else { Ok(()) };
            let written = emptied.and_then(|()| {
                let mut file = std::io::BufWriter::new(file);
                profile.write_folded(&mut file)?;
                file.flush()
            });
            written.with_context(|| format!("cannot write {}", path.display()))?;
        }
        let report = &tried.report;
        output.result(&Document { report, profile: &profile }, |out| {
            report.write(out, false)?;
            writeln!(out)?;
            write_rows(out, "Functions", &profile.functions, profile.total, self.top)?;
            let (outside, part) = (thousands(profile.outside), share(profile.outside, profile.total));
            writeln!(out, "{outside:>14} {part:>7} {:>14} {:>7}  {OUTSIDE}", "", "")?;
            writeln!(out)?;
            write_rows(
                out,
                "Lines, including the code that they use from elsewhere",
                &profile.lines,
                profile.total,
                self.top,
            )
        });
        Ok(if report.success { Code::Success } else { Code::Failure })
    }
}

/// A table, in the order of the rows.
fn write_rows(out: &mut dyn Write, title: &str, rows: &[Row], total: u64, top: usize) -> std::io::Result<()> {
    let many = rows.iter().any(|row| row.contract != rows[0].contract);
    writeln!(out, "{:>14} {:>7} {:>14} {:>7}  {title}", "own gas", "", "with calls", "")?;
    for row in rows.iter().take(top) {
        let whose = if many { format!("{}: ", row.contract) } else { String::new() };
        let file = row.file.as_ref().map(|file| format!("  {file}")).unwrap_or_default();
        writeln!(
            out,
            "{:>14} {:>7} {:>14} {:>7}  {whose}{}{file}",
            thousands(row.own),
            share(row.own, total),
            thousands(row.total),
            share(row.total, total),
            row.name
        )?;
    }
    if let more @ 1.. = rows.len().saturating_sub(top) {
        writeln!(out, "{:>14} … and {more} more (--top)", "")?;
    }
    Ok(())
}

/// 12.3 %.
fn share(part: u64, whole: u64) -> String {
    let thousandths = u128::from(part).saturating_mul(1000).checked_div(whole.into()).unwrap_or(0);
    format!("{}.{} %", thousandths / 10, thousandths % 10)
}

#[cfg(test)]
mod tests {
    #[test]
    fn shares() {
        for (part, whole, text) in
            [(0, 0, "0.0 %"), (1, 3, "33.3 %"), (7, 7, "100.0 %"), (u64::MAX, u64::MAX, "100.0 %")]
        {
            assert_eq!(super::share(part, whole), text);
        }
    }
}

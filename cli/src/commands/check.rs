//! `inkbpf check`: whether a contract would build, without writing its files.

use super::build::{describe_sizes, tell, Contract};
use crate::output::{Code, Output};

/// Arguments of `inkbpf check`.
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    contract: Contract,
}

impl Args {
    /// Checks.
    pub fn run(self, output: &mut Output) -> anyhow::Result<Code> {
        let request = self.contract.request(output)?;
        let checked = inkbpf_build::check(&request, &mut |event| tell(output, event))?;
        output.result(&checked, |out| {
            writeln!(out, "{}: compiles to an eBPF program that the chain would accept\n", checked.name)?;
            describe_sizes(out, &checked.sizes)
        });
        Ok(Code::Success)
    }
}

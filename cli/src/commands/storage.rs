//! `inkbpf storage`: what a contract keeps, by the names and types of its fields.

use super::{
    call::{artifact_of, find_contract},
    execution::parse_hex,
};
use crate::{
    artifact::Selection,
    chain::Options,
    output::{Code, Output},
    report::{counted, hex},
    storage::{decode, Entry},
};
use anyhow::{Context, Result};

/// Arguments of `inkbpf storage`.
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    selection: Selection,
    /// Address of the contract
    #[arg(long, value_name = "ADDRESS")]
    contract: String,
    /// Show undecoded bytes
    #[arg(long)]
    raw: bool,
    /// Maximum number of cells to show
    #[arg(long, value_name = "NUMBER", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
    /// Continue after the cell with this key, the last one shown before
    #[arg(long, value_name = "KEY")]
    after: Option<String>,
    #[command(flatten)]
    chain: Options,
}

impl Args {
    /// Runs the command.
    pub fn run(self, output: &mut Output) -> Result<Code> {
        let chain = self.chain.open_to_read()?;
        let (account, record) = find_contract(&*chain, &self.contract)?;
        let artifact = artifact_of(&*chain, &record, &self.selection, output)?;
        let after = self.after.as_deref().map(parse_hex).transpose().context("--after")?;
        let cells = chain.storage(&account, after.as_deref(), usize::try_from(self.limit)?)?;
        let abi = artifact.as_ref().and_then(|artifact| artifact.abi.as_ref()).filter(|_| !self.raw);
        if abi.is_none() && !self.raw {
            output.note("The metadata of this contract is not known, so its storage is shown as bytes.\n");
        }
        let shown: Vec<Entry> = cells
            .cells
            .iter()
            .map(|(key, value)| {
                abi.and_then(|abi| decode(abi, key, value)).unwrap_or_else(|| Entry::raw(key, value))
            })
            .collect();
        output.result(&shown, |out| {
            for entry in &shown {
                writeln!(out, "{entry}")?;
            }
            writeln!(
                out,
                "{}, {} ({})",
                counted(record.storage_items, "item"),
                counted(record.storage_bytes, "byte"),
                hex(&record.trie_id)
            )
        });
        if let Some((last, _)) = cells.cells.last().filter(|_| cells.more) {
            output.note(format_args!("\nThere is more: continue with --after {}.", hex(last)));
        }
        Ok(Code::Success)
    }
}

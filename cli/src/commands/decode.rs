//! `inkbpf decode`: decodes bytes by a contract's metadata.

use super::execution::{parse_data, parse_hash};
use crate::{
    artifact::Selection,
    output::{Code, Output},
    value::{to_json, Kind},
};
use anyhow::{anyhow, Context, Result};

/// Arguments of `inkbpf decode`.
#[derive(clap::Args)]
pub struct Args {
    /// What the bytes are
    #[arg(value_enum)]
    what: What,
    #[command(flatten)]
    selection: Selection,
    /// The bytes, in hex or in @FILE
    #[arg(long, value_name = "HEX|@FILE", required = true)]
    data: String,
    /// The event's first topic, in hex
    #[arg(long, value_name = "HEX")]
    signature_topic: Option<String>,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum What {
    /// A call of a message
    Message,
    /// A call of a constructor
    Constructor,
    /// The data of an event
    Event,
}

impl Args {
    /// Runs the command.
    pub fn run(self, output: &mut Output) -> Result<Code> {
        let artifact = self.selection.load()?;
        let abi = artifact.abi.as_ref().ok_or_else(|| anyhow!("{} has no metadata", artifact.name))?;
        let data = parse_data(&self.data).context("--data")?;
        let value = match self.what {
            What::Message => abi.decode_call(Kind::Message, &data)?,
            What::Constructor => abi.decode_call(Kind::Constructor, &data)?,
            What::Event => {
                let topics = self.signature_topic.as_deref().map(parse_hash).transpose()?;
                abi.decode_event(topics.as_slice(), &data).ok_or_else(|| {
                    anyhow!(
                        "the metadata of {} has no event that fits: is --signature-topic right?",
                        artifact.name
                    )
                })?
            }
        };
        output.result(&to_json(&value), |out| writeln!(out, "{value:#}"));
        Ok(Code::Success)
    }
}

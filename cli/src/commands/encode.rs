//! `inkbpf encode`: a message or constructor with arguments, as bytes.

use crate::{
    artifact::Selection,
    output::{Code, Output},
    report::hex,
    value::Kind,
};
use anyhow::{anyhow, Result};
use serde::Serialize;

/// Arguments of `inkbpf encode`.
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    selection: Selection,
    /// The message
    #[arg(long, short, required_unless_present = "constructor", conflicts_with = "constructor")]
    message: Option<String>,
    /// The constructor
    #[arg(long)]
    constructor: Option<String>,
    /// Its arguments, one after another
    #[arg(long, num_args = 0.., allow_negative_numbers = true)]
    args: Vec<String>,
}

#[derive(Serialize)]
struct Encoded {
    data: String,
}

impl Args {
    /// Runs the command.
    pub fn run(self, output: &mut Output) -> Result<Code> {
        let artifact = self.selection.load()?;
        let abi = artifact.abi.as_ref().ok_or_else(|| anyhow!("{} has no metadata", artifact.name))?;
        let (kind, name) = match (&self.message, &self.constructor) {
            (Some(name), _) => (Kind::Message, name),
            (None, Some(name)) => (Kind::Constructor, name),
            (None, None) => return Err(anyhow!("pass --message or --constructor")),
        };
        let encoded = Encoded { data: hex(&abi.encode(kind, name, &self.args)?) };
        output.result(&encoded, |out| writeln!(out, "{}", encoded.data));
        Ok(Code::Success)
    }
}

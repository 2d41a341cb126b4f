//! `inkbpf upload`: stores a program on the chain.

use super::execution::Sender;
use crate::{
    artifact::Selection,
    chain::Transaction,
    output::{Code, Output},
    report::{hex, Expected},
    value::Kind,
};
use anyhow::Result;

/// Arguments of `inkbpf upload`.
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    selection: Selection,
    #[command(flatten)]
    sender: Sender,
}

impl Args {
    /// Runs the command.
    pub fn run(self, output: &mut Output) -> Result<Code> {
        let artifact = self.selection.load()?;
        let code = artifact.code()?.to_vec();
        let mut session = self.sender.open()?;
        let known = session.chain.code_record(artifact.code_hash)?.is_some();
        session.prepare(Some(&artifact))?;
        if known {
            output.note(format_args!("The chain already has this code, so no deposit is held for it."));
        }
        let transaction = Transaction::Upload { code, deposit_limit: session.deposit_limit };
        let expected = Expected { abi: None, kind: Kind::Constructor, name: None };
        let code_hash = hex(&artifact.code_hash);
        session.execute(output, transaction, None, &expected, |report| report.code_hash = Some(code_hash))
    }
}

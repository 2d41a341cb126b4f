//! `inkbpf remove`: removes code from the chain, and releases its deposit.

use super::execution::{parse_hash, Sender};
use crate::{
    account::address,
    artifact::Selection,
    chain::{DryRun, Ran, Transaction},
    output::{Code, Output},
    report::{hex, Expected, Report},
    value::Kind,
};
use anyhow::{bail, Result};

/// Arguments of `inkbpf remove`.
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    selection: Selection,
    /// Hash of the code, instead of a file
    #[arg(long, conflicts_with_all = ["file", "manifest_path"])]
    code_hash: Option<String>,
    #[command(flatten)]
    sender: Sender,
}

impl Args {
    /// Runs the command.
    pub fn run(self, output: &mut Output) -> Result<Code> {
        let code_hash = match &self.code_hash {
            Some(text) => parse_hash(text)?,
            None => self.selection.load()?.code_hash,
        };
        let mut session = self.sender.open()?;
        session.prepare(None)?;
        let shown = hex(&code_hash);
        let Some(record) = session.chain.code_record(code_hash)? else {
            bail!("the chain has no code {shown}: `inkbpf info --all` lists the codes that its contracts use")
        };
        if !session.force {
            if record.refcount > 0 {
                let users = match record.refcount {
                    1 => "a contract still uses it, and has to terminate or change its code".to_owned(),
                    n => format!("{n} contracts still use it, and have to terminate or change their code"),
                };
                bail!("the code {shown} cannot be removed: {users} first");
            }
            if record.owner != session.account {
                bail!(
                    "the code {shown} belongs to {}, and only that account can remove it (--suri)",
                    address(&record.owner)
                );
            }
        }
        let registry = session.chain.registry().clone();
        let expected = Expected { abi: None, kind: Kind::Message, name: None };
        let tried = DryRun {
            result: Ok(Ran::default()),
            gas_consumed: Default::default(),
            gas_required: Default::default(),
            deposit: i128::try_from(record.deposit).unwrap_or(i128::MAX).saturating_neg(),
            debug: Vec::new(),
            events: Vec::new(),
        };
        let mut report = Report::of_dry_run(&tried, &expected, &*session.chain, &registry);
        if !session.dry_run {
            let transaction = Transaction::Remove { code_hash };
            session.confirm(&report, &transaction)?;
            let included = session.submit(output, transaction)?;
            report.include(&included, &*session.chain, &registry, None);
            if !report.success {
                report.set_deposit(0);
            }
        }
        report.code_hash = Some(shown);
        output.result(&report, |out| report.write(out, false));
        Ok(if report.success { Code::Success } else { Code::Failure })
    }
}

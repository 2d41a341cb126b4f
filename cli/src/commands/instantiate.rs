//! `inkbpf instantiate`: creates a contract.

use super::execution::{parse_data, parse_hash, parse_hex, Offer, Sender};
use crate::{
    artifact::Selection,
    chain::Transaction,
    output::{Code, Output},
    report::{hex, Expected},
    value::Kind,
};
use anyhow::{anyhow, bail, ensure, Context, Result};
use inkbpf_sandbox::{
    contracts::{self, Instantiate},
    sp_core::H256,
};

/// Arguments of `inkbpf instantiate`.
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    selection: Selection,
    /// Hash of code that was uploaded, instead of a file
    #[arg(long, conflicts_with_all = ["file", "manifest_path"])]
    code_hash: Option<String>,
    /// The constructor [default: the default one, or `new`]
    #[arg(long, conflicts_with = "data")]
    constructor: Option<String>,
    /// Its arguments, one after another
    #[arg(long, num_args = 0.., allow_negative_numbers = true, conflicts_with = "data")]
    args: Vec<String>,
    /// Selector and arguments in hex, or in @FILE, for a contract without metadata
    #[arg(long, value_name = "HEX|@FILE")]
    data: Option<String>,
    /// Salt, in hex: gives the same code and arguments another address
    #[arg(long, value_name = "HEX", default_value = "")]
    salt: String,
    #[command(flatten)]
    offer: Offer,
    #[command(flatten)]
    sender: Sender,
}

impl Args {
    /// Runs the command.
    pub fn run(self, output: &mut Output) -> Result<Code> {
        let salt = parse_hex(&self.salt).context("--salt")?;
        let mut session = self.sender.open()?;
        let artifact = match &self.code_hash {
            Some(text) => {
                let hash = parse_hash(text)?;
                ensure!(
                    session.chain.code_record(hash)?.is_some(),
                    "the chain has no code {text}: upload it first (inkbpf upload)"
                );
                session.chain.registry().recall(hash)
            }
            None => Some(self.selection.load()?),
        };
        let code_hash = match (&artifact, &self.code_hash) {
            (Some(artifact), _) => artifact.code_hash,
            (None, Some(text)) => parse_hash(text)?,
            (None, None) => bail!("no contract is given"),
        };
        let stored = session.chain.code_record(code_hash)?.is_some();
        let code = if stored {
            contracts::Code::Existing(H256(code_hash))
        } else {
            let artifact = artifact.as_ref().ok_or_else(|| anyhow!("no contract is given"))?;
            contracts::Code::Upload(artifact.code().context("the chain does not have this code")?.to_vec())
        };
        let abi = artifact.as_ref().and_then(|artifact| artifact.abi.as_ref());
        let value = session.chain.money().parse(&self.offer.value).context("--value")?;
        let (data, name) = match (&self.data, abi) {
            (Some(data), abi) => {
                let data = parse_data(data).context("--data")?;
                let name = abi.and_then(|abi| abi.name_of(Kind::Constructor, &data));
                (data, name)
            }
            (None, Some(abi)) => {
                let name = match &self.constructor {
                    Some(name) => name.as_str(),
                    None => abi.default_constructor()?,
                };
                let data = abi.encode(Kind::Constructor, name, &self.args)?;
                let payable = abi.function(Kind::Constructor, name)?.payable;
                ensure!(
                    payable || value == 0,
                    "the constructor `{name}` takes no money (it is not `payable`): leave --value out"
                );
                (data, Some(name))
            }
            (None, None) => bail!("the metadata of this code is not known: pass NAME.contract, or the selector and the arguments as --data 0x…"),
        };
        session.prepare(artifact.as_ref())?;
        let limits = self.offer.limits(session.deposit_limit);
        let what = Instantiate { code, data, salt, value, limits };
        let expected = Expected { abi, kind: Kind::Constructor, name };
        let hash = hex(&code_hash);
        session.execute(output, Transaction::Instantiate(what), Some(&self.offer), &expected, |report| {
            report.code_hash = Some(hash);
        })
    }
}

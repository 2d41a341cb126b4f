//! `inkbpf call`: sends a message to a contract.

use super::execution::{parse_data, Offer, Sender};
use crate::{
    account,
    artifact::{Artifact, Selection},
    chain::{Balance, Chain, ContractRecord, Transaction},
    output::{Code, Output},
    report::{hex, Expected},
    value::Kind,
};
use anyhow::{anyhow, bail, ensure, Context, Result};
use inkbpf_sandbox::{contracts::Call, sp_core::crypto::AccountId32};

/// A message, and its recipient.
#[derive(clap::Args)]
pub struct Message {
    #[command(flatten)]
    selection: Selection,
    /// Address of the contract
    #[arg(long, value_name = "ADDRESS")]
    contract: String,
    /// The message
    #[arg(long, short, required_unless_present = "data", conflicts_with = "data")]
    message: Option<String>,
    /// Its arguments, one after another
    #[arg(long, num_args = 0.., allow_negative_numbers = true, conflicts_with = "data")]
    args: Vec<String>,
    /// Selector and arguments in hex, or in @FILE, for a contract without metadata
    #[arg(long, value_name = "HEX|@FILE")]
    data: Option<String>,
}

/// Arguments of `inkbpf call`.
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    message: Message,
    /// Send the message even if it only reads
    #[arg(long, short = 'x')]
    execute: bool,
    #[command(flatten)]
    offer: Offer,
    #[command(flatten)]
    sender: Sender,
}

/// A message ready to be sent.
pub struct Prepared {
    /// The contract.
    pub contract: AccountId32,
    /// The available build results of the contract.
    pub artifact: Option<Artifact>,
    /// Selector and arguments.
    pub data: Vec<u8>,
    /// Its name, if that is known.
    pub name: Option<String>,
}

impl Message {
    /// Finds the contract and encodes the arguments.
    ///
    /// # Errors
    /// When there is no such contract, when its metadata is not known, or when it has no such message.
    pub fn prepare(&self, chain: &dyn Chain, value: Balance, output: &mut Output) -> Result<Prepared> {
        let (contract, record) = find_contract(chain, &self.contract)?;
        let artifact = artifact_of(chain, &record, &self.selection, output)?;
        let abi = artifact.as_ref().and_then(|artifact| artifact.abi.as_ref());
        let data = match (&self.data, &self.message, abi) {
            (Some(data), _, abi) => {
                let data = parse_data(data).context("--data")?;
                if abi.is_some_and(|abi| abi.name_of(Kind::Message, &data).is_none()) {
                    output.note("The contract has no message with this selector, so the result is shown as bytes.\n");
                }
                data
            }
            (None, Some(name), Some(abi)) => {
                let data = abi.encode(Kind::Message, name, &self.args)?;
                ensure!(
                    value == 0 || abi.function(Kind::Message, name)?.payable,
                    "the message `{name}` takes no money (it is not `payable`): leave --value out"
                );
                data
            }
            (None, _, None) => bail!("the metadata of {} is not known: pass NAME.contract, or the selector and the arguments as --data 0x…", self.contract),
            (None, None, _) => bail!("pass --message"),
        };
        // With the metadata, the bytes show which message they are.
        let name = self.message.as_deref().or_else(|| abi?.name_of(Kind::Message, &data)).map(str::to_owned);
        Ok(Prepared { contract, artifact, data, name })
    }
}

impl Args {
    /// Runs the command.
    pub fn run(self, output: &mut Output) -> Result<Code> {
        let mut session = self.sender.open()?;
        let value = session.chain.money().parse(&self.offer.value).context("--value")?;
        let Prepared { contract, artifact, data, name } =
            self.message.prepare(&*session.chain, value, output)?;
        let abi = artifact.as_ref().and_then(|artifact| artifact.abi.as_ref());
        let mut only_tried = false;
        // A user who gives bytes wants to send them.
        if let (Some(name), Some(abi)) = (&self.message.message, abi) {
            let mutates = abi.function(Kind::Message, name)?.mutates;
            if !mutates && !self.execute && !session.force && !session.dry_run {
                output.note(format_args!(
                    "`{name}` only reads, so it is run without a transaction (--execute sends one).\n"
                ));
                (session.dry_run, only_tried) = (true, true);
            }
        }
        session.prepare(None)?;
        let limits = self.offer.limits(session.deposit_limit);
        let what = Call { contract, data, value, limits };
        let expected = Expected { abi, kind: Kind::Message, name: name.as_deref() };
        let mut changes = false;
        let code =
            session.execute(output, Transaction::Call(what), Some(&self.offer), &expected, |report| {
                changes = report.changes_state();
            })?;
        if only_tried && changes {
            // `&self` keeps ink! from writing the storage, but not the contract from emitting events or upgrading.
            output.note("\nwarning: it does change something, but nothing was sent: --execute sends it");
        }
        Ok(code)
    }
}

/// The contract at an address.
///
/// # Errors
/// When the address is invalid, or there is no contract.
pub fn find_contract(chain: &dyn Chain, text: &str) -> Result<(AccountId32, ContractRecord)> {
    let (account, address) =
        account::parse_address(text).context("--contract must be the address of a contract")?;
    let record = chain.contract(&account)?.ok_or_else(|| {
        anyhow!(
            "there is no contract at {address} on the chain {}: `inkbpf info --all` lists its contracts",
            chain.place()
        )
    })?;
    Ok((account, record))
}

/// The build results of a contract's code: from the named file, from the registry, or from a build here.
///
/// # Errors
/// When the named file cannot be read.
pub fn artifact_of(
    chain: &dyn Chain,
    record: &ContractRecord,
    selection: &Selection,
    output: &mut Output,
) -> Result<Option<Artifact>> {
    if !selection.is_given() {
        let remembered = chain.registry().recall(record.code_hash.0);
        let built = || selection.load().ok().filter(|artifact| artifact.code_hash == record.code_hash.0);
        return Ok(remembered.or_else(built));
    }
    let artifact = selection.load()?;
    if artifact.code_hash != record.code_hash.0 {
        output.note(format_args!(
            "warning: the contract runs {}, but {} is {}: what follows may be decoded wrongly",
            hex(record.code_hash.as_bytes()),
            artifact.name,
            hex(&artifact.code_hash)
        ));
    }
    Ok(Some(artifact))
}

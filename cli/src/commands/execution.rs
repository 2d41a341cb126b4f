//! What all commands that send something have in common.
//!
//! A transaction is tried first. What the dry run says about gas is what is offered; what it says about
//! failure is shown, and then nothing is sent, because the sender would pay for it.

use crate::{
    account, advice,
    artifact::Artifact,
    chain::{self, embedded::Embedded, Balance, Chain, Limits, Price, Transaction, Weight},
    engine,
    output::{Code, Output},
    report::{Expected, Report},
};
use anyhow::{Context, Result};
use inkbpf_sandbox::sp_core::{crypto::AccountId32, sr25519, Pair};

/// Who sends, and whether.
#[derive(clap::Args)]
pub struct Sender {
    #[command(flatten)]
    pub chain: chain::Options,
    /// What runs contracts: jit, jit-base, jit-checked, interp or embedded. None of it changes what they do
    #[arg(long, value_name = "ENGINE", value_parser = engine::parse, default_value = "jit")]
    pub engine: inkbpf_sandbox::Engine,
    /// Secret of the account that sends and pays: //Alice and the like, a phrase, or a seed
    #[arg(long, short, default_value = "//Alice")]
    pub suri: String,
    /// Try it, and send nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Send it even if the dry run fails; what fails is paid for all the same
    #[arg(long, conflicts_with = "dry_run")]
    pub force: bool,
    /// Show the contracts' syscalls
    #[arg(long)]
    pub trace: bool,
    /// Most that may be held for storage: 1000000 in the smallest unit, or 1.5UNIT
    #[arg(long, value_name = "AMOUNT", allow_hyphen_values = true)]
    pub storage_deposit_limit: Option<String>,
}

/// What a contract may use and is given.
#[derive(clap::Args)]
pub struct Offer {
    /// Money that goes along: 1000000 in the smallest unit, or 1.5UNIT
    #[arg(long, value_name = "AMOUNT", default_value = "0", allow_hyphen_values = true)]
    pub value: String,
    /// Most computation, in picoseconds (ref_time) [default: what the dry run takes]
    #[arg(long, allow_hyphen_values = true, value_parser = parse_number)]
    pub gas: Option<u64>,
    /// Most proof, in bytes [default: what the dry run takes]
    #[arg(long, requires = "gas", allow_hyphen_values = true, value_parser = parse_number)]
    pub proof_size: Option<u64>,
}

impl Offer {
    /// As limits of a dry run.
    pub fn limits(&self, deposit: Option<Balance>) -> Limits {
        // A limit on one of the two alone leaves the other to the chain, which has no proofs to bound.
        let gas = self.gas.map(|gas| Weight::from_parts(gas, self.proof_size.unwrap_or(u64::MAX / 2)));
        Limits { gas, deposit }
    }

    /// What to offer, given what the dry run took.
    fn final_limit(&self, required: Weight) -> Weight {
        Weight::from_parts(
            self.gas.unwrap_or(required.ref_time()),
            self.proof_size.unwrap_or(required.proof_size()),
        )
    }
}

/// A chain, and who speaks to it.
pub struct Session {
    pub chain: Embedded,
    pub signer: sr25519::Pair,
    pub account: AccountId32,
    pub deposit_limit: Option<Balance>,
    pub dry_run: bool,
    pub force: bool,
    pub trace: bool,
}

impl Sender {
    /// Opens the chain.
    ///
    /// # Errors
    /// When it, the secret or the limit cannot be read.
    pub fn open(&self) -> Result<Session> {
        let signer = account::key_pair(&self.suri)?;
        let mut chain = if self.dry_run { self.chain.open_to_read()? } else { self.chain.open()? };
        chain.set_engine(self.engine);
        let deposit_limit = self
            .storage_deposit_limit
            .as_deref()
            .map(|text| chain.money().parse(text).context("--storage-deposit-limit"))
            .transpose()?;
        inkbpf_sandbox::trace::enable();
        Ok(Session {
            account: signer.public().into(),
            signer,
            chain,
            deposit_limit,
            dry_run: self.dry_run,
            force: self.force,
            trace: self.trace,
        })
    }
}

impl Session {
    /// Makes sure that something can be sent, and that the contract can be explained afterwards.
    ///
    /// # Errors
    /// When the chain, or the folder beside it, cannot be written to.
    pub fn prepare(&mut self, artifact: Option<&Artifact>) -> Result<()> {
        if self.dry_run {
            return Ok(());
        }
        self.chain.check_writable()?;
        artifact.map_or(Ok(()), |artifact| self.chain.registry().remember(artifact))
    }

    /// Tries the transaction, sends it if that went well (or is forced), and tells what came of it.
    ///
    /// # Errors
    /// When the chain cannot be asked, or refuses the transaction outright.
    pub fn execute(
        &mut self,
        output: &mut Output,
        transaction: Transaction,
        offer: Option<&Offer>,
        expected: &Expected<'_>,
        complete: impl FnOnce(&mut Report),
    ) -> Result<Code> {
        let registry = self.chain.registry();
        let run = self.chain.dry_run(&self.account, transaction.clone())?;
        let mut report = Report::of_dry_run(&run, expected, &self.chain, &registry);
        match &run.result {
            Err(error) if error.is_about_money() => {
                if let Some(price) = self.chain.price(&self.signer, transaction.clone())? {
                    report.set_funds(price, self.chain.balance(&self.account)?, self.deposit_limit);
                }
            }
            Err(error) => report.advice = advice::on(error, &transaction, expected.abi, &report.traps),
            Ok(_) => {}
        }
        let transaction = match offer {
            Some(offer) => with_limit(transaction, offer.final_limit(run.gas_required)),
            None => transaction,
        };
        if !self.dry_run && report.success && !self.force {
            if let Some((price, available)) = self.lack(&run, &transaction)? {
                report.refuse_for(price, available);
            }
        }
        if !self.dry_run && (report.success || self.force) {
            let included = self.chain.submit(&self.signer, transaction)?;
            report.include(&included, &self.chain, &registry, expected.abi);
        } else if !self.dry_run {
            output.note("It would fail, so nothing was sent (--force sends it anyway).\n");
        }
        complete(&mut report);
        if !self.trace {
            report.trace.clear();
        }
        output.result(&report, |out| report.write(out, self.trace));
        Ok(if report.success { Code::Success } else { Code::Failure })
    }
}

impl Session {
    /// What a transaction that the dry run lets through would take and what there is, if that is less: the dry
    /// run has not paid the fee. What then lacks the money for the rest would fail, and cost the fee.
    fn lack(&self, run: &chain::DryRun, transaction: &Transaction) -> Result<Option<(Price, Balance)>> {
        let available = self.chain.balance(&self.account)?;
        let roughly = Price {
            value: transaction.value(),
            deposit: Balance::try_from(run.deposit).unwrap_or(0),
            accounts: 0,
            fee: self.chain.fee(&self.signer, transaction.clone())?,
            left: self.chain.minimum_balance().saturating_mul(4),
        };
        // The exact price takes as long as the transaction itself. Where there is plenty, it does not matter.
        if available / 2 > roughly.total() {
            return Ok(None);
        }
        let price = self.chain.price(&self.signer, transaction.clone())?;
        Ok(price.filter(|price| available < price.total()).map(|price| (price, available)))
    }
}

fn with_limit(transaction: Transaction, gas: Weight) -> Transaction {
    match transaction {
        Transaction::Instantiate(mut what) => {
            what.limits.gas = Some(gas);
            Transaction::Instantiate(what)
        }
        Transaction::Call(mut what) => {
            what.limits.gas = Some(gas);
            Transaction::Call(what)
        }
        other => other,
    }
}

/// A number of units, for clap.
fn parse_number(text: &str) -> Result<u64, String> {
    text.replace('_', "").parse().map_err(|_| format!("it has to be a number from 0 to {}", u64::MAX))
}

/// Bytes written as `0x…`, or in a file: `@FILE`.
///
/// # Errors
/// Anything else.
pub fn parse_data(text: &str) -> Result<Vec<u8>> {
    match text.strip_prefix('@') {
        Some(path) => crate::artifact::read_file(path.as_ref()),
        None => parse_hex(text),
    }
}

/// Bytes written as `0x…`.
///
/// # Errors
/// Anything else.
pub fn parse_hex(text: &str) -> Result<Vec<u8>> {
    let digits = text.strip_prefix("0x").unwrap_or(text);
    hex::decode(digits).map_err(|error| {
        anyhow::anyhow!("`{}` is not hex: {error}", text.chars().take(40).collect::<String>())
    })
}

/// A hash written as `0x…`.
///
/// # Errors
/// Anything else.
pub fn parse_hash(text: &str) -> Result<[u8; 32]> {
    let bytes = parse_hex(text)?;
    let len = bytes.len();
    bytes.try_into().map_err(|_| {
        anyhow::anyhow!("a hash has 32 bytes, and `{}` has {len}", text.chars().take(80).collect::<String>())
    })
}

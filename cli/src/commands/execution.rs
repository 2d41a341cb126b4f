//! What all commands that send something have in common.
//!
//! A transaction is dry-run first. The gas that the dry run requires is offered; if the dry run fails, the failure is
//! shown and nothing is sent, because the sender would pay for it.

use super::call::{Message, Prepared};
use crate::{
    account, advice,
    artifact::Artifact,
    chain::{
        self, Balance, Chain, Included, Limits, Price, Transaction, Until, Waiting, Weight, ANY_PROOF_SIZE,
    },
    engine,
    output::{Code, Output},
    registry::Registry,
    report::{Expected, Report},
    value::Kind,
};
use anyhow::{bail, ensure, Context, Result};
use inkbpf_sandbox::{
    contracts::Call,
    sp_core::{crypto::AccountId32, sr25519, Pair},
    Recorder,
};
use std::{
    io::{IsTerminal, Write},
    time::Duration,
};

/// The sender, and whether to send.
#[derive(clap::Args)]
pub struct Sender {
    #[command(flatten)]
    pub chain: chain::Options,
    /// Engine for contracts on the embedded chain: jit, jit-base, jit-checked, interp or embedded. Results do not
    /// depend on it [default: the fastest that is available]
    #[arg(long, value_name = "ENGINE", value_parser = engine::parse)]
    pub engine: Option<inkbpf_sandbox::Engine>,
    /// Secret of the account that sends and pays: //Alice and the like, a phrase, a seed, or @FILE that contains it.
    /// Keys are sr25519. Command-line arguments are visible to other users: put valuable secrets into a file or into
    /// INKBPF_SURI
    #[arg(long, short, env = "INKBPF_SURI", hide_env_values = true, default_value = "//Alice")]
    pub suri: String,
    /// Only dry-run; send nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Send even if the dry run fails; a failed transaction is charged as well
    #[arg(long, conflicts_with = "dry_run")]
    pub force: bool,
    /// Send to a node without asking first
    #[arg(long, short, conflicts_with = "dry_run")]
    pub yes: bool,
    /// What to wait for on a node
    #[arg(long, value_name = "FOR", value_enum, default_value_t)]
    pub wait: Until,
    /// Maximum seconds to wait for it
    #[arg(long, value_name = "SECONDS", default_value_t = 300, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub wait_timeout: u64,
    /// Show the contracts' syscalls (a node has to run with -lruntime::contracts::strace=trace)
    #[arg(long)]
    pub trace: bool,
    /// Storage deposit limit: 1000000 in the smallest unit, or 1.5UNIT
    #[arg(long, value_name = "AMOUNT", allow_hyphen_values = true)]
    pub storage_deposit_limit: Option<String>,
}

/// A message and its sender, on the embedded chain. `--url` is refused with a reason, so help leaves it out.
#[derive(clap::Args)]
#[command(mut_arg("url", |arg| arg.hide(true)))]
pub struct Trial {
    #[command(flatten)]
    message: Message,
    #[command(flatten)]
    offer: Offer,
    #[command(flatten)]
    chain: chain::Options,
    /// Secret of the account that would send: //Alice and the like, a phrase, a seed, or @FILE that contains it. Keys
    /// are sr25519
    #[arg(long, short, env = "INKBPF_SURI", hide_env_values = true, default_value = "//Alice")]
    suri: String,
    /// Storage deposit limit: 1000000 in the smallest unit, or 1.5UNIT
    #[arg(long, value_name = "AMOUNT", allow_hyphen_values = true)]
    storage_deposit_limit: Option<String>,
}

/// The outcome of a [`Trial`].
pub struct Tried {
    /// As shown for a dry run.
    pub report: Report,
    /// Where its gas went.
    pub recorder: Recorder,
    /// The registry of the codes that ran.
    pub registry: Registry,
    /// Its whole weight, in gas.
    pub gas: u64,
}

impl Trial {
    /// Dry-runs it, and keeps a record. Nothing is sent.
    ///
    /// # Errors
    /// When the chain cannot be read, or is a node; when the message cannot be prepared.
    pub fn run(&self, output: &mut Output) -> Result<Tried> {
        let Self { message, offer, .. } = self;
        let account = account::key_pair(&account::secret(&self.suri)?)?.public().into();
        let (chain, recorder, weight) = self.chain.open_to_watch()?;
        output.note(
            "It is interpreted and recorded, which takes about a hundred times as long as a normal run.\n",
        );
        inkbpf_sandbox::trace::enable();
        let deposit_limit = parse_deposit_limit(self.storage_deposit_limit.as_deref(), &*chain)?;
        let value = chain.money().parse(&offer.value).context("--value")?;
        let Prepared { contract, artifact, data, name } = message.prepare(&*chain, value, output)?;
        let abi = artifact.as_ref().and_then(|artifact| artifact.abi.as_ref());
        let what = Call { contract, data, value, limits: offer.limits(deposit_limit) };
        let transaction = Transaction::Call(what);
        let run = chain.dry_run(&account, transaction.clone())?;
        let registry = chain.registry().clone();
        let expected = Expected { abi, kind: Kind::Message, name: name.as_deref() };
        let mut report = Report::of_dry_run(&run, &expected, &*chain, &registry);
        if let Err(error) = &run.result {
            report.advice = advice::on(error, &transaction, abi, &report.traps);
        }
        // The record has them, in the order in which they were made.
        report.trace.clear();
        let gas = run.gas_consumed.ref_time().checked_div(weight.into()).unwrap_or_default();
        Ok(Tried { report, recorder, registry, gas })
    }
}

/// The deposit limit, if one was given.
///
/// # Errors
/// When it is not an amount.
fn parse_deposit_limit(text: Option<&str>, chain: &dyn Chain) -> Result<Option<Balance>> {
    text.map(|text| chain.money().parse(text).context("--storage-deposit-limit")).transpose()
}

/// Limits and value for a contract.
#[derive(clap::Args)]
pub struct Offer {
    /// Value to transfer: 1000000 in the smallest unit, or 1.5UNIT
    #[arg(long, value_name = "AMOUNT", default_value = "0", allow_hyphen_values = true)]
    pub value: String,
    /// Gas limit (ref_time, in picoseconds) [default: the dry run's]
    #[arg(long, allow_hyphen_values = true, value_parser = parse_number)]
    pub gas: Option<u64>,
    /// Proof size limit, in bytes; only with --gas [default: the dry run's]
    #[arg(long, requires = "gas", allow_hyphen_values = true, value_parser = parse_number)]
    pub proof_size: Option<u64>,
}

impl Offer {
    /// As limits of a dry run.
    pub fn limits(&self, deposit: Option<Balance>) -> Limits {
        let proof_size = self.proof_size.unwrap_or(ANY_PROOF_SIZE);
        let gas = self.gas.map(|gas| Weight::from_parts(gas, proof_size));
        Limits { gas, deposit }
    }

    /// The limit to offer, given what the dry run requires.
    fn final_limit(&self, required: Weight) -> Weight {
        Weight::from_parts(
            self.gas.unwrap_or(required.ref_time()),
            self.proof_size.unwrap_or(required.proof_size()),
        )
    }
}

/// A chain, and the account that uses it.
pub struct Session {
    pub chain: Box<dyn Chain>,
    pub signer: sr25519::Pair,
    pub account: AccountId32,
    pub deposit_limit: Option<Balance>,
    pub dry_run: bool,
    pub force: bool,
    pub trace: bool,
    yes: bool,
    waiting: Waiting,
}

impl Sender {
    /// Opens the chain.
    ///
    /// # Errors
    /// When it, the secret or the limit cannot be read.
    pub fn open(&self) -> Result<Session> {
        let signer = account::key_pair(&account::secret(&self.suri)?)?;
        let mut chain = if self.dry_run { self.chain.open_to_read()? } else { self.chain.open()? };
        if let Some(engine) = self.engine {
            chain.set_engine(engine)?;
        }
        let deposit_limit = parse_deposit_limit(self.storage_deposit_limit.as_deref(), &*chain)?;
        inkbpf_sandbox::trace::enable();
        Ok(Session {
            account: signer.public().into(),
            signer,
            chain,
            deposit_limit,
            dry_run: self.dry_run,
            force: self.force,
            trace: self.trace,
            yes: self.yes,
            waiting: Waiting { until: self.wait, at_most: Duration::from_secs(self.wait_timeout) },
        })
    }
}

impl Session {
    /// Checks that something can be sent, and keeps what is needed to explain the contract afterwards.
    ///
    /// # Errors
    /// When the chain, or the folder beside it, cannot be written to, or when confirmation is needed and nobody can be
    /// asked.
    pub fn prepare(&mut self, artifact: Option<&Artifact>) -> Result<()> {
        if self.dry_run {
            return Ok(());
        }
        self.chain.check_writable()?;
        ensure!(
            !self.chain.is_shared() || self.yes || std::io::stdin().is_terminal(),
            "nothing is sent to a node without confirmation, and there is no terminal to ask on: pass --yes to send, or --dry-run"
        );
        artifact.map_or(Ok(()), |artifact| self.chain.registry().remember(artifact))
    }

    /// Dry-runs the transaction, sends it if that succeeded (or with `--force`), and reports the outcome.
    ///
    /// # Errors
    /// When the chain cannot be queried, or rejects the transaction outright.
    pub fn execute(
        &mut self,
        output: &mut Output,
        transaction: Transaction,
        offer: Option<&Offer>,
        expected: &Expected<'_>,
        complete: impl FnOnce(&mut Report),
    ) -> Result<Code> {
        let registry = self.chain.registry().clone();
        let run = self.chain.dry_run(&self.account, transaction.clone())?;
        let mut report = Report::of_dry_run(&run, expected, &*self.chain, &registry);
        match &run.result {
            Err(error) if error.is_about_money() => {
                let available = self.chain.balance(&self.account)?;
                match self.chain.price(&self.signer, transaction.clone())? {
                    Some(price) => report.set_funds(price, available, self.deposit_limit),
                    None => {
                        report.advice =
                            Some(format!("the account has {}", self.chain.money().show(available)));
                    }
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
            self.confirm(&report, &transaction)?;
            let included = self.submit(output, transaction)?;
            report.include(&included, &*self.chain, &registry, expected.abi);
        } else if !self.dry_run {
            output.note("It would fail, so nothing was sent (--force sends it anyway).\n");
        }
        complete(&mut report);
        // ink! contracts return by a syscall. So a node that lists none keeps no trace.
        let ran = offer.is_some() && report.success;
        let untold = self.trace && ran && report.trace.is_empty() && self.chain.is_shared();
        if !self.trace {
            report.trace.clear();
        } else if untold {
            output.note(
                "The node reported no syscalls: it reports them when it is started with -lruntime::contracts::strace=trace\n",
            );
        }
        output.result(&report, |out| report.write(out, self.trace && !untold));
        Ok(if report.success { Code::Success } else { Code::Failure })
    }
}

impl Session {
    /// Asks for confirmation before sending, if others share the chain.
    ///
    /// # Errors
    /// When the answer is not yes.
    pub fn confirm(&self, report: &Report, transaction: &Transaction) -> Result<()> {
        if self.yes || !self.chain.is_shared() {
            return Ok(());
        }
        let money = self.chain.money();
        let fee = self.chain.fee(&self.signer, transaction.clone())?;
        let mut err = std::io::stderr().lock();
        writeln!(err, "To {}, signed by {}:", self.chain.place(), account::address(&self.account))?;
        writeln!(err, "  {}, fee up to {}", report.deposit_text(), money.show(fee))?;
        if transaction.value() > 0 {
            writeln!(err, "  {} go to the contract", money.show(transaction.value()))?;
        }
        write!(err, "Send it? [y/N] ")?;
        err.flush()?;
        let mut answer = String::new();
        std::io::stdin().read_line(&mut answer)?;
        if !["y", "yes"].contains(&answer.trim().to_lowercase().as_str()) {
            bail!("nothing was sent");
        }
        Ok(())
    }

    /// Sends a transaction, and waits for it.
    ///
    /// # Errors
    /// As [`Chain::submit`].
    pub fn submit(&mut self, output: &mut Output, transaction: Transaction) -> Result<Included> {
        let mut progress = |line: &str| output.note(line);
        self.chain.submit(&self.signer, transaction, self.waiting, &mut progress)
    }

    /// The cost of a transaction that passes the dry run, and the balance, if that is lower: the dry run does not pay
    /// the fee. Such a transaction would fail for lack of money, and still cost the fee.
    fn lack(&self, run: &chain::DryRun, transaction: &Transaction) -> Result<Option<(Price, Balance)>> {
        let available = self.chain.balance(&self.account)?;
        let roughly = Price {
            value: transaction.value(),
            deposit: Balance::try_from(run.deposit).unwrap_or(0),
            accounts: 0,
            fee: self.chain.fee(&self.signer, transaction.clone())?,
            left: self.chain.minimum_balance()?.saturating_mul(4),
        };
        // Computing the exact price takes as long as the transaction itself. With plenty of money, it does not matter.
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
    text.replace('_', "").parse().map_err(|_| format!("expected a number from 0 to {}", u64::MAX))
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
        anyhow::anyhow!("a hash has 32 bytes, but `{}` has {len}", text.chars().take(80).collect::<String>())
    })
}

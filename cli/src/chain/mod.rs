//! A chain with contracts, as the commands see it.
//!
//! Commands speak to [`Chain`] alone; where it is (in this process, or behind a URL) is decided in
//! [`Options::open`]. What a chain says about errors and events is decoded by its own metadata
//! ([`types`]), so that a chain with other pallets is understood too.

pub mod embedded;
pub mod node;
pub mod types;
mod validity;

use crate::registry::Registry;
use anyhow::{ensure, Result};
use contract_transcode::Value;
use inkbpf_sandbox::{
    sp_core::{crypto::AccountId32, sr25519},
    Engine, Recorder,
};
use std::{borrow::Cow, path::PathBuf, time::Duration};

pub use inkbpf_sandbox::contracts::Limits;
pub use inkbpf_sandbox::Weight;

/// Amount of money.
pub type Balance = u128;

/// Which chain is meant.
#[derive(clap::Args)]
pub struct Options {
    /// A node's JSON-RPC, such as ws://127.0.0.1:9944, instead of the embedded chain
    #[arg(long, env = "INKBPF_URL", value_name = "URL")]
    url: Option<String>,
    /// File of the embedded chain; what is remembered about contracts lies beside it
    /// [default: inkbpf/chain in the package's own target folder, whatever --target-dir says]
    #[arg(long, env = "INKBPF_CHAIN", value_name = "FILE")]
    chain: Option<PathBuf>,
}

impl Options {
    /// The chain, ready to be asked, and only that: it is read even where nothing can be written.
    ///
    /// # Errors
    /// When its file is not a chain, or the node cannot be reached or has no contracts.
    pub fn open_to_read(&self) -> Result<Box<dyn Chain>> {
        Ok(match self.url() {
            Some(url) => Box::new(node::Node::connect(url, self.registry())?),
            None => Box::new(embedded::Embedded::open_to_read(self.path(), self.registry())?),
        })
    }

    /// Refuses a node, for what is asked of this machine.
    ///
    /// # Errors
    /// When a node is meant.
    pub fn ensure_here(&self) -> Result<()> {
        ensure!(
            self.url().is_none(),
            "what runs contracts on a node cannot be asked for: its log says so when it starts (`Contracts run on …`). Leave \
             out --url, and unset INKBPF_URL, to see what runs them on the embedded chain"
        );
        Ok(())
    }

    /// The embedded chain, ready to be asked, the record of where the gas of contracts goes meanwhile, and what a unit of it
    /// weighs in picoseconds.
    ///
    /// # Errors
    /// As [`Options::open_to_read`]; and when a node is meant, which keeps no such record.
    pub fn open_to_watch(&self) -> Result<(Box<dyn Chain>, Recorder, u32)> {
        ensure!(
            self.url().is_none(),
            "a node does not tell where gas goes, the embedded chain does: leave out --url, and unset INKBPF_URL. \
             A node's syscalls are shown by `inkbpf call --dry-run --trace --url …`, if it was started with \
             -lruntime::contracts::strace=trace"
        );
        let mut chain = embedded::Embedded::open_to_read(self.path(), self.registry())?;
        let (recorder, weight) = chain.watch();
        Ok((Box::new(chain), recorder, weight))
    }

    /// The chain, ready to be asked and, where it can be, changed.
    ///
    /// # Errors
    /// As [`Options::open_to_read`].
    pub fn open(&self) -> Result<Box<dyn Chain>> {
        Ok(match self.url() {
            Some(url) => Box::new(node::Node::connect(url, self.registry())?),
            None => Box::new(embedded::Embedded::open(self.path(), self.registry())?),
        })
    }

    /// An empty one is none: so an environment variable is taken back for one command.
    fn url(&self) -> Option<&str> {
        self.url.as_deref().filter(|url| !url.is_empty())
    }

    /// What is remembered about codes, by their hashes: the same for all chains.
    fn registry(&self) -> Registry {
        let mut folder = self.path().into_os_string();
        folder.push(".contracts");
        Registry::new(folder.into())
    }

    fn path(&self) -> PathBuf {
        match &self.chain {
            Some(path) => path.clone(),
            None => crate::artifact::target_folder()
                .unwrap_or_else(|| PathBuf::from("target"))
                .join("inkbpf")
                .join("chain"),
        }
    }
}

/// How a chain writes money.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Money {
    /// Digits after the point, at most [`Money::MOST_DECIMALS`].
    pub decimals: u8,
    /// Name of the unit. Does not begin or end with a digit.
    pub symbol: Cow<'static, str>,
}

impl Money {
    /// 10³⁸ is the largest power of ten that a [`Balance`] holds.
    pub const MOST_DECIMALS: u8 = 38;
}

/// When a transaction that was sent is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// What for.
    pub until: Until,
    /// And at most so long.
    pub at_most: Duration,
}

/// What a transaction has to be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Until {
    /// In a block that stays
    #[default]
    Finalized,
    /// In a block, which a fork may still undo
    Best,
}

/// What is sent to a chain.
#[derive(Clone, Debug)]
pub enum Transaction {
    /// Store code.
    Upload {
        /// The program.
        code: Vec<u8>,
        /// Most that may be held for it.
        deposit_limit: Option<Balance>,
    },
    /// Make a contract.
    Instantiate(inkbpf_sandbox::contracts::Instantiate),
    /// Send a message.
    Call(inkbpf_sandbox::contracts::Call),
    /// Remove code.
    Remove {
        /// Its hash.
        code_hash: [u8; 32],
    },
}

impl Transaction {
    /// What it gives to a contract.
    pub fn value(&self) -> Balance {
        match self {
            Self::Instantiate(what) => what.value,
            Self::Call(what) => what.value,
            Self::Upload { .. } | Self::Remove { .. } => 0,
        }
    }
}

/// What a transaction would do.
#[derive(Clone, Debug)]
pub struct DryRun {
    /// What came of it.
    pub result: Result<Ran, DispatchError>,
    /// Weight that was used.
    pub gas_consumed: Weight,
    /// Weight that has to be offered.
    pub gas_required: Weight,
    /// Held for storage if positive, given back if negative.
    pub deposit: i128,
    /// What the contracts printed, and the pallet's trace of them.
    pub debug: Vec<u8>,
    /// What would happen.
    pub events: Vec<Event>,
}

/// What a contract returned, or an upload.
#[derive(Clone, Debug, Default)]
pub struct Ran {
    /// The bytes.
    pub data: Vec<u8>,
    /// Whether the contract undid its changes.
    pub reverted: bool,
    /// The contract that was made.
    pub contract: Option<AccountId32>,
}

/// Why the chain refused.
#[derive(Clone, Debug)]
pub struct DispatchError {
    /// `Contracts::ContractTrapped`, or the name of an error that is no pallet's.
    pub name: String,
    /// What the pallet says about it.
    pub docs: String,
}

impl std::fmt::Display for DispatchError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.docs.is_empty() {
            true => f.write_str(&self.name),
            false => write!(f, "{}: {}", self.name, self.docs),
        }
    }
}

impl DispatchError {
    /// Whether it may be that the sender has too little, or offered too little.
    pub fn is_about_money(&self) -> bool {
        self.name.starts_with("Token(")
            || ["NotEnoughFunds", "TransferFailed", "DepositLimitExhausted", "InsufficientBalance"]
                .iter()
                .any(|part| self.name.ends_with(part))
    }
}

/// What a transaction takes from its sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Price {
    /// Given to the contract.
    pub value: Balance,
    /// Held for storage.
    pub deposit: Balance,
    /// What new accounts get to exist.
    pub accounts: Balance,
    /// Paid for weight and length.
    pub fee: Balance,
    /// What has to be left over.
    pub left: Balance,
}

impl Price {
    /// What the sender has to have.
    pub fn total(&self) -> Balance {
        [self.deposit, self.accounts, self.fee, self.left]
            .iter()
            .fold(self.value, |sum, part| sum.saturating_add(*part))
    }
}

/// A transaction that is in a block.
#[derive(Clone, Debug)]
pub struct Included {
    /// Height of the block.
    pub block: u32,
    /// Its hash.
    pub block_hash: [u8; 32],
    /// Hash of the transaction.
    pub hash: [u8; 32],
    /// Whether it did what it should.
    pub result: Result<(), DispatchError>,
    /// What was paid for weight and length.
    pub fee: Balance,
    /// What happened.
    pub events: Vec<Event>,
}

/// Something that happened.
#[derive(Clone, Debug)]
pub struct Event {
    /// `Contracts`.
    pub pallet: String,
    /// `ContractEmitted`.
    pub name: String,
    /// The fields, by name.
    pub fields: Value,
    /// The bytes behind it, when a contract emitted it.
    pub emitted: Option<Emitted>,
}

/// What a contract emitted.
#[derive(Clone, Debug)]
pub struct Emitted {
    /// The contract.
    pub contract: AccountId32,
    /// The fields, in SCALE.
    pub data: Vec<u8>,
    /// What it can be found by.
    pub topics: Vec<[u8; 32]>,
}

pub use inkbpf_sandbox::contracts::{CodeRecord, ContractRecord};

/// A chain that stores contracts.
pub trait Chain {
    /// Where it is: a file or a URL, to be shown.
    fn place(&self) -> String;

    /// What is remembered about its codes.
    fn registry(&self) -> &Registry;

    /// Whether others are on it too, so that one asks before one sends.
    fn is_shared(&self) -> bool;

    /// Whether something can be sent. To be asked before anything is written in the chain's name.
    ///
    /// # Errors
    /// Why not.
    fn check_writable(&mut self) -> Result<()>;

    /// Says what runs contracts.
    ///
    /// # Errors
    /// When that is not for the command to say.
    fn set_engine(&mut self, engine: Engine) -> Result<()>;

    /// How it writes money.
    fn money(&self) -> &Money;

    /// What a transaction of this account would do. Changes nothing.
    ///
    /// # Errors
    /// When the chain cannot be asked. What the *transaction* would run into is in the result.
    fn dry_run(&self, origin: &AccountId32, transaction: Transaction) -> Result<DryRun>;

    /// What is taken from the signer before the transaction runs, for its weight and length.
    ///
    /// # Errors
    /// When the chain cannot be asked.
    fn fee(&self, signer: &sr25519::Pair, transaction: Transaction) -> Result<Balance>;

    /// What every account has to keep.
    ///
    /// # Errors
    /// When the chain does not say.
    fn minimum_balance(&self) -> Result<Balance>;

    /// What a transaction would take from its signer if the signer had it, and without a limit on what is
    /// held. `None` when it fails even then, or the chain cannot tell.
    ///
    /// # Errors
    /// When the chain cannot be asked.
    fn price(&self, signer: &sr25519::Pair, transaction: Transaction) -> Result<Option<Price>>;

    /// Signs a transaction, sends it, and waits until it is in a block; tells `progress` how far it is.
    ///
    /// # Errors
    /// When it is not valid, for instance because the account cannot pay for it, or the chain could not
    /// be kept: then nothing happened. When a node does not tell what became of it: then the error says that
    /// it was sent, and its hash.
    fn submit(
        &mut self,
        signer: &sr25519::Pair,
        transaction: Transaction,
        waiting: Waiting,
        progress: &mut dyn FnMut(&str),
    ) -> Result<Included>;

    /// What an account can spend.
    ///
    /// # Errors
    /// When the chain cannot be asked; so for all that follow.
    fn balance(&self, account: &AccountId32) -> Result<Balance>;

    /// What is known about a contract, `None` when there is none.
    fn contract(&self, account: &AccountId32) -> Result<Option<ContractRecord>>;

    /// The first so many contracts, and whether there are more.
    fn contracts(&self, limit: usize) -> Result<(Vec<AccountId32>, bool)>;

    /// What is known about a code, `None` when it is not stored.
    fn code_record(&self, code_hash: [u8; 32]) -> Result<Option<CodeRecord>>;

    /// A stored code.
    fn code(&self, code_hash: [u8; 32]) -> Result<Option<Vec<u8>>>;

    /// The first `limit` cells of a contract's storage after the key `after`, in the order of the chain:
    /// unhashed keys and values, and whether there are more.
    ///
    /// # Errors
    /// When the chain cannot be asked, there is no contract, or no such key.
    fn storage(&self, account: &AccountId32, after: Option<&[u8]>, limit: usize) -> Result<Cells>;
}

/// Some of a contract's storage.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cells {
    /// Unhashed keys and values.
    pub cells: Vec<(Vec<u8>, Vec<u8>)>,
    /// Whether there are more after the last of them.
    pub more: bool,
}

/// That a contract's storage has no cell of this key.
fn no_such_key(key: &[u8]) -> anyhow::Error {
    anyhow::anyhow!("the contract has no cell of the key 0x{} to go on after", hex::encode(key))
}

/// Held if positive, given back if negative.
fn signed(deposit: inkbpf_sandbox::contracts::StorageDeposit<Balance>) -> i128 {
    let signed = |amount: Balance| i128::try_from(amount).unwrap_or(i128::MAX);
    use inkbpf_sandbox::contracts::StorageDeposit;
    match deposit {
        StorageDeposit::Charge(amount) => signed(amount),
        StorageDeposit::Refund(amount) => signed(amount).saturating_neg(),
    }
}

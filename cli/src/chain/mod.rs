//! A chain with contracts, as the commands see it.
//!
//! Commands use only [`Chain`]; [`Options::open`] decides where it is (in this process, or behind a URL). A chain's own
//! metadata is used to decode its errors and events ([`types`]), so that a chain with other pallets is understood too.

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

/// An amount of money.
pub type Balance = u128;

/// The limit on the size of proofs in a dry run where only gas is limited: more than any run can need.
pub const ANY_PROOF_SIZE: u64 = u64::MAX / 2;

/// Selects a chain.
#[derive(clap::Args)]
pub struct Options {
    /// A node's JSON-RPC, such as ws://127.0.0.1:9944, instead of the embedded chain
    #[arg(long, env = "INKBPF_URL", value_name = "URL")]
    url: Option<String>,
    /// File of the embedded chain; metadata and debug files of contracts are kept beside it [default: inkbpf/chain in
    /// the package's own target folder, whatever --target-dir says]
    #[arg(long, env = "INKBPF_CHAIN", value_name = "FILE")]
    chain: Option<PathBuf>,
}

impl Options {
    /// Opens the chain only for queries: it can be read even where nothing can be written.
    ///
    /// # Errors
    /// When its file is not a chain, or the node cannot be reached or has no contracts.
    pub fn open_to_read(&self) -> Result<Box<dyn Chain>> {
        Ok(match self.url() {
            Some(url) => Box::new(node::Node::connect(url, self.registry())?),
            None => Box::new(embedded::Embedded::open_to_read(self.path(), self.registry())?),
        })
    }

    /// Refuses a node, for requests that concern this machine.
    ///
    /// # Errors
    /// When a node is selected.
    pub fn ensure_here(&self) -> Result<()> {
        ensure!(
            self.url().is_none(),
            "a node cannot be asked for its engine: its log names it when it starts (`Contracts run on …`). Leave out \
             --url, and unset INKBPF_URL, to see the engine of the embedded chain"
        );
        Ok(())
    }

    /// The embedded chain for queries, the record of where the gas of contracts goes meanwhile, and the weight of a
    /// unit of gas in picoseconds.
    ///
    /// # Errors
    /// As [`Options::open_to_read`]; and when a node is selected, which keeps no such record.
    pub fn open_to_watch(&self) -> Result<(Box<dyn Chain>, Recorder, u32)> {
        ensure!(
            self.url().is_none(),
            "only the embedded chain records where gas is spent, a node does not: leave out --url, and unset INKBPF_URL. \
             A node's syscalls are shown by `inkbpf call --dry-run --trace --url …`, if it was started with \
             -lruntime::contracts::strace=trace"
        );
        let mut chain = embedded::Embedded::open_to_read(self.path(), self.registry())?;
        let (recorder, weight) = chain.watch();
        Ok((Box::new(chain), recorder, weight))
    }

    /// Opens the chain for queries and, if possible, for changes.
    ///
    /// # Errors
    /// As [`Options::open_to_read`].
    pub fn open(&self) -> Result<Box<dyn Chain>> {
        Ok(match self.url() {
            Some(url) => Box::new(node::Node::connect(url, self.registry())?),
            None => Box::new(embedded::Embedded::open(self.path(), self.registry())?),
        })
    }

    /// An empty one counts as none: this overrides an environment variable for one command.
    fn url(&self) -> Option<&str> {
        self.url.as_deref().filter(|url| !url.is_empty())
    }

    /// The registry of codes by their hashes: the same for all chains.
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

/// When a sent transaction counts as done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// The state to wait for.
    pub until: Until,
    /// The maximum time to wait.
    pub at_most: Duration,
}

/// The state that a transaction has to reach.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Until {
    /// In a block that stays
    #[default]
    Finalized,
    /// In a block, which a fork may still undo
    Best,
}

/// A transaction for a chain.
#[derive(Clone, Debug)]
pub enum Transaction {
    /// Store code.
    Upload {
        /// The program.
        code: Vec<u8>,
        /// Maximum deposit for it.
        deposit_limit: Option<Balance>,
    },
    /// Create a contract.
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
    /// The value that it transfers to a contract.
    pub fn value(&self) -> Balance {
        match self {
            Self::Instantiate(what) => what.value,
            Self::Call(what) => what.value,
            Self::Upload { .. } | Self::Remove { .. } => 0,
        }
    }

    /// The gas limit that it names.
    pub fn gas(&self) -> Option<Weight> {
        match self {
            Self::Instantiate(what) => what.limits.gas,
            Self::Call(what) => what.limits.gas,
            Self::Upload { .. } | Self::Remove { .. } => None,
        }
    }
}

/// The effects of a transaction, if it were sent.
#[derive(Clone, Debug)]
pub struct DryRun {
    /// The result.
    pub result: Result<Ran, DispatchError>,
    /// Weight that was used.
    pub gas_consumed: Weight,
    /// Weight that has to be offered.
    pub gas_required: Weight,
    /// Deposit if positive, refund if negative.
    pub deposit: i128,
    /// Text printed by the contracts, and the pallet's trace of them.
    pub debug: Vec<u8>,
    /// The events.
    pub events: Vec<Event>,
}

/// The result of a contract or of an upload.
#[derive(Clone, Debug, Default)]
pub struct Ran {
    /// The bytes.
    pub data: Vec<u8>,
    /// Whether the contract reverted its changes.
    pub reverted: bool,
    /// The contract that was created.
    pub contract: Option<AccountId32>,
}

/// Why the chain refused.
#[derive(Clone, Debug)]
pub struct DispatchError {
    /// `Contracts::ContractTrapped`, or the name of an error that does not belong to a pallet.
    pub name: String,
    /// The pallet's documentation of it.
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
    /// Whether the sender may have too little money, or offered too little.
    pub fn is_about_money(&self) -> bool {
        self.name.starts_with("Token(")
            || ["NotEnoughFunds", "TransferFailed", "DepositLimitExhausted", "InsufficientBalance"]
                .iter()
                .any(|part| self.name.ends_with(part))
    }
}

/// The cost of a transaction for its sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Price {
    /// Transferred to the contract.
    pub value: Balance,
    /// Held for storage.
    pub deposit: Balance,
    /// The existential deposits of new accounts.
    pub accounts: Balance,
    /// The fee for weight and length.
    pub fee: Balance,
    /// The balance that has to remain.
    pub left: Balance,
}

impl Price {
    /// The balance that the sender needs.
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
    /// Whether it succeeded.
    pub result: Result<(), DispatchError>,
    /// The fee for weight and length.
    pub fee: Balance,
    /// Its events.
    pub events: Vec<Event>,
}

/// An event.
#[derive(Clone, Debug)]
pub struct Event {
    /// `Contracts`.
    pub pallet: String,
    /// `ContractEmitted`.
    pub name: String,
    /// The fields, by name.
    pub fields: Value,
    /// The contract's event, if one emitted it.
    pub emitted: Option<Emitted>,
}

/// An event emitted by a contract.
#[derive(Clone, Debug)]
pub struct Emitted {
    /// The contract.
    pub contract: AccountId32,
    /// The fields, in SCALE.
    pub data: Vec<u8>,
    /// Its index topics.
    pub topics: Vec<[u8; 32]>,
}

pub use inkbpf_sandbox::contracts::{CodeRecord, ContractRecord};

/// A chain that stores contracts.
pub trait Chain {
    /// Its location for display: a file or a URL.
    fn place(&self) -> String;

    /// The registry of its codes.
    fn registry(&self) -> &Registry;

    /// Whether others use it too, so that the user is asked before anything is sent.
    fn is_shared(&self) -> bool;

    /// Checks that transactions can be sent. Call it before writing anything on the chain's behalf.
    ///
    /// # Errors
    /// The reason, if not.
    fn check_writable(&mut self) -> Result<()>;

    /// Sets the engine that runs contracts.
    ///
    /// # Errors
    /// When the command cannot choose it.
    fn set_engine(&mut self, engine: Engine) -> Result<()>;

    /// How it writes money.
    fn money(&self) -> &Money;

    /// The effects of a transaction of this account. Changes nothing.
    ///
    /// # Errors
    /// When the chain cannot be queried. An error of the *transaction* is in the result.
    fn dry_run(&self, origin: &AccountId32, transaction: Transaction) -> Result<DryRun>;

    /// The fee charged before the transaction runs, for its weight and length.
    ///
    /// # Errors
    /// When the chain cannot be queried.
    fn fee(&self, signer: &sr25519::Pair, transaction: Transaction) -> Result<Balance>;

    /// The minimum balance of every account.
    ///
    /// # Errors
    /// When the chain does not provide it.
    fn minimum_balance(&self) -> Result<Balance>;

    /// The cost of a transaction if the signer had enough money and no deposit limit. `None` when it fails even then,
    /// or the chain cannot tell.
    ///
    /// # Errors
    /// When the chain cannot be queried.
    fn price(&self, signer: &sr25519::Pair, transaction: Transaction) -> Result<Option<Price>>;

    /// Signs a transaction, sends it, and waits until it is in a block; reports to `progress`.
    ///
    /// # Errors
    /// When it is not valid, for instance because the account cannot pay for it, or when the chain could not be saved:
    /// then nothing happened. When a node does not report its outcome: the error then says that it was sent, with its
    /// hash.
    fn submit(
        &mut self,
        signer: &sr25519::Pair,
        transaction: Transaction,
        waiting: Waiting,
        progress: &mut dyn FnMut(&str),
    ) -> Result<Included>;

    /// The balance that an account can spend.
    ///
    /// # Errors
    /// When the chain cannot be queried; likewise for the methods below.
    fn balance(&self, account: &AccountId32) -> Result<Balance>;

    /// A contract's record, `None` when there is no contract.
    fn contract(&self, account: &AccountId32) -> Result<Option<ContractRecord>>;

    /// The first `limit` contracts, and whether there are more.
    fn contracts(&self, limit: usize) -> Result<(Vec<AccountId32>, bool)>;

    /// A code's record, `None` when it is not stored.
    fn code_record(&self, code_hash: [u8; 32]) -> Result<Option<CodeRecord>>;

    /// A stored code.
    fn code(&self, code_hash: [u8; 32]) -> Result<Option<Vec<u8>>>;

    /// The first `limit` cells of a contract's storage after the key `after`, in the chain's order: unhashed keys and
    /// values, and whether there are more.
    ///
    /// # Errors
    /// When the chain cannot be queried, or there is no such contract or key.
    fn storage(&self, account: &AccountId32, after: Option<&[u8]>, limit: usize) -> Result<Cells>;
}

/// A part of a contract's storage.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cells {
    /// Unhashed keys and values.
    pub cells: Vec<(Vec<u8>, Vec<u8>)>,
    /// Whether there are more after the last of them.
    pub more: bool,
}

/// The error that a contract's storage has no cell with this key.
fn no_such_key(key: &[u8]) -> anyhow::Error {
    anyhow::anyhow!(
        "the contract has no cell with the key 0x{}, so the list cannot continue after it",
        hex::encode(key)
    )
}

/// Deposit as a positive number, refund as a negative one.
fn signed(deposit: inkbpf_sandbox::contracts::StorageDeposit<Balance>) -> i128 {
    let signed = |amount: Balance| i128::try_from(amount).unwrap_or(i128::MAX);
    use inkbpf_sandbox::contracts::StorageDeposit;
    match deposit {
        StorageDeposit::Charge(amount) => signed(amount),
        StorageDeposit::Refund(amount) => signed(amount).saturating_neg(),
    }
}

//! The runtime in this process: a chain without a node.
//!
//! **Problem.** Contracts have to be tried before there is a network, and tests have to be quick. So the runtime is
//! linked in and its blocks are built here, by the same steps as in a node: `initialize_block`, the timestamp, *signed*
//! transactions that pay fees, `finalize_block`.
//!
//! **Invariants.** State changes only when a whole block succeeds: a refused transaction, a dry run ([`Sandbox::view`])
//! and a panic in the runtime leave the chain as it was. Nothing is global, so sandboxes in different threads do not
//! affect each other; they only share the engine's cache of compiled code.
//!
//! Where to read on: [`block`] builds blocks, [`contracts`] uploads and calls, [`snapshot`] is the form on disk and
//! [`store`] the file that holds it.

#![forbid(unsafe_code)]

pub mod block;
pub mod contracts;
pub mod snapshot;
pub mod store;
pub mod trace;

pub use block::{Built, Clock, InvalidTransaction, Transaction};
pub use inkbpf_host::{
    watch::{self, Recorder},
    Choice as Engine, Host,
};
pub use inkbpf_runtime as runtime;
pub use polkadot_sdk::{sp_core, sp_keyring::Sr25519Keyring as Keyring, sp_runtime, sp_weights::Weight};

use inkbpf_host::HostExt;
use inkbpf_runtime::{AccountId, Balance, Hash, Header, Nonce, RuntimeGenesisConfig};
use polkadot_sdk::{
    frame_support::traits::{BuildGenesisConfig, Currency},
    frame_system, pallet_balances, pallet_timestamp,
    sp_externalities::{set_and_run_with_externalities, Extensions},
    sp_runtime::traits::{BlakeTwo256, Header as _},
    sp_state_machine::{Ext, InMemoryBackend, OverlayedChanges},
    sp_storage::StateVersion,
};

/// The layout of values in the trie, as the runtime's `system_version` 1 defines it.
const STATE_VERSION: StateVersion = StateVersion::V1;

type State = InMemoryBackend<BlakeTwo256>;

/// A chain in memory.
pub struct Sandbox {
    state: State,
    /// Header of the newest block.
    head: Header,
    genesis: Hash,
    clock: Clock,
    host: Host,
}

impl Default for Sandbox {
    fn default() -> Self {
        Self::new()
    }
}

impl Sandbox {
    /// A development chain at its genesis: the accounts of [`Keyring::well_known`] hold money, Alice may use `sudo`.
    /// Time starts at 2024-01-01 and advances by six seconds a block, so runs are reproducible.
    pub fn new() -> Self {
        Self::with_genesis(&inkbpf_runtime::genesis::development())
    }

    /// A chain with this genesis.
    pub fn with_genesis(genesis: &RuntimeGenesisConfig) -> Self {
        let empty = State::default();
        let mut overlay = OverlayedChanges::default();
        let host = Host::default();
        run_in(&empty, &host, &mut overlay, || genesis.build());
        let state = apply(empty, overlay);
        let head = Header::new(0, Default::default(), *state.root(), Default::default(), Default::default());
        let genesis = head.hash();
        Self { state, head, genesis, clock: Clock::default(), host }
    }

    /// Sets where the time of later blocks comes from.
    pub fn set_clock(&mut self, clock: Clock) {
        self.clock = clock;
    }

    /// Sets the engine that runs contracts from now on; the default is the fastest of this machine. No block and no
    /// result depends on it.
    pub fn set_engine(&mut self, engine: Engine) {
        self.host = Host::with_cache(engine, self.host.cache().clone());
    }

    /// Records where the gas of contracts goes, from now until an engine is chosen. Meanwhile contracts are
    /// interpreted.
    pub fn watch(&mut self) -> Recorder {
        let recorder = Recorder::default();
        self.host = self.host.clone().watched(recorder.clone());
        recorder
    }

    /// The engine that runs contracts, and its cache.
    pub fn host(&self) -> &Host {
        &self.host
    }

    /// Header of the newest block.
    pub fn head(&self) -> &Header {
        &self.head
    }

    /// Hash of the first block, which every signature includes.
    pub fn genesis_hash(&self) -> Hash {
        self.genesis
    }

    /// Runs `f` on the newest state and discards its changes.
    pub fn view<R>(&self, f: impl FnOnce() -> R) -> R {
        run_in(&self.state, &self.host, &mut OverlayedChanges::default(), f)
    }

    /// Calls a function of the runtime API by name, as the RPC `state_call` does: SCALE in, SCALE out. `None` when the
    /// runtime has no such function.
    pub fn state_call(&self, method: &str, arguments: &[u8]) -> Option<Vec<u8>> {
        self.view(|| inkbpf_runtime::api::dispatch(method, arguments))
    }

    /// What an account can spend or lose, without held funds.
    pub fn free_balance(&self, who: &AccountId) -> Balance {
        self.view(|| pallet_balances::Pallet::<inkbpf_runtime::Runtime>::free_balance(who))
    }

    /// A copy of the chain on which the account has this much more, to find out what would happen if it could pay.
    pub fn with_money(&self, who: &AccountId, amount: Balance) -> Sandbox {
        let mut overlay = OverlayedChanges::default();
        run_in(&self.state, &self.host, &mut overlay, || {
            drop(pallet_balances::Pallet::<inkbpf_runtime::Runtime>::deposit_creating(who, amount));
        });
        Self {
            state: apply(self.state.clone(), overlay),
            head: self.head.clone(),
            genesis: self.genesis,
            clock: self.clock,
            host: self.host.clone(),
        }
    }

    /// The weight of a unit of a contract's gas, in picoseconds of `ref_time`.
    pub fn ref_time_per_gas(&self) -> u32 {
        <inkbpf_runtime::Runtime as pallet_contracts::Config>::Schedule::get().instruction_weights.base
    }

    /// The minimum that an account has to keep.
    pub fn minimum_balance(&self) -> Balance {
        <pallet_balances::Pallet<inkbpf_runtime::Runtime> as Currency<AccountId>>::minimum_balance()
    }

    /// How many transactions the account has made.
    pub fn nonce(&self, who: &AccountId) -> Nonce {
        self.view(|| frame_system::Pallet::<inkbpf_runtime::Runtime>::account_nonce(who))
    }

    /// Time of the newest block, in milliseconds since 1970. 0 at genesis.
    pub fn now(&self) -> u64 {
        self.view(pallet_timestamp::Now::<inkbpf_runtime::Runtime>::get)
    }
}

/// Runs `f` with `overlay` on top of `state`.
fn run_in<R>(
    state: &State,
    host: &Host,
    overlay: &mut OverlayedChanges<BlakeTwo256>,
    f: impl FnOnce() -> R,
) -> R {
    let mut extensions = Extensions::from(HostExt(host.clone()));
    let mut ext = Ext::new(overlay, state, Some(&mut extensions));
    set_and_run_with_externalities(&mut ext, f)
}

/// The state with the changes applied.
fn apply(mut state: State, mut overlay: OverlayedChanges<BlakeTwo256>) -> State {
    let changes = overlay
        .drain_storage_changes(&state, STATE_VERSION)
        .expect("fails only with a storage transaction left open, and `run_in`'s callers close theirs; qed");
    state.apply_transaction(changes.transaction_storage_root, changes.transaction);
    state
}

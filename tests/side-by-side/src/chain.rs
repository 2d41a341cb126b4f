//! The two chains, and what is to be seen of them.
//!
//! `runtime.rs` and `driver.rs` are compiled once with each pallet under the name `pallet_contracts`. Both implement
//! [`Chain`], whose types belong to neither.

use inkbpf_host::{Choice, Host, HostExt};
use polkadot_sdk::{sp_core::H256, sp_runtime::AccountId32, sp_weights::Weight};
use std::collections::BTreeMap;

/// What accounts hold at the start.
pub const ENDOWMENT: u128 = inkbpf_runtime::genesis::ENDOWMENT;

/// Something that is done to a chain. Code hashes are [`crate::aliases`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Stores the code of this contract.
    Upload {
        /// Who pays.
        by: AccountId32,
        /// The contract's name.
        contract: String,
    },
    /// Removes a code.
    Remove {
        /// Who does.
        by: AccountId32,
        /// Of which code.
        code_hash: H256,
    },
    /// Makes a contract of a code that is stored.
    Instantiate {
        /// Who pays.
        by: AccountId32,
        /// Of which code.
        code_hash: H256,
        /// Money for the contract.
        value: u128,
        /// Gas.
        gas: Weight,
        /// Most that may be held.
        deposit: Option<u128>,
        /// Selector and arguments.
        data: Vec<u8>,
        /// Tells equal contracts apart.
        salt: Vec<u8>,
    },
    /// Stores the code of this contract and makes a contract of it.
    InstantiateWithCode {
        /// Who pays.
        by: AccountId32,
        /// The contract's name.
        contract: String,
        /// Money for the contract.
        value: u128,
        /// Gas.
        gas: Weight,
        /// Most that may be held.
        deposit: Option<u128>,
        /// Selector and arguments.
        data: Vec<u8>,
        /// Tells equal contracts apart.
        salt: Vec<u8>,
    },
    /// Calls a contract.
    Call {
        /// Who calls. Root, if nobody.
        by: Option<AccountId32>,
        /// The contract.
        dest: AccountId32,
        /// Money for the contract.
        value: u128,
        /// Gas.
        gas: Weight,
        /// Most that may be held.
        deposit: Option<u128>,
        /// Selector and arguments.
        data: Vec<u8>,
    },
    /// Root gives a contract another code.
    SetCode {
        /// The contract.
        dest: AccountId32,
        /// The code.
        code_hash: H256,
    },
    /// Moves money without a contract.
    Transfer {
        /// From whom.
        by: AccountId32,
        /// To whom.
        to: AccountId32,
        /// How much.
        value: u128,
    },
}

/// What a contract answered to a dry run: flags and data.
pub type Answer = Result<(u32, Vec<u8>), String>;

/// What a dry run says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dry {
    /// What the contract answered.
    pub answer: Answer,
    /// What would be charged for storage, or paid back.
    pub deposit: String,
    /// Where the contract is that was made.
    pub address: Option<AccountId32>,
    /// What has to be offered for it. Each chain has its own prices.
    pub gas: Weight,
}

/// What came of an [`Action`]. All hashes of code are aliases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// What a dry run said before, if there is one for this action.
    pub dry: Option<Dry>,
    /// Why the transaction failed, if it did.
    pub error: Option<String>,
    /// The events in order: SCALE of each with its topics, and the same for people.
    pub events: Vec<(Vec<u8>, String)>,
}

/// Everything that is stored: the main trie and the child tries, by key. What depends on a code's length is without it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// Key to value.
    pub main: BTreeMap<Vec<u8>, Vec<u8>>,
    /// Key of the child trie to its keys and values.
    pub children: BTreeMap<Vec<u8>, BTreeMap<Vec<u8>, Vec<u8>>>,
}

/// A chain with a contracts pallet.
pub trait Chain {
    /// What it runs.
    fn name(&self) -> &'static str;
    /// Gives it the code of a contract, and an alias for its hash. Nothing is stored by that.
    fn learn(&mut self, contract: &str, code: Vec<u8>);
    /// Tries, then does. The state that the transaction leaves is kept, whatever came of it.
    fn act(&mut self, action: &Action) -> Outcome;
    /// What is stored.
    fn state(&mut self) -> State;
    /// Ends the block: contracts that ended are removed, time goes on.
    fn next_block(&mut self);
    /// The address that the pallet's default generator gives.
    fn default_address(
        &self,
        deployer: &AccountId32,
        code_hash: &H256,
        data: &[u8],
        salt: &[u8],
    ) -> AccountId32;
    /// Prepares an action to be done again and again: see [`Timed`].
    fn timed(&mut self, action: &Action) -> Timed<'_>;
    /// Writes entries of 32 bytes into the storage of the contract, as if it had done so, and into the trie: one for
    /// each number.
    fn fill(&mut self, contract: &AccountId32, numbers: std::ops::Range<u32>);
}

/// Something to be measured: does an action as many times as its argument says, and discards the changes.
pub type Timed<'a> = Box<dyn FnMut(u32) + 'a>;

/// The chain with this repository's pallet.
// The macros of FRAME make public items without documentation, here and below.
#[allow(missing_docs)]
pub mod ebpf {
    use super::{Choice, Host, HostExt};
    use bpf_pallet as pallet_contracts;

    macro_rules! engine {
        () => {
            type Engine = pallet_contracts::host::Selected;
        };
    }

    include!("runtime.rs");
    include!("driver.rs");

    impl TestChain {
        /// A chain at its beginning, on which this runs contracts.
        pub fn with_engine(choice: Choice) -> Self {
            let mut chain = Self::genesis(choice.name());
            chain.ext.register_extension(HostExt(Host::new(choice)));
            chain
        }
    }
}

/// The chain with `pallet-contracts`.
#[allow(missing_docs)]
pub mod wasm {
    use wasm_pallet as pallet_contracts;

    macro_rules! engine {
        () => {};
    }

    include!("runtime.rs");
    include!("driver.rs");

    impl TestChain {
        /// A chain at its beginning.
        pub fn new() -> Self {
            Self::genesis("pallet-contracts")
        }
    }

    impl Default for TestChain {
        fn default() -> Self {
            Self::new()
        }
    }
}

/// The chain with this repository's pallet.
pub type Ebpf = ebpf::TestChain;
/// The chain with `pallet-contracts`.
pub type Wasm = wasm::TestChain;

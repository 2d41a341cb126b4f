//! Every example, from its source to what it does on the chain.

mod adder;
mod alone;
mod archive;
mod caller;
mod clients;
mod erc20;
mod erc721;
mod factory;
mod features;
mod flipper;
mod multisig;
mod spin;
mod stress;
mod upgradeable;
mod wildcard;

use inkbpf_e2e::{AccountId, Keyring};

/// The account of a development key, as contracts take it.
fn account(key: Keyring) -> AccountId {
    key.to_account_id()
}

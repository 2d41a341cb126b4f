//! How the chain begins.
//!
//! The usual development accounts hold money and Alice may act as root. The presets are those that
//! node software asks for by name.

use crate::{AccountId, Balance, BalancesConfig, RuntimeGenesisConfig, SudoConfig};
use alloc::{vec, vec::Vec};
use polkadot_sdk::*;
use sp_genesis_builder::PresetId;
use sp_keyring::Sr25519Keyring;

/// What each development account holds at the start, as in `substrate-contracts-node`.
pub const ENDOWMENT: Balance = 1 << 60;

/// Alice, Bob, Charlie, Dave, Eve and Ferdie, and the stash account of each.
pub fn dev_accounts() -> Vec<AccountId> {
    Sr25519Keyring::well_known().map(Sr25519Keyring::to_account_id).collect()
}

/// The genesis of a development chain: [`dev_accounts`] with [`ENDOWMENT`], Alice for `sudo`.
pub fn development() -> RuntimeGenesisConfig {
    RuntimeGenesisConfig {
        balances: BalancesConfig {
            balances: dev_accounts().into_iter().map(|who| (who, ENDOWMENT)).collect(),
            ..Default::default()
        },
        sudo: SudoConfig { key: Some(Sr25519Keyring::Alice.to_account_id()) },
        ..Default::default()
    }
}

/// The preset of that name as JSON.
pub fn preset(id: &PresetId) -> Option<Vec<u8>> {
    match id.as_ref() {
        sp_genesis_builder::DEV_RUNTIME_PRESET | sp_genesis_builder::LOCAL_TESTNET_RUNTIME_PRESET => Some(
            serde_json::to_vec(&development()).expect("a genesis configuration has only string keys; qed"),
        ),
        _ => None,
    }
}

/// The names that [`preset`] knows.
pub fn preset_names() -> Vec<PresetId> {
    vec![
        PresetId::from(sp_genesis_builder::DEV_RUNTIME_PRESET),
        PresetId::from(sp_genesis_builder::LOCAL_TESTNET_RUNTIME_PRESET),
    ]
}

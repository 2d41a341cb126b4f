//! How a chain begins.
//!
//! The usual development accounts hold money and Alice may act as root. Two presets differ in who makes
//! blocks: on a development chain whoever runs the node does, at will; a local network has validators.
//! The presets are those that node software asks for by name.

use crate::{
    config::contracts::RUNTIME_MEMORY, AccountId, AuraConfig, Balance, BalancesConfig, GrandpaConfig,
    RuntimeGenesisConfig, SessionKeys, SudoConfig,
};
use alloc::{vec, vec::Vec};
use frame_support::{genesis_builder_helper::build_state, storage::unhashed};
use polkadot_sdk::*;
use sp_core::storage::well_known_keys;
use sp_genesis_builder::PresetId;
use sp_keyring::{Ed25519Keyring, Sr25519Keyring};

/// What each development account holds at the start, as in `substrate-contracts-node`.
pub const ENDOWMENT: Balance = 1 << 60;

/// Alice, Bob, Charlie, Dave, Eve and Ferdie, and the stash account of each.
pub fn dev_accounts() -> Vec<AccountId> {
    Sr25519Keyring::well_known().map(Sr25519Keyring::to_account_id).collect()
}

/// The keys of Alice, Bob and Charlie, the validators of a local network.
pub fn local_validators() -> Vec<SessionKeys> {
    let keys = |aura: Sr25519Keyring, grandpa: Ed25519Keyring| SessionKeys {
        aura: aura.public().into(),
        grandpa: grandpa.public().into(),
    };
    vec![
        keys(Sr25519Keyring::Alice, Ed25519Keyring::Alice),
        keys(Sr25519Keyring::Bob, Ed25519Keyring::Bob),
        keys(Sr25519Keyring::Charlie, Ed25519Keyring::Charlie),
    ]
}

/// The genesis of a development chain: [`dev_accounts`] with [`ENDOWMENT`], Alice for `sudo`, no validators.
pub fn development() -> RuntimeGenesisConfig {
    network(&[])
}

/// The same accounts, and these validators, each with one vote.
pub fn network(validators: &[SessionKeys]) -> RuntimeGenesisConfig {
    RuntimeGenesisConfig {
        balances: BalancesConfig {
            balances: dev_accounts().into_iter().map(|who| (who, ENDOWMENT)).collect(),
            ..Default::default()
        },
        sudo: SudoConfig { key: Some(Sr25519Keyring::Alice.to_account_id()) },
        aura: AuraConfig { authorities: validators.iter().map(|keys| keys.aura.clone()).collect() },
        grandpa: GrandpaConfig {
            authorities: validators.iter().map(|keys| (keys.grandpa.clone(), 1)).collect(),
            ..Default::default()
        },
        ..Default::default()
    }
}

/// Builds the state that a genesis in JSON describes.
///
/// # Errors
/// When it is not one.
pub fn build(config: Vec<u8>) -> sp_genesis_builder::Result {
    build_state::<RuntimeGenesisConfig>(config)?;
    // As a part of the state it is the same for all nodes: whether a block is valid must not depend on how
    // much memory one of them was told to give.
    unhashed::put(well_known_keys::HEAP_PAGES, &u64::from(RUNTIME_MEMORY / WASM_PAGE));
    Ok(())
}

/// Bytes of a page of Wasm memory.
const WASM_PAGE: u32 = 64 * 1024;

/// The preset of that name as JSON.
pub fn preset(id: &PresetId) -> Option<Vec<u8>> {
    let genesis = match id.as_ref() {
        sp_genesis_builder::DEV_RUNTIME_PRESET => development(),
        sp_genesis_builder::LOCAL_TESTNET_RUNTIME_PRESET => network(&local_validators()),
        _ => return None,
    };
    Some(serde_json::to_vec(&genesis).expect("a genesis configuration has only string keys; qed"))
}

/// The names that [`preset`] knows.
pub fn preset_names() -> Vec<PresetId> {
    vec![
        PresetId::from(sp_genesis_builder::DEV_RUNTIME_PRESET),
        PresetId::from(sp_genesis_builder::LOCAL_TESTNET_RUNTIME_PRESET),
    ]
}

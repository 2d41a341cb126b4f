//! Genesis: how a chain begins.
//!
//! The usual development accounts hold money and Alice may act as root. Two presets differ in who makes blocks: on a
//! development chain, whoever runs the node, at will; on a local network, its validators. Node software asks for the
//! presets by name.

use crate::{
    config::{consensus::MAX_AUTHORITIES, contracts::RUNTIME_MEMORY, EXISTENTIAL_DEPOSIT},
    AccountId, AuraConfig, Balance, BalancesConfig, GrandpaConfig, RuntimeGenesisConfig, SessionKeys,
    SudoConfig,
};
use alloc::{collections::BTreeSet, format, string::String, vec, vec::Vec};
use frame_support::{storage::unhashed, traits::BuildGenesisConfig};
use polkadot_sdk::*;
use sp_core::storage::well_known_keys;
use sp_genesis_builder::PresetId;
use sp_keyring::{Ed25519Keyring, Sr25519Keyring};

/// The balance of each development account at the start, as in `substrate-contracts-node`.
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

/// Builds the state described by a genesis in JSON.
///
/// # Errors
/// When it is not a genesis, or no chain could continue from it: for instance, if Aura has another number of validators
/// than GRANDPA.
pub fn build(json: Vec<u8>) -> sp_genesis_builder::Result {
    let config: RuntimeGenesisConfig =
        serde_json::from_slice(&json).map_err(|error| format!("invalid JSON of a genesis: {error}"))?;
    check(&config)?;
    config.build();
    // As part of the state it is the same for all nodes: whether a block is valid must not depend on how much memory a
    // node was configured to provide.
    unhashed::put(well_known_keys::HEAP_PAGES, &u64::from(RUNTIME_MEMORY / WASM_PAGE));
    Ok(())
}

/// Checks what would otherwise panic in the pallets or the node: as many validators for blocks as for finality, each
/// with a vote (the keys are of two kinds, so ownership cannot be checked); and balances that can be held.
///
/// # Errors
/// What is wrong, by its name in the JSON.
fn check(config: &RuntimeGenesisConfig) -> Result<(), String> {
    let (aura, grandpa) = (&config.aura.authorities, &config.grandpa.authorities);
    if aura.len() != grandpa.len() {
        return Err(format!(
            "`aura.authorities` has {} validators but `grandpa.authorities` has {}: they must have the same validators",
            aura.len(),
            grandpa.len()
        ));
    }
    if aura.len() > MAX_AUTHORITIES as usize {
        return Err(format!("`aura.authorities` has {} validators: {MAX_AUTHORITIES} at most", aura.len()));
    }
    if let Some(twice) = first_repeated(aura.iter()) {
        return Err(format!("`aura.authorities` has {twice:?} twice"));
    }
    if let Some(twice) = first_repeated(grandpa.iter().map(|(key, _)| key)) {
        return Err(format!("`grandpa.authorities` has {twice:?} twice"));
    }
    if let Some((key, _)) = grandpa.iter().find(|(_, weight)| *weight == 0) {
        return Err(format!("`grandpa.authorities` gives {key:?} no vote: its weight is 0"));
    }
    let votes = grandpa.iter().try_fold(0u64, |sum, (_, weight)| sum.checked_add(*weight));
    if votes.is_none() {
        return Err("`grandpa.authorities` has weights whose sum does not fit into 64 bits".into());
    }
    let balances = &config.balances.balances;
    if let Some(twice) = first_repeated(balances.iter().map(|(who, _)| who)) {
        return Err(format!("`balances.balances` has {twice:?} twice"));
    }
    if let Some((who, balance)) = balances.iter().find(|(_, balance)| *balance < EXISTENTIAL_DEPOSIT) {
        return Err(format!(
            "`balances.balances` gives {who:?} {balance}, which is less than the existential deposit ({EXISTENTIAL_DEPOSIT})"
        ));
    }
    if balances.iter().try_fold(0 as Balance, |sum, (_, balance)| sum.checked_add(*balance)).is_none() {
        return Err("the sum of `balances.balances` does not fit into 128 bits".into());
    }
    if let Some((count, balance, derivation)) = &config.balances.dev_accounts {
        let template = derivation.as_deref().unwrap_or("{}");
        if *count == 0 || *balance < EXISTENTIAL_DEPOSIT || !template.contains("{}") {
            return Err(format!(
                "`balances.devAccounts` must make at least one account (here {count}) with at least {EXISTENTIAL_DEPOSIT} (here {balance}), \
                 by a derivation that contains `{{}}` (here {template:?})"
            ));
        }
    }
    Ok(())
}

/// The first item that occurred before.
fn first_repeated<T: Ord>(mut all: impl Iterator<Item = T>) -> Option<T> {
    let mut before = BTreeSet::new();
    all.find_map(|one| before.replace(one))
}

/// Bytes of a page of Wasm memory.
const WASM_PAGE: u32 = 64 * 1024;

/// The preset with this name, as JSON.
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

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;
    use serde_json::{json, Value};

    fn built(change: impl FnOnce(&mut Value)) -> Result<(), String> {
        let mut genesis: Value = serde_json::to_value(network(&local_validators())).unwrap();
        change(&mut genesis);
        sp_io::TestExternalities::default().execute_with(|| build(genesis.to_string().into_bytes()))
    }

    #[test]
    fn a_genesis_that_no_chain_could_go_on_from_is_refused() {
        built(|_| ()).unwrap();
        built(|genesis| {
            genesis["aura"]["authorities"] = json!([]);
            genesis["grandpa"]["authorities"] = json!([]);
        })
        .unwrap();
        let refused = |part: &str, change: &dyn Fn(&mut Value)| {
            let error = built(change).unwrap_err();
            assert!(error.contains(part), "{error}");
        };
        refused("invalid JSON", &|genesis| *genesis = json!({ "aura": 1 }));
        refused("has 3 validators but `grandpa.authorities` has 0", &|genesis| {
            genesis["grandpa"]["authorities"] = json!([]);
        });
        refused("has 0 validators", &|genesis| genesis["aura"]["authorities"] = json!([]));
        refused("`aura.authorities` has", &|genesis| {
            let first = genesis["aura"]["authorities"][0].clone();
            genesis["aura"]["authorities"][1] = first;
        });
        refused("twice", &|genesis| {
            let first = genesis["grandpa"]["authorities"][0].clone();
            genesis["grandpa"]["authorities"][1] = first;
        });
        refused("weight is 0", &|genesis| genesis["grandpa"]["authorities"][2][1] = json!(0));
        refused("does not fit into 64 bits", &|genesis| {
            genesis["grandpa"]["authorities"][2][1] = json!(u64::MAX)
        });
        refused("`balances.balances` has", &|genesis| {
            let first = genesis["balances"]["balances"][0].clone();
            genesis["balances"]["balances"][1] = first;
        });
        refused("less than the existential deposit", &|genesis| {
            genesis["balances"]["balances"][0][1] = json!(EXISTENTIAL_DEPOSIT as u64 - 1);
        });
        let deposit = EXISTENTIAL_DEPOSIT as u64;
        built(|genesis| genesis["balances"]["devAccounts"] = json!([2, deposit, null])).unwrap();
        for wrong in
            [json!([0, deposit, null]), json!([2, deposit - 1, null]), json!([2, deposit, "//Sender"])]
        {
            refused("`balances.devAccounts` must", &|genesis| {
                genesis["balances"]["devAccounts"] = wrong.clone();
            });
        }
        let many: Vec<SessionKeys> = (0..=MAX_AUTHORITIES as u8)
            .map(|number| SessionKeys {
                aura: sp_core::sr25519::Public::from_raw([number; 32]).into(),
                grandpa: sp_core::ed25519::Public::from_raw([number; 32]).into(),
            })
            .collect();
        let error = check(&network(&many)).unwrap_err();
        assert!(error.contains("33 validators: 32 at most"), "{error}");
        let mut rich = development();
        rich.balances.balances[0].1 = Balance::MAX;
        let error = check(&rich).unwrap_err();
        assert!(error.contains("does not fit into 128 bits"), "{error}");
    }
}

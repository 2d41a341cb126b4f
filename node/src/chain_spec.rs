//! The chains with built-in names: `dev` and `local`. Any other chain is a file.

use crate::engine::HostFunctions;
use inkbpf_runtime::config::{TOKEN_DECIMALS, TOKEN_SYMBOL};
use inkbpf_runtime_wasm::Engine;
use polkadot_sdk::{
    sc_chain_spec::{ChainType, GenericChainSpec, NoExtension, Properties},
    sp_genesis_builder::{DEV_RUNTIME_PRESET, LOCAL_TESTNET_RUNTIME_PRESET},
};
use std::path::PathBuf;

/// A chain's name, genesis and the rest. The runtime in it builds the genesis, and needs our host functions to do so.
pub type ChainSpec = GenericChainSpec<NoExtension, HostFunctions>;

/// The runtime with this engine, or the reason why there is none.
///
/// # Errors
/// When the node was built without it.
pub fn runtime(engine: Engine) -> Result<&'static [u8], String> {
    engine.runtime().ok_or_else(|| {
        "this node was built with SKIP_WASM_BUILD set and has no runtime; build it again without".to_owned()
    })
}

/// The chain with this name, or in this file.
///
/// # Errors
/// When the file cannot be read, or is not a chain spec.
pub fn load(id: &str) -> Result<ChainSpec, String> {
    match id {
        "" | "dev" => development(),
        "local" => local(),
        path => ChainSpec::from_json_file(PathBuf::from(path)).map_err(|error| {
            format!(
                "{error}; `--chain` takes `dev`, `local` or the path of a chain spec (`export-chain-spec`)"
            )
        }),
    }
}

/// A chain of one node, which makes a block whenever there is a transaction.
fn development() -> Result<ChainSpec, String> {
    Ok(ChainSpec::builder(runtime(Engine::Host)?, None)
        .with_name("Development")
        .with_id("dev")
        .with_protocol_id("inkbpf-dev")
        .with_chain_type(ChainType::Development)
        .with_genesis_config_preset_name(DEV_RUNTIME_PRESET)
        .with_properties(properties())
        .build())
}

/// A network whose validators are Alice, Bob and Charlie.
fn local() -> Result<ChainSpec, String> {
    Ok(ChainSpec::builder(runtime(Engine::Host)?, None)
        .with_name("Local network")
        .with_id("local")
        .with_protocol_id("inkbpf-local")
        .with_chain_type(ChainType::Local)
        .with_genesis_config_preset_name(LOCAL_TESTNET_RUNTIME_PRESET)
        .with_properties(properties())
        .build())
}

/// What wallets need to show amounts and addresses.
fn properties() -> Properties {
    let mut properties = Properties::new();
    properties.insert("tokenSymbol".into(), TOKEN_SYMBOL.into());
    properties.insert("tokenDecimals".into(), TOKEN_DECIMALS.into());
    properties.insert("ss58Format".into(), 42.into());
    properties
}

//! How contracts are run: the host functions that the runtime imports, and the engine behind them.

use crate::{service::Block, turns::Bounded};
use inkbpf_host::{bpf_vm, Choice, Host, HostExt};
use inkbpf_runtime::{BlockNumber, Hash};
use polkadot_sdk::{
    sc_client_api::execution_extensions::ExtensionsFactory, sc_executor::WasmExecutor,
    sp_externalities::Extensions, sp_io,
};

/// All functions that a runtime may import.
pub type HostFunctions = (sp_io::SubstrateHostFunctions, inkbpf_host::HostFunctions);
/// Runs the runtime.
pub type Executor = Bounded<WasmExecutor<HostFunctions>>;

/// Parses the name of an engine.
///
/// # Errors
/// When there is no engine with this name.
pub fn parse(name: &str) -> Result<bpf_vm::Engine, String> {
    bpf_vm::Engine::ALL.iter().copied().find(|engine| engine.name() == name).ok_or_else(|| {
        let names: Vec<&str> = bpf_vm::Engine::ALL.iter().map(|engine| engine.name()).collect();
        format!("expected one of {}", names.join(", "))
    })
}

/// The requested engine, or the best of this machine, with a cache shared by the whole process.
///
/// Logs which engine it is.
pub fn host(asked: Option<bpf_vm::Engine>) -> Host {
    let host = asked.map(|engine| Host::new(Choice::Host(engine))).unwrap_or_default();
    match asked {
        Some(asked) if asked != host.engine() => log::warn!(
            "📜 Contracts run on `{}`, because this machine does not support `{}`",
            host.engine().name(),
            asked.name()
        ),
        _ => log::info!("📜 Contracts run on `{}`", host.engine().name()),
    }
    host
}

/// Passes the engine to every call of the runtime.
pub struct WithHost(pub Host);

impl ExtensionsFactory<Block> for WithHost {
    fn extensions_for(&self, _: Hash, _: BlockNumber) -> Extensions {
        Extensions::from(HostExt(self.0.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_engine_can_be_named() {
        for engine in bpf_vm::Engine::ALL {
            assert_eq!(parse(engine.name()), Ok(*engine));
        }
        assert!(parse("abacus").unwrap_err().contains("interp"));
    }
}

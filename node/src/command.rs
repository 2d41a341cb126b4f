//! Runs what the command line asks for.

use crate::{
    chain_spec,
    cli::{Cli, ExportRuntime, Subcommand},
    service::{self, Block, Purpose},
};
use inkbpf_runtime_wasm::Engine;
use polkadot_sdk::{
    sc_cli::{self, SubstrateCli},
    sc_network::{config::NetworkBackendType, Litep2pNetworkBackend, NetworkWorker},
    sc_service,
};

impl SubstrateCli for Cli {
    fn impl_name() -> String {
        "inkbpf-node".into()
    }

    fn impl_version() -> String {
        env!("CARGO_PKG_VERSION").into()
    }

    fn description() -> String {
        env!("CARGO_PKG_DESCRIPTION").into()
    }

    fn author() -> String {
        "the inkbpf project".into()
    }

    fn support_url() -> String {
        concat!(env!("CARGO_PKG_REPOSITORY"), "/issues").into()
    }

    fn copyright_start_year() -> i32 {
        2026
    }

    fn load_spec(&self, id: &str) -> Result<Box<dyn sc_service::ChainSpec>, String> {
        Ok(Box::new(chain_spec::load(id)?))
    }
}

/// Runs what the command line asks for.
///
/// # Errors
/// Any error that stops it, to be shown to the user.
pub fn run() -> sc_cli::Result<()> {
    let mut cli = Cli::from_args();
    let options = cli.ours;
    let parts = move |config: &sc_service::Configuration| service::parts(config, options, Purpose::Command);
    match &cli.subcommand {
        Some(Subcommand::Key(command)) => command.run(&cli),
        Some(Subcommand::ExportRuntime(command)) => export_runtime(command),
        Some(Subcommand::ExportChainSpec(command)) => {
            let spec = cli.load_spec(&command.chain)?;
            command.run(spec)
        }
        Some(Subcommand::CheckBlock(command)) => cli.create_runner(command)?.async_run(|config| {
            let parts = parts(&config)?;
            Ok((command.run(parts.client, parts.import_queue), parts.task_manager))
        }),
        Some(Subcommand::ExportBlocks(command)) => cli.create_runner(command)?.async_run(|config| {
            let parts = parts(&config)?;
            Ok((command.run(parts.client, config.database), parts.task_manager))
        }),
        Some(Subcommand::ImportBlocks(command)) => cli.create_runner(command)?.async_run(|config| {
            let parts = parts(&config)?;
            Ok((command.run(parts.client, parts.import_queue), parts.task_manager))
        }),
        Some(Subcommand::ExportState(command)) => cli.create_runner(command)?.async_run(|config| {
            let parts = parts(&config)?;
            Ok((command.run(parts.client, config.chain_spec), parts.task_manager))
        }),
        Some(Subcommand::Revert(command)) => cli.create_runner(command)?.async_run(|config| {
            let parts = parts(&config)?;
            let revert = command.run(parts.client, parts.backend, parts.consensus.revert());
            Ok((revert, parts.task_manager))
        }),
        Some(Subcommand::PurgeChain(command)) => {
            cli.create_runner(command)?.sync_run(|config| command.run(config.database))
        }
        Some(Subcommand::ChainInfo(command)) => {
            cli.create_runner(command)?.sync_run(|config| command.run::<Block>(&config))
        }
        None => {
            let shared = &mut cli.run.shared_params;
            shared.dev |= shared.chain.is_none();
            // Inserted first, so that the user's own filters take precedence.
            shared.log.insert(0, "runtime::contracts=debug".into());
            cli.create_runner(&cli.run)?.run_node_until_exit(|config| async move {
                match config.network.network_backend {
                    NetworkBackendType::Libp2p => service::run::<NetworkWorker<_, _>>(config, options),
                    NetworkBackendType::Litep2p => service::run::<Litep2pNetworkBackend>(config, options),
                }
                .map_err(sc_cli::Error::Service)
            })
        }
    }
}

fn export_runtime(command: &ExportRuntime) -> sc_cli::Result<()> {
    let engine = if command.embedded { Engine::Embedded } else { Engine::Host };
    let code = chain_spec::runtime(engine)?;
    std::fs::write(&command.file, code)
        .map_err(|error| format!("cannot write {}: {error}", command.file.display()))?;
    println!("{} bytes, compressed, written to {}", code.len(), command.file.display());
    Ok(())
}

//! The command line.

use crate::engine;
use inkbpf_host::bpf_vm;
use polkadot_sdk::sc_cli;
use std::{num::NonZeroUsize, path::PathBuf};

/// A node for ink! contracts as eBPF.
// Defaults: the older pool (decision 0205), and more threads for JSON-RPC (0206).
#[derive(Debug, clap::Parser)]
#[command(
    after_help = "Without --chain and --dev the node runs a development chain, as with --dev.",
    mut_arg("pool_type", |pool| pool.default_value("single-state")),
    mut_arg("rpc_max_connections", |most| {
        most.default_value("1000").value_parser(clap::value_parser!(u32).range(1..))
    })
)]
pub struct Cli {
    /// A command other than running a node.
    #[command(subcommand)]
    pub subcommand: Option<Subcommand>,

    /// Substrate's own options.
    #[clap(flatten)]
    pub run: sc_cli::RunCmd,

    /// Options of this node.
    #[clap(flatten)]
    pub ours: Options,
}

/// Options besides Substrate's own.
#[derive(Clone, Copy, Debug, clap::Args)]
pub struct Options {
    /// Engine that runs contracts: interp, jit, jit-base or jit-checked; by default the fastest that is available. It
    /// affects neither blocks nor results.
    #[arg(long, value_name = "ENGINE", global = true, value_parser = engine::parse)]
    pub engine: Option<bpf_vm::Engine>,

    /// Maximum number of dry runs over RPC that execute at once; by default the number of processors, at least 2.
    /// Others are queued in order of arrival.
    #[arg(long, value_name = "COUNT", global = true)]
    pub max_offchain_calls: Option<NonZeroUsize>,

    /// Seconds between making a block and finalising it, on a development chain.
    #[arg(long, value_name = "SECONDS", default_value_t = 1)]
    pub finalize_delay_sec: u64,
}

/// A command other than running a node.
#[derive(Debug, clap::Subcommand)]
pub enum Subcommand {
    /// Generate, inspect and insert keys.
    #[command(subcommand)]
    Key(sc_cli::KeySubcommand),
    /// Write the chain spec of `--chain`, to edit it or, with `--raw`, to hand it to nodes.
    ExportChainSpec(sc_cli::ExportChainSpecCmd),
    /// Write a runtime in Wasm: for a chain's upgrade, or a folder of `--wasm-runtime-overrides`.
    ExportRuntime(ExportRuntime),
    /// Execute a block again, and check it.
    CheckBlock(sc_cli::CheckBlockCmd),
    /// Write blocks to a file.
    ExportBlocks(sc_cli::ExportBlocksCmd),
    /// Import blocks from a file.
    ImportBlocks(sc_cli::ImportBlocksCmd),
    /// Write the state of a block as a chain spec.
    ExportState(sc_cli::ExportStateCmd),
    /// Revert blocks that are not final.
    Revert(sc_cli::RevertCmd),
    /// Delete the whole chain.
    PurgeChain(sc_cli::PurgeChainCmd),
    /// Show the newest block of the database, and the newest final one.
    ChainInfo(sc_cli::ChainInfoCmd),
}

/// `export-runtime`.
#[derive(Debug, clap::Args)]
pub struct ExportRuntime {
    /// Write the runtime that contains the interpreter and needs no host functions of its node.
    #[arg(long)]
    pub embedded: bool,

    /// File to write.
    pub file: PathBuf,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;
    use sc_cli::TransactionPoolType;

    #[test]
    fn the_pool_is_the_older_one_unless_it_is_named() {
        let pool = |args: &[&str]| Cli::parse_from(args).run.pool_config.pool_type;
        assert!(matches!(pool(&["inkbpf-node"]), TransactionPoolType::SingleState));
        assert!(matches!(pool(&["inkbpf-node", "--pool-type=fork-aware"]), TransactionPoolType::ForkAware));
    }

    #[test]
    fn many_may_ask_unless_it_is_said() {
        let most = |args: &[&str]| Cli::parse_from(args).run.rpc_params.rpc_max_connections;
        assert_eq!(most(&["inkbpf-node"]), 1000);
        assert_eq!(most(&["inkbpf-node", "--rpc-max-connections=7"]), 7);
        let calls = |args: &[&str]| Cli::parse_from(args).ours.max_offchain_calls.map(NonZeroUsize::get);
        assert_eq!(
            (calls(&["inkbpf-node"]), calls(&["inkbpf-node", "--max-offchain-calls=9"])),
            (None, Some(9))
        );
        for none in ["--max-offchain-calls=0", "--rpc-max-connections=0"] {
            assert!(Cli::try_parse_from(["inkbpf-node", none]).is_err());
        }
    }
}

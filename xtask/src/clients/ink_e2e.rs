//! `cargo xtask clients ink-e2e`: ink!'s own end-to-end tests, by `ink_e2e` as published, against the node.
//!
//! The tests are `clients/ink-e2e`, a workspace of its own: `ink_e2e` brings a Substrate and a subxt of 2024.

use super::node::Node;
use super::Options;
use crate::shell::{root, run_tests, target_dir, Tally};
use anyhow::{bail, Context, Result};
use std::process::Command;

/// Whether its dependencies, which are what takes time, have been compiled on this machine.
pub fn built() -> Result<bool> {
    // Beside what cargo writes: it says by no file of its own that a build came to its end.
    Ok(target_dir("ink-e2e")?.join(BUILT).is_file())
}

const BUILT: &str = "tests-were-built";

/// Builds and runs the tests, one at a time: they share accounts.
///
/// `#[ink_e2e::test]` starts a node for each test; those of the client alone have one together.
pub fn run(options: &Options) -> Result<Tally> {
    let bundles = super::bundles(options)?;
    let target = target_dir("ink-e2e")?;
    // `ink_e2e` kills its nodes, which therefore leave their databases behind.
    let databases = target.join("nodes");
    std::fs::create_dir_all(&databases).with_context(|| format!("cannot make {}", databases.display()))?;

    let mut command = Command::new("cargo");
    command
        .current_dir(root().join("clients/ink-e2e"))
        .env("CARGO_TARGET_DIR", &target)
        .env("INKBPF", options.inkbpf()?)
        .env("INKBPF_BUNDLES", bundles)
        .env("TMPDIR", &databases);
    let node = match &options.url {
        Some(url) => {
            command.env("INKBPF_URL", url).env("CONTRACTS_NODE_URL", url);
            None
        }
        None => {
            let program = options.node()?;
            let node = Node::start(&program)?;
            command.env("INKBPF_URL", &node.url);
            command.env("CONTRACTS_NODE", program).env_remove("CONTRACTS_NODE_URL");
            Some(node)
        }
    };
    command.args(["test", "--locked", "--workspace", "--", "--test-threads=1"]);
    let result = run_tests(&mut command);
    let ended = node.and_then(|mut node| node.ended());
    // They are of no use to anybody; what is left is removed by the next run.
    let _ = std::fs::remove_dir_all(&databases);
    let tally = result?;
    if let Some(end) = ended {
        bail!("the node ended while it was used ({end})");
    }
    std::fs::write(target.join(BUILT), "").context("cannot write beside the tests")?;
    Ok(tally)
}

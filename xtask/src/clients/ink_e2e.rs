//! `cargo xtask clients ink-e2e`: runs ink!'s own end-to-end tests, with the published `ink_e2e`, against the
//! node.
//!
//! The tests are `clients/ink-e2e`, a separate workspace: `ink_e2e` depends on a Substrate and a subxt of
//! 2024.

use super::node::Node;
use super::Options;
use crate::shell::{root, run_tests, target_dir, Tally};
use anyhow::{bail, Context, Result};
use std::process::Command;

/// Whether its dependencies, which take most of the time, are already compiled on this machine.
pub fn built() -> Result<bool> {
    // A file of our own, because no file of cargo's says that a build was completed.
    Ok(target_dir("ink-e2e")?.join(BUILT).is_file())
}

const BUILT: &str = "tests-were-built";

/// Builds and runs the tests, one at a time: they share accounts.
///
/// `#[ink_e2e::test]` starts a node for each test. The tests that use only the client share one node.
pub fn run(options: &Options) -> Result<Tally> {
    let bundles = super::bundles(options)?;
    let target = target_dir("ink-e2e")?;
    // `ink_e2e` kills its nodes, so they leave their databases behind.
    let databases = target.join("nodes");
    std::fs::create_dir_all(&databases).with_context(|| format!("cannot create {}", databases.display()))?;

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
    // Nobody needs them. If any remain, the next run removes them.
    let _ = std::fs::remove_dir_all(&databases);
    let tally = result?;
    if let Some(end) = ended {
        bail!("the node ended during the test ({end})");
    }
    std::fs::write(target.join(BUILT), "").context("cannot record that the tests were built")?;
    Ok(tally)
}

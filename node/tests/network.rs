//! Three validators and a full node on one machine: `cargo xtask network`.
//!
//! Blocks come every six seconds and are final a few seconds later, so this takes minutes, and every wait in it
//! is bounded. Of three validators GRANDPA needs all to finalise: while one is away blocks are made, and
//! become final when it is back.

mod support;

use codec::Encode;
use inkbpf_runtime::{AccountId, Hash};
use polkadot_sdk::{sp_core::bytes::to_hex, sp_keyring::Sr25519Keyring as Keyring};
use serde_json::json;
use std::{
    path::Path,
    process::Command,
    time::{Duration, Instant},
};
use support::{counter_message, counter_value, failed, instantiated, message, new_counter, Node, Rpc};

/// How long the network may take for anything.
const PATIENCE: Duration = Duration::from_secs(240);

/// Starts a node of the network, which finds the others by `bootnode`.
fn start(folder: &Path, name: &str, more: &[&str], bootnode: Option<&str>) -> Node {
    let mut command = support::command();
    command.args(["--chain=local", "--no-prometheus", "--no-telemetry", "--no-mdns"]);
    command.args(["--listen-addr=/ip4/127.0.0.1/tcp/0", "--rpc-port=0", "--name", name]);
    // A validator on its first start wants to be given a network key, or to be told that any will do.
    command.arg("--unsafe-force-node-key-generation");
    command.arg("--base-path").arg(folder.join(name)).args(more);
    if let Some(bootnode) = bootnode {
        command.args(["--bootnodes", bootnode]);
    }
    Node::start_command(command)
}

/// Where the others find it.
fn address(node: &Node) -> String {
    let addresses = node.rpc().call("system_localListenAddresses", json!([]));
    let addresses = addresses.as_array().expect("a list").iter().filter_map(|address| address.as_str());
    let tcp = |address: &&str| address.starts_with("/ip4/127.0.0.1/tcp/") && !address.contains("/ws");
    addresses.clone().find(tcp).unwrap_or_else(|| panic!("{:?}", addresses.collect::<Vec<_>>())).to_owned()
}

/// Waits until `check` gives something.
#[track_caller]
fn wait_for<T>(what: &str, mut check: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = check() {
            eprintln!("    {what}: {} s", start.elapsed().as_secs());
            return found;
        }
        assert!(start.elapsed() < PATIENCE, "{what}: not within {} s", PATIENCE.as_secs());
        std::thread::sleep(Duration::from_millis(500));
    }
}

/// Number of the newest final block.
fn finalized(rpc: &mut Rpc) -> u32 {
    let hash = rpc.call("chain_getFinalizedHead", json!([]));
    let header = rpc.call("chain_getHeader", json!([hash]));
    let number = header["number"].as_str().expect("a number").trim_start_matches("0x");
    u32::from_str_radix(number, 16).expect("a number")
}

/// Waits until block `number` is final on all, and checks that it is the same one: the hash covers the state's
/// root, which each node computed.
fn agree(nodes: &mut [(&str, Rpc)], number: u32) -> Hash {
    let mut seen: Option<Hash> = None;
    for (name, rpc) in nodes {
        wait_for(&format!("block {number} is final on {name}"), || (finalized(rpc) >= number).then_some(()));
        let hash = rpc.block_hash(number);
        assert_eq!(*seen.get_or_insert(hash), hash, "{name} has another block {number}");
    }
    seen.expect("there are nodes; qed")
}

/// Sends a signal.
fn signal(node: &Node, name: &str) {
    let sent = Command::new("kill").args([name, &node.pid().to_string()]).status();
    assert!(sent.expect("there is `kill`").success());
}

/// Sends so many additions of 1, signed by `signer`.
fn load(rpc: &mut Rpc, signer: Keyring, contract: &AccountId, count: u32) {
    let genesis = rpc.block_hash(0);
    let first = rpc.nonce(&signer.to_account_id());
    for nonce in first..first + count {
        let transaction =
            support::sign(&signer.pair(), message(contract, counter_message::add(1)), nonce, genesis);
        rpc.call("author_submitExtrinsic", json!([to_hex(&transaction.encode(), false)]));
    }
}

#[test]
#[ignore = "takes minutes: `cargo xtask network`"]
fn three_validators_and_a_full_node_agree() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let overrides = folder.path().join("overrides");
    std::fs::create_dir(&overrides).expect("a temporary folder");
    let exported = support::command()
        .args(["export-runtime", "--embedded"])
        .arg(overrides.join("embedded.wasm"))
        .status()
        .expect("the node starts");
    assert!(exported.success());
    let overrides = overrides.to_str().expect("a path of a temporary folder; qed");

    let alice = start(folder.path(), "alice", &["--alice"], None);
    let bootnode = address(&alice);
    let bob = start(folder.path(), "bob", &["--bob"], Some(&bootnode));
    // This one runs contracts inside the runtime, and must come to the same state.
    let mut charlie = start(
        folder.path(),
        "charlie",
        &["--charlie", "--wasm-runtime-overrides", overrides],
        Some(&bootnode),
    );
    charlie.wait_for_log("Found wasm override");
    let full = start(folder.path(), "full", &[], Some(&bootnode));
    let mut nodes =
        [("alice", alice.rpc()), ("bob", bob.rpc()), ("charlie", charlie.rpc()), ("full", full.rpc())];
    agree(&mut nodes, 2);

    // A contract that is made through the full node is there for all.
    let mut rpc = full.rpc();
    let made = rpc.submit(Keyring::Alice, new_counter(0, b"1"));
    assert!(!failed(&made.events));
    let contract = instantiated(&made.events).expect("a contract");
    let now = finalized(&mut rpc);
    agree(&mut nodes, now);
    for (name, rpc) in &mut nodes {
        assert_eq!(counter_value(rpc, &contract), 0, "{name}");
    }

    // Load, in the middle of which a validator is killed. It comes back with what it had and catches up.
    let accounts = [Keyring::Alice, Keyring::Bob, Keyring::Charlie, Keyring::Dave, Keyring::Eve];
    let each = 20;
    let mut sender = alice.rpc();
    for account in &accounts[..3] {
        load(&mut sender, *account, &contract, each);
    }
    bob.kill();
    for account in &accounts[3..] {
        load(&mut rpc, *account, &contract, each);
    }
    let total = each * accounts.len() as u32;
    wait_for("blocks are made without it, with all transactions", || {
        (counter_value(&mut sender, &contract) == total).then_some(())
    });
    let height = sender.height();
    let bob = start(folder.path(), "bob", &["--bob"], Some(&bootnode));
    nodes[1].1 = bob.rpc();
    agree(&mut nodes, height);
    for (name, rpc) in &mut nodes {
        assert_eq!(counter_value(rpc, &contract), total, "{name}: a transaction that was accepted is lost");
    }

    // One that hears nothing of the others for some slots, and then does again.
    signal(&charlie, "-STOP");
    let before = sender.height();
    load(&mut sender, Keyring::Ferdie, &contract, each);
    wait_for("blocks are made without the one that hears nothing", || {
        (sender.height() >= before + 3).then_some(())
    });
    signal(&charlie, "-CONT");
    let height = sender.height();
    let last = agree(&mut nodes, height + 1);
    for (name, rpc) in &mut nodes {
        assert_eq!(counter_value(rpc, &contract), total + each, "{name}");
    }
    eprintln!("    block {} is {last} on all", height + 1);
}

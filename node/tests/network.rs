//! Three validators and a full node on one machine: `cargo xtask network`.
//!
//! Blocks come every six seconds and are final a few seconds later, so this takes minutes. Every wait is bounded, and
//! so is the sum of all. GRANDPA needs all three validators to finalise: while one is away, blocks are made, and they
//! become final when it is back.
//!
//! As root on Linux each node has a network namespace, and the network is cut in two halves that continue separately.
//! Elsewhere a validator is stopped for a while, so that it receives nothing. The output says which of the two was
//! done.

#[path = "support/cables.rs"]
mod cables;
mod support;

use cables::{Cables, Half, Machine};
use codec::Encode;
use inkbpf_runtime::{AccountId, Hash};
use polkadot_sdk::{sp_core::bytes::to_hex, sp_keyring::Sr25519Keyring as Keyring};
use serde_json::json;
use std::{
    path::Path,
    process::Command,
    sync::OnceLock,
    time::{Duration, Instant},
};
use support::{counter_message, counter_value, failed, instantiated, message, new_counter, Node, Rpc};

/// How long the network may take for anything.
const PATIENCE: Duration = Duration::from_secs(300);
/// How long for everything.
const ALL: Duration = Duration::from_secs(20 * 60);

/// The nodes, by their numbers among the machines.
const ALICE: u8 = 0;
const BOB: u8 = 1;
const CHARLIE: u8 = 2;
const FULL: u8 = 3;

/// Where the nodes are.
struct Network<'a> {
    folder: &'a Path,
    /// Machines of their own, where there can be any.
    cables: Option<Cables>,
}

impl Network<'_> {
    /// Starts a node of the network, which finds the others by `bootnodes`.
    fn start(&self, number: u8, name: &str, more: &[&str], bootnodes: &[String]) -> Node {
        let mut command = match self.machine(number) {
            Some((cables, machine)) => {
                let mut command = support::with_clean_environment(cables.command(machine, support::PROGRAM));
                command.args(["--listen-addr", &machine.listen_addr()]);
                command.args(["--experimental-rpc-endpoint", &machine.rpc_endpoint()]);
                command
            }
            None => {
                let mut command = support::command();
                command.args(["--listen-addr=/ip4/127.0.0.1/tcp/0", "--rpc-port=0"]);
                command
            }
        };
        command.args(["--chain=local", "--no-prometheus", "--no-telemetry", "--no-mdns", "--name", name]);
        // A validator that starts for the first time needs a network key, or this permission to make one.
        command.arg("--unsafe-force-node-key-generation");
        command.arg("--base-path").arg(self.folder.join(name)).args(more);
        for bootnode in bootnodes {
            command.args(["--bootnodes", bootnode]);
        }
        Node::start_command(command)
    }

    /// Where the others find it.
    fn address(&self, number: u8, node: &Node) -> String {
        if let Some((_, machine)) = self.machine(number) {
            let peer = node.rpc().call("system_localPeerId", json!([]));
            return format!("{}/p2p/{}", machine.listen_addr(), peer.as_str().expect("an id"));
        }
        let addresses = node.rpc().call("system_localListenAddresses", json!([]));
        let addresses = addresses.as_array().expect("a list").iter().filter_map(|address| address.as_str());
        let tcp = |address: &&str| address.starts_with("/ip4/127.0.0.1/tcp/") && !address.contains("/ws");
        addresses
            .clone()
            .find(tcp)
            .unwrap_or_else(|| panic!("{:?}", addresses.collect::<Vec<_>>()))
            .to_owned()
    }

    fn machine(&self, number: u8) -> Option<(&Cables, Machine)> {
        self.cables.as_ref().map(|cables| (cables, cables.machine(number)))
    }
}

/// Waits until `check` gives something.
#[track_caller]
fn wait_for<T>(what: &str, mut check: impl FnMut() -> Option<T>) -> T {
    static BEGUN: OnceLock<Instant> = OnceLock::new();
    let begun = BEGUN.get_or_init(Instant::now);
    let start = Instant::now();
    loop {
        if let Some(found) = check() {
            eprintln!("    {what}: {} s", start.elapsed().as_secs());
            return found;
        }
        assert!(start.elapsed() < PATIENCE, "{what}: not within {} s", PATIENCE.as_secs());
        assert!(begun.elapsed() < ALL, "{what}: all that came before took {} s", ALL.as_secs());
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

    let cables = Cables::lay(4);
    match &cables {
        Ok(_) => eprintln!("    each node has a network namespace"),
        Err(reason) => eprintln!("    no network namespaces ({reason}): a validator is stopped instead"),
    }
    let network = Network { folder: folder.path(), cables: cables.ok() };
    let alice = network.start(ALICE, "alice", &["--alice"], &[]);
    let mut bootnodes = vec![network.address(ALICE, &alice)];
    let bob = network.start(BOB, "bob", &["--bob"], &bootnodes);
    // This one runs contracts inside the runtime, and must come to the same state.
    let charlie_args = ["--charlie", "--wasm-runtime-overrides", overrides];
    let mut charlie = network.start(CHARLIE, "charlie", &charlie_args, &bootnodes);
    charlie.wait_for_log("Found wasm override");
    bootnodes.push(network.address(CHARLIE, &charlie));
    let full = network.start(FULL, "full", &[], &bootnodes);
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
    // The last that it takes for its own: nothing of them is left but what the others heard.
    let last = each / 2;
    let mut asked = bob.rpc();
    let heard = sender.nonce(&Keyring::Ferdie.to_account_id()) + last;
    load(&mut asked, Keyring::Ferdie, &contract, last);
    wait_for("another has heard of what the one took that is killed", || {
        (sender.nonce(&Keyring::Ferdie.to_account_id()) == heard).then_some(())
    });
    bob.kill();
    for account in &accounts[3..] {
        load(&mut rpc, *account, &contract, each);
    }
    let total = each * accounts.len() as u32 + last;
    wait_for("blocks are made without it, with all transactions", || {
        (counter_value(&mut sender, &contract) == total).then_some(())
    });
    let height = sender.height();
    let bob = network.start(BOB, "bob", &["--bob"], &bootnodes);
    nodes[1].1 = bob.rpc();
    agree(&mut nodes, height);
    for (name, rpc) in &mut nodes {
        assert_eq!(counter_value(rpc, &contract), total, "{name}: a transaction that was accepted is lost");
    }

    let total = match &network.cables {
        Some(cables) => total + falls_apart(cables, [&mut sender, &mut rpc], &contract, each),
        None => total + hears_nothing(&charlie, &mut sender, &contract, each),
    };
    wait_for("all transactions are in blocks again", || {
        (counter_value(&mut sender, &contract) == total).then_some(())
    });
    let height = sender.height();
    let last = agree(&mut nodes, height);
    for (name, rpc) in &mut nodes {
        assert_eq!(counter_value(rpc, &contract), total, "{name}: a transaction that was accepted is lost");
    }
    eprintln!("    block {height} is {last} on all");
}

/// The network falls in two halves, each of which is asked by one of `rpcs`. Both make blocks, of other
/// transactions; then the cables are back. Returns how many there were.
fn falls_apart(cables: &Cables, rpcs: [&mut Rpc; 2], contract: &AccountId, each: u32) -> u32 {
    let away = [cables.machine(CHARLIE), cables.machine(FULL)];
    let [here, there] = rpcs;
    cables.join(Half::Second, &away);
    let before = counter_value(here, contract);
    let heights = [here.height(), there.height()];
    load(here, Keyring::Ferdie, contract, each);
    load(there, Keyring::Eve, contract, each);
    for (half, rpc) in [("two validators", &mut *here), ("one validator", &mut *there)] {
        wait_for(&format!("the half of {half} has blocks with its transactions"), || {
            (counter_value(rpc, contract) == before + each).then_some(())
        });
    }
    // It is a fork, and nothing of it can be final: that takes all three.
    let common = here.height().min(there.height());
    assert!(common > heights[0].min(heights[1]), "{common}, {heights:?}");
    assert_ne!(here.block_hash(common), there.block_hash(common), "both halves have block {common}");
    wait_for("the larger half is ahead", || (here.height() > there.height()).then_some(()));
    for rpc in [&mut *here, &mut *there] {
        assert!(finalized(rpc) < common, "a half makes blocks final by itself");
        // Neither has heard of the other's.
        assert_eq!(counter_value(rpc, contract), before + each);
    }
    cables.join(Half::First, &away);
    let newest = there.height();
    wait_for("the smaller half has the larger one's blocks", || {
        (there.height() > newest && there.block_hash(common) == here.block_hash(common)).then_some(())
    });
    2 * each
}

/// A validator hears nothing of the others for some slots, and then does again. Returns how many transactions there
/// were.
fn hears_nothing(charlie: &Node, rpc: &mut Rpc, contract: &AccountId, each: u32) -> u32 {
    signal(charlie, "-STOP");
    let before = rpc.height();
    load(rpc, Keyring::Ferdie, contract, each);
    wait_for("blocks are made without the one that hears nothing", || {
        (rpc.height() >= before + 3).then_some(())
    });
    signal(charlie, "-CONT");
    each
}

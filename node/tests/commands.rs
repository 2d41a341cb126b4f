//! What users do with a node besides running a development chain: they make keys and their own network, revert and
//! export blocks, prune, read metrics.

mod support;

use inkbpf_runtime::AccountId;
use polkadot_sdk::sp_keyring::Sr25519Keyring as Keyring;
use serde_json::{json, Value};
use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    path::Path,
    time::Instant,
};
use support::{
    counter_message, counter_value, hash, instantiated, message, new_counter, run, text, Node, Rpc,
};

/// A port that was free a moment ago.
fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).and_then(|it| it.local_addr()).expect("there are ports").port()
}

/// What `GET /metrics` answers at this port of this machine.
fn metrics(port: u16) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("the node serves metrics");
    stream.set_read_timeout(Some(support::PATIENCE)).unwrap();
    stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("the node answers");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    answer
}

/// The newest blocks, as the command for that says them.
fn chain_info(base: &Path) -> Value {
    let output = run(&["chain-info", "--chain=dev", "--base-path", text(base)]);
    serde_json::from_slice(&output.stdout).expect("chain-info prints JSON")
}

#[test]
fn a_network_of_ones_own() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let at = |name: &str| folder.path().join(name);

    // As docs/node.md has it, with one validator.
    let generate = |scheme: &str| -> Value {
        let output = run(&["key", "generate", "--scheme", scheme, "--output-type", "json"]);
        serde_json::from_slice(&output.stdout).expect("it prints JSON")
    };
    let keys = [("aura", "sr25519", generate("sr25519")), ("gran", "ed25519", generate("ed25519"))];
    let node_key = at("node-key");
    run(&["key", "generate-node-key", "--file", text(&node_key)]);

    let spec = run(&["export-chain-spec", "--chain", "local"]).stdout;
    let mut spec: Value = serde_json::from_slice(&spec).expect("a chain spec is JSON");
    (spec["name"], spec["id"]) = (json!("Mine"), json!("mine"));
    let genesis = &mut spec["genesis"]["runtimeGenesis"]["patch"];
    genesis["aura"]["authorities"] = json!([keys[0].2["ss58Address"]]);
    genesis["grandpa"]["authorities"] = json!([[keys[1].2["ss58Address"], 1]]);
    std::fs::write(at("mine.json"), spec.to_string()).unwrap();
    let raw = run(&["export-chain-spec", "--raw", "--chain", text(&at("mine.json"))]).stdout;
    let chain = at("mine-raw.json");
    std::fs::write(&chain, raw).unwrap();

    let base = at("validator");
    for (kind, scheme, key) in &keys {
        let secret = at(&format!("{kind}.secret"));
        std::fs::write(&secret, key["secretPhrase"].as_str().expect("a phrase")).unwrap();
        run(&[
            "key",
            "insert",
            "--chain",
            text(&chain),
            "--base-path",
            text(&base),
            "--scheme",
            scheme,
            "--key-type",
            kind,
            "--suri",
            text(&secret),
        ]);
    }
    let metrics_port = free_port();
    let mut command = support::command();
    command.args(["--validator", "--port=0", "--rpc-port=0", "--no-mdns", "--chain", text(&chain)]);
    command.args(["--base-path", text(&base), "--node-key-file", text(&node_key)]);
    command.arg(format!("--prometheus-port={metrics_port}"));
    let node = Node::start_command(command);
    let mut rpc = node.rpc();
    assert_eq!(rpc.call("system_chain", json!([])), "Mine");
    let start = Instant::now();
    let final_block = loop {
        let newest = rpc.call("chain_getFinalizedHead", json!([]));
        if hash(&newest) != rpc.block_hash(0) {
            break rpc.call("chain_getHeader", json!([newest]));
        }
        assert!(start.elapsed() < support::PATIENCE, "no block is final:\n{}", node.log().join("\n"));
        std::thread::sleep(std::time::Duration::from_millis(200));
    };
    assert_ne!(final_block["number"], "0x0");
    // The node tells its metrics of the height every few seconds.
    let height = "substrate_block_height{status=\"finalized\",chain=\"mine\"} ";
    loop {
        let metrics = metrics(metrics_port);
        let height = metrics.lines().find_map(|line| line.strip_prefix(height)).expect("the height is there");
        if height.parse::<u32>().expect("a number") > 0 {
            break;
        }
        assert!(start.elapsed() < support::PATIENCE, "the metrics know of no final block");
        std::thread::sleep(std::time::Duration::from_millis(500));
    }
    assert!(node.stop().success());
}

/// A chain in `base` of which no block is final, with a contract that was added to so many times.
fn open_ended(base: &Path, additions: u32) -> AccountId {
    let node = Node::start(&["--dev", "--base-path", text(base), "--finalize-delay-sec=3600"]);
    let mut rpc = node.rpc();
    let made = rpc.include(Keyring::Alice, new_counter(40, b"1"));
    let contract = instantiated(&made.events).expect("a contract");
    for _ in 0..additions {
        rpc.include(Keyring::Bob, message(&contract, counter_message::add(1)));
    }
    assert_eq!(rpc.height(), additions + 1);
    assert!(node.stop().success());
    contract
}

#[test]
fn blocks_are_taken_back_and_away() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let at = |name: &str| folder.path().join(name);
    let (base, copy) = (at("chain"), at("copy"));
    let contract = open_ended(&base, 5);
    let before = chain_info(&base);
    assert_eq!(before["best_number"], 6);

    // Some blocks, in JSON, which is the form without `--binary`; those before have to be there.
    let (blocks, later) = (at("blocks.json"), at("later.json"));
    let export = |range: &[&str], file: &Path| {
        run(&[&["export-blocks", "--chain=dev", "--base-path", text(&base)], range, &[text(file)]].concat());
    };
    export(&["--from=1", "--to=6"], &blocks);
    export(&["--from=4", "--to=6"], &later);
    let import = |file: &Path| {
        let args = ["import-blocks", "--chain=dev", "--base-path", text(&copy), text(file)];
        support::command().args(args).output().expect("the node starts")
    };
    assert!(!import(&later).status.success(), "blocks without those before them");
    assert_eq!(chain_info(&copy)["best_number"], 0);
    let imported = import(&blocks);
    assert!(imported.status.success());
    let told = String::from_utf8_lossy(&imported.stderr);
    assert!(!told.contains("failed"), "{told}");
    let copied = chain_info(&copy);
    assert_eq!((&copied["best_number"], &copied["best_hash"]), (&json!(6), &before["best_hash"]));
    run(&["check-block", "6", "--chain=dev", "--base-path", text(&copy)]);

    // The state of the end as a beginning.
    let state = run(&["export-state", "--chain=dev", "--base-path", text(&copy)]).stdout;
    let spec = at("state.json");
    std::fs::write(&spec, state).unwrap();
    let node =
        Node::start(&["--alice", "--unsafe-force-node-key-generation", "--tmp", "--chain", text(&spec)]);
    let mut rpc = node.rpc();
    assert_eq!((rpc.height(), counter_value(&mut rpc, &contract)), (0, 45));
    assert!(node.stop().success());

    // Two back, and on from there.
    run(&["revert", "2", "--chain=dev", "--base-path", text(&base)]);
    assert_eq!(chain_info(&base)["best_number"], 4);
    let node = Node::start(&["--dev", "--base-path", text(&base)]);
    let mut rpc = node.rpc();
    assert_eq!((rpc.height(), counter_value(&mut rpc, &contract)), (4, 43));
    rpc.submit(Keyring::Bob, message(&contract, counter_message::add(10)));
    assert_eq!((rpc.height(), counter_value(&mut rpc, &contract)), (5, 53));
    assert!(node.stop().success());

    // What is final stays.
    run(&["revert", "2", "--chain=dev", "--base-path", text(&base)]);
    assert_eq!(chain_info(&base)["best_number"], 5);

    run(&["purge-chain", "-y", "--chain=dev", "--base-path", text(&base)]);
    assert_eq!(chain_info(&base)["best_number"], 0);
}

/// Waits until the node does not have the state of a block any more.
fn wait_until_pruned(rpc: &mut Rpc, block: &Value) -> Value {
    let start = Instant::now();
    loop {
        match rpc.try_call("state_getRuntimeVersion", json!([block])) {
            Err(error) => return error,
            Ok(_) => assert!(start.elapsed() < support::PATIENCE, "the state is kept"),
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
}

#[test]
fn old_blocks_are_pruned_and_the_rest_is_kept() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let base = folder.path().join("chain");
    let start = |more: &[&str]| {
        Node::start(&[&["--dev", "--finalize-delay-sec=0", "--base-path", text(&base)], more].concat())
    };
    let node = start(&["--state-pruning=4", "--blocks-pruning=4"]);
    let mut rpc = node.rpc();
    let made = rpc.submit(Keyring::Alice, new_counter(0, b"1"));
    let contract = instantiated(&made.events).expect("a contract");
    let first = json!(made.block);
    assert!(!rpc.call("chain_getBlock", json!([first])).is_null());
    for _ in 0..10 {
        rpc.submit(Keyring::Bob, message(&contract, counter_message::add(1)));
    }
    let error = wait_until_pruned(&mut rpc, &first);
    assert!(error.to_string().contains("discarded"), "{error}");
    assert!(rpc.call("chain_getBlock", json!([first])).is_null(), "its body is kept");
    assert!(!rpc.call("chain_getHeader", json!([first])).is_null(), "headers are kept");
    assert!(node.stop().success());

    // Another number may be said later. Another kind may not: what is gone is gone.
    let node = start(&["--state-pruning=100"]);
    let mut rpc = node.rpc();
    assert_eq!((rpc.height(), counter_value(&mut rpc, &contract)), (11, 10));
    assert!(node.stop().success());
    let mut archive = support::command();
    archive.args(["--dev", "--port=0", "--rpc-port=0", "--state-pruning=archive"]);
    let refused = archive.args(["--base-path", text(&base)]).output().expect("the node starts");
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && said.contains("Incompatible pruning modes"), "{said}");
}

#[test]
fn a_temporary_chain_leaves_nothing() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut command = support::command();
    command.args(["--dev", "--tmp", "--port=0", "--rpc-port=0", "--no-prometheus"]);
    let node = {
        command.env("TMPDIR", folder.path());
        Node::start_command(command)
    };
    let inside = || std::fs::read_dir(folder.path()).expect("the folder").count();
    assert!(inside() > 0, "it is kept elsewhere");
    assert!(node.stop().success());
    assert_eq!(inside(), 0);
}

//! The same blocks under each engine: a block that one node makes is valid on any other, whatever runs contracts
//! there.

mod support;

use polkadot_sdk::sp_keyring::Sr25519Keyring as Keyring;
use serde_json::json;
use support::{counter_message, counter_value, instantiated, message, new_counter, run, text, Node};

#[test]
fn blocks_are_valid_under_every_engine() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let at = |name: &str| folder.path().join(name);

    // A chain with every way in which a contract can end in it.
    let origin = at("origin");
    let node = Node::start(&["--dev", "--base-path", text(&origin)]);
    let mut rpc = node.rpc();
    let made = rpc.submit(Keyring::Alice, new_counter(40, b"1"));
    let contract = instantiated(&made.events).expect("a contract");
    for data in [
        counter_message::add(2),
        counter_message::abort(),
        counter_message::spin(),
        counter_message::dive(),
        counter_message::recurse(),
        counter_message::astray(),
        counter_message::say(),
    ] {
        rpc.submit(Keyring::Bob, message(&contract, data));
    }
    let height = rpc.height();
    let head = rpc.block_hash(height);
    assert!(height >= 8);
    assert!(node.stop().success());

    // It is still there when the node comes back.
    let node = Node::start(&["--dev", "--base-path", text(&origin)]);
    let mut rpc = node.rpc();
    assert_eq!((rpc.height(), rpc.block_hash(height)), (height, head));
    assert_eq!(counter_value(&mut rpc, &contract), 42);
    assert!(node.stop().success());

    let blocks = at("blocks");
    run(&["export-blocks", "--chain=dev", "--binary", "--base-path", text(&origin), text(&blocks)]);
    let overrides = at("overrides");
    std::fs::create_dir(&overrides).expect("a temporary folder");
    run(&["export-runtime", "--embedded", text(&overrides.join("embedded.wasm"))]);

    for engine in ["interp", "jit", "jit-base", "jit-checked", "embedded"] {
        let replica = at(engine);
        let mut import =
            vec!["import-blocks", "--chain=dev", "--binary", "--base-path", text(&replica), text(&blocks)];
        if engine == "embedded" {
            import.extend(["--wasm-runtime-overrides", text(&overrides)]);
        } else {
            import.extend(["--engine", engine]);
        }
        // The node executes each block and compares the state that comes of it with what the header says.
        let log = String::from_utf8_lossy(&run(&import).stderr).into_owned();
        if engine == "embedded" {
            assert!(log.contains("Found wasm override"), "{log}");
        } else {
            let used = format!("Contracts run on `{engine}`");
            assert!(log.contains(&used) || log.contains("because this machine does not support"), "{log}");
        }
        let info = run(&["chain-info", "--chain=dev", "--base-path", text(&replica)]).stdout;
        let info: serde_json::Value = serde_json::from_slice(&info).expect("chain-info prints JSON");
        assert_eq!((&info["best_number"], &info["best_hash"]), (&json!(height), &json!(head)), "{engine}");
    }
}

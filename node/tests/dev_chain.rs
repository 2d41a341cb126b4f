//! A development chain, as its clients see it.

mod support;

use codec::{Decode, Encode};
use inkbpf_runtime::{EventRecord, Hash, Runtime, RuntimeEvent};
use polkadot_sdk::{frame_system, sp_core::bytes::to_hex, sp_keyring::Sr25519Keyring as Keyring};
use serde_json::json;
use support::{counter_message, counter_value, failed, instantiated, message, new_counter, Node};

/// What polkadot.js, subxt and cargo-contract look for before they use it, old and new.
const METHODS: &[&str] = &[
    "author_submitAndWatchExtrinsic",
    "chain_getBlockHash",
    "chain_subscribeFinalizedHeads",
    "chain_subscribeNewHeads",
    "childstate_getKeysPaged",
    "childstate_getStorage",
    "childstate_getStorageEntries",
    "payment_queryFeeDetails",
    "payment_queryInfo",
    "rpc_methods",
    "state_call",
    "state_getKeysPaged",
    "state_getMetadata",
    "state_getRuntimeVersion",
    "state_getStorage",
    "state_subscribeRuntimeVersion",
    "system_accountNextIndex",
    "system_dryRun",
    "system_health",
    "system_properties",
    "archive_v1_call",
    "chainHead_v1_call",
    "chainHead_v1_follow",
    "chainSpec_v1_genesisHash",
    "transaction_v1_broadcast",
    "transactionWatch_v1_submitAndWatch",
];

#[test]
fn a_contract_lives_on_a_development_chain() {
    // `archive_v1` is for nodes that keep everything.
    let mut node = Node::start(&["--dev", "--tmp", "--state-pruning=archive"]);
    let mut rpc = node.rpc();

    let methods = rpc.call("rpc_methods", json!([]));
    let methods = methods["methods"].as_array().expect("a list");
    let missing: Vec<_> = METHODS.iter().filter(|name| !methods.contains(&json!(name))).collect();
    assert!(missing.is_empty(), "{missing:?} are not among {methods:?}");

    let properties = rpc.call("system_properties", json!([]));
    assert_eq!(properties, json!({"tokenDecimals": 12, "tokenSymbol": "UNIT", "ss58Format": 42}));
    for version in [14u32, 15, 16] {
        let metadata: Option<Vec<u8>> = rpc.runtime("Metadata_metadata_at_version", &version.encode());
        let metadata = metadata.unwrap_or_else(|| panic!("no metadata of version {version}"));
        assert_eq!(metadata[..5], [&b"meta"[..], &[version as u8]].concat());
    }

    // Nothing happens while there is nothing to do.
    assert_eq!(rpc.height(), 0);
    let made = rpc.submit(Keyring::Alice, new_counter(40, b"1"));
    let contract = instantiated(&made.events).expect("a contract");
    assert_eq!(rpc.height(), 1);
    assert_eq!(counter_value(&mut rpc, &contract), 40);

    let added = rpc.submit(Keyring::Bob, message(&contract, counter_message::add(2)));
    assert!(!failed(&added.events));
    assert!(added.events.iter().any(|record| matches!(
        &record.event,
        RuntimeEvent::Contracts(pallet_contracts::Event::ContractEmitted { contract: of, data })
            if *of == contract && data[..] == [2, 0, 0, 0]
    )));
    assert_eq!(counter_value(&mut rpc, &contract), 42);

    // Transactions are bytes to a client: the time, and what Bob has sent.
    let block = rpc.call("chain_getBlock", json!([]));
    let transactions = block["block"]["extrinsics"].as_array().expect("a list");
    assert_eq!(transactions.len(), 2);
    assert!(
        transactions.iter().all(|bytes| bytes.as_str().is_some_and(|hex| hex.starts_with("0x"))),
        "{block}"
    );

    // A dry run tells what the contract prints, and the log does too, without being asked.
    let said = rpc.dry_call(&contract, counter_message::say());
    assert!(String::from_utf8_lossy(&said.debug_message).contains("counting"));
    node.wait_for_log("counting");

    // The storage of a contract, as explorers read it: a child trie.
    let trie = child_trie(&mut rpc, &contract);
    let keys = rpc.call("childstate_getKeysPaged", json!([trie, "0x", 10, null]));
    let keys = keys.as_array().expect("a list").clone();
    assert_eq!(keys.len(), 1);
    let value = rpc.call("childstate_getStorage", json!([trie, keys[0]]));
    assert_eq!(value, json!(to_hex(&42u32.to_le_bytes(), false)));

    // The same over HTTP.
    let answer = node.http(r#"{"jsonrpc":"2.0","id":1,"method":"system_chain","params":[]}"#);
    assert!(answer.contains(r#""result":"Development""#), "{answer}");
    assert!(node.stop().success());
}

/// Where a contract's storage is, as a hexadecimal storage key of a child trie.
fn child_trie(rpc: &mut support::Rpc, contract: &inkbpf_runtime::AccountId) -> String {
    use polkadot_sdk::sp_io::hashing::{twox_128, twox_64};
    let account = contract.encode();
    let key =
        [&twox_128(b"Contracts")[..], &twox_128(b"ContractInfoOf"), &twox_64(&account), &account].concat();
    let info = rpc.storage(&key, None).expect("there is a contract");
    // `trie_id` is its first field.
    let trie = Vec::<u8>::decode(&mut &info[..]).expect("a trie id");
    to_hex(&[&b":child_storage:default:"[..], &trie].concat(), false)
}

#[test]
fn transactions_that_come_together_are_all_made() {
    let node = Node::start(&["--dev", "--tmp"]);
    let mut rpc = node.rpc();
    let made = rpc.submit(Keyring::Alice, new_counter(0, b"1"));
    let contract = instantiated(&made.events).expect("a contract");

    // The last nonce first, so that all but the last to come have to wait for another.
    let (count, genesis) = (25, rpc.block_hash(0));
    let first = rpc.nonce(&Keyring::Bob.to_account_id());
    for nonce in (first..first + count).rev() {
        let call = message(&contract, counter_message::add(1));
        let transaction = support::sign(&Keyring::Bob.pair(), call, nonce, genesis);
        rpc.call("author_submitExtrinsic", json!([to_hex(&transaction.encode(), false)]));
    }
    let start = std::time::Instant::now();
    while counter_value(&mut rpc, &contract) < count {
        assert!(start.elapsed() < support::PATIENCE, "{} of {count}", counter_value(&mut rpc, &contract));
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    // No more blocks than transactions, and then there is rest.
    let height = rpc.height();
    assert!(height <= 2 * count + 2, "{height} blocks");
    std::thread::sleep(std::time::Duration::from_secs(1));
    assert!(rpc.height() <= height + 1, "blocks are made of nothing");
}

/// Else a burst would leave some of its transactions in no block, now and then (decision 0205).
#[test]
fn transactions_come_through_the_gate_that_blocks_wait_for() {
    let node = Node::start(&["--dev", "--tmp", "-linkbpf_node::gate=trace"]);
    let mut rpc = node.rpc();
    let remark = || frame_system::Call::<Runtime>::remark { remark: vec![1] };
    // By each of the methods that clients send transactions with.
    let methods = [
        "author_submitExtrinsic",
        "author_submitAndWatchExtrinsic",
        "transaction_v1_broadcast",
        "transactionWatch_v1_submitAndWatch",
    ];
    let logged = |text: &str| node.log().iter().filter(|line| line.contains(text)).count();
    for method in methods {
        let (before, came, waited) = (rpc.height(), logged("comes through"), logged("has waited"));
        let signed = rpc.sign(Keyring::Alice, remark().into());
        rpc.call(method, json!([to_hex(&signed.encode(), false)]));
        let start = std::time::Instant::now();
        while rpc.height() == before {
            assert!(start.elapsed() < support::PATIENCE, "{method}: no block");
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        // The log is written and read by threads of their own.
        let start = std::time::Instant::now();
        while logged("comes through") == came || logged("has waited") == waited {
            let what = "came past the gate, or no block waited there";
            assert!(start.elapsed() < support::PATIENCE / 20, "{method} {what}:\n{}", node.log().join("\n"));
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    }
    assert!(node.stop().success());
}

#[test]
fn neither_contracts_nor_clients_stop_it() {
    let node = Node::start(&["--dev", "--tmp"]);
    let mut rpc = node.rpc();
    let made = rpc.submit(Keyring::Alice, new_counter(7, b"1"));
    let contract = instantiated(&made.events).expect("a contract");

    // Contracts that end badly, in blocks and in dry runs.
    let ends = [
        ("a trap", counter_message::abort()),
        ("all gas", counter_message::spin()),
        ("calls of itself", counter_message::dive()),
        ("an address of nothing", counter_message::astray()),
    ];
    for (what, data) in ends {
        assert!(rpc.dry_call(&contract, data.clone()).result.is_err(), "{what}");
        assert!(failed(&rpc.submit(Keyring::Bob, message(&contract, data)).events), "{what}");
    }
    // As deep as calls go. The innermost fails, and with it each that called it.
    assert!(rpc.dry_call(&contract, counter_message::recurse()).result.is_err());

    // Code that is none.
    for code in [vec![], b"\0asm\x01\0\0\0".to_vec(), b"\x7fELF".to_vec(), vec![0xff; 300_000]] {
        let upload =
            (Keyring::Bob.to_account_id(), code, None::<u128>, pallet_contracts::Determinism::Enforced);
        let answer: pallet_contracts::CodeUploadResult<Hash, u128> =
            rpc.runtime("ContractsApi_upload_code", &upload.encode());
        assert!(answer.is_err());
    }

    // A runtime that panics: its arguments are not what it says.
    let error = rpc.try_call("state_call", json!(["Core_initialize_block", "0x00"])).unwrap_err();
    assert!(error.to_string().contains("Execution"), "{error}");
    for (method, params) in [
        ("state_call", json!(["ContractsApi_call", "0xffffffff"])),
        ("state_call", json!(["NoApi_no_function", "0x"])),
        ("author_submitExtrinsic", json!(["0x"])),
        ("author_submitExtrinsic", json!(["0x0123456789"])),
        ("author_submitExtrinsic", json!([{"not": "bytes"}])),
        ("no_method", json!([])),
    ] {
        rpc.try_call(method, params.clone()).expect_err(method);
    }

    // Clients that do not speak JSON-RPC, or too much of it: a connection may end, the node does not.
    for body in ["", "{", "[]", "[[[[[[[[", "\u{0}", "null"] {
        node.http(body);
    }
    node.http(&"[".repeat(1 << 20));
    let mut flooded = node.rpc();
    for _ in 0..1000 {
        flooded.send_raw("{}".into());
    }
    drop(flooded);

    let events: Vec<EventRecord> =
        rpc.submit(Keyring::Bob, message(&contract, counter_message::add(1))).events;
    assert!(!failed(&events));
    assert_eq!(counter_value(&mut rpc, &contract), 8);
}

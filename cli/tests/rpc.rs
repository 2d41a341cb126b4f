//! The same commands on a node: the sandbox behind JSON-RPC, and nodes that are ill or mean harm.

mod common;
#[path = "common/node.rs"]
mod node;

use codec::{Decode, Encode};
use common::{both, says, Fixture};
use frame_metadata::{v15::RuntimeMetadataV15, RuntimeMetadata, RuntimeMetadataPrefixed};
use jsonrpsee::{server::RpcModule, types::ErrorObject};
use node::{bytes, hex_of, metadata, replace, submission, Node, Shared};
use polkadot_sdk::sp_io::hashing::{blake2_128, twox_128};
use serde_json::{json, Value};
use std::{
    collections::BTreeMap,
    process::Stdio,
    sync::{
        atomic::{AtomicUsize, Ordering},
        Arc,
    },
};

/// A user with a counter's bundle, and a node.
struct Setting {
    fixture: Fixture,
    node: Node,
}

impl Setting {
    fn new() -> Self {
        Self { fixture: Fixture::new(), node: Node::start() }
    }

    fn on(node: Node) -> Self {
        Self { fixture: Fixture::new(), node }
    }

    fn command(&self, args: &[&str]) -> std::process::Command {
        let mut command = self.fixture.command(args);
        command.env("INKBPF_URL", &self.node.url).stdin(Stdio::null());
        command
    }

    fn ok(&self, args: &[&str]) -> String {
        let output = self.command(args).output().unwrap();
        assert!(output.status.success(), "{args:?}: {}", both(&output));
        String::from_utf8(output.stdout).unwrap()
    }

    fn json(&self, args: &[&str]) -> Value {
        serde_json::from_str(&self.ok(&[args, &["--output-json"]].concat())).unwrap()
    }

    /// Fails in good order; all it said.
    fn fails(&self, args: &[&str]) -> String {
        let output = self.command(args).output().unwrap();
        let said = both(&output);
        assert_eq!(output.status.code(), Some(1), "{args:?}: {said}");
        assert!(!said.contains("panicked at"), "{said}");
        said
    }

    /// Height of the chain.
    fn height(&self) -> u32 {
        self.node.state.lock().unwrap().sandbox.head().number
    }

    /// An instance of the counter; its address.
    fn counter(&self, initial: &str) -> String {
        let bundle = self.fixture.bundle();
        let made = self.json(&["instantiate", &bundle, "--args", initial, "--yes"]);
        made["contract"].as_str().unwrap().to_owned()
    }
}

#[test]
fn a_contract_from_upload_to_removal() {
    let setting = Setting::new();
    let bundle = setting.fixture.bundle();
    let uploaded = setting.json(&["upload", &bundle, "--yes"]);
    assert_eq!((&uploaded["success"], &uploaded["sent"]), (&json!(true), &json!(true)));
    assert!(uploaded["storage_deposit"].as_str().unwrap().parse::<i128>().unwrap() > 0);
    let contract = setting.counter("40");
    let add = setting.json(&["call", "--contract", &contract, "-m", "add", "--args", "2", "--yes"]);
    let events = add["events"].as_array().unwrap();
    let emitted = events.iter().find(|it| it["name"] == "ContractEmitted").unwrap();
    assert_eq!(emitted["contract_event"], json!({ "Added": { "by": 2 } }));
    assert!(add["fee"].as_str().unwrap().parse::<u128>().unwrap() > 0);
    assert!(add["gas"]["vm"].as_u64().unwrap() > 0);
    assert_eq!(add["block"]["number"], setting.height());
    let got = setting.json(&["call", "--contract", &contract, "-m", "get"]);
    assert_eq!((&got["result"], &got["sent"]), (&json!(42), &json!(false)));
    let storage = setting.json(&["storage", "--contract", &contract]);
    assert_eq!(
        storage,
        json!([{ "key": "0x00000000", "field": "(root)", "value": { "Counter": { "value": 42 } } }])
    );
    says(&setting.ok(&["info", "--all"]), &[&contract, "counter"]);
    let code = setting.command(&["info", "--contract", &contract, "--binary"]).output().unwrap().stdout;
    assert!(code == common::counter(), "the stored program differs");
    says(&setting.fails(&["remove", &bundle, "--yes"]), &["a contract still uses it"]);
    setting.ok(&["call", "--contract", &contract, "-m", "end", "--yes"]);
    says(
        &setting.fails(&["call", "--contract", &contract, "-m", "get"]),
        &["there is no contract at", &setting.node.url],
    );
    let removed = setting.json(&["remove", &bundle, "--yes"]);
    assert!(removed["storage_deposit"].as_str().unwrap().starts_with('-'));
    says(&setting.fails(&["remove", &bundle, "--yes"]), &["the chain has no code 0x"]);
}

/// What is different from run to run, or from chain to chain.
fn without_what_varies(mut document: Value) -> Value {
    if let Some(block) = document.get_mut("block") {
        for field in ["hash", "transaction"] {
            assert!(block[field].as_str().unwrap().len() == 66, "{block}");
            block[field] = Value::Null;
        }
    }
    // A mortal transaction is a byte longer, and its fee so much more.
    document.as_object_mut().map(|it| it.remove("fee"));
    let no_fee =
        |event: &Value| !["Balances", "TransactionPayment"].map(Value::from).contains(&event["pallet"]);
    if let Some(events) = document.get_mut("events").and_then(Value::as_array_mut) {
        events.retain(no_fee);
        // So are the weights that the chain's own events tell.
        events
            .iter_mut()
            .filter(|event| event["pallet"] == "System")
            .for_each(|it| it["fields"] = Value::Null);
    }
    document
}

#[test]
fn documents_are_those_of_the_embedded_chain() {
    let setting = Setting::new();
    let bundle = setting.fixture.bundle();
    let same = |args: &[&str]| -> Value {
        let here = setting.fixture.json(args);
        let there = setting.json(args);
        assert_eq!(without_what_varies(here.clone()), without_what_varies(there), "{args:?}");
        here
    };
    same(&["upload", &bundle, "--dry-run"]);
    same(&["upload", &bundle, "--yes"]);
    let made = same(&["instantiate", &bundle, "--args", "7", "--yes"]);
    let contract = made["contract"].as_str().unwrap();
    same(&["call", "--contract", contract, "-m", "get"]);
    same(&["call", "--contract", contract, "-m", "add", "--args", "3", "--yes", "--trace"]);
    same(&["call", "--contract", contract, "-m", "pay", "--value", "1.5UNIT", "--yes"]);
    same(&["storage", "--contract", contract]);
    same(&["storage", "--contract", contract, "--raw"]);
    same(&["info", "--contract", contract]);
    for message in ["fail", "abort", "spin"] {
        let run = |output: std::process::Output| -> Value {
            assert_eq!(output.status.code(), Some(1));
            without_what_varies(serde_json::from_slice(&output.stdout).unwrap())
        };
        let args = ["call", "--contract", contract, "-m", message, "--yes", "--output-json"];
        let (here, there) = (setting.fixture.run(&args), setting.command(&args).output().unwrap());
        assert_eq!(run(here), run(there), "{message}");
        if message == "spin" {
            // What never ends needs more gas than a block has, so no block takes it.
            continue;
        }
        let args = [&args[..], &["--force"]].concat();
        let (here, there) = (setting.fixture.run(&args), setting.command(&args).output().unwrap());
        assert_eq!(run(here), run(there), "{message} sent");
    }
    same(&["call", "--contract", contract, "-m", "end", "--yes"]);
    same(&["remove", &bundle, "--yes"]);
}

#[test]
fn nothing_is_sent_unasked() {
    let setting = Setting::new();
    let bundle = setting.fixture.bundle();
    for args in [&["upload", &bundle][..], &["instantiate", &bundle, "--args", "1"], &["remove", &bundle]] {
        says(&setting.fails(args), &["nothing is sent to a node without confirmation", "--yes"]);
    }
    setting.ok(&["upload", &bundle, "--dry-run"]);
    assert_eq!(setting.height(), 0);
}

#[test]
fn progress_is_shown() {
    let setting = Setting::new();
    let output = setting.command(&["upload", &setting.fixture.bundle(), "--yes"]).output().unwrap();
    let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    says(&err, &["… sent to ws://127.0.0.1:", " as 0x", "… in the block 0x", "… the block is final"]);
    says(&out, &["Deposit     ", "Block       #1 0x"]);
    let quiet = setting.command(&["upload", &setting.fixture.bundle(), "--yes", "--quiet"]).output().unwrap();
    assert_eq!(String::from_utf8(quiet.stderr).unwrap(), "");
}

#[test]
fn storage_comes_in_pages() {
    // More cells than one page, as a contract with a mapping has them.
    let hashed = |key: &[u8]| [&blake2_128(key)[..], key].concat();
    let mut keys: Vec<Vec<u8>> =
        (0..300u32).map(|n| [&[9, 9, 9, 9], &n.to_be_bytes()[..]].concat()).collect();
    keys.sort_by_key(|key| hashed(key));
    let cells: BTreeMap<Vec<u8>, Vec<u8>> = keys.iter().map(|key| (hashed(key), key[4..].to_vec())).collect();
    let longest_page = Arc::new(AtomicUsize::new(0));
    let (listed, asked) = (cells.clone(), longest_page.clone());
    let setting = Setting::on(Node::start_with(|module| {
        replace(module, "childstate_getKeysPaged", move |arguments| {
            let count = usize::try_from(arguments[2].as_u64().unwrap()).unwrap();
            asked.fetch_max(count, Ordering::Relaxed);
            let after = bytes(&arguments[3]);
            let page = listed.keys().filter(|key| **key > after).take(count);
            Ok(json!(page.map(|key| hex_of(key)).collect::<Vec<_>>()))
        });
        replace(module, "childstate_getStorageEntries", move |arguments| {
            let keys = arguments[1].as_array().unwrap();
            let values = keys.iter().map(|key| cells.get(&bytes(key)).map(|value| hex_of(value)));
            Ok(json!(values.collect::<Vec<_>>()))
        });
    }));
    let contract = setting.counter("5");
    let shown = |args: &[&str]| -> Vec<Vec<u8>> {
        let document = setting.json(&[&["storage", "--contract", &contract, "--raw"][..], args].concat());
        document.as_array().unwrap().iter().map(|cell| bytes(&cell["key"])).collect()
    };
    assert_eq!(shown(&[]), keys);
    assert!(longest_page.load(Ordering::Relaxed) < 300, "all at once");
    assert_eq!(shown(&["--limit", "130"]), keys[..130]);
    assert_eq!(shown(&["--limit", "10", "--after", &hex_of(&keys[129])]), keys[130..140]);
    let more = setting.command(&["storage", "--contract", &contract, "--limit", "10"]).output().unwrap();
    says(&both(&more), &[&format!("There is more: continue with --after {}", hex_of(&keys[9]))]);
    says(
        &setting.fails(&["storage", "--contract", &contract, "--after", "0x77"]),
        &["no cell with the key 0x77"],
    );
}

#[test]
fn what_an_account_cannot_pay() {
    let setting = Setting::new();
    let bundle = setting.fixture.bundle();
    let said = setting.fails(&["upload", &bundle, "--yes", "--suri", "//Nobody"]);
    says(&said, &["the account has 0 UNIT"]);
    assert_eq!(setting.height(), 0);
    let contract = setting.counter("1");
    let args = ["call", "--contract", &contract, "-m", "pay", "--value", "99999999UNIT", "--yes"];
    says(&setting.fails(&args), &["the account has "]);
    // The dry run goes well, and the fee cannot be paid.
    let add = ["call", "--contract", &contract, "-m", "add", "--args", "1", "--yes", "--suri", "//Nobody"];
    says(&setting.fails(&add), &["too little money"]);
    says(&setting.fails(&[&add[..], &["--force"]].concat()), &["cannot pay the fee", "nothing was sent"]);
}

#[test]
fn secrets_come_from_the_environment_or_a_file_and_stay_there() {
    let setting = Setting::new();
    let bundle = setting.fixture.bundle();
    let file = setting.fixture.write("key", b"//Bob\n");
    let owner = |command: &mut std::process::Command| {
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", both(&output));
        let caller = serde_json::from_slice::<Value>(&output.stdout).unwrap();
        caller["events"].to_string()
    };
    let bob = "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty";
    let args = ["upload", &bundle, "--yes", "--output-json"];
    let said = owner(setting.command(&[&args[..], &["--suri", &format!("@{file}")]].concat()).arg("--quiet"));
    says(&said, &[bob]);
    setting.ok(&["remove", &bundle, "--yes", "--suri", "//Bob"]);
    says(&owner(setting.command(&args).env("INKBPF_SURI", "//Bob")), &[bob]);
    let secret = "bottom drive obey lake curtain smoke basket hold race lonely fit wolk";
    for command in [
        setting.command(&["upload", &bundle, "--yes", "--suri", secret]),
        {
            let mut command = setting.command(&["upload", &bundle, "--yes"]);
            command.env("INKBPF_SURI", secret);
            command
        },
        {
            let mut command = setting.command(&["upload", "--help"]);
            command.env("INKBPF_SURI", secret);
            command
        },
    ] {
        let mut command = command;
        let said = both(&command.output().unwrap());
        assert!(!said.contains("bottom"), "{said}");
    }
    says(&setting.fails(&["upload", &bundle, "--yes", "--suri", "@/nowhere"]), &["--suri", "/nowhere"]);
}

#[test]
fn no_node_there() {
    let fixture = Fixture::new();
    let bundle = fixture.bundle();
    let upload = |url: &str| fixture.fails(&["upload", &bundle, "--yes", "--url", url]);
    // Nobody listens where somebody just did.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    says(&upload(&format!("ws://{free}")), &["cannot connect to ws://127.0.0.1:", "inkbpf node --dev"]);
    says(&upload("http://127.0.0.1:9944"), &["ws:// instead of http://"]);
    says(&upload("127.0.0.1:9944"), &["--url", "ws://127.0.0.1:9944"]);
    says(&upload("ws://user:secret@127.0.0.1:1/token"), &["cannot connect to ws://127.0.0.1:1"]);
    assert!(!upload("ws://user:secret@127.0.0.1:1/token").contains("secret"));
    // Something listens, and is no node.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("ws://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        use std::io::Write;
        let (mut stream, _) = listener.accept().unwrap();
        stream.write_all(b"SSH-2.0-OpenSSH_9.2\x1b[31m\r\n").unwrap();
    });
    let said = upload(&url);
    says(&said, &["cannot connect to ws://127.0.0.1:"]);
    assert!(!said.contains('\x1b'), "{said:?}");
    // A node speaks no TLS.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("wss://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        use std::io::Write;
        let (mut stream, _) = listener.accept().unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n").unwrap();
    });
    says(&upload(&url), &["cannot connect to wss://127.0.0.1:", "TLS", "without TLS"]);
    // The embedded chain is where it always was.
    fixture.ok(&["upload", &bundle, "--url", ""]);
}

/// A node of which one answer is different.
fn with(name: &'static str, answer: Value) -> Setting {
    Setting::on(Node::start_with(|module| replace(module, name, move |_| Ok(answer.clone()))))
}

/// A node with other metadata.
fn with_metadata(change: impl FnOnce(&mut RuntimeMetadataV15)) -> Setting {
    let RuntimeMetadata::V15(mut changed) = RuntimeMetadataPrefixed::decode(&mut &metadata()[..]).unwrap().1
    else {
        panic!("another version")
    };
    change(&mut changed);
    let bytes = RuntimeMetadataPrefixed::from(changed).encode();
    let answer = json!(hex_of(&Some(bytes).encode()));
    let metadata_only = move |module: &mut RpcModule<Shared>| {
        replace(module, "state_call", move |arguments| match arguments[0].as_str() {
            Some("Metadata_metadata_at_version") => Ok(answer.clone()),
            _ => Err(ErrorObject::owned(4003, "Client error: Execution failed", Some("\u{1b}[2J"))),
        });
    };
    Setting::on(Node::start_with(metadata_only))
}

#[test]
fn a_node_of_another_make() {
    let upload = |setting: Setting| {
        let bundle = setting.fixture.bundle();
        setting.fails(&["upload", &bundle, "--yes"])
    };
    let without_pallet = with_metadata(|it| it.pallets.retain(|pallet| pallet.name != "Contracts"));
    says(&upload(without_pallet), &["has no contracts", "`inkbpf`", "`Contracts`"]);
    let without_api = with_metadata(|it| it.apis.retain(|api| api.name != "ContractsApi"));
    says(&upload(without_api), &["cannot dry-run a call", "`ContractsApi`"]);
    let with_other_arguments = with_metadata(|it| {
        let api = it.apis.iter_mut().find(|api| api.name == "ContractsApi").unwrap();
        api.methods.iter_mut().find(|method| method.name == "upload_code").unwrap().inputs.pop();
    });
    says(
        &upload(with_other_arguments),
        &["`ContractsApi_upload_code` of the runtime `inkbpf`", "older or newer", "because"],
    );
    let old = with("state_call", json!("0x00"));
    says(&upload(old), &["no metadata of version 15"]);
}

#[test]
fn metadata_that_means_harm() {
    let info = |setting: Setting| setting.fails(&["info", "--all"]);
    let malformed = ["malformed metadata", "because"];
    says(&info(with("state_call", json!("0x0142"))), &malformed);
    says(&info(with("state_call", json!("rubbish"))), &["unexpected answer to `state_call`"]);
    // A type that contains itself has no end.
    let endless = with_metadata(|it| {
        let account = it
            .types
            .types
            .iter_mut()
            .find(|ty| ty.ty.path.segments == ["frame_system", "AccountInfo"])
            .unwrap();
        let own = account.id;
        match &mut account.ty.type_def {
            scale_info::TypeDef::Composite(composite) => composite.fields[0].ty = own.into(),
            _ => panic!("another form"),
        }
    });
    says(&info(endless), &["malformed metadata", "contains itself"]);
    let dangling = with_metadata(|it| it.outer_enums.event_enum_ty = 1_000_000.into());
    says(&info(dangling), &["malformed metadata", "the type 1000000, which does not exist"]);
    let painted = with_metadata(|it| it.pallets[1].name = "\u{1b}[2J".into());
    says(&info(painted), &["malformed metadata", "control characters"]);
}

#[test]
fn answers_that_mean_harm() {
    let info = |setting: &Setting| setting.fails(&["info", "--all"]);
    // What a node says about itself is neither believed nor shown as it is.
    says(&info(&with("system_properties", json!({ "tokenDecimals": 255 }))), &["`tokenDecimals` is `255`"]);
    says(&info(&with("system_properties", json!([1]))), &["unexpected answer to `system_properties`"]);
    says(&info(&with("chain_getBlockHash", json!(null))), &["has no first block"]);
    says(&info(&with("chain_getHeader", json!({ "number": "0xzz" }))), &["the invalid number `0xzz`"]);
    says(
        &info(&with("state_getRuntimeVersion", json!({}))),
        &["unexpected answer to `state_getRuntimeVersion`"],
    );
    let refusing = Setting::on(Node::start_with(|module| {
        replace(module, "state_getRuntimeVersion", |_| {
            Err(ErrorObject::owned(-32000, "\u{1b}[31mno\u{7}", Some("x".repeat(5000))))
        });
    }));
    let said = info(&refusing);
    says(&said, &["refused `state_getRuntimeVersion`", "\\u001b[31mno"]);
    assert!(!said.contains('\x1b') && said.len() < 2000, "{said}");
    // More than anything needs.
    let huge = with("system_properties", json!("y".repeat(30 << 20)));
    says(&info(&huge), &["the connection to ws://127.0.0.1:"]);
    // Keys that go in circles would be listed for ever.
    let circles = with("state_getKeysPaged", json!(vec![hex_of(&contracts_prefix(1)); 128]));
    says(&info(&circles), &["lists keys that were not requested, or lists them twice"]);
    let foreign = with("state_getKeysPaged", json!(["0x00"]));
    says(&info(&foreign), &["lists keys that were not requested"]);
    let short = with("state_getKeysPaged", json!([hex_of(&contracts_prefix(1)[..33])]));
    says(&info(&short), &["`Contracts.ContractInfoOf`", "differs"]);
    // A value with more elements than a machine has bytes.
    let much = with("state_getStorage", json!("0x03ffffffff"));
    let address = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";
    says(&much.fails(&["info", "--contract", address]), &["`Contracts.ContractInfoOf`", "because"]);
}

/// A key of `Contracts.ContractInfoOf`.
fn contracts_prefix(fill: u8) -> Vec<u8> {
    [&twox_128(b"Contracts")[..], &twox_128(b"ContractInfoOf"), &[fill; 40]].concat()
}

/// A node that says other words about the transaction it was sent.
fn saying(words: impl Fn(Value) -> Vec<Value> + Send + Sync + Clone + 'static) -> Setting {
    Setting::on(Node::start_with(|module| {
        module.remove_method("author_submitAndWatchExtrinsic").unwrap();
        module.remove_method("author_unwatchExtrinsic").unwrap();
        submission(module, words);
    }))
}

#[test]
fn what_becomes_of_a_transaction() {
    let upload = |setting: &Setting, more: &[&str]| {
        let bundle = setting.fixture.bundle();
        setting.fails(&[&["upload", &bundle, "--yes"][..], more].concat())
    };
    for (word, said) in [
        (json!("invalid"), "is no longer valid"),
        (json!("dropped"), "was dropped by the node"),
        (json!({ "usurped": format!("0x{}", "00".repeat(32)) }), "was replaced by another"),
    ] {
        let setting = saying(move |_| vec![json!("ready"), word.clone()]);
        says(&upload(&setting, &[]), &["the transaction 0x", said, "it will not happen"]);
    }
    let never_final =
        saying(|hash| vec![json!({ "inBlock": hash.clone() }), json!({ "finalityTimeout": hash })]);
    says(&upload(&never_final, &[]), &["in the block 0x", "--wait best"]);
    let silent = saying(|hash| vec![json!({ "inBlock": hash }), json!("wait")]);
    let said = upload(&silent, &["--wait-timeout", "2"]);
    says(
        &said,
        &[
            "the transaction 0x",
            "was sent to ws://127.0.0.1:",
            "was in the block 0x",
            "not final yet",
            "after 2 s",
        ],
    );
    let waiting = saying(|_| vec![json!("future"), json!("wait")]);
    says(
        &upload(&waiting, &["--wait-timeout", "1"]),
        &["waits for an earlier transaction of the account", "it was not in a block yet after 1 s"],
    );
    let chatty = saying(|_| vec![json!("ready"); 5000]);
    says(&upload(&chatty, &[]), &["the transaction 0x", "was sent"]);
    let babbling = saying(|_| vec![json!({ "surprise": 1 })]);
    says(&upload(&babbling, &[]), &["the transaction 0x", "was sent", "unexpected answer"]);
    // A fork undoes the block, and the next one stays.
    let forking = saying(|hash| {
        let other = json!({ "retracted": format!("0x{}", "11".repeat(32)) });
        vec![json!("ready"), other, json!({ "broadcast": ["peer"] }), json!({ "finalized": hash })]
    });
    let output = forking.command(&["upload", &forking.fixture.bundle(), "--yes"]).output().unwrap();
    assert!(output.status.success(), "{}", both(&output));
    says(&both(&output), &["was undone by a fork", "sent on to other nodes", "Block       #1"]);
}

#[test]
fn the_best_block_is_enough_if_one_says_so() {
    let setting = saying(|hash| vec![json!("ready"), json!({ "inBlock": hash }), json!("wait")]);
    let uploaded = setting.json(&["upload", &setting.fixture.bundle(), "--yes", "--wait", "best"]);
    assert_eq!((&uploaded["success"], &uploaded["block"]["number"]), (&json!(true), &json!(1)));
}

#[test]
fn a_connection_that_drops_in_the_middle() {
    let setting = saying(|hash| vec![json!("ready"), json!({ "inBlock": hash }), json!("wait")]);
    let bundle = setting.fixture.bundle();
    let mut child = setting.command(&["upload", &bundle, "--yes"]);
    let child = child.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(120);
    while setting.height() == 0 {
        assert!(std::time::Instant::now() < deadline, "nothing was sent");
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    std::thread::sleep(std::time::Duration::from_millis(500));
    drop(setting);
    let output = child.wait_with_output().unwrap();
    let said = both(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    says(&said, &["the transaction 0x", "was sent", "the connection to ws://127.0.0.1:", "was lost"]);
}

//! The commands on a node as users start it. `INKBPF_NODE` names its program; `cargo xtask test node` sets it.

mod common;

use common::{both, says, Fixture};
use serde_json::{json, Value};
use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    sync::mpsc,
    time::Duration,
};

/// A development node, ended when dropped.
struct RealNode {
    child: Child,
    url: String,
}

impl RealNode {
    fn start() -> Self {
        let program = std::env::var_os("INKBPF_NODE")
            .expect("INKBPF_NODE has to name the node's program: this test is for a real one");
        let mut child = Command::new(program)
            .args(["--dev", "--tmp", "--port=0", "--rpc-port=0"])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("INKBPF_NODE can be started");
        let log = BufReader::new(child.stderr.take().unwrap());
        let (send, receive) = mpsc::channel();
        // Reads on until the node ends, which would else wait for a reader.
        std::thread::spawn(move || {
            for line in log.lines().map_while(Result::ok) {
                eprintln!("{line}");
                if let Some((_, rest)) = line.split_once("Running JSON-RPC server: addr=") {
                    let address = rest.split([',', ' ']).next().unwrap_or_default().to_owned();
                    let _ = send.send(address);
                }
            }
        });
        let started = receive.recv_timeout(Duration::from_secs(120));
        let node = |url| Self { child, url };
        match started {
            Ok(address) => node(format!("ws://{address}")),
            Err(_) => {
                drop(node(String::new()));
                panic!("the node does not say where it listens");
            }
        }
    }
}

impl Drop for RealNode {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
#[ignore = "needs INKBPF_NODE, the node's program"]
fn a_contract_on_a_real_node() {
    let node = RealNode::start();
    let fixture = Fixture::new();
    let bundle = fixture.bundle();
    let run = |args: &[&str]| {
        let mut command = fixture.command(args);
        command.env("INKBPF_URL", &node.url).stdin(Stdio::null()).output().unwrap()
    };
    let json_of = |args: &[&str]| -> Value {
        let output = run(&[args, &["--output-json"]].concat());
        assert!(output.status.success(), "{args:?}: {}", both(&output));
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let fails = |args: &[&str]| {
        let output = run(args);
        assert_eq!(output.status.code(), Some(1), "{}", both(&output));
        both(&output)
    };
    says(&fails(&["upload", &bundle]), &["nothing is sent to a node without confirmation"]);
    let tried = json_of(&["upload", &bundle, "--dry-run"]);
    assert_eq!(tried["sent"], false);
    let uploaded = json_of(&["upload", &bundle, "--yes"]);
    assert_eq!((&uploaded["success"], &uploaded["sent"]), (&json!(true), &json!(true)));
    let made = json_of(&["instantiate", &bundle, "--args", "40", "--yes", "--wait", "best"]);
    let contract = made["contract"].as_str().unwrap();
    // At once after the other, whose block is not final yet.
    let added = json_of(&["call", "--contract", contract, "-m", "add", "--args", "2", "--yes"]);
    let emitted =
        added["events"].as_array().unwrap().iter().find(|it| it["name"] == "ContractEmitted").unwrap();
    assert_eq!(emitted["contract_event"], json!({ "Added": { "by": 2 } }));
    assert!(added["fee"].as_str().unwrap().parse::<u128>().unwrap() > 0);
    let got = json_of(&["call", "--contract", contract, "-m", "get"]);
    assert_eq!((&got["result"], &got["sent"]), (&json!(42), &json!(false)));
    // Those of the block before are not this message's.
    let events = got["events"].as_array().unwrap();
    assert!(events.len() == 1 && events[0]["name"] == "Called", "{got}");
    let storage = json_of(&["storage", "--contract", contract]);
    assert_eq!(storage[0]["value"], json!({ "Counter": { "value": 42 } }));
    let info = json_of(&["info", "--contract", contract]);
    assert_eq!((&info["name"], &info["storage_items"]), (&json!("counter"), &json!(1)));
    assert_eq!(json_of(&["info", "--all"])[0]["contract"], made["contract"]);
    let said = fails(&["call", "--contract", contract, "-m", "abort", "--yes"]);
    says(&said, &["ContractTrapped", "nothing was sent"]);
    let said = fails(&["call", "--contract", contract, "-m", "abort", "--yes", "--force"]);
    says(&said, &["Contracts::ContractTrapped", "Block       #", "System::ExtrinsicFailed"]);
    says(
        &fails(&["call", "--contract", contract, "-m", "add", "--args", "1", "--yes", "--suri", "//Nobody"]),
        &["too little money"],
    );
    json_of(&["call", "--contract", contract, "-m", "end", "--yes"]);
    json_of(&["remove", &bundle, "--yes"]);
}

#[test]
#[ignore = "needs INKBPF_NODE, the node's program"]
fn the_command_starts_a_node() {
    let output = Fixture::new().run(&["node", "key", "inspect", "//Alice"]);
    says(&both(&output), &["5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"]);
    assert!(output.status.success());
    // It ends as the node does.
    let output = Fixture::new().run(&["node", "--", "--no-such-option"]);
    assert!(!output.status.success());
    says(&both(&output), &["--no-such-option"]);
}

//! What the tests of the command line share: a small contract, and a chain to try it on.
//!
//! The contract is written in BPF by hand (`fixtures/counter`), with metadata as ink! writes it, so that these
//! tests need no toolchain and a failure points at the command line.

#![allow(dead_code)] // Each test file uses some of it.

#[path = "../../../fixtures/counter/counter.rs"]
mod counter;
pub mod nested;

pub use counter::counter;

use inkbpf_sandbox::{
    runtime::{pallet_balances, Address, RuntimeCall},
    sp_core::{sr25519, Pair},
    sp_runtime::traits::{BlakeTwo256, Hash as _},
    store::{Store, WhenLocked},
    Keyring,
};
use serde_json::{json, Value};
use std::{
    fs,
    path::PathBuf,
    process::{Command, Output},
};

/// The counter's bundle, around this program.
pub fn bundle(code: &[u8]) -> Value {
    let named = |ty: u32| json!({ "type": ty, "displayName": [] });
    let message = |number: u8, label: &str, args: Value, returns: u32| {
        json!({
            "label": label, "selector": format!("0x{number:02x}000000"), "args": args, "docs": [], "default": false,
            "mutates": label != "get", "payable": label == "pay", "returnType": named(returns),
        })
    };
    let arg = |label: &str, ty: u32| json!({ "label": label, "type": named(ty) });
    let result = |ok: u32, err: u32| {
        json!({ "path": ["Result"], "params": [{ "name": "T", "type": ok }, { "name": "E", "type": err }],
            "def": { "variant": { "variants": [
                { "name": "Ok", "index": 0, "fields": [{ "type": ok }] },
                { "name": "Err", "index": 1, "fields": [{ "type": err }] },
            ] } } })
    };
    let unit_variant = |path: Value, name: &str, index: u8| json!({ "path": path, "def": { "variant": { "variants": [{ "name": name, "index": index }] } } });
    let types = [
        json!({ "def": { "primitive": "u32" } }),
        json!({ "def": { "tuple": [] } }),
        result(1, 3),
        unit_variant(json!(["ink_primitives", "LangError"]), "CouldNotReadInput", 1),
        result(0, 3),
        result(7, 3),
        unit_variant(json!(["counter", "Error"]), "TooMuch", 0),
        result(1, 6),
        json!({ "path": ["ink_primitives", "types", "AccountId"], "def": { "composite": { "fields": [{ "type": 9 }] } } }),
        json!({ "def": { "array": { "len": 32, "type": 10 } } }),
        json!({ "def": { "primitive": "u8" } }),
        json!({ "def": { "primitive": "str" } }),
        json!({ "def": { "primitive": "u128" } }),
        json!({ "def": { "primitive": "u64" } }),
        json!({ "def": { "primitive": "bool" } }),
        json!({ "def": { "sequence": { "type": 10 } } }),
        json!({ "path": ["counter", "Counter"], "def": { "composite": { "fields": [{ "name": "value", "type": 0 }] } } }),
        json!({ "def": { "tuple": [9, 16] } }),
    ];
    let types: Vec<_> =
        types.into_iter().enumerate().map(|(id, ty)| json!({ "id": id, "type": ty })).collect();
    let cell = json!({ "leaf": { "key": "0x00000000", "ty": 0 } });
    let event = json!({
        "label": "Added", "docs": [], "module_path": "counter", "signature_topic": format!("0x{}", "11".repeat(32)),
        "args": [{ "label": "by", "indexed": false, "docs": [], "type": named(0) }],
    });
    let mut constructor = message(0, "new", json!([arg("initial", 0)]), 2);
    constructor["default"] = json!(true);
    constructor.as_object_mut().unwrap().remove("mutates");
    json!({
        "source": {
            "hash": format!("0x{}", hex::encode(BlakeTwo256::hash(code))),
            "language": "ink! 5.1.1", "compiler": "rustc 1.95.0", "wasm": format!("0x{}", hex::encode(code)),
        },
        "contract": { "name": "counter", "version": "0.1.0", "authors": ["inkbpf"] },
        "image": null,
        "version": 5,
        "types": types,
        "storage": { "root": { "root_key": "0x00000000", "ty": 16, "layout": { "struct": {
            "name": "Counter", "fields": [{ "name": "value", "layout": cell }],
        } } } },
        "spec": {
            "constructors": [constructor],
            "messages": [
                message(1, "get", json!([]), 4),
                message(2, "add", json!([arg("by", 0)]), 2),
                message(3, "fail", json!([]), 5),
                message(4, "abort", json!([]), 2),
                message(5, "spin", json!([]), 2),
                message(6, "recurse", json!([]), 2),
                message(7, "deep", json!([]), 2),
                message(8, "astray", json!([]), 2),
                message(9, "say", json!([]), 2),
                message(10, "pay", json!([]), 2),
                message(11, "take", json!([arg("who", 8), arg("name", 11), arg("yes", 14), arg("bytes", 15)]), 2),
                message(12, "end", json!([]), 2),
                message(13, "shaped", json!([arg("both", 17)]), 2),
                message(14, "misread", json!([]), 4),
            ],
            "events": [event],
            "docs": [],
            "lang_error": named(3),
            "environment": {
                "accountId": named(8), "balance": named(12), "hash": named(9), "timestamp": named(13),
                "blockNumber": named(0), "chainExtension": named(1), "maxEventTopics": 4, "staticBufferSize": 16384,
            },
        },
    })
}

/// A folder with the counter's bundle and a chain of its own.
pub struct Fixture {
    folder: tempfile::TempDir,
}

impl Fixture {
    /// Nothing on the chain yet.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let text = serde_json::to_string(&bundle(&counter())).unwrap();
        fs::write(folder.path().join("counter.contract"), text).unwrap();
        Self { folder }
    }

    /// With an instance of the counter; its address.
    pub fn with_counter(initial: u32) -> (Self, String) {
        let fixture = Self::new();
        let bundle = fixture.bundle();
        let made = fixture.json(&["instantiate", &bundle, "--args", &initial.to_string()]);
        let address = made["contract"].as_str().expect("an address").to_owned();
        (fixture, address)
    }

    /// The bundle's path.
    pub fn bundle(&self) -> String {
        self.path("counter.contract").display().to_string()
    }

    /// A path in the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Gives an account money, so much in the smallest unit.
    pub fn give(&self, suri: &str, amount: u128) {
        let to = sr25519::Pair::from_string(suri, None).unwrap().public();
        let store = Store::open(self.chain(), WhenLocked::Wait).unwrap();
        let mut chain = store.load().unwrap().unwrap_or_default();
        let dest = Address::Id(to.into());
        let call = pallet_balances::Call::transfer_allow_death { dest, value: amount };
        chain.submit(&Keyring::Bob.pair(), RuntimeCall::Balances(call)).unwrap().result.unwrap();
        store.save(&chain).unwrap();
    }

    /// The folder as somebody sees it who may only read it.
    #[cfg(unix)]
    pub fn for_reading(&self) -> Reader<'_> {
        Reader::new(self)
    }

    /// A file in the folder; its path.
    pub fn write(&self, name: &str, bytes: &[u8]) -> String {
        let path = self.path(name);
        fs::write(&path, bytes).unwrap();
        path.display().to_string()
    }

    /// The file of the chain.
    pub fn chain(&self) -> PathBuf {
        self.path("chain")
    }

    /// `inkbpf` with these arguments, to be changed or run.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_inkbpf"));
        command.args(args).env("INKBPF_CHAIN", self.chain()).current_dir(self.folder.path());
        // What whoever runs the tests has set is not what they are about.
        command.env_remove("INKBPF_URL").env_remove("INKBPF_SURI");
        command
    }

    /// Runs `inkbpf`.
    pub fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    /// Runs it, which has to succeed; what it said.
    pub fn ok(&self, args: &[&str]) -> String {
        let output = self.run(args);
        assert!(output.status.success(), "{args:?}: {}", both(&output));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs it with `--output-json`, which has to succeed; the document.
    pub fn json(&self, args: &[&str]) -> Value {
        let mut args = args.to_vec();
        args.push("--output-json");
        serde_json::from_str(&self.ok(&args)).unwrap()
    }

    /// Runs it, which has to fail in good order and leave the chain as it was; all it said.
    pub fn fails(&self, args: &[&str]) -> String {
        let before = fs::read(self.chain()).ok();
        let output = self.run(args);
        let said = both(&output);
        assert_eq!(output.status.code(), Some(1), "{args:?}: {said}");
        assert!(!said.contains("panicked at"), "{said}");
        assert!(fs::read(self.chain()).ok() == before, "{args:?} changed the chain");
        said
    }
}

/// Somebody who may read a fixture's folder and write nothing in it.
#[cfg(unix)]
pub struct Reader<'a> {
    fixture: &'a Fixture,
    /// Where root tests, who may write anywhere: a copy of the program, in a folder that others can enter.
    program: Option<tempfile::TempDir>,
}

#[cfg(unix)]
impl<'a> Reader<'a> {
    fn new(fixture: &'a Fixture) -> Self {
        // Whoever comes next must not find the lock's file either.
        fs::remove_file(fixture.path("chain.lock")).unwrap();
        set_mode(fixture.folder.path(), 0o555);
        let is_root = fs::write(fixture.path("probe"), b"").is_ok();
        let program = is_root.then(|| {
            fs::remove_file(fixture.path("probe")).unwrap();
            let folder = tempfile::tempdir().unwrap();
            set_mode(folder.path(), 0o755);
            fs::copy(env!("CARGO_BIN_EXE_inkbpf"), folder.path().join("inkbpf")).unwrap();
            folder
        });
        Self { fixture, program }
    }

    /// Runs `inkbpf`.
    pub fn run(&self, args: &[&str]) -> Output {
        use std::os::unix::process::CommandExt;
        let Some(folder) = &self.program else { return self.fixture.run(args) };
        let mut command = Command::new(folder.path().join("inkbpf"));
        // `nobody`, on every system there is.
        command.uid(65_534).args(args).env("INKBPF_CHAIN", self.fixture.chain());
        command.current_dir(self.fixture.folder.path()).output().unwrap()
    }
}

#[cfg(unix)]
impl Drop for Reader<'_> {
    fn drop(&mut self) {
        set_mode(self.fixture.folder.path(), 0o755);
    }
}

#[cfg(unix)]
fn set_mode(path: &std::path::Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// All that a command said.
pub fn both(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Fails unless all of these stand in the text.
#[track_caller]
pub fn says(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "`{part}` is not in:\n{text}");
    }
}

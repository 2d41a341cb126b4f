//! A contract in both forms.

use crate::{aliases, wasm, Chain};
use codec::Encode;
use inkbpf_build::{build, Request};
use polkadot_sdk::sp_core::H256;
use serde_json::Value;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex};

/// A contract that was built twice from one source.
#[derive(Clone, Debug)]
pub struct Contract {
    /// Its name.
    pub name: String,
    /// The program image, as `inkbpf build` gives it.
    pub ebpf: Vec<u8>,
    /// The same source as Wasm.
    pub wasm: Vec<u8>,
    /// The interface. A contract without ink! has none.
    pub metadata: Option<Value>,
}

impl Contract {
    /// The example in this folder below `examples`. Built once in a process.
    ///
    /// # Panics
    /// When it does not build.
    pub fn example(folder: &str) -> Arc<Self> {
        Self::at(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(folder))
    }

    /// The contract in this folder. Built once in a process.
    ///
    /// # Panics
    /// When it does not build.
    pub fn at(folder: &Path) -> Arc<Self> {
        // Held while building: cargo would only wait for itself.
        static BUILT: LazyLock<Mutex<HashMap<PathBuf, Arc<Contract>>>> = LazyLock::new(Mutex::default);
        let mut built = BUILT.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        built.entry(folder.to_path_buf()).or_insert_with(|| Arc::new(Self::build(folder))).clone()
    }

    fn build(folder: &Path) -> Self {
        let request = Request::new(folder.join("Cargo.toml"));
        let built = build(&request, &mut |_| ())
            .unwrap_or_else(|error| panic!("{} does not build for eBPF: {error}", folder.display()));
        let wasm = wasm::build(folder, &built.name.replace('-', "_"))
            .unwrap_or_else(|error| panic!("{} does not build for Wasm: {error:#}", folder.display()));
        let read =
            |path: &Path| std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let metadata = built.artifacts.metadata.as_deref();
        let metadata = metadata.map(|path| {
            serde_json::from_slice(&read(path)).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
        });
        Self { name: built.name, ebpf: read(&built.artifacts.elf), wasm, metadata }
    }

    /// What stands for the hashes of its codes.
    pub fn alias(&self) -> H256 {
        aliases::alias(&self.name)
    }

    /// Tells a chain of it. `is_wasm` says which form that takes.
    pub fn teach(&self, chain: &mut dyn Chain, is_wasm: bool) {
        chain.learn(&self.name, if is_wasm { self.wasm.clone() } else { self.ebpf.clone() });
    }

    /// Selector and arguments of a message.
    ///
    /// # Panics
    /// When there is no such message.
    pub fn message(&self, name: &str, args: impl Encode) -> Vec<u8> {
        self.encode("messages", name, args)
    }

    /// Selector and arguments of a constructor.
    ///
    /// # Panics
    /// When there is no such constructor.
    pub fn constructor(&self, name: &str, args: impl Encode) -> Vec<u8> {
        self.encode("constructors", name, args)
    }

    fn encode(&self, kind: &str, name: &str, args: impl Encode) -> Vec<u8> {
        // A selector, for what has no name.
        if let Some(digits) = name.strip_prefix("0x") {
            let mut data = hex::decode(digits).unwrap_or_else(|error| panic!("{name}: {error}"));
            args.encode_to(&mut data);
            return data;
        }
        let entries = self.entries(kind);
        let entry = entries.iter().find(|entry| entry["label"] == name);
        let entry = entry.unwrap_or_else(|| panic!("{kind} of {} has no {name}", self.name));
        let mut data = selector(entry);
        args.encode_to(&mut data);
        data
    }

    /// Its `messages` or `constructors`, as the metadata has them.
    ///
    /// # Panics
    /// When it has no metadata.
    pub fn entries(&self, kind: &str) -> &[Value] {
        let metadata = self.metadata.as_ref().unwrap_or_else(|| panic!("{} has no metadata", self.name));
        metadata["spec"][kind].as_array().map(Vec::as_slice).unwrap_or_default()
    }
}

/// The selector of a message or constructor.
///
/// # Panics
/// When it has none.
pub fn selector(entry: &Value) -> Vec<u8> {
    let digits = entry["selector"].as_str().and_then(|text| text.strip_prefix("0x"));
    digits.and_then(|digits| hex::decode(digits).ok()).unwrap_or_else(|| panic!("no selector in {entry}"))
}

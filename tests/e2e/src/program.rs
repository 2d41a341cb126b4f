//! Builds the examples, each at most once in a process.

use crate::Hash;
use codec::Encode;
use inkbpf_build::{build, Built, Request};
use serde_json::Value;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex};

/// A contract that was built.
#[derive(Debug)]
pub struct Program {
    /// The program image.
    pub code: Vec<u8>,
    /// The interface. A contract without ink! has none.
    pub metadata: Option<Value>,
    /// Both, as clients load them. A contract without ink! has no bundle.
    pub bundle: Option<Value>,
    /// What the build said.
    pub built: Built,
}

impl Program {
    /// Selector and arguments of a constructor or message. `kind` is `constructors` or `messages`.
    /// A name that begins with `0x` is the selector itself, of one that the metadata does not have.
    ///
    /// # Panics
    /// When there is no such name.
    pub fn encode(&self, kind: &str, name: &str, args: impl Encode) -> Vec<u8> {
        let selector = match name.strip_prefix("0x") {
            Some(_) => name.to_owned(),
            None => self.selector(kind, name),
        };
        let mut data = unhex(&selector);
        args.encode_to(&mut data);
        data
    }

    /// The first topic of an event: what names its kind.
    ///
    /// # Panics
    /// When there is no such event, or it is anonymous.
    pub fn signature_topic(&self, event: &str) -> Hash {
        let metadata = self.metadata.as_ref().expect("only a contract of ink! has names");
        let events = metadata["spec"]["events"].as_array().expect("the metadata has this list");
        let event = events.iter().find(|entry| entry["label"] == event).expect("there is such an event");
        let topic = event["signature_topic"].as_str().expect("the event is not anonymous");
        Hash::from_slice(&unhex(topic))
    }

    fn selector(&self, kind: &str, name: &str) -> String {
        let metadata = self.metadata.as_ref().expect("only a contract of ink! has names");
        let entries = metadata["spec"][kind].as_array().expect("the metadata has this list");
        let entry = entries.iter().find(|entry| entry["label"] == name);
        let entry = entry.unwrap_or_else(|| panic!("{kind} of {} has no {name}", self.built.name));
        entry["selector"].as_str().expect("a selector is a string").to_owned()
    }
}

fn unhex(text: &str) -> Vec<u8> {
    let digits = text.strip_prefix("0x").expect("hex begins with 0x").as_bytes();
    let digit = |byte: u8| (byte as char).to_digit(16).expect("a hex digit") as u8;
    digits.chunks(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect()
}

/// The example in this folder below `examples`, built as its author would.
///
/// # Panics
/// When it does not build.
pub fn program(folder: &str) -> Arc<Program> {
    example(folder, false)
}

/// The same, with debug messages in it.
///
/// # Panics
/// When it does not build.
pub fn debug_program(folder: &str) -> Arc<Program> {
    example(folder, true)
}

/// By folder, and whether with debug messages.
type Programs = HashMap<(String, bool), Arc<Program>>;

fn example(folder: &str, debug: bool) -> Arc<Program> {
    // Held while building: tests run at once, and cargo would only wait for itself.
    static BUILT: LazyLock<Mutex<Programs>> = LazyLock::new(Mutex::default);
    let mut built = BUILT.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let fresh = || Arc::new(built_at(&examples().join(folder), debug));
    built.entry((folder.to_owned(), debug)).or_insert_with(fresh).clone()
}

/// The contract in any folder, built again.
///
/// # Panics
/// When it does not build.
pub fn program_at(folder: &Path) -> Arc<Program> {
    Arc::new(built_at(folder, false))
}

fn built_at(folder: &Path, debug: bool) -> Program {
    let manifest = folder.join("Cargo.toml");
    let request = Request { debug, ..Request::new(&manifest) };
    let built = build(&request, &mut |_| ())
        .unwrap_or_else(|error| panic!("{} does not build: {error}", manifest.display()));
    let code = read(&built.artifacts.elf);
    let metadata = built.artifacts.metadata.as_deref().map(json);
    let bundle = built.artifacts.bundle.as_deref().map(json);
    Program { code, metadata, bundle, built }
}

/// Where the examples are.
pub fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples")
}

fn read(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&read(path)).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

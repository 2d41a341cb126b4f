//! A node for tests: the sandbox behind JSON-RPC.
//!
//! It answers what the command asks of a real node, from a real runtime, and makes a block of each transaction
//! at once. Tests replace single answers to see what the command makes of a node that is ill or means harm.

use codec::{Decode, Encode};
use inkbpf_sandbox::{runtime::Header, sp_core::H256, Clock, Sandbox};
use jsonrpsee::{
    server::{RpcModule, Server, ServerHandle, SubscriptionMessage},
    types::{ErrorObject, ErrorObjectOwned, Params},
};
use polkadot_sdk::sp_io;
use serde_json::{json, Value};
use std::sync::{Arc, Mutex};

/// The chain.
pub struct State {
    /// The newest state.
    pub sandbox: Sandbox,
    blocks: Vec<Block>,
}

struct Block {
    hash: H256,
    header: Header,
    extrinsics: Vec<Vec<u8>>,
    events: Vec<u8>,
}

/// What its methods share.
pub type Shared = Arc<Mutex<State>>;

/// A node that runs until it is dropped.
pub struct Node {
    /// Where it listens.
    pub url: String,
    /// Its chain.
    pub state: Shared,
    handle: ServerHandle,
    // Dropped last.
    _runtime: tokio::runtime::Runtime,
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.handle.stop();
    }
}

impl Node {
    /// One that behaves.
    pub fn start() -> Self {
        Self::start_with(|_| {})
    }

    /// One whose methods were changed.
    pub fn start_with(change: impl FnOnce(&mut RpcModule<Shared>)) -> Self {
        inkbpf_sandbox::trace::enable();
        let mut sandbox = Sandbox::new();
        sandbox.set_clock(Clock::System);
        let header = sandbox.head().clone();
        let genesis = Block { hash: header.hash(), header, extrinsics: Vec::new(), events: vec![0] };
        let state = Arc::new(Mutex::new(State { sandbox, blocks: vec![genesis] }));
        let mut module = methods(state.clone());
        change(&mut module);
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let (url, handle) = runtime.block_on(async {
            let server =
                Server::builder().max_response_body_size(64 << 20).build("127.0.0.1:0").await.unwrap();
            let url = format!("ws://{}", server.local_addr().unwrap());
            (url, server.start(module))
        });
        Self { url, state, handle, _runtime: runtime }
    }
}

fn refuse(code: i32, message: &str, data: &str) -> ErrorObjectOwned {
    ErrorObject::owned(code, message, Some(data))
}

/// Bytes written as `0x…`.
pub fn bytes(value: &Value) -> Vec<u8> {
    hex::decode(value.as_str().unwrap_or_default().trim_start_matches("0x")).unwrap_or_default()
}

/// `0x` and digits.
pub fn hex_of(bytes: &[u8]) -> String {
    format!("0x{}", hex::encode(bytes))
}

fn arguments(params: &Params<'_>) -> Vec<Value> {
    params.parse().unwrap_or_default()
}

fn argument(arguments: &[Value], at: usize) -> &Value {
    arguments.get(at).unwrap_or(&Value::Null)
}

impl State {
    fn block(&self, hash: &Value) -> Option<&Block> {
        match hash {
            Value::Null => self.blocks.last(),
            hash => {
                self.blocks.iter().find(|block| hex_of(block.hash.as_bytes()) == hash.as_str().unwrap_or(""))
            }
        }
    }

    /// Makes a block of a transaction.
    fn include(&mut self, transaction: &[u8]) -> Result<H256, ErrorObjectOwned> {
        let decoded = Decode::decode(&mut &transaction[..]).map_err(|error: codec::Error| {
            refuse(1001, "Extrinsic has invalid format", &error.to_string())
        })?;
        let built = self
            .sandbox
            .build_block(vec![decoded])
            .map_err(|error| refuse(1010, "Invalid Transaction", &error.to_string()))?;
        let events = self.sandbox.view(|| sp_io::storage::get(&events_key())).unwrap();
        let hash = built.header.hash();
        self.blocks.push(Block {
            hash,
            header: built.header,
            extrinsics: vec![b"the time".to_vec(), transaction.to_vec()],
            events: events.to_vec(),
        });
        Ok(hash)
    }

    fn storage(&self, key: &[u8], at: &Value) -> Option<Vec<u8>> {
        if key == events_key() {
            return self.block(at).map(|block| block.events.clone());
        }
        self.sandbox.view(|| sp_io::storage::get(key)).map(|value| value.to_vec())
    }
}

fn events_key() -> Vec<u8> {
    [sp_io::hashing::twox_128(b"System"), sp_io::hashing::twox_128(b"Events")].concat()
}

/// Keys after `start`, or from the first, that begin with `prefix`.
fn keys(prefix: &[u8], count: u64, start: &Value, next: impl Fn(&[u8]) -> Option<Vec<u8>>) -> Value {
    let mut last = if start.is_null() { prefix.to_vec() } else { bytes(start) };
    let mut found = Vec::new();
    while (found.len() as u64) < count {
        let Some(key) = next(&last).filter(|key| key.starts_with(prefix)) else { break };
        found.push(hex_of(&key));
        last = key;
    }
    json!(found)
}

/// The trie's own name.
fn trie(child: &Value) -> Vec<u8> {
    bytes(child).strip_prefix(&b":child_storage:default:"[..]).unwrap_or_default().to_vec()
}

/// All methods.
fn methods(state: Shared) -> RpcModule<Shared> {
    let mut module = RpcModule::new(state);
    let mut add = |name: &'static str,
                   answer: fn(&mut State, &[Value]) -> Result<Value, ErrorObjectOwned>| {
        module
            .register_blocking_method(name, move |params, state, _| {
                answer(&mut state.lock().unwrap(), &arguments(&params))
            })
            .unwrap();
    };
    add("chain_getBlockHash", |state, it| {
        let block = match argument(it, 0).as_u64() {
            Some(number) => state.blocks.get(usize::try_from(number).unwrap()),
            None => state.blocks.last(),
        };
        Ok(json!(block.map(|block| hex_of(block.hash.as_bytes()))))
    });
    add("chain_getHeader", |state, it| Ok(json!(state.block(argument(it, 0)).map(|block| &block.header))));
    add("chain_getBlock", |state, it| {
        Ok(json!(state.block(argument(it, 0)).map(|block| {
            let extrinsics: Vec<_> = block.extrinsics.iter().map(|it| hex_of(it)).collect();
            json!({ "block": { "header": block.header, "extrinsics": extrinsics }, "justifications": null })
        })))
    });
    add("state_getRuntimeVersion", |_, _| Ok(json!(inkbpf_sandbox::runtime::VERSION)));
    add("system_properties", |_, _| {
        Ok(json!({ "tokenDecimals": 12, "tokenSymbol": "UNIT", "ss58Format": 42 }))
    });
    add("system_accountNextIndex", |state, it| {
        use inkbpf_sandbox::sp_core::crypto::{AccountId32, Ss58Codec};
        let account = AccountId32::from_ss58check(argument(it, 0).as_str().unwrap_or_default()).unwrap();
        Ok(json!(state.sandbox.nonce(&account)))
    });
    add("state_call", |state, it| {
        let method = argument(it, 0).as_str().unwrap_or_default();
        // As a node does: in the state that the newest block has left, its events among it.
        match state.sandbox.state_call(method, &bytes(argument(it, 1))) {
            Some(answer) => Ok(json!(hex_of(&answer))),
            None => Err(refuse(4003, "Client error", "no such function")),
        }
    });
    add("state_getStorage", |state, it| {
        Ok(json!(state.storage(&bytes(argument(it, 0)), argument(it, 1)).map(|value| hex_of(&value))))
    });
    add("state_getKeysPaged", |state, it| {
        let count = argument(it, 1).as_u64().unwrap_or(0);
        Ok(state.sandbox.view(|| {
            keys(&bytes(argument(it, 0)), count, argument(it, 2), |key| sp_io::storage::next_key(key))
        }))
    });
    add("childstate_getKeysPaged", |state, it| {
        let (trie, count) = (trie(argument(it, 0)), argument(it, 2).as_u64().unwrap_or(0));
        let next = |key: &[u8]| sp_io::default_child_storage::next_key(&trie, key);
        Ok(state.sandbox.view(|| keys(&bytes(argument(it, 1)), count, argument(it, 3), next)))
    });
    add("childstate_getStorageEntries", |state, it| {
        let trie = trie(argument(it, 0));
        let values = state.sandbox.view(|| {
            let keys = argument(it, 1).as_array().cloned().unwrap_or_default();
            let get =
                |key: &Value| sp_io::default_child_storage::get(&trie, &bytes(key)).map(|it| hex_of(&it));
            keys.iter().map(get).collect::<Vec<_>>()
        });
        Ok(json!(values))
    });
    submission(&mut module, |hash| {
        vec![json!("ready"), json!({ "inBlock": hash }), json!({ "finalized": hash })]
    });
    module
}

/// The method that takes transactions. `words` gives the updates about one, from the hash of its block.
pub fn submission(
    module: &mut RpcModule<Shared>,
    words: impl Fn(Value) -> Vec<Value> + Send + Sync + Clone + 'static,
) {
    module
        .register_subscription(
            "author_submitAndWatchExtrinsic",
            "author_extrinsicUpdate",
            "author_unwatchExtrinsic",
            move |params, pending, state, _| {
                let words = words.clone();
                let transaction = bytes(argument(&arguments(&params), 0));
                async move {
                    let included = state.lock().unwrap().include(&transaction);
                    let hash = match included {
                        Ok(hash) => hash,
                        Err(error) => return pending.reject(error).await,
                    };
                    let Ok(sink) = pending.accept().await else { return };
                    for word in words(json!(hex_of(hash.as_bytes()))) {
                        if word == json!("wait") {
                            tokio::time::sleep(std::time::Duration::from_secs(3600)).await;
                        }
                        let message = SubscriptionMessage::from_json(&word).unwrap();
                        if sink.send(message).await.is_err() {
                            return;
                        }
                    }
                    sink.closed().await;
                }
            },
        )
        .unwrap();
}

/// Replaces a method's answer.
pub fn replace(
    module: &mut RpcModule<Shared>,
    name: &'static str,
    answer: impl Fn(&[Value]) -> Result<Value, ErrorObjectOwned> + Send + Sync + 'static,
) {
    module.remove_method(name).expect("there is such a method");
    module.register_method(name, move |params, _, _| answer(&arguments(&params))).unwrap();
}

/// The metadata of the runtime.
pub fn metadata() -> Vec<u8> {
    let answer =
        inkbpf_sandbox::runtime::api::dispatch("Metadata_metadata_at_version", &15u32.encode()).unwrap();
    <Option<Vec<u8>>>::decode(&mut &answer[..]).unwrap().unwrap()
}

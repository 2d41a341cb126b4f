//! A node as a process, and a client of it: JSON-RPC over a WebSocket, and signed transactions.
//!
//! The client is spelled out here, in plain JSON, so that the tests see what any client sees.

#![allow(dead_code, reason = "each test uses a part")]

#[path = "../../../fixtures/counter/counter.rs"]
pub mod counter;

use codec::{Decode, Encode};
use inkbpf_runtime::{
    AccountId, Address, Balance, EventRecord, Hash, RuntimeCall, SignedPayload, TxExtension,
    UncheckedExtrinsic, VERSION,
};
use pallet_contracts::ContractExecResult;
use polkadot_sdk::{
    frame_system, pallet_transaction_payment,
    sp_core::{
        bytes::{from_hex, to_hex},
        sr25519, Pair,
    },
    sp_keyring::Sr25519Keyring as Keyring,
    sp_runtime::generic::Era,
    sp_weights::Weight,
};
use serde_json::{json, Value};
use std::{
    collections::VecDeque,
    ffi::OsStr,
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    path::Path,
    process::{Child, Command, ExitStatus, Output, Stdio},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};
use tungstenite::{Message, WebSocket};

/// How long anything may take. The machine that runs this may be busy with other things.
pub const PATIENCE: Duration = Duration::from_secs(600);

/// The node's program.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_inkbpf-node");

/// A command of the node.
pub fn command() -> Command {
    with_clean_environment(Command::new(PROGRAM))
}

/// The same of a command that leads to the node.
pub fn with_clean_environment(mut command: Command) -> Command {
    command.env_remove("RUST_LOG");
    command
}

/// Runs a command of the node that ends well, and tells of no failure.
#[track_caller]
pub fn run<S: AsRef<OsStr> + std::fmt::Debug>(args: &[S]) -> Output {
    let output = command().args(args).output().expect("the node starts");
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success() && !text.contains("failed"), "{args:?}:\n{text}");
    output
}

/// A path as an argument.
pub fn text(path: &Path) -> &str {
    path.to_str().expect("a path of a temporary folder; qed")
}

/// A node that runs until this is dropped.
pub struct Node {
    child: Child,
    /// Where its RPC is.
    pub address: SocketAddr,
    log: Arc<Mutex<Vec<String>>>,
}

impl Node {
    /// Starts it with these arguments and waits until it can be talked to.
    pub fn start<S: AsRef<OsStr>>(args: &[S]) -> Node {
        let mut command = command();
        command.args(["--port=0", "--rpc-port=0", "--no-prometheus"]).args(args);
        Self::start_command(command)
    }

    /// The same of a command that has all its arguments.
    pub fn start_command(mut command: Command) -> Node {
        let mut child =
            command.stderr(Stdio::piped()).stdout(Stdio::null()).spawn().expect("the node starts");
        let log = Arc::new(Mutex::new(Vec::new()));
        let stderr = BufReader::new(child.stderr.take().expect("it was asked to be piped; qed"));
        let lines = log.clone();
        std::thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                lines.lock().unwrap().push(line);
            }
        });
        let mut node = Node { child, address: ([127, 0, 0, 1], 0).into(), log };
        let line = node.wait_for_log("Running JSON-RPC server: addr=");
        let (_, addresses) = line.split_once("addr=").expect("was just looked for; qed");
        // One address, as ink!'s end-to-end tests want it.
        node.address = addresses.trim().trim_end_matches(',').parse().expect(&line);
        node
    }

    /// Waits for a line with `text` in the log, and returns it.
    pub fn wait_for_log(&mut self, text: &str) -> String {
        let start = Instant::now();
        loop {
            if let Some(line) = self.log().into_iter().find(|line| line.contains(text)) {
                return line;
            }
            let ended = self.child.try_wait().expect("the child is ours");
            if ended.is_some() || start.elapsed() > PATIENCE {
                panic!("no {text:?} in the log ({ended:?}):\n{}", self.log().join("\n"));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// What it wrote until now.
    pub fn log(&self) -> Vec<String> {
        self.log.lock().unwrap().clone()
    }

    /// A connection to it.
    pub fn rpc(&self) -> Rpc {
        Rpc::connect(self.address)
    }

    /// The id of its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Asks it to end, and waits until it has.
    pub fn stop(mut self) -> ExitStatus {
        let asked = Command::new("kill").args(["-TERM", &self.pid().to_string()]).status();
        assert!(asked.expect("there is `kill`").success());
        self.child.wait().expect("the child is ours")
    }

    /// Ends it with SIGKILL.
    pub fn kill(mut self) {
        self.child.kill().expect("the child is ours");
        self.child.wait().expect("the child is ours");
    }

    /// One JSON-RPC request over HTTP.
    pub fn http(&self, body: &str) -> String {
        let mut stream = TcpStream::connect(self.address).expect("the node listens");
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let request = format!(
            "POST / HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
             Connection: close\r\n\r\n{body}",
            self.address,
            body.len(),
        );
        stream.write_all(request.as_bytes()).expect("the node reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("the node answers");
        answer
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A connection to a node.
pub struct Rpc {
    socket: WebSocket<TcpStream>,
    next: u64,
    notifications: VecDeque<(Value, Value)>,
}

/// A transaction that is in a block.
pub struct Included {
    /// The block.
    pub block: Hash,
    /// What happened in it, all transactions together.
    pub events: Vec<EventRecord>,
}

impl Rpc {
    /// Connects.
    pub fn connect(address: SocketAddr) -> Rpc {
        let stream = TcpStream::connect(address).expect("the node listens");
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let (socket, _) = tungstenite::client(format!("ws://{address}"), stream).expect("it is a WebSocket");
        Rpc { socket, next: 0, notifications: VecDeque::new() }
    }

    /// The next message.
    fn read(&mut self) -> Value {
        loop {
            match self.socket.read().expect("the node answers in time") {
                Message::Text(text) => return serde_json::from_str(&text).expect("the node speaks JSON"),
                Message::Ping(_) | Message::Pong(_) => {}
                other => panic!("the node sent {other:?}"),
            }
        }
    }

    /// Sends a text as it is.
    pub fn send_raw(&mut self, text: String) {
        self.socket.send(Message::text(text)).expect("the node takes it");
    }

    /// Calls a method; its result, or the error object.
    pub fn try_call(&mut self, method: &str, params: Value) -> Result<Value, Value> {
        self.next += 1;
        let id = json!(self.next);
        self.send_raw(json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}).to_string());
        loop {
            let mut message = self.read();
            if message["id"] == id {
                return match message.get_mut("error") {
                    Some(error) => Err(error.take()),
                    None => Ok(message["result"].take()),
                };
            }
            let params = &mut message["params"];
            self.notifications.push_back((params["subscription"].take(), params["result"].take()));
        }
    }

    /// Calls a method that succeeds.
    #[track_caller]
    pub fn call(&mut self, method: &str, params: Value) -> Value {
        self.try_call(method, params.clone()).unwrap_or_else(|error| panic!("{method} {params}: {error}"))
    }

    /// The next notification of a subscription.
    pub fn notification(&mut self, subscription: &Value) -> Value {
        loop {
            if let Some(at) = self.notifications.iter().position(|(id, _)| id == subscription) {
                return self.notifications.remove(at).expect("it was just found; qed").1;
            }
            let mut message = self.read();
            let params = &mut message["params"];
            self.notifications.push_back((params["subscription"].take(), params["result"].take()));
        }
    }

    /// Calls a function of the runtime: SCALE in, SCALE out.
    pub fn runtime<T: Decode>(&mut self, function: &str, arguments: &[u8]) -> T {
        let result = self.call("state_call", json!([function, to_hex(arguments, false)]));
        let bytes = from_hex(result.as_str().expect("hexadecimal")).expect("hexadecimal");
        T::decode(&mut &bytes[..]).expect("it is what the API says")
    }

    /// A value of the state, at a block or the newest.
    pub fn storage(&mut self, key: &[u8], at: Option<Hash>) -> Option<Vec<u8>> {
        let value = self.call("state_getStorage", json!([to_hex(key, false), at]));
        value.as_str().map(|hex| from_hex(hex).expect("hexadecimal"))
    }

    /// The hash of a block.
    pub fn block_hash(&mut self, number: u32) -> Hash {
        hash(&self.call("chain_getBlockHash", json!([number])))
    }

    /// The newest block's number.
    pub fn height(&mut self) -> u32 {
        let header = self.call("chain_getHeader", json!([]));
        let number = header["number"].as_str().expect("a number").trim_start_matches("0x");
        u32::from_str_radix(number, 16).expect("a number")
    }

    /// How many transactions of an account came before, those that wait included.
    pub fn nonce(&mut self, who: &AccountId) -> u32 {
        let nonce = self.call("system_accountNextIndex", json!([who.to_string()]));
        nonce.as_u64().and_then(|nonce| nonce.try_into().ok()).expect("a number")
    }

    /// Signs a call with the account's next nonce.
    pub fn sign(&mut self, signer: Keyring, call: RuntimeCall) -> UncheckedExtrinsic {
        let nonce = self.nonce(&signer.to_account_id());
        let genesis = self.block_hash(0);
        sign(&signer.pair(), call, nonce, genesis)
    }

    /// Signs a call and sends it, and waits until it is final.
    pub fn submit(&mut self, signer: Keyring, call: impl Into<RuntimeCall>) -> Included {
        self.submit_until("finalized", signer, call)
    }

    /// The same until it is in a block.
    pub fn include(&mut self, signer: Keyring, call: impl Into<RuntimeCall>) -> Included {
        self.submit_until("inBlock", signer, call)
    }

    fn submit_until(&mut self, end: &str, signer: Keyring, call: impl Into<RuntimeCall>) -> Included {
        let transaction = self.sign(signer, call.into());
        let id = self.call("author_submitAndWatchExtrinsic", json!([to_hex(&transaction.encode(), false)]));
        let mut seen = Vec::new();
        let block = loop {
            let status = self.notification(&id);
            let reached = status.get(end).map(hash);
            let going = ["ready", "broadcast", "inBlock", "future", "finalized"];
            let name = status
                .as_str()
                .map(str::to_owned)
                .or_else(|| Some(status.as_object()?.keys().next()?.clone()));
            seen.push(status);
            assert!(name.is_some_and(|name| going.contains(&&*name)), "{seen:?}");
            if let Some(block) = reached {
                break block;
            }
        };
        assert!(seen.iter().any(|status| status.get("inBlock").is_some()), "{seen:?}");
        Included { block, events: self.events(block) }
    }

    /// What happened in a block.
    pub fn events(&mut self, block: Hash) -> Vec<EventRecord> {
        use polkadot_sdk::sp_io::hashing::twox_128;
        let key = [twox_128(b"System"), twox_128(b"Events")].concat();
        let bytes = self.storage(&key, Some(block)).expect("a block has events");
        Vec::decode(&mut &bytes[..]).expect("events")
    }

    /// Calls a contract without a transaction.
    pub fn dry_call(
        &mut self,
        contract: &AccountId,
        data: Vec<u8>,
    ) -> ContractExecResult<Balance, EventRecord> {
        let origin = Keyring::Bob.to_account_id();
        let limits = (None::<Weight>, None::<Balance>);
        self.runtime(
            "ContractsApi_call",
            &(origin, contract, 0 as Balance, limits.0, limits.1, data).encode(),
        )
    }
}

/// The hash in a JSON string.
pub fn hash(value: &Value) -> Hash {
    value.as_str().expect("a hash").parse().expect("a hash")
}

/// Signs a call.
pub fn sign(signer: &sr25519::Pair, call: RuntimeCall, nonce: u32, genesis: Hash) -> UncheckedExtrinsic {
    let extension: TxExtension = (
        frame_system::CheckNonZeroSender::new(),
        frame_system::CheckSpecVersion::new(),
        frame_system::CheckTxVersion::new(),
        frame_system::CheckGenesis::new(),
        frame_system::CheckEra::from(Era::Immortal),
        frame_system::CheckNonce::from(nonce),
        frame_system::CheckWeight::new(),
        pallet_transaction_payment::ChargeTransactionPayment::from(0),
    );
    let implicit = ((), VERSION.spec_version, VERSION.transaction_version, genesis, genesis, (), (), ());
    let payload = SignedPayload::from_raw(call.clone(), extension.clone(), implicit);
    let signature = payload.using_encoded(|bytes| signer.sign(bytes));
    UncheckedExtrinsic::new_signed(call, Address::Id(signer.public().into()), signature.into(), extension)
}

/// Enough for any call here.
pub const GAS: Weight = Weight::from_parts(100_000_000_000, 1 << 20);

/// Makes a contract of the counter, which begins at `initial`.
pub fn new_counter(initial: u32, salt: &[u8]) -> RuntimeCall {
    pallet_contracts::Call::instantiate_with_code {
        value: 0,
        gas_limit: GAS,
        storage_deposit_limit: None,
        code: counter::counter(),
        data: [&[0; 4][..], &initial.to_le_bytes()].concat(),
        salt: salt.to_vec(),
    }
    .into()
}

/// A message to a contract.
pub fn message(contract: &AccountId, data: Vec<u8>) -> RuntimeCall {
    pallet_contracts::Call::call {
        dest: contract.clone().into(),
        value: 0,
        gas_limit: GAS,
        storage_deposit_limit: None,
        data,
    }
    .into()
}

/// Messages of the counter.
pub mod counter_message {
    /// Returns the counter.
    pub fn get() -> Vec<u8> {
        vec![1, 0, 0, 0]
    }

    /// Adds to it.
    pub fn add(by: u32) -> Vec<u8> {
        [&[2, 0, 0, 0][..], &by.to_le_bytes()].concat()
    }

    /// Traps.
    pub fn abort() -> Vec<u8> {
        vec![4, 0, 0, 0]
    }

    /// Never ends.
    pub fn spin() -> Vec<u8> {
        vec![5, 0, 0, 0]
    }

    /// Calls itself through the chain, as deep as it goes.
    pub fn recurse() -> Vec<u8> {
        vec![6, 0, 0, 0]
    }

    /// Calls itself within the machine, as deep as it goes.
    pub fn dive() -> Vec<u8> {
        vec![7, 0, 0, 0]
    }

    /// Hands the chain an address where nothing is.
    pub fn astray() -> Vec<u8> {
        vec![8, 0, 0, 0]
    }

    /// Prints "counting".
    pub fn say() -> Vec<u8> {
        vec![9, 0, 0, 0]
    }
}

/// The contract that an event tells of.
pub fn instantiated(events: &[EventRecord]) -> Option<AccountId> {
    events.iter().find_map(|record| match &record.event {
        inkbpf_runtime::RuntimeEvent::Contracts(pallet_contracts::Event::Instantiated {
            contract, ..
        }) => Some(contract.clone()),
        _ => None,
    })
}

/// Whether the last signed transaction of a block failed.
pub fn failed(events: &[EventRecord]) -> bool {
    events.iter().any(|record| {
        matches!(
            record.event,
            inkbpf_runtime::RuntimeEvent::System(frame_system::Event::ExtrinsicFailed { .. })
        )
    })
}

/// The value of a counter.
pub fn counter_value(rpc: &mut Rpc, contract: &AccountId) -> u32 {
    let returned = rpc.dry_call(contract, counter_message::get()).result.expect("it returns");
    // The first byte is ink!'s outer `Ok`.
    u32::from_le_bytes(returned.data[1..].try_into().expect("four bytes"))
}

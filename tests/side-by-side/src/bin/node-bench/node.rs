//! A node as a process, and the requests to it.

use crate::rpc::Rpc;
use anyhow::{anyhow, bail, ensure, Context, Result};
use bpf_pallet as pallet_contracts;
use codec::{Decode, Encode};
use inkbpf_runtime::{
    AccountId, Balance, EventRecord, Hash, RuntimeCall, RuntimeEvent, SignedPayload, TxExtension,
    UncheckedExtrinsic, VERSION,
};
use polkadot_sdk::{
    frame_system, pallet_transaction_payment,
    sp_core::{sr25519, Pair},
    sp_runtime::generic::Era,
    sp_weights::Weight,
};
use serde_json::{json, Value};
use std::{
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
    sync::mpsc,
    time::{Duration, Instant},
};

/// How long a node may take to start, and transactions to be in blocks.
const PATIENCE: Duration = Duration::from_secs(300);

/// A node and its chain. The process ends with this.
pub struct Chain {
    /// What it runs.
    pub name: &'static str,
    /// The connection to it.
    pub rpc: Rpc,
    child: Child,
    genesis: Hash,
}

/// A contract on a chain.
pub struct Deployed {
    /// Where.
    pub account: AccountId,
}

/// What a call is allowed.
#[derive(Clone)]
pub struct Limits {
    /// Gas.
    pub gas: Weight,
}

/// What a dry run said.
pub struct Dry {
    /// What the contract returned.
    pub data: Vec<u8>,
    /// What it takes, and a little more.
    pub limits: Limits,
}

/// A call as a transaction has it. The same bytes on both chains, but for the address and the gas.
pub fn call(contract: &AccountId, data: Vec<u8>, limits: &Limits) -> RuntimeCall {
    pallet_contracts::Call::call {
        dest: contract.clone().into(),
        value: 0,
        gas_limit: limits.gas,
        storage_deposit_limit: None,
        data,
    }
    .into()
}

/// A call as a dry run has it: the parameters of `state_call`.
pub fn request(by: &AccountId, contract: &AccountId, data: &[u8]) -> Value {
    let arguments = (by, contract, 0 as Balance, None::<Weight>, None::<Balance>, data);
    json!(["ContractsApi_call", hex(&arguments.encode())])
}

fn hex(bytes: &[u8]) -> String {
    format!("0x{}", hex::encode(bytes))
}

fn unhex(value: &Value) -> Result<Vec<u8>> {
    let text = value.as_str().and_then(|text| text.strip_prefix("0x")).with_context(|| value.to_string())?;
    Ok(hex::decode(text)?)
}

impl Chain {
    /// Starts the node on a chain of its own: the development chain, with `runtime` in place of its own if there is
    /// one.
    ///
    /// # Errors
    /// When it cannot be started, or does not come up.
    pub fn start(program: &Path, folder: &Path, name: &'static str, runtime: Option<&[u8]>) -> Result<Chain> {
        let exported = Command::new(program)
            .args(["export-chain-spec", "--chain=dev"])
            .output()
            .with_context(|| program.display().to_string())?;
        ensure!(exported.status.success(), "{}", String::from_utf8_lossy(&exported.stderr));
        let mut spec: Value = serde_json::from_slice(&exported.stdout).context("the chain spec")?;
        if let Some(runtime) = runtime {
            let code = spec.pointer_mut("/genesis/runtimeGenesis/code").context("the spec has no code")?;
            *code = json!(hex(runtime));
        }
        let file = folder.join(format!("{name}.json"));
        std::fs::write(&file, serde_json::to_vec(&spec)?)?;

        let mut child = Command::new(program)
            .arg("--chain")
            .arg(&file)
            .args(["--alice", "--tmp", "--unsafe-force-node-key-generation", "--state-pruning=8192"])
            .args(["--port=0", "--rpc-port=0", "--no-prometheus", "--no-telemetry"])
            // The default pool lost some of the transactions that came while a block was made: seen at a load of 20 on
            // two processors, with either runtime.
            .arg("--pool-type=single-state")
            // Not every call in the log, which a node for users would not have either.
            .args(["-l", "runtime::contracts=info"])
            .env_remove("RUST_LOG")
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()?;
        let log = BufReader::new(child.stderr.take().context("the log was asked for")?);
        let (send, receive) = mpsc::channel();
        // Reads on until the node ends, which would else wait for a reader.
        std::thread::spawn(move || {
            let mut last = Vec::new();
            for line in log.lines().map_while(Result::ok) {
                if let Some((_, rest)) = line.split_once("Running JSON-RPC server: addr=") {
                    let address = rest.split([',', ' ']).next().unwrap_or_default().parse::<SocketAddr>();
                    let _ = send.send(address.map_err(|error| error.to_string()));
                }
                last.push(line);
            }
            let _ = send.send(Err(last.join("\n")));
        });
        let address =
            receive.recv_timeout(PATIENCE).map_err(|_| "it does not say where it listens".to_owned());
        let opened = address.and_then(|address| address).map_err(|reason| anyhow!("{name}: {reason}"));
        let opened = opened.and_then(Rpc::connect);
        let mut rpc = match opened {
            Ok(rpc) => rpc,
            Err(error) => {
                // It may have ended by itself.
                let _ = child.kill();
                let _ = child.wait();
                return Err(error);
            }
        };
        let genesis = rpc.call("chain_getBlockHash", json!([0]))?;
        let genesis = Hash::decode(&mut &unhex(&genesis)?[..])?;
        Ok(Chain { name, rpc, child, genesis })
    }

    /// What the node's process has had of the processor until now. Seconds, if Linux counts in hundredths as it does.
    ///
    /// # Errors
    /// Where there is no `/proc`.
    pub fn cpu(&self) -> Result<f64> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        // proc_pid_stat(5): the name may hold anything and ends at the last `)`; the state, field 3, comes next.
        let (_, rest) = stat.rsplit_once(") ").context("/proc/PID/stat has no name")?;
        let mut times = rest.split(' ').skip(11).map(|ticks| ticks.parse::<f64>());
        match (times.next(), times.next()) {
            (Some(Ok(user)), Some(Ok(system))) => Ok((user + system) / 100.0),
            _ => bail!("/proc/PID/stat is not what proc_pid_stat(5) says"),
        }
    }

    fn state_call<T: Decode>(&mut self, function: &str, arguments: &[u8]) -> Result<T> {
        let answer = self.rpc.call("state_call", json!([function, hex(arguments)]))?;
        T::decode(&mut &unhex(&answer)?[..]).with_context(|| function.to_owned())
    }

    /// Stores a code and makes a contract of it.
    ///
    /// # Errors
    /// What the chain said.
    pub fn deploy(&mut self, code: &[u8], data: Vec<u8>) -> Result<Deployed> {
        let alice = sr25519::Pair::from_string("//Alice", None).map_err(|error| anyhow!("{error:?}"))?;
        let by = AccountId::from(alice.public());
        let upload = pallet_contracts::Code::<Hash>::Upload(code.to_vec());
        let salt: Vec<u8> = Vec::new();
        let tried: pallet_contracts::ContractInstantiateResult<AccountId, Balance, EventRecord> = self
            .state_call(
                "ContractsApi_instantiate",
                &(by, 0 as Balance, None::<Weight>, None::<Balance>, upload, &data, &salt).encode(),
            )?;
        let made = tried
            .result
            .map_err(|error| anyhow!("{error:?}: {}", String::from_utf8_lossy(&tried.debug_message)))?;
        ensure!(!made.result.did_revert(), "the constructor reverts: {:?}", made.result.data);
        let call = pallet_contracts::Call::instantiate_with_code {
            value: 0,
            gas_limit: tried.gas_required,
            storage_deposit_limit: None,
            code: code.to_vec(),
            data,
            salt,
        };
        self.run(&alice, call.into())?;
        Ok(Deployed { account: made.account_id })
    }

    /// Tries a call.
    ///
    /// # Errors
    /// When it fails or reverts.
    pub fn dry_run(&mut self, by: &AccountId, contract: &AccountId, data: Vec<u8>) -> Result<Dry> {
        let arguments = (by, contract, 0 as Balance, None::<Weight>, None::<Balance>, data).encode();
        let tried: pallet_contracts::ContractExecResult<Balance, EventRecord> =
            self.state_call("ContractsApi_call", &arguments)?;
        let returned = tried
            .result
            .map_err(|error| anyhow!("{error:?}: {}", String::from_utf8_lossy(&tried.debug_message)))?;
        ensure!(!returned.did_revert(), "the call reverts: {:?}", returned.data);
        // What is stored may be another number of bytes by the time that the transaction runs.
        let gas = tried.gas_required.saturating_add(tried.gas_required / 20);
        Ok(Dry { data: returned.data, limits: Limits { gas } })
    }

    /// Signs the same call so many times, with the account's next nonces.
    ///
    /// # Errors
    /// When the node does not say which those are.
    pub fn sign_many(&mut self, by: &sr25519::Pair, call: &RuntimeCall, count: u32) -> Result<Vec<String>> {
        let account = AccountId::from(by.public());
        let first = self.rpc.call("system_accountNextIndex", json!([account.to_string()]))?;
        let first = first.as_u64().and_then(|nonce| u32::try_from(nonce).ok()).context("a nonce")?;
        Ok((first..first + count).map(|nonce| hex(&self.sign(by, call.clone(), nonce).encode())).collect())
    }

    fn sign(&self, by: &sr25519::Pair, call: RuntimeCall, nonce: u32) -> UncheckedExtrinsic {
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
        let genesis = self.genesis;
        let implicit = ((), VERSION.spec_version, VERSION.transaction_version, genesis, genesis, (), (), ());
        let payload = SignedPayload::from_raw(call.clone(), extension.clone(), implicit);
        let signature = payload.using_encoded(|bytes| by.sign(bytes));
        let account = AccountId::from(by.public());
        UncheckedExtrinsic::new_signed(call, account.into(), signature.into(), extension)
    }

    /// Signs a call, sends it, and waits until it is in a block, where it must have succeeded.
    ///
    /// # Errors
    /// When it has not.
    pub fn run(&mut self, by: &sr25519::Pair, call: RuntimeCall) -> Result<()> {
        let signed = self.sign_many(by, &call, 1)?;
        let blocks = self.send_all(&[signed[0].as_str()])?;
        self.check(&blocks)
    }

    /// Sends transactions and waits until they are in blocks. Returns the blocks, and how many each holds.
    ///
    /// # Errors
    /// When one is refused, or does not come.
    pub fn send_all(&mut self, transactions: &[&str]) -> Result<Vec<(Value, usize)>> {
        let mut height = self.height()?;
        let params = transactions.iter().map(|transaction| json!([transaction]));
        self.rpc.call_all("author_submitExtrinsic", params, |_| Ok(()))?;
        let start = Instant::now();
        let (mut blocks, mut held) = (Vec::new(), 0);
        while held < transactions.len() {
            ensure!(start.elapsed() < PATIENCE, "{held} of {} are in blocks", transactions.len());
            let newest = self.height()?;
            if newest == height {
                std::thread::sleep(Duration::from_millis(5));
            }
            for number in height + 1..=newest {
                let hash = self.rpc.call("chain_getBlockHash", json!([number]))?;
                let block = self.rpc.call("chain_getBlock", json!([hash]))?;
                let all = block["block"]["extrinsics"].as_array().context("a block has transactions")?.len();
                // The time is the only one that nobody signed.
                blocks.push((hash, all.saturating_sub(1)));
                held += all.saturating_sub(1);
            }
            height = newest;
        }
        Ok(blocks)
    }

    /// Whether every transaction in these blocks succeeded.
    ///
    /// # Errors
    /// When one did not.
    pub fn check(&mut self, blocks: &[(Value, usize)]) -> Result<()> {
        let key =
            hex(&[sp_crypto_hashing::twox_128(b"System"), sp_crypto_hashing::twox_128(b"Events")].concat());
        for (hash, held) in blocks {
            let events = self.rpc.call("state_getStorage", json!([key, hash]))?;
            let events = Vec::<EventRecord>::decode(&mut &unhex(&events)?[..]).context("the events")?;
            let mut succeeded = 0;
            for record in events {
                match record.event {
                    RuntimeEvent::System(frame_system::Event::ExtrinsicSuccess { .. }) => succeeded += 1,
                    RuntimeEvent::System(frame_system::Event::ExtrinsicFailed { dispatch_error, .. }) => {
                        bail!("a transaction failed: {dispatch_error:?}")
                    }
                    _ => {}
                }
            }
            ensure!(succeeded == held + 1, "{succeeded} of {held} transactions and the time succeeded");
        }
        Ok(())
    }

    fn height(&mut self) -> Result<u32> {
        let header = self.rpc.call("chain_getHeader", json!([]))?;
        let number = header["number"].as_str().context("a header has a number")?;
        Ok(u32::from_str_radix(number.trim_start_matches("0x"), 16)?)
    }
}

impl Drop for Chain {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

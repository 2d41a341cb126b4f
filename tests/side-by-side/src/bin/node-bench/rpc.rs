//! JSON-RPC over a WebSocket, by the client that subxt has, as the command line does.

use anyhow::{Context, Result};
use serde_json::Value;
use std::{collections::VecDeque, net::SocketAddr, sync::Arc, time::Duration};
use subxt::ext::jsonrpsee::{
    core::{client::ClientT, params::ArrayParams},
    ws_client::{WsClient, WsClientBuilder},
};
use tokio::runtime::Runtime;

/// How long a node may take for an answer.
const PATIENCE: Duration = Duration::from_secs(120);
/// Requests that may wait for an answer: enough to keep a node busy, and too few to fill a buffer.
const WINDOW: usize = 32;
/// Most bytes of an answer: a full block with its transactions in hexadecimal digits.
const MOST_RESPONSE: u32 = 32 << 20;

/// A connection.
pub struct Rpc {
    // Before the runtime that drives it.
    client: Arc<WsClient>,
    runtime: Runtime,
}

impl Rpc {
    /// Connects.
    ///
    /// # Errors
    /// When nobody is there, or speaks something else.
    pub fn connect(address: SocketAddr) -> Result<Rpc> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let builder = WsClientBuilder::new().request_timeout(PATIENCE).max_response_size(MOST_RESPONSE);
        let client = runtime.block_on(builder.build(format!("ws://{address}")))?;
        Ok(Rpc { client: Arc::new(client), runtime })
    }

    /// Calls a method with an array of parameters.
    ///
    /// # Errors
    /// What the node answered instead, or that it did not.
    pub fn call(&mut self, method: &str, params: Value) -> Result<Value> {
        let request = self.client.request(method, array(&params)?);
        self.runtime.block_on(request).with_context(|| method.to_owned())
    }

    /// Calls a method once with each of `params`, in this order, [`WINDOW`] at a time. Each answer is shown to `check`.
    /// Returns how many there were.
    ///
    /// # Errors
    /// The first that fails.
    pub fn call_all(
        &mut self,
        method: &'static str,
        params: impl Iterator<Item = Value>,
        check: impl Fn(&Value) -> Result<()>,
    ) -> Result<u32> {
        let (mut waiting, mut count) = (VecDeque::new(), 0);
        for params in params {
            if waiting.len() == WINDOW {
                check(&self.answered(method, waiting.pop_front())?)?;
            }
            let (client, params) = (self.client.clone(), array(&params)?);
            waiting.push_back(
                self.runtime.spawn(async move { client.request::<Value, _>(method, params).await }),
            );
            count += 1;
        }
        while !waiting.is_empty() {
            check(&self.answered(method, waiting.pop_front())?)?;
        }
        Ok(count)
    }

    fn answered<E: std::error::Error + Send + Sync + 'static>(
        &self,
        method: &str,
        answer: Option<tokio::task::JoinHandle<Result<Value, E>>>,
    ) -> Result<Value> {
        let answer = answer.context("nothing is waited for")?;
        self.runtime.block_on(answer)?.with_context(|| method.to_owned())
    }
}

fn array(params: &Value) -> Result<ArrayParams> {
    let mut array = ArrayParams::new();
    for param in params.as_array().context("the parameters are an array")? {
        array.insert(param)?;
    }
    Ok(array)
}

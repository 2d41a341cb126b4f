//! A connection to a node: JSON-RPC over a WebSocket.
//!
//! **Problem.** A URL may lead to something that is not a node, or to a faulty or malicious one. So the size of answers
//! and the time to wait for them are bounded, texts are shown without control characters, and every error names the
//! request that failed.

use crate::value::printable;
use anyhow::{anyhow, bail, ensure, Context, Result};
use std::{future::Future, time::Duration};
use subxt::{
    ext::jsonrpsee::{core::client::Error as ClientError, ws_client::WsClientBuilder},
    rpcs::{
        client::{RpcClient, RpcParams, RpcSubscription},
        Error as RpcError,
    },
};
use url::Url;

/// Maximum bytes of an answer, as JSON. A page of a contract's storage and a dry run's debug text stay far below.
const MOST_RESPONSE: u32 = 20 << 20;
/// Maximum bytes of a request. Nodes accept 15 MiB.
const MOST_REQUEST: u32 = 15 << 20;
/// How long to wait for an answer. A dry run that uses a whole block takes a few seconds.
const ANSWER: Duration = Duration::from_secs(60);
/// How long to wait for the connection.
const CONNECT: Duration = Duration::from_secs(10);
/// Maximum characters of a node's error text that are shown.
const MOST_SHOWN: usize = 400;
/// JSON-RPC's error code for a method that does not exist.
const METHOD_NOT_FOUND: i32 = -32601;

/// A connection.
pub struct Connection {
    // Dropped before the runtime that drives it.
    client: RpcClient,
    runtime: tokio::runtime::Runtime,
    place: String,
}

/// Why a node did not answer a request.
#[derive(Debug)]
pub enum Failure {
    /// It has no such method.
    NoMethod,
    /// It refuses: its message and additional data.
    Refused(String),
    /// It did not answer in time.
    Late,
    /// The connection is gone.
    Lost(String),
    /// It answered something else.
    Malformed(String),
}

impl Connection {
    /// Connects to `ws://…` or `wss://…`.
    ///
    /// # Errors
    /// When the URL is invalid, or nothing there speaks WebSocket.
    pub fn open(url: &str) -> Result<Self> {
        let parsed = parse(url)?;
        let place = place(&parsed);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .context("cannot start the network runtime")?;
        let builder = WsClientBuilder::new()
            .max_request_size(MOST_REQUEST)
            .max_response_size(MOST_RESPONSE)
            .request_timeout(ANSWER)
            .connection_timeout(CONNECT)
            // This counts attempts: redirections are not followed.
            .max_redirections(1);
        let connected =
            runtime.block_on(async { tokio::time::timeout(CONNECT, builder.build(&parsed)).await });
        let client = match connected {
            Ok(Ok(client)) => client,
            Ok(Err(error)) => bail!(
                "cannot connect to {place}: {} ({})",
                said(&without(&causes(&error), url)),
                hint(&parsed)
            ),
            Err(_) => bail!("cannot connect to {place}: no answer within {} s", CONNECT.as_secs()),
        };
        Ok(Self { client: RpcClient::new(client), runtime, place })
    }

    /// Its scheme, host and port. The rest of a URL may be a secret.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// Sends a request to the node.
    ///
    /// # Errors
    /// When it does not answer properly.
    pub fn request<R: serde::de::DeserializeOwned>(&self, method: &str, params: RpcParams) -> Result<R> {
        self.try_request(method, params).map_err(|failure| self.explain(method, failure))
    }

    /// The same, for callers that can handle the failure.
    pub fn try_request<R: serde::de::DeserializeOwned>(
        &self,
        method: &str,
        params: RpcParams,
    ) -> Result<R, Failure> {
        self.wait(ANSWER, self.client.request(method, params)).unwrap_or(Err(Failure::Late))
    }

    /// Subscribes to a stream of answers.
    ///
    /// # Errors
    /// As [`Connection::request`].
    pub fn subscribe<R: serde::de::DeserializeOwned>(
        &self,
        method: &str,
        params: RpcParams,
        unsubscribe: &str,
    ) -> Result<RpcSubscription<R>, Failure> {
        let subscribing = self.client.subscribe(method, params, unsubscribe);
        self.wait(ANSWER, subscribing).unwrap_or(Err(Failure::Late))
    }

    /// The next answer of a stream; `Lost` when it has ended.
    ///
    /// # Errors
    /// When there is none within the time.
    pub fn next<R: serde::de::DeserializeOwned>(
        &self,
        stream: &mut RpcSubscription<R>,
        at_most: Duration,
    ) -> Result<R, Failure> {
        let next = async {
            let ended = || RpcError::Client("the node ended the subscription".into());
            stream.next().await.unwrap_or_else(|| Err(ended()))
        };
        self.wait(at_most, next).unwrap_or(Err(Failure::Late))
    }

    /// `None` when it takes longer.
    fn wait<R>(
        &self,
        at_most: Duration,
        what: impl Future<Output = Result<R, RpcError>>,
    ) -> Option<Result<R, Failure>> {
        let waited = self.runtime.block_on(async { tokio::time::timeout(at_most, what).await });
        waited.ok().map(|answer| answer.map_err(Failure::from))
    }

    /// Explains a failure to the user.
    pub fn explain(&self, method: &str, failure: Failure) -> anyhow::Error {
        let place = &self.place;
        match failure {
            Failure::NoMethod => anyhow!("the node at {place} has no RPC method `{method}`"),
            Failure::Refused(reason) => anyhow!("the node at {place} refused `{method}`: {reason}"),
            Failure::Late => {
                anyhow!("the node at {place} did not answer `{method}` within {} s", ANSWER.as_secs())
            }
            Failure::Lost(reason) => anyhow!("the connection to {place} was lost at `{method}`: {reason}"),
            Failure::Malformed(reason) => {
                anyhow!("the node at {place} gave an unexpected answer to `{method}`: {reason}")
            }
        }
    }
}

impl From<RpcError> for Failure {
    fn from(error: RpcError) -> Self {
        match error {
            RpcError::User(error) if error.code == METHOD_NOT_FOUND => Self::NoMethod,
            RpcError::User(error) => {
                let more = error.data.as_ref().map(|data| data.get().trim_matches('"'));
                let more = more.map(|data| format!(": {data}")).unwrap_or_default();
                Self::Refused(said(&format!("{}{more} ({})", error.message, error.code)))
            }
            RpcError::Client(error) => match error.downcast::<ClientError>() {
                Ok(error) => match *error {
                    ClientError::RequestTimeout => Self::Late,
                    ClientError::ParseError(error) => Self::Malformed(said(&error.to_string())),
                    other => Self::Lost(said(&causes(&other))),
                },
                Err(error) => Self::Lost(said(&error.to_string())),
            },
            other => Self::Malformed(said(&causes(&other))),
        }
    }
}

/// A text from the other end, made fit to show: on one line, and shortened.
pub fn said(text: &str) -> String {
    let text = printable(text);
    match text.char_indices().nth(MOST_SHOWN) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}

/// An error and its causes, each once.
fn causes(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        next = cause.source();
    }
    text
}

/// The text without a URL that may contain a secret.
fn without(text: &str, url: &str) -> String {
    text.replace(url, "the URL")
}

fn parse(url: &str) -> Result<Url> {
    let form = "expected a URL such as ws://127.0.0.1:9944";
    // The error does not repeat the URL itself: it may contain a secret.
    let parsed = Url::parse(url).map_err(|error| anyhow!("--url is not a URL ({error}): {form}"))?;
    match parsed.scheme() {
        "ws" | "wss" => {}
        "http" | "https" => bail!(
            "--url has to be a WebSocket: {}:// instead of {}://",
            parsed.scheme().replace("http", "ws"),
            parsed.scheme()
        ),
        other => bail!("--url begins with `{}:`; {form}", said(other)),
    }
    ensure!(parsed.has_host(), "--url has no host: {form}");
    Ok(parsed)
}

/// What to check when there is no good answer.
fn hint(url: &Url) -> &'static str {
    match url.scheme() {
        "wss" => "does it use TLS? A node on its own does not: ws:// connects without TLS",
        _ => "is a node running there? `inkbpf node --dev` starts one",
    }
}

fn place(url: &Url) -> String {
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}://{}{port}", url.scheme(), url.host_str().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls() {
        for (good, shown) in [
            ("ws://127.0.0.1:9944", "ws://127.0.0.1:9944"),
            ("wss://user:secret@example.org/key?token=secret", "wss://example.org"),
            ("ws://[::1]:1/", "ws://[::1]:1"),
        ] {
            assert_eq!(place(&parse(good).unwrap()), shown);
        }
        for bad in ["", "127.0.0.1:9944", "node", "ws://", "ftp://a", "ws://a:99999", "file:///x"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
        let said = parse("https://user:secret@example.org").unwrap_err().to_string();
        assert_eq!(said, "--url has to be a WebSocket: wss:// instead of https://");
    }

    #[test]
    fn what_a_node_says_steers_no_terminal() {
        assert!(!said("a\x1b[2Jb\nc").contains(['\x1b', '\n']));
        assert_eq!(said(&"x".repeat(1000)).chars().count(), MOST_SHOWN + 1);
    }
}

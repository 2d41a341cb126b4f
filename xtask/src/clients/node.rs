//! A node that runs while a client is tried.

use anyhow::{bail, Context, Result};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{channel, RecvTimeoutError};
use std::time::Duration;

/// What the node says once it can be talked to.
const READY: &str = "Running JSON-RPC server: addr=";

/// How long it may take until then. The machine may be busy, and the node not optimised.
const PATIENCE: Duration = Duration::from_secs(180);

/// A development chain that ends when this is dropped.
pub struct Node {
    child: Child,
    /// Where its RPC is: `ws://…`.
    pub url: String,
}

impl Node {
    /// Starts it on ports that are free.
    ///
    /// # Errors
    /// When it cannot be started, or says nothing in time; then with what it said.
    pub fn start(program: &Path) -> Result<Self> {
        let mut command = Command::new(program);
        command.args(["--dev", "--tmp", "--port=0", "--rpc-port=0", "--no-prometheus"]);
        let mut child = command
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {}", program.display()))?;
        let log = BufReader::new(child.stderr.take().expect("it was asked to be piped; qed"));
        let (sender, lines) = channel();
        // Reads to the end, so that the node never waits for somebody who takes its words.
        std::thread::spawn(move || {
            log.lines().map_while(Result::ok).for_each(|line| drop(sender.send(line)))
        });
        let mut node = Self { child, url: String::new() };
        let mut said = Vec::new();
        loop {
            match lines.recv_timeout(PATIENCE) {
                Ok(line) => {
                    if let Some((_, addresses)) = line.split_once(READY) {
                        let address = addresses.split(',').next().unwrap_or_default().trim();
                        node.url = format!("ws://{address}");
                        return Ok(node);
                    }
                    said.push(line);
                }
                Err(RecvTimeoutError::Timeout) => {
                    bail!("{} says nothing any more:\n{}", program.display(), said.join("\n"))
                }
                Err(RecvTimeoutError::Disconnected) => {
                    bail!("{} ended:\n{}", program.display(), said.join("\n"))
                }
            }
        }
    }

    /// How it ended, if it did.
    pub fn ended(&mut self) -> Option<String> {
        self.child.try_wait().ok().flatten().map(|status| status.to_string())
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

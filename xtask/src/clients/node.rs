//! A node that runs while a client is tested.

use anyhow::{bail, Context, Result};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{channel, RecvTimeoutError};
use std::time::Duration;

/// What the node prints when it accepts connections.
const READY: &str = "Running JSON-RPC server: addr=";

/// How long this may take. The machine may be busy, and the node may not be optimised.
const PATIENCE: Duration = Duration::from_secs(180);

/// A development chain that ends when this is dropped.
pub struct Node {
    child: Child,
    /// The address of its RPC server: `ws://…`.
    pub url: String,
}

impl Node {
    /// Starts it on free ports.
    ///
    /// # Errors
    /// If it cannot be started or prints nothing in time; then the error includes its output.
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
        // Reads to the end, so that the node never blocks on a full pipe.
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
                    bail!(
                        "{} has stopped writing output without being ready:\n{}",
                        program.display(),
                        said.join("\n")
                    )
                }
                Err(RecvTimeoutError::Disconnected) => {
                    bail!("{} ended:\n{}", program.display(), said.join("\n"))
                }
            }
        }
    }

    /// Its exit status, if it has ended.
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

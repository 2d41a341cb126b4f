//! `cargo xtask clients cargo-contract`: runs the published cargo-contract 5 against the node and our
//! bundles.
//!
//! Each step is a command that a user types, with the output that it must contain. Commands and output form a
//! transcript, which `--bless` writes into `docs/clients.md`. Text that differs in each run is replaced
//! there.

use super::node::Node;
use super::Options;
use crate::shell::{cache, line, root, run as run_command, target_dir, Tally};
use anyhow::{bail, ensure, Context, Result};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The last release for ink! 5.
const VERSION: &str = "5.0.3";

const ALICE: &str = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";
const BOB: &str = "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty";

/// Marks around the transcript in `docs/clients.md`.
const MARKS: [&str; 2] =
    ["<!-- written by `cargo xtask clients cargo-contract --bless` -->\n", "<!-- until here -->"];

/// Where cargo-contract is installed.
fn folder() -> Result<PathBuf> {
    Ok(cache()?.join("clients").join("cargo-contract"))
}

/// The program, if it was already built on this machine.
pub fn installed() -> Result<Option<PathBuf>> {
    let program = folder()?.join("bin").join(format!("cargo-contract{}", std::env::consts::EXE_SUFFIX));
    Ok(program.is_file().then_some(program))
}

/// Builds it. This takes a quarter of an hour on two cores. It is not optimised, since it mostly waits for
/// the node.
fn install() -> Result<PathBuf> {
    if let Some(program) = installed()? {
        return Ok(program);
    }
    let mut command = Command::new("cargo");
    command
        .env("CARGO_TARGET_DIR", target_dir("cargo-contract")?)
        .env("CARGO_PROFILE_DEV_DEBUG", "0")
        .args(["install", "cargo-contract", "--version", VERSION, "--locked", "--debug", "--root"])
        .arg(folder()?);
    run_command(&mut command).context("cargo-contract could not be built")?;
    installed()?.context("cargo installed cargo-contract, but it is not in the requested folder")
}

/// Tries every command that uses a chain.
pub fn run(options: &Options) -> Result<Tally> {
    let program = install()?;
    let bundles = super::bundles(options)?;
    let (mut node, url) = match &options.url {
        Some(url) => (None, url.clone()),
        None => {
            let node = Node::start(&options.node()?)?;
            let url = node.url.clone();
            (Some(node), url)
        }
    };
    let mut session = Session { program, bundles, url, tally: Tally::default(), transcript: String::new() };
    session.run()?;
    if let Some(end) = node.as_mut().and_then(Node::ended) {
        bail!("the node ended during the test ({end})");
    }
    let Session { tally, transcript, bundles, .. } = session;
    println!("{} passed, {} failed", tally.passed, tally.failed);
    ensure!(tally.failed == 0, "{} commands of cargo-contract failed", tally.failed);
    if options.bless {
        write_transcript(&transcript, &bundles)?;
    }
    Ok(tally)
}

/// Commands and their output.
struct Session {
    program: PathBuf,
    bundles: PathBuf,
    url: String,
    tally: Tally,
    transcript: String,
}

impl Session {
    fn run(&mut self) -> Result<()> {
        let erc20 = self.bundle("erc20");
        let spin = self.bundle("spin");
        let chain = |words: &[&str]| -> Vec<String> { words.iter().map(|&word| word.to_owned()).collect() };
        let url = self.url.clone();
        let send = ["--suri", "//Alice", "--url", &url];
        let execute = ["--execute", "--skip-confirm"];

        self.step(&chain(&["rpc", "system_chain", "--url", &url]), &["Development"], true)?;
        self.step(&chain(&[&["upload", &erc20][..], &send].concat()), &["Success", "Code hash"], true)?;
        self.step(
            &chain(&[&["upload", &erc20][..], &send, &execute].concat()),
            &["CodeStored", "Code hash"],
            true,
        )?;

        let make = ["instantiate", erc20.as_str(), "--constructor", "new", "--args", "1000000"];
        self.step(&chain(&[&make[..], &send].concat()), &["Reverted", "has not been executed"], true)?;
        let made = self.step(
            &chain(&[&make[..], &send, &execute].concat()),
            &["Instantiated", "Transfer { "],
            true,
        )?;
        let contract = made
            .lines()
            .filter_map(|line| line.trim().strip_prefix("Contract "))
            .map(str::trim)
            .next_back()
            .with_context(|| format!("the output of `instantiate` has no contract address:\n{made}"))?
            .to_owned();

        let call = |message: &str, args: &[&str], who: &str, more: &[&str]| {
            let words =
                ["call", &erc20, "--contract", &contract, "--message", message, "--suri", who, "--url", &url];
            let args: &[&str] = if args.is_empty() { &[] } else { &[&["--args"], args].concat() };
            chain(&[&words[..], more, args].concat())
        };
        self.step(&call("total_supply", &[], "//Alice", &[]), &["Ok(1000000)"], true)?;
        self.step(&call("transfer", &[BOB, "2500"], "//Alice", &[]), &["Ok(Ok())"], true)?;
        self.step(&call("balance_of", &[BOB], "//Alice", &[]), &["Ok(0)"], true)?;
        // For a `call`, this client shows the contract's events as bytes. The last field is 2500.
        self.step(
            &call("transfer", &[BOB, "2500"], "//Alice", &execute),
            &["ContractEmitted", "c4090000000000000000000000000000", "ExtrinsicSuccess"],
            true,
        )?;
        self.step(&call("balance_of", &[BOB], "//Alice", &[]), &["Ok(2500)"], true)?;
        // The contract's own error: a dry run shows which one, a transaction only that there was one.
        self.step(&call("transfer", &[BOB, "1"], "//Charlie", &[]), &["InsufficientBalance"], true)?;
        self.step(&call("transfer", &[BOB, "1"], "//Charlie", &execute), &["ContractReverted"], false)?;

        self.step(&chain(&["info", "--contract", &contract, "--url", &url]), &["TrieId", "Code Hash"], true)?;
        self.step(&chain(&["info", "--all", "--url", &url]), &[&contract], true)?;
        self.binary(&contract)?;
        self.step(
            &chain(&["storage", &erc20, "--contract", &contract, "--url", &url]),
            &["total_supply", "1000000", "balances"],
            true,
        )?;
        self.step(&chain(&["storage", "--raw", "--contract", &contract, "--url", &url]), &["0x"], true)?;

        self.step(
            &chain(&["encode", &erc20, "--message", "transfer", "--args", BOB, "2500"]),
            &["84A15DA1"],
            true,
        )?;
        let data = "0x633aa551";
        self.step(&chain(&["decode", "message", "--data", data]), &["flip"], true)?;

        self.step(&chain(&[&["upload", &spin][..], &send, &execute].concat()), &["CodeStored"], true)?;
        self.step(
            &chain(&[&["remove", &spin][..], &send, &execute].concat()),
            &["CodeRemoved", "Code hash"],
            true,
        )?;
        self.step(&chain(&[&["remove", &erc20][..], &send, &execute].concat()), &["CodeInUse"], false)?;
        Ok(())
    }

    fn bundle(&self, name: &str) -> String {
        self.bundles.join(name).join(format!("{name}.contract")).display().to_string()
    }

    fn command(&self, words: &[String]) -> Result<Command> {
        let mut command = Command::new(&self.program);
        // `decode` looks for the metadata of the crate in the current folder, below its target directory.
        command
            .current_dir(root().join("examples/flipper"))
            .env("CARGO_TARGET_DIR", self.bundles.parent().unwrap_or(&self.bundles))
            .env("NO_COLOR", "1")
            .env("RUST_BACKTRACE", "0")
            .env("COLUMNS", "120")
            .arg("contract")
            .args(words);
        Ok(command)
    }

    /// Runs a command. It must succeed exactly if `well`, and print each of `holds`. Returns its output.
    fn step(&mut self, words: &[String], holds: &[&str], well: bool) -> Result<String> {
        let mut command = self.command(words)?;
        eprintln!("    $ {}", line(&command));
        let output = command.output().with_context(|| format!("cannot run {}", self.program.display()))?;
        let said = plain(&String::from_utf8_lossy(&[output.stdout, output.stderr].concat()));
        let missing: Vec<&str> = holds.iter().filter(|text| !said.contains(**text)).copied().collect();
        if output.status.success() == well && missing.is_empty() {
            self.tally.passed += 1;
        } else {
            self.tally.failed += 1;
            eprintln!("{said}\n    it ended with {}; missing from its output: {missing:?}", output.status);
        }
        self.transcript.push_str(&format!("$ cargo contract {}\n{}\n\n", words.join(" "), said.trim_end()));
        Ok(said)
    }

    /// Checks that the code on the chain is the bundle's program, byte for byte.
    fn binary(&mut self, contract: &str) -> Result<()> {
        let words = ["info", "--contract", contract, "--binary", "--url", &self.url].map(str::to_owned);
        let output = self.command(&words)?.output()?;
        let program = std::fs::read(self.bundles.join("erc20/erc20.elf"))?;
        let same = output.stdout == program;
        if same {
            self.tally.passed += 1;
        } else {
            self.tally.failed += 1;
            eprintln!("    the chain's code has {} bytes, erc20.elf {}", output.stdout.len(), program.len());
        }
        self.transcript.push_str(&format!(
            "$ cargo contract {} | cmp - erc20.elf && echo same\n{}\n\n",
            words.join(" "),
            if same { "same" } else { "different" },
        ));
        Ok(())
    }
}

/// Text without a terminal's colour codes.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\u{1b}' {
            plain.push(c);
        } else if chars.next() == Some('[') {
            // Skip everything up to the final letter.
            for c in chars.by_ref() {
                if c.is_ascii_alphabetic() {
                    break;
                }
            }
        }
    }
    plain
}

/// Replaces everything that differs between runs by names: addresses of contracts, hashes, ports and folders.
fn lasting(transcript: &str, bundles: &Path) -> String {
    let text = transcript.replace(&format!("{}/", bundles.display()), "");
    let is_word = |c: char| c.is_ascii_alphanumeric();
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(start) = rest.find(is_word) {
        out.push_str(&rest[..start]);
        rest = &rest[start..];
        let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        let hex = word.strip_prefix("0x").is_some_and(|digits| digits.len() >= 64);
        let port = out.ends_with("127.0.0.1:") || out.ends_with("localhost:");
        out.push_str(match word {
            _ if hex => "0x…",
            _ if port => "PORT",
            // Accounts of the development chain are always the same; addresses of contracts are not.
            _ if word.len() == 48 && word.starts_with('5') && ![ALICE, BOB].contains(&word) => "ADDRESS",
            _ => word,
        });
        rest = after;
    }
    out.push_str(rest);
    out.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}

fn write_transcript(transcript: &str, bundles: &Path) -> Result<()> {
    let path = root().join("docs/clients.md");
    let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let [from, to] = MARKS;
    let (before, rest) =
        text.split_once(from).with_context(|| format!("docs/clients.md does not contain `{from}`"))?;
    let (_, after) =
        rest.split_once(to).with_context(|| format!("docs/clients.md does not contain `{to}`"))?;
    let transcript = lasting(transcript.trim_end(), bundles);
    std::fs::write(&path, format!("{before}{from}\n```console\n{transcript}\n```\n\n{to}{after}"))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_taken_out() {
        assert_eq!(plain("\u{1b}[1;92mResult\u{1b}[0m Ok"), "Result Ok");
        assert_eq!(plain("as it is\u{1b}"), "as it is");
    }

    #[test]
    fn what_changes_each_time_has_a_name() {
        let hash = "ab".repeat(32);
        let contract = format!("5{}", "x".repeat(47));
        let said = format!(
            "$ cargo contract call /t/ink/erc20/erc20.contract --url ws://127.0.0.1:40213\n Code hash 0x{hash}  \n\
             {contract} to {BOB}: 2500"
        );
        assert_eq!(
            lasting(&said, Path::new("/t/ink")),
            format!(
                "$ cargo contract call erc20/erc20.contract --url ws://127.0.0.1:PORT\n Code hash 0x…\n\
                 ADDRESS to {BOB}: 2500"
            )
        );
    }
}

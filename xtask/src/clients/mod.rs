//! `cargo xtask clients`: runs published programs by others against the node and our bundles.
//!
//! The clients are installed into the cache folder, never into the checkout.
//! [docs/clients.md](../../../docs/clients.md) describes what each of them can do.

mod cargo_contract;
mod ink_e2e;
mod node;

use crate::setup;
use crate::shell::{cache, cargo, root, run as run_command, run_tests, target_dir, Tally};
use anyhow::{bail, Context, Result};
use std::path::{Path, PathBuf};
use std::process::Command;

const USAGE: &str = "\
usage: cargo xtask clients <client> [OPTIONS]

  polkadot-js      @polkadot/api and @polkadot/api-contract: stores, instantiates, queries and calls contracts
  cargo-contract   cargo-contract 5: upload, instantiate, call, info, storage, encode, decode, remove
  ink-e2e          ink!'s end-to-end tests by `ink_e2e`: its client, and `#[ink_e2e::test]`
  load             transfers, bad requests, generated programs, memory, bursts, endless dry runs

  --url ws://…     use this running node, which must have a development chain
  --node PROGRAM   start this node instead of building one
  --inkbpf PROGRAM build the bundles with this tool instead of building the tool
  --bundles FOLDER use the bundles FOLDER/NAME/NAME.contract instead of building them
  --seconds N      duration of each part of `load`, 1 or more (60)
  --part NAME      run this part of `load` alone: transfers, requests, programs, memory, burst, tries
  --bless          write the output of `cargo-contract` into docs/clients.md
";

/// The examples with which clients are tested.
const CONTRACTS: &[&str] = &["flipper", "erc20", "multisig", "spin", "erc721", "greedy"];

/// Options of the command.
#[derive(Debug, Default)]
struct Options {
    url: Option<String>,
    node: Option<PathBuf>,
    inkbpf: Option<PathBuf>,
    bundles: Option<PathBuf>,
    seconds: Option<u32>,
    part: Option<String>,
    bless: bool,
}

impl Options {
    fn read(args: &[String]) -> Result<Self> {
        let mut options = Self::default();
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            if arg == "--bless" {
                options.bless = true;
                continue;
            }
            let value = args.next().with_context(|| format!("`{arg}` needs a value\n\n{USAGE}"))?;
            match arg.as_str() {
                "--url" => options.url = Some(value.clone()),
                "--node" => options.node = Some(std::path::absolute(value)?),
                "--inkbpf" => options.inkbpf = Some(std::path::absolute(value)?),
                "--bundles" => options.bundles = Some(std::path::absolute(value)?),
                "--seconds" => options.seconds = Some(seconds(value)?),
                "--part" => options.part = Some(part(value)?),
                other => bail!("unknown option `{other}`\n\n{USAGE}"),
            }
        }
        Ok(options)
    }

    /// Fails if these options were given to a client that does not take them.
    fn for_load_alone(&self) -> Result<()> {
        let given = [("--seconds", self.seconds.is_some()), ("--part", self.part.is_some())];
        match given.iter().find(|(_, given)| *given) {
            Some((name, _)) => bail!("`{name}` works only with `load`\n\n{USAGE}"),
            None => Ok(()),
        }
    }

    /// The node to start; it is built if none was given.
    fn node(&self) -> Result<PathBuf> {
        match &self.node {
            Some(node) => Ok(node.clone()),
            None => crate::node::build(),
        }
    }

    /// The command line tool that builds bundles; it is built if none was given.
    fn inkbpf(&self) -> Result<PathBuf> {
        match &self.inkbpf {
            Some(inkbpf) => Ok(inkbpf.clone()),
            None => inkbpf(),
        }
    }
}

/// Builds the command line tool in the same way as its tests do: with the features of all default members.
pub fn inkbpf() -> Result<PathBuf> {
    setup::contracts()?;
    run_command(cargo()?.args(["build", "--locked", "--bin", "inkbpf"]))?;
    Ok(target_dir("")?.join("debug").join(format!("inkbpf{}", std::env::consts::EXE_SUFFIX)))
}

/// Maximum duration of a part of the load, in seconds: its timers count milliseconds in 31 bits.
const MOST_SECONDS: u32 = 999_999;

/// A number of seconds, at least 1: with 0, nothing would be tested.
fn seconds(text: &str) -> Result<u32> {
    match text.parse() {
        Ok(number @ 1..=MOST_SECONDS) => Ok(number),
        _ => bail!("`--seconds {text}`: expected a whole number from 1 to {MOST_SECONDS}\n\n{USAGE}"),
    }
}

/// The parts of the load: the names of the files in `clients/polkadot-js/load`, in the order in which they
/// run.
fn parts() -> Result<Vec<String>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(root().join("clients/polkadot-js/load"))? {
        files.push(entry?.file_name().to_string_lossy().into_owned());
    }
    files.sort();
    let numbered = |c: char| c.is_ascii_digit() || c == '-';
    let names = files.iter().filter_map(|file| file.strip_suffix(".test.js"));
    Ok(names.map(|name| name.trim_start_matches(numbered).to_owned()).collect())
}

/// The name of one part of the load.
fn part(text: &str) -> Result<String> {
    let parts = parts()?;
    match parts.iter().any(|part| part == text) {
        true => Ok(text.to_owned()),
        false => bail!("`--part {text}`: expected one of {}\n\n{USAGE}", parts.join(", ")),
    }
}

/// `cargo xtask clients CLIENT [OPTIONS]`
pub fn run(args: &[String]) -> Result<()> {
    let (client, options) = args.split_first().context(USAGE)?;
    let options = Options::read(options)?;
    if client != "load" {
        options.for_load_alone()?;
    }
    match client.as_str() {
        "polkadot-js" => polkadot_js("test", &options).map(drop),
        "load" => polkadot_js("load", &options).map(drop),
        "cargo-contract" => cargo_contract::run(&options).map(drop),
        "ink-e2e" => ink_e2e::run(&options).map(drop),
        other => bail!("unknown client `{other}`\n\n{USAGE}"),
    }
}

/// The stage `clients`: polkadot.js, and a little load.
///
/// cargo-contract and ink_e2e are included only if they have already been built on this machine. Each
/// consists of six hundred crates of its own, including an older Substrate, and takes as long to build as the
/// node. A client that is not built counts as skipped.
pub fn test() -> Result<Tally> {
    let built = Options::default();
    let options =
        Options { node: Some(built.node()?), inkbpf: Some(built.inkbpf()?), seconds: Some(10), ..built };
    let mut tally = polkadot_js("test", &options)?;
    tally.add(polkadot_js("load", &options)?);
    type Run = fn(&Options) -> Result<Tally>;
    let others: [(&str, bool, Run); 2] = [
        ("cargo-contract", cargo_contract::installed()?.is_some(), cargo_contract::run),
        ("ink-e2e", ink_e2e::built()?, ink_e2e::run),
    ];
    for (client, built, run) in others {
        if built {
            tally.add(run(&options)?);
        } else {
            eprintln!(
                "    {client} is skipped, as it is not built yet: `cargo xtask clients {client}` builds it"
            );
            tally.skipped += 1;
        }
    }
    Ok(tally)
}

/// Runs the scripts of `clients/polkadot-js`.
fn polkadot_js(what: &str, options: &Options) -> Result<Tally> {
    setup::javascript()?;
    let folder = install(&root().join("clients/polkadot-js"))?;
    let bundles = bundles(options)?;
    let mut command = Command::new("node");
    command.current_dir(folder).args(["main.js", what, "--bundles"]).arg(bundles);
    match &options.url {
        Some(url) => command.args(["--url", url]),
        None => command.arg("--node").arg(options.node()?),
    };
    if let Some(seconds) = options.seconds {
        command.args(["--seconds", &seconds.to_string()]);
    }
    if let Some(part) = &options.part {
        command.args(["--part", part]);
    }
    run_tests(&mut command)
}

/// Copies a package of scripts into the cache folder, and installs its dependencies there. Returns its
/// folder.
///
/// The checkout is not changed, and a second checkout on this machine reuses the packages.
fn install(package: &Path) -> Result<PathBuf> {
    let name = package.file_name().context("a package has a name")?;
    let folder = cache()?.join("clients").join(name);
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    for entry in std::fs::read_dir(&folder)? {
        let path = entry?.path();
        if path.file_name().is_some_and(|name| name == "node_modules") {
            continue;
        }
        let removed =
            if path.is_dir() { std::fs::remove_dir_all(&path) } else { std::fs::remove_file(&path) };
        removed.with_context(|| format!("cannot remove {}", path.display()))?;
    }
    copy(package, &folder)?;

    // Keep the lock file of the installation: `npm ci` always starts from nothing.
    let lock = std::fs::read(folder.join("package-lock.json"))?;
    let stamp = folder.join("node_modules/.installed-for");
    if std::fs::read(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok(folder);
    }
    let mut npm = Command::new("npm");
    npm.current_dir(&folder).args(["ci", "--no-audit", "--no-fund", "--ignore-scripts"]);
    run_command(&mut npm).context(
        "npm could not install the packages of clients/polkadot-js/package-lock.json; it needs a \
         registry (see `npm config get registry`)",
    )?;
    std::fs::write(&stamp, lock)?;
    Ok(folder)
}

/// Copies the contents of a folder, except installed packages.
fn copy(from: &Path, to: &Path) -> Result<()> {
    for entry in std::fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))? {
        let entry = entry?;
        let (path, copied) = (entry.path(), to.join(entry.file_name()));
        if entry.file_name() == "node_modules" {
            continue;
        }
        if path.is_dir() {
            std::fs::create_dir_all(&copied)?;
            copy(&path, &copied)?;
        } else {
            std::fs::copy(&path, &copied).with_context(|| format!("cannot copy {}", path.display()))?;
        }
    }
    Ok(())
}

/// Builds the bundles of [`CONTRACTS`], unless others were given. Returns the folder with
/// `NAME/NAME.contract`.
fn bundles(options: &Options) -> Result<PathBuf> {
    if let Some(bundles) = &options.bundles {
        return Ok(bundles.clone());
    }
    let inkbpf = options.inkbpf()?;
    let target = target_dir("clients")?;
    for contract in CONTRACTS {
        let manifest = root().join("examples").join(contract).join("Cargo.toml");
        let mut build = Command::new(&inkbpf);
        build.args(["build", "--quiet", "--manifest-path"]).arg(manifest).arg("--target-dir").arg(&target);
        run_command(&mut build)?;
    }
    Ok(target.join("ink"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The README must show the script that a test runs.
    #[test]
    fn the_readme_shows_deploy_js() {
        let script = std::fs::read_to_string(root().join("clients/polkadot-js/deploy.js")).unwrap();
        let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
        let indented = |line: &str| if line.is_empty() { "\n".into() } else { format!("    {line}\n") };
        let shown: String = script.lines().map(indented).collect();
        assert!(readme.contains(&shown), "README.md has to hold, indented:\n{shown}");
    }

    /// The choices in the usage text must be those that exist.
    #[test]
    fn the_usage_names_the_parts_of_the_load() {
        let parts = parts().unwrap();
        assert!(parts.len() > 1 && USAGE.contains(&format!("alone: {}\n", parts.join(", "))), "{parts:?}");
    }

    #[test]
    fn options_are_read() {
        let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let options = Options::read(&words("--url ws://127.0.0.1:1 --bless --seconds 5")).unwrap();
        assert_eq!(options.url.as_deref(), Some("ws://127.0.0.1:1"));
        assert!(options.bless);
        assert_eq!(options.seconds, Some(5));
        assert_eq!(Options::read(&words("--part programs")).unwrap().part.as_deref(), Some("programs"));
        let said = Options::read(&words("--part nothing")).unwrap_err().to_string();
        assert!(said.contains("`--part nothing`: expected one of transfers, "), "{said}");
        for seconds in ["0", "abc", "-1", "1.5", "1000000", "99999999999"] {
            let said = Options::read(&words(&format!("--seconds {seconds}"))).unwrap_err().to_string();
            assert!(said.contains(&format!("`--seconds {seconds}`: expected a whole number")), "{said}");
        }
        assert!(options.for_load_alone().unwrap_err().to_string().contains("--seconds"));
        assert!(Options::read(&words("--bless")).unwrap().for_load_alone().is_ok());
        assert!(Options::read(&words("--url")).unwrap_err().to_string().contains("needs a value"));
        assert!(Options::read(&words("--what ever")).unwrap_err().to_string().contains("--what"));
    }
}

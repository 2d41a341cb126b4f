//! The whole path for two unmodified contracts: compile, store, instantiate, call.
//!
//! Every step is a command that a user could type; it is printed before it runs.

use crate::setup;
use crate::shell::{cargo, root, run as run_command, run_shown, target_dir};
use anyhow::{Context, Result};
use std::path::PathBuf;
use std::process::Command;

const ALICE: &str = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";
const BOB: &str = "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty";

/// `cargo xtask demo`.
pub fn run() -> Result<()> {
    eprintln!("[set-up]");
    setup::contracts()?;
    eprintln!("[inkbpf] building the command line");
    // Build the whole workspace, as the tests do. Another selection of packages would select other features,
    // and Substrate's libraries would be compiled again.
    run_command(cargo()?.args(["build", "--locked"]))?;
    let demo = Demo::new()?;

    demo.contract("flipper", &["false"], &[("get", &[]), ("flip", &[]), ("get", &[])])?;
    demo.contract(
        "erc20",
        &["1000000"],
        &[
            ("balance_of", &[ALICE]),
            ("transfer", &[BOB, "2500"]),
            ("balance_of", &[ALICE]),
            ("balance_of", &[BOB]),
        ],
    )?;
    println!("\nThe chain of this demo is stored in {}", demo.chain.display());
    Ok(())
}

struct Demo {
    inkbpf: PathBuf,
    folder: PathBuf,
    chain: PathBuf,
}

impl Demo {
    fn new() -> Result<Self> {
        let target = target_dir("")?;
        let folder = target.join("demo");
        // A demo starts with an empty chain, whatever the last one left.
        if folder.exists() {
            std::fs::remove_dir_all(&folder).with_context(|| format!("cannot empty {}", folder.display()))?;
        }
        std::fs::create_dir_all(&folder)?;
        let inkbpf = target.join("debug").join(format!("inkbpf{}", std::env::consts::EXE_SUFFIX));
        Ok(Self { inkbpf, chain: folder.join("chain"), folder })
    }
}

impl Demo {
    /// Builds `examples/NAME`, stores and instantiates it, and sends `messages` to it.
    fn contract(&self, name: &str, constructor: &[&str], messages: &[(&str, &[&str])]) -> Result<()> {
        title(&format!("{name}: compile examples/{name}, an ordinary ink! contract, to an eBPF ELF file"));
        let manifest = root().join("examples").join(name).join("Cargo.toml");
        let manifest = ["--manifest-path", manifest.to_str().context("the checkout's path is not UTF-8")?];
        self.inkbpf(&["build"], &[&manifest])?;

        title(&format!("{name}: store the program on the chain"));
        self.inkbpf(&["upload"], &[&manifest])?;
        title(&format!("{name}: instantiate"));
        let printed =
            self.inkbpf(&["instantiate"], &[&manifest, &["--constructor", "new", "--args"], constructor])?;
        let address = printed
            .lines()
            .find_map(|line| line.trim().strip_prefix("Contract"))
            .map(str::trim)
            .with_context(|| {
                format!("the output of `inkbpf instantiate` has no contract address:\n{printed}")
            })?;

        for (message, args) in messages {
            title(&format!("{name}: {message}({})", args.join(", ")));
            let words = ["--contract", address, "--message", message, "--trace", "--args"];
            self.inkbpf(&["call"], &[&words, args])?;
            title(&format!("{name}: what it stores now"));
            self.inkbpf(&["storage"], &[&["--contract", address]])?;
        }
        Ok(())
    }

    /// Runs the command line tool and shows its output, which is also returned.
    fn inkbpf(&self, command: &[&str], args: &[&[&str]]) -> Result<String> {
        let mut process = Command::new(&self.inkbpf);
        process.current_dir(&self.folder).env("INKBPF_CHAIN", &self.chain).args(command).args(args.concat());
        run_shown(&mut process)
    }
}

fn title(text: &str) {
    println!("\n── {text}");
}

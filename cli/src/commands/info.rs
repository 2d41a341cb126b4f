//! `inkbpf info`: the chain's record of a contract, or a list of all contracts.

use super::call::find_contract;
use crate::{
    account::address,
    artifact::Artifact,
    chain::{Chain, ContractRecord, Options},
    engine,
    output::{Code, Output},
    report::{counted, hex},
};
use anyhow::{ensure, Context, Result};
use contract_abi::image::{compressed::decompress, Outline};
use inkbpf_sandbox::sp_core::crypto::AccountId32;
use serde::Serialize;
use std::io::Write;
use std::path::PathBuf;

/// Arguments of `inkbpf info`.
#[derive(clap::Args)]
#[command(group(clap::ArgGroup::new("which").required(true).args(["contract", "all", "engine", "unpack"])))]
pub struct Args {
    /// Address of the contract
    #[arg(long, value_name = "ADDRESS")]
    contract: Option<String>,
    /// List all contracts
    #[arg(long)]
    all: bool,
    /// Maximum number of contracts to list
    #[arg(long, value_name = "NUMBER", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
    /// Write the contract's program to standard output, as it is stored
    #[arg(long, conflicts_with = "all")]
    binary: bool,
    /// Write a program (NAME.elf, NAME.contract, or what --binary wrote) to standard output as it runs, not
    /// compressed, for a disassembler
    #[arg(long, value_name = "FILE", conflicts_with = "binary")]
    unpack: Option<PathBuf>,
    /// Show which engine runs contracts on the embedded chain, and how it guards their memory
    #[arg(long, value_name = "ENGINE", value_parser = engine::parse, num_args = 0..=1,
        default_missing_value = inkbpf_sandbox::Engine::default().name(), conflicts_with = "binary")]
    engine: Option<inkbpf_sandbox::Engine>,
    #[command(flatten)]
    chain: Options,
}

#[derive(Serialize)]
struct Info {
    contract: String,
    name: Option<String>,
    code_hash: String,
    code_len: u32,
    raw_code_len: u32,
    code_owner: Option<String>,
    balance: String,
    trie_id: String,
    storage_items: u32,
    storage_bytes: u32,
    storage_deposit: String,
    delegate_dependencies: Vec<String>,
}

impl Args {
    /// Runs the command.
    pub fn run(self, output: &mut Output) -> Result<Code> {
        if let Some(asked) = self.engine {
            self.chain.ensure_here()?;
            engine::describe(asked, output);
            return Ok(Code::Success);
        }
        if let Some(file) = &self.unpack {
            ensure!(!output.is_json(), "--unpack writes the program itself: leave --output-json out");
            let artifact = Artifact::read(file)?;
            let raw = decompress(artifact.code()?).context("cannot decompress the program")?;
            std::io::stdout().write_all(&raw).context("cannot write the program")?;
            return Ok(Code::Success);
        }
        let chain = self.chain.open_to_read()?;
        if self.all {
            let mut list = Vec::new();
            let (accounts, more) = chain.contracts(usize::try_from(self.limit)?)?;
            for account in accounts {
                // On a node it may have been terminated since it was listed.
                let Some(record) = chain.contract(&account)? else { continue };
                list.push(info(&*chain, &account, &record)?);
            }
            output.result(&list, |out| {
                for info in &list {
                    let name = info.name.as_deref().unwrap_or("-");
                    writeln!(out, "{}  {name:<16}  {}", info.contract, info.code_hash)?;
                }
                Ok(())
            });
            if list.is_empty() {
                output.note(format_args!("There is no contract on the chain {}.", chain.place()));
            }
            if more {
                output.note(format_args!("\nThere are more; --limit lists more than {}.", self.limit));
            }
            return Ok(Code::Success);
        }
        let (account, record) = find_contract(&*chain, self.contract.as_deref().unwrap_or_default())?;
        if self.binary {
            let code = chain.code(record.code_hash.0)?.context("the chain lacks the contract's code")?;
            ensure!(!output.is_json(), "--binary writes the program itself: leave --output-json out");
            std::io::stdout().write_all(&code).context("cannot write the program")?;
            return Ok(Code::Success);
        }
        let info = info(&*chain, &account, &record)?;
        let money = chain.money();
        let deposit = deposit_of(&record);
        let balance = chain.balance(&account)?;
        output.result(&info, |out| {
            let mut row = |name: &str, value: &str| writeln!(out, "{name:<12}{value}");
            row("Contract", &info.contract)?;
            if let Some(name) = &info.name {
                row("Name", name)?;
            }
            row("Code hash", &info.code_hash)?;
            match info.raw_code_len == info.code_len {
                true => row("Code size", &format!("{} bytes", info.code_len))?,
                false => row(
                    "Code size",
                    &format!("{} bytes, compressed from {}", info.code_len, info.raw_code_len),
                )?,
            }
            if let Some(owner) = &info.code_owner {
                row("Code owner", owner)?;
            }
            row("Balance", &money.show(balance))?;
            row(
                "Storage",
                &format!("{}, {}", counted(info.storage_items, "item"), counted(info.storage_bytes, "byte")),
            )?;
            row("Deposit", &money.show(deposit))?;
            row("Trie", &info.trie_id)?;
            for hash in &info.delegate_dependencies {
                row("Depends on", hash)?;
            }
            Ok(())
        });
        Ok(Code::Success)
    }
}

fn deposit_of(record: &ContractRecord) -> u128 {
    let locks = record.delegate_dependencies.values().fold(0u128, |sum, held| sum.saturating_add(*held));
    record
        .storage_base_deposit
        .saturating_add(record.storage_byte_deposit)
        .saturating_add(record.storage_item_deposit)
        .saturating_add(locks)
}

fn info(chain: &dyn Chain, account: &AccountId32, record: &ContractRecord) -> Result<Info> {
    let code = chain.code_record(record.code_hash.0)?;
    let code_len = code.as_ref().map_or(0, |code| code.code_len);
    let outline = chain.code(record.code_hash.0)?.and_then(|code| Outline::of(&code).ok());
    Ok(Info {
        contract: address(account),
        name: chain.registry().recall(record.code_hash.0).map(|artifact| artifact.name),
        code_hash: hex(record.code_hash.as_bytes()),
        code_len,
        raw_code_len: outline.map_or(code_len, |outline| outline.raw_len),
        code_owner: code.map(|code| address(&code.owner)),
        balance: chain.balance(account)?.to_string(),
        trie_id: hex(&record.trie_id),
        storage_items: record.storage_items,
        storage_bytes: record.storage_bytes,
        storage_deposit: deposit_of(record).to_string(),
        delegate_dependencies: record.delegate_dependencies.keys().map(|hash| hex(hash.as_bytes())).collect(),
    })
}

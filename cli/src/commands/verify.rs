//! `inkbpf verify`: whether a program is what a contract's source compiles to.
//!
//! Building the same source with the same compiler gives the same bytes on any machine. So the source is built again,
//! separately from earlier builds, and the hashes are compared. A bundle's description of the contract's interface is
//! compared too, because clients rely on it.

use super::{
    build::{tell, Contract},
    call::find_contract,
    execution::parse_hash,
};
use crate::{
    artifact::{target_folder, Artifact},
    chain::Options,
    output::{Code, Output},
    report::hex,
};
use anyhow::{anyhow, ensure, Context, Result};
use inkbpf_build::Built;
use serde::Serialize;
use std::path::PathBuf;

/// Arguments of `inkbpf verify`.
#[derive(clap::Args)]
#[command(group(clap::ArgGroup::new("what").required(true).args(["file", "contract", "code_hash"])))]
pub struct Args {
    /// NAME.contract, NAME.json or NAME.elf, to compare with the source
    file: Option<PathBuf>,
    /// Address of a contract whose code to compare
    #[arg(long, value_name = "ADDRESS")]
    contract: Option<String>,
    /// Hash of a code stored on the chain
    #[arg(long, value_name = "HASH")]
    code_hash: Option<String>,
    #[command(flatten)]
    source: Contract,
    #[command(flatten)]
    chain: Options,
}

/// The result.
#[derive(Serialize)]
struct Verdict {
    /// Whether the program, and the interface if there is one, match the source.
    verified: bool,
    /// Hash of the program in question.
    code_hash: String,
    /// Hash of the program built from the source.
    built_code_hash: String,
    /// Whether the interface matches the source; absent if none was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    same_interface: Option<bool>,
    /// The compiler that the bundle names.
    #[serde(skip_serializing_if = "Option::is_none")]
    compiler: Option<String>,
    /// The compiler that was used now.
    built_compiler: String,
}

impl Args {
    /// Runs the command.
    pub fn run(self, output: &mut Output) -> Result<Code> {
        // Read first: the build may write this file.
        let (code_hash, artifact) = self.wanted()?;
        let mut request = self.source.request(output)?;
        request.target_dir.get_or_insert_with(|| {
            target_folder().unwrap_or_else(|| PathBuf::from("target")).join("inkbpf").join("verify")
        });
        let built = inkbpf_build::build(&request, &mut |event| tell(output, event))?;
        let verdict = compare(code_hash, artifact.as_ref(), &built)?;
        let advice = advice(&verdict, &built);
        output.result(&verdict, |out| {
            let mut row = |name: &str, value: &str| writeln!(out, "{name:<12}{value}");
            row("Source", &format!("{}, compiled by {}", built.name, verdict.built_compiler))?;
            row("Compiles to", &verdict.built_code_hash)?;
            row("Program", &verdict.code_hash)?;
            if let Some(same) = verdict.same_interface {
                row("Interface", if same { "matches the source" } else { "differs from the source" })?;
            }
            match &advice {
                None => row("Verified", "the program is what the source compiles to"),
                Some(advice) => row("Failed", advice),
            }
        });
        Ok(if verdict.verified { Code::Success } else { Code::Failure })
    }

    /// Hash of the program in question, and the artifact, if a file was given.
    fn wanted(&self) -> Result<([u8; 32], Option<Artifact>)> {
        if let Some(file) = &self.file {
            ensure!(file.exists(), "there is no file {}", file.display());
            let artifact = Artifact::read(file)?;
            return Ok((artifact.code_hash, Some(artifact)));
        }
        if let Some(contract) = &self.contract {
            let chain = self.chain.open_to_read()?;
            let (_, record) = find_contract(&*chain, contract)?;
            return Ok((record.code_hash.0, None));
        }
        let hash = parse_hash(self.code_hash.as_deref().unwrap_or_default())?;
        let chain = self.chain.open_to_read()?;
        ensure!(chain.code_record(hash)?.is_some(), "the chain {} has no code {}", chain.place(), hex(&hash));
        Ok((hash, None))
    }
}

fn compare(code_hash: [u8; 32], artifact: Option<&Artifact>, built: &Built) -> Result<Verdict> {
    let mut same_interface = None;
    let mut compiler = None;
    if let Some(metadata) = artifact.and_then(|artifact| artifact.metadata.as_ref()) {
        compiler =
            metadata.get("source").and_then(|source| source.get("compiler")?.as_str()).map(str::to_owned);
        let file = built
            .artifacts
            .metadata
            .as_ref()
            .ok_or_else(|| anyhow!("the source is not an ink! contract, but the file describes one"))?;
        let text = crate::artifact::read_file(file)?;
        let of_source: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(&text)
            .with_context(|| format!("{} is not valid metadata", file.display()))?;
        let fields = ["version", "types", "storage", "spec"];
        same_interface = Some(fields.iter().all(|field| metadata.get(*field) == of_source.get(*field)));
    }
    let (code_hash, built_code_hash) = (hex(&code_hash), built.code_hash.clone());
    Ok(Verdict {
        verified: code_hash == built_code_hash && same_interface != Some(false),
        code_hash,
        built_code_hash,
        same_interface,
        compiler,
        built_compiler: built.compiler.clone(),
    })
}

/// Why the result may differ; `None` if it does not.
fn advice(verdict: &Verdict, built: &Built) -> Option<String> {
    if verdict.verified {
        return None;
    }
    if verdict.code_hash == verdict.built_code_hash {
        return Some("the program matches the source, but the interface beside it was changed".into());
    }
    let other_compiler = verdict.compiler.as_deref().filter(|named| !same_compiler(named, &built.compiler));
    Some(match other_compiler {
        Some(compiler) => format!("the program was built by {compiler}: build with that compiler"),
        None => format!(
            "the program is not what this source compiles to {}. The features, {} and the version of this command must \
             be the same",
            if built.debug { "with --debug" } else { "without --debug" },
            inkbpf_build::BUFFER_SIZE
        ),
    })
}

/// `rustc 1.95.0` in a bundle, `rustc 1.95.0 (abc 2026-01-01)` in the compiler's own output.
fn same_compiler(named: &str, used: &str) -> bool {
    let version = |text: &str| {
        text.split_whitespace().find(|word| word.starts_with(|c: char| c.is_ascii_digit())).map(str::to_owned)
    };
    version(named) == version(used)
}

#[cfg(test)]
mod tests {
    use super::same_compiler;

    #[test]
    fn compilers_are_compared_by_their_version() {
        assert!(same_compiler("rustc 1.95.0", "rustc 1.95.0 (0123456 2026-04-01)"));
        assert!(!same_compiler("rustc 1.94.1", "rustc 1.95.0 (0123456 2026-04-01)"));
    }
}

//! The files that clients read.
//!
//! ```text
//! target/ink/NAME/NAME.elf        the program image: what goes on chain
//!                 NAME.debug      symbols and DWARF for it: what stays here
//!                 NAME.json       the interface
//!                 NAME.contract   the interface and the program, in `source.wasm`
//! ```
//!
//! `NAME.json` and `NAME.contract` are bundles of version 5, in the form that cargo-contract 5, polkadot.js
//! and others read. None of them looks into the program (the name of the field is older than eBPF).

use crate::cache::{remove_file, write_atomically};
use crate::error::BuildError;
use crate::translate::Program;
use crate::{Request, Stage};
use blake2::digest::consts::U32;
use blake2::{Blake2b, Digest};
use contract_metadata::{
    CodeHash, Compiler, Contract, ContractMetadata, Language, Source, SourceCompiler, SourceLanguage,
    SourceWasm,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::path::PathBuf;

/// Where a contract's files are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Artifacts {
    /// The program image.
    pub elf: PathBuf,
    /// Its symbols and debug information.
    pub debug: PathBuf,
    /// The interface; a contract without ink! has none.
    pub metadata: Option<PathBuf>,
    /// The interface and the program.
    pub bundle: Option<PathBuf>,
}

impl Artifacts {
    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &PathBuf> {
        [&self.elf, &self.debug].into_iter().chain(&self.metadata).chain(&self.bundle)
    }
}

/// The hash that names code on chain: BLAKE2b with 256 bits.
pub fn code_hash(image: &[u8]) -> [u8; 32] {
    Blake2b::<U32>::digest(image).into()
}

/// Bytes as `0x…`.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold("0x".to_owned(), |text, byte| text + &format!("{byte:02x}"))
}

/// Writes the files.
pub fn write(
    stage: &Stage,
    request: &Request,
    program: &Program,
    interface: Option<Map<String, Value>>,
) -> Result<Artifacts, BuildError> {
    let folder = stage.project.output_folder();
    let file = |extension: &str| folder.join(format!("{}.{extension}", stage.project.name));
    let mut artifacts = Artifacts { elf: file("elf"), debug: file("debug"), metadata: None, bundle: None };
    write_atomically(&artifacts.elf, &program.image)?;
    write_atomically(&artifacts.debug, &program.debug)?;
    match interface {
        Some(interface) => {
            let mut metadata = describe(stage, request, program, interface);
            let (json, bundle) = (file("json"), file("contract"));
            write_atomically(&bundle, &to_json(&metadata, false)?)?;
            metadata.remove_source_wasm_attribute();
            write_atomically(&json, &to_json(&metadata, true)?)?;
            artifacts.metadata = Some(json);
            artifacts.bundle = Some(bundle);
        }
        // Remove the files of an earlier build: the contract has changed, so they would be wrong.
        None => {
            remove_file(&file("json"))?;
            remove_file(&file("contract"))?;
        }
    }
    Ok(artifacts)
}

fn to_json(metadata: &ContractMetadata, pretty: bool) -> Result<Vec<u8>, BuildError> {
    let json = if pretty { serde_json::to_vec_pretty(metadata) } else { serde_json::to_vec(metadata) };
    json.map_err(|error| BuildError::Metadata { message: error.to_string(), output: None })
}

fn describe(
    stage: &Stage,
    request: &Request,
    program: &Program,
    interface: Map<String, Value>,
) -> ContractMetadata {
    let package = &stage.project.package;
    let url = |text: &Option<String>| text.as_ref().and_then(|text| text.parse().ok());
    let contract = Contract {
        name: package.name.to_string(),
        version: package.version.clone(),
        authors: package.authors.clone(),
        description: package.description.clone(),
        documentation: url(&package.documentation),
        repository: url(&package.repository),
        homepage: url(&package.homepage),
        license: package.license.clone(),
    };
    let ink = stage.project.ink.clone().unwrap_or_else(|| package.version.clone());
    let mut build_info = Map::new();
    let mut info =
        |key: &str, value: &str| build_info.insert(key.to_owned(), Value::String(value.to_owned()));
    info("builder", concat!("inkbpf ", env!("CARGO_PKG_VERSION")));
    info("build_mode", if request.debug { "Debug" } else { "Release" });
    info("rust_toolchain", &stage.toolchain.version);
    info("target", "bpfel");
    let source = Source::new(
        Some(SourceWasm::new(program.image.clone())),
        CodeHash(code_hash(&program.image)),
        SourceLanguage::new(Language::Ink, ink),
        SourceCompiler::new(Compiler::RustC, stage.toolchain.semver.clone()),
        Some(build_info),
    );
    let user =
        package.metadata.get("contract").and_then(|contract| contract.get("user")).and_then(Value::as_object);
    ContractMetadata::new(source, contract, None, user.cloned().map(contract_metadata::User::new), interface)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_hash_is_blake2b_256() {
        // RFC 7693 has no vector for 256 bits; this one is from the reference implementation.
        assert_eq!(
            hex(&code_hash(b"")),
            "0x0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8"
        );
    }
}

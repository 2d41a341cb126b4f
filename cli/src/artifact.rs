//! The results of a build (code, metadata, debug file): where to find them, and what they are for.

use crate::value::Abi;
use anyhow::{anyhow, bail, ensure, Context, Result};
use contract_abi::image::{compressed::decompress, Image};
use inkbpf_build::Location;
use inkbpf_sandbox::sp_runtime::traits::{BlakeTwo256, Hash as _};
use std::{
    fs,
    io::Read,
    path::{Path, PathBuf},
};

/// Selects a contract.
#[derive(clap::Args)]
pub struct Selection {
    /// The contract: NAME.contract, NAME.json, or a program alone (NAME.elf) [default: the package of
    /// the current folder]
    pub file: Option<PathBuf>,
    /// The contract's Cargo.toml
    #[arg(long, conflicts_with = "file")]
    pub manifest_path: Option<PathBuf>,
    /// The target folder that `inkbpf build --target-dir` was given
    #[arg(long, value_name = "DIR", conflicts_with = "file")]
    pub target_dir: Option<PathBuf>,
}

/// A built contract.
pub struct Artifact {
    /// Its name.
    pub name: String,
    /// The program image. Metadata alone (`NAME.json`) has none.
    pub code: Option<Vec<u8>>,
    /// Blake2-256 of the program image.
    pub code_hash: [u8; 32],
    /// Its metadata. A program that was not made with ink! has none.
    pub abi: Option<Abi>,
    /// The metadata file's text, to keep.
    pub metadata: Option<serde_json::Map<String, serde_json::Value>>,
    /// Symbols and line numbers, if available.
    pub debug: Option<PathBuf>,
}

impl Selection {
    /// Whether any option was given.
    pub fn is_given(&self) -> bool {
        self.file.is_some() || self.manifest_path.is_some() || self.target_dir.is_some()
    }

    /// Reads the contract.
    ///
    /// # Errors
    /// When there is none, or it is malformed.
    pub fn load(&self) -> Result<Artifact> {
        Artifact::read(&self.path()?)
    }

    /// The file of the contract.
    fn path(&self) -> Result<PathBuf> {
        if let Some(file) = &self.file {
            ensure!(file.exists(), "there is no file {}", file.display());
            return Ok(file.clone());
        }
        let manifest = match &self.manifest_path {
            Some(path) => path.clone(),
            None => nearest_manifest()?.ok_or_else(|| {
                anyhow!("no contract is given, and the current folder is not in a cargo package: pass a file (NAME.contract) or --manifest-path")
            })?,
        };
        let location = Location::of(&manifest)?;
        let Location { name, folder, .. } = match &self.target_dir {
            Some(target) => location.in_target_dir(target),
            None => location,
        };
        // A program that was not made with ink! has no bundle.
        let built = ["contract", "elf"].map(|kind| folder.join(format!("{name}.{kind}")));
        built.iter().find(|path| path.is_file()).cloned().ok_or_else(|| {
            anyhow!(
                "`{name}` is not built yet ({} does not exist): run `inkbpf build` first",
                built[0].display()
            )
        })
    }
}

/// Reads a file named by the user, which may be endless.
///
/// # Errors
/// When it cannot be read, or is unreasonably large.
pub fn read_file(path: &Path) -> Result<Vec<u8>> {
    const MOST: u64 = 64 << 20;
    let mut bytes = Vec::new();
    let file = fs::File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    file.take(MOST + 1).read_to_end(&mut bytes).with_context(|| format!("cannot read {}", path.display()))?;
    ensure!(bytes.len() as u64 <= MOST, "{} is larger than {} MiB", path.display(), MOST >> 20);
    Ok(bytes)
}

impl Artifact {
    /// Reads a bundle, metadata, or a program image.
    ///
    /// # Errors
    /// When the file is none of these.
    pub fn read(path: &Path) -> Result<Self> {
        let bytes = read_file(path)?;
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let kind = path.extension().unwrap_or_default().to_string_lossy();
        let mut artifact = match &*kind {
            "contract" | "json" => Self::from_bundle(stem, &bytes)
                .with_context(|| format!("{} is not a contract's bundle or metadata", path.display()))?,
            _ => Self::from_program(stem, bytes),
        };
        if artifact.abi.is_none() {
            // Metadata next to the program.
            let metadata = path.with_extension("json");
            if let Some(found) = Self::read_metadata(&metadata) {
                ensure!(
                    found.code_hash == artifact.code_hash,
                    "{} is not the program that {} describes: it was changed or damaged after it was built (build it again, or move one of them away)",
                    path.display(),
                    metadata.display()
                );
                (artifact.abi, artifact.metadata) = (found.abi, found.metadata);
            }
        }
        if artifact.code.is_none() {
            let program = path.with_extension("elf");
            artifact.code = fs::read(program).ok().filter(|code| hash(code) == artifact.code_hash);
        }
        if let Some(code) = &artifact.code {
            // Reported here rather than by the chain after sending.
            decompress(code)
                .and_then(|raw| Image::parse(&raw).map(drop))
                .map_err(|error| anyhow!("{error}"))
                .with_context(|| {
                    format!("{} does not contain a program that the chain can run", path.display())
                })?;
        }
        artifact.debug = Some(path.with_extension("debug")).filter(|debug| debug.is_file());
        Ok(artifact)
    }

    /// The contents of a file, if it exists and is a bundle.
    fn read_metadata(path: &Path) -> Option<Self> {
        Self::from_bundle(String::new(), &fs::read(path).ok()?).ok()
    }

    fn from_program(name: String, code: Vec<u8>) -> Self {
        let code_hash = hash(&code);
        Self { name, code: Some(code), code_hash, abi: None, metadata: None, debug: None }
    }

    /// From the JSON of a bundle of version 5.
    pub fn from_bundle(stem: String, json: &[u8]) -> Result<Self> {
        let mut bundle: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(json)?;
        let mut source = bundle.get("source").cloned().ok_or_else(|| anyhow!("it has no `source`"))?;
        let code_hash = hex_field(&source, "hash")?.ok_or_else(|| anyhow!("it has no `source.hash`"))?;
        let code_hash: [u8; 32] =
            code_hash.try_into().map_err(|_| anyhow!("`source.hash` is not 32 bytes long"))?;
        let code = hex_field(&source, "wasm")?;
        if let Some(code) = &code {
            ensure!(
                hash(code) == code_hash,
                "`source.hash` is not the hash of the program in it: the file was changed after it was built"
            );
        }
        if let Some(source) = source.as_object_mut() {
            source.remove("wasm");
        }
        bundle.insert("source".into(), source);
        let abi: serde_json::Map<_, _> = ["spec", "storage", "types", "version"]
            .into_iter()
            .filter_map(|field| Some((field.to_owned(), bundle.get(field)?.clone())))
            .collect();
        let abi = if abi.contains_key("spec") { Some(Abi::new(abi)?) } else { None };
        let name = bundle
            .get("contract")
            .and_then(|contract| contract.get("name")?.as_str())
            .map_or(stem, str::to_owned);
        Ok(Self { name, code, code_hash, abi, metadata: Some(bundle), debug: None })
    }

    /// The program image.
    ///
    /// # Errors
    /// When there is only the metadata.
    pub fn code(&self) -> Result<&[u8]> {
        self.code.as_deref().ok_or_else(|| {
            anyhow!("the file contains only metadata and no program: pass NAME.contract instead of NAME.json")
        })
    }
}

fn hash(code: &[u8]) -> [u8; 32] {
    BlakeTwo256::hash(code).into()
}

/// Bytes under a key, written as `0x…`.
fn hex_field(object: &serde_json::Value, key: &str) -> Result<Option<Vec<u8>>> {
    let Some(value) = object.get(key).filter(|value| !value.is_null()) else { return Ok(None) };
    let text = value.as_str().ok_or_else(|| anyhow!("`source.{key}` is not a string"))?;
    let bytes = hex::decode(text.strip_prefix("0x").unwrap_or(text))
        .with_context(|| format!("`source.{key}` is not hex"))?;
    Ok(Some(bytes))
}

/// The target folder of the current folder's package or workspace.
pub fn target_folder() -> Option<PathBuf> {
    let manifest = nearest_manifest().ok().flatten()?;
    cargo_metadata(&manifest).ok()?["target_directory"].as_str().map(PathBuf::from)
}

/// The manifest of the current folder's package or workspace.
///
/// # Errors
/// When there is no current folder.
pub fn nearest_manifest() -> Result<Option<PathBuf>> {
    let folder = std::env::current_dir().context("cannot determine the current folder")?;
    Ok(folder.ancestors().map(|folder| folder.join("Cargo.toml")).find(|path| path.is_file()))
}

fn cargo_metadata(manifest: &Path) -> Result<serde_json::Value> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = std::process::Command::new(&cargo)
        .args(["metadata", "--no-deps", "--format-version", "1", "--offline", "--manifest-path"])
        .arg(manifest)
        // `inkbpf build` ignores it too: the contract's workspace determines where its files are.
        .env_remove("CARGO_TARGET_DIR")
        .output()
        .with_context(|| format!("cannot start {}", Path::new(&cargo).display()))?;
    if !output.status.success() {
        bail!(
            "cargo cannot read {}:\n{}",
            manifest.display(),
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    serde_json::from_slice(&output.stdout).context("cargo metadata did not write JSON")
}

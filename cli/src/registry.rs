//! Maps a code hash to its contract.
//!
//! **Problem.** A chain knows only hashes. To decode an event of a contract called by another one, or to show the
//! source line of its trap, its metadata and debug file are needed. So every contract uploaded from here leaves both in
//! a folder beside the chain, under its hash; after a rebuild, the code on chain can still be explained.

use crate::artifact::Artifact;
use anyhow::{Context, Result};
use inkbpf_sandbox::store::write_atomically;
use std::{
    fs,
    path::{Path, PathBuf},
};

/// The folder.
#[derive(Clone)]
pub struct Registry {
    folder: PathBuf,
}

impl Registry {
    /// The registry in this folder, which need not exist.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Stores a contract's metadata and debug file.
    ///
    /// # Errors
    /// When the folder cannot be written to.
    pub fn remember(&self, artifact: &Artifact) -> Result<()> {
        let write = |path: &Path, bytes: &[u8]| {
            write_atomically(path, bytes)
                .with_context(|| format!("cannot save the debug file or metadata of {}", artifact.name))
        };
        fs::create_dir_all(&self.folder)
            .with_context(|| format!("cannot make the folder {}", self.folder.display()))?;
        if let Some(debug) = &artifact.debug {
            let bytes = fs::read(debug).with_context(|| format!("cannot read {}", debug.display()))?;
            write(&self.path(artifact.code_hash, "debug"), &bytes)?;
        }
        if let Some(metadata) = &artifact.metadata {
            write(&self.path(artifact.code_hash, "json"), &serde_json::to_vec(metadata)?)?;
        }
        Ok(())
    }

    /// What is stored about a code.
    pub fn recall(&self, code_hash: [u8; 32]) -> Option<Artifact> {
        let json = fs::read(self.path(code_hash, "json")).ok()?;
        let mut artifact = Artifact::from_bundle(String::new(), &json).ok()?;
        artifact.debug = self.debug_file(code_hash);
        Some(artifact)
    }

    /// Symbols and line numbers of a code.
    pub fn debug_file(&self, code_hash: [u8; 32]) -> Option<PathBuf> {
        Some(self.path(code_hash, "debug")).filter(|path| path.is_file())
    }

    fn path(&self, code_hash: [u8; 32], kind: &str) -> PathBuf {
        self.folder.join(format!("{}.{kind}", hex::encode(code_hash)))
    }
}

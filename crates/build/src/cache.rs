//! The cache folder, its locks, and writing that survives being killed.
//!
//! ```text
//! CACHE/built-KEY/     cargo's target folder: std, ink! and the rest, compiled once for all contracts
//! CACHE/target-KEY/    the target description that rustc reads
//! ```
//!
//! A key is a hash of what cargo itself does not see. Contracts share the folders, which is safe
//! because cargo is told to judge by the contents of sources, not by their times; and a lock is held
//! from cargo's start until what it made has been read, because contracts of the same name share file
//! names, too.

use crate::error::BuildError;
use crate::Event;
use blake2::digest::consts::U32;
use blake2::{Blake2b, Digest};
use std::fs::{self, File, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};

/// The cache folder.
#[derive(Clone, Debug)]
pub struct Cache {
    root: PathBuf,
}

impl Cache {
    /// The folder asked for, or the user's.
    pub fn open(wanted: Option<&Path>) -> Result<Self, BuildError> {
        let root = match wanted {
            Some(path) => std::path::absolute(path)
                .map_err(|source| BuildError::Read { path: path.to_path_buf(), source })?,
            None => std::env::var_os("XDG_CACHE_HOME")
                .map(PathBuf::from)
                // The specification has relative ones ignored.
                .filter(|path| path.is_absolute())
                .or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache")))
                .ok_or(BuildError::NoCache)?
                .join("inkbpf"),
        };
        create_dir(&root)?;
        Ok(Self { root })
    }

    /// The folder of this kind for this key, made if it is not there.
    pub fn folder(&self, kind: &str, key: &[&str]) -> Result<PathBuf, BuildError> {
        let path = self.root.join(format!("{kind}-{}", &digest(key)[..16]));
        create_dir(&path)?;
        Ok(path)
    }
}

/// A lock on a folder, until it is dropped or the process ends in whatever way.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

/// Locks a folder; says so when it has to wait.
pub fn lock(folder: &Path, on: &mut dyn FnMut(Event)) -> Result<Lock, BuildError> {
    create_dir(folder)?;
    let path = folder.join(".inkbpf-lock");
    let error = |source| BuildError::Write { path: path.clone(), source };
    let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(error)?;
    match file.try_lock() {
        Ok(()) => (),
        Err(TryLockError::WouldBlock) => {
            on(Event::Waiting);
            file.lock().map_err(error)?;
        }
        Err(TryLockError::Error(source)) => return Err(error(source)),
    }
    Ok(Lock { _file: file })
}

/// A hash of some strings, in hex. Where one ends and the next begins matters.
pub fn digest<T: AsRef<[u8]>>(parts: &[T]) -> String {
    let mut hash = Blake2b::<U32>::new();
    for part in parts {
        let part = part.as_ref();
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Makes a folder and those above it.
pub fn create_dir(path: &Path) -> Result<(), BuildError> {
    fs::create_dir_all(path).map_err(|source| BuildError::Write { path: path.to_path_buf(), source })
}

/// Reads a file.
pub fn read(path: &Path) -> Result<Vec<u8>, BuildError> {
    fs::read(path).map_err(|source| BuildError::Read { path: path.to_path_buf(), source })
}

/// Writes a file, so that whoever looks sees the old one or the new one, whole.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), BuildError> {
    let error = |source| BuildError::Write { path: path.to_path_buf(), source };
    if let Some(folder) = path.parent() {
        create_dir(folder)?;
    }
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.new", std::process::id()));
    let new = path.with_file_name(name);
    let result = File::create(&new)
        .and_then(|mut file| {
            file.write_all(bytes)?;
            file.sync_all()
        })
        .and_then(|()| fs::rename(&new, path));
    if result.is_err() {
        let _ = fs::remove_file(&new);
    }
    result.map_err(error)
}

/// Removes a file, if it is there.
pub fn remove_file(path: &Path) -> Result<(), BuildError> {
    match fs::remove_file(path) {
        Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
            Err(BuildError::Write { path: path.to_path_buf(), source })
        }
        _ => Ok(()),
    }
}

/// Writes a file unless it holds these bytes already, so that its time tells when it changed.
pub fn write_if_different(path: &Path, bytes: &[u8]) -> Result<(), BuildError> {
    if fs::read(path).is_ok_and(|old| old == bytes) {
        return Ok(());
    }
    write_atomically(path, bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_knows_where_its_parts_end() {
        assert_ne!(digest(&["ab", "c"]), digest(&["a", "bc"]));
        assert_eq!(digest(&["ab", "c"]), digest(&["ab", "c"]));
        assert_eq!(digest(&["x"]).len(), 64);
    }
}

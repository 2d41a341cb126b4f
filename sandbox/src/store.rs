//! A chain in a file.
//!
//! **Problem.** The command line keeps its chain between runs. It may be killed at any time, or started twice at once.
//!
//! **Invariants.** The file holds a whole chain at every moment: a new one is written beside it, forced to disk, and
//! renamed over it. Only one process at a time may change it: it holds a lock on a second file, which the system
//! releases however the process ends. A process that only reads needs neither the lock nor the right to write beside
//! the chain, because the file is always whole. A file that is not a chain is refused and left as it is.

use crate::{snapshot::SnapshotError, Sandbox};
use std::{
    fmt,
    fs::{self, File, TryLockError},
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

/// A file that holds a chain, with or without the right to change it.
pub struct Store {
    path: PathBuf,
    // Locked as long as it is open. Without it the chain is read-only.
    lock: Option<File>,
}

/// What to do when another process has the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhenLocked {
    /// Wait until the other process is done.
    Wait,
    /// Give up with [`StoreError::Locked`].
    Refuse,
}

/// Why a chain cannot be read from its file or written to it.
#[derive(Debug)]
pub enum StoreError {
    /// Another process holds the lock.
    Locked {
        /// The chain's file.
        path: PathBuf,
    },
    /// The chain was opened read-only.
    OnlyRead {
        /// The chain's file.
        path: PathBuf,
    },
    /// The chain cannot be changed, because `what` cannot be written.
    NotWritable {
        /// The chain's file.
        path: PathBuf,
        /// The operation that failed.
        doing: &'static str,
        /// The file or folder.
        what: PathBuf,
        /// The system's error.
        error: io::Error,
    },
    /// The system refused.
    Io {
        /// The operation that failed.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// The system's error.
        error: io::Error,
    },
    /// The file is not a chain.
    Snapshot {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        error: SnapshotError,
    },
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Locked { path } => write!(
                f,
                "the chain {} is in use by another process: wait for it, or use another chain file",
                path.display()
            ),
            Self::OnlyRead { path } => {
                write!(f, "the chain {} was opened read-only", path.display())
            }
            Self::NotWritable { path, doing, what, .. } => write!(
                f,
                "the chain {} can be read but not changed: cannot {doing} {}. Make its folder writable, or use \
                 another chain file",
                path.display(),
                what.display()
            ),
            Self::Io { doing, path, .. } => write!(f, "cannot {doing} {}", path.display()),
            Self::Snapshot { path, .. } => write!(
                f,
                "cannot use the chain {}: the file was not changed; move it away (or delete it) to start a new chain",
                path.display()
            ),
        }
    }
}

impl std::error::Error for StoreError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Locked { .. } | Self::OnlyRead { .. } => None,
            Self::NotWritable { error, .. } | Self::Io { error, .. } => Some(error),
            Self::Snapshot { error, .. } => Some(error),
        }
    }
}

impl Store {
    /// Opens the file, which need not exist, read-only: it does not wait for a process that holds the lock.
    pub fn for_reading(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), lock: None }
    }

    /// Opens the file, which need not exist, and takes its lock.
    ///
    /// # Errors
    /// [`StoreError::Locked`], and [`StoreError::NotWritable`] when the folder cannot be written to.
    pub fn open(path: impl Into<PathBuf>, when_locked: WhenLocked) -> Result<Self, StoreError> {
        let path = path.into();
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            fs::create_dir_all(folder).map_err(not_writable(&path, "make the folder", folder))?;
        }
        let lock_path = beside(&path, ".lock");
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&lock_path)
            .map_err(not_writable(&path, "write", &lock_path))?;
        match (lock.try_lock(), when_locked) {
            (Ok(()), _) => {}
            (Err(TryLockError::WouldBlock), WhenLocked::Refuse) => return Err(StoreError::Locked { path }),
            (Err(TryLockError::WouldBlock), WhenLocked::Wait) => {
                lock.lock().map_err(failed("lock", &lock_path))?;
            }
            (Err(TryLockError::Error(error)), _) => return Err(failed("lock", &lock_path)(error)),
        }
        Ok(Self { path, lock: Some(lock) })
    }

    /// Whether the chain was opened for writing.
    pub fn is_writable(&self) -> bool {
        self.lock.is_some()
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads the chain. `None` when there is no file yet.
    ///
    /// # Errors
    /// [`StoreError::Snapshot`] when the file is not a whole chain, [`StoreError::Io`].
    pub fn load(&self) -> Result<Option<Sandbox>, StoreError> {
        let bytes = match read_file(&self.path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed("read", &self.path)(error)),
        };
        Sandbox::from_snapshot(&bytes)
            .map(Some)
            .map_err(|error| StoreError::Snapshot { path: self.path.clone(), error })
    }

    /// Replaces the file's contents by this chain. A crash at any point leaves the old chain or the new one.
    ///
    /// # Errors
    /// [`StoreError::OnlyRead`], [`StoreError::Io`]; the file is then unchanged.
    pub fn save(&self, chain: &Sandbox) -> Result<(), StoreError> {
        if !self.is_writable() {
            return Err(StoreError::OnlyRead { path: self.path.clone() });
        }
        write_atomically(&self.path, &chain.to_snapshot())
    }
}

/// Writes a file so that it holds either its old contents or all of `bytes`, whatever happens meanwhile.
///
/// # Errors
/// [`StoreError::Io`].
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    // One name is enough: the writer holds the lock. Leftovers of a killed process are overwritten.
    let new = beside(path, ".new");
    let mut file = File::create(&new).map_err(failed("make", &new))?;
    file.write_all(bytes).map_err(failed("write", &new))?;
    file.sync_all().map_err(failed("force to disk", &new))?;
    drop(file);
    fs::rename(&new, path).map_err(failed("replace", path))?;
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        // The rename itself is on disk once the folder is. Not every system allows opening a folder.
        if let Ok(folder) = File::open(folder) {
            let _ = folder.sync_all();
        }
    }
    Ok(())
}

/// Reads a regular file, which has an end.
fn read_file(path: &Path) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file"));
    }
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

fn failed<'a>(doing: &'static str, path: &'a Path) -> impl Fn(io::Error) -> StoreError + 'a {
    move |error| StoreError::Io { doing, path: path.to_owned(), error }
}

fn not_writable<'a>(
    chain: &'a Path,
    doing: &'static str,
    what: &'a Path,
) -> impl Fn(io::Error) -> StoreError + 'a {
    move |error| StoreError::NotWritable { path: chain.to_owned(), doing, what: what.to_owned(), error }
}

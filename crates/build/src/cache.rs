//! The cache folder, its locks, and file writes that survive being killed.
//!
//! ```text
//! CACHE/built-KEY/     cargo's target folder: std, ink! and the rest, compiled once for all contracts
//! CACHE/built-KEY-2/   another one, where there are cores for several builds at once
//! CACHE/target-KEY/    the target description that rustc reads
//! ```
//!
//! A key is a hash of the inputs that cargo itself does not see. Contracts share the folders. This is safe
//! because cargo is told to compare the contents of sources, not their timestamps. A lock is held from the
//! start of cargo until its output has been read, because contracts of the same name also share file names.
//! Cargo itself lets only one build at a time use a target folder. So that builds of several contracts do not
//! queue for long on a machine with enough cores, there may be more than one folder.

use crate::error::BuildError;
use crate::Event;
use blake2::digest::consts::U32;
use blake2::{Blake2b, Digest};
use std::fs::{self, File, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The cache folder.
#[derive(Clone, Debug)]
pub struct Cache {
    root: PathBuf,
}

impl Cache {
    /// The folder `wanted`, or the user's.
    pub fn open(wanted: Option<&Path>) -> Result<Self, BuildError> {
        let root = match wanted {
            Some(path) => std::path::absolute(path)
                .map_err(|source| BuildError::Read { path: path.to_path_buf(), source })?,
            None => std::env::var_os("XDG_CACHE_HOME")
                .map(PathBuf::from)
                // The specification ignores relative paths.
                .filter(|path| path.is_absolute())
                .or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache")))
                .ok_or(BuildError::NoCache)?
                .join("inkbpf"),
        };
        create_dir(&root)?;
        Ok(Self { root })
    }

    /// Locks a folder of this kind for this key: the first one, or another if the first stays taken and the
    /// machine has enough cores for several builds. Reports when it has to wait.
    pub fn lock_one(
        &self,
        kind: &str,
        key: &[&str],
        on: &mut dyn FnMut(Event),
    ) -> Result<Locked, BuildError> {
        let first = self.folder(kind, key)?;
        let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get());
        lock_one_of(&first, folders_for(cores), PATIENCE, on)
    }

    /// The folder of this kind for this key; created if it does not exist.
    pub fn folder(&self, kind: &str, key: &[&str]) -> Result<PathBuf, BuildError> {
        let path = self.root.join(format!("{kind}-{}", &digest(key)[..16]));
        create_dir(&path)?;
        Ok(path)
    }
}

/// How long a build waits for a folder in which everything is already compiled, before it compiles everything
/// in another one. This is a part of the time that a full build takes, and many times what a contract alone
/// takes.
const PATIENCE: Duration = Duration::from_secs(20);

/// How many contract builds a machine runs at once. Each keeps two cores busy: cargo uses all cores while it
/// compiles dependencies, but link-time optimisation of the contract uses one. Each folder takes some hundred
/// megabytes.
fn folders_for(cores: usize) -> usize {
    (cores / 2).clamp(1, 4)
}

/// A folder, and the lock on it.
#[derive(Debug)]
pub struct Locked {
    /// The folder.
    pub folder: PathBuf,
    _lock: Lock,
}

/// Locks `first` or another existing folder of the `count` named after it; after so long, a new one.
fn lock_one_of(
    first: &Path,
    count: usize,
    patience: Duration,
    on: &mut dyn FnMut(Event),
) -> Result<Locked, BuildError> {
    let folder = |number: usize| match number {
        1 => first.to_path_buf(),
        n => {
            let mut name = first.file_name().unwrap_or_default().to_owned();
            name.push(format!("-{n}"));
            first.with_file_name(name)
        }
    };
    if count == 1 {
        return Ok(Locked { folder: first.to_path_buf(), _lock: lock(first, on)? });
    }
    // A folder that already exists is as good as the first.
    let warm = || (1..=count).map(&folder).filter(|folder| folder == first || folder.is_dir());
    let start = Instant::now();
    let mut told = false;
    loop {
        for folder in warm() {
            if let Some(lock) = try_lock(&folder)? {
                return Ok(Locked { folder, _lock: lock });
            }
        }
        if start.elapsed() >= patience {
            if let Some(folder) = (1..=count).map(&folder).find(|folder| !folder.is_dir()) {
                if let Some(lock) = try_lock(&folder)? {
                    return Ok(Locked { folder, _lock: lock });
                }
            }
        }
        if !told {
            on(Event::Waiting);
            told = true;
        }
        // No system can wait for the first of several locks.
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// A lock on a folder, until it is dropped or the process ends in any way.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

/// Locks a folder; reports when it has to wait.
pub fn lock(folder: &Path, on: &mut dyn FnMut(Event)) -> Result<Lock, BuildError> {
    if let Some(lock) = try_lock(folder)? {
        return Ok(lock);
    }
    on(Event::Waiting);
    let file = open_lock(folder)?;
    file.lock().map_err(|source| BuildError::Write { path: lock_path(folder), source })?;
    Ok(Lock { _file: file })
}

/// Locks a folder unless another process holds it.
fn try_lock(folder: &Path) -> Result<Option<Lock>, BuildError> {
    let file = open_lock(folder)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(Lock { _file: file })),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(source)) => Err(BuildError::Write { path: lock_path(folder), source }),
    }
}

fn open_lock(folder: &Path) -> Result<File, BuildError> {
    create_dir(folder)?;
    let path = lock_path(folder);
    let file = File::options().create(true).truncate(false).write(true).open(&path);
    file.map_err(|source| BuildError::Write { path, source })
}

fn lock_path(folder: &Path) -> PathBuf {
    folder.join(".inkbpf-lock")
}

/// A hash of some strings, in hex. The boundaries between the strings count.
pub fn digest<T: AsRef<[u8]>>(parts: &[T]) -> String {
    let mut hash = Blake2b::<U32>::new();
    for part in parts {
        let part = part.as_ref();
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Creates a folder and its parents.
pub fn create_dir(path: &Path) -> Result<(), BuildError> {
    fs::create_dir_all(path).map_err(|source| BuildError::Write { path: path.to_path_buf(), source })
}

/// Reads a file.
pub fn read(path: &Path) -> Result<Vec<u8>, BuildError> {
    fs::read(path).map_err(|source| BuildError::Read { path: path.to_path_buf(), source })
}

/// Writes a file so that a reader sees either the old contents or the new, never a mixture.
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

/// Removes a file if it exists.
pub fn remove_file(path: &Path) -> Result<(), BuildError> {
    match fs::remove_file(path) {
        Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
            Err(BuildError::Write { path: path.to_path_buf(), source })
        }
        _ => Ok(()),
    }
}

/// Writes a file unless it already holds these bytes, so that its timestamp shows when it changed.
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
    fn who_waits_long_gets_another_folder_if_there_may_be_one() {
        let root = std::env::temp_dir().join(format!("inkbpf-locks-{}", std::process::id()));
        let first = root.join("built-x");
        let lock = |count, patience, waited: &mut u32| {
            lock_one_of(&first, count, Duration::from_millis(patience), &mut |event| {
                assert!(matches!(event, Event::Waiting));
                *waited += 1;
            })
            .expect("the folder is ours")
        };
        let mut waited = 0;
        let one = lock(2, 0, &mut waited);
        assert_eq!((one.folder.as_path(), waited), (first.as_path(), 0));
        // It waits first, because a second folder has to be filled; and it reports that.
        let two = lock(2, 150, &mut waited);
        assert_eq!((two.folder, waited), (root.join("built-x-2"), 1));
        drop(two._lock);
        // The second folder now exists, so there is no wait.
        assert_eq!(lock(2, 600_000, &mut waited).folder, root.join("built-x-2"));
        assert_eq!(waited, 1);
        // Where no other folder is allowed, everybody waits until the first is free, and reports that.
        std::thread::scope(|scope| {
            let (tell, told) = std::sync::mpsc::channel();
            let first = &first;
            let waiting = scope.spawn(move || {
                let mut tell = |_: Event| tell.send(()).expect("somebody listens");
                lock_one_of(first, 1, Duration::ZERO, &mut tell).expect("the folder is ours").folder
            });
            told.recv().expect("who waits says so");
            drop(one._lock);
            assert_eq!(&waiting.join().expect("it does not panic"), first);
        });
        fs::remove_dir_all(&root).expect("it is ours");
    }

    #[test]
    fn small_machines_build_one_contract_at_a_time() {
        assert_eq!([1, 2, 3, 4, 8, 64].map(folders_for), [1, 1, 1, 2, 4, 4]);
    }

    #[test]
    fn a_digest_knows_where_its_parts_end() {
        assert_ne!(digest(&["ab", "c"]), digest(&["a", "bc"]));
        assert_eq!(digest(&["ab", "c"]), digest(&["ab", "c"]));
        assert_eq!(digest(&["x"]).len(), 64);
    }
}

//! A chain on disk: whole or refused, never half.

use inkbpf_sandbox::{
    runtime::{pallet_balances, Address, RuntimeCall},
    snapshot::SnapshotError,
    store::{Store, StoreError, WhenLocked},
    Keyring, Sandbox,
};
use std::{fs, path::Path, process::Command};

fn some_chain() -> Sandbox {
    let mut chain = Sandbox::new();
    let dest = Address::Id(Keyring::Bob.to_account_id());
    let call: RuntimeCall = pallet_balances::Call::transfer_keep_alive { dest, value: 12_345 }.into();
    chain.submit(&Keyring::Alice.pair(), call).unwrap().result.unwrap();
    chain
}

fn error_of(bytes: &[u8]) -> SnapshotError {
    match Sandbox::from_snapshot(bytes) {
        Ok(_) => panic!("taken for a chain"),
        Err(error) => error,
    }
}

#[test]
fn a_chain_goes_on_where_it_stopped() {
    let mut chain = some_chain();
    let mut copy = Sandbox::from_snapshot(&chain.to_snapshot()).unwrap();
    assert_eq!(copy.head(), chain.head());
    assert_eq!(copy.genesis_hash(), chain.genesis_hash());
    chain.skip_blocks(2);
    copy.skip_blocks(2);
    assert_eq!(copy.head(), chain.head());
    assert!(copy.to_snapshot() == chain.to_snapshot(), "the same chain is the same bytes");
}

#[test]
fn a_snapshot_cut_anywhere_is_refused() {
    let bytes = some_chain().to_snapshot();
    for len in (0..bytes.len()).step_by(7).chain(0..60).chain([bytes.len() - 1]) {
        let error = error_of(&bytes[..len]);
        assert!(matches!(error, SnapshotError::Truncated { .. }), "{len}: {error:?}");
    }
    let mut longer = bytes.clone();
    longer.push(0);
    assert_eq!(error_of(&longer), SnapshotError::TrailingBytes { count: 1 });
}

#[test]
fn a_flipped_bit_is_noticed() {
    let bytes = some_chain().to_snapshot();
    for at in (0..60).chain((60..bytes.len()).step_by(97)) {
        let mut bad = bytes.clone();
        bad[at] ^= 1 << (at % 8);
        let error = error_of(&bad);
        let expected = match at {
            0..8 => matches!(error, SnapshotError::Foreign),
            8..12 => matches!(error, SnapshotError::UnknownVersion { .. }),
            12..20 => {
                matches!(error, SnapshotError::Truncated { .. } | SnapshotError::TrailingBytes { .. })
            }
            _ => matches!(error, SnapshotError::Corrupt),
        };
        assert!(expected, "byte {at}: {error:?}");
    }
}

#[test]
fn the_file_is_refused_and_left_when_it_is_not_a_chain() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("chain");
    fs::write(&path, b"shopping list").unwrap();
    let store = Store::open(&path, WhenLocked::Refuse).unwrap();
    let error = store.load().err().expect("refused");
    assert!(matches!(error, StoreError::Snapshot { error: SnapshotError::Foreign, .. }), "{error:?}");
    assert!(error.to_string().contains("the file was not changed"), "{error}");
    assert_eq!(fs::read(&path).unwrap(), b"shopping list");
}

#[test]
fn saved_and_loaded() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a/b/chain");
    let chain = some_chain();
    {
        let store = Store::open(&path, WhenLocked::Refuse).unwrap();
        assert!(store.load().unwrap().is_none());
        store.save(&chain).unwrap();
    }
    // A test beside this one that starts a program holds every open file for a moment.
    let store = Store::open(&path, WhenLocked::Wait).unwrap();
    assert_eq!(store.load().unwrap().unwrap().head(), chain.head());
}

#[test]
fn one_has_the_chain_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("chain");
    let first = Store::open(&path, WhenLocked::Refuse).unwrap();
    let second = Store::open(&path, WhenLocked::Refuse).err().expect("refused");
    assert!(matches!(second, StoreError::Locked { .. }), "{second:?}");
    drop(first);
    Store::open(&path, WhenLocked::Refuse).unwrap();
}

/// A chain is read where nothing can be written, and while another process has it.
#[test]
fn who_reads_needs_no_lock_and_gets_no_right_to_write() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("chain");
    let chain = some_chain();
    let writer = Store::open(&path, WhenLocked::Refuse).unwrap();
    writer.save(&chain).unwrap();
    let reader = Store::for_reading(&path);
    assert_eq!(reader.load().unwrap().unwrap().head(), chain.head());
    assert!(writer.is_writable() && !reader.is_writable());
    let before = fs::read(&path).unwrap();
    assert!(matches!(reader.save(&Sandbox::new()), Err(StoreError::OnlyRead { .. })));
    assert!(fs::read(&path).unwrap() == before);
    drop(writer);
    fs::remove_file(folder.path().join("chain.lock")).unwrap();
    Store::for_reading(&path).load().unwrap().expect("it is there");
    let files: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
    assert_eq!(files, ["chain"], "reading leaves nothing");
}

#[test]
fn who_cannot_write_is_told_what() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("chain");
    // Nobody can open a folder to write to it, whatever their rights.
    fs::create_dir(folder.path().join("chain.lock")).unwrap();
    let error = Store::open(&path, WhenLocked::Refuse).err().expect("refused");
    assert!(matches!(error, StoreError::NotWritable { .. }), "{error:?}");
    let text = error.to_string();
    assert!(text.contains("can be read but not changed") && text.contains("chain.lock"), "{text}");
}

/// A process is killed while it writes the chain again and again; what is left must be a chain of its.
///
/// The process is this test itself, told by the environment to be the victim.
#[test]
fn a_killed_writer_loses_nothing() {
    const VICTIM: &str = "INKBPF_TEST_SNAPSHOT_VICTIM";
    if let Some(path) = std::env::var_os(VICTIM) {
        let store = Store::open(Path::new(&path), WhenLocked::Refuse).unwrap();
        let mut chain = store.load().unwrap().unwrap_or_default();
        loop {
            chain.skip_blocks(1);
            store.save(&chain).unwrap();
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("chain");
    let mut height = 0;
    for round in 0..6u64 {
        let mut victim = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "a_killed_writer_loses_nothing"])
            .env(VICTIM, &path)
            .spawn()
            .unwrap();
        // Long enough to have written something, at a different point of its work each time.
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
        let written = |height| match Store::open(&path, WhenLocked::Refuse) {
            Err(StoreError::Locked { .. }) => fs::read(&path)
                .ok()
                .and_then(|bytes| Sandbox::from_snapshot(&bytes).ok())
                .is_some_and(|chain| chain.head().number > height),
            _ => false,
        };
        while !written(height) && std::time::Instant::now() < deadline {
            std::thread::sleep(std::time::Duration::from_millis(5 + round));
        }
        std::thread::sleep(std::time::Duration::from_millis(3 * round));
        victim.kill().unwrap();
        victim.wait().unwrap();
        let store = Store::open(&path, WhenLocked::Refuse).expect("the lock died with the process");
        let chain = store.load().expect("whole").expect("there");
        assert!(chain.head().number > height, "round {round}: {} then {height}", chain.head().number);
        height = chain.head().number;
    }
}

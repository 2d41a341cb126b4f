//! Storage that lives as long as the outermost call.

use super::*;
use crate::{
    storage::{Key, WriteOutcome},
    transient::TransientStorage,
};

fn key(bytes: &[u8]) -> Key<Test> {
    Key::try_from_var(bytes.to_vec()).unwrap()
}

fn write(storage: &mut TransientStorage<Test>, value: Option<&[u8]>) -> Result<WriteOutcome, DispatchError> {
    storage.write(&ALICE, &key(&[1]), value.map(<[u8]>::to_vec), false)
}

fn read(storage: &TransientStorage<Test>) -> Option<Vec<u8>> {
    storage.read(&ALICE, &key(&[1]))
}

fn fresh(limit: u32) -> TransientStorage<Test> {
    let mut storage = TransientStorage::new(limit);
    storage.start_transaction();
    storage
}

/// What a write of `len` bytes to a new key counts: place 32 + 16 + 1.
fn price(len: u32) -> u32 {
    len + 49 + 56 + 49 + 24
}

#[test]
fn transient_storage_work() {
    externalities().execute_with(|| {
        let contract = place("transient_storage");
        output(call(&contract, vec![]));
        // Nothing is left for the next call.
        output(call(&contract, vec![]));
        assert_eq!(held(&contract), 100);
    });
}

#[test]
fn transient_storage_limit_in_call() {
    externalities().execute_with(|| {
        let contract = place("set_transient");
        output(call(&contract, (4096 - price(0)).encode()));
        fails(call(&contract, (4096 - price(0) + 1).encode()), Error::OutOfTransientStorage);
        fails(call(&contract, (16 * 1024u32 + 1).encode()), Error::ValueTooLarge);

        // A callee has 15/16 of it.
        let proxy = place("proxy");
        let through = |len: u32| Proxy { input: len.encode(), ..Proxy::to(&contract) }.through(&proxy).0;
        assert_eq!(through(4096 - 256 - price(0)), SUCCESS);
        assert_eq!(through(4096 - 256 - price(0) + 1), CALLEE_TRAPPED);
    });
}

#[test]
fn read_write_works() {
    let mut storage = fresh(4096);
    assert_eq!(write(&mut storage, Some(&[1])), Ok(WriteOutcome::New));
    assert_eq!(read(&storage), Some(vec![1]));
    assert_eq!(storage.read(&BOB, &key(&[1])), None, "another account, another place");
    assert_eq!(write(&mut storage, Some(&[2, 3])), Ok(WriteOutcome::Overwritten(1)));
    assert_eq!(storage.write(&ALICE, &key(&[1]), Some(vec![]), true), Ok(WriteOutcome::Taken(vec![2, 3])));
    assert_eq!(read(&storage), Some(vec![]), "an empty value is a value");
    assert_eq!(write(&mut storage, None), Ok(WriteOutcome::Overwritten(0)));
    assert_eq!(write(&mut storage, None), Ok(WriteOutcome::New));
    assert_eq!(read(&storage), None);
}

#[test]
fn rollback_in_nested_transaction_works() {
    let mut storage = fresh(4096);
    write(&mut storage, Some(&[1])).unwrap();
    storage.start_transaction();
    write(&mut storage, Some(&[2])).unwrap();
    storage.start_transaction();
    write(&mut storage, None).unwrap();
    write(&mut storage, Some(&[3])).unwrap();
    storage.commit_transaction();
    assert_eq!(read(&storage), Some(vec![3]));
    storage.rollback_transaction();
    assert_eq!(read(&storage), Some(vec![1]), "with what had been committed into it");
    storage.commit_transaction();
    assert_eq!(read(&storage), Some(vec![1]));
}

#[test]
fn metering_transactions_works() {
    let mut storage = fresh(4096);
    write(&mut storage, Some(&[0; 10])).unwrap();
    assert_eq!(storage.used(), price(10));
    write(&mut storage, Some(&[0; 10])).unwrap();
    assert_eq!(storage.used(), price(10), "a write that changes nothing is free");
    write(&mut storage, Some(&[1; 10])).unwrap();
    assert_eq!(storage.used(), price(10) + 10 + 49 + 56, "an old key again");
    let used = storage.used();
    write(&mut storage, None).unwrap();
    assert_eq!(storage.used(), used, "so is one that removes");
}

#[test]
fn metering_nested_transactions_works() {
    let mut storage = fresh(1600);
    storage.start_transaction();
    assert!(write(&mut storage, Some(&[0; 1501])).is_err());
    assert!(write(&mut storage, Some(&vec![0; (1500 - price(0)) as usize])).is_ok());
    storage.rollback_transaction();
    assert_eq!(storage.used(), 0, "what is undone is given back");
    storage.start_transaction();
    write(&mut storage, Some(&[0; 100])).unwrap();
    storage.commit_transaction();
    assert_eq!(storage.used(), price(100), "what is committed counts for the parent");
    assert_eq!(
        storage.write(&ALICE, &key(&[2]), Some(vec![0; 1600]), false),
        Err(Error::<Test>::OutOfTransientStorage.into())
    );
}

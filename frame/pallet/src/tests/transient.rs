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

        // A callee may use 15/16 of it.
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

fn put(storage: &mut TransientStorage<Test>, account: &AccountId32, value: &[u8]) -> WriteOutcome {
    storage.write(account, &Key::Fix([1; 32]), Some(value.to_vec()), false).unwrap()
}

fn get(storage: &TransientStorage<Test>, account: &AccountId32) -> Option<Vec<u8>> {
    storage.read(account, &Key::Fix([1; 32]))
}

#[test]
fn read_write_with_var_sized_keys_works() {
    let mut storage = fresh(4096);
    let (long, short) = (key(&[1; 64]), key(&[1; 63]));
    assert_eq!(storage.write(&ALICE, &long, Some(vec![1]), false), Ok(WriteOutcome::New));
    assert_eq!(storage.write(&ALICE, &short, Some(vec![2, 3]), false), Ok(WriteOutcome::New));
    assert_eq!(storage.write(&BOB, &long, Some(vec![4]), false), Ok(WriteOutcome::New));
    assert_eq!(storage.read(&ALICE, &long), Some(vec![1]));
    assert_eq!(storage.read(&ALICE, &short), Some(vec![2, 3]));
    assert_eq!(storage.size(&ALICE, &short), Some(2));
    assert_eq!(storage.write(&ALICE, &long, Some(vec![5, 6]), false), Ok(WriteOutcome::Overwritten(1)));
    assert_eq!(storage.read(&ALICE, &long), Some(vec![5, 6]));
    assert_eq!(storage.read(&BOB, &long), Some(vec![4]));
}

#[test]
fn rollback_transaction_works() {
    let mut storage = fresh(1024);
    storage.start_transaction();
    assert_eq!(put(&mut storage, &ALICE, &[1]), WriteOutcome::New);
    storage.rollback_transaction();
    assert_eq!(get(&storage, &ALICE), None);
}

#[test]
fn commit_transaction_works() {
    let mut storage = fresh(1024);
    storage.start_transaction();
    assert_eq!(put(&mut storage, &ALICE, &[1]), WriteOutcome::New);
    storage.commit_transaction();
    assert_eq!(get(&storage, &ALICE), Some(vec![1]));
}

#[test]
fn overwrite_and_commmit_transaction_works() {
    let mut storage = fresh(1024);
    storage.start_transaction();
    assert_eq!(put(&mut storage, &ALICE, &[1]), WriteOutcome::New);
    assert_eq!(put(&mut storage, &ALICE, &[1, 2]), WriteOutcome::Overwritten(1));
    storage.commit_transaction();
    assert_eq!(get(&storage, &ALICE), Some(vec![1, 2]));
}

/// Three nested transactions, each with a write of its own.
fn three_deep() -> TransientStorage<Test> {
    let mut storage = fresh(4096);
    for (account, value) in [(ALICE, 1), (BOB, 2), (CHARLIE, 3)] {
        storage.start_transaction();
        assert_eq!(put(&mut storage, &account, &[value]), WriteOutcome::New);
    }
    storage
}

#[test]
fn commit_in_nested_transaction_works() {
    let mut storage = three_deep();
    for _ in 0..3 {
        storage.commit_transaction();
    }
    let values = [ALICE, BOB, CHARLIE].map(|account| get(&storage, &account));
    assert_eq!(values, [Some(vec![1]), Some(vec![2]), Some(vec![3])]);
}

#[test]
fn rollback_all_transactions_works() {
    let mut storage = three_deep();
    storage.commit_transaction();
    storage.commit_transaction();
    storage.rollback_transaction();
    assert_eq!([ALICE, BOB, CHARLIE].map(|account| get(&storage, &account)), [None, None, None]);
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

#[test]
fn metering_transaction_fails() {
    let mut storage = fresh(price(100) - 1);
    assert_eq!(write(&mut storage, Some(&[1; 100])), Err(Error::<Test>::OutOfTransientStorage.into()));
    assert_eq!((storage.used(), read(&storage)), (0, None), "neither counted nor written");
    write(&mut storage, Some(&[1; 99])).unwrap();
}

#[test]
fn metering_nested_transactions_fails() {
    // Room for two, but not for one and 15/16 of what it leaves.
    let mut storage = fresh(2 * price(1_000));
    write(&mut storage, Some(&[1; 1_000])).unwrap();
    storage.start_transaction();
    let more = storage.write(&ALICE, &key(&[2]), Some(vec![1; 1_000]), false);
    assert_eq!(more, Err(Error::<Test>::OutOfTransientStorage.into()));
    storage.commit_transaction();
    assert_eq!(storage.used(), price(1_000));
    storage.write(&ALICE, &key(&[2]), Some(vec![1; 1_000]), false).unwrap();
}

#[test]
fn metering_nested_transaction_with_rollback_works() {
    let mut storage = fresh(2 * price(1_000));
    storage.start_transaction();
    write(&mut storage, Some(&[1; 1_000])).unwrap();
    storage.rollback_transaction();
    assert_eq!(storage.used(), 0);
    // All of it is available again.
    write(&mut storage, Some(&[1; 1_000])).unwrap();
    storage.write(&ALICE, &key(&[2]), Some(vec![1; 1_000]), false).unwrap();
    assert_eq!(storage.used(), 2 * price(1_000));
}

#[test]
fn metering_with_rollback_works() {
    let mut storage = fresh(5 * price(1_000));
    write(&mut storage, Some(&[1; 1_000])).unwrap();
    storage.start_transaction();
    storage.write(&ALICE, &key(&[2]), Some(vec![1; 1_000]), false).unwrap();
    storage.start_transaction();
    storage.write(&BOB, &key(&[1]), Some(vec![1; 1_000]), false).unwrap();
    storage.commit_transaction();
    assert_eq!(storage.used(), 2 * price(1_000));
    storage.rollback_transaction();
    assert_eq!(storage.used(), price(1_000), "what was committed into it goes with it");
}

//! Much storage of every kind: what is written can be read, and what is removed is paid back.

use crate::account;
use codec::{Decode, Encode};
use inkbpf_e2e::{program, AccountId, Chain, Contract, Encoded, Hash, ALICE, BOB, CHARLIE};

const NOT_KEEPER: u8 = 0;
const NOT_AUTHOR: u8 = 1;
const NOT_FOUND: u8 = 3;
const NOT_READABLE: u8 = 4;
const TOO_LONG: u8 = 6;

#[derive(Debug, Decode, PartialEq)]
struct Document {
    name: String,
    author: AccountId,
    revisions: u32,
    visibility: Visibility,
}

#[derive(Debug, Decode, PartialEq)]
enum Visibility {
    Public,
    Named { readers: u32 },
    From(u32),
}

#[derive(Debug, Decode, Encode, PartialEq)]
struct Policy {
    max_len: u32,
    max_revisions: u32,
    banned: Vec<AccountId>,
}

#[derive(Debug, Decode, PartialEq)]
struct Entry {
    block: u32,
    account: AccountId,
    action: Action,
}

#[derive(Debug, Decode, PartialEq)]
enum Action {
    Put(Hash, u32),
    Renamed { from: Hash, to: Hash },
    Removed(Hash),
}

fn set_up() -> (Chain, Contract) {
    let mut chain = Chain::new();
    let archive = chain.deploy(&program("archive"), "new", ());
    (chain, archive)
}

fn put(chain: &mut Chain, archive: &Contract, name: &str, content: &[u8]) -> u32 {
    chain.send(archive, "put", (name, content)).ok::<Result<u32, u8>>().expect("the policy allows it")
}

fn id_of(chain: &mut Chain, archive: &Contract, name: &str) -> Hash {
    chain.ask(archive, "id_of", (name,))
}

/// Keys, bytes and all deposits of a contract.
fn held(chain: &Chain, contract: &Contract) -> (u32, u32, u128) {
    let record = chain.sandbox.contract(&contract.account).expect("it is a contract");
    let deposit = record.storage_item_deposit + record.storage_byte_deposit;
    (record.storage_items, record.storage_bytes, deposit)
}

#[test]
fn keeps_revisions_of_any_length() {
    let (mut chain, archive) = set_up();
    for (revision, len) in [0usize, 1, 63, 64, 4_095, 8_192].into_iter().enumerate() {
        let content: Vec<u8> = (0..len).map(|i| (i * 7) as u8).collect();
        assert_eq!(put(&mut chain, &archive, "größer.txt", &content), revision as u32);
    }
    let id = id_of(&mut chain, &archive, "größer.txt");
    for (revision, len) in [(0u32, 0usize), (3, 64), (5, 8_192)] {
        let content: Result<Vec<u8>, u8> = chain.ask(&archive, "read", (id, revision));
        assert_eq!(content, Ok((0..len).map(|i| (i * 7) as u8).collect()));
        let size: Option<u32> = chain.ask(&archive, "stored_size", (id, revision));
        assert_eq!(size, Some(vec![0u8; len].encode().len() as u32));
    }
    let document: Option<Document> = chain.ask(&archive, "document", (id,));
    let name = "größer.txt".to_owned();
    let expected = Document { name, author: account(ALICE), revisions: 6, visibility: Visibility::Public };
    assert_eq!(document, Some(expected));
    let outcome = chain.send(&archive, "put", ("größer.txt", vec![0u8; 8_193]));
    assert_eq!(outcome.reverted::<Result<u32, (u8, u32)>>(), Err((TOO_LONG, 8_192)));
}

#[test]
fn readers_are_kept_apart() {
    let (mut chain, archive) = set_up();
    put(&mut chain, &archive, "secret", b"42");
    let id = id_of(&mut chain, &archive, "secret");
    let restricted = chain.send(&archive, "restrict", (id, vec![account(BOB)]));
    restricted.ok::<Result<(), u8>>().expect("Alice is the author");
    let mut read = |who| -> Result<Vec<u8>, u8> {
        let outcome = chain.message(&archive, "read", (id, 0u32)).by(who).dry_run();
        match outcome.clone().returned() {
            (_, true) => outcome.reverted(),
            _ => outcome.ok(),
        }
    };
    assert_eq!(read(BOB), Ok(b"42".to_vec()));
    assert_eq!(read(CHARLIE), Err(NOT_READABLE));

    let from = chain.sandbox.head().number + 5;
    chain.send(&archive, "publish", (id, from)).ok::<Result<(), u8>>().expect("Alice is the author");
    let document: Option<Document> = chain.ask(&archive, "document", (id,));
    assert_eq!(document.expect("it is there").visibility, Visibility::From(from));
    let early = chain.message(&archive, "read", (id, 0u32)).by(CHARLIE).dry_run();
    assert_eq!(early.reverted::<Result<Vec<u8>, u8>>(), Err(NOT_READABLE));
    chain.sandbox.skip_blocks(5);
    let outcome = chain.message(&archive, "read", (id, 0u32)).by(CHARLIE).dry_run();
    assert_eq!(outcome.ok::<Result<Vec<u8>, u8>>(), Ok(b"42".to_vec()));
}

#[test]
fn what_is_removed_is_paid_back() {
    let (mut chain, archive) = set_up();
    put(&mut chain, &archive, "stays", b"x");
    chain.send(&archive, "truncate_journal", (0u32,)).ok::<Result<(), u8>>().expect("Alice keeps it");
    let before = held(&chain, &archive);
    let alice = chain.balance(&account(ALICE));
    let mut fees = 0;
    for content in [&[1u8; 500][..], &[2; 700]] {
        let outcome = chain.send(&archive, "put", ("goes", content));
        fees += outcome.fee;
        outcome.ok::<Result<u32, u8>>().expect("the policy allows it");
    }
    let id = id_of(&mut chain, &archive, "goes");
    let outcome = chain.send(&archive, "restrict", (id, vec![account(BOB), account(CHARLIE)]));
    fees += outcome.fee;
    outcome.ok::<Result<(), u8>>().expect("Alice is the author");
    let (items, bytes, deposit) = held(&chain, &archive);
    // A document, two revisions, two readers, two lines of the journal.
    assert_eq!(items, before.0 + 7);
    assert!(bytes > before.1 + 1_200 && deposit > before.2);

    for (name, args) in [("remove", id.encode()), ("truncate_journal", 0u32.encode())] {
        let outcome = chain.message(&archive, name, Encoded(args)).send();
        fees += outcome.fee;
        outcome.ok::<Result<(), u8>>().expect("Alice is the author and the keeper");
    }
    let (items, bytes, after) = held(&chain, &archive);
    assert_eq!((items, bytes), (before.0, before.1));
    // A refund is a share of what is held, rounded down: a smallest unit may stay behind each time.
    let left = after - before.2;
    assert!(left <= 4, "{left} of the deposit stay behind");
    assert_eq!(alice - chain.balance(&account(ALICE)), fees + left, "only fees are gone");
    let gone: Result<Vec<u8>, u8> = chain.message(&archive, "read", (id, 0u32)).dry_run().reverted();
    assert_eq!(gone, Err(NOT_FOUND));
}

#[test]
fn renaming_moves_everything() {
    let (mut chain, archive) = set_up();
    put(&mut chain, &archive, "old", b"one");
    put(&mut chain, &archive, "old", b"two");
    let old = id_of(&mut chain, &archive, "old");
    chain.send(&archive, "restrict", (old, vec![account(BOB)])).ok::<Result<(), u8>>().expect("Alice's");
    let refused = chain.message(&archive, "rename", (old, "mine")).by(BOB).send();
    assert_eq!(refused.reverted::<Result<Hash, u8>>(), Err(NOT_AUTHOR));
    let items = held(&chain, &archive).0;
    let new = chain.send(&archive, "rename", (old, "new")).ok::<Result<Hash, u8>>().expect("Alice's");
    assert_eq!(new, id_of(&mut chain, &archive, "new"));
    assert_eq!(held(&chain, &archive).0, items + 1, "one line of the journal more");
    assert_eq!(chain.ask::<Option<Document>>(&archive, "document", (old,)), None);
    let document: Document = chain.ask::<Option<_>>(&archive, "document", (new,)).expect("it is there");
    assert_eq!((document.name.as_str(), document.visibility), ("new", Visibility::Named { readers: 1 }));
    let outcome = chain.message(&archive, "read", (new, 1u32)).by(BOB).dry_run();
    assert_eq!(outcome.ok::<Result<Vec<u8>, u8>>(), Ok(b"two".to_vec()));
}

#[test]
fn journal_and_policy() {
    let (mut chain, archive) = set_up();
    put(&mut chain, &archive, "a", b"1");
    let id = id_of(&mut chain, &archive, "a");
    chain.send(&archive, "remove", (id,)).ok::<Result<(), u8>>().expect("Alice's");
    let lines: Vec<Entry> = chain.ask(&archive, "journal", (0u32, 10u32));
    let actions: Vec<_> = lines.iter().map(|line| &line.action).collect();
    assert_eq!(actions, [&Action::Put(id, 0), &Action::Removed(id)]);
    assert!(lines[0].block < lines[1].block && lines[0].account == account(ALICE));
    chain.send(&archive, "strike_out", (0u32,)).ok::<Result<(), u8>>().expect("Alice keeps it");
    let line: Vec<Entry> = chain.ask(&archive, "journal", (0u32, 1u32));
    assert_eq!(line[0].account, AccountId::from([0; 32]));

    let default: Policy = chain.ask(&archive, "policy", ());
    assert_eq!((default.max_len, default.max_revisions), (8 * 1024, 100));
    let policy = Policy { max_len: 3, max_revisions: 1, banned: vec![account(BOB)] };
    let refused = chain.message(&archive, "set_policy", (&policy,)).by(BOB).send();
    assert_eq!(refused.reverted::<Result<(), u8>>(), Err(NOT_KEEPER));
    chain.send(&archive, "set_policy", (&policy,)).ok::<Result<(), u8>>().expect("Alice keeps it");
    assert_eq!(chain.ask::<Policy>(&archive, "policy", ()), policy);
    let banned = chain.message(&archive, "put", ("b", b"1".to_vec())).by(BOB).send();
    assert_eq!(banned.reverted::<Result<u32, u8>>(), Err(2));
}

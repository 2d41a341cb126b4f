//! The small contracts, each about one thing that ink! offers.

use crate::account;
use codec::{Decode, Encode};
use inkbpf_e2e::{
    debug_program, error, program, AccountId, Balance, Chain, Encoded, Hash, ALICE, BOB, CHARLIE, UNIT,
};
use inkbpf_sandbox::sp_core::{ecdsa, Pair};
use pallet_contracts::Error;
use sp_crypto_hashing as hashing;
use std::collections::BTreeMap;

#[test]
fn traits_are_called_by_reference() {
    let mut chain = Chain::new();
    let program = program("features/traits");
    let [a, b] = [(5u64, [1]), (7, [2])].map(|(value, salt)| {
        let (contract, outcome) = chain.instantiate(&program, "new", (value,), 0, &salt);
        outcome.ok::<Result<(), ()>>().expect("any number will do");
        contract.expect("it was made")
    });
    let cells = vec![a.account.clone(), b.account.clone(), b.account.clone()];
    let outcome = chain.send(&a, "sum", (cells,));
    assert_eq!(outcome.failed(), error(Error::ReentranceDenied), "the first of them is itself");
    assert_eq!(chain.ask::<u64>(&a, "sum", (vec![b.account.clone(); 2],)), 5 + 7 + 7);

    assert_eq!(chain.send(&a, "trade", (b.account.clone(),)).ok::<String>(), "cell of 5");
    assert_eq!(chain.ask::<u64>(&a, "Cell::load", ()), 7);
    assert_eq!(chain.ask::<u64>(&b, "Cell::load", ()), 5);
    assert_eq!(chain.ask::<u32>(&b, "bumps", ()), 1);
    assert_eq!(chain.ask::<Option<AccountId>>(&a, "last_called", ()), Some(b.account.clone()));
    // The selector that was chosen; the message takes money.
    chain.message(&a, "0x0badcafe", ()).value(UNIT).send().ok::<()>();
    assert_eq!(chain.ask::<u32>(&a, "bumps", ()), 1);
    // Whatever implements neither trait does not understand, and the caller fails with it.
    let flipper = chain.deploy(&inkbpf_e2e::program("flipper"), "new", (true,));
    chain.send(&a, "trade", (flipper.account,)).trapped("abort");
}

#[test]
fn dispatch_finds_its_way() {
    let mut chain = Chain::new();
    let program = program("features/dispatch");
    let made_by = |chain: &mut Chain, constructor: &str, args: Vec<u8>, value: Balance| {
        let (contract, outcome) = chain.instantiate(&program, constructor, Encoded(args), value, &[]);
        (contract.map(|contract| chain.ask::<String>(&contract, "made_by", ())), outcome)
    };
    assert_eq!(made_by(&mut chain, "new", vec![], 0).0, Some("new".into()));
    assert_eq!(made_by(&mut chain, "new_paid", vec![], 3 * UNIT).0, Some("new_paid".into()));
    assert_eq!(made_by(&mut chain, "try_new", "x".encode(), 0).0, Some("x".into()));
    let args = (1u8, (2u16, true), Some([3u8; 3])).encode();
    assert_eq!(made_by(&mut chain, "0xc0de0001", args, 0).0, Some("1 (2, true) Some([3, 3, 3])".into()));

    let contracts = chain.sandbox.contracts().len();
    let (none, outcome) = made_by(&mut chain, "try_new", "".encode(), 0);
    assert_eq!(none, None);
    assert_eq!(outcome.reverted::<Result<(), u8>>(), Err(0));
    made_by(&mut chain, "try_new", "y".encode(), UNIT).1.trapped("abort");
    let (none, outcome) = made_by(&mut chain, "0xffffffff", vec![], 0);
    assert_eq!((none, outcome.returned()), (None, (vec![1, 1], true)));
    assert_eq!(chain.sandbox.contracts().len(), contracts);
}

#[test]
fn payments_are_kept_or_refused_whole() {
    let mut chain = Chain::new();
    let dispatch = chain.deploy(&program("features/dispatch"), "new", ());
    let before = chain.balance(&dispatch.account);
    let outcome = chain.message(&dispatch, "pay", (2 * UNIT,)).value(UNIT).send();
    assert_eq!(outcome.reverted::<Result<Balance, (u8, Balance)>>(), Err((1, 2 * UNIT)));
    assert_eq!(chain.balance(&dispatch.account), before);
    let outcome = chain.message(&dispatch, "pay", (2 * UNIT,)).value(2 * UNIT).send();
    assert_eq!(outcome.ok::<Result<Balance, (u8, Balance)>>(), Ok(2 * UNIT));
    assert_eq!(chain.balance(&dispatch.account), before + 2 * UNIT);
    // A message beside it takes none.
    chain.message(&dispatch, "paid", ()).value(UNIT).send().trapped("abort");
    assert_eq!(chain.ask::<u32>(&dispatch, "0xc0de0002", ()), 0xc0de_0002);
    assert_eq!(chain.ask::<Balance>(&dispatch, "paid", ()), 2 * UNIT);
}

/// The contract's `Figure`.
#[derive(Clone, Debug, Decode, Encode, PartialEq)]
enum Figure {
    Empty,
    Circle((i32, i32), u32),
    Polygon { corners: Vec<(i32, i32)>, fill: Option<[u8; 3]> },
    Measured(Result<u64, String>),
}

#[test]
fn storage_items_lie_apart() {
    let mut chain = Chain::new();
    let drawing = chain.deploy(&program("features/storage-items"), "new", ());
    let figures = [
        Figure::Empty,
        Figure::Circle((-1, 2), 3),
        Figure::Polygon { corners: (0..50).map(|i| (i, -i)).collect(), fill: Some([1, 2, 3]) },
        Figure::Measured(Err("too small".into())),
        Figure::Measured(Ok(u64::MAX)),
    ];
    for (i, figure) in figures.iter().enumerate() {
        let args = (format!("f{i}"), figure);
        assert_eq!(chain.send(&drawing, "draw", args).ok::<Option<Figure>>(), None);
        chain.send(&drawing, "put_behind", (format!("b{i}"), figure)).ok::<()>();
    }
    for (i, figure) in figures.iter().enumerate() {
        let found: Result<Figure, ()> = chain.ask(&drawing, "figure", (format!("f{i}"),));
        assert_eq!(found, Ok(figure.clone()));
    }
    let replaced: Option<Figure> = chain.send(&drawing, "draw", ("f1", Figure::Empty)).ok();
    assert_eq!(replaced, Some(figures[1].clone()));
    let missing: Result<Figure, (u8, String)> =
        chain.message(&drawing, "figure", ("f9",)).dry_run().reverted();
    assert_eq!(missing, Err((0, "f9".into())));
    assert_eq!(chain.ask::<(Option<String>, u32)>(&drawing, "history", ()), (Some("f1".into()), 6));

    type Behind = ((i32, i32), (i32, i32), Vec<(String, Figure)>);
    let (_, _, content) = chain.ask::<Option<Behind>>(&drawing, "behind", ()).expect("it was put there");
    assert_eq!(content.iter().map(|(_, figure)| figure.clone()).collect::<Vec<_>>(), figures);

    type Style = (Option<u32>, Option<Vec<u8>>);
    chain.send(&drawing, "set_style", (7u32, None::<Vec<u8>>)).ok::<()>();
    assert_eq!(chain.ask::<Style>(&drawing, "style", ()), (Some(7), None));

    for (line, value) in [(3u8, Some((true, None))), (9, Some((false, Some((1i32, 2i32))))), (3, None)] {
        chain.send(&drawing, "set_line", (line, value)).ok::<()>();
    }
    let table: BTreeMap<u8, (bool, Option<(i32, i32)>)> = chain.ask(&drawing, "table", ());
    assert_eq!(table, BTreeMap::from([(9, (false, Some((1, 2))))]));

    type Marked = Result<Option<u16>, (u8, u8, u8)>;
    assert_eq!(chain.send(&drawing, "mark", (2u8, Some(9u16))).ok::<Marked>(), Ok(None));
    let refused = chain.send(&drawing, "mark", (4u8, Some(9u16)));
    assert_eq!(refused.reverted::<Marked>(), Err((1, 4, 4)));
    assert_eq!(chain.ask::<[Option<u16>; 4]>(&drawing, "marks", ()), [None, None, Some(9), None]);

    // Figures, history and its length, the box, the style, the root: each under a key of its own.
    assert_eq!(chain.storage(&drawing).len(), 5 + 6 + 1 + 1 + 1 + 1);
}

#[test]
fn events_have_the_topics_they_declare() {
    let mut chain = Chain::new();
    let program = program("features/events");
    let (contract, outcome) = chain.instantiate(&program, "new", (), 0, &[]);
    assert_eq!(outcome.events.len(), 1, "a constructor may emit");
    assert_eq!(outcome.events[0].topics[0], program.signature_topic("Made"));
    let events = contract.expect("it was made");

    let outcome = chain.message(&events, "walk", (3u16, (1i32, -1i32))).by(BOB).send();
    let [moved] = &outcome.events[..] else { panic!("one event, not {:?}", outcome.events) };
    let padded = |bytes: &[u8]| {
        let mut topic = [0; 32];
        topic[..bytes.len()].copy_from_slice(bytes);
        Hash::from(topic)
    };
    let expected = [program.signature_topic("Moved"), padded(account(BOB).as_ref()), padded(&3u16.encode())];
    assert_eq!(moved.topics, expected);
    assert_eq!(moved.fields::<(AccountId, u16, (i32, i32))>(), (account(BOB), 3, (1, -1)));

    let long = "x".repeat(100);
    let said = chain.send(&events, "say", (&long, None::<String>)).events.remove(0);
    assert_eq!(
        said.topics[..2],
        [program.signature_topic("Said"), hashing::blake2_256(&long.encode()).into()]
    );
    assert_eq!(said.fields::<(String, Option<String>)>(), (long, None));

    let whispered = chain.send(&events, "whisper", ([1u8, 2, 3, 4], vec![5u8; 1000])).events.remove(0);
    assert_eq!(whispered.topics, [padded(&[1, 2, 3, 4])], "anonymous");
    assert_eq!(whispered.fields::<([u8; 4], Vec<u8>)>(), ([1, 2, 3, 4], vec![5; 1000]));

    let outcome = chain.send(&events, "sign", (10u128, 20u32));
    let numbers: Vec<u128> = outcome.events.iter().map(|event| event.fields()).collect();
    assert_eq!(numbers, (10..30).collect::<Vec<u128>>());
    assert!(outcome.events.iter().all(|event| event.topics == [Hash::repeat_byte(0x12)]));
}

#[test]
fn cryptography_is_the_chains() {
    let mut chain = Chain::new();
    let crypto = chain.deploy(&program("features/crypto"), "new", ());
    for input in [vec![], b"abc".to_vec(), vec![7; 3000]] {
        let expected = (
            hashing::sha2_256(&input),
            hashing::keccak_256(&input),
            hashing::blake2_256(&input),
            hashing::blake2_128(&input),
        );
        let got: ([u8; 32], [u8; 32], [u8; 32], [u8; 16]) = chain.ask(&crypto, "hashes", (input,));
        assert_eq!(got, expected);
    }
    let value = (u128::MAX, Some(vec![true, false]));
    let hash: [u8; 32] = chain.ask(&crypto, "hash_encoded", &value);
    assert_eq!(hash, hashing::blake2_256(&value.encode()));
    assert_eq!(chain.ask::<[u8; 32]>(&crypto, "constant", ()), hashing::blake2_256(b"inkbpf"));

    // The address of the key 1 is known to everyone who has looked at Ethereum.
    let mut seed = [0; 32];
    seed[31] = 1;
    let pair = ecdsa::Pair::from_seed(&seed);
    let hash = hashing::keccak_256(b"message");
    let signature: [u8; 65] = pair.sign_prehashed(&hash).0;
    let address = [
        0x7e, 0x5f, 0x45, 0x52, 0x09, 0x1a, 0x69, 0x12, 0x5d, 0x5d, 0xfc, 0xb7, 0xb8, 0xc2, 0x65, 0x90, 0x29,
        0x39, 0x5b, 0xdf,
    ];
    assert_eq!(chain.ask::<Result<[u8; 20], u8>>(&crypto, "signer", (signature, hash)), Ok(address));
    let key: Result<[u8; 33], u8> = chain.ask(&crypto, "recover", (signature, hash));
    assert_eq!(key, Ok(pair.public().0));
    let refused = chain.message(&crypto, "recover", ([0u8; 65], hash)).dry_run();
    assert_eq!(refused.reverted::<Result<[u8; 33], u8>>(), Err(0));
    let refused = chain.message(&crypto, "eth_address", ([0u8; 33],)).dry_run();
    assert_eq!(refused.reverted::<Result<[u8; 20], u8>>(), Err(1));

    let message = b"hello".to_vec();
    let signature: [u8; 64] = ALICE.pair().sign(&message).0;
    let key = ALICE.pair().public().0;
    assert!(chain.ask::<bool>(&crypto, "verify", (signature, &message, key)));
    assert!(!chain.ask::<bool>(&crypto, "verify", (signature, b"other".to_vec(), key)));

    let leaves: Vec<[u8; 32]> = (0..5).map(|i| [i; 32]).collect();
    let node = |a: [u8; 32], b: [u8; 32]| hashing::keccak_256(&[a, b].concat());
    let [ab, cd, ee] = [(0, 1), (2, 3), (4, 4)].map(|(a, b)| node(leaves[a], leaves[b]));
    let root: Option<[u8; 32]> = chain.ask(&crypto, "merkle_root", (&leaves,));
    assert_eq!(root, Some(node(node(ab, cd), node(ee, ee))));
}

// It compiles, and a chain without extensions says what is wrong with it before anyone pays for a call.
#[test]
fn chain_extension_needs_a_chain_that_has_it() {
    let mut chain = Chain::new();
    let (contract, outcome) = chain.instantiate(&program("features/environment"), "new", (), 0, &[]);
    assert!(contract.is_none());
    assert_eq!(outcome.failed(), error(Error::CodeRejected));
    assert!(outcome.debug.contains("seal0::call_chain_extension"), "{}", outcome.debug);
}

#[test]
fn calls_reach_into_the_runtime() {
    let mut chain = Chain::new();
    let (contract, outcome) =
        chain.instantiate(&program("features/runtime-calls"), "new", (), 10 * UNIT, &[]);
    outcome.ok::<Result<(), ()>>().expect("it takes nothing");
    let contract = contract.expect("it was made");
    let charlie = chain.balance(&account(CHARLIE));
    assert_eq!(chain.send(&contract, "send", (account(CHARLIE), 4 * UNIT)).ok::<Result<(), u8>>(), Ok(()));
    assert_eq!(chain.balance(&account(CHARLIE)), charlie + 4 * UNIT);
    let outcome = chain.send(&contract, "send", (account(CHARLIE), 400 * UNIT));
    assert_eq!(outcome.reverted::<Result<(), u8>>(), Err(0));
    // The chain lets contracts call nothing else.
    let outcome = chain.send(&contract, "remark", (b"hello".to_vec(),));
    assert_eq!(outcome.reverted::<Result<(), u8>>(), Err(0));
}

// A build for debugging says what the contract says, and why it panics.
#[test]
fn debug_text_arrives() {
    let mut chain = Chain::new();
    let quiet = chain.deploy(&program("features/own-allocator"), "new", ());
    assert_eq!(chain.send(&quiet, "tell", ("a",)).debug, "");
    let contract = chain.deploy(&debug_program("features/own-allocator"), "new", ());
    let outcome = chain.send(&contract, "tell", ("größer",));
    assert_eq!(outcome.debug, "told \"größer\", 8 bytes, after \"\"\n");
    let flipper = chain.deploy(&debug_program("flipper"), "new", (true,));
    let outcome = chain.message(&flipper, "flip", ()).value(UNIT).send();
    outcome.trapped("paid an unpayable message");
    outcome.trapped("abort");
}

#[test]
fn own_allocator_serves() {
    let mut chain = Chain::new();
    let contract = chain.deploy(&program("features/own-allocator"), "new", ());
    assert_eq!(chain.send(&contract, "tell", ("a",)).ok::<String>(), "");
    assert_eq!(chain.send(&contract, "tell", ("b".repeat(500),)).ok::<String>(), "a");
    // What is freed comes back: ten times the heap, one after another.
    let sum = (0..100u32).fold(0u64, |sum, round| {
        (0..3_000u32)
            .fold(sum, |sum, i| sum.wrapping_mul(3).wrapping_add(u64::from(i.wrapping_add(round) as u8)))
    });
    assert_eq!(chain.ask::<u64>(&contract, "churn", (100u32, 3_000u32)), sum);
    assert!(chain.ask::<bool>(&contract, "fits", (20_000u32,)));
    assert!(!chain.ask::<bool>(&contract, "fits", (40_000u32,)));
}

//! A contract without ink!: the host functions, SCALE, and errors as raw bytes.

use crate::account;
use codec::{Decode, Encode};
use inkbpf_e2e::{program, Chain, Contract, Outcome, ALICE};
use inkbpf_sandbox::contracts::{Code, Instantiate, Limits};

/// The contract's own types, once more: clients have no metadata for it.
#[derive(Encode)]
enum Message {
    Add(u64),
    Sub(u64),
    Get,
}

#[derive(Debug, Decode, PartialEq)]
enum Error {
    TooLarge,
    Negative,
}

fn deploy(chain: &mut Chain, data: Vec<u8>) -> (Option<Contract>, Outcome) {
    let program = program("adder");
    let code = Code::Upload(program.code.clone());
    chain.instantiate_raw(
        &program,
        Instantiate { code, data, salt: vec![], value: 0, limits: Limits::default() },
    )
}

fn send(chain: &mut Chain, adder: &Contract, message: Message) -> (Result<u64, Error>, bool, Outcome) {
    let outcome = chain.raw_message(&adder.account, message.encode()).send();
    let (data, reverted) = outcome.clone().returned();
    (Decode::decode(&mut &data[..]).expect("it returns a result"), reverted, outcome)
}

#[test]
fn adds_and_tells() {
    let mut chain = Chain::new();
    let adder = deploy(&mut chain, 40u64.encode()).0.expect("40 is a total");
    let (total, reverted, outcome) = send(&mut chain, &adder, Message::Add(2));
    assert_eq!((total, reverted), (Ok(42), false));
    assert_eq!(outcome.events.len(), 1);
    assert_eq!(outcome.events[0].fields::<(u64, u64)>(), (40, 42));
    assert!(outcome.events[0].topics.is_empty());
    let (total, _, outcome) = send(&mut chain, &adder, Message::Get);
    assert_eq!((total, outcome.events.len()), (Ok(42), 0));
    assert_eq!(send(&mut chain, &adder, Message::Sub(42)).0, Ok(0));
    assert_eq!(chain.storage(&adder)[0].1, 0u64.encode());
}

#[test]
fn errors_revert() {
    let mut chain = Chain::new();
    let adder = deploy(&mut chain, 1u64.encode()).0.expect("1 is a total");
    let (total, reverted, outcome) = send(&mut chain, &adder, Message::Sub(2));
    assert_eq!((total, reverted, outcome.events.len()), (Err(Error::Negative), true, 0));
    let (total, reverted, _) = send(&mut chain, &adder, Message::Add(u64::MAX));
    assert_eq!((total, reverted), (Err(Error::TooLarge), true));
    assert_eq!(send(&mut chain, &adder, Message::Get).0, Ok(1));
}

#[test]
fn input_that_does_not_decode_traps() {
    let mut chain = Chain::new();
    let (none, outcome) = deploy(&mut chain, vec![1, 2, 3]);
    assert!(none.is_none());
    outcome.trapped("abort");

    let adder = deploy(&mut chain, 1u64.encode()).0.expect("1 is a total");
    for data in [vec![], vec![9], vec![0, 1], [Message::Get.encode(), vec![0]].concat()] {
        chain.raw_message(&adder.account, data).send().trapped("abort");
    }
    // Longer than its buffer: the host function refuses.
    assert!(chain.raw_message(&adder.account, vec![2; 100]).send().result.is_err());
    assert!(chain.balance(&account(ALICE)) > 0);
}

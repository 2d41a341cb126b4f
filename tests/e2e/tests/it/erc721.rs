//! Tokens of a kind: composite keys, access control, and every refusal.

use crate::account;
use codec::Encode;
use inkbpf_e2e::{program, AccountId, Chain, Contract, Keyring, ALICE, BOB, CHARLIE};

const NOT_MINTER: u8 = 0;
const TOKEN_EXISTS: u8 = 1;
const TOKEN_NOT_FOUND: u8 = 2;
const NOT_ALLOWED: u8 = 3;
const NOT_OWNER: u8 = 4;
const OWN_OPERATOR: u8 = 5;

type Done = Result<(), u8>;

struct Test {
    chain: Chain,
    tokens: Contract,
}

impl Test {
    fn new() -> Self {
        let mut chain = Chain::new();
        let tokens = chain.deploy(&program("erc721"), "new", ());
        Self { chain, tokens }
    }

    /// Sends a message that returns `Result<(), Error>`, which reverts when it is an error.
    fn send(&mut self, by: Keyring, name: &str, args: impl Encode) -> Done {
        let outcome = self.chain.message(&self.tokens, name, args).by(by).send();
        match outcome.clone().returned() {
            (_, true) => outcome.reverted(),
            (_, false) => outcome.ok(),
        }
    }

    fn owner(&mut self, id: u32) -> Option<AccountId> {
        self.chain.ask(&self.tokens, "owner_of", (id,))
    }

    fn count(&mut self, who: Keyring) -> u32 {
        self.chain.ask(&self.tokens, "balance_of", (account(who),))
    }
}

#[test]
fn mint_move_and_burn() {
    let mut test = Test::new();
    assert_eq!(test.send(BOB, "mint", (account(BOB), 1u32)), Err(NOT_MINTER));
    assert_eq!(test.send(ALICE, "mint", (account(BOB), 1u32)), Ok(()));
    assert_eq!(test.send(ALICE, "mint", (account(BOB), 1u32)), Err(TOKEN_EXISTS));
    assert_eq!(test.send(ALICE, "transfer", (account(ALICE), 1u32)), Err(NOT_ALLOWED));
    assert_eq!(test.send(BOB, "transfer", (account(CHARLIE), 1u32)), Ok(()));
    assert_eq!(test.owner(1), Some(account(CHARLIE)));
    assert_eq!((test.count(BOB), test.count(CHARLIE)), (0, 1));
    assert_eq!(test.send(BOB, "burn", (1u32,)), Err(NOT_OWNER));
    assert_eq!(test.send(CHARLIE, "burn", (1u32,)), Ok(()));
    assert_eq!(test.owner(1), None);
    assert_eq!(test.send(CHARLIE, "burn", (1u32,)), Err(TOKEN_NOT_FOUND));
}

#[test]
fn approvals_and_operators() {
    let mut test = Test::new();
    for id in 1..=3u32 {
        assert_eq!(test.send(ALICE, "mint", (account(ALICE), id)), Ok(()));
    }
    assert_eq!(test.send(BOB, "approve", (account(BOB), 1u32)), Err(NOT_ALLOWED));
    assert_eq!(test.send(ALICE, "approve", (account(BOB), 1u32)), Ok(()));
    let approved: Option<AccountId> = test.chain.ask(&test.tokens, "get_approved", (1u32,));
    assert_eq!(approved, Some(account(BOB)));
    let take = |id: u32| (account(ALICE), account(BOB), id);
    assert_eq!(test.send(BOB, "transfer_from", take(1)), Ok(()));
    assert_eq!(test.send(BOB, "transfer_from", take(2)), Err(NOT_ALLOWED));

    assert_eq!(test.send(ALICE, "set_approval_for_all", (account(ALICE), true)), Err(OWN_OPERATOR));
    assert_eq!(test.send(ALICE, "set_approval_for_all", (account(BOB), true)), Ok(()));
    assert_eq!(test.send(BOB, "transfer_from", take(2)), Ok(()));
    assert_eq!(test.send(BOB, "transfer_from", (account(CHARLIE), account(BOB), 3u32)), Err(NOT_OWNER));
    assert_eq!(test.send(ALICE, "set_approval_for_all", (account(BOB), false)), Ok(()));
    assert_eq!(test.send(BOB, "transfer_from", take(3)), Err(NOT_ALLOWED));
    assert_eq!((test.count(ALICE), test.count(BOB)), (1, 2));
}

#[test]
fn events_have_four_topics() {
    let mut test = Test::new();
    let outcome = test.chain.send(&test.tokens, "mint", (account(BOB), 7u32));
    let [event] = &outcome.events[..] else { panic!("one event, not {:?}", outcome.events) };
    assert_eq!(event.topics.len(), 4, "kind, from, to, id");
    assert_eq!(event.topics[0], test.tokens.program.signature_topic("Transfer"));
    assert_eq!(event.topics[2].as_bytes(), account(BOB).encode());
    assert_eq!(event.topics[3].as_bytes()[..4], 7u32.encode());
    assert_eq!(event.fields::<(Option<AccountId>, Option<AccountId>, u32)>(), (None, Some(account(BOB)), 7));
}

// What is removed is paid back.
#[test]
fn burning_refunds_the_deposit() {
    let mut test = Test::new();
    let items = |test: &Test| {
        test.chain.sandbox.contract(&test.tokens.account).expect("it is a contract").storage_items
    };
    let before = items(&test);
    test.send(ALICE, "mint", (account(ALICE), 1u32)).expect("Alice mints");
    test.send(ALICE, "approve", (account(BOB), 1u32)).expect("Alice owns it");
    assert_eq!(items(&test), before + 3, "an owner, a count, an approval");
    test.send(ALICE, "burn", (1u32,)).expect("Alice owns it");
    assert_eq!(items(&test), before + 1, "only the count is left");
}

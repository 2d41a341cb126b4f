//! A token: mappings, events with topics, and errors that leave no trace.

use crate::account;
use inkbpf_e2e::{program, AccountId, Balance, Chain, Contract, Emitted, Hash, ALICE, BOB, CHARLIE};

const INSUFFICIENT_BALANCE: u8 = 0;
const INSUFFICIENT_ALLOWANCE: u8 = 1;

type Done = Result<(), u8>;

fn set_up(supply: Balance) -> (Chain, Contract) {
    let mut chain = Chain::new();
    let token = chain.deploy(&program("erc20"), "new", (supply,));
    (chain, token)
}

fn balances(chain: &mut Chain, token: &Contract) -> [Balance; 3] {
    [ALICE, BOB, CHARLIE].map(|who| chain.ask(token, "balance_of", (account(who),)))
}

fn topic(account: &AccountId) -> Hash {
    Hash::from_slice(account.as_ref())
}

#[test]
fn creator_has_the_supply() {
    let supply = Balance::MAX;
    let (mut chain, token) = set_up(supply);
    assert_eq!(chain.ask::<Balance>(&token, "total_supply", ()), supply);
    assert_eq!(balances(&mut chain, &token), [supply, 0, 0]);
}

#[test]
fn transfer_moves_tokens_and_says_so() {
    let (mut chain, token) = set_up(1_000);
    let outcome = chain.send(&token, "transfer", (account(BOB), 100 as Balance));
    let expected = Emitted {
        contract: token.account.clone(),
        topics: vec![token.program.signature_topic("Transfer"), topic(&account(ALICE)), topic(&account(BOB))],
        data: codec::Encode::encode(&(Some(account(ALICE)), Some(account(BOB)), 100 as Balance)),
    };
    assert_eq!(outcome.events, [expected]);
    assert_eq!(outcome.ok::<Done>(), Ok(()));
    assert_eq!(balances(&mut chain, &token), [900, 100, 0]);
    assert_eq!(chain.send(&token, "transfer", (account(ALICE), 900 as Balance)).ok::<Done>(), Ok(()));
    assert_eq!(balances(&mut chain, &token), [900, 100, 0], "to oneself");
}

#[test]
fn refused_transfer_leaves_no_trace() {
    let (mut chain, token) = set_up(1_000);
    let before = chain.storage(&token);
    let outcome = chain.message(&token, "transfer", (account(ALICE), 1 as Balance)).by(BOB).send();
    assert_eq!(outcome.events, []);
    assert_eq!(outcome.reverted::<Done>(), Err(INSUFFICIENT_BALANCE));
    assert_eq!(chain.storage(&token), before);
}

#[test]
fn spender_moves_what_it_may() {
    let (mut chain, token) = set_up(1_000);
    let outcome = chain.send(&token, "approve", (account(BOB), 300 as Balance));
    assert_eq!(outcome.events[0].topics[0], token.program.signature_topic("Approval"));
    assert_eq!(outcome.ok::<Done>(), Ok(()));

    let mut move_as_bob = |amount: Balance| {
        chain.message(&token, "transfer_from", (account(ALICE), account(CHARLIE), amount)).by(BOB).send()
    };
    assert_eq!(move_as_bob(200).ok::<Done>(), Ok(()));
    assert_eq!(move_as_bob(101).reverted::<Done>(), Err(INSUFFICIENT_ALLOWANCE));
    assert_eq!(move_as_bob(100).ok::<Done>(), Ok(()));
    assert_eq!(move_as_bob(1).reverted::<Done>(), Err(INSUFFICIENT_ALLOWANCE));
    assert_eq!(balances(&mut chain, &token), [700, 0, 300]);
    let left: Balance = chain.ask(&token, "allowance", (account(ALICE), account(BOB)));
    assert_eq!(left, 0);
}

#[test]
fn allowance_survives_a_refused_transfer() {
    let (mut chain, token) = set_up(100);
    chain.send(&token, "approve", (account(BOB), 500 as Balance)).ok::<Done>().expect("anyone may approve");
    let args = (account(ALICE), account(CHARLIE), 101 as Balance);
    let outcome = chain.message(&token, "transfer_from", args).by(BOB).send();
    assert_eq!(outcome.reverted::<Done>(), Err(INSUFFICIENT_BALANCE));
    assert_eq!(chain.ask::<Balance>(&token, "allowance", (account(ALICE), account(BOB))), 500);
}

#[test]
fn storage_costs_a_deposit_that_can_be_limited() {
    let (mut chain, token) = set_up(100);
    let args = (account(BOB), 1 as Balance);
    let outcome = chain.message(&token, "transfer", args.clone()).deposit_limit(1).send();
    assert_eq!(outcome.failed(), inkbpf_e2e::error(pallet_contracts::Error::StorageDepositLimitExhausted));
    assert_eq!(balances(&mut chain, &token), [100, 0, 0]);
    chain.message(&token, "transfer", args.clone()).send().ok::<Done>().expect("without the limit");
    // Bob's entry is there now: no new storage, no new deposit.
    chain.message(&token, "transfer", args).deposit_limit(1).send().ok::<Done>().expect("nothing is held");
}

//! Blocks, fees, and what must leave the chain as it was.

use inkbpf_sandbox::{
    runtime::{genesis::ENDOWMENT, pallet_balances, AccountId, Address, RuntimeCall},
    sp_runtime::transaction_validity::{InvalidTransaction, TransactionValidityError},
    Clock, Keyring, Sandbox,
};

fn account(who: Keyring) -> AccountId {
    who.to_account_id()
}

fn transfer(to: Keyring, value: u128) -> RuntimeCall {
    pallet_balances::Call::transfer_allow_death { dest: Address::Id(account(to)), value }.into()
}

#[test]
fn genesis_endows_the_development_accounts() {
    let chain = Sandbox::new();
    for who in Keyring::well_known() {
        assert_eq!(chain.free_balance(&account(who)), ENDOWMENT, "{who}");
    }
    assert_eq!((chain.head().number, chain.now()), (0, 0));
}

#[test]
fn a_transfer_moves_money_and_costs_a_fee() {
    let mut chain = Sandbox::new();
    let done = chain.submit(&Keyring::Alice.pair(), transfer(Keyring::Bob, 1_000_000)).unwrap();
    assert_eq!(done.result, Ok(()));
    assert!(done.fee > 0);
    assert_eq!(chain.free_balance(&account(Keyring::Alice)), ENDOWMENT - 1_000_000 - done.fee);
    assert_eq!(chain.free_balance(&account(Keyring::Bob)), ENDOWMENT + 1_000_000);
    assert_eq!(chain.nonce(&account(Keyring::Alice)), 1);
    assert_eq!(chain.head().number, 1);
    assert_eq!(done.block_hash, chain.head().hash());
}

#[test]
fn a_call_that_fails_is_in_a_block_and_paid_for() {
    let mut chain = Sandbox::new();
    let done = chain.submit(&Keyring::Alice.pair(), transfer(Keyring::Bob, ENDOWMENT * 2)).unwrap();
    assert!(done.result.is_err());
    assert_eq!(chain.free_balance(&account(Keyring::Alice)), ENDOWMENT - done.fee);
    assert_eq!(chain.free_balance(&account(Keyring::Bob)), ENDOWMENT);
}

#[test]
fn an_invalid_transaction_refuses_the_whole_block() {
    let mut chain = Sandbox::new();
    let alice = Keyring::Alice.pair();
    let good = chain.sign(&alice, transfer(Keyring::Bob, 5));
    let stale = chain.sign_with_nonce(&alice, transfer(Keyring::Bob, 5), 0);
    let before = chain.to_snapshot();
    let error = chain.build_block(vec![good.clone(), stale]).unwrap_err();
    assert_eq!(error.index, 1);
    assert_eq!(error.error, TransactionValidityError::Invalid(InvalidTransaction::Stale));
    assert!(chain.to_snapshot() == before, "the chain changed");
    // And the good one is still good.
    assert_eq!(chain.build_block(vec![good]).unwrap().transactions[0].result, Ok(()));
}

#[test]
fn one_who_has_nothing_cannot_pay() {
    let mut chain = Sandbox::new();
    let poor = Keyring::One.pair();
    let error = chain.submit(&poor, transfer(Keyring::Bob, 5)).unwrap_err();
    assert_eq!(error.error, TransactionValidityError::Invalid(InvalidTransaction::Payment));
    assert_eq!(chain.head().number, 0);
}

#[test]
fn several_transactions_of_a_block_have_their_own_events_and_fees() {
    let mut chain = Sandbox::new();
    let alice = Keyring::Alice.pair();
    let block = vec![
        chain.sign_with_nonce(&alice, transfer(Keyring::Bob, 1), 0),
        chain.sign_with_nonce(&alice, transfer(Keyring::Charlie, ENDOWMENT * 2), 1),
        chain.sign(&Keyring::Bob.pair(), transfer(Keyring::Charlie, 3)),
    ];
    let built = chain.build_block(block).unwrap();
    let results: Vec<bool> = built.transactions.iter().map(|done| done.result.is_ok()).collect();
    assert_eq!(results, [true, false, true]);
    assert!(built.transactions.iter().all(|done| done.fee > 0 && !done.events.is_empty()));
    assert_eq!(chain.free_balance(&account(Keyring::Charlie)), ENDOWMENT + 3);
}

#[test]
fn a_view_changes_nothing() {
    let chain = Sandbox::new();
    let before = chain.to_snapshot();
    let seen = chain.view(|| {
        use inkbpf_sandbox::runtime::{Balances, Runtime, RuntimeOrigin};
        let _: Option<Runtime> = None;
        Balances::transfer_allow_death(
            RuntimeOrigin::signed(account(Keyring::Alice)),
            Address::Id(account(Keyring::Bob)),
            77,
        )
        .unwrap();
        Balances::free_balance(account(Keyring::Bob))
    });
    assert_eq!(seen, ENDOWMENT + 77);
    assert_eq!(chain.free_balance(&account(Keyring::Bob)), ENDOWMENT);
    assert!(chain.to_snapshot() == before);
}

#[test]
fn blocks_advance_number_and_time() {
    let mut chain = Sandbox::new();
    chain.skip_blocks(3);
    let then = chain.now();
    chain.skip_blocks(1);
    assert_eq!((chain.head().number, chain.now() - then), (4, 6_000));
    // The machine's clock never makes time go back.
    chain.set_clock(Clock::Step(u64::from(u32::MAX) * 1_000));
    chain.skip_blocks(1);
    let future = chain.now();
    chain.set_clock(Clock::System);
    chain.skip_blocks(2);
    assert!(chain.now() > future);
}

#[test]
fn the_runtime_api_answers_by_name() {
    use inkbpf_sandbox::runtime::VERSION;
    let chain = Sandbox::new();
    let version = chain.state_call("Core_version", &[]).unwrap();
    assert_eq!(version, codec::Encode::encode(&VERSION));
    assert!(chain.state_call("No_such", &[]).is_none());
}

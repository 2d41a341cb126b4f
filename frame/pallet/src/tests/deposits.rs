//! Storage deposits: who pays, when, how much, and what is refunded.
//!
//! The base deposit of these contracts is 100: a record of 98 bytes at 1, an item at 2.

use super::*;
use crate::{ContractInfoOf, Event, StorageDeposit};
use frame_support::traits::fungible::{Inspect, Mutate, MutateHold};
use frame_support::traits::tokens::{Fortitude, Precision, Preservation};

const BASE: u64 = 100;

fn deposit_of(result: &CallResult) -> StorageDeposit<u64> {
    result.storage_deposit
}

fn store(contract: &AccountId32, len: u32) -> CallResult {
    call(contract, len.encode())
}

#[test]
fn storage_deposit_works() {
    externalities().execute_with(|| {
        let contract = place("store");
        take_events();
        let before = free(&ALICE);
        let stored = store(&contract, 99);
        assert_eq!(deposit_of(&stored), StorageDeposit::Charge(99 + 2));
        let stored = store(&contract, 33);
        // A share of what was deposited, rounded down: 66 of 99.
        assert_eq!(deposit_of(&stored), StorageDeposit::Refund(65));
        let stored = store(&contract, 43);
        assert_eq!(deposit_of(&stored), StorageDeposit::Charge(10));
        assert_eq!(deposit_of(&store(&contract, 43)), StorageDeposit::Charge(0));
        assert_eq!(before - free(&ALICE), 46);
        assert_eq!(held(&contract), BASE + 46);
        let info = ContractInfoOf::<Test>::get(&contract).unwrap();
        assert_eq!((info.storage_bytes, info.storage_items), (43, 1));
        assert_eq!((info.storage_byte_deposit, info.storage_item_deposit), (44, 2));
        let moved: Vec<_> = take_events()
            .into_iter()
            .filter_map(|event| match event {
                Event::StorageDepositTransferredAndHeld { from, to, amount } => {
                    assert_eq!((from, to), (ALICE, contract.clone()));
                    Some(amount as i64)
                }
                Event::StorageDepositTransferredAndReleased { from, to, amount } => {
                    assert_eq!((from, to), (contract.clone(), ALICE));
                    Some(-(amount as i64))
                }
                _ => None,
            })
            .collect();
        assert_eq!(moved, [101, -65, 10]);
    });
}

#[test]
fn refunds_follow_the_price_that_was_paid() {
    externalities().execute_with(|| {
        let contract = place("store");
        store(&contract, 100);
        set(|settings| settings.deposit_per_byte = 10);
        // A quarter of the bytes, a quarter of the deposit for them.
        assert_eq!(deposit_of(&store(&contract, 75)), StorageDeposit::Refund(25));
        // Growth is charged at today's price; then shrinking is refunded at the mean of both.
        assert_eq!(deposit_of(&store(&contract, 100)), StorageDeposit::Charge(250));
        assert_eq!(deposit_of(&store(&contract, 50)), StorageDeposit::Refund((75 + 250) / 2));
    });
}

#[test]
fn storage_deposit_callee_works() {
    externalities().execute_with(|| {
        let proxy = place("proxy");
        let callee = place("store");
        Balances::set_balance(&BOB, 1_000);
        let input = Proxy { input: 40u32.encode(), ..Proxy::to(&callee) }.encode();
        let result = builder::bare_call::<Test>(BOB, proxy.clone()).data(input).build();
        assert_eq!(deposit_of(&result), StorageDeposit::Charge(42));
        assert_eq!(free(&BOB), 1_000 - 42, "the origin pays, not the contract that called");
        assert_eq!((held(&callee), held(&proxy)), (BASE + 42, BASE));
        // Whoever frees it gets the refund.
        Balances::set_balance(&CHARLIE, 1_000);
        let input = Proxy { input: 10u32.encode(), ..Proxy::to(&callee) }.encode();
        let result = builder::bare_call::<Test>(CHARLIE, proxy).data(input).build();
        assert_eq!(deposit_of(&result), StorageDeposit::Refund(30));
        assert_eq!(free(&CHARLIE), 1_030);
    });
}

#[test]
fn storage_deposit_limit_is_enforced() {
    externalities().execute_with(|| {
        let contract = place("store");
        let limited = |len: u32, limit: u64| {
            let call = builder::bare_call::<Test>(ALICE, contract.clone()).data(len.encode());
            call.storage_deposit_limit(Some(limit)).build()
        };
        fails(limited(10, 11), Error::StorageDepositLimitExhausted);
        assert_eq!(held(&contract), BASE);
        output(limited(10, 12));
        output(limited(5, 0));
        fails(limited(6, 0), Error::StorageDepositLimitExhausted);
        output(limited(5, 0));
    });
}

#[test]
fn deposit_limit_in_nested_calls() {
    externalities().execute_with(|| {
        let caller = place("store_then_call");
        let callee = place("store");
        // The caller stores `own` bytes, lets the callee store `inner` with the limit `sub`, then stores one byte more.
        let run = |own: u32, inner: u32, sub: u64, limit: u64| {
            let call = Proxy { deposit: sub, input: inner.encode(), ..Proxy::to(&callee) };
            let data = [own.encode(), call.encode()].concat();
            let call = builder::bare_call::<Test>(ALICE, caller.clone()).data(data);
            call.storage_deposit_limit(Some(limit)).build()
        };
        // The callee exceeds its own limit, and the error ends the caller.
        fails(run(10, 10, 11, 1_000), Error::StorageDepositLimitExhausted);
        assert_eq!((held(&caller), held(&callee)), (BASE, BASE));
        // Both are within their limits, but together they exceed that of the call: 12 + 12 + 1.
        fails(run(10, 10, 12, 24), Error::StorageDepositLimitExhausted);
        output(run(10, 10, 12, 25));
        assert_eq!((held(&caller), held(&callee)), (BASE + 13, BASE + 12));
        // A sub-limit higher than what is left is cut to it.
        fails(run(11, 20, 1_000, 9), Error::StorageDepositLimitExhausted);
        // What the callee frees pays for what the caller stores: the caller grows by 10, the callee
        // shrinks by 10.
        output(run(20, 0, 1_000, 0));
    });
}

#[test]
fn deposit_limit_in_nested_instantiate() {
    externalities().execute_with(|| {
        let maker = place("create");
        let hash = super::store("store");
        let make =
            |len: u32, deposit: u64, salt: u32| call(&maker, (hash, 0u64, deposit, salt, len).encode());
        // Existential deposit, base deposit, item, bytes.
        let needed = 1 + BASE + 2 + 40;
        fails(make(40, needed - 1, 1), Error::StorageDepositLimitExhausted);
        let made = make(40, needed, 2);
        assert_eq!(deposit_of(&made), StorageDeposit::Charge(needed));
        assert_eq!(coded(output(made)).0, SUCCESS);
    });
}

#[test]
fn failed_deposit_charge_should_roll_back_call() {
    externalities().execute_with(|| {
        let caller = place("store_then_call");
        let extension = place("chain_extension");
        Balances::set_balance(&BOB, 1_000);
        let run = |function: u32| {
            let call = Proxy { input: function.encode(), ..Proxy::to(&extension) };
            let data = [500u32.encode(), call.encode()].concat();
            let run = builder::bare_call::<Test>(BOB, caller.clone()).data(data);
            run.storage_deposit_limit(Some(800)).build()
        };
        // While the contract runs, the origin's balance is moved away, so the settlement fails: after the contract has
        // run, undoing all that it did.
        let failed = run(6);
        assert_eq!(failed.storage_deposit, StorageDeposit::Charge(0));
        assert!(failed.result.is_err());
        assert_eq!((free(&BOB), free(&extension), held(&caller)), (1_000, 1, BASE));
        output(run(4));
        assert_eq!(held(&caller), BASE + 503);
    });
}

#[test]
fn deposit_limit_honors_liquidity_restrictions() {
    externalities().execute_with(|| {
        let contract = place("store");
        Balances::set_balance(&BOB, 1_000);
        let reason = crate::HoldReason::CodeUploadDepositReserve.into();
        Balances::hold(&reason, &BOB, 900).unwrap();
        let run = |limit: u64| {
            let call = builder::bare_call::<Test>(BOB, contract.clone()).data(50u32.encode());
            call.storage_deposit_limit(Some(limit)).build()
        };
        fails(run(200), Error::StorageDepositNotEnoughFunds);
        output(run(90));
        Balances::release(&reason, &BOB, 900, Precision::Exact).unwrap();
        output(run(200));
    });
}

#[test]
fn deposit_limit_honors_existential_deposit_and_value() {
    externalities().execute_with(|| {
        let contract = place("store");
        Balances::set_balance(&BOB, 100);
        let run = |limit: u64, value: u64| {
            let call = builder::bare_call::<Test>(BOB, contract.clone()).data(1u32.encode());
            call.value(value).storage_deposit_limit(Some(limit)).build()
        };
        // 1 keeps the account alive, 1 is for a new account, which this call could make.
        fails(run(99, 0), Error::StorageDepositNotEnoughFunds);
        fails(run(50, 49), Error::StorageDepositNotEnoughFunds);
        output(run(50, 48));
        assert_eq!(free(&BOB), 100 - 48 - 3);
    });
}

#[test]
fn native_dependency_deposit_works() {
    externalities().execute_with(|| {
        set(|settings| settings.lockup = sp_runtime::Perbill::from_percent(10));
        let hash = super::store("dummy");
        let deposit = crate::CodeInfoOf::<Test>::get(hash).unwrap().deposit();
        let made = builder::bare_instantiate::<Test>(ALICE, Code::Existing(hash)).build();
        let share = deposit.div_ceil(10);
        assert_eq!(made.storage_deposit, StorageDeposit::Charge(1 + BASE + share));
        assert_eq!(held(&made.result.unwrap().account_id), BASE + share);
    });
}

#[test]
fn slash_cannot_kill_account() {
    externalities().execute_with(|| {
        let contract = place_with("dummy", 700, vec![]);
        let reason = crate::HoldReason::StorageDepositReserve.into();
        Balances::burn_held(&reason, &contract, BASE, Precision::BestEffort, Fortitude::Force).unwrap();
        let burnt = Balances::burn_from(
            &contract,
            1_000,
            Preservation::Preserve,
            Precision::BestEffort,
            Fortitude::Polite,
        );
        assert_eq!(burnt, Ok(700), "the existential deposit stays, because there is a consumer");
        assert!(System::account_exists(&contract));
        // What was taken cannot be refunded; the contract can still be terminated.
        let end = place("terminate");
        Balances::burn_held(&reason, &end, 60, Precision::BestEffort, Fortitude::Force).unwrap();
        let before = free(&ALICE);
        output(call(&end, BOB.encode()));
        assert_eq!(free(&ALICE) - before, 40);
    });
}

#[test]
fn the_price_of_a_whole_call_is_what_moved() {
    // The cost that a call reports is the origin's loss, and nothing is created or lost.
    externalities().execute_with(|| {
        let issued = Balances::total_issuance();
        let maker = place_with("create", 5_000, vec![]);
        let hash = super::store("store");
        for (salt, len) in [1u32, 500, 3, 4_000].into_iter().enumerate() {
            let before = free(&ALICE);
            let made = call(&maker, (hash, 7u64, 0u64, salt as u32, len).encode());
            let StorageDeposit::Charge(paid) = made.storage_deposit else { panic!("it stores") };
            assert_eq!(coded(output(made)).0, SUCCESS);
            assert_eq!(before - free(&ALICE), paid);
        }
        assert_eq!(Balances::total_issuance(), issued);
    });
}

#[test]
fn deposit_limit_honors_existential_deposit() {
    externalities().execute_with(|| {
        set(|settings| settings.existential_deposit = 200);
        Balances::set_balance(&ALICE, 1_000_000);
        Balances::set_balance(&BOB, 300);
        let contract = place("store");
        // There are 300, but 200 keep the account alive.
        let call = builder::bare_call::<Test>(BOB, contract.clone()).data(100u32.encode());
        fails(call.storage_deposit_limit(Some(300)).build(), Error::StorageDepositNotEnoughFunds);
        // Without a limit, what the origin can pay is the limit: here nothing.
        let call = builder::bare_call::<Test>(BOB, contract.clone()).data(0u32.encode());
        fails(call.build(), Error::StorageDepositLimitExhausted);
        assert_eq!(free(&BOB), 300);
    });
}

#[test]
fn deposit_limit_honors_min_leftover() {
    externalities().execute_with(|| {
        set(|settings| settings.existential_deposit = 200);
        Balances::set_balance(&ALICE, 1_000_000);
        Balances::set_balance(&BOB, 1_000);
        let contract = place("store");
        let run = |value: u64, limit: u64| {
            let call = builder::bare_call::<Test>(BOB, contract.clone()).value(value).data(100u32.encode());
            call.storage_deposit_limit(Some(limit)).build()
        };
        // The value leaves first: 1000 - 400 - 200 to stay alive, and 200 that a new account might take.
        fails(run(400, 500), Error::StorageDepositNotEnoughFunds);
        fails(run(400, 201), Error::StorageDepositNotEnoughFunds);
        assert_eq!(free(&BOB), 1_000);
        output(run(400, 200));
        assert_eq!(free(&BOB), 1_000 - 400 - 102);
    });
}

#[test]
fn a_failed_call_costs_no_deposit() {
    externalities().execute_with(|| {
        let contract = place("store_then_call");
        let trap = place("trap");
        let before = (free(&ALICE), held(&contract));
        let data = [100u32.encode(), Proxy { input: 0u32.encode(), ..Proxy::to(&trap) }.encode()].concat();
        let result = call(&contract, data);
        assert_eq!(deposit_of(&result), StorageDeposit::Charge(0));
        fails(result, Error::ContractTrapped);
        assert_eq!((free(&ALICE), held(&contract)), before);
    });
}

#[test]
fn transfer_expendable_cannot_kill_account() {
    externalities().execute_with(|| {
        let contract = place_with("dummy", 1_000, vec![]);
        let total = Balances::total_balance(&contract);
        assert_eq!((total, held(&contract)), (1_001 + BASE, BASE));
        // Some of it is held; the account also has a consumer, so that everything free stays too.
        for amount in [total, 1_001] {
            let sent = <Balances as Mutate<AccountId32>>::transfer(
                &contract,
                &ALICE,
                amount,
                Preservation::Expendable,
            );
            assert!(sent.is_err(), "{amount}");
            assert_eq!(Balances::total_balance(&contract), total);
        }
        assert!(System::account_exists(&contract));
    });
}

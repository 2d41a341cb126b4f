//! The deposit books on their own: nested, absorbed, settled.

use super::*;
use crate::{
    storage::{
        meter::{Diff, Meter},
        ContractInfo,
    },
    ContractInfoOf, Event, HoldReason, Origin, StorageDeposit,
};
use frame_support::traits::fungible::{Mutate, MutateHold};

/// A contract with paid storage, of which `held` is held on `account`.
fn contract(account: &AccountId32, bytes: (u32, u64), items: (u32, u64), held: u64) -> ContractInfo<Test> {
    let mut info = ContractInfo::new(account, 1, H256::zero()).unwrap();
    (info.storage_bytes, info.storage_byte_deposit) = bytes;
    (info.storage_items, info.storage_item_deposit) = items;
    Balances::set_balance(account, 1 + held);
    Balances::hold(&HoldReason::StorageDepositReserve.into(), account, held).unwrap();
    frame_system::Pallet::<Test>::inc_consumers(account).unwrap();
    info
}

fn meter(origin: &Origin<Test>, limit: u64) -> Meter<Test> {
    Meter::new(origin, Some(limit), 0).unwrap()
}

fn removed(items: u32) -> Diff {
    Diff { items_removed: items, ..Default::default() }
}

#[test]
fn new_reserves_balance_works() {
    externalities().execute_with(|| {
        // A limit is a promise: the origin must be able to pay it, and keep 1 to stay alive, 1 for an account, and what
        // it needs for other purposes.
        let origin = Origin::Signed(BOB);
        Balances::set_balance(&BOB, 1_000);
        let refused =
            |limit, leftover| Meter::<Test>::new(&origin, Some(limit), leftover).map(|_| ()).unwrap_err();
        let not_enough = DispatchError::from(Error::<Test>::StorageDepositNotEnoughFunds);
        assert!(Meter::<Test>::new(&origin, Some(998), 0).is_ok());
        assert_eq!(refused(999, 0), not_enough);
        assert!(Meter::<Test>::new(&origin, Some(598), 400).is_ok());
        assert_eq!(refused(599, 400), not_enough);
        assert_eq!(refused(u64::MAX, u64::MAX), not_enough);
        assert_eq!(free(&BOB), 1_000, "nothing moves before the end");
        // Root promises nothing.
        assert!(Meter::<Test>::new(&Origin::Root, Some(u64::MAX), 0).is_ok());
    });
}

#[test]
fn empty_charge_works() {
    externalities().execute_with(|| {
        let origin = Origin::Signed(ALICE);
        let mut meter = meter(&origin, 1_000);
        let mut nested = meter.ledger().nested(0);
        nested.charge(&Diff::default());
        let mut info = contract(&BOB, (5, 5), (1, 2), 7);
        meter.ledger().absorb(nested, &BOB, Some(&mut info));
        take_events();
        assert_eq!(meter.settle(&origin), Ok(StorageDeposit::Charge(0)));
        assert!(take_events().is_empty(), "nothing is owed, so nothing is moved");
        assert_eq!((free(&ALICE), held(&BOB)), (RICH, 7));
    });
}

#[test]
fn charging_works() {
    for root in [false, true] {
        externalities().execute_with(|| {
            let origin = if root { Origin::Root } else { Origin::Signed(ALICE) };
            let mut meter = meter(&origin, 100);

            // A frame of BOB adds 108 bytes and an item, and removes 104 bytes and two items.
            let mut bob = contract(&BOB, (100, 100), (5, 10), 110);
            let mut outer = meter.ledger().nested(0);
            outer.charge(&Diff { bytes_added: 108, bytes_removed: 5, items_added: 1, items_removed: 2 });
            outer.charge(&Diff { bytes_removed: 99, ..Default::default() });

            // Two frames of CHARLIE on top of it remove 5 of 10, and then the other 5, or what there is.
            let mut charlie = contract(&CHARLIE, (100, 100), (10, 20), 120);
            for items in [5, 7] {
                let mut inner = outer.ledger().nested(0);
                inner.charge(&removed(items));
                outer.ledger().absorb(inner, &CHARLIE, Some(&mut charlie));
            }
            outer.enforce_limit(Some(&mut bob)).unwrap();
            meter.ledger().absorb(outer, &BOB, Some(&mut bob));

            assert_eq!(bob.total_deposit(), 100 + 4 + 10 - 2, "4 bytes more, a fifth of the items less");
            assert_eq!((charlie.total_deposit(), charlie.storage_items), (100, 0), "no more than there was");

            take_events();
            let total = meter.settle(&origin).unwrap();
            let released =
                |amount| Event::StorageDepositTransferredAndReleased { from: CHARLIE, to: ALICE, amount };
            let charged = Event::StorageDepositTransferredAndHeld { from: ALICE, to: BOB, amount: 2 };
            if root {
                assert_eq!(total, StorageDeposit::Charge(0), "nothing is owed by or to root");
                assert!(take_events().is_empty());
            } else {
                assert_eq!(total, StorageDeposit::Refund(18));
                assert_eq!(take_events(), [released(10), released(10), charged], "refunds first");
                assert_eq!(held(&BOB), 112);
                assert_eq!(held(&CHARLIE), 100);
            }
        });
    }
}

#[test]
fn termination_works() {
    externalities().execute_with(|| {
        let origin = Origin::Signed(ALICE);
        let mut meter = meter(&origin, 1_000);
        let mut bob = contract(&BOB, (100, 100), (10, 20), 120);
        let mut outer = meter.ledger().nested(0);
        outer.charge(&Diff { bytes_added: 5, bytes_removed: 1, items_added: 5, items_removed: 1 });

        // What CHARLIE does before it is terminated does not count: everything held on it is refunded.
        let charlie = contract(&CHARLIE, (100, 100), (10, 20), 120);
        let mut inner = outer.ledger().nested(0);
        inner.charge(&Diff { bytes_added: 20, items_removed: 5, ..Default::default() });
        inner.terminate(&charlie, DJANGO);
        outer.ledger().absorb(inner, &CHARLIE, None);
        meter.ledger().absorb(outer, &BOB, Some(&mut bob));

        take_events();
        assert_eq!(meter.settle(&origin), Ok(StorageDeposit::Refund(120 - 4 - 8)));
        assert_eq!((free(&ALICE), free(&DJANGO)), (RICH + 108, 1), "the rest is the beneficiary's");
        assert!(!System::account_exists(&CHARLIE));
        assert_eq!(
            take_events(),
            [
                Event::StorageDepositTransferredAndReleased { from: CHARLIE, to: ALICE, amount: 120 },
                Event::StorageDepositTransferredAndHeld { from: ALICE, to: BOB, amount: 12 },
            ]
        );
        assert!(!ContractInfoOf::<Test>::contains_key(CHARLIE));
    });
}

#[test]
fn a_nested_limit_is_cut_to_what_is_left() {
    externalities().execute_with(|| {
        let mut meter = meter(&Origin::Signed(ALICE), 100);
        // `limit` given, `bytes` stored: whether they fit the frame's own limit.
        for (limit, bytes, fits) in [
            (0, 101, true), // has none of its own; the outermost frame will see
            (1, 1, true),
            (1, 2, false),
            (100, 100, true),
            (100, 101, false),
            (u64::MAX, 100, true),
            (u64::MAX, 101, false),
        ] {
            let mut nested = meter.ledger().nested(limit);
            nested.charge(&Diff { bytes_added: bytes, ..Default::default() });
            assert_eq!(nested.enforce_own_limit(None).is_ok(), fits, "{bytes} of {limit}");
        }
        // When nothing is left, a limit has no effect: the outermost one counts.
        let mut used = meter.ledger().nested(0);
        used.charge_deposit(BOB, StorageDeposit::Charge(100));
        let mut nested = used.ledger().nested(5);
        nested.charge(&Diff { bytes_added: 1, ..Default::default() });
        assert_eq!(nested.enforce_own_limit(None), Ok(()));
        assert_eq!(nested.enforce_limit(None), Err(Error::<Test>::StorageDepositLimitExhausted.into()));
    });
}

//! The dispatchables themselves: their weights, what stops them, what they undo.

use super::*;
use crate::{migration, MigrationInProgress, WeightInfo};
use frame_support::{assert_noop, assert_ok, dispatch::GetDispatchInfo, traits::Hooks, weights::Weight};

#[test]
fn a_call_weighs_what_it_used() {
    externalities().execute_with(|| {
        let contract = place("store");
        let dry = call(&contract, 10u32.encode());
        let origin = RuntimeOrigin::signed(ALICE);
        let called = builder::call::<Test>(origin, contract).data(10u32.encode()).build().unwrap();
        // The same, except for the length of the value that is now stored.
        let used = called.actual_weight.unwrap() - <() as WeightInfo>::call();
        assert!(used.ref_time().abs_diff(dry.gas_consumed.ref_time()) < 10_000_000, "{used:?}");
    });
}

#[test]
fn an_endless_loop_runs_out_of_gas_and_is_paid_for() {
    externalities().execute_with(|| {
        let contract = place("spin");
        take_events();
        let limit = Weight::from_parts(5_000_000_000, 500_000);
        let before = sp_io::storage::root(sp_runtime::StateVersion::V1);
        let called =
            builder::call::<Test>(RuntimeOrigin::signed(ALICE), contract.clone()).gas_limit(limit).build();
        let error = called.unwrap_err();
        assert_eq!(error.error, Error::<Test>::OutOfGas.into());
        let weight = error.post_info.actual_weight.unwrap();
        let used = weight.ref_time() - <() as WeightInfo>::call().ref_time();
        // All of it, except what the next block of instructions would have cost.
        assert!(used <= limit.ref_time() && used > limit.ref_time() - 1_000_000, "{used}");
        assert_eq!(sp_io::storage::root(sp_runtime::StateVersion::V1), before, "nothing is left of it");
        assert!(take_events().is_empty());
    });
}

#[test]
fn instantiate_with_code_undoes_its_upload() {
    externalities().execute_with(|| {
        let (image, _) = fixture::compile("return_with_data");
        let make = |limit: Option<u64>, flags: u32| {
            builder::instantiate_with_code::<Test>(RuntimeOrigin::signed(ALICE), image.clone())
                .data(flags.encode())
                .storage_deposit_limit(limit.map(codec::Compact))
                .build()
        };
        let failed = frame_support::storage::with_storage_layer(|| make(None, 1).map_err(|e| e.error));
        assert_noop!(failed, Error::<Test>::ContractReverted);
        // One limit for both deposits.
        let upload = image.len() as u64
            + 4
            + <crate::CodeInfo<Test> as codec::MaxEncodedLen>::max_encoded_len() as u64;
        let failed =
            frame_support::storage::with_storage_layer(|| make(Some(upload + 100), 0).map_err(|e| e.error));
        assert_noop!(failed, Error::<Test>::StorageDepositLimitExhausted);
        assert_ok!(make(Some(upload + 101), 0));
    });
}

#[test]
#[allow(deprecated)]
fn the_calls_with_one_dimension_of_weight_still_work() {
    externalities().execute_with(|| {
        let gas = 20_000_000_000;
        let origin = || RuntimeOrigin::signed(ALICE);
        let (image, hash) = fixture::compile("dummy");
        assert_ok!(Contracts::instantiate_with_code_old_weight(
            origin(),
            0,
            gas,
            None,
            image,
            vec![],
            vec![],
        ));
        assert_ok!(Contracts::instantiate_old_weight(origin(), 0, gas, None, hash, vec![], vec![1]));
        let contract = crate::Pallet::<Test>::contract_address(&ALICE, &hash, &[], &[1]);
        assert_ok!(Contracts::call_old_weight(origin(), contract.clone(), 0, gas, None, vec![]));
        let call = crate::Call::<Test>::call_old_weight {
            dest: contract,
            value: 0,
            gas_limit: gas,
            storage_deposit_limit: None,
            data: vec![],
        };
        let weight = call.get_dispatch_info().call_weight - <() as WeightInfo>::call();
        assert_eq!(weight, Weight::from_parts(gas, 2 * 100 * 1024));
    });
}

#[test]
fn migration_in_progress_works() {
    externalities().execute_with(|| {
        let contract = place("dummy");
        let (image, hash) = fixture::compile("other_dummy");
        MigrationInProgress::<Test>::put(migration::Cursor::default());
        let origin = || RuntimeOrigin::signed(ALICE);
        let busy = Error::<Test>::MigrationInProgress;
        let enforced = crate::Determinism::Enforced;
        assert_noop!(Contracts::upload_code(origin(), image.clone(), None, enforced), busy);
        let busy = || DispatchError::from(Error::<Test>::MigrationInProgress);
        let error = |result: frame_support::dispatch::DispatchResultWithPostInfo| result.unwrap_err().error;
        assert_eq!(error(Contracts::remove_code(origin(), hash)), busy());
        assert_eq!(Contracts::set_code(RuntimeOrigin::root(), contract.clone(), hash), Err(busy()));
        assert_eq!(error(builder::call::<Test>(origin(), contract.clone()).build()), busy());
        assert_eq!(error(builder::instantiate::<Test>(origin(), hash).build()), busy());
        assert_eq!(error(builder::instantiate_with_code::<Test>(origin(), image.clone()).build()), busy());
        let dry = call(&contract, vec![]);
        assert_eq!((dry.gas_consumed, dry.events.clone()), (Weight::zero(), None));
        fails(dry, Error::MigrationInProgress);
        let made = builder::bare_instantiate::<Test>(ALICE, Code::Upload(image)).build();
        assert_eq!(made.result.map(|_| ()), Err(busy()));
        assert_eq!(
            crate::Pallet::<Test>::get_storage(contract, vec![]),
            Err(crate::ContractAccessError::MigrationInProgress)
        );
        assert_eq!(Contracts::on_idle(1, Weight::MAX), Weight::zero());
    });
}

#[test]
fn migration_on_idle_hooks_works() {
    // While a migration is pending, idle blocks delete nothing. There are no steps to make.
    externalities().execute_with(|| {
        let contract = place("terminate");
        output(call(&contract, BOB.encode()));
        MigrationInProgress::<Test>::put(migration::Cursor::default());
        assert_eq!(Contracts::on_idle(1, Weight::MAX), Weight::zero());
        assert_eq!(crate::DeletionQueue::<Test>::iter().count(), 1);
        MigrationInProgress::<Test>::kill();
        assert!(Contracts::on_idle(1, Weight::MAX).any_gt(Weight::zero()));
        assert_eq!(crate::DeletionQueue::<Test>::iter().count(), 0);
    });
}

#[test]
fn there_is_nothing_to_migrate() {
    externalities().execute_with(|| {
        let done = Contracts::migrate(RuntimeOrigin::signed(ALICE), GAS_LIMIT).unwrap_err();
        assert_eq!(done.error, Error::<Test>::NoMigrationPerformed.into());
        assert_eq!(done.post_info.actual_weight, Some(<() as WeightInfo>::migrate()));
        assert!(Contracts::migrate(RuntimeOrigin::root(), GAS_LIMIT).is_err());
    });
}

#[test]
fn the_limits_of_the_test_runtime_go_together() {
    externalities().execute_with(Contracts::integrity_test);
}

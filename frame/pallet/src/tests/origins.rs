//! Permissions of origins.

use super::*;
use frame_support::{assert_noop, assert_ok};
use sp_runtime::traits::BadOrigin;

fn upload(origin: RuntimeOrigin) -> sp_runtime::DispatchResult {
    Contracts::upload_code(origin, fixture::compile("dummy").0, None, crate::Determinism::Enforced)
}

#[test]
fn root_cannot_upload_code() {
    externalities().execute_with(|| {
        assert_noop!(upload(RuntimeOrigin::root()), BadOrigin);
    });
}

#[test]
fn root_cannot_remove_code() {
    externalities().execute_with(|| {
        let hash = store("dummy");
        assert_noop!(Contracts::remove_code(RuntimeOrigin::root(), hash), BadOrigin);
    });
}

#[test]
fn none_cannot_call_code() {
    externalities().execute_with(|| {
        let contract = place("dummy");
        let called = builder::call::<Test>(RuntimeOrigin::none(), contract).build();
        assert_noop!(called, BadOrigin);
    });
}

#[test]
fn root_can_call() {
    externalities().execute_with(|| {
        let contract = place("root");
        let root = || builder::call::<Test>(RuntimeOrigin::root(), contract.clone());
        assert_ok!(root().build());
        // Root has no account.
        assert_eq!(root().data(vec![1]).build().unwrap_err().error, DispatchError::RootNotAllowed);
        assert_eq!(root().value(1).build().unwrap_err().error, DispatchError::RootNotAllowed);
        // And other callers are distinguished from root.
        fails(call(&contract, vec![]), Error::ContractTrapped);
    });
}

#[test]
fn root_pays_no_deposits() {
    externalities().execute_with(|| {
        let contract = place("store");
        let issued = Balances::total_issuance();
        let call = builder::call::<Test>(RuntimeOrigin::root(), contract.clone()).data(500u32.encode());
        assert_ok!(call.build());
        assert_eq!((held(&contract), Balances::total_issuance()), (100, issued));
        let limited = builder::call::<Test>(RuntimeOrigin::root(), contract).data(900u32.encode());
        let limited = limited.storage_deposit_limit(Some(codec::Compact(10))).build();
        assert_eq!(limited.unwrap_err().error, Error::<Test>::StorageDepositLimitExhausted.into());
    });
}

#[test]
fn root_cannot_instantiate_with_code() {
    externalities().execute_with(|| {
        let (image, _) = fixture::compile("dummy");
        let made = builder::instantiate_with_code::<Test>(RuntimeOrigin::root(), image).build();
        assert_noop!(made, BadOrigin);
    });
}

#[test]
fn root_cannot_instantiate() {
    externalities().execute_with(|| {
        let hash = store("dummy");
        assert_noop!(builder::instantiate::<Test>(RuntimeOrigin::root(), hash).build(), BadOrigin);
    });
}

#[test]
fn signed_cannot_set_code() {
    externalities().execute_with(|| {
        let (contract, other) = (place("dummy"), store("other_dummy"));
        for origin in [RuntimeOrigin::signed(ALICE), RuntimeOrigin::none()] {
            assert_noop!(Contracts::set_code(origin, contract.clone(), other), BadOrigin);
        }
        assert_ok!(Contracts::set_code(RuntimeOrigin::root(), contract, other));
    });
}

#[test]
fn only_upload_origin_can_upload() {
    externalities().execute_with(|| {
        set(|settings| settings.upload = Some(BOB));
        assert_noop!(upload(RuntimeOrigin::signed(ALICE)), BadOrigin);
        let (image, _) = fixture::compile("dummy");
        let made = builder::instantiate_with_code::<Test>(RuntimeOrigin::signed(ALICE), image).build();
        assert_noop!(made, BadOrigin);
        set(|settings| settings.upload = Some(ALICE));
        assert_ok!(upload(RuntimeOrigin::signed(ALICE)));
    });
}

#[test]
fn only_instantiation_origin_can_instantiate() {
    externalities().execute_with(|| {
        let (image, hash) = fixture::compile("dummy");
        set(|settings| settings.instantiate = Some(BOB));
        let made = builder::instantiate_with_code::<Test>(RuntimeOrigin::signed(ALICE), image).build();
        assert_noop!(made, BadOrigin);
        store("dummy");
        assert_noop!(builder::instantiate::<Test>(RuntimeOrigin::signed(ALICE), hash).build(), BadOrigin);
        set(|settings| settings.instantiate = Some(ALICE));
        assert_ok!(builder::instantiate::<Test>(RuntimeOrigin::signed(ALICE), hash).build());
    });
}

//! Callers and callees, and what they know of each other.

use super::*;

#[test]
fn caller_returns_proper_values() {
    externalities().execute_with(|| {
        at(&BOB, |ext| {
            assert_eq!(ext.caller(), Origin::Signed(ALICE));
            assert!(ext.caller_is_origin() && !ext.caller_is_root());
            call_from(ext, CHARLIE)
        });
        at(&CHARLIE, |ext| {
            assert_eq!(ext.caller(), Origin::Signed(BOB));
            assert!(!ext.caller_is_origin());
            nothing()
        });
        call_as(Origin::Signed(ALICE), &BOB, 0).unwrap();
    });
}

#[test]
fn the_caller_of_borrowed_code_is_that_of_its_contract() {
    externalities().execute_with(|| {
        // Borrowed code borrows code too; a contract that it calls sees the contract as its caller.
        let inner = code(|ext, _, _| {
            assert_eq!((ext.caller(), ext.address()), (Origin::Signed(ALICE), &BOB));
            assert!(ext.caller_is_origin());
            call_from(ext, CHARLIE)
        });
        let outer = code(move |ext, _, _| {
            assert_eq!(ext.caller(), Origin::Signed(ALICE));
            ext.delegate_call(inner, vec![])
        });
        at(&BOB, move |ext| ext.delegate_call(outer, vec![]));
        at(&CHARLIE, |ext| {
            assert_eq!(ext.caller(), Origin::Signed(BOB));
            nothing()
        });
        call_as(Origin::Signed(ALICE), &BOB, 0).unwrap();
    });
}

#[test]
fn is_contract_returns_proper_values() {
    externalities().execute_with(|| {
        at(&BOB, |ext| {
            assert!(ext.is_contract(&BOB));
            assert!(!ext.is_contract(&ALICE));
            nothing()
        });
        call_as(Origin::Signed(ALICE), &BOB, 0).unwrap();
    });
}

#[test]
fn code_hash_returns_proper_values() {
    externalities().execute_with(|| {
        at(&BOB, |ext| {
            let own = ContractInfoOf::<Test>::get(BOB).unwrap().code_hash;
            assert_eq!(ext.code_hash(&BOB), Some(own));
            assert_eq!(ext.code_hash(&ALICE), None);
            nothing()
        });
        call_as(Origin::Signed(ALICE), &BOB, 0).unwrap();
    });
}

#[test]
fn own_code_hash_returns_proper_values() {
    externalities().execute_with(|| {
        at(&BOB, |ext| {
            let own = ext.own_code_hash()?;
            assert_eq!(ext.code_hash(&BOB), Some(own));
            // Borrowed code is not the contract's own.
            let borrowed = ext.code_hash(&CHARLIE).unwrap();
            assert_ne!(own, borrowed);
            ext.delegate_call(borrowed, own.encode())
        });
        let tells = code(|ext, _, input| {
            assert_eq!(ext.own_code_hash()?.encode(), input);
            nothing()
        });
        put(&CHARLIE, tells);
        call_as(Origin::Signed(ALICE), &BOB, 0).unwrap();
    });
}

#[test]
fn caller_is_origin_returns_proper_values() {
    externalities().execute_with(|| {
        at(&BOB, |ext| {
            assert!(ext.caller_is_origin());
            call_from(ext, CHARLIE)
        });
        at(&CHARLIE, |ext| {
            assert!(!ext.caller_is_origin());
            nothing()
        });
        call_as(Origin::Signed(ALICE), &BOB, 0).unwrap();
    });
}

#[test]
fn root_caller_succeeds() {
    externalities().execute_with(|| {
        at(&BOB, |ext| {
            assert!(ext.caller_is_root());
            assert_eq!(ext.caller(), Origin::Root);
            nothing()
        });
        call_as(Origin::Root, &BOB, 0).unwrap();
    });
}

#[test]
fn root_caller_does_not_succeed_when_value_not_zero() {
    externalities().execute_with(|| {
        at(&BOB, |_| unreachable!("root has nothing to send"));
        let refused = call_as(Origin::Root, &BOB, 1).unwrap_err();
        assert_eq!(refused, ExecError { error: DispatchError::RootNotAllowed, origin: ErrorOrigin::Caller });
    });
}

#[test]
fn root_caller_succeeds_with_consecutive_calls() {
    externalities().execute_with(|| {
        at(&BOB, |ext| {
            assert!(ext.caller_is_root() && ext.caller_is_origin());
            call_from(ext, CHARLIE)
        });
        at(&CHARLIE, |ext| {
            assert!(!ext.caller_is_root() && !ext.caller_is_origin());
            assert_eq!(ext.caller(), Origin::Signed(BOB));
            nothing()
        });
        call_as(Origin::Root, &BOB, 0).unwrap();
    });
}

#[test]
fn address_returns_proper_values() {
    externalities().execute_with(|| {
        at(&BOB, |ext| {
            assert_eq!(ext.address(), &BOB);
            call_from(ext, CHARLIE)?;
            assert_eq!(ext.address(), &BOB);
            nothing()
        });
        at(&CHARLIE, |ext| {
            assert_eq!(ext.address(), &CHARLIE);
            nothing()
        });
        call_as(Origin::Signed(ALICE), &BOB, 0).unwrap();
    });
}

#[test]
fn call_reentry_direct_recursion() {
    externalities().execute_with(|| {
        let hash = code(|ext, _, input| match input[..] {
            [] => nothing(),
            [again, ..] => ext.call(Weight::zero(), 0, BOB, 0, vec![], again == 1, false),
        });
        put(&BOB, hash);
        run_with_input(&BOB, vec![1]).unwrap();
        let refused = run_with_input(&BOB, vec![0]).unwrap_err();
        assert_eq!(refused.error, Error::<Test>::ReentranceDenied.into());
    });
}

#[test]
fn call_deny_reentry() {
    externalities().execute_with(|| {
        let hash = code(|ext, _, input| match input[..] {
            [] => nothing(),
            // Through CHARLIE back to here, without the permission.
            [_] => ext.call(Weight::zero(), 0, CHARLIE, 0, vec![], false, false),
            // The same with it: CHARLIE gets through.
            [_, _, ..] => ext.call(Weight::zero(), 0, CHARLIE, 0, vec![], true, false),
        });
        put(&BOB, hash);
        at(&CHARLIE, |ext| call_from(ext, BOB));
        run_with_input(&BOB, vec![0, 0]).unwrap();
        let refused = run_with_input(&BOB, vec![0]).unwrap_err();
        assert_eq!(refused.error, Error::<Test>::ReentranceDenied.into());
    });
}

#[test]
fn errors_around_a_frame_are_the_callers() {
    externalities().execute_with(|| {
        at(&BOB, |ext| {
            let error = |result: ExecResult| result.unwrap_err();
            let expect = |error: ExecError, what: Error<Test>, origin| {
                assert_eq!(error, ExecError { error: what.into(), origin });
            };
            expect(error(call_from(ext, ALICE)), Error::ContractNotFound, ErrorOrigin::Caller);
            let refused = ext.call(Weight::zero(), 0, BOB, 0, vec![], false, false);
            expect(error(refused), Error::ReentranceDenied, ErrorOrigin::Caller);
            let poor = ext.call(Weight::zero(), 0, CHARLIE, 1_000_000, vec![], true, false);
            expect(error(poor), Error::TransferFailed, ErrorOrigin::Caller);
            let unknown = ext.delegate_call(H256::zero(), vec![]);
            expect(error(unknown), Error::CodeNotFound, ErrorOrigin::Caller);
            expect(error(call_from(ext, CHARLIE)), Error::ContractTrapped, ErrorOrigin::Callee);
            nothing()
        });
        at(&CHARLIE, |_| fail());
        call_as(Origin::Signed(ALICE), &BOB, 0).unwrap();
    });
}

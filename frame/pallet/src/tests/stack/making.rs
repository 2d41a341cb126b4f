//! Creating contracts, by accounts and by contracts.

use super::*;
use crate::Event;

/// Creates a contract from within another.
fn make_from(ext: Chain<'_>, code: H256, value: u64, salt: u8) -> Result<AccountId32, ExecError> {
    ext.instantiate(Weight::zero(), 0, code, value, vec![], &[salt]).map(|(account, _)| account)
}

#[test]
fn refuse_instantiate_with_value_below_existential_deposit() {
    externalities().execute_with(|| {
        set(|settings| settings.existential_deposit = 15);
        let hash = code(|_, _, _| unreachable!("there is no account for it"));
        Balances::set_balance(&BOB, 25);
        // 15 keep the deployer alive, so there are 10 for the account of the contract.
        let refused = make_with_limit(BOB, hash, 0, vec![], 0).unwrap_err();
        assert_eq!(refused.origin, ErrorOrigin::Caller);
        assert_eq!(free(&BOB), 25);
    });
}

#[test]
fn instantiation_work_with_success_output() {
    externalities().execute_with(|| {
        let hash =
            code(|_, _, _| Ok(ExecReturnValue { flags: ReturnFlags::empty(), data: vec![80, 65, 83, 83] }));
        take_events();
        let (account, said) = make(ALICE, hash, 100, vec![]).unwrap();
        assert_eq!((said.did_revert(), said.data), (false, vec![80, 65, 83, 83]));
        assert_eq!(ContractInfoOf::<Test>::get(&account).unwrap().code_hash, hash);
        assert_eq!(free(&account), 101);
        assert_eq!(take_events(), [Event::Instantiated { deployer: ALICE, contract: account }]);
    });
}

#[test]
fn instantiation_fails_with_failing_output() {
    externalities().execute_with(|| {
        let hash = code(|_, _, _| Ok(ExecReturnValue { flags: ReturnFlags::REVERT, data: vec![70] }));
        take_events();
        let (account, said) = make(ALICE, hash, 100, vec![]).unwrap();
        assert_eq!((said.did_revert(), said.data), (true, vec![70]));
        assert_eq!((ContractInfoOf::<Test>::get(&account), free(&account)), (None, 0));
        assert!(take_events().is_empty());
    });
}

#[test]
fn instantiation_from_contract() {
    externalities().execute_with(|| {
        let child = code(|ext, _, _| {
            assert_eq!(ext.caller(), Origin::Signed(BOB));
            assert_eq!(ext.value_transferred(), 30);
            nothing()
        });
        at(&BOB, move |ext| {
            let account = make_from(ext, child, 30, 48)?;
            assert_eq!(ext.code_hash(&account), Some(child));
            Ok(ExecReturnValue { flags: ReturnFlags::empty(), data: account.encode() })
        });
        take_events();
        let said = call_as(Origin::Signed(ALICE), &BOB, 0).unwrap();
        let account: AccountId32 = codec::Decode::decode(&mut &said.data[..]).unwrap();
        // The existential deposit comes from the origin, the value from the creator.
        assert_eq!((free(&account), free(&BOB), free(&ALICE)), (31, 970, RICH - 1));
        assert_eq!(
            take_events(),
            [
                Event::Instantiated { deployer: BOB, contract: account },
                Event::Called { caller: Origin::Signed(ALICE), contract: BOB },
            ]
        );
    });
}

#[test]
fn instantiation_traps() {
    externalities().execute_with(|| {
        let child = code(|_, _, _| Err("It's a trap!".into()));
        at(&BOB, move |ext| {
            let trapped = make_from(ext, child, 30, 48).unwrap_err();
            assert_eq!(trapped, ExecError { error: "It's a trap!".into(), origin: ErrorOrigin::Callee });
            nothing()
        });
        take_events();
        call_as(Origin::Signed(ALICE), &BOB, 0).unwrap();
        assert_eq!(take_events(), [Event::Called { caller: Origin::Signed(ALICE), contract: BOB }]);
        assert_eq!((free(&BOB), Nonce::<Test>::get()), (1_000, 0));
    });
}

#[test]
fn termination_from_instantiate_fails() {
    externalities().execute_with(|| {
        let hash = code(|ext, _, _| {
            ext.terminate(&BOB)?;
            nothing()
        });
        let refused = make(ALICE, hash, 100, vec![]).unwrap_err();
        assert_eq!(refused.error, Error::<Test>::TerminatedInConstructor.into());
        assert!(take_events().is_empty(), "nor has it ended");
        assert_eq!((free(&ALICE), free(&BOB)), (RICH, 0));
    });
}

#[test]
fn recursive_call_during_constructor_fails() {
    externalities().execute_with(|| {
        let hash = code(|ext, _, _| {
            let own = ext.address().clone();
            assert!(!ext.is_contract(&own));
            let refused = call_from(ext, own).unwrap_err();
            assert_eq!(refused.error, Error::<Test>::ContractNotFound.into());
            nothing()
        });
        make(ALICE, hash, 0, vec![]).unwrap();
    });
}

#[test]
fn a_contract_that_is_being_made_is_not_callable_through_borrowed_code() {
    // The constructor borrows code by a delegate call; that code calls a contract, which calls back.
    externalities().execute_with(|| {
        let borrowed = code(|ext, _, _| {
            let back = ext.address().clone();
            ext.call(Weight::zero(), 0, BOB, 0, back.encode(), true, false)
        });
        let hash = code(|ext, _, input| {
            let account: AccountId32 = codec::Decode::decode(&mut &input[..]).unwrap();
            assert!(!ext.is_contract(&account));
            let called = call_from(ext, account).unwrap_err();
            assert_eq!(called.error, Error::<Test>::ContractNotFound.into());
            nothing()
        });
        put(&BOB, hash);
        let maker = code(move |ext, _, _| ext.delegate_call(borrowed, vec![]));
        make(ALICE, maker, 0, vec![]).unwrap();
    });
}

#[test]
fn nonce() {
    externalities().execute_with(|| {
        let good = code(|_, _, _| nothing());
        let bad = code(|_, _, _| fail());
        let maker = code(move |ext, _, _| {
            assert!(make_from(ext, bad, 0, 1).is_err());
            assert!(make_from(ext, good, 0, 2).is_ok());
            assert!(make_from(ext, bad, 0, 3).is_err());
            assert_eq!(ext.nonce(), 2, "the maker itself, and the one that it made");
            nothing()
        });
        // Creates one and fails afterwards: neither counts.
        let futile = code(move |ext, _, _| {
            make_from(ext, good, 0, 4)?;
            fail()
        });
        make(ALICE, bad, 0, vec![]).unwrap_err();
        assert_eq!(Nonce::<Test>::get(), 0);
        make(ALICE, maker, 0, vec![]).unwrap();
        assert_eq!(Nonce::<Test>::get(), 2);
        make(ALICE, futile, 0, vec![]).unwrap_err();
        assert_eq!(Nonce::<Test>::get(), 2);
        make(ALICE, good, 0, vec![]).unwrap();
        assert_eq!(Nonce::<Test>::get(), 3);
    });
}

#[test]
fn nonce_api_works() {
    externalities().execute_with(|| {
        let good = code(|_, _, _| nothing());
        let bad = code(|_, _, _| fail());
        Nonce::<Test>::set(9);
        at(&BOB, move |ext| {
            assert_eq!(ext.nonce(), 9);
            assert_eq!(ext.nonce(), 9, "asking changes nothing");
            make_from(ext, bad, 0, 1).unwrap_err();
            assert_eq!(ext.nonce(), 9);
            make_from(ext, good, 0, 2)?;
            assert_eq!(ext.nonce(), 10);
            nothing()
        });
        call_as(Origin::Signed(ALICE), &BOB, 0).unwrap();
        assert_eq!(Nonce::<Test>::get(), 10);
    });
}

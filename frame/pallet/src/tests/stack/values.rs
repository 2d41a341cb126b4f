//! Values and data passed to a frame.

use super::*;

#[test]
fn it_works() {
    thread_local!(static INPUTS: RefCell<Vec<Vec<u8>>> = RefCell::default());
    externalities().execute_with(|| {
        let hash = code(|_, entry, input| {
            assert_eq!(entry, ExportedFunction::Call);
            INPUTS.with_borrow_mut(|inputs| inputs.push(input));
            nothing()
        });
        put(&BOB, hash);
        run_with_input(&BOB, vec![0]).unwrap();
        assert_eq!(INPUTS.take(), [[0]], "once, with its input");
    });
}

#[test]
fn transfer_works() {
    externalities().execute_with(|| {
        at(&BOB, |ext| {
            assert_eq!(ext.balance(), 999, "what keeps it alive is not its to send");
            ext.transfer(&CHARLIE, 55)?;
            assert_eq!(ext.balance(), 944);
            assert_eq!(ext.transfer(&CHARLIE, 945), Err(Error::<Test>::TransferFailed.into()));
            ext.transfer(&CHARLIE, 944)?;
            nothing()
        });
        call_as(Origin::Signed(ALICE), &BOB, 0).unwrap();
        assert_eq!((free(&BOB), free(&CHARLIE)), (1, 999));
    });
}

#[test]
fn correct_transfer_on_call() {
    externalities().execute_with(|| {
        at(&BOB, |ext| {
            assert_eq!(ext.value_transferred(), 55);
            assert_eq!(ext.balance(), 999 + 55, "it is there when the contract runs");
            nothing()
        });
        call_as(Origin::Signed(ALICE), &BOB, 55).unwrap();
        assert_eq!((free(&ALICE), free(&BOB)), (RICH - 55, 1_055));
    });
}

#[test]
fn correct_transfer_on_delegate_call() {
    externalities().execute_with(|| {
        let library = code(|ext, _, _| {
            assert_eq!(ext.value_transferred(), 55);
            nothing()
        });
        at(&BOB, move |ext| ext.delegate_call(library, vec![]));
        call_as(Origin::Signed(ALICE), &BOB, 55).unwrap();
        assert_eq!((free(&ALICE), free(&BOB)), (RICH - 55, 1_055), "the value moves once");
    });
}

#[test]
fn balance_too_low() {
    externalities().execute_with(|| {
        at(&BOB, |_| unreachable!("it does not get to run"));
        Balances::set_balance(&CHARLIE, 99);
        for value in [99, 100] {
            let refused = call_as_with_limit(Origin::Signed(CHARLIE), &BOB, value, 0).unwrap_err();
            let expected =
                ExecError { error: Error::<Test>::TransferFailed.into(), origin: ErrorOrigin::Caller };
            assert_eq!(refused, expected);
            assert_eq!((free(&CHARLIE), free(&BOB)), (99, 1_000));
        }
    });
}

fn says(flags: ReturnFlags) -> ExecReturnValue {
    externalities().execute_with(|| {
        at(&BOB, move |_| Ok(ExecReturnValue { flags, data: vec![1, 2, 3, 4] }));
        call_as(Origin::Signed(ALICE), &BOB, 0).unwrap()
    })
}

#[test]
fn output_is_returned_on_success() {
    let said = says(ReturnFlags::empty());
    assert!(!said.did_revert());
    assert_eq!(said.data, [1, 2, 3, 4]);
}

#[test]
fn output_is_returned_on_failure() {
    let said = says(ReturnFlags::REVERT);
    assert!(said.did_revert());
    assert_eq!(said.data, [1, 2, 3, 4]);
}

#[test]
fn input_data_to_call() {
    externalities().execute_with(|| {
        let hash = code(|_, _, input| Ok(ExecReturnValue { flags: ReturnFlags::empty(), data: input }));
        put(&BOB, hash);
        assert_eq!(run_with_input(&BOB, vec![1, 2, 3, 4]).unwrap().data, [1, 2, 3, 4]);
    });
}

#[test]
fn input_data_to_instantiate() {
    externalities().execute_with(|| {
        let hash = code(|_, entry, input| {
            assert_eq!(entry, ExportedFunction::Constructor);
            Ok(ExecReturnValue { flags: ReturnFlags::empty(), data: input })
        });
        let (_, said) = make(ALICE, hash, 0, vec![1, 2, 3, 4]).unwrap();
        assert_eq!(said.data, [1, 2, 3, 4]);
    });
}

#[test]
fn max_depth() {
    thread_local!(static REACHED: RefCell<u32> = RefCell::default());
    externalities().execute_with(|| {
        at(&BOB, |ext| {
            REACHED.with_borrow_mut(|reached| *reached += 1);
            let deeper = call_from(ext, BOB);
            if let Err(error) = &deeper {
                // The frame that is one too many is its caller's fault; that caller fails as a callee.
                let too_deep = error.error == Error::<Test>::MaxCallDepthReached.into();
                assert!(
                    too_deep && error.origin == ErrorOrigin::Caller || error.origin == ErrorOrigin::Callee
                );
            }
            deeper
        });
        let refused = call_as(Origin::Signed(ALICE), &BOB, 0).unwrap_err();
        assert_eq!(refused.error, Error::<Test>::MaxCallDepthReached.into());
        assert_eq!(REACHED.take(), 6, "one more than the call stack has places");
    });
}

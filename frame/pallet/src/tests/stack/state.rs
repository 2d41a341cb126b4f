//! What a frame reads and writes: storage of both kinds, debug text, the rest of the runtime.

use super::*;
use crate::DebugBuffer;
use frame_support::traits::Get;

fn fixed(byte: u8) -> Key<Test> {
    Key::Fix([byte; 32])
}

fn varsized(len: usize, byte: u8) -> Key<Test> {
    Key::try_from_var(vec![byte; len]).unwrap()
}

#[test]
fn changes_are_reverted_on_failing_call() {
    externalities().execute_with(|| {
        let key = || fixed(1);
        at(&BOB, move |ext| {
            assert!(ext.set_storage(&key(), Some(vec![1]), false)? == WriteOutcome::New);
            ext.set_transient_storage(&key(), Some(vec![1]), false)?;
            assert_eq!(call_from(ext, CHARLIE).unwrap_err().origin, ErrorOrigin::Callee);
            // What the callee did here, through its own call, was undone.
            assert_eq!(ext.get_storage(&key()), Some(vec![1]));
            assert_eq!(ext.get_transient_storage(&key()), Some(vec![1]));
            nothing()
        });
        at(&CHARLIE, move |ext| {
            call_from(ext, DJANGO)?;
            assert_eq!(ext.balance(), 1_000 - 1 - 500 + 100);
            fail()
        });
        at(&DJANGO, move |ext| {
            ext.set_storage(&key(), Some(vec![3; 30]), false)?;
            ext.transfer(&CHARLIE, 100)?;
            nothing()
        });
        Balances::set_balance(&CHARLIE, 500);
        call_as(Origin::Signed(ALICE), &BOB, 0).unwrap();
        assert_eq!((free(&CHARLIE), free(&DJANGO)), (500, 1_000));
        let info = ContractInfoOf::<Test>::get(&DJANGO).unwrap();
        assert_eq!((info.storage_items, info.read(&key())), (0, None));
    });
}

#[test]
fn in_memory_changes_not_discarded() {
    // BOB changes its record and calls CHARLIE, which calls BOB, which changes it again.
    externalities().execute_with(|| {
        let hash = code(|ext, _, input| {
            let info = ext.contract_info()?;
            match input[..] {
                [] => {
                    info.storage_byte_deposit = 42;
                    call_from(ext, CHARLIE)?;
                    assert_eq!(ext.contract_info()?.storage_byte_deposit, 45);
                }
                [by, ..] => {
                    assert_eq!(info.storage_byte_deposit, 42);
                    info.storage_byte_deposit += u64::from(by);
                }
            }
            nothing()
        });
        put(&BOB, hash);
        at(&CHARLIE, |ext| ext.call(Weight::zero(), 0, BOB, 0, vec![3], true, false));
        call_as(Origin::Signed(ALICE), &BOB, 0).unwrap();
        assert_eq!(ContractInfoOf::<Test>::get(BOB).unwrap().storage_byte_deposit, 45);
    });
}

/// A write: key, value, whether the old value is requested, and the expected outcome.
type Write = (Key<Test>, Option<Vec<u8>>, bool, WriteOutcome);

/// The writes to test on storage of both kinds, with the expected outcomes.
fn writes(keys: fn(u8) -> Key<Test>) -> Vec<Write> {
    use WriteOutcome::{New, Overwritten, Taken};
    vec![
        (keys(1), Some(vec![1, 2, 3]), false, New),
        (keys(2), Some(vec![4, 5, 6]), true, New),
        (keys(3), None, false, New),
        (keys(4), None, true, New),
        (keys(5), Some(vec![]), false, New),
        (keys(6), Some(vec![]), true, New),
        // And again, now that there are values.
        (keys(1), Some(vec![1, 2]), false, Overwritten(3)),
        (keys(2), Some(vec![4]), true, Taken(vec![4, 5, 6])),
        (keys(5), Some(vec![7]), false, Overwritten(0)),
        (keys(6), Some(vec![8]), true, Taken(vec![])),
        (keys(1), None, false, Overwritten(2)),
        (keys(2), None, true, Taken(vec![4])),
        (keys(2), None, true, New),
    ]
}

#[test]
fn set_storage_works() {
    externalities().execute_with(|| {
        at(&BOB, |ext| {
            for (key, value, take, outcome) in writes(fixed) {
                assert_eq!(ext.set_storage(&key, value.clone(), take), Ok(outcome));
                assert_eq!(ext.get_storage(&key), value);
            }
            nothing()
        });
        call_as(Origin::Signed(ALICE), &BOB, 0).unwrap();
        let info = ContractInfoOf::<Test>::get(BOB).unwrap();
        assert_eq!((info.storage_items, info.storage_bytes), (2, 2));
    });
}

#[test]
fn set_storage_varsized_key_works() {
    externalities().execute_with(|| {
        at(&BOB, |ext| {
            let longest = <<Test as crate::Config>::MaxStorageKeyLen as Get<u32>>::get();
            assert!(Key::<Test>::try_from_var(vec![0; longest as usize + 1]).is_err());
            for keys in [|n| varsized(64, n), |n| varsized(19, n), |n| varsized(128, n), |n| varsized(1, n)] {
                for (key, value, take, outcome) in writes(keys) {
                    assert_eq!(ext.set_storage(&key, value.clone(), take), Ok(outcome));
                    assert_eq!(ext.get_storage(&key), value);
                }
            }
            nothing()
        });
        call_as(Origin::Signed(ALICE), &BOB, 0).unwrap();
        assert_eq!(ContractInfoOf::<Test>::get(BOB).unwrap().storage_items, 2 * 4);
    });
}

/// Reads, in storage of both kinds and with keys of both kinds: a value, an empty one, none.
fn reads(get: fn(Chain<'_>, &Key<Test>) -> Option<Vec<u8>>, size: fn(Chain<'_>, &Key<Test>) -> Option<u32>) {
    externalities().execute_with(|| {
        at(&BOB, move |ext| {
            for keys in [fixed, |n| varsized(32, n), |n| varsized(7, n)] {
                ext.set_storage(&keys(1), Some(vec![1, 2, 3]), false)?;
                ext.set_storage(&keys(2), Some(vec![]), false)?;
                ext.set_transient_storage(&keys(1), Some(vec![1, 2, 3]), false)?;
                ext.set_transient_storage(&keys(2), Some(vec![]), false)?;
                assert_eq!((get(ext, &keys(1)), size(ext, &keys(1))), (Some(vec![1, 2, 3]), Some(3)));
                assert_eq!((get(ext, &keys(2)), size(ext, &keys(2))), (Some(vec![]), Some(0)));
                assert_eq!((get(ext, &keys(3)), size(ext, &keys(3))), (None, None));
            }
            nothing()
        });
        call_as(Origin::Signed(ALICE), &BOB, 0).unwrap();
    });
}

#[test]
fn get_storage_works() {
    reads(|ext, key| ext.get_storage(key), |ext, key| ext.get_storage_size(key));
}

#[test]
fn get_transient_storage_works() {
    reads(|ext, key| ext.get_transient_storage(key), |ext, key| ext.get_transient_storage_size(key));
}

#[test]
fn a_fixed_key_and_a_key_of_32_bytes_are_two_keys() {
    externalities().execute_with(|| {
        at(&BOB, |ext| {
            ext.set_storage(&fixed(1), Some(vec![1]), false)?;
            assert_eq!(ext.get_storage(&varsized(32, 1)), None);
            ext.set_storage(&varsized(32, 1), Some(vec![2]), false)?;
            assert_eq!(ext.get_storage(&fixed(1)), Some(vec![1]));
            nothing()
        });
        call_as(Origin::Signed(ALICE), &BOB, 0).unwrap();
    });
}

#[test]
fn set_transient_storage_works() {
    externalities().execute_with(|| {
        at(&BOB, |ext| {
            for keys in [fixed, |n| varsized(9, n)] {
                for (key, value, take, outcome) in writes(keys) {
                    assert_eq!(ext.set_transient_storage(&key, value.clone(), take), Ok(outcome));
                    assert_eq!(ext.get_transient_storage(&key), value);
                }
            }
            nothing()
        });
        call_as(Origin::Signed(ALICE), &BOB, 0).unwrap();
        let info = ContractInfoOf::<Test>::get(BOB).unwrap();
        assert_eq!((info.storage_items, info.storage_bytes), (0, 0), "nothing of it lasts");
    });
}

#[test]
fn rollback_transient_storage_works() {
    externalities().execute_with(|| {
        let hash = code(|ext, _, input| {
            match input[..] {
                [] => {
                    ext.set_transient_storage(&fixed(1), Some(vec![1, 2]), false)?;
                    call_from(ext, CHARLIE).unwrap_err();
                    assert_eq!(ext.get_transient_storage(&fixed(1)), Some(vec![1, 2]));
                    assert_eq!(ext.get_transient_storage(&fixed(2)), None);
                }
                _ => {
                    let overwritten = ext.set_transient_storage(&fixed(1), Some(vec![3]), true)?;
                    assert_eq!(overwritten, WriteOutcome::Taken(vec![1, 2]));
                    ext.set_transient_storage(&fixed(2), Some(vec![4]), false)?;
                }
            }
            nothing()
        });
        put(&BOB, hash);
        at(&CHARLIE, |ext| {
            ext.call(Weight::zero(), 0, BOB, 0, vec![1], true, false)?;
            fail()
        });
        call_as(Origin::Signed(ALICE), &BOB, 0).unwrap();
    });
}

/// The printed text, in a buffer that already contains something, and how the run ends.
fn printed(before: &[u8], print: fn(Chain<'_>), end: fn() -> ExecResult) -> (Vec<u8>, ExecResult) {
    externalities().execute_with(|| {
        at(&BOB, move |ext| {
            print(ext);
            end()
        });
        let mut buffer = DebugBuffer::<Test>::try_from(before.to_vec()).unwrap();
        let result = with_stack(Origin::Signed(ALICE), |context| {
            let context = Context { debug_buffer: Some(&mut buffer), ..context };
            Stack::<Test, Closure>::run_call(BOB, context, 0, vec![])
        });
        (buffer.into_inner(), result)
    })
}

fn print_twice(ext: Chain<'_>) {
    assert!(ext.append_debug_buffer("This is a test"));
    assert!(ext.append_debug_buffer("More text"));
}

#[test]
fn printing_works() {
    let (text, result) = printed(b"", print_twice, nothing);
    assert_eq!(text, b"This is a testMore text");
    result.unwrap();
}

#[test]
fn printing_works_on_fail() {
    let (text, result) = printed(b"", print_twice, fail);
    assert_eq!(text, b"This is a testMore text");
    result.unwrap_err();
}

#[test]
fn debug_buffer_is_limited() {
    let len = <<Test as crate::Config>::MaxDebugBufferLen as Get<u32>>::get() as usize;
    let (text, _) = printed(&vec![b'.'; len - 14], print_twice, nothing);
    assert_eq!(text[len - 14..], *b"This is a test", "what does not fit is left out whole");
    let (text, _) = printed(&vec![b'.'; len - 13], print_twice, nothing);
    assert_eq!(text[len - 13..], *b"More text", "what comes after may fit");
}

#[test]
fn without_a_debug_buffer_nothing_is_printed() {
    externalities().execute_with(|| {
        at(&BOB, |ext| {
            assert!(!ext.debug_buffer_enabled() && !ext.append_debug_buffer("This is a test"));
            nothing()
        });
        call_as(Origin::Signed(ALICE), &BOB, 0).unwrap();
    });
}

// Otherwise a contract in a loop of syscalls would leave no room for how it ended.
#[test]
fn traces_take_half_of_the_debug_buffer_at_most() {
    let half = <<Test as crate::Config>::MaxDebugBufferLen as Get<u32>>::get() as usize / 2;
    let (text, _) = printed(
        b"",
        |ext| {
            let line = "seal0::caller() = ()\n";
            let len: u32 = <Test as crate::Config>::MaxDebugBufferLen::get();
            for _ in 0..len as usize / 2 / line.len() + 100 {
                ext.append_trace(line);
            }
            ext.append_debug_buffer("the end");
        },
        nothing,
    );
    assert!(text.len() > half - 100 && text.len() <= half + "the end".len());
    assert!(text.ends_with(b"the end"));
}

#[test]
fn call_runtime_works() {
    externalities().execute_with(|| {
        at(&BOB, |ext| {
            let remark = frame_system::Call::remark_with_event { remark: b"Hello World".to_vec() };
            ext.call_runtime(RuntimeCall::System(remark)).unwrap();
            nothing()
        });
        System::reset_events();
        call_as(Origin::Signed(ALICE), &BOB, 0).unwrap();
        let remarked = frame_system::Event::Remarked { sender: BOB, hash: hash(b"Hello World") };
        assert_eq!(System::events()[0].event, remarked.into(), "signed by the contract");
    });
}

#[test]
fn call_runtime_filter() {
    externalities().execute_with(|| {
        set(|settings| settings.filter = |call| !matches!(call, RuntimeCall::Balances(_)));
        at(&BOB, |ext| {
            let transfer = pallet_balances::Call::transfer_allow_death { dest: CHARLIE, value: 1 };
            let refused = ext.call_runtime(RuntimeCall::Balances(transfer.clone())).unwrap_err();
            assert_eq!(refused.error, frame_system::Error::<Test>::CallFiltered.into());
            // A batch is let through; what is in it is not.
            let calls = vec![RuntimeCall::Balances(transfer)];
            ext.call_runtime(RuntimeCall::Utility(pallet_utility::Call::batch { calls })).unwrap();
            nothing()
        });
        call_as(Origin::Signed(ALICE), &BOB, 0).unwrap();
        assert_eq!(free(&CHARLIE), 0);
        let interrupted = System::events().into_iter().any(|record| {
            matches!(
                record.event,
                RuntimeEvent::Utility(pallet_utility::Event::BatchInterrupted { index: 0, .. })
            )
        });
        assert!(interrupted);
    });
}

#[test]
fn ecdsa_to_eth_address_returns_proper_value() {
    externalities().execute_with(|| {
        at(&BOB, |ext| {
            // The generator of secp256k1: the public key of the private key 1, whose address is well known.
            let key = hex("0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798");
            let address = hex("7e5f4552091a69125d5dfcb7b8c2659029395bdf");
            assert_eq!(ext.ecdsa_to_eth_address(&key.try_into().unwrap()).unwrap().to_vec(), address);
            assert_eq!(ext.ecdsa_to_eth_address(&[0; 33]), None);
            nothing()
        });
        call_as(Origin::Signed(ALICE), &BOB, 0).unwrap();
    });
}

fn hex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

#[test]
fn randomness_works() {
    externalities().execute_with(|| {
        System::set_block_number(42);
        at(&BOB, |ext| {
            assert_eq!(ext.random(b"one"), (hash(b"one"), 41));
            assert_ne!(ext.random(b"one").0, ext.random(b"other").0);
            nothing()
        });
        call_as(Origin::Signed(ALICE), &BOB, 0).unwrap();
    });
}

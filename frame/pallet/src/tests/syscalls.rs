//! Single syscalls, as a program makes them: how arguments are read and results returned.
//!
//! The effects of syscalls on the chain are tested in the files of their topics.

use super::*;
use crate::{Event, Origin};
use codec::Decode;
use frame_support::traits::fungible::Mutate;

/// The memory of the programs below.
const MEMORY: &str = "#! space in 256\n#! u32 in_len 256\n#! space out 256\n#! u32 out_len 256\n\
    #! u64 value 153\n#! u64 nothing 0\n#! bytes bob 0202020202020202020202020202020202020202020202020202020202020202";

/// Reads the input, does something, and returns r0 (u32) and its output.
fn asks(body: &str, value: u64) -> AccountId32 {
    let body = format!(
        "sys seal0::input @in, @in_len\n r8 = @in_len\n r8 = *(u32 *)(r8 + 0)\n {body}\n r9 = @out\n \
         r7 = @out_len\n r7 = *(u32 *)(r7 + 0)\n *(u32 *)(r9 + 0) = w0\n r7 += 4\n \
         sys seal0::seal_return 0, @out, r7"
    );
    program(MEMORY, &body, value)
}

/// Runs a body on a fresh chain, and returns r0 and the output.
fn ask(body: &str, input: Vec<u8>) -> (u32, Vec<u8>) {
    externalities().execute_with(|| {
        let contract = asks(body, 1_000);
        coded(output(call(&contract, input)))
    })
}

/// The same for a function with the form of `caller`: its whole output.
fn value_of<T: Decode>(call: &str) -> T {
    let (_, said) = ask(&format!("sys {call} @out+4, @out_len"), vec![]);
    let value = T::decode(&mut &said[..]).unwrap();
    assert_eq!(said.len(), core::mem::size_of_val(&value), "{call}: the length is what was written");
    value
}

#[test]
fn contract_transfer() {
    externalities().execute_with(|| {
        let contract = asks("sys seal0::transfer @bob, 32, @value, 8", 1_000);
        assert_eq!(coded(output(call(&contract, vec![]))).0, SUCCESS);
        assert_eq!((free(&BOB), free(&contract)), (153, 1_001 - 153));
    });
}

#[test]
fn contract_decode_length_ignored() {
    externalities().execute_with(|| {
        // Stated lengths of accounts and balances are ignored.
        let contract = asks("sys seal0::transfer @bob, 5, @value, 0xffffffff", 1_000);
        assert_eq!(coded(output(call(&contract, vec![]))).0, SUCCESS);
        assert_eq!(free(&BOB), 153);
        let contract = asks("sys seal0::call @in, 1, 0, @nothing, 77, 0, 0, 0xffffffff, 0", 1_000);
        assert_eq!(coded(output(call(&contract, place("dummy").encode()))).0, SUCCESS);
    });
}

#[test]
fn contract_call() {
    externalities().execute_with(|| {
        // Each version of the function, with a value and with input.
        let callee = place_with("return_with_data", 0, 0u32.encode());
        let input = [callee.encode(), 0u32.encode(), vec![1, 2, 3, 4]].concat();
        for (index, body) in [
            "sys seal0::call @in, 32, 0, @value, 8, @in+32, 8, @out+4, @out_len",
            "sys seal1::call 0, @in, 0, @value, @in+32, 8, @out+4, @out_len",
            "sys seal2::call 0, @in, 0, 0, 0xffffffff, @value, @in+32, 8, @out+4, @out_len",
        ]
        .into_iter()
        .enumerate()
        {
            let contract = asks(body, 1_000);
            take_events();
            assert_eq!(coded(output(call(&contract, input.clone()))), (SUCCESS, vec![1, 2, 3, 4]), "{body}");
            assert_eq!(free(&callee), 1 + 153 * (index as u64 + 1));
            let called = Event::Called { caller: Origin::Signed(contract), contract: callee.clone() };
            assert_eq!(take_events()[0], called);
        }
    });
}

#[test]
fn contract_call_limited_gas() {
    externalities().execute_with(|| {
        // How much the callee has left of its gas.
        let callee = program(
            "#! space out 32\n#! u32 out_len 32",
            "sys seal1::gas_left @out, @out_len\n sys seal0::seal_return 0, @out, 16",
            0,
        );
        let left = |body: &str, limit: u64| {
            let (code, said) = coded(output(call(&asks(body, 1_000), callee.encode())));
            assert_eq!(code, SUCCESS);
            let left = sp_weights::Weight::decode(&mut &said[..]).unwrap();
            assert!(left.ref_time() < limit && left.ref_time() + 10_000_000 > limit, "{left:?} of {limit}");
            left.proof_size()
        };
        let by_time = "sys seal1::call 0, @in, 300000000, @nothing, 0, 0, @out+4, @out_len";
        assert!(left(by_time, 300_000_000) > 2_000_000, "all the proof there is");
        let by_both = "sys seal2::call 0, @in, 400000000, 5000, 0xffffffff, @nothing, 0, 0, @out+4, @out_len";
        assert_eq!(left(by_both, 400_000_000), 5_000);
    });
}

#[test]
fn contract_call_forward_input() {
    externalities().execute_with(|| {
        let callee = program(
            "#! space in 64\n#! u32 in_len 64",
            "sys seal0::input @in, @in_len\n r6 = @in_len\n r6 = *(u32 *)(r6 + 0)\n \
             sys seal0::seal_return 0, @in, r6",
            0,
        );
        // The input and its length are not read: they do not even exist.
        let forward = "sys seal1::call 1, @in, 0, @nothing, 0xffffffff, 0xffffffff, @out+4, @out_len";
        let input = [callee.encode(), vec![9; 10]].concat();
        assert_eq!(coded(output(call(&asks(forward, 0), input.clone()))), (SUCCESS, input.clone()));
        for again in
            ["sys seal0::input @in, @in_len", forward, "sys seal1::call 2, @in, 0, @nothing, 0, 0, 0, 0"]
        {
            fails(call(&asks(&format!("{forward}\n {again}"), 1), input.clone()), Error::InputForwarded);
        }
    });
}

#[test]
fn contract_call_clone_input() {
    externalities().execute_with(|| {
        let callee = place_with("return_with_data", 0, 0u32.encode());
        // Twice, and with both flags: a clone leaves the input in place.
        let clone = "sys seal1::call 3, @in+4, 0, @nothing, 0, 0, @out+4, @out_len";
        let input = [0u32.encode(), callee.encode()].concat();
        let contract = asks(&format!("{clone}\n sys seal0::input @in, @in_len\n {clone}"), 0);
        assert_eq!(coded(output(call(&contract, input))), (SUCCESS, callee.encode()));
    });
}

#[test]
fn contract_call_tail_call() {
    externalities().execute_with(|| {
        let callee = place_with("return_with_data", 0, 0u32.encode());
        // The code after it does not run.
        let contract = asks("sys seal1::call 4, @in, 0, @nothing, @in+32, 8, 0, 0\n call 4096", 0);
        for flags in [0u32, 1] {
            let said = output(call(&contract, [callee.encode(), flags.encode(), vec![7; 4]].concat()));
            assert_eq!((said.flags.bits(), said.data), (flags, vec![7; 4]));
        }
        // A failed callee does not count as an answer: the contract continues.
        let contract = asks("sys seal1::call 4, @in, 0, @nothing, @in+32, 8, 0, 0", 1);
        let (code, _) = coded(output(call(&contract, [callee.encode(), 2u32.encode(), vec![7; 4]].concat())));
        assert_eq!(code, CALLEE_TRAPPED);
    });
}

#[test]
fn contract_delegate_call() {
    externalities().execute_with(|| {
        let library = store("return_with_data");
        let input = [library.encode(), 0u32.encode(), vec![5, 6, 7, 8]].concat();
        let contract = asks("sys seal0::delegate_call 0, @in, @in+32, 8, @out+4, @out_len", 0);
        assert_eq!(coded(output(call(&contract, input.clone()))), (SUCCESS, vec![5, 6, 7, 8]));
        let contract = asks("sys seal0::delegate_call 4, @in, @in+32, 8, 0, 0\n call 4096", 0);
        assert_eq!(output(call(&contract, input)).data, [5, 6, 7, 8], "and as a tail call");
    });
}

#[test]
fn contract_instantiate() {
    externalities().execute_with(|| {
        let hash = store("return_with_data");
        // The code, flags for the constructor, what it returns, a salt.
        let input = |salt: u8| [hash.encode(), 0u32.encode(), vec![salt; 4]].concat();
        for (index, body) in [
            "sys seal0::instantiate @in, 32, 0, @value, 8, @in+32, 8, @out+4, @out_len, 0xffffffff, 0, @in+36, 4",
            "sys seal1::instantiate @in, 0, @value, @in+32, 8, @out+4, @out_len, 0xffffffff, 0, @in+36, 4",
            "sys seal2::instantiate @in, 0, 0, 0xffffffff, @value, @in+32, 8, @out+4, @out_len, 0xffffffff, 0, @in+36, 4",
        ]
        .into_iter()
        .enumerate()
        {
            let contract = asks(body, 1_000);
            let salt = index as u8;
            let (code, address) = coded(output(call(&contract, input(salt))));
            assert_eq!(code, SUCCESS, "{body}");
            let data = [0u32.encode(), vec![salt; 4]].concat();
            let expected = crate::Pallet::<Test>::contract_address(&contract, &hash, &data, &[salt; 4]);
            assert_eq!(address, expected.encode());
            assert_eq!(free(&expected), 154);
        }
    });
}

#[test]
fn contract_terminate() {
    for body in ["sys seal0::terminate @bob, 0", "sys seal1::terminate @bob"] {
        externalities().execute_with(|| {
            let contract = asks(body, 1_000);
            let said = output(call(&contract, vec![]));
            assert!(said.data.is_empty() && !said.did_revert());
            assert_eq!(free(&BOB), 1_001);
            assert!(!System::account_exists(&contract));
        });
    }
}

#[test]
fn caller() {
    assert_eq!(value_of::<AccountId32>("seal0::caller"), ALICE);
}

#[test]
fn caller_traps_when_no_account_id() {
    externalities().execute_with(|| {
        let contract = asks("sys seal0::caller @out+4, @out_len", 0);
        let called = builder::call::<Test>(RuntimeOrigin::root(), contract).build();
        assert_eq!(called.unwrap_err().error, DispatchError::RootNotAllowed);
    });
}

#[test]
fn address() {
    externalities().execute_with(|| {
        let contract = asks("sys seal0::address @out+4, @out_len", 0);
        assert_eq!(coded(output(call(&contract, vec![]))).1, contract.encode());
    });
}

#[test]
fn balance() {
    assert_eq!(value_of::<u64>("seal0::balance"), 1_000);
}

#[test]
fn minimum_balance() {
    assert_eq!(value_of::<u64>("seal0::minimum_balance"), 1);
}

#[test]
fn value_transferred() {
    externalities().execute_with(|| {
        let contract = asks("sys seal0::value_transferred @out+4, @out_len", 0);
        let run = builder::bare_call::<Test>(ALICE, contract).value(1337).build();
        assert_eq!(coded(output(run)).1, 1337u64.encode());
    });
}

#[test]
fn now() {
    externalities().execute_with(|| {
        pallet_timestamp::Now::<Test>::put(1111);
        let contract = asks("sys seal0::now @out+4, @out_len", 0);
        assert_eq!(coded(output(call(&contract, vec![]))).1, 1111u64.encode());
    });
}

#[test]
fn block_number() {
    externalities().execute_with(|| {
        System::set_block_number(121);
        let contract = asks("sys seal0::block_number @out+4, @out_len", 0);
        assert_eq!(coded(output(call(&contract, vec![]))).1, 121u64.encode());
    });
}

#[test]
fn gas_price() {
    let price = |body: &str| u64::decode(&mut &ask(body, vec![]).1[..]).unwrap();
    assert_eq!(price("sys seal0::weight_to_fee 2, @out+4, @out_len"), 2, "the price of the time alone");
    assert_eq!(price("sys seal1::weight_to_fee 2, 3, @out+4, @out_len"), 3_002);
    // Limits are 64 bits wide.
    let wide = "r6 = 1\n r6 <<= 40\n sys seal0::weight_to_fee r6, @out+4, @out_len";
    assert_eq!(price(wide), 1 << 40);
}

#[test]
fn gas_left() {
    let left = value_of::<u64>("seal0::gas_left");
    assert!(left > 0 && left < GAS_LIMIT.ref_time());
    let (_, said) = ask("sys seal1::gas_left @out+4, @out_len", vec![]);
    let left = sp_weights::Weight::decode(&mut &said[..]).unwrap();
    assert!(left.all_gt(sp_weights::Weight::zero()) && left.all_lt(GAS_LIMIT));
}

#[test]
fn random() {
    // Stored before the function was deprecated, so it still serves messages.
    let drawn = |body: &str, subject: &[u8]| {
        externalities().execute_with(|| {
            let contract = place("dummy");
            let source = format!(
                "#! space in 64\n#! u32 in_len 64\n#! space out 64\n#! u32 out_len 64\ndeploy:\n exit\ncall:\n \
                 sys seal0::input @in, @in_len\n r8 = @in_len\n r8 = *(u32 *)(r8 + 0)\n {body}\n \
                 r7 = @out_len\n r7 = *(u32 *)(r7 + 0)\n sys seal0::seal_return 0, @out, r7"
            );
            let code = fixture::assemble(&source).unwrap();
            let own = fixture::compile("dummy").1;
            crate::PristineCode::<Test>::insert(own, crate::CodeVec::<Test>::try_from(code).unwrap());
            call(&contract, subject.to_vec())
        })
    };
    let first = "sys seal0::random @in, r8, @out, @out_len";
    assert_eq!(output(drawn(first, &[7; 32])).data, hash(&[7; 32]).encode());
    fails(drawn(first, &[7; 33]), Error::RandomSubjectTooLong);
    let second = "sys seal1::random @in, r8, @out, @out_len";
    assert_eq!(output(drawn(second, &[8; 5])).data, (hash(&[8; 5]), 0u64).encode());
    fails(drawn(second, &[7; 33]), Error::RandomSubjectTooLong);
    // Rent that no longer exists: nothing to pay, any amount allowed, nothing to do.
    assert_eq!(output(drawn("sys seal0::tombstone_deposit @out, @out_len", &[])).data, 0u64.encode());
    assert_eq!(output(drawn("sys seal0::rent_allowance @out, @out_len", &[])).data, u64::MAX.encode());
    for body in [
        "sys seal0::set_rent_allowance 0xffffffff, 8",
        "sys seal1::set_rent_allowance 0xffffffff",
        "sys seal0::restore_to 1, 2, 3, 4, 5, 6, 7, 8, 9, 10",
        "sys seal1::restore_to 1, 2, 3, 4, 5",
    ] {
        assert_eq!(output(drawn(body, &[])).data, [0; 64], "{body}");
    }
}

#[test]
fn deposit_event_duplicates_allowed() {
    externalities().execute_with(|| {
        let contract = asks("sys seal0::deposit_event @in, r8, @in+1, 4", 0);
        System::reset_events();
        output(call(&contract, vec![H256([7; 32]), H256([7; 32])].encode()));
        let record = &System::events()[0];
        assert_eq!(record.topics, [H256([7; 32]); 2]);
        assert_eq!(record.event, Event::ContractEmitted { contract, data: vec![7; 4] }.into());
    });
}

#[test]
fn seal_return_with_success_status() {
    externalities().execute_with(|| {
        let contract = asks("sys seal0::seal_return 0, @in, r8", 0);
        let said = output(call(&contract, vec![0x44; 9]));
        assert_eq!((said.did_revert(), said.data), (false, vec![0x44; 9]));
    });
}

#[test]
fn return_with_revert_status() {
    externalities().execute_with(|| {
        let contract = asks("sys seal0::seal_return 1, @in, r8", 0);
        let said = output(call(&contract, vec![0x55; 9]));
        assert_eq!((said.did_revert(), said.data), (true, vec![0x55; 9]));
        for flags in ["2", "3", "0x80000000", "0xffffffff"] {
            let contract = asks(&format!("sys seal0::seal_return {flags}, @in, r8"), 0);
            fails(call(&contract, vec![]), Error::InvalidCallFlags);
        }
    });
}

#[test]
fn a_program_that_just_ends_has_succeeded() {
    externalities().execute_with(|| {
        let contract = program("", "r0 = 1", 0);
        let said = output(call(&contract, vec![]));
        assert_eq!((said.did_revert(), said.data), (false, vec![]), "whatever is in r0");
    });
}

/// One write, one read and one removal for each version of the storage functions.
#[test]
fn set_storage_works() {
    let (old, _) =
        ask("sys seal1::set_storage @in, @value, 3\n sys seal1::set_storage @in, @value, 1", vec![1; 32]);
    assert_eq!(old, 3);
    let (old, _) = ask(
        "sys seal2::set_storage @in, r8, @value, 4\n sys seal2::set_storage @in, r8, @value, 1",
        vec![1; 5],
    );
    assert_eq!(old, 4);
    let (old, _) = ask("sys seal2::set_storage @in, r8, @value, 4", vec![1; 5]);
    assert_eq!(old, u32::MAX, "nothing was there");
}

#[test]
fn get_storage_works() {
    let set = "sys seal2::set_storage @in, r8, @value, 2";
    let got = ask(&format!("{set}\n sys seal1::get_storage @in, r8, @out+4, @out_len"), vec![1; 63]);
    assert_eq!(got, (SUCCESS, vec![153, 0]));
    let got = ask("sys seal1::get_storage @in, r8, @out+4, @out_len", vec![1; 63]);
    assert_eq!((got.0, got.1.len()), (KEY_NOT_FOUND, 256), "the length is left alone");
    let empty =
        "sys seal2::set_storage @in, r8, @value, 0\n sys seal1::get_storage @in, r8, @out+4, @out_len";
    assert_eq!(ask(empty, vec![1; 63]), (SUCCESS, vec![]), "an empty value is a value");
}

#[test]
fn get_storage_puts_data_into_buf() {
    let body = "sys seal0::set_storage @in, @value, 8\n sys seal0::get_storage @in, @out+4, @out_len";
    assert_eq!(ask(body, vec![0x11; 32]), (SUCCESS, 153u64.encode()));
}

#[test]
fn clear_storage_works() {
    let set = "sys seal2::set_storage @in, r8, @value, 8";
    let clear = "sys seal1::clear_storage @in, r8";
    assert_eq!(ask(&format!("{set}\n {clear}"), vec![1; 9]).0, 8);
    assert_eq!(ask(&format!("{set}\n {clear}\n {clear}"), vec![1; 9]).0, u32::MAX);
    assert_eq!(ask(clear, vec![]).0, u32::MAX);
    let fixed = "sys seal1::set_storage @in, @value, 8\n sys seal0::clear_storage @in\n \
                 sys seal0::contains_storage @in";
    assert_eq!(ask(fixed, vec![1; 32]).0, u32::MAX);
}

#[test]
fn contains_storage_works() {
    let set = "sys seal2::set_storage @in, r8, @value, 6";
    assert_eq!(ask(&format!("{set}\n sys seal1::contains_storage @in, r8"), vec![1; 9]).0, 6);
    assert_eq!(ask(&format!("{set}\n sys seal1::contains_storage @in, 3"), vec![1; 9]).0, u32::MAX);
    assert_eq!(ask("sys seal0::contains_storage @in", vec![1; 32]).0, u32::MAX);
}

#[test]
fn take_storage_works() {
    let set = "sys seal2::set_storage @in, r8, @value, 6";
    let take = "sys seal0::take_storage @in, r8, @out+4, @out_len";
    assert_eq!(ask(&format!("{set}\n {take}"), vec![1; 9]), (SUCCESS, vec![153, 0, 0, 0, 0, 0]));
    assert_eq!(ask(&format!("{set}\n {take}\n {take}"), vec![1; 9]).0, KEY_NOT_FOUND);
}

#[test]
fn set_transient_storage_works() {
    let set = "sys seal0::set_transient_storage @in, r8, @value, 6";
    assert_eq!(ask(set, vec![1; 9]).0, u32::MAX);
    assert_eq!(ask(&format!("{set}\n sys seal0::set_transient_storage @in, r8, @value, 0"), vec![1; 9]).0, 6);
}

#[test]
fn get_transient_storage_works() {
    let set = "sys seal0::set_transient_storage @in, r8, @value, 2";
    let get = "sys seal0::get_transient_storage @in, r8, @out+4, @out_len";
    assert_eq!(ask(&format!("{set}\n {get}"), vec![1; 9]), (SUCCESS, vec![153, 0]));
    assert_eq!(ask(get, vec![1; 9]).0, KEY_NOT_FOUND);
}

#[test]
fn clear_transient_storage_works() {
    let set = "sys seal0::set_transient_storage @in, r8, @value, 2";
    let clear = "sys seal0::clear_transient_storage @in, r8";
    assert_eq!(ask(&format!("{set}\n {clear}"), vec![1; 9]).0, 2);
    assert_eq!(
        ask(&format!("{set}\n {clear}\n sys seal0::contains_transient_storage @in, r8"), vec![1]).0,
        u32::MAX
    );
}

#[test]
fn take_transient_storage_works() {
    let set = "sys seal0::set_transient_storage @in, r8, @value, 2";
    let take = "sys seal0::take_transient_storage @in, r8, @out+4, @out_len";
    assert_eq!(ask(&format!("{set}\n {take}"), vec![1; 9]), (SUCCESS, vec![153, 0]));
    assert_eq!(ask(&format!("{set}\n {take}\n {take}"), vec![1; 9]).0, KEY_NOT_FOUND);
}

#[test]
fn is_contract_works() {
    assert_eq!(ask("sys seal0::is_contract @bob", vec![]).0, 0);
    assert_eq!(ask("sys seal0::address @out+4, @out_len\n sys seal0::is_contract @out+4", vec![]).0, 1);
}

#[test]
fn code_hash_works() {
    let own =
        "sys seal0::address @out+4, @out_len\n sys seal0::code_hash @out+4, @out+36, @out_len\n r6 = r0\n \
               sys seal0::own_code_hash @out+4, @out_len\n r0 = r6\n r9 = @out_len\n w6 = 64\n \
               *(u32 *)(r9 + 0) = w6";
    let (code, hashes) = ask(own, vec![]);
    assert_eq!((code, &hashes[..32]), (SUCCESS, &hashes[32..]), "by its address, and by itself");
    assert_ne!(hashes[..32], [0; 32]);
    assert_eq!(ask("sys seal0::code_hash @bob, @out+4, @out_len", vec![]).0, KEY_NOT_FOUND);
}

#[test]
fn own_code_hash_works() {
    externalities().execute_with(|| {
        let contract = asks("sys seal0::own_code_hash @out+4, @out_len", 0);
        let hash = crate::Pallet::<Test>::code_hash(&contract).unwrap();
        assert_eq!(coded(output(call(&contract, vec![]))).1, hash.encode());
    });
}

#[test]
fn caller_is_origin_works() {
    assert_eq!(ask("sys seal0::caller_is_origin", vec![]).0, 1);
}

#[test]
fn caller_is_root_works() {
    externalities().execute_with(|| {
        let contract = asks("sys seal0::caller_is_root\n require r0 == 1", 0);
        builder::call::<Test>(RuntimeOrigin::root(), contract.clone()).build().unwrap();
        fails(call(&contract, vec![]), Error::ContractTrapped);
    });
}

#[test]
fn instantiation_nonce_works() {
    externalities().execute_with(|| {
        place("dummy");
        let contract = asks("sys seal0::instantiation_nonce", 0);
        assert_eq!(coded(output(call(&contract, vec![]))).0, 2);
        crate::Nonce::<Test>::set(u64::MAX);
        let contract = program("", "sys seal0::instantiation_nonce\n require r0 == 0", 0);
        output(call(&contract, vec![]));
    });
}

#[test]
fn lock_unlock_delegate_dependency() {
    externalities().execute_with(|| {
        let library = store("dummy");
        let locked = |contract: &AccountId32| {
            crate::ContractInfoOf::<Test>::get(contract).unwrap().delegate_dependencies.len()
        };
        let lock = asks("sys seal0::lock_delegate_dependency @in", 0);
        output(call(&lock, library.encode()));
        assert_eq!(locked(&lock), 1);
        let both =
            asks("sys seal0::lock_delegate_dependency @in\n sys seal0::unlock_delegate_dependency @in", 0);
        output(call(&both, library.encode()));
        assert_eq!(locked(&both), 0);
    });
}

#[test]
fn read_sandbox_memory_as_works_with_max_len_out_of_bounds_but_fitting_actual_data() {
    externalities().execute_with(|| {
        Balances::set_balance(&CHARLIE, 1_000);
        // A page of memory with a value at its very end: the read stops where the value ends.
        let memory = "#! space page 4096";
        let end = contract_abi::memory::DATA_BASE + 4096;
        let account = program(memory, &format!("sys seal0::is_contract {}", end - 32), 0);
        output(call(&account, vec![]));
        let location =
            program(memory, &format!("sys seal0::xcm_send {}, {}, 2, {}", end - 3, end - 2, end - 40), 0);
        // Zeros are not a location of any version, which is a different error from unmapped memory.
        fails(call(&location, vec![]), Error::DecodingFailed);
        let beyond = program(memory, &format!("sys seal0::is_contract {}", end - 31), 0);
        fails(call(&beyond, vec![]), Error::OutOfBounds);
    });
}

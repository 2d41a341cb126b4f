//! Changing code: delegate calls, dependencies, `set_code_hash` and `set_code`.

use super::*;
use crate::{CodeInfoOf, ContractInfoOf, Event, StorageDeposit};
use frame_support::{assert_noop, assert_ok};

fn refcount(hash: H256) -> u64 {
    CodeInfoOf::<Test>::get(hash).unwrap().refcount
}

#[test]
fn delegate_call() {
    externalities().execute_with(|| {
        let contract = place_with("delegate", 500, vec![]);
        let library = store("environment");
        take_events();
        let input = (0u32, library).encode();
        let result =
            builder::bare_call::<Test>(ALICE, contract.clone()).value(70).data(input.clone()).build();
        let (code, known) = coded(output(result));
        assert_eq!(code, SUCCESS);
        assert_eq!(known[..32], ALICE.encode(), "the caller of the contract is that of the code");
        assert_eq!(known[32..64], contract.encode());
        assert_eq!(known[64..96], fixture::compile("delegate").1.encode());
        assert_eq!(known[96..104], 70u64.encode(), "so is the value");
        assert_eq!(free(&contract), 571, "which moved once");
        let delegated = Event::DelegateCalled { contract: contract.clone(), code_hash: library };
        assert!(take_events().contains(&delegated));

        // The code writes to the contract's storage: one byte before, seven after.
        let library = store("store");
        output(call(&contract, [(0u32, library).encode(), 7u32.encode()].concat()));
        let info = ContractInfoOf::<Test>::get(&contract).unwrap();
        assert_eq!((info.storage_items, info.storage_bytes), (1, 7));
        assert_eq!(held(&contract), 100 + 2 + 7);
    });
}

#[test]
fn delegate_call_errors() {
    externalities().execute_with(|| {
        let contract = place("delegate");
        let (code, _) = coded(output(call(&contract, (0u32, H256::zero()).encode())));
        assert_eq!(code, CODE_NOT_FOUND);
        for flags in [ALLOW_REENTRY, READ_ONLY, 64] {
            fails(call(&contract, (flags, store("dummy")).encode()), Error::InvalidCallFlags);
        }
        // Code that terminates the contract it runs for, while that runs.
        let (code, _) = coded(output(call(&contract, (0u32, store("terminate"), BOB).encode())));
        assert_eq!(code, CALLEE_TRAPPED);
    });
}

#[test]
fn set_code_hash() {
    externalities().execute_with(|| {
        let contract = place("set_code_hash");
        let old = fixture::compile("set_code_hash").1;
        let new = store("return_with_data");
        take_events();
        let (code, rest) = coded(output(call(&contract, new.encode())));
        assert_eq!(code, SUCCESS);
        assert_eq!(rest[..32], new.encode(), "the hash is the new one at once");
        assert_eq!(rest[32], 1, "the running code goes on");
        assert_eq!((refcount(old), refcount(new)), (0, 1));
        let updated =
            Event::ContractCodeUpdated { contract: contract.clone(), new_code_hash: new, old_code_hash: old };
        assert!(take_events().contains(&updated));
        // The next call runs the new code.
        assert_eq!(output(call(&contract, [0u32.encode(), vec![2]].concat())).data, [2]);
    });
}

#[test]
fn set_code_hash_to_unknown_code() {
    externalities().execute_with(|| {
        let contract = place("set_code_hash");
        let old = fixture::compile("set_code_hash").1;
        let (code, rest) = coded(output(call(&contract, H256::zero().encode())));
        assert_eq!((code, &rest[..32]), (CODE_NOT_FOUND, &old.encode()[..]));
    });
}

#[test]
fn set_code_hash_moves_the_share_of_the_deposit() {
    externalities().execute_with(|| {
        set(|settings| settings.lockup = sp_runtime::Perbill::from_percent(50));
        let contract = place("set_code_hash");
        let share = |hash| CodeInfoOf::<Test>::get(hash).unwrap().deposit().div_ceil(2);
        let (old, new) = (fixture::compile("set_code_hash").1, store("dummy"));
        let result = call(&contract, new.encode());
        assert_eq!(result.storage_deposit, StorageDeposit::Refund(share(old) - share(new)));
        assert_eq!(held(&contract), 100 + share(new));
    });
}

#[test]
fn set_code_extrinsic() {
    externalities().execute_with(|| {
        let contract = place("dummy");
        let old = fixture::compile("dummy").1;
        let new = store("return_with_data");
        let set = |origin, dest: &AccountId32, hash| Contracts::set_code(origin, dest.clone(), hash);
        assert_noop!(set(RuntimeOrigin::signed(ALICE), &contract, new), sp_runtime::traits::BadOrigin);
        assert_noop!(set(RuntimeOrigin::root(), &BOB, new), Error::<Test>::ContractNotFound);
        assert_noop!(set(RuntimeOrigin::root(), &contract, H256::zero()), Error::<Test>::CodeNotFound);
        take_events();
        assert_ok!(set(RuntimeOrigin::root(), &contract, new));
        assert_eq!((refcount(old), refcount(new)), (0, 1));
        assert_eq!(held(&contract), 100);
        let updated =
            Event::ContractCodeUpdated { contract: contract.clone(), new_code_hash: new, old_code_hash: old };
        assert_eq!(take_events(), [updated]);
        assert_eq!(output(call(&contract, [0u32.encode(), vec![5]].concat())).data, [5]);
    });
}

#[test]
fn locking_delegate_dependency_works() {
    externalities().execute_with(|| {
        set(|settings| settings.lockup = sp_runtime::Perbill::from_percent(25));
        let contract = place("dependency");
        let own = fixture::compile("dependency").1;
        let library = store("dummy");
        let share = CodeInfoOf::<Test>::get(library).unwrap().deposit().div_ceil(4);
        let act = |action: u32, hash: H256| call(&contract, (action, hash).encode());

        fails(act(1, own), Error::CannotAddSelfAsDelegateDependency);
        fails(act(1, H256::zero()), Error::CodeNotFound);
        fails(act(2, library), Error::DelegateDependencyNotFound);

        let before = held(&contract);
        let locked = act(1, library);
        assert_eq!(locked.storage_deposit, StorageDeposit::Charge(share));
        assert_eq!((refcount(library), held(&contract)), (1, before + share));
        fails(act(1, library), Error::DelegateDependencyAlreadyExists);
        output(act(4, library));
        assert_noop!(Contracts::remove_code(RuntimeOrigin::signed(ALICE), library), Error::<Test>::CodeInUse);

        let unlocked = act(2, library);
        assert_eq!(unlocked.storage_deposit, StorageDeposit::Refund(share));
        assert_eq!((refcount(library), held(&contract)), (0, before));

        // Termination unlocks, and refunds.
        output(act(1, library));
        let ended = act(3, H256(BOB.into()));
        assert_eq!(ended.storage_deposit, StorageDeposit::Refund(before + share));
        assert_eq!((refcount(library), refcount(own)), (0, 0));
        assert_ok!(Contracts::remove_code(RuntimeOrigin::signed(ALICE), library));
    });
}

#[test]
fn there_is_a_most_of_delegate_dependencies() {
    externalities().execute_with(|| {
        let contract = place("dependency");
        for number in 0..33 {
            let source = format!("deploy:\n r0 = {number}\n exit\ncall:\n exit");
            let image = fixture::assemble(&source).unwrap();
            let code = hash(&image);
            crate::Pallet::<Test>::bare_upload_code(ALICE, image, None, crate::Determinism::Enforced)
                .unwrap();
            let locked = call(&contract, (1u32, code).encode());
            if number < 32 {
                output(locked);
            } else {
                fails(locked, Error::MaxDelegateDependenciesReached);
            }
        }
    });
}

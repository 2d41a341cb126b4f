//! Creating contracts, from outside and from contracts.

use super::*;
use crate::{CodeInfoOf, ContractInfoOf, Event, Nonce, Origin, Pallet, StorageDeposit};
use frame_support::storage::child;
use frame_support::{assert_noop, assert_ok, traits::fungible::Mutate};

/// Deposit of a contract that stores nothing: a record of 98 bytes, one item.
const BASE: u64 = 98 + 2;

#[test]
fn instantiate_and_call_and_deposit_event() {
    externalities().execute_with(|| {
        let (image, hash) = fixture::compile("event_and_return_on_deploy");
        store("event_and_return_on_deploy");
        take_events();
        let result = builder::bare_instantiate::<Test>(ALICE, Code::Existing(hash)).value(100).build();
        let made = result.result.unwrap();
        assert_eq!(made.result.data, [5, 6]);
        assert_eq!(made.account_id, Pallet::<Test>::contract_address(&ALICE, &hash, &[], &[]));
        assert_eq!(result.storage_deposit, StorageDeposit::Charge(BASE + 1));
        let contract = made.account_id;
        assert_eq!(free(&contract), 100 + 1);
        assert_eq!(held(&contract), BASE);
        assert_eq!(System::consumers(&contract), 1 + 1, "the pallet, and Balances for the hold");
        let topics = System::events().into_iter().find(|record| !record.topics.is_empty()).unwrap().topics;
        assert_eq!(topics, [H256([0x33; 32])]);
        assert_eq!(
            take_events(),
            [
                Event::ContractEmitted { contract: contract.clone(), data: vec![1, 2, 3, 4] },
                Event::Instantiated { deployer: ALICE, contract: contract.clone() },
                Event::StorageDepositTransferredAndHeld { from: ALICE, to: contract.clone(), amount: BASE },
            ]
        );
        output(call(&contract, vec![]));
        assert_eq!(take_events(), [Event::Called { caller: Origin::Signed(ALICE), contract }]);
        assert_eq!(CodeInfoOf::<Test>::get(hash).unwrap().code_len as usize, image.len());
    });
}

#[test]
fn the_address_is_the_hash_of_its_ingredients() {
    externalities().execute_with(|| {
        let mut bytes = b"contract_addr_v1".to_vec();
        bytes.extend([1; 32]);
        bytes.extend([9; 32]);
        bytes.extend([2 << 2, 5, 6]);
        bytes.extend([1 << 2, 7]);
        let address = Pallet::<Test>::contract_address(&ALICE, &H256([9; 32]), &[5, 6], &[7]);
        assert_eq!(address.encode(), hash(&bytes).0);
    });
}

#[test]
fn the_same_contract_cannot_be_made_twice() {
    externalities().execute_with(|| {
        place("dummy");
        let hash = fixture::compile("dummy").1;
        let made = builder::bare_instantiate::<Test>(ALICE, Code::Existing(hash)).build();
        assert_eq!(made.result.map(|_| ()), Err(Error::<Test>::DuplicateContract.into()));
        let made = builder::bare_instantiate::<Test>(ALICE, Code::Existing(hash)).salt(vec![1]).build();
        assert!(made.result.is_ok());
    });
}

#[test]
fn instantiate_unique_trie_id() {
    externalities().execute_with(|| {
        let contract = place_with("terminate", 0, vec![]);
        let first = ContractInfoOf::<Test>::get(&contract).unwrap().trie_id;
        child::put_raw(&ContractInfoOf::<Test>::get(&contract).unwrap().child_trie_info(), b"key", b"value");
        output(call(&contract, BOB.encode()));
        let again = place("terminate");
        assert_eq!(again, contract, "the address is the same");
        let info = ContractInfoOf::<Test>::get(&again).unwrap();
        assert_ne!(info.trie_id, first);
        assert_eq!(child::get_raw(&info.child_trie_info(), b"key"), None);
        assert_eq!(Nonce::<Test>::get(), 2);
    });
}

#[test]
fn instantiate_with_zero_balance_works() {
    externalities().execute_with(|| {
        let (image, _) = fixture::compile("dummy");
        let before = free(&ALICE);
        let made = builder::bare_instantiate::<Test>(ALICE, Code::Upload(image)).build();
        let StorageDeposit::Charge(paid) = made.storage_deposit else { panic!("a new contract costs") };
        let contract = made.result.unwrap().account_id;
        assert_eq!(free(&contract), 1, "the existential deposit");
        assert_eq!(before - free(&ALICE), paid);
    });
}

#[test]
fn instantiate_with_below_existential_deposit_works() {
    externalities().execute_with(|| {
        set(|settings| settings.existential_deposit = 200);
        let contract = place_with("dummy", 50, vec![]);
        assert_eq!(free(&contract), 250);
    });
}

#[test]
fn a_reverted_constructor_leaves_nothing() {
    externalities().execute_with(|| {
        let hash = store("return_with_data");
        let before = free(&ALICE);
        take_events();
        let data = [1u32.encode(), vec![3, 4]].concat();
        let made = builder::bare_instantiate::<Test>(ALICE, Code::Existing(hash)).data(data.clone()).build();
        let made = made.result.unwrap();
        assert!(made.result.did_revert());
        assert_eq!(made.result.data, [3, 4]);
        assert_eq!(ContractInfoOf::<Test>::get(&made.account_id), None);
        assert_eq!((free(&ALICE), free(&made.account_id), Nonce::<Test>::get()), (before, 0, 0));
        assert_eq!(CodeInfoOf::<Test>::get(hash).unwrap().refcount, 0);
        assert!(take_events().is_empty());

        let dispatched = builder::instantiate::<Test>(RuntimeOrigin::signed(ALICE), hash).data(data).build();
        assert_eq!(dispatched.unwrap_err().error, Error::<Test>::ContractReverted.into());
    });
}

#[test]
fn contracts_make_contracts() {
    externalities().execute_with(|| {
        let maker = place_with("create", 1_000, vec![]);
        let hash = store("return_with_data");
        let make = |flags: u32, value: u64, salt: u32, code: H256| {
            let input = [(code, value, 0u64, salt, flags).encode(), vec![8, 9]].concat();
            coded(output(call(&maker, input)))
        };
        let (code, rest) = make(0, 50, 1, hash);
        assert_eq!(code, SUCCESS);
        let address = AccountId32::new(rest[..32].try_into().unwrap());
        assert_eq!(rest[32..], [8, 9]);
        let input = [0u32.encode(), vec![8, 9]].concat();
        assert_eq!(address, Pallet::<Test>::contract_address(&maker, &hash, &input, &1u32.encode()));
        assert_eq!(free(&address), 51);
        assert_eq!(ContractInfoOf::<Test>::get(&address).unwrap().code_hash, hash);

        // Reverted: no address, but the output.
        let (code, rest) = make(1, 0, 2, hash);
        assert_eq!((code, &rest[..32], &rest[32..]), (CALLEE_REVERTED, &[0; 32][..], &[8, 9][..]));
        // Trapped: unknown flags.
        assert_eq!(make(2, 0, 3, hash).0, CALLEE_TRAPPED);
        assert_eq!(make(0, 0, 4, H256::zero()).0, CODE_NOT_FOUND);
        assert_eq!(make(0, 1_000_000, 5, hash).0, TRANSFER_FAILED);
        assert_eq!(Nonce::<Test>::get(), 2, "only what was made counts");
        // Creating the same again ends the creator.
        let input = [(hash, 50u64, 0u64, 1u32, 0u32).encode(), vec![8, 9]].concat();
        fails(call(&maker, input), Error::DuplicateContract);
    });
}

#[test]
fn a_trapped_constructor_leaves_nothing() {
    externalities().execute_with(|| {
        let hash = store("spin");
        let before = free(&ALICE);
        let made = builder::bare_instantiate::<Test>(ALICE, Code::Existing(hash)).data(vec![1]).build();
        assert_eq!(made.result.map(|_| ()), Err(Error::<Test>::OutOfGas.into()));
        assert_eq!(free(&ALICE), before);
        let address = Pallet::<Test>::contract_address(&ALICE, &hash, &[1], &[]);
        assert!(!System::account_exists(&address));
    });
}

#[test]
fn existing_code_must_exist() {
    externalities().execute_with(|| {
        let made = builder::instantiate::<Test>(RuntimeOrigin::signed(ALICE), H256::zero()).build();
        assert_eq!(made.unwrap_err().error, Error::<Test>::CodeNotFound.into());
    });
}

#[test]
fn a_deployer_who_cannot_pay_makes_nothing() {
    externalities().execute_with(|| {
        let hash = store("dummy");
        Balances::set_balance(&BOB, 60);
        let made = builder::bare_instantiate::<Test>(BOB, Code::Existing(hash)).build();
        assert_eq!(made.result.map(|_| ()), Err(Error::<Test>::StorageDepositLimitExhausted.into()));
        assert_eq!(free(&BOB), 60);
        assert_ok!(Balances::transfer_allow_death(RuntimeOrigin::signed(ALICE), BOB, 1_000));
        let made = builder::bare_instantiate::<Test>(BOB, Code::Existing(hash)).value(2_000).build();
        assert_noop!(made.result.map(|_| ()), Error::<Test>::TransferFailed);
    });
}

#[test]
fn instantiate_return_code() {
    externalities().execute_with(|| {
        let maker = place_with("create", 100, vec![]);
        let hash = store("return_with_data");
        let make = |code: H256, value: u64, salt: u32, flags: u32| {
            coded(output(call(&maker, (code, value, 0u64, salt, flags).encode()))).0
        };
        assert_eq!(make(hash, 101, 0, 0), TRANSFER_FAILED, "more than the maker has");
        assert_eq!(make(H256([9; 32]), 100, 0, 0), CODE_NOT_FOUND);
        assert_eq!(make(hash, 100, 0, 2), CALLEE_TRAPPED);
        assert_eq!(make(hash, 100, 0, 1), CALLEE_REVERTED);
        assert_eq!(make(hash, 100, 0, 0), SUCCESS, "what failed has cost nothing");
        assert_eq!(make(hash, 1, 1, 0), TRANSFER_FAILED);
    });
}

/// The code is looked up before the sender's balance is checked, and all but one existential deposit can be offered.
#[test]
fn unknown_code_is_told_before_a_limit_that_is_too_high() {
    externalities().execute_with(|| {
        let (image, _) = fixture::compile("dummy");
        store("dummy");
        let make = |code, limit| {
            let made =
                builder::bare_instantiate::<Test>(ALICE, code).storage_deposit_limit(Some(limit)).build();
            made.result.map(|_| ())
        };
        let unknown = make(Code::Existing(H256([9; 32])), u64::MAX);
        assert_eq!(unknown, Err(Error::<Test>::CodeNotFound.into()));
        // One existential deposit stays with the sender, the other is for the contract.
        let most = Balances::free_balance(&ALICE) - 2;
        let make = |limit| make(Code::Existing(hash(&image)), limit);
        assert_eq!(make(most + 1), Err(Error::<Test>::StorageDepositNotEnoughFunds.into()));
        assert_eq!(make(most), Ok(()));
    });
}

#[test]
fn bare_instantiate_returns_events() {
    externalities().execute_with(|| {
        let (image, _) = fixture::compile("dummy");
        let make = builder::bare_instantiate::<Test>(ALICE, Code::Upload(image));
        let events = make.collect_events(crate::CollectEvents::UnsafeCollect).build().events.unwrap();
        assert!(!events.is_empty());
        assert_eq!(events, System::events());
    });
}

#[test]
fn bare_instantiate_does_not_return_events() {
    externalities().execute_with(|| {
        let (image, _) = fixture::compile("dummy");
        assert_eq!(builder::bare_instantiate::<Test>(ALICE, Code::Upload(image)).build().events, None);
        assert!(!System::events().is_empty());
    });
}

//! Termination of a contract, and the deletion of its storage.

use super::*;
use crate::{ContractInfoOf, DeletionQueue, DeletionQueueCounter, Event, StorageDeposit, WeightInfo};
use frame_support::{
    storage::child,
    traits::{fungible::Mutate, Hooks},
    weights::Weight,
};

fn counters() -> (u32, u32) {
    let queue = DeletionQueueCounter::<Test>::get();
    (queue.insert_counter, queue.delete_counter)
}

/// Weight for deleting `keys` keys.
fn weight_for(keys: u32) -> Weight {
    let per_key =
        <() as WeightInfo>::on_initialize_per_trie_key(1) - <() as WeightInfo>::on_initialize_per_trie_key(0);
    <() as WeightInfo>::on_process_deletion_queue_batch() + per_key * u64::from(keys)
}

/// A terminated contract whose trie has `keys` committed keys.
fn terminated(externalities: &mut sp_io::TestExternalities, keys: u32) -> child::ChildInfo {
    let trie = externalities.execute_with(|| {
        let contract = place("terminate");
        let trie = ContractInfoOf::<Test>::get(&contract).unwrap().child_trie_info();
        for key in 0..keys {
            child::put_raw(&trie, &key.to_le_bytes(), &[1, 2, 3]);
        }
        trie
    });
    // Only committed keys count against the limit of a deletion.
    externalities.commit_all().unwrap();
    externalities.execute_with(|| {
        let hash = fixture::compile("terminate").1;
        let contract = crate::Pallet::<Test>::contract_address(&ALICE, &hash, &[], &[]);
        output(call(&contract, BOB.encode()));
    });
    externalities.commit_all().unwrap();
    trie
}

fn keys_left(externalities: &mut sp_io::TestExternalities, trie: &child::ChildInfo, of: u32) -> usize {
    externalities.execute_with(|| (0..of).filter(|key| child::exists(trie, &key.to_le_bytes())).count())
}

#[test]
fn self_destruct_works() {
    externalities().execute_with(|| {
        let contract = place_with("terminate", 1_000, vec![]);
        let hash = ContractInfoOf::<Test>::get(&contract).unwrap().code_hash;
        take_events();
        let before = free(&ALICE);
        let result = call(&contract, BOB.encode());
        assert_eq!(result.storage_deposit, StorageDeposit::Refund(100));
        output(result);
        assert_eq!(ContractInfoOf::<Test>::get(&contract), None);
        assert_eq!(free(&ALICE) - before, 100, "deposits go to the origin");
        assert_eq!(free(&BOB), 1_001, "the rest to the beneficiary, with the existential deposit");
        assert!(!System::account_exists(&contract));
        assert_eq!(crate::CodeInfoOf::<Test>::get(hash).unwrap().refcount, 0);
        let events = take_events();
        assert_eq!(events[0], Event::Terminated { contract: contract.clone(), beneficiary: BOB });
        let released =
            Event::StorageDepositTransferredAndReleased { from: contract.clone(), to: ALICE, amount: 100 };
        assert_eq!(events.last(), Some(&released));
        fails(call(&contract, vec![]), Error::ContractNotFound);
    });
}

#[test]
fn cannot_self_destruct_while_live() {
    externalities().execute_with(|| {
        let contract = place("terminate");
        output(call(&contract, vec![]));
        assert!(ContractInfoOf::<Test>::contains_key(&contract), "the inner frame trapped");
    });
}

#[test]
fn cannot_self_destruct_in_constructor() {
    externalities().execute_with(|| {
        let (image, _) = fixture::compile("terminate_in_constructor");
        let made = builder::bare_instantiate::<Test>(ALICE, Code::Upload(image)).build();
        assert_eq!(made.result.map(|_| ()), Err(Error::<Test>::TerminatedInConstructor.into()));
        assert_eq!(counters(), (0, 0));
    });
}

#[test]
fn cannot_self_destruct_through_draining() {
    externalities().execute_with(|| {
        let contract = place_with("transfer", 1_000, vec![]);
        let (code, _) = coded(output(call(&contract, (BOB, 1_001u64).encode())));
        assert_eq!(code, TRANSFER_FAILED);
        let (code, _) = coded(output(call(&contract, (BOB, 1_000u64).encode())));
        assert_eq!((code, free(&contract)), (SUCCESS, 1));
    });
}

#[test]
fn cannot_self_destruct_through_storage_refund_after_price_change() {
    externalities().execute_with(|| {
        let contract = place("store");
        output(call(&contract, 10_000u32.encode()));
        set(|settings| settings.deposit_per_byte = 20);
        let result = call(&contract, 1u32.encode());
        assert_eq!(result.storage_deposit, StorageDeposit::Refund(9_999));
        assert_eq!((free(&contract), held(&contract)), (1, 100 + 2 + 1));
    });
}

#[test]
fn destroy_contract_and_transfer_funds() {
    externalities().execute_with(|| {
        let proxy = place_with("proxy", 500, vec![]);
        let child = place("terminate");
        // Transferred value reaches the beneficiary.
        let end = Proxy { value: 200, input: CHARLIE.encode(), ..Proxy::to(&child) };
        assert_eq!(end.through(&proxy).0, SUCCESS);
        assert_eq!(free(&CHARLIE), 201);
        assert_eq!(end.through(&proxy).0, NOT_CALLABLE);
    });
}

#[test]
fn a_termination_that_is_undone_has_not_happened() {
    externalities().execute_with(|| {
        let caller = place("store_then_call");
        let child = place("terminate");
        let data = [10_000u32.encode(), Proxy { input: BOB.encode(), ..Proxy::to(&child) }.encode()].concat();
        let run =
            builder::bare_call::<Test>(ALICE, caller).data(data).storage_deposit_limit(Some(100)).build();
        fails(run, Error::StorageDepositLimitExhausted);
        assert!(ContractInfoOf::<Test>::contains_key(&child));
        assert_eq!(counters(), (0, 0));
    });
}

#[test]
fn lazy_removal_works() {
    let mut externalities = externalities();
    let trie = terminated(&mut externalities, 7);
    assert_eq!(keys_left(&mut externalities, &trie, 7), 7, "termination itself deletes nothing");
    externalities.execute_with(|| {
        assert_eq!(counters(), (1, 0));
        Contracts::on_idle(System::block_number(), Weight::MAX);
        assert_eq!(counters(), (1, 1));
        assert_eq!(DeletionQueue::<Test>::iter().count(), 0);
    });
    assert_eq!(keys_left(&mut externalities, &trie, 7), 0);
}

#[test]
fn lazy_removal_partial_remove_works() {
    let mut externalities = externalities();
    let trie = terminated(&mut externalities, 10);
    externalities.execute_with(|| {
        let used = Contracts::on_idle(System::block_number(), weight_for(4));
        assert_eq!(used, weight_for(4));
        assert_eq!(counters(), (1, 0), "it stays at the head");
    });
    externalities.commit_all().unwrap();
    assert_eq!(keys_left(&mut externalities, &trie, 10), 6);
    externalities.execute_with(|| {
        let used = Contracts::on_idle(System::block_number(), weight_for(100));
        assert_eq!(used, weight_for(6), "what is not needed is not used");
        assert_eq!(counters(), (1, 1));
    });
    assert_eq!(keys_left(&mut externalities, &trie, 10), 0);
}

#[test]
fn lazy_removal_does_no_run_on_low_remaining_weight() {
    let mut externalities = externalities();
    let trie = terminated(&mut externalities, 3);
    externalities.execute_with(|| {
        let too_little = weight_for(0).saturating_sub(Weight::from_parts(1, 0));
        assert_eq!(Contracts::on_idle(System::block_number(), too_little), Weight::zero());
        assert_eq!(Contracts::on_idle(System::block_number(), weight_for(0)), weight_for(0));
        assert_eq!(counters(), (1, 0));
    });
    assert_eq!(keys_left(&mut externalities, &trie, 3), 3);
}

#[test]
fn lazy_batch_removal_works() {
    // Several contracts are terminated in one block, and their storage is deleted in one block.
    let mut externalities = externalities();
    let tries: Vec<_> = externalities.execute_with(|| {
        let made = (0..5u8).map(|salt| {
            let contract = place_another("terminate", salt + 1);
            let trie = ContractInfoOf::<Test>::get(&contract).unwrap().child_trie_info();
            child::put_raw(&trie, &0u32.to_le_bytes(), &[salt]);
            output(call(&contract, BOB.encode()));
            trie
        });
        made.collect()
    });
    externalities.commit_all().unwrap();
    externalities.execute_with(|| {
        assert_eq!(counters(), (5, 0));
        Contracts::on_idle(System::block_number(), Weight::MAX);
        assert_eq!(counters(), (5, 5));
        assert_eq!(DeletionQueue::<Test>::iter().count(), 0);
    });
    for trie in &tries {
        assert_eq!(keys_left(&mut externalities, trie, 1), 0);
    }
}

#[test]
fn lazy_removal_does_not_use_all_weight() {
    let mut externalities = externalities();
    let trie = terminated(&mut externalities, 3);
    externalities.execute_with(|| {
        // Room for two keys more than there are: their weight is left to others.
        let used = Contracts::on_idle(System::block_number(), weight_for(5));
        assert_eq!(used, weight_for(3));
        assert_eq!(counters(), (1, 1));
        // When nothing is waiting, only the look-up is charged.
        assert_eq!(Contracts::on_idle(System::block_number(), Weight::MAX), weight_for(0));
    });
    assert_eq!(keys_left(&mut externalities, &trie, 3), 0);
}

#[test]
fn deletion_queue_ring_buffer_overflow() {
    let mut externalities = externalities();
    externalities.execute_with(|| {
        DeletionQueueCounter::<Test>::mutate(|queue| {
            queue.insert_counter = u32::MAX;
            queue.delete_counter = u32::MAX;
        });
    });
    let first = terminated(&mut externalities, 3);
    let second = terminated(&mut externalities, 3);
    assert_ne!(first, second);
    externalities.execute_with(|| {
        assert_eq!(counters(), (1, u32::MAX));
        Contracts::on_idle(System::block_number(), Weight::MAX);
        assert_eq!(counters(), (1, 1));
    });
    assert_eq!(keys_left(&mut externalities, &first, 3) + keys_left(&mut externalities, &second, 3), 0);
}

#[test]
fn an_extension_cannot_make_a_terminated_contract_work() {
    // A chain extension may terminate the contract and then continue: it gets errors, not a panic.
    externalities().execute_with(|| {
        Balances::set_balance(&BOB, 1_000);
        let contract = place("chain_extension");
        fails(call(&contract, 5u32.encode()), Error::ContractNotFound);
        assert!(ContractInfoOf::<Test>::contains_key(&contract));
    });
}

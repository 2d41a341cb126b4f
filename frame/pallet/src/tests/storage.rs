//! Persistent storage.

use super::*;
use crate::{ContractAccessError, ContractInfoOf, Pallet};
use sp_io::hashing::{blake2_128, blake2_256};

#[test]
fn storage_work() {
    externalities().execute_with(|| {
        let contract = place("storage");
        output(call(&contract, vec![]));
        let info = ContractInfoOf::<Test>::get(&contract).unwrap();
        // One key of 38 bytes remains, with "three" in it.
        assert_eq!((info.storage_items, info.storage_bytes), (1, 5));
    });
}

#[test]
fn storage_max_value_limit() {
    externalities().execute_with(|| {
        let contract = place("store");
        output(call(&contract, (16 * 1024u32).encode()));
        fails(call(&contract, (16 * 1024u32 + 1).encode()), Error::ValueTooLarge);
        fails(call(&contract, u32::MAX.encode()), Error::OutOfGas);
    });
}

#[test]
fn keys_lie_where_clients_look_for_them() {
    externalities().execute_with(|| {
        let contract = place("store");
        output(call(&contract, 3u32.encode()));
        let trie = ContractInfoOf::<Test>::get(&contract).unwrap().child_trie_info();
        let mut fixed = [0; 32];
        fixed[0] = 1;
        let raw = |key: &[u8]| frame_support::storage::child::get_raw(&trie, key);
        assert_eq!(raw(&blake2_256(&fixed)), Some(vec![0; 3]));

        let contract = place("spin");
        let _ = contract;
        let contract = place("storage");
        output(call(&contract, vec![]));
        let key = [0x40; 38];
        let trie = ContractInfoOf::<Test>::get(&contract).unwrap().child_trie_info();
        let place = [&blake2_128(&key)[..], &key[..]].concat();
        assert_eq!(frame_support::storage::child::get_raw(&trie, &place), Some(b"three".to_vec()));
        assert_eq!(Pallet::<Test>::get_storage(contract.clone(), key.to_vec()), Ok(Some(b"three".to_vec())));
        assert_eq!(Pallet::<Test>::get_storage(contract.clone(), vec![]), Ok(None));
        assert_eq!(
            Pallet::<Test>::get_storage(contract, vec![0; 129]),
            Err(ContractAccessError::KeyDecodingFailed)
        );
        assert_eq!(Pallet::<Test>::get_storage(BOB, vec![]), Err(ContractAccessError::DoesntExist));
    });
}

#[test]
fn a_key_that_is_too_long_does_not_decode() {
    externalities().execute_with(|| {
        let program = |len: u32| {
            let source = format!(
                "#! bytes key {}\ndeploy:\n exit\ncall:\n sys seal2::set_storage @key, {len}, @key, 1\n exit",
                "07".repeat(129)
            );
            let image = fixture::assemble(&source).unwrap();
            let made = builder::bare_instantiate::<Test>(ALICE, Code::Upload(image)).build();
            made.result.unwrap().account_id
        };
        output(call(&program(128), vec![]));
        fails(call(&program(129), vec![]), Error::DecodingFailed);
    });
}

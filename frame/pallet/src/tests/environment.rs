//! What a contract can learn.

use super::*;
use crate::price::Price;
use codec::Decode;
use sp_weights::Weight;

#[derive(Decode, Debug, PartialEq, Eq)]
struct Known {
    caller: AccountId32,
    address: AccountId32,
    code_hash: H256,
    value: u64,
    balance: u64,
    minimum_balance: u64,
    now: u64,
    block_number: u64,
    caller_is_origin: bool,
    caller_is_root: bool,
}

fn known(bytes: &[u8]) -> Known {
    Known::decode(&mut &bytes[..]).unwrap()
}

#[test]
fn a_contract_knows_its_call_and_its_chain() {
    externalities().execute_with(|| {
        set(|settings| settings.existential_deposit = 5);
        let contract = place_with("environment", 300, vec![]);
        System::set_block_number(17);
        pallet_timestamp::Now::<Test>::put(99);
        let said = builder::bare_call::<Test>(ALICE, contract.clone()).value(40).build();
        let expected = Known {
            caller: ALICE,
            address: contract.clone(),
            code_hash: fixture::compile("environment").1,
            value: 40,
            balance: 340,
            minimum_balance: 5,
            now: 99,
            block_number: 17,
            caller_is_origin: true,
            caller_is_root: false,
        };
        assert_eq!(known(&output(said).data), expected);

        // Through another contract.
        let proxy = place_with("proxy", 100, vec![]);
        let (_, said) = Proxy { value: 7, ..Proxy::to(&contract) }.through(&proxy);
        let expected = Known { caller: proxy, value: 7, balance: 347, caller_is_origin: false, ..expected };
        assert_eq!(known(&said), expected);
    });
}

#[test]
fn balance_api_returns_free_balance() {
    externalities().execute_with(|| {
        let contract = place("environment");
        assert_eq!(
            known(&output(call(&contract, vec![])).data).balance,
            0,
            "neither what keeps it alive nor holds"
        );
    });
}

#[test]
fn is_contract_and_code_hash_work() {
    externalities().execute_with(|| {
        let contract = place("contracts");
        let ask = |account: &AccountId32| {
            let data = output(call(&contract, account.encode())).data;
            <(u32, u32, H256)>::decode(&mut &data[..]).unwrap()
        };
        assert_eq!(ask(&contract), (1, SUCCESS, fixture::compile("contracts").1));
        assert_eq!(ask(&ALICE), (0, KEY_NOT_FOUND, H256::zero()));
    });
}

#[test]
fn gas_left_and_price() {
    externalities().execute_with(|| {
        let contract = place("gas");
        let limit = Weight::from_parts(50_000_000_000, 1_000_000);
        let result = builder::bare_call::<Test>(ALICE, contract).gas_limit(limit).build();
        let used = result.gas_consumed;
        let data = output(result).data;
        assert_eq!((data[0], data[26], data[35]), (8, 8, 8));
        let ref_time = u64::decode(&mut &data[1..]).unwrap();
        let left = Weight::decode(&mut &data[10..]).unwrap();
        assert!(ref_time > left.ref_time(), "time went by in between");
        assert!(left.ref_time() > limit.ref_time() - used.ref_time(), "and afterwards");
        // The fixture asks for a price twice after it has read its gas.
        let prices = 2 * Price::WeightToFee.weight::<Test>().proof_size();
        assert_eq!(left.proof_size(), limit.proof_size() - used.proof_size() + prices);
        assert_eq!(u64::decode(&mut &data[27..]), Ok(1_000));
        assert_eq!(u64::decode(&mut &data[36..]), Ok(3_000));
    });
}

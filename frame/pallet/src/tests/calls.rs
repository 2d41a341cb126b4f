//! Contracts that call: values, input, output, and who is responsible for an error.

use super::*;
use crate::{ContractInfoOf, Event, Origin};
use frame_support::{assert_noop, traits::fungible::Mutate};
use sp_weights::Weight;

#[test]
fn calling_plain_account_fails() {
    externalities().execute_with(|| {
        Balances::set_balance(&BOB, 1_000);
        let called = builder::call::<Test>(RuntimeOrigin::signed(ALICE), BOB).build();
        assert_eq!(called.unwrap_err().error, Error::<Test>::ContractNotFound.into());
    });
}

#[test]
fn flags_and_data_come_back() {
    externalities().execute_with(|| {
        let contract = place_with("return_with_data", 0, 0u32.encode());
        let said = output(call(&contract, [0u32.encode(), vec![1, 2, 3]].concat()));
        assert!(!said.did_revert());
        assert_eq!(said.data, [1, 2, 3]);
        let said = output(call(&contract, [1u32.encode(), vec![4]].concat()));
        assert!(said.did_revert());
        assert_eq!(said.data, [4]);
        fails(call(&contract, 2u32.encode()), Error::InvalidCallFlags);
    });
}

#[test]
fn contract_reverted() {
    externalities().execute_with(|| {
        let contract = place_with("return_with_data", 0, 0u32.encode());
        let called = builder::call::<Test>(RuntimeOrigin::signed(ALICE), contract)
            .value(10)
            .data(1u32.encode())
            .build();
        assert_eq!(called.unwrap_err().error, Error::<Test>::ContractReverted.into());
    });
}

#[test]
fn value_goes_along_and_comes_back_when_the_call_fails() {
    externalities().execute_with(|| {
        let contract = place_with("return_with_data", 0, 0u32.encode());
        let send = |flags: u32| {
            let called = builder::bare_call::<Test>(ALICE, contract.clone()).value(10).data(flags.encode());
            let _ = called.build();
            free(&contract)
        };
        assert_eq!(send(0), 11);
        assert_eq!(send(1), 11, "reverted");
        assert_eq!(send(2), 11, "trapped");
    });
}

#[test]
fn call_return_code() {
    externalities().execute_with(|| {
        let proxy = place_with("proxy", 100, vec![]);
        let callee = place_with("return_with_data", 0, 0u32.encode());
        let ok = Proxy { input: 0u32.encode(), ..Proxy::to(&callee) };
        assert_eq!(ok.through(&proxy), (SUCCESS, vec![]));
        assert_eq!(
            Proxy { input: [1u32.encode(), vec![7]].concat(), ..ok.clone() }.through(&proxy),
            (CALLEE_REVERTED, vec![7])
        );
        assert_eq!(Proxy { input: 2u32.encode(), ..ok.clone() }.through(&proxy), (CALLEE_TRAPPED, vec![]));
        assert_eq!(Proxy { value: 100, ..ok.clone() }.through(&proxy), (SUCCESS, vec![]));
        assert_eq!(Proxy { value: 1, ..ok.clone() }.through(&proxy), (TRANSFER_FAILED, vec![]));
        assert_eq!(Proxy { callee: CHARLIE, ..ok.clone() }.through(&proxy), (NOT_CALLABLE, vec![]));
        fails(call(&proxy, Proxy { flags: 32, ..ok }.encode()), Error::InvalidCallFlags);
    });
}

#[test]
fn events_of_a_call_come_in_order() {
    externalities().execute_with(|| {
        let proxy = place("proxy");
        let callee = place("event");
        take_events();
        let input = [0u32.encode(), 3u32.encode()].concat();
        assert_eq!(Proxy { input, ..Proxy::to(&callee) }.through(&proxy).0, SUCCESS);
        assert_eq!(
            take_events(),
            [
                Event::ContractEmitted { contract: callee.clone(), data: vec![0; 3] },
                Event::Called { caller: Origin::Signed(proxy.clone()), contract: callee },
                Event::Called { caller: Origin::Signed(ALICE), contract: proxy },
            ]
        );
    });
}

#[test]
fn a_callee_that_fails_is_undone_and_its_caller_is_not() {
    externalities().execute_with(|| {
        let proxy = place("proxy");
        let spin = place("spin");
        take_events();
        let limited = Proxy { ref_time: 1_000_000_000, proof_size: 200_000, ..Proxy::to(&spin) };
        assert_eq!(limited.through(&proxy), (CALLEE_TRAPPED, vec![]));
        assert_eq!(ContractInfoOf::<Test>::get(&spin).unwrap().storage_items, 0);
        assert_eq!(held(&spin), 100, "nothing but the base deposit");
        assert_eq!(take_events(), [Event::Called { caller: Origin::Signed(ALICE), contract: proxy }]);
    });
}

#[test]
fn tail_call_forward_and_clone_input() {
    externalities().execute_with(|| {
        let proxy = place("proxy");
        let callee = place_with("return_with_data", 0, 0u32.encode());
        // TAIL_CALL: what the callee returns is passed on unchanged, with its flags.
        let input = [1u32.encode(), vec![9]].concat();
        let said = output(call(&proxy, Proxy { flags: 4, input, ..Proxy::to(&callee) }.encode()));
        assert_eq!((said.did_revert(), said.data), (true, vec![9]));

        // CLONE_INPUT: the callee gets the proxy's own input, the address of the callee first.
        let first = u32::from_le_bytes(callee.encode()[..4].try_into().unwrap());
        let cloned = Proxy { flags: 2, ..Proxy::to(&callee) }.through(&proxy);
        assert!(first > 1, "no valid flags, so the callee fails");
        assert_eq!(cloned, (CALLEE_TRAPPED, vec![]));

        // FORWARD_INPUT: the input is gone afterwards.
        let forward = place("forward_twice");
        let echo = place("dummy");
        fails(call(&forward, echo.encode()), Error::InputForwarded);
    });
}

#[test]
fn max_depth() {
    externalities().execute_with(|| {
        let contract = place("recurse");
        // Five on the stack besides the first.
        output(call(&contract, 5u32.encode()));
        fails(call(&contract, 6u32.encode()), Error::ContractTrapped);
    });
}

#[test]
fn a_call_beyond_the_depth_ends_the_caller() {
    externalities().execute_with(|| {
        let proxies: Vec<_> = (0..6)
            .map(|salt| {
                let (image, _) = fixture::compile("proxy");
                let made = builder::bare_instantiate::<Test>(ALICE, Code::Upload(image)).salt(vec![salt]);
                made.build().result.unwrap().account_id
            })
            .collect();
        let dummy = place("dummy");
        let chain = |count: usize| {
            proxies[1..count]
                .iter()
                .rev()
                .fold(Proxy::to(&dummy), |inner, proxy| Proxy { input: inner.encode(), ..Proxy::to(proxy) })
        };
        // Six frames: five proxies and the dummy.
        assert_eq!(chain(5).through(&proxies[0]), (SUCCESS, [0u32; 4].encode()));
        // Seven: the error ends the innermost proxy, and its caller sees that.
        assert_eq!(chain(6).through(&proxies[0]), (SUCCESS, [0u32, 0, 0, CALLEE_TRAPPED].encode()));
    });
}

#[test]
fn gas_limits_of_a_call_are_kept() {
    externalities().execute_with(|| {
        let proxy = place("proxy");
        let store = place("store");
        let big = Proxy { input: 10_000u32.encode(), ..Proxy::to(&store) };
        assert_eq!(big.through(&proxy).0, SUCCESS);
        assert_eq!(Proxy { ref_time: 1_000, ..big.clone() }.through(&proxy).0, CALLEE_TRAPPED);
        assert_eq!(Proxy { proof_size: 10, ..big.clone() }.through(&proxy).0, CALLEE_TRAPPED);
        // More than is left means all that is left.
        assert_eq!(Proxy { ref_time: u64::MAX, proof_size: u64::MAX, ..big }.through(&proxy).0, SUCCESS);
    });
}

#[test]
fn transfer_return_code() {
    externalities().execute_with(|| {
        let contract = place_with("transfer", 100, vec![]);
        let send = |to: &AccountId32, value: u64| coded(output(call(&contract, (to, value).encode()))).0;
        assert_eq!(send(&BOB, 60), SUCCESS);
        assert_eq!((free(&BOB), free(&contract)), (60, 41));
        assert_eq!(send(&BOB, 41), TRANSFER_FAILED, "the existential deposit stays");
        assert_eq!(send(&BOB, 40), SUCCESS);
        assert_eq!(send(&contract, 1_000_000), SUCCESS, "to itself");
        assert_eq!(send(&CHARLIE, 0), SUCCESS, "nothing");
        assert_eq!(send(&CHARLIE, u64::MAX), TRANSFER_FAILED);
    });
}

#[test]
fn deploy_and_call_other_contract() {
    // The contract instantiates its callee: this fails when the callee reverts or gets too little gas, then it
    // succeeds, with value. It then calls it in the same four ways, and traps if a result is wrong.
    externalities().execute_with(|| {
        let caller = place_with("caller_contract", 100_000, vec![]);
        let hash = store("return_with_data");
        let input = [0u32.encode(), vec![0x22, 0x33, 0x44, 0x55]].concat();
        let callee = crate::Pallet::<Test>::contract_address(&caller, &hash, &input, &[]);
        take_events();
        let before = free(&ALICE);
        let called = builder::call::<Test>(RuntimeOrigin::signed(ALICE), caller.clone()).data(hash.encode());
        called.build().unwrap();
        let moved = (free(&callee), free(&caller), before - free(&ALICE));
        assert_eq!(moved, (1 + 2 * 32_768, 100_001 - 2 * 32_768, 1 + 100));
        assert_eq!(
            take_events(),
            [
                Event::Instantiated { deployer: caller.clone(), contract: callee.clone() },
                Event::Called { caller: Origin::Signed(caller.clone()), contract: callee.clone() },
                Event::Called { caller: Origin::Signed(ALICE), contract: caller },
                Event::StorageDepositTransferredAndHeld { from: ALICE, to: callee, amount: 100 },
            ]
        );
    });
}

#[test]
fn bare_call_returns_events() {
    externalities().execute_with(|| {
        let contract = place("event");
        let input = [0u32.encode(), 1u32.encode()].concat();
        let call = builder::bare_call::<Test>(ALICE, contract).data(input);
        let asked = call.collect_events(crate::CollectEvents::UnsafeCollect).build();
        let events = asked.events.unwrap();
        assert!(!events.is_empty());
        assert_eq!(events, System::events());
    });
}

#[test]
fn bare_call_does_not_return_events() {
    externalities().execute_with(|| {
        let contract = place("event");
        let input = [0u32.encode(), 1u32.encode()].concat();
        assert_eq!(builder::bare_call::<Test>(ALICE, contract).data(input).build().events, None);
        assert!(!System::events().is_empty());
    });
}

#[test]
fn failing_calls_leave_no_trace_in_the_state() {
    externalities().execute_with(|| {
        let trap = place("trap");
        for kind in 0u32..4 {
            assert_noop!(call(&trap, kind.encode()).result, Error::<Test>::ContractTrapped);
        }
        let spin = place("spin");
        assert_noop!(call(&spin, vec![]).result, Error::<Test>::OutOfGas);
    });
}

#[test]
fn weight_limits_of_zero_run_nothing() {
    externalities().execute_with(|| {
        let contract = place("dummy");
        let result = builder::bare_call::<Test>(ALICE, contract).gas_limit(Weight::zero()).build();
        assert_eq!(result.gas_consumed, Weight::zero());
        fails(result, Error::OutOfGas);
    });
}

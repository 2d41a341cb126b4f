//! Calls of the runtime by contracts.

use super::*;
use frame_support::traits::fungible::Mutate;

fn dispatch(contract: &AccountId32, call_of_runtime: RuntimeCall) -> CallResult {
    call(contract, call_of_runtime.encode())
}

fn transfer(to: AccountId32, value: u64) -> RuntimeCall {
    RuntimeCall::Balances(pallet_balances::Call::transfer_keep_alive { dest: to, value })
}

#[test]
fn call_runtime_works() {
    externalities().execute_with(|| {
        let contract = place_with("call_runtime", 500, vec![]);
        let (code, _) = coded(output(dispatch(&contract, transfer(BOB, 100))));
        assert_eq!((code, free(&BOB)), (SUCCESS, 100), "signed by the contract");
        let failed = dispatch(&contract, transfer(BOB, 10_000));
        let text = String::from_utf8(failed.debug_message.clone()).unwrap();
        assert!(text.starts_with("call failed with: "), "{text}");
        assert_eq!(coded(output(failed)).0, CALL_RUNTIME_FAILED);
    });
}

#[test]
fn call_runtime_filter() {
    externalities().execute_with(|| {
        set(|settings| settings.filter = |call| !matches!(call, RuntimeCall::Balances(_)));
        let contract = place_with("call_runtime", 500, vec![]);
        assert_eq!(coded(output(dispatch(&contract, transfer(BOB, 100)))).0, CALL_RUNTIME_FAILED);
        let remark = RuntimeCall::System(frame_system::Call::remark { remark: vec![1] });
        assert_eq!(coded(output(dispatch(&contract, remark))).0, SUCCESS);
        // Nor in a batch, whose own origin is filtered too.
        let batch = RuntimeCall::Utility(pallet_utility::Call::batch_all { calls: vec![transfer(BOB, 100)] });
        assert_eq!(coded(output(dispatch(&contract, batch))).0, CALL_RUNTIME_FAILED);
        assert_eq!(free(&BOB), 0);
    });
}

#[test]
fn call_runtime_reentrancy_guarded() {
    externalities().execute_with(|| {
        let contract = place_with("call_runtime", 500, vec![]);
        let dummy = place("dummy");
        let inner = RuntimeCall::Contracts(crate::Call::call {
            dest: dummy.clone(),
            value: 0,
            gas_limit: GAS_LIMIT / 3,
            storage_deposit_limit: None,
            data: vec![],
        });
        assert_eq!(coded(output(dispatch(&contract, inner))).0, CALL_RUNTIME_FAILED);
        let (image, _) = fixture::compile("other_dummy");
        let inner = RuntimeCall::Contracts(crate::Call::instantiate_with_code {
            value: 0,
            gas_limit: GAS_LIMIT / 3,
            storage_deposit_limit: None,
            code: image,
            data: vec![],
            salt: vec![],
        });
        Balances::set_balance(&contract, 1_000_000);
        assert_eq!(coded(output(dispatch(&contract, inner))).0, CALL_RUNTIME_FAILED);
        // The guard is gone afterwards.
        output(call(&dummy, vec![]));
    });
}

#[test]
fn call_runtime_panics_on_invalid_call() {
    externalities().execute_with(|| {
        let contract = place("call_runtime");
        fails(call(&contract, vec![255, 255]), Error::DecodingFailed);
        fails(call(&contract, vec![]), Error::DecodingFailed);
        let mut trailing = transfer(BOB, 0).encode();
        trailing.push(0);
        fails(call(&contract, trailing), Error::DecodingFailed);
        // Nested calls: deeper than values may be nested.
        let mut bomb = RuntimeCall::System(frame_system::Call::remark { remark: vec![] });
        for _ in 0..300 {
            bomb = RuntimeCall::Utility(pallet_utility::Call::batch { calls: vec![bomb] });
        }
        fails(call(&contract, bomb.encode()), Error::DecodingFailed);
    });
}

#[test]
fn gas_estimation_call_runtime() {
    externalities().execute_with(|| {
        let contract = place("call_runtime");
        // A call whose declared weight is far above what it uses.
        let dear = RuntimeCall::Utility(pallet_utility::Call::batch { calls: vec![] });
        let result = dispatch(&contract, dear.clone());
        assert!(result.gas_required.all_gte(result.gas_consumed));
        let required = result.gas_required;
        output(result);
        let exact = builder::bare_call::<Test>(ALICE, contract.clone())
            .gas_limit(required)
            .data(dear.encode())
            .build();
        output(exact);
    });
}

//! Contracts that are on the stack more than once.

use super::*;
use crate::ContractInfoOf;

/// The counts that the fixture `reentrance` returns: its own, that of an account, and the number of contracts made.
fn counts(output: &[u8]) -> (u32, u32, u64) {
    codec::Decode::decode(&mut &output[..]).unwrap()
}

#[test]
fn call_reentry_direct_recursion() {
    externalities().execute_with(|| {
        let proxy = place("proxy");
        let dummy = place("dummy");
        let inner = Proxy::to(&dummy).encode();
        let again = |flags| Proxy { flags, input: inner.clone(), ..Proxy::to(&proxy) };
        assert_eq!(again(ALLOW_REENTRY).through(&proxy), (SUCCESS, 0u32.encode()));
        fails(call(&proxy, again(0).encode()), Error::ReentranceDenied);
    });
}

#[test]
fn call_deny_reentry() {
    externalities().execute_with(|| {
        let (image, _) = fixture::compile("proxy");
        let a = place("proxy");
        let made = builder::bare_instantiate::<Test>(ALICE, Code::Upload(image)).salt(vec![1]).build();
        let b = made.result.unwrap().account_id;
        let dummy = place("dummy");
        let back = |flags| {
            let home = Proxy { input: Proxy::to(&dummy).encode(), ..Proxy::to(&a) };
            Proxy { flags, input: home.encode(), ..Proxy::to(&b) }
        };
        assert_eq!(back(ALLOW_REENTRY).through(&a), (SUCCESS, [0u32, 0].encode()));
        // The refusal ends b; a sees that its callee failed.
        assert_eq!(back(0).through(&a), (CALLEE_TRAPPED, vec![]));
        // The permission is for one call.
        assert_eq!(back(0).through(&a).0, CALLEE_TRAPPED);
    });
}

#[test]
fn reentrance_count_works_with_call() {
    // Calls itself as often as its input says, and returns the counts from the innermost frame.
    externalities().execute_with(|| {
        let contract = program(
            "#! space in 16\n#! u32 in_len 16\n#! space own 32\n#! u32 own_len 32\n#! u64 value 0\n#! space out 8",
            "sys seal0::input @in, @in_len\n r9 = @in\n r6 = *(u32 *)(r9 + 0)\n if r6 == 0 goto count\n \
             r6 += -1\n *(u32 *)(r9 + 0) = w6\n sys seal0::address @own, @own_len\n \
             sys seal1::call 12, @own, 0, @value, @in, 4, 0xffffffff, 0\n exit\ncount:\n \
             sys seal0::reentrance_count\n r9 = @out\n *(u32 *)(r9 + 0) = w0\n \
             sys seal0::seal_return 0, @out, 4",
            0,
        );
        for depth in 0..=5u32 {
            assert_eq!(output(call(&contract, depth.encode())).data, depth.encode());
        }
    });
}

#[test]
fn account_reentrance_count_works() {
    externalities().execute_with(|| {
        let contract = place("reentrance");
        assert_eq!(counts(&output(call(&contract, contract.encode())).data), (0, 1, 1));
        assert_eq!(counts(&output(call(&contract, BOB.encode())).data), (0, 0, 1));
        let proxy = place("proxy");
        let through = Proxy { input: proxy.encode(), ..Proxy::to(&contract) }.through(&proxy).1;
        assert_eq!(counts(&through), (0, 1, 2));
        // The proxy twice, through itself.
        let innermost = Proxy { input: proxy.encode(), ..Proxy::to(&contract) };
        let again = Proxy { flags: ALLOW_REENTRY, input: innermost.encode(), ..Proxy::to(&proxy) };
        let (code, said) = again.through(&proxy);
        assert_eq!((code, counts(&said[4..])), (SUCCESS, (0, 2, 2)));
    });
}

#[test]
fn reentrance_count_works_with_delegated_call() {
    externalities().execute_with(|| {
        let contract = place("delegate");
        let library = store("reentrance");
        let said = output(call(&contract, (0u32, library, &contract).encode()));
        assert_eq!(counts(&coded(said).1), (0, 1, 1), "a delegate call is no frame of its own");
    });
}

#[test]
fn in_memory_changes_not_discarded() {
    // A contract stores, calls itself through another, stores again there and afterwards: every frame has to know what
    // the others did.
    externalities().execute_with(|| {
        let caller = place("store_then_call");
        let proxy = place("proxy");
        let dummy = place("dummy");
        let innermost = [30u32.encode(), Proxy::to(&dummy).encode()].concat();
        let through = Proxy { input: innermost, ..Proxy::to(&caller) };
        let outer = Proxy { flags: ALLOW_REENTRY, input: through.encode(), ..Proxy::to(&proxy) }.encode();
        output(call(&caller, [10u32.encode(), outer].concat()));
        // 11 bytes in the end. The inner frame left 31, and deposited for 21 + 10 more than the outer one knew of when
        // it began.
        let info = ContractInfoOf::<Test>::get(&caller).unwrap();
        assert_eq!((info.storage_items, info.storage_bytes), (1, 11));
        assert_eq!(held(&caller), info.total_deposit());
        // 21 bytes, less the share of 10 of them, rounded down to 9, and an item.
        assert_eq!(info.total_deposit(), 100 + 21 - 9 + 2);
    });
}

#[test]
fn recursive_call_during_constructor_fails() {
    externalities().execute_with(|| {
        let (image, hash) = fixture::compile("proxy");
        // The constructor calls the address that the contract will have.
        let guess = |data: &[u8]| crate::Pallet::<Test>::contract_address(&ALICE, &hash, data, &[]);
        let data = Proxy { flags: ALLOW_REENTRY, ..Proxy::to(&guess(&[])) }.encode();
        let made = builder::bare_instantiate::<Test>(ALICE, Code::Upload(image)).data(data).build();
        let said = made.result.unwrap();
        assert_eq!(coded(said.result).0, NOT_CALLABLE);
    });
}

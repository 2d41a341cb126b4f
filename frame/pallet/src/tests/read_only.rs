//! Calls that must not change anything.

use super::*;

/// Calls `fixture` through a proxy, read-only and normally.
fn both(fixture: &str, value: u64, input: Vec<u8>) -> [Result<u32, DispatchError>; 2] {
    [0, READ_ONLY].map(|flags| {
        externalities().execute_with(|| {
            let proxy = place_with("proxy", 1_000, vec![]);
            let deploy_with = if fixture == "return_with_data" { 0u32.encode() } else { vec![] };
            let callee = place_with(fixture, 1_000, deploy_with);
            let call_it = Proxy { flags, value, input: input.clone(), ..Proxy::to(&callee) };
            call(&proxy, call_it.encode()).result.map(|output| coded(output).0)
        })
    })
}

#[test]
fn read_only_call_works() {
    assert_eq!(both("return_with_data", 0, 0u32.encode()), [Ok(SUCCESS), Ok(SUCCESS)]);
    assert_eq!(both("environment", 0, vec![]), [Ok(SUCCESS), Ok(SUCCESS)]);
    assert_eq!(both("transient_storage", 0, vec![]), [Ok(SUCCESS), Ok(SUCCESS)], "it does not last");
}

#[test]
fn read_only_call_cannot_store() {
    assert_eq!(both("store", 0, 4u32.encode()), [Ok(SUCCESS), Ok(CALLEE_TRAPPED)]);
}

#[test]
fn read_only_call_cannot_transfer() {
    assert_eq!(both("transfer", 0, (BOB, 10u64).encode()), [Ok(SUCCESS), Ok(CALLEE_TRAPPED)]);
    let denied = Err(Error::<Test>::StateChangeDenied.into());
    assert_eq!(both("return_with_data", 10, 0u32.encode()), [Ok(SUCCESS), denied]);
}

#[test]
fn read_only_call_cannot_do_anything_else_that_lasts() {
    let remark = RuntimeCall::System(frame_system::Call::remark { remark: vec![] }).encode();
    assert_eq!(both("event", 0, [0u32, 1].encode()), [Ok(SUCCESS), Ok(CALLEE_TRAPPED)]);
    assert_eq!(both("terminate", 0, BOB.encode()), [Ok(SUCCESS), Ok(CALLEE_TRAPPED)]);
    assert_eq!(both("call_runtime", 0, remark), [Ok(SUCCESS), Ok(CALLEE_TRAPPED)]);
    assert_eq!(both("set_code_hash", 0, vec![0; 32]), [Ok(SUCCESS), Ok(CALLEE_TRAPPED)]);
    assert_eq!(both("create", 0, vec![0; 52]), [Ok(SUCCESS), Ok(CALLEE_TRAPPED)]);
}

#[test]
fn read_only_subsequent_call_cannot_store() {
    for (flags, code) in [(0, SUCCESS), (READ_ONLY, CALLEE_TRAPPED)] {
        externalities().execute_with(|| {
            let (outer, store) = (place("proxy"), place("store"));
            let (image, _) = fixture::compile("proxy");
            let made = builder::bare_instantiate::<Test>(ALICE, Code::Upload(image)).salt(vec![1]).build();
            let inner = made.result.unwrap().account_id;
            let innermost = Proxy { input: 4u32.encode(), ..Proxy::to(&store) };
            let call = Proxy { flags, input: innermost.encode(), ..Proxy::to(&inner) };
            assert_eq!(call.through(&outer), (SUCCESS, code.encode()));
        });
    }
}

#[test]
fn delegated_code_is_read_only_with_its_contract() {
    externalities().execute_with(|| {
        let (proxy, library) = (place("proxy"), store("store"));
        // The contract itself stores before it delegates, so it already fails; a plain library does not.
        let contract = place("dependency");
        let input = [(4u32, library).encode()].concat();
        let call = Proxy { flags: READ_ONLY, input, ..Proxy::to(&contract) };
        assert_eq!(call.through(&proxy).0, SUCCESS, "the library has no input, so it stores nothing");
        let spin = store("spin");
        let call = Proxy { flags: READ_ONLY, input: (4u32, spin).encode(), ..Proxy::to(&contract) };
        assert_eq!(call.through(&proxy).0, CALLEE_TRAPPED, "this one stores");
    });
}

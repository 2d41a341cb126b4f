//! Chain extensions.

use super::*;

fn extension(id: u32, input: &[u8]) -> CallResult {
    let contract = place("chain_extension");
    call(&contract, [&id.encode(), input].concat())
}

#[test]
fn chain_extension_works() {
    externalities().execute_with(|| {
        assert_eq!(coded(output(extension(0, &[1, 2, 3]))), (3, vec![1, 2, 3]));
    });
    externalities().execute_with(|| {
        let numbers = place("extension_numbers");
        assert_eq!(coded(output(call(&numbers, vec![]))), (4321, vec![]));
    });
    externalities().execute_with(|| {
        // The other extension: two numbers come back, here the address and the length of the input.
        let (code, said) = coded(output(extension(1 << 16, &[9])));
        assert_eq!((code, said.len(), &said[4..]), (0, 8, &1u32.to_le_bytes()[..]));
    });
}

#[test]
fn an_extension_can_end_the_contract() {
    externalities().execute_with(|| {
        let said = output(extension(3, &[]));
        assert_eq!((said.did_revert(), said.data), (true, vec![42, 99]));
    });
}

#[test]
fn chain_extension_temp_storage_works() {
    externalities().execute_with(|| {
        // The contract calls twice; the extension counts per frame.
        assert_eq!(coded(output(extension(4, &[]))).0, 2);
        let hash = fixture::compile("chain_extension").1;
        let contract = crate::Pallet::<Test>::contract_address(&ALICE, &hash, &[], &[]);
        assert_eq!(coded(output(call(&contract, 4u32.encode()))).0, 2, "a new frame counts anew");
    });
}

#[test]
fn an_extension_charges_weight() {
    externalities().execute_with(|| {
        let contract = place("chain_extension");
        let run = |millions: u32| call(&contract, [2u32, millions].encode());
        let (cheap, dear) = (run(1), run(10_000));
        assert_eq!(cheap.gas_consumed, dear.gas_consumed, "what was too much comes back");
        let difference = dear.gas_required.saturating_sub(cheap.gas_required);
        assert!(difference.ref_time() >= 9_000_000_000, "but it has to be offered: {difference:?}");
        fails(run(u32::MAX), Error::OutOfGas);
    });
}

#[test]
fn unknown_extensions_end_the_contract() {
    externalities().execute_with(|| fails(extension(2 << 16, &[]), Error::NoChainExtension));
}

#[test]
fn disabled_chain_extension_errors_on_call() {
    externalities().execute_with(|| {
        let contract = place("chain_extension");
        set(|settings| settings.extensions = false);
        // Code from before is refused when it is loaded.
        let result = call(&contract, 0u32.encode());
        let text = String::from_utf8(result.debug_message.clone()).unwrap();
        assert!(text.contains("calls the chain's extensions"), "{text}");
        fails(result, Error::CodeRejected);
    });
}

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
        // The other extension returns two numbers, here the address and the length of the input.
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
    externalities().execute_with(|| {
        // Calls once, then itself without input, which calls twice, then again: three of them are its own.
        let contract = program(
            "#! space in 16\n#! u32 in_len 16\n#! space own 32\n#! u32 own_len 32\n#! u64 value 0\n#! space out 8",
            "sys seal0::input @in, @in_len\n sys seal0::call_chain_extension 4, 0, 0, 0, 0\n r7 = r0\n \
             r6 = @in_len\n r6 = *(u32 *)(r6 + 0)\n if r6 == 0 goto inner\n \
             sys seal0::address @own, @own_len\n sys seal1::call 8, @own, 0, @value, 0, 0, 0xffffffff, 0\n \
             require r0 == 0\n sys seal0::call_chain_extension 4, 0, 0, 0, 0\ninner:\n \
             sys seal0::call_chain_extension 4, 0, 0, 0, 0\n r9 = @out\n *(u32 *)(r9 + 0) = w0\n \
             sys seal0::seal_return 0, @out, 4",
            0,
        );
        assert_eq!(coded(output(call(&contract, vec![1]))).0, 3, "the inner frame had one of its own");
        assert_eq!(coded(output(call(&contract, vec![]))).0, 2);
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
        // Older code is refused when it is loaded.
        let result = call(&contract, 0u32.encode());
        let text = String::from_utf8(result.debug_message.clone()).unwrap();
        assert!(text.contains("calls the chain's extensions"), "{text}");
        fails(result, Error::CodeRejected);
    });
}

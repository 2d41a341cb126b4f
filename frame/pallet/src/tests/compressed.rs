//! Compressed code: which length counts for what, the cost of expanding it, and what is not valid. Both engines run it
//! side by side, as in all tests here.

use super::*;
use crate::{price::Price, CodeInfo, CodeInfoOf, Determinism, HoldReason, Pallet, PristineCode, WeightInfo};
use codec::MaxEncodedLen;
use contract_abi::image::{compressed::MAX_IMAGE, Outline};
use frame_support::{assert_noop, dispatch::GetDispatchInfo, weights::Weight};

/// A fixture, raw and compressed.
fn both(fixture: &str) -> (Vec<u8>, Vec<u8>) {
    let (raw, _) = fixture::compile(fixture);
    let compressed = bpf_linker::compress(&raw).unwrap().expect("headers alone make it shorter");
    (raw, compressed)
}

fn place_code(code: Vec<u8>) -> AccountId32 {
    builder::bare_instantiate::<Test>(ALICE, Code::Upload(code)).build().result.unwrap().account_id
}

fn upload(code: Vec<u8>) -> Result<H256, DispatchError> {
    let stored = Pallet::<Test>::bare_upload_code(ALICE, code, None, Determinism::Enforced);
    stored.map(|stored| stored.code_hash)
}

/// The reason that a dry run gives for refusing code.
fn refused(code: Vec<u8>) -> String {
    let result = builder::bare_instantiate::<Test>(ALICE, Code::Upload(code)).build();
    assert_eq!(result.result.map(|_| ()), Err(Error::<Test>::CodeRejected.into()));
    String::from_utf8(result.debug_message).unwrap()
}

/// The weight of loading code.
fn load(code: &[u8]) -> Weight {
    let stored = Price::LoadCode(code.len() as u32).weight::<Test>();
    match Outline::of(code).unwrap() {
        Outline { compressed: true, raw_len, .. } => stored + Price::ExpandCode(raw_len).weight::<Test>(),
        _ => stored,
    }
}

#[test]
fn every_fixture_comes_back() {
    let folder = fixture::path("dummy");
    let mut count = 0;
    for file in std::fs::read_dir(folder.parent().unwrap()).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "bpf") {
            let (raw, compressed) = both(path.file_stem().unwrap().to_str().unwrap());
            assert!(contract_abi::image::compressed::decompress(&compressed).unwrap() == raw, "{path:?}");
            count += 1;
        }
    }
    assert!(count > 30);
}

#[test]
fn what_is_stored_is_what_was_sent() {
    externalities().execute_with(|| {
        let (raw, compressed) = both("store");
        let hash = upload(compressed.clone()).unwrap();
        assert_eq!(hash, mock::hash(&compressed));
        assert_eq!(PristineCode::<Test>::get(hash).unwrap().into_inner(), compressed);
        assert_eq!(CodeInfoOf::<Test>::get(hash).unwrap().code_len, compressed.len() as u32);
        let bytes = compressed.len() + CodeInfo::<Test>::max_encoded_len();
        assert_eq!(held_for(HoldReason::CodeUploadDepositReserve, &ALICE), bytes as u64 + 2 * 2);
        // The same program uncompressed is a different code.
        assert_ne!(upload(raw).unwrap(), hash);
    });
}

#[test]
fn it_does_what_the_raw_program_does_and_pays_for_being_expanded() {
    for fixture in ["store", "proxy", "dummy"] {
        externalities().execute_with(|| {
            let (raw, compressed) = both(fixture);
            let run = |code: &[u8]| {
                let contract = place_code(code.to_vec());
                let input = Proxy::to(&contract).encode();
                let result = call(&contract, input);
                (result.gas_consumed, result.result, result.storage_deposit)
            };
            let (raw_run, run) = (run(&raw), run(&compressed));
            assert_eq!((&run.1, &run.2), (&raw_run.1, &raw_run.2), "{fixture}");
            assert_eq!(run.0 + load(&raw), raw_run.0 + load(&compressed), "{fixture}");
            assert!(run.0.ref_time() > raw_run.0.ref_time() && run.0.proof_size() < raw_run.0.proof_size());
        });
    }
}

#[test]
fn expanding_is_paid_before_it_is_done() {
    externalities().execute_with(|| {
        // Long, and nearly all of it zeros.
        let raw = fixture::assemble("#! space big 90000\ndeploy:\n exit\ncall:\n exit").unwrap();
        let code = bpf_linker::compress(&raw).unwrap().unwrap();
        assert!(code.len() * 50 < raw.len());
        let contract = place_code(code.clone());
        let used = call(&contract, vec![]).gas_consumed;
        let expansion = Price::ExpandCode(raw.len() as u32).weight::<Test>();
        assert!(expansion.ref_time() > 10_000 * raw.len() as u64);
        // Everything except the memory and the instructions.
        let limit = used - Weight::from_parts(1, 0);
        fails(builder::bare_call::<Test>(ALICE, contract.clone()).gas_limit(limit).build(), Error::OutOfGas);
        let limit = Weight::from_parts(expansion.ref_time() - 1, used.proof_size());
        let run = builder::bare_call::<Test>(ALICE, contract.clone()).gas_limit(limit).build();
        // The cost of loading the stored bytes was charged.
        assert_eq!(run.gas_consumed, Price::LoadCode(code.len() as u32).weight::<Test>());
        fails(run, Error::OutOfGas);
    });
}

#[test]
fn sending_it_weighs_what_expanding_it_costs() {
    let (raw, compressed) = both("store");
    let expansion = Price::ExpandCode(raw.len() as u32).weight::<Test>();
    let weight = |call: crate::Call<Test>| call.get_dispatch_info().call_weight;
    for determinism in [Determinism::Enforced, Determinism::Relaxed] {
        let weight = |code: &[u8]| {
            let (code, determinism) = (code.to_vec(), determinism);
            weight(crate::Call::upload_code { code, storage_deposit_limit: None, determinism })
        };
        let noise = vec![0; compressed.len()];
        assert_eq!(weight(&compressed), weight(&noise) + expansion);
    }
    let gas_limit = Weight::from_parts(5, 6);
    let made = weight(crate::Call::instantiate_with_code {
        value: 0,
        gas_limit,
        storage_deposit_limit: None,
        code: compressed.clone(),
        data: vec![],
        salt: vec![],
    });
    let base = <Test as crate::Config>::WeightInfo::instantiate_with_code(compressed.len() as u32, 0, 0);
    assert_eq!(made, base + expansion + gas_limit);
    // The final charge of a transaction includes it too.
    externalities().execute_with(|| {
        let gas_limit = Weight::from_parts(100_000_000_000, 10_000_000);
        let post = Pallet::<Test>::instantiate_with_code(
            RuntimeOrigin::signed(ALICE),
            0,
            gas_limit,
            None,
            compressed,
            vec![],
            vec![],
        );
        let charged = post.unwrap().actual_weight.unwrap();
        assert!(charged.all_gte(base + expansion) && charged.all_lt(base + expansion + gas_limit));
    });
}

#[test]
fn code_that_would_grow_without_bound_is_refused() {
    externalities().execute_with(|| {
        let (_, mut code) = both("dummy");
        // The number of slots follows the version, the stack's size (2 bytes) and the heap's: it becomes 127, then more
        // than an image may have.
        let at = 140 + 4;
        assert_eq!(Outline::of(&code).unwrap().raw_len as usize, fixture::compile("dummy").0.len());
        code[at] = 127;
        let text = refused(code.clone());
        assert!(text.contains("it is shorter than declared"), "{text}");
        // It is charged for the length that it lies about.
        let lie = Outline::of(&code).unwrap().raw_len;
        let weight = crate::code::expansion_weight::<Test>(&code);
        assert_eq!(weight, Price::ExpandCode(lie).weight::<Test>());
        // 131,071 slots, and 2³² − 1.
        for slots in [&[0xff, 0xff, 0x07][..], &[0xff, 0xff, 0xff, 0xff, 0x0f]] {
            let mut bomb = code[..at].to_vec();
            bomb.extend_from_slice(slots);
            bomb.extend_from_slice(&code[at + 1..]);
            // The note is longer by this much, and the file by a multiple of 4.
            let desc = bomb.len() as u32 - 140;
            bomb[124..128].copy_from_slice(&desc.to_le_bytes());
            bomb.resize(bomb.len().next_multiple_of(4), 0);
            let note = bomb.len() as u64 - 120;
            for at in [64 + 32, 64 + 40] {
                bomb[at..at + 8].copy_from_slice(&note.to_le_bytes());
            }
            let text = refused(bomb.clone());
            let limit = format!("more than {MAX_IMAGE} bytes");
            assert!(text.contains(&limit) || text.contains("does not fit"), "{text}");
            assert_eq!(crate::code::expansion_weight::<Test>(&bomb), Weight::zero());
        }
    });
}

#[test]
fn every_damage_to_it_is_refused_or_harmless() {
    externalities().execute_with(|| {
        let (_, code) = both("trap");
        for at in 0..code.len() {
            assert_noop!(upload(code[..at].to_vec()), Error::<Test>::CodeRejected);
            for bit in 0..8 {
                let mut damaged = code.clone();
                damaged[at] ^= 1 << bit;
                if let Err(error) = upload(damaged) {
                    assert_eq!(error, Error::<Test>::CodeRejected.into(), "byte {at}");
                }
            }
        }
    });
}

//! Storing code, refusing it, counting its users, and removing it.

use super::*;
use crate::{CodeInfoOf, CodeUploadReturnValue, Determinism, Event, HoldReason, Pallet, PristineCode};
use codec::MaxEncodedLen;
use frame_support::{assert_noop, assert_ok, assert_storage_noop, traits::fungible::Mutate};

fn deposit_for(image: &[u8]) -> u64 {
    image.len() as u64 + crate::CodeInfo::<Test>::max_encoded_len() as u64 + 2 * 2
}

fn hash_of(bytes: &[u8]) -> H256 {
    mock::hash(bytes)
}

fn upload(image: Vec<u8>, limit: Option<u64>) -> Result<CodeUploadReturnValue<H256, u64>, DispatchError> {
    Pallet::<Test>::bare_upload_code(ALICE, image, limit, Determinism::Enforced)
}

/// The reason that a dry run gives for refusing a program.
fn refused(image: Vec<u8>) -> String {
    let text;
    assert_storage_noop!({
        let result = builder::bare_instantiate::<Test>(ALICE, Code::Upload(image)).build();
        text = String::from_utf8(result.debug_message).unwrap();
        assert_eq!(result.result.map(|_| ()), Err(Error::<Test>::CodeRejected.into()), "{text}");
        assert_eq!(result.gas_consumed, Default::default());
    });
    text
}

#[test]
fn upload_code_works() {
    externalities().execute_with(|| {
        let (image, hash) = fixture::compile("dummy");
        let deposit = deposit_for(&image);
        assert_eq!(upload(image.clone(), None), Ok(CodeUploadReturnValue { code_hash: hash, deposit }));
        assert_eq!(held_for(HoldReason::CodeUploadDepositReserve, &ALICE), deposit);
        assert_eq!(
            take_events(),
            [Event::CodeStored { code_hash: hash, deposit_held: deposit, uploader: ALICE }]
        );
        let info = CodeInfoOf::<Test>::get(hash).unwrap();
        assert_eq!((info.refcount, info.code_len as usize), (0, image.len()));
        assert_eq!(PristineCode::<Test>::get(hash).unwrap().into_inner(), image);

        // A second time it costs nothing and changes nothing.
        assert_storage_noop!(assert_eq!(
            upload(image, Some(0)),
            Ok(CodeUploadReturnValue { code_hash: hash, deposit: 0 })
        ));
    });
}

#[test]
fn determinism_has_no_effect() {
    externalities().execute_with(|| {
        let (image, hash) = fixture::compile("dummy");
        assert_ok!(Contracts::upload_code(RuntimeOrigin::signed(ALICE), image, None, Determinism::Relaxed));
        assert_eq!(CodeInfoOf::<Test>::get(hash).unwrap().determinism, Determinism::Enforced);
    });
}

#[test]
fn upload_code_limit_too_low() {
    externalities().execute_with(|| {
        let (image, _) = fixture::compile("dummy");
        let deposit = deposit_for(&image);
        assert_noop!(upload(image.clone(), Some(deposit - 1)), Error::<Test>::StorageDepositLimitExhausted);
        assert_ok!(upload(image, Some(deposit)));
    });
}

/// The limit is first applied to the code. If the code exceeds it, no constructor runs and nothing is charged or
/// reported.
#[test]
fn instantiate_with_code_limit_too_low_for_the_code() {
    externalities().execute_with(|| {
        let (image, _) = fixture::compile("dummy");
        let limit = deposit_for(&image) - 1;
        let make = builder::bare_instantiate::<Test>(ALICE, Code::Upload(image));
        let made = make.storage_deposit_limit(Some(limit)).build();
        assert_eq!(made.result.unwrap_err(), Error::<Test>::StorageDepositLimitExhausted.into());
        assert_eq!(made.storage_deposit, crate::StorageDeposit::Charge(0));
        assert_eq!(made.gas_consumed, sp_weights::Weight::zero());
    });
}

#[test]
fn upload_code_not_enough_balance() {
    externalities().execute_with(|| {
        let (image, _) = fixture::compile("dummy");
        Balances::set_balance(&ALICE, deposit_for(&image));
        // The existential deposit has to stay free.
        assert_noop!(upload(image, None), Error::<Test>::StorageDepositNotEnoughFunds);
    });
}

#[test]
fn code_that_is_too_long_is_refused() {
    externalities().execute_with(|| {
        assert_noop!(upload(vec![0; 100 * 1024 + 1], None), Error::<Test>::CodeTooLarge);
        assert_noop!(upload(vec![0; 100 * 1024], None), Error::<Test>::CodeRejected);
        assert_noop!(upload(vec![0; 10 * 1024 * 1024], None), Error::<Test>::CodeTooLarge);
    });
}

#[test]
fn a_refusal_says_why() {
    externalities().execute_with(|| {
        assert!(refused(b"\0asm\x01\0\0\0".to_vec()).contains("this is a Wasm module"));
        assert!(refused(vec![]).contains("not an ELF file"));
        assert_eq!(
            refused(fixture::compile("deprecated").0),
            "slot 5 calls seal0::random, which is deprecated"
        );
        let unknown = fixture::assemble("deploy:\n exit\ncall:\n call 99\n exit").unwrap();
        assert_eq!(refused(unknown), "slot 1 calls function 99, which does not exist");
        let wild = fixture::assemble("deploy:\n exit\ncall:\n goto +9\n exit").unwrap();
        assert!(refused(wild).contains("slot 1"));
        let benchmark = fixture::assemble("deploy:\n exit\ncall:\n sys seal0::noop\n exit").unwrap();
        assert!(refused(benchmark).ends_with("exists for benchmarks only"));
    });
}

#[test]
fn cannot_deploy_unstable() {
    externalities().execute_with(|| {
        set(|settings| settings.unstable = false);
        let reason = refused(fixture::compile("transient_storage").0);
        assert!(reason.contains("seal0::get_transient_storage, which is unstable"), "{reason}");
        set(|settings| settings.unstable = true);
        place("transient_storage");
    });
}

#[test]
fn cannot_deploy_deprecated() {
    externalities().execute_with(|| {
        use contract_abi::syscall::{Stability, Syscall};
        let deprecated: Vec<_> =
            Syscall::ALL.iter().filter(|syscall| syscall.stability() == Stability::Deprecated).collect();
        assert_eq!(deprecated.len(), 8);
        for syscall in deprecated {
            let source = format!("deploy:\n exit\ncall:\n call {}\n exit", syscall.number());
            let expected = format!("slot 1 calls {}, which is deprecated", syscall.symbol());
            assert_eq!(refused(fixture::assemble(&source).unwrap()), expected);
        }
    });
}

#[test]
fn only_functions_that_exist_can_be_called() {
    // A program calls by number what a Wasm module may import by name.
    externalities().execute_with(|| {
        use contract_abi::syscall::{Stability, Syscall};
        for syscall in Syscall::ALL {
            let source = format!("deploy:\n exit\ncall:\n call {}\n exit", syscall.number());
            let stored = upload(fixture::assemble(&source).unwrap(), None);
            let new = match syscall.stability() {
                Stability::Stable | Stability::Unstable => true,
                Stability::Deprecated | Stability::Benchmark => false,
            };
            assert_eq!(stored.is_ok(), new, "{}", syscall.symbol());
        }
        let known: Vec<_> = Syscall::ALL.iter().map(|syscall| syscall.number()).collect();
        for number in (0..256).filter(|number| !known.contains(number)).chain([u32::MAX, 1 << 31]) {
            let number = number as i32;
            let image = fixture::assemble(&format!("deploy:\n exit\ncall:\n call {number}\n exit"));
            assert!(refused(image.unwrap()).starts_with("slot 1 calls function "), "{number}");
        }
    });
}

#[test]
fn stored_code_is_verified_when_it_is_loaded() {
    // A storage item is no proof of an upload: code that cannot have been uploaded does not run.
    externalities().execute_with(|| {
        let contract = place("dummy");
        let hash = fixture::compile("dummy").1;
        let calls_nothing = fixture::assemble("deploy:\n exit\ncall:\n call 99\n exit").unwrap();
        for code in [vec![], b"\0asm".to_vec(), calls_nothing] {
            PristineCode::<Test>::insert(hash, crate::CodeVec::<Test>::try_from(code).unwrap());
            let result = call(&contract, vec![]);
            assert!(!result.debug_message.is_empty(), "it says why");
            fails(result, Error::CodeRejected);
        }
        PristineCode::<Test>::remove(hash);
        fails(call(&contract, vec![]), Error::CodeRejected);
    });
}

/// Marks a stored code as possibly behaving differently elsewhere. No upload does.
fn make_indeterministic(hash: H256) {
    CodeInfoOf::<Test>::mutate(hash, |info| info.as_mut().unwrap().determinism = Determinism::Relaxed);
}

#[test]
fn upload_should_enforce_deterministic_mode_when_possible() {
    externalities().execute_with(|| {
        for determinism in [Determinism::Enforced, Determinism::Relaxed] {
            let (image, hash) = fixture::compile("dummy");
            assert_ok!(Pallet::<Test>::bare_upload_code(ALICE, image, None, determinism));
            assert_eq!(CodeInfoOf::<Test>::get(hash).unwrap().determinism, Determinism::Enforced);
            assert_ok!(Contracts::remove_code(RuntimeOrigin::signed(ALICE), hash));
        }
    });
}

#[test]
fn cannot_instantiate_indeterministic_code() {
    externalities().execute_with(|| {
        let (image, hash) = fixture::compile("dummy");
        store("dummy");
        make_indeterministic(hash);
        let refused = Error::<Test>::Indeterministic.into();
        let made = builder::instantiate::<Test>(RuntimeOrigin::signed(ALICE), hash).build();
        assert_eq!(made.unwrap_err().error, refused);
        for code in [Code::Existing(hash), Code::Upload(image)] {
            let made = builder::bare_instantiate::<Test>(ALICE, code).build();
            assert_eq!(made.result.map(|_| ()), Err(refused));
        }
        let maker = place("create");
        fails(call(&maker, (hash, 0u64, 0u64, 0u32).encode()), Error::Indeterministic);
    });
}

#[test]
fn cannot_set_code_indeterministic_code() {
    externalities().execute_with(|| {
        let contract = place("set_code_hash");
        let hash = store("dummy");
        make_indeterministic(hash);
        fails(call(&contract, hash.encode()), Error::Indeterministic);
    });
}

#[test]
fn delegate_call_indeterministic_code() {
    externalities().execute_with(|| {
        let contract = place("delegate");
        let hash = store("dummy");
        make_indeterministic(hash);
        let run = |determinism| {
            let call = builder::bare_call::<Test>(ALICE, contract.clone()).data((0u32, hash).encode());
            call.determinism(determinism).build()
        };
        fails(run(Determinism::Enforced), Error::Indeterministic);
        // Off chain, it can be requested.
        output(run(Determinism::Relaxed));
        // The same for a contract's own code, which root may have set.
        assert_ok!(Contracts::set_code(RuntimeOrigin::root(), contract.clone(), hash));
        fails(run(Determinism::Enforced), Error::Indeterministic);
        output(run(Determinism::Relaxed));
    });
}

#[test]
fn disabled_chain_extension_wont_deploy() {
    externalities().execute_with(|| {
        set(|settings| settings.extensions = false);
        assert!(refused(fixture::compile("chain_extension").0).contains("this chain has none"));
    });
}

#[test]
fn a_program_may_not_have_more_memory_than_the_schedule_says() {
    externalities().execute_with(|| {
        let program =
            |bytes: u32| fixture::assemble(&format!("#! space big {bytes}\ndeploy:\n exit\ncall:\n exit"));
        // The data is part of the file here, so the limit on the code's length would apply first.
        assert!(upload(program(90 * 1024).unwrap(), None).is_ok());
        let (image, _) = fixture::compile("dummy");
        let mut parsed = contract_abi::image::Image::parse(&image).unwrap();
        parsed.bss_size = 1024 * 1024 - parsed.stack_size;
        assert_ok!(upload(parsed.to_bytes().unwrap(), None));
        parsed.bss_size += 1;
        refused(parsed.to_bytes().unwrap());
    });
}

#[test]
fn every_damage_to_a_program_is_refused_or_harmless() {
    // Bits flipped at every byte, and every truncation: an error with a reason, or a valid program.
    externalities().execute_with(|| {
        let (image, _) = fixture::compile("trap");
        for at in 0..image.len() {
            assert_noop!(upload(image[..at].to_vec(), None), Error::<Test>::CodeRejected);
            let mut damaged = image.clone();
            damaged[at] ^= 1 << (at % 8);
            if let Err(error) = upload(damaged, None) {
                assert_eq!(error, Error::<Test>::CodeRejected.into(), "byte {at}");
            }
        }
    });
}

#[test]
fn remove_code_works() {
    externalities().execute_with(|| {
        let hash = store("dummy");
        let deposit = held_for(HoldReason::CodeUploadDepositReserve, &ALICE);
        take_events();
        let info = Contracts::remove_code(RuntimeOrigin::signed(ALICE), hash).unwrap();
        assert_eq!(info.pays_fee, frame_support::dispatch::Pays::No);
        assert_eq!(held_for(HoldReason::CodeUploadDepositReserve, &ALICE), 0);
        assert!(!CodeInfoOf::<Test>::contains_key(hash) && !PristineCode::<Test>::contains_key(hash));
        let event = Event::CodeRemoved { code_hash: hash, deposit_released: deposit, remover: ALICE };
        assert_eq!(take_events(), [event]);
    });
}

#[test]
fn remove_code_wrong_origin() {
    externalities().execute_with(|| {
        let hash = store("dummy");
        assert_noop!(Contracts::remove_code(RuntimeOrigin::signed(BOB), hash), sp_runtime::traits::BadOrigin);
    });
}

#[test]
fn remove_code_in_use() {
    externalities().execute_with(|| {
        place("dummy");
        let hash = fixture::compile("dummy").1;
        for who in [ALICE, BOB] {
            let removed = Contracts::remove_code(RuntimeOrigin::signed(who), hash);
            assert_noop!(removed, Error::<Test>::CodeInUse);
        }
    });
}

#[test]
fn remove_code_not_found() {
    externalities().execute_with(|| {
        let removed = Contracts::remove_code(RuntimeOrigin::signed(ALICE), H256::zero());
        assert_noop!(removed, Error::<Test>::CodeNotFound);
    });
}

#[test]
fn refcounter() {
    externalities().execute_with(|| {
        let count = |hash| CodeInfoOf::<Test>::get(hash).unwrap().refcount;
        let (image, hash) = fixture::compile("terminate");
        let make = |salt: u8| {
            let code = if salt == 0 { Code::Upload(image.clone()) } else { Code::Existing(hash) };
            let made = builder::bare_instantiate::<Test>(ALICE, code).salt(vec![salt]).build();
            made.result.unwrap().account_id
        };
        let contracts = [make(0), make(1), make(2)];
        assert_eq!(count(hash), 3);
        for (index, contract) in contracts.iter().enumerate() {
            output(call(contract, BOB.encode()));
            assert_eq!(count(hash), 2 - index as u64);
        }
        assert_ok!(Contracts::remove_code(RuntimeOrigin::signed(ALICE), hash));
    });
}

#[test]
fn deprecated_functions_work_for_code_from_before() {
    // Such code must have been stored before its functions were deprecated.
    externalities().execute_with(|| {
        let contract = place("dummy");
        let (image, hash) = fixture::compile("deprecated");
        PristineCode::<Test>::insert(hash, crate::CodeVec::<Test>::try_from(image).unwrap());
        let info = CodeInfoOf::<Test>::get(fixture::compile("dummy").1).unwrap();
        CodeInfoOf::<Test>::insert(hash, info);
        assert_ok!(Contracts::set_code(RuntimeOrigin::root(), contract.clone(), hash));
        assert_eq!(output(call(&contract, vec![])).data, hash_of(b"s").encode());

        // But it cannot create new contracts.
        let made = builder::bare_instantiate::<Test>(ALICE, Code::Existing(hash)).build();
        assert_eq!(made.result.map(|_| ()), Err(Error::<Test>::CodeRejected.into()));
    });
}

//! The charge for each syscall, to the last unit.
//!
//! A program makes one syscall. The use of the whole call, less loading the code and the expected price of the syscall,
//! must be that of the instructions alone: a few whole units of gas and no proof.

use super::*;
use crate::{price::Price, CodeInfoOf, Schedule};
use contract_abi::syscall::{Stability, Syscall};
use frame_support::dispatch::GetDispatchInfo;
use sp_weights::Weight;
use std::collections::BTreeSet;

const MEMORY: &str = "#! space in 64\n#! u32 len 64\n#! space out 64\n#! u64 value 8\n#! u64 nothing 0\n\
    #! bytes account 0202020202020202020202020202020202020202020202020202020202020202\n\
    #! bytes topics 040202020202020202020202020202020202020202020202020202020202020202\n#! bytes remark 000000";

/// Syscalls as a program makes them, with their prices in addition to that of any syscall.
fn charges() -> Vec<(&'static str, Vec<Price>)> {
    use Price::*;
    let remark = RuntimeCall::System(frame_system::Call::remark { remark: vec![] });
    let remark = remark.get_dispatch_info().total_weight();
    vec![
        ("seal0::caller @out, @len", vec![Caller]),
        ("seal0::is_contract @account", vec![IsContract]),
        ("seal0::code_hash @account, @out, @len", vec![CodeHash]),
        ("seal0::own_code_hash @out, @len", vec![OwnCodeHash]),
        ("seal0::caller_is_origin", vec![CallerIsOrigin]),
        ("seal0::caller_is_root", vec![CallerIsRoot]),
        ("seal0::address @out, @len", vec![Address]),
        ("seal0::gas_left @out, @len", vec![GasLeft]),
        ("seal1::gas_left @out, @len", vec![GasLeft]),
        ("seal0::balance @out, @len", vec![Balance]),
        ("seal0::value_transferred @out, @len", vec![ValueTransferred]),
        ("seal0::minimum_balance @out, @len", vec![MinimumBalance]),
        ("seal0::block_number @out, @len", vec![BlockNumber]),
        ("seal0::now @out, @len", vec![Now]),
        ("seal0::weight_to_fee 5, @out, @len", vec![WeightToFee]),
        ("seal1::weight_to_fee 5, 6, @out, @len", vec![WeightToFee]),
        ("seal0::reentrance_count", vec![ReentranceCount]),
        ("seal0::account_reentrance_count @account", vec![AccountReentranceCount]),
        ("seal0::instantiation_nonce", vec![InstantiationNonce]),
        ("seal0::deposit_event 0, 0, @in, 10", vec![DepositEvent { topics: 0, len: 10 }]),
        ("seal0::deposit_event @topics, 33, @in, 10", vec![DepositEvent { topics: 1, len: 10 }]),
        ("seal0::debug_message @in, 7", vec![DebugMessage(7)]),
        ("seal0::set_storage @account, @in, 9", vec![SetStorage { new: 9, old: 0 }]),
        ("seal1::set_storage @account, @in, 9", vec![SetStorage { new: 9, old: 0 }]),
        ("seal2::set_storage @account, 5, @in, 9", vec![SetStorage { new: 9, old: 0 }]),
        ("seal0::clear_storage @account", vec![ClearStorage(0)]),
        ("seal1::clear_storage @account, 5", vec![ClearStorage(0)]),
        ("seal0::get_storage @account, @out, @len", vec![GetStorage(0)]),
        ("seal1::get_storage @account, 5, @out, @len", vec![GetStorage(0)]),
        ("seal0::contains_storage @account", vec![ContainsStorage(0)]),
        ("seal1::contains_storage @account, 5", vec![ContainsStorage(0)]),
        ("seal0::take_storage @account, 5, @out, @len", vec![TakeStorage(0)]),
        ("seal0::set_transient_storage @account, 5, @in, 9", vec![SetTransientStorage { new: 9, old: 0 }]),
        ("seal0::clear_transient_storage @account, 5", vec![ClearTransientStorage(0)]),
        ("seal0::get_transient_storage @account, 5, @out, @len", vec![GetTransientStorage(0)]),
        ("seal0::contains_transient_storage @account, 5", vec![ContainsTransientStorage(0)]),
        ("seal0::take_transient_storage @account, 5, @out, @len", vec![TakeTransientStorage(0)]),
        ("seal0::transfer @account, 32, @value, 8", vec![Transfer]),
        // There is no contract at the address, nor code with the hash: the price is that of the attempt.
        ("seal0::call @account, 32, 0, @nothing, 8, @in, 5, 0xffffffff, 0", vec![Call, CopyFromContract(5)]),
        ("seal1::call 0, @account, 0, @value, @in, 5, 0xffffffff, 0", vec![Call, CopyFromContract(5), CallWithValue]),
        ("seal2::call 2, @account, 0, 0, 0xffffffff, @nothing, 0, 0, 0xffffffff, 0", vec![Call, CloneInput(3)]),
        ("seal1::call 1, @account, 0, @nothing, 0, 0, 0xffffffff, 0", vec![Call]),
        ("seal0::delegate_call 0, @account, @in, 5, 0xffffffff, 0", vec![DelegateCall, CopyFromContract(5)]),
        (
            "seal0::instantiate @account, 32, 0, @nothing, 8, @in, 5, 0xffffffff, 0, 0xffffffff, 0, @in, 6",
            vec![Instantiate { input: 5, salt: 6 }],
        ),
        (
            "seal1::instantiate @account, 0, @nothing, @in, 5, 0xffffffff, 0, 0xffffffff, 0, @in, 6",
            vec![Instantiate { input: 5, salt: 6 }],
        ),
        (
            "seal2::instantiate @account, 0, 0, 0xffffffff, @nothing, @in, 5, 0xffffffff, 0, 0xffffffff, 0, @in, 6",
            vec![Instantiate { input: 5, salt: 6 }],
        ),
        ("seal0::terminate @account, 32", vec![Terminate(0)]),
        ("seal1::terminate @account", vec![Terminate(0)]),
        ("seal0::set_code_hash @account", vec![SetCodeHash]),
        ("seal0::lock_delegate_dependency @account", vec![LockDelegateDependency]),
        ("seal0::unlock_delegate_dependency @account", vec![UnlockDelegateDependency]),
        ("seal0::hash_sha2_256 @in, 13, @out", vec![HashSha2256(13)]),
        ("seal0::hash_keccak_256 @in, 13, @out", vec![HashKeccak256(13)]),
        ("seal0::hash_blake2_256 @in, 13, @out", vec![HashBlake2256(13)]),
        ("seal0::hash_blake2_128 @in, 13, @out", vec![HashBlake2128(13)]),
        ("seal0::sr25519_verify @in, @account, 13, @in", vec![Sr25519Verify(13)]),
        ("seal0::ecdsa_recover @in, @account, @out", vec![EcdsaRecover]),
        ("seal0::ecdsa_to_eth_address @in, @out", vec![EcdsaToEthAddress]),
        ("seal0::input @in, @len", vec![CopyToContract(3)]),
        ("seal0::seal_return 0, @in, 21", vec![CopyFromContract(21)]),
        ("seal0::call_runtime @remark, 3", vec![CopyFromContract(3), Foreign(remark)]),
        // Extension 0, function 1: it charges nothing of its own.
        ("seal0::call_chain_extension 1, 2, 3, 4, 5", vec![]),
        // Nothing decodes to a message.
        ("seal0::xcm_execute @in, 0", vec![CopyFromContract(0)]),
        ("seal0::xcm_send @in, @in, 0, @out", vec![CopyFromContract(0)]),
    ]
}

/// The charge for a contract's memory in a frame.
pub fn memory_of(contract: &AccountId32) -> Price {
    let hash = crate::Pallet::<Test>::code_hash(contract).unwrap();
    let code = crate::PristineCode::<Test>::get(hash).unwrap();
    Price::FrameMemory(contract_abi::image::Image::parse(&code).unwrap().writable_size() as u32)
}

#[test]
fn memory_is_paid_by_its_size_and_before_it_is_there() {
    externalities().execute_with(|| {
        // The same program with little memory and with a lot.
        let (image, _) = fixture::compile("dummy");
        let place = |bss: u32| {
            let mut parsed = contract_abi::image::Image::parse(&image).unwrap();
            parsed.bss_size = bss;
            let code = Code::Upload(parsed.to_bytes().unwrap());
            builder::bare_instantiate::<Test>(ALICE, code).build().result.unwrap().account_id
        };
        let (small, large) = (place(0), place(1_000_000));
        let used = |contract: &AccountId32| call(contract, vec![]).gas_consumed;
        let difference = Price::FrameMemory(1_000_000).weight::<Test>();
        assert!(difference.ref_time() >= 100_000_000);
        assert_eq!(used(&large) - used(&small), difference);
        // Without enough gas for it, not even the first instruction runs.
        let limit = used(&large) - Weight::from_parts(50_000, 0);
        let run = builder::bare_call::<Test>(ALICE, large.clone()).gas_limit(limit).build();
        fails(run, Error::OutOfGas);
        // The callee is charged: its caller continues.
        let proxy = super::place("proxy");
        let poor = Proxy { ref_time: difference.ref_time() / 2, ..Proxy::to(&large) };
        assert_eq!(poor.through(&proxy).0, CALLEE_TRAPPED);
        assert_eq!(Proxy { ref_time: difference.ref_time() * 2, ..poor }.through(&proxy).0, SUCCESS);
    });
}

#[test]
fn every_price_is_charged() {
    let base = u64::from(Schedule::<Test>::default().instruction_weights.base);
    let mut left: BTreeSet<_> = Syscall::ALL
        .iter()
        .filter(|syscall| matches!(syscall.stability(), Stability::Stable | Stability::Unstable))
        .map(|syscall| syscall.symbol())
        .collect();
    for (syscall, prices) in charges() {
        externalities().execute_with(|| {
            let contract = program(MEMORY, &format!("sys {syscall}"), 1_000);
            let code = CodeInfoOf::<Test>::get(crate::Pallet::<Test>::code_hash(&contract).unwrap()).unwrap();
            let load = [Price::LoadCode(code.code_len), memory_of(&contract), Price::Syscall];
            let expected = load
                .into_iter()
                .chain(prices)
                .fold(Weight::zero(), |sum, price| sum + price.weight::<Test>());
            let used = call(&contract, vec![1, 2, 3]).gas_consumed;
            let rest =
                used.checked_sub(&expected).unwrap_or_else(|| panic!("{syscall}: {used:?} < {expected:?}"));
            assert_eq!((rest.ref_time() % base, rest.proof_size()), (0, 0), "{syscall}: {rest:?}");
            assert!((1..200).contains(&(rest.ref_time() / base)), "{syscall}: {rest:?}");
        });
        left.remove(syscall.split(' ').next().unwrap());
    }
    assert!(left.is_empty(), "without a price: {left:?}");
}

#[test]
fn storage_is_paid_by_the_length_that_was_found() {
    externalities().execute_with(|| {
        let price = |new, old| Price::SetStorage { new, old }.weight::<Test>();
        let (image, _) = fixture::compile("store");
        let used = |first: u32, salt: u8| {
            let made = builder::bare_instantiate::<Test>(ALICE, Code::Upload(image.clone())).salt(vec![salt]);
            let contract = made.build().result.unwrap().account_id;
            output(call(&contract, first.encode()));
            call(&contract, 10u32.encode())
        };
        // The same write, where a long value is stored and where a short one is.
        let (much, little) = (used(5_000, 1), used(100, 2));
        assert_eq!(much.gas_consumed - little.gas_consumed, price(10, 5_000) - price(10, 100));
        // The length of the stored value is not known before: the longest value has to be offered for.
        let longest = price(10, 16 * 1024).proof_size();
        let offered = (much.gas_required - much.gas_consumed).proof_size();
        assert_eq!(offered, longest - price(10, 5_000).proof_size());
    });
}

//! Messages to other chains, and messages that a contract executes on this one.

use super::{
    network::{account_of, receive, sent, DELIVERY, FEE, INSTRUCTION},
    *,
};
use frame_support::traits::fungible::Mutate;
use sp_weights::Weight;
use staging_xcm::{
    latest::{
        AssetFilter, Instruction, Junction, Location, MaybeErrorCode, OriginKind, Outcome, WeightLimit,
        WildAsset, Xcm,
    },
    IntoVersion, VersionedLocation, VersionedXcm,
};
use Instruction::*;

const EXECUTION_FAILED: u32 = 13;
const SEND_FAILED: u32 = 14;

/// The weight of `pallet_xcm` for executing, in addition to that of the message.
const EXECUTE: Weight = Weight::from_parts(100_000_000, 0);

fn native(amount: u64) -> staging_xcm::latest::Asset {
    (Location::here(), u128::from(amount)).into()
}

fn everything() -> AssetFilter {
    AssetFilter::Wild(WildAsset::All)
}

fn at(account: &AccountId32) -> Location {
    Junction::AccountId32 { network: None, id: account.clone().into() }.into()
}

/// Takes `amount` from the sender and gives it to BOB.
fn to_bob(amount: u64) -> Vec<Instruction<RuntimeCall>> {
    vec![WithdrawAsset(native(amount).into()), DepositAsset { assets: everything(), beneficiary: at(&BOB) }]
}

/// Makes `call` as the sender, and fails if the call fails.
fn transact(call: RuntimeCall) -> Vec<Instruction<RuntimeCall>> {
    vec![
        Transact { origin_kind: OriginKind::Native, fallback_max_weight: None, call: call.encode().into() },
        ExpectTransactStatus(MaybeErrorCode::Success),
    ]
}

fn transfer(value: u64) -> RuntimeCall {
    RuntimeCall::Balances(pallet_balances::Call::transfer_keep_alive { dest: BOB, value })
}

/// Input of the fixture `xcm` to execute a message.
fn to_execute(message: Vec<Instruction<RuntimeCall>>) -> Vec<u8> {
    [0u32.encode(), VersionedXcm::V5(Xcm(message)).encode()].concat()
}

/// Input of the fixture `xcm` to send a message.
fn to_send(destination: Location, message: Vec<Instruction<()>>) -> Vec<u8> {
    let destination = VersionedLocation::V5(destination).encode();
    let message = VersionedXcm::<()>::V5(Xcm(message)).encode();
    [(destination.len() as u32).encode(), destination, message].concat()
}

fn parachain(number: u32) -> Location {
    Location::new(1, [Junction::Parachain(number)])
}

/// A message that pays, on another chain, from the sender's account there, and gives the rest to BOB.
fn paid_to_bob(amount: u64) -> Vec<Instruction<()>> {
    vec![
        WithdrawAsset(native(amount).into()),
        BuyExecution { fees: native(amount), weight_limit: WeightLimit::Unlimited },
        DepositAsset { assets: everything(), beneficiary: at(&BOB) },
    ]
}

/// The contract `xcm`, with a thousand more than a contract must have.
fn place_xcm() -> AccountId32 {
    place_with("xcm", 1_000, vec![])
}

fn text_of(result: &CallResult) -> String {
    String::from_utf8(result.debug_message.clone()).unwrap()
}

#[test]
fn xcm_execute_works() {
    externalities().execute_with(|| {
        let contract = place_xcm();
        let result = call(&contract, to_execute(to_bob(100)));
        // Everything was reserved while it ran, but need not be offered: the message states its weight.
        assert_eq!(result.gas_consumed, result.gas_required);
        let two = result.gas_consumed;
        assert!(two.all_gte(EXECUTE + INSTRUCTION * 2), "{two:?}");
        assert_eq!(coded(output(result)).0, SUCCESS);
        assert_eq!((free(&BOB), free(&contract)), (100, 901), "by the contract, not by its caller");
        // What was required is enough.
        let exact = builder::bare_call::<Test>(ALICE, contract.clone()).gas_limit(two);
        assert_eq!(coded(output(exact.data(to_execute(to_bob(100))).build())).0, SUCCESS);
        assert_eq!(free(&BOB), 200);
        // The message is what is charged.
        let more = [to_bob(100), (0..50).map(|_| ClearOrigin).collect()].concat();
        let result = call(&contract, to_execute(more));
        let of_instructions = result.gas_consumed.saturating_sub(two).ref_time();
        assert!(of_instructions >= 50 * INSTRUCTION.ref_time(), "{of_instructions}");
        assert!(of_instructions < 60 * INSTRUCTION.ref_time(), "{of_instructions}");
        assert_eq!(coded(output(result)).0, SUCCESS);
    });
}

#[test]
fn xcm_execute_knows_all_versions() {
    externalities().execute_with(|| {
        let contract = place_xcm();
        for (index, version) in [3, 4, 5].into_iter().enumerate() {
            let message = VersionedXcm::<RuntimeCall>::V5(Xcm(to_bob(100))).into_version(version).unwrap();
            assert_eq!(message.encode()[0], version as u8);
            let result = call(&contract, [0u32.encode(), message.encode()].concat());
            assert_eq!(coded(output(result)).0, SUCCESS);
            assert_eq!(free(&BOB), 100 * (index as u64 + 1));
        }
        for unknown in [0, 1, 2, 6, 99] {
            fails(call(&contract, [0u32.encode(), vec![unknown, 0]].concat()), Error::DecodingFailed);
        }
        let trailing = [to_execute(to_bob(100)), vec![0]].concat();
        fails(call(&contract, trailing), Error::DecodingFailed);
    });
}

#[test]
fn xcm_execute_incomplete() {
    externalities().execute_with(|| {
        let contract = place_xcm();
        // The second withdrawal exceeds the balance. The first has been made.
        let message = [vec![WithdrawAsset(native(100).into())], to_bob(10_000)].concat();
        let result = call(&contract, to_execute(message));
        assert_eq!(result.gas_consumed, result.gas_required);
        assert!(text_of(&result).contains("xcm execution failed with: "), "{}", text_of(&result));
        // A failure is charged for what ran, and once for the call.
        let used = result.gas_consumed.ref_time();
        assert!(used > EXECUTE.ref_time() && used < 2 * EXECUTE.ref_time(), "{used}");
        assert_eq!(coded(output(result)).0, EXECUTION_FAILED);
        assert_eq!((free(&BOB), free(&contract)), (0, 901));
        let trapped = System::events().into_iter().any(|record| {
            matches!(record.event, RuntimeEvent::PolkadotXcm(pallet_xcm::Event::AssetsTrapped { .. }))
        });
        assert!(trapped, "what was withdrawn waits to be claimed");
    });
}

#[test]
fn xcm_execute_reentrant_call() {
    externalities().execute_with(|| {
        let contract = place_xcm();
        for dest in [contract.clone(), place("dummy")] {
            let inner = RuntimeCall::Contracts(crate::Call::call {
                dest,
                value: 0,
                gas_limit: GAS_LIMIT / 10,
                storage_deposit_limit: None,
                data: vec![],
            });
            assert_eq!(coded(output(call(&contract, to_execute(transact(inner))))).0, EXECUTION_FAILED);
        }
        // The reason is not the form of the message.
        assert_eq!(coded(output(call(&contract, to_execute(transact(transfer(100)))))).0, SUCCESS);
        assert_eq!((free(&BOB), free(&contract)), (100, 901));
    });
}

#[test]
fn xcm_execute_filtered_call() {
    externalities().execute_with(|| {
        let contract = place_xcm();
        // By the filter for calls of messages,
        set(|settings| settings.transacts = |call| !matches!(call, RuntimeCall::Balances(_)));
        assert_eq!(coded(output(call(&contract, to_execute(transact(transfer(100)))))).0, EXECUTION_FAILED);
        let remark = RuntimeCall::System(frame_system::Call::remark { remark: vec![1] });
        assert_eq!(coded(output(call(&contract, to_execute(transact(remark))))).0, SUCCESS);
        // and by the filter for messages of accounts.
        set(|settings| settings.messages = |message| !matches!(message.0[..], [WithdrawAsset(_), ..]));
        let result = call(&contract, to_execute(to_bob(100)));
        assert!(text_of(&result).contains("Filtered"), "{}", text_of(&result));
        assert_eq!(coded(output(result)).0, EXECUTION_FAILED);
        assert_eq!((free(&BOB), free(&contract)), (0, 1_001));
        // The filter of `call_runtime` applies only to `call_runtime`.
        set(|settings| {
            settings.transacts = |_| true;
            settings.filter = |_| false;
        });
        assert_eq!(coded(output(call(&contract, to_execute(transact(transfer(100)))))).0, SUCCESS);
        assert_eq!(free(&BOB), 100);
    });
}

#[test]
fn xcm_execute_has_what_gas_is_left() {
    externalities().execute_with(|| {
        let contract = place_xcm();
        let message = to_execute([to_bob(100), (0..50).map(|_| ClearOrigin).collect()].concat());
        let consumed = call(&contract, message.clone()).gas_consumed;
        assert_eq!(free(&BOB), 100);
        let with = |limit: Weight| {
            builder::bare_call::<Test>(ALICE, contract.clone()).gas_limit(limit).data(message.clone()).build()
        };
        // More instructions than the remaining weight allows, by more than the contract needs to return: nothing of the
        // message is executed, and the contract continues.
        let result = with(consumed.saturating_sub(INSTRUCTION * 26));
        assert_eq!(coded(output(result)).0, EXECUTION_FAILED);
        // Not even enough to execute an empty message.
        fails(with(consumed.saturating_sub(INSTRUCTION * 52 + EXECUTE / 2)), Error::OutOfGas);
        assert_eq!((free(&BOB), free(&contract)), (100, 901));
    });
}

#[test]
fn xcm_send_works() {
    let (mut here, mut there) = (externalities(), externalities());
    let (contract, message) = here.execute_with(|| {
        let contract = place_xcm();
        let (code, id) = coded(output(call(&contract, to_send(parachain(2), paid_to_bob(500)))));
        assert_eq!(code, SUCCESS);
        let sent = sent();
        let [(2, message)] = &sent[..] else { panic!("{sent:?}") };
        assert_eq!(id, sent[0].using_encoded(sp_io::hashing::blake2_256));
        assert_eq!(free(&contract), 1_001 - DELIVERY, "the contract pays for the delivery");
        (contract, message.clone())
    });
    // The sender is the contract, not its caller, nor the chain.
    let account = at(&contract).interior().clone();
    assert_eq!(message.0.first(), Some(&DescendOrigin(account)));
    set(|settings| settings.para = 2);
    there.execute_with(|| {
        let id = contract.clone().into();
        let sender = Location::new(1, [Junction::Parachain(1), Junction::AccountId32 { network: None, id }]);
        let sovereign = account_of(&sender);
        assert!(matches!(receive(1, message.clone()), Outcome::Incomplete { .. }), "it has nothing there");
        Balances::set_balance(&sovereign, 1_000);
        let outcome = receive(1, message.clone());
        assert_eq!(outcome, Outcome::Complete { used: INSTRUCTION * 4 });
        assert_eq!((free(&sovereign), free(&BOB)), (500, 500 - 4 * FEE));
    });
}

#[test]
fn xcm_send_fails() {
    externalities().execute_with(|| {
        let contract = place_xcm();
        let refused = |contract: &AccountId32, input: Vec<u8>, why: &str| {
            let result = call(contract, input);
            let text = text_of(&result);
            assert!(text.contains("seal0::xcm_send failed with: ") && text.contains(why), "{text}");
            assert_eq!(coded(output(result)), (SEND_FAILED, vec![0; 32]), "there is no id");
            assert!(sent().is_empty());
        };
        refused(&contract, to_send(Location::parent(), paid_to_bob(500)), "Unreachable");
        let (image, _) = fixture::compile("xcm");
        let poor = builder::bare_instantiate::<Test>(ALICE, Code::Upload(image)).salt(vec![1]).build();
        let poor = poor.result.unwrap().account_id;
        refused(&poor, to_send(parachain(2), paid_to_bob(500)), "FeesNotMet");
        // Neither an invalid destination nor an invalid message.
        let good = to_send(parachain(2), paid_to_bob(500));
        let cut = good[..good.len() - 1].to_vec();
        fails(call(&contract, cut), Error::DecodingFailed);
        fails(call(&contract, [&4u32.encode()[..], &[99; 40]].concat()), Error::DecodingFailed);
    });
}

#[test]
fn what_is_undone_was_not_sent() {
    externalities().execute_with(|| {
        let destination = VersionedLocation::V5(parachain(2)).encode();
        let message = VersionedXcm::<()>::V5(Xcm(paid_to_bob(500))).encode();
        let memory = "#! space in 1024\n#! u32 in_len 1024\n#! space out 64";
        let (at, len) = (destination.len(), message.len());
        let sends = |then: &str| {
            let body = format!(
                "sys seal0::input @in, @in_len\n sys seal0::xcm_send @in, @in+{at}, {len}, @out\n \
                 require r0 == 0\n {then}"
            );
            program(memory, &body, 1_000)
        };
        let input = [destination.clone(), message.clone()].concat();
        let reverts = sends("sys seal0::seal_return 1, @out, 32");
        assert!(output(call(&reverts, input.clone())).did_revert());
        let traps = sends("require r0 == 1");
        fails(call(&traps, input.clone()), Error::ContractTrapped);
        assert!(sent().is_empty());
        assert_eq!((free(&reverts), free(&traps)), (1_001, 1_001));
        let returns = sends("sys seal0::seal_return 0, @out, 32");
        output(call(&returns, input));
        assert_eq!(sent().len(), 1);
    });
}

#[test]
fn a_read_only_frame_neither_sends_nor_executes() {
    externalities().execute_with(|| {
        let (contract, proxy) = (place_xcm(), place("proxy"));
        for input in [to_execute(to_bob(100)), to_send(parachain(2), paid_to_bob(500))] {
            let may_not = Proxy { flags: READ_ONLY, input, ..Proxy::to(&contract) };
            assert_eq!(may_not.through(&proxy).0, CALLEE_TRAPPED);
            assert_eq!((free(&BOB), sent().len()), (0, 0));
        }
        let may = Proxy { input: to_execute(to_bob(100)), ..Proxy::to(&contract) };
        assert_eq!(may.through(&proxy).0, SUCCESS);
        assert_eq!(free(&BOB), 100);
    });
}

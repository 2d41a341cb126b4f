//! An ink! contract on the runtime of `docs/runtime.md`.

use codec::{Decode, Encode};
use frame_support::{
    dispatch::GetDispatchInfo,
    storage::{with_transaction, TransactionOutcome},
    traits::IntegrityTest,
};
use inkbpf_build::{build, Request};
use inkbpf_guide::*;
use pallet_contracts::{Code, ContractAccessError, StorageDeposit};
use polkadot_sdk::*;
use sp_io::TestExternalities;
use sp_keyring::Sr25519Keyring::{self, Alice, Bob};
use sp_runtime::{
    generic::{Era, SignedPayload},
    traits::Header as _,
    BuildStorage, DispatchError, MultiAddress,
};
use std::{collections::BTreeMap, path::Path, sync::LazyLock};

/// What Alice and Bob hold at the start.
const ENDOWMENT: Balance = 1_000_000_000_000_000_000;
/// Gas that is more than enough.
const GAS: Weight = Weight::from_parts(100_000_000_000, 1024 * 1024);

type Weight = frame_support::weights::Weight;
/// Events that are about contracts.
type Happened = Vec<pallet_contracts::Event<Runtime>>;

/// The chain at its beginning.
fn chain() -> TestExternalities {
    let balances = [Alice, Bob].map(|key| (key.to_account_id(), ENDOWMENT)).to_vec();
    let balances = BalancesConfig { balances, ..Default::default() };
    RuntimeGenesisConfig { balances, ..Default::default() }
        .build_storage()
        .expect("accounts are different")
        .into()
}

/// A transaction, as a wallet signs it.
fn signed(by: Sr25519Keyring, call: RuntimeCall) -> UncheckedExtrinsic {
    let nonce = System::account_nonce(by.to_account_id());
    let extension: TxExtension = (
        frame_system::CheckNonZeroSender::new(),
        frame_system::CheckSpecVersion::new(),
        frame_system::CheckTxVersion::new(),
        frame_system::CheckGenesis::new(),
        frame_system::CheckEra::from(Era::Immortal),
        frame_system::CheckNonce::from(nonce),
        frame_system::CheckWeight::new(),
        pallet_transaction_payment::ChargeTransactionPayment::from(0),
    );
    let payload = SignedPayload::new(call.clone(), extension.clone()).expect("nothing in it can be missing");
    let signature = payload.using_encoded(|bytes| by.sign(bytes));
    UncheckedExtrinsic::new_signed(call, MultiAddress::Id(by.to_account_id()), signature.into(), extension)
}

/// A block with this transaction alone: what came of it, and the events of the pallet.
fn block(by: Sr25519Keyring, call: impl Into<RuntimeCall>) -> (Result<(), DispatchError>, Happened) {
    let number = System::block_number() + 1;
    let parent = if number == 1 { Hash::zero() } else { System::parent_hash() };
    let header = Header::new(number, Hash::zero(), Hash::zero(), parent, Default::default());
    Runtime::initialize_block(&header);
    let time = pallet_timestamp::Call::set { now: 1_704_067_200_000 + 6_000 * u64::from(number) };
    let inherent = UncheckedExtrinsic::new_bare(time.into());
    Executive::apply_extrinsic(inherent).expect("is valid").expect("succeeds");
    let result = Executive::apply_extrinsic(signed(by, call.into())).expect("is valid");
    let sealed = Executive::finalize_block();
    assert_eq!(sealed.number, number);
    let events = System::read_events_no_consensus().filter_map(|record| match record.event {
        RuntimeEvent::Contracts(event) => Some(event),
        _ => None,
    });
    (result, events.collect())
}

/// An ink! contract: its code, and the selectors of its constructors and messages by name.
struct Contract {
    code: Vec<u8>,
    selectors: BTreeMap<String, Vec<u8>>,
}

impl Contract {
    fn example(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(name);
        let built = build(&Request::new(folder.join("Cargo.toml")), &mut |_| ()).expect("it builds");
        let read = |path: &Path| std::fs::read(path).expect("it was built");
        let metadata = built.artifacts.metadata.as_deref().map(read).expect("an ink! contract has metadata");
        let metadata: serde_json::Value = serde_json::from_slice(&metadata).expect("is JSON");
        let mut selectors = BTreeMap::new();
        for kind in ["constructors", "messages"] {
            for entry in metadata["spec"][kind].as_array().expect("is a list") {
                let digits = entry["selector"].as_str().expect("is text").trim_start_matches("0x");
                let selector = u32::from_str_radix(digits, 16).expect("are four bytes").to_be_bytes();
                selectors.insert(entry["label"].as_str().expect("is text").into(), selector.into());
            }
        }
        Self { code: read(&built.artifacts.elf), selectors }
    }

    fn input(&self, name: &str, args: impl Encode) -> Vec<u8> {
        [&self.selectors[name][..], &args.encode()].concat()
    }
}

/// Built once.
static FLIPPER: LazyLock<Contract> = LazyLock::new(|| Contract::example("flipper"));

/// A dry run, as a node makes it: what it changes is forgotten.
fn dry_run<R>(f: impl FnOnce() -> R) -> R {
    with_transaction(|| TransactionOutcome::Rollback(Ok::<_, DispatchError>(f())))
        .expect("it is not too deep")
}

/// What a message answers to a dry run.
fn ask<R: Decode>(contract: &AccountId, input: Vec<u8>) -> R {
    let ran = dry_run(|| Runtime::call(Bob.to_account_id(), contract.clone(), 0, None, None, input));
    let returned = ran.result.unwrap_or_else(|error| panic!("{error:?}: {:?}", ran.debug_message));
    assert!(!returned.did_revert());
    let answer = Result::<R, u8>::decode(&mut &returned.data[..]).expect("is what the message returns");
    answer.expect("ink! knows the message")
}

// Of the macro that the page calls: the API's functions as the node finds them.
use pallet_contracts::runtime_decl_for_contracts_api::ContractsApiV2;
use sp_api::runtime_decl_for_core::CoreV5;

#[test]
fn limits_go_together() {
    chain().execute_with(AllPalletsWithSystem::integrity_test);
}

#[test]
fn a_contract_is_uploaded_instantiated_and_called() {
    chain().execute_with(|| {
        // Upload: a dry run says what it will cost, and what it will be called.
        let flipper = &*FLIPPER;
        let upload = pallet_contracts::Call::upload_code {
            code: flipper.code.clone(),
            storage_deposit_limit: None,
            determinism: pallet_contracts::Determinism::Enforced,
        };
        let alice = Alice.to_account_id();
        let (result, events) = block(Alice, upload);
        assert_eq!(result, Ok(()));
        let [pallet_contracts::Event::CodeStored { code_hash, deposit_held, uploader }] = &events[..] else {
            panic!("{events:?}")
        };
        let code_hash = *code_hash;
        assert_eq!(uploader, &alice);
        assert!(*deposit_held > flipper.code.len() as Balance * DepositPerByte::get());

        // Instantiate, with the address that the dry run foretold and the gas that it asked for.
        let (data, salt) = (flipper.input("new", (true,)), vec![7u8]);
        let tried = dry_run(|| {
            let code = Code::Existing(code_hash);
            Runtime::instantiate(alice.clone(), 0, None, None, code, data.clone(), salt.clone())
        });
        let made = tried.result.expect("it can be made");
        assert!(matches!(tried.storage_deposit, StorageDeposit::Charge(amount) if amount > 0));
        let instantiate = pallet_contracts::Call::instantiate {
            value: 0,
            gas_limit: tried.gas_required,
            storage_deposit_limit: None,
            code_hash,
            data,
            salt,
        };
        let (result, events) = block(Alice, instantiate);
        assert_eq!(result, Ok(()));
        let contract = made.account_id;
        let instantiated =
            pallet_contracts::Event::Instantiated { deployer: alice, contract: contract.clone() };
        assert!(events.contains(&instantiated), "{events:?}");

        // Ask, call, ask.
        let get = || ask::<bool>(&contract, flipper.input("get", ()));
        assert!(get());
        let flip = |gas_limit| pallet_contracts::Call::call {
            dest: contract.clone().into(),
            value: 0,
            gas_limit,
            storage_deposit_limit: None,
            data: flipper.input("flip", ()),
        };
        let before = Balances::free_balance(Bob.to_account_id());
        assert_eq!(block(Bob, flip(GAS)).0, Ok(()));
        assert!(!get());
        let paid = before - Balances::free_balance(Bob.to_account_id());
        // Gas that was not used is not paid for.
        assert!(paid > 0 && paid < Balance::from(flip(GAS).get_dispatch_info().call_weight.ref_time()));

        // Too little gas leaves all as it was.
        let error = block(Bob, flip(Weight::from_parts(1_000, 0))).0.unwrap_err();
        assert_eq!(error, pallet_contracts::Error::<Runtime>::OutOfGas.into());
        assert!(!get());
    });
}

#[test]
fn storage_is_read_and_strangers_are_told_apart() {
    chain().execute_with(|| {
        let flipper = &*FLIPPER;
        let made = Runtime::instantiate(
            Alice.to_account_id(),
            0,
            None,
            None,
            Code::Upload(flipper.code.clone()),
            flipper.input("new", (true,)),
            vec![],
        );
        let contract = made.result.expect("it can be made").account_id;
        // ink! stores what is not spread under the key 0.
        assert_eq!(Runtime::get_storage(contract.clone(), vec![0; 4]), Ok(Some(vec![1])));
        assert_eq!(Runtime::get_storage(contract, vec![1; 4]), Ok(None));
        let nobody = Runtime::get_storage(Bob.to_account_id(), vec![0; 4]);
        assert_eq!(nobody, Err(ContractAccessError::DoesntExist));
        // What is no program is refused, with the reason in the debug text of a dry run.
        let refused = Runtime::upload_code(
            Bob.to_account_id(),
            b"\0asm\x01\0\0\0".to_vec(),
            None,
            pallet_contracts::Determinism::Enforced,
        );
        assert_eq!(refused.unwrap_err(), pallet_contracts::Error::<Runtime>::CodeRejected.into());
    });
}

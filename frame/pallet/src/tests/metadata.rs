//! The pallet as clients see it: names, indices, fields, types.
//!
//! The expectations are the interface of `pallet-contracts` 51, written out in `interface.txt`. Other tests check how
//! clients' own libraries read it, with a whole runtime (`tests/e2e/tests/it/clients.rs`), and that it matches
//! `pallet-contracts` itself (`tests/side-by-side/tests/side_by_side/interface.rs`).

#[path = "describe.rs"]
mod describe;

use super::*;
use codec::Decode;
use frame_metadata::{v14, RuntimeMetadata, RuntimeMetadataPrefixed};
use polkadot_sdk::frame_support::__private::metadata as frame_metadata;
use scale_info::{form::PortableForm, PortableRegistry, TypeDef};

/// `Balance`, `BlockNumber` and `Lookup` of the mock runtime, and its name.
const OWN: [&str; 4] = ["u64", "u64", "AccountId32", "Test"];

fn expected(kind: &str) -> Vec<String> {
    describe::expected(kind, OWN)
}

struct Metadata {
    types: PortableRegistry,
    pallet: v14::PalletMetadata<PortableForm>,
}

fn metadata() -> Metadata {
    externalities().execute_with(|| {
        let bytes = Test::metadata_at_version(14).unwrap();
        let prefixed = RuntimeMetadataPrefixed::decode(&mut &bytes[..]).unwrap();
        let RuntimeMetadata::V14(metadata) = prefixed.1 else { panic!("not version 14") };
        let pallet = metadata.pallets.into_iter().find(|pallet| pallet.name == "Contracts").unwrap();
        Metadata { types: metadata.types, pallet }
    })
}

impl Metadata {
    fn name(&self, id: u32) -> String {
        describe::name(&self.types, id)
    }

    /// The variants of an enum, with index and fields.
    fn variants(&self, id: u32) -> Vec<String> {
        let TypeDef::Variant(variants) = &self.types.resolve(id).unwrap().type_def else { panic!("no enum") };
        variants.variants.iter().map(|of| describe::variant(&self.types, of)).collect()
    }
}

#[test]
fn calls_are_those_of_pallet_contracts() {
    let metadata = metadata();
    let have = metadata.variants(metadata.pallet.calls.as_ref().unwrap().ty.id);
    assert_eq!(have, expected("call"));
    assert_eq!(have.len(), 10);
}

#[test]
fn events_are_those_of_pallet_contracts() {
    let metadata = metadata();
    let have = metadata.variants(metadata.pallet.event.as_ref().unwrap().ty.id);
    assert_eq!(have, expected("event"));
    assert_eq!(have.len(), 10);
}

#[test]
fn errors_are_those_of_pallet_contracts() {
    let metadata = metadata();
    let have = metadata.variants(metadata.pallet.error.as_ref().unwrap().ty.id);
    assert_eq!(have, expected("error"));
    assert_eq!(have.len(), 37);
}

#[test]
fn storage_is_that_of_pallet_contracts() {
    use v14::StorageEntryType::{Map, Plain};
    let metadata = metadata();
    let storage = metadata.pallet.storage.as_ref().unwrap();
    assert_eq!(storage.prefix, "Contracts");
    let have: Vec<_> = storage
        .entries
        .iter()
        .map(|entry| {
            let (keys, value) = match &entry.ty {
                Plain(value) => (vec![], value.id),
                Map { hashers, key, value } => {
                    (hashers.iter().map(|hasher| (format!("{hasher:?}"), key.id)).collect(), value.id)
                }
            };
            let modifier = format!("{:?}", entry.modifier);
            describe::storage(&metadata.types, &entry.name, &modifier, &keys, value)
        })
        .collect();
    assert_eq!(have, expected("storage"));
    assert_eq!(have.len(), 7);
}

#[test]
fn constants_are_those_of_pallet_contracts() {
    let metadata = metadata();
    let have: Vec<_> = metadata
        .pallet
        .constants
        .iter()
        .map(|constant| format!("{} {}", constant.name, metadata.name(constant.ty.id)))
        .collect();
    assert_eq!(have, expected("constant"));
    let constant =
        |name: &str| metadata.pallet.constants.iter().find(|constant| constant.name == name).unwrap();
    assert_eq!(constant("ApiVersion").value, 4u16.encode());
    assert!(constant("Environment").value.is_empty());
    let environment = metadata.types.resolve(constant("Environment").ty.id).unwrap();
    assert_eq!(environment.path.segments, ["pallet_contracts", "Environment"]);
    assert_eq!(
        constant("Schedule").value,
        (4u32, 16u32, 32u32, 16_384u32, 134_217_728u32, 536_870_912u32, 60_000u64, 1_250u32).encode()
    );
}

#[test]
fn types_within_types_are_those_of_pallet_contracts() {
    let metadata = metadata();
    for line in expected("type") {
        let name = line.split(' ').next().unwrap();
        assert_eq!(describe::pallet_type(&metadata.types, name), line);
    }
    let weight = metadata
        .types
        .types
        .iter()
        .find(|ty| ty.ty.path.segments.last().is_some_and(|name| name == "Weight"));
    let weight = describe::body(&metadata.types, weight.unwrap().id);
    assert_eq!(weight, "{ref_time: Compact<u64>, proof_size: Compact<u64>}");
}

#[test]
fn the_runtime_api_is_that_of_pallet_contracts() {
    use crate::*;
    use scale_info::{meta_type, Registry};
    // The trait's version, and the types that its functions return, field by field.
    type Api = dyn ContractsApi<frame_system::mocking::MockBlock<Test>, AccountId32, u64, u64, H256, ()>;
    assert_eq!(<Api as sp_api::RuntimeApiInfo>::VERSION, 2);
    let mut registry = Registry::new();
    let ids = [
        meta_type::<ContractExecResult<u64, ()>>(),
        meta_type::<ExecReturnValue>(),
        meta_type::<InstantiateReturnValue<AccountId32>>(),
        meta_type::<CodeUploadReturnValue<H256, u64>>(),
        meta_type::<Code<H256>>(),
        meta_type::<StorageDeposit<u64>>(),
        meta_type::<ContractAccessError>(),
        meta_type::<GetStorageResult>(),
        meta_type::<ContractInstantiateResult<AccountId32, u64, ()>>(),
    ]
    .map(|ty| registry.register_type(&ty).id);
    let types: PortableRegistry = registry.into();
    let body = |id| describe::body(&types, id);
    let [exec, _, _, _, _, _, _, value, instantiated] = ids;
    let result = |of: &str| {
        format!(
            "{{gas_consumed: Weight, gas_required: Weight, storage_deposit: StorageDeposit<u64>, \
             debug_message: Vec<u8>, result: Result<{of}, DispatchError>, events: Option<Vec<()>>}}"
        )
    };
    assert_eq!(body(exec), result("ExecReturnValue"));
    assert_eq!(body(instantiated), result("InstantiateReturnValue<AccountId32>"));
    let returned = expected("returned");
    assert_eq!(returned.len(), 6);
    for line in returned {
        let name = line.split(' ').next().unwrap();
        assert_eq!(describe::pallet_type(&types, name), line);
    }
    assert_eq!(describe::name(&types, value), "Result<Option<Vec<u8>>, ContractAccessError>");
}

#[test]
fn results_of_the_runtime_api_have_the_form_that_clients_decode() {
    use crate::*;
    use pallet_contracts_uapi::ReturnFlags;
    let weight = Weight::from_parts(1, 2);
    let result: ContractExecResult<u64, ()> = ContractResult {
        gas_consumed: weight,
        gas_required: weight,
        storage_deposit: StorageDeposit::Charge(7),
        debug_message: vec![b'd'],
        result: Ok(ExecReturnValue { flags: ReturnFlags::REVERT, data: vec![9] }),
        events: None,
    };
    let expected: &[u8] = &[4, 8, 4, 8, 1, 7, 0, 0, 0, 0, 0, 0, 0, 4, b'd', 0, 1, 0, 0, 0, 4, 9, 0];
    assert_eq!(result.encode(), expected);
    assert_eq!(StorageDeposit::Refund(1u8).encode(), [0, 1]);
    assert_eq!(Code::<H256>::Upload(vec![1]).encode(), [0, 4, 1]);
    assert_eq!(Code::Existing(2u8).encode(), [1, 2]);
    assert_eq!(ContractAccessError::MigrationInProgress.encode(), [2]);
    assert_eq!([Determinism::Enforced, Determinism::Relaxed].encode(), [0, 1]);
    assert_eq!(crate::Origin::<Test>::Root.encode(), [0]);
    let made = InstantiateReturnValue { result: result.result.unwrap(), account_id: 5u8 };
    assert_eq!(made.encode(), [1, 0, 0, 0, 4, 9, 5]);
}

#[test]
fn the_storage_version_is_that_of_pallet_contracts() {
    use frame_support::traits::GetStorageVersion;
    externalities().execute_with(|| {
        assert_eq!(Contracts::in_code_storage_version(), 16);
    });
}

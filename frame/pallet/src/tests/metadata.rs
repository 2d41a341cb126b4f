//! The pallet as clients see it: names, indices, fields, types.
//!
//! The expectations are the interface of `pallet-contracts` 51, written out.

use super::*;
use codec::Decode;
use frame_metadata::{v14, RuntimeMetadata, RuntimeMetadataPrefixed};
use polkadot_sdk::frame_support::__private::metadata as frame_metadata;
use scale_info::{form::PortableForm, PortableRegistry, TypeDef, TypeDefPrimitive};

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
    /// A type in short.
    fn name(&self, id: u32) -> String {
        let ty = self.types.resolve(id).unwrap();
        match &ty.type_def {
            TypeDef::Primitive(primitive) => match primitive {
                TypeDefPrimitive::Str => "str".into(),
                other => format!("{other:?}").to_lowercase(),
            },
            TypeDef::Compact(compact) => format!("Compact<{}>", self.name(compact.type_param.id)),
            TypeDef::Sequence(sequence) => format!("Vec<{}>", self.name(sequence.type_param.id)),
            TypeDef::Array(array) => format!("[{}; {}]", self.name(array.type_param.id), array.len),
            TypeDef::Tuple(tuple) => {
                let of: Vec<_> = tuple.fields.iter().map(|field| self.name(field.id)).collect();
                format!("({})", of.join(", "))
            }
            _ => {
                let name = ty.path.segments.last().cloned().unwrap_or_default();
                let of: Vec<_> =
                    ty.type_params.iter().filter_map(|param| Some(self.name(param.ty?.id))).collect();
                if of.is_empty() {
                    name
                } else {
                    format!("{name}<{}>", of.join(", "))
                }
            }
        }
    }

    /// The variants of an enum, with index and fields.
    fn variants(&self, id: u32) -> Vec<String> {
        let TypeDef::Variant(variants) = &self.types.resolve(id).unwrap().type_def else { panic!("no enum") };
        variants
            .variants
            .iter()
            .map(|variant| {
                let fields: Vec<_> = variant
                    .fields
                    .iter()
                    .map(|field| {
                        let ty = self.name(field.ty.id);
                        field.name.as_ref().map_or(ty.clone(), |name| format!("{name}: {ty}"))
                    })
                    .collect();
                format!("{} {}({})", variant.index, variant.name, fields.join(", "))
            })
            .collect()
    }

    /// The fields of a struct.
    fn fields(&self, id: u32) -> Vec<String> {
        let TypeDef::Composite(composite) = &self.types.resolve(id).unwrap().type_def else {
            panic!("no struct")
        };
        composite
            .fields
            .iter()
            .map(|field| format!("{}: {}", field.name.as_deref().unwrap_or("_"), self.name(field.ty.id)))
            .collect()
    }
}

#[test]
fn calls_are_those_of_pallet_contracts() {
    let metadata = metadata();
    let limit = "storage_deposit_limit: Option<Compact<u64>>";
    assert_eq!(
        metadata.variants(metadata.pallet.calls.as_ref().unwrap().ty.id),
        [
            format!("0 call_old_weight(dest: AccountId32, value: Compact<u64>, gas_limit: Compact<u64>, {limit}, data: Vec<u8>)"),
            format!("1 instantiate_with_code_old_weight(value: Compact<u64>, gas_limit: Compact<u64>, {limit}, code: Vec<u8>, data: Vec<u8>, salt: Vec<u8>)"),
            format!("2 instantiate_old_weight(value: Compact<u64>, gas_limit: Compact<u64>, {limit}, code_hash: H256, data: Vec<u8>, salt: Vec<u8>)"),
            format!("3 upload_code(code: Vec<u8>, {limit}, determinism: Determinism)"),
            "4 remove_code(code_hash: H256)".into(),
            "5 set_code(dest: AccountId32, code_hash: H256)".into(),
            format!("6 call(dest: AccountId32, value: Compact<u64>, gas_limit: Weight, {limit}, data: Vec<u8>)"),
            format!("7 instantiate_with_code(value: Compact<u64>, gas_limit: Weight, {limit}, code: Vec<u8>, data: Vec<u8>, salt: Vec<u8>)"),
            format!("8 instantiate(value: Compact<u64>, gas_limit: Weight, {limit}, code_hash: H256, data: Vec<u8>, salt: Vec<u8>)"),
            "9 migrate(weight_limit: Weight)".into(),
        ]
    );
}

#[test]
fn events_are_those_of_pallet_contracts() {
    let metadata = metadata();
    assert_eq!(
        metadata.variants(metadata.pallet.event.as_ref().unwrap().ty.id),
        [
            "0 Instantiated(deployer: AccountId32, contract: AccountId32)",
            "1 Terminated(contract: AccountId32, beneficiary: AccountId32)",
            "2 CodeStored(code_hash: H256, deposit_held: u64, uploader: AccountId32)",
            "3 ContractEmitted(contract: AccountId32, data: Vec<u8>)",
            "4 CodeRemoved(code_hash: H256, deposit_released: u64, remover: AccountId32)",
            "5 ContractCodeUpdated(contract: AccountId32, new_code_hash: H256, old_code_hash: H256)",
            "6 Called(caller: Origin, contract: AccountId32)",
            "7 DelegateCalled(contract: AccountId32, code_hash: H256)",
            "8 StorageDepositTransferredAndHeld(from: AccountId32, to: AccountId32, amount: u64)",
            "9 StorageDepositTransferredAndReleased(from: AccountId32, to: AccountId32, amount: u64)",
        ]
    );
}

#[test]
fn errors_are_those_of_pallet_contracts() {
    let metadata = metadata();
    let expected = [
        "InvalidSchedule",
        "InvalidCallFlags",
        "OutOfGas",
        "OutputBufferTooSmall",
        "TransferFailed",
        "MaxCallDepthReached",
        "ContractNotFound",
        "CodeTooLarge",
        "CodeNotFound",
        "CodeInfoNotFound",
        "OutOfBounds",
        "DecodingFailed",
        "ContractTrapped",
        "ValueTooLarge",
        "TerminatedWhileReentrant",
        "InputForwarded",
        "RandomSubjectTooLong",
        "TooManyTopics",
        "NoChainExtension",
        "XCMDecodeFailed",
        "DuplicateContract",
        "TerminatedInConstructor",
        "ReentranceDenied",
        "StateChangeDenied",
        "StorageDepositNotEnoughFunds",
        "StorageDepositLimitExhausted",
        "CodeInUse",
        "ContractReverted",
        "CodeRejected",
        "Indeterministic",
        "MigrationInProgress",
        "NoMigrationPerformed",
        "MaxDelegateDependenciesReached",
        "DelegateDependencyNotFound",
        "DelegateDependencyAlreadyExists",
        "CannotAddSelfAsDelegateDependency",
        "OutOfTransientStorage",
    ];
    let have = metadata.variants(metadata.pallet.error.as_ref().unwrap().ty.id);
    assert_eq!(have.len(), 37);
    for (index, (have, expected)) in have.iter().zip(expected).enumerate() {
        assert_eq!(have, &format!("{index} {expected}()"));
    }
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
        .map(|entry| match &entry.ty {
            Plain(value) => format!("{} {:?} {}", entry.name, entry.modifier, metadata.name(value.id)),
            Map { hashers, key, value } => format!(
                "{} {:?} {:?} {} -> {}",
                entry.name,
                entry.modifier,
                hashers,
                metadata.name(key.id),
                metadata.name(value.id)
            ),
        })
        .collect();
    assert_eq!(
        have,
        [
            "PristineCode Optional [Identity] H256 -> BoundedVec<u8>",
            "CodeInfoOf Optional [Identity] H256 -> CodeInfo",
            "Nonce Default u64",
            "ContractInfoOf Optional [Twox64Concat] AccountId32 -> ContractInfo",
            "DeletionQueue Optional [Twox64Concat] u32 -> BoundedVec<u8>",
            "DeletionQueueCounter Default DeletionQueueManager",
            "MigrationInProgress Optional BoundedVec<u8>",
        ]
    );
    let value_of = |name: &str| match &storage.entries.iter().find(|entry| entry.name == name).unwrap().ty {
        Plain(value) | Map { value, .. } => metadata.fields(value.id),
    };
    assert_eq!(
        value_of("CodeInfoOf"),
        [
            "owner: AccountId32",
            "deposit: Compact<u64>",
            "refcount: Compact<u64>",
            "determinism: Determinism",
            "code_len: u32"
        ]
    );
    assert_eq!(
        value_of("ContractInfoOf"),
        [
            "trie_id: BoundedVec<u8>",
            "code_hash: H256",
            "storage_bytes: u32",
            "storage_items: u32",
            "storage_byte_deposit: u64",
            "storage_item_deposit: u64",
            "storage_base_deposit: u64",
            "delegate_dependencies: BoundedBTreeMap<H256, u64>",
        ]
    );
    let counter = value_of("DeletionQueueCounter");
    assert_eq!(counter[..2], ["insert_counter: u32", "delete_counter: u32"]);
}

#[test]
fn constants_are_those_of_pallet_contracts() {
    let metadata = metadata();
    let have: Vec<_> = metadata
        .pallet
        .constants
        .iter()
        .map(|constant| format!("{}: {}", constant.name, metadata.name(constant.ty.id)))
        .collect();
    assert_eq!(
        have,
        [
            "Schedule: Schedule",
            "DepositPerByte: u64",
            "DefaultDepositLimit: u64",
            "DepositPerItem: u64",
            "CodeHashLockupDepositPercent: Perbill",
            "MaxCodeLen: u32",
            "MaxStorageKeyLen: u32",
            "MaxTransientStorageSize: u32",
            "MaxDelegateDependencies: u32",
            "UnsafeUnstableInterface: bool",
            "MaxDebugBufferLen: u32",
            "Environment: Environment",
            "ApiVersion: ApiVersion",
        ]
    );
    let constant =
        |name: &str| metadata.pallet.constants.iter().find(|constant| constant.name == name).unwrap();
    assert_eq!(constant("ApiVersion").value, 4u16.encode());
    assert!(constant("Environment").value.is_empty());
    let environment = metadata.types.resolve(constant("Environment").ty.id).unwrap();
    assert_eq!(environment.path.segments, ["pallet_contracts", "Environment"]);
    let fields = metadata.fields(constant("Environment").ty.id);
    let names: Vec<_> = fields.iter().map(|field| field.split(':').next().unwrap()).collect();
    assert_eq!(names, ["account_id", "balance", "hash", "hasher", "timestamp", "block_number"]);
    assert_eq!(
        constant("Schedule").value,
        (4u32, 16u32, 32u32, 16_384u32, 134_217_728u32, 536_870_912u32, 60_000u64, 1_250u32).encode()
    );
    assert_eq!(
        metadata.fields(constant("Schedule").ty.id),
        ["limits: Limits", "instruction_weights: InstructionWeights"]
    );
}

#[test]
fn types_within_types_are_those_of_pallet_contracts() {
    let metadata = metadata();
    let find = |name: &str| {
        let path = ["pallet_contracts", name];
        let found = metadata.types.types.iter().filter(|ty| {
            let segments = &ty.ty.path.segments;
            segments.first().is_some_and(|first| first == path[0])
                && segments.last().is_some_and(|last| last == path[1])
        });
        let found: Vec<_> = found.map(|ty| ty.id).collect();
        assert_eq!(found.len(), 1, "{name}");
        found[0]
    };
    assert_eq!(
        metadata.fields(find("Limits")),
        [
            "event_topics: u32",
            "memory_pages: u32",
            "subject_len: u32",
            "payload_len: u32",
            "runtime_memory: u32",
            "validator_runtime_memory: u32",
            "event_ref_time: u64",
        ]
    );
    assert_eq!(metadata.fields(find("InstructionWeights")), ["base: u32"]);
    assert_eq!(metadata.fields(find("ApiVersion")), ["_: u16"]);
    assert_eq!(metadata.variants(find("Determinism")), ["0 Enforced()", "1 Relaxed()"]);
    assert_eq!(metadata.variants(find("Origin")), ["0 Root()", "1 Signed(AccountId32)"]);
    assert_eq!(
        metadata.variants(find("HoldReason")),
        ["0 CodeUploadDepositReserve()", "1 StorageDepositReserve()"]
    );
    assert_eq!(
        metadata.fields(find("Environment")),
        [
            "account_id: EnvironmentType<AccountId32>",
            "balance: EnvironmentType<u64>",
            "hash: EnvironmentType<H256>",
            "hasher: EnvironmentType<BlakeTwo256>",
            "timestamp: EnvironmentType<u64>",
            "block_number: EnvironmentType<u64>",
        ]
    );
    let weight = metadata
        .types
        .types
        .iter()
        .find(|ty| ty.ty.path.segments.last().is_some_and(|name| name == "Weight"));
    assert_eq!(metadata.fields(weight.unwrap().id), ["ref_time: Compact<u64>", "proof_size: Compact<u64>"]);
}

#[test]
fn the_runtime_api_is_that_of_pallet_contracts() {
    use crate::*;
    use scale_info::{meta_type, Registry};
    // The trait's version, and the types that its functions give, field by field.
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
    let metadata = Metadata { types: registry.into(), pallet: metadata().pallet };
    let [exec, returned, made, stored, code, deposit, access, value, instantiated] = ids;
    let result = |of: &str| {
        [
            "gas_consumed: Weight",
            "gas_required: Weight",
            "storage_deposit: StorageDeposit<u64>",
            "debug_message: Vec<u8>",
            of,
            "events: Option<Vec<()>>",
        ]
        .map(String::from)
    };
    assert_eq!(metadata.fields(exec), result("result: Result<ExecReturnValue, DispatchError>"));
    let of = "result: Result<InstantiateReturnValue<AccountId32>, DispatchError>";
    assert_eq!(metadata.fields(instantiated), result(of));
    assert_eq!(metadata.fields(returned), ["flags: ReturnFlags", "data: Vec<u8>"]);
    assert_eq!(metadata.fields(made), ["result: ExecReturnValue", "account_id: AccountId32"]);
    assert_eq!(metadata.fields(stored), ["code_hash: H256", "deposit: u64"]);
    assert_eq!(metadata.variants(code), ["0 Upload(Vec<u8>)", "1 Existing(H256)"]);
    assert_eq!(metadata.variants(deposit), ["0 Refund(u64)", "1 Charge(u64)"]);
    let errors = ["0 DoesntExist()", "1 KeyDecodingFailed()", "2 MigrationInProgress()"];
    assert_eq!(metadata.variants(access), errors);
    assert_eq!(metadata.name(value), "Result<Option<Vec<u8>>, ContractAccessError>");
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

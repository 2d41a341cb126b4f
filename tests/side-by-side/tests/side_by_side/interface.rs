//! The description of `pallet-contracts` that other tests go by is true of `pallet-contracts`, and of the pallet here.

#[path = "../../../../frame/pallet/src/tests/describe.rs"]
mod describe;

use codec::Decode;
use describe::{expected, name, pallet_type, storage, variant};
use frame_metadata::{v14, v14::StorageEntryType, RuntimeMetadata, RuntimeMetadataPrefixed};
use inkbpf_side_by_side::chain::{ebpf, wasm};
use polkadot_sdk::frame_support::__private::metadata as frame_metadata;
use scale_info::{form::PortableForm, PortableRegistry, TypeDef};

/// `Balance`, `BlockNumber` and `Lookup` of both runtimes, and their name.
const OWN: [&str; 4] = ["u128", "u32", "MultiAddress<AccountId32, ()>", "Test"];

/// The lines of each kind, as this metadata has them.
fn lines(metadata: &[u8]) -> Vec<(&'static str, Vec<String>)> {
    let prefixed = RuntimeMetadataPrefixed::decode(&mut &metadata[..]).expect("is metadata");
    let RuntimeMetadata::V14(metadata) = prefixed.1 else { panic!("is not version 14") };
    let types = &metadata.types;
    let pallets = metadata.pallets.into_iter();
    let mut pallets = pallets.filter(|pallet| pallet.name == "Contracts");
    let pallet: v14::PalletMetadata<PortableForm> = pallets.next().expect("there is the pallet");
    let variants = |id: u32| variants(types, id);
    let entries = pallet.storage.expect("it has storage");
    assert_eq!(entries.prefix, "Contracts");
    let entries = entries.entries.iter().map(|entry| {
        let (keys, value) = match &entry.ty {
            StorageEntryType::Plain(value) => (Vec::new(), value.id),
            StorageEntryType::Map { hashers, key, value } => {
                (hashers.iter().map(|hasher| (format!("{hasher:?}"), key.id)).collect(), value.id)
            }
        };
        storage(types, &entry.name, &format!("{:?}", entry.modifier), &keys, value)
    });
    let constants = pallet.constants.iter();
    let constants = constants.map(|constant| format!("{} {}", constant.name, name(types, constant.ty.id)));
    let described = expected("type", OWN);
    let described = described.iter().map(|line| line.split(' ').next().unwrap_or_default());
    vec![
        ("call", variants(pallet.calls.expect("it has calls").ty.id)),
        ("event", variants(pallet.event.expect("it has events").ty.id)),
        ("error", variants(pallet.error.expect("it has errors").ty.id)),
        ("storage", entries.collect()),
        ("constant", constants.collect()),
        ("type", described.map(|name| pallet_type(types, name)).collect()),
    ]
}

fn variants(types: &PortableRegistry, id: u32) -> Vec<String> {
    let TypeDef::Variant(variants) = &types.resolve(id).expect("is there").type_def else {
        panic!("no enum")
    };
    variants.variants.iter().map(|of| variant(types, of)).collect()
}

#[test]
fn is_as_described() {
    for (chain, metadata) in [
        ("pallet-contracts", wasm::Test::metadata_at_version(14)),
        ("here", ebpf::Test::metadata_at_version(14)),
    ] {
        for (kind, lines) in lines(&metadata.expect("is one of the versions")) {
            assert_eq!(lines, expected(kind, OWN), "{kind} of {chain}");
        }
    }
}

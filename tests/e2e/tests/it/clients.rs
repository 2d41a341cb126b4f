//! The runtime's metadata as clients read it: `subxt`'s metadata of 2024 (0.38) and of today, each by its own look-ups.
//!
//! They must find what the pallet's own tests compare with: the description of `pallet-contracts`.

#[path = "../../../../frame/pallet/src/tests/describe.rs"]
mod describe;

use codec::{Decode, Encode};
use describe::{expected, name, pallet_type, storage, variant};
use inkbpf_sandbox::runtime::Runtime;
use scale_info::{form::PortableForm, PortableRegistry, Variant};

/// `Balance`, `BlockNumber` and `Lookup` of the runtime, and its name.
const OWN: [&str; 4] = ["u128", "u32", "MultiAddress<AccountId32, ()>", "Runtime"];
/// The pallet and the runtime API, as clients ask for them.
const PALLET: &str = "Contracts";
const API: &str = "ContractsApi";
/// The pallet's index, which is in every call and event.
const INDEX: u8 = 8;

type Variants<'a> = &'a [Variant<PortableForm>];

/// Metadata as a client has it.
trait Client: Decode {
    fn types(&self) -> &PortableRegistry;
    /// The indices of the pallet in calls, events and errors.
    fn indices(&self) -> [u8; 3];
    /// Whether the pallet is found by those indices.
    fn is_found_by_index(&self) -> bool;
    fn calls(&self) -> Variants<'_>;
    fn events(&self) -> Variants<'_>;
    fn errors(&self) -> Variants<'_>;
    fn call(&self, name: &str) -> Option<&Variant<PortableForm>>;
    fn call_at(&self, index: u8) -> Option<&Variant<PortableForm>>;
    fn event(&self, index: u8) -> Option<&Variant<PortableForm>>;
    fn error(&self, index: u8) -> Option<&Variant<PortableForm>>;
    /// How many entries of storage, and how many constants.
    fn counts(&self) -> (usize, usize);
    fn entry(&self, name: &str) -> Option<String>;
    /// Type and value.
    fn constant(&self, name: &str) -> Option<(u32, &[u8])>;
    /// How many methods the API has. There are none in V14.
    fn methods(&self) -> Option<usize>;
    /// Names and types of what a method takes, and the type that it returns.
    fn method(&self, name: &str) -> Option<(Vec<(String, u32)>, u32)>;
}

/// What both generations call alike.
macro_rules! alike {
    () => {
        fn types(&self) -> &PortableRegistry {
            self.types()
        }
        fn calls(&self) -> Variants<'_> {
            self.pallet_by_name(PALLET).and_then(|pallet| pallet.call_variants()).unwrap_or_default()
        }
        fn events(&self) -> Variants<'_> {
            self.pallet_by_name(PALLET).and_then(|pallet| pallet.event_variants()).unwrap_or_default()
        }
        fn errors(&self) -> Variants<'_> {
            self.pallet_by_name(PALLET).and_then(|pallet| pallet.error_variants()).unwrap_or_default()
        }
        fn call(&self, name: &str) -> Option<&Variant<PortableForm>> {
            self.pallet_by_name(PALLET)?.call_variant_by_name(name)
        }
        fn call_at(&self, index: u8) -> Option<&Variant<PortableForm>> {
            self.pallet_by_name(PALLET)?.call_variant_by_index(index)
        }
        fn event(&self, index: u8) -> Option<&Variant<PortableForm>> {
            self.pallet_by_name(PALLET)?.event_variant_by_index(index)
        }
        fn error(&self, index: u8) -> Option<&Variant<PortableForm>> {
            self.pallet_by_name(PALLET)?.error_variant_by_index(index)
        }
        fn counts(&self) -> (usize, usize) {
            let pallet = self.pallet_by_name(PALLET).expect("there is the pallet");
            (pallet.storage().map_or(0, |storage| storage.entries().len()), pallet.constants().len())
        }
        fn constant(&self, name: &str) -> Option<(u32, &[u8])> {
            let constant = self.pallet_by_name(PALLET)?.constant_by_name(name)?;
            Some((constant.ty(), constant.value()))
        }
        fn methods(&self) -> Option<usize> {
            Some(self.runtime_api_trait_by_name(API)?.methods().len())
        }
    };
}

impl Client for subxt_metadata::Metadata {
    alike!();

    fn indices(&self) -> [u8; 3] {
        let pallet = self.pallet_by_name(PALLET).expect("there is the pallet");
        [pallet.call_index(), pallet.event_index(), pallet.error_index()]
    }

    fn is_found_by_index(&self) -> bool {
        let found = [
            self.pallet_by_call_index(INDEX),
            self.pallet_by_event_index(INDEX),
            self.pallet_by_error_index(INDEX),
        ];
        found.iter().all(|pallet| pallet.as_ref().is_some_and(|pallet| pallet.name() == PALLET))
    }

    fn entry(&self, name: &str) -> Option<String> {
        let storage_of = self.pallet_by_name(PALLET)?.storage()?;
        assert_eq!(storage_of.prefix(), PALLET);
        let entry = storage_of.entry_by_name(name)?;
        let modifier = if entry.default_value().is_some() { "Default" } else { "Optional" };
        let keys: Vec<_> = entry.keys().map(|key| (format!("{:?}", key.hasher), key.key_id)).collect();
        Some(storage(self.types(), entry.name(), modifier, &keys, entry.value_ty()))
    }

    fn method(&self, name: &str) -> Option<(Vec<(String, u32)>, u32)> {
        let method = self.runtime_api_trait_by_name(API)?.method_by_name(name)?;
        let inputs = method.inputs().map(|input| (input.name.to_string(), input.id)).collect();
        Some((inputs, method.output_ty()))
    }
}

impl Client for subxt_metadata_2024::Metadata {
    alike!();

    fn indices(&self) -> [u8; 3] {
        [self.pallet_by_name(PALLET).expect("there is the pallet").index(); 3]
    }

    fn is_found_by_index(&self) -> bool {
        self.pallet_by_index(INDEX).is_some_and(|pallet| pallet.name() == PALLET)
    }

    fn entry(&self, name: &str) -> Option<String> {
        use subxt_metadata_2024::StorageEntryType::{Map, Plain};
        let storage_of = self.pallet_by_name(PALLET)?.storage()?;
        assert_eq!(storage_of.prefix(), PALLET);
        let entry = storage_of.entry_by_name(name)?;
        let keys = match entry.entry_type() {
            Plain(_) => Vec::new(),
            // Each map of the pallet has one key.
            Map { hashers, key_ty, .. } => {
                hashers.iter().map(|hasher| (format!("{hasher:?}"), *key_ty)).collect()
            }
        };
        let modifier = format!("{:?}", entry.modifier());
        Some(storage(self.types(), entry.name(), &modifier, &keys, entry.entry_type().value_ty()))
    }

    fn method(&self, name: &str) -> Option<(Vec<(String, u32)>, u32)> {
        let method = self.runtime_api_trait_by_name(API)?.method_by_name(name)?;
        let inputs = method.inputs().map(|input| (input.name.clone(), input.ty)).collect();
        Some((inputs, method.output_ty()))
    }
}

/// The description's lines of a kind, each with its first words: index and name, or the name alone.
fn lines(kind: &str) -> Vec<(Option<u8>, String, String)> {
    let parse = |line: String| {
        let mut words = line.splitn(2, ' ');
        let index = words.next().and_then(|word| word.parse().ok());
        let rest = if index.is_some() { words.next().unwrap_or_default() } else { &line };
        let name = rest.split(['(', ' ']).next().unwrap_or_default().to_owned();
        (index, name, line)
    };
    expected(kind, OWN).into_iter().map(parse).collect()
}

fn finds_everything<C: Client>(version: u32) {
    let bytes = Runtime::metadata_at_version(version).expect("the runtime has this version");
    let client = C::decode(&mut &bytes[..]).expect("the client decodes it");
    let types = client.types();
    assert_eq!(client.indices(), [INDEX; 3]);
    assert!(client.is_found_by_index());

    let show = |found: Option<&Variant<PortableForm>>| found.map(|found| variant(types, found));
    let (calls, events, errors) = (lines("call"), lines("event"), lines("error"));
    for (index, name, line) in &calls {
        let index = index.expect("a call has an index");
        assert_eq!(show(client.call(name)).as_ref(), Some(line));
        assert_eq!(show(client.call_at(index)).as_ref(), Some(line));
    }
    for (index, _, line) in &events {
        assert_eq!(show(client.event(index.expect("an event has an index"))).as_ref(), Some(line));
    }
    for (index, _, line) in &errors {
        assert_eq!(show(client.error(index.expect("an error has an index"))).as_ref(), Some(line));
    }
    assert_eq!((calls.len(), events.len(), errors.len()), (10, 10, 37));
    assert_eq!((client.calls().len(), client.events().len(), client.errors().len()), (10, 10, 37));

    let (entries, constants) = (lines("storage"), lines("constant"));
    for (_, name, line) in &entries {
        assert_eq!(client.entry(name).as_ref(), Some(line));
    }
    for (_, constant, line) in &constants {
        let (ty, _) = client.constant(constant).unwrap_or_else(|| panic!("no constant {constant}"));
        assert_eq!(&format!("{constant} {}", name(types, ty)), line);
    }
    assert_eq!(client.counts(), (entries.len(), constants.len()));
    assert_eq!(client.counts().0, 7);
    let value = |name: &str| client.constant(name).expect("it was just found").1;
    assert_eq!(value("ApiVersion"), 4u16.encode());
    assert_eq!(value("MaxStorageKeyLen"), 128u32.encode());
    assert!(value("Environment").is_empty());
    for (_, name, line) in lines("type") {
        assert_eq!(pallet_type(types, &name), line);
    }

    // Runtime APIs are in metadata since V15.
    if version < 15 {
        assert_eq!(client.methods(), None);
        return;
    }
    let methods = lines("api");
    assert_eq!(client.methods(), Some(methods.len()));
    for (_, method, line) in methods {
        let (inputs, output) = client.method(&method).unwrap_or_else(|| panic!("no method {method}"));
        let inputs: Vec<_> =
            inputs.into_iter().map(|(input, ty)| format!("{input}: {}", name(types, ty))).collect();
        assert_eq!(format!("{method}({}) -> {}", inputs.join(", "), name(types, output)), line);
    }
    for (_, name, line) in lines("returned") {
        assert_eq!(pallet_type(types, &name), line);
    }
}

#[test]
fn of_2024_find_the_pallet() {
    for version in [14, 15] {
        finds_everything::<subxt_metadata_2024::Metadata>(version);
    }
}

#[test]
fn of_today_find_the_pallet() {
    for version in [14, 15, 16] {
        finds_everything::<subxt_metadata::Metadata>(version);
    }
}

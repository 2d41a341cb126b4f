//! Types and variants in short form, and the lines of `interface.txt`.
//!
//! Three tests share this file and that text: the pallet's own (`metadata.rs`), the one that reads a runtime's metadata
//! with clients' libraries (`tests/e2e/tests/it/clients.rs`), and the one that reads `pallet-contracts`' own
//! (`tests/side-by-side/tests/side_by_side/interface.rs`).

use scale_info::{form::PortableForm, Field, PortableRegistry, TypeDef, TypeDefPrimitive, Variant};

/// The interface of the pallet, a line for each item.
const INTERFACE: &str = include_str!("interface.txt");

/// The lines of a kind (`call`, `event`, …), without their first word.
///
/// `own` lists the runtime's names for `Balance`, `BlockNumber`, `Lookup` and `ThisRuntime`.
pub fn expected(kind: &str, own: [&str; 4]) -> Vec<String> {
    let lines = INTERFACE.lines().filter(|line| !line.starts_with('#'));
    let of_kind = lines.filter_map(|line| line.strip_prefix(kind)?.strip_prefix(' '));
    let [balance, block_number, lookup, runtime] = own;
    let names =
        [("BlockNumber", block_number), ("Balance", balance), ("Lookup", lookup), ("ThisRuntime", runtime)];
    let lines: Vec<_> = of_kind
        .map(|line| names.iter().fold(line.to_owned(), |line, (name, own)| line.replace(name, own)))
        .collect();
    assert!(!lines.is_empty(), "interface.txt has no {kind}");
    lines
}

/// A type.
pub fn name(types: &PortableRegistry, id: u32) -> String {
    let ty = types.resolve(id).expect("metadata knows the types that it names");
    let name = |id| name(types, id);
    match &ty.type_def {
        TypeDef::Primitive(TypeDefPrimitive::Str) => "str".into(),
        TypeDef::Primitive(primitive) => format!("{primitive:?}").to_lowercase(),
        TypeDef::Compact(compact) => format!("Compact<{}>", name(compact.type_param.id)),
        TypeDef::Sequence(sequence) => format!("Vec<{}>", name(sequence.type_param.id)),
        TypeDef::Array(array) => format!("[{}; {}]", name(array.type_param.id), array.len),
        TypeDef::Tuple(tuple) => {
            let of: Vec<_> = tuple.fields.iter().map(|field| name(field.id)).collect();
            format!("({})", of.join(", "))
        }
        _ => {
            let own = ty.path.segments.last().cloned().unwrap_or_default();
            let of: Vec<_> = ty.type_params.iter().filter_map(|param| Some(name(param.ty?.id))).collect();
            match of.is_empty() {
                true => own,
                false => format!("{own}<{}>", of.join(", ")),
            }
        }
    }
}

fn fields(types: &PortableRegistry, fields: &[Field<PortableForm>]) -> String {
    let fields = fields.iter().map(|field| {
        let ty = name(types, field.ty.id);
        field.name.as_ref().map_or(ty.clone(), |name| format!("{name}: {ty}"))
    });
    fields.collect::<Vec<_>>().join(", ")
}

/// A variant of an enum: `6 Called(caller: Origin, contract: AccountId32)`.
pub fn variant(types: &PortableRegistry, variant: &Variant<PortableForm>) -> String {
    format!("{} {}({})", variant.index, variant.name, fields(types, &variant.fields))
}

/// The parts of a type: `{a: u8, b: u16}` or `[0 One(), 1 Two()]`.
pub fn body(types: &PortableRegistry, id: u32) -> String {
    match &types.resolve(id).expect("metadata knows the types that it names").type_def {
        TypeDef::Composite(composite) => format!("{{{}}}", fields(types, &composite.fields)),
        TypeDef::Variant(variants) => {
            let of: Vec<_> = variants.variants.iter().map(|of| variant(types, of)).collect();
            format!("[{}]", of.join(", "))
        }
        _ => name(types, id),
    }
}

/// The type whose path is `pallet_contracts::…::NAME`: `NAME` and its parts.
pub fn pallet_type(types: &PortableRegistry, name: &str) -> String {
    let mut found = types.types.iter().filter(|ty| {
        let path = &ty.ty.path.segments;
        path.first().is_some_and(|first| first == "pallet_contracts")
            && path.last().is_some_and(|last| last == name)
    });
    let (one, more) = (found.next(), found.next());
    assert!(more.is_none(), "there are two types {name}");
    format!("{name} {}", body(types, one.unwrap_or_else(|| panic!("there is no type {name}")).id))
}

/// An entry of the storage: `CodeInfoOf Optional [Identity] H256 -> CodeInfo`.
pub fn storage(
    types: &PortableRegistry,
    entry: &str,
    modifier: &str,
    keys: &[(String, u32)],
    value: u32,
) -> String {
    let value = name(types, value);
    if keys.is_empty() {
        return format!("{entry} {modifier} {value}");
    }
    let hashers: Vec<_> = keys.iter().map(|(hasher, _)| hasher.clone()).collect();
    let keys: Vec<_> = keys.iter().map(|(_, key)| name(types, *key)).collect();
    format!("{entry} {modifier} [{}] {} -> {value}", hashers.join(", "), keys.join(", "))
}

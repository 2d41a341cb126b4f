//! Keys and values of a contract's storage, by ink!'s storage layout.
//!
//! The metadata holds a tree. A *root* is a cell of its own: its key is four bytes, and the layout below it describes
//! the cell's contents, one *leaf* after another. A root inside a root is another cell; it takes no bytes of the outer
//! one. Collections are roots with one of ink!'s types: `Mapping` has a cell under (root key, key) for each entry,
//! `Lazy` one under its root key, `StorageVec` its length under the root key and an element under (root key, index).

use crate::{
    report::hex,
    value::{show, to_json, Abi},
};
use codec::{Decode, Encode};
use contract_transcode::{
    ink_metadata::layout::{Layout, RootLayout, StructLayout},
    Map, Tuple, Value,
};
use scale_info::form::PortableForm;
use serde::Serialize;

/// A cell of the storage.
#[derive(Debug, PartialEq, Serialize)]
pub struct Entry {
    /// The key, in hex.
    key: String,
    /// The field it belongs to, with the name of its struct.
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<String>,
    /// The entry of the collection.
    #[serde(skip_serializing_if = "Option::is_none")]
    entry: Option<serde_json::Value>,
    /// Its contents; in hex if the type is not known.
    value: serde_json::Value,
    #[serde(skip)]
    text: String,
}

impl std::fmt::Display for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

impl Entry {
    /// A cell with undecoded bytes.
    pub fn raw(key: &[u8], value: &[u8]) -> Self {
        Self {
            key: hex(key),
            field: None,
            entry: None,
            value: hex(value).into(),
            text: format!("{} = {}", hex(key), hex(value)),
        }
    }
}

/// The contents of a cell. `None` when the layout has no such cell, or the bytes do not match it.
pub fn decode(abi: &Abi, key: &[u8], value: &[u8]) -> Option<Entry> {
    let (root, rest) = key.split_first_chunk::<4>()?;
    let mut found = Vec::new();
    roots(abi.project().layout(), "", &mut found);
    found.iter().filter(|(_, cell)| cell.root_key().key().encode() == root).find_map(|(name, cell)| {
        let (entry, value) = cell_value(abi, cell, rest, value)?;
        let field = if name.is_empty() { "(root)" } else { name };
        let shown_entry = entry.as_ref().map(|it| format!("[{}]", show(it))).unwrap_or_default();
        Some(Entry {
            key: hex(key),
            field: Some(field.to_owned()),
            text: format!("{field}{shown_entry} = {}", show(&value)),
            entry: entry.as_ref().map(to_json),
            value: to_json(&value),
        })
    })
}

/// All roots below a layout, each with the path of fields to it.
fn roots<'a>(
    layout: &'a Layout<PortableForm>,
    path: &str,
    found: &mut Vec<(String, &'a RootLayout<PortableForm>)>,
) {
    let of_struct = |it: &'a StructLayout<PortableForm>, found: &mut Vec<_>| {
        for field in it.fields() {
            let dot = if path.is_empty() { "" } else { "." };
            roots(field.layout(), &format!("{path}{dot}{}", field.name()), found);
        }
    };
    match layout {
        Layout::Root(root) => {
            found.push((path.to_owned(), root));
            roots(root.layout(), path, found);
        }
        Layout::Struct(it) => of_struct(it, found),
        Layout::Enum(it) => it.variants().values().for_each(|variant| of_struct(variant, found)),
        Layout::Array(it) => roots(it.layout(), path, found),
        Layout::Hash(it) => roots(it.layout(), path, found),
        Layout::Leaf(_) => {}
    }
}

/// The entry, and its value.
fn cell_value(
    abi: &Abi,
    cell: &RootLayout<PortableForm>,
    rest: &[u8],
    value: &[u8],
) -> Option<(Option<Value>, Value)> {
    let registry = abi.project().registry();
    let ty = registry.resolve(cell.ty().id)?;
    let parameter = |name: &str| ty.type_params.iter().find(|it| it.name == name)?.ty.map(|ty| ty.id);
    let last = ty.path.segments.last().map(String::as_str);
    match last.filter(|_| ty.path.segments.first().is_some_and(|first| first == "ink_storage")) {
        Some("Mapping") => {
            let entry = abi.decode(parameter("K")?, rest).ok()?;
            Some((Some(entry), abi.decode(parameter("V")?, value).ok()?))
        }
        Some("StorageVec") if rest.is_empty() => {
            let len = u32::decode(&mut &value[..]).ok()?;
            Some((
                None,
                Value::Map(Map::new(
                    Some("StorageVec"),
                    [(Value::String("len".into()), Value::UInt(len.into()))].into_iter().collect(),
                )),
            ))
        }
        Some("StorageVec") => {
            let index = u32::decode(&mut &rest[..]).ok().filter(|_| rest.len() == 4)?;
            Some((Some(Value::UInt(index.into())), abi.decode(parameter("V")?, value).ok()?))
        }
        Some("Lazy") if rest.is_empty() => Some((None, abi.decode(parameter("V")?, value).ok()?)),
        _ if rest.is_empty() => {
            let mut input = value;
            let decoded = packed(abi, cell.layout(), &mut input)?;
            input.is_empty().then_some((None, decoded))
        }
        _ => None,
    }
}

/// The contents of the cell itself: its leaves, in order.
fn packed(abi: &Abi, layout: &Layout<PortableForm>, input: &mut &[u8]) -> Option<Value> {
    match layout {
        Layout::Leaf(leaf) => abi.decode_from(leaf.ty().id, input).ok(),
        Layout::Root(_) | Layout::Hash(_) => Some(Value::Literal("(in cells of its own)".into())),
        Layout::Struct(it) => packed_fields(abi, it, input),
        Layout::Enum(it) => {
            let variant = usize::from(u8::decode(input).ok()?);
            let fields = it.variants().iter().find(|(number, _)| number.value() == variant)?.1;
            packed_fields(abi, fields, input)
        }
        Layout::Array(it) => {
            let values =
                (0..it.len()).map(|_| packed(abi, it.layout(), input)).collect::<Option<Vec<_>>>()?;
            Some(Value::Seq(values.into()))
        }
    }
}

fn packed_fields(abi: &Abi, layout: &StructLayout<PortableForm>, input: &mut &[u8]) -> Option<Value> {
    let mut fields = Vec::new();
    for field in layout.fields() {
        fields.push((field.name().clone(), packed(abi, field.layout(), input)?));
    }
    let name = Some(layout.name().as_str());
    // A tuple's fields have numbers as names.
    if fields.iter().all(|(name, _)| name.parse::<u32>().is_ok()) {
        return Some(Value::Tuple(Tuple::new(name, fields.into_iter().map(|(_, value)| value).collect())));
    }
    let fields = fields.into_iter().map(|(name, value)| (Value::String(name), value)).collect();
    Some(Value::Map(Map::new(name, fields)))
}

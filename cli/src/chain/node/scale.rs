//! SCALE values, by a node's metadata.
//!
//! **Problem.** Both the bytes and the types that explain them come from the node. Libraries that decode them recurse
//! as deep as the types and allocate as many elements as the bytes say, so a malicious node could exhaust stack or
//! memory with a few bytes. Therefore metadata is checked once ([`check_types`]), and every value before it is decoded
//! ([`check`]): afterwards both are bounded.

use anyhow::{bail, ensure, Context, Result};
use codec::{Compact, Decode};
use frame_metadata::v15::{RuntimeMetadataV15, StorageEntryType};
use scale_info::{form::PortableForm, PortableRegistry, TypeDef, TypeDefPrimitive};
use std::marker::PhantomData;
use subxt::ext::{
    scale_decode::{
        self,
        ext::scale_type_resolver::TypeResolver,
        visitor::{decode_with_visitor, DecodeAsTypeResult, IgnoreVisitor, TypeIdFor, Visitor},
        DecodeAsType, IntoVisitor,
    },
    scale_value,
};

/// Maximum levels of a value, and of a type whose levels take no bytes. An event that contains nested calls has some
/// dozens.
const MOST_LEVELS: u16 = 160;

/// Checks that a chain's types refer to each other and are not nested too deep, so that libraries that follow them
/// terminate.
///
/// # Errors
/// What is wrong.
pub fn check_types(metadata: &RuntimeMetadataV15) -> Result<()> {
    let registry = &metadata.types;
    for (at, ty) in registry.types.iter().enumerate() {
        ensure!(usize::try_from(ty.id).ok() == Some(at), "its types are not numbered from 0");
    }
    let count = registry.types.len();
    let known = |id: u32| usize::try_from(id).is_ok_and(|id| id < count);
    let mut named: Vec<u32> = Vec::new();
    for ty in &registry.types {
        parts(&ty.ty.type_def, &mut |id| named.push(id));
        named.extend(ty.ty.type_params.iter().filter_map(|parameter| Some(parameter.ty?.id)));
    }
    for pallet in &metadata.pallets {
        named.extend(pallet.calls.iter().map(|it| it.ty.id));
        named.extend(pallet.event.iter().map(|it| it.ty.id));
        named.extend(pallet.error.iter().map(|it| it.ty.id));
        named.extend(pallet.constants.iter().map(|it| it.ty.id));
        for entry in pallet.storage.iter().flat_map(|storage| &storage.entries) {
            match &entry.ty {
                StorageEntryType::Plain(value) => named.push(value.id),
                StorageEntryType::Map { key, value, .. } => named.extend([key.id, value.id]),
            }
        }
    }
    let extrinsic = &metadata.extrinsic;
    named.extend([extrinsic.address_ty.id, extrinsic.call_ty.id, extrinsic.signature_ty.id]);
    named.push(extrinsic.extra_ty.id);
    for extension in &extrinsic.signed_extensions {
        named.extend([extension.ty.id, extension.additional_signed.id]);
    }
    for method in metadata.apis.iter().flat_map(|api| &api.methods) {
        named.push(method.output.id);
        named.extend(method.inputs.iter().map(|input| input.ty.id));
    }
    let outer = &metadata.outer_enums;
    named.extend([outer.call_enum_ty.id, outer.event_enum_ty.id, outer.error_enum_ty.id, metadata.ty.id]);
    named.extend(metadata.custom.map.values().map(|it| it.ty.id));
    if let Some(id) = named.into_iter().find(|id| !known(*id)) {
        bail!("it refers to the type {id}, which does not exist");
    }
    ensure!(
        names(metadata).all(|name| !name.contains(char::is_control)),
        "its names contain control characters"
    );
    check_levels(registry)
}

/// All names that may be shown.
fn names(metadata: &RuntimeMetadataV15) -> impl Iterator<Item = &String> {
    let pallets = metadata.pallets.iter().map(|pallet| &pallet.name);
    metadata.types.types.iter().flat_map(|ty| names_in(&ty.ty)).chain(pallets)
}

fn names_in(ty: &scale_info::Type<PortableForm>) -> Vec<&String> {
    let mut found: Vec<&String> = ty.path.segments.iter().collect();
    match &ty.type_def {
        TypeDef::Composite(it) => found.extend(it.fields.iter().filter_map(|field| field.name.as_ref())),
        TypeDef::Variant(it) => {
            found.extend(it.variants.iter().map(|variant| &variant.name));
            let fields = it.variants.iter().flat_map(|variant| &variant.fields);
            found.extend(fields.filter_map(|field| field.name.as_ref()));
        }
        _ => {}
    }
    found
}

/// The types that a type consists of.
fn parts(def: &TypeDef<PortableForm>, found: &mut dyn FnMut(u32)) {
    match def {
        TypeDef::Composite(it) => it.fields.iter().for_each(|field| found(field.ty.id)),
        TypeDef::Variant(it) => {
            it.variants.iter().flat_map(|variant| &variant.fields).for_each(|field| found(field.ty.id));
        }
        TypeDef::Sequence(it) => found(it.type_param.id),
        TypeDef::Array(it) => found(it.type_param.id),
        TypeDef::Tuple(it) => it.fields.iter().for_each(|field| found(field.id)),
        TypeDef::Compact(it) => found(it.type_param.id),
        TypeDef::BitSequence(it) => {
            found(it.bit_store_type.id);
            found(it.bit_order_type.id);
        }
        TypeDef::Primitive(_) => {}
    }
}

/// Follows the types that wrap others without adding a byte. It does not recurse: a chain of them can be as long as the
/// metadata.
fn check_levels(registry: &PortableRegistry) -> Result<()> {
    // Levels below each type. 0: not known yet.
    let mut levels = vec![0u16; registry.types.len()];
    let index = |id: u32| usize::try_from(id).unwrap_or(usize::MAX);
    for start in 0..registry.types.len() {
        let mut path = vec![start];
        while let Some(&at) = path.last() {
            ensure!(
                path.len() <= usize::from(MOST_LEVELS),
                "its type {start} contains itself, or is nested too deeply"
            );
            let mut deepest = 0;
            let mut missing = None;
            if let TypeDef::Composite(_) | TypeDef::Tuple(_) | TypeDef::Array(_) | TypeDef::Compact(_) =
                &registry.types[at].ty.type_def
            {
                parts(&registry.types[at].ty.type_def, &mut |id| match levels[index(id)] {
                    0 => missing = Some(index(id)),
                    below => deepest = deepest.max(below),
                });
            }
            match missing {
                Some(next) => path.push(next),
                None => {
                    ensure!(deepest < MOST_LEVELS, "its type {at} is nested too deeply");
                    levels[at] = deepest.saturating_add(1);
                    path.pop();
                }
            }
        }
    }
    Ok(())
}

/// Checks that these bytes are one value of this type, neither too deep nor with more elements than bytes.
///
/// # Errors
/// What is wrong.
pub fn check(registry: &PortableRegistry, ty: u32, bytes: &[u8]) -> Result<()> {
    // A few elements without bytes, such as markers, are normal; a billion are not.
    let steps = bytes.len().saturating_mul(16).saturating_add(1024);
    let mut walk = Walk { registry, rest: bytes, steps };
    walk.value(ty, MOST_LEVELS)?;
    ensure!(walk.rest.is_empty(), "{} bytes are left over", walk.rest.len());
    Ok(())
}

/// Checks a value, then decodes it.
///
/// # Errors
/// When it does not have this type, or not the form that `T` expects.
pub fn decode<T: DecodeAsType>(registry: &PortableRegistry, ty: u32, bytes: &[u8]) -> Result<T> {
    check(registry, ty, bytes).context("malformed SCALE")?;
    T::decode_as_type(&mut &bytes[..], ty, registry).context("it does not have the expected form")
}

/// A walk through the bytes of a value. `scale-decode` has visitors for that, but they cannot stop: what a visitor does
/// not want is skipped, however deep.
struct Walk<'a> {
    registry: &'a PortableRegistry,
    rest: &'a [u8],
    /// Maximum number of remaining parts.
    steps: usize,
}

impl Walk<'_> {
    fn value(&mut self, ty: u32, levels: u16) -> Result<()> {
        let below = levels.checked_sub(1).context("it is nested too deeply")?;
        self.steps = self.steps.checked_sub(1).context("it has too many parts")?;
        let registry = self.registry;
        let def = &registry.resolve(ty).with_context(|| format!("there is no type {ty}"))?.type_def;
        match def {
            TypeDef::Composite(it) => it.fields.iter().try_for_each(|field| self.value(field.ty.id, below)),
            TypeDef::Variant(it) => {
                let index = self.take(1)?[0];
                let variant = it.variants.iter().find(|variant| variant.index == index);
                let variant = variant.with_context(|| format!("there is no variant {index}"))?;
                variant.fields.iter().try_for_each(|field| self.value(field.ty.id, below))
            }
            TypeDef::Sequence(it) => {
                let len = self.len()?;
                self.values(it.type_param.id, len, below)
            }
            TypeDef::Array(it) => self.values(it.type_param.id, usize::try_from(it.len)?, below),
            TypeDef::Tuple(it) => it.fields.iter().try_for_each(|field| self.value(field.id, below)),
            TypeDef::Primitive(primitive) => {
                let width = match width(primitive) {
                    Some(width) => width,
                    None => self.len()?,
                };
                self.take(width).map(drop)
            }
            TypeDef::Compact(_) => self.compact(),
            TypeDef::BitSequence(it) => {
                let store = &registry
                    .resolve(it.bit_store_type.id)
                    .context("the storage type of a bit sequence is missing")?
                    .type_def;
                let TypeDef::Primitive(store) = store else {
                    bail!("the storage type of a bit sequence is not an integer")
                };
                let bytes = width(store).context("the storage type of a bit sequence is not an integer")?;
                let words = self.len()?.div_ceil(bytes.saturating_mul(8));
                self.take(words.saturating_mul(bytes)).map(drop)
            }
        }
    }

    fn values(&mut self, ty: u32, len: usize, levels: u16) -> Result<()> {
        // Bytes, by far the most common case.
        let is_byte = |ty: &scale_info::Type<PortableForm>| {
            matches!(ty.type_def, TypeDef::Primitive(TypeDefPrimitive::U8 | TypeDefPrimitive::I8))
        };
        if self.registry.resolve(ty).is_some_and(is_byte) {
            return self.take(len).map(drop);
        }
        (0..len).try_for_each(|_| self.value(ty, levels))
    }

    fn take(&mut self, len: usize) -> Result<&[u8]> {
        let (taken, rest) = self.rest.split_at_checked(len).context("it ends too early")?;
        self.rest = rest;
        Ok(taken)
    }

    fn len(&mut self) -> Result<usize> {
        let len = Compact::<u32>::decode(&mut self.rest).context("its length cannot be read")?;
        Ok(usize::try_from(len.0)?)
    }

    /// A compact number of any width: the lowest two bits of its first byte say how many bytes there are.
    fn compact(&mut self) -> Result<()> {
        let first = usize::from(*self.rest.first().context("it ends too early")?);
        let bytes = match first & 3 {
            0 => 1,
            1 => 2,
            2 => 4,
            _ => (first >> 2).saturating_add(5),
        };
        self.take(bytes).map(drop)
    }
}

/// Size in bytes of a primitive value; text has no fixed size.
fn width(primitive: &TypeDefPrimitive) -> Option<usize> {
    Some(match primitive {
        TypeDefPrimitive::Str => return None,
        TypeDefPrimitive::Bool | TypeDefPrimitive::U8 | TypeDefPrimitive::I8 => 1,
        TypeDefPrimitive::U16 | TypeDefPrimitive::I16 => 2,
        TypeDefPrimitive::Char | TypeDefPrimitive::U32 | TypeDefPrimitive::I32 => 4,
        TypeDefPrimitive::U64 | TypeDefPrimitive::I64 => 8,
        TypeDefPrimitive::U128 | TypeDefPrimitive::I128 => 16,
        TypeDefPrimitive::U256 | TypeDefPrimitive::I256 => 32,
    })
}

/// The bytes of a value of any type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Raw(pub Vec<u8>);

/// Takes the bytes.
pub struct RawVisitor<R>(PhantomData<R>);

impl<R: TypeResolver> Visitor for RawVisitor<R> {
    type Value<'scale, 'resolver> = Raw;
    type Error = scale_decode::Error;
    type TypeResolver = R;

    fn unchecked_decode_as_type(
        self,
        input: &mut &[u8],
        ty: TypeIdFor<Self>,
        types: &R,
    ) -> DecodeAsTypeResult<Self, Result<Raw, scale_decode::Error>> {
        let before = *input;
        let skipped = decode_with_visitor(input, ty, types, IgnoreVisitor::<R>::new());
        let bytes = &before[..before.len().saturating_sub(input.len())];
        DecodeAsTypeResult::Decoded(skipped.map(|()| Raw(bytes.to_vec())).map_err(Into::into))
    }
}

impl IntoVisitor for Raw {
    type AnyVisitor<R: TypeResolver> = RawVisitor<R>;

    fn into_visitor<R: TypeResolver>() -> Self::AnyVisitor<R> {
        RawVisitor(PhantomData)
    }
}

/// A value whose form is not known beforehand.
pub type Value = scale_value::Value<()>;

#[cfg(test)]
mod tests {
    use super::*;
    use codec::Encode;
    use scale_info::{MetaType, Registry, TypeInfo};

    fn registry<T: TypeInfo + 'static>() -> (PortableRegistry, u32) {
        let mut registry = Registry::new();
        let id = registry.register_type(&MetaType::new::<T>()).id;
        (registry.into(), id)
    }

    #[derive(Encode, TypeInfo)]
    enum Nested {
        Leaf,
        Deeper(Box<Nested>),
    }

    #[derive(Encode, TypeInfo, DecodeAsType, Debug, PartialEq)]
    #[decode_as_type(crate_path = "subxt::ext::scale_decode")]
    struct Pair {
        first: u32,
        second: Vec<u8>,
    }

    #[test]
    fn values_that_are_what_they_should_be() {
        let (types, id) = registry::<Pair>();
        let pair = Pair { first: 7, second: vec![1; 1_000] };
        assert_eq!(decode::<Pair>(&types, id, &pair.encode()).unwrap(), pair);
        assert_eq!(decode::<Raw>(&types, id, &pair.encode()).unwrap().0, pair.encode());
        for bytes in [&pair.encode()[1..], &[pair.encode(), vec![0]].concat(), &[]] {
            assert!(decode::<Pair>(&types, id, bytes).is_err());
        }
        let (types, id) = registry::<(u32, u64)>();
        assert!(decode::<Pair>(&types, id, &(1u32, 2u64).encode()).is_err(), "of another form");
    }

    #[test]
    fn a_value_too_deep_is_refused_before_it_is_decoded() {
        let (types, id) = registry::<Nested>();
        let of_depth = |depth: usize| [vec![1; depth], vec![0]].concat();
        check(&types, id, &of_depth(50)).unwrap();
        assert_eq!(Nested::Deeper(Box::new(Nested::Leaf)).encode(), of_depth(1));
        let said = check(&types, id, &of_depth(1_000_000)).unwrap_err().to_string();
        assert!(said.contains("too deep"), "{said}");
    }

    #[test]
    fn elements_without_bytes_are_counted() {
        let (types, id) = registry::<Vec<()>>();
        check(&types, id, &Compact(500u32).encode()).unwrap();
        let said = check(&types, id, &Compact(u32::MAX).encode()).unwrap_err().to_string();
        assert!(said.contains("too many parts"), "{said}");
    }

    /// The walk and the library agree on what a value is.
    #[test]
    fn all_forms_of_values() {
        #[derive(Encode, TypeInfo)]
        struct All {
            a: (bool, u8, i16, u64, i128),
            b: String,
            #[codec(compact)]
            c: u128,
            d: Vec<(u32, Option<[u16; 3]>)>,
            e: Result<(), Box<Nested>>,
            f: [u8; 5],
        }
        let (types, id) = registry::<All>();
        for c in [0, 63, 64, 16_383, 16_384, 1 << 30, u128::from(u64::MAX), u128::MAX] {
            let all = All {
                a: (true, 1, -2, 3, -4),
                b: "text".into(),
                c,
                d: vec![(1, None), (2, Some([3; 3]))],
                e: Err(Box::new(Nested::Leaf)),
                f: [9; 5],
            };
            let bytes = all.encode();
            check(&types, id, &bytes).unwrap();
            let mut rest = &bytes[..];
            decode_with_visitor(&mut rest, id, &types, IgnoreVisitor::new()).unwrap();
            assert!(rest.is_empty());
            for end in 0..bytes.len() {
                assert!(check(&types, id, &bytes[..end]).is_err(), "cut at {end}");
            }
        }
    }
}

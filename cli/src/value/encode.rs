//! Encodes values from text to SCALE, by their types.
//!
//! **Problem.** A contract trusts the bytes that it gets: one element too few, or one field too many, and every later
//! argument means something else. So the type guides the reading of the text, and anything that the type does not
//! expect is an error that names the place.
//!
//! The notation is SCON, in which `contract-transcode` shows results: `[1, 2]`, `(1, true)`, `Order { to: //Alice,
//! note: "now" }`, `Some(3)`, `0x0102` for bytes.

use crate::account;
use anyhow::{anyhow, bail, Result};
use codec::{Compact, Encode};
use scale_info::{
    form::PortableForm, Field, PortableRegistry, TypeDef, TypeDefPrimitive as Primitive, TypeDefVariant,
};

/// Maximum nesting of values. Only types that contain themselves come near it.
const MAX_DEPTH: usize = 128;

/// The SCALE form of `text`, which has to be exactly one value of type `ty`.
///
/// A string that is the whole argument needs no quotes.
///
/// # Errors
/// What is wrong, and where in the value.
pub(super) fn encode(types: &PortableRegistry, ty: u32, text: &str) -> Result<Vec<u8>> {
    let text = text.trim();
    let mut reader = Reader { types, rest: text, path: Vec::new(), out: Vec::new() };
    if is_account(types, ty) {
        reader.out.extend(account_of(text)?);
        return Ok(reader.out);
    }
    if is_string(types, ty) && !(text.len() >= 2 && text.starts_with('"') && text.ends_with('"')) {
        return Ok(text.encode());
    }
    if text.is_empty() {
        bail!("it is empty");
    }
    reader.value(ty)?;
    reader.skip_space();
    if !reader.rest.is_empty() {
        bail!("unexpected text after the value: `{}`", super::shortened(reader.rest));
    }
    Ok(reader.out)
}

/// Whether it is an account, which is written as an address. Decided by name and by its 32 bytes, since a contract may
/// use the name for a type of its own.
pub(super) fn is_account(types: &PortableRegistry, ty: u32) -> bool {
    let Some(ty) = types.resolve(ty) else { return false };
    let is_named = ty.path.segments.last().is_some_and(|name| name == "AccountId" || name == "AccountId32");
    let TypeDef::Composite(it) = &ty.type_def else { return false };
    let [field] = &it.fields[..] else { return false };
    let bytes = types.resolve(field.ty.id).map(|ty| &ty.type_def);
    let is_32_bytes =
        matches!(bytes, Some(TypeDef::Array(it)) if it.len == 32 && is_byte(types, it.type_param.id));
    is_named && is_32_bytes
}

/// Whether it is a byte, so that a list of it can be written in hex.
pub(super) fn is_byte(types: &PortableRegistry, ty: u32) -> bool {
    types.resolve(ty).is_some_and(|ty| matches!(ty.type_def, TypeDef::Primitive(Primitive::U8)))
}

fn is_string(types: &PortableRegistry, ty: u32) -> bool {
    types.resolve(ty).is_some_and(|ty| matches!(ty.type_def, TypeDef::Primitive(Primitive::Str)))
}

fn account_of(text: &str) -> Result<[u8; 32]> {
    Ok(account::parse(text)?.0.into())
}

/// A name without the `r#` that allows a keyword as a name.
fn cooked(name: &str) -> &str {
    name.strip_prefix("r#").unwrap_or(name)
}

/// Reads a text.
struct Reader<'a> {
    types: &'a PortableRegistry,
    rest: &'a str,
    /// The current place in the value: fields and indices, from the outside.
    path: Vec<String>,
    out: Vec<u8>,
}

impl<'a> Reader<'a> {
    fn value(&mut self, ty: u32) -> Result<()> {
        if self.path.len() > MAX_DEPTH {
            return self.fail(format_args!("it is nested more than {MAX_DEPTH} deep"));
        }
        let types = self.types;
        let Some(resolved) = types.resolve(ty) else {
            return self.fail("the metadata lacks the type");
        };
        self.skip_space();
        if is_account(types, ty) {
            let text = self.take_while(|c| !c.is_whitespace() && !",)]}".contains(c));
            let account = account_of(text).or_else(|error| self.fail(error))?;
            self.out.extend(account);
            return Ok(());
        }
        match &resolved.type_def {
            TypeDef::Primitive(primitive) => self.primitive(primitive),
            TypeDef::Compact(it) => self.compact(it.type_param.id),
            TypeDef::Sequence(it) => self.elements(it.type_param.id, None),
            TypeDef::Array(it) => self.elements(it.type_param.id, Some(it.len)),
            TypeDef::Tuple(it) => {
                let fields: Vec<u32> = it.fields.iter().map(|field| field.id).collect();
                match fields[..] {
                    // `(T,)` may be written as a T.
                    [field] if !self.rest.starts_with('(') => self.at("0", |this| this.value(field)),
                    _ => self.listed(&fields),
                }
            }
            TypeDef::Composite(it) => {
                let name = resolved.path.segments.last().map_or("", String::as_str);
                self.eat_name(name);
                match &it.fields[..] {
                    // A wrapper may be left out.
                    [field] if !self.rest.starts_with(['(', '{']) => self.value(field.ty.id),
                    fields => self.fields(fields),
                }
            }
            TypeDef::Variant(it) => self.variant(it),
            TypeDef::BitSequence(_) => self.fail("bit sequences are not supported yet: use --data"),
        }
    }

    fn primitive(&mut self, primitive: &Primitive) -> Result<()> {
        match primitive {
            Primitive::Bool => match self.word() {
                "true" => self.out.push(1),
                "false" => self.out.push(0),
                other => return self.fail(format_args!("`{other}` is neither true nor false")),
            },
            Primitive::Str => {
                let text = self.string()?;
                text.encode_to(&mut self.out);
            }
            Primitive::U8 => self.unsigned(u8::MAX.into(), 1)?,
            Primitive::U16 => self.unsigned(u16::MAX.into(), 2)?,
            Primitive::U32 => self.unsigned(u32::MAX.into(), 4)?,
            Primitive::U64 => self.unsigned(u64::MAX.into(), 8)?,
            Primitive::U128 => self.unsigned(u128::MAX, 16)?,
            Primitive::I8 => self.signed(i8::MIN.into(), i8::MAX.into(), 1)?,
            Primitive::I16 => self.signed(i16::MIN.into(), i16::MAX.into(), 2)?,
            Primitive::I32 => self.signed(i32::MIN.into(), i32::MAX.into(), 4)?,
            Primitive::I64 => self.signed(i64::MIN.into(), i64::MAX.into(), 8)?,
            Primitive::I128 => self.signed(i128::MIN, i128::MAX, 16)?,
            Primitive::Char | Primitive::U256 | Primitive::I256 => {
                return self.fail("values of this type are not supported: use --data")
            }
        }
        Ok(())
    }

    /// The lower `width` bytes of a number of at most `most`.
    fn unsigned(&mut self, most: u128, width: usize) -> Result<()> {
        let number = self.number(most)?;
        self.out.extend_from_slice(&number.to_le_bytes()[..width]);
        Ok(())
    }

    fn number(&mut self, most: u128) -> Result<u128> {
        let word = self.word();
        match word.replace('_', "").parse::<u128>() {
            Ok(number) if number <= most => Ok(number),
            Ok(_) => self.fail(format_args!("`{word}` is too large: the maximum is {most}")),
            Err(_) => {
                self.fail(format_args!("`{}` is not a number from 0 to {most}", super::shortened(word)))
            }
        }
    }

    fn signed(&mut self, least: i128, most: i128, width: usize) -> Result<()> {
        let word = self.word();
        match word.replace('_', "").parse::<i128>() {
            Ok(number) if (least..=most).contains(&number) => {
                self.out.extend_from_slice(&number.to_le_bytes()[..width]);
                Ok(())
            }
            _ => {
                let word = super::shortened(word);
                self.fail(format_args!("`{word}` is not a number from {least} to {most}"))
            }
        }
    }

    /// A number in SCALE's compact form, or a wrapper of one.
    fn compact(&mut self, ty: u32) -> Result<()> {
        let types = self.types;
        let most = match types.resolve(ty).map(|ty| (&ty.type_def, ty.path.segments.last())) {
            Some((TypeDef::Primitive(primitive), _)) => match primitive {
                Primitive::U8 => u8::MAX.into(),
                Primitive::U16 => u16::MAX.into(),
                Primitive::U32 => u32::MAX.into(),
                Primitive::U64 => u64::MAX.into(),
                Primitive::U128 => u128::MAX,
                _ => return self.fail("only unsigned numbers have a compact form"),
            },
            Some((TypeDef::Composite(it), name)) if it.fields.len() == 1 => {
                self.eat_name(name.map_or("", String::as_str));
                let wrapped = self.eat('(');
                self.skip_space();
                self.at("0", |this| this.compact(it.fields[0].ty.id))?;
                return if wrapped { self.expect(')') } else { Ok(()) };
            }
            Some((TypeDef::Tuple(it), _)) if it.fields.is_empty() => return self.listed(&[]),
            _ => return self.fail("the metadata asks for the compact form of a type that has none"),
        };
        let number = self.number(most)?;
        Compact(number).encode_to(&mut self.out);
        Ok(())
    }

    /// A list, of `len` elements if it is an array.
    fn elements(&mut self, ty: u32, len: Option<u32>) -> Result<()> {
        let outside = std::mem::take(&mut self.out);
        let count = if self.eat('[') {
            self.list(']', |this, _| this.value(ty))?
        } else if self.rest.starts_with("0x") {
            let word = self.word();
            if !is_byte(self.types, ty) {
                return self.fail("hex is only for bytes: write this list as [a, b]");
            }
            match hex::decode(&word[2..]) {
                Ok(bytes) => self.out.extend(bytes),
                Err(error) => return self.fail(format_args!("`{}`: {error}", super::shortened(word))),
            }
            self.out.len()
        } else {
            return self.fail("expected a list: [a, b], or 0x0102 for bytes");
        };
        let elements = std::mem::replace(&mut self.out, outside);
        match len {
            Some(len) if len as usize != count => {
                return self.fail(format_args!("expected {len} elements, found {count}"))
            }
            Some(_) => {}
            None => match u32::try_from(count) {
                Ok(count) => Compact(count).encode_to(&mut self.out),
                Err(_) => return self.fail("it has more elements than SCALE can count"),
            },
        }
        self.out.extend(elements);
        Ok(())
    }

    fn variant(&mut self, ty: &TypeDefVariant<PortableForm>) -> Result<()> {
        let name = self.name();
        let Some(variant) = ty.variants.iter().find(|variant| cooked(&variant.name) == name) else {
            let names: Vec<_> = ty.variants.iter().map(|variant| variant.name.as_str()).collect();
            return self.fail(format_args!(
                "`{}` is not one of {}",
                super::shortened(if name.is_empty() { self.rest } else { name }),
                names.join(", ")
            ));
        };
        self.out.push(variant.index);
        self.skip_space();
        if variant.fields.is_empty() && !self.rest.starts_with(['(', '{']) {
            return Ok(());
        }
        self.fields(&variant.fields)
    }

    /// The fields of a struct or variant, as declared: by name, or by position.
    fn fields(&mut self, fields: &[Field<PortableForm>]) -> Result<()> {
        if fields.iter().any(|field| field.name.is_some()) {
            return self.named(fields);
        }
        if fields.is_empty() && self.eat('{') {
            return self.expect('}');
        }
        if fields.is_empty() && !self.rest.starts_with('(') {
            return Ok(());
        }
        self.listed(&fields.iter().map(|field| field.ty.id).collect::<Vec<_>>())
    }

    /// `(a, b)`.
    fn listed(&mut self, fields: &[u32]) -> Result<()> {
        let needed = match fields.len() {
            1 => "expected 1 value".to_owned(),
            n => format!("expected {n} values"),
        };
        if !self.eat('(') {
            return self.fail(format_args!("{needed} in parentheses"));
        }
        let count = self.list(')', |this, index| match fields.get(index) {
            Some(field) => this.value(*field),
            None => {
                this.path.pop();
                this.fail(format_args!("{needed}, found more"))
            }
        })?;
        if count < fields.len() {
            return self.fail(format_args!("{needed}, found {count}"));
        }
        Ok(())
    }

    /// `{ a: 1, b: 2 }`, in any order.
    fn named(&mut self, fields: &[Field<PortableForm>]) -> Result<()> {
        let name_of =
            |field: &'_ Field<PortableForm>| cooked(field.name.as_deref().unwrap_or_default()).to_owned();
        let names = || fields.iter().map(name_of).collect::<Vec<_>>().join(", ");
        if !self.eat('{') {
            return self
                .fail(format_args!("expected named fields: {{ {}: … }}", names().replace(", ", ": …, ")));
        }
        let outside = std::mem::take(&mut self.out);
        let mut values: Vec<Option<Vec<u8>>> = vec![None; fields.len()];
        self.list('}', |this, _| {
            this.path.pop();
            let name = this.name();
            let Some(index) = fields.iter().position(|field| name_of(field) == name) else {
                return this.fail(format_args!("there is no field `{name}`; the fields are {}", names()));
            };
            this.expect(':')?;
            this.path.push(format!("`{name}`"));
            this.value(fields[index].ty.id)?;
            match values[index].replace(std::mem::take(&mut this.out)) {
                None => Ok(()),
                Some(_) => this.fail("this field is given twice"),
            }
        })?;
        self.out = outside;
        for (field, value) in fields.iter().zip(values) {
            match value {
                Some(value) => self.out.extend(value),
                None => return self.fail(format_args!("the field `{}` is missing", name_of(field))),
            }
        }
        Ok(())
    }

    /// Reads elements up to `close`, and returns their number.
    ///
    /// When `each` runs, the path ends with the element's place; it has to leave one there.
    fn list(&mut self, close: char, mut each: impl FnMut(&mut Self, usize) -> Result<()>) -> Result<usize> {
        let mut count = 0;
        loop {
            if self.eat(close) {
                return Ok(count);
            }
            self.skip_space();
            self.path.push(format!("[{count}]"));
            each(self, count)?;
            self.path.pop();
            count += 1;
            if !self.eat(',') {
                self.expect(close)?;
                return Ok(count);
            }
        }
    }

    /// A string in quotes, with JSON's escapes.
    fn string(&mut self) -> Result<String> {
        if !self.rest.starts_with('"') {
            return self.fail("a string inside another value must be in quotes: \"…\"");
        }
        let mut strings = serde_json::Deserializer::from_str(self.rest).into_iter::<String>();
        let string = strings.next();
        let end = strings.byte_offset();
        match string {
            Some(Ok(string)) => {
                self.rest = &self.rest[end..];
                Ok(string)
            }
            Some(Err(error)) => self.fail(format_args!("it is not a valid string: {error}")),
            None => self.fail("the string is incomplete"),
        }
    }

    /// Runs `read` with `place` on the path.
    fn at(&mut self, place: &str, read: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        self.path.push(format!("[{place}]"));
        read(self)?;
        self.path.pop();
        Ok(())
    }

    /// Skips a type's own name in front of its fields.
    fn eat_name(&mut self, name: &str) {
        let rest = self.rest.strip_prefix(name).unwrap_or(self.rest);
        if !name.is_empty() && !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_') {
            self.rest = rest.trim_start();
        }
    }

    fn eat(&mut self, c: char) -> bool {
        self.skip_space();
        let rest = self.rest.strip_prefix(c);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn expect(&mut self, c: char) -> Result<()> {
        if self.eat(c) {
            return Ok(());
        }
        match self.rest.chars().next() {
            Some(found) => self.fail(format_args!("expected `{c}`, found `{found}`")),
            None => self.fail(format_args!("expected `{c}` at the end")),
        }
    }

    /// The name of a field or variant, which may be written as a raw identifier.
    fn name(&mut self) -> &'a str {
        cooked(self.take_while(|c| c.is_alphanumeric() || c == '_' || c == '#'))
    }

    /// A number, a truth value or hex digits.
    fn word(&mut self) -> &'a str {
        self.skip_space();
        self.take_while(|c| c.is_alphanumeric() || "_+-.".contains(c))
    }

    fn take_while(&mut self, belongs: impl Fn(char) -> bool) -> &'a str {
        let end = self.rest.find(|c| !belongs(c)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken
    }

    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn fail<T>(&self, what: impl std::fmt::Display) -> Result<T> {
        // Deep inside, the outermost places are more useful than all of them.
        const SHOWN: usize = 6;
        let mut place = self.path.iter().take(SHOWN).cloned().collect::<Vec<_>>().join("");
        if self.path.len() > SHOWN {
            place.push('…');
        }
        Err(if place.is_empty() { anyhow!("{what}") } else { anyhow!("at {place}: {what}") })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use scale_info::{meta_type, MetaType, Registry, TypeInfo};
    use std::collections::BTreeMap;

    #[derive(Encode, TypeInfo)]
    struct AccountId([u8; 32]);
    mod own {
        #[derive(codec::Encode, scale_info::TypeInfo)]
        pub struct AccountId(pub u32);
    }
    #[derive(Encode, TypeInfo)]
    struct Raw {
        r#type: u8,
    }
    #[derive(Encode, TypeInfo)]
    struct Hash([u8; 32]);
    #[derive(Encode, TypeInfo)]
    struct Named {
        a: u8,
        b: Option<String>,
    }
    #[derive(Encode, TypeInfo)]
    struct Pair(u8, i128);
    #[derive(Encode, TypeInfo)]
    struct Unit;
    #[derive(Encode, TypeInfo)]
    struct Paid {
        #[codec(compact)]
        amount: u128,
    }
    #[derive(Encode, TypeInfo)]
    enum Order {
        #[codec(index = 7)]
        Stop,
        #[codec(index = 9)]
        Go(u8, bool),
        Pay {
            to: AccountId,
            sum: u32,
        },
    }
    #[derive(Encode, TypeInfo)]
    enum List {
        End,
        Next(Box<List>),
    }

    fn registry(ty: MetaType) -> (PortableRegistry, u32) {
        let mut registry = Registry::new();
        let id = registry.register_type(&ty).id;
        (registry.into(), id)
    }

    fn read<T: TypeInfo + 'static>(text: &str) -> Result<Vec<u8>> {
        let (types, id) = registry(meta_type::<T>());
        encode(&types, id, text)
    }

    #[track_caller]
    fn good<T: TypeInfo + Encode + 'static>(text: &str, value: T) {
        assert_eq!(read::<T>(text).unwrap(), value.encode(), "{text}");
    }

    #[track_caller]
    fn bad<T: TypeInfo + 'static>(text: &str, said: &str) {
        let error = read::<T>(text).unwrap_err().to_string();
        assert!(error.contains(said), "{text}: {error}");
    }

    fn alice() -> AccountId {
        AccountId(crate::account::parse("//Alice").unwrap().0.into())
    }

    #[test]
    fn what_is_written_is_what_scale_makes_of_it() {
        good("7", 7u8);
        good(" 1_000_000 ", 1_000_000u32);
        good("-170141183460469231731687303715884105728", i128::MIN);
        good("340282366920938463463374607431768211455", u128::MAX);
        good("true", true);
        good("()", ());
        good("(1, -2,)", (1u8, -2i16));
        good("[1,2, 3]", vec![1u16, 2, 3]);
        good("[]", Vec::<u64>::new());
        good("0x0102", vec![1u8, 2]);
        good("0x", Vec::<u8>::new());
        good("[0x, 0x01, [2]]", vec![vec![], vec![1u8], vec![2]]);
        good("[1, 2, 3]", [1u16, 2, 3]);
        good(&format!("0x{}", "ab".repeat(32)), Hash([0xab; 32]));
        good("Named { b: Some(\"x, }\"), a: 1 }", Named { a: 1, b: Some("x, }".into()) });
        good("{ a: 1, b: None }", Named { a: 1, b: None });
        good("Pair(1, -2)", Pair(1, -2));
        good("(1, -2)", Pair(1, -2));
        good("Unit", Unit);
        good("Paid { amount: 70000 }", Paid { amount: 70_000 });
        good("70000", Paid { amount: 70_000 });
        good("Stop", Order::Stop);
        good("Go(3, false)", Order::Go(3, false));
        good("Pay { sum: 4, to: //Alice }", Order::Pay { to: alice(), sum: 4 });
        good("Raw { type: 1 }", Raw { r#type: 1 });
        good("{ r#type: 1 }", Raw { r#type: 1 });
        good("//Alice", alice());
        good("AccountId(5)", own::AccountId(5));
        bad::<own::AccountId>("//Alice", "is not a number");
        good("[//Alice, 5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY]", vec![alice(), alice()]);
        good(
            "[(1, \"a\"), (2, \"http://b\")]",
            BTreeMap::from([(1u8, "a".to_owned()), (2, "http://b".into())]),
        );
        good("Ok((1, 2))", Ok::<(u8, u8), String>((1, 2)));
        good("Next(Next(End))", List::Next(Box::new(List::Next(Box::new(List::End)))));
    }

    #[test]
    fn a_string_alone_needs_no_quotes() {
        good("a \"b\" c", "a \"b\" c".to_owned());
        good("\"say \\\"hi\\\"\\u00e9\"", "say \"hi\"é".to_owned());
        good("", String::new());
        bad::<Option<String>>("Some(hi)", "must be in quotes");
        bad::<Vec<String>>("[\"a]", "not a valid string");
    }

    #[test]
    fn a_value_of_another_shape_is_refused() {
        bad::<Hash>("0x12", "expected 32 elements, found 1");
        bad::<Hash>(&format!("0x{}", "ab".repeat(33)), "found 33");
        bad::<[u8; 64]>("0x00", "expected 64 elements, found 1");
        bad::<[u16; 3]>("0x010203", "hex is only for bytes");
        bad::<[u16; 3]>("[1,2]", "expected 3 elements, found 2");
        bad::<[u16; 3]>("[1,2,3,0]", "found 4");
        bad::<Vec<i64>>("0x0102", "hex is only for bytes");
        bad::<Vec<u8>>("0x012", "Odd number of digits");
        bad::<Vec<u8>>("0xgg", "Invalid character");
        bad::<(u8, (i16, String))>("(1)", "expected 2 values, found 1");
        bad::<(u8, (i16, String))>("(1,(-2,\"a b\"),7)", "expected 2 values, found more");
        bad::<(u8, (i16, String))>("(1,(x,\"a b\"))", "at [1][0]: `x` is not a number from -32768 to 32767");
        bad::<Pair>("Pair(1)", "expected 2 values, found 1");
        bad::<Pair>("Pair(1,2,3)", "found more");
        bad::<Pair>("1", "expected 2 values in parentheses");
        bad::<Named>("Named { a: 1, b: None, c: 7 }", "there is no field `c`; the fields are a, b");
        bad::<Named>("Named { a: 1 }", "the field `b` is missing");
        bad::<Named>("{ a: 1, a: 1, b: None }", "at `a`: this field is given twice");
        bad::<Named>("(1, None)", "expected named fields: { a: …, b: … }");
        bad::<Named>("Other { a: 1, b: None }", "expected named fields");
        bad::<Option<String>>("Some", "expected 1 value in parentheses");
        bad::<Option<u8>>("None(1)", "expected 0 values, found more");
        bad::<Option<u8>>("Nothing", "`Nothing` is not one of None, Some");
        bad::<Order>("Pay { to: //Alice, sum: -1 }", "at `sum`: `-1` is not a number");
        bad::<Order>("Pay { to: 5Grwva, sum: 1 }", "at `to`: `5Grwva` is not an address");
        bad::<u8>("256", "the maximum is 255");
        bad::<u8>("1 2", "unexpected text after the value: `2`");
        bad::<bool>("1", "neither true nor false");
        bad::<Vec<u8>>("[1, 2", "expected `]` at the end");
        bad::<Vec<u8>>("[1 2]", "expected `]`, found `2`");
        bad::<Vec<u8>>("[,]", "is not a number");
        bad::<u32>("", "it is empty");
    }

    #[test]
    fn no_text_is_too_deep() {
        bad::<Vec<u8>>(&"[".repeat(100_000), "is not a number");
        bad::<List>(&"Next(".repeat(100_000), "nested more than 128 deep");
        bad::<List>(&format!("{}End{}", "Next(".repeat(129), ")".repeat(129)), "nested more than 128 deep");
        let (most, close) = ("Next(".repeat(100), ")".repeat(100));
        assert_eq!(read::<List>(&format!("{most}End{close}")).unwrap().len(), 101);
    }
}

//! Values as people write them, by the types in a contract's metadata.
//!
//! **Problem.** A message's arguments are typed on a command line and sent as SCALE; its result comes back as SCALE.
//! `contract-transcode` decodes; this module adds what a user needs beyond that: accounts in lists shown as addresses,
//! and JSON. The transcoder is not used for encoding (see [`mod@encode`]), because it does not say well enough which
//! argument is wrong, where, and what it should look like, and it accepts values that do not match the type.

mod encode;

use anyhow::{anyhow, bail, ensure, Context, Result};
use contract_transcode::{
    ink_metadata::{InkProject, MessageParamSpec},
    AccountId32, ContractMessageTranscoder, Map, Tuple, Value,
};
use scale_info::{form::PortableForm, PortableRegistry, TypeDef, TypeDefPrimitive};
use serde_json::json;

/// A contract's metadata, ready to encode and decode.
pub struct Abi {
    transcoder: ContractMessageTranscoder,
    /// The same as JSON, to derive other metadata from.
    json: serde_json::Value,
}

/// A function of a contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Creates a contract.
    Constructor,
    /// Is sent to a contract.
    Message,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Kind::Constructor => "constructor",
            Kind::Message => "message",
        }
    }
}

/// A function as described in the metadata.
pub struct Function<'a> {
    label: &'a str,
    arguments: &'a [MessageParamSpec<PortableForm>],
    /// Whether it accepts value.
    pub payable: bool,
    /// Whether it may change the contract.
    pub mutates: bool,
}

impl Abi {
    /// From the ink! fields of a bundle.
    ///
    /// # Errors
    /// When they are not the metadata of an ink! 5 contract.
    pub fn new(abi: serde_json::Map<String, serde_json::Value>) -> Result<Self> {
        let version = abi.get("version").map(ToString::to_string).unwrap_or_default();
        ensure!(
            version.trim_matches('"') == "5",
            "the metadata has version {}, but ink! 5 writes version 5",
            if version.is_empty() { "none" } else { &version }
        );
        let json = serde_json::Value::Object(abi);
        let project: InkProject =
            serde_json::from_value(json.clone()).context("the metadata is not that of an ink! 5 contract")?;
        Ok(Self { transcoder: ContractMessageTranscoder::new(project), json })
    }

    /// The parsed metadata.
    pub fn project(&self) -> &InkProject {
        self.transcoder.metadata()
    }

    fn registry(&self) -> &PortableRegistry {
        self.project().registry()
    }

    /// The function with this name.
    ///
    /// # Errors
    /// When there is none; the message lists the existing ones.
    pub fn function(&self, kind: Kind, name: &str) -> Result<Function<'_>> {
        let functions = self.functions(kind);
        let names: Vec<&str> = functions.iter().map(|function| function.label).collect();
        functions.into_iter().find(|function| function.label == name).ok_or_else(|| {
            let guess = did_you_mean(name, &names)
                .map(|guess| format!(" Did you mean `{guess}`?"))
                .unwrap_or_default();
            let list = names.join(", ");
            anyhow!("the contract has no {} `{name}`.{guess} It has: {list}", kind.name())
        })
    }

    /// All functions of a kind.
    fn functions(&self, kind: Kind) -> Vec<Function<'_>> {
        let spec = self.project().spec();
        match kind {
            Kind::Constructor => spec
                .constructors()
                .iter()
                .map(|it| Function {
                    label: it.label(),
                    arguments: it.args(),
                    payable: *it.payable(),
                    mutates: true,
                })
                .collect(),
            Kind::Message => spec
                .messages()
                .iter()
                .map(|it| Function {
                    label: it.label(),
                    arguments: it.args(),
                    payable: it.payable(),
                    mutates: it.mutates(),
                })
                .collect(),
        }
    }

    /// The function that these bytes call, by their selector.
    pub fn name_of(&self, kind: Kind, data: &[u8]) -> Option<&str> {
        let selector = data.get(..4)?;
        let spec = self.project().spec();
        match kind {
            Kind::Constructor => spec
                .constructors()
                .iter()
                .find(|it| it.selector().to_bytes() == selector)
                .map(|it| it.label().as_str()),
            Kind::Message => spec
                .messages()
                .iter()
                .find(|it| it.selector().to_bytes() == selector)
                .map(|it| it.label().as_str()),
        }
    }

    /// Size in bytes of ink!'s buffer, which the contract's input has to fit.
    pub fn buffer_size(&self) -> Option<usize> {
        // `ink_metadata` reads the field but does not expose it.
        usize::try_from(self.json["spec"]["environment"]["staticBufferSize"].as_u64()?).ok()
    }

    /// The constructor to use if none is named: the default one, the only one, or `new`.
    ///
    /// # Errors
    /// When none of these exists.
    pub fn default_constructor(&self) -> Result<&str> {
        let constructors = self.project().spec().constructors();
        let chosen = constructors
            .iter()
            .find(|it| *it.default())
            .or_else(|| constructors.iter().find(|it| it.label() == "new"))
            .or_else(|| constructors.first().filter(|_| constructors.len() == 1));
        let names: Vec<_> = constructors.iter().map(|it| it.label().as_str()).collect();
        ensure!(!names.is_empty(), "the metadata has no constructor");
        chosen
            .map(|it| it.label().as_str())
            .ok_or_else(|| anyhow!("choose a constructor: --constructor {}", names.join(" | --constructor ")))
    }

    /// Selector and arguments.
    ///
    /// # Errors
    /// When there is no such function, when there are too few or too many arguments, or when one does not match its
    /// type; the error then gives its number and name.
    pub fn encode(&self, kind: Kind, name: &str, arguments: &[String]) -> Result<Vec<u8>> {
        let function = self.function(kind, name)?;
        if function.arguments.len() != arguments.len() {
            bail!(
                "the {} `{name}` takes {}, but {} given",
                kind.name(),
                self.signature(&function),
                match arguments.len() {
                    0 => "none was".to_owned(),
                    1 => "1 was".to_owned(),
                    n => format!("{n} were"),
                }
            );
        }
        let mut encoded = self.selector(kind, name);
        for (index, (spec, text)) in function.arguments.iter().zip(arguments).enumerate() {
            let ty = spec.ty().ty().id;
            let value = encode::encode(self.registry(), ty, text).map_err(|error| {
                error.context(format!(
                    "argument {} of `{name}`, `{}`, must be {}, but it is `{}`",
                    index.saturating_add(1),
                    spec.label(),
                    self.describe(ty),
                    shortened(text),
                ))
            })?;
            encoded.extend(value);
        }
        Ok(encoded)
    }

    /// `2 arguments (to: AccountId, value: u128)`.
    fn signature(&self, function: &Function<'_>) -> String {
        let list: Vec<String> = function
            .arguments
            .iter()
            .map(|spec| format!("{}: {}", spec.label(), self.type_name(spec.ty().ty().id, 3)))
            .collect();
        match list.len() {
            0 => "no arguments".into(),
            1 => format!("1 argument ({})", list[0]),
            n => format!("{n} arguments ({})", list.join(", ")),
        }
    }

    fn selector(&self, kind: Kind, name: &str) -> Vec<u8> {
        let spec = self.project().spec();
        let selector = match kind {
            Kind::Constructor => {
                spec.constructors().iter().find(|it| it.label() == name).map(|it| it.selector().to_bytes())
            }
            Kind::Message => {
                spec.messages().iter().find(|it| it.label() == name).map(|it| it.selector().to_bytes())
            }
        };
        selector.expect("`function` found it by this name; qed").to_vec()
    }

    /// Describes the type, with an example if it is not obvious.
    fn describe(&self, ty: u32) -> String {
        let name = self.type_name(ty, 3);
        if encode::is_account(self.registry(), ty) {
            return format!("an {name}: an address such as 5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY, 0x and 64 hex digits, or //Alice");
        }
        let byte = |ty| encode::is_byte(self.registry(), ty);
        let Some(ty) = self.registry().resolve(ty) else { return name };
        match &ty.type_def {
            TypeDef::Primitive(TypeDefPrimitive::Bool) => "a bool: true or false".into(),
            TypeDef::Variant(variants) => {
                let names: Vec<_> = variants.variants.iter().map(|it| it.name.as_str()).collect();
                format!("{name}: one of {}", names.join(", "))
            }
            TypeDef::Sequence(it) if byte(it.type_param.id) => format!("{name}, such as 0x0102 or [1, 2]"),
            TypeDef::Sequence(_) => format!("{name}, such as [a, b]"),
            TypeDef::Array(it) if byte(it.type_param.id) => {
                format!("{name}: 0x and {} hex digits", u64::from(it.len) * 2)
            }
            TypeDef::Array(it) => format!("{name}: {} values, such as [a, b]", it.len),
            _ => name,
        }
    }

    /// The type as Rust writes it, with structs expanded `depth` levels deep.
    fn type_name(&self, ty: u32, depth: u8) -> String {
        let Some(ty) = self.registry().resolve(ty) else { return "?".into() };
        let path = ty.path.segments.last().cloned().unwrap_or_default();
        let list = |types: &mut dyn Iterator<Item = u32>| {
            types.map(|ty| self.type_name(ty, depth.saturating_sub(1))).collect::<Vec<_>>().join(", ")
        };
        match &ty.type_def {
            TypeDef::Primitive(primitive) => match primitive {
                TypeDefPrimitive::Str => "String".into(),
                other => format!("{other:?}").to_lowercase(),
            },
            TypeDef::Sequence(it) => format!("Vec<{}>", self.type_name(it.type_param.id, depth)),
            TypeDef::Array(it) => format!("[{}; {}]", self.type_name(it.type_param.id, depth), it.len),
            TypeDef::Tuple(it) => format!("({})", list(&mut it.fields.iter().map(|ty| ty.id))),
            TypeDef::Compact(it) => self.type_name(it.type_param.id, depth),
            TypeDef::BitSequence(_) => "BitVec".into(),
            TypeDef::Composite(it) if depth > 0 && it.fields.iter().any(|field| field.name.is_some()) => {
                let fields: Vec<String> = it
                    .fields
                    .iter()
                    .map(|field| {
                        let name = field.name.as_deref().unwrap_or_default();
                        format!("{name}: {}", self.type_name(field.ty.id, depth.saturating_sub(1)))
                    })
                    .collect();
                format!("{path} {{ {} }}", fields.join(", "))
            }
            TypeDef::Composite(_) | TypeDef::Variant(_) => {
                let params: Vec<u32> = ty.type_params.iter().filter_map(|it| it.ty.map(|ty| ty.id)).collect();
                match params.is_empty() {
                    true => path,
                    false => format!("{path}<{}>", list(&mut params.into_iter())),
                }
            }
        }
    }

    /// A function's return value, without the `Result` that ink! wraps it in.
    ///
    /// # Errors
    /// When the bytes do not match the type; the contract and the metadata then differ.
    pub fn decode_return(&self, kind: Kind, name: &str, data: &[u8]) -> Result<Value> {
        let input = &mut &data[..];
        let value = match kind {
            Kind::Constructor => self.transcoder.decode_constructor_return(name, input),
            Kind::Message => self.transcoder.decode_message_return(name, input),
        }
        .with_context(|| {
            format!(
                "cannot decode what `{name}` returned (0x{}): the metadata may be that of another contract",
                hex::encode(data)
            )
        })?;
        Ok(without_lang_result(tidy(value)))
    }

    /// Decodes an event that the contract emitted. `None` when the metadata has no such event.
    pub fn decode_event(&self, topics: &[[u8; 32]], data: &[u8]) -> Option<Value> {
        // The transcoder takes a vector of bytes, preceded by its length.
        let with_length = codec::Encode::encode(data);
        let signed = topics
            .first()
            .and_then(|topic| self.transcoder.decode_contract_event(topic, &mut &with_length[..]).ok());
        signed.or_else(|| self.decode_anonymous_event(data)).map(tidy)
    }

    /// An event without a signature: the only one that matches the bytes.
    fn decode_anonymous_event(&self, data: &[u8]) -> Option<Value> {
        let anonymous = self.project().spec().events().iter().filter(|it| it.signature_topic().is_none());
        let mut fitting = anonymous.filter_map(|event| {
            let mut input = data;
            let fields = event
                .args()
                .iter()
                .map(|field| {
                    let value = self.transcoder.decode(field.ty().ty().id, &mut input).ok()?;
                    Some((Value::String(field.label().clone()), value))
                })
                .collect::<Option<Vec<_>>>()?;
            input.is_empty().then(|| Value::Map(Map::new(Some(event.label()), fields.into_iter().collect())))
        });
        fitting.next().filter(|_| fitting.next().is_none())
    }

    /// A call: which message or constructor it is, and its arguments.
    ///
    /// # Errors
    /// When the selector is unknown or the arguments do not match.
    pub fn decode_call(&self, kind: Kind, data: &[u8]) -> Result<Value> {
        let input = &mut &data[..];
        let value = match kind {
            Kind::Constructor => self.transcoder.decode_contract_constructor(input),
            Kind::Message => self.transcoder.decode_contract_message(input),
        };
        value.map(tidy)
    }

    /// A value of a type, which has to use all of the bytes.
    ///
    /// # Errors
    /// When the bytes are not exactly one such value.
    pub fn decode(&self, ty: u32, data: &[u8]) -> Result<Value> {
        let mut input = data;
        let value = self.transcoder.decode(ty, &mut input)?;
        ensure!(input.is_empty(), "{} bytes are left", input.len());
        Ok(tidy(value))
    }

    /// Decodes a value from the start of `input`, and advances `input` past it.
    ///
    /// # Errors
    /// When they are not such a value.
    pub fn decode_from(&self, ty: u32, input: &mut &[u8]) -> Result<Value> {
        self.transcoder.decode(ty, input).map(tidy)
    }
}

fn shortened(text: &str) -> String {
    const MOST: usize = 160;
    match text.char_indices().nth(MOST) {
        Some((at, _)) => format!("{}… ({} bytes)", &text[..at], text.len()),
        None => text.into(),
    }
}

/// The name that was most likely meant.
fn did_you_mean<'a>(name: &str, names: &[&'a str]) -> Option<&'a str> {
    let score = |candidate: &str| strsim::jaro(name, candidate);
    names
        .iter()
        .copied()
        .filter(|candidate| score(candidate) > 0.7)
        .max_by(|a, b| score(a).total_cmp(&score(b)))
}

/// Shows accounts as addresses everywhere; the transcoder does not do so in lists.
fn tidy(value: Value) -> Value {
    match value {
        Value::Tuple(tuple) => {
            if let Some(address) = as_account(&tuple) {
                return Value::Literal(address);
            }
            if tuple.ident().is_none() && tuple.values().next().is_none() {
                return Value::Unit;
            }
            let values = tuple.values().cloned().map(tidy).collect();
            Value::Tuple(Tuple::new(tuple.ident().as_deref(), values))
        }
        Value::Map(map) => {
            let fields = map.iter().map(|(name, value)| (name.clone(), tidy(value.clone()))).collect();
            Value::Map(Map::new(map.ident().as_deref(), fields))
        }
        Value::Seq(list) => Value::Seq(list.elems().iter().cloned().map(tidy).collect::<Vec<_>>().into()),
        other => other,
    }
}

fn as_account(tuple: &Tuple) -> Option<String> {
    if !matches!(tuple.ident().as_deref(), Some("AccountId" | "AccountId32")) {
        return None;
    }
    let mut values = tuple.values();
    let (Some(Value::Seq(bytes)), None) = (values.next(), values.next()) else { return None };
    let bytes: Option<Vec<u8>> = bytes
        .elems()
        .iter()
        .map(|byte| match byte {
            Value::UInt(byte) => u8::try_from(*byte).ok(),
            _ => None,
        })
        .collect();
    <[u8; 32]>::try_from(bytes?).ok().map(|bytes| AccountId32(bytes).to_ss58check())
}

/// Replaces `Ok(value)` of the outer result by `value`: that result only says whether the input could be read.
fn without_lang_result(value: Value) -> Value {
    match &value {
        Value::Tuple(tuple) if tuple.ident().as_deref() == Some("Ok") => match tuple.values().count() {
            1 => tuple.values().next().cloned().unwrap_or(Value::Unit),
            _ => Value::Unit,
        },
        _ => value,
    }
}

/// The value on one line, in the notation for arguments ([`mod@encode`]).
///
/// A string inside another value is quoted. Its contents cannot control a terminal.
pub fn show(value: &Value) -> String {
    let list = |values: &mut dyn Iterator<Item = &Value>| values.map(part).collect::<Vec<_>>().join(", ");
    match value {
        Value::String(text) | Value::Literal(text) => printable(text),
        Value::Seq(it) => format!("[{}]", list(&mut it.elems().iter())),
        Value::Tuple(it) => {
            let name = it.ident().unwrap_or_default();
            match it.values().count() {
                0 if name.is_empty() => "()".to_owned(),
                0 => name,
                1 if name.is_empty() => format!("({},)", list(&mut it.values())),
                _ => format!("{name}({})", list(&mut it.values())),
            }
        }
        Value::Map(it) => {
            let fields: Vec<_> =
                it.iter().map(|(name, value)| format!("{}: {}", show(name), part(value))).collect();
            match (it.ident(), fields.is_empty()) {
                (Some(name), true) => name,
                (Some(name), false) => format!("{name} {{ {} }}", fields.join(", ")),
                (None, _) => format!("{{{}}}", fields.join(", ")),
            }
        }
        other => other.to_string(),
    }
}

fn part(value: &Value) -> String {
    match value {
        Value::String(text) => format!("\"{}\"", printable(&text.replace('\\', "\\\\").replace('"', "\\\""))),
        other => show(other),
    }
}

/// The text with terminal control characters escaped. Contracts choose their texts.
pub fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out
}

/// Whether a function's own result is an `Err`.
pub fn is_err(value: &Value) -> bool {
    matches!(value, Value::Tuple(tuple) if tuple.ident().as_deref() == Some("Err"))
}

/// The value as JSON: structs are objects under their name; numbers beyond 2^53, accounts and hashes are strings.
pub fn to_json(value: &Value) -> serde_json::Value {
    // JavaScript's numbers are exact up to here.
    const EXACT: u128 = 1 << 53;
    let named = |name: Option<String>, content: serde_json::Value| match name {
        Some(name) => json!({ name: content }),
        None => content,
    };
    match value {
        Value::Bool(it) => json!(it),
        Value::Char(it) => json!(it.to_string()),
        Value::UInt(it) if *it <= EXACT => json!(*it as u64),
        Value::Int(it) if it.unsigned_abs() <= EXACT => json!(*it as i64),
        Value::UInt(it) => json!(it.to_string()),
        Value::Int(it) => json!(it.to_string()),
        Value::String(it) | Value::Literal(it) => json!(it),
        Value::Hex(it) => json!(format!("0x{}", hex::encode(it.bytes()))),
        Value::Unit => serde_json::Value::Null,
        Value::Seq(list) => list.elems().iter().map(to_json).collect(),
        Value::Map(map) => {
            let fields: serde_json::Map<_, _> =
                map.iter().map(|(name, value)| (name.to_string(), to_json(value))).collect();
            named(map.ident(), fields.into())
        }
        Value::Tuple(tuple) => {
            let mut values: Vec<_> = tuple.values().map(to_json).collect();
            match (tuple.ident(), values.len()) {
                (Some(name), 0) => json!(name),
                (None, 0) => serde_json::Value::Null,
                (name @ Some(_), 1) => named(name, values.remove(0)),
                (name, _) => named(name, values.into()),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALICE: &str = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";
    const BOB: &str = "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty";

    #[test]
    fn what_is_shown_can_be_typed_and_steers_no_terminal() {
        let text = |text: &str| Value::String(text.into());
        let list =
            Value::Seq(vec![text("x, 2), (3, y"), text("a    \"b\"\\"), text("\u{1b}[31m\n\u{9b}")].into());
        assert_eq!(show(&list), r#"["x, 2), (3, y", "a    \"b\"\\", "\u001b[31m\n\u009b"]"#);
        assert_eq!(show(&text("a    b \u{7}")), r"a    b \u0007");
        let some = Value::Tuple(Tuple::new(Some("Some"), vec![Value::UInt(1)]));
        let map = Value::Map(Map::new(
            Some("Pair"),
            [(text("a"), some), (text("b"), Value::Unit)].into_iter().collect(),
        ));
        assert_eq!(show(&map), "Pair { a: Some(1), b: () }");
        assert_eq!(show(&Value::Tuple(Tuple::new(None, vec![Value::Bool(true)]))), "(true,)");
    }

    #[test]
    fn accounts_in_lists_are_addresses() {
        let bytes = |text| {
            let account = crate::account::parse(text).unwrap().0;
            let bytes: &[u8] = account.as_ref();
            let bytes: Vec<_> = bytes.iter().map(|byte| Value::UInt((*byte).into())).collect();
            Value::Tuple(Tuple::new(Some("AccountId"), vec![Value::Seq(bytes.into())]))
        };
        let list = tidy(Value::Seq(vec![bytes("//Alice"), bytes("//Bob")].into()));
        assert_eq!(to_json(&list), json!([ALICE, BOB]));
    }

    #[test]
    fn numbers_too_large_for_javascript_are_strings() {
        assert_eq!(to_json(&Value::UInt(1 << 53)), json!(1u64 << 53));
        assert_eq!(to_json(&Value::UInt((1 << 53) + 1)), json!("9007199254740993"));
        assert_eq!(to_json(&Value::Int(i128::MIN)), json!(i128::MIN.to_string()));
    }
}

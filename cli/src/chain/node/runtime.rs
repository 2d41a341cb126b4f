//! A chain's runtime as a node describes it: its version and its metadata.

use super::{
    connection::{said, Connection},
    pallet, scale,
};
use crate::chain::{types::Types, DispatchError, Emitted, Event};
use anyhow::{anyhow, bail, ensure, Context, Result};
use codec::{Decode, Encode};
use frame_metadata::{RuntimeMetadata, RuntimeMetadataPrefixed};
use inkbpf_sandbox::sp_runtime;
use scale_info::PortableRegistry;
use subxt::{
    ext::{
        frame_decode::{
            constants::ConstantTypeInfo,
            helpers::IntoEncodableValues,
            runtime_apis::{encode_runtime_api_inputs, RuntimeApiTypeInfo},
            storage::{encode_storage_key, encode_storage_key_prefix, StorageTypeInfo},
        },
        scale_decode::DecodeAsType,
    },
    metadata::{ArcMetadata, Metadata},
    rpcs::{methods::legacy::Bytes, rpc_params},
    utils::H256,
};

/// The metadata version that is read.
const VERSION: u32 = 15;
/// Maximum length of a name in bytes.
const MOST_NAME: usize = 64;

/// A runtime.
pub struct Runtime {
    pub spec_version: u32,
    pub transaction_version: u32,
    pub metadata: ArcMetadata,
    types: Types,
    name: String,
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct VersionAnswer {
    #[serde(default)]
    spec_name: String,
    spec_version: u32,
    #[serde(default)]
    transaction_version: u32,
}

impl Runtime {
    /// The runtime at a block.
    ///
    /// # Errors
    /// When the node does not answer, its answer makes no sense, or the runtime has no contracts.
    pub fn fetch(connection: &Connection, at: H256) -> Result<Self> {
        let version: VersionAnswer = connection.request("state_getRuntimeVersion", rpc_params![at])?;
        let name: String = said(&version.spec_name).chars().take(MOST_NAME).collect();
        let arguments = crate::report::hex(&VERSION.encode());
        let answer: Bytes =
            connection.request("state_call", rpc_params!["Metadata_metadata_at_version", arguments, at])?;
        let place = connection.place();
        let malformed = || format!("the node at {place} has malformed metadata");
        let bytes =
            <Option<Vec<u8>>>::decode(&mut &answer.0[..]).with_context(malformed)?.ok_or_else(|| {
                anyhow!("the node at {place} has no metadata of version 15, which this command needs")
            })?;
        let decoded = RuntimeMetadataPrefixed::decode(&mut &bytes[..]).with_context(malformed)?;
        let RuntimeMetadata::V15(decoded) = decoded.1 else {
            bail!("the node at {place} has metadata of version {}, not 15", decoded.1.version())
        };
        scale::check_types(&decoded).with_context(malformed)?;
        let metadata = Metadata::from_v15(decoded)
            .map_err(|error| anyhow!(said(&error.to_string())))
            .with_context(malformed)?;
        ensure!(
            metadata.pallet_by_name(CONTRACTS).is_some(),
            "the chain at {place} has no contracts: its runtime `{name}` has no pallet `{CONTRACTS}`"
        );
        ensure!(
            metadata.runtime_api_trait_by_name(API).is_some(),
            "the chain at {place} cannot dry-run a call: its runtime `{name}` has no runtime API `{API}`"
        );
        Ok(Self {
            spec_version: version.spec_version,
            transaction_version: version.transaction_version,
            types: Types::new(&bytes)?,
            metadata: metadata.arc(),
            name,
        })
    }

    /// The runtime at a block, if it differs from the known one.
    ///
    /// # Errors
    /// As [`Runtime::fetch`].
    pub fn changed(connection: &Connection, at: H256, known: &Self) -> Result<Option<Self>> {
        let version: VersionAnswer = connection.request("state_getRuntimeVersion", rpc_params![at])?;
        match version.spec_version == known.spec_version {
            true => Ok(None),
            false => Self::fetch(connection, at).map(Some),
        }
    }

    /// How it differs from the pallets known here, for an error.
    pub fn differs(&self, what: &str) -> String {
        format!(
            "{what} of the runtime `{}` (version {}) differs from what this command expects: \
             the node is older or newer than this command",
            self.name, self.spec_version
        )
    }

    fn registry(&self) -> &PortableRegistry {
        self.metadata.types()
    }

    /// Encodes the arguments of a runtime API function.
    ///
    /// # Errors
    /// When the runtime has no such function, or one with other arguments.
    pub fn arguments(&self, method: &str, arguments: impl IntoEncodableValues) -> Result<Vec<u8>> {
        encode_runtime_api_inputs(API, method, arguments, &*self.metadata, self.registry())
            .map_err(|error| anyhow!(said(&error.to_string())))
            .with_context(|| self.differs(&format!("`{API}_{method}`")))
    }

    /// Decodes the answer of a runtime API function.
    ///
    /// # Errors
    /// When it is something else.
    pub fn answer<T: DecodeAsType>(&self, method: &str, bytes: &[u8]) -> Result<T> {
        let what = || self.differs(&format!("the answer of `{API}_{method}`"));
        let info = self.metadata.runtime_api_info(API, method);
        let ty = info.map_err(|error| anyhow!(said(&error.to_string()))).with_context(what)?.output_id;
        scale::decode(self.registry(), ty, bytes).with_context(what)
    }

    /// Key of an entry in a pallet's storage; with fewer `keys`, the common prefix of such entries.
    ///
    /// # Errors
    /// When the pallet has no such storage.
    pub fn key(&self, pallet: &str, entry: &str, keys: impl IntoEncodableValues) -> Result<Vec<u8>> {
        encode_storage_key(pallet, entry, keys, &*self.metadata, self.registry())
            .map_err(|error| anyhow!(said(&error.to_string())))
            .with_context(|| self.differs(&format!("the storage `{pallet}.{entry}`")))
    }

    /// The prefix of all keys of a pallet's storage item.
    pub fn prefix(pallet: &str, entry: &str) -> [u8; 32] {
        encode_storage_key_prefix(pallet, entry)
    }

    /// A value from a pallet's storage.
    ///
    /// # Errors
    /// When it is something else.
    pub fn stored<T: DecodeAsType>(&self, pallet: &str, entry: &str, bytes: &[u8]) -> Result<T> {
        let what = || self.differs(&format!("the storage `{pallet}.{entry}`"));
        let info = self.metadata.storage_info(pallet, entry);
        let ty = info.map_err(|error| anyhow!(said(&error.to_string()))).with_context(what)?.value_id;
        scale::decode(self.registry(), ty, bytes).with_context(what)
    }

    /// A pallet's constant.
    ///
    /// # Errors
    /// When the pallet has no such constant, or it is something else.
    pub fn constant<T: DecodeAsType>(&self, pallet: &str, name: &str) -> Result<T> {
        let what = || self.differs(&format!("the constant `{pallet}.{name}`"));
        let info = self.metadata.constant_info(pallet, name);
        let info = info.map_err(|error| anyhow!(said(&error.to_string()))).with_context(what)?;
        scale::decode(self.registry(), info.type_id, info.bytes).with_context(what)
    }

    /// An event.
    ///
    /// # Errors
    /// When it is not one of this runtime.
    pub fn event(&self, record: &pallet::EventRecord) -> Result<Event> {
        let bytes = &record.event.0;
        let what = || self.differs("an event");
        scale::check(self.registry(), self.metadata.outer_enums().event_enum_ty(), bytes)
            .with_context(what)?;
        let mut event = self.types.event(bytes).with_context(what)?;
        if let Some(pallet::KnownEvent::Contracts(pallet::ContractsEvent::ContractEmitted {
            contract,
            data,
        })) = self.known_event(record)
        {
            event.emitted = Some(Emitted { contract: contract.into(), data, topics: record.topics.clone() });
        }
        Ok(event)
    }

    /// An event, if it is one of those used here.
    pub fn known_event(&self, record: &pallet::EventRecord) -> Option<pallet::KnownEvent> {
        scale::decode(self.registry(), self.metadata.outer_enums().event_enum_ty(), &record.event.0).ok()
    }

    /// Why the chain refused, from a `DispatchError`.
    pub fn dispatch_error(&self, error: &scale::Raw) -> DispatchError {
        let unknown = || DispatchError {
            name: format!("an unknown error 0x{}", hex::encode(&error.0[..error.0.len().min(32)])),
            docs: String::new(),
        };
        let Some(ty) = self.metadata.dispatch_error_ty() else { return unknown() };
        let Ok(value) = scale::decode::<scale::Value>(self.registry(), ty, &error.0) else {
            return unknown();
        };
        if let Some((pallet, number)) = module_error(&value) {
            let mut error = self.types.error(pallet, number).unwrap_or_else(unknown);
            error.docs = crate::value::printable(&error.docs);
            return error;
        }
        let text = sp_runtime::DispatchError::decode(&mut &error.0[..]).map(<&'static str>::from);
        DispatchError { name: error_name(&value), docs: text.unwrap_or_default().to_owned() }
    }
}

/// Index of the pallet, and the first byte of its error, which is the error's number.
fn module_error(value: &scale::Value) -> Option<(u8, u8)> {
    use subxt::ext::scale_value::{At, ValueDef};
    let ValueDef::Variant(variant) = &value.value else { return None };
    let module = variant.values.at(0).filter(|_| variant.name == "Module")?;
    let byte = |value: &scale::Value| u8::try_from(value.as_u128()?).ok();
    let error = module.at("error")?;
    Some((byte(module.at("index")?)?, byte(error.at(0).unwrap_or(error))?))
}

/// `Token(FundsUnavailable)`.
fn error_name(value: &scale::Value) -> String {
    use subxt::ext::scale_value::{At, ValueDef};
    let ValueDef::Variant(variant) = &value.value else { return "an unknown error".into() };
    match variant.values.at(0).map(|inner| &inner.value) {
        Some(ValueDef::Variant(inner)) => format!("{}({})", variant.name, inner.name),
        _ => variant.name.clone(),
    }
}

/// The pallet.
pub const CONTRACTS: &str = "Contracts";
/// Its runtime API.
pub const API: &str = "ContractsApi";

//! The events and errors described in a chain's metadata.

use super::{DispatchError, Event};
use anyhow::{anyhow, bail, Context, Result};
use codec::Decode;
use contract_transcode::{
    env_types::{AccountId, Hash},
    AccountId32, Transcoder, TranscoderBuilder, Value,
};
use frame_metadata::{RuntimeMetadata, RuntimeMetadataPrefixed};
use inkbpf_sandbox::sp_core::H256;
use scale_info::{PortableRegistry, TypeDef, TypeDefVariant};

/// Types of a chain.
pub struct Types {
    registry: PortableRegistry,
    transcoder: Transcoder,
    event: u32,
    error: u32,
}

impl Types {
    /// From metadata of version 15.
    ///
    /// # Errors
    /// When the bytes are something else.
    pub fn new(metadata: &[u8]) -> Result<Self> {
        let metadata = RuntimeMetadataPrefixed::decode(&mut &metadata[..]).context("malformed metadata")?;
        let RuntimeMetadata::V15(metadata) = metadata.1 else {
            bail!("the chain's metadata has version {}, not 15", metadata.1.version())
        };
        let transcoder = TranscoderBuilder::new(&metadata.types)
            .register_custom_type_transcoder::<AccountId32, _>(AccountId)
            .register_custom_type_decoder::<H256, _>(Hash)
            .done();
        Ok(Self {
            event: metadata.outer_enums.event_enum_ty.id,
            error: metadata.outer_enums.error_enum_ty.id,
            registry: metadata.types,
            transcoder,
        })
    }

    /// Decodes an event.
    ///
    /// # Errors
    /// When they are not an event of this chain.
    pub fn event(&self, bytes: &[u8]) -> Result<Event> {
        let value = self.transcoder.decode(&self.registry, self.event, &mut &bytes[..])?;
        // The variant of the outer enum is the pallet, and contains only the pallet's event.
        let Value::Tuple(outer) = value else { bail!("an event without a pallet") };
        let (Some(pallet), Some(inner)) = (outer.ident(), outer.values().next()) else {
            bail!("an event without a pallet")
        };
        let name = match inner {
            Value::Map(fields) => fields.ident(),
            Value::Tuple(fields) => fields.ident(),
            _ => None,
        }
        .ok_or_else(|| anyhow!("an event of {pallet} without a name"))?;
        Ok(Event { pallet, name, fields: inner.clone(), emitted: None })
    }

    /// A pallet's error, given the pallet's index and the error's first byte.
    pub fn error(&self, pallet: u8, error: u8) -> Option<DispatchError> {
        let pallet = self.variants(self.error)?.variants.iter().find(|it| it.index == pallet)?;
        let errors = self.variants(pallet.fields.first()?.ty.id)?;
        let error = errors.variants.iter().find(|it| it.index == error)?;
        let docs = error.docs.iter().map(|line| line.trim()).filter(|line| !line.is_empty());
        let docs = docs.collect::<Vec<_>>().join(" ");
        Some(DispatchError { name: format!("{}::{}", pallet.name, error.name), docs })
    }

    fn variants(&self, ty: u32) -> Option<&TypeDefVariant<scale_info::form::PortableForm>> {
        match &self.registry.resolve(ty)?.type_def {
            TypeDef::Variant(variants) => Some(variants),
            _ => None,
        }
    }
}

//! The schedule: limits of a contract, and the weight of a unit of gas.
//!
//! It is a metadata constant that clients decode, so the fields and their order are those of
//! `pallet-contracts`.

use crate::{gas, Config};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use contract_abi::memory;
use core::marker::PhantomData;
use frame_support::{CloneNoBound, DebugNoBound, DefaultNoBound, EqNoBound, PartialEqNoBound};
use polkadot_sdk::*;
use scale_info::TypeInfo;

/// Limits and costs that all contracts of a chain are under.
#[derive(
    CloneNoBound, DebugNoBound, Encode, Decode, DefaultNoBound, PartialEqNoBound, EqNoBound, TypeInfo,
)]
#[cfg_attr(feature = "std", derive(serde::Serialize, serde::Deserialize), serde(bound = ""))]
#[scale_info(skip_type_params(T))]
pub struct Schedule<T: Config> {
    /// Upper bounds on what a contract may do.
    pub limits: Limits,
    /// What the execution of instructions weighs.
    pub instruction_weights: InstructionWeights<T>,
}

/// Upper bounds on what a contract may do.
#[derive(Clone, Debug, Encode, Decode, DecodeWithMemTracking, PartialEq, Eq, TypeInfo, MaxEncodedLen)]
#[cfg_attr(feature = "std", derive(serde::Serialize, serde::Deserialize))]
pub struct Limits {
    /// Most topics an event may have.
    pub event_topics: u32,
    /// Most memory a program may have writable (data, bss, heap and stack together), in units of
    /// 64 KiB. There are no pages otherwise: an image says its sizes in bytes.
    pub memory_pages: u32,
    /// Longest subject of `random`, in bytes.
    pub subject_len: u32,
    /// Longest storage value and longest event payload, in bytes.
    pub payload_len: u32,
    /// Memory that a runtime has while it executes a block, in bytes.
    pub runtime_memory: u32,
    /// Memory that a runtime has while it validates a block, in bytes.
    pub validator_runtime_memory: u32,
    /// `ref_time` of every byte of event payload, on top of the measured cost: events stay in memory
    /// until the block ends.
    pub event_ref_time: u64,
}

impl Limits {
    /// Most memory a program may have writable, in bytes.
    pub fn max_memory_size(&self) -> u32 {
        self.memory_pages.saturating_mul(memory::PAGE_SIZE)
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            event_topics: 4,
            memory_pages: memory::MAX_WRITABLE / memory::PAGE_SIZE,
            subject_len: 32,
            payload_len: 16 * 1024,
            runtime_memory: 128 * 1024 * 1024,
            validator_runtime_memory: 512 * 1024 * 1024,
            event_ref_time: 60_000,
        }
    }
}

/// What the execution of instructions weighs.
#[derive(CloneNoBound, DebugNoBound, Encode, Decode, PartialEqNoBound, EqNoBound, TypeInfo)]
#[cfg_attr(feature = "std", derive(serde::Serialize, serde::Deserialize), serde(bound = ""))]
#[scale_info(skip_type_params(T))]
pub struct InstructionWeights<T: Config> {
    /// `ref_time` of one unit of gas, in picoseconds. Never 0: the conversion of weight to gas divides by it.
    pub base: u32,
    /// The type is generic so that a default can come from the runtime's weights.
    #[codec(skip)]
    #[cfg_attr(feature = "std", serde(skip))]
    pub _phantom: PhantomData<T>,
}

impl<T: Config> Default for InstructionWeights<T> {
    /// For chains whose nodes run contracts as machine code.
    fn default() -> Self {
        Self { base: gas::REF_TIME_PER_GAS_MACHINE_CODE, _phantom: PhantomData }
    }
}

impl<T: Config> InstructionWeights<T> {
    /// For chains whose runtime interprets contracts.
    pub fn interpreted() -> Self {
        Self { base: gas::REF_TIME_PER_GAS_INTERPRETER, _phantom: PhantomData }
    }
}

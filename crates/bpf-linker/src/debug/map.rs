//! Maps input addresses to addresses of the program.
//!
//! The rewrites drop, move and merge instructions, so a range of input addresses may have become several
//! ranges, or none. Every instruction of the program knows which input instruction it came from. The map is
//! this relation, ordered by input address.

use super::input::InputAddresses;
use crate::ir::Program;
use crate::layout::{Layout, PlacedFunction};
use contract_abi::memory::CODE_BASE;
use std::collections::BTreeMap;

/// An instruction of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Spot {
    /// Its address in the program.
    pub(crate) address: u64,
    /// Its length in bytes.
    pub(crate) len: u64,
}

/// The relation between input addresses and those of the program.
#[derive(Debug)]
pub(crate) struct AddressMap<'a> {
    addresses: &'a InputAddresses,
    /// By the input address of the original instruction.
    spots: BTreeMap<u64, Vec<Spot>>,
    /// Program addresses of data sections, by object and section.
    chunks: BTreeMap<(usize, usize), u32>,
}

impl<'a> AddressMap<'a> {
    pub(crate) fn new(
        program: &Program<'_>,
        layout: &Layout,
        addresses: &'a InputAddresses,
    ) -> AddressMap<'a> {
        let mut spots: BTreeMap<u64, Vec<Spot>> = BTreeMap::new();
        for placed in &layout.functions {
            for (input, spot) in instructions(program, placed, addresses) {
                spots.entry(input).or_default().push(spot);
            }
        }
        let placed = layout.chunks.iter();
        let chunks =
            placed.filter_map(|&(id, address)| Some((program.chunks[id].source?, address))).collect();
        AddressMap { addresses, spots, chunks }
    }

    /// Maps a range to ranges of program addresses, in rising order, none touching another.
    pub(crate) fn ranges(&self, begin: u64, end: u64) -> Vec<(u64, u64)> {
        if begin >= end {
            return Vec::new();
        }
        let mut spots: Vec<Spot> =
            self.spots.range(begin..end).flat_map(|(_, spots)| spots.iter().copied()).collect();
        spots.sort_by_key(|spot| spot.address);
        let mut ranges: Vec<(u64, u64)> = Vec::new();
        for spot in spots {
            match ranges.last_mut() {
                Some((_, end)) if *end >= spot.address => *end = (*end).max(spot.address + spot.len),
                _ => ranges.push((spot.address, spot.address + spot.len)),
            }
        }
        ranges
    }

    /// Maps the address of data, or of one instruction.
    pub(crate) fn address(&self, input: u64) -> Option<u64> {
        if let Some(spots) = self.spots.get(&input) {
            return spots.first().map(|spot| spot.address);
        }
        let (object, section, offset) = self.addresses.find(input)?;
        self.chunks.get(&(object, section)).map(|&base| u64::from(base) + offset)
    }
}

/// The instructions of a function, in the order of the program: input address and place in the program.
pub(crate) fn instructions<'a>(
    program: &Program<'_>,
    placed: &'a PlacedFunction,
    addresses: &InputAddresses,
) -> impl Iterator<Item = (u64, Spot)> + 'a {
    let function = &program.functions[placed.id];
    let base = addresses.base(function.object, function.section).unwrap_or(0);
    placed.code.iter().map(move |code| {
        let address = u64::from(CODE_BASE) + 8 * u64::from(code.slot);
        (base + u64::from(code.origin), Spot { address, len: 8 * u64::from(code.insn.slots()) })
    })
}

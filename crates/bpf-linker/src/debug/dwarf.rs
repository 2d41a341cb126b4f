//! DWARF, rewritten for the program's addresses.
//!
//! Entries, types and names are copied, but addresses change. Low and high pc and range lists become the
//! ranges in which the code is now; location lists have their ranges mapped; line programs are written again,
//! and each instruction gets the row of its origin. A function that is not in the program keeps its entry,
//! because other entries refer to it, but loses its address.
//!
//! *Invariant*: every address that is written lies in the program.
//!
//! Source: DWARF 5 §2.17 (code addresses), §6.2 (line programs).

use super::input::{DebugSections, InputAddresses, Reader};
use super::map::{instructions, AddressMap};
use crate::ir::Program;
use crate::layout::Layout;
use gimli::write::{
    Address, AttributeValue, ConvertError, ConvertLineSequenceEnd, ConvertUnit, ConvertUnitEntry, Dwarf,
    EndianVec, LineProgram, LineRow, Location, LocationList, Range, RangeList, Sections, UnitEntryId,
};
use gimli::{constants, Encoding, Format, LineEncoding, LittleEndian, SectionId};
use std::collections::BTreeMap;

/// The input of the conversion.
pub(super) struct Context<'a> {
    pub(super) program: &'a Program<'a>,
    pub(super) layout: &'a Layout,
    pub(super) addresses: &'a InputAddresses,
    pub(super) map: &'a AddressMap<'a>,
}

/// Rewrites the debug sections of all objects into one set.
pub(super) fn rewrite(
    context: &Context<'_>,
    inputs: &[DebugSections],
) -> Result<Vec<(&'static str, Vec<u8>)>, ConvertError> {
    let mut output = Dwarf::new();
    for input in inputs.iter().filter(|input| !input.is_empty()) {
        let dwarf = input.dwarf();
        let mut units = output.convert(&dwarf)?;
        while let Some((mut unit, root)) = units.read_unit()? {
            context.unit(&mut unit, root)?;
        }
    }
    let mut sections = Sections::new(EndianVec::new(LittleEndian));
    output.write(&mut sections)?;
    let mut found = Vec::new();
    sections.for_each(|id: SectionId, section| {
        if !section.slice().is_empty() {
            found.push((id.name(), section.slice().to_vec()));
        }
        Ok::<(), ConvertError>(())
    })?;
    Ok(found)
}

/// A range of input addresses with the same row.
struct Stretch {
    end: u64,
    row: LineRow,
}

impl Context<'_> {
    fn unit<'r>(
        &self,
        unit: &mut ConvertUnit<'_, Reader<'r>>,
        root: ConvertUnitEntry<'_, Reader<'r>>,
    ) -> Result<(), ConvertError> {
        let version = unit.read_unit.encoding().version;
        // Unknown encodings would trigger assertions in the writer.
        unit.unit.set_encoding(encoding(version)?);
        if let Some((program, files)) = self.lines(unit)? {
            unit.set_line_program(program, files);
        }
        let id = unit.unit.root();
        self.attributes(unit, id, &root)?;
        // Before DWARF 5 the pairs in lists are relative to the unit's low pc. With a low pc of 0 they are
        // absolute.
        let zero = AttributeValue::Address(Address::Constant(0));
        unit.unit.get_mut(id).set(constants::DW_AT_low_pc, zero);
        let mut entry = unit.null_entry();
        while let Some(id) = unit.read_entry(&mut entry)? {
            if id.is_some() {
                let id = unit.add_entry(id, &entry);
                self.attributes(unit, id, &entry)?;
            }
        }
        Ok(())
    }

    fn attributes<'r>(
        &self,
        unit: &mut ConvertUnit<'_, Reader<'r>>,
        id: UnitEntryId,
        entry: &ConvertUnitEntry<'_, Reader<'r>>,
    ) -> Result<(), ConvertError> {
        let mut has_code = false;
        for attr in &entry.attrs {
            match attr.name() {
                constants::DW_AT_low_pc | constants::DW_AT_high_pc | constants::DW_AT_ranges => {
                    has_code = true
                }
                constants::DW_AT_GNU_locviews => {}
                name => {
                    if let Some(value) = self.value(unit, entry, attr)? {
                        unit.unit.get_mut(id).set(name, value);
                    }
                }
            }
        }
        if !has_code {
            return Ok(());
        }
        let read = entry.read_unit;
        let mut found = Vec::new();
        let mut ranges = read.dwarf.die_ranges(read.unit, entry)?;
        while let Some(range) = ranges.next()? {
            found.extend(self.map.ranges(range.begin, range.end));
        }
        found.sort_unstable();
        found.dedup();
        let out = &mut unit.unit;
        if let (true, [(begin, end)]) = (id != out.root(), &found[..]) {
            let high = match out.version() {
                2 | 3 => AttributeValue::Address(Address::Constant(*end)),
                _ => AttributeValue::Udata(end - begin),
            };
            let entry = out.get_mut(id);
            entry.set(constants::DW_AT_low_pc, AttributeValue::Address(Address::Constant(*begin)));
            entry.set(constants::DW_AT_high_pc, high);
        } else if !found.is_empty() {
            let range = |&(begin, end): &(u64, u64)| Range::StartEnd {
                begin: Address::Constant(begin),
                end: Address::Constant(end),
            };
            let list = out.ranges.add(RangeList(found.iter().map(range).collect()));
            out.get_mut(id).set(constants::DW_AT_ranges, AttributeValue::RangeListRef(list));
        }
        Ok(())
    }

    /// The attribute's value for the program; none if it has no meaning there.
    fn value<'r>(
        &self,
        unit: &mut ConvertUnit<'_, Reader<'r>>,
        entry: &ConvertUnitEntry<'_, Reader<'r>>,
        attr: &gimli::Attribute<Reader<'r>>,
    ) -> Result<Option<AttributeValue>, ConvertError> {
        let read = entry.read_unit;
        let convert = |input: u64| Some(Address::Constant(self.map.address(input).unwrap_or(0)));
        match attr.value() {
            gimli::AttributeValue::Addr(input) => {
                Ok(self.map.address(input).map(|address| AttributeValue::Address(Address::Constant(address))))
            }
            gimli::AttributeValue::DebugAddrIndex(index) => {
                let address = self.map.address(read.address(index)?);
                Ok(address.map(|address| AttributeValue::Address(Address::Constant(address))))
            }
            gimli::AttributeValue::LocationListsRef(_) | gimli::AttributeValue::DebugLocListsIndex(_) => {
                let Some(mut locations) = read.dwarf.attr_locations(read.unit, attr.value())? else {
                    return Ok(None);
                };
                let mut list = Vec::new();
                while let Some(entry) = locations.next()? {
                    for (begin, end) in self.map.ranges(entry.range.begin, entry.range.end) {
                        let data = unit.convert_expression(read, entry.data, &convert)?;
                        let (begin, end) = (Address::Constant(begin), Address::Constant(end));
                        list.push(Location::StartEnd { begin, end, data });
                    }
                }
                if list.is_empty() {
                    return Ok(None);
                }
                let list = unit.unit.locations.add(LocationList(list));
                Ok(Some(AttributeValue::LocationListRef(list)))
            }
            // Everything else that refers to code is a range list, which only the three attributes above can
            // name.
            _ => unit.convert_attribute_value(read, attr, &convert).map(Some),
        }
    }

    /// The line program for instructions covered by the unit's own.
    fn lines<'r>(
        &self,
        unit: &mut ConvertUnit<'_, Reader<'r>>,
    ) -> Result<Option<(LineProgram, Vec<gimli::write::FileId>)>, ConvertError> {
        let Some(program) = &unit.read_unit.line_program else { return Ok(None) };
        let encoding = encoding(program.header().version())?;
        let Some(mut lines) = unit.read_line_program(Some(encoding), Some(LineEncoding::default()))? else {
            return Ok(None);
        };
        let mut stretches: BTreeMap<u64, Stretch> = BTreeMap::new();
        while let Some(sequence) = lines.read_sequence()? {
            // A sequence without an address describes removed code.
            let Some(start) = sequence.start else { continue };
            let end = match sequence.end {
                ConvertLineSequenceEnd::Length(length) => start.wrapping_add(length),
                ConvertLineSequenceEnd::Address(address) => address,
            };
            let ends = sequence.rows.iter().skip(1).map(|row| start.wrapping_add(row.address_offset));
            for (row, end) in sequence.rows.iter().zip(ends.chain([end])) {
                let at = start.wrapping_add(row.address_offset);
                if end > at {
                    stretches.insert(at, Stretch { end, row: *row });
                }
            }
        }
        for placed in &self.layout.functions {
            let mut open: Option<(u64, u64)> = None;
            let mut last = 0;
            for (input, spot) in instructions(self.program, placed, self.addresses) {
                let stretch =
                    stretches.range(..=input).next_back().filter(|(_, stretch)| input < stretch.end);
                let Some((&at, stretch)) = stretch else {
                    if let Some((start, _)) = open.take() {
                        lines.end_sequence(spot.address - start);
                    }
                    continue;
                };
                let (start, shown) = match open {
                    Some((start, shown)) => (start, Some(shown)),
                    None => {
                        lines.begin_sequence(Some(Address::Constant(spot.address)));
                        (spot.address, None)
                    }
                };
                if shown != Some(at) {
                    lines.generate_row(LineRow { address_offset: spot.address - start, ..stretch.row });
                }
                open = Some((start, at));
                last = spot.address + spot.len;
            }
            if let Some((start, _)) = open {
                lines.end_sequence(last - start);
            }
        }
        Ok(Some(lines.program()))
    }
}

/// The encoding to write, if the DWARF version is known.
fn encoding(version: u16) -> Result<Encoding, ConvertError> {
    match version {
        2..=5 => Ok(Encoding { address_size: 8, format: Format::Dwarf32, version }),
        _ => Err(ConvertError::Read(gimli::Error::UnknownVersion(version.into()))),
    }
}

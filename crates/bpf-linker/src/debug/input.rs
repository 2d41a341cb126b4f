//! The inputs' debug information, readable as if the inputs were already linked.
//!
//! In a relocatable object every section begins at address 0, so an address in its DWARF is ambiguous. Here
//! each section of each object gets its own range in a separate address space, the *input addresses*, and the
//! debug sections are relocated with these. [`super::map`] maps them to addresses of the program.

use crate::input::{Object, SectionKind};
use crate::symbols::{Definition, Symbols};
use gimli::{EndianSlice, LittleEndian};
use std::collections::BTreeMap;

pub(crate) type Reader<'a> = EndianSlice<'a, LittleEndian>;

/// Where the first section begins. Not at 0, which means "no address".
const FIRST: u64 = 0x1_0000;

/// Input addresses of the sections that are part of programs.
#[derive(Debug)]
pub(crate) struct InputAddresses {
    bases: BTreeMap<(usize, usize), u64>,
    sections: BTreeMap<u64, (usize, usize, u64)>,
}

impl InputAddresses {
    pub(crate) fn new(objects: &[Object<'_>], symbols: &Symbols<'_>) -> InputAddresses {
        let mut next = FIRST;
        let mut addresses = InputAddresses { bases: BTreeMap::new(), sections: BTreeMap::new() };
        for (object, contents) in objects.iter().enumerate() {
            for (index, section) in contents.sections.iter().enumerate() {
                use SectionKind::{Bss, Data, Rodata, Text};
                if matches!(section.kind, Text | Rodata | Data | Bss) && !symbols.is_discarded(object, index)
                {
                    addresses.bases.insert((object, index), next);
                    addresses.sections.insert(next, (object, index, section.size));
                    // An address at the end of a section must not be an address in the next one.
                    next = (next + section.size + 1).next_multiple_of(16);
                }
            }
        }
        addresses
    }

    /// The input address of a section's first byte.
    pub(crate) fn base(&self, object: usize, section: usize) -> Option<u64> {
        self.bases.get(&(object, section)).copied()
    }

    /// Object, section and offset of an input address. The end of a section counts as part of it.
    pub(crate) fn find(&self, address: u64) -> Option<(usize, usize, u64)> {
        let (&base, &(object, section, size)) = self.sections.range(..=address).next_back()?;
        (address - base <= size).then_some((object, section, address - base))
    }
}

/// The debug sections of one object, relocated.
#[derive(Debug)]
pub(crate) struct DebugSections {
    sections: BTreeMap<String, Vec<u8>>,
}

impl DebugSections {
    /// Relocates the sections. A field whose target is gone becomes 0.
    pub(crate) fn new(
        objects: &[Object<'_>],
        symbols: &Symbols<'_>,
        addresses: &InputAddresses,
        object: usize,
    ) -> DebugSections {
        let mut sections = BTreeMap::new();
        for (index, section) in objects[object].sections.iter().enumerate() {
            if section.kind != SectionKind::Debug || symbols.is_discarded(object, index) {
                continue;
            }
            let mut data = section.data.to_vec();
            for reloc in &section.relocs {
                let value = match symbols.resolve(objects, object, reloc.symbol) {
                    Definition::Section { object: to, section: to_section, offset } => {
                        let at = offset.wrapping_add(reloc.addend as u64);
                        match objects[to].sections[to_section].kind {
                            SectionKind::Debug => Some(at),
                            _ => addresses.base(to, to_section).map(|base| base.wrapping_add(at)),
                        }
                    }
                    Definition::Absolute(value) => Some(value.wrapping_add(reloc.addend as u64)),
                    _ => None,
                };
                let at = reloc.offset as usize;
                let width = reloc.kind.width().min(8);
                data[at..at + width].copy_from_slice(&value.unwrap_or(0).to_le_bytes()[..width]);
            }
            sections.insert(section.name.to_owned(), data);
        }
        DebugSections { sections }
    }

    /// Whether they describe no code.
    pub(crate) fn is_empty(&self) -> bool {
        !self.sections.contains_key(".debug_info")
    }

    /// The sections for `gimli` to read.
    pub(crate) fn dwarf(&self) -> gimli::Dwarf<Reader<'_>> {
        let section = |id: gimli::SectionId| {
            let data = self.sections.get(id.name()).map_or(&[][..], Vec::as_slice);
            Ok::<_, gimli::Error>(EndianSlice::new(data, LittleEndian))
        };
        gimli::Dwarf::load(section).expect("the closure returns no error; qed")
    }
}

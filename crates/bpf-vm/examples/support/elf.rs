//! Programs from ELF objects, as clang writes them.
//!
//! An object holds functions in sections; calls between them and the addresses of data are relocations
//! (`R_BPF_*`, LLVM's `BPF` ABI document). The section that is meant comes first, then the other
//! executable ones, so that every function is in one text. Data sections are laid out in the regions
//! of [`contract_abi::memory`]. What comes out is a program image, or, of a file that has nothing but code
//! and begins with it, the text alone.
//!
//! This is for conformance tests; contracts are linked by the workspace's linker.

use super::case::Source;
use bpf_isa::{Callee, Kind, Op, Reg, Slot};
use contract_abi::image::{Function, Image};
use contract_abi::memory::{CODE_BASE, DATA_BASE, RODATA_BASE};
use object::elf::{RelocationType, R_BPF_64_32, R_BPF_64_64};
use object::{
    Object, ObjectSection, ObjectSymbol, Relocation, RelocationFlags, RelocationTarget, SectionIndex,
    SectionKind, SymbolKind,
};
use std::collections::{BTreeSet, HashMap};

/// Frame of a function: what clang allows without being told otherwise.
const FRAME: u32 = 512;
const STACK: u32 = 64 * 1024;

// What `object` has no names for yet.
const R_BPF_64_ABS64: RelocationType = RelocationType(2);
const R_BPF_64_ABS32: RelocationType = RelocationType(3);
const R_BPF_64_NODYLD32: RelocationType = RelocationType(4);

/// Where a section went.
#[derive(Clone, Copy)]
enum Place {
    /// In the text, from this slot.
    Text(u32),
    /// In data, from this address.
    Data(u32),
}

/// A relocatable object, or a file of instructions without relocations, as a program.
///
/// # Errors
/// What is wrong with the file, or what it needs that is not here.
pub fn to_program(bytes: &[u8]) -> Result<Source, String> {
    let file = object::File::parse(bytes).map_err(|error| error.to_string())?;
    if file.architecture() != object::Architecture::Bpf || !file.is_little_endian() {
        return Err("not an ELF file for little-endian BPF".to_owned());
    }
    let mut code: Vec<_> =
        file.sections().filter(|section| section.kind() == SectionKind::Text && section.size() > 0).collect();
    if code.is_empty() {
        return Err("the file has no code".to_owned());
    }
    // The program proper is in a section with a name of its own, if there is one (`xdp`, `socket`); `.text`
    // then holds what it calls. The order of the others does not matter.
    code.sort_by_key(|section| section.name() == Ok(".text"));

    let mut layout = Output::default();
    for section in &code {
        let data = section.data().map_err(|error| error.to_string())?;
        if data.len() % Slot::BYTES != 0 {
            return Err("a section of code is not a whole number of slots".to_owned());
        }
        layout.places.insert(section.index(), Place::Text((layout.text.len() / Slot::BYTES) as u32));
        layout.text.extend_from_slice(data);
    }
    for section in file.sections() {
        let data = section.data().unwrap_or_default();
        let (base, out) = match section.kind() {
            SectionKind::ReadOnlyData | SectionKind::ReadOnlyString => (RODATA_BASE, &mut layout.rodata),
            SectionKind::Data => (DATA_BASE, &mut layout.data),
            SectionKind::UninitializedData => (DATA_BASE, &mut layout.data),
            _ => continue,
        };
        out.resize(out.len().next_multiple_of(16), 0);
        layout.places.insert(section.index(), Place::Data(base + out.len() as u32));
        let zeros = (section.size() as usize).saturating_sub(data.len());
        if zeros > 1 << 24 {
            return Err("a data section is too large".to_owned());
        }
        out.extend_from_slice(data);
        out.resize(out.len() + zeros, 0);
    }
    for section in file.sections() {
        for (offset, relocation) in section.relocations() {
            layout.relocate(&file, section.index(), offset, &relocation)?;
        }
    }

    let mut starts: BTreeSet<u32> = BTreeSet::from([0]);
    let mut entry = 0;
    for symbol in file.symbols().filter(|symbol| symbol.kind() == SymbolKind::Text) {
        let place = symbol.section_index().and_then(|index| layout.places.get(&index));
        if let Some(Place::Text(first)) = place {
            let slot = first + (symbol.address() / Slot::BYTES as u64) as u32;
            starts.insert(slot);
            if symbol.name() == Ok("main") {
                entry = slot;
            }
        }
    }
    if entry == 0 && layout.rodata.is_empty() && layout.data.is_empty() && layout.address_taken.is_empty() {
        return Ok(Source::Text(layout.text));
    }
    for (at, insn) in bpf_isa::instructions(&layout.text).map_while(Result::ok) {
        if insn.kind() == Kind::Call(Callee::Local) {
            starts.extend(insn.target(at).and_then(|target| u32::try_from(target).ok()));
        }
    }
    starts.extend(&layout.address_taken);
    let end = (layout.text.len() / Slot::BYTES) as u32;
    let starts: Vec<u32> = starts.into_iter().filter(|&start| start < end).collect();
    let functions: Vec<Function> = starts
        .iter()
        .zip(starts.iter().skip(1).chain([&end]))
        .map(|(&first, &next)| Function {
            first,
            slots: next - first,
            frame_size: FRAME,
            address_taken: layout.address_taken.contains(&first),
        })
        .collect();
    let entry = functions.iter().position(|function| function.first == entry).unwrap_or_default() as u32;
    let image = Image {
        text: &layout.text,
        rodata: &layout.rodata,
        data: &layout.data,
        bss_size: 0,
        stack_size: STACK,
        heap_size: 0,
        deploy: entry,
        call: entry,
        functions,
        jump_tables: Vec::new(),
    };
    image.to_bytes().map(Source::Image).map_err(|error| error.to_string())
}

#[derive(Default)]
struct Output {
    text: Vec<u8>,
    rodata: Vec<u8>,
    data: Vec<u8>,
    places: HashMap<SectionIndex, Place>,
    address_taken: BTreeSet<u32>,
}

impl Output {
    fn relocate(
        &mut self,
        file: &object::File<'_>,
        section: SectionIndex,
        offset: u64,
        relocation: &Relocation,
    ) -> Result<(), String> {
        let Some(&here) = self.places.get(&section) else {
            // Debugging information.
            return Ok(());
        };
        let RelocationTarget::Symbol(index) = relocation.target() else {
            return Err("a relocation without symbol".to_owned());
        };
        let symbol = file.symbol_by_index(index).map_err(|error| error.to_string())?;
        let name = symbol.name().unwrap_or_default();
        let place = symbol
            .section_index()
            .and_then(|index| self.places.get(&index))
            .ok_or_else(|| format!("the symbol {name:?} is not defined"))?;
        let RelocationFlags::Elf { r_type } = relocation.flags() else {
            return Err("not an ELF relocation".to_owned());
        };
        match (r_type, here) {
            (R_BPF_64_32, Place::Text(first)) => {
                let at = Slot(first + (offset / Slot::BYTES as u64) as u32);
                let insn = bpf_isa::decode(&self.text, at).map_err(|error| error.to_string())?;
                let Place::Text(section_first) = *place else {
                    return Err(format!("a call of {name:?}, which is data"));
                };
                // `imm` holds the distance from the section's start to the target, in slots, less one.
                let target =
                    i64::from(section_first) + (symbol.address() / Slot::BYTES as u64) as i64 + insn.imm + 1;
                let call = bpf_isa::Insn::new(Op::CallLocal).with_imm(target - i64::from(at.0) - 1);
                self.put(at, call)
            }
            (R_BPF_64_64, Place::Text(first)) => {
                let at = Slot(first + (offset / Slot::BYTES as u64) as u32);
                let insn = bpf_isa::decode(&self.text, at).map_err(|error| error.to_string())?;
                let Kind::LoadWide(_) = insn.kind() else {
                    return Err("an address that is not in a wide instruction".to_owned());
                };
                let value = self.address(*place, symbol.address().wrapping_add(insn.imm as u64));
                self.put(at, bpf_isa::Insn::new(Op::LdImm64).with_dst(insn.dst).with_imm(value as i64))
            }
            (R_BPF_64_ABS64, Place::Data(start)) => {
                let (out, at) = match start {
                    DATA_BASE.. => (&self.data, start - DATA_BASE),
                    _ => (&self.rodata, start - RODATA_BASE),
                };
                let at = usize::try_from(u64::from(at).saturating_add(offset));
                let at = at.map_err(|_| "a relocation outside its section")?;
                let addend = out
                    .get(at..)
                    .and_then(|bytes| bytes.first_chunk())
                    .map(|bytes| u64::from_le_bytes(*bytes))
                    .ok_or("a relocation outside its section")?;
                let value = self.address(*place, symbol.address().wrapping_add(addend)).to_le_bytes();
                let out = if start >= DATA_BASE { &mut self.data } else { &mut self.rodata };
                out[at..at + 8].copy_from_slice(&value);
                Ok(())
            }
            (R_BPF_64_ABS32 | R_BPF_64_NODYLD32, _) => Ok(()),
            _ => Err(format!("a relocation of type {} against {name:?}", r_type.0)),
        }
    }

    /// The address of a byte of a section. That of code is one that a function pointer may have.
    fn address(&mut self, place: Place, offset: u64) -> u64 {
        match place {
            Place::Text(first) => {
                let slot = first + (offset / Slot::BYTES as u64) as u32;
                self.address_taken.insert(slot);
                u64::from(CODE_BASE) + u64::from(slot) * Slot::BYTES as u64
            }
            Place::Data(start) => u64::from(start).wrapping_add(offset),
        }
    }

    fn put(&mut self, at: Slot, insn: bpf_isa::Insn) -> Result<(), String> {
        debug_assert!(insn.op != Op::CallLocal || insn.dst == Reg::R0);
        let encoded = insn.encode().map_err(|error| error.to_string())?;
        let bytes = encoded.as_bytes();
        self.text[at.byte_offset()..][..bytes.len()].copy_from_slice(bytes);
        Ok(())
    }
}

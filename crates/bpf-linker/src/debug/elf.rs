//! The ELF file around the debug information.
//!
//! Unlike the program image it has section headers and symbols. The symbols are functions, and the sections
//! that data comes from. Code and data are the same as in the image, at the same addresses.

use crate::ir::{Program, Region};
use crate::layout::Layout;
use contract_abi::image::{Image, EM_BPF};
use contract_abi::memory::{CODE_BASE, DATA_BASE, RODATA_BASE};
use object::elf;
use object::write::elf::{FileHeader, SectionHeader, SectionIndex, Sym, Writer};
use object::write::{Result, StringId};
use object::Endianness;

/// An output section.
struct Out<'a> {
    name: StringId,
    kind: elf::SectionType,
    flags: elf::SectionFlags,
    address: u64,
    data: &'a [u8],
    size: u64,
    offset: u64,
    index: SectionIndex,
}

/// Writes the file. `debug` holds the names and contents of the debug sections.
pub(super) fn write(
    program: &Program<'_>,
    layout: &Layout,
    image: &Image<'_>,
    debug: &[(&str, Vec<u8>)],
) -> Result<Vec<u8>> {
    let mut file = Vec::new();
    let mut writer = Writer::new(Endianness::Little, true, &mut file);
    writer.reserve_file_header();
    writer.reserve_null_section_index();
    let alloc = elf::SHF_ALLOC;
    let bits = elf::SHT_PROGBITS;
    let bss_address = u64::from(DATA_BASE) + image.data.len() as u64;
    let bss_size = u64::from(image.bss_size) + u64::from(image.heap_size);
    let mut sections: Vec<Out<'_>> = Vec::new();
    let mut add = |writer: &mut Writer<'_>, name: &'static str, kind, flags, address: u64, data, size| {
        let name = writer.add_section_name(name.as_bytes());
        let index = writer.reserve_section_index();
        sections.push(Out { name, kind, flags, address, data, size, offset: 0, index });
    };
    let executable = elf::SectionFlags(alloc.0 | elf::SHF_EXECINSTR.0);
    let writable = elf::SectionFlags(alloc.0 | elf::SHF_WRITE.0);
    add(&mut writer, ".text", bits, executable, CODE_BASE.into(), image.text, image.text.len() as u64);
    add(&mut writer, ".rodata", bits, alloc, RODATA_BASE.into(), image.rodata, image.rodata.len() as u64);
    add(&mut writer, ".data", bits, writable, DATA_BASE.into(), image.data, image.data.len() as u64);
    add(&mut writer, ".bss", elf::SHT_NOBITS, writable, bss_address, &[], bss_size);
    let [text, rodata, data, bss] = [0, 1, 2, 3].map(|index: usize| sections[index].index);
    for (name, contents) in debug {
        let name = writer.add_section_name(name.as_bytes());
        let index = writer.reserve_section_index();
        let (kind, flags, size) = (bits, elf::SectionFlags(0), contents.len() as u64);
        sections.push(Out { name, kind, flags, address: 0, data: contents, size, offset: 0, index });
    }
    for section in &mut sections {
        section.offset = writer.reserve(section.data.len() as u64, 8);
    }

    writer.reserve_null_symbol_index();
    let mut symbols = Vec::new();
    for placed in &layout.functions {
        let name = program.functions[placed.id].name;
        writer.reserve_symbol_index(Some(text));
        let id = writer.add_string(name.as_bytes());
        let symbol = Sym {
            st_name: 0,
            section: Some(text.0),
            st_info: elf::SymbolInfo::new(elf::STB_GLOBAL, elf::STT_FUNC),
            st_other: Default::default(),
            st_shndx: Default::default(),
            st_value: u64::from(CODE_BASE) + 8 * u64::from(placed.first),
            st_size: 8 * u64::from(placed.slots),
        };
        symbols.push((id, symbol));
    }
    for &(id, address) in &layout.chunks {
        let chunk = &program.chunks[id];
        let section = match chunk.region {
            Region::Rodata => rodata,
            Region::Data => data,
            Region::Bss => bss,
        };
        writer.reserve_symbol_index(Some(section));
        let id = writer.add_string(chunk.name.as_bytes());
        let symbol = Sym {
            st_name: 0,
            section: Some(section.0),
            st_info: elf::SymbolInfo::new(elf::STB_GLOBAL, elf::STT_OBJECT),
            st_other: Default::default(),
            st_shndx: Default::default(),
            st_value: address.into(),
            st_size: chunk.size,
        };
        symbols.push((id, symbol));
    }
    writer.reserve_symtab_section_index();
    writer.reserve_strtab_section_index();
    writer.reserve_shstrtab_section_index();
    writer.reserve_symtab();
    writer.reserve_strtab()?;
    writer.reserve_shstrtab()?;
    writer.reserve_section_headers();

    writer.write_file_header(&FileHeader {
        os_abi: elf::ELFOSABI_NONE,
        abi_version: 0,
        e_type: elf::ET_EXEC,
        e_machine: elf::Machine(EM_BPF),
        e_entry: 0,
        e_flags: Default::default(),
    })?;
    for section in &sections {
        writer.pad_until(section.offset);
        writer.write(section.data);
    }
    writer.write_null_symbol();
    for (name, symbol) in symbols {
        let st_name = writer.string_offset(Some(name));
        writer.write_symbol(&Sym { st_name, ..symbol });
    }
    writer.write_strtab();
    writer.write_shstrtab();
    writer.write_null_section_header();
    for section in &sections {
        let sh_name = writer.section_name_offset(Some(section.name));
        writer.write_section_header(&SectionHeader {
            sh_name,
            sh_type: section.kind,
            sh_flags: section.flags,
            sh_addr: section.address,
            sh_offset: section.offset,
            sh_size: section.size,
            sh_link: 0,
            sh_info: 0,
            sh_addralign: if section.address == 0 { 1 } else { 8 },
            sh_entsize: 0,
        });
    }
    writer.write_symtab_section_header(1);
    writer.write_strtab_section_header();
    writer.write_shstrtab_section_header();
    Ok(file)
}

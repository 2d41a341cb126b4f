//! Reads relocatable objects.
//!
//! Phase 1. An [`Object`] borrows the bytes of one input. It holds the sections, classified by how the linker
//! uses them, the symbols, and the relocations of each section, with addends read from the fields.
//!
//! *Invariant*: the result is consistent: section and symbol indices exist, the fields of relocations lie in
//! their sections, and names are text. Later phases index without checking the file again, but they still
//! check the meaning of offsets and addends.
//!
//! Source: gABI chapter 4; LLVM's BPF back end for the section names.

use crate::error::{Foreign, LinkError, Place};
use crate::reloc::RelocKind;
use contract_abi::image::EM_BPF;
use contract_abi::memory::MAX_REGION;
use object::elf;
use object::read::elf::{FileHeader, Rel, Rela, SectionHeader, SectionTable, Sym, SymbolTable};
use object::{LittleEndian, SectionIndex};

type Elf = elf::FileHeader64<LittleEndian>;
const LE: LittleEndian = LittleEndian;

/// One object file.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// Its name in errors, such as its path.
    pub name: &'a str,
    /// The file's bytes.
    pub bytes: &'a [u8],
}

/// A parsed object file.
#[derive(Debug)]
pub(crate) struct Object<'a> {
    pub(crate) name: &'a str,
    /// By the file's section index.
    pub(crate) sections: Vec<Section<'a>>,
    /// By the file's symbol index.
    pub(crate) symbols: Vec<Symbol<'a>>,
    pub(crate) groups: Vec<Group<'a>>,
}

/// What a section is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SectionKind {
    /// Instructions.
    Text,
    /// Data that does not change once linked.
    Rodata,
    /// Data with a value.
    Data,
    /// Zeroed data.
    Bss,
    /// LLVM's `.jumptables`: offsets of slots in the text section that refers to them.
    JumpTables,
    /// LLVM's `.stack_sizes`.
    StackSizes,
    /// DWARF.
    Debug,
    /// Nothing that the program needs.
    Ignored,
}

/// A section.
#[derive(Debug)]
pub(crate) struct Section<'a> {
    pub(crate) name: &'a str,
    pub(crate) kind: SectionKind,
    /// Its bytes; empty for [`SectionKind::Bss`].
    pub(crate) data: &'a [u8],
    /// Its size in bytes; the length of `data`, except for [`SectionKind::Bss`].
    pub(crate) size: u64,
    /// A power of two.
    pub(crate) align: u64,
    /// Sorted by offset.
    pub(crate) relocs: Vec<Reloc>,
}

/// A relocation: the field at `offset` holds the address of `symbol` plus `addend`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reloc {
    pub(crate) offset: u64,
    pub(crate) kind: RelocKind,
    pub(crate) symbol: usize,
    pub(crate) addend: i64,
}

/// Where a symbol lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SymbolPlace {
    Undefined,
    /// Offset in a section.
    Section(usize, u64),
    /// Space to be reserved in bss, with this alignment.
    Common(u64),
    Absolute(u64),
}

/// Visibility of a symbol, and whether another may override it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Binding {
    Local,
    Weak,
    Global,
}

/// What a symbol names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SymbolKind {
    Function,
    Section,
    Other,
}

/// A symbol.
#[derive(Debug)]
pub(crate) struct Symbol<'a> {
    pub(crate) name: &'a str,
    pub(crate) place: SymbolPlace,
    pub(crate) size: u64,
    pub(crate) binding: Binding,
    pub(crate) kind: SymbolKind,
}

/// A COMDAT group: one of those with the same signature is kept.
#[derive(Debug)]
pub(crate) struct Group<'a> {
    pub(crate) signature: &'a str,
    pub(crate) sections: Vec<usize>,
}

impl<'a> Object<'a> {
    /// Reads an input.
    ///
    /// # Errors
    /// [`LinkError::NotAnObject`], [`LinkError::Malformed`], [`LinkError::UnsupportedRelocation`],
    /// [`LinkError::BadRelocation`].
    pub(crate) fn parse(input: Input<'a>) -> Result<Object<'a>, LinkError> {
        check_kind(input)?;
        let malformed = |reason: String| LinkError::Malformed { input: input.name.to_owned(), reason };
        let read = |error: object::read::Error| malformed(error.to_string());
        let header = Elf::parse(input.bytes).map_err(read)?;
        let table = header.sections(LE, input.bytes).map_err(read)?;
        let symbol_table = table.symbols(LE, input.bytes, elf::SHT_SYMTAB).map_err(read)?;

        let mut sections = Vec::with_capacity(table.len());
        for (index, section) in table.iter().enumerate() {
            let bytes = table.section_name(LE, section).map_err(read)?;
            let name = std::str::from_utf8(bytes)
                .map_err(|_| malformed(format!("the name of section {index} is not UTF-8")))?;
            sections.push(read_section(input, name, section)?);
        }
        let symbols = read_symbols(&symbol_table, sections.len()).map_err(malformed)?;
        let groups = read_groups(input, &table, &symbol_table, &symbols).map_err(malformed)?;
        let mut object = Object { name: input.name, sections, symbols, groups };
        for (index, section) in table.iter().enumerate() {
            object.read_relocs(input, section).map_err(|error| match error {
                RelocError::Malformed(reason) => malformed(format!("section {index}: {reason}")),
                RelocError::Link(error) => error,
            })?;
        }
        for section in &mut object.sections {
            section.relocs.sort_by_key(|reloc| reloc.offset);
        }
        Ok(object)
    }

    /// The place of a byte, for error messages.
    pub(crate) fn place(&self, section: usize, offset: u64) -> Place {
        Place { input: self.name.to_owned(), section: self.sections[section].name.to_owned(), offset }
    }

    fn read_relocs(
        &mut self,
        input: Input<'a>,
        section: &elf::SectionHeader64<LittleEndian>,
    ) -> Result<(), RelocError> {
        let target = section.sh_info(LE) as usize;
        let mut entries = Vec::new();
        let read = |error: object::read::Error| RelocError::Malformed(error.to_string());
        if let Some((rels, _)) = section.rel(LE, input.bytes).map_err(read)? {
            entries.extend(
                rels.iter().map(|rel| (rel.r_offset(LE), rel.r_type(LE), rel.r_sym(LE) as usize, None)),
            );
        }
        if let Some((relas, _)) = section.rela(LE, input.bytes).map_err(read)? {
            entries.extend(relas.iter().map(|rela| {
                let (kind, symbol) = (rela.r_type(LE, false), rela.r_sym(LE, false) as usize);
                (rela.r_offset(LE), kind, symbol, Some(rela.r_addend(LE)))
            }));
        }
        if entries.is_empty() {
            return Ok(());
        }
        let Some(patched) = self.sections.get(target) else {
            return Err(RelocError::Malformed(format!(
                "it relocates section {target}, which does not exist"
            )));
        };
        if patched.kind == SectionKind::Ignored {
            return Ok(());
        }
        let mut relocs = Vec::with_capacity(entries.len());
        for (offset, number, symbol, addend) in entries {
            let place = || self.place(target, offset);
            let Some(kind) = RelocKind::from_number(number.0) else {
                return Err(LinkError::UnsupportedRelocation { place: place(), number: number.0 }.into());
            };
            let field = usize::try_from(offset)
                .ok()
                .and_then(|start| patched.data.get(start..start.checked_add(kind.width())?));
            let Some(field) = field else {
                let reason = "the relocated field lies outside its section";
                return Err(LinkError::BadRelocation { place: place(), reason }.into());
            };
            if symbol >= self.symbols.len() {
                let reason = "the relocation names a symbol that does not exist";
                return Err(LinkError::BadRelocation { place: place(), reason }.into());
            }
            let addend = addend.or_else(|| kind.addend(field));
            let addend = addend.expect("the field has the width of its kind; qed");
            relocs.push(Reloc { offset, kind, symbol, addend });
        }
        self.sections[target].relocs.extend(relocs);
        Ok(())
    }
}

enum RelocError {
    Malformed(String),
    Link(LinkError),
}

impl From<LinkError> for RelocError {
    fn from(error: LinkError) -> Self {
        RelocError::Link(error)
    }
}

/// Checks by the first bytes whether the input is an object file for BPF.
fn check_kind(input: Input<'_>) -> Result<(), LinkError> {
    let bytes = input.bytes;
    let what = if bytes.starts_with(b"BC\xc0\xde") || bytes.starts_with(&[0xde, 0xc0, 0x17, 0x0b]) {
        Foreign::Bitcode
    } else if bytes.starts_with(b"\0asm") {
        Foreign::Wasm
    } else if bytes.starts_with(b"!<arch>\n") || bytes.starts_with(b"!<thin>\n") {
        Foreign::Archive
    } else if !bytes.starts_with(&elf::ELFMAG) {
        Foreign::Unknown
    } else {
        let (Some(&[class, order]), Some(&[kind_low, kind_high, machine_low, machine_high])) =
            (bytes.get(4..6).and_then(<[u8]>::first_chunk), bytes.get(16..20).and_then(<[u8]>::first_chunk))
        else {
            return Err(LinkError::Malformed {
                input: input.name.to_owned(),
                reason: "the file ends within its header".to_owned(),
            });
        };
        let machine = u16::from_le_bytes([machine_low, machine_high]);
        if (class, order) != (elf::ELFCLASS64.0, elf::ELFDATA2LSB.0) {
            Foreign::Class
        } else if machine != EM_BPF {
            Foreign::Machine { machine }
        } else if u16::from_le_bytes([kind_low, kind_high]) != elf::ET_REL.0 {
            Foreign::NotRelocatable
        } else {
            return Ok(());
        }
    };
    Err(LinkError::NotAnObject { input: input.name.to_owned(), what })
}

fn read_section<'a>(
    input: Input<'a>,
    name: &'a str,
    section: &'a elf::SectionHeader64<LittleEndian>,
) -> Result<Section<'a>, LinkError> {
    let malformed = |reason: String| {
        Err(LinkError::Malformed {
            input: input.name.to_owned(),
            reason: format!("section `{name}`: {reason}"),
        })
    };
    let kind = section_kind(name, section);
    let data = match section.data(LE, input.bytes) {
        Ok(data) => data,
        Err(error) => return malformed(error.to_string()),
    };
    let size = if kind == SectionKind::Bss { section.sh_size(LE) } else { data.len() as u64 };
    if size > u64::from(MAX_REGION) {
        return malformed(format!("it is too large: {size} bytes"));
    }
    let align = section.sh_addralign(LE).max(1);
    if !align.is_power_of_two() || align > 4096 {
        return malformed(format!("an alignment of {align} is not supported"));
    }
    if kind == SectionKind::Text && size % 8 != 0 {
        return malformed(format!("its {size} bytes are not a whole number of instructions"));
    }
    Ok(Section { name, kind, data, size, align, relocs: Vec::new() })
}

fn section_kind(name: &str, section: &elf::SectionHeader64<LittleEndian>) -> SectionKind {
    let flags = section.sh_flags(LE).0;
    let kind = section.sh_type(LE);
    let has = |flag: elf::SectionFlags| flags & flag.0 != 0;
    if name == ".jumptables" {
        return SectionKind::JumpTables;
    }
    if name == ".stack_sizes" {
        return SectionKind::StackSizes;
    }
    if name.starts_with(".debug_") && !has(elf::SHF_COMPRESSED) {
        return SectionKind::Debug;
    }
    // Nothing unwinds, so no program reads `.eh_frame`, although it is allocated.
    if !has(elf::SHF_ALLOC) || name.starts_with(".eh_frame") {
        return SectionKind::Ignored;
    }
    if has(elf::SHF_EXECINSTR) {
        return SectionKind::Text;
    }
    if kind == elf::SHT_NOBITS {
        return SectionKind::Bss;
    }
    if kind != elf::SHT_PROGBITS {
        return SectionKind::Ignored;
    }
    // `.data.rel.ro` holds constants with addresses, which the linker writes; nothing changes them later.
    if has(elf::SHF_WRITE) && !name.starts_with(".data.rel.ro") {
        SectionKind::Data
    } else {
        SectionKind::Rodata
    }
}

fn read_symbols<'a>(table: &SymbolTable<'a, Elf>, sections: usize) -> Result<Vec<Symbol<'a>>, String> {
    let mut symbols = Vec::with_capacity(table.len());
    for (index, symbol) in table.enumerate() {
        let bytes = table.symbol_name(LE, symbol).map_err(|error| format!("symbol {index}: {error}"))?;
        let name =
            std::str::from_utf8(bytes).map_err(|_| format!("the name of symbol {index} is not UTF-8"))?;
        let value = symbol.st_value(LE);
        let place = match symbol.st_shndx(LE) {
            elf::SHN_UNDEF => SymbolPlace::Undefined,
            elf::SHN_ABS => SymbolPlace::Absolute(value),
            elf::SHN_COMMON => {
                if !value.is_power_of_two() || value > 4096 {
                    return Err(format!(
                        "symbol `{name}` has an alignment of {value}, which is not supported"
                    ));
                }
                SymbolPlace::Common(value)
            }
            _ => {
                let section = table
                    .symbol_section(LE, symbol, index)
                    .map_err(|error| format!("symbol `{name}`: {error}"))?;
                match section {
                    Some(SectionIndex(section)) if section < sections => SymbolPlace::Section(section, value),
                    Some(SectionIndex(section)) => {
                        return Err(format!(
                            "symbol `{name}` lies in section {section}, which does not exist"
                        ))
                    }
                    None => SymbolPlace::Undefined,
                }
            }
        };
        let binding = match symbol.st_bind() {
            elf::STB_LOCAL => Binding::Local,
            elf::STB_WEAK => Binding::Weak,
            _ => Binding::Global,
        };
        let kind = match symbol.st_type() {
            elf::STT_FUNC => SymbolKind::Function,
            elf::STT_SECTION => SymbolKind::Section,
            _ => SymbolKind::Other,
        };
        symbols.push(Symbol { name, place, size: symbol.st_size(LE), binding, kind });
    }
    Ok(symbols)
}

fn read_groups<'a>(
    input: Input<'a>,
    table: &SectionTable<'a, Elf>,
    symbol_table: &SymbolTable<'a, Elf>,
    symbols: &[Symbol<'a>],
) -> Result<Vec<Group<'a>>, String> {
    let mut groups = Vec::new();
    for section in table.iter() {
        let Some((flags, members)) = section.group(LE, input.bytes).map_err(|error| error.to_string())?
        else {
            continue;
        };
        if flags != elf::GRP_COMDAT {
            continue;
        }
        if section.link(LE) != symbol_table.section() {
            return Err("a section group has no symbol table".to_owned());
        }
        let signature = symbols
            .get(section.sh_info(LE) as usize)
            .ok_or("the signature symbol of a section group does not exist")?
            .name;
        let sections: Vec<usize> = members.iter().map(|member| member.get(LE) as usize).collect();
        if sections.iter().any(|&section| section >= table.len()) {
            return Err(format!("section group `{signature}` has a member that does not exist"));
        }
        groups.push(Group { signature, sections });
    }
    Ok(groups)
}

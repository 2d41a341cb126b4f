//! Generates an ELF object with frame sizes from legalised IR.
//!
//! The problem: the linker needs the size of each function's frame. LLVM writes it to a section
//! `.stack_sizes` only if a field of its C++ `TargetOptions` is set, which LLVM-C cannot do. But with the
//! attribute `"warn-stack-size"="0"` on a function, LLVM reports every frame of more than 0 bytes as a
//! diagnostic. The section is written from these reports. It has LLVM's own format, so the linker sees no
//! difference: for each function its address (8 bytes, relocated) and its frame size (ULEB128).
//!
//! Invariant: every function with code has one entry.

use std::collections::BTreeMap;

use object::build;
use object::elf;

use crate::error::{LegalizeError, Place};
use crate::llvm::{Diagnostic, Module, Severity, TargetMachine};
use crate::rewrite::refuse::demangle;
use crate::{version, Object, Report};

/// Generates code.
///
/// # Errors
/// [`LegalizeError::BackEnd`], [`LegalizeError::Fatal`], [`LegalizeError::Object`].
pub fn emit(module: &mut Module, target: &TargetMachine) -> Result<Object, LegalizeError> {
    for function in module.functions() {
        if !function.is_declaration() {
            function.add_text_attribute("warn-stack-size", "0");
        }
    }
    let emitted = module.emit_object(target);
    let mut frames = BTreeMap::new();
    let mut notes = Vec::new();
    for diagnostic in module.take_diagnostics() {
        if diagnostic.severity == Severity::Error {
            return Err(back_end_error(&diagnostic));
        }
        match frame_report(&diagnostic.text) {
            Some((function, bytes)) => {
                frames.insert(function, bytes);
            }
            None if diagnostic.severity == Severity::Warning => notes.push(diagnostic.text),
            None => {}
        }
    }
    let elf = emitted.map_err(LegalizeError::Fatal)?;
    let elf = add_stack_sizes(&elf, &frames).map_err(|e| LegalizeError::Object(e.to_string()))?;
    let report = Report { llvm: version(module.llvm()), frames: frames.into_iter().collect(), notes };
    Ok(Object { elf, report })
}

/// `…: stack frame size (48) exceeds limit (0) in function 'name'`.
fn frame_report(text: &str) -> Option<(String, u64)> {
    let (_, rest) = text.split_once("stack frame size (")?;
    let (bytes, rest) = rest.split_once(')')?;
    let (_, name) = rest.split_once("in function '")?;
    Some((name.strip_suffix('\'')?.to_owned(), bytes.parse().ok()?))
}

/// `file:line:column: in function NAME TYPE: what`, or anything else.
fn back_end_error(diagnostic: &Diagnostic) -> LegalizeError {
    let text = diagnostic.text.as_str();
    let unknown =
        || LegalizeError::BackEnd { function: String::new(), place: None, message: text.to_owned() };
    let Some((place, rest)) = text.split_once(": in function ") else { return unknown() };
    let Some((function, rest)) = rest.split_once(' ') else { return unknown() };
    let message = rest.split_once(": ").map_or(rest, |(_, message)| message);
    let mut parts = place.rsplitn(3, ':');
    let (_column, line, file) = (parts.next(), parts.next(), parts.next());
    let place = match (file, line.and_then(|l| l.parse().ok())) {
        (Some(file), Some(line)) if line > 0 => Some(Place::new(file, line)),
        _ => None,
    };
    LegalizeError::BackEnd { function: demangle(function), place, message: message.trim_end().to_owned() }
}

/// A 64-bit address in data, BPF psABI ("R_BPF_64_ABS64"); `object` has no name for it.
const R_BPF_64_ABS64: elf::RelocationType = elf::RelocationType(2);

/// Adds the section.
fn add_stack_sizes(elf: &[u8], frames: &BTreeMap<String, u64>) -> Result<Vec<u8>, build::Error> {
    let mut builder = build::elf::Builder::read(elf)?;
    let functions: Vec<_> = builder
        .symbols
        .iter()
        .filter(|s| s.st_type() == elf::STT_FUNC && s.section.is_some())
        .map(|s| (s.id(), frames.get(&*String::from_utf8_lossy(&s.name)).copied().unwrap_or(0)))
        .collect();
    let text = builder.sections.iter().find(|s| s.name.as_slice() == b".text").map(|section| section.id());
    let mut data = Vec::new();
    let mut relocations = Vec::new();
    for (symbol, bytes) in functions {
        relocations.push(build::elf::Relocation {
            r_offset: data.len() as u64,
            symbol: Some(symbol),
            r_type: R_BPF_64_ABS64,
            r_addend: 0,
        });
        data.extend([0; 8]);
        put_uleb128(&mut data, bytes);
    }
    let symbols = builder
        .sections
        .iter()
        .find(|s| matches!(s.data, build::elf::SectionData::Symbol))
        .map(|section| section.id());
    let section = builder.sections.add();
    section.name = ".stack_sizes".into();
    section.sh_link_section = text;
    section.sh_type = elf::SHT_PROGBITS;
    section.sh_addralign = 1;
    section.data = build::elf::SectionData::Data(data.into());
    let target = section.id();
    let relocation = builder.sections.add();
    relocation.name = ".rel.stack_sizes".into();
    relocation.sh_type = elf::SHT_REL;
    relocation.sh_flags = elf::SHF_INFO_LINK;
    relocation.sh_info_section = Some(target);
    relocation.sh_link_section = symbols;
    relocation.sh_addralign = 8;
    relocation.sh_entsize = 16;
    relocation.data = build::elf::SectionData::Relocation(relocations);
    // LLVM stores section names and symbol names in one table; `object` writes two.
    if !builder.sections.iter().any(|s| matches!(s.data, build::elf::SectionData::SectionString)) {
        let names = builder.sections.add();
        names.name = ".shstrtab".into();
        names.sh_type = elf::SHT_STRTAB;
        names.sh_addralign = 1;
        names.data = build::elf::SectionData::SectionString;
    }
    let mut bytes = Vec::new();
    builder.write(&mut bytes)?;
    Ok(bytes)
}

/// Unsigned LEB128 (DWARF 5 §7.6).
fn put_uleb128(out: &mut Vec<u8>, mut value: u64) {
    loop {
        let low = (value & 0x7f) as u8;
        value >>= 7;
        if value == 0 {
            out.push(low);
            return;
        }
        out.push(low | 0x80);
    }
}

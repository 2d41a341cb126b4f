//! The linker: nothing panics, and a successful link gives a program image, the same one each time.

#![no_main]

use bpf_linker::{link, symbolize::Symbolizer, Input, Options, Rewrite};
use contract_abi::image::Image;
use inkbpf_fuzz::Plan;
use libfuzzer_sys::arbitrary::{Arbitrary, Unstructured};
use libfuzzer_sys::fuzz_target;
use object::elf::RelocationType;
use object::write::{Object, Relocation, StandardSection, Symbol, SymbolSection};
use object::{Architecture, BinaryFormat, Endianness, RelocationFlags, SectionKind};
use object::{SymbolFlags, SymbolKind, SymbolScope};

fn check(file: &[u8]) {
    let run = |debug, rewrites: &[Rewrite]| {
        let options = Options { debug, rewrites: rewrites.to_vec(), ..Options::default() };
        link(&[Input { name: "fuzz.o", bytes: file }], &options)
    };
    for rewrites in [&[][..], &Rewrite::ALL] {
        let Ok(output) = run(false, rewrites) else { continue };
        let image = Image::parse(&output.image).expect("what is written is canonical");
        assert_eq!(run(false, rewrites).expect("it has linked").image, output.image);
        // Debug information may be refused, but must not change the program.
        if let Ok(with_debug) = run(true, rewrites) {
            assert_eq!(with_debug.image, output.image);
            let debug = with_debug.debug.expect("it was asked for");
            if let Ok(symbolizer) = Symbolizer::new(&debug) {
                for function in &image.functions {
                    let _ = symbolizer.location(function.first);
                }
            }
        }
    }
}

/// An object with the plan's functions, their frame sizes, and relocations that refer to each other and to
/// data.
fn object(plan: &Plan, u: &mut Unstructured<'_>) -> Option<Vec<u8>> {
    let mut object = Object::new(BinaryFormat::Elf, Architecture::Bpf, Endianness::Little);
    let text = object.section_id(StandardSection::Text);
    let rodata = object.section_id(StandardSection::ReadOnlyData);
    let sizes = object.add_section(Vec::new(), b".stack_sizes".to_vec(), SectionKind::Other);
    object.append_section_data(text, &plan.text, 8);
    object.append_section_data(rodata, &plan.rodata, 8);
    let mut symbols = vec![object.section_symbol(text), object.section_symbol(rodata)];
    for (index, function) in plan.functions.iter().enumerate() {
        let name = match index {
            0 => "deploy".to_owned(),
            _ if index + 1 == plan.functions.len() => "call".to_owned(),
            _ => format!("f{index}"),
        };
        symbols.push(object.add_symbol(Symbol {
            name: name.into_bytes(),
            value: u64::from(function.first) * 8,
            size: u64::from(function.slots) * 8,
            kind: SymbolKind::Text,
            scope: SymbolScope::Linkage,
            weak: false,
            section: SymbolSection::Section(text),
            flags: SymbolFlags::None,
        }));
        let entry = [&(u64::from(function.first) * 8).to_le_bytes()[..], &[0x80, 4]].concat();
        let offset = object.append_section_data(sizes, &entry, 1);
        let flags = RelocationFlags::Elf { r_type: RelocationType(2) };
        object.add_relocation(sizes, Relocation { offset, symbol: symbols[0], addend: 0, flags }).ok()?;
    }
    for _ in 0..u.int_in_range(0..=24).ok()? {
        let section = if u.arbitrary().ok()? { text } else { rodata };
        let r_type = RelocationType(*u.choose(&[1, 2, 3, 4, 10]).ok()?);
        let symbol = *u.choose(&symbols).ok()?;
        let offset = u.int_in_range(0..=plan.text.len() as u64 / 8).ok()? * 8;
        let flags = RelocationFlags::Elf { r_type };
        object.add_relocation(section, Relocation { offset, symbol, addend: 0, flags }).ok()?;
    }
    object.write().ok()
}

fuzz_target!(|data: &[u8]| {
    check(data);
    let mut u = Unstructured::new(data);
    let Ok(plan) = Plan::arbitrary(&mut u) else { return };
    let Some(mut file) = object(&plan, &mut u) else { return };
    check(&file);
    while let (Ok(index), Ok(byte)) = (u.choose_index(file.len()), u8::arbitrary(&mut u)) {
        if byte == 0 {
            break;
        }
        file[index] ^= byte;
        check(&file);
    }
});

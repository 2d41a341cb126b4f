//! Object files made by the test itself, so that it runs where LLVM is not installed: what relocations
//! do, and that no file, however broken, does more harm than an error.

mod common;

use bpf_isa::text::{assemble_bytes, Syntax};
use bpf_linker::{link, Foreign, Input, LinkError, Options, Rewrite};
use contract_abi::image::Image;
use contract_abi::memory::{CODE_BASE, DATA_BASE, RODATA_BASE};
use object::write::{Object, Relocation, Symbol, SymbolSection};
use object::{elf, Architecture, BinaryFormat, Endianness, RelocationFlags, SectionKind};
use object::{SymbolFlags, SymbolKind, SymbolScope};
use proptest::prelude::*;

/// An object with an entry point that reads a table of functions from read-only data, calls one, a
/// contract function and another function by relocation, and writes data.
fn sample() -> Vec<u8> {
    let code = |text| assemble_bytes(text, Syntax::Llvm).unwrap();
    let mut object = Object::new(BinaryFormat::Elf, Architecture::Bpf, Endianness::Little);
    let text = object.section_id(object::write::StandardSection::Text);
    let rodata = object.section_id(object::write::StandardSection::ReadOnlyData);
    let data = object.section_id(object::write::StandardSection::Data);
    let sizes = object.add_section(Vec::new(), b".stack_sizes".to_vec(), SectionKind::Other);

    let bodies = [
        ("call", code("r6 = 8 ll\nr1 = *(u64 *)(r6 + 0)\ncallx r1\ncall local -1\ncall local -1\nr1 = 0 ll\n*(u64 *)(r1 + 0) = r0\nr2 = r10\nexit")),
        ("deploy", code("r0 = 1\nexit")),
        ("pointed", code("r0 = 2\nexit")),
        ("unused", code("r0 = 3\nexit")),
    ];
    let mut ids = Vec::new();
    for (name, body) in &bodies {
        let value = object.append_section_data(text, body, 8);
        ids.push(object.add_symbol(Symbol {
            name: name.as_bytes().to_vec(),
            value,
            size: body.len() as u64,
            kind: SymbolKind::Text,
            scope: SymbolScope::Linkage,
            weak: false,
            section: SymbolSection::Section(text),
            flags: SymbolFlags::None,
        }));
    }
    let helper = object.add_symbol(Symbol {
        name: b"seal0::caller_is_origin".to_vec(),
        value: 0,
        size: 0,
        kind: SymbolKind::Unknown,
        scope: SymbolScope::Unknown,
        weak: false,
        section: SymbolSection::Undefined,
        flags: SymbolFlags::None,
    });
    object.append_section_data(rodata, &[0; 16], 8);
    object.append_section_data(data, &[9; 8], 8);
    // Addends lie in the fields, which `object` knows only for other machines.
    let text_symbol = object.section_symbol(text);
    let rodata_symbol = object.section_symbol(rodata);
    let data_symbol = object.section_symbol(data);
    let reloc = |object: &mut Object<'_>, section, offset, symbol, number| {
        let flags = RelocationFlags::Elf { r_type: elf::RelocationType(number) };
        object.add_relocation(section, Relocation { offset, symbol, addend: 0, flags }).unwrap();
    };
    reloc(&mut object, text, 0, rodata_symbol, 1);
    reloc(&mut object, text, 32, helper, 10);
    reloc(&mut object, text, 40, ids[1], 10);
    reloc(&mut object, text, 48, data_symbol, 1);
    reloc(&mut object, rodata, 8, ids[2], 2);
    let mut at = 0u64;
    for (_, body) in &bodies {
        let entry = [&at.to_le_bytes()[..], &[24]].concat();
        let offset = object.append_section_data(sizes, &entry, 1);
        reloc(&mut object, sizes, offset, text_symbol, 2);
        at += body.len() as u64;
    }
    object.write().unwrap()
}

fn run(bytes: &[u8]) -> Result<bpf_linker::Output, LinkError> {
    link(&[Input { name: "a.o", bytes }], &Options::default())
}

#[test]
fn relocations_become_numbers() {
    let options = Options { rewrites: vec![Rewrite::WideLoads], ..Options::default() };
    let output = link(&[Input { name: "a.o", bytes: &sample() }], &options).unwrap();
    let image = Image::parse(&output.image).unwrap();
    // `deploy` is the first entry point, `call` the second; `pointed` is met in its data; `unused` is not.
    let names: Vec<_> = output.report.functions.iter().map(|function| function.symbol.as_str()).collect();
    assert_eq!(names, ["deploy", "call", "pointed"]);
    assert_eq!(output.report.unused, ["unused"]);
    let caller_is_origin = 24;
    assert_eq!(
        common::listing(&image, 1),
        [
            format!("r6 = {}", RODATA_BASE + 8),
            "r1 = *(u64 *)(r6 + 0)".to_owned(),
            "callx r1".to_owned(),
            format!("call {caller_is_origin}"),
            "call function 0".to_owned(),
            format!("r1 = {DATA_BASE}"),
            "*(u64 *)(r1 + 0) = r0".to_owned(),
            "r2 = r10".to_owned(),
            "exit".to_owned(),
        ]
    );
    let pointer = u64::from_le_bytes(image.rodata[8..16].try_into().unwrap());
    assert_eq!(pointer, u64::from(CODE_BASE) + 8 * u64::from(image.functions[2].first));
    let taken: Vec<_> = image.functions.iter().map(|function| function.address_taken).collect();
    assert_eq!(taken, [false, false, true]);
    assert!(image.functions.iter().all(|function| function.frame_size == 32), "24 bytes, rounded up to 16s");
    assert_eq!(image.data, [9; 8]);
}

#[test]
fn every_truncation_is_an_error() {
    let file = sample();
    for len in 0..file.len() {
        assert!(run(&file[..len]).is_err(), "{len} of {} bytes", file.len());
    }
}

// Whatever still links must be a program image; nothing may panic.
#[test]
fn no_flipped_bit_panics() {
    let file = sample();
    for bit in 0..file.len() * 8 {
        let mut flipped = file.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        if let Ok(output) = run(&flipped) {
            Image::parse(&output.image).unwrap();
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]
    // Several bytes at once reach states that single bits do not.
    #[test]
    fn no_damage_panics(damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12)) {
        let mut file = sample();
        for (index, byte) in damage {
            let at = index.index(file.len());
            file[at] = byte;
        }
        if let Ok(output) = run(&file) {
            Image::parse(&output.image).unwrap();
        }
    }
}

#[test]
fn other_files_are_named() {
    let refused = |bytes: &[u8]| match run(bytes) {
        Err(LinkError::NotAnObject { input, what }) => {
            assert_eq!(input, "a.o");
            what
        }
        other => panic!("{other:?}"),
    };
    assert_eq!(refused(b""), Foreign::Unknown);
    assert_eq!(refused(b"BC\xc0\xde rest"), Foreign::Bitcode);
    assert_eq!(refused(b"\0asm\x01\0\0\0"), Foreign::Wasm);
    assert_eq!(refused(b"!<arch>\n"), Foreign::Archive);
    let mut file = sample();
    file[18] = 62;
    assert_eq!(refused(&file), Foreign::Machine { machine: 62 });
    let mut file = sample();
    file[5] = 2;
    assert_eq!(refused(&file), Foreign::Class);
    let image = run(&sample()).unwrap().image;
    assert_eq!(refused(&image), Foreign::NotRelocatable);
}

#[test]
fn sizes_have_limits() {
    let file = sample();
    let with = |stack_size, heap_size| {
        let options = Options { stack_size, heap_size, ..Options::default() };
        link(&[Input { name: "a.o", bytes: &file }], &options)
    };
    assert_eq!(with(100, None), Err(LinkError::Misaligned { name: "stack size", value: 100 }));
    assert_eq!(with(1024, Some(8)), Err(LinkError::Misaligned { name: "heap size", value: 8 }));
    assert!(matches!(with(2 << 20, None), Err(LinkError::TooLarge { .. })));
    assert!(matches!(with(1024, Some(1 << 20)), Err(LinkError::TooLarge { .. })));
    // Nothing refers to the heap, so there is none unless it is asked for.
    assert_eq!(with(1024, None).unwrap().report.heap, 0);
    assert_eq!(with(1024, Some(4096)).unwrap().report.heap, 4096);
    assert_eq!(link(&[], &Options::default()), Err(LinkError::NoInput));
}

#[test]
fn two_runs_give_the_same_bytes() {
    assert_eq!(run(&sample()), run(&sample()));
}

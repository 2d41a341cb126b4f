//! Conformance: our own files on every engine, and the public suite where it is at hand.
//!
//! `tests/conformance/*.data` are ours; the format is described in `examples/support/case.rs`. With
//! `BLESS=1` their gas figures are rewritten. The public suite is looked for in `BPF_CONFORMANCE`, then
//! beside the repository.

#[path = "../examples/support/mod.rs"]
mod support;

use bpf_vm::blocks::Block;
use bpf_vm::Engine;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use support::case::{Case, Source};
use support::engine;
use support::judge::{judge, Side};

fn files(dir: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(dir)
        .unwrap_or_else(|error| panic!("{}: {error}", dir.display()))
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "data"))
        .collect();
    files.sort();
    assert!(!files.is_empty(), "{} is empty", dir.display());
    files
}

fn own() -> Vec<PathBuf> {
    files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance"))
}

/// The public suite, or a message that it is not there.
fn suite() -> Option<PathBuf> {
    let named = std::env::var_os("BPF_CONFORMANCE").map(PathBuf::from);
    let dir = named
        .clone()
        .unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/conformance"));
    if dir.join("tests").is_dir() {
        return Some(dir);
    }
    assert!(named.is_none(), "BPF_CONFORMANCE names {}, which holds no tests", dir.display());
    eprintln!("SKIPPED: the public conformance suite is not at {}", dir.display());
    None
}

/// Fails with one line for each file that does not hold.
fn all_hold(files: impl IntoIterator<Item = (PathBuf, Side)>) {
    let mut failures = Vec::new();
    for (path, side) in files {
        for engine in engine::engines() {
            if let Err(reason) = judge(&path, side, engine) {
                failures.push(format!("{} on {}: {reason}", path.display(), engine.name()));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn our_files_hold() {
    if std::env::var_os("BLESS").is_some() {
        own().iter().for_each(|path| bless(path));
    }
    all_hold(own().into_iter().map(|path| (path, Side::Positive)));
}

#[test]
fn the_public_suite_holds() {
    let Some(dir) = suite() else { return };
    let tests = files(&dir.join("tests")).into_iter().map(|path| (path, Side::Positive));
    let negative = files(&dir.join("negative")).into_iter().map(|path| (path, Side::Negative));
    all_hold(tests.chain(negative));
}

// The forms that files of the public suite come in, of which not all are among those at hand.
#[test]
fn programs_come_as_text_bytes_or_numbers() {
    let r0 = |source: &str| {
        let case = Case::parse("form", source).map_err(|error| error.to_string())?;
        let program = engine::load(&case.program).map_err(|refusal| refusal.to_string())?;
        let outcome = engine::run(Engine::Interpreter, &Arc::new(program), &case.mem, 1000)?;
        match outcome.exit {
            bpf_vm::Exit::Finished { r0, .. } => Ok(r0),
            exit => Err(format!("{exit:?}")),
        }
    };
    let text = "-- asm\nmov r0, 42 # forty-two\nexit\n";
    let bytes = "-- raw\nb7 00 00 00 2a 00 00 00\n95 00 00 00 00 00 00 00\n";
    let numbers = "-- raw\n0x0000002a000000b7\n0x0000000000000095\n";
    let decimal = "-- raw\n180388626615\n149\n";
    let only_comments = format!("-- asm\n# written by hand below\n{numbers}");
    for source in [text, bytes, numbers, decimal, &only_comments, &format!("{text}{bytes}")] {
        assert_eq!(r0(source), Ok(42), "{source}");
    }
    assert_eq!(
        r0(&format!("{text}-- raw\n95 00 00 00 00 00 00 00")),
        Err("the bytes are not those of the text".into())
    );
    assert_eq!(r0("-- mem\n00"), Err("there is no program".into()));
    assert_eq!(r0("-- asm\n# nothing"), Err("the program is empty".into()));
    assert_eq!(r0("-- map\n-- asm\nexit"), Err("the section \"map\" is not known".into()));
    assert_eq!(r0("-- asm\nmov r0, 1\nmov r1\nexit"), Err("\"mov r1\": expected , at column 7".into()));
    // Carriage returns, and memory with a sign of its base.
    assert_eq!(r0("-- asm\r\nldxb r0, [r1]\r\nexit\r\n-- mem\r\n0x2a 0x00\r\n"), Ok(42));
}

/// Writes the gas that was used into a file that has a line for it.
fn bless(path: &Path) {
    let text = std::fs::read_to_string(path).unwrap();
    let Ok(case) = Case::parse("blessed", &text) else { return };
    if case.gas_used.is_none() {
        return;
    }
    let program = Arc::new(engine::load(&case.program).unwrap());
    let limit = case.gas_limit.unwrap_or(u64::MAX);
    let outcome = engine::run(Engine::Interpreter, &program, &case.mem, limit).unwrap();
    let lines = text.lines().map(|line| match line.starts_with("used ") {
        true => format!("used {}\n", limit - outcome.gas_left),
        false => format!("{line}\n"),
    });
    std::fs::write(path, lines.collect::<String>()).unwrap();
}

// Every program that runs, with each amount of gas that matters: with what it used it does the same again
// and has none left, with any less it stops at the first instruction of a block that it can no longer
// pay, and what it did before is the same for the same gas.
#[test]
fn gas_is_exact_for_every_limit() {
    let mut paths = own();
    if let Some(dir) = suite() {
        paths.extend(files(&dir.join("tests")));
    }
    let mut programs = 0;
    for path in paths {
        let Ok(case) = Case::read(&path) else { continue };
        let Ok(program) = engine::load(&case.program) else { continue };
        let program = Arc::new(program);
        for engine in engine::engines() {
            let run = |gas| engine::run(engine, &program, &case.mem, gas).unwrap();
            let limit = case.gas_limit.unwrap_or(1 << 36);
            let free = run(limit);
            let used = limit - free.gas_left;
            if free.exit == bpf_vm::Exit::OutOfGas {
                continue;
            }
            let exact = run(used);
            assert_eq!(exact.gas_left, 0, "{}", path.display());
            assert_eq!((exact.exit, exact.pc), (free.exit, free.pc), "{}", path.display());
            assert_eq!(
                (exact.registers, &exact.memory),
                (free.registers, &free.memory),
                "{}",
                path.display()
            );
            // All amounts for short runs, some for long ones.
            let step = (used / 20).max(1);
            for gas in (0..used).step_by(step as usize).chain(used.checked_sub(1)) {
                let short = run(gas);
                assert_eq!(short.exit, bpf_vm::Exit::OutOfGas, "{} with {gas}", path.display());
                let unpaid =
                    |block: &Block| block.first == short.pc && u64::from(block.cost) > short.gas_left;
                // An intrinsic, which only an image can call, stops in mid-block if the gas does not cover its bytes.
                let expected =
                    program.blocks().iter().any(unpaid) || matches!(case.program, Source::Image(_));
                assert!(expected, "{} with {gas}", path.display());
                assert_eq!(run(gas), short, "{} with {gas}", path.display());
            }
        }
        programs += 1;
    }
    assert!(programs > 50, "only {programs} programs");
}

// The plugin's protocol, as the public runner speaks it: bytes with two blanks between them.
#[test]
fn the_plugin_gives_the_same_results() {
    let mut paths = own();
    if let Some(dir) = suite() {
        paths.extend(files(&dir.join("tests")));
    }
    let spaced = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}  ")).collect::<String>();
    let mut asked = 0;
    for path in paths {
        let Ok(case) = Case::read(&path) else { continue };
        let (Some(result), Source::Text(text)) = (case.result, &case.program) else { continue };
        for engine in engine::engines() {
            let mut arguments = vec!["--engine".to_owned(), engine.name().to_owned()];
            if !case.mem.is_empty() {
                arguments.insert(0, spaced(&case.mem));
            }
            let answer = support::plugin::run(arguments.clone().into_iter(), &mut spaced(text).as_bytes());
            assert_eq!(answer, Ok(result), "{}", path.display());
            // The same as an ELF file with one section and one symbol, as the runner makes it of a test.
            arguments.push("--elf".to_owned());
            let file = spaced(&elf::of_text(text));
            let answer = support::plugin::run(arguments.into_iter(), &mut file.as_bytes());
            assert_eq!(answer, Ok(result), "{} as ELF", path.display());
        }
        asked += 1;
    }
    assert!(asked > 20, "only {asked} files");
}

#[test]
fn the_plugin_says_what_is_wrong() {
    let ask = |arguments: &[&str], stdin: &[u8]| {
        let arguments: Vec<String> = arguments.iter().map(|&argument| argument.to_owned()).collect();
        support::plugin::run(arguments.into_iter(), &mut &*stdin).unwrap_err()
    };
    let exit = b"95 00 00 00 00 00 00 00";
    assert!(ask(&["--engine", "warp"], exit).starts_with("there is no engine \"warp\"; known: interp"));
    assert_eq!(ask(&["--engine"], exit), "--engine wants a name");
    assert_eq!(ask(&["--fast"], exit), "unknown option \"--fast\"");
    assert_eq!(ask(&["0g"], exit), "\"0g\" is not bytes in hexadecimal");
    assert!(ask(&[], b"").contains("0 bytes long"));
    assert!(ask(&[], b"ff 00 00 00 00 00 00 00").contains("no instruction has the opcode 0xff"));
    assert!(ask(&[], b"61 10 00 00 00 00 00 00 95 00 00 00 00 00 00 00").contains("read from memory"));
    assert!(ask(&["--elf"], exit).contains("file magic"));
}

/// ELF objects as compilers write them.
mod elf {
    use super::support::{elf::to_program, plugin};
    use bpf_isa::text::{assemble_bytes, Syntax};
    use object::write::{Object, Relocation, Symbol, SymbolSection};
    use object::{
        elf, Architecture, BinaryFormat, Endianness, SectionKind, SymbolFlags, SymbolKind, SymbolScope,
    };

    /// A file with this text, whose function is `main`.
    pub fn of_text(text: &[u8]) -> Vec<u8> {
        let mut object = Object::new(BinaryFormat::Elf, Architecture::Bpf, Endianness::Little);
        let section = object.section_id(object::write::StandardSection::Text);
        object.append_section_data(section, text, 8);
        function(&mut object, section, "main", 0);
        object.write().unwrap()
    }

    fn code(source: &str) -> Vec<u8> {
        assemble_bytes(source, Syntax::Llvm).unwrap()
    }

    fn function(
        object: &mut Object<'_>,
        section: object::write::SectionId,
        name: &str,
        at: u64,
    ) -> object::write::SymbolId {
        object.add_symbol(Symbol {
            name: name.as_bytes().to_vec(),
            value: at,
            size: 0,
            kind: SymbolKind::Text,
            scope: SymbolScope::Linkage,
            weak: false,
            section: SymbolSection::Section(section),
            flags: SymbolFlags::None,
        })
    }

    fn relocate(
        object: &mut Object<'_>,
        section: object::write::SectionId,
        offset: u64,
        symbol: object::write::SymbolId,
        r_type: u32,
    ) {
        let flags = object::RelocationFlags::Elf { r_type: elf::RelocationType(r_type) };
        object.add_relocation(section, Relocation { offset, symbol, addend: 0, flags }).unwrap();
    }

    // An entry in a section of its own; functions in `.text`, one of them behind a pointer in data; a table in
    // read-only data. The addends are where clang puts them: in the instructions.
    fn sample() -> Vec<u8> {
        let mut object = Object::new(BinaryFormat::Elf, Architecture::Bpf, Endianness::Little);
        let text = object.section_id(object::write::StandardSection::Text);
        let callees = code("r0 = r1\nr0 += r0\nexit\nr0 = r1\nr0 = -r0\nexit");
        object.append_section_data(text, &callees, 8);
        let double = function(&mut object, text, "double", 0);
        let negate = function(&mut object, text, "negate", 24);

        let rodata = object.section_id(object::write::StandardSection::ReadOnlyData);
        object.append_section_data(rodata, &[1, 2, 3, 4, 5, 6, 7, 8, 40, 0], 8);
        let rodata_symbol = object.section_symbol(rodata);
        let data = object.section_id(object::write::StandardSection::Data);
        object.append_section_data(data, &[0; 8], 8);
        let data_symbol = object.section_symbol(data);
        relocate(&mut object, data, 0, negate, 2);

        let xdp = object.add_section(Vec::new(), b"xdp".to_vec(), SectionKind::Text);
        // The load's addend is 8; a call of a global function has the addend -1.
        let main = code(
            "r1 = 8 ll\nr1 = *(u8 *)(r1 + 0)\ncall local -1\nr2 = 0 ll\nr2 = *(u64 *)(r2 + 0)\nr1 = r0\ncallx r2\nexit",
        );
        object.append_section_data(xdp, &main, 8);
        function(&mut object, xdp, "entry", 0);
        relocate(&mut object, xdp, 0, rodata_symbol, 1);
        relocate(&mut object, xdp, 24, double, 10);
        relocate(&mut object, xdp, 32, data_symbol, 1);
        object.write().unwrap()
    }

    #[test]
    fn runs_with_its_relocations() {
        let object = sample();
        let run = |stdin: &[u8]| plugin::run(["--elf".to_owned()].into_iter(), &mut &*stdin);
        assert_eq!(run(&object), Ok(-80i64 as u64));
        // The public runner sends the file in hexadecimal.
        let hex: String = object.iter().map(|byte| format!("{byte:02x} ")).collect();
        assert_eq!(run(hex.as_bytes()), Ok(-80i64 as u64));
    }

    #[test]
    fn a_file_with_only_text_begins_at_main() {
        let mut object = Object::new(BinaryFormat::Elf, Architecture::Bpf, Endianness::Little);
        let text = object.section_id(object::write::StandardSection::Text);
        object.append_section_data(text, &code("r0 = 1\nexit\nr0 = r2\nexit"), 8);
        function(&mut object, text, "other", 0);
        function(&mut object, text, "main", 16);
        let file = object.write().unwrap();
        let arguments = ["01 02 03".to_owned(), "--elf".to_owned()];
        assert_eq!(plugin::run(arguments.into_iter(), &mut &*file), Ok(3));
    }

    #[test]
    fn damaged_files_are_errors() {
        let file = sample();
        for len in 0..file.len() {
            assert!(to_program(&file[..len]).is_err() || len > file.len() - 64, "{len} bytes");
        }
        // Whatever comes of a flipped bit, nothing panics.
        for bit in 0..file.len() * 8 {
            let mut flipped = file.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let _ = plugin::run(["--elf".to_owned()].into_iter(), &mut &*flipped);
        }
    }
}

// A program longer than 2^16 slots: jumps, calls and traps beyond what 16 bits count (rbpf computes the
// target of a jump in an i16).
#[test]
fn programs_may_be_longer_than_a_jump_reaches() {
    let filler = "add %r6, 1\n".repeat(70_000);
    let source = format!(
        "-- asm\nmov %r6, 0\nja32 start\nback:\nadd %r6, %r0\nmov %r0, %r6\nexit\nstart:\n{filler}\
         jeq %r6, 70000, +1\nexit\ncall local f\nja32 back\nf:\nmov %r0, 5\nexit\n-- result\n70005\n"
    );
    let case = Case::parse("long", &source).unwrap();
    let trap = source
        .replace("mov %r0, 5\n", "bad:\nldxb %r0, [%r0+0]\n")
        .replace("-- result\n70005", "-- trap\nReadFault at bad address 0");
    let trap = trap.replace("call local f", "mov %r0, 0\ncall local f");
    let trap = Case::parse("long trap", &trap).unwrap();
    for engine in engine::engines() {
        assert_eq!(support::judge::positive(&case, engine), Ok(()));
        assert_eq!(support::judge::positive(&trap, engine), Ok(()));
    }
}

// A contract is called by the selectors of its metadata. Metadata in which none is found is no reason to call it less.
#[test]
fn a_contract_is_called_by_all_selectors_of_its_metadata() {
    use bpf_vm::Entry;
    use support::mock;
    let constructor = r#""constructors": [{"label": "new", "selector": "0x9bae9d5e"}]"#;
    let messages = r#""messages": [{"selector": "0x00000001", "label": "a"}, {"selector": "0xfeffffff"}]"#;
    let calls = mock::calls(&format!("{{{constructor}, {messages}}}")).unwrap();
    let each = [
        (Entry::Deploy, [0x9b, 0xae, 0x9d, 0x5e]),
        (Entry::Call, [0, 0, 0, 1]),
        (Entry::Call, [0xfe, 0xff, 0xff, 0xff]),
    ];
    for (entry, selector) in each {
        assert_eq!(calls.iter().filter(|(of, data)| *of == entry && data.starts_with(&selector)).count(), 4);
    }
    assert_eq!(calls.len(), 3 * 4);
    for (metadata, missing) in [
        ("", "constructor"),
        (messages, "constructor"),
        (constructor, "message"),
        ("{\"messages\": []}", "constructor"),
    ] {
        assert!(mock::calls(metadata).unwrap_err().contains(missing), "{metadata}");
    }
    assert!(mock::any_calls().iter().any(|(entry, _)| *entry == Entry::Deploy));
}

//! `NAME.debug`: what LLVM's tools and our own symbolizer read in it, and that damage to the inputs'
//! debug information does no harm. The object comes from `tests/debug/inlined.ll`; without LLVM 22 there
//! is nothing to test, and a note says so.

mod common;

use bpf_linker::symbolize::{Frame, Origin, Symbolizer};
use bpf_linker::{link, Input, LinkError, Options, Output, Rewrite, SourceLine};
use contract_abi::image::Image;
use contract_abi::memory::CODE_BASE;
use std::path::Path;
use std::process::Command;

const LIB: &str = "/home/alice/counter/src/lib.rs";

fn source() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/debug/inlined.ll");
    std::fs::read_to_string(path).unwrap()
}

fn object() -> Option<Vec<u8>> {
    let object = common::compile_text("ll", &source());
    if object.is_none() {
        eprintln!("passed over, LLVM 22 is not installed");
    }
    object
}

fn run(object: &[u8], rewrites: &[Rewrite]) -> Output {
    let options = Options { rewrites: rewrites.to_vec(), ..Options::default() };
    link(&[Input { name: "counter.o", bytes: object }], &options).unwrap()
}

/// The slot of the only trap.
fn trap_slot(image: &Image<'_>) -> u32 {
    let call = image.text.chunks(8).position(|insn| insn == [0x85, 0, 0, 0, 0, 0x10, 0, 0]);
    call.expect("the program panics in one place") as u32
}

fn frame(function: &str, file: &str, line: u32, column: u32) -> Frame {
    let (file, line, column) = (Some(file.to_owned()), Some(line), Some(column));
    Frame { function: function.to_owned(), file, line, column }
}

#[test]
fn a_trap_is_found_in_the_source() {
    let Some(object) = object() else { return };
    for rewrites in [&[][..], &Rewrite::ALL] {
        let output = run(&object, rewrites);
        let image = Image::parse(&output.image).unwrap();
        let debug = output.debug.unwrap();
        let symbolizer = Symbolizer::new(&debug).unwrap();
        let slot = trap_slot(&image);
        let location = symbolizer.location(slot).unwrap();
        let core = "/rustc/0123/library/core/src/panicking.rs";
        assert_eq!(
            location.frames,
            [
                frame("core::panicking::panic", core, 144, 5),
                frame("counter::divide", LIB, 33, 9),
                frame("call", LIB, 13, 9),
            ]
        );
        assert_eq!(location.frames[0].origin(), Origin::Standard);
        assert_eq!(location.user().function, "counter::divide");
        assert_eq!(location.user().source(), Some(SourceLine { file: LIB.to_owned(), line: 33 }));
        assert_eq!(symbolizer.symbol(slot), Some("call"));
        let end = image.text.len() as u32 / 8;
        assert_eq!(symbolizer.location(end), None);
        assert_eq!(symbolizer.symbol(u32::MAX), None);
    }
}

// Whatever the rewrites do to the code, a line belongs to the function it was in, and none is made up.
#[test]
fn rewritten_code_keeps_its_lines() {
    let Some(object) = object() else { return };
    let lines = |rewrites: &[Rewrite]| {
        let output = run(&object, rewrites);
        let image = Image::parse(&output.image).unwrap();
        let debug = output.debug.unwrap();
        let symbolizer = Symbolizer::new(&debug).unwrap();
        let all = (0..image.text.len() as u32 / 8).map(|slot| symbolizer.location(slot).unwrap().frames);
        let known: std::collections::BTreeSet<String> = all.map(|frames| format!("{frames:?}")).collect();
        known
    };
    let plain = lines(&[]);
    let rewritten = lines(&Rewrite::ALL);
    assert!(rewritten.is_subset(&plain), "{rewritten:#?}\n{plain:#?}");
    assert!(rewritten.len() > 6);
}

#[test]
fn debug_information_does_not_change_the_image() {
    let Some(with) = object() else { return };
    let stripped: String = source()
        .lines()
        .filter(|line| !line.starts_with('!'))
        .map(|line| match line.find(", !dbg") {
            Some(at) => line[..at].to_owned() + "\n",
            None => {
                line.replace(" !dbg", " ;!dbg").split(" ;!dbg").next().unwrap().to_owned()
                    + if line.starts_with("define") { " {\n" } else { "\n" }
            }
        })
        .collect();
    let without = common::compile_text("ll", &stripped).unwrap();
    assert!(without.len() < with.len());
    let (with, without) = (run(&with, &Rewrite::ALL), run(&without, &Rewrite::ALL));
    assert_eq!(with.image, without.image);
    assert_eq!(with.report, without.report);
    // Without debug information there are still names.
    let debug = without.debug.unwrap();
    let location = Symbolizer::new(&debug).unwrap().location(1).unwrap();
    assert_eq!(location.user(), &Frame { function: "call".into(), file: None, line: None, column: None });
}

#[test]
fn an_undefined_symbol_has_a_line() {
    if object().is_none() {
        return;
    }
    let source = source().replace("\"seal0::caller_is_origin\"", "\"_RNvC6lovely4gone\"");
    let object = common::compile_text("ll", &source).unwrap();
    let result = link(&[Input { name: "counter.o", bytes: &object }], &Options::default());
    let Err(LinkError::Undefined(undefined)) = &result else { panic!("{result:?}") };
    assert_eq!(undefined.len(), 1);
    let [referrer] = &undefined[0].referrers[..] else { panic!("{undefined:?}") };
    assert_eq!(referrer.function, "call");
    assert_eq!(referrer.source, Some(SourceLine { file: LIB.to_owned(), line: 11 }));
    let text = result.unwrap_err().to_string();
    assert_eq!(text, format!("undefined symbol `lovely::gone`\n  in `call` at {LIB}:11"));
}

#[test]
fn llvm_accepts_both_files() {
    let Some(object) = object() else { return };
    let output = run(&object, &Rewrite::ALL);
    let image = common::scratch("elf");
    let debug = common::scratch("debug");
    std::fs::write(&image, &output.image).unwrap();
    std::fs::write(&debug, output.debug.as_ref().unwrap()).unwrap();
    let tool = |name: &str, args: &[&str], file: &Path| {
        let run = Command::new(name).args(args).arg(file).output().unwrap();
        let text = String::from_utf8_lossy(&run.stdout).into_owned();
        let complaints = String::from_utf8_lossy(&run.stderr).into_owned();
        assert!(run.status.success() && complaints.is_empty(), "{name} {args:?}: {complaints}\n{text}");
        text
    };
    let disassembly = tool("llvm-objdump-22", &["-d"], &image);
    assert!(disassembly.contains("exit") && !disassembly.contains("<unknown>"), "{disassembly}");
    assert!(tool("llvm-readelf-22", &["-a"], &image).contains("inkbpf"));
    tool("llvm-readelf-22", &["-a"], &debug);
    assert!(tool("llvm-dwarfdump-22", &["--verify"], &debug).contains("No errors."));
    assert!(tool("llvm-objdump-22", &["-d", "-l"], &debug).contains(&format!("; {LIB}:11")));
    let trap = trap_slot(&Image::parse(&output.image).unwrap());
    let address = format!("{:#x}", CODE_BASE + 8 * trap);
    let frames = tool("llvm-symbolizer-22", &[&address, "--obj"], &debug);
    for expected in ["counter::divide", &format!("{LIB}:33:9"), &format!("{LIB}:13:9")] {
        assert!(frames.contains(expected), "{frames}");
    }
    // Global data is where it was put, too.
    assert!(tool("llvm-dwarfdump-22", &["--name=table"], &debug).contains("DW_OP_addr 0x20000000"));
    for file in [image, debug] {
        let _ = std::fs::remove_file(file);
    }
}

// The parts of an object that only debug information uses are as little trusted as the others.
#[test]
fn damaged_debug_information_does_no_harm() {
    let Some(object) = object() else { return };
    let whole = run(&object, &[]);
    let mut state = 1u64;
    let mut random = || {
        // Numerical Recipes' generator: any spread of positions will do.
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 33) as usize
    };
    let mut still_linked = 0;
    for _ in 0..4000 {
        let mut damaged = object.clone();
        for _ in 0..1 + random() % 3 {
            let at = random() % damaged.len();
            damaged[at] = random() as u8;
        }
        let options = Options { rewrites: Vec::new(), ..Options::default() };
        if let Ok(output) = link(&[Input { name: "a.o", bytes: &damaged }], &options) {
            still_linked += usize::from(output.image == whole.image);
            let debug = output.debug.unwrap();
            if let Ok(symbolizer) = Symbolizer::new(&debug) {
                let _ = symbolizer.location(3);
            }
        }
    }
    assert!(still_linked > 100, "{still_linked}");
    // And the debug file itself.
    let debug = whole.debug.unwrap();
    for _ in 0..2000 {
        let mut damaged = debug.clone();
        for _ in 0..1 + random() % 3 {
            let at = random() % damaged.len();
            damaged[at] = random() as u8;
        }
        if let Ok(symbolizer) = Symbolizer::new(&damaged) {
            (0..20).for_each(|slot| drop(symbolizer.location(slot)));
        }
    }
    for len in 0..debug.len() {
        if let Ok(symbolizer) = Symbolizer::new(&debug[..len]) {
            let _ = symbolizer.location(3);
        }
    }
}

//! Input that cannot work is an error that says why, and the process lives.

use std::path::PathBuf;

use bpf_legalize::{legalize, LegalizeError, LlvmLocation, Options};

fn find_llvm() -> Option<LlvmLocation> {
    let named = std::env::var_os("RUSTC").map(PathBuf::from);
    let candidates = named.into_iter().chain(["rustc".into(), "/usr/bin/rustc".into()]);
    candidates.map(LlvmLocation::Rustc).find(|l| l.library().is_ok())
}

const PROGRAM: &str = "
target datalayout = \"e-m:e-p:64:64-i64:64-i128:128-n32:64-S128\"
target triple = \"bpfel\"
define void @deploy() { ret void }
define void @call() { ret void }
";

#[test]
fn a_compiler_that_is_not_there() {
    let options = Options::contract(LlvmLocation::Rustc("/nowhere/rustc".into()));
    let error = legalize(PROGRAM.as_bytes(), &options).expect_err("there is none");
    assert!(matches!(&error, LegalizeError::Rustc { rustc, .. } if rustc.starts_with("/nowhere")), "{error}");
}

#[test]
fn a_program_that_is_not_a_compiler() {
    // It runs and prints, but what it prints is no folder with an LLVM in it.
    let options = Options::contract(LlvmLocation::Rustc("echo".into()));
    let error = legalize(PROGRAM.as_bytes(), &options).expect_err("echo has no LLVM");
    assert!(matches!(error, LegalizeError::NoLibrary { .. }), "{error}");
}

#[test]
fn a_library_that_is_not_llvm() {
    let options = Options::contract(LlvmLocation::Library("libc.so.6".into()));
    let error = legalize(PROGRAM.as_bytes(), &options).expect_err("libc has no LLVM");
    assert!(matches!(&error, LegalizeError::Load { message, .. } if message.contains("LLVM")), "{error}");
}

#[test]
fn modules_that_are_none() {
    let Some(llvm) = find_llvm() else {
        eprintln!("SKIPPED: no rustc with an LLVM of its own");
        return;
    };
    let options = Options::contract(llvm);
    let whole = legalize(PROGRAM.as_bytes(), &options).expect("a program of two empty functions").elf;
    let native = PROGRAM.replace("bpfel", "x86_64-unknown-linux-gnu");
    let error = legalize(native.as_bytes(), &options).expect_err("for another machine");
    assert_eq!(error, LegalizeError::WrongTarget { triple: "x86_64-unknown-linux-gnu".into() });
    // Nothing, an object instead of bitcode, bitcode's magic and then noise, text cut short.
    let noise: Vec<u8> =
        b"BC\xc0\xde".iter().copied().chain((0..=255).map(|n: u8| n.wrapping_mul(37))).collect();
    for input in
        [&[][..], &whole, &noise, &PROGRAM.as_bytes()[..PROGRAM.len() - 12], b"\0\0\0\0", b"BC\xc0\xde"]
    {
        let error = legalize(input, &options).expect_err("not a program");
        let expected = matches!(error, LegalizeError::Parse { .. } | LegalizeError::WrongTarget { .. });
        assert!(expected, "{input:02x?}: {error}");
    }
    // And LLVM still works.
    assert_eq!(legalize(PROGRAM.as_bytes(), &options).expect("as before").elf, whole);
}

#[test]
fn frames_are_reported_and_written() {
    let Some(llvm) = find_llvm() else {
        eprintln!("SKIPPED: no rustc with an LLVM of its own");
        return;
    };
    let program = PROGRAM.replace(
        "@call() { ret void }",
        "@call() {
  %p = alloca [5000 x i8]
  call void @g(ptr %p)
  ret void
}
declare void @g(ptr)",
    );
    let object = legalize(program.as_bytes(), &Options::contract(llvm)).expect("compiles");
    assert_eq!(object.report.frames, [("call".to_owned(), 5000)]);
    use object::{Object, ObjectSection};
    let file = object::File::parse(&*object.elf).expect("an ELF file");
    let section = file.section_by_name(".stack_sizes").expect("is there");
    // Address (relocated) and size (ULEB128) of two functions: 5000 is 0x88 0x27, 0 is 0x00.
    let data = section.data().expect("has contents");
    assert_eq!(data.len(), 8 + 1 + 8 + 2);
    assert!(data.windows(2).any(|w| w == [0x88, 0x27]));
    assert_eq!(section.relocations().count(), 2);
}

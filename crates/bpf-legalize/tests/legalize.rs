//! Each file in `tests/legalize/` is IR before and after: `before`, a line `;; after`, what came out; or a
//! line `;; error` and the message. `BLESS=1` rewrites what follows that line; review the difference.
//!
//! The first lines say why the case exists. `; entry: NAME …` names what must stay (default: `f`);
//! `; optimize` lets LLVM's own passes run between the rewrites, which is otherwise off, so that the file
//! shows the rewrites alone.
//!
//! Of every case that compiles it is also checked that the result needs nothing more (rewriting it again
//! changes nothing) and that the back end takes it.
//!
//! Needs LLVM: the one of `$RUSTC`, of the `rustc` on the path, or the system's. Without one the test says so
//! and passes.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use bpf_legalize::llvm::{Llvm, OptLevel};
use bpf_legalize::{legalize, legalize_to_ir, LlvmLocation, Options};

/// What every file is compiled for, so that no file repeats it.
const HEAD: &str =
    "target datalayout = \"e-m:e-p:64:64-i64:64-i128:128-n32:64-S128\"\ntarget triple = \"bpfel\"\n";

fn find_llvm() -> Option<LlvmLocation> {
    let named = std::env::var_os("RUSTC").map(PathBuf::from);
    let candidates = named.into_iter().chain(["rustc".into(), "/usr/bin/rustc".into()]);
    candidates.map(LlvmLocation::Rustc).find(|l| l.library().is_ok())
}

/// Major version of the LLVM whose text the files hold.
const EXPECTED: u32 = 22;

fn version_of(location: &LlvmLocation) -> u32 {
    let library = location.library().expect("found above");
    Llvm::load(&library).unwrap_or_else(|e| panic!("{e}")).version().0
}

#[test]
fn before_and_after() {
    let Some(llvm) = find_llvm() else {
        eprintln!("SKIPPED: no rustc with an LLVM of its own");
        return;
    };
    // The text is that of one major version.
    if version_of(&llvm) != EXPECTED {
        eprintln!("SKIPPED: the cases show what LLVM {EXPECTED} prints, this is LLVM {}", version_of(&llvm));
        return;
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/legalize");
    let mut files: Vec<_> =
        fs::read_dir(folder).expect("exists").map(|e| e.expect("readable").path()).collect();
    files.sort();
    assert!(!files.is_empty());
    let bless = std::env::var_os("BLESS").is_some();
    let mut failures = String::new();
    for file in files {
        let text = fs::read_to_string(&file).expect("readable");
        let (before, expected) = match text.find("\n;; ") {
            Some(at) => text.split_at(at + 1),
            None => (text.as_str(), ""),
        };
        let got = outcome(before, &llvm);
        if got == expected {
            continue;
        }
        if bless {
            fs::write(&file, format!("{}\n\n{got}", before.trim_end())).expect("writable");
        } else {
            let _ = writeln!(failures, "{}:\n{}", file.display(), difference(expected, &got));
        }
    }
    assert!(failures.is_empty(), "{failures}BLESS=1 accepts all of this");
}

fn outcome(before: &str, llvm: &LlvmLocation) -> String {
    let named = before.lines().find_map(|l| l.strip_prefix("; entry: ")).unwrap_or("f");
    let options = Options {
        entry_points: named.split_whitespace().map(str::to_owned).collect(),
        opt_level: match before.lines().any(|l| l == "; optimize") {
            true => OptLevel::Default,
            false => OptLevel::None,
        },
        ..Options::contract(llvm.clone())
    };
    let once = match legalize_to_ir(format!("{HEAD}{before}").as_bytes(), &options) {
        Ok(ir) => ir,
        Err(error) => return format!(";; error\n; {}\n", error.to_string().trim_end().replace('\n', "\n; ")),
    };
    let plain = Options { opt_level: OptLevel::None, ..options.clone() };
    let twice = legalize_to_ir(once.as_bytes(), &plain).unwrap_or_else(|e| e.to_string());
    let (once_body, twice_body) = (body(&once), body(&twice));
    assert!(once_body == twice_body, "not done the first time:\n{}", difference(&once_body, &twice_body));
    match legalize(once.as_bytes(), &options) {
        Ok(_) => format!(";; after\n{once_body}"),
        Err(error) => format!(";; error\n; {}\n", error.to_string().trim_end().replace('\n', "\n; ")),
    }
}

/// Without what every module begins with.
fn body(ir: &str) -> String {
    let skipped = ["; ModuleID", "source_filename", "target datalayout", "target triple"];
    let lines: Vec<_> = ir.lines().filter(|l| !skipped.iter().any(|s| l.starts_with(s))).collect();
    format!("{}\n", lines.join("\n").trim())
}

/// The first lines that differ.
fn difference(expected: &str, got: &str) -> String {
    let same = expected.lines().zip(got.lines()).take_while(|(a, b)| a == b).count();
    let part = |text: &str, sign: char| {
        text.lines().skip(same).take(12).map(|l| format!("{sign} {l}\n")).collect::<String>()
    };
    format!("  line {}:\n{}{}", same + 1, part(expected, '-'), part(got, '+'))
}

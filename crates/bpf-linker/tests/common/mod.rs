//! What the tests share: LLVM's tools, listings, and programs that run.
#![allow(dead_code)] // Each test uses a part of it.

pub mod run;

use bpf_isa::{Callee, Kind, Slot};
use contract_abi::image::Image;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

/// The object file for a `.ll` or `.s` file; none where LLVM 22 is not installed.
///
/// # Panics
/// The file does not compile.
pub fn compile(source: &Path) -> Option<Vec<u8>> {
    let output = scratch("o");
    let mut command = match source.extension().and_then(|extension| extension.to_str()) {
        Some("ll") => {
            let mut llc = Command::new("llc-22");
            llc.args(["-mcpu=v4", "-filetype=obj", "-stack-size-section", "-bpf-min-jump-table-entries=4"]);
            llc
        }
        _ => {
            let mut mc = Command::new("llvm-mc-22");
            mc.args(["-triple=bpfel", "-mcpu=v4", "-filetype=obj"]);
            mc
        }
    };
    let run = command.arg(source).arg("-o").arg(&output).output().ok()?;
    assert!(run.status.success(), "{}: {}", source.display(), String::from_utf8_lossy(&run.stderr));
    let object = std::fs::read(&output).unwrap();
    let _ = std::fs::remove_file(output);
    Some(object)
}

/// The same for text.
pub fn compile_text(extension: &str, text: &str) -> Option<Vec<u8>> {
    let source = scratch(extension);
    std::fs::write(&source, text).unwrap();
    let object = compile(&source);
    let _ = std::fs::remove_file(source);
    object
}

/// A path in the temporary folder that nobody else uses.
pub fn scratch(extension: &str) -> PathBuf {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    std::env::temp_dir().join(format!("bpf-linker-{}-{number}.{extension}", std::process::id()))
}

/// The instructions of a function as text, in LLVM's syntax, with distances in slots; calls of other
/// functions by their number.
pub fn listing(image: &Image<'_>, index: usize) -> Vec<String> {
    let function = image.functions[index];
    let mut slot = function.first;
    let mut lines = Vec::new();
    while slot < function.first + function.slots {
        let insn = bpf_isa::decode(image.text, Slot(slot)).unwrap();
        lines.push(match (insn.kind(), insn.target(Slot(slot))) {
            (Kind::Call(Callee::Local), Some(target)) => {
                let callee = image.functions.iter().position(|other| i64::from(other.first) == target);
                format!("call function {}", callee.unwrap())
            }
            _ => insn.to_string(),
        });
        slot += insn.slots();
    }
    lines
}

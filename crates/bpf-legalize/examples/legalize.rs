//! `legalize [--ir] [--none] LIBLLVM-or-rustc INPUT OUTPUT [ENTRY…]`: the crate as a command, for looking.

use std::path::PathBuf;

use bpf_legalize::llvm::OptLevel;
use bpf_legalize::{legalize, legalize_to_ir, LlvmLocation, Options};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (flags, rest): (Vec<_>, Vec<_>) = std::env::args().skip(1).partition(|a| a.starts_with("--"));
    let [llvm, input, output, entry_points @ ..] = &rest[..] else {
        return Err("usage: legalize [--ir] [--none] LIBLLVM-or-rustc INPUT OUTPUT [ENTRY…]".into());
    };
    let llvm = match llvm.contains("libLLVM") {
        true => LlvmLocation::Library(PathBuf::from(llvm)),
        false => LlvmLocation::Rustc(PathBuf::from(llvm)),
    };
    let mut options = Options::contract(llvm);
    if !entry_points.is_empty() {
        options.entry_points = entry_points.to_vec();
    }
    if flags.iter().any(|f| f == "--none") {
        options.opt_level = OptLevel::None;
    }
    let ir = std::fs::read(input)?;
    if flags.iter().any(|f| f == "--ir") {
        std::fs::write(output, legalize_to_ir(&ir, &options)?)?;
        return Ok(());
    }
    let object = legalize(&ir, &options)?;
    std::fs::write(output, &object.elf)?;
    println!(
        "LLVM {}, {} bytes, {} frames",
        object.report.llvm,
        object.elf.len(),
        object.report.frames.len()
    );
    object.report.notes.iter().for_each(|note| println!("note: {note}"));
    Ok(())
}

//! Bitcode to program.
//!
//! `bpf-legalize` rewrites the module and runs the code generator of the same LLVM that wrote it.
//! `bpf-linker` makes the program image, in the form that takes less room. `bpf-vm` reads the image as the
//! chain will, so that a program which the chain would refuse is refused here.

use crate::error::BuildError;
use crate::toolchain::Toolchain;
use crate::weight::{self, FunctionWeight, Sizes};
use bpf_vm::program::Program as Loaded;
use bpf_vm::syscall::SyscallTable;
use bpf_vm::verify::{verify, Rules};
use contract_abi::syscall::Stability;

/// A program and information about it.
pub struct Program {
    /// What goes on chain.
    pub image: Vec<u8>,
    /// Symbols and DWARF, for its addresses.
    pub debug: Vec<u8>,
    /// How large its parts are.
    pub sizes: Sizes,
    /// Its functions, the most expensive first.
    pub functions: Vec<FunctionWeight>,
}

/// Translates a program. Its image is compressed if `compress` is set and the result is shorter.
pub fn translate(bitcode: &[u8], toolchain: &Toolchain, compress: bool) -> Result<Program, BuildError> {
    let llvm = bpf_legalize::LlvmLocation::Rustc(toolchain.rustc.clone());
    let object = bpf_legalize::legalize(bitcode, &bpf_legalize::Options::contract(llvm))?;
    let input = bpf_linker::Input { name: "the contract", bytes: &object.elf };
    let linked = bpf_linker::link(&[input], &bpf_linker::Options::default())?;
    let compressed = if compress { bpf_linker::compress(&linked.image)? } else { None };
    let image = compressed.unwrap_or(linked.image);

    // Every chain refuses deprecated functions in new code. Most chains also refuse unstable ones; this is
    // left to the chain.
    let known = SyscallTable::contract(|f| matches!(f.stability(), Stability::Stable | Stability::Unstable));
    let refused = |error: &dyn std::fmt::Display| BuildError::Verify(error.to_string());
    let loaded = Loaded::from_image(&image).map_err(|error| refused(&error))?;
    let verified = verify(loaded, &Rules::contract(known)).map_err(|error| refused(&error))?;
    Ok(Program {
        sizes: Sizes::of(&linked.report, image.len() as u32),
        functions: weight::functions(&linked.report, &verified),
        debug: linked.debug.unwrap_or_default(),
        image,
    })
}

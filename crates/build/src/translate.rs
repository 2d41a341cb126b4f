//! Bitcode to program.
//!
//! `bpf-legalize` rewrites the module and runs the code generator of the very LLVM that wrote it;
//! `bpf-linker` makes the program image, in the form that takes less room; and `bpf-vm` reads it as the chain will, so that what the
//! chain would refuse is refused here.

use crate::error::BuildError;
use crate::toolchain::Toolchain;
use crate::weight::{self, FunctionWeight, Sizes};
use bpf_vm::program::Program as Loaded;
use bpf_vm::syscall::SyscallTable;
use bpf_vm::verify::{verify, Rules};
use contract_abi::syscall::Stability;

/// A program, and what is known about it.
pub struct Program {
    /// What goes on chain.
    pub image: Vec<u8>,
    /// Symbols and DWARF, for its addresses.
    pub debug: Vec<u8>,
    /// How large its parts are.
    pub sizes: Sizes,
    /// Its functions, the one that costs most first.
    pub functions: Vec<FunctionWeight>,
}

/// Makes the program. Its image is compressed if `compress` asks for it and it gets shorter.
pub fn translate(bitcode: &[u8], toolchain: &Toolchain, compress: bool) -> Result<Program, BuildError> {
    let llvm = bpf_legalize::LlvmLocation::Rustc(toolchain.rustc.clone());
    let object = bpf_legalize::legalize(bitcode, &bpf_legalize::Options::contract(llvm))?;
    let input = bpf_linker::Input { name: "the contract", bytes: &object.elf };
    let linked = bpf_linker::link(&[input], &bpf_linker::Options::default())?;
    let compressed = if compress { bpf_linker::compress(&linked.image)? } else { None };
    let image = compressed.unwrap_or(linked.image);

    // Deprecated functions are refused in new code on every chain; unstable ones on most, which the
    // chain will say.
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

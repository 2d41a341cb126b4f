//! Links relocatable BPF objects into the program image that is stored on chain.
//!
//! LLVM produces a relocatable ELF object: sections, symbols, and relocations between them. A program image
//! ([`contract_abi::image`]) has no symbols or relocations: every reference in it is a number, and it
//! contains only what the entry points need. The phases between the two are one file each, and each borrows
//! the results of earlier phases:
//!
//! ```text
//! input      bytes → sections, symbols, relocations
//! symbols    which definition each symbol means
//! resolve    what the entry points reach, as a graph of blocks (`ir`)
//! rewrite/   smaller and faster code
//! layout     slots and addresses
//! write      the image's bytes
//! debug/     NAME.debug: symbols and DWARF for the final addresses
//! ```
//!
//! [`compress()`] makes the compressed form of an image, which takes less room on a chain.
//!
//! *Invariants*: no input causes a panic. The same inputs and options give the same bytes. Debug information
//! in the inputs does not change the image.

#![forbid(unsafe_code)]

mod compress;
mod debug;
mod demangle;
mod error;
mod ink;
mod input;
mod ir;
mod layout;
mod reloc;
mod report;
mod resolve;
mod rewrite;
pub mod symbolize;
mod symbols;
mod write;

pub use compress::compress;
pub use error::{Foreign, LinkError, Place, Referrer, SourceLine, Undefined, UndefinedKind};
pub use ink::EnforcedError;
pub use input::Input;
pub use report::{FunctionSize, Merged, Report, RewriteEffect};
pub use rewrite::Rewrite;

use contract_abi::image::Image;
use contract_abi::memory::{DEFAULT_STACK_SIZE, FRAME_ALIGN};
use input::Object;

/// Options for linking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Bytes of stack, a multiple of 16.
    pub stack_size: u32,
    /// Bytes of heap, a multiple of 16. If not set, a program that refers to `__heap_base` or `__heap_end`
    /// gets the rest of the memory it may have, and any other program gets none.
    pub heap_size: Option<u32>,
    /// Symbol of the entry point that creates a contract.
    pub deploy: String,
    /// Symbol of the entry point that serves messages.
    pub call: String,
    /// Whether to make `NAME.debug`. It does not change the image.
    pub debug: bool,
    /// The rewrites to run. Their order here does not matter.
    pub rewrites: Vec<Rewrite>,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            stack_size: DEFAULT_STACK_SIZE,
            heap_size: None,
            deploy: "deploy".to_owned(),
            call: "call".to_owned(),
            debug: true,
            rewrites: Rewrite::ALL.to_vec(),
        }
    }
}

/// A linked program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// The program image.
    pub image: Vec<u8>,
    /// The contents of `NAME.debug`, if requested.
    pub debug: Option<Vec<u8>>,
    /// Sizes, and what was left out.
    pub report: Report,
}

/// Links objects into a program.
///
/// # Errors
/// See the variants of [`LinkError`].
pub fn link(inputs: &[Input<'_>], options: &Options) -> Result<Output, LinkError> {
    check(options)?;
    if inputs.is_empty() {
        return Err(LinkError::NoInput);
    }
    let objects = inputs.iter().map(|&input| Object::parse(input)).collect::<Result<Vec<_>, _>>()?;
    let symbols = symbols::Symbols::new(&objects)?;
    let (mut program, unused) =
        resolve::resolve(&objects, &symbols, &options.deploy, &options.call, &|object, section, offset| {
            debug::locate(&objects, &symbols, object, section, offset)
        })?;
    rewrite::prepare(&mut program, &|object, section, offset| objects[object].place(section, offset))?;
    let rewrites = rewrite::run(&mut program, &options.rewrites);
    let layout = layout::lay_out(&program, options.stack_size, options.heap_size)?;
    let file = write::write(&program, &layout, options.stack_size)?;
    let image = Image::parse(&file)?;
    let debug = match options.debug {
        true => Some(debug::write(&objects, &symbols, &program, &layout, &image)?),
        false => None,
    };
    let report = Report::new(&program, &layout, &image, file.len(), &rewrites, &unused);
    Ok(Output { image: file, debug, report })
}

fn check(options: &Options) -> Result<(), LinkError> {
    let sizes = [("stack size", options.stack_size), ("heap size", options.heap_size.unwrap_or(0))];
    for (name, value) in sizes {
        if !value.is_multiple_of(FRAME_ALIGN) {
            return Err(LinkError::Misaligned { name, value: value.into() });
        }
    }
    Ok(())
}

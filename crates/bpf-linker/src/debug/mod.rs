//! `NAME.debug`: an ELF file with the names, lines and types of the program.
//!
//! It holds the program's sections at their final addresses, so that tools can disassemble it without the
//! image; a symbol for each function; and the inputs' DWARF, rewritten for these addresses. Ordinary tools
//! can read it: `llvm-symbolizer`, `llvm-objdump -S -l`, `llvm-dwarfdump`.

mod dwarf;
mod elf;
mod input;
mod map;

use crate::error::{LinkError, Referrer};
use crate::input::Object;
use crate::ir::Program;
use crate::layout::Layout;
use crate::symbolize;
use crate::symbols::Symbols;
use contract_abi::image::Image;
use input::{DebugSections, InputAddresses};
use map::AddressMap;

/// Writes `NAME.debug`.
///
/// # Errors
/// [`LinkError::Debug`].
pub(crate) fn write(
    objects: &[Object<'_>],
    symbols: &Symbols<'_>,
    program: &Program<'_>,
    layout: &Layout,
    image: &Image<'_>,
) -> Result<Vec<u8>, LinkError> {
    let addresses = InputAddresses::new(objects, symbols);
    let map = AddressMap::new(program, layout, &addresses);
    let inputs: Vec<DebugSections> =
        (0..objects.len()).map(|object| DebugSections::new(objects, symbols, &addresses, object)).collect();
    let context = dwarf::Context { program, layout, addresses: &addresses, map: &map };
    let sections =
        dwarf::rewrite(&context, &inputs).map_err(|error| LinkError::Debug { reason: error.to_string() })?;
    elf::write(program, layout, image, &sections)
        .map_err(|error| LinkError::Debug { reason: error.to_string() })
}

/// The functions and lines for a byte of an input, the innermost inlined function first; none without debug
/// information.
pub(crate) fn locate(
    objects: &[Object<'_>],
    symbols: &Symbols<'_>,
    object: usize,
    section: usize,
    offset: u64,
) -> Vec<Referrer> {
    let addresses = InputAddresses::new(objects, symbols);
    let sections = DebugSections::new(objects, symbols, &addresses, object);
    let Some(base) = addresses.base(object, section) else { return Vec::new() };
    let Ok(context) = addr2line::Context::from_dwarf(sections.dwarf()) else { return Vec::new() };
    let frames = symbolize::frames(&context, base.wrapping_add(offset));
    // The call is in the nearest function of the user's, or else in the innermost.
    let user = frames.iter().position(|frame| frame.origin() == symbolize::Origin::User).unwrap_or(0);
    let referrer = |frame: symbolize::Frame| Referrer { source: frame.source(), function: frame.function };
    frames.into_iter().skip(user).take(1).map(referrer).collect()
}

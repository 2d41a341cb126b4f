//! `NAME.debug`: an ELF file with the names, lines and types of the program.
//!
//! It holds the program's sections at their final addresses, so that tools disassemble it without the
//! image, a symbol for each function, and the inputs' DWARF rewritten for these addresses.

mod elf;

use crate::error::LinkError;
use crate::ir::Program;
use crate::layout::Layout;
use contract_abi::image::Image;

/// Writes `NAME.debug`.
///
/// # Errors
/// [`LinkError::Debug`].
pub(crate) fn write(program: &Program<'_>, layout: &Layout, image: &Image<'_>) -> Result<Vec<u8>, LinkError> {
    elf::write(program, layout, image, &[]).map_err(|error| LinkError::Debug { reason: error.to_string() })
}

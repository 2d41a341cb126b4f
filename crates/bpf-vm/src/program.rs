//! A program as its bytes describe it: split into parts, not yet trusted.
//!
//! It comes from a program image ([`Program::from_image`], a contract) or from instructions alone
//! ([`Program::from_text`], any other eBPF program). Both give the same structure: text tiled by functions, data,
//! sizes. Nothing here runs; [`crate::verify()`] decides whether the program may.

use crate::memory::MemoryImage;
use alloc::sync::Arc;
use alloc::vec::Vec;
use bpf_isa::{Callee, Kind, WideImm};
use contract_abi::image::{compressed, Function, Image, ImageError, JumpTable, MAX_FRAME_SIZE};
use contract_abi::memory::{CODE_BASE, FRAME_ALIGN, MAX_REGION, STACK_BASE};
use core::fmt;

pub use bpf_isa::Slot;

/// Where a program may be started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    /// The entry point that creates a contract.
    Deploy,
    /// The entry point that handles messages.
    Call,
    /// The function of this index. 0 is the one at slot 0.
    Function(u32),
}

/// Why bytes are not a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoadError {
    /// The file is not a program image.
    Image(ImageError),
    /// The text is empty, not a whole number of slots, or larger than the address space allows.
    BadTextLength {
        /// Its length in bytes.
        len: usize,
    },
    /// The requested frame or stack size is not a multiple of 16 or is too large.
    BadFrameSize {
        /// The size in bytes.
        size: u32,
    },
    /// A named function does not lie in the text.
    BadFunction {
        /// Its slot.
        at: Slot,
    },
}

impl From<ImageError> for LoadError {
    fn from(error: ImageError) -> Self {
        LoadError::Image(error)
    }
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            LoadError::Image(error) => error.fmt(f),
            LoadError::BadTextLength { len } => {
                write!(
                    f,
                    "the text is {len} bytes long, which is not a positive multiple of 8 within the limit"
                )
            }
            LoadError::BadFrameSize { size } => {
                write!(
                    f,
                    "a frame or stack of {size} bytes is not a multiple of {FRAME_ALIGN} within the limit"
                )
            }
            LoadError::BadFunction { at } => write!(f, "a function at slot {at} lies outside the text"),
        }
    }
}

impl core::error::Error for LoadError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            LoadError::Image(error) => Some(error),
            _ => None,
        }
    }
}

/// What the bytes of a text do not contain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextOptions {
    /// Frame size of every function, in bytes.
    pub frame_size: u32,
    /// Stack size, in bytes.
    pub stack_size: u32,
    /// Functions that nothing in the text calls directly. `callx` can reach them.
    pub functions: Vec<Slot>,
    /// `callx` calls the helper whose *number* is in `dst`, as some older compilers intended.
    pub callx_helpers: bool,
}

impl Default for TextOptions {
    /// 512 bytes per frame, like Linux, and 64 KiB of stack.
    fn default() -> Self {
        Self { frame_size: 512, stack_size: 64 * 1024, functions: Vec::new(), callx_helpers: false }
    }
}

/// A program, not yet verified.
#[derive(Clone, Debug)]
pub struct Program {
    pub(crate) text: Vec<u8>,
    pub(crate) memory: MemoryImage,
    /// Functions in the order of the text, which they tile.
    pub(crate) functions: Vec<Function>,
    pub(crate) jump_tables: Vec<JumpTable>,
    /// Indices in `functions`.
    pub(crate) deploy: u32,
    pub(crate) call: u32,
    pub(crate) callx_helpers: bool,
}

impl Program {
    /// Reads a program image, raw or compressed. Slots are those of the raw form.
    ///
    /// # Errors
    /// [`LoadError::Image`], with what [`compressed::decompress`] and [`Image::parse`] say.
    pub fn from_image(file: &[u8]) -> Result<Self, LoadError> {
        let raw = compressed::decompress(file)?;
        let image = Image::parse(&raw)?;
        Ok(Self {
            text: image.text.to_vec(),
            memory: MemoryImage {
                rodata: Arc::from(image.rodata),
                data: Arc::from(image.data),
                // `parse` has checked that the sum fits its region.
                data_size: image.data.len() as u32 + image.bss_size + image.heap_size,
                stack_size: image.stack_size,
            },
            functions: image.functions,
            jump_tables: image.jump_tables,
            deploy: image.deploy,
            call: image.call,
            callx_helpers: false,
        })
    }

    /// Makes a program from bytes of instructions. It has a stack and no data; [`crate::Instance::map_input`] can map
    /// memory for it.
    ///
    /// A function begins at slot 0, at each target of a local call or code address, and at each slot that the options
    /// name. It ends where the next one begins.
    ///
    /// # Errors
    /// [`LoadError::BadTextLength`], [`LoadError::BadFrameSize`], [`LoadError::BadFunction`].
    pub fn from_text(text: &[u8], options: &TextOptions) -> Result<Self, LoadError> {
        if text.is_empty() || !text.len().is_multiple_of(Slot::BYTES) || text.len() > MAX_REGION as usize {
            return Err(LoadError::BadTextLength { len: text.len() });
        }
        for (size, most) in [(options.frame_size, MAX_FRAME_SIZE), (options.stack_size, MAX_REGION)] {
            if !size.is_multiple_of(FRAME_ALIGN) || size > most {
                return Err(LoadError::BadFrameSize { size });
            }
        }
        let slots = (text.len() / Slot::BYTES) as u32;
        if let Some(&at) = options.functions.iter().find(|at| at.0 >= slots) {
            return Err(LoadError::BadFunction { at });
        }

        let mut starts = alloc::vec![(0, false)];
        starts.extend(options.functions.iter().map(|at| (at.0, true)));
        // The verifier refuses targets outside the text and bytes that are not instructions.
        for (at, insn) in bpf_isa::instructions(text).map_while(Result::ok) {
            let start = match insn.kind() {
                Kind::Call(Callee::Local) => insn.target(at).map(|target| (target, false)),
                Kind::LoadWide(WideImm::CodeAddr) => insn.code_target(at).map(|target| (target, true)),
                _ => None,
            };
            if let Some((Ok(start), taken)) = start.map(|(start, taken)| (u32::try_from(start), taken)) {
                if start < slots {
                    starts.push((start, taken));
                }
            }
        }
        starts.sort_unstable();
        // Two entries for one function become one. Its address is taken if either of them says so.
        starts.dedup_by(|later, earlier| {
            let same = later.0 == earlier.0;
            earlier.1 |= same && later.1;
            same
        });
        let ends = starts.iter().skip(1).map(|&(start, _)| start).chain([slots]);
        let functions = starts
            .iter()
            .zip(ends)
            .map(|(&(first, address_taken), end)| Function {
                first,
                slots: end - first,
                frame_size: options.frame_size,
                address_taken,
            })
            .collect();
        Ok(Self {
            text: text.to_vec(),
            memory: MemoryImage {
                rodata: Arc::from([]),
                data: Arc::from([]),
                data_size: 0,
                stack_size: options.stack_size,
            },
            functions,
            jump_tables: Vec::new(),
            deploy: 0,
            call: 0,
            callx_helpers: options.callx_helpers,
        })
    }

    /// Length of the text in slots.
    pub fn slots(&self) -> u32 {
        (self.text.len() / Slot::BYTES) as u32
    }

    /// The functions, in the order of the text, which they tile.
    pub fn functions(&self) -> &[Function] {
        &self.functions
    }
}

/// The code address of a slot.
pub(crate) const fn code_addr(slot: Slot) -> u64 {
    CODE_BASE as u64 + 8 * slot.0 as u64
}

/// The slot of a code address, if the address is one. It may lie outside the program.
#[inline]
pub(crate) const fn slot_of_code_addr(addr: u64) -> Option<Slot> {
    let offset = addr.wrapping_sub(CODE_BASE as u64);
    if offset.is_multiple_of(8) && offset < MAX_REGION as u64 {
        Some(Slot((offset / 8) as u32))
    } else {
        None
    }
}

/// The frame pointer of the first frame.
pub(crate) const fn first_frame_pointer(stack_size: u32) -> u32 {
    STACK_BASE + stack_size
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_addresses_lead_back() {
        for slot in [0, 1, 4711, MAX_REGION / 8 - 1] {
            assert_eq!(slot_of_code_addr(code_addr(Slot(slot))), Some(Slot(slot)));
        }
        for addr in [
            0,
            u64::from(CODE_BASE) - 8,
            u64::from(CODE_BASE) + 4,
            u64::from(CODE_BASE) + u64::from(MAX_REGION),
            u64::from(CODE_BASE) | 1 << 32,
            u64::MAX,
        ] {
            assert_eq!(slot_of_code_addr(addr), None, "{addr:#x}");
        }
    }

    #[test]
    fn text_of_a_bad_length_is_refused() {
        for len in [0, 1, 7, 9] {
            let text = alloc::vec![0; len];
            assert_eq!(
                Program::from_text(&text, &TextOptions::default()).unwrap_err(),
                LoadError::BadTextLength { len }
            );
        }
    }

    #[test]
    fn options_are_checked() {
        let with = |options| Program::from_text(&[0; 8], &options).unwrap_err();
        let default = TextOptions::default();
        for frame_size in [8, MAX_FRAME_SIZE + 16, u32::MAX] {
            let error = with(TextOptions { frame_size, ..default.clone() });
            assert_eq!(error, LoadError::BadFrameSize { size: frame_size });
        }
        let error = with(TextOptions { stack_size: u32::MAX - 15, ..default.clone() });
        assert_eq!(error, LoadError::BadFrameSize { size: u32::MAX - 15 });
        let error = with(TextOptions { functions: alloc::vec![Slot(1)], ..default });
        assert_eq!(error, LoadError::BadFunction { at: Slot(1) });
    }
}

//! The guest's address space.
//!
//! Guest addresses are 32 bits wide. Regions start far apart, so that an index that runs off one does not reach
//! another. They are below 2³¹, so that `mov dst, imm` (which sign-extends) can name any address in one slot.
//!
//! ```text
//! 0x0000_0000  unmapped
//! 0x1000_0000  read-only data                                    R
//! 0x2000_0000  data, then bss, then heap, in one stretch         RW
//! 0x3000_0000  stack, growing down from STACK_BASE + stack size  RW
//! 0x4000_0000  code: addresses, not memory (8 bytes a slot)      -
//! 0x5000_0000  memory handed to a raw text program               RW
//! 0xFFFF_FFFF  never mapped: `SENTINEL`, the pallet's null
//! ```
//!
//! A region that is not empty is mapped up to a multiple of [`MAPPED_UNIT`] bytes, and the bytes after its contents
//! read as zeros. Every engine does so, since a processor checks memory by the page and a program must not see which
//! engine runs it. The memory that a program *asks for* is still counted by the byte.

/// Start of the read-only data.
pub const RODATA_BASE: u32 = 0x1000_0000;

/// Start of the initialised data; zeroed data and the heap follow it without a gap.
pub const DATA_BASE: u32 = 0x2000_0000;

/// Lowest address of the stack; the frame pointer of the first frame is this plus the stack's size.
pub const STACK_BASE: u32 = 0x3000_0000;

/// Address of slot 0. The code address of a slot is this plus eight times the slot.
///
/// Code is not readable. A code address is useful only for `callx` and `gotox`.
pub const CODE_BASE: u32 = 0x4000_0000;

/// The address at which the virtual machine maps memory for a program that is not a contract (raw text bytes).
pub const INPUT_BASE: u32 = 0x5000_0000;

/// Largest size of any one region, in bytes: the distance between two bases less a guard of 64 KiB.
pub const MAX_REGION: u32 = 0x1000_0000 - 0x1_0000;

/// The value for "no pointer" in the contract functions that allow it.
///
/// `pallet-contracts-uapi` casts a `u32` to a pointer, so it arrives zero-extended on a 64-bit guest.
pub const SENTINEL: u32 = u32::MAX;

/// Unit of mapping, in bytes.
pub const MAPPED_UNIT: u32 = 4096;

/// Number of bytes that are mapped for a region of `size` bytes, which is at most [`MAX_REGION`].
pub const fn mapped(size: u32) -> u32 {
    size.next_multiple_of(MAPPED_UNIT)
}

/// Unit of `Limits::memory_pages` in the pallet's schedule, in bytes.
pub const PAGE_SIZE: u32 = 64 * 1024;

/// Maximum writable memory of a program (data, bss, heap and stack together), in bytes.
pub const MAX_WRITABLE: u32 = 16 * PAGE_SIZE;

/// Frame sizes, and with them every frame pointer, are multiples of this many bytes.
pub const FRAME_ALIGN: u32 = 16;

/// Stack size that the linker gives a program by default, in bytes.
///
/// Twice what `cargo-contract` gives a Wasm contract: pointers and spilled registers are twice as wide.
pub const DEFAULT_STACK_SIZE: u32 = 128 * 1024;

const _: () = assert!(RODATA_BASE + MAX_REGION <= DATA_BASE);
const _: () = assert!(DATA_BASE + MAX_REGION <= STACK_BASE);
const _: () = assert!(STACK_BASE + MAX_REGION <= CODE_BASE);
const _: () = assert!(CODE_BASE + MAX_REGION <= INPUT_BASE);
const _: () = assert!(INPUT_BASE + MAX_REGION <= i32::MAX as u32);
const _: () = assert!(MAX_WRITABLE <= MAX_REGION);
const _: () = assert!(mapped(MAX_REGION) == MAX_REGION);
const _: () = assert!(PAGE_SIZE.is_multiple_of(MAPPED_UNIT));

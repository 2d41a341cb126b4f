//! The conventions shared by a contract, the linker that makes it and the pallet that runs it.
//!
//! This crate defines numbers, names and one file format, which has a raw and a compressed form.
//!
//! * [`memory`]: where a guest finds its read-only data, its data, its stack and its code.
//! * [`syscall`]: the numbers of the contract functions, one for each (module, name) pair of
//!   `pallet-contracts`, and the shape of their arguments.
//! * [`intrinsic`]: the numbers of the functions that the virtual machine serves itself.
//! * [`image`]: the ELF file that is stored on chain.
//!
//! Once released, a number, an address or a field in this crate never changes its meaning: programs on chain are
//! compiled against them. New ones are appended.

#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod image;
pub mod intrinsic;
pub mod memory;
pub mod syscall;

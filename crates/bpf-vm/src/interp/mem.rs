//! Loads and stores (RFC 9669 §5.1 and §5.2), and the intrinsics that work on memory by the byte.

use crate::memory::{GuestAddr, GuestMemory, Memory, MemoryFault};
use bpf_isa::Reg;
use contract_abi::intrinsic::Intrinsic;

macro_rules! sizes {
    ($($load:ident $store:ident $number:ident;)*) => {
        $(
            /// The value at `addr`, zero-extended.
            #[cold]
            #[inline(never)]
            pub(super) fn $load(memory: &mut Memory, addr: GuestAddr) -> Result<u64, MemoryFault> {
                memory.load(addr).map(|bytes| $number::from_le_bytes(bytes) as u64)
            }

            /// Stores the lower bits of `value` at `addr`.
            #[cold]
            #[inline(never)]
            pub(super) fn $store(memory: &mut Memory, addr: GuestAddr, value: u64) -> Result<(), MemoryFault> {
                memory.store(addr, (value as $number).to_le_bytes())
            }
        )*

        /// The same, for memory that has been touched before: nearly every access.
        pub(super) mod touched {
            use super::{GuestAddr, Memory};

            $(
                /// The value at `addr`, zero-extended. `None` if it needs the slow path.
                #[inline(always)]
                pub fn $load(memory: &Memory, addr: GuestAddr) -> Option<u64> {
                    memory.touched(addr).map(|bytes| $number::from_le_bytes(*bytes) as u64)
                }

                /// Stores the lower bits of `value` at `addr`. Returns `false` if that needs the slow path.
                #[inline(always)]
                pub fn $store(memory: &mut Memory, addr: GuestAddr, value: u64) -> bool {
                    match memory.touched_mut(addr) {
                        Some(bytes) => *bytes = (value as $number).to_le_bytes(),
                        None => return false,
                    }
                    true
                }
            )*

            /// The value at `addr`, sign-extended. `None` if it needs the slow path.
            #[inline(always)]
            pub fn load_sx8(memory: &Memory, addr: GuestAddr) -> Option<u64> {
                load8(memory, addr).map(|value| i64::from(value as i8) as u64)
            }

            /// The value at `addr`, sign-extended. `None` if it needs the slow path.
            #[inline(always)]
            pub fn load_sx16(memory: &Memory, addr: GuestAddr) -> Option<u64> {
                load16(memory, addr).map(|value| i64::from(value as i16) as u64)
            }

            /// The value at `addr`, sign-extended. `None` if it needs the slow path.
            #[inline(always)]
            pub fn load_sx32(memory: &Memory, addr: GuestAddr) -> Option<u64> {
                load32(memory, addr).map(|value| i64::from(value as i32) as u64)
            }
        }
    };
}

sizes! {
    load8 store8 u8;
    load16 store16 u16;
    load32 store32 u32;
    load64 store64 u64;
}

/// The value at `addr`, sign-extended.
#[inline(always)]
pub(super) fn load_sx8(memory: &mut Memory, addr: GuestAddr) -> Result<u64, MemoryFault> {
    load8(memory, addr).map(|value| i64::from(value as i8) as u64)
}

/// The value at `addr`, sign-extended.
#[inline(always)]
pub(super) fn load_sx16(memory: &mut Memory, addr: GuestAddr) -> Result<u64, MemoryFault> {
    load16(memory, addr).map(|value| i64::from(value as i16) as u64)
}

/// The value at `addr`, sign-extended.
#[inline(always)]
pub(super) fn load_sx32(memory: &mut Memory, addr: GuestAddr) -> Result<u64, MemoryFault> {
    load32(memory, addr).map(|value| i64::from(value as i32) as u64)
}

/// Serves an intrinsic of class [`crate::meter::Class::MemoryIntrinsic`], whose bytes are paid for.
#[inline(never)]
pub(crate) fn bulk(
    number: u32,
    regs: &mut [u64; 12],
    memory: &mut impl GuestMemory,
) -> Result<(), MemoryFault> {
    let [r1, r2, len] = [Reg::R1, Reg::R2, Reg::R3].map(|reg| regs[reg.index()]);
    let (first, second) = (GuestAddr(r1 as u32), GuestAddr(r2 as u32));
    regs[0] = match Intrinsic::from_number(number) {
        Some(Intrinsic::MemSet) => {
            memory.fill(first, r2 as u8, len)?;
            r1
        }
        Some(Intrinsic::MemCmp) => memory.compare(first, second, len)? as i64 as u64,
        // `memcpy` is `memmove`; the code has no other number here.
        _ => {
            memory.copy(first, second, len)?;
            r1
        }
    };
    Ok(())
}

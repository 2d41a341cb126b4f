//! The mapping of guest registers to host registers.
//!
//! Every guest register has its own host register for as long as machine code runs. So nothing is moved between
//! instructions, and any exit can write all of them to the context.
//!
//! ```text
//! rax rdx   scratch: addresses that are being checked, quotients, products. No guest register, because
//!           `mul` and `div` name them (Intel SDM Vol. 2A)
//! rbx       r0                         rdi rsi r8 r9 rcx   r1 to r5
//! r12 r13 r10 r11   r6 to r9           rbp                 r10, the frame pointer
//! r14       gas left, without the reserve: a number with a sign
//! r15       host address of the guest's address 0; the context ends there
//! rsp       the host's stack: return addresses of calls under way, nothing else
//! ```
//!
//! rcx is the one guest register that an operation must borrow: for a shift by a register, on a processor without BMI2.
//! It holds r5, the least used argument. The host's own functions preserve rbx, rbp and r12 to r15 (System V psABI,
//! §3.2.1). But the few that machine code calls access the guest's registers through the context, so all of them are in
//! memory during such a call and none needs a preserved register.

use bpf_isa::Reg;

/// Scratch.
pub const RAX: u8 = 0;
/// The register in which x86-64 expects a shift count.
pub const RCX: u8 = 1;
/// Scratch.
pub const RDX: u8 = 2;
/// Gas left, without the reserve.
pub const GAS: u8 = 14;
/// Host address of the guest's address 0.
pub const BASE: u8 = 15;

/// Number of host registers.
pub const HOSTS: usize = 16;

/// Number of guest registers.
pub const COUNT: usize = 11;

/// The host register of r0 to r10.
pub const GUEST: [u8; COUNT] = [3, 7, 6, 8, 9, RCX, 12, 13, 10, 11, 5];

/// The host register of a guest register.
///
/// r11 has none. It is no operand: [`crate::code`] has operations on stack arguments instead.
#[inline(always)]
pub fn host(reg: Reg) -> u8 {
    GUEST.get(reg.index()).copied().unwrap_or(RAX)
}

// Checks what is fixed in the text of instructions: `Emitter::check`, `asm_at` and `before_call` name rbp.
const _: () = assert!(GUEST[10] == 5);

const _: () = {
    let mut taken = 1 << RAX | 1 << RDX | 1 << GAS | 1 << BASE | 1 << 4u32;
    let mut number = 0;
    while number < COUNT {
        assert!(taken >> GUEST[number] & 1 == 0, "two uses of one register");
        taken |= 1 << GUEST[number];
        number += 1;
    }
    assert!(taken == u16::MAX as i32, "a register without use");
};

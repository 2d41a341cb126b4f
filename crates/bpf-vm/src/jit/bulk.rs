//! Stubs that serve short intrinsics on memory themselves.
//!
//! Contracts copy, clear and compare accounts, hashes and balances: 8 to 64 bytes, mostly 16 and 32. For these, calling
//! the host's function costs several times as much as the work. So the stubs check whether an intrinsic is short, can
//! be paid for, and uses only memory that it may use. Any other goes unchanged to [`Stub::Bulk`], which does the same
//! for any length and reports errors. So only one place knows how these intrinsics fail, and it is not here.
//!
//! r1 and r2 are the intrinsic's addresses (r2 a byte, for `memset`), r3 its length in bytes. All is loaded before
//! anything is stored, so that overlapping ranges are copied as if by way of a buffer.

use super::context::field;
use super::emit::{asm, Emitter};
use super::regs::host;
use super::stubs::Stub;
use bpf_isa::Reg;

/// The shortest length that is served here, in bytes.
const SHORTEST: i8 = 8;

/// The longest.
const LONGEST: i8 = 64;

/// `memcpy` and `memmove`.
pub fn copy(e: &mut Emitter) {
    let [r0, r1, r2, len] = [Reg::R0, Reg::R1, Reg::R2, Reg::R3].map(host);
    begin(e);
    check(e, r1, field!(write_ends));
    check(e, r2, field!(read_ends));
    asm!(e
        ; mov eax, Rd(r1)
        ; mov edx, Rd(r2)
        ; add rax, r15
        ; add rdx, r15
        ; cmp Rd(len), DWORD 16
        ; ja BYTE >vectors
        ; movq xmm0, [rdx]
        ; movq xmm1, [BYTE rdx + Rq(len) - 8]
        ; movq [rax], xmm0
        ; movq [BYTE rax + Rq(len) - 8], xmm1
        ; jmp BYTE >done
        ; vectors:
        ; cmp Rd(len), DWORD 32
        ; movups xmm0, [rdx]
        ; movups xmm1, [BYTE rdx + Rq(len) - 16]
    );
    asm!(e
        ; jbe BYTE >two
        ; movups xmm2, [BYTE rdx + 16]
        ; movups xmm3, [BYTE rdx + Rq(len) - 32]
        ; movups [BYTE rax + 16], xmm2
        ; movups [BYTE rax + Rq(len) - 32], xmm3
        ; two:
        ; movups [rax], xmm0
        ; movups [BYTE rax + Rq(len) - 16], xmm1
        ; done:
        ; mov Rq(r0), Rq(r1)
    );
    end(e);
}

/// `memset`.
pub fn fill(e: &mut Emitter) {
    let [r0, r1, r2, len] = [Reg::R0, Reg::R1, Reg::R2, Reg::R3].map(host);
    begin(e);
    check(e, r1, field!(write_ends));
    asm!(e
        ; movzx eax, Rb(r2)
        ; imul eax, eax, DWORD 0x0101_0101
        ; movd xmm0, eax
        ; pshufd xmm0, xmm0, BYTE 0
        ; mov eax, Rd(r1)
        ; add rax, r15
        ; cmp Rd(len), DWORD 16
        ; ja BYTE >vectors
        ; movq [rax], xmm0
        ; movq [BYTE rax + Rq(len) - 8], xmm0
        ; jmp BYTE >done
        ; vectors:
        ; cmp Rd(len), DWORD 32
        ; jbe BYTE >two
        ; movups [BYTE rax + 16], xmm0
        ; movups [BYTE rax + Rq(len) - 32], xmm0
        ; two:
        ; movups [rax], xmm0
        ; movups [BYTE rax + Rq(len) - 16], xmm0
        ; done:
        ; mov Rq(r0), Rq(r1)
    );
    end(e);
}

/// `memcmp`, of ranges of up to 32 bytes that are equal or differ in the first 8.
pub fn compare(e: &mut Emitter) {
    let [r0, r1, r2, len] = [Reg::R0, Reg::R1, Reg::R2, Reg::R3].map(host);
    let otherwise = e.stub(Stub::LongBulk);
    begin(e);
    check(e, r1, field!(read_ends));
    check(e, r2, field!(read_ends));
    asm!(e
        ; mov eax, Rd(r1)
        ; mov edx, Rd(r2)
        ; mov rax, [r15 + rax]
        ; mov rdx, [r15 + rdx]
        ; cmp rax, rdx
        ; je BYTE >same
        // Compare them as numbers whose first byte is the highest: −1 or 1.
        ; bswap rax
        ; bswap rdx
        ; cmp rax, rdx
        ; sbb rax, rax
        ; or rax, BYTE 1
        ; mov Rq(r0), rax
        ; jmp BYTE >done
        ; same:
        ; mov eax, Rd(r1)
        ; mov edx, Rd(r2)
        ; add rax, r15
        ; add rdx, r15
        ; cmp Rd(len), DWORD 16
        ; ja BYTE >vectors
        ; mov rax, [BYTE rax + Rq(len) - 8]
        ; cmp rax, [BYTE rdx + Rq(len) - 8]
        ; jne =>otherwise
        ; jmp BYTE >equal
        ; vectors:
        ; cmp Rd(len), DWORD 32
        ; ja =>otherwise
    );
    asm!(e
        ; movups xmm0, [rax]
        ; movups xmm1, [rdx]
        ; pcmpeqb xmm0, xmm1
        ; movups xmm2, [BYTE rax + Rq(len) - 16]
        ; movups xmm3, [BYTE rdx + Rq(len) - 16]
        ; pcmpeqb xmm2, xmm3
        ; pand xmm0, xmm2
        ; pmovmskb eax, xmm0
        ; cmp eax, DWORD 0xffff
        ; jne =>otherwise
        ; equal:
        ; xor Rd(r0), Rd(r0)
        ; done:
    );
    end(e);
}

/// Continues at [`Stub::Bulk`], which serves an intrinsic of any length.
pub fn otherwise(e: &mut Emitter) {
    let bulk = e.stub(Stub::Bulk);
    asm!(e
        ; mov edx, [BYTE r15 + field!(index) as i8]
        ; mov rax, [BYTE r15 + field!(temp) as i8]
        ; jmp =>bulk
    );
}

/// Saves the intrinsic's number, and checks that it is short and can be paid for.
fn begin(e: &mut Emitter) {
    let (len, otherwise) = (host(Reg::R3), e.stub(Stub::LongBulk));
    asm!(e
        ; mov [BYTE r15 + field!(index) as i8], edx
        ; mov [BYTE r15 + field!(temp) as i8], rax
        ; lea rax, [BYTE Rq(len) - SHORTEST]
        ; cmp rax, DWORD (LONGEST - SHORTEST) as i32
        ; ja =>otherwise
    );
    price(e);
    asm!(e
        ; cmp r14, rax
        // Ignores the reserve, which the host's function counts too.
        ; jl =>otherwise
    );
}

/// Charges gas and returns.
fn end(e: &mut Emitter) {
    price(e);
    asm!(e
        ; sub r14, rax
        ; ret
    );
}

/// rax = the price of the bytes: [`crate::meter::CostTable::bulk`].
fn price(e: &mut Emitter) {
    let (len, word) = (host(Reg::R3), e.word_price);
    asm!(e
        ; lea eax, [BYTE Rq(len) + 7]
        ; shr eax, BYTE 3
        ; imul rax, rax, DWORD word
    );
}

/// Checks that the range at `addr` is in memory that ends as the table at `ends` says. Its first byte gives the region,
/// and its last one must be before the region's end. A range that wraps is beyond every end, since there is no region
/// at the highest addresses.
fn check(e: &mut Emitter, addr: u8, ends: i32) {
    let (len, otherwise) = (host(Reg::R3), e.stub(Stub::LongBulk));
    asm!(e
        ; mov eax, Rd(addr)
        ; lea edx, [BYTE Rq(addr) + Rq(len) - 1]
        ; shr eax, BYTE 28
        ; cmp edx, [r15 + rax * 4 + ends]
        ; jae =>otherwise
    );
}

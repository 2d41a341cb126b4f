//! Byte order (RFC 9669 §4.2). Both host and guest are little-endian.

use crate::jit::emit::{asm, Emitter};

/// Keeps the lower 16 bits. 4 bytes.
pub fn le16(e: &mut Emitter, dst: u8) {
    asm!(e; movzx Rd(dst), Rw(dst));
}

/// Keeps the lower 32 bits. 3 bytes.
pub fn le32(e: &mut Emitter, dst: u8) {
    asm!(e; mov Rd(dst), Rd(dst));
}

/// Reverses the lower 2 bytes and clears the others. 9 bytes.
pub fn swap16(e: &mut Emitter, dst: u8) {
    asm!(e; rol Rw(dst), BYTE 8; movzx Rd(dst), Rw(dst));
}

/// Reverses the lower 4 bytes and clears the others. 3 bytes.
pub fn swap32(e: &mut Emitter, dst: u8) {
    asm!(e; bswap Rd(dst));
}

/// Reverses all 8 bytes. 3 bytes.
pub fn swap64(e: &mut Emitter, dst: u8) {
    asm!(e; bswap Rq(dst));
}

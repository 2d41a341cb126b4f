//! Byte order (RFC 9669 §4.2). The guest is little-endian whatever the host is.

/// Keeps the lower 16 bits.
#[inline(always)]
pub(super) fn le16(dst: u64) -> u64 {
    u64::from(dst as u16)
}

/// Keeps the lower 32 bits.
#[inline(always)]
pub(super) fn le32(dst: u64) -> u64 {
    u64::from(dst as u32)
}

/// Keeps everything.
#[inline(always)]
pub(super) fn le64(dst: u64) -> u64 {
    dst
}

/// Reverses the lower 2 bytes and clears the others.
#[inline(always)]
pub(super) fn swap16(dst: u64) -> u64 {
    u64::from((dst as u16).swap_bytes())
}

/// Reverses the lower 4 bytes and clears the others.
#[inline(always)]
pub(super) fn swap32(dst: u64) -> u64 {
    u64::from((dst as u32).swap_bytes())
}

/// Reverses all 8 bytes.
#[inline(always)]
pub(super) fn swap64(dst: u64) -> u64 {
    dst.swap_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_size() {
        let value = 0x8877_6655_4433_2211;
        assert_eq!([le16(value), le32(value), le64(value)], [0x2211, 0x4433_2211, value]);
        assert_eq!([swap16(value), swap32(value)], [0x1122, 0x1122_3344]);
        assert_eq!(swap64(value), 0x1122_3344_5566_7788);
    }
}

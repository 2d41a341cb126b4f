//! The relocations of BPF objects, in one table.
//!
//! A relocation says that a field holds the address of a symbol, and how it is encoded. For BPF, LLVM uses
//! sections of type SHT_REL: the addend is in the field itself.
//!
//! Source: LLVM's `docs/` on BPF relocations (`llvm/include/llvm/BinaryFormat/ELFRelocs/BPF.def`) and
//! the kernel's `Documentation/bpf/llvm_reloc.rst`.

/// The field of a relocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RelocKind {
    /// The two immediates of a wide instruction (`lddw`). They hold the addend, low half first.
    Wide,
    /// The eight bytes of a field of data.
    Abs64,
    /// The four bytes of a field of data.
    Abs32,
    /// The immediate of a `call`. The target is `(imm + 1) * 8` bytes after the symbol, so that -1 means the
    /// symbol itself.
    Call,
}

/// Name, number and meaning of each supported relocation.
const TABLE: [(u32, &str, RelocKind); 5] = [
    (1, "R_BPF_64_64", RelocKind::Wide),
    (2, "R_BPF_64_ABS64", RelocKind::Abs64),
    (3, "R_BPF_64_ABS32", RelocKind::Abs32),
    // "No dynamic loader": offsets between debug sections. The field is that of ABS32.
    (4, "R_BPF_64_NODYLD32", RelocKind::Abs32),
    (10, "R_BPF_64_32", RelocKind::Call),
];

impl RelocKind {
    /// The relocation with this number.
    pub(crate) fn from_number(number: u32) -> Option<RelocKind> {
        TABLE.iter().find(|row| row.0 == number).map(|row| row.2)
    }

    /// How many bytes from the relocation's offset its field may extend.
    pub(crate) fn width(self) -> usize {
        match self {
            RelocKind::Wide => 16,
            RelocKind::Abs64 | RelocKind::Call => 8,
            RelocKind::Abs32 => 4,
        }
    }

    /// The addend in `field`, which holds [`RelocKind::width`] bytes from the relocation's offset.
    pub(crate) fn addend(self, field: &[u8]) -> Option<i64> {
        let word = |at: usize| {
            let bytes = field.get(at..at + 4)?;
            Some(u32::from_le_bytes(bytes.try_into().ok()?))
        };
        Some(match self {
            RelocKind::Wide => (u64::from(word(4)?) | u64::from(word(12)?) << 32) as i64,
            RelocKind::Abs64 => (u64::from(word(0)?) | u64::from(word(4)?) << 32) as i64,
            RelocKind::Abs32 => i64::from(word(0)? as i32),
            RelocKind::Call => (i64::from(word(4)? as i32) + 1) * 8,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addends_are_read_from_the_field() {
        let wide = [0x18, 1, 0, 0, 0x10, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff];
        assert_eq!(RelocKind::Wide.addend(&wide), Some(0xffff_ffff_0000_0010_u64 as i64));
        assert_eq!(RelocKind::Call.addend(&[0x85, 0x10, 0, 0, 0xff, 0xff, 0xff, 0xff]), Some(0));
        assert_eq!(RelocKind::Call.addend(&[0x85, 0x10, 0, 0, 1, 0, 0, 0]), Some(16));
        assert_eq!(RelocKind::Abs32.addend(&[0xff; 4]), Some(-1));
        assert_eq!(RelocKind::Abs64.addend(&[2, 0, 0, 0, 0, 0, 0, 0]), Some(2));
    }

    #[test]
    fn a_short_field_has_no_addend() {
        for (_, name, kind) in TABLE {
            assert_eq!(kind.addend(&[0; 3]), None, "{name}");
            assert!(kind.addend(&[0; 16][..kind.width()]).is_some(), "{name}");
        }
    }
}

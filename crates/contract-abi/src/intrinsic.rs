//! Helper functions that the virtual machine serves itself, without leaving it.
//!
//! They are called like the contract functions (`call N` with `src = 0`, RFC 9669 §4.3.1) but have numbers from
//! [`FIRST`] on. Arguments are in r1–r5, the result is in r0; r1–r5 keep their values unless a row says otherwise. An
//! intrinsic that works on memory is charged for its bytes before it touches any. It touches none unless all of them
//! are mapped with the right permission.

/// The lowest number of an intrinsic; all lower numbers are contract functions.
pub const FIRST: u32 = 0x1000;

macro_rules! intrinsics {
    ($($(#[$doc:meta])* $variant:ident = $number:literal, $symbol:literal;)*) => {
        /// An intrinsic of the virtual machine.
        ///
        /// 128-bit values are passed in two registers, low half first.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u32)]
        pub enum Intrinsic { $($(#[$doc])* $variant = $number,)* }

        impl Intrinsic {
            /// All of them, by rising number.
            pub const ALL: &'static [Intrinsic] = &[$(Intrinsic::$variant,)*];

            /// The intrinsic with this number.
            pub const fn from_number(number: u32) -> Option<Intrinsic> {
                match number { $($number => Some(Intrinsic::$variant),)* _ => None }
            }

            /// Its symbol in object files.
            pub const fn symbol(self) -> &'static str {
                match self { $(Intrinsic::$variant => $symbol,)* }
            }

            /// The intrinsic for an undefined symbol.
            pub fn from_symbol(symbol: &str) -> Option<Intrinsic> {
                match symbol {
                    $($symbol => Some(Intrinsic::$variant),)*
                    "bcmp" => Some(Intrinsic::MemCmp),
                    _ => None,
                }
            }
        }
    };
}

intrinsics! {
    /// `()` → traps. What a panic, `unreachable` and LLVM's own `__bpf_trap` become.
    Abort = 0x1000, "__bpf_trap";
    /// `(dst, src, len)` → `dst`. The ranges may overlap: this is `memmove`, so that a program whose ranges overlap by
    /// mistake still gets the same bytes from every engine.
    MemCpy = 0x1001, "memcpy";
    /// `(dst, src, len)` → `dst`. The ranges may overlap.
    MemMove = 0x1002, "memmove";
    /// `(dst, byte, len)` → `dst`.
    MemSet = 0x1003, "memset";
    /// `(a, b, len)` → −1, 0 or 1 as a sign-extended 64-bit value.
    MemCmp = 0x1004, "memcmp";
    /// `(a, b)` → high 64 bits of the unsigned product.
    MulHigh = 0x1010, "__bpf_umulh";
    /// `(a_lo, a_hi, b_lo, b_hi)` → r0:r2, the product modulo 2¹²⁸ (r2 is the high half).
    MulTi = 0x1011, "__multi3";
    /// `(a_lo, a_hi, b_lo, b_hi)` → r0:r2, unsigned quotient; 0 when the divisor is 0.
    UDivTi = 0x1012, "__udivti3";
    /// `(a_lo, a_hi, b_lo, b_hi)` → r0:r2, unsigned remainder; the dividend when the divisor is 0.
    UModTi = 0x1013, "__umodti3";
    /// `(a_lo, a_hi, b_lo, b_hi)` → r0:r2, signed quotient, wrapping; 0 when the divisor is 0.
    DivTi = 0x1014, "__divti3";
    /// `(a_lo, a_hi, b_lo, b_hi)` → r0:r2, signed remainder, wrapping; the dividend when the divisor is 0.
    ModTi = 0x1015, "__modti3";
    /// [`Intrinsic::MulTi`], its 16-byte result written to the address in r5. r0 is 0.
    ///
    /// The forms with a pointer are for code generators that cannot return two registers
    /// (LLVM before 23).
    MulTiPtr = 0x1021, "__bpf_multi3";
    /// [`Intrinsic::UDivTi`], its result written to the address in r5.
    UDivTiPtr = 0x1022, "__bpf_udivti3";
    /// [`Intrinsic::UModTi`], its result written to the address in r5.
    UModTiPtr = 0x1023, "__bpf_umodti3";
    /// [`Intrinsic::DivTi`], its result written to the address in r5.
    DivTiPtr = 0x1024, "__bpf_divti3";
    /// [`Intrinsic::ModTi`], its result written to the address in r5.
    ModTiPtr = 0x1025, "__bpf_modti3";
}

impl Intrinsic {
    /// The number in `call`'s immediate.
    pub const fn number(self) -> u32 {
        self as u32
    }

    /// Whether it writes r2 as well as r0.
    pub const fn returns_pair(self) -> bool {
        matches!(self, Self::MulTi | Self::UDivTi | Self::UModTi | Self::DivTi | Self::ModTi)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_symbols_lead_back() {
        for &i in Intrinsic::ALL {
            assert!(i.number() >= FIRST);
            assert_eq!(Intrinsic::from_number(i.number()), Some(i));
            assert_eq!(Intrinsic::from_symbol(i.symbol()), Some(i));
        }
        assert_eq!(Intrinsic::from_symbol("memcpy_"), None);
        assert_eq!(Intrinsic::from_number(1), None);
    }
}

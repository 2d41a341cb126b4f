//! Conditions of branches (RFC 9669 §4.3), between `dst` and the second operand.

macro_rules! conditions {
    ($($name32:ident $name64:ident $s32:ident $s64:ident: $op:tt;)*) => {
        $(
            #[inline(always)]
            pub(super) fn $name32(dst: u64, src: u64) -> bool {
                (dst as $s32) $op (src as $s32)
            }

            #[inline(always)]
            pub(super) fn $name64(dst: u64, src: u64) -> bool {
                (dst as $s64) $op (src as $s64)
            }
        )*
    };
}

conditions! {
    eq32 eq64 u32 u64: ==;
    ne32 ne64 u32 u64: !=;
    gt32 gt64 u32 u64: >;
    ge32 ge64 u32 u64: >=;
    lt32 lt64 u32 u64: <;
    le32 le64 u32 u64: <=;
    sgt32 sgt64 i32 i64: >;
    sge32 sge64 i32 i64: >=;
    slt32 slt64 i32 i64: <;
    sle32 sle64 i32 i64: <=;
}

#[inline(always)]
pub(super) fn set32(dst: u64, src: u64) -> bool {
    dst as u32 & src as u32 != 0
}

#[inline(always)]
pub(super) fn set64(dst: u64, src: u64) -> bool {
    dst & src != 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_and_widths_matter() {
        let minus_one = u64::MAX;
        assert!(gt64(minus_one, 1) && slt64(minus_one, 1) && !sgt64(minus_one, 1));
        assert!(gt32(minus_one, 1) && slt32(0xffff_ffff, 1) && !slt64(0xffff_ffff, 1));
        assert!(eq32(1 << 32, 0) && ne64(1 << 32, 0));
        assert!(set64(1 << 40, 3 << 40) && !set32(1 << 40, 3 << 40) && !set64(1, 2));
        assert!(ge64(5, 5) && le64(5, 5) && sge32(5, 5) && sle32(5, 5) && !lt64(5, 5));
    }
}

//! Multiplication of integers wider than 64 bits.
//!
//! BPF's `mul` gives the low half of a 64-bit product; the virtual machine's `__bpf_umulh` gives the high
//! half. LLVM would call `__multi3`, which the back end refuses.
//!
//! ```llvm
//! %r = mul i128 %a, %b                                  ; before
//! %r = call i128 @bpf_legalize.mul.i128(i128 %a, i128 %b)   ; after: runtime.ll, always inlined
//! ```
//!
//! Operands of fewer than 128 bits are extended, and the result is truncated. Wider ones are multiplied 64
//! bits at a time: with `a = Σ aᵢ·2⁶⁴ⁱ`, the product is the sum of `aᵢ·bⱼ·2⁶⁴⁽ⁱ⁺ʲ⁾`, each half of each term
//! added in its place.

use crate::llvm::{Binary, Builder, Cast, Module, Opcode, Value};
use crate::rewrite::runtime;

/// Runs the rewrite. Returns whether anything changed.
pub fn run(module: &Module) -> bool {
    let builder = module.builder();
    let mut changed = false;
    for instruction in module.instructions() {
        if instruction.opcode() != Opcode::Mul || instruction.ty().int_width() <= 64 {
            continue;
        }
        builder.before(instruction);
        let operands = instruction.operands();
        instruction.replace_uses(multiply(&builder, operands[0], operands[1]));
        instruction.erase();
        changed = true;
    }
    changed
}

fn multiply<'m>(builder: &Builder<'m>, a: Value<'m>, b: Value<'m>) -> Value<'m> {
    let module = builder.module();
    let ty = a.ty();
    if ty.int_width() <= 128 {
        let wide = module.int(128);
        let (a, b) = (builder.cast(Cast::ZExt, a, wide), builder.cast(Cast::ZExt, b, wide));
        return builder.cast(Cast::Trunc, runtime::multiply_128(builder, a, b), ty);
    }
    let limbs = ty.int_width().div_ceil(64);
    let (word, wide) = (module.int(64), module.int(64 * limbs));
    let limb = |value: Value<'m>, i: u32| {
        let value = builder.cast(Cast::ZExt, value, wide);
        builder.cast(Cast::Trunc, builder.shift_right(value, 64 * i), word)
    };
    let a: Vec<_> = (0..limbs).map(|i| limb(a, i)).collect();
    let b: Vec<_> = (0..limbs).map(|i| limb(b, i)).collect();
    let mut sum = module.constant(wide, 0);
    let add = |sum: Value<'m>, part: Value<'m>, at: u32| {
        let part = builder.shift_left(builder.cast(Cast::ZExt, part, wide), 64 * at);
        builder.binary(Binary::Add, sum, part)
    };
    for i in 0..limbs {
        for j in 0..limbs - i {
            sum = add(sum, builder.binary(Binary::Mul, a[i as usize], b[j as usize]), i + j);
            if i + j + 1 < limbs {
                sum = add(sum, runtime::multiply_high(builder, a[i as usize], b[j as usize]), i + j + 1);
            }
        }
    }
    builder.cast(Cast::Trunc, sum, ty)
}

//! Multiplications that report overflow, where the back end would need a product of twice the width.
//!
//! ```llvm
//! %r = call { i64, i1 } @llvm.umul.with.overflow.i64(i64 %a, i64 %b)   ; before
//! %r = call { i64, i1 } @bpf_legalize.umulo.i64(i64 %a, i64 %b)        ; after
//! ```
//!
//! The function is in `runtime.ll`. Up to 32 bits the back end itself uses a 64-bit register. For widths in
//! between, the operands are extended and multiplied, and the result is compared with the extension of its
//! own low bits:
//!
//! ```llvm
//! %a64 = zext i48 %a to i64                                            ; i48
//! %w = call { i64, i1 } @bpf_legalize.umulo.i64(i64 %a64, i64 %b64)
//! %r = trunc i64 %w.0 to i48
//! %o = or i1 %w.1, (zext %r) != %w.0
//! ```
//!
//! Above 128 bits the product is computed in twice the width, where it cannot overflow, and checked in the
//! same way. `wide_multiply` then expands that product.

use crate::llvm::{Binary, Builder, Cast, Module, Predicate, Value};
use crate::rewrite::runtime;

/// Runs the rewrite. Returns whether anything changed.
pub fn run(module: &Module) -> bool {
    let builder = module.builder();
    let mut changed = false;
    for call in module.instructions() {
        let Some(name) = call.called_intrinsic() else { continue };
        let signed = match () {
            () if name.starts_with("llvm.umul.with.overflow.i") => false,
            () if name.starts_with("llvm.smul.with.overflow.i") => true,
            () => continue,
        };
        let args = call.args();
        if args[0].ty().int_width() <= 32 {
            continue;
        }
        builder.before(call);
        let (product, overflow) = multiply(&builder, signed, args[0], args[1]);
        let result = builder.insert(builder.poison(call.ty()), product, 0);
        call.replace_uses(builder.insert(result, overflow, 1));
        call.erase();
        changed = true;
    }
    changed
}

/// The product in the width of the operands, and whether it differs from the exact product.
fn multiply<'m>(builder: &Builder<'m>, signed: bool, a: Value<'m>, b: Value<'m>) -> (Value<'m>, Value<'m>) {
    let module = builder.module();
    let ty = a.ty();
    let own = ty.int_width();
    let extend = if signed { Cast::SExt } else { Cast::ZExt };
    let through = match own {
        0..=64 => 64,
        65..=128 => 128,
        _ => 2 * own,
    };
    let wide = module.int(through);
    let (wide_a, wide_b) = (builder.cast(extend, a, wide), builder.cast(extend, b, wide));
    if through > 128 {
        let product = builder.binary(Binary::Mul, wide_a, wide_b);
        let low = builder.cast(Cast::Trunc, product, ty);
        return (low, builder.compare(Predicate::Ne, builder.cast(extend, low, wide), product));
    }
    let (product, overflow) = runtime::multiply_checked(builder, signed, wide_a, wide_b);
    if through == own {
        return (product, overflow);
    }
    let low = builder.cast(Cast::Trunc, product, ty);
    let lost = builder.compare(Predicate::Ne, builder.cast(extend, low, wide), product);
    (low, builder.or(overflow, lost))
}

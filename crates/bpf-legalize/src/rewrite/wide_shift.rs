//! Shifts and rotations of 65- to 128-bit integers by an amount that is not constant.
//!
//! LLVM would call `__ashlti3` and similar functions, which the back end refuses. If the amount is constant,
//! LLVM itself splits the shift into shifts of the halves.
//!
//! ```llvm
//! %r = shl i128 %a, %n                                       ; before
//! %r = call i128 @bpf_legalize.shl.i128(i128 %a, i64 %n64)   ; after: runtime.ll, one copy
//! ```
//!
//! A funnel shift (a rotation is one) first becomes two shifts. Neither of them is by the full width, for
//! which a shift is undefined:
//!
//! ```llvm
//! %r = call i128 @llvm.fshl.i128(i128 %a, i128 %b, i128 %n)   ; before
//! %m = and i128 %n, 127                                       ; after
//! %high = shl i128 %a, %m
//! %b1 = lshr i128 %b, 1
//! %low = lshr i128 %b1, (127 - %m)
//! %r = or i128 %high, %low
//! ```

use crate::llvm::{Binary, Builder, Cast, Module, Opcode, Value};
use crate::rewrite::runtime;

/// Runs the rewrite. Returns whether anything changed.
pub fn run(module: &Module) -> bool {
    let builder = module.builder();
    // `|`, not `||`: the first rewrite creates work for the second.
    funnel_shifts(&builder) | shifts(&builder)
}

fn shifts(builder: &Builder<'_>) -> bool {
    let module = builder.module();
    let mut changed = false;
    for instruction in module.instructions() {
        let (name, extend) = match instruction.opcode() {
            Opcode::Shl => ("shl", Cast::ZExt),
            Opcode::LShr => ("lshr", Cast::ZExt),
            Opcode::AShr => ("ashr", Cast::SExt),
            _ => continue,
        };
        let ty = instruction.ty();
        if !(65..=128).contains(&ty.int_width()) {
            continue;
        }
        let operands = instruction.operands();
        if operands[1].is_constant_int() {
            continue;
        }
        builder.before(instruction);
        let value = builder.cast(extend, operands[0], module.int(128));
        let amount = builder.cast(Cast::Trunc, operands[1], module.int(64));
        let result = runtime::shift_128(builder, name, value, amount);
        instruction.replace_uses(builder.cast(Cast::Trunc, result, ty));
        instruction.erase();
        changed = true;
    }
    changed
}

fn funnel_shifts(builder: &Builder<'_>) -> bool {
    let mut changed = false;
    for call in builder.module().instructions() {
        let Some(name) = call.called_intrinsic() else { continue };
        let left = match name.as_str() {
            "llvm.fshl.i128" => true,
            "llvm.fshr.i128" => false,
            _ => continue,
        };
        let args = call.args();
        if args[2].is_constant_int() {
            continue;
        }
        builder.before(call);
        call.replace_uses(funnel_shift(builder, left, args[0], args[1], args[2]));
        call.erase();
        changed = true;
    }
    changed
}

fn funnel_shift<'m>(
    builder: &Builder<'m>,
    left: bool,
    high: Value<'m>,
    low: Value<'m>,
    amount: Value<'m>,
) -> Value<'m> {
    let module = builder.module();
    let constant = |value| module.constant(high.ty(), value);
    let amount = builder.binary(Binary::And, amount, constant(127));
    let rest = builder.binary(Binary::Sub, constant(127), amount);
    let (high_amount, low_amount, high, low) = match left {
        true => (amount, rest, high, builder.shift_right(low, 1)),
        false => (rest, amount, builder.shift_left(high, 1), low),
    };
    let high = builder.binary(Binary::Shl, high, high_amount);
    let low = builder.binary(Binary::LShr, low, low_amount);
    builder.binary(Binary::Or, high, low)
}

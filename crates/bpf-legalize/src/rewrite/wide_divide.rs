//! Division of integers of 65 to 128 bits.
//!
//! ```llvm
//! %q = udiv i128 %a, %b                                      ; before
//! %q = call i128 @bpf_legalize.udiv.i128(i128 %a, i128 %b)   ; after: runtime.ll, always inlined
//! ```
//!
//! The function calls the virtual machine's `__bpf_udivti3`, which writes its result through a pointer.
//! Narrower operands are extended and the result is truncated. LLVM itself expands anything wider than 128
//! bits into a loop (`expand-large-div-rem`).

use crate::llvm::{Cast, Module, Opcode};
use crate::rewrite::runtime;

/// Runs the rewrite. Returns whether anything changed.
pub fn run(module: &Module) -> bool {
    let builder = module.builder();
    let mut changed = false;
    for instruction in module.instructions() {
        let (name, extend) = match instruction.opcode() {
            Opcode::UDiv => ("udiv", Cast::ZExt),
            Opcode::URem => ("urem", Cast::ZExt),
            Opcode::SDiv => ("sdiv", Cast::SExt),
            Opcode::SRem => ("srem", Cast::SExt),
            _ => continue,
        };
        let ty = instruction.ty();
        if !(65..=128).contains(&ty.int_width()) {
            continue;
        }
        builder.before(instruction);
        let wide = module.int(128);
        let operands: Vec<_> =
            instruction.operands().into_iter().map(|o| builder.cast(extend, o, wide)).collect();
        let result = runtime::divide_128(&builder, name, operands[0], operands[1]);
        instruction.replace_uses(builder.cast(Cast::Trunc, result, ty));
        instruction.erase();
        changed = true;
    }
    changed
}

//! Turns copies, moves and fills into calls, unless their length is a small constant.
//!
//! The back end expands a small constant length into loads and stores and refuses everything else, because
//! the kernel has no `memcpy`. The virtual machine has one. The back end accepts a call to a *function* of
//! that name; it refuses only its own library calls.
//!
//! ```llvm
//! call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)   ; before
//! %_ = call ptr @memcpy(ptr %d, ptr %s, i64 %n) nobuiltin              ; after
//! ```
//!
//! `nobuiltin` keeps LLVM from recognising the function and undoing the rewrite.

use crate::llvm::{Cast, Module, Place};

/// The longest copy or fill, in bytes, that stays inline.
///
/// Every eight bytes cost two instructions to copy and one to fill; a call costs about six, including its
/// arguments. In fifteen ink! contracts, whose hashes and account identifiers are 32 bytes long, this value
/// gives the least code in total: 386.1 kB at 16 bytes, 385.9 at 24, 391.3 at 32, 395.0 at 64.
pub const INLINE_BYTES: u64 = 24;

/// Runs the rewrite. Returns whether anything changed.
pub fn run(module: &Module) -> bool {
    let builder = module.builder();
    let (pointer, int, word) = (module.pointer(), module.int(32), module.int(64));
    let mut changed = false;
    for call in module.instructions() {
        let Some(name) = call.called_intrinsic() else { continue };
        let (symbol, second) = match () {
            () if name.starts_with("llvm.memcpy.p") || name.starts_with("llvm.memcpy.inline.") => {
                ("memcpy", pointer)
            }
            () if name.starts_with("llvm.memmove.") => ("memmove", pointer),
            () if name.starts_with("llvm.memset.p") || name.starts_with("llvm.memset.inline.") => {
                ("memset", int)
            }
            () => continue,
        };
        let args = call.args();
        if args[2].as_constant().is_some_and(|len| len <= INLINE_BYTES) {
            continue;
        }
        builder.before(call);
        let ty = module.function_type(pointer, &[pointer, second, word]);
        let function = module.declare(symbol, ty);
        let from = if symbol == "memset" { builder.cast(Cast::ZExt, args[1], int) } else { args[1] };
        let len = builder.cast(Cast::ZExt, args[2], word);
        builder.call(ty, function, &[args[0], from, len]).add_attribute(Place::Function, "nobuiltin");
        call.erase();
        changed = true;
    }
    changed
}

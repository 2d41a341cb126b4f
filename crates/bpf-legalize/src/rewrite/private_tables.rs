//! Private tables of pointers become internal.
//!
//! LLVM 22's BPF back end takes every private constant array of pointers for a jump table of its own,
//! emits no data for it, and then fails with "Undefined temporary symbol". rustc makes such arrays of
//! slices of functions and of constant `match`es over strings.
//!
//! ```llvm
//! @table = private constant [2 x ptr] [ptr @a, ptr @b]    ; before
//! @table = internal constant [2 x ptr] [ptr @a, ptr @b]   ; after: the same, with a symbol
//! ```

use crate::llvm::{Kind, Linkage, Module, Type};

/// Runs the rewrite; says whether anything changed.
pub fn run(module: &Module) -> bool {
    let mut changed = false;
    for global in module.globals() {
        if global.is_private() && is_table(global.content_type()) {
            global.set_linkage(Linkage::Internal);
            changed = true;
        }
    }
    changed
}

/// Whether it is an array of anything but integers.
fn is_table(ty: Type<'_>) -> bool {
    ty.kind() == Kind::Array && ty.element().kind() != Kind::Integer
}

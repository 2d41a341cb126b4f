//! Private tables of pointers become internal.
//!
//! LLVM 22's BPF back end takes every private constant array that is not plain data for a jump table of its
//! own, emits nothing for it, and then fails with "Undefined temporary symbol". rustc makes such arrays of
//! slices of functions and of constant `match`es over strings; LLVM itself of a `switch` between integers of
//! which one does not matter (`poison`).
//!
//! ```llvm
//! @table = private constant [2 x ptr] [ptr @a, ptr @b]    ; before
//! @table = internal constant [2 x ptr] [ptr @a, ptr @b]   ; after: the same, with a symbol
//! ```

use crate::llvm::{Linkage, Module, Value};

/// Runs the rewrite; says whether anything changed.
pub fn run(module: &Module) -> bool {
    let mut changed = false;
    for global in module.globals() {
        if global.is_private() && is_table(global) {
            global.set_linkage(Linkage::Internal);
            changed = true;
        }
    }
    changed
}

/// Whether its content is an array of elements, as a table of pointers is.
fn is_table(global: Value<'_>) -> bool {
    global.initializer().is_some_and(Value::is_constant_array_of_elements)
}

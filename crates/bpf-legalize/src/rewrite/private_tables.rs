//! Makes private tables of pointers internal.
//!
//! LLVM 22's BPF back end regards every private constant array that is not plain data as one of its own jump
//! tables. It emits nothing for the array, and then fails with "Undefined temporary symbol". rustc makes such
//! arrays from slices of functions and from constant `match`es over strings. LLVM itself makes them from a
//! `switch` between integers if one of these does not matter (`poison`).
//!
//! ```llvm
//! @table = private constant [2 x ptr] [ptr @a, ptr @b]    ; before
//! @table = internal constant [2 x ptr] [ptr @a, ptr @b]   ; after: the same, with a symbol
//! ```

use crate::llvm::{Linkage, Module, Value};

/// Runs the rewrite. Returns whether anything changed.
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

/// Whether its content is an array of elements, like a table of pointers.
fn is_table(global: Value<'_>) -> bool {
    global.initializer().is_some_and(Value::is_constant_array_of_elements)
}

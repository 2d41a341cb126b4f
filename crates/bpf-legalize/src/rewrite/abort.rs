//! Turns calls to a C-style `abort` into the trap that a panic uses.
//!
//! ```llvm
//! call void @abort()      ; before
//! call void @llvm.trap()  ; after; the back end makes `call __bpf_trap` of it
//! ```

use crate::llvm::{Module, Value};

/// Runs the rewrite. Returns whether anything changed.
pub fn run(module: &Module) -> bool {
    let builder = module.builder();
    let is_abort = |f: &Value<'_>| f.is_declaration() && f.name() == "abort";
    let calls = module.instructions().into_iter();
    let calls: Vec<_> = calls.filter(|c| c.direct_callee().as_ref().is_some_and(is_abort)).collect();
    for call in &calls {
        builder.before(*call);
        builder.call_function(module.intrinsic("llvm.trap", &[]), &[]);
        if call.is_used() {
            call.replace_uses(builder.poison(call.ty()));
        }
        call.erase();
    }
    !calls.is_empty()
}

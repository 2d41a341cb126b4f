//! Gives every trap of a function its own symbol.
//!
//! ```llvm
//! call void @llvm.trap()     ; before: two panics in one function
//! call void @llvm.trap()
//!
//! call void @__bpf_trap.0()  ; after
//! call void @__bpf_trap.1()
//! ```
//!
//! A trap carries only its pc, from which the source line of a panic is found. LLVM regards all traps as
//! equal and lets the panics of a function share one, which then has the line of any of them. Calls of
//! different symbols stay apart; the linker treats them all as `__bpf_trap`
//! (`docs/decisions/0041-one-trap-per-panic.md`). `nomerge` on the call would mean the same, but the back end
//! loses it.

use crate::llvm::Module;

/// Runs the rewrite. Returns whether anything changed.
pub fn run(module: &Module) -> bool {
    let builder = module.builder();
    let ty = module.function_type(module.void(), &[]);
    let mut changed = false;
    for function in module.functions() {
        let instructions = function.instructions().into_iter();
        let traps: Vec<_> =
            instructions.filter(|call| call.called_intrinsic().as_deref() == Some("llvm.trap")).collect();
        if traps.len() < 2 {
            continue;
        }
        for (number, trap) in traps.into_iter().enumerate() {
            let target = module.declare(&format!("__bpf_trap.{number}"), ty);
            builder.before(trap);
            builder.call_function(target, &[]);
            trap.erase();
        }
        changed = true;
    }
    changed
}

//! Removes work-arounds for the kernel's verifier.
//!
//! At the start of its optimisation pipeline, LLVM's BPF target adds intrinsics that keep LLVM from forming
//! code that the kernel could not follow. They hide values from every later pass and cost a copy.
//!
//! ```llvm
//! %b = call i1 @llvm.bpf.passthrough.i1.i1(i32 0, i1 %a)      ; uses of %b become uses of %a
//! %c = call i1 @llvm.bpf.compare.i64.i64(i32 36, i64 %x, i64 %y)
//! ```
//!
//! The second becomes `icmp ult i64 %x, %y`; its first operand is the number of the predicate.

use crate::llvm::{Module, Predicate};

/// Runs the rewrite. Returns whether anything changed.
pub fn run(module: &Module) -> bool {
    let builder = module.builder();
    let mut changed = false;
    for call in module.instructions() {
        let Some(name) = call.called_intrinsic() else { continue };
        let args = || call.args();
        if name.starts_with("llvm.bpf.passthrough.") && call.ty() == args()[1].ty() {
            call.replace_uses(args()[1]);
            call.erase();
        } else if name.starts_with("llvm.bpf.compare.") {
            let Some(predicate) = args()[0].as_constant().and_then(predicate) else { continue };
            builder.before(call);
            call.replace_uses(builder.compare(predicate, args()[1], args()[2]));
            call.erase();
        } else {
            continue;
        }
        changed = true;
    }
    changed
}

fn predicate(number: u64) -> Option<Predicate> {
    use Predicate::*;
    [Eq, Ne, Ugt, Uge, Ult, Ule, Sgt, Sge, Slt, Sle].into_iter().find(|p| *p as u64 == number)
}

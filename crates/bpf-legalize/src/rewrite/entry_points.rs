//! Makes everything except the entry points private to the module.
//!
//! ```llvm
//! define void @call() { ... }            ; an entry point: stays
//! define void @helper() { ... }          ; before
//! define internal void @helper() { ... } ; after, so that it can go when nothing calls it
//! ```
//!
//! compiler-builtins defines functions that the virtual machine also provides (`memcpy`, `__multi3`). Their
//! bodies are removed, so that the linker binds the declarations to the machine's functions. This is not done
//! if link-time optimisation has specialised the function: a `memcmp` whose every caller compares 32 bytes
//! has lost its third parameter. It is then an ordinary function and gets another name.
//!
//! ```llvm
//! define internal fastcc i32 @memcmp(ptr %a, ptr %b) { ... }              ; before
//! define internal fastcc i32 @memcmp.specialized(ptr %a, ptr %b) { ... }  ; after
//! ```

use contract_abi::intrinsic::Intrinsic;

use crate::error::LegalizeError;
use crate::llvm::{Kind, Linkage, Module, Type};

/// Runs the rewrite.
///
/// # Errors
/// [`LegalizeError::NoEntryPoint`].
pub fn run(module: &Module, entry_points: &[String]) -> Result<(), LegalizeError> {
    for name in entry_points {
        if module.function(name).is_none_or(|f| f.is_declaration()) {
            return Err(LegalizeError::NoEntryPoint { name: name.clone() });
        }
    }
    for function in module.functions().into_iter().filter(|f| !f.is_declaration()) {
        let name = function.name();
        if let Some(intrinsic) = Intrinsic::from_symbol(&name) {
            if takes_what(intrinsic, function.content_type()) {
                function.set_name("");
                let declaration = module.add_function(&name, function.content_type());
                // Its calls keep their convention, and a call whose convention differs from the function's
                // may do anything.
                declaration.take_calling_convention(function);
                function.replace_uses(declaration);
            } else {
                function.set_name(&format!("{name}.specialized"));
            }
            function.set_linkage(Linkage::Internal);
        } else if !entry_points.contains(&name) {
            function.set_linkage(Linkage::Internal);
        }
    }
    for global in module.globals().into_iter().filter(|g| !g.is_declaration() && !g.is_local()) {
        // `llvm.used` and similar globals have a linkage and a meaning of their own.
        if !global.name().starts_with("llvm.") {
            global.set_linkage(Linkage::Internal);
        }
    }
    Ok(())
}

/// Whether a function of this type has the parameters of the machine's function. The result may be missing.
fn takes_what(intrinsic: Intrinsic, ty: Type<'_>) -> bool {
    use Intrinsic::*;
    let params: Vec<_> = ty.params().into_iter().map(|p| (p.kind(), int_width(p))).collect();
    const POINTER: (Kind, u32) = (Kind::Pointer, 0);
    const fn int(width: u32) -> (Kind, u32) {
        (Kind::Integer, width)
    }
    let expected: &[(Kind, u32)] = match intrinsic {
        Abort => &[],
        MemCpy | MemMove | MemCmp => &[POINTER, POINTER, int(64)],
        MemSet => &[POINTER, int(32), int(64)],
        MulHigh => &[int(64), int(64)],
        MulTi | UDivTi | UModTi | DivTi | ModTi => &[int(128), int(128)],
        MulTiPtr | UDivTiPtr | UModTiPtr | DivTiPtr | ModTiPtr => {
            &[int(64), int(64), int(64), int(64), POINTER]
        }
    };
    params == expected
}

fn int_width(ty: Type<'_>) -> u32 {
    match ty.kind() {
        Kind::Integer => ty.int_width(),
        _ => 0,
    }
}

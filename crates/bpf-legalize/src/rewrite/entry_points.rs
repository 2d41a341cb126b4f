//! Everything but the entry points becomes private to the module.
//!
//! ```llvm
//! define void @call() { ... }            ; an entry point: stays
//! define void @helper() { ... }          ; before
//! define internal void @helper() { ... } ; after, so that it can go when nothing calls it
//! ```
//!
//! Bodies of functions that the virtual machine has itself (`memcpy`, `__multi3`: compiler-builtins
//! brings them) become declarations, so that the linker binds them to the machine's.

use contract_abi::intrinsic::Intrinsic;

use crate::error::LegalizeError;
use crate::llvm::{Linkage, Module};

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
        if Intrinsic::from_symbol(&name).is_some() {
            function.set_name("");
            let declaration = module.add_function(&name, function.content_type());
            function.replace_uses(declaration);
            function.set_linkage(Linkage::Internal);
        } else if !entry_points.contains(&name) {
            function.set_linkage(Linkage::Internal);
        }
    }
    for global in module.globals().into_iter().filter(|g| !g.is_declaration() && !g.is_local()) {
        // `llvm.used` and its kin have a linkage and a meaning of their own.
        if !global.name().starts_with("llvm.") {
            global.set_linkage(Linkage::Internal);
        }
    }
    Ok(())
}

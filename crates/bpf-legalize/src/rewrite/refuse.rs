//! Refuses what has no meaning on BPF, naming the Rust function and the source line.
//!
//! This changes nothing. It runs first, so that names are still those in the source, and after dead functions
//! are removed, so that only code that can run is refused.

use crate::error::{self, LegalizeError, Unsupported};
use crate::llvm::{Kind, Module, Opcode, Place, Type, Value};

/// Runs the check.
///
/// # Errors
/// [`LegalizeError::Unsupported`] for the first thing found.
pub fn run(module: &Module) -> Result<(), LegalizeError> {
    if !module.inline_asm().trim().is_empty() {
        return Err(LegalizeError::Unsupported {
            what: Unsupported::InlineAssembly,
            function: "global_asm!".into(),
            place: None,
        });
    }
    if let Some(global) = module.globals().into_iter().find(|g| g.is_thread_local()) {
        return Err(unsupported(Unsupported::ThreadLocal, global, None));
    }
    for function in module.functions().into_iter().filter(|f| !f.is_intrinsic()) {
        check_signature(function)?;
        // Only in the first block is a constant-size alloca part of the frame.
        for instruction in function.instructions() {
            if let Some(what) = problem(instruction) {
                return Err(unsupported(what, function, Some(instruction)));
            }
        }
    }
    Ok(())
}

fn check_signature(function: Value<'_>) -> Result<(), LegalizeError> {
    let ty = function.content_type();
    if ty.is_variadic() {
        return Err(unsupported(Unsupported::Variadic, function, None));
    }
    if has_float(ty.result()) || ty.params().into_iter().any(has_float) {
        return Err(unsupported(Unsupported::Float, function, None));
    }
    for i in 0..ty.params().len() {
        if function.has_attribute(Place::Param(i as u32), "byval") {
            return Err(unsupported(Unsupported::ByValue, function, None));
        }
    }
    Ok(())
}

fn problem(instruction: Value<'_>) -> Option<Unsupported> {
    match instruction.opcode() {
        Opcode::Invoke | Opcode::LandingPad | Opcode::Resume => return Some(Unsupported::Unwinding),
        Opcode::IndirectBr => return Some(Unsupported::IndirectBranch),
        Opcode::CallBr => return Some(Unsupported::InlineAssembly),
        Opcode::VaArg => return Some(Unsupported::Variadic),
        Opcode::Alloca if instruction.operands()[0].as_constant().is_none() => {
            return Some(Unsupported::DynamicAlloca)
        }
        Opcode::Call => {
            // Empty inline assembly is `black_box`: a barrier without an instruction.
            if instruction.callee().as_inline_asm().is_some_and(|text| !text.trim().is_empty()) {
                return Some(Unsupported::InlineAssembly);
            }
            if instruction.called_type().is_variadic() {
                return Some(Unsupported::Variadic);
            }
        }
        _ => {}
    }
    let float = has_float(instruction.ty()) || instruction.operands().iter().any(|o| has_float(o.ty()));
    float.then_some(Unsupported::Float)
}

fn has_float(ty: Type<'_>) -> bool {
    match ty.kind() {
        Kind::Float => true,
        Kind::Struct => ty.members().into_iter().any(has_float),
        Kind::Array | Kind::Vector => has_float(ty.element()),
        _ => false,
    }
}

/// The error for something in `function`, at `instruction` if it has a source location.
///
/// Inlined code still belongs to its author: whole messages are inlined into ink!'s dispatch. So the error
/// names the innermost function in which the instruction was written. Functions of the library are skipped:
/// `f64::add` is nobody's mistake.
pub fn unsupported(what: Unsupported, function: Value<'_>, instruction: Option<Value<'_>>) -> LegalizeError {
    let origins = instruction.map(|i| i.written_in()).unwrap_or_default();
    let by_author = origins.iter().find(|origin| !is_library(&origin.file)).or(origins.first());
    let symbol = by_author.and_then(|origin| origin.symbol.clone());
    let place = by_author.map(|origin| (origin.file.clone(), origin.line)).or_else(|| function.declared_at());
    LegalizeError::Unsupported {
        what,
        function: demangle(&symbol.unwrap_or_else(|| function.name())),
        place: place.map(|(file, line)| error::Place::new(&file, line)),
    }
}

/// Whether a file belongs to `core` or `alloc`, judged by the path that rustc substitutes.
fn is_library(file: &str) -> bool {
    file.starts_with("/rustc/")
}

/// A symbol as written in the source, without the hash.
pub fn demangle(symbol: &str) -> String {
    format!("{:#}", rustc_demangle::demangle(symbol))
}

//! Functions in IR that rewrites call: `runtime.ll`, and the names in it.
//!
//! Arithmetic is easier to read as IR than as Rust code that builds it. A rewrite declares the function that
//! it calls. [`link`] then adds the bodies and makes them private. Later passes inline them (`alwaysinline`)
//! or keep one copy (`noinline`).

use crate::error::LegalizeError;
use crate::llvm::{Builder, Linkage, Module, Value};

/// The prefix of all functions in `runtime.ll`, so that they never clash with a symbol of a contract.
const PREFIX: &str = "bpf_legalize.";

/// `a * b` in i64 or i128: the low half, and whether the product fits in it.
pub fn multiply_checked<'m>(
    builder: &Builder<'m>,
    signed: bool,
    a: Value<'m>,
    b: Value<'m>,
) -> (Value<'m>, Value<'m>) {
    let module = builder.module();
    let bits = a.ty().int_width();
    let result = module.pair(module.int(1), a.ty());
    let name = format!("{PREFIX}{}mulo.i{bits}", if signed { 's' } else { 'u' });
    let function = module.declare(&name, module.function_type(result, &[a.ty(), b.ty()]));
    let both = builder.call_function(function, &[a, b]);
    (builder.extract(both, 1), builder.extract(both, 0))
}

/// `a * b` modulo 2¹²⁸.
pub fn multiply_128<'m>(builder: &Builder<'m>, a: Value<'m>, b: Value<'m>) -> Value<'m> {
    binary(builder, &format!("{PREFIX}mul.i128"), a, b)
}

/// High 64 bits of an unsigned 64-bit product.
pub fn multiply_high<'m>(builder: &Builder<'m>, a: Value<'m>, b: Value<'m>) -> Value<'m> {
    binary(builder, &format!("{PREFIX}umulh"), a, b)
}

/// `udiv`, `urem`, `sdiv` or `srem` of i128.
pub fn divide_128<'m>(builder: &Builder<'m>, name: &str, a: Value<'m>, b: Value<'m>) -> Value<'m> {
    binary(builder, &format!("{PREFIX}{name}.i128"), a, b)
}

/// `shl`, `lshr` or `ashr` of i128 by 0 to 127.
pub fn shift_128<'m>(builder: &Builder<'m>, name: &str, a: Value<'m>, amount: Value<'m>) -> Value<'m> {
    let module = builder.module();
    let name = format!("{PREFIX}{name}.i128");
    let function = module.declare(&name, module.function_type(a.ty(), &[a.ty(), amount.ty()]));
    builder.call_function(function, &[a, amount])
}

fn binary<'m>(builder: &Builder<'m>, name: &str, a: Value<'m>, b: Value<'m>) -> Value<'m> {
    let module = builder.module();
    let function = module.declare(name, module.function_type(a.ty(), &[a.ty(), b.ty()]));
    builder.call_function(function, &[a, b])
}

/// Adds the bodies of declared functions. Returns whether there were any.
///
/// # Errors
/// [`LegalizeError::Broken`]: `runtime.ll` does not fit this LLVM.
pub fn link(module: &mut Module) -> Result<bool, LegalizeError> {
    if !module.functions().iter().any(|f| f.name().starts_with(PREFIX) && f.is_declaration()) {
        return Ok(false);
    }
    module
        .link_ir("runtime.ll", include_bytes!("runtime.ll"))
        .map_err(|message| LegalizeError::Broken { rewrite: "runtime", message })?;
    for function in module.functions() {
        if function.name().starts_with(PREFIX) && !function.is_declaration() {
            function.set_linkage(Linkage::Internal);
        }
    }
    Ok(true)
}

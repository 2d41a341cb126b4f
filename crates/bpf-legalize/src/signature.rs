//! Which functions BPF cannot call, and how their types are changed.
//!
//! The problem: BPF passes arguments in r1–r5 and a result in r0, and nothing else. LLVM before 23 refuses a
//! function that needs more. The rule below depends only on the function's *type*. So a call through a
//! pointer or a vtable is rewritten in the same way as the function it reaches, without knowing which
//! function that is.
//!
//! Every value is cut into *pieces* of at most 64 bits. An integer of more than 64 bits is cut into 64-bit
//! pieces from the low end, a struct, array or vector into the pieces of its members. Then:
//!
//! * A type with at most [`REGISTERS`] pieces of arguments and a result of one piece (or `void`) is left
//!   unchanged.
//! * A result of several pieces that together fit in 64 bits is packed into one `i64`, first piece lowest.
//! * Any other larger result has its first piece in r0. A pointer to space for the rest, one 64-bit word
//!   each, becomes the first argument.
//! * If the arguments, including that pointer, are more than five pieces, the first four stay. The rest are
//!   zero-extended and stored in an array of 64-bit words in the caller's frame, whose address becomes the
//!   fifth argument. Contract functions follow the same rule (`contract_abi::syscall`).

use crate::llvm::{Kind, Module, Type};

/// Number of argument registers of BPF.
pub const REGISTERS: usize = contract_abi::syscall::REGISTER_ARGS;

/// How a result is returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Returns {
    /// Unchanged: no result, or one piece.
    Unchanged,
    /// All pieces packed in one 64-bit word.
    Packed,
    /// The first piece in r0, the rest through the pointer in the first argument.
    Split,
}

/// The result of lowering a function type.
pub struct Lowered<'m> {
    /// The new type.
    pub ty: Type<'m>,
    /// Pieces of each old parameter, in order.
    pub params: Vec<Vec<Type<'m>>>,
    /// Pieces of the old result.
    pub result: Vec<Type<'m>>,
    /// How the result is returned.
    pub returns: Returns,
    /// Number of pieces passed in memory; the fifth argument points to them. If 0, there is no such argument.
    pub spilled: usize,
}

/// Applies the rule. `None` if the type does not change.
pub fn lower<'m>(module: &'m Module, ty: Type<'m>) -> Option<Lowered<'m>> {
    let params: Vec<_> = ty.params().into_iter().map(|p| pieces(module, p)).collect();
    let result = pieces(module, ty.result());
    let returns = match result.len() {
        // An empty aggregate is not a result, but the back end refuses every aggregate.
        0 if ty.result().kind() != Kind::Void => Returns::Packed,
        0 => Returns::Unchanged,
        1 if is_aggregate(ty.result()) => Returns::Packed,
        1 => Returns::Unchanged,
        _ if result.iter().map(|p| bits(*p)).sum::<u32>() <= 64 => Returns::Packed,
        _ => Returns::Split,
    };
    let mut flat: Vec<Type<'m>> = Vec::new();
    if returns == Returns::Split {
        flat.push(module.pointer());
    }
    flat.extend(params.iter().flatten().copied());
    if returns == Returns::Unchanged && flat.len() <= REGISTERS {
        return None;
    }
    let mut spilled = 0;
    if flat.len() > REGISTERS {
        spilled = flat.len() - (REGISTERS - 1);
        flat.truncate(REGISTERS - 1);
        flat.push(module.pointer());
    }
    let new_result = match returns {
        Returns::Unchanged => ty.result(),
        Returns::Packed => module.int(64),
        Returns::Split => result[0],
    };
    Some(Lowered { ty: module.function_type(new_result, &flat), params, result, returns, spilled })
}

/// The pieces of a type, each an integer of at most 64 bits or a pointer.
pub fn pieces<'m>(module: &'m Module, ty: Type<'m>) -> Vec<Type<'m>> {
    match ty.kind() {
        Kind::Void => Vec::new(),
        Kind::Integer if ty.int_width() > 64 => {
            vec![module.int(64); ty.int_width().div_ceil(64) as usize]
        }
        Kind::Struct | Kind::Array | Kind::Vector => {
            ty.members().into_iter().flat_map(|m| pieces(module, m)).collect()
        }
        _ => vec![ty],
    }
}

/// Width of a piece in bits.
pub fn bits(piece: Type<'_>) -> u32 {
    match piece.kind() {
        Kind::Integer => piece.int_width(),
        _ => 64,
    }
}

fn is_aggregate(ty: Type<'_>) -> bool {
    matches!(ty.kind(), Kind::Struct | Kind::Array | Kind::Vector)
}

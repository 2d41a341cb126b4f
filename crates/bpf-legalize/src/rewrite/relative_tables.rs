//! Turns tables of distances between addresses into tables of addresses.
//!
//! For position-independent code LLVM turns a table of pointers into a table of 32-bit distances. BPF has no
//! relocation for a distance.
//!
//! ```llvm
//! @table.rel = private constant [2 x i32] [                       ; before
//!   i32 trunc (i64 sub (i64 ptrtoint (ptr @a to i64), i64 ptrtoint (ptr @table.rel to i64)) to i32),
//!   i32 trunc (i64 sub (i64 ptrtoint (ptr @b to i64), i64 ptrtoint (ptr @table.rel to i64)) to i32) ]
//!   %p = call ptr @llvm.load.relative.i64(ptr @table.rel, i64 %offset)
//!
//! @table = internal constant [2 x ptr] [ptr @a, ptr @b]            ; after
//!   %twice = shl i64 %offset, 1                                   ; entries are twice as wide
//!   %entry = getelementptr i8, ptr @table, i64 %twice
//!   %p = load ptr, ptr %entry
//! ```

use crate::llvm::{Cast, Kind, Module, Value};

/// Runs the rewrite. Returns whether anything changed.
pub fn run(module: &Module) -> bool {
    let builder = module.builder();
    // Old and new table, for those already found.
    let mut tables: Vec<(Value<'_>, Value<'_>)> = Vec::new();
    let mut changed = false;
    for call in module.instructions() {
        if !call.called_intrinsic().is_some_and(|name| name.starts_with("llvm.load.relative.")) {
            continue;
        }
        let args = call.args();
        let known = tables.iter().find(|(old, _)| *old == args[0]).map(|(_, new)| *new);
        let Some(table) = known.or_else(|| absolute(args[0])) else { continue };
        tables.push((args[0], table));
        builder.before(call);
        let offset = builder.cast(Cast::SExt, args[1], module.int(64));
        let entry = builder.byte(table, builder.shift_left(offset, 1));
        call.replace_uses(builder.load(module.pointer(), entry));
        call.erase();
        changed = true;
    }
    changed
}

/// The table of addresses for a table of distances relative to itself.
fn absolute(table: Value<'_>) -> Option<Value<'_>> {
    let distances = table.initializer()?;
    let is_table = distances.ty().kind() == Kind::Array && distances.ty().element().int_width() == 32;
    let count = if is_table { distances.ty().members().len() } else { return None };
    let targets: Option<Vec<_>> = (0..count).map(|i| target(distances.member(i as u32)?, table)).collect();
    let name = table.name();
    let name = name.strip_suffix(".rel").unwrap_or(&name);
    Some(table.module().add_pointer_table(name, &targets?))
}

/// The `@a` of `trunc (sub (ptrtoint @a), (ptrtoint @table))`.
fn target<'m>(distance: Value<'m>, table: Value<'m>) -> Option<Value<'m>> {
    let [difference] = distance.constant_operands()[..] else { return None };
    let [to, from] = difference.constant_operands()[..] else { return None };
    let ([to], [from]) = (&to.constant_operands()[..], &from.constant_operands()[..]) else { return None };
    (*from == table && to.ty().kind() == Kind::Pointer).then_some(*to)
}

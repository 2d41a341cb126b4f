//! Gives functions with too many arguments or too large a result a type that BPF can call.
//!
//! The rule is [`crate::signature`]. Before:
//!
//! ```llvm
//! define { i64, i64 } @f(i64 %a, i64 %b, i64 %c, i64 %d, i32 %e) {
//!   ...
//!   ret { i64, i64 } %r
//! }
//!   %x = call { i64, i64 } @f(i64 1, i64 2, i64 3, i64 4, i32 5)
//! ```
//!
//! After: the second half of the result is returned through `%out`. This makes six arguments, of which the
//! last two are passed in memory:
//!
//! ```llvm
//! define i64 @f(ptr %out, i64 %a, i64 %b, i64 %c, ptr %rest) {
//!   %d = load i64, ptr %rest
//!   ...                              ; %e from %rest + 8
//!   store i64 %r.1, ptr %out
//!   ret i64 %r.0
//! }
//!   %rest = alloca [2 x i64]         ; one for all calls of a function
//!   %out = alloca [1 x i64]
//!   store i64 4, ptr %rest
//!   ...
//!   %x.0 = call i64 @f(ptr %out, i64 1, i64 2, i64 3, ptr %rest)
//!   %x.1 = load i64, ptr %out
//! ```
//!
//! Invariant: the address of a function stays its address. Only its type changes, and with it every call
//! through that type.
//!
//! All calls in a function share the two areas. Arguments are stored right before their call, and results are
//! loaded right after it, so no two uses overlap, and a frame grows only by the largest of each.

use crate::error::{LegalizeError, Unsupported};
use crate::llvm::{Builder, Cast, Kind, Module, Opcode, Place, Type, Value};
use crate::rewrite::refuse::unsupported;
use crate::signature::{bits, lower, pieces, Lowered, Returns, REGISTERS};

/// Runs the rewrite.
pub fn run(module: &Module) -> Result<(), LegalizeError> {
    let builder = module.builder();
    for function in module.functions() {
        if function.is_intrinsic() {
            continue;
        }
        if let Some(lowered) = lower(module, function.content_type()) {
            if function.is_declaration() && lowered.returns != Returns::Unchanged {
                return Err(unsupported(Unsupported::WideExternResult, function, None));
            }
            rewrite_function(&builder, function, &lowered);
        } else {
            drop_struct_return(function, function.content_type());
        }
    }
    for function in module.functions() {
        rewrite_calls(&builder, function);
    }
    Ok(())
}

/// A result through a pointer, which rustc passes with `sret`, is an ordinary argument for BPF. The back end
/// regards the attribute as a returned struct and refuses it.
fn drop_struct_return(function_or_call: Value<'_>, ty: Type<'_>) {
    for param in 0..ty.params().len() as u32 {
        function_or_call.remove_attribute(Place::Param(param), "sret");
    }
}

fn rewrite_function<'m>(builder: &Builder<'m>, old: Value<'m>, lowered: &Lowered<'m>) {
    let module = builder.module();
    let name = old.name();
    old.set_name("");
    let new = module.add_function(&name, lowered.ty);
    new.take_body(old);
    new.take_properties(old);
    forget_memory_effects(new);
    copy_param_attributes(new, old, lowered);
    if let Some(entry) = new.entry() {
        builder.before(entry);
        builder.without_source();
        let source = Incoming { builder, lowered, params: new.params() };
        for (parameter, value) in old.params().into_iter().zip(source.values(&old.content_type().params())) {
            parameter.replace_uses(value);
        }
        if lowered.returns != Returns::Unchanged {
            let out = new.params().first().copied();
            for instruction in new.instructions() {
                if instruction.opcode() == Opcode::Ret {
                    rewrite_return(builder, instruction, lowered, out);
                }
            }
        }
    }
    old.replace_uses(new);
    old.erase();
}

/// The old parameters, as the body of the new function gets them.
struct Incoming<'a, 'm> {
    builder: &'a Builder<'m>,
    lowered: &'a Lowered<'m>,
    params: Vec<Value<'m>>,
}

impl<'m> Incoming<'_, 'm> {
    fn values(&self, types: &[Type<'m>]) -> Vec<Value<'m>> {
        let mut at = usize::from(self.lowered.returns == Returns::Split);
        let mut values = Vec::new();
        for (ty, pieces) in types.iter().zip(&self.lowered.params) {
            let parts: Vec<_> =
                pieces.iter().enumerate().map(|(i, piece)| self.piece(at + i, *piece)).collect();
            at += pieces.len();
            values.push(join(self.builder, *ty, &mut parts.into_iter()));
        }
        values
    }

    /// Piece number `index` of all pieces, from its register or from memory.
    fn piece(&self, index: usize, ty: Type<'m>) -> Value<'m> {
        let in_memory = REGISTERS - 1;
        if self.lowered.spilled == 0 || index < in_memory {
            return self.params[index];
        }
        let address = self.builder.word(self.params[in_memory], (index - in_memory) as u64);
        // Little-endian: a narrower load at the word's address reads its low bits.
        let load_type = if ty.kind() == Kind::Integer { whole_bytes(self.builder.module(), ty) } else { ty };
        self.builder.cast(Cast::Trunc, self.builder.load(load_type, address), ty)
    }
}

/// The smallest of i8, i16, i32 and i64 that can hold `ty`.
fn whole_bytes<'m>(module: &'m Module, ty: Type<'m>) -> Type<'m> {
    module.int(ty.int_width().next_power_of_two().max(8))
}

fn rewrite_return<'m>(builder: &Builder<'m>, ret: Value<'m>, lowered: &Lowered<'m>, out: Option<Value<'m>>) {
    builder.before(ret);
    let mut parts = Vec::new();
    for value in ret.operands() {
        split(builder, value, &mut parts);
    }
    let result = match (lowered.returns, out) {
        (Returns::Split, Some(out)) => {
            for (i, part) in parts[1..].iter().enumerate() {
                store_word(builder, *part, builder.word(out, i as u64));
            }
            parts[0]
        }
        _ => pack(builder, &parts),
    };
    builder.ret(Some(result));
    ret.erase();
}

fn rewrite_calls<'m>(builder: &Builder<'m>, function: Value<'m>) {
    let module = builder.module();
    let calls: Vec<_> = function
        .instructions()
        .into_iter()
        .filter(|i| i.opcode() == Opcode::Call)
        .filter(|c| c.called_intrinsic().is_none() && c.callee().as_inline_asm().is_none())
        .inspect(|c| drop_struct_return(*c, c.called_type()))
        .filter_map(|c| Some((c, lower(module, c.called_type())?)))
        .collect();
    let Some(entry) = function.entry() else { return };
    let words = |count: usize, name: &str| {
        (count > 0).then(|| {
            builder.before(entry);
            builder.without_source();
            let area = builder.alloca(module.int(64).array(count as u64), name);
            area.set_align(8);
            area
        })
    };
    let rest = words(calls.iter().map(|(_, l)| l.spilled).max().unwrap_or(0), "call.rest");
    let results = calls.iter().filter(|(_, l)| l.returns == Returns::Split).map(|(_, l)| l.result.len() - 1);
    let out = words(results.max().unwrap_or(0), "call.out");
    for (call, lowered) in calls {
        rewrite_call(builder, call, &lowered, rest, out);
    }
}

fn rewrite_call<'m>(
    builder: &Builder<'m>,
    call: Value<'m>,
    lowered: &Lowered<'m>,
    rest: Option<Value<'m>>,
    out: Option<Value<'m>>,
) {
    builder.before(call);
    let out = out.filter(|_| lowered.returns == Returns::Split);
    let mut parts: Vec<Value<'m>> = out.into_iter().collect();
    for argument in call.args() {
        split(builder, argument, &mut parts);
    }
    if let Some(rest) = rest.filter(|_| lowered.spilled > 0) {
        for (i, part) in parts.drain(REGISTERS - 1..).enumerate() {
            store_word(builder, part, builder.word(rest, i as u64));
        }
        parts.push(rest);
    }
    let new = builder.call(lowered.ty, call.callee(), &parts);
    new.take_calling_convention(call);
    new.copy_attributes(Place::Function, call, Place::Function);
    forget_memory_effects(new);
    copy_param_attributes(new, call, lowered);
    if call.ty().kind() != Kind::Void {
        let mut result = match (lowered.returns, out) {
            (Returns::Unchanged, _) => vec![new],
            (Returns::Split, Some(out)) => {
                let rest = lowered.result[1..].iter().enumerate();
                let rest = rest.map(|(i, ty)| load_word(builder, *ty, builder.word(out, i as u64)));
                std::iter::once(new).chain(rest).collect()
            }
            _ => unpack(builder, new, &lowered.result),
        }
        .into_iter();
        // An unchanged result is already one piece and has the right type.
        if call.is_used() {
            let value = join(builder, call.ty(), &mut result);
            call.replace_uses(value);
        }
    }
    call.erase();
}

/// Copies the attributes of parameters that are still parameters. They say how a narrow integer is extended,
/// and what LLVM may assume about a pointer.
fn copy_param_attributes<'m>(new: Value<'m>, old: Value<'m>, lowered: &Lowered<'m>) {
    let mut at = usize::from(lowered.returns == Returns::Split);
    let registers = if lowered.spilled > 0 { REGISTERS - 1 } else { REGISTERS };
    for (i, pieces) in lowered.params.iter().enumerate() {
        if at < registers && pieces.len() == 1 && is_scalar(old, i) {
            let to = Place::Param(at as u32);
            new.copy_attributes(to, old, Place::Param(i as u32));
            // These two refer to a result that has changed, or to a position in the list.
            new.remove_attribute(to, "returned");
            new.remove_attribute(to, "sret");
        }
        at += pieces.len();
    }
    if lowered.returns == Returns::Unchanged {
        new.copy_attributes(Place::Result, old, Place::Result);
    }
}

fn is_scalar(function_or_call: Value<'_>, param: usize) -> bool {
    let ty = if function_or_call.is_function() {
        function_or_call.content_type()
    } else {
        function_or_call.called_type()
    };
    ty.params().get(param).is_some_and(|p| matches!(p.kind(), Kind::Integer | Kind::Pointer))
}

/// A rewritten function reads its arguments and writes its result in its caller's frame, whatever memory it
/// was said to access before.
fn forget_memory_effects(function_or_call: Value<'_>) {
    function_or_call.remove_attribute(Place::Function, "memory");
}

/// Cuts a value into its pieces.
fn split<'m>(builder: &Builder<'m>, value: Value<'m>, parts: &mut Vec<Value<'m>>) {
    let module = builder.module();
    let ty = value.ty();
    match ty.kind() {
        Kind::Struct | Kind::Array => {
            for i in 0..ty.members().len() {
                split(builder, builder.extract(value, i as u32), parts);
            }
        }
        Kind::Vector => {
            for i in 0..ty.members().len() {
                split(builder, builder.extract_element(value, i as u64), parts);
            }
        }
        Kind::Integer if ty.int_width() > 64 => {
            for i in 0..pieces(module, ty).len() as u32 {
                let shifted = builder.shift_right(value, 64 * i);
                // The last piece of i96 has only 32 bits.
                let left = ty.int_width() - 64 * i;
                let piece = builder.cast(Cast::Trunc, shifted, module.int(left.min(64)));
                parts.push(builder.cast(Cast::ZExt, piece, module.int(64)));
            }
        }
        _ => parts.push(value),
    }
}

/// Builds a value from its pieces.
fn join<'m>(builder: &Builder<'m>, ty: Type<'m>, parts: &mut dyn Iterator<Item = Value<'m>>) -> Value<'m> {
    let module = builder.module();
    match ty.kind() {
        Kind::Struct | Kind::Array | Kind::Vector => {
            let members = ty.members();
            members.into_iter().enumerate().fold(builder.poison(ty), |whole, (i, member)| {
                let part = join(builder, member, parts);
                match ty.kind() {
                    Kind::Vector => builder.insert_element(whole, part, i as u64),
                    _ => builder.insert(whole, part, i as u32),
                }
            })
        }
        Kind::Integer if ty.int_width() > 64 => {
            let count = pieces(module, ty).len() as u32;
            let wide = module.int(64 * count);
            let mut whole = module.constant(wide, 0);
            for i in 0..count {
                let part = parts.next().expect("as many pieces as the rule counted; qed");
                let part = builder.cast(Cast::ZExt, part, wide);
                whole = builder.or(whole, builder.shift_left(part, 64 * i));
            }
            builder.cast(Cast::Trunc, whole, ty)
        }
        _ => parts.next().expect("as many pieces as the rule counted; qed"),
    }
}

/// All pieces packed in one word, the first one lowest.
fn pack<'m>(builder: &Builder<'m>, parts: &[Value<'m>]) -> Value<'m> {
    let module = builder.module();
    let word = module.int(64);
    let mut whole = module.constant(word, 0);
    let mut at = 0;
    for part in parts {
        let wide = to_word(builder, *part);
        whole = builder.or(whole, builder.shift_left(wide, at));
        at += bits(part.ty());
    }
    whole
}

fn unpack<'m>(builder: &Builder<'m>, word: Value<'m>, types: &[Type<'m>]) -> Vec<Value<'m>> {
    let mut at = 0;
    let mut parts = Vec::new();
    for ty in types {
        let shifted = builder.shift_right(word, at);
        parts.push(match ty.kind() {
            Kind::Pointer => builder.cast(Cast::IntToPtr, shifted, *ty),
            _ => builder.cast(Cast::Trunc, shifted, *ty),
        });
        at += bits(*ty);
    }
    parts
}

fn to_word<'m>(builder: &Builder<'m>, piece: Value<'m>) -> Value<'m> {
    let word = builder.module().int(64);
    match piece.ty().kind() {
        Kind::Pointer => builder.cast(Cast::PtrToInt, piece, word),
        _ => builder.cast(Cast::ZExt, piece, word),
    }
}

fn store_word<'m>(builder: &Builder<'m>, piece: Value<'m>, address: Value<'m>) {
    let whole = if piece.ty().kind() == Kind::Pointer { piece } else { to_word(builder, piece) };
    builder.store(whole, address);
}

fn load_word<'m>(builder: &Builder<'m>, ty: Type<'m>, address: Value<'m>) -> Value<'m> {
    if ty.kind() == Kind::Pointer {
        return builder.load(ty, address);
    }
    let loaded = builder.load(whole_bytes(builder.module(), ty), address);
    builder.cast(Cast::Trunc, loaded, ty)
}

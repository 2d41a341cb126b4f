//! The execution of steps.
//!
//! A part of a step is a type ([`Part`]), with its operands in one of four places ([`Place`]). The functions of this
//! module combine parts into steps; [`super::list`] says which combinations exist.

use super::{Entrance, Step, Text};
use crate::interp::{alu, endian, jump, mem, wide, Left, State, Why};
use crate::memory::GuestAddr;
use bpf_isa::Reg;
use contract_abi::intrinsic::Intrinsic;
use core::marker::PhantomData;
use dispatch::{next, out, start};

pub(super) use dispatch::Out;

#[cfg(target_family = "wasm")]
use super::list::execute;
pub(super) use dispatch::turn;

/// The location of a part's operands in the step.
pub(super) trait Place {
    fn a(step: &Step) -> usize;
    fn b(step: &Step) -> usize;
    fn c(step: &Step) -> usize;
    fn imm(step: &Step) -> i32;
    /// An offset and a constant.
    fn both(step: &Step) -> (i32, i32);
}

pub(super) struct First;

impl Place for First {
    #[inline(always)]
    fn a(step: &Step) -> usize {
        step.a.index()
    }
    #[inline(always)]
    fn b(step: &Step) -> usize {
        step.b.index()
    }
    #[inline(always)]
    fn c(step: &Step) -> usize {
        step.c.index()
    }
    #[inline(always)]
    fn imm(step: &Step) -> i32 {
        step.imm
    }
    #[inline(always)]
    fn both(step: &Step) -> (i32, i32) {
        (step.imm, step.imm2)
    }
}

pub(super) struct Second;

impl Place for Second {
    #[inline(always)]
    fn a(step: &Step) -> usize {
        step.d.index()
    }
    #[inline(always)]
    fn b(step: &Step) -> usize {
        step.e.index()
    }
    #[inline(always)]
    fn c(step: &Step) -> usize {
        step.f.index()
    }
    #[inline(always)]
    fn imm(step: &Step) -> i32 {
        step.imm2
    }
    #[inline(always)]
    fn both(step: &Step) -> (i32, i32) {
        (i32::from(step.imm2 as i16), step.imm2 >> 16)
    }
}

/// Like [`Second`], but with an immediate of 16 bits: the other half of the field is a branch's.
pub(super) struct SecondShort;

impl Place for SecondShort {
    #[inline(always)]
    fn a(step: &Step) -> usize {
        step.d.index()
    }
    #[inline(always)]
    fn b(step: &Step) -> usize {
        step.e.index()
    }
    #[inline(always)]
    fn c(step: &Step) -> usize {
        step.f.index()
    }
    #[inline(always)]
    fn imm(step: &Step) -> i32 {
        i32::from(step.imm2 as i16)
    }
    #[inline(always)]
    fn both(step: &Step) -> (i32, i32) {
        (i32::from(step.imm2 as i16), step.imm2 >> 16)
    }
}

pub(super) struct Third;

impl Place for Third {
    #[inline(always)]
    fn a(step: &Step) -> usize {
        step.g.index()
    }
    #[inline(always)]
    fn b(step: &Step) -> usize {
        step.h.index()
    }
    #[inline(always)]
    fn c(step: &Step) -> usize {
        step.i.index()
    }
    #[inline(always)]
    fn imm(step: &Step) -> i32 {
        step.imm3
    }
    #[inline(always)]
    fn both(step: &Step) -> (i32, i32) {
        (i32::from(step.imm3 as i16), step.imm3 >> 16)
    }
}

/// The source of those operands of a part that may be what the part before has just computed.
pub(super) trait Operands {
    fn a<P: Place>(step: &Step, state: &State, given: u64) -> u64;
    fn b<P: Place>(step: &Step, state: &State, given: u64) -> u64;
}

/// All from registers.
pub(super) struct Read;

impl Operands for Read {
    #[inline(always)]
    fn a<P: Place>(step: &Step, state: &State, _: u64) -> u64 {
        state.regs[P::a(step)]
    }
    #[inline(always)]
    fn b<P: Place>(step: &Step, state: &State, _: u64) -> u64 {
        state.regs[P::b(step)]
    }
}

/// b is given by the part before.
pub(super) struct Given;

impl Operands for Given {
    #[inline(always)]
    fn a<P: Place>(step: &Step, state: &State, _: u64) -> u64 {
        state.regs[P::a(step)]
    }
    #[inline(always)]
    fn b<P: Place>(_: &Step, _: &State, given: u64) -> u64 {
        given
    }
}

/// a, the base of a store, is given by the part before.
pub(super) struct GivenBase;

impl Operands for GivenBase {
    #[inline(always)]
    fn a<P: Place>(_: &Step, _: &State, given: u64) -> u64 {
        given
    }
    #[inline(always)]
    fn b<P: Place>(step: &Step, state: &State, _: u64) -> u64 {
        state.regs[P::b(step)]
    }
}

/// How a part of a step depends on the one before.
pub(super) trait Bond {
    /// Whether the result of the part before is put in its register.
    const KEEPS: bool;
    /// Whether this part takes it.
    const TAKES: bool;
    /// The source of this part's operands.
    type From: Operands;
}

macro_rules! bonds {
    ($($(#[$doc:meta])* $name:ident $keeps:literal $takes:literal $from:ident;)*) => {
        $(
            $(#[$doc])*
            #[allow(dead_code, reason = "the list does not need all")]
            pub(super) struct $name;
            impl Bond for $name {
                const KEEPS: bool = $keeps;
                const TAKES: bool = $takes;
                type From = $from;
            }
        )*
    };
}

bonds! {
    /// It does not depend on it.
    Apart true false Read;
    /// It takes its operand b from the part before, and nothing else sees that value.
    Into false true Given;
    /// The same, for the base of a store.
    IntoBase false true GivenBase;
    /// It takes its operand b from the part before, and others may see that value.
    Also true true Given;
    /// The same, for the base of a store.
    AlsoBase true true GivenBase;
}

/// A part of a step, or all of it.
pub(super) trait Part {
    /// Executes it and returns true, or does nothing and returns false.
    fn exec<P: Place, O: Operands>(step: &Step, state: &mut State, given: u64) -> bool;

    /// The same, for a part that the next one depends on by the bond `X`: returns what it computes, if anything.
    #[inline(always)]
    fn put<P: Place, O: Operands, X: Bond>(step: &Step, state: &mut State, given: u64) -> Option<u64> {
        Self::exec::<P, O>(step, state, given).then_some(0)
    }
}

/// A part whose only effect is the value that it puts in a.
pub(super) trait Value {
    /// That value; `None` if the part must be left to the interpreter.
    fn value<P: Place, O: Operands>(step: &Step, state: &State, given: u64) -> Option<u64>;
}

impl<V: Value> Part for V {
    #[inline(always)]
    fn exec<P: Place, O: Operands>(step: &Step, state: &mut State, given: u64) -> bool {
        Self::put::<P, O, Apart>(step, state, given).is_some()
    }

    #[inline(always)]
    fn put<P: Place, O: Operands, X: Bond>(step: &Step, state: &mut State, given: u64) -> Option<u64> {
        let value = V::value::<P, O>(step, state, given)?;
        if X::KEEPS {
            state.regs[P::a(step)] = value;
        }
        Some(value)
    }
}

/// A function of two operands.
pub(super) trait Binary {
    fn apply(a: u64, b: u64) -> u64;
}

/// A function of one operand.
pub(super) trait Unary {
    fn apply(a: u64) -> u64;
}

/// The condition of a branch, on two operands.
pub(super) trait Condition {
    fn holds(a: u64, b: u64) -> bool;
}

/// A load.
pub(super) trait Load {
    fn load(state: &State, addr: GuestAddr) -> Option<u64>;
    fn load_frame(state: &State, addr: GuestAddr) -> Option<u64>;
}

/// A store.
pub(super) trait Store {
    fn store(state: &mut State, addr: GuestAddr, value: u64) -> bool;
    fn store_frame(state: &mut State, addr: GuestAddr, value: u64) -> bool;
}

macro_rules! functions {
    ($($name:ident $path:path;)*) => {
        $(
            pub(super) struct $name;
            impl Binary for $name {
                #[inline(always)]
                fn apply(a: u64, b: u64) -> u64 {
                    $path(a, b)
                }
            }
        )*
    };
}

functions! {
    Add32 alu::add32; Add64 alu::add64; Sub32 alu::sub32; Sub64 alu::sub64; Mul32 alu::mul32; Mul64 alu::mul64;
    Div32 alu::div32; Div64 alu::div64; SDiv32 alu::sdiv32; SDiv64 alu::sdiv64;
    Mod32 alu::mod32; Mod64 alu::mod64; SMod32 alu::smod32; SMod64 alu::smod64;
    Or32 alu::or32; Or64 alu::or64; And32 alu::and32; And64 alu::and64; Xor32 alu::xor32; Xor64 alu::xor64;
    Lsh32 alu::lsh32; Lsh64 alu::lsh64; Rsh32 alu::rsh32; Rsh64 alu::rsh64; Arsh32 alu::arsh32; Arsh64 alu::arsh64;
    Rotated32 rotate32; Rotated64 rotate64; NotAnd32 not_and32; NotAnd64 not_and64;
}

#[inline(always)]
fn rotate32(a: u64, count: u64) -> u64 {
    u64::from((a as u32).rotate_left(count as u32 & 31))
}

#[inline(always)]
fn rotate64(a: u64, count: u64) -> u64 {
    a.rotate_left(count as u32 & 63)
}

#[inline(always)]
fn not_and32(a: u64, b: u64) -> u64 {
    alu::and32(!a, b)
}

#[inline(always)]
fn not_and64(a: u64, b: u64) -> u64 {
    !a & b
}

macro_rules! unary {
    ($($name:ident |$a:ident| $value:expr;)*) => {
        $(
            pub(super) struct $name;
            impl Unary for $name {
                #[inline(always)]
                fn apply($a: u64) -> u64 {
                    $value
                }
            }
        )*
    };
}

unary! {
    Negated32 |a| alu::neg32(a);
    Negated64 |a| alu::neg64(a);
    Sx8To32 |a| alu::movsx8_32(0, a);
    Sx16To32 |a| alu::movsx16_32(0, a);
    Sx8To64 |a| alu::movsx8_64(0, a);
    Sx16To64 |a| alu::movsx16_64(0, a);
    Sx32To64 |a| alu::movsx32_64(0, a);
    Low16 |a| endian::le16(a);
    Low32 |a| endian::le32(a);
    Swapped16 |a| endian::swap16(a);
    Swapped32 |a| endian::swap32(a);
    Swapped64 |a| endian::swap64(a);
}

macro_rules! conditions {
    ($($name:ident $path:path;)*) => {
        $(
            pub(super) struct $name;
            impl Condition for $name {
                #[inline(always)]
                fn holds(a: u64, b: u64) -> bool {
                    $path(a, b)
                }
            }
        )*
    };
}

conditions! {
    Eq32 jump::eq32; Eq64 jump::eq64; Ne32 jump::ne32; Ne64 jump::ne64; Set32 jump::set32; Set64 jump::set64;
    Gt32 jump::gt32; Gt64 jump::gt64; Ge32 jump::ge32; Ge64 jump::ge64;
    Lt32 jump::lt32; Lt64 jump::lt64; Le32 jump::le32; Le64 jump::le64;
    SGt32 jump::sgt32; SGt64 jump::sgt64; SGe32 jump::sge32; SGe64 jump::sge64;
    SLt32 jump::slt32; SLt64 jump::slt64; SLe32 jump::sle32; SLe64 jump::sle64;
}

macro_rules! loads {
    ($($name:ident $number:ident as $wide:ident;)*) => {
        $(
            pub(super) struct $name;
            impl Load for $name {
                #[inline(always)]
                fn load(state: &State, addr: GuestAddr) -> Option<u64> {
                    state.memory.touched(addr).map(|bytes| $number::from_le_bytes(*bytes) as $wide as u64)
                }
                #[inline(always)]
                fn load_frame(state: &State, addr: GuestAddr) -> Option<u64> {
                    state.memory.touched_stack(addr).map(|bytes| $number::from_le_bytes(*bytes) as $wide as u64)
                }
            }
        )*
    };
}

loads! {
    U8 u8 as u64; U16 u16 as u64; U32 u32 as u64; U64 u64 as u64;
    S8 i8 as i64; S16 i16 as i64; S32 i32 as i64;
}

macro_rules! stores {
    ($($name:ident $number:ident;)*) => {
        $(
            impl Store for $name {
                #[inline(always)]
                fn store(state: &mut State, addr: GuestAddr, value: u64) -> bool {
                    match state.memory.touched_mut(addr) {
                        Some(bytes) => *bytes = (value as $number).to_le_bytes(),
                        None => return false,
                    }
                    true
                }
                #[inline(always)]
                fn store_frame(state: &mut State, addr: GuestAddr, value: u64) -> bool {
                    match state.memory.touched_stack_mut(addr) {
                        Some(bytes) => *bytes = (value as $number).to_le_bytes(),
                        None => return false,
                    }
                    true
                }
            }
        )*
    };
}

stores! { U8 u8; U16 u16; U32 u32; U64 u64; }

/// `a = F(b, c)`
pub(super) struct Regs<F>(PhantomData<F>);

impl<F: Binary> Value for Regs<F> {
    #[inline(always)]
    fn value<P: Place, O: Operands>(step: &Step, state: &State, given: u64) -> Option<u64> {
        Some(F::apply(O::b::<P>(step, state, given), state.regs[P::c(step)]))
    }
}

/// `a = F(b, imm)`
pub(super) struct Imm<F>(PhantomData<F>);

impl<F: Binary> Value for Imm<F> {
    #[inline(always)]
    fn value<P: Place, O: Operands>(step: &Step, state: &State, given: u64) -> Option<u64> {
        Some(F::apply(O::b::<P>(step, state, given), i64::from(P::imm(step)) as u64))
    }
}

/// `a = F(b)`
pub(super) struct Of<F>(PhantomData<F>);

impl<F: Unary> Value for Of<F> {
    #[inline(always)]
    fn value<P: Place, O: Operands>(step: &Step, state: &State, given: u64) -> Option<u64> {
        Some(F::apply(O::b::<P>(step, state, given)))
    }
}

/// `a = imm`
pub(super) struct Const;

impl Value for Const {
    #[inline(always)]
    fn value<P: Place, O: Operands>(step: &Step, _: &State, _: u64) -> Option<u64> {
        Some(i64::from(P::imm(step)) as u64)
    }
}

/// `a = imm | imm2 << 32`. All of a step.
pub(super) struct Wide;

impl Value for Wide {
    #[inline(always)]
    fn value<P: Place, O: Operands>(step: &Step, _: &State, _: u64) -> Option<u64> {
        Some(u64::from(step.imm as u32) | u64::from(step.imm2 as u32) << 32)
    }
}

/// `c = b >> imm2; a = F(b, imm)`, for a rotation whose shifted half is visible. All of a step.
pub(super) struct AndShifted<F, G>(PhantomData<(F, G)>);

impl<F: Binary, G: Binary> Part for AndShifted<F, G> {
    #[inline(always)]
    fn exec<P: Place, O: Operands>(step: &Step, state: &mut State, given: u64) -> bool {
        let b = O::b::<P>(step, state, given);
        state.regs[P::c(step)] = G::apply(b, step.imm2 as u64);
        state.regs[P::a(step)] = F::apply(b, step.imm as u64);
        true
    }
}

/// `a = *(b + imm)`
pub(super) struct At<W>(PhantomData<W>);

impl<W: Load> Value for At<W> {
    #[inline(always)]
    fn value<P: Place, O: Operands>(step: &Step, state: &State, given: u64) -> Option<u64> {
        W::load(state, GuestAddr::effective(O::b::<P>(step, state, given), P::imm(step)))
    }
}

/// `a = *(b + c + imm)`
pub(super) struct AtSum<W>(PhantomData<W>);

impl<W: Load> Value for AtSum<W> {
    #[inline(always)]
    fn value<P: Place, O: Operands>(step: &Step, state: &State, given: u64) -> Option<u64> {
        let base = O::b::<P>(step, state, given).wrapping_add(state.regs[P::c(step)]);
        W::load(state, GuestAddr::effective(base, P::imm(step)))
    }
}

/// `a = *(r10 + imm)`
pub(super) struct InFrame<W>(PhantomData<W>);

impl<W: Load> Value for InFrame<W> {
    #[inline(always)]
    fn value<P: Place, O: Operands>(step: &Step, state: &State, _: u64) -> Option<u64> {
        W::load_frame(state, GuestAddr::effective(state.regs[Reg::R10.index()], P::imm(step)))
    }
}

/// `*(a + imm) = b`
pub(super) struct To<W>(PhantomData<W>);

impl<W: Store> Part for To<W> {
    #[inline(always)]
    fn exec<P: Place, O: Operands>(step: &Step, state: &mut State, given: u64) -> bool {
        let addr = GuestAddr::effective(O::a::<P>(step, state, given), P::imm(step));
        let value = O::b::<P>(step, state, given);
        W::store(state, addr, value)
    }
}

/// `*(r10 + imm) = b`
pub(super) struct ToFrame<W>(PhantomData<W>);

impl<W: Store> Part for ToFrame<W> {
    #[inline(always)]
    fn exec<P: Place, O: Operands>(step: &Step, state: &mut State, given: u64) -> bool {
        let addr = GuestAddr::effective(state.regs[Reg::R10.index()], P::imm(step));
        let value = O::b::<P>(step, state, given);
        W::store_frame(state, addr, value)
    }
}

/// `*(a + offset) = constant`: both have 16 bits unless the part is the first of its step.
pub(super) struct ConstTo<W>(PhantomData<W>);

impl<W: Store> Part for ConstTo<W> {
    #[inline(always)]
    fn exec<P: Place, O: Operands>(step: &Step, state: &mut State, given: u64) -> bool {
        let (offset, value) = P::both(step);
        let addr = GuestAddr::effective(O::a::<P>(step, state, given), offset);
        W::store(state, addr, i64::from(value) as u64)
    }
}

/// `a = F(b, *(r10 + imm))`
pub(super) struct WithFrame<F, W>(PhantomData<(F, W)>);

impl<F: Binary, W: Load> Value for WithFrame<F, W> {
    #[inline(always)]
    fn value<P: Place, O: Operands>(step: &Step, state: &State, given: u64) -> Option<u64> {
        let value = W::load_frame(state, GuestAddr::effective(state.regs[Reg::R10.index()], P::imm(step)))?;
        Some(F::apply(O::b::<P>(step, state, given), value))
    }
}

/// `*(r10 + imm >> 16) = *(r10 + imm)`, both offsets of 16 bits.
pub(super) struct InFrameCopy<W>(PhantomData<W>);

impl<W: Load + Store> Part for InFrameCopy<W> {
    #[inline(always)]
    fn exec<P: Place, O: Operands>(step: &Step, state: &mut State, _: u64) -> bool {
        let frame = state.regs[Reg::R10.index()];
        let (from, to) = (i32::from(P::imm(step) as i16), P::imm(step) >> 16);
        let Some(value) = W::load_frame(state, GuestAddr::effective(frame, from)) else { return false };
        W::store_frame(state, GuestAddr::effective(frame, to), value)
    }
}

/// `a = F(G(b, c), imm)`
pub(super) struct Both<F, G>(PhantomData<(F, G)>);

impl<F: Binary, G: Binary> Value for Both<F, G> {
    #[inline(always)]
    fn value<P: Place, O: Operands>(step: &Step, state: &State, given: u64) -> Option<u64> {
        let value = G::apply(O::b::<P>(step, state, given), state.regs[P::c(step)]);
        Some(F::apply(value, i64::from(P::imm(step)) as u64))
    }
}

/// `a = (b << imm) + c`
pub(super) struct Scaled;

impl Value for Scaled {
    #[inline(always)]
    fn value<P: Place, O: Operands>(step: &Step, state: &State, given: u64) -> Option<u64> {
        let value = alu::lsh64(O::b::<P>(step, state, given), P::imm(step) as u64);
        Some(value.wrapping_add(state.regs[P::c(step)]))
    }
}

/// `a = (b >> n) & mask`, on the lower half of b: extracts bits of a register and places them.
///
/// ```text
/// imm   bits 0 to 23   mask
///           24 to 28   n
/// ```
pub(super) struct FieldRight;

impl Value for FieldRight {
    #[inline(always)]
    fn value<P: Place, O: Operands>(step: &Step, state: &State, given: u64) -> Option<u64> {
        let imm = P::imm(step) as u32;
        let b = O::b::<P>(step, state, given) as u32;
        Some(u64::from(b.wrapping_shr(imm >> 24) & imm & 0x00ff_ffff))
    }
}

/// `a = (b << n) & mask`, encoded like [`FieldRight`].
pub(super) struct FieldLeft;

impl Value for FieldLeft {
    #[inline(always)]
    fn value<P: Place, O: Operands>(step: &Step, state: &State, given: u64) -> Option<u64> {
        let imm = P::imm(step) as u32;
        let b = O::b::<P>(step, state, given) as u32;
        Some(u64::from(b.wrapping_shl(imm >> 24) & imm & 0x00ff_ffff))
    }
}

/// The function of a step. Its arguments: the step, those after it, gas, the state, and what a turn reads.
#[cfg(not(target_family = "wasm"))]
pub(super) type Function =
    for<'a, 's, 't> fn(&'a Step, &'a [Step], u64, &'s mut State, &'t Text<'a>) -> Out<'a>;

/// Index of the first step of `rest`.
#[inline(always)]
fn index(rest: &[Step], text: &Text<'_>) -> u32 {
    (text.steps.len() - rest.len()) as u32
}

/// Ends the turn at the step before `rest`.
#[cold]
#[inline(never)]
fn leave<'a>(rest: &'a [Step], gas: u64, why: Why, state: &mut State, text: &Text<'a>) -> Out<'a> {
    state.left = Left { gas, why, at: index(rest, text) - 1 };
    out()
}

/// Ends the turn at the block that `steps` begin with, because the gas does not suffice for `price`.
#[cold]
#[inline(never)]
fn unpaid<'a>(steps: &'a [Step], left: u64, price: u64, state: &mut State, text: &Text<'a>) -> Out<'a> {
    let gas = left.wrapping_add(price);
    state.left = Left { gas, why: Why::Unpaid, at: index(steps, text) };
    out()
}

/// Ends the turn at an unreachable place. It returns so that the functions of steps need no stack frame.
#[cold]
#[inline(never)]
fn lost<'a>(gas: u64, state: &mut State) -> Out<'a> {
    state.left = Left { gas, why: Why::Lost, at: 0 };
    out()
}

/// A step's function calls the next one.
#[cfg(not(target_family = "wasm"))]
mod dispatch {
    use super::*;

    pub(in super::super) type Out<'a> = ();

    #[inline(always)]
    pub(super) fn out() {}

    /// Continues with the next step.
    #[inline(always)]
    pub(super) fn next<'a>(rest: &'a [Step], gas: u64, state: &mut State, text: &Text<'a>) {
        match rest {
            [step, rest @ ..] => start(step, rest, gas, state, text),
            [] => lost(gas, state),
        }
    }

    /// Continues with `step`, after which `rest` comes.
    #[inline(always)]
    pub(super) fn start<'a>(step: &'a Step, rest: &'a [Step], gas: u64, state: &mut State, text: &Text<'a>) {
        (step.run)(step, rest, gas, state, text)
    }

    /// Starts a turn at a block.
    pub(in super::super) fn turn<'a>(block: Entrance, gas: u64, state: &mut State, text: &Text<'a>) {
        go_to(block.step, block.price.into(), gas, state, text)
    }
}

/// A step's function returns the next step to a loop: WebAssembly has no calls that are jumps.
#[cfg(target_family = "wasm")]
mod dispatch {
    use super::*;

    pub(in super::super) type Out<'a> = Option<(&'a Step, &'a [Step], u64)>;

    #[inline(always)]
    pub(super) fn out<'a>() -> Out<'a> {
        None
    }

    /// Continues with the next step.
    #[inline(always)]
    pub(super) fn next<'a>(rest: &'a [Step], gas: u64, state: &mut State, text: &Text<'a>) -> Out<'a> {
        match rest {
            [step, rest @ ..] => start(step, rest, gas, state, text),
            [] => lost(gas, state),
        }
    }

    /// Continues with `step`, after which `rest` comes.
    #[inline(always)]
    pub(super) fn start<'a>(
        step: &'a Step,
        rest: &'a [Step],
        gas: u64,
        _: &mut State,
        _: &Text<'a>,
    ) -> Out<'a> {
        Some((step, rest, gas))
    }

    /// Starts a turn at a block.
    pub(in super::super) fn turn<'a>(block: Entrance, gas: u64, state: &mut State, text: &Text<'a>) {
        let mut gone = go_to(block.step, block.price.into(), gas, state, text);
        while let Some((step, rest, gas)) = gone {
            gone = execute(step, rest, gas, state, text);
        }
    }
}

/// Pays `price` for the block that `steps` begin with, and continues there.
#[inline(always)]
fn enter<'a>(price: u64, steps: &'a [Step], gas: u64, state: &mut State, text: &Text<'a>) -> Out<'a> {
    let [first, after @ ..] = steps else { return lost(gas, state) };
    match gas.overflowing_sub(price) {
        (left, false) => start(first, after, left, state, text),
        (left, true) => unpaid(steps, left, price, state, text),
    }
}

/// Continues at a block with this first step and price.
#[inline(always)]
fn go_to<'a>(target: u32, price: u64, gas: u64, state: &mut State, text: &Text<'a>) -> Out<'a> {
    match text.steps.get(target as usize..) {
        Some(steps) => enter(price, steps, gas, state, text),
        None => lost(gas, state),
    }
}

/// Takes one of the two ways of a branch.
#[inline(always)]
fn take<'a>(
    holds: bool,
    step: &'a Step,
    rest: &'a [Step],
    gas: u64,
    state: &mut State,
    text: &Text<'a>,
) -> Out<'a> {
    match holds {
        true => go_to(step.imm3 as u32, step.price_there.into(), gas, state, text),
        false => enter(step.price_next.into(), rest, gas, state, text),
    }
}

/// [`super::Do::Enter`]
#[cfg_attr(target_family = "wasm", inline(always))]
pub(super) fn enter_step<'a>(
    block: &'a Step,
    rest: &'a [Step],
    gas: u64,
    state: &mut State,
    text: &Text<'a>,
) -> Out<'a> {
    match gas.checked_sub(u64::from(block.imm as u32)) {
        Some(gas) => next(rest, gas, state, text),
        None => leave(rest, gas, Why::Unpaid, state, text),
    }
}

/// A step of one part.
#[cfg_attr(target_family = "wasm", inline(always))]
pub(super) fn one<'a, A: Part>(
    step: &'a Step,
    rest: &'a [Step],
    gas: u64,
    state: &mut State,
    text: &Text<'a>,
) -> Out<'a> {
    match A::exec::<First, Read>(step, state, 0) {
        true => next(rest, gas, state, text),
        false => leave(rest, gas, Why::First, state, text),
    }
}

/// Where the interpreter begins if the second part is left to it. If the result of the first part was not put in its
/// register, the first part has not been done.
const fn second_left<X: Bond>() -> Why {
    if X::KEEPS {
        Why::Second
    } else {
        Why::First
    }
}

/// Where the interpreter begins if the third part is left to it. If the second part's result was put in its register
/// and the first part's was not, then nothing can see the first.
const fn third_left<X: Bond, Y: Bond>() -> Why {
    if Y::KEEPS {
        Why::Third
    } else {
        second_left::<X>()
    }
}

/// The first operand of a branch: the value computed before it, or a register.
#[inline(always)]
fn asked<X: Bond>(given: u64, reg: Reg, state: &State) -> u64 {
    if X::TAKES {
        given
    } else {
        state.regs[reg.index()]
    }
}

/// A step of two parts.
#[cfg_attr(target_family = "wasm", inline(always))]
pub(super) fn two<'a, A: Part, B: Part, X: Bond>(
    step: &'a Step,
    rest: &'a [Step],
    gas: u64,
    state: &mut State,
    text: &Text<'a>,
) -> Out<'a> {
    let Some(first) = A::put::<First, Read, X>(step, state, 0) else {
        return leave(rest, gas, Why::First, state, text);
    };
    match B::exec::<Second, X::From>(step, state, first) {
        true => next(rest, gas, state, text),
        false => leave(rest, gas, second_left::<X>(), state, text),
    }
}

/// A step of three parts.
#[cfg_attr(target_family = "wasm", inline(always))]
pub(super) fn three<'a, A: Part, B: Part, C: Part, X: Bond, Y: Bond>(
    step: &'a Step,
    rest: &'a [Step],
    gas: u64,
    state: &mut State,
    text: &Text<'a>,
) -> Out<'a> {
    let Some(first) = A::put::<First, Read, X>(step, state, 0) else {
        return leave(rest, gas, Why::First, state, text);
    };
    let Some(second) = B::put::<Second, X::From, Y>(step, state, first) else {
        return leave(rest, gas, second_left::<X>(), state, text);
    };
    match C::exec::<Third, Y::From>(step, state, second) {
        true => next(rest, gas, state, text),
        false => leave(rest, gas, third_left::<X, Y>(), state, text),
    }
}

/// A part, then `if C(d, e) goto imm3`
#[cfg_attr(target_family = "wasm", inline(always))]
pub(super) fn then_branch<'a, A: Part, C: Condition, X: Bond>(
    step: &'a Step,
    rest: &'a [Step],
    gas: u64,
    state: &mut State,
    text: &Text<'a>,
) -> Out<'a> {
    let Some(first) = A::put::<First, Read, X>(step, state, 0) else {
        return leave(rest, gas, Why::First, state, text);
    };
    let holds = C::holds(asked::<X>(first, step.d, state), state.regs[step.e.index()]);
    take(holds, step, rest, gas, state, text)
}

/// A part, then `if C(d, imm2) goto imm3`
#[cfg_attr(target_family = "wasm", inline(always))]
pub(super) fn then_branch_imm<'a, A: Part, C: Condition, X: Bond>(
    step: &'a Step,
    rest: &'a [Step],
    gas: u64,
    state: &mut State,
    text: &Text<'a>,
) -> Out<'a> {
    let Some(first) = A::put::<First, Read, X>(step, state, 0) else {
        return leave(rest, gas, Why::First, state, text);
    };
    let holds = C::holds(asked::<X>(first, step.d, state), i64::from(step.imm2) as u64);
    take(holds, step, rest, gas, state, text)
}

/// Two parts, then `if C(g, h) goto imm3`
#[cfg_attr(target_family = "wasm", inline(always))]
pub(super) fn two_branch<'a, A: Part, B: Part, C: Condition, X: Bond, Y: Bond>(
    step: &'a Step,
    rest: &'a [Step],
    gas: u64,
    state: &mut State,
    text: &Text<'a>,
) -> Out<'a> {
    let Some(first) = A::put::<First, Read, X>(step, state, 0) else {
        return leave(rest, gas, Why::First, state, text);
    };
    let Some(second) = B::put::<Second, X::From, Y>(step, state, first) else {
        return leave(rest, gas, second_left::<X>(), state, text);
    };
    let holds = C::holds(asked::<Y>(second, step.g, state), state.regs[step.h.index()]);
    take(holds, step, rest, gas, state, text)
}

/// Two parts, then `if C(g, imm2 >> 16) goto imm3`
#[cfg_attr(target_family = "wasm", inline(always))]
pub(super) fn two_branch_imm<'a, A: Part, B: Part, C: Condition, X: Bond, Y: Bond>(
    step: &'a Step,
    rest: &'a [Step],
    gas: u64,
    state: &mut State,
    text: &Text<'a>,
) -> Out<'a> {
    let Some(first) = A::put::<First, Read, X>(step, state, 0) else {
        return leave(rest, gas, Why::First, state, text);
    };
    let Some(second) = B::put::<SecondShort, X::From, Y>(step, state, first) else {
        return leave(rest, gas, second_left::<X>(), state, text);
    };
    let holds = C::holds(asked::<Y>(second, step.g, state), i64::from(step.imm2 >> 16) as u64);
    take(holds, step, rest, gas, state, text)
}

/// `if C(a, b) goto imm3`
#[cfg_attr(target_family = "wasm", inline(always))]
pub(super) fn branch<'a, C: Condition>(
    step: &'a Step,
    rest: &'a [Step],
    gas: u64,
    state: &mut State,
    text: &Text<'a>,
) -> Out<'a> {
    take(C::holds(state.regs[step.a.index()], state.regs[step.b.index()]), step, rest, gas, state, text)
}

/// `if C(a, imm) goto imm3`
#[cfg_attr(target_family = "wasm", inline(always))]
pub(super) fn branch_imm<'a, C: Condition>(
    step: &'a Step,
    rest: &'a [Step],
    gas: u64,
    state: &mut State,
    text: &Text<'a>,
) -> Out<'a> {
    take(C::holds(state.regs[step.a.index()], i64::from(step.imm) as u64), step, rest, gas, state, text)
}

/// A part, then `goto imm3`
#[cfg_attr(target_family = "wasm", inline(always))]
pub(super) fn then_jump<'a, A: Part>(
    step: &'a Step,
    rest: &'a [Step],
    gas: u64,
    state: &mut State,
    text: &Text<'a>,
) -> Out<'a> {
    match A::exec::<First, Read>(step, state, 0) {
        true => go_to(step.imm3 as u32, step.price_there.into(), gas, state, text),
        false => leave(rest, gas, Why::First, state, text),
    }
}

/// A part, then the charge for the block after it.
#[cfg_attr(target_family = "wasm", inline(always))]
pub(super) fn then_enter<'a, A: Part>(
    step: &'a Step,
    rest: &'a [Step],
    gas: u64,
    state: &mut State,
    text: &Text<'a>,
) -> Out<'a> {
    match A::exec::<First, Read>(step, state, 0) {
        true => enter(step.price_next.into(), rest, gas, state, text),
        false => leave(rest, gas, Why::First, state, text),
    }
}

/// `goto imm3`
#[cfg_attr(target_family = "wasm", inline(always))]
pub(super) fn always<'a>(
    step: &'a Step,
    _: &'a [Step],
    gas: u64,
    state: &mut State,
    text: &Text<'a>,
) -> Out<'a> {
    go_to(step.imm3 as u32, step.price_there.into(), gas, state, text)
}

/// `goto *a`, within the function that has `imm2` slots from `imm` on.
#[cfg_attr(target_family = "wasm", inline(always))]
pub(super) fn goto_pointer<'a>(
    step: &'a Step,
    rest: &'a [Step],
    gas: u64,
    state: &mut State,
    text: &Text<'a>,
) -> Out<'a> {
    let first = step.imm as u32;
    let addr = state.regs[step.a.index()];
    let target = text.program.jump_target(addr, first..first + step.imm2 as u32);
    match target.and_then(|insn| text.blocks.get(insn)) {
        Some(block) => go_to(block.step, block.price.into(), gas, state, text),
        None => leave(rest, gas, Why::First, state, text),
    }
}

/// Calls the function at `imm3`. `imm` has the frame sizes, encoded as in an instruction.
#[cfg_attr(target_family = "wasm", inline(always))]
pub(super) fn call<'a>(
    step: &'a Step,
    rest: &'a [Step],
    gas: u64,
    state: &mut State,
    text: &Text<'a>,
) -> Out<'a> {
    let Some(&[back, ..]) = text.insns.get(index(rest, text) as usize) else { return lost(gas, state) };
    let (caller, callee) = (crate::code::caller_frame(step.imm), crate::code::callee_frame(step.imm));
    // The interpreter makes room: a function that may allocate would save registers each time.
    if !state.calls.has_room() {
        return leave(rest, gas, Why::First, state, text);
    }
    match state.calls.push(&mut state.regs, caller, callee, back as usize) {
        Ok(()) => go_to(step.imm3 as u32, step.price_there.into(), gas, state, text),
        Err(_) => leave(rest, gas, Why::First, state, text),
    }
}

/// Calls `*a`.
#[cfg_attr(target_family = "wasm", inline(always))]
pub(super) fn call_pointer<'a>(
    step: &'a Step,
    rest: &'a [Step],
    gas: u64,
    state: &mut State,
    text: &Text<'a>,
) -> Out<'a> {
    let Some(&[back, ..]) = text.insns.get(index(rest, text) as usize) else { return lost(gas, state) };
    let callee = text.program.callee(state.regs[step.a.index()]).filter(|_| state.calls.has_room());
    if let Some(callee) = callee {
        let block = text.blocks.get(callee.index as usize);
        let frame = crate::code::caller_frame(step.imm);
        if let Some(block) = block {
            if state.calls.push(&mut state.regs, frame, callee.frame_size, back as usize).is_ok() {
                return go_to(block.step, block.price.into(), gas, state, text);
            }
        }
    }
    leave(rest, gas, Why::First, state, text)
}

/// Returns.
#[cfg_attr(target_family = "wasm", inline(always))]
pub(super) fn exit<'a>(
    _: &'a Step,
    rest: &'a [Step],
    gas: u64,
    state: &mut State,
    text: &Text<'a>,
) -> Out<'a> {
    match state.calls.pop(&mut state.regs) {
        Some(insn) => match text.blocks.get(insn) {
            Some(block) => go_to(block.step, block.price.into(), gas, state, text),
            None => lost(gas, state),
        },
        None => leave(rest, gas, Why::Finished, state, text),
    }
}

/// Leaves with the number of a helper.
#[cfg_attr(target_family = "wasm", inline(always))]
pub(super) fn syscall<'a>(
    _: &'a Step,
    rest: &'a [Step],
    gas: u64,
    state: &mut State,
    text: &Text<'a>,
) -> Out<'a> {
    leave(rest, gas, Why::Syscall, state, text)
}

/// Leaves the instruction to the interpreter.
#[cfg_attr(target_family = "wasm", inline(always))]
pub(super) fn other<'a>(
    _: &'a Step,
    rest: &'a [Step],
    gas: u64,
    state: &mut State,
    text: &Text<'a>,
) -> Out<'a> {
    leave(rest, gas, Why::First, state, text)
}

/// The intrinsic number `imm`, on memory.
#[cfg_attr(target_family = "wasm", inline(always))]
pub(super) fn bulk<'a>(
    step: &'a Step,
    rest: &'a [Step],
    gas: u64,
    state: &mut State,
    text: &Text<'a>,
) -> Out<'a> {
    let price = text.program.costs().bulk(state.regs[Reg::R3.index()]);
    // On a fault, or a price above the turn's remaining gas, nothing has been done.
    match gas.checked_sub(price) {
        Some(left) if mem::bulk(step.imm as u32, &mut state.regs, &mut state.memory).is_ok() => {
            enter(step.price_next.into(), rest, left, state, text)
        }
        _ => leave(rest, gas, Why::First, state, text),
    }
}

/// The intrinsic number `imm`, of 128-bit arithmetic.
#[cfg_attr(target_family = "wasm", inline(always))]
pub(super) fn wide_intrinsic<'a>(
    step: &'a Step,
    rest: &'a [Step],
    gas: u64,
    state: &mut State,
    text: &Text<'a>,
) -> Out<'a> {
    match wide::execute(step.imm as u32, &mut state.regs, &mut state.memory) {
        Ok(()) => enter(step.price_next.into(), rest, gas, state, text),
        Err(_) => leave(rest, gas, Why::First, state, text),
    }
}

/// The upper half of a product of two registers.
pub(super) const MUL_HIGH: u32 = Intrinsic::MulHigh.number();
/// A product of two pairs of registers.
pub(super) const MUL_TI: u32 = Intrinsic::MulTi.number();

/// One of the two products whose results are registers, selected by its number.
#[cfg_attr(target_family = "wasm", inline(always))]
pub(super) fn product<'a, const NUMBER: u32>(
    step: &'a Step,
    rest: &'a [Step],
    gas: u64,
    state: &mut State,
    text: &Text<'a>,
) -> Out<'a> {
    match wide::product(NUMBER, &mut state.regs) {
        true => enter(step.price_next.into(), rest, gas, state, text),
        false => leave(rest, gas, Why::First, state, text),
    }
}

/// A part, then a return.
#[cfg_attr(target_family = "wasm", inline(always))]
pub(super) fn then_exit<'a, A: Part>(
    step: &'a Step,
    rest: &'a [Step],
    gas: u64,
    state: &mut State,
    text: &Text<'a>,
) -> Out<'a> {
    match A::exec::<First, Read>(step, state, 0) {
        true => exit(step, rest, gas, state, text),
        false => leave(rest, gas, Why::First, state, text),
    }
}

/// A part, then the upper half of r1 * r2.
#[cfg_attr(target_family = "wasm", inline(always))]
pub(super) fn then_mul_high<'a, A: Part>(
    step: &'a Step,
    rest: &'a [Step],
    gas: u64,
    state: &mut State,
    text: &Text<'a>,
) -> Out<'a> {
    match A::exec::<First, Read>(step, state, 0) {
        true => product::<MUL_HIGH>(step, rest, gas, state, text),
        false => leave(rest, gas, Why::First, state, text),
    }
}

/// A choice: pays for the blocks on the way, and moves the constant unless `holds`.
#[inline(always)]
fn choose<'a>(
    holds: bool,
    why: Why,
    step: &'a Step,
    rest: &'a [Step],
    gas: u64,
    state: &mut State,
    text: &Text<'a>,
) -> Out<'a> {
    let [constant, after @ ..] = rest else { return lost(gas, state) };
    let price = u64::from(step.price_there) + if holds { 0 } else { u64::from(step.price_next) };
    match gas.checked_sub(price) {
        Some(gas) => {
            let to = &mut state.regs[constant.a.index()];
            *to = if holds { *to } else { i64::from(constant.imm) as u64 };
            next(after, gas, state, text)
        }
        // The interpreter stops at the block that cannot be paid for.
        None => leave(rest, gas, why, state, text),
    }
}

/// `if !C(a, b)`, the move that follows.
#[cfg_attr(target_family = "wasm", inline(always))]
pub(super) fn choice<'a, C: Condition>(
    step: &'a Step,
    rest: &'a [Step],
    gas: u64,
    state: &mut State,
    text: &Text<'a>,
) -> Out<'a> {
    let holds = C::holds(state.regs[step.a.index()], state.regs[step.b.index()]);
    choose(holds, Why::First, step, rest, gas, state, text)
}

/// `if !C(a, imm)`, the move that follows.
#[cfg_attr(target_family = "wasm", inline(always))]
pub(super) fn choice_imm<'a, C: Condition>(
    step: &'a Step,
    rest: &'a [Step],
    gas: u64,
    state: &mut State,
    text: &Text<'a>,
) -> Out<'a> {
    let holds = C::holds(state.regs[step.a.index()], i64::from(step.imm) as u64);
    choose(holds, Why::First, step, rest, gas, state, text)
}

/// A part, then `if !C(d, e)`, the move that follows.
#[cfg_attr(target_family = "wasm", inline(always))]
pub(super) fn then_choice<'a, A: Part, C: Condition, X: Bond>(
    step: &'a Step,
    rest: &'a [Step],
    gas: u64,
    state: &mut State,
    text: &Text<'a>,
) -> Out<'a> {
    let Some(first) = A::put::<First, Read, X>(step, state, 0) else {
        return leave(rest, gas, Why::First, state, text);
    };
    let holds = C::holds(asked::<X>(first, step.d, state), state.regs[step.e.index()]);
    choose(holds, Why::Second, step, rest, gas, state, text)
}

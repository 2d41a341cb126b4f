//! What steps do.
//!
//! A half of a step is a type ([`Half`]), with its operands in one of two places ([`Place`]); the functions of
//! this module make steps of halves, and [`super::list`] says which.

use super::{Step, Text, Why};
use crate::interp::{alu, endian, jump, mem, wide, Left, State};
use crate::memory::GuestAddr;
use bpf_isa::Reg;
use contract_abi::intrinsic::Intrinsic;
use core::marker::PhantomData;
use core::slice::Iter;
use dispatch::{next, out};

pub(super) use dispatch::Out;

#[cfg(target_family = "wasm")]
use super::list::execute;
#[cfg(not(target_family = "wasm"))]
use super::list::FUNCTIONS;
pub(super) use dispatch::turn;

/// Where the operands of a half are in the step.
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

/// As [`First`], with an immediate of 16 bits: the others are a branch's.
pub(super) struct Short;

impl Place for Short {
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
        i32::from(step.imm as i16)
    }
    #[inline(always)]
    fn both(step: &Step) -> (i32, i32) {
        (i32::from(step.imm as i16), step.imm >> 16)
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

/// A half of a step, or all of it.
pub(super) trait Half {
    /// Does it, or does nothing and says so.
    fn exec<P: Place>(step: &Step, state: &mut State) -> bool;
}

/// A function of two operands.
pub(super) trait Binary {
    fn apply(a: u64, b: u64) -> u64;
}

/// A function of one operand.
pub(super) trait Unary {
    fn apply(a: u64) -> u64;
}

/// What a branch asks of two operands.
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
    Rotated32 rotate32; Rotated64 rotate64;
}

#[inline(always)]
fn rotate32(a: u64, count: u64) -> u64 {
    u64::from((a as u32).rotate_left(count as u32 & 31))
}

#[inline(always)]
fn rotate64(a: u64, count: u64) -> u64 {
    a.rotate_left(count as u32 & 63)
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

impl<F: Binary> Half for Regs<F> {
    #[inline(always)]
    fn exec<P: Place>(step: &Step, state: &mut State) -> bool {
        state.regs[P::a(step)] = F::apply(state.regs[P::b(step)], state.regs[P::c(step)]);
        true
    }
}

/// `a = F(b, imm)`
pub(super) struct Imm<F>(PhantomData<F>);

impl<F: Binary> Half for Imm<F> {
    #[inline(always)]
    fn exec<P: Place>(step: &Step, state: &mut State) -> bool {
        state.regs[P::a(step)] = F::apply(state.regs[P::b(step)], i64::from(P::imm(step)) as u64);
        true
    }
}

/// `a = F(b)`
pub(super) struct Of<F>(PhantomData<F>);

impl<F: Unary> Half for Of<F> {
    #[inline(always)]
    fn exec<P: Place>(step: &Step, state: &mut State) -> bool {
        state.regs[P::a(step)] = F::apply(state.regs[P::b(step)]);
        true
    }
}

/// `a = imm`
pub(super) struct Const;

impl Half for Const {
    #[inline(always)]
    fn exec<P: Place>(step: &Step, state: &mut State) -> bool {
        state.regs[P::a(step)] = i64::from(P::imm(step)) as u64;
        true
    }
}

/// `a = imm | imm2 << 32`. All of a step.
pub(super) struct Wide;

impl Half for Wide {
    #[inline(always)]
    fn exec<P: Place>(step: &Step, state: &mut State) -> bool {
        state.regs[P::a(step)] = u64::from(step.imm as u32) | u64::from(step.imm2 as u32) << 32;
        true
    }
}

/// `c = b >> imm2; a = F(b, imm)`, of a rotation whose shifted half can be seen. All of a step.
pub(super) struct AndShifted<F, G>(PhantomData<(F, G)>);

impl<F: Binary, G: Binary> Half for AndShifted<F, G> {
    #[inline(always)]
    fn exec<P: Place>(step: &Step, state: &mut State) -> bool {
        let b = state.regs[P::b(step)];
        state.regs[P::c(step)] = G::apply(b, step.imm2 as u64);
        state.regs[P::a(step)] = F::apply(b, step.imm as u64);
        true
    }
}

/// `a = *(b + imm)`
pub(super) struct At<W>(PhantomData<W>);

impl<W: Load> Half for At<W> {
    #[inline(always)]
    fn exec<P: Place>(step: &Step, state: &mut State) -> bool {
        let addr = GuestAddr::effective(state.regs[P::b(step)], P::imm(step));
        let Some(value) = W::load(state, addr) else { return false };
        state.regs[P::a(step)] = value;
        true
    }
}

/// `a = *(r10 + imm)`
pub(super) struct InFrame<W>(PhantomData<W>);

impl<W: Load> Half for InFrame<W> {
    #[inline(always)]
    fn exec<P: Place>(step: &Step, state: &mut State) -> bool {
        let addr = GuestAddr::effective(state.regs[Reg::R10.index()], P::imm(step));
        let Some(value) = W::load_frame(state, addr) else { return false };
        state.regs[P::a(step)] = value;
        true
    }
}

/// `*(a + imm) = b`
pub(super) struct To<W>(PhantomData<W>);

impl<W: Store> Half for To<W> {
    #[inline(always)]
    fn exec<P: Place>(step: &Step, state: &mut State) -> bool {
        let addr = GuestAddr::effective(state.regs[P::a(step)], P::imm(step));
        let value = state.regs[P::b(step)];
        W::store(state, addr, value)
    }
}

/// `*(r10 + imm) = b`
pub(super) struct ToFrame<W>(PhantomData<W>);

impl<W: Store> Half for ToFrame<W> {
    #[inline(always)]
    fn exec<P: Place>(step: &Step, state: &mut State) -> bool {
        let addr = GuestAddr::effective(state.regs[Reg::R10.index()], P::imm(step));
        let value = state.regs[P::b(step)];
        W::store_frame(state, addr, value)
    }
}

/// `*(a + offset) = constant`: both of 16 bits in the second half of a step.
pub(super) struct ConstTo<W>(PhantomData<W>);

impl<W: Store> Half for ConstTo<W> {
    #[inline(always)]
    fn exec<P: Place>(step: &Step, state: &mut State) -> bool {
        let (offset, value) = P::both(step);
        let addr = GuestAddr::effective(state.regs[P::a(step)], offset);
        W::store(state, addr, i64::from(value) as u64)
    }
}

/// What a step's function is given: the step, those behind it, gas, and what it works on.
#[cfg(not(target_family = "wasm"))]
pub(super) type Function =
    for<'a, 's, 't> fn(&'a Step, Iter<'a, Step>, u64, &'s mut State, &'t Text<'a>) -> Out<'a>;

/// Index of the step before `rest`.
#[inline(always)]
fn index(rest: &Iter<'_, Step>, text: &Text<'_>) -> u32 {
    (text.steps.len() - rest.len()) as u32 - 1
}

#[cold]
#[inline(never)]
fn leave<'a>(rest: Iter<'a, Step>, gas: u64, why: Why, state: &mut State, text: &Text<'a>) -> Out<'a> {
    state.left = Left { gas, at: index(&rest, text) };
    out(why)
}

#[cold]
#[inline(never)]
fn ended() -> ! {
    unreachable!("steps end with a jump; qed")
}

/// A step's function calls the next one.
#[cfg(not(target_family = "wasm"))]
mod dispatch {
    use super::*;

    pub(in super::super) type Out<'a> = Why;

    #[inline(always)]
    pub(super) fn out(why: Why) -> Why {
        why
    }

    /// Goes on with the next step.
    #[inline(always)]
    pub(super) fn next<'a>(mut rest: Iter<'a, Step>, gas: u64, state: &mut State, text: &Text<'a>) -> Why {
        match rest.next() {
            Some(step) => FUNCTIONS[step.what as usize](step, rest, gas, state, text),
            None => ended(),
        }
    }

    /// Starts a turn, which pays for the block that `steps` begins with.
    pub(in super::super) fn turn<'a>(steps: &'a [Step], gas: u64, state: &mut State, text: &Text<'a>) -> Why {
        enter(steps.iter(), gas, state, text)
    }
}

/// A step's function returns what comes next to a loop: WebAssembly has no calls that are jumps.
#[cfg(target_family = "wasm")]
mod dispatch {
    use super::*;

    pub(in super::super) type Out<'a> = Result<(Iter<'a, Step>, u64), Why>;

    #[inline(always)]
    pub(super) fn out<'a>(why: Why) -> Out<'a> {
        Err(why)
    }

    /// Goes on with the next step.
    #[inline(always)]
    pub(super) fn next<'a>(rest: Iter<'a, Step>, gas: u64, _: &mut State, _: &Text<'a>) -> Out<'a> {
        Ok((rest, gas))
    }

    /// Starts a turn, which pays for the block that `steps` begins with.
    pub(in super::super) fn turn<'a>(steps: &'a [Step], gas: u64, state: &mut State, text: &Text<'a>) -> Why {
        let mut gone = enter(steps.iter(), gas, state, text);
        loop {
            match gone {
                Ok((mut rest, gas)) => match rest.next() {
                    Some(step) => gone = execute(step, rest, gas, state, text),
                    None => ended(),
                },
                Err(why) => return why,
            }
        }
    }
}

/// Pays for the block that `rest` begins with, and goes on in it.
#[inline(always)]
fn enter<'a>(mut rest: Iter<'a, Step>, gas: u64, state: &mut State, text: &Text<'a>) -> Out<'a> {
    match rest.next() {
        Some(block) => enter_step(block, rest, gas, state, text),
        None => ended(),
    }
}

/// [`super::Do::Enter`]
#[inline(always)]
pub(super) fn enter_step<'a>(
    block: &'a Step,
    rest: Iter<'a, Step>,
    gas: u64,
    state: &mut State,
    text: &Text<'a>,
) -> Out<'a> {
    match gas.checked_sub(u64::from(block.imm as u32)) {
        Some(gas) => next(rest, gas, state, text),
        None => leave(rest, gas, Why::Unpaid, state, text),
    }
}

/// Goes on at the block of a step.
#[inline(always)]
fn go_to<'a>(target: u32, gas: u64, state: &mut State, text: &Text<'a>) -> Out<'a> {
    match text.steps.get(target as usize..) {
        Some(rest) => enter(rest.iter(), gas, state, text),
        None => ended(),
    }
}

/// A step of one half.
#[cfg_attr(target_family = "wasm", inline(always))]
pub(super) fn one<'a, A: Half>(
    step: &'a Step,
    rest: Iter<'a, Step>,
    gas: u64,
    state: &mut State,
    text: &Text<'a>,
) -> Out<'a> {
    match A::exec::<First>(step, state) {
        true => next(rest, gas, state, text),
        false => leave(rest, gas, Why::First, state, text),
    }
}

/// A step of two.
#[cfg_attr(target_family = "wasm", inline(always))]
pub(super) fn two<'a, A: Half, B: Half>(
    step: &'a Step,
    rest: Iter<'a, Step>,
    gas: u64,
    state: &mut State,
    text: &Text<'a>,
) -> Out<'a> {
    if !A::exec::<First>(step, state) {
        return leave(rest, gas, Why::First, state, text);
    }
    if !B::exec::<Second>(step, state) {
        return leave(rest, gas, Why::Second, state, text);
    }
    next(rest, gas, state, text)
}

/// `if C(a, b) goto imm2`
#[cfg_attr(target_family = "wasm", inline(always))]
pub(super) fn branch<'a, C: Condition>(
    step: &'a Step,
    rest: Iter<'a, Step>,
    gas: u64,
    state: &mut State,
    text: &Text<'a>,
) -> Out<'a> {
    match C::holds(state.regs[step.a.index()], state.regs[step.b.index()]) {
        true => go_to(step.imm2 as u32, gas, state, text),
        false => enter(rest, gas, state, text),
    }
}

/// `if C(a, imm) goto imm2`
#[cfg_attr(target_family = "wasm", inline(always))]
pub(super) fn branch_imm<'a, C: Condition>(
    step: &'a Step,
    rest: Iter<'a, Step>,
    gas: u64,
    state: &mut State,
    text: &Text<'a>,
) -> Out<'a> {
    match C::holds(state.regs[step.a.index()], i64::from(step.imm) as u64) {
        true => go_to(step.imm2 as u32, gas, state, text),
        false => enter(rest, gas, state, text),
    }
}

/// A half, then `if C(d, e) goto imm2`
#[cfg_attr(target_family = "wasm", inline(always))]
pub(super) fn then_branch<'a, A: Half, C: Condition>(
    step: &'a Step,
    rest: Iter<'a, Step>,
    gas: u64,
    state: &mut State,
    text: &Text<'a>,
) -> Out<'a> {
    if !A::exec::<First>(step, state) {
        return leave(rest, gas, Why::First, state, text);
    }
    match C::holds(state.regs[step.d.index()], state.regs[step.e.index()]) {
        true => go_to(step.imm2 as u32, gas, state, text),
        false => enter(rest, gas, state, text),
    }
}

/// A half with a short immediate, then `if C(d, imm >> 16) goto imm2`
#[cfg_attr(target_family = "wasm", inline(always))]
pub(super) fn then_branch_imm<'a, A: Half, C: Condition>(
    step: &'a Step,
    rest: Iter<'a, Step>,
    gas: u64,
    state: &mut State,
    text: &Text<'a>,
) -> Out<'a> {
    if !A::exec::<Short>(step, state) {
        return leave(rest, gas, Why::First, state, text);
    }
    match C::holds(state.regs[step.d.index()], i64::from(step.imm >> 16) as u64) {
        true => go_to(step.imm2 as u32, gas, state, text),
        false => enter(rest, gas, state, text),
    }
}

/// A half, then `goto imm2`
#[cfg_attr(target_family = "wasm", inline(always))]
pub(super) fn then_jump<'a, A: Half>(
    step: &'a Step,
    rest: Iter<'a, Step>,
    gas: u64,
    state: &mut State,
    text: &Text<'a>,
) -> Out<'a> {
    match A::exec::<First>(step, state) {
        true => go_to(step.imm2 as u32, gas, state, text),
        false => leave(rest, gas, Why::First, state, text),
    }
}

/// `goto imm2`
#[cfg_attr(target_family = "wasm", inline(always))]
pub(super) fn always<'a>(
    step: &'a Step,
    _: Iter<'a, Step>,
    gas: u64,
    state: &mut State,
    text: &Text<'a>,
) -> Out<'a> {
    go_to(step.imm2 as u32, gas, state, text)
}

/// `goto *a`, within the function of `imm2` slots from `imm` on.
#[cfg_attr(target_family = "wasm", inline(always))]
pub(super) fn goto_pointer<'a>(
    step: &'a Step,
    rest: Iter<'a, Step>,
    gas: u64,
    state: &mut State,
    text: &Text<'a>,
) -> Out<'a> {
    let first = step.imm as u32;
    let addr = state.regs[step.a.index()];
    let target = text.program.jump_target(addr, first..first + step.imm2 as u32);
    match target.and_then(|insn| text.blocks.get(insn)) {
        Some(&block) => go_to(block, gas, state, text),
        None => leave(rest, gas, Why::First, state, text),
    }
}

/// Calls the function at `imm2`. `imm` has the sizes of frames as an instruction has them.
#[cfg_attr(target_family = "wasm", inline(always))]
pub(super) fn call<'a>(
    step: &'a Step,
    rest: Iter<'a, Step>,
    gas: u64,
    state: &mut State,
    text: &Text<'a>,
) -> Out<'a> {
    let Some(back) = rest.as_slice().first() else { ended() };
    let (caller, callee) = (crate::code::caller_frame(step.imm), crate::code::callee_frame(step.imm));
    match state.calls.push(&mut state.regs, caller, callee, back.imm2 as usize) {
        Ok(()) => go_to(step.imm2 as u32, gas, state, text),
        Err(_) => leave(rest, gas, Why::First, state, text),
    }
}

/// Calls `*a`.
#[cfg_attr(target_family = "wasm", inline(always))]
pub(super) fn call_pointer<'a>(
    step: &'a Step,
    rest: Iter<'a, Step>,
    gas: u64,
    state: &mut State,
    text: &Text<'a>,
) -> Out<'a> {
    let Some(back) = rest.as_slice().first() else { ended() };
    if let Some(callee) = text.program.callee(state.regs[step.a.index()]) {
        let block = text.blocks.get(callee.index as usize);
        let frame = crate::code::caller_frame(step.imm);
        if let Some(&block) = block {
            if state.calls.push(&mut state.regs, frame, callee.frame_size, back.imm2 as usize).is_ok() {
                return go_to(block, gas, state, text);
            }
        }
    }
    leave(rest, gas, Why::First, state, text)
}

/// Returns.
#[cfg_attr(target_family = "wasm", inline(always))]
pub(super) fn exit<'a>(
    _: &'a Step,
    rest: Iter<'a, Step>,
    gas: u64,
    state: &mut State,
    text: &Text<'a>,
) -> Out<'a> {
    match state.calls.pop(&mut state.regs) {
        Some(insn) => match text.blocks.get(insn) {
            Some(&block) => go_to(block, gas, state, text),
            None => ended(),
        },
        None => leave(rest, gas, Why::Finished, state, text),
    }
}

/// Leaves with a helper's number.
#[cfg_attr(target_family = "wasm", inline(always))]
pub(super) fn syscall<'a>(
    _: &'a Step,
    rest: Iter<'a, Step>,
    gas: u64,
    state: &mut State,
    text: &Text<'a>,
) -> Out<'a> {
    leave(rest, gas, Why::Syscall, state, text)
}

/// What is the interpreter's.
#[cfg_attr(target_family = "wasm", inline(always))]
pub(super) fn other<'a>(
    _: &'a Step,
    rest: Iter<'a, Step>,
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
    rest: Iter<'a, Step>,
    gas: u64,
    state: &mut State,
    text: &Text<'a>,
) -> Out<'a> {
    let price = text.program.costs().bulk(state.regs[Reg::R3.index()]);
    // More than the turn has left, or a fault: then it is as if nothing had been done.
    match gas.checked_sub(price) {
        Some(left) if mem::bulk(step.imm as u32, &mut state.regs, &mut state.memory).is_ok() => {
            enter(rest, left, state, text)
        }
        _ => leave(rest, gas, Why::First, state, text),
    }
}

/// The intrinsic number `imm`, of 128-bit arithmetic.
#[cfg_attr(target_family = "wasm", inline(always))]
pub(super) fn wide_intrinsic<'a>(
    step: &'a Step,
    rest: Iter<'a, Step>,
    gas: u64,
    state: &mut State,
    text: &Text<'a>,
) -> Out<'a> {
    match wide::execute(step.imm as u32, &mut state.regs, &mut state.memory) {
        Ok(()) => enter(rest, gas, state, text),
        Err(_) => leave(rest, gas, Why::First, state, text),
    }
}

/// The upper half of a product of two registers.
pub(super) const MUL_HIGH: u32 = Intrinsic::MulHigh.number();
/// A product of two pairs of registers.
pub(super) const MUL_TI: u32 = Intrinsic::MulTi.number();

/// One of the two products whose results are registers; which is a number.
#[cfg_attr(target_family = "wasm", inline(always))]
pub(super) fn product<'a, const NUMBER: u32>(
    _: &'a Step,
    rest: Iter<'a, Step>,
    gas: u64,
    state: &mut State,
    text: &Text<'a>,
) -> Out<'a> {
    match wide::product(NUMBER, &mut state.regs) {
        true => enter(rest, gas, state, text),
        false => leave(rest, gas, Why::First, state, text),
    }
}

/// A half, then a return.
#[cfg_attr(target_family = "wasm", inline(always))]
pub(super) fn then_exit<'a, A: Half>(
    step: &'a Step,
    rest: Iter<'a, Step>,
    gas: u64,
    state: &mut State,
    text: &Text<'a>,
) -> Out<'a> {
    match A::exec::<First>(step, state) {
        true => exit(step, rest, gas, state, text),
        false => leave(rest, gas, Why::First, state, text),
    }
}

/// A half, then the upper half of r1 * r2.
#[cfg_attr(target_family = "wasm", inline(always))]
pub(super) fn then_mul_high<'a, A: Half>(
    step: &'a Step,
    rest: Iter<'a, Step>,
    gas: u64,
    state: &mut State,
    text: &Text<'a>,
) -> Out<'a> {
    match A::exec::<First>(step, state) {
        true => product::<MUL_HIGH>(step, rest, gas, state, text),
        false => leave(rest, gas, Why::First, state, text),
    }
}

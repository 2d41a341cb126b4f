//! The interpreter, which defines what programs do. Every other engine agrees with it.
//!
//! It is one loop over [`crate::code`], one arm an operation. The arms say which function of the modules
//! beside this one an operation is; what it does is said there, under the names of RFC 9669's sections.
//!
//! # What makes it fast
//!
//! The verifier has done what can be done once: there are no slots, no bit fields and no block table to
//! look into. The loop's state (registers, gas, place) is local. Gas is one subtraction a block, in the
//! jump that leads to it, so that a block without jumps into it costs no dispatch of its own. A memory
//! access is a comparison with the region's backing ([`Memory::touched`]); what takes more is out of the way.
//! Instructions that are often neighbours are executed in one step ([`pairs`]).
//!
//! # Invariant
//!
//! The loop trusts the invariant of [`crate::code`], but only for speed: all indexing is checked, so a
//! verifier that broke it could stop the host with a panic and not more.

mod alu;
mod atomic;
mod call;
mod endian;
mod jump;
mod mem;
pub(crate) mod pairs;
mod wide;

pub(crate) use call::Calls;
// What the JIT leaves to the host is the interpreter's own code.
#[allow(unused_imports, reason = "there is not always a JIT")]
pub(crate) use {mem::bulk, wide::execute as wide};

use crate::code::Op;
use crate::instance::Exit;
use crate::memory::{Access, GuestAddr, Memory, MemoryFault};
use crate::meter::Gas;
use crate::program::Slot;
use crate::trap::{Trap, TrapKind};
use crate::verify::VerifiedProgram;
use bpf_isa::Reg;

/// Watches a run: for traces and profiles.
///
/// Both functions do nothing by default. Neither can change the run.
pub trait Observer {
    /// Whether to call it at all. A run with `false` costs nothing extra.
    const ACTIVE: bool = true;

    /// A block was paid and begins.
    #[inline(always)]
    fn block(&mut self, first: Slot, cost: Gas) {
        let _ = (first, cost);
    }

    /// An instruction is about to be executed. `regs` holds r0 to r10.
    #[inline(always)]
    fn instruction(&mut self, at: Slot, regs: &[u64]) {
        let _ = (at, regs);
    }
}

/// Watches nothing.
impl Observer for () {
    const ACTIVE: bool = false;
}

/// What a run works on: everything a program can change.
#[derive(Clone, Debug)]
pub(crate) struct State {
    /// r0 to r10. The last is unused.
    pub regs: [u64; 12],
    pub gas: Gas,
    pub memory: Memory,
    pub calls: Calls,
}

/// Runs from the block at index `start` on, until the program exits in any way.
///
/// Returns how, and the index of the instruction it happened at: that of the block for
/// [`Exit::OutOfGas`] at a block.
pub(crate) fn run<O: Observer>(
    program: &VerifiedProgram,
    state: &mut State,
    start: usize,
    observer: &mut O,
) -> (Exit, usize) {
    let State { regs: saved_regs, gas: saved_gas, memory, calls } = state;
    let code = program.code.as_slice();
    let mut regs = *saved_regs;
    let mut gas = saved_gas.0;
    // The code from the next instruction on. Shrinking a slice is cheaper than counting: what is
    // checked is that something is left.
    let mut rest = code.get(start..).unwrap_or(&[]);

    let exit = 'run: {
        // Index of the instruction that is being executed.
        macro_rules! pc {
            () => {
                code.len() - rest.len()
            };
        }
        // Goes on at a block, which is paid first.
        macro_rules! enter {
            ($rest:expr) => {{
                rest = $rest;
                let Some(insn) = rest.first() else { unreachable!("code ends with a jump; qed") };
                match gas.checked_sub(u64::from(insn.cost)) {
                    Some(left) => gas = left,
                    None => break 'run Exit::OutOfGas,
                }
                if O::ACTIVE {
                    observer.block(program.slots[pc!()], Gas(u64::from(insn.cost)));
                }
            }};
        }
        macro_rules! trap {
            ($kind:expr, $addr:expr) => {
                break 'run Exit::Trapped(Trap { kind: $kind, pc: program.slots[pc!()], addr: $addr })
            };
        }
        macro_rules! good {
            ($result:expr) => {
                match $result {
                    Ok(value) => value,
                    Err(fault) => {
                        let (kind, addr) = of_fault(fault);
                        trap!(kind, addr)
                    }
                }
            };
        }

        enter!(rest);
        loop {
            let Some((insn, following)) = rest.split_first() else {
                unreachable!("code ends with a jump; qed")
            };
            // `Enter` is nothing of the program's.
            if O::ACTIVE && insn.op != Op::Enter {
                observer.instruction(program.slots[pc!()], &regs[..11]);
            }
            macro_rules! next {
                () => {{
                    rest = following;
                    continue;
                }};
            }
            macro_rules! enter_next {
                () => {{
                    enter!(following);
                    continue;
                }};
            }
            macro_rules! jump_to {
                ($index:expr) => {{
                    enter!(&code[$index..]);
                    continue;
                }};
            }

            macro_rules! alu_imm {
                ($function:path) => {{
                    let dst = &mut regs[insn.dst.index()];
                    *dst = $function(*dst, insn.imm64());
                    next!()
                }};
            }
            macro_rules! alu_reg {
                ($function:path) => {{
                    let src = regs[insn.src.index()];
                    let dst = &mut regs[insn.dst.index()];
                    *dst = $function(*dst, src);
                    next!()
                }};
            }
            macro_rules! unary {
                ($function:path) => {{
                    let dst = &mut regs[insn.dst.index()];
                    *dst = $function(*dst);
                    next!()
                }};
            }
            macro_rules! branch_imm {
                ($function:path) => {{
                    if $function(regs[insn.dst.index()], insn.imm64()) {
                        jump_to!(insn.target())
                    }
                    enter_next!()
                }};
            }
            macro_rules! branch_reg {
                ($function:path) => {{
                    if $function(regs[insn.dst.index()], regs[insn.src.index()]) {
                        jump_to!(insn.target())
                    }
                    enter_next!()
                }};
            }
            macro_rules! load {
                ($function:ident) => {{
                    load!($function, insn);
                    next!()
                }};
                ($function:ident, $insn:expr) => {{
                    let addr = GuestAddr::effective(regs[$insn.src.index()], $insn.offset);
                    let value = match mem::touched::$function(memory, addr) {
                        Some(value) => value,
                        None => good!(mem::$function(memory, addr)),
                    };
                    regs[$insn.dst.index()] = value;
                }};
            }
            macro_rules! store {
                ($function:ident, $insn:expr, $value:expr) => {{
                    let addr = GuestAddr::effective(regs[$insn.dst.index()], $insn.offset);
                    let value = $value;
                    if !mem::touched::$function(memory, addr, value) {
                        good!(mem::$function(memory, addr, value));
                    }
                }};
            }
            macro_rules! store_imm {
                ($function:ident) => {{
                    store!($function, insn, insn.imm64());
                    next!()
                }};
            }
            macro_rules! store_reg {
                ($function:ident) => {{
                    store!($function, insn, regs[insn.src.index()]);
                    next!()
                }};
            }
            // The second instruction of a pair, which is the one being executed from here on, and the code
            // after it.
            macro_rules! second {
                () => {{
                    rest = following;
                    match rest.split_first() {
                        Some(second) => second,
                        None => unreachable!("a pair is two instructions; qed"),
                    }
                }};
            }

            macro_rules! call_local {
                ($insn:expr) => {
                    match calls.push(&mut regs, $insn.caller_frame(), $insn.callee_frame(), pc!() + 1) {
                        Ok(()) => jump_to!($insn.target()),
                        Err(kind) => trap!(kind, GuestAddr(0)),
                    }
                };
            }
            macro_rules! exit {
                () => {
                    match calls.pop(&mut regs) {
                        Some(index) => jump_to!(index),
                        None => break 'run Exit::Finished { r0: regs[0], r2: regs[2] },
                    }
                };
            }
            // What an instruction makes of its `dst`, which holds `$dst`.
            macro_rules! value {
                ([imm $function:ident] $insn:expr, $dst:expr) => {
                    alu::$function($dst, $insn.imm64())
                };
                ([reg $function:ident] $insn:expr, $dst:expr) => {
                    alu::$function($dst, regs[$insn.src.index()])
                };
            }
            // One half of a pair.
            macro_rules! half {
                ([load $function:ident] $insn:expr) => {
                    load!($function, $insn)
                };
                ([store_imm $function:ident] $insn:expr) => {
                    store!($function, $insn, $insn.imm64())
                };
                ([store_reg $function:ident] $insn:expr) => {
                    store!($function, $insn, regs[$insn.src.index()])
                };
                ($alu:tt $insn:expr) => {
                    regs[$insn.dst.index()] = value!($alu $insn, regs[$insn.dst.index()])
                };
            }
            macro_rules! both {
                ($first:tt $second:tt) => {{
                    half!($first insn);
                    let (second, after) = second!();
                    half!($second second);
                    rest = after;
                }};
            }
            // Both change the same register, which the second does not read as `src`.
            macro_rules! chain {
                ($first:tt $second:tt) => {{
                    let (second, after) = second!();
                    let value = value!($first insn, regs[insn.dst.index()]);
                    regs[insn.dst.index()] = value!($second second, value);
                    rest = after;
                }};
            }
            macro_rules! then_branch {
                ($first:tt $function:ident imm) => {{
                    half!($first insn);
                    let (second, after) = second!();
                    match jump::$function(regs[second.dst.index()], second.imm64()) {
                        true => enter!(&code[second.target()..]),
                        false => enter!(after),
                    }
                }};
                ($first:tt $function:ident reg) => {{
                    half!($first insn);
                    let (second, after) = second!();
                    match jump::$function(regs[second.dst.index()], regs[second.src.index()]) {
                        true => enter!(&code[second.target()..]),
                        false => enter!(after),
                    }
                }};
            }
            // A sum is what the third instruction's address begins with.
            macro_rules! sum_load {
                ($function:ident) => {{
                    let (second, after) = second!();
                    regs[insn.dst.index()] = alu::add64(regs[insn.src.index()], regs[second.src.index()]);
                    third_load!($function, after)
                }};
            }
            macro_rules! index_load {
                ($function:ident) => {{
                    let (second, after) = second!();
                    regs[insn.dst.index()] = alu::add64(insn.imm64(), regs[second.src.index()]);
                    third_load!($function, after)
                }};
            }
            macro_rules! third_load {
                ($function:ident, $rest:expr) => {{
                    rest = $rest;
                    let Some((third, after)) = rest.split_first() else {
                        unreachable!("a load from a sum is three instructions; qed")
                    };
                    load!($function, third);
                    rest = after;
                }};
            }
            // `t = x; shift t; shift back x; x |= t`
            macro_rules! rotate {
                ($shift:ident $back:ident $or:ident) => {{
                    let [shift, back, _, after @ ..] = following else {
                        unreachable!("a rotation is four instructions; qed")
                    };
                    let x = regs[insn.src.index()];
                    let t = alu::$shift(x, shift.imm64());
                    regs[insn.dst.index()] = t;
                    regs[insn.src.index()] = alu::$or(alu::$back(x, back.imm64()), t);
                    rest = after;
                }};
            }
            // `t = x; shift t; y = x; shift back y; y |= t`
            macro_rules! rotated {
                ($shift:ident $back:ident $or:ident) => {{
                    let [shift, copy, back, _, after @ ..] = following else {
                        unreachable!("a rotation to elsewhere is five instructions; qed")
                    };
                    let x = regs[insn.src.index()];
                    let t = alu::$shift(x, shift.imm64());
                    regs[insn.dst.index()] = t;
                    regs[copy.dst.index()] = alu::$or(alu::$back(x, back.imm64()), t);
                    rest = after;
                }};
            }

            match if O::ACTIVE { insn.op } else { insn.step } {
                Op::Enter => enter_next!(),

                Op::Add32Imm => alu_imm!(alu::add32),
                Op::Add32Reg => alu_reg!(alu::add32),
                Op::Add64Imm => alu_imm!(alu::add64),
                Op::Add64Reg => alu_reg!(alu::add64),
                Op::Sub32Imm => alu_imm!(alu::sub32),
                Op::Sub32Reg => alu_reg!(alu::sub32),
                Op::Sub64Imm => alu_imm!(alu::sub64),
                Op::Sub64Reg => alu_reg!(alu::sub64),
                Op::Mul32Imm => alu_imm!(alu::mul32),
                Op::Mul32Reg => alu_reg!(alu::mul32),
                Op::Mul64Imm => alu_imm!(alu::mul64),
                Op::Mul64Reg => alu_reg!(alu::mul64),
                Op::Div32Imm => alu_imm!(alu::div32),
                Op::Div32Reg => alu_reg!(alu::div32),
                Op::Div64Imm => alu_imm!(alu::div64),
                Op::Div64Reg => alu_reg!(alu::div64),
                Op::SDiv32Imm => alu_imm!(alu::sdiv32),
                Op::SDiv32Reg => alu_reg!(alu::sdiv32),
                Op::SDiv64Imm => alu_imm!(alu::sdiv64),
                Op::SDiv64Reg => alu_reg!(alu::sdiv64),
                Op::Mod32Imm => alu_imm!(alu::mod32),
                Op::Mod32Reg => alu_reg!(alu::mod32),
                Op::Mod64Imm => alu_imm!(alu::mod64),
                Op::Mod64Reg => alu_reg!(alu::mod64),
                Op::SMod32Imm => alu_imm!(alu::smod32),
                Op::SMod32Reg => alu_reg!(alu::smod32),
                Op::SMod64Imm => alu_imm!(alu::smod64),
                Op::SMod64Reg => alu_reg!(alu::smod64),
                Op::Or32Imm => alu_imm!(alu::or32),
                Op::Or32Reg => alu_reg!(alu::or32),
                Op::Or64Imm => alu_imm!(alu::or64),
                Op::Or64Reg => alu_reg!(alu::or64),
                Op::And32Imm => alu_imm!(alu::and32),
                Op::And32Reg => alu_reg!(alu::and32),
                Op::And64Imm => alu_imm!(alu::and64),
                Op::And64Reg => alu_reg!(alu::and64),
                Op::Xor32Imm => alu_imm!(alu::xor32),
                Op::Xor32Reg => alu_reg!(alu::xor32),
                Op::Xor64Imm => alu_imm!(alu::xor64),
                Op::Xor64Reg => alu_reg!(alu::xor64),
                Op::Lsh32Imm => alu_imm!(alu::lsh32),
                Op::Lsh32Reg => alu_reg!(alu::lsh32),
                Op::Lsh64Imm => alu_imm!(alu::lsh64),
                Op::Lsh64Reg => alu_reg!(alu::lsh64),
                Op::Rsh32Imm => alu_imm!(alu::rsh32),
                Op::Rsh32Reg => alu_reg!(alu::rsh32),
                Op::Rsh64Imm => alu_imm!(alu::rsh64),
                Op::Rsh64Reg => alu_reg!(alu::rsh64),
                Op::Arsh32Imm => alu_imm!(alu::arsh32),
                Op::Arsh32Reg => alu_reg!(alu::arsh32),
                Op::Arsh64Imm => alu_imm!(alu::arsh64),
                Op::Arsh64Reg => alu_reg!(alu::arsh64),
                Op::Mov32Imm => alu_imm!(alu::mov32),
                Op::Mov32Reg => alu_reg!(alu::mov32),
                Op::Mov64Imm => alu_imm!(alu::mov64),
                Op::Mov64Reg => alu_reg!(alu::mov64),
                Op::MovSx8To32 => alu_reg!(alu::movsx8_32),
                Op::MovSx16To32 => alu_reg!(alu::movsx16_32),
                Op::MovSx8To64 => alu_reg!(alu::movsx8_64),
                Op::MovSx16To64 => alu_reg!(alu::movsx16_64),
                Op::MovSx32To64 => alu_reg!(alu::movsx32_64),
                Op::Neg32 => unary!(alu::neg32),
                Op::Neg64 => unary!(alu::neg64),
                Op::LdImm64 => {
                    regs[insn.dst.index()] = insn.wide_imm();
                    next!()
                }

                Op::Le16 => unary!(endian::le16),
                Op::Le32 => unary!(endian::le32),
                Op::Le64 => unary!(endian::le64),
                Op::Swap16 => unary!(endian::swap16),
                Op::Swap32 => unary!(endian::swap32),
                Op::Swap64 => unary!(endian::swap64),

                Op::Ja => jump_to!(insn.target()),
                Op::JEq32Imm => branch_imm!(jump::eq32),
                Op::JEq32Reg => branch_reg!(jump::eq32),
                Op::JEq64Imm => branch_imm!(jump::eq64),
                Op::JEq64Reg => branch_reg!(jump::eq64),
                Op::JNe32Imm => branch_imm!(jump::ne32),
                Op::JNe32Reg => branch_reg!(jump::ne32),
                Op::JNe64Imm => branch_imm!(jump::ne64),
                Op::JNe64Reg => branch_reg!(jump::ne64),
                Op::JSet32Imm => branch_imm!(jump::set32),
                Op::JSet32Reg => branch_reg!(jump::set32),
                Op::JSet64Imm => branch_imm!(jump::set64),
                Op::JSet64Reg => branch_reg!(jump::set64),
                Op::JGt32Imm => branch_imm!(jump::gt32),
                Op::JGt32Reg => branch_reg!(jump::gt32),
                Op::JGt64Imm => branch_imm!(jump::gt64),
                Op::JGt64Reg => branch_reg!(jump::gt64),
                Op::JGe32Imm => branch_imm!(jump::ge32),
                Op::JGe32Reg => branch_reg!(jump::ge32),
                Op::JGe64Imm => branch_imm!(jump::ge64),
                Op::JGe64Reg => branch_reg!(jump::ge64),
                Op::JLt32Imm => branch_imm!(jump::lt32),
                Op::JLt32Reg => branch_reg!(jump::lt32),
                Op::JLt64Imm => branch_imm!(jump::lt64),
                Op::JLt64Reg => branch_reg!(jump::lt64),
                Op::JLe32Imm => branch_imm!(jump::le32),
                Op::JLe32Reg => branch_reg!(jump::le32),
                Op::JLe64Imm => branch_imm!(jump::le64),
                Op::JLe64Reg => branch_reg!(jump::le64),
                Op::JSGt32Imm => branch_imm!(jump::sgt32),
                Op::JSGt32Reg => branch_reg!(jump::sgt32),
                Op::JSGt64Imm => branch_imm!(jump::sgt64),
                Op::JSGt64Reg => branch_reg!(jump::sgt64),
                Op::JSGe32Imm => branch_imm!(jump::sge32),
                Op::JSGe32Reg => branch_reg!(jump::sge32),
                Op::JSGe64Imm => branch_imm!(jump::sge64),
                Op::JSGe64Reg => branch_reg!(jump::sge64),
                Op::JSLt32Imm => branch_imm!(jump::slt32),
                Op::JSLt32Reg => branch_reg!(jump::slt32),
                Op::JSLt64Imm => branch_imm!(jump::slt64),
                Op::JSLt64Reg => branch_reg!(jump::slt64),
                Op::JSLe32Imm => branch_imm!(jump::sle32),
                Op::JSLe32Reg => branch_reg!(jump::sle32),
                Op::JSLe64Imm => branch_imm!(jump::sle64),
                Op::JSLe64Reg => branch_reg!(jump::sle64),
                Op::GotoX => {
                    let addr = regs[insn.dst.index()];
                    let first = insn.offset as u32;
                    match program.jump_target(addr, first..first + insn.imm as u32) {
                        Some(index) => jump_to!(index),
                        None => trap!(TrapKind::BadJumpTarget, GuestAddr(addr as u32)),
                    }
                }

                Op::Load8 => load!(load8),
                Op::Load16 => load!(load16),
                Op::Load32 => load!(load32),
                Op::Load64 => load!(load64),
                Op::LoadSx8 => load!(load_sx8),
                Op::LoadSx16 => load!(load_sx16),
                Op::LoadSx32 => load!(load_sx32),
                Op::Store8Imm => store_imm!(store8),
                Op::Store16Imm => store_imm!(store16),
                Op::Store32Imm => store_imm!(store32),
                Op::Store64Imm => store_imm!(store64),
                Op::Store8Reg => store_reg!(store8),
                Op::Store16Reg => store_reg!(store16),
                Op::Store32Reg => store_reg!(store32),
                Op::Store64Reg => store_reg!(store64),

                Op::AtomicAdd32
                | Op::AtomicFetchAdd32
                | Op::AtomicOr32
                | Op::AtomicFetchOr32
                | Op::AtomicAnd32
                | Op::AtomicFetchAnd32
                | Op::AtomicXor32
                | Op::AtomicFetchXor32
                | Op::Exchange32
                | Op::CompareExchange32
                | Op::AtomicAdd64
                | Op::AtomicFetchAdd64
                | Op::AtomicOr64
                | Op::AtomicFetchOr64
                | Op::AtomicAnd64
                | Op::AtomicFetchAnd64
                | Op::AtomicXor64
                | Op::AtomicFetchXor64
                | Op::Exchange64
                | Op::CompareExchange64 => {
                    good!(atomic::execute(insn, &mut regs, memory));
                    next!()
                }

                Op::CallLocal => call_local!(insn),
                Op::CallX => {
                    let addr = regs[insn.dst.index()];
                    let Some(callee) = program.callee(addr) else {
                        trap!(TrapKind::BadCallTarget, GuestAddr(addr as u32))
                    };
                    match calls.push(&mut regs, insn.caller_frame(), callee.frame_size, pc!() + 1) {
                        Ok(()) => jump_to!(callee.index as usize),
                        Err(kind) => trap!(kind, GuestAddr(0)),
                    }
                }
                Op::Exit => exit!(),
                Op::LoadArg => {
                    regs[insn.dst.index()] = calls.incoming(insn.offset as usize);
                    next!()
                }
                Op::StoreArgImm => {
                    calls.set_outgoing(insn.offset as usize, insn.imm64());
                    next!()
                }
                Op::StoreArgReg => {
                    calls.set_outgoing(insn.offset as usize, regs[insn.src.index()]);
                    next!()
                }

                Op::Syscall => break 'run Exit::Syscall { number: insn.imm as u32, args: arguments(&regs) },
                Op::SyscallX => {
                    let number = regs[insn.dst.index()] as u32;
                    break 'run Exit::Syscall { number, args: arguments(&regs) };
                }
                Op::Abort => trap!(TrapKind::Abort, GuestAddr(0)),
                Op::MemoryIntrinsic => {
                    match gas.checked_sub(program.costs().bulk(regs[Reg::R3.index()])) {
                        Some(left) => gas = left,
                        None => break 'run Exit::OutOfGas,
                    }
                    good!(mem::bulk(insn.imm as u32, &mut regs, memory));
                    enter_next!()
                }
                Op::WideIntrinsic => {
                    if !wide::product(insn.imm as u32, &mut regs) {
                        good!(wide::execute(insn.imm as u32, &mut regs, memory));
                    }
                    enter_next!()
                }

                Op::SumLoad8 => sum_load!(load8),
                Op::SumLoad32 => sum_load!(load32),
                Op::SumLoad64 => sum_load!(load64),
                Op::IndexLoad8 => index_load!(load8),
                Op::IndexLoad32 => index_load!(load32),
                Op::IndexLoad64 => index_load!(load64),
                Op::RotateRight64 => rotate!(rsh64 lsh64 or64),
                Op::RotateLeft64 => rotate!(lsh64 rsh64 or64),
                Op::RotatedRight64 => rotated!(rsh64 lsh64 or64),
                Op::RotatedLeft64 => rotated!(lsh64 rsh64 or64),
                Op::RotateRight32 => rotate!(rsh32 lsh32 or32),
                Op::RotateLeft32 => rotate!(lsh32 rsh32 or32),
                Op::RotatedRight32 => rotated!(rsh32 lsh32 or32),
                Op::RotatedLeft32 => rotated!(lsh32 rsh32 or32),

                Op::Mov64RegAdd64Imm => chain!([reg mov64] [imm add64]),
                Op::Mov64RegAdd64Reg => chain!([reg mov64] [reg add64]),
                Op::Mov64ImmAdd64Reg => chain!([imm mov64] [reg add64]),
                Op::Mov64RegRsh64Imm => chain!([reg mov64] [imm rsh64]),
                Op::Mov64RegLsh64Imm => chain!([reg mov64] [imm lsh64]),
                Op::Mov64RegAnd64Imm => chain!([reg mov64] [imm and64]),
                Op::Mov64RegAnd64Reg => chain!([reg mov64] [reg and64]),
                Op::Mov64RegXor64Reg => chain!([reg mov64] [reg xor64]),
                Op::Mov64RegOr64Reg => chain!([reg mov64] [reg or64]),
                Op::Mov32RegRsh32Imm => chain!([reg mov32] [imm rsh32]),
                Op::Mov32RegLsh32Imm => chain!([reg mov32] [imm lsh32]),
                Op::Mov32RegAnd32Imm => chain!([reg mov32] [imm and32]),
                Op::Lsh64ImmOr64Reg => chain!([imm lsh64] [reg or64]),
                Op::Lsh64ImmAdd64Reg => chain!([imm lsh64] [reg add64]),
                Op::Lsh32ImmOr32Reg => chain!([imm lsh32] [reg or32]),
                Op::And32ImmLsh64Imm => chain!([imm and32] [imm lsh64]),
                Op::And64ImmLsh64Imm => chain!([imm and64] [imm lsh64]),
                Op::Rsh32ImmAnd32Imm => chain!([imm rsh32] [imm and32]),
                Op::Mul32RegAdd32Reg => chain!([reg mul32] [reg add32]),
                Op::Mov64RegMov64Reg => both!([reg mov64] [reg mov64]),
                Op::Mov32RegMov32Reg => both!([reg mov32] [reg mov32]),
                Op::Add64ImmAdd64Imm => both!([imm add64] [imm add64]),
                Op::Add64RegMov64Reg => both!([reg add64] [reg mov64]),
                Op::Add64ImmMov64Reg => both!([imm add64] [reg mov64]),
                Op::Add64ImmMov32Reg => both!([imm add64] [reg mov32]),
                Op::Xor64RegMov64Reg => both!([reg xor64] [reg mov64]),
                Op::Mul64RegMov64Reg => both!([reg mul64] [reg mov64]),
                Op::Lsh64ImmMov64Reg => both!([imm lsh64] [reg mov64]),
                Op::Lsh64ImmMov64Imm => both!([imm lsh64] [imm mov64]),
                Op::Rsh64ImmLsh64Imm => both!([imm rsh64] [imm lsh64]),
                Op::Load64Load64 => both!([load load64] [load load64]),
                Op::Load32Load32 => both!([load load32] [load load32]),
                Op::Load8Load8 => both!([load load8] [load load8]),
                Op::Load64Store64Reg => both!([load load64] [store_reg store64]),
                Op::Store64RegLoad64 => both!([store_reg store64] [load load64]),
                Op::Store64RegStore64Reg => both!([store_reg store64] [store_reg store64]),
                Op::Load64Mov64Reg => both!([load load64] [reg mov64]),
                Op::Load64Add64Reg => both!([load load64] [reg add64]),
                Op::Load64Xor64Reg => both!([load load64] [reg xor64]),
                Op::Load64Mul64Reg => both!([load load64] [reg mul64]),
                Op::Load32Add32Reg => both!([load load32] [reg add32]),
                Op::Load32Mul32Reg => both!([load load32] [reg mul32]),
                Op::Add64RegLoad8 => both!([reg add64] [load load8]),
                Op::Add64RegLoad32 => both!([reg add64] [load load32]),
                Op::Add64RegLoad64 => both!([reg add64] [load load64]),
                Op::Mov64RegLoad64 => both!([reg mov64] [load load64]),
                Op::Mov64RegLoad32 => both!([reg mov64] [load load32]),
                Op::Or64RegLoad64 => both!([reg or64] [load load64]),
                Op::Xor64RegLoad64 => both!([reg xor64] [load load64]),
                Op::Store64RegMov64Reg => both!([store_reg store64] [reg mov64]),
                Op::Add64RegStore64Reg => both!([reg add64] [store_reg store64]),
                Op::Add64ImmStore64Reg => both!([imm add64] [store_reg store64]),
                Op::Xor64RegStore64Reg => both!([reg xor64] [store_reg store64]),
                Op::Or64RegStore64Reg => both!([reg or64] [store_reg store64]),
                Op::Add64RegStore8Imm => both!([reg add64] [store_imm store8]),
                Op::Add64ImmJa => {
                    half!([imm add64] insn);
                    let (second, _) = second!();
                    jump_to!(second.target())
                }
                Op::Add64RegJa => {
                    half!([reg add64] insn);
                    let (second, _) = second!();
                    jump_to!(second.target())
                }
                Op::Add64ImmJGe64Reg => then_branch!([imm add64] ge64 reg),
                Op::Add64ImmJLt64Reg => then_branch!([imm add64] lt64 reg),
                Op::Add64ImmJEq64Reg => then_branch!([imm add64] eq64 reg),
                Op::Add64ImmJNe64Imm => then_branch!([imm add64] ne64 imm),
                Op::Add64RegJLt64Reg => then_branch!([reg add64] lt64 reg),
                Op::Mov64RegJLt64Imm => then_branch!([reg mov64] lt64 imm),
                Op::Load8JEq32Reg => then_branch!([load load8] eq32 reg),
                Op::Load8JNe32Imm => then_branch!([load load8] ne32 imm),
                Op::Load8JEq32Imm => then_branch!([load load8] eq32 imm),
                Op::Load32JLe32Reg => then_branch!([load load32] le32 reg),
                Op::Add32RegJGe64Reg => then_branch!([reg add32] ge64 reg),
                Op::Mov32ImmJLt64Reg => then_branch!([imm mov32] lt64 reg),
                Op::Mov32RegJLt64Imm => then_branch!([reg mov32] lt64 imm),
                Op::Load32JGe32Reg => then_branch!([load load32] ge32 reg),
                Op::Load64JLt64Reg => then_branch!([load load64] lt64 reg),
                Op::Add64RegExit => {
                    half!([reg add64] insn);
                    let _ = second!();
                    exit!()
                }
                Op::Store32RegStore32Reg => both!([store_reg store32] [store_reg store32]),
                Op::Add64RegMov32Imm => both!([reg add64] [imm mov32]),
                Op::Load32Xor32Reg => both!([load load32] [reg xor32]),
                Op::Load8Store8Reg => both!([load load8] [store_reg store8]),
                Op::Mov64RegCallLocal => {
                    half!([reg mov64] insn);
                    let (second, _) = second!();
                    call_local!(second)
                }
            }
        }
    };
    *saved_regs = regs;
    *saved_gas = Gas(gas);
    (exit, code.len() - rest.len())
}

fn arguments(regs: &[u64; 12]) -> [u64; 5] {
    [regs[1], regs[2], regs[3], regs[4], regs[5]]
}

#[cold]
pub(crate) fn of_fault(fault: MemoryFault) -> (TrapKind, GuestAddr) {
    let kind = match fault.access {
        Access::Read => TrapKind::ReadFault,
        Access::Write => TrapKind::WriteFault,
    };
    (kind, fault.addr)
}

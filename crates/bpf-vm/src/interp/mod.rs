//! The interpreter, which defines what programs do. Every other engine agrees with it.
//!
//! It is one loop over [`crate::code`], with one arm per operation. Each arm calls a function of the modules beside
//! this one. These say what the operation does, under the names of RFC 9669's sections.
//!
//! # What makes it fast
//!
//! The verifier has done all work that can be done once: the loop reads no slots, bit fields or block tables. The
//! loop's state (registers, gas, place) is local. Gas is one subtraction per block, in the jump that leads to it, so a
//! block that no jump leads to needs no dispatch of its own. A memory access is a comparison with the region's backing
//! ([`Memory::touched`]); slower cases are out of line. A program that runs for long is run by [`steps`], another form
//! of it with fewer and larger operations, which leaves its rare cases to this loop.
//!
//! # Invariant
//!
//! The loop trusts the invariant of [`crate::code`], but only for speed: all indexing is checked, so a verifier that
//! broke it could at most stop the host with a panic.

mod alu;
mod atomic;
mod call;
mod endian;
mod jump;
mod mem;
pub(crate) mod steps;
mod wide;

pub(crate) use call::Calls;
// The JIT leaves some operations to the host, which uses the interpreter's own code.
#[allow(unused_imports, reason = "there is not always a JIT")]
pub(crate) use {mem::bulk, wide::execute as wide};

use crate::code::Op;
use crate::instance::Exit;
use crate::memory::{Access, GuestAddr, Memory, MemoryFault};
use crate::meter::Gas;
use crate::program::Slot;
use crate::trap::{Trap, TrapKind};
use crate::verify::VerifiedProgram;
use alloc::sync::Arc;
use bpf_isa::Reg;

/// Watches a run, for traces and profiles.
///
/// Every function does nothing by default. None can change the run.
pub trait Observer {
    /// Whether the observer is called at all. If `false`, a run has no extra cost.
    const ACTIVE: bool = true;

    /// A block was charged and begins.
    #[inline(always)]
    fn block(&mut self, first: Slot, cost: Gas) {
        let _ = (first, cost);
    }

    /// An instruction is about to be executed. `regs` holds r0 to r10.
    #[inline(always)]
    fn instruction(&mut self, at: Slot, regs: &[u64]) {
        let _ = (at, regs);
    }

    /// An intrinsic was charged for the bytes that it works on, beside the charge of its block.
    #[inline(always)]
    fn bulk(&mut self, at: Slot, cost: Gas) {
        let _ = (at, cost);
    }

    /// The instruction at `from` has called a program-local function.
    #[inline(always)]
    fn call(&mut self, from: Slot) {
        let _ = from;
    }

    /// A function has returned to its caller.
    #[inline(always)]
    fn exit(&mut self) {}
}

/// Watches nothing.
impl Observer for () {
    const ACTIVE: bool = false;
}

/// The state of a run: everything a program can change.
#[derive(Clone, Debug)]
pub(crate) struct State {
    /// r0 to r10. The last is unused.
    pub regs: [u64; 12],
    pub gas: Gas,
    pub memory: Memory,
    pub calls: Calls,
    left: Left,
    /// Gas that was spent before the program was made into steps.
    spent: u64,
    /// The steps, if they were made because of the gas spent and not by the verifier.
    steps: Option<Arc<steps::Steps>>,
}

/// Why a turn of [`steps`] ended.
#[derive(Clone, Copy, Debug, Default)]
enum Why {
    /// The turn's remaining gas does not suffice for the block of the step.
    #[default]
    Unpaid,
    /// The first part of the step is left to the interpreter.
    First,
    /// The second part is.
    Second,
    /// The third part is.
    Third,
    /// The program has ended.
    Finished,
    /// The program calls a helper.
    Syscall,
    /// Control reached a place without steps, which is impossible.
    Lost,
}

/// The state that a turn of [`steps`] leaves when it ends.
#[derive(Clone, Copy, Debug, Default)]
struct Left {
    /// Its remaining gas.
    gas: u64,
    why: Why,
    /// Index of the step.
    at: u32,
}

impl State {
    pub fn new(regs: [u64; 12], gas: Gas, memory: Memory, calls: Calls) -> Self {
        Self { regs, gas, memory, calls, left: Left::default(), spent: 0, steps: None }
    }
}

/// Runs from the block at index `start` on, until the program exits in any way.
///
/// Returns the exit and the index of the instruction where it happened: that of the block for [`Exit::OutOfGas`] at a
/// block.
pub(crate) fn run<O: Observer>(
    program: &VerifiedProgram,
    state: &mut State,
    start: usize,
    observer: &mut O,
) -> (Exit, usize) {
    if O::ACTIVE {
        return match each::<O, WHOLE>(program, state, start, observer) {
            (Stop::Exit(exit), index) => (exit, index),
            (Stop::Block, _) => unreachable!("only the other two stop at blocks; qed"),
        };
    }
    if let Some(all) = &program.steps {
        return steps::run(program, all, state, start);
    }
    let mut start = start;
    let all = match &state.steps {
        Some(all) => all.clone(),
        None => match each::<O, PATIENT>(program, state, start, observer) {
            (Stop::Exit(exit), index) => return (exit, index),
            (Stop::Block, index) => {
                start = index;
                state.steps.insert(Arc::new(program.steps())).clone()
            }
        },
    };
    steps::run(program, &all, state, start)
}

/// Gas that is spent, per instruction of the program, before the program is made into steps. One unit is a quarter of
/// an addition, and making steps takes as long as some sixteen additions. So the work that is not paid for is at most
/// as much as the work that was.
const PATIENCE: u64 = 64;

/// Values for how far [`each`] runs: to an exit.
const WHOLE: u8 = 0;
/// To an exit, or to a block before which [`PATIENCE`] has been spent.
const PATIENT: u8 = 1;
/// From any instruction to the end of its block.
const WITHIN: u8 = 2;

/// Why [`each`] returns.
#[derive(Clone, Copy, Debug)]
enum Stop {
    /// The program exits, or waits for a syscall.
    Exit(Exit),
    /// The block has ended, and the next one is not paid for.
    Block,
}

/// Runs instruction by instruction: from the block at index `start` on, which is charged first; or, for [`WITHIN`],
/// from any instruction of a block that is already paid for.
fn each<O: Observer, const FAR: u8>(
    program: &VerifiedProgram,
    state: &mut State,
    start: usize,
    observer: &mut O,
) -> (Stop, usize) {
    let State { regs: saved_regs, gas: saved_gas, memory, calls, spent, .. } = state;
    let code = program.code.as_slice();
    let patience = (PATIENCE * code.len() as u64).saturating_sub(*spent);
    let impatient = saved_gas.0.saturating_sub(patience);
    let mut regs = *saved_regs;
    let mut gas = saved_gas.0;
    // The code from the next instruction on. Shrinking a slice is cheaper than counting: the check is only whether
    // anything is left.
    let mut rest = code.get(start..).unwrap_or(&[]);

    let stop = 'run: {
        // Index of the current instruction.
        macro_rules! pc {
            () => {
                code.len() - rest.len()
            };
        }
        // Continues at a block, which is charged first.
        macro_rules! enter {
            ($rest:expr) => {{
                rest = $rest;
                if FAR == WITHIN || FAR == PATIENT && gas < impatient {
                    break 'run Stop::Block;
                }
                let Some(insn) = rest.first() else { unreachable!("code ends with a jump; qed") };
                match gas.checked_sub(u64::from(insn.cost)) {
                    Some(left) => gas = left,
                    None => break 'run Stop::Exit(Exit::OutOfGas),
                }
                if O::ACTIVE {
                    observer.block(program.slots[pc!()], Gas(u64::from(insn.cost)));
                }
            }};
        }
        macro_rules! trap {
            ($kind:expr, $addr:expr) => {
                break 'run Stop::Exit(Exit::Trapped(Trap {
                    kind: $kind,
                    pc: program.slots[pc!()],
                    addr: $addr,
                }))
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

        if FAR != WITHIN {
            enter!(rest);
        }
        loop {
            let Some((insn, following)) = rest.split_first() else {
                unreachable!("code ends with a jump; qed")
            };
            // `Enter` is not an instruction of the program.
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
            macro_rules! called {
                () => {
                    if O::ACTIVE {
                        observer.call(program.slots[pc!()]);
                    }
                };
            }
            macro_rules! call_local {
                ($insn:expr) => {
                    match calls.push(&mut regs, $insn.caller_frame(), $insn.callee_frame(), pc!() + 1) {
                        Ok(()) => {
                            called!();
                            jump_to!($insn.target())
                        }
                        Err(kind) => trap!(kind, GuestAddr(0)),
                    }
                };
            }
            macro_rules! exit {
                () => {
                    match calls.pop(&mut regs) {
                        Some(index) => {
                            if O::ACTIVE {
                                observer.exit();
                            }
                            jump_to!(index)
                        }
                        None => break 'run Stop::Exit(Exit::Finished { r0: regs[0], r2: regs[2] }),
                    }
                };
            }
            match insn.op {
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
                        Ok(()) => {
                            called!();
                            jump_to!(callee.index as usize)
                        }
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

                Op::Syscall => {
                    break 'run Stop::Exit(Exit::Syscall { number: insn.imm as u32, args: arguments(&regs) })
                }
                Op::SyscallX => {
                    let number = regs[insn.dst.index()] as u32;
                    break 'run Stop::Exit(Exit::Syscall { number, args: arguments(&regs) });
                }
                Op::Abort => trap!(TrapKind::Abort, GuestAddr(0)),
                Op::MemoryIntrinsic => {
                    let bytes = program.costs().bulk(regs[Reg::R3.index()]);
                    match gas.checked_sub(bytes) {
                        Some(left) => gas = left,
                        None => break 'run Stop::Exit(Exit::OutOfGas),
                    }
                    if O::ACTIVE {
                        observer.bulk(program.slots[pc!()], Gas(bytes));
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
            }
        }
    };
    *saved_regs = regs;
    *spent = spent.saturating_add(saved_gas.0 - gas);
    *saved_gas = Gas(gas);
    (stop, code.len() - rest.len())
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{verify, CostTable, Program, Rules, SyscallTable, TextOptions};
    use alloc::vec::Vec;
    use bpf_isa::{Insn, Op};

    /// Steps are made once the gas spent pays for them, and not before.
    #[test]
    fn a_long_run_gets_steps() {
        let insns = [
            Insn::new(Op::Mov64Imm).with_dst(Reg::R0).with_imm(100),
            Insn::new(Op::Add64Imm).with_dst(Reg::R0).with_imm(-1),
            Insn::new(Op::JNe64Imm).with_dst(Reg::R0).with_offset(-2),
            Insn::new(Op::Exit),
        ];
        let text: Vec<u8> =
            insns.iter().flat_map(|insn| insn.encode().unwrap().as_bytes().to_vec()).collect();
        let program = Program::from_text(&text, &TextOptions::default()).unwrap();
        let rules = Rules { steps: false, ..Rules::general(SyscallTable::none()) };
        let program = verify(program, &rules).unwrap();
        let patience = PATIENCE * program.code.len() as u64;
        let cost = 100 * u64::from(CostTable::V1.cost(crate::meter::Class::Jump));

        let new = |gas| State::new([0; 12], Gas(gas), Memory::new(&program.memory), Calls::default());
        let mut state = new(patience - 1);
        assert_eq!(run(&program, &mut state, 0, &mut ()).0, Exit::OutOfGas);
        assert!(state.steps.is_none());
        let mut state = new(u64::MAX);
        assert_eq!(run(&program, &mut state, 0, &mut ()).0, Exit::Finished { r0: 0, r2: 0 });
        assert!(u64::MAX - state.gas.0 > cost && cost > patience && state.steps.is_some());
    }
}

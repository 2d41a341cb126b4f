//! The JIT: verified code to x86-64, in one pass.
//!
//! It reads [`crate::code`], as the interpreter does, and never the text: what is paid where, what a jump
//! leads to and how large frames are was decided once, by the verifier. [`mod@lower`] has the same files as the
//! interpreter, and each operation does there what it does here.
//!
//! # Bounds
//!
//! Compilation is linear in the program, and so is its result ([`bound`]): at most [`INSN_BYTES`] native bytes an
//! instruction, with what it has out of line and with the payment of the block behind it; [`FUNCTION_BYTES`] a function;
//! [`LOOP_BYTES`] a loop, to align it; and [`STUB_BYTES`] that every program has. A program of nothing but functions of one
//! instruction may so have more than [`INSN_BYTES`] for each. That is checked after every block: a program that broke the bound
//! would be refused, and run by the interpreter.
//!
//! # Invariant
//!
//! Result, trap, gas, registers, memory and syscalls are those of the interpreter, for every program and
//! every amount of gas. No host address is ever in a guest register, in memory or in a trap.

#![allow(clippy::useless_conversion, reason = "`dynasm!` converts numbers of registers, whatever their type")]

mod ahead;
mod assembler;
mod bulk;
mod code;
mod context;
mod emit;
mod entry;
mod lower;
mod machine;
mod memory;
mod peephole;
mod regs;
mod reserve;
mod signals;
mod stubs;

pub(crate) use machine::Machine;

use crate::code::{Insn, Op};
use crate::meter::CostTable;
use crate::trap::TrapKind;
use crate::verify::VerifiedProgram;
use crate::JitMode;
use alloc::sync::Arc;
use bpf_isa::Cond;
use code::{Code, Tables};
use emit::Emitter;
use lower::alu::Part;
use lower::mem::Extend;
use lower::Width::{W32, W64};
use lower::{alu, atomic, call, endian, jump, mem, wide, Operand};
use regs::host;
use reserve::Reserve;
use std::sync::{Mutex, OnceLock, PoisonError};
use stubs::{Leave, Stub};

/// Whether there is a JIT.
pub(crate) const AVAILABLE: bool = true;

/// Native bytes for each instruction of the verified code, at most.
const INSN_BYTES: usize = 64;

/// Native bytes of a block's payment, at most, with what it has out of line: [`Emitter::pay`].
const PAYMENT_BYTES: usize = 23;

/// Native bytes for each function, at most: where it begins, and where it gives its caller the registers back.
const FUNCTION_BYTES: usize = call::PROLOGUE_BYTES + call::EPILOGUE_BYTES;

/// Native bytes that stand before a loop to align it and count for nothing else, at most: it begins at a line where the
/// instructions before it have left room, and else at a [`LOOP_UNIT`].
const LOOP_BYTES: usize = LOOP_UNIT - 1;

/// Native bytes for the stubs, at most.
const STUB_BYTES: usize = 2048;

/// Native bytes of a program, at most.
pub(crate) fn bound(program: &VerifiedProgram) -> usize {
    let loops: usize = Uses::of(program).loops.0.iter().map(|word| word.count_ones() as usize).sum();
    INSN_BYTES * program.code.len()
        + FUNCTION_BYTES * program.functions().len()
        + LOOP_BYTES * loops
        + STUB_BYTES
}

/// What takes the place of `mode`, where it cannot be had.
pub(crate) fn effective(mode: JitMode) -> JitMode {
    match mode {
        JitMode::Gs if entry::has_fsgsbase() && signals::available() => JitMode::Gs,
        JitMode::Gs | JitMode::BaseRegister if signals::available() => JitMode::BaseRegister,
        JitMode::Gs | JitMode::BaseRegister | JitMode::Checked => JitMode::Checked,
    }
}

/// The same for a program that is to run now: what it needs of the process is there.
fn prepared(mode: JitMode) -> JitMode {
    match effective(mode) {
        JitMode::Gs | JitMode::BaseRegister if !signals::installed() => JitMode::Checked,
        mode => mode,
    }
}

/// Loops begin at a multiple of so many bytes, which is what the processor fetches at once. The bytes before
/// count for the jump back, which has room for them in its own.
const LOOP_UNIT: usize = 32;

/// And of so many, as functions do, where the instructions before have left room for it: what the processor keeps decoded
/// at once.
const LINE: usize = 64;

/// Why a program has no machine code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompileError {
    /// The system gives no memory for it.
    Memory,
    /// It would be larger than the bound.
    TooLarge,
    /// The assembler found a jump without a target or beyond reach.
    Assembler,
}

/// The machine code of a program, made when an instance first asks for it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cache {
    gs: Made,
    base_register: Made,
    checked: Made,
    /// Code that pays for each block by itself, in the order of these modes.
    exact: [Made; 3],
}

/// Code that was made, or that cannot be.
#[derive(Debug, Default)]
struct Made {
    code: OnceLock<Result<Arc<Code>, CompileError>>,
    /// Held by who makes it, so that nobody else does meanwhile.
    making: Mutex<()>,
}

impl Clone for Made {
    fn clone(&self) -> Self {
        Self { code: self.code.clone(), making: Mutex::default() }
    }
}

impl Made {
    /// The code, which `make` makes if it was not made before.
    ///
    /// What follows from the program stays. Whether there is memory does not: who comes next tries again.
    #[inline]
    fn get_or_make(&self, make: impl FnOnce() -> Result<Code, CompileError>) -> Option<Arc<Code>> {
        match self.code.get() {
            Some(code) => code.clone().ok(),
            None => self.make(make),
        }
    }

    #[cold]
    fn make(&self, make: impl FnOnce() -> Result<Code, CompileError>) -> Option<Arc<Code>> {
        // It guards nothing that could be half done.
        let _making = self.making.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(code) = self.code.get() {
            return code.clone().ok();
        }
        match make() {
            Err(CompileError::Memory) => None,
            made => self.code.get_or_init(|| made.map(Arc::new)).clone().ok(),
        }
    }

    /// What was made until now.
    fn get(&self) -> Option<&Arc<Code>> {
        self.code.get()?.as_ref().ok()
    }
}

impl Cache {
    /// The code of `program`.
    fn get(program: &VerifiedProgram, mode: JitMode) -> Option<Arc<Code>> {
        let mode = prepared(mode);
        let made = match mode {
            JitMode::Gs => &program.machine_code.gs,
            JitMode::BaseRegister => &program.machine_code.base_register,
            JitMode::Checked => &program.machine_code.checked,
        };
        made.get_or_make(|| compile(program, mode, Payment::Runs))
    }

    /// Code for `program` in which every block is paid by itself, in the mode of code that there is.
    fn exact(program: &VerifiedProgram, mode: JitMode) -> Option<Arc<Code>> {
        let made = &program.machine_code.exact[match mode {
            JitMode::Gs => 0,
            JitMode::BaseRegister => 1,
            JitMode::Checked => 2,
        }];
        made.get_or_make(|| compile(program, mode, Payment::Blocks))
    }

    /// Bytes of memory that the code takes that was made. If code that pays for each block by itself may be made later, it
    /// is counted as large as the code that there is, which it is within a tenth: a cache asks only once.
    pub fn size(&self) -> usize {
        let both = [&self.gs, &self.base_register, &self.checked].into_iter().zip(&self.exact);
        both.map(|(made, exact)| {
            let Some(code) = made.get() else { return 0 };
            let more = match exact.get() {
                Some(exact) => exact.size(),
                None if code.tables.ahead.is_empty() && code.tables.reserve == 0 => 0,
                None => code.size(),
            };
            code.size() + more
        })
        .sum()
    }
}

/// Makes the machine code of `program`, if it is not there yet and can be made.
pub(crate) fn prepare(program: &VerifiedProgram, mode: JitMode) {
    Cache::get(program, mode);
}

/// The machine code of `program`.
pub(crate) fn machine_code(program: &VerifiedProgram, mode: JitMode) -> Option<Vec<u8>> {
    Cache::get(program, mode).map(|code| code.bytes().to_vec())
}

/// What is paid at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Payment {
    /// A run of blocks: see [`ahead`].
    Runs,
    /// A block, so that the program can go on at each of them: the move of a choice has a place of its own too.
    Blocks,
}

/// Compiles a program for this processor.
///
/// # Errors
/// [`CompileError`].
pub(crate) fn compile(
    program: &VerifiedProgram,
    mode: JitMode,
    payment: Payment,
) -> Result<Code, CompileError> {
    compile_for(program, mode, payment, has_bmi())
}

/// Fills up to where a line begins, if that fits into `room`, else to a multiple of `unit`, which fits elsewhere.
fn begin_line(e: &mut Emitter, room: &mut usize, unit: usize) {
    let before = e.ops.len();
    match before.next_multiple_of(LINE) - before {
        missing if missing <= *room => e.ops.align(LINE),
        _ => e.ops.align(unit),
    }
    let filled = e.ops.len() - before;
    e.allow(filled);
    *room = room.saturating_sub(filled);
}

/// Whether the processor has BMI1 and BMI2. What depends on it is in the key of [`crate::Cache`] too.
fn has_bmi() -> bool {
    std::is_x86_feature_detected!("bmi1") && std::is_x86_feature_detected!("bmi2")
}

/// The same for a processor with BMI1 and BMI2, or for any.
fn compile_for(
    program: &VerifiedProgram,
    mode: JitMode,
    payment: Payment,
    bmi: bool,
) -> Result<Code, CompileError> {
    let insns = program.code.as_slice();
    let functions = program.functions();
    let uses = Uses::of(program);
    let metered = *program.costs() != CostTable::FREE;
    let mut emitter = Emitter::new(mode, bmi, insns.len(), functions.len());
    let e = &mut emitter;
    e.word_price = i32::try_from(program.costs().bulk(1)).map_err(|_| CompileError::TooLarge)?;

    // In front, so that every jump to a stub is one backwards.
    stubs::enter(e);
    let stubs = stubs::write(e);
    let mut rest = functions.iter().enumerate().peekable();
    // What may be written until the next check, beginning where.
    let (mut checked, mut allowed) = (e.len(), 0);
    // What blocks have left of it.
    let mut room = 0;
    let mut index = 0;
    let mut blocks = program.blocks().iter();
    // What is paid ahead, and for how many blocks from here on that has been done.
    let (mut ahead, mut paid) = (Vec::new(), 0);
    let mut reserve = Reserve::new(insns.len(), payment == Payment::Blocks);
    // Which entry of it is that of the block at hand.
    let mut entry = 0;
    while let Some(block) = blocks.next() {
        // `Op::Enter`, which is nothing here but the payment of the block behind it.
        if block.falls_in {
            e.define(index);
            index += 1;
            allowed += INSN_BYTES;
        }
        if let Some((number, function)) = rest.next_if(|(_, function)| function.index as usize <= index) {
            begin_line(e, &mut room, 1);
            call::begin_function(e, number, function, program.stack_args);
            reserve.begin_function();
        }
        let (start, end) = (index, index + block.len as usize);
        if uses.loops.contains(index) {
            begin_line(e, &mut room, LOOP_UNIT);
        }
        e.index = index as u32;
        let mut cost = insns[index].cost;
        let begins = paid == 0;
        if !begins {
            (paid, entry) = (paid - 1, entry + 1);
        } else if payment == Payment::Runs {
            let limit = rest.peek().map_or(insns.len(), |(_, function)| function.index as usize);
            let here = (index, block.len);
            entry = ahead.len();
            let run = ahead::run(&mut ahead, &uses, insns, here, blocks.as_slice(), limit);
            (cost, paid) = (run.0, run.1 - 1);
        }
        e.ahead = ahead.get(entry).map_or(0, |block: &ahead::Ahead| block.gas);
        e.define(index);
        if !metered {
        } else if begins || e.detour > 0 {
            let looked_at = reserve.pay(&uses, index, cost);
            e.pay(cost, looked_at);
            if uses.landings.contains(index) {
                e.land(cost, looked_at);
            }
        } else {
            reserve.go_on(index);
        }
        e.detour = match e.detour.saturating_sub(1) {
            0 if paid > 0 => {
                ahead::detour(&uses, insns, end, blocks.as_slice()).map_or(0, |detour| detour.blocks)
            }
            more => more,
        };
        // The payment counts as part of the block before, the last instruction of which leaves room for it.
        match (allowed + e.take_allowance()).checked_sub(e.len() - checked) {
            Some(left) => room += left,
            None => return Err(CompileError::TooLarge),
        }
        (checked, allowed) = (e.len(), 0);
        while index < end {
            e.index = index as u32;
            if index != start {
                e.define(index);
            }
            let taken = match payment {
                Payment::Runs => peephole::choose(e, &uses.targets, insns, index, end),
                Payment::Blocks => 0,
            };
            e.limit = checked + allowed + INSN_BYTES - PAYMENT_BYTES;
            let taken = match taken {
                0 => lower(e, program, &insns[index..end]),
                taken => {
                    // The block of the move; the `Op::Enter` is that of the block behind it.
                    blocks.next();
                    taken
                }
            };
            // Those that were rewritten together with the first are where the next one is: nothing jumps to them.
            for number in index + 1..index + taken {
                e.define(number);
            }
            allowed += INSN_BYTES * taken;
            index += taken;
        }
        reserve.end_block(&insns[end - 1], end);
    }
    if e.len() - checked > allowed + e.take_allowance() {
        return Err(CompileError::TooLarge);
    }
    let reserve = reserve.most();
    let end = e.ops.len() as u32;
    e.write_cold();
    let prologues: Vec<u32> = e.prologues().collect();
    let (code, offsets) = emitter.finish()?;

    // A table that nothing in the program reads is left out.
    let slots = functions.last().map_or(0, |function| function.range().end as usize);
    let mut callees = Vec::new();
    if uses.call_pointers {
        callees.resize(slots, 0);
        for (function, &prologue) in functions.iter().zip(&prologues).filter(|(f, _)| f.address_taken) {
            callees[function.first.index()] = prologue;
        }
    }
    // What is no target leads to the stub that traps.
    let mut targets = Vec::new();
    if uses.jump_pointers {
        targets.resize(slots, stubs[Stub::BadJump as usize]);
        for (slot, index) in program.jump_targets() {
            targets[slot.index()] = offsets[index];
        }
    }
    let tables = Tables {
        offsets: offsets.into(),
        end,
        stubs,
        callees: callees.into(),
        targets: targets.into(),
        ahead: ahead.into(),
        reserve,
    };
    Code::new(&code, mode, tables)
}

/// What a program has somewhere, for which something is needed.
#[derive(Debug)]
struct Uses {
    call_pointers: bool,
    jump_pointers: bool,
    /// Where jumps lead to.
    targets: Targets,
    /// Where more than one does.
    joined: Targets,
    /// Where code pointers lead to.
    by_pointer: Targets,
    /// Where jumps backwards lead to.
    loops: Targets,
    /// The same, with what code pointers may lead back to.
    returned_to: Targets,
    /// Branches forwards that are hardly ever taken: out of the innermost loop that they are in, as far as a jump
    /// back tells, if what they compare is a count, and to where the program aborts.
    ways_out: Targets,
    /// Where those lead to.
    landings: Targets,
}

impl Uses {
    fn of(program: &VerifiedProgram) -> Self {
        let insns = program.code.as_slice();
        let mut targets = Targets(vec![0; insns.len().div_ceil(64)]);
        let mut call_pointers = false;
        // Indices, from the last to the first.
        let mut gotox = Vec::new();
        let (mut loops, mut joined) = (Targets(targets.0.clone()), Targets(targets.0.clone()));
        let (mut ways_out, mut landings) = (Targets(targets.0.clone()), Targets(targets.0.clone()));
        // From the end to the beginning, so that a loop is known, by the jump back, before what is in it: where it
        // begins, and the index of that jump. The innermost is last.
        let mut open: Vec<(usize, usize)> = Vec::new();
        let mut start = insns.len();
        for block in program.blocks().iter().rev() {
            let end = start;
            start = end - block.len as usize - usize::from(block.falls_in);
            // What leads elsewhere is last in its block.
            let Some(insn) = insns.get(end - 1) else { break };
            while open.last().is_some_and(|&(first, _)| first >= end) {
                open.pop();
            }
            match insn.op {
                op if op.is_jump() => {
                    let target = insn.target();
                    if targets.contains(target) {
                        joined.insert(target);
                    }
                    targets.insert(target);
                    if target < end {
                        loops.insert(target);
                        // Of several jumps back to one place, the last is where the loop ends.
                        if open.last().is_none_or(|&(first, _)| first != target) {
                            open.push((target, end - 1));
                        }
                    } else if op != Op::Ja
                        && (open.last().is_some_and(|&(_, last)| target > last)
                            && ahead::counts(&insns[start..end])
                            || ahead::is_equality(op)
                            || ahead::aborts(&insns[target..]))
                    {
                        ways_out.insert(end - 1);
                        landings.insert(target);
                    }
                }
                Op::CallX => call_pointers = true,
                Op::GotoX => gotox.push(end - 1),
                _ => {}
            }
        }
        let (mut by_pointer, mut returned_to) =
            (Targets(vec![0; insns.len().div_ceil(64)]), Targets(loops.0.clone()));
        for (_, index) in program.jump_targets() {
            targets.insert(index);
            joined.insert(index);
            by_pointer.insert(index);
            // The `gotox` behind it, if it is in the same function, may lead back.
            let functions = program.functions();
            let next = functions.partition_point(|function| function.index as usize <= index);
            let end = functions.get(next).map_or(insns.len(), |function| function.index as usize);
            let behind = gotox.partition_point(|&at| at >= index);
            if gotox[..behind].last().is_some_and(|&at| at < end) {
                returned_to.insert(index);
            }
        }
        let jump_pointers = !gotox.is_empty();
        Uses {
            call_pointers,
            jump_pointers,
            targets,
            joined,
            by_pointer,
            loops,
            returned_to,
            ways_out,
            landings,
        }
    }
}

/// The instructions that jumps of any kind lead to, by their index.
#[derive(Debug)]
struct Targets(Vec<u64>);

impl Targets {
    fn insert(&mut self, index: usize) {
        self.0[index / 64] |= 1 << (index % 64);
    }

    fn contains(&self, index: usize) -> bool {
        self.0[index / 64] >> (index % 64) & 1 == 1
    }
}

/// Lowers the first instruction of `rest`, the rest of a block, or the first few of them together. Returns how many:
/// at most [`INSN_BYTES`] for each, with what it puts out of line.
///
/// What an instruction begins is looked for where it is lowered, so that there is one choice by its operation, which
/// a processor foresees badly.
#[inline(always)]
fn lower(e: &mut Emitter, program: &VerifiedProgram, rest: &[Insn]) -> usize {
    /// What takes the place of a run that begins here, or else this one alone.
    macro_rules! unless {
        ($rewritten:expr, $alone:expr) => {
            match $rewritten {
                0 => $alone,
                taken => return taken,
            }
        };
    }
    let insn = &rest[0];
    let dst = host(insn.dst);
    /// What leaves in the flags whether the result is 0.
    macro_rules! told {
        ($operation:path, $width:expr, $operand:expr) => {{
            $operation(e, $width, dst, $operand);
            e.tell($width, dst);
        }};
    }
    let src = || Operand::Reg(host(insn.src));
    let imm = || Operand::Imm(insn.imm);
    match insn.op {
        Op::Add32Imm => told!(alu::add, W32, imm()),
        Op::Add32Reg => told!(alu::add, W32, src()),
        Op::Add64Imm => told!(alu::add, W64, imm()),
        Op::Add64Reg => told!(alu::add, W64, src()),
        Op::Sub32Imm => told!(alu::sub, W32, imm()),
        Op::Sub32Reg => told!(alu::sub, W32, src()),
        Op::Sub64Imm => told!(alu::sub, W64, imm()),
        Op::Sub64Reg => told!(alu::sub, W64, src()),
        Op::Mul32Imm => alu::mul(e, W32, dst, imm()),
        Op::Mul32Reg => alu::mul(e, W32, dst, src()),
        Op::Mul64Imm => alu::mul(e, W64, dst, imm()),
        Op::Mul64Reg => alu::mul(e, W64, dst, src()),
        Op::Div32Imm => alu::div(e, W32, Part::Quotient, dst, imm()),
        Op::Div32Reg => alu::div(e, W32, Part::Quotient, dst, src()),
        Op::Div64Imm => alu::div(e, W64, Part::Quotient, dst, imm()),
        Op::Div64Reg => alu::div(e, W64, Part::Quotient, dst, src()),
        Op::SDiv32Imm => alu::sdiv(e, W32, Part::Quotient, dst, imm()),
        Op::SDiv32Reg => alu::sdiv(e, W32, Part::Quotient, dst, src()),
        Op::SDiv64Imm => alu::sdiv(e, W64, Part::Quotient, dst, imm()),
        Op::SDiv64Reg => alu::sdiv(e, W64, Part::Quotient, dst, src()),
        Op::Mod32Imm => alu::div(e, W32, Part::Remainder, dst, imm()),
        Op::Mod32Reg => alu::div(e, W32, Part::Remainder, dst, src()),
        Op::Mod64Imm => alu::div(e, W64, Part::Remainder, dst, imm()),
        Op::Mod64Reg => alu::div(e, W64, Part::Remainder, dst, src()),
        Op::SMod32Imm => alu::sdiv(e, W32, Part::Remainder, dst, imm()),
        Op::SMod32Reg => alu::sdiv(e, W32, Part::Remainder, dst, src()),
        Op::SMod64Imm => alu::sdiv(e, W64, Part::Remainder, dst, imm()),
        Op::SMod64Reg => alu::sdiv(e, W64, Part::Remainder, dst, src()),
        Op::Or32Imm => told!(alu::or, W32, imm()),
        Op::Or32Reg => told!(alu::or, W32, src()),
        Op::Or64Imm => told!(alu::or, W64, imm()),
        Op::Or64Reg => told!(alu::or, W64, src()),
        Op::And32Imm => told!(alu::and, W32, imm()),
        Op::And32Reg => told!(alu::and, W32, src()),
        Op::And64Imm => told!(alu::and, W64, imm()),
        Op::And64Reg => told!(alu::and, W64, src()),
        Op::Xor32Imm => unless!(peephole::complement(e, W32, rest), alu::xor(e, W32, dst, imm())),
        Op::Xor32Reg => alu::xor(e, W32, dst, src()),
        Op::Xor64Imm => unless!(peephole::complement(e, W64, rest), alu::xor(e, W64, dst, imm())),
        Op::Xor64Reg => alu::xor(e, W64, dst, src()),
        Op::Lsh32Imm => alu::lsh(e, W32, dst, imm()),
        Op::Lsh32Reg => alu::lsh(e, W32, dst, src()),
        Op::Lsh64Imm => unless!(peephole::scaled_sum(e, rest), alu::lsh(e, W64, dst, imm())),
        Op::Lsh64Reg => alu::lsh(e, W64, dst, src()),
        Op::Rsh32Imm => alu::rsh(e, W32, dst, imm()),
        Op::Rsh32Reg => alu::rsh(e, W32, dst, src()),
        Op::Rsh64Imm => alu::rsh(e, W64, dst, imm()),
        Op::Rsh64Reg => alu::rsh(e, W64, dst, src()),
        Op::Arsh32Imm => alu::arsh(e, W32, dst, imm()),
        Op::Arsh32Reg => alu::arsh(e, W32, dst, src()),
        Op::Arsh64Imm => alu::arsh(e, W64, dst, imm()),
        Op::Arsh64Reg => alu::arsh(e, W64, dst, src()),
        Op::Mov32Imm => alu::mov(e, W32, dst, imm()),
        Op::Mov32Reg => unless!(peephole::copy(e, W32, rest), alu::mov(e, W32, dst, src())),
        Op::Mov64Imm => {
            unless!(peephole::constant_sum(e, rest, insn.imm.into()), alu::mov(e, W64, dst, imm()))
        }
        Op::Mov64Reg => unless!(peephole::copy(e, W64, rest), alu::mov(e, W64, dst, src())),
        Op::MovSx8To32 => alu::movsx8(e, W32, dst, host(insn.src)),
        Op::MovSx16To32 => alu::movsx16(e, W32, dst, host(insn.src)),
        Op::MovSx8To64 => alu::movsx8(e, W64, dst, host(insn.src)),
        Op::MovSx16To64 => alu::movsx16(e, W64, dst, host(insn.src)),
        Op::MovSx32To64 => alu::movsx32(e, dst, host(insn.src)),
        Op::Neg32 => alu::neg(e, W32, dst),
        Op::Neg64 => alu::neg(e, W64, dst),
        Op::LdImm64 => {
            let imm = insn.wide_imm();
            unless!(peephole::constant_sum(e, rest, imm as i64), alu::wide_imm(e, dst, imm))
        }

        Op::Le16 => endian::le16(e, dst),
        Op::Le32 => endian::le32(e, dst),
        Op::Le64 => {}
        Op::Swap16 => endian::swap16(e, dst),
        Op::Swap32 => endian::swap32(e, dst),
        Op::Swap64 => endian::swap64(e, dst),

        Op::Ja => jump::jump(e, insn.target()),
        Op::JEq64Imm => jump::branch(e, W64, Cond::Eq, dst, imm(), insn.target()),
        Op::JEq64Reg => jump::branch(e, W64, Cond::Eq, dst, src(), insn.target()),
        Op::JNe64Imm => jump::branch(e, W64, Cond::Ne, dst, imm(), insn.target()),
        Op::JNe64Reg => jump::branch(e, W64, Cond::Ne, dst, src(), insn.target()),
        Op::JSet64Imm => jump::branch(e, W64, Cond::Set, dst, imm(), insn.target()),
        Op::JSet64Reg => jump::branch(e, W64, Cond::Set, dst, src(), insn.target()),
        Op::JGt64Imm => jump::branch(e, W64, Cond::Gt, dst, imm(), insn.target()),
        Op::JGt64Reg => jump::branch(e, W64, Cond::Gt, dst, src(), insn.target()),
        Op::JGe64Imm => jump::branch(e, W64, Cond::Ge, dst, imm(), insn.target()),
        Op::JGe64Reg => jump::branch(e, W64, Cond::Ge, dst, src(), insn.target()),
        Op::JLt64Imm => jump::branch(e, W64, Cond::Lt, dst, imm(), insn.target()),
        Op::JLt64Reg => jump::branch(e, W64, Cond::Lt, dst, src(), insn.target()),
        Op::JLe64Imm => jump::branch(e, W64, Cond::Le, dst, imm(), insn.target()),
        Op::JLe64Reg => jump::branch(e, W64, Cond::Le, dst, src(), insn.target()),
        Op::JSGt64Imm => jump::branch(e, W64, Cond::SGt, dst, imm(), insn.target()),
        Op::JSGt64Reg => jump::branch(e, W64, Cond::SGt, dst, src(), insn.target()),
        Op::JSGe64Imm => jump::branch(e, W64, Cond::SGe, dst, imm(), insn.target()),
        Op::JSGe64Reg => jump::branch(e, W64, Cond::SGe, dst, src(), insn.target()),
        Op::JSLt64Imm => jump::branch(e, W64, Cond::SLt, dst, imm(), insn.target()),
        Op::JSLt64Reg => jump::branch(e, W64, Cond::SLt, dst, src(), insn.target()),
        Op::JSLe64Imm => jump::branch(e, W64, Cond::SLe, dst, imm(), insn.target()),
        Op::JSLe64Reg => jump::branch(e, W64, Cond::SLe, dst, src(), insn.target()),
        Op::JEq32Imm => jump::branch(e, W32, Cond::Eq, dst, imm(), insn.target()),
        Op::JEq32Reg => jump::branch(e, W32, Cond::Eq, dst, src(), insn.target()),
        Op::JNe32Imm => jump::branch(e, W32, Cond::Ne, dst, imm(), insn.target()),
        Op::JNe32Reg => jump::branch(e, W32, Cond::Ne, dst, src(), insn.target()),
        Op::JSet32Imm => jump::branch(e, W32, Cond::Set, dst, imm(), insn.target()),
        Op::JSet32Reg => jump::branch(e, W32, Cond::Set, dst, src(), insn.target()),
        Op::JGt32Imm => jump::branch(e, W32, Cond::Gt, dst, imm(), insn.target()),
        Op::JGt32Reg => jump::branch(e, W32, Cond::Gt, dst, src(), insn.target()),
        Op::JGe32Imm => jump::branch(e, W32, Cond::Ge, dst, imm(), insn.target()),
        Op::JGe32Reg => jump::branch(e, W32, Cond::Ge, dst, src(), insn.target()),
        Op::JLt32Imm => jump::branch(e, W32, Cond::Lt, dst, imm(), insn.target()),
        Op::JLt32Reg => jump::branch(e, W32, Cond::Lt, dst, src(), insn.target()),
        Op::JLe32Imm => jump::branch(e, W32, Cond::Le, dst, imm(), insn.target()),
        Op::JLe32Reg => jump::branch(e, W32, Cond::Le, dst, src(), insn.target()),
        Op::JSGt32Imm => jump::branch(e, W32, Cond::SGt, dst, imm(), insn.target()),
        Op::JSGt32Reg => jump::branch(e, W32, Cond::SGt, dst, src(), insn.target()),
        Op::JSGe32Imm => jump::branch(e, W32, Cond::SGe, dst, imm(), insn.target()),
        Op::JSGe32Reg => jump::branch(e, W32, Cond::SGe, dst, src(), insn.target()),
        Op::JSLt32Imm => jump::branch(e, W32, Cond::SLt, dst, imm(), insn.target()),
        Op::JSLt32Reg => jump::branch(e, W32, Cond::SLt, dst, src(), insn.target()),
        Op::JSLe32Imm => jump::branch(e, W32, Cond::SLe, dst, imm(), insn.target()),
        Op::JSLe32Reg => jump::branch(e, W32, Cond::SLe, dst, src(), insn.target()),
        Op::GotoX => jump::jump_pointer(e, insn),

        Op::Load8 => mem::load(e, insn, 0, Extend::Zero),
        Op::Load16 => mem::load(e, insn, 1, Extend::Zero),
        Op::Load32 => unless!(peephole::operand(e, rest), mem::load(e, insn, 2, Extend::Zero)),
        Op::Load64 => unless!(peephole::operand(e, rest), mem::load(e, insn, 3, Extend::Zero)),
        Op::LoadSx8 => mem::load(e, insn, 0, Extend::Sign),
        Op::LoadSx16 => mem::load(e, insn, 1, Extend::Sign),
        Op::LoadSx32 => mem::load(e, insn, 2, Extend::Sign),
        Op::Store8Imm => mem::store_imm(e, insn, 0),
        Op::Store16Imm => mem::store_imm(e, insn, 1),
        Op::Store32Imm => mem::store_imm(e, insn, 2),
        Op::Store64Imm => mem::store_imm(e, insn, 3),
        Op::Store8Reg => mem::store_reg(e, insn, 0),
        Op::Store16Reg => mem::store_reg(e, insn, 1),
        Op::Store32Reg => mem::store_reg(e, insn, 2),
        Op::Store64Reg => mem::store_reg(e, insn, 3),

        Op::AtomicAdd32 => atomic::add(e, insn, W32),
        Op::AtomicFetchAdd32 => atomic::fetch_add(e, insn, W32),
        Op::AtomicOr32 => atomic::or(e, insn, W32),
        Op::AtomicFetchOr32 => atomic::fetch_or(e, insn, W32),
        Op::AtomicAnd32 => atomic::and(e, insn, W32),
        Op::AtomicFetchAnd32 => atomic::fetch_and(e, insn, W32),
        Op::AtomicXor32 => atomic::xor(e, insn, W32),
        Op::AtomicFetchXor32 => atomic::fetch_xor(e, insn, W32),
        Op::Exchange32 => atomic::exchange(e, insn, W32),
        Op::CompareExchange32 => atomic::compare_exchange(e, insn, W32),
        Op::AtomicAdd64 => atomic::add(e, insn, W64),
        Op::AtomicFetchAdd64 => atomic::fetch_add(e, insn, W64),
        Op::AtomicOr64 => atomic::or(e, insn, W64),
        Op::AtomicFetchOr64 => atomic::fetch_or(e, insn, W64),
        Op::AtomicAnd64 => atomic::and(e, insn, W64),
        Op::AtomicFetchAnd64 => atomic::fetch_and(e, insn, W64),
        Op::AtomicXor64 => atomic::xor(e, insn, W64),
        Op::AtomicFetchXor64 => atomic::fetch_xor(e, insn, W64),
        Op::Exchange64 => atomic::exchange(e, insn, W64),
        Op::CompareExchange64 => atomic::compare_exchange(e, insn, W64),

        Op::CallLocal => call::call(e, insn, emit::callee(program.functions(), insn)),
        Op::CallX => call::call_pointer(e, insn),
        Op::Exit => call::exit(e),
        Op::LoadArg => call::load_arg(e, insn),
        Op::StoreArgImm => call::store_arg(e, insn, imm()),
        Op::StoreArgReg => call::store_arg(e, insn, src()),

        Op::Syscall | Op::SyscallX => call::leave(e, Leave::Syscall),
        Op::Abort => call::leave(e, Leave::Trap(TrapKind::Abort)),
        Op::MemoryIntrinsic => mem::bulk(e, insn),
        Op::WideIntrinsic => wide::wide(e, insn),

        // The block behind it pays for itself.
        Op::Enter => {}
    }
    1
}

#[cfg(test)]
mod tests;

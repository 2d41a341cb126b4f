//! The JIT: compiles verified code to x86-64 in one pass.
//!
//! Like the interpreter, it reads [`crate::code`] and never the text. The verifier has already decided what is charged
//! where, where each jump leads and how large frames are. [`mod@lower`] has the same files as the interpreter, and each
//! operation has the same meaning in both.
//!
//! # Bounds
//!
//! Compilation takes linear time, and its result has linear size ([`bound`]): at most [`INSN_BYTES`] native bytes per
//! instruction, including its out-of-line code and the payment of the block after it; [`FUNCTION_BYTES`] per function;
//! [`LOOP_BYTES`] per loop, to align it; and [`STUB_BYTES`] per program. So a program made of one-instruction functions
//! may have more than [`INSN_BYTES`] per instruction. The bound is checked after every block: a program that broke it
//! would be refused, and run by the interpreter.
//!
//! # Invariant
//!
//! Result, trap, gas, registers, memory and syscalls are those of the interpreter, for every program and every amount
//! of gas. No host address is ever in a guest register, in memory or in a trap.

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
mod made;
mod memory;
mod peephole;
mod regs;
mod reserve;
mod signals;
mod stubs;
mod uses;

pub(crate) use machine::Machine;
pub(crate) use made::MachineCode;

use crate::blocks::Block;
use crate::code::{Insn, Op};
use crate::trap::TrapKind;
use crate::verify::{FunctionInfo, VerifiedProgram};
use crate::JitMode;
use ahead::Ahead;
use bpf_isa::Cond;
use code::{Code, Tables};
use core::iter::{Enumerate, Peekable};
use core::slice;
use emit::Emitter;
use lower::alu::Part;
use lower::mem::Extend;
use lower::Width::{W32, W64};
use lower::{alu, atomic, call, endian, jump, mem, wide, Operand};
use regs::host;
use reserve::Reserve;
use stubs::{Leave, Stub};
use uses::Uses;

/// Whether a JIT is available.
pub(crate) const AVAILABLE: bool = true;

/// Maximum native bytes for each instruction of the verified code.
const INSN_BYTES: usize = 64;

/// Maximum native bytes of a block's payment, including out-of-line code: [`Emitter::pay`].
const PAYMENT_BYTES: usize = 23;

/// Maximum native bytes for each function's prologue and epilogue.
const FUNCTION_BYTES: usize = call::PROLOGUE_BYTES + call::EPILOGUE_BYTES;

/// Maximum padding before a loop that counts for nothing else. A loop begins at a line if the instructions before it
/// have left room for that, otherwise at a [`LOOP_UNIT`].
const LOOP_BYTES: usize = LOOP_UNIT - 1;

/// Maximum native bytes for the stubs.
const STUB_BYTES: usize = 2048;

/// Maximum native bytes of a program.
pub(crate) fn bound(program: &VerifiedProgram) -> usize {
    let loops = Uses::of(program).loops.count();
    INSN_BYTES * program.code.len()
        + FUNCTION_BYTES * program.functions().len()
        + LOOP_BYTES * loops
        + STUB_BYTES
}

/// The mode that replaces `mode` if it is not available.
pub(crate) fn effective(mode: JitMode) -> JitMode {
    match mode {
        JitMode::Gs if entry::has_fsgsbase() && signals::available() => JitMode::Gs,
        JitMode::Gs | JitMode::BaseRegister if signals::available() => JitMode::BaseRegister,
        JitMode::Gs | JitMode::BaseRegister | JitMode::Checked => JitMode::Checked,
    }
}

/// The same for a program that runs now: also installs what the mode needs in the process.
fn prepared(mode: JitMode) -> JitMode {
    match effective(mode) {
        JitMode::Gs | JitMode::BaseRegister if !signals::installed() => JitMode::Checked,
        mode => mode,
    }
}

/// Loops begin at a multiple of this, the number of bytes that the processor fetches at once. The padding counts for
/// the jump back, whose own limit has room for it.
const LOOP_UNIT: usize = 32;

/// Loops and functions begin at a multiple of this, the unit of the processor's cache of decoded instructions, if the
/// instructions before have left room for it.
const LINE: usize = 64;

/// Why a program has no machine code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompileError {
    /// The system has no memory for it.
    Memory,
    /// It would be larger than the bound.
    TooLarge,
    /// The assembler found a jump without a target or beyond reach.
    Assembler,
}

/// Makes the machine code of `program` if that is possible and not done yet.
pub(crate) fn prepare(program: &VerifiedProgram, mode: JitMode) {
    MachineCode::get(program, mode);
}

/// The machine code of `program`.
pub(crate) fn machine_code(program: &VerifiedProgram, mode: JitMode) -> Option<Vec<u8>> {
    MachineCode::get(program, mode).map(|code| code.bytes().to_vec())
}

/// What one payment covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Payment {
    /// A run of blocks: see [`ahead`].
    Runs,
    /// One block, so that the program can continue at any block: the move of a choice also has code of its own.
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

/// Whether the processor has BMI1 and BMI2. The key of [`crate::Cache`] records this too.
fn has_bmi() -> bool {
    std::is_x86_feature_detected!("bmi1") && std::is_x86_feature_detected!("bmi2")
}

/// The same for a processor with BMI1 and BMI2, or for any other.
fn compile_for(
    program: &VerifiedProgram,
    mode: JitMode,
    payment: Payment,
    bmi: bool,
) -> Result<Code, CompileError> {
    let uses = Uses::of(program);
    let mut emitter = Emitter::new(mode, bmi, program.code.len(), program.functions().len());
    let e = &mut emitter;
    e.word_price = i32::try_from(program.costs().bulk(1)).map_err(|_| CompileError::TooLarge)?;

    // In front, so that every jump to a stub is a backward jump.
    stubs::enter(e);
    let stubs = stubs::write(e);
    let mut blocks = Blocks::new(program, &uses, payment, e.len());
    blocks.write(e)?;
    let Blocks { ahead, reserve, .. } = blocks;
    let end = e.ops.len() as u32;
    e.write_cold();
    let prologues: Vec<u32> = e.prologues().collect();
    let (code, offsets) = emitter.finish()?;
    let tables = Tables {
        end,
        stubs,
        callees: callees(program, &uses, &prologues).into(),
        targets: targets(program, &uses, &offsets, stubs[Stub::BadJump as usize]).into(),
        offsets: offsets.into(),
        ahead: ahead.into(),
        reserve: reserve.most(),
    };
    Code::new(&code, mode, tables)
}

/// The targets of `callx`, by slot. A table that nothing in the program reads is omitted.
fn callees(program: &VerifiedProgram, uses: &Uses, prologues: &[u32]) -> Vec<u32> {
    let mut callees = Vec::new();
    if uses.call_pointers {
        let functions = program.functions();
        callees.resize(slots(program), 0);
        for (function, &prologue) in functions.iter().zip(prologues).filter(|(f, _)| f.address_taken) {
            callees[function.first.index()] = prologue;
        }
    }
    callees
}

/// The targets of `gotox`, by slot. A slot that is no target leads to the stub that traps.
fn targets(program: &VerifiedProgram, uses: &Uses, offsets: &[u32], bad_jump: u32) -> Vec<u32> {
    let mut targets = Vec::new();
    if uses.jump_pointers {
        targets.resize(slots(program), bad_jump);
        for (slot, index) in program.jump_targets() {
            targets[slot.index()] = offsets[index];
        }
    }
    targets
}

/// The text's length in slots.
fn slots(program: &VerifiedProgram) -> usize {
    program.functions().last().map_or(0, |function| function.range().end as usize)
}

/// Writes the blocks of a program, from the first to the last.
struct Blocks<'a> {
    program: &'a VerifiedProgram,
    insns: &'a [Insn],
    uses: &'a Uses,
    payment: Payment,
    /// Blocks that have not begun.
    blocks: slice::Iter<'a, Block>,
    /// Functions that have not begun, with their numbers.
    functions: Peekable<Enumerate<slice::Iter<'a, FunctionInfo>>>,
    /// Index of the next instruction.
    index: usize,
    /// Bytes that may be written until the next check …
    allowed: usize,
    /// … counted from this offset.
    checked: usize,
    /// Unused allowance of the blocks so far.
    room: usize,
    /// What is paid ahead …
    ahead: Vec<Ahead>,
    /// … and the number of blocks from here on that are already paid for.
    paid: usize,
    /// Index in `ahead` of the current block's entry.
    entry: usize,
    reserve: Reserve,
}

impl<'a> Blocks<'a> {
    /// The blocks of `program`, after the first `written` bytes.
    fn new(program: &'a VerifiedProgram, uses: &'a Uses, payment: Payment, written: usize) -> Self {
        let insns = program.code.as_slice();
        Self {
            program,
            insns,
            uses,
            payment,
            blocks: program.blocks().iter(),
            functions: program.functions().iter().enumerate().peekable(),
            index: 0,
            allowed: 0,
            checked: written,
            room: 0,
            ahead: Vec::new(),
            paid: 0,
            entry: 0,
            reserve: Reserve::new(insns.len(), payment == Payment::Blocks),
        }
    }

    /// Writes all blocks.
    ///
    /// # Errors
    /// [`CompileError::TooLarge`].
    fn write(&mut self, e: &mut Emitter) -> Result<(), CompileError> {
        while let Some(block) = self.blocks.next() {
            self.begin(e, block);
            let end = self.index + block.len as usize;
            self.pay(e, block, end);
            // The payment counts as part of the block before, whose last instruction leaves room for it.
            self.room += self.left(e)?;
            (self.checked, self.allowed) = (e.len(), 0);
            self.write_insns(e, end);
            self.reserve.end_block(&self.insns[end - 1], end);
        }
        self.left(e).map(drop)
    }

    /// The unused part of the allowance.
    fn left(&self, e: &mut Emitter) -> Result<usize, CompileError> {
        let left = (self.allowed + e.take_allowance()).checked_sub(e.len() - self.checked);
        left.ok_or(CompileError::TooLarge)
    }

    /// Writes what precedes a block: the entry from the block before, the start of a function, and padding to align a
    /// loop.
    fn begin(&mut self, e: &mut Emitter, block: &Block) {
        // `Op::Enter` generates nothing except the payment of the block after it.
        if block.falls_in {
            e.define(self.index);
            self.index += 1;
            self.allowed += INSN_BYTES;
        }
        let index = self.index;
        let function = self.functions.next_if(|(_, function)| function.index as usize <= index);
        if let Some((number, function)) = function {
            self.begin_line(e, 1);
            call::begin_function(e, number, function, self.program.stack_args);
            self.reserve.begin_function();
        }
        if self.uses.loops.contains(index) {
            self.begin_line(e, LOOP_UNIT);
        }
    }

    /// Pads to the start of a line if the unused allowance has room for that, otherwise to a multiple of `unit`, whose
    /// padding is accounted for elsewhere.
    fn begin_line(&mut self, e: &mut Emitter, unit: usize) {
        let before = e.ops.len();
        match before.next_multiple_of(LINE) - before {
            missing if missing <= self.room => e.ops.align(LINE),
            _ => e.ops.align(unit),
        }
        let filled = e.ops.len() - before;
        e.allow(filled);
        self.room = self.room.saturating_sub(filled);
    }

    /// Pays for the next block, which ends before `end`, and for the whole run if the block begins one.
    fn pay(&mut self, e: &mut Emitter, block: &Block, end: usize) {
        let Self { insns, uses, index, .. } = *self;
        e.index = index as u32;
        let mut cost = insns[index].cost;
        let begins = self.paid == 0;
        if !begins {
            (self.paid, self.entry) = (self.paid - 1, self.entry + 1);
        } else if self.payment == Payment::Runs {
            let limit = self.functions.peek().map_or(insns.len(), |(_, function)| function.index as usize);
            let here = (index, block.len);
            self.entry = self.ahead.len();
            let run = ahead::run(&mut self.ahead, uses, insns, here, self.blocks.as_slice(), limit);
            (cost, self.paid) = (run.0, run.1 - 1);
        }
        e.ahead = self.ahead.get(self.entry).map_or(0, |block| block.gas);
        e.define(index);
        if self.program.costs().is_metered() {
            if begins || e.detour > 0 {
                let looked_at = self.reserve.pay(uses, index, cost);
                e.pay(cost, looked_at);
                if uses.landings.contains(index) {
                    e.land(cost, looked_at);
                }
            } else {
                self.reserve.go_on(index);
            }
        }
        e.detour = match e.detour.saturating_sub(1) {
            0 if self.paid > 0 => {
                ahead::detour(uses, insns, end, self.blocks.as_slice()).map_or(0, |detour| detour.blocks)
            }
            more => more,
        };
    }

    /// Writes the instructions of a block, from the next one to before `end`. If the block ends in a choice, also
    /// writes its move, which is the block after it.
    // All lowerings are inlined here, so the stack frame is large: with a call for each block, compiling takes 1.46
    // times as many instructions (callgrind of `compile_for` in the test `size_is_bounded_and_linear`).
    #[inline(always)]
    fn write_insns(&mut self, e: &mut Emitter, end: usize) {
        let (insns, start) = (self.insns, self.index);
        while self.index < end {
            let index = self.index;
            e.index = index as u32;
            if index != start {
                e.define(index);
            }
            let taken = match self.payment {
                Payment::Runs => peephole::choose(e, &self.uses.targets, insns, index, end),
                Payment::Blocks => 0,
            };
            e.limit = self.checked + self.allowed + INSN_BYTES - PAYMENT_BYTES;
            let taken = match taken {
                0 => lower(e, self.program, &insns[index..end]),
                taken => {
                    // Skip the block of the move; the `Op::Enter` belongs to the block after it.
                    self.blocks.next();
                    taken
                }
            };
            // Instructions rewritten together with the first get the offset of the next one: nothing jumps to them.
            for number in index + 1..index + taken {
                e.define(number);
            }
            self.allowed += INSN_BYTES * taken;
            self.index += taken;
        }
    }
}

/// Lowers the first instruction of `rest`, the rest of a block, or the first few of them together. Returns how many.
/// Each takes at most [`INSN_BYTES`], including out-of-line code.
///
/// The rewrites that an instruction may begin are tried where it is lowered, so that there is only one dispatch by
/// operation, which processors predict badly.
#[inline(always)]
fn lower(e: &mut Emitter, program: &VerifiedProgram, rest: &[Insn]) -> usize {
    /// Tries a rewrite of a run that begins here; otherwise lowers this instruction alone.
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
    /// For operations whose flags tell whether the result is 0.
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

        // The block after it pays for itself.
        Op::Enter => {}
    }
    1
}

#[cfg(test)]
mod tests;

//! The interpreter's own form of a program, for what runs for long: fewer and larger steps.
//!
//! Most of an interpreter's time goes into finding the next operation. So the code is written once more, as
//! *steps* of 16 bytes: operations with three operands, rotations, accesses to the frame, and pairs of such,
//! each with a function of its own that ends by calling the next one ([`exec`]).
//!
//! # What stays the interpreter's
//!
//! A step does what is good and common. Whatever it cannot do in a few instructions (memory that nobody
//! touched, an access that faults, a code pointer that leads nowhere, a rare operation) it leaves as it was to
//! the interpreter proper, which goes on at that very instruction, to the end of its block. So there is
//! one place that says what faults are, and a step cannot get one wrong.
//!
//! # Calls that end in calls
//!
//! A step's function ends with a call of the next one. LLVM makes jumps of these calls where it optimises; nothing
//! here may rely on it, since Rust does not promise it. So a *turn* has a limited amount of gas
//! ([`TURN`]), and when it is used up, or a step leaves, everything returns to [`run`]. At least one unit of gas is paid for
//! an instruction, so that the host's stack is deep enough however the crate is compiled. On WebAssembly, which has
//! calls of that kind only where all compilers know them, the same functions are the arms of a loop.
//!
//! # Invariant
//!
//! Between two steps registers, memory, calls and gas are what the interpreter would have them be between the same two
//! instructions, but for registers that are written again before anything can read them
//! (`translate::is_dead`).

mod exec;
mod list;
mod translate;

pub(crate) use translate::build;

use super::{each, State, Stop};
use crate::instance::Exit;
use crate::meter::CostTable;
use crate::verify::VerifiedProgram;
use alloc::vec::Vec;
use bpf_isa::Reg;
use list::Do;

/// A step.
///
/// ```text
/// byte  0   what it does
///       2   registers of the first half: a, b, c
///       5   registers of the second half: d, e, f
///       8   immediate or offset of the first half
///      12   of the second half, or the step that a jump leads to
/// ```
///
/// Each block begins with [`Do::Enter`], which has the block's price in `imm` and the index of its first
/// instruction in `imm2`. A jump leads to it and pays; only a block that the one before runs into
/// executes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
struct Step {
    what: Do,
    a: Reg,
    b: Reg,
    c: Reg,
    d: Reg,
    e: Reg,
    f: Reg,
    imm: i32,
    imm2: i32,
}

const _: () = assert!(size_of::<Step>() == 16);

impl Step {
    const fn new(what: Do) -> Self {
        use Reg::R0;
        Self { what, a: R0, b: R0, c: R0, d: R0, e: R0, f: R0, imm: 0, imm2: 0 }
    }
}

/// A program in steps.
#[derive(Clone, Debug, Default)]
pub(crate) struct Steps {
    steps: Vec<Step>,
    /// Of each step, the indices of the instructions that its two halves begin with.
    insns: Vec<[u32; 2]>,
    /// Of each instruction that a block begins with, its block's step; of others 0.
    blocks: Vec<u32>,
}

impl Steps {
    /// Bytes of memory that it takes.
    pub fn size(&self) -> usize {
        size_of_val(&*self.steps) + size_of_val(&*self.insns) + size_of_val(&*self.blocks)
    }
}

/// What a turn may spend, in gas: enough that turns cost nothing, and little enough that a turn whose calls are no jumps
/// does not use up the stack. A block that costs more is a turn of its own.
const TURN: u64 = if cfg!(debug_assertions) { 1 << 10 } else { 1 << 14 };

/// Why a turn ended, at the step that [`State::left`] names.
#[derive(Clone, Copy, Debug)]
enum Why {
    /// The block of this step cannot be paid with what the turn has left.
    Unpaid,
    /// The first half of this step is the interpreter's.
    First,
    /// The second half is.
    Second,
    /// The program has ended.
    Finished,
    /// The program calls a helper.
    Syscall,
}

/// What a turn reads.
#[derive(Clone, Copy, Debug)]
struct Text<'a> {
    steps: &'a [Step],
    blocks: &'a [u32],
    program: &'a VerifiedProgram,
}

/// [`super::run`], by steps.
pub(crate) fn run(program: &VerifiedProgram, all: &Steps, state: &mut State, start: usize) -> (Exit, usize) {
    let text = Text { steps: &all.steps, blocks: &all.blocks, program };
    let metered = *program.costs() != CostTable::FREE;
    let mut block = start;
    loop {
        let Some(step) = all.blocks.get(block).and_then(|&at| all.steps.get(at as usize..)) else {
            unreachable!("control comes to the beginnings of blocks alone; qed")
        };
        let price = step.first().map_or(0, |enter| u64::from(enter.imm as u32));
        let allowed = if metered { state.gas.0 } else { u64::MAX };
        if price > allowed {
            return (Exit::OutOfGas, block);
        }
        let turn = allowed.min(price.max(TURN));
        let why = exec::turn(step, turn, state, &text);
        if metered {
            state.gas.0 -= turn - state.left.gas;
        }
        let at = state.left.at as usize;
        let stopped = match why {
            Why::Unpaid => {
                block = all.insns[at][0] as usize;
                continue;
            }
            Why::First => all.insns[at][0] as usize,
            Why::Second => all.insns[at][1] as usize,
            Why::Finished => {
                let exit = Exit::Finished { r0: state.regs[0], r2: state.regs[2] };
                return (exit, all.insns[at][1] as usize);
            }
            Why::Syscall => {
                let insn = all.insns[at][0] as usize;
                let number = all.steps[at].imm as u32;
                return (Exit::Syscall { number, args: super::arguments(&state.regs) }, insn);
            }
        };
        match each::<_, true>(program, state, stopped, &mut ()) {
            (Stop::Exit(exit), at) => return (exit, at),
            (Stop::Block, at) => block = at,
        }
    }
}

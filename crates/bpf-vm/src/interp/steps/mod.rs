//! The interpreter's own form of a program, for long runs: fewer and larger steps.
//!
//! Most of an interpreter's time goes into finding the next operation. So the code is written again, as *steps* of 32
//! bytes: operations with three operands, rotations, accesses to the frame, and combinations of up to three of these.
//! Each kind of step has its own function, which ends by calling the next one ([`exec`]).
//!
//! # What is left to the interpreter
//!
//! A step handles only what is valid and common. Whatever it cannot do in a few instructions (memory that nobody
//! touched, an access that faults, a code pointer that leads nowhere, a rare operation) it leaves undone, to the
//! interpreter proper. The interpreter continues at that very instruction, to the end of its block. So only one place
//! defines what faults are, and a step cannot get one wrong.
//!
//! # Calls that end in calls
//!
//! A step's function ends with a call of the next one. LLVM turns these calls into jumps when it optimises, but Rust
//! does not promise that, so nothing here may rely on it. Therefore a *turn* has a limited amount of gas ([`TURN`]).
//! When it is used up, or a step leaves, everything returns to [`run`]. Every instruction costs at least one unit of
//! gas, so the host's stack is deep enough however the crate is compiled. WebAssembly has calls of that kind only where
//! all compilers know them, so there the same functions are the arms of a loop.
//!
//! # Invariant
//!
//! Between two steps, registers, memory, calls and gas are what the interpreter would have between the same two
//! instructions, except for registers that are written again before anything can read them (`translate::is_dead`).

mod exec;
mod list;
mod translate;

pub(crate) use translate::build;

use super::{each, State, Stop, Why, WITHIN};
use crate::instance::Exit;
use crate::verify::VerifiedProgram;
use alloc::vec::Vec;
use bpf_isa::Reg;
use list::Do;

/// A step.
///
/// ```text
/// byte  0   the function that does it
///       8   registers of the first part: a, b, c
///      11   of the second: d, e, f
///      14   of the third: g, h, i
///      17   prices of the blocks that it leads to: the one behind it, and the one that it jumps to
///      20   immediate or offset of the first part
///      24   of the second
///      28   of the third, or the step that a jump leads to
/// ```
///
/// An immediate that has no field of its own is the upper half of one of these, and has only 16 bits.
///
/// The step that leads to a block pays for it. If the block before falls through into a block, or the block's price is
/// too large for a step, the block begins with [`Do::Enter`], which has the price in `imm`. If the price fits, jumps
/// pay it and lead to the step after [`Do::Enter`]; if not, they pay nothing and lead to [`Do::Enter`].
#[derive(Clone, Copy, Debug)]
#[repr(C)]
struct Step {
    /// The function that executes it.
    #[cfg(not(target_family = "wasm"))]
    run: exec::Function,
    a: Reg,
    b: Reg,
    c: Reg,
    d: Reg,
    e: Reg,
    f: Reg,
    g: Reg,
    h: Reg,
    i: Reg,
    price_next: u8,
    price_there: u8,
    imm: i32,
    imm2: i32,
    imm3: i32,
    /// The operation.
    #[cfg(target_family = "wasm")]
    what: Do,
}

const _: () = assert!(size_of::<Step>() <= 32);

impl Step {
    /// Changes the operation and keeps the operands.
    fn set(&mut self, what: Do) {
        #[cfg(not(target_family = "wasm"))]
        {
            self.run = list::FUNCTIONS[what as usize];
        }
        #[cfg(target_family = "wasm")]
        {
            self.what = what;
        }
    }
}

/// How a block begins.
#[derive(Clone, Copy, Debug, Default)]
struct Entrance {
    /// Its first step.
    step: u32,
    /// What is paid before it. 0 if that step pays.
    price: u32,
}

/// A program in steps.
#[derive(Clone, Debug, Default)]
pub(crate) struct Steps {
    steps: Vec<Step>,
    /// For each step, the indices of the first instructions of its parts.
    insns: Vec<[u32; 3]>,
    /// For each instruction that begins a block, its block; for others nothing of use.
    blocks: Vec<Entrance>,
}

impl Steps {
    /// Bytes of memory that it takes.
    pub fn size(&self) -> usize {
        size_of_val(&*self.steps) + size_of_val(&*self.insns) + size_of_val(&*self.blocks)
    }
}

/// The gas that a turn may spend: enough that the overhead of turns is negligible, and little enough that a turn whose
/// calls are not jumps does not exhaust the stack. A block that costs more is a turn of its own.
const TURN: u64 = if cfg!(debug_assertions) { 1 << 10 } else { 1 << 14 };

/// The data that a turn reads.
#[derive(Clone, Copy, Debug)]
struct Text<'a> {
    steps: &'a [Step],
    insns: &'a [[u32; 3]],
    blocks: &'a [Entrance],
    program: &'a VerifiedProgram,
}

/// [`super::run`], in steps.
pub(crate) fn run(program: &VerifiedProgram, all: &Steps, state: &mut State, start: usize) -> (Exit, usize) {
    let text = Text { steps: &all.steps, insns: &all.insns, blocks: &all.blocks, program };
    let metered = program.costs().is_metered();
    let mut block = start;
    loop {
        let Some(&entrance) = all.blocks.get(block) else {
            unreachable!("control comes to the beginnings of blocks alone; qed")
        };
        let price = match entrance.price {
            0 => all.steps.get(entrance.step as usize).map_or(0, |enter| u64::from(enter.imm as u32)),
            price => u64::from(price),
        };
        let allowed = if metered { state.gas.0 } else { u64::MAX };
        if price > allowed {
            return (Exit::OutOfGas, block);
        }
        let turn = allowed.min(price.max(TURN));
        exec::turn(entrance, turn, state, &text);
        if metered {
            state.gas.0 -= turn - state.left.gas;
        }
        let at = state.left.at as usize;
        let stopped = match state.left.why {
            Why::Unpaid => {
                block = all.insns[at][0] as usize;
                continue;
            }
            Why::First => all.insns[at][0] as usize,
            Why::Second => all.insns[at][1] as usize,
            Why::Third => all.insns[at][2] as usize,
            Why::Finished => {
                let exit = Exit::Finished { r0: state.regs[0], r2: state.regs[2] };
                return (exit, all.insns[at][2] as usize);
            }
            Why::Syscall => {
                let insn = all.insns[at][0] as usize;
                let number = all.steps[at].imm as u32;
                return (Exit::Syscall { number, args: super::arguments(&state.regs) }, insn);
            }
            Why::Lost => unreachable!("steps end with a jump, which leads to steps; qed"),
        };
        match each::<_, WITHIN>(program, state, stopped, &mut ()) {
            (Stop::Exit(exit), at) => return (exit, at),
            (Stop::Block, at) => block = at,
        }
    }
}

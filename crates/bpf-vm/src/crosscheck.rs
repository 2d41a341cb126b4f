//! Runs two sides and finds the first difference between them.
//!
//! **Problem.** It says little that two engines end differently: they may have diverged a million instructions earlier.
//! They should be compared at every block, and the block that caused the difference be named. But machine code cannot
//! be stopped at a block, and code that could be stopped would not be the code that runs otherwise.
//!
//! **Gas serves as the stop.** A block that cannot be paid for does not begin, and a run that ends this way exposes all
//! its state: registers, gas, pc, calls, memory. Given exactly the gas that the first *n* blocks of a run cost, an
//! engine stops before the next block, and it is the very code under test that stops. So two runs are compared by
//! running both with a series of limits. The series goes block by block, where the next limit is this one plus the
//! price of the block that could not be paid for; if there are too many blocks, it takes fewer limits, evenly spaced.
//! Bisection between the last limit at which they agree and the first at which they do not finds two limits that differ
//! by 1: one pays for a block that the other does not, and in that block they diverge.
//!
//! **Price.** A run of *n* blocks is started *n* times ([`Setting::stops`] bounds that), and by bisection some sixty
//! times at most. The code that serves syscalls starts afresh each time, so it must do the same each time and must not
//! look at the gas that is left.
//!
//! The two sides need not be two engines on one program. Two programs that should do the same, for example one of them
//! optimised, can be compared if their blocks cost the same.

use crate::instance::{Config, Engine, Exit, Instance, StartError};
use crate::interp::Observer;
use crate::memory::GuestAddr;
use crate::meter::Gas;
use crate::program::{Entry, Program, Slot};
use crate::verify::{verify, Rules, VerifiedProgram, VerifyError};
use alloc::boxed::Box;
use alloc::string::{String, ToString};
use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;
use bpf_isa::{Insn, Kind, Reg};
use contract_abi::memory::{mapped, DATA_BASE, INPUT_BASE, STACK_BASE};
use core::fmt;

/// One side: a program and the engine that runs it.
#[derive(Clone, Debug)]
pub struct Side {
    program: Arc<VerifiedProgram>,
    /// The instructions, by rising slot, for messages.
    insns: Arc<[(Slot, Insn)]>,
    engine: Engine,
}

impl Side {
    /// A program under these rules, on this engine.
    ///
    /// # Errors
    /// [`VerifyError`] if the rules refuse it.
    pub fn new(program: Program, rules: &Rules, engine: Engine) -> Result<Self, VerifyError> {
        let insns = bpf_isa::instructions(&program.text).map_while(Result::ok).collect();
        Ok(Self { program: Arc::new(verify(program, rules)?), insns, engine })
    }

    /// The same program on another engine.
    #[must_use]
    pub fn on(&self, engine: Engine) -> Self {
        Self { engine, ..self.clone() }
    }

    /// The engine.
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// The program.
    pub fn program(&self) -> &Arc<VerifiedProgram> {
        &self.program
    }

    fn insn(&self, at: Slot) -> Option<Insn> {
        let index = self.insns.binary_search_by_key(&at, |&(slot, _)| slot).ok()?;
        Some(self.insns[index].1)
    }
}

/// The initial state of both sides.
#[derive(Clone, Debug)]
pub struct Setting {
    /// Where they begin.
    pub entry: Entry,
    /// r1 to r5. If `None`, they describe the input.
    pub args: Option<[u64; 5]>,
    /// Memory to map.
    pub input: Vec<u8>,
    /// The gas a run may spend.
    pub gas: Gas,
    /// Approximate number of limits at which the sides are compared, before a difference is narrowed down. A run with
    /// no more blocks than this is compared at each of them.
    pub stops: u32,
    /// Approximate gas that all runs of one side may spend before a difference is narrowed down: a run that spends much
    /// gets fewer stops.
    pub work: Gas,
}

impl Default for Setting {
    /// A call without input, 2³² gas, a thousand stops, and no more work than the longest run.
    fn default() -> Self {
        let gas = Gas(1 << 32);
        Self { entry: Entry::Call, args: None, input: Vec::new(), gas, stops: 1000, work: gas }
    }
}

/// Serves the syscalls of one run: returns the result of a syscall, or `None` to end the run there.
///
/// Two runs on equal instances must be served equally, so the result must not depend on the engine or on the gas left.
pub trait Serve {
    /// Serves the syscall of this number with these r1 to r5.
    fn serve(&mut self, instance: &mut Instance, number: u32, args: [u64; 5]) -> Option<u64>;
}

impl<F: FnMut(&mut Instance, u32, [u64; 5]) -> Option<u64>> Serve for F {
    fn serve(&mut self, instance: &mut Instance, number: u32, args: [u64; 5]) -> Option<u64> {
        self(instance, number, args)
    }
}

/// A syscall that a run met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Met {
    /// Its number.
    pub number: u32,
    /// r1 to r5.
    pub args: [u64; 5],
    /// Where.
    pub pc: Slot,
    /// Gas left.
    pub gas: Gas,
}

/// A stopped run.
struct Run {
    instance: Instance,
    exit: Exit,
    met: Vec<Met>,
}

impl Run {
    fn new<O: Observer>(
        side: &Side,
        setting: &Setting,
        limit: Gas,
        mut serve: impl Serve,
        observer: &mut O,
    ) -> Result<Self, CrosscheckError> {
        let config = Config { gas: limit, engine: side.engine };
        let mut instance = Instance::new(side.program.clone(), &config);
        let args = instance.map_input(setting.input.clone())?;
        instance.start(setting.entry, setting.args.unwrap_or(args))?;
        let mut met = Vec::new();
        let exit = loop {
            let exit = instance.run_observed(observer);
            let Exit::Syscall { number, args } = exit else { break exit };
            met.push(Met { number, args, pc: instance.pc(), gas: instance.gas() });
            match serve.serve(&mut instance, number, args) {
                Some(r0) => instance.resume(r0),
                None => break exit,
            }
        };
        // An instance without machine code is interpreted, and would agree with the interpreter.
        if !O::ACTIVE && instance.engine() != side.engine {
            return Err(CrosscheckError::NoEngine(side.engine));
        }
        Ok(Self { instance, exit, met })
    }

    /// The first difference between the runs.
    fn compare(&self, other: &Run) -> Option<What> {
        for number in 0..self.met.len().max(other.met.len()) {
            let (one, other) = (self.met.get(number).copied(), other.met.get(number).copied());
            if one != other {
                return Some(What::Syscall { number, one, other });
            }
        }
        let (a, b) = (&self.instance, &other.instance);
        if self.exit != other.exit {
            return Some(What::Exit { one: self.exit, other: other.exit });
        }
        if a.pc() != b.pc() {
            return Some(What::Pc { one: a.pc(), other: b.pc() });
        }
        if a.gas() != b.gas() {
            return Some(What::Gas { one: a.gas(), other: b.gas() });
        }
        for (reg, (one, other)) in Reg::ALL.into_iter().zip(a.registers().into_iter().zip(b.registers())) {
            if one != other {
                return Some(What::Register { reg, one, other });
            }
        }
        let (one, other) = (a.backtrace(), b.backtrace());
        if one != other {
            return Some(What::Backtrace { one, other });
        }
        memory(a, b)
    }
}

/// The first byte at which the memories differ.
fn memory(one: &Instance, other: &Instance) -> Option<What> {
    const PIECE: u32 = 64 * 1024;
    let image = &one.program().memory;
    let input = one.input().len() as u32;
    let (mut left, mut right) = (vec![0; PIECE as usize], vec![0; PIECE as usize]);
    for (base, size) in [(DATA_BASE, image.data_size), (STACK_BASE, image.stack_size), (INPUT_BASE, input)] {
        let size = mapped(size);
        for from in (0..size).step_by(PIECE as usize) {
            let addr = GuestAddr(base + from);
            let len = (size - from).min(PIECE) as usize;
            let (left, right) = (&mut left[..len], &mut right[..len]);
            if one.read(addr, left).is_err() || other.read(addr, right).is_err() {
                return Some(What::Mapped { addr });
            }
            if left == right {
                continue;
            }
            if let Some(at) = left.iter().zip(right.iter()).position(|(a, b)| a != b) {
                let addr = GuestAddr(addr.0 + at as u32);
                return Some(What::Memory { addr, one: left[at], other: right[at] });
            }
        }
    }
    None
}

/// How two runs with the same limit differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// A syscall, counted from 0, that differs or that only one side met.
    Syscall {
        /// Which one.
        number: usize,
        /// What the one side met.
        one: Option<Met>,
        /// What the other side met.
        other: Option<Met>,
    },
    /// How they ended.
    Exit {
        /// The one side.
        one: Exit,
        /// The other side.
        other: Exit,
    },
    /// Where they ended.
    Pc {
        /// The one side.
        one: Slot,
        /// The other side.
        other: Slot,
    },
    /// Gas left.
    Gas {
        /// The one side.
        one: Gas,
        /// The other side.
        other: Gas,
    },
    /// The first register that differs.
    Register {
        /// Which one.
        reg: Reg,
        /// Its value on the one side.
        one: u64,
        /// Its value on the other side.
        other: u64,
    },
    /// The active calls.
    Backtrace {
        /// The one side.
        one: Vec<Slot>,
        /// The other side.
        other: Vec<Slot>,
    },
    /// The first byte of memory that differs.
    Memory {
        /// Where.
        addr: GuestAddr,
        /// Its value on the one side.
        one: u8,
        /// Its value on the other side.
        other: u8,
    },
    /// Memory that only one side has.
    Mapped {
        /// Where it begins, or a piece of it.
        addr: GuestAddr,
    },
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            What::Syscall { number, one, other } => {
                let show = |met: &Option<Met>| match met {
                    None => "none".to_string(),
                    Some(Met { number, args: [a, b, c, d, e], pc, gas }) => {
                        alloc::format!(
                            "{number}({a:#x}, {b:#x}, {c:#x}, {d:#x}, {e:#x}) at slot {pc} with gas {gas}"
                        )
                    }
                };
                write!(f, "syscall number {number} is {} / {}", show(one), show(other))
            }
            What::Exit { one, other } => write!(f, "the end is {one:?} / {other:?}"),
            What::Pc { one, other } => write!(f, "the pc is {one} / {other}"),
            What::Gas { one, other } => write!(f, "gas left is {one} / {other}"),
            What::Register { reg, one, other } => write!(f, "{reg} is {one:#x} / {other:#x}"),
            What::Backtrace { one, other } => write!(f, "active calls are {one:?} / {other:?}"),
            What::Memory { addr, one, other } => write!(f, "the byte at {addr} is {one:#04x} / {other:#04x}"),
            What::Mapped { addr } => write!(f, "memory at {addr} exists on one side only"),
        }
    }
}

/// The first difference, and its cause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The engines.
    pub engines: [Engine; 2],
    /// What differs between the sides.
    pub what: What,
    /// The lowest limit found at which the sides differ. With 1 less they agree.
    pub limit: Gas,
    /// The first instruction of the block that this limit pays for, unless the limit is 0.
    pub block: Option<Slot>,
    /// The instruction that caused the difference, as far as can be told: the last one of the block that writes the
    /// register or the byte, or else the last one.
    pub at: Slot,
    /// Its text on either side, in LLVM's syntax.
    pub insns: [String; 2],
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [one, other] = self.engines.map(Engine::name);
        writeln!(f, "{one} / {other}: {}", self.what)?;
        match self.block {
            Some(block) => {
                writeln!(f, "after the block at slot {block}, for which gas {} is enough", self.limit)?;
            }
            None => writeln!(f, "before the first block")?,
        }
        write!(f, "at slot {}: {}", self.at, self.insns[0])?;
        if self.insns[0] != self.insns[1] {
            write!(f, " / {}", self.insns[1])?;
        }
        Ok(())
    }
}

impl core::error::Error for Difference {}

/// Why a comparison did not end in agreement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CrosscheckError {
    /// The setting is not valid for an instance.
    Start(StartError),
    /// An engine is not available here, or cannot make machine code of the program.
    NoEngine(Engine),
    /// The sides differ.
    Differ(Box<Difference>),
}

impl From<StartError> for CrosscheckError {
    fn from(error: StartError) -> Self {
        CrosscheckError::Start(error)
    }
}

impl fmt::Display for CrosscheckError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CrosscheckError::Start(error) => error.fmt(f),
            CrosscheckError::NoEngine(engine) => {
                let name = engine.name();
                write!(
                    f,
                    "the engine {name} is not available here, or cannot make machine code of this program"
                )
            }
            CrosscheckError::Differ(difference) => difference.fmt(f),
        }
    }
}

impl core::error::Error for CrosscheckError {}

/// The common result of two sides that agree.
#[derive(Clone, Debug)]
pub struct Agreement {
    /// How both end.
    pub exit: Exit,
    /// What both spend.
    pub spent: Gas,
    /// The syscalls both meet.
    pub met: Vec<Met>,
    /// The number of limits at which they were compared.
    pub stops: u32,
    /// Whether they were compared at every block.
    pub every_block: bool,
}

/// Compares two sides at one limit.
///
/// # Errors
/// [`CrosscheckError`], but not `Differ`, if there is nothing to compare.
pub fn compare<S: Serve>(
    one: &Side,
    other: &Side,
    setting: &Setting,
    limit: Gas,
    mut serve: impl FnMut() -> S,
) -> Result<Option<What>, CrosscheckError> {
    let one = Run::new(one, setting, limit, serve(), &mut ())?;
    let other = Run::new(other, setting, limit, serve(), &mut ())?;
    Ok(one.compare(&other))
}

/// Compares two sides from beginning to end. `serve` makes the object that serves the syscalls of a run.
///
/// # Errors
/// [`CrosscheckError::Differ`] with the first difference; the other errors if there is nothing to compare.
pub fn crosscheck<S: Serve>(
    one: &Side,
    other: &Side,
    setting: &Setting,
    mut serve: impl FnMut() -> S,
) -> Result<Agreement, CrosscheckError> {
    let mut at = |limit: u64| -> Result<(Run, Option<What>), CrosscheckError> {
        let left = Run::new(one, setting, Gas(limit), serve(), &mut ())?;
        let right = Run::new(other, setting, Gas(limit), serve(), &mut ())?;
        let what = left.compare(&right);
        Ok((left, what))
    };
    let (whole, last) = at(setting.gas.0)?;
    let spent = setting.gas.0 - whole.instance.gas().0;
    // `n` runs that stop at evenly spaced limits spend half of `n` times the longest.
    let runs = u64::from(setting.stops).min(setting.work.0.saturating_mul(2) / spent.max(1)).max(1);
    let stride = spent / runs;
    let (mut stops, mut every_block) = (1, true);
    let mut agreed = None;
    let mut limit = 0;
    // The last limit is that of the setting, from which `last` comes.
    let differs = loop {
        let (run, what) = at(limit)?;
        stops += 1;
        if let Some(what) = what {
            break Some((limit, what));
        }
        agreed = Some(limit);
        let Some(next) = next_stop(one, &run, limit).filter(|_| limit < spent) else {
            break last.map(|what| (setting.gas.0, what));
        };
        every_block &= limit.saturating_add(stride) <= next;
        limit = next.max(limit.saturating_add(stride)).min(setting.gas.0);
    };
    let Some((mut differing, mut what)) = differs else {
        return Ok(Agreement { exit: whole.exit, spent: Gas(spent), met: whole.met, stops, every_block });
    };
    while let Some(agreeing) = agreed.filter(|agreeing| differing - agreeing > 1) {
        let middle = agreeing + (differing - agreeing) / 2;
        match at(middle)?.1 {
            None => agreed = Some(middle),
            Some(here) => (differing, what) = (middle, here),
        }
    }
    let (mut block, mut watch) = (None, Watch::default());
    if let Some(agreeing) = agreed {
        block = Some(Run::new(one, setting, Gas(agreeing), serve(), &mut ())?.instance.pc());
        Run::new(&one.on(Engine::Interpreter), setting, Gas(differing), serve(), &mut watch)?;
    }
    // If one side did not get this far, it says nothing about what the other did.
    let at = match block {
        Some(block) if !watch.executed.iter().any(|(at, _)| *at == block) => block,
        _ => watch.culprit(one, &what).unwrap_or_default(),
    };
    let text = |side: &Side| match side.insn(at) {
        Some(insn) => insn.to_string(),
        None => "no instruction".to_string(),
    };
    Err(CrosscheckError::Differ(Box::new(Difference {
        engines: [one.engine, other.engine],
        insns: [text(one), text(other)],
        what,
        limit: Gas(differing),
        block,
        at,
    })))
}

/// The limit that pays for what `run`, whose limit was `limit`, could not pay for.
fn next_stop(side: &Side, run: &Run, limit: u64) -> Option<u64> {
    let Exit::OutOfGas = run.exit else { return None };
    let left = run.instance.gas().0;
    let blocks = side.program.blocks();
    let block = blocks.binary_search_by_key(&run.instance.pc(), |block| block.first).ok();
    let price = match block.map(|block| u64::from(blocks[block].cost)) {
        Some(cost) if cost > left => cost,
        // The block was paid for, but not the bytes of an intrinsic.
        _ => side.program.costs().bulk(run.instance.registers()[Reg::R3.index()]),
    };
    limit.checked_add(price.checked_sub(left)?)
}

/// Records the instructions of the last block, with r0 to r10 before each.
#[derive(Default)]
struct Watch {
    executed: Vec<(Slot, [u64; 11])>,
}

impl Observer for Watch {
    fn block(&mut self, _: Slot, _: Gas) {
        self.executed.clear();
    }

    fn instruction(&mut self, at: Slot, regs: &[u64]) {
        let mut kept = [0; 11];
        kept.copy_from_slice(&regs[..11]);
        self.executed.push((at, kept));
    }
}

impl Watch {
    /// The last instruction that caused the difference, or else the last one.
    fn culprit(&self, side: &Side, what: &What) -> Option<Slot> {
        let made = self.executed.iter().rev().find(|(at, regs)| match (side.insn(*at), what) {
            (Some(insn), What::Register { reg, .. }) => insn.writes().contains(*reg),
            (Some(insn), What::Memory { addr, .. }) => {
                written(&insn, regs).is_some_and(|(from, len)| addr.0.wrapping_sub(from.0) < len)
            }
            _ => false,
        });
        made.or(self.executed.last()).map(|(at, _)| *at)
    }
}

/// The bytes that an instruction writes, if it is a store.
fn written(insn: &Insn, regs: &[u64; 11]) -> Option<(GuestAddr, u32)> {
    let size = match insn.kind() {
        Kind::Store(size, _) | Kind::StoreRelease(size) => size,
        Kind::Atomic(width, ..) | Kind::Exchange(width) | Kind::CompareExchange(width) => width.into(),
        _ => return None,
    };
    let base = regs.get(insn.dst.index())?;
    Some((GuestAddr::effective(*base, insn.offset.into()), size.bytes()))
}

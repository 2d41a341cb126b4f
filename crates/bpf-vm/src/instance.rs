//! A running program, as an embedder holds it.
//!
//! ```text
//!   new ──▶ start ──▶ run ──▶ Finished | Trapped | OutOfGas
//!                      ▲ │
//!                      │ ▼
//!               resume ◀── Syscall
//! ```
//!
//! An instance owns its memory, and nothing else refers to it. It can be dropped at any exit, moved to another thread
//! or cloned, and other instances can run meanwhile. There is no global state.
//!
//! # Engines
//!
//! The engine, the interpreter or machine code, is chosen when an instance is made ([`Config::engine`]). The choice has
//! no effect on results. Where a mode of machine code is not available, the next one replaces it (`jit`, `jit-base`,
//! `jit-checked`: docs/decisions/0110-modes-that-fault.md). The interpreter replaces it where there is no machine code,
//! or no memory for it. [`Instance::engine`] returns the engine in use. An observed run is always interpreted: an
//! instance of machine code hands its state over, permanently. A clone runs on the same engine, with a copy of memory,
//! registers, gas and calls.

use crate::interp::{self, Calls, Observer, State};
use crate::jit::{self, Machine};
use crate::memory::{Access, GuestAddr, Memory, MemoryFault};
use crate::meter::Gas;
use crate::program::{first_frame_pointer, Entry, Slot};
use crate::trap::Trap;
use crate::verify::VerifiedProgram;
use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;
use bpf_isa::Reg;
use contract_abi::memory::{INPUT_BASE, MAX_REGION};
use core::fmt;

/// What runs a program.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Engine {
    /// The interpreter, which is always available.
    #[default]
    Interpreter,
    /// Machine code: with the feature `jit`, on x86-64 Linux. Elsewhere, or if the system has no memory for it, the
    /// interpreter replaces it.
    Jit {
        /// How it checks accesses to memory.
        mode: JitMode,
    },
}

const fn jit(mode: JitMode) -> Engine {
    Engine::Jit { mode }
}

impl Engine {
    /// All engines.
    pub const ALL: &'static [Engine] =
        &[Engine::Interpreter, jit(JitMode::Gs), jit(JitMode::BaseRegister), jit(JitMode::Checked)];

    /// The fastest engine available here.
    pub fn best() -> Engine {
        jit(JitMode::best()).effective()
    }

    /// The engine that replaces this one if it is not available with these features on this system; otherwise itself.
    /// The query changes nothing in the process.
    ///
    /// An instance may still be interpreted, if the system has no memory for machine code when it is made:
    /// [`Instance::engine`].
    pub fn effective(self) -> Engine {
        match self {
            Engine::Jit { mode } if jit::AVAILABLE => jit(jit::effective(mode)),
            Engine::Interpreter | Engine::Jit { .. } => Engine::Interpreter,
        }
    }

    /// Whether it is available with these features on this system.
    pub fn is_available(self) -> bool {
        self.effective() == self
    }

    /// The engine of this name.
    pub fn from_name(name: &str) -> Option<Engine> {
        Self::ALL.iter().copied().find(|engine| engine.name() == name)
    }

    /// Its name: `interp`, `jit`, `jit-base`, `jit-checked`.
    pub const fn name(self) -> &'static str {
        match self {
            Engine::Interpreter => "interp",
            Engine::Jit { mode: JitMode::Gs } => "jit",
            Engine::Jit { mode: JitMode::BaseRegister } => "jit-base",
            Engine::Jit { mode: JitMode::Checked } => "jit-checked",
        }
    }
}

/// How machine code checks accesses to memory.
///
/// The first two modes leave the check to the processor, and a handler of SIGSEGV turns its faults into traps. The
/// handler is installed once, when the first program is compiled in such a mode, and stays. It acts only on faults of a
/// program's own accesses, and forwards everything else to the handler that was there before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum JitMode {
    /// By the processor, with the base of the GS segment as the guest's address 0: one instruction per access. Where
    /// processor or kernel do not let programs set that base, [`JitMode::BaseRegister`] replaces this mode.
    #[default]
    Gs,
    /// By the processor, with the guest's address 0 in a register. Where no handler can be installed,
    /// [`JitMode::Checked`] replaces this mode.
    BaseRegister,
    /// By a comparison with the end of the region, without signals.
    Checked,
}

impl JitMode {
    /// The fastest mode available here.
    pub fn best() -> JitMode {
        jit::effective(JitMode::default())
    }
}

/// How an instance is set up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// The gas it may spend.
    pub gas: Gas,
    /// The engine that runs it.
    pub engine: Engine,
}

impl Default for Config {
    /// The largest amount of gas, and the interpreter.
    fn default() -> Self {
        Self { gas: Gas::MAX, engine: Engine::Interpreter }
    }
}

/// Why [`Instance::run`] returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// The entry function returned.
    Finished {
        /// Its result.
        r0: u64,
        /// The upper half of a result in two registers; otherwise an arbitrary value.
        r2: u64,
    },
    /// The program calls a helper. [`Instance::resume`] gives it the result.
    Syscall {
        /// The helper's number.
        number: u32,
        /// r1 to r5.
        args: [u64; 5],
    },
    /// The program trapped.
    Trapped(Trap),
    /// The gas does not suffice for the block at [`Instance::pc`], or for the bytes of the intrinsic there.
    OutOfGas,
}

/// Why an instance cannot do what was requested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StartError {
    /// The program has no function with this number.
    NoSuchFunction(u32),
    /// The memory to map is larger than its region.
    InputTooLarge {
        /// Its length in bytes.
        len: usize,
    },
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StartError::NoSuchFunction(number) => write!(f, "the program has no function number {number}"),
            StartError::InputTooLarge { len } => {
                write!(f, "{len} bytes of memory are more than the {MAX_REGION} that can be mapped")
            }
        }
    }
}

impl core::error::Error for StartError {}

/// Where an instance is between two runs.
#[derive(Clone, Copy, Debug)]
enum Stage {
    /// The block at this index comes next.
    Ready(usize),
    /// The run returned this, and waits for nothing except, after a syscall, its result.
    Returned(Exit),
    /// The same for machine code, which records how it left itself: [`Machine::exit`].
    Left,
}

/// The state of a run, in the form of the engine that runs it.
// The variant stays the same for long, and is moved rarely.
#[allow(
    clippy::large_enum_variant,
    reason = "a box would be one more step on every access of the interpreter"
)]
#[derive(Debug)]
enum Body {
    Interpreted(State),
    Compiled(Machine),
}

/// A program that is running, waiting for a helper's result, or finished.
#[derive(Debug)]
pub struct Instance {
    program: Arc<VerifiedProgram>,
    body: Body,
    stage: Stage,
    /// Index of the instruction that runs next, or made the run return.
    index: usize,
}

impl Clone for Instance {
    /// Copies everything that a run can change. If the system has no memory for a copy of machine code's arena, the
    /// copy is interpreted.
    fn clone(&self) -> Self {
        let mut stage = self.stage;
        let body = match &self.body {
            Body::Interpreted(state) => Body::Interpreted(state.clone()),
            Body::Compiled(machine) => match machine.try_clone(&self.program) {
                Some(copy) => Body::Compiled(copy),
                None => {
                    stage = self.settled();
                    Body::Interpreted(machine.to_state(&self.program))
                }
            },
        };
        Self { program: self.program.clone(), body, stage, index: self.index }
    }
}

impl Instance {
    /// An instance with fresh memory. It is at the start of [`Entry::Call`] with all arguments 0 until
    /// [`Instance::start`] says otherwise.
    ///
    /// This is cheap however much memory the program asks for: see [`crate::memory`]. The first instance of a program
    /// on [`Engine::Jit`] compiles it.
    pub fn new(program: Arc<VerifiedProgram>, config: &Config) -> Self {
        let machine = match config.engine {
            Engine::Interpreter => None,
            Engine::Jit { mode } => Machine::new(&program, mode, config.gas),
        };
        let body = match machine {
            Some(machine) => Body::Compiled(machine),
            None => {
                let memory = Memory::new(&program.memory);
                Body::Interpreted(State::new([0; 12], config.gas, memory, Calls::default()))
            }
        };
        let mut instance = Self { program, body, stage: Stage::Ready(0), index: 0 };
        // Every program has the function that it names as its entry.
        let _ = instance.start(Entry::Call, [0; 5]);
        instance
    }

    /// The engine in use.
    pub fn engine(&self) -> Engine {
        match &self.body {
            Body::Interpreted(_) => Engine::Interpreter,
            Body::Compiled(machine) => Engine::Jit { mode: machine.mode() },
        }
    }

    /// The stage, in a form that does not need machine code.
    fn settled(&self) -> Stage {
        match (&self.body, self.stage) {
            (Body::Compiled(machine), Stage::Left) => Stage::Returned(machine.exit(&self.program)),
            (_, stage) => stage,
        }
    }

    /// Switches from machine code to the interpreter, at the same place.
    #[inline]
    fn hand_over(&mut self) {
        if let Body::Compiled(machine) = &self.body {
            let body = Body::Interpreted(machine.to_state(&self.program));
            (self.stage, self.body) = (self.settled(), body);
        }
    }

    /// The interpreter's state; switches to the interpreter if machine code was running.
    fn interpreted(&mut self) -> &mut State {
        self.hand_over();
        match &mut self.body {
            Body::Interpreted(state) => state,
            Body::Compiled(_) => unreachable!("replaced above; qed"),
        }
    }

    /// Maps `input` at [`INPUT_BASE`], readable and writable. Returns the arguments that a program from raw text
    /// expects: the address in r1 and the length in r2, or 0 in both if `input` is empty.
    ///
    /// # Errors
    /// [`StartError::InputTooLarge`].
    pub fn map_input(&mut self, input: Vec<u8>) -> Result<[u64; 5], StartError> {
        let len = input.len();
        if len > MAX_REGION as usize {
            return Err(StartError::InputTooLarge { len });
        }
        let done = match &mut self.body {
            Body::Compiled(machine) => machine.map_input(&input),
            Body::Interpreted(_) => false,
        };
        if !done {
            self.interpreted().memory.map_input(input);
        }
        Ok(match len {
            0 => [0; 5],
            _ => [INPUT_BASE.into(), len as u64, 0, 0, 0],
        })
    }

    /// The current contents of the memory mapped at [`INPUT_BASE`]. Empty if nothing was mapped.
    pub fn input(&self) -> Vec<u8> {
        let len = match &self.body {
            Body::Interpreted(state) => state.memory.input_len(),
            Body::Compiled(machine) => machine.input_len(),
        };
        // All of it is mapped.
        self.read_vec(GuestAddr(INPUT_BASE), len).unwrap_or_default()
    }

    /// Goes to the start of a function, with `args` in r1 to r5, all other registers 0, and no caller.
    /// Memory and gas stay.
    ///
    /// # Errors
    /// [`StartError::NoSuchFunction`].
    pub fn start(&mut self, entry: Entry, args: [u64; 5]) -> Result<(), StartError> {
        let function = match (self.program.entry(entry), entry) {
            (Some(function), _) => function,
            (None, Entry::Function(number)) => return Err(StartError::NoSuchFunction(number)),
            (None, _) => return Err(StartError::NoSuchFunction(0)),
        };
        self.index = function.index as usize;
        self.stage = Stage::Ready(self.index);
        // The verifier has checked that the function's frame fits the stack.
        let frame_pointer = first_frame_pointer(self.program.memory.stack_size).into();
        // In one go: writing the array in parts and then reading it as a whole stalls the processor.
        let [r1, r2, r3, r4, r5] = args;
        let regs = [0, r1, r2, r3, r4, r5, 0, 0, 0, 0, frame_pointer, 0];
        const { assert!(Reg::R10.index() == 10) };
        match &mut self.body {
            Body::Interpreted(state) => {
                state.regs = regs;
                state.calls.clear();
            }
            Body::Compiled(machine) => machine.start(regs),
        }
        Ok(())
    }

    /// Runs until the next exit.
    ///
    /// After [`Exit::Syscall`], it continues once [`Instance::resume`] was called. Before that, and after any other
    /// exit, it returns the same exit again.
    pub fn run(&mut self) -> Exit {
        if let Body::Compiled(machine) = &mut self.body {
            match self.stage {
                Stage::Ready(start) => match machine.run(&self.program, start) {
                    Ok(index) => {
                        (self.index, self.stage) = (index, Stage::Left);
                        return machine.exit(&self.program);
                    }
                    Err(index) => self.stage = Stage::Ready(index),
                },
                Stage::Left => return machine.exit(&self.program),
                Stage::Returned(exit) => return exit,
            }
        }
        self.interpret(&mut ())
    }

    /// Like [`Instance::run`], watched by `observer`.
    pub fn run_observed<O: Observer>(&mut self, observer: &mut O) -> Exit {
        match O::ACTIVE {
            true => self.interpret(observer),
            false => self.run(),
        }
    }

    /// Runs in the interpreter, whichever engine has run until now.
    fn interpret<O: Observer>(&mut self, observer: &mut O) -> Exit {
        self.hand_over();
        let (state, start) = match (&mut self.body, &self.stage) {
            (Body::Interpreted(state), &Stage::Ready(start)) => (state, start),
            (_, &Stage::Returned(exit)) => return exit,
            _ => unreachable!("machine code has handed over; qed"),
        };
        let (exit, index) = interp::run(&self.program, state, start, observer);
        self.index = index;
        self.stage = Stage::Returned(exit);
        exit
    }

    /// Puts the result of a helper in r0, so that [`Instance::run`] continues after the call.
    ///
    /// Does nothing unless the last exit was [`Exit::Syscall`].
    pub fn resume(&mut self, r0: u64) {
        match (&mut self.body, &self.stage) {
            (Body::Compiled(machine), Stage::Left) if machine.at_syscall() => machine.set_r0(r0),
            (Body::Interpreted(state), Stage::Returned(Exit::Syscall { .. })) => state.regs[0] = r0,
            _ => return,
        }
        // A call ends its block, so the next instruction begins one.
        self.stage = Stage::Ready(self.index + 1);
    }

    /// The program.
    pub fn program(&self) -> &Arc<VerifiedProgram> {
        &self.program
    }

    /// Gas left.
    pub fn gas(&self) -> Gas {
        match &self.body {
            Body::Interpreted(state) => state.gas,
            Body::Compiled(machine) => machine.gas(),
        }
    }

    /// Sets the gas left.
    pub fn set_gas(&mut self, gas: Gas) {
        match &mut self.body {
            Body::Interpreted(state) => state.gas = gas,
            Body::Compiled(machine) => machine.set_gas(gas),
        }
    }

    /// The instruction that made the run return, or that will run first.
    pub fn pc(&self) -> Slot {
        self.program.slots.get(self.index).copied().unwrap_or_default()
    }

    /// r0 to r10.
    pub fn registers(&self) -> [u64; 11] {
        let regs = match &self.body {
            Body::Interpreted(state) => &state.regs,
            Body::Compiled(machine) => machine.regs(),
        };
        core::array::from_fn(|number| regs[number])
    }

    /// [`Instance::pc`], then the call sites that led there, innermost first.
    pub fn backtrace(&self) -> Vec<Slot> {
        let returns = match &self.body {
            Body::Interpreted(state) => state.calls.returns().collect(),
            Body::Compiled(machine) => machine.returns(),
        };
        let calls = returns.into_iter().map(|index| {
            // A call ends its block, so there is nothing between the call and its return point.
            self.program.slots.get(index.wrapping_sub(1)).copied().unwrap_or_default()
        });
        core::iter::once(self.pc()).chain(calls).collect()
    }

    /// Fills `out` from the guest's memory.
    ///
    /// # Errors
    /// [`MemoryFault`] if the guest itself could not read all of it. Then `out` is unchanged.
    pub fn read(&self, addr: GuestAddr, out: &mut [u8]) -> Result<(), MemoryFault> {
        match &self.body {
            Body::Interpreted(state) => state.memory.read(addr, out),
            Body::Compiled(machine) => machine.read(addr, out),
        }
    }

    /// Copies `len` bytes of the guest's memory. Allocates nothing if they are not mapped.
    ///
    /// # Errors
    /// [`MemoryFault`] if the guest itself could not read all of it.
    pub fn read_vec(&self, addr: GuestAddr, len: u32) -> Result<Vec<u8>, MemoryFault> {
        match &self.body {
            Body::Interpreted(state) => state.memory.check(addr, len.into(), Access::Read)?,
            Body::Compiled(machine) => machine.check(addr, len.into(), Access::Read)?,
        }
        let mut bytes = vec![0; len as usize];
        self.read(addr, &mut bytes)?;
        Ok(bytes)
    }

    /// Writes to the guest's memory.
    ///
    /// # Errors
    /// [`MemoryFault`] if the guest itself could not write all of it. Then nothing is written.
    pub fn write(&mut self, addr: GuestAddr, bytes: &[u8]) -> Result<(), MemoryFault> {
        match &mut self.body {
            Body::Interpreted(state) => {
                state.memory.check(addr, bytes.len() as u64, Access::Write)?;
                let target = state.memory.resolve(addr, bytes.len() as u32, Access::Write)?;
                target.copy_from_slice(bytes);
                Ok(())
            }
            Body::Compiled(machine) => machine.write(addr, bytes),
        }
    }
}

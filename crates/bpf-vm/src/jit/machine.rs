//! An instance that runs as machine code: what the interpreter's `State` is to the interpreter.

use super::ahead::paid_ahead;
use super::context::{Context, Frame, FIRST_FRAME};
use super::entry::Attached;
use super::lower::call::Saved;
use super::stubs::Leave;
use super::MachineCode;
use crate::code::Op;
use crate::instance::Exit;
use crate::interp::{Calls, State};
use crate::memory::{Access, GuestAddr, Memory, MemoryFault};
use crate::meter::Gas;
use crate::trap::{Trap, TrapKind};
use crate::verify::VerifiedProgram;
use crate::JitMode;
use contract_abi::memory::DATA_BASE;

/// An instance's state: in an arena, whose context holds registers, gas and calls.
#[derive(Debug)]
pub(crate) struct Machine {
    attached: Attached,
}

impl Machine {
    /// Fresh memory for a program, which is compiled if it was not before. `None` if the system gives no
    /// memory for the one or the other.
    pub fn new(program: &VerifiedProgram, mode: JitMode, gas: Gas) -> Option<Self> {
        let code = MachineCode::get(program, mode)?;
        let mut machine = Self { attached: Attached::new(code, &program.memory)? };
        machine.attached.context_mut().costs = *program.costs();
        machine.set_gas(gas);
        Some(machine)
    }

    /// A copy with memory of its own.
    pub fn try_clone(&self, program: &VerifiedProgram) -> Option<Self> {
        let mut copy = Self::new(program, self.mode(), self.gas())?;
        let input = self.input();
        if !input.is_empty() && !copy.map_input(&input) {
            return None;
        }
        for (addr, bytes) in self.contents(program) {
            copy.write(addr, &bytes).ok()?;
        }
        let from = self.context();
        let depth = self.depth();
        let to = copy.attached.context_mut();
        // With the frame that runs, whose outgoing arguments may be set.
        to.frames[..depth + 2].copy_from_slice(&from.frames[..depth + 2]);
        (to.top, to.regs) = (from.top, from.regs);
        (to.leave, to.index, to.addr) = (from.leave, from.index, from.addr);
        Some(copy)
    }

    /// The same state for the interpreter.
    pub fn to_state(&self, program: &VerifiedProgram) -> State {
        let mut memory = Memory::new(&program.memory);
        let input = self.input();
        if !input.is_empty() {
            memory.map_input(input);
        }
        for (addr, bytes) in self.contents(program) {
            if let Ok(target) = memory.resolve(addr, bytes.len() as u32, Access::Write) {
                target.copy_from_slice(&bytes);
            }
        }
        let context = self.context();
        let mut calls = Calls::default();
        let mut callers = self.callers(program).into_iter();
        for frame in &context.frames[1..=self.depth() + 1] {
            for (index, &arg) in frame.args.iter().enumerate().filter(|(_, &arg)| arg != 0) {
                calls.set_outgoing(index, arg);
            }
            // The frame that runs waits for nothing.
            if let Some(saved) = callers.next_back() {
                calls.restore(saved, frame.frame_pointer, frame.return_to);
            }
        }
        State::new(context.regs, self.gas(), memory, calls)
    }

    /// r6 to r9 of every caller, innermost first.
    ///
    /// A function saves those that it writes; of the others, its caller's are those that it has itself.
    fn callers(&self, program: &VerifiedProgram) -> Vec<[u64; 4]> {
        let context = self.context();
        let mut regs = [6, 7, 8, 9].map(|reg: usize| context.regs[reg]);
        let mut running = context.index as usize;
        let frames = context.frames[1..=self.depth()].iter().rev();
        let restored = frames.map(|frame| {
            let number = program.functions().partition_point(|f| f.index as usize <= running) - 1;
            for (reg, _) in Saved::of(&program.functions()[number]).iter() {
                regs[reg] = frame.saved[reg];
            }
            // What comes after a call may begin the next function, the call itself does not.
            running = frame.return_to as usize - 1;
            regs
        });
        restored.collect()
    }

    pub fn mode(&self) -> JitMode {
        self.attached.code().mode
    }

    #[inline]
    fn context(&self) -> &Context {
        self.attached.arena().context()
    }

    /// Index of the instruction at which machine code was left.
    #[inline]
    fn index(&self) -> usize {
        self.context().index as usize
    }

    /// Calls under way.
    fn depth(&self) -> usize {
        (self.context().top - i64::from(FIRST_FRAME)) as usize / size_of::<Frame>()
    }

    /// What is mapped for the program's input, without what lies behind it.
    fn input(&self) -> Vec<u8> {
        let mut bytes = vec![0; self.input_len() as usize];
        // All of it is mapped.
        let _ = self.read(GuestAddr(contract_abi::memory::INPUT_BASE), &mut bytes);
        bytes
    }

    /// What may differ from fresh memory of `program`, by pieces.
    fn contents<'a>(&'a self, program: &VerifiedProgram) -> impl Iterator<Item = (GuestAddr, Vec<u8>)> + 'a {
        const PIECE: u32 = 4096;
        let pieces = |(start, size): (GuestAddr, u32)| {
            (0..size).step_by(PIECE as usize).map(move |offset| GuestAddr(start.0 + offset))
        };
        let initialised = DATA_BASE..DATA_BASE + program.memory.data.len() as u32;
        self.attached.arena().writable().flat_map(pieces).filter_map(move |addr| {
            let mut bytes = vec![0; PIECE as usize];
            // Regions are mapped by pieces of this size.
            let _ = self.read(addr, &mut bytes);
            let differs = initialised.contains(&addr.0) || bytes.iter().any(|&byte| byte != 0);
            differs.then_some((addr, bytes))
        })
    }

    /// Begins a function: these registers, and no caller.
    #[inline]
    pub fn start(&mut self, regs: [u64; 12]) {
        let context = self.attached.context_mut();
        context.regs = regs;
        context.top = FIRST_FRAME.into();
        context.frames[1].args = Default::default();
    }

    /// Runs from the block at `index` on. Returns the index of the instruction at which that ended; how is
    /// [`Self::exit`].
    ///
    /// # Errors
    /// The index of the block at which the interpreter must go on: there is no memory for the code that would.
    #[inline]
    pub fn run(&mut self, program: &VerifiedProgram, index: usize) -> Result<usize, usize> {
        self.attached.run(program.code.as_slice(), index);
        if !self.has_left(Leave::Syscall) {
            self.stopped(program)?;
        }
        Ok(self.index())
    }

    /// What is left to do if machine code has not left for a syscall, which is the last of what was paid with it.
    fn stopped(&mut self, program: &VerifiedProgram) -> Result<(), usize> {
        let ahead = paid_ahead(&self.attached.code().tables.ahead, self.index());
        let mut short = settle(ahead, program, self.attached.context_mut());
        // Once, as long as gas is less than 2^63.
        while let Some(index) = short {
            let exact = MachineCode::exact(program, self.mode()).ok_or(index)?;
            self.attached.run_other(exact.clone(), program.code.as_slice(), index);
            let ahead = paid_ahead(&exact.tables.ahead, self.index());
            short = settle(ahead, program, self.attached.context_mut());
        }
        Ok(())
    }

    #[inline]
    fn has_left(&self, leave: Leave) -> bool {
        self.context().leave == leave.number()
    }

    /// Whether it waits for the result of a syscall.
    #[inline]
    pub fn at_syscall(&self) -> bool {
        self.has_left(Leave::Syscall)
    }

    /// How machine code ended. Nothing but the next run changes that, so it is not kept elsewhere.
    #[inline]
    pub fn exit(&self, program: &VerifiedProgram) -> Exit {
        let context = self.context();
        let regs = &context.regs;
        if self.at_syscall() {
            let insn = &program.code[context.index as usize];
            let number = match insn.op {
                Op::SyscallX => regs[insn.dst.index()] as u32,
                _ => insn.imm as u32,
            };
            return Exit::Syscall { number, args: [regs[1], regs[2], regs[3], regs[4], regs[5]] };
        }
        if self.has_left(Leave::Finished) {
            return Exit::Finished { r0: regs[0], r2: regs[2] };
        }
        self.fault(program)
    }

    /// How it ended, if that was neither a syscall nor the end of the program.
    fn fault(&self, program: &VerifiedProgram) -> Exit {
        let context = self.context();
        let index = context.index as usize;
        let kind = match Leave::from_number(context.leave) {
            Some(Leave::UnpaidBlock | Leave::UnpaidBytes) => return Exit::OutOfGas,
            Some(Leave::Trap(kind)) => kind,
            Some(Leave::Finished | Leave::Syscall) | None => {
                unreachable!("machine code leaves with a number of `Leave`; qed")
            }
        };
        let addr = match kind {
            TrapKind::Abort | TrapKind::StackOverflow | TrapKind::CallDepth => GuestAddr(0),
            TrapKind::ReadFault | TrapKind::WriteFault | TrapKind::BadCallTarget => GuestAddr(context.addr),
            TrapKind::BadJumpTarget => GuestAddr(context.regs[program.code[index].dst.index()] as u32),
        };
        Exit::Trapped(Trap { kind, pc: program.slots[index], addr })
    }

    pub fn regs(&self) -> &[u64; 12] {
        &self.context().regs
    }

    pub fn set_r0(&mut self, r0: u64) {
        self.attached.context_mut().regs[0] = r0;
    }

    pub fn gas(&self) -> Gas {
        Gas(self.context().gas)
    }

    pub fn set_gas(&mut self, gas: Gas) {
        self.attached.context_mut().gas = gas.0;
    }

    /// Where each caller goes on, innermost first.
    pub fn returns(&self) -> Vec<usize> {
        let frames = &self.context().frames[1..=self.depth()];
        frames.iter().rev().map(|frame| frame.return_to as usize).collect()
    }

    /// Whether that succeeds: the system may have no memory.
    pub fn map_input(&mut self, bytes: &[u8]) -> bool {
        self.attached.map_input(bytes)
    }

    pub fn input_len(&self) -> u32 {
        self.context().input_len
    }

    pub fn check(&self, addr: GuestAddr, len: u64, access: Access) -> Result<(), MemoryFault> {
        self.attached.arena().check(addr, len, access)
    }

    pub fn read(&self, addr: GuestAddr, out: &mut [u8]) -> Result<(), MemoryFault> {
        self.attached.arena().read(addr, out)
    }

    pub fn write(&mut self, addr: GuestAddr, bytes: &[u8]) -> Result<(), MemoryFault> {
        self.attached.write(addr, bytes)
    }
}

/// Gives back `ahead`, what was paid for blocks that did not begin, in a run that has ended.
///
/// Returns the index of a block that could not be paid with all that was to be paid with it, though there is
/// enough for the block itself.
fn settle(ahead: u32, program: &VerifiedProgram, context: &mut Context) -> Option<usize> {
    let index = context.index as usize;
    context.gas = context.gas.wrapping_add(ahead.into());
    if context.leave != Leave::UnpaidBlock.number() {
        return None;
    }
    // `Emitter::pay` has subtracted before it looked.
    let cost = program.code[index].cost.into();
    context.gas = context.gas.wrapping_add(cost);
    (context.gas >= cost).then_some(index)
}

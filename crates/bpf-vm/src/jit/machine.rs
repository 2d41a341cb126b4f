//! The state of an instance that runs as machine code; the interpreter's counterpart is `State`.

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

/// An instance's state: an arena, whose context holds registers, gas and calls.
#[derive(Debug)]
pub(crate) struct Machine {
    attached: Attached,
}

impl Machine {
    /// Fresh memory for a program, which is compiled if it was not before. `None` if the system has no memory for
    /// either.
    pub fn new(program: &VerifiedProgram, mode: JitMode, gas: Gas) -> Option<Self> {
        let code = MachineCode::get(program, mode)?;
        let mut machine = Self { attached: Attached::new(code, &program.memory)? };
        machine.attached.context_mut().costs = *program.costs();
        machine.set_gas(gas);
        Some(machine)
    }

    /// A copy with its own memory.
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
        // Including the running frame, whose outgoing arguments may be set.
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
            // The running frame has made no call.
            if let Some(saved) = callers.next_back() {
                calls.restore(saved, frame.frame_pointer, frame.return_to);
            }
        }
        State::new(context.regs, self.gas(), memory, calls)
    }

    /// r6 to r9 of every caller, innermost first.
    ///
    /// A function saves only the registers that it writes; the others still hold its caller's values.
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
            // The instruction after a call may begin the next function; the call itself does not.
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

    /// Number of active calls.
    fn depth(&self) -> usize {
        (self.context().top - i64::from(FIRST_FRAME)) as usize / size_of::<Frame>()
    }

    /// The program's mapped input, without the padding after it.
    fn input(&self) -> Vec<u8> {
        let mut bytes = vec![0; self.input_len() as usize];
        // All of it is mapped.
        let _ = self.read(GuestAddr(contract_abi::memory::INPUT_BASE), &mut bytes);
        bytes
    }

    /// Memory that may differ from fresh memory of `program`, in pieces.
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

    /// Begins a function with these registers and no caller.
    #[inline]
    pub fn start(&mut self, regs: [u64; 12]) {
        let context = self.attached.context_mut();
        context.regs = regs;
        context.top = FIRST_FRAME.into();
        context.frames[1].args = Default::default();
    }

    /// Runs from the block at `index` on. Returns the index of the instruction at which the run ended; [`Self::exit`]
    /// says how.
    ///
    /// # Errors
    /// The index of the block at which the interpreter must continue: there is no memory for the code that would run
    /// it.
    #[inline]
    pub fn run(&mut self, program: &VerifiedProgram, index: usize) -> Result<usize, usize> {
        self.attached.run(program.code.as_slice(), index);
        if !self.has_left(Leave::Syscall) {
            self.stopped(program)?;
        }
        Ok(self.index())
    }

    /// What remains to be done unless machine code has left for a syscall. A syscall is the last instruction of its
    /// payment.
    fn stopped(&mut self, program: &VerifiedProgram) -> Result<(), usize> {
        let ahead = paid_ahead(&self.attached.code().tables.ahead, self.index());
        let mut short = settle(ahead, program, self.attached.context_mut());
        // At most once, as long as gas is less than 2^63.
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

    /// How machine code ended. Only the next run changes that, so it is not stored elsewhere.
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

    /// How it ended, if not by a syscall or the end of the program.
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

    /// The index at which each caller continues, innermost first.
    pub fn returns(&self) -> Vec<usize> {
        let frames = &self.context().frames[1..=self.depth()];
        frames.iter().rev().map(|frame| frame.return_to as usize).collect()
    }

    /// Returns whether that succeeded: the system may have no memory.
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
/// Returns the index of a block whose payment for the whole run failed, although there is enough gas for the block
/// itself.
fn settle(ahead: u32, program: &VerifiedProgram, context: &mut Context) -> Option<usize> {
    let index = context.index as usize;
    context.gas = context.gas.wrapping_add(ahead.into());
    if context.leave != Leave::UnpaidBlock.number() {
        return None;
    }
    // `Emitter::pay` subtracts before it looks.
    let cost = program.code[index].cost.into();
    context.gas = context.gas.wrapping_add(cost);
    (context.gas >= cost).then_some(index)
}

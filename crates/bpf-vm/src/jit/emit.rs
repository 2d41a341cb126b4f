//! The code that is being written, and what every lowering does: pay, check an address, leave.
//!
//! One pass, from the first instruction to the last. Jumps are to labels, which the assembler resolves at
//! the end; code that rarely runs goes behind everything else.

use super::assembler::{Assembler, Label};
use super::context::field;
use super::lower::call::Saved;
use super::lower::Width;
use super::regs::host;
use super::stubs::Stub;
use super::CompileError;
use crate::code::Insn;
use crate::memory::Access;
use crate::JitMode;
use bpf_isa::Reg;

/// Writes x86-64 instructions, in the syntax of the Intel manual.
macro_rules! asm {
    ($e:ident; $($code:tt)*) => {{
        let mut text = $crate::jit::assembler::Text::new(&mut $e.ops);
        dynasmrt::dynasm!(text; .arch x64; $($code)*);
        text.write();
    }};
}
pub(crate) use asm;

/// Code out of line: an index goes to edx, and a stub takes over.
struct Cold {
    /// The last four bytes of the jump to it.
    from: u32,
    index: u32,
    stub: Stub,
}

/// Bytes of code out of line for each [`Cold`].
const COLD_BYTES: usize = 10;

/// A way out of a run: code out of line that gives back what is left of its payment, pays for the block that it leads
/// to, and goes on behind that block's own payment.
struct WayOut {
    /// The last four bytes of the jump to it.
    from: u32,
    gas: u32,
    /// Index of the block's first instruction.
    target: u32,
}

/// Bytes of code out of line for each [`WayOut`], at most.
const WAY_OUT_BYTES: usize = 23;

/// A block that a way out leads to: what it pays, and where its code begins behind that.
struct Landing {
    index: u32,
    cost: u32,
    looked_at: bool,
    behind: u32,
}

pub struct Emitter {
    pub ops: Assembler,
    /// How accesses to memory are checked.
    pub mode: JitMode,
    /// Whether the processor has the instructions of three operands, BMI1 and BMI2 (Intel SDM Vol. 1 §5.1.16.3).
    pub bmi: bool,
    /// Number of instructions: labels are those of instructions, of functions and their ends, of stubs, in this
    /// order.
    insns: usize,
    functions: usize,
    cold: Vec<Cold>,
    ways_out: Vec<WayOut>,
    /// In the order of the blocks.
    landings: Vec<Landing>,
    /// Gas that has been paid for blocks behind the one that is being written.
    pub ahead: u32,
    /// Blocks that come next and pay for themselves within the run: [`super::ahead::detour`]. The branch to them stays in it.
    pub detour: u32,
    /// Index of the instruction that is being lowered.
    pub index: u32,
    /// The last instruction that [`Self::tell`] was said of.
    told: (u32, Width, u8),
    /// Number of the function it is in.
    pub function: u32,
    /// That function's frame size in bytes.
    pub frame_size: u32,
    /// Which of r6 to r9 it saves, as [`super::lower::call::Saved`] says.
    pub saved: Saved,
    /// What an intrinsic on memory pays for each 8 bytes.
    pub word_price: i32,
    /// What [`Self::len`] may be behind the instruction that is being lowered. The bound of the instructions before it
    /// is in it, as far as they have left something.
    pub limit: usize,
    /// Bytes that have been written for the function and count for no instruction.
    allowance: usize,
}

impl Emitter {
    /// For so many instructions and functions.
    pub fn new(mode: JitMode, bmi: bool, insns: usize, functions: usize) -> Self {
        let labels = insns + 2 * functions + Stub::ALL.len();
        // Room for what is usual; what is rare may make it grow.
        let ops = Assembler::new(labels, 16 * insns + 128 * functions + 2048, insns / 2 + 64);
        Self {
            ops,
            mode,
            bmi,
            insns,
            functions,
            cold: Vec::with_capacity(insns / 2),
            ways_out: Vec::new(),
            landings: Vec::new(),
            ahead: 0,
            detour: 0,
            index: 0,
            // Before any.
            told: (u32::MAX - 1, Width::W64, 0),
            function: 0,
            frame_size: 0,
            saved: Saved::default(),
            word_price: 0,
            limit: 0,
            allowance: 0,
        }
    }

    /// Where each function begins, once all are written.
    pub fn prologues(&self) -> impl Iterator<Item = u32> + '_ {
        (0..self.functions).map(|number| self.ops.target(self.function(number)).unwrap_or(0) as u32)
    }

    /// The code, and the offset of every instruction in it.
    ///
    /// # Errors
    /// [`CompileError::Assembler`].
    pub fn finish(self) -> Result<(Vec<u8>, Vec<u32>), CompileError> {
        let (code, mut targets) = self.ops.finish()?;
        targets.truncate(self.insns);
        Ok((code, targets))
    }

    /// Bytes written so far, with those to be written out of line.
    pub fn len(&self) -> usize {
        self.ops.len() + self.cold.len() * COLD_BYTES + self.ways_out.len() * WAY_OUT_BYTES
    }

    /// Says that up to `bytes` bytes are the function's and not the instruction's.
    pub fn allow(&mut self, bytes: usize) {
        self.allowance += bytes;
    }

    /// What was allowed since the last time.
    pub fn take_allowance(&mut self) -> usize {
        core::mem::take(&mut self.allowance)
    }

    pub fn stub(&self, stub: Stub) -> Label {
        self.ops.label(self.insns + 2 * self.functions + stub as usize)
    }

    /// The instruction of this index: jumps lead to the first ones of blocks.
    pub fn block(&self, index: usize) -> Label {
        self.ops.label(index)
    }

    /// Where calls of this function go to.
    pub fn function(&self, number: usize) -> Label {
        self.ops.label(self.insns + number)
    }

    /// Where the function that is being written gives its caller the registers back.
    pub fn epilogue(&self) -> Label {
        self.ops.label(self.insns + self.functions + self.function as usize)
    }

    /// Makes the jump that was written last lead to `stub`, with the index of this instruction.
    pub fn cold(&mut self, stub: Stub) {
        self.cold.push(Cold { from: self.ops.len() as u32 - 4, index: self.index, stub });
    }

    /// The instruction of this index begins here.
    #[inline(always)]
    pub fn define(&mut self, index: usize) {
        self.ops.define(self.block(index));
    }

    /// Begins a block: pays for it and, if that is `looked_at`, may leave. At most 23 bytes, with what is out of line.
    ///
    /// If the gas does not suffice, what was subtracted is given back where the exit is read.
    pub fn pay(&mut self, cost: u32, looked_at: bool) {
        let this = self;
        // A price below 2^31: `blocks::tests::no_block_overflows`.
        match (cost, i8::try_from(cost), looked_at) {
            (0, _, false) => return,
            (_, Ok(cost), false) => asm!(this; sub r14, BYTE cost),
            (_, Err(_), false) => asm!(this; sub r14, DWORD cost as i32),
            (_, Ok(cost), true) => asm!(this; sub r14, BYTE cost; jl DWORD 0),
            (_, Err(_), true) => asm!(this; sub r14, DWORD cost as i32; jl DWORD 0),
        }
        if looked_at {
            this.cold(Stub::OutOfGas);
        }
    }

    /// Makes the jump that was written last, to the later block `target`, a way out of the run.
    pub fn leave_run(&mut self, target: usize) {
        let from = self.ops.release();
        self.ways_out.push(WayOut { from, gas: self.ahead, target: target as u32 });
    }

    /// Says that ways out lead to the block that has just paid `cost`, and begins here.
    pub fn land(&mut self, cost: u32, looked_at: bool) {
        let behind = self.ops.len() as u32;
        self.landings.push(Landing { index: self.index, cost, looked_at, behind });
    }

    /// Puts what is left with `gas` given back in rax, and leaves flags alone. At most 7 bytes.
    pub fn with_given_back(&mut self, gas: u32) {
        let this = self;
        match i8::try_from(gas) {
            Ok(gas) => asm!(this; lea rax, [BYTE r14 + gas]),
            Err(_) => asm!(this; lea rax, [DWORD r14 + gas as i32]),
        }
    }

    /// Jumps to `stub` with the index of this instruction in edx. 10 bytes.
    pub fn jump_to_stub(&mut self, stub: Stub) {
        let (index, label) = (self.index as i32, self.stub(stub));
        let this = self;
        asm!(this; mov edx, DWORD index; jmp =>label);
    }

    /// Says that the flags tell whether the `width` of this host register is 0, and that the instruction that is being
    /// lowered is the last to set them.
    #[inline(always)]
    pub fn tell(&mut self, width: Width, register: u8) {
        self.told = (self.index, width, register);
    }

    /// Whether the instruction before this one, of the same block, has told that.
    pub fn is_told(&self, width: Width, register: u8) -> bool {
        let (before, told, of) = self.told;
        // The upper half of a register is 0 behind an operation on 32 bits.
        before + 1 == self.index && of == register && (told == width || width == Width::W64)
    }

    /// Where an access at `offset` from `register` goes, when it is good. When it is not, the program traps:
    /// by a comparison that stands here, or because the processor faults in what uses the [`Place`].
    ///
    /// `log_size` is the binary logarithm of the access's length in bytes. Clobbers rax and rdx. At most 42
    /// bytes, with what is out of line.
    pub fn place(&mut self, register: Reg, offset: i32, log_size: usize, access: Access) -> Place {
        if self.is_in_frame(register, offset, log_size) {
            return Place::Frame(offset);
        }
        match self.mode {
            JitMode::Checked => self.check(register, offset, log_size, access),
            JitMode::BaseRegister => self.effective(register, offset),
            JitMode::Gs => return Place::Segment(host(register), offset),
        }
        Place::Base
    }

    /// The same of the sum of a register, `offset` and maybe another register, where faults are caught. At most 8 bytes;
    /// clobbers rax. With another register it is no place in the segment: that is for who asks.
    pub fn place_of_sum(&mut self, base: Reg, index: Option<Reg>, offset: i32) -> Place {
        let (base, index) = (host(base), index.map(host));
        let this = self;
        match index {
            None if this.mode == JitMode::Gs => return Place::Segment(base, offset),
            None => asm!(this; lea eax, [DWORD Rq(base) + offset]),
            Some(index) => asm!(this; lea eax, [DWORD Rq(base) + Rq(index) + offset]),
        }
        Place::Base
    }

    /// Puts the effective address in rax and leaves unless an access of this size is good there.
    fn check(&mut self, register: Reg, offset: i32, log_size: usize, access: Access) {
        let (ends, stub) = match access {
            Access::Read => (field!(read_ends), Stub::ReadFault),
            Access::Write => (field!(write_ends), Stub::WriteFault),
        };
        let ends = ends + (log_size * size_of::<[u32; super::context::REGIONS]>()) as i32;
        self.effective(register, offset);
        let this = self;
        asm!(this
            ; mov edx, eax
            ; shr edx, BYTE 28
            ; cmp eax, [r15 + rdx * 4 + ends]
            ; jae DWORD 0
        );
        this.cold(stub);
    }

    /// Whether an access is to the function's own frame, so that it never faults.
    ///
    /// The frame fits the stack: `Stub::StackOverflow` is where it would not, for the first frame the verifier.
    pub fn is_in_frame(&self, register: Reg, offset: i32, log_size: usize) -> bool {
        register == Reg::R10
            && i64::from(offset) >= -i64::from(self.frame_size)
            && i64::from(offset) <= -(1 << log_size)
    }

    /// Puts the effective address in rax: 32 bits, the upper half 0.
    fn effective(&mut self, register: Reg, offset: i32) {
        let this = self;
        match (offset, i8::try_from(offset)) {
            (0, _) => asm!(this; mov eax, Rd(host(register))),
            (_, Ok(offset)) => asm!(this; lea eax, [BYTE Rq(host(register)) + offset]),
            _ => asm!(this; lea eax, [DWORD Rq(host(register)) + offset]),
        }
    }

    /// Writes what is out of line.
    pub fn write_cold(&mut self) {
        let this = self;
        for Cold { from, index, stub } in core::mem::take(&mut this.cold) {
            let stub = this.stub(stub);
            this.ops.lead_here(from);
            asm!(this; mov edx, DWORD index as i32; jmp =>stub);
        }
        for WayOut { from, gas, target } in core::mem::take(&mut this.ways_out) {
            this.ops.lead_here(from);
            let landing = this.landings.binary_search_by_key(&target, |landing| landing.index);
            let Some(&Landing { cost, looked_at, behind, .. }) =
                landing.ok().and_then(|number| this.landings.get(number))
            else {
                this.ops.fail();
                return;
            };
            match cost.wrapping_sub(gas) as i32 {
                more if looked_at => {
                    let unpaid = this.stub(Stub::OutOfGas);
                    asm!(this; sub r14, DWORD more; jge DWORD 0);
                    this.ops.lead_to(behind);
                    asm!(this; mov edx, DWORD target as i32; jmp =>unpaid);
                    continue;
                }
                0 => {}
                more => asm!(this; sub r14, DWORD more),
            }
            asm!(this; jmp DWORD 0);
            this.ops.lead_to(behind);
        }
    }
}

/// Where an access goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// To the address in rax, whose upper half is 0.
    Base,
    /// To a host register's lower half plus an offset, modulo 2^32, in the segment that begins at the guest's
    /// address 0.
    Segment(u8, i32),
    /// So far from the frame pointer, which is in rbp. Never faults.
    Frame(i32),
}

/// Writes an instruction with a memory operand at a [`Place`], between the two halves of its text.
macro_rules! asm_at {
    ($e:ident, $place:expr; ($($before:tt)*) ($($after:tt)*)) => {
        match $place {
            Place::Base => asm!($e; $($before)* [r15 + rax] $($after)*),
            Place::Segment(base, offset) => match i8::try_from(offset) {
                Ok(offset) => asm!($e; gs $($before)* [BYTE Rd(base) + offset] $($after)*),
                Err(_) => asm!($e; gs $($before)* [DWORD Rd(base) + offset] $($after)*),
            },
            Place::Frame(offset) => match i8::try_from(offset) {
                Ok(offset) => asm!($e; $($before)* [BYTE r15 + rbp + offset] $($after)*),
                Err(_) => asm!($e; $($before)* [DWORD r15 + rbp + offset] $($after)*),
            },
        }
    };
}
pub(crate) use asm_at;

/// The index of the function an instruction calls, by the function's first instruction.
pub fn callee(functions: &[crate::verify::FunctionInfo], insn: &Insn) -> usize {
    functions.partition_point(|function| (function.index as usize) < insn.target())
}

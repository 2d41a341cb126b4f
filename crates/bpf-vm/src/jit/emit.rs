//! The code being written, and what every lowering needs: charge gas, check an address, leave.
//!
//! Code is written in one pass, from the first instruction to the last. Jumps lead to labels, which the assembler
//! resolves at the end. Code that rarely runs is placed after everything else.

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

/// Out-of-line code: puts an index in edx and jumps to a stub.
struct Cold {
    /// Offset of the last four bytes of the jump to it.
    from: u32,
    index: u32,
    stub: Stub,
}

/// Bytes of out-of-line code for each [`Cold`].
const COLD_BYTES: usize = 10;

/// A way out of a run: out-of-line code that gives back the unused part of the run's payment, pays for the block that
/// it leads to, and continues after that block's own payment.
struct WayOut {
    /// Offset of the last four bytes of the jump to it.
    from: u32,
    gas: u32,
    /// Index of the block's first instruction.
    target: u32,
}

/// Maximum bytes of out-of-line code for each [`WayOut`].
const WAY_OUT_BYTES: usize = 23;

/// A block that a way out leads to: its payment, and where its code begins after that.
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
    /// Whether the processor has the three-operand instructions of BMI1 and BMI2 (Intel SDM Vol. 1 §5.1.16.3).
    pub bmi: bool,
    /// Number of instructions. Labels are numbered in this order: instructions, functions, function ends, stubs.
    insns: usize,
    functions: usize,
    cold: Vec<Cold>,
    ways_out: Vec<WayOut>,
    /// In the order of the blocks.
    landings: Vec<Landing>,
    /// Gas that has been paid for blocks after the current one.
    pub ahead: u32,
    /// Number of next blocks that pay for themselves within the run: [`super::ahead::detour`]. The branch to them stays
    /// in it.
    pub detour: u32,
    /// Index of the instruction that is being lowered.
    pub index: u32,
    /// The last instruction that [`Self::tell`] was called for.
    told: (u32, Width, u8),
    /// Number of the function it is in.
    pub function: u32,
    /// That function's frame size in bytes.
    pub frame_size: u32,
    /// The registers among r6 to r9 that it saves: [`super::lower::call::Saved`].
    pub saved: Saved,
    /// Gas that an intrinsic on memory pays for each 8 bytes.
    pub word_price: i32,
    /// Maximum of [`Self::len`] after the current instruction. Includes what the instructions before it have left
    /// unused of their bounds.
    pub limit: usize,
    /// Bytes written for the function that count for no instruction.
    allowance: usize,
}

impl Emitter {
    /// For this many instructions and functions.
    pub fn new(mode: JitMode, bmi: bool, insns: usize, functions: usize) -> Self {
        let labels = insns + 2 * functions + Stub::ALL.len();
        // Room for the usual case; in rare cases it grows.
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
            // Before any instruction.
            told: (u32::MAX - 1, Width::W64, 0),
            function: 0,
            frame_size: 0,
            saved: Saved::default(),
            word_price: 0,
            limit: 0,
            allowance: 0,
        }
    }

    /// Offset of each function, once all are written.
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

    /// Bytes written so far, including those still to be written out of line.
    pub fn len(&self) -> usize {
        self.ops.len() + self.cold.len() * COLD_BYTES + self.ways_out.len() * WAY_OUT_BYTES
    }

    /// Counts up to `bytes` bytes for the function and not for the instruction.
    pub fn allow(&mut self, bytes: usize) {
        self.allowance += bytes;
    }

    /// The bytes allowed since the last call.
    pub fn take_allowance(&mut self) -> usize {
        core::mem::take(&mut self.allowance)
    }

    pub fn stub(&self, stub: Stub) -> Label {
        self.ops.label(self.insns + 2 * self.functions + stub as usize)
    }

    /// The label of the instruction with this index: jumps lead to the first instructions of blocks.
    pub fn block(&self, index: usize) -> Label {
        self.ops.label(index)
    }

    /// The label that calls of this function lead to.
    pub fn function(&self, number: usize) -> Label {
        self.ops.label(self.insns + number)
    }

    /// The label at which the current function restores its caller's registers.
    pub fn epilogue(&self) -> Label {
        self.ops.label(self.insns + self.functions + self.function as usize)
    }

    /// Makes the last jump written lead to `stub`, with the index of this instruction.
    pub fn cold(&mut self, stub: Stub) {
        self.cold.push(Cold { from: self.ops.len() as u32 - 4, index: self.index, stub });
    }

    /// Defines the label of this instruction here.
    #[inline(always)]
    pub fn define(&mut self, index: usize) {
        self.ops.define(self.block(index));
    }

    /// Begins a block: pays for it, and may leave if the payment is `looked_at`. At most 23 bytes, including
    /// out-of-line code.
    ///
    /// If the gas does not suffice, the code that reads the exit gives back what was subtracted.
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

    /// Makes the last jump written, to the later block `target`, a way out of the run.
    pub fn leave_run(&mut self, target: usize) {
        let from = self.ops.release();
        self.ways_out.push(WayOut { from, gas: self.ahead, target: target as u32 });
    }

    /// Records that ways out lead to the current block, which has just paid `cost` and begins here.
    pub fn land(&mut self, cost: u32, looked_at: bool) {
        let behind = self.ops.len() as u32;
        self.landings.push(Landing { index: self.index, cost, looked_at, behind });
    }

    /// Puts the gas left plus `gas` in rax, without changing flags. At most 7 bytes.
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

    /// Records that the flags tell whether the `width` of this host register is 0, and that the current instruction is
    /// the last to set them.
    #[inline(always)]
    pub fn tell(&mut self, width: Width, register: u8) {
        self.told = (self.index, width, register);
    }

    /// Whether that was recorded for the instruction before this one, in the same block.
    pub fn is_told(&self, width: Width, register: u8) -> bool {
        let (before, told, of) = self.told;
        // After a 32-bit operation the upper half of a register is 0.
        before + 1 == self.index && of == register && (told == width || width == Width::W64)
    }

    /// The place of an access at `offset` from `register`, if it is valid. If not, the program traps: by a comparison
    /// emitted here, or because the processor faults in the instruction that uses the [`Place`].
    ///
    /// `log_size` is the binary logarithm of the access's length in bytes. Clobbers rax and rdx. At most 42 bytes,
    /// including out-of-line code.
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

    /// The same for the sum of a register, `offset` and optionally another register, where faults are caught. At most 8
    /// bytes; clobbers rax. With another register the result is never a place in the segment: the caller must handle
    /// that case.
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

    /// Puts the effective address in rax, and leaves unless an access of this size is valid there.
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
    /// The frame fits the stack: the program leaves by `Stub::StackOverflow` otherwise; the verifier checks the first
    /// frame.
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

    /// Writes the out-of-line code.
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
    /// The address in rax, whose upper half is 0.
    Base,
    /// A host register's lower half plus an offset, modulo 2^32, in the segment that begins at the guest's address 0.
    Segment(u8, i32),
    /// This offset from the frame pointer, which is in rbp. Never faults.
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

/// The index of the function that an instruction calls, found by the function's first instruction.
pub fn callee(functions: &[crate::verify::FunctionInfo], insn: &Insn) -> usize {
    functions.partition_point(|function| (function.index as usize) < insn.target())
}

//! The code that is being written, and what every lowering does: pay, check an address, leave.
//!
//! One pass, from the first instruction to the last. Jumps are to labels, which the assembler resolves at
//! the end; code that rarely runs goes behind everything else.

use super::context::field;
use super::regs::host;
use super::stubs::Stub;
use super::CompileError;
use crate::code::Insn;
use crate::memory::Access;
use bpf_isa::Reg;
use dynasmrt::x64::X64Relocation;
use dynasmrt::{DynamicLabel, DynasmApi, DynasmLabelApi, VecAssembler};

/// Writes x86-64 instructions, in the syntax of the Intel manual.
macro_rules! asm {
    ($e:ident; $($code:tt)*) => { dynasmrt::dynasm!($e.ops; .arch x64; $($code)*) };
}
pub(crate) use asm;

/// Code out of line: an index goes to edx, and a stub takes over.
struct Cold {
    label: DynamicLabel,
    index: u32,
    stub: Stub,
}

pub struct Emitter {
    pub ops: VecAssembler<X64Relocation>,
    /// Of every instruction.
    blocks: Vec<DynamicLabel>,
    /// Of every function: where calls go to.
    functions: Vec<DynamicLabel>,
    stubs: [DynamicLabel; Stub::ALL.len()],
    cold: Vec<Cold>,
    /// Index of the instruction that is being lowered.
    pub index: u32,
    /// Number of the function it is in.
    pub function: u32,
    /// That function's frame size in bytes.
    pub frame_size: u32,
}

impl Emitter {
    /// For so many instructions and functions, with room for `bytes` of code.
    pub fn new(insns: usize, functions: usize, bytes: usize) -> Self {
        let mut ops = VecAssembler::new_with_capacity(0, bytes, 0, 0, insns * 2, 0, insns * 2);
        let stubs = core::array::from_fn(|_| ops.new_dynamic_label());
        let blocks = (0..insns).map(|_| ops.new_dynamic_label()).collect();
        let functions = (0..functions).map(|_| ops.new_dynamic_label()).collect();
        Self { ops, blocks, functions, stubs, cold: Vec::new(), index: 0, function: 0, frame_size: 0 }
    }

    /// The code.
    ///
    /// # Errors
    /// [`CompileError::Assembler`].
    pub fn finish(&mut self) -> Result<Vec<u8>, CompileError> {
        self.ops.take().map_err(|_| CompileError::Assembler)
    }

    /// Bytes written so far.
    pub fn len(&self) -> usize {
        self.ops.offset().0
    }

    pub fn stub(&self, stub: Stub) -> DynamicLabel {
        self.stubs[stub as usize]
    }

    /// The block that begins at this index.
    pub fn block(&self, index: usize) -> DynamicLabel {
        self.blocks[index]
    }

    /// Where calls of this function go to.
    pub fn function(&self, number: usize) -> DynamicLabel {
        self.functions[number]
    }

    /// A label for a jump to `stub` with the index of this instruction.
    pub fn cold(&mut self, stub: Stub) -> DynamicLabel {
        let label = self.ops.new_dynamic_label();
        self.cold.push(Cold { label, index: self.index, stub });
        label
    }

    /// Begins a block: pays for it, or leaves. At most 23 bytes, with what is out of line.
    ///
    /// If the gas does not suffice, what was subtracted is given back where the exit is read.
    pub fn pay(&mut self, cost: u32) {
        let block = self.block(self.index as usize);
        let short = self.cold(Stub::OutOfGas);
        // A price below 2^31: `blocks::tests::no_block_overflows`.
        let this = self;
        match i8::try_from(cost) {
            Ok(cost) => asm!(this; =>block; sub r14, BYTE cost; jb =>short),
            Err(_) => asm!(this; =>block; sub r14, DWORD cost as i32; jb =>short),
        }
    }

    /// Jumps to `stub` with the index of this instruction in edx. 10 bytes.
    pub fn jump_to_stub(&mut self, stub: Stub) {
        let (index, label) = (self.index as i32, self.stub(stub));
        let this = self;
        asm!(this; mov edx, DWORD index; jmp =>label);
    }

    /// Leaves with what is written in rax and rdx: the address in eax, unless every access at `offset` from
    /// `register` is good.
    ///
    /// `log_size` is the binary logarithm of the access's length in bytes. Clobbers rax and rdx. At most 42
    /// bytes, with what is out of line. Afterwards the host address is that of [`Place`].
    pub fn check(&mut self, register: Reg, offset: i32, log_size: usize, access: Access) -> Place {
        let size = 1i64 << log_size;
        // The frame fits the stack: `Stub::StackOverflow` is where it would not, for the first frame the verifier.
        if register == Reg::R10
            && i64::from(offset) >= -i64::from(self.frame_size)
            && i64::from(offset) <= -size
        {
            return Place::Frame(offset);
        }
        let (ends, stub) = match access {
            Access::Read => (field!(read_ends), Stub::ReadFault),
            Access::Write => (field!(write_ends), Stub::WriteFault),
        };
        let ends = ends + (log_size * size_of::<[u32; super::context::REGIONS]>()) as i32;
        let fault = self.cold(stub);
        self.effective(register, offset);
        let this = self;
        asm!(this
            ; mov edx, eax
            ; shr edx, BYTE 28
            ; cmp eax, [r15 + rdx * 4 + ends]
            ; jae =>fault
        );
        Place::Checked
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
        for Cold { label, index, stub } in core::mem::take(&mut this.cold) {
            let stub = this.stub(stub);
            asm!(this; =>label; mov edx, DWORD index as i32; jmp =>stub);
        }
    }
}

/// A checked address.
#[derive(Clone, Copy)]
pub enum Place {
    /// The address in rax.
    Checked,
    /// So far from the frame pointer, which is in rbp.
    Frame(i32),
}

/// Writes an instruction with a memory operand at a [`Place`], between the two halves of its text.
macro_rules! asm_at {
    ($e:ident, $place:expr; ($($before:tt)*) ($($after:tt)*)) => {
        match $place {
            Place::Checked => asm!($e; $($before)* [r15 + rax] $($after)*),
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

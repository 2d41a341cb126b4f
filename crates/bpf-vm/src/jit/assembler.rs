//! The buffer for machine code, and the resolution of jump targets.
//!
//! `dynasm!` turns x86-64 text into calls of a few functions: `push` and `extend` for bytes, `dynamic_label` and
//! `dynamic_reloc` for labels and jumps. This module implements them instead of using dynasmrt's, because writing is
//! most of the cost of compiling (docs/decisions/0120-an-assembler-of-our-own.md):
//!
//! * [`Text`] takes the instructions of one `asm!`. Their lengths are known when this crate is compiled, so the bytes
//!   live in registers and go to the buffer by a few stores, after one check for room.
//! * A [`Label`] is the number of something that the program already has (an instruction, a function, a stub), so
//!   looking it up is one access to a table. A backward jump is complete when it is written; a forward jump is
//!   completed at the end, from a list.
//!
//! # Invariant
//!
//! Every jump that was written leads to its label, or [`Assembler::finish`] fails.

use super::CompileError;

/// Maximum bytes of one `asm!`.
const TEXT: usize = 128;

/// Maximum number of jumps to local labels that are open at one time.
const LOCALS: usize = 4;

/// The target of a jump.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Label(u32);

/// A forward jump whose four bytes of displacement are missing.
#[derive(Clone, Copy, Debug)]
struct Fixup {
    /// Where they are.
    at: u32,
    label: Label,
}

/// The code so far.
pub struct Assembler {
    code: Vec<u8>,
    /// For every label its offset in the code, or 0.
    targets: Vec<u32>,
    fixups: Vec<Fixup>,
    /// Names and places of jumps to labels within one lowering, whose displacement has one byte.
    locals: [(&'static str, usize); LOCALS],
    open: usize,
    /// Whether a displacement did not fit, or a local label was missing.
    broken: bool,
}

impl Assembler {
    /// With `labels` labels, and room for `bytes` of code and `jumps` forward jumps.
    pub fn new(labels: usize, bytes: usize, jumps: usize) -> Self {
        Self {
            code: Vec::with_capacity(bytes),
            targets: vec![0; labels],
            fixups: Vec::with_capacity(jumps),
            locals: [("", 0); LOCALS],
            open: 0,
            broken: false,
        }
    }

    /// Bytes written so far.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.code.len()
    }

    /// The label with this number.
    #[inline(always)]
    pub fn label(&self, number: usize) -> Label {
        Label(number as u32)
    }

    /// The offset of a label, if it is known yet. No target of a jump is at offset 0.
    #[inline(always)]
    pub fn target(&self, label: Label) -> Option<usize> {
        self.targets
            .get(label.0 as usize)
            .copied()
            .filter(|&target| target != 0)
            .map(|target| target as usize)
    }

    /// Defines a label here.
    #[inline(always)]
    pub fn define(&mut self, label: Label) {
        self.define_at(label, self.len());
    }

    #[inline(always)]
    fn define_at(&mut self, label: Label, at: usize) {
        match self.targets.get_mut(label.0 as usize) {
            Some(target) => *target = at as u32,
            None => self.broken = true,
        }
    }

    /// Pads to a multiple of `unit`, a power of two, with instructions that do nothing.
    pub fn align(&mut self, unit: usize) {
        // Intel SDM Vol. 2B, `NOP`: the forms that it recommends.
        const NOP: [&[u8]; 9] = [
            &[0x90],
            &[0x66, 0x90],
            &[0x0f, 0x1f, 0x00],
            &[0x0f, 0x1f, 0x40, 0x00],
            &[0x0f, 0x1f, 0x44, 0x00, 0x00],
            &[0x66, 0x0f, 0x1f, 0x44, 0x00, 0x00],
            &[0x0f, 0x1f, 0x80, 0x00, 0x00, 0x00, 0x00],
            &[0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00],
            &[0x66, 0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00],
        ];
        let mut missing = self.len().next_multiple_of(unit) - self.len();
        while missing > 0 {
            let nop = NOP[missing.min(NOP.len()) - 1];
            self.code.extend_from_slice(nop);
            missing -= nop.len();
        }
    }

    /// Detaches the last jump written, a forward jump, from its label. Returns the offset of its last four bytes, for
    /// [`Self::lead_here`].
    pub fn release(&mut self) -> u32 {
        let fixup = self.fixups.pop().filter(|fixup| fixup.at as usize + 4 == self.len());
        self.broken |= fixup.is_none();
        fixup.map_or(0, |fixup| fixup.at)
    }

    /// Makes the four bytes at `at`, the last of a jump, lead to the current end of the code.
    #[inline(always)]
    pub fn lead_here(&mut self, at: u32) {
        self.patch(at as usize, self.len());
    }

    /// Makes the last jump written, now complete, lead to this offset.
    pub fn lead_to(&mut self, target: u32) {
        let at = self.len().saturating_sub(4);
        self.patch(at, target as usize);
    }

    /// Records that something that jumps need is missing, so that [`Self::finish`] fails.
    pub fn fail(&mut self) {
        self.broken = true;
    }

    #[inline(always)]
    fn patch(&mut self, at: usize, target: usize) {
        match self.code.get_mut(at..at + 4) {
            Some(bytes) => bytes.copy_from_slice(&displacement(at + 4, target).to_le_bytes()),
            None => self.broken = true,
        }
    }

    #[cold]
    #[inline(never)]
    fn open_local(&mut self, name: &'static str, at: usize) {
        match self.locals.get_mut(self.open) {
            Some(local) => (*local, self.open) = ((name, at), self.open + 1),
            None => self.broken = true,
        }
    }

    /// Completes the jumps to a local label that have been written to the buffer. `here` is the label's offset.
    #[cold]
    #[inline(never)]
    fn close_local(&mut self, name: &'static str, here: usize) {
        let mut kept = 0;
        for number in 0..self.open {
            let (other, at) = self.locals[number];
            if other != name {
                (self.locals[kept], kept) = ((other, at), kept + 1);
                continue;
            }
            match (i8::try_from(here - at - 1), self.code.get_mut(at)) {
                (Ok(distance), Some(byte)) => *byte = distance as u8,
                _ => self.broken = true,
            }
        }
        self.open = kept;
    }

    /// Completes the jumps; returns the code and the labels' offsets.
    ///
    /// # Errors
    /// [`CompileError::Assembler`].
    pub fn finish(mut self) -> Result<(Vec<u8>, Vec<u32>), CompileError> {
        for number in 0..self.fixups.len() {
            let Fixup { at, label } = self.fixups[number];
            let target = self.target(label).ok_or(CompileError::Assembler)?;
            self.patch(at as usize, target);
        }
        match self.broken || self.open != 0 {
            true => Err(CompileError::Assembler),
            false => Ok((self.code, self.targets)),
        }
    }
}

/// The distance from the end of a jump to its target. Code is smaller than 2 GiB: the verifier bounds programs, and
/// `super::compile` bounds their code.
#[inline(always)]
fn displacement(end: usize, target: usize) -> i32 {
    (target as i64 - end as i64) as i32
}

/// The instructions of one `asm!`, before they go to the buffer.
///
/// The functions are those that `dynasm!` calls.
pub struct Text<'a> {
    assembler: &'a mut Assembler,
    bytes: [u8; TEXT],
    len: usize,
}

impl<'a> Text<'a> {
    #[inline(always)]
    pub fn new(assembler: &'a mut Assembler) -> Self {
        Self { assembler, bytes: [0; TEXT], len: 0 }
    }

    /// Appends the pending bytes to the code.
    #[inline(always)]
    pub fn write(&mut self) {
        self.assembler.code.extend_from_slice(&self.bytes[..self.len]);
        self.len = 0;
    }

    #[inline(always)]
    pub fn extend<const N: usize>(&mut self, bytes: &[u8; N]) {
        self.bytes[self.len..self.len + N].copy_from_slice(bytes);
        self.len += N;
    }

    #[inline(always)]
    pub fn push(&mut self, byte: u8) {
        self.extend(&[byte]);
    }

    #[inline(always)]
    pub fn push_i8(&mut self, value: i8) {
        self.extend(&value.to_le_bytes());
    }

    #[inline(always)]
    pub fn push_i16(&mut self, value: i16) {
        self.extend(&value.to_le_bytes());
    }

    #[inline(always)]
    pub fn push_i32(&mut self, value: i32) {
        self.extend(&value.to_le_bytes());
    }

    #[inline(always)]
    pub fn push_i64(&mut self, value: i64) {
        self.extend(&value.to_le_bytes());
    }

    #[inline(always)]
    pub fn dynamic_label(&mut self, label: Label) {
        self.assembler.define_at(label, self.assembler.len() + self.len);
    }

    /// The last four bytes are the distance from here to a label.
    #[inline(always)]
    pub fn dynamic_reloc(&mut self, label: Label, _offset: isize, field: u8, end: u8, _kind: u8) {
        debug_assert!(field == 4 && end == 0, "no immediate follows a displacement, and it has 32 bits");
        let here = self.assembler.len() + self.len;
        match self.assembler.target(label) {
            Some(target) => {
                let distance = displacement(here, target).to_le_bytes();
                self.bytes[self.len - 4..self.len].copy_from_slice(&distance);
            }
            None => self.assembler.fixups.push(Fixup { at: here as u32 - 4, label }),
        }
    }

    /// The last byte is the distance from here to a local label that follows.
    #[inline(always)]
    pub fn forward_reloc(&mut self, name: &'static str, _offset: isize, field: u8, end: u8, _kind: u8) {
        debug_assert!(field == 1 && end == 0, "jumps within a lowering are short");
        self.write();
        self.assembler.open_local(name, self.assembler.len() - 1);
    }

    #[inline(always)]
    pub fn local_label(&mut self, name: &'static str) {
        self.write();
        self.assembler.close_local(name, self.assembler.len());
    }
}

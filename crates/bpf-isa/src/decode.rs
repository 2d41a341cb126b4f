//! Bytes to instructions.
//!
//! ```text
//! byte 0    opcode
//!      1    dst in the lower, src in the upper 4 bits
//!      2,3  offset, little-endian
//!      4..8 imm, little-endian
//! ```
//!
//! (RFC 9669 §3.) A wide instruction takes a second slot: 4 zero bytes, then `next_imm`.
//!
//! The decoder is total and strict. It accepts exactly the instructions of the table, which is exactly what the encoder
//! writes: an unused field must be 0, and a program has only one encoding.

use crate::insn::{Insn, Slot};
use crate::kind::{Kind, Size, WideImm};
use crate::table::{Field, Op, Row, BY_OPCODE, ROWS};
use crate::Reg;
use core::fmt;

/// A field of an instruction's encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FieldName {
    /// Destination register.
    Dst,
    /// Source register.
    Src,
    /// Offset.
    Offset,
    /// Immediate.
    Imm,
    /// First 4 bytes of a wide instruction's second slot, as a number.
    Reserved,
    /// Immediate of a wide instruction's second slot.
    NextImm,
}

impl fmt::Display for FieldName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            FieldName::Dst => "dst",
            FieldName::Src => "src",
            FieldName::Offset => "offset",
            FieldName::Imm => "imm",
            FieldName::Reserved => "reserved field",
            FieldName::NextImm => "next_imm",
        })
    }
}

/// Why bytes are not an instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecodeError {
    /// The program ends within the instruction, or there is none at the slot.
    Truncated {
        /// Where it would begin.
        at: Slot,
    },
    /// No instruction has this opcode.
    UnknownOpcode {
        /// Where.
        at: Slot,
        /// The opcode.
        opcode: u8,
    },
    /// The opcode belongs to the legacy packet access instructions (RFC 9669 §5.5).
    PacketAccess {
        /// Where.
        at: Slot,
        /// The opcode.
        opcode: u8,
    },
    /// A field holds a value that no instruction with this opcode has there: an unused field is not 0, or the value is
    /// reserved.
    ReservedValue {
        /// Where.
        at: Slot,
        /// Which field.
        field: FieldName,
        /// What it holds.
        value: i32,
    },
    /// A register that does not exist, or r11 used other than as the base of an 8-byte load or store.
    BadRegister {
        /// Where.
        at: Slot,
        /// Which field, `dst` or `src`.
        field: FieldName,
        /// Its number.
        register: u8,
    },
    /// A stack argument whose offset from r11 is not a multiple of 8, or has the wrong sign: arguments
    /// are stored below r11 and loaded above it.
    BadStackArgument {
        /// Where.
        at: Slot,
        /// The offset.
        offset: i16,
    },
}

impl DecodeError {
    /// Where the instruction begins.
    pub const fn at(self) -> Slot {
        match self {
            DecodeError::Truncated { at }
            | DecodeError::UnknownOpcode { at, .. }
            | DecodeError::PacketAccess { at, .. }
            | DecodeError::ReservedValue { at, .. }
            | DecodeError::BadRegister { at, .. }
            | DecodeError::BadStackArgument { at, .. } => at,
        }
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            DecodeError::Truncated { at } => {
                write!(f, "the program ends within the instruction at slot {at}")
            }
            DecodeError::UnknownOpcode { at, opcode } => {
                write!(f, "no instruction has the opcode {opcode:#04x} (slot {at})")
            }
            DecodeError::PacketAccess { at, opcode } => {
                write!(f, "legacy packet access, opcode {opcode:#04x}, is not supported (slot {at})")
            }
            DecodeError::ReservedValue { at, field, value } => {
                write!(f, "the {field} of the instruction at slot {at} holds the reserved value {value:#x}")
            }
            DecodeError::BadRegister { at, field, register } => {
                write!(f, "r{register} cannot be the {field} of the instruction at slot {at}")
            }
            DecodeError::BadStackArgument { at, offset } => {
                write!(f, "no stack argument can be at r11{offset:+} (slot {at})")
            }
        }
    }
}

impl core::error::Error for DecodeError {}

/// Decodes the instruction that begins at slot `at` of `program`.
///
/// The caller must know that an instruction begins there: for the second slot of a wide instruction, this function
/// reports an unknown opcode.
///
/// # Errors
/// Any [`DecodeError`].
pub fn decode(program: &[u8], at: Slot) -> Result<Insn, DecodeError> {
    match decode_short(program, at) {
        Some(insn) => Ok(insn),
        None => decode_other(program, at),
    }
}

/// The instruction that begins at slot `at`, if it takes one slot and does not name r11. `None` says nothing about it:
/// use [`decode()`].
///
/// This is for decoding whole programs: most instructions are of this kind, and the function is small enough for a
/// loop.
#[inline(always)]
pub fn decode_short(program: &[u8], at: Slot) -> Option<Insn> {
    let word = u64::from_le_bytes(*slot(program, at, 0)?);
    let mut pattern = &FIRST[usize::from(word as u8)];
    if !pattern.matches(word) {
        pattern = other_pattern(word)?;
    }
    // Fixed bits are part of the opcode; the rest are operands.
    let operands = word & !pattern.mask;
    let (dst, src) = REGISTERS[usize::from((operands >> 8) as u8)]?;
    let short = pattern.wide.is_none() && dst != Reg::R11 && src != Reg::R11;
    let imm = (operands >> 32) as i32;
    short.then(|| Insn { op: pattern.op, dst, src, offset: (operands >> 16) as i16, imm: imm.into() })
}

/// Any instruction.
#[inline(never)]
fn decode_other(program: &[u8], at: Slot) -> Result<Insn, DecodeError> {
    let bytes = slot(program, at, 0).ok_or(DecodeError::Truncated { at })?;
    let word = u64::from_le_bytes(*bytes);
    let pattern = other_pattern(word).ok_or_else(|| reject(*bytes, at))?;
    let operands = word & !pattern.mask;
    let register = |field, register| {
        let register = register & 0xf;
        Reg::from_number(register).ok_or(DecodeError::BadRegister { at, field, register })
    };
    let imm = (operands >> 32) as i32;
    let insn = Insn {
        op: pattern.op,
        dst: register(FieldName::Dst, (operands >> 8) as u8)?,
        src: register(FieldName::Src, (operands >> 12) as u8)?,
        offset: (operands >> 16) as i16,
        imm: imm.into(),
    };
    stack_argument(insn).map_err(|fault| fault.at(at))?;
    match pattern.wide {
        Some(wide) => decode_wide(program, at, insn, wide),
        None => Ok(insn),
    }
}

/// Adds the second slot of a wide instruction.
fn decode_wide(program: &[u8], at: Slot, insn: Insn, wide: WideImm) -> Result<Insn, DecodeError> {
    let next = slot(program, at, 1).ok_or(DecodeError::Truncated { at })?;
    let reserved = i32::from_le_bytes([next[0], next[1], next[2], next[3]]);
    let next_imm = i32::from_le_bytes([next[4], next[5], next[6], next[7]]);
    if reserved != 0 {
        return Err(DecodeError::ReservedValue { at, field: FieldName::Reserved, value: reserved });
    }
    if next_imm != 0 && !uses_next_imm(wide) {
        return Err(DecodeError::ReservedValue { at, field: FieldName::NextImm, value: next_imm });
    }
    Ok(insn.with_imm(i64::from(next_imm) << 32 | i64::from(insn.imm as u32)))
}

/// A row of the table, as one comparison of the whole slot.
#[derive(Clone, Copy)]
struct Pattern {
    /// The bits with only one valid value.
    mask: u64,
    value: u64,
    op: Op,
    /// Set if a second slot belongs to the instruction.
    wide: Option<WideImm>,
}

impl Pattern {
    const fn of(row: &Row) -> Pattern {
        let mut pattern = Pattern { mask: 0xff, value: row.opcode as u64, op: row.op, wide: None };
        pattern = pattern.with(row.dst, 8, 0xf).with(row.src, 12, 0xf);
        pattern = pattern.with(row.offset, 16, 0xffff).with(row.imm, 32, 0xffff_ffff);
        if let Kind::LoadWide(wide) = row.kind {
            pattern.wide = Some(wide);
        }
        pattern
    }

    const fn with(self, field: Field, shift: u32, bits: u64) -> Pattern {
        match field {
            Field::Any => self,
            Field::Is(value) => Pattern {
                mask: self.mask | bits << shift,
                value: self.value | (value as u64 & bits) << shift,
                ..self
            },
        }
    }

    #[inline]
    const fn matches(&self, word: u64) -> bool {
        word & self.mask == self.value
    }
}

/// The patterns, in the order of [`Op`].
static PATTERNS: [Pattern; Op::ALL.len()] = {
    let mut patterns = [const { Pattern::of(&ROWS[0]) }; Op::ALL.len()];
    let mut number = 1;
    while number < patterns.len() {
        patterns[number] = Pattern::of(&ROWS[number]);
        number += 1;
    }
    patterns
};

/// For each opcode the first of its patterns, or one that never matches.
static FIRST: [Pattern; 256] = {
    let none = Pattern { mask: 0, value: 1, op: ROWS[0].op, wide: None };
    let mut first = [none; 256];
    let mut opcode = 0;
    while opcode < first.len() {
        let (row, count) = BY_OPCODE[opcode];
        if count > 0 {
            first[opcode] = Pattern::of(&ROWS[row as usize]);
        }
        opcode += 1;
    }
    first
};

/// The pattern of a slot, among all patterns of its opcode.
#[inline(never)]
fn other_pattern(word: u64) -> Option<&'static Pattern> {
    let (first, count) = BY_OPCODE[usize::from(word as u8)];
    PATTERNS[usize::from(first)..][..usize::from(count)].iter().find(|pattern| pattern.matches(word))
}

/// The two registers that each byte encodes, `dst` in the lower half.
static REGISTERS: [Option<(Reg, Reg)>; 256] = {
    let mut registers = [None; 256];
    let mut byte = 0;
    while byte < registers.len() {
        if let (Some(dst), Some(src)) =
            (Reg::from_number(byte as u8 & 0xf), Reg::from_number(byte as u8 >> 4))
        {
            registers[byte] = Some((dst, src));
        }
        byte += 1;
    }
    registers
};

/// Why a slot that matches no row is not an instruction.
#[cold]
#[inline(never)]
fn reject(bytes: [u8; Slot::BYTES], at: Slot) -> DecodeError {
    let opcode = bytes[0];
    let (first, count) = BY_OPCODE[usize::from(opcode)];
    let rows = &ROWS[usize::from(first)..][..usize::from(count)];
    if rows.is_empty() {
        return match is_packet_access(opcode) {
            true => DecodeError::PacketAccess { at, opcode },
            false => DecodeError::UnknownOpcode { at, opcode },
        };
    }
    let offset = i16::from_le_bytes([bytes[2], bytes[3]]);
    let imm = i32::from_le_bytes([bytes[4], bytes[5], bytes[6], bytes[7]]);
    let (field, value) = blame(rows, bytes[1] & 0xf, bytes[1] >> 4, offset, imm);
    DecodeError::ReservedValue { at, field, value }
}

/// Decodes a program from its start, an instruction at a time.
///
/// The first error ends the iteration: it is unknown where the instruction after a bad one begins.
pub fn instructions(program: &[u8]) -> Instructions<'_> {
    Instructions { program, next: Slot(0), failed: false }
}

/// The instructions of a program, with their slots. See [`instructions`].
#[derive(Clone, Debug)]
pub struct Instructions<'a> {
    program: &'a [u8],
    next: Slot,
    failed: bool,
}

impl Iterator for Instructions<'_> {
    type Item = Result<(Slot, Insn), DecodeError>;

    fn next(&mut self) -> Option<Self::Item> {
        let at = self.next;
        if self.failed || at.byte_offset() >= self.program.len() {
            return None;
        }
        let decoded = decode(self.program, at);
        match decoded {
            Ok(insn) => self.next.0 += insn.slots(),
            Err(_) => self.failed = true,
        }
        Some(decoded.map(|insn| (at, insn)))
    }
}

#[inline]
fn slot(program: &[u8], at: Slot, further: usize) -> Option<&[u8; Slot::BYTES]> {
    let start = at.index().checked_add(further)?.checked_mul(Slot::BYTES)?;
    program.get(start..)?.first_chunk()
}

/// In the row with the most matching fields, the first field that does not match, and its value.
fn blame(rows: &[Row], dst: u8, src: u8, offset: i16, imm: i32) -> (FieldName, i32) {
    let mut best = (FieldName::Dst, i32::from(dst));
    let mut fewest = usize::MAX;
    for row in rows {
        let fields = [
            (FieldName::Dst, row.dst, i32::from(dst)),
            (FieldName::Src, row.src, i32::from(src)),
            (FieldName::Offset, row.offset, i32::from(offset)),
            (FieldName::Imm, row.imm, imm),
        ];
        let mut wrong = fields.into_iter().filter(|&(_, field, value)| !field.admits(value));
        if let Some((name, _, value)) = wrong.next() {
            let count = 1 + wrong.count();
            if count < fewest {
                (best, fewest) = ((name, value), count);
            }
        }
    }
    best
}

pub(crate) const fn uses_next_imm(wide: WideImm) -> bool {
    matches!(wide, WideImm::Value | WideImm::MapValueByFd | WideImm::MapValueByIndex)
}

/// ABS and IND of class LD (RFC 9669 §5.5): modes 1 and 2, any size but 64 bits.
const fn is_packet_access(opcode: u8) -> bool {
    opcode & 0x07 == 0 && matches!(opcode >> 5, 1 | 2) && opcode & 0x18 != 0x18
}

/// A misuse of r11.
pub(crate) enum StackArgumentFault {
    Register(FieldName),
    Offset(i16),
}

impl StackArgumentFault {
    fn at(self, at: Slot) -> DecodeError {
        match self {
            StackArgumentFault::Register(field) => {
                DecodeError::BadRegister { at, field, register: Reg::R11.number() }
            }
            StackArgumentFault::Offset(offset) => DecodeError::BadStackArgument { at, offset },
        }
    }
}

/// Checks that r11, if it is used, is the base of a stack argument.
pub(crate) fn stack_argument(insn: Insn) -> Result<(), StackArgumentFault> {
    let (dst, src) = (insn.dst == Reg::R11, insn.src == Reg::R11);
    if !dst && !src {
        return Ok(());
    }
    let right_sign = match insn.kind() {
        Kind::Load(Size::Dw) if !dst => insn.offset > 0,
        Kind::Store(Size::Dw, _) if !src => insn.offset < 0,
        _ => {
            let field = if dst { FieldName::Dst } else { FieldName::Src };
            let field = match insn.kind() {
                // The base is allowed, so the other register is the wrong one.
                Kind::Store(Size::Dw, _) if dst => FieldName::Src,
                _ => field,
            };
            return Err(StackArgumentFault::Register(field));
        }
    };
    if right_sign && insn.offset % 8 == 0 {
        Ok(())
    } else {
        Err(StackArgumentFault::Offset(insn.offset))
    }
}

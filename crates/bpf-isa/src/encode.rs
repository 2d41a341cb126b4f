//! Instructions to bytes, in the only form that [`crate::decode()`] accepts.

use crate::decode::{stack_argument, uses_next_imm, FieldName, StackArgumentFault};
use crate::insn::{Insn, Slot};
use crate::kind::Kind;
use crate::table::Field;
use crate::Reg;
use core::fmt;

/// The bytes of one instruction: 8, or 16 if it is wide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Encoded {
    bytes: [u8; 2 * Slot::BYTES],
    len: u8,
}

impl Encoded {
    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }
}

impl AsRef<[u8]> for Encoded {
    fn as_ref(&self) -> &[u8] {
        self.as_bytes()
    }
}

/// Why an instruction has no encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EncodeError {
    /// The operation does not use this field, and it is not 0.
    UnusedField {
        /// Which.
        field: FieldName,
    },
    /// The immediate does not fit its field.
    ImmTooWide {
        /// The immediate.
        imm: i64,
    },
    /// r11 used other than as the base of an 8-byte load or store.
    BadRegister {
        /// Which field, `dst` or `src`.
        field: FieldName,
    },
    /// A stack argument whose offset from r11 is not a multiple of 8, or has the wrong sign.
    BadStackArgument {
        /// The offset.
        offset: i16,
    },
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            EncodeError::UnusedField { field } => write!(f, "the operation has no {field}, so it must be 0"),
            EncodeError::ImmTooWide { imm } => write!(f, "the immediate {imm:#x} does not fit 32 bits"),
            EncodeError::BadRegister { field } => write!(f, "r11 cannot be the {field} of this operation"),
            EncodeError::BadStackArgument { offset } => {
                write!(f, "no stack argument can be at r11{offset:+}")
            }
        }
    }
}

impl core::error::Error for EncodeError {}

impl Insn {
    /// The bytes of this instruction.
    ///
    /// # Errors
    /// Any [`EncodeError`]: an operand that the operation does not have, or that does not fit.
    pub fn encode(self) -> Result<Encoded, EncodeError> {
        let row = self.op.row();
        let fixed = |field, want, is_zero| match want {
            Field::Any => Ok(None),
            Field::Is(value) if is_zero => Ok(Some(value)),
            Field::Is(_) => Err(EncodeError::UnusedField { field }),
        };
        fixed(FieldName::Dst, row.dst, self.dst == Reg::R0)?;
        let src = match fixed(FieldName::Src, row.src, self.src == Reg::R0)? {
            Some(value) => value as u8,
            None => self.src.number(),
        };
        let offset = match fixed(FieldName::Offset, row.offset, self.offset == 0)? {
            Some(value) => value as i16,
            None => self.offset,
        };
        let fixed_imm = fixed(FieldName::Imm, row.imm, self.imm == 0)?;
        stack_argument(self).map_err(|fault| match fault {
            StackArgumentFault::Register(field) => EncodeError::BadRegister { field },
            StackArgumentFault::Offset(offset) => EncodeError::BadStackArgument { offset },
        })?;

        let mut bytes = [0; 2 * Slot::BYTES];
        let imm = match (row.kind, fixed_imm) {
            (Kind::LoadWide(wide), _) => {
                let (low, high) = (self.imm as i32, (self.imm >> 32) as i32);
                if high != 0 && !uses_next_imm(wide) {
                    return Err(EncodeError::ImmTooWide { imm: self.imm });
                }
                bytes[12..].copy_from_slice(&high.to_le_bytes());
                low
            }
            (_, Some(value)) => value,
            (_, None) => i32::try_from(self.imm).map_err(|_| EncodeError::ImmTooWide { imm: self.imm })?,
        };
        bytes[0] = row.opcode;
        bytes[1] = self.dst.number() | src << 4;
        bytes[2..4].copy_from_slice(&offset.to_le_bytes());
        bytes[4..8].copy_from_slice(&imm.to_le_bytes());
        Ok(Encoded { bytes, len: (self.slots() as usize * Slot::BYTES) as u8 })
    }
}

//! One function per operation, in files with the same names as the interpreter's, to be read side by side.

pub mod alu;
pub mod atomic;
pub mod call;
pub mod endian;
pub mod jump;
pub mod mem;
pub mod wide;

/// 32 or 64 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Width {
    W32,
    W64,
}

impl From<bpf_isa::Width> for Width {
    fn from(width: bpf_isa::Width) -> Self {
        match width {
            bpf_isa::Width::W32 => Width::W32,
            bpf_isa::Width::W64 => Width::W64,
        }
    }
}

/// The second operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operand {
    /// The number of a host register.
    Reg(u8),
    /// A sign-extended immediate.
    Imm(i32),
}

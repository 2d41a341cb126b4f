//! The opcode table: every operation, its bytes, and what it does.
//!
//! Only this module of the workspace knows opcode bytes; decoder, encoder, assembler and disassembler read it. Its
//! columns are those of the BPF Instruction registry (RFC 9669 §7.2 and appendix A): a field is `any`, or has the one
//! value that the row gives. Operations that share an opcode byte stand next to each other and differ in a field with a
//! fixed value.
//!
//! The registry's conformance group `packet` (legacy access to network packets) is omitted. `callx`, `gotox`,
//! load-acquire and store-release are added, in the form of LLVM 22 and Linux, as the group [`Group::Extension`].
//!
//! *Invariant*: no two rows match the same instruction, and the rows of an opcode are consecutive. Both are checked
//! when the crate is compiled.

use crate::kind::{
    AluOp::*, ByteOrder::*, Callee::*, Cond::*, Kind::*, Size::*, Source::*, WideImm::*, Width::*,
};
use crate::kind::{AtomicOp, Kind};

/// Conformance group (RFC 9669 §2.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Group {
    /// Base instructions on 32 bits.
    Base32,
    /// Base instructions on 64 bits.
    Base64,
    /// Atomic instructions on 32 bits.
    Atomic32,
    /// Atomic instructions on 64 bits.
    Atomic64,
    /// Multiplication and division on 32 bits.
    Divmul32,
    /// Multiplication and division on 64 bits.
    Divmul64,
    /// Not in RFC 9669.
    Extension,
}

/// LLVM's CPU version that introduced the operation (`-mcpu`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Cpu {
    /// The base.
    V1,
    /// Jumps on "less".
    V2,
    /// Jumps on 32 bits, atomic operations with a result.
    V3,
    /// Sign extension, signed division, `bswap`, long jumps, acquire and release, jump tables.
    V4,
}

/// The permitted values of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    /// An operand.
    Any,
    /// This value. For a field without a use it is 0.
    Is(i32),
}

impl Field {
    pub(crate) const fn admits(self, value: i32) -> bool {
        match self {
            Field::Any => true,
            Field::Is(only) => value == only,
        }
    }
}

/// A row of the table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    pub op: Op,
    pub opcode: u8,
    pub dst: Field,
    pub src: Field,
    pub offset: Field,
    pub imm: Field,
    pub group: Group,
    pub cpu: Cpu,
    pub kind: Kind,
}

macro_rules! field {
    (any) => {
        Field::Any
    };
    ($value:literal) => {
        Field::Is($value)
    };
}

macro_rules! table {
    ($($op:ident $opcode:literal $dst:tt $src:tt $offset:tt $imm:tt $group:ident $cpu:ident
       $kind:ident $(($($part:expr),*))?;)*) => {
        /// An operation: one of the rows of the opcode table.
        ///
        /// The names are RFC 9669's, with the width and, where there is a choice, the place of the second operand.
        /// [`Op::kind`] says what each does.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        #[allow(missing_docs)] // `Op::kind` describes each, in types.
        pub enum Op { $($op,)* }

        /// The table, in the order of [`Op`].
        pub(crate) static ROWS: [Row; Op::ALL.len()] = TABLE;

        const TABLE: [Row; Op::ALL.len()] = [$(Row {
            op: Op::$op,
            opcode: $opcode,
            dst: field!($dst),
            src: field!($src),
            offset: field!($offset),
            imm: field!($imm),
            group: Group::$group,
            cpu: Cpu::$cpu,
            kind: $kind $(($($part),*))?,
        },)*];

        impl Op {
            /// All operations, in the order of the table.
            pub const ALL: &'static [Op] = &[$(Op::$op,)*];

            /// What it does, and where its operands are.
            pub const fn kind(self) -> Kind {
                ROWS[self as usize].kind
            }
        }
    };
}

table! {
    // operation          opcode dst   src   offset  imm    group      cpu  kind
    // Arithmetic on 32 bits, RFC 9669 §4.1.
    Add32Imm             0x04   any   0     0       any    Base32     V1   Alu(W32, Add, Imm);
    Add32Reg             0x0c   any   any   0       0      Base32     V1   Alu(W32, Add, Reg);
    Sub32Imm             0x14   any   0     0       any    Base32     V1   Alu(W32, Sub, Imm);
    Sub32Reg             0x1c   any   any   0       0      Base32     V1   Alu(W32, Sub, Reg);
    Mul32Imm             0x24   any   0     0       any    Divmul32   V1   Alu(W32, Mul, Imm);
    Mul32Reg             0x2c   any   any   0       0      Divmul32   V1   Alu(W32, Mul, Reg);
    Div32Imm             0x34   any   0     0       any    Divmul32   V1   Alu(W32, Div, Imm);
    SDiv32Imm            0x34   any   0     1       any    Divmul32   V4   Alu(W32, SDiv, Imm);
    Div32Reg             0x3c   any   any   0       0      Divmul32   V1   Alu(W32, Div, Reg);
    SDiv32Reg            0x3c   any   any   1       0      Divmul32   V4   Alu(W32, SDiv, Reg);
    Or32Imm              0x44   any   0     0       any    Base32     V1   Alu(W32, Or, Imm);
    Or32Reg              0x4c   any   any   0       0      Base32     V1   Alu(W32, Or, Reg);
    And32Imm             0x54   any   0     0       any    Base32     V1   Alu(W32, And, Imm);
    And32Reg             0x5c   any   any   0       0      Base32     V1   Alu(W32, And, Reg);
    Lsh32Imm             0x64   any   0     0       any    Base32     V1   Alu(W32, Lsh, Imm);
    Lsh32Reg             0x6c   any   any   0       0      Base32     V1   Alu(W32, Lsh, Reg);
    Rsh32Imm             0x74   any   0     0       any    Base32     V1   Alu(W32, Rsh, Imm);
    Rsh32Reg             0x7c   any   any   0       0      Base32     V1   Alu(W32, Rsh, Reg);
    Neg32                0x84   any   0     0       0      Base32     V1   Neg(W32);
    Mod32Imm             0x94   any   0     0       any    Divmul32   V1   Alu(W32, Mod, Imm);
    SMod32Imm            0x94   any   0     1       any    Divmul32   V4   Alu(W32, SMod, Imm);
    Mod32Reg             0x9c   any   any   0       0      Divmul32   V1   Alu(W32, Mod, Reg);
    SMod32Reg            0x9c   any   any   1       0      Divmul32   V4   Alu(W32, SMod, Reg);
    Xor32Imm             0xa4   any   0     0       any    Base32     V1   Alu(W32, Xor, Imm);
    Xor32Reg             0xac   any   any   0       0      Base32     V1   Alu(W32, Xor, Reg);
    Mov32Imm             0xb4   any   0     0       any    Base32     V1   Alu(W32, Mov, Imm);
    Mov32Reg             0xbc   any   any   0       0      Base32     V1   Alu(W32, Mov, Reg);
    MovSx8To32           0xbc   any   any   8       0      Base32     V4   MovSx(W32, B);
    MovSx16To32          0xbc   any   any   16      0      Base32     V4   MovSx(W32, H);
    Arsh32Imm            0xc4   any   0     0       any    Base32     V1   Alu(W32, Arsh, Imm);
    Arsh32Reg            0xcc   any   any   0       0      Base32     V1   Alu(W32, Arsh, Reg);

    // Arithmetic on 64 bits, RFC 9669 §4.1.
    Add64Imm             0x07   any   0     0       any    Base64     V1   Alu(W64, Add, Imm);
    Add64Reg             0x0f   any   any   0       0      Base64     V1   Alu(W64, Add, Reg);
    Sub64Imm             0x17   any   0     0       any    Base64     V1   Alu(W64, Sub, Imm);
    Sub64Reg             0x1f   any   any   0       0      Base64     V1   Alu(W64, Sub, Reg);
    Mul64Imm             0x27   any   0     0       any    Divmul64   V1   Alu(W64, Mul, Imm);
    Mul64Reg             0x2f   any   any   0       0      Divmul64   V1   Alu(W64, Mul, Reg);
    Div64Imm             0x37   any   0     0       any    Divmul64   V1   Alu(W64, Div, Imm);
    SDiv64Imm            0x37   any   0     1       any    Divmul64   V4   Alu(W64, SDiv, Imm);
    Div64Reg             0x3f   any   any   0       0      Divmul64   V1   Alu(W64, Div, Reg);
    SDiv64Reg            0x3f   any   any   1       0      Divmul64   V4   Alu(W64, SDiv, Reg);
    Or64Imm              0x47   any   0     0       any    Base64     V1   Alu(W64, Or, Imm);
    Or64Reg              0x4f   any   any   0       0      Base64     V1   Alu(W64, Or, Reg);
    And64Imm             0x57   any   0     0       any    Base64     V1   Alu(W64, And, Imm);
    And64Reg             0x5f   any   any   0       0      Base64     V1   Alu(W64, And, Reg);
    Lsh64Imm             0x67   any   0     0       any    Base64     V1   Alu(W64, Lsh, Imm);
    Lsh64Reg             0x6f   any   any   0       0      Base64     V1   Alu(W64, Lsh, Reg);
    Rsh64Imm             0x77   any   0     0       any    Base64     V1   Alu(W64, Rsh, Imm);
    Rsh64Reg             0x7f   any   any   0       0      Base64     V1   Alu(W64, Rsh, Reg);
    Neg64                0x87   any   0     0       0      Base64     V1   Neg(W64);
    Mod64Imm             0x97   any   0     0       any    Divmul64   V1   Alu(W64, Mod, Imm);
    SMod64Imm            0x97   any   0     1       any    Divmul64   V4   Alu(W64, SMod, Imm);
    Mod64Reg             0x9f   any   any   0       0      Divmul64   V1   Alu(W64, Mod, Reg);
    SMod64Reg            0x9f   any   any   1       0      Divmul64   V4   Alu(W64, SMod, Reg);
    Xor64Imm             0xa7   any   0     0       any    Base64     V1   Alu(W64, Xor, Imm);
    Xor64Reg             0xaf   any   any   0       0      Base64     V1   Alu(W64, Xor, Reg);
    Mov64Imm             0xb7   any   0     0       any    Base64     V1   Alu(W64, Mov, Imm);
    Mov64Reg             0xbf   any   any   0       0      Base64     V1   Alu(W64, Mov, Reg);
    MovSx8To64           0xbf   any   any   8       0      Base64     V4   MovSx(W64, B);
    MovSx16To64          0xbf   any   any   16      0      Base64     V4   MovSx(W64, H);
    MovSx32To64          0xbf   any   any   32      0      Base64     V4   MovSx(W64, W);
    Arsh64Imm            0xc7   any   0     0       any    Base64     V1   Alu(W64, Arsh, Imm);
    Arsh64Reg            0xcf   any   any   0       0      Base64     V1   Alu(W64, Arsh, Reg);

    // Byte order, RFC 9669 §4.2.
    Le16                 0xd4   any   0     0       0x10   Base32     V1   ByteOrder(Little, H);
    Le32                 0xd4   any   0     0       0x20   Base32     V1   ByteOrder(Little, W);
    Le64                 0xd4   any   0     0       0x40   Base64     V1   ByteOrder(Little, Dw);
    Be16                 0xdc   any   0     0       0x10   Base32     V1   ByteOrder(Big, H);
    Be32                 0xdc   any   0     0       0x20   Base32     V1   ByteOrder(Big, W);
    Be64                 0xdc   any   0     0       0x40   Base64     V1   ByteOrder(Big, Dw);
    Swap16               0xd7   any   0     0       0x10   Base32     V4   ByteOrder(Swap, H);
    Swap32               0xd7   any   0     0       0x20   Base32     V4   ByteOrder(Swap, W);
    Swap64               0xd7   any   0     0       0x40   Base64     V4   ByteOrder(Swap, Dw);

    // Jumps, RFC 9669 §4.3. A 64-bit comparison is in class JMP, a 32-bit one in class JMP32.
    Ja                   0x05   0     0     any     0      Base32     V1   Jump;
    Ja32                 0x06   0     0     0       any    Base32     V4   JumpLong;
    GotoX                0x0d   any   0     0       0      Extension  V4   JumpPointer;
    JEq64Imm             0x15   any   0     any     any    Base64     V1   Branch(W64, Eq, Imm);
    JEq64Reg             0x1d   any   any   any     0      Base64     V1   Branch(W64, Eq, Reg);
    JGt64Imm             0x25   any   0     any     any    Base64     V1   Branch(W64, Gt, Imm);
    JGt64Reg             0x2d   any   any   any     0      Base64     V1   Branch(W64, Gt, Reg);
    JGe64Imm             0x35   any   0     any     any    Base64     V1   Branch(W64, Ge, Imm);
    JGe64Reg             0x3d   any   any   any     0      Base64     V1   Branch(W64, Ge, Reg);
    JSet64Imm            0x45   any   0     any     any    Base64     V1   Branch(W64, Set, Imm);
    JSet64Reg            0x4d   any   any   any     0      Base64     V1   Branch(W64, Set, Reg);
    JNe64Imm             0x55   any   0     any     any    Base64     V1   Branch(W64, Ne, Imm);
    JNe64Reg             0x5d   any   any   any     0      Base64     V1   Branch(W64, Ne, Reg);
    JSGt64Imm            0x65   any   0     any     any    Base64     V1   Branch(W64, SGt, Imm);
    JSGt64Reg            0x6d   any   any   any     0      Base64     V1   Branch(W64, SGt, Reg);
    JSGe64Imm            0x75   any   0     any     any    Base64     V1   Branch(W64, SGe, Imm);
    JSGe64Reg            0x7d   any   any   any     0      Base64     V1   Branch(W64, SGe, Reg);
    JLt64Imm             0xa5   any   0     any     any    Base64     V2   Branch(W64, Lt, Imm);
    JLt64Reg             0xad   any   any   any     0      Base64     V2   Branch(W64, Lt, Reg);
    JLe64Imm             0xb5   any   0     any     any    Base64     V2   Branch(W64, Le, Imm);
    JLe64Reg             0xbd   any   any   any     0      Base64     V2   Branch(W64, Le, Reg);
    JSLt64Imm            0xc5   any   0     any     any    Base64     V2   Branch(W64, SLt, Imm);
    JSLt64Reg            0xcd   any   any   any     0      Base64     V2   Branch(W64, SLt, Reg);
    JSLe64Imm            0xd5   any   0     any     any    Base64     V2   Branch(W64, SLe, Imm);
    JSLe64Reg            0xdd   any   any   any     0      Base64     V2   Branch(W64, SLe, Reg);
    JEq32Imm             0x16   any   0     any     any    Base32     V3   Branch(W32, Eq, Imm);
    JEq32Reg             0x1e   any   any   any     0      Base32     V3   Branch(W32, Eq, Reg);
    JGt32Imm             0x26   any   0     any     any    Base32     V3   Branch(W32, Gt, Imm);
    JGt32Reg             0x2e   any   any   any     0      Base32     V3   Branch(W32, Gt, Reg);
    JGe32Imm             0x36   any   0     any     any    Base32     V3   Branch(W32, Ge, Imm);
    JGe32Reg             0x3e   any   any   any     0      Base32     V3   Branch(W32, Ge, Reg);
    JSet32Imm            0x46   any   0     any     any    Base32     V3   Branch(W32, Set, Imm);
    JSet32Reg            0x4e   any   any   any     0      Base32     V3   Branch(W32, Set, Reg);
    JNe32Imm             0x56   any   0     any     any    Base32     V3   Branch(W32, Ne, Imm);
    JNe32Reg             0x5e   any   any   any     0      Base32     V3   Branch(W32, Ne, Reg);
    JSGt32Imm            0x66   any   0     any     any    Base32     V3   Branch(W32, SGt, Imm);
    JSGt32Reg            0x6e   any   any   any     0      Base32     V3   Branch(W32, SGt, Reg);
    JSGe32Imm            0x76   any   0     any     any    Base32     V3   Branch(W32, SGe, Imm);
    JSGe32Reg            0x7e   any   any   any     0      Base32     V3   Branch(W32, SGe, Reg);
    JLt32Imm             0xa6   any   0     any     any    Base32     V3   Branch(W32, Lt, Imm);
    JLt32Reg             0xae   any   any   any     0      Base32     V3   Branch(W32, Lt, Reg);
    JLe32Imm             0xb6   any   0     any     any    Base32     V3   Branch(W32, Le, Imm);
    JLe32Reg             0xbe   any   any   any     0      Base32     V3   Branch(W32, Le, Reg);
    JSLt32Imm            0xc6   any   0     any     any    Base32     V3   Branch(W32, SLt, Imm);
    JSLt32Reg            0xce   any   any   any     0      Base32     V3   Branch(W32, SLt, Reg);
    JSLe32Imm            0xd6   any   0     any     any    Base32     V3   Branch(W32, SLe, Imm);
    JSLe32Reg            0xde   any   any   any     0      Base32     V3   Branch(W32, SLe, Reg);

    // Calls, RFC 9669 §4.3.1 and §4.3.2; `callx` as LLVM 19.1 and later write it.
    Call                 0x85   0     0     0       any    Base32     V1   Call(Helper);
    CallLocal            0x85   0     1     0       any    Base32     V1   Call(Local);
    CallBtf              0x85   0     2     0       any    Base32     V1   Call(HelperByBtfId);
    CallX                0x8d   any   0     0       0      Extension  V1   Call(Pointer);
    Exit                 0x95   0     0     0       0      Base32     V1   Exit;

    // Wide instructions, RFC 9669 §5.4.
    LdImm64              0x18   any   0     0       any    Base64     V1   LoadWide(Value);
    LdMapByFd            0x18   any   1     0       any    Base64     V1   LoadWide(MapByFd);
    LdMapValueByFd       0x18   any   2     0       any    Base64     V1   LoadWide(MapValueByFd);
    LdVarAddr            0x18   any   3     0       any    Base64     V1   LoadWide(VarAddr);
    LdCodeAddr           0x18   any   4     0       any    Base64     V1   LoadWide(CodeAddr);
    LdMapByIndex         0x18   any   5     0       any    Base64     V1   LoadWide(MapByIndex);
    LdMapValueByIndex    0x18   any   6     0       any    Base64     V1   LoadWide(MapValueByIndex);

    // Loads and stores, RFC 9669 §5.1 and §5.2.
    Load8                0x71   any   any   any     0      Base32     V1   Load(B);
    Load16               0x69   any   any   any     0      Base32     V1   Load(H);
    Load32               0x61   any   any   any     0      Base32     V1   Load(W);
    Load64               0x79   any   any   any     0      Base64     V1   Load(Dw);
    LoadSx8              0x91   any   any   any     0      Base64     V4   LoadSx(B);
    LoadSx16             0x89   any   any   any     0      Base64     V4   LoadSx(H);
    LoadSx32             0x81   any   any   any     0      Base64     V4   LoadSx(W);
    Store8Imm            0x72   any   0     any     any    Base32     V1   Store(B, Imm);
    Store16Imm           0x6a   any   0     any     any    Base32     V1   Store(H, Imm);
    Store32Imm           0x62   any   0     any     any    Base32     V1   Store(W, Imm);
    Store64Imm           0x7a   any   0     any     any    Base64     V1   Store(Dw, Imm);
    Store8Reg            0x73   any   any   any     0      Base32     V1   Store(B, Reg);
    Store16Reg           0x6b   any   any   any     0      Base32     V1   Store(H, Reg);
    Store32Reg           0x63   any   any   any     0      Base32     V1   Store(W, Reg);
    Store64Reg           0x7b   any   any   any     0      Base64     V1   Store(Dw, Reg);

    // Atomic operations, RFC 9669 §5.3; load-acquire and store-release as LLVM and Linux have them.
    AtomicAdd32          0xc3   any   any   any     0      Atomic32   V1   Atomic(W32, AtomicOp::Add, false);
    AtomicFetchAdd32     0xc3   any   any   any     0x01   Atomic32   V3   Atomic(W32, AtomicOp::Add, true);
    AtomicOr32           0xc3   any   any   any     0x40   Atomic32   V3   Atomic(W32, AtomicOp::Or, false);
    AtomicFetchOr32      0xc3   any   any   any     0x41   Atomic32   V3   Atomic(W32, AtomicOp::Or, true);
    AtomicAnd32          0xc3   any   any   any     0x50   Atomic32   V3   Atomic(W32, AtomicOp::And, false);
    AtomicFetchAnd32     0xc3   any   any   any     0x51   Atomic32   V3   Atomic(W32, AtomicOp::And, true);
    AtomicXor32          0xc3   any   any   any     0xa0   Atomic32   V3   Atomic(W32, AtomicOp::Xor, false);
    AtomicFetchXor32     0xc3   any   any   any     0xa1   Atomic32   V3   Atomic(W32, AtomicOp::Xor, true);
    Exchange32           0xc3   any   any   any     0xe1   Atomic32   V3   Exchange(W32);
    CompareExchange32    0xc3   any   any   any     0xf1   Atomic32   V3   CompareExchange(W32);
    LoadAcquire32        0xc3   any   any   any     0x100  Extension  V4   LoadAcquire(W);
    StoreRelease32       0xc3   any   any   any     0x110  Extension  V4   StoreRelease(W);
    AtomicAdd64          0xdb   any   any   any     0      Atomic64   V1   Atomic(W64, AtomicOp::Add, false);
    AtomicFetchAdd64     0xdb   any   any   any     0x01   Atomic64   V3   Atomic(W64, AtomicOp::Add, true);
    AtomicOr64           0xdb   any   any   any     0x40   Atomic64   V3   Atomic(W64, AtomicOp::Or, false);
    AtomicFetchOr64      0xdb   any   any   any     0x41   Atomic64   V3   Atomic(W64, AtomicOp::Or, true);
    AtomicAnd64          0xdb   any   any   any     0x50   Atomic64   V3   Atomic(W64, AtomicOp::And, false);
    AtomicFetchAnd64     0xdb   any   any   any     0x51   Atomic64   V3   Atomic(W64, AtomicOp::And, true);
    AtomicXor64          0xdb   any   any   any     0xa0   Atomic64   V3   Atomic(W64, AtomicOp::Xor, false);
    AtomicFetchXor64     0xdb   any   any   any     0xa1   Atomic64   V3   Atomic(W64, AtomicOp::Xor, true);
    Exchange64           0xdb   any   any   any     0xe1   Atomic64   V3   Exchange(W64);
    CompareExchange64    0xdb   any   any   any     0xf1   Atomic64   V3   CompareExchange(W64);
    LoadAcquire64        0xdb   any   any   any     0x100  Extension  V4   LoadAcquire(Dw);
    StoreRelease64       0xdb   any   any   any     0x110  Extension  V4   StoreRelease(Dw);
    LoadAcquire8         0xd3   any   any   any     0x100  Extension  V4   LoadAcquire(B);
    StoreRelease8        0xd3   any   any   any     0x110  Extension  V4   StoreRelease(B);
    LoadAcquire16        0xcb   any   any   any     0x100  Extension  V4   LoadAcquire(H);
    StoreRelease16       0xcb   any   any   any     0x110  Extension  V4   StoreRelease(H);
}

impl Op {
    pub(crate) fn row(self) -> &'static Row {
        &ROWS[self as usize]
    }

    /// The opcode byte, for listings.
    pub fn opcode(self) -> u8 {
        self.row().opcode
    }

    /// The conformance group it belongs to.
    pub fn group(self) -> Group {
        self.row().group
    }

    /// The CPU version that introduced it.
    pub fn cpu(self) -> Cpu {
        self.row().cpu
    }
}

/// The first row and the number of rows of each opcode byte in [`ROWS`].
pub(crate) static BY_OPCODE: [(u8, u8); 256] = index();

const fn index() -> [(u8, u8); 256] {
    let mut runs = [(0, 0); 256];
    let mut at = 0;
    while at < TABLE.len() {
        let run = &mut runs[TABLE[at].opcode as usize];
        if run.1 == 0 {
            run.0 = at as u8;
        }
        assert!(run.0 as usize + run.1 as usize == at, "the rows of an opcode stand apart");
        let mut other = run.0 as usize;
        while other < at {
            assert!(differ(&TABLE[other], &TABLE[at]), "two rows match the same instruction");
            other += 1;
        }
        run.1 += 1;
        at += 1;
    }
    runs
}

const fn differ(a: &Row, b: &Row) -> bool {
    const fn fields(a: Field, b: Field) -> bool {
        match (a, b) {
            (Field::Is(a), Field::Is(b)) => a != b,
            _ => false,
        }
    }
    fields(a.src, b.src) || fields(a.offset, b.offset) || fields(a.imm, b.imm)
}

const _: () = assert!(TABLE.len() <= u8::MAX as usize);

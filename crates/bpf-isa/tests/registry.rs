//! The table against the BPF Instruction registry (RFC 9669 appendix A, at IANA "BPF Instructions").
//!
//! Written out once more, in the registry's order and columns, so that a slip in the table shows. Two
//! remarks on the registry: sign-extending loads (§5.2) are listed here beside the others though the
//! RFC's appendix leaves them out; and `neg` on 64 bits (0x87) is put in `base64`, as §4.1 has it of
//! every instruction of class ALU64, where the appendix says `base32`.

use bpf_isa::{decode, Group, Op, Slot};

/// `None` where the registry says "any".
struct Row {
    opcode: u8,
    src: Option<u8>,
    offset: Option<i16>,
    imm: Option<i32>,
    op: Op,
    group: Group,
}

macro_rules! registry {
    ($($opcode:literal $src:tt $offset:tt $imm:tt $op:ident $group:ident;)*) => {
        &[$(Row {
            opcode: $opcode,
            src: registry!(@ $src),
            offset: registry!(@ $offset),
            imm: registry!(@ $imm),
            op: Op::$op,
            group: Group::$group,
        },)*]
    };
    (@ any) => { None };
    (@ $value:literal) => { Some($value) };
}

#[rustfmt::skip]
const REGISTRY: &[Row] = registry! {
    // opcode src offset imm instruction group
    0x04 0   0   any  Add32Imm            Base32;
    0x05 0   any 0x00 Ja                  Base32;
    0x06 0   0   any  Ja32                Base32;
    0x07 0   0   any  Add64Imm            Base64;
    0x0c any 0   0x00 Add32Reg            Base32;
    0x0f any 0   0x00 Add64Reg            Base64;
    0x14 0   0   any  Sub32Imm            Base32;
    0x15 0   any any  JEq64Imm            Base64;
    0x16 0   any any  JEq32Imm            Base32;
    0x17 0   0   any  Sub64Imm            Base64;
    0x18 0   0   any  LdImm64             Base64;
    0x18 1   0   any  LdMapByFd           Base64;
    0x18 2   0   any  LdMapValueByFd      Base64;
    0x18 3   0   any  LdVarAddr           Base64;
    0x18 4   0   any  LdCodeAddr          Base64;
    0x18 5   0   any  LdMapByIndex        Base64;
    0x18 6   0   any  LdMapValueByIndex   Base64;
    0x1c any 0   0x00 Sub32Reg            Base32;
    0x1d any any 0x00 JEq64Reg            Base64;
    0x1e any any 0x00 JEq32Reg            Base32;
    0x1f any 0   0x00 Sub64Reg            Base64;
    0x24 0   0   any  Mul32Imm            Divmul32;
    0x25 0   any any  JGt64Imm            Base64;
    0x26 0   any any  JGt32Imm            Base32;
    0x27 0   0   any  Mul64Imm            Divmul64;
    0x2c any 0   0x00 Mul32Reg            Divmul32;
    0x2d any any 0x00 JGt64Reg            Base64;
    0x2e any any 0x00 JGt32Reg            Base32;
    0x2f any 0   0x00 Mul64Reg            Divmul64;
    0x34 0   0   any  Div32Imm            Divmul32;
    0x34 0   1   any  SDiv32Imm           Divmul32;
    0x35 0   any any  JGe64Imm            Base64;
    0x36 0   any any  JGe32Imm            Base32;
    0x37 0   0   any  Div64Imm            Divmul64;
    0x37 0   1   any  SDiv64Imm           Divmul64;
    0x3c any 0   0x00 Div32Reg            Divmul32;
    0x3c any 1   0x00 SDiv32Reg           Divmul32;
    0x3d any any 0x00 JGe64Reg            Base64;
    0x3e any any 0x00 JGe32Reg            Base32;
    0x3f any 0   0x00 Div64Reg            Divmul64;
    0x3f any 1   0x00 SDiv64Reg           Divmul64;
    0x44 0   0   any  Or32Imm             Base32;
    0x45 0   any any  JSet64Imm           Base64;
    0x46 0   any any  JSet32Imm           Base32;
    0x47 0   0   any  Or64Imm             Base64;
    0x4c any 0   0x00 Or32Reg             Base32;
    0x4d any any 0x00 JSet64Reg           Base64;
    0x4e any any 0x00 JSet32Reg           Base32;
    0x4f any 0   0x00 Or64Reg             Base64;
    0x54 0   0   any  And32Imm            Base32;
    0x55 0   any any  JNe64Imm            Base64;
    0x56 0   any any  JNe32Imm            Base32;
    0x57 0   0   any  And64Imm            Base64;
    0x5c any 0   0x00 And32Reg            Base32;
    0x5d any any 0x00 JNe64Reg            Base64;
    0x5e any any 0x00 JNe32Reg            Base32;
    0x5f any 0   0x00 And64Reg            Base64;
    0x61 any any 0x00 Load32              Base32;
    0x62 0   any any  Store32Imm          Base32;
    0x63 any any 0x00 Store32Reg          Base32;
    0x64 0   0   any  Lsh32Imm            Base32;
    0x65 0   any any  JSGt64Imm           Base64;
    0x66 0   any any  JSGt32Imm           Base32;
    0x67 0   0   any  Lsh64Imm            Base64;
    0x69 any any 0x00 Load16              Base32;
    0x6a 0   any any  Store16Imm          Base32;
    0x6b any any 0x00 Store16Reg          Base32;
    0x6c any 0   0x00 Lsh32Reg            Base32;
    0x6d any any 0x00 JSGt64Reg           Base64;
    0x6e any any 0x00 JSGt32Reg           Base32;
    0x6f any 0   0x00 Lsh64Reg            Base64;
    0x71 any any 0x00 Load8               Base32;
    0x72 0   any any  Store8Imm           Base32;
    0x73 any any 0x00 Store8Reg           Base32;
    0x74 0   0   any  Rsh32Imm            Base32;
    0x75 0   any any  JSGe64Imm           Base64;
    0x76 0   any any  JSGe32Imm           Base32;
    0x77 0   0   any  Rsh64Imm            Base64;
    0x79 any any 0x00 Load64              Base64;
    0x7a 0   any any  Store64Imm          Base64;
    0x7b any any 0x00 Store64Reg          Base64;
    0x7c any 0   0x00 Rsh32Reg            Base32;
    0x7d any any 0x00 JSGe64Reg           Base64;
    0x7e any any 0x00 JSGe32Reg           Base32;
    0x7f any 0   0x00 Rsh64Reg            Base64;
    0x81 any any 0x00 LoadSx32            Base64;
    0x84 0   0   0x00 Neg32               Base32;
    0x85 0   0   any  Call                Base32;
    0x85 1   0   any  CallLocal           Base32;
    0x85 2   0   any  CallBtf             Base32;
    0x87 0   0   0x00 Neg64               Base64;
    0x89 any any 0x00 LoadSx16            Base64;
    0x91 any any 0x00 LoadSx8             Base64;
    0x94 0   0   any  Mod32Imm            Divmul32;
    0x94 0   1   any  SMod32Imm           Divmul32;
    0x95 0   0   0x00 Exit                Base32;
    0x97 0   0   any  Mod64Imm            Divmul64;
    0x97 0   1   any  SMod64Imm           Divmul64;
    0x9c any 0   0x00 Mod32Reg            Divmul32;
    0x9c any 1   0x00 SMod32Reg           Divmul32;
    0x9f any 0   0x00 Mod64Reg            Divmul64;
    0x9f any 1   0x00 SMod64Reg           Divmul64;
    0xa4 0   0   any  Xor32Imm            Base32;
    0xa5 0   any any  JLt64Imm            Base64;
    0xa6 0   any any  JLt32Imm            Base32;
    0xa7 0   0   any  Xor64Imm            Base64;
    0xac any 0   0x00 Xor32Reg            Base32;
    0xad any any 0x00 JLt64Reg            Base64;
    0xae any any 0x00 JLt32Reg            Base32;
    0xaf any 0   0x00 Xor64Reg            Base64;
    0xb4 0   0   any  Mov32Imm            Base32;
    0xb5 0   any any  JLe64Imm            Base64;
    0xb6 0   any any  JLe32Imm            Base32;
    0xb7 0   0   any  Mov64Imm            Base64;
    0xbc any 0   0x00 Mov32Reg            Base32;
    0xbc any 8   0x00 MovSx8To32          Base32;
    0xbc any 16  0x00 MovSx16To32         Base32;
    0xbd any any 0x00 JLe64Reg            Base64;
    0xbe any any 0x00 JLe32Reg            Base32;
    0xbf any 0   0x00 Mov64Reg            Base64;
    0xbf any 8   0x00 MovSx8To64          Base64;
    0xbf any 16  0x00 MovSx16To64         Base64;
    0xbf any 32  0x00 MovSx32To64         Base64;
    0xc3 any any 0x00 AtomicAdd32         Atomic32;
    0xc3 any any 0x01 AtomicFetchAdd32    Atomic32;
    0xc3 any any 0x40 AtomicOr32          Atomic32;
    0xc3 any any 0x41 AtomicFetchOr32     Atomic32;
    0xc3 any any 0x50 AtomicAnd32         Atomic32;
    0xc3 any any 0x51 AtomicFetchAnd32    Atomic32;
    0xc3 any any 0xa0 AtomicXor32         Atomic32;
    0xc3 any any 0xa1 AtomicFetchXor32    Atomic32;
    0xc3 any any 0xe1 Exchange32          Atomic32;
    0xc3 any any 0xf1 CompareExchange32   Atomic32;
    0xc4 0   0   any  Arsh32Imm           Base32;
    0xc5 0   any any  JSLt64Imm           Base64;
    0xc6 0   any any  JSLt32Imm           Base32;
    0xc7 0   0   any  Arsh64Imm           Base64;
    0xcc any 0   0x00 Arsh32Reg           Base32;
    0xcd any any 0x00 JSLt64Reg           Base64;
    0xce any any 0x00 JSLt32Reg           Base32;
    0xcf any 0   0x00 Arsh64Reg           Base64;
    0xd4 0   0   0x10 Le16                Base32;
    0xd4 0   0   0x20 Le32                Base32;
    0xd4 0   0   0x40 Le64                Base64;
    0xd5 0   any any  JSLe64Imm           Base64;
    0xd6 0   any any  JSLe32Imm           Base32;
    0xd7 0   0   0x10 Swap16              Base32;
    0xd7 0   0   0x20 Swap32              Base32;
    0xd7 0   0   0x40 Swap64              Base64;
    0xdb any any 0x00 AtomicAdd64         Atomic64;
    0xdb any any 0x01 AtomicFetchAdd64    Atomic64;
    0xdb any any 0x40 AtomicOr64          Atomic64;
    0xdb any any 0x41 AtomicFetchOr64     Atomic64;
    0xdb any any 0x50 AtomicAnd64         Atomic64;
    0xdb any any 0x51 AtomicFetchAnd64    Atomic64;
    0xdb any any 0xa0 AtomicXor64         Atomic64;
    0xdb any any 0xa1 AtomicFetchXor64    Atomic64;
    0xdb any any 0xe1 Exchange64          Atomic64;
    0xdb any any 0xf1 CompareExchange64   Atomic64;
    0xdc 0   0   0x10 Be16                Base32;
    0xdc 0   0   0x20 Be32                Base32;
    0xdc 0   0   0x40 Be64                Base64;
    0xdd any any 0x00 JSLe64Reg           Base64;
    0xde any any 0x00 JSLe32Reg           Base32;
};

#[test]
fn the_table_is_the_registry() {
    for row in REGISTRY {
        let mut bytes = [0; 16];
        bytes[0] = row.opcode;
        bytes[1] = 3 | row.src.unwrap_or(4) << 4;
        bytes[2..4].copy_from_slice(&row.offset.unwrap_or(77).to_le_bytes());
        bytes[4..8].copy_from_slice(&row.imm.unwrap_or(-5).to_le_bytes());
        if decode(&bytes, Slot(0)).is_err() {
            // These have no `dst`.
            assert!(matches!(row.op, Op::Ja | Op::Ja32 | Op::Call | Op::CallLocal | Op::CallBtf | Op::Exit));
            bytes[1] &= 0xf0;
        }
        let insn = decode(&bytes, Slot(0)).unwrap_or_else(|error| panic!("{:?}: {error}", row.op));
        assert_eq!(insn.op, row.op);
        assert_eq!(insn.op.opcode(), row.opcode);
        assert_eq!(insn.op.group(), row.group, "{:?}", row.op);

        // A field with a value admits no other, unless another row of the registry has it.
        let siblings = || REGISTRY.iter().filter(|other| other.opcode == row.opcode);
        for src in 0..11 {
            let fixed = siblings().all(|other| other.src.is_some_and(|value| value != src));
            let mut changed = bytes;
            changed[1] = bytes[1] & 0xf | src << 4;
            assert_eq!(decode(&changed, Slot(0)).is_err(), fixed, "{:?} with src {src}", row.op);
        }
        for offset in [-1, 0, 1, 2, 8, 16, 32, 64] {
            let fixed = siblings().all(|other| other.offset.is_some_and(|value| value != offset));
            let mut changed = bytes;
            changed[2..4].copy_from_slice(&offset.to_le_bytes());
            assert_eq!(decode(&changed, Slot(0)).is_err(), fixed, "{:?} with offset {offset}", row.op);
        }
        for imm in -1..0x200 {
            // Load-acquire and store-release share the atomic operations' opcodes.
            let extension = matches!(row.opcode, 0xc3 | 0xdb) && matches!(imm, 0x100 | 0x110);
            let fixed = siblings().all(|other| other.imm.is_some_and(|value| value != imm));
            let mut changed = bytes;
            changed[4..8].copy_from_slice(&imm.to_le_bytes());
            assert_eq!(
                decode(&changed, Slot(0)).is_err(),
                fixed && !extension,
                "{:?} with imm {imm:#x}",
                row.op
            );
        }
    }
}

#[test]
fn the_registry_names_every_operation_once() {
    for &op in Op::ALL {
        let rows = REGISTRY.iter().filter(|row| row.op == op).count();
        assert_eq!(rows, usize::from(op.group() != Group::Extension), "{op:?}");
    }
    let extensions: Vec<Op> = Op::ALL.iter().copied().filter(|op| op.group() == Group::Extension).collect();
    assert_eq!(extensions.len(), 10, "{extensions:?}");
}

#[test]
fn every_other_opcode_is_refused() {
    for opcode in 0..=255u8 {
        let known = REGISTRY.iter().any(|row| row.opcode == opcode);
        // gotox, callx, and acquire and release on 8 and 16 bits.
        let extension = matches!(opcode, 0x0d | 0x8d | 0xcb | 0xd3);
        let accepted = [0, 0x10, 0x100].into_iter().any(|imm: i32| {
            let mut bytes = [0; 16];
            bytes[0] = opcode;
            bytes[4..8].copy_from_slice(&imm.to_le_bytes());
            decode(&bytes, Slot(0)).is_ok()
        });
        assert_eq!(accepted, known || extension, "{opcode:#04x}");
    }
}

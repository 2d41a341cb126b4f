//! Every operation, with many operands: what is encoded decodes to itself, and the other way round.

use bpf_isa::{decode, instructions, DecodeError, EncodeError, FieldName, Insn, Kind, Op, Reg, Size, Slot};

mod common;

use common::variants;

#[test]
fn encoded_instructions_decode_to_themselves() {
    for &op in Op::ALL {
        let all = variants(op);
        assert!(all.contains(&Insn::new(op)), "{op:?} has no encoding");
        for insn in all {
            let bytes = insn.encode().unwrap();
            assert_eq!(bytes.as_bytes().len(), insn.slots() as usize * 8);
            assert_eq!(decode(bytes.as_bytes(), Slot(0)), Ok(insn));
        }
    }
}

/// The second byte of an instruction: some registers that exist and some that do not, as `dst` and `src`.
fn registers() -> impl Iterator<Item = u8> {
    let src = [0, 1, 2, 3, 4, 5, 6, 7, 10, 11, 12, 15];
    src.into_iter().flat_map(|src| [0, 1, 10, 11, 12].map(|dst| dst | src << 4))
}

// All combinations of opcode, registers and telling values of offset and imm: if the decoder accepts
// them, the encoder gives the same bytes back. So no field is ignored.
#[test]
fn decoded_bytes_encode_to_themselves() {
    let imms =
        [0, 1, 5, 0x10, 0x20, 0x40, 0x41, 0x50, 0x51, 0xa0, 0xa1, 0xe1, 0xf1, 0x100, 0x110, -1, i32::MIN];
    let mut accepted = std::collections::BTreeSet::new();
    for opcode in 0..=255u8 {
        for registers in registers() {
            for offset in [0i16, 1, 8, 16, 32, 64, -8, -1] {
                for imm in imms {
                    let mut bytes = [0; 16];
                    bytes[0] = opcode;
                    bytes[1] = registers;
                    bytes[2..4].copy_from_slice(&offset.to_le_bytes());
                    bytes[4..8].copy_from_slice(&i32::to_le_bytes(imm));
                    if let Ok(insn) = decode(&bytes, Slot(0)) {
                        let encoded = insn.encode().unwrap();
                        assert_eq!(encoded.as_bytes(), &bytes[..encoded.as_bytes().len()], "{insn:?}");
                        accepted.insert(insn.op);
                    }
                }
            }
        }
    }
    assert!(accepted.iter().eq(Op::ALL), "some operation was never decoded");
}

#[test]
fn errors_name_the_field_and_the_place() {
    let at = Slot(1);
    let second = |bytes: [u8; 8]| decode(&[[0x95, 0, 0, 0, 0, 0, 0, 0], bytes].concat(), at).unwrap_err();
    let reserved = |field, value| DecodeError::ReservedValue { at, field, value };
    assert_eq!(second([0x07, 0x10, 0, 0, 1, 0, 0, 0]), reserved(FieldName::Src, 1));
    assert_eq!(second([0x0f, 0x00, 1, 0, 0, 0, 0, 0]), reserved(FieldName::Offset, 1));
    assert_eq!(second([0xbf, 0x00, 9, 0, 0, 0, 0, 0]), reserved(FieldName::Offset, 9));
    assert_eq!(second([0xbc, 0x00, 32, 0, 0, 0, 0, 0]), reserved(FieldName::Offset, 32));
    assert_eq!(second([0xdc, 0x10, 0, 0, 16, 0, 0, 0]), reserved(FieldName::Src, 1));
    assert_eq!(second([0xdc, 0x00, 0, 0, 8, 0, 0, 0]), reserved(FieldName::Imm, 8));
    assert_eq!(second([0x85, 0x30, 0, 0, 0, 0, 0, 0]), reserved(FieldName::Src, 3));
    assert_eq!(second([0x95, 0x01, 0, 0, 0, 0, 0, 0]), reserved(FieldName::Dst, 1));
    assert_eq!(second([0xdb, 0x21, 0, 0, 0xf0, 0, 0, 0]), reserved(FieldName::Imm, 0xf0));
    // What LLVM and Linux have beside us, and must not be taken for a plain move.
    assert_eq!(second([0xbf, 0x21, 1, 0, 1, 0, 0, 0]), reserved(FieldName::Offset, 1));
    assert_eq!(second([0xe5, 0, 0, 0, 0, 0, 0, 0]), DecodeError::UnknownOpcode { at, opcode: 0xe5 });
    assert_eq!(second([0x20, 0, 0, 0, 0, 0, 0, 0]), DecodeError::PacketAccess { at, opcode: 0x20 });
    assert_eq!(second([0x50, 0, 0, 0, 0, 0, 0, 0]), DecodeError::PacketAccess { at, opcode: 0x50 });
    assert_eq!(second([0x38, 0, 0, 0, 0, 0, 0, 0]), DecodeError::UnknownOpcode { at, opcode: 0x38 });
    assert_eq!(second([0x18, 0, 0, 0, 0, 0, 0, 0]), DecodeError::Truncated { at });
    assert_eq!(
        second([0x0f, 0x0c, 0, 0, 0, 0, 0, 0]),
        DecodeError::BadRegister { at, field: FieldName::Dst, register: 12 }
    );
    assert_eq!(decode(&[0x95, 0, 0, 0, 0, 0, 0], Slot(0)), Err(DecodeError::Truncated { at: Slot(0) }));
    assert_eq!(decode(&[], Slot(u32::MAX)), Err(DecodeError::Truncated { at: Slot(u32::MAX) }));
}

#[test]
fn wide_instructions_check_both_slots() {
    let wide = |second: [u8; 8], src: u8| {
        decode(&[[0x18, 0x01 | src << 4, 0, 0, 0xf0, 0xde, 0xbc, 0x9a], second].concat(), Slot(0))
    };
    let value = wide([0, 0, 0, 0, 0x78, 0x56, 0x34, 0x12], 0).unwrap();
    assert_eq!((value.op, value.dst, value.imm), (Op::LdImm64, Reg::R1, 0x1234_5678_9abc_def0));
    let map = wide([0; 8], 1).unwrap();
    assert_eq!((map.op, map.imm), (Op::LdMapByFd, 0x9abc_def0));
    assert_eq!(
        wide([0, 0, 0, 0, 1, 0, 0, 0], 1),
        Err(DecodeError::ReservedValue { at: Slot(0), field: FieldName::NextImm, value: 1 })
    );
    for byte in 0..4 {
        let mut second = [0; 8];
        second[byte] = 1;
        assert!(
            matches!(wide(second, 0), Err(DecodeError::ReservedValue { field: FieldName::Reserved, .. })),
            "byte {byte}"
        );
    }
    assert!(matches!(
        wide([0; 8], 7),
        Err(DecodeError::ReservedValue { field: FieldName::Src, value: 7, .. })
    ));
}

// r11 is a base for 8-byte stack arguments and nothing else, in exactly the forms LLVM 23 writes.
#[test]
fn r11_is_only_the_base_of_a_stack_argument() {
    for &op in Op::ALL {
        for insn in variants(op) {
            let used = insn.dst == Reg::R11 || insn.src == Reg::R11;
            let allowed = match insn.kind() {
                Kind::Load(Size::Dw) => insn.dst != Reg::R11 && insn.offset > 0 && insn.offset % 8 == 0,
                Kind::Store(Size::Dw, _) => insn.src != Reg::R11 && insn.offset < 0 && insn.offset % 8 == 0,
                _ => false,
            };
            assert!(!used || allowed, "{insn:?}");
        }
    }
    let store = Insn::new(Op::Store64Reg).with_dst(Reg::R11).with_src(Reg::R1);
    assert!(store.with_offset(-8).encode().is_ok());
    assert_eq!(store.with_offset(8).encode(), Err(EncodeError::BadStackArgument { offset: 8 }));
    assert_eq!(store.with_offset(-4).encode(), Err(EncodeError::BadStackArgument { offset: -4 }));
    assert_eq!(
        store.with_offset(-8).with_src(Reg::R11).encode(),
        Err(EncodeError::BadRegister { field: FieldName::Src })
    );
    assert_eq!(
        decode(&[0x79, 0xb1, 0xf8, 0xff, 0, 0, 0, 0], Slot(0)),
        Err(DecodeError::BadStackArgument { at: Slot(0), offset: -8 })
    );
}

#[test]
fn instructions_keep_count_of_slots() {
    let program = [
        Insn::new(Op::LdImm64).with_dst(Reg::R1).with_imm(i64::MIN),
        Insn::new(Op::JEq64Imm).with_dst(Reg::R1).with_offset(-3),
        Insn::new(Op::CallLocal).with_imm(-1),
        Insn::new(Op::Exit),
    ];
    let bytes: Vec<u8> = program.iter().flat_map(|insn| insn.encode().unwrap().as_bytes().to_vec()).collect();
    let decoded: Result<Vec<_>, _> = instructions(&bytes).collect();
    let decoded = decoded.unwrap();
    assert!(decoded.iter().map(|&(_, insn)| insn).eq(program));
    assert!(decoded.iter().map(|&(at, _)| at.0).eq([0, 2, 3, 4]));
    let targets: Vec<_> = decoded.iter().map(|&(at, insn)| insn.target(at)).collect();
    assert_eq!(targets, [None, Some(0), Some(3), None]);

    let cut: Vec<_> = instructions(&bytes[..bytes.len() - 1]).collect();
    assert_eq!(cut.len(), 4);
    assert_eq!(cut[3], Err(DecodeError::Truncated { at: Slot(4) }));
}

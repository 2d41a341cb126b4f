//! Every operation that computes, on random and on telling operands, against RFC 9669 written down a second
//! time: in integers wide enough that nothing wraps by itself.
//!
//! The machine's own arithmetic wraps where Rust's does; here a result is computed exactly and then reduced,
//! so that the two agree only if both are right. Runs on every engine.

#[path = "../examples/support/mod.rs"]
mod support;

use bpf_isa::{AluOp, AtomicOp, ByteOrder, Cond, Insn, Kind, Op, Reg, Size, Source, Width};
use bpf_vm::Exit;
use proptest::prelude::*;
use std::sync::Arc;
use support::case::Source as Program;
use support::engine;

fn bits(width: Width) -> u32 {
    Size::from(width).bits()
}

/// The lower `bits` of a number, as an unsigned number.
fn unsigned(value: u64, bits: u32) -> i128 {
    i128::from(value) & ((1 << bits) - 1)
}

/// The lower `bits` of a number, as a signed number.
fn signed(value: u64, bits: u32) -> i128 {
    let value = unsigned(value, bits);
    if value >> (bits - 1) == 1 {
        value - (1 << bits)
    } else {
        value
    }
}

/// RFC 9669 §4.1.
fn alu(op: AluOp, bits: u32, dst: u64, src: u64) -> u64 {
    let (ud, us) = (unsigned(dst, bits), unsigned(src, bits));
    let (sd, ss) = (signed(dst, bits), signed(src, bits));
    let shift = us % i128::from(bits);
    let result = match op {
        AluOp::Add => ud + us,
        AluOp::Sub => ud - us,
        // Signed, so that the product of 64-bit numbers fits.
        AluOp::Mul => sd * ss,
        AluOp::Div if us == 0 => 0,
        AluOp::Div => ud / us,
        AluOp::SDiv if us == 0 => 0,
        AluOp::SDiv => sd / ss,
        AluOp::Mod if us == 0 => ud,
        AluOp::Mod => ud % us,
        AluOp::SMod if us == 0 => ud,
        AluOp::SMod => sd % ss,
        AluOp::Or => ud | us,
        AluOp::And => ud & us,
        AluOp::Xor => ud ^ us,
        AluOp::Mov => us,
        AluOp::Lsh => ud << shift,
        AluOp::Rsh => ud >> shift,
        AluOp::Arsh => sd >> shift,
    };
    unsigned(result as u64, bits) as u64
}

/// RFC 9669 §4.3.
fn holds(cond: Cond, bits: u32, dst: u64, src: u64) -> bool {
    let (ud, us) = (unsigned(dst, bits), unsigned(src, bits));
    let (sd, ss) = (signed(dst, bits), signed(src, bits));
    match cond {
        Cond::Eq => ud == us,
        Cond::Gt => ud > us,
        Cond::Ge => ud >= us,
        Cond::Set => ud & us != 0,
        Cond::Ne => ud != us,
        Cond::SGt => sd > ss,
        Cond::SGe => sd >= ss,
        Cond::Lt => ud < us,
        Cond::Le => ud <= us,
        Cond::SLt => sd < ss,
        Cond::SLe => sd <= ss,
    }
}

/// What an operation leaves behind.
#[derive(Debug, PartialEq)]
struct State {
    r0: u64,
    dst: u64,
    src: u64,
    memory: Vec<u8>,
}

/// The memory that loads, stores and atomic operations use: 8 bytes, between others that must stay.
const PADDING: u8 = 0xa5;

/// What `insn` does to `dst` in r6, `src` in r7, r0 and the eight bytes `cell`, by the standard. `None` if it
/// is not an operation that only computes.
fn expected(insn: Insn, r0: u64, dst: u64, src: u64, cell: u64) -> Option<State> {
    let operand = |source| match source {
        Source::Reg => src,
        Source::Imm => insn.imm as u64,
    };
    let mut state = State { r0, dst, src, memory: Vec::new() };
    let mut cell = cell.to_le_bytes();
    let read = |size: Size| {
        cell[..size.bytes() as usize].iter().rev().fold(0, |value, &byte| value << 8 | u64::from(byte))
    };
    let mut write = None;
    match insn.kind() {
        Kind::Alu(width, op, source) => state.dst = alu(op, bits(width), dst, operand(source)),
        Kind::Neg(width) => state.dst = alu(AluOp::Sub, bits(width), 0, dst),
        Kind::MovSx(width, size) => {
            state.dst = unsigned(signed(src, size.bits()) as u64, bits(width)) as u64;
        }
        Kind::ByteOrder(order, size) => {
            let value = unsigned(dst, size.bits()) as u64;
            state.dst = match order {
                ByteOrder::Little => value,
                ByteOrder::Big | ByteOrder::Swap => value.swap_bytes() >> (64 - size.bits()),
            };
        }
        Kind::LoadWide(bpf_isa::WideImm::Value) => state.dst = insn.imm as u64,
        Kind::Load(size) | Kind::LoadAcquire(size) => state.dst = read(size),
        Kind::LoadSx(size) => state.dst = signed(read(size), size.bits()) as u64,
        Kind::Store(size, source) => write = Some((size, operand(source))),
        Kind::StoreRelease(size) => write = Some((size, src)),
        Kind::Atomic(width, op, fetch) => {
            let old = read(width.into());
            let op = match op {
                AtomicOp::Add => AluOp::Add,
                AtomicOp::Or => AluOp::Or,
                AtomicOp::And => AluOp::And,
                AtomicOp::Xor => AluOp::Xor,
            };
            write = Some((width.into(), alu(op, bits(width), old, src)));
            if fetch {
                state.src = old;
            }
        }
        Kind::Exchange(width) => {
            state.src = read(width.into());
            write = Some((width.into(), src));
        }
        Kind::CompareExchange(width) => {
            state.r0 = read(width.into());
            if unsigned(r0, bits(width)) as u64 == state.r0 {
                write = Some((width.into(), src));
            }
        }
        Kind::Branch(width, cond, source) => {
            state.r0 = u64::from(holds(cond, bits(width), dst, operand(source)));
        }
        _ => return None,
    }
    if let Some((size, value)) = write {
        let len = size.bytes() as usize;
        cell[..len].copy_from_slice(&value.to_le_bytes()[..len]);
    }
    state.memory = [[PADDING; 8], cell, [PADDING; 8]].concat();
    Some(state)
}

/// The instruction with the operands that it has: r6, r7, `imm`, and the cell at 8(r8).
fn with_operands(op: Op, imm: i32) -> Insn {
    let insn = Insn::new(op);
    let imm = i64::from(imm);
    match op.kind() {
        Kind::Alu(_, _, Source::Imm) => insn.with_dst(Reg::R6).with_imm(imm),
        Kind::Alu(..) | Kind::MovSx(..) => insn.with_dst(Reg::R6).with_src(Reg::R7),
        Kind::LoadWide(_) => insn.with_dst(Reg::R6).with_imm(imm << 20 ^ imm),
        Kind::Load(_) | Kind::LoadSx(_) | Kind::LoadAcquire(_) => {
            insn.with_dst(Reg::R6).with_src(Reg::R8).with_offset(8)
        }
        Kind::Store(_, Source::Imm) => insn.with_dst(Reg::R8).with_offset(8).with_imm(imm),
        Kind::Store(..)
        | Kind::StoreRelease(_)
        | Kind::Atomic(..)
        | Kind::Exchange(_)
        | Kind::CompareExchange(_) => insn.with_dst(Reg::R8).with_offset(8).with_src(Reg::R7),
        // Over two instructions, to the end.
        Kind::Branch(_, _, Source::Imm) => insn.with_dst(Reg::R6).with_imm(imm).with_offset(2),
        Kind::Branch(..) => insn.with_dst(Reg::R6).with_src(Reg::R7).with_offset(2),
        _ => insn.with_dst(Reg::R6),
    }
}

fn check(op: Op, imm: i32, r0: u64, dst: u64, src: u64, cell: u64) {
    let insn = with_operands(op, imm);
    let Some(expected) = expected(insn, r0, dst, src, cell) else { return };
    let wide = |reg, value: u64| Insn::new(Op::LdImm64).with_dst(reg).with_imm(value as i64);
    let mut program = vec![
        Insn::new(Op::Mov64Reg).with_dst(Reg::R8).with_src(Reg::R1),
        wide(Reg::R0, r0),
        wide(Reg::R6, dst),
        wide(Reg::R7, src),
    ];
    if let Kind::Branch(..) = insn.kind() {
        program.push(Insn::new(Op::Mov64Imm).with_dst(Reg::R0).with_imm(1));
        program.push(insn);
        program.push(Insn::new(Op::Mov64Imm).with_dst(Reg::R0).with_imm(0));
        program.push(Insn::new(Op::Ja));
    } else {
        program.push(insn);
    }
    program.push(Insn::new(Op::Exit));
    let text = program.iter().flat_map(|insn| insn.encode().unwrap().as_bytes().to_vec()).collect();
    let program = Arc::new(engine::load(&Program::Text(text)).unwrap());
    let memory = [[PADDING; 8], cell.to_le_bytes(), [PADDING; 8]].concat();
    for engine in engine::engines() {
        let outcome = engine::run(engine, &program, &memory, 10_000).unwrap();
        let Exit::Finished { r0: result, .. } = outcome.exit else { panic!("{insn}: {:?}", outcome.exit) };
        let got = State {
            r0: result,
            dst: outcome.registers[6],
            src: outcome.registers[7],
            memory: outcome.memory,
        };
        assert_eq!(
            got,
            expected,
            "{insn} with r0 = {r0:#x}, r6 = {dst:#x}, r7 = {src:#x}, memory {cell:#x} on {}",
            engine.name()
        );
    }
}

/// Numbers at which something changes.
const EDGES: [u64; 14] = [
    0,
    1,
    31,
    32,
    64,
    0x80,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_ffff,
    0x8000_0000_0000_0000,
    0x7fff_ffff_ffff_ffff,
    0xffff_ffff_8000_0000,
    0xffff_ffff_ffff_8000,
    u64::MAX,
];

#[test]
fn edges() {
    for &op in Op::ALL {
        for dst in EDGES {
            for src in EDGES {
                // The immediate and memory take part as `src`; r0 equals memory in one case of two.
                let r0 = if src % 2 == 0 { dst } else { !dst };
                check(op, src as i32, r0, dst, src, dst);
            }
        }
    }
}

// The reference above must know every operation but those that move control or need more than this.
#[test]
fn every_operation_that_computes_is_checked() {
    let left: Vec<Op> =
        Op::ALL.iter().copied().filter(|&op| expected(with_operands(op, 1), 1, 2, 3, 4).is_none()).collect();
    let others = [
        Op::Ja,
        Op::Ja32,
        Op::GotoX,
        Op::Call,
        Op::CallLocal,
        Op::CallBtf,
        Op::CallX,
        Op::Exit,
        Op::LdMapByFd,
        Op::LdMapValueByFd,
        Op::LdVarAddr,
        Op::LdCodeAddr,
        Op::LdMapByIndex,
        Op::LdMapValueByIndex,
    ];
    assert_eq!(left, others);
}

fn operand() -> impl Strategy<Value = u64> {
    prop_oneof![any::<u64>(), any::<u32>().prop_map(u64::from), prop::sample::select(EDGES.to_vec())]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_operands(
        op in prop::sample::select(Op::ALL),
        imm: i32,
        (r0, dst, src, cell) in (operand(), operand(), operand(), operand()),
        equal: bool,
    ) {
        check(op, imm, if equal { cell } else { r0 }, dst, src, cell);
    }
}

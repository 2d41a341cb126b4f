//! Arbitrary programs.

use arbitrary::{Arbitrary, Result, Unstructured};
use bpf_isa::{Callee, Insn, Kind, Op, Reg, Slot, Source, WideImm};
use contract_abi::image::{Function, Image, JumpTable, MAX_FRAME_SIZE};
use contract_abi::intrinsic::Intrinsic;
use contract_abi::memory::{CODE_BASE, DATA_BASE, INPUT_BASE, RODATA_BASE, STACK_BASE};

/// Helper numbers that the targets allow programs to call.
pub const HELPERS: [u32; 3] = [1, 2, 3];

/// A program image in the making, and the environment of its run. As [`Arbitrary`], a program in which nearly
/// everything is left to chance: it usually passes the verifier, and every rule is sometimes broken.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The instructions.
    pub text: Vec<u8>,
    /// Its functions, which tile the text.
    pub functions: Vec<Function>,
    /// Read-only data.
    pub rodata: Vec<u8>,
    /// Jump tables at the end of `rodata`.
    pub jump_tables: Vec<JumpTable>,
    /// Data.
    pub data: Vec<u8>,
    /// Bytes of stack.
    pub stack_size: u32,
    /// Bytes of heap.
    pub heap_size: u32,
    /// Number of the function to call.
    pub entry: u32,
    /// Memory mapped at `INPUT_BASE`.
    pub input: Vec<u8>,
    /// Gas of a run.
    pub gas: u64,
    /// Results of helpers, in this order.
    pub results: Vec<u64>,
}

impl Plan {
    /// The image.
    pub fn image(&self) -> Image<'_> {
        Image {
            text: &self.text,
            rodata: &self.rodata,
            data: &self.data,
            bss_size: BSS,
            stack_size: self.stack_size,
            heap_size: self.heap_size,
            deploy: 0,
            call: self.entry,
            functions: self.functions.clone(),
            jump_tables: self.jump_tables.clone(),
        }
    }

    /// Bytes of data, zeroed data and heap together.
    pub fn data_size(&self) -> u32 {
        self.data.len() as u32 + BSS + self.heap_size
    }
}

/// Bytes of zeroed data in every program.
const BSS: u32 = 16;

impl<'a> Arbitrary<'a> for Plan {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let sizes = [64, 128, 512, 4096, 65536];
        let mut plan = Plan {
            text: Vec::new(),
            functions: Vec::new(),
            rodata: bytes(u, 40)?,
            jump_tables: Vec::new(),
            data: filled(u)?,
            stack_size: *u.choose(&sizes)?,
            heap_size: u.int_in_range(0..=64)?,
            entry: 0,
            input: filled(u)?,
            gas: u.int_in_range(0..=20_000)?,
            results: Vec::<u64>::arbitrary(u)?,
        };
        // Instructions are made first, so that jumps know where other instructions begin. Function n owns
        // table n, which has two entries, at the start of the read-only data.
        let mut bodies = Vec::new();
        for number in 0..u.int_in_range(1..=4)? {
            let mut body = vec![
                Insn::new(Op::LdImm64).with_dst(Reg::R6).with_imm(i64::from(DATA_BASE) + 8),
                Insn::new(Op::LdImm64).with_dst(Reg::R7).with_imm(INPUT_BASE.into()),
            ];
            for _ in 0..u.int_in_range(1..=24)? {
                if u.ratio(1, 12)? {
                    let (a, b) = (written(u)?, written(u)?);
                    let offset = if u.ratio(1, 4)? { far(u)? } else { u.int_in_range(-40..=-8)? };
                    body.extend(by_sum(u, a, b, offset)?);
                }
                let insn = insn(u)?;
                match insn.kind() {
                    Kind::JumpPointer => {
                        let entry = 2 * number + i64::from(bool::arbitrary(u)?);
                        let address = i64::from(RODATA_BASE) + 8 * entry;
                        body.push(Insn::new(Op::Mov64Imm).with_dst(Reg::R9).with_imm(address));
                        body.push(Insn::new(Op::Load64).with_dst(Reg::R9).with_src(Reg::R9));
                        body.push(insn.with_dst(if u.ratio(1, 32)? { insn.dst } else { Reg::R9 }));
                    }
                    Kind::Call(Callee::Pointer) => {
                        body.push(Insn::new(Op::LdCodeAddr).with_dst(Reg::R9));
                        body.push(insn.with_dst(if u.ratio(1, 32)? { insn.dst } else { Reg::R9 }));
                    }
                    _ => body.push(insn),
                }
            }
            body.push(match u.ratio(1, 8)? {
                true => Insn::new(Op::Ja),
                false => Insn::new(Op::Exit),
            });
            bodies.push(body);
        }
        let large = large_frame(u)?;
        if let Some(frame) = large {
            plan.stack_size = large_stack(u, frame)?;
        }
        let mut first = 0;
        let mut starts = Vec::new();
        for body in &bodies {
            starts.push(first);
            let slots = body.iter().map(|insn| insn.slots()).sum();
            let frame_size = match large {
                Some(frame) if !u.ratio(1, 4)? => frame,
                _ => 16 * u.int_in_range(0..=4)?,
            };
            let address_taken = !u.ratio(1, 16)?;
            plan.functions.push(Function { first, slots, frame_size, address_taken });
            first += slots;
        }
        plan.entry = plan.functions.len() as u32 - 1;
        let mut targets: Vec<Vec<u32>> = Vec::new();
        for (body, function) in bodies.iter_mut().zip(&plan.functions) {
            let mut at = function.first;
            let mut instructions = Vec::new();
            for insn in body.iter() {
                instructions.push(at);
                at += insn.slots();
            }
            for (insn, &at) in body.iter_mut().zip(&instructions) {
                aim(u, insn, Slot(at), &instructions, &starts)?;
            }
            targets.push(instructions);
        }
        for body in &bodies {
            for insn in body {
                match insn.encode() {
                    Ok(encoded) => plan.text.extend_from_slice(encoded.as_bytes()),
                    // A combination of operands that is impossible.
                    Err(_) => {
                        let fallback = Insn { op: insn.op, dst: Reg::R0, src: Reg::R0, offset: 0, imm: 0 };
                        let encoded = fallback.encode().map_err(|_| arbitrary::Error::IncorrectFormat)?;
                        plan.text.extend_from_slice(encoded.as_bytes());
                    }
                }
            }
        }
        let mut tables = Vec::new();
        for function in &targets {
            plan.jump_tables.push(JumpTable { offset: tables.len() as u32, entries: 2 });
            for _ in 0..2 {
                let slot = if u.ratio(1, 64)? { u.int_in_range(0..=64)? } else { *u.choose(function)? };
                tables.extend((u64::from(CODE_BASE) + 8 * u64::from(slot)).to_le_bytes());
            }
        }
        tables.append(&mut plan.rodata);
        plan.rodata = tables;
        // Flip some bits, as an attacker would.
        if u.ratio(1, 16)? && !plan.text.is_empty() {
            let index = u.choose_index(plan.text.len())?;
            plan.text[index] ^= 1 << u.int_in_range(0..=7)?;
        }
        Ok(plan)
    }
}

/// Sometimes, a frame size so large that a 16-bit offset does not reach everywhere.
pub(super) fn large_frame(u: &mut Unstructured<'_>) -> Result<Option<u32>> {
    if !u.ratio(1, 12)? {
        return Ok(None);
    }
    // The larger it is, the more has to be compared after a run.
    Ok(Some(match u.int_in_range(0..=31)? {
        0 => MAX_FRAME_SIZE,
        1..=7 => 32_784,
        8..=15 => 49_152,
        _ => 73_728,
    }))
}

/// A stack for some frames of `frame` bytes.
pub(super) fn large_stack(u: &mut Unstructured<'_>, frame: u32) -> Result<u32> {
    Ok(match u.int_in_range(0..=7)? {
        0..=2 => frame,
        3 => (4 * frame).min(MAX_FRAME_SIZE),
        _ => frame + frame.min(73_728) + 4096,
    })
}

/// An offset from r10 near the limit of 16 bits, or further down.
pub(super) fn far(u: &mut Unstructured<'_>) -> Result<i32> {
    let edge = *u.choose(&[
        -32_760,
        -32_768,
        -32_776,
        -40_000,
        -65_528,
        -65_536,
        -65_544,
        -65_552,
        -73_728,
        -131_080,
        -(MAX_FRAME_SIZE as i32),
        32_760,
        32_768,
        65_528,
    ])?;
    Ok(edge + if u.ratio(1, 4)? { u.int_in_range(-9..=9)? } else { 0 })
}

/// An access at `offset` from r10, with a computed address, as compilers write it where an offset does not
/// reach. It is a store of `b`, or a load to `a` that is then used; usually in the frame, and usually
/// unobserved.
pub(super) fn by_sum(u: &mut Unstructured<'_>, a: Reg, b: Reg, offset: i32) -> Result<Vec<Insn>> {
    let imm = |op, dst, imm: i32| Insn::new(op).with_dst(dst).with_imm(imm.into());
    let reg = |op, dst, src| Insn::new(op).with_dst(dst).with_src(src);
    let rest = if bool::arbitrary(u)? { 0 } else { u.int_in_range(-64..=64)? };
    let sum = offset - i32::from(rest);
    let mut insns = match bool::arbitrary(u)? {
        true => vec![reg(Op::Mov64Reg, a, Reg::R10), imm(Op::Add64Imm, a, sum)],
        false => vec![imm(Op::Mov64Imm, a, sum), reg(Op::Add64Reg, a, Reg::R10)],
    };
    let wide = !u.ratio(1, 4)?;
    let (load, store) = if wide { (Op::Load64, Op::Store64Reg) } else { (Op::Load32, Op::Store32Reg) };
    if u.ratio(3, 8)? {
        insns.push(match u.ratio(1, 4)? {
            true => imm(Op::Store64Imm, a, offset).with_offset(rest),
            false => reg(store, a, b).with_offset(rest),
        });
        return Ok(insns);
    }
    insns.push(reg(load, a, a).with_offset(rest));
    let slot = if u.ratio(1, 8)? { i16::arbitrary(u)? } else { -8 * u.int_in_range(1..=5)? };
    insns.push(match u.int_in_range(0..=7)? {
        0 => reg(*u.choose(&[Op::Add64Reg, Op::And64Reg, Op::Xor32Reg])?, b, a),
        1 => imm(Op::Add64Imm, a, 1),
        _ => reg(store, Reg::R10, a).with_offset(slot),
    });
    match u.int_in_range(0..=3)? {
        0 => {}
        1 => insns.push(reg(Op::Load64, a, Reg::R10).with_offset(-8 * u.int_in_range(1..=5)?)),
        2 => insns.push(reg(Op::Mov64Reg, a, b)),
        _ => insns.push(imm(Op::Mov64Imm, a, 0)),
    }
    Ok(insns)
}

fn bytes(u: &mut Unstructured<'_>, most: usize) -> Result<Vec<u8>> {
    let len = u.int_in_range(0..=most)?;
    Ok(u.bytes(len.min(u.len()))?.to_vec())
}

/// 48 bytes, most of them the same.
pub(super) fn filled(u: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    let mut filled = bytes(u, 16)?;
    filled.resize(48, u8::arbitrary(u)?);
    Ok(filled)
}

fn register(u: &mut Unstructured<'_>) -> Result<Reg> {
    let number = u.int_in_range(0..=10)?;
    Ok(Reg::from_number(number).unwrap_or_default())
}

/// A register to write to: almost never r10, and seldom one that holds an address.
fn written(u: &mut Unstructured<'_>) -> Result<Reg> {
    if u.ratio(1, 256)? {
        return register(u);
    }
    Ok(*u.choose(&[Reg::R0, Reg::R1, Reg::R2, Reg::R3, Reg::R4, Reg::R5, Reg::R8, Reg::R9])?)
}

/// A place in memory that usually exists.
fn place(u: &mut Unstructured<'_>) -> Result<(Reg, i16)> {
    Ok(match u.int_in_range(0..=15)? {
        0 => (register(u)?, u.int_in_range(-32..=32)?),
        1..=6 => (Reg::R6, u.int_in_range(-8..=8)?),
        7..=8 => (Reg::R7, u.int_in_range(0..=32)?),
        _ if u.ratio(1, 32)? => (Reg::R10, i16::arbitrary(u)?),
        _ => (Reg::R10, u.int_in_range(-40..=-8)?),
    })
}

/// A small number, an address or a number near one, or any number.
pub(super) fn value(u: &mut Unstructured<'_>) -> Result<i64> {
    Ok(match u.int_in_range(0..=3)? {
        0 => u.int_in_range(-70..=70)?,
        1 | 2 => {
            let base = *u.choose(&[RODATA_BASE, DATA_BASE, STACK_BASE, CODE_BASE, INPUT_BASE])?;
            i64::from(base) + u.int_in_range(-8..=80)?
        }
        _ => i64::arbitrary(u)?,
    })
}

fn insn(u: &mut Unstructured<'_>) -> Result<Insn> {
    let op = *u.choose(Op::ALL)?;
    let insn = Insn::new(op);
    let (dst, src) = (written(u)?, register(u)?);
    let (base, near) = place(u)?;
    let imm = i64::from(value(u)? as i32);
    Ok(match op.kind() {
        Kind::Alu(_, _, Source::Imm) => insn.with_dst(dst).with_imm(imm),
        Kind::Alu(_, _, Source::Reg) | Kind::MovSx(..) => insn.with_dst(dst).with_src(src),
        Kind::Neg(_) | Kind::ByteOrder(..) | Kind::Call(Callee::Pointer) | Kind::JumpPointer => {
            insn.with_dst(dst)
        }
        Kind::LoadWide(WideImm::Value) => insn.with_dst(dst).with_imm(value(u)?),
        Kind::LoadWide(WideImm::CodeAddr) => insn.with_dst(dst),
        // The verifier refuses this, so nothing behind it would be tested: nearly always use a number
        // instead.
        Kind::LoadWide(_) | Kind::Call(Callee::HelperByBtfId) if !u.ratio(1, 64)? => {
            Insn::new(Op::LdImm64).with_dst(dst).with_imm(value(u)?)
        }
        Kind::LoadWide(_) => insn.with_dst(dst),
        Kind::Load(_) if u.ratio(1, 6)? => {
            let slot = if u.ratio(1, 64)? { 8 } else { u.int_in_range(1..=7)? };
            Insn::new(Op::Load64).with_dst(dst).with_src(Reg::R11).with_offset(8 * slot)
        }
        Kind::Store(..) if u.ratio(1, 6)? => {
            let slot: i16 = if u.ratio(1, 64)? { 8 } else { u.int_in_range(1..=7)? };
            Insn::new(Op::Store64Reg).with_dst(Reg::R11).with_src(src).with_offset(-8 * slot)
        }
        Kind::Load(_) | Kind::LoadSx(_) | Kind::LoadAcquire(_) => {
            insn.with_dst(dst).with_src(base).with_offset(near)
        }
        Kind::Store(_, Source::Imm) => insn.with_dst(base).with_offset(near).with_imm(imm),
        Kind::Store(_, Source::Reg) | Kind::StoreRelease(_) => {
            insn.with_dst(base).with_src(src).with_offset(near)
        }
        // These also write `src`.
        Kind::Atomic(..) | Kind::Exchange(_) | Kind::CompareExchange(_) => {
            insn.with_dst(base).with_src(dst).with_offset(near)
        }
        Kind::Branch(_, _, Source::Imm) => insn.with_dst(src).with_imm(imm),
        Kind::Branch(_, _, Source::Reg) => insn.with_dst(dst).with_src(src),
        Kind::Call(Callee::Helper) => insn.with_imm(match u.int_in_range(0..=63)? {
            0 => i64::from(i32::arbitrary(u)?),
            1..=24 => i64::from(*u.choose(&HELPERS)?),
            25 => i64::from(Intrinsic::Abort.number()),
            _ => i64::from(u.choose(Intrinsic::ALL)?.number()),
        }),
        Kind::Call(Callee::Local | Callee::HelperByBtfId) | Kind::Jump | Kind::JumpLong | Kind::Exit => insn,
    })
}

/// Gives a jump, call or code address a target.
fn aim(
    u: &mut Unstructured<'_>,
    insn: &mut Insn,
    at: Slot,
    instructions: &[u32],
    functions: &[u32],
) -> Result<()> {
    let wild = u.ratio(1, 256)?;
    let from = i64::from(at.0) + 1;
    match insn.kind() {
        Kind::Jump | Kind::JumpLong | Kind::Branch(..) => {
            let target = if wild { u.int_in_range(-3..=100)? } else { i64::from(*u.choose(instructions)?) };
            match insn.kind() {
                Kind::JumpLong => insn.imm = target - from,
                _ => insn.offset = (target - from) as i16,
            }
        }
        Kind::Call(Callee::Local) => {
            let target = if wild { u.int_in_range(-3..=100)? } else { i64::from(*u.choose(functions)?) };
            insn.imm = target - from;
        }
        Kind::LoadWide(WideImm::CodeAddr) => {
            let target = if wild { u.int_in_range(-3..=100)? } else { i64::from(*u.choose(functions)?) };
            insn.imm = i64::from((target - from) as i32 as u32);
        }
        _ => {}
    }
    Ok(())
}

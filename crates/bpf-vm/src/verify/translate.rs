//! From decoded instructions to the form that engines read ([`crate::code`]).
//!
//! In two steps, since a jump may lead forwards. First, [`plain`] and [`write()`] turn each decoded instruction into
//! one whose places are slots and whose price is its own. Then [`arrange`] divides the instructions into blocks, and
//! [`link`] replaces slots by indices once all indices are known.

use super::rules::{self, Context};
use super::{VerifyError, NOWHERE};
use crate::blocks::Block;
use crate::code::{Insn as Code, Op, FRAME_UNIT};
use crate::limits::MAX_BLOCK_LEN;
use crate::meter::Class;
use crate::program::code_addr;
use alloc::vec;
use alloc::vec::Vec;
use bpf_isa::{ByteOrder, Callee, Insn, Kind, Reg, Size, Slot, Source, WideImm};
use contract_abi::image::Function;
use contract_abi::intrinsic::Intrinsic;

/// An instruction that no rule could refuse.
pub(super) struct Plain {
    pub code: Code,
    jumps: bool,
}

impl Plain {
    /// The slot that it jumps to, which is in its function.
    #[inline(always)]
    pub fn jumps_to(&self) -> Option<Slot> {
        self.jumps.then_some(Slot(self.code.offset as u32))
    }
}

/// An operation that no rule refuses, as long as it does not write r10 and does not involve r11; or a jump.
#[derive(Clone, Copy)]
struct Shape {
    op: Op,
    class: Class,
    jumps: bool,
    /// The first register that `dst` may not be.
    limit: Reg,
}

static SHAPES: [Option<Shape>; bpf_isa::Op::ALL.len()] = {
    let mut shapes = [None; bpf_isa::Op::ALL.len()];
    let mut number = 0;
    while number < shapes.len() {
        let op = bpf_isa::Op::ALL[number];
        let (same, limit) = match op.kind() {
            Kind::Alu(..) | Kind::Neg(_) | Kind::MovSx(..) | Kind::Load(_) | Kind::LoadSx(_) => {
                (Op::same(op), Reg::R10)
            }
            Kind::ByteOrder(order, size) => (Some(byte_order(order, size)), Reg::R10),
            Kind::Store(..) | Kind::Branch(..) | Kind::Jump => (Op::same(op), Reg::R11),
            _ => (None, Reg::R0),
        };
        if let Some(same) = same {
            let jumps = matches!(op.kind(), Kind::Branch(..) | Kind::Jump);
            shapes[number] = Some(Shape { op: same, class: Class::of_op(op), jumps, limit });
        }
        number += 1;
    }
    shapes
};

/// The instruction, with its price, if it is of the most common kind. `None` says nothing about it: it is then for the
/// rules and [`write()`], which would write the same.
#[inline(always)]
pub(super) fn plain(cx: &Context, at: Slot, insn: &Insn) -> Option<Plain> {
    let shape = SHAPES[insn.op as usize].as_ref()?;
    if !cx.all_enabled || insn.dst >= shape.limit || insn.src >= Reg::R11 {
        return None;
    }
    let mut offset = i32::from(insn.offset);
    if shape.jumps {
        let target = i64::from(at.0) + 1 + i64::from(offset);
        if !rules::contains(&cx.function, target) {
            return None;
        }
        offset = target as i32;
    }
    let code = Code {
        op: shape.op,
        dst: insn.dst,
        src: insn.src,
        offset,
        imm: insn.imm as i32,
        cost: cx.rules.costs.cost(shape.class),
    };
    Some(Plain { code, jumps: shape.jumps })
}

/// The registers that an instruction names in the field that it may write: bit n stands for rn.
pub(super) fn names(code: &Code) -> u16 {
    let src = if code.op.is_atomic() { 1 << code.src.index() } else { 0 };
    1 << code.dst.index() | src
}

/// Any instruction that the rules have accepted, with its price.
pub(super) fn write(cx: &Context, at: Slot, insn: &Insn) -> Code {
    let mut code = operation(cx, at, insn);
    code.cost = cx.rules.costs.cost(Class::of(insn, cx.rules.intrinsics));
    code
}

fn operation(cx: &Context, at: Slot, insn: &Insn) -> Code {
    let (program, function) = (cx.program, &cx.function);
    // The same name and operands, unless an arm below changes them.
    let plain = Code {
        op: Op::same(insn.op).unwrap_or(Op::Abort),
        dst: insn.dst,
        src: insn.src,
        offset: insn.offset.into(),
        imm: insn.imm as i32,
        ..Code::new(Op::Abort)
    };
    // `rules::jump` and `rules::callee` have checked that the target is in the text.
    let target = insn.target(at).unwrap_or(0) as i32;
    let wide =
        |value: u64| Code { op: Op::LdImm64, offset: (value >> 32) as i32, imm: value as i32, ..plain };
    match insn.kind() {
        Kind::Jump | Kind::JumpLong => Code { op: Op::Ja, offset: target, ..plain },
        Kind::Branch(..) => Code { offset: target, ..plain },
        Kind::JumpPointer => Code { offset: function.first as i32, imm: function.slots as i32, ..plain },
        Kind::Call(Callee::Local) => {
            // `rules::callee` has checked that the target starts a function.
            let callee = program.functions.partition_point(|f| f.first <= target as u32) - 1;
            let frames = frame_units(function) | frame_units(&program.functions[callee]) << 16;
            Code { offset: target, imm: frames as i32, ..plain }
        }
        Kind::Call(Callee::Pointer) if program.callx_helpers => Code { op: Op::SyscallX, ..plain },
        Kind::Call(Callee::Pointer) => Code { imm: frame_units(function) as i32, ..plain },
        Kind::Call(Callee::Helper | Callee::HelperByBtfId) => {
            let intrinsic = Intrinsic::from_number(insn.imm as u32).filter(|_| cx.rules.intrinsics);
            Code { op: helper(intrinsic), ..plain }
        }
        Kind::LoadWide(WideImm::CodeAddr) => {
            // `rules::code_address` has checked that it is a slot.
            wide(code_addr(Slot(insn.code_target(at).unwrap_or(0) as u32)))
        }
        Kind::LoadWide(_) => wide(insn.imm as u64),
        Kind::Load(_) if insn.src == Reg::R11 => {
            Code { op: Op::LoadArg, offset: i32::from(insn.offset) / 8 - 1, ..plain }
        }
        Kind::Store(_, source) if insn.dst == Reg::R11 => {
            let op = match source {
                Source::Imm => Op::StoreArgImm,
                Source::Reg => Op::StoreArgReg,
            };
            Code { op, offset: -i32::from(insn.offset) / 8 - 1, ..plain }
        }
        // One thread runs, so that every access acquires and releases.
        Kind::LoadAcquire(size) => Code { op: load(size), ..plain },
        Kind::StoreRelease(size) => Code { op: store(size), ..plain },
        Kind::ByteOrder(order, size) => Code { op: byte_order(order, size), imm: 0, ..plain },
        Kind::Alu(..)
        | Kind::Neg(_)
        | Kind::MovSx(..)
        | Kind::Load(_)
        | Kind::LoadSx(_)
        | Kind::Store(..)
        | Kind::Atomic(..)
        | Kind::Exchange(_)
        | Kind::CompareExchange(_)
        | Kind::Exit => plain,
    }
}

/// For each slot of the text, what begins there.
pub(super) struct Places(Vec<u32>);

/// A slot where a block begins whose index is not known yet.
const LEADER: u32 = NOWHERE - 1;

impl Places {
    /// For a text of this many slots. Nothing is known yet.
    pub fn new(slots: u32) -> Self {
        Places(vec![NOWHERE; slots as usize])
    }

    /// Marks `slot` as the start of a block: the start of a function, or the target of a jump.
    #[inline]
    pub fn lead(&mut self, slot: Slot) {
        self.0[slot.index()] = LEADER;
    }

    /// The index of the instruction that begins at `slot`, once all have one.
    #[inline]
    pub fn index(&self, slot: Slot) -> Option<u32> {
        self.0.get(slot.index()).copied().filter(|&index| index < LEADER)
    }
}

/// A program divided into blocks.
pub(super) struct Arranged {
    /// The instructions, the first of each block with the block's price. Places are still slots.
    pub code: Vec<Code>,
    /// Slot of each.
    pub slots: Vec<Slot>,
    pub blocks: Vec<Block>,
}

/// Divides a program into blocks, as [`crate::blocks`] says, and gives every instruction its index.
///
/// Indices differ from slots because of wide instructions and [`Op::Enter`]. One [`Op::Enter`] stands before each block
/// that the block before falls through into.
pub(super) fn arrange(insns: &[Code], places: &mut Places) -> Arranged {
    let room = insns.len() + insns.len() / 8;
    let mut code: Vec<Code> = Vec::with_capacity(room);
    let mut slots = Vec::with_capacity(room);
    let mut blocks = Vec::with_capacity(insns.len() / 4);
    // The first instruction has none before it, as after a block that has ended.
    let (mut slot, mut falls_in) = (Slot(0), false);
    let mut rest = insns;
    while !rest.is_empty() {
        let entered = falls_in;
        if entered {
            code.push(Code::new(Op::Enter));
            slots.push(slot);
        }
        let (first, begin) = (slot, code.len());
        // At most MAX_BLOCK_LEN prices of 32 bits: `blocks::tests::no_block_overflows` bounds the sum.
        let (mut len, mut cost) = (0, 0);
        for insn in rest.iter().take(MAX_BLOCK_LEN as usize) {
            // A block ends where another begins. That block's first slot is marked before it gets its index.
            let place = &mut places.0[slot.index()];
            if len > 0 && *place == LEADER {
                break;
            }
            *place = (begin + len) as u32;
            slots.push(slot);
            slot.0 += 1 + u32::from(insn.op == Op::LdImm64);
            cost += insn.cost;
            len += 1;
            falls_in = !insn.op.ends_block();
            if !falls_in {
                break;
            }
        }
        let (block, others) = rest.split_at(len);
        rest = others;
        code.extend(block.iter().map(|insn| Code { cost: 0, ..*insn }));
        code[begin].cost = cost;
        blocks.push(Block { first, len: len as u32, cost, falls_in: entered });
    }
    code.shrink_to_fit();
    slots.shrink_to_fit();
    Arranged { code, slots, blocks }
}

/// Turns the slots that jumps and calls lead to into indices. These instructions are last in their blocks.
///
/// # Errors
/// [`VerifyError::JumpIntoWide`]: the one rule that needs every instruction's place.
pub(super) fn link(
    code: &mut [Code],
    slots: &[Slot],
    blocks: &[Block],
    places: &Places,
) -> Result<(), VerifyError> {
    let mut end = 0;
    for block in blocks {
        end += block.len as usize + usize::from(block.falls_in);
        let last = &mut code[end - 1];
        if last.op.is_jump() || last.op == Op::CallLocal {
            let target = Slot(last.offset as u32);
            match places.index(target) {
                Some(index) => last.offset = index as i32,
                None => return Err(VerifyError::JumpIntoWide { at: slots[end - 1], target }),
            }
        }
    }
    Ok(())
}

fn frame_units(function: &Function) -> u32 {
    function.frame_size / FRAME_UNIT
}

fn helper(intrinsic: Option<Intrinsic>) -> Op {
    match intrinsic {
        None => Op::Syscall,
        Some(Intrinsic::Abort) => Op::Abort,
        Some(Intrinsic::MemCpy | Intrinsic::MemMove | Intrinsic::MemSet | Intrinsic::MemCmp) => {
            Op::MemoryIntrinsic
        }
        Some(_) => Op::WideIntrinsic,
    }
}

fn load(size: Size) -> Op {
    match size {
        Size::B => Op::Load8,
        Size::H => Op::Load16,
        Size::W => Op::Load32,
        Size::Dw => Op::Load64,
    }
}

fn store(size: Size) -> Op {
    match size {
        Size::B => Op::Store8Reg,
        Size::H => Op::Store16Reg,
        Size::W => Op::Store32Reg,
        Size::Dw => Op::Store64Reg,
    }
}

const fn byte_order(order: ByteOrder, size: Size) -> Op {
    match (order, size) {
        // A guest is little-endian, so that "to big-endian" is "swap".
        (ByteOrder::Little, Size::H) => Op::Le16,
        (ByteOrder::Little, Size::W) => Op::Le32,
        (ByteOrder::Little, Size::B | Size::Dw) => Op::Le64,
        (ByteOrder::Big | ByteOrder::Swap, Size::H) => Op::Swap16,
        (ByteOrder::Big | ByteOrder::Swap, Size::W) => Op::Swap32,
        (ByteOrder::Big | ByteOrder::Swap, Size::B | Size::Dw) => Op::Swap64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `plain` writes is what `write` would.
    #[test]
    fn plain_operations_are_written_alike() {
        let program = crate::program::Program::from_text(&[0; 8], &Default::default()).unwrap();
        let rules = super::super::Rules::contract(crate::SyscallTable::none());
        let cx = Context {
            program: &program,
            rules: &rules,
            all_enabled: true,
            function: program.functions[0],
            has_jump_table: false,
            any_address_taken: false,
        };
        let mut plain_ones = 0;
        for &op in bpf_isa::Op::ALL {
            for (dst, src) in [(Reg::R0, Reg::R10), (Reg::R9, Reg::R0), (Reg::R10, Reg::R1)] {
                let insn = Insn { dst, src, offset: -1, imm: 77, ..Insn::new(op) };
                // The immediate of a byte swap is part of its opcode, and 0 once it is decoded.
                let insn = match op.kind() {
                    Kind::ByteOrder(..) => insn.with_imm(0),
                    _ => insn,
                };
                if let Some(Plain { code: written, .. }) = plain(&cx, Slot(0), &insn) {
                    assert_eq!(written, write(&cx, Slot(0), &insn), "{op:?}");
                    assert!(super::super::check(&cx, Slot(0), &insn).is_ok(), "{op:?}");
                    plain_ones += 1;
                } else if dst == Reg::R10 && insn.writes().contains(Reg::R10) {
                    assert!(super::super::check(&cx, Slot(0), &insn).is_err(), "{op:?}");
                }
            }
        }
        assert!(plain_ones > 150, "{plain_ones}");
        for insn in [
            Insn::new(bpf_isa::Op::Load64).with_src(Reg::R11).with_offset(8),
            Insn::new(bpf_isa::Op::Store64Reg).with_dst(Reg::R11).with_offset(-8),
        ] {
            assert!(plain(&cx, Slot(0), &insn).is_none(), "a stack argument");
        }
    }

    /// `plain` falls back to a trap for an operation without namesake; every such operation has an arm.
    #[test]
    fn every_operation_has_a_namesake_or_an_arm() {
        for &op in bpf_isa::Op::ALL {
            let handled = matches!(
                op.kind(),
                Kind::Jump
                    | Kind::JumpLong
                    | Kind::Call(_)
                    | Kind::LoadWide(_)
                    | Kind::LoadAcquire(_)
                    | Kind::StoreRelease(_)
                    | Kind::ByteOrder(..)
            );
            assert!(handled || Op::same(op).is_some(), "{op:?}");
        }
    }
}

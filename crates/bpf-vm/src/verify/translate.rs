//! From decoded instructions to the form that engines read ([`crate::code`]).

use super::{Rules, VerifyError, NOWHERE};
use crate::blocks::Block;
use crate::code::{Insn as Code, Op, FRAME_UNIT};
use crate::program::{code_addr, Program};
use alloc::vec;
use alloc::vec::Vec;
use bpf_isa::{ByteOrder, Callee, Insn, Kind, Reg, Size, Slot, Source, WideImm};
use contract_abi::image::Function;
use contract_abi::intrinsic::Intrinsic;

/// Gives every instruction its index: a table by slot, with [`NOWHERE`] for the second slots of wide
/// instructions.
///
/// Indices differ from slots by the wide instructions and by [`Op::Enter`], of which one stands before each
/// block that the block before runs into.
pub(super) fn number(insns: &[(Slot, Insn)], blocks: &[Block], slots: u32) -> Vec<u32> {
    let mut index_of = vec![NOWHERE; slots as usize];
    let mut rest = insns.iter();
    let mut next = 0;
    for block in blocks {
        next += u32::from(block.falls_in);
        for (slot, _) in rest.by_ref().take(block.len as usize) {
            index_of[slot.index()] = next;
            next += 1;
        }
    }
    index_of
}

/// Writes the code, and the slot of each of its instructions.
///
/// # Errors
/// [`VerifyError::JumpIntoWide`]: the one rule that needs every instruction's place.
pub(super) fn translate(
    program: &Program,
    rules: &Rules,
    insns: &[(Slot, Insn)],
    blocks: &[Block],
    index_of: &[u32],
) -> Result<(Vec<Code>, Vec<Slot>), VerifyError> {
    let falls = blocks.iter().filter(|block| block.falls_in).count();
    let mut code = Vec::with_capacity(insns.len() + falls);
    let mut slots = Vec::with_capacity(insns.len() + falls);
    let mut rest = insns.iter();
    let mut functions = program.functions.iter().peekable();
    let mut function = &program.functions[0];
    for block in blocks {
        while let Some(next) = functions.next_if(|next| next.first <= block.first.0) {
            function = next;
        }
        if block.falls_in {
            code.push(Code::new(Op::Enter));
            slots.push(block.first);
        }
        let mut cost = block.cost;
        for (at, insn) in rest.by_ref().take(block.len as usize) {
            let mut written = write(program, rules, function, *at, insn, index_of)?;
            written.cost = core::mem::take(&mut cost);
            code.push(written);
            slots.push(*at);
        }
    }
    Ok((code, slots))
}

fn write(
    program: &Program,
    rules: &Rules,
    function: &Function,
    at: Slot,
    insn: &Insn,
    index_of: &[u32],
) -> Result<Code, VerifyError> {
    // Of the same name and the same operands, unless an arm below says otherwise.
    let plain = Code {
        op: Op::same(insn.op).unwrap_or(Op::Abort),
        dst: insn.dst,
        src: insn.src,
        offset: insn.offset.into(),
        imm: insn.imm as i32,
        cost: 0,
    };
    let jump = |op| {
        // `rules::jump` has checked that the target is in the function.
        let target = Slot(insn.target(at).unwrap_or(0) as u32);
        match index_of[target.index()] {
            NOWHERE => Err(VerifyError::JumpIntoWide { at, target }),
            index => Ok(Code { op, offset: index as i32, ..plain }),
        }
    };
    let wide =
        |value: u64| Code { op: Op::LdImm64, offset: (value >> 32) as i32, imm: value as i32, ..plain };
    Ok(match insn.kind() {
        Kind::Jump | Kind::JumpLong => jump(Op::Ja)?,
        Kind::Branch(..) => jump(plain.op)?,
        Kind::JumpPointer => Code { offset: function.first as i32, imm: function.slots as i32, ..plain },
        Kind::Call(Callee::Local) => {
            // `rules::function` has checked that the target starts a function.
            let target = insn.target(at).unwrap_or(0) as u32;
            let callee = program.functions.partition_point(|f| f.first <= target) - 1;
            let frames = frame_units(function) | frame_units(&program.functions[callee]) << 16;
            Code { offset: index_of[target as usize] as i32, imm: frames as i32, ..plain }
        }
        Kind::Call(Callee::Pointer) if program.callx_helpers => Code { op: Op::SyscallX, ..plain },
        Kind::Call(Callee::Pointer) => Code { imm: frame_units(function) as i32, ..plain },
        Kind::Call(Callee::Helper | Callee::HelperByBtfId) => {
            let intrinsic = Intrinsic::from_number(insn.imm as u32).filter(|_| rules.intrinsics);
            Code { op: helper(intrinsic), ..plain }
        }
        Kind::LoadWide(WideImm::CodeAddr) => {
            // `rules::function` has checked that it is a slot.
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
    })
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

fn byte_order(order: ByteOrder, size: Size) -> Op {
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

//! The rules, one function each.
//!
//! A rule looks at one instruction (or one table) and the program's outline, never at the state of a run. Its first
//! line says what it refuses. `mod.rs` has the order in which rules are applied.

use super::{Rules, VerifyError};
use crate::limits::{MAX_FUNCTIONS, MAX_SLOTS, MAX_STACK_ARGS};
use crate::program::{slot_of_code_addr, Program};
use bpf_isa::{Callee, Insn, Kind, Reg, RegSet, Slot};
use contract_abi::image::{Function, JumpTable};
use contract_abi::intrinsic::Intrinsic;

/// The data available to a rule about an instruction.
pub(super) struct Context<'a> {
    pub program: &'a Program,
    pub rules: &'a Rules,
    /// Whether every group and CPU version is enabled.
    pub all_enabled: bool,
    /// The function that contains the instruction.
    pub function: Function,
    /// Whether that function has a jump table.
    pub has_jump_table: bool,
    /// Whether the address of any function is taken.
    pub any_address_taken: bool,
}

impl Context<'_> {
    fn function_starts_at(&self, slot: i64) -> Option<&Function> {
        let functions = &self.program.functions;
        let slot = u32::try_from(slot).ok()?;
        functions.binary_search_by_key(&slot, |function| function.first).ok().map(|index| &functions[index])
    }

    fn intrinsic(&self, insn: &Insn) -> Option<Intrinsic> {
        match insn.kind() {
            Kind::Call(Callee::Helper) if self.rules.intrinsics => Intrinsic::from_number(insn.imm as u32),
            _ => None,
        }
    }
}

/// Refuses a program that is larger than the limits in any way.
pub(super) fn size(program: &Program, rules: &Rules) -> Result<(), VerifyError> {
    let limits = rules.limits;
    let slots = program.slots();
    let limit = limits.slots.min(MAX_SLOTS as u32);
    if slots > limit {
        return Err(VerifyError::TooLong { slots, limit });
    }
    let functions = program.functions.len() as u32;
    let limit = limits.functions.min(MAX_FUNCTIONS as u32);
    if functions > limit {
        return Err(VerifyError::TooManyFunctions { functions, limit });
    }
    let memory = &program.memory;
    let bytes = u64::from(memory.data_size) + u64::from(memory.stack_size);
    if bytes > u64::from(limits.writable) {
        return Err(VerifyError::TooMuchMemory { bytes, limit: limits.writable });
    }
    let bytes = memory.rodata.len() as u64;
    if bytes > u64::from(limits.rodata) {
        return Err(VerifyError::TooMuchRodata { bytes, limit: limits.rodata });
    }
    Ok(())
}

/// Refuses a function whose frame is larger than the stack.
pub(super) fn frame(program: &Program, function: &Function) -> Result<(), VerifyError> {
    let (frame, stack) = (function.frame_size, program.memory.stack_size);
    match frame <= stack {
        true => Ok(()),
        false => Err(VerifyError::FrameTooLarge { at: Slot(function.first), frame, stack }),
    }
}

/// Refuses an operation of a conformance group or CPU version that is not enabled.
#[inline]
pub(super) fn enabled(cx: &Context, at: Slot, insn: &Insn) -> Result<(), VerifyError> {
    let enabled =
        cx.all_enabled || insn.op.cpu() <= cx.rules.cpu && cx.rules.groups.contains(insn.op.group());
    match enabled {
        true => Ok(()),
        false => Err(VerifyError::NotEnabled { at, op: insn.op }),
    }
}

/// Refuses what needs maps, platform variables or BTF (RFC 9669 §5.4 and §4.3.1): every instruction passed to it.
pub(super) fn unsupported(at: Slot, insn: &Insn) -> Result<(), VerifyError> {
    Err(VerifyError::Unsupported { at, op: insn.op })
}

/// Refuses an instruction that writes the frame pointer.
#[inline]
pub(super) fn frame_pointer(at: Slot, insn: &Insn) -> Result<(), VerifyError> {
    let named = insn.dst == Reg::R10 || insn.src == Reg::R10;
    match named && insn.writes().contains(Reg::R10) {
        true => Err(VerifyError::WritesFramePointer { at }),
        false => Ok(()),
    }
}

/// Refuses an entry whose first instructions read r0 or r6 to r9 before anything has written them.
///
/// Only what every run is certain to execute counts: the straight line from the entry to the first jump, call or
/// `exit`. Registers begin as 0, so such a read is harmless, but it is a mistake, and Linux refuses it.
pub(super) fn written(rules: &Rules, text: &[u8], mut at: Slot) -> Result<(), VerifyError> {
    if !rules.no_unwritten_reads {
        return Ok(());
    }
    let mut written = RegSet::ARGUMENTS.with(Reg::R10).with(Reg::R11);
    while at.byte_offset() < text.len() {
        let insn = bpf_isa::decode(text, at)?;
        if insn.is_terminator() || matches!(insn.kind(), Kind::Call(_)) {
            break;
        }
        if let Some(register) = insn.reads().difference(written).iter().next() {
            return Err(VerifyError::ReadsUnwritten { at, register });
        }
        if insn.displacement().is_some() {
            break;
        }
        written = written.union(insn.writes());
        at.0 += insn.slots();
    }
    Ok(())
}

/// Refuses a stack argument after the seventh, in an access with this base. The decoder has checked every other use of
/// r11.
#[inline]
pub(super) fn stack_argument(at: Slot, base: Reg, offset: i16) -> Result<(), VerifyError> {
    match base == Reg::R11 && usize::from(offset.unsigned_abs()) > 8 * MAX_STACK_ARGS {
        true => Err(VerifyError::BadStackArgument { at, offset }),
        false => Ok(()),
    }
}

/// Refuses a wide instruction that does not end in the function it begins in.
pub(super) fn wide(cx: &Context, at: Slot) -> Result<(), VerifyError> {
    match contains(&cx.function, i64::from(at.0) + 1) {
        true => Ok(()),
        false => Err(VerifyError::SplitWide { at }),
    }
}

/// Refuses a jump or branch out of its function. A jump into a wide instruction is detected later, when all of the
/// function is known.
#[inline]
pub(super) fn jump(cx: &Context, at: Slot, insn: &Insn) -> Result<(), VerifyError> {
    match insn.target(at) {
        Some(target) if !contains(&cx.function, target) => {
            Err(VerifyError::JumpLeavesFunction { at, target })
        }
        _ => Ok(()),
    }
}

/// Refuses a local call that does not lead to the first slot of a function.
pub(super) fn callee(cx: &Context, at: Slot, insn: &Insn) -> Result<(), VerifyError> {
    match insn.target(at) {
        Some(target) if cx.function_starts_at(target).is_none() => {
            Err(VerifyError::NotAFunction { at, target })
        }
        _ => Ok(()),
    }
}

/// Refuses a code address of anything but a function whose address is declared to be taken.
pub(super) fn code_address(cx: &Context, at: Slot, insn: &Insn) -> Result<(), VerifyError> {
    match insn.code_target(at) {
        Some(target) if !cx.function_starts_at(target).is_some_and(|function| function.address_taken) => {
            Err(VerifyError::NotAFunction { at, target })
        }
        _ => Ok(()),
    }
}

/// Refuses a helper number that is neither an intrinsic nor in the embedder's table.
pub(super) fn helper(cx: &Context, at: Slot, insn: &Insn) -> Result<(), VerifyError> {
    let number = insn.imm as u32;
    match cx.intrinsic(insn).is_some() || cx.rules.syscalls.contains(number) {
        true => Ok(()),
        false => Err(VerifyError::UnknownSyscall { at, number }),
    }
}

/// Refuses `callx` where it can reach no function.
pub(super) fn call_pointer(cx: &Context, at: Slot, insn: &Insn) -> Result<(), VerifyError> {
    match cx.any_address_taken || cx.program.callx_helpers {
        true => Ok(()),
        false => Err(VerifyError::NothingToCall { at, register: insn.dst }),
    }
}

/// Refuses `gotox` in a function without a jump table.
pub(super) fn jump_pointer(cx: &Context, at: Slot) -> Result<(), VerifyError> {
    match cx.has_jump_table {
        true => Ok(()),
        false => Err(VerifyError::NoJumpTable { at }),
    }
}

/// Refuses a function whose last instruction lets control continue past it. Only an unconditional jump, `exit` and the
/// intrinsic that traps do not.
pub(super) fn last(cx: &Context, at: Slot, insn: &Insn) -> Result<(), VerifyError> {
    match insn.is_terminator() || cx.intrinsic(insn) == Some(Intrinsic::Abort) {
        true => Ok(()),
        false => Err(VerifyError::RunsPastEnd { at }),
    }
}

/// Refuses a jump table with an entry that is not the code address of a slot of the text, or with entries in more than
/// one function. Returns the function's index, and calls `each` with every slot and the index of its entry.
pub(super) fn jump_table(
    program: &Program,
    index: u32,
    table: &JumpTable,
    mut each: impl FnMut(u32, Slot) -> Result<(), VerifyError>,
) -> Result<usize, VerifyError> {
    let first = table.offset as usize;
    let bytes = &program.memory.rodata[first..first + table.entries as usize * 8];
    let mut owner = None;
    for (entry, value) in bytes.chunks_exact(8).enumerate() {
        let entry = entry as u32;
        let value = value.iter().rev().fold(0, |value, &byte| value << 8 | u64::from(byte));
        let slot = slot_of_code_addr(value)
            .filter(|slot| slot.0 < program.slots())
            .ok_or(VerifyError::BadJumpTableEntry { table: index, entry, value })?;
        let owner =
            *owner.get_or_insert_with(|| program.functions.partition_point(|f| f.first <= slot.0) - 1);
        if !contains(&program.functions[owner], slot.0.into()) {
            return Err(VerifyError::JumpTableLeavesFunction { table: index, entry });
        }
        each(entry, slot)?;
    }
    Ok(owner.unwrap_or(0))
}

/// Whether a slot is one of a function's.
#[inline]
pub(super) fn contains(function: &Function, slot: i64) -> bool {
    let first = i64::from(function.first);
    (first..first + i64::from(function.slots)).contains(&slot)
}

//! The verifier: the only way from a [`Program`] to a [`VerifiedProgram`].
//!
//! It is total (any program gives a result) and linear in the program's length (each instruction is decoded once and
//! written once; there is no fix-point). It makes no promise about a run that an engine could check itself at no cost:
//! what a verified program *can* still do wrong (a bad address, a bad code pointer, too deep a stack) is a trap, not a
//! hole.
//!
//! Stages: the rules (`rules.rs`) for every instruction, the blocks ([`crate::blocks`]), then the form that engines
//! read (`translate.rs`). RFC 9669 §4.1 defines division by zero and shifts by too much, so nothing is refused for
//! them.

mod error;
mod rules;
mod translate;

pub use error::VerifyError;

use crate::blocks::{Block, SlotSet};
use crate::code;
use crate::instance::Engine;
use crate::interp::steps::{self, Steps};
use crate::jit;
use crate::limits::Limits;
use crate::memory::MemoryImage;
use crate::meter::CostTable;
use crate::program::{slot_of_code_addr, Entry, Program};
use crate::syscall::SyscallTable;
use alloc::vec;
use alloc::vec::Vec;
use bpf_isa::{Callee, Cpu, Group, Insn, Kind, Slot, WideImm};
use core::ops::Range;
use rules::Context;
use translate::{Arranged, Places};

/// A set of conformance groups (RFC 9669 §2.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Groups(u8);

impl Groups {
    /// All groups, and what LLVM emits beyond RFC 9669.
    pub const ALL: Groups = Groups(u8::MAX);

    /// This set without `group`.
    #[must_use]
    pub const fn without(self, group: Group) -> Groups {
        Groups(self.0 & !(1 << group as u8))
    }

    /// Whether `group` is in it.
    pub const fn contains(self, group: Group) -> bool {
        self.0 >> group as u8 & 1 == 1
    }
}

/// What the verifier accepts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// How large a program may be.
    pub limits: Limits,
    /// The newest CPU version enabled.
    pub cpu: Cpu,
    /// The conformance groups enabled.
    pub groups: Groups,
    /// Helper numbers a program may call.
    pub syscalls: SyscallTable,
    /// Whether a program is refused if it begins by reading a register that nothing has written. Compilers emit such
    /// reads where a value is undefined, so contracts may have them.
    pub no_unwritten_reads: bool,
    /// Whether the numbers of [`contract_abi::intrinsic`] are intrinsics. Otherwise they are ordinary helpers.
    pub intrinsics: bool,
    /// What instructions cost.
    pub costs: CostTable,
    /// Whether to make the interpreter's form for long runs at once. That takes about half as long as verifying;
    /// otherwise an instance makes it when its run turns out to be long. Results do not depend on it.
    pub steps: bool,
}

impl Rules {
    /// For contracts: everything the compiler may emit, the limits of contracts, and the contract functions in
    /// `syscalls`.
    pub fn contract(syscalls: SyscallTable) -> Self {
        Self {
            limits: Limits::CONTRACT,
            cpu: Cpu::V4,
            groups: Groups::ALL,
            syscalls,
            no_unwritten_reads: false,
            intrinsics: true,
            costs: CostTable::V1,
            steps: true,
        }
    }

    /// For any eBPF program: the largest limits, no intrinsics, the helpers in `syscalls`, and no reads of unwritten
    /// registers.
    pub fn general(syscalls: SyscallTable) -> Self {
        Self { limits: Limits::MAX, no_unwritten_reads: true, intrinsics: false, ..Self::contract(syscalls) }
    }
}

/// A function of a verified program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FunctionInfo {
    /// Slot of its first instruction.
    pub first: Slot,
    /// Its length in slots.
    pub slots: u32,
    /// Its frame size in bytes.
    pub frame_size: u32,
    /// Whether `callx` may reach it.
    pub address_taken: bool,
    /// The registers that its instructions name in the field that most write: bit n stands for rn.
    pub(crate) names: u16,
    /// Index of its first instruction.
    pub(crate) index: u32,
}

impl FunctionInfo {
    /// Its slots.
    pub fn range(&self) -> Range<u32> {
        self.first.0..self.first.0 + self.slots
    }
}

/// A program that has passed the verifier.
#[derive(Clone, Debug)]
pub struct VerifiedProgram {
    pub(crate) code: Vec<code::Insn>,
    /// Slot of each instruction of `code`.
    pub(crate) slots: Vec<Slot>,
    blocks: Vec<Block>,
    functions: Vec<FunctionInfo>,
    /// For each slot, 1 + the number of the function that `callx` reaches there, or 0. Empty if there is no such
    /// function.
    callable: Vec<u16>,
    /// For each slot, the index that `gotox` reaches there, or [`NOWHERE`]. Empty if there is no table.
    jump_targets: Vec<u32>,
    pub(crate) memory: MemoryImage,
    deploy: u32,
    call: u32,
    costs: CostTable,
    /// The code again, in the interpreter's form for long runs.
    pub(crate) steps: Option<Steps>,
    /// Whether any function passes or takes arguments on the stack.
    #[allow(dead_code, reason = "there is not always a JIT")]
    pub(crate) stack_args: bool,
    pub(crate) machine_code: jit::MachineCode,
}

const NOWHERE: u32 = u32::MAX;

/// Verifies a program.
///
/// # Errors
/// The first rule it breaks, in the order of the rules and then of the text.
pub fn verify(program: Program, rules: &Rules) -> Result<VerifiedProgram, VerifyError> {
    rules::size(&program, rules)?;
    let slots = program.slots();

    let mut places = Places::new(slots);
    let mut jump_targets = SlotSet::new(if program.jump_tables.is_empty() { 0 } else { slots });
    let mut has_jump_table = vec![false; program.functions.len()];
    for (index, table) in program.jump_tables.iter().enumerate() {
        let owner = rules::jump_table(&program, index as u32, table, |_, slot| {
            places.lead(slot);
            jump_targets.insert(slot);
            Ok(())
        })?;
        has_jump_table[owner] = true;
    }

    let any_address_taken = program.functions.iter().any(|function| function.address_taken);
    // In the engines' form, except that places are slots until all of them are known.
    let mut insns: Vec<code::Insn> = Vec::with_capacity(slots as usize);
    let mut functions: Vec<FunctionInfo> = Vec::with_capacity(program.functions.len());
    let mut stack_args = false;
    for (function, &has_jump_table) in program.functions.iter().zip(&has_jump_table) {
        rules::frame(&program, function)?;
        let cx = Context {
            program: &program,
            rules,
            all_enabled: rules.cpu == Cpu::V4 && rules.groups == Groups::ALL,
            function: *function,
            has_jump_table,
            any_address_taken,
        };
        let (mut at, mut last) = (Slot(function.first), Slot(function.first));
        let end = function.first + function.slots;
        let mut names: u16 = 0;
        places.lead(at);
        while at.0 < end {
            last = at;
            // The fast path for most instructions.
            let plain =
                bpf_isa::decode_short(&program.text, at).and_then(|insn| translate::plain(&cx, at, &insn));
            if let Some(plain) = plain {
                if let Some(target) = plain.jumps_to() {
                    places.lead(target);
                }
                names |= 1 << plain.code.dst.index();
                insns.push(plain.code);
                at.0 += 1;
                continue;
            }
            let insn = bpf_isa::decode(&program.text, at)?;
            check(&cx, at, &insn)?;
            // Calls lead to the starts of functions, which are leaders already.
            if let Some(target) = insn.target(at) {
                places.lead(Slot(target as u32));
            }
            let code = translate::write(&cx, at, &insn);
            names |= translate::names(&code);
            stack_args |=
                matches!(code.op, code::Op::LoadArg | code::Op::StoreArgImm | code::Op::StoreArgReg);
            insns.push(code);
            at.0 += insn.slots();
        }
        rules::last(&cx, last, &bpf_isa::decode(&program.text, last)?)?;
        functions.push(FunctionInfo {
            first: Slot(function.first),
            slots: function.slots,
            frame_size: function.frame_size,
            address_taken: function.address_taken,
            names,
            index: 0,
        });
    }
    let entry = program.functions.get(program.call as usize).map_or(0, |function| function.first);
    rules::written(rules, &program.text, Slot(entry))?;

    let Arranged { mut code, slots: code_slots, blocks } = translate::arrange(&insns, &mut places);
    for (index, table) in program.jump_tables.iter().enumerate() {
        let table_index = index as u32;
        rules::jump_table(&program, table_index, table, |entry, slot| match places.index(slot) {
            None => {
                let value = crate::program::code_addr(slot);
                Err(VerifyError::BadJumpTableEntry { table: table_index, entry, value })
            }
            Some(_) => Ok(()),
        })?;
    }
    translate::link(&mut code, &code_slots, &blocks, &places)?;
    for function in &mut functions {
        // A function has at least one instruction.
        function.index = places.index(function.first).unwrap_or(0);
    }
    let mut callable = vec![0; if any_address_taken { slots as usize } else { 0 }];
    for (number, function) in functions.iter().enumerate().filter(|(_, f)| f.address_taken) {
        // `rules::size` keeps the number of functions below the range of the entries.
        callable[function.first.index()] = number as u16 + 1;
    }
    let jump_targets = match program.jump_tables.is_empty() {
        true => Vec::new(),
        false => {
            let index = |slot: u32| match jump_targets.contains(Slot(slot)) {
                true => places.index(Slot(slot)).unwrap_or(NOWHERE),
                false => NOWHERE,
            };
            (0..slots).map(index).collect()
        }
    };
    let mut verified = VerifiedProgram {
        code,
        steps: None,
        slots: code_slots,
        blocks,
        functions,
        callable,
        jump_targets,
        memory: program.memory,
        deploy: program.deploy,
        call: program.call,
        costs: rules.costs,
        stack_args,
        machine_code: jit::MachineCode::default(),
    };
    if rules.steps {
        verified.steps = Some(verified.steps());
    }
    Ok(verified)
}

/// The rules for one instruction: two for every instruction, then those for its kind.
#[inline]
fn check(cx: &Context, at: Slot, insn: &Insn) -> Result<(), VerifyError> {
    rules::enabled(cx, at, insn)?;
    rules::frame_pointer(at, insn)?;
    match insn.kind() {
        Kind::Load(_) => rules::stack_argument(at, insn.src, insn.offset),
        Kind::Store(..) => rules::stack_argument(at, insn.dst, insn.offset),
        Kind::Jump | Kind::JumpLong | Kind::Branch(..) => rules::jump(cx, at, insn),
        Kind::JumpPointer => rules::jump_pointer(cx, at),
        Kind::Call(Callee::Local) => rules::callee(cx, at, insn),
        Kind::Call(Callee::Pointer) => rules::call_pointer(cx, at, insn),
        Kind::Call(Callee::Helper) => rules::helper(cx, at, insn),
        Kind::Call(Callee::HelperByBtfId) => rules::unsupported(at, insn),
        Kind::LoadWide(wide) => {
            rules::wide(cx, at)?;
            match wide {
                WideImm::Value => Ok(()),
                WideImm::CodeAddr => rules::code_address(cx, at, insn),
                _ => rules::unsupported(at, insn),
            }
        }
        Kind::Alu(..)
        | Kind::Neg(_)
        | Kind::MovSx(..)
        | Kind::ByteOrder(..)
        | Kind::LoadSx(_)
        | Kind::LoadAcquire(_)
        | Kind::StoreRelease(_)
        | Kind::Atomic(..)
        | Kind::Exchange(_)
        | Kind::CompareExchange(_)
        | Kind::Exit => Ok(()),
    }
}

impl VerifiedProgram {
    /// The functions, in the order of the text, which they tile.
    pub fn functions(&self) -> &[FunctionInfo] {
        &self.functions
    }

    /// Number of the function that contains `slot`.
    pub fn function_at(&self, slot: Slot) -> Option<usize> {
        let number = self.functions.partition_point(|f| f.first <= slot).checked_sub(1)?;
        self.functions[number].range().contains(&slot.0).then_some(number)
    }

    /// The basic blocks, in the order of the text.
    pub fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// What instructions cost.
    pub fn costs(&self) -> &CostTable {
        &self.costs
    }

    /// Its machine code, for listings and measurements: what a run on this engine executes. `None` for the interpreter,
    /// and where the engine is not available.
    pub fn machine_code(&self, engine: Engine) -> Option<Vec<u8>> {
        match engine {
            Engine::Interpreter => None,
            Engine::Jit { mode } => jit::machine_code(self, mode),
        }
    }

    /// Upper bound on the bytes of [`VerifiedProgram::machine_code`], for any engine: a sum over the parts of the
    /// program, and so linear in it. 0 where there is no machine code.
    pub fn machine_code_bound(&self) -> usize {
        jit::bound(self)
    }

    /// Compiles it for `engine` now; otherwise the first instance does. Does nothing for the interpreter, or where the
    /// engine is not available.
    pub fn compile(&self, engine: Engine) {
        if let Engine::Jit { mode } = engine {
            jit::prepare(self, mode);
        }
    }

    /// Bytes of memory that it takes, including all machine code made from it.
    pub fn size(&self) -> usize {
        fn of<T>(items: &[T]) -> usize {
            core::mem::size_of_val(items)
        }
        let tables = of(&self.callable) + of(&self.jump_targets) + of(&self.functions) + of(&self.blocks);
        let memory = of(&self.memory.rodata) + of(&self.memory.data);
        core::mem::size_of::<Self>()
            + of(&self.code)
            + of(&self.slots)
            + tables
            + memory
            + self.steps.as_ref().map_or(0, Steps::size)
            + self.machine_code.size()
    }

    /// Bytes of memory it can write: data, bss, heap and stack.
    pub fn writable_size(&self) -> u64 {
        u64::from(self.memory.data_size) + u64::from(self.memory.stack_size)
    }

    /// The code again, in the interpreter's form for long runs.
    pub(crate) fn steps(&self) -> Steps {
        steps::build(&self.code, &self.blocks, &self.functions, &self.costs)
    }

    /// The function of an entry.
    pub(crate) fn entry(&self, entry: Entry) -> Option<&FunctionInfo> {
        self.functions.get(match entry {
            Entry::Deploy => self.deploy,
            Entry::Call => self.call,
            Entry::Function(number) => number,
        } as usize)
    }

    /// The function that `callx` reaches with `addr`.
    #[inline]
    pub(crate) fn callee(&self, addr: u64) -> Option<&FunctionInfo> {
        let slot = slot_of_code_addr(addr)?;
        let number = usize::from(*self.callable.get(slot.index())?).checked_sub(1)?;
        self.functions.get(number)
    }

    /// Every slot that a `gotox` can reach, and its index.
    #[allow(dead_code, reason = "there is not always a JIT")]
    pub(crate) fn jump_targets(&self) -> impl Iterator<Item = (Slot, usize)> + '_ {
        let slots = self.jump_targets.iter().enumerate().filter(|(_, &index)| index != NOWHERE);
        slots.map(|(slot, &index)| (Slot(slot as u32), index as usize))
    }

    /// The index that `gotox` reaches with `addr`, from a function with these slots.
    #[inline]
    pub(crate) fn jump_target(&self, addr: u64, function: Range<u32>) -> Option<usize> {
        // If the address is not that of a slot, its extra bits make the number too large.
        let slot = addr.wrapping_sub(contract_abi::memory::CODE_BASE.into()).rotate_right(3);
        if slot.wrapping_sub(function.start.into()) >= u64::from(function.end - function.start) {
            return None;
        }
        self.jump_targets.get(slot as usize).filter(|&&index| index != NOWHERE).map(|&index| index as usize)
    }
}

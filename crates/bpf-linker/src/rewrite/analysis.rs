//! Register analysis for the rewrites: which registers are live, and which hold a known number.
//!
//! Both are the usual data-flow problems over a function's blocks, solved by iteration. Both are
//! conservative: a register that may be read counts as live, and a number that is not certain counts as
//! unknown.

use crate::ir::{Block, BlockId, End, Function, Item, Target};
use bpf_isa::{AluOp, Callee, Cond, Insn, Kind, Reg, RegSet, Size, Source, WideImm, Width};
use std::collections::VecDeque;

/// For each block, the registers that may be read before they are written: those live at its start.
pub(super) fn live_in(function: &Function<'_>) -> Vec<RegSet> {
    let mut live = vec![RegSet::EMPTY; function.blocks.len()];
    let reached = function.reachable();
    loop {
        let mut changed = false;
        for id in (0..function.blocks.len()).rev().filter(|&id| reached[id]) {
            let block = &function.blocks[id];
            let mut set = live_out(function, &live, block);
            for item in block.body.iter().rev() {
                set = live_before(item, set);
            }
            if set != live[id] {
                live[id] = set;
                changed = true;
            }
        }
        if !changed {
            return live;
        }
    }
}

/// Registers that are live after the body of a block.
pub(super) fn live_out(function: &Function<'_>, live_in: &[RegSet], block: &Block) -> RegSet {
    let after = block.end.successors(&function.tables);
    let read = match block.end {
        End::Exit { .. } if !function.returns_pair => block.end.reads().without(Reg::R2),
        end => end.reads(),
    };
    after.fold(read, |set, successor| set.union(live_in[successor]))
}

/// Registers that are live before an instruction, given those live after it.
pub(super) fn live_before(item: &Item, after: RegSet) -> RegSet {
    // A call may leave r1 to r5 unchanged, so only r0 is certain to be overwritten.
    let written = match item.insn.kind() {
        Kind::Call(_) => RegSet::EMPTY.with(Reg::R0),
        _ => item.insn.writes(),
    };
    after.difference(written).union(item.reads())
}

/// Whether any function reads r2 after a call of another function: the upper half of a result in r0:r2.
///
/// The functions must be marked as returning in r0 only. Otherwise a function that only passes on a result
/// that it got would seem to read r2.
pub(super) fn reads_pairs(functions: &[Function<'_>]) -> bool {
    functions.iter().any(|function| {
        let live = live_in(function);
        let reached = function.reachable();
        function.blocks.iter().zip(reached).filter(|(_, reached)| *reached).any(|(block, _)| {
            let mut after = live_out(function, &live, block);
            block.body.iter().rev().any(|item| {
                let called = matches!(item.insn.kind(), Kind::Call(Callee::Local | Callee::Pointer));
                let reads = called && after.contains(Reg::R2);
                after = live_before(item, after);
                reads
            })
        })
    })
}

/// A value that is known before the program runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    Number(u64),
    /// The address of data, or of a byte in it.
    Address(Target),
}

impl Known {
    pub(super) fn number(self) -> Option<u64> {
        match self {
            Known::Number(number) => Some(number),
            Known::Address(_) => None,
        }
    }
}

/// The known values of registers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Values([Option<Known>; 12]);

impl Values {
    pub(super) fn get(&self, reg: Reg) -> Option<Known> {
        self.0[reg.index()]
    }

    pub(super) fn number(&self, reg: Reg) -> Option<u64> {
        self.get(reg).and_then(Known::number)
    }

    fn set(&mut self, reg: Reg, value: Option<Known>) {
        self.0[reg.index()] = value;
    }

    /// The facts that hold in both.
    fn meet(&self, other: &Values) -> Values {
        let mut met = *self;
        for (mine, theirs) in met.0.iter_mut().zip(&other.0) {
            if *mine != *theirs {
                *mine = None;
            }
        }
        met
    }

    /// Updates the facts for an instruction.
    pub(super) fn step(&mut self, item: &Item) {
        let result = self.result(item);
        for reg in item.insn.writes().iter() {
            self.set(reg, None);
        }
        if result.is_some() {
            self.set(item.insn.dst, result);
        }
    }

    /// The value that an instruction writes to its destination, if that is its only effect and the value is
    /// known.
    pub(super) fn result(&self, item: &Item) -> Option<Known> {
        let insn = item.insn;
        if let Some(target) = item.target {
            let address = matches!(
                insn.kind(),
                Kind::LoadWide(WideImm::Value) | Kind::Alu(Width::W64, AluOp::Mov, Source::Imm)
            );
            // No arithmetic is done on other addresses, and they are not tracked.
            return (address && matches!(target, Target::Data(..))).then_some(Known::Address(target));
        }
        match insn.kind() {
            Kind::LoadWide(WideImm::Value) => Some(Known::Number(insn.imm as u64)),
            Kind::Alu(width, op, source) => {
                let right = match source {
                    Source::Imm => Known::Number(insn.imm as u64),
                    Source::Reg => self.get(insn.src)?,
                };
                if (width, op) == (Width::W64, AluOp::Mov) {
                    return Some(right);
                }
                let right = right.number()?;
                let left = match op {
                    AluOp::Mov => Known::Number(0),
                    _ => self.get(insn.dst)?,
                };
                match left {
                    Known::Number(left) => compute(width, op, left, right).map(Known::Number),
                    Known::Address(Target::Data(chunk, addend)) if width == Width::W64 => {
                        let addend = match op {
                            AluOp::Add => addend.checked_add(right as i64)?,
                            AluOp::Sub => addend.checked_sub(right as i64)?,
                            _ => return None,
                        };
                        Some(Known::Address(Target::Data(chunk, addend)))
                    }
                    Known::Address(_) => None,
                }
            }
            Kind::Neg(Width::W64) => self.number(insn.dst).map(|n| Known::Number(n.wrapping_neg())),
            Kind::Neg(Width::W32) => {
                self.number(insn.dst).map(|n| Known::Number((n as u32).wrapping_neg().into()))
            }
            Kind::MovSx(width, size) => {
                let value = self.number(insn.src)?;
                let value = match size {
                    Size::B => i64::from(value as i8),
                    Size::H => i64::from(value as i16),
                    Size::W => i64::from(value as i32),
                    Size::Dw => value as i64,
                };
                Some(Known::Number(match width {
                    Width::W64 => value as u64,
                    Width::W32 => u64::from(value as u32),
                }))
            }
            _ => None,
        }
    }

    /// Whether a branch is taken, if that is known.
    pub(super) fn decides(&self, insn: Insn) -> Option<bool> {
        let Kind::Branch(width, cond, source) = insn.kind() else { return None };
        let left = self.number(insn.dst)?;
        let right = match source {
            Source::Imm => insn.imm as u64,
            Source::Reg => self.number(insn.src)?,
        };
        Some(holds(width, cond, left, right))
    }

    /// The facts on the edge from a block to a successor, where `self` holds at the block's end.
    pub(super) fn on_edge(mut self, end: &End, to: BlockId) -> Values {
        let End::Branch { insn, taken, other, .. } = *end else { return self };
        if taken == other {
            return self;
        }
        // Equality of the low 32 bits says nothing about the upper half.
        let equal_on = match insn.kind() {
            Kind::Branch(Width::W64, Cond::Eq, Source::Imm) => taken,
            Kind::Branch(Width::W64, Cond::Ne, Source::Imm) => other,
            _ => return self,
        };
        if equal_on == to {
            self.set(insn.dst, Some(Known::Number(insn.imm as u64)));
        }
        self
    }
}

/// The facts at the start of each reachable block.
pub(super) fn values(function: &Function<'_>) -> Vec<Values> {
    let mut known: Vec<Option<Values>> = vec![None; function.blocks.len()];
    known[0] = Some(Values::default());
    let mut todo = VecDeque::from([0]);
    while let Some(id) = todo.pop_front() {
        let block = &function.blocks[id];
        let Some(mut values) = known[id] else { continue };
        for item in &block.body {
            values.step(item);
        }
        for successor in block.end.successors(&function.tables) {
            let here = values.on_edge(&block.end, successor);
            let met = match &known[successor] {
                Some(before) => before.meet(&here),
                None => here,
            };
            // Facts are only ever removed, so this ends.
            if known[successor] != Some(met) {
                known[successor] = Some(met);
                todo.push_back(successor);
            }
        }
    }
    known.into_iter().map(Option::unwrap_or_default).collect()
}

/// RFC 9669 §4.1, for the operations that are useful here.
fn compute(width: Width, op: AluOp, left: u64, right: u64) -> Option<u64> {
    Some(match width {
        Width::W64 => match op {
            AluOp::Add => left.wrapping_add(right),
            AluOp::Sub => left.wrapping_sub(right),
            AluOp::Mul => left.wrapping_mul(right),
            AluOp::Or => left | right,
            AluOp::And => left & right,
            AluOp::Xor => left ^ right,
            AluOp::Mov => right,
            AluOp::Lsh => left.wrapping_shl(right as u32),
            AluOp::Rsh => left.wrapping_shr(right as u32),
            AluOp::Arsh => (left as i64).wrapping_shr(right as u32) as u64,
            AluOp::Div | AluOp::SDiv | AluOp::Mod | AluOp::SMod => return None,
        },
        Width::W32 => {
            let (left, right) = (left as u32, right as u32);
            u64::from(match op {
                AluOp::Add => left.wrapping_add(right),
                AluOp::Sub => left.wrapping_sub(right),
                AluOp::Mul => left.wrapping_mul(right),
                AluOp::Or => left | right,
                AluOp::And => left & right,
                AluOp::Xor => left ^ right,
                AluOp::Mov => right,
                AluOp::Lsh => left.wrapping_shl(right),
                AluOp::Rsh => left.wrapping_shr(right),
                AluOp::Arsh => (left as i32).wrapping_shr(right) as u32,
                AluOp::Div | AluOp::SDiv | AluOp::Mod | AluOp::SMod => return None,
            })
        }
    })
}

/// RFC 9669 §4.3.
fn holds(width: Width, cond: Cond, left: u64, right: u64) -> bool {
    let (left, right) = match width {
        Width::W64 => (left, right),
        // Sign-extending both operands preserves every order.
        Width::W32 => (left as i32 as u64, right as i32 as u64),
    };
    let (signed_left, signed_right) = (left as i64, right as i64);
    match cond {
        Cond::Eq => left == right,
        Cond::Ne => left != right,
        Cond::Gt => left > right,
        Cond::Ge => left >= right,
        Cond::Lt => left < right,
        Cond::Le => left <= right,
        Cond::SGt => signed_left > signed_right,
        Cond::SGe => signed_left >= signed_right,
        Cond::SLt => signed_left < signed_right,
        Cond::SLe => signed_left <= signed_right,
        Cond::Set => left & right != 0,
    }
}

/// Whether this addend keeps every address in the data of a program in the range of a move.
pub(super) fn small_addend(addend: i64) -> bool {
    // Addresses lie between 2²⁸ and 5·2²⁸ (`contract_abi::memory`).
    addend.unsigned_abs() < 1 << 28
}

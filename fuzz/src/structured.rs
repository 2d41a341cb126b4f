//! The two stronger kinds of program: straight-line code with every register full of revealing numbers, and
//! programs with the shapes that compilers generate.
//!
//! The verifier nearly always accepts both, so a fuzzer spends its time in the engines. In both, r6 points
//! into the data, r7 to the input, and r8 to the other end of the stack or anywhere. Frames have [`FRAME`]
//! bytes, or sometimes many more, and their first bytes hold loop counters.

use super::plan::{by_sum, far, filled, large_frame, large_stack, value, Plan, HELPERS};
use arbitrary::{Arbitrary, Result, Unstructured};
use bpf_isa::{Callee, Insn, Kind, Op, Reg, Slot, Source, WideImm};
use contract_abi::image::{Function, JumpTable};
use contract_abi::intrinsic::Intrinsic;
use contract_abi::memory::{mapped, CODE_BASE, DATA_BASE, INPUT_BASE, RODATA_BASE, STACK_BASE};

/// Bytes of every frame in most programs.
const FRAME: u32 = 96;
/// Maximum depth of nested loops: each has a counter in the frame.
const LOOPS: usize = 3;

/// Straight-line code, with branches that skip parts of it.
#[derive(Clone, Debug)]
pub struct Straight(pub Plan);

/// A program with loops, all kinds of calls, tables, syscalls, traps, and accesses at the edges of regions.
#[derive(Clone, Debug)]
pub struct Structured(pub Plan);

impl<'a> Arbitrary<'a> for Straight {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let mut maker = Maker::new(1, large_frame(u)?);
        for reg in [0, 1, 2, 3, 4, 5, 8, 9] {
            let value = telling(u)?;
            maker.wide(Reg::ALL[reg], value);
        }
        for _ in 0..u.int_in_range(1..=40)? {
            match u.int_in_range(0..=9)? {
                0 => maker.branch_over(u, |maker, u| maker.compute(u))?,
                1 | 2 => maker.access(u)?,
                3 | 4 => maker.idiom(u)?,
                _ => maker.compute(u)?,
            }
        }
        maker.push(Insn::new(Op::Exit));
        maker.finish(u).map(Straight)
    }
}

impl<'a> Arbitrary<'a> for Structured {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let functions = u.int_in_range(1..=4)?;
        let mut maker = Maker::new(functions, large_frame(u)?);
        for function in 0..functions {
            if function > 0 {
                maker.begin(function);
            }
            let steps = u.int_in_range(1..=8)?;
            maker.steps(u, steps, 0)?;
            maker.push(Insn::new(Op::Exit));
        }
        maker.finish(u).map(Structured)
    }
}

/// A number at which behaviour changes, or any number.
fn telling(u: &mut Unstructured<'_>) -> Result<i64> {
    Ok(match u.int_in_range(0..=3)? {
        0 => *u.choose(&[
            0,
            1,
            -1,
            i64::MIN,
            i64::MAX,
            0x7fff_ffff,
            0x8000_0000,
            0xffff_ffff,
            -0x8000_0000,
            0x1_0000_0000,
            0x80,
            0xff,
            0x8000,
            0xffff,
            31,
            32,
            63,
            64,
        ])?,
        1 => i64::from(i8::arbitrary(u)?),
        2 => value(u)?,
        _ => i64::arbitrary(u)?,
    })
}

/// Registers that hold numbers.
const NUMBERS: [Reg; 8] = [Reg::R0, Reg::R1, Reg::R2, Reg::R3, Reg::R4, Reg::R5, Reg::R8, Reg::R9];

fn number(u: &mut Unstructured<'_>) -> Result<Reg> {
    Ok(*u.choose(&NUMBERS)?)
}

/// The operations for which `of` is true.
fn operations(of: impl Fn(Kind) -> bool) -> Vec<Op> {
    Op::ALL.iter().copied().filter(|op| of(op.kind())).collect()
}

fn computes(kind: Kind) -> bool {
    matches!(kind, Kind::Alu(..) | Kind::Neg(_) | Kind::MovSx(..) | Kind::ByteOrder(..))
}

fn accesses(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Load(_)
            | Kind::LoadSx(_)
            | Kind::Store(..)
            | Kind::Atomic(..)
            | Kind::Exchange(_)
            | Kind::CompareExchange(_)
            | Kind::LoadAcquire(_)
            | Kind::StoreRelease(_)
    )
}

#[derive(Clone, Copy)]
struct Label(usize);

/// Writes instructions, with labels.
struct Maker {
    insns: Vec<Insn>,
    /// For each label, the index of the instruction after it.
    labels: Vec<Option<usize>>,
    /// Instructions that jump to a label.
    jumps: Vec<(usize, Label)>,
    /// The start of each function.
    functions: Vec<Label>,
    /// The tables of each function, in the order of functions, as labels.
    tables: Vec<Vec<Label>>,
    /// The current function.
    function: usize,
    /// Bytes of every frame, if different from [`FRAME`].
    large: Option<u32>,
    /// Instructions that refer to a table: the index of the instruction, the number of the table, the entry.
    entries: Vec<(usize, usize, usize)>,
}

impl Maker {
    /// Starts the first of this many functions.
    fn new(functions: usize, large: Option<u32>) -> Self {
        let mut maker = Self {
            insns: Vec::new(),
            labels: Vec::new(),
            jumps: Vec::new(),
            functions: Vec::new(),
            tables: Vec::new(),
            function: 0,
            large,
            entries: Vec::new(),
        };
        maker.functions = (0..functions).map(|_| maker.label()).collect();
        maker.begin(0);
        maker
    }

    fn begin(&mut self, function: usize) {
        self.function = function;
        self.here(self.functions[function]);
        self.wide(Reg::R6, i64::from(DATA_BASE) + 24);
        self.wide(Reg::R7, i64::from(INPUT_BASE) + 8);
    }

    fn push(&mut self, insn: Insn) {
        self.insns.push(insn);
    }

    fn wide(&mut self, dst: Reg, value: i64) {
        self.push(Insn::new(Op::LdImm64).with_dst(dst).with_imm(value));
    }

    fn label(&mut self) -> Label {
        self.labels.push(None);
        Label(self.labels.len() - 1)
    }

    fn here(&mut self, label: Label) {
        self.labels[label.0] = Some(self.insns.len());
    }

    fn jump(&mut self, insn: Insn, to: Label) {
        self.jumps.push((self.insns.len(), to));
        self.push(insn);
    }

    fn compute(&mut self, u: &mut Unstructured<'_>) -> Result<()> {
        let op = *u.choose(&operations(computes))?;
        let insn = Insn::new(op).with_dst(number(u)?);
        let insn = match op.kind() {
            Kind::Alu(_, _, Source::Imm) => insn.with_imm(i64::from(telling(u)? as i32)),
            // The addresses in r6, r7 and r10 also serve as numbers.
            Kind::Alu(..) | Kind::MovSx(..) => insn.with_src(Reg::ALL[u.int_in_range(0..=10)?]),
            _ => insn,
        };
        self.push(insn);
        Ok(())
    }

    fn condition(&self, u: &mut Unstructured<'_>) -> Result<Insn> {
        let op = *u.choose(&operations(|kind| matches!(kind, Kind::Branch(..))))?;
        let insn = Insn::new(op).with_dst(number(u)?);
        Ok(match op.kind() {
            Kind::Branch(_, _, Source::Imm) => insn.with_imm(i64::from(telling(u)? as i32)),
            _ => insn.with_src(number(u)?),
        })
    }

    fn branch_over(
        &mut self,
        u: &mut Unstructured<'_>,
        mut body: impl FnMut(&mut Self, &mut Unstructured<'_>) -> Result<()>,
    ) -> Result<()> {
        let after = self.label();
        let condition = self.condition(u)?;
        self.jump(condition, after);
        for _ in 0..u.int_in_range(0..=2)? {
            body(self, u)?;
        }
        self.here(after);
        Ok(())
    }

    /// A load, store or atomic operation: usually valid, sometimes at an edge.
    fn access(&mut self, u: &mut Unstructured<'_>) -> Result<()> {
        let op = *u.choose(&operations(accesses))?;
        let (base, offset) = match u.int_in_range(0..=15)? {
            0 => {
                let edge = edge(u)?;
                self.wide(Reg::R9, edge);
                (Reg::R9, u.int_in_range(-9..=9)?)
            }
            1 => {
                // Any offset, and a base that compensates for it.
                let offset = i16::arbitrary(u)?;
                self.wide(Reg::R9, i64::from(DATA_BASE) + 16 - i64::from(offset));
                (Reg::R9, offset)
            }
            2..=6 => (Reg::R6, u.int_in_range(-24..=16)?),
            7..=9 => (Reg::R7, u.int_in_range(-8..=32)?),
            _ if self.large.is_some() && u.ratio(1, 4)? => (Reg::R10, u.int_in_range(i16::MIN..=-8)?),
            _ => (Reg::R10, u.int_in_range(-(FRAME as i16)..=-8)?),
        };
        let insn = Insn::new(op);
        self.push(match op.kind() {
            Kind::Load(_) | Kind::LoadSx(_) | Kind::LoadAcquire(_) => {
                insn.with_dst(number(u)?).with_src(base).with_offset(offset)
            }
            Kind::Store(_, Source::Imm) => {
                insn.with_dst(base).with_offset(offset).with_imm(i64::from(telling(u)? as i32))
            }
            _ => insn.with_dst(base).with_src(number(u)?).with_offset(offset),
        });
        Ok(())
    }

    /// Sequences that compilers write and an engine may combine.
    fn idiom(&mut self, u: &mut Unstructured<'_>) -> Result<()> {
        let (a, b) = (number(u)?, number(u)?);
        let imm = |op, dst, imm| Insn::new(op).with_dst(dst).with_imm(imm);
        let reg = |op, dst, src| Insn::new(op).with_dst(dst).with_src(src);
        match u.int_in_range(0..=if self.large.is_some() { 15 } else { 9 })? {
            0 => {
                // A rotation, which need not be complete.
                let wide = bool::arbitrary(u)?;
                let bits: i64 = if wide { 64 } else { 32 };
                let left = u.int_in_range(0..=bits - 1)?;
                let right = if u.ratio(7, 8)? { (bits - left) % bits } else { u.int_in_range(0..=bits - 1)? };
                let [mov, lsh, rsh, or] = match wide {
                    true => [Op::Mov64Reg, Op::Lsh64Imm, Op::Rsh64Imm, Op::Or64Reg],
                    false => [Op::Mov32Reg, Op::Lsh32Imm, Op::Rsh32Imm, Op::Or32Reg],
                };
                for insn in [reg(mov, a, b), imm(lsh, a, left), imm(rsh, b, right), reg(or, a, b)] {
                    self.push(insn);
                }
            }
            1 => {
                // A wider number from bytes, in either order, sometimes with a gap.
                let bytes: i16 = *u.choose(&[2, 4, 8])?;
                let swapped = bool::arbitrary(u)?;
                let base = u.int_in_range(-16..=8)?;
                self.push(imm(Op::Mov64Imm, a, 0));
                for byte in 0..bytes {
                    let shift = i64::from(if swapped { bytes - 1 - byte } else { byte }) * 8;
                    let gap = i16::from(u.ratio(1, 24)?);
                    self.push(reg(Op::Load8, b, Reg::R6).with_offset(base + byte + gap));
                    if shift != 0 {
                        self.push(imm(Op::Lsh64Imm, b, shift));
                    }
                    self.push(reg(Op::Or64Reg, a, b));
                }
            }
            2 => {
                // Clear the upper half, or extend the sign.
                self.push(imm(Op::Lsh64Imm, a, 32));
                self.push(imm(*u.choose(&[Op::Rsh64Imm, Op::Arsh64Imm])?, a, 32));
            }
            3 => {
                // Three operands.
                self.push(reg(*u.choose(&[Op::Mov64Reg, Op::Mov32Reg])?, a, b));
                let by_reg = [Op::Add64Reg, Op::Add32Reg, Op::Sub64Reg, Op::And64Reg, Op::Xor32Reg];
                let by_imm = [Op::Add64Imm, Op::Add32Imm, Op::Sub64Imm, Op::And64Imm, Op::Lsh64Imm];
                match bool::arbitrary(u)? {
                    true => self.push(reg(*u.choose(&by_reg)?, a, number(u)?)),
                    false => self.push(imm(*u.choose(&by_imm)?, a, i64::from(telling(u)? as i32))),
                }
            }
            4 => {
                // One move, which a branch skips or not.
                let after = self.label();
                let condition = self.condition(u)?;
                self.jump(condition, after);
                self.push(reg(*u.choose(&[Op::Mov64Reg, Op::Mov32Reg])?, a, b));
                self.here(after);
            }
            5 => {
                // A condition turned into a number, and a branch on it.
                let (after, over) = (self.label(), self.label());
                self.push(imm(Op::Mov64Imm, a, 1));
                let condition = self.condition(u)?;
                self.jump(condition, after);
                self.push(imm(Op::Mov64Imm, a, 0));
                self.here(after);
                self.jump(imm(Op::JEq64Imm, a, 0), over);
                self.push(imm(Op::Add64Imm, b, 1));
                self.here(over);
            }
            6 => {
                // A wider number written as bytes and read back.
                let base = u.int_in_range(-24..=8)?;
                for byte in 0..*u.choose(&[2, 4, 8])? {
                    self.push(
                        Insn::new(Op::Store8Reg).with_dst(Reg::R6).with_src(a).with_offset(base + byte),
                    );
                    self.push(imm(Op::Rsh64Imm, a, 8));
                }
                self.push(reg(Op::Load64, a, Reg::R6).with_offset(base));
            }
            7 => {
                // A product and a quotient of the same operands, in any registers.
                let c = number(u)?;
                for op in [Op::Mul64Reg, Op::Div64Reg, Op::SMod64Reg, Op::Mul32Reg, Op::SDiv32Reg] {
                    if bool::arbitrary(u)? {
                        self.push(reg(op, *u.choose(&[a, b, c])?, *u.choose(&[a, b, c])?));
                    }
                }
            }
            8 => {
                // Copy neighbouring words.
                let offset = u.int_in_range(-24..=0)?;
                for word in 0..2 {
                    self.push(reg(Op::Load64, b, Reg::R6).with_offset(offset + 8 * word));
                    self.push(
                        Insn::new(Op::Store64Reg).with_dst(Reg::R10).with_src(b).with_offset(-64 + 8 * word),
                    );
                }
            }
            _ => {
                // The frame, by a computed address.
                let near = if self.large.is_some() { u.ratio(1, 4)? } else { !u.ratio(1, 12)? };
                let offset = match near {
                    true => u.int_in_range(-(FRAME as i32)..=-8)?,
                    false => far(u)?,
                };
                by_sum(u, a, b, offset)?.into_iter().for_each(|insn| self.push(insn));
            }
        }
        Ok(())
    }

    fn steps(&mut self, u: &mut Unstructured<'_>, count: usize, loops: usize) -> Result<()> {
        for _ in 0..count {
            if u.is_empty() {
                break;
            }
            self.step(u, loops)?;
        }
        Ok(())
    }

    fn step(&mut self, u: &mut Unstructured<'_>, loops: usize) -> Result<()> {
        match u.int_in_range(0..=31)? {
            0..=5 => self.compute(u),
            6..=10 => self.access(u),
            11..=13 => self.idiom(u),
            14 | 15 if loops < LOOPS => self.repeat(u, loops),
            16 | 17 => self.either(u, loops),
            18 => self.choice(u),
            19..=21 => self.call(u),
            22 | 23 => {
                self.push(Insn::new(Op::Call).with_imm((*u.choose(&HELPERS)?).into()));
                Ok(())
            }
            24 | 25 => self.bulk(u),
            26 => self.wide_arithmetic(u),
            27 => {
                let value = telling(u)?;
                self.wide(number(u)?, value);
                Ok(())
            }
            28 if u.ratio(1, 8)? => self.branch_over(u, |maker, _| {
                maker.push(Insn::new(Op::Call).with_imm(Intrinsic::Abort.number().into()));
                Ok(())
            }),
            29 => self.branch_over(u, |maker, _| {
                maker.push(Insn::new(Op::Exit));
                Ok(())
            }),
            _ => self.branch_over(u, |maker, u| maker.step(u, LOOPS)),
        }
    }

    /// Repeats something, with a counter in the frame.
    fn repeat(&mut self, u: &mut Unstructured<'_>, loops: usize) -> Result<()> {
        let slot = -8 * (loops as i16 + 1);
        let times = u.int_in_range(1..=5)?;
        self.push(Insn::new(Op::Store64Imm).with_dst(Reg::R10).with_offset(slot).with_imm(times));
        let again = self.label();
        self.here(again);
        let steps = u.int_in_range(1..=3)?;
        self.steps(u, steps, loops + 1)?;
        self.push(Insn::new(Op::Load64).with_dst(Reg::R9).with_src(Reg::R10).with_offset(slot));
        self.push(Insn::new(Op::Add64Imm).with_dst(Reg::R9).with_imm(-1));
        self.push(Insn::new(Op::Store64Reg).with_dst(Reg::R10).with_src(Reg::R9).with_offset(slot));
        let op = *u.choose(&[Op::JNe64Imm, Op::JSGt64Imm, Op::JGt32Imm])?;
        self.jump(Insn::new(op).with_dst(Reg::R9), again);
        Ok(())
    }

    fn either(&mut self, u: &mut Unstructured<'_>, loops: usize) -> Result<()> {
        let (otherwise, after) = (self.label(), self.label());
        let condition = self.condition(u)?;
        self.jump(condition, otherwise);
        let steps = u.int_in_range(0..=2)?;
        self.steps(u, steps, loops)?;
        self.jump(Insn::new(*u.choose(&[Op::Ja, Op::Ja32])?), after);
        self.here(otherwise);
        let steps = u.int_in_range(0..=2)?;
        self.steps(u, steps, loops)?;
        self.here(after);
        Ok(())
    }

    /// A computed jump through a table in the read-only data.
    fn choice(&mut self, u: &mut Unstructured<'_>) -> Result<()> {
        let after = self.label();
        let arms = u.int_in_range(1..=3)?;
        let arms: Vec<Label> = (0..arms).map(|_| self.label()).collect();
        let table = self.tables.len();
        let entry = u.choose_index(arms.len())?;
        self.tables.push(arms.clone());
        self.entries.push((self.insns.len(), table, entry));
        self.push(Insn::new(Op::Mov64Imm).with_dst(Reg::R9));
        self.push(Insn::new(Op::Load64).with_dst(Reg::R9).with_src(Reg::R9));
        if u.ratio(1, 24)? {
            self.push(Insn::new(Op::Add64Imm).with_dst(Reg::R9).with_imm(*u.choose(&[-8, 1, 4, 8])?));
        }
        self.push(Insn::new(Op::GotoX).with_dst(Reg::R9));
        for arm in arms {
            self.here(arm);
            self.compute(u)?;
            self.jump(Insn::new(Op::Ja), after);
        }
        self.here(after);
        Ok(())
    }

    /// A call of a function: direct or through a pointer, with or without stack arguments. Usually of a later
    /// function, so that most programs end.
    fn call(&mut self, u: &mut Unstructured<'_>) -> Result<()> {
        let callee = match self.function + 1 < self.functions.len() && !u.ratio(1, 8)? {
            true => u.int_in_range(self.function + 1..=self.functions.len() - 1)?,
            false => u.choose_index(self.functions.len())?,
        };
        let callee = self.functions[callee];
        for _ in 0..u.int_in_range(0..=2)? {
            let slot = 8 * u.int_in_range(1..=7)?;
            self.push(match u.int_in_range(0..=2)? {
                0 => Insn::new(Op::Store64Reg).with_dst(Reg::R11).with_src(number(u)?).with_offset(-slot),
                1 => Insn::new(Op::Store64Imm).with_dst(Reg::R11).with_offset(-slot).with_imm(slot.into()),
                _ => Insn::new(Op::Load64).with_dst(number(u)?).with_src(Reg::R11).with_offset(slot),
            });
        }
        match u.int_in_range(0..=3)? {
            0 => {
                self.jump(Insn::new(Op::LdCodeAddr).with_dst(Reg::R9), callee);
                if u.ratio(1, 16)? {
                    let by = *u.choose(&[-8, 4, 8, 16, 1 << 28])?;
                    self.push(Insn::new(Op::Add64Imm).with_dst(Reg::R9).with_imm(by));
                }
                self.push(Insn::new(Op::CallX).with_dst(Reg::R9));
            }
            _ => self.jump(Insn::new(Op::CallLocal), callee),
        }
        Ok(())
    }

    /// `memcpy` and similar: with known small lengths or others; sometimes at edges.
    fn bulk(&mut self, u: &mut Unstructured<'_>) -> Result<()> {
        let places =
            [i64::from(DATA_BASE), i64::from(INPUT_BASE), i64::from(RODATA_BASE), i64::from(STACK_BASE)];
        for reg in [Reg::R1, Reg::R2] {
            let place = match u.ratio(1, 12)? {
                true => edge(u)?,
                false => *u.choose(&places)? + u.int_in_range(0..=24)?,
            };
            self.wide(reg, place);
        }
        let len = match u.int_in_range(0..=15)? {
            0 => telling(u)?,
            1 => u.int_in_range(4080..=4112)?,
            _ => u.int_in_range(0..=40)?,
        };
        self.wide(Reg::R3, len);
        let intrinsic =
            *u.choose(&[Intrinsic::MemCpy, Intrinsic::MemMove, Intrinsic::MemSet, Intrinsic::MemCmp])?;
        self.push(Insn::new(Op::Call).with_imm(intrinsic.number().into()));
        Ok(())
    }

    fn wide_arithmetic(&mut self, u: &mut Unstructured<'_>) -> Result<()> {
        let others = |intrinsic: &&Intrinsic| {
            use Intrinsic::*;
            !matches!(intrinsic, Abort | MemCpy | MemMove | MemSet | MemCmp)
        };
        let intrinsics: Vec<Intrinsic> = Intrinsic::ALL.iter().filter(others).copied().collect();
        // Some write through r1.
        let target =
            if u.ratio(1, 16)? { edge(u)? } else { i64::from(DATA_BASE) + u.int_in_range(0..=24)? };
        self.wide(Reg::R1, target);
        self.push(Insn::new(Op::Call).with_imm(u.choose(&intrinsics)?.number().into()));
        Ok(())
    }

    /// Resolves labels and lays everything out.
    fn finish(mut self, u: &mut Unstructured<'_>) -> Result<Plan> {
        let mut slots = Vec::with_capacity(self.insns.len() + 1);
        let mut at = 0;
        for insn in &self.insns {
            slots.push(at);
            at += insn.slots();
        }
        slots.push(at);
        let slot_of = |label: Label| slots[self.labels[label.0].unwrap_or(0)];
        for &(index, label) in &self.jumps {
            let (from, to) = (Slot(slots[index]), i64::from(slot_of(label)));
            let insn = &mut self.insns[index];
            match insn.kind() {
                Kind::Jump | Kind::Branch(..) => insn.offset = (to - i64::from(from.0) - 1) as i16,
                Kind::LoadWide(WideImm::CodeAddr) => {
                    insn.imm = i64::from((to - i64::from(from.0) - 1) as i32 as u32);
                }
                Kind::JumpLong | Kind::Call(Callee::Local) => insn.imm = to - i64::from(from.0) - 1,
                _ => {}
            }
        }
        let mut rodata = Vec::new();
        let mut jump_tables = Vec::new();
        let mut offsets = Vec::new();
        for table in &self.tables {
            offsets.push(rodata.len());
            jump_tables.push(JumpTable { offset: rodata.len() as u32, entries: table.len() as u32 });
            for &label in table {
                rodata.extend((u64::from(CODE_BASE) + 8 * u64::from(slot_of(label))).to_le_bytes());
            }
        }
        for &(index, table, entry) in &self.entries {
            self.insns[index].imm = i64::from(RODATA_BASE) + (offsets[table] + 8 * entry) as i64;
        }
        rodata.extend([7; 40]);
        let starts: Vec<u32> = self.functions.iter().map(|&label| slot_of(label)).collect();
        let ends = starts.iter().skip(1).copied().chain([at]);
        let functions = starts
            .iter()
            .zip(ends)
            .map(|(&first, end)| Function {
                first,
                slots: end - first,
                frame_size: self.large.unwrap_or(FRAME),
                address_taken: true,
            })
            .collect();
        let mut text = Vec::new();
        for insn in &self.insns {
            let encoded = insn.encode().map_err(|_| arbitrary::Error::IncorrectFormat)?;
            text.extend_from_slice(encoded.as_bytes());
        }
        Ok(Plan {
            text,
            functions,
            rodata,
            jump_tables,
            data: filled(u)?,
            stack_size: match self.large {
                Some(frame) => large_stack(u, frame)?,
                None => *u.choose(&[FRAME, 512, 4096, 65536])?,
            },
            heap_size: *u.choose(&[0, 64, 4096, 20_000])?,
            entry: 0,
            input: filled(u)?,
            gas: u.int_in_range(0..=60_000)?,
            results: Vec::<u64>::arbitrary(u)?,
        })
    }
}

/// An address near the end of something. The upper half is not part of an address.
fn edge(u: &mut Unstructured<'_>) -> Result<i64> {
    let base = *u.choose(&[0, RODATA_BASE, DATA_BASE, STACK_BASE, INPUT_BASE, CODE_BASE, u32::MAX])?;
    let beyond = mapped(*u.choose(&[0, 1, FRAME, 4096, 20_064, 65536])?);
    let address = base.wrapping_add(beyond).wrapping_add_signed(u.int_in_range(-17..=9)?);
    let upper = if u.ratio(1, 4)? { i64::from(i32::arbitrary(u)?) << 32 } else { 0 };
    Ok(i64::from(address) | upper)
}

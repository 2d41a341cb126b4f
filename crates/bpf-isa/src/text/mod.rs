//! Instructions as text, and text as instructions.
//!
//! Two syntaxes are known, each read and written:
//!
//! | | [`Syntax::Suite`] | [`Syntax::Llvm`] |
//! | --- | --- | --- |
//! | from | the public BPF conformance suite, uBPF, rbpf | LLVM's assembler and `llvm-objdump`, the kernel |
//! | add | `add %r0, 1`, `add32 %r0, %r1` | `r0 += 1`, `w0 += w1` |
//! | load | `ldxdw %r0, [%r1+8]` | `r0 = *(u64 *)(r1 + 8)` |
//! | branch | `jsgt %r1, 5, +3` | `if r1 s> 5 goto +3` |
//! | atomic | `lock fetch add [%r1+8], %r2` | `r2 = atomic_fetch_add((u64 *)(r1 + 8), r2)` |
//!
//! A program has one instruction per line. `NAME:` defines a label, and jumps and local calls may name a label instead
//! of a distance. A comment begins with `#` or `//`. A number is decimal, or hexadecimal with `0x`. A number that does
//! not fit its field is refused, except that an unsigned hexadecimal number of 32 bits stands for the `imm` with the
//! same bits.
//!
//! ```
//! use bpf_isa::text::{assemble, Syntax};
//!
//! let program = assemble("ldxdw %r0, [%r1+8]\njeq %r0, 0, exit\nsub %r0, 1\nexit", Syntax::Suite)?;
//! let text: Vec<String> = program.iter().map(|insn| insn.display(Syntax::Llvm).to_string()).collect();
//! assert_eq!(text, ["r0 = *(u64 *)(r1 + 8)", "if r0 == 0 goto +1", "r0 -= 1", "exit"]);
//! # Ok::<(), bpf_isa::text::AsmError>(())
//! ```
//!
//! *Invariant*: what is written reads back as the same instruction, in both syntaxes. LLVM's own disassembler writes
//! the same as [`Syntax::Llvm`], except for calls, whose kinds it does not distinguish (we write `call 5`, `call local
//! +5`, `call btf 5`).

mod error;
mod line;
mod llvm;
mod suite;

pub use error::{AsmError, AsmErrorKind};

use crate::kind::{Callee, Kind};
use crate::{Insn, Op, Slot};
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::fmt;
use line::Line;

/// A way of writing instructions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Syntax {
    /// The syntax of the public BPF conformance suite.
    Suite,
    /// LLVM's syntax, at CPU version 4.
    Llvm,
}

/// An instruction to be printed. See [`Insn::display`].
#[derive(Clone, Copy, Debug)]
pub struct Display {
    insn: Insn,
    syntax: Syntax,
}

impl Insn {
    /// The instruction in this syntax. Jumps show their distance in slots.
    pub const fn display(self, syntax: Syntax) -> Display {
        Display { insn: self, syntax }
    }
}

impl fmt::Display for Display {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.syntax {
            Syntax::Suite => suite::write(f, self.insn),
            Syntax::Llvm => llvm::write(f, self.insn),
        }
    }
}

/// LLVM's syntax.
impl fmt::Display for Insn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.display(Syntax::Llvm).fmt(f)
    }
}

/// A parsed instruction, and the label it names if its distance is not known yet.
struct Parsed<'a> {
    insn: Insn,
    label: Option<&'a str>,
}

impl Parsed<'_> {
    fn plain(insn: Insn) -> Self {
        Parsed { insn, label: None }
    }
}

/// The target of a jump, as it was written.
enum Target<'a> {
    Distance(i32),
    Label(&'a str),
}

/// `insn` with the distance of `target`, which is set later if it is a label.
fn with_target(insn: Insn, target: Target<'_>) -> Result<Parsed<'_>, AsmErrorKind> {
    match target {
        Target::Label(label) => Ok(Parsed { insn, label: Some(label) }),
        Target::Distance(distance) => Ok(Parsed::plain(with_distance(insn, distance.into())?)),
    }
}

fn with_distance(insn: Insn, distance: i64) -> Result<Insn, AsmErrorKind> {
    let far = AsmErrorKind::TooFar { distance };
    match insn.kind() {
        Kind::JumpLong | Kind::Call(Callee::Local) => {
            Ok(insn.with_imm(i32::try_from(distance).map_err(|_| far)?.into()))
        }
        // The upper half of `imm` is that of the second slot, which is 0.
        Kind::LoadWide(_) => Ok(insn.with_imm(i32::try_from(distance).map_err(|_| far)? as u32 as i64)),
        _ => Ok(insn.with_offset(i16::try_from(distance).map_err(|_| far)?)),
    }
}

/// A parsed program.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Assembly<'a> {
    /// Its instructions.
    pub insns: Vec<Insn>,
    /// Its labels, and the slot of the instruction that follows each.
    pub labels: BTreeMap<&'a str, Slot>,
}

impl Assembly<'_> {
    /// The bytes of the instructions.
    pub fn to_bytes(&self) -> Vec<u8> {
        let encode = |insn: &Insn| insn.encode().expect("`parse` has encoded it once; qed");
        self.insns.iter().flat_map(|insn| encode(insn).as_bytes().to_vec()).collect()
    }
}

/// Parses a program and returns its instructions.
///
/// # Errors
/// Those of [`parse`].
pub fn assemble(source: &str, syntax: Syntax) -> Result<Vec<Insn>, AsmError> {
    parse(source, syntax).map(|assembly| assembly.insns)
}

/// Parses a program and returns its bytes.
///
/// # Errors
/// Those of [`parse`].
pub fn assemble_bytes(source: &str, syntax: Syntax) -> Result<Vec<u8>, AsmError> {
    parse(source, syntax).map(|assembly| assembly.to_bytes())
}

/// Parses a program.
///
/// In the suite's syntax, `exit` names the first `exit` instruction unless it is defined as a label.
///
/// # Errors
/// The first line that is not an instruction, label or comment of this syntax, or that names an undefined label, and
/// the reason.
pub fn parse(source: &str, syntax: Syntax) -> Result<Assembly<'_>, AsmError> {
    let mut program = Vec::new();
    let mut labels = BTreeMap::new();
    let mut first_exit = None;
    let mut open: Vec<(usize, Slot, u32, &str)> = Vec::new();
    let mut next = Slot(0);
    for (index, text) in source.lines().enumerate() {
        let number = u32::try_from(index + 1).unwrap_or(u32::MAX);
        let fail = |kind| AsmError { line: number, kind };
        let mut line = Line::new(text);
        while let Some(label) = line.label() {
            if labels.insert(label, next).is_some() {
                return Err(fail(AsmErrorKind::DuplicateLabel));
            }
        }
        if line.is_empty() {
            continue;
        }
        let parsed = match syntax {
            Syntax::Suite => suite::parse(&mut line),
            Syntax::Llvm => llvm::parse(&mut line),
        };
        let Parsed { insn, label } = parsed.and_then(|parsed| line.end(parsed)).map_err(fail)?;
        match label {
            Some(label) => open.push((program.len(), next, number, label)),
            None => {
                insn.encode().map_err(|error| fail(AsmErrorKind::Encode(error)))?;
            }
        }
        if insn.op == Op::Exit && syntax == Syntax::Suite && first_exit.is_none() {
            first_exit = Some(next);
        }
        program.push(insn);
        next.0 = next.0.checked_add(insn.slots()).ok_or(fail(AsmErrorKind::TooLong))?;
    }
    for (index, at, number, label) in open {
        let fail = |kind| AsmError { line: number, kind };
        let target = labels.get(label).copied().or(first_exit.filter(|_| label == "exit"));
        let target = target.ok_or(fail(AsmErrorKind::UnknownLabel))?;
        let distance = i64::from(target.0) - i64::from(at.0) - 1;
        program[index] = with_distance(program[index], distance).map_err(fail)?;
        program[index].encode().map_err(|error| fail(AsmErrorKind::Encode(error)))?;
    }
    Ok(Assembly { insns: program, labels })
}

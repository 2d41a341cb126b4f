//! The syntax of the public BPF conformance suite.
//!
//! What the suite does not express is written by analogy: `ja %r1` is `gotox`, as its `call %r1` is `callx`; `lock
//! ldxdw` and `lock stxdw` are load-acquire and store-release. Wide instructions that are not plain numbers use the
//! pseudocode of RFC 9669 §5.4 (`lddw %r1, map_val(map_by_fd(3))+8`).

use super::error::AsmErrorKind;
use super::line::Line;
use super::{with_target, Parsed};
use crate::kind::*;
use crate::{Insn, Op, Reg};
use core::fmt;

pub(super) fn write(f: &mut fmt::Formatter<'_>, insn: Insn) -> fmt::Result {
    let Insn { op: _, dst, src, offset, imm } = insn;
    match insn.kind() {
        Kind::Alu(width, op, source) => {
            write!(f, "{}{} %{dst}, ", alu(op), suffix(width))?;
            operand(f, source, insn)
        }
        Kind::Neg(width) => write!(f, "neg{} %{dst}", suffix(width)),
        Kind::MovSx(width, from) => {
            write!(f, "movsx{}{} %{dst}, %{src}", from.bits(), Size::from(width).bits())
        }
        Kind::ByteOrder(order, size) => write!(f, "{}{} %{dst}", byte_order(order), size.bits()),
        Kind::LoadWide(wide) => {
            write!(f, "lddw %{dst}, ")?;
            let (low, high) = (imm as u32, (imm >> 32) as u32);
            match wide {
                WideImm::Value => write!(f, "{imm:#x}"),
                WideImm::MapByFd => write!(f, "map_by_fd({low})"),
                WideImm::MapValueByFd => write!(f, "map_val(map_by_fd({low}))+{high}"),
                WideImm::VarAddr => write!(f, "var_addr({low})"),
                WideImm::CodeAddr => write!(f, "code_addr({})", low as i32),
                WideImm::MapByIndex => write!(f, "map_by_idx({low})"),
                WideImm::MapValueByIndex => write!(f, "map_val(map_by_idx({low}))+{high}"),
            }
        }
        Kind::Load(size) => write!(f, "ldx{} %{dst}, [%{src}{offset:+}]", suffix_of(size)),
        Kind::LoadSx(size) => write!(f, "ldxs{} %{dst}, [%{src}{offset:+}]", suffix_of(size)),
        Kind::LoadAcquire(size) => write!(f, "lock ldx{} %{dst}, [%{src}{offset:+}]", suffix_of(size)),
        Kind::Store(size, source) => {
            let x = if source == Source::Reg { "x" } else { "" };
            write!(f, "st{x}{} [%{dst}{offset:+}], ", suffix_of(size))?;
            operand(f, source, insn)
        }
        Kind::StoreRelease(size) => write!(f, "lock stx{} [%{dst}{offset:+}], %{src}", suffix_of(size)),
        Kind::Atomic(width, op, fetch) => {
            let fetch = if fetch { "fetch " } else { "" };
            write!(f, "lock {fetch}{}{} [%{dst}{offset:+}], %{src}", atomic(op), suffix(width))
        }
        Kind::Exchange(width) => write!(f, "lock xchg{} [%{dst}{offset:+}], %{src}", suffix(width)),
        Kind::CompareExchange(width) => {
            write!(f, "lock cmpxchg{} [%{dst}{offset:+}], %{src}", suffix(width))
        }
        Kind::Jump => write!(f, "ja {offset:+}"),
        Kind::JumpLong => write!(f, "ja32 {imm:+}"),
        Kind::JumpPointer => write!(f, "ja %{dst}"),
        Kind::Branch(width, cond, source) => {
            write!(f, "{}{} %{dst}, ", condition(cond), suffix(width))?;
            operand(f, source, insn)?;
            write!(f, ", {offset:+}")
        }
        Kind::Call(Callee::Helper) => write!(f, "call {imm}"),
        Kind::Call(Callee::Local) => write!(f, "call local {imm:+}"),
        Kind::Call(Callee::HelperByBtfId) => write!(f, "call runtime {imm}"),
        Kind::Call(Callee::Pointer) => write!(f, "call %{dst}"),
        Kind::Exit => f.write_str("exit"),
    }
}

fn operand(f: &mut fmt::Formatter<'_>, source: Source, insn: Insn) -> fmt::Result {
    match source {
        Source::Imm => write!(f, "{}", insn.imm),
        Source::Reg => write!(f, "%{}", insn.src),
    }
}

fn suffix(width: Width) -> &'static str {
    match width {
        Width::W32 => "32",
        Width::W64 => "",
    }
}

fn suffix_of(size: Size) -> &'static str {
    match size {
        Size::B => "b",
        Size::H => "h",
        Size::W => "w",
        Size::Dw => "dw",
    }
}

fn alu(op: AluOp) -> &'static str {
    match op {
        AluOp::Add => "add",
        AluOp::Sub => "sub",
        AluOp::Mul => "mul",
        AluOp::Div => "div",
        AluOp::SDiv => "sdiv",
        AluOp::Or => "or",
        AluOp::And => "and",
        AluOp::Lsh => "lsh",
        AluOp::Rsh => "rsh",
        AluOp::Mod => "mod",
        AluOp::SMod => "smod",
        AluOp::Xor => "xor",
        AluOp::Mov => "mov",
        AluOp::Arsh => "arsh",
    }
}

fn byte_order(order: ByteOrder) -> &'static str {
    match order {
        ByteOrder::Little => "le",
        ByteOrder::Big => "be",
        ByteOrder::Swap => "swap",
    }
}

fn condition(cond: Cond) -> &'static str {
    match cond {
        Cond::Eq => "jeq",
        Cond::Gt => "jgt",
        Cond::Ge => "jge",
        Cond::Set => "jset",
        Cond::Ne => "jne",
        Cond::SGt => "jsgt",
        Cond::SGe => "jsge",
        Cond::Lt => "jlt",
        Cond::Le => "jle",
        Cond::SLt => "jslt",
        Cond::SLe => "jsle",
    }
}

fn atomic(op: AtomicOp) -> &'static str {
    match op {
        AtomicOp::Add => "add",
        AtomicOp::Or => "or",
        AtomicOp::And => "and",
        AtomicOp::Xor => "xor",
    }
}

/// The operation with this mnemonic whose kind satisfies `form`.
///
/// The names come from the printing functions above, so there is only one list of them.
fn find(mnemonic: &str, form: impl Fn(Kind) -> bool) -> Option<Op> {
    Op::ALL.iter().copied().find(|op| form(op.kind()) && named(mnemonic, op.kind()))
}

/// Whether `mnemonic` names `kind`, regardless of where the operands are.
fn named(mnemonic: &str, kind: Kind) -> bool {
    // "64" may be omitted, as in the suite, or written, as in rbpf.
    let with_width = |stem: &str, width: Width| match mnemonic.strip_prefix(stem) {
        Some("") | Some("64") => width == Width::W64,
        Some("32") => width == Width::W32,
        _ => false,
    };
    let with_size = |stem: &str, size: Size| mnemonic.strip_prefix(stem) == Some(suffix_of(size));
    let digits = |rest: &str, numbers: &[u32]| {
        numbers.iter().try_fold(rest, |rest, number| {
            let name = match number {
                8 => "8",
                16 => "16",
                32 => "32",
                _ => "64",
            };
            rest.strip_prefix(name)
        }) == Some("")
    };
    match kind {
        Kind::Alu(width, op, _) => with_width(alu(op), width),
        Kind::Neg(width) => with_width("neg", width),
        Kind::MovSx(width, from) => mnemonic
            .strip_prefix("movsx")
            .is_some_and(|rest| digits(rest, &[from.bits(), Size::from(width).bits()])),
        Kind::ByteOrder(order, size) => {
            let mnemonic =
                mnemonic.strip_prefix("b").filter(|rest| rest.starts_with("swap")).unwrap_or(mnemonic);
            mnemonic.strip_prefix(byte_order(order)).is_some_and(|rest| digits(rest, &[size.bits()]))
        }
        Kind::Load(size) | Kind::LoadAcquire(size) => with_size("ldx", size),
        Kind::LoadSx(size) => with_size("ldxs", size),
        Kind::Store(size, Source::Imm) => with_size("st", size),
        Kind::Store(size, Source::Reg) | Kind::StoreRelease(size) => with_size("stx", size),
        Kind::Atomic(width, op, _) => with_width(atomic(op), width),
        Kind::Exchange(width) => with_width("xchg", width),
        Kind::CompareExchange(width) => with_width("cmpxchg", width),
        Kind::Branch(width, cond, _) => with_width(condition(cond), width),
        Kind::Jump | Kind::JumpPointer => mnemonic == "ja",
        Kind::JumpLong => mnemonic == "ja32",
        Kind::Exit => mnemonic == "exit",
        Kind::LoadWide(_) => mnemonic == "lddw",
        Kind::Call(_) => mnemonic == "call",
    }
}

pub(super) fn parse<'a>(line: &mut Line<'a>) -> Result<Parsed<'a>, AsmErrorKind> {
    let mnemonic = line.word();
    let unknown = AsmErrorKind::UnknownMnemonic;
    match mnemonic {
        "lock" => return parse_lock(line).map(Parsed::plain),
        "call" => return parse_call(line),
        "callx" => return Ok(Parsed::plain(Insn::new(Op::CallX).with_dst(register(line)?))),
        "gotox" => return Ok(Parsed::plain(Insn::new(Op::GotoX).with_dst(register(line)?))),
        "lddw" => return parse_wide(line),
        "exit" => return Ok(Parsed::plain(Insn::new(Op::Exit))),
        "ja" => {
            if let Some(dst) = try_register(line) {
                return Ok(Parsed::plain(Insn::new(Op::GotoX).with_dst(dst)));
            }
            return with_target(Insn::new(Op::Ja), line.target(false)?);
        }
        "ja32" => return with_target(Insn::new(Op::Ja32), line.target(false)?),
        _ => {}
    }
    // Without `lock`, the instruction is one of these. The form of its operands is known only after the second one is
    // read.
    let op = find(mnemonic, |kind| {
        matches!(
            kind,
            Kind::Alu(..)
                | Kind::Neg(_)
                | Kind::MovSx(..)
                | Kind::ByteOrder(..)
                | Kind::Load(_)
                | Kind::LoadSx(_)
                | Kind::Store(..)
                | Kind::Branch(..)
        )
    })
    .ok_or(unknown)?;
    match op.kind() {
        Kind::Neg(_) | Kind::ByteOrder(..) => Ok(Parsed::plain(Insn::new(op).with_dst(register(line)?))),
        Kind::Load(_) | Kind::LoadSx(_) => {
            let dst = register(line)?;
            line.expect(",")?;
            let (src, offset) = memory(line)?;
            Ok(Parsed::plain(Insn::new(op).with_dst(dst).with_src(src).with_offset(offset)))
        }
        Kind::Store(_, source) => {
            let (dst, offset) = memory(line)?;
            line.expect(",")?;
            let insn = Insn::new(op).with_dst(dst).with_offset(offset);
            Ok(Parsed::plain(match source {
                Source::Imm => insn.with_imm(line.imm32()?),
                Source::Reg => insn.with_src(register(line)?),
            }))
        }
        Kind::MovSx(..) => {
            let dst = register(line)?;
            line.expect(",")?;
            Ok(Parsed::plain(Insn::new(op).with_dst(dst).with_src(register(line)?)))
        }
        _ => {
            let dst = register(line)?;
            line.expect(",")?;
            let (source, src, imm) = match try_register(line) {
                Some(src) => (Source::Reg, src, 0),
                None if line.at_number() => (Source::Imm, Reg::R0, line.imm32()?),
                None => return line.expected("a register or a number"),
            };
            let op = find(mnemonic, |kind| match kind {
                Kind::Alu(_, _, of) | Kind::Branch(_, _, of) => of == source,
                _ => false,
            })
            .ok_or(unknown)?;
            let insn = Insn::new(op).with_dst(dst).with_src(src).with_imm(imm);
            if matches!(op.kind(), Kind::Branch(..)) {
                line.expect(",")?;
                return with_target(insn, line.target(false)?);
            }
            Ok(Parsed::plain(insn))
        }
    }
}

fn parse_lock(line: &mut Line<'_>) -> Result<Insn, AsmErrorKind> {
    let fetch = line.eat_word("fetch");
    let mnemonic = line.word();
    let op = find(mnemonic, |kind| match kind {
        Kind::Atomic(_, _, fetches) => fetches == fetch,
        // These always fetch, so the word adds nothing.
        Kind::Exchange(_) | Kind::CompareExchange(_) => true,
        Kind::LoadAcquire(_) | Kind::StoreRelease(_) => !fetch,
        _ => false,
    })
    .ok_or(AsmErrorKind::UnknownMnemonic)?;
    if matches!(op.kind(), Kind::LoadAcquire(_)) {
        let dst = register(line)?;
        line.expect(",")?;
        let (src, offset) = memory(line)?;
        return Ok(Insn::new(op).with_dst(dst).with_src(src).with_offset(offset));
    }
    let (dst, offset) = memory(line)?;
    line.expect(",")?;
    Ok(Insn::new(op).with_dst(dst).with_offset(offset).with_src(register(line)?))
}

fn parse_call<'a>(line: &mut Line<'a>) -> Result<Parsed<'a>, AsmErrorKind> {
    if line.eat_word("local") {
        return with_target(Insn::new(Op::CallLocal), line.target(false)?);
    }
    if line.eat_word("runtime") {
        return Ok(Parsed::plain(Insn::new(Op::CallBtf).with_imm(line.imm32()?)));
    }
    line.eat_word("helper");
    if let Some(dst) = try_register(line) {
        return Ok(Parsed::plain(Insn::new(Op::CallX).with_dst(dst)));
    }
    Ok(Parsed::plain(Insn::new(Op::Call).with_imm(line.imm32()?)))
}

fn parse_wide<'a>(line: &mut Line<'a>) -> Result<Parsed<'a>, AsmErrorKind> {
    let dst = register(line)?;
    line.expect(",")?;
    let parenthesised = |line: &mut Line<'_>| {
        line.expect("(")?;
        let imm = line.half()?;
        line.expect(")").map(|()| imm)
    };
    let (op, imm) = match line.peek_word() {
        "map_by_fd" | "map_by_idx" | "var_addr" => {
            let op = match line.word() {
                "map_by_fd" => Op::LdMapByFd,
                "map_by_idx" => Op::LdMapByIndex,
                _ => Op::LdVarAddr,
            };
            (op, parenthesised(line)?)
        }
        "code_addr" => {
            line.word();
            line.expect("(")?;
            let target = line.target(true)?;
            line.expect(")")?;
            return with_target(Insn::new(Op::LdCodeAddr).with_dst(dst), target);
        }
        "map_val" => {
            line.word();
            line.expect("(")?;
            let op = match line.word() {
                "map_by_fd" => Op::LdMapValueByFd,
                "map_by_idx" => Op::LdMapValueByIndex,
                _ => return Err(AsmErrorKind::UnknownMnemonic),
            };
            let map = parenthesised(line)?;
            line.expect(")")?;
            let offset = if line.eat("+") { line.half()? } else { 0 };
            (op, offset << 32 | map)
        }
        _ => (Op::LdImm64, line.imm64()?),
    };
    Ok(Parsed::plain(Insn::new(op).with_dst(dst).with_imm(imm)))
}

/// A register. The `%` is optional.
fn try_register(line: &mut Line<'_>) -> Option<Reg> {
    line.register("%r").or_else(|| line.register("r"))
}

fn register(line: &mut Line<'_>) -> Result<Reg, AsmErrorKind> {
    match try_register(line) {
        Some(reg) => Ok(reg),
        None => line.expected("a register"),
    }
}

/// `[%r1]`, `[%r1+8]`, `[%r1-8]`.
fn memory(line: &mut Line<'_>) -> Result<(Reg, i16), AsmErrorKind> {
    line.expect("[")?;
    let base = register(line)?;
    let offset = if line.at_sign() { line.offset()? } else { 0 };
    line.expect("]")?;
    Ok((base, offset))
}

//! LLVM's syntax, as its assembler reads it and its disassembler writes it, at CPU version 4.
//!
//! A register is `rN` for 64 bits and `wN` for its lower 32. Loads and stores of less than 64 bits are written with
//! `wN`, and read with either.

use super::error::AsmErrorKind;
use super::line::Line;
use super::{with_target, Parsed};
use crate::kind::*;
use crate::{Insn, Op, Reg};
use core::fmt;

pub(super) fn write(f: &mut fmt::Formatter<'_>, insn: Insn) -> fmt::Result {
    let Insn { op: _, dst, src, offset, imm } = insn;
    let at = |base: Reg| At { base, offset };
    match insn.kind() {
        Kind::Alu(width, op, source) => {
            write!(f, "{} {}= {}", Named(width, dst), alu(op), Operand(width, source, insn))
        }
        Kind::Neg(width) => write!(f, "{0} = -{0}", Named(width, dst)),
        Kind::MovSx(width, from) => {
            write!(f, "{} = (s{}){}", Named(width, dst), from.bits(), Named(width, src))
        }
        Kind::ByteOrder(order, size) => write!(f, "{dst} = {}{} {dst}", byte_order(order), size.bits()),
        Kind::LoadWide(WideImm::Value) => write!(f, "{dst} = {imm} ll"),
        Kind::LoadWide(wide) => write!(f, "ld_pseudo\t{dst}, {}, {imm}", pseudo(wide)),
        Kind::Load(size) => {
            write!(f, "{} = *(u{} *)({})", Named(narrow(size), dst), size.bits(), at(src))
        }
        Kind::LoadSx(size) => write!(f, "{dst} = *(s{} *)({})", size.bits(), at(src)),
        Kind::Store(size, source) => {
            write!(f, "*(u{} *)({}) = {}", size.bits(), at(dst), Operand(narrow(size), source, insn))
        }
        Kind::Atomic(width, op, false) => {
            let bits = Size::from(width).bits();
            write!(f, "lock *(u{bits} *)({}) {}= {}", at(dst), atomic(op).0, Named(width, src))
        }
        Kind::Atomic(width, op, true) => {
            let (src, bits) = (Named(width, src), Size::from(width).bits());
            write!(f, "{src} = atomic_fetch_{}((u{bits} *)({}), {src})", atomic(op).1, at(dst))
        }
        Kind::Exchange(width) => {
            let src = Named(width, src);
            write!(f, "{src} = xchg{}({}, {src})", exchange(width), at(dst))
        }
        Kind::CompareExchange(width) => {
            let r0 = Named(width, Reg::R0);
            write!(f, "{r0} = cmpxchg{}({}, {r0}, {})", exchange(width), at(dst), Named(width, src))
        }
        Kind::LoadAcquire(size) => {
            write!(f, "{} = load_acquire((u{} *)({}))", Named(narrow(size), dst), size.bits(), at(src))
        }
        Kind::StoreRelease(size) => {
            write!(f, "store_release((u{} *)({}), {})", size.bits(), at(dst), Named(narrow(size), src))
        }
        Kind::Jump => write!(f, "goto {offset:+}"),
        Kind::JumpLong => write!(f, "gotol {imm:+}"),
        Kind::JumpPointer => write!(f, "gotox {dst}"),
        Kind::Branch(width, cond, source) => {
            let (left, right) = (Named(width, dst), Operand(width, source, insn));
            write!(f, "if {left} {} {right} goto {offset:+}", condition(cond))
        }
        Kind::Call(Callee::Helper) => write!(f, "call {imm}"),
        Kind::Call(Callee::Local) => write!(f, "call local {imm:+}"),
        Kind::Call(Callee::HelperByBtfId) => write!(f, "call btf {imm}"),
        Kind::Call(Callee::Pointer) => write!(f, "callx {dst}"),
        Kind::Exit => f.write_str("exit"),
    }
}

/// A register, printed by its name for this width.
struct Named(Width, Reg);

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let prefix = match self.0 {
            Width::W32 => 'w',
            Width::W64 => 'r',
        };
        write!(f, "{prefix}{}", self.1.number())
    }
}

/// The second operand.
struct Operand(Width, Source, Insn);

impl fmt::Display for Operand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.1 {
            Source::Imm => self.2.imm.fmt(f),
            Source::Reg => Named(self.0, self.2.src).fmt(f),
        }
    }
}

/// `r1 + 8`.
struct At {
    base: Reg,
    offset: i16,
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.offset < 0 { '-' } else { '+' };
        write!(f, "{} {sign} {}", self.base, self.offset.unsigned_abs())
    }
}

/// The width of the register name beside a memory operand of this size.
fn narrow(size: Size) -> Width {
    match size {
        Size::Dw => Width::W64,
        _ => Width::W32,
    }
}

/// The operator, without its `=`.
fn alu(op: AluOp) -> &'static str {
    match op {
        AluOp::Add => "+",
        AluOp::Sub => "-",
        AluOp::Mul => "*",
        AluOp::Div => "/",
        AluOp::SDiv => "s/",
        AluOp::Or => "|",
        AluOp::And => "&",
        AluOp::Lsh => "<<",
        AluOp::Rsh => ">>",
        AluOp::Mod => "%",
        AluOp::SMod => "s%",
        AluOp::Xor => "^",
        AluOp::Mov => "",
        AluOp::Arsh => "s>>",
    }
}

fn byte_order(order: ByteOrder) -> &'static str {
    match order {
        ByteOrder::Little => "le",
        ByteOrder::Big => "be",
        ByteOrder::Swap => "bswap",
    }
}

fn condition(cond: Cond) -> &'static str {
    match cond {
        Cond::Eq => "==",
        Cond::Gt => ">",
        Cond::Ge => ">=",
        Cond::Set => "&",
        Cond::Ne => "!=",
        Cond::SGt => "s>",
        Cond::SGe => "s>=",
        Cond::Lt => "<",
        Cond::Le => "<=",
        Cond::SLt => "s<",
        Cond::SLe => "s<=",
    }
}

/// Operator and name.
fn atomic(op: AtomicOp) -> (&'static str, &'static str) {
    match op {
        AtomicOp::Add => ("+", "add"),
        AtomicOp::Or => ("|", "or"),
        AtomicOp::And => ("&", "and"),
        AtomicOp::Xor => ("^", "xor"),
    }
}

fn exchange(width: Width) -> &'static str {
    match width {
        Width::W32 => "32_32",
        Width::W64 => "_64",
    }
}

/// The number that LLVM gives it: the value of `src`.
fn pseudo(wide: WideImm) -> u8 {
    match wide {
        WideImm::Value => 0,
        WideImm::MapByFd => 1,
        WideImm::MapValueByFd => 2,
        WideImm::VarAddr => 3,
        WideImm::CodeAddr => 4,
        WideImm::MapByIndex => 5,
        WideImm::MapValueByIndex => 6,
    }
}

fn find(form: impl Fn(Kind) -> bool) -> Result<Op, AsmErrorKind> {
    Op::ALL.iter().copied().find(|op| form(op.kind())).ok_or(AsmErrorKind::UnknownMnemonic)
}

pub(super) fn parse<'a>(line: &mut Line<'a>) -> Result<Parsed<'a>, AsmErrorKind> {
    match line.peek_word() {
        "exit" => {
            line.word();
            Ok(Parsed::plain(Insn::new(Op::Exit)))
        }
        "goto" => {
            line.word();
            with_target(Insn::new(Op::Ja), line.target(true)?)
        }
        "gotol" => {
            line.word();
            with_target(Insn::new(Op::Ja32), line.target(true)?)
        }
        "gotox" => {
            line.word();
            Ok(Parsed::plain(Insn::new(Op::GotoX).with_dst(wide_register(line)?)))
        }
        "callx" => {
            line.word();
            Ok(Parsed::plain(Insn::new(Op::CallX).with_dst(wide_register(line)?)))
        }
        "call" => {
            line.word();
            parse_call(line)
        }
        "if" => {
            line.word();
            parse_branch(line)
        }
        "lock" => {
            line.word();
            parse_lock(line).map(Parsed::plain)
        }
        "store_release" => {
            line.word();
            parse_store_release(line).map(Parsed::plain)
        }
        "ld_pseudo" => {
            line.word();
            parse_pseudo(line).map(Parsed::plain)
        }
        "" => parse_store(line).map(Parsed::plain),
        _ => parse_assignment(line).map(Parsed::plain),
    }
}

fn parse_call<'a>(line: &mut Line<'a>) -> Result<Parsed<'a>, AsmErrorKind> {
    if line.eat_word("local") {
        return with_target(Insn::new(Op::CallLocal), line.target(false)?);
    }
    if line.eat_word("btf") {
        return Ok(Parsed::plain(Insn::new(Op::CallBtf).with_imm(line.imm32()?)));
    }
    if line.at_number() {
        return Ok(Parsed::plain(Insn::new(Op::Call).with_imm(line.imm32()?)));
    }
    with_target(Insn::new(Op::CallLocal), line.target(false)?)
}

fn parse_branch<'a>(line: &mut Line<'a>) -> Result<Parsed<'a>, AsmErrorKind> {
    let (width, dst) = register(line)?;
    // The longest operators first: `>` is the beginning of `>=`.
    let all = [
        Cond::SGe,
        Cond::SLe,
        Cond::SGt,
        Cond::SLt,
        Cond::Eq,
        Cond::Ne,
        Cond::Ge,
        Cond::Le,
        Cond::Gt,
        Cond::Lt,
        Cond::Set,
    ];
    let Some(cond) = all.into_iter().find(|&cond| line.eat(condition(cond))) else {
        return line.expected("a comparison");
    };
    let (source, src, imm) = operand(line, width)?;
    line.expect("goto")?;
    let insn = Insn::new(find(|kind| kind == Kind::Branch(width, cond, source))?)
        .with_dst(dst)
        .with_src(src)
        .with_imm(imm);
    with_target(insn, line.target(true)?)
}

/// `*(u64 *)(r1 + 8) = …`
fn parse_store(line: &mut Line<'_>) -> Result<Insn, AsmErrorKind> {
    line.expect("*")?;
    let (size, signed) = size(line)?;
    if signed {
        return Err(AsmErrorKind::UnknownMnemonic);
    }
    let (dst, offset) = parenthesised_at(line)?;
    line.expect("=")?;
    let (source, src, imm) = memory_operand(line, size)?;
    let op = find(|kind| kind == Kind::Store(size, source))?;
    Ok(Insn::new(op).with_dst(dst).with_offset(offset).with_src(src).with_imm(imm))
}

/// `*(u64 *)(r1 + 8) += r2`, after `lock`.
fn parse_lock(line: &mut Line<'_>) -> Result<Insn, AsmErrorKind> {
    line.expect("*")?;
    let (size, _) = size(line)?;
    let (dst, offset) = parenthesised_at(line)?;
    let all = [AtomicOp::Add, AtomicOp::Or, AtomicOp::And, AtomicOp::Xor];
    let Some(name) = all.into_iter().find(|&op| line.eat_all(&[atomic(op).0, "="])) else {
        return line.expected("+=, |=, &= or ^=");
    };
    let (_, src, _) = memory_operand(line, size)?;
    let op = find(
        |kind| matches!(kind, Kind::Atomic(width, op, false) if op == name && Size::from(width) == size),
    )?;
    Ok(Insn::new(op).with_dst(dst).with_offset(offset).with_src(src))
}

/// `((u64 *)(r1 + 8), r2)`, after `store_release`.
fn parse_store_release(line: &mut Line<'_>) -> Result<Insn, AsmErrorKind> {
    line.expect("(")?;
    let (size, _) = size(line)?;
    let (dst, offset) = parenthesised_at(line)?;
    line.expect(",")?;
    let (source, src, _) = memory_operand(line, size)?;
    line.expect(")")?;
    if source == Source::Imm {
        return Err(AsmErrorKind::UnknownMnemonic);
    }
    let op = find(|kind| kind == Kind::StoreRelease(size))?;
    Ok(Insn::new(op).with_dst(dst).with_offset(offset).with_src(src))
}

/// `r1, 2, 5`, after `ld_pseudo`.
fn parse_pseudo(line: &mut Line<'_>) -> Result<Insn, AsmErrorKind> {
    let dst = wide_register(line)?;
    line.expect(",")?;
    let number = line.imm32()?;
    line.expect(",")?;
    let op = find(|kind| matches!(kind, Kind::LoadWide(wide) if i64::from(pseudo(wide)) == number))?;
    Ok(Insn::new(op).with_dst(dst).with_imm(line.imm64()?))
}

/// `r1 = …`, `r1 += …`
fn parse_assignment(line: &mut Line<'_>) -> Result<Insn, AsmErrorKind> {
    let (width, dst) = register(line)?;
    // The longest operators first: `>>` is the end of `s>>`, and plain `=` is the end of all.
    let all = [
        AluOp::Arsh,
        AluOp::SDiv,
        AluOp::SMod,
        AluOp::Lsh,
        AluOp::Rsh,
        AluOp::Add,
        AluOp::Sub,
        AluOp::Mul,
        AluOp::Div,
        AluOp::Mod,
        AluOp::Or,
        AluOp::And,
        AluOp::Xor,
        AluOp::Mov,
    ];
    let Some(name) = all.into_iter().find(|&op| line.eat_all(&[alu(op), "="])) else {
        return line.expected("an assignment");
    };
    if name == AluOp::Mov {
        if let Some(insn) = parse_right_side(line, width, dst)? {
            return Ok(insn);
        }
    }
    let (source, src, imm) = operand(line, width)?;
    let op = find(|kind| kind == Kind::Alu(width, name, source))?;
    Ok(Insn::new(op).with_dst(dst).with_src(src).with_imm(imm))
}

/// The right side of `r1 =`, except a register or a 32-bit number.
fn parse_right_side(line: &mut Line<'_>, width: Width, dst: Reg) -> Result<Option<Insn>, AsmErrorKind> {
    let start = line.mark();
    // `r1 = 5 ll`
    if line.at_number() && width == Width::W64 {
        let imm = line.imm64();
        if line.eat_word("ll") {
            return Ok(Some(Insn::new(Op::LdImm64).with_dst(dst).with_imm(imm?)));
        }
        line.reset(start);
    }
    // `r1 = -r1`
    if line.eat("-") {
        if let Ok(src) = same_width(line, width) {
            let op = find(|kind| kind == Kind::Neg(width))?;
            return require(src == dst, Insn::new(op).with_dst(dst));
        }
        line.reset(start);
    }
    // `r1 = *(u64 *)(r2 + 8)`
    if line.eat("*") {
        let (size, signed) = size(line)?;
        let (src, offset) = parenthesised_at(line)?;
        let op = find(|kind| kind == if signed { Kind::LoadSx(size) } else { Kind::Load(size) })?;
        let insn = Insn::new(op).with_dst(dst).with_src(src).with_offset(offset);
        // A sign-extending load fills all 64 bits.
        return require(width == Width::W64 || !signed && size != Size::Dw, insn);
    }
    // `r1 = (s8)r2`
    if line.eat("(") {
        let from = match line.word() {
            "s8" => Size::B,
            "s16" => Size::H,
            "s32" => Size::W,
            _ => return line.expected("s8, s16 or s32"),
        };
        line.expect(")")?;
        let src = same_width(line, width)?;
        let op = find(|kind| kind == Kind::MovSx(width, from))?;
        return Ok(Some(Insn::new(op).with_dst(dst).with_src(src)));
    }
    let word = line.peek_word();
    // `r1 = be16 r1`
    let swap = find(|kind| match kind {
        Kind::ByteOrder(order, size) => word
            .strip_prefix(byte_order(order))
            .and_then(|bits| bits.parse().ok())
            .is_some_and(|bits: u32| bits == size.bits()),
        _ => false,
    });
    if let Ok(op) = swap {
        line.word();
        let src = same_width(line, width)?;
        return require(src == dst && width == Width::W64, Insn::new(op).with_dst(dst));
    }
    // `r2 = atomic_fetch_add((u64 *)(r1 + 8), r2)`
    if let Some(name) = word.strip_prefix("atomic_fetch_") {
        line.word();
        line.expect("(")?;
        let (size, _) = size(line)?;
        let (base, offset) = parenthesised_at(line)?;
        line.expect(",")?;
        let src = same_width(line, width)?;
        line.expect(")")?;
        let op = find(|kind| {
            matches!(kind, Kind::Atomic(of, op, true)
                if of == width && atomic(op).1 == name && Size::from(of) == size)
        })?;
        return require(src == dst, Insn::new(op).with_dst(base).with_offset(offset).with_src(src));
    }
    // `r2 = xchg_64(r1 + 8, r2)`, `r0 = cmpxchg_64(r1 + 8, r0, r2)`
    for compare in [false, true] {
        let stem = if compare { "cmpxchg" } else { "xchg" };
        if word.strip_prefix(stem) != Some(exchange(width)) {
            continue;
        }
        line.word();
        line.expect("(")?;
        let (base, offset) = at(line)?;
        line.expect(",")?;
        let mut src = same_width(line, width)?;
        // The compared register must be the one that receives the old value.
        let result = src;
        if compare {
            line.expect(",")?;
            src = same_width(line, width)?;
        }
        line.expect(")")?;
        let op =
            find(|kind| kind == if compare { Kind::CompareExchange(width) } else { Kind::Exchange(width) })?;
        let fitting = result == dst && (!compare || dst == Reg::R0);
        return require(fitting, Insn::new(op).with_dst(base).with_offset(offset).with_src(src));
    }
    // `r1 = load_acquire((u64 *)(r2 + 8))`
    if word == "load_acquire" {
        line.word();
        line.expect("(")?;
        let (size, _) = size(line)?;
        let (src, offset) = parenthesised_at(line)?;
        line.expect(")")?;
        let op = find(|kind| kind == Kind::LoadAcquire(size))?;
        let insn = Insn::new(op).with_dst(dst).with_src(src).with_offset(offset);
        return require(width == narrow(size), insn);
    }
    Ok(None)
}

/// `insn`, if its registers match.
fn require(fitting: bool, insn: Insn) -> Result<Option<Insn>, AsmErrorKind> {
    if fitting {
        Ok(Some(insn))
    } else {
        Err(AsmErrorKind::RegisterMismatch)
    }
}

fn register(line: &mut Line<'_>) -> Result<(Width, Reg), AsmErrorKind> {
    if let Some(reg) = line.register("r") {
        return Ok((Width::W64, reg));
    }
    match line.register("w") {
        Some(reg) => Ok((Width::W32, reg)),
        None => line.expected("a register"),
    }
}

fn same_width(line: &mut Line<'_>, width: Width) -> Result<Reg, AsmErrorKind> {
    match register(line)? {
        (of, reg) if of == width => Ok(reg),
        _ => Err(AsmErrorKind::RegisterMismatch),
    }
}

fn wide_register(line: &mut Line<'_>) -> Result<Reg, AsmErrorKind> {
    same_width(line, Width::W64)
}

/// A register of this width, or a number.
fn operand(line: &mut Line<'_>, width: Width) -> Result<(Source, Reg, i64), AsmErrorKind> {
    if line.at_number() {
        return Ok((Source::Imm, Reg::R0, line.imm32()?));
    }
    Ok((Source::Reg, same_width(line, width)?, 0))
}

/// The value stored to, or combined with, memory of this size: `wN` or a number if it is narrow, or `rN`.
fn memory_operand(line: &mut Line<'_>, size: Size) -> Result<(Source, Reg, i64), AsmErrorKind> {
    if line.at_number() {
        return Ok((Source::Imm, Reg::R0, line.imm32()?));
    }
    match register(line)? {
        (Width::W32, _) if size == Size::Dw => Err(AsmErrorKind::RegisterMismatch),
        (_, reg) => Ok((Source::Reg, reg, 0)),
    }
}

/// `(u64 *)`; the flag says whether it is signed.
fn size(line: &mut Line<'_>) -> Result<(Size, bool), AsmErrorKind> {
    line.expect("(")?;
    let word = line.peek_word();
    let size = match word.get(1..) {
        Some("8") => Size::B,
        Some("16") => Size::H,
        Some("32") => Size::W,
        Some("64") => Size::Dw,
        _ => return line.expected("a type like u64"),
    };
    let signed = match &word[..1] {
        "u" => false,
        "s" => true,
        _ => return line.expected("a type like u64"),
    };
    line.word();
    line.expect("*")?;
    line.expect(")")?;
    Ok((size, signed))
}

/// `(r1 + 8)`
fn parenthesised_at(line: &mut Line<'_>) -> Result<(Reg, i16), AsmErrorKind> {
    line.expect("(")?;
    let at = at(line)?;
    line.expect(")")?;
    Ok(at)
}

/// `r1 + 8`
fn at(line: &mut Line<'_>) -> Result<(Reg, i16), AsmErrorKind> {
    let base = wide_register(line)?;
    let offset = if line.at_sign() { line.offset()? } else { 0 };
    Ok((base, offset))
}

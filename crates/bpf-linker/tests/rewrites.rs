//! Each rewrite alone, all of them together, and none: the same program has to do the same.
//!
//! Programs are made at random, with what the rewrites look for in them: flags made of conditions and
//! tested again, jumps to jumps, constants, functions of one instruction, equal functions and equal
//! blocks, calls that do not return, jump tables. They run in the virtual machine on random arguments; every
//! helper call is answered by a function of its number and arguments. What must agree: how the run ends,
//! its result, each helper call with its arguments, and the writable data.

mod common;

use bpf_linker::{link, Input, Options, Rewrite};
use common::run::{observe, Observed};
use proptest::prelude::*;
use std::fmt::Write;

/// One statement of a function body.
#[derive(Clone, Debug)]
enum Statement {
    /// `dst = imm`
    Number(u8, i32),
    /// `dst op= src` or `dst op= imm`
    Alu(u8, u8, Option<u8>, i32, bool),
    /// A condition as 0 or 1 in a register, tested at once or later.
    Flag(u8, u8, i32, bool),
    /// If the condition holds, the inner statements are skipped; `detour` adds a jump to a jump.
    If(u8, u8, i32, bool, Vec<Statement>),
    /// A contract function that returns something: its number is not important.
    Syscall(u8),
    /// A call of another function.
    Call(u8),
    /// A store to, and a load from, the data.
    Memory(u8, u8, bool),
    /// Address of data plus something.
    Address(u8, u8),
    /// A wide number.
    Wide(u8, i64),
    /// A trap if the condition holds.
    Panic(u8, i32),
    /// A call through a pointer from read-only data.
    Pointer(u8),
}

/// Registers that hold numbers. r0 is the result of calls; r6 to r9 survive them.
fn register() -> impl Strategy<Value = u8> {
    prop_oneof![Just(0u8), Just(6), Just(7), Just(8), Just(9)]
}

fn small() -> impl Strategy<Value = i32> {
    prop_oneof![4 => -3..4i32, 1 => any::<i32>()]
}

fn statement() -> impl Strategy<Value = Statement> {
    let leaf = prop_oneof![
        3 => (register(), small()).prop_map(|(r, n)| Statement::Number(r, n)),
        4 => (register(), 0..12u8, prop::option::of(register()), small(), any::<bool>())
            .prop_map(|(r, op, src, n, wide)| Statement::Alu(r, op, src, n, wide)),
        3 => (register(), 0..11u8, small(), any::<bool>()).prop_map(|(r, c, n, w)| Statement::Flag(r, c, n, w)),
        1 => (0..3u8).prop_map(Statement::Syscall),
        2 => any::<u8>().prop_map(Statement::Call),
        1 => (register(), 0..8u8, any::<bool>()).prop_map(|(r, at, load)| Statement::Memory(r, at, load)),
        1 => (register(), 0..32u8).prop_map(|(r, n)| Statement::Address(r, n)),
        1 => (register(), any::<i64>()).prop_map(|(r, n)| Statement::Wide(r, n)),
        1 => (register(), small()).prop_map(|(r, n)| Statement::Panic(r, n)),
        1 => (0..2u8).prop_map(Statement::Pointer),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        (register(), 0..11u8, small(), any::<bool>(), prop::collection::vec(inner, 0..4))
            .prop_map(|(r, c, n, detour, inner)| Statement::If(r, c, n, detour, inner))
    })
}

/// Bodies of functions. A body may be used by two functions, so that there is something to merge.
fn program() -> impl Strategy<Value = (Vec<Vec<Statement>>, Vec<usize>)> {
    (prop::collection::vec(prop::collection::vec(statement(), 0..7), 2..5)).prop_flat_map(|bodies| {
        let count = bodies.len();
        (Just(bodies), prop::collection::vec(0..count, 2..6))
    })
}

const CONDITIONS: [&str; 11] = ["==", "!=", ">", ">=", "<", "<=", "s>", "s>=", "s<", "s<=", "&"];
const OPERATIONS: [&str; 12] = ["+=", "-=", "*=", "|=", "&=", "^=", "<<=", ">>=", "s>>=", "/=", "%=", "="];

/// Assembly of a program for `llvm-mc`.
struct Writer {
    text: String,
    labels: u32,
    functions: usize,
    /// The function that is written. It calls only later ones, so that all runs end.
    current: usize,
}

impl Writer {
    fn line(&mut self, line: std::fmt::Arguments<'_>) {
        writeln!(self.text, "  {line}").unwrap();
    }

    fn label(&mut self) -> u32 {
        self.labels += 1;
        self.labels
    }

    fn statement(&mut self, statement: &Statement) {
        match statement {
            Statement::Number(r, n) => self.line(format_args!("r{r} = {n}")),
            Statement::Alu(r, op, src, n, wide) => {
                let name = if *wide { 'r' } else { 'w' };
                let op = OPERATIONS[usize::from(*op)];
                match src {
                    Some(src) => self.line(format_args!("{name}{r} {op} {name}{src}")),
                    None if op.contains(">>") || op.contains("<<") => {
                        self.line(format_args!("{name}{r} {op} {}", n & 31))
                    }
                    None => self.line(format_args!("{name}{r} {op} {n}")),
                }
            }
            Statement::Flag(r, c, n, later) => {
                let (set, end) = (self.label(), self.label());
                let condition = CONDITIONS[usize::from(*c)];
                self.line(format_args!("w1 = 1"));
                self.line(format_args!("if r{r} {condition} {n} goto L{set}"));
                self.line(format_args!("w1 = 0"));
                if *later {
                    self.line(format_args!("goto L{set}"));
                }
                self.text.push_str(&format!("L{set}:\n"));
                self.line(format_args!("w1 &= 1"));
                self.line(format_args!("if w1 != 0 goto L{end}"));
                self.line(format_args!("r{r} += 5"));
                self.text.push_str(&format!("L{end}:\n"));
            }
            Statement::If(r, c, n, detour, inner) => {
                let (skip, end, hop) = (self.label(), self.label(), self.label());
                let condition = CONDITIONS[usize::from(*c)];
                if *detour {
                    self.line(format_args!("if r{r} {condition} {n} goto L{hop}"));
                    self.line(format_args!("goto L{skip}"));
                    self.text.push_str(&format!("L{hop}:\n"));
                    self.line(format_args!("goto L{end}"));
                } else {
                    self.line(format_args!("if r{r} {condition} {n} goto L{end}"));
                }
                self.text.push_str(&format!("L{skip}:\n"));
                for statement in inner {
                    self.statement(statement);
                }
                self.text.push_str(&format!("L{end}:\n"));
            }
            Statement::Syscall(which) => {
                for (argument, register) in [(1, 6), (2, 7), (3, 8)] {
                    self.line(format_args!("r{argument} = r{register}"));
                }
                let name = ["caller_is_origin", "take_storage", "hash_sha2_256"][usize::from(*which)];
                self.line(format_args!("r4 = 4"));
                self.line(format_args!("call \"seal0::{name}\""));
            }
            Statement::Call(to) => {
                let later = self.functions - self.current - 1;
                if later > 0 {
                    let to = self.current + 1 + usize::from(*to) % later;
                    self.line(format_args!("r1 = r6"));
                    self.line(format_args!("r2 = r7"));
                    self.line(format_args!("call f{to}"));
                }
            }
            Statement::Memory(r, at, load) => {
                self.line(format_args!("r2 = buffer ll"));
                match load {
                    true => self.line(format_args!("r{r} = *(u32 *)(r2 + {at})")),
                    false => self.line(format_args!("*(u64 *)(r2 + {at}) = r{r}")),
                }
            }
            Statement::Address(r, n) => {
                self.line(format_args!("r{r} = buffer ll"));
                self.line(format_args!("r{r} += {n}"));
            }
            Statement::Wide(r, n) => self.line(format_args!("r{r} = {n} ll")),
            Statement::Panic(r, n) => {
                let go_on = self.label();
                self.line(format_args!("if r{r} != {n} goto L{go_on}"));
                self.line(format_args!("call __bpf_trap"));
                self.text.push_str(&format!("L{go_on}:\n"));
            }
            Statement::Pointer(which) => {
                self.line(format_args!("r3 = pointers ll"));
                self.line(format_args!("r3 = *(u64 *)(r3 + {})", which * 8));
                self.line(format_args!("r1 = r6"));
                self.line(format_args!("callx r3"));
            }
        }
    }
}

fn assembly(bodies: &[Vec<Statement>], functions: &[usize]) -> String {
    let mut writer = Writer { text: String::new(), labels: 0, functions: functions.len(), current: 0 };
    writer.text.push_str(".section .text,\"ax\"\n");
    let entry = |writer: &mut Writer, name: &str| {
        writeln!(writer.text, ".globl {name}\n.type {name},@function\n{name}:").unwrap();
    };
    for (index, &body) in functions.iter().enumerate() {
        writer.current = index;
        entry(&mut writer, &format!("f{index}"));
        for line in ["r6 = r1", "r7 = r2", "r8 = 3", "r9 = r1", "r0 = 1"] {
            writer.line(format_args!("{line}"));
        }
        for statement in &bodies[body] {
            writer.statement(statement);
        }
        writer.line(format_args!("r2 = 0"));
        writer.line(format_args!("exit"));
    }
    // Functions of one instruction, in a chain, and two that are called through pointers and are the same.
    let leaves = [
        ("chain", "call link\n  exit"),
        ("link", "call one\n  exit"),
        ("one", "r0 = r1\n  exit"),
        ("left", "r0 = r1\n  r0 += 9\n  exit"),
        ("right", "r0 = r1\n  r0 += 9\n  exit"),
        ("deploy", "r0 = 0\n  r2 = 0\n  exit"),
        ("call", "r3 = buffer ll\n  r3 = *(u64 *)(r3 + 0)\n  r6 = r1\n  r7 = r2\n  call f0\n  r1 = r0\n  call chain\n  r2 = 0\n  exit"),
    ];
    for (name, code) in leaves {
        entry(&mut writer, name);
        writeln!(writer.text, "  {code}").unwrap();
    }
    writer.text.push_str(".section .rodata,\"a\"\n.p2align 3\npointers:\n.quad left\n.quad right\n");
    writer.text.push_str(".data\n.p2align 3\nbuffer:\n.quad 1, 2, 3, 4\n");
    writer.text
}

fn run(object: &[u8], rewrites: &[Rewrite], args: [u64; 5]) -> Observed {
    let options = Options { rewrites: rewrites.to_vec(), debug: false, ..Options::default() };
    let output = link(&[Input { name: "program.s", bytes: object }], &options).unwrap();
    observe(&output.image, args)
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 200,
        max_shrink_iters: 400,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]
    #[test]
    fn a_rewritten_program_does_the_same(
        (bodies, functions) in program(),
        args in prop::collection::vec(prop_oneof![(-4i64..5).prop_map(|n| n as u64), any::<u64>()], 4),
    ) {
        let text = assembly(&bodies, &functions);
        let Some(object) = common::compile_text("s", &text) else { return Ok(()) };
        for pair in args.chunks(2) {
            let args = [pair[0], pair[1], 0, 0, 0];
            let plain = run(&object, &[], args);
            for rewrite in Rewrite::ALL {
                let found = run(&object, &[rewrite], args);
                prop_assert_eq!(&plain, &found, "{} on {:?}\n{}", rewrite.name(), args, text);
            }
            let found = run(&object, &Rewrite::ALL, args);
            prop_assert_eq!(&plain, &found, "all on {:?}\n{}", args, text);
        }
    }
}

/// Every rewrite finds something in a program made for it. Otherwise the test above would prove nothing.
#[test]
fn every_rewrite_has_an_effect() {
    let all = [
        Statement::Address(6, 4),
        Statement::Memory(6, 0, false),
        Statement::Flag(7, 0, 1, true),
        Statement::If(7, 2, 3, true, vec![Statement::Syscall(0)]),
        Statement::If(7, 1, 2, false, vec![Statement::Syscall(1), Statement::Number(6, 1)]),
        Statement::If(7, 1, 3, false, vec![Statement::Syscall(1), Statement::Number(6, 1)]),
        Statement::Pointer(0),
        Statement::Call(0),
        Statement::Call(1),
    ];
    let text = assembly(&[all.to_vec(), vec![Statement::Number(0, 7)]], &[0, 1, 1]);
    let Some(object) = common::compile_text("s", &text) else { return };
    let link = |rewrites: &[Rewrite]| {
        let options = Options { rewrites: rewrites.to_vec(), ..Options::default() };
        link(&[Input { name: "program.s", bytes: &object }], &options).unwrap()
    };
    let plain = link(&[]);
    assert!(plain.report.rewrites.is_empty());
    let all = link(&Rewrite::ALL);
    assert!(all.report.text < plain.report.text);
    assert!(!all.report.merged.is_empty(), "f1 and f2 are the same");
    // `left` and `right` are the same, too, but a program may compare their addresses.
    for name in ["left", "right"] {
        assert!(all.report.functions.iter().any(|function| function.symbol == name), "{name}");
    }
    for rewrite in [Rewrite::WideLoads, Rewrite::SmallFunctions, Rewrite::Jumps, Rewrite::DeadCode] {
        assert!(all.report.rewrites.iter().any(|effect| effect.rewrite == rewrite), "{}", rewrite.name());
    }
}

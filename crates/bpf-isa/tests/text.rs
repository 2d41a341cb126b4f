//! Both text forms, over every operation; and LLVM's own tools as judges of LLVM's.

mod common;

use bpf_isa::text::{assemble, assemble_bytes, parse, AsmError, AsmErrorKind, Syntax};
use bpf_isa::{AluOp, Insn, Kind, Op, Reg, Slot, Source, WideImm};
use common::variants;
use std::io::Write as _;
use std::process::{Command, Stdio};

#[test]
fn what_is_written_reads_back() {
    for syntax in [Syntax::Suite, Syntax::Llvm] {
        for &op in Op::ALL {
            let program = variants(op);
            let text: String = program.iter().map(|insn| format!("{}\n", insn.display(syntax))).collect();
            let read = assemble(&text, syntax).unwrap_or_else(|error| {
                panic!("{op:?}: {error}: {}", text.lines().nth(error.line as usize - 1).unwrap())
            });
            assert_eq!(read, program, "{op:?} as {syntax:?}");
        }
    }
}

#[test]
fn no_two_instructions_look_the_same() {
    for syntax in [Syntax::Suite, Syntax::Llvm] {
        let mut seen = std::collections::HashMap::new();
        for &op in Op::ALL {
            for insn in variants(op) {
                if let Some(other) = seen.insert(insn.display(syntax).to_string(), insn) {
                    panic!("{} is {insn:?} and {other:?}", insn.display(syntax));
                }
            }
        }
    }
}

/// Runs one of LLVM's tools with `input` on stdin. `None`, with a message, if it is not installed.
fn llvm(arguments: &[&str], input: &str) -> Option<Vec<u8>> {
    for tool in ["llvm-mc-22", "llvm-mc"] {
        let spawned = Command::new(tool)
            .args(["-triple", "bpfel", "-mcpu=v4"])
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        let Ok(mut child) = spawned else { continue };
        let mut stdin = child.stdin.take().unwrap();
        let input = input.to_owned();
        let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
        let output = child.wait_with_output().unwrap();
        writer.join().unwrap().unwrap();
        assert!(output.status.success(), "{tool}: {}", String::from_utf8_lossy(&output.stderr));
        return Some(output.stdout);
    }
    eprintln!("SKIPPED: no llvm-mc (package llvm-22) to compare with");
    None
}

/// What LLVM writes otherwise: it does not tell calls apart, and drops the upper half of a map offset.
fn is_ours_alone(insn: Insn) -> bool {
    match insn.op {
        Op::CallLocal | Op::CallBtf => true,
        Op::LdMapValueByFd | Op::LdMapValueByIndex => insn.imm >> 32 != 0,
        _ => false,
    }
}

#[test]
#[cfg_attr(target_family = "wasm", ignore = "WebAssembly starts no programs")]
fn llvm_disassembles_to_the_same_text() {
    let program: Vec<Insn> =
        Op::ALL.iter().flat_map(|&op| variants(op)).filter(|&insn| !is_ours_alone(insn)).collect();
    let mut input = String::new();
    for insn in &program {
        for byte in insn.encode().unwrap().as_bytes() {
            input += &format!("{byte:#04x} ");
        }
        input.push('\n');
    }
    let Some(output) = llvm(&["--disassemble"], &input) else { return };
    let output = String::from_utf8(output).unwrap();
    let lines: Vec<&str> = output.lines().filter(|line| !line.trim_start().starts_with('.')).collect();
    assert_eq!(lines.len(), program.len());
    for (insn, line) in program.iter().zip(lines) {
        assert_eq!(insn.to_string(), line.trim(), "{insn:?}");
    }
}

#[test]
#[cfg_attr(target_family = "wasm", ignore = "WebAssembly starts no programs")]
fn llvm_assembles_our_text_to_the_same_bytes() {
    // LLVM's assembler reads only 16 bits of a distance, and not what its disassembler writes for maps.
    let readable = |insn: &Insn| match insn.kind() {
        Kind::JumpLong => i16::try_from(insn.imm).is_ok(),
        Kind::LoadWide(wide) => wide == WideImm::Value,
        _ => !is_ours_alone(*insn),
    };
    let program: Vec<Insn> = Op::ALL.iter().flat_map(|&op| variants(op)).filter(readable).collect();
    let text: String = program.iter().map(|insn| format!("{insn}\n")).collect();
    let Some(output) = llvm(&["--show-encoding"], &text) else { return };
    let output = String::from_utf8(output).unwrap();
    let encodings: Vec<Vec<u8>> = output
        .lines()
        .filter_map(|line| line.split_once("encoding: ["))
        .map(|(_, list)| {
            let list = list.trim_end_matches(']').split(',');
            list.map(|byte| u8::from_str_radix(byte.trim_start_matches("0x"), 16).unwrap()).collect()
        })
        .collect();
    assert_eq!(encodings.len(), program.len());
    for (insn, bytes) in program.iter().zip(encodings) {
        assert_eq!(insn.encode().unwrap().as_bytes(), bytes, "{insn}");
    }
}

fn suite(source: &str) -> Result<Vec<Insn>, AsmError> {
    assemble(source, Syntax::Suite)
}

#[test]
fn labels_and_comments_of_the_suite() {
    let program = suite(
        "  # a loop\n mov %r0, 0\nagain: add %r0, 1 # one more\n\nlddw %r1, 0x10\njlt %r0, %r1, again\n\
         jeq r0, 0x10, exit\ncall local double\nja done\ndone:\nexit\ndouble: lsh32 %r0, 1\nexit\n",
    )
    .unwrap();
    let text: Vec<String> = program.iter().map(Insn::to_string).collect();
    assert_eq!(
        text,
        [
            "r0 = 0",
            "r0 += 1",
            "r1 = 16 ll",
            "if r0 < r1 goto -4",
            "if r0 == 16 goto +2",
            "call local +2",
            "goto +0",
            "exit",
            "w0 <<= 1",
            "exit"
        ]
    );
}

#[test]
fn labels_have_slots_and_code_addresses() {
    let program = parse(
        "lddw %r0, 1\nlddw %r1, code_addr(f)\nlddw %r2, code_addr(-1)\ncall %r1\nexit\nf:\nexit",
        Syntax::Suite,
    )
    .unwrap();
    assert!(program.labels.into_iter().eq([("f", Slot(8))]));
    let code = program.insns[1];
    assert_eq!((code.op, code.imm, code.code_target(Slot(2))), (Op::LdCodeAddr, 5, Some(8)));
    let code = program.insns[2];
    assert_eq!((code.imm, code.code_target(Slot(4))), (0xffff_ffff, Some(4)));
    assert_eq!(program.insns[0].code_target(Slot(0)), None);
}

#[test]
fn labels_and_freedoms_of_llvm() {
    let program = assemble(
        "entry: r1 = 0xffffffff // all ones\nw2 = *(u32*)(r1+8)\nr2=*(u32 *)(r1 + 8)\n*(u8 *)(r10 - 1) = r2\n\
         if w1 s<= -1 goto entry\ngoto .LBB0_1\n.LBB0_1:\ncall helper_of_ours\ngotol entry\nhelper_of_ours: exit",
        Syntax::Llvm,
    )
    .unwrap();
    let text: Vec<String> = program.iter().map(|insn| insn.display(Syntax::Suite).to_string()).collect();
    assert_eq!(
        text,
        [
            "mov %r1, -1",
            "ldxw %r2, [%r1+8]",
            "ldxw %r2, [%r1+8]",
            "stxb [%r10-1], %r2",
            "jsle32 %r1, -1, -5",
            "ja +0",
            "call local +1",
            "ja32 -8",
            "exit"
        ]
    );
}

#[test]
fn synonyms_of_the_suite() {
    for (one, other) in [
        ("add64 %r1, 5", "add %r1, 5"),
        ("mov64 r1, r2", "mov %r1, %r2"),
        ("bswap32 %r1", "swap32 %r1"),
        ("call helper 5", "call 5"),
        ("callx %r2", "call %r2"),
        ("gotox %r2", "ja %r2"),
        ("lock fetch xchg [%r1], %r2", "lock xchg [%r1+0], %r2"),
        ("mov32 %r0, 4294967295", "mov32 %r0, 0xffffffff"),
    ] {
        if one.contains("4294967295") {
            // Only hexadecimal numbers are taken for their bits.
            assert_eq!(suite(one).unwrap_err().kind, AsmErrorKind::OutOfRange { column: 12 });
        } else {
            assert_eq!(suite(one), suite(other), "{one}");
        }
    }
    let mov = suite("mov32 %r0, 0xffffffff").unwrap();
    assert_eq!(mov[0], Insn::new(Op::Mov32Imm).with_imm(-1));
    assert!(matches!(mov[0].kind(), Kind::Alu(_, AluOp::Mov, Source::Imm)));
}

#[test]
fn errors_of_the_suite() {
    let error = |source: &str| suite(source).unwrap_err();
    let kind = |source: &str| error(source).kind;
    assert_eq!(error("exit\n\nfrobnicate %r0"), AsmError { line: 3, kind: AsmErrorKind::UnknownMnemonic });
    assert_eq!(kind("lock"), AsmErrorKind::UnknownMnemonic);
    assert_eq!(kind("lock mov [%r1], %r2"), AsmErrorKind::UnknownMnemonic);
    assert_eq!(kind("lock fetch ldxdw %r1, [%r1]"), AsmErrorKind::UnknownMnemonic);
    assert_eq!(error("ja nowhere\nexit"), AsmError { line: 1, kind: AsmErrorKind::UnknownLabel });
    assert_eq!(error("ja exit"), AsmError { line: 1, kind: AsmErrorKind::UnknownLabel });
    assert_eq!(error("a:\na: exit"), AsmError { line: 2, kind: AsmErrorKind::DuplicateLabel });
    assert_eq!(kind("add %r12, 1"), AsmErrorKind::Expected { what: "a register", column: 5 });
    assert_eq!(kind("add %r01, 1"), AsmErrorKind::Expected { what: "a register", column: 5 });
    assert_eq!(kind("lddw %r0"), AsmErrorKind::Expected { what: ",", column: 9 });
    assert_eq!(kind("ldxb %r0, %r1"), AsmErrorKind::Expected { what: "[", column: 11 });
    assert_eq!(kind("exit 1"), AsmErrorKind::Expected { what: "the end of the line", column: 6 });
    assert_eq!(kind("call somewhere 1"), AsmErrorKind::Expected { what: "a number", column: 6 });
    assert_eq!(kind("mov32 %r0, 2147483648"), AsmErrorKind::OutOfRange { column: 12 });
    assert_eq!(kind("mov32 %r0, 0x100000000"), AsmErrorKind::OutOfRange { column: 12 });
    assert_eq!(kind("ldxb %r0, [%r1+0x10000]"), AsmErrorKind::OutOfRange { column: 15 });
    assert_eq!(kind("lddw %r0, 0x10000000000000000"), AsmErrorKind::OutOfRange { column: 11 });
    assert_eq!(
        kind("lddw %r0, 0x1ffffffffffffffffffffffffffffffffffff"),
        AsmErrorKind::OutOfRange { column: 11 }
    );
    assert_eq!(kind("ja +32768"), AsmErrorKind::TooFar { distance: 32768 });
    let far = format!("ja far\n{}far: exit", "mov %r0, 0\n".repeat(40_000));
    assert_eq!(error(&far), AsmError { line: 1, kind: AsmErrorKind::TooFar { distance: 40_000 } });
    assert!(suite(&far.replacen("ja", "ja32", 1)).is_ok());
    assert!(matches!(kind("mov %r11, 1"), AsmErrorKind::Encode(_)));
    assert!(matches!(kind("ldxdw %r0, [%r11-8]"), AsmErrorKind::Encode(_)));
}

#[test]
fn errors_of_llvm() {
    let kind = |source: &str| assemble(source, Syntax::Llvm).unwrap_err().kind;
    for mismatch in [
        "r1 += w2",
        "w1 = r2",
        "r1 = -r2",
        "w1 = be16 w1",
        "w1 = *(u64 *)(r2 + 0)",
        "w1 = *(s8 *)(r2 + 0)",
        "*(u64 *)(r1 + 0) = w2",
        "r1 = *(u64 *)(w2 + 0)",
        "r1 = atomic_fetch_add((u64 *)(r1 + 8), r2)",
        "r2 = cmpxchg_64(r1 + 8, r2, r2)",
        "r0 = cmpxchg_64(r1 + 8, r2, r2)",
        "r0 = load_acquire((u8 *)(r1 + 8))",
        "if r1 > w2 goto +1",
        "callx w1",
    ] {
        assert_eq!(kind(mismatch), AsmErrorKind::RegisterMismatch, "{mismatch}");
    }
    assert_eq!(kind("r1 = 0x1ffffffff"), AsmErrorKind::OutOfRange { column: 6 });
    assert_eq!(kind("r1 ! 5"), AsmErrorKind::Expected { what: "an assignment", column: 4 });
    assert_eq!(kind("if r1 = 5 goto +1"), AsmErrorKind::Expected { what: "a comparison", column: 7 });
    assert_eq!(kind("*(u24 *)(r1 + 0) = 5"), AsmErrorKind::Expected { what: "a type like u64", column: 3 });
    assert_eq!(kind("hello"), AsmErrorKind::Expected { what: "a register", column: 1 });
    assert_eq!(kind("goto"), AsmErrorKind::Expected { what: "a label or a distance", column: 5 });
}

#[test]
fn bytes_are_those_of_the_instructions() {
    let bytes = assemble_bytes("lddw %r1, 0x1122334455667788\nexit", Syntax::Suite).unwrap();
    assert_eq!(
        bytes,
        [
            0x18, 1, 0, 0, 0x88, 0x77, 0x66, 0x55, 0, 0, 0, 0, 0x44, 0x33, 0x22, 0x11, 0x95, 0, 0, 0, 0, 0,
            0, 0
        ]
    );
    assert_eq!(Reg::R10.to_string(), "r10");
}

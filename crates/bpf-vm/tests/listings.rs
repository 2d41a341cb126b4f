//! Machine code as text: the programs of `tests/jit`, each with the x86-64 that it becomes.
//!
//! A file is a program in LLVM's syntax, and an engine (`#! engine NAME`) if it is not `jit-checked`; with `#! bmi` it
//! is code for processors with BMI1 and BMI2, and left out on others. Lines that
//! begin with `#>` are the listing of its blocks, without the code that all programs share. `BLESS=1 cargo test
//! -p bpf-vm` rewrites it; review the diff.

#![cfg(all(feature = "jit", target_arch = "x86_64", target_os = "linux"))]

#[allow(dead_code, reason = "each test file uses a part of it")]
mod support;

use bpf_vm::{Engine, JitMode};
use iced_x86::{Decoder, DecoderOptions, Formatter, IntelFormatter};
use std::fs;
use support::{cases, Case};

/// The engine whose code a file shows.
fn engine(case: &Case) -> Engine {
    case.one("engine").map_or(Engine::Jit { mode: JitMode::Checked }, |name| Engine::from_name(name).unwrap())
}

/// One line an instruction, to the end of the last block's code.
fn listing(case: &Case) -> Vec<String> {
    let code = case.verify().unwrap().machine_code(engine(case)).unwrap();
    let mut formatter = IntelFormatter::new();
    formatter.options_mut().set_branch_leading_zeros(false);
    formatter.options_mut().set_space_after_operand_separator(true);
    let mut lines = Vec::new();
    for insn in Decoder::with_ip(64, &code, 0, DecoderOptions::NONE) {
        let mut text = String::new();
        formatter.format(&insn, &mut text);
        lines.push(format!("{:4x}  {text}", insn.ip()));
    }
    // In front stand the way in and the stubs, of which none begins like a function: with whether the calls are
    // too deep and, if it has a frame, whether that fits, else with what it saves.
    let begins = |insns: &[String]| {
        let [depth, branch, next, ..] = insns else { return false };
        depth.contains("cmp eax, ")
            && branch.contains("  je ")
            && (next.contains("cmp edx, ") || next.contains("mov [r15+rax"))
    };
    let first = lines.windows(3).position(begins).unwrap();
    lines.split_off(first)
}

/// What a listing needs that is not here, if anything.
fn missing(case: &Case) -> Option<&'static str> {
    let bmi = std::is_x86_feature_detected!("bmi1") && std::is_x86_feature_detected!("bmi2");
    match engine(case) {
        engine if !engine.is_available() => Some(engine.name()),
        _ if case.one("bmi").is_some() && !bmi => Some("BMI"),
        _ => None,
    }
}

#[test]
fn listings() {
    let (mut seen, mut left_out) = (0, Vec::new());
    for case in cases("jit") {
        if let Some(missing) = missing(&case) {
            left_out.push((case.name(), missing));
            continue;
        }
        seen += 1;
        let lines: Vec<String> = listing(&case).into_iter().map(|line| format!("#> {line}")).collect();
        let expected: Vec<&str> = case.source.lines().filter(|line| line.starts_with("#>")).collect();
        if expected == lines {
            continue;
        }
        assert!(std::env::var_os("BLESS").is_some(), "{}: got\n{}", case.path.display(), lines.join("\n"));
        let program = case.source.lines().filter(|line| !line.starts_with("#>"));
        let text: Vec<&str> = program.chain(lines.iter().map(String::as_str)).collect();
        fs::write(&case.path, text.join("\n") + "\n").unwrap();
    }
    if !left_out.is_empty() {
        eprintln!("SKIPPED: {} of {} listings: {left_out:?}", left_out.len(), seen + left_out.len());
    }
    // Those for any processor and any kernel alone are most of them.
    assert!(seen > left_out.len(), "{seen} listings, and not {left_out:?}");
}

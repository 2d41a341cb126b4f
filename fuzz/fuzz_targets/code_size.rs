//! Compilation: native size and time are linear in the program, whatever instructions are repeated.

#![no_main]

use bpf_vm::{verify, Engine, Limits, Program, Rules, SyscallTable, TextOptions, VerifiedProgram};
use inkbpf_fuzz::structured::Straight;
use inkbpf_fuzz::{differ::engines, HELPERS};
use libfuzzer_sys::fuzz_target;
use std::time::{Duration, Instant};

/// Native bytes of a program that depend on where it ends: 63 of padding for one alignment, and how the last run of
/// blocks is paid: up to 18 payments (`crates/bpf-vm/src/jit/ahead.rs`) with a branch, of 6 bytes and 10 out of line.
/// Rounded up.
const ENDING: usize = 512;
/// How many times as many instructions the longer program has.
const TIMES: usize = 16;

/// `motif` repeated `times` times, and an exit.
fn repeated(motif: &[u8], times: usize) -> Option<VerifiedProgram> {
    let exit = bpf_isa::Insn::new(bpf_isa::Op::Exit).encode().ok()?;
    let text = [motif.repeat(times).as_slice(), exit.as_bytes()].concat();
    let rules = Rules { limits: Limits::MAX, ..Rules::contract(SyscallTable::from_iter(HELPERS)) };
    verify(Program::from_text(&text, &TextOptions::default()).ok()?, &rules).ok()
}

/// The number of native bytes, and the time to generate them.
fn compiled(motif: &[u8], times: usize, engine: Engine) -> Option<(usize, Duration)> {
    let program = repeated(motif, times)?;
    let start = Instant::now();
    let bytes = program.machine_code(engine).expect("every program has machine code").len();
    let time = start.elapsed();
    let bound = program.machine_code_bound();
    assert!(bytes <= bound, "{bytes} native bytes, which should be {bound} at most");
    Some((bytes, time))
}

fuzz_target!(|program: Straight| {
    let Straight(plan) = program;
    // Without the instructions that fill the registers, and without the exit.
    let insns: Vec<_> = bpf_isa::instructions(&plan.text).map_while(Result::ok).collect();
    let (Some((first, _)), Some((last, _))) = (insns.get(10), insns.last()) else { return };
    let motif = &plan.text[first.byte_offset()..last.byte_offset()];
    if motif.is_empty() {
        return;
    }
    let times = (8 * 500 / motif.len()).max(2);
    for engine in engines().skip(1) {
        let sizes = [1, 2, 4].map(|factor| compiled(motif, factor * times, engine));
        let [Some((one, _)), Some((two, _)), Some((four, _))] = sizes else { return };
        // The increase must be twice as large, except for the endings of the three programs, one of which counts
        // three times.
        let (more, much_more) = (two.abs_diff(one), four.abs_diff(two));
        let slack = 3 * ENDING + more / 10;
        assert!(much_more.abs_diff(2 * more) <= slack, "{one}, {two}, {four} native bytes");
        // Use the best of several times, because other programs run too. Anything non-linear would take 256
        // times as long. Fresh pages, which only the longer program needs, cost several times as much as
        // writing to them.
        let (mut short, mut long) = (Duration::MAX, Duration::MAX);
        let linear = (0..40).any(|_| {
            let time = |times| compiled(motif, times, engine).map_or(Duration::ZERO, |(_, time)| time);
            (short, long) = (short.min(time(times / 2)), long.min(time(TIMES * times / 2)));
            long <= short * (6 * TIMES) as u32 + Duration::from_millis(1)
        });
        assert!(linear, "{short:?}, and {long:?} for {TIMES} times as much");
    }
});

//! Random programs do the same on every host: on 64-bit machines, and in WebAssembly, whose `usize` has 32 bits.
//!
//! Engines on one host are compared with each other by `tests/engines.rs`. What all of them get wrong there, because a
//! length or an address does not fit, shows only beside another host. So `tests/digests.txt` has digests of what the
//! programs of the fuzz targets' three generators did, and every host must get the same ones. With `BLESS=1` they are
//! rewritten, which is right after a change of a generator, or of what programs do. With `SHOW=1` what is digested is
//! printed, to compare two hosts by eye.

#[path = "../../../fuzz/src/differ.rs"]
#[allow(dead_code, reason = "the fuzz targets use the rest")]
mod differ;
#[path = "../../../fuzz/src/plan.rs"]
#[allow(dead_code, reason = "the fuzz targets use the rest")]
mod plan;
#[path = "../../../fuzz/src/structured.rs"]
mod structured;
#[allow(dead_code, reason = "each test file uses a part of it")]
mod support;

use arbitrary::{Arbitrary, Unstructured};
use bpf_vm::{verify, Config, Engine, Entry, Exit, Gas, Instance, Program, Rules, SyscallTable};
use differ::Seen;
use plan::{Plan, HELPERS};
use std::fmt::Write;
use std::ops::Range;
use std::sync::Arc;
use structured::{Straight, Structured};
use support::random_bytes;

/// Programs in a line of the file.
const GROUP: u64 = 50;

/// FNV-1a of 64 bits, which no release of Rust changes.
#[derive(Clone, Copy)]
struct Digest(u64);

impl Digest {
    fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    fn add(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
        }
    }

    fn of(bytes: &[u8]) -> u64 {
        let mut digest = Self::new();
        digest.add(bytes);
        digest.0
    }
}

fn rules(steps: bool) -> Rules {
    Rules { steps, ..Rules::contract(SyscallTable::from_iter(HELPERS)) }
}

/// Everything seen of a run, in a line. Contents of memory are digested.
fn line(seen: &Seen) -> String {
    let Seen { exit, gas, registers, backtrace, memory, calls } = seen;
    let memory = memory.each_ref().map(|bytes| (bytes.len(), Digest::of(bytes)));
    format!(
        "{exit:?} gas {gas} registers {registers:x?} at {backtrace:?} memory {memory:x?} calls {calls:x?}\n"
    )
}

/// What a file does: why it is refused; or its runs with all the gas of the plan, and with less.
fn runs(plan: &Plan, file: &[u8]) -> String {
    let mut text = String::new();
    // Made when they are needed, steps begin in the middle of a run.
    for steps in [true, false] {
        let program = match Program::from_image(file) {
            Ok(program) => program,
            Err(error) => return format!("{error:?}\n"),
        };
        let program = match verify(program, &rules(steps)) {
            Ok(program) => Arc::new(program),
            Err(error) => return format!("{error:?}\n"),
        };
        let run = |gas| differ::run(plan, &program, Gas(gas), Engine::Interpreter, |_| ());
        let whole = run(plan.gas);
        let spent = plan.gas - whole.gas.0;
        text += &line(&whole);
        for gas in [spent / 2, spent.saturating_sub(1)] {
            text += &line(&run(gas));
        }
    }
    text
}

/// What a damaged file does: why it is refused, or how it ends.
fn damaged(plan: &Plan, file: &[u8]) -> String {
    let program = match Program::from_image(file) {
        Ok(program) => program,
        Err(error) => return format!("damaged {error:?}\n"),
    };
    let program = match verify(program, &rules(true)) {
        Ok(program) => program,
        Err(error) => return format!("damaged {error:?}\n"),
    };
    let mut instance = Instance::new(program.into(), &Config { gas: Gas(plan.gas), ..Config::default() });
    let args = instance.map_input(plan.input.clone()).unwrap();
    instance.start(Entry::Call, args).unwrap();
    let mut calls = 0;
    let exit = loop {
        match instance.run() {
            Exit::Syscall { .. } if calls < differ::CALLS => {
                calls += 1;
                instance.resume(3);
            }
            exit => break exit,
        }
    };
    format!("damaged {exit:?} gas {} registers {:x?}\n", instance.gas(), instance.registers())
}

/// Some bits of a file flipped: many of them among its headers and tables, which come first.
fn damage(seed: u64, file: &mut [u8]) {
    const BEGIN: usize = 256;
    let random = random_bytes(!seed, 3 * 4);
    let flips = 1 + usize::from(random[0]) % 3;
    for bytes in random.chunks(4).take(flips) {
        let within = if bytes[1] < 128 { file.len().min(BEGIN) } else { file.len() };
        file[usize::from(u16::from_le_bytes([bytes[2], bytes[3]])) % within] ^= 1 << (bytes[1] % 8);
    }
}

/// The lines of one generator: some seeds each, how many of their programs run, and digests.
fn lines<T: for<'a> Arbitrary<'a>>(name: &str, seeds: Range<u64>, plan: impl Fn(T) -> Plan) -> Vec<String> {
    let show = std::env::var_os("SHOW").is_some();
    let group = |first: u64| {
        let end = (first + GROUP).min(seeds.end);
        let (mut programs, mut results) = (Digest::new(), Digest::new());
        let mut ran = 0;
        for seed in first..end {
            let bytes = random_bytes(seed, 200 + seed as usize % 1000);
            let Ok(made) = T::arbitrary(&mut Unstructured::new(&bytes)) else { continue };
            let plan = plan(made);
            programs.add(format!("{plan:?}").as_bytes());
            let text = match plan.image().to_bytes() {
                Ok(mut file) => {
                    let runs = runs(&plan, &file);
                    ran += u32::from(runs.lines().count() > 1);
                    damage(seed, &mut file);
                    runs + &damaged(&plan, &file)
                }
                Err(error) => format!("{error:?}\n"),
            };
            if show {
                println!("{name} {seed}\n{text}");
            }
            results.add(text.as_bytes());
        }
        format!("{name} {first}..{end}: {ran} run, programs {:016x}, results {:016x}", programs.0, results.0)
    };
    seeds.clone().step_by(GROUP as usize).map(group).collect()
}

#[test]
fn every_host_does_the_same() {
    let mut all = lines("anything", 0..3000, |plan: Plan| plan);
    all.extend(lines("straight", 10_000..11_000, |program: Straight| program.0));
    all.extend(lines("structured", 20_000..21_000, |program: Structured| program.0));
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/digests.txt");
    if std::env::var_os("BLESS").is_some() {
        return std::fs::write(&path, all.join("\n") + "\n").unwrap();
    }
    let file = std::fs::read_to_string(&path).unwrap();
    let expected: Vec<&str> = file.lines().collect();
    assert_eq!(all.len(), expected.len(), "lines of {}", path.display());
    let programs = |line: &str| line.rsplit_once(' ').map(|(before, _)| before.to_owned());
    let mut faults = String::new();
    for (line, expected) in all.iter().zip(expected) {
        let fault = match (line == expected, programs(line) == programs(expected)) {
            (true, _) => continue,
            (false, true) => "the same programs do something else",
            (false, false) => "other programs, or others are refused",
        };
        let _ = writeln!(faults, "{line}\n{expected} in the file: {fault}");
    }
    assert!(faults.is_empty(), "{}; SHOW=1 prints what each program does\n{faults}", path.display());
}

//! Random programs do the same on every host: on 64-bit machines, and in WebAssembly, whose `usize` has 32 bits.
//!
//! Engines on one host are compared with each other by `tests/engines.rs`. What all of them get wrong there, because a
//! length or an address does not fit, shows only beside another host. So `tests/digests.txt` has digests of what
//! random programs did, those of the fuzz targets' three generators and single intrinsics, and every host must get the
//! same ones. With `BLESS=1` they are rewritten, which is right after a change of a generator, or of what programs do.
//! With `SHOW=1` what is digested is printed, to compare two hosts by eye.

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
use bpf_isa::{Insn, Op, Reg};
use bpf_vm::{verify, Config, Engine, Entry, Exit, Gas, Instance, Program, Rules, Slot, SyscallTable};
use contract_abi::image::Function;
use contract_abi::intrinsic::Intrinsic;
use contract_abi::memory::{DATA_BASE, INPUT_BASE, RODATA_BASE, STACK_BASE};
use differ::Seen;
use plan::{Plan, HELPERS};
use std::fmt::Write;
use std::ops::Range;
use std::sync::Arc;
use structured::{Straight, Structured};
use support::random_bytes;

const PAGE: u32 = 4096;

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

/// One intrinsic with arguments of 64 bits: near the ends of memory, wider than an address, or small.
struct Single(Plan);

impl<'a> Arbitrary<'a> for Single {
    fn arbitrary(u: &mut Unstructured<'a>) -> arbitrary::Result<Self> {
        let mut insns = Vec::new();
        for reg in [Reg::R1, Reg::R2, Reg::R3, Reg::R4, Reg::R5] {
            let small = u.int_in_range(0..=72)?;
            let place = u64::from(*u.choose(&[RODATA_BASE, DATA_BASE, STACK_BASE, INPUT_BASE])?);
            let above = u64::from(u.int_in_range(1..=3u8)?) << 32;
            let value = match u.int_in_range(0..=if reg == Reg::R3 { 15 } else { 8 })? {
                0 | 1 => place + small,
                2 => place + u64::from(PAGE) - small,
                3 => above + place + small,
                4 => place.wrapping_sub(small),
                5 => u64::MAX - small,
                6 => u64::arbitrary(u)?,
                7 => u32::arbitrary(u)?.into(),
                8 => above + small,
                _ => small,
            };
            insns.push(Insn::new(Op::LdImm64).with_dst(reg).with_imm(value as i64));
        }
        let intrinsic = *u.choose(Intrinsic::ALL)?;
        insns.push(Insn::new(Op::Call).with_imm(intrinsic.number().into()));
        insns.push(Insn::new(Op::Exit));
        let text: Vec<u8> =
            insns.iter().flat_map(|insn| insn.encode().unwrap().as_bytes().to_vec()).collect();
        let slots = (text.len() / Slot::BYTES) as u32;
        Ok(Self(Plan {
            text,
            functions: vec![Function { first: 0, slots, frame_size: 0, address_taken: false }],
            rodata: vec![7; 100],
            jump_tables: Vec::new(),
            data: vec![9; 100],
            stack_size: PAGE,
            heap_size: 2 * PAGE,
            entry: 0,
            input: random_bytes(1, 200),
            // Some of the longest pieces can be paid for.
            gas: 1 << u.int_in_range(8..=62)?,
            results: Vec::new(),
        }))
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
    all.extend(lines("intrinsic", 30_000..33_000, |program: Single| program.0));
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

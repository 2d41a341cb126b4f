//! The programs of `tests/verify` and `tests/run`, each against what its file expects.
//!
//! `BLESS=1 cargo test -p bpf-vm` rewrites the expectations; review the diff.

#[allow(dead_code, reason = "each test file uses a part of it")]
mod support;

use bpf_isa::Slot;
use bpf_vm::meter::Class;
use bpf_vm::{CostTable, Engine, Entry, Exit, Gas, GuestAddr, Observer, Rules};
use contract_abi::memory::{DATA_BASE, INPUT_BASE, STACK_BASE};
use std::sync::Arc;
use support::{cases, engines, run_to_end, spawn, Case};

/// Programs that the verifier refuses, and what it says.
#[test]
fn rejected() {
    for case in cases("verify/reject") {
        match case.verify() {
            Ok(_) => panic!("{} was let in", case.path.display()),
            Err(error) => case.check("error", &[error.to_string()]),
        }
    }
}

/// Programs near the border that are let in.
#[test]
fn accepted() {
    for case in cases("verify/accept") {
        if let Err(error) = case.verify() {
            panic!("{} was refused: {error}", case.path.display());
        }
    }
}

/// Programs that run, and how they end: result, pc, gas, and every syscall on the way.
#[test]
fn run() {
    for case in cases("run").iter().chain(&cases("verify/accept")) {
        for engine in engines() {
            let mut instance = case.instance(case.gas(), engine);
            case.check("exit", &run_to_end(&mut instance, &mut ()));
            // Whatever the end was, it is the same when asked again.
            assert_eq!(instance.run(), instance.run(), "{}", case.name());
            assert_eq!(instance.engine(), engine);
        }
    }
}

/// Sums what a run pays, by the blocks and by the instructions.
struct Meter {
    by_blocks: u64,
    by_instructions: u64,
    costs: Vec<u64>,
}

impl Observer for Meter {
    fn block(&mut self, _: Slot, cost: Gas) {
        self.by_blocks += cost.0;
    }

    fn instruction(&mut self, at: Slot, _: &[u64]) {
        self.by_instructions += self.costs[at.index()];
    }
}

impl Meter {
    /// Prices by slot, worked out without the virtual machine's block table.
    fn new(case: &Case) -> Meter {
        let intrinsics = case.rules().intrinsics;
        let insns = bpf_isa::text::parse(&case.source, bpf_isa::text::Syntax::Llvm).unwrap().insns;
        let mut costs = Vec::new();
        for insn in insns {
            let cost = CostTable::V1.cost(Class::of(&insn, intrinsics));
            costs.push(cost.into());
            costs.extend((1..insn.slots()).map(|_| 0));
        }
        Meter { by_blocks: 0, by_instructions: 0, costs }
    }
}

/// Where a run ends by itself or at a syscall, exactly the executed instructions are paid, whatever the
/// blocks were. Bulk work comes on top, so cases with it are left to their expectation.
#[test]
fn gas_is_the_sum_of_the_instructions() {
    let mut finished = 0;
    for case in cases("run") {
        let mut meter = Meter::new(&case);
        let mut instance = case.instance(case.gas(), Engine::Interpreter);
        loop {
            match instance.run_observed(&mut meter) {
                Exit::Syscall { number, args } => {
                    assert_eq!(meter.by_blocks, meter.by_instructions, "{}", case.name());
                    instance.resume(u64::from(number).wrapping_add(args[0]));
                }
                Exit::Finished { .. } if !case.name().starts_with("bulk") => {
                    assert_eq!(meter.by_blocks, meter.by_instructions, "{}", case.name());
                    assert_eq!(case.gas().0 - instance.gas().0, meter.by_blocks, "{}", case.name());
                    finished += 1;
                    break;
                }
                _ => break,
            }
        }
    }
    assert!(finished > 10, "only {finished} cases finish");
}

/// For every limit from 0 to what a program costs (a sample of them if it costs much): it ends by lack of gas at a
/// block that cannot be paid, having done exactly what the unlimited run did up to there; from its cost on, it ends as
/// ever.
#[test]
fn every_gas_limit() {
    for case in cases("run") {
        let name = case.name();
        let program = Arc::new(case.verify().unwrap());
        let plenty = 100_000;
        let mut unlimited = case.instance_of(&program, Gas(plenty), Engine::Interpreter);
        let expected = run_to_end(&mut unlimited, &mut ());
        if expected.last().is_some_and(|line| line.starts_with("out of gas")) {
            continue; // It has no end to reach.
        }
        let cost = plenty - unlimited.gas().0;
        // Small programs with every limit, others with a sample, the last one included.
        let step = if cost <= 1_200 { 1 } else { 97 };
        for limit in (0..cost).step_by(step).chain([cost, cost + 1]) {
            let mut meter = Meter::new(&case);
            let mut instance = case.instance_of(&program, Gas(limit), Engine::Interpreter);
            let lines = run_to_end(&mut instance, &mut meter);
            // Gas differs by the limit; everything else must be a prefix.
            let strip = |lines: &[String]| -> Vec<String> {
                lines.iter().map(|line| line.split(" gas=").next().unwrap_or_default().into()).collect()
            };
            let (got, want) = (strip(&lines), strip(&expected));
            if limit >= cost {
                assert_eq!(got, want, "{name} with {limit}");
                assert_eq!(instance.gas().0, limit - cost, "{name} with {limit}");
            } else {
                let (last, before) = got.split_last().unwrap();
                assert!(last.starts_with("out of gas"), "{name} with {limit}: {last}");
                assert_eq!(before, &want[..before.len()], "{name} with {limit}");
                // What is left is what the blocks that ran did not take, and bulk work did not.
                assert!(instance.gas().0 + meter.by_blocks <= limit, "{name} with {limit}");
                if !name.starts_with("bulk") {
                    assert_eq!(instance.gas().0 + meter.by_blocks, limit, "{name} with {limit}");
                }
            }
            // Every other engine does the same, gas at each exit included.
            for engine in engines() {
                let mut other = case.instance_of(&program, Gas(limit), engine);
                assert_eq!(run_to_end(&mut other, &mut ()), lines, "{name} with {limit}");
                assert_eq!(other.registers(), instance.registers(), "{name} with {limit}");
            }
        }
    }
}

/// Where nothing costs anything, every engine does what it does otherwise, and spends nothing.
#[test]
fn without_prices() {
    for case in cases("run") {
        let name = case.name();
        let strip = |lines: &[String]| -> Vec<String> {
            lines.iter().map(|line| line.split(" gas=").next().unwrap_or_default().into()).collect()
        };
        let expected = run_to_end(&mut case.instance(case.gas(), Engine::Interpreter), &mut ());
        if expected.last().is_some_and(|line| line.starts_with("out of gas")) {
            continue; // It has no end to reach.
        }
        let rules = Rules { costs: CostTable::FREE, ..case.rules() };
        let program = Arc::new(bpf_vm::verify(case.program(), &rules).unwrap());
        for engine in engines() {
            let mut instance = case.instance_of(&program, Gas(0), engine);
            assert_eq!(strip(&run_to_end(&mut instance, &mut ())), strip(&expected), "{name} on {engine:?}");
            assert_eq!((instance.gas(), instance.engine()), (Gas(0), engine), "{name}");
        }
    }
}

/// An instance is plain data: a copy taken at any syscall goes on as the original does, on another
/// thread, with the gas it is given there.
#[test]
fn suspended_instances_can_be_copied_and_sent() {
    let mut suspended = 0;
    let on_each = |case| engines().map(move |engine| (case, engine));
    for (case, engine) in cases("run").iter().flat_map(on_each) {
        let mut instance = case.instance(case.gas(), engine);
        while let Exit::Syscall { number, args } = instance.run() {
            suspended += 1;
            let result = u64::from(number).wrapping_add(args[0]);
            let mut copy = instance.clone();
            assert_eq!(copy.engine(), engine);
            let ended = spawn(move || {
                copy.resume(result);
                run_to_end(&mut copy, &mut ())
            });
            instance.resume(result);
            let mut original = instance.clone();
            let ended = ended();
            assert_eq!(run_to_end(&mut original, &mut ()), ended, "{}", case.name());
            // Watched from here on, so that the interpreter takes over.
            let mut watched = instance.clone();
            let mut meter = Meter::new(case);
            assert_eq!(run_to_end(&mut watched, &mut meter), ended, "{}", case.name());
            assert_eq!(watched.engine(), Engine::Interpreter);
        }
    }
    assert!(suspended > 3, "only {suspended} syscalls");
}

/// What one program leaves behind, no other finds: memory is cleared whoever had it before.
#[test]
fn memory_begins_as_the_image_says() {
    let source = "\
#! function main frame=0
#! function callee
#! data 0102
#! bss 100000
#! stack 100000
main:
    r6 = 0x20000000
    r1 = r6
    r2 = 0xff
    r3 = 102400
    call 0x1003
    r1 = 0x30000000
    call 0x1003
    *(u64 *)(r11 - 8) = 77
    *(u64 *)(r11 - 56) = 77
    call callee
    exit
callee:
    r0 = *(u64 *)(r11 + 8)
    exit
";
    let reader = "\
#! function main
#! function callee
#! data 0102
#! bss 100000
#! stack 100000
main:
    call callee
    exit
callee:
    r0 = *(u64 *)(r11 + 8)
    r1 = *(u64 *)(r11 + 56)
    r0 |= r1
    exit
";
    let parse = |source: &str| Case::parse("inline".into(), source.into());
    let (writer, reader) = (parse(source), parse(reader));
    for engine in engines() {
        for _ in 0..3 {
            let mut instance = writer.instance(Gas(1_000_000), engine);
            instance.map_input(vec![0xff; 50_000]).unwrap();
            assert_eq!(instance.run(), Exit::Finished { r0: 77, r2: 0xff });
            drop(instance);

            let mut instance = reader.instance(Gas(1_000_000), engine);
            let mut expected = vec![0; 102_400];
            assert_eq!(instance.read_vec(GuestAddr(STACK_BASE), 102_400).unwrap(), expected);
            expected[..2].copy_from_slice(&[1, 2]);
            assert_eq!(instance.read_vec(GuestAddr(DATA_BASE), 102_400).unwrap(), expected);
            assert!(instance.read_vec(GuestAddr(INPUT_BASE), 1).is_err());
            assert_eq!(instance.run(), Exit::Finished { r0: 0, r2: 0 });
            instance.map_input(vec![1; 3]).unwrap();
            let mut expected = vec![0; 4096];
            expected[..3].fill(1);
            assert_eq!(instance.read_vec(GuestAddr(INPUT_BASE), 4096).unwrap(), expected);
            assert!(instance.read_vec(GuestAddr(INPUT_BASE), 4097).is_err());
        }
    }
}

/// Many at a time, on several threads, each with memory of its own.
#[test]
fn instances_run_beside_each_other() {
    for engine in engines() {
        let threads = [1u64, 2, 3, 4].map(|seed| {
            spawn(move || {
                let source = "\
#! syscall 1
    *(u64 *)(r10 - 8) = r1
    call 1
    r0 = *(u64 *)(r10 - 8)
    exit
";
                let case = Case::parse("inline".into(), source.into());
                let program = Arc::new(case.verify().unwrap());
                let mut nested: Vec<_> = (0..100)
                    .map(|number| {
                        let mut instance = case.instance_of(&program, Gas(10_000), engine);
                        instance.start(Entry::Call, [seed * 1000 + number, 0, 0, 0, 0]).unwrap();
                        assert!(matches!(instance.run(), Exit::Syscall { .. }));
                        instance
                    })
                    .collect();
                for (number, instance) in nested.iter_mut().enumerate() {
                    instance.resume(0);
                    assert_eq!(instance.run(), Exit::Finished { r0: seed * 1000 + number as u64, r2: 0 });
                }
            })
        });
        threads.into_iter().for_each(|done| done());
    }
}

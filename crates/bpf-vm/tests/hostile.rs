//! Programs nobody would write: whatever the bytes, there is a result and no panic, and what is seen of a
//! run does not depend on how it is run.

use bpf_isa::{Insn, Op, Reg};
use bpf_vm::{verify, Config, Engine, Entry, Exit, Gas, GuestAddr, Instance, Observer, Program, Rules, Slot};
use bpf_vm::{SyscallTable, TextOptions};
use contract_abi::image::{Function, Image, JumpTable};
use contract_abi::memory::{CODE_BASE, DATA_BASE, RODATA_BASE, STACK_BASE};
use proptest::prelude::*;
use std::sync::Arc;

/// Watches, so that the run takes every instruction by itself.
#[derive(Default)]
struct Watch {
    instructions: u64,
    paid: u64,
}

impl Observer for Watch {
    fn block(&mut self, _: Slot, cost: Gas) {
        self.paid += cost.0;
    }

    fn instruction(&mut self, _: Slot, _: &[u64]) {
        self.instructions += 1;
    }
}

/// What can be seen of an instance at an exit.
#[derive(Debug, PartialEq)]
struct Stop {
    exit: Exit,
    pc: Slot,
    gas: Gas,
    registers: [u64; 11],
    backtrace: Vec<Slot>,
}

/// Everything that can be seen of a run: its exits, and its memory at the end.
#[derive(Debug, PartialEq)]
struct Seen {
    stops: Vec<Stop>,
    memory: Vec<u8>,
}

const STACK: u32 = 512;
const DATA: u32 = 256;

fn see(instance: &mut Instance, observer: &mut impl Observer) -> Seen {
    let mut stops = Vec::new();
    loop {
        let exit = instance.run_observed(observer);
        stops.push(Stop {
            exit,
            pc: instance.pc(),
            gas: instance.gas(),
            registers: instance.registers(),
            backtrace: instance.backtrace(),
        });
        match exit {
            Exit::Syscall { number, args } => instance.resume(args[0] ^ u64::from(number)),
            _ => break,
        }
    }
    let mut memory = instance.read_vec(GuestAddr(DATA_BASE), DATA).unwrap();
    memory.extend(instance.read_vec(GuestAddr(STACK_BASE), STACK).unwrap());
    Seen { stops, memory }
}

/// An instruction whose fields are plausible for a program of some dozen slots.
fn instruction() -> impl Strategy<Value = Insn> {
    let imm = prop_oneof![
        -8i64..40,
        Just(i64::from(DATA_BASE)),
        Just(i64::from(STACK_BASE)),
        Just(i64::from(RODATA_BASE)),
        (0i64..24).prop_map(|slot| i64::from(CODE_BASE) + 8 * slot),
        (0x1000i64..0x1026),
        any::<i32>().prop_map(i64::from),
    ];
    // Memory is reached through r10 and r6 (see `prelude`), so that accesses often succeed.
    let reg = prop_oneof![0u8..6, Just(6), Just(10), 0u8..12].prop_map(|n| Reg::from_number(n).unwrap());
    let offset = prop_oneof![-12i16..12, Just(-8), Just(-16), -64i16..64];
    (0..Op::ALL.len(), reg.clone(), reg, offset, imm).prop_filter_map(
        "an operation that takes these fields",
        |(op, dst, src, offset, imm)| {
            let insn = Insn { op: Op::ALL[op], dst, src, offset, imm };
            // Without the fields that the operation has no use for.
            [
                insn,
                insn.with_offset(0),
                insn.with_imm(0),
                insn.with_offset(0).with_imm(0),
                insn.with_src(Reg::R0).with_offset(0),
                insn.with_src(Reg::R0),
                insn.with_src(Reg::R0).with_dst(Reg::R0),
                insn.with_src(Reg::R0).with_offset(0).with_imm(0),
                insn.with_src(Reg::R0).with_dst(Reg::R0).with_offset(0),
                insn.with_src(Reg::R0).with_dst(Reg::R0).with_imm(0),
                Insn::new(insn.op),
            ]
            .into_iter()
            .find(|insn| insn.encode().is_ok())
        },
    )
}

/// r6 points into the data, r7 is a code address.
fn prelude() -> Vec<Insn> {
    vec![
        Insn::new(Op::Mov64Imm).with_dst(Reg::R6).with_imm(i64::from(DATA_BASE) + 64),
        Insn::new(Op::Mov64Imm).with_dst(Reg::R7).with_imm(i64::from(CODE_BASE)),
    ]
}

fn text(insns: &[Insn]) -> Vec<u8> {
    let mut text = Vec::new();
    for insn in insns {
        text.extend_from_slice(insn.encode().unwrap().as_bytes());
    }
    text
}

fn rules() -> Rules {
    Rules::contract(SyscallTable::from_iter(0..8))
}

/// An image of one or two functions, with a jump table to every fourth slot.
fn image(text: &[u8], cut: usize) -> Option<Vec<u8>> {
    let slots = (text.len() / 8) as u32;
    let cut = cut as u32 % slots;
    let function =
        |first, end: u32| Function { first, slots: end - first, frame_size: 64, address_taken: true };
    let functions = match cut {
        0 => vec![function(0, slots)],
        cut => vec![function(0, cut), function(cut, slots)],
    };
    let entries: Vec<u64> = (0..if cut == 0 { slots } else { cut }).step_by(4).map(u64::from).collect();
    let rodata: Vec<u8> =
        entries.iter().flat_map(|slot| (u64::from(CODE_BASE) + 8 * slot).to_le_bytes()).collect();
    let image = Image {
        text,
        rodata: &rodata,
        data: &[1, 2, 3, 4],
        bss_size: DATA - 4,
        stack_size: STACK,
        heap_size: 0,
        deploy: 0,
        call: 0,
        functions,
        jump_tables: vec![JumpTable { offset: 0, entries: entries.len() as u32 }],
    };
    image.to_bytes().ok()
}

/// Runs with and without a watcher, on every engine, and with gas for a part only.
fn run_in_all_ways(program: Program) -> Option<Seen> {
    let program = Arc::new(verify(program, &rules()).ok()?);
    let start = |gas: u64, engine: Engine| {
        let mut instance = Instance::new(program.clone(), &Config { gas: Gas(gas), engine });
        instance.start(Entry::Call, [1, 2, 3, u64::MAX, u64::from(CODE_BASE)]).unwrap();
        instance
    };
    let mut watch = Watch::default();
    let plain = see(&mut start(GAS, Engine::Interpreter), &mut ());
    let watched = see(&mut start(GAS, Engine::Interpreter), &mut watch);
    assert_eq!(plain, watched);
    let left = plain.stops.last().map_or(0, |stop| stop.gas.0);
    assert!(left + watch.paid <= GAS);
    for gas in [0, 50, (GAS - left) / 2] {
        let watched = see(&mut start(gas, Engine::Interpreter), &mut Watch::default());
        assert_eq!(see(&mut start(gas, Engine::Interpreter), &mut ()), watched);
    }
    for engine in Engine::ALL.iter().copied().filter(|engine| engine.is_available()) {
        assert_eq!(see(&mut start(GAS, engine), &mut ()), plain, "{}", engine.name());
        // Every limit for a short run, some for a long one.
        let used = GAS - left;
        for gas in (0..used).step_by((used / 64).max(1) as usize).chain([used]) {
            let expected = see(&mut start(gas, Engine::Interpreter), &mut ());
            assert_eq!(see(&mut start(gas, engine), &mut ()), expected, "{} with {gas}", engine.name());
        }
        suspend(|| start(GAS, engine), &plain);
    }
    Some(plain)
}

/// Gas for a run.
const GAS: u64 = 20_000;

/// At each of the first syscalls: a copy goes on to the same end, while the original is dropped as it is.
fn suspend(start: impl Fn() -> Instance, expected: &Seen) {
    for syscall in 0..expected.stops.len().min(4) - 1 {
        let mut instance = start();
        for stop in &expected.stops[..syscall] {
            assert_eq!(instance.run(), stop.exit);
            if let Exit::Syscall { number, args } = stop.exit {
                instance.resume(args[0] ^ u64::from(number));
            }
        }
        assert_eq!(instance.run(), expected.stops[syscall].exit);
        let mut copy = instance.clone();
        drop(instance);
        let seen = see(&mut copy, &mut ());
        assert_eq!(seen.stops, expected.stops[syscall..]);
        assert_eq!(seen.memory, expected.memory);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn plausible_programs(
        insns in prop::collection::vec(instruction(), 1..24),
        cut in prop_oneof![Just(0usize), any::<usize>()],
    ) {
        let mut all = prelude();
        all.extend(insns);
        all.push(Insn::new(Op::Exit));
        let text = text(&all);
        if let Some(file) = image(&text, cut) {
            if let Ok(program) = Program::from_image(&file) {
                run_in_all_ways(program);
            }
        }
    }

    /// Single instructions are let in far more often than two dozen of them.
    #[test]
    fn short_programs(insns in prop::collection::vec(instruction(), 1..5)) {
        let mut all = prelude();
        all.extend(insns);
        all.push(Insn::new(Op::Exit));
        if let Some(file) = image(&text(&all), 0) {
            run_in_all_ways(Program::from_image(&file).unwrap());
        }
    }

    #[test]
    fn bytes(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Program::from_image(&bytes).map(run_in_all_ways);
        let _ = Program::from_text(&bytes, &TextOptions::default())
            .map(|program| verify(program, &Rules::general(SyscallTable::none())));
    }

    /// A bit of a good image changed, or its end cut off: it is refused, or it is another good image.
    #[test]
    fn damaged_images(
        insns in prop::collection::vec(instruction(), 1..12),
        at in any::<prop::sample::Index>(),
        bit in 0u8..8,
        cut in any::<bool>(),
    ) {
        let mut all = prelude();
        all.extend(insns);
        all.push(Insn::new(Op::Exit));
        if let Some(mut file) = image(&text(&all), 0) {
            let at = at.index(file.len());
            if cut {
                file.truncate(at);
                prop_assert!(Program::from_image(&file).is_err());
            } else {
                file[at] ^= 1 << bit;
                let _ = Program::from_image(&file).map(run_in_all_ways);
            }
        }
    }
}

/// The generator is worth something: many of its programs are let in, and they end in many ways.
#[test]
fn the_generator_reaches_all_kinds_of_end() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let strategy = prop::collection::vec(instruction(), 1..6);
    let mut ends = std::collections::BTreeMap::<String, u32>::new();
    for _ in 0..6000 {
        let mut all = prelude();
        all.extend(strategy.new_tree(&mut runner).unwrap().current());
        all.push(Insn::new(Op::Exit));
        let program = Program::from_image(&image(&text(&all), 0).unwrap()).unwrap();
        let end = match run_in_all_ways(program).map(|seen| seen.stops.last().unwrap().exit) {
            None => "refused".to_string(),
            Some(Exit::Trapped(trap)) => format!("{:?}", trap.kind),
            Some(Exit::Finished { .. }) => "finished".to_string(),
            Some(exit) => format!("{exit:?}"),
        };
        *ends.entry(end).or_default() += 1;
    }
    for end in ["refused", "ReadFault", "WriteFault", "BadCallTarget", "BadJumpTarget", "OutOfGas"] {
        assert!(ends.contains_key(end), "no program ended by {end}: {ends:?}");
    }
    assert!(ends["finished"] > 600, "{ends:?}");
}

//! The crosscheck finds what was planted: two programs that differ in one place, one on each engine.

#[allow(dead_code, reason = "each test file uses a part of it")]
mod support;

use bpf_isa::Reg;
use bpf_vm::crosscheck::{crosscheck, Agreement, CrosscheckError, Difference, Setting, Side, What};
use bpf_vm::{Engine, Exit, Gas, GuestAddr, Instance, Slot, StartError, TrapKind};
use contract_abi::memory::{MAX_REGION, STACK_BASE};
use std::cell::Cell;
use support::{engines, Case};

fn side(source: &str) -> Side {
    let case = Case::parse("inline".into(), source.into());
    Side::new(case.program(), &case.rules(), Engine::Interpreter).unwrap()
}

fn check(one: &Side, other: &Side, setting: &Setting) -> Result<Agreement, Box<Difference>> {
    let serve = || |_: &mut Instance, number: u32, args: [u64; 5]| Some(args[0].wrapping_add(number.into()));
    match crosscheck(one, other, setting, serve) {
        Ok(agreement) => Ok(agreement),
        Err(CrosscheckError::Differ(difference)) => Err(difference),
        Err(error) => panic!("{error}"),
    }
}

/// The difference between a program and the same with `from` replaced by `to`: the same one on every engine.
fn planted(source: &str, from: &str, to: &str, setting: &Setting) -> Box<Difference> {
    assert_eq!(source.matches(from).count(), 1, "{from}");
    let (one, other) = (side(source), side(&source.replace(from, to)));
    let mut found: Vec<Box<Difference>> = Vec::new();
    for engine in engines() {
        assert!(check(&one, &one.on(engine), setting).is_ok());
        let mut difference = check(&one, &other.on(engine), setting).unwrap_err();
        assert_eq!(difference.engines, [Engine::Interpreter, engine]);
        difference.engines = [Engine::Interpreter; 2];
        found.push(difference);
    }
    for other in &found {
        assert_eq!(other.to_string(), found[0].to_string());
    }
    found.swap_remove(0)
}

const LOOP: &str = "\
#! syscall 1
    r6 = 0
    r3 = 0
again:
    r6 += 1
    r3 ^= r6
    if r6 != 700 goto skip
    r3 += 5
    *(u8 *)(r10 - 3) = 7
skip:
    if r6 < 1000 goto again
    r0 = r3
    exit
";

#[test]
fn names_the_register_the_block_and_the_instruction() {
    let found = planted(LOOP, "r3 += 5", "r3 += 6", &Setting { stops: u32::MAX, ..Setting::default() });
    let before = (1..=700).fold(0, |sum, n| sum ^ n);
    assert_eq!(found.what, What::Register { reg: Reg::R3, one: before + 5, other: before + 6 });
    assert_eq!((found.block, found.at), (Some(Slot(5)), Slot(5)));
    assert_eq!(found.insns, ["r3 += 5", "r3 += 6"]);
    // The blocks before: two moves, 700 rounds of which all but the last jump back, and the one that differs.
    let (entry, head, tail, planted) = (2 * 4, 4 + 4 + 8, 8, 4 + 8);
    assert_eq!(found.limit, Gas(entry + 700 * head + 699 * tail + planted));
    let text = found.to_string();
    for part in ["interp / interp: r3 is ", "after the block at slot 5", "at slot 5: r3 += 5 / r3 += 6"] {
        assert!(text.contains(part), "{text}");
    }
}

#[test]
fn names_the_byte() {
    let found = planted(LOOP, "- 3) = 7", "- 3) = 8", &Setting::default());
    let stack = 64 * 1024;
    let what = What::Memory { addr: GuestAddr(STACK_BASE + stack - 3), one: 7, other: 8 };
    assert_eq!((found.what, found.block, found.at), (what, Some(Slot(5)), Slot(6)));
}

// A long run is not begun once for each of its blocks: some stops, then halving.
#[test]
fn halves_where_there_are_too_many_blocks() {
    let source = LOOP.replace("1000", "100000").replace("700", "77777");
    let other = source.replace("r3 += 5", "r3 += 6");
    for engine in engines() {
        let runs = Cell::new(0);
        let serve = || {
            runs.set(runs.get() + 1);
            |_: &mut Instance, _: u32, _: [u64; 5]| Some(0)
        };
        let setting = Setting { stops: 8, ..Setting::default() };
        match crosscheck(&side(&source), &side(&other).on(engine), &setting, serve) {
            Err(CrosscheckError::Differ(found)) => {
                assert_eq!((found.block, found.at), (Some(Slot(5)), Slot(5)));
                assert!(matches!(found.what, What::Register { reg: Reg::R3, .. }), "{found}");
            }
            other => panic!("{other:?}"),
        }
        // Two runs a stop, and 18 halvings of an eighth of two million gas.
        assert!(runs.get() < 2 * (10 + 24), "{} runs", runs.get());
    }
}

// What is put right again before the end shows at the blocks between.
#[test]
fn sees_what_heals() {
    let source = "\
    r6 = 10
again:
    r6 += -1
    if r6 != 4 goto skip
    r1 = 1
skip:
    if r6 != 3 goto over
    r1 = 2
over:
    if r6 != 0 goto again
    exit
";
    let found = planted(source, "r1 = 1", "r1 = 7", &Setting::default());
    assert_eq!(found.what, What::Register { reg: Reg::R1, one: 1, other: 7 });
    assert_eq!(found.insns, ["r1 = 1", "r1 = 7"]);
}

// The same results at another price.
#[test]
fn sees_what_costs_differ() {
    let found = planted(LOOP, "r3 ^= r6", "r3 ^= r6\n    r3 /= 1", &Setting::default());
    assert_eq!(found.block, Some(Slot(2)));
    assert!(matches!(found.what, What::Pc { .. }), "{found}");
}

#[test]
fn sees_syscalls() {
    let source = "\
#! syscall 1
#! syscall 2
    r1 = 5
    call 1
    r1 = r0
    call 2
    r0 = 0
    exit
";
    let found = planted(source, "r1 = 5", "r1 = 6", &Setting::default());
    assert!(matches!(found.what, What::Syscall { number: 0, .. }), "{found}");
    let found = planted(source, "    call 2", "    call 1", &Setting::default());
    let What::Syscall { number: 1, one: Some(one), other: Some(other) } = found.what else {
        panic!("{found}")
    };
    assert_eq!((one.number, other.number, one.args, one.pc), (2, 1, [6, 0, 0, 0, 0], Slot(3)));
    let found = planted(source, "    call 2", "    r0 += 2", &Setting::default());
    // The cheaper block runs to the end where the other is not paid.
    assert!(
        matches!(found.what, What::Exit { one: Exit::OutOfGas, other: Exit::Finished { .. } }),
        "{found}"
    );
    assert_eq!((found.block, found.at), (Some(Slot(2)), Slot(2)));
}

#[test]
fn sees_traps_branches_and_calls() {
    let source = "\
    r1 = r10
    call one
    r1 = *(u64 *)(r1 - 8)
    exit
one:
    if r2 == 0 goto end
    r0 = 1
end:
    exit
two:
    if r2 == 0 goto past
    r0 = 1
past:
    exit
    call two
    exit
";
    let found = planted(source, "r1 - 8", "r1 + 0", &Setting::default());
    let What::Exit { one: Exit::Finished { .. }, other: Exit::Trapped(trap) } = found.what else {
        panic!("{found}")
    };
    // The block that begins with the load, to its end on the side that does not trap.
    assert_eq!((trap.kind, trap.pc), (TrapKind::ReadFault, Slot(2)));
    assert_eq!((found.block, found.at), (Some(Slot(2)), Slot(3)));
    let found = planted(source, "if r2 == 0 goto end", "if r2 != 0 goto end", &Setting::default());
    assert!(matches!(found.what, What::Pc { .. }), "{found}");
    let found = planted(source, "call one", "call two", &Setting::default());
    assert!(matches!(found.what, What::Pc { .. }), "{found}");
    // A difference at the last block of all, which nothing stops after.
    let found = planted("    r0 = 1\n    exit\n", "r0 = 1", "r0 = 2", &Setting::default());
    assert!(matches!(found.what, What::Exit { one: Exit::Finished { r0: 1, .. }, .. }), "{found}");
}

#[test]
fn agreement_says_what_was_compared() {
    for engine in engines() {
        let agreement = check(&side(LOOP), &side(LOOP).on(engine), &Setting::default()).unwrap();
        assert!(!agreement.every_block && agreement.stops >= 1000, "{agreement:?}");
        let setting = Setting { stops: u32::MAX, ..Setting::default() };
        let agreement = check(&side(LOOP), &side(LOOP).on(engine), &setting).unwrap();
        // Two blocks a round, two at the ends, one for the 700th; the end; the limit of the setting.
        assert!(agreement.every_block);
        assert_eq!(agreement.stops, 2 * 1000 + 2 + 1 + 1 + 1);
    }
    let setting = Setting { input: vec![0; MAX_REGION as usize + 1], ..Setting::default() };
    let serve = || |_: &mut Instance, _: u32, _: [u64; 5]| None;
    assert!(matches!(
        crosscheck(&side(LOOP), &side(LOOP), &setting, serve),
        Err(CrosscheckError::Start(StartError::InputTooLarge { .. }))
    ));
}

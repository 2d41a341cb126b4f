//! Runs one program on all engines and checks that everything observable is the same.
//!
//! The reference is the interpreter, one instruction after another, as it runs when it is observed
//! ([`expected`]). The interpreter's steps count as one more engine, with steps made at once or late
//! ([`sides`]).

use super::plan::{Plan, HELPERS};
use bpf_vm::crosscheck::{crosscheck, CrosscheckError, Setting, Side};
use bpf_vm::{
    Config, Engine, Entry, Exit, Gas, GuestAddr, Instance, Observer, Program, Rules, SyscallTable,
    VerifiedProgram,
};
use contract_abi::memory::{mapped, DATA_BASE, RODATA_BASE, STACK_BASE};
use std::sync::Arc;

/// Maximum number of syscalls in a run: programs that do nothing else would take for ever.
pub const CALLS: usize = 100;

/// Everything that can be observed in a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// How it ended.
    pub exit: Exit,
    /// Gas left.
    pub gas: Gas,
    /// r0 to r10.
    pub registers: [u64; 11],
    /// The pc, and the calls that led there.
    pub backtrace: Vec<bpf_vm::Slot>,
    /// Data, stack and input, to the ends of their pages.
    pub memory: [Vec<u8>; 3],
    /// Number, arguments and gas of each syscall.
    pub calls: Vec<(u32, [u64; 5], Gas)>,
}

/// The engines available here.
pub fn engines() -> impl Iterator<Item = Engine> {
    Engine::ALL.iter().copied().filter(|engine| engine.is_available())
}

/// The program of a plan, if it can be built and the verifier accepts it.
pub fn side(plan: &Plan) -> Option<Side> {
    interpreted(plan, true)
}

/// With the interpreter's steps made at once, or when a run turns out to be long, as on a chain.
fn interpreted(plan: &Plan, steps: bool) -> Option<Side> {
    let file = plan.image().to_bytes().ok()?;
    let program = Program::from_image(&file).expect("it was written by us");
    let rules = Rules { steps, ..Rules::contract(SyscallTable::from_iter(HELPERS)) };
    Side::new(program, &rules, Engine::Interpreter).ok()
}

/// Everything that can run the program of `side`, which comes first: the interpreter with its steps made at
/// once, machine code, and the interpreter that makes its steps late.
pub fn sides(plan: &Plan, side: &Side) -> Vec<Side> {
    let late = interpreted(plan, false).expect("whether there are steps is no rule");
    engines().map(|engine| side.on(engine)).chain([late]).collect()
}

/// Observes nothing, but an observed run goes through instructions one by one.
struct Nothing;

impl Observer for Nothing {}

/// Runs to the next exit, one instruction at a time.
pub fn one_by_one(instance: &mut Instance) -> Exit {
    instance.run_observed(&mut Nothing)
}

/// An instance of the plan's program, ready to run.
pub fn started(plan: &Plan, program: &Arc<VerifiedProgram>, gas: Gas, engine: Engine) -> Instance {
    let mut instance = Instance::new(program.clone(), &Config { gas, engine });
    assert_eq!(instance.engine(), engine);
    let args = instance.map_input(plan.input.clone()).expect("it is small");
    instance.start(Entry::Call, args).expect("there is an entry");
    instance
}

/// Serves syscall number `count` of a run, counted from 1. Helpers sometimes write to the guest's memory,
/// wherever r1 points.
pub fn serve(plan: &Plan, instance: &mut Instance, count: usize, number: u32, args: [u64; 5]) -> u64 {
    assert!(HELPERS.contains(&number));
    let _ = instance.write(GuestAddr(args[0] as u32), &[number as u8]);
    plan.results.get(count).copied().unwrap_or(args[1])
}

/// What every engine must do.
pub fn expected(plan: &Plan, side: &Side, gas: Gas) -> Seen {
    run_by(one_by_one, plan, side.program(), gas, Engine::Interpreter, |_| ())
}

/// Runs to the end. `at_syscall` may replace the suspended instance.
pub fn run(
    plan: &Plan,
    program: &Arc<VerifiedProgram>,
    gas: Gas,
    engine: Engine,
    at_syscall: impl FnMut(&mut Instance),
) -> Seen {
    run_by(Instance::run, plan, program, gas, engine, at_syscall)
}

fn run_by(
    go: fn(&mut Instance) -> Exit,
    plan: &Plan,
    program: &Arc<VerifiedProgram>,
    gas: Gas,
    engine: Engine,
    mut at_syscall: impl FnMut(&mut Instance),
) -> Seen {
    let mut instance = started(plan, program, gas, engine);
    let mut calls = Vec::new();
    let exit = loop {
        let engine = instance.engine();
        let exit = go(&mut instance);
        // Otherwise nobody would notice machine code that could not be made.
        assert_eq!(instance.engine(), engine);
        match exit {
            Exit::Syscall { number, args } if calls.len() < CALLS => {
                calls.push((number, args, instance.gas()));
                at_syscall(&mut instance);
                let result = serve(plan, &mut instance, calls.len(), number, args);
                instance.resume(result);
            }
            exit => break exit,
        }
    };
    seen(plan, &instance, exit, calls)
}

/// The observable state of an instance that has ended.
pub fn seen(plan: &Plan, instance: &Instance, exit: Exit, calls: Vec<(u32, [u64; 5], Gas)>) -> Seen {
    let memory = |base, len| instance.read_vec(GuestAddr(base), mapped(len)).expect("it is mapped");
    let rodata = instance.read_vec(GuestAddr(RODATA_BASE), plan.rodata.len() as u32);
    assert_eq!(rodata.as_deref(), Ok(plan.rodata.as_slice()), "read-only data has changed");
    Seen {
        exit,
        gas: instance.gas(),
        registers: instance.registers(),
        backtrace: instance.backtrace(),
        memory: [memory(DATA_BASE, plan.data_size()), memory(STACK_BASE, plan.stack_size), instance.input()],
        calls,
    }
}

/// Checks that all engines do the same with the plan's gas. Returns what they do.
///
/// # Panics
/// If they differ; names the first block after which they do.
pub fn same(plan: &Plan, side: &Side) -> Seen {
    let expected = expected(plan, side, Gas(plan.gas));
    for other in sides(plan, side) {
        if run(plan, other.program(), Gas(plan.gas), other.engine(), |_| ()) != expected {
            explain(plan, side, &other);
        }
    }
    expected
}

/// Names the first block after which `other` differs from the interpreter. If `other` is the interpreter with
/// its steps, a crosscheck regards the two as the same, and says so.
///
/// # Panics
/// Always.
pub fn explain(plan: &Plan, side: &Side, other: &Side) -> ! {
    let setting =
        Setting { input: plan.input.clone(), gas: Gas(plan.gas), stops: u32::MAX, ..Setting::default() };
    let serve = || {
        let mut count = 0;
        move |instance: &mut Instance, number, args| {
            count += 1;
            (count <= CALLS).then(|| serve(plan, instance, count, number, args))
        }
    };
    match crosscheck(side, other, &setting, serve) {
        Err(CrosscheckError::Differ(difference)) => panic!("{difference}\n{}", text(plan)),
        found => {
            panic!("{} differs, and a crosscheck says {found:?}\n{}", other.engine().name(), text(plan))
        }
    }
}

/// The program as text.
fn text(plan: &Plan) -> String {
    let insns = bpf_isa::instructions(&plan.text).map_while(Result::ok);
    insns.map(|(at, insn)| format!("{at:4}  {insn}\n")).collect()
}

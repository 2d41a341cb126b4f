//! One program on all engines: what can be seen of a run, and that it is the same.
//!
//! What is right is what the interpreter does one instruction after another, as it does when it is observed ([`expected`]).
//! Its steps are an engine like others, made at once or late ([`sides`]).

use super::plan::{Plan, HELPERS};
use bpf_vm::crosscheck::{crosscheck, CrosscheckError, Setting, Side};
use bpf_vm::{
    Config, Engine, Entry, Exit, Gas, GuestAddr, Instance, Observer, Program, Rules, SyscallTable,
    VerifiedProgram,
};
use contract_abi::memory::{mapped, DATA_BASE, RODATA_BASE, STACK_BASE};
use std::sync::Arc;

/// Syscalls that a run may make: programs that do nothing else would take for ever.
pub const CALLS: usize = 100;

/// Everything that can be seen of a run.
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
    /// Data, stack, input, to the ends of their pages.
    pub memory: [Vec<u8>; 3],
    /// Number, arguments and gas of each syscall.
    pub calls: Vec<(u32, [u64; 5], Gas)>,
}

/// The engines that can be had here.
pub fn engines() -> impl Iterator<Item = Engine> {
    Engine::ALL.iter().copied().filter(|engine| engine.is_available())
}

/// The program of a plan, if it can be had and the verifier lets it in.
pub fn side(plan: &Plan) -> Option<Side> {
    interpreted(plan, true)
}

/// With the interpreter's steps made at once, or when a run turns out long, as on a chain.
fn interpreted(plan: &Plan, steps: bool) -> Option<Side> {
    let file = plan.image().to_bytes().ok()?;
    let program = Program::from_image(&file).expect("it was written by us");
    let rules = Rules { steps, ..Rules::contract(SyscallTable::from_iter(HELPERS)) };
    Side::new(program, &rules, Engine::Interpreter).ok()
}

/// Whatever can run the program of `side`, which is the first: the interpreter with its steps made at once, machine code, and
/// the interpreter that makes its steps late.
pub fn sides(plan: &Plan, side: &Side) -> Vec<Side> {
    let late = interpreted(plan, false).expect("whether there are steps is no rule");
    engines().map(|engine| side.on(engine)).chain([late]).collect()
}

/// Sees nothing, but a run that it observes goes through instructions one by one.
struct Nothing;

impl Observer for Nothing {}

/// Runs to the next exit, one instruction after another.
pub fn one_by_one(instance: &mut Instance) -> Exit {
    instance.run_observed(&mut Nothing)
}

/// An instance of the plan's program that is about to run.
pub fn started(plan: &Plan, program: &Arc<VerifiedProgram>, gas: Gas, engine: Engine) -> Instance {
    let mut instance = Instance::new(program.clone(), &Config { gas, engine });
    assert_eq!(instance.engine(), engine);
    let args = instance.map_input(plan.input.clone()).expect("it is small");
    instance.start(Entry::Call, args).expect("there is an entry");
    instance
}

/// Serves the syscall number `count` of a run, from 1. Helpers write to the guest's memory now and then, wherever
/// r1 points.
pub fn serve(plan: &Plan, instance: &mut Instance, count: usize, number: u32, args: [u64; 5]) -> u64 {
    assert!(HELPERS.contains(&number));
    let _ = instance.write(GuestAddr(args[0] as u32), &[number as u8]);
    plan.results.get(count).copied().unwrap_or(args[1])
}

/// What every engine has to do.
pub fn expected(plan: &Plan, side: &Side, gas: Gas) -> Seen {
    run_by(one_by_one, plan, side.program(), gas, Engine::Interpreter, |_| ())
}

/// Runs to the end. `at_syscall` may put another instance in the place of the one that is suspended.
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
        // Else machine code that could not be made would be seen by nobody.
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

/// What can be seen of an instance that has ended.
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

/// All engines do the same with the plan's gas. Returns what they do.
///
/// # Panics
/// When they do not, with the first block after which they differ.
pub fn same(plan: &Plan, side: &Side) -> Seen {
    let expected = expected(plan, side, Gas(plan.gas));
    for other in sides(plan, side) {
        if run(plan, other.program(), Gas(plan.gas), other.engine(), |_| ()) != expected {
            explain(plan, side, &other);
        }
    }
    expected
}

/// Names the first block after which `other` does not do what the interpreter does. If that is the interpreter, by its
/// steps, the two are the same for a crosscheck, which says so.
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

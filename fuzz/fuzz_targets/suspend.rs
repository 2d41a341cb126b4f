//! Suspension: a run ends like one that was never disturbed, whatever is done at its syscalls: continuing,
//! continuing with a copy, running another instance to its own syscall meanwhile, dropping the suspended
//! instance and starting again, or letting the interpreter take over.

#![no_main]

use bpf_vm::{Engine, Exit, Gas, Instance, VerifiedProgram};
use inkbpf_fuzz::differ::{expected, one_by_one, run, serve, side, sides, started};
use inkbpf_fuzz::structured::Structured;
use inkbpf_fuzz::Plan;
use libfuzzer_sys::arbitrary::{Arbitrary, Unstructured};
use libfuzzer_sys::fuzz_target;
use std::sync::Arc;

/// Runs from the start to syscall number `count`, counted from 1, and suspends there.
fn replay(plan: &Plan, program: &Arc<VerifiedProgram>, engine: Engine, count: usize) -> Instance {
    let mut instance = started(plan, program, Gas(plan.gas), engine);
    for met in 1.. {
        let Exit::Syscall { number, args } = instance.run() else { unreachable!("it got here before") };
        if met == count {
            break;
        }
        let result = serve(plan, &mut instance, met, number, args);
        instance.resume(result);
    }
    instance
}

fuzz_target!(|data: &[u8]| {
    let mut u = Unstructured::new(data);
    let Ok(choices) = <[u8; 16]>::arbitrary(&mut u) else { return };
    let Ok(Structured(plan)) = Structured::arbitrary(&mut u) else { return };
    let Some(side) = side(&plan) else { return };
    let expected = expected(&plan, &side, Gas(plan.gas));
    let sides = sides(&plan, &side);
    for side in &sides {
        let (program, engine) = (side.program(), side.engine());
        let mut nested: Vec<Instance> = Vec::new();
        let mut count = 0;
        // The engine for the rest of the run.
        let mut now = engine;
        let seen = run(&plan, program, Gas(plan.gas), engine, |instance| {
            count += 1;
            let choice = choices[count % choices.len()];
            match choice % 8 {
                0 => {}
                1 => *instance = instance.clone(),
                2 => {
                    // The original continues elsewhere, then the copy replaces it.
                    let copy = instance.clone();
                    instance.resume(choice.into());
                    let _ = instance.run();
                    *instance = copy;
                }
                3 if count < 20 => (*instance, now) = (replay(&plan, program, engine, count), engine),
                4 => {
                    // Another instance, on any engine, which stays suspended wherever it stops.
                    let other = &sides[usize::from(choice) / 8 % sides.len()];
                    let mut inner = started(&plan, other.program(), Gas(plan.gas), other.engine());
                    let _ = inner.run();
                    nested.push(inner);
                }
                // The interpreter takes over the instance, or a copy of it.
                5 | 6 => {
                    let exit = instance.run();
                    if choice % 8 == 6 {
                        *instance = instance.clone();
                    }
                    assert_eq!(one_by_one(instance), exit);
                    now = Engine::Interpreter;
                }
                _ => {
                    if let Some(mut inner) = nested.pop() {
                        inner.resume(u64::from(choice));
                        let _ = inner.run();
                    }
                }
            }
            assert_eq!(instance.engine(), now);
        });
        assert_eq!(seen, expected, "{}", engine.name());
    }
});

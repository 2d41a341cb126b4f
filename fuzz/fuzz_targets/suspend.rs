//! Suspension: whatever is done at syscalls (going on, going on with a copy, running another instance to its own
//! syscall meanwhile, dropping the suspended one and beginning again), a run ends as one that was never disturbed.

#![no_main]

use bpf_vm::{Engine, Exit, Gas, Instance, VerifiedProgram};
use inkbpf_fuzz::differ::{engines, run, serve, side, started};
use inkbpf_fuzz::structured::Structured;
use inkbpf_fuzz::Plan;
use libfuzzer_sys::arbitrary::{Arbitrary, Unstructured};
use libfuzzer_sys::fuzz_target;
use std::sync::Arc;

/// Runs from the beginning to the syscall number `count`, from 1, and suspends there.
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
    let program = side.program();
    let expected = run(&plan, program, Gas(plan.gas), Engine::Interpreter, |_| ());
    let engines: Vec<Engine> = engines().collect();
    for &engine in &engines {
        let mut nested: Vec<Instance> = Vec::new();
        let mut count = 0;
        let seen = run(&plan, program, Gas(plan.gas), engine, |instance| {
            count += 1;
            let choice = choices[count % choices.len()];
            match choice % 6 {
                0 => {}
                1 => *instance = instance.clone(),
                2 => {
                    // The original goes on to somewhere else, then the copy takes its place.
                    let copy = instance.clone();
                    instance.resume(choice.into());
                    let _ = instance.run();
                    *instance = copy;
                }
                3 if count < 20 => *instance = replay(&plan, program, engine, count),
                4 => {
                    // Another one, on any engine, which stays suspended wherever it stops.
                    let other = engines[usize::from(choice) / 6 % engines.len()];
                    let mut inner = started(&plan, program, Gas(plan.gas), other);
                    let _ = inner.run();
                    nested.push(inner);
                }
                _ => {
                    if let Some(mut inner) = nested.pop() {
                        inner.resume(u64::from(choice));
                        let _ = inner.run();
                    }
                }
            }
            assert_eq!(instance.engine(), engine);
        });
        assert_eq!(seen, expected, "{}", engine.name());
    }
});

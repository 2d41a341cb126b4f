//! The engines: nothing panics, a program accesses only its own memory, and a run gives the same result on
//! each of them.
//!
//! Guest memory shows whether a program accesses only its own memory: read-only data is unchanged, another
//! instance of the same program is not affected by the run, and the embedder cannot read or write anything
//! that is not mapped.

#![no_main]

use bpf_vm::{Engine, Exit, Gas, GuestAddr, Instance, TrapKind, VerifiedProgram};
use contract_abi::memory::{mapped, DATA_BASE, STACK_BASE};
use inkbpf_fuzz::differ::{one_by_one, seen, serve, side, sides, started, Seen, CALLS};
use inkbpf_fuzz::Plan;
use libfuzzer_sys::fuzz_target;
use std::sync::Arc;

/// Runs to the next exit.
type Go = fn(&mut Instance) -> Exit;

fn run(plan: &Plan, program: &Arc<VerifiedProgram>, gas: u64, cloning: bool, engine: Engine, go: Go) -> Seen {
    let mut instance = started(plan, program, Gas(gas), engine);
    let mut calls = Vec::new();
    let exit = loop {
        match go(&mut instance) {
            Exit::Syscall { number, args } if calls.len() < CALLS => {
                calls.push((number, args, instance.gas()));
                if cloning {
                    // A suspended instance is plain data, so a copy can continue like the original.
                    let copy = instance.clone();
                    instance.resume(1);
                    let _ = go(&mut instance);
                    instance = copy;
                }
                let result = serve(plan, &mut instance, calls.len(), number, args);
                instance.resume(result);
            }
            exit => break exit,
        }
    };
    keeps_to_itself(plan, &mut instance, gas, exit);
    seen(plan, &instance, exit, calls)
}

fn keeps_to_itself(plan: &Plan, instance: &mut Instance, gas: u64, exit: Exit) {
    assert_eq!(instance.input().len(), plan.input.len());
    for (base, len) in [(DATA_BASE, plan.data_size()), (STACK_BASE, plan.stack_size)] {
        assert!(instance.read_vec(GuestAddr(base), mapped(len) + 1).is_err());
        assert!(instance.write(GuestAddr(base - 1), &[0, 0]).is_err());
    }
    assert!(instance.gas() <= Gas(gas), "gas has grown");
    if let Exit::Trapped(trap) = exit {
        // An access that is reported as a fault must also be one for the embedder.
        if trap.kind == TrapKind::ReadFault {
            assert!(instance.read_vec(trap.addr, u32::MAX).is_err());
        }
        assert_eq!(instance.run(), exit, "a trap is final");
    }
}

fuzz_target!(|plan: Plan| {
    let Some(side) = side(&plan) else { return };
    // One instruction at a time: the reference for all engines.
    let expected = |gas| run(&plan, side.program(), gas, false, Engine::Interpreter, one_by_one);
    let seen = expected(plan.gas);
    let used = plan.gas - seen.gas.0;
    let short = [used / 2, used.saturating_sub(1)].map(|gas| (gas, expected(gas)));
    for other in sides(&plan, &side) {
        let run = |gas, cloning| run(&plan, other.program(), gas, cloning, other.engine(), Instance::run);
        assert_eq!(run(plan.gas, false), seen);
        assert_eq!(run(plan.gas, true), seen);
        // With exactly the gas that it used, a run ends in the same way. With less, it ends in the same way
        // on all engines.
        if seen.exit != Exit::OutOfGas {
            let exact = run(used, false);
            assert_eq!((exact.exit, exact.gas, exact.registers), (seen.exit, Gas(0), seen.registers));
            assert_eq!(exact.memory, seen.memory);
            for (gas, short) in &short {
                assert_eq!(run(*gas, false), *short);
            }
        }
    }
});

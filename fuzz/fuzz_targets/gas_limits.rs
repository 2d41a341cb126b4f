//! Gas: with every limit from 0 to the cost of a small program, and with a sample of limits for a more
//! expensive one, all engines stop in the same place with the same state. What they did before that is what
//! they do with more gas.

#![no_main]

use bpf_vm::{Exit, Gas};
use inkbpf_fuzz::differ::{expected, explain, run, side, sides};
use inkbpf_fuzz::structured::{Straight, Structured};
use inkbpf_fuzz::Plan;
use libfuzzer_sys::arbitrary::{Arbitrary, Unstructured};
use libfuzzer_sys::fuzz_target;

/// Maximum number of limits tried for one program.
const LIMITS: u64 = 400;

fn plan(data: &[u8]) -> Option<Plan> {
    let (kind, data) = data.split_first()?;
    let u = &mut Unstructured::new(data);
    match kind % 3 {
        0 => Plan::arbitrary(u).ok(),
        1 => Straight::arbitrary(u).ok().map(|Straight(plan)| plan),
        _ => Structured::arbitrary(u).ok().map(|Structured(plan)| plan),
    }
}

fuzz_target!(|data: &[u8]| {
    let Some(mut plan) = plan(data) else { return };
    plan.gas = plan.gas.min(5000);
    let Some(side) = side(&plan) else { return };
    let free = expected(&plan, &side, Gas(plan.gas));
    let others = sides(&plan, &side);
    let used = plan.gas - free.gas.0;
    // The whole stack is compared for each run.
    let limits = LIMITS / (1 + u64::from(plan.stack_size) / 0x1_0000).pow(2);
    let step = (used / limits.max(1)).max(1);
    for limit in (0..used).step_by(step as usize).chain([used]) {
        let expected = expected(&plan, &side, Gas(limit));
        // Syscalls come in the same order. The gas at each is lower by the same amount as at the start.
        assert!(expected.calls.len() <= free.calls.len());
        for (short, free) in expected.calls.iter().zip(&free.calls) {
            assert_eq!((short.0, short.1), (free.0, free.1));
            assert_eq!(limit - short.2 .0, plan.gas - free.2 .0);
        }
        match limit == used && free.exit != Exit::OutOfGas {
            true => assert_eq!(
                (expected.exit, expected.gas, expected.registers),
                (free.exit, Gas(0), free.registers)
            ),
            false if limit < used => assert_eq!(expected.exit, Exit::OutOfGas),
            false => {}
        }
        for other in &others {
            if run(&plan, other.program(), Gas(limit), other.engine(), |_| ()) != expected {
                plan.gas = limit;
                explain(&plan, &side, other);
            }
        }
    }
});

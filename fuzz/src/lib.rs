//! Makes programs for the fuzz targets from the fuzzer's bytes, and runs them.
//!
//! Random bytes are hardly ever a program, so they test the decoder and little else. [`Plan`] makes programs
//! that usually pass the verifier: every operand has the right form, jumps stay within the program, registers
//! often hold addresses. Enough is left to chance that every rule is sometimes broken. [`structured`] makes
//! programs that always pass and contain more; [`differ`] runs any of them on all engines.
//!
//! The tests of `bpf-vm` include these modules one by one, so the modules refer to each other by `super`.

pub mod differ;
mod plan;
pub mod structured;

pub use plan::{Plan, HELPERS};

// `RUSTFLAGS= cargo test --lib`: without coverage instrumentation, because only the targets have its run-time
// part.
#[cfg(test)]
mod tests {
    use super::structured::{Straight, Structured};
    use super::*;
    use arbitrary::{Arbitrary, Unstructured};
    use bpf_vm::{verify, Engine, Exit, Gas, Program, Rules, SyscallTable};
    use std::collections::BTreeMap;
    use std::sync::Arc;

    // A generator tests nothing if all its programs are refused, or all stop at their first instruction.
    fn outcomes<T: for<'a> Arbitrary<'a>>(rounds: u32, plan: impl Fn(T) -> Plan) -> BTreeMap<String, u32> {
        let mut state = 1u64;
        let mut outcomes: BTreeMap<String, u32> = BTreeMap::new();
        for _ in 0..rounds {
            let bytes: Vec<u8> = (0..1500)
                .map(|_| {
                    state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                    (state >> 56) as u8
                })
                .collect();
            let plan = plan(T::arbitrary(&mut Unstructured::new(&bytes)).unwrap());
            let file = plan.image().to_bytes().unwrap();
            let rules = Rules::contract(SyscallTable::from_iter(HELPERS));
            let outcome = match verify(Program::from_image(&file).unwrap(), &rules) {
                Err(error) => format!("{error:?}").split([' ', '(']).next().unwrap().to_owned(),
                Ok(program) => {
                    let seen =
                        differ::run(&plan, &Arc::new(program), Gas(plan.gas), Engine::Interpreter, |_| ());
                    match seen.exit {
                        Exit::Trapped(trap) => format!("runs: {:?}", trap.kind),
                        Exit::Finished { .. } => "runs: Finished".to_owned(),
                        Exit::Syscall { .. } => "runs: Syscall".to_owned(),
                        Exit::OutOfGas => "runs: OutOfGas".to_owned(),
                    }
                }
            };
            *outcomes.entry(outcome).or_default() += 1;
        }
        println!("{outcomes:#?}");
        outcomes
    }

    fn that_run(outcomes: &BTreeMap<String, u32>) -> u32 {
        outcomes.iter().filter(|(name, _)| name.starts_with("runs")).map(|(_, n)| n).sum()
    }

    #[test]
    fn plans_reach_what_they_are_for() {
        let outcomes = outcomes(20_000, |plan: Plan| plan);
        let run = that_run(&outcomes);
        assert!(run > 20_000 / 3, "{run} programs run");
        assert!(outcomes.len() > 12, "{outcomes:?}");
    }

    #[test]
    fn straight_and_structured_programs_run() {
        let straight = outcomes(3000, |plan: Straight| plan.0);
        assert_eq!(that_run(&straight), 3000, "{straight:?}");
        assert!(straight["runs: Finished"] > 300, "{straight:?}");
        let structured = outcomes(3000, |plan: Structured| plan.0);
        assert_eq!(that_run(&structured), 3000, "{structured:?}");
        assert!(structured["runs: Finished"] > 300, "{structured:?}");
        assert!(structured.len() > 7, "{structured:?}");
    }
}

//! How fast the interpreter is: runs the programs of `benches/programs` and prints time, gas, and the
//! nanoseconds for each instruction executed.
//!
//! `cargo run --release -p bpf-vm --example speed [REPETITIONS]`

use bpf_isa::text::{parse, Syntax};
use bpf_vm::{verify, Config, Entry, Exit, Gas, Instance, Observer, Program, Rules, Slot};
use bpf_vm::{SyscallTable, TextOptions};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// File, its text, the length of the input in bytes, what it is filled with, and r2.
const PROGRAMS: [(&str, &str, usize, u8, u64); 3] = [
    ("sieve", include_str!("../benches/programs/sieve.bpf"), 2_000_000, 0, 2_000_000),
    ("fib", include_str!("../benches/programs/fib.bpf"), 0, 0, 30),
    ("mix", include_str!("../benches/programs/mix.bpf"), 4_000_000, 0x5a, 4_000_000),
];

#[derive(Default)]
struct Count(u64);

impl Observer for Count {
    fn instruction(&mut self, _: Slot, _: &[u64]) {
        self.0 += 1;
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let repetitions: u32 = std::env::args().nth(1).map_or(Ok(5), |arg| arg.parse())?;
    for (name, source, input, fill, argument) in PROGRAMS {
        let mut text = Vec::new();
        for insn in parse(source, Syntax::Llvm).map_err(|error| format!("{name}: {error}"))?.insns {
            text.extend_from_slice(insn.encode()?.as_bytes());
        }
        let program = Program::from_text(&text, &TextOptions::default())?;
        let program = Arc::new(verify(program, &Rules::general(SyscallTable::none()))?);
        let instance = || -> Result<Instance, bpf_vm::StartError> {
            let mut instance = Instance::new(program.clone(), &Config::default());
            let mut args = instance.map_input(vec![fill; input])?;
            args[1] = argument;
            instance.start(Entry::Function(0), args)?;
            Ok(instance)
        };
        let mut count = Count::default();
        let expected = instance()?.run_observed(&mut count);
        let mut best = Duration::MAX;
        let mut gas = Gas(0);
        for _ in 0..repetitions {
            let mut instance = instance()?;
            let start = Instant::now();
            let exit = instance.run();
            best = best.min(start.elapsed());
            assert_eq!(exit, expected);
            gas = Gas(Gas::MAX.0 - instance.gas().0);
        }
        let Exit::Finished { r0, .. } = expected else {
            return Err(format!("{name}: {expected:?}").into());
        };
        let nanoseconds = best.as_nanos() as f64;
        println!(
            "{name:8} r0 {r0:20}  {:8.2} ms  {:11} instructions  {:.2} ns each  {:.3} ns a gas",
            nanoseconds / 1e6,
            count.0,
            nanoseconds / count.0 as f64,
            nanoseconds / gas.0 as f64,
        );
    }
    Ok(())
}

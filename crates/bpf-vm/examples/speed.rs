//! How fast the engines are: runs the programs of `benches/programs` on each of them, in turns, and prints
//! time, the nanoseconds for each instruction and each gas, and how much faster than the interpreter that is;
//! then what compiling a long program, making an instance and an empty call cost.
//!
//! `cargo run --release -p bpf-vm --example speed [REPETITIONS]`

use bpf_isa::text::{assemble_bytes, parse, Syntax};
use bpf_vm::{verify, Config, Engine, Entry, Exit, Gas, Instance, Observer, Program, Rules, Slot};
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
        let instance = |engine| -> Result<Instance, bpf_vm::StartError> {
            let mut instance = Instance::new(program.clone(), &Config { engine, ..Config::default() });
            let mut args = instance.map_input(vec![fill; input])?;
            args[1] = argument;
            instance.start(Entry::Function(0), args)?;
            Ok(instance)
        };
        let mut count = Count::default();
        let expected = instance(Engine::Interpreter)?.run_observed(&mut count);
        let Exit::Finished { r0, .. } = expected else {
            return Err(format!("{name}: {expected:?}").into());
        };
        println!("{name}: r0 {r0}, {} instructions", count.0);
        let engines: Vec<Engine> = Engine::ALL.iter().copied().filter(|e| e.is_available()).collect();
        let mut best = vec![Duration::MAX; engines.len()];
        let mut gas = Gas(0);
        // In turns, so that whatever else the machine does meets all of them.
        for _ in 0..repetitions {
            for (engine, best) in engines.iter().zip(&mut best) {
                let mut instance = instance(*engine)?;
                let start = Instant::now();
                let exit = instance.run();
                *best = (*best).min(start.elapsed());
                assert_eq!((exit, instance.engine()), (expected, *engine));
                gas = Gas(Gas::MAX.0 - instance.gas().0);
            }
        }
        let interpreter = best[0].as_nanos() as f64;
        for (engine, best) in engines.iter().zip(&best) {
            let nanoseconds = best.as_nanos() as f64;
            println!(
                "    {:12} {:8.2} ms  {:.2} ns an instruction  {:.3} ns a gas  {:.1} times the interpreter",
                engine.name(),
                nanoseconds / 1e6,
                nanoseconds / count.0 as f64,
                nanoseconds / gas.0 as f64,
                interpreter / nanoseconds,
            );
        }
    }
    compile(repetitions)?;
    start(repetitions)
}

/// The loop of `mix`, over and over: a program of many instructions, for the time it takes to verify and compile.
fn compile(repetitions: u32) -> Result<(), Box<dyn std::error::Error>> {
    const TIMES: usize = 5000;
    let body: Vec<&str> =
        PROGRAMS[2].1.lines().filter(|line| line.contains('=') && !line.contains("goto")).collect();
    let text = assemble_bytes(&format!("{}\nexit", body.join("\n")), Syntax::Llvm)?;
    let (body, exit) = text.split_at(text.len() - Slot::BYTES);
    let text = [body.repeat(TIMES).as_slice(), exit].concat();
    let slots = (text.len() / Slot::BYTES) as f64;
    let engines = || Engine::ALL.iter().filter(|e| e.is_available() && **e != Engine::Interpreter);
    for &engine in engines() {
        let (mut verifying, mut compiling, mut bytes) = (Duration::MAX, Duration::MAX, 0);
        for _ in 0..repetitions {
            let program = Program::from_text(&text, &TextOptions::default())?;
            let start = Instant::now();
            let program = verify(program, &Rules::general(SyscallTable::none()))?;
            verifying = verifying.min(start.elapsed());
            let start = Instant::now();
            bytes = program.machine_code(engine).ok_or("no machine code")?.len();
            compiling = compiling.min(start.elapsed());
        }
        println!(
            "{} slots: {:.1} ns a slot to verify, {:.1} to compile for {}, {:.2} native bytes for each of the text",
            slots,
            verifying.as_nanos() as f64 / slots,
            compiling.as_nanos() as f64 / slots,
            engine.name(),
            bytes as f64 / text.len() as f64,
        );
    }
    Ok(())
}

/// A program that does nothing: what an instance costs, and a call.
fn start(repetitions: u32) -> Result<(), Box<dyn std::error::Error>> {
    const TIMES: u32 = 10_000;
    let text = assemble_bytes("r0 = 0\nexit", Syntax::Llvm)?;
    let program = Program::from_text(&text, &TextOptions::default())?;
    let program = Arc::new(verify(program, &Rules::general(SyscallTable::none()))?);
    for &engine in Engine::ALL.iter().filter(|engine| engine.is_available()) {
        let config = Config { engine, ..Config::default() };
        let (mut making, mut calling) = (Duration::MAX, Duration::MAX);
        for _ in 0..repetitions {
            let start = Instant::now();
            for _ in 0..TIMES {
                assert_eq!(Instance::new(program.clone(), &config).engine(), engine);
            }
            making = making.min(start.elapsed() / TIMES);
            let mut instance = Instance::new(program.clone(), &config);
            let start = Instant::now();
            for _ in 0..TIMES {
                instance.start(Entry::Call, [0; 5])?;
                assert_eq!(instance.run(), Exit::Finished { r0: 0, r2: 0 });
            }
            calling = calling.min(start.elapsed() / TIMES);
        }
        println!(
            "{:12} {} ns to make and drop an instance, {} ns an empty call",
            engine.name(),
            making.as_nanos(),
            calling.as_nanos()
        );
    }
    Ok(())
}

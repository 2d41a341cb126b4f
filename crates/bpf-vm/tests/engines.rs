//! Every engine does what the interpreter does one instruction after another: one body for all of them, over every
//! program there is.
//!
//! *Every program*: those of `tests/run`, `tests/verify/accept` and `tests/conformance`, the public conformance
//! suite where it is at hand, those of `benches/programs`, and random ones of the fuzz targets' three generators.
//! *What it does*: see [`agrees`].

#[path = "../../../fuzz/src/differ.rs"]
#[allow(dead_code, reason = "the fuzz targets use the rest")]
mod differ;
#[path = "../../../fuzz/src/plan.rs"]
#[allow(dead_code, reason = "the fuzz targets use the rest")]
mod plan;
#[path = "../../../fuzz/src/structured.rs"]
mod structured;
#[path = "../examples/support/mod.rs"]
mod suite;
#[allow(dead_code, reason = "each test file uses a part of it")]
mod support;

use arbitrary::{Arbitrary, Unstructured};
use bpf_vm::crosscheck::{compare, crosscheck, Serve, Setting, Side};
use bpf_vm::{
    verify, Config, Engine, Exit, Gas, GuestAddr, Instance, Program, Rules, Slot, SyscallTable, TextOptions,
    VerifyError,
};
use contract_abi::memory::{DATA_BASE, INPUT_BASE, MAX_REGION, STACK_BASE};
use plan::Plan;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use structured::{Straight, Structured};
use support::{cases, engines, random_bytes};

/// Bytes that are read at once; regions are mapped by as many.
const PAGE: u32 = 4096;

/// What may be spent in a run: enough for every file that ends.
const GAS: Gas = Gas(1 << 20);

/// What runs a program, the interpreter first, with its steps made at once; and last, the interpreter that makes them
/// when a run turns out long.
fn sides(program: Program, rules: &Rules) -> Result<Vec<Side>, VerifyError> {
    let late = Rules { steps: false, ..rules.clone() };
    let late = Side::new(program.clone(), &late, Engine::Interpreter)?;
    let side = Side::new(program, rules, Engine::Interpreter)?;
    Ok(engines().map(|engine| side.on(engine)).chain([late]).collect())
}

/// One program on all of them:
///
/// * the same state at every block, or at so many of a long run;
/// * the same end for every limit of gas from 0 to its cost if it is small, else for a sample of them;
/// * the same end if every syscall suspends it for good, and a copy goes on.
///
/// All are compared with the interpreter and its steps, which is compared in turn, for the same limits, with the
/// interpreter that goes through instructions one by one: that is right by definition.
///
/// Returns how it ends.
fn agrees<S: Serve>(name: &str, sides: &[Side], setting: &Setting, serve: impl Fn() -> S) -> Exit {
    let side = &sides[0];
    let mut end = None;
    for (number, other) in sides.iter().enumerate() {
        let agreement = match crosscheck(side, other, setting, &serve) {
            Ok(agreement) => agreement,
            Err(error) => panic!("{name}: {error}"),
        };
        let step = (agreement.spent.0 / 100).max(1);
        let step = if agreement.spent.0 <= 400 { 1 } else { step };
        for limit in (0..=agreement.spent.0).step_by(step as usize).chain([setting.gas.0]) {
            if number == 0 {
                let by_steps = End::of(side, setting, Gas(limit), serve(), Instance::run);
                let one_by_one = End::of(side, setting, Gas(limit), serve(), differ::one_by_one);
                assert_eq!(by_steps, one_by_one, "{name} by steps with {limit}");
                continue;
            }
            let what = compare(side, other, setting, Gas(limit), &serve);
            assert_eq!(what, Ok(None), "{name} on {} with {limit}", other.engine().name());
        }
        if !agreement.met.is_empty() {
            let copying = || Copying(serve());
            match crosscheck(side, other, &Setting { stops: 1, ..setting.clone() }, copying) {
                Ok(copied) => {
                    assert_eq!((copied.exit, copied.met), (agreement.exit, agreement.met), "{name}")
                }
                Err(error) => panic!("{name}, copied at syscalls: {error}"),
            }
        }
        assert!(end.is_none_or(|end| end == agreement.exit), "{name}");
        end = Some(agreement.exit);
    }
    end.expect("there is one engine at least")
}

/// What a run leaves behind.
#[derive(Debug, PartialEq)]
struct End {
    exit: Exit,
    gas: Gas,
    registers: [u64; 11],
    /// The pc, and the calls that led there.
    backtrace: Vec<Slot>,
    /// Of input, data and stack, what is not 0, by its address.
    memory: Vec<(u32, u8)>,
    /// Number, arguments, pc and gas of each syscall.
    met: Vec<(u32, [u64; 5], Slot, Gas)>,
}

impl End {
    fn of(
        side: &Side,
        setting: &Setting,
        limit: Gas,
        mut serve: impl Serve,
        go: fn(&mut Instance) -> Exit,
    ) -> Self {
        let config = Config { gas: limit, engine: side.engine() };
        let mut instance = Instance::new(side.program().clone(), &config);
        let args = instance.map_input(setting.input.clone()).unwrap();
        instance.start(setting.entry, setting.args.unwrap_or(args)).unwrap();
        let mut met = Vec::new();
        let exit = loop {
            let exit = go(&mut instance);
            let Exit::Syscall { number, args } = exit else { break exit };
            met.push((number, args, instance.pc(), instance.gas()));
            match serve.serve(&mut instance, number, args) {
                Some(r0) => instance.resume(r0),
                None => break exit,
            }
        };
        let (gas, registers, backtrace) = (instance.gas(), instance.registers(), instance.backtrace());
        // As much of each region as there is.
        let pages = [INPUT_BASE, DATA_BASE, STACK_BASE].into_iter().flat_map(|base| {
            let page = move |number: u32| base + number * PAGE;
            (0..MAX_REGION / PAGE)
                .map(page)
                .map_while(|addr| Some((addr, instance.read_vec(GuestAddr(addr), PAGE).ok()?)))
        });
        let bytes = pages.flat_map(|(addr, bytes)| (addr..).zip(bytes));
        let memory = bytes.filter(|&(_, byte)| byte != 0).collect();
        Self { exit, gas, registers, backtrace, memory, met }
    }
}

/// Serves as the other does, on a copy of the instance that replaces the original.
struct Copying<S>(S);

impl<S: Serve> Serve for Copying<S> {
    fn serve(&mut self, instance: &mut Instance, number: u32, args: [u64; 5]) -> Option<u64> {
        let engine = instance.engine();
        *instance = instance.clone();
        assert_eq!(instance.engine(), engine);
        self.0.serve(instance, number, args)
    }
}

/// As `support::run_to_end` serves.
fn sum() -> impl Serve {
    |_: &mut Instance, number: u32, args: [u64; 5]| Some(u64::from(number).wrapping_add(args[0]))
}

#[test]
fn on_the_programs_of_the_tests() {
    for case in cases("run").iter().chain(&cases("verify/accept")) {
        let sides = sides(case.program(), &case.rules()).unwrap();
        let (input, args) = case.input();
        let gas = case.gas().min(GAS);
        let setting = Setting { args, input, gas, stops: 300, ..Setting::default() };
        agrees(&case.name(), &sides, &setting, sum);
    }
}

fn data_files(dir: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(dir) else { return Vec::new() };
    let paths = entries.map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> =
        paths.filter(|path| path.extension().is_some_and(|e| e == "data")).collect();
    files.sort();
    files
}

#[test]
fn on_the_conformance_files() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let own = data_files(&here.join("tests/conformance"));
    assert!(own.len() > 50, "{} files", own.len());
    let public = std::env::var_os("BPF_CONFORMANCE").map(PathBuf::from);
    let public = data_files(&public.unwrap_or(here.join("../../../shared/conformance")).join("tests"));
    if public.is_empty() {
        eprintln!("SKIPPED: the public conformance suite is not at hand");
    }
    let mut programs = 0;
    for path in own.iter().chain(&public) {
        let Ok(case) = suite::case::Case::read(path) else { continue };
        // What must be refused does not run.
        let Ok(sides) = suite::engine::with_rules(&case.program, sides) else { continue };
        let gas = Gas(case.gas_limit.unwrap_or(GAS.0));
        let setting = Setting { input: case.mem, gas, stops: 100, ..Setting::default() };
        agrees(&case.name, &sides, &setting, || suite::helpers::serve);
        programs += 1;
    }
    assert!(programs > 50 + public.len() * 3 / 4, "only {programs} programs");
}

#[test]
fn on_the_programs_of_the_benches() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/programs");
    let mut programs = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let source = std::fs::read_to_string(&path).unwrap();
        let text = bpf_isa::text::assemble_bytes(&source, bpf_isa::text::Syntax::Llvm).unwrap();
        let program = Program::from_text(&text, &TextOptions::default()).unwrap();
        let sides = sides(program, &Rules::general(SyscallTable::none())).unwrap();
        let (input, gas) = (vec![0x5a; 8192], GAS);
        let args = Some([INPUT_BASE.into(), 12, 0, 0, 0]);
        let setting = Setting { args, input, gas, stops: 30, ..Setting::default() };
        agrees(&path.display().to_string(), &sides, &setting, sum);
        programs += 1;
    }
    assert!(programs > 2, "only {programs} programs");
}

/// Random programs of one kind. Returns how many ran.
fn random<T: for<'a> Arbitrary<'a>>(seeds: std::ops::Range<u64>, plan: impl Fn(T) -> Plan) -> u32 {
    let mut ran = 0;
    for seed in seeds {
        let bytes = random_bytes(seed, 200 + seed as usize % 1000);
        let Ok(made) = T::arbitrary(&mut Unstructured::new(&bytes)) else { continue };
        let plan = plan(made);
        let Some(side) = differ::side(&plan) else { continue };
        let setting =
            Setting { input: plan.input.clone(), gas: Gas(plan.gas), stops: 20, ..Setting::default() };
        let serve = || {
            let (mut count, plan) = (0, &plan);
            move |instance: &mut Instance, number, args| {
                count += 1;
                (count <= differ::CALLS).then(|| differ::serve(plan, instance, count, number, args))
            }
        };
        agrees(&format!("seed {seed}"), &differ::sides(&plan, &side), &setting, serve);
        ran += 1;
    }
    ran
}

#[test]
fn on_random_programs() {
    assert!(random(0..600, |plan: Plan| plan) > 120);
}

#[test]
fn on_straight_runs() {
    assert!(random(1000..1300, |program: Straight| program.0) > 250);
}

#[test]
fn on_structured_programs() {
    assert!(random(2000..2300, |program: Structured| program.0) > 250);
}

/// `line` so many times, and an exit.
fn repeated(line: &str, times: usize) -> bpf_vm::VerifiedProgram {
    let text = bpf_isa::text::assemble_bytes(&line.repeat(times), bpf_isa::text::Syntax::Llvm).unwrap();
    let exit = bpf_isa::Insn::new(bpf_isa::Op::Exit).encode().unwrap();
    let text = [text.as_slice(), exit.as_bytes()].concat();
    let rules = Rules { limits: bpf_vm::Limits::MAX, ..Rules::contract(SyscallTable::from_iter(0..8)) };
    verify(Program::from_text(&text, &TextOptions::default()).unwrap(), &rules).unwrap()
}

/// Programs of nothing but what is longest or shortest take time in proportion to their length to become machine
/// code. (Their native size is tested beside the JIT.)
#[test]
fn compile_time_is_linear() {
    const TIMES: u32 = 16;
    let worst = [
        "if r1 s> 0x7fffffff goto +0\n",
        "if r1 == 0 goto +1\nr1 = *(u64 *)(r9 + 0x1234)\n",
        "goto +0\n",
        "r1 = atomic_fetch_add((u64 *)(r9 + 0x1234), r1)\n",
        "r4 s/= r1\n",
        "call 1\n",
        "call 0x1001\n",
        "r1 = *(u8 *)(r9 + 0)\nr1 <<= 8\nr2 |= r1\n",
    ];
    for engine in engines().skip(1) {
        for line in worst {
            let time = |times| {
                let program = repeated(line, times);
                let start = Instant::now();
                assert!(program.machine_code(engine).is_some());
                start.elapsed()
            };
            // The best of some, since other programs run too. What is not linear would take 256 times as long.
            let (mut short, mut long) = (Duration::MAX, Duration::MAX);
            let linear = (0..20).any(|_| {
                (short, long) = (short.min(time(400)), long.min(time(400 * TIMES as usize)));
                long <= short * (3 * TIMES) + Duration::from_millis(1)
            });
            assert!(
                linear,
                "{line:?} on {}: {short:?}, and {long:?} for {TIMES} times as much",
                engine.name()
            );
        }
    }
}

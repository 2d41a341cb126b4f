//! What instances cost and what they leave behind: many at a time, dropped in any state, without memory to have.

// Exhausting the address space of a process is a system call, and some of this is about machine code.
#![cfg(all(feature = "jit", target_arch = "x86_64", target_os = "linux"))]

use bpf_isa::text::{assemble_bytes, Syntax};
use bpf_vm::crosscheck::{compare, crosscheck, CrosscheckError, Setting, Side};
use bpf_vm::{
    verify, Config, Engine, Entry, Exit, Gas, GuestAddr, Instance, Observer, Program, Rules, SyscallTable,
    TextOptions, VerifiedProgram,
};
use contract_abi::image::{Function, Image};
use contract_abi::memory::{DATA_BASE, RODATA_BASE, STACK_BASE};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::sync::Arc;

/// Counts what a thread allocates.
struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

// SAFETY: what it is asked for it asks the system's allocator for.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        // SAFETY: as this function's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: as this function's.
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn engines() -> impl Iterator<Item = Engine> {
    Engine::ALL.iter().copied().filter(|engine| engine.is_available())
}

/// A program with `rodata`, a page of data that begins with 1, and `stack` bytes of stack.
fn program(source: &str, rodata: &[u8], data_size: u32, stack_size: u32) -> Arc<VerifiedProgram> {
    let text = assemble_bytes(source, Syntax::Llvm).unwrap();
    let slots = (text.len() / 8) as u32;
    let image = Image {
        text: &text,
        rodata,
        data: &[1],
        bss_size: data_size - 1,
        stack_size,
        heap_size: 0,
        deploy: 0,
        call: 0,
        functions: vec![Function { first: 0, slots, frame_size: 64, address_taken: false }],
        jump_tables: vec![],
    };
    let program = Program::from_image(&image.to_bytes().unwrap()).unwrap();
    Arc::new(verify(program, &Rules::contract(SyscallTable::from_iter([1]))).unwrap())
}

/// Adds r1 to the first byte of the data and to a word at the end of the stack, asks, and returns both's sum.
const SUM: &str = "
    r6 = 0x20000000
    r2 = *(u8 *)(r6 + 0)
    r2 += r1
    *(u8 *)(r6 + 0) = r2
    *(u64 *)(r10 - 8) = r1
    call 1
    r0 = *(u8 *)(r6 + 0)
    r1 = *(u64 *)(r10 - 8)
    r0 += r1
    exit";

fn suspended(program: &Arc<VerifiedProgram>, engine: Engine, number: u64) -> Instance {
    let mut instance = Instance::new(program.clone(), &Config { gas: Gas::MAX, engine });
    assert_eq!(instance.engine(), engine);
    instance.start(Entry::Call, [number, 0, 0, 0, 0]).unwrap();
    assert!(matches!(instance.run(), Exit::Syscall { number: 1, .. }));
    instance
}

fn finish(mut instance: Instance, number: u64) {
    instance.resume(0);
    assert_eq!(instance.run(), Exit::Finished { r0: 1 + 2 * number, r2: 1 + number });
}

/// More at a time than reservations are kept, and ended from the inside to the outside, as nested calls are, or
/// in any order, or dropped while they wait. Whoever comes next begins as the image says.
#[test]
fn nested_deeply_and_dropped_at_any_time() {
    let program = program(SUM, &[5; 100], 4096, 4096);
    for engine in engines() {
        for round in 0..3 {
            let mut nested: Vec<Instance> =
                (0..100).map(|number| suspended(&program, engine, number)).collect();
            while let Some(instance) = nested.pop() {
                let number = nested.len() as u64;
                match (round, number % 3) {
                    (1, 0) => drop(instance),
                    (2, 0) => {
                        std::thread::spawn(move || finish(instance, number)).join().unwrap();
                    }
                    (2, 1) => finish(instance.clone(), number),
                    _ => finish(instance, number),
                }
            }
        }
    }
}

/// A copy has what the original has where that is nothing, too.
#[test]
fn a_copy_of_zeros_is_zeros() {
    let program = program(SUM, &[], 20_000, 4096);
    for engine in engines() {
        let mut instance = suspended(&program, engine, 0);
        instance.write(GuestAddr(DATA_BASE), &[0; 4096]).unwrap();
        instance.write(GuestAddr(DATA_BASE + 16_000), &[7]).unwrap();
        let mut expected = vec![0; 20_000];
        expected[16_000] = 7;
        let mut copy = instance.clone();
        assert_eq!(copy.engine(), engine);
        assert_eq!(copy.read_vec(GuestAddr(DATA_BASE), 20_000).unwrap(), expected);
        // The interpreter takes over.
        copy.resume(0);
        copy.run_observed(&mut Nothing);
        assert_eq!(copy.engine(), Engine::Interpreter);
        assert_eq!(copy.read_vec(GuestAddr(DATA_BASE), 20_000).unwrap(), expected);
    }
}

/// Where a copy is taken inside of calls, and the interpreter takes over from it, callers have the r6 to r9 that they
/// left, whichever function saves them. So does a copy of a copy.
#[test]
fn a_copy_inside_of_calls_has_what_callers_left() {
    // All four registers of a caller, in r0.
    const SUM: &str = "r0 = r6\nr0 *= 100\nr0 += r7\nr0 *= 100\nr0 += r8\nr0 *= 100\nr0 += r9\nexit\n";
    let cases = [
        // Functions that save different ones, and one that saves none.
        ("r6 = 42\nr7 = 43\ncall f", "f: r6 = 1\ncall 1\nexit", 42_430_000),
        ("r6 = 42\nr7 = 43\ncall f", "f: call 1\nexit", 42_430_000),
        (
            "r6 = 1\nr7 = 2\nr8 = 3\nr9 = 4\ncall f",
            "f: r6 = 50\nr8 = 51\ncall g\nr6 += r8\nexit
             g: r7 = 60\nr9 = 61\ncall 1\nr7 += r9\nexit",
            1_020_304,
        ),
        (
            "r6 = 1\nr7 = 2\nr8 = 3\nr9 = 4\ncall f",
            "f: call g\nexit
             g: r6 = 70\nr7 = 71\nr8 = 72\nr9 = 73\ncall h\nr9 += r6\nexit
             h: r9 = 80\ncall 1\nexit",
            1_020_304,
        ),
        // What the callee of the copy's caller computes is in the sum: 3 + 2 + 1.
        (
            "r1 = 3\ncall f\nr6 = r0",
            "f: r6 = r1\nif r1 == 0 goto leaf\nr1 -= 1\ncall f\nr0 += r6\nexit
             leaf: call 1\nr0 = 0\nexit",
            6_000_000,
        ),
    ];
    let finish = |mut instance: Instance, at: &str, expected: u64| {
        instance.resume(0);
        let exit = instance.run();
        assert!(matches!(exit, Exit::Finished { r0, .. } if r0 == expected), "{at}: {exit:?}");
    };
    let over = |mut instance: Instance| {
        assert!(matches!(instance.run_observed(&mut Nothing), Exit::Syscall { number: 1, .. }));
        assert_eq!(instance.engine(), Engine::Interpreter);
        instance
    };
    for (entry, functions, expected) in cases {
        let text = assemble_bytes(&format!("{entry}\n{SUM}{functions}\n"), Syntax::Llvm).unwrap();
        let program = Program::from_text(&text, &TextOptions::default()).unwrap();
        let program = Arc::new(verify(program, &Rules::contract(SyscallTable::from_iter([1]))).unwrap());
        for engine in engines() {
            let at = format!("{}, {functions}", engine.name());
            let original = suspended(&program, engine, 0);
            let copy = original.clone();
            let again = copy.clone();
            for instance in [&copy, &again] {
                assert_eq!(instance.engine(), engine);
                assert_eq!(instance.backtrace(), original.backtrace(), "{at}");
                assert_eq!(instance.registers(), original.registers(), "{at}");
            }
            finish(over(copy.clone()), &at, expected);
            finish(over(again.clone()).clone(), &at, expected);
            finish(over(original.clone()), &at, expected);
            [original, copy, again].into_iter().for_each(|instance| finish(instance, &at, expected));
        }
    }
}

/// An observer that sees nothing, but makes the interpreter run.
struct Nothing;

impl Observer for Nothing {}

/// Memory that is touched for the first time, at every distance and over every border of what was touched before,
/// by the program, by an intrinsic and by the embedder, and again by the next program.
#[test]
fn first_touches_are_never_seen() {
    const SIZE: u32 = 300_000;
    let source = "
        r6 = r1
        *(u64 *)(r6 + 0) = r2
        r3 = *(u64 *)(r6 - 8)
        r0 = *(u64 *)(r6 + 0)
        r0 += r3
        exit";
    let fill = "r3 = r2\nr2 = 3\ncall 0x1003\nr0 = *(u8 *)(r1 + 0)\nexit";
    let (touch, fill) = (program(source, &[], SIZE, SIZE), program(fill, &[], SIZE, SIZE));
    let offsets = [16, 4090, 4096, 8184, 8188, 8192, 16_380, 32_764, 65_532, 65_536, 131_068, 299_900];
    for engine in engines() {
        let new = |program: &Arc<VerifiedProgram>| {
            let instance = Instance::new(program.clone(), &Config { gas: Gas::MAX, engine });
            assert_eq!(instance.engine(), engine);
            instance
        };
        let call = |instance: &mut Instance, args: [u64; 2]| {
            instance.start(Entry::Call, [args[0], args[1], 0, 0, 0]).unwrap();
            instance.run()
        };
        for offset in offsets {
            let size = SIZE.next_multiple_of(4096);
            let end = STACK_BASE + size;
            for addr in [DATA_BASE + offset, end - 16 - offset] {
                let mut instance = new(&touch);
                let exit = call(&mut instance, [addr.into(), 77]);
                assert_eq!(exit, Exit::Finished { r0: 77, r2: 77 }, "{} at {addr:#x}", engine.name());
                // By the embedder, and across all borders.
                let mut instance = new(&touch);
                let mut bytes = [1; 24];
                instance.read(GuestAddr(addr - 8), &mut bytes).unwrap();
                assert_eq!(bytes, [0; 24]);
                instance.write(GuestAddr(addr - 8), &[9; 24]).unwrap();
                instance.read(GuestAddr(addr - 8), &mut bytes).unwrap();
                assert_eq!(bytes, [9; 24]);
                let whole = instance.read_vec(GuestAddr(STACK_BASE), size).unwrap();
                let nines = if addr >= STACK_BASE { 24 } else { 0 };
                assert_eq!(whole.iter().filter(|&&byte| byte == 9).count(), nines);
            }
            let mut instance = new(&fill);
            let exit = call(&mut instance, [DATA_BASE.into(), offset.into()]);
            assert_eq!(exit, Exit::Finished { r0: 3, r2: 3 }, "{}", engine.name());
            let filled = instance.read_vec(GuestAddr(DATA_BASE), SIZE).unwrap();
            assert_eq!(filled.iter().filter(|&&byte| byte == 3).count(), offset as usize);
            let data = new(&touch).read_vec(GuestAddr(DATA_BASE), SIZE).unwrap();
            assert_eq!((data[0], data[1..].iter().any(|&byte| byte != 0)), (1, false));
        }
    }
}

/// A reservation goes from program to program with what differs between them: sizes and contents of regions.
#[test]
fn programs_of_all_sizes_take_turns() {
    let probe = "r0 = *(u8 *)(r1 + 0)\nexit";
    let shapes =
        [(0, 1, 64), (100, 4096, 4096), (5000, 70_000, 200_000), (300_000, 1, 65_536), (3, 300_000, 4096)];
    let programs: Vec<_> = shapes
        .iter()
        .enumerate()
        .map(|(number, &(rodata, data, stack))| {
            (number as u8 + 10, program(probe, &vec![number as u8 + 10; rodata], data, stack))
        })
        .collect();
    for engine in engines() {
        // In an order in which each follows each.
        for step in 1..shapes.len() {
            for turn in 0..shapes.len() {
                let (fill, program) = &programs[turn * step % shapes.len()];
                let (rodata, data, stack) = shapes[turn * step % shapes.len()];
                let mut instance = Instance::new(program.clone(), &Config { gas: Gas::MAX, engine });
                assert_eq!(instance.engine(), engine);
                let mut at = |addr: u32| {
                    instance.start(Entry::Call, [addr.into(), 0, 0, 0, 0]).unwrap();
                    match instance.run() {
                        Exit::Finished { r0, .. } => Some(r0 as u8),
                        Exit::Trapped(trap) => {
                            assert_eq!(trap.addr, GuestAddr(addr));
                            None
                        }
                        exit => panic!("{exit:?}"),
                    }
                };
                for (base, size, first) in
                    [(RODATA_BASE, rodata as u32, *fill), (DATA_BASE, data, 1), (STACK_BASE, stack, 0)]
                {
                    let end = base + size.next_multiple_of(4096);
                    assert_eq!(at(base - 1), None);
                    assert_eq!(at(end), None);
                    if size > 0 {
                        assert_eq!(at(base), Some(first), "{} at {base:#x}", engine.name());
                        let last = if base == RODATA_BASE && end == base + size { first } else { 0 };
                        assert_eq!(at(end - 1), Some(last), "{} at {end:#x}", engine.name());
                    }
                }
                // All of it is dirty when the next one comes.
                for (base, size) in [(DATA_BASE, data), (STACK_BASE, stack)] {
                    instance
                        .write(GuestAddr(base), &vec![0xee; size.next_multiple_of(4096) as usize])
                        .unwrap();
                }
                assert!(instance.write(GuestAddr(RODATA_BASE), &[0]).is_err());
            }
        }
    }
}

/// Once a program has run, another call of it takes nothing from the allocator, nor does an instance of machine
/// code.
#[test]
fn a_warm_call_allocates_nothing() {
    // Other tests would let the pool of reservations grow meanwhile.
    if !is_alone("a_warm_call_allocates_nothing") {
        return;
    }
    let program = program(SUM, &[5; 100], 4096, 4096);
    let allocations = |action: &mut dyn FnMut()| {
        let before = ALLOCATIONS.get();
        action();
        ALLOCATIONS.get() - before
    };
    for engine in engines() {
        let mut instance = suspended(&program, engine, 7);
        let mut call = || {
            instance.resume(0);
            instance.run();
            instance.start(Entry::Call, [1, 0, 0, 0, 0]).unwrap();
            instance.run();
        };
        call();
        assert_eq!(allocations(&mut call), 0, "{}", engine.name());
        drop(instance);
        if engine != Engine::Interpreter {
            let mut whole = || finish(suspended(&program, engine, 9), 9);
            whole();
            assert_eq!(allocations(&mut whole), 0, "{}", engine.name());
        }
    }
}

/// Contracts nested as deeply as the pallet allows take the memory that those before them left.
#[test]
fn warm_nested_calls_map_no_memory() {
    const FRAMES: u64 = 24;
    if !is_alone("warm_nested_calls_map_no_memory") {
        return;
    }
    // Address space in use, in KiB.
    let mapped = || {
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmSize:")).unwrap();
        line.trim().strip_suffix(" kB").unwrap().parse::<u64>().unwrap()
    };
    let program = program(SUM, &[5; 100], 4096, 4096);
    let nested =
        |engine| -> Vec<Instance> { (0..FRAMES).map(|number| suspended(&program, engine, number)).collect() };
    let cold = mapped();
    for engine in engines().filter(|engine| ["jit", "jit-base"].contains(&engine.name())) {
        // Of the second mode, they have the reservations of the first one.
        drop(nested(engine));
        let warm = mapped();
        assert!((4 * FRAMES..4 * FRAMES + 5).contains(&((warm - cold) >> 20)), "{cold} KiB, then {warm}");
        let instances = nested(engine);
        assert_eq!(mapped(), warm, "{}", engine.name());
        drop(instances);
        assert_eq!(mapped(), warm, "{}", engine.name());
    }
}

/// Runs a test again in a process of its own, which keeps what it is limited to. Says how that ended, and what it
/// wrote; nothing in that process.
fn alone(name: &str, argument: &str) -> Option<(ExitStatus, String)> {
    const VARIABLE: &str = "INSTANCES_TEST";
    if std::env::var_os(VARIABLE).is_some() {
        return None;
    }
    let mut command = std::process::Command::new(std::env::current_exe().unwrap());
    let output = command.args(["--exact", name, "--nocapture"]).env(VARIABLE, argument).output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    Some((output.status, String::from_utf8_lossy(&text).into_owned()))
}

/// Whether this is the process of its own that a test wants. Otherwise the test passes in one, or this fails.
fn is_alone(name: &str) -> bool {
    let Some((status, text)) = alone(name, "") else { return true };
    assert!(status.success() && text.contains("1 passed"), "{status}\n{text}");
    false
}

/// Sets what the process may have. It may have more again later.
fn set_limit(resource: libc::__rlimit_resource_t, bytes: u64) {
    let limit = libc::rlimit { rlim_cur: bytes, rlim_max: libc::RLIM_INFINITY };
    // SAFETY: a valid limit.
    assert_eq!(unsafe { libc::setrlimit(resource, &limit) }, 0);
}

/// A program that met a moment without memory is compiled when there is some again.
#[test]
fn a_moment_without_memory_passes() {
    if !is_alone("a_moment_without_memory_passes") {
        return;
    }
    let jits: Vec<Engine> = engines().filter(|&engine| engine != Engine::Interpreter).collect();
    // A reservation, so that it is the code for which there is no memory.
    let reservation = suspended(&program(SUM, &[5; 100], 4096, 4096), jits[0], 3);
    let fresh: Vec<_> = jits.iter().map(|&engine| (engine, program(SUM, &[5; 100], 4096, 4096))).collect();
    drop(reservation);
    // Taken, so that no mapping is left for the code of others.
    let _taken: Vec<Instance> =
        fresh.iter().map(|_| suspended(&program(SUM, &[5; 100], 4096, 4096), jits[0], 3)).collect();
    set_limit(libc::RLIMIT_AS, 1);
    let seen: Vec<Engine> = fresh
        .iter()
        .map(|(engine, program)| {
            Instance::new(program.clone(), &Config { gas: Gas::MAX, engine: *engine }).engine()
        })
        .collect();
    set_limit(libc::RLIMIT_AS, libc::RLIM_INFINITY);
    assert_eq!(seen, vec![Engine::Interpreter; jits.len()]);
    fresh.iter().for_each(|(engine, program)| finish(suspended(program, *engine, 4), 4));
}

/// If the system refuses what a program touches for the first time, the process ends: no other host would have that
/// trap.
#[test]
fn a_refused_first_touch_is_no_trap() {
    const NAME: &str = "a_refused_first_touch_is_no_trap";
    let faulting = engines().filter(|engine| ["jit", "jit-base"].contains(&engine.name()));
    for engine in faulting {
        if let Some((status, text)) = alone(NAME, engine.name()) {
            assert_eq!(status.signal(), Some(libc::SIGABRT), "{}: {status}\n{text}", engine.name());
            assert!(text.contains("no memory for what a program touches"), "{text}");
        }
    }
    let Some(engine) = std::env::var("INSTANCES_TEST").ok().and_then(|name| Engine::from_name(&name)) else {
        return;
    };
    let program = program("*(u64 *)(r1 + 0) = r2\nexit", &[], 300_000, 4096);
    let mut instance = Instance::new(program, &Config { gas: Gas::MAX, engine });
    assert_eq!(instance.engine(), engine);
    let at = DATA_BASE + 200_000;
    instance.start(Entry::Call, [at.into(), 7, 0, 0, 0]).unwrap();
    // No page may become writable.
    set_limit(libc::RLIMIT_DATA, 1);
    let exit = instance.run();
    set_limit(libc::RLIMIT_DATA, libc::RLIM_INFINITY);
    panic!("{exit:?}");
}

/// Without addresses for a reservation the interpreter takes over, and the program does not notice.
#[test]
fn without_address_space_the_interpreter_takes_over() {
    if !is_alone("without_address_space_the_interpreter_takes_over") {
        return;
    }
    let program = program(SUM, &[5; 100], 4096, 4096);
    let jits: Vec<Engine> = engines().filter(|&engine| engine != Engine::Interpreter).collect();
    // Some get their memory before the limit comes; what they leave is used again.
    let before: Vec<Instance> = jits.iter().map(|&engine| suspended(&program, engine, 3)).collect();
    set_limit(libc::RLIMIT_AS, 5 << 30);
    for &engine in &jits {
        let mut instance = Instance::new(program.clone(), &Config { gas: Gas::MAX, engine });
        assert_eq!(instance.engine(), Engine::Interpreter);
        instance.start(Entry::Call, [3, 0, 0, 0, 0]).unwrap();
        assert!(matches!(instance.run(), Exit::Syscall { .. }));
        finish(instance, 3);
    }
    // A comparison of engines says so, instead of comparing the interpreter with itself.
    let exit =
        Program::from_text(&assemble_bytes("exit", Syntax::Llvm).unwrap(), &TextOptions::default()).unwrap();
    let side = Side::new(exit, &Rules::general(SyscallTable::none()), Engine::Interpreter).unwrap();
    let (setting, serve) = (Setting::default(), || |_: &mut Instance, _: u32, _: [u64; 5]| None);
    assert!(crosscheck(&side, &side, &setting, serve).is_ok());
    for &engine in &jits {
        let checked = crosscheck(&side, &side.on(engine), &setting, serve);
        assert!(matches!(checked, Err(CrosscheckError::NoEngine(name)) if name == engine), "{checked:?}");
        let compared = compare(&side.on(engine), &side, &setting, Gas(9), serve);
        assert_eq!(compared, Err(CrosscheckError::NoEngine(engine)));
    }
    for instance in before {
        assert_ne!(instance.engine(), Engine::Interpreter);
        let copy = instance.clone();
        finish(copy, 3);
        finish(instance, 3);
    }
    jits.iter().for_each(|&engine| finish(suspended(&program, engine, 4), 4));
}

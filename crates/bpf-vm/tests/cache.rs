//! The code cache: that it is shared, bounded, fair, and that nobody can tell a hit from a miss.

// Threads share it, so it needs `std`; a runtime in WebAssembly has no cache.
#![cfg(feature = "std")]

use bpf_isa::{Insn, Op, Reg};
use bpf_vm::cache::{Cache, Key, Status};
use bpf_vm::{
    verify, Config, CostTable, Engine, Exit, Gas, Instance, LoadError, Program, Rules, SyscallTable,
    TextOptions, VerifiedProgram,
};
use std::convert::Infallible;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;

/// A program that returns `number`, with `padding` instructions before its end.
fn program(number: i32, padding: usize) -> VerifiedProgram {
    let add = Insn::new(Op::Add64Imm).with_dst(Reg::R0);
    let insns = std::iter::once(Insn::new(Op::Mov64Imm).with_dst(Reg::R0).with_imm(number.into()))
        .chain(std::iter::repeat_n(add, padding))
        .chain([Insn::new(Op::Exit)]);
    let text: Vec<u8> = insns.flat_map(|insn| insn.encode().unwrap().as_bytes().to_vec()).collect();
    let program = Program::from_text(&text, &TextOptions::default()).unwrap();
    verify(program, &Rules::general(SyscallTable::none())).unwrap()
}

/// The key of the program with this number.
fn key(number: i32, engine: Engine) -> Key {
    let mut code = [0; 32];
    code[..4].copy_from_slice(&number.to_le_bytes());
    Key::new(code, [0; 32], &CostTable::V1, engine)
}

/// The best engine that there is here.
fn engine() -> Engine {
    *Engine::ALL.iter().rfind(|engine| engine.is_available()).unwrap()
}

/// Asks for the program of this number, which is made with `padding` if it is not there.
fn get(cache: &Cache, number: i32, padding: usize) -> (Arc<VerifiedProgram>, Status) {
    let made = cache.get_or_make(key(number, engine()), || Ok::<_, Infallible>(program(number, padding)));
    made.unwrap()
}

/// Bytes that a program with this padding takes in the cache.
fn bytes_of(padding: usize) -> usize {
    let cache = Cache::new(usize::MAX);
    get(&cache, 0, padding);
    cache.bytes()
}

fn run(program: Arc<VerifiedProgram>, engine: Engine) -> (Exit, Gas) {
    let mut instance = Instance::new(program, &Config { engine, gas: Gas(1_000_000) });
    (instance.run(), instance.gas())
}

#[test]
fn a_program_is_made_once_and_found_from_then_on() {
    let cache = Cache::new(usize::MAX);
    let (first, status) = get(&cache, 7, 10);
    assert_eq!((status, cache.len()), (Status::Compiled, 1));
    let (second, status) = get(&cache, 7, 10);
    assert_eq!((status, cache.len()), (Status::Cached, 1));
    assert!(Arc::ptr_eq(&first, &second));
}

// Neither can a guest: same result, same gas, on every engine.
#[test]
fn a_hit_runs_as_a_miss_does_and_as_a_program_that_was_never_in_a_cache() {
    let cache = Cache::new(usize::MAX);
    for &engine in Engine::ALL {
        let ask = || cache.get_or_make(key(7, engine), || Ok::<_, Infallible>(program(7, 100))).unwrap();
        let ((missed, first), (hit, second)) = (ask(), ask());
        assert_eq!((first, second), (Status::Compiled, Status::Cached));
        let alone = run(Arc::new(program(7, 100)), Engine::Interpreter);
        assert_eq!(alone.0, Exit::Finished { r0: 7, r2: 0 });
        assert_eq!([run(missed, engine), run(hit, engine)], [alone, alone]);
    }
}

// The version of the virtual machine and the processor, of which a process has one each, are tested beside the key.
#[test]
fn everything_that_a_program_depends_on_is_in_the_key() {
    let key = |code, rules, costs, engine| Key::new([code; 32], [rules; 32], costs, engine);
    let mut keys = Vec::new();
    for &engine in Engine::ALL {
        for costs in [&CostTable::V1, &CostTable::FREE] {
            keys.extend([(0, 0), (1, 0), (0, 1)].map(|(code, rules)| key(code, rules, costs, engine)));
        }
    }
    for (index, a) in keys.iter().enumerate() {
        assert_eq!(keys.iter().position(|b| a == b), Some(index));
    }
    let one = || key(3, 4, &CostTable::V1, Engine::Interpreter);
    assert_eq!(one(), one());
}

#[test]
fn a_program_that_is_refused_is_not_kept() {
    let cache = Cache::new(usize::MAX);
    for _ in 0..2 {
        let refused = cache.get_or_make(key(1, engine()), || Err(LoadError::BadTextLength { len: 0 }));
        assert_eq!(refused.unwrap_err(), LoadError::BadTextLength { len: 0 });
        assert_eq!((cache.len(), cache.bytes()), (0, 0));
    }
    assert_eq!(get(&cache, 1, 0).1, Status::Compiled);
}

// The one that makes a program may die of it. The others try for themselves.
#[test]
fn a_panic_leaves_nobody_waiting() {
    let cache = Cache::new(usize::MAX);
    let begun = Barrier::new(2);
    thread::scope(|scope| {
        scope.spawn(|| {
            let panicked = catch_unwind(AssertUnwindSafe(|| {
                cache.get_or_make::<Infallible>(key(1, engine()), || {
                    begun.wait();
                    panic!("while it is made")
                })
            }));
            assert!(panicked.is_err());
        });
        begun.wait();
        assert_eq!(get(&cache, 1, 0).1, Status::Compiled);
    });
    assert_eq!(cache.len(), 1);
}

#[test]
fn the_least_recently_used_goes_first() {
    let each = bytes_of(50);
    let cache = Cache::new(3 * each);
    for number in [1, 2, 3] {
        assert_eq!(get(&cache, number, 50).1, Status::Compiled);
    }
    assert_eq!(cache.bytes(), 3 * each);
    // 1 is used again, so 2 is now the oldest.
    assert_eq!(get(&cache, 1, 50).1, Status::Cached);
    assert_eq!(get(&cache, 4, 50).1, Status::Compiled);
    for (number, status) in [(1, Status::Cached), (3, Status::Cached), (4, Status::Cached)] {
        assert_eq!(get(&cache, number, 50).1, status, "{number}");
    }
    assert_eq!(get(&cache, 2, 50).1, Status::Compiled);
    assert_eq!((cache.len(), cache.bytes()), (3, 3 * each));
}

#[test]
fn a_large_program_takes_the_place_of_several_and_one_too_large_takes_none() {
    // Machine code takes whole pages.
    let small = bytes_of(8);
    let large = bytes_of(5_000);
    assert!(large > 2 * small);
    let cache = Cache::new(large + small);
    let mut number = 0;
    while cache.bytes() + small <= cache.capacity() {
        number += 1;
        get(&cache, number, 8);
    }
    let kept = cache.len();
    get(&cache, -1, 5_000);
    assert!(cache.bytes() <= cache.capacity() && cache.len() < kept);
    assert_eq!(get(&cache, -1, 5_000).1, Status::Cached);

    let (before, len) = (cache.bytes(), cache.len());
    let (program, status) = get(&cache, -2, 20_000);
    assert_eq!((status, cache.bytes(), cache.len()), (Status::Compiled, before, len));
    assert_eq!(run(program, engine()).0, Exit::Finished { r0: -2i64 as u64, r2: 0 });
}

#[test]
fn a_cache_without_room_still_serves() {
    let cache = Cache::new(0);
    for _ in 0..2 {
        assert_eq!(get(&cache, 1, 0).1, Status::Compiled);
        assert!(cache.is_empty());
    }
}

#[test]
fn what_was_evicted_runs_to_its_end() {
    let cache = Cache::new(bytes_of(50));
    let (program, _) = get(&cache, 1, 50);
    get(&cache, 2, 50);
    assert_eq!(get(&cache, 2, 50).1, Status::Cached);
    assert_eq!(run(program, engine()).0, Exit::Finished { r0: 1, r2: 0 });
}

#[test]
fn size_says_what_machine_code_takes() {
    let program = program(1, 1_000);
    let verified = program.size();
    // An instruction is 16 bytes, and its slot 4.
    assert!(verified > 20_000, "{verified}");
    program.compile(Engine::Interpreter);
    assert_eq!(program.size(), verified);
    program.compile(engine());
    let code = program.machine_code(engine()).map_or(0, |code| code.len());
    assert!(program.size() >= verified + code, "{} {verified} {code}", program.size());
}

#[test]
fn threads_that_want_the_same_program_make_it_once() {
    const THREADS: usize = 8;
    const PROGRAMS: usize = 20;
    let cache = Cache::new(usize::MAX);
    let made: Vec<AtomicUsize> = (0..PROGRAMS).map(|_| AtomicUsize::new(0)).collect();
    let compiled = AtomicUsize::new(0);
    let start = Barrier::new(THREADS);
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                start.wait();
                for (number, made) in made.iter().enumerate() {
                    let (program, status) = cache
                        .get_or_make(key(number as i32, engine()), || {
                            made.fetch_add(1, Ordering::Relaxed);
                            // Long enough for the others to come.
                            thread::yield_now();
                            Ok::<_, Infallible>(program(number as i32, 2_000))
                        })
                        .unwrap();
                    compiled.fetch_add(usize::from(status == Status::Compiled), Ordering::Relaxed);
                    assert_eq!(run(program, engine()).0, Exit::Finished { r0: number as u64, r2: 0 });
                }
            });
        }
    });
    assert!(made.iter().all(|count| count.load(Ordering::Relaxed) == 1));
    assert_eq!((compiled.load(Ordering::Relaxed), cache.len()), (PROGRAMS, PROGRAMS));
}

// Making one program does not keep another from being found or made.
#[test]
fn nobody_waits_for_a_program_of_somebody_else() {
    let cache = Cache::new(usize::MAX);
    get(&cache, 1, 0);
    let status = cache
        .get_or_make(key(2, engine()), || {
            assert_eq!(get(&cache, 1, 0).1, Status::Cached);
            assert_eq!(get(&cache, 3, 0).1, Status::Compiled);
            Ok::<_, Infallible>(program(2, 0))
        })
        .unwrap()
        .1;
    assert_eq!((status, cache.len()), (Status::Compiled, 3));
}

// Several threads send programs that are never used again, of all sizes, as fast as they can. The bound
// holds at every moment, and a program in use stays.
#[test]
fn a_flood_of_programs_stays_within_the_bound() {
    const THREADS: i32 = 4;
    const EACH: i32 = 400;
    let cache = Cache::new(40 * bytes_of(20));
    let hot = -1;
    get(&cache, hot, 20);
    let misses = AtomicUsize::new(0);
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let (cache, misses) = (&cache, &misses);
            scope.spawn(move || {
                for number in 0..EACH {
                    let padding = (number as usize * 37) % 400;
                    let (program, status) = get(cache, thread * EACH + number, padding);
                    assert_eq!(status, Status::Compiled);
                    assert!(cache.bytes() <= cache.capacity());
                    assert_eq!(
                        run(program, engine()).0,
                        Exit::Finished { r0: (thread * EACH + number) as u64, r2: 0 }
                    );
                    let missed = get(cache, hot, 20).1 == Status::Compiled;
                    misses.fetch_add(usize::from(missed), Ordering::Relaxed);
                }
            });
        }
    });
    assert!(cache.len() > 1 && cache.bytes() <= cache.capacity());
    // Each thread asks for it after each of its own: it can only be lost while a thread is kept from running
    // for as long as the others need to fill the cache.
    let misses = misses.load(Ordering::Relaxed);
    assert!(misses < (THREADS * EACH / 4) as usize, "the program in use was made {misses} times");
}

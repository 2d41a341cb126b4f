//! The handler of SIGSEGV and the handlers of others: what is a program's fault becomes its trap, everything else
//! goes where it went before, in the form that it was asked for.
//!
//! A process has one handler, so each test runs in a process of its own: [`alone`] starts this binary again for
//! it. With wasmtime in the same process: `tests/signals/` of the repository.

#![cfg(all(feature = "jit", target_arch = "x86_64", target_os = "linux"))]

use bpf_isa::text::{assemble_bytes, Syntax};
use bpf_vm::{
    verify, Config, Engine, Entry, Exit, Gas, Instance, JitMode, Program, Rules, SyscallTable, TextOptions,
    TrapKind, VerifiedProgram,
};
use libc::{c_int, c_void, siginfo_t};
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, ExitStatus};
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicPtr, AtomicU32, Ordering::SeqCst};
use std::sync::Arc;

/// Runs `test` in a process of its own and says how that ended, and what it wrote.
fn alone(name: &str, test: impl FnOnce()) -> Option<(ExitStatus, String)> {
    const VARIABLE: &str = "SIGNALS_TEST";
    if std::env::var_os(VARIABLE).is_some_and(|value| value == name) {
        test();
        return None;
    }
    let mut command = Command::new(std::env::current_exe().unwrap());
    let output = command.args(["--exact", name, "--nocapture"]).env(VARIABLE, name).output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    Some((output.status, String::from_utf8_lossy(&text).into_owned()))
}

/// A test that ends well, in a process of its own.
fn succeeds(name: &str, test: impl FnOnce()) {
    if let Some((status, text)) = alone(name, test) {
        assert!(status.success() && text.contains("1 passed"), "{name}: {status}\n{text}");
    }
}

/// A test that does `first` well and ends by SIGSEGV in `last`, in a process of its own.
fn dies(name: &str, first: impl FnOnce(), last: impl FnOnce()) {
    const SO_FAR: &str = "so far it is well";
    let test = || {
        first();
        println!("{SO_FAR}");
        last();
    };
    if let Some((status, text)) = alone(name, test) {
        assert!(text.contains(SO_FAR), "{name}: {status}\n{text}");
        assert_eq!(status.signal(), Some(libc::SIGSEGV), "{name}: {status}\n{text}");
    }
}

fn verified(source: &str) -> Arc<VerifiedProgram> {
    let text = assemble_bytes(source, Syntax::Llvm).unwrap();
    let program = Program::from_text(&text, &TextOptions::default()).unwrap();
    Arc::new(verify(program, &Rules::general(SyscallTable::none())).unwrap())
}

const MODES: [JitMode; 2] = [JitMode::Gs, JitMode::BaseRegister];

fn start(source: &str, mode: JitMode, args: [u64; 5]) -> Instance {
    let engine = Engine::Jit { mode };
    let mut instance = Instance::new(verified(source), &Config { engine, gas: Gas::MAX });
    assert_eq!(instance.engine(), engine.effective());
    assert!(instance.engine() != Engine::Jit { mode: JitMode::Checked });
    instance.start(Entry::Call, args).unwrap();
    instance
}

/// Programs fault, in both modes, and that is theirs alone.
fn programs_trap() {
    for (mode, addr) in MODES.into_iter().flat_map(|mode| [8, 0x3000_0000 - 4, u64::MAX].map(|at| (mode, at)))
    {
        let mut instance = start("r0 = *(u64 *)(r1 + 0)\nexit", mode, [addr, 0, 0, 0, 0]);
        let Exit::Trapped(trap) = instance.run() else { panic!("{:?}", instance.run()) };
        assert_eq!((trap.kind, trap.pc.0, trap.addr.0), (TrapKind::ReadFault, 0, addr as u32));
    }
}

/// The function that handles the signal.
fn handler() -> usize {
    let mut present = core::mem::MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: asks for the present handler alone, into a structure of that type.
    let asked = unsafe { libc::sigaction(libc::SIGSEGV, core::ptr::null(), present.as_mut_ptr()) };
    assert_eq!(asked, 0);
    // SAFETY: the call has written it.
    unsafe { present.assume_init() }.sa_sigaction
}

/// A process that only asks which engines are available keeps its handler, and so does one that runs programs without
/// ours.
#[test]
fn asking_installs_nothing() {
    succeeds("asking_installs_nothing", || {
        let before = handler();
        let engines = [Engine::best(), Engine::Jit { mode: JitMode::best() }];
        assert!(engines.iter().all(|engine| engine.is_available() && engine.effective() == *engine));
        for engine in [Engine::Interpreter, Engine::Jit { mode: JitMode::Checked }] {
            let mut instance = Instance::new(verified("r0 = 7\nexit"), &Config { engine, gas: Gas::MAX });
            assert_eq!((instance.run(), instance.engine()), (Exit::Finished { r0: 7, r2: 0 }, engine));
        }
        assert_eq!(handler(), before);
        programs_trap();
        assert_ne!(handler(), before);
    });
}

/// Here there is machine code: what a default takes is not the interpreter, which would pass for it in every test that
/// compares engines.
#[test]
fn the_best_engine_is_machine_code() {
    succeeds("the_best_engine_is_machine_code", || {
        let best = Engine::best();
        assert!(matches!(best, Engine::Jit { .. }), "{}", best.name());
        let program = verified("r0 = 7\nexit");
        assert!(program.machine_code(best).is_some_and(|code| !code.is_empty()));
        let mut instance = Instance::new(program, &Config { engine: best, gas: Gas::MAX });
        assert_eq!((instance.run(), instance.engine()), (Exit::Finished { r0: 7, r2: 0 }, best));
    });
}

// What a foreign handler saw. Only one test runs in a process.
static SEEN: AtomicU32 = AtomicU32::new(0);
static SIGUSR1_BLOCKED: AtomicBool = AtomicBool::new(false);
static SIGSEGV_BLOCKED: AtomicBool = AtomicBool::new(false);
static CODE: AtomicI32 = AtomicI32::new(0);

/// A page that a foreign handler makes accessible, so that the access that faulted succeeds.
static PAGE: AtomicPtr<u8> = AtomicPtr::new(core::ptr::null_mut());

/// An access that faults, unless the page was made accessible before.
fn touch() {
    // SAFETY: the page is mapped by `foreign`, and a handler makes it writable.
    unsafe { PAGE.load(SeqCst).write_volatile(1) };
}

/// The signal, from somebody who is no processor.
fn send() {
    // SAFETY: a valid signal.
    unsafe { libc::raise(libc::SIGSEGV) };
}

fn page_protection(protection: c_int) {
    // SAFETY: a page of our own, or none.
    unsafe { libc::mprotect(PAGE.load(SeqCst).cast(), 4096, protection) };
}

extern "C" fn by_number(signal: c_int) {
    assert_eq!(signal, libc::SIGSEGV);
    SEEN.fetch_add(1, SeqCst);
    page_protection(libc::PROT_READ | libc::PROT_WRITE);
    let mut mask = core::mem::MaybeUninit::<libc::sigset_t>::zeroed();
    // SAFETY: asks for this thread's mask.
    unsafe { libc::pthread_sigmask(libc::SIG_BLOCK, core::ptr::null(), mask.as_mut_ptr()) };
    // SAFETY: zeros are a set, whatever the call has done.
    let mask = unsafe { mask.assume_init() };
    // SAFETY: a valid set and signal.
    SIGUSR1_BLOCKED.store(unsafe { libc::sigismember(&mask, libc::SIGUSR1) } == 1, SeqCst);
    // SAFETY: the same.
    SIGSEGV_BLOCKED.store(unsafe { libc::sigismember(&mask, libc::SIGSEGV) } == 1, SeqCst);
}

extern "C" fn by_information(signal: c_int, info: *mut siginfo_t, context: *mut c_void) {
    assert!(!context.is_null());
    // SAFETY: asked for by `SA_SIGINFO`.
    let info = unsafe { &*info };
    // SAFETY: SIGSEGV has an address.
    assert_eq!(unsafe { info.si_addr() }, PAGE.load(SeqCst).cast());
    CODE.store(info.si_code, SeqCst);
    by_number(signal);
}

/// Installs a handler as somebody else would.
fn foreign(handler: usize, flags: c_int) {
    // SAFETY: a new mapping.
    let page = unsafe {
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
        libc::mmap(core::ptr::null_mut(), 4096, libc::PROT_NONE, flags, -1, 0)
    };
    PAGE.store(page.cast(), SeqCst);
    // SAFETY: zeros are a value.
    let mut action = unsafe { core::mem::zeroed::<libc::sigaction>() };
    (action.sa_sigaction, action.sa_flags) = (handler, flags);
    // SAFETY: a valid set and signal.
    unsafe { libc::sigaddset(&mut action.sa_mask, libc::SIGUSR1) };
    // SAFETY: the handlers above have the types that their users' flags say.
    assert_eq!(unsafe { libc::sigaction(libc::SIGSEGV, &action, core::ptr::null_mut()) }, 0);
}

fn seen() -> (u32, bool, bool) {
    (SEEN.load(SeqCst), SIGUSR1_BLOCKED.load(SeqCst), SIGSEGV_BLOCKED.load(SeqCst))
}

#[test]
fn a_handler_with_information_gets_what_is_not_ours() {
    succeeds("a_handler_with_information_gets_what_is_not_ours", || {
        foreign(by_information as *const () as usize, libc::SA_SIGINFO);
        programs_trap();
        assert_eq!(seen(), (0, false, false));
        touch();
        // As the kernel calls it: with its mask and its own signal blocked.
        assert_eq!(seen(), (1, true, true));
        assert_eq!(CODE.load(SeqCst), 2, "SEGV_ACCERR");
        programs_trap();
        page_protection(libc::PROT_NONE);
        touch();
        assert_eq!(seen(), (2, true, true));
    });
}

#[test]
fn a_handler_by_number_gets_what_is_not_ours() {
    succeeds("a_handler_by_number_gets_what_is_not_ours", || {
        foreign(by_number as *const () as usize, libc::SA_NODEFER | libc::SA_ONSTACK);
        programs_trap();
        touch();
        assert_eq!(seen(), (1, true, false));
        // Afterwards the mask is as it was.
        by_number(libc::SIGSEGV);
        assert_eq!(seen(), (2, false, false));
        programs_trap();
    });
}

#[test]
fn a_handler_for_once_is_called_once() {
    let first = || {
        foreign(by_number as *const () as usize, libc::SA_RESETHAND);
        programs_trap();
        touch();
        assert_eq!(seen().0, 1);
        programs_trap();
        page_protection(libc::PROT_NONE);
    };
    dies("a_handler_for_once_is_called_once", first, touch);
}

#[test]
fn without_a_handler_a_fault_ends_the_process() {
    let first = || {
        foreign(libc::SIG_DFL, 0);
        programs_trap();
    };
    dies("without_a_handler_a_fault_ends_the_process", first, touch);
}

#[test]
fn without_a_handler_the_signal_ends_the_process() {
    let first = || {
        foreign(libc::SIG_DFL, 0);
        programs_trap();
    };
    dies("without_a_handler_the_signal_ends_the_process", first, send);
}

// Rust's own handler, which looks for stack overflows.
#[test]
fn under_the_standard_librarys_handler_a_fault_ends_the_process() {
    let first = || {
        // A page to touch, and what handled the signal before.
        // SAFETY: zeros are a value.
        let mut standard = unsafe { core::mem::zeroed::<libc::sigaction>() };
        // SAFETY: asks for what is installed.
        assert_eq!(unsafe { libc::sigaction(libc::SIGSEGV, core::ptr::null(), &mut standard) }, 0);
        assert!(standard.sa_sigaction > 1, "the standard library has installed nothing");
        foreign(standard.sa_sigaction, standard.sa_flags);
        programs_trap();
    };
    dies("under_the_standard_librarys_handler_a_fault_ends_the_process", first, touch);
}

// An ignored signal that somebody sends is ignored; a fault cannot be.
#[test]
fn an_ignored_signal_is_ignored() {
    let first = || {
        foreign(libc::SIG_IGN, 0);
        programs_trap();
        send();
        programs_trap();
    };
    dies("an_ignored_signal_is_ignored", first, touch);
}

/// What was installed when [`on_top`] came.
static BELOW: AtomicPtr<libc::sigaction> = AtomicPtr::new(core::ptr::null_mut());

extern "C" fn on_top(signal: c_int, info: *mut siginfo_t, context: *mut c_void) {
    SEEN.fetch_add(1, SeqCst);
    // SAFETY: set before this was installed.
    let below = unsafe { &*BELOW.load(SeqCst) };
    assert_ne!(below.sa_flags & libc::SA_SIGINFO, 0);
    // SAFETY: as the flag says.
    let function = unsafe {
        core::mem::transmute::<usize, extern "C" fn(c_int, *mut siginfo_t, *mut c_void)>(below.sa_sigaction)
    };
    function(signal, info, context);
}

// Who comes after us and delegates, as wasmtime does, changes nothing.
#[test]
fn a_handler_on_top_may_delegate() {
    succeeds("a_handler_on_top_may_delegate", || {
        programs_trap();
        // SAFETY: zeros are a value.
        let below = Box::leak(Box::new(unsafe { core::mem::zeroed::<libc::sigaction>() }));
        // SAFETY: asks for what is installed.
        assert_eq!(unsafe { libc::sigaction(libc::SIGSEGV, core::ptr::null(), below) }, 0);
        BELOW.store(below, SeqCst);
        foreign(on_top as *const () as usize, libc::SA_SIGINFO | libc::SA_ONSTACK);
        programs_trap();
        // Three addresses in two modes.
        assert_eq!(SEEN.load(SeqCst), 6);
    });
}

/// Interruptions that are over.
static INTERRUPTED: AtomicU32 = AtomicU32::new(0);

extern "C" fn faulting(_: c_int) {
    page_protection(libc::PROT_NONE);
    touch();
    INTERRUPTED.fetch_add(1, SeqCst);
}

// A signal that comes in the middle of a program, and whose handler faults: the thread runs a program, but it is
// not the program's fault. Nor does the program notice.
#[test]
fn a_fault_in_a_handler_that_interrupts_a_program_is_not_the_programs() {
    succeeds("a_fault_in_a_handler_that_interrupts_a_program_is_not_the_programs", || {
        foreign(by_information as *const () as usize, libc::SA_SIGINFO);
        // SAFETY: `faulting` has the type of a handler by number.
        unsafe { libc::signal(libc::SIGUSR2, faulting as *const () as usize) };
        for mode in MODES {
            let source = "
                r0 = 0
            again:
                *(u64 *)(r1 + 0) = r0
                r0 = *(u64 *)(r1 + 0)
                r0 += 1
                if r0 != 100000000 goto again
                exit";
            let mut instance = start(source, mode, [0x3000_0000, 0, 0, 0, 0]);
            let over = AtomicBool::new(false);
            // SAFETY: asks who this is.
            let this = unsafe { libc::pthread_self() };
            std::thread::scope(|scope| {
                scope.spawn(|| {
                    while !over.load(SeqCst) {
                        let before = INTERRUPTED.load(SeqCst);
                        // SAFETY: the thread waits for this one.
                        unsafe { libc::pthread_kill(this, libc::SIGUSR2) };
                        while INTERRUPTED.load(SeqCst) == before {
                            std::thread::yield_now();
                        }
                        std::thread::sleep(std::time::Duration::from_micros(300));
                    }
                });
                assert_eq!(instance.run(), Exit::Finished { r0: 100_000_000, r2: 0 });
                over.store(true, SeqCst);
            });
            assert!(SEEN.swap(0, SeqCst) > 0, "no signal came");
        }
        programs_trap();
        assert_eq!(SEEN.load(SeqCst), 0);
    });
}

// The first touch of memory is handled by the handler, on an alternate stack that is too small for another signal whose
// handler faults. That one waits, and the program notices neither.
#[test]
fn a_signal_that_comes_in_the_handler_waits() {
    succeeds("a_signal_that_comes_in_the_handler_waits", || {
        foreign(by_information as *const () as usize, libc::SA_SIGINFO | libc::SA_ONSTACK);
        // SAFETY: `faulting` has the type of a handler by number.
        unsafe { libc::signal(libc::SIGUSR2, faulting as *const () as usize) };
        // A new program each time: the next instance of the same one finds open what this one has touched.
        let program = || {
            let source = "
            again:
                *(u64 *)(r1 + 0) = r2
                r1 -= 4096
                if r1 != r2 goto again
                r0 = 1
                exit";
            let text = assemble_bytes(source, Syntax::Llvm).unwrap();
            let options = TextOptions { stack_size: 0x8_0000, ..TextOptions::default() };
            let program = Program::from_text(&text, &options).unwrap();
            Arc::new(verify(program, &Rules::general(SyscallTable::none())).unwrap())
        };
        for mode in MODES {
            let over = AtomicBool::new(false);
            // SAFETY: asks who this is.
            let this = unsafe { libc::pthread_self() };
            std::thread::scope(|scope| {
                scope.spawn(|| {
                    while !over.load(SeqCst) {
                        let before = INTERRUPTED.load(SeqCst);
                        // SAFETY: the thread waits for this one.
                        unsafe { libc::pthread_kill(this, libc::SIGUSR2) };
                        while INTERRUPTED.load(SeqCst) == before && !over.load(SeqCst) {
                            std::thread::yield_now();
                        }
                        // Sent at once, it would come before the thread has executed anything.
                        std::thread::sleep(std::time::Duration::from_micros(10));
                    }
                });
                let mut runs = (0..300).map(|_| {
                    let engine = Engine::Jit { mode };
                    let mut instance = Instance::new(program(), &Config { engine, gas: Gas::MAX });
                    instance.start(Entry::Call, [0x3007_f000, 0x3000_0000, 0, 0, 0]).unwrap();
                    instance.run()
                });
                let odd = runs.find(|exit| !matches!(exit, Exit::Finished { r0: 1, .. }));
                over.store(true, SeqCst);
                assert_eq!(odd, None);
            });
            assert!(SEEN.swap(0, SeqCst) > 0, "no signal came");
        }
        programs_trap();
    });
}

// Threads that other languages make have no alternate stack.
#[test]
fn a_thread_needs_no_alternate_stack() {
    succeeds("a_thread_needs_no_alternate_stack", || {
        extern "C" fn body(_: *mut c_void) -> *mut c_void {
            programs_trap();
            core::ptr::null_mut()
        }
        let mut thread = 0;
        let (attributes, argument) = (core::ptr::null(), core::ptr::null_mut());
        // SAFETY: a function of the right type that needs nothing.
        assert_eq!(unsafe { libc::pthread_create(&mut thread, attributes, body, argument) }, 0);
        // SAFETY: the thread was just made.
        assert_eq!(unsafe { libc::pthread_join(thread, core::ptr::null_mut()) }, 0);
    });
}

//! Faults of the processor that are a program's own: SIGSEGV becomes a trap.
//!
//! Code of [`JitMode::Gs`](crate::JitMode::Gs) and [`JitMode::BaseRegister`](crate::JitMode::BaseRegister) does
//! not look at an address before it uses it. If the address is not good, the processor faults and the kernel
//! calls [`handler`], which finds the instruction by the native address, its effective address by the
//! registers, and lets the thread go on at the stub that the checked mode would have jumped to. So a trap is
//! the same in all modes. One rewrite leaves out a register that can be seen at the trap, the sum that a load goes by: it is
//! computed here ([`folded`]).
//!
//! A fault may also be the first touch of memory that is the program's: then [`memory::open`] opens it, and
//! the same instruction runs again. If the system refuses, that is no program's fault, and other hosts would not
//! have it: the process ends, as by any allocation that fails.
//!
//! # Whose fault it is
//!
//! A process has one handler of a signal, and others want it too: Rust's own looks for stack overflows,
//! wasmtime does what this one does. This one takes a fault as a program's only if the thread runs machine
//! code, the native address lies in the code of that very program and at an instruction that is an access to
//! memory, and the address that faulted is in the reservation of that very instance. Everything else goes to
//! the handler that was there before, as the kernel would have called it. Whoever comes after is expected to
//! do the same with ours; wasmtime does, so the order does not matter. The handler is never taken away: what
//! was installed on top of it could still call it.
//!
//! # What a handler may do
//!
//! It may come at any instruction of the thread, so it takes no lock, allocates nothing and cannot panic
//! (`signal-safety(7)`). What it reads of the run is in memory that does not change while machine code runs.
//! It runs on the thread's alternate stack if there is one, as threads of Rust's standard library have;
//! otherwise on the thread's own, where there is room: machine code takes a word a call of it, and a program
//! cannot exhaust it.
//!
//! An alternate stack is small (8 KiB, and with the registers of AVX-512 a signal takes nearly 4). So no other
//! signal interrupts this handler, but those that the processor raises: one whose handler then faults would need
//! room for three. A handler that was there before runs with what it would have had blocked, not with ours.
//!
//! # Why not SIGBUS
//!
//! Linux sends it for an access beyond the end of a file and for broken memory. Guest memory is no file, and
//! what broken memory does to a program must not become a result that other machines do not have.

#![allow(unsafe_code, reason = "every use says why it is sound")]

use super::code::Code;
use super::lower::mem::access;
use super::memory::{self, Opening};
use super::peephole::folded;
use super::regs::{host, HOSTS};
use super::stubs::Stub;
use crate::code::Insn;
use crate::memory::{Access, GuestAddr};
use core::cell::Cell;
use core::mem::MaybeUninit;
use core::ptr::{self, NonNull};
use core::sync::atomic::{compiler_fence, AtomicPtr, Ordering};
use libc::{c_int, c_void, sigaction, siginfo_t, ucontext_t};
use std::sync::OnceLock;

/// What a thread runs.
pub struct Run<'a> {
    pub code: &'a Code,
    /// What it is the code of.
    pub insns: &'a [Insn],
    /// The guest's address 0.
    pub base: NonNull<u8>,
}

thread_local! {
    // Without a destructor, so that reading it is one instruction and safe in a handler.
    static RUNNING: Cell<*const Run<'static>> = const { Cell::new(ptr::null()) };
}

/// What handled the signal before. Null for what the kernel does by itself.
static BEFORE: AtomicPtr<sigaction> = AtomicPtr::new(ptr::null_mut());

/// Runs machine code, by `enter`, whose faults are those of `run`. [`installed`] must have been true.
pub fn catching(run: &Run<'_>, enter: impl FnOnce()) {
    let before = RUNNING.replace(ptr::from_ref(run).cast());
    // The handler is no call that the compiler knows of, so nothing may be moved over these.
    compiler_fence(Ordering::SeqCst);
    enter();
    compiler_fence(Ordering::SeqCst);
    RUNNING.set(before);
}

/// Whether the handler can be had, without installing it: whether the system lets the process ask for the one that is
/// there, which it does by the same call.
pub fn available() -> bool {
    static AVAILABLE: OnceLock<bool> = OnceLock::new();
    *AVAILABLE.get_or_init(|| present().is_some())
}

/// The handler that is there. `None` if the system does not tell.
fn present() -> Option<sigaction> {
    let mut present = MaybeUninit::<sigaction>::zeroed();
    // SAFETY: asks for the present handler alone, into a structure of that type.
    let asked = unsafe { libc::sigaction(libc::SIGSEGV, ptr::null(), present.as_mut_ptr()) };
    // SAFETY: zeros are a value of it, whatever the call has written.
    (asked == 0).then(|| unsafe { present.assume_init() })
}

/// Whether the handler is there: the first call installs it.
pub fn installed() -> bool {
    static INSTALLED: OnceLock<bool> = OnceLock::new();
    *INSTALLED.get_or_init(install)
}

fn install() -> bool {
    // Ours may be called as soon as it is installed, on any thread, before that call has said what it replaced. It then
    // forwards to what is there now, which is the same but for the moment between the two calls.
    let Some(present) = present() else { return false };
    let known = for_ever(present);
    BEFORE.store(known, Ordering::Release);
    // SAFETY: a structure of numbers, for which 0 is a value.
    let mut ours = unsafe { MaybeUninit::<sigaction>::zeroed().assume_init() };
    let function: extern "C" fn(c_int, *mut siginfo_t, *mut c_void) = handler;
    ours.sa_sigaction = function as *const () as usize;
    // Not deferred, so that a fault in a handler that is called from here is not the silent end.
    ours.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK | libc::SA_NODEFER;
    ours.sa_mask = others();
    let mut replaced = MaybeUninit::<sigaction>::zeroed();
    // SAFETY: `handler` has the signature that `SA_SIGINFO` asks for and does what a handler may; what it replaces goes
    // into a structure of that type.
    if unsafe { libc::sigaction(libc::SIGSEGV, &ours, replaced.as_mut_ptr()) } != 0 {
        return false;
    }
    // SAFETY: zeros are a value of it, whatever the call has written.
    let replaced = unsafe { replaced.assume_init() };
    // In that moment another thread may have installed one, of which nobody else knows by now. What is the same is not
    // stored again: if it was for once (`SA_RESETHAND`), it may have been called, and `forward` have taken it away.
    if !is_same(&replaced, &present) {
        BEFORE.store(for_ever(replaced), Ordering::Release);
    }
    true
}

/// Where the handler finds it, which may be in the middle of reading what was there before: it is never given back.
fn for_ever(action: sigaction) -> *mut sigaction {
    Box::into_raw(Box::new(action))
}

/// Whether the kernel would do the same by both.
fn is_same(one: &sigaction, other: &sigaction) -> bool {
    let blocks = |action: &sigaction, signal| {
        // SAFETY: a valid set and a valid signal.
        unsafe { libc::sigismember(&action.sa_mask, signal) }
    };
    one.sa_sigaction == other.sa_sigaction
        && one.sa_flags == other.sa_flags
        && SIGNALS.clone().all(|signal| blocks(one, signal) == blocks(other, signal))
}

/// What [`handler`] may be interrupted by: what the processor raises at an instruction, which ends the process
/// without a word if it is blocked, and what cannot be blocked.
const UNDEFERRED: [c_int; 7] =
    [libc::SIGSEGV, libc::SIGBUS, libc::SIGILL, libc::SIGFPE, libc::SIGTRAP, libc::SIGKILL, libc::SIGSTOP];

/// Numbers of signals, the real-time ones with them: `signal(7)`.
const SIGNALS: core::ops::RangeInclusive<c_int> = 1..=64;

/// All signals but [`UNDEFERRED`].
fn others() -> libc::sigset_t {
    // SAFETY: a structure of numbers; all 0 it is the empty set.
    let mut set = unsafe { MaybeUninit::<libc::sigset_t>::zeroed().assume_init() };
    // SAFETY: a valid set.
    unsafe { libc::sigfillset(&mut set) };
    for signal in UNDEFERRED {
        // SAFETY: a valid set and a valid signal.
        unsafe { libc::sigdelset(&mut set, signal) };
    }
    set
}

extern "C" fn handler(signal: c_int, info: *mut siginfo_t, context: *mut c_void) {
    // SAFETY: with `SA_SIGINFO`, the kernel and handlers that delegate pass a valid `siginfo_t` …
    let info = unsafe { &mut *info };
    // SAFETY: … and the `ucontext_t` that the thread goes on with, which nothing else refers to meanwhile.
    let machine = unsafe { &mut *context.cast::<ucontext_t>() };
    if serve(info, machine).is_none() {
        let interrupted = machine.uc_sigmask;
        forward(signal, info, context, &interrupted);
    }
}

/// If the fault is that of a program, lets the thread go on at the stub for it; or where it was, if there is
/// memory that the program may use and has not used before.
fn serve(info: &siginfo_t, machine: &mut ucontext_t) -> Option<()> {
    /// No page, or one with another permission: `SEGV_MAPERR` and `SEGV_ACCERR` of `sigaction(2)`.
    const BY_AN_ACCESS: [c_int; 2] = [1, 2];
    /// Where a host register is in `gregs`, by its number in an instruction.
    const GREGS: [c_int; HOSTS] = [
        libc::REG_RAX,
        libc::REG_RCX,
        libc::REG_RDX,
        libc::REG_RBX,
        libc::REG_RSP,
        libc::REG_RBP,
        libc::REG_RSI,
        libc::REG_RDI,
        libc::REG_R8,
        libc::REG_R9,
        libc::REG_R10,
        libc::REG_R11,
        libc::REG_R12,
        libc::REG_R13,
        libc::REG_R14,
        libc::REG_R15,
    ];
    if !BY_AN_ACCESS.contains(&info.si_code) {
        return None;
    }
    let running = RUNNING.get();
    // SAFETY: if it is not null, `catching` has put a reference there that lasts until it resets it.
    let run = unsafe { running.as_ref() }?;
    // SAFETY: SIGSEGV has an address.
    let addr = unsafe { info.si_addr() } as usize;
    if addr.wrapping_sub(run.base.as_ptr() as usize) >= memory::RESERVED {
        return None;
    }
    let gregs = &mut machine.uc_mcontext.gregs;
    let offset = addr.wrapping_sub(run.base.as_ptr() as usize);
    if run.code.contains(gregs[libc::REG_RIP as usize] as usize) {
        if let Ok(addr) = u32::try_from(offset) {
            // SAFETY: machine code runs, so that nobody borrows anything of the arena.
            match unsafe { memory::open(run.base, addr) } {
                // The access happens again, and may now go on.
                Opening::Opened => return Some(()),
                Opening::NotClosed => {}
                Opening::Refused => out_of_memory(),
            }
        }
    }
    let index = run.code.index_at(gregs[libc::REG_RIP as usize] as usize)?;
    let of = |register| GREGS.get(usize::from(host(register))).map_or(0, |&number| number as usize);
    // A load by a sum is one instruction, but the sum can be seen where it faults.
    let index = match folded(run.insns.get(index..)?) {
        Some(folded) => {
            gregs[of(folded.to)] = folded.sum(|register| gregs[of(register)] as u64) as i64;
            index + 2
        }
        None => index,
    };
    let (kind, register, offset) = access(run.insns.get(index)?)?;
    let value = gregs[of(register)];
    let stub = match kind {
        Access::Read => Stub::ReadFault,
        Access::Write => Stub::WriteFault,
    };
    gregs[libc::REG_RAX as usize] = GuestAddr::effective(value as u64, offset).0.into();
    gregs[libc::REG_RDX as usize] = index as i64;
    gregs[libc::REG_RIP as usize] = run.code.stub(stub) as i64;
    Some(())
}

/// Ends the process, where [`std::alloc::handle_alloc_error`] may not be called: writing and aborting are
/// async-signal-safe (`signal-safety(7)`).
fn out_of_memory() -> ! {
    const MESSAGE: &[u8] = b"the system has no memory for what a program touches for the first time\n";
    // SAFETY: so many bytes are there. Nothing can be done if they cannot be written.
    unsafe { libc::write(libc::STDERR_FILENO, MESSAGE.as_ptr().cast(), MESSAGE.len()) };
    // SAFETY: may be called at any time.
    unsafe { libc::abort() }
}

/// Does what would have happened without our handler. The signal came where `interrupted` was blocked.
fn forward(signal: c_int, info: &mut siginfo_t, context: *mut c_void, interrupted: &libc::sigset_t) {
    // SAFETY: null, or what `for_ever` has returned.
    let Some(before) = (unsafe { BEFORE.load(Ordering::Acquire).as_ref() }) else {
        return die(signal, info);
    };
    match before.sa_sigaction {
        libc::SIG_DFL => return die(signal, info),
        // The kernel does not let a fault be ignored, only what a process sent.
        libc::SIG_IGN if info.si_code > 0 => return die(signal, info),
        libc::SIG_IGN => return,
        _ => {}
    }
    // As the kernel would have: with what was blocked and what the handler wants blocked, blocked. If a handler on
    // top of ours has called it, more may be.
    let mut mask = MaybeUninit::<libc::sigset_t>::zeroed();
    // SAFETY: asks for this thread's mask.
    unsafe { libc::pthread_sigmask(libc::SIG_BLOCK, ptr::null(), mask.as_mut_ptr()) };
    // SAFETY: zeros are a set, whatever the call has done.
    let mask = unsafe { mask.assume_init() };
    let has = |set: &libc::sigset_t, signal| {
        // SAFETY: a valid set. A signal that is not valid is in none.
        unsafe { libc::sigismember(set, signal) == 1 }
    };
    let (ours, mut blocked) = (others(), mask);
    let by_the_kernel = SIGNALS.clone().all(|signal| !has(&ours, signal) || has(&mask, signal));
    for signal in SIGNALS {
        if by_the_kernel && has(&ours, signal) && !has(interrupted, signal) {
            // SAFETY: a valid set and a valid signal.
            unsafe { libc::sigdelset(&mut blocked, signal) };
        }
        if has(&before.sa_mask, signal) {
            // SAFETY: a valid set and a valid signal.
            unsafe { libc::sigaddset(&mut blocked, signal) };
        }
    }
    if before.sa_flags & libc::SA_NODEFER == 0 {
        // SAFETY: a valid set and a valid signal.
        unsafe { libc::sigaddset(&mut blocked, signal) };
    }
    // SAFETY: a valid set.
    unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &blocked, ptr::null_mut()) };
    if before.sa_flags & libc::SA_RESETHAND != 0 {
        // Not if `install` has stored another meanwhile.
        let _ = BEFORE.compare_exchange(
            ptr::from_ref(before).cast_mut(),
            ptr::null_mut(),
            Ordering::AcqRel,
            Ordering::Acquire,
        );
    }
    if before.sa_flags & libc::SA_SIGINFO != 0 {
        // SAFETY: who installed it said that the function is of this type.
        let function = unsafe {
            core::mem::transmute::<usize, extern "C" fn(c_int, *mut siginfo_t, *mut c_void)>(
                before.sa_sigaction,
            )
        };
        function(signal, info, context);
    } else {
        // SAFETY: the same, of the other type.
        let function = unsafe { core::mem::transmute::<usize, extern "C" fn(c_int)>(before.sa_sigaction) };
        function(signal);
    }
    // SAFETY: two valid sets.
    unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &mask, ptr::null_mut()) };
}

/// Ends the process by the signal, as it would have ended without any handler.
fn die(signal: c_int, info: &siginfo_t) {
    // SAFETY: a structure of numbers; all 0 it means `SIG_DFL`.
    let default = unsafe { MaybeUninit::<sigaction>::zeroed().assume_init() };
    // SAFETY: a valid signal and a valid structure.
    unsafe { libc::sigaction(signal, &default, ptr::null_mut()) };
    if info.si_code <= 0 {
        // Somebody sent it, so that going on would not bring it back. A fault comes again by itself.
        // SAFETY: a valid signal.
        unsafe { libc::raise(signal) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::sync::atomic::{AtomicBool, AtomicUsize};
    use std::process::Command;

    /// Another thread installs handlers all the time: each is replaced by its next one, or by ours, which then has to
    /// know it.
    #[test]
    fn a_handler_that_comes_meanwhile_is_not_lost() {
        const NAME: &str = "jit::signals::tests::a_handler_that_comes_meanwhile_is_not_lost";
        const VARIABLE: &str = "SIGNALS_TEST_MEANWHILE";
        // In a process of its own, in which nothing faults.
        if std::env::var_os(VARIABLE).is_none() {
            let mut command = Command::new(std::env::current_exe().unwrap());
            let output = command.args(["--exact", NAME, "--nocapture"]).env(VARIABLE, "").output().unwrap();
            let text = [output.stdout, output.stderr].concat();
            let text = String::from_utf8_lossy(&text);
            assert!(output.status.success() && text.contains("1 passed"), "{}\n{text}", output.status);
            return;
        }
        let ours = handler as *const () as usize;
        let (over, times) = (AtomicBool::new(false), AtomicUsize::new(0));
        let (known, replaced) = std::thread::scope(|scope| {
            let others = scope.spawn(|| {
                let mut replaced = Vec::new();
                // Addresses of no function, each another one.
                let mut number = 0x10_0000_0000;
                while !over.load(Ordering::Relaxed) {
                    // SAFETY: a structure of numbers, for which 0 is a value.
                    let mut action = unsafe { MaybeUninit::<sigaction>::zeroed().assume_init() };
                    (action.sa_sigaction, action.sa_flags) = (number, libc::SA_SIGINFO);
                    let mut old = MaybeUninit::<sigaction>::zeroed();
                    // SAFETY: two structures of that type. The handler is never called.
                    assert_eq!(unsafe { libc::sigaction(libc::SIGSEGV, &action, old.as_mut_ptr()) }, 0);
                    // SAFETY: the call has written it.
                    if unsafe { old.assume_init() }.sa_sigaction == ours {
                        // The one before has been replaced by ours.
                        replaced.push(number - 1);
                        times.fetch_add(1, Ordering::Relaxed);
                    }
                    number += 1;
                }
                replaced
            });
            let mut known = std::collections::HashSet::new();
            let mut installed = 0;
            // However little the other thread runs meanwhile.
            while installed < 50_000 || times.load(Ordering::Relaxed) < 100 {
                assert!(install());
                installed += 1;
                // SAFETY: `install` has put it there for ever.
                known.insert(unsafe { BEFORE.load(Ordering::Acquire).as_ref() }.unwrap().sa_sigaction);
            }
            over.store(true, Ordering::Relaxed);
            (known, others.join().unwrap())
        });
        // The first may be what was there before either began.
        let lost = replaced.iter().skip(1).filter(|number| !known.contains(number)).count();
        assert_eq!(lost, 0, "of {}", replaced.len());
    }
}

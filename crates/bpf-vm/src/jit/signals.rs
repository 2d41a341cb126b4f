//! Turns processor faults caused by a program (SIGSEGV) into traps.
//!
//! Code of [`JitMode::Gs`](crate::JitMode::Gs) and [`JitMode::BaseRegister`](crate::JitMode::BaseRegister) does not
//! check an address before it uses it. If the address is invalid, the processor faults and the kernel calls
//! [`handler`]. The handler finds the instruction by its native address and computes the effective address from the
//! registers. It then lets the thread continue at the stub that the checked mode would have jumped to. So a trap is the
//! same in all modes. One rewrite leaves out a register that is visible at the trap, the sum that a load uses as its
//! address: the handler computes it ([`folded`]).
//!
//! A fault may also be the first touch of memory that belongs to the program: then [`memory::open`] opens it, and the
//! same instruction runs again. If the system refuses to open it, that is not the program's fault, and other hosts
//! would not refuse: the process ends, as after any failed allocation.
//!
//! # Whose fault it is
//!
//! A process has one handler per signal, and others want this one too: Rust's own detects stack overflows, and wasmtime
//! does what this one does. This handler treats a fault as a program's only if all of this holds: the thread runs
//! machine code; the native address lies in the code of that very program; and the address that faulted is in the
//! reservation of that very instance. A trap also needs the instruction there to be one that accesses memory.
//! Everything else goes to the handler that was there before, as the kernel would have called it. A handler that is
//! installed later is expected to do the same with ours; wasmtime does, so the order does not matter. The handler is
//! never removed: a handler installed on top of it could still call it.
//!
//! # What a handler may do
//!
//! It may run at any instruction of the thread, so it takes no lock, allocates nothing and cannot panic
//! (`signal-safety(7)`). What it reads of the run is in memory that does not change while machine code runs. It runs on
//! the thread's alternate stack if there is one, as for threads of Rust's standard library; otherwise on the thread's
//! own stack. There is room there: machine code takes one word of it per call, and a program cannot exhaust it.
//!
//! An alternate stack is small (8 KiB, and with the registers of AVX-512 a signal takes nearly 4). So this handler
//! blocks all other signals, except those that the processor raises: a signal whose handler then faults would need room
//! for three. A handler that was there before runs with the signals blocked that it would have had blocked, not with
//! ours.
//!
//! # Why not SIGBUS
//!
//! Linux sends it for an access beyond the end of a file and for broken memory. Guest memory is not a file, and the
//! effect of broken memory on a program must not become a result that other machines do not have.

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

/// What a thread is running.
pub struct Run<'a> {
    pub code: &'a Code,
    /// The instructions that `code` was compiled from.
    pub insns: &'a [Insn],
    /// The guest's address 0.
    pub base: NonNull<u8>,
}

thread_local! {
    // It has no destructor, so reading it is one instruction and safe in a handler.
    static RUNNING: Cell<*const Run<'static>> = const { Cell::new(ptr::null()) };
}

/// The previous handler of the signal. Null stands for the kernel's default action.
static BEFORE: AtomicPtr<sigaction> = AtomicPtr::new(ptr::null_mut());

/// Runs machine code, by `enter`, and attributes its faults to `run`. [`installed`] must have returned true.
pub fn catching(run: &Run<'_>, enter: impl FnOnce()) {
    let before = RUNNING.replace(ptr::from_ref(run).cast());
    // The compiler does not know that the handler may be called, so nothing may be moved across these fences.
    compiler_fence(Ordering::SeqCst);
    enter();
    compiler_fence(Ordering::SeqCst);
    RUNNING.set(before);
}

/// Whether the handler can be installed, without installing it: tests whether the system lets the process query the
/// present handler, which uses the same call.
pub fn available() -> bool {
    static AVAILABLE: OnceLock<bool> = OnceLock::new();
    *AVAILABLE.get_or_init(|| present().is_some())
}

/// The present handler. `None` if the system does not tell.
fn present() -> Option<sigaction> {
    let mut present = MaybeUninit::<sigaction>::zeroed();
    // SAFETY: only queries the present handler, into a structure of that type.
    let asked = unsafe { libc::sigaction(libc::SIGSEGV, ptr::null(), present.as_mut_ptr()) };
    // SAFETY: zeros are a valid value of it, whatever the call has written.
    (asked == 0).then(|| unsafe { present.assume_init() })
}

/// Whether the handler is installed. The first call installs it.
pub fn installed() -> bool {
    static INSTALLED: OnceLock<bool> = OnceLock::new();
    *INSTALLED.get_or_init(install)
}

fn install() -> bool {
    // Ours may be called on any thread as soon as it is installed, before that call has returned what it replaced. It
    // then forwards to the present handler read here, which is the same unless it changes between the two calls.
    let Some(present) = present() else { return false };
    let known = for_ever(present);
    BEFORE.store(known, Ordering::Release);
    // SAFETY: a structure of numbers, for which 0 is a valid value.
    let mut ours = unsafe { MaybeUninit::<sigaction>::zeroed().assume_init() };
    let function: extern "C" fn(c_int, *mut siginfo_t, *mut c_void) = handler;
    ours.sa_sigaction = function as *const () as usize;
    // Not deferred, so that a fault in a handler called from here does not end the process silently.
    ours.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK | libc::SA_NODEFER;
    ours.sa_mask = others();
    let mut replaced = MaybeUninit::<sigaction>::zeroed();
    // SAFETY: `handler` has the signature that `SA_SIGINFO` requires and does only what a handler may; the replaced
    // handler is written to a structure of that type.
    if unsafe { libc::sigaction(libc::SIGSEGV, &ours, replaced.as_mut_ptr()) } != 0 {
        return false;
    }
    // SAFETY: zeros are a valid value of it, whatever the call has written.
    let replaced = unsafe { replaced.assume_init() };
    // Between the two calls another thread may have installed a handler, which only `replaced` records now. An
    // identical handler is not stored again: if it was for one use (`SA_RESETHAND`), it may have been called and
    // cleared by `forward`.
    if !is_same(&replaced, &present) {
        BEFORE.store(for_ever(replaced), Ordering::Release);
    }
    true
}

/// Leaks `action` for the handler, which may be reading the previous one at any time: it is never freed.
fn for_ever(action: sigaction) -> *mut sigaction {
    Box::into_raw(Box::new(action))
}

/// Whether the kernel would treat both the same.
fn is_same(one: &sigaction, other: &sigaction) -> bool {
    let blocks = |action: &sigaction, signal| {
        // SAFETY: a valid set and a valid signal.
        unsafe { libc::sigismember(&action.sa_mask, signal) }
    };
    one.sa_sigaction == other.sa_sigaction
        && one.sa_flags == other.sa_flags
        && SIGNALS.clone().all(|signal| blocks(one, signal) == blocks(other, signal))
}

/// The signals that may interrupt [`handler`]: those that the processor raises at an instruction, which end the process
/// silently if they are blocked, and those that cannot be blocked.
const UNDEFERRED: [c_int; 7] =
    [libc::SIGSEGV, libc::SIGBUS, libc::SIGILL, libc::SIGFPE, libc::SIGTRAP, libc::SIGKILL, libc::SIGSTOP];

/// Numbers of signals, including the real-time ones: `signal(7)`.
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
    // SAFETY: with `SA_SIGINFO`, the kernel and handlers that delegate to this one pass a valid `siginfo_t` …
    let info = unsafe { &mut *info };
    // SAFETY: … and the `ucontext_t` that the thread continues with, which nothing else refers to meanwhile.
    let machine = unsafe { &mut *context.cast::<ucontext_t>() };
    if serve(info, machine).is_none() {
        let interrupted = machine.uc_sigmask;
        forward(signal, info, context, &interrupted);
    }
}

/// If a program caused the fault, lets the thread continue: at the stub for it, or at the same instruction if the fault
/// was the first touch of memory that the program may use.
fn serve(info: &siginfo_t, machine: &mut ucontext_t) -> Option<()> {
    /// No page, or a page with another permission: `SEGV_MAPERR` and `SEGV_ACCERR` of `sigaction(2)`.
    const BY_AN_ACCESS: [c_int; 2] = [1, 2];
    /// Index of each host register in `gregs`, by its number in an instruction.
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
    // SAFETY: if it is not null, `catching` has put a reference there that lasts until `catching` resets it.
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
            // SAFETY: machine code is running, so nobody borrows anything of the arena.
            match unsafe { memory::open(run.base, addr) } {
                // The access runs again, and may now succeed.
                Opening::Opened => return Some(()),
                Opening::NotClosed => {}
                Opening::Refused => out_of_memory(),
            }
        }
    }
    let index = run.code.index_at(gregs[libc::REG_RIP as usize] as usize)?;
    let of = |register| GREGS.get(usize::from(host(register))).map_or(0, |&number| number as usize);
    // A load by a sum is one native instruction, but the sum is visible if it faults.
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
    // SAFETY: the message has that many bytes. If it cannot be written, nothing can be done about it.
    unsafe { libc::write(libc::STDERR_FILENO, MESSAGE.as_ptr().cast(), MESSAGE.len()) };
    // SAFETY: may be called at any time.
    unsafe { libc::abort() }
}

/// Does what would have happened without our handler. `interrupted` was the signal mask where the signal came.
fn forward(signal: c_int, info: &mut siginfo_t, context: *mut c_void, interrupted: &libc::sigset_t) {
    // SAFETY: null, or what `for_ever` has returned.
    let Some(before) = (unsafe { BEFORE.load(Ordering::Acquire).as_ref() }) else {
        return die(signal, info);
    };
    match before.sa_sigaction {
        libc::SIG_DFL => return die(signal, info),
        // The kernel lets a process ignore only sent signals, not faults.
        libc::SIG_IGN if info.si_code > 0 => return die(signal, info),
        libc::SIG_IGN => return,
        _ => {}
    }
    // As the kernel would have done: block what was blocked before and what the handler wants blocked. If a handler on
    // top of ours has called it, more signals may be blocked.
    let mut mask = MaybeUninit::<libc::sigset_t>::zeroed();
    // SAFETY: only queries this thread's mask.
    unsafe { libc::pthread_sigmask(libc::SIG_BLOCK, ptr::null(), mask.as_mut_ptr()) };
    // SAFETY: zeros are a valid set, whatever the call has done.
    let mask = unsafe { mask.assume_init() };
    let has = |set: &libc::sigset_t, signal| {
        // SAFETY: a valid set. An invalid signal is in none.
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
        // Unless `install` has stored another one meanwhile.
        let _ = BEFORE.compare_exchange(
            ptr::from_ref(before).cast_mut(),
            ptr::null_mut(),
            Ordering::AcqRel,
            Ordering::Acquire,
        );
    }
    if before.sa_flags & libc::SA_SIGINFO != 0 {
        // SAFETY: the code that installed it declared the function to be of this type (`SA_SIGINFO`).
        let function = unsafe {
            core::mem::transmute::<usize, extern "C" fn(c_int, *mut siginfo_t, *mut c_void)>(
                before.sa_sigaction,
            )
        };
        function(signal, info, context);
    } else {
        // SAFETY: the same, for the type without `SA_SIGINFO`.
        let function = unsafe { core::mem::transmute::<usize, extern "C" fn(c_int)>(before.sa_sigaction) };
        function(signal);
    }
    // SAFETY: two valid sets.
    unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &mask, ptr::null_mut()) };
}

/// Ends the process by the signal, as it would have ended without any handler.
fn die(signal: c_int, info: &siginfo_t) {
    // SAFETY: a structure of numbers; all zeros mean `SIG_DFL`.
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

    /// Another thread keeps installing handlers: each is replaced either by its next one or by ours, which must then
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
                // Addresses of no function, all different.
                let mut number = 0x10_0000_0000;
                while !over.load(Ordering::Relaxed) {
                    // SAFETY: a structure of numbers, for which 0 is a valid value.
                    let mut action = unsafe { MaybeUninit::<sigaction>::zeroed().assume_init() };
                    (action.sa_sigaction, action.sa_flags) = (number, libc::SA_SIGINFO);
                    let mut old = MaybeUninit::<sigaction>::zeroed();
                    // SAFETY: two structures of that type. The handler is never called.
                    assert_eq!(unsafe { libc::sigaction(libc::SIGSEGV, &action, old.as_mut_ptr()) }, 0);
                    // SAFETY: the call has written it.
                    if unsafe { old.assume_init() }.sa_sigaction == ours {
                        // Our handler replaced the one before.
                        replaced.push(number - 1);
                        times.fetch_add(1, Ordering::Relaxed);
                    }
                    number += 1;
                }
                replaced
            });
            let mut known = std::collections::HashSet::new();
            let mut installed = 0;
            // However little the other thread gets to run.
            while installed < 50_000 || times.load(Ordering::Relaxed) < 100 {
                assert!(install());
                installed += 1;
                // SAFETY: `install` has put it there permanently.
                known.insert(unsafe { BEFORE.load(Ordering::Acquire).as_ref() }.unwrap().sa_sigaction);
            }
            over.store(true, Ordering::Relaxed);
            (known, others.join().unwrap())
        });
        // The first may be the one that was there before either began.
        let lost = replaced.iter().skip(1).filter(|number| !known.contains(number)).count();
        assert_eq!(lost, 0, "of {}", replaced.len());
    }
}

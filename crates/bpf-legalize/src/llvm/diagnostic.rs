//! What LLVM reports while it works, and what it does when it gives up.
//!
//! The problem: LLVM prints diagnostics to stderr and, on a fatal error, ends the process. A library
//! must do neither.
//!
//! Diagnostics are collected by a handler on the context. A fatal error calls [`on_fatal_error`], which
//! must not return; code generation therefore runs on a thread of its own ([`guarded`]), and that thread
//! is parked for ever after it has handed its message over. The price is one thread and its module,
//! leaked, on a path that is a bug of ours or of LLVM's.

use std::cell::RefCell;
use std::ffi::{c_char, c_void, CStr};
use std::sync::mpsc::{channel, Sender};
use std::sync::{Mutex, PoisonError};

use super::api::{Api, DiagnosticRef};
use super::{ffi, Llvm};

/// How bad a diagnostic is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// No object may be made from this.
    Error,
    /// Worth showing.
    Warning,
    /// Remarks and notes, which LLVM raises by the hundred.
    Remark,
}

/// One message of LLVM's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// LLVM's text, usually `file:line:column: in function NAME TYPE: what`.
    pub text: String,
}

/// Where a context's handler puts its messages.
pub(super) struct Sink {
    pub(super) api: &'static Api,
    pub(super) list: RefCell<Vec<Diagnostic>>,
}

/// `LLVMDiagnosticHandler`; `sink` is the address of the module's boxed [`Sink`].
pub(super) extern "C" fn on_diagnostic(info: DiagnosticRef, sink: *mut c_void) {
    // SAFETY: `Module` set the handler together with this address; the box is freed after the context,
    // and diagnostics are raised only on the thread that works on the context.
    let sink = unsafe { &*sink.cast_const().cast::<Sink>() };
    let text = Llvm { api: sink.api }.take_message(ffi!(sink.api, LLVMGetDiagInfoDescription(info)));
    // `LLVMDiagnosticSeverity`.
    let severity = match ffi!(sink.api, LLVMGetDiagInfoSeverity(info)) {
        0 => Severity::Error,
        1 => Severity::Warning,
        _ => Severity::Remark,
    };
    sink.list.borrow_mut().push(Diagnostic { severity, text });
}

enum Outcome<T> {
    Done(T),
    Fatal(String),
}

type Reporter = Box<dyn Fn(String)>;

thread_local! {
    /// Tells the thread that waits in [`guarded`] about a fatal error.
    static REPORT: RefCell<Option<Reporter>> = const { RefCell::new(None) };
}

/// `LLVMFatalErrorHandler`: hands the message over and never returns.
pub(super) extern "C" fn on_fatal_error(reason: *const c_char) {
    // SAFETY: LLVM passes a NUL-terminated text that lives for the call.
    let text = unsafe { CStr::from_ptr(reason) }.to_string_lossy().into_owned();
    let reported = REPORT.with(|report| match report.borrow().as_ref() {
        Some(report) => {
            report(text.clone());
            true
        }
        None => false,
    });
    if !reported {
        // Not inside `guarded`: nobody to tell, and LLVM ends the process when this returns.
        eprintln!("LLVM: {text}");
        return;
    }
    loop {
        std::thread::park();
    }
}

/// Runs `work` on a thread of its own and gives its result, or the message of LLVM's fatal error.
///
/// # Errors
/// The text of the fatal error, or of a panic.
pub fn guarded<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, String> {
    // LLVM recurses over deep expressions; rustc gives its own workers 8 MiB.
    const STACK: usize = 32 << 20;
    let (sender, receiver) = channel::<Outcome<T>>();
    let fatal: Mutex<Sender<Outcome<T>>> = Mutex::new(sender.clone());
    let run = move || {
        REPORT.with(|report| {
            *report.borrow_mut() = Some(Box::new(move |text| {
                let _ = fatal.lock().unwrap_or_else(PoisonError::into_inner).send(Outcome::Fatal(text));
            }));
        });
        let result = work();
        let _ = sender.send(Outcome::Done(result));
    };
    let thread = std::thread::Builder::new()
        .name("legalize".into())
        .stack_size(STACK)
        .spawn(run)
        .map_err(|e| e.to_string())?;
    match receiver.recv() {
        Ok(Outcome::Done(result)) => {
            let _ = thread.join();
            Ok(result)
        }
        Ok(Outcome::Fatal(text)) => Err(text),
        // The thread ended without a word: it panicked, and the hook has printed why.
        Err(_) => Err("the code generator's thread panicked".into()),
    }
}

//! LLVM's diagnostics and fatal errors.
//!
//! The problem: LLVM prints diagnostics to stderr and ends the process on a fatal error. A library must do
//! neither.
//!
//! A handler on the context collects diagnostics. A fatal error calls [`on_fatal_error`], which must not
//! return. So code generation runs on its own thread ([`guarded`]). After it has passed on the message, that
//! thread is parked for ever. The price is one leaked thread with its module, in a case that is a bug of ours
//! or of LLVM's.

use std::cell::RefCell;
use std::ffi::{c_char, c_void, CStr};
use std::sync::mpsc::{channel, Sender};
use std::sync::{Mutex, PoisonError};

use super::api::{Api, DiagnosticRef};
use super::{ffi, Llvm};

/// How bad a diagnostic is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// No object may be produced.
    Error,
    /// Worth showing.
    Warning,
    /// Remarks and notes, of which LLVM emits hundreds.
    Remark,
}

/// A message from LLVM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// LLVM's text, usually `file:line:column: in function NAME TYPE: what`.
    pub text: String,
}

/// Where a context's handler stores its messages.
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

/// `LLVMFatalErrorHandler`: passes the message on and never returns.
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
        // Not inside `guarded`: nobody receives the message, and LLVM ends the process when this returns.
        eprintln!("LLVM: {text}");
        return;
    }
    loop {
        std::thread::park();
    }
}

/// Runs `work` on its own thread and returns its result, or the message of LLVM's fatal error.
///
/// # Errors
/// The text of the fatal error, or of a panic.
pub fn guarded<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, String> {
    // LLVM recurses into deep expressions; rustc gives its own workers 8 MiB.
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
        // The thread ended without a message: it panicked, and the panic hook has printed why.
        Err(_) => Err("the code generator's thread panicked".into()),
    }
}

//! LLVM behind owned handles: the only folder of this crate with `unsafe`.
//!
//! The problem: LLVM-C uses raw pointers whose lifetimes are documented only in prose. Here they become
//! borrows.
//!
//! * A [`Module`] owns its context, and everything in it borrows from the module.
//! * Everything that may delete a value inside LLVM (passes, linking, code generation) takes `&mut Module`,
//!   so that no [`Value`] outlives it.
//! * A rewrite may only *unlink* an instruction or a function ([`Value::erase`]). The memory is freed when
//!   the module is next borrowed mutably. So a handle is never dangling.
//!
//! Source: LLVM's `llvm-c` headers and `lib/IR/Core.cpp`.

mod api;
mod builder;
mod diagnostic;
mod module;
mod target;
mod value;

use std::collections::HashMap;
use std::ffi::{c_char, CStr, CString, OsStr, OsString};
use std::sync::{Mutex, OnceLock, PoisonError};

use api::Api;
pub use builder::Builder;
pub use diagnostic::{guarded, Diagnostic, Severity};
pub use module::Module;
pub use target::{OptLevel, TargetMachine};
pub use value::{Binary, Cast, Kind, Linkage, Opcode, Place, Predicate, Type, Value};

/// Calls one function of the table.
macro_rules! ffi {
    ($api:expr, $name:ident($($arg:expr),* $(,)?)) => {{
        let function = $api.$name;
        // SAFETY: every handle passed to LLVM comes from a wrapper in this folder, which borrows the module
        // that keeps it alive. The wrapper's own checks and documented panics ensure that the handle is of
        // the kind that the function expects.
        unsafe { function($($arg),*) }
    }};
}
pub(crate) use ffi;

/// A loaded LLVM. Copies refer to the same library.
#[derive(Clone, Copy)]
pub struct Llvm {
    api: &'static Api,
}

/// Options of the BPF back end that can only be set on its command line.
///
/// `-bpf-stack-size` only sets the frame size above which the back end complains: the kernel's limit of 512
/// bytes does not apply here. The two `disable` options turn off work-arounds for the kernel's verifier.
///
/// `-inline-threshold` is how much LLVM's inliner may let a call grow the code. For small code LLVM uses 5,
/// because it regards a call as cheap. A call here moves arguments into place, spills the contents of r1 to
/// r5, and cannot return more than one register. Measured over fifteen ink! contracts, in kB of code: 374 at
/// 5, 360 at 20 to 25, 371 at 40.
const BACK_END_OPTIONS: &[&CStr] = &[
    c"bpf-legalize",
    c"-bpf-stack-size=1048576",
    c"-bpf-disable-serialize-icmp",
    c"-bpf-disable-avoid-speculation",
    c"-inline-threshold=20",
];

impl Llvm {
    /// Loads a library, or returns it if it was already loaded under this name.
    ///
    /// # Errors
    /// The loader's message.
    pub fn load(library: &OsStr) -> Result<Llvm, String> {
        static LOADED: OnceLock<Mutex<HashMap<OsString, Llvm>>> = OnceLock::new();
        let mut loaded = LOADED.get_or_init(Default::default).lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(&llvm) = loaded.get(library) {
            return Ok(llvm);
        }
        let api = Api::load(library)?;
        ffi!(api, LLVMInitializeBPFTargetInfo());
        ffi!(api, LLVMInitializeBPFTarget());
        ffi!(api, LLVMInitializeBPFTargetMC());
        ffi!(api, LLVMInitializeBPFAsmPrinter());
        let mut argv: Vec<*const c_char> = BACK_END_OPTIONS.iter().map(|o| o.as_ptr()).collect();
        let argc = argv.len() as i32;
        argv.push(std::ptr::null());
        ffi!(api, LLVMParseCommandLineOptions(argc, argv.as_ptr(), c"".as_ptr()));
        ffi!(api, LLVMInstallFatalErrorHandler(diagnostic::on_fatal_error));
        let llvm = Llvm { api };
        loaded.insert(library.to_owned(), llvm);
        Ok(llvm)
    }

    /// Version as (major, minor, patch).
    pub fn version(self) -> (u32, u32, u32) {
        let (mut major, mut minor, mut patch) = (0, 0, 0);
        ffi!(self.api, LLVMGetVersion(&mut major, &mut minor, &mut patch));
        (major, minor, patch)
    }

    /// Takes ownership of a message allocated by LLVM.
    fn take_message(self, message: *mut c_char) -> String {
        if message.is_null() {
            return String::new();
        }
        // SAFETY: LLVM hands out NUL-terminated messages, valid until they are disposed of below.
        let text = unsafe { CStr::from_ptr(message) }.to_string_lossy().into_owned();
        ffi!(self.api, LLVMDisposeMessage(message));
        text
    }
}

/// A name as a C string. Bytes from the first NUL on are dropped; no Rust symbol has one.
fn c_string(text: &str) -> CString {
    let end = text.find('\0').unwrap_or(text.len());
    CString::new(&text[..end]).expect("cut before the first NUL; qed")
}

/// Copies text that LLVM owns.
fn owned_text(start: *const c_char, len: usize) -> String {
    if start.is_null() || len == 0 {
        return String::new();
    }
    // SAFETY: LLVM returned the pair together; the text lives as long as the value it belongs to, which
    // the caller still borrows.
    let bytes = unsafe { std::slice::from_raw_parts(start.cast::<u8>(), len) };
    String::from_utf8_lossy(bytes).into_owned()
}

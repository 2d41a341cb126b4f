//! Compiles LLVM IR to a BPF object.
//!
//! rustc can emit LLVM bitcode for a BPF target. But LLVM's BPF back end (before LLVM 23) compiles only what
//! the Linux kernel accepts: five arguments, one result register, no 128-bit multiplication, no `memcpy`.
//! This crate rewrites a whole program so that it stays within these limits, and then runs the back end. So
//! ordinary Rust becomes BPF code.
//!
//! It uses the LLVM of the rustc that wrote the bitcode, loaded when needed ([`LlvmLocation`]); nothing is
//! linked.
//!
//! * [`rewrite`]: the rewrites, one file each, and the list that gives their order.
//! * [`signature`]: the calling convention for values that do not fit in registers.
//! * [`llvm`]: owned handles; contains all `unsafe` code.
//!
//! Invariant: IR that the back end already accepts keeps its meaning *and its form*. A later LLVM needs fewer
//! rewrites, and then fewer are done.

pub mod error;
pub mod llvm;
pub mod locate;
pub mod object_file;
pub mod rewrite;
pub mod signature;

pub use error::{LegalizeError, Place, Unsupported};
pub use locate::LlvmLocation;

use std::path::PathBuf;

use llvm::{Llvm, Module, OptLevel, Severity, TargetMachine};

/// How to compile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The LLVM to use: that of the compiler that wrote the bitcode.
    pub llvm: LlvmLocation,
    /// BPF version. `v4` has signed division, sign-extending loads and 32-bit jumps.
    pub cpu: String,
    /// Functions that must be kept; everything else may be removed.
    pub entry_points: Vec<String>,
    /// How hard the code generator tries.
    pub opt_level: OptLevel,
    /// Whether the object contains debug information, including line tables.
    pub debug_info: bool,
}

impl Options {
    /// Options for a contract: entry points `deploy` and `call`, with debug information, which the linker
    /// separates from the program.
    pub fn contract(llvm: LlvmLocation) -> Options {
        Options {
            llvm,
            cpu: "v4".into(),
            entry_points: vec!["deploy".into(), "call".into()],
            opt_level: OptLevel::Default,
            debug_info: true,
        }
    }
}

/// A relocatable object, with information about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// ELF64, little-endian, `EM_BPF`, `ET_REL`, with a `.stack_sizes` section.
    pub elf: Vec<u8>,
    /// What happened during compilation.
    pub report: Report,
}

/// What happened during compilation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Version of the LLVM used.
    pub llvm: String,
    /// Frame size in bytes of each function that has a frame, by symbol.
    pub frames: Vec<(String, u64)>,
    /// LLVM's warnings.
    pub notes: Vec<String>,
}

/// Compiles a module, given as bitcode or text, to an object.
///
/// # Errors
/// Any [`LegalizeError`].
pub fn legalize(ir: &[u8], options: &Options) -> Result<Object, LegalizeError> {
    on_own_thread(ir, options, |module, options, target| {
        rewrite_all(module, options, target)?;
        object_file::emit(module, target)
    })
}

/// Compiles a module, given as bitcode or text, and returns the input of the back end as text.
///
/// With [`OptLevel::None`] LLVM's own optimisations are off, and the text shows only the effect of the
/// rewrites.
///
/// # Errors
/// Any [`LegalizeError`] except those of code generation.
pub fn legalize_to_ir(ir: &[u8], options: &Options) -> Result<String, LegalizeError> {
    on_own_thread(ir, options, |module, options, target| {
        rewrite_all(module, options, target)?;
        Ok(module.to_text())
    })
}

fn rewrite_all(module: &mut Module, options: &Options, target: &TargetMachine) -> Result<(), LegalizeError> {
    let triple = module.triple();
    if !triple.starts_with("bpf") {
        return Err(LegalizeError::WrongTarget { triple });
    }
    if !options.debug_info {
        module.strip_debug_info();
    }
    let setting = rewrite::Setting {
        entry_points: &options.entry_points,
        target,
        optimize: options.opt_level != OptLevel::None,
    };
    rewrite::run(module, &setting)?;
    let mut said = module.take_diagnostics().into_iter();
    match said.find(|d| d.severity == Severity::Error) {
        Some(error) => Err(LegalizeError::Fatal(error.text)),
        None => Ok(()),
    }
}

/// Loads LLVM, parses the module, and works on a thread that a fatal error of LLVM may block for ever.
fn on_own_thread<T: Send + 'static>(
    ir: &[u8],
    options: &Options,
    work: impl FnOnce(&mut Module, &Options, &TargetMachine) -> Result<T, LegalizeError> + Send + 'static,
) -> Result<T, LegalizeError> {
    let library = options.llvm.library()?;
    let (ir, options) = (ir.to_vec(), options.clone());
    let guarded = llvm::guarded(move || {
        let llvm = Llvm::load(&library)
            .map_err(|message| LegalizeError::Load { library: PathBuf::from(&library), message })?;
        // The machine does not require alignment. Otherwise a 32-byte copy of byte-aligned data would be 32
        // loads and stores.
        let features = "+allows-misaligned-mem-access";
        let target = TargetMachine::new(llvm, &options.cpu, features, options.opt_level)
            .map_err(|message| LegalizeError::Load { library: PathBuf::from(&library), message })?;
        let mut module = Module::parse(llvm, "contract", &ir)
            .map_err(|message| LegalizeError::Parse { version: version(llvm), message })?;
        work(&mut module, &options, &target)
    });
    guarded.unwrap_or_else(|fatal| Err(LegalizeError::Fatal(fatal)))
}

fn version(llvm: Llvm) -> String {
    let (major, minor, patch) = llvm.version();
    format!("{major}.{minor}.{patch}")
}

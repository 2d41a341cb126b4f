//! The machines that run kernels, one file each.
//!
//! ```text
//! Engine ──load──▶ Loaded ──instantiate──▶ Running ──setup, run, run, …──▶ results
//! ```
//!
//! Each step is what an embedder of that machine would do. `load` includes all work from bytes to something
//! that can be instantiated, without any cache.

mod native;
mod ours;
#[cfg(feature = "peers")]
mod peers;

pub use ours::Ours;

use crate::compile::Programs;
use anyhow::Result;

/// The host function that kernels may call: returns a 32-bit number.
pub fn host(argument: u64) -> u64 {
    u64::from((argument as u32).wrapping_mul(3) ^ 0x5a5a)
}

/// A machine cannot run a program because of a known limit of its own.
#[derive(Clone, Copy, Debug)]
pub struct Unfit(pub &'static str);

impl std::fmt::Display for Unfit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for Unfit {}

/// A virtual machine in one configuration.
pub trait Engine {
    /// Makes a kernel's program ready to be instantiated.
    ///
    /// # Errors
    /// If the machine refuses it.
    fn load(&self, programs: &Programs) -> Result<Box<dyn Loaded>>;
}

/// A program in the form that the machine runs.
pub trait Loaded {
    /// An instance with fresh memory.
    ///
    /// # Errors
    /// If the machine cannot do it.
    fn instantiate(&self) -> Result<Box<dyn Running + '_>>;

    /// Bytes of machine code, if the machine reports it.
    fn native_bytes(&self) -> Option<usize> {
        None
    }

    /// The machine code itself, if the machine exposes it.
    fn machine_code(&self) -> Option<Vec<u8>> {
        None
    }
}

/// An instance.
pub trait Running {
    /// Calls the kernel's `setup`.
    ///
    /// # Errors
    /// If the program traps.
    fn setup(&mut self, n: u64) -> Result<()>;

    /// Calls the kernel's `run`.
    ///
    /// # Errors
    /// If the program traps.
    fn run(&mut self, n: u64) -> Result<u64>;
}

/// How a machine runs programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The host processor itself, to which all others are compared.
    Native,
    /// It compiles them.
    Compiler,
    /// It reads them.
    Interpreter,
}

/// An entry of the comparison.
pub struct Contender {
    /// Its name in the report and for `--engine`.
    pub name: String,
    /// How it runs programs.
    pub kind: Kind,
    /// Whether it stops a program that has used up its gas, fuel or instructions, always at the same point.
    pub metered: bool,
    /// Which of our engines it is, if any.
    pub ours: Option<bpf_vm::Engine>,
    /// The machine.
    pub engine: Box<dyn Engine>,
}

impl Contender {
    /// A contender that is not ours.
    fn other(name: &str, kind: Kind, metered: bool, engine: impl Engine + 'static) -> Contender {
        Contender { name: name.to_owned(), kind, metered, ours: None, engine: Box::new(engine) }
    }
}

/// Name of the contender with which all others are compared.
pub const NATIVE: &str = "native";

/// Everything that can be compared on this host.
///
/// # Errors
/// If one of the machines is not available here.
pub fn all() -> Result<Vec<Contender>> {
    let mut contenders = vec![Contender::other(NATIVE, Kind::Native, false, native::Native)];
    for &engine in bpf_vm::Engine::ALL.iter().filter(|engine| engine.is_available()) {
        for metered in [true, false] {
            let name = match metered {
                true => engine.name().to_owned(),
                false => format!("{} (no gas)", engine.name()),
            };
            let kind = match engine {
                bpf_vm::Engine::Interpreter => Kind::Interpreter,
                bpf_vm::Engine::Jit { .. } => Kind::Compiler,
            };
            let runs = Box::new(ours::Ours { engine, metered });
            contenders.push(Contender { name, kind, metered, ours: Some(engine), engine: runs });
        }
    }
    #[cfg(feature = "peers")]
    contenders.extend(peers::all()?);
    Ok(contenders)
}

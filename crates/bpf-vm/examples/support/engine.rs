//! The engines, by name, and how a program runs on one.

use super::case::Source;
use super::helpers;
use bpf_vm::crosscheck::Side;
use bpf_vm::{
    verify, Config, Engine, Entry, Exit, Gas, Instance, LoadError, Program, Rules, Slot, TextOptions,
    VerifiedProgram, VerifyError,
};
use std::sync::Arc;

/// The engine of this name, or what takes its place here.
///
/// # Errors
/// A message with all names.
pub fn from_name(name: &str) -> Result<Engine, String> {
    Engine::from_name(name).map(Engine::effective).ok_or_else(|| {
        let known: Vec<&str> = Engine::ALL.iter().map(|engine| engine.name()).collect();
        format!("there is no engine {name:?}; known: {}", known.join(", "))
    })
}

/// The engines that can be had here: a test on all of these is a test on all there are.
pub fn engines() -> impl Iterator<Item = Engine> {
    Engine::ALL.iter().copied().filter(|engine| engine.is_available())
}

/// Why a program did not run.
#[derive(Clone, Copy, Debug)]
pub enum Refusal {
    /// It could not be loaded.
    Load(LoadError),
    /// The verifier refused it.
    Verify(VerifyError),
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Refusal::Load(error) => error.fmt(f),
            Refusal::Verify(error) => error.fmt(f),
        }
    }
}

/// Loads and verifies a program.
///
/// # Errors
/// [`Refusal`].
pub fn load(source: &Source) -> Result<VerifiedProgram, Refusal> {
    with_rules(source, verify)
}

/// The same, to compare engines with.
///
/// # Errors
/// [`Refusal`].
pub fn program(source: &Source) -> Result<Side, Refusal> {
    with_rules(source, |program, rules| Side::new(program, rules, Engine::Interpreter))
}

/// What `verify` makes of the program, under the rules that suit it.
///
/// # Errors
/// [`Refusal`].
pub fn with_rules<T>(
    source: &Source,
    verify: impl Fn(Program, &Rules) -> Result<T, VerifyError>,
) -> Result<T, Refusal> {
    let with = |callx_helpers| {
        let program = match source {
            Source::Text(text) => {
                Program::from_text(text, &TextOptions { callx_helpers, ..TextOptions::default() })
            }
            Source::Image(file) => Program::from_image(file),
        };
        // What is laid out as a contract has a contract's intrinsics.
        let intrinsics = matches!(source, Source::Image(_));
        let rules = Rules { intrinsics, ..Rules::general(helpers::table()) };
        verify(program.map_err(Refusal::Load)?, &rules).map_err(Refusal::Verify)
    };
    match with(false) {
        // There is a `callx`, and nothing that its pointer could point to. The suite has one such file: it
        // calls a helper whose number is in the register, as compilers before LLVM 19 meant it.
        Err(Refusal::Verify(VerifyError::NothingToCall { .. })) => with(true),
        loaded => loaded,
    }
}

/// What came of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// How it ended: never [`Exit::Syscall`].
    pub exit: Exit,
    /// What is left of its gas.
    pub gas_left: u64,
    /// The memory that it was given.
    pub memory: Vec<u8>,
    /// The last instruction.
    pub pc: Slot,
    /// r0 to r10 at the end.
    pub registers: [u64; 11],
}

/// Runs a program.
///
/// # Errors
/// What the suite's helpers could not do.
pub fn run(
    engine: Engine,
    program: &Arc<VerifiedProgram>,
    memory: &[u8],
    gas: u64,
) -> Result<Outcome, String> {
    let mut instance = Instance::new(program.clone(), &Config { gas: Gas(gas), engine });
    if instance.engine() != engine {
        return Err(format!("the engine {} is not to be had", engine.name()));
    }
    let args = instance.map_input(memory.to_vec()).map_err(|error| error.to_string())?;
    instance.start(Entry::Call, args).map_err(|error| error.to_string())?;
    let exit = loop {
        match instance.run() {
            Exit::Syscall { number, args } => match helpers::call(&mut instance, number, args) {
                Ok(helpers::Outcome::Resume(r0)) => instance.resume(r0),
                Ok(helpers::Outcome::Finish(r0)) => break Exit::Finished { r0, r2: instance.registers()[2] },
                Err(fault) => return Err(format!("helper {number}: {fault}")),
            },
            exit => break exit,
        }
    };
    Ok(Outcome {
        exit,
        gas_left: instance.gas().0,
        memory: instance.input(),
        pc: instance.pc(),
        registers: instance.registers(),
    })
}

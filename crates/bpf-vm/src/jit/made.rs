//! The machine code of a program: made when it is first asked for, once for each mode and way to pay.
//!
//! Whoever asks for code that cannot be made gets none, and the interpreter runs the program: no result depends on
//! it, so no caller has a use for the reason. One that follows from the program is kept all the same, and
//! [`VerifiedProgram`]'s `Debug` shows it (`Err(TooLarge)`): it would be a fault of the compiler, which is bounded for
//! every program that is verified.

use super::code::Code;
use super::{compile, prepared, CompileError, Payment};
use crate::verify::VerifiedProgram;
use crate::JitMode;
use alloc::sync::Arc;
use std::sync::{Mutex, OnceLock, PoisonError};

/// The machine code of a program, which is a part of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct MachineCode {
    /// Code that pays for a run of blocks at once, by [`place`].
    runs: [Made; MODES],
    /// Code that pays for each block by itself.
    blocks: [Made; MODES],
}

/// Modes that code is made in.
const MODES: usize = 3;

/// Where the code of a mode is among that of all.
const fn place(mode: JitMode) -> usize {
    match mode {
        JitMode::Gs => 0,
        JitMode::BaseRegister => 1,
        JitMode::Checked => 2,
    }
}

/// Code that was made, or that cannot be.
#[derive(Debug, Default)]
pub struct Made {
    code: OnceLock<Result<Arc<Code>, CompileError>>,
    /// Held by who makes it, so that nobody else does meanwhile.
    making: Mutex<()>,
}

impl Clone for Made {
    fn clone(&self) -> Self {
        Self { code: self.code.clone(), making: Mutex::default() }
    }
}

impl Made {
    /// The code, which `make` makes if it was not made before.
    ///
    /// What follows from the program stays. Whether there is memory does not: who comes next tries again.
    #[inline]
    pub fn get_or_make(&self, make: impl FnOnce() -> Result<Code, CompileError>) -> Option<Arc<Code>> {
        match self.code.get() {
            Some(code) => code.clone().ok(),
            None => self.make(make),
        }
    }

    #[cold]
    fn make(&self, make: impl FnOnce() -> Result<Code, CompileError>) -> Option<Arc<Code>> {
        // It guards nothing that could be half done.
        let _making = self.making.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(code) = self.code.get() {
            return code.clone().ok();
        }
        match make() {
            Err(CompileError::Memory) => None,
            made => self.code.get_or_init(|| made.map(Arc::new)).clone().ok(),
        }
    }

    /// What was made until now.
    fn get(&self) -> Option<&Arc<Code>> {
        self.code.get()?.as_ref().ok()
    }
}

impl MachineCode {
    /// The code of `program`, in `mode` or what takes its place.
    pub fn get(program: &VerifiedProgram, mode: JitMode) -> Option<Arc<Code>> {
        Self::made_in(program, prepared(mode), Payment::Runs)
    }

    /// Code for `program` in which every block is paid by itself, in the mode of code that there is.
    pub fn exact(program: &VerifiedProgram, mode: JitMode) -> Option<Arc<Code>> {
        Self::made_in(program, mode, Payment::Blocks)
    }

    #[inline]
    fn made_in(program: &VerifiedProgram, mode: JitMode, payment: Payment) -> Option<Arc<Code>> {
        program.machine_code.made(mode, payment).get_or_make(|| compile(program, mode, payment))
    }

    /// Where the code of a mode and a way to pay is, or will be.
    pub fn made(&self, mode: JitMode, payment: Payment) -> &Made {
        let all = match payment {
            Payment::Runs => &self.runs,
            Payment::Blocks => &self.blocks,
        };
        &all[place(mode)]
    }

    /// Bytes of memory that the code takes that was made. If code that pays for each block by itself may be made later, it
    /// is counted as large as the code that there is, which it is within a tenth: a cache asks only once.
    pub fn size(&self) -> usize {
        let both = self.runs.iter().zip(&self.blocks);
        both.map(|(made, exact)| {
            let Some(code) = made.get() else { return 0 };
            let more = match exact.get() {
                Some(exact) => exact.size(),
                None if code.tables.ahead.is_empty() && code.tables.reserve == 0 => 0,
                None => code.size(),
            };
            code.size() + more
        })
        .sum()
    }
}

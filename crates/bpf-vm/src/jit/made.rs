//! The machine code of a program: made when it is first requested, once per mode and way to pay.
//!
//! If code cannot be made, the caller gets none, and the interpreter runs the program. No result depends on it, so
//! callers have no use for the reason. A reason that follows from the program is stored nevertheless, and
//! [`VerifiedProgram`]'s `Debug` shows it (`Err(TooLarge)`): it would be a bug in the compiler, which is bounded for
//! every verified program.

use super::code::Code;
use super::{compile, prepared, CompileError, Payment};
use crate::verify::VerifiedProgram;
use crate::JitMode;
use alloc::sync::Arc;
use std::sync::{Mutex, OnceLock, PoisonError};

/// The machine code of a program, stored as a part of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct MachineCode {
    /// Code that pays for a run of blocks at once, indexed by [`place`].
    runs: [Made; MODES],
    /// Code that pays for each block by itself.
    blocks: [Made; MODES],
}

/// Number of modes that code is made in.
const MODES: usize = 3;

/// Index of a mode's code.
const fn place(mode: JitMode) -> usize {
    match mode {
        JitMode::Gs => 0,
        JitMode::BaseRegister => 1,
        JitMode::Checked => 2,
    }
}

/// Code that was made, or the reason why it cannot be.
#[derive(Debug, Default)]
pub struct Made {
    code: OnceLock<Result<Arc<Code>, CompileError>>,
    /// Held by the thread that makes the code, so that no other does meanwhile.
    making: Mutex<()>,
}

impl Clone for Made {
    fn clone(&self) -> Self {
        Self { code: self.code.clone(), making: Mutex::default() }
    }
}

impl Made {
    /// The code; `make` makes it if it was not made before.
    ///
    /// A failure that follows from the program is stored. A lack of memory is not: the next caller tries again.
    #[inline]
    pub fn get_or_make(&self, make: impl FnOnce() -> Result<Code, CompileError>) -> Option<Arc<Code>> {
        match self.code.get() {
            Some(code) => code.clone().ok(),
            None => self.make(make),
        }
    }

    #[cold]
    fn make(&self, make: impl FnOnce() -> Result<Code, CompileError>) -> Option<Arc<Code>> {
        // It guards nothing that could be left half done.
        let _making = self.making.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(code) = self.code.get() {
            return code.clone().ok();
        }
        match make() {
            Err(CompileError::Memory) => None,
            made => self.code.get_or_init(|| made.map(Arc::new)).clone().ok(),
        }
    }

    /// The code, if it was made.
    fn get(&self) -> Option<&Arc<Code>> {
        self.code.get()?.as_ref().ok()
    }
}

impl MachineCode {
    /// The code of `program`, in `mode` or the mode that replaces it.
    pub fn get(program: &VerifiedProgram, mode: JitMode) -> Option<Arc<Code>> {
        Self::made_in(program, prepared(mode), Payment::Runs)
    }

    /// Code for `program` that pays for every block by itself, in the mode of its existing code.
    pub fn exact(program: &VerifiedProgram, mode: JitMode) -> Option<Arc<Code>> {
        Self::made_in(program, mode, Payment::Blocks)
    }

    #[inline]
    fn made_in(program: &VerifiedProgram, mode: JitMode, payment: Payment) -> Option<Arc<Code>> {
        program.machine_code.made(mode, payment).get_or_make(|| compile(program, mode, payment))
    }

    /// The entry for a mode and a way to pay.
    pub fn made(&self, mode: JitMode, payment: Payment) -> &Made {
        let all = match payment {
            Payment::Runs => &self.runs,
            Payment::Blocks => &self.blocks,
        };
        &all[place(mode)]
    }

    /// Memory in bytes of the code made so far. Code that pays for each block by itself and may still be made counts as
    /// large as the existing code, which is right within a tenth: a cache asks only once.
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

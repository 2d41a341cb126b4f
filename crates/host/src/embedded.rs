//! The engine inside the runtime: the interpreter of `bpf-vm`.
//!
//! It needs nothing from the node and keeps nothing between calls of the runtime, so every [`Engine::compile`] parses
//! and verifies again.

use crate::program::{self, Run};
use crate::{Code, CompileError, Engine, Entry, Rules};
use alloc::sync::Arc;
use bpf_vm::VerifiedProgram;
use polkadot_sdk::sp_io;

/// The interpreter, compiled into the runtime.
pub struct Embedded;

impl Engine for Embedded {
    type Module = Arc<VerifiedProgram>;
    type Instance = Run;

    fn compile(code: Code<'_>, rules: &Rules) -> Result<Self::Module, CompileError> {
        let program = match code {
            Code::Bytes(image) => program::verify(image, rules),
            Code::Storage(key) => {
                let stored = sp_io::storage::get(key).ok_or(CompileError::NotFound)?;
                program::verify(program::stored_image(&stored)?, rules)
            }
        };
        program.map(Arc::new)
    }

    fn instantiate(module: &Self::Module, entry: Entry) -> Run {
        Run::new(module.clone(), entry, bpf_vm::Engine::Interpreter)
    }
}

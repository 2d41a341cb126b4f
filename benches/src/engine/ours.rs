//! Our machine: `bpf-vm`, with any of its engines.

use super::{host, Engine, Loaded, Running};
use crate::compile::Programs;
use anyhow::{bail, Result};
use bpf_vm::{
    verify, Config, CostTable, Entry, Exit, Gas, Instance, Limits, Program, Rules, SyscallTable,
    VerifiedProgram,
};
use contract_abi::syscall::Syscall;
use std::sync::Arc;

/// An engine of `bpf-vm`, with gas or without.
pub struct Ours {
    /// Which.
    pub engine: bpf_vm::Engine,
    /// Whether gas is charged.
    pub metered: bool,
}

impl Ours {
    /// Parses and verifies an image.
    pub fn verified(&self, image: &[u8]) -> Result<VerifiedProgram> {
        // The function that kernels call replaces a contract function; see `host` in `kernels/src/lib.rs`.
        let mut rules = Rules::contract(SyscallTable::contract(|_| true));
        rules.limits = Limits::MAX;
        // Machine code does not use steps.
        rules.steps = self.engine == bpf_vm::Engine::Interpreter;
        if !self.metered {
            rules.costs = CostTable::FREE;
        }
        Ok(verify(Program::from_image(image)?, &rules)?)
    }
}

impl Engine for Ours {
    fn load(&self, programs: &Programs) -> Result<Box<dyn Loaded>> {
        let program = self.verified(&programs.image)?;
        program.compile(self.engine);
        Ok(Box::new(Ready { program: Arc::new(program), engine: self.engine }))
    }
}

struct Ready {
    program: Arc<VerifiedProgram>,
    engine: bpf_vm::Engine,
}

impl Loaded for Ready {
    fn instantiate(&self) -> Result<Box<dyn Running + '_>> {
        let config = Config { engine: self.engine, ..Config::default() };
        let instance = Instance::new(self.program.clone(), &config);
        if instance.engine() != self.engine {
            bail!("{} runs instead of {}", instance.engine().name(), self.engine.name());
        }
        Ok(Box::new(instance))
    }

    fn native_bytes(&self) -> Option<usize> {
        self.machine_code().map(|code| code.len())
    }

    fn machine_code(&self) -> Option<Vec<u8>> {
        self.program.machine_code(self.engine)
    }
}

fn call(instance: &mut Instance, entry: Entry, n: u64) -> Result<u64> {
    instance.set_gas(Gas::MAX);
    instance.start(entry, [n, 0, 0, 0, 0])?;
    loop {
        match instance.run() {
            Exit::Finished { r0, .. } => return Ok(r0),
            Exit::Syscall { number, args } if number == Syscall::IsContract.number() => {
                instance.resume(host(args[0]))
            }
            other => bail!("{other:?} at slot {}", instance.pc()),
        }
    }
}

impl Running for Instance {
    fn setup(&mut self, n: u64) -> Result<()> {
        call(self, Entry::Deploy, n).map(drop)
    }

    fn run(&mut self, n: u64) -> Result<u64> {
        call(self, Entry::Call, n)
    }
}

//! PolkaVM's compiler with its Linux sandbox (a separate process), with gas that stops at once and without
//! gas.
//!
//! The generic sandbox, which runs in the same process, is left out: it is marked as experimental and not for
//! production.

use crate::compile::Programs;
use crate::engine::{host, Engine, Loaded, Running};
use anyhow::{anyhow, bail, Context, Result};
use polkavm::{
    BackendKind, Config, GasMeteringKind, InterruptKind, Module, ModuleConfig, ProgramBlob, ProgramCounter,
    RawInstance, Reg, SandboxKind,
};

/// PolkaVM.
pub struct PolkaVm {
    engine: polkavm::Engine,
    gas: Option<GasMeteringKind>,
}

impl PolkaVm {
    /// PolkaVM with this kind of gas.
    pub fn new(gas: Option<GasMeteringKind>) -> Result<PolkaVm> {
        let mut config = Config::new();
        config.set_backend(Some(BackendKind::Compiler)).set_sandbox(Some(SandboxKind::Linux));
        let engine = polkavm::Engine::new(&config).map_err(|error| anyhow!("PolkaVM: {error}"))?;
        Ok(PolkaVm { engine, gas })
    }
}

impl Engine for PolkaVm {
    fn load(&self, programs: &Programs) -> Result<Box<dyn Loaded>> {
        let blob =
            ProgramBlob::parse(programs.polkavm.as_slice().into()).map_err(|error| anyhow!("{error}"))?;
        let mut config = ModuleConfig::new();
        config.set_gas_metering(self.gas);
        let module = Module::from_blob(&self.engine, &config, blob).map_err(|error| anyhow!("{error}"))?;
        let export = |name: &str| {
            let found = module.exports().find(|export| export.symbol().as_bytes() == name.as_bytes());
            found.map(|export| export.program_counter()).with_context(|| format!("no export `{name}`"))
        };
        let (setup, run) = (export("setup")?, export("run")?);
        Ok(Box::new(Compiled { module, setup, run, metered: self.gas.is_some() }))
    }
}

struct Compiled {
    module: Module,
    setup: ProgramCounter,
    run: ProgramCounter,
    metered: bool,
}

impl Loaded for Compiled {
    fn instantiate(&self) -> Result<Box<dyn Running + '_>> {
        let instance = self.module.instantiate().map_err(|error| anyhow!("{error}"))?;
        Ok(Box::new(Instantiated { instance, program: self }))
    }

    fn native_bytes(&self) -> Option<usize> {
        self.module.machine_code().map(<[u8]>::len)
    }

    fn machine_code(&self) -> Option<Vec<u8>> {
        self.module.machine_code().map(<[u8]>::to_vec)
    }
}

struct Instantiated<'a> {
    instance: RawInstance,
    program: &'a Compiled,
}

impl Instantiated<'_> {
    fn call(&mut self, function: ProgramCounter, n: u64) -> Result<u64> {
        if self.program.metered {
            self.instance.set_gas(i64::MAX);
        }
        self.instance.prepare_call_untyped(function, &[n]);
        loop {
            match self.instance.run().map_err(|error| anyhow!("{error}"))? {
                InterruptKind::Finished => return Ok(self.instance.reg(Reg::A0)),
                // Kernels import only one function.
                InterruptKind::Ecalli(_) => {
                    let answer = host(self.instance.reg(Reg::A0));
                    self.instance.set_reg(Reg::A0, answer);
                }
                other => bail!("{other:?} at {:?}", self.instance.program_counter()),
            }
        }
    }
}

impl Running for Instantiated<'_> {
    fn setup(&mut self, n: u64) -> Result<()> {
        self.call(self.program.setup, n).map(drop)
    }

    fn run(&mut self, n: u64) -> Result<u64> {
        self.call(self.program.run, n)
    }
}

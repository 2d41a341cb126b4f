//! wasmtime with Cranelift or Winch, in its default configuration except for fuel.

use super::said;
use crate::compile::Programs;
use crate::engine::{host, Engine, Loaded, Running};
use anyhow::Result;
pub use wasmtime::Strategy;
use wasmtime::{Config, Instance, Linker, Module, Store, TypedFunc};

/// One of wasmtime's compilers.
pub struct Wasmtime {
    engine: wasmtime::Engine,
    fuel: bool,
}

impl Wasmtime {
    /// The compiler, with or without fuel.
    pub fn new(strategy: Strategy, fuel: bool) -> Result<Wasmtime> {
        let mut config = Config::new();
        config.strategy(strategy).consume_fuel(fuel);
        Ok(Wasmtime { engine: wasmtime::Engine::new(&config).map_err(said)?, fuel })
    }
}

impl Engine for Wasmtime {
    fn load(&self, programs: &Programs) -> Result<Box<dyn Loaded>> {
        let module = Module::new(&self.engine, &programs.wasm).map_err(said)?;
        let mut linker = Linker::new(&self.engine);
        linker.func_wrap("env", "host", host).map_err(said)?;
        Ok(Box::new(Compiled { module, linker, fuel: self.fuel }))
    }
}

struct Compiled {
    module: Module,
    linker: Linker<()>,
    fuel: bool,
}

impl Loaded for Compiled {
    fn instantiate(&self) -> Result<Box<dyn Running + '_>> {
        let mut store = Store::new(self.module.engine(), ());
        if self.fuel {
            store.set_fuel(u64::MAX).map_err(said)?;
        }
        let instance = self.linker.instantiate(&mut store, &self.module).map_err(said)?;
        let function =
            |store: &mut Store<()>, instance: &Instance, name| instance.get_typed_func(store, name);
        let setup = function(&mut store, &instance, "setup").map_err(said)?;
        let run = function(&mut store, &instance, "run").map_err(said)?;
        Ok(Box::new(Instantiated { setup, run, store, fuel: self.fuel }))
    }

    fn native_bytes(&self) -> Option<usize> {
        Some(self.module.text().len())
    }

    fn machine_code(&self) -> Option<Vec<u8>> {
        Some(self.module.text().to_vec())
    }
}

struct Instantiated {
    setup: TypedFunc<u64, u64>,
    run: TypedFunc<u64, u64>,
    store: Store<()>,
    fuel: bool,
}

impl Instantiated {
    fn refuel(&mut self) -> Result<()> {
        if self.fuel {
            self.store.set_fuel(u64::MAX).map_err(said)?;
        }
        Ok(())
    }
}

impl Running for Instantiated {
    fn setup(&mut self, n: u64) -> Result<()> {
        self.refuel()?;
        self.setup.call(&mut self.store, n).map_err(said)?;
        Ok(())
    }

    fn run(&mut self, n: u64) -> Result<u64> {
        self.refuel()?;
        self.run.call(&mut self.store, n).map_err(said)
    }
}

//! wasmi, with fuel: typical of chains that interpret Wasm.

use crate::compile::Programs;
use crate::engine::{host, Engine, Loaded, Running};
use anyhow::Result;
use wasmi::{Config, Linker, Module, Store, TypedFunc};

/// wasmi in its default configuration, except for fuel.
pub struct Wasmi {
    engine: wasmi::Engine,
}

impl Wasmi {
    /// wasmi, with fuel.
    pub fn new() -> Wasmi {
        let mut config = Config::default();
        config.consume_fuel(true);
        Wasmi { engine: wasmi::Engine::new(&config) }
    }
}

impl Engine for Wasmi {
    fn load(&self, programs: &Programs) -> Result<Box<dyn Loaded>> {
        let module = Module::new(&self.engine, &programs.wasm)?;
        let mut linker = Linker::new(&self.engine);
        linker.func_wrap("env", "host", host)?;
        Ok(Box::new(Translated { module, linker }))
    }
}

struct Translated {
    module: Module,
    linker: Linker<()>,
}

impl Loaded for Translated {
    fn instantiate(&self) -> Result<Box<dyn Running + '_>> {
        let mut store = Store::new(self.module.engine(), ());
        store.set_fuel(u64::MAX)?;
        let instance = self.linker.instantiate_and_start(&mut store, &self.module)?;
        let setup = instance.get_typed_func(&store, "setup")?;
        let run = instance.get_typed_func(&store, "run")?;
        Ok(Box::new(Instantiated { setup, run, store }))
    }
}

struct Instantiated {
    setup: TypedFunc<u64, u64>,
    run: TypedFunc<u64, u64>,
    store: Store<()>,
}

impl Running for Instantiated {
    fn setup(&mut self, n: u64) -> Result<()> {
        self.store.set_fuel(u64::MAX)?;
        self.setup.call(&mut self.store, n)?;
        Ok(())
    }

    fn run(&mut self, n: u64) -> Result<u64> {
        self.store.set_fuel(u64::MAX)?;
        Ok(self.run.call(&mut self.store, n)?)
    }
}

//! wasmer with its single-pass compiler, with and without its metering middleware (every operator costs 1).

use crate::compile::Programs;
use crate::engine::{host, Engine, Loaded, Running};
use anyhow::Result;
use std::sync::Arc;
use wasmer::sys::{CompilerConfig, EngineBuilder, Singlepass};
use wasmer::{imports, Function, Instance, Module, Store, TypedFunction};
use wasmer_middlewares::metering::{set_remaining_points, Metering};

/// wasmer's single-pass compiler.
pub struct Wasmer {
    /// Whether the metering middleware is used.
    pub metered: bool,
}

impl Engine for Wasmer {
    fn load(&self, programs: &Programs) -> Result<Box<dyn Loaded>> {
        // A middleware belongs to one module, so an engine does too.
        let mut config = Singlepass::default();
        if self.metered {
            config.push_middleware(Arc::new(Metering::new(u64::MAX, |_| 1)));
        }
        let engine: wasmer::Engine = EngineBuilder::new(config).into();
        let module = Module::new(&engine, &programs.wasm)?;
        Ok(Box::new(Compiled { engine, module, metered: self.metered }))
    }
}

struct Compiled {
    engine: wasmer::Engine,
    module: Module,
    metered: bool,
}

impl Loaded for Compiled {
    fn instantiate(&self) -> Result<Box<dyn Running + '_>> {
        let mut store = Store::new(self.engine.clone());
        let imports = imports! { "env" => { "host" => Function::new_typed(&mut store, host) } };
        let instance = Instance::new(&mut store, &self.module, &imports)?;
        let setup = instance.exports.get_typed_function(&store, "setup")?;
        let run = instance.exports.get_typed_function(&store, "run")?;
        Ok(Box::new(Instantiated { store, instance, setup, run, metered: self.metered }))
    }
}

struct Instantiated {
    store: Store,
    instance: Instance,
    setup: TypedFunction<u64, u64>,
    run: TypedFunction<u64, u64>,
    metered: bool,
}

impl Instantiated {
    fn refuel(&mut self) {
        if self.metered {
            set_remaining_points(&mut self.store, &self.instance, u64::MAX);
        }
    }
}

impl Running for Instantiated {
    fn setup(&mut self, n: u64) -> Result<()> {
        self.refuel();
        self.setup.call(&mut self.store, n)?;
        Ok(())
    }

    fn run(&mut self, n: u64) -> Result<u64> {
        self.refuel();
        Ok(self.run.call(&mut self.store, n)?)
    }
}

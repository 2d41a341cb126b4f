//! Runs a WebAssembly module with WASI: `wasi-runner [--dir FOLDER]… MODULE [ARGUMENT]…`.
//!
//! `cargo xtask test wasm32` has cargo start tests with it that were compiled for `wasm32-wasip1`. The module gets the
//! arguments, the environment and the standard streams of this process, and reads the folders under the names that
//! they have outside; it cannot write. The process exits as the module does. A trap, such as a panic where panics
//! abort, is an error with the module's backtrace.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use wasmtime::error::Context as _;
use wasmtime::{bail, Config, Engine, Linker, Module, Result, Store, WasmBacktraceDetails};
use wasmtime_wasi::p1::{add_to_linker_sync, WasiP1Ctx};
use wasmtime_wasi::{FsPerms, I32Exit, WasiCtxBuilder};

fn main() -> ExitCode {
    match Asked::read(std::env::args().skip(1)).and_then(|asked| asked.run()) {
        // Where exit codes have 8 bits, as here, what is larger must not look like success.
        Ok(code) => ExitCode::from(u8::try_from(code).unwrap_or(u8::MAX)),
        Err(error) => {
            eprintln!("wasi-runner: {error:?}");
            ExitCode::FAILURE
        }
    }
}

struct Asked {
    dirs: Vec<PathBuf>,
    module: PathBuf,
    /// The module's own path comes first.
    arguments: Vec<String>,
}

impl Asked {
    fn read(mut arguments: impl Iterator<Item = String>) -> Result<Self> {
        let mut dirs = Vec::new();
        loop {
            match arguments.next() {
                Some(option) if option == "--dir" => {
                    dirs.push(arguments.next().context("`--dir` needs a folder")?.into());
                }
                Some(module) => {
                    let arguments = std::iter::once(module.clone()).chain(arguments).collect();
                    return Ok(Self { dirs, module: module.into(), arguments });
                }
                None => bail!("no module; the arguments are `[--dir FOLDER]… MODULE [ARGUMENT]…`"),
            }
        }
    }

    /// Returns the exit code.
    fn run(&self) -> Result<i32> {
        let mut config = Config::new();
        config.wasm_backtrace_details(WasmBacktraceDetails::Enable);
        let engine = Engine::new(&config)?;
        let module = Module::from_file(&engine, &self.module)
            .with_context(|| format!("cannot load {}", self.module.display()))?;
        let mut linker = Linker::new(&engine);
        add_to_linker_sync(&mut linker, |wasi: &mut WasiP1Ctx| wasi)?;
        let mut store = Store::new(&engine, self.wasi()?);
        let instance = linker.instantiate(&mut store, &module)?;
        let start = instance.get_typed_func::<(), ()>(&mut store, "_start")?;
        match start.call(&mut store, ()) {
            Ok(()) => Ok(0),
            Err(error) => match error.downcast_ref::<I32Exit>() {
                Some(&I32Exit(code)) => Ok(code),
                None => Err(error.context(format!("{} was stopped", self.module.display()))),
            },
        }
    }

    fn wasi(&self) -> Result<WasiP1Ctx> {
        let mut wasi = WasiCtxBuilder::new();
        wasi.inherit_stdio().inherit_env().args(&self.arguments).allow_blocking_current_thread(true);
        for dir in &self.dirs {
            let name = Path::to_str(dir).with_context(|| format!("{} is not UTF-8", dir.display()))?;
            wasi.preopened_dir(dir, name, FsPerms::ReadOnly)
                .with_context(|| format!("cannot open the folder {name}"))?;
        }
        Ok(wasi.build_p1())
    }
}

//! The kernel as this machine's own code, in a shared library.

use super::{host, Engine, Loaded, Running};
use crate::compile::Programs;
use anyhow::Result;
use libloading::{Library, Symbol};
use std::path::{Path, PathBuf};

/// The host processor.
pub struct Native;

impl Engine for Native {
    fn load(&self, programs: &Programs) -> Result<Box<dyn Loaded>> {
        Ok(Box::new(Shared { path: programs.native.clone() }))
    }
}

struct Shared {
    path: PathBuf,
}

type Function = unsafe extern "C" fn(u64) -> u64;

type Bind = unsafe extern "C" fn(extern "C" fn(u64) -> u64);

extern "C" fn serve(argument: u64) -> u64 {
    host(argument)
}

impl Loaded for Shared {
    fn instantiate(&self) -> Result<Box<dyn Running + '_>> {
        Ok(Box::new(Opened::new(&self.path)?))
    }
}

/// A loaded shared library. Its functions are those of a kernel from this package.
struct Opened {
    setup: Function,
    run: Function,
    /// Keeps the functions loaded.
    _library: Library,
}

impl Opened {
    fn new(path: &Path) -> Result<Opened> {
        // SAFETY: a kernel's library is no_std code without initialisers.
        let library = unsafe { Library::new(path) }?;
        // SAFETY: `kernel!` declares it so.
        let setup: Symbol<'_, Function> = unsafe { library.get(b"setup") }?;
        // SAFETY: `kernel!` declares it so.
        let run: Symbol<'_, Function> = unsafe { library.get(b"run") }?;
        // SAFETY: `kernel!` declares it so.
        let bind: Symbol<'_, Bind> = unsafe { library.get(b"bind") }?;
        // SAFETY: it takes a function of that type, which outlives the library.
        unsafe { bind(serve) };
        let (setup, run) = (*setup, *run);
        Ok(Opened { setup, run, _library: library })
    }
}

impl Running for Opened {
    fn setup(&mut self, n: u64) -> Result<()> {
        // SAFETY: a kernel is safe to call with any size that the table gives; the library is loaded.
        unsafe { (self.setup)(n) };
        Ok(())
    }

    fn run(&mut self, n: u64) -> Result<u64> {
        // SAFETY: as above.
        Ok(unsafe { (self.run)(n) })
    }
}

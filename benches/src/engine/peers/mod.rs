//! Other virtual machines, each as its documentation sets it up.

mod wasmi;
mod wasmtime;

use super::{Contender, Kind};
use ::wasmtime::Strategy;
use anyhow::Result;

/// All of them.
///
/// # Errors
/// If one cannot be had here.
pub fn all() -> Result<Vec<Contender>> {
    use Kind::{Compiler, Interpreter};
    let wasmtime = wasmtime::Wasmtime::new;
    Ok(vec![
        Contender::other("wasmtime (fuel)", Compiler, true, wasmtime(Strategy::Cranelift, true)?),
        Contender::other("wasmtime", Compiler, false, wasmtime(Strategy::Cranelift, false)?),
        Contender::other("winch (fuel)", Compiler, true, wasmtime(Strategy::Winch, true)?),
        Contender::other("winch", Compiler, false, wasmtime(Strategy::Winch, false)?),
        Contender::other("wasmi (fuel)", Interpreter, true, wasmi::Wasmi::new()),
    ])
}

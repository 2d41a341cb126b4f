//! Other virtual machines, each set up as its documentation says.

mod ebpf;
mod polkavm;
mod rbpf;
mod sbpf;
mod wasmer;
mod wasmi;
mod wasmtime;

use super::{Contender, Kind};
use ::polkavm::GasMeteringKind;
use ::wasmtime::Strategy;
use anyhow::Result;

/// All of them.
///
/// # Errors
/// If one is not available here.
pub fn all() -> Result<Vec<Contender>> {
    use Kind::{Compiler, Interpreter};
    let wasmtime = wasmtime::Wasmtime::new;
    let polkavm = polkavm::PolkaVm::new;
    Ok(vec![
        Contender::other("wasmtime (fuel)", Compiler, true, wasmtime(Strategy::Cranelift, true)?),
        Contender::other("wasmtime", Compiler, false, wasmtime(Strategy::Cranelift, false)?),
        Contender::other("winch (fuel)", Compiler, true, wasmtime(Strategy::Winch, true)?),
        Contender::other("winch", Compiler, false, wasmtime(Strategy::Winch, false)?),
        Contender::other("singlepass (metering)", Compiler, true, wasmer::Wasmer { metered: true }),
        Contender::other("singlepass", Compiler, false, wasmer::Wasmer { metered: false }),
        Contender::other("polkavm (sync gas)", Compiler, true, polkavm(Some(GasMeteringKind::Sync))?),
        Contender::other("polkavm", Compiler, false, polkavm(None)?),
        Contender::other("solana-sbpf (meter)", Compiler, true, sbpf::Sbpf),
        Contender::other("rbpf jit", Compiler, false, rbpf::Rbpf { jit: true }),
        Contender::other("wasmi (fuel)", Interpreter, true, wasmi::Wasmi::new()),
        Contender::other("rbpf interpreter", Interpreter, false, rbpf::Rbpf { jit: false }),
    ])
}

/// Converts an error of a machine that has its own error type.
fn said(error: impl std::fmt::Display) -> anyhow::Error {
    anyhow::anyhow!("{error:#}")
}

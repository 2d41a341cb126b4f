//! Writes the runtime with `pallet-contracts`, compressed as nodes and chains take it, to the file that is named.
//!
//! The counterpart of `inkbpf-node export-runtime`, for `cargo xtask bench node`.

#![forbid(unsafe_code)]

use std::process::ExitCode;

#[allow(dead_code, missing_docs, reason = "what the builder writes")]
mod runtime {
    include!(concat!(env!("OUT_DIR"), "/wasm.rs"));
}

fn main() -> ExitCode {
    match write() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn write() -> Result<(), String> {
    let file = std::env::args_os().nth(1).ok_or("usage: inkbpf-runtime-of-wasm-blob FILE")?;
    let code = runtime::WASM_BINARY.ok_or("built with SKIP_WASM_BUILD set: there is no runtime in it")?;
    std::fs::write(&file, code).map_err(|error| format!("cannot write {}: {error}", file.display()))
}

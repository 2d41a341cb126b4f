//! What the plugin does between its command line and its answer.

use super::case::Source;
use super::engine;
use super::{elf, hex_bytes};
use bpf_vm::Engine;
use bpf_vm::Exit;
use std::io::Read;
use std::sync::Arc;

/// Runs the program on `stdin` as `arguments` say, and gives r0.
///
/// # Errors
/// Why there is no r0.
pub fn run(mut arguments: impl Iterator<Item = String>, stdin: &mut dyn Read) -> Result<u64, String> {
    let mut engine = Engine::Interpreter;
    let mut is_elf = false;
    let mut memory = Vec::new();
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--engine" => engine = engine::from_name(&arguments.next().ok_or("--engine wants a name")?)?,
            "--elf" => is_elf = true,
            option if option.starts_with("--") => return Err(format!("unknown option {option:?}")),
            hex => memory.extend(hex_bytes(hex)?),
        }
    }
    let mut input = Vec::new();
    stdin.read_to_end(&mut input).map_err(|error| error.to_string())?;
    if !input.starts_with(b"\x7fELF") {
        input = hex_bytes(&String::from_utf8(input).map_err(|_| "the program is not in hexadecimal")?)?;
    }
    let source = match is_elf {
        true => elf::to_program(&input)?,
        false => Source::Text(input),
    };
    let program = engine::load(&source).map_err(|refusal| refusal.to_string())?;
    let outcome = engine::run(engine, &Arc::new(program), &memory, u64::MAX)?;
    match outcome.exit {
        Exit::Finished { r0, .. } => Ok(r0),
        Exit::Trapped(trap) => Err(trap.to_string()),
        _ => Err(format!("gas ran out at slot {}", outcome.pc)),
    }
}

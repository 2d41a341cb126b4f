//! The plugin that the public BPF conformance runner (`bpf_conformance_runner`) drives.
//!
//! ```text
//! conformance_plugin [MEMORY] [--engine NAME] [--elf] < PROGRAM
//! ```
//!
//! MEMORY is bytes in hexadecimal; the program finds their address in r1 and their number in r2. PROGRAM
//! is bytes in hexadecimal: instructions, or with `--elf` an ELF object, which may also come as it is. The
//! result, r0, is written in hexadecimal. A program that is refused or stops gives a message on stderr
//! and exit code 1.

mod support;

use bpf_vm::Exit;
use std::io::Read;
use std::process::ExitCode;
use std::sync::Arc;
use support::case::Source;
use support::engine::{self, Engine};
use support::{elf, hex_bytes};

fn main() -> ExitCode {
    match run(std::env::args().skip(1)) {
        Ok(r0) => {
            println!("{r0:x}");
            ExitCode::SUCCESS
        }
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

fn run(mut arguments: impl Iterator<Item = String>) -> Result<u64, String> {
    let mut engine = Engine::Interp;
    let mut is_elf = false;
    let mut memory = Vec::new();
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--engine" => engine = Engine::from_name(&arguments.next().ok_or("--engine wants a name")?)?,
            "--elf" => is_elf = true,
            option if option.starts_with("--") => return Err(format!("unknown option {option:?}")),
            hex => memory.extend(hex_bytes(hex)?),
        }
    }
    let mut input = Vec::new();
    std::io::stdin().read_to_end(&mut input).map_err(|error| error.to_string())?;
    if !input.starts_with(b"\x7fELF") {
        input = hex_bytes(&String::from_utf8(input).map_err(|_| "the program is not in hexadecimal")?)?;
    }
    let source = match is_elf {
        true => Source::Image(elf::to_image(&input)?),
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

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

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = std::env::args().skip(1);
    match support::plugin::run(arguments, &mut std::io::stdin().lock()) {
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

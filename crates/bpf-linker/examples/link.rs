//! Links object files into a program image: `link OUT.elf IN.o…`.

use bpf_linker::{link, Input, Options};
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let Some(output) = args.next() else {
        eprintln!("usage: link OUT.elf IN.o…");
        return ExitCode::FAILURE;
    };
    let mut files = Vec::new();
    for name in args {
        match std::fs::read(&name) {
            Ok(bytes) => files.push((name, bytes)),
            Err(error) => {
                eprintln!("{name}: {error}");
                return ExitCode::FAILURE;
            }
        }
    }
    let inputs: Vec<Input> = files.iter().map(|(name, bytes)| Input { name, bytes }).collect();
    let result = link(&inputs, &Options::default());
    match result.map_err(|error| error.to_string()).and_then(|linked| {
        std::fs::write(&output, &linked.image)
            .and_then(|()| std::fs::write(format!("{output}.debug"), linked.debug.unwrap_or_default()))
            .map_err(|error| error.to_string())
    }) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

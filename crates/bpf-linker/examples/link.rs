//! Links object files into a program image: `link [--plain] OUT.elf IN.o…`, and says what came of it.
//! With `--plain` no rewrite runs.

use bpf_linker::{link, Input, Options};
use std::process::ExitCode;

fn main() -> ExitCode {
    let (flags, args): (Vec<_>, Vec<_>) = std::env::args().skip(1).partition(|arg| arg.starts_with("--"));
    let mut args = args.into_iter();
    let Some(output) = args.next() else {
        eprintln!("usage: link [--plain] OUT.elf IN.o…");
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
    let mut options = Options::default();
    if flags.iter().any(|flag| flag == "--plain") {
        options.rewrites.clear();
    }
    let result = link(&inputs, &options);
    if let Ok(linked) = &result {
        let report = &linked.report;
        println!(
            "{} bytes: text {}, read-only data {}, data {}, bss {}, stack {}, heap {}; {} functions, {} merged",
            report.image,
            report.text,
            report.rodata,
            report.data,
            report.bss,
            report.stack,
            report.heap,
            report.functions.len(),
            report.merged.len()
        );
        for effect in &report.rewrites {
            println!("{:>8} slots by {}", -effect.slots, effect.rewrite.name());
        }
    }
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

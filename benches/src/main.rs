//! `cargo xtask bench`: measures, and writes BENCHMARKS.md.

use anyhow::{ensure, Result};
use clap::Parser;
use inkbpf_benches::compile::Compiler;
use inkbpf_benches::engine::Contender;
use inkbpf_benches::measure::{measure, Effort};
use inkbpf_benches::report::{self, Measured};
use inkbpf_benches::table::KERNELS;
use inkbpf_benches::{engine, programs};
use std::path::{Path, PathBuf};

/// Times the same Rust kernels on all machines.
///
/// A full run writes BENCHMARKS.md; a run that leaves anything out only prints.
#[derive(Parser)]
struct Options {
    /// Only kernels, contracts and synthetic programs with this in their name. Can be given more than once.
    #[arg(long)]
    kernel: Vec<String>,
    /// Only engines with this in their name, besides native code. Can be given more than once.
    #[arg(long)]
    engine: Vec<String>,
    /// Use fewer rounds, for a quick look during changes.
    #[arg(long)]
    quick: bool,
    /// Write BENCHMARKS.md even with few rounds.
    #[arg(long)]
    write: bool,
    /// Measure nothing; write programs and their machine code into this folder, for a disassembler.
    #[arg(long, value_name = "FOLDER")]
    code: Option<PathBuf>,
}

fn main() -> Result<()> {
    let options = Options::parse();
    let effort = if options.quick { Effort::QUICK } else { Effort::FULL };
    let chosen =
        |names: &[String], name: &str| names.is_empty() || names.iter().any(|part| name.contains(part));
    let whole = options.kernel.is_empty() && options.engine.is_empty() && cfg!(feature = "peers");

    let mut contenders = engine::all()?;
    contenders
        .retain(|contender| contender.name == engine::NATIVE || chosen(&options.engine, &contender.name));
    ensure!(contenders.len() > 1, "no engine has a name that contains any of {:?}", options.engine);

    eprintln!("compiling the kernels and contracts");
    let compiler = Compiler::new()?;
    let mut kernels = KERNELS.iter().filter(|kernel| chosen(&options.kernel, kernel.name)).peekable();
    if let Some(folder) = options.code {
        ensure!(kernels.peek().is_some(), "no kernel has a name that contains any of {:?}", options.kernel);
        return kernels.try_for_each(|kernel| code(&compiler, kernel.name, &contenders, &folder));
    }
    let mut rows = Vec::new();
    for &kernel in kernels {
        let row = measure(kernel, &compiler.programs(kernel.name)?, &contenders, effort)?;
        print!("{}", report::plain(&row, &contenders));
        rows.push(row);
    }
    let mut compiled = Vec::new();
    for subject in programs::all()?.iter().filter(|subject| chosen(&options.kernel, &subject.name)) {
        let row = programs::measure(subject, &contenders, effort)?;
        print!("{}", report::plain_program(&row));
        compiled.push(row);
    }
    ensure!(
        !rows.is_empty() || !compiled.is_empty(),
        "no kernel has a name that contains any of {:?}",
        options.kernel
    );

    if whole && (options.write || !options.quick) {
        let measured =
            Measured { contenders: &contenders, rows: &rows, programs: &compiled, rustc: compiler.version() };
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../BENCHMARKS.md");
        // Keep what `cargo xtask bench chain` has written.
        let old = std::fs::read_to_string(&path).unwrap_or_default();
        let others = old.find(report::OTHERS).map_or("", |at| &old[at..]);
        std::fs::write(
            &path,
            [measured.markdown().as_str(), if others.is_empty() { "" } else { "\n" }, others].concat(),
        )?;
        eprintln!("wrote BENCHMARKS.md");
    }
    Ok(())
}

/// Writes a kernel's programs into a folder, and the machine code of each contender that exposes it.
fn code(compiler: &Compiler, kernel: &str, contenders: &[Contender], folder: &Path) -> Result<()> {
    let programs = compiler.programs(kernel)?;
    std::fs::create_dir_all(folder)?;
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.join(format!("{kernel}.{name}")), bytes);
    write("bpf", &programs.image)?;
    write("wasm", &programs.wasm)?;
    std::fs::copy(&programs.native, folder.join(format!("{kernel}.native")))?;
    for contender in contenders {
        // Some cannot take some programs.
        let Ok(loaded) = contender.engine.load(&programs) else { continue };
        if let Some(code) = loaded.machine_code() {
            write(&contender.name.replace(['(', ')'], "").replace(' ', "-"), &code)?;
        }
    }
    Ok(())
}

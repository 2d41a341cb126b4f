//! `inkbpf build`: compiles an ink! contract to an eBPF program and its bundle.

use crate::artifact::nearest_manifest;
use crate::output::{Code, Output};
use inkbpf_build::{Built, Event, Request, Sizes};
use std::io::Write;
use std::path::PathBuf;

/// How many functions are listed.
const FUNCTIONS: usize = 10;

/// Selects a contract and how to compile it.
#[derive(clap::Args)]
pub struct Contract {
    /// The contract's Cargo.toml, or its folder [default: in the current folder or the nearest above it]
    #[arg(long, value_name = "PATH")]
    manifest_path: Option<PathBuf>,
    /// Write here instead of to the workspace's `target`, for instance for read-only sources. CARGO_TARGET_DIR is
    /// ignored
    #[arg(long, value_name = "DIR")]
    target_dir: Option<PathBuf>,
    /// Features of the contract to enable
    #[arg(long, value_delimiter = ',', value_name = "FEATURES")]
    features: Vec<String>,
    /// Keep debug messages in the program, including the text of panics
    #[arg(long)]
    debug: bool,
    /// Write the uncompressed program image, which disassemblers can read
    #[arg(long)]
    no_compress: bool,
    /// Do not use the network
    #[arg(long)]
    offline: bool,
}

impl Contract {
    /// The request for the build library.
    pub fn request(&self, output: &Output) -> anyhow::Result<Request> {
        let path = match &self.manifest_path {
            Some(path) => path.clone(),
            // If there is none, the error names the one in this folder.
            None => nearest_manifest()?.unwrap_or_else(|| PathBuf::from("Cargo.toml")),
        };
        let mut request = Request::new(path);
        // Features may also be separated by spaces, as cargo allows.
        let features = self.features.iter().flat_map(|list| list.split_whitespace());
        request.features = features.map(str::to_owned).collect();
        request.target_dir = self.target_dir.clone();
        request.debug = self.debug;
        request.no_compress = self.no_compress;
        request.offline = self.offline;
        request.show_cargo = output.is_chatty();
        Ok(request)
    }
}

/// Arguments of `inkbpf build`.
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    contract: Contract,
    /// Build even if nothing changed
    #[arg(long)]
    force: bool,
    /// Write an intermediate form instead
    #[arg(long, value_enum)]
    emit: Option<Emit>,
}

/// Intermediate forms of a program.
#[derive(Clone, Copy, clap::ValueEnum)]
enum Emit {
    /// LLVM bitcode, as rustc emits it
    Bitcode,
}

impl Args {
    /// Builds.
    pub fn run(self, output: &mut Output) -> anyhow::Result<Code> {
        let mut request = self.contract.request(output)?;
        request.force = self.force;
        if let Some(Emit::Bitcode) = self.emit {
            let path = inkbpf_build::emit_bitcode(&request, &mut |event| tell(output, event))?;
            output.result(&serde_json::json!({ "bitcode": path }), |out| writeln!(out, "{}", path.display()));
            return Ok(Code::Success);
        }
        let built = inkbpf_build::build(&request, &mut |event| tell(output, event))?;
        output.result(&built, |out| describe(out, &built));
        Ok(Code::Success)
    }
}

/// Reports a build's progress.
pub fn tell(output: &mut Output, event: Event) {
    match event {
        Event::Toolchain(toolchain) => {
            output.note(format_args!("   Compiler {} ({})", toolchain.version, toolchain.rustc.display()));
        }
        Event::Waiting => output.note("    Waiting for another build to finish"),
        Event::Compiling { name } => output.note(format_args!("   Building {name} for eBPF")),
        Event::Translating => output.note("Translating LLVM bitcode to an eBPF program"),
        Event::Metadata => output.note("  Describing the contract for its clients"),
    }
}

fn describe(out: &mut dyn Write, built: &Built) -> std::io::Result<()> {
    let Built { name, code_hash, artifacts, sizes, functions, .. } = built;
    match built.unchanged {
        true => writeln!(out, "{name}: nothing has changed since the last build")?,
        false => writeln!(out, "{name}: built{}", if built.debug { ", with debug messages" } else { "" })?,
    }
    writeln!(out)?;
    for file in artifacts.iter() {
        writeln!(out, "  {}", file.display())?;
    }
    writeln!(out, "\n  code hash  {code_hash}\n")?;
    describe_sizes(out, sizes)?;
    let total: u64 = functions.iter().map(|function| function.gas).sum();
    writeln!(out, "\n  gas of all instructions once: {total}, most of it in")?;
    writeln!(out, "  {:>8}  {:>6}  {:>6}  {:>6}  function", "gas", "", "bytes", "stack")?;
    for function in functions.iter().take(FUNCTIONS) {
        let share = function.gas as f64 * 100.0 / total.max(1) as f64;
        writeln!(
            out,
            "  {:>8}  {share:>5.1}%  {:>6}  {:>6}  {}",
            function.gas, function.size, function.frame, function.name
        )?;
    }
    if let Some(more) = functions.len().checked_sub(FUNCTIONS).filter(|&more| more > 0) {
        writeln!(out, "  and {more} more")?;
    }
    Ok(())
}

/// The sizes of a program's parts.
pub fn describe_sizes(out: &mut dyn Write, sizes: &Sizes) -> std::io::Result<()> {
    let Sizes { image, raw, text, rodata, data, bss, heap, stack } = *sizes;
    match image == raw {
        true => writeln!(out, "  stored     {image} bytes")?,
        false => writeln!(out, "  stored     {image} bytes, compressed from {raw}")?,
    }
    let tables = raw - text - rodata - data;
    writeln!(out, "    code {text}, read-only data {rodata}, data {data}, headers and tables {tables}")?;
    writeln!(out, "  running    {} bytes of memory", bss + data + heap + stack)?;
    writeln!(out, "    data {}, heap {heap}, stack {stack}", bss + data)
}

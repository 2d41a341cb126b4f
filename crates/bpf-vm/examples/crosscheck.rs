//! Runs programs on two engines side by side and names the first block after which they differ.
//!
//! ```text
//! cargo run --release -p bpf-vm --example crosscheck -- --engines interp,jit FILE…
//! ```
//!
//! A FILE is a contract (`NAME.elf`; with `NAME.json` beside it, all its constructors and messages are called, each
//! with four kinds of arguments, messages on what a constructor stored), a file of the conformance suite (`.data`), a
//! program in LLVM's syntax (`.bpf`), or bytes of instructions (any other name).
//!
//! | option | meaning |
//! | --- | --- |
//! | `--engines A,B` | the two engines; the interpreter and the JIT if it is not given |
//! | `--input HEX` | call data of a contract, memory of any other program |
//! | `--gas N` | what a run may spend, and all those that compare it block by block |
//! | `--stops N` | at how many blocks to compare, about; all of them in a run of no more |

mod support;

use bpf_vm::crosscheck::{crosscheck, CrosscheckError, Serve, Setting, Side};
use bpf_vm::{Engine, Entry, Gas, Instance, Program, Rules, TextOptions};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use support::case::Case;
use support::mock::{self, Pallet};
use support::{engine, helpers, hex_bytes, number};

const USAGE: &str = "usage: crosscheck [--engines A,B] [--input HEX] [--gas N] [--stops N] FILE…";

fn main() -> ExitCode {
    match run(std::env::args().skip(1)) {
        Ok(Runs { same, differ }) => {
            println!("{same} passed, {differ} failed");
            ExitCode::from(u8::from(differ > 0))
        }
        Err(message) => {
            eprintln!("error: {message}\n{USAGE}");
            ExitCode::from(2)
        }
    }
}

struct Options {
    engines: [Engine; 2],
    input: Option<Vec<u8>>,
    setting: Setting,
}

/// How many runs were the same on both engines, and how many were not.
#[derive(Clone, Copy, Default)]
struct Runs {
    same: usize,
    differ: usize,
}

impl std::ops::AddAssign for Runs {
    fn add_assign(&mut self, other: Runs) {
        self.same += other.same;
        self.differ += other.differ;
    }
}

fn run(mut arguments: impl Iterator<Item = String>) -> Result<Runs, String> {
    let engines = [Engine::Interpreter, Engine::best()];
    let mut options = Options { engines, input: None, setting: Setting::default() };
    let mut files: Vec<PathBuf> = Vec::new();
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or(format!("{argument} wants a value"));
        match argument.as_str() {
            "--engines" => {
                let names = value()?;
                let (one, other) = names.split_once(',').ok_or("--engines wants two names")?;
                options.engines = [engine::from_name(one)?, engine::from_name(other)?];
            }
            "--input" => options.input = Some(hex_bytes(&value()?)?),
            "--gas" => {
                let text = value()?;
                if text.starts_with('-') {
                    return Err(format!("--gas {text} is less than nothing"));
                }
                let gas = Gas(number(&text)?);
                (options.setting.gas, options.setting.work) = (gas, gas);
            }
            "--stops" => {
                let stops = number(&value()?)?;
                options.setting.stops = stops.try_into().map_err(|_| "too many stops")?;
            }
            option if option.starts_with('-') => return Err(format!("unknown option {option:?}")),
            file => files.push(file.into()),
        }
    }
    if files.is_empty() {
        return Err("no file".to_owned());
    }
    let mut runs = Runs::default();
    for file in files {
        runs += check(&file, &options).map_err(|message| format!("{}: {message}", file.display()))?;
    }
    Ok(runs)
}

fn check(file: &Path, options: &Options) -> Result<Runs, String> {
    let extension = file.extension().unwrap_or_default().to_string_lossy().into_owned();
    let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    if extension == "data" {
        let case = Case::read(file).map_err(|error| error.to_string())?;
        // What must be refused does not run.
        let Ok(loaded) = engine::program(&case.program) else { return Ok(Runs::default()) };
        let mut setting = options.setting.clone();
        setting.input = case.mem;
        return compare(&name, &loaded, options, &setting, || helpers::serve);
    }
    let bytes = std::fs::read(file).map_err(|error| error.to_string())?;
    if bytes.starts_with(b"\x7fELF") {
        let program = Program::from_image(&bytes).map_err(|error| error.to_string())?;
        let side = Side::new(program, &Rules::contract(mock::table()), Engine::Interpreter)
            .map_err(|error| error.to_string())?;
        let calls = match &options.input {
            Some(data) => vec![(Entry::Call, data.clone())],
            None => calls_of(&file.with_extension("json"))?,
        };
        let deployed = Pallet::deployed(side.program(), &calls);
        let mut runs = Runs::default();
        for (entry, data) in calls {
            let pallet = if entry == Entry::Deploy { Pallet::default() } else { deployed.clone() };
            let setting = Setting { entry, ..options.setting.clone() };
            let selector: String = data.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
            let serve = || {
                let mut pallet = pallet.then(data.clone());
                move |instance: &mut Instance, number, args| pallet.serve(instance, number, args)
            };
            runs += compare(&format!("{name} {entry:?} {selector}"), &side, options, &setting, serve)?;
        }
        return Ok(runs);
    }
    let source = match extension.as_str() {
        "bpf" => {
            let text = String::from_utf8(bytes).map_err(|error| error.to_string())?;
            bpf_isa::text::assemble_bytes(&text, bpf_isa::text::Syntax::Llvm)
                .map_err(|error| error.to_string())?
        }
        "contract" | "json" => return Err("is not a program: give the NAME.elf beside it".to_owned()),
        _ => bytes,
    };
    let program = Program::from_text(&source, &TextOptions::default()).map_err(|error| error.to_string())?;
    let side = Side::new(program, &Rules::general(helpers::table()), Engine::Interpreter)
        .map_err(|error| error.to_string())?;
    let setting = Setting { input: options.input.clone().unwrap_or_default(), ..options.setting.clone() };
    compare(&name, &side, options, &setting, || helpers::serve)
}

/// The calls that the metadata at this path asks for, if it is there.
fn calls_of(metadata: &Path) -> Result<Vec<(Entry, Vec<u8>)>, String> {
    match std::fs::read_to_string(metadata) {
        Ok(text) => mock::calls(&text).map_err(|message| format!("{}: {message}", metadata.display())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(mock::any_calls()),
        Err(error) => Err(format!("{}: {error}", metadata.display())),
    }
}

fn compare<S: Serve>(
    name: &str,
    side: &Side,
    options: &Options,
    setting: &Setting,
    serve: impl FnMut() -> S,
) -> Result<Runs, String> {
    let [one, other] = options.engines;
    match crosscheck(&side.on(one), &side.on(other), setting, serve) {
        Ok(agreement) => {
            let blocks = if agreement.every_block { "at every block" } else { "not at every block" };
            println!(
                "same    {name}: {:?}, gas {}, {} syscalls, compared {} times, {blocks}",
                agreement.exit,
                agreement.spent,
                agreement.met.len(),
                agreement.stops,
            );
            Ok(Runs { same: 1, differ: 0 })
        }
        Err(CrosscheckError::Differ(difference)) => {
            println!("DIFFER  {name}\n{difference}");
            Ok(Runs { same: 0, differ: 1 })
        }
        Err(error) => Err(error.to_string()),
    }
}

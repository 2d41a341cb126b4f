//! The same Rust functions, natively and through the whole pipeline, on random inputs, with equal results.
//!
//! `guest/` holds the functions, `shapes.rs` generates more. They are compiled once for this machine and
//! once for BPF (rustc → `legalize` → bpf-linker), by the same rustc. Each case then runs on random inputs
//! in both; outputs must be equal, and a panic here must be an abort there.
//!
//! Needs a rustc that has the sources of its standard library. Without one the test says so and passes.
//!
//! * `DIFFERENTIAL_SEED` (default 1) chooses the generated functions and the inputs.
//! * `DIFFERENTIAL_SHAPES` (default 130) is how many functions are generated.
//! * `DIFFERENTIAL_ROUNDS` (default 12) is how many inputs each case gets.

mod machine;
mod shapes;
mod toolchain;

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use machine::{Machine, Outcome};
use shapes::Random;
use toolchain::Toolchain;

/// How the contract is compiled.
struct Build {
    name: &'static str,
    /// `opt-level` of the release profile.
    opt_level: &'static str,
}

/// Small code is how contracts are built; fast code inlines, unrolls and vectorises more.
const BUILDS: &[Build] =
    &[Build { name: "small", opt_level: "\"z\"" }, Build { name: "fast", opt_level: "3" }];

#[test]
fn native_and_bpf_agree() {
    let Some(toolchain) = toolchain::find() else {
        eprintln!("SKIPPED: no rustc with the sources of its standard library (rustup component rust-src)");
        return;
    };
    let seed = setting("DIFFERENTIAL_SEED", 1);
    let rounds = setting("DIFFERENTIAL_ROUNDS", 12);
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("differential");
    fs::create_dir_all(&folder).expect("the folder for temporary files is writable");
    write_sources(&folder, seed, setting("DIFFERENTIAL_SHAPES", 130) as usize);
    let native = compile_native(&toolchain, &folder);
    let names: Vec<String> =
        String::from_utf8(run(&native, &[])).expect("names are text").lines().map(str::to_owned).collect();

    let requests = requests(&names, seed, rounds as usize);
    let expected = replies(&run(&native, &encode(&requests)), requests.len());
    let panics = expected.iter().filter(|o| **o == Outcome::Panicked).count();
    println!("{} cases, {} inputs, {panics} of them panic", names.len(), requests.len());
    // Else the cases would not test what they are for.
    assert!(panics > 0 && panics < requests.len() / 4);

    let mut failures = String::new();
    for build in BUILDS {
        let bitcode = toolchain.compile_contract(&folder, build.name, build.opt_level);
        let machine = Machine::new(&toolchain, &bitcode);
        println!("{}: {} bytes of text, {} functions", build.name, machine.text, machine.functions);
        for ((case, input), expected) in requests.iter().zip(&expected) {
            let mut bytes = (*case as u32).to_le_bytes().to_vec();
            bytes.extend_from_slice(input);
            let got = machine.call(&bytes);
            if got != *expected {
                let _ = writeln!(
                    failures,
                    "{} ({}) on {input:02x?}:\n  native {expected}\n  bpf    {got}",
                    names[*case], build.name
                );
            }
        }
    }
    let count = failures.lines().filter(|l| !l.starts_with(' ')).count();
    assert!(failures.is_empty(), "{count} differences:\n{failures}");
}

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// Writes the two programs: each is the cases and one of two ways to run them.
fn write_sources(folder: &Path, seed: u64, shapes: usize) {
    let guest = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/differential/guest");
    let include = |file: &str| format!("include!({:?});\n", guest.join(file));
    let head =
        "#![allow(dead_code, unused_macros, static_mut_refs, arithmetic_overflow, unconditional_panic)]\n";
    let cases: String = ["support.rs", "integers.rs", "programs.rs", "all.rs"].map(include).concat();
    // Macros are visible only below; `all.rs` names what `shapes.rs` defines, in any order.
    let cases = format!("{cases}include!({:?});\n", folder.join("shapes.rs"));
    write(&folder.join("shapes.rs"), &shapes::generate(seed, shapes));
    let head = format!("{head}extern crate alloc;\n");
    write(&folder.join("contract.rs"), &format!("#![no_std]\n{head}{}{cases}", include("contract.rs")));
    write(&folder.join("native.rs"), &format!("{head}{}{cases}", include("native.rs")));
}

/// Leaves a file alone that has these contents already, so that nothing is compiled again.
fn write(path: &Path, contents: &str) {
    if fs::read_to_string(path).ok().as_deref() != Some(contents) {
        fs::write(path, contents).expect("the folder for temporary files is writable");
    }
}

fn compile_native(toolchain: &Toolchain, folder: &Path) -> PathBuf {
    let program = folder.join("native");
    let status = Command::new(&toolchain.rustc)
        .args(["--edition", "2021", "-Copt-level=1", "-Coverflow-checks=on", "-Awarnings", "-o"])
        .arg(&program)
        .arg(folder.join("native.rs"))
        .status()
        .expect("rustc runs");
    assert!(status.success(), "the cases do not compile natively");
    program
}

fn run(program: &Path, input: &[u8]) -> Vec<u8> {
    let mut child = Command::new(program)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the native program runs");
    let mut stdin = child.stdin.take().expect("piped above");
    let input = input.to_vec();
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().expect("the native program ends");
    writer.join().expect("does not panic").expect("the native program reads everything");
    assert!(output.status.success(), "the native program failed");
    output.stdout
}

/// Inputs for every case: (case, bytes).
fn requests(names: &[String], seed: u64, rounds: usize) -> Vec<(usize, Vec<u8>)> {
    let mut random = Random::new(seed);
    let mut all = Vec::new();
    for (case, name) in names.iter().enumerate() {
        // Programs eat more input than single operations.
        let len = if name.starts_with("programs::") || name.starts_with("shapes::") { 1500 } else { 120 };
        all.extend((0..rounds).map(|_| (case, random.bytes(len))));
    }
    all
}

fn encode(requests: &[(usize, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (case, input) in requests {
        bytes.extend_from_slice(&(*case as u32).to_le_bytes());
        bytes.extend_from_slice(&(input.len() as u32).to_le_bytes());
        bytes.extend_from_slice(input);
    }
    bytes
}

fn replies(mut bytes: &[u8], count: usize) -> Vec<Outcome> {
    let mut all = Vec::new();
    while let Some((kind, rest)) = bytes.split_first() {
        bytes = rest;
        if *kind == 0 {
            all.push(Outcome::Panicked);
            continue;
        }
        let (len, rest) = bytes.split_at(4);
        let len = u32::from_le_bytes(len.try_into().expect("four bytes")) as usize;
        let (output, rest) = rest.split_at(len);
        bytes = rest;
        all.push(Outcome::Returned(output.to_vec()));
    }
    assert_eq!(all.len(), count, "one reply for each request");
    all
}

//! `docs/side-by-side.md` says that all examples take part, and which form is the shorter one.

use inkbpf_side_by_side::Contract;
use std::path::Path;

/// All examples, by their folders below `examples`.
fn examples() -> Vec<String> {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    let mut names = Vec::new();
    for (below, folder) in [("", examples.clone()), ("features/", examples.join("features"))] {
        for entry in std::fs::read_dir(folder).expect("it is in the repository") {
            let path = entry.expect("it can be read").path();
            if path.join("Cargo.toml").is_file() && path.join("lib.rs").is_file() {
                names.push(format!("{below}{}", path.file_name().expect("it has one").to_string_lossy()));
            }
        }
    }
    assert!(names.len() >= 21, "only {} examples were found", names.len());
    names
}

/// An example that no script builds would go unnoticed.
#[test]
fn every_example_takes_part() {
    let scripts = include_str!("scripts.rs");
    for name in examples() {
        assert!(scripts.contains(&format!("\"{name}\"")), "no script is about {name}");
    }
}

/// What a chain stores of a contract, and is paid for.
#[test]
fn no_code_is_longer_than_the_wasm_of_its_source() {
    for name in examples() {
        let contract = Contract::example(&name);
        let (ebpf, wasm) = (contract.ebpf.len(), contract.wasm.len());
        println!("{name}: {ebpf} bytes here, {wasm} there, {:.2}", ebpf as f64 / wasm as f64);
        assert!(ebpf <= wasm, "{name}: {ebpf} bytes here, {wasm} bytes of Wasm");
    }
}

//! Two contracts that are compiled from Rust, of which one asks the other.

use super::Fixture;
use std::{fs, path::Path};

const SOURCES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/nested");
/// What is built is kept, so that only the first of the tests has to.
const BUILT: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/nested");

/// The two contracts on a chain: the address of the one that asks the other.
pub fn asking() -> (Fixture, String) {
    let fixture = Fixture::new();
    let built = |name: &str| {
        let manifest = format!("{SOURCES}/{name}/Cargo.toml");
        fixture.ok(&["build", "--manifest-path", &manifest, "--target-dir", BUILT]);
        format!("{BUILT}/ink/{name}/{name}.contract")
    };
    let address =
        |made: serde_json::Value| made["contract"].as_str().expect("a contract was made").to_owned();
    let inner = address(fixture.json(&["instantiate", &built("inner"), "--args", "100"]));
    let outer = address(fixture.json(&["instantiate", &built("outer"), "--args", &inner]));
    assert!(!Path::new(SOURCES).join("target").exists(), "the sources are as they were");
    (fixture, outer)
}

/// `FILE:LINE` of the only line that holds this.
pub fn place(file: &str, text: &str) -> String {
    let source = fs::read_to_string(Path::new(SOURCES).join(file)).expect("the fixture is there");
    let mut lines = source.lines().zip(1..).filter(|(line, _)| line.contains(text)).map(|(_, number)| number);
    let number: u32 = lines.next().expect("the fixture has it");
    assert_eq!(lines.next(), None, "{text} is there twice");
    format!("{file}:{number}")
}

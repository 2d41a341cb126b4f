//! `docs/side-by-side.md` says that all examples take part.

use std::path::Path;

/// An example that no script builds would go unnoticed.
#[test]
fn every_example_takes_part() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    let scripts = include_str!("scripts.rs");
    let mut count = 0;
    for (below, folder) in [("", examples.clone()), ("features/", examples.join("features"))] {
        for entry in std::fs::read_dir(folder).expect("it is in the repository") {
            let path = entry.expect("it can be read").path();
            if path.join("Cargo.toml").is_file() && path.join("lib.rs").is_file() {
                let name = format!("\"{below}{}\"", path.file_name().expect("it has one").to_string_lossy());
                assert!(scripts.contains(&name), "no script is about {name}");
                count += 1;
            }
        }
    }
    assert!(count >= 21, "only {count} examples were found");
}

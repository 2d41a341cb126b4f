//! `docs/parity.md`: every row names existing tests, and no row is missing.

use std::{fs, path::Path};

/// Sections of the page: the file of `pallet-contracts` 51, and how many tests it has.
const SECTIONS: [(&str, usize); 11] = [
    ("tests.rs", 96),
    ("tests/test_debug.rs", 2),
    ("exec.rs", 49),
    ("wasm/mod.rs", 61),
    ("transient_storage.rs", 14),
    ("migration.rs", 6),
    ("gas.rs", 5),
    ("storage/meter.rs", 4),
    ("mock-network/src/tests.rs", 4),
    ("lib.rs", 1),
    ("wasm/prepare.rs", 31),
];

struct Row {
    section: String,
    behaviour: String,
    tests: Vec<String>,
    note: String,
}

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

fn page() -> String {
    fs::read_to_string(root().join("docs/parity.md")).expect("the page is in the repository")
}

fn rows() -> Vec<Row> {
    let mut section = String::new();
    let mut rows = Vec::new();
    for line in page().lines() {
        if let Some(title) = line.strip_prefix("## ") {
            section = title.split('`').nth(1).unwrap_or_default().into();
        }
        let cells: Vec<_> = line.split('|').map(str::trim).collect();
        if let ["", behaviour, tests, note, ""] = cells[..] {
            if !behaviour.contains('-') {
                rows.push(Row {
                    section: section.clone(),
                    behaviour: behaviour.into(),
                    tests: tests.split('`').skip(1).step_by(2).map(Into::into).collect(),
                    note: note.into(),
                });
            }
        }
    }
    rows
}

/// Whether `text` has a test of this name.
fn has_test(text: &str, name: &str) -> bool {
    let head = format!("fn {name}()");
    text.match_indices(&head).any(|(at, _)| {
        let before = text[..at].trim_end().trim_end_matches("#[allow(deprecated)]");
        before.trim_end().ends_with("#[test]")
    })
}

fn exists(test: &str) -> bool {
    if let Some(name) = test.strip_prefix("contract_abi: ") {
        let folder = root().join("crates/contract-abi/src");
        let mut files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        return files.any(|file| has_test(&fs::read_to_string(file).unwrap_or_default(), name));
    }
    let (module, name) = test.rsplit_once("::").unwrap_or_default();
    let file = root().join("frame/pallet/src/tests").join(module.replace("::", "/"));
    let text = fs::read_to_string(file.with_extension("rs"));
    has_test(&text.unwrap_or_default(), name)
}

#[test]
fn every_row_names_tests_that_exist() {
    let mut notes: Vec<_> = Vec::new();
    for Row { section, behaviour, tests, note } in rows() {
        for test in &tests {
            assert!(exists(test), "{section}: {behaviour}: there is no test {test}");
        }
        assert_eq!(tests.is_empty(), note.starts_with("none ("), "{section}: {behaviour}: an empty row");
        notes.extend(note.split('(').nth(1).map(|letter| letter.trim_end_matches(')').to_owned()));
    }
    let page = page();
    for letter in notes {
        assert!(page.contains(&format!("* **({letter})** ")), "({letter}) is not explained");
    }
}

#[test]
fn tests_that_the_text_names_exist() {
    let page = page();
    let named = page
        .lines()
        .filter(|line| !line.starts_with('|'))
        .flat_map(|line| line.split('`').skip(1).step_by(2));
    for name in named.filter(|name| name.contains("::")) {
        // The one that explains the form is a test as well.
        assert!(exists(name), "there is no test {name}");
    }
}

#[test]
fn no_behaviour_is_missing() {
    let rows = rows();
    for (section, count) in SECTIONS {
        let names: Vec<_> =
            rows.iter().filter(|row| row.section == section).map(|row| &row.behaviour).collect();
        assert_eq!(names.len(), count, "{section}");
        let mut different = names.clone();
        different.sort();
        different.dedup();
        // One of the files has one name twice.
        assert!(different.len() + usize::from(section == "wasm/prepare.rs") >= count, "{section}");
    }
    assert_eq!(rows.len(), SECTIONS.iter().map(|(_, count)| count).sum::<usize>());
}

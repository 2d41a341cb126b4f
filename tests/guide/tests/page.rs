//! `docs/runtime.md` is what is compiled here: its code is `src/lib.rs`, its dependencies are those of `Cargo.toml`.
//!
//! `BLESS=1 cargo test --test page` writes `src/lib.rs` after the page was changed.

use std::{fs, path::Path};

/// Where the page's code begins in `src/lib.rs`.
const MARK: &str = "// What follows is the code of docs/runtime.md.\n";

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The page's blocks of code in this language, in order.
fn blocks(language: &str) -> Vec<String> {
    let page = read("../../docs/runtime.md");
    let begin = format!("\n```{language}\n");
    let parts = page.split(&begin).skip(1);
    parts.map(|part| part.split("\n```\n").next().unwrap_or_default().to_owned() + "\n").collect()
}

#[test]
fn the_runtime_is_the_code_of_the_page() {
    let code = blocks("rust");
    assert!(code.len() >= 3, "{} blocks of code", code.len());
    let own = read("src/lib.rs");
    let (head, have) = own.split_once(MARK).expect("it says where the page's code begins");
    let code = code.join("\n");
    if std::env::var_os("BLESS").is_some() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs");
        return fs::write(path, format!("{head}{MARK}{code}")).expect("it can be written");
    }
    let differ = have.lines().zip(code.lines()).position(|(have, code)| have != code);
    assert_eq!(have, code, "line {differ:?} of the page's code: run with BLESS=1");
}

#[test]
fn the_dependencies_are_those_of_the_page() {
    let [block] = &blocks("toml")[..] else { panic!("one block says what the runtime depends on") };
    let page = block.replace('…', "../..").parse::<toml::Table>().expect("is TOML");
    let own: toml::Table = read("Cargo.toml").parse().expect("is TOML");
    assert_eq!(page.len(), 2, "[dependencies] and [features]");
    for (table, said) in page {
        assert_eq!(own.get(&table), Some(&said), "[{table}]");
    }
}

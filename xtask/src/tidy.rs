//! Repository rules that no compiler checks: which crate may use which, where opcode bytes and `unsafe` may
//! occur, and that files named in comments exist.

use crate::shell::root;
use anyhow::{bail, Context, Result};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Which workspace crates each crate may use (outside its tests). ARCHITECTURE.md shows the main ones.
const ARROWS: &[(&str, &[&str])] = &[
    ("bpf-isa", &[]),
    ("contract-abi", &[]),
    ("bpf-vm", &["bpf-isa", "contract-abi"]),
    ("bpf-legalize", &["contract-abi"]),
    ("bpf-linker", &["bpf-isa", "contract-abi"]),
    ("inkbpf-build", &["bpf-isa", "bpf-legalize", "bpf-linker", "bpf-vm", "contract-abi"]),
    ("inkbpf-host", &["bpf-vm", "contract-abi"]),
    ("pallet-contracts-ebpf", &["bpf-isa", "contract-abi", "inkbpf-host"]),
    ("inkbpf-runtime", &["inkbpf-host", "pallet-contracts-ebpf"]),
    ("inkbpf-runtime-wasm", &[]),
    ("inkbpf-node", &["inkbpf-host", "inkbpf-runtime", "inkbpf-runtime-wasm"]),
    ("inkbpf-sandbox", &["contract-abi", "inkbpf-host", "inkbpf-runtime", "pallet-contracts-ebpf"]),
    (
        "inkbpf",
        &[
            "bpf-linker",
            "contract-abi",
            "inkbpf-build",
            "inkbpf-runtime",
            "inkbpf-sandbox",
            "pallet-contracts-ebpf",
        ],
    ),
    ("xtask", &[]),
];

/// The only places where `unsafe` is allowed (files, or folders that end in `/`).
const UNSAFE: &[&str] = &[
    "crates/bpf-vm/src/jit/entry.rs",
    "crates/bpf-vm/src/jit/memory.rs",
    "crates/bpf-vm/src/jit/signals.rs",
    "crates/bpf-vm/tests/instances.rs",
    "crates/bpf-vm/tests/signals.rs",
    "crates/bpf-legalize/src/llvm/",
    "crates/bpf-legalize/tests/",
    // libFuzzer calls it.
    "frame/fuzz/tests/pallet_fuzz.rs",
    // Kernels have static memory, and native ones are in shared libraries.
    "benches/kernels/src/lib.rs",
    "benches/src/engine/native.rs",
    // Their programs' memory is the host's.
    "benches/src/engine/peers/rbpf.rs",
    "benches/src/engine/peers/sbpf.rs",
    // Contracts, and the crates they link, pass raw pointers to the host.
    "guest/",
    "examples/",
    "crates/build/tests/fixtures/",
    // Programs as text: one is generated, one is refused.
    "crates/build/src/metadata.rs",
    "crates/build/tests/contracts.rs",
];

/// Maximum number of lines in a source file. A longer one has more than one subject.
const MAX_LINES: usize = 1500;

/// Maximum number of columns of a comment, which rustfmt does not wrap.
const MAX_COLUMNS: usize = 120;

/// `cargo xtask tidy`.
pub fn run() -> Result<()> {
    let root = root();
    let files = tracked(&root)?;
    let folders = folders_of_this_machine(&root);
    let mut faults = Vec::new();
    arrows(&root, &mut faults)?;
    decisions(&root, &files, &mut faults)?;
    for file in &files {
        let Ok(text) = std::fs::read_to_string(root.join(file)) else { continue };
        foreign(file, &text, &folders, &mut faults);
        if file.extension().is_some_and(|ext| ext == "rs") {
            opcode_bytes(file, &text, &mut faults);
            unsafe_code(file, &text, &mut faults);
            named_paths(&root, file, &text, &mut faults);
            long_comments(file, &text, &mut faults);
            let lines = text.lines().count();
            if lines > MAX_LINES {
                faults.push(format!("{}: {lines} lines; the limit is {MAX_LINES}", file.display()));
            }
        }
    }
    for fault in &faults {
        eprintln!("    {fault}");
    }
    match faults.len() {
        0 => Ok(()),
        1 => bail!("tidy: one fault"),
        n => bail!("tidy: {n} faults"),
    }
}

/// The files of the checkout, as paths from its root: those that git tracks, and new ones that it does not
/// ignore.
pub fn tracked(root: &Path) -> Result<Vec<PathBuf>> {
    let output = std::process::Command::new("git")
        .current_dir(root)
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .output()
        .context("cannot run git")?;
    if !output.status.success() {
        bail!("git ls-files failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    let names = output.stdout.split(|&byte| byte == 0).filter(|name| !name.is_empty());
    Ok(names.map(|name| PathBuf::from(String::from_utf8_lossy(name).into_owned())).collect())
}

fn arrows(root: &Path, faults: &mut Vec<String>) -> Result<()> {
    let allowed: BTreeMap<&str, &[&str]> = ARROWS.iter().copied().collect();
    let read = |path: &Path| -> Result<toml::Table> {
        let text =
            std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        text.parse().with_context(|| format!("{} is not TOML", path.display()))
    };
    let workspace = read(&root.join("Cargo.toml"))?;
    let members = workspace["workspace"]["members"].as_array().context("no members")?;
    for member in members.iter().filter_map(|member| member.as_str()) {
        let manifest = read(&root.join(member).join("Cargo.toml"))?;
        let name = manifest["package"]["name"].as_str().context("a package without a name")?.to_owned();
        if manifest.get("lints").and_then(|lints| lints.get("workspace")).is_none() {
            faults.push(format!("{member}/Cargo.toml: does not use the workspace's lints"));
        }
        let Some(&allowed) = allowed.get(name.as_str()) else {
            // Packages of tests and benches may use anything; nothing may use them.
            if manifest["package"].get("publish").and_then(|publish| publish.as_bool()) != Some(false) {
                faults.push(format!(
                    "{member}: the crate `{name}` is not in the table ARROWS in xtask/src/tidy.rs"
                ));
            }
            continue;
        };
        let Some(dependencies) = manifest.get("dependencies").and_then(|table| table.as_table()) else {
            continue;
        };
        for used in dependencies.keys() {
            let ours = ARROWS.iter().any(|(name, _)| name == used);
            if ours && !allowed.contains(&used.as_str()) {
                faults.push(format!(
                    "{member}: `{name}` must not use `{used}` (ARCHITECTURE.md has the allowed dependencies)"
                ));
            }
        }
    }
    Ok(())
}

/// Every decision has its number in its heading, and is listed with its title in the folder's README.
fn decisions(root: &Path, files: &[PathBuf], faults: &mut Vec<String>) -> Result<()> {
    const FOLDER: &str = "docs/decisions";
    let list = root.join(FOLDER).join("README.md");
    let list = std::fs::read_to_string(&list).with_context(|| format!("cannot read {}", list.display()))?;
    let mut pages = Vec::new();
    for file in files.iter().filter(|file| file.parent() == Some(Path::new(FOLDER))) {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        // A deleted file that is still in git's index has no text.
        if let Ok(text) = std::fs::read_to_string(root.join(file)) {
            pages.push((name, text.lines().next().unwrap_or_default().to_owned()));
        }
    }
    faults.extend(unlike(&list, &pages).into_iter().map(|fault| format!("{FOLDER}/{fault}")));
    Ok(())
}

/// The differences between a list of pages and the pages, given by name and first line. In the list, a note
/// in brackets about what replaced the page may follow the title.
fn unlike(list: &str, pages: &[(String, String)]) -> Vec<String> {
    let mut faults = Vec::new();
    let mut rows: Vec<&str> = list.lines().filter(|line| line.starts_with("| [")).collect();
    let mut numbers = BTreeMap::new();
    for (name, heading) in pages {
        let Some((number, _)) = name.split_once('-') else { continue };
        if let Some(other) = numbers.insert(number, name) {
            faults.push(format!("{name}: has the same number as {other}"));
        }
        let Some(title) = heading.strip_prefix(&format!("# {number}: ")) else {
            faults.push(format!("{name}: does not begin with `# {number}: `"));
            continue;
        };
        let row = format!("| [{number}]({name}) | {title}");
        let is_row = |line: &&str| {
            line.strip_prefix(&row).is_some_and(|rest| rest == " |" || rest.starts_with(" (superseded by "))
        };
        match rows.iter().position(is_row) {
            Some(at) => drop(rows.remove(at)),
            None => faults.push(format!("README.md: does not have the row `{row} |`")),
        }
    }
    faults.extend(rows.iter().map(|row| format!("README.md: lists a page that does not exist: {row}")));
    faults
}

/// Only `bpf-isa` may contain opcode bytes: elsewhere no line has both a hexadecimal literal and that word.
fn opcode_bytes(file: &Path, text: &str, faults: &mut Vec<String>) {
    let path = file.to_string_lossy();
    let concerned = ["crates/bpf-vm/src", "crates/bpf-linker/src", "crates/host/src", "frame/"];
    if !concerned.iter().any(|folder| path.starts_with(folder)) {
        return;
    }
    for (index, line) in code_lines(text) {
        if line.to_ascii_lowercase().contains("opcode") && line.contains("0x") {
            faults.push(format!("{path}:{index}: opcode byte outside bpf-isa"));
        }
    }
}

fn unsafe_code(file: &Path, text: &str, faults: &mut Vec<String>) {
    let path = file.to_string_lossy();
    if UNSAFE.iter().any(|place| path.starts_with(place)) || path.starts_with("xtask/") {
        return;
    }
    for (index, line) in code_lines(text) {
        if ["unsafe {", "unsafe fn", "unsafe impl", "unsafe extern", "unsafe("]
            .iter()
            .any(|form| line.contains(form))
        {
            faults.push(format!(
                "{path}:{index}: `unsafe` outside the files where it is allowed (UNSAFE in xtask/src/tidy.rs)"
            ));
        }
    }
}

fn long_comments(file: &Path, text: &str, faults: &mut Vec<String>) {
    for (index, line) in text.lines().enumerate() {
        let Some(comment) = line.trim_start().strip_prefix("//") else { continue };
        // A row of a table cannot be wrapped.
        let row = comment.trim_start_matches(['/', '!', ' ']).starts_with('|');
        if !row && line.chars().count() > MAX_COLUMNS {
            faults.push(format!("{}:{}: a comment of over {MAX_COLUMNS} columns", file.display(), index + 1));
        }
    }
}

/// Lines that are neither comment nor blank, with their numbers.
fn code_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let numbered = text.lines().enumerate().map(|(index, line)| (index + 1, line.trim()));
    numbered.filter(|(_, line)| !line.is_empty() && !line.starts_with("//"))
}

/// Checks that files named in backquotes in comments exist, relative to the root, the crate, or the file's
/// folder.
fn named_paths(root: &Path, file: &Path, text: &str, faults: &mut Vec<String>) {
    const ENDINGS: &[&str] = &[".rs", ".md", ".toml", ".data", ".ll", ".json"];
    for (index, line) in text.lines().enumerate() {
        let Some(comment) = line.trim().strip_prefix("//") else { continue };
        for quoted in comment.split('`').skip(1).step_by(2) {
            let plain = quoted.chars().all(|c| c.is_ascii_alphanumeric() || "._-/".contains(c));
            if !plain || !quoted.contains('/') || !ENDINGS.iter().any(|ending| quoted.ends_with(ending)) {
                continue;
            }
            let places =
                file.ancestors().skip(1).flat_map(|dir| [dir.join(quoted), dir.join("src").join(quoted)]);
            if !places.into_iter().any(|place| root.join(place).exists()) && !root.join(quoted).exists() {
                faults.push(format!(
                    "{}:{}: names `{quoted}`, which does not exist",
                    file.display(),
                    index + 1
                ));
            }
        }
    }
}

/// Folders of this machine, which mean nothing to readers elsewhere.
fn folders_of_this_machine(root: &Path) -> Vec<String> {
    let home = std::env::var_os("HOME").map(PathBuf::from);
    let folders = [Some(root.to_path_buf()), home];
    let named = folders.into_iter().flatten().map(|folder| format!("{}/", folder.display()));
    // `/` alone exists everywhere.
    named.filter(|folder| folder.len() > 2).collect()
}

fn foreign(file: &Path, text: &str, folders: &[String], faults: &mut Vec<String>) {
    for (index, line) in text.lines().enumerate() {
        if let Some(folder) = folders.iter().find(|folder| line.contains(*folder)) {
            faults.push(format!(
                "{}:{}: contains the path {folder}, a folder of this machine",
                file.display(),
                index + 1
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_are_wrapped_and_tables_are_not() {
        let long = "x ".repeat(MAX_COLUMNS);
        let text =
            format!("/// short\n/// {long}\n    // {long}| y\n//! | {long} | y |\nlet a = \"{long}\";\n");
        let mut faults = Vec::new();
        long_comments(Path::new("a.rs"), &text, &mut faults);
        let places: Vec<&str> = faults.iter().map(|fault| &fault[..6]).collect();
        assert_eq!(places, ["a.rs:2", "a.rs:3"]);
    }

    #[test]
    fn decisions_are_those_of_the_list() {
        let page = |name: &str, heading: &str| (name.to_owned(), heading.to_owned());
        let list = "| | |\n| [0001](0001-a.md) | one |\n| [0002](0002-b.md) | two (superseded by 0001) |\n";
        let good =
            [page("0001-a.md", "# 0001: one"), page("0002-b.md", "# 0002: two"), page("README.md", "# All")];
        assert_eq!(unlike(list, &good), <[&str; 0]>::default());
        // One page that is not listed, and one with another title.
        let others = [good[0].clone(), page("0002-b.md", "# 0002: tw"), page("0003-c.md", "# 0003: three")];
        assert_eq!(unlike(list, &others).len(), 3);
        assert_eq!(
            unlike(list, &good[..1]),
            ["README.md: lists a page that does not exist: | [0002](0002-b.md) | two (superseded by 0001) |"]
        );
        let twice = [good[0].clone(), good[1].clone(), page("0002-c.md", "2. two")];
        assert_eq!(
            unlike(list, &twice),
            ["0002-c.md: has the same number as 0002-b.md", "0002-c.md: does not begin with `# 0002: `"]
        );
    }
}

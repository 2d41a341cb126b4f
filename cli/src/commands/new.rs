//! `inkbpf new`: a small contract to build, test and adapt.

use crate::output::{Code, Output};
use anyhow::{bail, Context};
use serde::Serialize;
use std::path::{Path, PathBuf};

const MANIFEST: &str = include_str!("../../templates/Cargo.toml.in");
const SOURCE: &str = include_str!("../../templates/lib.rs.in");
const GITIGNORE: &str = include_str!("../../templates/gitignore.in");

/// Added to the manifest if a folder above has one: cargo would look there for a workspace.
const STANDS_ALONE: &str = "
# There is a Cargo.toml in a folder above: this keeps the contract out of its workspace. Remove it, and
# add the contract to `members` there, to make it part of it.
[workspace]
";

/// Arguments of `inkbpf new`.
#[derive(clap::Args)]
pub struct Args {
    /// The contract's name: letters, digits and `_`
    name: String,
    /// The folder to create it in [default: the current one]
    #[arg(long, short)]
    target_dir: Option<PathBuf>,
}

#[derive(Serialize)]
struct Made {
    name: String,
    path: PathBuf,
}

impl Args {
    /// Creates the project.
    pub fn run(self, output: &mut Output) -> anyhow::Result<Code> {
        check_name(&self.name)?;
        let parent = match self.target_dir {
            Some(folder) => folder,
            None => std::env::current_dir().context("cannot determine the current folder")?,
        };
        let path = parent.join(&self.name);
        if path.exists() {
            bail!("{} exists already: choose another name, or remove it first", path.display());
        }
        std::fs::create_dir_all(&path)
            .with_context(|| format!("cannot make the folder {}", path.display()))?;
        let mut manifest = fill(MANIFEST, &self.name);
        if lies_in_a_project(&path)? {
            manifest.push_str(STANDS_ALONE);
        }
        write(&path.join("Cargo.toml"), &manifest)?;
        write(&path.join("lib.rs"), &fill(SOURCE, &self.name))?;
        write(&path.join(".gitignore"), GITIGNORE)?;
        let made = Made { name: self.name, path };
        output.result(&made, |out| writeln!(out, "made {}", made.path.display()));
        output.note(format_args!(
            "\n    cd {}\n    cargo test       # run its unit tests\n    inkbpf build     # compile it to eBPF",
            made.path.display()
        ));
        Ok(Code::Success)
    }
}

/// Whether a folder above `path` holds a manifest.
fn lies_in_a_project(path: &Path) -> anyhow::Result<bool> {
    let path = path.canonicalize().with_context(|| format!("cannot read the folder {}", path.display()))?;
    Ok(path.ancestors().skip(1).any(|folder| folder.join("Cargo.toml").is_file()))
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

/// Cargo's rules for a package name, and Rust's for a crate's, in one.
fn check_name(name: &str) -> anyhow::Result<()> {
    let mut chars = name.chars();
    let starts_well = chars.next().is_some_and(|first| first.is_ascii_alphabetic());
    if !starts_well || !chars.all(|c| c.is_ascii_alphanumeric() || c == '_') {
        bail!("`{name}` is not a valid contract name: it must begin with a letter and contain only letters, digits and `_`");
    }
    // Keywords, and crates that the template itself uses.
    let taken = [
        "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do",
        "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let",
        "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return", "self",
        "static", "struct", "super", "trait", "true", "try", "type", "typeof", "unsafe", "unsized", "use",
        "virtual", "where", "while", "yield", "test", "core", "std", "alloc", "ink", "scale",
    ];
    // Its struct gets the name too, beside the event of the template.
    let types = ["Self", "Flipped"];
    if taken.contains(&name) || types.contains(&fill("{Name}", name).as_str()) {
        bail!("`{name}` cannot be the name of a contract: it means something else in Rust or ink!");
    }
    Ok(())
}

/// Inserts the name into a template: `{name}` as it is, `{Name}` as a type.
fn fill(template: &str, name: &str) -> String {
    let type_name: String = name
        .split('_')
        .filter_map(|word| {
            let mut chars = word.chars();
            chars.next().map(|first| first.to_ascii_uppercase().to_string() + chars.as_str())
        })
        .collect();
    template.replace("{name}", name).replace("{Name}", &type_name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for good in ["flipper", "my_token2", "A"] {
            assert!(check_name(good).is_ok(), "{good}");
        }
        for bad in
            ["", "2x", "_x", "my-token", "a b", "../x", "struct", "ink", "é", "Self", "self_", "flipped"]
        {
            assert!(check_name(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn templates_are_filled() {
        assert_eq!(fill("{name} {Name}", "my_token"), "my_token MyToken");
        for text in [MANIFEST, SOURCE, GITIGNORE] {
            let filled = fill(text, "flipper");
            assert!(!filled.contains("{name}") && !filled.contains("{Name}"));
        }
    }
}

//! Lets many checkouts share one cache.
//!
//! **Problem.** Cargo compares modification times to decide whether an output is up to date, and identifies a
//! package from a path by its path within the workspace. So if two checkouts share a target directory, output
//! that one compiled later passes as up to date for the older sources of the other. It then contains wrong
//! lines and wrong folders (`CARGO_MANIFEST_DIR`).
//!
//! **Invariant.** When a command begins, everything that was compiled from another checkout's sources is
//! compiled again. Crates from a registry, which are nearly everything, are reused. Two checkouts that run
//! commands at the same time each need their own `CARGO_TARGET_DIR`.

use crate::shell::{root, target_dir};
use anyhow::{Context, Result};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// All target directories that may exist.
const PARTS: &[&str] = &[
    "",
    "bare",
    "benches",
    "cargo-contract",
    "clients",
    "examples",
    "fuzz",
    "ink-e2e",
    "signals",
    "weights",
];
/// The file in a target directory that names the checkout that used it last.
const MARK: &str = "last-checkout";

/// Claims the target directories for this checkout.
///
/// # Errors
/// If they cannot be read or changed.
pub fn claim() -> Result<()> {
    let root = root();
    let mut names = None;
    for part in PARTS {
        let target = target_dir(part)?;
        if part.is_empty() {
            std::fs::create_dir_all(&target).with_context(|| target.display().to_string())?;
        } else if !target.is_dir() {
            continue;
        }
        let names = names.get_or_insert_with(|| packages(&root));
        forget_another(&target, &root, names).with_context(|| target.display().to_string())?;
    }
    Ok(())
}

/// Makes cargo compile these packages again if another checkout was here.
fn forget_another(target: &Path, root: &Path, names: &BTreeSet<String>) -> std::io::Result<()> {
    let mark = target.join(MARK);
    let now = root.to_string_lossy();
    if fs::read_to_string(&mark).is_ok_and(|last| last == now) {
        return Ok(());
    }
    // `PROFILE/.fingerprint`, or `TRIPLE/PROFILE/.fingerprint`.
    let profiles = folders(target);
    for profile in
        profiles.iter().chain(&profiles.iter().flat_map(|inner| folders(inner)).collect::<Vec<_>>())
    {
        // Cargo holds this lock while it builds here, perhaps for the other checkout.
        let lock = fs::File::options().write(true).open(profile.join(".cargo-lock"));
        if let Ok(lock) = &lock {
            lock.lock()?;
        }
        for fingerprint in folders(&profile.join(".fingerprint")) {
            let name = fingerprint.file_name().unwrap_or_default().to_string_lossy();
            if name.rsplit_once('-').is_some_and(|(package, _)| names.contains(package)) {
                fs::remove_dir_all(&fingerprint)?;
            }
        }
    }
    fs::write(mark, now.as_bytes())
}

/// The names of the packages below a folder.
fn packages(folder: &Path) -> BTreeSet<String> {
    const NO_SOURCES: &[&str] = &["target", "node_modules", ".git"];
    let mut names: BTreeSet<String> =
        fs::read_to_string(folder.join("Cargo.toml")).ok().as_deref().and_then(name).into_iter().collect();
    for inner in folders(folder) {
        if !NO_SOURCES.iter().any(|name| inner.ends_with(name)) {
            names.extend(packages(&inner));
        }
    }
    names
}

/// The name of a manifest's package.
fn name(manifest: &str) -> Option<String> {
    let manifest: toml::Table = manifest.parse().ok()?;
    Some(manifest.get("package")?.get("name")?.as_str()?.to_owned())
}

/// The folders in a folder; none if it cannot be read.
fn folders(of: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(of).into_iter().flatten().flatten();
    entries
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        .map(|entry| entry.path())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_another_checkout_compiled_is_compiled_anew() {
        let folder = std::env::temp_dir().join(format!("inkbpf-xtask-checkout-{}", std::process::id()));
        let (target, one, two) = (folder.join("target"), folder.join("one"), folder.join("two"));
        let outputs = ["debug/.fingerprint/ours-0123", "wasm/release/.fingerprint/ours-4567"];
        let theirs = "debug/.fingerprint/ours-too-89ab";
        let make = || {
            outputs.iter().chain([&theirs]).for_each(|path| fs::create_dir_all(target.join(path)).unwrap())
        };
        let there = || outputs.map(|path| target.join(path).exists());
        let names = BTreeSet::from(["ours".to_owned()]);
        make();
        forget_another(&target, &one, &names).unwrap();
        assert_eq!(there(), [false, false], "nobody knows whose they were");
        make();
        forget_another(&target, &one, &names).unwrap();
        assert_eq!(there(), [true, true]);
        forget_another(&target, &two, &names).unwrap();
        assert_eq!(there(), [false, false]);
        assert!(target.join(theirs).exists());
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn every_target_directory_is_named() {
        let mut named = BTreeSet::new();
        let sources = root().join("xtask/src");
        for folder in [vec![sources.clone()], folders(&sources)].concat() {
            for file in fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()) {
                let text = fs::read_to_string(file).unwrap_or_default();
                let parts = text.split("target_dir(\"").skip(1).filter_map(|rest| rest.split_once('"'));
                named.extend(parts.map(|(part, _)| part.to_owned()).filter(|part| !part.contains('\\')));
            }
        }
        assert!(named.len() > 5, "{named:?}");
        assert_eq!(named.iter().find(|part| !PARTS.contains(&part.as_str())), None);
    }

    #[test]
    fn the_packages_of_this_checkout_are_found() {
        let names = packages(&root());
        for one in ["xtask", "bpf-vm", "inkbpf-node", "flipper", "inkbpf-fuzz"] {
            assert!(names.contains(one), "{one}: {names:?}");
        }
        assert!(!names.contains("serde"), "{names:?}");
    }
}

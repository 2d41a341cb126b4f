//! The crates that replace ink!'s own. They are embedded in this library.
//!
//! Cargo's `[patch]` needs them in a folder, with the versions that the contract's lock file names. They are
//! unpacked in the workspace's target folder. The path of a path dependency goes into the names of its
//! symbols, and cargo takes it relative to the workspace. So the same contract has the same symbols wherever
//! it lies.

use crate::cache::{digest, write_if_different};
use crate::error::BuildError;
use std::path::{Path, PathBuf};

macro_rules! carried {
    ($krate:literal: $($file:literal),* $(,)?) => {
        &[$(($file, include_str!(concat!("../../../guest/", $krate, "/", $file)))),*]
    };
}

type Files = &'static [(&'static str, &'static str)];

/// The contract functions.
pub const UAPI: &str = "pallet-contracts-uapi";
const UAPI_FILES: Files = carried!(
    "pallet-contracts-uapi": "Cargo.toml", "src/lib.rs", "src/codes.rs", "src/flags.rs", "src/host.rs",
    "src/panic.rs", "src/sys.rs",
);
const UAPI_VERSION: &str = "version = \"9.0.0\"";

/// The allocator.
pub const ALLOCATOR: &str = "ink_allocator";
const ALLOCATOR_FILES: Files = carried!("ink_allocator": "Cargo.toml", "src/lib.rs", "src/bump.rs");
const ALLOCATOR_VERSION: &str = "version = \"5.1.1\"";

/// Replaces our panic handler when the contract has its own.
const NO_PANIC_HANDLER: &str = "//! The contract has a panic handler of its own.\n";

/// What differs between contracts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Variant {
    /// Version of the contract functions' crate in the lock file.
    pub uapi: Option<String>,
    /// Version of the allocator's crate in the lock file.
    pub allocator: Option<String>,
    /// Whether our panic handler is used.
    pub panic_handler: bool,
}

/// Unpacked crates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unpacked {
    /// Name and folder of each.
    pub crates: Vec<(&'static str, PathBuf)>,
}

/// Unpacks the crates that the contract needs into `folder`.
///
/// The folder is named after its contents, so that builds of different contracts do not disturb each other. A
/// file is replaced only if its contents differ.
pub fn unpack(folder: &Path, variant: &Variant) -> Result<Unpacked, BuildError> {
    let mut crates = Vec::new();
    let wanted = [
        (UAPI, UAPI_FILES, UAPI_VERSION, &variant.uapi),
        (ALLOCATOR, ALLOCATOR_FILES, ALLOCATOR_VERSION, &variant.allocator),
    ];
    for (name, files, template_version, version) in wanted {
        let Some(version) = version else { continue };
        let files: Vec<(&str, String)> = files
            .iter()
            .map(|&(file, text)| match file {
                "Cargo.toml" => {
                    (file, text.replacen(template_version, &format!("version = \"{version}\""), 1))
                }
                "src/panic.rs" if !variant.panic_handler => (file, NO_PANIC_HANDLER.to_owned()),
                _ => (file, text.to_owned()),
            })
            .collect();
        let contents: Vec<&str> = files.iter().flat_map(|(file, text)| [*file, text.as_str()]).collect();
        let path = folder.join(format!("{name}-{}", &digest(&contents)[..16]));
        for (file, text) in &files {
            write_if_different(&path.join(file), text.as_bytes())?;
        }
        crates.push((name, path));
    }
    Ok(Unpacked { crates })
}

#[cfg(test)]
mod tests {
    use super::*;
    use contract_abi::syscall::Syscall;

    #[test]
    fn the_templates_hold_the_versions_that_are_replaced() {
        for (files, version) in [(UAPI_FILES, UAPI_VERSION), (ALLOCATOR_FILES, ALLOCATOR_VERSION)] {
            assert_eq!(files[0].0, "Cargo.toml");
            assert_eq!(files[0].1.matches(version).count(), 1);
        }
    }

    /// The declarations in `sys.rs` as (symbol, argument names).
    fn declarations() -> Vec<(String, Vec<String>)> {
        let (_, text) = UAPI_FILES.iter().find(|(file, _)| *file == "src/sys.rs").expect("it is in the list");
        text.split("#[link_name = \"")
            .skip(1)
            .map(|part| {
                let (symbol, rest) = part.split_once('"').expect("a closing quote");
                let args = &rest[rest.find('(').expect("a list")..rest.find(')').expect("its end")];
                let names = args[1..]
                    .split(',')
                    .filter_map(|arg| arg.split_once(':').map(|(name, _)| name.trim().to_owned()))
                    .collect();
                (symbol.to_owned(), names)
            })
            .collect()
    }

    #[test]
    fn the_guest_declares_the_functions_of_contract_abi() {
        let declared = declarations();
        assert!(declared.len() > 50);
        for (symbol, args) in declared.iter().filter(|(symbol, _)| symbol != "__bpf_trap") {
            let syscall =
                Syscall::from_symbol(symbol).unwrap_or_else(|| panic!("{symbol} is not a contract function"));
            assert_eq!(args, syscall.args(), "{symbol}");
        }
    }
}

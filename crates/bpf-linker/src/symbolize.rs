//! From a slot of a program to functions and lines of its source.
//!
//! A trap carries only a slot; `NAME.debug` tells which source belongs to it. If functions were inlined, a
//! slot lies in several at once. A panic inside `core` is of little use to the contract's author. So a frame
//! knows whose code it is, and [`Location::user`] selects the one to show first.

use crate::error::SourceLine;
use contract_abi::memory::CODE_BASE;
use gimli::{EndianSlice, LittleEndian};
use object::read::elf::ElfFile64;
use object::{Object, ObjectSection, ObjectSymbol, SymbolKind};
use std::collections::BTreeMap;

/// An open `NAME.debug` file.
pub struct Symbolizer<'a> {
    context: addr2line::Context<EndianSlice<'a, LittleEndian>>,
    /// By first address: end and symbol.
    functions: BTreeMap<u64, (u64, &'a str)>,
}

/// Why a file cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the debug file cannot be read: {reason}")]
pub struct SymbolizeError {
    /// What is wrong with it.
    pub reason: String,
}

/// The source of one slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// The functions that contain the slot: the innermost inlined one first, the one that was actually called
    /// last. Never empty.
    pub frames: Vec<Frame>,
}

/// A function that contains a slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Its demangled name.
    pub function: String,
    /// Path of the source file as rustc shows it: relative to the workspace if it is in there.
    pub file: Option<String>,
    /// Line, counted from 1.
    pub line: Option<u32>,
    /// Column, counted from 1.
    pub column: Option<u32>,
}

/// Whose code a frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// `core`, `alloc` and everything else that comes with the compiler.
    Standard,
    /// A crate from a registry or a repository.
    Dependency,
    /// Anything else: the contract, and the crates next to it.
    User,
    /// There is no source file.
    Unknown,
}

impl Frame {
    /// Whose code it is, judged by the path of its file.
    pub fn origin(&self) -> Origin {
        let Some(file) = &self.file else { return Origin::Unknown };
        let file = file.replace('\\', "/");
        let has = |part| file.contains(part);
        if file.starts_with("/rustc/")
            || has("/rustlib/src/rust/")
            || has("/rust-src/")
            || has("/library/core/src/")
            || has("/library/alloc/src/")
            || has("/library/std/src/")
            || has("/vendor/compiler_builtins")
        {
            Origin::Standard
        } else if has("/registry/src/")
            || has("/git/checkouts/")
            || has("/vendor/")
            || in_registry(&file)
            || is_guest(&file)
        {
            Origin::Dependency
        } else {
            Origin::User
        }
    }

    /// File and line, if the file is known.
    pub fn source(&self) -> Option<SourceLine> {
        Some(SourceLine { file: self.file.clone()?, line: self.line.unwrap_or(0) })
    }
}

/// Whether the file belongs to one of our guest crates, in the repository (`NAME/`) or where builds unpack
/// them (`NAME-<version or hash>/`).
fn is_guest(file: &str) -> bool {
    let is_one = |folder: &str| {
        ["pallet-contracts-uapi", "ink_allocator"].iter().any(|name| {
            folder.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
        })
    };
    file.rsplit('/').skip(1).any(is_one)
}

/// Whether a path, cut off at its beginning, starts at a registry's folder: `./HOST-<hash>/NAME-VERSION/`.
fn in_registry(file: &str) -> bool {
    within_registry(file).is_some()
}

/// The path below a registry's folder.
fn within_registry(file: &str) -> Option<&str> {
    let (first, path) = file.trim_start_matches("./").split_once('/')?;
    let (host, hash) = first.rsplit_once('-')?;
    let is_one = host.contains('.') && hash.len() == 16 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_one.then_some(path)
}

/// A path without the part before the crate, if that is the compiler's or a registry's.
pub fn from_crate(file: &str) -> &str {
    let library = file.strip_prefix("/rustc/").and_then(|rest| rest.split_once("/library/"));
    library.map(|(_, path)| path).or_else(|| within_registry(file)).unwrap_or(file)
}

impl Location {
    /// The frame to show first: the innermost one in the user's code, else in a dependency, else the
    /// innermost of all.
    pub fn user(&self) -> &Frame {
        let first = |origin| self.frames.iter().find(|frame| frame.origin() == origin);
        first(Origin::User)
            .or_else(|| first(Origin::Dependency))
            .unwrap_or_else(|| self.frames.first().expect("a location has a frame; qed"))
    }
}

impl<'a> Symbolizer<'a> {
    /// Opens the contents of a `NAME.debug` file.
    ///
    /// # Errors
    /// [`SymbolizeError`]: not an ELF file, or its debug information is damaged.
    pub fn new(file: &'a [u8]) -> Result<Symbolizer<'a>, SymbolizeError> {
        let error = |reason: String| SymbolizeError { reason };
        let elf = ElfFile64::<object::LittleEndian>::parse(file).map_err(|e| error(e.to_string()))?;
        let section = |id: gimli::SectionId| {
            let data = elf.section_by_name(id.name()).and_then(|section| section.data().ok());
            Ok::<_, gimli::Error>(EndianSlice::new(data.unwrap_or(&[]), LittleEndian))
        };
        let dwarf = gimli::Dwarf::load(section).map_err(|e| error(e.to_string()))?;
        let context = addr2line::Context::from_dwarf(dwarf).map_err(|e| error(e.to_string()))?;
        let functions = elf
            .symbols()
            .filter(|symbol| symbol.kind() == SymbolKind::Text)
            .filter_map(|symbol| {
                let end = symbol.address().checked_add(symbol.size())?;
                Some((symbol.address(), (end, symbol.name().ok()?)))
            })
            .collect();
        Ok(Symbolizer { context, functions })
    }

    /// The source of a slot; none if it lies in no function.
    pub fn location(&self, slot: u32) -> Option<Location> {
        let address = u64::from(CODE_BASE) + 8 * u64::from(slot);
        let symbol = self.symbol(slot)?;
        let mut frames = frames(&self.context, address);
        match frames.last_mut() {
            // The symbol's name is complete; DWARF has only the last part of a path.
            Some(outermost) => outermost.function = crate::demangle::full(symbol),
            None => {
                let function = crate::demangle::full(symbol);
                frames.push(Frame { function, file: None, line: None, column: None });
            }
        }
        Some(Location { frames })
    }

    /// The symbol of the function that contains a slot.
    pub fn symbol(&self, slot: u32) -> Option<&'a str> {
        let address = u64::from(CODE_BASE) + 8 * u64::from(slot);
        let (_, &(end, name)) = self.functions.range(..=address).next_back()?;
        (address < end).then_some(name)
    }
}

/// A path as rustc shows it: relative to the workspace and without a leading `./`.
fn as_shown(file: &str) -> String {
    file.strip_prefix("./").unwrap_or(file).to_owned()
}

/// The frames at an address, innermost first. Damaged debug information ends the list.
pub(crate) fn frames(
    context: &addr2line::Context<EndianSlice<'_, LittleEndian>>,
    address: u64,
) -> Vec<Frame> {
    let mut found = Vec::new();
    let Ok(mut frames) = context.find_frames(address).skip_all_loads() else { return found };
    while let Ok(Some(frame)) = frames.next() {
        let name = frame.function.as_ref().and_then(|function| function.raw_name().ok());
        let location = frame.location.as_ref();
        found.push(Frame {
            function: name.map_or_else(|| "?".to_owned(), |name| crate::demangle::full(&name)),
            file: location.and_then(|location| location.file).map(as_shown),
            line: location.and_then(|location| location.line),
            column: location.and_then(|location| location.column),
        });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_shown_as_rustc_shows_them() {
        for (recorded, shown) in [
            ("./lib.rs", "lib.rs"),
            ("lib.rs", "lib.rs"),
            ("/rustc/x/core/src/a.rs", "/rustc/x/core/src/a.rs"),
        ] {
            assert_eq!(as_shown(recorded), shown);
        }
    }

    #[test]
    fn paths_are_shortened_to_their_crates() {
        for (file, short) in [
            ("/rustc/0123456789abcdef/library/core/src/ptr/mod.rs", "core/src/ptr/mod.rs"),
            ("registry.example-0123456789abcdef/ink_env-5.1.1/src/api.rs", "ink_env-5.1.1/src/api.rs"),
            ("outer/lib.rs", "outer/lib.rs"),
            ("lib.rs", "lib.rs"),
        ] {
            assert_eq!(from_crate(file), short);
        }
    }

    // Paths as they occur in the debug files of contracts.
    #[test]
    fn whose_code_a_path_is() {
        for (file, origin) in [
            ("/rustc/0123456789abcdef/library/core/src/panicking.rs", Origin::Standard),
            ("/usr/lib/rustlib/src/rust/library/core/src/panicking.rs", Origin::Standard),
            ("./registry.example-0123456789abcdef/ink_env-5.1.1/src/api.rs", Origin::Dependency),
            ("/home/me/.cargo/registry/src/registry.example-0/ink-5.1.1/src/lib.rs", Origin::Dependency),
            ("/home/me/.cargo/git/checkouts/ink-0/1/src/lib.rs", Origin::Dependency),
            ("./target/inkbpf/guest/pallet-contracts-uapi-0123456789abcdef/src/host.rs", Origin::Dependency),
            ("./target/inkbpf/guest/ink_allocator-0123456789abcdef/src/bump.rs", Origin::Dependency),
            ("guest/pallet-contracts-uapi/src/host.rs", Origin::Dependency),
            ("pallet-contracts-uapi-9.0.0/src/host.rs", Origin::Dependency),
            ("pallet-contracts-uapi.rs", Origin::User),
            ("./stress/lib.rs", Origin::User),
            ("./my.contract-2/lib.rs", Origin::User),
            ("lib.rs", Origin::User),
            ("../guest/lib.rs", Origin::User),
        ] {
            let frame = Frame { function: "f".into(), file: Some(file.into()), line: None, column: None };
            assert_eq!(frame.origin(), origin, "{file}");
        }
    }
}

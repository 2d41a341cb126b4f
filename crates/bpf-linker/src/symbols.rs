//! Finds the definition of each symbol.
//!
//! Phase 2. A global symbol has one definition among all inputs: a strong one, else a common one, else the
//! first weak one (gABI chapter 4). Of COMDAT groups with the same signature, the first is kept. A symbol
//! that no input defines may be a function of the chain, an intrinsic of the virtual machine, or the start or
//! end of the heap, which the linker defines.
//!
//! *Invariant*: no [`Definition`] refers to a section that was discarded with its group.

use crate::error::LinkError;
use crate::input::{Binding, Object, SymbolPlace};
use contract_abi::intrinsic::Intrinsic;
use contract_abi::syscall::Syscall;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

/// The meaning of a symbol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Definition {
    /// A byte of a section of an object.
    Section { object: usize, section: usize, offset: u64 },
    /// An entry of [`Symbols::commons`].
    Common(usize),
    /// A number.
    Absolute(u64),
    /// `__heap_base`: the first byte after bss.
    HeapBase,
    /// `__heap_end`: the first byte after the heap.
    HeapEnd,
    /// A contract function or an intrinsic, by its number.
    Helper(u32),
    /// Nothing, as allowed for a weak reference.
    Absent,
    /// Nothing.
    Undefined,
}

/// A common symbol: space in bss that several inputs may request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Common<'a> {
    pub(crate) name: &'a str,
    pub(crate) size: u64,
    pub(crate) align: u64,
}

/// All symbols of all inputs.
#[derive(Debug)]
pub(crate) struct Symbols<'a> {
    globals: BTreeMap<&'a str, Definition>,
    pub(crate) commons: Vec<Common<'a>>,
    discarded: BTreeSet<(usize, usize)>,
}

impl<'a> Symbols<'a> {
    /// Finds the definitions.
    ///
    /// # Errors
    /// [`LinkError::DuplicateSymbol`].
    pub(crate) fn new(objects: &[Object<'a>]) -> Result<Symbols<'a>, LinkError> {
        let discarded = discarded_sections(objects);
        let mut found: BTreeMap<&'a str, Found> = BTreeMap::new();
        for (object, contents) in objects.iter().enumerate() {
            for symbol in contents.symbols.iter().filter(|symbol| symbol.binding != Binding::Local) {
                let fixed =
                    |definition| Found::Fixed { object, weak: symbol.binding == Binding::Weak, definition };
                let new = match symbol.place {
                    SymbolPlace::Undefined => continue,
                    SymbolPlace::Section(section, _) if discarded.contains(&(object, section)) => continue,
                    SymbolPlace::Section(section, offset) => {
                        fixed(Definition::Section { object, section, offset })
                    }
                    SymbolPlace::Absolute(value) => fixed(Definition::Absolute(value)),
                    SymbolPlace::Common(align) => Found::Common { size: symbol.size, align },
                };
                match found.entry(symbol.name) {
                    Entry::Vacant(entry) => {
                        entry.insert(new);
                    }
                    Entry::Occupied(mut entry) => match entry.get().or(new) {
                        Ok(better) => {
                            entry.insert(better);
                        }
                        Err(first) => {
                            return Err(LinkError::DuplicateSymbol {
                                symbol: crate::demangle::full(symbol.name),
                                first: objects[first].name.to_owned(),
                                second: contents.name.to_owned(),
                            });
                        }
                    },
                }
            }
        }
        let mut commons = Vec::new();
        let globals = found
            .into_iter()
            .map(|(name, found)| {
                let definition = match found {
                    Found::Fixed { definition, .. } => definition,
                    Found::Common { size, align } => {
                        commons.push(Common { name, size, align });
                        Definition::Common(commons.len() - 1)
                    }
                };
                (name, definition)
            })
            .collect();
        Ok(Symbols { globals, commons, discarded })
    }

    /// The definition of a global symbol, if an input has one.
    pub(crate) fn global(&self, name: &str) -> Option<Definition> {
        self.globals.get(name).copied()
    }

    /// The meaning of symbol number `symbol` of object `object`.
    pub(crate) fn resolve(&self, objects: &[Object<'_>], object: usize, symbol: usize) -> Definition {
        let entry = &objects[object].symbols[symbol];
        if entry.binding == Binding::Local {
            return match entry.place {
                SymbolPlace::Section(section, _) if self.is_discarded(object, section) => {
                    Definition::Undefined
                }
                SymbolPlace::Section(section, offset) => Definition::Section { object, section, offset },
                SymbolPlace::Absolute(value) => Definition::Absolute(value),
                SymbolPlace::Common(_) | SymbolPlace::Undefined => Definition::Undefined,
            };
        }
        if let Some(definition) = self.global(entry.name) {
            return definition;
        }
        if let Some(syscall) = Syscall::from_symbol(entry.name) {
            return Definition::Helper(syscall.number());
        }
        if let Some(intrinsic) = Intrinsic::from_symbol(entry.name) {
            return Definition::Helper(intrinsic.number());
        }
        // A code generator may number its traps, so that LLVM does not regard them as equal and merge them.
        if entry.name.starts_with("__bpf_trap.") {
            return Definition::Helper(Intrinsic::Abort.number());
        }
        match entry.name {
            "__heap_base" => Definition::HeapBase,
            "__heap_end" => Definition::HeapEnd,
            _ if entry.binding == Binding::Weak => Definition::Absent,
            _ => Definition::Undefined,
        }
    }

    /// Whether a section was discarded with its group, because an earlier input has the same group.
    pub(crate) fn is_discarded(&self, object: usize, section: usize) -> bool {
        self.discarded.contains(&(object, section))
    }
}

/// The best definition of a name so far.
#[derive(Clone, Copy)]
enum Found {
    Fixed { object: usize, weak: bool, definition: Definition },
    Common { size: u64, align: u64 },
}

impl Found {
    /// The better of two definitions of the same name; the first one if both are weak.
    ///
    /// # Errors
    /// If both are strong: the object with the first one.
    fn or(self, new: Found) -> Result<Found, usize> {
        use Found::{Common, Fixed};
        Ok(match (self, new) {
            (Fixed { object, weak: false, .. }, Fixed { weak: false, .. }) => return Err(object),
            (Fixed { weak: true, .. }, Fixed { weak: false, .. } | Common { .. }) => new,
            (Fixed { .. }, _) => self,
            (Common { .. }, Fixed { weak: false, .. }) => new,
            (Common { .. }, Fixed { weak: true, .. }) => self,
            (Common { size, align }, Common { size: other_size, align: other_align }) => {
                Common { size: size.max(other_size), align: align.max(other_align) }
            }
        })
    }
}

fn discarded_sections(objects: &[Object<'_>]) -> BTreeSet<(usize, usize)> {
    let mut kept = BTreeSet::new();
    let mut discarded = BTreeSet::new();
    for (object, contents) in objects.iter().enumerate() {
        for group in &contents.groups {
            if !kept.insert(group.signature) {
                discarded.extend(group.sections.iter().map(|&section| (object, section)));
            }
        }
    }
    discarded
}

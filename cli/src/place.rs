//! Maps a slot of a program to its place in the source.

use crate::registry::Registry;
use crate::transcript::Stop;
use bpf_linker::symbolize::{Frame, Origin, Symbolizer};
use serde::Serialize;

/// A frame of the chain that stopped, with its places in the source.
#[derive(Clone, Debug, Serialize)]
pub struct Trap {
    /// The reason.
    pub reason: String,
    /// Name of the contract, when it is known.
    pub contract: Option<String>,
    /// Hash of its code.
    pub code_hash: Option<String>,
    /// The innermost place that is in the contract's own source.
    pub source: Option<Place>,
    /// The instruction, then the calls that led to it, outwards, including inlined calls.
    pub stack: Vec<Place>,
}

/// A place in a program.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The slot.
    pub slot: u32,
    /// The function.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub function: Option<String>,
    /// The source file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The line in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// Whether it is the contract's own code, or that of a crate next to it.
    #[serde(skip)]
    own: bool,
}

impl Place {
    fn new(slot: u32, frame: &Frame) -> Self {
        Self {
            slot,
            function: Some(frame.function.clone()),
            file: frame.file.clone(),
            line: frame.line,
            own: frame.origin() == Origin::User,
        }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.function {
            Some(function) => write!(f, "{function}")?,
            None => write!(f, "slot {}", self.slot)?,
        }
        match (&self.file, self.line) {
            (Some(file), Some(line)) => write!(f, " at {file}:{line}"),
            (Some(file), None) => write!(f, " in {file}"),
            _ => Ok(()),
        }
    }
}

/// Looks the slots up in the registry's data about the code.
pub fn find(stop: &Stop, registry: &Registry) -> Trap {
    let debug =
        stop.code_hash.and_then(|hash| registry.debug_file(hash)).and_then(|path| std::fs::read(path).ok());
    let symbolizer = debug.as_deref().and_then(|debug| Symbolizer::new(debug).ok());
    let mut stack = Vec::new();
    for &slot in &stop.slots {
        match symbolizer.as_ref().and_then(|symbolizer| symbolizer.location(slot)) {
            Some(location) => stack.extend(location.frames.iter().map(|frame| Place::new(slot, frame))),
            None => stack.push(Place { slot, ..Default::default() }),
        }
    }
    let panic = what_panicked(&stack);
    Trap {
        reason: match panic {
            Some(kind) => format!("{} ({kind})", stop.reason),
            None => stop.reason.clone(),
        },
        contract: stop.code_hash.and_then(|hash| registry.recall(hash)).map(|artifact| artifact.name),
        code_hash: stop.code_hash.map(|hash| crate::report::hex(&hash)),
        source: stack.iter().find(|place| place.own).cloned(),
        stack,
    }
}

/// The subject of the panic at the top of a stack. All panics end in the same function, so the most specific one may be
/// below it, down to the contract's own code.
fn what_panicked(stack: &[Place]) -> Option<&'static str> {
    let raised_by = stack.iter().take_while(|place| !place.own);
    let kinds = raised_by.filter_map(|place| panic_kind(place.function.as_deref()?));
    kinds.reduce(|kind, next| if kind == ANY_PANIC { next } else { kind })
}

/// A panic about which no more is known.
const ANY_PANIC: &str = "panic";

/// The subject of a panic, by the function of `core` or `alloc` that raised it: the message itself is not in the
/// program.
fn panic_kind(function: &str) -> Option<&'static str> {
    [
        ("panic_const_add_overflow", "addition overflowed"),
        ("panic_const_sub_overflow", "subtraction overflowed"),
        ("panic_const_mul_overflow", "multiplication overflowed"),
        ("panic_const_div_overflow", "division overflowed"),
        ("panic_const_rem_overflow", "remainder overflowed"),
        ("panic_const_neg_overflow", "negation overflowed"),
        ("panic_const_shl_overflow", "shift left by too much"),
        ("panic_const_shr_overflow", "shift right by too much"),
        ("panic_const_div_by_zero", "division by zero"),
        ("panic_const_rem_by_zero", "remainder by zero"),
        ("panic_bounds_check", "index out of bounds"),
        ("slice_index_fail", "slice out of bounds"),
        ("slice_error_fail", "string slice out of bounds or not at a character boundary"),
        ("option::unwrap_failed", "unwrap of None"),
        ("option::expect_failed", "expect of None"),
        ("result::unwrap_failed", "unwrap or expect of Err"),
        ("assert_failed", "an assertion failed"),
        ("panic_already_borrowed", "a RefCell is borrowed already"),
        ("panic_already_mutably_borrowed", "a RefCell is borrowed already"),
        ("len_mismatch_fail", "slices of different lengths"),
        ("capacity_overflow", "a collection too large to address"),
        ("handle_alloc_error", "out of memory"),
        ("raw_vec::handle_error", "out of memory"),
        ("panicking::panic", ANY_PANIC),
    ]
    .into_iter()
    .find_map(|(name, kind)| function.contains(name).then_some(kind))
}

/// Groups repeated calls with their count: recursion.
pub fn grouped(stack: &[Place]) -> Vec<(&Place, usize)> {
    let mut groups: Vec<(&Place, usize)> = Vec::new();
    for place in stack {
        let same = |other: &Place| {
            other.function.is_some()
                && (&other.function, &other.file, other.line) == (&place.function, &place.file, place.line)
        };
        match groups.last_mut() {
            Some((last, count)) if same(last) => *count = count.saturating_add(1),
            _ => groups.push((place, 1)),
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panics_are_told_by_who_raised_them() {
        for (function, kind) in [
            ("core::panicking::panic_const::panic_const_add_overflow", Some("addition overflowed")),
            ("core::panicking::panic_bounds_check", Some("index out of bounds")),
            ("core::panicking::panic_fmt", Some("panic")),
            ("<stress::Stress>::panic", None),
        ] {
            assert_eq!(panic_kind(function), kind, "{function}");
        }
    }

    #[test]
    fn a_panic_is_what_the_most_telling_frame_says() {
        let place =
            |function: &str, own| Place { function: Some(function.into()), own, ..Default::default() };
        let fmt = place("core::panicking::panic_fmt", false);
        let by_zero = place("core::panicking::panic_const::panic_const_div_by_zero", false);
        let mine = place("<inner::Inner>::divided", true);
        assert_eq!(what_panicked(&[fmt.clone(), by_zero.clone(), mine.clone()]), Some("division by zero"));
        assert_eq!(what_panicked(&[fmt, mine.clone()]), Some("panic"));
        assert_eq!(what_panicked(&[mine, by_zero]), None);
    }

    #[test]
    fn recursion_is_one_line() {
        let place = |line| Place { function: Some("f".into()), line: Some(line), ..Default::default() };
        let stack = [place(1), place(1), place(2), place(1)];
        let counts: Vec<_> = grouped(&stack).iter().map(|(_, count)| *count).collect();
        assert_eq!(counts, [2, 1, 1]);
    }
}

//! Where in the source a slot of a program comes from.

use crate::registry::Registry;
use crate::transcript::Stop;
use bpf_linker::symbolize::{Frame, Origin, Symbolizer};
use serde::Serialize;

/// A frame of the chain that stopped, with the places in the source.
#[derive(Clone, Debug, Serialize)]
pub struct Trap {
    /// Why.
    pub reason: String,
    /// Name of the contract, when it is known.
    pub contract: Option<String>,
    /// Hash of its code.
    pub code_hash: Option<String>,
    /// The innermost place that is in the contract's own source.
    pub source: Option<Place>,
    /// Where: the instruction, then the calls that led to it, outwards; inlined calls too.
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
    /// Whether it is the contract's own code, or a crate's next to it.
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

/// Looks the slots up in what is remembered about the code.
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
    Trap {
        reason: stop.reason.clone(),
        contract: stop.code_hash.and_then(|hash| registry.recall(hash)).map(|artifact| artifact.name),
        code_hash: stop.code_hash.map(|hash| crate::report::hex(&hash)),
        source: stack.iter().find(|place| place.own).cloned(),
        stack,
    }
}

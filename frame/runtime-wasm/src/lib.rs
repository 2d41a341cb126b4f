//! The runtime as Wasm, for nodes.
//!
//! **Problem.** What a node executes is a Wasm file, which takes minutes to build. Tests and the command line run
//! the same runtime natively and never need it. So the file is not built by the runtime's own crate but by this
//! one, on which the node alone depends.
//!
//! **Invariant.** The two files differ in what runs contracts and in nothing else: a block is valid under both.

#![forbid(unsafe_code)]

/// What runs contracts in a runtime.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// The virtual machine in the node, by host functions.
    Host,
    /// The interpreter inside the runtime.
    Embedded,
}

impl Engine {
    /// The runtime with this engine, compressed as nodes and chains take it.
    ///
    /// `None` when it was left out of the build by `SKIP_WASM_BUILD`.
    pub fn runtime(self) -> Option<&'static [u8]> {
        match self {
            Self::Host => host::WASM_BINARY,
            Self::Embedded => embedded::WASM_BINARY,
        }
    }
}

mod host {
    #![allow(dead_code, missing_docs, reason = "what the builder writes")]
    include!(concat!(env!("OUT_DIR"), "/host.rs"));
}

mod embedded {
    #![allow(dead_code, missing_docs, reason = "what the builder writes")]
    include!(concat!(env!("OUT_DIR"), "/embedded.rs"));
}

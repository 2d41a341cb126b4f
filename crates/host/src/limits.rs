//! What one call of the runtime may keep alive in the node.
//!
//! A pallet limits its own frames, so no contract can reach these limits: they are for a runtime that forgets to
//! release what it took. Reaching one ends the runtime's call on every node alike, because the limits do not depend on
//! what else a node does.

/// Maximum number of programs and instances of a call, together.
///
/// A frame of the pallet holds one of each.
pub const HANDLES: usize = 512;

/// Maximum writable memory of all instances of a call together, in bytes.
///
/// All memory that instances *may* write counts, whether or not they wrote to it.
pub const MEMORY: u64 = 256 * 1024 * 1024;

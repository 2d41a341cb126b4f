//! What one call of the runtime may have alive in the node.
//!
//! A pallet bounds its frames itself, so none of these is met by a contract: they are there for a
//! runtime that forgets to give back what it took. Meeting one ends the runtime's call, on every node alike,
//! because they do not depend on what else a node does.

/// Programs and instances of a call, together.
///
/// A frame of the pallet holds one of each.
pub const HANDLES: usize = 512;

/// Writable memory of a call's instances together, in bytes.
///
/// What instances *may* write counts, whether they did or not.
pub const MEMORY: u64 = 256 * 1024 * 1024;

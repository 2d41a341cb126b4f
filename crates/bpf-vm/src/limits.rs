//! Every limit of the virtual machine, and the rule for changing it.
//!
//! There are two kinds. The constants of this module affect what a program can observe (where its gas is charged, when
//! a call is too deep), so they belong to consensus: changing one makes a new version of the virtual machine, recorded
//! under *Guest-visible* in the changelog. The fields of [`Limits`] only decide which programs [`crate::verify()`]
//! accepts. An embedder sets them as it likes, and an accepted program behaves the same under any of them.

use contract_abi::memory::MAX_WRITABLE;

/// Version of what a program can observe of the virtual machine, except costs. See the module documentation.
pub const VERSION: u32 = 1;

/// Maximum number of calls active at once, not counting the entry point.
///
/// The stack's size bounds most recursion first; this bounds recursion of functions without a frame. Machine code keeps
/// one word per call on the host's stack, so it needs 8 KiB there.
pub const MAX_CALL_DEPTH: usize = 1024;

/// Maximum number of instructions in a block: a longer straight run is split.
///
/// A fault in the middle of a block keeps the charge for the whole block, so this bounds what may be charged without
/// being executed.
pub const MAX_BLOCK_LEN: u32 = 256;

/// Maximum number of stack arguments that a call may pass through r11: LLVM's twelve minus those in r1–r5.
pub const MAX_STACK_ARGS: usize = 7;

/// Maximum number of functions in a program. A function's index fits in 16 bits, with one value to spare.
pub const MAX_FUNCTIONS: usize = u16::MAX as usize - 1;

/// Maximum number of slots in a program. A slot and a flag fit in 32 bits, with room to spare.
pub const MAX_SLOTS: usize = 1 << 24;

/// Limits on the programs that [`crate::verify()`] accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Length of the program in slots. Never above [`MAX_SLOTS`].
    pub slots: u32,
    /// Number of functions. Never above [`MAX_FUNCTIONS`].
    pub functions: u32,
    /// Bytes that the program may write: data, bss, heap and stack together.
    pub writable: u32,
    /// Bytes of read-only data.
    pub rodata: u32,
}

impl Limits {
    /// Limits for contracts: 128 Ki slots (1 MiB of code) and `MAX_WRITABLE` bytes.
    ///
    /// The pallet's own limit on the length of code is lower and applies first.
    pub const CONTRACT: Limits =
        Limits { slots: 128 * 1024, functions: 16 * 1024, writable: MAX_WRITABLE, rodata: 1024 * 1024 };

    /// As much as the address space and the tables can hold.
    pub const MAX: Limits = Limits {
        slots: MAX_SLOTS as u32,
        functions: MAX_FUNCTIONS as u32,
        writable: u32::MAX,
        rodata: u32::MAX,
    };
}

//! Bits that change what a call or a return does.

use bitflags::bitflags;

bitflags! {
    /// How a contract ends.
    #[cfg_attr(feature = "scale", derive(scale::Encode, scale::Decode, scale_info::TypeInfo))]
    pub struct ReturnFlags: u32 {
        /// Undo every change this frame made.
        const REVERT = 0x0000_0001;
    }
}

bitflags! {
    /// How another contract is called.
    pub struct CallFlags: u32 {
        /// Hand this frame's input to the callee, and lose it.
        const FORWARD_INPUT = 0b0000_0001;
        /// Hand a copy of this frame's input to the callee. Stronger than `FORWARD_INPUT`.
        const CLONE_INPUT = 0b0000_0010;
        /// End this frame with the callee's result instead of coming back.
        const TAIL_CALL = 0b0000_0100;
        /// Let the callee, and whom it calls, enter this contract again. Not for delegate calls.
        const ALLOW_REENTRY = 0b0000_1000;
    }
}

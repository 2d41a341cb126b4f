//! Flags of calls and returns.

use bitflags::bitflags;

bitflags! {
    /// Flags for the end of a contract.
    #[cfg_attr(feature = "scale", derive(scale::Encode, scale::Decode, scale_info::TypeInfo))]
    pub struct ReturnFlags: u32 {
        /// Revert all changes that this frame made.
        const REVERT = 0x0000_0001;
    }
}

bitflags! {
    /// Flags for calling another contract.
    pub struct CallFlags: u32 {
        /// Pass this frame's input to the callee and give it up.
        const FORWARD_INPUT = 0b0000_0001;
        /// Pass a copy of this frame's input to the callee. Overrides `FORWARD_INPUT`.
        const CLONE_INPUT = 0b0000_0010;
        /// End this frame with the callee's result instead of returning here.
        const TAIL_CALL = 0b0000_0100;
        /// Allow the callee, and contracts that it calls, to call this contract. Not for delegate calls.
        const ALLOW_REENTRY = 0b0000_1000;
    }
}

//! The return codes of contract functions.

/// "No pointer" or "no value", where a function takes or returns a plain `u32`.
pub(crate) const SENTINEL: u32 = u32::MAX;

pub(crate) type Result = core::result::Result<(), ReturnErrorCode>;

macro_rules! error_codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal,)*) => {
        /// The reason why a contract function failed.
        #[derive(Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub enum ReturnErrorCode {
            /// No error.
            Success = 0,
            $($(#[$doc])* $name = $code,)*
            /// A code unknown to this version of the crate.
            Unknown,
        }

        impl From<ReturnCode> for Result {
            fn from(code: ReturnCode) -> Self {
                match code.0 {
                    0 => Ok(()),
                    $($code => Err(ReturnErrorCode::$name),)*
                    _ => Err(ReturnErrorCode::Unknown),
                }
            }
        }
    };
}

error_codes! {
    /// The called contract trapped: its changes are undone and there is no output.
    CalleeTrapped = 1,
    /// The called contract reverted its changes; its output is available.
    CalleeReverted = 2,
    /// There is no value under this storage key.
    KeyNotFound = 3,
    /// No longer returned.
    _BelowSubsistenceThreshold = 4,
    /// The transfer failed, most often because the balance is locked or too small.
    TransferFailed = 5,
    /// No longer returned.
    _EndowmentTooLow = 6,
    /// There is no code with this hash.
    CodeNotFound = 7,
    /// The called account is not a contract.
    NotCallable = 8,
    /// Debug messages are not recorded.
    LoggingDisabled = 9,
    /// The dispatched runtime call failed.
    CallRuntimeFailed = 10,
    /// No public key could be recovered from this signature and hash.
    EcdsaRecoveryFailed = 11,
    /// The signature does not match this key and message.
    Sr25519VerifyFailed = 12,
    /// The XCM program failed.
    XcmExecutionFailed = 13,
    /// The XCM program could not be sent.
    XcmSendFailed = 14,
}

impl From<ReturnErrorCode> for u32 {
    fn from(code: ReturnErrorCode) -> u32 {
        code as u32
    }
}

/// The raw number that a contract function returns.
#[repr(transparent)]
pub struct ReturnCode(u32);

impl From<ReturnCode> for Option<u32> {
    fn from(code: ReturnCode) -> Self {
        (code.0 < SENTINEL).then_some(code.0)
    }
}

impl ReturnCode {
    /// The number.
    pub fn into_u32(self) -> u32 {
        self.0
    }

    /// Whether the number is not 0.
    pub fn into_bool(self) -> bool {
        self.0 != 0
    }
}

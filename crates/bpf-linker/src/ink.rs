//! ink!'s own compile-time errors.
//!
//! Some misuse can only be detected when all code is known, such as a call of a trait's message that its
//! declaration forbids. ink!'s macros then leave a call to an undefined function whose name holds the error,
//! SCALE-encoded, in hex: `__ink_enforce_error_0x01…`. The linker has to decode it.
//!
//! Source: `ink_codegen` 5.1.1, `enforced_error.rs`. Names are not trusted: one that does not decode is an
//! ordinary undefined symbol.

use std::fmt;

const PREFIX: &str = "__ink_enforce_error_";

/// An error that ink! left for the linker to report.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EnforcedError {
    /// A trait's message is called on a value that is not a contract of that trait (index 1).
    CannotCallTraitMessage {
        /// The trait.
        trait_ident: String,
        /// Its message.
        message_ident: String,
        /// The message's selector.
        message_selector: [u8; 4],
        /// Whether the message takes `&mut self`.
        message_is_mut: bool,
    },
}

impl EnforcedError {
    /// Decodes a symbol's name; `None` if it holds no known ink! error.
    pub fn from_symbol(symbol: &str) -> Option<EnforcedError> {
        let hex = symbol.strip_prefix(PREFIX)?;
        let hex = hex.strip_prefix("0x").unwrap_or(hex).as_bytes();
        if !hex.len().is_multiple_of(2) {
            return None;
        }
        let digit = |byte: u8| char::from(byte).to_digit(16);
        let bytes: Option<Vec<u8>> =
            hex.chunks(2).map(|pair| Some((digit(pair[0])? << 4 | digit(pair[1])?) as u8)).collect();
        let bytes = bytes?;
        let mut input = Scale(&bytes);
        let error = match input.byte()? {
            1 => EnforcedError::CannotCallTraitMessage {
                trait_ident: input.string()?,
                message_ident: input.string()?,
                message_selector: input.take(4)?.try_into().ok()?,
                message_is_mut: match input.byte()? {
                    0 => false,
                    1 => true,
                    _ => return None,
                },
            },
            _ => return None,
        };
        input.0.is_empty().then_some(error)
    }
}

impl fmt::Display for EnforcedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let EnforcedError::CannotCallTraitMessage {
            trait_ident,
            message_ident,
            message_selector: [a, b, c, d],
            message_is_mut,
        } = self;
        let (receiver, builder) =
            if *message_is_mut { ("&mut self", "call_mut()") } else { ("&self", "call()") };
        write!(
            f,
            "ink! does not allow this call of the message `{trait_ident}::{message_ident}` \
             (`{receiver}`, selector 0x{a:02x}{b:02x}{c:02x}{d:02x}): the value it is called on cannot \
             receive it. Call it with method syntax on a contract reference that allows `{receiver}`, \
             or through its call builder (`contract.{builder}.{message_ident}(…)`)"
        )
    }
}

/// The few SCALE encodings that occur here.
struct Scale<'a>(&'a [u8]);

impl<'a> Scale<'a> {
    fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let (head, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(head)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1).map(|bytes| bytes[0])
    }

    /// A compact length and that many bytes of UTF-8.
    fn string(&mut self) -> Option<String> {
        let first = self.byte()?;
        let len = match first & 3 {
            0 => usize::from(first >> 2),
            1 => (usize::from(self.byte()?) << 8 | usize::from(first)) >> 2,
            // A symbol that contains a name of 16 KiB is not ink!'s.
            _ => return None,
        };
        String::from_utf8(self.take(len)?.to_vec()).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // `Flip::flip`, selector 0x633aa551, `&mut self`, as `ink_codegen` encodes it.
    const FLIP: &str = "__ink_enforce_error_0x0110466c697010666c6970633aa55101";

    #[test]
    fn an_error_of_ink_is_decoded() {
        let error = EnforcedError::from_symbol(FLIP).unwrap();
        assert_eq!(
            error,
            EnforcedError::CannotCallTraitMessage {
                trait_ident: "Flip".into(),
                message_ident: "flip".into(),
                message_selector: [0x63, 0x3a, 0xa5, 0x51],
                message_is_mut: true,
            }
        );
        let text = error.to_string();
        assert!(text.contains("`Flip::flip` (`&mut self`, selector 0x633aa551)"), "{text}");
    }

    #[test]
    fn a_long_name_has_a_length_of_two_bytes() {
        let name = "m".repeat(100);
        let hex: String = name.bytes().map(|byte| format!("{byte:02x}")).collect();
        let symbol = format!("{PREFIX}010454{}{hex}0000000000", "9101");
        let Some(EnforcedError::CannotCallTraitMessage { message_ident, message_is_mut, .. }) =
            EnforcedError::from_symbol(&symbol)
        else {
            panic!("{symbol}");
        };
        assert_eq!(message_ident, name);
        assert!(!message_is_mut);
    }

    #[test]
    fn anything_else_is_refused() {
        for len in 0..FLIP.len() {
            assert_eq!(EnforcedError::from_symbol(&FLIP[..len]), None, "{len}");
        }
        assert_eq!(EnforcedError::from_symbol(&format!("{FLIP}00")), None);
        assert_eq!(EnforcedError::from_symbol("__ink_enforce_error_02"), None);
        assert_eq!(EnforcedError::from_symbol("__ink_enforce_error_0xé"), None);
    }
}

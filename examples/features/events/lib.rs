//! Events defined outside the contract, named, anonymous and with long topics.

#![cfg_attr(not(feature = "std"), no_std, no_main)]

use ink::{
    prelude::{string::String, vec::Vec},
    primitives::AccountId,
};

/// Defined outside any contract, as one would share it between several.
#[ink::event]
pub struct Moved {
    /// A topic of 32 bytes is itself.
    #[ink(topic)]
    pub who: AccountId,
    /// So is a shorter one, padded with zeros.
    #[ink(topic)]
    pub steps: u16,
    /// Data, as are the topics.
    pub to: (i32, i32),
}

/// A topic of more than 32 bytes is its hash.
#[ink::event]
pub struct Said {
    /// As long as it likes.
    #[ink(topic)]
    pub text: String,
    /// Absent: no topic.
    #[ink(topic)]
    pub aside: Option<String>,
}

/// Without the topic that names the kind of event.
#[ink::event(anonymous)]
pub struct Whispered {
    /// The only topic.
    #[ink(topic)]
    pub hint: [u8; 4],
    /// What was whispered.
    pub bytes: Vec<u8>,
}

/// The topic that names the kind of event is chosen.
#[ink::event(signature_topic = "1212121212121212121212121212121212121212121212121212121212121212")]
pub struct Signed {
    /// Some number.
    pub number: u128,
}

#[ink::contract]
mod events {
    use super::{Moved, Said, Signed, Whispered};
    use ink::prelude::{string::String, vec::Vec};

    /// Remembers nothing.
    #[ink(storage)]
    pub struct Events {}

    /// Defined in the contract.
    #[ink(event)]
    pub struct Made {
        #[ink(topic)]
        at: BlockNumber,
    }

    impl Events {
        /// Emits [`Made`].
        #[ink(constructor)]
        pub fn new() -> Self {
            Self::env().emit_event(Made { at: Self::env().block_number() });
            Self {}
        }

        /// Emits [`Moved`] with the caller.
        #[ink(message)]
        pub fn walk(&self, steps: u16, to: (i32, i32)) {
            self.env().emit_event(Moved { who: self.env().caller(), steps, to });
        }

        /// Emits [`Said`].
        #[ink(message)]
        pub fn say(&self, text: String, aside: Option<String>) {
            self.env().emit_event(Said { text, aside });
        }

        /// Emits [`Whispered`].
        #[ink(message)]
        pub fn whisper(&self, hint: [u8; 4], bytes: Vec<u8>) {
            self.env().emit_event(Whispered { hint, bytes });
        }

        /// Emits [`Signed`], `count` times.
        #[ink(message)]
        pub fn sign(&self, number: u128, count: u32) {
            for i in 0..count {
                self.env().emit_event(Signed { number: number.wrapping_add(u128::from(i)) });
            }
        }
    }

    impl Default for Events {
        fn default() -> Self {
            Self::new()
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;
        use ink::env::test::recorded_events;

        #[ink::test]
        fn topics_are_as_declared() {
            let events = Events::new();
            events.walk(3, (1, -1));
            events.say("x".repeat(100), None);
            events.whisper([1, 2, 3, 4], vec![5]);
            events.sign(9, 2);
            let topics: Vec<_> = recorded_events().map(|event| event.topics).collect();
            assert_eq!(topics.iter().map(Vec::len).collect::<Vec<_>>(), [2, 3, 3, 1, 1, 1]);
            assert_eq!(topics[3][0][..5], [1, 2, 3, 4, 0]);
            assert_eq!(topics[4][0], [0x12; 32]);
        }
    }
}

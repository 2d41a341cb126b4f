//! Loops without end, to see that gas ends them.
//!
//! Every message leaves its mark on chain before it begins to spin. Whoever calls one pays for the
//! gas, and finds afterwards that nothing was marked.

#![cfg_attr(not(feature = "std"), no_std, no_main)]

#[ink::contract]
// That is the point.
#[allow(clippy::empty_loop)]
mod spin {
    use ink::{
        env::hash::{Blake2x256, CryptoHash},
        prelude::vec::Vec,
        storage::Lazy,
    };

    /// How often a message began.
    #[ink(storage)]
    #[derive(Default)]
    pub struct Spin {
        /// Lazy, so that it is written at once and not when a message ends.
        begun: Lazy<u32>,
    }

    /// A message has begun.
    #[ink(event)]
    pub struct Begun {
        by: AccountId,
    }

    impl Spin {
        /// A contract none of whose messages has begun.
        #[ink(constructor)]
        pub fn new() -> Self {
            Self::default()
        }

        /// Never ends.
        #[ink(constructor, selector = 0x5350494E)]
        pub fn new_that_never_ends() -> Self {
            let mut spin = Self::new();
            spin.begin();
            loop {}
        }

        /// How often a message began and came to its end.
        #[ink(message)]
        pub fn begun(&self) -> u32 {
            self.begun.get_or_default()
        }

        /// Begins, and ends. What the others would leave behind if they could.
        #[ink(message, payable)]
        pub fn once(&mut self) {
            self.begin();
        }

        /// A loop that does nothing.
        #[ink(message, payable)]
        pub fn spin(&mut self) {
            self.begin();
            loop {}
        }

        /// A loop that computes: it follows the sequence of Collatz, which never leaves 1, 4, 2.
        #[ink(message, payable)]
        pub fn compute(&mut self, start: u64) {
            self.begin();
            let mut n = start.max(1);
            while n != 0 {
                n = if n.is_multiple_of(2) { n / 2 } else { n.wrapping_mul(3).wrapping_add(1) };
            }
        }

        /// A loop that calls the chain each time around.
        #[ink(message, payable)]
        pub fn hash(&mut self) {
            self.begin();
            let mut hash = [0; 32];
            loop {
                let input = hash;
                Blake2x256::hash(&input, &mut hash);
            }
        }

        /// A loop that writes to storage each time around.
        #[ink(message, payable)]
        pub fn write(&mut self) {
            loop {
                self.begin();
            }
        }

        /// A loop that moves memory: a few instructions, many bytes.
        #[ink(message, payable)]
        pub fn copy(&mut self, len: u32) {
            self.begin();
            let mut bytes: Vec<u8> = (0..len).map(|i| i as u8).collect();
            loop {
                bytes.rotate_left(1);
            }
        }

        fn begin(&mut self) {
            self.begun.set(&self.begun().wrapping_add(1));
            self.env().emit_event(Begun { by: self.env().caller() });
        }
    }

    // What never ends cannot be tested without gas: the end-to-end tests have it.
    #[cfg(test)]
    mod tests {
        use super::*;

        #[ink::test]
        fn counts_what_begins() {
            let mut spin = Spin::new();
            assert_eq!(spin.begun(), 0);
            spin.once();
            spin.once();
            assert_eq!(spin.begun(), 2);
            assert_eq!(ink::env::test::recorded_events().count(), 2);
        }
    }
}

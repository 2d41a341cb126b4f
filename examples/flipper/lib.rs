//! A boolean on chain that anyone can flip: the smallest contract that has state.

#![cfg_attr(not(feature = "std"), no_std, no_main)]

pub use self::flipper::{Flipper, FlipperRef};

#[ink::contract]
mod flipper {
    /// The boolean.
    #[ink(storage)]
    pub struct Flipper {
        value: bool,
    }

    impl Flipper {
        /// Starts at `init_value`.
        #[ink(constructor)]
        pub fn new(init_value: bool) -> Self {
            Self { value: init_value }
        }

        /// Starts at `false`.
        #[ink(constructor)]
        pub fn new_default() -> Self {
            Self::new(Default::default())
        }

        /// Turns `true` into `false` and `false` into `true`.
        #[ink(message)]
        pub fn flip(&mut self) {
            self.value = !self.value;
        }

        /// The value as it stands.
        #[ink(message)]
        pub fn get(&self) -> bool {
            self.value
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[ink::test]
        fn starts_at_false_unless_told_otherwise() {
            assert!(!Flipper::new_default().get());
            assert!(Flipper::new(true).get());
        }

        #[ink::test]
        fn two_flips_are_none() {
            let mut flipper = Flipper::new(false);
            flipper.flip();
            assert!(flipper.get());
            flipper.flip();
            assert!(!flipper.get());
        }
    }
}

//! An allocator of the contract's own, and debug text.
//!
//! ink!'s feature `no-allocator` leaves the heap to the contract. This one is an array of 32 KiB
//! whose newest block can be given back.

#![cfg_attr(not(feature = "std"), no_std, no_main)]

#[cfg(not(feature = "std"))]
mod heap;

#[ink::contract]
mod own_allocator {
    use ink::prelude::{string::String, vec::Vec};

    /// Remembers what it was told last.
    #[ink(storage)]
    #[derive(Default)]
    pub struct OwnAllocator {
        last: String,
    }

    impl OwnAllocator {
        /// Was told nothing yet.
        #[ink(constructor)]
        pub fn new() -> Self {
            ink::env::debug_println!("made by {:?}", Self::env().caller());
            Self::default()
        }

        /// Is told something, and says so.
        #[ink(message)]
        pub fn tell(&mut self, text: String) -> String {
            ink::env::debug_println!("told {:?}, {} bytes, after {:?}", text, text.len(), self.last);
            core::mem::replace(&mut self.last, text)
        }

        /// Takes `rounds` times `len` bytes of memory, one after another, and gives them back: works
        /// however often, as long as one fits.
        #[ink(message)]
        pub fn churn(&self, rounds: u32, len: u32) -> u64 {
            let mut sum = 0u64;
            for round in 0..rounds {
                let bytes: Vec<u8> = (0..len).map(|i| i.wrapping_add(round) as u8).collect();
                sum = bytes.iter().fold(sum, |sum, &byte| sum.wrapping_mul(3).wrapping_add(u64::from(byte)));
            }
            sum
        }

        /// Whether `len` bytes of memory can be had.
        #[ink(message)]
        pub fn fits(&self, len: u32) -> bool {
            let mut bytes = Vec::<u8>::new();
            bytes.try_reserve_exact(len as usize).is_ok()
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[ink::test]
        fn remembers() {
            let mut contract = OwnAllocator::new();
            assert_eq!(contract.tell("a".into()), "");
            assert_eq!(contract.tell("b".into()), "a");
        }

        #[ink::test]
        fn churns() {
            // 0 and 1, then 1 and 2: each new byte counts once, what came before three times.
            assert_eq!(OwnAllocator::new().churn(2, 2), (3 + 1) * 3 + 2);
        }
    }
}

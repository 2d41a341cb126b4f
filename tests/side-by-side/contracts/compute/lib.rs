//! Messages that compute.
//!
//! What is timed by `cargo xtask bench chain` beside calls that hardly compute. Each message gives a number that
//! depends on all of its work, so that nothing of it can be left out, and so that two chains can be compared.

#![cfg_attr(not(feature = "std"), no_std, no_main)]

#[ink::contract]
mod compute {
    use ink::{
        env::hash::{Blake2x256, CryptoHash},
        prelude::{vec, vec::Vec},
    };
    use sha2::{Digest, Sha256};

    /// Nothing is kept.
    #[ink(storage)]
    #[derive(Default)]
    pub struct Compute {}

    impl Compute {
        /// Nothing is kept.
        #[ink(constructor)]
        pub fn new() -> Self {
            Self::default()
        }

        /// Nothing.
        #[ink(message)]
        pub fn nothing(&self) {}

        /// SHA-256 of so many KiB, in the contract.
        #[ink(message)]
        pub fn sha256(&self, kib: u32) -> [u8; 32] {
            let chunk: Vec<u8> = (0..1024u32).map(|i| i as u8).collect();
            let mut hasher = Sha256::new();
            for _ in 0..kib {
                hasher.update(&chunk);
            }
            hasher.finalize().into()
        }

        /// BLAKE2b of so many times 16 KiB, by the chain: the contract only fills the buffer.
        #[ink(message)]
        pub fn blake2_of_chain(&self, times: u32) -> [u8; 32] {
            let buffer = vec![7u8; 16 * 1024];
            let mut sum = [0; 32];
            for _ in 0..times {
                let mut hash = [0; 32];
                Blake2x256::hash(&buffer, &mut hash);
                for (sum, byte) in sum.iter_mut().zip(hash) {
                    *sum ^= byte;
                }
            }
            sum
        }

        /// Sorts so many numbers, each of which is made from the one before.
        #[ink(message)]
        pub fn sort(&self, len: u32) -> u64 {
            let mut state = 0x2545_F491u32;
            let next = || {
                state ^= state << 13;
                state ^= state >> 17;
                state ^= state << 5;
                state
            };
            let mut items: Vec<u32> = core::iter::repeat_with(next).take(len as usize).collect();
            items.sort_unstable();
            items.iter().fold(0, |sum: u64, item| sum.wrapping_mul(31).wrapping_add(u64::from(*item)))
        }

        /// How many primes there are below `n`, by Eratosthenes' sieve.
        #[ink(message)]
        pub fn primes(&self, n: u32) -> u32 {
            let mut composite = vec![false; n as usize];
            let mut count = 0u32;
            for i in 2..composite.len() {
                if composite[i] {
                    continue;
                }
                count = count.wrapping_add(1);
                let mut multiple = i.saturating_mul(i);
                while let Some(entry) = composite.get_mut(multiple) {
                    *entry = true;
                    multiple = multiple.saturating_add(i);
                }
            }
            count
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[ink::test]
        fn results_are_known() {
            let compute = Compute::new();
            assert_eq!(compute.primes(1000), 168);
            assert_eq!(compute.sha256(0)[..4], [0xe3, 0xb0, 0xc4, 0x42]);
            assert_eq!(compute.sort(1), {
                let mut x = 0x2545_F491u32;
                x ^= x << 13;
                x ^= x >> 17;
                x ^= x << 5;
                u64::from(x)
            });
        }
    }
}

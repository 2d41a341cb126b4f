//! Takes all the memory that a contract may have, and as much again in every call to itself; or all that it may store.
//!
//! For whoever runs a node: what one transaction can make it hold is bounded by the memory of a frame times the depth
//! of the call stack, and by what can be written for the gas of a block, however a contract is written.

#![cfg_attr(not(feature = "std"), no_std, no_main)]

pub use self::greedy::{Greedy, GreedyRef};

#[ink::contract]
mod greedy {
    use ink::{
        env::{
            call::{build_call, ExecutionInput, Selector},
            CallFlags,
        },
        prelude::vec,
    };

    /// Nothing: what it takes is gone when it returns.
    #[ink(storage)]
    #[derive(Default)]
    pub struct Greedy {}

    impl Greedy {
        /// A greedy one.
        #[ink(constructor)]
        pub fn new() -> Self {
            Self::default()
        }

        /// Takes `kib` KiB and writes to each of them, then calls itself with `depth` less one and holds on to them
        /// meanwhile; at `depth` 0 it calls no more. Returns how many KiB all calls together held.
        #[ink(message)]
        pub fn take(&self, kib: u32, depth: u32) -> u32 {
            let len = (kib as usize).saturating_mul(1024);
            let held = vec![1u8; len];
            let below = match depth.checked_sub(1) {
                None => 0,
                Some(depth) => build_call::<Environment>()
                    .call(self.env().account_id())
                    .call_flags(CallFlags::ALLOW_REENTRY)
                    .exec_input(
                        ExecutionInput::new(Selector::new(ink::selector_bytes!("take")))
                            .push_arg(kib)
                            .push_arg(depth),
                    )
                    .returns::<u32>()
                    .invoke(),
            };
            // Counted after the call, so that the memory is needed until then.
            held.iter().step_by(1024).map(|&byte| u32::from(byte)).fold(below, u32::saturating_add)
        }

        /// Stores `kib` KiB under one key after another, for as long as there is gas.
        #[ink(message)]
        pub fn hoard(&mut self, kib: u32) {
            let value = vec![1u8; (kib as usize).saturating_mul(1024)];
            // Its own fields are under key 0.
            for key in 1..=u32::MAX {
                ink::env::set_contract_storage(&key, &value);
            }
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[ink::test]
        fn counts_what_it_holds() {
            assert_eq!(Greedy::new().take(3, 0), 3);
            assert_eq!(Greedy::new().take(0, 0), 0);
        }
    }
}

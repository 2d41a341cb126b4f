//! Trait definitions, and calls to whatever implements them.
//!
//! A selector depends on the trait's name, not the contract's: so the caller knows nothing of the
//! contract it calls but that it implements the trait.

#![cfg_attr(not(feature = "std"), no_std, no_main)]

/// Something that holds a number.
#[ink::trait_definition]
pub trait Cell {
    /// The number.
    #[ink(message)]
    fn load(&self) -> u64;

    /// Replaces the number, and returns the one before.
    #[ink(message)]
    fn swap(&mut self, value: u64) -> u64;

    /// Its selector is chosen.
    #[ink(message, payable, selector = 0x0BADCAFE)]
    fn bump(&mut self);
}

/// Something that has a name. Another trait of this name elsewhere would have other selectors.
#[ink::trait_definition(namespace = "inkbpf")]
pub trait Named {
    /// The name.
    #[ink(message)]
    fn name(&self) -> ink::prelude::string::String;
}

#[ink::contract]
mod traits {
    use super::{Cell, Named};
    use ink::{contract_ref, prelude::string::String};

    /// A number, and the contract that was called last.
    #[ink(storage)]
    #[derive(Default)]
    pub struct Traits {
        value: u64,
        bumps: u32,
        last_called: Option<AccountId>,
    }

    impl Traits {
        /// Holds `value`.
        #[ink(constructor)]
        pub fn new(value: u64) -> Self {
            Self { value, ..Default::default() }
        }

        /// How often it was bumped.
        #[ink(message)]
        pub fn bumps(&self) -> u32 {
            self.bumps
        }

        /// The contract that was called last.
        #[ink(message)]
        pub fn last_called(&self) -> Option<AccountId> {
            self.last_called
        }

        /// Adds up the numbers of other contracts.
        #[ink(message)]
        pub fn sum(&self, cells: ink::prelude::vec::Vec<AccountId>) -> u64 {
            let load = |cell: AccountId| {
                let cell: contract_ref!(Cell) = cell.into();
                cell.load()
            };
            cells.into_iter().map(load).fold(self.value, u64::saturating_add)
        }

        /// Changes numbers with another contract, bumps it, and returns its name.
        #[ink(message)]
        pub fn trade(&mut self, with: AccountId) -> String {
            let mut cell: contract_ref!(Cell) = with.into();
            self.value = cell.swap(self.value);
            cell.bump();
            self.last_called = Some(with);
            let named: contract_ref!(Named) = with.into();
            named.name()
        }
    }

    impl Cell for Traits {
        #[ink(message)]
        fn load(&self) -> u64 {
            self.value
        }

        #[ink(message)]
        fn swap(&mut self, value: u64) -> u64 {
            core::mem::replace(&mut self.value, value)
        }

        #[ink(message, payable, selector = 0x0BADCAFE)]
        fn bump(&mut self) {
            self.bumps = self.bumps.wrapping_add(1);
        }
    }

    impl Named for Traits {
        #[ink(message)]
        fn name(&self) -> String {
            ink::prelude::format!("cell of {}", self.value)
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[ink::test]
        fn implements_its_traits() {
            let mut cell = Traits::new(3);
            assert_eq!(cell.swap(5), 3);
            cell.bump();
            assert_eq!((cell.load(), cell.bumps(), cell.name()), (5, 1, "cell of 5".into()));
        }
    }
}

//! A factory: instantiates flippers from code that is on chain, and calls them by reference.
//!
//! It depends on the `flipper` crate with the feature `ink-as-dependency`, which leaves of that
//! contract the reference type alone: its constructors and messages as calls.

#![cfg_attr(not(feature = "std"), no_std, no_main)]

#[ink::contract]
mod factory {
    use flipper::FlipperRef;
    use ink::{storage::Mapping, ToAccountId};

    /// The flippers made so far, numbered from 0.
    #[ink(storage)]
    pub struct Factory {
        /// Code of the flippers.
        code_hash: Hash,
        count: u32,
        flippers: Mapping<u32, FlipperRef>,
    }

    /// A flipper was made.
    #[ink(event)]
    pub struct Created {
        #[ink(topic)]
        creator: AccountId,
        index: u32,
        address: AccountId,
    }

    /// Why nothing was done.
    #[derive(Debug, PartialEq, Eq)]
    #[ink::scale_derive(Encode, Decode, TypeInfo)]
    pub enum Error {
        /// No flipper has this number.
        UnknownFlipper,
        /// The chain refused to instantiate, for example because the address is taken.
        NotInstantiated,
    }

    /// What messages return that can fail.
    pub type Result<T> = core::result::Result<T, Error>;

    impl Factory {
        /// A factory of flippers whose code has this hash.
        #[ink(constructor)]
        pub fn new(code_hash: Hash) -> Self {
            Self { code_hash, count: 0, flippers: Mapping::new() }
        }

        /// Instantiates a flipper that starts at `value`, and passes on what the caller paid.
        ///
        /// `salt` sets apart flippers that start at the same value.
        ///
        /// # Errors
        /// [`Error::NotInstantiated`].
        #[ink(message, payable)]
        pub fn create(&mut self, value: bool, salt: [u8; 4]) -> Result<AccountId> {
            let flipper = FlipperRef::new(value)
                .code_hash(self.code_hash)
                .endowment(self.env().transferred_value())
                .salt_bytes(salt)
                .try_instantiate()
                .ok()
                .and_then(core::result::Result::ok)
                .ok_or(Error::NotInstantiated)?;
            let address = flipper.to_account_id();
            let index = self.count;
            self.flippers.insert(index, &flipper);
            self.count = index.checked_add(1).expect("deposits run out before numbers do; qed");
            self.env().emit_event(Created { creator: self.env().caller(), index, address });
            Ok(address)
        }

        /// How many flippers there are.
        #[ink(message)]
        pub fn count(&self) -> u32 {
            self.count
        }

        /// Where flipper `index` is.
        #[ink(message)]
        pub fn address(&self, index: u32) -> Option<AccountId> {
            self.flippers.get(index).map(|flipper| flipper.to_account_id())
        }

        /// Flips flipper `index` and returns what it is then.
        ///
        /// # Errors
        /// [`Error::UnknownFlipper`].
        #[ink(message)]
        pub fn flip(&mut self, index: u32) -> Result<bool> {
            let mut flipper = self.flippers.get(index).ok_or(Error::UnknownFlipper)?;
            flipper.flip();
            Ok(flipper.get())
        }

        /// What flipper `index` is.
        ///
        /// # Errors
        /// [`Error::UnknownFlipper`].
        #[ink(message)]
        pub fn get(&self, index: u32) -> Result<bool> {
            Ok(self.flippers.get(index).ok_or(Error::UnknownFlipper)?.get())
        }

        /// Flips every flipper and returns how many are `true` then.
        #[ink(message)]
        pub fn flip_all(&mut self) -> u32 {
            let mut set = 0;
            for index in 0..self.count {
                set += u32::from(self.flip(index).expect("every index below the count is known; qed"));
            }
            set
        }
    }

    // Instantiation and calls need a chain: the end-to-end tests have them.
    #[cfg(test)]
    mod tests {
        use super::*;

        #[ink::test]
        fn a_new_factory_has_made_nothing() {
            let mut factory = Factory::new(Hash::default());
            assert_eq!(factory.count(), 0);
            assert_eq!(factory.address(0), None);
            assert_eq!(factory.get(0), Err(Error::UnknownFlipper));
            assert_eq!(factory.flip(7), Err(Error::UnknownFlipper));
            assert_eq!(factory.flip_all(), 0);
        }
    }
}

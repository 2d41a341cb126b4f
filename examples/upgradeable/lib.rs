//! A counter whose code its owner can replace while its state, address and balance stay.
//!
//! `upgrade` sets the new code's hash, which takes effect with the next call, and may have the new
//! code put the state in order first: it *delegate-calls* one of its messages, which then runs on
//! this contract's storage. [`upgradeable-v2`](../upgradeable_v2/index.html) is such new code.

#![cfg_attr(not(feature = "std"), no_std, no_main)]

#[ink::contract]
mod upgradeable {
    use ink::env::call::{build_call, ExecutionInput, Selector};

    /// Owner and count. Later versions begin with the same fields.
    #[ink(storage)]
    pub struct Upgradeable {
        owner: AccountId,
        count: u32,
    }

    /// The contract runs other code from now on.
    #[ink(event)]
    pub struct Upgraded {
        #[ink(topic)]
        code_hash: Hash,
    }

    /// Why nothing was done.
    #[derive(Debug, PartialEq, Eq)]
    #[ink::scale_derive(Encode, Decode, TypeInfo)]
    pub enum Error {
        /// Only the owner replaces the code.
        NotOwner,
        /// There is no code of this hash on chain.
        UnknownCode,
        /// The new code could not put the state in order.
        MigrationFailed,
    }

    impl Upgradeable {
        /// The caller's counter, at 0.
        #[ink(constructor)]
        pub fn new() -> Self {
            Self { owner: Self::env().caller(), count: 0 }
        }

        /// Counts.
        #[ink(message)]
        pub fn increment(&mut self) {
            self.count = self.count.saturating_add(1);
        }

        /// The count.
        #[ink(message)]
        pub fn get(&self) -> u32 {
            self.count
        }

        /// Which version of the code answers.
        #[ink(message)]
        pub fn version(&self) -> u32 {
            1
        }

        /// Replaces the code by that of `code_hash`, after its message `migration`, where one is
        /// named, has put the state in order.
        ///
        /// It takes `&self`: with `&mut self`, the state as it was read before the call would be
        /// written over what the migration has written.
        ///
        /// # Errors
        /// [`Error::NotOwner`], [`Error::UnknownCode`], [`Error::MigrationFailed`].
        #[ink(message)]
        pub fn upgrade(&self, code_hash: Hash, migration: Option<[u8; 4]>) -> Result<(), Error> {
            if self.env().caller() != self.owner {
                return Err(Error::NotOwner);
            }
            self.env().set_code_hash(&code_hash).map_err(|_| Error::UnknownCode)?;
            if let Some(selector) = migration {
                build_call::<Environment>()
                    .delegate(code_hash)
                    .exec_input(ExecutionInput::new(Selector::new(selector)))
                    .returns::<()>()
                    .try_invoke()
                    .ok()
                    .and_then(Result::ok)
                    .ok_or(Error::MigrationFailed)?;
            }
            self.env().emit_event(Upgraded { code_hash });
            Ok(())
        }
    }

    impl Default for Upgradeable {
        fn default() -> Self {
            Self::new()
        }
    }

    // An upgrade needs a chain: the end-to-end tests have it.
    #[cfg(test)]
    mod tests {
        use super::*;
        use ink::env::{test, DefaultEnvironment};

        #[ink::test]
        fn counts() {
            let mut counter = Upgradeable::new();
            counter.increment();
            counter.increment();
            assert_eq!((counter.get(), counter.version()), (2, 1));
        }

        #[ink::test]
        fn counts_no_further_than_it_can() {
            let mut counter = Upgradeable { count: u32::MAX, ..Default::default() };
            counter.increment();
            assert_eq!(counter.get(), u32::MAX);
        }

        #[ink::test]
        fn only_the_owner_replaces_the_code() {
            let counter = Upgradeable::new();
            test::set_caller::<DefaultEnvironment>(test::default_accounts::<DefaultEnvironment>().bob);
            assert_eq!(counter.upgrade(Hash::default(), None), Err(Error::NotOwner));
        }
    }
}

//! What the `upgradeable` counter becomes: the same state, and a step it counts by.
//!
//! The storage begins with the fields of version 1, and what is new is [`Lazy`](ink::storage::Lazy):
//! that takes no room in the root of the storage, so the old root reads as the new one.

#![cfg_attr(not(feature = "std"), no_std, no_main)]

#[ink::contract]
mod upgradeable_v2 {
    use ink::storage::{traits::ManualKey, Lazy};

    /// Owner, count, and the step.
    #[ink(storage)]
    pub struct UpgradeableV2 {
        owner: AccountId,
        count: u32,
        /// Keeps its key when fields are added around it.
        step: Lazy<u32, ManualKey<0x7374_6570>>,
    }

    /// Why nothing was done.
    #[derive(Debug, PartialEq, Eq)]
    #[ink::scale_derive(Encode, Decode, TypeInfo)]
    pub enum Error {
        /// Only the owner sets the step.
        NotOwner,
    }

    impl UpgradeableV2 {
        /// The caller's counter, at 0, by steps of 1.
        #[ink(constructor)]
        pub fn new() -> Self {
            let mut counter = Self { owner: Self::env().caller(), count: 0, step: Lazy::new() };
            counter.step.set(&1);
            counter
        }

        /// Puts the state that version 1 left in order: steps are of 10 from now on, and steps that
        /// were counted before count ten times.
        ///
        /// Version 1 delegate-calls it in the course of its `upgrade`, which has checked the caller.
        /// Called once more, it changes nothing.
        #[ink(message, selector = 0x4D494752)]
        pub fn migrate(&mut self) {
            if self.step.get().is_none() {
                self.step.set(&10);
                self.count = self.count.saturating_mul(10);
            }
        }

        /// Counts by the step.
        #[ink(message)]
        pub fn increment(&mut self) {
            self.count = self.count.saturating_add(self.step());
        }

        /// The count.
        #[ink(message)]
        pub fn get(&self) -> u32 {
            self.count
        }

        /// What it counts by: 1 where version 1 was replaced without a migration.
        #[ink(message)]
        pub fn step(&self) -> u32 {
            self.step.get().unwrap_or(1)
        }

        /// Counts by `step` from now on.
        ///
        /// # Errors
        /// [`Error::NotOwner`].
        #[ink(message)]
        pub fn set_step(&mut self, step: u32) -> Result<(), Error> {
            if self.env().caller() != self.owner {
                return Err(Error::NotOwner);
            }
            self.step.set(&step);
            Ok(())
        }

        /// Which version of the code answers.
        #[ink(message)]
        pub fn version(&self) -> u32 {
            2
        }
    }

    impl Default for UpgradeableV2 {
        fn default() -> Self {
            Self::new()
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;
        use ink::env::{test, DefaultEnvironment};

        #[ink::test]
        fn counts_by_the_step() {
            let mut counter = UpgradeableV2::new();
            counter.increment();
            assert_eq!(counter.set_step(5), Ok(()));
            counter.increment();
            assert_eq!((counter.get(), counter.step()), (6, 5));
        }

        #[ink::test]
        fn migrates_once() {
            let mut counter = UpgradeableV2 { owner: [1; 32].into(), count: 7, step: Lazy::new() };
            assert_eq!(counter.step(), 1);
            counter.migrate();
            counter.migrate();
            assert_eq!((counter.get(), counter.step()), (70, 10));
        }

        #[ink::test]
        fn only_the_owner_sets_the_step() {
            let mut counter = UpgradeableV2::new();
            test::set_caller::<DefaultEnvironment>(test::default_accounts::<DefaultEnvironment>().bob);
            assert_eq!(counter.set_step(5), Err(Error::NotOwner));
        }
    }
}

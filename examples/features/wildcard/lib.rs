//! A proxy: a wildcard message hands every call to code that can be replaced.
//!
//! The code runs by delegate call: on this contract's storage, under its address and with its money.
//! What the proxy itself must know lies under a key that no other code is likely to use.
//!
//! ink! allows exactly one other message beside a wildcard, of the selector that IIP-2 sets aside
//! for it: whatever the code behind the proxy offers can be reached then.

#![cfg_attr(not(feature = "std"), no_std, no_main)]

#[ink::contract]
mod wildcard {
    use ink::{
        env::{call::build_call, CallFlags},
        storage::{traits::ManualKey, Lazy},
    };

    /// Whom the proxy obeys, and the code behind it.
    #[derive(Debug)]
    #[ink::scale_derive(Encode, Decode, TypeInfo)]
    #[cfg_attr(feature = "std", derive(ink::storage::traits::StorageLayout))]
    pub struct Behind {
        /// Who replaces the code.
        pub admin: AccountId,
        /// Where calls go.
        pub code_hash: Hash,
    }

    /// The proxy. It leaves the root of the storage to the code behind it.
    #[ink(storage)]
    pub struct Wildcard {
        behind: Lazy<Behind, ManualKey<0x5052_4F58>>,
    }

    /// Calls go to other code from now on.
    #[ink(event)]
    pub struct Replaced {
        #[ink(topic)]
        code_hash: Hash,
    }

    /// Why nothing was done.
    #[derive(Debug, PartialEq, Eq)]
    #[ink::scale_derive(Encode, Decode, TypeInfo)]
    pub enum Error {
        /// Only the admin replaces the code.
        NotAdmin,
    }

    impl Wildcard {
        /// Hands calls to the code of this hash. The caller is the admin.
        #[ink(constructor, payable)]
        pub fn new(code_hash: Hash) -> Self {
            let mut proxy = Self { behind: Lazy::new() };
            proxy.behind.set(&Behind { admin: Self::env().caller(), code_hash });
            proxy
        }

        /// Hands the call, with the selector and the arguments it came with, to the code behind, and
        /// never comes back: what that returns is returned.
        #[ink(message, payable, selector = _)]
        pub fn forward(&self) {
            build_call::<Environment>()
                .delegate(self.behind().code_hash)
                .call_flags(CallFlags::FORWARD_INPUT | CallFlags::TAIL_CALL)
                .invoke();
            unreachable!("a tail call does not come back");
        }

        /// Hands calls to other code from now on.
        ///
        /// # Errors
        /// [`Error::NotAdmin`].
        #[ink(message, selector = @)]
        pub fn replace(&mut self, code_hash: Hash) -> Result<(), Error> {
            let behind = self.behind();
            if self.env().caller() != behind.admin {
                return Err(Error::NotAdmin);
            }
            self.behind.set(&Behind { code_hash, ..behind });
            self.env().emit_event(Replaced { code_hash });
            Ok(())
        }

        fn behind(&self) -> Behind {
            self.behind.get().expect("the constructor set it; qed")
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;
        use ink::env::{test, DefaultEnvironment};

        #[ink::test]
        fn only_the_admin_replaces_the_code() {
            let mut proxy = Wildcard::new([1; 32].into());
            assert_eq!(proxy.replace([2; 32].into()), Ok(()));
            test::set_caller::<DefaultEnvironment>(test::default_accounts::<DefaultEnvironment>().bob);
            assert_eq!(proxy.replace([3; 32].into()), Err(Error::NotAdmin));
            assert_eq!(proxy.behind().code_hash, [2; 32].into());
        }
    }
}

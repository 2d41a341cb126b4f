//! Several constructors, payable messages, and selectors of one's choice.

#![cfg_attr(not(feature = "std"), no_std, no_main)]

#[ink::contract]
mod dispatch {
    use ink::prelude::string::String;

    /// Which constructor ran, and what came in since.
    #[ink(storage)]
    pub struct Dispatch {
        made_by: String,
        paid: Balance,
    }

    /// Why there is no contract, or nothing was done.
    #[derive(Debug, PartialEq, Eq)]
    #[ink::scale_derive(Encode, Decode, TypeInfo)]
    pub enum Error {
        /// The name is empty.
        EmptyName,
        /// Too little was paid.
        TooLittle {
            /// What is due.
            due: Balance,
        },
    }

    impl Dispatch {
        /// What tools take when no constructor is named. Takes no payment.
        #[ink(constructor, default)]
        pub fn new() -> Self {
            Self { made_by: "new".into(), paid: 0 }
        }

        /// Takes payment.
        #[ink(constructor, payable)]
        pub fn new_paid() -> Self {
            Self { made_by: "new_paid".into(), paid: Self::env().transferred_value() }
        }

        /// May refuse, and then there is no contract.
        ///
        /// # Errors
        /// [`Error::EmptyName`].
        #[ink(constructor)]
        pub fn try_new(name: String) -> Result<Self, Error> {
            if name.is_empty() {
                return Err(Error::EmptyName);
            }
            Ok(Self { made_by: name, ..Self::new() })
        }

        /// Its selector is chosen.
        #[ink(constructor, selector = 0xC0DE_0001)]
        pub fn new_by_selector(a: u8, b: (u16, bool), c: Option<[u8; 3]>) -> Self {
            let made_by = ink::prelude::format!("{a} {b:?} {c:?}");
            Self { made_by, ..Self::new() }
        }

        /// Which constructor ran.
        #[ink(message, default)]
        pub fn made_by(&self) -> String {
            self.made_by.clone()
        }

        /// What was paid so far.
        #[ink(message)]
        pub fn paid(&self) -> Balance {
            self.paid
        }

        /// Takes a payment of at least `due`. A payment that is refused stays with the caller.
        ///
        /// # Errors
        /// [`Error::TooLittle`].
        #[ink(message, payable)]
        pub fn pay(&mut self, due: Balance) -> Result<Balance, Error> {
            let paid = self.env().transferred_value();
            if paid < due {
                return Err(Error::TooLittle { due });
            }
            self.paid = self.paid.saturating_add(paid);
            Ok(self.paid)
        }

        /// Its selector is chosen.
        #[ink(message, selector = 0xC0DE_0002)]
        pub fn chosen(&self) -> u32 {
            0xC0DE_0002
        }
    }

    impl Default for Dispatch {
        fn default() -> Self {
            Self::new()
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;
        use ink::env::{test, DefaultEnvironment};

        #[ink::test]
        fn constructors_say_who_they_are() {
            assert_eq!(Dispatch::new().made_by(), "new");
            assert_eq!(Dispatch::new_paid().made_by(), "new_paid");
            assert_eq!(Dispatch::try_new("x".into()).unwrap().made_by(), "x");
            assert_eq!(Dispatch::try_new("".into()).err(), Some(Error::EmptyName));
            let dispatch = Dispatch::new_by_selector(1, (2, true), Some([3; 3]));
            assert_eq!(dispatch.made_by(), "1 (2, true) Some([3, 3, 3])");
        }

        #[ink::test]
        fn payments_add_up() {
            let mut dispatch = Dispatch::new();
            test::set_value_transferred::<DefaultEnvironment>(7);
            assert_eq!(dispatch.pay(8), Err(Error::TooLittle { due: 8 }));
            assert_eq!(dispatch.pay(7), Ok(7));
            assert_eq!(dispatch.pay(0), Ok(14));
            assert_eq!(dispatch.paid(), 14);
        }
    }
}

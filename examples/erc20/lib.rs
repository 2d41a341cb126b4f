//! A token of one kind (ERC-20): holders move it, and let others move some of it for them.
//!
//! The whole supply goes to the creator; there is no way to make or destroy tokens later. A message
//! that cannot do what it was asked returns an error and changes nothing.

#![cfg_attr(not(feature = "std"), no_std, no_main)]

pub use self::erc20::{Erc20, Erc20Ref, Error};

#[ink::contract]
mod erc20 {
    use ink::storage::Mapping;

    /// Who has how much, and who may move how much for whom.
    #[ink(storage)]
    #[derive(Default)]
    pub struct Erc20 {
        total_supply: Balance,
        /// No entry means 0.
        balances: Mapping<AccountId, Balance>,
        /// By owner and spender. No entry means 0.
        allowances: Mapping<(AccountId, AccountId), Balance>,
    }

    /// Tokens have moved. `from` is `None` when they were made.
    #[ink(event)]
    pub struct Transfer {
        #[ink(topic)]
        from: Option<AccountId>,
        #[ink(topic)]
        to: Option<AccountId>,
        value: Balance,
    }

    /// `spender` may from now on move up to `value` tokens of `owner`.
    #[ink(event)]
    pub struct Approval {
        #[ink(topic)]
        owner: AccountId,
        #[ink(topic)]
        spender: AccountId,
        value: Balance,
    }

    /// Why tokens did not move.
    #[derive(Debug, PartialEq, Eq)]
    #[ink::scale_derive(Encode, Decode, TypeInfo)]
    pub enum Error {
        /// The owner has fewer tokens.
        InsufficientBalance,
        /// The owner lets the caller move fewer tokens.
        InsufficientAllowance,
    }

    /// What messages that move tokens return.
    pub type Result<T> = core::result::Result<T, Error>;

    impl Erc20 {
        /// Makes `total_supply` tokens and gives them to the caller.
        #[ink(constructor)]
        pub fn new(total_supply: Balance) -> Self {
            let caller = Self::env().caller();
            let mut balances = Mapping::default();
            balances.insert(caller, &total_supply);
            Self::env().emit_event(Transfer { from: None, to: Some(caller), value: total_supply });
            Self { total_supply, balances, allowances: Mapping::default() }
        }

        /// How many tokens there are.
        #[ink(message)]
        pub fn total_supply(&self) -> Balance {
            self.total_supply
        }

        /// How many tokens `owner` has.
        #[ink(message)]
        pub fn balance_of(&self, owner: AccountId) -> Balance {
            self.balances.get(owner).unwrap_or_default()
        }

        /// How many tokens of `owner` `spender` may still move.
        #[ink(message)]
        pub fn allowance(&self, owner: AccountId, spender: AccountId) -> Balance {
            self.allowances.get((owner, spender)).unwrap_or_default()
        }

        /// Moves `value` tokens from the caller to `to`.
        ///
        /// # Errors
        /// [`Error::InsufficientBalance`] when the caller has fewer.
        #[ink(message)]
        pub fn transfer(&mut self, to: AccountId, value: Balance) -> Result<()> {
            self.move_tokens(self.env().caller(), to, value)
        }

        /// Lets `spender` move up to `value` tokens of the caller, in place of what it might before.
        #[ink(message)]
        pub fn approve(&mut self, spender: AccountId, value: Balance) -> Result<()> {
            let owner = self.env().caller();
            self.allowances.insert((owner, spender), &value);
            self.env().emit_event(Approval { owner, spender, value });
            Ok(())
        }

        /// Moves `value` tokens from `from` to `to`, as `from` has let the caller do.
        ///
        /// # Errors
        /// [`Error::InsufficientAllowance`] when it has not, or not that many;
        /// [`Error::InsufficientBalance`] when it has fewer.
        #[ink(message)]
        pub fn transfer_from(&mut self, from: AccountId, to: AccountId, value: Balance) -> Result<()> {
            let spender = self.env().caller();
            let left =
                self.allowance(from, spender).checked_sub(value).ok_or(Error::InsufficientAllowance)?;
            self.move_tokens(from, to, value)?;
            self.allowances.insert((from, spender), &left);
            Ok(())
        }

        fn move_tokens(&mut self, from: AccountId, to: AccountId, value: Balance) -> Result<()> {
            let left = self.balance_of(from).checked_sub(value).ok_or(Error::InsufficientBalance)?;
            self.balances.insert(from, &left);
            // Read after the write above: `from` and `to` may be one account.
            let grown =
                self.balance_of(to).checked_add(value).expect("no account has more than the supply; qed");
            self.balances.insert(to, &grown);
            self.env().emit_event(Transfer { from: Some(from), to: Some(to), value });
            Ok(())
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;
        use ink::env::{test, DefaultEnvironment};

        fn accounts() -> test::DefaultAccounts<DefaultEnvironment> {
            test::default_accounts::<DefaultEnvironment>()
        }

        fn call_as(caller: AccountId) {
            test::set_caller::<DefaultEnvironment>(caller);
        }

        /// The fields of every `Transfer` so far.
        fn transfers() -> Vec<(Option<AccountId>, Option<AccountId>, Balance)> {
            test::recorded_events()
                .map(|event| {
                    ink::scale::Decode::decode(&mut &event.data[..]).expect("every event here is a transfer")
                })
                .collect()
        }

        #[ink::test]
        fn creator_gets_the_supply() {
            let erc20 = Erc20::new(100);
            assert_eq!(erc20.total_supply(), 100);
            assert_eq!(erc20.balance_of(accounts().alice), 100);
            assert_eq!(erc20.balance_of(accounts().bob), 0);
            assert_eq!(transfers(), [(None, Some(accounts().alice), 100)]);
        }

        #[ink::test]
        fn transfer_moves_tokens_and_says_so() {
            let (alice, bob) = (accounts().alice, accounts().bob);
            let mut erc20 = Erc20::new(100);
            assert_eq!(erc20.transfer(bob, 10), Ok(()));
            assert_eq!((erc20.balance_of(alice), erc20.balance_of(bob)), (90, 10));
            assert_eq!(transfers()[1..], [(Some(alice), Some(bob), 10)]);
        }

        #[ink::test]
        fn transfer_to_oneself_changes_nothing() {
            let alice = accounts().alice;
            let mut erc20 = Erc20::new(100);
            assert_eq!(erc20.transfer(alice, 60), Ok(()));
            assert_eq!(erc20.balance_of(alice), 100);
        }

        #[ink::test]
        fn nobody_spends_what_they_do_not_have() {
            let (alice, bob) = (accounts().alice, accounts().bob);
            let mut erc20 = Erc20::new(100);
            call_as(bob);
            assert_eq!(erc20.transfer(alice, 1), Err(Error::InsufficientBalance));
            assert_eq!(erc20.balance_of(alice), 100);
            assert_eq!(transfers().len(), 1, "a refused transfer leaves no event");
        }

        #[ink::test]
        fn spender_moves_what_it_may_and_no_more() {
            let (alice, bob, eve) = (accounts().alice, accounts().bob, accounts().eve);
            let mut erc20 = Erc20::new(100);
            assert_eq!(erc20.approve(bob, 30), Ok(()));
            call_as(bob);
            assert_eq!(erc20.transfer_from(alice, eve, 20), Ok(()));
            assert_eq!(erc20.allowance(alice, bob), 10);
            assert_eq!(erc20.transfer_from(alice, eve, 11), Err(Error::InsufficientAllowance));
            assert_eq!((erc20.balance_of(alice), erc20.balance_of(eve)), (80, 20));
        }

        #[ink::test]
        fn refused_transfer_keeps_the_allowance() {
            let (alice, bob, eve) = (accounts().alice, accounts().bob, accounts().eve);
            let mut erc20 = Erc20::new(100);
            assert_eq!(erc20.approve(bob, 200), Ok(()));
            call_as(bob);
            assert_eq!(erc20.transfer_from(alice, eve, 150), Err(Error::InsufficientBalance));
            assert_eq!(erc20.allowance(alice, bob), 200);
        }
    }
}

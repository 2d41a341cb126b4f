//! Tokens that are each one of a kind (ERC-721).
//!
//! One account, the minter, makes tokens and gives them to whom it likes. A token's owner moves it,
//! destroys it, approves another account for it, or names operators for all its tokens. A message
//! that cannot do what it was asked returns an error and changes nothing.

#![cfg_attr(not(feature = "std"), no_std, no_main)]

pub use self::erc721::{Erc721, Erc721Ref, Error, TokenId};

#[ink::contract]
mod erc721 {
    use ink::storage::Mapping;

    /// Names a token.
    pub type TokenId = u32;

    /// What messages that change something return.
    pub type Result<T> = core::result::Result<T, Error>;

    /// Who has which token, and who may move it.
    #[ink(storage)]
    pub struct Erc721 {
        minter: AccountId,
        /// Has an entry for every token there is.
        owner_of: Mapping<TokenId, AccountId>,
        /// How many tokens an account has. No entry means 0.
        balances: Mapping<AccountId, u32>,
        /// Whom the owner lets move this one token.
        approvals: Mapping<TokenId, AccountId>,
        /// By owner and operator: an entry means that the operator may move all the owner's tokens.
        operators: Mapping<(AccountId, AccountId), ()>,
    }

    /// A token has moved; it was made when `from` is `None`, and destroyed when `to` is.
    #[ink(event)]
    pub struct Transfer {
        #[ink(topic)]
        from: Option<AccountId>,
        #[ink(topic)]
        to: Option<AccountId>,
        #[ink(topic)]
        id: TokenId,
    }

    /// `to` may from now on move this token.
    #[ink(event)]
    pub struct Approval {
        #[ink(topic)]
        owner: AccountId,
        #[ink(topic)]
        to: AccountId,
        #[ink(topic)]
        id: TokenId,
    }

    /// `operator` may from now on move all tokens of `owner`, or no longer.
    #[ink(event)]
    pub struct ApprovalForAll {
        #[ink(topic)]
        owner: AccountId,
        #[ink(topic)]
        operator: AccountId,
        approved: bool,
    }

    /// Why nothing was done.
    #[derive(Debug, PartialEq, Eq, Clone, Copy)]
    #[ink::scale_derive(Encode, Decode, TypeInfo)]
    pub enum Error {
        /// Only the minter makes tokens.
        NotMinter,
        /// There is a token of this name already.
        TokenExists,
        /// There is no token of this name.
        TokenNotFound,
        /// The caller is not the owner of the token, nor may it act for the owner.
        NotAllowed,
        /// `from` is not the owner of the token.
        NotOwner,
        /// An account cannot be its own operator.
        OwnOperator,
    }

    impl Erc721 {
        /// Makes the caller the minter. There are no tokens yet.
        #[ink(constructor)]
        pub fn new() -> Self {
            Self {
                minter: Self::env().caller(),
                owner_of: Mapping::new(),
                balances: Mapping::new(),
                approvals: Mapping::new(),
                operators: Mapping::new(),
            }
        }

        /// Who makes tokens.
        #[ink(message)]
        pub fn minter(&self) -> AccountId {
            self.minter
        }

        /// How many tokens `owner` has.
        #[ink(message)]
        pub fn balance_of(&self, owner: AccountId) -> u32 {
            self.balances.get(owner).unwrap_or_default()
        }

        /// Who has this token.
        #[ink(message)]
        pub fn owner_of(&self, id: TokenId) -> Option<AccountId> {
            self.owner_of.get(id)
        }

        /// Whom the owner lets move this token.
        #[ink(message)]
        pub fn get_approved(&self, id: TokenId) -> Option<AccountId> {
            self.approvals.get(id)
        }

        /// Whether `operator` may move all tokens of `owner`.
        #[ink(message)]
        pub fn is_approved_for_all(&self, owner: AccountId, operator: AccountId) -> bool {
            self.operators.contains((owner, operator))
        }

        /// Makes the token `id` and gives it to `to`.
        ///
        /// # Errors
        /// [`Error::NotMinter`], [`Error::TokenExists`].
        #[ink(message)]
        pub fn mint(&mut self, to: AccountId, id: TokenId) -> Result<()> {
            if self.env().caller() != self.minter {
                return Err(Error::NotMinter);
            }
            if self.owner_of.contains(id) {
                return Err(Error::TokenExists);
            }
            self.give(to, id);
            self.env().emit_event(Transfer { from: None, to: Some(to), id });
            Ok(())
        }

        /// Destroys the caller's token `id`.
        ///
        /// # Errors
        /// [`Error::TokenNotFound`]; [`Error::NotOwner`] when the caller does not have it.
        #[ink(message)]
        pub fn burn(&mut self, id: TokenId) -> Result<()> {
            let caller = self.env().caller();
            self.take(caller, id)?;
            self.env().emit_event(Transfer { from: Some(caller), to: None, id });
            Ok(())
        }

        /// Lets `to` move the token `id` once, in place of whoever might before.
        ///
        /// # Errors
        /// [`Error::TokenNotFound`]; [`Error::NotAllowed`] when the caller is neither owner nor
        /// operator.
        #[ink(message)]
        pub fn approve(&mut self, to: AccountId, id: TokenId) -> Result<()> {
            let owner = self.owner_of.get(id).ok_or(Error::TokenNotFound)?;
            let caller = self.env().caller();
            if caller != owner && !self.is_approved_for_all(owner, caller) {
                return Err(Error::NotAllowed);
            }
            self.approvals.insert(id, &to);
            self.env().emit_event(Approval { owner, to, id });
            Ok(())
        }

        /// Lets `operator` move all tokens of the caller, or no longer.
        ///
        /// # Errors
        /// [`Error::OwnOperator`] when the caller names itself.
        #[ink(message)]
        pub fn set_approval_for_all(&mut self, operator: AccountId, approved: bool) -> Result<()> {
            let owner = self.env().caller();
            if operator == owner {
                return Err(Error::OwnOperator);
            }
            if approved {
                self.operators.insert((owner, operator), &());
            } else {
                self.operators.remove((owner, operator));
            }
            self.env().emit_event(ApprovalForAll { owner, operator, approved });
            Ok(())
        }

        /// Moves the caller's token `id` to `to`.
        ///
        /// # Errors
        /// As [`Self::transfer_from`].
        #[ink(message)]
        pub fn transfer(&mut self, to: AccountId, id: TokenId) -> Result<()> {
            self.transfer_from(self.env().caller(), to, id)
        }

        /// Moves the token `id` from `from` to `to`.
        ///
        /// # Errors
        /// [`Error::TokenNotFound`]; [`Error::NotAllowed`] when the caller is not the owner, an
        /// operator, or approved; [`Error::NotOwner`] when `from` is not the owner.
        #[ink(message)]
        pub fn transfer_from(&mut self, from: AccountId, to: AccountId, id: TokenId) -> Result<()> {
            let owner = self.owner_of.get(id).ok_or(Error::TokenNotFound)?;
            let caller = self.env().caller();
            let allowed = caller == owner
                || self.approvals.get(id) == Some(caller)
                || self.is_approved_for_all(owner, caller);
            if !allowed {
                return Err(Error::NotAllowed);
            }
            self.take(from, id)?;
            self.give(to, id);
            self.env().emit_event(Transfer { from: Some(from), to: Some(to), id });
            Ok(())
        }

        /// Takes the token from `from`, and with it the approval for it.
        fn take(&mut self, from: AccountId, id: TokenId) -> Result<()> {
            if self.owner_of.get(id).ok_or(Error::TokenNotFound)? != from {
                return Err(Error::NotOwner);
            }
            self.owner_of.remove(id);
            self.approvals.remove(id);
            let left = self.balance_of(from).checked_sub(1).expect("an owner has at least one token; qed");
            self.balances.insert(from, &left);
            Ok(())
        }

        /// Gives a token that nobody has to `to`.
        fn give(&mut self, to: AccountId, id: TokenId) {
            self.owner_of.insert(id, &to);
            let grown =
                self.balance_of(to).checked_add(1).expect("there are fewer than 2³² other tokens; qed");
            self.balances.insert(to, &grown);
        }
    }

    impl Default for Erc721 {
        fn default() -> Self {
            Self::new()
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;
        use ink::env::{test, DefaultEnvironment};

        /// Alice's contract, Alice, Bob, Eve.
        fn set_up() -> (Erc721, AccountId, AccountId, AccountId) {
            let accounts = test::default_accounts::<DefaultEnvironment>();
            call_as(accounts.alice);
            (Erc721::new(), accounts.alice, accounts.bob, accounts.eve)
        }

        fn call_as(caller: AccountId) {
            test::set_caller::<DefaultEnvironment>(caller);
        }

        #[ink::test]
        fn only_the_minter_makes_tokens() {
            let (mut erc721, alice, bob, _) = set_up();
            assert_eq!(erc721.minter(), alice);
            assert_eq!(erc721.mint(bob, 1), Ok(()));
            assert_eq!(erc721.mint(bob, 1), Err(Error::TokenExists));
            call_as(bob);
            assert_eq!(erc721.mint(bob, 2), Err(Error::NotMinter));
            assert_eq!((erc721.owner_of(1), erc721.owner_of(2)), (Some(bob), None));
            assert_eq!(erc721.balance_of(bob), 1);
            assert_eq!(test::recorded_events().count(), 1);
        }

        #[ink::test]
        fn owner_moves_a_token() {
            let (mut erc721, alice, bob, eve) = set_up();
            erc721.mint(alice, 1).unwrap();
            assert_eq!(erc721.transfer(bob, 1), Ok(()));
            assert_eq!(erc721.transfer(eve, 1), Err(Error::NotAllowed));
            assert_eq!(erc721.transfer(eve, 9), Err(Error::TokenNotFound));
            assert_eq!((erc721.balance_of(alice), erc721.balance_of(bob)), (0, 1));
        }

        #[ink::test]
        fn approval_is_good_for_one_move() {
            let (mut erc721, alice, bob, eve) = set_up();
            erc721.mint(alice, 1).unwrap();
            assert_eq!(erc721.approve(bob, 1), Ok(()));
            assert_eq!(erc721.get_approved(1), Some(bob));
            call_as(bob);
            assert_eq!(erc721.transfer_from(alice, eve, 1), Ok(()));
            assert_eq!(erc721.get_approved(1), None);
            assert_eq!(erc721.transfer_from(eve, bob, 1), Err(Error::NotAllowed));
            assert_eq!(erc721.approve(bob, 1), Err(Error::NotAllowed));
            assert_eq!(erc721.approve(bob, 9), Err(Error::TokenNotFound));
        }

        #[ink::test]
        fn operator_moves_all_tokens_until_told_otherwise() {
            let (mut erc721, alice, bob, eve) = set_up();
            for id in 1..=3 {
                erc721.mint(alice, id).unwrap();
            }
            assert_eq!(erc721.set_approval_for_all(alice, true), Err(Error::OwnOperator));
            assert_eq!(erc721.set_approval_for_all(bob, true), Ok(()));
            call_as(bob);
            assert_eq!(erc721.transfer_from(alice, eve, 1), Ok(()));
            assert_eq!(erc721.transfer_from(alice, eve, 2), Ok(()));
            assert_eq!(erc721.transfer_from(bob, eve, 3), Err(Error::NotOwner));
            call_as(alice);
            assert_eq!(erc721.set_approval_for_all(bob, false), Ok(()));
            assert!(!erc721.is_approved_for_all(alice, bob));
            call_as(bob);
            assert_eq!(erc721.transfer_from(alice, eve, 3), Err(Error::NotAllowed));
            assert_eq!((erc721.balance_of(alice), erc721.balance_of(eve)), (1, 2));
        }

        #[ink::test]
        fn only_the_owner_destroys_a_token() {
            let (mut erc721, alice, bob, _) = set_up();
            erc721.mint(alice, 1).unwrap();
            erc721.approve(bob, 1).unwrap();
            call_as(bob);
            assert_eq!(erc721.burn(1), Err(Error::NotOwner));
            call_as(alice);
            assert_eq!(erc721.burn(1), Ok(()));
            assert_eq!(erc721.burn(1), Err(Error::TokenNotFound));
            assert_eq!((erc721.owner_of(1), erc721.get_approved(1)), (None, None));
            assert_eq!(erc721.mint(alice, 1), Ok(()), "its name is free again");
        }
    }
}

//! A wallet of several owners that calls other contracts once enough of them agree.
//!
//! An owner proposes a call; owners confirm it, and may take that back; when as many as the threshold
//! agree, any owner executes it. The wallet's own rules (its owners, its threshold) change in the
//! same way: by a proposal to call the wallet itself, with `allow_reentry`.
//!
//! The rules lie in [`Lazy`](ink::storage::Lazy) fields and not in the root of the storage: when
//! `execute` calls back into the wallet, what the inner call wrote must not be overwritten by the
//! root that the outer one has read before.

#![cfg_attr(not(feature = "std"), no_std, no_main)]

pub use self::multisig::{Error, Multisig, MultisigRef, Proposal, ProposalId};

#[ink::contract]
mod multisig {
    use ink::{
        env::{
            call::{build_call, ExecutionInput, Selector},
            CallFlags,
        },
        prelude::vec::Vec,
        scale,
        storage::{Lazy, Mapping},
    };

    /// Names a proposal. Never used twice.
    pub type ProposalId = u32;

    /// What messages return that can fail.
    pub type Result<T> = core::result::Result<T, Error>;

    /// No wallet has more owners than this, so that counting them stays cheap.
    pub const MAX_OWNERS: usize = 32;

    /// A call that waits for confirmations.
    #[derive(Clone, Debug, PartialEq, Eq)]
    #[ink::scale_derive(Encode, Decode, TypeInfo)]
    #[cfg_attr(feature = "std", derive(ink::storage::traits::StorageLayout))]
    pub struct Proposal {
        /// The contract to call.
        pub callee: AccountId,
        /// Selector of the message.
        pub selector: [u8; 4],
        /// The message's arguments, SCALE-encoded one after another.
        pub input: Vec<u8>,
        /// What the wallet pays along.
        pub value: Balance,
        /// Most computation the call may use. 0 means all there is.
        pub ref_time_limit: u64,
        /// Whether the callee may call the wallet meanwhile.
        pub allow_reentry: bool,
    }

    /// Owners, threshold and what they have on the table.
    #[ink(storage)]
    pub struct Multisig {
        owners: Lazy<Vec<AccountId>>,
        /// From 1 to the number of owners.
        threshold: Lazy<u32>,
        next_id: Lazy<ProposalId>,
        proposals: Mapping<ProposalId, Proposal>,
        /// An entry means that this owner agrees.
        confirmations: Mapping<(ProposalId, AccountId), ()>,
    }

    /// A call was proposed.
    #[ink(event)]
    pub struct Proposed {
        #[ink(topic)]
        id: ProposalId,
        #[ink(topic)]
        proposer: AccountId,
    }

    /// An owner agrees.
    #[ink(event)]
    pub struct Confirmed {
        #[ink(topic)]
        id: ProposalId,
        #[ink(topic)]
        owner: AccountId,
    }

    /// An owner no longer agrees.
    #[ink(event)]
    pub struct Revoked {
        #[ink(topic)]
        id: ProposalId,
        #[ink(topic)]
        owner: AccountId,
    }

    /// A proposal was carried out.
    #[ink(event)]
    pub struct Executed {
        #[ink(topic)]
        id: ProposalId,
        /// What the callee returned, as it encoded it.
        output: Vec<u8>,
    }

    /// The owners or the threshold are new.
    #[ink(event)]
    pub struct RulesChanged {
        owners: Vec<AccountId>,
        threshold: u32,
    }

    /// Why nothing was done.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    #[ink::scale_derive(Encode, Decode, TypeInfo)]
    pub enum Error {
        /// The caller is not an owner.
        NotOwner,
        /// Only the wallet itself may ask for this, by way of a proposal.
        NotWallet,
        /// The threshold must be at least 1 and at most the number of owners, of whom there are at
        /// most 32, no two the same.
        BadRules,
        /// No proposal of this name waits.
        UnknownProposal,
        /// The caller has confirmed it already.
        AlreadyConfirmed,
        /// The caller has not confirmed it.
        NotConfirmed,
        /// Too few owners agree.
        TooFewConfirmations,
        /// The callee trapped, is no contract, or did not know the message.
        CallFailed,
    }

    /// Arguments that are encoded already.
    struct Encoded(Vec<u8>);

    impl scale::Encode for Encoded {
        fn encode_to<T: scale::Output + ?Sized>(&self, dest: &mut T) {
            dest.write(&self.0);
        }
    }

    /// The callee's return value, left as it is encoded.
    struct Output(Vec<u8>);

    impl scale::Decode for Output {
        fn decode<I: scale::Input>(input: &mut I) -> core::result::Result<Self, scale::Error> {
            let len = input.remaining_len()?.unwrap_or_default();
            let mut bytes = ink::prelude::vec![0; len];
            input.read(&mut bytes)?;
            Ok(Self(bytes))
        }
    }

    impl Multisig {
        /// A wallet of these owners, of whom `threshold` must agree to a call.
        ///
        /// # Errors
        /// [`Error::BadRules`].
        #[ink(constructor, payable)]
        pub fn new(threshold: u32, owners: Vec<AccountId>) -> Result<Self> {
            check_rules(threshold, &owners)?;
            let mut wallet = Self {
                owners: Lazy::new(),
                threshold: Lazy::new(),
                next_id: Lazy::new(),
                proposals: Mapping::new(),
                confirmations: Mapping::new(),
            };
            wallet.owners.set(&owners);
            wallet.threshold.set(&threshold);
            wallet.next_id.set(&0);
            Ok(wallet)
        }

        /// The owners.
        #[ink(message)]
        pub fn owners(&self) -> Vec<AccountId> {
            self.owners.get_or_default()
        }

        /// How many owners must agree.
        #[ink(message)]
        pub fn threshold(&self) -> u32 {
            self.threshold.get_or_default()
        }

        /// A proposal that waits.
        #[ink(message)]
        pub fn proposal(&self, id: ProposalId) -> Option<Proposal> {
            self.proposals.get(id)
        }

        /// How many of today's owners agree to a proposal.
        #[ink(message)]
        pub fn confirmations(&self, id: ProposalId) -> u32 {
            let agrees = |owner: &AccountId| self.confirmations.contains((id, *owner));
            self.owners().into_iter().filter(agrees).count() as u32
        }

        /// Proposes a call, and confirms it for the caller.
        ///
        /// # Errors
        /// [`Error::NotOwner`].
        #[ink(message)]
        pub fn propose(&mut self, proposal: Proposal) -> Result<ProposalId> {
            let proposer = self.calling_owner()?;
            let id = self.next_id.get_or_default();
            self.next_id.set(&id.checked_add(1).expect("deposits run out before names do; qed"));
            self.proposals.insert(id, &proposal);
            self.confirmations.insert((id, proposer), &());
            self.env().emit_event(Proposed { id, proposer });
            Ok(id)
        }

        /// Agrees to a proposal.
        ///
        /// # Errors
        /// [`Error::NotOwner`], [`Error::UnknownProposal`], [`Error::AlreadyConfirmed`].
        #[ink(message)]
        pub fn confirm(&mut self, id: ProposalId) -> Result<()> {
            let owner = self.calling_owner()?;
            self.waiting(id)?;
            if self.confirmations.insert((id, owner), &()).is_some() {
                return Err(Error::AlreadyConfirmed);
            }
            self.env().emit_event(Confirmed { id, owner });
            Ok(())
        }

        /// Takes the caller's confirmation back.
        ///
        /// # Errors
        /// [`Error::NotOwner`], [`Error::UnknownProposal`], [`Error::NotConfirmed`].
        #[ink(message)]
        pub fn revoke(&mut self, id: ProposalId) -> Result<()> {
            let owner = self.calling_owner()?;
            self.waiting(id)?;
            self.confirmations.take((id, owner)).ok_or(Error::NotConfirmed)?;
            self.env().emit_event(Revoked { id, owner });
            Ok(())
        }

        /// Carries a proposal out, and returns what the callee returned, as it encoded it.
        ///
        /// A callee that returns an error of its own (and so reverts) has been called all the same:
        /// the error is in the output. When the call itself fails, the proposal goes on waiting.
        ///
        /// # Errors
        /// [`Error::NotOwner`], [`Error::UnknownProposal`], [`Error::TooFewConfirmations`],
        /// [`Error::CallFailed`].
        #[ink(message)]
        pub fn execute(&mut self, id: ProposalId) -> Result<Vec<u8>> {
            self.calling_owner()?;
            let proposal = self.waiting(id)?;
            if self.confirmations(id) < self.threshold() {
                return Err(Error::TooFewConfirmations);
            }
            // Gone before the call: a callee that calls back must not execute it once more.
            self.proposals.remove(id);
            for owner in self.owners() {
                self.confirmations.remove((id, owner));
            }

            let mut flags = CallFlags::empty();
            flags.set(CallFlags::ALLOW_REENTRY, proposal.allow_reentry);
            let input =
                ExecutionInput::new(Selector::new(proposal.selector)).push_arg(Encoded(proposal.input));
            let Output(output) = build_call::<Environment>()
                .call(proposal.callee)
                .ref_time_limit(proposal.ref_time_limit)
                .transferred_value(proposal.value)
                .call_flags(flags)
                .exec_input(input)
                .returns::<Output>()
                .try_invoke()
                .ok()
                .and_then(core::result::Result::ok)
                .ok_or(Error::CallFailed)?;
            self.env().emit_event(Executed { id, output: output.clone() });
            Ok(output)
        }

        /// Gives the wallet new owners and a new threshold. Only for the wallet itself.
        ///
        /// # Errors
        /// [`Error::NotWallet`], [`Error::BadRules`].
        #[ink(message)]
        pub fn change_rules(&mut self, threshold: u32, owners: Vec<AccountId>) -> Result<()> {
            if self.env().caller() != self.env().account_id() {
                return Err(Error::NotWallet);
            }
            check_rules(threshold, &owners)?;
            self.owners.set(&owners);
            self.threshold.set(&threshold);
            self.env().emit_event(RulesChanged { owners, threshold });
            Ok(())
        }

        fn calling_owner(&self) -> Result<AccountId> {
            let caller = self.env().caller();
            self.owners().contains(&caller).then_some(caller).ok_or(Error::NotOwner)
        }

        fn waiting(&self, id: ProposalId) -> Result<Proposal> {
            self.proposals.get(id).ok_or(Error::UnknownProposal)
        }
    }

    fn check_rules(threshold: u32, owners: &[AccountId]) -> Result<()> {
        let mut sorted = owners.to_vec();
        sorted.sort_unstable();
        sorted.dedup();
        let all_differ = sorted.len() == owners.len();
        let reachable = (1..=owners.len()).contains(&(threshold as usize));
        (all_differ && reachable && owners.len() <= MAX_OWNERS).then_some(()).ok_or(Error::BadRules)
    }

    // Execution needs a chain: the end-to-end tests have it.
    #[cfg(test)]
    mod tests {
        use super::*;
        use ink::env::{test, DefaultEnvironment};

        /// Where the wallet is.
        const WALLET: [u8; 32] = [0x77; 32];

        fn call_as(caller: AccountId) {
            test::set_caller::<DefaultEnvironment>(caller);
        }

        /// A wallet of Alice, Bob and Eve of whom two must agree; Alice calls.
        fn set_up() -> (Multisig, test::DefaultAccounts<DefaultEnvironment>) {
            let accounts = test::default_accounts::<DefaultEnvironment>();
            let owners = vec![accounts.alice, accounts.bob, accounts.eve];
            test::set_callee::<DefaultEnvironment>(WALLET.into());
            call_as(accounts.alice);
            (Multisig::new(2, owners).expect("the rules are good"), accounts)
        }

        fn some_call() -> Proposal {
            Proposal {
                callee: AccountId::from([7; 32]),
                selector: [1, 2, 3, 4],
                input: vec![5, 6],
                value: 0,
                ref_time_limit: 0,
                allow_reentry: false,
            }
        }

        #[ink::test]
        fn bad_rules_are_refused() {
            let accounts = test::default_accounts::<DefaultEnvironment>();
            let refused =
                |threshold, owners| matches!(Multisig::new(threshold, owners), Err(Error::BadRules));
            assert!(refused(0, vec![accounts.alice]));
            assert!(refused(2, vec![accounts.alice]));
            assert!(refused(1, vec![]));
            assert!(refused(1, vec![accounts.alice, accounts.bob, accounts.alice]));
            assert!(refused(1, (0..33).map(|i| AccountId::from([i; 32])).collect()));
            assert!(!refused(1, (0..32).map(|i| AccountId::from([i; 32])).collect()));
        }

        #[ink::test]
        fn owners_confirm_and_revoke() {
            let (mut wallet, accounts) = set_up();
            let id = wallet.propose(some_call()).unwrap();
            assert_eq!(wallet.proposal(id), Some(some_call()));
            assert_eq!(wallet.confirmations(id), 1, "whoever proposes agrees");
            assert_eq!(wallet.confirm(id), Err(Error::AlreadyConfirmed));
            call_as(accounts.bob);
            assert_eq!(wallet.revoke(id), Err(Error::NotConfirmed));
            assert_eq!(wallet.confirm(id), Ok(()));
            assert_eq!(wallet.confirmations(id), 2);
            assert_eq!(wallet.revoke(id), Ok(()));
            assert_eq!(wallet.confirmations(id), 1);
            assert_eq!(wallet.execute(id), Err(Error::TooFewConfirmations));
            assert_eq!(wallet.confirm(9), Err(Error::UnknownProposal));
        }

        #[ink::test]
        fn strangers_do_nothing() {
            let (mut wallet, accounts) = set_up();
            let id = wallet.propose(some_call()).unwrap();
            call_as(accounts.frank);
            assert_eq!(wallet.propose(some_call()), Err(Error::NotOwner));
            assert_eq!(wallet.confirm(id), Err(Error::NotOwner));
            assert_eq!(wallet.revoke(id), Err(Error::NotOwner));
            assert_eq!(wallet.execute(id), Err(Error::NotOwner));
        }

        #[ink::test]
        fn only_the_wallet_changes_its_rules() {
            let (mut wallet, accounts) = set_up();
            assert_eq!(wallet.change_rules(1, vec![accounts.alice]), Err(Error::NotWallet));
            call_as(WALLET.into());
            assert_eq!(wallet.change_rules(0, vec![accounts.alice]), Err(Error::BadRules));
            assert_eq!(wallet.change_rules(1, vec![accounts.alice]), Ok(()));
            assert_eq!((wallet.threshold(), wallet.owners()), (1, vec![accounts.alice]));
        }

        #[ink::test]
        fn who_is_no_longer_an_owner_no_longer_counts() {
            let (mut wallet, accounts) = set_up();
            let id = wallet.propose(some_call()).unwrap();
            call_as(accounts.bob);
            wallet.confirm(id).unwrap();
            call_as(WALLET.into());
            wallet.change_rules(2, vec![accounts.bob, accounts.eve]).unwrap();
            assert_eq!(wallet.confirmations(id), 1);
        }
    }
}

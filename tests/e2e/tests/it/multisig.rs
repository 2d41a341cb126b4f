//! A wallet of several owners: calls with arguments encoded before, money, failures, re-entry.

use crate::account;
use codec::{Decode, Encode};
use inkbpf_e2e::{error, program, AccountId, Balance, Chain, Contract, Keyring, ALICE, BOB, CHARLIE, UNIT};
use pallet_contracts::Error;

const NOT_OWNER: u8 = 0;
const NOT_WALLET: u8 = 1;
const BAD_RULES: u8 = 2;
const UNKNOWN_PROPOSAL: u8 = 3;
const TOO_FEW: u8 = 6;
const CALL_FAILED: u8 = 7;

type Executed = Result<Vec<u8>, u8>;

/// The contract's `Proposal`.
#[derive(Clone, Debug, Decode, Encode, PartialEq)]
struct Proposal {
    callee: AccountId,
    selector: [u8; 4],
    input: Vec<u8>,
    value: Balance,
    ref_time_limit: u64,
    allow_reentry: bool,
}

impl Proposal {
    fn to(callee: &Contract, name: &str, args: impl Encode) -> Self {
        Self {
            callee: callee.account.clone(),
            selector: callee.program.encode("messages", name, ()).try_into().expect("four bytes"),
            input: args.encode(),
            value: 0,
            ref_time_limit: 0,
            allow_reentry: false,
        }
    }
}

struct Test {
    chain: Chain,
    wallet: Contract,
}

impl Test {
    /// A wallet of Alice, Bob and Charlie with ten units, of whom two must agree.
    fn new() -> Self {
        let mut chain = Chain::new();
        let owners = [ALICE, BOB, CHARLIE].map(account).to_vec();
        let (wallet, outcome) =
            chain.instantiate(&program("multisig"), "new", (2u32, owners), 10 * UNIT, &[]);
        outcome.ok::<Result<(), u8>>().expect("the rules are good");
        Self { wallet: wallet.expect("it was made"), chain }
    }

    fn propose(&mut self, proposal: &Proposal) -> u32 {
        let id = self.chain.send(&self.wallet, "propose", (proposal,)).ok::<Result<u32, u8>>();
        id.expect("Alice is an owner")
    }

    fn confirm(&mut self, by: Keyring, id: u32) {
        let done = self.chain.message(&self.wallet, "confirm", (id,)).by(by).send().ok::<Result<(), u8>>();
        done.expect("an owner who has not confirmed");
    }

    /// Proposed and executed by Alice, confirmed by Bob.
    fn execute(&mut self, proposal: &Proposal) -> Vec<u8> {
        let id = self.propose(proposal);
        self.confirm(BOB, id);
        self.chain.send(&self.wallet, "execute", (id,)).ok::<Executed>().expect("the call succeeds")
    }

    fn waiting(&mut self, id: u32) -> Option<Proposal> {
        self.chain.ask(&self.wallet, "proposal", (id,))
    }
}

#[test]
fn rules_are_checked_when_it_is_made() {
    let mut chain = Chain::new();
    let owners = vec![account(ALICE), account(ALICE)];
    let (wallet, outcome) = chain.instantiate(&program("multisig"), "new", (2u32, owners), UNIT, &[]);
    assert!(wallet.is_none());
    assert_eq!(outcome.reverted::<Result<(), u8>>(), Err(BAD_RULES));
}

#[test]
fn moves_tokens_once_enough_agree() {
    let mut test = Test::new();
    let token = test.chain.deploy(&program("erc20"), "new", (100 as Balance,));
    let give = (test.wallet.account.clone(), 60 as Balance);
    test.chain.send(&token, "transfer", give).ok::<Result<(), u8>>().expect("Alice has them");

    let proposal = Proposal::to(&token, "transfer", (account(BOB), 25 as Balance));
    let id = test.propose(&proposal);
    assert_eq!(test.waiting(id), Some(proposal.clone()));
    let early = test.chain.send(&test.wallet, "execute", (id,));
    assert_eq!(early.reverted::<Executed>(), Err(TOO_FEW));
    let stranger = test.chain.message(&test.wallet, "confirm", (id,)).by(Keyring::Dave).send();
    assert_eq!(stranger.reverted::<Result<(), u8>>(), Err(NOT_OWNER));
    test.confirm(BOB, id);

    let outcome = test.chain.message(&test.wallet, "execute", (id,)).by(CHARLIE).send();
    let who: Vec<_> = outcome.events.iter().map(|event| event.contract.clone()).collect();
    assert_eq!(who, [token.account.clone(), test.wallet.account.clone()], "first the token, then the wallet");
    assert_eq!(outcome.ok::<Executed>(), Ok(Ok::<(), u8>(()).encode()));
    assert_eq!(test.chain.ask::<Balance>(&token, "balance_of", (account(BOB),)), 25);

    assert_eq!(test.waiting(id), None);
    let twice = test.chain.send(&test.wallet, "execute", (id,));
    assert_eq!(twice.reverted::<Executed>(), Err(UNKNOWN_PROPOSAL));
}

#[test]
fn pays_along() {
    let mut test = Test::new();
    let payee = test.chain.deploy(&program("features/dispatch"), "new", ());
    let before = test.chain.balance(&payee.account);
    let pay = Proposal { value: 4 * UNIT, ..Proposal::to(&payee, "pay", (4 * UNIT,)) };
    assert_eq!(test.execute(&pay), Ok::<Balance, ()>(4 * UNIT).encode());
    assert_eq!(test.chain.balance(&payee.account), before + 4 * UNIT);

    // The callee's own error arrives as it is, and the money stays.
    let wallet = test.chain.balance(&test.wallet.account);
    let too_little = Proposal { value: UNIT, ..Proposal::to(&payee, "pay", (2 * UNIT,)) };
    assert_eq!(test.execute(&too_little), Err::<Balance, _>((1u8, 2 * UNIT)).encode());
    assert_eq!(test.chain.balance(&test.wallet.account), wallet);
}

#[test]
fn what_fails_goes_on_waiting() {
    let mut test = Test::new();
    let spin = test.chain.deploy(&program("spin"), "new", ());
    let endless = Proposal { ref_time_limit: 5_000_000_000, ..Proposal::to(&spin, "spin", ()) };
    let nobody = Proposal { callee: account(BOB), ..endless.clone() };
    let unknown = Proposal { selector: [0xff; 4], ..endless.clone() };
    for proposal in [endless, nobody, unknown] {
        let id = test.propose(&proposal);
        test.confirm(BOB, id);
        let outcome = test.chain.send(&test.wallet, "execute", (id,));
        assert_eq!(outcome.events, []);
        assert_eq!(outcome.reverted::<Executed>(), Err(CALL_FAILED));
        assert_eq!(test.waiting(id), Some(proposal));
        assert_eq!(test.chain.ask::<u32>(&test.wallet, "confirmations", (id,)), 2);
    }
    assert_eq!(test.chain.ask::<u32>(&spin, "begun", ()), 0);
}

// The wallet calls itself: what the inner call writes must stand when the outer one ends.
#[test]
fn changes_its_own_rules() {
    let mut test = Test::new();
    let rules = (1u32, vec![account(CHARLIE)]);
    let outcome = test.chain.send(&test.wallet, "change_rules", rules.clone());
    assert_eq!(outcome.reverted::<Result<(), u8>>(), Err(NOT_WALLET));

    let change = Proposal::to(&test.wallet, "change_rules", rules);
    let id = test.propose(&change);
    test.confirm(BOB, id);
    let outcome = test.chain.send(&test.wallet, "execute", (id,));
    assert_eq!(outcome.failed(), error(Error::ReentranceDenied), "it did not ask for re-entry");

    let change = Proposal { allow_reentry: true, ..change };
    assert_eq!(test.execute(&change), Ok::<(), ()>(()).encode());
    assert_eq!(test.chain.ask::<u32>(&test.wallet, "threshold", ()), 1);
    assert_eq!(test.chain.ask::<Vec<AccountId>>(&test.wallet, "owners", ()), [account(CHARLIE)]);
    let outcome = test.chain.send(&test.wallet, "propose", (change,));
    assert_eq!(outcome.reverted::<Result<u32, u8>>(), Err(NOT_OWNER));
}

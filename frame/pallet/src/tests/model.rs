//! Random sequences of everything that moves balance or counts something, checked against a model.
//!
//! The model implements the rules of deposits a second time, as plainly as possible: accounts with free and held
//! balances, codes with their users, contracts with their deposits. A step is applied to a copy of the model, which is
//! discarded if the step fails. After every step the chain has to agree with the model to the last unit, and the total
//! issuance has to be unchanged.

use super::*;
use crate::{CodeInfoOf, ContractInfoOf, HoldReason, Nonce, StorageDeposit};
use codec::MaxEncodedLen;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

const ACCOUNTS: [AccountId32; 3] = [ALICE, BOB, CHARLIE];
const CODES: usize = 3;
const EXISTENTIAL: u64 = 1;
const PER_ITEM: u64 = 2;
const LOCKUP_PERCENT: u64 = 30;
/// Length of a contract's encoded record without delegate dependencies, and of one of these.
const INFO: u64 = 98;
const DEPENDENCY: u64 = 32 + 8;

/// An instruction to a contract: the input of the fixture `agent`.
#[derive(Clone, Debug)]
enum Act {
    Nothing,
    Store { key: u32, len: u64, stamp: u8 },
    Clear { key: u32 },
    Send { to: Target, value: u64 },
    End { to: Target },
    Call { to: usize, value: u64, act: Box<Act> },
    TakeOn { code: usize },
    Lock { code: usize },
    Unlock { code: usize },
    Revert,
}

/// An account of a person, or of one of the contracts ever made.
#[derive(Clone, Copy, Debug)]
enum Target {
    Person(usize),
    Contract(usize),
}

#[derive(Clone, Debug)]
enum Step {
    Upload {
        who: usize,
        code: usize,
    },
    Remove {
        who: usize,
        code: usize,
    },
    Make {
        who: usize,
        code: usize,
        salt: u8,
        value: u64,
        act: Act,
    },
    Call {
        who: usize,
        to: usize,
        value: u64,
        act: Act,
    },
    SetCode {
        to: usize,
        code: usize,
    },
    Transfer {
        who: usize,
        to: Target,
        value: u64,
    },
    /// Sets the price of a byte.
    Price {
        per_byte: u64,
    },
}

#[derive(Clone, Debug)]
struct ModelCode {
    owner: AccountId32,
    deposit: u64,
    users: u64,
}

#[derive(Clone, Debug, Default)]
struct ModelContract {
    code: usize,
    storage: BTreeMap<u32, Vec<u8>>,
    bytes: u64,
    items: u64,
    byte_deposit: u64,
    item_deposit: u64,
    base_deposit: u64,
    dependencies: BTreeMap<usize, u64>,
}

/// An amount that the origin owes a contract (or gets back, if negative).
struct Owed {
    contract: AccountId32,
    amount: i128,
    /// Set when the contract was terminated.
    beneficiary: Option<AccountId32>,
}

#[derive(Clone, Debug, Default)]
struct Model {
    images: Vec<(H256, u64)>,
    per_byte: u64,
    free: BTreeMap<AccountId32, u64>,
    held: BTreeMap<AccountId32, u64>,
    held_for_code: BTreeMap<AccountId32, u64>,
    codes: BTreeMap<usize, ModelCode>,
    contracts: BTreeMap<AccountId32, ModelContract>,
    /// All addresses that ever had a contract.
    addresses: Vec<AccountId32>,
    made: u64,
}

/// How a frame ends. A trap undoes it.
type End<T> = Result<T, &'static str>;

impl Model {
    fn free(&self, account: &AccountId32) -> u64 {
        self.free.get(account).copied().unwrap_or(0)
    }

    /// Moves balance and keeps the sender alive.
    fn transfer(&mut self, from: &AccountId32, to: &AccountId32, value: u64) -> End<()> {
        if value == 0 || from == to {
            return Ok(());
        }
        if self.free(from) < value + EXISTENTIAL {
            return Err("TransferFailed");
        }
        *self.free.entry(from.clone()).or_default() -= value;
        *self.free.entry(to.clone()).or_default() += value;
        Ok(())
    }

    fn target(&self, target: Target) -> AccountId32 {
        match target {
            Target::Contract(index) if !self.addresses.is_empty() => {
                self.addresses[index % self.addresses.len()].clone()
            }
            Target::Person(index) | Target::Contract(index) => ACCOUNTS[index % ACCOUNTS.len()].clone(),
        }
    }

    fn address(&self, index: usize) -> AccountId32 {
        self.target(Target::Contract(index))
    }

    fn share(&self, code: usize) -> u64 {
        (self.codes[&code].deposit * LOCKUP_PERCENT).div_ceil(100)
    }

    fn base_deposit(&self, contract: &ModelContract) -> u64 {
        let info = INFO + DEPENDENCY * contract.dependencies.len() as u64;
        info * self.per_byte + PER_ITEM + self.share(contract.code)
    }

    /// The cost of a change of this many units, or the refund if negative: a share of what was deposited.
    fn settle(change: i64, price: u64, count: &mut u64, deposit: &mut u64) -> i128 {
        if change >= 0 {
            let charge = change as u64 * price;
            *count += change as u64;
            *deposit += charge;
            i128::from(charge)
        } else {
            let removed = change.unsigned_abs();
            // 18 digits, rounded down.
            let ratio = u128::from(removed) * 10u128.pow(18) / u128::from(*count);
            let refund = (ratio * u128::from(*deposit) / 10u128.pow(18)) as u64;
            *count -= removed;
            *deposit -= refund;
            -i128::from(refund)
        }
    }

    /// Writes a value, or none, under a key.
    fn write(&mut self, at: &AccountId32, key: u32, value: Option<Vec<u8>>, owed: &mut Vec<Owed>) {
        let per_byte = self.per_byte;
        let contract = self.contracts.get_mut(at).expect("it runs");
        let len = |value: &Option<Vec<u8>>| value.as_ref().map_or(0, Vec::len) as i64;
        let (new_len, is_new) = (len(&value), value.is_some());
        let old = match value {
            Some(value) => contract.storage.insert(key, value),
            None => contract.storage.remove(&key),
        };
        let bytes = new_len - len(&old);
        let items = i64::from(is_new) - i64::from(old.is_some());
        let amount = Self::settle(bytes, per_byte, &mut contract.bytes, &mut contract.byte_deposit)
            + Self::settle(items, PER_ITEM, &mut contract.items, &mut contract.item_deposit);
        owed.push(Owed { contract: at.clone(), amount, beneficiary: None });
    }

    /// Executes an act of a contract. `stack` are the contracts below it. Returns the contract's result.
    fn act(&mut self, at: &AccountId32, act: &Act, stack: &[AccountId32], owed: &mut Vec<Owed>) -> End<u32> {
        match act {
            Act::Nothing => {}
            Act::Store { key, len, stamp } => self.write(at, *key, Some(stored(*len, *stamp)), owed),
            Act::Clear { key } => self.write(at, *key, None, owed),
            Act::Send { to, value } => {
                let to = self.target(*to);
                return Ok(self.transfer(at, &to, *value).map_or(TRANSFER_FAILED, |()| SUCCESS));
            }
            Act::End { to } => {
                if stack.contains(at) {
                    return Err("TerminatedWhileReentrant");
                }
                let ended = self.contracts.remove(at).expect("it runs");
                self.codes.get_mut(&ended.code).expect("in use").users -= 1;
                for (code, deposit) in ended.dependencies {
                    self.codes.get_mut(&code).expect("in use").users -= 1;
                    owed.push(Owed { contract: at.clone(), amount: -i128::from(deposit), beneficiary: None });
                }
                let paid = ended.byte_deposit + ended.item_deposit + ended.base_deposit;
                let beneficiary = Some(self.target(*to));
                owed.push(Owed { contract: at.clone(), amount: -i128::from(paid), beneficiary });
            }
            Act::Call { to, value, act } => {
                let to = self.address(*to);
                if !self.contracts.contains_key(&to) {
                    return Ok(NOT_CALLABLE);
                }
                let before = self.clone();
                let mut inner = Vec::new();
                let stack = [stack, std::slice::from_ref(at)].concat();
                let outcome = match self.transfer(at, &to, *value) {
                    Err(_) => Err(TRANSFER_FAILED),
                    Ok(()) => match self.act(&to, act, &stack, &mut inner) {
                        Err(_) => Err(CALLEE_TRAPPED),
                        Ok(_) if matches!(**act, Act::Revert) => Err(CALLEE_REVERTED),
                        Ok(_) => Ok(()),
                    },
                };
                if let Err(code) = outcome {
                    *self = before;
                    return Ok(code);
                }
                owed.extend(inner);
            }
            Act::TakeOn { code } => {
                if !self.codes.contains_key(code) {
                    return Ok(CODE_NOT_FOUND);
                }
                let contract = self.contracts.get_mut(at).expect("it runs");
                let (old, paid) = (contract.code, contract.base_deposit);
                contract.code = *code;
                let contract = contract.clone();
                let base_deposit = self.base_deposit(&contract);
                self.contracts.get_mut(at).expect("it runs").base_deposit = base_deposit;
                self.codes.get_mut(code).expect("looked at").users += 1;
                self.codes.get_mut(&old).expect("in use").users -= 1;
                let amount = i128::from(base_deposit) - i128::from(paid);
                owed.push(Owed { contract: at.clone(), amount, beneficiary: None });
            }
            Act::Lock { code } => {
                let contract = &self.contracts[at];
                if contract.code == *code {
                    return Err("CannotAddSelfAsDelegateDependency");
                }
                if !self.codes.contains_key(code) {
                    return Err("CodeNotFound");
                }
                if contract.dependencies.contains_key(code) {
                    return Err("DelegateDependencyAlreadyExists");
                }
                let share = self.share(*code);
                self.contracts.get_mut(at).expect("it runs").dependencies.insert(*code, share);
                self.codes.get_mut(code).expect("looked at").users += 1;
                owed.push(Owed { contract: at.clone(), amount: share.into(), beneficiary: None });
            }
            Act::Unlock { code } => {
                let contract = self.contracts.get_mut(at).expect("it runs");
                let Some(share) = contract.dependencies.remove(code) else {
                    return Err("DelegateDependencyNotFound");
                };
                self.codes.get_mut(code).expect("in use").users -= 1;
                owed.push(Owed { contract: at.clone(), amount: -i128::from(share), beneficiary: None });
            }
            Act::Revert => {}
        }
        Ok(SUCCESS)
    }

    /// Moves what is owed: first refunds, then charges. Returns the total.
    fn pay(&mut self, origin: &AccountId32, owed: Vec<Owed>) -> i128 {
        for entry in owed.iter().filter(|entry| entry.amount < 0) {
            let amount = (-entry.amount) as u64;
            *self.held.get_mut(&entry.contract).expect("something is held") -= amount;
            *self.free.get_mut(origin).expect("it exists") += amount;
            if let Some(beneficiary) = &entry.beneficiary {
                if beneficiary != &entry.contract {
                    let rest = self.free.remove(&entry.contract).expect("it exists");
                    *self.free.entry(beneficiary.clone()).or_default() += rest;
                }
            }
        }
        for entry in owed.iter().filter(|entry| entry.amount > 0) {
            *self.free.get_mut(origin).expect("it exists") -= entry.amount as u64;
            *self.held.entry(entry.contract.clone()).or_default() += entry.amount as u64;
        }
        owed.iter().map(|entry| entry.amount).sum()
    }

    /// The cost of the call, if it succeeded and was not reverted.
    fn call(&mut self, who: usize, to: &AccountId32, value: u64, act: &Act) -> End<i128> {
        let who = ACCOUNTS[who].clone();
        if !self.contracts.contains_key(to) {
            return Err("ContractNotFound");
        }
        self.transfer(&who, to, value)?;
        let mut owed = Vec::new();
        self.act(to, act, &[], &mut owed)?;
        if matches!(act, Act::Revert) {
            return Err("reverted");
        }
        Ok(self.pay(&who, owed))
    }

    fn make(&mut self, who: usize, code: usize, salt: u8, value: u64, act: &Act) -> End<i128> {
        let who = ACCOUNTS[who].clone();
        let Some(stored) = self.codes.get_mut(&code) else { return Err("CodeNotFound") };
        stored.users += 1;
        let input = self.encode(act);
        let at = crate::Pallet::<Test>::contract_address(&who, &self.images[code].0, &input, &[salt]);
        if self.contracts.contains_key(&at) {
            return Err("DuplicateContract");
        }
        self.transfer(&who, &at, EXISTENTIAL)?;
        self.transfer(&who, &at, value)?;
        let mut contract = ModelContract { code, ..Default::default() };
        contract.base_deposit = self.base_deposit(&contract);
        let base = Owed { contract: at.clone(), amount: contract.base_deposit.into(), beneficiary: None };
        self.contracts.insert(at.clone(), contract);
        let mut owed = vec![base];
        // Acts cannot refer to its own address yet.
        self.act(&at, act, &[], &mut owed)?;
        if matches!(act, Act::Revert) {
            return Err("reverted");
        }
        if !self.contracts.contains_key(&at) {
            return Err("TerminatedInConstructor");
        }
        self.made += 1;
        if !self.addresses.contains(&at) {
            self.addresses.push(at);
        }
        Ok(self.pay(&who, owed) + i128::from(EXISTENTIAL))
    }

    /// The act in the form that the fixture reads.
    fn encode(&self, act: &Act) -> Vec<u8> {
        let hash = |code: &usize| AccountId32::new(self.images[*code].0 .0);
        let nobody = AccountId32::new([0; 32]);
        let (what, key, account, number) = match act {
            Act::Nothing => (0u32, 0, nobody, 0),
            Act::Store { key, len, stamp } => (1, *key, AccountId32::new([*stamp; 32]), *len),
            Act::Clear { key } => (2, *key, nobody, 0),
            Act::Send { to, value } => (3, 0, self.target(*to), *value),
            Act::End { to } => (4, 0, self.target(*to), 0),
            Act::Call { to, value, .. } => (5, 0, self.address(*to), *value),
            Act::TakeOn { code } => (6, 0, hash(code), 0),
            Act::Lock { code } => (7, 0, hash(code), 0),
            Act::Unlock { code } => (8, 0, hash(code), 0),
            Act::Revert => (9, 0, nobody, 0),
        };
        let mut bytes = (what, key, account, number).encode();
        if let Act::Call { act, .. } = act {
            bytes.extend(self.encode(act));
        }
        bytes
    }

    /// Executes the step here and on the chain, and compares the outcomes.
    fn step(&mut self, step: &Step) {
        let before = self.clone();
        let (expected, happened) = match step {
            Step::Upload { who, code } => {
                let owner = ACCOUNTS[*who].clone();
                let (image, _) = variant(*code);
                let stored = crate::Pallet::<Test>::bare_upload_code(
                    owner.clone(),
                    image,
                    None,
                    crate::Determinism::Enforced,
                );
                let happened = stored.map(|stored| i128::from(stored.deposit)).map_err(|_| ());
                (self.upload(owner, *code), happened)
            }
            Step::Remove { who, code } => {
                let hash = self.images[*code].0;
                let removed = Contracts::remove_code(RuntimeOrigin::signed(ACCOUNTS[*who].clone()), hash);
                (self.remove(&ACCOUNTS[*who], *code), removed.map(|_| 0).map_err(|_| ()))
            }
            Step::Make { who, code, salt, value, act } => {
                let stored = Code::Existing(self.images[*code].0);
                let made = builder::bare_instantiate::<Test>(ACCOUNTS[*who].clone(), stored)
                    .data(self.encode(act))
                    .salt(vec![*salt])
                    .value(*value)
                    .build();
                let well = made.result.is_ok_and(|made| !made.result.did_revert());
                (self.make(*who, *code, *salt, *value, act), happened(well, made.storage_deposit))
            }
            Step::Call { who, to, value, act } => {
                let to = self.address(*to);
                let called = builder::bare_call::<Test>(ACCOUNTS[*who].clone(), to.clone())
                    .data(self.encode(act))
                    .value(*value)
                    .build();
                let well = called.result.is_ok_and(|said| !said.did_revert());
                (self.call(*who, &to, *value, act), happened(well, called.storage_deposit))
            }
            Step::SetCode { to, code } => {
                let to = self.address(*to);
                let set = Contracts::set_code(RuntimeOrigin::root(), to.clone(), self.images[*code].0);
                (self.set_code(&to, *code), set.map(|()| 0).map_err(|_| ()))
            }
            Step::Transfer { who, to, value } => {
                let (from, to) = (ACCOUNTS[*who].clone(), self.target(*to));
                let origin = RuntimeOrigin::signed(from.clone());
                let sent = Balances::transfer_keep_alive(origin, to.clone(), *value);
                (self.transfer(&from, &to, *value).map(|()| 0), sent.map(|_| 0).map_err(|_| ()))
            }
            Step::Price { per_byte } => {
                set(|settings| settings.deposit_per_byte = *per_byte);
                self.per_byte = *per_byte;
                (Ok(0), Ok(0))
            }
        };
        assert_eq!(expected.map_err(|_| ()), happened, "{step:?}: {expected:?}");
        if expected.is_err() {
            *self = before;
        }
    }

    fn upload(&mut self, owner: AccountId32, code: usize) -> End<i128> {
        if self.codes.contains_key(&code) {
            return Ok(0);
        }
        let info = crate::CodeInfo::<Test>::max_encoded_len() as u64;
        let deposit = (self.images[code].1 + info) * self.per_byte + 2 * PER_ITEM;
        if self.free(&owner) < deposit + EXISTENTIAL {
            return Err("StorageDepositNotEnoughFunds");
        }
        *self.free.get_mut(&owner).expect("it exists") -= deposit;
        *self.held_for_code.entry(owner.clone()).or_default() += deposit;
        self.codes.insert(code, ModelCode { owner, deposit, users: 0 });
        Ok(deposit.into())
    }

    fn remove(&mut self, who: &AccountId32, code: usize) -> End<i128> {
        let stored = self.codes.get(&code).ok_or("CodeNotFound")?;
        if stored.users > 0 {
            return Err("CodeInUse");
        }
        if &stored.owner != who {
            return Err("BadOrigin");
        }
        let deposit = stored.deposit;
        *self.held_for_code.get_mut(who).expect("it is held") -= deposit;
        *self.free.get_mut(who).expect("it exists") += deposit;
        self.codes.remove(&code);
        Ok(0)
    }

    fn set_code(&mut self, to: &AccountId32, code: usize) -> End<i128> {
        let contract = self.contracts.get_mut(to).ok_or("ContractNotFound")?;
        self.codes.get_mut(&code).ok_or("CodeNotFound")?.users += 1;
        self.codes.get_mut(&contract.code).expect("in use").users -= 1;
        contract.code = code;
        Ok(0)
    }

    /// Compares everything with the chain.
    fn agrees(&self, issued: u64) {
        assert_eq!(Balances::total_issuance(), issued);
        let accounts: BTreeSet<_> = ACCOUNTS.iter().chain(&self.addresses).collect();
        let known = |of: &BTreeMap<AccountId32, u64>, account| of.get(account).copied().unwrap_or(0);
        for account in accounts {
            assert_eq!(free(account), known(&self.free, account), "free: {account:?}");
            assert_eq!(held(account), known(&self.held, account), "held: {account:?}");
            let for_code = held_for(HoldReason::CodeUploadDepositReserve, account);
            assert_eq!(for_code, known(&self.held_for_code, account), "held for code: {account:?}");
        }
        for (code, (hash, _)) in self.images.iter().enumerate() {
            let have = CodeInfoOf::<Test>::get(hash).map(|info| (info.owner, info.deposit, info.refcount));
            let want = self.codes.get(&code).map(|code| (code.owner.clone(), code.deposit, code.users));
            assert_eq!(have, want, "code {code}");
        }
        assert_eq!(ContractInfoOf::<Test>::iter().count(), self.contracts.len());
        for (at, contract) in &self.contracts {
            let info = ContractInfoOf::<Test>::get(at).expect("the model has it");
            assert_eq!(info.code_hash, self.images[contract.code].0);
            let have = (info.storage_bytes.into(), info.storage_items.into());
            assert_eq!(have, (contract.bytes, contract.items));
            let have = (info.storage_byte_deposit, info.storage_item_deposit, info.storage_base_deposit);
            assert_eq!(have, (contract.byte_deposit, contract.item_deposit, contract.base_deposit));
            let have: Vec<_> = info.delegate_dependencies.iter().map(|(hash, paid)| (*hash, *paid)).collect();
            let mut want: Vec<_> =
                contract.dependencies.iter().map(|(code, paid)| (self.images[*code].0, *paid)).collect();
            want.sort();
            assert_eq!(have, want);
            for key in 0..3u32 {
                let value = crate::Pallet::<Test>::get_storage(at.clone(), key.encode()).unwrap();
                assert_eq!(value.as_ref(), contract.storage.get(&key));
            }
            // All that is held on it is accounted for.
            let dependencies: u64 = contract.dependencies.values().sum();
            assert_eq!(held(at), info.total_deposit() + dependencies);
        }
        assert_eq!(Nonce::<Test>::get(), self.made);
    }
}

/// The value that an agent stores for this length and stamp: its input from the account on.
fn stored(len: u64, stamp: u8) -> Vec<u8> {
    let mut value = [[stamp; 32].as_slice(), &len.to_le_bytes()].concat();
    value.resize(len as usize, 0);
    value
}

/// The outcome of a run on the chain: its cost, if it succeeded.
fn happened(well: bool, deposit: StorageDeposit<u64>) -> Result<i128, ()> {
    match deposit {
        StorageDeposit::Charge(amount) if well => Ok(amount.into()),
        StorageDeposit::Refund(amount) if well => Ok(-i128::from(amount)),
        // A reverted run costs nothing.
        deposit => {
            assert_eq!(deposit, StorageDeposit::Charge(0));
            Err(())
        }
    }
}

/// One of several codes with the same behaviour.
fn variant(code: usize) -> (Vec<u8>, H256) {
    let source = std::fs::read_to_string(fixture::path("agent")).unwrap();
    let more = "\n r0 = 1".repeat(code);
    let source = format!("{source}\n#! function variant\nvariant:{more}\n r0 = {code}\n exit");
    let image = fixture::assemble(&source).unwrap();
    let hash = mock::hash(&image);
    (image, hash)
}

fn target() -> impl Strategy<Value = Target> {
    prop_oneof![(0..3usize).prop_map(Target::Person), (0..6usize).prop_map(Target::Contract)]
}

fn act() -> impl Strategy<Value = Act> {
    let leaf = prop_oneof![
        1 => Just(Act::Nothing),
        // Values of the same length, but different contents.
        6 => (0..3u32, prop_oneof![0..300u64, Just(40u64)], 0..8u8)
            .prop_map(|(key, len, stamp)| Act::Store { key, len, stamp }),
        3 => (0..3u32).prop_map(|key| Act::Clear { key }),
        2 => (target(), 0..400u64).prop_map(|(to, value)| Act::Send { to, value }),
        2 => target().prop_map(|to| Act::End { to }),
        2 => (0..CODES).prop_map(|code| Act::TakeOn { code }),
        3 => (0..CODES).prop_map(|code| Act::Lock { code }),
        2 => (0..CODES).prop_map(|code| Act::Unlock { code }),
        1 => Just(Act::Revert),
    ];
    leaf.prop_recursive(3, 4, 1, |inner| {
        (0..6usize, 0..300u64, inner).prop_map(|(to, value, act)| Act::Call { to, value, act: Box::new(act) })
    })
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => (0..3usize, 0..CODES).prop_map(|(who, code)| Step::Upload { who, code }),
        2 => (0..3usize, 0..CODES).prop_map(|(who, code)| Step::Remove { who, code }),
        4 => (0..3usize, 0..CODES, 0..2u8, 0..500u64, act())
            .prop_map(|(who, code, salt, value, act)| Step::Make { who, code, salt, value, act }),
        12 => (0..3usize, 0..6usize, 0..300u64, act())
            .prop_map(|(who, to, value, act)| Step::Call { who, to, value, act }),
        1 => (0..6usize, 0..CODES).prop_map(|(to, code)| Step::SetCode { to, code }),
        2 => (0..3usize, target(), 0..300u64).prop_map(|(who, to, value)| Step::Transfer { who, to, value }),
        1 => (1..4u64).prop_map(|per_byte| Step::Price { per_byte }),
    ]
}

/// Runs a history on a fresh chain. All codes, and a few contracts, exist from the start.
fn live(steps: &[Step]) -> Model {
    externalities().execute_with(|| {
        use frame_support::traits::fungible::Mutate;
        set(|settings| settings.lockup = sp_runtime::Perbill::from_percent(LOCKUP_PERCENT as u32));
        let mut model = Model { per_byte: 1, ..Default::default() };
        for account in ACCOUNTS {
            Balances::set_balance(&account, 1_000_000);
            model.free.insert(account, 1_000_000);
        }
        let issued = Balances::total_issuance();
        for code in 0..CODES {
            let (image, hash) = variant(code);
            model.images.push((hash, image.len() as u64));
            model.step(&Step::Upload { who: code, code });
            model.step(&Step::Make { who: code, code, salt: 9, value: 500, act: Act::Nothing });
        }
        model.agrees(issued);
        for step in steps {
            model.step(step);
            model.agrees(issued);
        }
        model
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_chain_agrees_with_the_model_after_every_step(steps in prop::collection::vec(step(), 1..40)) {
        live(&steps);
    }
}

#[test]
fn the_model_is_not_idle() {
    // A handwritten history with a known result.
    let end = Act::End { to: Target::Person(2) };
    let model = live(&[
        Step::Call { who: 1, to: 0, value: 100, act: Act::Store { key: 1, len: 10, stamp: 1 } },
        Step::Call { who: 1, to: 0, value: 0, act: Act::Lock { code: 1 } },
        Step::Price { per_byte: 3 },
        Step::Call { who: 1, to: 0, value: 0, act: Act::Store { key: 1, len: 20, stamp: 2 } },
        Step::Call { who: 1, to: 0, value: 0, act: Act::TakeOn { code: 2 } },
        Step::Call { who: 0, to: 1, value: 0, act: Act::Call { to: 0, value: 50, act: Box::new(end) } },
        Step::Remove { who: 0, code: 0 },
    ]);
    assert_eq!((model.contracts.len(), model.codes.len(), model.made), (2, 2, 3));
    // CHARLIE has what the contract had: its value and what keeps an account, 100 and 50.
    assert_eq!(model.codes[&1].users, 1);
    assert_eq!(model.held.values().filter(|held| **held > 0).count(), 2);
}

// How a chain is driven and read: compiled twice, like `runtime.rs`, on whose items it stands.

use crate::{
    aliases,
    chain::{Action, Answer, Dry, Outcome, State, Timed, ENDOWMENT},
};
use codec::{Decode, DecodeAll};
use frame_support::{
    storage::{storage_prefix, with_transaction, TransactionOutcome},
    traits::Hooks,
};
use pallet_contracts::{Code, CollectEvents, DebugInfo, Determinism};
use sp_runtime::{traits::Dispatchable, DispatchError};
use std::collections::{BTreeMap, HashMap};

/// A chain in memory.
pub struct TestChain {
    ext: sp_io::TestExternalities,
    name: &'static str,
    /// Code by the contract's name.
    codes: HashMap<String, Vec<u8>>,
}

/// What is stored of a code. The pallets keep the type to themselves.
#[derive(Encode, Decode)]
struct CodeInfo {
    owner: AccountId32,
    #[codec(compact)]
    deposit: u128,
    #[codec(compact)]
    refcount: u64,
    determinism: Determinism,
    code_len: u32,
}

/// What of a deposit for a code is for its length.
fn by_length(code_len: usize) -> u128 {
    DepositPerByte::get() * code_len as u128
}

impl TestChain {
    fn genesis(name: &'static str) -> Self {
        let balances = config_accounts().into_iter().map(|who| (who, ENDOWMENT)).collect();
        let genesis = pallet_balances::GenesisConfig::<Test> { balances, ..Default::default() };
        let mut storage = frame_system::GenesisConfig::<Test>::default().build_storage().expect("is empty");
        genesis.assimilate_storage(&mut storage).expect("accounts are different");
        let mut chain = Self { ext: storage.into(), name, codes: HashMap::new() };
        chain.ext.execute_with(|| {
            System::set_block_number(1);
            pallet_timestamp::Now::<Test>::put(1_704_067_200_000);
        });
        chain
    }

    /// Runs something on the newest state.
    pub fn execute<R>(&mut self, f: impl FnOnce() -> R) -> R {
        self.ext.execute_with(f)
    }

    fn code(&self, contract: &str) -> Vec<u8> {
        self.codes.get(contract).unwrap_or_else(|| panic!("{contract} is not known here")).clone()
    }

    /// With this chain's hashes of code in the place of aliases.
    fn real(&self, bytes: &[u8]) -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        for (contract, code) in &self.codes {
            let real = sp_crypto_hashing::blake2_256(code);
            aliases::replace(&mut bytes, aliases::alias(contract).as_bytes(), &real);
        }
        bytes
    }

    fn real_hash(&self, hash: &H256) -> H256 {
        H256::from_slice(&self.real(hash.as_bytes()))
    }

    /// The transaction, and who signed it.
    fn transaction(&self, action: &Action) -> (RuntimeOrigin, RuntimeCall) {
        use pallet_contracts::Call;
        let limit = |deposit: &Option<u128>| deposit.map(Into::into);
        match action {
            Action::Upload { by, contract } => (
                RuntimeOrigin::signed(by.clone()),
                Call::upload_code {
                    code: self.code(contract),
                    storage_deposit_limit: None,
                    determinism: Determinism::Enforced,
                }
                .into(),
            ),
            Action::Remove { by, code_hash } => (
                RuntimeOrigin::signed(by.clone()),
                Call::remove_code { code_hash: self.real_hash(code_hash) }.into(),
            ),
            Action::Instantiate { by, code_hash, value, gas, deposit, data, salt } => (
                RuntimeOrigin::signed(by.clone()),
                Call::instantiate {
                    value: *value,
                    gas_limit: *gas,
                    storage_deposit_limit: limit(deposit),
                    code_hash: self.real_hash(code_hash),
                    data: self.real(data),
                    salt: salt.clone(),
                }
                .into(),
            ),
            Action::InstantiateWithCode { by, contract, value, gas, deposit, data, salt } => (
                RuntimeOrigin::signed(by.clone()),
                Call::instantiate_with_code {
                    value: *value,
                    gas_limit: *gas,
                    storage_deposit_limit: limit(deposit),
                    code: self.code(contract),
                    data: self.real(data),
                    salt: salt.clone(),
                }
                .into(),
            ),
            Action::Call { by, dest, value, gas, deposit, data } => (
                by.clone().map_or(RuntimeOrigin::root(), RuntimeOrigin::signed),
                Call::call {
                    dest: dest.clone().into(),
                    value: *value,
                    gas_limit: *gas,
                    storage_deposit_limit: limit(deposit),
                    data: self.real(data),
                }
                .into(),
            ),
            Action::SetCode { dest, code_hash } => (
                RuntimeOrigin::root(),
                Call::set_code { dest: dest.clone().into(), code_hash: self.real_hash(code_hash) }.into(),
            ),
            Action::Transfer { by, to, value } => (
                RuntimeOrigin::signed(by.clone()),
                pallet_balances::Call::transfer_allow_death { dest: to.clone().into(), value: *value }.into(),
            ),
        }
    }

    /// What the function of the runtime API says about the action, for those that have one.
    fn dry_run(&mut self, action: &Action) -> Option<Dry> {
        let answer = |flags: u32, data: &[u8]| -> Answer { Ok((flags, aliases::neutral(data))) };
        match action {
            Action::Call { by: Some(by), dest, value, gas, deposit, data } => {
                let data = self.real(data);
                let ran = self.ext.execute_with(|| {
                    rolled_back(|| {
                        Contracts::bare_call(
                            by.clone(),
                            dest.clone(),
                            *value,
                            *gas,
                            *deposit,
                            data,
                            DebugInfo::UnsafeDebug,
                            CollectEvents::Skip,
                            Determinism::Enforced,
                        )
                    })
                });
                let answer = ran.result.map_err(describe).and_then(|r| answer(r.flags.bits(), &r.data));
                let (deposit, gas) = (format!("{:?}", ran.storage_deposit), ran.gas_required);
                Some(Dry { answer, deposit, address: None, gas })
            }
            Action::Instantiate { by, value, gas, deposit, data, salt, .. }
            | Action::InstantiateWithCode { by, value, gas, deposit, data, salt, .. } => {
                let code = match action {
                    Action::InstantiateWithCode { contract, .. } => Code::Upload(self.code(contract)),
                    Action::Instantiate { code_hash, .. } => Code::Existing(self.real_hash(code_hash)),
                    _ => unreachable!("the arm above is for these two; qed"),
                };
                let (length, upload) = match &code {
                    Code::Upload(code) => (code.len(), true),
                    Code::Existing(_) => (0, false),
                };
                let data = self.real(data);
                let (ran, fresh) = self.ext.execute_with(|| {
                    rolled_back(|| {
                        let before = sp_io::hashing::blake2_256(&code_infos());
                        let ran = Contracts::bare_instantiate(
                            by.clone(),
                            *value,
                            *gas,
                            *deposit,
                            code,
                            data,
                            salt.clone(),
                            DebugInfo::UnsafeDebug,
                            CollectEvents::Skip,
                        );
                        let stored = upload && before != sp_io::hashing::blake2_256(&code_infos());
                        (ran, stored)
                    })
                });
                let mut deposit = ran.storage_deposit;
                if let pallet_contracts::StorageDeposit::Charge(amount) = &mut deposit {
                    if fresh && *amount > 0 {
                        *amount -= by_length(length);
                    }
                }
                let address = ran.result.as_ref().ok().map(|made| made.account_id.clone());
                let result = ran.result.map_err(describe);
                let answer = result.and_then(|r| answer(r.result.flags.bits(), &r.result.data));
                Some(Dry { answer, deposit: format!("{deposit:?}"), address, gas: ran.gas_required })
            }
            _ => None,
        }
    }
}

/// The names of the codes that are stored and who they belong to.
fn code_infos() -> Vec<u8> {
    let prefix = storage_prefix(b"Contracts", b"CodeInfoOf");
    main_entries().into_iter().filter(|(key, _)| key.starts_with(&prefix)).flat_map(|(key, _)| key).collect()
}

fn config_accounts() -> Vec<AccountId32> {
    inkbpf_runtime::genesis::dev_accounts()
}

/// Runs it and forgets what it changed.
fn rolled_back<R>(f: impl FnOnce() -> R) -> R {
    with_transaction(|| TransactionOutcome::Rollback(Ok::<_, DispatchError>(f())))
        .expect("a transaction within a few others is not too deep; qed")
}

/// The error's name, with the pallet's index and its number there.
fn describe(error: DispatchError) -> String {
    format!("{error:?}")
}

/// All of the main trie.
fn main_entries() -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut entries = Vec::new();
    let mut key = Vec::new();
    while let Some(next) = sp_io::storage::next_key(&key) {
        let value = sp_io::storage::get(&next).expect("it was just found; qed").to_vec();
        entries.push((next.clone(), value));
        key = next;
    }
    entries
}

/// All of one child trie.
fn child_entries(storage_key: &[u8]) -> BTreeMap<Vec<u8>, Vec<u8>> {
    let mut entries = BTreeMap::new();
    let mut key = Vec::new();
    while let Some(next) = sp_io::default_child_storage::next_key(storage_key, &key) {
        let value = sp_io::default_child_storage::get(storage_key, &next).expect("it was just found; qed");
        entries.insert(aliases::neutral(&next), aliases::neutral(&value));
        key = next;
    }
    entries
}

/// A contract's trie, as it is stored.
#[derive(Decode)]
struct TrieOf {
    trie_id: Vec<u8>,
}

fn read_state() -> State {
    let prefix = |pallet: &str, item: &str| storage_prefix(pallet.as_bytes(), item.as_bytes());
    let of = |key: &[u8], pallet: &str, item: &str| key.starts_with(&prefix(pallet, item));
    let entries = main_entries();

    // What each account has on deposit because codes are as long as they are.
    let mut owners: HashMap<AccountId32, u128> = HashMap::new();
    for (_, value) in entries.iter().filter(|(key, _)| of(key, "Contracts", "CodeInfoOf")) {
        let info = CodeInfo::decode_all(&mut &value[..]).expect("is what the pallet stores");
        *owners.entry(info.owner).or_default() += by_length(info.code_len as usize);
    }
    let owed = |key: &[u8]| {
        let account = AccountId32::decode(&mut &key[key.len() - 32..]).expect("32 bytes are an account; qed");
        owners.get(&account).copied().unwrap_or_default()
    };

    let mut state = State::default();
    for (key, mut value) in entries {
        // The root of a child trie is a hash over the entries, with the real hashes of code. They are compared one by
        // one.
        if key.starts_with(sp_core::storage::well_known_keys::CHILD_STORAGE_KEY_PREFIX)
            || of(&key, "System", "Events")
            || of(&key, "System", "EventTopics")
            || of(&key, "Contracts", "PristineCode")
        {
            continue;
        }
        if of(&key, "Contracts", "CodeInfoOf") {
            let mut info = CodeInfo::decode_all(&mut &value[..]).expect("is what the pallet stores");
            info.deposit -= by_length(info.code_len as usize);
            info.code_len = 0;
            value = info.encode();
        } else if of(&key, "System", "Account") {
            type Account = frame_system::AccountInfo<u32, pallet_balances::AccountData<u128>>;
            let mut account = Account::decode_all(&mut &value[..]).expect("is what the pallet stores");
            account.data.free += owed(&key);
            account.data.reserved -= owed(&key);
            value = account.encode();
        } else if of(&key, "Balances", "Holds") {
            type Holds = Vec<(RuntimeHoldReason, u128)>;
            let mut holds = Holds::decode_all(&mut &value[..]).expect("is what the pallet stores");
            for (reason, amount) in &mut holds {
                if *reason == pallet_contracts::HoldReason::CodeUploadDepositReserve.into() {
                    *amount -= owed(&key);
                }
            }
            value = holds.encode();
        } else if of(&key, "Contracts", "ContractInfoOf") {
            let trie_id = TrieOf::decode(&mut &value[..]).expect("is what the pallet stores").trie_id;
            state.children.insert(trie_id.clone(), child_entries(&trie_id));
        }
        state.main.insert(aliases::neutral(&key), aliases::neutral(&value));
    }
    state
}

/// Events, with what depends on a code's length taken out of deposits for codes. `length` is that of the code which the
/// action was about.
fn read_events(length: usize) -> Vec<(Vec<u8>, String)> {
    let is_upload =
        |reason: &RuntimeHoldReason| *reason == pallet_contracts::HoldReason::CodeUploadDepositReserve.into();
    let records = System::read_events_no_consensus();
    records
        .map(|record| {
            let mut record = *record;
            match &mut record.event {
                RuntimeEvent::Contracts(
                    pallet_contracts::Event::CodeStored { deposit_held: amount, .. }
                    | pallet_contracts::Event::CodeRemoved { deposit_released: amount, .. },
                ) => *amount -= by_length(length),
                RuntimeEvent::Balances(
                    pallet_balances::Event::Held { reason, amount, .. }
                    | pallet_balances::Event::Released { reason, amount, .. },
                ) if is_upload(reason) => *amount -= by_length(length),
                _ => (),
            }
            let encoded = (&record.event, &record.topics).encode();
            (aliases::neutral(&encoded), format!("{:?}", record.event))
        })
        .collect()
}

impl crate::chain::Chain for TestChain {
    fn name(&self) -> &'static str {
        self.name
    }

    fn learn(&mut self, contract: &str, code: Vec<u8>) {
        aliases::register(sp_crypto_hashing::blake2_256(&code).into(), aliases::alias(contract));
        self.codes.insert(contract.to_owned(), code);
    }

    fn act(&mut self, action: &Action) -> Outcome {
        let dry = self.dry_run(action);
        let (origin, call) = self.transaction(action);
        let length = match action {
            Action::Upload { contract, .. } | Action::InstantiateWithCode { contract, .. } => {
                self.code(contract).len()
            }
            Action::Remove { code_hash, .. } => {
                let stored = self.codes.iter().find(|(name, _)| aliases::alias(name) == *code_hash);
                stored.map_or(0, |(_, code)| code.len())
            }
            _ => 0,
        };
        self.ext.execute_with(|| {
            System::reset_events();
            let result = call.dispatch(origin);
            let error = result.err().map(|error| describe(error.error));
            Outcome { dry, error, events: read_events(length) }
        })
    }

    fn state(&mut self) -> State {
        self.ext.execute_with(read_state)
    }

    fn next_block(&mut self) {
        self.ext.execute_with(|| {
            Contracts::on_idle(System::block_number(), Weight::MAX);
            System::set_block_number(System::block_number() + 1);
            pallet_timestamp::Now::<Test>::mutate(|now| *now += 6_000);
        });
        self.ext.commit_all().expect("no transaction is open; qed");
    }

    fn default_address(
        &self,
        deployer: &AccountId32,
        code_hash: &H256,
        data: &[u8],
        salt: &[u8],
    ) -> AccountId32 {
        <pallet_contracts::DefaultAddressGenerator as pallet_contracts::AddressGenerator<Test>>::contract_address(
            deployer, code_hash, data, salt,
        )
    }

    fn timed(&mut self, action: &Action) -> Timed<'_> {
        let (origin, call) = self.transaction(action);
        Box::new(move |times| {
            self.ext.execute_with(|| {
                rolled_back(|| {
                    for _ in 0..times {
                        let result = call.clone().dispatch(origin.clone());
                        assert!(result.is_ok(), "{result:?}");
                    }
                })
            })
        })
    }

    fn fill(&mut self, contract: &AccountId32, numbers: std::ops::Range<u32>) {
        self.ext.execute_with(|| {
            let prefix = storage_prefix(b"Contracts", b"ContractInfoOf");
            let hashed = sp_crypto_hashing::twox_64(contract.as_ref());
            let key = [&prefix[..], &hashed, contract.as_ref()].concat();
            let info = sp_io::storage::get(&key).expect("there is such a contract");
            let trie_id = TrieOf::decode(&mut &info[..]).expect("is what the pallet stores").trie_id;
            for n in numbers {
                let key = sp_crypto_hashing::blake2_256(&n.to_le_bytes());
                sp_io::default_child_storage::set(&trie_id, &key, &key);
            }
        });
        self.ext.commit_all().expect("no transaction is open; qed");
    }
}

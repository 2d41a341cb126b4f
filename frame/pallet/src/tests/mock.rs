//! The runtime of the tests.
//!
//! Every contract of every test runs on both engines at once, in lockstep: the one in the node and the one in the
//! runtime. The first difference in gas, result, memory or syscalls fails the test. The node's engine is the fastest of
//! this machine, or the one named by `INKBPF_TEST_ENGINE` (`jit-checked`, `interp`, …).

// By its path, because the fuzz target includes this file.
#[path = "mock/network.rs"]
pub mod network;

use crate::{
    self as pallet_contracts,
    chain_extension::{self, ChainExtension, Environment, Ext, InitState, RegisteredChainExtension, RetVal},
    test_utils::*,
    Config, Frame, Schedule,
};
use codec::Encode;
use frame_support::{
    derive_impl, parameter_types,
    traits::{ConstU32, ConstU64, Contains},
};
use inkbpf_host::{lockstep::Lockstep, Choice, Embedded, Forwarder, Host, HostExt};
use pallet_contracts_uapi::ReturnFlags;
use polkadot_sdk::*;
use sp_runtime::{
    traits::{BlakeTwo256, Convert, IdentityLookup},
    BuildStorage, Perbill,
};
use sp_weights::Weight;
use std::cell::RefCell;

type Block = frame_system::mocking::MockBlock<Test>;

frame_support::construct_runtime!(
    pub enum Test {
        System: frame_system,
        Balances: pallet_balances,
        Timestamp: pallet_timestamp,
        Utility: pallet_utility,
        Contracts: pallet_contracts,
        PolkadotXcm: pallet_xcm,
    }
);

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
    type Block = Block;
    type AccountId = AccountId32;
    type Lookup = IdentityLookup<AccountId32>;
    type AccountData = pallet_balances::AccountData<u64>;
}

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Test {
    type ExistentialDeposit = ExistentialDeposit;
    type ReserveIdentifier = [u8; 8];
    type AccountStore = System;
}

#[derive_impl(pallet_timestamp::config_preludes::TestDefaultConfig)]
impl pallet_timestamp::Config for Test {}

impl pallet_utility::Config for Test {
    type RuntimeEvent = RuntimeEvent;
    type RuntimeCall = RuntimeCall;
    type PalletsOrigin = OriginCaller;
    type WeightInfo = ();
}

/// Settings that a test may change.
#[derive(Clone)]
pub struct Settings {
    pub existential_deposit: u64,
    pub deposit_per_byte: u64,
    pub lockup: Perbill,
    pub unstable: bool,
    pub transient: u32,
    pub benchmark: bool,
    pub extensions: bool,
    pub filter: fn(&RuntimeCall) -> bool,
    pub upload: Option<AccountId32>,
    pub instantiate: Option<AccountId32>,
    pub para: u32,
    pub messages: fn(&staging_xcm::latest::Xcm<RuntimeCall>) -> bool,
    pub transacts: fn(&RuntimeCall) -> bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            existential_deposit: 1,
            deposit_per_byte: 1,
            lockup: Perbill::from_percent(0),
            unstable: true,
            transient: 4 * 1024,
            benchmark: false,
            extensions: true,
            filter: |_| true,
            upload: None,
            instantiate: None,
            para: 1,
            messages: |_| true,
            transacts: |_| true,
        }
    }
}

thread_local! {
    static SETTINGS: RefCell<Settings> = RefCell::default();
}

/// Changes the settings.
pub fn set(change: impl FnOnce(&mut Settings)) {
    SETTINGS.with(|settings| change(&mut settings.borrow_mut()));
}

fn get<R>(read: impl FnOnce(&Settings) -> R) -> R {
    SETTINGS.with(|settings| read(&settings.borrow()))
}

parameter_types! {
    pub ExistentialDeposit: u64 = get(|s| s.existential_deposit);
    pub DepositPerByte: u64 = get(|s| s.deposit_per_byte);
    pub CodeHashLockupDepositPercent: Perbill = get(|s| s.lockup);
    pub UnsafeUnstableInterface: bool = get(|s| s.unstable);
    pub MaxTransientStorageSize: u32 = get(|s| s.transient);
    pub MySchedule: Schedule<Test> = Schedule::default();
}

/// Whether the test is a benchmark.
pub fn for_benchmarks() -> bool {
    get(|s| s.benchmark)
}

pub struct TestFilter;
impl Contains<RuntimeCall> for TestFilter {
    fn contains(call: &RuntimeCall) -> bool {
        get(|s| s.filter)(call)
    }
}

/// Signed, and by the account in the settings, if they name one.
pub struct OnlyFrom<const UPLOAD: bool>;
impl<const UPLOAD: bool> frame_support::traits::EnsureOrigin<RuntimeOrigin> for OnlyFrom<UPLOAD> {
    type Success = AccountId32;

    fn try_origin(origin: RuntimeOrigin) -> Result<AccountId32, RuntimeOrigin> {
        let who = frame_system::EnsureSigned::<AccountId32>::try_origin(origin.clone())?;
        match get(|s| if UPLOAD { s.upload.clone() } else { s.instantiate.clone() }) {
            Some(allowed) if allowed != who => Err(origin),
            _ => Ok(who),
        }
    }

    #[cfg(feature = "runtime-benchmarks")]
    fn try_successful_origin() -> Result<RuntimeOrigin, ()> {
        Ok(RuntimeOrigin::signed(ALICE))
    }
}

pub struct WeightToBalance;
impl Convert<Weight, u64> for WeightToBalance {
    fn convert(weight: Weight) -> u64 {
        weight.ref_time().saturating_add(weight.proof_size().saturating_mul(1_000))
    }
}

/// The hash of the subject, known since the last block.
pub struct TestRandomness;
impl frame_support::traits::Randomness<sp_core::H256, u64> for TestRandomness {
    fn random(subject: &[u8]) -> (sp_core::H256, u64) {
        (hash(subject), System::block_number() - 1)
    }
}

/// Extension 0: one function for each form of call.
#[derive(Default)]
pub struct TestExtension {
    calls: u32,
}

impl ChainExtension<Test> for TestExtension {
    fn call<E: Ext<T = Test>>(&mut self, env: Environment<E, InitState>) -> chain_extension::Result<RetVal> {
        self.calls += 1;
        let mut env = env;
        match env.func_id() {
            // Returns the input as output.
            0 => {
                let mut env = env.buf_in_buf_out();
                let input = env.read(100)?;
                env.write(&input, false, None)?;
                Ok(RetVal::Converging(env.in_len()))
            }
            // The sum of the four numbers.
            1 => {
                let env = env.only_in();
                let numbers = [env.val0(), env.val1(), env.val2(), env.val3()];
                Ok(RetVal::Converging(numbers.into_iter().fold(0, u32::wrapping_add)))
            }
            // Charges as much weight as the input says.
            2 => {
                let mut env = env.buf_in_buf_out();
                let weight: u32 = env.read_as()?;
                let charged = env.charge_weight(Weight::from_parts(u64::from(weight) * 1_000_000, 0))?;
                env.adjust_weight(charged, Weight::from_parts(7, 0));
                Ok(RetVal::Converging(0))
            }
            // Ends the contract.
            3 => Ok(RetVal::Diverging { flags: ReturnFlags::REVERT, data: vec![42, 99] }),
            // The number of its calls in this frame.
            4 => Ok(RetVal::Converging(self.calls)),
            // Terminates the contract, then continues to use it.
            5 => {
                let mut env = env.only_in();
                let ext = env.ext();
                ext.terminate(&crate::test_utils::BOB)?;
                ext.own_code_hash()?;
                Ok(RetVal::Converging(0))
            }
            // Takes the money with which BOB would pay deposits.
            6 => {
                let to = env.ext().address().clone();
                let value = free(&BOB) - 1;
                Balances::transfer_keep_alive(RuntimeOrigin::signed(BOB), to, value)?;
                Ok(RetVal::Converging(0))
            }
            _ => Err("no such function".into()),
        }
    }

    fn enabled() -> bool {
        get(|s| s.extensions)
    }
}

impl RegisteredChainExtension<Test> for TestExtension {
    const ID: u16 = 0;
}

/// Extension 1: a number, and two numbers with an output buffer.
#[derive(Default)]
pub struct OtherExtension;

impl ChainExtension<Test> for OtherExtension {
    fn call<E: Ext<T = Test>>(&mut self, env: Environment<E, InitState>) -> chain_extension::Result<RetVal> {
        let mut env = env.prim_in_buf_out();
        let answer = (env.val0(), env.val1()).encode();
        env.write(&answer, true, Some(Weight::from_parts(1, 0)))?;
        Ok(RetVal::Converging(0))
    }

    fn enabled() -> bool {
        get(|s| s.extensions)
    }
}

impl RegisteredChainExtension<Test> for OtherExtension {
    const ID: u16 = 1;
}

#[derive_impl(crate::config_preludes::TestDefaultConfig)]
impl Config for Test {
    type Engine = Lockstep<Forwarder, Embedded>;
    type Time = Timestamp;
    type Currency = Balances;
    type CallFilter = TestFilter;
    type CallStack = [Frame<Self>; 5];
    type ChainExtension = (TestExtension, OtherExtension);
    type Schedule = MySchedule;
    type DepositPerByte = DepositPerByte;
    type DepositPerItem = ConstU64<2>;
    type DefaultDepositLimit = ConstU64<10_000_000>;
    type CodeHashLockupDepositPercent = CodeHashLockupDepositPercent;
    type MaxCodeLen = ConstU32<{ 100 * 1024 }>;
    type MaxTransientStorageSize = MaxTransientStorageSize;
    type UnsafeUnstableInterface = UnsafeUnstableInterface;
    type UploadOrigin = OnlyFrom<true>;
    type InstantiateOrigin = OnlyFrom<false>;
    type WeightPrice = WeightToBalance;
    type Randomness = TestRandomness;
    type Xcm = PolkadotXcm;
    type Debug = super::debug::TestDebug;
}

/// Balance that [`externalities`] gives to ALICE.
pub const RICH: u64 = 1_000_000_000_000;

/// A chain at block 1 on which ALICE is rich, with default settings that a test may change.
pub fn externalities() -> sp_io::TestExternalities {
    set(|settings| *settings = Settings::default());
    super::debug::reset();
    let mut storage = frame_system::GenesisConfig::<Test>::default().build_storage().unwrap();
    pallet_balances::GenesisConfig::<Test> { balances: vec![(ALICE, RICH)], ..Default::default() }
        .assimilate_storage(&mut storage)
        .unwrap();
    let mut externalities = sp_io::TestExternalities::new(storage);
    externalities.register_extension(HostExt(Host::new(engine())));
    externalities.execute_with(|| System::set_block_number(1));
    externalities
}

/// The same for benchmarks, which sign, make a syscall of their own, and fill transient storage of the size that chains
/// use.
pub fn benchmark_externalities() -> sp_io::TestExternalities {
    let mut externalities = externalities();
    set(|settings| {
        settings.transient = 1024 * 1024;
        settings.benchmark = true;
    });
    externalities
        .register_extension(sp_keystore::KeystoreExt::new(sp_keystore::testing::MemoryKeystore::new()));
    externalities
}

/// The engine of the node.
fn engine() -> Choice {
    match std::env::var("INKBPF_TEST_ENGINE") {
        Ok(name) => Choice::from_name(&name).unwrap_or_else(|| panic!("no engine is called {name}")),
        Err(_) => Choice::default(),
    }
}

/// Events of the pallet since the last time they were taken.
pub fn take_events() -> Vec<crate::Event<Test>> {
    let events = System::events()
        .into_iter()
        .filter_map(|record| match record.event {
            RuntimeEvent::Contracts(event) => Some(event),
            _ => None,
        })
        .collect();
    System::reset_events();
    events
}

/// The balance that `account` can spend.
pub fn free(account: &AccountId32) -> u64 {
    pallet_balances::Pallet::<Test>::free_balance(account)
}

/// What is held on `account` for the storage of a contract.
pub fn held(account: &AccountId32) -> u64 {
    held_for(crate::HoldReason::StorageDepositReserve, account)
}

/// What is held on `account` for this reason.
pub fn held_for(reason: crate::HoldReason, account: &AccountId32) -> u64 {
    use frame_support::traits::fungible::InspectHold;
    Balances::balance_on_hold(&reason.into(), account)
}

/// The hash of some bytes.
pub fn hash(bytes: &[u8]) -> sp_core::H256 {
    <BlakeTwo256 as sp_runtime::traits::Hash>::hash(bytes)
}

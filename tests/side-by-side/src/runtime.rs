// A runtime with a contracts pallet. The file is compiled twice, each time with another crate under the name
// `pallet_contracts` (see `chain.rs`): what a chain tells the pallet is the same text, so that whatever differs
// between the two runtimes is the pallet's doing. `engine!()` is the one item that only one of the pallets asks for.

use crate::config;
use codec::Encode;
use frame_support::{
    construct_runtime, derive_impl, parameter_types,
    traits::{ConstBool, ConstU128, ConstU32, ConstU64, Contains},
};
use frame_system::EnsureSigned;
use pallet_contracts::chain_extension::{
    self, ChainExtension, Environment, Ext, InitState, RegisteredChainExtension, RetVal,
};
use polkadot_sdk::*;
use sp_core::H256;
use sp_runtime::{
    traits::{AccountIdLookup, Convert},
    AccountId32, BuildStorage, Perbill,
};
use sp_weights::Weight;

type Block = frame_system::mocking::MockBlockU32<Test>;

// The indices are those of the repository's runtime: contracts that call into it know them.
construct_runtime!(
    pub enum Test {
        System: frame_system = 0,
        Timestamp: pallet_timestamp = 3,
        Balances: pallet_balances = 4,
        Contracts: pallet_contracts = 8,
    }
);

#[derive_impl(frame_system::config_preludes::SolochainDefaultConfig)]
impl frame_system::Config for Test {
    type Block = Block;
    type AccountId = AccountId32;
    type Lookup = AccountIdLookup<AccountId32, ()>;
    type Hash = H256;
    type AccountData = pallet_balances::AccountData<u128>;
}

impl pallet_timestamp::Config for Test {
    type Moment = u64;
    type OnTimestampSet = ();
    type MinimumPeriod = ConstU64<1>;
    type WeightInfo = ();
}

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Test {
    type Balance = u128;
    type ExistentialDeposit = ConstU128<{ config::EXISTENTIAL_DEPOSIT }>;
    type AccountStore = System;
}

parameter_types! {
    pub const DepositPerItem: u128 = config::contracts::deposit(1, 0);
    pub const DepositPerByte: u128 = config::contracts::deposit(0, 1);
    pub const DefaultDepositLimit: u128 = config::contracts::deposit(1024, 1024 * 1024);
    // A share of the deposit of a code, which is by its length, would differ.
    pub const CodeHashLockupDepositPercent: Perbill = Perbill::zero();
    pub Schedule: pallet_contracts::Schedule<Test> = pallet_contracts::Schedule {
        limits: pallet_contracts::Limits {
            runtime_memory: 1024 * 1024 * 1024,
            validator_runtime_memory: 2 * 1024 * 1024 * 1024 - 1,
            ..Default::default()
        },
        ..Default::default()
    };
}

/// What `call_runtime` may dispatch.
pub enum AllowTransfers {}

impl Contains<RuntimeCall> for AllowTransfers {
    fn contains(call: &RuntimeCall) -> bool {
        matches!(call, RuntimeCall::Balances(pallet_balances::Call::transfer_allow_death { .. }))
    }
}

/// A unit of money for a unit of time.
pub enum WeightPrice {}

impl Convert<Weight, u128> for WeightPrice {
    fn convert(weight: Weight) -> u128 {
        weight.ref_time().into()
    }
}

/// Only the deprecated `random` asks, which no code that is uploaded may.
pub enum NoRandomness {}

impl frame_support::traits::Randomness<H256, u32> for NoRandomness {
    fn random(subject: &[u8]) -> (H256, u32) {
        (sp_crypto_hashing::blake2_256(subject).into(), 0)
    }
}

/// Addresses that do not depend on the code.
///
/// The default generator hashes the code hash, and the two forms of a contract have different ones. With the hash
/// of the contract's name in its place the same deployment has the same address on both chains, and so storage keys,
/// events and results can be compared byte by byte. The default generators of the pallets are compared by a test
/// of their own.
pub enum AddressGenerator {}

impl pallet_contracts::AddressGenerator<Test> for AddressGenerator {
    fn contract_address(deployer: &AccountId32, code_hash: &H256, input: &[u8], salt: &[u8]) -> AccountId32 {
        let neutral = |bytes: &[u8]| crate::aliases::neutral(bytes);
        let subject = (deployer, neutral(code_hash.as_ref()), neutral(input), neutral(salt));
        sp_crypto_hashing::blake2_256(&subject.encode()).into()
    }
}

/// The chain extension that the example `environment` asks for: see there.
#[derive(Default)]
pub struct Oracle;

impl ChainExtension<Test> for Oracle {
    fn call<E: Ext<T = Test>>(&mut self, env: Environment<E, InitState>) -> chain_extension::Result<RetVal> {
        let mut env = env.buf_in_buf_out();
        let _charged = env.charge_weight(Weight::from_parts(1_000_000, 0))?;
        match env.func_id() {
            1 => {
                let subject: [u8; 32] = env.read_as()?;
                if subject[0] == 0 {
                    return Ok(RetVal::Converging(1));
                }
                env.write(&subject.map(|byte| !byte), false, None)?;
            }
            2 => {
                let (asset, _at): (u32, Option<u64>) = env.read_as()?;
                if asset != 7 {
                    return Ok(RetVal::Converging(9));
                }
                env.write(&Ok::<u128, ()>(700).encode(), false, Some(Weight::from_parts(10, 0)))?;
            }
            3 => env.write(&vec![7u32, 8].encode(), false, None)?,
            _ => return Err("no such function of the oracle".into()),
        }
        Ok(RetVal::Converging(0))
    }
}

impl RegisteredChainExtension<Test> for Oracle {
    const ID: u16 = 0xB0F;
}

impl pallet_contracts::Config for Test {
    engine!();
    type Time = Timestamp;
    type Randomness = NoRandomness;
    type Currency = Balances;
    type RuntimeEvent = RuntimeEvent;
    type RuntimeCall = RuntimeCall;
    type RuntimeHoldReason = RuntimeHoldReason;
    type CallFilter = AllowTransfers;
    type WeightPrice = WeightPrice;
    type WeightInfo = pallet_contracts::weights::SubstrateWeight<Self>;
    type ChainExtension = (Oracle,);
    type Schedule = Schedule;
    type CallStack = [pallet_contracts::Frame<Self>; config::contracts::CALL_STACK];
    type DepositPerByte = DepositPerByte;
    type DefaultDepositLimit = DefaultDepositLimit;
    type DepositPerItem = DepositPerItem;
    type CodeHashLockupDepositPercent = CodeHashLockupDepositPercent;
    type AddressGenerator = AddressGenerator;
    type MaxCodeLen = ConstU32<{ config::contracts::MAX_CODE_LEN }>;
    type MaxStorageKeyLen = ConstU32<128>;
    type MaxTransientStorageSize = ConstU32<{ 1024 * 1024 }>;
    type MaxDelegateDependencies = ConstU32<32>;
    type UnsafeUnstableInterface = ConstBool<true>;
    type MaxDebugBufferLen = ConstU32<{ 2 * 1024 * 1024 }>;
    type UploadOrigin = EnsureSigned<Self::AccountId>;
    type InstantiateOrigin = EnsureSigned<Self::AccountId>;
    type Migrations = ();
    type Debug = ();
    type Environment = ();
    type ApiVersion = ();
    type Xcm = ();
}

//! The weights of everything that the pallet charges for: a benchmark for each row of `weights.rs`.
//!
//! Names are those of `pallet-contracts` where the subject is the same. `cargo xtask bench weights` runs the
//! benchmarks, in the runtime as Wasm, and writes the rows.
//!
//! A syscall is measured where it is served: in a frame of a contract, with the memory of an instance of the runtime's
//! engine, through the function that serves it when a program calls it. Leaving the program for it and returning is a
//! row of its own; so are loading a byte of code and having a byte of memory. Each benchmark checks its effect.
//!
//! The rest, in [`engine`], measures the time of a unit of gas, by class of instruction.

mod engine;
mod program;
mod setup;

use crate::{
    exec::Ext,
    storage::{self, Key, WriteOutcome},
    syscalls::Guest,
    transient::TransientStorage,
    *,
};
use alloc::{format, vec, vec::Vec};
use codec::{Encode, MaxEncodedLen};
use contract_abi::{
    intrinsic::Intrinsic,
    memory::{DATA_BASE, MAX_WRITABLE, RODATA_BASE},
    syscall::Syscall,
};
use engine::{call_pointers, intrinsic, repeat, stores, Kernel, MEMORY, UNFORESEEN, UNITS};
use frame_benchmarking::{account, v2::*};
use frame_support::{traits::fungible::Inspect, weights::WeightMeter};
use frame_system::RawOrigin;
use pallet_contracts_uapi::CallFlags;
use polkadot_sdk::*;
use program::{Memory, Source, MIN_LEN};
use setup::*;
use sp_runtime::traits::{Hash, Zero};

/// Maximum bytes passed at a time: what fits into a guest's memory beside its stack and the rest.
const MOST: u32 = MAX_WRITABLE - 64 * 1024;
/// Maximum bytes of input and of salt, which are passed together.
const HALF: u32 = MOST / 2;
/// Keys deleted at a time.
const KEYS: u32 = 1024;
/// Syscalls in a row.
const CALLS: u32 = 1600;

/// Keys that the node makes for signatures.
const KEY_TYPE: sp_core::crypto::KeyTypeId = sp_core::crypto::KeyTypeId(*b"code");

/// A frame on the call stack of a [`Setup`], with this input.
macro_rules! guest {
    ($guest:ident of $setup:ident, $input:expr) => {
        let (mut stack, instance) = $setup.split();
        #[allow(unused_mut)]
        let mut $guest = Guest::new(&mut stack, instance, $input);
    };
    ($guest:ident of $setup:ident) => {
        guest!($guest of $setup, vec![]);
    };
}

/// The longest possible key, at `memory`: as a syscall names it, and as the pallet does.
fn longest_key<T: Config>(memory: &mut Memory) -> ([u64; 2], Key<T>) {
    let len = T::MaxStorageKeyLen::get();
    let at = memory.put(&vec![0; len as usize]);
    ([at.into(), len.into()], Key::longest())
}

/// A key of fixed length, one for each number.
fn number_key(number: u32) -> [u8; 32] {
    number.using_encoded(sp_io::hashing::blake2_256)
}

/// Asserts that this is the last event.
fn assert_event<T: Config>(event: Event<T>) {
    let event: <T as Config>::RuntimeEvent = event.into();
    frame_system::Pallet::<T>::assert_last_event(event.into());
}

fn payload<T: Config>() -> u32 {
    T::Schedule::get().limits.payload_len
}

/// Transient storage of `owner`, full but for a few values.
fn full_transient<T: Config>(owner: &T::AccountId) -> TransientStorage<T> {
    let mut storage = TransientStorage::<T>::new(T::MaxTransientStorageSize::get());
    storage.start_transaction();
    let mut number = 0u32;
    while storage.write(owner, &transient_key::<T>(number), Some(vec![]), false).is_ok() {
        number += 1;
    }
    assert!(number > 1_000);
    // Room for what is measured.
    storage.rollback_transaction();
    storage.start_transaction();
    for place in 0..number - 3 {
        let _ = storage.write(owner, &transient_key::<T>(place), Some(vec![]), false);
    }
    storage
}

/// A long key; keys differ only near the end.
fn transient_key<T: Config>(number: u32) -> Key<T> {
    let mut key = vec![7; T::MaxStorageKeyLen::get() as usize - 4];
    key.extend_from_slice(&number.to_be_bytes());
    Key::try_from_var(key).expect("it is as long as the longest")
}

#[benchmarks(
    where
        <BalanceOf<T> as HasCompact>::Type: Clone + Eq + PartialEq + core::fmt::Debug + TypeInfo + Encode,
        T: Config,
)]
mod benchmarks {
    use super::*;

    // Dispatchables and hooks.

    #[benchmark(pov_mode = Measured)]
    fn on_process_deletion_queue_batch() {
        #[block]
        {
            storage::process_deletion_queue_batch::<T>(&mut WeightMeter::new());
        }
    }

    #[benchmark(skip_meta, pov_mode = Measured)]
    fn on_initialize_per_trie_key(k: Linear<0, KEYS>) {
        let contract = Contract::<T>::new(&Source::dummy());
        for number in 0..k {
            contract.put(&Key::Fix(number_key(number)), number.encode());
        }
        contract.info().queue_trie_for_deletion();
        #[block]
        {
            storage::process_deletion_queue_batch::<T>(&mut WeightMeter::new());
        }
        assert!((0..k).all(|number| contract.info().read(&Key::Fix(number_key(number))).is_none()));
        let queue = DeletionQueueCounter::<T>::get();
        assert_eq!(queue.insert_counter, queue.delete_counter);
    }

    #[benchmark(pov_mode = Measured)]
    fn migrate() {
        let caller = caller::<T>();
        let result;
        #[block]
        {
            result = Pallet::<T>::migrate(RawOrigin::Signed(caller).into(), Weight::MAX);
        }
        let none = Error::<T>::NoMigrationPerformed.into();
        assert_eq!(result.map_err(|error| error.error), Err(none), "there is no migration yet");
    }

    #[benchmark(pov_mode = Measured)]
    fn call_with_code_per_byte(c: Linear<MIN_LEN, { T::MaxCodeLen::get() }>) {
        let contract = Contract::<T>::new(&Source::dummy().len(c));
        let (origin, dest) = (contract.origin(), contract.lookup());
        #[extrinsic_call]
        call(origin, dest, 0u32.into(), Weight::MAX, None, vec![]);
        assert_event::<T>(Event::Called {
            caller: Origin::Signed(contract.caller.clone()),
            contract: contract.account.clone(),
        });
    }

    #[benchmark(pov_mode = Measured)]
    fn call_with_compressed_code_per_byte(c: Linear<MIN_LEN, { T::MaxCodeLen::get() }>) {
        let (code, len) = Source::dummy().len(c).compressed();
        // Calls of functions in random order shrink less than what compilers produce.
        assert!(len > c - 512 && (c < 16 * 1024 || code.len() as u32 <= len / 3 * 2));
        let contract = Contract::<T>::of(code, vec![]);
        let (origin, dest) = (contract.origin(), contract.lookup());
        #[extrinsic_call]
        call(origin, dest, 0u32.into(), Weight::MAX, None, vec![]);
        assert_event::<T>(Event::Called {
            caller: Origin::Signed(contract.caller.clone()),
            contract: contract.account.clone(),
        });
    }

    #[benchmark(pov_mode = Measured)]
    fn frame_memory(n: Linear<0, MOST>) {
        // One byte in each page: no program can have more cleared for that.
        let pages = n / 4096;
        let last = DATA_BASE + pages * 4096;
        let touch = format!(
            " r1 = {DATA_BASE}\nagain:\n if r1 == {last} goto done\n *(u8 *)(r1 + 0) = r1\n r1 += 4096\n \
             goto again\ndone:\n exit"
        );
        let contract = Contract::<T>::new(&Source::new(&touch).bss(n));
        let (origin, dest) = (contract.origin(), contract.lookup());
        #[extrinsic_call]
        call(origin, dest, 0u32.into(), Weight::MAX, None, vec![]);
        assert_event::<T>(Event::Called {
            caller: Origin::Signed(contract.caller.clone()),
            contract: contract.account.clone(),
        });
    }

    #[benchmark(pov_mode = Measured)]
    fn instantiate_with_code(
        c: Linear<MIN_LEN, { T::MaxCodeLen::get() }>,
        i: Linear<0, MOST>,
        s: Linear<0, MOST>,
    ) {
        let (input, salt) = (vec![42; i as usize], vec![42; s as usize]);
        let value = T::Currency::minimum_balance();
        let caller = caller::<T>();
        let code = Source::dummy().len(c).image();
        let hash = T::Hashing::hash(&code);
        let account = Pallet::<T>::contract_address(&caller, &hash, &input, &salt);
        #[extrinsic_call]
        _(RawOrigin::Signed(caller.clone()), value, Weight::MAX, None, code, input, salt);
        assert_eq!(Pallet::<T>::code_hash(&account), Some(hash));
        // The value, besides the existential deposit.
        assert_eq!(T::Currency::balance(&account), value + T::Currency::minimum_balance());
    }

    #[benchmark(pov_mode = Measured)]
    fn instantiate(i: Linear<0, MOST>, s: Linear<0, MOST>) {
        let (input, salt) = (vec![42; i as usize], vec![42; s as usize]);
        let value = T::Currency::minimum_balance();
        let hash = store::<T>(&Source::dummy());
        let caller = caller::<T>();
        let account = Pallet::<T>::contract_address(&caller, &hash, &input, &salt);
        #[extrinsic_call]
        _(RawOrigin::Signed(caller.clone()), value, Weight::MAX, None, hash, input, salt);
        assert_eq!(Pallet::<T>::code_hash(&account), Some(hash));
        assert_eq!(T::Currency::balance(&account), value + T::Currency::minimum_balance());
    }

    #[benchmark(pov_mode = Measured)]
    fn call() {
        let contract = Contract::<T>::new(&Source::dummy());
        let value = T::Currency::minimum_balance();
        let before = T::Currency::balance(&contract.account);
        let (origin, dest) = (contract.origin(), contract.lookup());
        #[extrinsic_call]
        _(origin, dest, value, Weight::MAX, None, vec![42; 1024]);
        assert_eq!(T::Currency::balance(&contract.account), before + value);
        assert_event::<T>(Event::Called {
            caller: Origin::Signed(contract.caller.clone()),
            contract: contract.account.clone(),
        });
    }

    #[benchmark(pov_mode = Measured)]
    fn upload_code_determinism_enforced(c: Linear<MIN_LEN, { T::MaxCodeLen::get() }>) {
        let caller = caller::<T>();
        let code = Source::dummy().len(c).image();
        let hash = T::Hashing::hash(&code);
        #[extrinsic_call]
        upload_code(RawOrigin::Signed(caller.clone()), code, None, Determinism::Enforced);
        assert!(PristineCode::<T>::contains_key(hash) && CodeInfoOf::<T>::contains_key(hash));
    }

    #[benchmark(pov_mode = Measured)]
    fn upload_code_determinism_relaxed(c: Linear<MIN_LEN, { T::MaxCodeLen::get() }>) {
        let caller = caller::<T>();
        let code = Source::dummy().len(c).image();
        let hash = T::Hashing::hash(&code);
        #[extrinsic_call]
        upload_code(RawOrigin::Signed(caller.clone()), code, None, Determinism::Relaxed);
        assert!(PristineCode::<T>::contains_key(hash) && CodeInfoOf::<T>::contains_key(hash));
    }

    #[benchmark(pov_mode = Measured)]
    fn remove_code() {
        let hash = store::<T>(&Source::dummy());
        #[extrinsic_call]
        _(RawOrigin::Signed(caller::<T>()), hash);
        assert!(!PristineCode::<T>::contains_key(hash) && !CodeInfoOf::<T>::contains_key(hash));
    }

    #[benchmark(pov_mode = Measured)]
    fn set_code() {
        let contract = Contract::<T>::new(&Source::dummy());
        let hash = store::<T>(&Source::dummy());
        assert_ne!(contract.info().code_hash, hash);
        #[extrinsic_call]
        _(RawOrigin::Root, contract.lookup(), hash);
        assert_eq!(contract.info().code_hash, hash);
    }

    // The frame around a syscall.

    #[benchmark(pov_mode = Measured)]
    fn noop_host_fn(r: Linear<0, CALLS>) {
        let noop = Syscall::Noop.number();
        let calls = format!(
            " r6 = {r}\nagain:\n if r6 == 0 goto done\n call {noop}\n r6 += -1\n goto again\ndone:\n exit"
        );
        let contract = Contract::<T>::new(&Source::new(&calls));
        let (origin, dest) = (contract.origin(), contract.lookup());
        #[extrinsic_call]
        call(origin, dest, 0u32.into(), Weight::MAX, None, vec![]);
        assert_event::<T>(Event::Called {
            caller: Origin::Signed(contract.caller.clone()),
            contract: contract.account.clone(),
        });
    }

    #[benchmark(pov_mode = Measured)]
    fn seal_input(n: Linear<0, MOST>) {
        let mut memory = Memory::default();
        let (out, len) = memory.output(n);
        let mut setup = Setup::<T>::new(&memory);
        guest!(guest of setup, vec![42; n as usize]);
        let result;
        #[block]
        {
            result = guest.serve(Syscall::Input.number(), [out, len, 0, 0, 0]);
        }
        assert_eq!(number(result), 0);
        assert!(guest.read(out as u32, n).unwrap().iter().all(|byte| *byte == 42));
        assert_eq!(guest.read_as::<u32>(len as u32), Ok(n));
    }

    #[benchmark(pov_mode = Measured)]
    fn seal_return(n: Linear<0, MOST>) {
        let mut memory = Memory::default();
        let data = memory.put(&vec![42; n as usize]).into();
        let mut setup = Setup::<T>::new(&memory);
        guest!(guest of setup);
        let result;
        #[block]
        {
            result = guest.serve(Syscall::Return.number(), [0, data, n.into(), 0, 0]);
        }
        assert_eq!(returned(result).data, vec![42; n as usize]);
    }

    // What a contract can learn about its call and its chain.

    #[benchmark(pov_mode = Measured)]
    fn seal_caller() {
        let mut memory = Memory::default();
        let (out, len) = memory.output(32);
        let mut setup = Setup::<T>::new(&memory);
        let caller = setup.contract.caller.clone();
        guest!(guest of setup);
        let result;
        #[block]
        {
            result = guest.serve(Syscall::Caller.number(), [out, len, 0, 0, 0]);
        }
        assert_eq!(number(result), 0);
        assert_eq!(guest.read_as::<T::AccountId>(out as u32), Ok(caller));
    }

    #[benchmark(pov_mode = Measured)]
    fn seal_is_contract() {
        let other = Contract::<T>::with_salt(&Source::dummy(), vec![1]);
        let mut memory = Memory::default();
        let account = memory.put(&other.account.encode()).into();
        let mut setup = Setup::<T>::new(&memory);
        guest!(guest of setup);
        let result;
        #[block]
        {
            result = guest.serve(Syscall::IsContract.number(), [account, 0, 0, 0, 0]);
        }
        assert_eq!(number(result), 1);
    }

    #[benchmark(pov_mode = Measured)]
    fn seal_code_hash() {
        let other = Contract::<T>::with_salt(&Source::dummy(), vec![1]);
        let mut memory = Memory::default();
        let account = memory.put(&other.account.encode()).into();
        let (out, len) = memory.output(32);
        let mut setup = Setup::<T>::new(&memory);
        guest!(guest of setup);
        let result;
        #[block]
        {
            result = guest.serve(Syscall::CodeHash.number(), [account, out, len, 0, 0]);
        }
        assert_eq!(number(result), 0);
        assert_eq!(guest.read_as(out as u32), Ok(other.info().code_hash));
    }

    #[benchmark(pov_mode = Measured)]
    fn seal_own_code_hash() {
        let mut memory = Memory::default();
        let (out, len) = memory.output(32);
        let mut setup = Setup::<T>::new(&memory);
        let hash = setup.contract.info().code_hash;
        guest!(guest of setup);
        let result;
        #[block]
        {
            result = guest.serve(Syscall::OwnCodeHash.number(), [out, len, 0, 0, 0]);
        }
        assert_eq!(number(result), 0);
        assert_eq!(guest.read_as(out as u32), Ok(hash));
    }

    #[benchmark(pov_mode = Measured)]
    fn seal_caller_is_origin() {
        let mut setup = Setup::<T>::new(&Memory::default());
        guest!(guest of setup);
        let result;
        #[block]
        {
            result = guest.serve(Syscall::CallerIsOrigin.number(), [0; 5]);
        }
        assert_eq!(number(result), 1);
    }

    #[benchmark(pov_mode = Measured)]
    fn seal_caller_is_root() {
        let mut setup = Setup::<T>::new(&Memory::default()).by_root();
        guest!(guest of setup);
        let result;
        #[block]
        {
            result = guest.serve(Syscall::CallerIsRoot.number(), [0; 5]);
        }
        assert_eq!(number(result), 1);
    }

    #[benchmark(pov_mode = Measured)]
    fn seal_address() {
        let mut memory = Memory::default();
        let (out, len) = memory.output(32);
        let mut setup = Setup::<T>::new(&memory);
        let account = setup.contract.account.clone();
        guest!(guest of setup);
        let result;
        #[block]
        {
            result = guest.serve(Syscall::Address.number(), [out, len, 0, 0, 0]);
        }
        assert_eq!(number(result), 0);
        assert_eq!(guest.read_as::<T::AccountId>(out as u32), Ok(account));
    }

    #[benchmark(pov_mode = Measured)]
    fn seal_gas_left() {
        let mut memory = Memory::default();
        // Two compact numbers of up to 9 bytes.
        let (out, len) = memory.output(18);
        let mut setup = Setup::<T>::new(&memory);
        guest!(guest of setup);
        let result;
        #[block]
        {
            // The function that returns both dimensions.
            result = guest.serve(Syscall::GasLeftV1.number(), [out, len, 0, 0, 0]);
        }
        assert_eq!(number(result), 0);
        let left = guest.ext.gas_meter().gas_left();
        assert_eq!(guest.read_as::<Weight>(out as u32), Ok(left));
    }

    #[benchmark(pov_mode = Measured)]
    fn seal_balance() {
        let mut memory = Memory::default();
        let (out, len) = memory.output(BalanceOf::<T>::max_encoded_len() as u32);
        let mut setup = Setup::<T>::new(&memory);
        guest!(guest of setup);
        let result;
        #[block]
        {
            result = guest.serve(Syscall::Balance.number(), [out, len, 0, 0, 0]);
        }
        assert_eq!(number(result), 0);
        let balance = guest.ext.balance();
        assert!(!balance.is_zero());
        assert_eq!(guest.read_as(out as u32), Ok(balance));
    }

    #[benchmark(pov_mode = Measured)]
    fn seal_value_transferred() {
        let mut memory = Memory::default();
        let (out, len) = memory.output(BalanceOf::<T>::max_encoded_len() as u32);
        let mut setup = Setup::<T>::new(&memory).with_value(77u32.into());
        guest!(guest of setup);
        let result;
        #[block]
        {
            result = guest.serve(Syscall::ValueTransferred.number(), [out, len, 0, 0, 0]);
        }
        assert_eq!(number(result), 0);
        assert_eq!(guest.read_as::<BalanceOf<T>>(out as u32), Ok(77u32.into()));
    }

    #[benchmark(pov_mode = Measured)]
    fn seal_minimum_balance() {
        let mut memory = Memory::default();
        let (out, len) = memory.output(BalanceOf::<T>::max_encoded_len() as u32);
        let mut setup = Setup::<T>::new(&memory);
        guest!(guest of setup);
        let result;
        #[block]
        {
            result = guest.serve(Syscall::MinimumBalance.number(), [out, len, 0, 0, 0]);
        }
        assert_eq!(number(result), 0);
        assert_eq!(guest.read_as(out as u32), Ok(T::Currency::minimum_balance()));
    }

    #[benchmark(pov_mode = Measured)]
    fn seal_block_number() {
        let mut memory = Memory::default();
        let (out, len) = memory.output(BlockNumberFor::<T>::max_encoded_len() as u32);
        let mut setup = Setup::<T>::new(&memory);
        guest!(guest of setup);
        let result;
        #[block]
        {
            result = guest.serve(Syscall::BlockNumber.number(), [out, len, 0, 0, 0]);
        }
        assert_eq!(number(result), 0);
        assert_eq!(guest.read_as(out as u32), Ok(guest.ext.block_number()));
    }

    #[benchmark(pov_mode = Measured)]
    fn seal_now() {
        let mut memory = Memory::default();
        let (out, len) = memory.output(16);
        let mut setup = Setup::<T>::new(&memory);
        guest!(guest of setup);
        let result;
        #[block]
        {
            result = guest.serve(Syscall::Now.number(), [out, len, 0, 0, 0]);
        }
        assert_eq!(number(result), 0);
        let now = guest.ext.now().encode();
        assert_eq!(guest.read(out as u32, now.len() as u32), Ok(now));
    }

    #[benchmark(pov_mode = Measured)]
    fn seal_weight_to_fee() {
        let mut memory = Memory::default();
        let (out, len) = memory.output(BalanceOf::<T>::max_encoded_len() as u32);
        let mut setup = Setup::<T>::new(&memory);
        guest!(guest of setup);
        let result;
        #[block]
        {
            result = guest.serve(Syscall::WeightToFeeV1.number(), [500_000, 300_000, out, len, 0]);
        }
        assert_eq!(number(result), 0);
        let fee = guest.ext.get_weight_price(Weight::from_parts(500_000, 300_000));
        assert_eq!(guest.read_as(out as u32), Ok(fee));
    }

    #[benchmark(pov_mode = Measured)]
    fn seal_random() {
        let len = T::Schedule::get().limits.subject_len;
        let mut memory = Memory::default();
        let subject = memory.put(&vec![42; len as usize]).into();
        let (out, out_len) = memory.output(64);
        let mut setup = Setup::<T>::new(&memory);
        guest!(guest of setup);
        let result;
        #[block]
        {
            result = guest.serve(Syscall::RandomV1.number(), [subject, len.into(), out, out_len, 0]);
        }
        assert_eq!(number(result), 0);
        let drawn = guest.ext.random(&vec![42; len as usize]).encode();
        assert_eq!(guest.read(out as u32, drawn.len() as u32), Ok(drawn));
    }

    #[benchmark(pov_mode = Measured)]
    fn seal_reentrance_count() {
        let mut setup = Setup::<T>::new(&Memory::default());
        let (mut stack, instance) = setup.split();
        let frames = stack.fill_for_benchmark();
        let mut guest = Guest::new(&mut stack, instance, vec![]);
        let result;
        #[block]
        {
            result = guest.serve(Syscall::ReentranceCount.number(), [0; 5]);
        }
        assert_eq!(number(result), frames - 1);
    }

    #[benchmark(pov_mode = Measured)]
    fn seal_account_reentrance_count() {
        let contract = Contract::<T>::new(&Source::dummy());
        let mut memory = Memory::default();
        let account = memory.put(&contract.account.encode()).into();
        let mut setup = Setup::of(contract, &memory);
        let (mut stack, instance) = setup.split();
        let frames = stack.fill_for_benchmark();
        let mut guest = Guest::new(&mut stack, instance, vec![]);
        let result;
        #[block]
        {
            result = guest.serve(Syscall::AccountReentranceCount.number(), [account, 0, 0, 0, 0]);
        }
        assert_eq!(number(result), frames);
    }

    #[benchmark(pov_mode = Measured)]
    fn seal_instantiation_nonce() {
        let mut setup = Setup::<T>::new(&Memory::default());
        guest!(guest of setup);
        let result;
        #[block]
        {
            result = guest.serve(Syscall::InstantiationNonce.number(), [0; 5]);
        }
        assert_eq!(number(result), Nonce::<T>::get());
    }

    // What it says.

    #[benchmark(pov_mode = Measured)]
    fn seal_deposit_event(
        t: Linear<0, { T::Schedule::get().limits.event_topics }>,
        n: Linear<0, { T::Schedule::get().limits.payload_len }>,
    ) {
        let topics: Vec<_> = (0..t).map(|number| T::Hashing::hash_of(&number)).collect();
        let mut memory = Memory::default();
        let encoded = topics.encode();
        let (at, len) = (memory.put(&encoded), if t == 0 { 0 } else { encoded.len() as u64 });
        let data = memory.put(&vec![42; n as usize]);
        let mut setup = Setup::<T>::new(&memory);
        let contract = setup.contract.account.clone();
        guest!(guest of setup);
        let result;
        #[block]
        {
            result = guest.serve(Syscall::DepositEvent.number(), [at.into(), len, data.into(), n.into(), 0]);
        }
        assert_eq!(number(result), 0);
        assert_event::<T>(Event::ContractEmitted { contract, data: vec![42; n as usize] });
        let record = frame_system::Pallet::<T>::events().pop().expect("it is there");
        assert_eq!(record.topics, topics);
    }

    #[benchmark(pov_mode = Measured)]
    fn seal_debug_message(i: Linear<0, { MOST.min(T::MaxDebugBufferLen::get()) }>) {
        let mut memory = Memory::default();
        let text = memory.put(&vec![b'x'; i as usize]).into();
        let mut setup = Setup::<T>::new(&memory);
        guest!(guest of setup);
        let result;
        #[block]
        {
            result = guest.serve(Syscall::DebugMessage.number(), [text, i.into(), 0, 0, 0]);
        }
        assert_eq!(number(result), 0);
        assert_eq!(setup.debug().len(), i as usize);
    }

    // Storage.

    #[benchmark(skip_meta, pov_mode = Measured)]
    fn get_storage_empty() {
        let contract = Contract::<T>::new(&Source::dummy());
        let key = Key::<T>::longest();
        contract.put(&key, vec![1; payload::<T>() as usize]);
        let info = contract.info();
        let value;
        #[block]
        {
            value = info.read(&key);
        }
        assert_eq!(value, Some(vec![1; payload::<T>() as usize]));
    }

    #[benchmark(skip_meta, pov_mode = Measured)]
    fn get_storage_full() {
        let contract = Contract::<T>::new(&Source::dummy());
        let key = Key::<T>::longest();
        contract.put(&key, vec![1; payload::<T>() as usize]);
        contract.deepen(&key);
        let info = contract.info();
        let value;
        #[block]
        {
            value = info.read(&key);
        }
        assert_eq!(value, Some(vec![1; payload::<T>() as usize]));
    }

    #[benchmark(skip_meta, pov_mode = Measured)]
    fn set_storage_empty() {
        let contract = Contract::<T>::new(&Source::dummy());
        let key = Key::<T>::longest();
        contract.put(&key, vec![1; payload::<T>() as usize]);
        let (info, value) = (contract.info(), vec![42; payload::<T>() as usize]);
        let outcome;
        #[block]
        {
            outcome = info.write(&key, Some(&value), None, false);
        }
        assert_eq!(outcome.old_len(), payload::<T>());
        assert_eq!(info.read(&key), Some(value));
    }

    #[benchmark(skip_meta, pov_mode = Measured)]
    fn set_storage_full() {
        let contract = Contract::<T>::new(&Source::dummy());
        let key = Key::<T>::longest();
        contract.put(&key, vec![1; payload::<T>() as usize]);
        contract.deepen(&key);
        let (info, value) = (contract.info(), vec![42; payload::<T>() as usize]);
        let outcome;
        #[block]
        {
            outcome = info.write(&key, Some(&value), None, false);
        }
        assert_eq!(outcome.old_len(), payload::<T>());
        assert_eq!(info.read(&key), Some(value));
    }

    #[benchmark(skip_meta, pov_mode = Measured)]
    fn seal_set_storage(
        n: Linear<0, { T::Schedule::get().limits.payload_len }>,
        o: Linear<0, { T::Schedule::get().limits.payload_len }>,
    ) {
        let mut memory = Memory::default();
        let ([key_ptr, key_len], key) = longest_key::<T>(&mut memory);
        let value = memory.put(&vec![42; n as usize]).into();
        let mut setup = Setup::<T>::new(&memory);
        setup.contract.put(&key, vec![1; o as usize]);
        let info = setup.contract.info();
        guest!(guest of setup);
        let result;
        #[block]
        {
            result = guest.serve(Syscall::SetStorageV2.number(), [key_ptr, key_len, value, n.into(), 0]);
        }
        assert_eq!(number(result), u64::from(o));
        assert_eq!(info.read(&key), Some(vec![42; n as usize]));
    }

    #[benchmark(skip_meta, pov_mode = Measured)]
    fn seal_clear_storage(n: Linear<0, { T::Schedule::get().limits.payload_len }>) {
        let mut memory = Memory::default();
        let ([key_ptr, key_len], key) = longest_key::<T>(&mut memory);
        let mut setup = Setup::<T>::new(&memory);
        setup.contract.put(&key, vec![42; n as usize]);
        let info = setup.contract.info();
        guest!(guest of setup);
        let result;
        #[block]
        {
            result = guest.serve(Syscall::ClearStorageV1.number(), [key_ptr, key_len, 0, 0, 0]);
        }
        assert_eq!(number(result), u64::from(n));
        assert_eq!(info.read(&key), None);
    }

    #[benchmark(skip_meta, pov_mode = Measured)]
    fn seal_get_storage(n: Linear<0, { T::Schedule::get().limits.payload_len }>) {
        let mut memory = Memory::default();
        let ([key_ptr, key_len], key) = longest_key::<T>(&mut memory);
        let (out, out_len) = memory.output(n);
        let mut setup = Setup::<T>::new(&memory);
        setup.contract.put(&key, vec![42; n as usize]);
        guest!(guest of setup);
        let result;
        #[block]
        {
            result = guest.serve(Syscall::GetStorageV1.number(), [key_ptr, key_len, out, out_len, 0]);
        }
        assert_eq!(number(result), 0);
        assert_eq!(guest.read(out as u32, n), Ok(vec![42; n as usize]));
    }

    #[benchmark(skip_meta, pov_mode = Measured)]
    fn seal_contains_storage(n: Linear<0, { T::Schedule::get().limits.payload_len }>) {
        let mut memory = Memory::default();
        let ([key_ptr, key_len], key) = longest_key::<T>(&mut memory);
        let mut setup = Setup::<T>::new(&memory);
        setup.contract.put(&key, vec![42; n as usize]);
        guest!(guest of setup);
        let result;
        #[block]
        {
            result = guest.serve(Syscall::ContainsStorageV1.number(), [key_ptr, key_len, 0, 0, 0]);
        }
        assert_eq!(number(result), u64::from(n));
    }

    #[benchmark(skip_meta, pov_mode = Measured)]
    fn seal_take_storage(n: Linear<0, { T::Schedule::get().limits.payload_len }>) {
        let mut memory = Memory::default();
        let ([key_ptr, key_len], key) = longest_key::<T>(&mut memory);
        let (out, out_len) = memory.output(n);
        let mut setup = Setup::<T>::new(&memory);
        setup.contract.put(&key, vec![42; n as usize]);
        let info = setup.contract.info();
        guest!(guest of setup);
        let result;
        #[block]
        {
            result = guest.serve(Syscall::TakeStorage.number(), [key_ptr, key_len, out, out_len, 0]);
        }
        assert_eq!(number(result), 0);
        assert_eq!(info.read(&key), None);
        assert_eq!(guest.read(out as u32, n), Ok(vec![42; n as usize]));
    }

    // Transient storage.

    #[benchmark(pov_mode = Ignored)]
    fn set_transient_storage_empty() {
        let (owner, value) = (rich::<T>("owner"), vec![]);
        let key = transient_key::<T>(u32::MAX);
        let mut storage = TransientStorage::<T>::new(T::MaxTransientStorageSize::get());
        storage.start_transaction();
        let result;
        #[block]
        {
            result = storage.write(&owner, &key, Some(value.clone()), false);
        }
        assert!(matches!(result, Ok(WriteOutcome::New)));
        assert_eq!(storage.read(&owner, &key), Some(value));
    }

    #[benchmark(pov_mode = Ignored)]
    fn set_transient_storage_full() {
        let (owner, value) = (rich::<T>("owner"), vec![]);
        let key = transient_key::<T>(u32::MAX);
        let mut storage = full_transient::<T>(&owner);
        let result;
        #[block]
        {
            result = storage.write(&owner, &key, Some(value.clone()), false);
        }
        assert!(matches!(result, Ok(WriteOutcome::New)));
        assert_eq!(storage.read(&owner, &key), Some(value));
    }

    #[benchmark(pov_mode = Ignored)]
    fn get_transient_storage_empty() {
        let owner = rich::<T>("owner");
        let key = transient_key::<T>(u32::MAX);
        let mut storage = TransientStorage::<T>::new(T::MaxTransientStorageSize::get());
        storage.start_transaction();
        assert!(storage.write(&owner, &key, Some(vec![42]), false).is_ok());
        let value;
        #[block]
        {
            value = storage.read(&owner, &key);
        }
        assert_eq!(value, Some(vec![42]));
    }

    #[benchmark(pov_mode = Ignored)]
    fn get_transient_storage_full() {
        let owner = rich::<T>("owner");
        let key = transient_key::<T>(u32::MAX);
        let mut storage = full_transient::<T>(&owner);
        assert!(storage.write(&owner, &key, Some(vec![42]), false).is_ok());
        let value;
        #[block]
        {
            value = storage.read(&owner, &key);
        }
        assert_eq!(value, Some(vec![42]));
    }

    #[benchmark(pov_mode = Ignored)]
    fn rollback_transient_storage() {
        let owner = rich::<T>("owner");
        let key = transient_key::<T>(u32::MAX);
        let mut storage = full_transient::<T>(&owner);
        storage.start_transaction();
        assert!(storage.write(&owner, &key, Some(vec![]), false).is_ok());
        #[block]
        {
            storage.rollback_transaction();
        }
        assert_eq!(storage.read(&owner, &key), None);
    }

    #[benchmark(pov_mode = Measured)]
    fn seal_set_transient_storage(
        n: Linear<0, { T::Schedule::get().limits.payload_len }>,
        o: Linear<0, { T::Schedule::get().limits.payload_len }>,
    ) {
        let mut memory = Memory::default();
        let ([key_ptr, key_len], key) = longest_key::<T>(&mut memory);
        let value = memory.put(&vec![42; n as usize]).into();
        let mut setup = Setup::<T>::new(&memory);
        guest!(guest of setup);
        assert!(guest.ext.set_transient_storage(&key, Some(vec![1; o as usize]), false).is_ok());
        let result;
        #[block]
        {
            let args = [key_ptr, key_len, value, n.into(), 0];
            result = guest.serve(Syscall::SetTransientStorage.number(), args);
        }
        assert_eq!(number(result), u64::from(o));
        assert_eq!(guest.ext.get_transient_storage(&key), Some(vec![42; n as usize]));
    }

    #[benchmark(pov_mode = Measured)]
    fn seal_clear_transient_storage(n: Linear<0, { T::Schedule::get().limits.payload_len }>) {
        let mut memory = Memory::default();
        let ([key_ptr, key_len], key) = longest_key::<T>(&mut memory);
        let mut setup = Setup::<T>::new(&memory);
        guest!(guest of setup);
        assert!(guest.ext.set_transient_storage(&key, Some(vec![42; n as usize]), false).is_ok());
        let result;
        #[block]
        {
            result = guest.serve(Syscall::ClearTransientStorage.number(), [key_ptr, key_len, 0, 0, 0]);
        }
        assert_eq!(number(result), u64::from(n));
        assert_eq!(guest.ext.get_transient_storage(&key), None);
    }

    #[benchmark(pov_mode = Measured)]
    fn seal_get_transient_storage(n: Linear<0, { T::Schedule::get().limits.payload_len }>) {
        let mut memory = Memory::default();
        let ([key_ptr, key_len], key) = longest_key::<T>(&mut memory);
        let (out, out_len) = memory.output(n);
        let mut setup = Setup::<T>::new(&memory);
        guest!(guest of setup);
        assert!(guest.ext.set_transient_storage(&key, Some(vec![42; n as usize]), false).is_ok());
        let result;
        #[block]
        {
            let args = [key_ptr, key_len, out, out_len, 0];
            result = guest.serve(Syscall::GetTransientStorage.number(), args);
        }
        assert_eq!(number(result), 0);
        assert_eq!(guest.read(out as u32, n), Ok(vec![42; n as usize]));
    }

    #[benchmark(pov_mode = Measured)]
    fn seal_contains_transient_storage(n: Linear<0, { T::Schedule::get().limits.payload_len }>) {
        let mut memory = Memory::default();
        let ([key_ptr, key_len], key) = longest_key::<T>(&mut memory);
        let mut setup = Setup::<T>::new(&memory);
        guest!(guest of setup);
        assert!(guest.ext.set_transient_storage(&key, Some(vec![42; n as usize]), false).is_ok());
        let result;
        #[block]
        {
            result = guest.serve(Syscall::ContainsTransientStorage.number(), [key_ptr, key_len, 0, 0, 0]);
        }
        assert_eq!(number(result), u64::from(n));
    }

    #[benchmark(pov_mode = Measured)]
    fn seal_take_transient_storage(n: Linear<0, { T::Schedule::get().limits.payload_len }>) {
        let mut memory = Memory::default();
        let ([key_ptr, key_len], key) = longest_key::<T>(&mut memory);
        let (out, out_len) = memory.output(n);
        let mut setup = Setup::<T>::new(&memory);
        guest!(guest of setup);
        assert!(guest.ext.set_transient_storage(&key, Some(vec![42; n as usize]), false).is_ok());
        let result;
        #[block]
        {
            let args = [key_ptr, key_len, out, out_len, 0];
            result = guest.serve(Syscall::TakeTransientStorage.number(), args);
        }
        assert_eq!(number(result), 0);
        assert_eq!(guest.ext.get_transient_storage(&key), None);
        assert_eq!(guest.read(out as u32, n), Ok(vec![42; n as usize]));
    }

    // Other contracts.

    #[benchmark(pov_mode = Measured)]
    fn seal_transfer() {
        let receiver: T::AccountId = account("receiver", 0, 0);
        let value = T::Currency::minimum_balance();
        assert!(value > 0u32.into());
        let mut memory = Memory::default();
        let (to, amount) = (memory.put(&receiver.encode()), memory.put(&value.encode()));
        let amount_len = value.encoded_size() as u64;
        let mut setup = Setup::<T>::new(&memory);
        guest!(guest of setup);
        let result;
        #[block]
        {
            result = guest.serve(Syscall::Transfer.number(), [to.into(), 32, amount.into(), amount_len, 0]);
        }
        assert_eq!(number(result), 0);
        assert_eq!(T::Currency::balance(&receiver), value);
    }

    #[benchmark(pov_mode = Measured)]
    fn seal_call(t: Linear<0, 1>, i: Linear<0, MOST>) {
        let callee = Contract::<T>::with_salt(&Source::dummy(), vec![1]);
        let value = T::Currency::minimum_balance() * BalanceOf::<T>::from(t);
        let limit = funds::<T>() / 10u32.into();
        let mut memory = Memory::default();
        let to = memory.put(&callee.account.encode()).into();
        let (amount, deposit) = (memory.put(&value.encode()).into(), memory.put(&limit.encode()).into());
        let flags = CallFlags::CLONE_INPUT.bits().into();
        let none = u64::from(SENTINEL);
        let args = registers(&mut memory, &[flags, to, 0, 0, deposit, amount, 0, 0, none, 0]);
        let mut setup = Setup::<T>::new(&memory);
        let before = T::Currency::balance(&callee.account);
        guest!(guest of setup, vec![42; i as usize]);
        let result;
        #[block]
        {
            result = guest.serve(Syscall::CallV2.number(), args);
        }
        assert_eq!(number(result), 0);
        assert_eq!(T::Currency::balance(&callee.account), before + value);
        let caller = Origin::Signed(guest.ext.address().clone());
        assert_event::<T>(Event::Called { caller, contract: callee.account });
    }

    #[benchmark(pov_mode = Measured)]
    fn seal_delegate_call() {
        let hash = store::<T>(&Source::dummy());
        let mut memory = Memory::default();
        let code = memory.put(&hash.encode()).into();
        let args = registers(&mut memory, &[0, code, 0, 0, SENTINEL.into(), 0]);
        let mut setup = Setup::<T>::new(&memory);
        guest!(guest of setup);
        let result;
        #[block]
        {
            result = guest.serve(Syscall::DelegateCall.number(), args);
        }
        assert_eq!(number(result), 0);
        let contract = guest.ext.address().clone();
        assert_event::<T>(Event::DelegateCalled { contract, code_hash: hash });
    }

    #[benchmark(pov_mode = Measured)]
    fn seal_instantiate(i: Linear<0, HALF>, s: Linear<0, HALF>) {
        let hash = store::<T>(&Source::dummy());
        let value = T::Currency::minimum_balance();
        let limit = funds::<T>() / 10u32.into();
        let (input, salt) = (vec![42; i as usize], vec![43; s as usize]);
        let mut memory = Memory::default();
        let code = memory.put(&hash.encode()).into();
        let (amount, deposit) = (memory.put(&value.encode()).into(), memory.put(&limit.encode()).into());
        let (input_ptr, salt_ptr) = (memory.put(&input).into(), memory.put(&salt).into());
        let (address, address_len) = memory.output(T::AccountId::max_encoded_len() as u32);
        let none = u64::from(SENTINEL);
        let args = [
            code,
            0,
            0,
            deposit,
            amount,
            input_ptr,
            i.into(),
            address,
            address_len,
            none,
            0,
            salt_ptr,
            s.into(),
        ];
        let args = registers(&mut memory, &args);
        let mut setup = Setup::<T>::new(&memory);
        let account = Pallet::<T>::contract_address(&setup.contract.account, &hash, &input, &salt);
        guest!(guest of setup);
        let result;
        #[block]
        {
            result = guest.serve(Syscall::InstantiateV2.number(), args);
        }
        assert_eq!(number(result), 0);
        assert_eq!(Pallet::<T>::code_hash(&account), Some(hash));
        assert_eq!(guest.read_as(address as u32), Ok(account));
    }

    #[benchmark(pov_mode = Measured)]
    fn seal_terminate(n: Linear<0, { T::MaxDelegateDependencies::get() }>) {
        let beneficiary = rich::<T>("beneficiary");
        let codes: Vec<_> = (0..n).map(|_| store::<T>(&Source::dummy())).collect();
        let mut memory = Memory::default();
        let to = memory.put(&beneficiary.encode()).into();
        let mut setup = Setup::<T>::new(&memory);
        let account = setup.contract.account.clone();
        guest!(guest of setup);
        for code in codes {
            assert_eq!(guest.ext.lock_delegate_dependency(code), Ok(()));
        }
        let result;
        #[block]
        {
            result = guest.serve(Syscall::TerminateV1.number(), [to, 0, 0, 0, 0]);
        }
        assert_eq!(returned(result), ExecReturnValue::empty());
        assert!(!ContractInfoOf::<T>::contains_key(&account));
        assert_event::<T>(Event::Terminated { contract: account, beneficiary });
    }

    #[benchmark(pov_mode = Measured)]
    fn seal_set_code_hash() {
        let hash = store::<T>(&Source::dummy());
        let mut memory = Memory::default();
        let code = memory.put(&hash.encode()).into();
        let mut setup = Setup::<T>::new(&memory);
        guest!(guest of setup);
        let result;
        #[block]
        {
            result = guest.serve(Syscall::SetCodeHash.number(), [code, 0, 0, 0, 0]);
        }
        assert_eq!(number(result), 0);
        assert_eq!(guest.ext.own_code_hash(), Ok(hash));
    }

    #[benchmark(pov_mode = Measured)]
    fn lock_delegate_dependency() {
        let hash = store::<T>(&Source::dummy());
        let mut memory = Memory::default();
        let code = memory.put(&hash.encode()).into();
        let mut setup = Setup::<T>::new(&memory);
        guest!(guest of setup);
        let result;
        #[block]
        {
            result = guest.serve(Syscall::LockDelegateDependency.number(), [code, 0, 0, 0, 0]);
        }
        assert_eq!(number(result), 0);
        assert_eq!(guest.ext.locked_delegate_dependencies_count(), 1);
    }

    #[benchmark(pov_mode = Measured)]
    fn unlock_delegate_dependency() {
        let hash = store::<T>(&Source::dummy());
        let mut memory = Memory::default();
        let code = memory.put(&hash.encode()).into();
        let mut setup = Setup::<T>::new(&memory);
        guest!(guest of setup);
        assert_eq!(guest.ext.lock_delegate_dependency(hash), Ok(()));
        let result;
        #[block]
        {
            result = guest.serve(Syscall::UnlockDelegateDependency.number(), [code, 0, 0, 0, 0]);
        }
        assert_eq!(number(result), 0);
        assert_eq!(guest.ext.locked_delegate_dependencies_count(), 0);
    }

    // Cryptography.

    #[benchmark(pov_mode = Measured)]
    fn seal_hash_sha2_256(n: Linear<0, MOST>) {
        let mut memory = Memory::default();
        let (input, out) = (memory.put(&vec![42; n as usize]).into(), memory.space(32));
        let mut setup = Setup::<T>::new(&memory);
        guest!(guest of setup);
        let result;
        #[block]
        {
            result = guest.serve(Syscall::HashSha2256.number(), [input, n.into(), out.into(), 0, 0]);
        }
        assert_eq!(number(result), 0);
        assert_eq!(guest.read_as(out), Ok(sp_io::hashing::sha2_256(&vec![42; n as usize])));
    }

    #[benchmark(pov_mode = Measured)]
    fn seal_hash_keccak_256(n: Linear<0, MOST>) {
        let mut memory = Memory::default();
        let (input, out) = (memory.put(&vec![42; n as usize]).into(), memory.space(32));
        let mut setup = Setup::<T>::new(&memory);
        guest!(guest of setup);
        let result;
        #[block]
        {
            result = guest.serve(Syscall::HashKeccak256.number(), [input, n.into(), out.into(), 0, 0]);
        }
        assert_eq!(number(result), 0);
        assert_eq!(guest.read_as(out), Ok(sp_io::hashing::keccak_256(&vec![42; n as usize])));
    }

    #[benchmark(pov_mode = Measured)]
    fn seal_hash_blake2_256(n: Linear<0, MOST>) {
        let mut memory = Memory::default();
        let (input, out) = (memory.put(&vec![42; n as usize]).into(), memory.space(32));
        let mut setup = Setup::<T>::new(&memory);
        guest!(guest of setup);
        let result;
        #[block]
        {
            result = guest.serve(Syscall::HashBlake2256.number(), [input, n.into(), out.into(), 0, 0]);
        }
        assert_eq!(number(result), 0);
        assert_eq!(guest.read_as(out), Ok(sp_io::hashing::blake2_256(&vec![42; n as usize])));
    }

    #[benchmark(pov_mode = Measured)]
    fn seal_hash_blake2_128(n: Linear<0, MOST>) {
        let mut memory = Memory::default();
        let (input, out) = (memory.put(&vec![42; n as usize]).into(), memory.space(32));
        let mut setup = Setup::<T>::new(&memory);
        guest!(guest of setup);
        let result;
        #[block]
        {
            result = guest.serve(Syscall::HashBlake2128.number(), [input, n.into(), out.into(), 0, 0]);
        }
        assert_eq!(number(result), 0);
        assert_eq!(guest.read_as(out), Ok(sp_io::hashing::blake2_128(&vec![42; n as usize])));
    }

    #[benchmark(pov_mode = Measured)]
    fn seal_sr25519_verify(n: Linear<0, MOST>) {
        let message = vec![42; n as usize];
        let key = sp_io::crypto::sr25519_generate(KEY_TYPE, None);
        let signature = sp_io::crypto::sr25519_sign(KEY_TYPE, &key, &message).expect("it was just made");
        let mut memory = Memory::default();
        let (signature, key) = (memory.put(signature.as_ref()), memory.put(key.as_ref()));
        let message = memory.put(&message);
        let mut setup = Setup::<T>::new(&memory);
        guest!(guest of setup);
        let result;
        #[block]
        {
            let args = [signature.into(), key.into(), n.into(), message.into(), 0];
            result = guest.serve(Syscall::Sr25519Verify.number(), args);
        }
        assert_eq!(number(result), 0, "the signature is good");
    }

    #[benchmark(pov_mode = Measured)]
    fn seal_ecdsa_recover() {
        let hash = sp_io::hashing::blake2_256(b"message");
        let key = sp_io::crypto::ecdsa_generate(KEY_TYPE, None);
        let signature = sp_io::crypto::ecdsa_sign_prehashed(KEY_TYPE, &key, &hash).expect("it was just made");
        let mut memory = Memory::default();
        let (signature, hash) = (memory.put(signature.as_ref()), memory.put(&hash));
        let out = memory.space(33);
        let mut setup = Setup::<T>::new(&memory);
        guest!(guest of setup);
        let result;
        #[block]
        {
            let args = [signature.into(), hash.into(), out.into(), 0, 0];
            result = guest.serve(Syscall::EcdsaRecover.number(), args);
        }
        assert_eq!(number(result), 0);
        assert_eq!(guest.read(out, 33), Ok(AsRef::<[u8]>::as_ref(&key).to_vec()));
    }

    #[benchmark(pov_mode = Measured)]
    fn seal_ecdsa_to_eth_address() {
        let key = sp_io::crypto::ecdsa_generate(KEY_TYPE, None);
        let mut memory = Memory::default();
        let (input, out) = (memory.put(key.as_ref()).into(), memory.space(20));
        let mut setup = Setup::<T>::new(&memory);
        guest!(guest of setup);
        let result;
        #[block]
        {
            result = guest.serve(Syscall::EcdsaToEthAddress.number(), [input, out.into(), 0, 0, 0]);
        }
        assert_eq!(number(result), 0);
        let address = guest.ext.ecdsa_to_eth_address(&key.0).expect("it is a key");
        assert_eq!(guest.read_as(out), Ok(address));
    }

    // The engine. Not in `weights.rs`: see `engine`.

    #[benchmark(extra, pov_mode = Ignored)]
    fn gas_alu(r: Linear<0, UNITS>) {
        let kernel = Kernel::<T>::new(" r6 = 1\n r7 = 3", &repeat(" r6 += r7\n r7 ^= r6"));
        #[block]
        {
            kernel.run(r);
        }
    }

    #[benchmark(extra, pov_mode = Ignored)]
    fn gas_mul(r: Linear<0, UNITS>) {
        let kernel = Kernel::<T>::new(" r6 = 3\n r7 = 5", &repeat(" r6 *= r7"));
        #[block]
        {
            kernel.run(r);
        }
    }

    #[benchmark(extra, pov_mode = Ignored)]
    fn gas_div(r: Linear<0, UNITS>) {
        let kernel =
            Kernel::<T>::new(" r7 = 3", &repeat(" r6 = -1\n r6 |= r8\n r6 /= r7\n r8 = r6\n r8 >>= 63"));
        #[block]
        {
            kernel.run(r);
        }
    }

    #[benchmark(extra, pov_mode = Ignored)]
    fn gas_load(r: Linear<0, UNITS>) {
        let kernel =
            Kernel::<T>::new(&format!(" r6 = {DATA_BASE}"), &repeat(" r6 = *(u64 *)(r6 + 0)")).chained();
        #[block]
        {
            kernel.run(r);
        }
    }

    #[benchmark(extra, pov_mode = Ignored)]
    fn gas_load_near(r: Linear<0, UNITS>) {
        let kernel = Kernel::<T>::new(
            &format!(" r6 = {DATA_BASE}"),
            &repeat(" r7 = *(u64 *)(r6 + 8)\n r8 = *(u32 *)(r6 + 16)"),
        );
        #[block]
        {
            kernel.run(r);
        }
    }

    #[benchmark(extra, pov_mode = Ignored)]
    fn gas_store(r: Linear<0, UNITS>) {
        let kernel =
            Kernel::<T>::new(&format!(" r6 = {DATA_BASE}\n r8 = {}", DATA_BASE + MEMORY - 8), &stores());
        #[block]
        {
            kernel.run(r);
        }
    }

    #[benchmark(extra, pov_mode = Ignored)]
    fn gas_store_near(r: Linear<0, UNITS>) {
        let kernel = Kernel::<T>::new(
            &format!(" r6 = {DATA_BASE}"),
            &repeat(" *(u64 *)(r6 + 8) = r7\n *(u8 *)(r6 + 16) = r7"),
        );
        #[block]
        {
            kernel.run(r);
        }
    }

    #[benchmark(extra, pov_mode = Ignored)]
    fn gas_atomic(r: Linear<0, UNITS>) {
        let kernel = Kernel::<T>::new(&format!(" r6 = {DATA_BASE}"), &repeat(" lock *(u64 *)(r6 + 0) += r7"));
        #[block]
        {
            kernel.run(r);
        }
    }

    #[benchmark(extra, pov_mode = Ignored)]
    fn gas_jump(r: Linear<0, UNITS>) {
        let kernel = Kernel::<T>::new(" r6 = 1", &repeat(" if r6 == 0 goto +0"));
        #[block]
        {
            kernel.run(r);
        }
    }

    #[benchmark(extra, pov_mode = Ignored)]
    fn gas_jump_unforeseen(r: Linear<0, UNITS>) {
        let kernel = Kernel::<T>::new(" r6 = 12345", &repeat(UNFORESEEN));
        #[block]
        {
            kernel.run(r);
        }
    }

    #[benchmark(extra, pov_mode = Ignored)]
    fn gas_jump_pointer(r: Linear<0, UNITS>) {
        let text = format!(" r6 = {RODATA_BASE}\nagain:\n r7 = *(u64 *)(r6 + 0)\n gotox r7");
        let kernel = Kernel::<T>::of(&Source::new(&text).table(&["again"]));
        #[block]
        {
            kernel.run(r);
        }
    }

    #[benchmark(extra, pov_mode = Ignored)]
    fn gas_call(r: Linear<0, UNITS>) {
        let text = format!("again:\n{}\n goto again", repeat(" call callee"));
        let kernel = Kernel::<T>::of(&Source::new(&text).function("callee", " exit"));
        #[block]
        {
            kernel.run(r);
        }
    }

    #[benchmark(extra, pov_mode = Ignored)]
    fn gas_call_pointer(r: Linear<0, UNITS>) {
        let text = call_pointers();
        let kernel = Kernel::<T>::of(&Source::new(&text).function("callee", " exit"));
        #[block]
        {
            kernel.run(r);
        }
    }

    #[benchmark(extra, pov_mode = Ignored)]
    fn gas_copy_short(r: Linear<0, UNITS>) {
        let kernel = Kernel::<T>::new(
            &format!(" r1 = {DATA_BASE}\n r2 = {}\n r3 = 24", DATA_BASE + MEMORY / 2),
            &repeat(&intrinsic(Intrinsic::MemCpy)),
        );
        #[block]
        {
            kernel.run(r);
        }
    }

    #[benchmark(extra, pov_mode = Ignored)]
    fn gas_copy(r: Linear<0, UNITS>) {
        let kernel = Kernel::<T>::new(
            &format!(" r1 = {DATA_BASE}\n r2 = {}\n r3 = {}", DATA_BASE + MEMORY / 2, MEMORY / 4),
            &repeat(&intrinsic(Intrinsic::MemCpy)),
        );
        #[block]
        {
            kernel.run(r);
        }
    }

    #[benchmark(extra, pov_mode = Ignored)]
    fn gas_move(r: Linear<0, UNITS>) {
        let kernel = Kernel::<T>::new(
            &format!(" r1 = {DATA_BASE}\n r2 = {}\n r3 = {}", DATA_BASE + MEMORY / 2, MEMORY / 4),
            &repeat(&intrinsic(Intrinsic::MemMove)),
        );
        #[block]
        {
            kernel.run(r);
        }
    }

    #[benchmark(extra, pov_mode = Ignored)]
    fn gas_set(r: Linear<0, UNITS>) {
        let kernel = Kernel::<T>::new(
            &format!(" r1 = {DATA_BASE}\n r2 = 7\n r3 = {}", MEMORY / 4),
            &repeat(&intrinsic(Intrinsic::MemSet)),
        );
        #[block]
        {
            kernel.run(r);
        }
    }

    #[benchmark(extra, pov_mode = Ignored)]
    fn gas_compare(r: Linear<0, UNITS>) {
        let kernel = Kernel::<T>::new(
            &format!(" r1 = {DATA_BASE}\n r2 = {}\n r3 = {}", DATA_BASE + MEMORY / 2, MEMORY / 4),
            &repeat(&intrinsic(Intrinsic::MemCmp)),
        );
        #[block]
        {
            kernel.run(r);
        }
    }

    #[benchmark(extra, pov_mode = Ignored)]
    fn gas_wide_mul(r: Linear<0, UNITS>) {
        let kernel =
            Kernel::<T>::new(" r1 = -1\n r2 = -2\n r3 = -3\n r4 = 5", &repeat(&intrinsic(Intrinsic::MulTi)));
        #[block]
        {
            kernel.run(r);
        }
    }

    #[benchmark(extra, pov_mode = Ignored)]
    fn gas_wide_div(r: Linear<0, UNITS>) {
        let kernel =
            Kernel::<T>::new(" r1 = -1\n r2 = -1\n r3 = -3\n r4 = 5", &repeat(&intrinsic(Intrinsic::UDivTi)));
        #[block]
        {
            kernel.run(r);
        }
    }

    impl_benchmark_test_suite!(
        Pallet,
        crate::tests::mock::benchmark_externalities(),
        crate::tests::mock::Test
    );
}

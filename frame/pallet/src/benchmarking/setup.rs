//! A contract on the chain, and a frame of it that makes syscalls.

use super::program::{Memory, Source};
use crate::{
    code,
    exec::{Context, Stack},
    executable::Blob,
    gas::GasMeter,
    storage::{meter::Meter, ContractInfo, Key},
    syscalls::Stop,
    AccountIdOf, BalanceOf, Code, CodeHash, CollectEvents, Config, ContractInfoOf, DebugBuffer, DebugInfo,
    Determinism, ExecReturnValue, Origin, Pallet, Schedule,
};
use alloc::{vec, vec::Vec};
use contract_abi::syscall::REGISTER_ARGS;
use frame_benchmarking::{account, whitelisted_caller};
use frame_support::{
    storage::child,
    traits::{fungible::Mutate, Get},
};
use frame_system::RawOrigin;
use inkbpf_host::{Engine, Entry, Instance as _};
use polkadot_sdk::*;
use sp_runtime::traits::{Bounded, StaticLookup};
use sp_weights::Weight;

/// The balance of callers and contracts in the benchmarks.
pub fn funds<T: Config>() -> BalanceOf<T> {
    BalanceOf::<T>::max_value() / 10_000u32.into()
}

/// A rich account.
pub fn rich<T: Config>(name: &'static str) -> AccountIdOf<T> {
    let rich = account(name, 0, 0);
    T::Currency::set_balance(&rich, funds::<T>());
    rich
}

/// The account that calls. Reads and writes of its own state do not count.
pub fn caller<T: Config>() -> AccountIdOf<T> {
    let caller = whitelisted_caller();
    T::Currency::set_balance(&caller, funds::<T>());
    caller
}

/// Stores the code of `source` for [`caller`].
pub fn store<T: Config>(source: &Source) -> CodeHash<T> {
    let stored = Pallet::<T>::bare_upload_code(caller::<T>(), source.image(), None, Determinism::Enforced);
    stored.expect("a benchmark's code can be stored").code_hash
}

/// A contract on the chain.
pub struct Contract<T: Config> {
    /// Its creator, who is rich.
    pub caller: AccountIdOf<T>,
    /// Its account, which is rich too.
    pub account: AccountIdOf<T>,
}

impl<T: Config> Contract<T> {
    /// Stores code and creates a contract from it.
    pub fn new(source: &Source) -> Self {
        Self::with_salt(source, vec![])
    }

    /// Creates another contract, with only the salt different.
    pub fn with_salt(source: &Source, salt: Vec<u8>) -> Self {
        Self::of(source.image(), salt)
    }

    /// Creates a contract from this code.
    pub fn of(code: Vec<u8>, salt: Vec<u8>) -> Self {
        let caller = caller::<T>();
        let made = Pallet::<T>::bare_instantiate(
            caller.clone(),
            0u32.into(),
            Weight::MAX,
            None,
            Code::Upload(code),
            vec![],
            salt,
            DebugInfo::Skip,
            CollectEvents::Skip,
        );
        let account = made.result.expect("a benchmark's contract can be made").account_id;
        T::Currency::set_balance(&account, funds::<T>());
        // The cost of creating it does not matter.
        T::Currency::set_balance(&caller, funds::<T>());
        Self { caller, account }
    }

    /// Its record on the chain.
    pub fn info(&self) -> ContractInfo<T> {
        ContractInfoOf::<T>::get(&self.account).expect("it was made")
    }

    /// Its account, as calls of the runtime refer to it.
    pub fn lookup(&self) -> <T::Lookup as StaticLookup>::Source {
        T::Lookup::unlookup(self.account.clone())
    }

    /// Its caller as an origin.
    pub fn origin(&self) -> RawOrigin<AccountIdOf<T>> {
        RawOrigin::Signed(self.caller.clone())
    }

    /// Puts a value into its storage.
    pub fn put(&self, key: &Key<T>, value: Vec<u8>) {
        self.info().write(key, Some(&value), None, false);
    }

    /// Makes its trie as deep along the path of `key` as an attacker could.
    ///
    /// Each of the first 20 nibbles gets all 15 neighbours. Finding keys that share so much of a hash takes 2⁸⁰
    /// attempts.
    pub fn deepen(&self, key: &Key<T>) {
        const DEPTH: usize = 20;
        let (trie, path) = (self.info().child_trie_info(), key.hash());
        for nibble in 0..DEPTH {
            let (at, shift) = (nibble / 2, if nibble % 2 == 0 { 4 } else { 0 });
            for other in 1..16u8 {
                let mut neighbour = path.clone();
                neighbour[at] ^= other << shift;
                child::put_raw(&trie, &neighbour, &neighbour);
            }
        }
    }
}

type InstanceOf<T> = <<T as Config>::Engine as Engine>::Instance;

/// A frame of a contract, about to make a syscall.
///
/// Its memory is that of an instance of the runtime's engine, so the cost of access is measured.
pub struct Setup<T: Config> {
    /// The contract. It does nothing.
    pub contract: Contract<T>,
    origin: Origin<T>,
    value: BalanceOf<T>,
    gas: GasMeter<T>,
    storage: Meter<T>,
    schedule: Schedule<T>,
    debug: DebugBuffer<T>,
    instance: InstanceOf<T>,
}

impl<T: Config> Setup<T> {
    /// A frame whose memory holds this.
    pub fn new(memory: &Memory) -> Self {
        let contract = Contract::<T>::new(&Source::dummy());
        Self::of(contract, memory)
    }

    /// A frame of an existing contract.
    pub fn of(contract: Contract<T>, memory: &Memory) -> Self {
        let origin = Origin::from_account_id(contract.caller.clone());
        let schedule = T::Schedule::get();
        let rules = code::rules_for_loading::<T>(schedule.limits.max_memory_size(), Entry::Call);
        let image = Source::dummy().bss(memory.bytes().len() as u32).image();
        let module = T::Engine::compile(inkbpf_host::Code::Bytes(&image), &rules)
            .map_err(code::reason::<T>)
            .expect("a benchmark's program is valid");
        let mut instance = T::Engine::instantiate(&module, Entry::Call);
        instance.write(contract_abi::memory::DATA_BASE, memory.bytes()).expect("bss is as long");
        Self {
            storage: Meter::new(&origin, None, 0u32.into()).expect("the caller is rich"),
            contract,
            origin,
            value: 0u32.into(),
            gas: GasMeter::new(Weight::MAX),
            schedule,
            debug: DebugBuffer::<T>::default(),
            instance,
        }
    }

    /// Called with this value.
    pub fn with_value(mut self, value: BalanceOf<T>) -> Self {
        self.value = value;
        self
    }

    /// Called by root.
    pub fn by_root(mut self) -> Self {
        self.origin = Origin::Root;
        self
    }

    /// The call stack with the contract's frame on it, and its instance.
    pub fn split(&mut self) -> (Stack<'_, T, Blob<T>>, &mut InstanceOf<T>) {
        let context = Context {
            origin: self.origin.clone(),
            gas_meter: &mut self.gas,
            storage_meter: &mut self.storage,
            schedule: &self.schedule,
            debug_buffer: Some(&mut self.debug),
            determinism: Determinism::Enforced,
        };
        let stack = Stack::for_benchmark(self.contract.account.clone(), context, self.value)
            .map_err(|error| error.error)
            .expect("there is such a contract");
        (stack, &mut self.instance)
    }

    /// The debug text so far.
    pub fn debug(&self) -> &[u8] {
        &self.debug
    }
}

/// The registers for these arguments. Those without a register are put into `memory`.
pub fn registers(memory: &mut Memory, args: &[u64]) -> [u64; REGISTER_ARGS] {
    let mut registers = [0; REGISTER_ARGS];
    if args.len() <= REGISTER_ARGS {
        registers[..args.len()].copy_from_slice(args);
    } else {
        let (first, rest) = args.split_at(REGISTER_ARGS - 1);
        registers[..first.len()].copy_from_slice(first);
        let bytes: Vec<u8> = rest.iter().flat_map(|arg| arg.to_le_bytes()).collect();
        registers[REGISTER_ARGS - 1] = memory.put(&bytes).into();
    }
    registers
}

/// The result of a syscall, which must not have failed.
pub fn number(served: Result<u64, Stop>) -> u64 {
    served.unwrap_or_else(|stop| panic!("the syscall failed: {stop:?}"))
}

/// What a syscall that ends the frame returned.
pub fn returned(served: Result<u64, Stop>) -> ExecReturnValue {
    match served {
        Err(Stop::Return(value)) => value,
        other => panic!("the syscall did not end the frame well: {other:?}"),
    }
}

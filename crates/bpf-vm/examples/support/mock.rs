//! A pallet for contracts without a chain: every contract function, by its shape.
//!
//! It keeps storage, hands out call data, fills buffers with bytes that depend on what was asked and on nothing
//! else, and says yes to the rest. That is enough for a contract to decode its call, work, and return; and a run
//! that is begun again is served the same.

use bpf_vm::{Config, Entry, Exit, Gas, GuestAddr, Instance, MemoryFault, SyscallTable, VerifiedProgram};
use contract_abi::syscall::{Returns, Syscall, REGISTER_ARGS};
use std::collections::BTreeMap;
use std::sync::Arc;

/// `ReturnErrorCode::KeyNotFound`.
const KEY_NOT_FOUND: u64 = 3;
/// What the storage functions say of a key that is not there.
const NONE: u64 = u32::MAX as u64;

/// What serves one run.
#[derive(Clone, Debug, Default)]
pub struct Pallet {
    /// What `input` gives: selector and arguments.
    pub call_data: Vec<u8>,
    storage: BTreeMap<(bool, Vec<u8>), Vec<u8>>,
}

/// All of them: a contract may ask for any.
pub fn table() -> SyscallTable {
    SyscallTable::contract(|_| true)
}

/// Calls to make of a contract of which nothing is known.
pub fn any_calls() -> Vec<(Entry, Vec<u8>)> {
    vec![(Entry::Deploy, vec![]), (Entry::Call, vec![]), (Entry::Call, vec![0; 64])]
}

/// Calls to make of a contract with this metadata: each constructor and message with no arguments, with zeros,
/// and with two kinds of other bytes, of which most types take some for theirs.
///
/// # Errors
/// A message if the metadata names no constructor or no message, of which every ink! contract has one.
pub fn calls(metadata: &str) -> Result<Vec<(Entry, Vec<u8>)>, String> {
    // Selectors stand in the order of the file: those of constructors before those of messages.
    let messages = metadata.find("\"messages\"").unwrap_or(metadata.len());
    let mut calls = Vec::new();
    for (at, _) in metadata.match_indices("\"selector\"") {
        let digits = metadata[at..].split('"').nth(3).and_then(|value| value.strip_prefix("0x"));
        let Some(selector) = digits.and_then(|digits| super::hex_bytes(digits).ok()) else { continue };
        let entry = if at < messages { Entry::Deploy } else { Entry::Call };
        for tail in [vec![], vec![0; 256], vec![4; 256], pattern(&selector, 256)] {
            calls.push((entry, [selector.clone(), tail].concat()));
        }
    }
    for (entry, what) in [(Entry::Deploy, "constructor"), (Entry::Call, "message")] {
        if calls.iter().all(|(of, _)| *of != entry) {
            return Err(format!("the metadata has no selector of a {what}: is it that of an ink! contract?"));
        }
    }
    Ok(calls)
}

/// The arguments of one syscall, by name.
struct Args {
    names: &'static [&'static str],
    values: Vec<u64>,
}

impl Args {
    fn new(instance: &Instance, function: Syscall, registers: [u64; 5]) -> Result<Self, MemoryFault> {
        let mut values = registers.to_vec();
        if function.spilled() > 0 {
            values.truncate(REGISTER_ARGS - 1);
            let rest = instance.read_vec(GuestAddr(registers[4] as u32), function.spilled() as u32 * 8)?;
            values
                .extend(rest.chunks(8).map(|word| word.iter().rev().fold(0, |n, b| n << 8 | u64::from(*b))));
        }
        Ok(Self { names: function.args(), values })
    }

    /// Pointers, lengths and flags are 32 bits wide.
    fn get(&self, name: &str) -> Option<u32> {
        let index = self.names.iter().position(|of| *of == name)?;
        Some(self.values[index] as u32)
    }

    /// The bytes of the pair `NAME_ptr`, `NAME_len`.
    fn bytes(&self, instance: &Instance, name: &str, fixed: u32) -> Result<Vec<u8>, MemoryFault> {
        let len = self.get(&format!("{name}_len")).unwrap_or(fixed);
        instance.read_vec(GuestAddr(self.get(&format!("{name}_ptr")).unwrap_or(0)), len)
    }

    /// Puts `bytes` where `NAME_ptr` points, and their length where `NAME_len_ptr` does, which says before how
    /// much room there is. `None` if there is too little.
    fn put(&self, instance: &mut Instance, name: &str, bytes: &[u8]) -> Result<Option<()>, MemoryFault> {
        let Some(to) = self.get(&format!("{name}_ptr")) else { return Ok(Some(())) };
        // The null of the pallet: nobody wants it.
        if to == contract_abi::memory::SENTINEL {
            return Ok(Some(()));
        }
        if let Some(len_at) = self.get(&format!("{name}_len_ptr")) {
            let mut room = [0; 4];
            instance.read(GuestAddr(len_at), &mut room)?;
            if (u32::from_le_bytes(room) as usize) < bytes.len() {
                return Ok(None);
            }
            instance.write(GuestAddr(len_at), &(bytes.len() as u32).to_le_bytes())?;
        }
        instance.write(GuestAddr(to), bytes).map(Some)
    }
}

/// `len` bytes that depend on `seed`: FNV-1a over it, then again for each of them.
fn pattern(seed: &[u8], len: usize) -> Vec<u8> {
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    let mut hash = seed.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| step(hash, byte));
    let bytes = (0..len).map(|index| {
        hash = step(hash, index as u8);
        (hash >> 32) as u8
    });
    bytes.collect()
}

impl Pallet {
    /// One that calls with this data.
    pub fn new(call_data: Vec<u8>) -> Self {
        Self { call_data, ..Self::default() }
    }

    /// One that calls the same contract with other data.
    #[must_use]
    pub fn then(&self, call_data: Vec<u8>) -> Self {
        Self { call_data, storage: self.storage.clone() }
    }

    /// One with what the first of `calls` stores that deploys the contract and succeeds.
    pub fn deployed(program: &Arc<VerifiedProgram>, calls: &[(Entry, Vec<u8>)]) -> Self {
        let deploys = calls.iter().filter(|(entry, _)| *entry == Entry::Deploy);
        for (entry, data) in deploys {
            let mut pallet = Self::new(data.clone());
            let mut instance =
                Instance::new(program.clone(), &Config { gas: Gas(1 << 32), ..Config::default() });
            if instance.start(*entry, [0; 5]).is_err() {
                continue;
            }
            while let Exit::Syscall { number, args } = instance.run() {
                match pallet.serve(&mut instance, number, args) {
                    Some(r0) => instance.resume(r0),
                    // Without the flag that takes everything back.
                    None if number == Syscall::Return.number() && args[0] as u32 == 0 => return pallet,
                    None => break,
                }
            }
        }
        Self::default()
    }

    /// Serves a syscall. `None` where the frame ends: the contract returns or dies, or asks for what a pallet
    /// would trap it for.
    pub fn serve(&mut self, instance: &mut Instance, number: u32, args: [u64; 5]) -> Option<u64> {
        let function = Syscall::from_number(number)?;
        if function.returns() == Returns::Never || function == Syscall::Return {
            return None;
        }
        let args = Args::new(instance, function, args).ok()?;
        self.answer(instance, function, &args).ok()?
    }

    fn answer(
        &mut self,
        instance: &mut Instance,
        function: Syscall,
        args: &Args,
    ) -> Result<Option<u64>, MemoryFault> {
        let name = function.name();
        if args.get("key_ptr").is_some() && function != Syscall::EcdsaToEthAddress {
            return self.store(instance, name, args);
        }
        let len = match name {
            "input" => {
                let data = self.call_data.clone();
                return Ok(args.put(instance, "out", &data)?.map(|()| 0));
            }
            // Messages that take no money refuse it.
            "value_transferred" => {
                return Ok(args.put(instance, "out", &[0; 16])?.map(|()| 0));
            }
            "hash_blake2_128" => 16,
            "block_number" => 4,
            "now" | "gas_left" => 8,
            "balance" | "minimum_balance" | "weight_to_fee" | "tombstone_deposit" | "rent_allowance" => 16,
            "ecdsa_recover" => 33,
            "ecdsa_to_eth_address" => 20,
            // SCALE's `Ok(())`.
            "call" | "delegate_call" | "call_chain_extension" => {
                let done = args.put(instance, "output", &[0, 0])?;
                return Ok(done.map(|()| 0));
            }
            _ => 32,
        };
        let mut seed = function.symbol().as_bytes().to_vec();
        if name.starts_with("hash_") {
            seed.extend(args.bytes(instance, "input", 0)?);
        }
        let bytes = pattern(&seed, len);
        let mut done = Some(());
        for place in ["out", "output", "address"] {
            done = done.and(args.put(instance, place, &bytes)?);
        }
        let result = match function.returns() {
            Returns::Unit | Returns::Never | Returns::Code => 0,
            Returns::U32 | Returns::U64 => 1,
        };
        Ok(done.map(|()| result))
    }

    fn store(
        &mut self,
        instance: &mut Instance,
        name: &str,
        args: &Args,
    ) -> Result<Option<u64>, MemoryFault> {
        let key = (name.contains("transient"), args.bytes(instance, "key", 32)?);
        let old = self.storage.get(&key).cloned();
        let length = old.as_ref().map_or(NONE, |value| value.len() as u64);
        match name.split('_').next() {
            Some("set") => {
                let value = args.bytes(instance, "value", 0)?;
                self.storage.insert(key, value);
            }
            Some("get" | "take") => {
                let Some(value) = old else { return Ok(Some(KEY_NOT_FOUND)) };
                if name.starts_with("take") {
                    self.storage.remove(&key);
                }
                return Ok(args.put(instance, "out", &value)?.map(|()| 0));
            }
            Some("clear") => {
                self.storage.remove(&key);
            }
            _ => {}
        }
        Ok(Some(length))
    }
}

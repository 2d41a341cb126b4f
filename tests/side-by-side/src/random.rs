//! Generated calls.
//!
//! A contract's metadata says which types its messages take. From that, and from a seed, come arguments: numbers at the
//! edges of their types and small ones, accounts and code hashes that exist, short sequences of everything else. Who
//! calls, with how much money and how much gas, is random too. The same seed gives the same calls.

use crate::contract::selector;
use crate::{Action, Contract};
use codec::{Compact, Encode};
use polkadot_sdk::{sp_core::H256, sp_runtime::AccountId32, sp_weights::Weight};
use rand::{seq::IndexedRandom, Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;

/// How deep types may nest in an argument.
const DEPTH: u32 = 8;

/// Makes calls.
pub struct Random {
    rng: ChaCha8Rng,
    /// Who can be named in an argument.
    pub accounts: Vec<AccountId32>,
    /// Codes that can be named in an argument.
    pub codes: Vec<H256>,
}

impl Random {
    /// With this seed, over these accounts and codes.
    pub fn new(seed: u64, accounts: Vec<AccountId32>, codes: Vec<H256>) -> Self {
        Self { rng: ChaCha8Rng::seed_from_u64(seed), accounts, codes }
    }

    /// Whether something happens that does so once in `n` times.
    pub fn once_in(&mut self, n: u32) -> bool {
        self.rng.random_ratio(1, n)
    }

    /// One of these.
    ///
    /// # Panics
    /// When there is none.
    pub fn one_of<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        items.choose(&mut self.rng).expect("there is something to choose from")
    }

    /// A constructor or message of the contract but those named, and whether it takes money.
    ///
    /// # Panics
    /// When there is none.
    pub fn input(&mut self, contract: &Contract, kind: &str, but: &[&str]) -> (Vec<u8>, bool) {
        let entries = contract.entries(kind);
        let entries: Vec<&Value> = entries
            .iter()
            .filter(|entry| entry["label"].as_str().is_some_and(|label| !but.contains(&label)))
            .collect();
        let entry = *self.one_of(&entries);
        let mut data = selector(entry);
        for arg in entry["args"].as_array().into_iter().flatten() {
            self.value(contract, &arg["type"]["type"], DEPTH, &mut data);
        }
        // Now and then, what a careless client sends.
        match self.rng.random_range(0..40) {
            0 => data.truncate(self.rng.random_range(0..=data.len())),
            1 => data.push(self.rng.random()),
            2 => data[0] ^= 0x55,
            _ => (),
        }
        (data, entry["payable"].as_bool().unwrap_or_default())
    }

    /// Money, a limit on deposits and gas for a call of something that takes money or does not.
    pub fn means(&mut self, payable: bool) -> (u128, Option<u128>, Weight) {
        let pays = self.rng.random_ratio(if payable { 2 } else { 1 }, if payable { 3 } else { 20 });
        let value = if pays { self.amount() } else { 0 };
        let deposit = match self.rng.random_range(0..12) {
            0 => Some(0),
            1 => Some(crate::config::UNIT / 10),
            2 => Some(self.amount()),
            _ => None,
        };
        (value, deposit, crate::pair::GAS)
    }

    /// A call of this contract by anyone.
    pub fn call(&mut self, contract: &Contract, dest: &AccountId32, but: &[&str]) -> Action {
        let (data, payable) = self.input(contract, "messages", but);
        let (value, deposit, gas) = self.means(payable);
        let by = self.rng.random_range(0..5);
        Action::Call { by: Some(crate::pair::account(by)), dest: dest.clone(), value, gas, deposit, data }
    }

    /// A new contract of this code for anyone.
    pub fn instantiate(&mut self, contract: &Contract, but: &[&str]) -> Action {
        let (data, payable) = self.input(contract, "constructors", but);
        let (value, deposit, gas) = self.means(payable);
        let by = crate::pair::account(self.rng.random_range(0..5));
        let salt = vec![self.rng.random_range(0..8)];
        Action::Instantiate { by, code_hash: contract.alias(), value, gas, deposit, data, salt }
    }

    /// An amount of money: around the least that an account holds, and around what people hold.
    pub fn amount(&mut self) -> u128 {
        use crate::config::{EXISTENTIAL_DEPOSIT, UNIT};
        let some = [0, 1, EXISTENTIAL_DEPOSIT - 1, EXISTENTIAL_DEPOSIT, UNIT, 5 * UNIT, u128::MAX];
        match self.rng.random_range(0..10) {
            0..7 => self.rng.random_range(0..10 * UNIT),
            _ => *self.one_of(&some),
        }
    }

    /// A number of so many bits: mostly a small one.
    fn number(&mut self, bits: u32) -> u128 {
        let max = u128::MAX >> (128 - bits);
        let number = match self.rng.random_range(0..16) {
            0 => max,
            1 => max - 1,
            2 => max >> 1,
            3 => (max >> 1) + 1,
            4 => self.rng.random(),
            5 => self.rng.random::<u128>() >> self.rng.random_range(0..128),
            _ => self.rng.random_range(0..7),
        };
        number & max
    }

    fn len(&mut self) -> usize {
        match self.rng.random_range(0..20) {
            0 => self.rng.random_range(0..200),
            _ => self.rng.random_range(0..5),
        }
    }

    /// Appends a value of the type of this number.
    fn value(&mut self, contract: &Contract, id: &Value, depth: u32, out: &mut Vec<u8>) {
        let types = contract.metadata.as_ref().and_then(|metadata| metadata["types"].as_array());
        let ty = types.into_iter().flatten().find(|ty| ty["id"] == *id);
        let ty = &ty.unwrap_or_else(|| panic!("{} has no type {id}", contract.name))["type"];
        let path = ty["path"].as_array().and_then(|path| path.last()).and_then(Value::as_str);
        match path {
            Some("AccountId" | "AccountId32") => {
                let accounts = self.accounts.clone();
                return self.one_of(&accounts).encode_to(out);
            }
            Some("Hash" | "H256") if !self.codes.is_empty() && !self.once_in(4) => {
                let codes = self.codes.clone();
                return self.one_of(&codes).encode_to(out);
            }
            _ => (),
        }
        let def = &ty["def"];
        let fields = |fields: &Value| -> Vec<Value> {
            fields.as_array().into_iter().flatten().map(|field| field["type"].clone()).collect()
        };
        if let Some(primitive) = def["primitive"].as_str() {
            self.primitive(primitive, out);
        } else if def["composite"].is_object() {
            for field in fields(&def["composite"]["fields"]) {
                self.value(contract, &field, depth.saturating_sub(1), out);
            }
        } else if def["variant"].is_object() {
            let variants = def["variant"]["variants"].as_array().map(Vec::as_slice).unwrap_or_default();
            // Too deep, only variants without fields are chosen, which end the nesting.
            let flat: Vec<&Value> =
                variants.iter().filter(|v| depth > 0 || fields(&v["fields"]).is_empty()).collect();
            let variants = if flat.is_empty() { variants.iter().collect() } else { flat };
            let Some(variant) = variants.choose(&mut self.rng) else { return };
            out.push(variant["index"].as_u64().unwrap_or_default() as u8);
            for field in fields(&variant["fields"]) {
                self.value(contract, &field, depth.saturating_sub(1), out);
            }
        } else if def["sequence"].is_object() {
            let len = if depth == 0 { 0 } else { self.len() };
            Compact(len as u32).encode_to(out);
            for _ in 0..len {
                self.value(contract, &def["sequence"]["type"], depth.saturating_sub(1), out);
            }
        } else if def["array"].is_object() {
            for _ in 0..def["array"]["len"].as_u64().unwrap_or_default() {
                self.value(contract, &def["array"]["type"], depth.saturating_sub(1), out);
            }
        } else if let Some(items) = def["tuple"].as_array() {
            for item in items {
                self.value(contract, item, depth.saturating_sub(1), out);
            }
        } else {
            panic!("{}: arguments of the type {ty} cannot be made", contract.name);
        }
    }

    fn primitive(&mut self, primitive: &str, out: &mut Vec<u8>) {
        match primitive {
            "bool" => self.rng.random::<bool>().encode_to(out),
            "str" => {
                let words = ["", "a", "größer", "the quick brown fox", "1", "-77", "x y x", "\u{1F980}"];
                let text: String = (0..self.len()).map(|_| *self.one_of(&words)).collect();
                text.encode_to(out);
            }
            number => {
                let bits: u32 = number.trim_start_matches(['u', 'i']).parse().unwrap_or_default();
                assert!(
                    bits.is_power_of_two() && (8..=128).contains(&bits),
                    "there is no primitive {number}"
                );
                let bytes = self.number(bits).to_le_bytes();
                out.extend(&bytes[..bits as usize / 8]);
            }
        }
    }
}

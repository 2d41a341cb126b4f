//! The outcome of a transaction, shown to people and programs.

use crate::{
    account::address,
    chain::{Balance, Chain, DryRun, Event, Included, Money, Price},
    place::{self, Trap},
    registry::Registry,
    transcript::Transcript,
    value::{is_err, printable, show, to_json, Abi, Kind},
};
use contract_abi::syscall::Syscall;
use contract_transcode::Value;
use inkbpf_sandbox::sp_core::crypto::AccountId32;
use serde::Serialize;
use std::io::{self, Write};

/// The outcome of a transaction.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    /// Whether everything succeeded.
    pub success: bool,
    /// Whether it was sent. If not, it was only dry-run.
    pub sent: bool,
    /// Whether the contract reverted its changes.
    pub reverted: bool,
    /// What the contract returned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<serde_json::Value>,
    /// The same, in the notation for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result_text: Option<String>,
    /// The same in SCALE.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<String>,
    /// The error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Advice about the error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
    /// The funds that the sender lacks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub funds: Option<Funds>,
    /// Where contracts stopped, the innermost first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub traps: Vec<Trap>,
    /// The contract.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contract: Option<String>,
    /// The code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code_hash: Option<String>,
    /// Its events.
    pub events: Vec<ShownEvent>,
    /// Gas used and required.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gas: Option<Gas>,
    /// Storage deposit in the smallest unit; negative for a refund.
    pub storage_deposit: String,
    /// The fee for weight and length, in the smallest unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fee: Option<String>,
    /// The block it is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub block: Option<Block>,
    /// Text printed by the contracts.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub debug_message: String,
    /// The syscalls, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub trace: Vec<String>,
    #[serde(skip)]
    money: Option<Money>,
    #[serde(skip)]
    deposit: i128,
    #[serde(skip)]
    paid: Balance,
}

/// A block.
#[derive(Debug, Serialize)]
pub struct Block {
    number: u32,
    hash: String,
    transaction: String,
}

/// Weight and gas.
#[derive(Debug, Serialize)]
pub struct Gas {
    /// Used, in picoseconds of the reference machine.
    ref_time: u64,
    /// Used, in bytes of proof.
    proof_size: u64,
    /// Required.
    ref_time_required: u64,
    /// Required.
    proof_size_required: u64,
    /// Gas units used by the virtual machine.
    #[serde(skip_serializing_if = "Option::is_none")]
    vm: Option<u64>,
}

/// The cost of a transaction and the sender's balance, in the smallest unit.
#[derive(Debug, Serialize)]
pub struct Funds {
    needed: String,
    value: String,
    deposit: String,
    new_accounts: String,
    fee: String,
    left_over: String,
    available: String,
    /// The deposit limit, if that is what is too low.
    #[serde(skip_serializing_if = "Option::is_none")]
    deposit_limit: Option<String>,
}

/// An event.
#[derive(Debug, Serialize)]
pub struct ShownEvent {
    pallet: String,
    name: String,
    fields: serde_json::Value,
    /// The contract's own event, decoded.
    #[serde(skip_serializing_if = "Option::is_none")]
    contract_event: Option<serde_json::Value>,
    #[serde(skip)]
    text: String,
}

/// The called function, to decode what it returns.
pub struct Expected<'a> {
    /// The contract's metadata.
    pub abi: Option<&'a Abi>,
    /// Constructor or message.
    pub kind: Kind,
    /// Its name; without one, bytes are shown.
    pub name: Option<&'a str>,
}

impl Report {
    /// From a dry run.
    pub fn of_dry_run(run: &DryRun, expected: &Expected<'_>, chain: &dyn Chain, registry: &Registry) -> Self {
        let transcript = Transcript::new(&run.debug);
        let mut report = Self {
            money: Some(chain.money().clone()),
            gas: (run.gas_consumed != Default::default()).then(|| Gas {
                ref_time: run.gas_consumed.ref_time(),
                proof_size: run.gas_consumed.proof_size(),
                ref_time_required: run.gas_required.ref_time(),
                proof_size_required: run.gas_required.proof_size(),
                vm: transcript.gas,
            }),
            debug_message: transcript.text.clone(),
            trace: transcript.syscalls.clone(),
            ..Default::default()
        };
        report.set_deposit(run.deposit);
        match &run.result {
            Ok(ran) => {
                report.reverted = ran.reverted;
                report.success = !ran.reverted;
                // A revert leaves no contract.
                report.contract = ran.contract.as_ref().filter(|_| !ran.reverted).map(address);
                let decoded = expected.abi.zip(expected.name);
                let decoded = decoded.map(|(abi, name)| abi.decode_return(expected.kind, name, &ran.data));
                // A result that cannot be read does not revert the call.
                let (value, strange) = match decoded.transpose() {
                    Ok(value) => (value, None),
                    Err(error) => (None, Some(format!("{error:#}"))),
                };
                report.set_result(value.as_ref(), &ran.data);
                let ended = |event: &Event| event.pallet == "Contracts" && event.name == "Terminated";
                if strange.is_some() && ran.data.is_empty() && run.events.iter().any(ended) {
                    report.result_text = Some("none: the contract has terminated".into());
                } else {
                    report.advice = strange;
                }
                if ran.reverted {
                    report.error = Some(match &value {
                        Some(value) if is_err(value) => {
                            format!("the contract returned {} and reverted its changes", show(value))
                        }
                        _ => "the contract reverted its changes (REVERT)".into(),
                    });
                }
            }
            Err(error) => report.error = Some(error.to_string()),
        }
        // Also where the caller of the contract that stopped continued: it then reports `CallFailed`, or nothing at
        // all.
        report.traps = transcript.stops.iter().map(|stop| place::find(stop, registry)).collect();
        report.set_events(&run.events, chain, registry, expected.abi);
        report
    }

    /// Adds the outcome in the block.
    pub fn include(
        &mut self,
        included: &Included,
        chain: &dyn Chain,
        registry: &Registry,
        abi: Option<&Abi>,
    ) {
        self.sent = true;
        self.paid = included.fee;
        self.fee = Some(included.fee.to_string());
        self.block = Some(Block {
            number: included.block,
            hash: hex(&included.block_hash),
            transaction: hex(&included.hash),
        });
        match &included.result {
            Ok(()) => (self.success, self.error) = (true, None),
            Err(error) => {
                self.success = false;
                self.contract = None;
                // The dry run knew more, unless it succeeded.
                self.error.get_or_insert_with(|| error.to_string());
            }
        }
        self.set_events(&included.events, chain, registry, abi);
    }

    /// Whether a contract made a syscall that changes the state.
    pub fn changes_state(&self) -> bool {
        let symbol = |line: &str| line.split('(').next().and_then(Syscall::from_symbol);
        self.success && self.trace.iter().filter_map(|line| symbol(line)).any(Syscall::mutates)
    }

    /// Records that the sender has too little for a transaction that would otherwise succeed.
    pub fn refuse_for(&mut self, price: Price, available: Balance) {
        self.success = false;
        self.error = Some("the account has too little money".into());
        self.set_funds(price, available, None);
    }

    /// Records the cost of a transaction for which the sender has too little, or has set too low a limit.
    pub fn set_funds(&mut self, price: Price, available: Balance, deposit_limit: Option<Balance>) {
        let Some(money) = self.money.clone() else { return };
        let show = |amount| money.show(amount);
        let limit = deposit_limit.filter(|limit| *limit < price.deposit);
        self.advice = Some(match limit {
            Some(limit) => format!(
                "{} must be held for storage, but --storage-deposit-limit allows {}",
                show(price.deposit),
                show(limit)
            ),
            None => {
                let parts = [
                    (price.value, "--value"),
                    (price.deposit, "held for storage"),
                    (price.accounts, "for new accounts"),
                    (price.fee, "the fee"),
                    (price.left, "left over"),
                ];
                let parts: Vec<String> = parts
                    .into_iter()
                    .filter(|(amount, _)| *amount > 0)
                    .map(|(amount, what)| format!("{} {what}", show(amount)))
                    .collect();
                format!(
                    "{} are needed ({}), but the account has {}",
                    show(price.total()),
                    parts.join(", "),
                    show(available)
                )
            }
        });
        self.funds = Some(Funds {
            needed: price.total().to_string(),
            value: price.value.to_string(),
            deposit: price.deposit.to_string(),
            new_accounts: price.accounts.to_string(),
            fee: price.fee.to_string(),
            left_over: price.left.to_string(),
            available: available.to_string(),
            deposit_limit: limit.map(|limit| limit.to_string()),
        });
    }

    /// Records the deposit.
    pub fn set_deposit(&mut self, deposit: i128) {
        self.deposit = deposit;
        self.storage_deposit = deposit.to_string();
    }

    /// The deposit, for the confirmation prompt.
    pub fn deposit_text(&self) -> String {
        self.money.as_ref().map_or_else(String::new, |money| format!("deposit {}", self.deposit(money, "")))
    }

    fn deposit(&self, money: &Money, would: &str) -> String {
        match self.deposit {
            0 => "nothing".into(),
            held if held > 0 => format!("{} {would}held", money.show(held.unsigned_abs())),
            given => format!("{} {would}given back", money.show(given.unsigned_abs())),
        }
    }

    fn set_result(&mut self, value: Option<&Value>, data: &[u8]) {
        self.result = value.map(to_json);
        self.result_text = value.map(show);
        self.data = Some(hex(data));
    }

    fn set_events(&mut self, events: &[Event], chain: &dyn Chain, registry: &Registry, abi: Option<&Abi>) {
        self.events = events
            .iter()
            .map(|event| {
                // Both begin with the event's name, which is already shown beside them.
                let fields = match to_json(&event.fields) {
                    serde_json::Value::Object(mut it) => it.remove(&event.name).unwrap_or(it.into()),
                    _ => serde_json::Value::Null,
                };
                let text = show(&event.fields);
                let mut text = text.strip_prefix(&event.name).unwrap_or(&text).trim_start().to_owned();
                let mut contract_event = None;
                if let Some(emitted) = &event.emitted {
                    let (name, decoded) = decode_event(emitted, chain, registry, abi);
                    let who = address(&emitted.contract);
                    let what =
                        decoded.as_ref().map_or_else(|| format!("0x{}", hex::encode(&emitted.data)), show);
                    contract_event = decoded.as_ref().map(to_json);
                    text = match name {
                        Some(name) => format!("{name} {who} emitted {what}"),
                        None => format!("{who} emitted {what}"),
                    };
                }
                ShownEvent {
                    pallet: event.pallet.clone(),
                    name: event.name.clone(),
                    fields,
                    contract_event,
                    text,
                }
            })
            .collect();
    }

    /// Writes it for people.
    ///
    /// # Errors
    /// When writing fails.
    pub fn write(&self, out: &mut dyn Write, with_trace: bool) -> io::Result<()> {
        let Some(money) = &self.money else { return Ok(()) };
        let mut row = |name: &str, value: &str| writeln!(out, "{name:<12}{value}");
        if let Some(error) = &self.error {
            row("Failed", error)?;
        }
        if let Some(advice) = &self.advice {
            row("Advice", advice)?;
        }
        match (&self.result_text, &self.data) {
            (Some(text), _) => row("Result", text)?,
            (None, Some(data)) if data.len() > 2 && self.code_hash.is_none() => row("Result", data)?,
            _ => {}
        }
        if let Some(contract) = &self.contract {
            row("Contract", contract)?;
        }
        if let Some(code_hash) = &self.code_hash {
            row("Code hash", code_hash)?;
        }
        if let Some(gas) = &self.gas {
            let vm = gas.vm.map(|gas| format!("; {} gas in the VM", thousands(gas))).unwrap_or_default();
            row(
                "Gas",
                &format!(
                    "{} ref_time, {} proof_size{vm}",
                    thousands(gas.ref_time),
                    thousands(gas.proof_size)
                ),
            )?;
            if (gas.ref_time, gas.proof_size) != (gas.ref_time_required, gas.proof_size_required) {
                row(
                    "Gas limit",
                    &format!(
                        "{} ref_time, {} proof_size",
                        thousands(gas.ref_time_required),
                        thousands(gas.proof_size_required)
                    ),
                )?;
            }
        }
        let would = if self.sent { "" } else { "would be " };
        row("Deposit", &self.deposit(money, would))?;
        if self.fee.is_some() {
            row("Fee", &money.show(self.paid))?;
        }
        if let Some(block) = &self.block {
            row("Block", &format!("#{} {}", block.number, block.hash))?;
        }
        if !self.events.is_empty() {
            writeln!(out, "Events")?;
            for event in &self.events {
                let name = format!("{}::{}", event.pallet, event.name);
                writeln!(out, "  {name:<38} {}", event.text)?;
            }
        }
        self.write_traps(out)?;
        if !self.debug_message.trim().is_empty() {
            writeln!(out, "Debug text")?;
            for line in self.debug_message.trim_end().lines() {
                writeln!(out, "  {}", printable(line))?;
            }
        }
        if with_trace {
            writeln!(out, "Syscalls ({})", self.trace.len())?;
            for line in &self.trace {
                writeln!(out, "  {}", printable(line))?;
            }
        }
        Ok(())
    }

    fn write_traps(&self, out: &mut dyn Write) -> io::Result<()> {
        for trap in self.traps.iter().take(SHOWN_TRAPS) {
            let who = trap.contract.as_deref().or(trap.code_hash.as_deref()).unwrap_or("a contract");
            writeln!(out, "Stopped in {who}: {}", printable(&trap.reason))?;
            if let Some(source) = &trap.source {
                writeln!(out, "  at {source}")?;
            }
            if !trap.stack.is_empty() {
                writeln!(out, "  Call stack, innermost first")?;
            }
            let stack = place::grouped(&trap.stack);
            for (place, count) in stack.iter().take(SHOWN_PLACES) {
                match count {
                    1 => writeln!(out, "    {place}")?,
                    n => writeln!(out, "    {place} ({n} times)")?,
                }
            }
            if let more @ 1.. = stack.len().saturating_sub(SHOWN_PLACES) {
                writeln!(out, "    … and {more} more calls")?;
            }
        }
        if let more @ 1.. = self.traps.len().saturating_sub(SHOWN_TRAPS) {
            writeln!(out, "… and {more} more of the same in the calls around it, as a result")?;
        }
        Ok(())
    }
}

/// Maximum places of a call stack shown to people, for the same reason.
const SHOWN_PLACES: usize = 16;
/// Maximum frames of a chain of calls shown to people: endless recursion has dozens.
const SHOWN_TRAPS: usize = 4;

/// The contract's name, and its event, by whatever metadata matches.
fn decode_event(
    emitted: &crate::chain::Emitted,
    chain: &dyn Chain,
    registry: &Registry,
    abi: Option<&Abi>,
) -> (Option<String>, Option<Value>) {
    let known = name_and_abi(&emitted.contract, chain, registry);
    let own = known.as_ref().and_then(|(_, abi)| abi.as_ref()?.decode_event(&emitted.topics, &emitted.data));
    let decoded = own.or_else(|| abi?.decode_event(&emitted.topics, &emitted.data));
    (known.map(|(name, _)| name), decoded)
}

fn name_and_abi(
    contract: &AccountId32,
    chain: &dyn Chain,
    registry: &Registry,
) -> Option<(String, Option<Abi>)> {
    let record = chain.contract(contract).ok().flatten()?;
    let artifact = registry.recall(record.code_hash.0)?;
    Some((artifact.name, artifact.abi))
}

/// `0x` and digits.
pub fn hex(bytes: &[u8]) -> String {
    format!("0x{}", hex::encode(bytes))
}

/// `1 item`, `2 items`.
pub fn counted(count: u32, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// 1,234,567.
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.char_indices() {
        if at > 0 && digits[at..].len().is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn thousands() {
        for (number, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(super::thousands(number), text);
        }
    }
}

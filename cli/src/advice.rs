//! Advice about failures whose name alone does not explain them.

use crate::{
    chain::{DispatchError, Transaction, Weight, ANY_PROOF_SIZE},
    place::Trap,
    value::Abi,
};
use inkbpf_build::{BUFFER_SIZE, MAX_BUFFER_SIZE};

/// Advice on a failed transaction, if there is any.
pub fn on(
    error: &DispatchError,
    transaction: &Transaction,
    abi: Option<&Abi>,
    traps: &[Trap],
) -> Option<String> {
    let input = match transaction {
        Transaction::Instantiate(what) => what.data.len(),
        Transaction::Call(what) => what.data.len(),
        Transaction::Upload { .. } | Transaction::Remove { .. } => return None,
    };
    if error.name.ends_with("::OutOfGas") {
        return Some(too_low(transaction.gas()?));
    }
    if !error.name.ends_with("::OutputBufferTooSmall") {
        return None;
    }
    // If contracts called each other, the buffer was that of the innermost.
    let [trap] = traps else { return Some(elsewhere()) };
    if !trap.reason.starts_with(INPUT) {
        return Some(elsewhere());
    }
    Some(too_large(input, abi.and_then(Abi::buffer_size)))
}

/// `limit` is that of the options.
fn too_low(limit: Weight) -> String {
    let (gas, proof_size) = (limit.ref_time(), limit.proof_size());
    if proof_size == ANY_PROOF_SIZE {
        return format!("--gas allows {gas}: without it, the dry run finds out how much is needed");
    }
    format!(
        "--gas allows {gas}, and --proof-size allows {proof_size} bytes: without them, the dry run finds out how much is \
         needed"
    )
}

/// The pallet's text for a contract reading its input.
const INPUT: &str = "seal0::input ";

fn elsewhere() -> String {
    format!(
        "a value that a contract asked for does not fit into its buffer: build the contract with a larger one \
         ({BUFFER_SIZE}=BYTES inkbpf build)"
    )
}

/// `input` and `buffer` in bytes.
fn too_large(input: usize, buffer: Option<usize>) -> String {
    let has = match buffer {
        Some(buffer) => format!("but the contract's buffer has room for {buffer}"),
        None => "which is more than the contract's buffer has room for".to_owned(),
    };
    // A contract that needs more has no memory left to process it.
    let remedy = if input > MAX_BUFFER_SIZE {
        format!("No contract takes more than {MAX_BUFFER_SIZE} bytes at once: send them in parts")
    } else {
        let room = input.next_power_of_two();
        format!("Build the contract with a larger buffer ({BUFFER_SIZE}={room} inkbpf build), or send less")
    };
    format!("the input has {input} bytes, {has}. {remedy}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_remedy_is_one_that_helps() {
        let said = too_large(20_000, Some(16_384));
        assert!(said.contains("20000 bytes") && said.contains("room for 16384"), "{said}");
        assert!(said.contains("INK_STATIC_BUFFER_SIZE=32768 inkbpf build"), "{said}");
        let said = too_large(10 << 20, None);
        assert!(said.contains("No contract takes more than 262144 bytes"), "{said}");
    }
}

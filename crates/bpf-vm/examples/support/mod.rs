//! What the conformance runner, the conformance plugin and the tests share.
//!
//! A *case* is a file of the public BPF conformance suite, or one of our own in the same form with more
//! sections (`case.rs`). It becomes a program, from text, bytes or an ELF object (`elf.rs`), runs on an
//! engine with the suite's helper functions (`helpers.rs`, `engine.rs`), and is judged (`judge.rs`). A contract
//! runs with a pallet that is none (`mock.rs`).

// Each of the three users needs another part of this.
#![allow(dead_code)]

pub mod case;
pub mod elf;
pub mod engine;
pub mod helpers;
pub mod judge;
pub mod mock;
pub mod plugin;

/// Bytes written in hexadecimal, with or without blanks between them.
pub fn hex_bytes(text: &str) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    for token in text.split_whitespace() {
        let digits = token.strip_prefix("0x").unwrap_or(token);
        // A byte may stand alone as one digit.
        let digits = if digits.len() % 2 == 1 { format!("0{digits}") } else { digits.to_owned() };
        for pair in digits.as_bytes().chunks(2) {
            let byte = std::str::from_utf8(pair).ok().and_then(|pair| u8::from_str_radix(pair, 16).ok());
            bytes.push(byte.ok_or(format!("{token:?} is not bytes in hexadecimal"))?);
        }
    }
    Ok(bytes)
}

/// A number, in hexadecimal if it says so.
pub fn number(text: &str) -> Result<u64, String> {
    let bad = || format!("{text:?} is not a number");
    match text.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16).map_err(|_| bad()),
        None => match text.strip_prefix('-') {
            Some(_) => text.parse().map(|signed: i64| signed as u64).map_err(|_| bad()),
            None => text.parse().map_err(|_| bad()),
        },
    }
}

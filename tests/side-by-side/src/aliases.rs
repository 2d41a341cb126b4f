//! One name for the two codes of a contract.
//!
//! The code of a contract has one hash as Wasm and another as eBPF. Calls are written with a hash that stands for both
//! (of the contract's name), and everything read from a chain is translated back to it, so that the two chains can be
//! compared byte by byte. A hash is long enough not to occur by chance.

use polkadot_sdk::sp_core::H256;
use std::cell::RefCell;

thread_local! {
    /// The real hashes, and what stands for each. Tests run in threads of their own.
    static KNOWN: RefCell<Vec<(H256, H256)>> = const { RefCell::new(Vec::new()) };
}

/// What stands for the codes of this contract.
pub fn alias(contract: &str) -> H256 {
    sp_crypto_hashing::blake2_256(contract.as_bytes()).into()
}

/// From now on `alias` stands for `real`.
pub fn register(real: H256, alias: H256) {
    KNOWN.with(|known| {
        let mut known = known.borrow_mut();
        if !known.contains(&(real, alias)) {
            known.push((real, alias));
        }
    });
}

/// With what stands for them in the place of real hashes.
pub fn neutral(bytes: &[u8]) -> Vec<u8> {
    KNOWN.with(|known| {
        let mut bytes = bytes.to_vec();
        for (real, alias) in known.borrow().iter() {
            replace(&mut bytes, real.as_bytes(), alias.as_bytes());
        }
        bytes
    })
}

/// Puts `to` wherever `from` is. Both are 32 bytes.
pub fn replace(bytes: &mut [u8], from: &[u8], to: &[u8]) {
    let mut at = 0;
    while let Some(window) = bytes.get_mut(at..at + from.len()) {
        if window == from {
            window.copy_from_slice(to);
            at += from.len();
        } else {
            at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_replaced_wherever_they_are() {
        let (real, other) = (H256::repeat_byte(7), H256::repeat_byte(8));
        register(real, alias("a"));
        let text = [&[1][..], real.as_bytes(), other.as_bytes(), real.as_bytes(), &[7; 31]].concat();
        let expected =
            [&[1][..], alias("a").as_bytes(), other.as_bytes(), alias("a").as_bytes(), &[7; 31]].concat();
        assert_eq!(neutral(&text), expected);
    }
}

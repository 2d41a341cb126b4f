//! The helper numbers that a program may call. The embedder fills this table.
//!
//! A helper call (`call N` with `src = 0`, RFC 9669 §4.3.1) leaves the virtual machine with the number and r1–r5, and
//! the embedder decides what it means. The verifier refuses a program that names a number outside the table, so a
//! running program never meets an unknown one.

use alloc::vec::Vec;

/// A set of helper numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SyscallTable {
    /// In rising order, without duplicates.
    numbers: Vec<u32>,
}

impl SyscallTable {
    /// The empty table.
    pub const fn none() -> Self {
        Self { numbers: Vec::new() }
    }

    /// The contract functions for which `known` returns true.
    pub fn contract(known: impl Fn(contract_abi::syscall::Syscall) -> bool) -> Self {
        contract_abi::syscall::Syscall::ALL.iter().filter(|f| known(**f)).map(|f| f.number()).collect()
    }

    /// Whether the table contains `number`.
    pub fn contains(&self, number: u32) -> bool {
        self.numbers.binary_search(&number).is_ok()
    }
}

impl FromIterator<u32> for SyscallTable {
    fn from_iter<I: IntoIterator<Item = u32>>(numbers: I) -> Self {
        let mut numbers: Vec<u32> = numbers.into_iter().collect();
        numbers.sort_unstable();
        numbers.dedup();
        Self { numbers }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use contract_abi::syscall::{Stability, Syscall};

    #[test]
    fn holds_what_is_put_in() {
        let table: SyscallTable = [7, 3, 7, u32::MAX].into_iter().collect();
        for (number, known) in [(0, false), (3, true), (4, false), (7, true), (u32::MAX, true)] {
            assert_eq!(table.contains(number), known, "{number}");
        }
        assert!(!SyscallTable::none().contains(0));
    }

    #[test]
    fn contract_functions_are_chosen_by_the_embedder() {
        let table = SyscallTable::contract(|f| f.stability() == Stability::Stable);
        assert!(table.contains(Syscall::Return.number()));
        assert!(!table.contains(Syscall::Random.number()));
        assert!(!table.contains(0));
    }
}

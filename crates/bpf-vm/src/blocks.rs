//! Basic blocks: the unit in which gas is charged.
//!
//! The verifier makes one table, and every engine reads it, so engines cannot disagree about what is charged where. A
//! block begins
//!
//! * at the first instruction of a function,
//! * at the target of a jump or branch and at every entry of a jump table,
//! * after a jump, a branch, a call of any kind (program-local, helper, intrinsic), and `exit`,
//! * after [`crate::limits::MAX_BLOCK_LEN`] instructions without any of these,
//!
//! and ends where the next one begins. Control enters a block only at its first instruction, and leaves it only at its
//! last, or by a trap.

use alloc::vec;
use alloc::vec::Vec;
use bpf_isa::Slot;

/// A set of slots.
#[derive(Clone, Debug)]
pub(crate) struct SlotSet {
    words: Vec<u64>,
}

impl SlotSet {
    pub fn new(slots: u32) -> Self {
        Self { words: vec![0; (slots as usize).div_ceil(64)] }
    }

    /// Inserts `slot`, which must be within the length the set was made for.
    #[inline]
    pub fn insert(&mut self, slot: Slot) {
        self.words[slot.index() / 64] |= 1 << (slot.index() % 64);
    }

    #[inline]
    pub fn contains(&self, slot: Slot) -> bool {
        self.words.get(slot.index() / 64).is_some_and(|word| word >> (slot.index() % 64) & 1 == 1)
    }
}

/// A basic block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// Slot of its first instruction.
    pub first: Slot,
    /// Number of its instructions. Never 0.
    pub len: u32,
    /// What it costs, in gas.
    pub cost: u32,
    /// Whether the block before it falls through into it, rather than ending with a jump, call or `exit`.
    pub falls_in: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::MAX_BLOCK_LEN;
    use crate::meter::{Class, CostTable};

    #[test]
    fn no_block_overflows() {
        let dearest = Class::ALL.into_iter().map(|class| CostTable::V1.cost(class)).max().unwrap();
        assert!(dearest.checked_mul(MAX_BLOCK_LEN).is_some_and(|cost| cost < i32::MAX as u32));
    }

    #[test]
    fn a_set_holds_what_was_put_in() {
        let mut set = SlotSet::new(130);
        for slot in [0, 63, 64, 129] {
            set.insert(Slot(slot));
        }
        let found: Vec<u32> = (0..1000).filter(|&slot| set.contains(Slot(slot))).collect();
        assert_eq!(found, [0, 63, 64, 129]);
    }
}

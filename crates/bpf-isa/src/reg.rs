//! Registers and sets of them.

use core::fmt;

/// A register (RFC 9669 §2.2, "R0" to "R10"), and r11 of LLVM 23.
///
/// r11 has no storage of its own: it is only the base of the 8-byte stack slots that hold arguments after the fifth.
/// `*(u64 *)(r11 - 8k) = v` stores the k-th of them in the caller, and `v = *(u64 *)(r11 + 8k)` loads it in the callee.
/// [`crate::decode()`] refuses every other use of r11.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Reg {
    /// Result of calls and of the program.
    #[default]
    R0,
    /// First argument.
    R1,
    /// Second argument, and the upper half of a result in r0:r2.
    R2,
    /// Third argument.
    R3,
    /// Fourth argument.
    R4,
    /// Fifth argument.
    R5,
    /// Preserved by calls.
    R6,
    /// Preserved by calls.
    R7,
    /// Preserved by calls.
    R8,
    /// Preserved by calls.
    R9,
    /// Frame pointer, read-only.
    R10,
    /// Base of stack arguments (LLVM 23).
    R11,
}

impl Reg {
    /// All registers, by number.
    pub const ALL: [Reg; 12] = [
        Reg::R0,
        Reg::R1,
        Reg::R2,
        Reg::R3,
        Reg::R4,
        Reg::R5,
        Reg::R6,
        Reg::R7,
        Reg::R8,
        Reg::R9,
        Reg::R10,
        Reg::R11,
    ];

    /// The register of this number, from 0 to 11.
    pub const fn from_number(number: u8) -> Option<Reg> {
        if (number as usize) < Self::ALL.len() {
            Some(Self::ALL[number as usize])
        } else {
            None
        }
    }

    /// Its number, from 0 to 11.
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// Its number, for indexing an array of 12.
    pub const fn index(self) -> usize {
        self as usize
    }
}

impl fmt::Display for Reg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "r{}", self.number())
    }
}

/// A set of registers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct RegSet(u16);

impl RegSet {
    /// No register.
    pub const EMPTY: RegSet = RegSet(0);
    /// r1 to r5: the arguments of a call.
    pub const ARGUMENTS: RegSet = RegSet(0b11_1110);
    /// r0 to r5: what a call may change.
    pub const CALLER_SAVED: RegSet = RegSet(0b11_1111);
    /// r6 to r9: what a call preserves.
    pub const CALLEE_SAVED: RegSet = RegSet(0b11_1100_0000);

    /// This set and `reg`.
    #[must_use]
    pub const fn with(self, reg: Reg) -> RegSet {
        RegSet(self.0 | 1 << reg as u8)
    }

    /// This set without `reg`.
    #[must_use]
    pub const fn without(self, reg: Reg) -> RegSet {
        RegSet(self.0 & !(1 << reg as u8))
    }

    /// The registers of either set.
    #[must_use]
    pub const fn union(self, other: RegSet) -> RegSet {
        RegSet(self.0 | other.0)
    }

    /// The registers of this set that are not in `other`.
    #[must_use]
    pub const fn difference(self, other: RegSet) -> RegSet {
        RegSet(self.0 & !other.0)
    }

    /// Whether `reg` is in it.
    pub const fn contains(self, reg: Reg) -> bool {
        self.0 & 1 << reg as u8 != 0
    }

    /// Whether there is none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Its registers, by rising number.
    pub fn iter(self) -> impl Iterator<Item = Reg> {
        Reg::ALL.into_iter().filter(move |&reg| self.contains(reg))
    }
}

impl FromIterator<Reg> for RegSet {
    fn from_iter<I: IntoIterator<Item = Reg>>(regs: I) -> Self {
        regs.into_iter().fold(RegSet::EMPTY, RegSet::with)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_lead_back() {
        for (number, reg) in Reg::ALL.into_iter().enumerate() {
            assert_eq!(reg.index(), number);
            assert_eq!(Reg::from_number(number as u8), Some(reg));
        }
        assert_eq!(Reg::from_number(12), None);
    }

    #[test]
    fn sets_hold_what_is_put_in() {
        let set: RegSet = [Reg::R3, Reg::R11, Reg::R0].into_iter().collect();
        assert!(set.iter().eq([Reg::R0, Reg::R3, Reg::R11]));
        assert!(set.without(Reg::R0).without(Reg::R3).without(Reg::R11).is_empty());
        assert!(RegSet::CALLER_SAVED.iter().eq(Reg::ALL[..6].iter().copied()));
        assert!(RegSet::CALLEE_SAVED.iter().eq(Reg::ALL[6..10].iter().copied()));
        assert_eq!(RegSet::CALLER_SAVED.difference(RegSet::EMPTY.with(Reg::R0)), RegSet::ARGUMENTS);
    }
}

//! What a program must keep to beyond the rules for every program.
//!
//! Rules cross the boundary between runtime and node, so they are plain data. The same code compiled under different
//! rules gives different modules.

use contract_abi::syscall::Syscall;

/// Rules of one chain for one use of a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Maximum memory that a program may write to (data, bss, heap and stack together), in bytes.
    pub max_writable: u32,
    /// The syscalls it may call.
    pub syscalls: SyscallSet,
}

/// Length of [`Rules::to_bytes`], in bytes.
pub const RULES_LEN: usize = 20;

impl Rules {
    /// The memory limit, then the set of syscalls with one bit each, both little-endian.
    pub fn to_bytes(&self) -> [u8; RULES_LEN] {
        let mut bytes = [0; RULES_LEN];
        bytes[..4].copy_from_slice(&self.max_writable.to_le_bytes());
        bytes[4..].copy_from_slice(&self.syscalls.0.to_le_bytes());
        bytes
    }

    /// Reads them back. Bits that stand for no syscall are ignored.
    pub fn from_bytes(bytes: &[u8; RULES_LEN]) -> Self {
        let max_writable = u32::from_le_bytes(core::array::from_fn(|index| bytes[index]));
        let bits = u128::from_le_bytes(core::array::from_fn(|index| bytes[4 + index]));
        Self { max_writable, syscalls: SyscallSet(bits & SyscallSet::of(|_| true).0) }
    }
}

/// A set of syscalls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SyscallSet(u128);

impl SyscallSet {
    /// The set of those for which `allowed` holds.
    pub fn of(allowed: impl Fn(Syscall) -> bool) -> Self {
        Syscall::ALL.iter().filter(|s| allowed(**s)).fold(Self(0), |set, s| Self(set.0 | 1 << s.number()))
    }

    /// Whether the syscall of this number is in the set.
    pub fn contains(self, number: u32) -> bool {
        Syscall::from_number(number).is_some() && self.0 >> number & 1 == 1
    }
}

const _: () = assert!(Syscall::ALL.len() < 128, "a number is a bit of the set");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_holds_what_was_chosen_and_nothing_else() {
        let set = SyscallSet::of(|s| s == Syscall::Return || s == Syscall::Noop);
        for number in 0..=u16::MAX.into() {
            assert_eq!(set.contains(number), number == 12 || number == 71, "{number}");
        }
        assert!(!SyscallSet::default().contains(12));
    }

    #[test]
    fn rules_cross_the_boundary() {
        for syscalls in
            [SyscallSet::default(), SyscallSet::of(|s| s.number() % 3 == 0), SyscallSet::of(|_| true)]
        {
            for max_writable in [0, 1 << 20, u32::MAX] {
                let rules = Rules { max_writable, syscalls };
                assert_eq!(Rules::from_bytes(&rules.to_bytes()), rules);
            }
        }
        let all = Rules { max_writable: u32::MAX, syscalls: SyscallSet::of(|_| true) };
        assert_eq!(Rules::from_bytes(&[0xff; RULES_LEN]), all);
    }
}

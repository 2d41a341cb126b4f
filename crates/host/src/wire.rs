//! The format of data between runtime and node: little-endian numbers in buffers of fixed length.
//!
//! Both sides read with total functions. On the node's side, a number without a meaning is an error, never a panic. The
//! runtime trusts its node, and stops if the node returns something impossible.

#[cfg(feature = "std")]
use crate::Entry;
use crate::{Cause, CompileError, Exit, MAX_REASON};
use alloc::string::String;
use bpf_vm::{GuestAddr, Trap, TrapKind};

/// What a host function returns instead of a handle or a status: below 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i64)]
pub enum Failure {
    /// The handle is not one of this call, is of the other kind, or was released.
    UnknownHandle = -1,
    /// An argument has no meaning.
    BadArgument = -2,
    /// A range of guest memory is not mapped, or not writable.
    MemoryFault = -3,
    /// The call keeps more alive than it may: see [`crate::limits`].
    Exhausted = -4,
    /// Nothing is stored under the key.
    NotFound = -5,
    /// The program calls a syscall that the rules do not contain; the refusal says which.
    Syscall = -6,
    /// The program was rejected; the refusal says why.
    Rejected = -7,
    /// The externalities accept no extension, so there is no place to keep programs.
    Unavailable = -8,
}

impl From<Failure> for i64 {
    fn from(failure: Failure) -> i64 {
        failure as i64
    }
}

impl Failure {
    const ALL: [Failure; 8] = [
        Failure::UnknownHandle,
        Failure::BadArgument,
        Failure::MemoryFault,
        Failure::Exhausted,
        Failure::NotFound,
        Failure::Syscall,
        Failure::Rejected,
        Failure::Unavailable,
    ];

    /// The result of a host function. `None` for a number without a meaning.
    pub fn read(value: i64) -> Option<Result<u64, Failure>> {
        match u64::try_from(value) {
            Ok(value) => Some(Ok(value)),
            Err(_) => Self::ALL.into_iter().find(|failure| i64::from(*failure) == value).map(Err),
        }
    }
}

/// The entry point with this number.
#[cfg(feature = "std")]
pub fn entry(number: u32) -> Option<Entry> {
    [Entry::Deploy, Entry::Call].into_iter().find(|entry| *entry as u32 == number)
}

/// Bytes of a [`Report`].
pub const REPORT_LEN: usize = 56;

/// How a run ended, in addition to what the host function returns:
///
/// ```text
///  0       8        12    16                                       56
///  ├───────┼────────┼─────┼────────────────────────────────────────┤
///  │ gas   │ number │ pc  │ r1 │ r2 │ r3 │ r4 │ r5                 │  a syscall: its number
///  │ left  │        │     │ address │ 0 …                           │  a trap: its kind's number
///  └───────┴────────┴─────┴────────────────────────────────────────┘
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Report([u8; REPORT_LEN]);

impl Default for Report {
    fn default() -> Self {
        Self([0; REPORT_LEN])
    }
}

impl AsRef<[u8]> for Report {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl AsMut<[u8]> for Report {
    fn as_mut(&mut self) -> &mut [u8] {
        &mut self.0
    }
}

const FINISHED: u64 = 0;
const SYSCALL: u64 = 1;
const TRAPPED: u64 = 2;
const OUT_OF_GAS: u64 = 3;

impl Report {
    fn put<const N: usize>(&mut self, at: usize, bytes: [u8; N]) {
        self.0[at..at + N].copy_from_slice(&bytes);
    }

    fn get<const N: usize>(&self, at: usize) -> [u8; N] {
        core::array::from_fn(|index| self.0[at + index])
    }

    /// The status and the report for an exit.
    pub fn write(exit: &Exit) -> (u64, Report) {
        let mut report = Report::default();
        report.put(0, exit.gas_left.to_le_bytes());
        let status = match exit.cause {
            Cause::Finished => FINISHED,
            Cause::OutOfGas => OUT_OF_GAS,
            Cause::Syscall { number, args } => {
                report.put(8, number.to_le_bytes());
                for (index, arg) in args.into_iter().enumerate() {
                    report.put(16 + 8 * index, arg.to_le_bytes());
                }
                SYSCALL
            }
            Cause::Trapped(trap) => {
                report.put(8, u32::from(trap.kind.number()).to_le_bytes());
                report.put(12, trap.pc.0.to_le_bytes());
                report.put(16, u64::from(trap.addr.0).to_le_bytes());
                TRAPPED
            }
        };
        (status, report)
    }

    /// The exit for a status and its report. `None` if they have no meaning.
    pub fn read(&self, status: u64) -> Option<Exit> {
        let word = |at| u32::from_le_bytes(self.get(at));
        let long = |at| u64::from_le_bytes(self.get(at));
        let cause = match status {
            FINISHED => Cause::Finished,
            OUT_OF_GAS => Cause::OutOfGas,
            SYSCALL => {
                Cause::Syscall { number: word(8), args: core::array::from_fn(|index| long(16 + 8 * index)) }
            }
            TRAPPED => Cause::Trapped(Trap {
                kind: u8::try_from(word(8)).ok().and_then(TrapKind::from_number)?,
                pc: bpf_vm::Slot(word(12)),
                addr: GuestAddr(u32::try_from(long(16)).ok()?),
            }),
            _ => return None,
        };
        Some(Exit { gas_left: long(0), cause })
    }
}

/// Bytes of a refusal.
pub const REFUSAL_LEN: usize = 8 + MAX_REASON;

/// Writes why a program was refused:
///
/// ```text
///  0        4      8
///  ├────────┼──────┼──────────────┤
///  │ number │ slot │ 0 …          │  Failure::Syscall
///  │ length │ 0    │ text │ 0 …   │  Failure::Rejected: the length of the text in bytes
///  └────────┴──────┴──────────────┘
/// ```
///
/// If the buffer is too short, it receives as much as fits.
#[cfg(feature = "std")]
pub fn write_refusal(error: &CompileError, buffer: &mut [u8]) -> Failure {
    let mut refusal = [0; REFUSAL_LEN];
    let failure = match error {
        CompileError::NotFound => Failure::NotFound,
        CompileError::Syscall { number, slot } => {
            refusal[..4].copy_from_slice(&number.to_le_bytes());
            refusal[4..8].copy_from_slice(&slot.to_le_bytes());
            Failure::Syscall
        }
        CompileError::Rejected { reason } => {
            let text = &reason.as_bytes()[..reason.len().min(MAX_REASON)];
            refusal[..4].copy_from_slice(&(text.len() as u32).to_le_bytes());
            refusal[8..8 + text.len()].copy_from_slice(text);
            Failure::Rejected
        }
    };
    let len = buffer.len().min(REFUSAL_LEN);
    buffer[..len].copy_from_slice(&refusal[..len]);
    failure
}

/// Reads what [`write_refusal`] wrote. `None` for a failure not caused by the program.
pub fn read_refusal(failure: Failure, buffer: &[u8; REFUSAL_LEN]) -> Option<CompileError> {
    let word = |at: usize| u32::from_le_bytes(core::array::from_fn(|index| buffer[at + index]));
    match failure {
        Failure::NotFound => Some(CompileError::NotFound),
        Failure::Syscall => Some(CompileError::Syscall { number: word(0), slot: word(4) }),
        Failure::Rejected => {
            let text = buffer[8..].get(..word(0) as usize)?;
            Some(CompileError::Rejected { reason: String::from_utf8_lossy(text).into_owned() })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_exit_comes_back_as_it_went() {
        let mut causes = alloc::vec![
            Cause::Finished,
            Cause::OutOfGas,
            Cause::Syscall { number: u32::MAX, args: [1, 2, u64::MAX, 4, 5] },
        ];
        causes.extend(TrapKind::ALL.map(|kind| {
            Cause::Trapped(Trap { kind, pc: bpf_vm::Slot(0x0102_0304), addr: GuestAddr(u32::MAX) })
        }));
        for cause in causes {
            for gas_left in [0, 1, u64::MAX] {
                let exit = Exit { gas_left, cause };
                let (status, report) = Report::write(&exit);
                assert_eq!(report.read(status), Some(exit));
            }
        }
    }

    #[test]
    fn reports_without_a_meaning_are_none() {
        let garbage = Report([0xff; REPORT_LEN]);
        assert_eq!(garbage.read(TRAPPED), None);
        assert_eq!(Report::default().read(TRAPPED), None);
        for status in [4, 255, u64::MAX] {
            assert_eq!(garbage.read(status), None);
        }
        assert!(garbage.read(SYSCALL).is_some());
    }

    #[test]
    fn every_refusal_comes_back_as_it_went() {
        let errors = [
            CompileError::NotFound,
            CompileError::Syscall { number: 7, slot: 0x0102_0304 },
            CompileError::rejected(""),
            CompileError::rejected("a jump leaves the function"),
            CompileError::rejected(&"ä".repeat(MAX_REASON)),
        ];
        for error in errors {
            let mut buffer = [0; REFUSAL_LEN];
            let failure = write_refusal(&error, &mut buffer);
            assert_eq!(read_refusal(failure, &buffer), Some(error.clone()));
            // If the buffer is too short, nothing is written past its end.
            for len in [0, 3, 9] {
                assert_eq!(write_refusal(&error, &mut buffer[..len]), failure);
            }
        }
    }

    #[test]
    fn numbers_are_pinned() {
        let numbers = Failure::ALL.map(i64::from);
        assert_eq!(numbers, [-1, -2, -3, -4, -5, -6, -7, -8]);
        for failure in Failure::ALL {
            assert_eq!(Failure::read(failure.into()), Some(Err(failure)));
        }
        assert_eq!(Failure::read(5), Some(Ok(5)));
        assert_eq!((Failure::read(-9), Failure::read(i64::MIN)), (None, None));
        assert_eq!([entry(0), entry(1), entry(2)], [Some(Entry::Deploy), Some(Entry::Call), None]);
    }
}

//! The helper functions that programs of the suite may call, by the numbers that uBPF gave them.

use bpf_vm::{GuestAddr, SyscallTable};
use bpf_vm::{Instance, MemoryFault};

/// What a helper does to the run.
pub enum Outcome {
    /// It goes on with this in r0.
    Resume(u64),
    /// It ends with this in r0.
    Finish(u64),
}

/// The numbers that are known.
pub fn table() -> SyscallTable {
    (0..=5).collect()
}

/// Calls the helper `number`.
///
/// # Errors
/// A pointer that leads out of the program's memory.
pub fn call(instance: &mut Instance, number: u32, args: [u64; 5]) -> Result<Outcome, MemoryFault> {
    let [a, b, c, d, e] = args;
    Ok(Outcome::Resume(match number {
        // gather_bytes: one number of the lowest bytes of five.
        0 => [a, b, c, d, e].into_iter().fold(0, |gathered, byte| gathered << 8 | byte & 0xff),
        // memfrob(address, length): every byte, exclusive or 42.
        1 => {
            let len = u32::try_from(b).unwrap_or(u32::MAX);
            let mut bytes = instance.read_vec(GuestAddr(a as u32), len)?;
            bytes.iter_mut().for_each(|byte| *byte ^= 42);
            instance.write(GuestAddr(a as u32), &bytes)?;
            a
        }
        // trash_registers: r1 to r5 are free to change here, and keep their values.
        2 => 0,
        // sqrti: the integer square root.
        3 => a.isqrt(),
        // strcmp_ext(address, address)
        4 => {
            let (mut a, mut b) = (a as u32, b as u32);
            loop {
                let (mut x, mut y) = ([0], [0]);
                instance.read(GuestAddr(a), &mut x)?;
                instance.read(GuestAddr(b), &mut y)?;
                if x != y || x == [0] {
                    break i64::from(x[0]).wrapping_sub(i64::from(y[0])) as u64;
                }
                (a, b) = (a.wrapping_add(1), b.wrapping_add(1));
            }
        }
        // unwind(x): x, and the end of the program if that is 0.
        5 if a == 0 => return Ok(Outcome::Finish(0)),
        _ => a,
    }))
}

/// The same as a crosscheck wants it: `None` where the run ends.
pub fn serve(instance: &mut Instance, number: u32, args: [u64; 5]) -> Option<u64> {
    match call(instance, number, args) {
        Ok(Outcome::Resume(r0)) => Some(r0),
        Ok(Outcome::Finish(_)) | Err(_) => None,
    }
}

//! Programs run in the virtual machine.

use bpf_vm::{verify, Config, Entry, Exit, Gas, GuestAddr, Instance, Program, Rules, SyscallTable, TrapKind};
use contract_abi::memory::DATA_BASE;
use std::sync::Arc;

/// What a run does that anyone could see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observed {
    pub end: Ending,
    /// Number and arguments of each helper call.
    pub calls: Vec<(u32, [u64; 5])>,
    /// The writable data at the end.
    pub data: Vec<u8>,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    Finished(u64),
    Trapped(TrapKind),
    /// It was stopped after many helper calls or much gas.
    Endless,
}

/// Runs the entry point `call` of an image.
///
/// # Panics
/// The verifier refuses the image.
pub fn observe(image: &[u8], args: [u64; 5]) -> Observed {
    let parsed = contract_abi::image::Image::parse(image).unwrap();
    let data_size = parsed.data.len() as u32;
    let program = Program::from_image(image).unwrap();
    let program = verify(program, &Rules::contract(SyscallTable::contract(|_| true))).unwrap();
    let mut instance =
        Instance::new(Arc::new(program), &Config { gas: Gas(1_000_000_000), ..Config::default() });
    instance.start(Entry::Call, args).unwrap();
    let mut calls = Vec::new();
    let end = loop {
        match instance.run() {
            Exit::Finished { r0, .. } => break Ending::Finished(r0),
            Exit::Trapped(trap) => break Ending::Trapped(trap.kind),
            Exit::Syscall { number, args } if calls.len() < 1000 => {
                // Only as many arguments as the function has are arguments.
                let count = contract_abi::syscall::Syscall::from_number(number)
                    .map_or(5, |syscall| syscall.args().len().min(5));
                let mut seen = args;
                seen[count..].fill(0);
                calls.push((number, seen));
                instance.resume(seen.iter().fold(u64::from(number), |sum, &arg| {
                    sum.wrapping_mul(31).wrapping_add(arg).rotate_left(7) & 0xff
                }));
            }
            Exit::Syscall { .. } | Exit::OutOfGas => break Ending::Endless,
        }
    };
    let data = instance.read_vec(GuestAddr(DATA_BASE), data_size).unwrap();
    Observed { end, calls, data }
}

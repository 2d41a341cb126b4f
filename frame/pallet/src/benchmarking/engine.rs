//! Measures the time of a unit of gas: endless programs, one for each class of instruction that has a price.
//!
//! Each runs until it has used the gas that it was given, so the time of a unit is the slope of time over gas, whatever
//! instructions it was spent on. The programs are the slow ones of their class: operations that depend on each other,
//! loads that miss the first cache, branches that cannot be predicted. The weight of a unit (`REF_TIME_PER_GAS_*` in
//! `gas.rs`) is chosen above the slowest.

use super::program::Source;
use crate::{code, Config, Schedule};
use alloc::{format, string::String, vec::Vec};
use contract_abi::{
    intrinsic::Intrinsic,
    memory::{CODE_BASE, DATA_BASE},
};
use frame_support::traits::Get;
use inkbpf_host::{Cause, Code, Engine, Entry, Instance as _};
use polkadot_sdk::*;

/// Gas for each unit of the component.
pub const UNIT: u64 = 100_000;
/// Maximum number of units.
pub const UNITS: u32 = 100;
/// Memory of the programs that use it, in bytes: a core's own caches are not much larger at any level.
pub const MEMORY: u32 = 960 * 1024;
/// How often a loop repeats an operation, so that the loop itself does not matter.
const TIMES: usize = 64;
/// Distance between two places in memory that share no cache line.
const LINE: u32 = 64;

/// An endless program, in fresh memory.
pub struct Kernel<T: Config>(<T::Engine as Engine>::Instance);

impl<T: Config> Kernel<T> {
    /// The program that does `setup` once and `body` endlessly.
    pub fn new(setup: &str, body: &str) -> Self {
        Self::of(&Source::new(&format!("{setup}\nagain:\n{body}\n goto again")).bss(MEMORY))
    }

    /// This program, which never ends.
    pub fn of(source: &Source) -> Self {
        let schedule: Schedule<T> = T::Schedule::get();
        let rules = code::rules_for_loading::<T>(schedule.limits.max_memory_size(), Entry::Call);
        let module = T::Engine::compile(Code::Bytes(&source.image()), &rules)
            .map_err(code::reason::<T>)
            .expect("a benchmark's program is valid");
        Self(T::Engine::instantiate(&module, Entry::Call))
    }

    /// Adds a chain of pointers through its memory: each place holds the address of another, in an order that no
    /// processor predicts, and all form one ring.
    pub fn chained(mut self) -> Self {
        let places = MEMORY / LINE;
        let mut memory = alloc::vec![0; MEMORY as usize];
        // A step without a common factor with the number of places visits them all: 15,360 is 2¹⁰ · 3 · 5.
        let step = 7_919;
        let mut place = 0u32;
        for _ in 0..places {
            let next = (place + step) % places;
            let at = (place * LINE) as usize;
            memory[at..at + 8].copy_from_slice(&u64::from(DATA_BASE + next * LINE).to_le_bytes());
            place = next;
        }
        assert_eq!(place, 0, "the ring is closed");
        self.0.write(DATA_BASE, &memory).expect("it has that much");
        self
    }

    /// Uses `units` of [`UNIT`] gas, all of them.
    pub fn run(mut self, units: u32) {
        let exit = self.0.run(u64::from(units) * UNIT);
        assert_eq!(exit.cause, Cause::OutOfGas);
        // A block for which there is not enough gas does not start, nor does a copy of a quarter of the memory.
        assert!(exit.gas_left < 40_000, "{} are left", exit.gas_left);
    }
}

/// `line`, repeated `TIMES` times.
pub fn repeat(line: &str) -> String {
    let lines: Vec<&str> = core::iter::repeat_n(line, TIMES).collect();
    lines.join("\n")
}

/// Stores over the whole memory, each to a cache line of its own.
pub fn stores() -> String {
    // The step is larger than what prefetching covers.
    let next =
        format!(" *(u64 *)(r6 + 0) = r7\n r6 += {}\n if r6 < r8 goto +1\n r6 = {DATA_BASE}", LINE * 67);
    repeat(&next)
}

/// A call of an intrinsic.
pub fn intrinsic(intrinsic: Intrinsic) -> String {
    format!(" call {}", intrinsic.number())
}

/// A branch that is taken as often as not: on a bit of pseudo-random numbers.
pub const UNFORESEEN: &str = " r6 *= 1103515245\n r6 += 12345\n if r6 & 0x10000 goto +1\n r7 += 1\n \
    if r6 & 0x100000 goto +1\n r7 += 1\n if r6 & 0x1000000 goto +1\n r7 += 1\n \
    if r6 & 0x10000000 goto +1\n r7 += 1";

/// Calls the function behind this one, by its address.
pub fn call_pointers() -> String {
    // `deploy`, the move, the calls and the jump back are before it, a slot each.
    let callee = CODE_BASE + 8 * (1 + 1 + TIMES as u32 + 1);
    format!(" r6 = {callee}\nagain:\n{}\n goto again", repeat(" callx r6"))
}

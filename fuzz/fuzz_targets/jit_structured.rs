//! Engines compared with each other, third level: loops, calls, tables, syscalls, traps, and accesses at the
//! edges of regions.

#![no_main]

use inkbpf_fuzz::differ::{same, side};
use inkbpf_fuzz::structured::Structured;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|program: Structured| {
    let Structured(plan) = program;
    let Some(side) = side(&plan) else { return };
    same(&plan, &side);
});

//! Engines against each other, second strength: straight runs of instructions that the verifier lets in,
//! every register full, with the sequences that compilers write.

#![no_main]

use inkbpf_fuzz::differ::{same, side};
use inkbpf_fuzz::structured::Straight;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|program: Straight| {
    let Straight(plan) = program;
    let Some(side) = side(&plan) else { return };
    same(&plan, &side);
});

//! Engines compared with each other, second level: straight-line code that the verifier accepts, with all
//! registers filled, and with sequences that compilers write.

#![no_main]

use inkbpf_fuzz::differ::{same, side};
use inkbpf_fuzz::structured::Straight;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|program: Straight| {
    let Straight(plan) = program;
    let Some(side) = side(&plan) else { return };
    same(&plan, &side);
});

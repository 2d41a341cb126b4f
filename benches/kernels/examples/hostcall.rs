//! Calls the host `n` times: what leaving the machine and coming back costs.

#![no_std]
#![no_main]

fn setup(_: usize) {}

fn run(n: usize) -> u64 {
    (0..n).fold(1, |value, _| kernels::host(value))
}

kernels::kernel!(super::setup, super::run);

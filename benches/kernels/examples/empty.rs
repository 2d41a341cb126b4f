//! Does nothing: what a call of a guest costs.

#![no_std]
#![no_main]

fn setup(_: usize) {}

fn run(n: usize) -> u64 {
    n as u64
}

kernels::kernel!(super::setup, super::run);

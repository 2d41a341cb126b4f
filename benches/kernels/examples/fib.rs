//! Fibonacci numbers by recursion: calls and returns, and hardly anything else.

#![no_std]
#![no_main]

fn setup(_: usize) {}

#[inline(never)]
fn fib(n: u64) -> u64 {
    match n {
        0 | 1 => n,
        // What LLVM would make a loop of, it does not see through.
        _ => fib(core::hint::black_box(n - 1)) + fib(n - 2),
    }
}

fn run(n: usize) -> u64 {
    fib(n as u64)
}

kernels::kernel!(super::setup, super::run);

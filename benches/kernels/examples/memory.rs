//! `n` rounds of copying, filling and comparing pieces of 1 byte to 4 KiB: what a machine does with `memcpy`,
//! `memset` and `memcmp`.

#![no_std]
#![no_main]

use core::hint::black_box;
use kernels::{mix, Memory, Random};

const SIZE: usize = 4096;

static FROM: Memory<[u8; SIZE]> = Memory::new([0; SIZE]);
static TO: Memory<[u8; SIZE]> = Memory::new([0; SIZE]);

fn setup(n: usize) {
    Random::new(n as u64).fill(FROM.get());
}

fn run(n: usize) -> u64 {
    let (from, to) = (FROM.get(), TO.get());
    to.fill(0);
    let mut sum = 0;
    for round in 0..n {
        for shift in 0..=12 {
            let len = black_box(1usize << shift);
            let at = round % (SIZE - len + 1);
            to[at..at + len].fill(round as u8);
            to[..len].copy_from_slice(&from[at..at + len]);
            let same = to[..len] == from[at..at + len];
            sum = mix(sum, u64::from(to[len / 2]) + u64::from(same));
        }
    }
    sum
}

kernels::kernel!(super::setup, super::run);

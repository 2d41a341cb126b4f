//! BLAKE2b-256 of `n` bytes, by the crate `blake2`: 64-bit additions, rotations and xors. ink!'s hash.

#![no_std]
#![no_main]

use blake2::digest::consts::U32;
use blake2::{Blake2b, Digest};
use kernels::{mix_bytes, Memory, Random};

const MOST: usize = 64 * 1024;

static INPUT: Memory<[u8; MOST]> = Memory::new([0; MOST]);

fn setup(n: usize) {
    Random::new(n as u64).fill(&mut INPUT.get()[..n]);
}

fn run(n: usize) -> u64 {
    mix_bytes(0, &Blake2b::<U32>::digest(&INPUT.get()[..n]))
}

kernels::kernel!(super::setup, super::run);

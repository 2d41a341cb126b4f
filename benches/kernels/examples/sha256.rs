//! SHA-256 of `n` bytes, by the crate `sha2` in portable code: 32-bit rotations, additions and xors.

#![no_std]
#![no_main]

use kernels::{mix_bytes, Memory, Random};
use sha2::{Digest, Sha256};

const MOST: usize = 64 * 1024;

static INPUT: Memory<[u8; MOST]> = Memory::new([0; MOST]);

fn setup(n: usize) {
    Random::new(n as u64).fill(&mut INPUT.get()[..n]);
}

fn run(n: usize) -> u64 {
    mix_bytes(0, &Sha256::digest(&INPUT.get()[..n]))
}

kernels::kernel!(super::setup, super::run);

//! Keccak-256 of `n` bytes, by the crate `tiny-keccak`: 64-bit rotations and xors over 25 words.

#![no_std]
#![no_main]

use kernels::{mix_bytes, Memory, Random};
use tiny_keccak::{Hasher, Keccak};

const MOST: usize = 64 * 1024;

static INPUT: Memory<[u8; MOST]> = Memory::new([0; MOST]);

fn setup(n: usize) {
    Random::new(n as u64).fill(&mut INPUT.get()[..n]);
}

fn run(n: usize) -> u64 {
    let mut keccak = Keccak::v256();
    let mut hash = [0; 32];
    keccak.update(&INPUT.get()[..n]);
    keccak.finalize(&mut hash);
    mix_bytes(0, &hash)
}

kernels::kernel!(super::setup, super::run);

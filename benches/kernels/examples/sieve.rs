//! The primes below `n`, by the sieve of Eratosthenes: byte stores at growing strides, then a scan.

#![no_std]
#![no_main]

use kernels::{mix, Memory};

const MOST: usize = 256 * 1024;

static COMPOSITE: Memory<[bool; MOST]> = Memory::new([false; MOST]);

fn setup(_: usize) {}

fn run(n: usize) -> u64 {
    let composite = &mut COMPOSITE.get()[..n];
    composite.fill(false);
    let mut i = 2;
    while i * i < n {
        if !composite[i] {
            let mut multiple = i * i;
            while multiple < n {
                composite[multiple] = true;
                multiple += i;
            }
        }
        i += 1;
    }
    let primes = composite.iter().enumerate().skip(2).filter(|(_, &composite)| !composite);
    primes.fold(0, |sum, (prime, _)| mix(sum, prime as u64))
}

kernels::kernel!(super::setup, super::run);

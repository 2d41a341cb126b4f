//! `n` steps of 256-bit arithmetic, by the crate `ruint`: sums, products, quotients and modular products, as
//! token contracts have them.

#![no_std]
#![no_main]

use kernels::{mix, Memory, Random};
use ruint::aliases::U256;

static START: Memory<[U256; 3]> = Memory::new([U256::ZERO; 3]);

fn setup(n: usize) {
    let mut random = Random::new(n as u64);
    for number in START.get() {
        *number = U256::from_limbs([random.next(), random.next(), random.next(), random.next() | 1 << 63]);
    }
}

fn run(n: usize) -> u64 {
    let [mut a, mut b, modulus] = *START.get();
    for step in 0..n {
        let product = a.wrapping_mul(b);
        let quotient = product.checked_div(b >> (step % 130)).unwrap_or(a);
        b = b.wrapping_add(quotient).rotate_left(11) | U256::ONE;
        if step % 4 == 0 {
            b = b.mul_mod(a, modulus);
        }
        a = match product.checked_add(quotient) {
            Some(sum) => sum,
            None => product.abs_diff(quotient),
        };
    }
    (a ^ b).as_limbs().iter().fold(0, |sum, &limb| mix(sum, limb))
}

kernels::kernel!(super::setup, super::run);

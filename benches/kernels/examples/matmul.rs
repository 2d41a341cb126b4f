//! The product of two `n` × `n` matrices of 32-bit integers: a multiplication and two loads a step.

#![no_std]
#![no_main]

use kernels::{mix, Memory, Random};

const MOST: usize = 128;

type Matrix = [[u32; MOST]; MOST];

static A: Memory<Matrix> = Memory::new([[0; MOST]; MOST]);
static B: Memory<Matrix> = Memory::new([[0; MOST]; MOST]);
static C: Memory<Matrix> = Memory::new([[0; MOST]; MOST]);

fn setup(n: usize) {
    let mut random = Random::new(n as u64);
    for matrix in [A.get(), B.get()] {
        for cell in matrix.iter_mut().take(n).flat_map(|row| row.iter_mut().take(n)) {
            *cell = random.next() as u32;
        }
    }
}

fn run(n: usize) -> u64 {
    let (a, b, c) = (A.get(), B.get(), C.get());
    for (row, out) in a.iter().zip(c.iter_mut()).take(n) {
        for (column, cell) in out.iter_mut().enumerate().take(n) {
            let products = row.iter().zip(b.iter()).take(n).map(|(&x, line)| x.wrapping_mul(line[column]));
            *cell = products.fold(0, u32::wrapping_add);
        }
    }
    c.iter().take(n).flat_map(|row| row.iter().take(n)).fold(0, |sum, &cell| mix(sum, u64::from(cell)))
}

kernels::kernel!(super::setup, super::run);

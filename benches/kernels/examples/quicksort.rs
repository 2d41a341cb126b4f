//! Sorts `n` numbers by quicksort (Hoare's partition, insertion sort for short pieces): loads, compares, swaps
//! and branches that nothing predicts.

#![no_std]
#![no_main]

use kernels::{mix, Memory, Random};

const MOST: usize = 16 * 1024;

static INPUT: Memory<[u32; MOST]> = Memory::new([0; MOST]);
static WORK: Memory<[u32; MOST]> = Memory::new([0; MOST]);

fn setup(n: usize) {
    let mut random = Random::new(n as u64);
    for slot in &mut INPUT.get()[..n] {
        *slot = (random.next() >> 32) as u32;
    }
}

fn sort(items: &mut [u32]) {
    if items.len() <= 12 {
        for i in 1..items.len() {
            let mut at = i;
            while at > 0 && items[at - 1] > items[at] {
                items.swap(at - 1, at);
                at -= 1;
            }
        }
        return;
    }
    let pivot = items[items.len() / 2];
    let (mut low, mut high) = (0, items.len() - 1);
    loop {
        while items[low] < pivot {
            low += 1;
        }
        while items[high] > pivot {
            high -= 1;
        }
        if low >= high {
            break;
        }
        items.swap(low, high);
        low += 1;
        high -= 1;
    }
    let (left, right) = items.split_at_mut(low);
    sort(left);
    sort(right);
}

fn run(n: usize) -> u64 {
    let work = &mut WORK.get()[..n];
    work.copy_from_slice(&INPUT.get()[..n]);
    sort(work);
    work.iter().fold(0, |sum, &item| mix(sum, u64::from(item)))
}

kernels::kernel!(super::setup, super::run);

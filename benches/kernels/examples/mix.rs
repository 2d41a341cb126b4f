//! `n` rounds of what CoreMark is made of: a linked list that is searched, reversed and sorted, a small matrix, a
//! state machine over text, and CRC-16 over the results.

#![no_std]
#![no_main]

use kernels::{Memory, Random};

const NODES: usize = 64;
const SIDE: usize = 8;
const TEXT: usize = 256;

#[derive(Clone, Copy)]
struct Node {
    next: u16,
    value: i16,
}

const END: u16 = u16::MAX;

static LIST: Memory<[Node; NODES]> = Memory::new([Node { next: END, value: 0 }; NODES]);
static MATRIX: Memory<[[i16; SIDE]; SIDE]> = Memory::new([[0; SIDE]; SIDE]);
static WORDS: Memory<[u8; TEXT]> = Memory::new([0; TEXT]);

fn setup(n: usize) {
    let mut random = Random::new(n as u64 + 1);
    for (index, node) in LIST.get().iter_mut().enumerate() {
        let next = if index + 1 < NODES { index as u16 + 1 } else { END };
        *node = Node { next, value: (random.next() >> 50) as i16 };
    }
    for cell in MATRIX.get().iter_mut().flatten() {
        *cell = (random.next() >> 56) as i16 - 128;
    }
    for byte in WORDS.get() {
        *byte = b"0123456789+-.eE,,x"[(random.next() >> 33) as usize % 18];
    }
}

fn crc(mut crc: u16, value: u16) -> u16 {
    crc ^= value;
    for _ in 0..16 {
        crc = if crc & 1 == 1 { crc >> 1 ^ 0xa001 } else { crc >> 1 };
    }
    crc
}

fn find(list: &[Node; NODES], mut head: u16, value: i16) -> u16 {
    let mut steps = 0;
    while head != END && list[usize::from(head)].value != value {
        head = list[usize::from(head)].next;
        steps += 1;
    }
    steps
}

fn reverse(list: &mut [Node; NODES], mut head: u16) -> u16 {
    let mut reversed = END;
    while head != END {
        let next = list[usize::from(head)].next;
        list[usize::from(head)].next = reversed;
        reversed = head;
        head = next;
    }
    reversed
}

/// Merge sort, bottom up, by a key.
fn sort(list: &mut [Node; NODES], mut head: u16, key: fn(i16) -> i16) -> u16 {
    let mut run = 1;
    loop {
        let (mut left, mut tail, mut merges) = (head, END, 0);
        head = END;
        while left != END {
            merges += 1;
            let (mut right, mut left_len) = (left, 0);
            while left_len < run && right != END {
                left_len += 1;
                right = list[usize::from(right)].next;
            }
            let mut right_len = run;
            while left_len > 0 || (right_len > 0 && right != END) {
                let take_left = left_len > 0
                    && (right_len == 0
                        || right == END
                        || key(list[usize::from(left)].value) <= key(list[usize::from(right)].value));
                let taken = if take_left { left } else { right };
                if take_left {
                    left = list[usize::from(left)].next;
                    left_len -= 1;
                } else {
                    right = list[usize::from(right)].next;
                    right_len -= 1;
                }
                match tail {
                    END => head = taken,
                    _ => list[usize::from(tail)].next = taken,
                }
                tail = taken;
            }
            left = right;
        }
        match tail {
            END => return END,
            _ => list[usize::from(tail)].next = END,
        }
        if merges <= 1 {
            return head;
        }
        run *= 2;
    }
}

fn matrix(cells: &[[i16; SIDE]; SIDE], scale: i16) -> u16 {
    let mut sum = 0;
    for row in cells {
        for column in 0..SIDE {
            let products =
                row.iter().zip(cells).map(|(&x, line)| i32::from(x) * i32::from(line[column] ^ scale));
            let cell: i32 = products.fold(0, i32::wrapping_add);
            sum = crc(sum, (cell >> 2) as u16);
        }
    }
    sum
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Start,
    Sign,
    Whole,
    Fraction,
    Exponent,
    Scale,
    Invalid,
}

fn states(text: &[u8; TEXT]) -> u16 {
    let (mut state, mut counts) = (State::Start, [0u16; 7]);
    for &byte in text {
        state = match (state, byte) {
            (_, b',') => State::Start,
            (State::Start | State::Sign | State::Whole, b'0'..=b'9') => State::Whole,
            (State::Start, b'+' | b'-') => State::Sign,
            (State::Start | State::Sign | State::Whole, b'.') => State::Fraction,
            (State::Fraction, b'0'..=b'9') => State::Fraction,
            (State::Whole | State::Fraction, b'e' | b'E') => State::Exponent,
            (State::Exponent, b'0'..=b'9' | b'+' | b'-') => State::Scale,
            (State::Scale, b'0'..=b'9') => State::Scale,
            _ => State::Invalid,
        };
        counts[state as usize] += 1;
    }
    counts.iter().fold(0, |sum, &count| crc(sum, count))
}

fn run(n: usize) -> u64 {
    let (list, cells, text) = (LIST.get(), MATRIX.get(), WORDS.get());
    let (mut sum, mut head) = (0, 0);
    for round in 0..n {
        sum = crc(sum, find(list, head, round as i16 & 0x3fff));
        head = reverse(list, head);
        let key: fn(i16) -> i16 = if round % 2 == 0 { |value| value } else { |value| value ^ 0x155 };
        head = sort(list, head, core::hint::black_box(key));
        sum = crc(sum, list[usize::from(head)].value as u16);
        sum = crc(sum, matrix(cells, round as i16));
        sum = crc(sum, states(text));
    }
    // As it was, for the next run.
    for index in 0..NODES {
        list[index].next = if index + 1 < NODES { index as u16 + 1 } else { END };
    }
    u64::from(sum)
}

kernels::kernel!(super::setup, super::run);

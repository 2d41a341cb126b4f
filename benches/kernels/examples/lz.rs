//! Compresses `n` bytes by a greedy LZ77 with a hash table, unpacks them again, and compares: unaligned words,
//! short copies, and lengths that depend on the data.

#![no_std]
#![no_main]

use kernels::{mix, mix_bytes, Memory, Random};

const MOST: usize = 64 * 1024;
const HASH_BITS: u32 = 12;

static INPUT: Memory<[u8; MOST]> = Memory::new([0; MOST]);
static PACKED: Memory<[u8; 2 * MOST]> = Memory::new([0; 2 * MOST]);
static UNPACKED: Memory<[u8; MOST]> = Memory::new([0; MOST]);
static TABLE: Memory<[u32; 1 << HASH_BITS]> = Memory::new([0; 1 << HASH_BITS]);

/// Text of words that repeat as words do.
fn setup(n: usize) {
    const WORDS: [&[u8]; 12] = [
        b"contract ",
        b"balance ",
        b"transfer ",
        b"the ",
        b"of ",
        b"account ",
        b"a ",
        b"storage ",
        b"gas ",
        b"weight ",
        b"block ",
        b"and ",
    ];
    let mut random = Random::new(n as u64);
    let input = &mut INPUT.get()[..n];
    let mut at = 0;
    while at < input.len() {
        let number = random.next();
        let word = WORDS[(number >> 60) as usize % WORDS.len()];
        for &byte in word.iter().take(input.len() - at) {
            input[at] = byte;
            at += 1;
        }
        if number & 15 == 0 && at < input.len() {
            input[at] = (number >> 32) as u8;
            at += 1;
        }
    }
}

fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

/// A control byte: below 128, so many literals and one more follow; otherwise a copy of so many bytes and
/// 4 − 128, from a distance in the next two bytes.
fn pack(input: &[u8], packed: &mut [u8]) -> usize {
    let table = TABLE.get();
    table.fill(u32::MAX);
    let (mut at, mut literals, mut out) = (0, 0, 0);
    let flush = |from: usize, to: usize, packed: &mut [u8], out: &mut usize| {
        for piece in input[from..to].chunks(128) {
            packed[*out] = piece.len() as u8 - 1;
            packed[*out + 1..*out + 1 + piece.len()].copy_from_slice(piece);
            *out += 1 + piece.len();
        }
    };
    while at + 4 <= input.len() {
        let current = word(input, at);
        let slot = &mut table[(current.wrapping_mul(0x9e37_79b1) >> (32 - HASH_BITS)) as usize];
        let candidate = core::mem::replace(slot, at as u32) as usize;
        if candidate >= at || at - candidate > 0xffff || word(input, candidate) != current {
            at += 1;
            continue;
        }
        let most = (input.len() - at).min(127 + 4);
        let mut len = 4;
        while len < most && input[candidate + len] == input[at + len] {
            len += 1;
        }
        flush(literals, at, packed, &mut out);
        packed[out] = 128 + (len - 4) as u8;
        packed[out + 1..out + 3].copy_from_slice(&((at - candidate) as u16).to_le_bytes());
        out += 3;
        at += len;
        literals = at;
    }
    flush(literals, input.len(), packed, &mut out);
    out
}

fn unpack(packed: &[u8], output: &mut [u8]) -> usize {
    let (mut at, mut out) = (0, 0);
    while at < packed.len() {
        let control = usize::from(packed[at]);
        if control < 128 {
            output[out..=out + control].copy_from_slice(&packed[at + 1..=at + 1 + control]);
            out += control + 1;
            at += control + 2;
        } else {
            let distance = usize::from(u16::from_le_bytes([packed[at + 1], packed[at + 2]]));
            for _ in 0..control - 124 {
                output[out] = output[out - distance];
                out += 1;
            }
            at += 3;
        }
    }
    out
}

fn run(n: usize) -> u64 {
    let (input, packed, unpacked) = (&INPUT.get()[..n], PACKED.get(), UNPACKED.get());
    let len = pack(input, packed);
    let unpacked_len = unpack(&packed[..len], unpacked);
    assert!(&unpacked[..unpacked_len] == input);
    mix(mix_bytes(0, &packed[..len]), len as u64)
}

kernels::kernel!(super::setup, super::run);

//! The compressed form: what expands, what does not, and with which error. DEFLATE streams are written by hand
//! where a compressor would not write them; where one would, the reference is `miniz_oxide`.

use contract_abi::image::compressed::{decompress, max_blocks, payload, to_bytes, MAX_IMAGE};
use contract_abi::image::{Function, Image, ImageError, JumpTable, Outline, Part, StreamFault, HEAD_LEN};
use contract_abi::memory::CODE_BASE;
use miniz_oxide::inflate::decompress_slice_iter_to_slice;
use std::borrow::Cow;
use zopfli::{BlockType, DeflateEncoder, Options, Write};

/// Where the stream begins in the files of these tests: every number before it takes a byte but the stack's size.
const STREAM_AT: usize = 64 + 56 + 20 + 9;

/// A program of `slots` instructions that differ.
fn raw(slots: u32) -> Vec<u8> {
    let text: Vec<u8> = (0..slots)
        .flat_map(|slot| [0xb7, (slot % 10) as u8, 0, 0, slot as u8, (slot >> 8) as u8, 0, 0])
        .collect();
    let mut rodata = vec![7; 8];
    rodata.extend((u64::from(CODE_BASE) + 8).to_le_bytes());
    let image = Image {
        text: &text,
        rodata: &rodata,
        data: b"data",
        bss_size: 100,
        stack_size: 128 * 1024,
        heap_size: 96,
        deploy: 0,
        call: 1,
        functions: vec![
            Function { first: 0, slots: 1, frame_size: 64, address_taken: false },
            Function { first: 1, slots: slots - 1, frame_size: 0, address_taken: true },
        ],
        jump_tables: vec![JumpTable { offset: 8, entries: 1 }],
    };
    image.to_bytes().unwrap()
}

/// A small program.
fn small() -> Vec<u8> {
    raw(40)
}

/// Bits of a stream, the first one first. Numbers have their lowest bit first, codes their highest.
#[derive(Default, Clone)]
struct Bits(Vec<bool>);

impl Bits {
    fn number(mut self, value: usize, count: usize) -> Self {
        self.0.extend((0..count).map(|bit| value.checked_shr(bit as u32).is_some_and(|rest| rest & 1 == 1)));
        self
    }

    fn code(mut self, code: &str) -> Self {
        self.0.extend(code.chars().filter(|c| *c != ' ').map(|c| c == '1'));
        self
    }

    fn bytes(mut self, bytes: &[u8]) -> Self {
        self.0.resize(self.0.len().next_multiple_of(8), false);
        bytes.iter().fold(self, |bits, byte| bits.number((*byte).into(), 8))
    }

    /// A block of bytes as they are.
    fn stored(self, last: bool, bytes: &[u8]) -> Self {
        let len = bytes.len() as u16;
        let bits = self.number(last.into(), 1).number(0, 2);
        bits.bytes(&[len.to_le_bytes(), (!len).to_le_bytes()].concat()).bytes(bytes)
    }

    fn finish(self) -> Vec<u8> {
        let bits = self.0.chunks(8);
        bits.map(|byte| byte.iter().rev().fold(0, |value, bit| value << 1 | u8::from(*bit))).collect()
    }
}

/// A file with this stream in the place of the right one.
fn with_stream(raw: &[u8], stream: &[u8]) -> Vec<u8> {
    let payload = payload(raw).unwrap();
    assert!(payload.len() < 65_536, "it fits one block");
    let file = to_bytes(raw, &Bits::default().stored(true, &payload).finish()).unwrap();
    let mut file = file[..STREAM_AT].to_vec();
    file.extend_from_slice(stream);
    let desc = (file.len() - 140) as u32;
    file[124..128].copy_from_slice(&desc.to_le_bytes());
    file.resize(file.len().next_multiple_of(4), 0);
    let note = (file.len() - 120) as u64;
    for at in [64 + 32, 64 + 40] {
        file[at..at + 8].copy_from_slice(&note.to_le_bytes());
    }
    file
}

/// `bytes` in DEFLATE.
fn deflate(bytes: &[u8], kind: BlockType) -> Vec<u8> {
    let options = Options { maximum_block_splits: 3, ..Options::default() };
    let mut encoder = DeflateEncoder::new(options, kind, Vec::new());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// What is wrong with a stream, and behind how many of its bytes.
fn fault(stream: &[u8]) -> Option<(StreamFault, usize)> {
    match decompress(&with_stream(&small(), stream)) {
        Err(ImageError::BadStream { at, fault }) => Some((fault, at as usize - STREAM_AT)),
        Ok(_) => None,
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn what_is_compressed_expands_to_the_same_bytes() {
    for slots in [2, 40, 5_000, 20_000] {
        let raw = raw(slots);
        let payload = payload(&raw).unwrap();
        for kind in [BlockType::Uncompressed, BlockType::Fixed, BlockType::Dynamic] {
            let file = to_bytes(&raw, &deflate(&payload, kind)).unwrap();
            assert!(decompress(&file).unwrap() == raw);
            let outline = Outline::of(&file[..HEAD_LEN.min(file.len())]).unwrap();
            let writable = Image::parse(&raw).unwrap().writable_size();
            assert_eq!(outline, Outline { compressed: true, raw_len: raw.len() as u32, writable });
            assert_eq!(Image::parse(&file), Err(ImageError::Compressed));
        }
    }
}

// Files that are on chains must expand to what they did: these bytes stay.
#[test]
fn a_file_of_the_first_release_expands() {
    let hex: String = include_str!("compressed.hex").split_whitespace().collect();
    let digit = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
    let file: Vec<u8> = (0..hex.len()).step_by(2).map(digit).collect();
    assert!(decompress(&file).unwrap() == small());
}

#[test]
fn a_raw_image_and_what_is_none_stay_as_they_are() {
    let raw = small();
    for file in [&raw[..], b"", b"\0asm\x01\0\0\0", &[0x7f; 300]] {
        assert!(matches!(decompress(file), Ok(Cow::Borrowed(same)) if same == file));
    }
}

// The stream is one by one the parts of a stream; the rest of the file is right.
#[test]
fn streams_that_are_malformed_are_refused_where_they_are() {
    use StreamFault::*;
    let payload = payload(&small()).unwrap();
    let new = Bits::default;
    let stored = |last| new().stored(last, &payload);
    let fixed = |last: bool| new().number(last.into(), 1).number(1, 2);
    let dynamic = |hlit, hdist| new().number(1, 1).number(2, 2).number(hlit, 5).number(hdist, 5);
    // Literals 144 to 255 have nine bits, from 1 1001 0000 on; the first 144 have eight, from 0011 0000 on.
    let literal = "0011 0000";
    let end = "000 0000";
    assert_eq!(fault(&stored(true).finish()), None);

    // Kind 3 does not exist.
    assert_eq!(fault(&new().number(1, 1).number(3, 2).finish()), Some((BadBlock, 1)));
    // A length and its complement.
    let mut bytes = stored(true).finish();
    bytes[3] ^= 1;
    assert_eq!(fault(&bytes), Some((BadBlock, 5)));
    // Nothing, and an end in each part.
    assert_eq!(fault(&[]), Some((Cut, 0)));
    assert_eq!(fault(&stored(true).finish()[..3]).unwrap().0, Cut);
    assert_eq!(fault(&stored(true).finish()[..20]).unwrap().0, Cut);
    assert_eq!(fault(&fixed(true).code(literal).finish()).unwrap().0, Cut);
    // Another block should follow.
    assert_eq!(fault(&stored(false).finish()).unwrap().0, Cut);

    // Too long by a byte, by each kind of block and by a match, and too short by one.
    let more = [&payload[..], &[0]].concat();
    assert_eq!(fault(&new().stored(true, &more).finish()).unwrap().0, TooLong);
    let mut bits = new().stored(false, &payload).number(1, 1).number(1, 2);
    assert_eq!(fault(&bits.clone().code(literal).code(end).finish()).unwrap().0, TooLong);
    // Symbol 257, a length of 3, and the distance 1.
    assert_eq!(fault(&bits.clone().code("000 0001 00000").code(end).finish()).unwrap().0, TooLong);
    bits = bits.code(end);
    assert_eq!(fault(&bits.finish()), None);
    assert_eq!(fault(&new().stored(true, &payload[1..]).finish()).unwrap().0, TooShort);

    // A match before the first byte; a length and distances that do not exist.
    assert_eq!(fault(&fixed(true).code("000 0001 00000").code(end).finish()).unwrap().0, TooFar);
    assert_eq!(fault(&fixed(true).code(literal).code("000 0001 00001").finish()).unwrap().0, TooFar);
    assert_eq!(fault(&fixed(true).code(literal).code("1100 0110").finish()).unwrap().0, BadSymbol);
    let far = fixed(true).code(literal).code("000 0001").code("11110").number(0, 32);
    assert_eq!(fault(&far.finish()).unwrap().0, BadSymbol);

    // More codes than there are symbols: 287 literals; 31 distances.
    assert_eq!(fault(&dynamic(30, 0).number(0, 4).finish()).unwrap().0, BadLengths);
    assert_eq!(fault(&dynamic(0, 30).number(0, 4).finish()).unwrap().0, BadLengths);
    // Codes for code lengths (16, 17, 18, 0 come first): three of length 1, one of length 2, three of length 2, one of
    // length 1, none.
    for lengths in [[1, 1, 1, 0], [2, 0, 0, 0], [2, 2, 2, 0], [1, 0, 0, 0], [0; 4]] {
        let bits = lengths.iter().fold(dynamic(0, 0).number(0, 4), |bits, len| bits.number(*len, 3));
        assert_eq!(fault(&bits.number(0, 64).finish()).unwrap().0, BadLengths, "{lengths:?}");
    }
    // A repetition with nothing before it, and a run past the end of the lengths.
    let bits = |first: &str| {
        let lengths = [1, 0, 1, 0].iter().fold(dynamic(0, 0).number(0, 4), |bits, len| bits.number(*len, 3));
        lengths.code(first)
    };
    assert_eq!(fault(&bits("0").number(0, 64).finish()).unwrap().0, BadLengths);
    let runs = bits("1").number(127, 7).code("1").number(127, 7).code("1").number(0, 7);
    assert_eq!(fault(&runs.finish()).unwrap().0, BadLengths);

    // Behind the end: a bit that is not 0, a byte, and a whole other stream.
    assert_eq!(
        fault(&new().stored(false, &payload).number(1, 1).number(1, 2).code(end).code("1").finish())
            .unwrap()
            .0,
        Trailing
    );
    let mut bytes = stored(true).finish();
    bytes.push(0);
    assert_eq!(fault(&bytes), Some((Trailing, bytes.len() - 1)));
    assert_eq!(fault(&[stored(true).finish(), stored(true).finish()].concat()).unwrap().0, Trailing);
}

// Tables cost time and make nothing: a stream may have only so many of them.
#[test]
fn a_stream_has_only_so_many_blocks() {
    let raw = small();
    let payload = payload(&raw).unwrap();
    let most = max_blocks(payload.len());
    let with = |empty: usize| {
        let bits = (0..empty).fold(Bits::default(), |bits, _| bits.stored(false, &[]));
        fault(&bits.stored(true, &payload).finish())
    };
    assert_eq!(with(most - 1), None);
    assert_eq!(with(most).map(|fault| fault.0), Some(StreamFault::TooManyBlocks));
    assert_eq!(with(5_000).map(|fault| fault.0), Some(StreamFault::TooManyBlocks));
}

#[test]
fn what_would_be_too_long_is_refused_before_anything_is_expanded() {
    // 131,072 slots are a MiB of text alone, 131,000 fit with the rest, and the stream need not be there.
    let file = with_stream(&small(), &[]);
    // The number of slots is the byte before the lengths of read-only data, data, bss and tables.
    let at = STREAM_AT - 5;
    assert_eq!(file[at], 40);
    for (slots, fits) in [(131_000u32, true), (131_072, false), (u32::MAX, false)] {
        let mut number = Vec::new();
        let mut rest = slots;
        while rest >= 0x80 {
            number.push(rest as u8 | 0x80);
            rest >>= 7;
        }
        number.push(rest as u8);
        let mut bytes = file[..at].to_vec();
        bytes.extend(&number);
        bytes.extend(&file[at + 1..STREAM_AT]);
        let desc = (bytes.len() - 140) as u32;
        bytes[124..128].copy_from_slice(&desc.to_le_bytes());
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        let note = (bytes.len() - 120) as u64;
        for at in [64 + 32, 64 + 40] {
            bytes[at..at + 8].copy_from_slice(&note.to_le_bytes());
        }
        let refused = decompress(&bytes).unwrap_err();
        let outline = Outline::of(&bytes);
        match fits {
            true => {
                assert!(
                    matches!(refused, ImageError::BadStream { fault: StreamFault::Cut, .. }),
                    "{refused}"
                );
                assert!(outline.unwrap().raw_len <= MAX_IMAGE);
            }
            false => {
                assert!(matches!(refused, ImageError::TooLarge { .. }), "{refused}");
                assert_eq!(outline, Err(refused));
            }
        }
    }
    let long = raw(131_072);
    assert_eq!(to_bytes(&long, &[]), Err(ImageError::TooLarge { part: Part::Image }));
}

#[test]
fn every_truncation_and_what_is_appended_is_refused() {
    let raw = small();
    let file = to_bytes(&raw, &deflate(&payload(&raw).unwrap(), BlockType::Dynamic)).unwrap();
    for len in 64..file.len() {
        assert!(decompress(&file[..len]).is_err(), "{len} of {} bytes", file.len());
    }
    let longer = [&file[..], &[0]].concat();
    assert_eq!(decompress(&longer), Err(ImageError::TrailingBytes { at: file.len() as u32 }));
}

// No byte is ignored: a file with a bit flipped is refused, or is another program's.
#[test]
fn every_bit_counts() {
    let raw = small();
    let file = to_bytes(&raw, &deflate(&payload(&raw).unwrap(), BlockType::Dynamic)).unwrap();
    let mut same = 0;
    for bit in 0..file.len() * 8 {
        let mut flipped = file.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let Ok(other) = decompress(&flipped) else { continue };
        if Image::parse(&other).is_ok() && other == raw {
            // A stream has more than one form, so this may happen, but in the stream alone.
            assert!(bit / 8 >= STREAM_AT, "bit {bit} is ignored");
            same += 1;
        }
    }
    assert!(same * 100 < file.len(), "{same} bits are ignored");
}

#[test]
fn the_wrong_stream_is_not_written() {
    let raw = small();
    let mut other = payload(&raw).unwrap();
    *other.last_mut().unwrap() ^= 1;
    assert!(to_bytes(&raw, &deflate(&other, BlockType::Dynamic)).is_err());
    assert!(to_bytes(&raw, b"").is_err());
    assert!(to_bytes(b"no image", b"").is_err());
}

// What the decoder takes, another one takes for the same; random bytes are mostly neither's.
#[test]
fn an_independent_decoder_says_the_same() {
    let raw = small();
    let payload = payload(&raw).unwrap();
    let stream = deflate(&payload, BlockType::Dynamic);
    let mut taken = 0;
    let mut state = 1u64;
    for _ in 0..20_000 {
        let mut random = || {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (state >> 33) as usize
        };
        let mut damaged = stream.clone();
        for _ in 0..1 + random() % 3 {
            let at = random() % damaged.len();
            damaged[at] ^= 1 << (random() % 8);
        }
        let file = with_stream(&raw, &damaged);
        if let Ok(expanded) = decompress(&file) {
            let mut theirs = vec![0; payload.len()];
            let len = decompress_slice_iter_to_slice(&mut theirs, [&damaged[..]].into_iter(), false, true);
            assert_eq!(len, Ok(theirs.len()), "it is accepted here");
            // Tables that do not fit the text make no image, and cannot be taken apart again.
            if let Ok(ours) = contract_abi::image::compressed::payload(&expanded) {
                assert_eq!(ours, theirs);
                taken += 1;
            }
        }
    }
    assert!(taken > 0, "no damage was ever taken for a program");
}

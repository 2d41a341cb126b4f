//! A decoder for DEFLATE (RFC 1951).
//!
//! **Problem.** Whether a stored file expands, and to what, is part of consensus. Every node, and the engine inside a
//! runtime, must give the same answer for every string of bytes, including those that no compressor writes. They must
//! do it in a time that can be charged for beforehand. RFC 1951 leaves the treatment of malformed streams to the
//! reader, and no library bounds the time that tables take (docs/decisions/0230-compressed-images.md). So the rules are
//! these:
//!
//! * A set of code lengths must be *complete*; one for literals or distances may also be one code of length 1, or
//!   empty. Any other set is refused where it occurs, and a code that has no symbol is refused where it is met.
//! * The stream has at most [`max_blocks`] blocks for its length. Each block has its own tables, so this makes their
//!   cost linear in the length of the output.
//! * The output has exactly the declared length. After the last block come zero bits up to the end of the byte, and
//!   nothing else.
//!
//! *Invariants*: nothing is allocated; nothing depends on the width of a pointer; the time is linear in the lengths of
//! input and output.
//!
//! ```text
//! block    1 bit: last? · 2 bits: kind
//!   0      to the next byte · length (16 bits) · its complement · that many bytes
//!   1      symbols in the fixed codes                                                 §3.2.6
//!   2      HLIT − 257 (5) · HDIST − 1 (5) · HCLEN − 4 (4) · lengths of codes · symbols  §3.2.7
//! symbol   0–255 a byte · 256 end of block · 257–285 a length, then a distance        §3.2.5
//! ```

use core::fmt;

/// What is wrong with a compressed stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamFault {
    /// It ends within a block.
    Cut,
    /// A block's kind does not exist, or its length does not match the complement.
    BadBlock,
    /// A set of code lengths makes no prefix code, or gives lengths for more codes than there are.
    BadLengths,
    /// Bits that are no symbol's code, or a symbol without a meaning.
    BadSymbol,
    /// A distance reaches before the first byte.
    TooFar,
    /// It has more blocks than a stream of its length may have.
    TooManyBlocks,
    /// It expands to more bytes than were declared.
    TooLong,
    /// It expands to fewer bytes than were declared.
    TooShort,
    /// Bytes, or bits that are not zero, follow its last block.
    Trailing,
}

impl fmt::Display for StreamFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cut => "it ends within a block",
            Self::BadBlock => "a block is malformed",
            Self::BadLengths => "the code lengths do not form a prefix code",
            Self::BadSymbol => "a code is not defined",
            Self::TooFar => "a distance reaches before the first byte",
            Self::TooManyBlocks => "it has too many blocks for its length",
            Self::TooLong => "it is longer than declared",
            Self::TooShort => "it is shorter than declared",
            Self::Trailing => "there is data after its end",
        })
    }
}

/// Maximum number of blocks of a stream that expands to `len` bytes.
pub const fn max_blocks(len: usize) -> usize {
    MAX_BLOCKS + len / BLOCK_BYTES
}

/// Number of blocks that every stream may have.
const MAX_BLOCKS: usize = 4;
/// Bytes of output per additional block: making tables takes about as long as decoding 4 KiB with them.
const BLOCK_BYTES: usize = 4096;

/// Longest code, in bits.
const MAX_BITS: usize = 15;
/// Codes of at most this many bits are found in one step.
const FAST_BITS: u32 = 9;
/// Literal, length and end-of-block symbols. The last two have codes in the fixed set, but no meaning.
const LITERALS: usize = 288;
/// Those symbols for which a block's own set may have codes.
const MAX_LITERALS: usize = 286;
/// Distance symbols that have a meaning. The fixed set has two more codes, without one.
const DISTANCES: usize = 30;
/// The order of the code lengths of the codes for code lengths.
const ORDER: [u8; 19] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
const END_OF_BLOCK: u32 = 256;
/// Base and extra bits of symbols 257 to 285.
#[rustfmt::skip]
const LENGTH: [(u16, u8); 29] = [
    (3, 0), (4, 0), (5, 0), (6, 0), (7, 0), (8, 0), (9, 0), (10, 0), (11, 1), (13, 1), (15, 1), (17, 1),
    (19, 2), (23, 2), (27, 2), (31, 2), (35, 3), (43, 3), (51, 3), (59, 3), (67, 4), (83, 4), (99, 4),
    (115, 4), (131, 5), (163, 5), (195, 5), (227, 5), (258, 0),
];
/// Base and extra bits of the distance symbols.
#[rustfmt::skip]
const DISTANCE: [(u16, u8); DISTANCES] = [
    (1, 0), (2, 0), (3, 0), (4, 0), (5, 1), (7, 1), (9, 2), (13, 2), (17, 3), (25, 3), (33, 4), (49, 4),
    (65, 5), (97, 5), (129, 6), (193, 6), (257, 7), (385, 7), (513, 8), (769, 8), (1025, 9), (1537, 9),
    (2049, 10), (3073, 10), (4097, 11), (6145, 11), (8193, 12), (12289, 12), (16385, 13), (24577, 13),
];

/// Expands `stream`, which must fill all of `out`.
///
/// # Errors
/// What is wrong, and how many bytes of the stream had been read.
pub fn inflate(stream: &[u8], out: &mut [u8]) -> Result<(), (StreamFault, usize)> {
    let mut bits = Bits { stream, next: 0, buffer: 0, count: 0 };
    blocks(&mut bits, out).map_err(|fault| (fault, bits.position()))
}

fn blocks(bits: &mut Bits<'_>, out: &mut [u8]) -> Result<(), StreamFault> {
    let mut literals = Code::<LITERALS>::new();
    let mut distances = Code::<DISTANCES>::new();
    let mut made = 0;
    for _ in 0..max_blocks(out.len()) {
        let last = bits.take(1)? == 1;
        match bits.take(2)? {
            0 => made = stored(bits, out, made)?,
            1 => {
                let mut lengths = [8; LITERALS];
                lengths[144..256].fill(9);
                lengths[256..280].fill(7);
                literals.fill(&lengths, false)?;
                distances.fill_fixed();
                made = symbols(bits, out, made, &literals, &distances)?;
            }
            2 => {
                own_codes(bits, &mut literals, &mut distances)?;
                made = symbols(bits, out, made, &literals, &distances)?;
            }
            _ => return Err(StreamFault::BadBlock),
        }
        if last {
            if made < out.len() {
                return Err(StreamFault::TooShort);
            }
            return bits.end();
        }
    }
    Err(StreamFault::TooManyBlocks)
}

/// A stored block: its bytes as they are. Returns the end of its output.
fn stored(bits: &mut Bits<'_>, out: &mut [u8], made: usize) -> Result<usize, StreamFault> {
    bits.align();
    let len = bits.take(16)?;
    if bits.take(16)? != len ^ 0xffff {
        return Err(StreamFault::BadBlock);
    }
    let bytes = bits.bytes(len as usize)?;
    let end = made + bytes.len();
    out.get_mut(made..end).ok_or(StreamFault::TooLong)?.copy_from_slice(bytes);
    Ok(end)
}

/// Reads the codes of a block (RFC 1951 §3.2.7).
fn own_codes(
    bits: &mut Bits<'_>,
    literals: &mut Code<LITERALS>,
    distances: &mut Code<DISTANCES>,
) -> Result<(), StreamFault> {
    let hlit = bits.take(5)? as usize + 257;
    let hdist = bits.take(5)? as usize + 1;
    let hclen = bits.take(4)? as usize + 4;
    if hlit > MAX_LITERALS || hdist > DISTANCES {
        return Err(StreamFault::BadLengths);
    }
    let mut lengths = [0; ORDER.len()];
    for &symbol in &ORDER[..hclen] {
        lengths[usize::from(symbol)] = bits.take(3)? as u8;
    }
    let mut code = Code::<{ ORDER.len() }>::new();
    code.fill(&lengths, false)?;

    // Both sets are one list: a run may extend from one into the other.
    let mut lengths = [0u8; MAX_LITERALS + DISTANCES];
    let lengths = &mut lengths[..hlit + hdist];
    let mut at = 0;
    while at < lengths.len() {
        let (value, run) = match code.read(bits)? {
            16 => {
                let before = at.checked_sub(1).ok_or(StreamFault::BadLengths)?;
                (lengths[before], 3 + bits.take(2)?)
            }
            17 => (0, 3 + bits.take(3)?),
            18 => (0, 11 + bits.take(7)?),
            length => (length as u8, 1),
        };
        let end = at + run as usize;
        lengths.get_mut(at..end).ok_or(StreamFault::BadLengths)?.fill(value);
        at = end;
    }
    literals.fill(&lengths[..hlit], true)?;
    distances.fill(&lengths[hlit..], true)
}

/// Decodes the symbols of a block. Returns the end of its output.
fn symbols(
    bits: &mut Bits<'_>,
    out: &mut [u8],
    mut made: usize,
    literals: &Code<LITERALS>,
    distances: &Code<DISTANCES>,
) -> Result<usize, StreamFault> {
    loop {
        let symbol = literals.read(bits)?;
        if symbol < END_OF_BLOCK {
            *out.get_mut(made).ok_or(StreamFault::TooLong)? = symbol as u8;
            made += 1;
            continue;
        }
        if symbol == END_OF_BLOCK {
            return Ok(made);
        }
        let len = value(bits, &LENGTH, symbol - END_OF_BLOCK - 1)?;
        let symbol = distances.read(bits)?;
        let distance = value(bits, &DISTANCE, symbol)?;
        let from = made.checked_sub(distance).ok_or(StreamFault::TooFar)?;
        let end = made + len;
        if end > out.len() {
            return Err(StreamFault::TooLong);
        }
        if distance >= len {
            out.copy_within(from..from + len, made);
        } else {
            // The source overlaps the output: it grows while it is copied.
            for at in made..end {
                out[at] = out[at - distance];
            }
        }
        made = end;
    }
}

/// The length or distance of a symbol, including its extra bits.
fn value(bits: &mut Bits<'_>, table: &[(u16, u8)], symbol: u32) -> Result<usize, StreamFault> {
    let &(base, extra) = table.get(symbol as usize).ok_or(StreamFault::BadSymbol)?;
    Ok(usize::from(base) + bits.take(extra.into())? as usize)
}

/// The stream as bits, the lowest of each byte first.
struct Bits<'a> {
    stream: &'a [u8],
    /// The first byte that is not in the buffer.
    next: usize,
    /// The next bits, the first one lowest. Those from `count` on are 0.
    buffer: u64,
    count: u32,
}

impl<'a> Bits<'a> {
    /// Ensures that at least 48 bits, or all that are left, are in the buffer.
    #[inline]
    fn fill(&mut self) {
        if self.count >= 48 {
            return;
        }
        while self.count <= 56 {
            let Some(&byte) = self.stream.get(self.next) else { break };
            self.buffer |= u64::from(byte) << self.count;
            self.next += 1;
            self.count += 8;
        }
    }

    /// Takes `count` bits, at most 16.
    #[inline]
    fn take(&mut self, count: u32) -> Result<u32, StreamFault> {
        self.fill();
        let bits = self.buffer as u32 & ((1 << count) - 1);
        self.skip(count)?;
        Ok(bits)
    }

    /// Skips `count` bits.
    #[inline]
    fn skip(&mut self, count: u32) -> Result<(), StreamFault> {
        self.count = self.count.checked_sub(count).ok_or(StreamFault::Cut)?;
        self.buffer >>= count;
        Ok(())
    }

    /// Skips to the next whole byte.
    fn align(&mut self) {
        let partial = self.count % 8;
        self.buffer >>= partial;
        self.count -= partial;
    }

    /// Takes `len` whole bytes. The next bit must be the first of a byte.
    fn bytes(&mut self, len: usize) -> Result<&'a [u8], StreamFault> {
        let start = self.position();
        let bytes = self.stream.get(start..start + len).ok_or(StreamFault::Cut)?;
        (self.next, self.buffer, self.count) = (start + len, 0, 0);
        Ok(bytes)
    }

    /// Whether the stream ends here, except for zero bits of the current byte.
    fn end(&self) -> Result<(), StreamFault> {
        match self.position() == self.stream.len() && self.buffer == 0 {
            true => Ok(()),
            false => Err(StreamFault::Trailing),
        }
    }

    /// Number of bytes taken, including a partly used one.
    fn position(&self) -> usize {
        self.next - (self.count / 8) as usize
    }
}

/// A prefix code for `N` symbols (RFC 1951 §3.2.2).
struct Code<const N: usize> {
    /// For each sequence of next bits: the symbol × 16 plus the length of its code; 0 for a longer code or none.
    fast: [u16; 1 << FAST_BITS],
    /// How many codes there are of each length.
    counts: [u16; MAX_BITS + 1],
    /// The symbols in the order of their codes.
    symbols: [u16; N],
}

impl<const N: usize> Code<N> {
    fn new() -> Self {
        Self { fast: [0; 1 << FAST_BITS], counts: [0; MAX_BITS + 1], symbols: [0; N] }
    }

    /// Makes it the code with these lengths, of which there are at most `N`. If `sparse`, it may be one code of length
    /// 1, or empty.
    fn fill(&mut self, lengths: &[u8], sparse: bool) -> Result<(), StreamFault> {
        self.counts = [0; MAX_BITS + 1];
        for &length in lengths {
            self.counts[usize::from(length)] += 1;
        }
        let used = lengths.len() as u16 - self.counts[0];
        self.counts[0] = 0;
        // Number of codes still free at each length: none may be used twice.
        let mut free = 1i32;
        let mut places = [0u16; MAX_BITS + 1];
        for length in 1..=MAX_BITS {
            free = 2 * free - i32::from(self.counts[length]);
            if free < 0 {
                return Err(StreamFault::BadLengths);
            }
            places[length] = places[length - 1] + self.counts[length - 1];
        }
        if free > 0 && !(sparse && (used == 0 || used == 1 && self.counts[1] == 1)) {
            return Err(StreamFault::BadLengths);
        }
        for (symbol, &length) in lengths.iter().enumerate().filter(|(_, &length)| length > 0) {
            let place = &mut places[usize::from(length)];
            self.symbols[usize::from(*place)] = symbol as u16;
            *place += 1;
        }
        self.fill_fast();
        Ok(())
    }

    /// Computes the table from the other fields.
    fn fill_fast(&mut self) {
        self.fast = [0; 1 << FAST_BITS];
        let (mut code, mut place) = (0u32, 0usize);
        for length in 1..=FAST_BITS {
            for _ in 0..self.counts[length as usize] {
                let entry = self.symbols[place] << 4 | length as u16;
                // A code is read from its highest bit on, but the stream from its lowest.
                let start = (code.reverse_bits() >> (32 - length)) as usize;
                self.fast[start..].iter_mut().step_by(1 << length).for_each(|slot| *slot = entry);
                code += 1;
                place += 1;
            }
            code <<= 1;
        }
    }

    /// Takes a symbol.
    #[inline]
    fn read(&self, bits: &mut Bits<'_>) -> Result<u32, StreamFault> {
        bits.fill();
        let entry = self.fast[bits.buffer as usize & ((1 << FAST_BITS) - 1)];
        if entry != 0 {
            bits.skip(u32::from(entry & 15))?;
            return Ok(u32::from(entry >> 4));
        }
        self.read_long(bits)
    }

    /// Takes a symbol, bit by bit.
    fn read_long(&self, bits: &mut Bits<'_>) -> Result<u32, StreamFault> {
        // For the codes of each length: the code's distance from the first, and the place of the first.
        let (mut code, mut place) = (0i32, 0i32);
        for count in &self.counts[1..] {
            code |= bits.take(1)? as i32;
            let count = i32::from(*count);
            if code < count {
                return Ok(self.symbols[(place + code) as usize].into());
            }
            place += count;
            code = (code - count) << 1;
        }
        Err(StreamFault::BadSymbol)
    }
}

impl Code<DISTANCES> {
    /// Makes it the fixed code for distances (RFC 1951 §3.2.6): five bits, the highest first. Two such codes mean
    /// nothing.
    fn fill_fixed(&mut self) {
        self.counts = [0; MAX_BITS + 1];
        self.counts[5] = DISTANCES as u16;
        for (symbol, place) in self.symbols.iter_mut().enumerate() {
            *place = symbol as u16;
        }
        self.fill_fast();
    }
}

//! Reads `n` bytes of JSON with a recursive parser that checks everything but UTF-8: a branch on every byte.

#![no_std]
#![no_main]

use kernels::{mix, Memory, Random};

const MOST: usize = 64 * 1024;

static TEXT: Memory<[u8; MOST]> = Memory::new([0; MOST]);
static LENGTH: Memory<usize> = Memory::new(0);

/// Writes as long as there is room for what comes after.
struct Writer {
    at: usize,
    end: usize,
}

impl Writer {
    fn put(&mut self, text: &[u8]) {
        TEXT.get()[self.at..self.at + text.len()].copy_from_slice(text);
        self.at += text.len();
    }

    fn number(&mut self, mut number: u64) {
        let mut digits = [0; 20];
        let mut first = digits.len();
        loop {
            first -= 1;
            digits[first] = b'0' + (number % 10) as u8;
            number /= 10;
            if number == 0 {
                break;
            }
        }
        self.put(&digits[first..]);
    }
}

/// A list of records, about `n` bytes long.
fn setup(n: usize) {
    let mut random = Random::new(n as u64);
    let mut out = Writer { at: 0, end: n.saturating_sub(200) };
    out.put(b"[");
    let mut id = 0;
    while out.at < out.end {
        if id > 0 {
            out.put(b",\n  ");
        }
        out.put(br#"{"id": "#);
        out.number(id);
        out.put(br#", "name": "holder \u00e9 \""#);
        out.number(random.next() >> 40);
        out.put(br#"\"", "balance": -"#);
        out.number(random.next() >> (random.next() % 60));
        out.put(b".5e+3, \"tags\": [true, false, null, [], {}], \"on\": ");
        out.put(if random.next() & 1 == 0 { b"true" } else { b"null" });
        out.put(b"}");
        id += 1;
    }
    out.put(b"]");
    *LENGTH.get() = out.at;
}

struct Parser<'a> {
    text: &'a [u8],
    at: usize,
    sum: u64,
}

impl Parser<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    fn expect(&mut self, text: &[u8]) -> Option<()> {
        self.text[self.at..].starts_with(text).then(|| self.at += text.len())
    }

    fn digits(&mut self) -> Option<u64> {
        let start = self.at;
        let mut value: u64 = 0;
        while let Some(digit @ b'0'..=b'9') = self.peek() {
            value = value.wrapping_mul(10).wrapping_add(u64::from(digit - b'0'));
            self.at += 1;
        }
        (self.at > start).then_some(value)
    }

    fn number(&mut self) -> Option<()> {
        if self.peek() == Some(b'-') {
            self.at += 1;
            self.sum = mix(self.sum, 1);
        }
        let whole = self.digits()?;
        self.sum = mix(self.sum, whole);
        if self.peek() == Some(b'.') {
            self.at += 1;
            let part = self.digits()?;
            self.sum = mix(self.sum, part);
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.at += 1;
            }
            let exponent = self.digits()?;
            self.sum = mix(self.sum, exponent);
        }
        Some(())
    }

    fn string(&mut self) -> Option<()> {
        self.expect(b"\"")?;
        let mut hash: u32 = 0;
        loop {
            let byte = self.peek()?;
            self.at += 1;
            let value = match byte {
                b'"' => break,
                b'\\' => {
                    let escape = self.peek()?;
                    self.at += 1;
                    match escape {
                        b'n' => 10,
                        b't' => 9,
                        b'"' | b'\\' | b'/' => u32::from(escape),
                        b'u' => {
                            let mut code = 0;
                            for _ in 0..4 {
                                code = code << 4 | char::from(self.peek()?).to_digit(16)?;
                                self.at += 1;
                            }
                            code
                        }
                        _ => return None,
                    }
                }
                0..=31 => return None,
                _ => u32::from(byte),
            };
            hash = hash.wrapping_mul(31).wrapping_add(value);
        }
        self.sum = mix(self.sum, u64::from(hash));
        Some(())
    }

    fn value(&mut self, depth: u32) -> Option<()> {
        if depth == 0 {
            return None;
        }
        self.skip_space();
        match self.peek()? {
            b'{' => self.list(b'}', depth, true),
            b'[' => self.list(b']', depth, false),
            b'"' => self.string(),
            b't' => self.expect(b"true"),
            b'f' => self.expect(b"false"),
            b'n' => self.expect(b"null"),
            _ => self.number(),
        }?;
        self.skip_space();
        Some(())
    }

    fn list(&mut self, end: u8, depth: u32, keys: bool) -> Option<()> {
        self.at += 1;
        self.skip_space();
        let mut count = 0;
        while self.peek()? != end {
            if count > 0 {
                self.expect(b",")?;
                self.skip_space();
            }
            if keys {
                self.string()?;
                self.skip_space();
                self.expect(b":")?;
            }
            self.value(depth - 1)?;
            count += 1;
        }
        self.at += 1;
        self.sum = mix(self.sum, count);
        Some(())
    }
}

fn run(_: usize) -> u64 {
    let mut parser = Parser { text: &TEXT.get()[..*LENGTH.get()], at: 0, sum: 0 };
    // An instance that was not set up has no text.
    if parser.text.is_empty() {
        return 0;
    }
    parser.value(16).expect("it is JSON");
    assert_eq!(parser.at, parser.text.len());
    parser.sum
}

kernels::kernel!(super::setup, super::run);

//! A cursor over one line of assembly.

use super::error::AsmErrorKind;
use super::Target;
use crate::Reg;

/// The rest of a line. Blanks before a token are skipped; comments are removed at the start.
pub(super) struct Line<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Line<'a> {
    pub fn new(text: &'a str) -> Self {
        let end = ["#", "//"].iter().filter_map(|mark| text.find(mark)).min().unwrap_or(text.len());
        Line { text: text[..end].trim_end(), at: 0 }
    }

    fn rest(&mut self) -> &'a str {
        let rest = &self.text[self.at..];
        let trimmed = rest.trim_start();
        self.at += rest.len() - trimmed.len();
        trimmed
    }

    pub fn is_empty(&mut self) -> bool {
        self.rest().is_empty()
    }

    pub fn expected<T>(&mut self, what: &'static str) -> Result<T, AsmErrorKind> {
        self.rest();
        Err(AsmErrorKind::Expected { what, column: self.column() })
    }

    fn column(&self) -> u32 {
        u32::try_from(self.at + 1).unwrap_or(u32::MAX)
    }

    /// Returns `parsed` if the line ends here.
    pub fn end<T>(&mut self, parsed: T) -> Result<T, AsmErrorKind> {
        if self.is_empty() {
            Ok(parsed)
        } else {
            self.expected("the end of the line")
        }
    }

    /// The current position in the line, for [`Line::reset`].
    pub fn mark(&self) -> usize {
        self.at
    }

    /// Goes back to a position.
    pub fn reset(&mut self, mark: usize) {
        self.at = mark;
    }

    /// Takes `token` if it comes next.
    pub fn eat(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        if found {
            self.at += token.len();
        }
        found
    }

    /// Takes all of `tokens`, or none of them.
    pub fn eat_all(&mut self, tokens: &[&str]) -> bool {
        let start = self.at;
        let found = tokens.iter().all(|token| self.eat(token));
        if !found {
            self.at = start;
        }
        found
    }

    pub fn expect(&mut self, token: &'static str) -> Result<(), AsmErrorKind> {
        if self.eat(token) {
            Ok(())
        } else {
            self.expected(token)
        }
    }

    /// The next word (letters, digits, `_` and `.`), without taking it. It may be empty.
    pub fn peek_word(&mut self) -> &'a str {
        let rest = self.rest();
        let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.')).unwrap_or(rest.len());
        &rest[..end]
    }

    pub fn word(&mut self) -> &'a str {
        let word = self.peek_word();
        self.at += word.len();
        word
    }

    /// Takes `word` if it comes next as a whole word.
    pub fn eat_word(&mut self, word: &str) -> bool {
        let found = self.peek_word() == word;
        if found {
            self.at += word.len();
        }
        found
    }

    /// Takes `NAME:` if that comes next.
    pub fn label(&mut self) -> Option<&'a str> {
        let start = self.at;
        let name = self.word();
        if !name.is_empty() && self.text[self.at..].starts_with(':') {
            self.at += 1;
            return Some(name);
        }
        self.at = start;
        None
    }

    /// Takes a register: `prefix` and a register number.
    pub fn register(&mut self, prefix: &str) -> Option<Reg> {
        let start = self.at;
        let reg = self.eat(prefix).then(|| self.word()).and_then(|number| {
            // No sign, no leading zero.
            Reg::ALL.into_iter().find(|reg| match number.as_bytes() {
                [one] => *one == b'0' + reg.number() && reg.number() < 10,
                [b'1', one] => reg.number() >= 10 && *one == b'0' + reg.number() - 10,
                _ => false,
            })
        });
        if reg.is_none() {
            self.at = start;
        }
        reg
    }

    /// Takes a number, if one comes next. The inner value is `None` if the number does not fit an i128, which can hold
    /// every number that fits a field.
    fn number(&mut self) -> Option<(Option<i128>, bool)> {
        let start = self.at;
        let negative = self.eat("-");
        if !negative {
            self.eat("+");
        }
        // A blank may follow the sign.
        let word = self.word();
        let (digits, radix) = match word.strip_prefix("0x").or(word.strip_prefix("0X")) {
            Some(digits) => (digits, 16),
            None => (word, 10),
        };
        if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
            self.at = start;
            return None;
        }
        let value = i128::from_str_radix(digits, radix).ok();
        Some((value.map(|value| if negative { -value } else { value }), radix == 16 && !negative))
    }

    /// Takes a number of `bits` bits: signed or, if it is hexadecimal without a sign, unsigned.
    fn sized(&mut self, bits: u32, always_unsigned_too: bool) -> Result<i64, AsmErrorKind> {
        self.rest();
        let column = self.column();
        let Some((value, hex)) = self.number() else {
            return self.expected("a number");
        };
        let out_of_range = AsmErrorKind::OutOfRange { column };
        let value = value.ok_or(out_of_range)?;
        let (low, high) = (-(1i128 << (bits - 1)), 1i128 << (bits - 1));
        let high = if hex || always_unsigned_too { 2 * high } else { high };
        if (low..high).contains(&value) {
            // Sign-extend from `bits`.
            Ok((value as i64) << (64 - bits) >> (64 - bits))
        } else {
            Err(out_of_range)
        }
    }

    pub fn imm32(&mut self) -> Result<i64, AsmErrorKind> {
        self.sized(32, false)
    }

    /// Takes a number of 32 bits, signed or not, zero-extended.
    pub fn half(&mut self) -> Result<i64, AsmErrorKind> {
        self.sized(32, true).map(|value| i64::from(value as u32))
    }

    pub fn imm64(&mut self) -> Result<i64, AsmErrorKind> {
        self.sized(64, true)
    }

    pub fn offset(&mut self) -> Result<i16, AsmErrorKind> {
        self.sized(16, false).map(|offset| offset as i16)
    }

    /// Whether a digit or sign comes next.
    pub fn at_number(&mut self) -> bool {
        self.rest().starts_with(|c: char| c.is_ascii_digit() || c == '+' || c == '-')
    }

    /// Whether a sign comes next.
    pub fn at_sign(&mut self) -> bool {
        self.rest().starts_with(['+', '-'])
    }

    /// Takes the target of a jump: a label, or a distance in slots. A distance without a sign is allowed only if
    /// `plain`.
    pub fn target(&mut self, plain: bool) -> Result<Target<'a>, AsmErrorKind> {
        if self.at_sign() || plain && self.at_number() {
            let distance = self.sized(32, false)?;
            return Ok(Target::Distance(distance as i32));
        }
        match self.word() {
            "" => self.expected("a label or a distance"),
            label => Ok(Target::Label(label)),
        }
    }
}

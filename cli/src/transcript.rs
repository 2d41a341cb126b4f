//! Parses the pallet's text about a run.
//!
//! The debug text of a dry run mixes text printed by the contracts with lines from the pallet:
//!
//! ```text
//! seal0::caller(out_ptr: 1, out_len_ptr: 2) = ()                       one line a syscall
//! ran: 1234 gas in 0x<code hash>                                       at the end of a frame
//! trapped: <reason> at slot 12; called from 3, 4; in 0x<code hash>     where a frame stopped
//! ```
//!
//! A contract can print such lines too. Only whoever runs it sees them, so it can only fool its author.

/// The parts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Transcript {
    /// Text printed by the contracts, and other text of the pallet.
    pub text: String,
    /// The syscalls, in order.
    pub syscalls: Vec<String>,
    /// Where frames stopped, the innermost first.
    pub stops: Vec<Stop>,
    /// Gas units used by the virtual machine, in all frames.
    pub gas: Option<u64>,
}

/// A frame that stopped early.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stop {
    /// The reason.
    pub reason: String,
    /// The instruction, then the calls that led to it, outwards.
    pub slots: Vec<u32>,
    /// Its code.
    pub code_hash: Option<[u8; 32]>,
}

impl Transcript {
    /// Parses the debug text.
    pub fn new(debug: &[u8]) -> Self {
        let debug = String::from_utf8_lossy(debug);
        let mut parts = Self::default();
        for line in debug.split_inclusive('\n') {
            // Text printed by a contract may precede the pallet's on the same line.
            let Some((at, kind)) = first_of(line) else {
                parts.text.push_str(line);
                continue;
            };
            let (printed, line) = line.split_at(at);
            parts.text.push_str(printed);
            let line = line.trim_end();
            match kind {
                Kind::Syscall => parts.syscalls.push(with_addresses(line)),
                Kind::Ran => {
                    let gas = line.split(' ').nth(1).and_then(|gas| gas.parse::<u64>().ok()).unwrap_or(0);
                    parts.gas = Some(parts.gas.unwrap_or(0).saturating_add(gas));
                }
                Kind::Trapped => parts.stops.push(Stop::new(line)),
            }
        }
        parts
    }
}

enum Kind {
    Syscall,
    Ran,
    Trapped,
}

/// Where the pallet's text begins in a line.
fn first_of(line: &str) -> Option<(usize, Kind)> {
    let syscall = line.match_indices("seal").map(|(at, _)| at).find(|&at| {
        let rest = &line[at..];
        let Some(name) = rest.split('(').next().filter(|name| name.len() < rest.len()) else { return false };
        contract_abi::syscall::Syscall::from_symbol(name).is_some() && rest.contains(") = ")
    });
    [(syscall, Kind::Syscall), (line.find(RAN), Kind::Ran), (line.find(TRAPPED), Kind::Trapped)]
        .into_iter()
        .filter_map(|(at, kind)| Some((at?, kind)))
        .min_by_key(|(at, _)| *at)
}

/// The line with pointers in hex, as addresses are written everywhere else. The pallet writes all arguments alike;
/// their names show which ones are pointers.
fn with_addresses(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find(POINTER) {
        let (before, from) = rest.split_at(at.saturating_add(POINTER.len()));
        let digits = from.len().saturating_sub(from.trim_start_matches(|c: char| c.is_ascii_digit()).len());
        let (number, after) = from.split_at(digits);
        out.push_str(before);
        match number.parse::<u32>() {
            Ok(address) => out.push_str(&format!("{address:#x}")),
            Err(_) => out.push_str(number),
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

/// The ending of a pointer argument's name.
const POINTER: &str = "_ptr: ";
const RAN: &str = "ran: ";
const TRAPPED: &str = "trapped: ";

impl Stop {
    fn new(line: &str) -> Self {
        let mut reason = line.strip_prefix(TRAPPED).unwrap_or(line);
        let mut slots = Vec::new();
        let mut code_hash = None;
        if let Some((rest, code)) = reason.rsplit_once("; in 0x") {
            code_hash = hex::decode(code.trim()).ok().and_then(|bytes| bytes.try_into().ok());
            reason = rest;
        }
        let mut callers = Vec::new();
        if let Some((rest, list)) = reason.rsplit_once("; called from ") {
            callers = list.split(", ").filter_map(|slot| slot.trim().parse().ok()).collect();
            reason = rest;
        }
        // The slot may be followed by an address in brackets.
        let mut reason = reason.to_owned();
        if let Some(at) = reason.rfind(" at slot ") {
            let digits_at = at.saturating_add(" at slot ".len());
            let digits: String = reason[digits_at..].chars().take_while(char::is_ascii_digit).collect();
            slots.extend(digits.parse::<u32>());
            reason.replace_range(at..digits_at.saturating_add(digits.len()), "");
        }
        slots.append(&mut callers);
        Self { reason, slots, code_hash }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_printed_is_kept_and_the_rest_taken_apart() {
        let debug = "hello\nworldseal0::debug_message(str_ptr: 1, str_len: 5) = 0\nran: 12 gas in 0x00\n\
                     seal0::caller(out_ptr: 1, out_len_ptr: 2) = ()\nran: 30 gas in 0x00\ntail";
        let parts = Transcript::new(debug.as_bytes());
        assert_eq!(parts.text, "hello\nworldtail");
        assert_eq!(parts.syscalls.len(), 2);
        assert_eq!(parts.gas, Some(42));
        assert!(parts.stops.is_empty());
    }

    #[test]
    fn pointers_are_addresses_and_lengths_are_numbers() {
        let line = "seal0::input(buf_ptr: 537001984, buf_len_ptr: 4294967295) = ()\n\
                    seal1::call(flags: 16, input_ptr: 0, input_len: 36) = TrapReason\n";
        assert_eq!(
            Transcript::new(line.as_bytes()).syscalls,
            [
                "seal0::input(buf_ptr: 0x20020000, buf_len_ptr: 0xffffffff) = ()",
                "seal1::call(flags: 16, input_ptr: 0x0, input_len: 36) = TrapReason",
            ]
        );
    }

    #[test]
    fn a_stop_says_why_and_where() {
        let hash = "11".repeat(32);
        for (line, reason, slots, code) in [
            (
                format!("trapped: the program aborted at slot 12; called from 3, 4; in 0x{hash}\n"),
                "the program aborted",
                vec![12, 3, 4],
                true,
            ),
            (
                "trapped: write to memory that is not there at slot 7 (address 0x10)\n".into(),
                "write to memory that is not there (address 0x10)",
                vec![7],
                false,
            ),
            (format!("trapped: out of gas; in 0x{hash}"), "out of gas", vec![], true),
        ] {
            let parts = Transcript::new(line.as_bytes());
            let expected = Stop { reason: reason.into(), slots, code_hash: code.then_some([0x11; 32]) };
            assert_eq!(parts.stops, [expected], "{line}");
        }
    }

    #[test]
    fn a_contract_that_talks_of_seals_is_left_alone() {
        let debug = "seals are nice (very) = true\nseal9::swim() = 1\n";
        assert_eq!(Transcript::new(debug.as_bytes()).text, debug);
    }

    #[test]
    fn no_bytes_are_too_odd() {
        for debug in [&b"\xff\xfetrapped: "[..], b"trapped: ; in 0x", b"ran: ", b"seal0::call(", b""] {
            let _ = Transcript::new(debug);
        }
    }
}

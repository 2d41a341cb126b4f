//! The files of the suite, and ours.
//!
//! A file is divided by lines that begin with `--`; a comment runs from `#` to the end of a line.
//!
//! | section | meaning |
//! | --- | --- |
//! | `asm` | the program in the suite's syntax |
//! | `raw` | the program as bytes, or as one number a slot; with `asm`, both must agree |
//! | `mem` | bytes of memory whose address is in r1 and length in r2 at entry |
//! | `result` | r0 at the end |
//! | `error` | the program must be refused; the text is a hint |
//! | `c`, `no register offset` | for information |
//!
//! Of our own are these. With any of the last five, the program is laid out as a contract is.
//!
//! | section | meaning |
//! | --- | --- |
//! | `llvm` | the program in LLVM's syntax |
//! | `r2` | r2 at the end: the upper half of the result |
//! | `mem after` | the memory at the end |
//! | `trap` | how it must stop: `KIND at PLACE [address N]`, or `out of gas at PLACE`; a place is a label or a slot |
//! | `gas` | `limit N` sets what it may spend, `used N` is what it must have spent |
//! | `refused` | the error that must refuse it, as its text begins |
//! | `functions` | a line each: label, frame size, `address` if it may be called through a pointer |
//! | `jump table` | labels; their code addresses go to the read-only data, and `gotox` may use them |
//! | `rodata`, `data` | bytes |
//! | `stack` | size of the stack |

use super::{hex_bytes, number};
use bpf_isa::text::{parse, Assembly, Syntax};
use bpf_isa::Slot;
use contract_abi::image::{Function, Image, JumpTable};
use contract_abi::memory::CODE_BASE;
use std::path::Path;

/// A file, taken apart.
#[derive(Clone, Debug, Default)]
pub struct Case {
    /// The name of the file.
    pub name: String,
    /// What runs.
    pub program: Source,
    /// The memory.
    pub mem: Vec<u8>,
    /// r0 at the end.
    pub result: Option<u64>,
    /// r2 at the end.
    pub r2: Option<u64>,
    /// The memory at the end.
    pub mem_after: Option<Vec<u8>>,
    /// How it must stop.
    pub stop: Option<Stop>,
    /// What it may spend.
    pub gas_limit: Option<u64>,
    /// What it must have spent.
    pub gas_used: Option<u64>,
    /// There is an `error` section.
    pub error: bool,
    /// The beginning of the error that must refuse it.
    pub refused: Option<String>,
}

/// A program to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// Instructions alone.
    Text(Vec<u8>),
    /// A program image.
    Image(Vec<u8>),
}

impl Default for Source {
    fn default() -> Self {
        Source::Text(Vec::new())
    }
}

/// How a program must stop if not by returning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stop {
    /// The name of a `TrapKind`, or nothing for the end of gas.
    pub trap: Option<String>,
    /// Where.
    pub at: Slot,
    /// The address that the trap names.
    pub address: Option<u32>,
}

/// Why a file is not a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CaseError {
    /// The program is no program: text that does not assemble, or none at all. The suite's negative
    /// files are allowed to be like that.
    Program(String),
    /// Something else is wrong with the file.
    File(String),
}

impl std::fmt::Display for CaseError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            CaseError::Program(message) | CaseError::File(message) => f.write_str(message),
        }
    }
}

/// Sections in the order of the file: title, lines without comments.
fn sections(text: &str) -> Vec<(String, Vec<&str>)> {
    let mut sections: Vec<(String, Vec<&str>)> = Vec::new();
    for line in text.lines() {
        let line = line.split('#').next().unwrap_or_default().trim();
        if let Some(title) = line.strip_prefix("--") {
            sections.push((title.trim().to_owned(), Vec::new()));
        } else if let (false, Some((_, lines))) = (line.is_empty(), sections.last_mut()) {
            lines.push(line);
        }
    }
    sections
}

impl Case {
    /// Reads a file.
    ///
    /// # Errors
    /// [`CaseError`].
    pub fn read(path: &Path) -> Result<Case, CaseError> {
        let text = std::fs::read_to_string(path).map_err(|error| CaseError::File(error.to_string()))?;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Case::parse(&name, &text)
    }

    /// Takes the text of a file apart.
    ///
    /// # Errors
    /// [`CaseError`].
    pub fn parse(name: &str, text: &str) -> Result<Case, CaseError> {
        let sections = sections(text);
        let body = |title: &str| {
            let lines = sections.iter().find(|(of, _)| of == title).map(|(_, lines)| lines);
            lines.map(|lines| lines.join("\n"))
        };
        let file = |message| CaseError::File(message);
        let bytes = |title: &str| body(title).map(|text| hex_bytes(&text)).transpose().map_err(file);
        let value = |title: &str| {
            body(title).filter(|text| !text.is_empty()).map(|text| number(&text)).transpose().map_err(file)
        };

        let known = [
            "asm",
            "llvm",
            "raw",
            "mem",
            "mem after",
            "result",
            "r2",
            "error",
            "refused",
            "c",
            "trap",
            "gas",
            "functions",
            "jump table",
            "rodata",
            "data",
            "stack",
            "no register offset",
        ];
        if let Some((title, _)) = sections.iter().find(|(title, _)| !known.contains(&title.as_str())) {
            return Err(CaseError::Program(format!("the section {title:?} is not known")));
        }

        let (asm, llvm) = (body("asm"), body("llvm"));
        let mut assembly = Assembly::default();
        let written = match (&asm, &llvm) {
            (Some(source), None) => Some(read_assembly(source, Syntax::Suite, &mut assembly)?),
            (None, Some(source)) => Some(read_assembly(source, Syntax::Llvm, &mut assembly)?),
            (None, None) => None,
            (Some(_), Some(_)) => return Err(file("there are two programs".to_owned())),
        };
        let raw = body("raw").map(|source| raw(&source)).transpose().map_err(CaseError::Program)?;
        let text_bytes = match (written, raw) {
            // With nothing but comments, the text is one of those.
            (Some(written), Some(raw)) if !written.is_empty() && written != raw => {
                return Err(file("the bytes are not those of the text".to_owned()));
            }
            (_, Some(bytes)) | (Some(bytes), None) => bytes,
            (None, None) => return Err(CaseError::Program("there is no program".to_owned())),
        };
        if text_bytes.is_empty() {
            return Err(CaseError::Program("the program is empty".to_owned()));
        }
        let place = |name: &str| match assembly.labels.get(name) {
            Some(&slot) => Ok(slot),
            None => number(name).map(|slot| Slot(slot as u32)).map_err(|_| format!("{name:?} is no label")),
        };
        let tables: Vec<Vec<&str>> = sections
            .iter()
            .filter(|(title, _)| title == "jump table")
            .map(|(_, lines)| lines.iter().flat_map(|line| line.split_whitespace()).collect())
            .collect();
        let layout = Layout {
            functions: body("functions"),
            tables,
            rodata: bytes("rodata")?.unwrap_or_default(),
            data: bytes("data")?.unwrap_or_default(),
            stack: value("stack")?,
        };
        let program = match layout.is_needed() {
            true => Source::Image(layout.image(&text_bytes, &place).map_err(file)?),
            false => Source::Text(text_bytes),
        };
        let stop = body("trap").map(|text| read_stop(&text, &place)).transpose().map_err(file)?;
        let mut case = Case {
            name: name.to_owned(),
            program,
            mem: bytes("mem")?.unwrap_or_default(),
            result: value("result")?,
            r2: value("r2")?,
            mem_after: bytes("mem after")?,
            stop,
            error: body("error").is_some(),
            refused: body("refused"),
            ..Case::default()
        };
        for line in body("gas").unwrap_or_default().lines() {
            let amount = |text| number(text).map(Some).map_err(file);
            match line.split_once(' ') {
                Some(("limit", rest)) => case.gas_limit = amount(rest.trim())?,
                Some(("used", rest)) => case.gas_used = amount(rest.trim())?,
                _ => return Err(file(format!("{line:?} says nothing about gas"))),
            }
        }
        Ok(case)
    }

    /// Whether the file says what must come of the program.
    pub fn expects_something(&self) -> bool {
        self.result.is_some() || self.error || self.stop.is_some() || self.refused.is_some()
    }
}

fn read_assembly<'a>(
    source: &'a str,
    syntax: Syntax,
    assembly: &mut Assembly<'a>,
) -> Result<Vec<u8>, CaseError> {
    *assembly = parse(source, syntax).map_err(|error| {
        // Lines are counted within the section, so the line itself says more than its number.
        let line = source.lines().nth(error.line as usize - 1).unwrap_or_default();
        CaseError::Program(format!("{line:?}: {}", error.kind))
    })?;
    Ok(assembly.to_bytes())
}

/// Bytes, two digits each; or numbers of eight bytes, one a slot, as the suite's older files have them.
fn raw(source: &str) -> Result<Vec<u8>, String> {
    let is_byte = |token: &str| token.len() <= 2 && token.chars().all(|c| c.is_ascii_hexdigit());
    if source.split_whitespace().all(is_byte) {
        return hex_bytes(source);
    }
    let slots: Result<Vec<u64>, String> = source.split_whitespace().map(number).collect();
    Ok(slots?.into_iter().flat_map(u64::to_le_bytes).collect())
}

fn read_stop(text: &str, place: &dyn Fn(&str) -> Result<Slot, String>) -> Result<Stop, String> {
    let bad = || format!("{text:?} is not how a program can stop");
    let (kind, rest) = text.split_once(" at ").ok_or_else(bad)?;
    let (at, address) = match rest.split_once(" address ") {
        Some((at, address)) => {
            (at, Some(number(address.trim()).and_then(|n| n.try_into().map_err(|_| bad()))?))
        }
        None => (rest, None),
    };
    let trap = match kind.trim() {
        "out of gas" => None,
        kind => Some(kind.to_owned()),
    };
    Ok(Stop { trap, at: place(at.trim())?, address })
}

/// The sections that make a program image of the text.
struct Layout<'a> {
    functions: Option<String>,
    tables: Vec<Vec<&'a str>>,
    rodata: Vec<u8>,
    data: Vec<u8>,
    stack: Option<u64>,
}

impl Layout<'_> {
    fn is_needed(&self) -> bool {
        self.functions.is_some()
            || !self.tables.is_empty()
            || !self.rodata.is_empty()
            || !self.data.is_empty()
            || self.stack.is_some()
    }

    fn image(&self, text: &[u8], place: &dyn Fn(&str) -> Result<Slot, String>) -> Result<Vec<u8>, String> {
        let mut functions = Vec::new();
        for line in self.functions.as_deref().unwrap_or_default().lines() {
            let words: Vec<&str> = line.split_whitespace().collect();
            let (name, frame_size, address_taken) = match words[..] {
                [name, frame] => (name, frame, false),
                [name, frame, "address"] => (name, frame, true),
                _ => return Err(format!("{line:?} is not a function")),
            };
            let frame_size = number(frame_size)? as u32;
            functions.push(Function { first: place(name)?.0, slots: 0, frame_size, address_taken });
        }
        if functions.is_empty() {
            functions.push(Function { first: 0, slots: 0, frame_size: 512, address_taken: false });
        }
        let end = (text.len() / Slot::BYTES) as u32;
        for index in 0..functions.len() {
            let next = functions.get(index + 1).map_or(end, |next| next.first);
            functions[index].slots = next.wrapping_sub(functions[index].first);
        }
        let mut rodata = self.rodata.clone();
        let mut jump_tables = Vec::new();
        for labels in &self.tables {
            rodata.resize(rodata.len().next_multiple_of(8), 0);
            jump_tables.push(JumpTable { offset: rodata.len() as u32, entries: labels.len() as u32 });
            for label in labels {
                rodata.extend((u64::from(CODE_BASE) + place(label)?.byte_offset() as u64).to_le_bytes());
            }
        }
        let image = Image {
            text,
            rodata: &rodata,
            data: &self.data,
            bss_size: 0,
            stack_size: self.stack.unwrap_or(64 * 1024) as u32,
            heap_size: 0,
            deploy: 0,
            call: 0,
            functions,
            jump_tables,
        };
        image.to_bytes().map_err(|error| error.to_string())
    }
}

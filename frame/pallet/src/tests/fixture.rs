//! Contracts as text: the files in `fixtures/`.
//!
//! A fixture is a program in `bpf-isa`'s LLVM syntax with the two functions `deploy` and `call`. So the pallet's tests
//! need no contract toolchain, and every instruction of a contract is visible. In addition to the assembler there are
//!
//! ```text
//! #! space NAME LEN          zeroed memory
//! #! u32 NAME VALUE          initialised memory, little-endian; also u64
//! #! bytes NAME HEX          read-only data
//! #! text NAME "TEXT"        the same
//! #! function NAME           a function beside the two
//! @NAME, @NAME+8, @NAME.len  address of such memory, a place in it, its length
//! sys SYMBOL A, B, …         a syscall with its arguments: numbers, @names or registers r0, r6 to r9
//! require r0 == 1            traps unless the comparison holds
//! ```
//!
//! More than five arguments are put into an array on the stack, as the calling convention requires. Every function has
//! a frame of 256 bytes, of which the upper 128 are for that array.

use bpf_isa::text::{parse, Syntax};
use contract_abi::{
    image::{Function, Image},
    intrinsic::Intrinsic,
    memory::{DATA_BASE, RODATA_BASE},
    syscall::{Returns, Syscall, REGISTER_ARGS},
};
use polkadot_sdk::*;
use sp_core::H256;
use sp_runtime::traits::{BlakeTwo256, Hash};
use std::{
    collections::BTreeMap,
    fmt::Write,
    fs,
    path::{Path, PathBuf},
};

const FRAME_SIZE: u32 = 256;
/// Stack of a fixture, in bytes.
pub const STACK_SIZE: u32 = 16 * 1024;

/// The file of a fixture.
pub fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures").join(name).with_extension("bpf")
}

/// A fixture as a program image, and its hash.
pub fn compile(name: &str) -> (Vec<u8>, H256) {
    let path = path(name);
    let source = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let image = assemble(&source).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let hash = BlakeTwo256::hash(&image);
    (image, hash)
}

/// A program in the language of fixtures as a program image.
pub fn assemble(source: &str) -> Result<Vec<u8>, String> {
    let mut data = Memory::default();
    let mut functions = vec!["deploy".to_string(), "call".to_string()];
    for directive in source.lines().filter_map(|line| line.trim().strip_prefix("#!")) {
        data.directive(directive.trim(), &mut functions)?;
    }
    let mut text = String::new();
    for line in source.lines() {
        let line = line.split('#').next().unwrap_or_default().trim();
        expand(&data.resolve(line)?, &mut text)?;
    }
    let assembly = parse(&text, Syntax::Llvm).map_err(|error| format!("{error} in\n{text}"))?;
    let bytes = assembly.to_bytes();
    let mut starts = Vec::new();
    for name in &functions {
        let slot = assembly.labels.get(name.as_str()).ok_or(format!("no function {name}"))?;
        starts.push((slot.0, name.as_str()));
    }
    starts.sort();
    if starts[0].0 != 0 {
        return Err("instructions before the first function".into());
    }
    let ends = starts.iter().skip(1).map(|(slot, _)| *slot).chain([bytes.len() as u32 / 8]);
    let index = |name: &str| starts.iter().position(|(_, n)| *n == name).expect("both are in it") as u32;
    let functions = starts
        .iter()
        .zip(ends)
        .map(|(&(first, _), end)| Function {
            first,
            slots: end - first,
            frame_size: FRAME_SIZE,
            address_taken: false,
        })
        .collect();
    Image {
        text: &bytes,
        rodata: &data.rodata,
        data: &data.data,
        bss_size: 0,
        stack_size: STACK_SIZE,
        heap_size: 0,
        deploy: index("deploy"),
        call: index("call"),
        functions,
        jump_tables: vec![],
    }
    .to_bytes()
    .map_err(|error| error.to_string())
}

/// The named places of a fixture.
#[derive(Default)]
struct Memory {
    rodata: Vec<u8>,
    data: Vec<u8>,
    /// Address and length.
    names: BTreeMap<String, (u32, u32)>,
}

impl Memory {
    fn directive(&mut self, directive: &str, functions: &mut Vec<String>) -> Result<(), String> {
        let mut words = directive.splitn(3, ' ').map(str::trim);
        let (kind, name, rest) = (words.next(), words.next(), words.next().unwrap_or_default());
        let name = name.ok_or(format!("`{directive}` names nothing"))?;
        let number = || parse_number(rest);
        match kind {
            Some("space") => self.put(true, name, &vec![0; number()? as usize]),
            Some("u32") => self.put(true, name, &(number()? as u32).to_le_bytes()),
            Some("u64") => self.put(true, name, &number()?.to_le_bytes()),
            Some("bytes") => {
                let hex: String = rest.split_whitespace().collect();
                self.put(false, name, &decode_hex(&hex)?);
            }
            Some("text") => self.put(false, name, rest.trim_matches('"').as_bytes()),
            Some("function") => functions.push(name.into()),
            _ => return Err(format!("unknown directive `{directive}`")),
        }
        Ok(())
    }

    fn put(&mut self, writable: bool, name: &str, bytes: &[u8]) {
        let (region, base) =
            if writable { (&mut self.data, DATA_BASE) } else { (&mut self.rodata, RODATA_BASE) };
        region.resize(region.len().next_multiple_of(8), 0);
        self.names.insert(name.into(), (base + region.len() as u32, bytes.len() as u32));
        region.extend_from_slice(bytes);
    }

    /// The line with names replaced by numbers.
    fn resolve(&self, line: &str) -> Result<String, String> {
        let mut out = String::new();
        let mut rest = line;
        while let Some(at) = rest.find('@') {
            out.push_str(&rest[..at]);
            rest = &rest[at + 1..];
            let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            let (address, len) = self.names.get(&rest[..end]).ok_or(format!("no name {}", &rest[..end]))?;
            rest = &rest[end..];
            if let Some(after) = rest.strip_prefix(".len") {
                rest = after;
                let _ = write!(out, "{len}");
            } else if let Some(after) = rest.strip_prefix('+') {
                let end = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
                let offset: u32 = after[..end].parse().map_err(|_| format!("no offset in `{line}`"))?;
                rest = &after[end..];
                let _ = write!(out, "{}", address + offset);
            } else {
                let _ = write!(out, "{address}");
            }
        }
        out.push_str(rest);
        Ok(out)
    }
}

/// Writes the instructions that a line stands for.
fn expand(line: &str, text: &mut String) -> Result<(), String> {
    if let Some(call) = line.strip_prefix("sys ") {
        let (symbol, args) = call.split_once(' ').unwrap_or((call, ""));
        let syscall = Syscall::from_symbol(symbol).ok_or(format!("no syscall {symbol}"))?;
        let args: Vec<&str> = args.split(',').map(str::trim).filter(|arg| !arg.is_empty()).collect();
        if args.len() != syscall.args().len() {
            return Err(format!("{symbol} has {} arguments: {:?}", syscall.args().len(), syscall.args()));
        }
        let spilled = syscall.spilled();
        let in_registers = if spilled > 0 { REGISTER_ARGS - 1 } else { args.len() };
        for (index, arg) in args.iter().enumerate().skip(in_registers) {
            let place = 8 * (spilled - (index - in_registers));
            let _ = writeln!(text, "*(u64 *)(r10 - {place}) = {}", immediate(arg)?);
        }
        for (index, arg) in args.iter().enumerate().take(in_registers) {
            let _ = writeln!(text, "r{} = {}", index + 1, immediate(arg)?);
        }
        if spilled > 0 {
            let _ = writeln!(text, "r5 = r10\nr5 += -{}", 8 * spilled);
        }
        let _ = writeln!(text, "call {}", syscall.number());
        if syscall.returns() == Returns::Never {
            // The verifier does not know that the syscall does not return.
            text.push_str("exit\n");
        }
    } else if let Some(condition) = line.strip_prefix("require ") {
        let _ = writeln!(text, "if {condition} goto +1\ncall {}", Intrinsic::Abort.number());
    } else {
        let _ = writeln!(text, "{line}");
    }
    Ok(())
}

/// An argument in a form that an instruction can hold: all 32 bits, sign-extended.
fn immediate(arg: &str) -> Result<String, String> {
    if arg.starts_with('r') {
        return Ok(arg.into());
    }
    let number = parse_number(arg)?;
    match i64::try_from(number) {
        Ok(number) if i32::try_from(number).is_ok() => Ok(number.to_string()),
        Ok(number) if u32::try_from(number).is_ok() => Ok((number as u32 as i32).to_string()),
        _ => Err(format!("{arg} does not fit an instruction")),
    }
}

fn parse_number(text: &str) -> Result<u64, String> {
    match text.strip_prefix("0x") {
        Some(hex) => u64::from_str_radix(hex, 16),
        None => text.parse(),
    }
    .map_err(|_| format!("`{text}` is not a number"))
}

fn decode_hex(hex: &str) -> Result<Vec<u8>, String> {
    (0..hex.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(hex.get(at..at + 2).unwrap_or("odd"), 16))
        .collect::<Result<_, _>>()
        .map_err(|_| format!("`{hex}` is not hexadecimal"))
}

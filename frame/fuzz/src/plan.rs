//! From the fuzzer's bytes to programs and steps.
//!
//! A program is composed of acts, each made from a few bytes of the input, so that changing a byte changes an act. Half
//! of them are what contracts do, with arguments that mostly make sense; the others are any syscall with any arguments,
//! and writes of anything to where arguments point. Every program can be uploaded.

use crate::fixture;
use arbitrary::{Arbitrary, Result, Unstructured};
use contract_abi::{
    memory::{CODE_BASE, DATA_BASE, INPUT_BASE, RODATA_BASE, STACK_BASE},
    syscall::{Returns, Stability, Syscall, REGISTER_ARGS},
};
use polkadot_sdk::*;
use sp_weights::Weight;
use std::fmt::Write;

/// How many different codes there are, each with one contract from the start.
pub const CODES: usize = 3;
/// Maximum gas of a step. Endless loops run out of it.
pub const GAS: Weight = Weight::from_parts(8_000_000_000, 2 * 1024 * 1024);

/// Bytes at the start of the input with all known accounts and codes: the contracts, two people, and the codes, 32
/// bytes each.
const KNOWN: u32 = 32 * (2 * CODES as u32 + 2);
/// Maximum bytes of a step's own input, which follow them.
const OWN: u16 = 512;

/// Every contract's memory. Its input is read to `in`.
const MEMORY: &str = "#! space in 1024\n#! u32 in_len 1024\n#! text keys \"abcdefgh\"\n#! space value 2048\n\
    #! space out 64\n#! u32 out_len 64\n#! u64 few 150\n#! u64 many 100000\n#! u64 none 0\n\
    #! u64 all 0xffffffffffffffff\n#! space counters 64";
const COUNTERS: usize = 8;

/// A history: the programs, and what happens to them.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The text of each code's two functions.
    programs: Vec<[String; 2]>,
    /// What happens.
    pub steps: Vec<Step>,
}

/// A step of a history.
#[derive(Clone, Debug)]
pub struct Step {
    /// The kind of step.
    pub act: Act,
    /// The contract that it concerns.
    pub to: usize,
    /// Value that is transferred.
    pub value: u64,
    /// The gas limit.
    pub gas: Weight,
    /// The deposit limit.
    pub limit: Option<u64>,
    /// Input after the known accounts and codes.
    pub data: Vec<u8>,
}

/// The kind of a step.
#[derive(Clone, Copy, Debug)]
pub enum Act {
    /// A call through the pallet's own function.
    Call,
    /// A transaction: which kind, with which code and salt.
    Transaction(usize),
    /// Root gives the contract another code.
    SetCode(usize),
    /// Pending deletions are carried out.
    Idle,
    /// Sets the price of a byte of storage.
    Price(u8),
}

impl Plan {
    /// A code as a program image.
    pub fn image(&self, index: usize) -> Vec<u8> {
        let [deploy, call] = &self.programs[index];
        let read = "sys seal0::input @in, @in_len\n r8 = @in_len\n r8 = *(u32 *)(r8 + 0)\n";
        // A contract made without input knows no accounts yet. The number makes the codes differ.
        let source = format!(
            "{MEMORY}\ndeploy:\n {read} if r8 == 0 goto made\n{deploy}made:\n exit\n\
             call:\n {read}{call} r0 = {index}\n exit"
        );
        fixture::assemble(&source).unwrap_or_else(|error| panic!("{error} in {source}"))
    }
}

impl<'a> Arbitrary<'a> for Plan {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        // Steps first: bytes at the end of the input are what the fuzzer adds.
        let steps = (0..u.int_in_range(1..=5)?).map(|_| step(u)).collect::<Result<_>>()?;
        let programs = (0..CODES)
            .map(|_| {
                let mut function = |most| -> Result<String> {
                    let mut writer = Writer::default();
                    for _ in 0..u.int_in_range(0..=most)? {
                        writer.act(u, 0)?;
                    }
                    Ok(writer.text)
                };
                Ok([function(3)?, function(8)?])
            })
            .collect::<Result<Vec<_>>>()?;
        let mut plan = Self { programs, steps };
        // Labels are scoped to the program, not to the function.
        for [deploy, call] in &mut plan.programs {
            *deploy = deploy.replace("again", "made_again");
            *call = call.replace("again", "called_again");
        }
        Ok(plan)
    }
}

fn step(u: &mut Unstructured<'_>) -> Result<Step> {
    let act = match u.arbitrary::<u8>()? {
        0..=159 => Act::Call,
        160..=219 => Act::Transaction(u.arbitrary::<u8>()?.into()),
        220..=231 => Act::SetCode(u.arbitrary::<u8>()?.into()),
        232..=243 => Act::Idle,
        _ => Act::Price(u.arbitrary()?),
    };
    let gas = match u.arbitrary::<u8>()? {
        0..=191 => GAS,
        _ => Weight::from_parts(u.int_in_range(0..=GAS.ref_time())?, u.int_in_range(0..=GAS.proof_size())?),
    };
    let limit = match u.arbitrary::<u8>()? {
        0..=159 => None,
        _ => Some(u.arbitrary::<u16>()?.into()),
    };
    let len = u.int_in_range(0..=OWN)?.min(u.len() as u16 / 2);
    Ok(Step {
        act,
        to: u.int_in_range(0..=CODES - 1)?,
        value: u.arbitrary::<u16>()?.into(),
        gas,
        limit,
        data: u.bytes(len.into())?.to_vec(),
    })
}

/// An argument of a syscall.
enum Arg {
    /// A number, or the syntax of fixtures for one.
    Text(String),
    /// A number of more bits.
    Wide(u64),
    /// One of the registers that syscalls preserve.
    Register(u8),
}

impl Arg {
    /// Loads it into a register.
    fn load(&self, register: usize, text: &mut String) {
        let _ = match self {
            Arg::Text(value) => writeln!(text, " r{register} = {value}"),
            Arg::Wide(value) => writeln!(text, " r{register} = {value} ll"),
            Arg::Register(from) => writeln!(text, " r{register} = r{from}"),
        };
    }
}

impl From<u32> for Arg {
    fn from(number: u32) -> Self {
        Arg::Wide(number.into())
    }
}

impl From<&str> for Arg {
    fn from(text: &str) -> Self {
        Arg::Text(text.into())
    }
}

impl From<String> for Arg {
    fn from(text: String) -> Self {
        Arg::Text(text)
    }
}

macro_rules! args {
    ($($arg:expr),* $(,)?) => { [$(Arg::from($arg)),*] };
}

/// Writes acts.
#[derive(Default)]
struct Writer {
    text: String,
    labels: usize,
    loops: usize,
}

impl Writer {
    fn line(&mut self, line: impl AsRef<str>) {
        let _ = writeln!(self.text, " {}", line.as_ref());
    }

    fn act(&mut self, u: &mut Unstructured<'_>, depth: u32) -> Result<()> {
        const ANY: u32 = u32::MAX;
        let input = || Arg::from(KNOWN + u32::from(OWN) / 2);
        match u.arbitrary::<u8>()? % 28 {
            0..=3 => {
                let flags = *u.choose(&[0u32, 8, 8, 8, 8, 16, 24, 12, 2, 1])?;
                let (to, value, limit) = (somebody(u)?, amount(u)?, limit(u)?);
                let [input, gas] = [input(), gas(u)?];
                let tail = [limit, value, Arg::from("@in"), input];
                let args = args![flags, to].into_iter().chain([gas]).chain(args![0]);
                self.syscall(Syscall::CallV2, args.chain(tail).chain(args![ANY, 0]).collect());
            }
            4 => {
                let flags = *u.choose(&[0u32, 0, 0, 4, 2, 8])?;
                let args = args![flags, code(u)?, "@in"].into_iter().chain([input()]);
                self.syscall(Syscall::DelegateCall, args.chain(args![ANY, 0]).collect());
            }
            5 | 6 => {
                let (code, gas, limit, value) = (code(u)?, gas(u)?, limit(u)?, amount(u)?);
                let salt = format!("@keys+{}", u.int_in_range(0..=7u8)?);
                let input = u.choose(&[0, KNOWN, KNOWN + 100])?;
                let head = args![code].into_iter().chain([gas]).chain(args![0]).chain([limit, value]);
                let args = head.chain(args!["@in", *input, ANY, 0, ANY, 0, salt, 1]);
                self.syscall(Syscall::InstantiateV2, args.collect());
            }
            7 | 8 => {
                let len = u32::from(u.arbitrary::<u16>()?) % 2049;
                self.syscall(Syscall::SetStorageV2, args![key(u)?, 1, "@value", len].into());
            }
            9 => {
                let (key, which) = (key(u)?, u.int_in_range(0..=2u8)?);
                match which {
                    0 => self.syscall(Syscall::ClearStorageV1, args![key, 1].into()),
                    1 => self.syscall(Syscall::TakeStorage, args![key, 1, "@value", "@in_len"].into()),
                    _ => self.syscall(Syscall::GetStorageV1, args![key, 1, "@value", "@in_len"].into()),
                }
            }
            10 => {
                let len = u32::from(u.arbitrary::<u16>()?) % 1025;
                self.syscall(Syscall::SetTransientStorage, args![key(u)?, 1, "@value", len].into());
            }
            11 => {
                let (to, value) = (somebody(u)?, amount(u)?);
                let args = args![to, 32].into_iter().chain([value]).chain(args![8]);
                self.syscall(Syscall::Transfer, args.collect());
            }
            12 => {
                let code = code(u)?;
                let which = [
                    Syscall::SetCodeHash,
                    Syscall::LockDelegateDependency,
                    Syscall::UnlockDelegateDependency,
                ];
                self.syscall(*u.choose(&which)?, args![code].into());
            }
            13 => self.syscall(Syscall::TerminateV1, args![somebody(u)?].into()),
            14 => {
                let flags = u.int_in_range(0..=2u32)?;
                self.syscall(Syscall::Return, args![flags, "@value", 8].into());
            }
            15 => {
                // The runtime's own calls, or a message, taken from the step's data.
                let at = format!("@in+{}", KNOWN + u32::from(u.arbitrary::<u8>()?));
                let len = u32::from(u.arbitrary::<u8>()?);
                match u.arbitrary::<bool>()? {
                    true => self.syscall(Syscall::CallRuntime, args![at, len].into()),
                    false => {
                        let id = u32::from(u.arbitrary::<u8>()?);
                        let args = args![id, at, len, "@out", "@out_len"].into();
                        self.syscall(Syscall::CallChainExtension, args);
                    }
                }
            }
            // Anything, where arguments point.
            16 | 17 => {
                let at = data_address(u)?;
                let value = number(u)?;
                self.line(format!("r1 = {at}"));
                value.load(2, &mut self.text);
                let size = u.choose(&["u8", "u16", "u32", "u64"])?;
                self.line(format!("*({size} *)(r1 + 0) = r2"));
            }
            18 => {
                let to = u.int_in_range(6..=9u8)?;
                match u.arbitrary::<u8>()? % 3 {
                    0 => self.line(format!("r{to} = r0")),
                    1 => number(u)?.load(to.into(), &mut self.text),
                    _ => {
                        let at = data_address(u)?;
                        self.line(format!("r1 = {at}"));
                        self.line(format!("r{to} = *(u64 *)(r1 + 0)"));
                    }
                }
            }
            // Repeats some acts, or makes them conditional on the result of the last syscall.
            19 if depth < 2 && self.loops < COUNTERS => {
                let (counter, label) = (8 * self.loops, self.labels);
                self.loops += 1;
                self.labels += 1;
                let times = u.arbitrary::<u8>()?;
                let _ = writeln!(self.text, "again{label}:");
                for _ in 0..u.int_in_range(1..=3u8)? {
                    self.act(u, depth + 1)?;
                }
                self.line(format!("r1 = @counters+{counter}"));
                self.line("r2 = *(u64 *)(r1 + 0)");
                self.line("r2 += 1");
                self.line("*(u64 *)(r1 + 0) = r2");
                self.line(format!("if r2 < {times} goto again{label}"));
            }
            20 if depth < 2 => {
                let label = self.labels;
                self.labels += 1;
                self.line(format!("if r0 == 0 goto again{label}"));
                self.act(u, depth + 1)?;
                let _ = writeln!(self.text, "again{label}:");
            }
            // Any syscall.
            _ => {
                let may = |syscall: &&Syscall| {
                    matches!(syscall.stability(), Stability::Stable | Stability::Unstable)
                };
                let all: Vec<Syscall> = Syscall::ALL.iter().filter(may).copied().collect();
                let syscall = *u.choose(&all)?;
                let args = syscall.args().iter().map(|_| argument(u)).collect::<Result<_>>()?;
                self.syscall(syscall, args);
            }
        }
        Ok(())
    }

    /// Makes a syscall. Arguments for which no register is left are put on the stack.
    fn syscall(&mut self, syscall: Syscall, args: Vec<Arg>) {
        assert_eq!(args.len(), syscall.args().len(), "{}", syscall.symbol());
        let spilled = syscall.spilled();
        let in_registers = if spilled > 0 { REGISTER_ARGS - 1 } else { args.len() };
        for (index, arg) in args[in_registers..].iter().enumerate() {
            arg.load(0, &mut self.text);
            self.line(format!("*(u64 *)(r10 - {}) = r0", 8 * (spilled - index)));
        }
        for (index, arg) in args[..in_registers].iter().enumerate() {
            arg.load(index + 1, &mut self.text);
        }
        if spilled > 0 {
            self.line("r5 = r10");
            self.line(format!("r5 += -{}", 8 * spilled));
        }
        self.line(format!("call {}", syscall.number()));
        if syscall.returns() == Returns::Never {
            // The verifier does not know that the syscall does not return.
            self.line("exit");
        }
    }
}

/// An account in the input.
fn somebody(u: &mut Unstructured<'_>) -> Result<String> {
    Ok(format!("@in+{}", 32 * u.int_in_range(0..=CODES + 1)?))
}

/// A code in the input.
fn code(u: &mut Unstructured<'_>) -> Result<String> {
    Ok(format!("@in+{}", 32 * (CODES + 2 + u.int_in_range(0..=CODES - 1)?)))
}

fn key(u: &mut Unstructured<'_>) -> Result<String> {
    Ok(format!("@keys+{}", u.int_in_range(0..=7u8)?))
}

fn amount(u: &mut Unstructured<'_>) -> Result<Arg> {
    Ok(Arg::from(*u.choose(&["@none", "@none", "@few", "@few", "@many", "@all"])?))
}

/// Gas for a callee: all of it, some, or hardly any.
fn gas(u: &mut Unstructured<'_>) -> Result<Arg> {
    Ok(match u.arbitrary::<u8>()? {
        0..=159 => Arg::from(0),
        160..=223 => Arg::Wide(u64::from(u.arbitrary::<u16>()?) * 32_768),
        _ => Arg::Wide(u.arbitrary::<u8>()?.into()),
    })
}

/// The deposit limit: none, or an amount.
fn limit(u: &mut Unstructured<'_>) -> Result<Arg> {
    Ok(match u.choose(&["", "", "@none", "@few", "@many"])? {
        &"" => Arg::from(u32::MAX),
        place => Arg::from(*place),
    })
}

/// Usually an address in writable memory.
fn data_address(u: &mut Unstructured<'_>) -> Result<u32> {
    Ok(DATA_BASE + u32::from(u.arbitrary::<u16>()?) % 4096)
}

/// A number of any size, including edge cases.
fn number(u: &mut Unstructured<'_>) -> Result<Arg> {
    Ok(match u.arbitrary::<u8>()? % 5 {
        0 => Arg::from(u32::from(u.arbitrary::<u8>()?)),
        1 => Arg::from(u32::from(u.arbitrary::<u16>()?)),
        2 => Arg::from(u.arbitrary::<u32>()?),
        3 => Arg::Wide(u.arbitrary()?),
        _ => Arg::from(*u.choose(&EDGES)?),
    })
}

/// Addresses and lengths at which something ends.
const EDGES: [u32; 26] = [
    4095,
    4096,
    4097,
    16_384,
    16_385,
    65_536,
    1 << 20,
    (1 << 20) + 1,
    RODATA_BASE,
    RODATA_BASE + 7,
    DATA_BASE - 1,
    DATA_BASE,
    DATA_BASE + 4088,
    DATA_BASE + 4095,
    DATA_BASE + 4096,
    STACK_BASE - 1,
    STACK_BASE,
    STACK_BASE + fixture::STACK_SIZE - 8,
    STACK_BASE + fixture::STACK_SIZE,
    CODE_BASE,
    INPUT_BASE,
    i32::MAX as u32,
    1 << 31,
    u32::MAX - 31,
    u32::MAX - 1,
    u32::MAX,
];

/// Any argument, usually a plausible one.
fn argument(u: &mut Unstructured<'_>) -> Result<Arg> {
    Ok(match u.arbitrary::<u8>()? % 8 {
        0 | 1 => Arg::from(data_address(u)?),
        2 => {
            Arg::from(*u.choose(&["@in", "@keys", "@value", "@out", "@out_len", "@in_len", "@few", "@none"])?)
        }
        3 => Arg::from(somebody(u)?),
        4 => Arg::from(code(u)?),
        5 => Arg::Register(u.int_in_range(6..=9)?),
        _ => number(u)?,
    })
}

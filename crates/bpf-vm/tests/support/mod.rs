//! Programs as text files: how the tests read, build and run them.
//!
//! A file is a program in LLVM's syntax. Lines that begin with `#!` say what the text cannot:
//!
//! ```text
//! #! function NAME [frame=N] [taken]   a function begins at the label; makes the program an image
//! #! rodata WORD…                      8-byte words: a number, or code(LABEL)
//! #! table OFFSET ENTRIES              a jump table in the read-only data
//! #! data HEX · bss N · heap N · stack N · frame N
//! #! taken LABEL                       of raw text: a function that `callx` may reach
//! #! callx-helpers                     of raw text: `callx` calls a helper by number
//! #! syscall N                         a helper number that is let in; it returns its number + r1
//! #! helpers                           intrinsics are off
//! #! cpu v1…v4 · without GROUP · slots N · functions N · writable N · rodata-limit N
//! #! input HEX · args N… · gas N
//! #! exit …                            what is expected, one line an exit
//! #! error …                           what the verifier is expected to say
//! ```

use bpf_isa::text::{parse, Assembly, Syntax};
use bpf_isa::{Cpu, Group, Slot};
use bpf_vm::{verify, Config, Engine, Entry, Exit, Gas, Instance, Observer, Program, Rules, SyscallTable};
use bpf_vm::{TextOptions, VerifiedProgram, VerifyError};
use contract_abi::image::{Function, Image, JumpTable};
use contract_abi::memory::CODE_BASE;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A program file, taken apart.
pub struct Case {
    pub path: PathBuf,
    pub source: String,
    directives: Vec<(String, String)>,
}

/// All cases of a folder below `tests/`, by name.
pub fn cases(folder: &str) -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(folder);
    let mut paths: Vec<PathBuf> = fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "bpf"))
        .collect();
    paths.sort();
    assert!(!paths.is_empty(), "{} holds no case", folder.display());
    paths.into_iter().map(Case::read).collect()
}

impl Case {
    pub fn read(path: PathBuf) -> Case {
        let source = fs::read_to_string(&path).unwrap();
        Case::parse(path, source)
    }

    pub fn parse(path: PathBuf, source: String) -> Case {
        let directives = source
            .lines()
            .filter_map(|line| line.strip_prefix("#!"))
            .map(|line| {
                let (key, value) = line.trim().split_once(' ').unwrap_or((line.trim(), ""));
                (key.to_string(), value.trim().to_string())
            })
            .collect();
        Case { path, source, directives }
    }

    pub fn name(&self) -> String {
        self.path.file_stem().unwrap().to_string_lossy().into_owned()
    }

    fn all<'a, 'k: 'a>(&'a self, key: &'k str) -> impl Iterator<Item = &'a str> + use<'a, 'k> {
        self.directives.iter().filter(move |(k, _)| k == key).map(|(_, value)| value.as_str())
    }

    pub fn one(&self, key: &str) -> Option<&str> {
        self.directives.iter().find(|(k, _)| k == key).map(|(_, value)| value.as_str())
    }

    fn number(&self, key: &str) -> Option<u64> {
        self.one(key).map(number)
    }

    /// The lines of `key`, as the file has them.
    pub fn expected(&self, key: &str) -> Vec<String> {
        self.all(key).map(str::to_string).collect()
    }

    /// Compares what came out with the lines of `key`, or rewrites them if `BLESS` is set.
    pub fn check(&self, key: &str, actual: &[String]) {
        if self.expected(key) == actual {
            return;
        }
        if std::env::var_os("BLESS").is_some() {
            let prefix = format!("#! {key} ");
            let mut lines: Vec<String> =
                self.source.lines().filter(|line| !line.starts_with(&prefix)).map(str::to_string).collect();
            let at = lines.iter().position(|line| !line.starts_with('#')).unwrap_or(lines.len());
            lines.splice(at..at, actual.iter().map(|line| format!("{prefix}{line}")));
            fs::write(&self.path, lines.join("\n") + "\n").unwrap();
            return;
        }
        panic!("{}: expected {:#?}, got {actual:#?}", self.path.display(), self.expected(key));
    }

    pub fn rules(&self) -> Rules {
        let syscalls = SyscallTable::from_iter(self.all("syscall").map(|n| number(n) as u32));
        let mut rules = Rules::contract(syscalls);
        rules.intrinsics = self.one("helpers").is_none();
        if let Some(cpu) = self.one("cpu") {
            rules.cpu = match cpu {
                "v1" => Cpu::V1,
                "v2" => Cpu::V2,
                "v3" => Cpu::V3,
                _ => Cpu::V4,
            };
        }
        for group in self.all("without") {
            rules.groups = rules.groups.without(match group {
                "base32" => Group::Base32,
                "base64" => Group::Base64,
                "atomic32" => Group::Atomic32,
                "atomic64" => Group::Atomic64,
                "divmul32" => Group::Divmul32,
                "divmul64" => Group::Divmul64,
                "extension" => Group::Extension,
                other => panic!("no group {other}"),
            });
        }
        let limits = &mut rules.limits;
        for (key, limit) in [
            ("slots", &mut limits.slots),
            ("functions", &mut limits.functions),
            ("writable", &mut limits.writable),
            ("rodata-limit", &mut limits.rodata),
        ] {
            if let Some(value) = self.one(key) {
                *limit = number(value) as u32;
            }
        }
        rules
    }

    pub fn program(&self) -> Program {
        let assembly =
            parse(&self.source, Syntax::Llvm).unwrap_or_else(|e| panic!("{}: {e}", self.path.display()));
        let mut text = Vec::new();
        for insn in &assembly.insns {
            text.extend_from_slice(insn.encode().unwrap().as_bytes());
        }
        let program = match self.all("function").next() {
            Some(_) => self.image(&assembly, &text),
            None => self.raw(&assembly, &text),
        };
        program.unwrap_or_else(|error| panic!("{}: {error}", self.path.display()))
    }

    fn raw(&self, assembly: &Assembly, text: &[u8]) -> Result<Program, bpf_vm::LoadError> {
        let default = TextOptions::default();
        let options = TextOptions {
            frame_size: self.number("frame").map_or(default.frame_size, |n| n as u32),
            stack_size: self.number("stack").map_or(default.stack_size, |n| n as u32),
            functions: self.all("taken").map(|label| label_slot(assembly, label)).collect(),
            callx_helpers: self.one("callx-helpers").is_some(),
        };
        Program::from_text(text, &options)
    }

    fn image(&self, assembly: &Assembly, text: &[u8]) -> Result<Program, bpf_vm::LoadError> {
        let slots = text.len() as u32 / 8;
        let mut functions: Vec<Function> = self
            .all("function")
            .map(|line| {
                let mut words = line.split_whitespace();
                let first = label_slot(assembly, words.next().unwrap()).0;
                let mut function = Function { first, slots: 0, frame_size: 0, address_taken: false };
                for word in words {
                    match word.split_once('=') {
                        Some(("frame", size)) => function.frame_size = number(size) as u32,
                        _ => function.address_taken = word == "taken",
                    }
                }
                function
            })
            .collect();
        let ends: Vec<u32> = functions.iter().skip(1).map(|f| f.first).chain([slots]).collect();
        for (function, end) in functions.iter_mut().zip(ends) {
            function.slots = end - function.first;
        }
        let mut rodata = Vec::new();
        for word in self.all("rodata").flat_map(str::split_whitespace) {
            let value = match word.strip_prefix("code(").and_then(|word| word.strip_suffix(')')) {
                Some(label) => u64::from(CODE_BASE) + 8 * u64::from(label_slot(assembly, label).0),
                None => number(word),
            };
            rodata.extend_from_slice(&value.to_le_bytes());
        }
        let jump_tables = self
            .all("table")
            .map(|line| {
                let (offset, entries) = line.split_once(' ').unwrap();
                JumpTable { offset: number(offset) as u32, entries: number(entries) as u32 }
            })
            .collect();
        let size = |key, default| self.number(key).map_or(default, |n| n as u32);
        let data = hex(self.one("data").unwrap_or_default());
        let image = Image {
            text,
            rodata: &rodata,
            data: &data,
            bss_size: size("bss", 0),
            stack_size: size("stack", 4096),
            heap_size: size("heap", 0),
            deploy: 0,
            call: 0,
            functions,
            jump_tables,
        };
        let file = image.to_bytes().unwrap_or_else(|error| panic!("{}: {error}", self.path.display()));
        Program::from_image(&file)
    }

    pub fn verify(&self) -> Result<VerifiedProgram, VerifyError> {
        verify(self.program(), &self.rules())
    }

    /// A started instance.
    pub fn instance(&self, gas: Gas, engine: Engine) -> Instance {
        let program =
            self.verify().unwrap_or_else(|error| panic!("{} is refused: {error}", self.path.display()));
        self.instance_of(&Arc::new(program), gas, engine)
    }

    pub fn instance_of(&self, program: &Arc<VerifiedProgram>, gas: Gas, engine: Engine) -> Instance {
        let mut instance = Instance::new(program.clone(), &Config { gas, engine });
        assert_eq!(instance.engine(), engine);
        let (input, args) = self.input();
        let mapped = instance.map_input(input).unwrap();
        instance.start(Entry::Call, args.unwrap_or(mapped)).unwrap();
        instance
    }

    /// The memory that the file gives it, and r1 to r5 if it says what is in them.
    pub fn input(&self) -> (Vec<u8>, Option<[u64; 5]>) {
        let input = hex(self.one("input").unwrap_or_default());
        let words = || self.all("args").flat_map(str::split_whitespace);
        let mut args = match input.is_empty() {
            true => [0; 5],
            false => [contract_abi::memory::INPUT_BASE.into(), input.len() as u64, 0, 0, 0],
        };
        for (arg, value) in args.iter_mut().zip(words()) {
            *arg = number(value);
        }
        (input, words().next().map(|_| args))
    }

    /// The gas that the file gives it.
    pub fn gas(&self) -> Gas {
        Gas(self.number("gas").unwrap_or(1_000_000))
    }
}

/// The engines that can be had here.
pub fn engines() -> impl Iterator<Item = Engine> {
    Engine::ALL.iter().copied().filter(|engine| engine.is_available())
}

/// Runs to the end, serving every helper, and writes a line for each exit.
pub fn run_to_end(instance: &mut Instance, observer: &mut impl Observer) -> Vec<String> {
    let mut lines = Vec::new();
    loop {
        let exit = instance.run_observed(observer);
        lines.push(show(exit, instance));
        match exit {
            Exit::Syscall { number, args } => instance.resume(u64::from(number).wrapping_add(args[0])),
            _ => return lines,
        }
    }
}

fn show(exit: Exit, instance: &Instance) -> String {
    let (pc, gas) = (instance.pc(), instance.gas());
    match exit {
        Exit::Finished { r0, r2 } => format!("finished r0={r0:#x} r2={r2:#x} pc={pc} gas={gas}"),
        Exit::Syscall { number, args: [a, b, c, d, e] } => {
            format!("syscall {number} {a:#x} {b:#x} {c:#x} {d:#x} {e:#x} pc={pc} gas={gas}")
        }
        Exit::Trapped(trap) => {
            assert_eq!(trap.pc, pc);
            let calls: Vec<String> = instance.backtrace().iter().skip(1).map(Slot::to_string).collect();
            let calls = if calls.len() > 8 { format!("{} calls", calls.len()) } else { calls.join(",") };
            format!("trapped {:?} addr={} pc={pc} from=[{calls}] gas={gas}", trap.kind, trap.addr)
        }
        Exit::OutOfGas => format!("out of gas pc={pc} gas={gas}"),
    }
}

/// `len` bytes that look random, another stream for each seed.
pub fn random_bytes(seed: u64, len: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let step = || {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 56) as u8
    };
    std::iter::repeat_with(step).take(len).collect()
}

/// Does it on a thread; where there are none, as in WebAssembly, when the result is asked for.
pub fn spawn<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> impl FnOnce() -> T {
    #[cfg(not(target_family = "wasm"))]
    let work = {
        let thread = std::thread::spawn(work);
        move || thread.join().unwrap()
    };
    work
}

fn label_slot(assembly: &Assembly, label: &str) -> Slot {
    assembly.labels.get(label).copied().unwrap_or_else(|| panic!("no label {label}"))
}

fn number(text: &str) -> u64 {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    let value = match digits.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16),
        None => digits.parse(),
    };
    let value = value.unwrap_or_else(|error| panic!("{text}: {error}"));
    if negative {
        value.wrapping_neg()
    } else {
        value
    }
}

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

//! Random programs of what the JIT rewrites, on every engine, and of what the interpreter executes at once; random
//! pieces of memory for intrinsics.
//!
//! Each piece is a run of instructions that LLVM emits and `jit/peephole.rs` knows, or almost one: with a register too
//! many in use, a shift by the wrong count, a jump into the middle. The registers are random and often the same, so
//! that a rewrite that forgets a case meets it. What a program leaves behind is compared with what one instruction
//! after another leaves: how it ended and where, registers, gas and memory, with all the gas it needs and with less,
//! and when the interpreter takes over at a syscall.

#[allow(dead_code, reason = "each test file uses a part of it")]
mod support;

use bpf_isa::text::{assemble_bytes, Syntax};
use bpf_vm::{verify, Config, CostTable, Engine, Entry, Exit, Gas, GuestAddr, Instance, Observer, Program};
use bpf_vm::{Rules, Slot, SyscallTable, TextOptions, VerifiedProgram};
use contract_abi::intrinsic::Intrinsic;
use contract_abi::memory::INPUT_BASE;
use std::fmt::Write;
use std::sync::Arc;
use support::engines;

/// xorshift64.
struct Random {
    state: u64,
    /// Whether frames are so large that offsets of 16 bits do not reach everywhere.
    large: bool,
}

impl Random {
    fn new(state: u64) -> Self {
        Self { state, large: false }
    }

    /// For a program of several. One of eight has large frames.
    fn of(seed: u64) -> Self {
        Self { large: seed % 8 == 3, ..Self::new(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15)) }
    }

    fn next(&mut self) -> u64 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        self.state
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len() as u64) as usize]
    }

    /// A register that a program may write, few of them more often.
    fn reg(&mut self) -> u64 {
        match self.below(3) {
            0 => self.below(4),
            _ => self.below(10),
        }
    }

    fn source(&mut self) -> u64 {
        self.below(11)
    }

    fn number(&mut self) -> i64 {
        let small = self.below(200) as i64 - 100;
        self.one_of(&[
            0,
            1,
            -1,
            8,
            127,
            128,
            -128,
            -129,
            0x1234_5678,
            i32::MAX.into(),
            i32::MIN.into(),
            small,
        ])
    }

    /// A count that fits `bits`, or nearly always.
    fn count(&mut self, bits: u64) -> u64 {
        match self.below(8) {
            0 => self.one_of(&[0, 1, 8, 16, 24, 31, 32 % bits, bits - 1]),
            _ => 1 + self.below(bits - 1),
        }
    }

    /// A place in the frame of 8 bytes; now and then one that is not in the frame.
    fn slot(&mut self) -> String {
        let offset = match self.below(24) {
            0 => self.one_of(&[-4, 0, 8, -516, -520, -505]),
            _ => -8 * (1 + self.below(6) as i64),
        };
        let sign = if offset < 0 { '-' } else { '+' };
        format!("r10 {sign} {}", offset.abs())
    }
}

/// An access to the frame by a sum, near or where offsets of 16 bits end and beyond; what was loaded is stored or taken
/// as an operand, and not seen again, or nearly always.
fn by_sum(random: &mut Random) -> String {
    const FAR: [i64; 12] = [
        -32_760, -32_768, -32_776, -40_000, -65_528, -65_536, -65_544, -65_552, -73_728, -131_080, 32_768,
        65_528,
    ];
    let (a, b) = (random.reg(), random.reg());
    let offset = match random.below(4) {
        0 => -8 * (1 + random.below(6) as i64),
        _ => random.one_of(&FAR) + if random.below(6) == 0 { random.below(9) as i64 - 4 } else { 0 },
    };
    let rest = random.one_of(&[0, 0, 8, -24]);
    let sum = match random.below(2) {
        0 => format!("r{a} = r10\nr{a} += {}\n", offset - rest),
        _ => format!("r{a} = {}\nr{a} += r10\n", offset - rest),
    };
    let place = format!("r{a} {} {}", if rest < 0 { '-' } else { '+' }, rest.abs());
    let (r, size) = random.one_of(&[('r', "u64"), ('r', "u64"), ('w', "u32")]);
    if random.below(3) == 0 {
        return format!("{sum}*({size} *)({place}) = {r}{b}\n");
    }
    let then = match random.below(4) {
        0 => format!("{r}{b} ^= {r}{a}\n"),
        _ => format!("*({size} *)(r10 - {}) = {r}{a}\n", 8 * (1 + random.below(6))),
    };
    let over = match random.below(4) {
        0 => String::new(),
        1 => format!("r{a} = *(u64 *)(r10 - {})\n", 8 * (1 + random.below(6))),
        _ => format!("r{a} = {}\n", random.number()),
    };
    format!("{sum}{r}{a} = *({size} *)({place})\n{then}{over}")
}

const CONDITIONS: [&str; 11] = ["==", "!=", "&", ">", ">=", "<", "<=", "s>", "s>=", "s<", "s<="];

/// One piece. `number` makes its labels unique; `dead` is where its function aborts.
fn piece(random: &mut Random, number: usize, dead: &str) -> String {
    let (t, x, y) = (random.reg(), random.source(), random.reg());
    let r = if random.below(2) == 0 { 'r' } else { 'w' };
    let bits = if r == 'r' { 64 } else { 32 };
    let n = random.count(bits);
    // Usually the rest of a rotation.
    let m = if random.below(8) == 0 { random.count(bits) } else { (bits - n) % bits };
    let (one, other) = random.one_of(&[("<<=", ">>="), (">>=", "<<="), (">>=", ">>="), ("<<=", "<<=")]);
    let (one, other) = if random.below(4) == 0 { (one, other) } else { (">>=", "<<=") };
    let imm = random.number();
    let slot = random.slot();
    let condition = random.one_of(&CONDITIONS);
    let operand = match random.below(2) {
        0 => format!("{r}{}", random.source()),
        _ => random.number().to_string(),
    };
    let value = match random.below(3) {
        0 => format!("{r}{}", random.source()),
        1 => "0".to_string(),
        _ => random.number().to_string(),
    };
    let operation = random.one_of(&["+=", "-=", "*=", "|=", "&=", "^=", "/="]);
    let size = if r == 'r' { "u64" } else { "u32" };
    match random.below(28) {
        27 => match random.large || random.below(16) == 0 {
            true => by_sum(random),
            false => format!("r{y} = *(u64 *)({slot})\n*(u64 *)(r10 - 48) = r{y}\nr{y} = {imm}\n"),
        },
        0 | 1 => {
            let x = random.reg();
            format!("{r}{t} = {r}{x}\n{r}{t} {one} {n}\n{r}{x} {other} {m}\n{r}{x} |= {r}{t}\n")
        }
        2 => format!(
            "{r}{t} = {r}{x}\n{r}{t} {one} {n}\n{r}{y} = {r}{x}\n{r}{y} {other} {m}\n{r}{y} |= {r}{t}\n"
        ),
        3 => format!("{r}{y} = {r}{x}\n{r}{y} += {r}{}\n", random.source()),
        4 => format!("{r}{y} = {r}{x}\n{r}{y} += {imm}\n"),
        5 => format!("{r}{y} = {r}{x}\n{r}{y} <<= {}\n", random.below(5)),
        6 => format!("r{y} = {imm}\nr{y} += r{x}\n"),
        7 => format!("r{y} = {} ll\nr{y} += r{x}\n", random.one_of(&[imm, imm << 33, imm ^ 1 << 31])),
        8 => format!("r{t} <<= {}\nr{y} += r{t}\n", random.below(5)),
        9 => {
            let back = if random.below(5) == 0 { random.slot() } else { slot.clone() };
            format!("{r}{t} = *({size} *)({slot})\n*({size} *)({back}) = {r}{t}\n")
        }
        10 => {
            let rr = if random.below(6) == 0 { 'r' } else { r };
            format!("{r}{t} = *({size} *)({slot})\n{rr}{y} {operation} {rr}{t}\n")
        }
        // A choice, and one whose move can be reached otherwise.
        11 | 12 => format!("if {r}{x} {condition} {operand} goto l{number}\n{r}{y} = {value}\nl{number}:\n"),
        13 => format!(
            "if r{x} s> {imm} goto m{number}\nif {r}{x} {condition} {operand} goto l{number}\nm{number}:\n\
             {r}{y} = {value}\nl{number}:\n"
        ),
        // Products do not end what is paid at once; nor do these quotients, which may fault where they write.
        14 => match random.below(8) {
            0 => {
                let quotients = [0x1012, 0x1013, 0x1014, 0x1015, 0x1021, 0x1022, 0x1023, 0x1024, 0x1025];
                format!("r5 = r10\nr5 += {imm}\ncall {}\n", random.one_of(&quotients))
            }
            _ => format!("call {}\n", random.one_of(&[0x1010, 0x1011])),
        },
        15 => format!(
            "{r}{t} = 1\nif {r}{x} {condition} {operand} goto l{number}\n{r}{t} = 0\nl{number}:\n{r}{y} += {r}{t}\n\
             call {}\n{r}{y} = *({size} *)({slot})\n",
            random.one_of(&[0x1010, 0x1011])
        ),
        // A comparison as a value.
        16 => {
            let (first, second) = random.one_of(&[(1, 0), (0, 1), (1, 1), (1, 2)]);
            format!("{r}{t} = {first}\nif {r}{x} {condition} {operand} goto l{number}\nw{t} = {second}\nl{number}:\n")
        }
        // The same with something between: what of the frame leaves it alone, or not.
        20 => {
            let (first, second) = random.one_of(&[(1, 0), (0, 1), (1, 2)]);
            let between = |random: &mut Random| {
                let reg = random.reg();
                match random.below(9) {
                    0..4 => format!("*({size} *)({}) = {r}{}\n", random.slot(), random.source()),
                    4..8 => format!("{r}{reg} = *({size} *)({})\n", random.slot()),
                    _ => format!("{r}{reg} {operation} {r}{x}\n"),
                }
            };
            let between: String = (0..1 + random.below(2)).map(|_| between(random)).collect();
            format!(
                "{r}{t} = {first}\n{between}if {r}{x} {condition} {operand} goto l{number}\nw{t} = {second}\nl{number}:\n"
            )
        }
        // A load by a sum, which may fault: mostly from the frame.
        23 => {
            let x = if random.below(16) == 0 { x } else { 10 };
            let size = random.one_of(&["u8", "u16", "u32", "u64", "s8", "s16", "s32"]);
            let (imm, offset) = (random.below(52) as i64 - 60, random.below(30));
            let from = if random.below(16) == 0 { t } else { y };
            let to = if random.below(2) == 0 { y } else { t };
            let over = if random.below(2) == 0 { format!("r{y} = {imm}\n") } else { String::new() };
            let load = format!("r{to} = *({size} *)(r{from} - {offset})\n{over}");
            match random.below(3) {
                0 => format!("r{y} = {imm}\nr{y} += r{x}\n{load}"),
                1 => format!("r{y} = r{x}\nr{y} += {imm}\n{load}"),
                _ => format!("r{t} = {imm}\nr{y} = r{x}\nr{y} += r{t}\n{load}"),
            }
        }
        // What one has and another has not.
        21 | 22 => {
            let copy = if random.below(2) == 0 { format!("{r}{t} = {r}{x}\n") } else { String::new() };
            let z = random.source();
            let load = format!("{r}{} = *({size} *)({slot})\n", if z == 10 { y } else { z });
            let load = if random.below(2) == 0 { load } else { String::new() };
            let second = if random.below(2) == 0 { format!("{r}{y} = {r}{z}\n") } else { String::new() };
            let rr = if random.below(8) == 0 { 'w' } else { r };
            let ones = if random.below(8) == 0 { imm } else { -1 };
            let over = if random.below(4) == 0 { String::new() } else { format!("r{t} = {imm}\n") };
            format!("{copy}{r}{t} ^= {ones}\n{load}{second}{rr}{y} &= {rr}{t}\n{over}")
        }
        // A way out of what is paid at once, and something behind it that may fault.
        17 => format!("if {r}{x} {condition} {operand} goto {dead}\n{r}{y} = *({size} *)({slot})\n"),
        18 => format!(
            "if {r}{x} == {imm} goto l{number}\n{r}{y} = *({size} *)({slot})\n{r}{y} {operation} {r}{t}\nl{number}:\n"
        ),
        // Out of the loop, if there is one.
        19 => {
            let out = dead.replace("dead", "out");
            format!("r{y} += 1\nif {r}{y} {condition} {operand} goto {out}\n*({size} *)({slot}) = {r}{x}\n")
        }
        _ => match random.below(5) {
            0 => format!("*({size} *)({slot}) = {r}{x}\n"),
            1 => format!("r{y} = {imm}\n"),
            2 => format!("r{y} = bswap64 r{y}\n"),
            3 => format!("call {}\n", random.below(3)),
            _ => format!("{r}{y} {operation} {r}{x}\n"),
        },
    }
}

/// A loop over random pieces, and functions that save other registers, one of which the loop calls.
fn program(random: &mut Random) -> String {
    let mut text = String::new();
    for (number, reg) in (0..10).enumerate() {
        let _ = writeln!(text, "r{reg} = {} ll", random.next() as i64 >> (7 * number));
    }
    for slot in 1..=6 {
        let _ = writeln!(text, "*(u64 *)(r10 - {}) = r{slot}", 8 * slot);
    }
    text += "*(u64 *)(r10 - 64) = 3\nagain:\n";
    let mut number = 0;
    let mut pieces = |random: &mut Random, text: &mut String, count: u64, dead: &str| {
        for _ in 0..count {
            *text += &piece(random, number, dead);
            number += 1;
        }
    };
    let count = 2 + random.below(12);
    pieces(random, &mut text, count, "dead");
    if random.below(2) == 0 {
        text += "call one\n";
    }
    let (counter, condition) = (random.below(10), random.one_of(&["!= 0", "s> 0"]));
    let _ = writeln!(
        text,
        "r{counter} = *(u64 *)(r10 - 64)\nr{counter} += -1\n*(u64 *)(r10 - 64) = r{counter}\n\
         if r{counter} {condition} goto again\nout:\nexit\n\
         dead:\nr3 ^= 5\ncall 0x1000"
    );
    text += "one:\n";
    let writes = random.below(10);
    let _ = writeln!(text, "r{writes} = r1\nif r{writes} == 0 goto none\ncall two\nexit\nnone:");
    let count = 1 + random.below(3);
    pieces(random, &mut text, count, "dead_one");
    text += "out_one:\nexit\ndead_one:\ncall 0x1000\ntwo:\n";
    let count = 1 + random.below(4);
    pieces(random, &mut text, count, "dead_two");
    text += "out_two:\nexit\ndead_two:\ncall 0x1000\n";
    text
}

/// All that can be seen of an instance.
#[derive(Debug, PartialEq)]
struct Seen {
    exits: Vec<(Exit, Slot, Gas)>,
    registers: [u64; 11],
    frames: Vec<Slot>,
    memory: Vec<u8>,
}

struct Watch;

impl Observer for Watch {}

/// As `interpreted` of [`run`]: what is right by definition.
const ONE_BY_ONE: usize = 0;

/// Runs to the end. From syscall number `interpreted` on, the interpreter does, one instruction after another.
fn run(program: &Arc<VerifiedProgram>, engine: Engine, gas: Gas, interpreted: usize) -> Seen {
    let mut instance = Instance::new(program.clone(), &Config { gas, engine });
    assert_eq!(instance.engine(), engine);
    let args = instance.map_input(vec![0x5a; 64]).unwrap();
    instance.start(Entry::Function(0), args).unwrap();
    let mut exits = Vec::new();
    loop {
        let exit = match exits.len() < interpreted {
            true => instance.run(),
            false => instance.run_observed(&mut Watch),
        };
        exits.push((exit, instance.pc(), instance.gas()));
        let Exit::Syscall { number, args } = exit else { break };
        assert!(exits.len() < 10_000, "syscalls without end");
        instance.resume(args[0] ^ u64::from(number) << 60);
    }
    // The stack lies below the frames, and all frames in it.
    let top = instance.registers()[10] as u32;
    // And where frames are large, what is near the ends of 16 bits.
    let memory = [0, 1, 2, 7, 8, 9, 15, 16, 17, 18, 32]
        .into_iter()
        .filter_map(|page| instance.read_vec(GuestAddr((top & !4095).wrapping_sub(4096 * page)), 4096).ok())
        .chain([instance.read_vec(GuestAddr(INPUT_BASE), 64).unwrap()]);
    Seen {
        exits,
        registers: instance.registers(),
        frames: instance.backtrace(),
        memory: memory.flatten().collect(),
    }
}

fn verified(source: &str, costs: CostTable) -> Arc<VerifiedProgram> {
    verified_with(source, costs, true, false)
}

/// With the interpreter's steps made at once, or when an instance has run for long; with frames of 512 bytes, or large
/// ones.
fn verified_with(source: &str, costs: CostTable, steps: bool, large: bool) -> Arc<VerifiedProgram> {
    let text = assemble_bytes(source, Syntax::Llvm).unwrap_or_else(|error| panic!("{error}\n{source}"));
    let syscalls = SyscallTable::from_iter(0..3);
    let rules =
        Rules { costs, steps, intrinsics: true, no_unwritten_reads: false, ..Rules::general(syscalls) };
    let options = match large {
        true => TextOptions { frame_size: 73_728, stack_size: 4 * 73_728, ..TextOptions::default() },
        false => TextOptions::default(),
    };
    let program = Program::from_text(&text, &options).unwrap();
    Arc::new(verify(program, &rules).unwrap_or_else(|error| panic!("{error}\n{source}")))
}

#[test]
fn all_engines_do_what_single_instructions_do() {
    let programs = std::env::var("REWRITES").map_or(1500, |count| count.parse().unwrap());
    let (mut trapped, mut suspended) = (0, 0);
    for seed in 1..=programs {
        let random = &mut Random::of(seed);
        let source = program(random);
        let costs = if seed % 8 == 0 { CostTable::FREE } else { CostTable::V1 };
        let program = verified_with(&source, costs, true, random.large);
        // Loops that do not end by their counter, end by their gas.
        let limit = if costs == CostTable::FREE { 0 } else { 20_000 };
        let whole = run(&program, Engine::Interpreter, Gas(limit), usize::MAX);
        trapped += usize::from(matches!(whole.exits.last(), Some((Exit::Trapped(_), ..))));
        suspended += usize::from(whole.exits.len() > 1);
        let left = whole.exits.last().map_or(0, |(_, _, gas)| gas.0);
        let paid = limit - left;
        let less: Vec<u64> = (0..4).map(|_| random.below(paid + 1)).collect();
        for gas in [limit].iter().chain(&less) {
            let expected = run(&program, Engine::Interpreter, Gas(*gas), ONE_BY_ONE);
            for engine in engines() {
                let got = run(&program, engine, Gas(*gas), usize::MAX);
                assert_eq!(got, expected, "{} with {gas} gas, seed {seed}\n{source}", engine.name());
            }
        }
        for engine in engines() {
            let handed_over = run(&program, engine, Gas(limit), 1);
            assert_eq!(handed_over, whole, "{} and the interpreter, seed {seed}\n{source}", engine.name());
        }
    }
    // Else most programs would not have been what they are for.
    assert!(trapped < programs as usize / 2 && suspended > programs as usize / 20, "{trapped}, {suspended}");
}

/// Blocks that are paid together end as if each was paid by itself: when the gas ends at any of them, and by a fault
/// in any of them, which gives back what was paid ahead.
#[test]
fn every_amount_of_gas_within_a_run() {
    let run_of_blocks = |bad: u32| {
        let reg = |place| if place == bad { 9 } else { 10 };
        format!(
            "r9 = 64\nr1 = 7 ll\nr2 = 9\n*(u64 *)(r10 - 8) = r2\nr3 = *(u64 *)(r{} - 8)\ncall 0x1010\n\
             *(u64 *)(r{} - 16) = r1\nw4 = 1\nif r1 < r2 goto l1\nr4 = 0\nl1:\nr3 = *(u64 *)(r{} - 16)\n\
             if r4 == 0 goto l2\nr4 = r3\nl2:\ncall 0x1011\nif r4 == {} goto dead\n\
             r5 = *(u64 *)(r{} - 8)\nr0 += r5\n\
             r6 = 0\nif r1 < r2 goto l4\nr6 = 1\nl4:\nr0 += r6\nif r6 > 1 goto dead\nr5 = r10\n\
             r5 += -32\nif r10 != r{} goto l3\nr5 = r9\nl3:\ncall 0x1022\nr0 += r4\nexit\n\
             dead:\nr0 = 1\ncall 0x1000",
            reg(1),
            reg(2),
            reg(3),
            // What it is then, or not.
            if bad == 6 { 7 } else { -1 },
            reg(4),
            if bad == 5 { 10 } else { 9 }
        )
    };
    for (bad, fails) in [(0, false), (1, true), (2, true), (3, true), (4, true), (5, true), (6, true)] {
        let source = run_of_blocks(bad);
        let program = verified(&source, CostTable::V1);
        let whole = run(&program, Engine::Interpreter, Gas(10_000), usize::MAX);
        assert_eq!(matches!(whole.exits[0].0, Exit::Trapped(_)), fails, "{:?}\n{source}", whole.exits);
        for gas in 0..=10_000 - whole.exits[0].2 .0 {
            let expected = run(&program, Engine::Interpreter, Gas(gas), ONE_BY_ONE);
            for engine in engines() {
                let got = run(&program, engine, Gas(gas), usize::MAX);
                assert!(got == expected, "{} with {gas} gas: {:?}\n{source}", engine.name(), got.exits);
            }
        }
    }
}

/// Payments that machine code does not look at, on each way through branches, a loop, calls, a syscall and bytes that
/// are paid: with every amount of gas, so that it goes on in the code that looks, or ends, at any block; and with more
/// than a number with a sign can hold.
#[test]
fn every_amount_of_gas_with_and_without_the_reserve() {
    let source = "
        r6 = 0
        r7 = 6
    next:
        r7 += -1
        r8 = r7
        r8 &= 1
        if r8 == 0 goto even
        r6 += 3
        r6 ^= r7
    even:
        if r7 s> 2 goto high
        r6 += 7
        if r6 > 40 goto high
        r6 <<= 1
        goto low
    high:
        r1 = r10
        r1 += -32
        r2 = r6
        r3 = 24
        call 0x1003
    low:
        r1 = r6
        call one
        r6 += r0
        r1 = r6
        call 1
        if r7 != 0 goto next
        r0 = r6
        exit
    one:
        r0 = r1
        if r1 > 30 goto skip
        r0 += r1
        r0 ^= 5
    skip:
        if r0 == 77 goto dead
        exit
    dead:
        call 0x1000";
    let program = verified(source, CostTable::V1);
    let whole = run(&program, Engine::Interpreter, Gas(10_000), usize::MAX);
    let &(Exit::Finished { .. }, _, Gas(left)) = whole.exits.last().unwrap() else {
        panic!("{:?}", whole.exits);
    };
    assert_eq!(whole.exits.len(), 7, "{:?}", whole.exits);
    let paid = 10_000 - left;
    let sign = 1 << 63;
    let large = [sign - 1, sign, sign + 1, sign + paid / 2, sign + paid, u64::MAX - 1, u64::MAX];
    // Beyond what it costs by any reserve that a program so small may have.
    for gas in (0..paid + 500).chain(large) {
        let expected = run(&program, Engine::Interpreter, Gas(gas), ONE_BY_ONE);
        for engine in engines() {
            let got = run(&program, engine, Gas(gas), usize::MAX);
            assert!(got == expected, "{} with {gas} gas: {:?}", engine.name(), got.exits);
        }
    }
}

/// A program of mostly branches forwards, some of whose blocks are long: between two payments that are looked at, more
/// may be paid than the reserve may be, and runs of blocks are longer than one may be.
fn debtor(random: &mut Random) -> String {
    let mut text = String::new();
    for reg in 0..10 {
        let _ = writeln!(text, "r{reg} = {} ll", random.next() as i64);
    }
    text += "*(u64 *)(r10 - 8) = 2\nagain:\n";
    let blocks = 16 + random.below(40);
    // Half of them hardly ever leave the dearest way, on which as much is owed as may be.
    let straight = random.below(2) == 0;
    if straight {
        text += "r9 = 0\n";
    }
    // Nothing but short blocks makes long runs; long ones owe much.
    let longest = random.one_of(&[3, 40, 250]);
    let rare = random.one_of(&[6, 20, 1000]);
    for block in 0..blocks {
        let _ = writeln!(text, "b{block}:");
        for _ in 0..1 + random.below(longest) {
            let (to, from) = (random.below(9), random.below(10));
            let _ = writeln!(text, "r{to} {} r{from}", random.one_of(&["+=", "^=", "*=", "-="]));
        }
        let (tested, bit, moved) = (
            if straight && random.below(40) != 0 { 9 } else { random.below(10) },
            1u32 << random.below(20),
            random.below(9),
        );
        let further = (block + 2 + random.below(6)).min(blocks);
        let _ = match random.below(rare) {
            0 => writeln!(text, "call one"),
            1 => writeln!(text, "call 1"),
            2 => writeln!(text, "if r{tested} == {bit} goto dead"),
            3 => writeln!(text, "if r{tested} & 0x3ff00 goto on{block}\ngoto again\non{block}:"),
            4 => writeln!(text, "if r{tested} & 0x10 goto on{block}\ngoto out\non{block}:"),
            _ => match random.below(4) {
                0 => writeln!(text, "if r{tested} & {bit} goto b{further}"),
                1 => writeln!(text, "if r{tested} & {bit} goto on{block}\nr{moved} = {bit}\non{block}:"),
                2 => writeln!(
                    text,
                    "if r{tested} & {bit} goto or{block}\nr{moved} ^= {bit}\nr4 += r{moved}\ngoto on{block}\n\
                     or{block}:\nr{moved} -= r5\nr5 *= {bit}\non{block}:"
                ),
                _ => writeln!(
                    text,
                    "if r{tested} s> r{moved} goto on{block}\nr1 += r{tested}\nr2 += 1\non{block}:"
                ),
            },
        };
    }
    let _ = writeln!(
        text,
        "b{blocks}:\nr1 = *(u64 *)(r10 - 8)\nr1 += -1\n*(u64 *)(r10 - 8) = r1\nif r1 != 0 goto again\nout:\nexit\n\
         dead:\nr3 ^= 5\ncall 0x1000\none:\nif r1 & 4 goto two\nr0 ^= r1\ntwo:\nexit"
    );
    text
}

#[test]
fn more_is_owed_than_the_reserve_may_be() {
    let programs = std::env::var("REWRITES").map_or(150, |count| count.parse().unwrap());
    let mut dear = 0;
    for seed in 1..=programs {
        let random = &mut Random::of(seed);
        let source = debtor(random);
        let program = verified(&source, CostTable::V1);
        // Some start again for as long as they can pay.
        let limit = 40_000;
        let whole = run(&program, Engine::Interpreter, Gas(limit), usize::MAX);
        let paid = limit - whole.exits.last().map_or(0, |(_, _, gas)| gas.0);
        dear += usize::from(paid > 10_000);
        let gas = (0..48).map(|_| random.below(paid + 5000)).chain([paid, paid.saturating_sub(1), limit]);
        for gas in gas.collect::<Vec<u64>>() {
            let expected = run(&program, Engine::Interpreter, Gas(gas), ONE_BY_ONE);
            for engine in engines() {
                let got = run(&program, engine, Gas(gas), usize::MAX);
                let name = engine.name();
                assert!(got == expected, "{name} with {gas} gas, seed {seed}: {:?}\n{source}", got.exits);
            }
        }
    }
    // That some of them owe nearly as much as may be is a test beside the reserve.
    assert!(programs < 50 || dear > programs as usize / 5, "{dear} of {programs}");
}

/// Two or three of the runs of instructions that the interpreter executes at once, each with any other.
fn neighbours(random: &mut Random, number: usize) -> String {
    let mut text = String::new();
    for _ in 0..2 + random.below(2) {
        let (a, b, imm) = (random.below(4), random.below(4), random.number());
        // The frame, or whatever a register holds now.
        let place = match random.below(16) {
            0 => format!("r{a} + 0"),
            _ => format!("r10 - {}", 8 * (1 + random.below(7))),
        };
        let (r, bits) = random.one_of(&[('r', 64), ('w', 32)]);
        let size = random.one_of(&["u8", "u32", "u64"]);
        text += &match random.below(17) {
            11 => format!("{r}{a} ^= -1\n{r}{a} &= {r}{b}\n"),
            12 => format!("{r}{a} <<= {}\n{r}{b} += {r}{a}\n{r}{a} = {imm}\n", random.count(bits)),
            13 => {
                let mask = random.one_of(&[1, 15, 255, 0xffff, 0x1_0000, -1]);
                let (right, left) = (random.count(bits), random.count(bits));
                format!("{r}{a} >>= {right}\n{r}{a} &= {mask}\n{r}{a} <<= {left}\n")
            }
            14 => format!("r{a} = *(u64 *)({place})\n*(u64 *)(r10 - 56) = r{a}\nr{a} = r{b}\n"),
            15 => format!("r{a} = *(u64 *)({place})\nr{b} += r{a}\nr{a} = {imm}\n"),
            0 => format!("{r}{a} = {r}{b}\n"),
            1 => format!("{r}{a} = {imm}\n"),
            2 => format!("{r}{a} {} {r}{b}\n", random.one_of(&["+=", "*=", "|=", "&=", "^="])),
            3 => format!("{r}{a} {} {imm}\n", random.one_of(&["+=", "&="])),
            4 => format!("{r}{a} {} {}\n", random.one_of(&["<<=", ">>="]), random.count(bits)),
            5 | 6 => format!("r{a} = *({size} *)({place})\n"),
            7 => format!("*({size} *)({place}) = r{a}\n"),
            8 => format!("*(u8 *)({place}) = {}\n", random.below(100)),
            // An element of an array: the frame's, mostly.
            9 => format!(
                "r{b} = {}\nr{a} = r10\nr{a} += r{b}\nr{b} = *({size} *)(r{a} + 0)\n",
                random.one_of(&[-64, -8, -63, -48, 8])
            ),
            10 => format!(
                "r{b} = r10\nr{a} = -{}\nr{a} += r{b}\nr{b} = *({size} *)(r{a} + 0)\n",
                random.below(66)
            ),
            _ => {
                let condition = random.one_of(&["==", "!=", ">=", "<", "<="]);
                let operand = match random.below(2) {
                    0 => format!("{r}{b}"),
                    _ => random.number().to_string(),
                };
                let then = match random.below(2) {
                    0 => format!("r{b} ^= {imm}"),
                    _ => format!("r{b} = {imm}"),
                };
                return text
                    + &format!("if {r}{a} {condition} {operand} goto l{number}\n{then}\nl{number}:\n");
            }
        };
    }
    text
}

/// An observed run goes through instructions one by one, another one by steps, from the beginning or from somewhere in
/// the middle on.
#[test]
fn steps_are_their_instructions() {
    let (mut trapped, mut finished) = (0, 0);
    for seed in 1..=6000_u64 {
        let random = &mut Random::of(seed);
        let mut text = String::new();
        for reg in 0..10 {
            let _ = writeln!(text, "r{reg} = {} ll", random.next() as i64 >> (6 * reg));
        }
        for slot in 1..=7 {
            let _ = writeln!(text, "*(u64 *)(r10 - {}) = r{slot}", 8 * slot);
        }
        let _ = writeln!(text, "*(u64 *)(r10 - 72) = {}\nagain:", random.one_of(&[3, 3, 60]));
        let pieces = 1 + random.below(10) as usize;
        for number in 0..pieces {
            text += &match random.below(3) {
                0 => piece(random, number, "dead"),
                1 if random.large => by_sum(random),
                _ => neighbours(random, number),
            };
        }
        let call = random.one_of(&["", "r1 = r2\ncall f\n"]);
        let _ = writeln!(
            text,
            "{call}r9 = *(u64 *)(r10 - 72)\nr9 += -1\n*(u64 *)(r10 - 72) = r9\nif r9 != 0 goto again\nout:\nexit\n\
             dead:\ncall 0x1000\nf:\nif r1 == 0 goto none\nr6 = r1\nr0 += r6\nexit\nnone:\nr6 = 1\ncall g\nr0 += r6\nexit\ng:\nr0 = 7\nexit"
        );
        const MUCH: u64 = 100_000;
        let program = verified_with(&text, CostTable::V1, true, random.large);
        let late = verified_with(&text, CostTable::V1, false, random.large);
        let one_by_one = run(&program, Engine::Interpreter, Gas(MUCH), ONE_BY_ONE);
        match one_by_one.exits.last() {
            Some((Exit::Trapped(_), ..)) => trapped += 1,
            Some((Exit::Finished { .. }, ..)) => finished += 1,
            _ => {}
        }
        let paid = MUCH - one_by_one.exits.last().map_or(0, |(_, _, gas)| gas.0);
        for gas in [MUCH, random.below(paid + 1), random.below(paid + 1)] {
            let expected = run(&program, Engine::Interpreter, Gas(gas), ONE_BY_ONE);
            for (program, when) in [(&program, "at once"), (&late, "late")] {
                let got = run(program, Engine::Interpreter, Gas(gas), usize::MAX);
                assert_eq!(got, expected, "steps {when}, {gas} gas, seed {seed}\n{text}");
            }
        }
    }
    // Else most programs would not have been what they are for.
    assert!(trapped > 500 && finished > 2000, "{trapped}, {finished}");
}

/// A long run by steps is cut into turns, of 2^10 or 2^14 units of gas. Nothing can be seen of where: with any
/// amount of gas near a multiple, with intrinsics that pay by the byte, and in blocks dearer than a turn.
#[test]
fn the_end_of_a_turn_cannot_be_seen() {
    let dear = "call 0x1013\n".repeat(3) + &"r4 /= 3\nr4 += 77\n".repeat(120);
    let source = format!(
        "r9 = 400\nr8 = r10\nr8 += -64\n*(u64 *)(r10 - 8) = r9\nagain:\nr1 = r8\nr2 = r9\nr3 = 40\ncall {}\n\
         r4 = r9\nif r4 < r8 goto l1\nr4 = 7\nl1:\nr5 = *(u64 *)(r10 - 8)\nr5 += r4\n*(u64 *)(r10 - 8) = r5\n\
         r1 = 5\nr2 = 6\nr3 = 7\nr4 = 8\n{dear}r9 += -1\nif r9 != 0 goto again\nr0 = r5\nexit",
        Intrinsic::MemSet.number(),
    );
    let source = source.replace("call 0x1013", &format!("call {}", Intrinsic::MulTi.number()));
    let program = verified(&source, CostTable::V1);
    let mut ended = std::collections::HashSet::new();
    for turn in [1 << 10, 1 << 14] {
        for gas in (1..6).flat_map(|turns| turns * turn - 30..turns * turn + 30) {
            let expected = run(&program, Engine::Interpreter, Gas(gas), ONE_BY_ONE);
            let got = run(&program, Engine::Interpreter, Gas(gas), usize::MAX);
            assert_eq!(got, expected, "{gas} gas");
            ended.insert(got.exits[0].1);
        }
    }
    assert!(ended.len() > 3, "always at {ended:?}");
}

/// However the crate is compiled, the stack that steps take is bounded: their calls may be jumps or not.
#[test]
fn steps_take_little_stack() {
    let many =
        "r1 += 1\nr2 ^= r1\nr3 = r2\n*(u64 *)(r10 - 8) = r3\nr4 = *(u64 *)(r10 - 16)\nr5 *= 3\n".repeat(30);
    let often = format!("r9 = 3000\nagain:\n{many}r9 += -1\nif r9 != 0 goto again\nr0 = r2\nexit");
    // A block that is longer than any turn, with memory that has been touched: else the interpreter would do the rest
    // of it.
    let long = format!(
        "*(u64 *)(r10 - 8) = 1\n*(u64 *)(r10 - 16) = 1\ngoto on\non:\n{}r0 = r2\nexit",
        many.repeat(300)
    );
    for (source, costs) in
        [&often, &long].into_iter().flat_map(|source| [(source, CostTable::V1), (source, CostTable::FREE)])
    {
        let program = verified(source, costs);
        let run = move || {
            let mut instance = Instance::new(program, &Config::default());
            instance.run()
        };
        // WebAssembly has no threads, but a stack of that size.
        #[cfg(not(target_family = "wasm"))]
        let run = {
            let thread = std::thread::Builder::new().stack_size(1 << 20).spawn(run).unwrap();
            move || thread.join().unwrap()
        };
        assert!(matches!(run(), Exit::Finished { .. }));
    }
}

/// Pieces of memory that `jit/bulk.rs` serves itself, and the nearest that it leaves to the host: short and a
/// little longer, overlapping, at both ends of a region, in memory that is not writable or not there, and with
/// too little gas.
#[test]
fn short_pieces_of_memory() {
    const BEGIN: u64 = INPUT_BASE as u64;
    const END: u64 = BEGIN + 4096;
    // Both halves of the input are alike, so that comparisons see equal pieces.
    let input: Vec<u8> = (0..4096u64).map(|n| (n % 2048 / 3 % 7) as u8).collect();
    let random = &mut Random::new(0x9e37_79b9_7f4a_7c15);
    for intrinsic in ["MemCpy", "MemMove", "MemSet", "MemCmp"] {
        let number = Intrinsic::ALL.iter().find(|i| format!("{i:?}") == intrinsic).unwrap().number();
        let text = assemble_bytes(&format!("call {number}\nr9 = r0\nexit"), Syntax::Llvm).unwrap();
        let program = Program::from_text(&text, &TextOptions::default()).unwrap();
        let program = Arc::new(verify(program, &Rules::contract(SyscallTable::none())).unwrap());
        let (mut good, mut bad) = (0, 0);
        for _ in 0..3000 {
            let len = match random.below(10) {
                0 => random.one_of(&[0, 7, 8, 16, 17, 32, 33, 64, 65, 1 << 32 | 16, u64::MAX, 4096]),
                _ => random.below(72),
            };
            let addr = |random: &mut Random| match random.below(12) {
                0 => random.one_of(&[0, 8, BEGIN - 1, END, u64::MAX - 3, u64::MAX - 40, (1 << 32) + BEGIN]),
                1 | 2 => END.wrapping_sub(len),
                3 => END.wrapping_sub(len) + 1,
                4 => BEGIN + 2048 + random.below(4),
                _ => BEGIN + random.below(128),
            };
            let (first, mut second) = (addr(random), addr(random));
            if random.below(4) == 0 {
                second = first ^ 2048;
            }
            let gas = if random.below(6) == 0 { Gas(60 + random.below(24)) } else { Gas(10_000) };
            let run = |engine| {
                let mut instance = Instance::new(program.clone(), &Config { gas, engine });
                instance.map_input(input.clone()).unwrap();
                instance.start(Entry::Function(0), [first, second, len, 4, 5]).unwrap();
                let exit = instance.run();
                (exit, instance.pc(), instance.gas(), instance.registers(), instance.input())
            };
            let expected = run(Engine::Interpreter);
            match expected.0 {
                Exit::Finished { .. } => good += 1,
                _ => bad += 1,
            }
            for engine in engines() {
                let name = engine.name();
                assert!(run(engine) == expected, "{name}: {intrinsic} {first:#x} {second:#x} {len} {gas}");
            }
        }
        assert!(good > 1000 && bad > 200, "{intrinsic}: {good} {bad}");
    }
}

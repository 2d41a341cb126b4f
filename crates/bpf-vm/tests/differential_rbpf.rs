//! Random programs, here and in `rbpf`: same result, same memory.
//!
//! The programs are such that both accept them and neither can see an address: r1 (the memory) and r10
//! (the stack) are only bases of accesses that stay within bounds, r9 counts loops, and the other registers
//! hold data. Beyond that, anything goes that `rbpf` 0.4 has: arithmetic, byte order, loads and stores,
//! branches, loops, helpers, and local calls.
//!
//! `rbpf` departs from RFC 9669 in three places, which are kept out of its sight: an immediate of an unsigned
//! 64-bit comparison is zero-extended there (§4.3 extends the sign), a 32-bit remainder by 0 keeps the upper
//! half (§4.1 clears it), and `neg` of the least number overflows.

use bpf_isa::{AluOp, ByteOrder, Cond, Insn, Kind, Op, Reg, Size, Source, Width};
use bpf_vm::{verify, Config, Engine, Entry, Exit, Gas, Instance, Program, Rules, SyscallTable, TextOptions};
use proptest::prelude::*;
use std::sync::Arc;

const MEMORY: usize = 64;
const FRAME: i16 = 256;
/// Registers with data.
const DATA: [Reg; 8] = [Reg::R0, Reg::R2, Reg::R3, Reg::R4, Reg::R5, Reg::R6, Reg::R7, Reg::R8];
const COUNTER: Reg = Reg::R9;
const HELPER: i64 = 3;

fn helper(_: u64, b: u64, c: u64, d: u64, e: u64) -> u64 {
    (b.wrapping_mul(3) ^ c.rotate_left(7)).wrapping_add(d).wrapping_sub(e)
}

/// A piece of a function.
#[derive(Clone, Debug)]
enum Step {
    /// Arithmetic or byte order.
    Compute(Insn),
    /// A load or store, at an offset from the memory or the stack.
    Access(Insn),
    /// Skips some of the following steps if its condition holds, or always.
    Skip(Insn, usize),
    /// Does the steps some times.
    Loop(u8, Vec<Step>),
    Helper,
    /// Calls the other function. In that, it does nothing.
    Local,
}

fn operations(choose: impl Fn(Kind) -> bool) -> Vec<Op> {
    Op::ALL.iter().copied().filter(|op| choose(op.kind())).collect()
}

fn data() -> impl Strategy<Value = Reg> {
    prop::sample::select(DATA.as_slice())
}

/// Numbers that meet the edges.
fn imm() -> impl Strategy<Value = i64> {
    prop_oneof![
        prop::sample::select(vec![0, 1, -1, 2, 31, 32, 63, 64, i64::from(i32::MAX), i64::from(i32::MIN)]),
        any::<i32>().prop_map(i64::from),
        (0..64i64),
    ]
}

fn compute() -> impl Strategy<Value = Step> {
    let ops = operations(|kind| match kind {
        Kind::Alu(_, op, _) => !matches!(op, AluOp::SDiv | AluOp::SMod),
        Kind::Neg(Width::W32) => true,
        Kind::ByteOrder(order, _) => order != ByteOrder::Swap,
        _ => false,
    });
    (prop::sample::select(ops), data(), data(), imm()).prop_map(|(op, dst, src, imm)| {
        let insn = Insn::new(op).with_dst(dst);
        Step::Compute(match op.kind() {
            Kind::Alu(_, _, Source::Reg) => insn.with_src(src),
            Kind::Alu(_, _, Source::Imm) => insn.with_imm(imm),
            _ => insn,
        })
    })
}

fn wide() -> impl Strategy<Value = Step> {
    let value = prop_oneof![any::<i64>(), prop::sample::select(vec![i64::MIN, i64::MAX, -1, 1 << 32])];
    (data(), value).prop_map(|(dst, imm)| Step::Compute(Insn::new(Op::LdImm64).with_dst(dst).with_imm(imm)))
}

fn access() -> impl Strategy<Value = Step> {
    let ops = operations(|kind| matches!(kind, Kind::Load(_) | Kind::Store(..)));
    (prop::sample::select(ops), data(), any::<bool>(), any::<u16>(), imm()).prop_map(
        |(op, reg, stack, position, imm)| {
            let size = match op.kind() {
                Kind::Load(size) | Kind::Store(size, _) => size,
                _ => Size::B,
            };
            // Any alignment, within bounds.
            let (base, low, room) =
                if stack { (Reg::R10, -FRAME, FRAME) } else { (Reg::R1, 0, MEMORY as i16) };
            let room = room - size.bytes() as i16 + 1;
            let insn = Insn::new(op).with_offset(low + (position % room as u16) as i16);
            Step::Access(match op.kind() {
                Kind::Load(_) => insn.with_dst(reg).with_src(base),
                Kind::Store(_, Source::Reg) => insn.with_dst(base).with_src(reg),
                _ => insn.with_dst(base).with_imm(imm),
            })
        },
    )
}

fn skip() -> impl Strategy<Value = Step> {
    let ops = operations(|kind| matches!(kind, Kind::Branch(..) | Kind::Jump));
    (prop::sample::select(ops), data(), data(), imm(), 0..4usize).prop_map(|(op, dst, src, imm, steps)| {
        let insn = Insn::new(op);
        let insn = match op.kind() {
            Kind::Branch(_, _, Source::Reg) => insn.with_dst(dst).with_src(src),
            Kind::Branch(Width::W64, cond, Source::Imm) if is_unsigned(cond) => {
                insn.with_dst(dst).with_imm(imm & i64::from(i32::MAX))
            }
            Kind::Branch(..) => insn.with_dst(dst).with_imm(imm),
            _ => insn,
        };
        Step::Skip(insn, steps)
    })
}

fn is_unsigned(cond: Cond) -> bool {
    matches!(cond, Cond::Eq | Cond::Ne | Cond::Gt | Cond::Ge | Cond::Lt | Cond::Le)
}

fn steps(len: usize) -> impl Strategy<Value = Vec<Step>> {
    let plain =
        || prop_oneof![8 => compute(), 2 => wide(), 5 => access(), 3 => skip(), 1 => Just(Step::Helper)];
    let step = prop_oneof![
        12 => plain(),
        1 => (1..6u8, prop::collection::vec(plain(), 1..8)).prop_map(|(times, body)| Step::Loop(times, body)),
        1 => Just(Step::Local),
    ];
    prop::collection::vec(step, 1..len)
}

/// Writes a function's instructions to `out`. `callee` is where the other function will be, if it may be
/// called; `calls` collects where it is.
fn emit(steps: &[Step], out: &mut Vec<Insn>, calls: &mut Option<Vec<usize>>) {
    // Skips under way: index of the jump, and how many steps it still skips.
    let mut open: Vec<(usize, usize)> = Vec::new();
    for step in steps {
        close(&mut open, out);
        match step {
            Step::Compute(insn) | Step::Access(insn) => {
                out.push(*insn);
                if let Kind::Alu(Width::W32, AluOp::Mod, _) = insn.kind() {
                    out.push(Insn::new(Op::Mov32Reg).with_dst(insn.dst).with_src(insn.dst));
                }
            }
            Step::Skip(insn, skipped) => {
                // This step itself counts, since `close` is asked before the next.
                open.push((out.len(), skipped + 1));
                out.push(*insn);
            }
            Step::Loop(times, body) => {
                out.push(Insn::new(Op::Mov64Imm).with_dst(COUNTER).with_imm((*times).into()));
                let start = out.len();
                emit(body, out, &mut None);
                out.push(Insn::new(Op::Sub64Imm).with_dst(COUNTER).with_imm(1));
                let slots: u32 = out[start..].iter().map(|insn| insn.slots()).sum();
                out.push(Insn::new(Op::JNe64Imm).with_dst(COUNTER).with_offset(-(slots as i16) - 1));
            }
            Step::Helper => out.push(Insn::new(Op::Call).with_imm(HELPER)),
            Step::Local => {
                if let Some(calls) = calls {
                    calls.push(out.len());
                    out.push(Insn::new(Op::CallLocal));
                }
            }
        }
    }
    while !open.is_empty() {
        close(&mut open, out);
    }
}

/// Ends the skips that have skipped all they should before the instruction that comes next.
fn close(open: &mut Vec<(usize, usize)>, out: &mut [Insn]) {
    open.retain_mut(|(jump, left)| {
        *left -= 1;
        if *left > 0 {
            return true;
        }
        let slots: u32 = out[*jump + 1..].iter().map(|insn| insn.slots()).sum();
        out[*jump].offset = slots as i16;
        false
    });
}

/// The whole program: the registers from `seeds`, the steps, all data registers mixed into r0, the callee.
fn program(seeds: &[i64; 8], main: &[Step], callee: &[Step]) -> Vec<u8> {
    let mut out = Vec::new();
    for (reg, &seed) in DATA.into_iter().zip(seeds) {
        out.push(Insn::new(Op::LdImm64).with_dst(reg).with_imm(seed));
    }
    let mut calls = Some(Vec::new());
    emit(main, &mut out, &mut calls);
    for &reg in &DATA[1..] {
        out.push(Insn::new(Op::Mul64Imm).with_dst(Reg::R0).with_imm(31));
        out.push(Insn::new(Op::Xor64Reg).with_dst(Reg::R0).with_src(reg));
    }
    out.push(Insn::new(Op::Exit));
    let start = out.len();
    for call in calls.unwrap_or_default() {
        let slots: u32 = out[call + 1..start].iter().map(|insn| insn.slots()).sum();
        out[call].imm = slots.into();
    }
    emit(callee, &mut out, &mut None);
    out.push(Insn::new(Op::Exit));
    out.iter().flat_map(|insn| insn.encode().unwrap().as_bytes().to_vec()).collect()
}

/// r0, memory and gas left, the same on every engine.
fn run_here(text: &[u8], memory: &[u8]) -> (u64, Vec<u8>) {
    let options = TextOptions { frame_size: FRAME as u32, stack_size: 512, ..TextOptions::default() };
    let rules = Rules::general(SyscallTable::from_iter([HELPER as u32]));
    let program = Arc::new(verify(Program::from_text(text, &options).unwrap(), &rules).unwrap());
    let run = |engine| {
        let config = Config { engine, ..Config::default() };
        let mut instance = Instance::new(program.clone(), &config);
        let args = instance.map_input(memory.to_vec()).unwrap();
        instance.start(Entry::Function(0), args).unwrap();
        loop {
            match instance.run() {
                Exit::Syscall { args: [a, b, c, d, e], .. } => instance.resume(helper(a, b, c, d, e)),
                Exit::Finished { r0, .. } => break (r0, instance.input(), instance.gas()),
                exit => panic!("{exit:?} at slot {} on {}", instance.pc(), engine.name()),
            }
        }
    };
    let (r0, after, gas): (u64, Vec<u8>, Gas) = run(Engine::Interpreter);
    for engine in Engine::ALL.iter().copied().filter(|engine| engine.is_available()) {
        assert_eq!(run(engine), (r0, after.clone(), gas), "{}", engine.name());
    }
    (r0, after)
}

fn run_there(text: &[u8], memory: &[u8]) -> (u64, Vec<u8>) {
    let mut memory = memory.to_vec();
    let mut vm = rbpf::EbpfVmRaw::new(Some(text)).unwrap();
    vm.register_helper(HELPER as u32, helper).unwrap();
    let r0 = vm.execute_program(&mut memory).unwrap();
    (r0, memory)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn results_and_memory_are_those_of_rbpf(
        seeds in any::<[i64; 8]>(),
        main in steps(60),
        callee in steps(12),
        memory in any::<[u8; MEMORY]>(),
    ) {
        let text = program(&seeds, &main, &callee);
        let here = run_here(&text, &memory);
        let there = run_there(&text, &memory);
        prop_assert_eq!(here, there);
    }
}

// The generator must reach every operation that it means to, or the test above says little.
#[test]
fn every_operation_that_both_have_is_generated() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let mut seen = std::collections::HashSet::new();
    for _ in 0..400 {
        let steps = steps(60).new_tree(&mut runner).unwrap().current();
        let text = program(&[0; 8], &steps, &[]);
        seen.extend(bpf_isa::instructions(&text).map(|insn| insn.unwrap().1.op));
    }
    let wanted = operations(|kind| match kind {
        Kind::Alu(_, op, _) => !matches!(op, AluOp::SDiv | AluOp::SMod),
        Kind::Neg(width) => width == Width::W32,
        Kind::ByteOrder(order, _) => order != ByteOrder::Swap,
        Kind::Load(_) | Kind::Store(..) | Kind::Branch(..) | Kind::Jump | Kind::Exit => true,
        _ => false,
    });
    let missing: Vec<Op> = wanted.into_iter().filter(|op| !seen.contains(op)).collect();
    assert!(missing.is_empty(), "{missing:?}");
    assert!(seen.contains(&Op::Call) && seen.contains(&Op::CallLocal) && seen.contains(&Op::LdImm64));
}

//! Engines compared with each other, first level: the fuzzer's bytes are the program.

#![no_main]

use bpf_vm::crosscheck::{compare, Setting, Side};
use bpf_vm::{
    Config, Engine, Entry, Exit, Gas, GuestAddr, Instance, Program, Rules, Slot, SyscallTable, TextOptions,
};
use contract_abi::memory::{mapped, STACK_BASE};
use inkbpf_fuzz::differ::{engines, one_by_one};
use inkbpf_fuzz::HELPERS;
use libfuzzer_sys::fuzz_target;

/// Size in bytes of its stack, and of its input.
const STACK: u32 = 4096;
const INPUT: [u8; 48] = [0x5a; 48];

fuzz_target!(|data: &[u8]| {
    // Whole slots, and an ending that most programs would lack.
    let mut text = data[..data.len() / 8 * 8].to_vec();
    text.extend_from_slice(
        bpf_isa::Insn::new(bpf_isa::Op::Exit).encode().expect("it has no fields").as_bytes(),
    );
    for callx_helpers in [false, true] {
        let options = TextOptions { callx_helpers, stack_size: STACK, ..TextOptions::default() };
        let Ok(program) = Program::from_text(&text, &options) else { return };
        let side = |steps| {
            let rules = Rules { intrinsics: true, no_unwritten_reads: false, steps, ..rules() };
            Side::new(program.clone(), &rules, Engine::Interpreter).ok()
        };
        let (Some(side), Some(late)) = (side(true), side(false)) else { continue };
        let others: Vec<Side> = engines().map(|engine| side.on(engine)).chain([late]).collect();
        for gas in [20_000, 300].map(Gas) {
            let expected = run(&side, gas, one_by_one);
            for other in &others {
                let seen = run(other, gas, Instance::run);
                if seen != expected {
                    let setting = Setting { input: INPUT.to_vec(), gas, ..Setting::default() };
                    let served = || |_: &mut Instance, number: u32, args: [u64; 5]| Some(serve(number, args));
                    let what = compare(&side, other, &setting, gas, served);
                    panic!("{}: {what:?}\n{expected:?}\n{seen:?}", other.engine().name());
                }
            }
        }
    }
});

/// Everything that can be observed in a run: each exit with its slot and remaining gas, the registers, the
/// calls, and memory.
type Seen = (Vec<(Exit, Slot, Gas)>, [u64; 11], Vec<Slot>, [Vec<u8>; 2]);

fn run(side: &Side, gas: Gas, go: fn(&mut Instance) -> Exit) -> Seen {
    let engine = side.engine();
    let mut instance = Instance::new(side.program().clone(), &Config { gas, engine });
    let args = instance.map_input(INPUT.to_vec()).expect("it is small");
    instance.start(Entry::Function(0), args).expect("there is a function");
    let mut exits = Vec::new();
    loop {
        let exit = go(&mut instance);
        assert_eq!(instance.engine(), engine);
        exits.push((exit, instance.pc(), instance.gas()));
        let Exit::Syscall { number, args } = exit else { break };
        instance.resume(serve(number, args));
    }
    let stack = instance.read_vec(GuestAddr(STACK_BASE), mapped(STACK)).expect("it is mapped");
    (exits, instance.registers(), instance.backtrace(), [stack, instance.input()])
}

fn serve(number: u32, args: [u64; 5]) -> u64 {
    args[0] ^ u64::from(number)
}

fn rules() -> Rules {
    Rules::general(SyscallTable::from_iter(HELPERS))
}

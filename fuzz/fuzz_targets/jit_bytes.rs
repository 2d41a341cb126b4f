//! Engines against each other, first strength: the fuzzer's bytes are the program.

#![no_main]

use bpf_vm::crosscheck::{compare, Setting, Side};
use bpf_vm::{Engine, Gas, Instance, Program, Rules, SyscallTable, TextOptions};
use inkbpf_fuzz::differ::engines;
use inkbpf_fuzz::HELPERS;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    // Whole slots, and an end that most programs would lack.
    let mut text = data[..data.len() / 8 * 8].to_vec();
    text.extend_from_slice(
        bpf_isa::Insn::new(bpf_isa::Op::Exit).encode().expect("it has no fields").as_bytes(),
    );
    for callx_helpers in [false, true] {
        let options = TextOptions { callx_helpers, stack_size: 4096, ..TextOptions::default() };
        let Ok(program) = Program::from_text(&text, &options) else { return };
        let rules = Rules { intrinsics: true, no_unwritten_reads: false, ..rules() };
        let Ok(side) = Side::new(program, &rules, Engine::Interpreter) else { continue };
        for gas in [20_000, 300] {
            let setting = Setting { input: vec![0x5a; 48], gas: Gas(gas), ..Setting::default() };
            for engine in engines().skip(1) {
                let serve =
                    || |_: &mut Instance, number: u32, args: [u64; 5]| Some(args[0] ^ u64::from(number));
                let what = compare(&side, &side.on(engine), &setting, setting.gas, serve);
                assert_eq!(what, Ok(None), "{}", engine.name());
            }
        }
    }
});

fn rules() -> Rules {
    Rules::general(SyscallTable::from_iter(HELPERS))
}

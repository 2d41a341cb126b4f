//! The verifier: nothing panics, its answer is the same each time, and what it accepts follows the rules on
//! which the engines rely.

#![no_main]

use bpf_isa::{instructions, Callee, Insn, Kind, Reg, Slot};
use bpf_vm::{verify, Program, Rules, SyscallTable, TextOptions, VerifiedProgram};
use inkbpf_fuzz::{Plan, HELPERS};
use libfuzzer_sys::arbitrary::{Arbitrary, Unstructured};
use libfuzzer_sys::fuzz_target;

fn check(text: &[u8], program: &VerifiedProgram) {
    let insns: Vec<(Slot, Insn)> = instructions(text).map(|insn| insn.expect("it was verified")).collect();
    let starts: Vec<u32> = insns.iter().map(|(at, _)| at.0).collect();
    let is_insn = |slot: i64| u32::try_from(slot).is_ok_and(|slot| starts.binary_search(&slot).is_ok());
    let blocks = program.blocks();
    let is_block = |slot: i64| blocks.binary_search_by_key(&slot, |block| block.first.0.into()).is_ok();

    // Functions and blocks tile the text, and start where instructions start.
    let mut next = 0;
    for function in program.functions() {
        assert_eq!(function.first.0, next);
        assert!(is_insn(next.into()) && is_block(next.into()));
        next += function.slots;
    }
    assert_eq!(next as usize, text.len() / Slot::BYTES);
    assert_eq!(blocks.iter().map(|block| block.len as usize).sum::<usize>(), insns.len());

    for &(at, insn) in &insns {
        assert!(!insn.writes().contains(Reg::R10));
        let Some(target) = insn.target(at) else { continue };
        assert!(is_insn(target) && is_block(target), "{insn} at {at}");
        let own = program.function_at(at);
        let other = program.function_at(Slot(target as u32));
        match insn.kind() {
            Kind::Call(Callee::Local) => {
                assert!(other.is_some_and(|number| program.functions()[number].first.0 == target as u32));
            }
            _ => assert_eq!(own, other),
        }
    }
}

fuzz_target!(|data: &[u8]| {
    let general = Rules::general(SyscallTable::from_iter(HELPERS));
    let contract = Rules::contract(SyscallTable::from_iter(HELPERS));
    for callx_helpers in [false, true] {
        let options = TextOptions { callx_helpers, ..TextOptions::default() };
        let Ok(program) = Program::from_text(data, &options) else { continue };
        for rules in [&general, &contract] {
            match (verify(program.clone(), rules), verify(program.clone(), rules)) {
                (Ok(program), Ok(_)) => check(data, &program),
                (one, two) => assert_eq!(one.err(), two.err()),
            }
        }
    }
    let Ok(plan) = Plan::arbitrary(&mut Unstructured::new(data)) else { return };
    let Ok(file) = plan.image().to_bytes() else { return };
    let program = Program::from_image(&file).expect("it was written by us");
    if let Ok(program) = verify(program, &contract) {
        check(&plan.text, &program);
    }
});

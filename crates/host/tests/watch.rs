//! What the engine that keeps a record puts into it.

mod support;

use contract_abi::intrinsic::Intrinsic;
use inkbpf_host::watch::{Called, Record, Recorder, Watched};
use inkbpf_host::{Cause, Choice, Code, Engine, Entry, Instance, Selected};
use support::*;

/// Runs `body` where a record is kept, and returns it.
fn recorded(body: impl FnOnce()) -> Recorder {
    let recorder = Recorder::default();
    chain(&own(Choice::default()).watched(recorder.clone())).execute_with(body);
    recorder
}

fn start<E: Engine>(image: &[u8], entry: Entry) -> E::Instance {
    let module = E::compile(Code::Bytes(image), &rules()).unwrap_or_else(|error| panic!("{error:?}"));
    E::instantiate(&module, entry)
}

/// Who called, what, and the gas at each slot.
type Told = (u32, Called, Vec<(u32, u64)>);

fn told(record: &Record) -> Vec<Told> {
    let own = |own: &std::collections::BTreeMap<u32, u64>| own.iter().map(|(&at, &gas)| (at, gas)).collect();
    record.nodes().iter().map(|node| (node.parent, node.called, own(&node.own))).collect()
}

fn program(image: &[u8], deploy: bool) -> Called {
    Called::Program { code_hash: polkadot_sdk::sp_io::hashing::blake2_256(image), deploy }
}

#[test]
fn functions_have_what_they_spend() {
    // Slots: deploy 0 and 1, call from 2, the function from 7.
    let image = image_of(
        "deploy:\n r0 = 0\n exit\ncall:\n r6 = 2\nloop:\n call twice\n r6 += -1\n if r6 != 0 goto loop\n exit\n\
         twice:\n r0 = 1\n exit",
        &["deploy", "call", "twice"],
    );
    let recorder = recorded(|| {
        let mut instance = start::<Selected>(&image, Entry::Call);
        assert_eq!(instance.run(PLENTY).cause, Cause::Finished);
    });
    let record = recorder.record();
    let expected = [
        (0, Called::Chain, vec![]),
        // A move; the call, twice; the rest of the loop, twice; an exit.
        (0, program(&image, false), vec![(2, ALU), (3, 2 * CALL), (4, 2 * (ALU + JUMP)), (6, EXIT)]),
        (1, Called::Function { from: 3 }, vec![(7, 2 * (ALU + EXIT))]),
    ];
    assert_eq!(told(&record), expected);
    assert_eq!(record.total(), ALU + 2 * CALL + 2 * (ALU + JUMP) + EXIT + 2 * (ALU + EXIT));
}

#[test]
fn a_syscall_has_what_the_chain_took_without_what_ran_within_it() {
    let outer = image("call 7; call 8; exit");
    let inner = image("r0 = 0; exit");
    let recorder = recorded(|| {
        let mut one = start::<Watched>(&outer, Entry::Call);
        let exit = one.run(10_000);
        assert!(matches!(exit.cause, Cause::Syscall { number: 7, .. }), "{exit:?}");
        let mut other = start::<Watched>(&inner, Entry::Deploy);
        let done = other.run(exit.gas_left - 100);
        assert_eq!(done.cause, Cause::Finished);
        drop(other);
        // 100 before it, and 23 after it.
        let exit = one.resume(5, done.gas_left - 23);
        assert!(matches!(exit.cause, Cause::Syscall { number: 8, .. }), "{exit:?}");
        // It ends here.
    });
    let record = recorder.record();
    let (outer, inner) = (program(&outer, false), program(&inner, true));
    let expected = [
        (0, Called::Chain, vec![]),
        (0, outer, vec![(2, SYSCALL), (3, SYSCALL)]),
        (1, Called::Syscall { from: 2, number: 7 }, vec![(2, 123)]),
        (2, inner, vec![(0, ALU + EXIT)]),
        (1, Called::Syscall { from: 3, number: 8 }, vec![]),
    ];
    assert_eq!(told(&record), expected);
    assert_eq!(record.total(), 2 * SYSCALL + 123 + ALU + EXIT);
    let made: Vec<_> = record.syscalls().map(|made| (made.node, made.gas_left, made.served)).collect();
    let first = 10_000 - SYSCALL;
    let second = first - 123 - (ALU + EXIT) - SYSCALL;
    assert_eq!(made, [(2, first, Some((5, 123))), (4, second, None)]);
}

#[test]
fn bytes_of_an_intrinsic_are_spent_where_it_is() {
    let zero = Intrinsic::MemSet as u32;
    let image = image(&format!("r1 = {DATA} ll; r2 = 0; r3 = 80; call {zero}; exit"));
    let recorder = recorded(|| {
        let exit = start::<Watched>(&image, Entry::Call).run(PLENTY);
        assert_eq!(exit.cause, Cause::Finished);
        assert_eq!(exit.gas_left, PLENTY - (3 * ALU + INTRINSIC) - 10 - EXIT);
    });
    assert_eq!(recorder.record().total(), 3 * ALU + INTRINSIC + 10 + EXIT);
}

#[test]
fn a_program_with_more_ways_than_there_is_room_is_counted_all_the_same() {
    // Each function calls the next one twice: a tree of 2 to the power of 20 calls.
    let mut source = "deploy:\n r0 = 0\n exit\ncall:\n call f0\n exit\n".to_owned();
    for number in 0..20 {
        source += &format!("f{number}:\n call f{next}\n call f{next}\n exit\n", next = number + 1);
    }
    source += "f20:\n exit\n";
    let names: Vec<String> = (0..=20).map(|number| format!("f{number}")).collect();
    let functions: Vec<&str> =
        ["deploy", "call"].into_iter().chain(names.iter().map(String::as_str)).collect();
    let image = image_of(&source, &functions);
    let gas = 1 << 40;
    let mut left = 0;
    let recorder = recorded(|| {
        let exit = start::<Watched>(&image, Entry::Call).run(gas);
        assert_eq!(exit.cause, Cause::Finished);
        left = exit.gas_left;
    });
    let record = recorder.record();
    assert_eq!(record.total(), gas - left);
    assert_eq!(record.nodes().len(), inkbpf_host::watch::MAX_NODES);
    assert_eq!(record.nodes().iter().flat_map(|node| node.own.values()).sum::<u64>(), gas - left);
}

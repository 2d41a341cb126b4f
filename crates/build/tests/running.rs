//! What was built runs, and means what its source says.
//!
//! The chain is a few lines here: a map for storage, and the functions that the fixture calls. The real
//! one is tested elsewhere; this is about the way from Rust to the program.

mod support;

use bpf_vm::{verify, Config, Entry, Exit, Gas, GuestAddr, Instance, Program, Rules, SyscallTable, TrapKind};
use contract_abi::syscall::Syscall;
use inkbpf_build::{build, Built, Request};
use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;
use support::Project;

#[derive(Default)]
struct Chain {
    storage: BTreeMap<Vec<u8>, Vec<u8>>,
    events: Vec<Vec<u8>>,
    debug: String,
}

/// How a call ended.
#[derive(Debug, PartialEq)]
enum End {
    Returned { flags: u32, data: Vec<u8> },
    Trapped(TrapKind),
}

impl Chain {
    fn run(&mut self, program: &[u8], entry: Entry, input: &[u8]) -> End {
        let known = SyscallTable::contract(|_| true);
        let program = Program::from_image(program).expect("it is a program image");
        let program = Arc::new(verify(program, &Rules::contract(known)).expect("it was verified before"));
        let mut instance = Instance::new(program, &Config::default());
        instance.set_gas(Gas(100_000_000));
        instance.start(entry, [0; 5]).expect("it has the entry");
        loop {
            let (number, args) = match instance.run() {
                Exit::Syscall { number, args } => (number, args),
                Exit::Trapped(trap) => return End::Trapped(trap.kind),
                other => panic!("it does not end by itself: {other:?}"),
            };
            let syscall = Syscall::from_number(number).expect("the verifier let it through");
            let addr = |i: usize| GuestAddr(args[i] as u32);
            let bytes = |instance: &Instance, ptr: usize, len: usize| {
                instance.read_vec(addr(ptr), args[len] as u32).expect("the contract points to its memory")
            };
            // Writes to a buffer whose length the next pointer refers to.
            let give = |instance: &mut Instance, out: usize, data: &[u8]| {
                let mut room = [0; 4];
                instance.read(addr(out + 1), &mut room).expect("the contract points to its memory");
                assert!(u32::from_le_bytes(room) as usize >= data.len(), "there is room");
                instance.write(addr(out), data).expect("the contract points to its memory");
                instance.write(addr(out + 1), &(data.len() as u32).to_le_bytes()).expect("as above");
            };
            let result = match syscall {
                Syscall::Input => {
                    give(&mut instance, 0, input);
                    0
                }
                Syscall::ValueTransferred => {
                    give(&mut instance, 0, &0u128.to_le_bytes());
                    0
                }
                Syscall::GetStorageV1 => match self.storage.get(&bytes(&instance, 0, 1)) {
                    Some(value) => {
                        give(&mut instance, 2, value);
                        0
                    }
                    None => 3,
                },
                Syscall::SetStorageV2 => {
                    let old = self.storage.insert(bytes(&instance, 0, 1), bytes(&instance, 2, 3));
                    old.map_or(u64::from(u32::MAX), |value| value.len() as u64)
                }
                Syscall::DepositEvent => {
                    self.events.push(bytes(&instance, 2, 3));
                    0
                }
                Syscall::DebugMessage => {
                    self.debug += &String::from_utf8(bytes(&instance, 0, 1)).expect("it is text");
                    0
                }
                Syscall::Return => {
                    return End::Returned { flags: args[0] as u32, data: bytes(&instance, 1, 2) };
                }
                other => panic!("the fixture does not need {other:?}"),
            };
            instance.resume(result);
        }
    }
}

/// The selector of a message or constructor, from the metadata.
fn selector(built: &Built, name: &str) -> Vec<u8> {
    let path = built.artifacts.metadata.as_ref().expect("it is an ink! contract");
    let json: serde_json::Value =
        serde_json::from_slice(&fs::read(path).expect("it was built")).expect("it is JSON");
    let spec = &json["spec"];
    let all =
        ["constructors", "messages"].into_iter().flat_map(|kind| spec[kind].as_array().expect("a list"));
    let found = all.into_iter().find(|entry| entry["label"] == name).expect("it is there");
    let hex = found["selector"].as_str().expect("text").trim_start_matches("0x").to_owned();
    (0..4).map(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).expect("hex")).collect()
}

#[test]
fn a_counter_counts() {
    let project = Project::new("counter");
    let built = project.build().expect("it builds");
    let program = fs::read(&built.artifacts.elf).expect("it was built");
    let mut chain = Chain::default();
    let ok = |data: &[u8]| End::Returned { flags: 0, data: [&[0], data].concat() };

    let input = [selector(&built, "new"), 41u32.to_le_bytes().to_vec()].concat();
    // ink!'s constructors return a result within a result.
    assert_eq!(chain.run(&program, Entry::Deploy, &input), ok(&[0]));
    assert_eq!(chain.storage.values().collect::<Vec<_>>(), [&41u32.to_le_bytes().to_vec()]);
    assert_eq!(chain.run(&program, Entry::Call, &selector(&built, "inc")), ok(&[]));
    assert_eq!(chain.run(&program, Entry::Call, &selector(&built, "get")), ok(&42u32.to_le_bytes()));
    assert_eq!(chain.events, [42u32.to_le_bytes().to_vec()]);

    // Input that is no message of the contract reverts with ink!'s `CouldNotReadInput`.
    let end = chain.run(&program, Entry::Call, &[1, 2, 3, 4]);
    assert_eq!(end, End::Returned { flags: 1, data: vec![1, 1] });
    assert_eq!(chain.debug, "");
}

#[test]
fn a_panic_traps_and_tells_why_when_asked_to() {
    let project = Project::new("counter");
    for debug in [false, true] {
        let built = build(&Request { debug, ..project.request() }, &mut |_| ()).expect("it builds");
        let program = fs::read(&built.artifacts.elf).expect("it was built");
        let mut chain = Chain::default();
        let input = [selector(&built, "new"), u32::MAX.to_le_bytes().to_vec()].concat();
        chain.run(&program, Entry::Deploy, &input);
        let before = chain.storage.clone();
        let end = chain.run(&program, Entry::Call, &selector(&built, "inc"));
        assert_eq!(end, End::Trapped(TrapKind::Abort), "debug {debug}");
        assert_eq!(chain.storage, before);
        assert_eq!(chain.debug.contains("the counter is full"), debug);
        assert_eq!(chain.debug.contains("lib.rs:"), debug, "{}", chain.debug);
    }
}

#[test]
fn an_allocator_of_the_contracts_own_serves_it() {
    let project = Project::new("own_runtime");
    let built = project.build().expect("it builds");
    let program = fs::read(&built.artifacts.elf).expect("it was built");
    let mut chain = Chain::default();
    let new = |length: u32| [selector(&built, "new"), length.to_le_bytes().to_vec()].concat();
    assert_eq!(chain.run(&program, Entry::Deploy, &new(3)), End::Returned { flags: 0, data: vec![0, 0] });
    let end = chain.run(&program, Entry::Call, &selector(&built, "reversed"));
    let values = [2u32, 1, 0].map(u32::to_le_bytes).concat();
    assert_eq!(end, End::Returned { flags: 0, data: [&[0, 3 << 2], values.as_slice()].concat() });
    // It has 4096 bytes, and 2000 numbers need 8000.
    assert_eq!(chain.run(&program, Entry::Deploy, &new(2000)), End::Trapped(TrapKind::Abort));
}

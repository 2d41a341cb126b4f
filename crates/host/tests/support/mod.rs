//! What the tests of engines have in common: programs, chains, and the list of engines.

#![allow(dead_code)] // Each test file uses some of it.

use bpf_isa::text::{parse, Syntax};
use contract_abi::image::{Function, Image};
use contract_abi::memory::DATA_BASE;
use inkbpf_host::bpf_vm::{self, meter::Class, CostTable};
use inkbpf_host::{Choice, Host, HostExt, Rules, SyscallSet};
use polkadot_sdk::sp_io::TestExternalities;

/// Bytes of data at [`DATA`].
pub const DATA_LEN: u32 = 4096;
/// Where a program may write.
pub const DATA: u32 = DATA_BASE;
/// A key of the state to keep a program under.
pub const KEY: &[u8] = b"a program";
/// What instructions cost a contract.
pub const ALU: u64 = cost(Class::Alu);
/// A call of a function.
pub const CALL: u64 = cost(Class::Call);
/// The end of one.
pub const EXIT: u64 = cost(Class::Exit);
/// A branch.
pub const JUMP: u64 = cost(Class::Jump);
/// A call of the pallet.
pub const SYSCALL: u64 = cost(Class::Syscall);
/// An intrinsic on memory, without its bytes.
pub const INTRINSIC: u64 = cost(Class::MemoryIntrinsic);

const fn cost(class: Class) -> u64 {
    CostTable::V1.cost(class) as u64
}

/// More than any program here needs.
pub const PLENTY: u64 = 1_000_000;

/// A program image of functions whose labels are given in `functions`, of which `deploy` and `call` are two.
pub fn image_of(source: &str, functions: &[&str]) -> Vec<u8> {
    let assembly = parse(source, Syntax::Llvm).unwrap();
    let text = assembly.to_bytes();
    let mut starts: Vec<(u32, &str)> =
        functions.iter().map(|name| (assembly.labels[*name].0, *name)).collect();
    starts.sort_unstable();
    let ends = starts.iter().skip(1).map(|start| start.0).chain([text.len() as u32 / 8]);
    let index = |name| starts.iter().position(|start| start.1 == name).unwrap() as u32;
    let functions = starts
        .iter()
        .zip(ends)
        .map(|(&(first, _), end)| Function {
            first,
            slots: end - first,
            frame_size: 64,
            address_taken: false,
        })
        .collect();
    Image {
        text: &text,
        rodata: b"read-only",
        data: b"data",
        bss_size: DATA_LEN - 4,
        stack_size: 16 * 1024,
        heap_size: 0,
        deploy: index("deploy"),
        call: index("call"),
        functions,
        jump_tables: vec![],
    }
    .to_bytes()
    .unwrap()
}

/// A program whose `call` is `body`, and whose `deploy` returns at once.
pub fn image(body: &str) -> Vec<u8> {
    image_of(&format!("deploy:\n r0 = 0\n exit\ncall:\n {}\n", body.replace(';', "\n ")), &["deploy", "call"])
}

/// Everything is let in.
pub fn rules() -> Rules {
    Rules { max_writable: 1 << 20, syscalls: SyscallSet::of(|_| true) }
}

/// A chain whose node has this host.
pub fn chain(host: &Host) -> TestExternalities {
    let mut chain = TestExternalities::default();
    chain.register_extension(HostExt(host.clone()));
    chain
}

/// A host with a cache of its own.
pub fn own(choice: Choice) -> Host {
    Host::with_cache(choice, std::sync::Arc::new(bpf_vm::Cache::new(1 << 24)))
}

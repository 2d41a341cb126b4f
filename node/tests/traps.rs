//! A runtime that traps in the middle of a contract's call: the chain's own runtime, as Wasm, under the node's executor
//! and with the node's host functions.
//!
//! It traps because it is out of memory, which is the only way in which a contract can make it trap: its heap here is
//! smaller than the debug text that it may keep of a contract. Programs and instances of the runtime then remain in the
//! node, and a runtime in Wasm drops nothing when it stops.

use bpf_isa::text::{parse, Syntax};
use codec::{Decode, Encode};
use contract_abi::image::{Function, Image};
use inkbpf_host::{Choice, Host, HostExt};
use inkbpf_runtime::{AccountId, Balance, EventRecord, Hash};
use inkbpf_runtime_wasm::Engine;
use pallet_contracts::{Code, ContractExecResult, ContractInstantiateResult};
use polkadot_sdk::{
    sc_chain_spec::{ChainType, GenericChainSpec, NoExtension},
    sc_executor::{error::Error, HeapAllocStrategy, WasmExecutor},
    sp_core::traits::{CallContext, CodeExecutor, RuntimeCode, WrappedRuntimeCode},
    sp_externalities::set_and_run_with_externalities,
    sp_genesis_builder::DEV_RUNTIME_PRESET,
    sp_io::{self, TestExternalities},
    sp_keyring::Sr25519Keyring as Keyring,
    sp_runtime::BuildStorage,
    sp_weights::Weight,
};

type HostFunctions = (sp_io::SubstrateHostFunctions, inkbpf_host::HostFunctions);
type Executor = WasmExecutor<HostFunctions>;

/// Pages of the runtime's heap, which is 1 MiB: enough for a call, and less than the debug text that it keeps.
const HEAP_PAGES: u32 = 16;

/// Without input it calls itself, with one byte. That call prints until somebody stops it. Any other input, and it
/// returns.
const PRINTER: &str = "
    deploy:
        exit
    call:
        r1 = 0x20000000
        r2 = 16
        *(u32 *)(r1 + 0) = r2
        r1 = 0x20010000
        r2 = 0x20000000
        call 11
        r1 = 0x20000000
        r6 = *(u32 *)(r1 + 0)
        if r6 == 0 goto outer
        if r6 == 1 goto print
        exit
    print:
        r1 = 0x20000000
        r2 = 0x8000
        call 33
        goto print
    outer:
        r1 = 0x20000000
        r2 = 32
        *(u32 *)(r1 + 0) = r2
        r1 = 0x20000080
        r2 = 0x20000000
        call 15
        r5 = 0x20000040
        r1 = 0x20010000
        *(u64 *)(r5 + 0) = r1
        r1 = 1
        *(u64 *)(r5 + 8) = r1
        w1 = -1
        *(u64 *)(r5 + 16) = r1
        *(u64 *)(r5 + 24) = r1
        r1 = 8
        r2 = 0x20000080
        r3 = 0
        r4 = 0x200000c0
        call 60
        exit
";

fn printer() -> Vec<u8> {
    let assembly = parse(PRINTER, Syntax::Llvm).expect("it is BPF");
    let text = assembly.to_bytes();
    let call = assembly.labels["call"].0;
    let slots = (text.len() / 8) as u32;
    let function = |first, end| Function { first, slots: end - first, frame_size: 0, address_taken: false };
    Image {
        text: &text,
        rodata: &[],
        data: &[],
        bss_size: 0x2_0000,
        stack_size: 4096,
        heap_size: 0,
        deploy: 0,
        call: 1,
        functions: vec![function(0, call), function(call, slots)],
        jump_tables: Vec::new(),
    }
    .to_bytes()
    .expect("the image keeps the rules")
}

/// A chain at its genesis, and what runs it.
struct Node {
    executor: Executor,
    host: Host,
    chain: TestExternalities,
}

impl Node {
    fn new() -> Self {
        let spec = GenericChainSpec::<NoExtension, HostFunctions>::builder(code(), None)
            .with_name("Traps")
            .with_id("traps")
            .with_chain_type(ChainType::Development)
            .with_genesis_config_preset_name(DEV_RUNTIME_PRESET)
            .build();
        let mut chain = TestExternalities::new(spec.build_storage().expect("a genesis"));
        let host = Host::new(Choice::default());
        chain.register_extension(HostExt(host.clone()));
        let executor = Executor::builder()
            .with_offchain_heap_alloc_strategy(HeapAllocStrategy::Static { extra_pages: HEAP_PAGES })
            .build();
        Self { executor, host, chain }
    }

    /// Calls the runtime, and then `look`s at what is there before the call's externalities are dropped.
    fn call<T>(
        &mut self,
        method: &str,
        arguments: &[u8],
        look: impl FnOnce(&Host) -> T,
    ) -> (Result<Vec<u8>, Error>, T) {
        let fetcher = WrappedRuntimeCode(code().into());
        let runtime = RuntimeCode { code_fetcher: &fetcher, hash: vec![1], heap_pages: None };
        let mut ext = self.chain.ext();
        let (answer, _) = self.executor.call(&mut ext, &runtime, method, arguments, CallContext::Offchain);
        let seen = set_and_run_with_externalities(&mut ext, || look(&self.host));
        (answer, seen)
    }

    fn message<T>(
        &mut self,
        contract: &AccountId,
        data: &[u8],
        look: impl FnOnce(&Host) -> T,
    ) -> (Result<Vec<u8>, Error>, T) {
        let limits = (None::<Weight>, None::<Balance>);
        let arguments =
            (Keyring::Bob.to_account_id(), contract, 0 as Balance, limits.0, limits.1, data).encode();
        self.call("ContractsApi_call", &arguments, look)
    }
}

fn code() -> &'static [u8] {
    Engine::Host.runtime().expect("the tests have a runtime")
}

/// What the host functions say of each of these handles: whether it is an instance whose memory can be read.
fn readable() -> Vec<u32> {
    use inkbpf_host::interface::inkbpf_vm;
    (0..=64).filter(|&handle| inkbpf_vm::read(handle, 0x2000_0000, &mut [0; 4]) == 0).collect()
}

#[test]
fn what_a_call_had_is_gone_when_the_runtime_traps() {
    let mut node = Node::new();
    let alice = Keyring::Alice.to_account_id();
    let make =
        (alice, 0 as Balance, None::<Weight>, None::<Balance>, Code::<Hash>::Upload(printer()), (), ())
            .using_encoded(|start| [&start[..start.len()], &[0, 0]].concat());
    let (made, _) = node.call("ContractsApi_instantiate", &make, |_| ());
    let made: ContractInstantiateResult<AccountId, Balance, EventRecord> =
        Decode::decode(&mut &made.expect("the runtime runs")[..]).expect("it answers");
    let contract = made.result.expect("there is a contract").account_id;

    let good = |node: &mut Node| {
        let (answer, instances) = node.message(&contract, &[0; 2], |host| host.instances());
        let answer: ContractExecResult<Balance, EventRecord> =
            Decode::decode(&mut &answer.expect("the runtime runs")[..]).expect("it answers");
        assert!(answer.result.is_ok(), "{:?}", answer.result);
        // What ends well gives back what it had, before its externalities are dropped.
        assert_eq!(instances, 0);
    };
    good(&mut node);
    for _ in 0..3 {
        let (answer, (alive, instances)) =
            node.message(&contract, &[], |host| (readable(), host.instances()));
        let error = answer.expect_err("the heap is too small").to_string();
        assert!(error.contains("alloc"), "{error}");
        // Nobody gave them back: both frames are there until the call is over …
        assert_eq!((alive.len(), instances), (2, 2), "{alive:?}");
        // … and then they are not, nor do their handles mean anything to the next call.
        assert_eq!(node.host.instances(), 0);
        let (_, left) = node.call("Core_version", &[], |_| readable());
        assert!(left.is_empty(), "{left:?}");
        good(&mut node);
    }
}

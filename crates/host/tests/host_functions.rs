//! The host functions themselves, as a runtime could call them that does not mean well: what handles are good
//! for, what a call may have alive, and that nothing is left of it.

mod support;

use bpf_isa::text::{parse, Syntax};
use codec::Encode;
use contract_abi::image::{Function, Image};
use contract_abi::memory::MAX_WRITABLE;
use inkbpf_host::interface::inkbpf_vm;
use inkbpf_host::rules::RULES_LEN;
use inkbpf_host::{
    bpf_vm, limits, Cause, Choice, Code, Engine, Entry, Forwarder, Host, HostFunctions, Instance,
};
use polkadot_sdk::sp_externalities::set_and_run_with_externalities;
use polkadot_sdk::sp_io::{self, TestExternalities};
use polkadot_sdk::sp_runtime::traits::BlakeTwo256;
use polkadot_sdk::sp_state_machine::{Ext, InMemoryBackend, OverlayedChanges, StorageProof};
use sp_runtime_interface::sp_wasm_interface::HostFunctions as _;
use std::collections::BTreeSet;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::thread;
use support::*;

const UNKNOWN_HANDLE: i64 = -1;
const BAD_ARGUMENT: i64 = -2;
const MEMORY_FAULT: i64 = -3;
const EXHAUSTED: i64 = -4;
const NOT_FOUND: i64 = -5;
const REJECTED: i64 = -7;

const FINISHED: i64 = 0;
const SYSCALL: i64 = 1;

fn host() -> Host {
    own(Choice::default())
}

/// The handle of a program.
fn compile(image: &[u8]) -> u32 {
    let returned = inkbpf_vm::compile_bytes(image, &rules().to_bytes(), &mut []);
    assert!(returned >= 0, "{returned}");
    returned as u32
}

/// The handle of an instance.
fn instantiate(program: u32) -> u32 {
    let returned = inkbpf_vm::instantiate(program, 1);
    u32::try_from(returned).unwrap_or_else(|_| panic!("{returned}"))
}

/// What the functions say that take an instance's handle, when they are given this one.
fn ask(handle: u32) -> [i64; 6] {
    [
        inkbpf_vm::run(handle, PLENTY, &mut Default::default()),
        inkbpf_vm::resume(handle, 0, PLENTY, &mut Default::default()),
        inkbpf_vm::read(handle, DATA, &mut [0; 4]),
        inkbpf_vm::write(handle, DATA, &[0; 4]),
        inkbpf_vm::backtrace(handle, &mut [0; 4]),
        inkbpf_vm::destroy(handle),
    ]
}

// Runtimes of today must find them in the nodes of tomorrow: a name that goes or a signature that changes
// breaks a chain.
#[test]
fn names_and_signatures_are_pinned() {
    let functions: Vec<String> = HostFunctions::host_functions()
        .iter()
        .map(|function| {
            let signature = function.signature();
            format!("{}{:?} -> {:?}", function.name(), signature.args, signature.return_value)
        })
        .collect();
    let expected = [
        "ext_inkbpf_vm_backtrace_version_1[I32, I64] -> Some(I64)",
        "ext_inkbpf_vm_compile_bytes_version_1[I64, I32, I64] -> Some(I64)",
        "ext_inkbpf_vm_compile_storage_version_1[I64, I32, I64] -> Some(I64)",
        "ext_inkbpf_vm_destroy_version_1[I32] -> Some(I64)",
        "ext_inkbpf_vm_instantiate_version_1[I32, I32] -> Some(I64)",
        "ext_inkbpf_vm_read_version_1[I32, I32, I64] -> Some(I64)",
        "ext_inkbpf_vm_release_version_1[I32] -> Some(I64)",
        "ext_inkbpf_vm_resume_version_1[I32, I64, I64, I32] -> Some(I64)",
        "ext_inkbpf_vm_run_version_1[I32, I64, I32] -> Some(I64)",
        "ext_inkbpf_vm_write_version_1[I32, I32, I64] -> Some(I64)",
    ];
    assert_eq!(functions, expected);
}

#[test]
fn handles_that_nobody_gave_are_unknown() {
    chain(&host()).execute_with(|| {
        let program = compile(&image("call 7; exit"));
        let instance = instantiate(program);
        for handle in (0..200).chain([u32::MAX - 1, u32::MAX]) {
            if handle != instance {
                assert_eq!(ask(handle), [UNKNOWN_HANDLE; 6], "{handle}");
            }
            if handle != program {
                assert_eq!(inkbpf_vm::instantiate(handle, 1), UNKNOWN_HANDLE, "{handle}");
                assert_eq!(inkbpf_vm::release(handle), UNKNOWN_HANDLE, "{handle}");
            }
        }
        // None of that changed the program and the instance.
        assert_eq!(ask(instance), [SYSCALL, FINISHED, 0, 0, 1, 0]);
        assert_eq!(inkbpf_vm::release(program), 0);
    });
}

#[test]
fn a_handle_is_dead_when_it_was_given_back_and_never_given_again() {
    chain(&host()).execute_with(|| {
        let image = image("call 7; exit");
        let mut seen = BTreeSet::new();
        for _ in 0..100 {
            let program = compile(&image);
            let instance = instantiate(program);
            assert!(seen.insert(program) && seen.insert(instance));
            assert_eq!((inkbpf_vm::release(program), inkbpf_vm::destroy(instance)), (0, 0));
            assert_eq!(
                (inkbpf_vm::release(program), inkbpf_vm::destroy(instance)),
                (UNKNOWN_HANDLE, UNKNOWN_HANDLE)
            );
            assert_eq!(ask(instance), [UNKNOWN_HANDLE; 6]);
        }
    });
}

#[test]
fn nothing_of_a_call_is_left_for_the_next() {
    let host = host();
    let mut chain = chain(&host);
    let (program, instance) = chain.execute_with(|| {
        let program = compile(&image("call 7; exit"));
        (program, instantiate(program))
    });
    // Neither was given back.
    assert_eq!(host.instances(), 0);
    chain.execute_with(|| {
        assert_eq!(ask(instance), [UNKNOWN_HANDLE; 6]);
        assert_eq!(inkbpf_vm::instantiate(program, 1), UNKNOWN_HANDLE);
        assert_eq!(inkbpf_vm::release(program), UNKNOWN_HANDLE);
    });
}

// In Wasm a runtime that panics drops nothing; `forget` does the same here.
#[test]
fn memory_is_freed_when_the_runtime_stops_at_once() {
    let host = host();
    let mut chain = chain(&host);
    let image = image("call 7; exit");
    for forget in [true, false] {
        let stopped = catch_unwind(AssertUnwindSafe(|| {
            chain.execute_with(|| {
                let module = Forwarder::compile(Code::Bytes(&image), &rules()).ok().unwrap();
                let mut instance = Forwarder::instantiate(&module, Entry::Call);
                instance.run(PLENTY);
                assert_eq!(host.instances(), 1);
                if forget {
                    std::mem::forget((module, instance));
                }
                panic!("the runtime stops");
            })
        }));
        assert!(stopped.is_err());
        assert_eq!(host.instances(), 0, "{forget}");
    }
    // The chain goes on.
    chain.execute_with(|| assert_eq!(ask(instantiate(compile(&image)))[..2], [SYSCALL, FINISHED]));
}

#[test]
fn what_is_dropped_is_given_back() {
    let host = host();
    chain(&host).execute_with(|| {
        for _ in 0..2 * limits::HANDLES {
            let module = Forwarder::compile(Code::Bytes(&image("exit")), &rules()).ok().unwrap();
            let instance = Forwarder::instantiate(&module, Entry::Call);
            assert_eq!(host.instances(), 1);
            drop(module);
            drop(instance);
        }
        assert_eq!(host.instances(), 0);
    });
}

#[test]
fn a_call_has_only_so_many_handles() {
    let host = host();
    chain(&host).execute_with(|| {
        let image = image("exit");
        let program = compile(&image);
        let instances: Vec<u32> = (1..limits::HANDLES).map(|_| instantiate(program)).collect();
        assert_eq!(host.instances(), limits::HANDLES - 1);
        for _ in 0..10 {
            assert_eq!(inkbpf_vm::instantiate(program, 1), EXHAUSTED);
            assert_eq!(inkbpf_vm::compile_bytes(&image, &rules().to_bytes(), &mut []), EXHAUSTED);
        }
        assert_eq!(inkbpf_vm::destroy(instances[7]), 0);
        instantiate(program);
    });
    assert_eq!(host.instances(), 0);
}

#[test]
fn a_call_has_only_so_much_memory() {
    let host = host();
    chain(&host).execute_with(|| {
        // As much as a program may have.
        let heap_size = MAX_WRITABLE - 16 * 1024;
        let source = "deploy:\n exit\ncall:\n exit";
        let text = parse(source, Syntax::Llvm).unwrap().to_bytes();
        let function = |first| Function { first, slots: 1, frame_size: 0, address_taken: false };
        let large = Image {
            text: &text,
            rodata: &[],
            data: &[],
            bss_size: 0,
            stack_size: 16 * 1024,
            heap_size,
            deploy: 0,
            call: 1,
            functions: vec![function(0), function(1)],
            jump_tables: vec![],
        };
        let program = compile(&large.to_bytes().unwrap());
        let most = (limits::MEMORY / u64::from(MAX_WRITABLE)) as usize;
        assert!(most < limits::HANDLES);
        let instances: Vec<u32> = (0..most).map(|_| instantiate(program)).collect();
        for _ in 0..10 {
            assert_eq!(inkbpf_vm::instantiate(program, 1), EXHAUSTED);
        }
        // A small one does not fit any more either, until one of them ends.
        let small = compile(&image("exit"));
        assert_eq!(inkbpf_vm::instantiate(small, 1), EXHAUSTED);
        assert_eq!(inkbpf_vm::destroy(instances[3]), 0);
        instantiate(small);
        assert_eq!(inkbpf_vm::instantiate(program, 1), EXHAUSTED);
    });
    assert_eq!(host.instances(), 0);
}

#[test]
fn arguments_without_a_meaning_are_refused() {
    chain(&host()).execute_with(|| {
        let program = compile(&image("exit"));
        for entry in [2, 3, 0x8000_0000, u32::MAX] {
            assert_eq!(inkbpf_vm::instantiate(program, entry), BAD_ARGUMENT, "{entry}");
        }
        // Rules of all bits, of none, and buffers of every length for the reason.
        for rules in [[0xff; RULES_LEN], [0; RULES_LEN]] {
            for len in [0, 1, 7, 8, 9, 255, 256, 257, 100_000] {
                let mut refusal = vec![0; len];
                assert_eq!(inkbpf_vm::compile_bytes(b"no program", &rules, &mut refusal), REJECTED);
                assert_eq!(inkbpf_vm::compile_storage(b"nowhere", &rules, &mut refusal), NOT_FOUND);
            }
        }
        let instance = instantiate(program);
        for address in [0, DATA - 1, DATA + DATA_LEN, u32::MAX] {
            for len in [1, 4096, 1 << 20] {
                assert_eq!(inkbpf_vm::read(instance, address, &mut vec![0; len]), MEMORY_FAULT);
                assert_eq!(inkbpf_vm::write(instance, address, &vec![0; len]), MEMORY_FAULT);
            }
        }
        // A place for no slot, for less than one, and for more than there are.
        for len in [0, 3, 4, 5, 4096] {
            assert_eq!(inkbpf_vm::backtrace(instance, &mut vec![0; len]), 1, "{len}");
        }
    });
}

// What a block of another node must be able to prove does not depend on what this node has seen.
#[test]
fn a_proof_holds_the_code_whether_it_was_in_the_cache_or_not() {
    let host = host();
    let mut chain = chain(&host);
    let image = image("call 7; exit");
    chain.execute_with(|| sp_io::storage::set(KEY, &image.encode()));
    chain.commit_all().unwrap();
    let mut prove = || {
        chain.execute_and_prove(|| {
            Forwarder::compile(Code::Storage(KEY), &rules()).ok().unwrap().was_compiled()
        })
    };
    let (first, cold) = prove();
    let (second, warm) = prove();
    assert_eq!((first, second), (true, false));
    let nodes = |proof: StorageProof| proof.into_iter_nodes().collect::<BTreeSet<_>>();
    let (cold, warm) = (nodes(cold), nodes(warm));
    assert_eq!(cold, warm);
    assert!(cold.iter().any(|node| node.windows(image.len()).any(|part| part == image)));
}

#[test]
fn bytes_and_state_share_what_was_compiled() {
    let host = host();
    let image = image("call 7; exit");
    let mut chain = chain(&host);
    chain.execute_with(|| sp_io::storage::set(KEY, &image.encode()));
    chain.execute_with(|| {
        let compiled = |code| Forwarder::compile(code, &rules()).ok().unwrap().was_compiled();
        assert!(compiled(Code::Bytes(&image)));
        assert!(!compiled(Code::Bytes(&image)));
        assert!(!compiled(Code::Storage(KEY)));
    });
    assert_eq!(host.cache().len(), 1);
    // It is in the trie's own backend now, where the hash comes from the node of the trie.
    chain.commit_all().unwrap();
    let again =
        chain.execute_with(|| Forwarder::compile(Code::Storage(KEY), &rules()).ok().unwrap().was_compiled());
    assert!(!again);
}

#[test]
fn a_node_that_says_nothing_has_the_shared_cache() {
    let image = image("r0 = 0x5eed; call 7; exit");
    let run = || {
        TestExternalities::default().execute_with(|| {
            let module = Forwarder::compile(Code::Bytes(&image), &rules()).ok().unwrap();
            Forwarder::instantiate(&module, Entry::Call).run(PLENTY);
            module.was_compiled()
        })
    };
    assert_eq!((run(), run()), (true, false));
    assert!(!Host::default().cache().is_empty());
    assert!(Host::default().engine().is_available());
}

#[test]
fn an_engine_that_is_not_here_has_another_in_its_place() {
    for &engine in bpf_vm::Engine::ALL {
        let host = own(Choice::Host(engine));
        assert_eq!(host.engine(), engine.effective());
        assert!(host.engine().is_available());
    }
    assert_eq!(own(Choice::Embedded).engine(), bpf_vm::Engine::Interpreter);
}

// The runtime must stop: to go on without an engine would be to disagree with other nodes.
#[test]
#[should_panic(expected = "Unavailable")]
fn externalities_without_room_for_extensions_stop_the_runtime() {
    let mut overlay = OverlayedChanges::<BlakeTwo256>::default();
    let state = InMemoryBackend::<BlakeTwo256>::default();
    let mut ext = Ext::new(&mut overlay, &state, None);
    set_and_run_with_externalities(&mut ext, || {
        let _ = Forwarder::compile(Code::Bytes(&image("exit")), &rules());
    });
}

// Calls of several threads share the cache and nothing else.
#[test]
fn threads_do_not_meet() {
    let host = host();
    let images: Vec<Vec<u8>> =
        (0..8).map(|n| image(&format!("r1 = {n}; call 7; r1 = r0; call 8; exit"))).collect();
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for round in 0..50u64 {
                    chain(&host).execute_with(|| {
                        for (number, image) in images.iter().enumerate() {
                            let module = Forwarder::compile(Code::Bytes(image), &rules()).ok().unwrap();
                            let mut instance = Forwarder::instantiate(&module, Entry::Call);
                            let exit = instance.run(PLENTY);
                            let Cause::Syscall { args, .. } = exit.cause else { panic!("{exit:?}") };
                            assert_eq!(args[0], number as u64);
                            let exit = instance.resume(round, exit.gas_left);
                            let Cause::Syscall { args, .. } = exit.cause else { panic!("{exit:?}") };
                            assert_eq!(args[0], round);
                            assert_eq!(exit.gas_left, PLENTY - 2 * (ALU + support::SYSCALL));
                        }
                    });
                }
            });
        }
    });
    assert_eq!((host.cache().len(), host.instances()), (images.len(), 0));
}

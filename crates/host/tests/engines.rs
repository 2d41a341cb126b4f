//! One body for every engine: the one inside the runtime, the host functions with each engine that this
//! machine has behind them, and both at once, side by side.

mod support;

use codec::Encode;
use contract_abi::memory::{RODATA_BASE, STACK_BASE};
use inkbpf_host::lockstep::Lockstep;
use inkbpf_host::watch::{Recorder, Watched};
use inkbpf_host::{
    bpf_vm, Cause, Choice, Code, CompileError, Embedded, Engine, Entry, Exit, Forwarder, Host, Instance,
    MemoryFault, Rules, Selected, SyscallSet, TrapKind, MAX_REASON,
};
use polkadot_sdk::sp_io;
use support::*;

/// A host of every engine there is here, each with a cache of its own.
fn hosts() -> Vec<Host> {
    let engines = bpf_vm::Engine::ALL.iter().filter(|engine| engine.is_available());
    engines.map(|&engine| own(Choice::Host(engine))).collect()
}

/// Makes a test of each function: on [`Embedded`], on [`Watched`], on [`Forwarder`] with every
/// engine, and on both in lockstep.
macro_rules! on_every_engine {
    ($($(#[$doc:meta])* fn $name:ident<$E:ident: Engine>() $body:block)*) => {
        $($(#[$doc])* mod $name {
            use super::*;

            fn body<$E: Engine>() $body

            #[test]
            fn embedded() {
                chain(&own(Choice::Embedded)).execute_with(body::<Embedded>);
            }

            #[test]
            fn watched() {
                let host = own(Choice::Embedded).watched(Recorder::default());
                chain(&host).execute_with(body::<Watched>);
            }

            #[test]
            fn forwarded() {
                for host in hosts() {
                    chain(&host).execute_with(body::<Forwarder>);
                    // What is in the cache by now changes nothing.
                    chain(&host).execute_with(body::<Forwarder>);
                    assert_eq!(host.instances(), 0);
                }
            }

            #[test]
            fn in_lockstep() {
                for host in hosts() {
                    chain(&host).execute_with(body::<Lockstep<Forwarder, Embedded>>);
                }
            }
        })*
    };
}

/// A fresh instance at `call`.
fn start<E: Engine>(image: &[u8]) -> E::Instance {
    let module = E::compile(Code::Bytes(image), &rules()).unwrap_or_else(|error| panic!("{error:?}"));
    E::instantiate(&module, Entry::Call)
}

fn refused<E: Engine>(code: Code<'_>, rules: &Rules) -> CompileError {
    E::compile(code, rules).err().expect("it is refused")
}

on_every_engine! {
    fn entry_points_are_two<E: Engine>() {
        let image = image_of("deploy:\n call 4\n exit\ncall:\n call 5\n exit", &["deploy", "call"]);
        let module = E::compile(Code::Bytes(&image), &rules()).ok().unwrap();
        for (entry, expected) in [(Entry::Deploy, 4), (Entry::Call, 5)] {
            let exit = E::instantiate(&module, entry).run(PLENTY);
            assert!(matches!(exit.cause, Cause::Syscall { number, .. } if number == expected), "{exit:?}");
        }
    }

    fn a_run_spends_what_its_instructions_cost<E: Engine>() {
        // Two moves and an exit, in one block.
        let mut instance = start::<E>(&image("r0 = 1; r1 = 2; exit"));
        assert_eq!(instance.run(100), Exit { gas_left: 100 - (2 * ALU + EXIT), cause: Cause::Finished });
    }

    fn registers_go_out_and_the_result_comes_in<E: Engine>() {
        let image = image(
            "r1 = 1; r2 = -2; r3 = 3; r4 = 4; r5 = 0x123456789abcdef0 ll; call 7; r1 = r0; call 8; exit",
        );
        let mut instance = start::<E>(&image);
        let exit = instance.run(PLENTY);
        let args = [1, -2i64 as u64, 3, 4, 0x1234_5678_9abc_def0];
        assert_eq!(exit.cause, Cause::Syscall { number: 7, args });
        let exit = instance.resume(u64::MAX - 1, PLENTY);
        // The others are kept.
        let args = [u64::MAX - 1, args[1], args[2], args[3], args[4]];
        assert_eq!(exit.cause, Cause::Syscall { number: 8, args });
        assert_eq!(instance.resume(0, PLENTY).cause, Cause::Finished);
    }

    // The pallet charges its syscalls in between: what counts is what is handed in.
    fn gas_is_what_the_last_call_gave<E: Engine>() {
        let mut instance = start::<E>(&image("call 7; exit"));
        assert_eq!(instance.run(1_000).gas_left, 1_000 - SYSCALL);
        assert_eq!(instance.resume(0, EXIT), Exit { gas_left: 0, cause: Cause::Finished });
        let mut instance = start::<E>(&image("call 7; exit"));
        instance.run(u64::MAX);
        assert_eq!(instance.resume(0, EXIT - 1), Exit { gas_left: EXIT - 1, cause: Cause::OutOfGas });
    }

    fn every_limit_ends_at_the_same_place<E: Engine>() {
        let image = image("r6 = 3; loop:; call 7; r6 += -1; if r6 != 0 goto loop; exit");
        let cost = {
            let mut instance = start::<E>(&image);
            let mut exit = instance.run(PLENTY);
            while let Cause::Syscall { .. } = exit.cause {
                exit = instance.resume(0, exit.gas_left);
            }
            assert_eq!(exit.cause, Cause::Finished);
            PLENTY - exit.gas_left
        };
        for gas in 0..=cost {
            let mut instance = start::<E>(&image);
            let mut exit = instance.run(gas);
            while let Cause::Syscall { .. } = exit.cause {
                exit = instance.resume(0, exit.gas_left);
            }
            let cause = if gas < cost { Cause::OutOfGas } else { Cause::Finished };
            assert_eq!(exit.cause, cause, "{gas}");
        }
    }

    fn traps_say_what_and_where<E: Engine>() {
        let cases: [(&str, TrapKind, u32, u32); 4] = [
            ("r1 = 0; r0 = *(u8 *)(r1 + 5); exit", TrapKind::ReadFault, 3, 5),
            ("r1 = 0x10000000; *(u8 *)(r1 + 0) = 1; exit", TrapKind::WriteFault, 3, RODATA_BASE),
            ("r1 = r10; r0 = *(u64 *)(r1 + 0); exit", TrapKind::ReadFault, 3, STACK_BASE + 16 * 1024),
            ("call call", TrapKind::StackOverflow, 2, 0),
        ];
        for (body, kind, pc, addr) in cases {
            let body = if body == "call call" { "call call; exit" } else { body };
            let mut instance = start::<E>(&image(body));
            let exit = instance.run(PLENTY);
            let Cause::Trapped(trap) = exit.cause else { panic!("{body}: {exit:?}") };
            assert_eq!((trap.kind, trap.pc.0, trap.addr.0), (kind, pc, addr), "{body}");
            // It cannot go on, whatever it is given.
            assert_eq!(instance.run(7), Exit { gas_left: 7, cause: exit.cause });
            assert_eq!(instance.resume(1, 8), Exit { gas_left: 8, cause: exit.cause });
        }
    }

    fn what_has_ended_ends_again<E: Engine>() {
        let mut instance = start::<E>(&image("r0 = 0; exit"));
        for gas in [PLENTY, 5, 0] {
            assert_eq!(instance.run(gas).cause, Cause::Finished);
            assert_eq!(instance.resume(3, gas), Exit { gas_left: gas, cause: Cause::Finished });
        }
    }

    // To run what waits for a result changes nothing; to resume what has not begun begins it.
    fn calls_out_of_turn_are_harmless<E: Engine>() {
        let mut instance = start::<E>(&image("r1 = 5; call 7; r0 += 1; r1 = r0; call 8; exit"));
        let first = instance.resume(99, PLENTY).cause;
        assert_eq!(first, Cause::Syscall { number: 7, args: [5, 0, 0, 0, 0] });
        assert_eq!(instance.run(12), Exit { gas_left: 12, cause: first });
        let second = instance.resume(41, PLENTY).cause;
        assert_eq!(second, Cause::Syscall { number: 8, args: [42, 0, 0, 0, 0] });
    }

    fn memory_is_read_and_written<E: Engine>() {
        let mut instance = start::<E>(&image("r1 = 0x20000000; r2 = *(u32 *)(r1 + 0); call 7; exit"));
        let mut buffer = [0; 4];
        assert_eq!(instance.read(DATA, &mut buffer), Ok(()));
        assert_eq!(&buffer, b"data");
        assert_eq!(instance.write(DATA, &7u32.to_le_bytes()), Ok(()));
        let Cause::Syscall { args, .. } = instance.run(PLENTY).cause else { panic!("a syscall") };
        assert_eq!(args[1], 7);
        assert_eq!(instance.read(RODATA_BASE, &mut buffer), Ok(()));
        assert_eq!(&buffer, b"read");
        // All of the data at once, to its last byte.
        let all = vec![0xab; DATA_LEN as usize];
        assert_eq!(instance.write(DATA, &all), Ok(()));
        let mut read = vec![0; DATA_LEN as usize];
        assert_eq!(instance.read(DATA, &mut read), Ok(()));
        assert_eq!(read, all);
    }

    fn memory_that_is_not_there_is_a_fault<E: Engine>() {
        let mut instance = start::<E>(&image("exit"));
        let end = DATA + DATA_LEN;
        let mut buffer = [0; 16];
        for address in [0, 1, 0xfff, end - 15, end, STACK_BASE + 16 * 1024 - 1, u32::MAX - 15, u32::MAX] {
            assert_eq!(instance.read(address, &mut buffer), Err(MemoryFault), "{address:#x}");
            assert_eq!(instance.write(address, &[1; 16]), Err(MemoryFault), "{address:#x}");
        }
        assert_eq!(instance.read(DATA, &mut vec![0; 1 << 25]), Err(MemoryFault));
        assert_eq!(instance.write(DATA, &vec![0; 1 << 25]), Err(MemoryFault));
        // Nothing of a write that fails is done.
        assert_eq!(instance.read(end - 16, &mut buffer), Ok(()));
        assert_eq!(buffer, [0; 16]);
        assert_eq!(instance.write(RODATA_BASE, &[1]), Err(MemoryFault));
        // Nothing is everywhere.
        for address in [0, end, u32::MAX] {
            assert_eq!(instance.read(address, &mut []), Ok(()));
            assert_eq!(instance.write(address, &[]), Ok(()));
        }
    }

    fn instances_share_nothing<E: Engine>() {
        let image = image("r1 = 0x20000000; *(u32 *)(r1 + 0) = 9; call 7; exit");
        let module = E::compile(Code::Bytes(&image), &rules()).ok().unwrap();
        let mut first = E::instantiate(&module, Entry::Call);
        first.run(PLENTY);
        // The second runs whole while the first waits, and neither needs the module any more.
        let mut second = E::instantiate(&module, Entry::Call);
        drop(module);
        let mut buffer = [0; 4];
        assert_eq!(second.read(DATA, &mut buffer), Ok(()));
        assert_eq!(&buffer, b"data");
        second.run(PLENTY);
        assert_eq!(second.resume(0, PLENTY).cause, Cause::Finished);
        drop(second);
        assert_eq!(first.read(DATA, &mut buffer), Ok(()));
        assert_eq!(buffer, [9, 0, 0, 0]);
        assert_eq!(first.resume(0, PLENTY).cause, Cause::Finished);
    }

    fn instances_nest_deeply<E: Engine>() {
        let image = image("r1 = 0x20000000; r2 = *(u32 *)(r1 + 0); call 7; exit");
        let module = E::compile(Code::Bytes(&image), &rules()).ok().unwrap();
        let mut instances = Vec::new();
        for depth in 0..30u32 {
            let mut instance = E::instantiate(&module, Entry::Call);
            instance.write(DATA, &depth.to_le_bytes()).unwrap();
            let Cause::Syscall { args, .. } = instance.run(PLENTY).cause else { panic!("a syscall") };
            assert_eq!(args[1], u64::from(depth));
            instances.push(instance);
        }
        while let Some(mut instance) = instances.pop() {
            assert_eq!(instance.resume(0, PLENTY).cause, Cause::Finished);
        }
    }

    fn a_backtrace_names_every_call<E: Engine>() {
        let source = "deploy:\n exit\ncall:\n call a\n exit\na:\n r0 = 0\n call b\n exit\nb:\n call 7\n exit";
        let image = image_of(source, &["deploy", "call", "a", "b"]);
        let mut instance = start::<E>(&image);
        instance.run(PLENTY);
        assert_eq!(instance.backtrace(), [6, 4, 1]);
    }

    fn bytes_that_are_no_program_are_refused<E: Engine>() {
        let good = image("exit");
        let cut = &good[..good.len() - 1];
        for bytes in [&[][..], b"\x7fELF", &[0xff; 5000], cut] {
            let error = refused::<E>(Code::Bytes(bytes), &rules());
            let CompileError::Rejected { reason } = error else { panic!("{error:?}") };
            assert!(!reason.is_empty() && reason.len() <= MAX_REASON, "{reason}");
        }
        // Every byte of the file, changed: taken or refused, and no more than that.
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 0x55;
            if let Ok(module) = E::compile(Code::Bytes(&bad), &rules()) {
                E::instantiate(&module, Entry::Call).run(1_000);
            }
        }
    }

    fn rules_are_kept_to<E: Engine>() {
        let image = image("call 7; call 200; exit");
        let error = refused::<E>(Code::Bytes(&image), &rules());
        assert_eq!(error, CompileError::Syscall { number: 200, slot: 3 });

        // The same program under other rules, after it was let in: what is kept of it does not count.
        let image = support::image("call 7; exit");
        assert!(E::compile(Code::Bytes(&image), &rules()).is_ok());
        let narrow = Rules { syscalls: SyscallSet::of(|syscall| syscall.number() != 7), ..rules() };
        let error = refused::<E>(Code::Bytes(&image), &narrow);
        assert_eq!(error, CompileError::Syscall { number: 7, slot: 2 });
        let small = Rules { max_writable: 4096, ..rules() };
        assert!(matches!(refused::<E>(Code::Bytes(&image), &small), CompileError::Rejected { .. }));
        assert!(E::compile(Code::Bytes(&image), &rules()).is_ok());
    }

    fn code_is_found_in_the_state<E: Engine>() {
        let of_seven = |number: u32| {
            let module = E::compile(Code::Storage(KEY), &rules()).ok().unwrap();
            let exit = E::instantiate(&module, Entry::Call).run(PLENTY);
            assert!(matches!(exit.cause, Cause::Syscall { number: n, .. } if n == number), "{exit:?}");
        };
        assert_eq!(refused::<E>(Code::Storage(KEY), &rules()), CompileError::NotFound);
        sp_io::storage::set(KEY, &image("call 7; exit").encode());
        of_seven(7);
        // Other code under the same key, set and undone: what is in the state counts, not the key.
        sp_io::storage::start_transaction();
        sp_io::storage::set(KEY, &image("call 8; exit").encode());
        of_seven(8);
        sp_io::storage::rollback_transaction();
        of_seven(7);
        sp_io::storage::clear(KEY);
        assert_eq!(refused::<E>(Code::Storage(KEY), &rules()), CompileError::NotFound);
    }

    fn values_that_are_no_code_are_refused<E: Engine>() {
        let whole = image("exit").encode();
        let cut = &whole[..whole.len() - 1];
        for value in [&[][..], &[0], &[0xff; 5], b"\x03\xff\xff\xff\xff", cut] {
            sp_io::storage::set(KEY, value);
            let error = refused::<E>(Code::Storage(KEY), &rules());
            assert!(matches!(error, CompileError::Rejected { .. }), "{value:?}: {error:?}");
        }
        // As the decoder has it.
        sp_io::storage::set(KEY, &[&whole[..], b"more"].concat());
        assert!(E::compile(Code::Storage(KEY), &rules()).is_ok());
    }
}

// The engine of native runtimes, which asks the externalities.
#[test]
fn the_externalities_say_which_engine_it_is() {
    let mut choices: Vec<Choice> = hosts().iter().map(|host| host.choice()).collect();
    choices.push(Choice::Embedded);
    for choice in choices {
        let host = own(choice);
        chain(&host).execute_with(|| {
            let mut instance = start::<Selected>(&image("call 7; exit"));
            assert_eq!(host.instances(), usize::from(choice != Choice::Embedded));
            instance.run(PLENTY);
            assert_eq!(instance.resume(0, PLENTY).cause, Cause::Finished);
        });
        assert_eq!(host.cache().len(), usize::from(choice != Choice::Embedded), "{choice:?}");
    }
}

#[test]
fn every_choice_has_a_name() {
    for choice in Choice::all() {
        assert_eq!(Choice::from_name(choice.name()), Some(choice));
    }
    assert_eq!(Choice::from_name("embedded"), Some(Choice::Embedded));
    assert_eq!(Choice::from_name("turbo"), None);
}

/// An engine that is wrong by one gas, after a syscall.
struct Dear;
struct DearInstance(<Embedded as Engine>::Instance);

impl Engine for Dear {
    type Module = <Embedded as Engine>::Module;
    type Instance = DearInstance;

    fn compile(code: Code<'_>, rules: &Rules) -> Result<Self::Module, CompileError> {
        Embedded::compile(code, rules)
    }

    fn instantiate(module: &Self::Module, entry: Entry) -> DearInstance {
        DearInstance(Embedded::instantiate(module, entry))
    }
}

impl Instance for DearInstance {
    fn run(&mut self, gas: u64) -> Exit {
        self.0.run(gas)
    }

    fn resume(&mut self, r0: u64, gas: u64) -> Exit {
        let exit = self.0.resume(r0, gas);
        Exit { gas_left: exit.gas_left - 1, ..exit }
    }

    fn read(&self, address: u32, buffer: &mut [u8]) -> Result<(), MemoryFault> {
        self.0.read(address, buffer)
    }

    fn write(&mut self, address: u32, bytes: &[u8]) -> Result<(), MemoryFault> {
        self.0.write(address, bytes)
    }

    fn backtrace(&self) -> Vec<u32> {
        self.0.backtrace()
    }
}

#[test]
#[should_panic(expected = "the engines differ in resume")]
fn lockstep_sees_a_difference_of_one_gas() {
    let mut instance = start::<Lockstep<Embedded, Dear>>(&image("call 7; exit"));
    instance.run(PLENTY);
    instance.resume(0, PLENTY);
}

//! The engines: nothing panics, a program touches only its own memory, and the same run gives the same result
//! on each of them.
//!
//! That a program's own memory is all it touches is asked of guest memory: read-only data keeps its bytes,
//! another instance of the same program sees nothing of the run, the embedder can read and write nothing that
//! is not mapped.

#![no_main]

use bpf_vm::{
    verify, Config, Engine, Entry, Exit, Gas, GuestAddr, Instance, Program, Rules, SyscallTable, TrapKind,
    VerifiedProgram,
};
use contract_abi::memory::{mapped, DATA_BASE, RODATA_BASE, STACK_BASE};
use inkbpf_fuzz::{Plan, HELPERS};
use libfuzzer_sys::fuzz_target;
use std::sync::Arc;

/// Everything that can be seen of a run.
#[derive(Debug, PartialEq)]
struct Seen {
    exit: Exit,
    gas: Gas,
    registers: [u64; 11],
    backtrace: Vec<bpf_vm::Slot>,
    memory: [Vec<u8>; 3],
    calls: Vec<(u32, [u64; 5], Gas)>,
}

fn run(plan: &Plan, program: &Arc<VerifiedProgram>, gas: u64, cloning: bool, engine: Engine) -> Seen {
    let mut instance = Instance::new(program.clone(), &Config { gas: Gas(gas), engine });
    assert_eq!(instance.engine(), engine);
    let args = instance.map_input(plan.input.clone()).expect("it is small");
    instance.start(Entry::Call, args).expect("there is an entry");
    let mut calls = Vec::new();
    let exit = loop {
        match instance.run() {
            Exit::Syscall { number, args } => {
                assert!(HELPERS.contains(&number));
                calls.push((number, args, instance.gas()));
                if calls.len() > 100 {
                    break Exit::Syscall { number, args };
                }
                if cloning {
                    // A suspended instance is plain data: a copy goes on as well as the original.
                    let copy = instance.clone();
                    instance.resume(1);
                    let _ = instance.run();
                    instance = copy;
                }
                // Helpers write to the guest's memory now and then, wherever r1 points.
                let _ = instance.write(GuestAddr(args[0] as u32), &[number as u8]);
                instance.resume(plan.results.get(calls.len()).copied().unwrap_or(args[1]));
            }
            exit => break exit,
        }
    };
    let data_size = plan.data.len() as u32 + 16 + plan.heap_size;
    let memory = |base, len| instance.read_vec(GuestAddr(base), len).expect("it is mapped");
    let memory = [memory(DATA_BASE, data_size), memory(STACK_BASE, plan.stack_size), instance.input()];
    let rodata = instance.read_vec(GuestAddr(RODATA_BASE), plan.rodata.len() as u32);
    assert_eq!(rodata.as_deref(), Ok(plan.rodata.as_slice()), "read-only data has changed");
    assert_eq!(memory[2].len(), plan.input.len());
    for (base, len) in [(DATA_BASE, data_size), (STACK_BASE, plan.stack_size)] {
        assert!(instance.read_vec(GuestAddr(base), mapped(len) + 1).is_err());
        assert!(instance.write(GuestAddr(base - 1), &[0, 0]).is_err());
    }
    assert!(instance.gas() <= Gas(gas), "gas has grown");
    if let Exit::Trapped(trap) = exit {
        // An access that is reported as a fault must be one for the embedder too.
        let readable = instance.read_vec(trap.addr, 1).is_ok();
        match trap.kind {
            TrapKind::ReadFault => assert!(instance.read_vec(trap.addr, u32::MAX).is_err()),
            TrapKind::WriteFault if readable => {}
            _ => {}
        }
        assert_eq!(instance.run(), exit, "a trap is final");
    }
    Seen {
        exit,
        gas: instance.gas(),
        registers: instance.registers(),
        backtrace: instance.backtrace(),
        memory,
        calls,
    }
}

fuzz_target!(|plan: Plan| {
    let Ok(file) = plan.image().to_bytes() else { return };
    let program = Program::from_image(&file).expect("it was written by us");
    let Ok(program) = verify(program, &Rules::contract(SyscallTable::from_iter(HELPERS))) else { return };
    let program = Arc::new(program);
    let seen = run(&plan, &program, plan.gas, false, Engine::Interpreter);
    for engine in Engine::ALL.iter().copied().filter(|engine| engine.is_available()) {
        assert_eq!(run(&plan, &program, plan.gas, false, engine), seen);
        assert_eq!(run(&plan, &program, plan.gas, true, engine), seen);
        // With exactly what it used, a run ends in the same way; with less, on all engines in the same.
        if seen.exit != Exit::OutOfGas {
            let used = plan.gas - seen.gas.0;
            let exact = run(&plan, &program, used, false, engine);
            assert_eq!((exact.exit, exact.gas, exact.registers), (seen.exit, Gas(0), seen.registers));
            assert_eq!(exact.memory, seen.memory);
            for gas in [used / 2, used.saturating_sub(1)] {
                let short = run(&plan, &program, gas, false, Engine::Interpreter);
                assert_eq!(run(&plan, &program, gas, false, engine), short);
            }
        }
    }
});

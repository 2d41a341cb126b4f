//! Programs and WebAssembly in one process, as in a Substrate node, whose handlers of SIGSEGV stand in a chain.
//!
//! Either may be installed first, and a process has only one beginning, so each test runs in a process of its
//! own: [`alone`] starts this binary again for it.

use bpf_isa::text::{assemble_bytes, Syntax};
use bpf_vm::{
    verify, Config, Engine, Entry, Exit, Gas, GuestAddr, Instance, JitMode, Program, Rules, Slot,
    SyscallTable, TextOptions, Trap, TrapKind, VerifiedProgram,
};
use std::process::Command;
use std::sync::{Arc, Barrier};
use wasmtime::{Linker, Module, Store, TypedFunc};

/// The modes that leave faults to the handler.
const MODES: [JitMode; 2] = [JitMode::Gs, JitMode::BaseRegister];

/// Runs `test` in a process of its own.
fn alone(name: &str, test: impl FnOnce()) {
    const VARIABLE: &str = "SIGNALS_TEST";
    if std::env::var_os(VARIABLE).is_some_and(|value| value == name) {
        return test();
    }
    let mut command = Command::new(std::env::current_exe().unwrap());
    let output = command.args(["--exact", name, "--nocapture"]).env(VARIABLE, name).output().unwrap();
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    assert!(
        output.status.success() && text(&output.stdout).contains("1 passed"),
        "{name}: {}\n{}{}",
        output.status,
        text(&output.stdout),
        text(&output.stderr)
    );
}

/// Reads 8 bytes at r1, or writes to them if r2 is not 0, and calls a helper in between.
const PROGRAM: &str = "
    r6 = r1
    if r2 == 0 goto read
    *(u64 *)(r6 + 0) = r2
read:
    call 1
    r0 = *(u64 *)(r6 + 0)
    exit
";

fn program() -> Arc<VerifiedProgram> {
    let text = assemble_bytes(PROGRAM, Syntax::Llvm).unwrap();
    let program = Program::from_text(&text, &TextOptions::default()).unwrap();
    Arc::new(verify(program, &Rules::general(SyscallTable::from_iter([1]))).unwrap())
}

/// A program that has a page of memory at [`PAGE`].
struct Ebpf {
    instance: Instance,
}

const PAGE: u64 = 0x5000_0000;

impl Ebpf {
    fn new(program: &Arc<VerifiedProgram>, mode: JitMode) -> Self {
        let engine = Engine::Jit { mode };
        let mut instance = Instance::new(program.clone(), &Config { engine, gas: Gas(10_000) });
        assert_eq!(instance.engine(), engine.effective());
        assert!(matches!(instance.engine(), Engine::Jit { mode } if mode != JitMode::Checked));
        instance.map_input(vec![7; 8]).unwrap();
        Self { instance }
    }

    fn start(&mut self, addr: u64, value: u64) -> Exit {
        self.instance.set_gas(Gas(10_000));
        self.instance.start(Entry::Call, [addr, value, 0, 0, 0]).unwrap();
        self.instance.run()
    }

    fn resume(&mut self) -> Exit {
        self.instance.resume(0);
        self.instance.run()
    }

    /// A good run, and faults at a read and at a write.
    fn check(&mut self) {
        let syscall = |args: [u64; 2]| Exit::Syscall { number: 1, args: [args[0], args[1], 0, 0, 0] };
        assert_eq!(self.start(PAGE, 9), syscall([PAGE, 9]));
        assert_eq!(self.resume(), Exit::Finished { r0: 9, r2: 9 });
        let trap = |kind, pc, addr| Exit::Trapped(Trap { kind, pc: Slot(pc), addr: GuestAddr(addr) });
        assert_eq!(self.start(PAGE + 4089, 9), trap(TrapKind::WriteFault, 2, PAGE as u32 + 4089));
        assert_eq!(self.start(64, 0), syscall([64, 0]));
        assert_eq!(self.resume(), trap(TrapKind::ReadFault, 4, 64));
        assert_eq!(self.start(u64::MAX, 0), syscall([u64::MAX, 0]));
        assert_eq!(self.resume(), trap(TrapKind::ReadFault, 4, u32::MAX));
    }
}

/// WebAssembly that reads memory at its argument, after it has called the host.
const MODULE: &str = r#"(module
    (import "host" "between" (func $between))
    (memory 1)
    (func (export "read") (param $at i32) (result i32)
        call $between
        (i32.load (local.get $at))))"#;

/// What WebAssembly calls between beginning and fault.
type Between = Box<dyn FnMut() + Send>;

struct Wasm {
    store: Store<Between>,
    read: TypedFunc<i32, i32>,
}

impl Wasm {
    fn new(engine: &wasmtime::Engine, between: Between) -> Self {
        let mut store = Store::new(engine, between);
        let module = Module::new(engine, MODULE).unwrap();
        let mut linker = Linker::new(engine);
        let call = |mut caller: wasmtime::Caller<'_, Between>| (caller.data_mut())();
        linker.func_wrap("host", "between", call).unwrap();
        let instance = linker.instantiate(&mut store, &module).unwrap();
        let read = instance.get_typed_func(&mut store, "read").unwrap();
        Self { store, read }
    }

    /// A good run, and a fault behind the memory, which wasmtime leaves to its handler.
    fn check(&mut self) {
        assert_eq!(self.read.call(&mut self.store, 16).unwrap(), 0);
        let error = self.read.call(&mut self.store, 0x10_0000).unwrap_err();
        assert_eq!(error.downcast::<wasmtime::Trap>().unwrap(), wasmtime::Trap::MemoryOutOfBounds);
    }
}

/// Faults on both sides, in turns and inside each other, on several threads at the same time.
fn both_sides(program: &Arc<VerifiedProgram>, engine: &wasmtime::Engine) {
    const THREADS: usize = 4;
    let barrier = Arc::new(Barrier::new(THREADS));
    let threads = [(); THREADS].map(|()| {
        let (program, engine, barrier) = (program.clone(), engine.clone(), barrier.clone());
        std::thread::spawn(move || {
            let mut programs = MODES.map(|mode| Ebpf::new(&program, mode));
            let mut wasm = Wasm::new(&engine, Box::new(|| {}));
            let inner = program.clone();
            let nested: Between =
                Box::new(move || MODES.iter().for_each(|&mode| Ebpf::new(&inner, mode).check()));
            let mut around = Wasm::new(&engine, nested);
            barrier.wait();
            for _ in 0..50 {
                programs.iter_mut().for_each(Ebpf::check);
                wasm.check();
                // A program that is run by what WebAssembly calls: faults there, then back here.
                around.check();
                // WebAssembly that runs while a program waits.
                for ebpf in &mut programs {
                    assert!(matches!(ebpf.start(64, 0), Exit::Syscall { .. }));
                    wasm.check();
                    assert!(matches!(ebpf.resume(), Exit::Trapped(_)));
                }
            }
        })
    });
    threads.into_iter().for_each(|thread| thread.join().unwrap());
}

#[test]
fn programs_first() {
    alone("programs_first", || {
        let program = program();
        MODES.into_iter().for_each(|mode| Ebpf::new(&program, mode).check());
        both_sides(&program, &wasmtime::Engine::default());
    });
}

#[test]
fn webassembly_first() {
    alone("webassembly_first", || {
        let engine = wasmtime::Engine::default();
        Wasm::new(&engine, Box::new(|| {})).check();
        both_sides(&program(), &engine);
    });
}

// Suspended on one thread, resumed on another, which has not run anything of ours before.
#[test]
fn from_thread_to_thread() {
    alone("from_thread_to_thread", || {
        let engine = wasmtime::Engine::default();
        let program = program();
        for mode in MODES {
            let mut ebpf = Ebpf::new(&program, mode);
            for addr in [64, PAGE + 4090, PAGE] {
                assert!(matches!(ebpf.start(addr, 0), Exit::Syscall { .. }));
                let engine = engine.clone();
                let there = std::thread::spawn(move || {
                    let mut wasm = Wasm::new(&engine, Box::new(|| {}));
                    wasm.check();
                    let exit = ebpf.resume();
                    wasm.check();
                    (ebpf, exit)
                });
                let exit;
                (ebpf, exit) = there.join().unwrap();
                match addr {
                    PAGE => assert_eq!(exit, Exit::Finished { r0: 0x0707_0707_0707_0707, r2: 0 }),
                    _ => assert!(matches!(exit, Exit::Trapped(trap) if trap.addr == GuestAddr(addr as u32))),
                }
            }
        }
    });
}

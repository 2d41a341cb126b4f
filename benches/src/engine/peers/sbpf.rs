//! solana-sbpf's JIT, with its instruction meter: SBPF v3, the dialect that is closest to RFC 9669.
//!
//! The configuration is the default, except for labels, for the depth of calls, which is that of our machine,
//! and for the size of a stack frame, which is what the program needs (a power of two). Programs that need
//! what CPU v3 lacks cannot run on it. `ebpf.rs` converts the others.

use super::ebpf::{pair, wide, Portable};
use super::said;
use crate::compile::Programs;
use crate::engine::{Engine, Loaded, Running};
use anyhow::Result;
use contract_abi::intrinsic::Intrinsic;
use contract_abi::memory::{DATA_BASE, RODATA_BASE};
use contract_abi::syscall::Syscall;
use solana_sbpf::elf::Executable;
use solana_sbpf::error::{EbpfError, ProgramResult, StableResult};
use solana_sbpf::memory_region::{AccessType, HostBuffer, MemoryMapping, MemoryRegion};
use solana_sbpf::program::{BuiltinProgram, FunctionRegistry, SBPFVersion};
use solana_sbpf::verifier::RequisiteVerifier;
use solana_sbpf::vm::{Config, ContextObject, EbpfVm, ExecutionMode};
use solana_sbpf::{declare_builtin_function, ebpf};
use std::ptr::NonNull;
use std::sync::Arc;

/// Maximum depth of calls.
const DEPTH: usize = 64;

/// solana-sbpf.
pub struct Sbpf;

type BoxError = Box<dyn std::error::Error>;

/// What one of its programs can access.
struct Context {
    remaining: u64,
    mapping: MemoryMapping,
}

impl ContextObject for Context {
    fn consume(&mut self, amount: u64) {
        self.remaining = self.remaining.saturating_sub(amount);
    }

    fn get_remaining(&self) -> u64 {
        self.remaining
    }

    fn active_mapping_ptr(&mut self) -> NonNull<MemoryMapping> {
        NonNull::from(&mut self.mapping)
    }
}

impl Context {
    fn map(&self, access: AccessType, addr: u64, len: u64) -> Result<HostBuffer, EbpfError> {
        match self.mapping.map(access, addr, len) {
            StableResult::Ok(buffer) => Ok(buffer),
            StableResult::Err(error) => Err(error),
        }
    }

    fn readable(&self, addr: u64, len: u64) -> Result<*const u8, EbpfError> {
        Ok(self.map(AccessType::Load, addr, len)?.ptr().cast())
    }

    fn writable(&self, addr: u64, len: u64) -> Result<*mut u8, EbpfError> {
        Ok(self.map(AccessType::Store, addr, len)?.ptr_mut().cast())
    }

    fn wide(&self, intrinsic: Intrinsic, [a, b, c, d, to]: [u64; 5]) -> Result<u64, BoxError> {
        let result = wide(intrinsic, pair(a, b), pair(c, d)).ok_or("not an intrinsic for wide arithmetic")?;
        let to: *mut [u8; 16] = self.writable(to, 16)?.cast();
        // SAFETY: 16 writable bytes of the program's, as `map` says.
        unsafe { *to = result.to_le_bytes() };
        Ok(0)
    }
}

/// Helpers: a name, the context, five arguments, and what it does.
macro_rules! helpers {
    ($($name:ident($cx:ident, $a:ident, $b:ident, $c:ident, $d:ident, $e:ident) $body:block)*) => { $(
        declare_builtin_function!(
            $name,
            fn rust($cx: &mut Context, $a: u64, $b: u64, $c: u64, $d: u64, $e: u64,) -> Result<u64, BoxError> {
                $body
            }
        );
    )* };
}

helpers! {
    MemCopy(cx, to, from, len, _d, _e) {
        if len != 0 {
            let (source, target) = (cx.readable(from, len)?, cx.writable(to, len)?);
            // SAFETY: `map` says that so many bytes are the program's; they may overlap.
            unsafe { std::ptr::copy(source, target, len as usize) };
        }
        Ok(to)
    }

    MemSet(cx, to, byte, len, _d, _e) {
        if len != 0 {
            let target = cx.writable(to, len)?;
            // SAFETY: `map` says that so many bytes are the program's.
            unsafe { std::ptr::write_bytes(target, byte as u8, len as usize) };
        }
        Ok(to)
    }

    MemCmp(cx, a, b, len, _d, _e) {
        if len == 0 {
            return Ok(0);
        }
        let (a, b) = (cx.readable(a, len)?, cx.readable(b, len)?);
        // SAFETY: `map` says that so many bytes are the program's, and nothing writes them meanwhile.
        let a = unsafe { std::slice::from_raw_parts(a, len as usize) };
        // SAFETY: as above.
        let b = unsafe { std::slice::from_raw_parts(b, len as usize) };
        Ok(a.cmp(b) as i64 as u64)
    }

    MulHigh(_cx, a, b, _c, _d, _e) { Ok(((u128::from(a) * u128::from(b)) >> 64) as u64) }

    MulTiPtr(cx, a, b, c, d, to) { cx.wide(Intrinsic::MulTiPtr, [a, b, c, d, to]) }

    UDivTiPtr(cx, a, b, c, d, to) { cx.wide(Intrinsic::UDivTiPtr, [a, b, c, d, to]) }

    UModTiPtr(cx, a, b, c, d, to) { cx.wide(Intrinsic::UModTiPtr, [a, b, c, d, to]) }

    DivTiPtr(cx, a, b, c, d, to) { cx.wide(Intrinsic::DivTiPtr, [a, b, c, d, to]) }

    ModTiPtr(cx, a, b, c, d, to) { cx.wide(Intrinsic::ModTiPtr, [a, b, c, d, to]) }

    Abort(_cx, _a, _b, _c, _d, _e) { Err("the program aborted".into()) }

    Host(_cx, a, _b, _c, _d, _e) { Ok(crate::engine::host(a)) }
}

/// Its number for one of our helpers: a hash of a name.
fn number(ours: u32) -> u32 {
    ebpf::hash_symbol_name(name(ours).as_bytes())
}

fn name(ours: u32) -> &'static str {
    match Intrinsic::from_number(ours) {
        Some(Intrinsic::MemMove) => "memcpy",
        Some(intrinsic) => intrinsic.symbol(),
        None => Syscall::IsContract.symbol(),
    }
}

fn loader(frame_size: u32) -> Result<Arc<BuiltinProgram<Context>>> {
    let config = Config {
        max_call_depth: DEPTH,
        stack_frame_size: (frame_size.next_power_of_two() as usize).max(256),
        ..Config::default()
    };
    let mut loader = BuiltinProgram::new_loader(config);
    let of = |intrinsic: Intrinsic| name(intrinsic.number());
    loader.register_definition::<MemCopy>(of(Intrinsic::MemCpy))?;
    loader.register_definition::<MemSet>(of(Intrinsic::MemSet))?;
    loader.register_definition::<MemCmp>(of(Intrinsic::MemCmp))?;
    loader.register_definition::<MulHigh>(of(Intrinsic::MulHigh))?;
    loader.register_definition::<MulTiPtr>(of(Intrinsic::MulTiPtr))?;
    loader.register_definition::<UDivTiPtr>(of(Intrinsic::UDivTiPtr))?;
    loader.register_definition::<UModTiPtr>(of(Intrinsic::UModTiPtr))?;
    loader.register_definition::<DivTiPtr>(of(Intrinsic::DivTiPtr))?;
    loader.register_definition::<ModTiPtr>(of(Intrinsic::ModTiPtr))?;
    loader.register_definition::<Abort>(of(Intrinsic::Abort))?;
    loader.register_definition::<Host>(Syscall::IsContract.symbol())?;
    Ok(Arc::new(loader))
}

impl Engine for Sbpf {
    fn load(&self, programs: &Programs) -> Result<Box<dyn Loaded>> {
        let program = Portable::new(&programs.image_v3, &[], number)?;
        let loader = loader(program.frame_size)?;
        let compiled = |text: &[u8]| -> Result<Executable<Context>> {
            let functions = FunctionRegistry::default();
            let executable = Executable::from_text_bytes(text, loader.clone(), SBPFVersion::V3, functions)
                .map_err(said)?;
            executable.verify::<RequisiteVerifier>().map_err(said)?;
            executable.jit_compile().map_err(said)?;
            Ok(executable)
        };
        Ok(Box::new(Compiled {
            setup: compiled(&program.setup)?,
            run: compiled(&program.run)?,
            program,
            loader,
        }))
    }
}

struct Compiled {
    setup: Executable<Context>,
    run: Executable<Context>,
    program: Portable,
    loader: Arc<BuiltinProgram<Context>>,
}

impl Loaded for Compiled {
    fn instantiate(&self) -> Result<Box<dyn Running + '_>> {
        let config = self.loader.get_config();
        let mut stack = vec![0; config.stack_size()];
        let mut data = self.program.data.clone();
        let regions = vec![
            MemoryRegion::new(&raw const *self.program.rodata, RODATA_BASE.into()),
            MemoryRegion::new(&raw mut *data, DATA_BASE.into()),
            MemoryRegion::new(&raw mut *stack, ebpf::MM_STACK_START),
        ];
        // SAFETY: the regions' memory belongs to what is returned, or to what that borrows, and does not move;
        // it is plain bytes, and nothing else refers to it.
        let mapping = unsafe { MemoryMapping::new(regions, config, SBPFVersion::V3) }.map_err(said)?;
        let context = Context { remaining: 0, mapping };
        Ok(Box::new(Instantiated { program: self, context, stack_len: stack.len(), _memory: [stack, data] }))
    }

    fn native_bytes(&self) -> Option<usize> {
        self.run.get_compiled_program().map(|program| program.machine_code_length())
    }
}

struct Instantiated<'a> {
    program: &'a Compiled,
    context: Context,
    stack_len: usize,
    /// The memory that is mapped.
    _memory: [Vec<u8>; 2],
}

impl Instantiated<'_> {
    fn call(&mut self, executable: &Executable<Context>, n: u64) -> Result<u64> {
        self.context.remaining = u64::MAX >> 1;
        let loader = self.program.loader.clone();
        let mut vm = EbpfVm::new(loader, SBPFVersion::V3, &mut self.context, self.stack_len);
        vm.registers[1] = n;
        let (_, result) = vm.execute_program(executable, &mut ExecutionMode::Jit, &mut []);
        match result {
            ProgramResult::Ok(value) => Ok(value),
            ProgramResult::Err(error) => Err(said(error)),
        }
    }
}

impl Running for Instantiated<'_> {
    fn setup(&mut self, n: u64) -> Result<()> {
        self.call(&self.program.setup, n).map(drop)
    }

    fn run(&mut self, n: u64) -> Result<u64> {
        self.call(&self.program.run, n)
    }
}

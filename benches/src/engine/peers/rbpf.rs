//! rbpf's interpreter, and its compiler, which does not check memory accesses.
//!
//! A program's pointers are host pointers, so memory is mapped at the addresses of our memory map, where our
//! programs expect it. It is mapped once in the process, because each address exists only once, and filled
//! again for each instance. The stack is 512 bytes, half of them for each call; the depth of calls is 8; the
//! code buffer is one page; and arguments of helpers are not checked. So only programs that need no stack are
//! run. Wrong compiled code would crash the process. Therefore a program is compiled only if the interpreter
//! has run it to its end with the same input.

use super::ebpf::{pair, wide, Portable};
use crate::compile::Programs;
use crate::engine::{host, Engine, Loaded, Running, Unfit};
use anyhow::{bail, ensure, Result};
use bpf_isa::{Insn, Op, Reg};
use contract_abi::intrinsic::Intrinsic;
use contract_abi::memory::{DATA_BASE, RODATA_BASE};
use contract_abi::syscall::Syscall;
use rbpf::EbpfVmRaw;
use std::sync::OnceLock;

/// rbpf.
pub struct Rbpf {
    /// Whether it compiles.
    pub jit: bool,
}

/// Size in bytes of the memory that is mapped at each of two addresses.
const MAPPED: usize = 2 << 20;

/// Maps memory where programs expect it, or reports that this is not possible.
fn low_memory() -> Result<()> {
    static MAPPED_THERE: OnceLock<bool> = OnceLock::new();
    let there = MAPPED_THERE.get_or_init(|| {
        [RODATA_BASE, DATA_BASE].into_iter().all(|base| {
            let wanted = base as usize as *mut libc::c_void;
            // SAFETY: a new mapping, which replaces no other.
            let got = unsafe {
                libc::mmap(
                    wanted,
                    MAPPED,
                    libc::PROT_READ | libc::PROT_WRITE,
                    libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_FIXED_NOREPLACE,
                    -1,
                    0,
                )
            };
            got == wanted
        })
    });
    ensure!(*there, "the addresses it needs are already in use");
    Ok(())
}

/// Fills memory at `base`.
fn fill(base: u32, bytes: &[u8]) -> Result<()> {
    low_memory()?;
    ensure!(bytes.len() <= MAPPED, "the program needs more memory than is mapped");
    // SAFETY: mapped above, and used only by programs of rbpf, of which none is running now.
    unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), base as usize as *mut u8, bytes.len()) };
    Ok(())
}

/// A helper: our intrinsic `N`, or the host function. Its pointers come from the program and are not checked.
fn helper<const N: u32>(a: u64, b: u64, c: u64, d: u64, e: u64) -> u64 {
    let Some(intrinsic) = Intrinsic::from_number(N) else { return host(a) };
    match intrinsic {
        Intrinsic::Abort => std::process::abort(),
        Intrinsic::MemCpy | Intrinsic::MemMove => {
            // SAFETY: as safe as anything that a program of rbpf does.
            unsafe { std::ptr::copy(b as *const u8, a as *mut u8, c as usize) };
            a
        }
        Intrinsic::MemSet => {
            // SAFETY: as above.
            unsafe { std::ptr::write_bytes(a as *mut u8, b as u8, c as usize) };
            a
        }
        Intrinsic::MemCmp => {
            // SAFETY: as above.
            let a = unsafe { std::slice::from_raw_parts(a as *const u8, c as usize) };
            // SAFETY: as above.
            let b = unsafe { std::slice::from_raw_parts(b as *const u8, c as usize) };
            a.cmp(b) as i64 as u64
        }
        Intrinsic::MulHigh => ((u128::from(a) * u128::from(b)) >> 64) as u64,
        other => {
            if let Some(result) = wide(other, pair(a, b), pair(c, d)) {
                // SAFETY: as above.
                unsafe { (e as *mut [u8; 16]).write(result.to_le_bytes()) };
            }
            0
        }
    }
}

fn register(vm: &mut EbpfVmRaw<'_>) -> Result<()> {
    macro_rules! intrinsics {
        ($($number:literal)*) => { $(vm.register_helper($number, helper::<$number>)?;)* };
    }
    // The intrinsics that a code generator without pairs of result registers emits.
    intrinsics!(0x1000 0x1001 0x1002 0x1003 0x1004 0x1010 0x1021 0x1022 0x1023 0x1024 0x1025);
    vm.register_helper(Syscall::IsContract.number(), helper::<0>)?;
    for base in [RODATA_BASE, DATA_BASE] {
        vm.register_allowed_memory(base.into()..u64::from(base) + MAPPED as u64);
    }
    Ok(())
}

/// Maximum size in bytes of text for its compiler. The code buffer is one page, and the compiler writes past
/// its end. With 20 bytes for each instruction of 8, this is what certainly fits.
const COMPILED: usize = 4096 / 20 * 8;

/// A virtual machine with its program.
fn machine(text: &[u8], jit: bool) -> Result<EbpfVmRaw<'_>> {
    let mut vm = EbpfVmRaw::new(Some(text))?;
    register(&mut vm)?;
    if jit {
        if text.len() > COMPILED {
            bail!(Unfit("its machine code might not fit into one page"));
        }
        vm.jit_compile()?;
    }
    Ok(vm)
}

impl Engine for Rbpf {
    fn load(&self, programs: &Programs) -> Result<Box<dyn Loaded>> {
        // r1 points to the memory passed in: the kernel's argument.
        let argument = Insn::new(Op::Load64).with_dst(Reg::R1).with_src(Reg::R1);
        let program = Portable::new(&programs.image_v3, &[argument], |number| number)?;
        // Nobody checks the pointers that helpers get, and a frame beyond the 512 bytes is the host's memory.
        if program.frame_size != 0 {
            bail!(Unfit("the program uses its stack"));
        }
        // Its machines borrow their program. This one is made to see whether that is possible, and what it
        // costs.
        machine(&program.run, self.jit)?;
        Ok(Box::new(Compiled { program, jit: self.jit }))
    }
}

struct Compiled {
    program: Portable,
    jit: bool,
}

impl Loaded for Compiled {
    fn instantiate(&self) -> Result<Box<dyn Running + '_>> {
        fill(RODATA_BASE, &self.program.rodata)?;
        fill(DATA_BASE, &self.program.data)?;
        let checked = machine(&self.program.run, false)?;
        let (setup, run) = (machine(&self.program.setup, false)?, machine(&self.program.run, self.jit)?);
        Ok(Box::new(Instantiated { setup, run, checked, jit: self.jit, tried: None }))
    }
}

struct Instantiated<'a> {
    setup: EbpfVmRaw<'a>,
    run: EbpfVmRaw<'a>,
    /// The same program, interpreted.
    checked: EbpfVmRaw<'a>,
    jit: bool,
    /// The input with which the interpreter has run to the end.
    tried: Option<u64>,
}

/// Its interpreter.
fn interpret(vm: &EbpfVmRaw<'_>, n: u64) -> Result<u64> {
    vm.execute_program(&mut n.to_le_bytes()).map_err(|error| match error.to_string() {
        text if text.contains("too many nested calls") => Unfit("calls deeper than 8").into(),
        _ => error.into(),
    })
}

impl Running for Instantiated<'_> {
    fn setup(&mut self, n: u64) -> Result<()> {
        interpret(&self.setup, n).map(drop)
    }

    fn run(&mut self, n: u64) -> Result<u64> {
        if !self.jit {
            return interpret(&self.run, n);
        }
        if self.tried != Some(n) {
            interpret(&self.checked, n)?;
            self.tried = Some(n);
        }
        // SAFETY: the interpreter, which checks each access, has run the program to its end with this input.
        Ok(unsafe { self.run.execute_program_jit(&mut n.to_le_bytes()) }?)
    }
}

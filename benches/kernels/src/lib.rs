//! What the kernels in `examples/` have in common: how a machine reaches them, and their input.
//!
//! A kernel has two functions, which every machine calls by name: `setup(n)` prepares an input of size `n` in
//! static memory, and `run(n)` is what is timed. `run` may be called again and again; it leaves the input as it
//! was, and its result is a checksum of all of the work, so that no compiler leaves any out.
//!
//! There is no allocator. Memory is static, so that what is timed is the kernel and not a heap.

#![no_std]

use core::cell::UnsafeCell;

/// Static memory of a kernel.
pub struct Memory<T>(UnsafeCell<T>);

// SAFETY: a machine runs one function of a kernel at a time, on one thread.
unsafe impl<T> Sync for Memory<T> {}

impl<T> Memory<T> {
    /// Memory with this in it.
    pub const fn new(value: T) -> Self {
        Memory(UnsafeCell::new(value))
    }

    /// All of it. A kernel takes each of its memories once a call.
    #[allow(clippy::mut_from_ref, reason = "one thread, and one borrow a call")]
    pub fn get(&self) -> &mut T {
        // SAFETY: nothing else runs, and the borrow of the last call has ended.
        unsafe { &mut *self.0.get() }
    }
}

/// Numbers that are the same everywhere (xorshift64*).
pub struct Random(u64);

impl Random {
    /// Begins at `seed`.
    pub fn new(seed: u64) -> Self {
        Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// The next number.
    #[allow(clippy::should_implement_trait, reason = "it has no end")]
    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// Fills `bytes`.
    pub fn fill(&mut self, bytes: &mut [u8]) {
        for byte in bytes {
            *byte = (self.next() >> 56) as u8;
        }
    }
}

/// Mixes a number into a checksum.
pub fn mix(sum: u64, value: u64) -> u64 {
    (sum ^ value).wrapping_mul(0x0000_0100_0000_01b3).rotate_left(23)
}

/// Mixes bytes into a checksum, eight at a time.
pub fn mix_bytes(sum: u64, bytes: &[u8]) -> u64 {
    bytes.chunks(8).fold(sum, |sum, chunk| {
        mix(sum, chunk.iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte)))
    })
}

/// What a native kernel calls as the host: the program that loads it says so, through `bind`.
#[cfg(target_arch = "x86_64")]
pub static HOST: Memory<Option<extern "C" fn(u64) -> u64>> = Memory::new(None);

/// A function of the machine's host: `argument * 3 ^ 0x5a5a` in 32 bits.
///
/// On BPF it is in the place of `seal0::is_contract`, since our linker knows contract functions alone, and that one
/// has an argument and such a result.
#[cfg(target_arch = "x86_64")]
pub fn host(argument: u64) -> u64 {
    HOST.get().map_or(0, |host| host(argument))
}

/// A function of the machine's host: `argument * 3 ^ 0x5a5a` in 32 bits.
#[cfg(not(target_arch = "x86_64"))]
pub fn host(argument: u64) -> u64 {
    #[cfg_attr(target_arch = "wasm32", link(wasm_import_module = "env"))]
    #[cfg_attr(target_arch = "riscv64", polkavm_derive::polkavm_import(abi = polkavm_derive::default_abi))]
    extern "C" {
        #[cfg_attr(target_arch = "bpf", link_name = "seal0::is_contract")]
        fn host(argument: u64) -> u64;
    }
    // SAFETY: the machine provides it.
    unsafe { host(argument) }
}

/// Makes two functions of a kernel the program that a machine runs.
#[macro_export]
macro_rules! kernel {
    ($setup:path, $run:path) => {
        mod exported {
            #[cfg_attr(target_arch = "riscv64", $crate::export(abi = $crate::abi))]
            #[cfg_attr(not(target_arch = "riscv64"), no_mangle)]
            extern "C" fn setup(n: u64) -> u64 {
                $setup(n as usize);
                0
            }

            #[cfg_attr(target_arch = "riscv64", $crate::export(abi = $crate::abi))]
            #[cfg_attr(not(target_arch = "riscv64"), no_mangle)]
            extern "C" fn run(n: u64) -> u64 {
                $run(n as usize)
            }

            #[cfg(target_arch = "x86_64")]
            #[no_mangle]
            extern "C" fn bind(host: extern "C" fn(u64) -> u64) {
                *$crate::HOST.get() = Some(host);
            }
        }

        // Every build has `-Cpanic=immediate-abort`: a panic stops the machine where it happens and does
        // not come here. rustc wants to see one all the same.
        #[panic_handler]
        fn on_panic(_: &core::panic::PanicInfo<'_>) -> ! {
            loop {}
        }
    };
}

// PolkaVM knows exports by tables that its macro makes.
#[cfg(target_arch = "riscv64")]
pub use polkavm_derive::{default_abi as abi, polkavm_export as export};

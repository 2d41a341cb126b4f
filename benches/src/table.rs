//! The kernels, and how large their inputs are.

/// What a kernel measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Speed of computation. The geometric means are over these.
    Compute,
    /// Cost of a call from guest to host.
    HostCall,
    /// Cost of a call from host to guest.
    EmptyCall,
}

/// A kernel: the file with its name in `kernels/examples`.
#[derive(Clone, Copy, Debug)]
pub struct Kernel {
    /// Its name, and the name of its file.
    pub name: &'static str,
    /// What it measures.
    pub kind: Kind,
    /// The input for compilers: a few milliseconds of work.
    pub n: u64,
    /// The input for interpreters. Ratios of compilers and interpreters are never compared, and each ratio is
    /// to native code on the same input.
    pub n_interpreted: u64,
    /// The input for tests.
    pub n_tested: u64,
    /// Number of calls that are timed together, if one call is too short to be timed.
    pub calls: u32,
}

const fn compute(name: &'static str, n: u64, n_interpreted: u64, n_tested: u64) -> Kernel {
    Kernel { name, kind: Kind::Compute, n, n_interpreted, n_tested, calls: 1 }
}

/// All kernels, in the order of the report.
pub const KERNELS: &[Kernel] = &[
    compute("sieve", 256 * 1024, 16 * 1024, 1000),
    compute("fib", 25, 18, 10),
    compute("quicksort", 16 * 1024, 1024, 200),
    compute("matmul", 96, 24, 10),
    compute("keccak256", 64 * 1024, 4 * 1024, 200),
    compute("blake2b", 64 * 1024, 8 * 1024, 200),
    compute("sha256", 64 * 1024, 4 * 1024, 200),
    compute("ed25519", 8, 1, 1),
    compute("secp256k1", 4, 1, 1),
    compute("u256", 4000, 300, 50),
    compute("json", 64 * 1024, 4 * 1024, 1000),
    compute("lz", 64 * 1024, 8 * 1024, 1000),
    compute("mix", 40, 3, 4),
    compute("memory", 300, 100, 10),
    compute("emulator", 100_000, 8000, 500),
    Kernel { kind: Kind::HostCall, ..compute("hostcall", 2000, 2000, 10) },
    Kernel { kind: Kind::EmptyCall, calls: 2000, ..compute("empty", 1, 1, 1) },
];

//! The kernels, and how large their inputs are.

/// What a kernel says of an engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// How fast it computes. The geometric means are over these.
    Compute,
    /// What a call of the host costs.
    HostCall,
    /// What a call of the guest costs.
    EmptyCall,
}

/// A kernel: the file of its name in `kernels/examples`.
#[derive(Clone, Copy, Debug)]
pub struct Kernel {
    /// Its name, and that of its file.
    pub name: &'static str,
    /// What it is for.
    pub kind: Kind,
    /// The input that compilers get, a few milliseconds' work.
    pub n: u64,
    /// The input that interpreters get. Compilers' ratios are never compared with theirs, and each is to
    /// native code on the same input.
    pub n_interpreted: u64,
    /// The input of the tests.
    pub n_tested: u64,
    /// Calls that are timed as one, where one is over too soon to be timed.
    pub calls: u32,
}

const fn compute(name: &'static str, n: u64, n_interpreted: u64, n_tested: u64) -> Kernel {
    Kernel { name, kind: Kind::Compute, n, n_interpreted, n_tested, calls: 1 }
}

/// All of them, in the order of the report.
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
